"""The kernel behind maps of horizons: all cells of one tile look along one direction together."""

import numba
import numpy as np
from numpy.typing import NDArray

from malapert.terrain.rays import FIRST_SAMPLE_CELLS, ground_m

Array = NDArray[np.float64]
Single = NDArray[np.float32]
Indices = NDArray[np.intp]

BLOCK_CELLS = 8
# Steps grow with distance as in a single ray, but coarser: median error 0.008 deg, see benchmarks/horizon.py.
NEAR_GROWTH = 0.3
FIRST_STEP_CELLS = 0.25
FAR_GROWTH = 0.03
LARGEST_STEP_CELLS = 1.0
STEPS_A_STRETCH = 8
# Ground this many tile widths away is looked at once for the whole tile: slopes of 10 deg then cost 0.01 deg.
ONE_LOOK_WIDTHS = 500.0
# From here on coarser ground is taken between a tile's corners, later where the tile is wider than its cells.
CORNER_WIDTHS = 16.0
LOWEST = -1e9
NONE, SOME, ALL = 0, 1, 2


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
def _look_across(
    flat: Single, raster: Array, x_m: float, y_m: float, pitch_m: float, tile: Indices, fall: Single, best: Single,
    constant: float, by_fall: float, by_ground: float,
) -> None:  # fmt: skip
    """The same cell by cell on one raster of other cells, which holds them all."""
    start, across, pixel_m = int(raster[0]), int(raster[2]), raster[5]
    row, column, pitch = (raster[4] - y_m) / pixel_m - 0.5, (x_m - raster[3]) / pixel_m - 0.5, pitch_m / pixel_m
    rows, columns = int(tile[2]), int(tile[3])
    k, f, scale = np.float32(constant), np.float32(by_fall), np.float32(by_ground)
    for a in range(rows):
        i = int(row + a * pitch)
        v = np.float32(row + a * pitch - i)
        upper = start + i * across
        for b in range(columns):
            j = int(column + b * pitch)
            u = np.float32(column + b * pitch - j)
            p = np.uint64(upper + j)
            q = p + np.uint64(across)
            above = flat[p] + (flat[p + np.uint64(1)] - flat[p]) * u
            below = flat[q] + (flat[q + np.uint64(1)] - flat[q]) * u
            own = np.uint64(a * columns + b)
            seen = k + f * fall[own] + scale * (above + (below - above) * v)
            known = best[own]
            best[own] = seen if seen > known else known


@numba.njit(cache=True, nogil=True, fastmath=True)
def _look_by_corners(
    flat: Single, rasters: Array, level: int, x_m: float, y_m: float, pitch_m: float, tile: Indices, fall: Single,
    best: Single, constant: float, by_fall: float, by_ground: float,
) -> None:  # fmt: skip
    """The same for a tile small beside the ground's cells and its distance: level between its corners' ground."""
    right_m, down_m = x_m + (tile[3] - 1) * pitch_m, y_m - (tile[2] - 1) * pitch_m
    g00, g01 = ground_m(flat, rasters, level, x_m, y_m)[0], ground_m(flat, rasters, level, right_m, y_m)[0]
    g10, g11 = ground_m(flat, rasters, level, x_m, down_m)[0], ground_m(flat, rasters, level, right_m, down_m)[0]
    rows, columns, f = int(tile[2]), int(tile[3]), np.float32(by_fall)
    for a in range(rows):
        share = a / max(rows - 1, 1)
        left = g00 + (g10 - g00) * share
        first = np.float32(constant + by_ground * left)
        step = np.float32(by_ground * (g01 + (g11 - g01) * share - left) / max(columns - 1, 1))
        for b in range(columns):
            own = np.uint64(a * columns + b)
            seen = first + step * np.float32(b) + f * fall[own]
            known = best[own]
            best[own] = seen if seen > known else known


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
    width_m = pixel_m * max(tile[2], tile[3])
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
                    far = d_m > ONE_LOOK_WIDTHS * width_m
                    first_x = x_m - (0.0 if far else half_x_m)
                    first_y = y_m + (0.0 if far else half_y_m)
                    k0, pitch_m, cell_m = -s / (1.0 + c), 0.0 if far else pixel_m, rasters[nest, 5]
                    if nest == level and box[4] == ALL and not far:
                        row = (rasters[nest, 4] - first_y) / cell_m - 0.5
                        column = (first_x - rasters[nest, 3]) / cell_m - 0.5
                        start, across = int(rasters[nest, 0]), int(rasters[nest, 2])
                        _look_together(flat, start, across, row, column, tile, fall, best, k0, c / s, 1.0 / s)
                    elif nest > level and not far and d_m > CORNER_WIDTHS * width_m * max(1.0, width_m / cell_m):
                        place = (first_x, first_y, pitch_m)
                        _look_by_corners(flat, rasters, nest, *place, tile, fall, best, k0, c / s, 1.0 / s)
                    elif nest > level and not far and d_m >= cell_m:
                        place = (first_x, first_y, pitch_m)
                        _look_across(flat, rasters[nest], *place, tile, fall, best, k0, c / s, 1.0 / s)
                    else:
                        where = (first_x, first_y, d_m, pitch_m)
                        _look_each(flat, rasters, level, *where, tile, fall, best, k0, c / s, 1.0 / s)
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
