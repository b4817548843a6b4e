"""The hours a station lives through: the clock, who is there, what stands at the site and when it is of use."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from malapert.constants import SECONDS_PER_HOUR
from malapert.errors import InputError
from malapert.logistics.plan import Delivery, Plan, Stay
from malapert.programme import Programme
from malapert.programme.elements import POWER_TABLES
from malapert.sky.time import tdb_s

Array = NDArray[np.float64]
SECONDS_PER_YEAR = 365.25 * 86400.0
SURFACE_ROUTES = ("surface", "crewed_landing")
_NEEDED = ("time", "sun_fraction", "earth_visible", "link_mbit_s")


@dataclass(frozen=True)
class Hours:
    """Steps of one length; `tdb_s` (n,) is each step's start; `day` and `year` count UTC days and years from 0."""

    utc: NDArray[np.datetime64]
    tdb_s: Array
    step_h: float
    day: NDArray[np.int64]
    year: NDArray[np.int64]

    def since(self, epoch_tdb_s: float) -> Array:
        """1 in every step that starts at or after an epoch, 0 before (n,)."""
        return np.asarray(self.tdb_s >= epoch_tdb_s, dtype=np.float64)

    def there(self, standing: "Standing") -> Array:
        """1 in every step in which an element is of use, 0 before and after (n,).

        An element counts from the first whole step; a crewed lander's from the one its crew arrives in.
        """
        if np.isinf(standing.leave_tdb_s):
            return self.since(standing.use_tdb_s)
        return np.asarray(self.overlap(standing.use_tdb_s, standing.leave_tdb_s) > 0.0, dtype=np.float64)

    def age_y(self, standing: "Standing") -> Array:
        """Years an element has been of use at the start of each step (n,), 0 before."""
        if not np.isfinite(standing.use_tdb_s):
            return np.zeros(len(self.tdb_s))
        return np.asarray(np.maximum(self.tdb_s - standing.use_tdb_s, 0.0) / SECONDS_PER_YEAR)

    def overlap(self, start_tdb_s: float, end_tdb_s: float) -> Array:
        """Fraction of each step that lies between two epochs (n,), to a millionth: UTC and TDB steps differ by less."""
        step_s = self.step_h * SECONDS_PER_HOUR
        covered_s = np.minimum(self.tdb_s + step_s, end_tdb_s) - np.maximum(self.tdb_s, start_tdb_s)
        return np.asarray(np.round(np.clip(covered_s / step_s, 0.0, 1.0), 6))

    def first(self, where: NDArray[np.bool_]) -> int:
        """Index of the first step that is true, -1 when none is."""
        return int(np.argmax(where)) if where.any() else -1


@dataclass(frozen=True)
class Sky:
    """What the light room saw from the site, one value a step (n,); `elsewhere` is sunlight at other sites by name."""

    sun_fraction: Array
    irradiance: Array
    """Sunlight against that at 1 au: 1 where the light dataset brings no `sun_distance_au`."""
    earth_visible: Array
    link_mbit_s: Array
    distance_known: bool
    sun_azimuth_deg: Array | None = None
    sun_elevation_deg: Array | None = None
    elsewhere: dict[str, Array] = field(default_factory=dict)
    ground_k: Array = field(default_factory=lambda: np.zeros(1))
    """temperature of the level ground's surface; 0 where the light dataset brings none, and a note says so"""
    ways: dict[str, Array] = field(default_factory=dict)
    """rate of each way to the Earth in Mbit/s by name, `direct` first; empty where the light dataset brings none"""
    stations: dict[str, Array] = field(default_factory=dict)
    """part of what is sent that each ground station takes; empty where the light dataset brings no `station_part`"""

    @property
    def n(self) -> int:
        """Number of steps."""
        return len(self.sun_fraction)

    def sunlight(self, site: str) -> Array:
        """Sunlight that reaches a site, the station's or another it is joined to, against that at 1 au (n,)."""
        return np.asarray(self.elsewhere.get(site, self.sun_fraction) * self.irradiance)


def hours_and_sky(light: xr.Dataset) -> tuple[Hours, Sky]:
    """Clock and sky of a light dataset; InputError when a series is missing, has gaps or uneven steps."""
    missing = [name for name in _NEEDED if name not in light.variables]
    if missing:
        raise InputError(f"light: no {', '.join(missing)}; the light stage must bring all of {', '.join(_NEEDED)}")
    utc = np.asarray(light["time"].values).astype("datetime64[ms]")
    if len(utc) < 2:
        raise InputError(f"light: {len(utc)} steps are too few to operate a station; give at least two")
    steps_ms = np.diff(utc).astype(np.int64)
    if steps_ms.min() != steps_ms.max() or steps_ms[0] <= 0:
        raise InputError(f"light: steps from {steps_ms.min()} to {steps_ms.max()} ms; time must run in equal UTC steps")
    day = utc.astype("datetime64[D]").astype(np.int64)
    year = utc.astype("datetime64[Y]").astype(np.int64)
    hours = Hours(utc, tdb_s(utc), float(steps_ms[0]) / 3.6e6, day - day[0], year - year[0])
    known = "sun_distance_au" in light.variables
    distance_au = _read(light, "sun_distance_au", 2.0) if known else np.ones(len(utc))
    sky = Sky(
        _read(light, "sun_fraction", 1.0),
        distance_au**-2.0,
        _read(light, "earth_visible", 1.0),
        _read(light, "link_mbit_s", np.inf),
        known,
        _angle(light, "sun_azimuth_deg"),
        _angle(light, "sun_elevation_deg"),
        _elsewhere(light),
        _read(light, "ground_k", 1000.0) if "ground_k" in light.variables else np.zeros(len(utc)),
        _ways(light),
        _stations(light),
    )
    return hours, sky


def _stations(light: xr.Dataset) -> dict[str, Array]:
    """Part of what is sent by the ground station that takes it."""
    if "station_part" not in light.variables:
        return {}
    parts = light["station_part"].transpose("ground_station", "time").to_numpy()
    return {str(name): part for name, part in zip(light["ground_station"].to_numpy(), parts, strict=True)}


def _ways(light: xr.Dataset) -> dict[str, Array]:
    """Rates of the ways to the Earth, by relay and `direct`."""
    if "direct_mbit_s" not in light.variables or "relay_mbit_s" not in light.variables:
        return {}
    relays = (str(name) for name in light["relay"].to_numpy())
    rates = light["relay_mbit_s"].transpose("relay", "time").to_numpy()
    return {"direct": light["direct_mbit_s"].to_numpy(), **dict(zip(relays, rates, strict=True))}


def _angle(light: xr.Dataset, name: str) -> Array | None:
    return np.asarray(light[name].values, dtype=np.float64) if name in light.variables else None


def _elsewhere(light: xr.Dataset) -> dict[str, Array]:
    """Sunlight at the other sites of the power network, by site."""
    if "site_sunlight" not in light.variables:
        return {}
    names = light["site"].to_numpy()
    return {str(site): np.asarray(light["site_sunlight"].sel(site=site), dtype=np.float64) for site in names}


def _read(light: xr.Dataset, name: str, most: float) -> Array:
    values = np.asarray(light[name].values, dtype=np.float64)
    if values.shape != light["time"].shape:
        raise InputError(f"light: {name} has shape {values.shape}; it needs one value a step, {light['time'].shape}")
    good = np.isfinite(values) & (values >= 0.0) & (values <= most * (1.0 + 1e-9))
    if not good.all():
        raise InputError(f"light: {name} must be finite and between 0 and {most:g} (got {values[~good].flat[0]})")
    return np.minimum(values, most)


@dataclass(frozen=True)
class Standing(Delivery):
    """A delivery that stands at the station, until the lander it belongs to leaves with its crew."""

    leave_tdb_s: float = np.inf


def on_site(programme: Programme, plan: Plan) -> tuple[Standing, ...]:
    """Deliveries that stand at the station or at a site its power links join to it, in order of use: not what stays in
    orbit, not what landed elsewhere.

    What a crewed lander brings to lunar orbit comes down with its crew and is of use for their stay: the cabin they
    live in is the one they leave in.
    """
    landers = {programme.flight[stay.flight].lander_flight: stay for stay in plan.stays if _stays_here(programme, stay)}
    standing, sites = [], {programme.station, *programme.linked_sites}
    for delivery in plan.deliveries:
        if delivery.element not in programme.elements:
            raise InputError(f"plan: element {delivery.element!r} is not in programme {programme.name!r}; plan again")
        flight = programme.flight.get(delivery.flight)
        if flight is None:
            raise InputError(f"plan: flight {delivery.flight!r} is not in programme {programme.name!r}; plan again")
        site = programme.landing_site(flight)
        if programme.orbit_of(programme.elements[delivery.element]) or site not in sites:
            continue
        if site != programme.station and delivery.table not in POWER_TABLES:
            continue
        if flight.route in SURFACE_ROUTES:
            standing.append(Standing(**{**vars(delivery), "site": site}))
        elif delivery.flight in landers:
            stay = landers[delivery.flight]
            use_tdb_s = max(delivery.use_tdb_s, stay.start_tdb_s)
            changed = {"use_tdb_s": use_tdb_s, "site": site}
            standing.append(Standing(**{**vars(delivery), **changed}, leave_tdb_s=stay.end_tdb_s))
    return tuple(sorted(standing, key=lambda delivery: (delivery.use_tdb_s, delivery.element)))


@dataclass(frozen=True)
class Presence:
    """Who is at the station: people of each stay (stays, n), and the fraction of a step anybody is there (n,)."""

    stays: tuple[Stay, ...]
    people: Array
    anybody: Array

    @property
    def crew(self) -> Array:
        """People at the station (n,), fractions in the hours of arrival and departure."""
        return np.asarray(self.people.sum(axis=0))


def presence(programme: Programme, plan: Plan, hours: Hours) -> Presence:
    """Stays at the station's site, hour by hour."""
    here = (stay for stay in plan.stays if _stays_here(programme, stay))
    stays = tuple(sorted(here, key=lambda stay: (stay.start_tdb_s, stay.crew)))
    there = [hours.overlap(stay.start_tdb_s, stay.end_tdb_s) for stay in stays]
    none = np.zeros((0, len(hours.tdb_s)))
    people = np.array([len(stay.members) * part for stay, part in zip(stays, there, strict=True)]) if stays else none
    anybody = np.max(there, axis=0) if stays else np.zeros(len(hours.tdb_s))
    return Presence(stays, people, np.asarray(anybody))


def _stays_here(programme: Programme, stay: Stay) -> bool:
    flight = programme.flight.get(stay.flight)
    if flight is None:
        raise InputError(f"plan: flight {stay.flight!r} of crew {stay.crew!r} is not in programme {programme.name!r}")
    return programme.landing_site(flight) == programme.station


def runs(mask: NDArray[np.bool_]) -> Iterator[tuple[int, int]]:
    """First step and the step after the last of each run of True in mask (n,)."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], mask, [False]])))
    yield from zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True)
