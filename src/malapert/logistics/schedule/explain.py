"""Why something cannot come: the smallest set of rules that clash, in the problem's own words, and what would help."""

from dataclasses import dataclass, replace
from typing import Final

from ortools.sat.python import cp_model

from malapert.logistics.reasons import tonnes
from malapert.logistics.schedule.model import Group, Model
from malapert.logistics.schedule.problem import Problem

KINDS: Final = ("by", "ready", "declared", "room", "windows", "after", "ports", "flights", "pad", "partner", "beds")
NUMERIC: Final = ("by", "ready", "room", "windows", "horizon")


@dataclass(frozen=True)
class Explanation:
    """`clash` are the rules that cannot hold together when the piece comes; `relaxations` the least that helps,
    cheapest first by its part of what is declared; `words` says both."""

    piece: str
    clash: tuple[str, ...]
    relaxations: tuple[str, ...]
    words: str


def explain(
    problem: Problem, piece: str, beside: frozenset[str] = frozenset(), limit_s: float = 20.0
) -> Explanation | None:
    """What keeps a piece from coming beside everything that must, and the others named; None when it can after all.

    Rules are let go one by one; those without which it could come are kept: none of them can be left out.
    """
    named = beside | {piece}
    wanted = tuple(replace(one, must_come=one.must_come or one.name in named) for one in problem.pieces)
    asked = replace(problem, pieces=wanted)
    if _possible(asked, frozenset(), limit_s):
        return None
    others = [("comes", one.name) for one in wanted if one.must_come and one.name != piece]
    groups = [*Model(asked).groups(), *others]
    out: set[Group] = set()
    for group in sorted(groups, key=lambda one: _far(asked, piece, one), reverse=True):
        if not _possible(asked, frozenset(out | {group}), limit_s):
            out.add(group)
    clash = [group for group in groups if group not in out]
    relaxed = sorted(_relaxations(asked, clash, limit_s), key=lambda one: one[0])  # ties in the order of the rules
    rules = tuple(dict.fromkeys(_rule(asked, piece, group) for group in clash))
    helps = tuple(words for _, words in relaxed)
    need = _need(asked, piece)
    said = f"{need}; {'; '.join(rules)}" if rules else need
    return Explanation(piece, rules, helps, said + (f". What would help: {'; or '.join(helps)}" if helps else ""))


def _possible(problem: Problem, without: frozenset[Group], limit_s: float) -> bool:
    model = Model(problem, without)
    _require(model, without)
    return _solver(limit_s).solve(model.cp) in (cp_model.OPTIMAL, cp_model.FEASIBLE)


def _require(model: Model, without: frozenset[Group] = frozenset()) -> None:
    for one in model.problem.pieces:
        if one.must_come and ("comes", one.name) not in without:
            model.cp.add(model.comes[one.name] == 1)


def _solver(limit_s: float) -> cp_model.CpSolver:
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.random_seed = 1
    solver.parameters.max_time_in_seconds = limit_s
    return solver


def _far(problem: Problem, piece: str, group: Group) -> int:
    """Rules about other things are let go first, so that what is left speaks of the piece itself."""
    kind, name = group
    about = name.split("<")
    flights = {slot.name for slot in problem.slots if slot.place == problem.piece(piece).place}
    near = piece in about or (kind in ("room", "windows") and name in flights)
    order = (
        "by",
        "ready",
        "declared",
        "room",
        "windows",
        "after",
        "ports",
        "flights",
        "pad",
        "partner",
        "beds",
        "horizon",
    )
    return (0 if near else 100) + (order.index(kind) if kind in order else 50)


def _relaxations(problem: Problem, clash: list[Group], limit_s: float) -> list[tuple[float, str]]:
    """(part of what is declared, words) for each rule of a clash that has an amount, when it alone can help."""
    found: list[tuple[float, str]] = []
    for group in clash:
        if group[0] not in NUMERIC:
            if _possible(problem, frozenset({group}), limit_s):
                found.append((1.0, _dropped(problem, group)))
            continue
        model = Model(problem, slack=group)
        _require(model)
        assert model.slack_var is not None
        model.cp.minimize(model.slack_var)
        solver = _solver(limit_s)
        if solver.solve(model.cp) in (cp_model.OPTIMAL, cp_model.FEASIBLE):
            amount = round(solver.objective_value)
            words = _loosened(problem, group, amount)
            if group[0] == "windows":
                early = solver.value(model.leaves[group[1]]) < problem.slot(group[1]).earliest_d
                words = f"{group[1]} {amount} days {'earlier' if early else 'later'}"
            found.append((amount / _declared(problem, group), words))
    return found


def _declared(problem: Problem, group: Group) -> float:
    if group[0] == "room":
        return max(problem.slot(group[1]).capacity_kg, 1.0)
    return max(float(problem.horizon_d), 1.0)


def _need(problem: Problem, name: str) -> str:
    piece = problem.piece(name)
    by = f" before {problem.day(piece.by_d)}" if piece.by_d is not None else ""
    return f"{name} ({tonnes(piece.kg)}) needs a flight with {tonnes(piece.kg)} to {piece.place}{by}"


def _rule(problem: Problem, piece: str, group: Group) -> str:
    kind, name = group
    if kind == "room":
        slot = problem.slot(name)
        aboard = [one for one in problem.pieces if one.flight == name and one.must_come and one.name != piece]
        full = f", {tonnes(sum(one.kg for one in aboard))} of it declared" if aboard else ""
        return f"{name} carries {tonnes(slot.capacity_kg)} to {slot.place}{full}"
    if kind == "windows":
        slot = problem.slot(name)
        first = problem.day(slot.earliest_d + slot.travel_d)
        last = problem.day(max(end for _, end in slot.windows) + slot.travel_d)
        return f"{name} arrives between {first} and {last}"
    if kind in ("by", "ready"):
        one = problem.piece(name)
        day = one.by_d if kind == "by" else one.ready_d
        said = "is needed by" if kind == "by" else "is ready on"
        return f"{name} ({tonnes(one.kg)}) {said} {problem.day(day or 0)}"
    later, _, before = name.partition("<")
    if kind == "comes":
        return f"{name} ({tonnes(problem.piece(name).kg)}) comes too"
    return {
        "declared": f"{name} is declared on {problem.piece(name).flight}" if kind == "declared" else "",
        "after": f"{later} comes after {before}",
        "flights": f"{later} flies after {before}",
        "pad": f"launches from {name} are {problem.cadence_d.get(name, 0)} days apart",
        "partner": f"{name} launches at most {problem.per_year.get(name, 0)} times a year",
        "ports": f"{name} has {problem.piece(name).ports} ports" if kind == "ports" else "",
        "beds": "crews need beds that are there when they land",
        "horizon": f"the programme ends {problem.day(problem.horizon_d)}",
    }[kind]


def _loosened(problem: Problem, group: Group, amount: int) -> str:
    kind, name = group
    if kind == "room":
        return f"{tonnes(amount)} more room on {name}"
    if kind == "by":
        return f"{name} needed {amount} days later ({problem.day((problem.piece(name).by_d or 0) + amount)})"
    if kind == "ready":
        return f"{name} ready {amount} days earlier ({problem.day(problem.piece(name).ready_d - amount)})"
    return f"the programme {amount} days longer"


def _dropped(problem: Problem, group: Group) -> str:
    kind, name = group
    later, _, before = name.partition("<")
    if kind == "comes":
        return f"leaving out {name} ({tonnes(problem.piece(name).kg)})"
    return {
        "declared": f"{name} free to go on another flight",
        "after": f"{later} without waiting for {before}",
        "flights": f"{later} without waiting for {before}",
        "pad": f"launches from {name} closer together",
        "partner": f"more launches a year by {name}",
        "ports": f"more ports on {name}",
        "beds": "more beds, or fewer people at once",
    }[kind]
