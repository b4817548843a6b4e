"""From elements in use to the power network: buses by place and voltage, sources, stores, links, loads by priority."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Protocol

import numpy as np

from malapert.programme import Programme
from malapert.programme.elements import Element, Habitat, Radioisotope, Rover, Storage
from malapert.station.arrays import array_kw
from malapert.station.heat import Node, warmth
from malapert.station.hours import Array, Hours, Presence, Sky, Standing
from malapert.station.network import Flow, Link, Network, SetPoints, Starter, Store, joined

PRIORITIES = 9
# What works by its own plan or set points, not whenever somebody is there.
PLANNED = ("experiment", "process")
MAIN_V = 120


def bus_name(site: str, volts: int) -> str:
    """What a bus is called."""
    return f"{site} {volts} V"


def generation_kw(programme: Programme, standing: tuple[Standing, ...], hours: Hours, sky: Sky) -> dict[str, Array]:
    """What each source could give (n,), by element: solar arrays first, then reactors and radioisotope generators.

    A reactor gives its power until its life is over; a radioisotope generator's power halves with its fuel, and its
    converter's degradation is taken each year.
    """
    given: dict[str, Array] = {}
    for delivery in (d for d in standing if d.table == "solar_array"):
        given[delivery.element] = array_kw(programme.solar_array[delivery.element], delivery, hours, sky)
    for delivery in (d for d in standing if d.table == "reactor"):
        plant, age_y = programme.reactor[delivery.element], hours.age_y(delivery)
        alive = 1.0 if plant.life_y is None else age_y < plant.life_y
        given[delivery.element] = np.asarray(plant.power_kw * hours.there(delivery) * alive)
    for delivery in (d for d in standing if d.table == "radioisotope"):
        row, age_y = programme.radioisotope[delivery.element], hours.age_y(delivery)
        kept = 0.5 ** (age_y / row.half_life_y) * (1.0 - row.degradation) ** age_y
        given[delivery.element] = np.asarray(row.power_kw * kept * hours.there(delivery))
    return given


def stores(programme: Programme, standing: tuple[Standing, ...], hours: Hours) -> tuple[Store, ...]:
    """The stores in use, aged. A store that comes into use brings no energy: it arrives empty."""
    rows = programme.storage
    return tuple(_store(rows[d.element], d, programme, hours) for d in standing if d.element in rows)


def _store(row: Storage, delivery: Standing, programme: Programme, hours: Hours) -> Store:
    there, n = hours.there(delivery), len(hours.tdb_s)
    kept = (1.0 - row.fade_per_year) ** hours.age_y(delivery) if row.fade_per_year else 1.0
    return Store(
        delivery.element,
        _bus(programme, delivery, row.supply_v),
        row.capacity_kwh * row.depth * kept * there,
        row.charge_kw * there,
        row.discharge_kw * there,
        np.full(n, row.charge_efficiency),
        np.full(n, row.discharge_efficiency),
        row.standing_loss_per_d / 24.0,
        row.fade_per_cycle,
        brought_kwh=_brought_kwh(row, kept * there) if row.arrives_charged else None,
    )


def _brought_kwh(row: Storage, kept: Array) -> Array:
    """What a store holds when it comes into use (n,)."""
    brought = np.zeros(len(kept))
    first = int(np.argmax(kept > 0.0))
    brought[first] = row.arrives_charged * row.capacity_kwh * row.depth * kept[first]
    return brought


def links(programme: Programme, standing: tuple[Standing, ...], hours: Hours) -> Iterator[Link]:
    """Converters, cables and beams in use; one that works both ways is two links."""
    for delivery in standing:
        row = programme.power_link.get(delivery.element)
        if row is None:
            continue
        home = delivery.site or programme.station
        a = bus_name(row.from_site or home, row.from_v)
        b = bus_name(row.to_site or home, row.to_v)
        limit_kw = row.power_kw * hours.there(delivery)
        yield Link(delivery.element, a, b, limit_kw, row.efficiency)
        if row.both_ways:
            yield Link(f"{delivery.element} back", b, a, limit_kw, row.efficiency)


def _bus(programme: Programme, delivery: Standing, volts: int) -> str:
    return bus_name(delivery.site or programme.station, volts)


def working(row: Element, crew: Presence, sky: Sky) -> Array | float:
    """Part of each step an element works: habitats with people at the station, rovers with people or a link to Earth.

    Everything else, experiments aside, works all the time. Every habitat works when anybody is there: people spread
    over the modules they have.
    """
    if isinstance(row, Habitat):
        return crew.anybody
    if isinstance(row, Rover):
        return np.maximum(crew.anybody, sky.link_mbit_s > 0.0)
    return 1.0


@dataclass(frozen=True)
class Load:
    """One element's draw (n,) on its bus: to survive, at priority 1, and to work, at its own."""

    delivery: Standing
    bus: str
    priority: int
    survive_kw: Array
    work_kw: Array
    heater_kw: Array
    """what of `survive_kw` is for its heater"""
    away_kw: Array = field(default_factory=lambda: np.zeros(1))
    """what a rover draws from its own battery, away from the station, beside its drives"""
    stored: float = 0.0
    """part of `work_kw` that goes into that battery and warms nothing"""


class Charging(Protocol):
    """What a rover with a battery of its own does on the bus (n,): 1 while it is there, what it charges with; and what
    keeps it warm away from it."""

    @property
    def charge_kw(self) -> Array:
        """What it charges with."""

    @property
    def at_station(self) -> Array:
        """1 in steps at the station."""

    @property
    def away_kw(self) -> Array:
        """Power drawn away, its drives left out."""


def loads(
    programme: Programme,
    standing: tuple[Standing, ...],
    hours: Hours,
    sky: Sky,
    crew: Presence,
    runs: Callable[[str], Array],
    warmed: tuple[Node, ...] = (),
    driven: Mapping[str, Charging] = MappingProxyType({}),
    before: Sequence[Load] = (),
) -> list[Load]:
    """Draw of every element from its use on; before that it lives from the lander that brought it.

    `keep_alive_kw` is vital: it is drawn at priority 1 at all times. While it works an element draws `load_kw` in
    all, the part above `keep_alive_kw` at its `load_priority`. `runs` gives the part of each step an experiment runs
    and the part of its full rate a process works at.
    What the heaters of `warmed` would draw, were all loads served, is vital too. A rover of `driven` works when it
    charges, and is on the bus only while it is at the station. Of loads asked `before`, only what `runs` or `driven`
    moves is asked again.
    """
    rows, same = programme.elements, {load.delivery.element: load for load in before}
    nodes = {node.delivery.element: node for node in warmed}
    found = []
    for delivery in standing:
        if delivery.element in same and delivery.table not in PLANNED and delivery.element not in driven:
            found.append(same[delivery.element])
            continue
        row, there = rows[delivery.element], hours.there(delivery)
        works = runs(delivery.element) if delivery.table in PLANNED else working(row, crew, sky)
        extra_kw = row.full_kw - row.keep_alive_kw
        bus = _bus(programme, delivery, row.supply_v)
        survive_kw, work_kw = row.keep_alive_kw * there, extra_kw * works * there
        heater_kw, away_kw, stored = np.zeros(len(there)), np.zeros(1), 0.0
        if isinstance(row, Rover) and delivery.element in driven:
            trips = driven[delivery.element]
            there, work_kw, away_kw = trips.at_station, trips.charge_kw, trips.away_kw
            survive_kw, stored = row.keep_alive_kw * there, row.charge_efficiency
        if row.heater_kw > 0.0 and delivery.element in nodes:
            warms_kw = survive_kw + work_kw * (1.0 - stored) + away_kw
            heater_kw = warmth(nodes[delivery.element], warms_kw).heater_kw * (there > 0.0)
        drawn_kw = survive_kw + heater_kw
        found.append(Load(delivery, bus, row.load_priority, drawn_kw, work_kw, heater_kw, away_kw, stored))
    return found


def by_priority(drawn: list[Load], buses: tuple[str, ...], n: int) -> Array:
    """Loads summed by bus and priority (n, buses, 9)."""
    total = np.zeros((len(buses), PRIORITIES, n))  # time last while summing: a load is then one stretch of memory
    for load in drawn:
        b = buses.index(load.bus)
        total[b, 0] += load.survive_kw
        total[b, load.priority - 1] += load.work_kw
    return np.ascontiguousarray(total.transpose(2, 0, 1))


def network(
    programme: Programme,
    standing: tuple[Standing, ...],
    hours: Hours,
    generation: dict[str, Array],
    drawn: list[Load],
    place: str = "",
) -> Network:
    """The power network of a place, the station's when none is named. A bus that no link in use reaches is joined by
    one that carries nothing."""
    n, kept, ways = len(hours.tdb_s), stores(programme, standing, hours), list(links(programme, standing, hours))
    main = bus_name(place or programme.station, MAIN_V)
    source_bus = buses_of(programme, standing)
    names = [load.bus for load in drawn if load.survive_kw.any() or load.work_kw.any()]
    names += [source_bus[element] for element in generation] + [store.bus for store in kept]
    names += [end for way in ways for end in (way.from_bus, way.to_bus)]
    buses = tuple(dict.fromkeys([main, *names]))
    ways += [Link("nothing", main, bus, np.zeros(n), 1.0) for bus in buses if bus not in joined(main, ways)]
    given = np.zeros((n, len(buses)))
    starters = tuple(_starters(programme, generation, source_bus))
    for element, kw in generation.items():
        if element not in {starter.name for starter in starters}:
            given[:, buses.index(source_bus[element])] += kw
    idle = [load for load in drawn if load.bus in buses]
    return Network(buses, given, by_priority(idle, buses, n), kept, tuple(ways), hours.step_h, starters)


def _starters(programme: Programme, generation: dict[str, Array], source_bus: dict[str, str]) -> Iterator[Starter]:
    """Sources that must be started before they give."""
    for element, kw in generation.items():
        row = programme.sources[element]
        if not isinstance(row, Radioisotope) and row.start_h > 0.0:
            yield Starter(element, source_bus[element], kw, row.start_kw, row.start_h)


def rule(programme: Programme, surviving: bool = True) -> SetPoints | None:
    """The set points a programme sheds loads by; None when its plan knows the light to come."""
    if programme.dispatch == "foresight":
        return None
    return SetPoints(programme.shed_below, programme.restore_above, surviving)


def as_started(done: Flow, generation: dict[str, Array], drawn: list[Load]) -> tuple[dict[str, Array], list[Load]]:
    """Generation and loads with what was started when, and what that drew."""
    if not done.network.starters:
        return generation, drawn
    gave = {starter.name: done.started_kw[:, g] for g, starter in enumerate(done.network.starters)}
    drew = {starter.name: done.starting_kw[:, g] for g, starter in enumerate(done.network.starters)}
    more = [
        replace(load, survive_kw=load.survive_kw + drew[load.delivery.element])
        if load.delivery.element in drew
        else load
        for load in drawn
    ]
    return {**generation, **gave}, more


def buses_of(programme: Programme, standing: tuple[Standing, ...]) -> dict[str, str]:
    """The bus of each element."""
    rows = programme.elements
    return {d.element: _bus(programme, d, rows[d.element].supply_v) for d in standing}


@dataclass(frozen=True)
class Powered:
    """Part of what was asked that was served (n, buses, 9), 1 where nothing was asked, and each element's bus."""

    fraction: Array
    bus: dict[str, int]

    def of(self, element: str, priority: int) -> Array:
        """The part one element's draw at a priority was served (n,)."""
        return np.asarray(self.fraction[:, self.bus.get(element, 0), priority - 1])


def powered(done: Flow, drawn: list[Load]) -> Powered:
    """What was served of each element's load."""
    asked = done.network.load_kw
    part = np.divide(done.served_kw, asked, out=np.ones_like(asked), where=asked > 0.0)
    place = {bus: b for b, bus in enumerate(done.network.buses)}
    return Powered(np.asarray(part), {load.delivery.element: place.get(load.bus, 0) for load in drawn})
