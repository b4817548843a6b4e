"""The pack is what its manifest says, small, quick to read, and holds the values its sources publish."""

import hashlib
import time
from importlib.resources import files
from typing import Literal

import numpy as np
import pytest
from numpy.typing import NDArray

from malapert import constants, data
from malapert.errors import CoverageError

FOLDER = files("malapert.data")
NAMES = sorted(entry.name for entry in FOLDER.iterdir() if entry.name.endswith(".npz"))


def test_manifest_names_every_file_and_only_those() -> None:
    assert sorted(data.manifest()["files"]) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_checksum_and_provenance_hold(name: str) -> None:
    record = data.manifest()["files"][name]
    content = (FOLDER / name).read_bytes()
    assert hashlib.sha256(content).hexdigest() == record["sha256"]
    assert len(content) == record["bytes"]
    assert record["what"] and record["licence"]
    for source in record["sources"]:
        assert len(source["sha256"]) == 64 and "==" in source["package"] and source["file"]


def test_pack_is_under_16_megabytes() -> None:
    assert sum(len((FOLDER / name).read_bytes()) for name in NAMES) < 16e6


def test_ephemeris_loads_in_under_0_3_s() -> None:
    def load_s() -> float:
        data.ephemeris.cache_clear()
        begin = time.process_time()
        data.ephemeris()
        return time.process_time() - begin

    assert min(load_s() for _ in range(3)) < 0.3


def test_ephemeris_series_cover_the_span_without_jumps() -> None:
    pack = data.ephemeris()
    first, last = pack.span_tdb_s
    assert set(pack.segments) == {
        "sun", "mercury", "venus", "emb", "mars", "jupiter", "saturn", "moon", "libration"
    }  # fmt: skip
    for name, segment in pack.segments.items():
        assert segment.start_tdb_s <= first and segment.end_tdb_s >= last
        # T_n(1) = 1 and T_n(-1) = (-1)^n: where granules meet they must agree.
        c = segment.coefficients
        ends, starts = c.sum(axis=2)[:-1], (c * (-1.0) ** np.arange(c.shape[2])).sum(axis=2)[1:]
        tolerance = 1e-9 if name == "libration" else 2e-5
        assert np.abs(ends - starts).max() < tolerance, name


def test_constants_are_those_of_the_ephemeris_header() -> None:
    header = data.ephemeris().constants
    to_km3_s2 = header["AU"] ** 3 / constants.SECONDS_PER_DAY**2
    emrat = header["EMRAT"]
    expected = {
        "GMS": constants.GM_SUN_KM3_S2,
        "GM1": constants.GM_MERCURY_KM3_S2,
        "GM2": constants.GM_VENUS_KM3_S2,
        "GM4": constants.GM_MARS_SYSTEM_KM3_S2,
        "GM5": constants.GM_JUPITER_SYSTEM_KM3_S2,
        "GM6": constants.GM_SATURN_SYSTEM_KM3_S2,
    }
    # The published table rounds to 1e-10 of the smallest (Mars, Mercury: six decimals).
    for name, gm_km3_s2 in expected.items():
        assert header[name] * to_km3_s2 == pytest.approx(gm_km3_s2, rel=3e-11)
    both = header["GMB"] * to_km3_s2
    assert both * emrat / (1 + emrat) == pytest.approx(constants.GM_EARTH_KM3_S2, rel=3e-12)
    assert both / (1 + emrat) == pytest.approx(constants.GM_MOON_KM3_S2, rel=2e-10)
    assert header["AU"] == constants.ASTRONOMICAL_UNIT_KM
    assert header["CLIGHT"] == constants.SPEED_OF_LIGHT_KM_S


def test_moon_gravity_has_the_published_low_degrees() -> None:
    field = data.moon_gravity(100)
    assert (field.degree, field.frame, field.radius_km) == (100, "MOON_PA", 1738.0)
    assert field.gm_km3_s2 == 4902.79996708864
    # DE440 was integrated with its own lunar field (header J2M, J3M ...: unnormalised, same 1738 km). The two differ
    # by the permanent tide in J2 (7e-5) and by a few parts in 1e5 elsewhere; a wrong sign, order or frame would show.
    header = data.ephemeris().constants
    assert header["AM"] == field.radius_km
    c, s = field.c, field.s
    for name, value in {
        "J2M": -np.sqrt(5) * c[2, 0],
        "J3M": -np.sqrt(7) * c[3, 0],
        "C22M": np.sqrt(5 / 12) * c[2, 2],
        "C31M": np.sqrt(7 / 6) * c[3, 1],
        "S31M": np.sqrt(7 / 6) * s[3, 1],
        "C33M": np.sqrt(7 / 360) * c[3, 3],
        "S33M": np.sqrt(7 / 360) * s[3, 3],
    }.items():
        assert value == pytest.approx(header[name], rel=1.5e-4), name
    # Principal axes: C21, S21 and S22 all but vanish.
    assert max(abs(field.c[2, 1]), abs(field.s[2, 1]), abs(field.s[2, 2])) < 2e-9


def test_earth_gravity_has_the_published_j2() -> None:
    field = data.earth_gravity(20)
    assert (field.degree, field.frame) == (20, "ITRF")
    # Lemoine et al. 1998 (EGM96, tide free): J2 = 1.0826267e-3.
    assert -np.sqrt(5) * field.c[2, 0] == pytest.approx(1.0826267e-3, rel=1e-7)


def test_gravity_is_cut_not_rescaled() -> None:
    full, cut = data.moon_gravity(100), data.moon_gravity(12)
    assert cut.degree == 12
    np.testing.assert_array_equal(cut.c, full.c[:13, :13])
    np.testing.assert_array_equal(np.triu(full.c, 1), 0.0)
    for degree in (-1, 101):
        with pytest.raises(CoverageError, match="0 to 100"):
            data.moon_gravity(degree)


def _around(lat_deg: float, lon_deg: float, distance_m: float) -> NDArray[np.int16]:
    """Southern heights within a map distance of a place."""
    raster = data.polar_heights("south")
    rho = 2 * raster.radius_m * np.tan(np.radians(90 + lat_deg) / 2)
    x = raster.left_m + (np.arange(762) + 0.5) * raster.pixel_m - rho * np.sin(np.radians(lon_deg))
    y = raster.top_m - (np.arange(762) + 0.5) * raster.pixel_m - rho * np.cos(np.radians(lon_deg))
    near: NDArray[np.int16] = raster.heights_m[np.hypot(x, y[:, None]) < distance_m]
    return near


def test_heights_lie_where_the_projection_says() -> None:
    # Shackleton's floor, near 2.8 km deep, inside its 10 km radius and nowhere near the mirrored longitude.
    assert _around(-89.67, 129.78, 10e3).min() == -2794
    assert _around(-89.67, 129.78 + 180, 10e3).min() > -2000
    # Malapert's summit stands above 5 km at 86.014 S 2.65 E and not at 2.65 W (1 pixel is 1600 m).
    assert _around(-86.014, 2.65, 1200).max() == 5107
    assert _around(-86.014, -2.65, 1200).max() < 4900


def test_heights_stay_within_the_moons_relief() -> None:
    poles: tuple[Literal["south"], Literal["north"]] = ("south", "north")
    for pole in poles:
        raster = data.polar_heights(pole)
        assert raster.heights_m.shape == (762, 762) and raster.heights_m.dtype == np.int16
        # -9.13 and 10.79 km: the deepest and highest LOLA points of the Moon (Smith et al. 2017, Icarus 283:70).
        assert -9130 < raster.heights_m.min() < -4000 and 3000 < raster.heights_m.max() < 10790
    with pytest.raises(CoverageError, match="'south' and 'north'"):
        data.polar_heights("east")  # type: ignore[arg-type]


def test_leap_seconds_step_by_one() -> None:
    utc, offset_s = data.leap_seconds()
    assert utc[0] == np.datetime64("1972-01-01") and offset_s[0] == 10
    assert utc[-1] == np.datetime64("2017-01-01") and offset_s[-1] == 37
    assert (np.diff(offset_s) == 1).all()


def test_earth_orientation_is_daily_and_plausible() -> None:
    table = data.earth_orientation()
    assert table.mjd[0] == 37665 and (np.diff(table.mjd) == 1).all()
    assert np.abs(table.x_arcsec).max() < 0.6 and np.abs(table.y_arcsec).max() < 0.7
    assert np.abs(table.ut1_utc_s[table.mjd >= 41317]).max() < 0.9
    # Where C04 gives way to Bulletin A the series must go on: a day changes UT1 by less than 5 ms outside leap seconds.
    seam = int(np.searchsorted(table.mjd, table.last_c04_mjd))
    assert abs(table.ut1_utc_s[seam + 1] - table.ut1_utc_s[seam]) < 5e-3
    assert abs(table.x_arcsec[seam + 1] - table.x_arcsec[seam]) < 5e-3


def test_shared_arrays_cannot_be_written() -> None:
    with pytest.raises(ValueError, match="read-only"):
        data.moon_gravity(4).c[0, 0] = 2.0
    with pytest.raises(ValueError, match="read-only"):
        data.polar_heights("south").heights_m[0, 0] = 0
