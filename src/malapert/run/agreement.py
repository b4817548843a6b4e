"""The dates stage: planned with the delta-v flown and the crews' needs, and flown again where the plan moves a flight,
until manifest and flights agree; and the flights stage that flies the dates agreed."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from malapert.constants import SECONDS_PER_DAY
from malapert.errors import ConvergenceError
from malapert.logistics.clock import date_of, tdb_of
from malapert.logistics.plan import Departure
from malapert.logistics.schedule import Problem, Schedule, plan
from malapert.programme import Programme
from malapert.run.flights import Flights, fly
from malapert.run.manifest import Manifest, manifest
from malapert.run.planning import problem_of

TOLERANCE_D: Final = 1.0
TOLERANCE_KG: Final = 1.0
MOST_ROUNDS: Final = 5
SOLVER_S: Final = 20.0


@dataclass(frozen=True)
class Round:
    """One turn: flights the plan moved, by how many days at most, and how far any capacity changed when flown."""

    moved: tuple[str, ...]
    largest_d: float
    largest_kg: float


@dataclass(frozen=True)
class Agreement:
    """Dates on which plan and flights agree: `departs_tdb_s` and `because` of the flights that were moved.

    `settled` is false when rounds ran out, or when the planner found no plan; `words` says what happened.
    """

    departs_tdb_s: dict[str, float]
    because: dict[str, str]
    rounds: tuple[Round, ...]
    settled: bool
    tolerance_d: float
    tolerance_kg: float
    words: str


def agreement(programme: Programme, told: Callable[..., None], traffic: Flights) -> Agreement:
    """Plan and fly in turn until no flight moves by more than a day and no capacity by more than a kilogram."""
    flights, dates, because, rounds = traffic, dict[str, float](), dict[str, str](), list[Round]()
    room = _rooms(manifest(programme, _unheard, flights=flights))
    for number in range(1, MOST_ROUNDS + 1):
        told(number / (MOST_ROUNDS + 1), f"Dates: round {number}")
        held = manifest(programme, _unheard, flights=flights)
        problem = problem_of(programme, flights, held)
        try:
            found = plan(problem, SOLVER_S, workers=1)
        except ConvergenceError as error:
            return _said(programme, dates, because, rounds, False, f"no plan for the dates: {error}")
        moves = _moves(problem, found)
        if not moves:
            return _said(programme, dates, because, rounds, True, "")
        start_s = tdb_of(programme.start)
        for name in moves:
            dates[name] = start_s + found.leaves_d[name] * SECONDS_PER_DAY
            because[name] = _reason(problem, found, name)
        again = {name: Departure(name, dates[name], because[name]) for name in moves}
        flights = fly(programme, told, again, kept=flights)
        now = _rooms(manifest(programme, _unheard, flights=flights))
        changes = [abs(now[name] - room.get(name, 0.0)) for name in now]
        rounds.append(Round(tuple(moves), float(max(moves.values())), max(changes, default=0.0)))
        room = now
    return _said(programme, dates, because, rounds, False, f"not settled after {MOST_ROUNDS} rounds")


def flights(programme: Programme, told: Callable[..., None], traffic: Flights, dates: Agreement) -> Flights:
    """The flights as planned: those moved flown from their new dates, all others as they were."""
    if not dates.departs_tdb_s:
        return traffic
    moved = {name: Departure(name, at, dates.because[name]) for name, at in dates.departs_tdb_s.items()}
    return fly(programme, told, moved, kept=traffic)


def _moves(problem: Problem, found: Schedule) -> dict[str, int]:
    """Days by which the plan moves each flight, where more than the tolerance."""
    later = {name: day - problem.slot(name).earliest_d for name, day in found.leaves_d.items()}
    return {name: days for name, days in later.items() if days > TOLERANCE_D}


def _reason(problem: Problem, found: Schedule, name: str) -> str:
    """The rule that holds a flight on its day."""
    slot, day = problem.slot(name), found.leaves_d[name]
    for before in slot.after:
        if before in found.leaves_d and day == found.leaves_d[before] + max(slot.gap_d, problem.slot(before).travel_d):
            return f"planned after {before} is there"
    for other, left in found.leaves_d.items():
        apart = problem.cadence_d.get(slot.pad, 0)
        if other != name and problem.slot(other).pad == slot.pad and apart and day == left + apart:
            return f"planned {apart} days after {other} from the same pad"
    most = problem.per_year.get(slot.partner)
    if most is not None:
        return f"planned so that {slot.partner} launches at most {most} times a year"
    if slot.people:
        return "planned for when its crew has beds, or what it needs"
    return "planned by the limits it shares with other flights"


def _rooms(found: Manifest) -> dict[str, float]:
    return {flight: capacity for flight, _, capacity in found.plan.loads}


def _said(
    programme: Programme, dates: dict[str, float], because: dict[str, str], rounds: list[Round], settled: bool, why: str
) -> Agreement:
    if settled:
        moved = ", ".join(f"{programme.flight[name].title or name} to {date_of(at)}" for name, at in dates.items())
        words = f"settled after {len(rounds)} rounds: {moved}" if moved else "every flight leaves on its declared date"
    else:
        words = why
    return Agreement(dates, because, tuple(rounds), settled, TOLERANCE_D, TOLERANCE_KG, words)


def _unheard(fraction: float, words: str = "") -> None:
    pass
