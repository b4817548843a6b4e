"""What each week leaves experiments: steps in which needs hold, energy left over, link time, hands, room for samples.

Energy comes from a dispatch in which no experiment runs. In a step it is what nobody could use and what goes to loads
that come later; on the stores it is the least they hold between two times they are full, spread over those steps.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numba
import numpy as np
from numpy.typing import NDArray

from malapert.programme import Programme
from malapert.station.downlink import GB_PER_MBIT_S_HOUR
from malapert.station.hours import Array, Hours, Presence, Standing
from malapert.station.network import Flow
from malapert.station.window import TENTHS, Hands, Room, Whole, Window

Flags = NDArray[np.bool_]
WEEK_D = 7
# Data planned for are back within so many weeks: a month, in which the Earth rises over a polar site once.
HOME_WEEKS = 4
_MB, _EPS = 1000.0, 1e-9


@dataclass(frozen=True)
class Time:
    """People's time of one kind: hours each experiment takes of it on a day it runs (experiments,), those who run
    without it none; hours there are each day (days,)."""

    kind: str
    asked_h: Array
    free_h: Array


@dataclass(frozen=True)
class Ground:
    """All that weeks are cut from, by step (n,), day or experiment in order of rank.

    `in_use` (experiments, n) says where each is there, `held` by the need where it holds (n,), `wanted_h` (experiments,
    years) the hours wanted, `time` the people's time there is for them by kind, `returns` (epoch, kg) what flights
    home take, in order, `sent_gb` (n,) what is sent of everything else's data and `memory_gb` (n,) what waits at most.
    """

    programme: Programme
    order: tuple[Standing, ...]
    hours: Hours
    in_use: Flags
    held: tuple[dict[str, Flags], ...]
    wanted_h: Array
    base: Flow
    link_mbit_s: Array
    sent_gb: Array
    memory_gb: Array
    crew: Presence
    time: tuple[Time, ...]
    returns: tuple[tuple[float, float], ...]
    shares: dict[str, float] | None

    @cached_property
    def able(self) -> Flags:
        """Steps in which an experiment is in use and all its needs hold (experiments, n)."""
        every = [np.logical_and.reduce([use, *held.values()]) for use, held in zip(self.in_use, self.held, strict=True)]
        return np.array(every, dtype=np.bool_).reshape(self.in_use.shape)

    @cached_property
    def week(self) -> Whole:
        """The week of each step (n,): none lies in two calendar years, nor on both sides of a flight home."""
        gone = np.zeros(len(self.hours.tdb_s), dtype=np.int64)
        for step in self.leaves:
            gone[step:] += 1
        key = (self.hours.year * 100 + self._day_of_year // WEEK_D) * (len(self.returns) + 1) + gone
        return np.asarray(np.unique(key, return_inverse=True)[1], dtype=np.int64)

    @cached_property
    def leaves(self) -> list[int]:
        """The first step after each flight home has left; what was taken before can go on it."""
        return [int(np.searchsorted(self.hours.tdb_s, at)) for at, _ in self.returns]

    @cached_property
    def _day_of_year(self) -> Whole:
        first = np.searchsorted(self.hours.year, self.hours.year)
        return np.asarray(self.hours.day - self.hours.day[first])

    @cached_property
    def edges(self) -> Whole:
        """First step of each week, and n (weeks + 1,)."""
        return np.append(np.searchsorted(self.week, np.arange(self.week[-1] + 1)), len(self.week)).astype(np.int64)

    @cached_property
    def draw_kw(self) -> Array:
        """What each experiment draws more while it runs (experiments,)."""
        rows = [self.programme.experiment[d.element] for d in self.order]
        return np.array([max(row.load_kw - row.keep_alive_kw, 0.0) for row in rows])

    @cached_property
    def priority(self) -> Whole:
        """Load priority of each experiment."""
        return np.array([self.programme.experiment[d.element].load_priority for d in self.order], dtype=np.int64)

    @cached_property
    def _full(self) -> Flags:
        """Steps in which the stores take no more (n,)."""
        return np.asarray(self.base.curtailed_kw.sum(axis=1) > _EPS)

    @cached_property
    def _later_kw(self) -> tuple[Array, Array]:
        """What goes to loads later than each priority (9, n): straight from sources, and out of the stores."""
        served = self.base.served_kw.sum(axis=1).T
        later = np.vstack([np.cumsum(served[::-1], axis=0)[::-1][1:], np.zeros((1, served.shape[1]))])
        stored = np.where(self._full, 0.0, np.minimum(later, self.base.discharge_kw.sum(axis=1)))
        return np.asarray(later - stored), np.asarray(stored)

    @cached_property
    def _short(self) -> Flags:
        """Steps in which a load of a priority, or one before it, goes short (9, n): whatever is left is theirs."""
        lack = (self.base.network.load_kw - self.base.served_kw).sum(axis=1).T
        return np.asarray(np.cumsum(lack, axis=0) > _EPS)

    @cached_property
    def left_kw(self) -> Array:
        """Power left over for experiments of each priority in each step (9, n)."""
        left = self.base.curtailed_kw.sum(axis=1) + self._later_kw[0]
        return np.asarray(np.where(self._short, 0.0, left))

    @cached_property
    def spare_kwh(self) -> Array:
        """Energy the stores can spare for each priority in each step, as they give it (9, n): see `spared`."""
        stores, found = self.base.network.stores, np.zeros((9, len(self._full)))
        if stores:
            out = min(float(store.discharge_efficiency.min()) for store in stores)
            held = self.base.energy_kwh.sum(axis=1) * out
            for level in np.unique(self.priority):
                later = self._later_kw[1][level - 1] * self.hours.step_h
                found[level - 1] = spared(held, self._full, self._short[level - 1]) + later
        return found

    @cached_property
    def store_loss(self) -> float:
        """Energy that refills the stores for each unit they gave: the worst of them."""
        stores = self.base.network.stores
        return max((float((1.0 / s.charge_efficiency / s.discharge_efficiency).max()) for s in stores), default=1.0)

    @cached_property
    def give_kw(self) -> Array:
        """Power the stores could give experiments of each priority in each step (9, n)."""
        most = sum((store.discharge_kw for store in self.base.network.stores), np.zeros(len(self.week)))
        return np.asarray(np.maximum(most - self.base.discharge_kw.sum(axis=1), 0.0) + self._later_kw[1])

    @cached_property
    def lit(self) -> Flags:
        """Steps in which needs hold and power is left over for the experiment (experiments, n)."""
        return np.asarray(self.able & (self.left_kw[self.priority - 1] >= self.draw_kw[:, None] - _EPS))

    @cached_property
    def dark(self) -> Flags:
        """Further steps in which the stores can carry it (experiments, n)."""
        reach = self.left_kw[self.priority - 1] + self.give_kw[self.priority - 1] >= self.draw_kw[:, None] - _EPS
        return np.asarray(self.able & ~self.lit & reach & (self.spare_kwh[self.priority - 1] > 0.0))

    @cached_property
    def link_mb(self) -> Whole:
        """What the link carries for experiments in each week, once all other data are sent (weeks,)."""
        room = self.link_mbit_s * GB_PER_MBIT_S_HOUR * self.hours.step_h - self.sent_gb
        return np.floor(self.by_week(room) * _MB + _EPS).astype(np.int64)

    @cached_property
    def may_wait_mb(self) -> Whole:
        """Data that may wait at the end of each week (weeks,): what the buffer holds and what the link then brings home
        in time."""
        total = np.concatenate([[0], np.cumsum(self.link_mb)])
        after = np.arange(1, len(total))
        soon = total[np.minimum(after + HOME_WEEKS, len(total) - 1)] - total[after]
        memory = np.minimum(np.minimum.reduceat(self.memory_gb, self.edges[:-1]), 1e12) * _MB
        return np.asarray(np.minimum(soon, memory.astype(np.int64)), dtype=np.int64)

    @cached_property
    def tended(self) -> list[int]:
        """Experiments whose every hour takes people's time."""
        return [k for k in range(len(self.order)) if any(time.asked_h[k] > 0.0 for time in self.time)]

    @cached_property
    def grams(self) -> Whole:
        """Samples in a step of each experiment that needs them home (experiments,)."""
        rows = [self.programme.experiment[d.element] for d in self.order]
        kg = [row.samples_kg_d * self.hours.step_h / 24.0 if "sample_return" in row.needs else 0.0 for row in rows]
        return np.ceil(np.array(kg).reshape(len(rows)) * 1000.0 - _EPS).astype(np.int64)

    def by_week(self, values: Array) -> Array:
        """Sums of a series over weeks (..., weeks)."""
        return np.asarray(np.add.reduceat(values, self.edges[:-1], axis=-1))

    def years(self) -> Iterator[tuple[int, int, int]]:
        """(year, first week, end week) of every calendar year."""
        of_week = self.hours.year[self.edges[:-1]]
        for year in range(int(of_week[-1]) + 1):
            first, end = np.searchsorted(of_week, [year, year + 1])
            yield year, int(first), int(end)

    @cached_property
    def _weekly(self) -> dict[str, Whole]:
        step_h = self.hours.step_h
        wh = {"surplus": self.left_kw * step_h, "spare": self.spare_kwh}
        whole = {name: np.floor(self.by_week(values) * 1000.0 + 1e-6).astype(np.int64) for name, values in wh.items()}
        steps = {"able": self.able, "lit": self.lit, "dark": self.dark}
        return whole | {name: self.by_week(flags.astype(np.int32)).astype(np.int64) for name, flags in steps.items()}

    def window(
        self, year: int, first: int, end: int, waiting_mb: int, rooms: tuple[Room, ...]
    ) -> tuple[Window, list[int]]:
        """One year's window, for the experiments that want hours in it, and which they are."""
        step_h, weeks = self.hours.step_h, slice(first, end)
        wanted = np.floor(self.wanted_h[:, year] / step_h + _EPS).astype(np.int64)
        chosen = [k for k in range(len(self.order)) if wanted[k] > 0]
        rows = [self.programme.experiment[self.order[k].element] for k in chosen]
        days = np.array([self._day_steps(k, first, end) for k in chosen], dtype=np.int64)
        data = np.array([row.data_mbit_s * GB_PER_MBIT_S_HOUR * step_h * _MB for row in rows])
        weekly = self._weekly
        found = Window(
            tuple(self.order[k].element for k in chosen),
            tuple(self.order[k].partner for k in chosen),
            self.priority[chosen],
            wanted[chosen],
            weekly["able"][chosen, weeks],
            weekly["lit"][chosen, weeks],
            weekly["dark"][chosen, weeks],
            np.ceil(self.draw_kw[chosen] * step_h * 1000.0 - 1e-6).astype(np.int64),
            weekly["surplus"][:, weeks],
            weekly["spare"][:, weeks],
            self.store_loss,
            np.ceil(data - _EPS).astype(np.int64),
            self.link_mb[weeks],
            waiting_mb,
            self.may_wait_mb[weeks],
            tuple(self._hands(time, chosen, first, end) for time in self.time),
            days.reshape(len(chosen), end - first, WEEK_D + 1),
            self.grams[chosen],
            rooms,
            self.shares,
        )
        return found, chosen

    def _days(self, week: int) -> slice:
        """The days of a week; a year's last has a day or two."""
        day = self.hours.day
        return slice(int(day[self.edges[week]]), int(day[self.edges[week + 1] - 1]) + 1)

    def rooms(self) -> "Rooms":
        """What flights home leave the weeks before them, to be given away from the first week on."""
        return Rooms(self)

    def _hands(self, time: Time, chosen: list[int], first: int, end: int) -> Hands:
        """Seconds asked for a tenth of a day, and those there are."""
        seconds = np.ceil(time.asked_h[chosen] * 3600.0 / TENTHS - 1e-6).astype(np.int64)
        free = [time.free_h[self._days(b)].sum() * 3600.0 + 1e-6 for b in range(first, end)]
        return Hands(time.kind, seconds, np.floor(np.array(free)).astype(np.int64))

    def _day_steps(self, k: int, first: int, end: int) -> Whole:
        """Steps of one tended experiment by day of each week, the best day first (weeks, days)."""
        found = np.zeros((end - first, WEEK_D + 1), dtype=np.int64)
        if k not in self.tended:
            return found
        able = self.lit[k] | self.dark[k]
        for b in range(first, end):
            days, steps = self._days(b), slice(self.edges[b], self.edges[b + 1])
            by_day = np.bincount(self.hours.day[steps] - days.start, able[steps], days.stop - days.start)
            for time in self.time:
                if time.asked_h[k] > 0.0:
                    by_day = by_day * np.minimum(time.free_h[days] / time.asked_h[k], 1.0)
            found[b - first, : len(by_day)] = np.sort(np.floor(by_day + 1e-6).astype(np.int64))[::-1]
        return found


@numba.njit(cache=True)
def spared(held: Array, full: Flags, short: Flags) -> Array:
    """Energy that may be drawn in each step of a spell in which stores are not full, and all of it together, without
    their running out before they are full again (n,).

    What may be gone by step t is the least held from t to the spell's end, nothing before a step that goes short: the
    least of the whole spell evenly, and what it rises by as the stores refill.
    """
    n, i = len(held), 0
    found = np.zeros(n)
    while i < n:
        if full[i]:
            i += 1
            continue
        end = i
        while end < n and not full[end]:
            end += 1
        least = np.inf
        for t in range(end - 1, i - 1, -1):
            least = min(least, 0.0 if short[t] else held[t])
            found[t] = least
        first = found[i]
        before = first
        for t in range(i, end):
            now = found[t]
            found[t] = first / (end - i) + now - before
            before = now
        i = end
    return found


class Rooms:
    """Samples by the flight home they wait for: its room is spread evenly over the weeks since the one before in which
    anything could take samples for it; what one year leaves the next has."""

    def __init__(self, ground: Ground) -> None:
        last, weeks = int(ground.week[-1]), len(ground.edges) - 1
        ends = [int(ground.week[step]) for step in ground.leaves]
        self._spans = list(zip([0, *ends], [*ends, last + 1], strict=True))
        self._left = [int(kg * 1000.0) for _, kg in ground.returns] + [0]
        takers = ground.by_week(ground.able[ground.grams > 0].astype(np.int32))
        self._takes: Flags = np.asarray((takers > 0).sum(axis=0) > 0).reshape(weeks)

    def of(self, first: int, end: int) -> tuple[Room, ...]:
        """Room for samples in weeks of a window, counted from its first."""
        found = []
        for (begins, ends), grams in zip(self._spans, self._left, strict=True):
            a, b = max(begins, first), min(ends, end)
            if a < b:
                here, later = int(self._takes[a:b].sum()), int(self._takes[a:ends].sum())
                found.append(Room(a - first, b - first, grams * here // later if later else 0))
        return tuple(found)

    def take(self, first: int, grams: Whole) -> None:
        """What was taken in each week of a window (weeks,)."""
        for k, (begins, ends) in enumerate(self._spans):
            a, b = max(begins - first, 0), min(ends - first, len(grams))
            if a < b:
                self._left[k] -= int(grams[a:b].sum())
