"""Trips of rovers, step by step: when each sets out, what it waits for, what its battery holds and takes.

A rover away lives from its own battery; at the station it charges from the bus. A trip is driven as its route was found
with the light; its net energy is spread evenly over its steps.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numba
import numpy as np
import xarray as xr
from numpy.typing import NDArray

from malapert.errors import InputError
from malapert.programme import Programme
from malapert.programme.elements import Mine, Rover
from malapert.programme.trips import Traverse, Trip
from malapert.station.bus import Powered
from malapert.station.driving import usable_kwh
from malapert.station.hours import Array, Hours, Presence, Sky, Standing

Codes = NDArray[np.int8]
# Why a rover at the station does not set out, in the order they are looked at.
WAITS: Final = (
    "gone",
    "gear not there",
    "people not there",
    "no link and nobody there",
    "dark at the station",
    "too long in the dark on the way",
    "battery too small for the way",
    "end of the series",
    "trips of the year made",
    "charging",
)
(GONE, GEAR, PEOPLE, LINK, DARK, WAY_DARK, TOO_FAR, END, ENOUGH, CHARGING) = range(len(WAITS))


@dataclass(frozen=True, eq=False)
class Errand:
    """One kind of trip of one rover: `code` (n,) says why it cannot set out in a step, 0 where it may; `need_kwh` and
    `net_kwh` (n,) for a departure in the step, the rest of its last step included."""

    name: str
    row: Trip
    distance_km: float
    duration_h: float
    steps: int
    lit_fraction: Array
    code: Codes
    need_kwh: Array
    net_kwh: Array


@dataclass(frozen=True, eq=False)
class Fleet:
    """A rover with its errands, in the order it prefers them."""

    delivery: Standing
    row: Rover
    there: Array
    errands: tuple[Errand, ...]
    step_h: float
    year: NDArray[np.int64]
    """calendar year of each step, counted from 0 (n,)"""

    @property
    def name(self) -> str:
        """The rover's name."""
        return self.delivery.element


@dataclass(frozen=True, eq=False)
class Driven:
    """What one rover did: per step (n,) its charge at the end, what it took from the bus, which errand it is away on
    (-1 at the station), why it waited there, and the steps trips set out in with their errand."""

    fleet: Fleet
    held_kwh: Array
    charge_kw: Array
    used_kw: Array
    away: Codes
    wait: Codes
    departures: tuple[NDArray[np.intp], ...]
    offered_kw: Array

    @property
    def at_station(self) -> Array:
        """1 in steps in which the rover is on the station's bus (n,)."""
        return np.asarray(self.fleet.there * (self.away < 0))

    @property
    def away_kw(self) -> Array:
        """Power that warms it while it is away: all but its drives (n,)."""
        return np.asarray(self.fleet.row.hotel_kw * (self.away >= 0))

    @property
    def residual_kwh(self) -> Array:
        """Energy its battery cannot account for, and what it took beyond what it was given (n,)."""
        step_h = self.fleet.step_h
        gained = self.charge_kw * self.fleet.row.charge_efficiency * step_h
        unexplained = np.diff(self.held_kwh, prepend=0.0) - gained + self.used_kw * step_h
        return np.asarray(np.abs(unexplained) + np.maximum(self.charge_kw - self.offered_kw, 0.0) * step_h)


def fleets(
    programme: Programme, standing: tuple[Standing, ...], hours: Hours, sky: Sky, crew: Presence, light: xr.Dataset
) -> tuple[Fleet, ...]:
    """The rovers that drive, each with its errands; InputError when the light brings no route for one."""
    there = {delivery.element: hours.there(delivery) for delivery in standing}
    found = []
    for delivery in standing:
        row = programme.rover.get(delivery.element)
        if row is None or not row.drives:
            continue
        mine = [(name, trip) for name, trip in programme.trips.items() if trip.rover == delivery.element]
        errands = tuple(_errand(name, trip, row, there, hours, sky, crew, light) for name, trip in mine)
        found.append(Fleet(delivery, row, there[delivery.element], errands, hours.step_h, hours.year))
    return tuple(found)


def _errand(
    name: str,
    trip: Trip,
    row: Rover,
    there: dict[str, Array],
    hours: Hours,
    sky: Sky,
    crew: Presence,
    light: xr.Dataset,
) -> Errand:
    if "trip" not in light.coords or name not in light["trip"].to_numpy():
        raise InputError(f"light: no route for {name}; the light stage must bring one for every mine and traverse")
    route = light.sel(trip=name)
    duration_h = float(route["trip_h"])
    steps = max(int(np.ceil(duration_h / hours.step_h - 1e-9)), 1)
    rest_kwh = (steps * hours.step_h - duration_h) * row.hotel_kw
    need, net = (np.asarray(route[key], dtype=np.float64) + rest_kwh for key in ("trip_need_kwh", "trip_net_kwh"))
    dark_h = np.asarray(route["trip_dark_h"], dtype=np.float64)
    gear = there.get(name, np.zeros(len(need))) if isinstance(trip, Mine) else np.ones(len(need))
    people = trip.people if isinstance(trip, Traverse) else 0
    blocked = (
        (GEAR, gear == 0.0),
        (PEOPLE, ~_throughout(crew.crew >= max(people, 1), steps) if "crew" in trip.needs else None),
        (LINK, (sky.link_mbit_s <= 0.0) & (crew.anybody <= 0.0 if "link" not in trip.needs else True)),
        (DARK, sky.sun_fraction <= 0.0 if "light" in trip.needs else None),
        (WAY_DARK, dark_h > row.dark_h if row.dark_h is not None else None),
        (TOO_FAR, need > usable_kwh(row)),
        (END, ~np.isfinite(need)),
    )
    code = np.zeros(len(need), dtype=np.int8)
    for reason, where in reversed(blocked):
        if where is not None:
            code[where] = reason
    return Errand(
        name,
        trip,
        float(route["trip_km"]),
        duration_h,
        steps,
        np.asarray(route["trip_lit_fraction"], dtype=np.float64),
        code,
        np.nan_to_num(need),
        np.nan_to_num(net),
    )


def _throughout(good: NDArray[np.bool_], steps: int) -> NDArray[np.bool_]:
    """Whether a condition holds from a step on for so many (n,); not where the series ends before."""
    bad = np.concatenate([[0], np.cumsum(~good)])
    ends = np.arange(len(good)) + steps
    whole = ends <= len(good)
    return np.asarray(whole & (bad[np.minimum(ends, len(good))] == bad[:-1]))


def drive(found: tuple[Fleet, ...], powered: Powered | None = None) -> tuple[Driven, ...]:
    """All trips of all rovers, with the part of their charging power the bus gave last time; all of it when None."""
    driven = []
    for fleet in found:
        part = 1.0 if powered is None else powered.of(fleet.name, fleet.row.load_priority)
        driven.append(_run(fleet, np.asarray(fleet.there * (fleet.row.charge_kw or 0.0) * part)))
    return tuple(driven)


def given(driven: tuple[Driven, ...], powered: Powered) -> tuple[Driven, ...]:
    """The same rovers driven for good: none takes more than the bus served of what it asked."""
    return tuple(
        _run(each.fleet, each.charge_kw * powered.of(each.fleet.name, each.fleet.row.load_priority)) for each in driven
    )


def _run(fleet: Fleet, offered_kw: Array) -> Driven:
    n, kinds = len(offered_kw), max(len(fleet.errands), 1)
    code = np.full((kinds, n), GEAR, dtype=np.int8)
    need, net = np.zeros((kinds, n)), np.zeros((kinds, n))
    for e, errand in enumerate(fleet.errands):
        code[e], need[e], net[e] = errand.code, errand.need_kwh, errand.net_kwh
    steps = np.array([errand.steps for errand in fleet.errands] or [1])
    most = np.array([errand.row.trips_per_year for errand in fleet.errands] or [0])
    held, charge_kw, used_kw = np.zeros(n), np.zeros(n), np.zeros(n)
    away, wait = np.full(n, -1, dtype=np.int8), np.zeros(n, dtype=np.int8)
    sets_out = np.full(n, -1, dtype=np.int8)
    _drive(
        fleet.there,
        code,
        need,
        net,
        steps,
        most,
        fleet.year,
        np.ascontiguousarray(offered_kw),
        usable_kwh(fleet.row),
        fleet.row.charge_efficiency,
        fleet.step_h,
        held,
        charge_kw,
        used_kw,
        away,
        wait,
        sets_out,
    )
    departures = tuple(np.flatnonzero(sets_out == e) for e in range(len(fleet.errands)))
    return Driven(fleet, held, charge_kw, used_kw, away, wait, departures, offered_kw)


@numba.njit(cache=True)
def _drive(
    there: Array,
    code: Codes,
    need_kwh: Array,
    net_kwh: Array,
    steps: NDArray[np.int64],
    most_a_year: NDArray[np.int64],
    year: NDArray[np.int64],
    offered_kw: Array,
    usable_kwh: float,
    efficiency: float,
    step_h: float,
    held_kwh: Array,
    charge_kw: Array,
    used_kw: Array,
    away: Codes,
    wait: Codes,
    sets_out: Codes,
) -> None:
    """One rover through all steps: at each step at the station the first errand that may go and has the charge goes."""
    held, using_kw, back, on = 0.0, 0.0, -1, -1
    kinds = len(steps)
    made = np.zeros(kinds)
    for t in range(there.size):
        if t > 0 and year[t] != year[t - 1]:
            made[:] = 0.0
        if t >= back:
            on = -1
        if on < 0 and there[t] > 0.0:
            reason = 0
            for e in range(kinds):
                why = code[e, t]
                if why == 0:
                    if made[e] >= most_a_year[e]:
                        why = ENOUGH
                    elif held < need_kwh[e, t]:
                        why = CHARGING
                    else:
                        on, back = e, t + steps[e]
                        made[e] += 1.0
                        using_kw = net_kwh[e, t] / (steps[e] * step_h)
                        sets_out[t] = e
                        break
                if reason == 0 or why == CHARGING:
                    reason = why
            if on < 0:
                wait[t] = reason
        if on >= 0:
            away[t] = on
            used_kw[t] = using_kw
            held -= using_kw * step_h
        elif there[t] > 0.0:
            taken = min(offered_kw[t], max(usable_kwh - held, 0.0) / (efficiency * step_h))
            charge_kw[t] = taken
            held += taken * efficiency * step_h
        held_kwh[t] = held


def by_name(driven: tuple[Driven, ...]) -> Mapping[str, Driven]:
    """What each rover did, by its name."""
    return {each.fleet.name: each for each in driven}


def alike(one: tuple[Driven, ...], other: tuple[Driven, ...]) -> bool:
    """Whether rovers went and charged the same."""
    return all(
        np.array_equal(a.charge_kw, b.charge_kw) and np.array_equal(a.away, b.away)
        for a, b in zip(one, other, strict=True)
    )
