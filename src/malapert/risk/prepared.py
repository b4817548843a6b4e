"""The elements of a plan's station and the days they live through, prepared once for all histories."""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import xarray as xr

from malapert.logistics.plan import Plan
from malapert.programme import Programme
from malapert.risk.columns import FACTS, NEVER
from malapert.risk.draws import Array, Indices, Levers
from malapert.station.arrays import array_kw
from malapert.station.books import CABIN_NITROGEN_KG_M3, CABIN_OXYGEN_KG_M3
from malapert.station.bus import working
from malapert.station.crew import crew_time, mean_day
from malapert.station.experiments import possible, ranked
from malapert.station.hours import Hours, Presence, Sky, Standing, hours_and_sky, on_site, presence
from malapert.station.life import AIRLOCK_USES_D, airlock_uses, metabolisms

PER_PERSON: Final = ("oxygen", "drink", "food", "dioxide", "back")
_YEAR_D: Final = 365.25


@dataclass(frozen=True)
class Station:
    """The elements at the station and the days they live through; E elements, D days, A arrays, X experiments.

    `facts` (E, F) are by the columns of `FACTS`; `deliveries` says which delivery each is, `stay` which stay an element
    of a crewed lander belongs to (-1 for none).
    """

    start_tdb_s: float
    year: Indices
    elements: tuple[str, ...]
    deliveries: Indices
    stay: Indices
    facts: Array
    arrays: Indices
    clean_kw: Array
    kept: Array
    """(A, 2): dust loss and yearly degradation"""
    working: Array
    """(2, E, D): part of each day an element works, nobody there and somebody there; experiments by their own plan"""
    experiments: Indices
    possible_h: Array
    wants: Array
    """(X, 3): hours wanted a year, crew hours inside for each day it runs, whether it needs a crew"""
    people: Indices
    work_h: Array
    rates: Array
    """(stays, 5) kg for each person and day, by PER_PERSON"""
    here: Indices
    """Which stays of the plan live at the station"""


def station_of(programme: Programme, plan: Plan, light: xr.Dataset) -> Station:
    """Prepare the days of a plan's station."""
    hours, sky = hours_and_sky(light)
    standing = on_site(programme, plan)
    place = {delivery.element: index for index, delivery in enumerate(plan.deliveries)}
    stays = tuple(
        stay for stay in plan.stays if programme.landing_site(programme.flight[stay.flight]) == programme.station
    )
    landers = {programme.flight[stay.flight].lander_flight: k for k, stay in enumerate(stays)}
    of_stay = [landers.get(d.flight, -1) if np.isfinite(d.leave_tdb_s) else -1 for d in standing]
    days = int(hours.day[-1]) + 1
    n = len(hours.tdb_s)
    absent = Presence((), np.zeros((0, n)), np.zeros(n))
    present = Presence((), np.ones((1, n)), np.ones(n))
    solar = [k for k, d in enumerate(standing) if d.table == "solar_array"]
    order = {d.element: k for k, d in enumerate(standing)}
    asked = [order[d.element] for d in ranked(programme, standing)]
    rows = [programme.experiment[standing[k].element] for k in asked]
    clean = [_daily(_clean_kw(programme, standing[k], hours, sky), hours, days) for k in solar]
    able = [_daily(possible(row, sky, present).astype(float), hours, days) * 24.0 for row in rows]
    works = [
        [_daily(np.broadcast_to(_works(programme, d, who, sky), (n,)), hours, days) for d in standing]
        for who in (absent, present)
    ]
    who = presence(programme, plan, hours)
    time = crew_time(programme, hours, sky, who)
    planned = [who.stays.index(stay) for stay in stays]
    person, mean = [metabolisms(programme, who)[k] for k in planned], [mean_day(time, k) for k in planned]
    crewed_d = float(who.anybody.sum()) * hours.step_h / 24.0
    opens_d = float(airlock_uses(time, who, who.people).sum()) / crewed_d if crewed_d else AIRLOCK_USES_D
    outside_h = sum(float(one.starts.sum()) * one.row.eva_h for one in time.stays) / crewed_d if crewed_d else 0.0
    able = [np.minimum(can, outside_h) if row.eva_h else can for row, can in zip(rows, able, strict=True)]
    return Station(
        float(hours.tdb_s[0]),
        _by_day(hours.year, hours, days),
        tuple(d.element for d in standing),
        np.array([place[d.element] for d in standing], dtype=np.int64),
        np.array(of_stay, dtype=np.int64),
        np.array([_facts(programme, d, opens_d) for d in standing]).reshape(len(standing), len(FACTS)),
        np.array(solar, dtype=np.int64),
        np.array(clean).reshape(len(solar), days),
        np.array([_kept(programme, standing[k].element) for k in solar]).reshape(len(solar), 2),
        np.array(works).reshape(2, len(standing), days),
        np.array(asked, dtype=np.int64),
        np.array(able).reshape(len(asked), days),
        np.array([[r.wanted_h, r.crew_h, float("crew" in r.needs)] for r in rows]).reshape(len(rows), 3),
        np.array([len(stay.members) for stay in stays], dtype=np.int64),
        np.array([day.work_h for day in mean], dtype=float),
        np.array(
            [
                [
                    p.oxygen_kg * day.effort + day.suit_oxygen_kg,
                    p.drink_kg * day.effort + p.hygiene_kg + day.suit_water_kg,
                    p.food_kg * day.effort,
                    p.carbon_dioxide_kg * day.effort,
                    (p.food_water_eaten_kg + p.metabolic_water_kg - p.faecal_water_kg) * day.effort - day.suit_water_kg,
                ]
                for p, day in zip(person, mean, strict=True)
            ]
        ).reshape(len(stays), len(PER_PERSON)),
        np.array([plan.stays.index(stay) for stay in stays], dtype=np.int64),
    )


def _works(programme: Programme, delivery: Standing, who: Presence, sky: Sky) -> Array | float:
    if delivery.table == "experiment" or _oxygen_kg_d(programme, delivery.element) > 0.0:  # drawn as they are planned
        return 0.0
    return working(programme.elements[delivery.element], who, sky)


def _daily(values: Array, hours: Hours, days: int) -> Array:
    """Mean of a series over each day (days,); a day cut short counts as what is there of it."""
    return np.asarray(np.bincount(hours.day, values, days) / np.maximum(np.bincount(hours.day, minlength=days), 1))


def _by_day(values: Indices, hours: Hours, days: int) -> Indices:
    first = np.searchsorted(hours.day, np.arange(days))
    return np.asarray(values[first], dtype=np.int64)


def _clean_kw(programme: Programme, delivery: Standing, hours: Hours, sky: Sky) -> Array:
    """Output of an array that is there from the first hour, new and clean."""
    row = programme.solar_array[delivery.element].model_copy(update={"degradation": 0.0, "dust_loss": 0.0})
    there = replace(delivery, use_tdb_s=float(hours.tdb_s[0]), leave_tdb_s=np.inf)
    return array_kw(row, there, hours, sky)


def _oxygen_kg_d(programme: Programme, element: str) -> float:
    """Oxygen a unit that digs its own ground makes in a day of full work; 0 for all others."""
    row = programme.process.get(element)
    if row is None or not row.digs or "oxygen" not in row.gives or set(row.takes) - {"regolith", "icy_regolith"}:
        return 0.0
    whole = {**row.takes, **row.gives}
    return 24.0 * row.rate_kg_h * row.gives["oxygen"] / whole[row.basis or next(iter(row.takes))]


def _kept(programme: Programme, element: str) -> tuple[float, float]:
    row = programme.solar_array[element]
    return row.dust_loss, row.degradation


def _facts(programme: Programme, delivery: Standing, airlock_uses_d: float) -> list[float]:
    """One element by the columns of `FACTS`; the airlock opens as it does in the mean of the plan's crewed days."""
    name = delivery.element
    row = programme.elements[name]
    fact = dict.fromkeys(FACTS, 0.0)
    fact |= {"survive_kw": row.keep_alive_kw, "extra_kw": row.full_kw - row.keep_alive_kw}
    fact |= {"priority": float(row.load_priority - 1), "life_d": NEVER, "yearly_kept": 1.0}
    fact |= {"repair_kg": row.spares_kg, "by_robot": float(row.repair_by == "robot")}
    fact |= {"repair_h": row.repair_h, "repair_d": row.repair_d, "robot_h": row.robot_h}
    if name in programme.reactor:
        plant = programme.reactor[name]
        life_d = NEVER if plant.life_y is None else plant.life_y * _YEAR_D
        fact |= {"firm_kw": plant.power_kw, "life_d": life_d}
    if name in programme.radioisotope:
        cell = programme.radioisotope[name]
        kept = 0.5 ** (1.0 / cell.half_life_y) * (1.0 - cell.degradation)
        fact |= {"firm_kw": cell.power_kw, "yearly_kept": kept}
    if name in programme.storage:
        store = programme.storage[name]
        fact |= {
            "usable_kwh": store.capacity_kwh * store.depth,
            "yearly_kept": 1.0 - store.fade_per_year,
            **{key: getattr(store, key) for key in FACTS if key.startswith(("charge_", "discharge_"))},
        }
    if name in programme.habitat:
        house = programme.habitat[name]
        part = CABIN_OXYGEN_KG_M3 / (CABIN_OXYGEN_KG_M3 + CABIN_NITROGEN_KG_M3)
        fact |= {
            "beds": float(house.crew),
            "leak_kg_d": house.leak_kg_d * part,
            "airlock_kg": house.airlock_kg * airlock_uses_d * part,
            "water_recovery": house.water_recovery,
            "oxygen_recovery": house.oxygen_recovery,
            "full_oxygen": house.volume_m3 * CABIN_OXYGEN_KG_M3,
        }
    if (made := _oxygen_kg_d(programme, name)) > 0.0:
        fact |= {"oxygen_made_kg_d": made, "oxygen_held_kg": programme.process[name].holds.get("oxygen", NEVER)}
    if name in programme.supply:
        key = f"{programme.supply[name].resource}_kg"
        if key in fact:
            fact[key] = delivery.mass_kg
    return [fact[key] for key in FACTS]


def pulled(station: Station, levers: Levers) -> Station:
    """The station with its sources, stores and supplies scaled by levers."""
    facts = station.facts.copy()
    for lever, names in (
        (levers.firm_power, ("firm_kw",)),
        (levers.storage, ("usable_kwh",)),
        (levers.consumables, ("oxygen_kg", "water_kg", "food_kg")),
    ):
        for name in names:
            facts[:, FACTS.index(name)] *= lever
    return replace(station, facts=facts, clean_kw=station.clean_kw * levers.solar_power)
