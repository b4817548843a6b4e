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


def eclipsed_fraction(separation: ArrayLike, radius: ArrayLike, cover_radius: ArrayLike) -> Array:
    """Fraction (0 to 1) of a round, uniform disk behind another, by the distance of their centres; angles in any
    one unit, broadcast.

    Lens of two circles (Weisstein, "Circle-circle intersection", MathWorld, eq. 14) over the disk's area.
    """
    d, r, cover = np.broadcast_arrays(
        np.asarray(separation, dtype=float),
        np.asarray(radius, dtype=float),
        np.asarray(cover_radius, dtype=float),
    )
    # Closer than this two equal disks cover each other to the last digit, and the lens formula divides by nothing.
    inside = np.maximum(np.abs(cover - r), 1e-12)
    out: Array = np.where(d <= inside, np.minimum(1.0, (cover / r) ** 2), 0.0)
    part = (d > inside) & (d < cover + r)
    d, r, cover = d[part], r[part], cover[part]
    own = r * r * np.arccos(np.clip((d * d + r * r - cover * cover) / (2.0 * d * r), -1.0, 1.0))
    other = cover * cover * np.arccos(np.clip((d * d + cover * cover - r * r) / (2.0 * d * cover), -1.0, 1.0))
    kite = 0.5 * np.sqrt(np.maximum((r + cover - d) * (d + r - cover) * (d - r + cover) * (d + r + cover), 0.0))
    out[part] = (own + other - kite) / (np.pi * r * r)
    return np.clip(out, 0.0, 1.0)


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
