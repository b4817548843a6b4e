"""The least-propellant landing: a known optimum, a lossless convexification, and the flown descent close above it."""

import math
from dataclasses import replace

import numpy as np
import pytest

from malapert.errors import ConvergenceError, InputError
from malapert.flight import Elements, Lander, Site, descend, lunar_state
from malapert.flight.descent import crossrange_deg
from malapert.flight.landing_bound import least_propellant
from malapert.sky.time import tdb_s

pytest.importorskip("clarabel", reason="the least-propellant landing needs the landing extra")

GM = 4902.79996708864
EPOCH = tdb_s("2030-03-04T00:00:00Z")
SITE = Site(-89.45, 222.7, 1900.0)


def orbit():
    def at(node):
        return lunar_state(Elements(1837.4, 0.0, 90.0, node, 0.0, 0.0), EPOCH, GM)

    return at(min(np.arange(0.0, 180.0, 1.0), key=lambda node: abs(crossrange_deg(at(node), EPOCH + 5000.0, SITE))))


@pytest.mark.parametrize("thrust_to_mass", [1.7, 3.0])
def test_the_flown_descent_burns_little_more_than_the_least(thrust_to_mass):
    lander = Lander(4000.0, 4000.0 * thrust_to_mass, 315.0)
    flown = descend(orbit(), EPOCH, SITE, lander)
    plan = flown.plan
    bound = least_propellant(plan.craft, plan.ignition_tdb_s, SITE, lander, flown.powered_duration_s)
    used = plan.craft[6] - flown.landed_mass_kg
    # The gate 100 m over the site, its vertical end and the steering linear in its tangent cost 1 to 1.5 %.
    assert 1.0 < used / bound.propellant_kg < 1.02
    assert bound.slack < 1e-5  # lossless: the thrust is as large as its bound says
    thrust = np.linalg.norm(bound.thrust_n, axis=1)
    assert thrust.max() < lander.thrust_n * (1.0 + 1e-5)
    assert thrust.min() > lander.least_throttle * lander.thrust_n * (1.0 - 1e-5)
    radius = np.linalg.norm(bound.states[:, :3], axis=1)
    assert radius.min() > 1737.4 + 1.9 - 0.01
    # The nodes obey the equations between them: flow of mass against thrust.
    mean = 0.5 * (thrust[1:] / bound.states[1:, 6] + thrust[:-1] / bound.states[:-1, 6])
    spent = -np.diff(np.log(bound.states[:, 6]))
    assert spent == pytest.approx(mean * np.diff(bound.times_s) / lander.exhaust_m_s, rel=1e-4)


def fall_then_full_thrust(height_m, mass_kg, lander):
    """Propellant of the vertical optimum (coast, then full thrust): the switch found by stepping it backwards."""
    gravity, flow = 1e3 * GM / (1737.4 + 1.9) ** 2, lander.thrust_n / lander.exhaust_m_s
    final = mass_kg
    for _ in range(60):
        mass, h, v, step = final, 0.0, 1.0, 0.01
        while 0.5 * v * v / gravity + h < height_m:  # energy of a fall from rest
            v += (lander.thrust_n / mass - gravity) * step
            h += v * step
            mass += flow * step
        final += mass_kg - mass
    return mass_kg - final


def test_a_vertical_landing_is_the_known_optimum():
    lander = Lander(2000.0, 10000.0, 315.0, least_throttle=0.0)
    ground = SITE.icrf(EPOCH)
    up = ground[:3] / np.linalg.norm(ground[:3])
    craft = np.concatenate([ground[:3] + 2.0 * up, ground[3:], [2000.0]])
    bound = least_propellant(craft, EPOCH, SITE, lander, 60.0, nodes=150)
    # One switch between two of 150 nodes, and steps of 0.01 s in the reference.
    assert bound.propellant_kg == pytest.approx(fall_then_full_thrust(2000.0, 2000.0, lander), rel=0.01)


def test_too_weak_an_engine_and_broken_input():
    flown = descend(orbit(), EPOCH, SITE, Lander(4000.0, 8000.0, 315.0))
    plan = flown.plan
    weak = Lander(4000.0, 3000.0, 315.0)
    with pytest.raises(ConvergenceError, match="no landing from"):
        least_propellant(plan.craft, plan.ignition_tdb_s, SITE, weak, flown.powered_duration_s)
    with pytest.raises(InputError):
        least_propellant(plan.craft * math.nan, plan.ignition_tdb_s, SITE, weak, 700.0)
    with pytest.raises(InputError):
        least_propellant(plan.craft, plan.ignition_tdb_s, SITE, replace(weak, thrust_n=1.0), -700.0)
