"""Chebyshev series as JPL ephemerides store them: the one evaluator every kernel calls."""

import numba
import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Triple = tuple[float, float, float]


@numba.njit(cache=True)
def granule(start_s: float, step_s: float, count: int, t_s: float) -> tuple[int, float]:
    """Index of the granule that holds t_s and the argument in [-1, 1] within it.

    The middle of a granule is an exact number, so t_s - middle loses nothing; t_s - start_s would lose 0.2 us (1 cm of
    Mercury's path) decades away from the start.
    """
    k = min(max(int((t_s - start_s) / step_s), 0), count - 1)
    return k, (t_s - (start_s + (k + 0.5) * step_s)) / (0.5 * step_s)


@numba.njit(cache=True)
def position(start_s: float, step_s: float, coefficients: Array, t_s: float) -> Triple:
    """Value of a three-axis series at t_s (same units as the coefficients); t_s must lie inside the segment.

    coefficients: (granules, 3, terms); granule k covers start_s + k step_s to start_s + (k + 1) step_s.
    Clenshaw recurrence (Clenshaw 1955, MTAC 9:118).
    """
    k, x = granule(start_s, step_s, coefficients.shape[0], t_s)
    block = coefficients[k]
    a1 = a2 = b1 = b2 = c1 = c2 = 0.0
    for n in range(block.shape[1] - 1, 0, -1):
        a1, a2 = 2.0 * x * a1 - a2 + block[0, n], a1
        b1, b2 = 2.0 * x * b1 - b2 + block[1, n], b1
        c1, c2 = 2.0 * x * c1 - c2 + block[2, n], c1
    return x * a1 - a2 + block[0, 0], x * b1 - b2 + block[1, 0], x * c1 - c2 + block[2, 0]


@numba.njit(cache=True)
def velocity(start_s: float, step_s: float, coefficients: Array, t_s: float) -> Triple:
    """Time derivative of the same series (units of the coefficients per second).

    T_n' = n U_(n-1), summed by Clenshaw's recurrence for Chebyshev polynomials of the second kind.
    """
    k, x = granule(start_s, step_s, coefficients.shape[0], t_s)
    block = coefficients[k]
    a1 = a2 = b1 = b2 = c1 = c2 = 0.0
    for n in range(block.shape[1] - 1, 0, -1):
        a1, a2 = 2.0 * x * a1 - a2 + n * block[0, n], a1
        b1, b2 = 2.0 * x * b1 - b2 + n * block[1, n], b1
        c1, c2 = 2.0 * x * c1 - c2 + n * block[2, n], c1
    return 2.0 * a1 / step_s, 2.0 * b1 / step_s, 2.0 * c1 / step_s


@numba.njit(cache=True)
def add_series(start_s: float, step_s: float, coefficients: Array, weight: float, t_s: Array, out: Array) -> None:
    """Add weight times the series at every epoch to out (n, 3), and to (n, 6) also its rate."""
    rates = out.shape[1] == 6
    for i in range(len(t_s)):
        x, y, z = position(start_s, step_s, coefficients, t_s[i])
        out[i, 0] += weight * x
        out[i, 1] += weight * y
        out[i, 2] += weight * z
        if rates:
            x, y, z = velocity(start_s, step_s, coefficients, t_s[i])
            out[i, 3] += weight * x
            out[i, 4] += weight * y
            out[i, 5] += weight * z
