"""Maps agree with points, keep true areas and say what they rest on."""

import numpy as np
import pytest

from malapert.errors import InputError
from malapert.terrain import Grid, Terrain, polar_terrain, site_horizon, site_light
from malapert.terrain.light_table import light_table, mean_light
from malapert.terrain.maps import (
    cell_km2,
    earth_map,
    horizon_map,
    light_map,
    psr_map,
    shadow_distance_km,
    slope_map,
    slopes_deg,
)
from malapert.terrain.sweep import Cells, cells_poleward

START, END = "2024-01-01T00:00:00Z", "2025-01-01T00:00:00Z"


@pytest.fixture(scope="module")
def south():
    return polar_terrain("south")


def some_cells(grid, places):
    """The cells that hold some places, and those cells' own centres."""
    rows, columns = (np.rint(k).astype(np.intp) for k in grid.row_column(*np.transpose(places)))
    cells = Cells(grid, rows, columns)
    return cells, np.transpose(cells.lat_lon_deg)


@pytest.mark.parametrize("pole", ["south", "north"])
def test_light_and_earth_of_a_map_are_those_of_its_points(pole):
    terrain = polar_terrain(pole)
    sign = -1.0 if pole == "south" else 1.0
    places = [(sign * lat, lon) for lat, lon in ((89.8, 120.0), (88.4, 40.0), (86.014, 2.65), (85.2, 260.0))]
    cells, centres = some_cells(terrain.far, places)
    light, earth = (one(terrain, cells, START, END) for one in (light_map, earth_map))
    for (lat, lon), row, column in zip(centres, cells.rows, cells.columns, strict=True):
        horizon = site_horizon(lat, lon, 2.0, terrain=terrain)
        series = site_light(horizon, START, END)
        at = row - cells.rows.min(), column - cells.columns.min()
        # The point looks along 720 bearings and in finer steps: 0.01 deg of skyline is 0.003 of the Sun's 3 deg, and
        # near relief between the map's bearings as much again.
        assert light.values[at] == pytest.approx(float(series["sun_fraction"].mean()), abs=0.01)
        assert earth.values[at] == pytest.approx(float(series["earth_centre_visible"].mean()), abs=0.01)
    assert np.isfinite(light.values).sum() == cells.size == light.totals["cells"]


def test_the_floor_of_shackleton_is_never_lit_and_its_rim_is(south):
    # Mazarico et al. 2011, Icarus 211:1066: the floor lies in permanent shadow. Centre 89.66 S 129.2 E.
    cells = cells_poleward(south.far, -88.0)
    psr = psr_map(south, cells, told=(said := []).append)
    assert said[-1] == 1.0
    grid = south.far
    lats, lons = cells.lat_lon_deg
    x, y = grid.xy_m(lats, lons)
    x0, y0 = grid.xy_m(-89.66, 129.2)
    crater = np.hypot(x - x0, y - y0) < 5000.0
    heights_m = grid.heights_m[cells.rows, cells.columns]
    floor = np.flatnonzero(crater)[np.argmin(heights_m[crater])]
    near_rim = np.hypot(x - x0, y - y0) < 14000.0
    rim = np.flatnonzero(near_rim)[np.argmax(heights_m[near_rim])]
    dark = psr.values[cells.rows - cells.rows.min(), cells.columns - cells.columns.min()]
    assert heights_m[floor] < -2700.0 and dark[floor] == 1.0 and dark[rim] == 0.0
    assert psr.totals["psr_cells"] == (psr.values == 1.0).sum()
    assert "1960-01-01 to 2059-12-30" in psr.span and "0 m above the ground" in psr.source
    assert any("heights alone" in text for text in psr.warnings)


def test_dark_cells_are_those_without_light(south):
    cells = cells_poleward(south.far, -88.0)
    psr = psr_map(south, cells, START, END)
    light = light_map(south, cells, START, END, mast_m=0.0)
    dark = psr.values == 1.0
    # A table column is 0.01 deg high: what shows less than that of its limb may be lit without light, or hold a trace.
    assert np.nanmax(light.values[dark]) < 1e-5
    assert (light.values[psr.values == 0.0] == 0.0).mean() < 0.005


def test_areas_are_those_of_the_sphere(south):
    # The cap poleward of a parallel is 2 pi R^2 (1 - sin lat); cells at the rim fall in or out by their centres.
    for lat_deg in (-85.0, -75.0):
        cells = cells_poleward(south.far, lat_deg)
        cap_km2 = 2.0 * np.pi * 1737.4**2 * (1.0 - np.sin(np.radians(-lat_deg)))
        assert cell_km2(cells).sum() == pytest.approx(cap_km2, rel=2e-3)


def test_slopes_of_a_map_are_those_of_its_cells(south):
    cells = cells_poleward(south.far, -87.0)
    slopes = slopes_deg(cells)
    for k in range(0, cells.size, 997):
        lat, lon = (float(angle[k]) for angle in cells.lat_lon_deg)
        assert slopes[k] == pytest.approx(south.slope_deg(lat, lon), abs=1e-4)
    made = slope_map(south, cells)
    assert made.totals["slope_deg_max"] == pytest.approx(slopes.max()) and made.span == ""
    rim = slopes_deg(Cells(south.far, np.array([0, 5]), np.array([9, 5])))
    assert np.isnan(rim[0]) and np.isfinite(rim[1])


def flat(size=41, pixel_m=1000.0):
    half_m = 0.5 * size * pixel_m
    near = Grid("south", np.zeros((size, size)), pixel_m, -half_m, half_m, 1737400.0, "near plain")
    return Terrain((near, Grid("south", np.zeros((400, 400)), 4000.0, -8e5, 8e5, 1737400.0, "plain")), ("a note",))


def test_a_plain_has_no_shadow_a_horizon_below_level_and_half_of_the_earth():
    terrain = flat()
    cells = cells_poleward(terrain.grids[0], -89.8)
    psr = psr_map(terrain, cells, START, END)
    assert psr.totals["psr_km2"] == 0.0 and np.isinf(np.nanmax(shadow_distance_km(psr).values))
    blocks = []
    highest = horizon_map(terrain, cells, blocks.append, mast_m=50.0)
    # A smooth sphere dips by acos(R / (R + h)).
    dip_deg = np.degrees(np.arccos(1737400.0 / 1737450.0))
    assert np.nanmax(highest.values) == pytest.approx(-dip_deg, abs=0.02)
    assert sum(block.cells.size for block in blocks) == cells.size
    assert all(block.elevation_deg.shape[1] == 360 for block in blocks)
    view = earth_map(terrain, cells, START, END, mast_m=50.0)
    assert view.totals["earth_view"] == pytest.approx(0.5, abs=0.05)
    assert "a note" in view.warnings


def test_distance_to_shadow_is_counted_in_true_kilometres(south):
    cells = cells_poleward(south.far, -88.5)
    psr = psr_map(south, cells, START, END)
    far = shadow_distance_km(psr)
    dark = np.argwhere(psr.values == 1.0)
    lit = np.argwhere(psr.values == 0.0)
    for row, column in lit[:: max(1, len(lit) // 7)]:
        pixels = np.hypot(*(dark - [row, column]).T).min()
        # The scale at 88.5 S is 1.0002.
        assert far.values[row, column] == pytest.approx(pixels * 1.6, rel=3e-4)
    assert np.all(far.values[psr.values == 1.0] == 0.0)
    assert np.array_equal(np.isnan(far.values), np.isnan(psr.values))
    with pytest.raises(InputError, match="map of permanent shadow"):
        shadow_distance_km(slope_map(south, cells))


def test_a_map_lies_where_its_cells_lie(south):
    cells = cells_poleward(south.far, -88.0)
    made = slope_map(south, cells)
    lat, lon = -88.7, 77.0
    x, y = south.far.xy_m(lat, lon)
    row, column = int((made.top_m - y) / made.pixel_m), int((x - made.left_m) / made.pixel_m)
    there, _ = some_cells(south.far, [(lat, lon)])
    assert made.values[row, column] == pytest.approx(slopes_deg(there)[0], rel=1e-6)


def test_a_map_uses_the_table_of_its_span(south):
    cells, _ = some_cells(south.far, [(-86.014, 2.65), (-88.0, 90.0)])
    made = light_map(south, cells, START, END)
    kept = []
    horizon_map(south, cells, kept.append)
    elevation = np.concatenate([block.elevation_deg for block in kept])
    order = np.concatenate([block.cells.rows * 10_000 + block.cells.columns for block in kept])
    elevation = elevation[np.argsort(order)[np.argsort(np.argsort(cells.rows * 10_000 + cells.columns))]]
    disk, part = mean_light(light_table("sun", "south", START, END), *cells.lat_lon_deg, elevation)
    assert made.totals["disk_mean"] == pytest.approx(np.average(disk, weights=cell_km2(cells)))
    assert made.totals["any_part"] == pytest.approx(np.average(part, weights=cell_km2(cells)))
    assert made.totals["disk_mean_max"] == pytest.approx(disk.max())
