"""How the Earth turns: IAU 2006/2000A with IERS Earth orientation, nutation interpolated between days.

IERS Conventions 2010 (Technical Note 36), chapter 5: ITRF = W(xp, yp, s') R3(ERA) Q(X, Y, s) ICRF.
"""

from functools import lru_cache
from typing import Any, Final

import erfa
import numba
import numpy as np
from numpy.typing import ArrayLike, NDArray

from malapert import data
from malapert.errors import InputError
from malapert.sky.time import TT_MINUS_TAI_S, orientation_days, tai_s

# erfa carries no types; as Any it leaves the strict checks to the rest.
_sofa: Final[Any] = erfa

Array = NDArray[np.float64]

_J2000_JD: Final = 2451545.0
_DAY_S: Final = 86400.0
_ARCSEC_RAD: Final = np.pi / 648000.0

# Earth rotation angle past J2000 noon UT1 and its excess over whole turns a day; IERS Conventions 2010, eq. 5.15.
_ERA_TURNS: Final = 0.7790572732640
_ERA_EXTRA_TURNS_A_DAY: Final = 0.00273781191135448
# The terrestrial origin's s', -47 microarcseconds a century; eq. 5.13.
_LOCATOR_RAD_A_DAY: Final = -47e-6 * _ARCSEC_RAD / 36525.0

# Six nodes a day apart carry the shortest terms of the nutation series to 1.4e-10 rad (0.9 mm on the ground).
_OFFSETS: Final = np.arange(-2, 4)
_BLOCK_DAYS: Final = 64
# Powers of the day's fraction to Lagrange weights of the nodes.
_TO_WEIGHTS: Final[Array] = np.linalg.inv(np.vander(_OFFSETS.astype(np.float64), increasing=True)).astype(np.float64)


@lru_cache(maxsize=1024)
def _pole_block(block: int) -> Array:
    """X, Y, s (rad) at noon TT of the days of one block and the nodes around it: (69, 3). 4 ms, then kept."""
    first = block * _BLOCK_DAYS
    days = np.arange(first + _OFFSETS[0], first + _BLOCK_DAYS + _OFFSETS[-1], dtype=np.float64)
    return np.stack(_sofa.xys06a(_J2000_JD, days), axis=-1)


def _pole_blocks(tt_days: Array) -> tuple[NDArray[np.int64], Array]:
    """Where each block from the first to the last begins in the table, -1 for those no epoch needs, and the table."""
    block = np.floor_divide(tt_days, _BLOCK_DAYS).astype(np.int64)
    first = int(block.min())
    needed = np.flatnonzero(np.bincount(block - first))
    place = np.full(int(block.max()) - first + 1, -1)
    place[needed] = np.arange(needed.size)
    return place, np.stack([_pole_block(first + int(k)) for k in needed])


def icrf_to_itrf(t_tdb_s: ArrayLike) -> Array:
    """Rotation from ICRF (geocentric) to ITRF at TDB seconds past J2000 (...): (..., 3, 3).

    IAU 2006/2000A with IERS pole offsets, polar motion and UT1. The interpolation of the pole is within 2e-10 rad of
    erfa.xys06a; UT1 within 5e-9 rad (see time.ut1_s). NAIF's ITRF93 kernel stands 4e-8 rad (0.25 m on the ground) away,
    most of it the older ITRF. What is assumed outside the series: earth_orientation_note.
    """
    t = np.asarray(t_tdb_s, dtype=np.float64)
    if not np.isfinite(t).all():
        raise InputError("an epoch is not a number; give TDB seconds past J2000")
    if t.size == 0:
        return np.empty((*t.shape, 3, 3))
    tai = np.asarray(tai_s(t.reshape(-1)))
    tt_days = (tai + TT_MINUS_TAI_S) / _DAY_S
    table, (days, ut1_tai_s) = data.earth_orientation(), orientation_days()
    series = (table.x_arcsec, table.y_arcsec, table.dx_arcsec, table.dy_arcsec)
    xp, yp, dx, dy = (np.interp(tai, days, column) * _ARCSEC_RAD for column in series)
    ut1_days = (tai + np.interp(tai, days, ut1_tai_s)) / _DAY_S
    matrices = np.empty((t.size, 3, 3))
    _fill_itrf(tt_days, ut1_days, xp, yp, dx, dy, *_pole_blocks(tt_days), _TO_WEIGHTS, matrices)
    return matrices.reshape(*t.shape, 3, 3)


@numba.njit(cache=True)
def _fill_itrf(
    tt_days: Array, ut1_days: Array, xp: Array, yp: Array, dx: Array, dy: Array, place: NDArray[np.int64],
    nodes: Array, to_weights: Array, out: Array,
) -> None:  # fmt: skip
    """Write W(xp, yp, s') R3(ERA) Q(X, Y, s) into out (n, 3, 3); IERS Conventions 2010, section 5.4.1.

    place, nodes: where each block's nodes of X, Y, s lie, the first block being the first epoch's or an earlier one's.
    """
    first = np.floor(tt_days.min() / _BLOCK_DAYS)
    weights, powers, pole = np.empty(6), np.empty(6), np.empty(3)
    celestial, spun = np.empty((3, 3)), np.empty((2, 3))
    for n in range(tt_days.size):
        day = np.floor(tt_days[n])
        block = np.floor(day / _BLOCK_DAYS)
        row = int(day - block * _BLOCK_DAYS)
        powers[0] = 1.0
        for k in range(1, 6):
            powers[k] = powers[k - 1] * (tt_days[n] - day)
        for k in range(6):
            weights[k] = 0.0
            for m in range(6):
                weights[k] += powers[m] * to_weights[m, k]
        for j in range(3):
            pole[j] = 0.0
            for k in range(6):
                pole[j] += weights[k] * nodes[place[int(block - first)], row + k, j]
        x, y = pole[0] + dx[n], pole[1] + dy[n]
        a = 1.0 / (1.0 + np.sqrt(1.0 - x * x - y * y))
        celestial[0, 0], celestial[0, 1], celestial[0, 2] = 1.0 - a * x * x, -a * x * y, -x
        celestial[1, 0], celestial[1, 1], celestial[1, 2] = -a * x * y, 1.0 - a * y * y, -y
        celestial[2, 0], celestial[2, 1], celestial[2, 2] = x, y, 1.0 - a * (x * x + y * y)
        turns = ut1_days[n] % 1.0 + _ERA_TURNS + _ERA_EXTRA_TURNS_A_DAY * ut1_days[n]
        locator = _LOCATOR_RAD_A_DAY * tt_days[n]
        angle = 2.0 * np.pi * (turns % 1.0) - pole[2] + locator
        c, s = np.cos(angle), np.sin(angle)
        for j in range(3):
            spun[0, j] = c * celestial[0, j] + s * celestial[1, j]
            spun[1, j] = -s * celestial[0, j] + c * celestial[1, j]
        cx, sx, cy, sy = np.cos(xp[n]), np.sin(xp[n]), np.cos(yp[n]), np.sin(yp[n])
        for j in range(3):
            towards = cx * celestial[2, j] - sx * spun[0, j]
            out[n, 0, j] = cx * spun[0, j] + sx * celestial[2, j]
            out[n, 1, j] = cy * spun[1, j] - sy * towards
            out[n, 2, j] = sy * spun[1, j] + cy * towards


def earth_orientation_note(t_tdb_s: ArrayLike) -> str:
    """What Earth orientation rests on over these epochs, in words for the report."""
    tai = np.asarray(tai_s(np.asarray(t_tdb_s, dtype=np.float64)))
    if tai.size == 0:
        raise InputError("no epochs were given, so there is nothing to say about Earth orientation")
    days, _ = orientation_days()
    table = data.earth_orientation()
    measured_until = days[int(np.searchsorted(table.mjd, table.last_c04_mjd))]
    first, last = tai.min(), tai.max()
    begin, c04_end, end = (_date(mjd) for mjd in (table.mjd[0], table.last_c04_mjd, table.mjd[-1]))
    notes = []
    if first < days[0]:
        notes.append(f"before {begin} UT1-TAI and polar motion are held at their first values (up to 1 s, 0.4 km)")
    if first <= measured_until and last >= days[0]:
        notes.append(f"to {c04_end} IERS 20 C04 values")
    if last > measured_until and first <= days[-1]:
        notes.append(f"{c04_end} to {end} IERS Bulletin A values, then predictions (UT1 to about 0.02 s, 10 m)")
    if last > days[-1]:
        notes.append(
            f"after {end} UT1-TAI and polar motion are held at their last values; UT1 lost 0.5 s a year "
            "on TAI from 1972 to 2026 (0.2 km a year at the equator)"
        )
    return "Earth orientation: IAU 2006/2000A; " + "; ".join(notes)


def _date(mjd: float) -> str:
    return str(np.datetime64("1858-11-17") + np.timedelta64(int(mjd), "D"))
