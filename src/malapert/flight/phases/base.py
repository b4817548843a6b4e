"""What goes from phase to phase: the craft, and the piece of flight each phase leaves behind."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from malapert import constants
from malapert.errors import InputError
from malapert.flight.entry_motion import Capsule
from malapert.flight.propagate import recentre
from malapert.sky import frames, mars
from malapert.sky.ephemeris import state as body_state
from malapert.sky.time import utc

Array = NDArray[np.float64]
EQUATORS_KM = {
    "earth": constants.RADIUS_EARTH_EQUATOR_KM,
    "moon": constants.RADIUS_MOON_KM,
    "mars": 3396.19,
    "sun": constants.RADIUS_SUN_KM,
}
# Equatorial radius (km) and flattening of what latitudes and heights are over.
ELLIPSOIDS = {
    "earth": (constants.WGS84_RADIUS_KM, constants.WGS84_FLATTENING),
    "moon": (constants.RADIUS_MOON_KM, 0.0),
    "mars": (3396.19, 1.0 - 3376.20 / 3396.19),
}


@dataclass(frozen=True, eq=False)
class Craft:
    """A craft between two phases: epoch, state (6,) km, km/s on ICRF axes about `center`, mass, shape in the air.

    left: craft left in orbit on the way, by name, as they were then.
    """

    epoch_tdb_s: float
    state: Array
    center: str
    mass_kg: float
    body: Capsule | None = None
    left: Mapping[str, "Craft"] = field(default_factory=dict)

    def about(self, center: str) -> "Craft":
        """The same craft, its state about another body."""
        moved = moved_states(self.state[None], np.array([self.epoch_tdb_s]), self.center, center)[0]
        return replace(self, state=moved, center=center)


@dataclass(frozen=True, eq=False)
class Piece:
    """One flown phase: its path (epochs (n,), states (n, 6) about `center`, masses (n,)), series and quantities.

    series: arrays (m,) by name with their unit at the end, `time_s` from the phase's beginning among them.
    body: the shape it flies on with, in the air. left: what it leaves in orbit, by name.
    hands_on: the body the next phase is about, where it is another.
    marks: what happened when (TDB s). values: what the phase gives, a float or a TDB epoch for quantities in `_utc`.
    """

    name: str
    type: str
    center: str
    epochs_tdb_s: Array
    states: Array
    masses_kg: Array
    values: dict[str, float]
    marks: tuple[tuple[str, float], ...] = ()
    series: dict[str, Array] = field(default_factory=dict)
    models: dict[str, str] = field(default_factory=dict)
    body: Capsule | None = None
    left: Mapping[str, Craft] = field(default_factory=dict)
    hands_on: str = ""

    @property
    def end(self) -> Craft:
        """The craft as the phase leaves it."""
        end = Craft(float(self.epochs_tdb_s[-1]), self.states[-1], self.center, float(self.masses_kg[-1]))
        return end.about(self.hands_on or self.center)

    @property
    def has_path(self) -> bool:
        """Whether it takes time."""
        return bool(self.epochs_tdb_s[-1] > self.epochs_tdb_s[0])

    @cached_property
    def ground(self) -> tuple[Array, Array, Array]:
        """Latitude, east longitude (deg) and height (km), each (n,), under its states."""
        return places(self.states, self.epochs_tdb_s, self.center)


Flyer = Callable[[Any, Craft | None], Piece]


def moved_states(states: Array, epochs_tdb_s: Array, center: str, to: str) -> Array:
    """States (n, 6) about one body, seen from another; same axes."""
    if center == to:
        return states
    if {center, to} == {"earth", "moon"}:
        return recentre(states, epochs_tdb_s, center, to)
    return np.asarray(states + body_state(center, to, epochs_tdb_s))


def every_phase(piece: Piece, begin_tdb_s: float, first: Piece) -> dict[str, float]:
    """The quantities of every phase, from its path, the flight's beginning and its first phase."""
    end = piece.end
    lat_deg, lon_deg, height_km = place(end)
    start_lat_deg, start_lon_deg = first.ground[0][0], first.ground[1][0]
    arc_deg = float(arcs_deg(float(start_lat_deg), float(start_lon_deg), np.array(lat_deg), np.array(lon_deg)))
    return {
        "duration_s": float(piece.epochs_tdb_s[-1] - piece.epochs_tdb_s[0]),
        "end_utc": end.epoch_tdb_s,
        "end_elapsed_s": end.epoch_tdb_s - begin_tdb_s,
        "end_range_km": np.radians(arc_deg) * mean_radius_km(piece.center) if first.center == piece.center else np.nan,
        "end_mass_kg": end.mass_kg,
        "end_lat_deg": lat_deg,
        "end_lon_deg": lon_deg,
        "end_height_km": height_km,
        "end_speed_km_s": float(np.linalg.norm(end.state[3:])),
    }


def place(craft: Craft) -> tuple[float, float, float]:
    """Latitude, east longitude (deg) and height (km) under a craft, as `places` has them."""
    lat_deg, lon_deg, height_km = places(craft.state[None], np.array([craft.epoch_tdb_s]), craft.center)
    return float(lat_deg[0]), float(lon_deg[0]), float(height_km[0])


def places(states: Array, epochs_tdb_s: Array, center: str) -> tuple[Array, Array, Array]:
    """Latitude, east longitude (deg) and height (km), each (n,), under states (n, 6); nan under the Sun.

    Geodetic over the Earth's and Mars' ellipsoids, planetocentric over the Moon's sphere.
    """
    if center == "sun":
        nowhere = np.full(len(states), np.nan)
        return nowhere, nowhere, nowhere
    turn = {"moon": frames.icrf_to_moon_me, "earth": frames.icrf_to_itrf, "mars": _icrf_to_mars}[center]
    return geodetic(np.einsum("nij,nj->ni", turn(epochs_tdb_s), states[:, :3]), *ELLIPSOIDS[center])


def _icrf_to_mars(epochs_tdb_s: Array) -> Array:
    return mars.mars_rotation(epochs_tdb_s)[0]


def mean_radius_km(center: str) -> float:
    """(2 a + b) / 3 of a body's ellipsoid; nan of the Sun."""
    equator_km, flattening = ELLIPSOIDS.get(center, (np.nan, 0.0))
    return equator_km * (1.0 - flattening / 3.0)


def arcs_deg(lat_deg: float, lon_deg: float, lats_deg: Array, lons_deg: Array) -> Array:
    """Great-circle arcs (n,) from one place to others; haversine."""
    lat, lon, lat0, lon0 = np.radians(lats_deg), np.radians(lons_deg), np.radians(lat_deg), np.radians(lon_deg)
    half = np.sin(0.5 * (lat - lat0)) ** 2 + np.cos(lat) * np.cos(lat0) * np.sin(0.5 * (lon - lon0)) ** 2
    return np.asarray(np.degrees(2.0 * np.arcsin(np.sqrt(np.clip(half, 0.0, 1.0)))))


def geodetic(fixed_km: Array, equator_km: float, flattening: float) -> tuple[Array, Array, Array]:
    """Geodetic latitude, east longitude (deg) and height (km) of body-fixed places (..., 3); Bowring's iteration."""
    e2 = flattening * (2.0 - flattening)
    x, y, z = np.moveaxis(fixed_km, -1, 0)
    rho = np.hypot(x, y)
    lat = np.arctan2(z, rho * (1.0 - e2))
    for _ in range(8):
        normal = equator_km / np.sqrt(1.0 - e2 * np.sin(lat) ** 2)
        lat = np.arctan2(z + e2 * normal * np.sin(lat), rho)
    normal = equator_km / np.sqrt(1.0 - e2 * np.sin(lat) ** 2)
    height_km = rho * np.cos(lat) + z * np.sin(lat) - normal * (1.0 - e2 * np.sin(lat) ** 2)
    return np.degrees(lat), np.degrees(np.arctan2(y, x)), height_km


def air_series(profile: dict[str, Array]) -> dict[str, Array]:
    """What of a flight through the air is drawn over time, of a launch and an entry alike."""
    return {
        "time_s": profile["time_s"],
        "load_g": profile["load_g"] if "load_g" in profile else profile["sensed_g"],
        "dynamic_pressure_kpa": profile["dynamic_pressure_pa"] / 1000.0,
        "mach": profile["mach"],
    } | ({"heating_kw_m2": profile["heating_w_m2"] / 1000.0} if "heating_w_m2" in profile else {})


def said(epoch_tdb_s: float) -> str:
    """An epoch in UTC words."""
    return f"{np.datetime_as_string(utc(epoch_tdb_s), unit='s')}Z"


def must_fly(craft: Craft | None, name: str) -> Craft:
    """The craft a phase goes on with."""
    if craft is None:
        raise InputError(f"phase {name}: there is no craft yet; begin with a state, an orbit or an ascent")
    return craft
