"""What goes from phase to phase: the craft, and the piece of flight each phase leaves behind."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from malapert import constants
from malapert.errors import InputError
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


@dataclass(frozen=True, eq=False)
class Craft:
    """A craft between two phases: epoch, state (6,) km, km/s on ICRF axes about `center`, mass."""

    epoch_tdb_s: float
    state: Array
    center: str
    mass_kg: float

    def about(self, center: str) -> "Craft":
        """The same craft, its state about another body."""
        moved = moved_states(self.state[None], np.array([self.epoch_tdb_s]), self.center, center)[0]
        return replace(self, state=moved, center=center)


@dataclass(frozen=True, eq=False)
class Piece:
    """One flown phase: its path (epochs (n,), states (n, 6) about `center`, masses (n,)), series and quantities.

    series: arrays (m,) by name with their unit at the end, `time_s` from the phase's beginning among them.
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

    @property
    def end(self) -> Craft:
        """The craft as the phase leaves it."""
        return Craft(float(self.epochs_tdb_s[-1]), self.states[-1], self.center, float(self.masses_kg[-1]))


Flyer = Callable[[Any, Craft | None], Piece]


def moved_states(states: Array, epochs_tdb_s: Array, center: str, to: str) -> Array:
    """States (n, 6) about one body, seen from another; same axes."""
    if center == to:
        return states
    if {center, to} == {"earth", "moon"}:
        return recentre(states, epochs_tdb_s, center, to)
    return np.asarray(states + body_state(center, to, epochs_tdb_s))


def every_phase(piece: Piece) -> dict[str, float]:
    """The quantities of every phase, from its path."""
    end = piece.end
    lat_deg, lon_deg, height_km = place(end)
    return {
        "duration_s": float(piece.epochs_tdb_s[-1] - piece.epochs_tdb_s[0]),
        "end_utc": end.epoch_tdb_s,
        "end_mass_kg": end.mass_kg,
        "end_lat_deg": lat_deg,
        "end_lon_deg": lon_deg,
        "end_height_km": height_km,
        "end_speed_km_s": float(np.linalg.norm(end.state[3:])),
    }


def place(craft: Craft) -> tuple[float, float, float]:
    """Latitude, east longitude (deg) and height (km) under a craft; nan under the Sun.

    Geodetic over the Earth's and Mars' ellipsoids, planetocentric over the Moon's sphere.
    """
    if craft.center == "sun":
        return float("nan"), float("nan"), float("nan")
    t = craft.epoch_tdb_s
    if craft.center == "moon":
        fixed = frames.icrf_to_moon_me(t) @ craft.state[:3]
        equator_km, flattening = constants.RADIUS_MOON_KM, 0.0
    elif craft.center == "earth":
        fixed = frames.icrf_to_itrf(t) @ craft.state[:3]
        equator_km, flattening = constants.WGS84_RADIUS_KM, constants.WGS84_FLATTENING
    else:
        fixed = mars.mars_rotation(t)[0] @ craft.state[:3]
        equator_km, flattening = 3396.19, 1.0 - 3376.20 / 3396.19
    return geodetic(fixed, equator_km, flattening)


def geodetic(fixed_km: Array, equator_km: float, flattening: float) -> tuple[float, float, float]:
    """Geodetic latitude, east longitude (deg) and height (km) of a body-fixed place (3,); Bowring's iteration."""
    e2 = flattening * (2.0 - flattening)
    rho = float(np.hypot(fixed_km[0], fixed_km[1]))
    lat = float(np.arctan2(fixed_km[2], rho * (1.0 - e2)))
    for _ in range(8):
        normal = equator_km / np.sqrt(1.0 - e2 * np.sin(lat) ** 2)
        lat = float(np.arctan2(fixed_km[2] + e2 * normal * np.sin(lat), rho))
    normal = equator_km / np.sqrt(1.0 - e2 * np.sin(lat) ** 2)
    height = rho * np.cos(lat) + fixed_km[2] * np.sin(lat) - normal * (1.0 - e2 * np.sin(lat) ** 2)
    return float(np.degrees(lat)), float(np.degrees(np.arctan2(fixed_km[1], fixed_km[0]))), float(height)


def said(epoch_tdb_s: float) -> str:
    """An epoch in UTC words."""
    return f"{np.datetime_as_string(utc(epoch_tdb_s), unit='s')}Z"


def must_fly(craft: Craft | None, name: str) -> Craft:
    """The craft a phase goes on with."""
    if craft is None:
        raise InputError(f"phase {name}: there is no craft yet; begin with a state, an orbit or an ascent")
    return craft
