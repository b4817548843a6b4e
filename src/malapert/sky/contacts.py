"""Who sees whom: spheres in the way, disks over disks, elevations, and contacts between any two ends of a link."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from malapert.constants import RADIUS_EARTH_EQUATOR_KM, RADIUS_MOON_KM, SPEED_OF_LIGHT_KM_S
from malapert.errors import InputError
from malapert.sky import ephemeris, frames
from malapert.sky.apparent import azimuth_elevation_deg
from malapert.sky.spans import spans_above_zero

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


@dataclass(frozen=True)
class LunarSite:
    """A place on the Moon: MOON_ME, height of its antenna above 1737.4 km.

    It sees what stands above mask_deg and above its ground: horizon_deg(azimuths clockwise from north, deg) (n,) gives
    elevations (deg); without one the ground is the sphere. A skyline hides what is below it, however near.
    """

    lat_deg: float
    lon_deg: float
    height_m: float = 0.0
    mask_deg: float = -90.0
    horizon_deg: Callable[[Array], Array] | None = None


@dataclass(frozen=True)
class GroundStation:
    """An antenna on the Earth (WGS 84) that follows what stands above its mask."""

    lat_deg: float
    lon_deg: float
    height_m: float = 0.0
    mask_deg: float = 0.0


@dataclass(frozen=True)
class Orbiter:
    """Anything that flies: moon_to_craft_icrf_km(epochs TDB (n,)) gives (n, 3) km."""

    moon_to_craft_icrf_km: Callable[[Array], Array]


End = LunarSite | GroundStation | Orbiter


@dataclass(frozen=True)
class Contacts:
    """When two ends see each other: at epochs (n,) whether and how far apart, and the spans (m, 2) TDB between."""

    t_tdb_s: Array
    seen: NDArray[np.bool_]
    range_km: Array
    spans_tdb_s: Array


def contacts(sender: End, receiver: End, t_tdb_s: ArrayLike) -> Contacts:
    """Contacts of any two ends over rising epochs (n,) of reception; ends of spans are good to a millisecond.

    Light that leaves the sender at t - light time arrives at t; frames with light time and aberration agree to
    0.7 arcsec because places are taken from the Earth-Moon barycentre, which shares the 30 km/s. Refraction is left
    out. Short passes between the epochs: see spans.spans_above_zero.
    """
    t = np.asarray(t_tdb_s, dtype=np.float64)

    def clear(at: Array) -> Array:
        return _line(sender, receiver, at)[0]

    spans = spans_above_zero(clear, t)
    clearance, range_km = _line(sender, receiver, t)
    return Contacts(t, clearance > 0.0, range_km, spans)


def _line(sender: End, receiver: End, t: Array) -> tuple[Array, Array]:
    """Clearance (n,), of which only sign and zeros mean anything (degrees or km, the least), and range (n,) km."""
    end = _emb_to_end_icrf_km(receiver, t)
    left = t
    for _ in range(3):
        begin = _emb_to_end_icrf_km(sender, left)
        range_km = np.linalg.norm(end - begin, axis=-1)
        left = t - range_km / SPEED_OF_LIGHT_KM_S
    rows = [_above_ground_deg(sender, end - begin, left), _above_ground_deg(receiver, begin - end, t)]
    # A body in the way is taken when the light is at the end that belongs to it; on its own ground the skyline judges.
    kinds = (type(sender), type(receiver))
    for body, radius_km, ground in (
        ("moon", RADIUS_MOON_KM, LunarSite),
        ("earth", RADIUS_EARTH_EQUATOR_KM, GroundStation),
    ):
        if ground not in kinds:
            at = left if (body == "moon") == (kinds[0] is not GroundStation) else t
            rows.append(_past_sphere_km(begin, end, ephemeris.position_km(body, "emb", at), radius_km))
    return np.min(np.stack([row for row in rows if row is not None]), axis=0), range_km


def _emb_to_end_icrf_km(end: End, t: Array) -> Array:
    """Place (n, 3) of an end from the Earth-Moon barycentre, ICRF axes."""
    if isinstance(end, Orbiter):
        return ephemeris.position_km("moon", "emb", t) + end.moon_to_craft_icrf_km(t)
    if isinstance(end, LunarSite):
        fixed = frames.site_position_km(end.lat_deg, end.lon_deg, end.height_m)
        body, to_fixed = "moon", frames.icrf_to_moon_me(t)
    else:
        fixed = frames.earth_site_position_km(end.lat_deg, end.lon_deg, end.height_m)
        body, to_fixed = "earth", frames.icrf_to_itrf(t)
    result: Array = ephemeris.position_km(body, "emb", t) + np.einsum("nji,j->ni", to_fixed, fixed)
    return result


def _above_ground_deg(end: End, line_icrf_km: Array, t: Array) -> Array | None:
    """How far (n,) a line (n, 3) from an end stands above its ground and mask; None for an orbiter, which has none."""
    if isinstance(end, Orbiter):
        return None
    lunar = isinstance(end, LunarSite)
    to_fixed = frames.icrf_to_moon_me(t) if lunar else frames.icrf_to_itrf(t)
    to_enu = frames.enu(end.lat_deg, end.lon_deg) @ to_fixed
    azimuth, elevation = azimuth_elevation_deg(np.einsum("nij,nj->ni", to_enu, line_icrf_km))
    ground = _skyline_deg(end, azimuth) if isinstance(end, LunarSite) else np.full(t.shape, -90.0)
    result: Array = elevation - np.maximum(ground, end.mask_deg)
    return result


def _skyline_deg(site: LunarSite, azimuth_deg: Array) -> Array:
    """The site's ground at azimuths (n,): its profile, or the dip of the sphere (0 at or below its surface)."""
    if site.horizon_deg is not None:
        return site.horizon_deg(azimuth_deg)
    ratio = min(RADIUS_MOON_KM / (RADIUS_MOON_KM + site.height_m / 1e3), 1.0)
    return np.full(azimuth_deg.shape, -np.degrees(np.arccos(ratio)))


def _past_sphere_km(begin_km: Array, end_km: Array, center_km: Array, radius_km: float) -> Array:
    """How far (n,) the straight line between two points (n, 3) passes outside a sphere; negative through it."""
    line, to_center = end_km - begin_km, center_km - begin_km
    along = np.clip(np.sum(to_center * line, axis=-1) / np.sum(line * line, axis=-1), 0.0, 1.0)
    result: Array = np.linalg.norm(to_center - along[:, None] * line, axis=-1) - radius_km
    return result
