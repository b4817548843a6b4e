"""Horizons of a map, ours beside Embree rays and a plain march, in one process: `python benchmarks/horizon.py`.

Needs `pip install embreex`; without it that row is left out. 100 x 100 central cells of the south raster, 360
directions, 300 km, eye 2 m up. Rates are by processor time, so that a busy machine changes them less; the error is
against samples every 20 m on some of the cells. The peers do fewer cells, their rates need no more.
"""

import argparse
import time
from collections.abc import Callable

import numba
import numpy as np

from malapert.terrain import Cells, map_horizons, polar_terrain
from malapert.terrain.rays import up_east_north

AZIMUTHS, MAST_M, RANGE_M = 360, 2.0, 300e3
TERRAIN = polar_terrain("south")
GRID = TERRAIN.far


@numba.njit(nogil=True)
def plain_march(heights_m, left_m, top_m, pixel_m, radius_m, up, east, north, eye_m, azimuth_rad, arcs):
    """Horizon tangents (n,) of one point: every arc of every ray looked at, nothing left out."""
    cosines, sines = np.cos(arcs), np.sin(arcs)
    out = np.empty(azimuth_rad.size)
    for n in range(azimuth_rad.size):
        toward = np.cos(azimuth_rad[n]) * north + np.sin(azimuth_rad[n]) * east
        best = -1e9
        for m in range(arcs.size):
            c, s = cosines[m], sines[m]
            scale = 2.0 * radius_m / (1.0 - (c * up[2] + s * toward[2]))
            row = (top_m - scale * (c * up[0] + s * toward[0])) / pixel_m - 0.5
            column = (scale * (c * up[1] + s * toward[1]) - left_m) / pixel_m - 0.5
            i, j = int(row), int(column)
            v, u = row - i, column - j
            above = heights_m[i, j] * (1.0 - u) + heights_m[i, j + 1] * u
            below = heights_m[i + 1, j] * (1.0 - u) + heights_m[i + 1, j + 1] * u
            r = radius_m + above * (1.0 - v) + below * v
            best = max(best, (r * c - eye_m) / (r * s))
        out[n] = best
    return out


def growing_m(first_m: float, growth: float, largest_m: float) -> np.ndarray:
    """Sample distances of a plain march with growing steps."""
    out = [first_m]
    while out[-1] < RANGE_M:
        out.append(out[-1] + min(max(growth * out[-1], first_m), largest_m))
    return np.array(out[:-1])


def marched_deg(cells: Cells, distances_m: np.ndarray, directions: np.ndarray) -> np.ndarray:
    """Horizons (n, directions) of cells by the plain march, at map bearings."""
    lat_deg, lon_deg = cells.lat_lon_deg
    heights_m = GRID.heights_m.astype(np.float64)
    out = []
    for row, column, lat, lon in zip(cells.rows, cells.columns, lat_deg, lon_deg, strict=True):
        up, east, north = up_east_north(lat, lon)
        eye_m = GRID.radius_m + heights_m[row, column] + MAST_M
        azimuth_rad = np.radians(directions - lon)
        place = (heights_m, GRID.left_m, GRID.top_m, GRID.pixel_m, GRID.radius_m, up, east, north, eye_m)
        out.append(plain_march(*place, azimuth_rad, distances_m / GRID.radius_m))
    return np.degrees(np.arctan(out))


def embree_scene():
    """The raster as triangles in Embree, seen from the pole so that single precision holds centimetres."""
    from embreex import rtcore_scene
    from embreex.mesh_construction import TriangleMesh

    rows, columns = np.indices(GRID.heights_m.shape)
    lat, lon = np.radians(GRID.cell_lat_lon_deg(rows, columns))
    r = GRID.radius_m + GRID.heights_m.astype(np.float64)
    points = np.stack([r * np.cos(lat) * np.cos(lon), r * np.cos(lat) * np.sin(lon), r * np.sin(lat)], axis=-1)
    points[..., 2] += GRID.radius_m
    index = rows * GRID.heights_m.shape[1] + columns
    a, b, c, d = index[:-1, :-1], index[:-1, 1:], index[1:, :-1], index[1:, 1:]
    triangles = np.concatenate([np.stack(t, axis=-1).reshape(-1, 3) for t in ((a, b, c), (b, d, c))])
    scene = rtcore_scene.EmbreeScene()
    TriangleMesh(scene, points.reshape(-1, 3).astype(np.float32), triangles.astype(np.int32))
    return scene


def embree_deg(scene, cells: Cells, directions: np.ndarray) -> np.ndarray:
    """Horizons (n, directions) by halving with occlusion rays from -12 to 52 deg, to 0.03 deg: eleven rays each."""
    lat_deg, lon_deg = cells.lat_lon_deg
    heights_m = GRID.heights_m[cells.rows, cells.columns].astype(np.float64)
    frames = np.array([up_east_north(*place) for place in zip(lat_deg, lon_deg, strict=True)])
    azimuth = np.radians(directions[None, :] - lon_deg[:, None])[..., None]
    flat = np.sin(azimuth) * frames[:, None, 1] + np.cos(azimuth) * frames[:, None, 2]
    eye = frames[:, 0] * (GRID.radius_m + heights_m + MAST_M)[:, None] + np.array([0.0, 0.0, GRID.radius_m])
    origins = np.broadcast_to(eye[:, None], flat.shape).reshape(-1, 3).astype(np.float32)
    low, high = np.full(azimuth.shape, -12.0), np.full(azimuth.shape, 52.0)
    for _ in range(11):
        middle = 0.5 * (low + high)
        rays = np.cos(np.radians(middle)) * flat + np.sin(np.radians(middle)) * frames[:, None, 0]
        hit = scene.run(origins, rays.reshape(-1, 3).astype(np.float32), query="OCCLUDED") == 0
        hit = hit.reshape(azimuth.shape)
        low, high = np.where(hit, middle, low), np.where(hit, high, middle)
    return 0.5 * (low + high)[..., 0]


def best_rate(work: Callable[[], object], count: int) -> tuple[float, float]:
    """Horizons a processor second and a wall second, best of three after a run to compile."""
    work()
    rates = []
    for _ in range(3):
        wall, spent = time.perf_counter(), time.process_time()
        work()
        rates.append((count / (time.process_time() - spent), count / (time.perf_counter() - wall)))
    return max(cpu for cpu, _ in rates), max(wall for _, wall in rates)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--side", type=int, default=100, help="cells along a side of the square around the pole")
    side = parser.parse_args().side
    middle, directions = GRID.heights_m.shape[0] // 2, np.arange(AZIMUTHS) * 360.0 / AZIMUTHS
    axis = np.arange(middle - side // 2, middle + side // 2)
    rows, columns = (part.reshape(-1) for part in np.meshgrid(axis, axis, indexing="ij"))
    cells = Cells(GRID, rows, columns)
    few = cells.some(np.random.default_rng(1).choice(cells.size, 150, replace=False))
    truth = marched_deg(few, np.arange(20.0, RANGE_M, 20.0), directions[::10])

    def ours(some: Cells) -> np.ndarray:
        return map_horizons(TERRAIN, some, MAST_M, lambda block: (block.elevation_deg,))[0]

    growing = growing_m(20.0, 0.01, 0.5 * GRID.pixel_m)
    table = [
        ("malapert, map", ours(few), best_rate(lambda: ours(cells), cells.size)),
        (
            "plain march, growing steps",
            marched_deg(few, growing, directions),
            best_rate(lambda: marched_deg(few, growing, directions), few.size),
        ),
    ]
    try:
        scene = embree_scene()
    except ImportError:
        print("embreex is not installed; its row is left out")
    else:
        table.append(
            (
                "embreex, 11 occlusion rays",
                embree_deg(scene, few, directions),
                best_rate(lambda: embree_deg(scene, few, directions), few.size),
            )
        )
    print(f"{'':28}{'a cpu s':>10}{'a wall s':>10}{'ours/it':>9}{'median deg':>12}{'95 % deg':>10}")
    for name, seen, (cpu, wall) in table:
        miss = np.abs(seen[:, ::10] - truth)
        ratio = table[0][2][0] / cpu
        print(f"{name:28}{cpu:10.0f}{wall:10.0f}{ratio:9.1f}{np.median(miss):12.4f}{np.quantile(miss, 0.95):10.4f}")


if __name__ == "__main__":
    main()
