"""How the Earth turns: IAU 2006/2000A with IERS Earth orientation, nutation interpolated between days.

IERS Conventions 2010 (Technical Note 36), chapter 5: ITRF = W(xp, yp, s') R3(ERA) Q(X, Y, s) ICRF.
"""

from functools import lru_cache
from typing import Any, Final

import erfa
import numpy as np
from numpy.typing import ArrayLike, NDArray

from malapert import data
from malapert.errors import InputError
from malapert.sky.time import orientation_days, tai_s, tt_s, ut1_s

# erfa carries no types; as Any it leaves the strict checks to the rest.
_sofa: Final[Any] = erfa

Array = NDArray[np.float64]

_J2000_JD: Final = 2451545.0
_DAY_S: Final = 86400.0
_ARCSEC_RAD: Final = np.pi / 648000.0

# Six nodes a day apart carry the shortest terms of the nutation series to 1.4e-10 rad (0.9 mm on the ground).
_OFFSETS: Final = np.arange(-2, 4)
_BLOCK_DAYS: Final = 64
# Powers of the day's fraction to Lagrange weights of the nodes.
_TO_WEIGHTS: Final = np.linalg.inv(np.vander(_OFFSETS.astype(np.float64), increasing=True))


@lru_cache(maxsize=1024)
def _pole_block(block: int) -> Array:
    """X, Y, s (rad) at noon TT of the days of one block and the nodes around it: (69, 3). 4 ms, then kept."""
    first = block * _BLOCK_DAYS
    days = np.arange(first + _OFFSETS[0], first + _BLOCK_DAYS + _OFFSETS[-1], dtype=np.float64)
    return np.stack(_sofa.xys06a(_J2000_JD, days), axis=-1)


def celestial_pole(tt_days: Array) -> Array:
    """X, Y, s (rad) of the IAU 2006/2000A pole at TT days past J2000 (n,): (n, 3), without IERS offsets."""
    day = np.floor(tt_days).astype(np.int64)
    blocks, row = np.unique(day // _BLOCK_DAYS, return_inverse=True)
    nodes = np.stack([_pole_block(int(block)) for block in blocks])
    weights = np.vander(tt_days - day, _OFFSETS.size, increasing=True) @ _TO_WEIGHTS
    column = (day % _BLOCK_DAYS)[:, None] + np.arange(_OFFSETS.size)
    result: Array = np.einsum("nj,njk->nk", weights, nodes[row[:, None], column])
    return result


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
    flat = t.reshape(-1)
    tt_days = tt_s(flat) / _DAY_S
    tai = tai_s(flat)
    table, (days, _) = data.earth_orientation(), orientation_days()
    xp, yp, dx, dy = (
        np.interp(tai, days, series) * _ARCSEC_RAD
        for series in (table.x_arcsec, table.y_arcsec, table.dx_arcsec, table.dy_arcsec)
    )
    pole = celestial_pole(tt_days)
    celestial = _sofa.c2ixys(pole[:, 0] + dx, pole[:, 1] + dy, pole[:, 2])
    angle = _sofa.era00(_J2000_JD, ut1_s(flat) / _DAY_S)
    polar = _sofa.pom00(xp, yp, _sofa.sp00(_J2000_JD, tt_days))
    matrices: Array = _sofa.c2tcio(celestial, angle, polar)
    return matrices.reshape(*t.shape, 3, 3)


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
