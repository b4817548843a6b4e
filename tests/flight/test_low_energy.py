"""The ballistic transfer: far out and back, a small insertion, and the same end when it is flown forwards."""

import pytest

from malapert.errors import ConvergenceError, InputError
from malapert.flight import Parking, grow_nrho
from malapert.flight.low_energy import design_ballistic
from malapert.flight.review import review
from malapert.sky.time import tdb_s

START = tdb_s("2028-11-01T00:00:00Z")
DAY_S = 86400.0


def test_it_is_ballistic_and_flies_forwards_too():
    orbit = grow_nrho(START + 80.0 * DAY_S, 12)
    transfer = design_ballistic(START, orbit=orbit, parking=Parking(200.0, 28.7), window_d=6.0, flight_d=(97.0, 108.0))
    injection, insertion = transfer.maneuvers
    # Published ballistic transfers to such orbits: months long, insertions of some tens of m/s, injections of about
    # 3.2 km/s (Parker and Anderson 2014 for the kind; 5 to 50 m/s and 3 to 5 months recalled, unsourced).
    assert 3150.0 < injection.delta_v_m_s < 3250.0
    assert insertion.delta_v_m_s < 60.0
    assert 97.0 < transfer.duration_d < 110.0
    assert 0.9e6 < transfer.facts["farthest_from_earth_km"] < 2.5e6
    assert transfer.facts["parking_inclination_deg"] == pytest.approx(28.7, abs=0.02)
    assert transfer.facts["parking_altitude_km"] == pytest.approx(200.0, abs=1.0)
    # From the parking orbit through the Sun's field for a hundred days, at another tolerance.
    assert review(transfer).misses_m[0] < 5000.0


def test_what_it_cannot_find_is_said():
    orbit = grow_nrho(START + 97.0 * DAY_S, 2)
    with pytest.raises(ConvergenceError, match="paths from the halo orbit came within"):
        design_ballistic(START, orbit=orbit, window_d=0.1, flight_d=(97.0, 98.0))
    with pytest.raises(InputError, match="40 to 250 d"):
        design_ballistic(START, orbit=orbit, flight_d=(3.0, 5.0))
