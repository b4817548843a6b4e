"""Who sees whom: spheres in the way, disks over disks, elevation at ground stations. Pure functions on arrays."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from malapert.errors import InputError
from malapert.sky import frames

Array = NDArray[np.float64]


def occulted_by_sphere(
    observer_km: Array, target_km: Array, sphere_center_km: Array, radius_km: float
) -> NDArray[np.bool_]:
    """Whether a sphere cuts the straight line from observer to target; (..., 3) each, broadcast, one frame.

    An observer on or below the sphere's surface (a crater floor) still sees whatever lies above its own horizontal.
    """
    line = target_km - observer_km
    to_center = sphere_center_km - observer_km
    length2 = np.sum(line * line, axis=-1)
    if not (length2 > 0.0).all():
        raise InputError("observer and target are in the same place at some epoch; there is no line between them")
    along = np.sum(to_center * line, axis=-1) / length2
    nearest = to_center - np.minimum(along, 1.0)[..., None] * line
    result: NDArray[np.bool_] = (along > 0.0) & (np.sum(nearest * nearest, axis=-1) < radius_km**2)
    return result


def disk_visible_fraction(separation: ArrayLike, source_radius: ArrayLike, cover_radius: ArrayLike) -> Array:
    """Part of a source's disk left uncovered by a nearer disk, 0 to 1; angles in any one unit, broadcast.

    Overlap of two circles (Montenbruck and Gill 2000, Satellite Orbits, eq. 3.85-3.94).
    """
    d, a, b = (np.asarray(value, dtype=np.float64) for value in (separation, source_radius, cover_radius))
    with np.errstate(all="ignore"):
        x = (d**2 + a**2 - b**2) / (2.0 * d)
        y = np.sqrt(np.maximum(a**2 - x**2, 0.0))
        lens = a**2 * np.arccos(np.clip(x / a, -1.0, 1.0)) + b**2 * np.arccos(np.clip((d - x) / b, -1.0, 1.0)) - d * y
    partial = np.clip(1.0 - lens / (np.pi * a**2), 0.0, 1.0)
    inside = 1.0 - np.minimum(a, b) ** 2 / a**2
    result: Array = np.where(d >= a + b, 1.0, np.where(d <= np.abs(a - b), inside, partial))
    return result


def angular_separation_rad(a: Array, b: Array) -> Array:
    """Angle between directions (..., 3), well-behaved near 0 and pi (Kahan 2006, "How futile are mindless...", 12)."""
    unit_a = a / np.linalg.norm(a, axis=-1, keepdims=True)
    unit_b = b / np.linalg.norm(b, axis=-1, keepdims=True)
    difference = np.linalg.norm(unit_a - unit_b, axis=-1)
    result: Array = 2.0 * np.arctan2(difference, np.linalg.norm(unit_a + unit_b, axis=-1))
    return result


def ground_station_elevation_deg(
    lat_deg: float, lon_deg: float, height_m: float, target_icrf_geocentric_km: Array, t_tdb_s: ArrayLike
) -> Array:
    """Geometric elevation (...) of a target (..., 3) above a station's WGS 84 horizontal at epochs (...).

    No refraction (0.5 deg at the horizon, 0.09 at 10 deg), no light time (the sky turns 0.005 deg in 1.3 s).
    """
    target_itrf_km = np.einsum("...ij,...j->...i", frames.icrf_to_itrf(t_tdb_s), target_icrf_geocentric_km)
    return elevation_from_itrf_deg(lat_deg, lon_deg, height_m, target_itrf_km)


def elevation_from_itrf_deg(lat_deg: float, lon_deg: float, height_m: float, target_itrf_km: Array) -> Array:
    """The same of a target already in ITRF (..., 3): several stations share one turn of the Earth."""
    line = target_itrf_km - frames.earth_site_position_km(lat_deg, lon_deg, height_m)
    east, north, up = np.moveaxis(line @ frames.enu(lat_deg, lon_deg).T, -1, 0)
    result: Array = np.degrees(np.arctan2(up, np.hypot(east, north)))
    return result
