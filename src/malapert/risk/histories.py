"""Many histories of one plan: what is late, what is lost, and when the station lives."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import xarray as xr

from malapert.constants import SECONDS_PER_DAY
from malapert.errors import InputError
from malapert.logistics.clock import tdb_of
from malapert.logistics.plan import FlightOption, Plan
from malapert.programme import Programme
from malapert.programme.elements import SOURCE_TABLES
from malapert.risk.assumptions import ASSUMPTIONS
from malapert.risk.draws import Array, drawn, nominal
from malapert.risk.flights import Outcomes, outcomes
from malapert.risk.milestones import Milestone, blame, milestone
from malapert.risk.nights import Site, first_night, site_of
from malapert.station.hours import on_site

MILESTONES = ("first_power", "first_night_survived", "first_crew", "complete")
_PROGRESS_EVERY = 50


@dataclass(frozen=True)
class FlightRisk:
    """One flight's odds over all histories.

    `success`: the first flight does all it should; `arrives`: it or its replacement does before the programme's end;
    `lost_for_good`: both are lost; `expected_loss_kg`: landed mass times that. `delay_d` is the mean delay against the
    plan of those that arrive, `waited` the fraction in which its crew waited for the station, `wait_d` the mean of
    those waits. `to_blame`: fraction of the histories that miss `complete` in which it was the first to go.
    """

    flight: str
    success: float
    arrives: float
    lost_for_good: float
    expected_loss_kg: float
    delay_d: float
    waited: float
    wait_d: float
    to_blame: float


@dataclass(frozen=True)
class Risk:
    """n histories of one seed. `blame` holds (flight or element, fraction of the histories that miss `complete`)."""

    n: int
    seed: int
    milestones: tuple[Milestone, ...]
    flights: tuple[FlightRisk, ...]
    blame: tuple[tuple[str, float], ...]
    assumptions: tuple[str, ...]

    def milestone(self, name: str) -> Milestone:
        """One milestone by name."""
        found = next((one for one in self.milestones if one.name == name), None)
        if found is None:
            raise InputError(f"no milestone {name!r}; there are {', '.join(MILESTONES)}")
        return found


def histories(
    programme: Programme,
    plan: Plan,
    options: tuple[FlightOption, ...],
    light: xr.Dataset,
    seed: int,
    n: int,
    progress: Callable[[int, int], None] | None = None,
) -> Risk:
    """n histories; the same seed gives the same numbers, and history k does not depend on n.

    `light` is the light stage's dataset (`sun_fraction` hourly over the programme); `progress(done, n)` is called
    now and then.
    """
    columns = _at_station(programme, plan)
    site = site_of(programme, columns, light)
    found = outcomes(programme, plan, options, drawn(programme, options, plan, seed, n))
    samples = _samples(found, columns, site, progress)
    planned = _samples(outcomes(programme, plan, options, nominal(options, plan)), columns, site, None)
    end_tdb_s = tdb_of(programme.end)
    milestones = tuple(milestone(k, samples[k], float(planned[k][0]), end_tdb_s) for k in MILESTONES)
    to_blame = blame(found, samples["complete"] > end_tdb_s)
    flights = tuple(_flight_risk(found, option, dict(to_blame), end_tdb_s) for option in options)
    return Risk(n, seed, milestones, flights, to_blame, ASSUMPTIONS)


def _at_station(programme: Programme, plan: Plan) -> dict[str, int]:
    """Elements that stand at the station, with their place among the deliveries."""
    place = {delivery.element: index for index, delivery in enumerate(plan.deliveries)}
    return {delivery.element: place[delivery.element] for delivery in on_site(programme, plan)}


def _samples(
    found: Outcomes, columns: dict[str, int], site: Site, progress: Callable[[int, int], None] | None
) -> dict[str, Array]:
    """Epoch of every milestone in every history (n,), by name."""
    never = np.full(found.n, np.inf)
    sources = [found.use(name) for name in columns if found.programme.table_of(name) in SOURCE_TABLES]
    power = np.min([never, *sources], axis=0)
    landings = {stay: found.flights[stay.flight].arrive_tdb_s for stay in found.plan.stays}
    ends = [landing + (stay.end_tdb_s - stay.start_tdb_s) for stay, landing in landings.items()]
    uses = [found.use(delivery.element) for delivery in found.plan.deliveries]
    complete = np.max([*uses, *ends], axis=0) if uses or ends else never
    return {
        "first_power": power,
        "first_night_survived": _nights(found, site, power, progress),
        "first_crew": np.min([never, *landings.values()], axis=0),
        "complete": complete,
    }


def _nights(found: Outcomes, site: Site, power: Array, progress: Callable[[int, int], None] | None) -> Array:
    deliveries = found.plan.deliveries
    use = np.array([found.use(delivery.element) for delivery in deliveries]).reshape(len(deliveries), found.n)
    fail = use + found.draws.life_s.T
    nights = np.full(found.n, np.inf)
    for k in range(found.n):
        if np.isfinite(power[k]):
            nights[k] = first_night(site, use[:, k], fail[:, k], float(power[k]))
        if progress and ((k + 1) % _PROGRESS_EVERY == 0 or k + 1 == found.n):
            progress(k + 1, found.n)
    return nights


def _flight_risk(found: Outcomes, option: FlightOption, to_blame: dict[str, float], end_tdb_s: float) -> FlightRisk:
    flown = found.flights[option.name]
    mass_kg = sum(delivery.mass_kg for delivery in found.plan.deliveries if delivery.flight == option.name)
    arrived = np.isfinite(flown.arrive_tdb_s)
    late_s = flown.arrive_tdb_s[arrived] - option.arrive_tdb_s
    waited = flown.waited_s > 0.5
    return FlightRisk(
        option.name,
        float(flown.first_went_well.mean()),
        float(np.mean(flown.arrive_tdb_s <= end_tdb_s)),
        float(flown.gone.mean()),
        float(flown.gone.mean()) * mass_kg,
        float(late_s.mean()) / SECONDS_PER_DAY if arrived.any() else float("inf"),
        float(waited.mean()),
        float(flown.waited_s[waited].mean()) / SECONDS_PER_DAY if waited.any() else 0.0,
        to_blame.get(option.name, 0.0),
    )
