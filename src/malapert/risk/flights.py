"""Flights and elements of many histories at once: when each arrives, comes into use, fails, or never does."""

from dataclasses import dataclass, field

import numpy as np

from malapert.constants import SECONDS_PER_DAY
from malapert.logistics.candidates import landing_of
from malapert.logistics.departures import predecessors
from malapert.logistics.plan import Delivery, FlightOption, Plan
from malapert.programme import Programme
from malapert.programme.elements import SOURCE_TABLES
from malapert.risk.assumptions import REFLY_D
from malapert.risk.draws import Array, Draws, Flags, Indices


@dataclass(frozen=True)
class Flown:
    """One flight in n histories, each value (n,); epochs are inf where it never happens."""

    depart_tdb_s: Array
    arrive_tdb_s: Array
    lost_tdb_s: Array
    """First loss; inf where the first flight arrived or never left."""
    first_went_well: Flags
    gone: Flags
    """Lost twice."""
    waited_s: Array
    """What a crew waited for the station; 0 for others."""
    blocker: Indices
    """Index of the delivery whose failure keeps the crew away, -1 when none does."""


@dataclass
class Outcomes:
    """What became of every flight and delivery; filled flight by flight in order of planned arrival."""

    programme: Programme
    options: dict[str, FlightOption]
    plan: Plan
    draws: Draws
    flights: dict[str, Flown] = field(default_factory=dict)
    use_tdb_s: dict[str, Array] = field(default_factory=dict)

    @property
    def n(self) -> int:
        """Number of histories."""
        return len(self.draws.life_s)

    def use(self, element: str) -> Array:
        """Use of an element (n,): deployed, and everything it comes after in use."""
        if element not in self.use_tdb_s:
            delivery = next((d for d in self.plan.deliveries if d.element == element), None)
            self.use_tdb_s[element] = self._use(delivery) if delivery else np.full(self.n, np.inf)
        return self.use_tdb_s[element]

    def _use(self, delivery: Delivery) -> Array:
        row = self.programme.elements[delivery.element]
        final = self._final_flight(delivery)
        arrive = self.flights[final].arrive_tdb_s if final in self.flights else np.full(self.n, np.inf)
        use = arrive + row.deploy_d * SECONDS_PER_DAY
        for before in row.after:
            use = np.maximum(use, self.use(before))
        return use

    def _final_flight(self, delivery: Delivery) -> str:
        """The flight that brings it to its place: its own, or the landing of the lander it came with."""
        own = self.options.get(delivery.flight)
        if own and own.route == "low_lunar_orbit" and delivery.table != "orbital_station":
            landing = landing_of(self.programme, delivery.flight, self.options)
            return landing.name if landing else delivery.flight
        return delivery.flight

    def fail(self, index: int) -> Array:
        """When the delivery of this index fails (n,)."""
        return self.use(self.plan.deliveries[index].element) + self.draws.life_s[:, index]


def outcomes(programme: Programme, plan: Plan, options: tuple[FlightOption, ...], draws: Draws) -> Outcomes:
    """All flights flown in all histories."""
    found = Outcomes(programme, {option.name: option for option in options}, plan, draws)
    order = {option.name: index for index, option in enumerate(options)}
    waiting = sorted(options, key=lambda o: (o.arrive_tdb_s, o.route == "crewed_landing", o.name))
    while waiting:
        names = {option.name for option in waiting}
        ready = (o for o in waiting if not any(before in names for before, _ in predecessors(programme, o.name)))
        option = next(ready)  # departures has refused circles
        found.flights[option.name] = _fly(found, option, order[option.name])
        waiting.remove(option)
    return found


def _fly(found: Outcomes, option: FlightOption, index: int) -> Flown:
    draws = found.draws
    transit_s = option.arrive_tdb_s - option.depart_tdb_s
    ready = option.depart_tdb_s + draws.slip_s[:, index, 0]
    for before, gap_s in predecessors(found.programme, option.name):
        if before in found.flights:
            earlier = found.flights[before]
            ready = np.maximum.reduce([ready, earlier.depart_tdb_s + gap_s, earlier.arrive_tdb_s])
    first, blocked_first = _station_ready(found, option, ready, transit_s)
    well = draws.launched[:, index] & draws.landed[:, index]
    left = np.isfinite(first)
    lost = np.where(draws.launched[:, index, 0], first + transit_s, first)
    again_ready = lost + REFLY_D * SECONDS_PER_DAY + draws.slip_s[:, index, 1]
    second, blocked_second = _station_ready(found, option, again_ready, transit_s)
    failed_first, failed_second = left & ~well[:, 0], np.isfinite(second) & ~well[:, 1]
    depart = np.where(failed_first, second, first)
    gone = failed_first & failed_second
    wanted = np.where(failed_first, again_ready, ready)
    waited = np.subtract(depart, wanted, out=np.zeros(found.n), where=np.isfinite(depart))
    return Flown(
        np.where(gone, np.inf, depart),
        np.where(gone, np.inf, depart + transit_s),
        np.where(failed_first, lost, np.inf),
        left & well[:, 0],
        gone,
        waited,
        np.where(failed_first, blocked_second, blocked_first),
    )


def _station_ready(found: Outcomes, option: FlightOption, ready: Array, transit_s: float) -> tuple[Array, Indices]:
    """Departure when a crew finds its habitats and power in use on landing, and which failure keeps it away."""
    none = np.full(found.n, -1, dtype=np.int64)
    if option.route != "crewed_landing":
        return ready, none
    planned = [
        (index, delivery)
        for index, delivery in enumerate(found.plan.deliveries)
        if delivery.use_tdb_s <= option.arrive_tdb_s and delivery.site == option.site
    ]
    habitats = [(index, d) for index, d in planned if d.table == "habitat"]
    sources = [(index, d) for index, d in planned if d.table in SOURCE_TABLES]
    land = np.maximum.reduce([ready + transit_s, *(found.use(d.element) for _, d in habitats)])
    land, blocker = _powered(found, land, sources, none)
    for index, _ in habitats:
        down = np.isfinite(land) & (found.fail(index) <= land)
        blocker = np.where(down, index, blocker)
        land = np.where(down, np.inf, land)
    return land - transit_s, blocker


def _powered(found: Outcomes, land: Array, sources: list[tuple[int, Delivery]], none: Indices) -> tuple[Array, Indices]:
    """Earliest landing not before `land` at which one source works; when none will, the last to fail is to blame."""
    if not sources:
        return land, none
    best, last_fail, last = np.full(found.n, np.inf), np.full(found.n, -np.inf), none
    for index, delivery in sources:
        fail = found.fail(index)
        moment = np.maximum(land, found.use(delivery.element))
        best = np.minimum(best, np.where(moment < fail, moment, np.inf))
        later = np.isfinite(fail) & (fail > last_fail)
        last_fail, last = np.where(later, fail, last_fail), np.where(later, index, last)
    return best, np.where(np.isfinite(land) & ~np.isfinite(best), last, -1)
