"""The conic between two places in a given time, many at once, with any number of revolutions.

Izzo 2015, "Revisiting Lambert's problem", Celest. Mech. Dyn. Astron. 121:1-15; equation numbers are that paper's.
"""

import math
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import hyp2f1

Array = NDArray[np.float64]

ITERATIONS: Final = 40
NEAR_PARABOLA: Final = 0.2
TIME_TOLERANCE: Final = 1e-10  # of the non-dimensional time of flight
NORTH: Final = np.array([0.0, 0.0, 1.0])


def lambert(
    start_km: ArrayLike,
    end_km: ArrayLike,
    flight_s: ArrayLike,
    gm_km3_s2: float,
    *,
    north: Array = NORTH,
    revolutions: int = 0,
    is_slow: bool = False,
    is_retrograde: bool = False,
) -> tuple[Array, Array]:
    """Velocities (..., 3) at start and end of conics between places (..., 3) in flight_s (...); NaN where none is.

    The craft goes round counter-clockwise about `north`, or clockwise. With whole revolutions there are two conics:
    is_slow takes the one with the larger semi-major axis. None exists below the least time those revolutions take,
    for times not above zero, nor (the plane being undefined) for places in line with the centre.
    """
    r1, r2 = np.broadcast_arrays(np.asarray(start_km, float), np.asarray(end_km, float))
    shape = np.broadcast_shapes(r1.shape[:-1], np.shape(flight_s))
    r1, r2 = (np.broadcast_to(r, (*shape, 3)).reshape(-1, 3) for r in (r1, r2))
    flight = np.broadcast_to(np.asarray(flight_s, float), shape).reshape(-1)
    with np.errstate(all="ignore"):
        near, far = np.linalg.norm(r1, axis=1), np.linalg.norm(r2, axis=1)
        chord = np.linalg.norm(r2 - r1, axis=1)
        s = 0.5 * (near + far + chord)
        ir1, ir2 = r1 / near[:, None], r2 / far[:, None]
        normal = np.cross(ir1, ir2)
        sine = np.linalg.norm(normal, axis=1)
        normal /= np.where(sine > 1e-10, sine, np.nan)[:, None]
        is_long = (normal @ north < 0.0) != is_retrograde
        sign = np.where(is_long, -1.0, 1.0)
        lam = sign * np.sqrt(np.maximum(1.0 - chord / s, 0.0))
        time = np.sqrt(2.0 * gm_km3_s2 / s**3) * flight
        x = _solve(lam, np.where(flight > 0.0, time, np.nan), revolutions, is_slow)
        y = np.sqrt(1.0 - lam**2 * (1.0 - x * x))
        gamma = np.sqrt(0.5 * gm_km3_s2 * s)
        rho, sigma = (near - far) / chord, np.sqrt(np.maximum(1.0 - ((near - far) / chord) ** 2, 0.0))
        radial1 = gamma * ((lam * y - x) - rho * (lam * y + x)) / near
        radial2 = -gamma * ((lam * y - x) + rho * (lam * y + x)) / far
        across1, across2 = gamma * sigma * (y + lam * x) / near, gamma * sigma * (y + lam * x) / far
        ahead1, ahead2 = (sign[:, None] * np.cross(normal, ir) for ir in (ir1, ir2))
        v1 = radial1[:, None] * ir1 + across1[:, None] * ahead1
        v2 = radial2[:, None] * ir2 + across2[:, None] * ahead2
    return v1.reshape(*shape, 3), v2.reshape(*shape, 3)


def _time(x: Array, lam: Array, revolutions: int) -> Array:
    """Non-dimensional time of flight, eq. 18; near the parabola by Battin's series, eq. 20."""
    y = np.sqrt(1.0 - lam**2 * (1.0 - x * x))
    bound = np.arccos(np.clip(x * y + lam * (1.0 - x * x), -1.0, 1.0))
    free = np.arccosh(np.maximum(x * y - lam * (x * x - 1.0), 1.0))
    psi = np.where(x < 1.0, bound, free)
    plain = ((psi + revolutions * math.pi) / np.sqrt(np.abs(1.0 - x * x)) - x + lam * y) / (1.0 - x * x)
    if revolutions > 0:
        return plain
    eta = y - lam * x
    q = 4.0 / 3.0 * hyp2f1(3.0, 1.0, 2.5, np.clip(0.5 * (1.0 - lam - x * eta), -0.9, 0.9))
    return np.where(np.abs(x - 1.0) < NEAR_PARABOLA, 0.5 * (eta**3 * q + 4.0 * lam * eta), plain)


def _slopes(x: Array, time: Array, lam: Array) -> tuple[Array, Array, Array]:
    """First three derivatives of the time of flight, eq. 22; moved off the parabola, where they are 0/0."""
    x = np.where(np.abs(x - 1.0) < 1e-5, 1.0 - 1e-5, x)
    y = np.sqrt(1.0 - lam**2 * (1.0 - x * x))
    u = 1.0 - x * x
    first = (3.0 * time * x - 2.0 + 2.0 * lam**3 * x / y) / u
    second = (3.0 * time + 5.0 * x * first + 2.0 * (1.0 - lam**2) * lam**3 / y**3) / u
    third = (7.0 * x * second + 8.0 * first - 6.0 * (1.0 - lam**2) * lam**5 * x / y**5) / u
    return first, second, third


def _solve(lam: Array, time: Array, revolutions: int, is_slow: bool) -> Array:
    """x for a time of flight by Householder's method from the guesses of eqs. 30 and 31; NaN where none is found."""
    x = _guess(lam, time, revolutions, is_slow)
    for _ in range(ITERATIONS):
        now = _time(x, lam, revolutions)
        f = now - time
        d1, d2, d3 = _slopes(x, now, lam)
        step = f * (d1 * d1 - 0.5 * f * d2) / (d1 * (d1 * d1 - f * d2) + d3 * f * f / 6.0)
        new = x - step
        new = np.where(new <= -1.0, 0.5 * (x - 1.0), new)
        x = np.where(revolutions > 0, np.where(new >= 1.0, 0.5 * (x + 1.0), new), new)
        if not np.any(np.abs(step) > 1e-14 * np.maximum(np.abs(x), 1.0)):
            break
    left = np.abs(_time(x, lam, revolutions) - time)
    return np.where(left <= TIME_TOLERANCE * np.maximum(time, 1.0), x, np.nan)


def _guess(lam: Array, time: Array, revolutions: int, is_slow: bool) -> Array:
    if revolutions > 0:
        low = ((revolutions * math.pi + math.pi) / (8.0 * time)) ** (2.0 / 3.0)
        high = (8.0 * time / (revolutions * math.pi)) ** (2.0 / 3.0)
        side = low if is_slow else high
        return (side - 1.0) / (side + 1.0)
    at_zero = np.arccos(lam) + lam * np.sqrt(1.0 - lam**2)
    at_one = 2.0 / 3.0 * (1.0 - lam**3)
    slow = (at_zero / time) ** (2.0 / 3.0) - 1.0
    fast = 2.5 * at_one * (at_one - time) / (time * (1.0 - lam**5)) + 1.0
    between = np.exp(math.log(2.0) * np.log(time / at_zero) / np.log(at_one / at_zero)) - 1.0
    return np.where(time >= at_zero, slow, np.where(time < at_one, fast, between))
