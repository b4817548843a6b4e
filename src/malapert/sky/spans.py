"""Spans of time over which a function of the epoch is positive, with their ends located by root finding."""

from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray

from malapert.errors import InputError

Array = NDArray[np.float64]
Function = Callable[[Array], Array]

_GOLDEN: Final = 0.5 * (np.sqrt(5.0) - 1.0)
# A bracket shrinks by 0.618 a step: forty steps take a day below a millisecond.
_GOLDEN_STEPS: Final = 40


def spans_above_zero(function: Function, t: Array, tolerance: float = 1e-3) -> Array:
    """Spans (m, 2) within the rising epochs t (n,) over which function(t) > 0, ends good to `tolerance`.

    The function is vectorised and continuous. A span or gap shorter than a step is found when the function has one
    extremum in the two steps about it, so choose steps well under the time in which it turns.
    """
    t = np.asarray(t, dtype=np.float64)
    if t.ndim != 1 or t.size < 2 or not (np.diff(t) > 0.0).all():
        raise InputError(f"spans need two or more rising epochs in a row (got shape {t.shape})")
    values = function(t)
    t, values = _with_hidden_extrema(function, t, values)
    above = values > 0.0
    change = np.flatnonzero(above[1:] != above[:-1])
    roots = bisect(function, t[change], t[change + 1], tolerance)
    starts = np.concatenate([t[:1][above[:1]], roots[above[change + 1]]])
    ends = np.concatenate([roots[above[change]], t[-1:][above[-1:]]])
    return np.stack([starts, ends], axis=1)


def bisect(function: Function, low: Array, high: Array, tolerance: float) -> Array:
    """One sign change in each bracket (k,), to half of `tolerance`, all brackets at once."""
    low, high = low.copy(), high.copy()
    if not low.size:
        return low
    left = function(low) > 0.0
    while (high - low).max() > tolerance:
        middle = 0.5 * (low + high)
        if ((middle <= low) | (middle >= high)).all():
            break
        same = (function(middle) > 0.0) == left
        low, high = np.where(same, middle, low), np.where(same, high, middle)
    return 0.5 * (low + high)


def maxima(function: Function, low: Array, high: Array) -> Array:
    """Where the function is greatest within each bracket (k,), by golden section (Kiefer 1953), all at once."""
    low, high = low.copy(), high.copy()
    if not low.size:
        return low
    for _ in range(_GOLDEN_STEPS):
        inner = high - _GOLDEN * (high - low), low + _GOLDEN * (high - low)
        right = function(inner[1]) > function(inner[0])
        low, high = np.where(right, inner[0], low), np.where(right, high, inner[1])
    return 0.5 * (low + high)


def _with_hidden_extrema(function: Function, t: Array, values: Array) -> tuple[Array, Array]:
    """The samples, with any peak above zero between samples below it, and any dip below between samples above."""
    before, here, after = values[:-2], values[1:-1], values[2:]
    extra = []
    for sign in (1.0, -1.0):
        edge = np.flatnonzero((sign * here >= sign * before) & (sign * here >= sign * after) & (sign * here <= 0.0))

        def signed(at: Array, sign: float = sign) -> Array:
            return sign * function(at)

        at = maxima(signed, t[edge], t[edge + 2])
        extra.append(at[signed(at) > 0.0] if at.size else at)
    more = np.setdiff1d(np.concatenate(extra), t)
    place = np.searchsorted(t, more)
    return np.insert(t, place, more), np.insert(values, place, function(more)) if more.size else values
