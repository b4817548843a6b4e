"""Which spares to bring: whole kits by kind, so that all repairs wanted can be made with a stated confidence.

Repairs wanted of one kind are Poisson with their mean; kinds are independent; the confidence is that no kind runs out,
prod_k F(n_k; m_k). Kits are added by the gain in its logarithm for each kilogram: marginal analysis, whose every step
is the best that can be had for its mass (Sherbrooke 1968, METRIC, Operations Research 16, 122-141; Fox 1966, Management
Science 13, 210-216). Between its steps the least mass is an integer programme (HiGHS).
"""

import heapq
import math
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import takewhile
from typing import Any

import numpy as np
from scipy import optimize
from scipy.special import pdtr, pdtrc

CONFIDENCE = 0.95


@dataclass(frozen=True)
class Kind:
    """One kind of spares: the elements it serves, kilograms of a kit, repairs wanted in the mean."""

    name: str
    elements: tuple[str, ...]
    kit_kg: float
    mean: float


@dataclass(frozen=True)
class Kits:
    """Kits of each kind in order, their mass, and the chance that they suffice."""

    counts: tuple[int, ...]
    kg: float
    sufficiency: float


def sufficiency(kinds: tuple[Kind, ...], counts: tuple[int, ...]) -> float:
    """Chance that no kind runs out of kits; what weighs nothing never does."""
    return math.exp(sum(_log_enough(n, k.mean) for k, n in zip(kinds, counts, strict=True) if _counts(k)))


def marginal(kinds: tuple[Kind, ...]) -> Iterator[Kits]:
    """Kits from none upwards, each step that of the greatest gain for its mass; without end while anything can fail."""
    counts, kg = [0] * len(kinds), 0.0
    queue = [(-_gain(kind, 1) / kind.kit_kg, k, 1) for k, kind in enumerate(kinds) if _counts(kind)]
    heapq.heapify(queue)
    yield Kits(tuple(counts), kg, sufficiency(kinds, tuple(counts)))
    while queue:
        _, k, n = heapq.heappop(queue)
        counts[k], kg = n, kg + kinds[k].kit_kg
        heapq.heappush(queue, (-_gain(kinds[k], n + 1) / kinds[k].kit_kg, k, n + 1))
        yield Kits(tuple(counts), kg, sufficiency(kinds, tuple(counts)))


@lru_cache(maxsize=4)
def lightest(kinds: tuple[Kind, ...], confidence: float = CONFIDENCE) -> Kits:
    """Kits of least mass that suffice with a confidence below 1."""
    greedy = deque(until(kinds, confidence), maxlen=1)[0]
    gains, masses, owners = _steps(kinds, greedy.kg)
    need = math.log(confidence) - math.log(sufficiency(kinds, (0,) * len(kinds)))
    if need <= 0.0:
        return greedy
    exact = _kits(kinds, owners, _chosen(masses, gains, need * (1.0 + 1e-9), np.inf))
    return exact if exact is not None and exact.sufficiency >= confidence and exact.kg < greedy.kg else greedy


@lru_cache(maxsize=4)
def best_within(kinds: tuple[Kind, ...], kg: float) -> Kits:
    """Kits within a mass that suffice with the greatest confidence."""
    greedy = deque(takewhile(lambda kits: kits.kg <= kg * (1.0 + 1e-9), until(kinds, 1.0 - 1e-12)), maxlen=1)[0]
    gains, masses, owners = _steps(kinds, kg)
    if not len(gains):
        return greedy
    exact = _kits(kinds, owners, _chosen(-gains, masses, -np.inf, kg))
    return exact if exact is not None and exact.kg <= kg * (1.0 + 1e-9) else greedy


def until(kinds: tuple[Kind, ...], confidence: float) -> Iterator[Kits]:
    """The steps of marginal analysis up to the first that suffices."""
    for kits in marginal(kinds):
        yield kits
        if kits.sufficiency >= confidence:
            return


def _counts(kind: Kind) -> bool:
    return kind.mean > 0.0 and kind.kit_kg > 0.0


def _gain(kind: Kind, n: int) -> float:
    """What the n-th kit adds to the logarithm of the chance that its kind suffices; it falls with n."""
    return _log_enough(n, kind.mean) - _log_enough(n - 1, kind.mean)


def _log_enough(n: int, mean: float) -> float:
    """Logarithm of the chance of n events or fewer of a Poisson count; from the tail where that is the smaller part."""
    more = float(pdtrc(n, mean))
    return math.log1p(-more) if more < 0.5 else math.log(max(float(pdtr(n, mean)), 1e-300))


def _steps(kinds: tuple[Kind, ...], most_kg: float) -> tuple[np.ndarray, np.ndarray, list[int]]:
    """Gain, mass and kind of every kit worth adding within a mass: a later kit of a kind never gains more."""
    gains, masses, owners = [], [], []
    for k, kind in enumerate(kinds):
        n = 1
        while _counts(kind) and n * kind.kit_kg <= most_kg * (1.0 + 1e-9) and _gain(kind, n) > 1e-12:
            gains.append(_gain(kind, n))
            masses.append(kind.kit_kg)
            owners.append(k)
            n += 1
    return np.array(gains), np.array(masses), owners


def _chosen(cost: np.ndarray, row: np.ndarray, least: float, most: float) -> np.ndarray | None:
    """The kits of least cost whose sum of `row` lies between two bounds, as 0 and 1; None when none are found."""
    solver: Any = optimize
    bound = solver.LinearConstraint(row[None, :], lb=least, ub=most)
    found = solver.milp(cost, constraints=bound, integrality=np.ones(len(cost)), bounds=solver.Bounds(0.0, 1.0))
    chosen: np.ndarray | None = found.x
    return chosen


def _kits(kinds: tuple[Kind, ...], owners: list[int], chosen: np.ndarray | None) -> Kits | None:
    if chosen is None:
        return None
    taken = np.bincount(np.array(owners)[chosen > 0.5], minlength=len(kinds))
    counts = tuple(int(n) for n in taken)
    return Kits(counts, sum(n * k.kit_kg for n, k in zip(counts, kinds, strict=True)), sufficiency(kinds, counts))
