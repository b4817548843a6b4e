"""The Sun and the Earth over a site's horizon, hour by hour."""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from malapert.constants import SECONDS_PER_HOUR
from malapert.errors import InputError
from malapert.sky.apparent import moon_site_view
from malapert.sky.contacts import eclipsed_fraction
from malapert.sky.ephemeris import in_use
from malapert.sky.time import tdb_s, utc
from malapert.terrain.horizon import Horizon

if TYPE_CHECKING:
    import xarray as xr

Array = NDArray[np.float64]
Epochs = NDArray[np.datetime64]

# Epochs worked on together: bounds the memory of the rotation matrices over a whole century.
BLOCK = 50_000
LARGEST_SERIES = 20_000_000
NOTE = (
    "Sun and Earth: MOON_ME, light time and stellar aberration. The horizon is a level line at the body's "
    "azimuth; disks are round and uniform (no limb darkening). sun_fraction knows the ground only; "
    "sun_eclipsed_fraction is the part of the whole disk behind the Earth."
)


def disk_fraction(elevation_deg: ArrayLike, radius_deg: ArrayLike, horizon_deg: ArrayLike) -> Array:
    """Fraction (0 to 1) of a round, uniform disk above a level line; any broadcastable shapes.

    Area of a circular segment: with x = (elevation - horizon) / radius in [-1, 1] the disk shows
    1 - (acos x - x sqrt(1 - x^2)) / pi of itself.
    """
    radius = np.asarray(radius_deg, dtype=float)
    x = np.clip((np.asarray(elevation_deg, dtype=float) - np.asarray(horizon_deg, dtype=float)) / radius, -1.0, 1.0)
    shown: Array = np.clip(1.0 - (np.arccos(x) - x * np.sqrt(1.0 - x * x)) / np.pi, 0.0, 1.0)
    return shown


def separation_deg(azimuth_a_deg: Array, elevation_a_deg: Array, azimuth_b_deg: Array, elevation_b_deg: Array) -> Array:
    """Angle (deg) between two directions (haversine; Sinnott 1984, Sky and Telescope 68:159)."""
    low, high = np.radians(elevation_a_deg), np.radians(elevation_b_deg)
    half = np.sin((high - low) / 2.0) ** 2
    half = half + np.cos(low) * np.cos(high) * np.sin(np.radians(azimuth_b_deg - azimuth_a_deg) / 2.0) ** 2
    apart: Array = np.degrees(2.0 * np.arcsin(np.sqrt(np.clip(half, 0.0, 1.0))))
    return apart


def epochs_utc(
    start_utc: np.datetime64 | str, end_utc: np.datetime64 | str, step_s: float = SECONDS_PER_HOUR
) -> Epochs:
    """UTC epochs (n,) from start up to, not including, end; raises InputError for an empty or endless span."""
    if not (np.isfinite(step_s) and step_s >= 1.0):
        raise InputError(f"a light series needs a step of one second or more, got {step_s}")
    start_ms, end_ms = _utc_ms(start_utc), _utc_ms(end_utc)
    if not start_ms < end_ms:
        raise InputError(f"a light series needs an end after its start, got {start_utc} to {end_utc}")
    step_ms = round(step_s * 1000.0)
    if (end_ms - start_ms) / step_ms > LARGEST_SERIES:
        raise InputError(
            f"{start_utc} to {end_utc} every {step_s:g} s is over {LARGEST_SERIES} epochs; take a longer step"
        )
    return np.arange(start_ms, end_ms, step_ms, dtype=np.int64).astype("datetime64[ms]")


def _utc_ms(epoch: np.datetime64 | str) -> int:
    """UTC milliseconds since 1970 of an epoch, read as the clock of the sky reads it."""
    return int(np.asarray(utc(tdb_s(epoch))).astype("datetime64[ms]").astype(np.int64))


def site_light(
    horizon: Horizon,
    start_utc: np.datetime64 | str,
    end_utc: np.datetime64 | str,
    step_s: float = SECONDS_PER_HOUR,
) -> "xr.Dataset":
    """Sun and Earth above a site's horizon from start up to, not including, end; dims: time (UTC).

    Variables, each with `units`: sun_azimuth_deg, sun_elevation_deg, sun_horizon_deg, sun_fraction,
    sun_eclipsed_fraction, earth_azimuth_deg, earth_elevation_deg, earth_horizon_deg, earth_visible (fraction of the
    disk), earth_centre_visible. Azimuths run clockwise from lunar north; values hold at the epoch, and sums let each
    stand for its whole step. Raises CoverageError outside the ephemeris.
    """
    time = epochs_utc(start_utc, end_utc, step_s)
    blocks = [_block(horizon, time[i : i + BLOCK]) for i in range(0, time.size, BLOCK)]
    columns = {name: np.concatenate([block[name] for block in blocks]) for name in blocks[0]}
    attributes = {
        "lat_deg": horizon.lat_deg,
        "lon_deg": horizon.lon_deg,
        "ground_height_m": horizon.ground_height_m,
        "mast_m": horizon.mast_m,
        "step_s": float(step_s),
        "horizon_source": horizon.source,
        "horizon_range_km": horizon.range_km,
        "warnings": "\n".join(horizon.warnings),
        "ephemeris": in_use().name,
        "note": NOTE,
    }
    variables = {
        name: ("time", values, {"units": "deg" if name.endswith("_deg") else "1"}) for name, values in columns.items()
    }
    import xarray as xr  # a second to import, which arcs in space need not wait for

    return xr.Dataset(variables, coords={"time": time}, attrs=attributes)


def _block(horizon: Horizon, time: Epochs) -> dict[str, Array | NDArray[np.bool_]]:
    """The variables of `site_light` at some epochs."""
    t = tdb_s(time)
    place = (horizon.lat_deg, horizon.lon_deg, horizon.eye_height_m)
    sun_azimuth, sun_elevation, _, sun_radius = moon_site_view("sun", *place, t)
    earth_azimuth, earth_elevation, _, earth_radius = moon_site_view("earth", *place, t)
    sun_horizon, earth_horizon = horizon.at(sun_azimuth), horizon.at(earth_azimuth)
    apart = separation_deg(sun_azimuth, sun_elevation, earth_azimuth, earth_elevation)
    return {
        "sun_azimuth_deg": sun_azimuth,
        "sun_elevation_deg": sun_elevation,
        "sun_horizon_deg": sun_horizon,
        "sun_fraction": disk_fraction(sun_elevation, sun_radius, sun_horizon),
        "sun_eclipsed_fraction": eclipsed_fraction(apart, sun_radius, earth_radius),
        "earth_azimuth_deg": earth_azimuth,
        "earth_elevation_deg": earth_elevation,
        "earth_horizon_deg": earth_horizon,
        "earth_visible": disk_fraction(earth_elevation, earth_radius, earth_horizon),
        "earth_centre_visible": earth_elevation > earth_horizon,
    }
