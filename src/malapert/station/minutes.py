"""The worst dark spell again by finer steps: the same loads and stores under light that is known by the minute."""

from dataclasses import replace

import numpy as np
import xarray as xr

from malapert.errors import InputError
from malapert.station import bus
from malapert.station.hours import Array, hours_and_sky
from malapert.station.network import Link, Network, Store
from malapert.station.power_flow import flow
from malapert.station.steps import Lived


def spell(lived: Lived, light: xr.Dataset) -> xr.Dataset:
    """Power through `light`, a light dataset of finer steps inside the hours lived (time).

    Loads are those of the hour, sources follow the finer light, stores start with what they held and as worn as they
    were. The time after it is known to the bus as far as `light` reaches. InputError when it reaches outside.
    """
    hours, sky = hours_and_sky(light)
    at = np.searchsorted(lived.hours.tdb_s, hours.tdb_s + 1e-3, side="right") - 1
    first = int(at[0])
    if first < 1 or hours.tdb_s[-1] >= lived.hours.tdb_s[-1] + lived.hours.step_h * 3600.0:
        raise InputError("the finer light must lie inside the hours lived, after the first of them")
    coarse = lived.power.network
    generation = bus.generation_kw(lived.programme, lived.standing, hours, sky)
    given = np.zeros((len(at), len(coarse.buses)))
    up = {starter.name: lived.power.started_kw[:, g] > 0.0 for g, starter in enumerate(coarse.starters)}
    for element, kw in generation.items():
        kw = kw * (np.logical_or.accumulate(up[element])[at] if element in up else 1.0)
        given[:, coarse.buses.index(lived.source_bus[element])] += kw
    kept = tuple(_store(store, lived, s, first, at) for s, store in enumerate(coarse.stores))
    ways = tuple(Link(way.name, way.from_bus, way.to_bus, way.limit_kw[at], way.efficiency) for way in coarse.links)
    net = Network(coarse.buses, given, coarse.load_kw[at], kept, ways, hours.step_h)
    done = flow(net, set_points=bus.rule(lived.programme, bool(lived.power.surviving[first - 1])))
    asked, served = net.load_kw.sum(axis=1), done.served_kw.sum(axis=1)
    series: dict[str, tuple[tuple[str, ...], Array, dict[str, str]]] = {
        "generation_kw": (("time",), given.sum(axis=1), {"units": "kW"}),
        "load_kw": (("time", "priority"), asked, {"units": "kW"}),
        "served_kw": (("time", "priority"), served, {"units": "kW"}),
        "stored_kwh": (("time",), done.energy_kwh.sum(axis=1), {"units": "kWh"}),
        "capacity_kwh": (("time",), done.capacity_kwh.sum(axis=1), {"units": "kWh"}),
        "residual_kwh": (("time",), done.residual_kwh, {"units": "kWh"}),
    }
    return xr.Dataset(series, coords={"time": hours.utc.astype("datetime64[ns]"), "priority": np.arange(1, 10)})


def _store(store: Store, lived: Lived, s: int, first: int, at: np.ndarray) -> Store:
    """A store by the finer steps: what it held at the end of the hour before, and the capacity its wear had left."""
    started = float(store.capacity_kwh[first])
    worn = float(lived.power.capacity_kwh[first, s]) / started if started > 0.0 else 1.0
    capacity = store.capacity_kwh[at] * worn
    held = min(float(lived.power.energy_kwh[first - 1, s]), float(capacity[0]))
    return replace(
        store,
        capacity_kwh=capacity,
        charge_kw=store.charge_kw[at],
        discharge_kw=store.discharge_kw[at],
        charge_efficiency=store.charge_efficiency[at],
        discharge_efficiency=store.discharge_efficiency[at],
        energy0_kwh=held,
    )
