"""Which hours each experiment runs, and the crew hours it gets: needs, hours wanted a year, order of rank."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from malapert.errors import InputError
from malapert.programme import Programme
from malapert.programme.elements import Experiment
from malapert.station.bus import Powered
from malapert.station.crew import CrewTime
from malapert.station.hours import Array, Hours, Presence, Sky, Standing

Flags = NDArray[np.bool_]
_YEAR_H = 8766.0


@dataclass(frozen=True)
class Account:
    """One experiment's plan in words: hours it is entitled to, which limit held it back most (empty when none did) and
    why, and the hours the same limits keep from it."""

    element: str
    partner: str
    entitled_h: float
    held_by: str
    why: str
    short_h: float


@dataclass(frozen=True)
class Timetable:
    """Experiments in order of rank, with what was planned for each.

    `runs` (experiments, n) is the part of each step planned, `possible` (experiments, n) where needs hold, `wanted_h`
    (experiments,) the hours wanted over the time in use, `hands_h` and `outside_h` (experiments, days) the crew hours
    set aside inside and outside. `accounts` say what each is entitled to and what held it back; there are none when
    hours were given by rank.
    """

    standing: tuple[Standing, ...]
    runs: Array
    possible: Flags
    wanted_h: Array
    hands_h: Array
    outside_h: Array
    accounts: tuple[Account, ...] = ()
    shares: dict[str, float] = field(default_factory=dict)
    """Rights by partner the plan was made within; none when hours were given by rank."""

    def of(self, element: str) -> Array:
        """The part of each step one experiment is planned to run (n,)."""
        return np.asarray(self.runs[[delivery.element for delivery in self.standing].index(element)])


def entitled_shares(programme: Programme, standing: tuple[Standing, ...]) -> dict[str, float]:
    """Share of the common resources by partner: agreed, or following the mass the partner has standing at the site."""
    mass_kg: dict[str, float] = {}
    for delivery in standing:
        mass_kg[delivery.partner] = mass_kg.get(delivery.partner, 0.0) + delivery.mass_kg
    total_kg = sum(mass_kg.values())
    shares: dict[str, float] = {}
    for row in programme.entitlement.values():
        contributed = mass_kg.get(row.partner, 0.0) / total_kg if total_kg else 0.0
        agreed = row.rule == "agreement" and row.share is not None
        shares[row.partner] = float(row.share or 0.0) if agreed else contributed
    return shares


def ranked(programme: Programme, standing: tuple[Standing, ...]) -> tuple[Standing, ...]:
    """Experiments that come into use: by load priority, then the larger share of the partner, then by name."""
    shares = entitled_shares(programme, standing)
    ours = [d for d in standing if d.table == "experiment" and np.isfinite(d.use_tdb_s)]
    return tuple(
        sorted(
            ours,
            key=lambda d: (programme.experiment[d.element].load_priority, -shares.get(d.partner, 0.0), d.element),
        )
    )


def conditions(row: Experiment, sky: Sky, crew: Presence, time: CrewTime | None = None) -> dict[str, Flags]:
    """Steps in which each of its needs holds (n,), by the need; whether anybody is outside only with `time`."""
    series = {
        "light": sky.sun_fraction > 0.0,
        "dark": sky.sun_fraction == 0.0,
        "earth_visible": sky.earth_visible > 0.0,
        "earth_hidden": sky.earth_visible == 0.0,
        "crew": crew.anybody > 0.0,
    }
    found = {need: np.asarray(series[need]) for need in row.needs if need in series}
    if row.coldest_ground_k is not None or row.warmest_ground_k is not None:
        if not sky.ground_k.any():
            raise InputError("light: no ground_k, which experiments with coldest_ground_k or warmest_ground_k need")
        low, high = row.coldest_ground_k or 0.0, row.warmest_ground_k or np.inf
        found["ground"] = np.asarray((sky.ground_k >= low) & (sky.ground_k <= high))
    if row.eva_h > 0.0 and time is not None:
        found["outside"] = np.asarray(time.outside > 0.0)
    return found


def possible(row: Experiment, sky: Sky, crew: Presence, time: CrewTime | None = None) -> Flags:
    """Steps in which all its needs hold (n,)."""
    able = np.ones(len(sky.sun_fraction), bool)
    for held in conditions(row, sky, crew, time).values():
        able &= held
    return able


def spread(where: Flags, preferred: Flags, year: NDArray[np.int64], wanted: Array) -> Array:
    """`wanted` steps of each year, evenly over those possible, the preferred ones first (n,) of 0 and 1."""
    runs = np.zeros(len(where))
    edges = np.searchsorted(year, np.arange(len(wanted) + 1))
    for first, end, count in zip(edges[:-1], edges[1:], np.floor(wanted + 1e-9).astype(np.int64), strict=True):
        left = int(count)
        able, better = where[first:end], preferred[first:end]
        for choice in (able & better, able & ~better):
            steps = first + np.flatnonzero(choice) if left else np.zeros(0, np.int64)
            taken = min(left, len(steps))
            if taken:
                runs[steps[np.arange(taken) * len(steps) // taken]] = 1.0
            left -= taken
    return runs


def quotas_h(row: Experiment, hours: Hours, in_use: Array) -> Array:
    """Hours wanted in each calendar year (years,): `wanted_h` for the part of it an experiment is in use."""
    used_h = np.bincount(hours.year, in_use * hours.step_h, int(hours.year[-1]) + 1)
    return np.asarray(row.wanted_h * used_h / _YEAR_H)


def timetable(
    programme: Programme,
    standing: tuple[Standing, ...],
    hours: Hours,
    sky: Sky,
    crew: Presence,
    time: CrewTime,
    powered: Powered | None,
    bears: dict[str, Flags] | None = None,
    before: Timetable | None = None,
) -> Timetable:
    """Plan every experiment; `powered`, from a dispatch before, steers hours away from where power was short; `before`
    is what was planned then.

    Hours wanted are `wanted_h` a year for the part of each calendar year an experiment is in use, spread evenly over
    the steps in which its needs hold. Crew hours go by rank, `crew_h` a day on which it runs with people there; an
    experiment that needs a crew runs only the part of the day its hands allow, any other runs unattended. One with
    `eva_h` runs while somebody is outside, as far as the hours outside go round. `bears` are the steps an instrument
    with a radiator neither freezes nor overheats in.
    """
    order = ranked(programme, standing) if before is None else before.standing
    n, days = len(hours.tdb_s), int(hours.day[-1]) + 1
    runs, hands = np.zeros((len(order), n)), np.zeros((len(order), days))
    able = np.zeros((len(order), n), bool) if before is None else before.possible
    wanted_h, outside = np.zeros(len(order)), np.zeros((len(order), days))
    free_h, out_h = time.free_h, time.daily_h("eva").sum(axis=0)
    there_d = np.bincount(hours.day, crew.anybody * hours.step_h / 24.0, days)
    for k, delivery in enumerate(order):
        row = programme.experiment[delivery.element]
        in_use = hours.there(delivery)
        if before is None:
            able[k] = possible(row, sky, crew, time) & (in_use > 0.0) & (bears or {}).get(delivery.element, True)
        quota_h = quotas_h(row, hours, in_use)
        wanted_h[k] = quota_h.sum()
        preferred = (
            np.ones(n, bool) if powered is None else powered.of(delivery.element, row.load_priority) >= 1.0 - 1e-9
        )
        runs[k] = spread(able[k], preferred, hours.year, np.asarray(quota_h / hours.step_h))
        if row.eva_h > 0.0:
            asked = row.eva_h * (np.bincount(hours.day, runs[k], days) > 0.0)
            outside[k] = np.minimum(asked, out_h)
            out_h = out_h - outside[k]
            runs[k] *= time.away * np.divide(outside[k], asked, out=np.zeros(days), where=asked > 0.0)[hours.day]
        if row.crew_h > 0.0:
            asked = row.crew_h * there_d * (np.bincount(hours.day, runs[k], days) > 0.0)
            hands[k] = np.minimum(asked, free_h)
            free_h = free_h - hands[k]
            if "crew" in row.needs:
                granted = np.divide(hands[k], asked, out=np.zeros(days), where=asked > 0.0)
                runs[k] *= granted[hours.day]
        if "crew" in row.needs:
            runs[k] *= crew.anybody
    return Timetable(order, runs, able, wanted_h, hands, outside)
