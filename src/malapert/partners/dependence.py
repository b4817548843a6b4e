"""What the absence of each partner takes away, read off the programme's own rows."""

from dataclasses import dataclass
from math import fsum

from malapert.logistics.plan import Delivery, Plan
from malapert.programme import Programme
from malapert.programme.present import only_present


@dataclass(frozen=True)
class Dependence:
    """What goes when one partner goes.

    `own_kg`: delivered elements that leave the programme; `stranded_kg`: elements of others whose flight goes;
    `idle_kg`: delivered elements of others that would wait for ever for one that is gone; `power_kw`: rated sources
    among all of these; `seats`: people who would not land. The last four are names; `rows` is everything that goes.
    """

    partner: str
    own_kg: float
    stranded_kg: float
    idle_kg: float
    power_kw: float
    seats: int
    flights: tuple[str, ...]
    relays: tuple[str, ...]
    ground_stations: tuple[str, ...]
    rows: tuple[str, ...]

    @property
    def lost_kg(self) -> float:
        """All delivered mass that would be gone, stranded or idle."""
        return self.own_kg + self.stranded_kg + self.idle_kg


def dependence(programme: Programme, plan: Plan, partner: str) -> Dependence:
    """The programme without one partner, against the plan with it."""
    rows = dict(programme.partner)
    rows[partner] = rows[partner].model_copy(update={"enabled": False})
    without = only_present(programme.model_copy(update={"partner": rows, "dropped": ()}))
    own = [d for d in plan.deliveries if d.element not in without.elements]
    stranded = [d for d in plan.deliveries if d.element in without.elements and d.flight not in without.flight]
    idle = _idle(programme, plan, {d.element for d in (*own, *stranded)})
    return Dependence(
        partner,
        _mass_kg(own),
        _mass_kg(stranded),
        _mass_kg(idle),
        fsum(_power_kw(programme, d.element) for d in (*own, *stranded, *idle)),
        _seats(plan, without),
        tuple(name for name in programme.flight if name not in without.flight),
        tuple(name for name in programme.relay if name not in without.relay),
        tuple(name for name in programme.ground_station if name not in without.ground_station),
        tuple(entry.row for entry in without.dropped if entry.row != f"partner.{partner}"),
    )


def _idle(programme: Programme, plan: Plan, gone: set[str]) -> list[Delivery]:
    """Deliveries that come after something gone, directly or through others."""
    missing = set(gone)
    found: list[Delivery] = []
    while True:
        more = [
            d
            for d in plan.deliveries
            if d.element not in missing and any(before in missing for before in programme.elements[d.element].after)
        ]
        if not more:
            return found
        found += more
        missing |= {d.element for d in more}


def _power_kw(programme: Programme, element: str) -> float:
    source = programme.sources.get(element)
    return source.power_kw if source else 0.0


def _seats(plan: Plan, without: Programme) -> int:
    """People of the plan's stays who would not land: their flight or their own place is gone."""
    lost = 0
    for stay in plan.stays:
        lands = stay.flight in without.flight and stay.crew in without.crew
        kept = len(without.crew[stay.crew].members) if lands else 0
        lost += len(stay.members) - kept
    return lost


def _mass_kg(deliveries: list[Delivery]) -> float:
    return fsum(d.mass_kg for d in deliveries)
