"""Rays marched along great circles over the terrain: how high the ground stands in every direction of a point."""

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


def step_table_m(terrain: Terrain, lat_deg: float, lon_deg: float, from_m: float, range_m: float) -> Array:
    """Ground distances (n,) of the samples along a ray from a point: growing steps from the eye out, range_m last.

    Steps are a share of the finest cell that any ray from the point can meet at that distance.
    """
    pixels_m = [(grid.pixel_m, grid.reach_m(lat_deg, lon_deg)) for grid in terrain.grids]
    d_m = max(from_m, FIRST_SAMPLE_CELLS * terrain.pixel_m_at(lat_deg, lon_deg))
    out = []
    while d_m < range_m:
        out.append(d_m)
        pixel_m = next((pixel for pixel, reach in pixels_m if d_m <= reach), terrain.far.pixel_m)
        far_m = min(max(FIRST_STEP_CELLS * pixel_m, FAR_GROWTH * d_m), LARGEST_STEP_CELLS * pixel_m)
        d_m += min(NEAR_GROWTH * d_m, far_m)
    return np.array([*out, range_m])


@numba.njit(cache=True, nogil=True)
def ground_m(flat: NDArray[np.float32], rasters: Array, first: int, x_m: float, y_m: float) -> tuple[float, int]:
    """Bilinear value of the finest raster, from the first looked at, that holds a map point, and which it is.

    The last one is held at its edge.
    """
    for level in range(first, rasters.shape[0]):
        start, pixel_m = int(rasters[level, 0]), rasters[level, 5]
        last_row, last_column = int(rasters[level, 1]) - 1, int(rasters[level, 2]) - 1
        row = (rasters[level, 4] - y_m) / pixel_m - 0.5
        column = (x_m - rasters[level, 3]) / pixel_m - 0.5
        if level + 1 < rasters.shape[0] and not (0.0 <= row <= last_row and 0.0 <= column <= last_column):
            continue
        i, j = min(max(int(row), 0), last_row - 1), min(max(int(column), 0), last_column - 1)
        v, u = row - i, column - j
        upper, lower = start + i * (last_column + 1) + j, start + (i + 1) * (last_column + 1) + j
        above = flat[upper] + (flat[upper + 1] - flat[upper]) * u
        below = flat[lower] + (flat[lower + 1] - flat[lower]) * u
        return above + (below - above) * v, level
    return np.nan, -1


@numba.njit(cache=True, nogil=True)
def march_deg(
    flat: NDArray[np.float32],
    rasters: Array,
    own_level: int,
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
    rise above the same formula with the terrain's greatest radius, which falls with c: there the ray stops.
    Ground coarser than the eye's own raster (own_level) is not looked at within a cell of its own: where two rasters
    meet, their misfit would stand there as a wall.
    flat, rasters: `Terrain.packed`. up_east_north: (3, 3) body-fixed unit rows.
    """
    cos_c, sin_c = np.cos(arc_rad), np.sin(arc_rad)
    limit = (max_radius_m * cos_c - eye_radius_m) / (max_radius_m * sin_c)
    up, east, north = up_east_north[0], up_east_north[1], up_east_north[2]
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
            x_m, y_m = scale * (c * up[1] + s * ty), pole_sign * scale * (c * up[0] + s * tx)
            height_m, level = ground_m(flat, rasters, 0, x_m, y_m)
            if level > own_level and arc_rad[k] * radius_m < rasters[level, 5]:
                continue
            r = radius_m + height_m
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
    """Elevation (deg) of the horizon at each azimuth (n,), clockwise from lunar north, over the rasters alone.

    The eye stands mast_m above observer_height_m (above the sphere; None takes the terrain's surface). Only ground
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
            f"rays of {range_km:.0f} km from {lat_deg:.4f} deg, {lon_deg:.4f} deg leave {terrain.far.name}, "
            f"which end {margin_km:.0f} km away at latitude {terrain.far.reach_lat_deg():.2f} deg; shorten "
            "range_km or choose a site nearer the pole"
        )
    eye_m = (surface_m if observer_height_m is None else observer_height_m) + mast_m
    if from_km < terrain.pixel_m_at(lat_deg, lon_deg) / 1000.0 and not eye_m >= surface_m:
        raise InputError(
            f"the eye at {eye_m:.1f} m lies under the ground of the terrain ({surface_m:.1f} m at {lat_deg:.4f} deg, "
            f"{lon_deg:.4f} deg); leave the surveyed height out or give a near-field horizon"
        )
    flat, rasters = terrain.packed
    return np.asarray(
        march_deg(
            flat,
            rasters,
            terrain.grids.index(terrain.finest(lat_deg, lon_deg)),
            terrain.radius_m,
            terrain.far.pole_sign,
            up_east_north(lat_deg, lon_deg),
            terrain.radius_m + eye_m,
            terrain.radius_m + terrain.max_height_m,
            azimuth_rad,
            step_table_m(terrain, lat_deg, lon_deg, 1000.0 * from_km, 1000.0 * range_km) / terrain.radius_m,
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
