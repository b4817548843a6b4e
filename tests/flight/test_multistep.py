"""The fixed-step integrator against the adaptive one: which orbits it takes, what it says, where it ends."""

import numpy as np
import pytest

from malapert.data import moon_gravity
from malapert.errors import ConvergenceError, InputError
from malapert.flight import EventRule, Forces, Trajectory, propagate, state_from_elements
from malapert.flight.elements import Elements, icrf_to_moon_fixed
from malapert.flight.forces import gms_km3_s2, model
from malapert.flight.multistep import first_step_s

EPOCH_S = 8.0e8
DAY_S = 86400.0
FIELD = Forces(moon_degree=20)
GM = float(gms_km3_s2(FIELD)[1])


def orbit(altitude_km: float = 100.0, e: float = 0.001, i_deg: float = 90.0) -> np.ndarray:
    return state_from_elements(Elements((1738.0 + altitude_km) / (1.0 - e), e, i_deg, 20.0, 30.0, 40.0), GM)


def both(state: np.ndarray, duration_s: float, forces: Forces = FIELD, **more: object) -> tuple[Trajectory, Trajectory]:
    one = propagate(state, EPOCH_S, duration_s, forces, integrator="gauss-jackson", **more)
    other = propagate(state, EPOCH_S, duration_s, forces, integrator="dop853", tolerance=1e-13, **more)
    assert one.forces["integrator"].startswith("Gauss-Jackson") and other.forces["integrator"] == "DOP853"
    return one, other


# Both integrators round differently: a day's path of 140,000 km holds 1e-13 of it, 0.014 mm, many times over.
@pytest.mark.parametrize("direction", [1.0, -1.0])
@pytest.mark.parametrize("i_deg", [0.5, 28.0, 90.0, 169.0, 179.9])
def test_agrees_with_the_adaptive_integrator(i_deg: float, direction: float) -> None:
    one, other = both(orbit(i_deg=i_deg), direction * 2.0 * DAY_S)
    assert np.linalg.norm(one.end_state[:3] - other.end_state[:3]) < 1e-6
    assert np.linalg.norm(one.end_state[3:] - other.end_state[3:]) < 1e-9


@pytest.mark.parametrize(
    ("altitude_km", "e", "forces"),
    [
        (15.0, 0.003, Forces(50)),
        (60.0, 0.09, Forces(30)),
        (1500.0, 0.02, Forces(8, venus=True)),
        (100.0, 0.0, Forces()),
    ],
)
def test_other_heights_shapes_and_forces(altitude_km: float, e: float, forces: Forces) -> None:
    one, other = both(orbit(altitude_km, e), DAY_S, forces)
    assert np.linalg.norm(one.end_state[:3] - other.end_state[:3]) < 2e-6


def test_about_the_earth() -> None:
    forces = Forces(earth_degree=8)
    gm = float(gms_km3_s2(forces)[0])
    state = state_from_elements(Elements(6978.0, 0.002, 51.6, 0.0, 0.0, 0.0), gm)
    one, other = both(state, DAY_S, forces, center="earth")
    assert np.linalg.norm(one.end_state[:3] - other.end_state[:3]) < 2e-5


def test_the_estimate_is_no_flattery() -> None:
    """Where steps are long the true error is truncation, which the estimate must cover."""
    reference = propagate(orbit(), EPOCH_S, 5 * DAY_S, Forces(50), integrator="dop853", tolerance=1e-14).end_state
    for tolerance in (1e-9, 1e-10, 1e-11):
        arc = propagate(orbit(), EPOCH_S, 5 * DAY_S, Forces(50), integrator="gauss-jackson", tolerance=tolerance)
        said_km = float(arc.forces["estimated_error_m"]) / 1000.0
        assert said_km <= tolerance * 1.64 * 5 * DAY_S
        # 3 mm: what the reference itself may be off by through rounding.
        assert np.linalg.norm(arc.end_state[:3] - reference[:3]) < said_km + 3e-6


def test_energy_in_the_turning_frame() -> None:
    """A field alone, turning evenly to a part in 1e5: the energy less the spin's share is nearly kept, its change the
    same by either integrator."""
    forces = Forces(moon_degree=20, earth_and_moon=False, sun=False)
    spin = 2.6617e-6
    field = moon_gravity(20)
    kept = []
    for arc in both(orbit(), DAY_S, forces, output_step_s=3600.0):
        values = []
        for t, y in zip(arc.epochs_tdb_s, arc.states, strict=True):
            pole = icrf_to_moon_fixed(float(t))[2]
            values.append(0.5 * y[3:] @ y[3:] - GM / np.linalg.norm(y[:3]) - spin * pole @ np.cross(y[:3], y[3:]))
        kept.append(np.array(values))
    assert field.gm_km3_s2 == GM
    assert np.allclose(kept[0], kept[1], rtol=0.0, atol=1e-11)


def test_events_outputs_and_stops_are_the_same() -> None:
    rules = (
        EventRule("periapsis", "moon"), EventRule("apoapsis", "moon"), EventRule("periapsis", "earth"),
        EventRule("ascending", "moon", altitude_km=102.0, stop_after=9),
    )  # fmt: skip
    for sign in (1.0, -1.0):
        one, other = both(orbit(e=0.004), sign * 2.0 * DAY_S, rules=rules, output_step_s=777.0)
        assert one.stopped_by_event and other.stopped_by_event
        assert len(one.events) == len(other.events) > 20
        assert np.allclose(one.epochs_tdb_s, other.epochs_tdb_s, rtol=0.0, atol=1e-4)
        assert np.allclose(one.states[:-1, :3], other.states[:-1, :3], rtol=0.0, atol=1e-6)
        assert np.allclose(one.states[:-1, 3:], other.states[:-1, 3:], rtol=0.0, atol=1e-9)
        mine, theirs = (sorted(arc.events, key=lambda event: event.epoch_tdb_s) for arc in (one, other))
        for a, b in zip(mine, theirs, strict=True):
            # A root of r.v is only as sharp as the orbit is out of round: 0.004 of it, hence tenths of ms.
            assert a.rule == b.rule and abs(a.epoch_tdb_s - b.epoch_tdb_s) < 2e-3


def test_dense_output_between_the_steps() -> None:
    """Between steps the quintic: a path asked for every 7 s is the one flown in 7 s steps of its own."""
    one, other = both(orbit(), 3.0 * 3600.0, Forces(50), output_step_s=7.0)
    assert np.abs(one.states[:, :3] - other.states[:, :3]).max() < 1e-7
    assert np.abs(one.states[:, 3:] - other.states[:, 3:]).max() < 1e-8


def test_what_it_does_not_take() -> None:
    fast = orbit() * np.array([1, 1, 1, 1.5, 1.5, 1.5])
    refused = {
        "hyperbolic": fast, "elliptical": orbit(e=0.3), "high": orbit(9000.0), "rectilinear": np.append(orbit()[:3], [0, 0, 0.1]),
    }  # fmt: skip
    for state in refused.values():
        assert first_step_s(state, model(FIELD, "moon"), 1e-11, DAY_S) == 0.0
        with pytest.raises(ConvergenceError, match="no fixed step keeps"):
            propagate(state, EPOCH_S, DAY_S, FIELD, integrator="gauss-jackson")
    escaping = propagate(fast, EPOCH_S, DAY_S, FIELD)
    assert escaping.forces["integrator"] == "DOP853"
    assert np.linalg.norm(escaping.end_state[:3]) > 6e4  # past the sphere of influence
    assert first_step_s(orbit(), model(FIELD, "moon"), 1e-11, 3000.0) == 0.0  # under a revolution
    assert first_step_s(orbit(), model(FIELD, "moon"), 1e-14, DAY_S) == 0.0  # finer than the estimate can tell
    assert first_step_s(orbit(), model(FIELD, "moon"), 1e-11, DAY_S) > 0.0
    with pytest.raises(InputError, match="the integrator is auto"):
        propagate(orbit(), EPOCH_S, DAY_S, FIELD, integrator="euler")


def test_an_impact_is_found() -> None:
    """A low orbit of degree 50 that touches 2 km within days: stopped at the same place by both."""
    rule = (EventRule("descending", "moon", altitude_km=2.0, stop_after=1),)
    one, other = both(orbit(20.0, 0.004, 11.0), 20 * DAY_S, Forces(50), rules=rule)
    assert one.stopped_by_event and other.stopped_by_event
    assert abs(one.end_tdb_s - other.end_tdb_s) < 0.01
    assert np.linalg.norm(one.end_state[:3]) == pytest.approx(1739.4, abs=1e-6)


def test_lost_tolerance_goes_to_the_adaptive_integrator() -> None:
    """An orbit that counts as round and dives far under the surface, where the field's series runs away: no fixed step
    holds there, and the adaptive one, which is tried next, says why nothing can."""
    with pytest.raises(ConvergenceError, match="integrator stopped"):
        propagate(orbit(1.0, 0.001, 11.0), EPOCH_S, 60 * DAY_S, Forces(50), max_steps=10**6)
