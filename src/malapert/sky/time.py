"""Time scales: UTC at the edges (datetime64), TDB seconds past J2000 inside, TT, TAI and UT1 between.

Seconds past J2000 count from 2000-01-01T12:00:00 of the scale they name. Before 1972 UTC is taken as TAI - 9 s, as
SPICE does; the broadcast UTC of those years differs from that by 8.1 s at most (1960) and 1.4 s in July 1969.
"""

import re
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Final, overload

import erfa
import numpy as np
from numpy.typing import ArrayLike, NDArray

from malapert import data
from malapert.errors import InputError

# erfa carries no types; as Any it leaves the strict checks to the rest.
_sofa: Final[Any] = erfa

Array = NDArray[np.float64]
Epochs = NDArray[np.datetime64]

TT_MINUS_TAI_S: Final = 32.184
# Offset assumed before the first leap second of the table, as SPICE: one less than the first value.
SECONDS_BEFORE_TABLE: Final = 9
J2000: Final = np.datetime64("2000-01-01T12:00:00", "us")
J2000_MJD: Final = 51544.5
_DAY_S: Final = 86400.0

# NAIF leap second kernel, after Moyer 1981, Celest. Mech. 23:33: TDB - TT = K sin E, E = M + eb sin M, M = M0 + M1 t.
_K_S: Final = 1.657e-3
_EB: Final = 1.671e-2
_M0_RAD: Final = 6.239996
_M1_RAD_S: Final = 1.99096871e-7


def tdb_minus_tt_s(t_s: ArrayLike) -> Array:
    """TDB - TT (s) at seconds past J2000 of either scale: NAIF's formula, so that epochs agree with SPICE's.

    It stays within 40 us of the 787-term series of Fairhead and Bretagnon 1990 (erfa.dtdb) from 1960 to 2060:
    4 cm of the Moon's path.
    """
    anomaly = _M0_RAD + _M1_RAD_S * np.asarray(t_s, dtype=np.float64)
    result: Array = _K_S * np.sin(anomaly + _EB * np.sin(anomaly))
    return result


@lru_cache(maxsize=1)
def _leap_table() -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """UTC microseconds past J2000 from which each offset holds, and the offsets TAI-UTC (s), with the one before."""
    days, offsets = data.leap_seconds()
    starts = (days.astype("datetime64[us]") - J2000).astype(np.int64)
    return starts, np.concatenate([[SECONDS_BEFORE_TABLE], offsets])


def _tai_s_from_utc_us(utc_us: NDArray[np.int64]) -> Array:
    """TAI seconds past J2000 from UTC microseconds past J2000."""
    starts, offsets = _leap_table()
    offset_us = offsets[np.searchsorted(starts, utc_us, side="right")] * 1_000_000
    result: Array = (utc_us + offset_us) / 1e6
    return result


_INSIDE_LEAP_SECOND: Final = re.compile(r":60(?=[.,Z+\-]|$)")


def _parse(text: str) -> tuple[np.datetime64, bool]:
    """An RFC 3339 epoch (without an offset: UTC) as datetime64[us], and whether it lies in a leap second (:60)."""
    leap = _INSIDE_LEAP_SECOND.search(text) is not None
    try:
        moment = datetime.fromisoformat(_INSIDE_LEAP_SECOND.sub(":59", text.strip()))
    except ValueError:
        raise InputError(f"not an epoch: {text!r}; write it as 2027-03-14T05:00:00Z") from None
    if moment.tzinfo is not None:
        moment = moment.astimezone(UTC).replace(tzinfo=None)
    epoch = np.datetime64(moment, "us")
    if leap and (epoch + np.timedelta64(1_000_000, "us")).astype("datetime64[D]") not in data.leap_seconds()[0]:
        raise InputError(f"no leap second was inserted at {text!r}; use a second from 0 to 59")
    return epoch, leap


def _tai_s(utc: str | np.datetime64 | ArrayLike) -> Array:
    """TAI seconds past J2000 of epochs written in any of the accepted ways."""
    array = np.asarray(utc)
    leap: NDArray[np.bool_] | float = 0.0
    if array.dtype.kind in "UO":
        parsed = [_parse(str(text)) for text in array.reshape(-1)]
        leap = np.array([flag for _, flag in parsed]).reshape(array.shape)
        array = np.array([epoch for epoch, _ in parsed], dtype="datetime64[us]").reshape(array.shape)
    if array.dtype.kind != "M" or np.isnat(array).any():
        raise InputError(f"epochs must be datetime64 or RFC 3339 text without gaps (got {np.asarray(utc).dtype})")
    return _tai_s_from_utc_us((array.astype("datetime64[us]") - J2000).astype(np.int64)) + leap


@overload
def tdb_s(utc: str | np.datetime64) -> float: ...
@overload
def tdb_s(utc: Epochs | list[str]) -> Array: ...
def tdb_s(utc: str | np.datetime64 | Epochs | list[str]) -> float | Array:
    """TDB seconds past J2000 of UTC epochs: RFC 3339 text or datetime64, one or many.

    Text may name a leap second (23:59:60.5Z); datetime64 cannot. Good to the microsecond datetime64 is read to.
    """
    tt = _tai_s(utc) + TT_MINUS_TAI_S
    result = tt + tdb_minus_tt_s(tt)
    return float(result) if np.ndim(result) == 0 else result


@overload
def tt_s(tdb_s: float) -> float: ...
@overload
def tt_s(tdb_s: Array) -> Array: ...
def tt_s(tdb_s: float | Array) -> float | Array:
    """TT seconds past J2000 from TDB seconds past J2000."""
    t = np.asarray(tdb_s, dtype=np.float64)
    # TDB-TT changes by 3e-10 s a second: one correction of 2 ms leaves 1e-22 s.
    result = t - tdb_minus_tt_s(t - tdb_minus_tt_s(t))
    return float(result) if np.ndim(result) == 0 else result


@overload
def tai_s(tdb_s: float) -> float: ...
@overload
def tai_s(tdb_s: Array) -> Array: ...
def tai_s(tdb_s: float | Array) -> float | Array:
    """TAI seconds past J2000 from TDB seconds past J2000."""
    return tt_s(tdb_s) - TT_MINUS_TAI_S


@overload
def utc(tdb_s: float) -> np.datetime64: ...
@overload
def utc(tdb_s: Array) -> Epochs: ...
def utc(tdb_s: float | Array) -> np.datetime64 | Epochs:
    """UTC (datetime64[ms], rounded) of TDB seconds past J2000; inside a leap second it stays at 23:59:59.999."""
    t = np.asarray(tdb_s, dtype=np.float64)
    if not (np.abs(t) < 1e11).all():
        raise InputError(f"not an epoch in TDB seconds past J2000: {t[~(np.abs(t) < 1e11)].flat[0]}")
    tai_ms = np.rint(np.asarray(tai_s(t)) * 1e3).astype(np.int64)
    starts, offsets = _leap_table()
    starts_ms, offsets_ms = starts // 1000, offsets * 1000
    row = np.searchsorted(starts_ms + offsets_ms[1:], tai_ms, side="right")
    last_ms = np.append(starts_ms, np.iinfo(np.int64).max)[row] - 1
    utc_ms = np.minimum(tai_ms - offsets_ms[row], last_ms)
    result: Epochs = J2000.astype("datetime64[ms]") + utc_ms.astype("timedelta64[ms]")
    return result


@lru_cache(maxsize=1)
def orientation_days() -> tuple[Array, Array]:
    """TAI seconds past J2000 at 0h UTC of the Earth-orientation days, and UT1-TAI (s) then.

    UT1-TAI has no leap seconds, so it may be interpolated. UT1-UTC was published against the UTC of its day, whose
    rubber seconds before 1972 are erfa.dat's.
    """
    table = data.earth_orientation()
    days, offsets = data.leap_seconds()
    first_mjd = (days.astype("datetime64[D]") - np.datetime64("1858-11-17")).astype(np.int64)
    row = np.searchsorted(first_mjd, table.mjd, side="right") - 1
    tai_utc = offsets[np.maximum(row, 0)].astype(np.float64)
    for k in np.flatnonzero(row < 0):
        year, month, day, _ = _sofa.jd2cal(2400000.5, table.mjd[k])
        tai_utc[k] = _sofa.dat(year, month, day, 0.0)
    return (table.mjd - J2000_MJD) * _DAY_S + tai_utc, table.ut1_utc_s - tai_utc


@overload
def ut1_s(tdb_s: float) -> float: ...
@overload
def ut1_s(tdb_s: Array) -> Array: ...
def ut1_s(tdb_s: float | Array) -> float | Array:
    """UT1 seconds past J2000 (2000-01-01T12:00 UT1) from TDB seconds past J2000.

    Daily IERS values, interpolated linearly: within 0.04 ms of the curve on 99 days in 100 (zonal tides), 2 cm at the
    equator; the diurnal ocean tide, 0.03 ms, is left out. Outside the series UT1-TAI is held, see
    frames.earth_orientation_note.
    """
    tai = np.asarray(tai_s(np.asarray(tdb_s, dtype=np.float64)))
    result = tai + np.interp(tai, *orientation_days())
    return float(result) if np.ndim(result) == 0 else result
