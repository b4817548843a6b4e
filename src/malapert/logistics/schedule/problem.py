"""What is to be planned, as frozen data: flights that may fly, pieces that must come, limits, reserves to be kept.

Days count from `Problem.start`; masses are kg.
"""

from dataclasses import dataclass, field
from datetime import date, timedelta


@dataclass(frozen=True)
class Slot:
    """A flight that may fly once, within one of its windows (first and last day of departure)."""

    name: str
    pad: str
    partner: str
    place: str
    windows: tuple[tuple[int, int], ...]
    capacity_kg: float
    travel_d: int = 0
    launch_kg: float = 0.0
    after: tuple[str, ...] = ()
    gap_d: int = 0
    is_open: bool = True
    must_fly: bool = False
    people: int = 0
    stay_d: int = 0

    @property
    def earliest_d(self) -> int:
        """The first day it may leave."""
        return min(first for first, _ in self.windows)


@dataclass(frozen=True)
class Piece:
    """Something to be brought to a place: after others, not before it is ready, by a day when one is given.

    `flight` is the only one it may go on, when declared. `ports` it offers to pieces whose `docks_at` names it;
    `beds` house people; a supply is so much of a `resource`.
    """

    name: str
    kg: float
    place: str
    after: tuple[str, ...] = ()
    priority: int = 5
    ready_d: int = 0
    by_d: int | None = None
    must_come: bool = False
    flight: str = ""
    deploy_d: int = 0
    ports: int = 0
    docks_at: str = ""
    beds: int = 0
    resource: str = ""


@dataclass(frozen=True)
class Reserve:
    """What a person uses of a resource in a day, and for how many days of a crew more must be there at its end."""

    resource: str
    kg_per_person_d: float
    margin_d: float = 0.0


@dataclass(frozen=True)
class Problem:
    """Everything a planner needs. `cadence_d` is least days between launches from a pad, `per_year` most launches of a
    partner in any 365 days, `milestones` the pieces each waits for, in the order they matter."""

    name: str
    start: date
    horizon_d: int
    slots: tuple[Slot, ...]
    pieces: tuple[Piece, ...]
    cadence_d: dict[str, int] = field(default_factory=dict)
    per_year: dict[str, int] = field(default_factory=dict)
    reserves: tuple[Reserve, ...] = ()
    milestones: dict[str, tuple[str, ...]] = field(default_factory=dict)
    beds: int = 0

    def slot(self, name: str) -> Slot:
        """One flight by name."""
        return next(slot for slot in self.slots if slot.name == name)

    def piece(self, name: str) -> Piece:
        """One piece by name."""
        return next(piece for piece in self.pieces if piece.name == name)

    def day(self, days: float) -> str:
        """A day as a date, YYYY-MM-DD."""
        return (self.start + timedelta(days=round(days))).isoformat()
