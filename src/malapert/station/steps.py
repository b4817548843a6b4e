"""Every step worked out: power, life support, experiments and data, before they are summed up."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
import xarray as xr

from malapert.logistics.plan import Plan
from malapert.programme import Programme
from malapert.station import bus, experiments, heat, life, mining, processes, traverses
from malapert.station.books import Life
from malapert.station.bus import Powered
from malapert.station.crew import CrewTime, crew_time
from malapert.station.downlink import GB_PER_MBIT_S_HOUR, Downlink, Source, queue
from malapert.station.heat import Node, Warmth, warmth
from malapert.station.hours import Array, Hours, Presence, Sky, Standing, hours_and_sky, on_site, presence
from malapert.station.network import Flow
from malapert.station.power_flow import flow
from malapert.station.processes import Plant
from malapert.station.samples import Samples, samples
from malapert.station.spares import Repairs, repairs

# Each round plans experiment hours and units' work away from where the last dispatch had no power; more rounds change
# little.
PLANNING_ROUNDS = 3


@dataclass(frozen=True)
class Lived:
    """Everything worked out step by step, before it is summed up."""

    programme: Programme
    standing: tuple[Standing, ...]
    hours: Hours
    sky: Sky
    crew: Presence
    inside: Array
    generation: dict[str, Array]
    solar: tuple[str, ...]
    drawn: list[bus.Load]
    power: Flow
    powered: Powered
    table: experiments.Timetable
    time: CrewTime
    mended: Repairs
    life: Life
    link: Downlink
    memory_gb: Array
    """Common memory for data (n,); inf when the programme declares none."""
    warmths: tuple[Warmth, ...] = ()
    driven: tuple[traverses.Driven, ...] = ()
    bears: dict[str, heat.Flags] = field(default_factory=dict)
    """Steps in which instruments with a radiator neither freeze nor overheat (n,)."""

    @cached_property
    def source_bus(self) -> dict[str, str]:
        """The bus of each element."""
        return bus.buses_of(self.programme, self.standing)

    @cached_property
    def solar_kw(self) -> Array:
        """Sum of the solar arrays (n,)."""
        return sum((self.generation[name] for name in self.solar), np.zeros(len(self.hours.tdb_s)))

    @cached_property
    def firm_kw(self) -> Array:
        """Sum of the reactors (n,)."""
        firm = (values for name, values in self.generation.items() if name not in self.solar)
        return sum(firm, np.zeros(len(self.hours.tdb_s)))

    @cached_property
    def load_kw(self) -> Array:
        """Load asked of all buses, by priority (n, 9)."""
        return _over_buses(self.power.network.load_kw)

    @cached_property
    def served_kw(self) -> Array:
        """Load served on all buses, by priority (n, 9)."""
        return _over_buses(self.power.served_kw)

    @cached_property
    def curtailed_kw(self) -> Array:
        """Generation nobody could use (n,)."""
        return np.asarray(self.power.curtailed_kw.sum(axis=1))

    @cached_property
    def stored_kwh(self) -> Array:
        """Usable energy held by all stores at the end of each step (n,)."""
        return np.asarray(self.power.energy_kwh.sum(axis=1))

    @cached_property
    def capacity_kwh(self) -> Array:
        """Usable energy all stores can hold, after wear (n,)."""
        return np.asarray(self.power.capacity_kwh.sum(axis=1))

    @cached_property
    def unserved_kw(self) -> Array:
        """Load not served (n, 9); a part in a billion of a load is rounding."""
        short = self.load_kw - self.served_kw
        return np.asarray(np.where(short > 1e-9 * self.load_kw, short, 0.0))

    @cached_property
    def ran(self) -> Array:
        """Part of each step each experiment really ran (experiments, n)."""
        return np.array(
            [
                self.table.runs[k] * running(self.programme, delivery.element, self.powered)
                for k, delivery in enumerate(self.table.standing)
            ]
        ).reshape(len(self.table.standing), len(self.hours.tdb_s))

    @cached_property
    def samples(self) -> Samples:
        """What experiments took and what went home, by the plan's rights or those the landed mass gives."""
        shares = self.table.shares or experiments.entitled_shares(self.programme, self.standing)
        return samples(self.programme, self.table.standing, self.ran, self.crew.stays, self.hours, shares)

    @cached_property
    def hands_h(self) -> Array:
        """Crew hours each experiment used inside each day (experiments, days): those set aside, for the part it ran."""
        return np.asarray(self.table.hands_h * self._ran_part)

    @cached_property
    def outside_h(self) -> Array:
        """The same of hours outside (experiments, days)."""
        return np.asarray(self.table.outside_h * self._ran_part)

    @cached_property
    def _ran_part(self) -> Array:
        """Part of what was planned each day that each experiment really ran (experiments, days)."""
        days, parts = self.table.hands_h.shape[1], np.zeros_like(self.table.hands_h)
        for k, ran in enumerate(self.ran):
            if self.table.hands_h[k].any() or self.table.outside_h[k].any():
                planned = np.bincount(self.hours.day, self.table.runs[k], days)
                done = np.bincount(self.hours.day, ran, days)
                parts[k] = np.minimum(np.divide(done, planned, out=np.zeros(days), where=planned > 0.0), 1.0)
        return parts


def _over_buses(values: Array) -> Array:
    """Values (n, buses, 9) summed over buses; most stations have one, and then nothing is added."""
    return np.asarray(values[:, 0] if values.shape[1] == 1 else values.sum(axis=1))


def running(programme: Programme, experiment: str, powered: Powered) -> Array | float:
    """Part of a planned step an experiment has power for: that of its own priority, or of the vital loads if it draws
    nothing above its keep-alive; an experiment that draws nothing needs none."""
    row = programme.experiment[experiment]
    if row.load_kw > row.keep_alive_kw:
        return powered.of(experiment, row.load_priority)
    return powered.of(experiment, 1) if row.keep_alive_kw > 0.0 else 1.0


def lived(programme: Programme, plan: Plan, light: xr.Dataset, planned: experiments.Timetable | None = None) -> Lived:
    """All steps of one station, before they are summed up; experiments run as `planned`, or by rank without a plan."""
    hours, sky = hours_and_sky(light)
    standing, crew = on_site(programme, plan), presence(programme, plan, hours)
    inside = life.housed(programme, standing, hours, crew)
    time = crew_time(programme, hours, sky, crew)
    mended = repairs(programme, standing, hours, crew, time.free_h)
    time = replace(time, repair_h=mended.crew_h)
    warmed = heat.nodes(programme, standing, hours, sky, life.warm_kw(time, crew, inside))
    generation = bus.generation_kw(programme, standing, hours, sky)
    solar = tuple(d.element for d in standing if d.table == "solar_array")
    bears = heat.bearable(warmed, programme.experiment)
    table = planned or experiments.timetable(programme, standing, hours, sky, crew, time, None, bears)
    fleets = traverses.fleets(programme, standing, hours, sky, crew, light)
    driven = traverses.drive(fleets)
    plant = processes.plant(programme, standing, hours, mining.hauled_kg(driven, len(hours.tdb_s)))
    asked = life.demand(programme, standing, hours, crew, inside, time, None, plant)
    works = part = processes.full(plant, len(hours.tdb_s))
    drawn: list[bus.Load] = []
    for rounds_left in reversed(range(PLANNING_ROUNDS)):
        runs = _runs(table, plant, works)
        drawn = bus.loads(programme, standing, hours, sky, crew, runs, warmed, traverses.by_name(driven), drawn)
        power = flow(bus.network(programme, standing, hours, generation, drawn), set_points=bus.rule(programme))
        powered = bus.powered(power, drawn)
        if not rounds_left:
            break
        better = planned or experiments.timetable(programme, standing, hours, sky, crew, time, powered, bears, table)
        further = traverses.drive(fleets, powered)
        if not traverses.alike(driven, further):
            plant = processes.plant(programme, standing, hours, mining.hauled_kg(further, len(hours.tdb_s)))
            asked = life.demand(programme, standing, hours, crew, inside, time, None, plant)
        part = processes.served(plant, powered, works, part)
        wiser = life.works(asked, part)
        settled = np.array_equal(better.runs, table.runs) and np.array_equal(wiser, works)
        if settled and traverses.alike(driven, further):
            break
        table, works, driven = better, wiser, further
    driven = traverses.given(driven, powered)
    plant = processes.plant(programme, standing, hours, mining.hauled_kg(driven, len(hours.tdb_s)))
    asked = life.demand(programme, standing, hours, crew, inside, time, powered, plant)
    generation, drawn = bus.as_started(power, generation, drawn)
    lives = life.live(asked, works * processes.served(plant, powered, works, part))
    memory_gb = _memory_gb(programme, standing, hours)
    link = queue(_made(programme, standing, hours, table, powered), sky.link_mbit_s, memory_gb, hours.step_h)
    return Lived(
        programme,
        standing,
        hours,
        sky,
        crew,
        inside,
        generation,
        solar,
        drawn,
        power,
        powered,
        table,
        time,
        mended,
        lives,
        link,
        memory_gb,
        tuple(_warmth(node, drawn, power, powered) for node in warmed),
        driven,
        bears,
    )


def _warmth(node: Node, drawn: list[bus.Load], power: Flow, powered: Powered) -> Warmth:
    """One node with the power its element really got; a store is warmed by what it loses."""
    load = next(load for load in drawn if load.delivery == node.delivery)
    vital = powered.of(node.delivery.element, 1)
    heater_kw = load.heater_kw * vital
    work_kw = load.work_kw * powered.of(node.delivery.element, load.priority)
    got_kw = load.survive_kw * vital - heater_kw + work_kw * (1.0 - load.stored) + load.away_kw
    for s, store in enumerate(power.network.stores):
        if store.name == node.delivery.element:
            got_kw = got_kw + power.store_loss_kwh[:, s] / power.network.step_h
    return warmth(node, np.asarray(got_kw), np.asarray(heater_kw))


def _runs(table: experiments.Timetable, plant: Plant | None, works: Array) -> Callable[[str], Array]:
    """Part of each step an experiment runs, or of its full rate a unit works at, by element."""
    units = {unit.name: works[:, u] for u, unit in enumerate(plant.units)} if plant else {}
    known = {delivery.element for delivery in table.standing}
    none = np.zeros(table.runs.shape[1])
    return lambda element: table.of(element) if element in known else units.get(element, none)


def _memory_gb(programme: Programme, standing: tuple[Standing, ...], hours: Hours) -> Array:
    """Common memory for data (n,): that of all that stands but experiments, which keep their own; without limit when
    nothing of the programme declares any."""
    rows = {name: row.buffer_gb for name, row in programme.elements.items() if name not in programme.experiment}
    if not any(rows.values()):
        return np.full(len(hours.tdb_s), np.inf)
    kept = ((rows[d.element] or 0.0) * hours.there(d) for d in standing if d.element in rows)
    return sum(kept, np.zeros(len(hours.tdb_s)))


def _made(
    programme: Programme,
    standing: tuple[Standing, ...],
    hours: Hours,
    table: experiments.Timetable,
    powered: Powered,
) -> list[Source]:
    """What makes data: experiments while they run, equipment while it is served."""
    made: list[Source] = []
    for k, delivery in enumerate(table.standing):
        row = programme.experiment[delivery.element]
        if row.data_mbit_s > 0.0:
            ran = table.runs[k] * running(programme, delivery.element, powered)
            gb = np.asarray(ran * row.data_mbit_s * GB_PER_MBIT_S_HOUR * hours.step_h)
            made.append(Source(delivery.element, row.data_priority, gb, row.buffer_gb or np.inf))
    for delivery in standing:
        if delivery.table == "equipment" and programme.equipment[delivery.element].data_gb > 0.0:
            kept = programme.equipment[delivery.element]
            works = powered.of(delivery.element, kept.load_priority if kept.load_kw > kept.keep_alive_kw else 1)
            gb = np.asarray(kept.data_gb * hours.step_h / 24.0 * hours.there(delivery) * works)
            made.append(Source(delivery.element, kept.data_priority, gb))
    return made
