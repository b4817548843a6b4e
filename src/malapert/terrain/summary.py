"""What a light series says in a few figures, by the day, and as curves for a picture of the sky."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from malapert.constants import SECONDS_PER_DAY
from malapert.errors import InputError
from malapert.terrain.horizon import Horizon

if TYPE_CHECKING:
    import xarray as xr

Array = NDArray[np.float64]

# Mean synodic month: Chapront-Touze and Chapront 1988, Astron. Astrophys. 190:342.
LUNAR_DAY_D = 29.530588861


@dataclass(frozen=True)
class Spell:
    """A run of steps in which something stays away; length 0 and no epochs where it never does.

    A run that meets the start or the end of the series is counted as far as the series goes, and `open` says so.
    """

    days: float
    start_utc: np.datetime64 | None
    end_utc: np.datetime64 | None
    open: bool


@dataclass(frozen=True)
class LightSummary:
    """A light series in figures: fractions of the time, days, UTC.

    disk_mean: mean of the Sun's disk above the ground; any_part: time with any of it above. longest_dark: no part of
    the disk. worst_lunar_day_mean: least mean of the disk over any window of one synodic month, None for a shorter
    series. earth_view: time with the Earth's centre above the ground; longest_earth_gap: its centre below.
    The Earth's eclipses of the Sun are left out of all of them; eclipsed_h adds up the hours of whole Sun they take.
    """

    start_utc: np.datetime64
    end_utc: np.datetime64
    step_s: float
    disk_mean: float
    any_part: float
    longest_dark: Spell
    worst_lunar_day_mean: float | None
    worst_lunar_day_start_utc: np.datetime64 | None
    earth_view: float
    longest_earth_gap: Spell
    eclipsed_h: float
    warnings: tuple[str, ...]

    @property
    def longest_dark_d(self) -> float:
        """Days of the longest spell without any part of the Sun."""
        return self.longest_dark.days

    @property
    def longest_earth_gap_d(self) -> float:
        """Days of the longest spell without the Earth's centre."""
        return self.longest_earth_gap.days


@dataclass(frozen=True, eq=False)
class SkyPaths:
    """Curves of a site's sky, all deg, azimuth clockwise from lunar north.

    azimuth_deg (n,): centres of equal bins of the compass, with the horizon there and the lowest and highest Sun and
    Earth of the whole series (nan in bins a body never enters). The tracks (m,) follow both bodies from track_utc[0].
    """

    azimuth_deg: Array
    horizon_deg: Array
    sun_lowest_deg: Array
    sun_highest_deg: Array
    earth_lowest_deg: Array
    earth_highest_deg: Array
    track_utc: NDArray[np.datetime64]
    sun_track_azimuth_deg: Array
    sun_track_elevation_deg: Array
    earth_track_azimuth_deg: Array
    earth_track_elevation_deg: Array


def longest_run(mask: NDArray[np.bool_]) -> tuple[int, int]:
    """Start and length of the longest run of True in mask (n,), the first of equals; (0, 0) for none."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], np.asarray(mask, dtype=bool), [False]])))
    starts, lengths = edges[::2], edges[1::2] - edges[::2]
    if starts.size == 0:
        return 0, 0
    best = int(np.argmax(lengths))
    return int(starts[best]), int(lengths[best])


def summarise_light(light: "xr.Dataset") -> LightSummary:
    """The figures of a series from `site_light`."""
    time, step_s = _time(light), float(light.attrs["step_s"])
    step = np.timedelta64(round(step_s * 1000.0), "ms")
    fraction = light["sun_fraction"].to_numpy()
    seen = light["earth_centre_visible"].to_numpy()
    worst = _worst_window(fraction, round(LUNAR_DAY_D * SECONDS_PER_DAY / step_s))
    eclipsed = light["sun_eclipsed_fraction"].to_numpy()
    return LightSummary(
        start_utc=time[0],
        end_utc=time[-1] + step,
        step_s=step_s,
        disk_mean=float(fraction.mean()),
        any_part=float((fraction > 0.0).mean()),
        longest_dark=_spell(time, step, fraction <= 0.0),
        worst_lunar_day_mean=None if worst is None else worst[1],
        worst_lunar_day_start_utc=None if worst is None else time[worst[0]],
        earth_view=float(seen.mean()),
        longest_earth_gap=_spell(time, step, ~seen),
        eclipsed_h=float((eclipsed * (fraction > 0.0)).sum()) * step_s / 3600.0,
        warnings=tuple(text for text in str(light.attrs["warnings"]).split("\n") if text),
    )


def daily_light(light: "xr.Dataset") -> "xr.Dataset":
    """Means by UTC day of sun_fraction and earth_visible, with the number of steps each day holds; dims: day."""
    days = _time(light).astype("datetime64[D]")
    day, place, steps = np.unique(days, return_inverse=True, return_counts=True)
    means = {
        name: ("day", np.bincount(place, weights=light[name].to_numpy()) / steps, {"units": "1"})
        for name in ("sun_fraction", "earth_visible")
    }
    import xarray as xr  # a second to import, which arcs in space need not wait for

    return xr.Dataset(
        {**means, "steps": ("day", steps, {"units": "1"})},
        coords={"day": day.astype("datetime64[s]")},
        attrs=light.attrs,
    )


def sky_paths(
    light: "xr.Dataset",
    horizon: Horizon,
    track_start_utc: np.datetime64 | None = None,
    track_days: float = LUNAR_DAY_D,
    bins: int = 360,
) -> SkyPaths:
    """The horizon, the band the Sun and the Earth keep to, and their tracks over some days of the series."""
    time = _time(light)
    start: np.datetime64 = time[0] if track_start_utc is None else track_start_utc
    end = start + np.timedelta64(round(track_days * SECONDS_PER_DAY * 1000.0), "ms")
    track = light.isel(time=(time >= start) & (time < end))
    if bins < 1 or track.sizes["time"] == 0:
        raise InputError(
            f"no sky to draw: {bins} bins, and the series {time[0]} to {time[-1]} has no step from {start}"
        )
    azimuth_deg = (np.arange(bins) + 0.5) * 360.0 / bins
    sun = _band(light["sun_azimuth_deg"].to_numpy(), light["sun_elevation_deg"].to_numpy(), bins)
    earth = _band(light["earth_azimuth_deg"].to_numpy(), light["earth_elevation_deg"].to_numpy(), bins)
    return SkyPaths(
        azimuth_deg,
        horizon.at(azimuth_deg),
        *sun,
        *earth,
        _time(track),
        track["sun_azimuth_deg"].to_numpy(),
        track["sun_elevation_deg"].to_numpy(),
        track["earth_azimuth_deg"].to_numpy(),
        track["earth_elevation_deg"].to_numpy(),
    )


def _time(light: "xr.Dataset") -> NDArray[np.datetime64]:
    return light["time"].to_numpy().astype("datetime64[ms]")


def _spell(time: NDArray[np.datetime64], step: np.timedelta64, away: NDArray[np.bool_]) -> Spell:
    start, length = longest_run(away)
    if length == 0:
        return Spell(0.0, None, None, False)
    days = length * float(step / np.timedelta64(1, "ms")) / (1000.0 * SECONDS_PER_DAY)
    is_open = start == 0 or start + length == time.size
    return Spell(days, time[start], time[start + length - 1] + step, is_open)


def _worst_window(fraction: Array, steps: int) -> tuple[int, float] | None:
    """Start and mean of the window of so many steps with the least mean; None where the series is shorter."""
    if steps < 1 or fraction.size < steps:
        return None
    sums = np.concatenate([[0.0], np.cumsum(fraction)])
    means = (sums[steps:] - sums[:-steps]) / steps
    worst = int(np.argmin(means))
    return worst, float(np.clip(means[worst], 0.0, 1.0))


def _band(azimuth_deg: Array, elevation_deg: Array, bins: int) -> tuple[Array, Array]:
    """Least and greatest elevation in each azimuth bin, nan in empty ones."""
    place = np.minimum((azimuth_deg % 360.0 * bins / 360.0).astype(int), bins - 1)
    lowest, highest = np.full(bins, np.inf), np.full(bins, -np.inf)
    np.minimum.at(lowest, place, elevation_deg)
    np.maximum.at(highest, place, elevation_deg)
    return np.where(np.isfinite(lowest), lowest, np.nan), np.where(np.isfinite(highest), highest, np.nan)
