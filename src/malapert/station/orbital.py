"""Orbital stations: each its own power network, lived through every eclipse of its orbit by steps of minutes."""

from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np
import xarray as xr

from malapert.logistics.plan import Plan
from malapert.programme import Programme
from malapert.programme.elements import SOURCE_TABLES
from malapert.station import bus
from malapert.station.hours import Presence, Standing, hours_and_sky, runs
from malapert.station.power_flow import flow
from malapert.station.results import OrbitalLife

# From the programme's row and an epoch (TDB s) on: the light in that orbit by even steps, as `operate` takes it.
Orbits = Callable[[str, float], xr.Dataset | None]


def orbital_lives(programme: Programme, plan: Plan, orbits: Orbits) -> Iterator[OrbitalLife]:
    """Every orbital station a source of power belongs to, from its first use on.

    `orbits` gives the light there, or None where the orbit is not known: then nothing is said of it.
    """
    for name in programme.orbital_station:
        there = tuple(d for d in plan.deliveries if name in (d.element, programme.elements[d.element].at))
        if not any(d.table in SOURCE_TABLES for d in there) or not any(d.element == name for d in there):
            continue
        begins = min(d.use_tdb_s for d in there)
        seen = orbits(name, begins) if np.isfinite(begins) else None
        if seen is not None:
            yield _lived(programme, name, tuple(Standing(**{**vars(d), "site": name}) for d in there), seen)


def _lived(programme: Programme, name: str, standing: tuple[Standing, ...], light: xr.Dataset) -> OrbitalLife:
    hours, sky = hours_and_sky(light)
    n = len(hours.tdb_s)
    nobody = Presence((), np.zeros((0, n)), np.zeros(n))
    generation = bus.generation_kw(programme, standing, hours, sky)
    drawn = bus.loads(programme, standing, hours, sky, nobody, lambda _: np.zeros(n))
    net = bus.network(programme, standing, hours, generation, drawn, name)
    # A craft flies on its own power: what it brings arrives charged.
    charged = tuple(replace(store, energy0_kwh=float(store.capacity_kwh[0])) for store in net.stores)
    done = flow(replace(net, stores=charged))
    short = done.network.load_kw.sum(axis=1) - done.served_kw.sum(axis=1)
    short[short < 1e-9 * done.network.load_kw.sum(axis=1)] = 0.0
    unserved = np.flatnonzero(short.any(axis=1))
    held, capacity = done.energy_kwh.sum(axis=1), done.capacity_kwh.sum(axis=1)
    fraction = np.divide(held, capacity, out=np.full(n, np.nan), where=capacity > 0.0)
    lowest = int(np.nanargmin(fraction)) if np.isfinite(fraction).any() else -1
    weeks = np.searchsorted(hours.day, np.arange(0, int(hours.day[-1]) + 1, 7))
    count = np.diff(np.r_[weeks, n])
    given_kwh = float(done.discharge_kw.sum()) * hours.step_h
    return OrbitalLife(
        name,
        programme.orbital_station[name].partner,
        (name, *(d.element for d in standing if d.element != name)),
        float(hours.tdb_s[0]),
        hours.step_h,
        float(sky.sun_fraction.mean()),
        max((end - first for first, end in runs(sky.sun_fraction == 0.0)), default=0) * hours.step_h,
        float(done.network.generation_kw.sum()) * hours.step_h,
        float(done.network.load_kw.sum()) * hours.step_h,
        float(short.sum()) * hours.step_h,
        float(short[:, 0].sum()) * hours.step_h,
        float(hours.tdb_s[unserved[0]]) if unserved.size else float("nan"),
        float(fraction[lowest]) if lowest >= 0 else float("nan"),
        float(hours.tdb_s[lowest]) if lowest >= 0 else float("nan"),
        given_kwh / float(capacity.max()) if capacity.max() > 0.0 else 0.0,
        float(done.residual_kwh.max()),
        np.fmin.reduceat(fraction, weeks),
        np.add.reduceat(done.network.generation_kw.sum(axis=1), weeks) / count,
        np.add.reduceat(sky.sun_fraction, weeks) / count,
    )
