"""The polar rasters against LOLA heights from elsewhere: published summits and floors, and the global grid.

Summits and floors: LOLA LDEM at full resolution as published; a 1600 m cell may miss a floor's or crest's last
metres. The global grid (0.25 deg, 7.6 km cells at the equator) is another product of the same instrument: it settles
that each raster is the right way up and round, not its metres.
"""

from pathlib import Path

import numpy as np
import pytest

from malapert.terrain import polar_terrain

GLOBAL = Path(__file__).parents[2] / "../shared/data/terrain/lola_dem_global.tif"


def cells_around(lat_deg, lon_deg, cells):
    terrain = polar_terrain("south").far
    row, column = (round(float(value)) for value in terrain.row_column(lat_deg, lon_deg))
    return terrain.heights_m[row - cells : row + cells + 1, column - cells : column + cells + 1]


def test_checked_heights():
    assert cells_around(-89.67, 129.78, 10).min() == -2794.0
    assert cells_around(-86.014, 2.65, 3).max() == 5107.0
    assert cells_around(-86.014, 2.65, 0)[0, 0] == 5107.0
    # True crest of Shackleton 1736 to 1739 m; averaged over 1600 m it must come out lower, not by 300 m.
    rim = cells_around(-89.67, 129.78, 8).max()
    assert 1400.0 < rim < 1739.0


@pytest.mark.parametrize("pole", ["south", "north"])
def test_orientation_against_the_global_grid(pole):
    rasterio = pytest.importorskip("rasterio", reason="rasterio reads the global grid")
    if not GLOBAL.exists():
        pytest.skip("the folder with the global LOLA grid is not beside the repository")
    with rasterio.open(GLOBAL) as file:
        heights_m, transform = file.read(1), file.transform
    terrain = polar_terrain(pole).far
    rng = np.random.default_rng(6)
    row = ((transform.f + terrain.pole_sign * rng.uniform(71.0, 85.0, 3000)) / -transform.e).astype(int)
    column = rng.integers(0, heights_m.shape[1], 3000)
    lat_deg = transform.f + (row + 0.5) * transform.e
    lon_deg = transform.c + (column + 0.5) * transform.a
    miss_m = heights_m[row, column] - terrain.height_m(lat_deg, lon_deg)
    assert abs(np.median(miss_m)) < 10.0
    # Relief within a 7.6 km cell leaves some 75 m; a raster turned or mirrored leaves over 1000.
    assert np.std(miss_m) < 150.0
    assert np.std(heights_m[row, column] - terrain.height_m(lat_deg, -lon_deg)) > 1000.0
