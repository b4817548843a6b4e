"""Frozen orbits come back after a month, live on, and are refused where there are none."""

import numpy as np
import pytest

from malapert import constants
from malapert.errors import ConvergenceError, InputError
from malapert.flight.forces import Forces
from malapert.flight.frozen import frozen_orbit
from malapert.flight.lifetime import fly_until_impact, low_orbit
from malapert.sky.time import tdb_s

START = float(tdb_s("2030-01-01T00:00:00Z"))
FIELD = Forces(moon_degree=20)


@pytest.mark.parametrize("inclination_deg", [27.0, 86.0])
def test_a_frozen_orbit_keeps_its_altitudes(inclination_deg: float) -> None:
    orbit = frozen_orbit(100.0, inclination_deg, START, forces=FIELD)
    assert orbit.drift < 2e-4
    frozen = fly_until_impact(orbit.state, START, 82.0, FIELD, step_s=86400.0)
    assert frozen.impact_d is None
    low, high = frozen.perilune_altitude_km
    # A circle at the same altitude is drawn out by mascons and odd zonals; the frozen one is so from the start.
    assert high - low < 45.0
    assert low > 45.0


def test_flights_end_at_the_ground_or_the_day() -> None:
    falling = fly_until_impact(low_orbit(10.0, 60.0, 120.0, 0.0, 0.0, START, FIELD), START, 60.0, FIELD)
    assert falling.impact_d is not None
    assert falling.path.stopped_by_event
    assert np.linalg.norm(falling.path.end_state[:3]) == pytest.approx(constants.RADIUS_MOON_KM, abs=1e-3)
    assert falling.flown_d == falling.impact_d
    assert falling.perilune_altitude_km[0] == 0.0


def test_what_falls_while_it_is_sought_is_said() -> None:
    with pytest.raises(ConvergenceError, match="falls into the Moon within a month; try a greater altitude"):
        frozen_orbit(20.0, 10.0, START)


def test_underground_is_refused() -> None:
    with pytest.raises(InputError, match="above the ground"):
        frozen_orbit(-5.0, 86.0, START)
    with pytest.raises(InputError, match="perilune <= apolune"):
        low_orbit(100.0, 50.0, 86.0, 0.0, 0.0, START)
    with pytest.raises(InputError, match="positive number of days"):
        fly_until_impact(low_orbit(50.0, 100.0, 86.0, 0.0, 0.0, START), START, 0.0)
