"""Mistakes that make a problem senseless, found before any solver starts: each is one clear sentence."""

from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from math import isfinite

from malapert.errors import Problem as Mistake
from malapert.errors import ProgrammeError
from malapert.logistics.reasons import tonnes
from malapert.logistics.schedule.problem import Problem


def check(problem: Problem) -> None:
    """ProgrammeError with every mistake; nothing when there is none."""
    mistakes = [*_names(problem), *_amounts(problem)]
    if not mistakes:
        mistakes = [*_circles(problem), *_places(problem), *_declared(problem)]
    if mistakes:
        raise ProgrammeError([Mistake(problem.name, 0, key, what, do) for key, what, do in mistakes])


Found = Iterator[tuple[str, str, str]]


def _names(problem: Problem) -> Found:
    slots, pieces = [s.name for s in problem.slots], [p.name for p in problem.pieces]
    for kind, names in (("flight", slots), ("element", pieces)):
        for name in sorted({name for name in names if names.count(name) > 1}):
            yield name, f"two {kind}s of this name", "name each once"
    for piece in problem.pieces:
        for before in (*piece.after, *((piece.docks_at,) if piece.docks_at else ())):
            if before not in pieces:
                yield piece.name, f"waits for {before!r}, which is no element here", "name one that is"
        if piece.flight and piece.flight not in slots:
            yield piece.name, f"is declared on {piece.flight!r}, which is no flight here", "name one that is"
    for slot in problem.slots:
        for before in slot.after:
            if before not in slots:
                yield slot.name, f"waits for {before!r}, which is no flight here", "name one that is"
    for name, waits in problem.milestones.items():
        for one in waits:
            if one not in pieces:
                yield name, f"the milestone waits for {one!r}, which is no element here", "name one that is"


def _amounts(problem: Problem) -> Found:
    for piece in problem.pieces:
        if not (isfinite(piece.kg) and piece.kg >= 0.0):
            yield piece.name, f"a demand cannot be negative (got {piece.kg:g} kg)", "give a mass of zero or more"
        if min(piece.ports, piece.beds) < 0:
            yield piece.name, "ports and beds cannot be negative", "give zero or more"
    for slot in problem.slots:
        if not (isfinite(slot.capacity_kg) and slot.capacity_kg >= 0.0):
            yield slot.name, f"capacity must be a mass (got {slot.capacity_kg:g} kg)", "give zero or more"
        if not slot.windows or any(first > last for first, last in slot.windows):
            yield slot.name, "has no window to leave in, or one that ends before it begins", "give first and last day"
    for reserve in problem.reserves:
        if not (reserve.kg_per_person_d >= 0.0 and reserve.margin_d >= 0.0):
            what = f"a demand cannot be negative (got {reserve.kg_per_person_d:g} kg a day, {reserve.margin_d:g} d)"
            yield reserve.resource, what, "give zero or more"


def _circles(problem: Problem) -> Found:
    waits = {p.name: {*p.after, *((p.docks_at,) if p.docks_at else ())} for p in problem.pieces}
    for kind, graph in (("elements", waits), ("flights", {s.name: set(s.after) for s in problem.slots})):
        try:
            TopologicalSorter(graph).prepare()
        except CycleError as error:
            circle = " -> ".join(reversed(error.args[1]))
            yield error.args[1][0], f"{kind} wait for each other in a circle ({circle})", "take one of them out"


def _places(problem: Problem) -> Found:
    served = {slot.place for slot in problem.slots}
    for piece in problem.pieces:
        if piece.place not in served:
            what = f"no flight goes to {piece.place}, where it belongs: the leg there has no vehicle"
            yield piece.name, what, f"add one; flights go to {', '.join(sorted(served)) or 'nowhere'}"


def _declared(problem: Problem) -> Found:
    for slot in problem.slots:
        aboard = [piece for piece in problem.pieces if piece.flight == slot.name and piece.must_come]
        total = sum(piece.kg for piece in aboard)
        if total > slot.capacity_kg + 1e-6:
            names = ", ".join(f"{piece.name} ({tonnes(piece.kg)})" for piece in aboard)
            what = f"its manifest is {tonnes(total)}, over its capacity of {tonnes(slot.capacity_kg)}: {names}"
            yield slot.name, what, "take something off it or leave it free to go elsewhere"
    for piece in problem.pieces:
        if piece.flight and problem.slot(piece.flight).place != piece.place:
            place = problem.slot(piece.flight).place
            yield piece.name, f"is declared on {piece.flight}, which goes to {place}, not {piece.place}", "move it"
