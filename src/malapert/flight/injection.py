"""Leaving a parking orbit about the Earth: the orbit, the injection and its error, and guesses from conics."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from malapert import constants
from malapert.errors import InputError
from malapert.flight import conics
from malapert.flight.propagate import moon_state

Array = NDArray[np.float64]
DAY_S = constants.SECONDS_PER_DAY


@dataclass(frozen=True)
class Parking:
    """Circular orbit about the Earth: altitude (km over 6378.1366), inclination to the equator of date (deg)."""

    altitude_km: float = 200.0
    inclination_deg: float = 28.5

    def __post_init__(self) -> None:
        if not (self.altitude_km >= 100.0 and 0.0 <= self.inclination_deg <= 180.0):
            raise InputError(
                f"a parking orbit needs an altitude of at least 100 km and an inclination of 0 to 180 deg "
                f"(got {self.altitude_km}, {self.inclination_deg})"
            )

    @property
    def radius_km(self) -> float:
        return constants.RADIUS_EARTH_EQUATOR_KM + self.altitude_km

    def state(self, node_deg: float, argument_of_latitude_deg: float, extra_km_s: float, to_equator: Array) -> Array:
        """ICRF state (6,) on the orbit, with extra speed along the velocity."""
        gm = constants.GM_EARTH_KM3_S2
        i, n, u = (math.radians(x) for x in (self.inclination_deg, node_deg, argument_of_latitude_deg))
        cn, sn, ci, si, cu, su = math.cos(n), math.sin(n), math.cos(i), math.sin(i), math.cos(u), math.sin(u)
        out = np.array([cn * cu - sn * su * ci, sn * cu + cn * su * ci, su * si])
        ahead = np.array([-cn * su - sn * cu * ci, -sn * su + cn * cu * ci, cu * si])
        speed = math.sqrt(gm / self.radius_km) + extra_km_s
        return np.concatenate([to_equator.T @ out * self.radius_km, to_equator.T @ ahead * speed])


@dataclass(frozen=True)
class InjectionError:
    """The velocity error the upper stage leaves, fixed for every flight: along, radial, across (m/s)."""

    along_m_s: float = 2.0
    radial_m_s: float = 1.0
    across_m_s: float = 1.0

    def vector_icrf_km_s(self, state: Array) -> Array:
        along = conics.unit(state[3:6])
        across = conics.unit(np.cross(state[:3], state[3:6]))
        return (self.along_m_s * along + self.radial_m_s * np.cross(along, across) + self.across_m_s * across) / 1000.0


@dataclass(frozen=True)
class Guess:
    """A conic to the Moon: departure, flight time, plane, place and speed of injection, expected cost (m/s)."""

    departure_tdb_s: float
    flight_s: float
    node_deg: float
    argument_of_latitude_deg: float
    injection_km_s: float
    arrival_velocity_km_s: Array  # relative to the target
    cost_km_s: float


PARKING = Parking()
INJECTION_ERROR = InjectionError()


def moon_states(epochs_tdb_s: Array) -> Array:
    """The Moon from the Earth (n, 6)."""
    return np.array([moon_state(float(t)) for t in epochs_tdb_s])


def guesses(
    departure_tdb_s: float,
    window_d: float,
    parking: Parking,
    flight_d: tuple[float, float],
    cost: Callable[[Array, Array], Array],
    targets: Callable[[Array], Array] = moon_states,
    count: int = 6,
) -> list[Guess]:
    """The cheapest conics from the parking orbit to a moving target, best first, at least 12 h apart.

    targets: epochs (n,) -> geocentric states (n, 6); cost: (epochs (n,), arrival velocities relative to the target
    (n, 3)) -> km/s (n,). Raises InputError when the window or the inclination allows none.
    """
    if not (window_d >= 0.0 and 0.0 < flight_d[0] <= flight_d[1]):
        raise InputError(f"the window and the flight time must not be negative (got {window_d} d, {flight_d} d)")
    departures = departure_tdb_s + DAY_S * np.arange(0.0, window_d + 1e-9, 0.25)
    flights = DAY_S * np.linspace(*flight_d, 9)
    start, flight = (grid.ravel() for grid in np.meshgrid(departures, flights, indexing="ij"))
    arrival = targets(start + flight)
    found: list[Guess] = []
    for branch in (0, 1):
        found += _conics(start, flight, arrival, parking, cost, branch)
    found.sort(key=lambda guess: guess.cost_km_s)
    if not found:
        pole = conics.earth_pole_icrf(departure_tdb_s)
        declination = np.degrees(np.arcsin(conics.unit(arrival[:, :3]) @ pole))
        furthest = float(np.max(np.linalg.norm(arrival[:, :3], axis=1)))
        slowest_s = math.pi * math.sqrt(((parking.radius_km + furthest) / 2.0) ** 3 / constants.GM_EARTH_KM3_S2)
        if flight_d[0] * DAY_S > slowest_s:
            raise InputError(
                f"a flight of {flight_d[0]:g} d is longer than the slowest conic out to {furthest:.0f} km takes, "
                f"{slowest_s / DAY_S:.2f} d; ask for a shorter one"
            )
        raise InputError(
            f"no conic leaves a {parking.inclination_deg} deg parking orbit within {window_d} d and arrives in "
            f"{flight_d[0]} to {flight_d[1]} d: the target's declination runs from {declination.min():.1f} to "
            f"{declination.max():.1f} deg; raise the inclination above it or widen the window or the flight time"
        )
    apart: list[Guess] = []
    for guess in found:
        if all(abs(guess.departure_tdb_s - other.departure_tdb_s) >= 0.5 * DAY_S for other in apart):
            apart.append(guess)
    return apart[:count]


def _conics(
    start: Array, flight: Array, arrival: Array, parking: Parking, cost: Callable[[Array, Array], Array], branch: int
) -> list[Guess]:
    """Conics of one branch (0: northbound, 1: southbound at the target) to arrival states (n, 6)."""
    gm, rp = constants.GM_EARTH_KM3_S2, parking.radius_km
    axes = conics.icrf_to_earth_equator(float(start[0]))
    place = arrival[:, :3]
    distance = np.linalg.norm(place, axis=1)
    e = conics.eccentricity_for_time(rp, distance, flight, gm)
    normal = conics.planes_through(place, axes[2], math.radians(parking.inclination_deg))[branch]
    p = rp * (1.0 + e)
    with np.errstate(invalid="ignore"):
        anomaly = np.arccos(np.clip((p / distance - 1.0) / e, -1.0, 1.0))
    outward = conics.unit(place)
    ahead = np.cross(normal, outward)
    root = np.sqrt(gm / p)
    velocity = (root * e * np.sin(anomaly))[:, None] * outward + (root * (1.0 + e * np.cos(anomaly)))[:, None] * ahead
    relative = velocity - arrival[:, 3:]
    injection = np.sqrt(gm * (1.0 + e) / rp) - math.sqrt(gm / rp)
    total = injection + cost(start + flight, relative)
    perigee = np.cos(anomaly)[:, None] * outward - np.sin(anomaly)[:, None] * ahead
    n, q = normal @ axes.T, perigee @ axes.T
    node = np.arctan2(n[:, 0], -n[:, 1])
    along_node = np.stack([np.cos(node), np.sin(node), np.zeros_like(node)], axis=1)
    latitude = np.arctan2(np.sum(np.cross(n, along_node) * q, axis=1), np.sum(along_node * q, axis=1))
    return [
        Guess(
            float(start[k]), float(flight[k]), math.degrees(node[k]), math.degrees(latitude[k]), float(injection[k]),
            relative[k], float(total[k]),
        )
        for k in np.flatnonzero(np.isfinite(total))
    ]  # fmt: skip


def aimed(guess: Guess, parking: Parking, offset_km: Array) -> Guess:
    """The same conic aimed beside the Moon's centre, by offset_km (3,), ICRF."""
    start, flight = np.array([guess.departure_tdb_s]), np.array([guess.flight_s])
    arrival = moon_states(start + flight)
    arrival[:, :3] += offset_km
    both = [
        new for branch in (0, 1) for new in _conics(start, flight, arrival, parking, lambda _t, _v: np.zeros(1), branch)
    ]
    near = [new for new in both if abs(math.remainder(new.node_deg - guess.node_deg, 360.0)) < 20.0]
    return min(near, key=lambda new: abs(math.remainder(new.node_deg - guess.node_deg, 360.0))) if near else guess
