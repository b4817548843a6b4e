"""Chebyshev series as JPL ephemerides store them: the one evaluator every kernel calls."""

import numba
import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@numba.njit(cache=True)  # type: ignore[untyped-decorator]
def position(start_s: float, step_s: float, coefficients: Array, t_s: float) -> tuple[float, float, float]:
    """Value of a three-axis series at t_s (same units as the coefficients); t_s must lie inside the segment.

    coefficients: (granules, 3, terms); granule k covers start_s + k step_s to start_s + (k + 1) step_s.
    Clenshaw recurrence (Clenshaw 1955, MTAC 9:118).
    """
    k = min(max(int((t_s - start_s) / step_s), 0), coefficients.shape[0] - 1)
    x = 2.0 * (t_s - start_s - k * step_s) / step_s - 1.0
    block = coefficients[k]
    a1 = a2 = b1 = b2 = c1 = c2 = 0.0
    for n in range(block.shape[1] - 1, 0, -1):
        a1, a2 = 2.0 * x * a1 - a2 + block[0, n], a1
        b1, b2 = 2.0 * x * b1 - b2 + block[1, n], b1
        c1, c2 = 2.0 * x * c1 - c2 + block[2, n], c1
    return x * a1 - a2 + block[0, 0], x * b1 - b2 + block[1, 0], x * c1 - c2 + block[2, 0]
