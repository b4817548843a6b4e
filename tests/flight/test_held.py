"""A held orbit keeps its height and inclination, and its plane turns as the integrated field turns it."""

import numpy as np
import pytest

from malapert.constants import GM_MOON_KM3_S2, RADIUS_MOON_KM
from malapert.errors import InputError
from malapert.flight import Forces, propagate
from malapert.flight.elements import Elements, icrf_to_moon_equator, lunar_elements, lunar_state
from malapert.flight.held import held_circular_orbit

T0 = 1.0e9


def test_height_and_inclination_stay() -> None:
    t = T0 + np.arange(0.0, 86400.0 * 30, 600.0)
    place = held_circular_orbit(200.0, 75.0, 30.0, T0, t)
    assert np.linalg.norm(place, axis=1) == pytest.approx(RADIUS_MOON_KM + 200.0, rel=1e-12)
    fixed = place @ icrf_to_moon_equator(T0).T
    assert np.degrees(np.arcsin(np.abs(fixed[:, 2]).max() / (RADIUS_MOON_KM + 200.0))) == pytest.approx(75.0, abs=0.1)


def test_the_plane_turns_as_an_integrated_orbit_does() -> None:
    """Ten days under degree 2 alone: the node's drift agrees within the periodic terms that the mean rate leaves out."""
    days = 10.0
    orbit = Elements(RADIUS_MOON_KM + 200.0, 0.0, 60.0, 0.0, 0.0, 0.0)
    flown = propagate(
        lunar_state(orbit, T0, GM_MOON_KM3_S2),
        T0,
        days * 86400.0,
        Forces(moon_degree=2, earth_and_moon=False, sun=False),
        output_step_s=7200.0,
    )
    nodes = [np.unwrap([np.radians(lunar_elements(s, T0, GM_MOON_KM3_S2).node_deg)])[0] for s in flown.states]
    slope = np.polyfit(flown.epochs_tdb_s - T0, np.unwrap(nodes), 1)[0]
    t = np.array([T0, T0 + days * 86400.0])
    axes = icrf_to_moon_equator(T0)
    normals = [
        np.cross(
            held_circular_orbit(200.0, 60.0, 0.0, T0, t[k] + np.array([0.0, 600.0]))[0],
            held_circular_orbit(200.0, 60.0, 0.0, T0, t[k] + np.array([0.0, 600.0]))[1],
        )
        @ axes.T
        for k in (0, 1)
    ]
    held = [np.arctan2(n[0], -n[1]) for n in normals]
    assert (held[1] - held[0]) / (days * 86400.0) == pytest.approx(slope, rel=0.15)


def test_an_orbit_under_the_ground_is_refused() -> None:
    with pytest.raises(InputError, match="above the ground"):
        held_circular_orbit(-1.0, 90.0, 0.0, T0, np.array([T0]))
