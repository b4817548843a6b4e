"""Eclipses: the Sun behind Earth or Moon for a place or an orbiter, and the Moon as a whole in the Earth's shadow."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from malapert.constants import RADIUS_EARTH_EQUATOR_KM, RADIUS_MOON_KM, RADIUS_SUN_KM
from malapert.sky import ephemeris, frames
from malapert.sky.contacts import LunarSite, Orbiter, angular_separation_rad, eclipsed_fraction
from malapert.sky.spans import bisect, maxima, spans_above_zero
from malapert.sky.time import utc

Array = NDArray[np.float64]
Cover = Literal["earth", "moon"]

_TOLERANCE_S: Final = 1e-3
_COVER_RADIUS_KM: Final = {"earth": RADIUS_EARTH_EQUATOR_KM, "moon": RADIUS_MOON_KM}
# Danjon 1951 as Espenak and Meeus 2009 (NASA/TP-2009-214173, eq. 1-5 and 1-6) use it: the air makes the Earth that
# casts the shadow larger by 1/85 and the polar flattening, at 45 deg, smaller by 1/594: 1.01 equatorial radii.
DANJON_EARTH_RADIUS_KM: Final = 1.01 * RADIUS_EARTH_EQUATOR_KM
# The Moon meets the shadow at most once a synodic month and is never nearer to it than days from one to the next.
_MONTH_STEP_S: Final = 6.0 * 3600.0


@dataclass(frozen=True)
class Eclipse:
    """The Sun partly or wholly behind a body, UTC. umbra_* is None when it is never whole.

    `cut` says that the span asked for begins or ends inside it; start or end is then the span's.
    """

    by: Cover
    penumbra_start_utc: np.datetime64
    umbra_start_utc: np.datetime64 | None
    maximum_utc: np.datetime64
    covered: float
    umbra_end_utc: np.datetime64 | None
    penumbra_end_utc: np.datetime64
    cut: bool


@dataclass(frozen=True)
class LunarEclipse:
    """The Moon in the Earth's shadow, at the Moon's own epochs (TDB): first and last touch of each shadow.

    gamma: least distance of the Moon's centre from the shadow's axis in Earth radii, north positive. Magnitudes are
    parts of the Moon's diameter within each shadow. partial and total are None where they do not happen.
    """

    greatest_tdb_s: float
    gamma: float
    penumbral_magnitude: float
    umbral_magnitude: float
    penumbral_tdb_s: tuple[float, float]
    partial_tdb_s: tuple[float, float] | None
    total_tdb_s: tuple[float, float] | None


def eclipses(
    observer: LunarSite | Orbiter | None, t_tdb_s: ArrayLike, by: Cover = "earth", radius_km: float | None = None
) -> tuple[Eclipse, ...]:
    """Every time the Sun is covered for a site, an orbiter or (None) the Moon's centre, within rising epochs (n,).

    Bodies are round: the Earth with its equator's radius, though its poles lie 21 km further in and an edge there
    passes some 20 s off. Light time is kept, the air is not: an observer sees the solid Earth. Whether the ground
    already hides the Sun from a site is not looked at. Step well under half an orbit: see spans.spans_above_zero.
    """
    t = np.asarray(t_tdb_s, dtype=np.float64)
    cover_km = _COVER_RADIUS_KM[by] if radius_km is None else radius_km

    def covering(at: Array) -> Array:
        separation, sun, cover = _disks_rad(observer, at, by, cover_km)
        return sun + cover - separation

    def whole(at: Array) -> Array:
        separation, sun, cover = _disks_rad(observer, at, by, cover_km)
        return cover - sun - separation

    low, high = spans_above_zero(covering, t).T
    deepest, tops = maxima(covering, low, high), maxima(whole, low, high)
    total = whole(tops) > 0.0
    # A span may begin or end within the umbra.
    first = np.where(whole(low) > 0.0, low, bisect(whole, low, tops, _TOLERANCE_S))
    last = np.where(whole(high) > 0.0, high, bisect(whole, tops, high, _TOLERANCE_S))
    fractions = eclipsed_fraction(*_disks_rad(observer, deepest, by, cover_km))
    cut = (low <= t[0]) | (high >= t[-1])
    epochs = zip(*(utc(each) for each in (low, first, deepest, last, high)), strict=True)
    return tuple(
        Eclipse(by, at[0], at[1] if inside else None, at[2], float(part), at[3] if inside else None, at[4], bool(open_))
        for at, inside, part, open_ in zip(epochs, total, fractions, cut, strict=True)
    )


def sun_in_view(observer: LunarSite | Orbiter | None, t_tdb_s: ArrayLike) -> Array:
    """Part of the Sun's disk neither the Moon nor the Earth covers at epochs (n,); where both touch it, as if apart.

    Bodies as in `eclipses`. A site's own ground is not looked at, nor the Moon for it or for the Moon's centre.
    """
    t = np.asarray(t_tdb_s, dtype=np.float64)
    covers: tuple[Cover, ...] = ("earth", "moon") if isinstance(observer, Orbiter) else ("earth",)
    parts = [1.0 - eclipsed_fraction(*_disks_rad(observer, t, by, _COVER_RADIUS_KM[by])) for by in covers]
    return np.asarray(np.prod(parts, axis=0))


def _disks_rad(
    observer: LunarSite | Orbiter | None, t: Array, by: Cover, cover_radius_km: float
) -> tuple[Array, Array, Array]:
    """Distance of the Sun's centre from the cover's, and the radii of both (n,), rad; retarded, which turns the
    Earth by 20 arcsec against the Sun. Aberration moves both alike and is left out."""
    place = _ssb_to_observer_icrf_km(observer, t)
    sun = ephemeris.retarded_km("sun", place, t)
    cover = ephemeris.retarded_km(by, place, t)
    apparent = [
        np.arcsin(np.minimum(radius / np.linalg.norm(vector, axis=-1), 1.0))
        for radius, vector in ((RADIUS_SUN_KM, sun), (cover_radius_km, cover))
    ]
    return angular_separation_rad(sun, cover), apparent[0], apparent[1]


def _ssb_to_observer_icrf_km(observer: LunarSite | Orbiter | None, t: Array) -> Array:
    moon = ephemeris.position_km("moon", "ssb", t)
    if observer is None:
        return moon
    if isinstance(observer, Orbiter):
        return moon + observer.moon_to_craft_icrf_km(t)
    site = frames.site_position_km(observer.lat_deg, observer.lon_deg, observer.height_m)
    result: Array = moon + np.einsum("nji,j->ni", frames.icrf_to_moon_me(t), site)
    return result


def lunar_eclipses(
    start_tdb_s: float,
    end_tdb_s: float,
    earth_radius_km: float = RADIUS_EARTH_EQUATOR_KM,
    moon_radius_km: float = RADIUS_MOON_KM,
) -> tuple[LunarEclipse, ...]:
    """Every passage of the Moon through the Earth's shadow between two epochs, by the cones of a round Earth.

    With earth_radius_km = DANJON_EARTH_RADIUS_KM these are the eclipses an observer on Earth sees 1.3 s later, as
    almanacs print them; with the solid Earth, what the lunar ground lives through (umbra 64 km narrower).
    """
    t = np.arange(start_tdb_s, end_tdb_s + _MONTH_STEP_S, _MONTH_STEP_S)

    def depths_km(at: Array) -> Array:
        return _depths_km(at, earth_radius_km, moon_radius_km)

    spans = spans_above_zero(lambda at: depths_km(at)[0], t)
    found = [_lunar_eclipse((float(low), float(high)), depths_km, moon_radius_km) for low, high in spans]
    return tuple(one for one in found if start_tdb_s <= one.greatest_tdb_s < end_tdb_s)


def _lunar_eclipse(
    span: tuple[float, float], depths_km: Callable[[Array], Array], moon_radius_km: float
) -> LunarEclipse:
    ends = np.array(span)
    peak = maxima(lambda at: -np.linalg.norm(_from_axis_km(at)[0], axis=-1), ends[:1], ends[1:])
    grid = np.unique(np.concatenate([ends, peak]))

    def phase(row: int) -> tuple[float, float] | None:
        found = spans_above_zero(lambda at: depths_km(at)[row], grid)
        return (float(found[0, 0]), float(found[-1, 1])) if len(found) else None

    off = _from_axis_km(peak)[0][0]
    gamma = float(np.copysign(np.linalg.norm(off) / RADIUS_EARTH_EQUATOR_KM, off[2]))
    penumbral, umbral = depths_km(peak)[:2, 0] / (2.0 * moon_radius_km)
    return LunarEclipse(float(peak[0]), gamma, float(penumbral), float(umbral), span, phase(1), phase(2))


def _from_axis_km(t: Array) -> tuple[Array, Array, Array]:
    """The Moon's centre off the shadow's axis (n, 3), along it from the Earth (n,), and the Sun's distance (n,).

    The Earth is taken when the light that reaches the Moon at t passed it, the Sun when that light left it.
    """
    moon = ephemeris.position_km("moon", "ssb", t)
    moon_to_earth = ephemeris.retarded_km("earth", moon, t)
    sun = ephemeris.retarded_km("sun", moon, t) - moon_to_earth
    distance = np.linalg.norm(sun, axis=-1)
    axis = -sun / distance[:, None]
    along = -np.sum(moon_to_earth * axis, axis=-1)
    off: Array = -moon_to_earth - along[:, None] * axis
    return off, along, distance


def _depths_km(t: Array, earth_radius_km: float, moon_radius_km: float) -> Array:
    """How deep the Moon stands in the penumbra, in the umbra, and its far limb in the umbra, km: (3, n).

    Cones of half-angles asin((Rsun +- Rearth) / D): Explanatory Supplement 2013, section 11.2.
    """
    off, along, distance = _from_axis_km(t)
    outer, inner = (np.arcsin((RADIUS_SUN_KM + sign * earth_radius_km) / distance) for sign in (1.0, -1.0))
    penumbra = earth_radius_km / np.cos(outer) + along * np.tan(outer)
    umbra = earth_radius_km / np.cos(inner) - along * np.tan(inner)
    rows = np.stack([penumbra + moon_radius_km, umbra + moon_radius_km, umbra - moon_radius_km])
    # Behind the Earth only: at new Moon the axis is as near.
    depths: Array = np.where(along > 0.0, rows - np.linalg.norm(off, axis=-1), -np.abs(along) - moon_radius_km)
    return depths
