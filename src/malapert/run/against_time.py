"""Logistics against time: mass delivered and used by site and quarter, launches by pad and partner, dead mass, samples,
and the measures of effectiveness of the campaign as flown."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import isfinite

import numpy as np

from malapert.constants import STANDARD_GRAVITY_M_S2
from malapert.logistics.campaign import Measures, Simulation, measures, simulate
from malapert.logistics.clock import tdb_of
from malapert.logistics.plan import Delivery
from malapert.programme import Programme
from malapert.run.campaign import campaign_of
from malapert.run.flights import Flights
from malapert.run.manifest import Manifest
from malapert.sky.time import tdb_s
from malapert.station import Operations

STOCKS = ("water_kg", "oxygen_kg", "nitrogen_kg", "food_kg")


@dataclass(frozen=True)
class Quarter:
    """A site's quarter, kg: elements and supplies landed, stores used up, and at its end what lies dead: elements not
    in use yet (or never) and spent landers."""

    site: str
    name: str
    landed_kg: float
    supplies_kg: float
    used_kg: float
    waiting_kg: float
    spent_kg: float


@dataclass(frozen=True)
class Launches:
    """Launches of a year from one pad, by one partner."""

    year: int
    pad: str
    partner: str
    count: int


@dataclass(frozen=True)
class AgainstTime:
    """Everything by time; `errors` are what the event simulator found that cannot be."""

    quarters: tuple[Quarter, ...]
    launches: tuple[Launches, ...]
    measures: Measures
    samples_kg: float
    errors: tuple[str, ...]


def against_time(
    programme: Programme, flights: Flights, manifest: Manifest, operations: Operations
) -> tuple[AgainstTime, Simulation]:
    """The tables, and the campaign's simulation they rest on."""
    simulation = simulate(campaign_of(programme, flights, manifest), g0_m_s2=STANDARD_GRAVITY_M_S2)
    back = [flown for flown in flights.flown if isfinite(flown.back_tdb_s)]
    found = AgainstTime(
        tuple(_quarters(programme, flights, manifest, operations)),
        tuple(_launches(programme, flights)),
        measures(simulation),
        sum(programme.flight[flown.name].samples_kg for flown in back),
        tuple(f"{finding.event}: {finding.words}" for finding in simulation.errors),
    )
    return found, simulation


def _quarters(programme: Programme, flights: Flights, manifest: Manifest, operations: Operations) -> list[Quarter]:
    """Quarters in which something lands, is used, or lies there."""
    found = []
    deliveries = manifest.plan.deliveries
    spent = _spent(programme, flights, manifest)
    for site in dict.fromkeys(delivery.site for delivery in deliveries if delivery.site in programme.site):
        here = [delivery for delivery in deliveries if delivery.site == site]
        for name, begin_s, end_s in _spans(programme):
            new = [d for d in here if begin_s <= d.arrive_tdb_s < end_s]
            supplies_kg = sum(d.mass_kg for d in new if d.table == "supply")
            landed_kg = sum(d.mass_kg for d in new) - supplies_kg
            there = [d for d in here if d.arrive_tdb_s < end_s]
            waiting = sum(d.mass_kg for d in there if not d.use_tdb_s < end_s)
            dead = sum(kg for at_s, where, kg in spent if where == site and at_s < end_s)
            used = _used_kg(operations, new, begin_s, end_s) if site == programme.station else 0.0
            if there:
                found.append(Quarter(site, name, landed_kg, supplies_kg, used, waiting, dead))
    return found


def _spans(programme: Programme) -> list[tuple[str, float, float]]:
    """(name, begin, end) of every calendar quarter of the programme."""
    found: list[tuple[str, float, float]] = []
    year, quarter = programme.start.year, (programme.start.month - 1) // 3
    while True:
        begin = datetime(year, 3 * quarter + 1, 1, tzinfo=programme.start.tzinfo)
        if begin >= programme.end:
            return found
        quarter, year = (quarter + 1) % 4, year + (quarter == 3)
        end = datetime(year, 3 * quarter + 1, 1, tzinfo=programme.start.tzinfo)
        found.append((f"{begin.year} Q{(begin.month - 1) // 3 + 1}", tdb_of(begin), tdb_of(min(end, programme.end))))


def _used_kg(operations: Operations, new: list[Delivery], begin_s: float, end_s: float) -> float:
    """What the stores lost in a span beside what was landed into them or made of the ground."""
    at_s = tdb_s(operations.series["time"].to_numpy())
    first, last = np.searchsorted(at_s, [begin_s, end_s])
    last = min(int(last), len(at_s) - 1)
    if first >= last:
        return 0.0
    stock = np.sum([operations.series[name].to_numpy() for name in STOCKS], axis=0)
    landed = sum(d.mass_kg for d in new if d.table == "supply" and not d.element.startswith("spares"))
    made = float(operations.series["ground_made_kg"].to_numpy()[first + 1 : last + 1].sum())
    return max(0.0, float(stock[first]) - float(stock[last]) + landed + made)


def _spent(programme: Programme, flights: Flights, manifest: Manifest) -> list[tuple[float, str, float]]:
    """(landing, site, dry kg) of the stages that stay where they landed."""
    found = []
    for flown in flights.flown:
        if flown.route == "surface":
            stages = programme.spacecraft[flown.spacecraft].stages
            found.append((flown.arrive_tdb_s, flown.site, stages[-1].dry_kg))
    return found


def _launches(programme: Programme, flights: Flights) -> list[Launches]:
    counts: Counter[tuple[int, str, str]] = Counter()
    for flown in flights.flown:
        launcher = programme.launcher[flown.launcher]
        days = (flown.depart_tdb_s - tdb_of(programme.start)) / 86400.0
        year = (programme.start + timedelta(days=days)).year
        counts[year, launcher.pad or flown.launcher, launcher.partner] += 1
    return [Launches(*key, count) for key, count in sorted(counts.items())]
