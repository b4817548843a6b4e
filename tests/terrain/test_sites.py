"""The site search: ten places, not ten neighbours, each with the figures of its own series."""

import numpy as np
import pytest

from malapert.errors import CoverageError, InputError
from malapert.terrain import Grid, Terrain, polar_terrain, site_horizon, site_light, sites, summarise_light
from malapert.terrain.sites import cells_within, distance_km, find_sites, snap_to_crest

START, END = "2024-01-01T00:00:00Z", "2024-07-01T00:00:00Z"


@pytest.fixture(scope="module")
def south():
    return polar_terrain("south")


@pytest.fixture(scope="module")
def malapert(south):
    heard = []
    found = find_sites(south, -86.0, 2.7, 15.0, START, END, mast_m=2.0, count=5, told=heard.append)
    assert heard == sorted(heard) and heard[-1] == pytest.approx(1.0)
    return found


def test_the_best_place_of_the_massif_is_its_summit(malapert):
    best = malapert.sites[0]
    assert (best.lat_deg, best.lon_deg) == (pytest.approx(-86.014, abs=0.001), pytest.approx(2.654, abs=0.001))
    assert best.height_m == pytest.approx(5107.0, abs=0.5)
    assert best.from_centre_km == pytest.approx(0.42, abs=0.02)
    assert [site.rank for site in malapert.sites] == [1, 2, 3, 4, 5]
    light = [round(site.disk_mean, 2) for site in malapert.sites]
    assert light == sorted(light, reverse=True)


def test_a_site_carries_the_figures_of_its_own_series(south, malapert):
    site = malapert.sites[1]
    horizon = site_horizon(site.lat_deg, site.lon_deg, 2.0, terrain=south)
    summary = summarise_light(site_light(horizon, START, END))
    assert site.disk_mean == summary.disk_mean and site.longest_dark_d == summary.longest_dark_d
    assert site.worst_lunar_day_mean == summary.worst_lunar_day_mean and site.earth_view == summary.earth_view
    assert site.slope_deg == pytest.approx(south.slope_deg(site.lat_deg, site.lon_deg), abs=1e-4)
    # The search's folded light found it first: map and point horizons differ, see test_maps.
    assert np.nanmin(np.abs(malapert.light.values - site.disk_mean)) < 0.01


def test_places_are_apart_and_coarse_heights_say_so(south, malapert):
    for k, site in enumerate(malapert.sites):
        far = [distance_km(south.far, site.lat_deg, site.lon_deg, o.lat_deg, o.lon_deg) for o in malapert.sites[:k]]
        assert all(km >= malapert.apart_km for km in far)
        assert site.from_centre_km <= 15.0 and site.shadow_km > 0.0
        assert any("1600 m heights alone" in text for text in site.warnings)
    assert malapert.apart_km == pytest.approx(4.0)
    assert any("1600 m heights alone" in text for text in malapert.warnings)


def test_steep_places_can_be_left_out(south, malapert):
    gentle = find_sites(south, -86.0, 2.7, 15.0, START, END, mast_m=2.0, count=5, max_slope_deg=5.0)
    assert all(site.slope_deg <= 5.0 for site in gentle.sites)
    assert any(site.slope_deg > 5.0 for site in malapert.sites)
    with pytest.raises(CoverageError, match="the flattest has"):
        find_sites(south, -86.0, 2.7, 3.0, START, END, max_slope_deg=0.01)


def test_a_rounded_coordinate_finds_its_crest(south):
    crest = snap_to_crest(south, -86.0, 2.7)
    assert crest.height_m == pytest.approx(5107.0) and crest.moved_km == pytest.approx(0.424, abs=0.01)
    assert crest.rise_m == pytest.approx(5107.0 - float(south.height_m(-86.0, 2.7)))
    again = snap_to_crest(south, crest.lat_deg, crest.lon_deg)
    assert again.moved_km == pytest.approx(0.0, abs=1e-6) and again.rise_m == pytest.approx(0.0, abs=1e-3)


def test_a_circle_holds_the_cells_within_it(south):
    cells = cells_within(south.far, -85.0, 200.0, 20.0)
    far = distance_km(south.far, -85.0, 200.0, *cells.lat_lon_deg)
    assert far.max() <= 20.0
    # Area of the circle over that of a cell, within the cells its rim cuts.
    assert cells.size == pytest.approx(np.pi * 20.0**2 / 1.6**2, rel=0.03)
    with pytest.raises(CoverageError, match="widen the circle"):
        cells_within(south.far, -85.0, 200.01, 0.01)


def ridge():
    """A 100 m raster with a narrow ridge and one peak on it, inside a plain of 4 km cells."""
    size, pixel_m = 240, 100.0
    half_m = 0.5 * size * pixel_m
    at = (np.arange(size) + 0.5) * pixel_m - half_m
    y, x = np.meshgrid(-at, at, indexing="ij")
    heights_m = 300.0 * np.exp(-(((x - 2000.0) / 250.0) ** 2))
    heights_m += 200.0 * np.exp(-(((x - 2050.0) ** 2 + (y - 3050.0) ** 2) / 300.0**2))
    near = Grid("south", heights_m, pixel_m, -half_m, half_m, 1737400.0, "ridge")
    return Terrain((near, Grid("south", np.zeros((400, 400)), 4000.0, -8e5, 8e5, 1737400.0, "plain")))


def test_a_large_circle_is_averaged_first_and_finds_the_same_best_place(monkeypatch):
    terrain = ridge()
    span = ("2024-01-01T00:00:00Z", "2024-04-01T00:00:00Z")
    whole = find_sites(terrain, -89.9, 30.0, 5.0, *span, mast_m=0.0, count=2)
    monkeypatch.setattr(sites, "LARGEST_SEARCH", 1000)
    rough = find_sites(terrain, -89.9, 30.0, 5.0, *span, mast_m=0.0, count=2)
    assert rough.light.pixel_m == pytest.approx(300.0) and whole.light.pixel_m == 100.0
    assert (rough.sites[0].lat_deg, rough.sites[0].lon_deg) == (whole.sites[0].lat_deg, whole.sites[0].lon_deg)
    x, y = terrain.grids[0].xy_m(whole.sites[0].lat_deg, whole.sites[0].lon_deg)
    assert (float(x), float(y)) == (pytest.approx(2050.0, abs=60.0), pytest.approx(3050.0, abs=60.0))
    assert not any("heights alone" in text for text in (*whole.sites[0].warnings, *whole.warnings))
    outside = find_sites(terrain, -89.8, 30.0, 12.0, *span, mast_m=0.0, count=1)
    assert any("keeps to ridge" in text for text in outside.warnings)


def test_a_search_for_nothing_is_refused(south):
    with pytest.raises(InputError, match="count >= 1"):
        find_sites(south, -86.0, 2.7, 10.0, START, END, count=0)
