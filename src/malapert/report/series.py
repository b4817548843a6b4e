"""Long hourly series made short enough for a page: by the day, or a window of hours."""

import numpy as np
import xarray as xr
from numpy.typing import NDArray

Array = NDArray[np.float64]
Epochs = NDArray[np.datetime64]


def days_of(series: xr.Dataset) -> tuple[Epochs, NDArray[np.int64]]:
    """The UTC days a series touches, and the place of each day's first step in it."""
    days, first = np.unique(series["time"].to_numpy().astype("datetime64[D]"), return_index=True)
    return days, first.astype(np.int64)


def daily_mean(values: Array, first: NDArray[np.int64]) -> Array:
    """Mean by day of values (n,)."""
    counts = np.diff(np.append(first, len(values)))
    mean: Array = np.add.reduceat(values, first) / counts
    return mean


def daily_least(values: Array, first: NDArray[np.int64]) -> Array:
    """Least by day of values (n,); nan only where a day holds nothing else."""
    least: Array = np.fmin.reduceat(values, first)
    return least


def daily_last(values: Array, first: NDArray[np.int64]) -> Array:
    """Value of each day's last step."""
    last: Array = values[np.append(first[1:], len(values)) - 1]
    return last


def daily_sum(values: Array, first: NDArray[np.int64]) -> Array:
    """Sum by day of values (n,)."""
    total: Array = np.add.reduceat(values, first)
    return total


def window(series: xr.Dataset, start: np.datetime64, end: np.datetime64) -> xr.Dataset:
    """The part of a series between two epochs."""
    time = series["time"].to_numpy()
    return series.isel(time=(time >= start) & (time <= end))
