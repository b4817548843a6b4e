"""The last height over a body under power: constant deceleration to a slow sink, then that sink to the ground.

Both accelerations are constant over level ground, so the arc is in closed form; the air is left out.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from malapert import constants
from malapert.errors import InputError

Array = NDArray[np.float64]

SAMPLES = 60


@dataclass(frozen=True)
class Braking:
    """times_s (n,), places_m (n, 3) and velocities_m_s (n, 3) on level axes, z up from the ground; masses_kg (n,).

    loads_m_s2 (n,): thrust over mass. gate_s: when the slow sink begins.
    """

    times_s: Array
    places_m: Array
    velocities_m_s: Array
    masses_kg: Array
    loads_m_s2: Array
    gate_s: float

    @property
    def delta_v_m_s(self) -> float:
        """What the engines give: thrust over mass, summed."""
        first, last = float(self.loads_m_s2[0]), float(self.loads_m_s2[-1])
        return first * self.gate_s + last * (float(self.times_s[-1]) - self.gate_s)


def brake(
    height_m: float, velocity_m_s: Array, gravity_m_s2: float, mass_kg: float, thrust_n: float, isp_s: float,
    *, touchdown_m_s: float, gate_height_m: float = 0.0,
) -> Braking:  # fmt: skip
    """Land from a height with a velocity (3,), z up: level speed and sink are taken off together, at the gate.

    Raises InputError where the craft does not sink, is under the gate, or asks for more than thrust_n.
    """
    sink, drop = -float(velocity_m_s[2]), height_m - gate_height_m
    if not (sink > touchdown_m_s and drop > 0.0):
        raise InputError(
            f"braking begins {height_m:.0f} m up, sinking at {sink:.1f} m/s; it must be over {gate_height_m:g} m and "
            f"faster than {touchdown_m_s:g} m/s"
        )
    up = (sink**2 - touchdown_m_s**2) / (2.0 * drop)
    gate_s = (sink - touchdown_m_s) / up
    acceleration = np.array([-velocity_m_s[0] / gate_s, -velocity_m_s[1] / gate_s, up])
    load = float(np.linalg.norm(acceleration + np.array([0.0, 0.0, gravity_m_s2])))
    if load * mass_kg > thrust_n:
        raise InputError(
            f"to brake from {sink:.1f} m/s in {drop:.0f} m takes {load * mass_kg / 1000.0:.1f} kN, the engines give "
            f"{thrust_n / 1000.0:.1f} kN; begin higher or slower"
        )
    t = np.linspace(0.0, gate_s, SAMPLES)[:, None]
    places = velocity_m_s * t + 0.5 * acceleration * t**2 + np.array([0.0, 0.0, height_m])
    velocities = velocity_m_s + acceleration * t
    times, loads = t[:, 0], np.full(SAMPLES, load)
    if gate_height_m > 0.0:
        slow = np.linspace(0.0, gate_height_m / touchdown_m_s, SAMPLES)[1:, None]
        sinking = np.array([0.0, 0.0, -touchdown_m_s])
        places = np.vstack([places, places[-1] + sinking * slow])
        velocities = np.vstack([velocities, np.broadcast_to(sinking, (SAMPLES - 1, 3))])
        times = np.append(times, gate_s + slow[:, 0])
        loads = np.append(loads, np.full(SAMPLES - 1, gravity_m_s2))
    spent = np.minimum(times, gate_s) * load + np.maximum(times - gate_s, 0.0) * gravity_m_s2
    masses = mass_kg * np.exp(-spent / (isp_s * constants.STANDARD_GRAVITY_M_S2))
    return Braking(times, places, velocities, masses, loads, gate_s)


def gravity_m_s2(gm_km3_s2: float, radius_km: float) -> float:
    """Pull of a sphere."""
    return 1000.0 * gm_km3_s2 / radius_km**2


def level_axes(lat_deg: float, lon_deg: float) -> Array:
    """East, north and up (3, 3), as rows, on the axes that turn with a body."""
    lat, lon = math.radians(lat_deg), math.radians(lon_deg)
    east = np.array([-math.sin(lon), math.cos(lon), 0.0])
    up = np.array([math.cos(lat) * math.cos(lon), math.cos(lat) * math.sin(lon), math.sin(lat)])
    return np.array([east, np.cross(up, east), up])
