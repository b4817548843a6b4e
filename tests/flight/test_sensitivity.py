"""Partials by the start and by the forces, and covariances, against differences, closed forms and many flights."""

import numpy as np
import pytest

from malapert.errors import InputError
from malapert.flight import Forces, propagate
from malapert.flight.maneuvers import Burn, Impulse
from malapert.flight.sensitivity import (
    Arc,
    check_covariance,
    mapped_covariance,
    parameter_sensitivity,
    sensitivities,
    sigmas_radial_along_cross,
    transition_matrix,
)
from malapert.flight.surface import Craft

EPOCH_S = 8.0e8
LUNAR = np.array([1757.4, 509.0, 175.1, 0.028, -0.617, 1.512])
EARTHLY = np.array([6750.0, 300.0, -200.0, -0.2, 5.05, 5.8])
CRAFT = Craft(800.0, solar_area_m2=20.0, drag_area_m2=8.0)


@pytest.mark.parametrize(
    ("state", "center", "forces"),
    [
        (LUNAR, "moon", Forces(20, craft=CRAFT)),
        (EARTHLY, "earth", Forces(earth_degree=10, craft=CRAFT)),
        (np.array([4200.0, 300.0, -500.0, 0.2, 3.1, 0.8]), "mars", Forces()),
        (np.array([1.4e8, 2e7, 5e6, -6.0, 27.0, 8.0]), "sun", Forces()),
    ],
)
def test_the_matrix_matches_differences(state: np.ndarray, center: str, forces: Forces) -> None:
    arc = Arc(state, EPOCH_S, 7200.0, forces, center, tolerance=1e-14)
    matrix = transition_matrix(arc)
    for j in range(6):
        step = (1e-5 * np.linalg.norm(state[:3]) if j < 3 else 1e-5 * np.linalg.norm(state[3:])) * np.eye(6)[j]
        ends = [
            propagate(state + side * step, EPOCH_S, 7200.0, forces, center=center, tolerance=1e-14).end_state
            for side in (1.0, -1.0)
        ]
        difference = (ends[0] - ends[1]) / (2.0 * np.linalg.norm(step))
        assert np.allclose(matrix[:, j], difference, rtol=2e-5, atol=5e-6 * np.abs(difference).max())


def test_the_flow_keeps_volume_and_chains() -> None:
    """Gravity alone is Hamiltonian: det Phi = 1 (Liouville), Phi^T J Phi = J, and parts multiply to the whole."""
    forces = Forces(20)
    whole = transition_matrix(Arc(LUNAR, EPOCH_S, 7200.0, forces, tolerance=1e-14))
    first = Arc(LUNAR, EPOCH_S, 3000.0, forces, tolerance=1e-14)
    second = Arc(first.end(), EPOCH_S + 3000.0, 4200.0, forces, tolerance=1e-14)
    assert np.allclose(transition_matrix(second) @ transition_matrix(first), whole, rtol=1e-6, atol=1e-6)
    j = np.kron([[0.0, 1.0], [-1.0, 0.0]], np.eye(3))
    # The field's partials are differences over 1e-4 of the radius: 1e-8 of them, of 1e4 seconds squared.
    assert np.allclose(whole.T @ j @ whole, j, atol=1e-3)
    assert np.linalg.det(whole) == pytest.approx(1.0, abs=1e-6)


def test_gm_of_a_circular_orbit() -> None:
    """A circle's place after t answers to GM as its state flown with another GM does: closed form by Kepler's law.

    The orbit with GM + d starts at periapsis or apoapsis with the same state; to first order the angle gained is
    n t (1/2 + 3/2 ...): taken from two exact ellipses instead.
    """
    forces = Forces(earth_and_moon=False, sun=False)
    gm, r = 4902.800118, 2000.0
    state = np.array([r, 0.0, 0.0, 0.0, np.sqrt(gm / r), 0.0])
    period = 2.0 * np.pi * np.sqrt(r**3 / gm)
    found = parameter_sensitivity(Arc(state, EPOCH_S, period, forces), "gm_moon_km3_s2")
    # Energy v2/2 - GM/r: a' = da/dGM = -a/GM at r = a; period T' / T = 3/2 a'/a - 1/2 / GM = -2 / GM.
    late_s = -2.0 / gm * period
    assert found[1] == pytest.approx(-late_s * np.sqrt(gm / r), rel=1e-5)
    assert abs(found[0]) < 1e-4 * abs(found[1])


def test_sunlight_and_air_answer_in_proportion() -> None:
    forces = Forces(earth_degree=4, craft=CRAFT)
    arc = Arc(EARTHLY, EPOCH_S, 6000.0, forces, "earth")
    found = sensitivities(arc, ("drag_coefficient", "reflectivity"))
    bare = {
        "drag_coefficient": Craft(800.0, solar_area_m2=20.0),
        "reflectivity": Craft(800.0, drag_area_m2=8.0),
    }
    for name, value in (("drag_coefficient", 2.2), ("reflectivity", 1.3)):
        without = Arc(EARTHLY, EPOCH_S, 6000.0, Forces(earth_degree=4, craft=bare[name]), "earth").end()
        # The whole force, spread over its coefficient: what is not linear is 1e-3 of the air's kilometres, and the edges
        # of the shadow cost the integrator a centimetre of sunlight's two metres.
        assert np.linalg.norm(found[name] * value - (arc.end() - without)) < 1e-2 * np.linalg.norm(arc.end() - without)
    # It falls, and is ahead for it: drag pushes along the path's end.
    ahead = arc.end()[3:] / np.linalg.norm(arc.end()[3:])
    assert found["drag_coefficient"][:3] @ ahead > 0.0


def test_thrust_of_a_timed_burn() -> None:
    """A burn of 60 s along the velocity, then nothing: dv/dshare = thrust t / m to 1 % (the mass it loses)."""
    forces = Forces(earth_and_moon=False, sun=False, craft=Craft(1000.0))
    burn = Burn(0.0, 500.0, 300.0, (1.0, 0.0, 0.0), duration_s=60.0)
    found = parameter_sensitivity(Arc(LUNAR, EPOCH_S, 60.0, forces, maneuvers=(burn,)), "thrust")
    assert np.linalg.norm(found[3:]) == pytest.approx(500.0 * 60.0 / 1000.0 / 1000.0, rel=1e-2)


def test_a_matrix_through_manoeuvres() -> None:
    """An impulse fixed in ICRF leaves no mark on the partials but the path it leads to."""
    forces = Forces(8)
    impulse = Impulse(2000.0, (10.0, -20.0, 5.0))
    matrix = transition_matrix(Arc(LUNAR, EPOCH_S, 5000.0, forces, maneuvers=(impulse,)))
    first = Arc(LUNAR, EPOCH_S, 2000.0, forces)
    after = first.end() + np.array([0.0, 0.0, 0.0, 0.010, -0.020, 0.005])
    chained = transition_matrix(Arc(after, EPOCH_S + 2000.0, 3000.0, forces)) @ transition_matrix(first)
    assert np.allclose(matrix, chained, rtol=1e-4, atol=1e-5 * np.abs(chained).max())


def test_covariance_is_what_many_flights_show() -> None:
    forces = Forces(8, craft=CRAFT)
    arc = Arc(LUNAR, EPOCH_S, 7200.0, forces, tolerance=1e-12)
    sigma = np.array([0.01, 0.02, 0.03, 1e-5, 2e-5, 1e-5])
    after = mapped_covariance(arc, np.diag(sigma**2), {"gm_moon_km3_s2": 1e-4})
    random = np.random.default_rng(4)
    ends = []
    for _ in range(600):
        factor = 1.0 + random.normal(0.0, 1e-4) / 4902.8
        bumped = Forces(8, craft=CRAFT, gm_factors=(("moon", factor),))
        ends.append(propagate(LUNAR + random.normal(0.0, sigma), EPOCH_S, 7200.0, bumped, tolerance=1e-11).end_state)
    spread = np.cov(np.array(ends).T)
    # 600 samples: a standard deviation is known to 3 %.
    assert np.allclose(np.sqrt(np.diag(spread)), np.sqrt(np.diag(after)), rtol=0.12)
    radial, along, cross = sigmas_radial_along_cross(arc.end(), after)[:3]
    assert along > radial and along > cross


def test_what_makes_no_sense_is_refused() -> None:
    arc = Arc(LUNAR, EPOCH_S, 60.0, Forces())
    for parameter, said in (("drag_coefficient", "no craft"), ("thrust", "no burn"), ("charm", "not one of")):
        with pytest.raises(InputError, match=said):
            parameter_sensitivity(arc, parameter)
    for matrix in (np.eye(5), -np.eye(6), np.triu(np.ones((6, 6))), np.full((6, 6), np.nan)):
        with pytest.raises(InputError, match="covariance"):
            check_covariance(matrix)
    with pytest.raises(InputError, match="standard deviation"):
        mapped_covariance(arc, np.eye(6), {"gm_moon_km3_s2": -1.0})
