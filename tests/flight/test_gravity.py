"""The harmonic kernel against the potential it should be the slope of, and at the poles."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import lpmv

from malapert.data import moon_gravity
from malapert.data.pack import GravityField
from malapert.flight.gravity import harmonic_acceleration, harmonic_tables

DEGREE = 12


def potential(field: GravityField, p: np.ndarray) -> float:
    """Kaula's sum with associated Legendre functions of scipy, normalised by hand; independent of the recursion."""
    r = np.linalg.norm(p)
    sine, longitude = p[2] / r, math.atan2(p[1], p[0])
    total = 0.0
    for n in range(2, field.degree + 1):
        for m in range(n + 1):
            norm = math.sqrt((2 - (m == 0)) * (2 * n + 1) * math.factorial(n - m) / math.factorial(n + m))
            wave = field.c[n, m] * math.cos(m * longitude) + field.s[n, m] * math.sin(m * longitude)
            # scipy's functions carry the Condon-Shortley phase, geodesy's do not.
            total += (field.radius_km / r) ** n * norm * (-1) ** m * lpmv(m, n, sine) * wave
    return field.gm_km3_s2 / r * total


def acceleration(field: GravityField, p: np.ndarray) -> np.ndarray:
    degree = field.degree
    tables = harmonic_tables(field, degree)
    return np.array(harmonic_acceleration(*p, field.gm_km3_s2, field.radius_km, degree, tables))


@settings(max_examples=20, deadline=None)
@given(
    lat=st.floats(-89.0, 89.0), lon=st.floats(-180.0, 180.0), r=st.floats(1750.0, 6000.0)
)  # fmt: skip
def test_slope_of_the_potential(lat: float, lon: float, r: float) -> None:
    field = moon_gravity(DEGREE)
    a, b = math.radians(lat), math.radians(lon)
    p = r * np.array([math.cos(a) * math.cos(b), math.cos(a) * math.sin(b), math.sin(a)])
    h = 0.05
    slope = np.array([(potential(field, p + h * e) - potential(field, p - h * e)) / (2 * h) for e in np.eye(3)])
    # Central differences over 50 m: truncation below 1e-7 of the largest terms, rounding below 1e-11 km/s2.
    assert np.allclose(acceleration(field, p), slope, rtol=2e-5, atol=2e-11)


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_poles_are_ordinary_places(sign: float) -> None:
    field = moon_gravity(50)
    at = acceleration(field, np.array([0.0, 0.0, sign * 1800.0]))
    near = acceleration(field, np.array([1e-6, -1e-6, sign * 1800.0]))
    assert np.all(np.isfinite(at))
    assert np.allclose(at, near, atol=1e-12)


def test_harmonics_fade_far_away() -> None:
    """Dropping negligible degrees far out changes nothing that can be seen."""
    field = moon_gravity(50)
    far = np.array([3e4, -2e4, 1e4])
    assert np.allclose(acceleration(field, far), acceleration(moon_gravity(12), far), rtol=1e-10, atol=0.0)
