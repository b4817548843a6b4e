"""Rays marched along great circles over a raster: how high the ground stands in every direction."""

import numba
import numpy as np
from numpy.typing import ArrayLike, NDArray

from malapert.errors import CoverageError, InputError
from malapert.terrain.heights import Terrain

Array = NDArray[np.float64]

# Over a smooth Moon an eye at 5 km sees 132 km and the south raster's highest ground, 6.9 km, 155 km: together 287 km.
RANGE_KM = 300.0
# Samples start 20 m from the eye on a 1600 m raster and grow with distance, as the same miss in height turns into a
# smaller angle; the error against 20 m samples is held in tests/terrain/test_horizon.py.
FIRST_SAMPLE_CELLS = 1.0 / 80.0
NEAR_GROWTH = 0.1
FIRST_STEP_CELLS = 0.0625
FAR_GROWTH = 0.005
LARGEST_STEP_CELLS = 0.25


def step_table_km(from_km: float, range_km: float, pixel_km: float) -> Array:
    """Ground distances (n,) of the samples along a ray: growing steps from the eye out, range_km last."""
    d_km = max(from_km, FIRST_SAMPLE_CELLS * pixel_km)
    out = []
    while d_km < range_km:
        out.append(d_km)
        far_km = min(max(FIRST_STEP_CELLS * pixel_km, FAR_GROWTH * d_km), LARGEST_STEP_CELLS * pixel_km)
        d_km += min(NEAR_GROWTH * d_km, far_km)
    return np.array([*out, range_km])


@numba.njit(cache=True, nogil=True)
def march_deg(
    heights_m: Array,
    left_m: float,
    top_m: float,
    pixel_m: float,
    radius_m: float,
    pole_sign: float,
    up_east_north: Array,
    eye_radius_m: float,
    max_radius_m: float,
    azimuth_rad: Array,
    arc_rad: Array,
) -> Array:
    """Greatest elevation (n,) in deg of the ground seen at arcs arc_rad (m,) along each azimuth_rad (n,).

    A sample at arc c and radius r stands at tan(elevation) = (r cos c - r_eye) / (r sin c). No ground beyond c can
    rise above the same formula with the raster's greatest radius, which falls with c: there the ray stops.
    up_east_north: (3, 3) body-fixed unit rows. All samples must lie inside the raster.
    """
    cos_c, sin_c = np.cos(arc_rad), np.sin(arc_rad)
    limit = (max_radius_m * cos_c - eye_radius_m) / (max_radius_m * sin_c)
    up, east, north = up_east_north[0], up_east_north[1], up_east_north[2]
    last_row, last_column = heights_m.shape[0] - 2, heights_m.shape[1] - 2
    out = np.empty(azimuth_rad.size)
    for a in range(azimuth_rad.size):
        sin_a, cos_a = np.sin(azimuth_rad[a]), np.cos(azimuth_rad[a])
        tx = cos_a * north[0] + sin_a * east[0]
        ty = cos_a * north[1] + sin_a * east[1]
        tz = cos_a * north[2] + sin_a * east[2]
        best = -np.inf
        for k in range(arc_rad.size):
            if limit[k] < best:
                break
            c, s = cos_c[k], sin_c[k]
            scale = 2.0 * radius_m / (1.0 - pole_sign * (c * up[2] + s * tz))
            row = (top_m - pole_sign * scale * (c * up[0] + s * tx)) / pixel_m - 0.5
            column = (scale * (c * up[1] + s * ty) - left_m) / pixel_m - 0.5
            i, j = min(max(int(row), 0), last_row), min(max(int(column), 0), last_column)
            v, u = row - i, column - j
            upper = heights_m[i, j] + (heights_m[i, j + 1] - heights_m[i, j]) * u
            lower = heights_m[i + 1, j] + (heights_m[i + 1, j + 1] - heights_m[i + 1, j]) * u
            r = radius_m + upper + (lower - upper) * v
            best = max(best, (r * c - eye_radius_m) / (r * s))
        out[a] = np.degrees(np.arctan(best))
    return out


def horizon_deg(
    terrain: Terrain,
    lat_deg: float,
    lon_deg: float,
    observer_height_m: float | None,
    mast_m: float,
    azimuths_deg: ArrayLike,
    range_km: float = RANGE_KM,
    from_km: float = 0.0,
) -> Array:
    """Elevation (deg) of the horizon at each azimuth (n,), clockwise from lunar north, over the raster alone.

    The eye stands mast_m above observer_height_m (above the sphere; None takes the raster's surface). Only ground
    between from_km and range_km counts; the body is a sphere, the local level its tangent plane.
    Raises CoverageError where a ray would leave the raster, InputError for an eye under the raster's ground.
    """
    azimuth_rad = np.radians(np.atleast_1d(np.asarray(azimuths_deg, dtype=float)))
    if not (0.0 <= from_km < range_km and mast_m >= 0.0 and np.isfinite(azimuth_rad).all()):
        raise InputError(
            f"a horizon needs 0 <= from_km < range_km, mast_m >= 0 and finite azimuths; got {from_km=}, "
            f"{range_km=}, {mast_m=}"
        )
    surface_m = float(terrain.height_m(lat_deg, lon_deg))
    if (margin_km := terrain.margin_km(lat_deg, lon_deg)) < range_km:
        raise CoverageError(
            f"rays of {range_km:.0f} km from {lat_deg:.4f} deg, {lon_deg:.4f} deg leave the {terrain.pole} polar "
            f"heights, which end {margin_km:.0f} km away at latitude {terrain.reach_lat_deg():.2f} deg; shorten "
            "range_km or choose a site nearer the pole"
        )
    eye_m = (surface_m if observer_height_m is None else observer_height_m) + mast_m
    if from_km < terrain.pixel_m / 1000.0 and not eye_m >= surface_m:
        raise InputError(
            f"the eye at {eye_m:.1f} m lies under the ground of the raster ({surface_m:.1f} m at {lat_deg:.4f} deg, "
            f"{lon_deg:.4f} deg); leave the surveyed height out or give a near-field horizon"
        )
    arc_rad = step_table_km(from_km, range_km, terrain.pixel_m / 1000.0) * 1000.0 / terrain.radius_m
    return np.asarray(
        march_deg(
            terrain.heights_m,
            terrain.left_m,
            terrain.top_m,
            terrain.pixel_m,
            terrain.radius_m,
            terrain.pole_sign,
            up_east_north(lat_deg, lon_deg),
            terrain.radius_m + eye_m,
            terrain.radius_m + terrain.max_height_m,
            azimuth_rad,
            arc_rad,
        ),
        dtype=np.float64,
    )


def up_east_north(lat_deg: float, lon_deg: float) -> Array:
    """Body-fixed unit rows (3, 3) up, east, north; at a pole the longitude says where north points."""
    lat, lon = np.radians([lat_deg, lon_deg])
    sin_lat, cos_lat, sin_lon, cos_lon = np.sin(lat), np.cos(lat), np.sin(lon), np.cos(lon)
    return np.array(
        [
            [cos_lat * cos_lon, cos_lat * sin_lon, sin_lat],
            [-sin_lon, cos_lon, 0.0],
            [-sin_lat * cos_lon, -sin_lat * sin_lon, cos_lat],
        ]
    )
