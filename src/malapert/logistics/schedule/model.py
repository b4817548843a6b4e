"""The constraint program of a problem: which flights fly when, which piece goes on which.

Each rule is in a group with a name, so that a group can be left out, or given slack, when somebody asks what stands in
the way.
"""

from math import ceil, floor
from typing import Any, Final

from ortools.sat.python import cp_model

from malapert.logistics.schedule.problem import Piece, Problem, Slot

Group = tuple[str, str]
_ROUNDING_KG: Final = 1e-6
YEAR_D: Final = 365
MOST_SLACK_KG: Final = 10**6


class Model:
    """Variables and rules. `without` leaves groups out; `slack` gives one group a variable amount, in `slack_var`."""

    def __init__(self, problem: Problem, without: frozenset[Group] = frozenset(), slack: Group | None = None) -> None:
        self.problem, self.without, self.slack = problem, without, slack
        self.cp = cp_model.CpModel()
        self.far = 2 * problem.horizon_d + 2 * YEAR_D
        self.slack_var: cp_model.IntVar | None = None
        if slack is not None:
            most = MOST_SLACK_KG if slack[0] == "room" else self.far
            self.slack_var = self.cp.new_int_var(0, most, "slack")
        self.flies = {slot.name: self.cp.new_bool_var(f"flies/{slot.name}") for slot in problem.slots}
        self.leaves = {
            slot.name: self.cp.new_int_var(-self.far, self.far, f"leaves/{slot.name}") for slot in problem.slots
        }
        self.on: dict[str, dict[str, cp_model.IntVar]] = {}
        self.comes: dict[str, cp_model.IntVar] = {}
        self.there: dict[str, cp_model.IntVar] = {}
        for piece in problem.pieces:
            self._piece(piece)
        self._prerequisites()
        for slot in problem.slots:
            self._slot(slot)
        self._pads()
        self._ports()
        self._people()
        self.short = self._reserves()

    def _has(self, *group: str) -> bool:
        return (group[0], group[1]) not in self.without

    def _more(self, *group: str) -> Any:
        """The slack of a group: a variable for the one that has it, else zero."""
        return self.slack_var if self.slack == (group[0], group[1]) and self.slack_var is not None else 0

    def ways(self, piece: Piece) -> list[Slot]:
        """Flights a piece may go on: its declared one, or every open one to where it belongs."""
        if piece.flight and self._has("declared", piece.name):
            return [self.problem.slot(piece.flight)]
        return [slot for slot in self.problem.slots if slot.is_open and slot.place == piece.place]

    def _piece(self, piece: Piece) -> None:
        name, cp = piece.name, self.cp
        ways = self.ways(piece)
        self.on[name] = {slot.name: cp.new_bool_var(f"{name}/{slot.name}") for slot in ways}
        self.comes[name] = cp.new_bool_var(f"comes/{name}")
        self.there[name] = cp.new_int_var(-self.far, self.far, f"there/{name}")
        cp.add(sum(self.on[name].values()) == self.comes[name])
        for slot in ways:
            on = self.on[name][slot.name]
            cp.add_implication(on, self.flies[slot.name])
            cp.add(self.there[name] == self.leaves[slot.name] + slot.travel_d).only_enforce_if(on)
        if self._has("ready", name) and piece.ready_d > 0:
            more = self._more("ready", name)
            cp.add(self.there[name] >= piece.ready_d - more).only_enforce_if(self.comes[name])
        if self._has("by", name) and piece.by_d is not None:
            more = self._more("by", name)
            cp.add(self.there[name] <= piece.by_d + more).only_enforce_if(self.comes[name])
        if self._has("horizon", ""):
            more = self._more("horizon", "")
            cp.add(self.there[name] <= self.problem.horizon_d + more).only_enforce_if(self.comes[name])

    def _prerequisites(self) -> None:
        for piece in self.problem.pieces:
            for before in piece.after:
                if self._has("after", f"{piece.name}<{before}"):
                    self._follows(piece.name, before)

    def _follows(self, later: str, before: str) -> None:
        """`later` comes only with `before` and not sooner."""
        self.cp.add_implication(self.comes[later], self.comes[before])
        self.cp.add(self.there[later] >= self.there[before]).only_enforce_if(self.comes[later])

    def _slot(self, slot: Slot) -> None:
        cp, flies, leaves = self.cp, self.flies[slot.name], self.leaves[slot.name]
        if self._has("windows", slot.name):
            domain = cp_model.Domain.from_intervals([list(window) for window in slot.windows])
            if self.slack == ("windows", slot.name):
                first, last = slot.earliest_d, max(last for _, last in slot.windows)
                cp.add(leaves >= first - self._more("windows", slot.name)).only_enforce_if(flies)
                cp.add(leaves <= last + self._more("windows", slot.name)).only_enforce_if(flies)
            else:
                cp.add_linear_expression_in_domain(leaves, domain).only_enforce_if(flies)
        cp.add(leaves == slot.earliest_d).only_enforce_if(flies.negated())
        loads = [
            ceil(piece.kg - _ROUNDING_KG) * self.on[piece.name][slot.name]
            for piece in self.problem.pieces
            if slot.name in self.on[piece.name]
        ]
        if loads and self._has("room", slot.name):
            more = self._more("room", slot.name)
            cp.add(sum(loads) <= floor(slot.capacity_kg + _ROUNDING_KG) + more)
        for before in slot.after:
            if self._has("flights", f"{slot.name}<{before}"):
                earlier = self.problem.slot(before)
                gap = max(slot.gap_d, earlier.travel_d)
                cp.add_implication(flies, self.flies[before])
                cp.add(leaves >= self.leaves[before] + gap).only_enforce_if(flies)

    def _pads(self) -> None:
        """Launches from a pad are so many days apart; a partner has so many in any year."""
        for pad, apart in self.problem.cadence_d.items():
            mine = [slot for slot in self.problem.slots if slot.pad == pad]
            if apart > 0 and len(mine) > 1 and self._has("pad", pad):
                self.cp.add_no_overlap([self._interval(slot, apart, "pad") for slot in mine])
        for partner, most in self.problem.per_year.items():
            mine = [slot for slot in self.problem.slots if slot.partner == partner]
            if len(mine) > most and self._has("partner", partner):
                self.cp.add_cumulative([self._interval(slot, YEAR_D, "year") for slot in mine], [1] * len(mine), most)

    def _interval(self, slot: Slot, days: int, what: str) -> cp_model.IntervalVar:
        name = f"{what}/{slot.name}"
        return self.cp.new_optional_fixed_size_interval_var(self.leaves[slot.name], days, self.flies[slot.name], name)

    def _ports(self) -> None:
        """What docks at a piece comes with and after it, and takes one of its ports."""
        for holder in self.problem.pieces:
            docked = [piece.name for piece in self.problem.pieces if piece.docks_at == holder.name]
            if docked and self._has("ports", holder.name):
                self.cp.add(sum(self.comes[name] for name in docked) <= holder.ports)
            for name in docked:
                if self._has("after", f"{name}<{holder.name}"):
                    self._follows(name, holder.name)

    def _people(self) -> None:
        """Crews find beds that are there when they land, and are never more at once than there are beds."""
        crewed = [slot for slot in self.problem.slots if slot.people > 0]
        housing = [piece for piece in self.problem.pieces if piece.beds > 0]
        total = self.problem.beds + sum(piece.beds for piece in housing)
        if not crewed or not self._has("beds", ""):
            return
        for slot in crewed:
            ready = [piece.beds * self._in_time(piece, slot) for piece in housing]
            self.cp.add(sum(ready) + self.problem.beds >= slot.people).only_enforce_if(self.flies[slot.name])
        stays = [self._interval(slot, max(slot.stay_d, 1), "stay") for slot in crewed]
        self.cp.add_cumulative(stays, [slot.people for slot in crewed], max(total, 1))

    def _in_time(self, piece: Piece, slot: Slot) -> cp_model.IntVar:
        """1 only when a piece is there, and deployed, when a crew lands."""
        there = self.cp.new_bool_var(f"{piece.name}/before/{slot.name}")
        self.cp.add_implication(there, self.comes[piece.name])
        landing = self.leaves[slot.name] + slot.travel_d
        self.cp.add(self.there[piece.name] + piece.deploy_d <= landing).only_enforce_if(there)
        return there

    def _reserves(self) -> list[cp_model.IntVar]:
        """kg short of each resource for each crew: what has landed less what crews up to it use and must keep.

        A crew uses its stay and keeps its margin; crews are taken in the order of their earliest dates.
        """
        crewed = sorted((s for s in self.problem.slots if s.people > 0), key=lambda slot: slot.earliest_d)
        short: list[cp_model.IntVar] = []
        for reserve in self.problem.reserves:
            stock = [piece for piece in self.problem.pieces if piece.resource == reserve.resource]
            used: list[Any] = []
            for slot in crewed:
                used.append(ceil(slot.people * slot.stay_d * reserve.kg_per_person_d) * self.flies[slot.name])
                kept = ceil(slot.people * reserve.margin_d * reserve.kg_per_person_d)
                landed = [floor(piece.kg) * self._in_time(piece, slot) for piece in stock]
                lacks = self.cp.new_int_var(0, MOST_SLACK_KG, f"short/{reserve.resource}/{slot.name}")
                self.cp.add(lacks + sum(landed) >= sum(used) + kept).only_enforce_if(self.flies[slot.name])
                short.append(lacks)
        return short

    def groups(self) -> list[Group]:
        """Every rule that could be relaxed, and does something here."""
        problem = self.problem
        found: list[Group] = []
        for piece in problem.pieces:
            found += [("declared", piece.name)] if piece.flight else []
            found += [("by", piece.name)] if piece.by_d is not None else []
            found += [("ready", piece.name)] if piece.ready_d > 0 else []
            found += [("after", f"{piece.name}<{before}") for before in piece.after]
            found += [("after", f"{piece.name}<{piece.docks_at}")] if piece.docks_at else []
        for slot in problem.slots:
            found += [("room", slot.name), ("windows", slot.name)]
            found += [("flights", f"{slot.name}<{before}") for before in slot.after]
        found += [("pad", pad) for pad, apart in problem.cadence_d.items() if apart > 0]
        found += [("partner", partner) for partner in problem.per_year]
        found += [
            ("ports", piece.name) for piece in problem.pieces if any(p.docks_at == piece.name for p in problem.pieces)
        ]
        found += [("beds", "")] if any(slot.people for slot in problem.slots) else []
        return [*found, ("horizon", "")]
