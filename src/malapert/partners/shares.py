"""The shares stage: programme, plan and operations in, `Shares` out."""

from dataclasses import dataclass
from math import fsum

from malapert.logistics.plan import Plan
from malapert.partners.dependence import Dependence, dependence
from malapert.partners.entitlements import FORMULA, Entitled, entitlements, gini
from malapert.partners.ledger import Contributed, Used, contributed, used
from malapert.programme import Programme
from malapert.station.results import Operations


@dataclass(frozen=True)
class Shares:
    """Who gives and gets, by partner.

    `gini_use` is the Gini coefficient of use over contribution (0: use follows contribution; nan: nothing used);
    `largest_shortfall` the partner whose use stays furthest below its entitlement, None when none does.
    """

    contributed: dict[str, Contributed]
    used: dict[str, Used]
    entitled: tuple[Entitled, ...]
    dependence: tuple[Dependence, ...]
    gini_use: float
    largest_shortfall: Entitled | None
    delivered_kg: float
    notes: tuple[str, ...]


def shares(programme: Programme, plan: Plan, operations: Operations) -> Shares:
    """The ledger of a run; every partner is in. Data is counted for the relays and ground stations that operations
    says carried it; where it says of none, those columns are zero and a note says so."""
    given, took = contributed(programme, plan, operations), used(programme, operations)
    entitled = entitlements(programme, given, took)
    short = [line for line in entitled if line.rule and line.shortfall > 0.0]
    return Shares(
        given,
        took,
        entitled,
        tuple(dependence(programme, plan, partner) for partner in programme.partner),
        gini([line.contribution_share for line in entitled], [line.use_share for line in entitled]),
        max(short, key=lambda line: line.shortfall, default=None),
        fsum(delivery.mass_kg for delivery in plan.deliveries),
        _notes(bool(operations.ways)),
    )


def _notes(known: bool) -> tuple[str, ...]:
    paths = (
        "Data counts for the way with the best rate in each hour, and alike for the ground stations that see its "
        "sender and can take all of it."
    )
    none = "Data is not counted for relays and ground stations: the light series was not given."
    return (
        FORMULA,
        "Energy generated is what was used of each source's output; curtailed output counts for nobody.",
        paths if known else none,
        "Dependence takes the rows that go with a partner and does not plan again: others may find other rides.",
    )
