"""Ephemeris: vectors add up, velocities are derivatives, edges and names are refused in words."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from malapert import data
from malapert.errors import CoverageError, InputError
from malapert.sky import ephemeris

FIRST, LAST = data.ephemeris().span_tdb_s
EPOCHS = st.floats(FIRST + 100, LAST - 100)
BODIES = st.sampled_from(ephemeris.BODIES)


@settings(deadline=None)
@given(BODIES, BODIES, BODIES, EPOCHS)
def test_vectors_close_around_a_triangle(a: str, b: str, c: str, t: float) -> None:
    total = sum(ephemeris.position_km(*ends, t) for ends in ((a, b), (b, c), (c, a)))
    # Rounding of 1.5e9 km is 2.4e-7 km a term.
    np.testing.assert_allclose(total, 0.0, atol=2e-6)


@settings(deadline=None)
@given(BODIES, BODIES, EPOCHS)
def test_velocity_is_the_derivative_of_position(target: str, center: str, t: float) -> None:
    step = 64.0
    ahead, behind = (ephemeris.position_km(target, center, t + sign * step) for sign in (1, -1))
    velocity = ephemeris.state(target, center, t)[3:]
    # Truncation h^2/6 x''' (Mercury: 6e-9 km/s), rounding 1e-7 km / h; a granule boundary adds its 1 mm.
    np.testing.assert_allclose((ahead - behind) / (2 * step), velocity, atol=5e-8)


def test_shapes_follow_the_epochs() -> None:
    t = np.linspace(FIRST, LAST, 12).reshape(3, 4)
    assert ephemeris.position_km("moon", "earth", t).shape == (3, 4, 3)
    assert ephemeris.state("moon", "earth", t[0, 0]).shape == (6,)
    np.testing.assert_array_equal(
        ephemeris.state("moon", "earth", t)[..., :3], ephemeris.position_km("moon", "earth", t)
    )
    np.testing.assert_array_equal(ephemeris.position_km("mars", "mars", t), 0.0)
    assert ephemeris.position_km("moon", "earth", np.empty(0)).shape == (0, 3)


@pytest.mark.parametrize("t", [FIRST - 1.0, LAST + 1.0, float("nan"), float("inf")])
def test_epochs_outside_are_refused_with_the_span(t: float) -> None:
    with pytest.raises(CoverageError, match="1960-01-01 to 2060-01-01"):
        ephemeris.position_km("moon", "earth", [0.0, t])


def test_unknown_names_are_refused_with_the_known_ones() -> None:
    with pytest.raises(InputError, match=r"pluto.*saturn"):
        ephemeris.position_km("pluto", "sun", 0.0)


def test_light_time_is_solved() -> None:
    t = np.linspace(FIRST, LAST, 50)
    observer = ephemeris.position_km("moon", "ssb", t)
    for target in ("sun", "earth", "venus", "saturn"):
        vector = ephemeris.retarded_km(target, observer, t)
        light_time_s = np.linalg.norm(vector, axis=-1) / 299792.458
        inside = t - light_time_s > FIRST
        then = ephemeris.position_km(target, "ssb", (t - light_time_s)[inside])
        np.testing.assert_allclose(vector[inside], then - observer[inside], atol=2e-5)
