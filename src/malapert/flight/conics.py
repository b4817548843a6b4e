"""Two-body pieces a guess is made of: time along a conic, planes through a direction, hyperbolas at the Moon."""

import math
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from malapert import constants
from malapert.flight.bodies import earth_rotation
from malapert.flight.elements import Elements, elements_from_state
from malapert.flight.forces import UT1_MINUS_TDB_S

Array = NDArray[np.float64]


def unit(vector: Array) -> Array:
    """Vectors (..., 3) of length one."""
    return np.asarray(vector / np.linalg.norm(vector, axis=-1, keepdims=True))


def time_from_periapsis_s(periapsis_km: float, eccentricity: Array, radius_km: Array, gm_km3_s2: float) -> Array:
    """Time along an ellipse, outbound, from periapsis to a radius; NaN where it does not reach it (Kepler)."""
    a = periapsis_km / (1.0 - eccentricity)
    with np.errstate(invalid="ignore"):
        anomaly = np.arccos((1.0 - radius_km / a) / eccentricity)
        return np.asarray(np.sqrt(a**3 / gm_km3_s2) * (anomaly - eccentricity * np.sin(anomaly)))


def eccentricity_for_time(periapsis_km: float, radius_km: Array, time_s: Array, gm_km3_s2: float) -> Array:
    """Eccentricity of the ellipse that climbs from periapsis to a radius in a given time; NaN where none does.

    The time falls as the eccentricity grows, from the ellipse whose apoapsis is the radius: bisection.
    """
    low = (radius_km - periapsis_km) / (radius_km + periapsis_km) * (1.0 + 1e-12)
    high = np.full_like(low, 1.0 - 1e-9)
    slowest = time_from_periapsis_s(periapsis_km, low * (1.0 + 1e-9), radius_km, gm_km3_s2)
    for _ in range(45):
        middle = 0.5 * (low + high)
        late = time_from_periapsis_s(periapsis_km, middle, radius_km, gm_km3_s2) > time_s
        low, high = np.where(late, middle, low), np.where(late, high, middle)
    return np.where(time_s < slowest, 0.5 * (low + high), np.nan)


def planes_through(direction: Array, pole: Array, inclination_rad: Array | float) -> tuple[Array, Array]:
    """The two orbit normals (..., 3) of an inclination to the pole whose planes hold a direction; NaN if none do.

    First the northbound plane at the direction (moving towards the pole), then the southbound one.
    """
    direction = unit(direction)
    sine = direction @ pole
    cosine = np.sqrt(1.0 - sine**2)
    along = (pole - sine[..., None] * direction) / cosine[..., None]
    across = np.cross(direction, along)
    x = np.cos(inclination_rad) / cosine
    with np.errstate(invalid="ignore"):
        y = np.sqrt(1.0 - x**2)
    return x[..., None] * along + y[..., None] * across, x[..., None] * along - y[..., None] * across


def hyperbola_speed_km_s(v_infinity_km_s: Array, radius_km: float, gm_km3_s2: float) -> Array:
    """Speed at a radius on a hyperbola: vis-viva."""
    return np.asarray(np.sqrt(v_infinity_km_s**2 + 2.0 * gm_km3_s2 / radius_km))


def departure_velocity_km_s(position_km: Array, v_infinity: Array, gm_km3_s2: float) -> Array:
    """Velocity at a position (..., 3) that leaves towards an asymptotic velocity (..., 3).

    Battin 1999, "Introduction to the Mathematics and Methods of Astrodynamics", eq. 11.2 ff. (hyperbolic locus).
    """
    speed = np.linalg.norm(v_infinity, axis=-1, keepdims=True)
    radius = np.linalg.norm(position_km, axis=-1, keepdims=True)
    s, r = v_infinity / speed, position_km / radius
    cosine = np.sum(s * r, axis=-1, keepdims=True)
    d = np.sqrt(gm_km3_s2 / (np.maximum(1.0 + cosine, 1e-9) * radius * speed**2) + 0.25)
    return np.asarray(speed * ((d + 0.5) * s + (d - 0.5) * r))


def earth_pole_icrf(epoch_tdb_s: float) -> Array:
    """The Earth's pole of date (3,), precession only."""
    out = np.empty((3, 3))
    earth_rotation(epoch_tdb_s, UT1_MINUS_TDB_S, out)
    return np.array(out[2])


@lru_cache(maxsize=64)
def icrf_to_earth_equator(epoch_tdb_s: float) -> Array:
    """(3, 3) ICRF -> axes on the Earth's equator of date, x nearest to the ICRF x axis."""
    pole = earth_pole_icrf(epoch_tdb_s)
    x = unit(np.array([1.0, 0.0, 0.0]) - pole[0] * pole)
    return np.array([x, np.cross(pole, x), pole])


def earth_elements(earth_to_craft: Array, epoch_tdb_s: float) -> Elements:
    """Elements over the Earth's equator of date of a geocentric ICRF state (6,)."""
    axes = icrf_to_earth_equator(epoch_tdb_s)
    turned = np.concatenate([axes @ earth_to_craft[:3], axes @ earth_to_craft[3:6]])
    return elements_from_state(turned, constants.GM_EARTH_KM3_S2)


def earth_inclination_deg(earth_to_craft: Array, epoch_tdb_s: float) -> float:
    """Inclination to the equator of date of a geocentric ICRF state (6,), without the other elements."""
    normal = unit(np.cross(earth_to_craft[:3], earth_to_craft[3:6]))
    return math.degrees(math.acos(float(normal @ earth_pole_icrf(epoch_tdb_s))))


def b_plane(moon_to_craft: Array, pole: Array, gm_km3_s2: float) -> tuple[Array, float, Array]:
    """B vector on (T, R) (2,), hyperbolic excess speed, incoming asymptote (3,). T lies in the equator of the pole.

    Kizner 1961, Planet. Space Sci. 7:125. For a closed orbit the excess speed comes back as NaN.
    """
    r, v = moon_to_craft[:3], moon_to_craft[3:6]
    radius = math.sqrt(r @ r)
    excess2 = v @ v - 2.0 * gm_km3_s2 / radius
    if excess2 <= 0.0:
        return np.full(2, np.nan), math.nan, np.full(3, np.nan)
    h = np.cross(r, v)
    vector = np.cross(v, h) / gm_km3_s2 - r / radius
    e = math.sqrt(vector @ vector)
    apse = vector / e
    normal = unit(h)
    s = apse / e + math.sqrt(1.0 - 1.0 / e**2) * np.cross(normal, apse)
    t = unit(np.cross(s, pole))
    speed = math.sqrt(excess2)
    b = math.sqrt(h @ h) / speed * np.cross(s, normal)
    return np.array([b @ t, b @ np.cross(s, t)]), speed, s


def b_plane_aim(radius_km: float, inclination_rad: float, speed: float, asymptote: Array, pole: Array, gm: float,
                side: int) -> Array:  # fmt: skip
    """B vector (2,) on (T, R) for a periapsis radius and inclination; the inclination reachable nearest is taken.

    cos i = cos theta cos(declination of the asymptote): Kizner 1961. side +1 or -1 chooses between the two.
    """
    length = radius_km * math.sqrt(1.0 + 2.0 * gm / (radius_km * speed**2))
    cosine = math.cos(inclination_rad) / math.sqrt(max(1.0 - float(asymptote @ pole) ** 2, 1e-12))
    theta = side * math.acos(min(1.0, max(-1.0, cosine)))
    return length * np.array([math.cos(theta), math.sin(theta)])
