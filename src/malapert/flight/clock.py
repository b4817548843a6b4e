"""Epochs as people write them: a clock reading with the name of its clock, and TDB seconds past J2000."""

import re
from typing import Final

import numpy as np

from malapert.errors import InputError
from malapert.sky.time import J2000, TT_MINUS_TAI_S, tai_s, tdb_minus_tt_s, tdb_s, tt_s, utc

SCALES: Final = ("UTC", "TAI", "TT", "TDB")
_MOMENT: Final = re.compile(r"(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?))?Z?")


def epoch_tdb_s(text: str, scale: str) -> float:
    """TDB seconds past J2000 of a clock reading such as 2027-01-01T00:00:00.5; InputError says what is wrong with it.

    A trailing Z is UTC's and refused on other clocks; an offset is allowed on UTC only.
    """
    if scale not in SCALES:
        raise InputError(f"time_scale {scale!r} is not one of {', '.join(SCALES)}")
    if scale == "UTC":
        return tdb_s(text)
    match = _MOMENT.fullmatch(text.strip())
    if match is None or text.strip().endswith("Z"):
        raise InputError(f"not an epoch on the {scale} clock: {text!r}; write it as 2027-03-14T05:00:00, without a Z")
    day, time = match[1], match[2] or "00:00"
    try:
        whole = np.datetime64(f"{day}T{time.partition('.')[0]}", "s")
    except ValueError:
        raise InputError(f"no such date or time: {text!r}") from None
    seconds = int((whole - J2000.astype("datetime64[s]")).astype(np.int64)) + float(f"0.{time.partition('.')[2] or 0}")
    if scale == "TDB":
        return seconds
    tt = seconds + (TT_MINUS_TAI_S if scale == "TAI" else 0.0)
    return float(tt + tdb_minus_tt_s(tt))


def reading(epoch_s: float, scale: str) -> str:
    """The clock reading of TDB seconds past J2000, to the microsecond."""
    if scale == "UTC":
        milli = utc(epoch_s)
        left_us = round(1e6 * (epoch_s - tdb_s(milli)))
        return f"{milli.astype('datetime64[us]') + np.timedelta64(left_us, 'us')}Z"
    seconds = {"TDB": lambda t: t, "TT": tt_s, "TAI": tai_s}[scale](epoch_s)
    return str(J2000 + np.timedelta64(round(1e6 * float(seconds)), "us"))


def span_tdb_s(epoch_s: float, seconds: float, scale: str) -> float:
    """TDB seconds between an epoch and the one so many seconds later on a clock (leap seconds are seconds too)."""
    if scale == "TDB":
        return seconds
    tt = tt_s(epoch_s) + seconds
    return float(tt + tdb_minus_tt_s(tt)) - epoch_s


def epoch_option(text: str) -> float:
    """`2027-01-01T00:00:00Z`, or with the clock's name behind it: `2027-01-01T00:00:00 TDB`."""
    moment, _, scale = text.strip().rpartition(" ")
    return epoch_tdb_s(moment, scale.upper()) if scale.upper() in SCALES else epoch_tdb_s(text, "UTC")
