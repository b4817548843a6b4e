"""Declared epochs as seconds, and seconds as the dates people read."""

from datetime import datetime

import numpy as np

from malapert.sky.time import tdb_s, utc


def tdb_of(epoch: datetime) -> float:
    """TDB seconds past J2000 of a declared UTC epoch."""
    return tdb_s(np.datetime64(epoch.replace(tzinfo=None), "us"))


def date_of(epoch_tdb_s: float) -> str:
    """UTC calendar date (YYYY-MM-DD) of TDB seconds past J2000, to the nearest second; `never` when not finite.

    Whole days added to a midnight miss the next one by the change of TDB - TT, under 3.4 ms.
    """
    return str(utc(epoch_tdb_s + 0.5).astype("datetime64[D]")) if np.isfinite(epoch_tdb_s) else "never"
