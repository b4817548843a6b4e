"""From samples to what a review board reads: percentiles, odds, convergence, and what is to blame."""

from dataclasses import dataclass
from math import ceil
from typing import Final

import numpy as np

from malapert.risk.draws import Array, Flags
from malapert.risk.flights import Outcomes

CHECKPOINTS: Final = (250, 500, 1000)


@dataclass(frozen=True)
class Convergence:
    """Percentiles from the first `n` histories alone."""

    n: int
    p50_tdb_s: float
    p80_tdb_s: float


@dataclass(frozen=True)
class Milestone:
    """One milestone over all histories; epochs are inf where it is not reached.

    `reached` is the fraction of histories that reach it before the programme's end, `standard_error` its binomial
    error; `samples_tdb_s` (n,) are sorted, ready for an S-curve.
    """

    name: str
    planned_tdb_s: float
    p10_tdb_s: float
    p50_tdb_s: float
    p80_tdb_s: float
    reached: float
    standard_error: float
    convergence: tuple[Convergence, ...]
    samples_tdb_s: Array


def percentile(samples: Array, fraction: float) -> float:
    """Smallest sample that at least `fraction` of all do not exceed; takes inf for what it is."""
    return float(np.sort(samples)[max(ceil(fraction * len(samples)) - 1, 0)])


def milestone(name: str, samples_tdb_s: Array, planned_tdb_s: float, end_tdb_s: float) -> Milestone:
    """Percentiles, odds and convergence of samples (n,) in the order of the histories."""
    n = len(samples_tdb_s)
    reached = float(np.mean(samples_tdb_s <= end_tdb_s))
    parts = [count for count in CHECKPOINTS if count <= n]
    convergence = tuple(
        Convergence(c, percentile(samples_tdb_s[:c], 0.5), percentile(samples_tdb_s[:c], 0.8)) for c in parts
    )
    p10, p50, p80 = (percentile(samples_tdb_s, fraction) for fraction in (0.1, 0.5, 0.8))
    error = float(np.sqrt(reached * (1.0 - reached) / n))
    return Milestone(name, planned_tdb_s, p10, p50, p80, reached, error, convergence, np.sort(samples_tdb_s))


def blame(found: Outcomes, missed: Flags) -> tuple[tuple[str, float], ...]:
    """(flight or element, fraction of the missing histories in which it was the first to go), most first.

    Flights count from their first loss, elements when their failure keeps a crew away. `delay` stands for histories
    without any loss, `plan` for those in which the plan itself holds an element that can never be of use.
    """
    total = int(missed.sum())
    if not total:
        return ()
    names = list(found.flights)
    when = [flown.lost_tdb_s for flown in found.flights.values()]
    for index, delivery in enumerate(found.plan.deliveries):
        keeps_away = np.any([flown.blocker == index for flown in found.flights.values()], axis=0)
        if keeps_away.any():
            names.append(delivery.element)
            when.append(np.where(keeps_away, found.fail(index), np.inf))
    no_loss = "plan" if found.plan.never_used else "delay"
    table = np.array([*when, np.full(found.n, 1e300)])
    first = np.argmin(table, axis=0)[missed]
    counts = np.bincount(first, minlength=len(names) + 1)
    shares = [(name, float(count) / total) for name, count in zip((*names, no_loss), counts, strict=True) if count]
    return tuple(sorted(shares, key=lambda pair: (-pair[1], pair[0])))
