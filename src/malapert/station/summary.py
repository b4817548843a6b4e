"""From steps to answers: dark spells, shortages, lowest reserves, tables by element and partner, the books."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from malapert.constants import SECONDS_PER_HOUR
from malapert.programme.carriers import ELEMENTS, ICE, REGOLITH_OXYGEN
from malapert.station import accounts, mining
from malapert.station.crew import ACTIVITIES
from malapert.station.hours import Array
from malapert.station.life import AIRLOCK_USES_D, DIOXIDE_LIMIT_KPA
from malapert.station.month import fullest_month
from malapert.station.processes import STORES, plant_yields, unit_runs
from malapert.station.quantities import quantities, reserves_d, series
from malapert.station.results import (
    CrewHours,
    DarkSpell,
    DataMade,
    ElementEnergy,
    ElementWarmth,
    ExperimentResult,
    GivesWay,
    Lowest,
    Operations,
    SampleFlight,
    SamplesOf,
    StayEvas,
)
from malapert.station.steps import Lived
from malapert.station.week import busiest_week, months

Flags = NDArray[np.bool_]
# A store counts as full for its lowest charge once it got this far after it last grew.
FULL = 0.95
# The shortest darkness called a night survived.
NIGHT_H = 24.0


@dataclass(frozen=True)
class Figures:
    """What requirements ask about and what it comes from."""

    power_on: int
    spells: tuple[DarkSpell, ...]
    worst: DarkSpell | None
    lowest: tuple[Lowest, ...]
    crew_hours: tuple[CrewHours, ...]
    reserves_d: dict[str, Array]
    quantities: dict[str, float]


def figures(lived: Lived, kits: bool = True) -> Figures:
    """The figures alone: all that a requirement can ask about; those of kits of spares are dear."""
    power_on = lived.hours.first(lived.solar_kw + lived.firm_kw > 0.0)
    spells = tuple(dark_spells(lived, power_on))
    crew_hours = tuple(_crew_hours(lived))
    days = reserves_d(lived)
    lowest = tuple(_lowest(lived, days))
    worst = min(spells, key=lambda s: (-s.vital_unserved_kwh, s.margin_kw, -s.hours), default=None)
    numbers = quantities(lived, power_on, spells, worst, lowest, crew_hours, kits)
    return Figures(power_on, spells, worst, lowest, crew_hours, days, numbers)


def operations(lived: Lived, elsewhere: tuple[str, ...]) -> Operations:
    """Sum up what was lived."""
    found = figures(lived)
    data, elements = accounts.by_element(lived), tuple(_elements(lived))
    plant = lived.life.demand.plant
    survived = [s.end_tdb_s for s in found.spells if s.hours >= NIGHT_H and s.vital_unserved_kwh == 0.0]
    first_crew = lived.hours.first(lived.crew.anybody > 0.0)
    return Operations(
        series=_dataset(lived, found.reserves_d),
        quantities=found.quantities,
        residuals=_residuals(lived),
        first_power_tdb_s=_epoch(lived, found.power_on),
        first_dark_survived_tdb_s=min(survived, default=math.nan),
        first_crew_tdb_s=_epoch(lived, first_crew),
        worst_dark=found.worst,
        dark=found.spells,
        lowest=found.lowest,
        gives_way=tuple(sorted(_gives_way(lived, found.power_on), key=lambda g: (g.first_tdb_s, g.what))),
        elements=elements,
        warmths=tuple(_warmths(lived)),
        month=fullest_month(lived),
        units=tuple(unit_runs(plant, lived.life.ran_kg)) if plant else (),
        yields=tuple(plant_yields(plant, lived.life.ran_kg)) if plant else (),
        experiments=_experiments(lived, elements, data),
        samples=tuple(_samples(lived)),
        sample_flights=tuple(_sample_flights(lived)),
        data=data,
        data_classes=accounts.by_class(lived),
        data_partners=accounts.by_partner(lived),
        ways=accounts.ways(lived),
        stations=accounts.stations(lived),
        crew_hours=found.crew_hours,
        spares=accounts.spares(lived),
        evas=tuple(_evas(lived)),
        trips=tuple(mining.trips(lived.driven, lived.hours)),
        week=busiest_week(lived),
        crew_months=months(lived),
        elsewhere=elsewhere,
        notes=tuple(_notes(lived)),
        spell=xr.Dataset(),
    )


def _epoch(lived: Lived, step: int) -> float:
    return float(lived.hours.tdb_s[step]) if step >= 0 else math.nan


def settled(lived: Lived) -> Flags:
    """Steps in which the store has been full since it last grew: before that a low charge says only that it is new."""
    n = len(lived.hours.tdb_s)
    grew = np.diff(lived.capacity_kwh, prepend=0.0) > 0.0
    full = (lived.stored_kwh >= FULL * lived.capacity_kwh) & (lived.capacity_kwh > 0.0)
    steps = np.arange(n)
    last_grew = np.maximum.accumulate(np.where(grew, steps, -1))
    last_full = np.maximum.accumulate(np.where(full, steps, -2))
    return np.asarray((last_full >= last_grew) & (lived.capacity_kwh > 0.0))


def charge_fraction(lived: Lived) -> Array:
    """Usable energy held for each usable kWh of store, at the end of each step (n,); nan without a store."""
    capacity = lived.capacity_kwh
    empty = np.full(len(capacity), np.nan)
    return np.asarray(np.divide(lived.stored_kwh, capacity, out=empty, where=capacity > 0.0))


def dark_spells(lived: Lived, power_on: int) -> Iterator[DarkSpell]:
    """Every time without Sun that begins after first power."""
    if power_on < 0:
        return
    dark = lived.sky.sun_fraction == 0.0
    dark[:power_on] = False
    edges = np.flatnonzero(np.diff(np.r_[0, dark.astype(np.int8), 0]))
    charge = charge_fraction(lived)
    step_h = lived.hours.step_h
    # What stores hold counts as it would come out of the store least apt to give it.
    out = np.array([store.discharge_efficiency for store in lived.power.network.stores])
    worst_out = out.min(axis=0) if len(out) else np.ones(len(dark))
    lower_kw = lived.served_kw[:, 1:].sum(axis=1)
    for first, end in zip(edges[::2], edges[1::2], strict=True):
        spell = slice(first, end)
        missing_kwh = float(lived.unserved_kw[spell, 0].sum()) * step_h
        lowest = first + int(np.argmin(lived.stored_kwh[spell]))
        held_kwh = lived.stored_kwh[lowest] * worst_out[lowest]
        spare_kwh = float(lower_kw[first : lowest + 1].sum()) * step_h + held_kwh
        spare_kwh += float(lived.curtailed_kw[first : lowest + 1].sum()) * step_h
        hours = float(end - first) * step_h
        margin_kw = -missing_kwh / hours if missing_kwh > 0.0 else spare_kwh / (float(lowest + 1 - first) * step_h)
        start_tdb_s = float(lived.hours.tdb_s[first])
        fraction = float(np.nanmin(charge[spell])) if np.isfinite(charge[spell]).any() else math.nan
        end_tdb_s = start_tdb_s + hours * SECONDS_PER_HOUR
        yield DarkSpell(start_tdb_s, end_tdb_s, hours, fraction, missing_kwh, float(margin_kw))


def _gives_way(lived: Lived, power_on: int) -> Iterator[GivesWay]:
    step_h = lived.hours.step_h
    vital_kwh = lived.unserved_kw[:, 0] * step_h
    before = np.arange(len(vital_kwh)) < (power_on if power_on >= 0 else len(vital_kwh))
    unhoused_d = (lived.crew.people - lived.inside).sum(axis=0) * step_h / 24.0
    short = {
        "vital power before any source": (np.where(before, vital_kwh, 0.0), "kWh"),
        "vital power": (np.where(before, 0.0, vital_kwh), "kWh"),
        **{name: (getattr(lived.life, f"{name}_short_kg"), "kg") for name in STORES},
        "carbon dioxide in the cabin": (
            np.maximum(lived.life.dioxide_kpa - DIOXIDE_LIMIT_KPA, 0.0) * step_h,
            f"kPa h above {DIOXIDE_LIMIT_KPA:g} kPa",
        ),
        "room for data": (lived.link.dropped_gb, "GB"),
        "room for the crew": (unhoused_d, "person-days in the lander"),
    }
    for found in lived.warmths:
        cold, name = found.node.row, lived.programme.elements[found.node.delivery.element].title
        below = np.nan_to_num(cold.coldest_k - found.temperature_k)
        above = np.nan_to_num(found.temperature_k - cold.warmest_k)
        title = name or found.node.delivery.element
        short[f"{title} freezes"] = (np.maximum(below, 0.0) * step_h, "K h")
        short[f"{title} overheats"] = (np.maximum(above, 0.0) * step_h, "K h")
    for what, (amount, unit) in short.items():
        first = lived.hours.first(amount > 0.0)
        if first >= 0:
            hours = float(np.count_nonzero(amount)) * step_h
            yield GivesWay(what, _epoch(lived, first), float(amount.sum()), unit, hours)


def _lowest(lived: Lived, days: dict[str, Array]) -> Iterator[Lowest]:
    charge, ready = charge_fraction(lived), settled(lived)
    watched = np.where(ready, charge, np.nan) if ready.any() else charge
    found = {"lowest_charge_fraction": (watched, "", -1.0)}
    found |= {f"{name}_reserve_d": (values, "d", -1.0) for name, values in days.items()}
    found["backlog_gb"] = (lived.link.backlog_gb, "GB", 1.0)
    for name, (values, unit, sign) in found.items():
        if np.isfinite(values).any():
            at = int(np.nanargmax(np.where(np.isfinite(values), sign * values, np.nan)))
            yield Lowest(name, float(values[at]), unit, _epoch(lived, at))
        else:
            yield Lowest(name, math.nan, unit, math.nan)


def _elements(lived: Lived) -> Iterator[ElementEnergy]:
    step_h, total = lived.hours.step_h, lived.solar_kw + lived.firm_kw
    used = 1.0 - np.divide(lived.curtailed_kw, total, out=np.zeros_like(total), where=total > 0.0)
    for load in lived.drawn:
        here = load.delivery
        source = lived.generation.get(here.element)
        asked = load.survive_kw + load.work_kw
        served = load.survive_kw * lived.powered.of(here.element, 1)
        served = served + load.work_kw * lived.powered.of(here.element, load.priority)
        given = (0.0, 0.0) if source is None else (source, source * used)
        sums = [float(np.sum(kw)) * step_h for kw in (*given, asked, served)]
        yield ElementEnergy(here.element, here.table, here.partner, *sums)


def _warmths(lived: Lived) -> Iterator[ElementWarmth]:
    step_h = lived.hours.step_h
    for found in lived.warmths:
        if not np.isfinite(found.temperature_k).any():
            continue
        low, high = int(np.nanargmin(found.temperature_k)), int(np.nanargmax(found.temperature_k))
        row = found.node.row
        yield ElementWarmth(
            found.node.delivery.element,
            found.node.delivery.partner,
            float(found.temperature_k[low]),
            _epoch(lived, low),
            float(found.temperature_k[high]),
            _epoch(lived, high),
            row.coldest_k,
            row.warmest_k,
            float(np.count_nonzero(found.temperature_k < row.coldest_k)) * step_h,
            float(np.count_nonzero(found.temperature_k > row.warmest_k)) * step_h,
            float(found.heater_kw.sum()) * step_h,
        )


def _experiments(
    lived: Lived,
    elements: tuple[ElementEnergy, ...],
    data: tuple[DataMade, ...],
) -> tuple[ExperimentResult, ...]:
    step_h, served = lived.hours.step_h, {energy.element: energy.served_kwh for energy in elements}
    back = {entry.element: entry for entry in data}
    accounts = {account.element: account for account in lived.table.accounts}
    results = []
    for k, delivery in enumerate(lived.table.standing):
        account = accounts.get(delivery.element)
        gb = back.get(delivery.element)
        results.append(
            ExperimentResult(
                delivery.element,
                delivery.partner,
                wanted_h=float(lived.table.wanted_h[k]),
                possible_h=float(lived.table.possible[k].sum()) * step_h,
                planned_h=float(lived.table.runs[k].sum()) * step_h,
                delivered_h=float(lived.ran[k].sum()) * step_h,
                made_gb=gb.made_gb if gb else 0.0,
                returned_gb=gb.returned_gb if gb else 0.0,
                crew_h=float(lived.hands_h[k].sum()),
                eva_h=float(lived.outside_h[k].sum()),
                energy_kwh=served[delivery.element],
                entitled_h=account.entitled_h if account and lived.table.shares else math.nan,
                held_by=account.held_by if account else "",
                why=account.why if account else "",
            )
        )
    return tuple(results)


def _samples(lived: Lived) -> Iterator[SamplesOf]:
    found = lived.samples
    for k, delivery in enumerate(found.order):
        if lived.programme.experiment[delivery.element].samples_kg_d > 0.0:
            sums = (float(kg) for kg in (found.taken_kg[k].sum(), found.loaded_kg[k].sum(), found.stock_kg[k]))
            yield SamplesOf(delivery.element, delivery.partner, *sums)


def _sample_flights(lived: Lived) -> Iterator[SampleFlight]:
    found = lived.samples
    for f, stay in enumerate(found.flights):
        if found.room_kg[f] > 0.0:
            yield SampleFlight(stay.flight, stay.end_tdb_s, float(found.room_kg[f]), float(found.loaded_kg[:, f].sum()))


def _crew_hours(lived: Lived) -> Iterator[CrewHours]:
    """Hours by partner, those of a stay evenly over its people; what experiments use of a day, over that day's."""
    daily = {activity: lived.time.daily_h(activity) for activity in ACTIVITIES}
    busy = _shared(daily["work"], lived.hands_h)
    mended = _shared(daily["work"], lived.time.repair_h[None, :])
    columns = (
        daily["work"] + daily["upkeep"],
        daily["upkeep"] + mended,
        busy,
        daily["eva"],
        _shared(daily["eva"], lived.outside_h),
        *(daily[activity] for activity in ("preparation", "exercise", "sleep", "personal")),
        mended,
    )
    sums: dict[str, list[float]] = {}
    for k, stay in enumerate(lived.crew.stays):
        person_days = float(lived.crew.people[k].sum()) * lived.hours.step_h / 24.0
        for member in stay.members:
            mine = sums.setdefault(member, [0.0] * (1 + len(columns)))
            for column, amount in enumerate((person_days, *(table[k].sum() for table in columns))):
                mine[column] += float(amount) / len(stay.members)
    for partner in sorted(sums):
        yield CrewHours(partner, *sums[partner])


def _shared(free_h: Array, used_h: Array) -> Array:
    """Hours (experiments, days) used of those the stays have (stays, days), as each stay's part of them."""
    total = free_h.sum(axis=0)
    return np.asarray(free_h * np.divide(used_h.sum(axis=0), total, out=np.zeros_like(total), where=total > 0.0))


def _evas(lived: Lived) -> Iterator[StayEvas]:
    for k, one in enumerate(lived.time.stays):
        if one.row.evas_per_week is not None:
            evas, outside_h = one.evas, float(lived.time.eva_h(k).sum())
            refused = (dict(evas.refused), evas.first_refused_tdb_s, evas.first_because)
            stay = one.stay
            yield StayEvas(stay.crew, stay.flight, stay.start_tdb_s, evas.wanted, evas.held, outside_h, *refused)


def _residuals(lived: Lived) -> dict[str, float]:
    energy = lived.power.residual_kwh
    atoms = lived.life.residual_kg()
    time = lived.time
    overdrawn_h = max(
        float((used.sum(axis=0) - time.daily_h(activity).sum(axis=0)).max(initial=0.0))
        for used, activity in ((np.vstack([lived.hands_h, time.repair_h]), "work"), (lived.outside_h, "eva"))
    )
    unaccounted_h = float(np.abs(time.hours_h.sum(axis=0) - lived.crew.crew * lived.hours.step_h).max())
    names = dict(zip(ELEMENTS, ("carbon_kg", "hydrogen_kg", "oxygen_kg", "nitrogen_kg", "minerals_kg"), strict=True))
    return {
        "energy_kwh": float(np.abs(energy).max()),
        "mass_kg": float(np.abs(lived.life.mass_residual_kg()).max()),
        **{names[symbol]: float(np.abs(atoms[:, k]).max()) for k, symbol in enumerate(ELEMENTS)},
        "heat_kwh": max((float(np.abs(found.residual_kwh).max()) for found in lived.warmths), default=0.0),
        "rover_kwh": max((float(rover.residual_kwh.max()) for rover in lived.driven), default=0.0),
        "samples_kg": lived.samples.residual_kg,
        "data_gb": float(np.abs(lived.link.residual_gb).max()),
        "data_by_element_gb": float(np.abs(lived.link.source_residual_gb).max(initial=0.0)),
        "crew_h": max(overdrawn_h, unaccounted_h),
        "spares_kg": float(np.abs(lived.mended.residual_kg).max()),
    }


def _dataset(lived: Lived, days: dict[str, Array]) -> xr.Dataset:
    by_priority = ("time", "priority")
    variables = {
        name: (by_priority if values.ndim == 2 else ("time",), values, {"units": unit, "long_name": text})
        for name, values, unit, text in series(lived, days)
    }
    coords = {"time": lived.hours.utc.astype("datetime64[ns]"), "priority": np.arange(1, lived.load_kw.shape[1] + 1)}
    done = xr.Dataset(variables, coords=coords)
    went = accounts.sent_by_way(lived)
    if went:
        told = {"units": "GB", "long_name": "data sent each way to the Earth in the hour"}
        done = done.assign(sent_by_way_gb=(("way", "time"), np.array(list(went.values())), told))
        done = done.assign_coords(way=list(went))
    return done


def _notes(lived: Lived) -> Iterator[str]:
    if not lived.sky.distance_known:
        yield "Sunlight is that at 1 au throughout, up to 3.4 % off: the light series brings no sun_distance_au."
    yield "Stores of electricity arrive empty unless they say otherwise; the one that can give longest gives first."
    yield "Until its use begins an element lives from the lander that brought it; then its keep-alive load is vital."
    points = lived.programme
    if points.dispatch == "foresight":
        yield "The bus knows the light to come and keeps what higher priorities need before the next Sun."
    else:
        yield (
            f"Loads are shed by set points: below {points.shed_below:.0%} of charge only vital ones are fed, until the"
            f" stores are at {points.restore_above:.0%}. Nothing is foreseen."
        )
    yield "Habitats and rovers work while anybody is at the station, rovers also with a link to Earth."
    if lived.driven:
        yield "A rover with a battery draws from the bus only what charges it and keeps it alive there."
        yield "A trip's energy is spread evenly over its hours; people on trips keep their other hours."
    yield "What a crewed lander brings is of use for its crew's stay; what its tanks hold after stays in the books."
    yield "People who find no bed in a habitat live in their lander, from its own stores."
    yield "A crew's day begins at 0 h UTC with sleep; an EVA takes its hours from that day's work, then from exercise."
    if any(one.row.evas_per_week is None for one in lived.time.stays):
        yield f"Where a crew plans no EVAs the airlock opens {AIRLOCK_USES_D:g} times a day (unsourced)."
    yield "A supply's landed mass is all consumable; its tank is not counted."
    if lived.life.demand.plant is not None:
        yield "What units take is left to them, the rest to the habitats' recovery; gases without a tank go overboard."
        yield f"Icy regolith holds {ICE:.1%} of water; regolith {REGOLITH_OXYGEN:.1%} of oxygen, as Apollo 16 soils do."
    if lived.warmths and not lived.sky.ground_k.any():
        yield "Radiators see no ground: the light series brings no ground_k."
    if lived.mended.standing:
        yield "Failures and repairs are means that take crew hours and spares, not power: chance is in the histories."
    if np.isinf(lived.memory_gb).all():
        yield "The memory for data has no limit: no element but experiments declares a buffer_gb."
    else:
        yield "A full memory drops the newest data of the lowest class in it."
