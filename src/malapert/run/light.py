"""The light stage: Sun and Earth over the station's horizon, and every way its data can take to the Earth."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from malapert import terrain
from malapert.constants import ASTRONOMICAL_UNIT_KM, GM_MOON_KM3_S2, RADIUS_MOON_KM, SECONDS_PER_HOUR
from malapert.errors import CoverageError, InputError
from malapert.flight.forces import Forces
from malapert.flight.relay import RelayOrbit as Elements
from malapert.flight.relay import relay_ephemeris
from malapert.logistics.clock import date_of, tdb_of
from malapert.programme import Programme
from malapert.programme.places import Relay
from malapert.run import radio
from malapert.run.ends import fly_relay, relay_place
from malapert.run.ground import site_horizon
from malapert.run.orbits import craft_path, place_of
from malapert.run.parallel import each
from malapert.run.trips import trip_series
from malapert.sky import contacts, ephemeris, frames
from malapert.sky.apparent import azimuth_elevation_deg, moon_site_state
from malapert.sky.ephemeris import position_km
from malapert.sky.kernels import KernelPath, with_kernels
from malapert.sky.time import tdb_s
from malapert.units import stem, unit_of

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]
# Between hourly states of an orbit of a day the path is read off by cubic Hermite.
SAMPLE_S = 3600.0
# Rougher than other legs: against degree 8 and 1e-9, hours of contact shift (7 % of them in eight years, from an epoch
# whose phase nobody published), the time a way is open changes by less than 2e-4.
RELAY_FORCES = Forces(moon_degree=4)
RELAY_TOLERANCE = 1e-8
# Lowest elevation at which the site's antenna follows an orbital station (design).
HUB_MASK_DEG = 5.0


@dataclass(frozen=True)
class RelayOrbit:
    """How a relay's orbit was held."""

    name: str
    period_h: float
    station_keeping_m_s_per_year: float
    words: str


@dataclass(frozen=True)
class Light:
    """The sky of the station.

    ephemeris: where the bodies' places are from.
    series (time): Sun, Earth, `station_contact` (ground_station), `direct_mbit_s`, `relay_mbit_s` (relay): the rate
    a way to the Earth gives when it is open, 0 when it is shut; whether a relay is there yet is not looked at.
    `direct_taken` (ground_station) and `relay_taken` (relay, ground_station): which stations can take all of it.
    sky (azimuth and track): curves for a picture.
    """

    series: xr.Dataset
    sky: xr.Dataset
    summary: terrain.LightSummary
    relays: tuple[RelayOrbit, ...]
    horizon_source: str
    ephemeris: str = "DE440"


def light(programme: Programme, told: Callable[..., None]) -> Light:
    """Light, Earth view and contacts of the station, hourly over the whole programme."""
    if programme.kernel:
        told(0.0, "Light: kernels")
    with under_kernels(programme):
        return _light(programme, told)


@contextmanager
def under_kernels(programme: Programme) -> Iterator[None]:
    """The ephemeris the programme's kernels make of the shipped one, which is used without any."""
    if not programme.kernel:
        yield
        return
    files = [(Path(row.file), row.bodies) for row in programme.kernel.values()]
    with ephemeris.using(with_kernels(files, tdb_of(programme.start), tdb_of(programme.end))):
        yield


def _light(programme: Programme, told: Callable[..., None]) -> Light:
    """The same under the ephemeris in use."""
    site = programme.home
    horizon = site_horizon(programme, site)
    start, end = (np.datetime64(epoch.replace(tzinfo=None), "ms") for epoch in (programme.start, programme.end))
    series = terrain.site_light(horizon, start, end)
    summary = terrain.summarise_light(series)
    told(0.3, "Light: ground stations")
    t = tdb_s(series["time"].to_numpy())
    icrf_to_itrf = frames.icrf_to_itrf(t)
    earth_to_moon = position_km("moon", "earth", t)
    stations = programme.ground_station.values()
    far_km = np.linalg.norm(earth_to_moon, axis=-1)
    rates = [radio.carried_mbit_s(radio.site_to_earth(site, row), row.rate_mbit_s, far_km) for row in stations]
    seen = _stations_that_see(programme, icrf_to_itrf, earth_to_moon)
    earth_up = series["earth_centre_visible"].to_numpy()
    sun_km = np.linalg.norm(position_km("sun", "moon", t), axis=-1)
    lit = series["sun_fraction"].to_numpy() * (1.0 - series["sun_eclipsed_fraction"].to_numpy())
    direct = radio.best_mbit_s(seen, rates) * earth_up
    paths = {
        "sunlight": ("time", lit, {"units": "1", "long_name": "disk above the ground and not behind the Earth"}),
        "sun_distance_au": ("time", sun_km / ASTRONOMICAL_UNIT_KM, {"units": "au"}),
        "direct_mbit_s": ("time", direct, {"units": "Mbit/s"}),
        "direct_taken": (("ground_station", "time"), radio.takes(seen, rates, direct), {"units": "1"}),
    }
    orbits = _orbits(programme, t)
    told(0.35, "Light: orbits of relays")
    _compile(programme)
    relays: list[RelayOrbit] = []
    through: list[Array] = []
    taken: list[Flags] = []
    farthest_km: list[float] = []
    for way in each(lambda orbit: orbit(), orbits):
        relays.append(way.orbit)
        told(0.4 + 0.5 * len(relays) / len(orbits), f"Light: contacts of {way.orbit.name}")
        earth_to_craft = earth_to_moon + way.moon_to_craft_icrf_km
        from_relay = _stations_that_see(programme, icrf_to_itrf, earth_to_craft)
        hidden = contacts.occulted_by_sphere(way.moon_to_craft_icrf_km, -earth_to_moon, np.zeros(3), RADIUS_MOON_KM)
        up = _above_horizon(horizon, way.moon_to_craft_icrf_km, way.mask_deg, t)
        away_km = np.linalg.norm(way.moon_to_craft_icrf_km, axis=-1)
        down = radio.down_mbit_s(programme, way.orbit.name, np.linalg.norm(earth_to_craft, axis=-1))
        rate = radio.through_mbit_s(programme, way.orbit.name, way.rate_mbit_s, away_km, down, from_relay)
        through.append(rate * (way.there & up & ~hidden))
        taken.append(radio.takes(from_relay, down, through[-1]))
        farthest_km.append(float(away_km[way.there].max(initial=0.0)))
    series = series.assign(
        paths
        | {
            "station_contact": (("ground_station", "time"), seen & earth_up, {"units": "1"}),
            "relay_mbit_s": (("relay", "time"), np.reshape(through, (len(relays), t.size)), {"units": "Mbit/s"}),
            "relay_taken": (
                ("relay", "ground_station", "time"),
                np.reshape(taken, (len(relays), len(stations), t.size)).astype(bool),
                {"units": "1"},
            ),
            "relay_farthest_km": (
                "relay",
                np.array(farthest_km),
                {"units": "km", "long_name": "from the Moon's centre"},
            ),
        }
    ).assign_coords(ground_station=list(programme.ground_station), relay=[orbit.name for orbit in relays])
    series = series.assign(_ground(series))
    if programme.skies:
        eyes = {name: site_horizon(programme, row) for name, row in programme.skies.items()}
        series = series.assign(_elsewhere(eyes, start, end)).assign_coords(site=list(eyes))
        said = (warning for eye in eyes.values() for warning in eye.warnings)
        summary = replace(summary, warnings=tuple(dict.fromkeys((*summary.warnings, *said))))
    ways = trip_series(programme, series["time"].to_numpy(), lambda part, words: told(0.9 + 0.1 * part, words))
    if ways:
        series = series.assign({key: value for key, value in ways.items() if key != "trip"})
        series = series.assign_coords(trip=ways["trip"])
    sky = _sky(series, horizon, summary)
    return Light(series, sky, summary, tuple(relays), horizon.source, ephemeris.in_use().name)


def _ground(series: xr.Dataset) -> dict[str, tuple[Any, ...]]:
    """Temperature of the level ground's surface; none for a span too short to start it from."""
    try:
        warm = terrain.site_temperature(series)
    except InputError:
        return {}
    return {"ground_k": ("time", warm["surface_temperature_k"].to_numpy(), {"units": "K"})}


def _elsewhere(
    eyes: dict[str, terrain.Horizon], start: np.datetime64, end: np.datetime64
) -> dict[str, tuple[Any, ...]]:
    """Sunlight at sites that power links join to the station's, and at other masts (site, time)."""
    rows = []
    for eye in eyes.values():
        seen = terrain.site_light(eye, start, end)
        rows.append(seen["sun_fraction"].to_numpy() * (1.0 - seen["sun_eclipsed_fraction"].to_numpy()))
    return {"site_sunlight": (("site", "time"), np.array(rows), {"units": "1"})}


@dataclass(frozen=True)
class _Way:
    """A way to the Earth through an orbit: Moon to craft (n, 3), whether it is there (n,), its antenna."""

    orbit: RelayOrbit
    moon_to_craft_icrf_km: Array
    there: Flags
    mask_deg: float
    rate_mbit_s: float


def _orbits(programme: Programme, t_tdb_s: Array) -> Sequence[Callable[[], _Way]]:
    """Everything that can relay, as work still to be done: relays, and orbital stations in low orbit or on a kernel."""
    work: list[Callable[[], _Way]] = []
    for name, relay in programme.relay.items():
        if relay.kernel:
            path = craft_path(programme, relay)
            work.append(partial(_on_kernel, name, path, relay.elevation_mask_deg, relay.rate_mbit_s, t_tdb_s))
        else:
            work.append(partial(_relay, name, relay, programme.relay_reset_d, t_tdb_s))
    for name, station in programme.orbital_station.items():
        if station.rate_mbit_s > 0.0 and station.kernel:
            work.append(
                partial(_on_kernel, name, craft_path(programme, station), HUB_MASK_DEG, station.rate_mbit_s, t_tdb_s)
            )
        elif station.rate_mbit_s > 0.0 and station.orbit == "low_lunar_orbit":
            work.append(partial(_hub, programme, name, t_tdb_s))
    return work


def _on_kernel(name: str, path: KernelPath, mask_deg: float, rate_mbit_s: float, t_tdb_s: Array) -> _Way:
    """An orbit as a kernel gives it: outside the kernel's time nothing is there."""
    there = path.covers(t_tdb_s)
    if not there.any():
        raise CoverageError(f"{path.file.name} gives {name} {path.coverage()}: no hour of the programme")
    states = path.state_from_moon(t_tdb_s[there])
    place = np.tile(states[0, :3], (t_tdb_s.size, 1))
    place[there] = states[:, :3]
    words = path.words
    if not there.all():
        words += f"; given {path.coverage()} only, no contact outside"
    return _Way(RelayOrbit(name, _mean_period_h(states), 0.0, words), place, there, mask_deg, rate_mbit_s)


def _mean_period_h(states: Array) -> float:
    """Period of the median osculating orbit about the Moon; nan when it is not bound to it."""
    radius, speed = np.linalg.norm(states[:, :3], axis=-1), np.linalg.norm(states[:, 3:], axis=-1)
    inverse = float(np.median(2.0 / radius - speed**2 / GM_MOON_KM3_S2))
    return _period_h(1.0 / inverse) if inverse > 0.0 else float("nan")


def _compile(programme: Programme) -> None:
    """Fly an hour of the first relay here, so that the kernels are compiled once and not by every process."""
    for relay in [relay for relay in programme.relay.values() if not relay.kernel][:1]:
        epoch, perilune_km, apolune_km, inclination_deg = relay.elements
        relay_ephemeris(Elements(perilune_km, apolune_km, inclination_deg), tdb_of(epoch), SECONDS_PER_HOUR)


def _relay(name: str, relay: Relay, reset_d: float | None, t_tdb_s: Array) -> _Way:
    """A relay flown from its declared elements until it goes out of service."""
    last_s = min(float(t_tdb_s[-1]), tdb_of(relay.out_of_service) if relay.out_of_service else np.inf)
    kept = fly_relay(
        relay, last_s + SAMPLE_S, SAMPLE_S, reset_every_d=reset_d, forces=RELAY_FORCES, tolerance=RELAY_TOLERANCE
    )
    epochs = kept.path.epochs_tdb_s
    there = (t_tdb_s >= epochs[0]) & (t_tdb_s <= epochs[-1])
    words = "; ".join(_span(key, low, high) for key, (low, high) in kept.extremes.items())
    if kept.lost:
        words += f"; it falls on the Moon on {date_of(float(epochs[-1]))}"
    semi_major_km = RADIUS_MOON_KM + 0.5 * (relay.elements.perilune_km + relay.elements.apolune_km)
    orbit = RelayOrbit(name, _period_h(semi_major_km), kept.delta_v_m_s_per_year, words)
    return _Way(orbit, relay_place(kept)(t_tdb_s), there, relay.elevation_mask_deg, relay.rate_mbit_s)


def _hub(programme: Programme, name: str, t_tdb_s: Array) -> _Way:
    """An orbital station in the circular orbit it holds."""
    station, place_at = programme.orbital_station[name], place_of(programme, name)
    assert place_at is not None
    place = place_at(t_tdb_s)
    orbit = RelayOrbit(name, _period_h(RADIUS_MOON_KM + station.orbit_km), 0.0, "held; its upkeep is not counted")
    return _Way(orbit, place, np.ones(t_tdb_s.size, bool), HUB_MASK_DEG, station.rate_mbit_s)


def _span(key: str, low: float, high: float) -> str:
    """`perilune_altitude_km` from low to high, in words."""
    unit = unit_of(key)
    return f"{stem(key).replace('_', ' ')} {low:.0f} to {high:.0f} {unit.symbol if unit else ''}".strip()


def _period_h(semi_major_km: float) -> float:
    return 2.0 * float(np.pi) * float(np.sqrt(semi_major_km**3 / GM_MOON_KM3_S2)) / SECONDS_PER_HOUR


def _stations_that_see(programme: Programme, icrf_to_itrf: Array, earth_to_target_icrf_km: Array) -> Flags:
    """(stations, time): target above each ground station's mask."""
    target = np.einsum("nij,nj->ni", icrf_to_itrf, earth_to_target_icrf_km)
    rows = [
        contacts.elevation_from_itrf_deg(s.lat_deg, s.lon_deg, s.height_m, target) >= s.elevation_mask_deg
        for s in programme.ground_station.values()
    ]
    return np.reshape(rows, (len(rows), len(target))).astype(bool)


def _above_horizon(horizon: terrain.Horizon, moon_to_relay_icrf_km: Array, mask_deg: float, t_tdb_s: Array) -> Flags:
    """(time,): a relay above the site's mask and ground; geometric, for it is light-milliseconds away."""
    state, icrf_to_enu = moon_site_state(horizon.lat_deg, horizon.lon_deg, horizon.eye_height_m, t_tdb_s)
    moon_to_site = state[:, :3] - position_km("moon", "ssb", t_tdb_s)
    azimuth, elevation = azimuth_elevation_deg(
        np.einsum("nij,nj->ni", icrf_to_enu, moon_to_relay_icrf_km - moon_to_site)
    )
    above: Flags = elevation > np.maximum(mask_deg, horizon.at(azimuth))
    return above


def _sky(series: xr.Dataset, horizon: terrain.Horizon, summary: terrain.LightSummary) -> xr.Dataset:
    """The skyline with the bands of Sun and Earth, and both tracks through the month of the longest dark."""
    dark = summary.longest_dark.start_utc
    paths = terrain.sky_paths(series, horizon, _month_around(series, dark))
    bands = {
        name: ("azimuth_deg", getattr(paths, f"{name}_deg"), {"units": "deg"})
        for name in ("horizon", "sun_lowest", "sun_highest", "earth_lowest", "earth_highest")
    }
    tracks = {
        f"{body}_track_{angle}_deg": ("track", getattr(paths, f"{body}_track_{angle}_deg"), {"units": "deg"})
        for body in ("sun", "earth")
        for angle in ("azimuth", "elevation")
    }
    return xr.Dataset(bands | tracks, coords={"azimuth_deg": paths.azimuth_deg, "track": paths.track_utc})


def _month_around(series: xr.Dataset, dark: np.datetime64 | None) -> np.datetime64 | None:
    """Start of a synodic month that ends inside the series and holds the given epoch."""
    if dark is None:
        return None
    time = series["time"].to_numpy()
    latest = time[-1] - np.timedelta64(30, "D")
    start: np.datetime64 = max(time[0], min(dark - np.timedelta64(9, "D"), latest))
    return start
