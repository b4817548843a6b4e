"""What the Sun or the Earth does over a span, folded so that a whole map's light needs no loop over time.

Near a pole a body's place over the ground decides what a cell sees of it. The table holds, for each sub-body
longitude, how the sub-body latitude is spread over the span; a skyline, carried over into those two coordinates by
closed formulas, then cuts off the share that stays hidden.
"""

import math
from dataclasses import dataclass
from typing import Final, Literal

import numba
import numpy as np
from numpy.typing import ArrayLike, NDArray

from malapert.constants import RADIUS_MOON_KM, SECONDS_PER_HOUR
from malapert.errors import InputError
from malapert.sky import ephemeris, frames
from malapert.sky.apparent import RADII_KM, apparent_icrf_km
from malapert.sky.time import tdb_s, utc
from malapert.terrain.grid import Pole
from malapert.terrain.light import BLOCK, disk_fraction, epochs_utc

Array = NDArray[np.float64]
Body = Literal["sun", "earth"]
Epoch = np.datetime64 | str
Pair = tuple[float, float]
Spot = tuple[float, float, float]
Point = tuple[float, float, float, float]

# Steps of the table in longitude and latitude. The Sun walks round the Moon; the Earth keeps within 8 deg.
LON_STEP_DEG: Final = {"sun": 1.0, "earth": 0.25}
LAT_STEP_DEG: Final = {"sun": 0.01, "earth": 0.02}


@dataclass(frozen=True, eq=False)
class LightTable:
    """A body's ways over a span, as seen from one pole; heights are sub-body latitudes towards that pole, deg.

    Row k belongs to longitude lon_first_deg + k lon_step_deg, column m to height first_deg + m step_deg. density
    (rows,) is each row's share of all time. sums (2, rows, columns) are integrals over columns, from the first, of the
    row's mean fraction of the disk above a height, and of the share of time that the body (the Sun's upper limb, the
    Earth's centre) is above it. highest_deg (rows,) is the highest upper limb of the span, -inf where the body
    never was. radius_deg and parallax_rad are means over the span.
    """

    body: Body
    pole: Pole
    start_utc: np.datetime64
    end_utc: np.datetime64
    step_s: float
    radius_deg: float
    parallax_rad: float
    lon_first_deg: float
    lon_step_deg: float
    first_deg: float
    step_deg: float
    sums: Array
    density: Array
    highest_deg: Array

    @property
    def words(self) -> str:
        """The span in words, for results."""
        days = (str(epoch.astype("datetime64[D]")) for epoch in (self.start_utc, self.end_utc))
        return f"{self.body}, {' to '.join(days)} UTC every {self.step_s / SECONDS_PER_HOUR:g} h"


def ephemeris_span_utc() -> tuple[np.datetime64, np.datetime64]:
    """The whole UTC days the ephemeris covers: with the shipped one, five of the Sun's 18.6-year precession cycles."""
    first, last = (utc(float(t)).astype("datetime64[D]") for t in ephemeris.in_use().span_tdb_s)
    return first + np.timedelta64(1, "D"), last - np.timedelta64(1, "D")


def light_table(
    body: Body, pole: Pole, start_utc: Epoch, end_utc: Epoch, step_s: float = SECONDS_PER_HOUR
) -> LightTable:
    """The table of a body from start up to, not including, end, each epoch standing for its step as in `site_light`.

    Raises InputError for an empty span or another body, CoverageError outside the ephemeris.
    """
    if body not in LON_STEP_DEG:
        raise InputError(f"no light table for {body!r}; use 'sun' or 'earth'")
    time = epochs_utc(start_utc, end_utc, step_s)
    blocks = [_sub_points(body, tdb_s(time[i : i + BLOCK])) for i in range(0, time.size, BLOCK)]
    lon_deg, lat_deg, distance_km = (np.concatenate(column) for column in zip(*blocks, strict=True))
    radius_deg = np.degrees(np.arcsin(RADII_KM[body] / distance_km))
    parallax_rad = RADIUS_MOON_KM / distance_km
    # A cell takes the mean parallax off; what an epoch's own differs from it by is taken off its height here.
    height_deg = (-lat_deg if pole == "south" else lat_deg) - np.degrees(parallax_rad - parallax_rad.mean())
    limb_deg = height_deg + radius_deg
    step_deg = LAT_STEP_DEG[body]
    lon_first_deg, rows = _rows(body, lon_deg)
    row = ((lon_deg - lon_first_deg) / LON_STEP_DEG[body]) % (360.0 / LON_STEP_DEG[body])
    half = int(np.ceil((np.abs(height_deg).max() + 1.1 * radius_deg.max()) / step_deg))
    shape = (rows, 2 * half + 1)
    centre = _spread(row, height_deg / step_deg + half, shape)
    seen = _spread(row, (limb_deg if body == "sun" else height_deg) / step_deg + half, shape)
    nodes_deg = np.arange(shape[1]) * step_deg
    disk = centre @ disk_fraction(nodes_deg[:, None] - nodes_deg[None, :], radius_deg.mean(), 0.0)
    share = np.cumsum(seen[:, ::-1], axis=1)[:, ::-1] - 0.5 * seen
    return LightTable(
        body=body,
        pole=pole,
        start_utc=time[0],
        end_utc=time[-1] + np.timedelta64(round(1000.0 * step_s), "ms"),
        step_s=step_s,
        radius_deg=float(radius_deg.mean()),
        parallax_rad=float(parallax_rad.mean()),
        lon_first_deg=lon_first_deg,
        lon_step_deg=LON_STEP_DEG[body],
        first_deg=-half * step_deg,
        step_deg=step_deg,
        sums=_integrals(np.stack([disk, share])),
        density=centre.sum(axis=1),
        highest_deg=_highest(row, limb_deg, rows),
    )


def _rows(body: Body, lon_deg: Array) -> tuple[float, int]:
    """Longitude of the first row, and how many there are: the whole circle, or what the Earth keeps to about 0 deg."""
    step_deg = LON_STEP_DEG[body]
    if body == "sun":
        return 0.0, round(360.0 / step_deg)
    east_deg = (lon_deg + 180.0) % 360.0 - 180.0
    first_deg = float(np.floor(east_deg.min() / step_deg) * step_deg)
    return first_deg, int(np.ceil((east_deg.max() - first_deg) / step_deg)) + 1


def _sub_points(body: Body, t_tdb_s: Array) -> tuple[Array, Array, Array]:
    """MOON_ME longitude in [0, 360) and latitude (deg) under a body, and its distance (km), from the Moon's centre.

    Light time and aberration as for an observer there; the ground's own 5 m/s turns no ray by more than 0.004 arcsec.
    """
    vector = apparent_icrf_km(body, ephemeris.state("moon", "ssb", t_tdb_s), t_tdb_s)
    x, y, z = np.einsum("nij,nj->in", frames.icrf_to_moon_me(t_tdb_s), vector)
    return (
        np.degrees(np.arctan2(y, x)) % 360.0,
        np.degrees(np.arctan2(z, np.hypot(x, y))),
        np.sqrt(x * x + y * y + z * z),
    )


def _spread(row: Array, column: Array, shape: tuple[int, int]) -> Array:
    """Share of all epochs (rows, columns), each divided among the four nodes around it; rows are periodic."""
    rows, columns = shape
    out = np.zeros(rows * columns)
    k, m = np.floor(row).astype(np.intp), np.floor(column).astype(np.intp)
    v, u = row - k, column - m
    for down, weight in ((0, 1.0 - v), (1, v)):
        start = (k + down) % rows * columns + m
        out += np.bincount(start, weight * (1.0 - u), out.size)
        out += np.bincount(start + 1, weight * u, out.size)
    return out.reshape(shape) / row.size


def _integrals(shown: Array) -> Array:
    """Integral over columns (..., columns) from the first, by trapezoids."""
    out = np.zeros_like(shown)
    np.cumsum(0.5 * (shown[..., 1:] + shown[..., :-1]), axis=-1, out=out[..., 1:])
    return out


def _highest(row: Array, limb_deg: Array, rows: int) -> Array:
    """Highest limb (rows,) at the epochs that touch a row."""
    out = np.full(rows, -np.inf)
    k = np.floor(row).astype(np.intp)
    for side in (k % rows, (k + 1) % rows):
        np.maximum.at(out, side, limb_deg)
    return out


def mean_light(
    table: LightTable, lat_deg: ArrayLike, lon_deg: ArrayLike, elevation_deg: ArrayLike
) -> tuple[Array, Array]:
    """Mean fraction of the disk above each cell's horizon, and share of time that the body is above it; (n,) each.

    Above means any part of the disk for the Sun, the centre for the Earth. elevation_deg (n, azimuths): the horizon
    at map bearings k 360 / azimuths, straight between them. Against `site_light`, at worst: 0.0002, 0.0008 and for
    the Earth 0.0013 over two years, 0.0003 over twenty; 0.002 and for the Earth 0.03 over ten days.
    """
    eye = _eye(table, lat_deg, lon_deg, elevation_deg)
    limb_deg = table.radius_deg if table.body == "sun" else 0.0
    rows = (table.lon_first_deg, table.lon_step_deg, table.first_deg, table.step_deg)
    out = _fold(*eye, table.parallax_rad, limb_deg, *rows, table.sums, table.density)
    return out[:, 0], out[:, 1]


def never_lit(table: LightTable, lat_deg: ArrayLike, lon_deg: ArrayLike, elevation_deg: ArrayLike) -> NDArray[np.bool_]:
    """Whether no part of the body ever rises over each cell's horizon (n, azimuths) in the table's span; (n,)."""
    eye = _eye(table, lat_deg, lon_deg, elevation_deg)
    rows = (table.lon_first_deg, table.lon_step_deg)
    dark: NDArray[np.bool_] = _never(*eye, table.parallax_rad, table.radius_deg, *rows, table.highest_deg)
    return dark


def _eye(
    table: LightTable, lat_deg: ArrayLike, lon_deg: ArrayLike, elevation_deg: ArrayLike
) -> tuple[NDArray[np.float32], Array, Array, Array, float]:
    """For kernels: horizons, latitudes and longitudes (rad), sines and cosines (2, n) of bearings, the pole's sign."""
    elevation = np.ascontiguousarray(np.atleast_2d(np.asarray(elevation_deg, dtype=np.float32)))
    lat = np.radians(np.atleast_1d(np.asarray(lat_deg, dtype=np.float64)))
    lon = np.radians(np.atleast_1d(np.asarray(lon_deg, dtype=np.float64)))
    if not lat.shape == lon.shape == elevation.shape[:1]:
        raise InputError(f"{lat.shape} latitudes, {lon.shape} longitudes and horizons {elevation.shape} do not match")
    if lat.size and (lat.max() > 0.0 if table.pole == "south" else lat.min() < 0.0):
        raise InputError(f"a light table of the {table.pole} pole knows nothing of the other hemisphere")
    bearing = 2.0 * np.pi / elevation.shape[1] * np.arange(elevation.shape[1])
    return elevation, lat, lon, np.stack([np.sin(bearing), np.cos(bearing)]), -1.0 if table.pole == "south" else 1.0


@numba.njit(cache=True, nogil=True)
def _over_centre(elevation_deg: float, parallax_rad: float, lat: Pair, lon: Pair, b: Pair) -> Point:
    """A skyline point from the sphere's centre: towards the meridian, east and the north pole; d pole / d elevation.

    lat, lon, b: sine and cosine of latitude, of longitude (its sine with the pole's sign) and of the map bearing.
    A body at elevation H of the ground stands at h = H + asin(parallax cos H) from the centre, at the same azimuth.
    """
    h = math.radians(elevation_deg)
    # cos H to second order: 4e-6 deg at 20 deg of elevation for the Earth.
    sin_h = math.sin(h + parallax_rad * (1.0 - 0.5 * h * h))
    cos_h = math.sqrt(1.0 - sin_h * sin_h)
    sin_a, cos_a = b[0] * lon[1] + b[1] * lon[0], b[1] * lon[1] - b[0] * lon[0]
    meridian = sin_h * lat[1] - cos_h * cos_a * lat[0]
    pole = sin_h * lat[0] + cos_h * cos_a * lat[1]
    return meridian, cos_h * sin_a, pole, cos_h * lat[0] - sin_h * cos_a * lat[1]


@numba.njit(cache=True, nogil=True)
def _sum_to(integral: Array, density: float, column: float) -> float:
    """A row's integral up to a fractional column: all of its time below the table, none above it."""
    last = integral.size - 1
    if column <= 0.0:
        return density * column
    if column >= last:
        return float(integral[last])
    m = int(column)
    return float(integral[m] + (integral[m + 1] - integral[m]) * (column - m))


@numba.njit(cache=True, nogil=True)
def _on_table(
    point: Point,
    toward: float,
    origin_rad: float,
    lon_step_deg: float,
    limb_deg: float,
    first_deg: float,
    step_deg: float,
) -> Spot:
    """A skyline point's row, and its columns for the centre and for the limb, all fractional.

    The limb's reach in height is the radius over the rate at which elevation grows with height.
    """
    meridian, east, pole, rate = point
    row = math.degrees(origin_rad + math.atan2(east, meridian)) / lon_step_deg
    column = (math.degrees(math.asin(min(max(toward * pole, -1.0), 1.0))) - first_deg) / step_deg
    return row, column, column + limb_deg * (1.0 - abs(rate)) / step_deg


@numba.njit(cache=True, nogil=True)
def _mean(integral: Array, density: float, a: float, b: float) -> float:
    """A row's mean over a stretch of skyline from column a to b: what its integral gains, over b - a."""
    if abs(b - a) < 1e-3:
        a, b = 0.5 * (a + b) - 5e-4, 0.5 * (a + b) + 5e-4
    return (_sum_to(integral, density, b) - _sum_to(integral, density, a)) / (b - a)


@numba.njit(cache=True, nogil=True)
def _stretch(before: Spot, now: Spot, circle: int, sums: Array, density: Array) -> tuple[float, float]:
    """What shows over a straight stretch of skyline: mean disk, and share of time.

    Rows are weighted by their distance from the middle of each piece of the stretch, and a piece is about a row wide.
    """
    turn = now[0] - before[0]
    turn -= circle * math.floor(turn / circle + 0.5)
    open_sky = max(before[1], before[2], now[1], now[2]) <= 0.0
    pieces = max(1, int(abs(turn) + 0.5))
    disk = share = 0.0
    for piece in range(pieces):
        a, b = piece / pieces, (piece + 1) / pieces
        x = before[0] + 0.5 * (a + b) * turn
        low = math.floor(x)
        for side in range(2):
            row = (low + side) % circle
            if row >= density.size or density[row] == 0.0:
                continue
            weight = abs(turn) / pieces * abs(1 - side - x + low)
            if open_sky:
                disk += weight * density[row]
                share += weight * density[row]
                continue
            rise, limb_rise = now[1] - before[1], now[2] - before[2]
            disk += weight * _mean(sums[0, row], density[row], before[1] + a * rise, before[1] + b * rise)
            share += weight * _mean(sums[1, row], density[row], before[2] + a * limb_rise, before[2] + b * limb_rise)
    return disk, share


@numba.njit(cache=True, nogil=True)
def _fold(
    elevation_deg: NDArray[np.float32],
    lat_rad: Array,
    lon_rad: Array,
    bearing: Array,
    toward: float,
    parallax_rad: float,
    limb_deg: float,
    lon_first_deg: float,
    lon_step_deg: float,
    first_deg: float,
    step_deg: float,
    sums: Array,
    density: Array,
) -> Array:
    """`mean_light` (n, 2): along the skyline, the mean of the table's rows over straight stretches of height."""
    cells, azimuths = elevation_deg.shape
    circle, rows, top = int(360.0 / lon_step_deg + 0.5), density.size, sums.shape[2] - 1
    # Stretches on the far side of the circle from all rows, or above every height of the table, show nothing.
    half_rad = math.radians(0.5 * (rows - 1) * lon_step_deg)
    near = math.cos(min(half_rad + 4.0 * math.pi / azimuths, math.pi)) - 1e-9
    highest = math.sin(math.radians(first_deg + top * step_deg))
    out = np.zeros((cells, 2))
    for n in range(cells):
        lat = (math.sin(lat_rad[n]), math.cos(lat_rad[n]))
        lon = (toward * math.sin(lon_rad[n]), math.cos(lon_rad[n]))
        origin_rad = lon_rad[n] - math.radians(lon_first_deg)
        sin_middle, cos_middle = math.sin(half_rad - origin_rad), math.cos(half_rad - origin_rad)
        disk = share = 0.0
        hidden0, known = True, False
        point0, before = (0.0, 0.0, 0.0, 0.0), (0.0, 0.0, 0.0)
        for step in range(azimuths + 1):
            k = step if step < azimuths else 0
            point = _over_centre(elevation_deg[n, k], parallax_rad, lat, lon, (bearing[0, k], bearing[1, k]))
            far = point[0] * cos_middle + point[1] * sin_middle < near * math.sqrt(1.0 - point[2] * point[2])
            hidden = far or toward * point[2] >= highest
            if step > 0 and not (hidden0 and hidden):
                if not known:
                    before = _on_table(point0, toward, origin_rad, lon_step_deg, limb_deg, first_deg, step_deg)
                now = _on_table(point, toward, origin_rad, lon_step_deg, limb_deg, first_deg, step_deg)
                shown = _stretch(before, now, circle, sums, density)
                disk, share = disk + shown[0], share + shown[1]
                before, known = now, True
            else:
                known = False
            hidden0, point0 = hidden, point
        out[n, 0], out[n, 1] = min(max(disk, 0.0), 1.0), min(max(share, 0.0), 1.0)
    return out


@numba.njit(cache=True, nogil=True)
def _never(
    elevation_deg: NDArray[np.float32],
    lat_rad: Array,
    lon_rad: Array,
    bearing: Array,
    toward: float,
    parallax_rad: float,
    limb_deg: float,
    lon_first_deg: float,
    lon_step_deg: float,
    highest_deg: Array,
) -> NDArray[np.bool_]:
    """`never_lit` (n,): a straight skyline between two bearings is lowest at one of them."""
    cells, azimuths = elevation_deg.shape
    rows, circle = highest_deg.size, int(360.0 / lon_step_deg + 0.5)
    reach = math.sin(math.radians(highest_deg.max()))
    out = np.ones(cells, dtype=np.bool_)
    for n in range(cells):
        lat = (math.sin(lat_rad[n]), math.cos(lat_rad[n]))
        lon = (toward * math.sin(lon_rad[n]), math.cos(lon_rad[n]))
        origin_rad = lon_rad[n] - math.radians(lon_first_deg)
        for k in range(azimuths):
            point = _over_centre(elevation_deg[n, k], parallax_rad, lat, lon, (bearing[0, k], bearing[1, k]))
            if toward * point[2] >= reach:
                continue
            x, _, limb = _on_table(point, toward, origin_rad, lon_step_deg, limb_deg, 0.0, 1.0)
            low = math.floor(x)
            near, beyond = low % circle, (low + 1) % circle
            if near >= rows or beyond >= rows:
                continue
            if highest_deg[near] + (highest_deg[beyond] - highest_deg[near]) * (x - low) > limb:
                out[n] = False
                break
    return out
