"""The Moon's axes PA and ME, the Earth's ITRF, and places on the ground in them; all frames by name: `rotation`.

Matrices turn coordinates: `vector_b = matrix_a_to_b @ vector_a`. A gravity field belongs to MOON_PA, a map to MOON_ME.
"""

from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from malapert.constants import RADIUS_MOON_KM, WGS84_FLATTENING, WGS84_RADIUS_KM
from malapert.errors import InputError
from malapert.sky import libration
from malapert.sky.earth_rotation import earth_orientation_note, icrf_to_itrf
from malapert.sky.ephemeris import check_span, in_use

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
# MOON_PA to MOON_ME, by the frame class of the principal axes: Rx(x) Ry(y) Rz(z), arcsec. MOON_ME is always DE421's
# mean-Earth axes: from DE440's, Park et al. 2021, AJ 161:105, section 2.4 (NAIF's MOON_ME_DE440_ME421); from DE421's
# own, NAIF's MOON_ME_DE421 (moon_080317.tf).
PA_TO_ME_XYZ_ARCSEC: Final = {31008.0: (-0.2785, -78.6944, -67.8526), 31006.0: (-0.30, -78.56, -67.92)}
PA_FRAME_CLASS: Final = "MOON_PA_FRAME_CLASS"
_DE440: Final = 31008.0
_NO_TURN: Final = np.eye(3)


def _about(axis: int, angle_rad: float) -> Array:
    """Rotation of the axes by an angle about axis 0, 1 or 2."""
    c, s = np.cos(angle_rad), np.sin(angle_rad)
    matrix = np.eye(3)
    j, k = (axis + 1) % 3, (axis + 2) % 3
    matrix[j, j] = matrix[k, k] = c
    matrix[j, k], matrix[k, j] = s, -s
    return matrix


def _turns(t_tdb_s: ArrayLike, turn: Array, spins: bool) -> tuple[Array, Array]:
    """turn @ (ICRF to MOON_PA) (..., 3, 3) and, when asked for, the spin on the axes turned to, rad/s (..., 3)."""
    t = check_span(t_tdb_s)
    flat = np.ascontiguousarray(t).reshape(-1)
    matrices, rates = np.empty((flat.size, 3, 3)), np.empty((flat.size if spins else 0, 3))
    segment = in_use().segments["libration"]
    libration.fill_turns(segment.start_tdb_s, segment.step_s, segment.coefficients, turn, flat, matrices, rates)
    return matrices.reshape(*t.shape, 3, 3), rates.reshape(*t.shape, 3) if spins else rates


def moon_rotation(t_tdb_s: ArrayLike, moon_pa_to_axes: Array = _NO_TURN) -> tuple[Array, Array]:
    """ICRF to MOON_PA (..., 3, 3) and the Moon's angular velocity on its axes, rad/s (..., 3).

    moon_pa_to_axes: a further constant rotation (3, 3) for both, such as `moon_pa_to_me()`.
    """
    return _turns(t_tdb_s, moon_pa_to_axes, True)


def icrf_to_moon_pa(t_tdb_s: ArrayLike) -> Array:
    """Rotation from ICRF to the Moon's principal axes (DE440) at TDB seconds past J2000 (...): (..., 3, 3)."""
    return _turns(t_tdb_s, _NO_TURN, False)[0]


def moon_pa_to_me() -> Array:
    """Constant rotation (3, 3) from MOON_PA, of the ephemeris in use, to MOON_ME, DE421's mean Earth/polar axis."""
    frame_class = in_use().constants.get(PA_FRAME_CLASS, _DE440)
    x, y, z = (angle * _ARCSEC_RAD for angle in PA_TO_ME_XYZ_ARCSEC[frame_class])
    return _about(0, x) @ _about(1, y) @ _about(2, z)


def icrf_to_moon_me(t_tdb_s: ArrayLike) -> Array:
    """Rotation from ICRF to MOON_ME, the frame of lunar maps, at TDB seconds past J2000 (...): (..., 3, 3)."""
    return _turns(t_tdb_s, moon_pa_to_me(), False)[0]


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
