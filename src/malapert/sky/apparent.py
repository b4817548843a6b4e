"""What stands where in the sky of a place on the Moon: light time, stellar aberration, azimuth and elevation."""

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from malapert import constants
from malapert.errors import InputError
from malapert.sky import ephemeris, frames

Array = NDArray[np.float64]

# Equatorial radii, Archinal et al. 2018, Celest. Mech. Dyn. Astron. 130:22, tables 4 and 5, beside the constants.
RADII_KM: Final = {
    "sun": constants.RADIUS_SUN_KM,
    "mercury": 2440.53,
    "venus": 6051.8,
    "earth": constants.RADIUS_EARTH_EQUATOR_KM,
    "moon": constants.RADIUS_MOON_KM,
    "mars": 3396.19,
    "jupiter": 71492.0,
    "saturn": 60268.0,
}
# Epochs worked on together: their vectors stay in the processor's cache, and a million need no gigabyte.
BLOCK: Final = 8192


class SiteView(NamedTuple):
    """A body seen from a place, one value an epoch: azimuth clockwise from north, elevation of its centre."""

    azimuth_deg: Array
    elevation_deg: Array
    distance_km: Array
    angular_radius_deg: Array


def azimuth_elevation_deg(vectors_enu: Array) -> tuple[Array, Array]:
    """Azimuth clockwise from north in [0, 360) and elevation (deg) of vectors (..., 3) on east, north, up axes."""
    east, north, up = (vectors_enu[..., k] for k in range(3))
    azimuth = np.degrees(np.arctan2(east, north)) % 360.0
    # The remainder of a tiny negative angle rounds to 360 itself.
    azimuth = np.where(azimuth == 360.0, 0.0, azimuth)
    return azimuth, np.degrees(np.arctan2(up, np.hypot(east, north)))


def _dot(a: Array, b: Array) -> Array:
    """Products of vectors (..., 3): (..., 1)."""
    result: Array = np.einsum("...i,...i->...", a, b)[..., None]
    return result


def aberrated(direction: Array, velocity_km_s: Array) -> Array:
    """Direction (..., 3) as an observer moving at velocity (..., 3) from the barycentre sees it; length is kept.

    Turned towards the velocity by asin(v sin(angle) / c): Explanatory Supplement 2013, section 7.2.3, first order in
    v/c (the second is 1e-8 rad), as SPICE's stelab.
    """
    v = velocity_km_s / constants.SPEED_OF_LIGHT_KM_S
    length2 = _dot(direction, direction)
    across = v - direction * (_dot(direction, v) / length2)
    cosine = np.sqrt(1.0 - _dot(across, across))
    result: Array = direction * cosine + across * np.sqrt(length2)
    return result


def apparent_icrf_km(target: str, ssb_to_observer_icrf: Array, t_tdb_s: ArrayLike, aberration: bool = True) -> Array:
    """Vector (..., 3) from an observer to where target's light comes from, ICRF, km.

    ssb_to_observer_icrf: (..., 6) km, km/s. The target is taken at t minus light time (converged, Newtonian); light
    deflection (1.75 arcsec at the Sun's limb, 0.01 arcsec beyond 45 deg) is left out.
    """
    vector = ephemeris.retarded_km(target, ssb_to_observer_icrf[..., :3], t_tdb_s)
    return aberrated(vector, ssb_to_observer_icrf[..., 3:]) if aberration else vector


def sub_point_deg(target: str, t_tdb_s: ArrayLike) -> tuple[Array, Array]:
    """Where on the Moon a body stands overhead: planetocentric latitude and east longitude (deg, -180 to 180), MOON_ME.

    For light that reaches the Moon's centre at the epochs (...): each value (...). Aberration (20 arcsec, 0.2 km) is
    left out: it moves what an observer sees, not where the light falls.
    """
    t = np.asarray(t_tdb_s, dtype=np.float64)
    to_target = ephemeris.retarded_km(target, ephemeris.position_km("moon", "ssb", t), t)
    x, y, z = np.moveaxis(np.einsum("...ij,...j->...i", frames.icrf_to_moon_me(t), to_target), -1, 0)
    return np.degrees(np.arctan2(z, np.hypot(x, y))), np.degrees(np.arctan2(y, x))


def moon_site_state(lat_deg: float, lon_deg: float, height_m: float, t_tdb_s: ArrayLike) -> tuple[Array, Array]:
    """A MOON_ME place from the solar-system barycentre, ICRF (..., 6) km and km/s, and ICRF to east, north, up.

    The second value is (..., 3, 3). The place turns with the Moon: 4.6 m/s at the equator.
    """
    icrf_to_enu, spin = frames.moon_rotation(t_tdb_s, frames.enu(lat_deg, lon_deg) @ frames.moon_pa_to_me())
    east, north, up = (icrf_to_enu[..., k, :] for k in range(3))
    # On the site's own axes it stands straight up from the centre, and turns by spin x radius.
    radius_km = constants.RADIUS_MOON_KM + height_m / 1e3
    state = ephemeris.state("moon", "ssb", t_tdb_s)
    state[..., :3] += radius_km * up
    state[..., 3:] += radius_km * (spin[..., 1, None] * east - spin[..., 0, None] * north)
    return state, icrf_to_enu


def moon_site_view(
    target: str, lat_deg: float, lon_deg: float, height_m: float, t_tdb_s: ArrayLike, aberration: bool = True
) -> SiteView:
    """A body in the sky of a lunar place (MOON_ME, height above 1737.4 km) at epochs (...), each value (...).

    Sphere and terrain are not looked at: elevation is against the plane across the radius. Angular radius is
    asin(radius / distance) with equatorial radii. Raises InputError for a target without a radius, CoverageError
    outside the ephemeris.
    """
    if target not in RADII_KM or target == "moon":
        known = ", ".join(name for name in RADII_KM if name != "moon")
        raise InputError(f"cannot look at {target!r} from the Moon; use one of {known}")
    t = np.asarray(t_tdb_s, dtype=np.float64)
    flat, out = t.reshape(-1), np.empty((4, t.size))
    for at in range(0, t.size, BLOCK):
        part = slice(at, at + BLOCK)
        observer, icrf_to_enu = moon_site_state(lat_deg, lon_deg, height_m, flat[part])
        vector = apparent_icrf_km(target, observer, flat[part], aberration)
        out[:2, part] = azimuth_elevation_deg(np.einsum("nij,nj->ni", icrf_to_enu, vector))
        out[2, part] = np.sqrt(np.einsum("ni,ni->n", vector, vector))
    out[3] = np.degrees(np.arcsin(RADII_KM[target] / out[2]))
    return SiteView(*(values.reshape(t.shape) for values in out))
