"""From elements in use to what the bus sees: generation, one merged store, and loads by priority."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from malapert.programme import Programme
from malapert.programme.elements import Element, Habitat, Rover, SolarArray
from malapert.station.hours import Array, Hours, Presence, Sky, Standing
from malapert.station.power import Dispatch, dispatch

PRIORITIES = 9
_YEAR_S = 365.25 * 86400.0


@dataclass(frozen=True)
class Store:
    """All stores as one, each value (n,): usable capacity, limits, and efficiencies weighted by usable capacity."""

    capacity_kwh: Array
    charge_kw: Array
    discharge_kw: Array
    charge_efficiency: Array
    discharge_efficiency: Array


def array_kw(row: SolarArray, delivery: Standing, hours: Hours, sky: Sky) -> Array:
    """Output of one Sun-tracking array (n,): rated power, part of the disk in view, distance of the Sun, age and dust.

    Age takes `degradation` of what is left each year since use; dust takes `dust_loss` throughout.
    """
    age_y = np.maximum(hours.tdb_s - delivery.use_tdb_s, 0.0) / _YEAR_S if np.isfinite(delivery.use_tdb_s) else 0.0
    kept = (1.0 - row.degradation) ** age_y * (1.0 - row.dust_loss)
    return np.asarray(row.power_kw * kept * sky.sun_fraction * sky.irradiance * hours.there(delivery))


def generation_kw(programme: Programme, standing: tuple[Standing, ...], hours: Hours, sky: Sky) -> dict[str, Array]:
    """What each source could give (n,), by element: solar arrays first, then reactors."""
    arrays = (d for d in standing if d.table == "solar_array")
    reactors = (d for d in standing if d.table == "reactor")
    return {
        **{d.element: array_kw(programme.solar_array[d.element], d, hours, sky) for d in arrays},
        **{d.element: programme.reactor[d.element].power_kw * hours.there(d) for d in reactors},
    }


def merged_store(programme: Programme, standing: tuple[Standing, ...], hours: Hours) -> Store:
    """The stores in use as one. A store that comes into use brings no energy: it arrives empty."""
    n = len(hours.tdb_s)
    capacity, charge, discharge = np.zeros(n), np.zeros(n), np.zeros(n)
    weighted_in, weighted_out = np.zeros(n), np.zeros(n)
    for delivery in standing:
        if delivery.table not in ("battery", "fuel_cell"):
            continue
        row, there = programme.storage[delivery.element], hours.there(delivery)
        usable = row.capacity_kwh * row.depth * there
        capacity += usable
        charge += row.charge_kw * there
        discharge += row.discharge_kw * there
        weighted_in += row.charge_efficiency * usable
        weighted_out += row.discharge_efficiency * usable
    some = np.maximum(capacity, 1e-300)
    into = np.where(capacity > 0.0, np.minimum(weighted_in / some, 1.0), 1.0)
    out = np.where(capacity > 0.0, np.minimum(weighted_out / some, 1.0), 1.0)
    return Store(capacity, charge, discharge, into, out)


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
    """One element's draw (n,): to survive, at priority 1, and to work, at its own."""

    delivery: Standing
    priority: int
    survive_kw: Array
    work_kw: Array


def loads(
    programme: Programme,
    standing: tuple[Standing, ...],
    hours: Hours,
    sky: Sky,
    crew: Presence,
    runs: Callable[[str], Array],
) -> list[Load]:
    """Draw of every element from its use on; before that it lives from the lander that brought it.

    `keep_alive_kw` is vital: it is drawn at priority 1 at all times. While it works an element draws `load_kw` in
    all, the part above `keep_alive_kw` at its `load_priority`. `runs` gives the part of each step an experiment runs.
    """
    rows = programme.elements
    found = []
    for delivery in standing:
        row, there = rows[delivery.element], hours.there(delivery)
        works = runs(delivery.element) if delivery.table == "experiment" else working(row, crew, sky)
        extra_kw = max(row.load_kw - row.keep_alive_kw, 0.0)
        found.append(Load(delivery, row.load_priority, row.keep_alive_kw * there, extra_kw * works * there))
    return found


def by_priority(drawn: list[Load], n: int) -> Array:
    """Loads summed by priority (n, 9)."""
    total = np.zeros((n, PRIORITIES))
    for load in drawn:
        total[:, 0] += load.survive_kw
        total[:, load.priority - 1] += load.work_kw
    return total


def served_fraction(load_kw: Array, done: Dispatch) -> Array:
    """Part of each priority's load that was served (n, 9); 1 where nothing was asked."""
    return np.asarray(np.divide(done.served_kw, load_kw, out=np.ones_like(load_kw), where=load_kw > 0.0))


def dispatched(
    generation: dict[str, Array],
    solar: tuple[str, ...],
    load_kw: Array,
    store: Store,
    step_h: float,
) -> Dispatch:
    """The bus, with foresight, from an empty store."""
    n = len(load_kw)
    solar_kw = sum((generation[name] for name in solar), np.zeros(n))
    firm_kw = sum((values for name, values in generation.items() if name not in solar), np.zeros(n))
    return dispatch(
        solar_kw,
        firm_kw,
        load_kw,
        store.capacity_kwh,
        store.charge_kw,
        store.discharge_kw,
        store.charge_efficiency,
        store.discharge_efficiency,
        0.0,
        step_h,
    )
