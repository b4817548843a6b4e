"""The integrator against closed forms: ellipses, energy, time reversal, events, dense output."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from malapert.errors import ConvergenceError, CoverageError, InputError
from malapert.flight import EventRule, Forces, elements_from_state, moon_state, propagate, state_from_elements
from malapert.flight.elements import Elements, solve_kepler
from malapert.flight.forces import gms_km3_s2

TWO_BODY = Forces(earth_and_moon=False, sun=False)
GM = float(gms_km3_s2(TWO_BODY)[1])
EPOCH_S = 8.0e8


def ellipse(e: float = 0.6, a: float = 6000.0) -> np.ndarray:
    return state_from_elements(Elements(a, e, 62.0, 40.0, 90.0, 10.0), GM)


def test_two_body_matches_kepler() -> None:
    e, a, duration = 0.6, 6000.0, 3.3e5
    arc = propagate(ellipse(e, a), EPOCH_S, duration, TWO_BODY, tolerance=1e-13)
    half = math.tan(math.radians(5.0)) * math.sqrt((1 - e) / (1 + e))
    start = 2 * math.atan(half)
    anomaly = solve_kepler(start - e * math.sin(start) + math.sqrt(GM / a**3) * duration, e)
    nu = 2 * math.degrees(math.atan(math.sqrt((1 + e) / (1 - e)) * math.tan(anomaly / 2)))
    expected = state_from_elements(Elements(a, e, 62.0, 40.0, 90.0, nu), GM)
    assert np.linalg.norm(arc.end_state[:3] - expected[:3]) < 1e-5


@settings(max_examples=25, deadline=None)
@given(
    a=st.floats(2500.0, 40000.0), e=st.floats(0.0, 0.9), i=st.floats(0.0, 180.0), w=st.floats(0.0, 360.0),
    nu=st.floats(-170.0, 170.0),
)  # fmt: skip
def test_there_and_back(a: float, e: float, i: float, w: float, nu: float) -> None:
    start = state_from_elements(Elements(a, e, i, 33.0, w, nu), GM)
    forces = Forces(moon_degree=4)
    there = propagate(start, EPOCH_S, 20000.0, forces, tolerance=1e-13)
    back = propagate(there.end_state, there.end_tdb_s, -20000.0, forces, tolerance=1e-13)
    assert np.linalg.norm(back.end_state[:3] - start[:3]) < 1e-5 * np.linalg.norm(start[:3])


@settings(max_examples=25, deadline=None)
@given(
    a=st.floats(2500.0, 40000.0), e=st.floats(0.01, 0.95), i=st.floats(1.0, 179.0), n=st.floats(0.0, 359.0),
    w=st.floats(0.0, 359.0), nu=st.floats(0.0, 359.0),
)  # fmt: skip
def test_elements_round_trip(a: float, e: float, i: float, n: float, w: float, nu: float) -> None:
    state = state_from_elements(Elements(a, e, i, n, w, nu), GM)
    again = state_from_elements(elements_from_state(state, GM), GM)
    assert np.allclose(again, state, rtol=1e-9, atol=1e-8)


def test_two_body_energy_is_kept() -> None:
    arc = propagate(ellipse(0.3), EPOCH_S, 86400.0, TWO_BODY, output_step_s=600.0, tolerance=1e-13)
    energy = 0.5 * np.sum(arc.states[:, 3:] ** 2, axis=1) - GM / np.linalg.norm(arc.states[:, :3], axis=1)
    # Some 500 steps, each allowed 1e-13; the errors do not all pull one way.
    assert np.ptp(energy) < 1e-11 * abs(energy[0])


def test_centres_agree() -> None:
    """The same craft flown about the Earth and about the Moon: the difference is what DE440 knows of the Moon's own
    motion (figure of the Earth and Moon, planets) and the arc leaves out: centimetres in a day."""
    about_moon = np.array([20000.0, -15000.0, 9000.0, 0.2, 0.5, 0.1])
    forces = Forces(moon_degree=8, earth_degree=4, venus=True, jupiter=True)
    one = propagate(about_moon, EPOCH_S, 86400.0, forces, center="moon")
    other = propagate(about_moon + moon_state(EPOCH_S), EPOCH_S, 86400.0, forces, center="earth")
    assert np.linalg.norm(other.states_from("moon")[-1, :3] - one.end_state[:3]) < 2e-3


def test_dense_output_lies_on_the_path() -> None:
    whole = propagate(ellipse(), EPOCH_S, 9e4, Forces(4), output_step_s=1000.0, tolerance=1e-12)
    for k in (13, 50, 77):
        direct = propagate(ellipse(), EPOCH_S, whole.epochs_tdb_s[k] - EPOCH_S, Forces(4), tolerance=1e-13)
        assert np.linalg.norm(direct.end_state[:3] - whole.states[k, :3]) < 2e-5


@pytest.mark.parametrize("direction", [1.0, -1.0])
def test_events_are_where_they_should_be(direction: float) -> None:
    rules = (EventRule("periapsis", "moon"), EventRule("apoapsis", "moon"), EventRule("ascending", "moon", 3000.0))
    arc = propagate(ellipse(), EPOCH_S, direction * 3e5, TWO_BODY, rules=rules)
    period = Elements(6000.0, 0.6, 0, 0, 0, 0).period_s(GM)
    for rule, radius in zip(rules, (2400.0, 9600.0, 4737.4), strict=True):
        found = [event for event in arc.events if event.rule == rule]
        assert len(found) >= 5
        assert np.allclose(np.abs(np.diff([event.epoch_tdb_s for event in found])), period, rtol=1e-9)
        for event in found:
            assert np.linalg.norm(event.state[:3]) == pytest.approx(radius, rel=1e-9)
            if rule.kind == "ascending":
                assert event.state[:3] @ event.state[3:] > 0.0


def test_impact_stops_the_arc() -> None:
    low = state_from_elements(Elements(1780.0, 0.05, 10.0, 0.0, 0.0, 180.0), GM)
    arc = propagate(low, EPOCH_S, 1e5, Forces(), rules=(EventRule("descending", "moon", stop_after=1),))
    assert arc.stopped_by_event
    assert np.linalg.norm(arc.end_state[:3]) == pytest.approx(1737.4, abs=1e-7)
    assert arc.end_tdb_s < EPOCH_S + 1e4


def test_it_says_why_it_cannot() -> None:
    with pytest.raises(ConvergenceError, match="used all 10 steps"):
        propagate(ellipse(), EPOCH_S, 1e6, max_steps=10)
    with pytest.raises(ConvergenceError, match="integrator stopped"):
        propagate([2000.0, 0, 0, -0.1, 0, 0], EPOCH_S, 1e5, max_steps=5000)
    with pytest.raises(CoverageError, match="leaves the ephemeris"):
        propagate(ellipse(), 1.89e9, 1e7)
    with pytest.raises(CoverageError, match="moon_degree"):
        Forces(moon_degree=101)
    with pytest.raises(InputError, match="six finite numbers"):
        propagate([1.0, 2.0], EPOCH_S, 10.0)
    with pytest.raises(InputError, match="six finite numbers"):
        propagate([np.nan] * 6, EPOCH_S, 10.0)
    with pytest.raises(InputError, match="an arc is centred on"):
        propagate(ellipse(), EPOCH_S, 10.0, center="pluto")
    with pytest.raises(ConvergenceError, match="more events than there is room"):
        propagate(ellipse(), EPOCH_S, 1e6, rules=(EventRule("periapsis", "moon"),), max_events=2)


def test_trajectory_says_what_made_it() -> None:
    arc = propagate(ellipse(), EPOCH_S, 100.0, Forces(20))
    assert arc.frame == "ICRF"
    assert arc.forces["ephemeris"] == "DE440"
    assert arc.forces["moon_field"] == "GRGM900C to degree 20 in MOON_PA"
    assert float(arc.forces["gm_moon_km3_s2"]) == pytest.approx(4902.79996708864, abs=1e-9)
