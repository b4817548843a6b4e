"""Horizons on shapes with known answers, on mirrored ground, and against a dense march on the real raster."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from malapert.errors import CoverageError, InputError
from malapert.terrain import Grid, Terrain, horizon_deg, near_horizon, near_only, polar_terrain, site_horizon
from malapert.terrain.rays import march_deg, step_table_m, up_east_north

R_M = 1737400.0
AROUND = np.arange(0.0, 360.0, 0.5)


def square(heights_m, pole="south", pixel_m=1600.0):
    half = heights_m.shape[0] * pixel_m / 2
    return Terrain((Grid(pole, heights_m, pixel_m, -half, half, R_M, "made heights"),))


def cell_centres(cells, pixel_m=1600.0):
    axis = (np.arange(cells) + 0.5 - cells / 2) * pixel_m
    x, y = np.meshgrid(axis, axis[::-1])
    return x, y


@pytest.mark.parametrize(("pole", "lat"), [("south", -89.2), ("south", -90.0), ("north", 88.7)])
@pytest.mark.parametrize("eye_m", [2.0, 100.0, 2000.0])
def test_flat_sphere_shows_the_dip(pole, lat, eye_m):
    terrain = square(np.zeros((500, 500)), pole)
    dip_deg = -np.degrees(np.arccos(R_M / (R_M + eye_m)))
    # The samples miss the tangent point by half a step at most: second order, under 1 % of the dip.
    assert horizon_deg(terrain, lat, 77.0, None, eye_m, AROUND) == pytest.approx(dip_deg, rel=0.01)


def wall_deg(distance_m, height_m, eye_m):
    """Elevation of a point height_m above the sphere at an arc of distance_m, from eye_m above it."""
    c = distance_m / R_M
    return np.degrees(np.arctan(((R_M + height_m) * np.cos(c) - R_M - eye_m) / ((R_M + height_m) * np.sin(c))))


def test_a_ring_wall_around_the_pole_stands_at_its_analytic_height():
    # Cells of 200 m: the 5 km wall 79 km away reaches its top within two of them. With the Earth's radius it would
    # stand at 3.3 deg, on a plane at 3.6.
    x, y = cell_centres(900, 200.0)
    arc_m = 2.0 * R_M * np.arctan(np.hypot(x, y) / (2.0 * R_M))
    terrain = square(np.where(np.abs(arc_m - 80e3) < 1000.0, 5000.0, 0.0), pixel_m=200.0)
    got = horizon_deg(terrain, -90.0, 0.0, None, 0.0, AROUND, 88.0)
    assert wall_deg(79.4e3, 5000.0, 0.0) < got.min()
    assert got.max() < wall_deg(78.8e3, 5000.0, 0.0)
    assert np.ptp(got) < 0.03


@pytest.mark.parametrize(
    ("pole", "lat", "lon"), [("south", -89.0, 40.0), ("north", 88.0, 200.0), ("south", -88.0, 0.0)]
)
def test_a_peak_stands_in_its_true_direction(pole, lat, lon):
    # Direction by the spherical law (Snyder 1987 eq. 5-4b), not by anything the march uses.
    x, y = cell_centres(300)
    terrain = square(np.zeros((300, 300)), pole)
    peak_lat, peak_lon = (float(v) for v in terrain.far.lat_lon_deg(x[90, 190], y[90, 190]))
    heights = np.zeros((300, 300))
    heights[90, 190] = 6000.0
    p1, p2, dl = np.radians([lat, peak_lat, peak_lon - lon])
    azimuth = np.degrees(
        np.arctan2(np.cos(p2) * np.sin(dl), np.cos(p1) * np.sin(p2) - np.sin(p1) * np.cos(p2) * np.cos(dl))
    )
    distance_m = R_M * np.arccos(np.sin(p1) * np.sin(p2) + np.cos(p1) * np.cos(p2) * np.cos(dl))
    fine = np.arange(0.0, 360.0, 0.02)
    got = horizon_deg(square(heights, pole), lat, lon, 0.0, 2.0, fine, 175.0)
    assert (fine[got.argmax()] - azimuth + 180.0) % 360.0 - 180.0 == pytest.approx(0.0, abs=0.2)
    # A quarter of a cell is 0.2 deg at this distance; forgetting how meridians converge costs whole degrees.
    # Samples every 400 m miss the tip by 200 m at most: askew, (1 - 141 / 1600)^2 = 0.83 of a bilinear peak is left.
    assert wall_deg(distance_m, 0.83 * 6000.0, 2.0) < got.max() <= wall_deg(distance_m, 6000.0, 2.0) + 1e-6


def test_mirrored_ground_mirrors_the_horizon():
    terrain = polar_terrain("south")
    mirrored = Terrain((replace(terrain.far, heights_m=terrain.far.heights_m[:, ::-1]),))
    azimuths = np.arange(0.0, 360.0, 7.3)
    here = horizon_deg(terrain, -88.3, 35.0, None, 2.0, azimuths)
    there = horizon_deg(mirrored, -88.3, -35.0, None, 2.0, -azimuths)
    assert here == pytest.approx(there, abs=1e-9)
    assert np.ptp(here) > 1.0


def test_north_and_south_rasters_are_each_others_mirror():
    # Seen from outside, the same cells around the other pole turn east into west.
    south = polar_terrain("south")
    north = Terrain((replace(south.far, pole="north", heights_m=south.far.heights_m[::-1]),))
    azimuths = np.arange(0.0, 360.0, 11.1)
    here = horizon_deg(south, -87.6, 110.0, None, 2.0, azimuths)
    there = horizon_deg(north, 87.6, 110.0, None, 2.0, 180.0 - azimuths)
    assert here == pytest.approx(there, abs=1e-9)


@given(turn=st.integers(-3, 3), azimuth=st.floats(0.0, 360.0))
@settings(max_examples=30)
def test_a_full_turn_changes_nothing(turn, azimuth):
    terrain = polar_terrain("south")
    one, other = horizon_deg(terrain, -88.3, 35.0, None, 2.0, [azimuth, azimuth + 360.0 * turn])
    assert one == pytest.approx(other, abs=1e-6)
    horizon = near_only(near_horizon("connecting_ridge"))
    assert horizon.at(azimuth) == pytest.approx(horizon.at(azimuth + 360.0 * turn), abs=1e-9)


def test_horizon_interpolates_across_north():
    horizon = near_only(near_horizon("connecting_ridge"))
    assert horizon.at(359.75) == pytest.approx((horizon.elevation_deg[-1] + horizon.elevation_deg[0]) / 2.0)
    assert horizon.at(horizon.azimuth_deg) == pytest.approx(horizon.elevation_deg)


def test_growing_steps_against_a_dense_march_on_the_real_raster(dense_march_deg):
    # 20 m samples to 300 km; asked for is a median of 0.02 deg, a fifth of that is held, and no direction by 0.25 deg.
    terrain = polar_terrain("south")
    rng = np.random.default_rng(20)
    azimuths = np.arange(0.0, 360.0, 5.0)
    misses = []
    for lat, lon in zip(-90.0 + rng.uniform(0.0, 9.0, 8), rng.uniform(0.0, 360.0, 8), strict=True):
        dense = dense_march_deg(terrain, lat, lon, 2.0, azimuths)
        misses.append(dense - horizon_deg(terrain, lat, lon, None, 2.0, azimuths))
    miss = np.abs(np.concatenate(misses))
    assert np.median(miss) < 0.004
    assert np.quantile(miss, 0.99) < 0.1
    assert miss.max() < 0.25


def test_stopping_a_ray_early_loses_nothing():
    terrain = polar_terrain("south")
    eye_m = R_M + float(terrain.height_m(-88.3, 35.0)) + 2.0
    ground = (*terrain.packed, 0, terrain.radius_m, 1.0, up_east_north(-88.3, 35.0), eye_m)
    arcs = step_table_m(terrain, -88.3, 35.0, 0.0, 300e3) / R_M
    with_stop = march_deg(*ground, R_M + terrain.max_height_m, np.radians(AROUND), arcs)
    without = march_deg(*ground, R_M + 1e6, np.radians(AROUND), arcs)
    assert np.array_equal(with_stop, without)


def smooth_hills_m(grid_left_m, grid_top_m, pixel_m, cells):
    x = grid_left_m + (np.arange(cells) + 0.5) * pixel_m
    y = grid_top_m - (np.arange(cells) + 0.5) * pixel_m
    x, y = np.meshgrid(x, y)
    return 800.0 * np.sin(x / 9000.0) * np.cos(y / 7000.0) + 200.0 * np.sin(x / 2500.0 + y / 3100.0)


def test_nested_grids_agree_with_one_fine_grid():
    # 100 m cells inside 400 m cells, both of one smooth ground: what is left is the coarse cells' own curvature.
    fine = Grid("south", smooth_hills_m(-100e3, 100e3, 100.0, 2000), 100.0, -100e3, 100e3, R_M, "all fine")
    inner = Grid("south", smooth_hills_m(-30e3, 30e3, 100.0, 600), 100.0, -30e3, 30e3, R_M, "fine inside")
    outer = Grid("south", smooth_hills_m(-100e3, 100e3, 400.0, 500), 400.0, -100e3, 100e3, R_M, "coarse outside")
    nested = Terrain((outer, inner))
    assert [grid.name for grid in nested.grids] == ["fine inside", "coarse outside"]
    for lat, lon in ((-89.9, 30.0), (-89.3, 200.0)):
        one = horizon_deg(Terrain((fine,)), lat, lon, None, 2.0, AROUND, 70.0)
        two = horizon_deg(nested, lat, lon, None, 2.0, AROUND, 70.0)
        assert np.median(np.abs(one - two)) < 0.01
        assert np.abs(one - two).max() < 0.3
    # A point beyond the inner raster stands on the outer one.
    assert nested.pixel_m_at(-87.6, 10.0) == 400.0
    assert nested.height_m([-89.9, -87.6], 10.0) == pytest.approx(
        [float(inner.height_m(-89.9, 10.0)), float(outer.height_m(-87.6, 10.0))]
    )


def test_a_misfit_where_rasters_meet_is_no_wall():
    # The inner raster lies 40 m below the outer one: seen from beside the seam that is no cliff 20 m away.
    outer = Grid("south", np.full((200, 200), 40.0), 1600.0, -160e3, 160e3, R_M, "outer")
    inner = Grid("south", np.zeros((300, 300)), 100.0, -15e3, 15e3, R_M, "inner")
    terrain = Terrain((inner, outer))
    lat, lon = (float(v) for v in inner.cell_lat_lon_deg(150, 299))
    seen = horizon_deg(terrain, lat, lon, None, 2.0, AROUND, 100.0)
    assert seen.max() < np.degrees(np.arctan(38.0 / 1600.0)) + 0.01


def test_rasters_of_two_poles_are_not_one_terrain():
    north = replace(polar_terrain("north").far, name="my raster")
    with pytest.raises(InputError, match=r"the south polar heights \(south pole.*my raster \(north pole"):
        Terrain((polar_terrain("south").far, north))


def test_far_and_near_rings_make_the_whole():
    terrain = polar_terrain("south")
    whole = horizon_deg(terrain, -88.3, 35.0, None, 2.0, AROUND, 300.0)
    near = horizon_deg(terrain, -88.3, 35.0, None, 2.0, AROUND, 100.0)
    far = horizon_deg(terrain, -88.3, 35.0, None, 2.0, AROUND, 300.0, 100.0)
    # Both marches sample every 400 m out there, out of step with each other by less than one sample.
    assert np.maximum(near, far) == pytest.approx(whole, abs=0.05)
    assert np.all(far <= whole + 0.05)


def test_a_higher_mast_sees_no_less():
    terrain = polar_terrain("south")
    heights = [horizon_deg(terrain, -86.014, 2.65, None, mast, AROUND) for mast in (0.0, 2.0, 20.0, 200.0)]
    assert all(np.all(high <= low) for low, high in pairwise(heights))


def test_a_ray_off_the_raster_and_an_eye_under_the_ground_are_refused():
    terrain = polar_terrain("south")
    with pytest.raises(CoverageError, match=r"leave the south polar heights, which end 148 km away"):
        horizon_deg(terrain, -75.0, 0.0, None, 2.0, AROUND)
    with pytest.raises(InputError, match="under the ground of the terrain"):
        horizon_deg(terrain, -89.45, 222.7, 1000.0, 2.0, AROUND)
    with pytest.raises(InputError, match="from_km < range_km"):
        horizon_deg(terrain, -89.45, 222.7, None, 2.0, AROUND, 100.0, 100.0)
    with pytest.raises(InputError, match="mast_m"):
        horizon_deg(terrain, -89.45, 222.7, None, float("nan"), AROUND)


def test_site_horizon_says_what_it_cannot_do():
    crest = site_horizon(-89.45, 222.7)
    assert any("crest" in text and "43-59 %" in text for text in crest.warnings)
    floor = site_horizon(-88.1, 44.9)
    assert len(floor.warnings) == 1 and "crest" not in floor.warnings[0]
    lifted = site_horizon(-89.45, 222.7, ground_height_m=1954.96)
    assert any("surveyed height 105 m above" in text for text in lifted.warnings)
    assert any("94.7 %" in text for text in lifted.warnings)
    far = site_horizon(-75.0, 10.0)
    assert far.range_km == pytest.approx(147.7, abs=1.0)
    assert any("short of 300 km" in text for text in far.warnings)
    with pytest.raises(CoverageError, match=r"only 3\.\d km of ground"):
        site_horizon(-70.24, 10.0)


def test_near_file_is_raised_by_the_far_field_and_never_lowered():
    near = near_horizon("connecting_ridge")
    merged = site_horizon(-89.45, 222.7, near=near)
    far = horizon_deg(polar_terrain("south"), -89.45, 222.7, 1954.96, 2.0, near.azimuth_deg, 300.0, 63.5)
    assert np.array_equal(merged.elevation_deg, np.maximum(near.elevation_deg, far))
    assert (merged.elevation_deg > near.elevation_deg).any()
    assert merged.warnings == ()
    assert "Apache-2.0" in merged.source and "1600 m" in merged.source


def test_another_mast_or_another_point_does_not_pass_in_silence():
    near = near_horizon("connecting_ridge")
    (text,) = site_horizon(-89.45, 222.7, mast_m=10.0, near=near).warnings
    assert "8.0 m higher" in text and "too low" in text and "0.46 deg" in text
    (text,) = site_horizon(-89.45, 222.7, mast_m=0.0, near=near).warnings
    assert "2.0 m lower" in text and "too high" in text
    with pytest.raises(InputError, match=r"belongs to -89\.45 deg, 222\.7 deg, 1516 m from"):
        site_horizon(-89.5, 222.7, near=near)
