"""The array model against the wings of the International Space Station and its roll-out arrays.

Published: a wing is 32,800 silicon cells of 8 cm by 8 cm, 14.2 % efficient when new, and gives nearly 31 kW; eight of
them gave up to 160 kW by daylight in January 2021 (NASA, when the roll-out arrays were announced), which had come into
use in December 2000, September 2006, June 2007 and March 2009, two by two (STS-97, -115, -117, -119). A roll-out array
gives 28 kW when new and more than 20 kW; the station is to fly to 2030. The yearly loss is ours (2.5 %, unsourced) and
is what the second and third test grade. What 215 kW with six roll-out arrays rests on, how they shade the wings under
them, is not in the model and is not graded.
"""

import numpy as np
import pytest

from malapert.constants import SOLAR_IRRADIANCE_W_M2
from malapert.programme.elements import SolarArray
from malapert.sky.time import tdb_s
from malapert.station.arrays import array_kw
from malapert.station.hours import Hours, Sky, Standing

CELLS, CELL_M2, EFFICIENCY = 32_800, 0.08**2, 0.142
WING_KW = 31.0
# Loss of a silicon space cell's output for each K; textbook figure, and of little weight: the model's cells are at 303 K.
SILICON_PER_K = 0.0045


def _given_kw(row: SolarArray, used_utc: str, seen_utc: str) -> float:
    """Output in full sunlight at 1 au."""
    utc = np.array([np.datetime64(seen_utc, "ms"), np.datetime64(seen_utc, "ms") + np.timedelta64(1, "h")])
    hours = Hours(utc, tdb_s(utc), 1.0, np.zeros(2, np.int64), np.zeros(2, np.int64))
    sky = Sky(np.ones(2), np.ones(2), np.zeros(2), np.zeros(2), True)
    epoch = float(tdb_s(np.array([np.datetime64(used_utc, "ms")]))[0])
    there = Standing("wing", "solar_array", row.partner, "flight", "", row.mass_kg, epoch, epoch, "here")
    return float(array_kw(row, there, hours, sky)[0])


def _array(power_kw: float, **keys: float) -> SolarArray:
    return SolarArray(partner="nasa", mass_kg=1000.0, power_kw=power_kw, **keys)  # type: ignore[arg-type]


@pytest.mark.xfail(
    strict=True,
    raises=AssertionError,
    reason="40 kW for 31: the model has no loss between bare cells and the array's end",
)
def test_a_new_wing_from_its_cells() -> None:
    """Within 15 %: what cover glass, strings, diodes and cables usually take. It takes 23 %, so a programme's `power_kw`
    must be that of the array, as its description says, and not of its cells."""
    cells_kw = CELLS * CELL_M2 * EFFICIENCY * SOLAR_IRRADIANCE_W_M2 / 1000.0
    given = _given_kw(_array(cells_kw, temperature_coefficient=SILICON_PER_K), "2000-12-03", "2000-12-03")
    assert given == pytest.approx(WING_KW, rel=0.15)


def test_eight_wings_in_2021() -> None:
    """Within 10 %: 160 kW is told to the ten, and wings shade each other at some angles of the Sun."""
    wing = _array(WING_KW)
    used = ("2000-12-03", "2006-09-14", "2007-06-12", "2009-03-20")
    given = 2.0 * sum(_given_kw(wing, date, "2021-01-11") for date in used)
    assert given == pytest.approx(160.0, rel=0.10)
    new = 8.0 * WING_KW
    assert abs(new - 160.0) > 5.0 * abs(given - 160.0)  # ageing explains most of what new wings would give too much


def test_a_roll_out_array_still_gives_twenty_kilowatts_when_the_station_ends() -> None:
    given = _given_kw(_array(28.0), "2021-06-20", "2030-12-31")
    assert 20.0 < given < 28.0
