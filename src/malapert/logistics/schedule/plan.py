"""The plan of a problem: objectives asked one after the other, each answer kept for the next, with bound and gap.

In order: flights that must fly do; required pieces come, then others, by priority; least short of reserves; the date
of each milestone; fewest launches; least mass launched. Among equals, earliest arrivals and departures.
"""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from math import ceil
from typing import Any, Final

from ortools.sat.python import cp_model

from malapert.errors import ConvergenceError
from malapert.logistics.schedule.checks import check
from malapert.logistics.schedule.model import Model
from malapert.logistics.schedule.problem import Problem, Slot

TIE_BREAKS: Final = ("days of arrivals", "days of departures")
LEAST_S: Final = 0.5
SHARE: Final = 0.5  # of the time left goes to the question at hand


@dataclass(frozen=True)
class Goal:
    """One objective: what was found, the solver's bound, and their relative gap (0 when proved).

    `is_tie_break` marks those that only choose among equals: nobody asked for them.
    """

    name: str
    value: float
    bound: float
    gap: float
    is_tie_break: bool = False


@dataclass(frozen=True)
class Schedule:
    """Which flight leaves when, and what is aboard; days from the problem's start.

    `status` is `optimal`, `feasible` (a limit came first) or `rolling` (proved in parts, not as a whole);
    `first_s` is the time to the first whole plan, `short_kg` what reserves lack.
    """

    problem: Problem
    leaves_d: dict[str, int]
    rides: dict[str, str]
    there_d: dict[str, int]
    goals: tuple[Goal, ...]
    status: str
    first_s: float
    seconds: float
    short_kg: float

    @property
    def grounded(self) -> tuple[str, ...]:
        """Flights that must fly and do not."""
        return tuple(slot.name for slot in self.problem.slots if slot.must_fly and slot.name not in self.leaves_d)

    @property
    def absent(self) -> tuple[str, ...]:
        """Pieces that do not come."""
        return tuple(piece.name for piece in self.problem.pieces if piece.name not in self.rides)

    @property
    def gap(self) -> float:
        """The largest gap of any objective; tie-breaks are none."""
        return max((goal.gap for goal in self.goals if not goal.is_tie_break), default=0.0)

    def milestone_d(self, name: str) -> int | None:
        """The day the last piece of a milestone is there; None when one never comes."""
        waits = self.problem.milestones[name]
        return max((self.there_d[one] for one in waits), default=0) if all(w in self.there_d for w in waits) else None


def plan(problem: Problem, limit_s: float = 60.0, *, workers: int = 8, seed: int = 1, together: int = 40) -> Schedule:
    """The best plan within `limit_s`; ProgrammeError for mistakes, ConvergenceError when nothing was found in time.

    Campaigns of more than `together` flights are planned by rolling horizon.
    """
    check(problem)
    if len(problem.slots) > together:
        return _rolling(problem, limit_s, workers, seed, together)
    return _Solver(problem, limit_s, workers, seed).schedule()


class _Solver:
    def __init__(self, problem: Problem, limit_s: float, workers: int, seed: int) -> None:
        self.problem, self.limit_s = problem, limit_s
        self.model = Model(problem)
        self.solver = cp_model.CpSolver()
        self.solver.parameters.num_workers = workers
        self.solver.parameters.random_seed = seed
        self.started = time.perf_counter()
        self.first_s = 0.0
        self.goals: list[Goal] = []
        self.values: list[int] = []

    def schedule(self) -> Schedule:
        """Ask every question in order."""
        for name, terms, most in self._questions():
            self._ask(name, terms, most)
        return self._answer()

    def _questions(self) -> Iterator[tuple[str, list[Any], bool]]:
        model, problem = self.model, self.problem
        yield "flights that must fly", [model.flies[slot.name] for slot in problem.slots if slot.must_fly], True
        for must in (True, False):
            kind = "required" if must else "other"
            for level in sorted({piece.priority for piece in problem.pieces if piece.must_come is must}):
                mine = [piece for piece in problem.pieces if piece.must_come is must and piece.priority == level]
                yield f"{kind} elements of priority {level}", [model.comes[piece.name] for piece in mine], True
        yield "kilograms short of reserves", list(model.short), False
        for name, waits in problem.milestones.items():
            if waits:
                yield f"days to {name}", [self._latest(name, waits)], False
        yield "launches", list(model.flies.values()), False
        yield (
            "kilograms launched",
            [ceil(slot.launch_kg) * model.flies[slot.name] for slot in problem.slots if slot.launch_kg > 0.0]
            + [ceil(piece.kg) * model.comes[piece.name] for piece in problem.pieces],
            False,
        )
        yield "days of arrivals", [self._arrival(piece.name, piece.priority) for piece in problem.pieces], False
        yield "days of departures", [model.leaves[slot.name] for slot in problem.slots], False

    def _latest(self, name: str, waits: Sequence[str]) -> Any:
        latest = self.model.cp.new_int_var(0, self.model.far, f"milestone/{name}")
        for one in waits:
            self.model.cp.add(latest >= self.model.there[one]).only_enforce_if(self.model.comes[one])
        if all(self._value(self.model.comes[one]) for one in waits):  # that many come was asked before, and is held
            self.model.cp.add(latest >= self._soonest(waits))
        return latest

    def _soonest(self, waits: Sequence[str]) -> int:
        """No plan has all of these there before flights with so much room could have left their pads and arrived: a
        bound the solver's own relaxation is slow to find."""
        pieces = [self.problem.piece(one) for one in waits]
        soonest = 0
        for place in {piece.place for piece in pieces}:
            need_kg = sum(piece.kg for piece in pieces if piece.place == place)
            slots = [slot for slot in self.problem.slots if slot.place == place]
            turns = {day + slot.travel_d for slot in slots for day in self._turns(slot.pad, slots)}
            days = sorted(turns | {slot.earliest_d + slot.travel_d for slot in slots})  # where room may grow
            enough = [day for day in days if self._room_kg(slots, day) >= need_kg - 1e-6]
            soonest = max(soonest, enough[0] if enough else 0)
        return soonest

    def _turns(self, pad: str, slots: Sequence[Slot]) -> list[int]:
        """The soonest days of a pad's launches, one after the other in the order they may first leave."""
        apart = max(self.problem.cadence_d.get(pad, 0), 0)
        turns: list[int] = []
        for first in sorted(slot.earliest_d for slot in slots if slot.pad == pad):
            turns.append(max(first, turns[-1] + apart) if turns else first)
        return turns

    def _room_kg(self, slots: Sequence[Slot], day: int) -> float:
        """The most that can have arrived by a day: of each pad, as many of its largest flights as had their turn."""
        room_kg = 0.0
        for pad in {slot.pad for slot in slots}:
            mine = [slot for slot in slots if slot.pad == pad]
            quickest = min(slot.travel_d for slot in mine)
            count = sum(turn + quickest <= day for turn in self._turns(pad, mine))
            able = sorted(slot.capacity_kg for slot in mine if slot.earliest_d + slot.travel_d <= day)
            room_kg += sum(able[len(able) - min(count, len(able)) :])
        return room_kg

    def _arrival(self, name: str, priority: int) -> Any:
        day = self.model.cp.new_int_var(0, self.model.far, f"arrival/{name}")
        self.model.cp.add(day >= self.model.there[name]).only_enforce_if(self.model.comes[name])
        return (10 - priority) * day

    def _ask(self, name: str, terms: list[Any], most: bool) -> None:
        """Best value of a sum, then hold it and start the next question from this answer."""
        if not terms:
            return
        left = self.limit_s - (time.perf_counter() - self.started)
        self.solver.parameters.max_time_in_seconds = max(LEAST_S, SHARE * left) if self.goals else self.limit_s
        goal = sum(terms)
        (self.model.cp.maximize if most else self.model.cp.minimize)(goal)
        status = self.solver.solve(self.model.cp)
        if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
            if self.goals:  # the limit came before this question's first answer; the last one still holds
                self.goals.append(Goal(name, float("nan"), float("nan"), float("inf"), name in TIE_BREAKS))
                return
            raise ConvergenceError(
                f"{self.problem.name}: no plan within {self.limit_s:.0f} s ({self.solver.status_name(status)}); "
                "raise the limit, or see why with `explain`"
            )
        self.first_s = self.first_s or time.perf_counter() - self.started
        value, bound = round(self.solver.objective_value), self.solver.best_objective_bound + 0.0
        gap = 0.0 if status == cp_model.OPTIMAL else abs(bound - value) / max(1.0, abs(value))
        self.goals.append(Goal(name, float(value), float(bound), gap, name in TIE_BREAKS))
        self.values = list(self.solver.response_proto.solution)
        self.model.cp.clear_objective()  # type: ignore[no-untyped-call]
        self.model.cp.add(goal >= value if most else goal <= value)
        self.model.cp.clear_hints()  # type: ignore[no-untyped-call]
        for index, held in enumerate(self.values):
            self.model.cp.proto.solution_hint.vars.append(index)
            self.model.cp.proto.solution_hint.values.append(held)

    def _value(self, variable: cp_model.IntVar) -> int:
        return self.values[variable.index]

    def _answer(self) -> Schedule:
        model = self.model
        flying = [slot.name for slot in self.problem.slots if self._value(model.flies[slot.name])]
        leaves = {name: self._value(model.leaves[name]) for name in flying}
        rides = {
            name: flight for name, ways in model.on.items() for flight, on in ways.items() if self._value(on)
        }  # fmt: skip
        there = {name: leaves[flight] + self.problem.slot(flight).travel_d for name, flight in rides.items()}
        short = float(sum(self._value(one) for one in model.short))
        proved = all(goal.gap == 0.0 for goal in self.goals if not goal.is_tie_break)
        status = "optimal" if proved else "feasible"
        return Schedule(
            self.problem, leaves, rides, there, tuple(self.goals), status, self.first_s,
            time.perf_counter() - self.started, short,
        )  # fmt: skip


def _rolling(problem: Problem, limit_s: float, workers: int, seed: int, together: int) -> Schedule:
    """Part by part: so many flights by their earliest day with everything not yet aboard, then the next ones.

    What a part decides is held: its flights keep their days, its pieces their flights.
    """
    started = time.perf_counter()
    ordered = sorted(problem.slots, key=lambda slot: (slot.earliest_d, slot.name))
    size = max(1, together // 2)
    parts = [ordered[k : k + size] for k in range(0, len(ordered), size)]
    held: dict[str, int] = {}
    rides: dict[str, str] = {}
    goals: list[Goal] = []
    first_s, found = 0.0, None
    for number, part in enumerate(parts, 1):
        known = [*(slot for slot in ordered if slot.name in held), *part]
        names = {slot.name for slot in known}
        slots = tuple(
            replace(slot, windows=((held[slot.name],) * 2,), must_fly=True) if slot.name in held else slot
            for slot in known
            if set(slot.after) <= names
        )
        pieces = _within(problem, {slot.name for slot in slots}, {slot.place for slot in slots}, rides)
        names = {piece.name for piece in pieces}
        milestones = {name: waits for name, waits in problem.milestones.items() if set(waits) <= names}
        small = replace(problem, slots=slots, pieces=pieces, milestones=milestones)
        found = _Solver(small, limit_s / len(parts), workers, seed).schedule()
        first_s = first_s or found.first_s
        goals += [replace(goal, name=f"part {number}: {goal.name}") for goal in found.goals]
        held |= {name: day for name, day in found.leaves_d.items() if name not in held}
        rides |= found.rides
    assert found is not None  # there are more flights than fit together, so at least one part
    return replace(
        found, problem=problem, goals=tuple(goals), status="rolling", first_s=first_s,
        seconds=time.perf_counter() - started,
    )  # fmt: skip


def _within(problem: Problem, flights: set[str], places: set[str], rides: dict[str, str]) -> tuple[Any, ...]:
    """Pieces that could come with these flights; those aboard already are held where they are."""
    found: dict[str, Any] = {}
    waiting = list(problem.pieces)
    while True:
        ready = [
            piece
            for piece in waiting
            if set(piece.after) | ({piece.docks_at} if piece.docks_at else set()) <= found.keys()
            and piece.place in places
            and (not piece.flight or piece.flight in flights)
        ]
        if not ready:
            return tuple(found.values())
        for piece in ready:
            on = rides.get(piece.name)
            found[piece.name] = replace(piece, flight=on, must_come=True) if on else replace(piece, must_come=False)
            waiting.remove(piece)
