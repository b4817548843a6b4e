"""From samples to what a review board reads: percentiles, odds and convergence."""

from dataclasses import dataclass
from math import ceil
from typing import Final

import numpy as np

from malapert.risk.draws import Array, Flags

CHECKPOINTS: Final = (250, 500, 1000, 2500, 5000, 10_000, 50_000, 100_000, 500_000)
# Order statistics kept of a distribution for its curve; more would only be drawn over each other.
CURVE: Final = 2001


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
    error; `samples_tdb_s` are sorted, ready for an S-curve: all, or evenly spaced ones when there are many.
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


@dataclass(frozen=True)
class Spread:
    """A figure over all histories: percentiles that so many do not exceed, its mean and that mean's standard error.

    `worst` is the largest where more is worse, the least where less is; `at_zero` the fraction in which it is zero.
    """

    name: str
    p10: float
    p50: float
    p80: float
    mean: float
    standard_error: float
    worst: float
    at_zero: float


@dataclass(frozen=True)
class Odds:
    """The chance of something, with its binomial standard error."""

    name: str
    chance: float
    standard_error: float


def percentile(samples: Array, fraction: float) -> float:
    """Smallest sample that at least `fraction` of all do not exceed; takes inf for what it is."""
    return float(np.sort(samples)[max(ceil(fraction * len(samples)) - 1, 0)])


def milestone(name: str, samples_tdb_s: Array, planned_tdb_s: float, end_tdb_s: float) -> Milestone:
    """Percentiles, odds and convergence of samples (n,) in the order of the histories."""
    n = len(samples_tdb_s)
    found = odds(name, samples_tdb_s <= end_tdb_s)
    parts = [count for count in CHECKPOINTS if count <= n]
    convergence = tuple(
        Convergence(c, percentile(samples_tdb_s[:c], 0.5), percentile(samples_tdb_s[:c], 0.8)) for c in parts
    )
    p10, p50, p80 = (percentile(samples_tdb_s, fraction) for fraction in (0.1, 0.5, 0.8))
    curve = np.sort(samples_tdb_s)
    if n > CURVE:
        curve = curve[np.linspace(0, n - 1, CURVE).round().astype(int)]
    return Milestone(name, planned_tdb_s, p10, p50, p80, found.chance, found.standard_error, convergence, curve)


def spread(name: str, samples: Array, *, more_is_worse: bool) -> Spread:
    """Percentiles and mean of a figure (n,)."""
    known = samples[np.isfinite(samples)]
    mean = float(known.mean()) if known.size else float("nan")
    error = float(known.std() / np.sqrt(known.size)) if known.size else float("nan")
    p10, p50, p80 = (percentile(samples, fraction) for fraction in (0.1, 0.5, 0.8))
    worst = float(samples.max() if more_is_worse else samples.min())
    return Spread(name, p10, p50, p80, mean, error, worst, float(np.mean(samples == 0.0)))


def odds(name: str, happened: Flags) -> Odds:
    """How often something happened (n,)."""
    chance = float(np.mean(happened))
    return Odds(name, chance, float(np.sqrt(chance * (1.0 - chance) / len(happened))))
