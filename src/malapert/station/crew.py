"""Each person's 24 hours, step by step: sleep, meals and rest, upkeep, work, exercise, and outside by rule.

A day begins with sleep, at 0 h UTC. An EVA and its preparation are cut into it where light, link and suit allow; they
take their hours from that day's work, and from its exercise where that is not enough.
"""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray

from malapert.logistics.plan import Stay
from malapert.programme import Programme
from malapert.programme.vehicles import Crew
from malapert.station.hours import Array, Hours, Presence, Sky
from malapert.station.metabolism import EFFORT

Flags = NDArray[np.bool_]
ACTIVITIES: Final = ("sleep", "personal", "upkeep", "work", "exercise", "preparation", "eva")
"""`work` is what upkeep leaves for experiments inside; `preparation` is that of an EVA."""
_EFFORT: Final = np.array([EFFORT.get(activity, EFFORT["awake"]) for activity in ACTIVITIES])
_EVA: Final = ACTIVITIES.index("eva")
# Between sleep and the first work or preparation: BVAD 2022, table 3-28, post-sleep.
POST_SLEEP_H: Final = 0.5
DAY_H: Final = 24.0


@dataclass(frozen=True)
class Evas:
    """EVAs of one stay: how many were wanted, held, and refused by reason; the first refusal (TDB s, nan for none)."""

    wanted: int
    held: int
    refused: dict[str, int]
    first_refused_tdb_s: float = np.nan
    first_because: str = ""


@dataclass(frozen=True)
class StayTime:
    """One stay's hours: `hours_h` (activities, m) of all its people in each step of `span`, `starts` (m,) its EVAs."""

    stay: Stay
    row: Crew
    span: slice
    hours_h: Array
    starts: Array
    evas: Evas


@dataclass(frozen=True)
class CrewTime:
    """Everybody's hours at the station; `day` (n,) counts UTC days. `repair_h` (days,) is what repairs take of the work
    that upkeep leaves."""

    stays: tuple[StayTime, ...]
    day: NDArray[np.int64]
    step_h: float
    repair_h: Array = field(default_factory=lambda: np.zeros(1))

    @cached_property
    def hours_h(self) -> Array:
        """Hours of all people in each step by activity (activities, n)."""
        total = np.zeros((len(ACTIVITIES), len(self.day)))
        for one in self.stays:
            total[:, one.span] += one.hours_h
        return total

    @property
    def outside(self) -> Array:
        """People outside, mean of each step (n,)."""
        return np.asarray(self.hours_h[_EVA] / self.step_h)

    @cached_property
    def away(self) -> Array:
        """Part of each step somebody is outside, the most of any stay (n,)."""
        part = np.zeros(len(self.day))
        for one in self.stays:
            if one.evas.held:
                together = min(one.row.eva_people, len(one.stay.members))
                part[one.span] = np.maximum(part[one.span], one.hours_h[_EVA] / (self.step_h * together))
        return part

    def daily_h(self, *activities: str) -> Array:
        """Hours of each stay's people in activities, day by day (stays, days)."""
        days = int(self.day[-1]) + 1
        rows = [ACTIVITIES.index(activity) for activity in activities]
        return np.array(
            [np.bincount(self.day[one.span], one.hours_h[rows].sum(axis=0), days) for one in self.stays],
            dtype=np.float64,
        ).reshape(len(self.stays), days)

    @property
    def free_h(self) -> Array:
        """Hours of work inside that upkeep and repairs leave each day (days,)."""
        return np.asarray(np.maximum(self.daily_h("work").sum(axis=0) - self.repair_h, 0.0))

    def lived_d(self, k: int) -> Array:
        """Standard person-days of metabolism of one stay in each step (n,): hours by their effort."""
        return self._spread(k, _EFFORT @ self.stays[k].hours_h / DAY_H)

    def inside_lived_d(self, k: int) -> Array:
        """The same of those who are not outside (n,): what warms the cabin and is breathed out into it."""
        return self._spread(k, _EFFORT[:_EVA] @ self.stays[k].hours_h[:_EVA] / DAY_H)

    def eva_h(self, k: int) -> Array:
        """Hours outside of one stay's people in each step (n,)."""
        return self._spread(k, self.stays[k].hours_h[_EVA])

    def starts(self, k: int) -> Array:
        """EVAs of one stay that begin in each step (n,)."""
        return self._spread(k, self.stays[k].starts)

    def _spread(self, k: int, values: Array) -> Array:
        whole = np.zeros(len(self.day))
        whole[self.stays[k].span] = values
        return whole


def crew_time(programme: Programme, hours: Hours, sky: Sky, crew: Presence) -> CrewTime:
    """Plan the days of every stay."""
    planned = []
    for stay, people in zip(crew.stays, crew.people, strict=True):
        there = np.flatnonzero(people)
        if len(there):
            span = slice(int(there[0]), int(there[-1]) + 1)
            planned.append(_stay_time(programme.crew[stay.crew], stay, hours, sky, people[span], span))
        else:
            none = np.zeros((len(ACTIVITIES), 0))
            planned.append(StayTime(stay, programme.crew[stay.crew], slice(0, 0), none, none[0], Evas(0, 0, {})))
    return CrewTime(tuple(planned), hours.day, hours.step_h)


def _stay_time(row: Crew, stay: Stay, hours: Hours, sky: Sky, people: Array, span: slice) -> StayTime:
    step_h, members = hours.step_h, len(stay.members)
    utc = hours.utc[span.start]
    clock_h = float((utc - utc.astype("datetime64[D]")) / np.timedelta64(1, "h"))
    edges_h: Array = clock_h + step_h * np.arange(len(people) + 1, dtype=np.float64)
    light = sky.sun_fraction[span] >= row.eva_sun_fraction
    link = sky.link_mbit_s[span] > 0.0 if row.eva_link else np.ones(len(people), bool)
    full = np.flatnonzero(people >= members * (1.0 - 1e-9))
    first_h, last_h = (edges_h[full[0]], edges_h[full[-1] + 1]) if len(full) else (0.0, 0.0)
    start_h, evas = _evas(row, members, edges_h, light, link, (first_h, last_h), float(hours.tdb_s[span.start]))
    rest = _rest_days(row, len(start_h), first_h)
    out = min(row.eva_people / members, 1.0)
    at_home = step_hours(row, edges_h, rest, np.full(len(start_h), np.nan))
    if not evas.held:
        return StayTime(stay, row, span, at_home * people, np.zeros(len(people)), evas)
    mean = out * step_hours(row, edges_h, rest, start_h) + (1.0 - out) * at_home
    begun = (DAY_H * np.arange(len(start_h)) + start_h)[np.isfinite(start_h)]
    starts = np.bincount(np.searchsorted(edges_h, begun + 1e-9, side="right") - 1, minlength=len(people))
    return StayTime(stay, row, span, mean * people, starts.astype(np.float64), evas)


@dataclass(frozen=True)
class MeanDay:
    """One person's day of a stay in the mean: hours of work inside, hours outside, effort against a standard day, and
    what a suit loses."""

    work_h: float
    eva_h: float
    effort: float
    suit_water_kg: float
    suit_oxygen_kg: float


def mean_day(time: CrewTime, k: int) -> MeanDay:
    """The mean over one stay as planned; a standard day without work for a stay that is never there."""
    hours_h = time.stays[k].hours_h.sum(axis=1)
    person_d = float(hours_h.sum()) / DAY_H
    if person_d == 0.0:
        return MeanDay(0.0, 0.0, 1.0, 0.0, 0.0)
    by = dict(zip(ACTIVITIES, hours_h / person_d, strict=True))
    row, eva_h, effort = time.stays[k].row, float(by["eva"]), float(_EFFORT @ hours_h / DAY_H / person_d)
    return MeanDay(float(by["work"]), eva_h, effort, eva_h * row.suit_water_kg_h, eva_h * row.suit_oxygen_kg_h)


def step_hours(row: Crew, edges_h: Array, rest: Flags, start_h: Array) -> Array:
    """One person's hours by activity (activities, m) between the edges of steps (m + 1,), hours after a midnight.

    `rest` (days,) says which days are free; `start_h` (days,) when after its midnight a day's EVA begins, nan for none.
    In every step the hours make up the step.
    """
    goes = np.isfinite(start_h)
    away_h = np.where(goes, row.eva_h + row.eva_preparation_h, 0.0)
    free_h = DAY_H - row.sleep_h - row.exercise_h - row.work_h
    morning_h = min(POST_SLEEP_H, free_h)
    work = np.maximum(row.work_h - away_h, 0.0)
    upkeep = np.minimum(min(row.upkeep_h, row.work_h), work)
    exercise = row.exercise_h - np.maximum(away_h - row.work_h, 0.0)
    science = np.where(rest, 0.0, work - upkeep)
    sleep, morning = np.full(len(rest), row.sleep_h), np.full(len(rest), morning_h)
    evening = DAY_H - away_h - sleep - morning - upkeep - science - exercise
    lengths = np.array([sleep, morning, upkeep, science, exercise, evening])
    begins = np.cumsum(lengths, axis=0) - lengths

    day = np.minimum(np.floor(edges_h / DAY_H + 1e-9).astype(np.int64), len(rest) - 1)
    clock = np.clip(edges_h - DAY_H * day, 0.0, DAY_H)
    leaves = np.where(goes, start_h, DAY_H)[day]
    prepared = np.clip(clock - (leaves - row.eva_preparation_h), 0.0, row.eva_preparation_h) * goes[day]
    outside = np.clip(clock - leaves, 0.0, row.eva_h) * goes[day]
    left = clock - prepared - outside
    parts = np.clip(left - begins[:, day], 0.0, lengths[:, day]) + (np.cumsum(lengths, axis=1) - lengths)[:, day]
    before = (np.cumsum(goes) - goes)[day]
    total = np.array(
        [
            parts[0],
            parts[1] + parts[5],
            parts[2],
            parts[3],
            parts[4],
            prepared + before * row.eva_preparation_h,
            outside + before * row.eva_h,
        ]
    )
    return np.asarray(np.maximum(np.diff(total, axis=1), 0.0))


def _rest_days(row: Crew, days: int, first_h: float) -> Flags:
    """The last `rest_days` of each week, counted from the first whole day (days,)."""
    since = np.arange(days) - int(np.ceil(first_h / DAY_H - 1e-9))
    return np.asarray((since >= 0) & (since % 7 >= 7 - row.rest_days))


def earliest_h(row: Crew, edges_h: Array, able: Flags, days: int) -> Array:
    """When after its midnight the first EVA of each day could begin (days,), nan where none fits.

    It fits where `able` (m,) holds in every step it touches, after waking and making ready, and before midnight.
    """
    start = edges_h[:-1]
    step_h = float(edges_h[1] - edges_h[0])
    day = np.floor(start / DAY_H + 1e-9).astype(np.int64)
    clock = start - DAY_H * day
    ready_h = row.sleep_h + POST_SLEEP_H + row.eva_preparation_h
    begins = np.maximum(clock, ready_h)
    lasts = np.ceil((begins + row.eva_h - clock) / step_h - 1e-9).astype(np.int64)
    held = np.r_[0, np.cumsum(able)]
    last = np.arange(len(start)) + lasts
    fits = (begins < clock + step_h - 1e-9) & (begins + row.eva_h <= DAY_H + 1e-9) & (last <= len(start))
    fits &= held[np.minimum(last, len(start))] - held[np.arange(len(start))] == lasts
    found = np.full(days, np.nan)
    steps = np.flatnonzero(fits)
    at, first = np.unique(day[steps], return_index=True)
    found[at] = begins[steps[first]]
    return found


def _evas(
    row: Crew, members: int, edges_h: Array, light: Flags, link: Flags, whole_h: tuple[float, float], start_tdb_s: float
) -> tuple[Array, Evas]:
    """When each day's EVA begins (days,), nan for none, and what became of those wanted.

    A week, from the first whole day on, has its share of EVAs on days that are not free, spread evenly over those on
    which the rules hold; what a week cannot hold is refused, not made up for.
    """
    days = int(np.floor(edges_h[-1] / DAY_H - 1e-9)) + 1
    start_h = np.full(days, np.nan)
    first, last = int(np.ceil(whole_h[0] / DAY_H - 1e-9)), int(np.floor(whole_h[1] / DAY_H + 1e-9))
    rate = row.evas_per_week or 0.0
    if rate == 0.0 or last <= first:
        return start_h, Evas(0, 0, {})
    rest = _rest_days(row, days, whole_h[0])
    enough = members >= row.eva_people + row.eva_inside
    both, lit, linked = (earliest_h(row, edges_h, flags, days) for flags in (light & link, light, link))
    held, wanted, refused, when, why = 0, 0, dict[str, int](), np.nan, ""
    for week in range(first, last, 7):
        end = min(week + 7, last)
        count = int(rate * (end - first) / 7.0 + 1e-9) - wanted
        wanted += count
        work = week + np.flatnonzero(~rest[week:end])
        able = work[np.isfinite(both[work])] if enough else work[:0]
        taken = able[(2 * np.arange(min(count, len(able))) + 1) * len(able) // (2 * max(min(count, len(able)), 1))]
        start_h[taken] = both[taken]
        held += len(taken)
        if len(taken) < count:
            fits = [int(np.count_nonzero(np.isfinite(found[work]))) >= count for found in (lit, linked)]
            because = _because(enough, *fits)
            refused[because] = refused.get(because, 0) + count - len(taken)
            if not why:
                when, why = start_tdb_s + (DAY_H * week - edges_h[0]) * 3600.0, because
    return start_h, Evas(wanted, held, refused, when, why)


def _because(enough: bool, lit: bool, linked: bool) -> str:
    if not enough:
        return "too few people"
    if not lit:
        return "dark"
    return "no link to Earth" if not linked else "light and link not together for long enough"
