"""Where the bodies are and how the Moon and the Earth are turned, inside compiled kernels."""

import math

import numba
import numpy as np
from numpy.typing import NDArray

from malapert.sky.libration import fill_euler

Array = NDArray[np.float64]

EARTH, MOON, MARS, SUN, VENUS, JUPITER, MERCURY, SATURN = range(8)
BODY_NAMES = ("earth", "moon", "mars", "sun", "venus", "jupiter", "mercury", "saturn")

# Capitaine, Guinot and McCarthy 2000, A&A 355:398, eq. 14: Earth rotation angle, turns, per UT1 day past J2000.
ERA_TURNS = 0.7790572732640
ERA_TURNS_PER_DAY = 1.00273781191135448
ARCSECOND = math.pi / 648000.0


# Rows of the directory of series: first coefficient, terms, granules, start (s), step (s). Row numbers are floats
# because numba would compile a kernel anew for each integer constant it is called with.
# `forces.series` gives the Sun from the Earth-Moon barycentre, the others as in the pack. Bodies from the Sun on stand
# in the row of their number. Behind the pack's rows: how Mars turns, and the logarithm of the air's density by height.
SERIES_NAMES = ("moon", "libration", "emb", "sun", "venus", "jupiter", "mercury", "saturn", "mars")
S_MOON, S_LIBRATION, S_EMB, S_SUN, S_MARS, S_MARS_TURN, S_EARTH_AIR, S_MARS_AIR = (
    0.0,
    1.0,
    2.0,
    3.0,
    8.0,
    9.0,
    10.0,
    11.0,
)
MOON_ROW = 0


@numba.njit(cache=True, error_model="numpy", fastmath={"contract", "nsz"})
def series_value(directory: Array, series: Array, series_row: float, t_s: float) -> tuple[float, float, float]:
    """Value of a three-axis Chebyshev series by Clenshaw's recurrence (Clenshaw 1955, MTAC 9:118).

    All series lie in one flat array: the kernels that pass it on compile in half the time of separate arrays. Epochs
    are checked before the kernels start.
    """
    row = int(series_row)
    first = int(directory[row, 0])
    terms = int(directory[row, 1])
    k = int((t_s - directory[row, 3]) / directory[row, 4])
    k = min(max(k, 0), int(directory[row, 2]) - 1)
    x = 2.0 * (t_s - directory[row, 3] - k * directory[row, 4]) / directory[row, 4] - 1.0
    p = first + 3 * terms * k
    q = p + terms
    r = q + terms
    a1 = a2 = b1 = b2 = c1 = c2 = 0.0
    for n in range(terms - 1, 0, -1):
        # In this order a term waits for one product and sum of the one before, not for two.
        a1, a2 = 2.0 * x * a1 + (series[p + n] - a2), a1
        b1, b2 = 2.0 * x * b1 + (series[q + n] - b2), b1
        c1, c2 = 2.0 * x * c1 + (series[r + n] - c2), c1
    return x * a1 - a2 + series[p], x * b1 - b2 + series[q], x * c1 - c2 + series[r]


@numba.njit(cache=True, error_model="numpy")
def earth_to_moon_velocity(directory: Array, series: Array, t_s: float) -> tuple[float, float, float]:
    """Velocity of the geocentric Moon, ICRF km/s: the derivative of its series, n U_(n-1) for T_n."""
    terms = int(directory[MOON_ROW, 1])
    step = directory[MOON_ROW, 4]
    k = int((t_s - directory[MOON_ROW, 3]) / step)
    k = min(max(k, 0), int(directory[MOON_ROW, 2]) - 1)
    x = 2.0 * (t_s - directory[MOON_ROW, 3] - k * step) / step - 1.0
    p = int(directory[MOON_ROW, 0]) + 3 * terms * k
    a1 = a2 = b1 = b2 = c1 = c2 = 0.0
    for n in range(terms - 1, 0, -1):
        a1, a2 = 2.0 * x * a1 - a2 + n * series[p + n], a1
        b1, b2 = 2.0 * x * b1 - b2 + n * series[p + terms + n], b1
        c1, c2 = 2.0 * x * c1 - c2 + n * series[p + 2 * terms + n], c1
    scale = 2.0 / step
    return a1 * scale, b1 * scale, c1 * scale


@numba.njit(cache=True, error_model="numpy")
def moon_rotation(directory: Array, series: Array, t_s: float, out: Array) -> None:
    """Fill out (3, 3) with the rotation ICRF -> MOON_PA: R3(psi) R1(theta) R3(phi), DE440 librations."""
    phi, theta, psi = series_value(directory, series, S_LIBRATION, t_s)
    fill_euler(phi, theta, psi, out)


@numba.njit(cache=True, error_model="numpy")
def mars_rotation(directory: Array, series: Array, t_s: float, out: Array) -> None:
    """Fill out (3, 3) with the rotation ICRF -> Mars-fixed, from the series `forces` cuts of `sky.mars`."""
    phi, theta, psi = series_value(directory, series, S_MARS_TURN, t_s)
    fill_euler(phi, theta, psi, out)


@numba.njit(cache=True, error_model="numpy")
def earth_rotation(t_s: float, ut1_minus_tdb_s: float, out: Array) -> None:
    """Fill out (3, 3) with the rotation ICRF -> Earth-fixed, for the Earth's gravity, air and horizons.

    IAU 2006 precession of the pole to second order in X, Y (Capitaine et al. 2003, A&A 412:567, eq. 49, leading
    terms) with the four largest terms of IAU 2000 nutation (Mathews et al. 2002; IERS Conventions 2010, table 5.3),
    and the Earth rotation angle. What is left out is under 0.6": 20 m at the ground.
    """
    c = t_s / (36525.0 * 86400.0)
    node = (450160.398 - 6962890.543 * c) * ARCSECOND
    sun = (2.0 * (335779.526 + 1739527262.848 * c - (1072260.704 + 1602961601.209 * c)) + 2.0 * 450160.398) * ARCSECOND
    sun -= 2.0 * 6962890.543 * c * ARCSECOND
    moon = (2.0 * (335779.526 + 1739527262.848 * c) + 2.0 * (450160.398 - 6962890.543 * c)) * ARCSECOND
    longitude = -17.2064 * math.sin(node) - 1.3171 * math.sin(sun) - 0.2276 * math.sin(moon)
    obliquity = 9.2052 * math.cos(node) + 0.5730 * math.cos(sun) + 0.0978 * math.cos(moon)
    longitude += 0.2075 * math.sin(2.0 * node)
    obliquity -= 0.0897 * math.cos(2.0 * node)
    x = (2004.191898 * c - 0.4297829 * c * c + 0.3977772 * longitude - 0.016617) * ARCSECOND
    y = (-0.025896 * c - 22.4072747 * c * c + obliquity - 0.006951) * ARCSECOND
    z = math.sqrt(1.0 - x * x - y * y)
    a = 1.0 / (1.0 + z)
    days = (t_s + ut1_minus_tdb_s) / 86400.0
    turns = ERA_TURNS + (ERA_TURNS_PER_DAY - 1.0) * days + days % 1.0
    # CIO locator left out: under 0.1" this century. J2000 is noon, hence the half turn already in ERA_TURNS.
    angle = 2.0 * math.pi * (turns % 1.0)
    ce, se = math.cos(angle), math.sin(angle)
    q00, q01, q02 = 1.0 - a * x * x, -a * x * y, -x
    q10, q11, q12 = -a * x * y, 1.0 - a * y * y, -y
    out[0, 0] = ce * q00 + se * q10
    out[0, 1] = ce * q01 + se * q11
    out[0, 2] = ce * q02 + se * q12
    out[1, 0] = -se * q00 + ce * q10
    out[1, 1] = -se * q01 + ce * q11
    out[1, 2] = -se * q02 + ce * q12
    out[2, 0] = x
    out[2, 1] = y
    out[2, 2] = z
