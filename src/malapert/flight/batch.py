"""Many arcs at once: dispersions, Monte Carlo and scans of windows, over all cores."""

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from malapert.errors import ConvergenceError, InputError
from malapert.flight.forces import POINT_MASSES, Forces
from malapert.flight.propagate import Trajectory, propagate


def propagate_many(
    states: ArrayLike,
    epochs_tdb_s: ArrayLike,
    durations_s: ArrayLike,
    forces: Forces = POINT_MASSES,
    *,
    threads: int | None = None,
    told: Callable[[float], None] | None = None,
    **how: Any,
) -> list[Trajectory]:
    """`propagate` for states (k, 6), km and km/s, in their order; epochs and durations (k,) or one for all.

    how: what else `propagate` takes, the same for all. The kernels leave the interpreter's lock, so that threads share
    the cores; each arc is the one that `propagate` alone gives, to the last digit, on any number of threads. told hears
    the fraction done. Raises InputError, and ConvergenceError naming the first arc that fails.
    """
    starts = np.asarray(states, dtype=float)
    if starts.ndim != 2 or starts.shape[1] != 6:
        raise InputError(f"many states are an array (k, 6) of km and km/s (got shape {starts.shape})")
    if threads is not None and threads < 1:
        raise InputError(f"at least one thread is needed (got {threads})")
    epochs = _for_each(epochs_tdb_s, len(starts), "epochs")
    durations = _for_each(durations_s, len(starts), "durations")

    def one(k: int) -> Trajectory:
        try:
            return propagate(starts[k], float(epochs[k]), float(durations[k]), forces, **how)
        except ConvergenceError as error:
            raise ConvergenceError(f"arc {k} of {len(starts)}: {error}") from error

    arcs: list[Trajectory] = []
    with ThreadPoolExecutor(threads or os.cpu_count() or 1) as pool:
        for arc in pool.map(one, range(len(starts))):
            arcs.append(arc)
            if told is not None:
                told(len(arcs) / len(starts))
    return arcs


def _for_each(values: ArrayLike, count: int, name: str) -> Sequence[float]:
    given = np.asarray(values, dtype=float)
    if given.ndim > 1 or (given.ndim == 1 and len(given) != count):
        raise InputError(f"{name} are one for all or one for each of {count} states (got shape {given.shape})")
    return [float(value) for value in np.broadcast_to(given, count)]
