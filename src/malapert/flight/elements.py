"""Orbits by their elements, in the axes the caller chooses: inertial, or the Moon's equator of an epoch."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from malapert.errors import ConvergenceError, InputError
from malapert.flight.bodies import moon_rotation
from malapert.flight.forces import series

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Elements:
    """Osculating conic: semi-major axis (km, negative for a hyperbola), eccentricity, angles in degrees."""

    semi_major_axis_km: float
    eccentricity: float
    inclination_deg: float
    node_deg: float
    argument_of_periapsis_deg: float
    true_anomaly_deg: float

    @property
    def periapsis_radius_km(self) -> float:
        return self.semi_major_axis_km * (1.0 - self.eccentricity)

    @property
    def apoapsis_radius_km(self) -> float:
        """Infinite for an open orbit."""
        return self.semi_major_axis_km * (1.0 + self.eccentricity) if self.eccentricity < 1.0 else math.inf

    def period_s(self, gm_km3_s2: float) -> float:
        """Infinite for an open orbit."""
        a = self.semi_major_axis_km
        return 2.0 * math.pi * math.sqrt(a**3 / gm_km3_s2) if a > 0.0 else math.inf


def rotation(axis: int, angle_rad: float) -> Array:
    """(3, 3) turning the axes about x (0), y (1) or z (2): R1, R2, R3 of the textbooks."""
    c, s = math.cos(angle_rad), math.sin(angle_rad)
    i, j = (axis + 1) % 3, (axis + 2) % 3
    out = np.eye(3)
    out[i, i] = out[j, j] = c
    out[i, j], out[j, i] = s, -s
    return out


def state_from_elements(elements: Elements, gm_km3_s2: float) -> Array:
    """State (6,) km, km/s in the axes of the angles. Vallado 2013, algorithm 10 (COE2RV)."""
    e = elements.eccentricity
    p = elements.semi_major_axis_km * (1.0 - e * e)
    if not p > 0.0:
        raise InputError(f"no such orbit: a = {elements.semi_major_axis_km} km with e = {e}")
    nu = math.radians(elements.true_anomaly_deg)
    to_orbit = (
        rotation(2, math.radians(elements.argument_of_periapsis_deg))
        @ rotation(0, math.radians(elements.inclination_deg))
        @ rotation(2, math.radians(elements.node_deg))
    )
    r = p / (1.0 + e * math.cos(nu))
    position = np.array([r * math.cos(nu), r * math.sin(nu), 0.0])
    velocity = math.sqrt(gm_km3_s2 / p) * np.array([-math.sin(nu), e + math.cos(nu), 0.0])
    return np.concatenate([to_orbit.T @ position, to_orbit.T @ velocity])


def elements_from_state(state: Array, gm_km3_s2: float) -> Elements:
    """Osculating elements of a state (6,). Where an angle is undefined (circular, equatorial) the next one carries it.

    Vallado 2013, algorithm 9 (RV2COE), with the node on x for equatorial and periapsis on the node for circular orbits.
    """
    r, v = np.asarray(state[:3], float), np.asarray(state[3:6], float)
    radius = math.sqrt(r @ r)
    h = np.cross(r, v)
    momentum = math.sqrt(h @ h)
    if momentum == 0.0:
        raise InputError("a rectilinear path has no orbit elements")
    eccentricity = np.cross(v, h) / gm_km3_s2 - r / radius
    e = math.sqrt(eccentricity @ eccentricity)
    energy = 0.5 * (v @ v) - gm_km3_s2 / radius
    normal = h / momentum
    node = np.array([-normal[1], normal[0], 0.0])
    n = math.hypot(node[0], node[1])
    node = node / n if n > 1e-12 else np.array([1.0, 0.0, 0.0])
    apse = eccentricity / e if e > 1e-11 else node
    inclination = math.atan2(math.hypot(normal[0], normal[1]), normal[2])
    return Elements(
        math.inf if energy == 0.0 else -gm_km3_s2 / (2.0 * energy),
        e,
        math.degrees(inclination),
        math.degrees(math.atan2(node[1], node[0])) % 360.0,
        math.degrees(math.atan2(np.cross(normal, node) @ apse, node @ apse)) % 360.0,
        math.degrees(math.atan2(np.cross(normal, apse) @ r, apse @ r)) % 360.0,
    )


def icrf_to_moon_equator(epoch_tdb_s: float) -> Array:
    """(3, 3) ICRF -> inertial axes with z along the Moon's pole (MOON_PA) and x at its node on the ICRF equator."""
    body = icrf_to_moon_fixed(epoch_tdb_s)
    pole = body[2]
    node = np.array([-pole[1], pole[0], 0.0])
    node /= math.hypot(node[0], node[1])
    return np.array([node, np.cross(pole, node), pole])


def icrf_to_moon_fixed(epoch_tdb_s: float) -> Array:
    """(3, 3) ICRF -> MOON_PA, from the same series as the kernels."""
    out = np.empty((3, 3))
    moon_rotation(*series(), epoch_tdb_s, out)
    return out


def lunar_elements(moon_to_craft_icrf: Array, epoch_tdb_s: float, gm_km3_s2: float) -> Elements:
    """Elements over the Moon's equator of the epoch (inclination from the lunar pole, MOON_PA)."""
    turn = icrf_to_moon_equator(epoch_tdb_s)
    state = np.concatenate([turn @ moon_to_craft_icrf[:3], turn @ moon_to_craft_icrf[3:6]])
    return elements_from_state(state, gm_km3_s2)


def lunar_state(elements: Elements, epoch_tdb_s: float, gm_km3_s2: float) -> Array:
    """ICRF state (6,) of elements over the Moon's equator of the epoch."""
    turn = icrf_to_moon_equator(epoch_tdb_s)
    state = state_from_elements(elements, gm_km3_s2)
    return np.concatenate([turn.T @ state[:3], turn.T @ state[3:]])


def solve_kepler(mean_anomaly_rad: float, eccentricity: float) -> float:
    """Eccentric anomaly (rad) of an ellipse; Newton from Danby's start (Danby 1988, eq. 6.8.1)."""
    m = math.remainder(mean_anomaly_rad, 2.0 * math.pi)
    x = m + math.copysign(0.85 * eccentricity, m)
    for _ in range(50):
        step = (x - eccentricity * math.sin(x) - m) / (1.0 - eccentricity * math.cos(x))
        x -= step
        if abs(step) < 1e-14:
            return x + mean_anomaly_rad - m
    raise ConvergenceError(f"Kepler's equation: M = {mean_anomaly_rad} rad, e = {eccentricity} left {step:g} rad")
