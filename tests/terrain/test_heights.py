"""The raster's geometry: projection both ways, bilinear heights, slopes, and where it ends."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from malapert.errors import CoverageError, InputError
from malapert.terrain import Grid, polar_terrain


def flat(pole="south", height_m=0.0, cells=200, pixel_m=1600.0):
    half = cells * pixel_m / 2
    return Grid(pole, np.full((cells, cells), height_m), pixel_m, -half, half, 1737400.0, "made heights")


@pytest.mark.parametrize("pole", ["south", "north"])
@given(polar_distance=st.floats(1e-4, 19.0), lon=st.floats(0.0, 359.999))
def test_projection_there_and_back(pole, polar_distance, lon):
    terrain = polar_terrain(pole).far
    lat = terrain.pole_sign * (polar_distance - 90.0)
    back_lat, back_lon = terrain.lat_lon_deg(*terrain.xy_m(lat, lon))
    assert back_lat == pytest.approx(lat, abs=1e-10)
    turn = (back_lon - lon + 180.0) % 360.0 - 180.0
    assert turn * polar_distance == pytest.approx(0.0, abs=1e-8)


def test_projection_follows_the_published_formula():
    # Snyder 1987 eq. 21-33 on the LOLA sphere at 86 S, 30 E: rho = 2 R tan(2 deg).
    rho = 2 * 1737400.0 * np.tan(np.radians(2.0))
    assert polar_terrain("south").far.xy_m(-86.0, 30.0) == pytest.approx((rho * 0.5, rho * np.sqrt(0.75)))
    assert polar_terrain("north").far.xy_m(86.0, 30.0) == pytest.approx((rho * 0.5, -rho * np.sqrt(0.75)))


@pytest.mark.parametrize("pole", ["south", "north"])
def test_bilinear_is_exact_on_a_plane_and_at_cell_centres(pole):
    rows, columns = np.mgrid[0:60, 0:80].astype(float)
    terrain = Grid(pole, 3.0 * rows - 2.0 * columns + 7.0, 1000.0, -40000.0, 30000.0, 1737400.0, "made heights")
    x, y = np.array([-1234.0, 20500.0, 0.0]), np.array([777.0, -8500.0, 12345.0])
    lat, lon = terrain.lat_lon_deg(x, y)
    row, column = (30000.0 - y) / 1000.0 - 0.5, (x + 40000.0) / 1000.0 - 0.5
    assert terrain.height_m(lat, lon) == pytest.approx(3.0 * row - 2.0 * column + 7.0, abs=1e-6)


@pytest.mark.parametrize("pole", ["south", "north"])
def test_slope_of_a_plane(pole):
    _, columns = np.mgrid[0:60, 0:60].astype(float)
    terrain = Grid(pole, 100.0 * columns, 1000.0, -30000.0, 30000.0, 1737400.0, "made heights")
    lat, lon = terrain.lat_lon_deg(500.0, 500.0)
    assert terrain.slope_deg(float(lat), float(lon)) == pytest.approx(np.degrees(np.arctan(0.1)), rel=1e-6)


def test_slope_uses_ground_distance_away_from_the_pole():
    # At 70.5 S the map is 1 + tan^2(9.75 deg) times longer than the ground, so slopes are steeper by that.
    _, columns = np.mgrid[0:760, 0:760].astype(float)
    terrain = Grid("south", 10.0 * columns, 1600.0, -608000.0, 608000.0, 1737400.0, "made heights")
    lat, lon = terrain.lat_lon_deg(0.0, 597200.0)
    scale = 1.0 + np.tan(np.radians((90.0 + float(lat)) / 2.0)) ** 2
    assert scale > 1.029
    assert np.tan(np.radians(terrain.slope_deg(float(lat), float(lon)))) == pytest.approx(10.0 * scale / 1600.0)


def test_a_site_off_the_raster_is_told_where_the_raster_ends():
    terrain = polar_terrain("south")
    assert terrain.far.reach_lat_deg() == pytest.approx(-70.12, abs=0.01)
    with pytest.raises(CoverageError, match=r"reach latitude -70\.12 deg.*-60\.0000 deg, 20\.0000 deg.*choose"):
        terrain.height_m(-60.0, 20.0)
    with pytest.raises(CoverageError, match="the raster of the other pole"):
        terrain.height_m(89.0, 0.0)
    with pytest.raises(CoverageError):
        terrain.height_m(float("nan"), 0.0)
    with pytest.raises(CoverageError, match="edge"):
        flat(cells=4).slope_deg(*(float(v) for v in flat(cells=4).lat_lon_deg(2300.0, 2300.0)))


def test_nonsense_rasters_are_refused():
    with pytest.raises(InputError, match="pole"):
        Grid("east", np.zeros((4, 4)), 1.0, -2.0, 2.0, 1737400.0, "made heights")
    with pytest.raises(InputError, match="shape"):
        Grid("south", np.zeros(4), 1.0, -2.0, 2.0, 1737400.0, "made heights")
    with pytest.raises(InputError, match="NaN"):
        Grid("south", np.full((4, 4), np.nan), 1.0, -2.0, 2.0, 1737400.0, "made heights")
