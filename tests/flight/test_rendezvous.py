"""Rendezvous about the Moon and the Earth: phased, flown in the full field, docked; and what is refused."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from malapert.errors import ConvergenceError, InputError
from malapert.flight.elements import Elements, state_from_elements
from malapert.flight.forces import Forces
from malapert.flight.propagate import propagate
from malapert.flight.rendezvous import Hold, clohessy_wiltshire, fly_rendezvous, relative_state, two_impulses

EPOCH = 8.5e8
MOON = (4902.8, 1737.4, "moon", Forces(moon_degree=20))
EARTH = (398600.4, 6378.1, "earth", Forces(earth_degree=4))


def circle(body, height_km, inclination_deg, anomaly_deg):
    return state_from_elements(Elements(body[1] + height_km, 1e-9, inclination_deg, 20.0, 0.0, anomaly_deg), body[0])


def hohmann_m_s(body, low_km, high_km):
    gm, radius = body[0], body[1]
    r1, r2 = radius + low_km, radius + high_km
    a = 0.5 * (r1 + r2)
    one = abs(math.sqrt(gm * (2.0 / r1 - 1.0 / a)) - math.sqrt(gm / r1))
    return 1000.0 * (one + abs(math.sqrt(gm / r2) - math.sqrt(gm * (2.0 / r2 - 1.0 / a))))


@pytest.mark.parametrize(("body", "low", "high", "fair"), [(MOON, 60.0, 100.0, 1.15), (EARTH, 250.0, 420.0, 1.4)])
def test_docks_at_the_cost_of_a_hohmann_transfer_and_a_little(body, low, high, fair):
    chaser, target = circle(body, low, 85.0, 0.0), circle(body, high, 85.0, 100.0)
    met = fly_rendezvous(chaser, target, EPOCH, center=body[2])
    # Two planes precess apart while the chaser waits (more about the Earth): hence the larger share there.
    assert 0.95 < met.transfer_m_s / hohmann_m_s(body, low, high) < fair
    assert met.approach_m_s < 15.0
    assert met.miss_m < 2e-3 < met.open_loop_m
    assert met.contact_m_s == pytest.approx(0.05, abs=1e-6)
    assert met.delta_v_m_s == pytest.approx(met.transfer_m_s + met.approach_m_s)


def test_the_maneuvers_flown_by_someone_else_lead_to_docking():
    """Each coast and burn again, from the first states, without the module: the craft meet."""
    chaser, target = circle(MOON, 60.0, 85.0, 0.0), circle(MOON, 100.0, 85.3, 60.0)
    met = fly_rendezvous(chaser, target, EPOCH)
    now = EPOCH
    for burn in met.maneuvers:
        if burn.epoch_tdb_s > now:
            chaser = propagate(chaser, now, burn.epoch_tdb_s - now, MOON[3]).end_state.copy()
        chaser = chaser + np.concatenate([np.zeros(3), burn.delta_v_icrf_km_s])
        now = burn.epoch_tdb_s
    target = propagate(target, EPOCH, met.docked_tdb_s - EPOCH, MOON[3]).end_state
    apart = 1000.0 * relative_state(target, chaser)
    # Rounding and tolerance over ten hours in two different cuts of the arc: millimetres become decimetres.
    assert np.linalg.norm(apart[:3]) < 1.0
    assert apart[4] == pytest.approx(0.05, abs=2e-3)


def test_from_above_and_through_a_hold_out_of_the_plane():
    approach = (Hold(0.0, 4000.0), Hold(300.0, 1000.0, 100.0), Hold(0.0, 30.0))
    met = fly_rendezvous(circle(MOON, 140.0, 60.0, 40.0), circle(MOON, 100.0, 60.0, 0.0), EPOCH, approach=approach)
    assert met.miss_m < 2e-3
    assert met.approach["y_m"][0] == pytest.approx(4000.0, abs=0.01)
    assert met.approach["y_m"][-1] == pytest.approx(30.0, abs=0.01)
    assert np.min(np.abs(met.approach["x_m"] - 300.0)) < 20.0


@settings(max_examples=40, deadline=None)
@given(st.floats(-50.0, 50.0), st.floats(-50.0, 50.0), st.floats(-50.0, 50.0), st.floats(300.0, 2500.0))
def test_two_impulses_reach_the_aim_in_the_linear_field(x, y, z, time_s):
    rate = 8.9e-4
    start = np.array([x, y, z, 1e-3, -2e-3, 5e-4])
    aim = np.array([0.1, -0.2, 0.05])
    first, second = two_impulses(start, aim, rate, time_s)
    end = clohessy_wiltshire(rate, time_s) @ (start + np.concatenate([np.zeros(3), first]))
    assert end[:3] == pytest.approx(aim, abs=1e-7)
    assert end[3:] + second == pytest.approx(np.zeros(3), abs=1e-9)


def test_clohessy_wiltshire_is_the_field_close_by():
    target = circle(MOON, 100.0, 85.0, 0.0)
    rate = math.sqrt(4902.8 / 1837.4**3)
    chaser = target + np.concatenate([1e-3 * target[:3] / np.linalg.norm(target[:3]), np.zeros(3)])
    alone = Forces(earth_and_moon=False, sun=False)
    ends = [propagate(one, EPOCH, 3000.0, alone).end_state for one in (target, chaser)]
    linear = clohessy_wiltshire(rate, 3000.0) @ relative_state(target, chaser)
    assert relative_state(*ends) == pytest.approx(linear, abs=3e-5)  # 1 m apart at first, second order 1e-6 of it


def test_the_same_orbit_cannot_be_phased_and_too_long_a_wait_is_said():
    with pytest.raises(InputError, match="same period"):
        fly_rendezvous(circle(MOON, 100.0, 85.0, 0.0), circle(MOON, 100.0, 85.0, 90.0), EPOCH)
    with pytest.raises(ConvergenceError, match="into phase"):
        fly_rendezvous(circle(MOON, 90.0, 85.0, 0.0), circle(MOON, 100.0, 85.0, 200.0), EPOCH, most_wait_s=3600.0)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda a, b: fly_rendezvous(a, b, EPOCH, center="mars"), "mars"),
        (lambda a, b: fly_rendezvous(a, b, EPOCH, approach=()), "hold point"),
        (lambda a, b: fly_rendezvous(a * np.nan, b, EPOCH), "six finite"),
        (lambda a, b: fly_rendezvous(a, np.concatenate([b[:3], -b[3:]]), EPOCH), "planes are 180"),
        (lambda a, b: fly_rendezvous(a * [1, 1, 1, 1.3, 1.3, 1.3], b, EPOCH), "near-circular"),
        (lambda a, b: Hold(0.0, math.inf), "finite"),
        (lambda a, b: Hold(0.0, 1.0, hop_s=0.0), "hop"),
        (lambda a, b: two_impulses(np.zeros(6), np.ones(3), 1e-3, 2.0 * math.pi / 1e-3), "revolution"),
    ],
)
def test_what_cannot_be_met_is_refused(make, words):
    with pytest.raises(InputError, match=words):
        make(circle(MOON, 60.0, 85.0, 0.0), circle(MOON, 100.0, 85.0, 90.0))
