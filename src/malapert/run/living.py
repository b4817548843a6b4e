"""The experiments and operations stages: hours planned and the station's life under the light, with the ways to the
Earth that are in service."""

from collections.abc import Callable
from functools import partial
from typing import Final

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from malapert import terrain
from malapert.logistics.clock import tdb_of
from malapert.programme import Programme
from malapert.run.experiments import ExperimentPlan, hours_planned
from malapert.run.flights import Flights
from malapert.run.ground import site_horizon
from malapert.run.light import Light, under_kernels
from malapert.run.manifest import Manifest
from malapert.run.orbits import orbit_light
from malapert.sky.time import tdb_s, utc
from malapert.station import Operations, operate
from malapert.station.downlink import way_parts
from malapert.station.results import DarkSpell

Array = NDArray[np.float64]
# The minutes begin so long before the worst dark spell and go on so long after: the bus knows no more than they hold.
BEFORE: Final = np.timedelta64(12, "h")
AFTER: Final = np.timedelta64(10, "D")


def experiments(
    programme: Programme, told: Callable[..., None], light: Light, flights: Flights, plan: Manifest
) -> ExperimentPlan:
    """Plan the hours of every experiment."""
    return hours_planned(programme, plan.plan, with_links(programme, light, flights, plan), told)


def operations(
    programme: Programme,
    told: Callable[..., None],
    light: Light,
    flights: Flights,
    plan: Manifest,
    experiments: ExperimentPlan,
) -> Operations:
    """Live through the programme hour by hour, and through its worst dark spell minute by minute."""
    hourly = with_links(programme, light, flights, plan)
    fine = partial(finer, programme, hourly)
    table = experiments.timetable(programme, plan.plan)
    return operate(programme, plan.plan, hourly, fine, partial(_orbit_light, programme), table)


def _orbit_light(programme: Programme, name: str, from_tdb_s: float) -> xr.Dataset | None:
    with under_kernels(programme):
        return orbit_light(programme, name, from_tdb_s)


def finer(programme: Programme, hourly: xr.Dataset, dark: DarkSpell) -> xr.Dataset:
    """The Sun minute by minute through a dark spell and days around it; all else as in the hour."""
    time = hourly["time"].to_numpy().astype("datetime64[ms]")
    begins, ends = (utc(epoch).astype("datetime64[ms]") for epoch in (dark.start_tdb_s, dark.end_tdb_s))
    start, end = max(begins - BEFORE, time[1]), min(ends + AFTER, time[-1])
    with under_kernels(programme):
        fine = terrain.site_light(site_horizon(programme, programme.home), start, end, 60.0)
        sites = {name: site_horizon(programme, row) for name, row in programme.skies.items()}
        far = [_lit(terrain.site_light(horizon, start, end, 60.0)) for horizon in sites.values()]
    at = np.searchsorted(time, fine["time"].to_numpy(), side="right") - 1
    kept = hourly[["link_mbit_s", "sun_distance_au"]].isel(time=at).assign_coords(time=fine["time"])
    fine = fine.assign(dict(kept.data_vars)).assign(sun_fraction=("time", _lit(fine)))
    if far:
        fine = fine.assign(site_sunlight=(("site", "time"), np.array(far))).assign_coords(site=list(sites))
    return fine


def _lit(light: xr.Dataset) -> NDArray[np.float64]:
    """Part of the disk above the ground and not behind the Earth (time,)."""
    return light["sun_fraction"].to_numpy() * (1.0 - light["sun_eclipsed_fraction"].to_numpy())


def with_links(programme: Programme, light: Light, flights: Flights, plan: Manifest) -> xr.Dataset:
    """The light series as it is lived: eclipses taken off, relays only while in service, the best `link_mbit_s`."""
    series = light.series
    t = tdb_s(series["time"].to_numpy())
    spans = service(programme, flights, plan)
    kept = [name for name in series["relay"].to_numpy() if name in spans]
    serving = np.array([(t >= spans[name][0]) & (t < spans[name][1]) for name in kept]).reshape(len(kept), len(t))
    relayed = series["relay_mbit_s"].sel(relay=kept).to_numpy() * serving
    link = np.max([series["direct_mbit_s"].to_numpy(), *relayed], axis=0)
    series = series.sel(relay=kept)
    return series.assign(
        link_mbit_s=("time", link, {"units": "Mbit/s"}),
        station_part=(("ground_station", "time"), _station_parts(series, link, relayed), {"units": "1"}),
        relay_mbit_s=(("relay", "time"), relayed, {"units": "Mbit/s"}),
        sun_fraction=series["sunlight"],
    )


def _station_parts(series: xr.Dataset, link_mbit_s: Array, relayed_mbit_s: Array) -> Array:
    """Part of what is sent that each ground station takes (ground_station, time): of the ways used, alike by those
    that can take all of it."""
    ways = {"direct": series["direct_mbit_s"].to_numpy(), **{str(k): rate for k, rate in enumerate(relayed_mbit_s)}}
    taken = [series["direct_taken"].to_numpy(), *series["relay_taken"].to_numpy()]
    total: Array = np.zeros(taken[0].shape)
    for part, able in zip(way_parts(ways, link_mbit_s).values(), taken, strict=True):
        total += np.divide(part, able.sum(axis=0), out=np.zeros(len(part)), where=able.any(axis=0)) * able
    return total


def service(programme: Programme, flights: Flights, plan: Manifest) -> dict[str, tuple[float, float]]:
    """From when to when each relay serves: as declared, or from the arrival of the flight that places it; orbital
    stations from their first use."""
    placed = {programme.flight[f.name].relay: f.arrive_tdb_s for f in flights.flown if programme.flight[f.name].relay}
    spans = {}
    for name, relay in programme.relay.items():
        begins = tdb_of(relay.in_service) if relay.in_service else placed.get(name, np.inf)
        spans[name] = (begins, tdb_of(relay.out_of_service) if relay.out_of_service else np.inf)
    for delivery in plan.plan.deliveries:
        if delivery.table == "orbital_station":
            spans[delivery.element] = (delivery.use_tdb_s, np.inf)
    return spans
