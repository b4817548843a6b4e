"""Named figures: what requirements may ask about, and the hourly series with their units."""

import math
from collections.abc import Iterator

import numpy as np

from malapert.programme.carriers import RESOURCES
from malapert.station import mining
from malapert.station.downlink import CLASSES
from malapert.station.hours import Array
from malapert.station.kits import best_within, lightest
from malapert.station.life import DIOXIDE_LIMIT_KPA
from malapert.station.processes import STORES, plant_yields, unit_runs
from malapert.station.results import CrewHours, DarkSpell, Lowest
from malapert.station.steps import Lived


def reserves_d(lived: Lived) -> dict[str, Array]:
    """Days each store lasts the people housed, and their leaks, if nothing is recovered (n,); nan with no crew.

    At the rate of the week: an hour outside would count as a day of them, an hour of sleep as none.
    """
    asked, day = lived.life.demand, lived.hours.utc.astype("datetime64[D]").astype(np.int64)
    week = day // 7 - day[0] // 7  # of the calendar, whenever the clock begins
    nominal = asked.nominal.sum(axis=1)
    share = np.divide(asked.nominal.T, nominal, out=np.zeros((2, len(nominal))), where=nominal > 0.0)
    flows = asked.flows
    suits = np.zeros((len(nominal), 2)) if asked.suits_kg is None else asked.suits_kg
    # In the hours of arrival and departure people are there for part of a step, but the habitat leaks through it all.
    there = asked.crewed > 0.0
    crewed_d = np.bincount(week, asked.crewed) * lived.hours.step_h / 24.0
    leaking_d = np.bincount(week, there) * lived.hours.step_h / 24.0
    leak_kg = np.where(there, asked.leak_kg, 0.0)
    use = {
        "oxygen": (flows["oxygen_kg"] + suits[:, 1], leak_kg * share[0]),
        "nitrogen": (np.zeros(len(week)), leak_kg * share[1]),
        "water": (flows["drink_kg"] + flows["hygiene_kg"] + suits[:, 0], np.zeros(len(week))),
        "food": (flows["food_kg"], np.zeros(len(week))),
    }
    days = {}
    for name, (taken_kg, leaked_kg) in use.items():
        rate = sum(
            np.divide(np.bincount(week, kg), time_d, out=np.zeros(len(time_d)), where=time_d > 0.0)
            for kg, time_d in ((taken_kg, crewed_d), (leaked_kg, leaking_d))
        )
        kg_d = np.where(there, np.asarray(rate)[week], 0.0)
        held = getattr(lived.life, f"{name}_kg")
        days[name] = np.divide(held, kg_d, out=np.full(len(week), np.nan), where=kg_d > 0.0)
    return days


def quantities(
    lived: Lived,
    power_on: int,
    spells: tuple[DarkSpell, ...],
    worst: DarkSpell | None,
    lowest: tuple[Lowest, ...],
    crew_hours: tuple[CrewHours, ...],
    kits: bool = True,
) -> dict[str, float]:
    """Every summary figure by name; nan where there was nothing to measure, or kits of spares were not looked for."""
    start_s = float(lived.hours.tdb_s[0])
    first_crew = lived.hours.first(lived.crew.anybody > 0.0)
    return {
        **_power(lived, power_on),
        "longest_dark_h": max((spell.hours for spell in spells), default=math.nan),
        "worst_dark_h": worst.hours if worst else math.nan,
        "worst_dark_charge_fraction": worst.lowest_charge_fraction if worst else math.nan,
        "worst_dark_margin_kw": worst.margin_kw if worst else math.nan,
        **{entry.quantity: entry.value for entry in lowest},
        **_heat(lived),
        **_life(lived),
        **_data(lived),
        **_trips(lived),
        **_work(lived, crew_hours),
        **_repairs(lived, kits),
        "samples_taken_kg": float(lived.samples.taken_kg.sum()),
        "samples_returned_kg": float(lived.samples.loaded_kg.sum()),
        "samples_left_kg": float(lived.samples.stock_kg.sum()),
        "first_power_d": (float(lived.hours.tdb_s[power_on]) - start_s) / 86400.0 if power_on >= 0 else math.nan,
        "first_crew_d": (float(lived.hours.tdb_s[first_crew]) - start_s) / 86400.0 if first_crew >= 0 else math.nan,
    }


def _power(lived: Lived, power_on: int) -> dict[str, float]:
    step_h, short = lived.hours.step_h, lived.unserved_kw
    before = short[:power_on, 0] if power_on >= 0 else short[:, 0]
    asked_kwh = float(lived.load_kw.sum()) * step_h
    return {
        "generated_kwh": float((lived.solar_kw + lived.firm_kw).sum()) * step_h,
        "asked_kwh": asked_kwh,
        "served_kwh": float(lived.served_kw.sum()) * step_h,
        "unserved_kwh": float(short.sum()) * step_h,
        "unserved_fraction": float(short.sum()) * step_h / asked_kwh if asked_kwh else math.nan,
        **{f"unserved_{q + 1}_kwh": float(short[:, q].sum()) * step_h for q in range(short.shape[1])},
        "vital_unserved_kwh": float(short[:, 0].sum()) * step_h,
        "vital_unserved_h": float(np.count_nonzero(short[:, 0])) * step_h,
        "vital_unserved_before_power_kwh": float(before.sum()) * step_h,
        "curtailed_kwh": float(lived.curtailed_kw.sum()) * step_h,
        "survival_h": float(np.count_nonzero(lived.power.surviving[max(power_on, 0) :])) * step_h,
        "sources_not_started": float(np.count_nonzero(~(lived.power.started_kw > 0.0).any(axis=0))),
    }


def _heat(lived: Lived) -> dict[str, float]:
    known = [found for found in lived.warmths if np.isfinite(found.temperature_k).any()]
    frozen = [np.count_nonzero(found.temperature_k < found.node.row.coldest_k) for found in known]
    return {
        "lowest_heat_margin_k": min((float(np.nanmin(found.margin_k)) for found in known), default=math.nan),
        "frozen_h": float(max(frozen, default=0)) * lived.hours.step_h,
        "heater_kwh": float(sum(found.heater_kw.sum() for found in known)) * lived.hours.step_h,
    }


def _life(lived: Lived) -> dict[str, float]:
    lives, step_h = lived.life, lived.hours.step_h
    crew_d = float(lived.crew.crew.sum()) * step_h / 24.0
    inside_d = float(lived.inside.sum()) * step_h / 24.0
    outside_d = float((lived.crew.people - lived.inside).sum()) * step_h / 24.0
    returned = float(lives.water_returned_kg.sum())
    breathed = float(lives.flow("oxygen_kg").sum())
    # What tanks gave up: all that came or was made of the ground, less all that is left, air in cabins apart.
    ground = {name: float(lives.made_kg(name, RESOURCES).sum()) for name in ("oxygen", "water")}
    made = float(lives.all_oxygen_made_kg.sum())
    came = lives.demand.delivered[:, :4].sum() + sum(ground.values())
    left = sum(float(getattr(lives, f"{name}_kg")[-1]) for name in STORES)
    return {
        **{f"{name}_short_kg": float(getattr(lives, f"{name}_short_kg").sum()) for name in STORES},
        **{f"{name}_short_h": float(np.count_nonzero(getattr(lives, f"{name}_short_kg"))) * step_h for name in STORES},
        "crew_d": crew_d,
        "crew_housed_d": inside_d,
        "crew_unhoused_d": outside_d,
        "water_closure": float(lives.all_water_recovered_kg.sum()) / returned if returned else math.nan,
        "oxygen_closure": (float(lives.all_oxygen_made_kg.sum()) - ground["oxygen"]) / breathed
        if breathed
        else math.nan,
        "oxygen_made_kg": made,
        "oxygen_from_ground_kg": ground["oxygen"],
        "water_from_ground_kg": ground["water"],
        **_units(lived),
        "consumed_kg": float(came - left),
        "consumed_kg_per_crew_d": float(came - left) / inside_d if inside_d else math.nan,
        "highest_dioxide_kpa": float(lives.dioxide_kpa.max()),
        "dioxide_high_h": float(np.count_nonzero(lives.dioxide_kpa > DIOXIDE_LIMIT_KPA)) * step_h,
        "vented_kg": float(sum(values.sum() for values in lives.vented.values())),
        "wasted_kg": float(sum(values.sum() for values in lives.wasted.values())),
    }


def _units(lived: Lived) -> dict[str, float]:
    plant = lived.life.demand.plant
    runs = list(unit_runs(plant, lived.life.ran_kg)) if plant else []
    yields = list(plant_yields(plant, lived.life.ran_kg)) if plant else []
    plants_kg = sum({one.element: one.plant_kg for one in yields}.values())
    return {
        "units_kwh": sum(run.energy_kwh for run in runs),
        "ground_yield_per_y": sum(one.yearly_kg for one in yields) / plants_kg if plants_kg else math.nan,
    }


def _trips(lived: Lived) -> dict[str, float]:
    made = tuple(mining.trips(lived.driven, lived.hours))
    return {
        "trips": float(sum(each.trips for each in made)),
        "driven_km": float(sum(each.trips * each.distance_km for each in made)),
        "hauled_kg": float(sum(each.hauled_kg for each in made)),
    }


def _data(lived: Lived) -> dict[str, float]:
    link = lived.link
    made, sent = float(link.made_gb.sum()), float(link.sent_gb.sum())
    every = link.latency()
    lost, classes = link.dropped_by_class_gb.sum(axis=0), range(CLASSES)
    places = [[e for e, source in enumerate(link.sources) if source.priority == c + 1] for c in classes]
    return {
        "data_made_gb": made,
        "downlinked_gb": sent,
        "data_dropped_gb": float(lost.sum()),
        **{f"data_dropped_{c + 1}_gb": float(lost[c]) for c in classes},
        "backlog_end_gb": float(link.backlog_gb[-1]),
        "data_returned_fraction": min(sent / made, 1.0) if made else math.nan,
        "latency_mean_h": link.mean_latency_h,
        "latency_median_h": every.median_h,
        "latency_p95_h": every.p95_h,
        "latency_max_h": every.worst_h,
        **{f"latency_{c + 1}_max_h": link.latency(places[c]).worst_h for c in classes},
        "link_fraction": float(np.mean(lived.sky.link_mbit_s > 0.0)),
    }


def _repairs(lived: Lived, kits: bool) -> dict[str, float]:
    mended, kinds = lived.mended, lived.mended.kinds(lived.programme)
    landed_kg = float(mended.landed_kg.sum())
    return {
        "failures": float(mended.failures.sum()),
        "repair_h": float(mended.crew_h.sum()),
        "robot_repair_h": float(mended.robot_h.sum()),
        "lowest_availability": float(mended.availability.min()) if mended.standing else math.nan,
        "spares_landed_kg": landed_kg,
        "spares_used_kg": float(mended.used_kg.sum()),
        "spares_left_kg": float(mended.stock_kg[-1]),
        "spares_recommended_kg": lightest(kinds).kg if kits else math.nan,
        "spares_sufficiency": best_within(kinds, landed_kg).sufficiency if kits else math.nan,
    }


def _work(lived: Lived, crew_hours: tuple[CrewHours, ...]) -> dict[str, float]:
    wanted_h, delivered_h = lived.table.wanted_h, lived.ran.sum(axis=1) * lived.hours.step_h
    asked = wanted_h > 0.0
    wanted, delivered = float(wanted_h.sum()), float(delivered_h.sum())
    return {
        "experiment_wanted_h": wanted,
        "experiment_h": delivered,
        "experiment_fulfilment": delivered / wanted if wanted else math.nan,
        "lowest_experiment_fulfilment": float((delivered_h[asked] / wanted_h[asked]).min())
        if asked.any()
        else math.nan,
        "crew_work_h": float(sum(hours.work_h for hours in crew_hours)),
        "crew_upkeep_h": float(sum(hours.upkeep_h for hours in crew_hours)),
        "crew_experiments_h": float(sum(hours.experiments_h for hours in crew_hours)),
        "crew_spare_h": float(sum(hours.spare_h for hours in crew_hours)),
        "exercise_h": float(sum(hours.exercise_h for hours in crew_hours)),
        "eva_h": float(sum(hours.eva_h for hours in crew_hours)),
        "evas": float(sum(one.evas.held for one in lived.time.stays)),
        "eva_fulfilment": _held(lived),
    }


def _held(lived: Lived) -> float:
    """EVAs held for each wanted; nan if none were wanted."""
    wanted = sum(one.evas.wanted for one in lived.time.stays)
    return sum(one.evas.held for one in lived.time.stays) / wanted if wanted else math.nan


def series(lived: Lived, days: dict[str, Array]) -> Iterator[tuple[str, Array, str, str]]:
    """Name, values (n,) or (n, 9), unit and what it is, of every hourly series."""
    power, lives, link = lived.power, lived.life, lived.link
    yield "solar_kw", lived.solar_kw, "kW", "what the solar arrays could give"
    yield "firm_kw", lived.firm_kw, "kW", "what reactors and radioisotope generators could give"
    yield "load_kw", lived.load_kw, "kW", "load asked, by priority"
    yield "served_kw", lived.served_kw, "kW", "load served, by priority"
    yield "unserved_kw", lived.unserved_kw, "kW", "load not served, by priority"
    yield "curtailed_kw", lived.curtailed_kw, "kW", "generation nobody could use"
    yield "charge_kw", np.asarray(power.charge_kw.sum(axis=1)), "kW", "into the stores"
    yield "discharge_kw", np.asarray(power.discharge_kw.sum(axis=1)), "kW", "out of the stores"
    yield "stored_kwh", lived.stored_kwh, "kWh", "usable energy held at the end of the hour"
    yield "capacity_kwh", lived.capacity_kwh, "kWh", "usable energy the stores can hold, after wear"
    yield "conversion_loss_kwh", np.asarray(power.store_loss_kwh.sum(axis=1)), "kWh", "lost in the stores"
    link_loss_kwh = np.asarray(power.link_loss_kw.sum(axis=1) * lived.hours.step_h)
    yield "link_loss_kwh", link_loss_kwh, "kWh", "lost in converters, cables and beams"
    if any(np.isfinite(found.temperature_k).any() for found in lived.warmths):
        margins = np.array([np.where(np.isfinite(w.margin_k), w.margin_k, np.inf) for w in lived.warmths])
        least = margins.min(axis=0)
        yield "heat_margin_k", np.where(np.isinf(least), np.nan, least), "K", "least distance from what anything bears"
    yield "crew", lived.crew.crew, "1", "people at the station"
    yield "crew_outside", lived.time.outside, "1", "people outside"
    yield "crew_housed", np.asarray(lived.inside.sum(axis=0)), "1", "people who live in its habitats"
    for name in STORES:
        yield f"{name}_kg", getattr(lives, f"{name}_kg"), "kg", f"{name} in store at the end of the hour"
        yield f"{name}_reserve_d", days[name], "d", f"days the {name} lasts the crew if nothing is recovered"
        yield f"{name}_short_kg", getattr(lives, f"{name}_short_kg"), "kg", f"{name} asked and not there, in the hour"
    yield "spares_kg", lived.mended.stock_kg[lived.hours.day], "kg", "spares in store at the end of the day"
    yield "cabin_oxygen_kg", lives.cabin_oxygen_kg, "kg", "oxygen in the habitats' air"
    yield "cabin_nitrogen_kg", lives.cabin_nitrogen_kg, "kg", "nitrogen in the habitats' air"
    yield "cabin_dioxide_kpa", lives.dioxide_kpa, "kPa", "carbon dioxide in the habitats' air"
    yield "water_recovered_kg", lives.all_water_recovered_kg, "kg", "used water won back in the hour"
    yield (
        "oxygen_made_kg",
        lives.all_oxygen_made_kg,
        "kg",
        "oxygen made of water, carbon dioxide or rock in the hour",
    )
    ground = sum((lives.made_kg(name, RESOURCES) for name in ("oxygen", "water")), np.zeros(len(lives.lived)))
    yield "ground_made_kg", ground, "kg", "oxygen and water made of what the ground gives, in the hour"
    for name in lives.beyond:
        yield f"{name}_kg", lives.carried(name), "kg", f"{name.replace('_', ' ')} held at the end of the hour"
    yield "vented_kg", np.asarray(sum(lives.vented.values())), "kg", "carbon dioxide, methane and air lost in the hour"
    yield "wasted_kg", np.asarray(sum(lives.wasted.values())), "kg", "brine, solids and leftovers in the hour"
    yield "experiments_running", np.asarray(lived.ran.sum(axis=0)), "1", "experiments running, by parts of the hour"
    yield "samples_kg", _samples_kg(lived), "kg", "samples waiting at the station for a way home"
    yield "data_made_gb", link.made_gb, "GB", "data made in the hour"
    yield "downlinked_gb", link.sent_gb, "GB", "data sent in the hour"
    yield "dropped_gb", link.dropped_gb, "GB", "data dropped because a memory was full, in the hour"
    yield "backlog_gb", link.backlog_gb, "GB", "data waiting at the end of the hour"
    yield "backlog_by_class_gb", link.backlog_by_class_gb, "GB", "the same by priority"
    if np.isfinite(lived.memory_gb).all():
        yield "memory_gb", lived.memory_gb, "GB", "common memory for data"
    if lived.driven:
        brought = mining.hauled_kg(lived.driven, len(lived.hours.tdb_s))
        none = np.zeros(len(lived.hours.tdb_s))
        yield "hauled_kg", sum(brought.values(), none), "kg", "ground that rovers bring in the hour"
        yield (
            "rovers_away",
            sum(((rover.away >= 0).astype(float) for rover in lived.driven), none),
            "1",
            "rovers on trips",
        )
        held = sum((rover.held_kwh for rover in lived.driven), none)
        yield "rovers_kwh", held, "kWh", "usable energy in rovers' batteries at the end of the hour"
        taken = sum((rover.charge_kw for rover in lived.driven), none)
        yield "rovers_charge_kw", taken, "kW", "what rovers charge with at the station"
    yield "link_mbit_s", lived.sky.link_mbit_s, "Mbit/s", "link to Earth"


def _samples_kg(lived: Lived) -> Array:
    """Samples at the station at the end of each step (n,)."""
    found = lived.samples
    held = np.cumsum(found.taken_kg.sum(axis=0))
    for stay, kg in zip(found.flights, found.loaded_kg.sum(axis=0), strict=True):
        held[np.searchsorted(lived.hours.tdb_s, stay.end_tdb_s) - 1 :] -= kg
    return np.asarray(np.maximum(held, 0.0))
