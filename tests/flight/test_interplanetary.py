"""Earth to Mars: the shot flight arrives where and when planned, and failures say why."""

import numpy as np
import pytest

from malapert.errors import ConvergenceError, InputError
from malapert.flight import Parking
from malapert.flight.interplanetary import CRUISE, design_earth_mars, fly_plan, mars_elements, perigee_state
from malapert.flight.mars_plan import GM_MARS, RADIUS_MARS_KM, Limits, MarsOrbit, direct, porkchop, with_turn
from malapert.flight.propagate import propagate, recentre
from malapert.sky.time import tdb_s

START = tdb_s("2030-12-01T00:00:00Z")


def test_flown_again_it_reaches_its_orbit():
    transfer = design_earth_mars(START, parking=Parking(200.0, 40.0), window_d=40.0, flight_d=(260.0, 300.0))
    path = transfer.trajectory
    end = propagate(
        path.states[0], transfer.departure_tdb_s, transfer.duration_d * 86400.0, CRUISE, center="sun", tolerance=1e-13
    ).end_state
    mars = recentre(end, transfer.arrival_tdb_s, "sun", "mars")
    assert np.linalg.norm(mars[:3]) - RADIUS_MARS_KM == pytest.approx(400.0, abs=20.0)
    captured = mars + np.concatenate([np.zeros(3), transfer.maneuvers[-1].delta_v_icrf_km_s])
    orbit = mars_elements(captured, transfer.arrival_tdb_s)
    assert orbit.period_s(GM_MARS) / 86400.0 == pytest.approx(2.0, abs=0.05)
    assert orbit.inclination_deg == pytest.approx(60.0, abs=0.5)
    assert abs(transfer.facts["integrated_less_two_body_m_s"]) < 50.0


def test_perigee_state_leaves_towards_its_asymptote():
    leaving = np.array([2.0, -2.5, 0.8])
    start = perigee_state(leaving, START, Parking(300.0, 35.0))
    assert abs(start[:3] @ start[3:]) < 1e-6
    far = propagate(start, START, 40.0 * 86400.0, _only_earth(), center="earth").end_state
    speed2 = far[3:] @ far[3:] - 2.0 * 398600.435507 / np.linalg.norm(far[:3])
    assert speed2 == pytest.approx(leaving @ leaving, rel=1e-6)
    assert far[3:] @ leaving / np.linalg.norm(far[3:]) / np.linalg.norm(leaving) == pytest.approx(1.0, abs=2e-4)


def _only_earth():
    from malapert.flight import Forces

    return Forces(earth_and_moon=False, sun=False)


def test_a_manoeuvre_keeps_the_launchers_limits():
    plan = direct(tdb_s("2020-07-23T05:13:05Z"), tdb_s("2021-02-10T12:00:00Z"))
    turned = with_turn(plan, Parking(), MarsOrbit(), Limits(12.5, 20.0))
    assert turned.leaving @ turned.leaving < 12.52
    assert 0.0 < turned.turn_km_s < 0.5
    transfer = fly_plan(turned, parking=Parking(200.0, 29.0))
    assert transfer.maneuvers[1].name == "deep-space manoeuvre"
    assert abs(transfer.residuals["periapsis altitude (km)"]) < 5.0


def test_failures_say_why():
    with pytest.raises(ConvergenceError, match="declination"):
        perigee_state(np.array([0.5, 0.0, 3.0]), START, Parking(200.0, 30.0))
    with pytest.raises(ConvergenceError, match="no manoeuvre found keeps"):
        plan = direct(tdb_s("2020-07-23T05:13:05Z"), tdb_s("2021-02-10T12:00:00Z"))
        with_turn(plan, Parking(), MarsOrbit(), Limits(-1.0))  # no excess speed has such a C3
    with pytest.raises(InputError, match="period"):
        MarsOrbit(400.0, 0.0)


def test_porkchop_with_a_revolution():
    departures = START + 86400.0 * np.array([0.0, 30.0])
    flights = 86400.0 * np.array([300.0, 900.0])
    leaving, _ = porkchop(departures, flights, 1)
    assert np.isnan(leaving[0, 0]).all()  # too short for a turn
    assert np.isfinite(leaving[0, 1]).all()
