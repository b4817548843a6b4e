"""Chebyshev series as JPL ephemerides store them: the one evaluator every kernel calls."""

import numba
import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Triple = tuple[float, float, float]
Sextuple = tuple[float, float, float, float, float, float]


# "contract" lets a product and a sum be one instruction, which rounds once instead of twice; nothing else is relaxed.
@numba.njit(cache=True, error_model="numpy", fastmath={"contract"})
def granule(start_s: float, step_s: float, count: int, t_s: float) -> tuple[int, float]:
    """Index of the granule that holds t_s and the argument in [-1, 1] within it.

    The middle of a granule is an exact number, so t_s - middle loses nothing; t_s - start_s would lose 0.2 us (1 cm of
    Mercury's path) decades away from the start.
    """
    k = min(max(int((t_s - start_s) / step_s), 0), count - 1)
    return k, (t_s - (start_s + (k + 0.5) * step_s)) / (0.5 * step_s)


@numba.njit(cache=True, error_model="numpy", fastmath={"contract"})
def position(start_s: float, step_s: float, coefficients: Array, t_s: float) -> Triple:
    """Value of a three-axis series at t_s (same units as the coefficients); t_s must lie inside the segment.

    coefficients: (granules, 3, terms); granule k covers start_s + k step_s to start_s + (k + 1) step_s. The polynomials
    T_n = 2 x T_(n-1) - T_(n-2) are made once and shared by the axes.
    """
    k, x = granule(start_s, step_s, coefficients.shape[0], t_s)
    a = b = c = 0.0
    before, now = 1.0, x
    for n in range(1, coefficients.shape[2]):
        a += coefficients[k, 0, n] * now
        b += coefficients[k, 1, n] * now
        c += coefficients[k, 2, n] * now
        before, now = now, 2.0 * x * now - before
    # The largest term last: the others would round against it one by one.
    return a + coefficients[k, 0, 0], b + coefficients[k, 1, 0], c + coefficients[k, 2, 0]


@numba.njit(cache=True, error_model="numpy", fastmath={"contract"})
def state(start_s: float, step_s: float, coefficients: Array, t_s: float) -> Sextuple:
    """The same with its time derivative (units of the coefficients per second).

    T_n' = 2 T_(n-1) + 2 x T_(n-1)' - T_(n-2)'.
    """
    k, x = granule(start_s, step_s, coefficients.shape[0], t_s)
    a = b = c = 0.0
    da = db = dc = 0.0
    before, now = 1.0, x
    slope_before, slope = 0.0, 1.0
    for n in range(1, coefficients.shape[2]):
        a += coefficients[k, 0, n] * now
        b += coefficients[k, 1, n] * now
        c += coefficients[k, 2, n] * now
        da += coefficients[k, 0, n] * slope
        db += coefficients[k, 1, n] * slope
        dc += coefficients[k, 2, n] * slope
        slope_before, slope = slope, 2.0 * now + 2.0 * x * slope - slope_before
        before, now = now, 2.0 * x * now - before
    scale = 2.0 / step_s
    a, b, c = a + coefficients[k, 0, 0], b + coefficients[k, 1, 0], c + coefficients[k, 2, 0]
    return a, b, c, scale * da, scale * db, scale * dc


@numba.njit(cache=True)
def add_series(start_s: float, step_s: float, coefficients: Array, weight: float, t_s: Array, out: Array) -> None:
    """Add weight times the series at every epoch to out (n, 3), and to (n, 6) also its rate."""
    rates = out.shape[1] == 6
    for i in range(len(t_s)):
        if rates:
            x, y, z, u, v, w = state(start_s, step_s, coefficients, t_s[i])
            out[i, 3] += weight * u
            out[i, 4] += weight * v
            out[i, 5] += weight * w
        else:
            x, y, z = position(start_s, step_s, coefficients, t_s[i])
        out[i, 0] += weight * x
        out[i, 1] += weight * y
        out[i, 2] += weight * z
