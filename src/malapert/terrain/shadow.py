"""The nearest place in permanent shadow that a rover can drive to."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import label  # type: ignore[attr-defined]

from malapert.errors import CoverageError, InputError
from malapert.terrain.grid import Grid
from malapert.terrain.heights import Terrain
from malapert.terrain.lattice import ground_km
from malapert.terrain.maps import cell_km2, psr_map
from malapert.terrain.mobility import Mobility
from malapert.terrain.rays import RANGE_KM
from malapert.terrain.sweep import Cells
from malapert.terrain.traverse import NoRouteError, least_cost_route

Array = NDArray[np.float64]

# More cells than this are not looked at: a coarser raster of the ground is.
LARGEST_SEARCH: Final = 40_000
# Cells a route is looked for to, in the order of their distance.
MOST_ROUTES: Final = 12


@dataclass(frozen=True)
class Shadow:
    """A cell in permanent shadow: where, the area of the shadow it belongs to, and the cells it was looked for on."""

    lat_deg: float
    lon_deg: float
    area_km2: float
    pixel_m: float
    span: str
    warnings: tuple[str, ...]


def nearest_shadow(
    terrain: Terrain,
    lat_deg: float,
    lon_deg: float,
    mobility: Mobility,
    least_km2: float = 0.0,
    within_km: float = 25.0,
    range_km: float = RANGE_KM,
) -> Shadow:
    """The cell in permanent shadow that is reached soonest, in a connected shadow of so many km2 at least.

    Raises InputError, CoverageError where there is no such shadow, NoRouteError where slopes shut it off.
    """
    if not (within_km > 0.0 and least_km2 >= 0.0):
        raise InputError(f"shadow is looked for within a distance above zero, got {within_km=}, {least_km2=}")
    cells = _cells_within(terrain, lat_deg, lon_deg, within_km)
    found = psr_map(terrain, cells, range_km=range_km)
    patches, _ = label(np.nan_to_num(found.values) > 0.5, structure=np.ones((3, 3)))
    patch = patches[cells.rows - cells.rows.min(), cells.columns - cells.columns.min()]
    area_km2 = np.bincount(patch, cell_km2(cells))
    wide = (patch > 0) & (area_km2[patch] >= least_km2)
    if not wide.any():
        raise CoverageError(
            f"no permanent shadow of {least_km2:g} km2 within {within_km:g} km of {lat_deg:.4f}, {lon_deg:.4f} "
            f"(cells of {cells.grid.pixel_m:g} m); look farther, ask for less, or bring finer heights"
        )
    lat, lon = cells.lat_lon_deg
    away_km = np.array([ground_km(terrain.far, (lat_deg, lon_deg), place) for place in zip(lat, lon, strict=True)])
    order = [int(k) for k in np.argsort(away_km, kind="stable") if wide[k]][:MOST_ROUTES]
    best, least_h = -1, np.inf
    for index in order:
        if away_km[index] / mobility.speed_km_h >= least_h:
            break
        try:
            way = least_cost_route(
                terrain, (lat_deg, lon_deg), (float(lat[index]), float(lon[index])), mobility, "time"
            )
        except NoRouteError:
            continue
        if way.duration_h < least_h:
            best, least_h = index, way.duration_h
    if best < 0:
        raise NoRouteError(
            f"slopes of {mobility.up_deg:g} deg up, {mobility.down_deg:g} down and {mobility.side_deg:g} sideways shut "
            f"off the {len(order)} nearest cells in permanent shadow around {lat_deg:.4f}, {lon_deg:.4f}; take a rover "
            "that climbs more, or look for another place"
        )
    return Shadow(
        float(lat[best]), float(lon[best]), float(area_km2[patch[best]]), cells.grid.pixel_m, found.span, found.warnings
    )


def _cells_within(terrain: Terrain, lat_deg: float, lon_deg: float, within_km: float) -> Cells:
    """Cells in a circle, of the finest raster that holds it with no more than LARGEST_SEARCH of them."""
    for grid in terrain.grids:
        if grid is not terrain.far and 3.1416 * (1000.0 * within_km / grid.pixel_m) ** 2 > LARGEST_SEARCH:
            continue
        if grid is not terrain.far and grid.margin_km(lat_deg, lon_deg) < within_km:
            continue
        return _circle(grid, lat_deg, lon_deg, within_km)
    raise CoverageError("no raster of the ground holds the place")  # the far field always does


def _circle(grid: Grid, lat_deg: float, lon_deg: float, within_km: float) -> Cells:
    row, column = (float(value) for value in grid.row_column(lat_deg, lon_deg))
    reach = 1000.0 * within_km * float(grid.scale(lat_deg)) / grid.pixel_m
    shape = grid.heights_m.shape
    rows, columns = np.indices(shape)
    inner = (rows > 0) & (rows < shape[0] - 1) & (columns > 0) & (columns < shape[1] - 1)
    near = np.asarray(inner & ((rows - row) ** 2 + (columns - column) ** 2 <= reach**2))
    if not near.any():
        raise CoverageError(
            f"no cell of {grid.name} within {within_km:g} km of {lat_deg:.4f}, {lon_deg:.4f}; look farther"
        )
    return Cells(grid, *np.nonzero(near))
