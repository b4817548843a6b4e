"""Frames: ICRF, the Moon's PA and ME, the Earth's ITRF, and places on the ground in them.

Matrices turn coordinates: `vector_b = matrix_a_to_b @ vector_a`. A gravity field belongs to MOON_PA, a map to MOON_ME.
"""

from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from malapert import data
from malapert.constants import RADIUS_MOON_KM, WGS84_FLATTENING, WGS84_RADIUS_KM
from malapert.errors import InputError
from malapert.sky import libration
from malapert.sky.earth_rotation import earth_orientation_note, icrf_to_itrf
from malapert.sky.ephemeris import check_span

__all__ = [
    "earth_orientation_note",
    "earth_site_position_km",
    "enu",
    "icrf_to_itrf",
    "icrf_to_moon_me",
    "icrf_to_moon_pa",
    "moon_pa_to_me",
    "moon_rotation",
    "site_position_km",
]

Array = NDArray[np.float64]

_ARCSEC_RAD: Final = np.pi / 648000.0
# Park et al. 2021, AJ 161:105, section 2.4: MOON_ME aligned with DE421's mean Earth/polar axis frame,
# r_ME = Rx(-0.2785") Ry(-78.6944") Rz(-67.8526") r_PA (NAIF's MOON_ME_DE440_ME421).
PA_TO_ME_XYZ_ARCSEC: Final = (-0.2785, -78.6944, -67.8526)


def _about(axis: int, angle_rad: float) -> Array:
    """Rotation of the axes by an angle about axis 0, 1 or 2."""
    c, s = np.cos(angle_rad), np.sin(angle_rad)
    matrix = np.eye(3)
    j, k = (axis + 1) % 3, (axis + 2) % 3
    matrix[j, j] = matrix[k, k] = c
    matrix[j, k], matrix[k, j] = s, -s
    return matrix


def moon_rotation(t_tdb_s: ArrayLike) -> tuple[Array, Array]:
    """ICRF to MOON_PA (..., 3, 3) and the Moon's angular velocity on the axes of MOON_PA, rad/s (..., 3)."""
    t = check_span(t_tdb_s)
    flat = np.ascontiguousarray(t).reshape(-1)
    matrices, rates = np.empty((flat.size, 3, 3)), np.empty((flat.size, 3))
    segment = data.ephemeris().segments["libration"]
    libration.fill_rotations(segment.start_tdb_s, segment.step_s, segment.coefficients, flat, matrices, rates)
    return matrices.reshape(*t.shape, 3, 3), rates.reshape(*t.shape, 3)


def icrf_to_moon_pa(t_tdb_s: ArrayLike) -> Array:
    """Rotation from ICRF to the Moon's principal axes (DE440) at TDB seconds past J2000 (...): (..., 3, 3)."""
    return moon_rotation(t_tdb_s)[0]


def moon_pa_to_me() -> Array:
    """Constant rotation (3, 3) from MOON_PA to MOON_ME, DE440's principal axes to DE421's mean Earth/polar axis."""
    x, y, z = (angle * _ARCSEC_RAD for angle in PA_TO_ME_XYZ_ARCSEC)
    return _about(0, x) @ _about(1, y) @ _about(2, z)


def icrf_to_moon_me(t_tdb_s: ArrayLike) -> Array:
    """Rotation from ICRF to MOON_ME, the frame of lunar maps, at TDB seconds past J2000 (...): (..., 3, 3)."""
    return moon_pa_to_me() @ icrf_to_moon_pa(t_tdb_s)


def enu(lat_deg: float, lon_deg: float) -> Array:
    """Rotation (3, 3) from body-fixed axes to east, north, up at a place (its rows).

    At a pole the longitude given still says which way is north.
    """
    _check_place(lat_deg, lon_deg)
    lat, lon = np.radians(lat_deg), np.radians(lon_deg)
    sin_lat, cos_lat, sin_lon, cos_lon = np.sin(lat), np.cos(lat), np.sin(lon), np.cos(lon)
    return np.array(
        [
            [-sin_lon, cos_lon, 0.0],
            [-sin_lat * cos_lon, -sin_lat * sin_lon, cos_lat],
            [cos_lat * cos_lon, cos_lat * sin_lon, sin_lat],
        ]
    )


def site_position_km(lat_deg: float, lon_deg: float, height_m: float, radius_km: float = RADIUS_MOON_KM) -> Array:
    """Body-fixed position (3,) of a place on a sphere: east longitude, height above radius_km."""
    up: Array = enu(lat_deg, lon_deg)[2]
    return (radius_km + height_m / 1e3) * up


def earth_site_position_km(lat_deg: float, lon_deg: float, height_m: float) -> Array:
    """ITRF position (3,) of a geodetic place on the WGS 84 ellipsoid (NGA.STND.0036, eq. 4-14 to 4-16)."""
    up = enu(lat_deg, lon_deg)[2]
    e2 = WGS84_FLATTENING * (2.0 - WGS84_FLATTENING)
    normal_km = WGS84_RADIUS_KM / np.sqrt(1.0 - e2 * up[2] ** 2)
    result: Array = (normal_km * np.array([1.0, 1.0, 1.0 - e2]) + height_m / 1e3) * up
    return result


def _check_place(lat_deg: float, lon_deg: float) -> None:
    if not (-90.0 <= lat_deg <= 90.0 and np.isfinite(lon_deg)):
        raise InputError(f"not a place: latitude {lat_deg} deg, longitude {lon_deg} deg; latitude runs from -90 to 90")
