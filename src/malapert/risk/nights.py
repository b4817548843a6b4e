"""The first night a station lives through, history by history, with the station's own dispatch."""

from dataclasses import dataclass

import numpy as np
import xarray as xr

from malapert.constants import SECONDS_PER_DAY, SECONDS_PER_HOUR
from malapert.programme import Programme
from malapert.risk.assumptions import NIGHT_H, UNSERVED
from malapert.risk.draws import Array, Flags, Indices
from malapert.station.hours import hours_and_sky
from malapert.station.power import dispatch

_YEAR_S = 365.25 * SECONDS_PER_DAY
_STORES = ("battery", "fuel_cell")


@dataclass(frozen=True)
class Part:
    """What one element is to the night: a source, a store, a load; `kept` is an array's sunlight and ageing by step."""

    column: int
    solar_kw: float
    kept: Array | None
    firm_kw: float
    yearly_kept: float
    usable_kwh: float
    charge_kw: float
    discharge_kw: float
    charge_efficiency: float
    discharge_efficiency: float
    vital_kw: float


@dataclass(frozen=True)
class Site:
    """The light at the station and the elements that matter for its nights; `spells` are [first, end) steps."""

    tdb_s: Array
    step_h: float
    sunlight: Array
    spells: tuple[tuple[int, int], ...]
    parts: tuple[Part, ...]


def site_of(programme: Programme, columns: dict[str, int], light: xr.Dataset) -> Site:
    """Prepare the nights of the elements at the station (`columns`: element -> its column in the draws)."""
    hours, sky = hours_and_sky(light)
    sunlight = sky.sun_fraction * sky.irradiance
    age_y = (hours.tdb_s - hours.tdb_s[0]) / _YEAR_S
    parts = [_part(programme, name, column, sunlight, age_y) for name, column in columns.items()]
    mattering = tuple(p for p in parts if p.solar_kw or p.firm_kw or p.usable_kwh or p.vital_kw)
    return Site(hours.tdb_s, hours.step_h, sunlight, dark_spells(sky.sun_fraction, hours.step_h), mattering)


def dark_spells(sun_fraction: Array, step_h: float, least_h: float = NIGHT_H) -> tuple[tuple[int, int], ...]:
    """Spells [first, end) without any of the Sun, `least_h` long or more.

    A spell cut by the end of the series is left out: nobody knows how long it is.
    """
    dark = np.concatenate([[False], sun_fraction <= 0.0, [False]])
    edges = np.flatnonzero(dark[1:] != dark[:-1])
    spells = ((int(a), int(b)) for a, b in zip(edges[::2], edges[1::2], strict=True) if b < len(sun_fraction))
    return tuple((a, b) for a, b in spells if (b - a) * step_h >= least_h)


def _part(programme: Programme, name: str, column: int, sunlight: Array, age_y: Array) -> Part:
    row = programme.elements[name]
    array, reactor = programme.solar_array.get(name), programme.reactor.get(name) or programme.radioisotope.get(name)
    store = programme.storage.get(name)
    # Ageing counts from use: (1 - d)^(t - use) = (1 - d)^t / (1 - d)^use, so the power series is made once.
    return Part(
        column,
        array.power_kw * (1.0 - array.dust_loss) if array else 0.0,
        sunlight * (1.0 - array.degradation) ** age_y if array else None,
        reactor.power_kw if reactor else 0.0,
        1.0 - array.degradation if array else 1.0,
        store.capacity_kwh * store.depth if store else 0.0,
        store.charge_kw if store else 0.0,
        store.discharge_kw if store else 0.0,
        store.charge_efficiency if store else 1.0,
        store.discharge_efficiency if store else 1.0,
        row.keep_alive_kw,
    )


def first_night(site: Site, use_tdb_s: Array, fail_tdb_s: Array, power_tdb_s: float) -> float:
    """End of the first night after first power without an unserved vital load (TDB s); inf when there is none.

    `use_tdb_s`, `fail_tdb_s`: one history, by column. The store carries its energy from night to night.
    """
    at = int(np.searchsorted(site.tdb_s, power_tdb_s))
    held, capacity_before = 0.0, 0.0
    columns = [part.column for part in site.parts]
    begins = np.searchsorted(site.tdb_s, use_tdb_s[columns])
    ends = np.searchsorted(site.tdb_s, fail_tdb_s[columns])
    hopeless = _hopeless(site, begins, ends)
    for (first, end), lost in zip(site.spells, hopeless, strict=True):
        if first < at or lost:  # a hopeless night is lived through on the way to the next
            continue
        solar, firm, vital, store = _series(site, use_tdb_s, begins, ends, at, end)
        capacity, charge, discharge, into, out = store
        if capacity[0] < capacity_before:
            held *= capacity[0] / capacity_before
        loads = vital[:, None]  # one priority: nothing to keep energy back for, and no need to look ahead
        done = dispatch(solar, firm, loads, capacity, charge, discharge, into, out, held, site.step_h, foresight=False)
        short = vital[first - at :] - done.served_kw[first - at :, 0]
        if (short <= UNSERVED * vital[first - at :]).all():
            return float(site.tdb_s[end - 1] + site.step_h * SECONDS_PER_HOUR)
        at, held, capacity_before = end, float(done.energy_kwh[-1]), float(capacity[-1])
    return float("inf")


def _hopeless(site: Site, begins: Indices, ends: Indices) -> Flags:
    """Nights (spells,) that need more energy than firm power and the fullest, lossless store could give.

    A bound from the energy balance of the night alone, so that such nights need not be dispatched one by one.
    """
    spells = np.array(site.spells, dtype=np.int64).reshape(-1, 2)
    overlap = np.minimum(ends[:, None], spells[:, 1]) - np.maximum(begins[:, None], spells[:, 0])
    there_h = np.maximum(overlap, 0) * site.step_h
    net_kw = np.array([part.vital_kw - part.firm_kw for part in site.parts])
    usable_kwh = np.array([part.usable_kwh for part in site.parts])
    short: Flags = net_kw @ there_h > (usable_kwh @ (there_h > 0.0)) * (1.0 + 1e-6) + 1e-6
    return short


def _series(
    site: Site, use_tdb_s: Array, begins: Indices, ends: Indices, at: int, end: int
) -> tuple[Array, Array, Array, Array]:
    """Solar, firm and vital power (steps,), and the merged store as dispatch wants it (5, steps), in [at, end)."""
    n = end - at
    solar, firm, vital = np.zeros(n), np.zeros(n), np.zeros(n)
    store = np.zeros((5, n))
    starts, stops = np.maximum(begins - at, 0), np.minimum(ends - at, n)
    for part, a, b in zip(site.parts, starts, stops, strict=True):
        if a >= b:
            continue
        if part.kept is not None and part.yearly_kept > 0.0:
            aged_y = (use_tdb_s[part.column] - site.tdb_s[0]) / _YEAR_S
            solar[a:b] += part.solar_kw * part.yearly_kept**-aged_y * part.kept[at + a : at + b]
        firm[a:b] += part.firm_kw
        vital[a:b] += part.vital_kw
        usable = part.usable_kwh
        if usable:
            into, out = part.charge_efficiency * usable, part.discharge_efficiency * usable
            store[:, a:b] += np.array([usable, part.charge_kw, part.discharge_kw, into, out])[:, None]
    some = store[0] > 0.0
    for row in (3, 4):  # efficiencies weighted by usable capacity, 1 where there is no store
        store[row] = np.minimum(np.divide(store[row], store[0], out=np.ones(n), where=some), 1.0)
    return solar, firm, vital, store
