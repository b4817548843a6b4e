"""Each process by a kg of its basis, closed in mass and every element; those that make mass or energy are refused."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np

from malapert.errors import Problem
from malapert.programme.carriers import COMPOSITION, ELEMENTS, SLAG, Array, gibbs_kwh_kg
from malapert.programme.elements import Process
from malapert.programme.merge import Merged
from malapert.programme.rows import Row

ROUNDING: Final = 0.02
"""Part of what goes in that declared figures may miss the balance by; a published electrolyser misses 1.8 %."""
LIVED_FROM: Final = ("oxygen", "nitrogen", "water")
"""Carriers a crew lives from: who takes them says how far."""
_NAMES: Final = {"C": "carbon", "H": "hydrogen", "O": "oxygen", "N": "nitrogen", "rest": "minerals"}


class UnbalancedError(ValueError):
    """A process whose balance fails; the text says which."""


@dataclass(frozen=True)
class Recipe:
    """What one kg of a process's basis becomes: kg gained of each carrier, negative where taken, and its slag's make-up
    by ELEMENTS (5,)."""

    change_kg: dict[str, float]
    slag: Array


def recipe(row: Process) -> Recipe:
    """The process closed in mass and elements by the smallest relative change of its figures.

    UnbalancedError when what goes in and what comes out differ by more than ROUNDING.

    Least squares of the relative changes under the balance of each element, the basis held; slag is what is left.
    """
    amounts = {**{name: -kg for name, kg in row.takes.items()}, **row.gives}
    scale = abs(amounts[row.counted_in])
    declared = {name: kg / scale for name, kg in amounts.items()}
    names = [name for name in declared if name != SLAG]
    made = np.array([COMPOSITION[name] for name in names]).T
    kg = np.array([declared[name] for name in names])
    into = -made @ np.minimum(kg, 0.0)
    left = -(made @ kg)
    _check(row, declared, into, left)
    # Slag takes up what is left of an element; where there is none, or too little, the figures must balance.
    tight = left < 0.0 if SLAG in declared else np.ones(len(ELEMENTS), dtype=bool)
    if tight.any():
        kg = _closed(made[tight], kg, names.index(row.counted_in))
        left = np.where(tight, 0.0, np.maximum(-(made @ kg), 0.0) + 0.0)
    change = dict(zip(names, (float(one) for one in kg), strict=True))
    slag_kg = float(left.sum()) if SLAG in declared else 0.0
    if SLAG in declared:
        change[SLAG] = slag_kg
    return Recipe(change, np.asarray(left / slag_kg if slag_kg > 0.0 else np.zeros(len(ELEMENTS))))


def _closed(made: Array, kg: Array, basis: int) -> Array:
    """Amounts (k,) nearest to `kg` relatively with made @ amounts = 0; the basis stays."""
    free = np.abs(kg)
    free[basis] = 0.0
    change, *_ = np.linalg.lstsq(made * free, -(made @ kg), rcond=1e-12)
    closed = kg + free * change
    if np.abs(made @ closed).max() > 1e-12 * np.abs(kg).max() or (closed * kg < 0.0).any():
        raise UnbalancedError("no change of the other figures balances it")
    return np.asarray(closed)


def _check(row: Process, declared: dict[str, float], into: Array, left: Array) -> None:
    per = f"for each kg of {row.counted_in}"
    taken, given = (sum(abs(kg) for kg in declared.values() if sign * kg > 0.0) for sign in (-1.0, 1.0))
    if abs(given - taken) > ROUNDING * taken:
        what = "makes" if given > taken else "loses"
        raise UnbalancedError(f"a unit that {what} mass: it takes {taken:.4g} kg and gives {given:.4g} kg {per}")
    for symbol, came, rest in zip(ELEMENTS, into, left, strict=True):
        went, name = came - rest, _NAMES[symbol]
        short = rest < 0.0 if SLAG in declared else True
        if short and abs(rest) > ROUNDING * max(came, went):
            what = "makes" if rest < 0.0 else "loses"
            raise UnbalancedError(
                f"a unit that {what} {name}: {came:.4g} kg of it in what it takes, {went:.4g} kg in what it gives,"
                f" {per}"
            )


def least_energy_kwh_kg(change_kg: dict[str, float]) -> float | None:
    """Free energy a process needs for each kg of its basis, kWh; negative where it gives some; None where unknown."""
    found = [(kg, gibbs_kwh_kg(name)) for name, kg in change_kg.items()]
    return None if any(value is None for _, value in found) else sum(kg * (value or 0.0) for kg, value in found)


def units_balance(merged: Merged, tables: dict[str, dict[str, Row]]) -> Iterator[Problem]:
    """Processes that make or lose mass, an element or energy, or that would take a crew's store to its end."""
    for name, row in tables["process"].items():
        assert isinstance(row, Process)
        try:
            change_kg = recipe(row).change_kg
        except UnbalancedError as error:
            yield merged.problem(("process", name, "gives"), str(error), "correct takes or gives")
            continue
        given_kwh = row.full_kw / row.rate_kg_h
        least_kwh = least_energy_kwh_kg(change_kg)
        if least_kwh is not None and least_kwh > given_kwh * (1.0 + 1e-6):
            yield merged.problem(
                ("process", name, "energy_kwh_kg"),
                f"a unit that makes energy: {given_kwh:.3g} kWh go into each kg of {row.counted_in}, but what it gives"
                f" holds {least_kwh:.3g} kWh more than what it takes",
                f"give it {least_kwh:.3g} or more",
            )
        drawn = [carrier for carrier in row.takes if carrier in LIVED_FROM]
        if drawn and not row.holds:
            gives = next(iter(row.gives))
            yield merged.problem(
                ("process", name, "holds"),
                f"is missing: it takes {drawn[0]} the crew lives from, and would take all of it",
                f"say where it stops, holds = {{ {gives} = 50 }} or holds = {{ {drawn[0]} = 100 }}",
            )
