"""The operations stage: the station's life under the light, with the ways to the Earth that are in service."""

from collections.abc import Callable

import numpy as np
import xarray as xr

from malapert.logistics.clock import tdb_of
from malapert.programme import Programme
from malapert.run.flights import Flights
from malapert.run.light import Light
from malapert.run.manifest import Manifest
from malapert.sky.time import tdb_s
from malapert.station import Operations, operate


def operations(
    programme: Programme, told: Callable[..., None], light: Light, flights: Flights, plan: Manifest
) -> Operations:
    """Live through the programme hour by hour."""
    return operate(programme, plan.plan, with_links(programme, light, flights, plan))


def with_links(programme: Programme, light: Light, flights: Flights, plan: Manifest) -> xr.Dataset:
    """The light series as it is lived: eclipses taken off, relays only while in service, the best `link_mbit_s`."""
    series = light.series
    t = tdb_s(series["time"].to_numpy())
    spans = service(programme, flights, plan)
    kept = [name for name in series["relay"].to_numpy() if name in spans]
    serving = np.array([(t >= spans[name][0]) & (t < spans[name][1]) for name in kept]).reshape(len(kept), len(t))
    relayed = series["relay_mbit_s"].sel(relay=kept).to_numpy() * serving
    link = np.max([series["direct_mbit_s"].to_numpy(), *relayed], axis=0)
    return series.sel(relay=kept).assign(
        link_mbit_s=("time", link, {"units": "Mbit/s"}),
        relay_mbit_s=(("relay", "time"), relayed, {"units": "Mbit/s"}),
        sun_fraction=series["sunlight"],
    )


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
