"""Transfers by the names of their ends: each is flown again apart from its designer, and failures say why."""

import numpy as np
import pytest

from malapert.errors import ConvergenceError, InputError
from malapert.flight import CISLUNAR, Corridor, LunarArrival, Parking, propagate
from malapert.flight.free_return import design_free_return, fly_free_return, perilune_state
from malapert.flight.review import review
from malapert.flight.routes import Wish, designer, launch_inclination_deg
from malapert.sky.time import tdb_s

START = tdb_s("2030-03-01T00:00:00Z")
# What a designer's tolerance of 1e-10 to 1e-11 a step grows to: metres at the Moon, hundreds of metres after a flyby
# at the Earth, where a state is good to the corridor (10 m of impact parameter) all the same.
ALLOWED_M = {"llo": 5.0, "nrho": 200.0, "earth": 3000.0, "free-return": 3000.0}


@pytest.mark.parametrize(
    "route", [("leo", "llo"), ("leo", "nrho"), ("nrho", "llo"), ("llo", "nrho"), ("leo", "free-return")]
)
def test_flown_again_it_ends_where_it_was_designed_to(route):
    transfer = designer(*route)(Wish(START, window_d=0.0, orbit=LunarArrival(120.0, 120.0, 80.0)))
    flown = review(transfer)
    assert max(flown.misses_m) < ALLOWED_M[route[1]]
    if route[1] == "llo":
        assert transfer.arrival_elements.inclination_deg == pytest.approx(80.0, abs=0.01)
        assert transfer.arrival_elements.apoapsis_radius_km == pytest.approx(1857.4, abs=0.1)


def test_home_from_low_orbit():
    transfer = designer("llo", "earth")(Wish(START, node_deg=330.0, corridor=Corridor(122.0, -6.5)))
    assert review(transfer).misses_m[0] < ALLOWED_M["earth"]
    assert transfer.facts["entry_flight_path_deg"] == pytest.approx(-6.5, abs=0.01)


@pytest.mark.parametrize(("altitude", "inclination"), [(100.0, 28.7), (1500.0, 51.6), (8000.0, 28.7)])
def test_free_return_passes_where_it_should_and_meets_the_corridor(altitude, inclination):
    parking = Parking(185.0, inclination)
    transfer = design_free_return(START, perilune_altitude_km=altitude, parking=parking, window_d=0.0)
    assert transfer.departure_tdb_s == pytest.approx(START, abs=1.0)
    assert len(transfer.maneuvers) == 1
    # One flight from injection to entry, at a tenth of the designer's tolerance.
    start = transfer.trajectory.states[0]
    flown = propagate(
        start, transfer.departure_tdb_s, transfer.duration_d * 86400.0, CISLUNAR, center="earth", tolerance=1e-12
    )
    entry = flown.end_state
    assert np.linalg.norm(entry[:3]) - 6378.1366 == pytest.approx(122.0, abs=2.0)
    angle = np.degrees(np.arcsin(entry[:3] @ entry[3:] / np.linalg.norm(entry[:3]) / np.linalg.norm(entry[3:])))
    assert angle == pytest.approx(-6.0, abs=0.05)
    moon = [one for one in review(transfer).approaches if one.body == "moon"]
    assert [one.radius_km - 1737.4 for one in moon] == pytest.approx([altitude], abs=1.0)
    assert transfer.facts["parking_inclination_deg"] == pytest.approx(inclination, abs=1e-3)


def test_both_inclinations_of_a_free_return_can_be_asked_for():
    corridor = Corridor(122.0, -6.0, 33.0)
    transfer = fly_free_return(START + 3.0 * 86400.0, 254.0, parking=Parking(185.0, 30.0), corridor=corridor)
    assert transfer.facts["entry_inclination_deg"] == pytest.approx(33.0, abs=0.05)


def test_perilune_state_is_a_perilune_behind_the_moon():
    state = perilune_state(np.array([3.0, -5.0, 2.4, 20.0]), START, 2000.0)
    assert np.linalg.norm(state[:3]) == pytest.approx(2000.0)
    assert abs(state[:3] @ state[3:]) < 1e-9
    assert np.linalg.norm(state[3:]) == pytest.approx(2.4)


def test_failures_say_which_constraint():
    with pytest.raises(ConvergenceError, match=r"declination at perilune is .* does not reach"):
        design_free_return(START + 4.0 * 86400.0, parking=Parking(185.0, 5.0), window_d=0.0)
    with pytest.raises(InputError, match="30 to 20,000 km"):
        design_free_return(START, perilune_altitude_km=5.0)
    with pytest.raises(InputError, match="there are: leo llo"):
        designer("leo", "venus")
    with pytest.raises(InputError, match="direct or flyby"):
        designer("leo", "nrho", "balloon")
    with pytest.raises(InputError, match="circle"):
        designer("nrho", "llo")(Wish(START, orbit=LunarArrival(100.0, 5000.0)))


def test_launch_azimuth_gives_the_inclination():
    assert launch_inclination_deg(28.5, 90.0) == pytest.approx(28.5)
    assert launch_inclination_deg(28.5, 72.0) == pytest.approx(33.3, abs=0.1)
    assert launch_inclination_deg(0.0, 0.0) == pytest.approx(90.0)
