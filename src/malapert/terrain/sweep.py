"""Horizons of whole maps: tiles of cells that look the same way together, on all cores.

For one direction on the map, the cells of a tile share the offsets and weights of every sample: a ray becomes a shifted
copy of the raster, and the processor takes several cells at a time. Stretches of a ray that cannot rise above what the
whole tile already sees are left out, by the greatest height in the blocks they cross; that loses nothing.
"""

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from malapert.errors import CoverageError, InputError
from malapert.terrain.grid import Grid
from malapert.terrain.heights import Terrain
from malapert.terrain.rays import RANGE_KM, up_east_north
from malapert.terrain.tile import BLOCK_CELLS, sweep_tile

Array = NDArray[np.float64]
Single = NDArray[np.float32]
Indices = NDArray[np.intp]

# Offsets are those of a tile's centre: over 16 cells of 1600 m the map's scale changes by 0.1 %, 0.003 deg at 100 km.
TILE_CELLS = 16
TILES_A_BLOCK = 4


@dataclass(frozen=True, eq=False)
class Cells:
    """Cells of a map: rows and columns (n,) of one grid of the terrain."""

    grid: Grid
    rows: Indices
    columns: Indices

    @property
    def size(self) -> int:
        """How many cells."""
        return int(self.rows.size)

    @property
    def lat_lon_deg(self) -> tuple[Array, Array]:
        """Latitude and east longitude (n,) of the cells' centres."""
        return self.grid.cell_lat_lon_deg(self.rows, self.columns)

    def some(self, index: Indices) -> "Cells":
        """A part of the cells."""
        return Cells(self.grid, self.rows[index], self.columns[index])

    def on_map(self, values: NDArray[Any]) -> Single:
        """Values (n,) laid on the whole grid (rows, columns), nan elsewhere."""
        out = np.full(self.grid.heights_m.shape, np.nan, dtype=np.float32)
        out[self.rows, self.columns] = values
        return out


@dataclass(frozen=True, eq=False)
class HorizonBlock:
    """Horizons of some cells: elevation_deg (n, azimuths) at map bearings k 360 / azimuths, clockwise from +y.

    Azimuth clockwise from lunar north is bearing minus longitude on a south map, bearing plus longitude on a north map.
    """

    cells: Cells
    elevation_deg: Single


def cells_poleward(grid: Grid, to_lat_deg: float) -> Cells:
    """The cells of a grid whose centres lie on the pole's side of a parallel."""
    if not grid.pole_sign * to_lat_deg < 0.0 or abs(to_lat_deg) > 90.0:
        raise InputError(
            f"a map of the {grid.pole} pole ends at a {'negative' if grid.pole == 'south' else 'positive'} latitude "
            f"within 90 deg, got {to_lat_deg}"
        )
    rows, columns = np.indices(grid.heights_m.shape)
    lat_deg, _ = grid.cell_lat_lon_deg(rows, columns)
    inside = grid.pole_sign * lat_deg <= grid.pole_sign * to_lat_deg
    if not inside.any():
        raise CoverageError(f"{grid.name} have no cell poleward of {to_lat_deg} deg; choose a latitude farther out")
    return Cells(grid, *np.nonzero(inside))


def map_horizons(
    terrain: Terrain,
    cells: Cells,
    mast_m: float,
    work: Callable[[HorizonBlock], tuple[NDArray[Any], ...]],
    azimuths: int = 360,
    range_km: float = RANGE_KM,
    threads: int | None = None,
    told: Callable[[float], None] | None = None,
) -> tuple[NDArray[Any], ...]:
    """Horizons of many cells, mast_m above their ground, each block handed to `work`; its arrays (n, ...) in order.

    The ground is the cells' own raster and coarser ones; rays end at range_km or where the far field ends. work runs
    on several threads; told hears the fraction done.
    """
    if not (mast_m >= 0.0 and azimuths >= 4 and range_km > 0.0 and cells.size > 0):
        raise InputError(
            f"a map of horizons needs cells, mast_m >= 0, four azimuths and a range; got {cells.size} cells, "
            f"{mast_m=}, {azimuths=}, {range_km=}"
        )
    ground = _packed(terrain)
    level = next(k for k, grid in enumerate(terrain.grids) if grid is cells.grid)
    blocks = list(_blocks(cells))
    parts: list[tuple[NDArray[Any], ...]] = []

    def one(block: tuple[list[tuple[int, int, Indices]], Indices]) -> tuple[NDArray[Any], ...]:
        tiles, index = block
        elevation_deg = [
            _tile_deg(terrain, ground, level, cells.some(held), row, column, mast_m, azimuths, range_km)
            for row, column, held in tiles
        ]
        return work(HorizonBlock(cells.some(index), np.concatenate(elevation_deg)))

    with ThreadPoolExecutor(threads or os.cpu_count() or 1) as pool:
        for part in pool.map(one, blocks):
            parts.append(part)
            if told is not None:
                told(len(parts) / len(blocks))
    order = np.argsort(np.concatenate([index for _, index in blocks]), kind="stable")
    return tuple(np.concatenate(column)[order] for column in zip(*parts, strict=True))


def _blocks(cells: Cells) -> Iterator[tuple[list[tuple[int, int, Indices]], Indices]]:
    """Some tiles, each by its first row and column and the cells it holds, and the indices of all those cells."""
    shape = cells.grid.heights_m.shape
    first_row, first_column = int(cells.rows.min()), int(cells.columns.min())
    across = -(-shape[1] // TILE_CELLS)
    tile = (cells.rows - first_row) // TILE_CELLS * across + (cells.columns - first_column) // TILE_CELLS
    order = np.argsort(tile, kind="stable").astype(np.intp)
    numbers, starts = np.unique(tile[order], return_index=True)
    held = np.split(order, starts[1:])
    for k in range(0, numbers.size, TILES_A_BLOCK):
        tiles = [
            (first_row + int(n) // across * TILE_CELLS, first_column + int(n) % across * TILE_CELLS, index)
            for n, index in zip(numbers[k : k + TILES_A_BLOCK], held[k : k + TILES_A_BLOCK], strict=True)
        ]
        yield tiles, np.concatenate(held[k : k + TILES_A_BLOCK])


def _packed(terrain: Terrain) -> tuple[Single, Array, Single]:
    """Heights as h / (R + h) in one row, the rasters' table and the blocks' greatest values.

    Table (8 a raster): start, rows, columns, left_m, top_m, pixel_m, start and columns of its blocks.
    """
    flat, table = terrain.packed
    rows, blocks = [], []
    start = 0
    for grid in terrain.grids:
        shape = tuple(-(-n // BLOCK_CELLS) for n in grid.heights_m.shape)
        padded = np.pad(grid.heights_m, [(0, m * BLOCK_CELLS - n) for n, m in zip(grid.heights_m.shape, shape)], "edge")
        blocks.append(padded.reshape(shape[0], BLOCK_CELLS, shape[1], BLOCK_CELLS).max(axis=(1, 3)).reshape(-1))
        rows.append((start, shape[1]))
        start += blocks[-1].size
    return (
        _inverse(flat, terrain.radius_m),
        np.hstack([table, np.array(rows, dtype=np.float64)]),
        _inverse(np.concatenate(blocks), terrain.radius_m),
    )


def _inverse(heights_m: Single, radius_m: float) -> Single:
    """1 - R / r of heights: in it a sample's tangent needs no division, and float32 still tells 0.3 mm apart."""
    h = heights_m.astype(np.float64)
    return (h / (radius_m + h)).astype(np.float32)


def _tile_deg(
    terrain: Terrain,
    ground: tuple[Single, Array, Single],
    level: int,
    cells: Cells,
    first_row: int,
    first_column: int,
    mast_m: float,
    azimuths: int,
    range_km: float,
) -> Single:
    """Horizons (n, azimuths) of some cells of one tile."""
    shape = cells.grid.heights_m.shape
    rows, columns = (min(TILE_CELLS, n) for n in shape)
    # A tile at the rim moves inwards to stay whole.
    row, column = min(first_row, shape[0] - rows), min(first_column, shape[1] - columns)
    lat_deg, lon_deg = cells.grid.cell_lat_lon_deg(row + 0.5 * (rows - 1), column + 0.5 * (columns - 1))
    tangent = sweep_tile(
        *ground,
        level,
        terrain.radius_m,
        cells.grid.pole_sign,
        np.array([row, column, rows, columns]),
        up_east_north(float(lat_deg), float(lon_deg)),
        float(np.radians(lon_deg)),
        float(mast_m),
        azimuths,
        1000.0 * range_km,
    )
    place = (cells.rows - row) * columns + cells.columns - column
    elevation_deg: Single = np.degrees(np.arctan(tangent[:, place])).T
    return elevation_deg
