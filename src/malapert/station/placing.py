"""From hours in a week to the steps they run in: where power is left over, evenly, on the days with hands."""

from math import ceil

import numpy as np

from malapert.station.hours import Array
from malapert.station.weeks import Flags, Ground
from malapert.station.window import TENTHS, Hours, Whole


class Placed:
    """Steps given so far: `runs` (experiments, n) and people's hours by kind, `time_h` (experiments, days)."""

    def __init__(self, ground: Ground) -> None:
        self.ground = ground
        self.runs = np.zeros(ground.able.shape)
        days = int(ground.hours.day[-1]) + 1
        self.time_h = {time.kind: np.zeros((len(ground.order), days)) for time in ground.time}
        self._drawn_kw = np.zeros(ground.able.shape[1])
        self._free_h = [time.free_h.copy() for time in ground.time]

    def place(self, chosen: list[int], first: int, hours: Hours) -> None:
        """Every experiment's steps in every week of a window, in order of rank."""
        for row, k in enumerate(chosen):
            for b, steps in enumerate(hours.steps[row]):
                if steps > 0:
                    self._week(k, first + b, int(steps), int(hours.tenths[row, b]))

    def _week(self, k: int, week: int, steps: int, tenths: int) -> None:
        """Steps evenly where power is left over, then elsewhere; on a day with part of the hands parts of steps."""
        ground = self.ground
        span = slice(int(ground.edges[week]), int(ground.edges[week + 1]))
        able = ground.lit[k, span] | ground.dark[k, span]
        part = self._manned(k, span, tenths, able) if k in ground.tended else able.astype(float)
        left_kw = ground.left_kw[ground.priority[k] - 1, span] - self._drawn_kw[span]
        lit, left = left_kw >= ground.draw_kw[k] - 1e-9, float(steps)
        for share in sorted(set(part[part > 0.0]), reverse=True):
            for where in ((part == share) & lit, (part == share) & ~lit):
                inside = even(np.flatnonzero(where), ceil(left / share - 1e-9)) + span.start
                if len(inside):
                    self.runs[k, inside] = share
                    self.runs[k, inside[-1]] = min(share, share - (share * len(inside) - left))
                    left -= float(self.runs[k, inside].sum())
                    self._drawn_kw[inside] += ground.draw_kw[k] * self.runs[k, inside]

    def _manned(self, k: int, span: slice, tenths: int, able: Flags) -> Array:
        """Part of the hands it takes that there are in each step: whole days first, those with most left of them and
        most steps; the time is taken."""
        ground = self.ground
        day = ground.hours.day[span]
        here = np.unique(day)
        count = np.bincount(day - here[0], able, len(here))
        asks = [(time, free) for time, free in zip(ground.time, self._free_h, strict=True) if time.asked_h[k] > 0.0]
        most = np.minimum.reduce([free[here] / time.asked_h[k] for time, free in asks])
        most = np.where(count > 0, np.minimum(np.floor(most * 1e6) / 1e6, 1.0), 0.0)
        left, part = tenths / TENTHS, np.zeros(len(here))
        for d in np.lexsort((here, -count, -most)):
            part[d] = min(most[d], left)
            left -= part[d]
        for time, free in asks:
            self.time_h[time.kind][k, here] += time.asked_h[k] * part
            free[here] = np.maximum(free[here] - time.asked_h[k] * part, 0.0)
        return np.asarray(part[day - here[0]] * able)

    def unattended(self) -> None:
        """Hands left over, for experiments that run without them but use them, in order of rank."""
        ground, hands_h = self.ground, self.time_h["crew hours"]
        days = hands_h.shape[1]
        there = np.bincount(ground.hours.day, ground.crew.anybody * ground.hours.step_h / 24.0, days)
        (free_h,) = (free for time, free in zip(ground.time, self._free_h, strict=True) if time.kind == "crew hours")
        for k, delivery in enumerate(ground.order):
            crew_h = ground.programme.experiment[delivery.element].crew_h
            if crew_h > 0.0 and k not in ground.tended:
                asked = crew_h * there * (np.bincount(ground.hours.day, self.runs[k], days) > 0.0)
                hands_h[k] = np.minimum(asked, free_h)
                free_h -= hands_h[k]


def even(where: Whole, count: int) -> Whole:
    """`count` of some places, evenly; all of them when there are fewer."""
    if count >= len(where):
        return where
    return where[np.arange(count) * len(where) // count] if count > 0 else where[:0]
