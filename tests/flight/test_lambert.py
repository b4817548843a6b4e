"""Lambert's problem against the conics it must give back, and against propagation."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from malapert.flight.elements import Elements, state_from_elements
from malapert.flight.lambert import lambert


def time_from_periapsis(nu_deg: float, a: float, e: float) -> float:
    """Kepler's equation, GM = 1."""
    half = np.tan(np.radians(nu_deg) / 2.0)
    if e < 1.0:
        anomaly = 2.0 * np.arctan(np.sqrt((1.0 - e) / (1.0 + e)) * half)
        return float((anomaly - e * np.sin(anomaly)) * a**1.5)
    anomaly = 2.0 * np.arctanh(np.sqrt((e - 1.0) / (e + 1.0)) * half)
    return float((e * np.sinh(anomaly) - anomaly) * (-a) ** 1.5)


@settings(max_examples=300, deadline=None)
@given(
    e=st.one_of(st.floats(0.0, 0.95), st.floats(1.05, 4.0)),
    p=st.floats(0.3, 3.0),
    inclination=st.floats(0.0, 179.0).filter(lambda i: abs(i - 90.0) > 1.0),
    node=st.floats(0.0, 359.0),
    argument=st.floats(0.0, 359.0),
    places=st.tuples(st.floats(-0.95, 0.95), st.floats(-0.95, 0.95)).filter(
        lambda n: (n[1] - n[0] > 0.01 and abs((n[1] - n[0]) - 1.0) > 0.01) or n[1] - n[0] > 1.01
    ),
)
def test_it_gives_back_the_conic_it_was_cut_from(e, p, inclination, node, argument, places):
    reach = 180.0 if e < 1.0 else np.degrees(np.arccos(-1.0 / e))
    first, last = (reach * share for share in places)
    if abs(np.sin(np.radians(last - first))) < 0.01:
        return  # in line with the centre: no plane
    a = p / (1.0 - e * e)
    states = [state_from_elements(Elements(a, e, inclination, node, argument, nu), 1.0) for nu in (first, last)]
    time = time_from_periapsis(last, a, e) - time_from_periapsis(first, a, e)
    v1, v2 = lambert(states[0][:3], states[1][:3], time, 1.0, is_retrograde=inclination > 90.0)
    size = np.linalg.norm(states[0][3:])
    assert np.linalg.norm(v1 - states[0][3:]) < 1e-7 * size
    assert np.linalg.norm(v2 - states[1][3:]) < 1e-7 * max(size, np.linalg.norm(states[1][3:]))


@pytest.mark.parametrize("revolutions", [1, 2, 5])
def test_whole_revolutions_come_round_to_the_same_place(revolutions):
    e, a = 0.3, 1.2
    states = [state_from_elements(Elements(a, e, 20.0, 10.0, 40.0, nu), 1.0) for nu in (-60.0, 100.0)]
    time = time_from_periapsis(100.0, a, e) - time_from_periapsis(-60.0, a, e) + revolutions * 2.0 * np.pi * a**1.5
    found = [lambert(states[0][:3], states[1][:3], time, 1.0, revolutions=revolutions, is_slow=slow)[0]
             for slow in (False, True)]  # fmt: skip
    assert min(np.linalg.norm(v - states[0][3:]) for v in found) < 1e-9
    energies = [0.5 * v @ v - 1.0 / np.linalg.norm(states[0][:3]) for v in found]
    assert all(energy < 0.0 for energy in energies) and abs(energies[0] - energies[1]) > 1e-6


def test_no_conic_is_not_a_number():
    here, there = np.array([1.0, 0.0, 0.0]), np.array([0.0, 1.0, 0.0])
    assert np.isnan(lambert(here, there, 1.0, 1.0, revolutions=3)[0]).all()  # too short for three turns
    assert np.isnan(lambert(here, there, -1.0, 1.0)[0]).all()
    assert np.isnan(lambert(here, -here, 3.0, 1.0)[0]).all()  # the plane is open


def test_many_at_once():
    rng = np.random.default_rng(4)
    r1, r2 = rng.normal(size=(2, 5, 7, 3))
    time = rng.uniform(1.0, 5.0, (5, 7))
    v1, _ = lambert(r1, r2, time, 1.0)
    assert v1.shape == (5, 7, 3) and np.isfinite(v1).all()
    assert np.allclose(v1[3, 2], lambert(r1[3, 2], r2[3, 2], time[3, 2], 1.0)[0])
