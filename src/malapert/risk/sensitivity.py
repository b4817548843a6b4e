"""Which levers matter: each pulled to its ends alone (tornado), and all screened together by Morris's method."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from malapert.errors import InputError
from malapert.risk.draws import LEVERS, Array, Levers
from malapert.risk.study import Study, Table

# Ends of each lever: half and double what is doubted, a fifth either way of what is built.
ENDS: Final = {
    "launch_failure": (0.5, 2.0),
    "landing_failure": (0.5, 2.0),
    "launch_delay": (0.5, 2.0),
    "refly_delay": (0.5, 1.5),
    "element_failure": (0.5, 2.0),
    "repair_delay": (0.5, 1.5),
    "illness": (0.5, 2.0),
    "withdrawal": (0.5, 2.0),
    "dust": (0.5, 2.0),
    "solar_power": (0.8, 1.2),
    "firm_power": (0.8, 1.2),
    "storage": (0.8, 1.2),
    "consumables": (0.8, 1.2),
    "injection_error": (0.5, 2.0),
    "navigation_error": (0.5, 2.0),
}
# Outcome: its words, whether it is a chance, and what it is of one table.
OUTCOMES: Final[dict[str, tuple[str, bool, Callable[[Table, float], Array]]]] = {
    "complete": (
        "chance that all of the plan is complete in the span",
        True,
        lambda t, end: np.where(t["complete"] <= end, 1.0, 0.0),
    ),
    "crew_survives": (
        "chance that every crew survives",
        True,
        lambda t, end: np.where(t["crew_lost"] + t["crew_without_return"] + t["days_without_air"] == 0.0, 1.0, 0.0),
    ),
    "vital_unserved_kwh": ("mean vital energy unserved, kWh", False, lambda t, end: t["vital_unserved_kwh"]),
    "experiment_h": ("mean experiment hours delivered", False, lambda t, end: t["experiment_h"]),
}
TRAJECTORIES: Final = 4
LEVELS: Final = 4


@dataclass(frozen=True)
class Swing:
    """One lever and an outcome at its ends; `error` is the standard error of their difference, history by history.

    `effect` is Morris's mu* (mean absolute elementary effect over the whole range, 0 to 1), `interaction` his sigma;
    nan where they were not asked for.
    """

    lever: str
    low: float
    high: float
    at_low: float
    at_high: float
    error: float
    effect: float
    interaction: float


@dataclass(frozen=True)
class Sensitivity:
    """One outcome: its mean with every lever at 1, and its swings."""

    outcome: str
    words: str
    fraction: bool
    base: float
    histories: int
    swings: tuple[Swing, ...]


@dataclass(frozen=True)
class Point:
    """Outcomes of some histories with the levers at one place; what a worker is asked."""

    study: Study
    histories: int

    def __call__(self, levers: tuple[float, ...]) -> Array:
        """Every outcome of every history (outcomes, histories), in the order of OUTCOMES."""
        pulled = self.study.pulled(Levers(*levers))
        table = pulled.rows(0, self.histories)
        return np.array([of(table, self.study.end_tdb_s) for _, _, of in OUTCOMES.values()])


def points(seed: int, morris: bool) -> list[tuple[float, ...]]:
    """Every place of the levers to look at: all at 1, each at its ends, then the trajectories of Morris's screening."""
    ones = Levers()
    found = [_values(ones)]
    found += [_values(replace(ones, **{name: end})) for name in LEVERS for end in ENDS[name]]
    if morris:
        found += [tuple(float(value) for value in row) for row in _trajectories(seed)]
    return found


def weighed(seed: int, morris: bool, results: Iterable[Array]) -> tuple[Sensitivity, ...]:
    """Sensitivities from the outcomes at `points`, in their order."""
    table = np.array(list(results))
    histories = table.shape[2]
    ends = 1 + 2 * len(LEVERS)
    found = []
    for column, (name, (words, fraction, _)) in enumerate(OUTCOMES.items()):
        y = table[:, column].mean(axis=1)
        apart = table[2:ends:2, column] - table[1:ends:2, column]
        error = apart.std(axis=1) / np.sqrt(histories)
        mu, sigma = _screened(seed, y[ends:]) if morris else (np.full(len(LEVERS), np.nan),) * 2
        swings = tuple(
            Swing(
                lever,
                *ENDS[lever],
                float(y[1 + 2 * k]),
                float(y[2 + 2 * k]),
                float(error[k]),
                float(mu[k]),
                float(sigma[k]),
            )
            for k, lever in enumerate(LEVERS)
        )
        found.append(Sensitivity(name, words, fraction, float(y[0]), histories, swings))
    return tuple(found)


def _values(levers: Levers) -> tuple[float, ...]:
    return tuple(float(getattr(levers, name)) for name in LEVERS)


def _problem() -> dict[str, object]:
    return {"num_vars": len(LEVERS), "names": list(LEVERS), "bounds": [list(ENDS[name]) for name in LEVERS]}


def _trajectories(seed: int) -> Array:
    """Morris's trajectories through the levers' ranges (rows, levers)."""
    try:
        from SALib.sample import morris
    except ImportError:
        raise InputError('Morris\'s screening needs SALib: pip install "malapert[risk]"') from None
    return np.asarray(morris.sample(_problem(), TRAJECTORIES, num_levels=LEVELS, seed=seed % 2**32))


def _screened(seed: int, y: Array) -> tuple[Array, Array]:
    """mu* and sigma of each lever (Morris 1991; mu* of Campolongo et al. 2007)."""
    from SALib.analyze import morris

    found = morris.analyze(_problem(), _trajectories(seed), y, num_levels=LEVELS, seed=seed % 2**32)
    return np.asarray(found["mu_star"]), np.asarray(found["sigma"])
