"""The crew's hours to look at: the week with most time outside, step by step, and every month by activity."""

from typing import Final

import numpy as np
import xarray as xr

from malapert.station.crew import ACTIVITIES
from malapert.station.steps import Lived

WEEK_D: Final = 7


def busiest_week(lived: Lived) -> xr.Dataset:
    """The seven days with most hours outside, most of people where nobody goes out (activity, time).

    Hours of all people in each step, the Sun's disk and whether there is a link; empty when nobody ever is there.
    """
    time, people = lived.time, lived.crew.crew
    if not people.any():
        return xr.Dataset()
    days = int(time.day[-1]) + 1
    there = np.bincount(time.day, people * time.step_h, days)
    worth = time.daily_h("eva").sum(axis=0) + 1e-6 * there
    sums = np.convolve(worth, np.ones(min(WEEK_D, days)), "valid")
    first = int(np.argmax(sums))
    span = slice(*np.searchsorted(time.day, (first, first + WEEK_D)))
    return xr.Dataset(
        {
            "hours_h": (("activity", "time"), time.hours_h[:, span], {"units": "h"}),
            "sun_fraction": ("time", lived.sky.sun_fraction[span], {"units": "1"}),
            "link": ("time", (lived.sky.link_mbit_s[span] > 0.0).astype(np.float64), {"units": "1"}),
        },
        coords={"activity": list(ACTIVITIES), "time": lived.hours.utc[span].astype("datetime64[ns]")},
        attrs={"step_h": time.step_h},
    )


def months(lived: Lived) -> xr.Dataset:
    """Hours of all people by activity in every month somebody is there (activity, month)."""
    month = lived.hours.utc.astype("datetime64[M]")
    place = (month - month[0]).astype(np.int64)
    hours = np.array([np.bincount(place, row) for row in lived.time.hours_h])
    some = np.flatnonzero(hours.sum(axis=0) > 0.0)
    names = (month[0] + some).astype("datetime64[ns]")
    return xr.Dataset(
        {"hours_h": (("activity", "month"), hours[:, some], {"units": "h"})},
        coords={"activity": list(ACTIVITIES), "month": names},
    )
