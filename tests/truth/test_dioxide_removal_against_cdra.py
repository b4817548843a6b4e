"""Carbon dioxide in a chamber with the station's four-bed removal assembly: ICES 2000-01-2345, as kept by V-HAB.

The test: 97.71 m3 of air; 13.2 lb of carbon dioxide a day (six people), 8.8 lb from hour 50, 6.6 lb from hour 68.5.
The assembly's flow is not published with it, so it is taken from the first plateau alone, which is therefore not graded;
the second and third plateaux and the way down between them are. Tolerance of a plateau: 6 %, for the beds' half-cycles
scatter the digitised points by 4 %, and the first plateau has as much; on the way down, where a quarter of an hour moves
the level by several per cent, 10 %.
"""

from pathlib import Path

import numpy as np
import pytest

from malapert.programme.carriers import MOLAR_KG
from malapert.station.books import CABIN_K, GAS_CONSTANT, Demand, Life
from malapert.station.life import live
from malapert.station.metabolism import Metabolism

DATA = Path(__file__).parents[3] / "shared/data/station/vhab/user__examples__CDRA__TestData_CDRA_Test_Data.csv"
pytestmark = pytest.mark.skipif(not DATA.exists(), reason="needs ../shared/data/station/vhab")

POUND_KG, TORR_KPA, VOLUME_M3 = 0.45359237, 0.133322368, 97.71
START_H, CHANGES_H = 30.7, (50.0, 68.5)


def _measured() -> tuple[np.ndarray, np.ndarray]:
    hour, torr = np.loadtxt(DATA, delimiter=",").T
    order = np.argsort(hour)
    return hour[order], torr[order]


def _plateau(hour: np.ndarray, torr: np.ndarray, first: float, end: float) -> float:
    return float(torr[(hour >= first) & (hour < end)].mean())


def _lived(flow_m3_h: float, step_h: float = 0.1) -> tuple[np.ndarray, Life]:
    hour = np.arange(START_H, 85.0, step_h)
    pounds_d = np.where(hour < CHANGES_H[0], 13.2, np.where(hour < CHANGES_H[1], 8.8, 6.6))
    n, none = len(hour), np.zeros(len(hour))
    flows = {name: np.zeros(n) for name in Metabolism.__dataclass_fields__}
    flows["carbon_dioxide_kg"] = pounds_d * POUND_KG * step_h / 24.0
    scrubbed = np.full(n, flow_m3_h * step_h / VOLUME_M3)
    asked = Demand(np.zeros((n, 6)), np.zeros((n, 2)), none, np.ones(n), none, none, flows, scrubbed, none + VOLUME_M3)
    return hour + step_h, live(asked)


@pytest.fixture(scope="module")
def chamber() -> tuple[np.ndarray, np.ndarray, np.ndarray, Life]:
    """The measured levels, and the chamber lived through with the flow of the first plateau: torr at hours."""
    hour, torr = _measured()
    first = _plateau(hour, torr, 44.0, 50.0) * TORR_KPA * 1e3 * MOLAR_KG["carbon_dioxide"] / (GAS_CONSTANT * CABIN_K)
    flow_m3_h = 13.2 * POUND_KG / 24.0 / first
    assert 25.0 < flow_m3_h < 40.0
    time, lives = _lived(flow_m3_h)
    return hour, torr, time, lives


LOW = pytest.mark.xfail(
    strict=True, reason="ours 6.7 % low: the beds take less than in proportion when there is less to take"
)


@pytest.mark.parametrize(("begins", "ends"), [pytest.param(62.0, 67.0, marks=LOW), (78.0, 84.0)])
def test_a_plateau_follows_from_the_first(chamber, begins: float, ends: float) -> None:
    hour, torr, time, lives = chamber
    inside = (time >= begins) & (time < ends)
    found = lives.dioxide_kpa[inside].mean() / TORR_KPA
    assert found == pytest.approx(_plateau(hour, torr, begins, ends), rel=0.06)


def test_the_way_down_and_the_books(chamber) -> None:
    hour, torr, time, lives = chamber
    for middle in (52.0, 54.0, 57.0, 60.0, 71.0, 74.0):
        at = lives.dioxide_kpa[np.argmin(np.abs(time - middle))] / TORR_KPA
        assert at == pytest.approx(_plateau(hour, torr, middle - 0.5, middle + 0.5), rel=0.10)
    made = lives.flow("carbon_dioxide_kg").sum()
    assert lives.dioxide_removed_kg.sum() + lives.cabin_dioxide_kg[-1] == pytest.approx(made, rel=1e-12)
