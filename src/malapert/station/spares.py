"""Failures in the mean: what fails, who mends it with what spares, how long it is out, and what spares would do.

Day by day, in expectation: what works fails at its rate; a repair begins when somebody who may do it has the hours and
the spares are there, by load priority, and the element is back `repair_d` later. The hours are all worked on the day a
repair begins; one that needs a crew begins only if it ends within the stay.
"""

from dataclasses import dataclass
from functools import cached_property

import numba
import numpy as np
from numpy.typing import NDArray

from malapert.programme import Programme
from malapert.station.hours import Array, Hours, Presence, Standing
from malapert.station.kits import Kind

DAYS_PER_YEAR = 365.25


@dataclass(frozen=True)
class Repairs:
    """Elements that may fail (E,) by day (E, days): failures, repairs begun, the part that is out at the day's end and
    spares that repairs asked for and did not get; hours worked, kilograms landed and in store (days,)."""

    standing: tuple[Standing, ...]
    there_d: Array
    failures: Array
    begun: Array
    out: Array
    lacking_kg: Array
    wanted: Array
    """repairs that would have begun by the end, had there been spares for all (E,)"""
    spares_kg: Array
    crew_h: Array
    robot_h: Array
    landed_kg: Array
    stock_kg: Array

    @cached_property
    def used_kg(self) -> Array:
        """Spares used by element and day (E, days)."""
        return np.asarray(self.begun * self.spares_kg[:, None])

    @property
    def availability(self) -> Array:
        """Part of its time in use each element works, in the mean (E,)."""
        use_d = self.there_d.sum(axis=1)
        out_d = (self.out * self.there_d).sum(axis=1)
        return np.asarray(1.0 - np.divide(out_d, use_d, out=np.zeros_like(use_d), where=use_d > 0.0))

    @property
    def residual_kg(self) -> Array:
        """Spares landed, less used, less what the store gained, day by day (days,)."""
        gained = np.diff(self.stock_kg, prepend=0.0)
        return np.asarray(self.landed_kg - self.used_kg.sum(axis=0) - gained)

    def kinds(self, programme: Programme) -> tuple[Kind, ...]:
        """Kinds of spares with the repairs they are wanted for; a kit serves the heaviest repair of its kind."""
        found: dict[str, Kind] = {}
        for e, delivery in enumerate(self.standing):
            row = programme.elements[delivery.element]
            name = row.spares_kind or row.like or delivery.element
            before = found.get(name, Kind(name, (), 0.0, 0.0))
            found[name] = Kind(
                name,
                (*before.elements, delivery.element),
                max(before.kit_kg, float(self.spares_kg[e])),
                before.mean + float(self.wanted[e]),
            )
        return tuple(found[name] for name in sorted(found))


def repairs(
    programme: Programme, standing: tuple[Standing, ...], hours: Hours, crew: Presence, free_h: Array
) -> Repairs:
    """Failures and repairs of all that stands, with `free_h` (days,) crew hours a day to spare for them."""
    rows = programme.elements
    kept = [d for d in standing if rows[d.element].failures_per_year > 0.0 and hours.there(d).any()]
    kept.sort(key=lambda d: (rows[d.element].load_priority, d.element))
    days, step_d = int(hours.day[-1]) + 1, hours.step_h / 24.0

    def by_day(steps: Array) -> Array:
        return np.asarray(np.bincount(hours.day, steps, days), dtype=np.float64)

    there_d = np.array([by_day(hours.there(d)) * step_d for d in kept]).reshape(len(kept), days)
    rate = np.array([rows[d.element].failures_per_year / DAYS_PER_YEAR for d in kept])
    spares_kg = np.array([rows[d.element].spares_kg for d in kept], dtype=np.float64)
    work_h = np.array([rows[d.element].repair_h for d in kept], dtype=np.float64)
    delay_d = np.array([rows[d.element].repair_d for d in kept], dtype=np.float64)
    people = np.array([rows[d.element].repair_by == "crew" for d in kept], dtype=bool)
    robots = (rows[d.element].robot_h * hours.there(d) for d in standing if rows[d.element].robot_h > 0.0)
    robot_h = by_day(sum(robots, np.zeros(len(hours.day)))) * step_d
    landed_kg = np.zeros(days)
    for d in standing:
        if d.table == "supply" and programme.supply[d.element].resource == "spares" and hours.there(d).any():
            landed_kg[hours.day[hours.first(hours.there(d) > 0.0)]] += d.mass_kg
    given = (there_d, rate, spares_kg, work_h, delay_d, people, free_h, _left_d(hours, crew, days), robot_h)
    failures, begun, out, lacking_kg, crew_h, by_robot_h, stock_kg = _mend(*given, landed_kg)
    plenty = np.zeros(days)
    plenty[0] = np.inf
    wanted = _mend(*given, plenty)[1].sum(axis=1)
    return Repairs(
        tuple(kept), there_d, failures, begun, out, lacking_kg, wanted, spares_kg, crew_h, by_robot_h, landed_kg,
        stock_kg,
    )  # fmt: skip


def _left_d(hours: Hours, crew: Presence, days: int) -> Array:
    """Days each day's crew still stays, the longest of stays (days,); 0 when nobody is there."""
    left = np.zeros(days)
    begins_s = hours.tdb_s[np.searchsorted(hours.day, np.arange(days))]
    for stay, people in zip(crew.stays, crew.people, strict=True):
        here = np.bincount(hours.day, people, days) > 0.0
        left = np.where(here, np.maximum(left, (stay.end_tdb_s - begins_s) / 86400.0), left)
    return np.asarray(left)


@numba.njit(cache=True)
def _mend(
    there_d: Array, rate: Array, kg: Array, work_h: Array, delay_d: Array, people: NDArray[np.bool_], free_h: Array,
    left_d: Array, robot_h: Array, landed_kg: Array,
) -> tuple[Array, Array, Array, Array, Array, Array, Array]:  # fmt: skip
    """Failures and repairs day by day; elements in the order in which they are mended."""
    elements, days = there_d.shape
    failures, begun, out = np.zeros((elements, days)), np.zeros((elements, days)), np.zeros((elements, days))
    lacking, crew_h, by_robot_h, stock_kg = np.zeros((elements, days)), np.zeros(days), np.zeros(days), np.zeros(days)
    waiting, mending, stock = np.zeros(elements), np.zeros(elements), 0.0
    for d in range(days):
        stock += landed_kg[d]
        crew_left, robot_left = free_h[d], robot_h[d]
        for e in range(elements):
            delay = int(np.ceil(delay_d[e]))
            if delay > 0 and d >= delay:
                mending[e] = max(mending[e] - begun[e, d - delay], 0.0)
            if there_d[e, d] == 0.0:
                waiting[e] = 0.0  # not here yet, or gone with its lander
                continue
            failures[e, d] = rate[e] * there_d[e, d] * max(1.0 - waiting[e] - mending[e], 0.0)
            waiting[e] += failures[e, d]
            robots = 0.0 if people[e] else robot_left
            crews = crew_left if left_d[d] >= delay_d[e] and left_d[d] > 0.0 else 0.0
            able = waiting[e]
            if work_h[e] > 0.0:
                able = min(able, (robots + crews) / work_h[e])
            elif crews == 0.0 and robots == 0.0:
                able = 0.0
            starts = able
            if kg[e] > 0.0:
                starts = min(able, stock / kg[e])
                lacking[e, d] = max(able - starts, 0.0) * kg[e]
                stock = stock - starts * kg[e] if starts * kg[e] < stock else 0.0
            by_robots = min(starts * work_h[e], robots)
            by_crew = min(max(starts * work_h[e] - by_robots, 0.0), crews)
            robot_left, crew_left = robot_left - by_robots, max(crew_left - by_crew, 0.0)
            by_robot_h[d] += by_robots
            crew_h[d] += by_crew
            waiting[e] = max(waiting[e] - starts, 0.0)
            begun[e, d] = starts
            if delay > 0:
                mending[e] += starts
            out[e, d] = min(waiting[e] + mending[e], 1.0)
        stock_kg[d] = stock
    return failures, begun, out, lacking, crew_h, by_robot_h, stock_kg
