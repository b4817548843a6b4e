"""A station's life by the day, history after history: power, air, water, food, crews and experiments, compiled."""

from dataclasses import dataclass, replace
from typing import Final

import numba
import numpy as np
import xarray as xr

from malapert.constants import SECONDS_PER_DAY
from malapert.logistics.plan import Plan
from malapert.programme import Programme
from malapert.risk.assumptions import REPAIR_D, REPAIR_SPARES
from malapert.risk.draws import Array, Flags, Indices, Levers
from malapert.risk.flights import Outcomes
from malapert.station.arrays import array_kw
from malapert.station.bus import working
from malapert.station.experiments import UPKEEP_H_D, possible, ranked
from malapert.station.hours import Hours, Presence, Sky, Standing, hours_and_sky, on_site
from malapert.station.life import AIRLOCK_USES_D, CABIN_NITROGEN_KG_M3, CABIN_OXYGEN_KG_M3, metabolisms
from malapert.station.metabolism import MOLAR_KG

FIGURES: Final = (
    "unserved_kwh",
    "vital_unserved_kwh",
    "worst_vital_short_kw",
    "days_without_power",
    "crewed_days_without_power",
    "days_without_air",
    "water_short_kg",
    "food_short_kg",
    "crew_d",
    "lowest_power_margin_kw",
    "lowest_oxygen_reserve_d",
    "lowest_water_reserve_d",
    "lowest_food_reserve_d",
)
PER_PERSON: Final = ("oxygen", "drink", "food", "dioxide", "back")
_OXYGEN_PER_DIOXIDE: Final = 2.0 * MOLAR_KG["oxygen"] / MOLAR_KG["carbon_dioxide"]
_WATER_PER_DIOXIDE: Final = 2.0 * MOLAR_KG["water"] / MOLAR_KG["carbon_dioxide"]
_YEAR_D: Final = 365.25
NEVER: Final = 1e9


@dataclass(frozen=True)
class Station:
    """The elements at the station and the days they live through; E elements, D days, A arrays, X experiments.

    `facts` (E, 22) are by the columns of `_FACT`; `deliveries` says which delivery each is, `stay` which stay an
    element of a crewed lander belongs to (-1 for none).
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
    """(X, 3): hours wanted a year, crew hours for each day it runs, whether it needs a crew"""
    people: Indices
    work_h: Array
    rates: Array
    """(stays, 5) kg for each person and day, by PER_PERSON"""
    here: Indices
    """Which stays of the plan live at the station"""


_FACT: Final = (
    "survive_kw",
    "extra_kw",
    "priority",
    "firm_kw",
    "life_d",
    "yearly_kept",
    "usable_kwh",
    "charge_kw",
    "discharge_kw",
    "charge_efficiency",
    "discharge_efficiency",
    "beds",
    "leak_kg_d",
    "airlock_kg",
    "water_recovery",
    "oxygen_recovery",
    "oxygen_kg",
    "water_kg",
    "food_kg",
    "spares_kg",
    "mass_kg",
    "full_oxygen",
)


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
    person = metabolisms(programme, Presence(stays, np.zeros((len(stays), n)), np.zeros(n)))
    return Station(
        float(hours.tdb_s[0]),
        _by_day(hours.year, hours, days),
        tuple(d.element for d in standing),
        np.array([place[d.element] for d in standing], dtype=np.int64),
        np.array(of_stay, dtype=np.int64),
        np.array([_facts(programme, d) for d in standing]).reshape(len(standing), len(_FACT)),
        np.array(solar, dtype=np.int64),
        np.array(clean).reshape(len(solar), days),
        np.array([_kept(programme, standing[k].element) for k in solar]).reshape(len(solar), 2),
        np.array(works).reshape(2, len(standing), days),
        np.array(asked, dtype=np.int64),
        np.array(able).reshape(len(asked), days),
        np.array([[r.wanted_h, r.crew_h, float("crew" in r.needs)] for r in rows]).reshape(len(rows), 3),
        np.array([len(stay.members) for stay in stays], dtype=np.int64),
        np.array([max(programme.crew[stay.crew].work_h - UPKEEP_H_D, 0.0) for stay in stays], dtype=float),
        np.array(
            [
                [
                    p.oxygen_kg,
                    p.drink_kg + p.hygiene_kg,
                    p.food_kg,
                    p.carbon_dioxide_kg,
                    p.food_water_eaten_kg + p.metabolic_water_kg - p.faecal_water_kg,
                ]
                for p in person
            ]
        ).reshape(len(stays), len(PER_PERSON)),
        np.array([plan.stays.index(stay) for stay in stays], dtype=np.int64),
    )


def _works(programme: Programme, delivery: Standing, who: Presence, sky: Sky) -> Array | float:
    return 0.0 if delivery.table == "experiment" else working(programme.elements[delivery.element], who, sky)


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


def _kept(programme: Programme, element: str) -> tuple[float, float]:
    row = programme.solar_array[element]
    return row.dust_loss, row.degradation


def _facts(programme: Programme, delivery: Standing) -> list[float]:
    """One element by the columns of `_FACT`."""
    name = delivery.element
    row = programme.elements[name]
    fact = dict.fromkeys(_FACT, 0.0)
    fact |= {"survive_kw": row.keep_alive_kw, "extra_kw": max(row.load_kw - row.keep_alive_kw, 0.0)}
    fact |= {"priority": float(row.load_priority - 1), "life_d": NEVER, "yearly_kept": 1.0, "mass_kg": row.mass_kg}
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
            **{key: getattr(store, key) for key in _FACT[7:11]},
        }
    if name in programme.habitat:
        house = programme.habitat[name]
        part = CABIN_OXYGEN_KG_M3 / (CABIN_OXYGEN_KG_M3 + CABIN_NITROGEN_KG_M3)
        fact |= {
            "beds": float(house.crew),
            "leak_kg_d": house.leak_kg_d * part,
            "airlock_kg": house.airlock_kg * AIRLOCK_USES_D * part,
            "water_recovery": house.water_recovery,
            "oxygen_recovery": house.oxygen_recovery,
            "full_oxygen": house.volume_m3 * CABIN_OXYGEN_KG_M3,
        }
    if name in programme.supply:
        key = f"{programme.supply[name].resource}_kg"
        if key in fact:
            fact[key] = delivery.mass_kg
    return [fact[key] for key in _FACT]


def pulled(station: Station, levers: Levers) -> Station:
    """The station with its sources, stores and supplies scaled by levers."""
    facts = station.facts.copy()
    for lever, names in (
        (levers.firm_power, ("firm_kw",)),
        (levers.storage, ("usable_kwh",)),
        (levers.consumables, ("oxygen_kg", "water_kg", "food_kg")),
    ):
        for name in names:
            facts[:, _FACT.index(name)] *= lever
    return replace(station, facts=facts, clean_kw=station.clean_kw * levers.solar_power)


def lived(station: Station, found: Outcomes) -> tuple[Array, Array]:
    """Figures (n, len(FIGURES)) and hours of every experiment (n, X) of every history."""
    n, stays = found.n, station.here
    start = station.start_tdb_s
    begins, ends = np.full((n, len(stays)), NEVER), np.full((n, len(stays)), NEVER)
    for column, k in enumerate(stays):
        stay = found.plan.stays[k]
        landing = found.flights[stay.flight].arrive_tdb_s
        length = np.minimum(stay.end_tdb_s - stay.start_tdb_s, found.draws.ill_s[:, k])
        begins[:, column], ends[:, column] = _days(landing, start), _days(landing + length, start)
    use, down, up = [], [], []
    for k, (element, delivery) in enumerate(zip(station.elements, station.deliveries, strict=True)):
        own = _days(found.use(element), start)
        out, back = (_days(epochs, start) for epochs in found.outages(int(delivery)))
        if station.stay[k] >= 0:  # it lands with its crew and leaves with it
            own = np.maximum(own, begins[:, station.stay[k]])
            out[:, 0] = np.minimum(out[:, 0], ends[:, station.stay[k]])
            back[:, 0] = np.where(out[:, 0] >= ends[:, station.stay[k]], NEVER, back[:, 0])
        use.append(own)
        down.append(out)
        up.append(back)
    lives = found.draws.life_s.shape[2]
    whole = np.array(use).reshape(-1, n).T.copy()
    gone = np.moveaxis(np.array(down).reshape(-1, n, lives), 0, 1).copy()
    back = np.moveaxis(np.array(up).reshape(-1, n, lives), 0, 1).copy()
    return _lived(
        station.year, station.facts, station.arrays, station.clean_kw, station.kept, station.working,
        station.experiments, station.possible_h, station.wants, station.people, station.work_h, station.rates,
        whole, gone, back, begins, ends, found.draws.dust, found.draws.ageing,
    )  # fmt: skip


def _days(epochs_tdb_s: Array, start_tdb_s: float) -> Array:
    return np.minimum((epochs_tdb_s - start_tdb_s) / SECONDS_PER_DAY, NEVER)


@numba.njit(cache=True)
def _day(value: float, days: int) -> int:
    """First whole day not before a moment, within the days there are."""
    return int(min(max(np.ceil(value - 1e-9), 0.0), float(days)))


@numba.njit(cache=True)
def _repaired(facts: Array, use: Array, down: Array, up: Array, begins: Array, ends: Array) -> None:
    """Bring back earlier what a crew has the days and the spares to mend, in order of failure."""
    spares_from = np.empty(len(use))
    stock = 0.0
    for e in range(len(use)):
        spares_from[e] = use[e] if facts[e, 19] > 0.0 else NEVER
        stock += facts[e, 19] if use[e] < NEVER else 0.0
    first = spares_from.min() if len(use) else NEVER
    for j in range(down.shape[1]):
        for e in np.argsort(down[:, j]):
            need = REPAIR_SPARES * facts[e, 20]
            if down[e, j] >= NEVER or need > stock:
                continue
            for s in range(len(begins)):
                at = max(down[e, j], begins[s], first) + REPAIR_D
                if at <= ends[s] and ends[s] < NEVER and at < up[e, j]:
                    up[e, j] = at
                    stock -= need
                    break


@numba.njit(cache=True)
def _lived(
    year: Indices, facts: Array, arrays: Indices, clean_kw: Array, kept: Array, working: Array, experiments: Indices,
    possible_h: Array, wants: Array, people: Indices, work_h: Array, rates: Array, use: Array, down: Array, up: Array,
    begins: Array, ends: Array, dust: Array, ageing: Array,
) -> tuple[Array, Array]:  # fmt: skip
    n, days = len(use), len(year)
    figures, hours = np.zeros((n, 13)), np.zeros((n, len(experiments)))
    for h in range(n):
        _repaired(facts, use[h], down[h], up[h], begins[h], ends[h])
        figures[h], hours[h] = _life(
            year, facts, arrays, clean_kw, kept, working, experiments, possible_h, wants, people, work_h, rates,
            use[h], down[h], up[h], begins[h], ends[h], dust[h], ageing[h], days,
        )  # fmt: skip
    return figures, hours


@numba.njit(cache=True)
def _life(
    year: Indices, facts: Array, arrays: Indices, clean_kw: Array, kept: Array, working: Array, experiments: Indices,
    possible_h: Array, wants: Array, people: Indices, work_h: Array, rates: Array, use: Array, down: Array, up: Array,
    begins: Array, ends: Array, dust: float, ageing: float, days: int,
) -> tuple[Array, Array]:  # fmt: skip
    elements, lives, stays, asked = len(use), down.shape[1], len(begins), len(experiments)
    there = np.zeros((elements, days), dtype=np.bool_)
    for e in range(elements):
        since = use[e]
        for j in range(lives):
            for d in range(_day(since, days), _day(down[e, j], days)):
                there[e, d] = True
            since = up[e, j]
            if since >= NEVER:
                break

    crew, free_h, needs = np.zeros(days), np.zeros(days), np.zeros((days, 5))
    for s in range(stays):
        if begins[s] >= NEVER:
            continue
        for d in range(int(begins[s]), min(int(np.ceil(ends[s])), days)):
            part = min(ends[s], d + 1.0) - max(begins[s], float(d))
            crew[d] += people[s] * part
            free_h[d] += people[s] * part * work_h[s]
            for r in range(5):
                needs[d, r] += rates[s, r] * people[s] * part

    firm, solar, load = np.zeros(days), np.zeros(days), np.zeros((days, 9))
    store = np.zeros((days, 5))
    for e in range(elements):
        priority = int(facts[e, 2])
        survive, extra, firm_kw, usable = facts[e, 0], facts[e, 1], facts[e, 3], facts[e, 6]
        yearly = facts[e, 5] ** (1.0 / 365.25)
        aged = 1.0
        first = _day(use[e], days)
        for d in range(first, days):
            aged *= yearly
            if not there[e, d]:
                continue
            load[d, 0] += survive
            if extra > 0.0:
                load[d, priority] += extra * (working[1, e, d] if crew[d] > 0.0 else working[0, e, d])
            if firm_kw > 0.0 and d - use[e] < facts[e, 4]:
                firm[d] += firm_kw * aged
            if usable > 0.0:
                held = usable * aged
                store[d, 0] += held
                store[d, 1] += facts[e, 7]
                store[d, 2] += facts[e, 8]
                store[d, 3] += held * facts[e, 9]
                store[d, 4] += held * facts[e, 10]
    for a in range(len(arrays)):
        e = arrays[a]
        clean = max(1.0 - kept[a, 0] * dust, 0.0)
        daily = max(1.0 - kept[a, 1] * ageing, 0.0) ** (1.0 / 365.25)
        for d in range(_day(use[e], days), days):
            if there[e, d]:
                solar[d] += clean_kw[a, d] * clean
            clean *= daily

    figures = np.zeros(13)
    served, able = np.ones((days, 9)), possible_h
    planned, base = np.zeros((asked, days)), load.copy()
    for again in range(2):  # the second round plans experiments away from where the first had no power
        planned = _planned(year, there, crew, free_h.copy(), experiments, able, wants)
        load[:] = base
        for x in range(asked):
            priority = int(facts[experiments[x], 2])
            for d in range(days):
                load[d, priority] += facts[experiments[x], 1] * planned[x, d] / 24.0
        figures[:] = 0.0
        served = _power(firm, solar, load, store, crew, figures)
        if again == 0:
            able = possible_h.copy()
            for x in range(asked):
                priority = int(facts[experiments[x], 2])
                for d in range(days):
                    able[x, d] *= served[d, priority]
    _air(facts, there, use, crew, needs, served, figures)
    hours = np.zeros(asked)
    for x in range(asked):
        e = experiments[x]
        priority = int(facts[e, 2]) if facts[e, 1] > 0.0 else 0
        powered = facts[e, 0] > 0.0 or facts[e, 1] > 0.0
        for d in range(days):
            hours[x] += planned[x, d] * (served[d, priority] if powered else 1.0)
    figures[8] = crew.sum()
    return figures, hours


@numba.njit(cache=True)
def _planned(
    year: Indices, there: Flags, crew: Array, free_h: Array, experiments: Indices, possible_h: Array, wants: Array
) -> Array:
    """Hours each experiment is to run each day: what it wants of a year, evenly over the hours its needs hold."""
    days = len(year)
    planned = np.zeros((len(experiments), days))
    for x in range(len(experiments)):
        e = experiments[x]
        first = 0
        while first < days:
            end, able, in_use = first, 0.0, 0
            while end < days and year[end] == year[first]:
                if there[e, end]:
                    in_use += 1
                    if wants[x, 2] == 0.0 or crew[end] > 0.0:
                        able += possible_h[x, end]
                end += 1
            part = min(wants[x, 0] * in_use / 365.25 / able, 1.0) if able > 0.0 else 0.0
            for d in range(first, end):
                if there[e, d] and (wants[x, 2] == 0.0 or crew[d] > 0.0):
                    runs = part * possible_h[x, d]
                    if wants[x, 1] > 0.0 and crew[d] > 0.0 and runs > 0.0:
                        granted = min(wants[x, 1], free_h[d])
                        free_h[d] -= granted
                        if wants[x, 2] > 0.0:
                            runs *= granted / wants[x, 1]
                    planned[x, d] = runs
            first = end
    return planned


@numba.njit(cache=True)
def _power(firm: Array, solar: Array, load: Array, store: Array, crew: Array, figures: Array) -> Array:
    """Part of each priority served each day (days, 9): vital loads first, the rest from what they will not need."""
    days = len(firm)
    reserve = np.zeros(days)
    for d in range(days - 2, -1, -1):
        gap = (load[d + 1, 0] - firm[d + 1] - solar[d + 1]) * 24.0
        if store[d + 1, 0] > 0.0:
            into, out = store[d + 1, 3] / store[d + 1, 0], store[d + 1, 4] / store[d + 1, 0]
            more = gap / out if gap > 0.0 else max(gap, -store[d + 1, 1] * 24.0) * into
            reserve[d] = min(max(reserve[d + 1] + more, 0.0), store[d, 0])
    served = np.ones((days, 9))
    held, alone, begun = 0.0, 0.0, False
    figures[9] = np.inf
    for d in range(days):
        given = firm[d] + solar[d]
        begun = begun or given > 0.0
        held = min(held, store[d, 0])
        into = store[d, 3] / store[d, 0] if store[d, 0] > 0.0 else 1.0
        out = store[d, 4] / store[d, 0] if store[d, 0] > 0.0 else 1.0
        pull = min(store[d, 2], held * out / 24.0)
        # The margin is that of the vital loads, as if nothing else had drawn on the store.
        alone = min(alone, store[d, 0])
        spare = given + min(store[d, 2], alone * out / 24.0) - load[d, 0]
        if begun:
            figures[9] = min(figures[9], spare)
        more = min(max(given - load[d, 0], 0.0), store[d, 1]) * into - max(load[d, 0] - given, 0.0) / out
        alone = min(max(alone + more * 24.0, 0.0), store[d, 0])
        left, drawn = given, 0.0
        for p in range(9):
            want = load[d, p]
            if want <= 0.0:
                continue
            direct = min(want, left)
            left -= direct
            can = pull if p == 0 else min(pull, max(held - reserve[d], 0.0) * out / 24.0)
            extra = min(want - direct, max(can - drawn, 0.0))
            drawn += extra
            short = want - direct - extra
            if short > 1e-9 * want:
                served[d, p] = (direct + extra) / want
                if begun:
                    figures[0] += short * 24.0
                    if p == 0:
                        figures[1] += short * 24.0
                        figures[2] = max(figures[2], short)
                        figures[3] += 1.0
                        figures[4] += 1.0 if crew[d] > 0.0 else 0.0
        held = min(max(held - drawn * 24.0 / out, 0.0) + min(left, store[d, 1]) * 24.0 * into, store[d, 0])
    return served


@numba.njit(cache=True)
def _air(facts: Array, there: Flags, use: Array, crew: Array, needs: Array, served: Array, figures: Array) -> None:
    """Oxygen, water and food of the people in the habitats, day by day."""
    days, elements = len(crew), len(use)
    oxygen, water, food = 0.0, 0.0, 0.0
    came = np.zeros(elements, dtype=np.bool_)
    figures[10], figures[11], figures[12] = np.inf, np.inf, np.inf
    for d in range(days):
        beds, leak, lock, full, back_water, back_oxygen = 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
        for e in range(elements):
            if not there[e, d]:
                continue
            if not came[e]:
                came[e] = True
                oxygen += facts[e, 16] + facts[e, 21]
                water += facts[e, 17]
                food += facts[e, 18]
            if facts[e, 11] > 0.0 or facts[e, 21] > 0.0:
                power = served[d, int(facts[e, 2])]
                beds += facts[e, 11]
                leak += facts[e, 12]
                lock = max(lock, facts[e, 13])
                full += facts[e, 21]
                back_water += facts[e, 11] * facts[e, 14] * power
                back_oxygen += facts[e, 11] * facts[e, 15] * power
        if full > 0.0:
            oxygen = max(oxygen - leak - (lock if crew[d] > 0.0 else 0.0), 0.0)
        if crew[d] <= 0.0 or beds <= 0.0:
            continue
        housed = min(beds / crew[d], 1.0)
        breath, drink, eat = needs[d, 0] * housed, needs[d, 1] * housed, needs[d, 2] * housed
        if oxygen < 0.5 * breath:
            figures[5] += 1.0
        lived = min(oxygen / breath, 1.0) if breath > 0.0 else 1.0
        oxygen -= lived * breath
        drunk = min(drink, water)
        figures[6] += drink - drunk
        water += back_water / beds * (drunk + needs[d, 4] * housed) - drunk
        reduced = min(back_oxygen / beds * needs[d, 3] * housed, water / _WATER_PER_DIOXIDE)
        oxygen += reduced * _OXYGEN_PER_DIOXIDE
        water = max(water - reduced * _WATER_PER_DIOXIDE, 0.0)
        figures[7] += max(eat - food, 0.0)
        food = max(food - eat, 0.0)
        full_day = max(crew[d], 1e-9)
        whole = np.ceil(full_day)
        if breath > 0.0:
            figures[10] = min(figures[10], max(oxygen - full, 0.0) / (breath / full_day * whole))
            figures[11] = min(figures[11], water / (drink / full_day * whole)) if drink > 0.0 else figures[11]
            figures[12] = min(figures[12], food / (eat / full_day * whole))
