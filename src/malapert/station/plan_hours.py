"""The plan of experiments' hours: a dispatch without them, CP-SAT over each year's weeks, the steps they run in."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import xarray as xr

from malapert.logistics.plan import Plan
from malapert.programme import Programme
from malapert.station.allotment import allotted
from malapert.station.experiments import Timetable, conditions, quotas_h, ranked
from malapert.station.held_back import Shortages
from malapert.station.hours import Array, on_site
from malapert.station.placing import Placed
from malapert.station.steps import Lived, lived
from malapert.station.weeks import Ground, Time
from malapert.station.window import waiting


@dataclass(frozen=True)
class YearPlan:
    """How well one year was planned: `gap` is the largest relative distance of an answer from the solver's bound."""

    year: int
    status: str
    gap: float
    wanted_h: float
    planned_h: float


def planned(
    programme: Programme,
    plan: Plan,
    light: xr.Dataset,
    shares: dict[str, float] | None,
    told: Callable[..., None] = lambda fraction, words="": None,
) -> tuple[Timetable, tuple[YearPlan, ...]]:
    """Hours of every experiment within what there is and within `shares` by partner; None where nothing is agreed.

    Each calendar year is planned once, after the one before: what waits for the link and what room flights home have
    left is carried on. What is planned is a promise of the station without failures: the dispatch that follows judges.
    """
    base = lived(programme, plan, light, _idle(programme, plan, light))
    ground = ground_of(base, shares)
    placed, rooms, waits_mb = Placed(ground), ground.rooms(), 0
    shortages, years = Shortages(ground), []
    entitled_h = np.zeros(len(ground.order))
    spans = list(ground.years())
    for year, first, end in spans:
        window, chosen = ground.window(year, first, end, waits_mb, rooms.of(first, end))
        if not chosen:
            continue
        hours, rights = allotted(window)
        placed.place(chosen, first, hours)
        waits_mb = int(waiting(window, hours.steps)[-1])
        rooms.take(first, window.samples_g @ hours.steps)
        entitled_h[chosen] += rights * ground.hours.step_h
        shortages.add(window, chosen, hours, year)
        label = int(ground.hours.utc[ground.edges[first]].astype("datetime64[Y]").astype(int)) + 1970
        years.append(
            YearPlan(
                label,
                hours.status,
                hours.gap,
                float(ground.wanted_h[chosen, year].sum()),
                float(hours.total.sum()) * ground.hours.step_h,
            )
        )
        told(len(years) / len(spans), f"Experiments: hours of {label} planned")
    placed.unattended()
    return _table(base, ground, placed, shortages, entitled_h), tuple(years)


def _idle(programme: Programme, plan: Plan, light: xr.Dataset) -> Timetable:
    """A timetable in which nothing runs."""
    order = ranked(programme, on_site(programme, plan))
    n = light.sizes["time"]
    days = len(np.unique(light["time"].to_numpy().astype("datetime64[D]")))
    none = np.zeros((len(order), n))
    no_time = np.zeros((len(order), days))
    return Timetable(order, none, none > 0.0, np.zeros(len(order)), no_time, no_time)


def ground_of(base: Lived, shares: dict[str, float] | None) -> Ground:
    """What a station that runs no experiment leaves them."""
    programme, hours, order = base.programme, base.hours, base.table.standing
    rows = [programme.experiment[d.element] for d in order]
    in_use = [hours.there(d) for d in order]
    held = [
        conditions(row, base.sky, base.crew, base.time)
        | ({"warmth": base.bears[d.element]} if d.element in base.bears else {})
        for row, d in zip(rows, order, strict=True)
    ]
    quotas = [quotas_h(row, hours, use) for row, use in zip(rows, in_use, strict=True)]
    years = int(hours.year[-1]) + 1
    crew_h = np.array([row.crew_h if "crew" in row.needs else 0.0 for row in rows])
    eva_h = np.array([row.eva_h for row in rows])
    free_h, out_h = base.time.free_h, base.time.daily_h("eva").sum(axis=0)
    own_gb = sum(row.buffer_gb or 0.0 for row in rows)
    return Ground(
        programme,
        order,
        hours,
        np.array(in_use).reshape(len(order), len(hours.tdb_s)) > 0.0,
        tuple(held),
        np.array(quotas).reshape(len(order), years),
        base.power,
        base.sky.link_mbit_s,
        base.link.sent_gb,
        base.memory_gb + own_gb,
        base.crew,
        (Time("crew hours", crew_h.reshape(len(rows)), free_h), Time("EVA hours", eva_h.reshape(len(rows)), out_h)),
        returns(base),
        shares,
    )


def returns(base: Lived) -> tuple[tuple[float, float], ...]:
    """(when it leaves, kg of samples it takes) of every crew that goes home, in order."""
    rows = base.programme.flight
    flights = ((stay.end_tdb_s, rows[stay.flight].samples_kg) for stay in base.crew.stays)
    return tuple(sorted((at, kg) for at, kg in flights if at < base.hours.tdb_s[-1]))


def _table(base: Lived, ground: Ground, placed: Placed, shortages: Shortages, entitled_h: Array) -> Timetable:
    found = Timetable(
        ground.order,
        placed.runs,
        ground.able,
        ground.wanted_h.sum(axis=1),
        placed.time_h["crew hours"],
        placed.time_h["EVA hours"],
        tuple(shortages.account(k, delivery, float(entitled_h[k])) for k, delivery in enumerate(ground.order)),
        ground.shares or {},
    )
    return attended(found, base)


def attended(table: Timetable, base: Lived) -> Timetable:
    """Those that need a crew run in the part of an hour it is there."""
    needs = [("crew" in base.programme.experiment[d.element].needs) for d in table.standing]
    runs = np.where(np.array(needs).reshape(-1, 1), table.runs * base.crew.anybody, table.runs)
    return replace(table, runs=runs)
