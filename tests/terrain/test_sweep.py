"""Horizons of whole maps: against single rays, against a dense march, and on shapes with known answers."""

from dataclasses import replace

import numpy as np
import pytest

from malapert.errors import CoverageError, InputError
from malapert.terrain import Cells, Grid, Terrain, cells_poleward, horizon_deg, map_horizons, polar_terrain

R_M = 1737400.0


def keep(block):
    lat_deg, lon_deg = block.cells.lat_lon_deg
    return block.elevation_deg, lat_deg, lon_deg


def square(heights_m, pole="south", pixel_m=1600.0, name="made heights"):
    half = heights_m.shape[0] * pixel_m / 2
    return Grid(pole, heights_m, pixel_m, -half, half, R_M, name)


def some_cells(grid, count, half_width, seed=5):
    rng = np.random.default_rng(seed)
    middle = grid.heights_m.shape[0] // 2
    rows, columns = rng.integers(middle - half_width, middle + half_width, (2, count))
    return Cells(grid, rows, columns)


@pytest.mark.parametrize("pole", ["south", "north"])
def test_maps_agree_with_points(pole):
    terrain = polar_terrain(pole)
    cells = some_cells(terrain.far, 40, 125)
    seen, lat_deg, lon_deg = map_horizons(terrain, cells, 2.0, keep, azimuths=72)
    assert np.array_equal(cells.lat_lon_deg[0], lat_deg)
    miss = []
    for n in range(cells.size):
        azimuth_deg = np.arange(0.0, 360.0, 5.0) - terrain.far.pole_sign * lon_deg[n]
        miss.append(seen[n] - horizon_deg(terrain, lat_deg[n], lon_deg[n], None, 2.0, azimuth_deg, 290.0))
    miss = np.abs(np.array(miss))
    # Coarser steps and a tile's common offsets; asked for is 0.02 and 0.1 deg against a dense march.
    assert np.median(miss) < 0.02
    assert np.quantile(miss, 0.95) < 0.1


def test_maps_against_a_dense_march(dense_march_deg):
    terrain = polar_terrain("south")
    cells = some_cells(terrain.far, 10, 125, seed=8)
    seen, lat_deg, lon_deg = map_horizons(terrain, cells, 2.0, keep, azimuths=72)
    azimuths = np.arange(0.0, 360.0, 5.0)
    dense = [dense_march_deg(terrain, lat, lon, 2.0, azimuths - lon, 290.0) for lat, lon in zip(lat_deg, lon_deg)]
    miss = np.abs(seen - dense)
    assert np.median(miss) < 0.02
    assert np.quantile(miss, 0.95) < 0.1


@pytest.mark.parametrize("pole", ["south", "north"])
def test_flat_sphere_shows_the_dip(pole):
    grid = square(np.zeros((500, 500)), pole)
    seen, *_ = map_horizons(Terrain((grid,)), some_cells(grid, 30, 40), 300.0, keep)
    # Steps of a cell miss the tangent point 32 km away by half of one at most: second order.
    assert seen == pytest.approx(-np.degrees(np.arccos(R_M / (R_M + 300.0))), rel=0.01)


def test_a_pillar_stands_at_its_bearing_and_height():
    heights = np.zeros((300, 300))
    heights[109:112, 189:192] = 4000.0
    grid = square(heights)
    (seen, lat_deg, _) = map_horizons(Terrain((grid,)), Cells(grid, np.array([150]), np.array([150])), 0.0, keep, 3600)
    # North-east on the map, 57 cells away; three cells are wide enough for a step of one to meet the top.
    assert seen[0].argmax() / 10.0 == pytest.approx(45.0, abs=2.0)
    c = 39 * np.sqrt(2.0) * 1600.0 / R_M
    tip_deg = np.degrees(np.arctan(((R_M + 4000.0) * np.cos(c) - R_M) / ((R_M + 4000.0) * np.sin(c))))
    assert 0.95 * tip_deg < seen[0].max() <= tip_deg + 1e-3
    assert lat_deg[0] < -89.9


def test_mirrored_ground_mirrors_the_map():
    grid = polar_terrain("south").far
    mirrored = replace(grid, heights_m=grid.heights_m[:, ::-1])
    cells = some_cells(grid, 12, 100)
    turned = Cells(mirrored, cells.rows, grid.heights_m.shape[1] - 1 - cells.columns)
    here, *_ = map_horizons(Terrain((grid,)), cells, 2.0, keep, 36)
    there, *_ = map_horizons(Terrain((mirrored,)), turned, 2.0, keep, 36)
    # The tiles fall otherwise on the mirrored map, which moves offsets by 0.1 %.
    assert np.median(np.abs(here - there[:, -np.arange(36)])) < 0.003


def test_a_coarse_neighbourhood_and_fine_cells_agree_with_all_fine():
    x, y = np.meshgrid(np.arange(1000) * 100.0, np.arange(1000) * 100.0)

    def ground(x, y):
        return 800.0 * np.sin(x / 9000.0) * np.cos(y / 7000.0) + 200.0 * np.sin(x / 2500.0 + y / 3100.0)

    fine = Grid("south", ground(x, y), 100.0, -50e3, 50e3, R_M, "all fine")
    inner = replace(fine, heights_m=fine.heights_m[400:600, 400:600], left_m=-10e3, top_m=10e3, name="fine inside")
    coarse_x, coarse_y = np.meshgrid(np.arange(250) * 400.0 + 150.0, np.arange(250) * 400.0 + 150.0)
    outer = Grid("south", ground(coarse_x, coarse_y), 400.0, -50e3, 50e3, R_M, "coarse outside")
    rows, columns = np.random.default_rng(2).integers(20, 180, (2, 30))
    one, *_ = map_horizons(Terrain((fine,)), Cells(fine, rows + 400, columns + 400), 2.0, keep, 72, 38.0)
    nested = Terrain((inner, outer))
    two, *_ = map_horizons(nested, Cells(nested.grids[0], rows, columns), 2.0, keep, 72, 38.0)
    assert np.median(np.abs(one - two)) < 0.02
    assert np.abs(one - two).max() < 0.5


def test_cells_at_the_rim_of_the_fine_raster_agree_with_points():
    # Fine ground with relief of its own inside the real far field, which it does not quite meet.
    far = polar_terrain("south").far
    rng = np.random.default_rng(11)
    rows, columns = np.indices((200, 200))
    lat, lon = Grid("south", np.zeros((200, 200)), 100.0, -40e3, 60e3, R_M, "").cell_lat_lon_deg(rows, columns)
    relief_m = 30.0 * np.sin(rows / 7.0) * np.cos(columns / 9.0) - 20.0
    fine = Grid("south", polar_terrain("south").height_m(lat, lon) + relief_m, 100.0, -40e3, 60e3, R_M, "fine")
    terrain = Terrain((fine, far))
    rim = rng.integers(1, 199, 24)
    cells = Cells(terrain.grids[0], np.concatenate([rim[:12], [1, 198] * 6]), np.concatenate([[1, 198] * 6, rim[12:]]))
    seen, lat_deg, lon_deg = map_horizons(terrain, cells, 2.0, keep, 72)
    miss = []
    for n in range(cells.size):
        azimuth_deg = np.arange(0.0, 360.0, 5.0) - lon_deg[n]
        miss.append(seen[n] - horizon_deg(terrain, lat_deg[n], lon_deg[n], None, 2.0, azimuth_deg, 290.0))
    miss = np.abs(np.array(miss))
    # The made hills stand a kilometre or two away, where a step of one cell is long.
    assert np.median(miss) < 0.03
    assert miss.max() < 1.0


def test_order_threads_and_progress():
    terrain = polar_terrain("south")
    cells = some_cells(terrain.far, 300, 60)
    told = []
    one = map_horizons(terrain, cells, 0.0, keep, 8, threads=1, told=told.append)
    two = map_horizons(terrain, cells, 0.0, keep, 8, threads=2)
    assert all(np.array_equal(a, b) for a, b in zip(one, two, strict=True))
    assert told[-1] == 1.0 and sorted(told) == told
    assert cells.on_map(one[1])[cells.rows[7], cells.columns[7]] == pytest.approx(one[1][7])


def test_cells_poleward_are_those_inside_the_parallel():
    grid = polar_terrain("south").far
    cells = cells_poleward(grid, -80.0)
    assert cells.size == 113424
    assert cells.lat_lon_deg[0].max() <= -80.0
    with pytest.raises(InputError, match="negative latitude"):
        cells_poleward(grid, 80.0)
    with pytest.raises(CoverageError, match="no cell poleward"):
        cells_poleward(grid, -89.999)
    with pytest.raises(InputError, match="mast_m"):
        map_horizons(polar_terrain("south"), cells, -1.0, keep)
