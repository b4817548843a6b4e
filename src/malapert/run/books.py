"""The risk and shares stages: the rooms' answers for a plan that was flown and lived."""

from collections.abc import Callable

from malapert.partners.shares import Shares
from malapert.partners.shares import shares as counted
from malapert.programme import Programme
from malapert.risk import histories
from malapert.risk.histories import Risk
from malapert.run.flights import Flights
from malapert.run.light import Light
from malapert.run.living import with_links
from malapert.run.manifest import Manifest, flight_options
from malapert.station import Operations


def risk(programme: Programme, told: Callable[..., None], light: Light, flights: Flights, plan: Manifest) -> Risk:
    """The programme's histories."""
    options = flight_options(programme, flights)
    lived = with_links(programme, light, flights, plan)

    def progress(done: int, n: int) -> None:
        told(done / n, f"Risk: {done:,} of {n:,} histories")

    return histories.histories(programme, plan.plan, options, lived, programme.seed, programme.histories, progress)


def shares(
    programme: Programme,
    told: Callable[..., None],
    light: Light,
    flights: Flights,
    plan: Manifest,
    operations: Operations,
) -> Shares:
    """The ledger of partners."""
    return counted(programme, plan.plan, operations, with_links(programme, light, flights, plan))
