"""What logistics takes and gives: the flights that can carry, and the plan of what lands when.

Epochs are TDB seconds past J2000.
"""

from dataclasses import dataclass
from math import isfinite


@dataclass(frozen=True)
class Departure:
    """Earliest departure of one flight, and why it is not earlier."""

    flight: str
    depart_tdb_s: float
    because: str


@dataclass(frozen=True)
class FlightOption:
    """One flown flight: where it goes, when, and the cargo its delta-v leaves.

    `arrive_tdb_s` is the landing, or the insertion on routes that end in orbit; `leave_tdb_s` (crew leaves the
    surface) and `back_tdb_s` (crew back on Earth) are nan where there is no crew.
    """

    name: str
    partner: str
    route: str
    site: str
    crew: str
    depart_tdb_s: float
    arrive_tdb_s: float
    leave_tdb_s: float
    back_tdb_s: float
    capacity_kg: float


@dataclass(frozen=True)
class Delivery:
    """An element on a flight; `use_tdb_s` is inf when something it waits for never comes.

    `site` is where it ends, which need not be the station: a declared precursor may land elsewhere.
    """

    element: str
    table: str
    partner: str
    flight: str
    carrier: str
    mass_kg: float
    arrive_tdb_s: float
    use_tdb_s: float
    site: str = ""


@dataclass(frozen=True)
class Stay:
    """A crew on the surface; `members` are the partners of its people."""

    crew: str
    flight: str
    members: tuple[str, ...]
    start_tdb_s: float
    end_tdb_s: float


@dataclass(frozen=True)
class Plan:
    """What goes on which flight. `loads` holds (flight, used kg, capacity kg), `left_behind` (element, reason).

    `status` is `optimal` or `feasible` (the limit was reached first); `bound_gap` is the largest relative gap
    between what was found and the solver's bound, 0 when every step was proved. `late` are elements that arrive after
    they are needed.
    """

    deliveries: tuple[Delivery, ...]
    left_behind: tuple[tuple[str, str], ...]
    loads: tuple[tuple[str, float, float], ...]
    stays: tuple[Stay, ...]
    status: str
    bound_gap: float
    late: tuple[str, ...] = ()

    @property
    def delivered_kg(self) -> float:
        """All mass that reaches its destination."""
        return sum(delivery.mass_kg for delivery in self.deliveries)

    @property
    def never_used(self) -> tuple[str, ...]:
        """Elements delivered that wait for something that never comes."""
        return tuple(delivery.element for delivery in self.deliveries if not isfinite(delivery.use_tdb_s))
