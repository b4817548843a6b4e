"""The Sun and the Earth along a rover's route, hour by hour: what a drive that sets out at each hour meets."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from malapert.constants import RADIUS_MOON_KM, SECONDS_PER_HOUR
from malapert.errors import InputError
from malapert.sky.apparent import RADII_KM, SiteView, azimuth_elevation_deg, moon_site_view
from malapert.sky.contacts import eclipsed_fraction
from malapert.sky.time import tdb_s
from malapert.terrain.heights import Terrain
from malapert.terrain.horizon import AZIMUTHS, LEAST_RANGE_KM
from malapert.terrain.light import Epochs, disk_fraction, separation_deg
from malapert.terrain.rays import RANGE_KM, horizon_deg, up_east_north
from malapert.terrain.traverse import Traverse

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]
Single = NDArray[np.float32]

# Horizons along a route: at so many places, spread evenly by time.
STOPS: Final = 16


@dataclass(frozen=True, eq=False)
class Itinerary:
    """What a rover does from its departure on, piece after piece (m,): where (a place's index), from when, for how
    long (h), and the power it draws (kW; negative while it wins back more than it uses). Places (k,) have a height.
    """

    lat_deg: Array
    lon_deg: Array
    height_m: Array
    place: NDArray[np.intp]
    begins_h: Array
    hours: Array
    power_kw: Array

    @property
    def duration_h(self) -> float:
        """From departure to the end of the last piece."""
        return float(self.hours.sum())

    @property
    def energy_kwh(self) -> float:
        """Energy drawn in all."""
        return float((self.hours * self.power_kw).sum())


@dataclass(frozen=True, eq=False)
class RouteLight:
    """Over each place of an itinerary (k, n): part of the Sun's disk above its horizon and not behind the Earth, and
    whether the Earth's centre is above it, at each epoch (n,), UTC."""

    time: Epochs
    step_h: float
    sun: Single
    earth: Flags


@dataclass(frozen=True, eq=False)
class Departures:
    """What a drive that sets out at each epoch meets (n,); nan where it ends after the series.

    lit_fraction, earth_fraction: of its time, any part of the Sun's disk and the Earth's centre in view.
    longest_dark_h: longest stretch with no part of the Sun. need_kwh: what the battery must hold at departure.
    net_kwh: what it has given when the drive ends, had it been full at departure.
    """

    time: Epochs
    lit_fraction: Array
    earth_fraction: Array
    longest_dark_h: Array
    need_kwh: Array
    net_kwh: Array

    def best(self, count: int, apart_h: float) -> list[int]:
        """Indices of the best departures, least need first, then shortest dark, then most light; each so many hours
        from the better ones."""
        order = np.lexsort((-self.lit_fraction, np.round(self.longest_dark_h, 6), np.round(self.need_kwh, 9)))
        hours = (self.time - self.time[0]).astype("timedelta64[ms]").astype(np.float64) / 3.6e6
        kept: list[int] = []
        for index in order:
            if len(kept) == count or not np.isfinite(self.need_kwh[index]):
                break
            if all(abs(hours[index] - hours[other]) >= apart_h for other in kept):
                kept.append(int(index))
        return kept


def itinerary(legs: tuple[Traverse, ...], stays: tuple[tuple[float, float], ...] = (), stops: int = STOPS) -> Itinerary:
    """Drives one after another, each followed by a stay of so many hours at so many kW (none where stays end).

    Each drive is cut into pieces of like time, each seen from the place in its middle.
    """
    points: list[Array] = []  # (3, ...): latitude, longitude, height
    pieces: list[Array] = []  # (3, ...): place, hours, power
    places = 0
    for number, leg in enumerate(legs):
        edges = np.linspace(0.0, leg.duration_h, stops + 1)
        middle, long = 0.5 * (edges[1:] + edges[:-1]), np.diff(edges)
        drawn = np.diff(np.interp(edges, leg.hours, leg.drive_kwh))
        at = np.interp(middle, leg.hours, np.arange(leg.hours.size)).round().astype(int)
        route = np.array([leg.lat_deg, leg.lon_deg, leg.height_m])
        points.append(route[:, at])
        pieces.append(np.array([places + np.arange(stops), long, drawn / long + leg.mobility.hotel_kw]))
        places += stops
        stay_h, stay_kw = stays[number] if number < len(stays) else (0.0, 0.0)
        if stay_h > 0.0:
            parts = int(np.ceil(stay_h))
            points.append(route[:, -1:])
            pieces.append(np.repeat([[float(places)], [stay_h / parts], [stay_kw]], parts, axis=1))
            places += 1
    place, hours, power_kw = np.concatenate(pieces, axis=1)
    lat_deg, lon_deg, height_m = np.concatenate(points, axis=1)
    return Itinerary(lat_deg, lon_deg, height_m, place.astype(np.intp), np.cumsum(hours) - hours, hours, power_kw)


def route_light(terrain: Terrain, plan: Itinerary, time: Epochs, mast_m: float = 1.0) -> RouteLight:
    """Sun and Earth over the places of an itinerary at equally spaced UTC epochs; the eye mast_m above the ground.

    Both bodies are looked up once, from the first place, and carried over to the others by parallax; aberration is the
    same for all. Raises CoverageError off the heights or the ephemeris.
    """
    if time.size < 2:
        raise InputError(f"light along a route needs two epochs or more, got {time.size}")
    step_h = float((time[1] - time[0]) / np.timedelta64(1, "ms")) / (1000.0 * SECONDS_PER_HOUR)
    first = (float(plan.lat_deg[0]), float(plan.lon_deg[0]), float(plan.height_m[0]) + mast_m)
    t = tdb_s(time)
    views = {body: moon_site_view(body, *first, t) for body in ("sun", "earth")}
    sun, earth = views["sun"], views["earth"]
    apart = separation_deg(sun.azimuth_deg, sun.elevation_deg, earth.azimuth_deg, earth.elevation_deg)
    clear = 1.0 - eclipsed_fraction(apart, sun.angular_radius_deg, earth.angular_radius_deg)
    from_centre = {body: _from_centre_km(view, first) for body, view in views.items()}
    lit, seen = [], []
    for lat_deg, lon_deg, height_m in zip(plan.lat_deg, plan.lon_deg, plan.height_m, strict=True):
        place = float(lat_deg), float(lon_deg), float(height_m) + mast_m
        skyline = _skyline_deg(terrain, place[0], place[1], mast_m)
        azimuth, elevation, radius = _seen_from(place, from_centre["sun"], "sun")
        lit.append((disk_fraction(elevation, radius, _at(skyline, azimuth)) * clear).astype(np.float32))
        azimuth, elevation, _ = _seen_from(place, from_centre["earth"], "earth")
        seen.append(elevation > _at(skyline, azimuth))
    return RouteLight(time, step_h, np.array(lit), np.array(seen))


def _skyline_deg(terrain: Terrain, lat_deg: float, lon_deg: float, mast_m: float) -> Array:
    """Elevation of the horizon at AZIMUTHS bearings, over the rasters as far as they reach."""
    reach_km = min(RANGE_KM, terrain.margin_km(lat_deg, lon_deg))
    if reach_km < LEAST_RANGE_KM:
        reach_km = LEAST_RANGE_KM  # the rays complain of the place by name
    azimuth_deg = np.arange(AZIMUTHS) * (360.0 / AZIMUTHS)
    return horizon_deg(terrain, lat_deg, lon_deg, None, mast_m, azimuth_deg, reach_km)


def _at(skyline_deg: Array, azimuth_deg: Array) -> Array:
    azimuths = np.arange(skyline_deg.size + 1) * (360.0 / skyline_deg.size)
    return np.asarray(np.interp(azimuth_deg, azimuths, np.r_[skyline_deg, skyline_deg[0]]))


def _place_km(place: tuple[float, float, float]) -> Array:
    return np.asarray((RADIUS_MOON_KM + place[2] / 1000.0) * up_east_north(place[0], place[1])[0])


def _from_centre_km(view: SiteView, place: tuple[float, float, float]) -> Array:
    """Body-fixed vectors (n, 3) from the Moon's centre to a body seen from a place."""
    azimuth, elevation = np.radians(view.azimuth_deg), np.radians(view.elevation_deg)
    level = np.cos(elevation)
    up_east_north_km = np.stack([np.sin(elevation), level * np.sin(azimuth), level * np.cos(azimuth)], axis=1)
    away_km = view.distance_km[:, None] * up_east_north_km @ up_east_north(place[0], place[1])
    return np.asarray(away_km + _place_km(place))


def _seen_from(place: tuple[float, float, float], from_centre_km: Array, body: str) -> tuple[Array, Array, Array]:
    """Azimuth, elevation and angular radius (n,) in deg of a body seen from a place."""
    away_km = from_centre_km - _place_km(place)
    up, east, north = up_east_north(place[0], place[1])
    azimuth, elevation = azimuth_elevation_deg(np.stack([away_km @ east, away_km @ north, away_km @ up], axis=1))
    distance_km = np.linalg.norm(away_km, axis=1)
    return azimuth, elevation, np.degrees(np.arcsin(RADII_KM[body] / distance_km))


def departures(light: RouteLight, plan: Itinerary, solar_kw: float = 0.0) -> Departures:
    """What a drive by the itinerary meets for a departure at each epoch.

    solar_kw: what the rover's own array gives under the whole disk. The battery starts full and takes what it has room
    for; its need is the lowest it gets, its net what is missing at the end.
    """
    n = light.time.size
    offset = np.floor((plan.begins_h + 0.5 * plan.hours) / light.step_h).astype(int)
    last = n - int(offset[-1])
    if last < 1:
        raise InputError(
            f"the drive takes {plan.duration_h:.1f} h and the series of light {n * light.step_h:.1f}; look at a longer "
            "span"
        )
    lit_h, earth_h, dark_h, longest_h, level, lowest = (np.zeros(last) for _ in range(6))
    for place, away, hours, power_kw in zip(plan.place, offset, plan.hours, plan.power_kw, strict=True):
        sun = light.sun[place, away : away + last]
        lit_h += hours * (sun > 0.0)
        earth_h += hours * light.earth[place, away : away + last]
        dark_h = np.where(sun > 0.0, 0.0, dark_h + hours)
        np.maximum(longest_h, dark_h, out=longest_h)
        level = np.minimum(level + hours * (solar_kw * sun - power_kw), 0.0)
        np.minimum(lowest, level, out=lowest)
    total = plan.duration_h

    def whole(values: Array) -> Array:
        return np.concatenate([values, np.full(n - last, np.nan)])

    return Departures(
        light.time,
        whole(lit_h / total),
        whole(earth_h / total),
        whole(longest_h),
        whole(-lowest),
        whole(-level),
    )
