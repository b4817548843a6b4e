"""An orbit that somebody holds: circular, at its height and inclination, its plane turned by the Moon's oblateness."""

import math

import numpy as np
from numpy.typing import NDArray

from malapert import data
from malapert.constants import GM_MOON_KM3_S2, RADIUS_MOON_KM
from malapert.errors import InputError
from malapert.flight.elements import icrf_to_moon_equator

Array = NDArray[np.float64]


def held_circular_orbit(
    altitude_km: float, inclination_deg: float, node_deg: float, epoch_tdb_s: float, t_tdb_s: Array
) -> Array:
    """Moon to craft at epochs (n,), ICRF km (n, 3); angles over the lunar equator of `epoch_tdb_s`.

    Mean motion of two bodies; the node moves at -3/2 J2 n (R / a)^2 cos i (Kozai 1959, AJ 64:367, eq. 12) with the J2
    of the gravity field in the data pack. Upkeep is not counted. InputError when the orbit is under the ground.
    """
    if altitude_km <= 0.0:
        raise InputError(f"a held orbit lies above the ground (got {altitude_km:g} km)")
    field = data.moon_gravity(2)
    j2 = -math.sqrt(5.0) * float(field.c[2, 0])
    radius = RADIUS_MOON_KM + altitude_km
    motion = math.sqrt(GM_MOON_KM3_S2 / radius**3)
    inclination = math.radians(inclination_deg)
    drift = -1.5 * j2 * motion * (field.radius_km / radius) ** 2 * math.cos(inclination)
    elapsed = t_tdb_s - epoch_tdb_s
    node = math.radians(node_deg) + drift * elapsed
    phase = motion * elapsed
    x = np.cos(node) * np.cos(phase) - np.sin(node) * np.sin(phase) * math.cos(inclination)
    y = np.sin(node) * np.cos(phase) + np.cos(node) * np.sin(phase) * math.cos(inclination)
    on_equator = radius * np.stack([x, y, np.sin(phase) * math.sin(inclination)], axis=-1)
    place: Array = on_equator @ icrf_to_moon_equator(epoch_tdb_s)
    return place
