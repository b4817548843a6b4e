"""Flights and elements of many histories at once: when each arrives, comes into use, fails, or never does.

After a loss the flight flies again, its cargo takes free room on other flights meanwhile, its launcher stands down, and
crews wait for what they need.
"""

from dataclasses import dataclass, field

import numpy as np

from malapert.constants import SECONDS_PER_DAY
from malapert.logistics.candidates import goes_there, landing_of
from malapert.logistics.departures import predecessors
from malapert.logistics.plan import Delivery, FlightOption, Plan
from malapert.programme import Programme
from malapert.programme.elements import SOURCE_TABLES
from malapert.risk.assumptions import LIVES, REFLY_D, REPLACE_D, STAND_DOWN_D
from malapert.risk.draws import Array, Draws, Flags, Indices, Levers


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
    crew_lost: Flags
    """A landing with its crew failed, the first or the second time."""
    withdrawn: Flags
    """It does not leave because a partner has left."""
    short: Flags
    """The first flight's propellant did not hold for its correction or its descent."""
    astray: Flags
    """The first flight came down whole, but out of reach."""


@dataclass
class Outcomes:
    """What became of every flight and delivery; filled flight by flight in order of planned arrival."""

    programme: Programme
    options: dict[str, FlightOption]
    plan: Plan
    draws: Draws
    levers: Levers
    flights: dict[str, Flown] = field(default_factory=dict)
    use_tdb_s: dict[str, Array] = field(default_factory=dict)
    stands_down_tdb_s: dict[str, Array] = field(default_factory=dict)
    """Until when each launcher does not fly (n,)."""
    moved_tdb_s: dict[str, Array] = field(default_factory=dict)
    """Arrival of what took another flight (n,), by element; inf where it did not."""
    room_kg: dict[str, Array] = field(default_factory=dict)

    @property
    def n(self) -> int:
        """Number of histories."""
        return len(self.draws.life_s)

    @property
    def refly_s(self) -> float:
        """From a loss to the replacement's date."""
        return REFLY_D * SECONDS_PER_DAY * self.levers.refly_delay

    @property
    def replace_s(self) -> float:
        """From a failure to the replacement's use."""
        return REPLACE_D * SECONDS_PER_DAY * self.levers.repair_delay

    def withdrawn_tdb_s(self, partner: str) -> Array:
        """When a partner leaves (n,)."""
        names = list(self.programme.partner)
        return self.draws.withdrawn_tdb_s[:, names.index(partner)] if partner in names else np.full(self.n, np.inf)

    def use(self, element: str) -> Array:
        """Use of an element (n,): deployed, and everything it comes after in use."""
        if element not in self.use_tdb_s:
            delivery = next((d for d in self.plan.deliveries if d.element == element), None)
            self.use_tdb_s[element] = self._use(delivery) if delivery else np.full(self.n, np.inf)
        return self.use_tdb_s[element]

    def _use(self, delivery: Delivery) -> Array:
        row = self.programme.elements[delivery.element]
        final, own = self._final_flight(delivery), self.flights.get(delivery.flight)
        arrive = self.flights[final].arrive_tdb_s if final in self.flights else np.full(self.n, np.inf)
        if own is not None:
            stays_behind = self.withdrawn_tdb_s(row.partner) <= own.depart_tdb_s
            arrive = np.where(stays_behind, np.inf, arrive)
        if delivery.element in self.moved_tdb_s:
            arrive = np.minimum(arrive, self.moved_tdb_s[delivery.element])
        use = arrive + row.deploy_d * SECONDS_PER_DAY
        for before in row.after:
            use = np.maximum(use, self.use(before))
        return use

    def _final_flight(self, delivery: Delivery) -> str:
        """The flight that brings it to its place: its own, or the landing of the lander it came with."""
        own, row = self.options.get(delivery.flight), self.programme.elements[delivery.element]
        if own and own.route == "low_lunar_orbit" and not self.programme.orbit_of(row):
            landing = landing_of(self.programme, delivery.flight, self.options)
            return landing.name if landing else delivery.flight
        return delivery.flight

    def fail(self, index: int) -> Array:
        """When the delivery of this index first fails (n,)."""
        return self.use(self.plan.deliveries[index].element) + self.draws.life_s[:, index, 0]

    def outages(self, index: int) -> tuple[Array, Array]:
        """Starts and ends of every outage of a delivery (n, lives) without repair by a crew; the last has no end."""
        down, up = np.empty((self.n, LIVES)), np.empty((self.n, LIVES))
        begins = self.use(self.plan.deliveries[index].element)
        for k in range(LIVES):
            down[:, k] = begins + self.draws.life_s[:, index, k]
            up[:, k] = begins = down[:, k] + (self.replace_s if k < LIVES - 1 else np.inf)
        return down, up

    def works_from(self, index: int, epoch: Array) -> Array:
        """First moment not before `epoch` at which a delivery is in use and not out (n,)."""
        moment = np.maximum(epoch, self.use(self.plan.deliveries[index].element))
        down, up = self.outages(index)
        for k in range(LIVES):
            moment = np.where((down[:, k] <= moment) & (moment < up[:, k]), up[:, k], moment)
        return moment


def outcomes(
    programme: Programme,
    plan: Plan,
    options: tuple[FlightOption, ...],
    draws: Draws,
    levers: Levers | None = None,
) -> Outcomes:
    """All flights flown in all histories."""
    found = Outcomes(programme, {option.name: option for option in options}, plan, draws, levers or Levers())
    free = {flight: capacity - used for flight, used, capacity in plan.loads}
    found.room_kg = {name: np.full(found.n, free.get(name, 0.0)) for name in found.options}
    order = {option.name: index for index, option in enumerate(options)}
    waiting = sorted(options, key=lambda o: (o.arrive_tdb_s, o.route == "crewed_landing", o.name))
    while waiting:
        names = {option.name for option in waiting}
        ready = (o for o in waiting if not any(before in names for before, _ in predecessors(programme, o.name)))
        option = next(ready)  # departures has refused circles
        found.flights[option.name] = _fly(found, option, order[option.name])
        _take_along(found, option)
        waiting.remove(option)
    return found


def _fly(found: Outcomes, option: FlightOption, index: int) -> Flown:
    draws = found.draws
    transit_s = option.arrive_tdb_s - option.depart_tdb_s
    launcher = found.programme.flight[option.name].launcher
    down = found.stands_down_tdb_s.get(launcher, np.full(found.n, -np.inf))
    ready = np.maximum(option.depart_tdb_s + draws.slip_s[:, index, 0], down)
    for before, gap_s in predecessors(found.programme, option.name):
        if before in found.flights:
            earlier = found.flights[before]
            ready = np.maximum.reduce([ready, earlier.depart_tdb_s + gap_s, earlier.arrive_tdb_s])
    leaves = _partners_leave(found, option)
    first, blocked_first = _station_ready(found, option, ready, transit_s)
    withdrawn = np.isfinite(first) & (leaves <= first)
    first = np.where(withdrawn, np.inf, first)
    there = draws.launched[:, index] & draws.corrected[:, index]
    well = there & draws.landed[:, index] & draws.reached[:, index]
    left = np.isfinite(first)
    lost = np.where(draws.launched[:, index, 0], first + transit_s, first)
    again_ready = lost + found.refly_s + draws.slip_s[:, index, 1]
    second, blocked_second = _station_ready(found, option, again_ready, transit_s)
    second = np.where(leaves <= second, np.inf, second)
    failed_first, failed_second = left & ~well[:, 0], np.isfinite(second) & ~well[:, 1]
    depart = np.where(failed_first, second, first)
    gone = failed_first & failed_second
    wanted = np.where(failed_first, again_ready, ready)
    waited = np.subtract(depart, wanted, out=np.zeros(found.n), where=np.isfinite(depart))
    crewed = option.route == "crewed_landing"
    broken = (
        failed_first & there[:, 0] & ~draws.landed[:, index, 0],
        failed_first & failed_second & there[:, 1] & ~draws.landed[:, index, 1],
    )
    _stand_down(found, launcher, down, first, left & ~draws.launched[:, index, 0])
    return Flown(
        np.where(gone, np.inf, depart),
        np.where(gone, np.inf, depart + transit_s),
        np.where(failed_first, lost, np.inf),
        left & well[:, 0],
        gone,
        waited,
        np.where(failed_first, blocked_second, blocked_first),
        crewed & (broken[0] | broken[1]),
        withdrawn,
        left & draws.launched[:, index, 0] & ~draws.corrected[:, index, 0],
        left & there[:, 0] & draws.landed[:, index, 0] & ~draws.reached[:, index, 0],
    )


def _partners_leave(found: Outcomes, option: FlightOption) -> Array:
    """When the first of a flight's partners leaves: who flies it, who builds its launcher and its spacecraft (n,)."""
    programme, row = found.programme, found.programme.flight[option.name]
    partners = {programme.flown_by(row), programme.launcher[row.launcher].partner}
    partners.add(programme.spacecraft[row.spacecraft].partner)
    return np.asarray(np.min([found.withdrawn_tdb_s(partner) for partner in sorted(partners)], axis=0))


def _stand_down(found: Outcomes, launcher: str, before: Array, first: Array, failed: Flags) -> None:
    until = np.where(failed, first + STAND_DOWN_D * SECONDS_PER_DAY, -np.inf)
    found.stands_down_tdb_s[launcher] = np.maximum(before, until)


def _take_along(found: Outcomes, option: FlightOption) -> None:
    """Lost cargo of earlier flights that goes where this one goes takes its free room, by priority."""
    programme, own = found.programme, found.flights[option.name]
    if not programme.flight[option.name].open or not (found.room_kg[option.name] > 0.0).any():
        return
    ordered = sorted(found.plan.deliveries, key=lambda d: programme.elements[d.element].priority)
    for delivery in ordered:
        lost = found.flights.get(delivery.flight)
        row = programme.elements[delivery.element]
        if lost is None or delivery.flight == option.name or not goes_there(programme, row, option):
            continue
        takes = (
            np.isfinite(lost.lost_tdb_s)
            & (own.depart_tdb_s >= lost.lost_tdb_s + 0.5 * found.refly_s)
            & (own.arrive_tdb_s < lost.arrive_tdb_s)
            & (found.room_kg[option.name] >= row.mass_kg)
            & (found.withdrawn_tdb_s(row.partner) > own.depart_tdb_s)
            & np.isinf(found.moved_tdb_s.get(delivery.element, np.full(found.n, np.inf)))
        )
        if takes.any():
            found.room_kg[option.name] = np.where(
                takes, found.room_kg[option.name] - row.mass_kg, found.room_kg[option.name]
            )
            before = found.moved_tdb_s.get(delivery.element, np.full(found.n, np.inf))
            found.moved_tdb_s[delivery.element] = np.where(takes, own.arrive_tdb_s, before)
            found.use_tdb_s.clear()  # what was worked out before may now come earlier


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
    habitats = [index for index, d in planned if d.table == "habitat"]
    sources = [index for index, d in planned if d.table in SOURCE_TABLES]
    land, blocker = ready + transit_s, none
    for _ in range(2):  # what was waited for may fail meanwhile; a second look is enough for all but a few
        for index in habitats:
            later = found.works_from(index, land)
            down = np.isfinite(land) & np.isinf(later) & np.isfinite(found.fail(index))
            land, blocker = later, np.where(down, index, blocker)
        land, blocker = _powered(found, land, sources, blocker)
    return land - transit_s, blocker


def _powered(found: Outcomes, land: Array, sources: list[int], blocker: Indices) -> tuple[Array, Indices]:
    """Earliest landing not before `land` at which one source works; when none will, the last to fail is to blame."""
    if not sources:
        return land, blocker
    best, last_fail, last = np.full(found.n, np.inf), np.full(found.n, -np.inf), blocker
    for index in sources:
        best = np.minimum(best, found.works_from(index, land))
        fail = found.fail(index)
        later = np.isfinite(fail) & (fail > last_fail)
        last_fail, last = np.where(later, fail, last_fail), np.where(later, index, last)
    return best, np.where(np.isfinite(land) & ~np.isfinite(best), last, blocker)
