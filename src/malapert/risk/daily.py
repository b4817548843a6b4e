"""The compiled days of a station: power, air, water, food, crews and experiments of one history after the other."""

from typing import Final

import numba
import numpy as np

from malapert.programme.carriers import MOLAR_KG
from malapert.risk.columns import FACTS, FIGURES, NEVER
from malapert.risk.draws import Array, Indices

PRIORITIES: Final = 9
_OXYGEN_PER_DIOXIDE: Final = 2.0 * MOLAR_KG["oxygen"] / MOLAR_KG["carbon_dioxide"]
_WATER_PER_DIOXIDE: Final = 2.0 * MOLAR_KG["water"] / MOLAR_KG["carbon_dioxide"]
_YEAR_D: Final = 365.25

# Columns as plain numbers, which is what compiled code takes.
SURVIVE, EXTRA, PRIORITY, FIRM, LIFE, KEPT = (
    FACTS.index(name) for name in ("survive_kw", "extra_kw", "priority", "firm_kw", "life_d", "yearly_kept")
)
USABLE, CHARGE, DISCHARGE, INTO, OUT = (
    FACTS.index(name)
    for name in ("usable_kwh", "charge_kw", "discharge_kw", "charge_efficiency", "discharge_efficiency")
)
BEDS, LEAK, AIRLOCK, WATER_BACK, OXYGEN_BACK, CABIN = (
    FACTS.index(name)
    for name in ("beds", "leak_kg_d", "airlock_kg", "water_recovery", "oxygen_recovery", "full_oxygen")
)
OXYGEN, WATER, FOOD, SPARES = (FACTS.index(name) for name in ("oxygen_kg", "water_kg", "food_kg", "spares_kg"))
REPAIR_KG, REPAIR_H, REPAIR_D, BY_ROBOT, ROBOT_H = (
    FACTS.index(name) for name in ("repair_kg", "repair_h", "repair_d", "by_robot", "robot_h")
)
MADE, HELD = FACTS.index("oxygen_made_kg_d"), FACTS.index("oxygen_held_kg")
UNSERVED, VITAL, WORST, DARK, CREWED_DARK, AIRLESS, DRY, HUNGRY, CREW_D, MARGIN, BREATHS, DRINKS, MEALS = range(
    len(FIGURES)
)


@numba.njit(cache=True)
def live(
    year: Indices, facts: Array, arrays: Indices, clean_kw: Array, kept: Array, working: Array, experiments: Indices,
    possible_h: Array, wants: Array, people: Indices, work_h: Array, rates: Array, use: Array, down: Array, up: Array,
    begins: Array, ends: Array, dust: Array, ageing: Array,
) -> tuple[Array, Array]:  # fmt: skip
    """Figures (n, len(FIGURES)) and experiment hours (n, X) of n histories: days `use` (n, E), `down` and `up`
    (n, E, lives), `begins` and `ends` (n, stays); the rest as `Station` has it."""
    n = len(use)
    figures, hours = np.zeros((n, len(FIGURES))), np.zeros((n, len(experiments)))
    for h in range(n):
        _repaired(facts, people, work_h, use[h], down[h], up[h], begins[h], ends[h])
        figures[h], hours[h] = _life(
            year, facts, arrays, clean_kw, kept, working, experiments, possible_h, wants, people, work_h, rates,
            use[h], down[h], up[h], begins[h], ends[h], dust[h], ageing[h],
        )  # fmt: skip
    return figures, hours


@numba.njit(cache=True)
def _day(value: float, days: int) -> int:
    """First whole day not before a moment, within the days there are."""
    return int(min(max(np.ceil(value - 1e-9), 0.0), float(days)))


@numba.njit(cache=True)
def _repaired(
    facts: Array, people: Indices, work_h: Array, use: Array, down: Array, up: Array, begins: Array, ends: Array
) -> None:
    """Bring back earlier what a crew or a robot has the hours and the spares to mend, in order of failure."""
    first, stock = NEVER, 0.0
    for e in range(len(use)):
        if facts[e, SPARES] > 0.0 and use[e] < NEVER:
            first, stock = min(first, use[e]), stock + facts[e, SPARES]
    for j in range(down.shape[1]):
        for e in np.argsort(down[:, j]):
            need = facts[e, REPAIR_KG]
            if down[e, j] >= NEVER or need > stock:
                continue
            ready = max(down[e, j], first) if need > 0.0 else down[e, j]
            at = _mended(facts, people, work_h, use, begins, ends, e, ready)
            if at < up[e, j]:
                up[e, j] = at
                stock -= need


@numba.njit(cache=True)
def _mended(
    facts: Array, people: Indices, work_h: Array, use: Array, begins: Array, ends: Array, e: int, ready: float
) -> float:
    """When the first crew or robot that can has mended an element out of use since `ready`; a crew works on it before
    its stay ends."""
    at, wait = NEVER, facts[e, REPAIR_D]
    for s in range(len(begins)):
        hours = people[s] * work_h[s]
        if hours > 0.0 and begins[s] < NEVER:
            start = max(ready, begins[s])
            done = start + facts[e, REPAIR_H] / hours
            if done <= ends[s]:
                at = min(at, max(done, start + wait))
    if facts[e, BY_ROBOT] > 0.0:
        for r in range(len(use)):
            if facts[r, ROBOT_H] > 0.0 and r != e and use[r] < NEVER:
                start = max(ready, use[r])
                at = min(at, max(start + facts[e, REPAIR_H] / facts[r, ROBOT_H], start + wait))
    return at


@numba.njit(cache=True)
def _life(
    year: Indices, facts: Array, arrays: Indices, clean_kw: Array, kept: Array, working: Array, experiments: Indices,
    possible_h: Array, wants: Array, people: Indices, work_h: Array, rates: Array, use: Array, down: Array, up: Array,
    begins: Array, ends: Array, dust: float, ageing: float,
) -> tuple[Array, Array]:  # fmt: skip
    days, asked = len(year), len(experiments)
    spans = _spans(use, down, up, days)
    crew, free_h, needs = _people(days, people, work_h, rates, begins, ends)
    present = np.where(crew > 0.0, 1.0, 0.0)
    firm, load, store = _bus(facts, working, spans, use, present)
    solar = _sunlit(arrays, clean_kw, kept, spans, use, dust, ageing, days)
    there = np.zeros((asked, days))
    for x in range(asked):
        for j in range(spans.shape[1]):
            there[x, spans[experiments[x], j, 0] : spans[experiments[x], j, 1]] = 1.0

    figures = np.zeros(len(FIGURES))
    served, able = np.ones((PRIORITIES, days)), possible_h
    makes = _air(facts, spans, crew, needs, served, figures)  # on which days units make oxygen, were all power there
    for e in range(len(facts)):
        load[int(facts[e, PRIORITY])] += facts[e, EXTRA] * makes[e]
    planned, base = np.zeros((asked, days)), load.copy()
    for again in range(2):  # the second round plans experiments away from where the first had no power
        planned = _planned(year, there, crew, free_h.copy(), able, wants)
        load[:] = base
        for x in range(asked):
            load[int(facts[experiments[x], PRIORITY])] += facts[experiments[x], EXTRA] * planned[x] / 24.0
        figures[:] = 0.0
        served = _power(firm, solar, load, store, crew, figures)
        if again == 0:
            if (served == 1.0).all():
                break
            able = possible_h.copy()
            for x in range(asked):
                able[x] *= served[int(facts[experiments[x], PRIORITY])]
    _air(facts, spans, crew, needs, served, figures)
    hours = np.zeros(asked)
    for x in range(asked):
        e = experiments[x]
        priority = int(facts[e, PRIORITY]) if facts[e, EXTRA] > 0.0 else 0
        powered = facts[e, SURVIVE] > 0.0 or facts[e, EXTRA] > 0.0
        hours[x] = (planned[x] * served[priority]).sum() if powered else planned[x].sum()
    figures[CREW_D] = crew.sum()
    return figures, hours


@numba.njit(cache=True)
def _spans(use: Array, down: Array, up: Array, days: int) -> Indices:
    """Days [first, end) in which each element works (E, lives, 2), in order; empty ones at the end."""
    elements, lives = down.shape
    spans = np.full((elements, lives, 2), days, dtype=np.int64)
    for e in range(elements):
        since = use[e]
        for j in range(lives):
            first, end = _day(since, days), _day(down[e, j], days)
            spans[e, j, 0], spans[e, j, 1] = first, max(end, first)
            since = up[e, j]
            if since >= NEVER:
                break
    return spans


@numba.njit(cache=True)
def _people(
    days: int, people: Indices, work_h: Array, rates: Array, begins: Array, ends: Array
) -> tuple[Array, Array, Array]:
    """People there (days,), their free hours (days,), and what they need (days, 5) kg."""
    crew, free_h, needs = np.zeros(days), np.zeros(days), np.zeros((days, rates.shape[1]))
    for s in range(len(begins)):
        if begins[s] >= NEVER:
            continue
        for d in range(int(begins[s]), min(int(np.ceil(ends[s])), days)):
            part = min(ends[s], d + 1.0) - max(begins[s], float(d))
            crew[d] += people[s] * part
            free_h[d] += people[s] * part * work_h[s]
            needs[d] += rates[s] * people[s] * part
    return crew, free_h, needs


@numba.njit(cache=True)
def _bus(facts: Array, working: Array, spans: Indices, use: Array, present: Array) -> tuple[Array, Array, Array]:
    """Firm power (days,), loads by priority (9, days) and the stores as one (5, days): usable, rates, efficiencies."""
    days = len(present)
    firm, load, store = np.zeros(days), np.zeros((PRIORITIES, days)), np.zeros((5, days))
    for e in range(len(facts)):
        survive, extra, priority = facts[e, SURVIVE], facts[e, EXTRA], int(facts[e, PRIORITY])
        daily, begun = facts[e, KEPT] ** (1.0 / _YEAR_D), _day(use[e], days)
        for j in range(spans.shape[1]):
            a, b = spans[e, j]
            kept = daily ** (a - begun)
            load[0, a:b] += survive
            if extra > 0.0:
                away, home = working[0, e], working[1, e]
                for d in range(a, b):
                    load[priority, d] += extra * (away[d] + (home[d] - away[d]) * present[d])
            if facts[e, FIRM] > 0.0:
                power = facts[e, FIRM] * kept
                for d in range(a, min(b, _day(use[e] + facts[e, LIFE], days))):
                    power *= daily
                    firm[d] += power
            if facts[e, USABLE] > 0.0:
                store[1, a:b] += facts[e, CHARGE]
                store[2, a:b] += facts[e, DISCHARGE]
                held = facts[e, USABLE] * kept
                for d in range(a, b):
                    held *= daily
                    store[0, d] += held
                    store[3, d] += held * facts[e, INTO]
                    store[4, d] += held * facts[e, OUT]
    return firm, load, store


@numba.njit(cache=True)
def _sunlit(
    arrays: Indices, clean_kw: Array, kept: Array, spans: Indices, use: Array, dust: float, ageing: float, days: int
) -> Array:
    """Power of all arrays (days,): clean output less dust and years of use."""
    solar = np.zeros(days)
    for a in range(len(arrays)):
        e = arrays[a]
        daily = max(1.0 - kept[a, 1] * ageing, 0.0) ** (1.0 / _YEAR_D)
        for j in range(spans.shape[1]):
            first, end = spans[e, j]
            part = max(1.0 - kept[a, 0] * dust, 0.0) * daily ** (first - _day(use[e], days))
            for d in range(first, end):
                solar[d] += clean_kw[a, d] * part
                part *= daily
    return solar


@numba.njit(cache=True)
def _planned(year: Indices, there: Array, crew: Array, free_h: Array, possible_h: Array, wants: Array) -> Array:
    """Hours each experiment is to run each day: what it wants of a year, evenly over the hours its needs hold."""
    crewed = np.flatnonzero(crew > 0.0)
    planned = np.empty(there.shape)
    for x in range(len(there)):
        alone = 0.0 if wants[x, 2] > 0.0 else 1.0
        for y in range(year[0], year[-1] + 1):  # year by year, so that what is read twice is still at hand
            first, end = np.searchsorted(year, y), np.searchsorted(year, y, side="right")
            able, in_use = 0.0, 0.0
            for d in range(first, end):
                runs = there[x, d] * possible_h[x, d] * (alone if crew[d] <= 0.0 else 1.0)
                planned[x, d] = runs
                able += runs
                in_use += there[x, d]
            part = min(wants[x, 0] * in_use / _YEAR_D / able, 1.0) if able > 0.0 else 0.0
            for d in range(first, end):
                planned[x, d] *= part
        if wants[x, 1] > 0.0:
            for c in crewed:
                if planned[x, c] > 0.0:
                    granted = min(wants[x, 1], free_h[c])
                    free_h[c] -= granted
                    if wants[x, 2] > 0.0:
                        planned[x, c] *= granted / wants[x, 1]
    return planned


@numba.njit(cache=True)
def _power(firm: Array, solar: Array, load: Array, store: Array, crew: Array, figures: Array) -> Array:
    """Part of each priority served each day (9, days): vital loads first, the rest from what they will not need."""
    days = len(firm)
    reserve = np.zeros(days)
    for d in range(days - 2, -1, -1):
        gap = (load[0, d + 1] - firm[d + 1] - solar[d + 1]) * 24.0
        if store[0, d + 1] > 0.0:
            into, out = store[3, d + 1] / store[0, d + 1], store[4, d + 1] / store[0, d + 1]
            more = gap / out if gap > 0.0 else max(gap, -store[1, d + 1] * 24.0) * into
            reserve[d] = min(max(reserve[d + 1] + more, 0.0), store[0, d])
    served = np.ones((PRIORITIES, days))
    held, alone, begun = 0.0, 0.0, False
    figures[MARGIN] = np.inf
    for d in range(days):
        usable, charge, discharge = store[0, d], store[1, d], store[2, d]
        given = firm[d] + solar[d]
        begun = begun or given > 0.0
        held = min(held, usable)
        into = store[3, d] / usable if usable > 0.0 else 1.0
        out = store[4, d] / usable if usable > 0.0 else 1.0
        pull = min(discharge, held * out / 24.0)
        # The margin is that of the vital loads, as if nothing else had drawn on the store.
        alone = min(alone, usable)
        spare = given + min(discharge, alone * out / 24.0) - load[0, d]
        if begun:
            figures[MARGIN] = min(figures[MARGIN], spare)
        more = min(max(given - load[0, d], 0.0), charge) * into - max(load[0, d] - given, 0.0) / out
        alone = min(max(alone + more * 24.0, 0.0), usable)
        left, drawn = given, 0.0
        for p in range(PRIORITIES):
            want = load[p, d]
            if want <= 0.0:
                continue
            direct = min(want, left)
            left -= direct
            can = pull if p == 0 else min(pull, max(held - reserve[d], 0.0) * out / 24.0)
            extra = min(want - direct, max(can - drawn, 0.0))
            drawn += extra
            short = want - direct - extra
            if short > 1e-9 * want:
                served[p, d] = (direct + extra) / want
                if begun:
                    figures[UNSERVED] += short * 24.0
                    if p == 0:
                        figures[VITAL] += short * 24.0
                        figures[WORST] = max(figures[WORST], short)
                        figures[DARK] += 1.0
                        figures[CREWED_DARK] += 1.0 if crew[d] > 0.0 else 0.0
        held = min(max(held - drawn * 24.0 / out, 0.0) + min(left, charge) * 24.0 * into, usable)
    return served


@numba.njit(cache=True)
def _houses(facts: Array, spans: Indices, served: Array) -> Array:
    """The habitats of each day (6, days): beds, air lost, lost at the airlock, cabin oxygen, beds times water and
    oxygen won back."""
    house = np.zeros((6, served.shape[1]))
    for e in range(len(facts)):
        if facts[e, BEDS] <= 0.0 and facts[e, CABIN] <= 0.0:
            continue
        power = served[int(facts[e, PRIORITY])]
        for j in range(spans.shape[1]):
            a, b = spans[e, j]
            house[0, a:b] += facts[e, BEDS]
            house[1, a:b] += facts[e, LEAK]
            house[2, a:b] = np.maximum(house[2, a:b], facts[e, AIRLOCK])
            house[3, a:b] += facts[e, CABIN]
            house[4, a:b] += facts[e, BEDS] * facts[e, WATER_BACK] * power[a:b]
            house[5, a:b] += facts[e, BEDS] * facts[e, OXYGEN_BACK] * power[a:b]
    return house


@numba.njit(cache=True)
def _landed(facts: Array, spans: Indices, days: int) -> Array:
    """Oxygen, water and food (3, days) kg that come into use each day."""
    landed = np.zeros((3, days))
    for e in range(len(facts)):
        for j in range(spans.shape[1]):
            first, end = spans[e, j]
            if first < end:
                landed[0, first] += facts[e, OXYGEN] + facts[e, CABIN]
                landed[1, first] += facts[e, WATER]
                landed[2, first] += facts[e, FOOD]
                break
    return landed


@numba.njit(cache=True)
def _air(facts: Array, spans: Indices, crew: Array, needs: Array, served: Array, figures: Array) -> Array:
    """Oxygen, water and food of the people in the habitats, day by day; days on which each unit makes oxygen."""
    days = len(crew)
    makes, makers = np.zeros((len(facts), days)), np.flatnonzero(facts[:, MADE] > 0.0)
    house, landed = _houses(facts, spans, served), _landed(facts, spans, days)
    oxygen, water, food = 0.0, 0.0, 0.0
    figures[BREATHS], figures[DRINKS], figures[MEALS] = np.inf, np.inf, np.inf
    for d in range(days):
        beds, leak, lock, full, back_water, back_oxygen = house[:, d]
        oxygen, water, food = oxygen + landed[0, d], water + landed[1, d], food + landed[2, d]
        for e in makers:
            for j in range(spans.shape[1]):
                if spans[e, j, 0] <= d < spans[e, j, 1] and oxygen < facts[e, HELD]:
                    makes[e, d] = 1.0
                    oxygen += facts[e, MADE] * served[int(facts[e, PRIORITY]), d]
        if full > 0.0:
            oxygen = max(oxygen - leak - (lock if crew[d] > 0.0 else 0.0), 0.0)
        if crew[d] <= 0.0 or beds <= 0.0:
            continue
        housed = min(beds / crew[d], 1.0)
        breath, drink, eat = needs[d, 0] * housed, needs[d, 1] * housed, needs[d, 2] * housed
        if oxygen < 0.5 * breath:
            figures[AIRLESS] += 1.0
        lived = min(oxygen / breath, 1.0) if breath > 0.0 else 1.0
        oxygen -= lived * breath
        drunk = min(drink, water)
        figures[DRY] += drink - drunk
        water += back_water / beds * (drunk + needs[d, 4] * housed) - drunk
        reduced = min(back_oxygen / beds * needs[d, 3] * housed, water / _WATER_PER_DIOXIDE)
        oxygen += reduced * _OXYGEN_PER_DIOXIDE
        water = max(water - reduced * _WATER_PER_DIOXIDE, 0.0)
        figures[HUNGRY] += max(eat - food, 0.0)
        food = max(food - eat, 0.0)
        whole = np.ceil(max(crew[d], 1e-9))
        if breath > 0.0:
            days_of = whole / max(crew[d], 1e-9)
            figures[BREATHS] = min(figures[BREATHS], max(oxygen - full, 0.0) / (breath * days_of))
            figures[DRINKS] = min(figures[DRINKS], water / (drink * days_of)) if drink > 0.0 else figures[DRINKS]
            figures[MEALS] = min(figures[MEALS], food / (eat * days_of))
    return makes
