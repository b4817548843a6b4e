"""Elements to flights by constraint programming: one question after the other, each answer kept for the next.

Asked in this order: most declared cargo, by priority; most free elements that will be of use, by priority; most of
the rest, by priority; fewest elements that arrive before something they come after; earliest arrivals.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import ceil, floor
from typing import Final

from ortools.sat.python import cp_model

from malapert.constants import SECONDS_PER_DAY
from malapert.errors import ConvergenceError
from malapert.logistics.candidates import Ride
from malapert.programme import Programme

_GRAMS: Final = 1000.0
# Far below a gram: what a sum of decimal kilograms may round off by.
_ROUNDING_G: Final = 1e-6
# Levels of one question are weighed against each other up to this product; beyond it they are asked apart.
_LARGEST_WEIGHT: Final = 10**6


@dataclass(frozen=True)
class Assignment:
    """The ride of every element that has one; `gap` is the largest relative gap of the questions asked."""

    rides: dict[str, Ride]
    status: str
    gap: float


class _Model:
    """The constraint model and its variables: `on[element][k]` for each ride, `comes` and `useful` for each element."""

    def __init__(
        self,
        programme: Programme,
        ways: dict[str, tuple[Ride, ...]],
        room_kg: dict[str, float],
        seed: int,
        limit: float,
    ) -> None:
        self.programme, self.ways = programme, ways
        self.cp = cp_model.CpModel()
        self.solver = cp_model.CpSolver()
        self.solver.parameters.num_workers = 1
        self.solver.parameters.random_seed = seed % (2**31)
        self.solver.parameters.max_deterministic_time = limit
        self.on = {name: [self.cp.new_bool_var(f"{name}/{ride.flight}") for ride in ways[name]] for name in ways}
        self.comes = {name: self._comes(name) for name in ways}
        self.useful = {name: self.cp.new_bool_var(f"useful/{name}") for name in ways}
        self.gap, self.proved = 0.0, True
        self._rooms(room_kg)
        self._usefulness()

    def _comes(self, name: str) -> cp_model.IntVar:
        comes = self.cp.new_bool_var(f"comes/{name}")
        self.cp.add(sum(self.on[name]) == comes)
        return comes

    def _rooms(self, room_kg: dict[str, float]) -> None:
        for flight, room in room_kg.items():
            terms = [
                ceil(self.programme.elements[name].mass_kg * _GRAMS - _ROUNDING_G) * self.on[name][k]
                for name, ways in self.ways.items()
                for k, ride in enumerate(ways)
                if ride.flight == flight
            ]
            if terms:
                self.cp.add(sum(terms) <= floor(room * _GRAMS + _ROUNDING_G))

    def _usefulness(self) -> None:
        for name, useful in self.useful.items():
            self.cp.add_implication(useful, self.comes[name])
            for before in self.programme.elements[name].after:
                if before in self.useful:
                    self.cp.add_implication(useful, self.useful[before])
                else:  # a variant took it out of the programme: it never comes
                    self.cp.add(useful == 0)

    def ask(self, terms: Sequence[cp_model.LinearExprT], *, most: bool) -> None:
        """Maximise (or minimise) the sum, then hold it."""
        if not terms:
            return
        goal = sum(terms)
        if most:
            self.cp.maximize(goal)
        else:
            self.cp.minimize(goal)
        status = self.solver.solve(self.cp)
        if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
            raise ConvergenceError(
                f"the manifest found no answer within its limit ({self.solver.status_name(status)}); raise the limit"
            )
        value, bound = round(self.solver.objective_value), self.solver.best_objective_bound
        self.proved &= status == cp_model.OPTIMAL
        self.gap = max(self.gap, abs(bound - value) / max(1.0, abs(value)) if status != cp_model.OPTIMAL else 0.0)
        self.cp.clear_objective()  # type: ignore[no-untyped-call]
        self.cp.add(goal >= value if most else goal <= value)
        self._hint()

    def _hint(self) -> None:
        """Start the next question from this answer, so that no limit can lose it."""
        self.cp.clear_hints()  # type: ignore[no-untyped-call]
        for name in self.ways:
            for variable in (*self.on[name], self.comes[name], self.useful[name]):
                self.cp.add_hint(variable, self.solver.value(variable))

    def chosen(self) -> dict[str, Ride]:
        """The ride of each element in the last answer."""
        return {
            name: ride
            for name, ways in self.ways.items()
            for k, ride in enumerate(ways)
            if self.solver.value(self.on[name][k])
        }


def assign(
    programme: Programme, ways: dict[str, tuple[Ride, ...]], room_kg: dict[str, float], seed: int, limit: float
) -> Assignment:
    """The best ride for each element that can have one; the same input gives the same answer."""
    possible = {name: rides for name, rides in ways.items() if rides}
    if not possible:
        return Assignment({}, "optimal", 0.0)
    model = _Model(programme, possible, room_kg, seed, limit)
    declared = [name for name, rides in possible.items() if rides[0].declared]
    free = [name for name in possible if name not in declared]
    for names, wanted in ((declared, model.comes), (free, model.useful), (free, model.comes)):
        for terms in _by_priority(programme, names, wanted):
            model.ask(terms, most=True)
    model.ask(_too_early(model), most=False)
    model.ask(_arrivals(model), most=False)
    return Assignment(model.chosen(), "optimal" if model.proved else "feasible", model.gap)


def _by_priority(
    programme: Programme, names: Iterable[str], wanted: dict[str, cp_model.IntVar]
) -> list[list[cp_model.LinearExprT]]:
    """Weighted sums that rank by priority: one element of a level outweighs all below it that are asked with it."""
    levels: dict[int, list[str]] = {}
    for name in names:
        levels.setdefault(programme.elements[name].priority, []).append(name)
    questions: list[list[cp_model.LinearExprT]] = []
    group: list[list[str]] = []
    product = 1
    for priority in sorted(levels):
        if group and product * (len(levels[priority]) + 1) > _LARGEST_WEIGHT:
            questions.append(_weighted(group, wanted))
            group, product = [], 1
        group.append(levels[priority])
        product *= len(levels[priority]) + 1
    return [*questions, _weighted(group, wanted)] if group else questions


def _weighted(levels: list[list[str]], wanted: dict[str, cp_model.IntVar]) -> list[cp_model.LinearExprT]:
    terms: list[cp_model.LinearExprT] = []
    weight = 1
    for names in reversed(levels):
        terms += [weight * wanted[name] for name in names]
        weight *= len(names) + 1
    return terms


def _too_early(model: _Model) -> list[cp_model.LinearExprT]:
    """One term for each element and prerequisite, 1 when the element comes without it or before it."""
    terms: list[cp_model.LinearExprT] = []
    for name, ways in model.ways.items():
        for before in model.programme.elements[name].after:
            early = model.cp.new_bool_var(f"early/{name}/{before}")
            for k, ride in enumerate(ways):
                in_time = [
                    model.on[before][j]
                    for j, other in enumerate(model.ways.get(before, ()))
                    if other.arrive_tdb_s <= ride.arrive_tdb_s
                ]
                model.cp.add_bool_or([early, *in_time]).only_enforce_if(model.on[name][k])
            terms.append(early)
    return terms


def _arrivals(model: _Model) -> list[cp_model.LinearExprT]:
    """Days from the first arrival, weighed by priority: the most wanted come first."""
    first_s = min(ride.arrive_tdb_s for ways in model.ways.values() for ride in ways)
    return [
        (10 - model.programme.elements[name].priority)
        * round((ride.arrive_tdb_s - first_s) / SECONDS_PER_DAY)
        * variable
        for name, ways in model.ways.items()
        for ride, variable in zip(ways, model.on[name], strict=True)
        if ride.arrive_tdb_s > first_s
    ]
