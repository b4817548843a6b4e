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

import numba
import numpy as np
from numpy.typing import NDArray

from malapert.errors import CoverageError, InputError
from malapert.terrain.grid import Grid
from malapert.terrain.heights import Terrain
from malapert.terrain.rays import FIRST_SAMPLE_CELLS, RANGE_KM, ground_m, up_east_north

Array = NDArray[np.float64]
Single = NDArray[np.float32]
Indices = NDArray[np.intp]

# Offsets are those of a tile's centre: over 16 cells of 1600 m the map's scale changes by 0.1 %, 0.003 deg at 100 km.
TILE_CELLS = 16
TILES_A_BLOCK = 4
BLOCK_CELLS = 8
# Steps grow with distance as in a single ray, but coarser: median error 0.008 deg, see benchmarks/horizon.py.
NEAR_GROWTH = 0.3
FIRST_STEP_CELLS = 0.25
FAR_GROWTH = 0.03
LARGEST_STEP_CELLS = 1.0
STEPS_A_STRETCH = 8
# Ground this many tile widths away is looked at once for the whole tile: slopes of 10 deg then cost 0.01 deg.
ONE_LOOK_WIDTHS = 500.0
LOWEST = -1e9
NONE, SOME, ALL = 0, 1, 2


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


@numba.njit(cache=True, nogil=True)
def _next_step_m(distance_m: float, pixel_m: float) -> float:
    far_m = min(max(FIRST_STEP_CELLS * pixel_m, FAR_GROWTH * distance_m), LARGEST_STEP_CELLS * pixel_m)
    return min(NEAR_GROWTH * distance_m, far_m)


@numba.njit(cache=True, nogil=True)
def _box(
    raster: Array, first: tuple[float, float], last: tuple[float, float], half_x_m: float, half_y_m: float
) -> tuple[int, int, int, int, int]:
    """Rows and columns that bilinear samples of a moving tile touch between two centres, and how many exist."""
    pixel_m = raster[5]
    low_x, high_x = min(first[0], last[0]) - half_x_m, max(first[0], last[0]) + half_x_m
    low_y, high_y = min(first[1], last[1]) - half_y_m, max(first[1], last[1]) + half_y_m
    top, bottom = (raster[4] - high_y) / pixel_m - 0.5, (raster[4] - low_y) / pixel_m - 0.5
    left, right = (low_x - raster[3]) / pixel_m - 0.5, (high_x - raster[3]) / pixel_m - 0.5
    last_row, last_column = raster[1] - 1.001, raster[2] - 1.001
    held = ALL if top >= 0.0 and left >= 0.0 and bottom <= last_row and right <= last_column else SOME
    if top > last_row or left > last_column or bottom < 0.0 or right < 0.0:
        held = NONE
    return int(np.floor(top)), int(np.floor(bottom)) + 1, int(np.floor(left)), int(np.floor(right)) + 1, held


@numba.njit(cache=True, nogil=True)
def _greatest(blocks: Single, raster: Array, box: tuple[int, int, int, int, int]) -> float:
    """Greatest value in the blocks a box of cells touches."""
    start, across = int(raster[6]), int(raster[7])
    best = LOWEST
    for i in range(box[0] // BLOCK_CELLS, box[1] // BLOCK_CELLS + 1):
        for j in range(box[2] // BLOCK_CELLS, box[3] // BLOCK_CELLS + 1):
            best = max(best, blocks[start + i * across + j])
    return best


@numba.njit(cache=True, nogil=True, fastmath=True)
def _look_together(
    flat: Single, start: int, across: int, row: float, column: float, tile: Indices, fall: Single, best: Single,
    constant: float, by_fall: float, by_ground: float,
) -> None:  # fmt: skip
    """One sample for all cells of a tile that lies in step with the raster: row and column of its first cell's."""
    i, j = int(np.floor(row)), int(np.floor(column))
    v, u = row - i, column - j
    w11, w10, w01 = (
        np.float32(u * v * by_ground),
        np.float32((1 - u) * v * by_ground),
        np.float32(u * (1 - v) * by_ground),
    )
    w00 = np.float32((1 - u) * (1 - v) * by_ground)
    k, f = np.float32(constant), np.float32(by_fall)
    # Unsigned indices cannot count from the end, so the compiler may take eight cells at once.
    rows, one, width = int(tile[2]), np.uint64(1), np.uint64(tile[3])
    base = np.uint64(start + i * across + j)
    for a in range(rows):
        upper = base + np.uint64(a * across)
        lower, own = upper + np.uint64(across), np.uint64(a) * width
        for b in range(width):
            seen = (
                k
                + f * fall[own + b]
                + w00 * flat[upper + b]
                + w01 * flat[upper + b + one]
                + w10 * flat[lower + b]
                + w11 * flat[lower + b + one]
            )
            known = best[own + b]
            best[own + b] = seen if seen > known else known


@numba.njit(cache=True, nogil=True)
def _look_each(
    flat: Single, rasters: Array, level: int, x_m: float, y_m: float, distance_m: float, pitch_m: float, tile: Indices,
    fall: Single, best: Single, constant: float, by_fall: float, by_ground: float,
) -> None:  # fmt: skip
    """The same cell by cell, on the raster that holds each: x_m, y_m of its first; pitch_m 0 is one look for all.

    Coarser ground is not looked at within a cell of its own, see `rays.march_deg`.
    """
    ground, held = ground_m(flat, rasters, level, x_m, y_m)
    for a in range(tile[2]):
        for b in range(tile[3]):
            if pitch_m > 0.0:
                ground, held = ground_m(flat, rasters, level, x_m + b * pitch_m, y_m - a * pitch_m)
            if held == level or distance_m >= rasters[held, 5]:
                own = a * tile[3] + b
                best[own] = max(best[own], np.float32(constant + by_fall * fall[own] + by_ground * ground))


@numba.njit(cache=True, nogil=True, fastmath=True)
def _least(values: Single) -> float:
    least = np.float32(-LOWEST)
    for n in range(values.size):
        least = min(least, values[n])
    return float(least)


@numba.njit(cache=True, nogil=True)
def sweep_tile(
    flat: Single, rasters: Array, blocks: Single, level: int, radius_m: float, pole_sign: float, tile: Indices,
    up_east_north: Array, lon_rad: float, mast_m: float, azimuths: int, range_m: float,
) -> Single:  # fmt: skip
    """Tangent of the horizon's elevation (azimuths, cells) for a tile (first row, first column, rows, columns).

    With the eye at radius R / (1 + f) and ground at R / (1 - g), a sample at arc c stands at
    tan(elevation) = ((1 + f) cos c - 1 + g) / ((1 + f) sin c); the cell's own (1 + f) comes in at the end.
    """
    count, pixel_m = tile[2] * tile[3], rasters[level, 5]
    half_x_m, half_y_m = 0.5 * (tile[3] - 1) * pixel_m, 0.5 * (tile[2] - 1) * pixel_m
    fall, best, greatest_fall = np.empty(count, np.float32), np.empty(count, np.float32), -np.inf
    for a in range(tile[2]):
        for b in range(tile[3]):
            g = flat[int(rasters[level, 0]) + (tile[0] + a) * int(rasters[level, 2]) + tile[1] + b]
            f = radius_m / (radius_m / (1.0 - g) + mast_m) - 1.0
            fall[a * tile[3] + b] = f
            greatest_fall = max(greatest_fall, f)
    out = np.empty((azimuths, count), np.float32)
    up, east, north = up_east_north[0], up_east_north[1], up_east_north[2]
    for k in range(azimuths):
        azimuth = 2.0 * np.pi * k / azimuths - pole_sign * lon_rad
        toward = np.cos(azimuth) * north + np.sin(azimuth) * east
        best[:] = LOWEST
        least, distance_m = LOWEST, max(FIRST_SAMPLE_CELLS * pixel_m, 1.0)
        while distance_m < range_m:
            c0, s0 = np.cos(distance_m / radius_m), np.sin(distance_m / radius_m)
            c1, s1 = c0, s0
            here = _move(c0, s0, up, toward, radius_m, pole_sign)
            nest, box = level, (0, 0, 0, 0, NONE)
            end_m = distance_m
            while nest < rasters.shape[0]:
                end_m = distance_m
                for _ in range(STEPS_A_STRETCH):
                    end_m += _next_step_m(end_m, rasters[nest, 5])
                c1, s1 = np.cos(end_m / radius_m), np.sin(end_m / radius_m)
                there = _move(c1, s1, up, toward, radius_m, pole_sign)
                box = _box(rasters[nest], here, there, half_x_m, half_y_m)
                if box[4] == ALL or (box[4] == SOME and nest == level and level + 1 < rasters.shape[0]):
                    break
                nest += 1
            if nest == rasters.shape[0]:
                break
            rise = 0.0 if box[4] == SOME else (1.0 + greatest_fall) * c0 - 1.0 + _greatest(blocks, rasters[nest], box)
            # No sample of the stretch stands higher for any cell: sines grow, cosines fall along it.
            if box[4] == SOME or rise / (s0 if rise > 0.0 else s1) > least:
                d_m = distance_m
                while d_m < end_m and d_m < range_m:
                    arc = d_m / radius_m
                    c, s = np.cos(arc), np.sin(arc)
                    x_m, y_m = _move(c, s, up, toward, radius_m, pole_sign)
                    far = d_m > ONE_LOOK_WIDTHS * pixel_m * max(tile[2], tile[3])
                    first_x = x_m - (0.0 if far else half_x_m)
                    first_y = y_m + (0.0 if far else half_y_m)
                    k0, pitch_m, cell_m = -s / (1.0 + c), 0.0 if far else pixel_m, rasters[nest, 5]
                    if nest == level and box[4] == ALL and not far:
                        row = (rasters[nest, 4] - first_y) / cell_m - 0.5
                        column = (first_x - rasters[nest, 3]) / cell_m - 0.5
                        start, across = int(rasters[nest, 0]), int(rasters[nest, 2])
                        _look_together(flat, start, across, row, column, tile, fall, best, k0, c / s, 1.0 / s)
                    else:
                        place = (first_x, first_y, d_m, pitch_m)
                        _look_each(flat, rasters, level, *place, tile, fall, best, k0, c / s, 1.0 / s)
                    d_m += _next_step_m(d_m, cell_m)
                least = _least(best)
            distance_m = end_m
        for n in range(count):
            out[k, n] = best[n] / (np.float32(1.0) + fall[n])
    return out


@numba.njit(cache=True, nogil=True)
def _move(c: float, s: float, up: Array, toward: Array, radius_m: float, pole_sign: float) -> tuple[float, float]:
    """Map x and y of the point an arc (its cosine and sine) away from a tile's centre."""
    scale = 2.0 * radius_m / (1.0 - pole_sign * (c * up[2] + s * toward[2]))
    return scale * (c * up[1] + s * toward[1]), pole_sign * scale * (c * up[0] + s * toward[0])
