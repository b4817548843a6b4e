"""Routes of the programme's rovers, found once with the light: out, the work there, and back loaded."""

from collections.abc import Callable, Mapping
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from malapert import terrain
from malapert.programme import Programme
from malapert.programme.elements import Rover
from malapert.programme.trips import Digging, Traverse, Trip
from malapert.run.ground import site_terrain
from malapert.station.driving import mobility
from malapert.station.mining import load_kg
from malapert.terrain.light import Epochs
from malapert.terrain.shadow import nearest_shadow
from malapert.terrain.traverse import NoRouteError, least_cost_route
from malapert.terrain.traverse import Traverse as Route
from malapert.terrain.traverse_light import departures, itinerary, route_light

Told = Callable[[float, str], None]
# Places along each leg whose horizon is looked at; the station's years are long.
STOPS: Final = 6
# Points a route is kept by, for pictures.
POINTS: Final = 96


def trip_series(programme: Programme, time: Epochs, told: Told) -> Mapping[str, Any]:
    """Variables of the light dataset for every mine and traverse whose rover is there: (trip,), (trip, point) for the
    way there, and (trip, time) for departures; none without trips."""
    chosen = {name: row for name, row in programme.trips.items() if row.rover in programme.rover}
    if not chosen:
        return {}
    columns: dict[str, list[Any]] = {}
    for number, (name, row) in enumerate(chosen.items()):
        told(number / len(chosen), f"Light: the way of {name}")
        for key, value in _trip(programme, name, row, time).items():
            columns.setdefault(key, []).append(value)
    units = {"km": "km", "h": "h", "kwh": "kWh", "deg": "deg", "m": "m", "fraction": "1", "kg": "kg", "km2": "km2"}
    out: dict[str, Any] = {}
    for key, values in columns.items():
        stacked = np.array(values)
        dims = {1: ("trip",), 2: ("trip", "point" if key.startswith("trip_way") else "time")}[stacked.ndim]
        out[key] = (dims, stacked, {"units": units.get(key.rsplit("_", 1)[-1], "")})
    return out | {"trip": list(chosen)}


def _trip(programme: Programme, name: str, row: Trip, time: Epochs) -> dict[str, Any]:
    rover, heights = programme.rover[row.rover], site_terrain(programme, programme.home)
    home = (programme.home.lat_deg, programme.home.lon_deg)
    out_kg, back_kg = _loads_kg(row, rover)
    try:
        there, area_km2 = _place(programme, heights, row, rover, out_kg)
        out = least_cost_route(heights, home, there, mobility(rover, out_kg), row.route)
        back = least_cost_route(heights, there, home, mobility(rover, back_kg), row.route)
    except NoRouteError as error:
        raise NoRouteError(f"{name}: {error}") from error
    plan = itinerary((out, back), _stays(row, rover), STOPS)
    light = route_light(heights, plan, time)
    met = departures(light, plan, rover.solar_kw)
    return {
        "trip_km": out.distance_km + back.distance_km,
        "trip_h": plan.duration_h,
        "trip_kwh": plan.energy_kwh,
        "trip_climb_m": out.climb_m + back.climb_m,
        "trip_steepest_deg": max(max(leg.steepest_up_deg, leg.steepest_down_deg) for leg in (out, back)),
        "trip_shadow_km2": area_km2,
        "trip_words": "\n".join((out.heights, *out.warnings)),
        "trip_need_kwh": met.need_kwh.astype(np.float32),
        "trip_net_kwh": met.net_kwh.astype(np.float32),
        "trip_dark_h": met.longest_dark_h.astype(np.float32),
        "trip_lit_fraction": met.lit_fraction.astype(np.float32),
        **{f"trip_way_{key}": values for key, values in _way(out).items()},
        **{f"trip_wayback_{key}": values for key, values in _way(back).items()},
    }


def _loads_kg(row: Trip, rover: Rover) -> tuple[float, float]:
    """What a rover carries out and back: gear, and the ground it dug."""
    if isinstance(row, Traverse):
        return row.load_kg, row.load_kg
    gear = getattr(row, "mass_kg", 0.0)
    return gear, gear + (load_kg(row, rover) if isinstance(row, Digging) else 0.0)


def _stays(row: Trip, rover: Rover) -> tuple[tuple[float, float], ...]:
    """Hours and power at the place, and at the station to unload."""
    if isinstance(row, Traverse):
        return ((row.stay_h, row.stay_kw + rover.hotel_kw),)
    assert isinstance(row, Digging)
    return (
        (load_kg(row, rover) / row.dig_kg_h, row.dig_kw + rover.hotel_kw),
        (row.unload_h, rover.hotel_kw),
    )


def _place(
    programme: Programme, heights: terrain.Terrain, row: Trip, rover: Rover, out_kg: float
) -> tuple[tuple[float, float], float]:
    """Where a trip leads, and the area of the shadow it leads into (nan for a named site)."""
    if row.site:
        return (programme.site[row.site].lat_deg, programme.site[row.site].lon_deg), float("nan")
    home = programme.home
    found = nearest_shadow(heights, home.lat_deg, home.lon_deg, mobility(rover, out_kg), row.shadow_km2, row.within_km)
    return (found.lat_deg, found.lon_deg), found.area_km2


def _way(leg: Route) -> dict[str, NDArray[np.float64]]:
    """A leg by POINTS points, even along it."""
    at = np.linspace(0.0, leg.distance_km, POINTS)
    lon = np.unwrap(leg.lon_deg, period=360.0)
    return {
        "lat_deg": np.interp(at, leg.along_km, leg.lat_deg),
        "lon_deg": np.interp(at, leg.along_km, lon) % 360.0,
        "height_m": np.interp(at, leg.along_km, leg.height_m),
        "km": at,
    }
