"""One programme made ready for its histories: `rows` gives history after history as plain numbers, each from its own
index and the seed alone, so that they may be made anywhere and in any order."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import xarray as xr

from malapert.logistics.clock import tdb_of
from malapert.logistics.plan import FlightOption, Plan
from malapert.programme import Programme
from malapert.programme.elements import SOURCE_TABLES
from malapert.risk.columns import FIGURES
from malapert.risk.draws import Array, Dice, Draws, Levers, Scatter, dice, drawn, nominal
from malapert.risk.flights import Flown, Outcomes, outcomes
from malapert.risk.lives import lived
from malapert.risk.nights import Site, first_night, site_of
from malapert.risk.prepared import Station, pulled, station_of
from malapert.station.hours import on_site

Table = dict[str, Array]
MILESTONES = ("first_power", "first_night_survived", "first_crew", "complete")
# Functions of the station and the tables whose elements give them.
FUNCTIONS = {
    "power": SOURCE_TABLES,
    "storage": ("battery", "fuel_cell"),
    "air": ("habitat",),
    "mobility": ("rover",),
    "science": ("experiment",),
}


@dataclass(frozen=True)
class Study:
    """All that a worker needs, a few megabytes that pickle."""

    programme: Programme
    plan: Plan
    options: tuple[FlightOption, ...]
    dice: Dice
    columns: dict[str, int]
    site: Site
    station: Station
    end_tdb_s: float
    spare: Mapping[str, float]
    scatter: Mapping[str, Scatter]

    def rows(self, first: int, last: int) -> Table:
        """Histories [first, last): one column of plain numbers (last - first,) for each name."""
        return self.table(drawn(self.dice, first, last))

    def planned(self) -> Table:
        """The one history in which nothing goes wrong."""
        return self.table(nominal(self.dice))

    def table(self, draws: Draws) -> Table:
        """The histories of some draws."""
        found = outcomes(self.programme, self.plan, self.options, draws, self.dice.levers)
        figures, hours = lived(self.station, found)
        table = _milestones(self, found)
        for name, flown in found.flights.items():
            table |= _flight(name, flown)
        table |= {name: figures[:, k].copy() for k, name in enumerate(FIGURES)}
        table |= _crews(found)
        table |= _functions(self, found)
        table |= self._hours(hours)
        return table | _first_to_go(found)

    def pulled(self, levers: Levers) -> "Study":
        """The same study and dice with other levers; those of the study itself must all be at 1."""
        thrown = dice(self.programme, self.options, self.plan, self.dice.seed, levers, self.spare, self.scatter)
        return replace(self, dice=thrown, station=pulled(self.station, levers))

    def _hours(self, hours: Array) -> Table:
        """Experiment hours in all and by partner."""
        partners = [self.programme.elements[self.station.elements[e]].partner for e in self.station.experiments]
        given = {
            f"experiment_h@{partner}": hours[:, [k for k, p in enumerate(partners) if p == partner]].sum(axis=1)
            for partner in dict.fromkeys(partners)
        }
        return {"experiment_h": hours.sum(axis=1), **given}


def prepare(
    programme: Programme,
    plan: Plan,
    options: tuple[FlightOption, ...],
    light: xr.Dataset,
    seed: int,
    spare: Mapping[str, float] | None = None,
    scatter: Mapping[str, Scatter] | None = None,
) -> Study:
    """A study of one plan under one light (the series as lived: `sun_fraction`, `earth_visible`, `link_mbit_s`).

    `spare`: by flight, how many times its flown correction it can make; without limit where it is not said. `scatter`:
    where it comes down; at its site where it is not said.
    """
    place = {delivery.element: index for index, delivery in enumerate(plan.deliveries)}
    columns = {delivery.element: place[delivery.element] for delivery in on_site(programme, plan)}
    thrown = dice(programme, options, plan, seed, spare=spare, scatter=scatter)
    site, station = site_of(programme, columns, light), station_of(programme, plan, light)
    return Study(
        programme, plan, options, thrown, columns, site, station, tdb_of(programme.end), spare or {}, scatter or {}
    )


def _flight(name: str, flown: Flown) -> Table:
    """What became of one flight."""
    return {
        f"{name}@arrive_tdb_s": flown.arrive_tdb_s,
        f"{name}@lost_tdb_s": flown.lost_tdb_s,
        f"{name}@well": flown.first_went_well.astype(np.float64),
        f"{name}@gone": flown.gone.astype(np.float64),
        f"{name}@waited_s": flown.waited_s,
        f"{name}@withdrawn": flown.withdrawn.astype(np.float64),
        f"{name}@short": flown.short.astype(np.float64),
        f"{name}@astray": flown.astray.astype(np.float64),
    }


def _milestones(study: Study, found: Outcomes) -> Table:
    never = np.full(found.n, np.inf)
    sources = [found.use(name) for name in study.columns if found.programme.table_of(name) in SOURCE_TABLES]
    power = np.min([never, *sources], axis=0)
    landings = {stay: found.flights[stay.flight].arrive_tdb_s for stay in found.plan.stays}
    ends = [landing + (stay.end_tdb_s - stay.start_tdb_s) for stay, landing in landings.items()]
    uses = [found.use(delivery.element) for delivery in found.plan.deliveries]
    return {
        "first_power": power,
        "first_night_survived": _nights(study, found, power),
        "first_crew": np.min([never, *landings.values()], axis=0),
        "complete": np.max([*uses, *ends], axis=0) if uses or ends else never,
    }


def _nights(study: Study, found: Outcomes, power: Array) -> Array:
    deliveries = found.plan.deliveries
    use = np.array([found.use(delivery.element) for delivery in deliveries]).reshape(len(deliveries), found.n)
    fail = use + found.draws.life_s[:, :, 0].T
    nights = np.full(found.n, np.inf)
    for k in range(found.n):
        if np.isfinite(power[k]):
            nights[k] = first_night(study.site, use[:, k], fail[:, k], float(power[k]))
    return nights


def _crews(found: Outcomes) -> Table:
    """People lost at landing, and those whose ascent fails."""
    lost, stranded = np.zeros(found.n), np.zeros(found.n)
    for k, stay in enumerate(found.plan.stays):
        flown = found.flights[stay.flight]
        lost += len(stay.members) * flown.crew_lost
        stranded += len(stay.members) * (np.isfinite(flown.arrive_tdb_s) & ~found.draws.ascends[:, k])
    return {"crew_lost": lost, "crew_without_return": stranded}


def _functions(study: Study, found: Outcomes) -> Table:
    """Whether each function is there at the end of the programme: one element that gives it works."""
    table: Table = {}
    for function, tables in FUNCTIONS.items():
        own = [k for name, k in study.columns.items() if found.programme.table_of(name) in tables]
        if own:
            end = np.full(found.n, study.end_tdb_s)
            table[f"works@{function}"] = np.any([found.works_from(k, end) <= end for k in own], axis=0) * 1.0
    return table


def _first_to_go(found: Outcomes) -> Table:
    """What was lost first: place among the flights, then among the deliveries whose failure keeps a crew away; -1 when
    nothing was, and when."""
    epochs = [flown.lost_tdb_s for flown in found.flights.values()]
    for index in range(len(found.plan.deliveries)):
        keeps_away = np.any([flown.blocker == index for flown in found.flights.values()], axis=0)
        epochs.append(np.where(keeps_away, found.fail(index), np.inf))
    table = np.array(epochs).reshape(len(epochs), found.n)
    first = np.argmin(table, axis=0) if len(epochs) else np.full(found.n, -1)
    nothing = np.isinf(table).all(axis=0)
    return {"first_to_go": np.where(nothing, -1, first).astype(float)}


def names_to_go(study: Study) -> tuple[str, ...]:
    """What the numbers of `first_to_go` stand for."""
    ordered = outcomes(study.programme, study.plan, study.options, nominal(study.dice)).flights
    return (*ordered, *(delivery.element for delivery in study.plan.deliveries))
