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
    toward = -1.0 if pole == "south" else 1.0
    height_deg = toward * lat_deg - np.degrees(parallax_rad - parallax_rad.mean())
    lon_step, step = LON_STEP_DEG[body], LAT_STEP_DEG[body]
    lon_first, rows = (0.0, round(360.0 / lon_step))
    if body == "earth":
        lon_deg = (lon_deg + 180.0) % 360.0 - 180.0
        lon_first = np.floor(lon_deg.min() / lon_step) * lon_step
        rows = int(np.ceil((lon_deg.max() - lon_first) / lon_step)) + 1
    row = (lon_deg - lon_first) / lon_step
    edge = np.abs(height_deg).max() + 1.1 * radius_deg.max()
    columns = 2 * int(np.ceil(edge / step)) + 1
    first = -0.5 * (columns - 1) * step
    limb_deg = height_deg + radius_deg
    seen_deg = limb_deg if body == "sun" else height_deg
    centre = _spread(row, (height_deg - first) / step, rows, columns)
    seen = _spread(row, (seen_deg - first) / step, rows, columns)
    nodes_deg = np.arange(columns) * step
    shown = centre @ disk_fraction(nodes_deg[:, None] - nodes_deg[None, :], radius_deg.mean(), 0.0)
    share = np.cumsum(seen[:, ::-1], axis=1)[:, ::-1] - 0.5 * seen
    return LightTable(
        body=body,
        pole=pole,
        start_utc=time[0],
        end_utc=time[-1] + np.timedelta64(round(1000.0 * step_s), "ms"),
        step_s=step_s,
        radius_deg=float(radius_deg.mean()),
        parallax_rad=float(parallax_rad.mean()),
        lon_first_deg=float(lon_first),
        lon_step_deg=lon_step,
        first_deg=first,
        step_deg=step,
        sums=_integrals(np.stack([shown, share])),
        density=centre.sum(axis=1),
        highest_deg=_highest(row, limb_deg, rows),
    )


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


def _spread(row: Array, column: Array, rows: int, columns: int) -> Array:
    """Share of all epochs (rows, columns), each divided among the four nodes around it; rows are periodic."""
    out = np.zeros(rows * columns)
    k, m = np.floor(row).astype(np.intp), np.floor(column).astype(np.intp)
    v, u = row - k, column - m
    for down, weight in ((0, 1.0 - v), (1, v)):
        start = (k + down) % rows * columns + m
        out += np.bincount(start, weight * (1.0 - u), out.size)
        out += np.bincount(start + 1, weight * u, out.size)
    return out.reshape(rows, columns) / row.size


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
    at map bearings k 360 / azimuths, straight between them. Agrees with `site_light` to 0.002 over two years.
    """
    elevation, lat, lon = _cells(table, lat_deg, lon_deg, elevation_deg)
    out = _fold(
        elevation,
        lat,
        lon,
        -1.0 if table.pole == "south" else 1.0,
        table.parallax_rad,
        table.radius_deg if table.body == "sun" else 0.0,
        table.lon_first_deg,
        table.lon_step_deg,
        table.first_deg,
        table.step_deg,
        table.sums,
        table.density,
    )
    return out[:, 0], out[:, 1]


def never_lit(table: LightTable, lat_deg: ArrayLike, lon_deg: ArrayLike, elevation_deg: ArrayLike) -> NDArray[np.bool_]:
    """Whether no part of the body ever rises over each cell's horizon (n, azimuths) in the table's span; (n,)."""
    elevation, lat, lon = _cells(table, lat_deg, lon_deg, elevation_deg)
    toward = -1.0 if table.pole == "south" else 1.0
    dark: NDArray[np.bool_] = _never(
        elevation, lat, lon, toward, table.parallax_rad, table.radius_deg, table.lon_first_deg, table.lon_step_deg,
        table.highest_deg,
    )  # fmt: skip
    return dark


def _cells(
    table: LightTable, lat_deg: ArrayLike, lon_deg: ArrayLike, elevation_deg: ArrayLike
) -> tuple[NDArray[np.float32], Array, Array]:
    elevation = np.ascontiguousarray(np.atleast_2d(np.asarray(elevation_deg, dtype=np.float32)))
    lat = np.radians(np.atleast_1d(np.asarray(lat_deg, dtype=np.float64)))
    lon = np.radians(np.atleast_1d(np.asarray(lon_deg, dtype=np.float64)))
    if not lat.shape == lon.shape == elevation.shape[:1]:
        raise InputError(f"{lat.shape} latitudes, {lon.shape} longitudes and horizons {elevation.shape} do not match")
    if lat.size and (lat.max() > 0.0 if table.pole == "south" else lat.min() < 0.0):
        raise InputError(f"a light table of the {table.pole} pole knows nothing of the other hemisphere")
    return elevation, lat, lon


@numba.njit(cache=True, nogil=True)
def _over_centre(
    elevation_deg: float, parallax_rad: float, sin_lat: float, cos_lat: float, sin_a: float, cos_a: float
) -> tuple[float, float, float, float]:
    """A skyline point from the sphere's centre: towards the meridian, east and the north pole; d pole / d elevation.

    A body at elevation H of the ground stands at h = H + asin(parallax cos H) from the centre, at the same azimuth.
    """
    h = np.radians(elevation_deg)
    # cos H to second order: 4e-6 deg at 20 deg of elevation for the Earth.
    sin_h = math.sin(h + parallax_rad * (1.0 - 0.5 * h * h))
    cos_h = math.sqrt(1.0 - sin_h * sin_h)
    meridian = sin_h * cos_lat - cos_h * cos_a * sin_lat
    pole = sin_h * sin_lat + cos_h * cos_a * cos_lat
    return meridian, cos_h * sin_a, pole, cos_h * sin_lat - sin_h * cos_a * cos_lat


@numba.njit(cache=True, nogil=True)
def _add_stretch(
    out: Array, x0: float, turn: float, before: Array, now: Array, circle: int, sums: Array, density: Array
) -> None:
    """Add to out (2,) what shows over a straight stretch of skyline from row x0 on, columns before to now (2,).

    Over a stretch from column a to b a row's mean is (its sum to b - its sum to a) / (b - a). Rows are weighted by
    their distance from the middle of each piece, and a piece is about a row wide.
    """
    open_sky = max(before[0], before[1], now[0], now[1]) <= 0.0
    pieces = max(1, int(abs(turn) + 0.5))
    for piece in range(pieces):
        x = x0 + (piece + 0.5) / pieces * turn
        low = math.floor(x)
        for side in range(2):
            row = (low + side) % circle
            if row >= density.size or density[row] == 0.0:
                continue
            weight = abs(turn) / pieces * (x - low if side == 1 else 1.0 - x + low)
            for j in range(2):
                if open_sky:
                    out[j] += weight * density[row]
                    continue
                a = before[j] + piece / pieces * (now[j] - before[j])
                b = before[j] + (piece + 1) / pieces * (now[j] - before[j])
                if abs(b - a) < 1e-3:
                    a, b = 0.5 * (a + b) - 5e-4, 0.5 * (a + b) + 5e-4
                shown = 0.0
                for column, sign in ((a, -1.0), (b, 1.0)):
                    if column <= 0.0:
                        shown += sign * density[row] * column
                    elif column >= sums.shape[2] - 1:
                        shown += sign * sums[j, row, -1]
                    else:
                        m = int(column)
                        here = sums[j, row, m]
                        shown += sign * (here + (sums[j, row, m + 1] - here) * (column - m))
                out[j] += weight * shown / (b - a)


@numba.njit(cache=True, nogil=True)
def _fold(
    elevation_deg: NDArray[np.float32],
    lat_rad: Array,
    lon_rad: Array,
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
    circle, top = round(360.0 / lon_step_deg), sums.shape[2] - 1
    turn_rad = 2.0 * np.pi / azimuths * np.arange(azimuths)
    sin_b, cos_b = np.sin(turn_rad), np.cos(turn_rad)
    # Stretches on the far side of the circle from all rows, or above every height of the table, show nothing.
    half_rad = np.radians(0.5 * (density.size - 1) * lon_step_deg)
    middle_rad = np.radians(lon_first_deg) + half_rad
    near = math.cos(min(half_rad + 4.0 * np.pi / azimuths, np.pi)) - 1e-9
    before, now, out = np.empty(2), np.empty(2), np.zeros((cells, 2))
    for n in range(cells):
        sin_lat, cos_lat = math.sin(lat_rad[n]), math.cos(lat_rad[n])
        sin_lon, cos_lon = toward * math.sin(lon_rad[n]), math.cos(lon_rad[n])
        sin_middle, cos_middle = math.sin(middle_rad - lon_rad[n]), math.cos(middle_rad - lon_rad[n])
        x0, hidden0 = 0.0, True
        for step in range(azimuths + 1):
            k = step if step < azimuths else 0
            meridian, east, pole, rate = _over_centre(
                elevation_deg[n, k],
                parallax_rad,
                sin_lat,
                cos_lat,
                sin_b[k] * cos_lon + cos_b[k] * sin_lon,
                cos_b[k] * cos_lon - sin_b[k] * sin_lon,
            )
            now[0] = (math.degrees(math.asin(min(max(toward * pole, -1.0), 1.0))) - first_deg) / step_deg
            # The limb's reach in height is the radius over the rate at which elevation grows with height.
            now[1] = now[0] + limb_deg * (1.0 - abs(rate)) / step_deg
            x1 = (math.degrees(lon_rad[n] + math.atan2(east, meridian)) - lon_first_deg) / lon_step_deg
            far = meridian * cos_middle + east * sin_middle < near * math.hypot(meridian, east)
            hidden1 = far or now[0] >= top
            if step > 0 and not (hidden0 and hidden1):
                turn = x1 - x0
                turn -= circle * np.rint(turn / circle)
                _add_stretch(out[n], x0, turn, before, now, circle, sums, density)
            x0, hidden0 = x1, hidden1
            before[:] = now
        for j in range(2):
            out[n, j] = min(max(out[n, j], 0.0), 1.0)
    return out


@numba.njit(cache=True, nogil=True)
def _never(
    elevation_deg: NDArray[np.float32],
    lat_rad: Array,
    lon_rad: Array,
    toward: float,
    parallax_rad: float,
    limb_deg: float,
    lon_first_deg: float,
    lon_step_deg: float,
    highest_deg: Array,
) -> NDArray[np.bool_]:
    """`never_lit` (n,): a straight skyline between two bearings is lowest at one of them."""
    cells, azimuths = elevation_deg.shape
    rows, circle = highest_deg.size, round(360.0 / lon_step_deg)
    reach = np.sin(np.radians(highest_deg.max()))
    turn_rad = 2.0 * np.pi / azimuths * np.arange(azimuths)
    sin_b, cos_b = np.sin(turn_rad), np.cos(turn_rad)
    out = np.ones(cells, dtype=np.bool_)
    for n in range(cells):
        sin_lat, cos_lat = np.sin(lat_rad[n]), np.cos(lat_rad[n])
        sin_lon, cos_lon = toward * np.sin(lon_rad[n]), np.cos(lon_rad[n])
        for k in range(azimuths):
            meridian, east, pole, rate = _over_centre(
                elevation_deg[n, k],
                parallax_rad,
                sin_lat,
                cos_lat,
                sin_b[k] * cos_lon + cos_b[k] * sin_lon,
                cos_b[k] * cos_lon - sin_b[k] * sin_lon,
            )
            if toward * pole >= reach:
                continue
            x = (math.degrees(lon_rad[n] + math.atan2(east, meridian)) - lon_first_deg) / lon_step_deg
            low = int(np.floor(x))
            near, beyond = low % circle, (low + 1) % circle
            if near >= rows or beyond >= rows:
                continue
            part = x - low
            highest = (1.0 - part) * highest_deg[near] + part * highest_deg[beyond]
            height_deg = math.degrees(math.asin(max(toward * pole, -1.0)))
            if highest > height_deg + limb_deg * (1.0 - abs(rate)):
                out[n] = False
                break
    return out
