"""Newton's method with a damped step: the one corrector every transfer is shot with."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from malapert.errors import ConvergenceError

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Solution:
    """What met the conditions: unknowns, residuals by name in the units of the conditions, iterations, arcs flown."""

    unknowns: Array
    residuals: dict[str, float]
    iterations: int
    evaluations: int


def solve(
    conditions: Callable[[Array], Array],
    guess: Sequence[float] | Array,
    steps: Sequence[float] | Array,
    names: Sequence[str],
    tolerances: Sequence[float] | Array,
    *,
    what: str,
    iterations: int = 25,
    smallest_norm_of: Sequence[int] = (),
    limit: float = np.inf,
    settled: float = 1.0,
    jacobian: Callable[[Array], Array] | None = None,
) -> Solution:
    """Find unknowns x with |conditions(x)| <= tolerances, by Newton steps from forward differences of size `steps`.

    jacobian: partials (conditions, unknowns), such as a transition matrix gives, instead of the differences.

    With fewer conditions than unknowns each step goes to the linearised solution nearest the present point, or, for
    the unknowns listed in smallest_norm_of, nearest zero: sequential quadratic programming for the smallest |x|.
    limit: largest step of any unknown, in units of 1000 `steps`; settled: with smallest_norm_of, the last move, in
    `steps`, below which the smallest is reached. Raises ConvergenceError naming what was not met.
    """
    x = np.array(guess, dtype=float)
    width, allowed = np.asarray(steps, float), np.asarray(tolerances, float)
    try:
        value = conditions(x)
    except ConvergenceError as error:
        raise ConvergenceError(f"{what}: the first guess cannot be flown: {error}") from error
    evaluations = 1
    target = np.ones(len(x))
    target[list(smallest_norm_of)] = 0.0
    last_move = np.inf
    for iteration in range(iterations):
        met = bool(np.all(np.abs(value) <= allowed))
        seeking = len(smallest_norm_of) > 0 and iteration < iterations // 2
        if met and (not seeking or last_move < settled):
            return Solution(x, _by_name(names, value), iteration, evaluations)
        if jacobian is None:
            partials = _differences(conditions, x, value, width)
            evaluations += len(x)
        else:
            partials = jacobian(x)
        scaled = partials * width / allowed[:, None]
        # Where the free directions would like to go; in the second half only the conditions count.
        aim = -(1.0 - target) * x / width * seeking
        step = aim + np.linalg.lstsq(scaled, -value / allowed - scaled @ aim, rcond=None)[0]
        largest = float(np.max(np.abs(step))) / 1000.0
        step *= min(1.0, limit / largest) if largest > 0.0 else 1.0
        x, value, tries = _damped(conditions, x, step * width, value, allowed, what)
        evaluations += tries
        last_move = float(np.max(np.abs(step)))
    if np.all(np.abs(value) <= allowed):
        return Solution(x, _by_name(names, value), iterations, evaluations)
    missed = ", ".join(
        f"{name} is off by {miss:g} (allowed {tolerance:g})"
        for name, miss, tolerance in zip(names, value, allowed, strict=True)
        if not abs(miss) <= tolerance
    )
    raise ConvergenceError(f"{what}: after {iterations} corrections and {evaluations} arcs {missed}")


def _differences(conditions: Callable[[Array], Array], x: Array, value: Array, width: Array) -> Array:
    """Partials (m, n) by forward differences."""
    partials = np.empty((len(value), len(x)))
    for j in range(len(x)):
        bumped = x.copy()
        bumped[j] += width[j]
        partials[:, j] = (conditions(bumped) - value) / width[j]
    return partials


def _damped(
    conditions: Callable[[Array], Array], x: Array, step: Array, value: Array, allowed: Array, what: str
) -> tuple[Array, Array, int]:
    """The longest of ever shorter steps that flies and does not make the misses much worse."""
    before = float(np.linalg.norm(value / allowed))
    reason = ""
    for tries in range(1, 12):
        candidate = x + step * 0.5 ** (tries - 1)
        try:
            new = conditions(candidate)
        except ConvergenceError as error:
            reason = str(error)
            continue
        if np.all(np.isfinite(new)) and np.linalg.norm(new / allowed) <= max(2.0 * before, 10.0):
            return candidate, new, tries
        reason = f"misses grow from {before:g} to {float(np.linalg.norm(new / allowed)):g} tolerances"
    raise ConvergenceError(f"{what}: no step down from {before:g} tolerances, {reason}")


def _by_name(names: Sequence[str], value: Array) -> dict[str, float]:
    return {name: float(miss) for name, miss in zip(names, value, strict=True)}
