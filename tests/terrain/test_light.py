"""Disks over a horizon, the light series and its summary."""

import numpy as np
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st

from malapert.errors import CoverageError, InputError
from malapert.sky.contacts import eclipsed_fraction
from malapert.terrain import (
    Horizon,
    daily_light,
    disk_fraction,
    near_horizon,
    near_only,
    site_horizon,
    site_light,
    sky_paths,
    summarise_light,
)
from malapert.terrain.light import separation_deg
from malapert.terrain.summary import LUNAR_DAY_D, longest_run

ELEVATION = st.floats(-5.0, 5.0)
RADIUS = st.floats(0.2, 1.1)


@given(ELEVATION, RADIUS, st.floats(-3.0, 7.0))
def test_a_disk_shows_all_nothing_or_part(elevation, radius, horizon):
    shown = float(disk_fraction(elevation, radius, horizon))
    if elevation >= horizon + radius:
        assert shown == 1.0
    elif elevation <= horizon - radius:
        assert shown == 0.0
    else:
        assert 0.0 <= shown <= 1.0


@given(ELEVATION, RADIUS, st.floats(0.0, 1.0))
def test_a_disk_never_shrinks_as_it_rises_and_halves_are_each_others_rest(elevation, radius, rise):
    assert disk_fraction(elevation + rise, radius, 0.0) >= disk_fraction(elevation, radius, 0.0) - 1e-12
    assert disk_fraction(elevation, radius, 0.0) + disk_fraction(-elevation, radius, 0.0) == pytest.approx(1.0)


def test_disk_fraction_counts_the_area_of_the_segment():
    # Independent: strips of the disk above the line, summed.
    edges = np.linspace(-1.0, 1.0, 400_001)
    strips = (edges[:-1] + edges[1:]) / 2.0
    widths = 2.0 * np.sqrt(1.0 - strips**2) * (edges[1] - edges[0]) / np.pi
    for x in (-0.9, -0.3, 0.0, 0.123, 0.7):
        assert disk_fraction(x * 0.27, 0.27, 0.0) == pytest.approx(widths[strips > -x].sum(), abs=1e-5)


@given(st.floats(0.0, 3.0), RADIUS, RADIUS)
def test_eclipsed_fraction_limits_and_symmetry(apart, radius, cover):
    hidden = float(eclipsed_fraction(apart, radius, cover))
    assert 0.0 <= hidden <= 1.0
    assert hidden * radius**2 == pytest.approx(float(eclipsed_fraction(apart, cover, radius)) * cover**2, abs=1e-7)
    if apart >= radius + cover:
        assert hidden == 0.0
    if apart + radius <= cover:
        assert hidden == pytest.approx(1.0, abs=1e-7)


def test_a_straight_edge_is_the_limit_of_a_great_cover():
    # A cover of 2000 radii is a level line: the two formulas must meet.
    for x in (-0.6, 0.0, 0.4):
        hidden = eclipsed_fraction(2000.0 + x, 1.0, 2000.0)
        assert hidden == pytest.approx(1.0 - disk_fraction(x, 1.0, 0.0), abs=2e-4)


def test_separation_of_known_directions():
    assert separation_deg(np.array([10.0]), np.array([0.0]), np.array([100.0]), np.array([0.0])) == pytest.approx(90.0)
    assert separation_deg(np.array([0.0]), np.array([80.0]), np.array([180.0]), np.array([80.0])) == pytest.approx(20.0)


def level(elevation_deg, lat_deg=-90.0):
    azimuth = np.arange(0.0, 360.0, 1.0)
    return Horizon(lat_deg, 0.0, 0.0, 2.0, azimuth, np.full(360, elevation_deg), 300.0, "level", ("a", "b"))


def test_a_pole_with_a_level_horizon_has_a_summer_and_a_winter():
    light = site_light(level(0.0), "2027-01-01T00:00:00Z", "2028-01-01T00:00:00Z", 21600.0)
    summary = summarise_light(light)
    assert light.sizes["time"] == 365 * 4
    assert all("units" in variable.attrs for variable in light.data_vars.values())
    # The Sun's centre moves within 1.543 deg of the lunar equator; a draconic year is 346.6 d.
    assert np.abs(light["sun_elevation_deg"]).max() == pytest.approx(1.55, abs=0.05)
    assert 0.4 < summary.disk_mean < 0.6
    assert 150.0 < summary.longest_dark_d < 180.0
    assert 0.4 < summary.earth_view < 0.6
    # The Earth's latitude swings once in a draconic month of 27.2 d.
    assert 12.0 < summary.longest_earth_gap_d < 15.0
    assert summary.worst_lunar_day_mean == 0.0
    assert summary.warnings == ("a", "b")


def test_nothing_shows_behind_a_high_wall_and_everything_over_a_deep_one():
    buried = summarise_light(site_light(level(10.0), "2027-01-01T00:00:00Z", "2027-03-01T00:00:00Z"))
    assert (buried.disk_mean, buried.any_part, buried.earth_view) == (0.0, 0.0, 0.0)
    assert buried.longest_dark_d == pytest.approx(59.0) and buried.longest_dark.open
    free = summarise_light(site_light(level(-10.0), "2027-01-01T00:00:00Z", "2027-03-01T00:00:00Z"))
    assert (free.disk_mean, free.any_part, free.earth_view) == (1.0, 1.0, 1.0)
    assert free.longest_dark_d == 0.0 and free.longest_dark.start_utc is None
    assert free.worst_lunar_day_mean == 1.0


def test_a_higher_horizon_never_gives_more_light():
    horizon = near_only(near_horizon("connecting_ridge"))
    light = site_light(horizon, "2027-06-01T00:00:00Z", "2027-08-01T00:00:00Z")
    shown = light["sun_fraction"].to_numpy()
    x = light["sun_elevation_deg"].to_numpy() - light["sun_horizon_deg"].to_numpy()
    assert np.all(shown[x > 0.28] == 1.0) and np.all(shown[x < -0.28] == 0.0)
    assert light["sun_horizon_deg"].to_numpy() == pytest.approx(horizon.at(light["sun_azimuth_deg"].to_numpy()))


def test_blocks_do_not_show_in_a_long_series():
    horizon = level(0.3, -88.0)
    long = site_light(horizon, "2030-01-01T00:00:00Z", "2036-01-01T00:00:00Z")
    part = site_light(horizon, "2035-09-10T00:00:00Z", "2035-09-20T00:00:00Z")
    assert long.sizes["time"] > 50_000
    xr.testing.assert_allclose(long.sel(time=part["time"]), part, rtol=0.0, atol=1e-9)


def test_spans_that_cannot_be_are_refused():
    horizon = level(0.0)
    with pytest.raises(InputError, match="an end after its start"):
        site_light(horizon, "2027-01-02T00:00:00Z", "2027-01-01T00:00:00Z")
    with pytest.raises(InputError, match="step of one second or more, got nan"):
        site_light(horizon, "2027-01-01T00:00:00Z", "2027-01-02T00:00:00Z", float("nan"))
    with pytest.raises(InputError, match="longer step"):
        site_light(horizon, "1970-01-01T00:00:00Z", "2050-01-01T00:00:00Z", 1.0)
    with pytest.raises(CoverageError, match="2060"):
        site_light(horizon, "2059-12-01T00:00:00Z", "2060-02-01T00:00:00Z")


def test_longest_run():
    assert longest_run(np.array([False, True, True, False, True, True, True])) == (4, 3)
    assert longest_run(np.array([True, True, False, True, True])) == (0, 2)
    assert longest_run(np.zeros(5, dtype=bool)) == (0, 0)
    assert longest_run(np.ones(5, dtype=bool)) == (0, 5)


@given(st.lists(st.booleans(), min_size=1, max_size=60))
def test_longest_run_by_counting(mask):
    best = max((len(run) for run in "".join("x" if m else " " for m in mask).split()), default=0)
    start, length = longest_run(np.array(mask))
    assert length == best
    assert all(mask[start : start + length])


def made_series(fraction, step_s=3600.0):
    time = np.datetime64("2030-01-01T06", "ms") + np.arange(fraction.size) * np.timedelta64(int(step_s), "s")
    zero = np.zeros(fraction.size)
    columns = {"sun_fraction": fraction, "sun_eclipsed_fraction": zero, "earth_visible": zero}
    return xr.Dataset(
        {name: ("time", values) for name, values in columns.items()}
        | {"earth_centre_visible": ("time", np.zeros(fraction.size, dtype=bool))},
        coords={"time": time},
        attrs={"step_s": step_s, "warnings": ""},
    )


def test_summary_of_a_made_series():
    fraction = np.ones(24 * 100)
    fraction[240:265] = 0.0
    fraction[1000:1010] = 0.0
    summary = summarise_light(made_series(fraction))
    assert summary.disk_mean == pytest.approx(1.0 - 35 / 2400)
    assert summary.longest_dark_d == pytest.approx(25 / 24)
    assert summary.longest_dark.start_utc == np.datetime64("2030-01-11T06:00")
    assert summary.longest_dark.end_utc == np.datetime64("2030-01-12T07:00")
    assert not summary.longest_dark.open
    window = round(LUNAR_DAY_D * 24)
    assert summary.worst_lunar_day_mean == pytest.approx(1.0 - 25 / window)
    assert summary.end_utc == np.datetime64("2030-04-11T06:00")
    assert summarise_light(made_series(np.ones(100))).worst_lunar_day_mean is None


def test_daily_means_keep_the_sum():
    fraction = np.random.default_rng(3).random(24 * 9 + 5)
    days = daily_light(made_series(fraction))
    assert days["steps"].to_numpy().tolist() == [18] + [24] * 8 + [11]
    assert float((days["sun_fraction"] * days["steps"]).sum()) == pytest.approx(fraction.sum())
    assert days["day"].to_numpy()[0] == np.datetime64("2030-01-01")


def test_sky_paths_bound_the_tracks():
    horizon = site_horizon(-86.014, 2.65)
    light = site_light(horizon, "2030-01-01T00:00:00Z", "2031-01-01T00:00:00Z")
    paths = sky_paths(light, horizon, np.datetime64("2030-06-01"))
    assert paths.track_utc[0] == np.datetime64("2030-06-01") and paths.track_utc.size == 709
    assert paths.horizon_deg == pytest.approx(horizon.at(paths.azimuth_deg))
    place = np.floor(paths.sun_track_azimuth_deg).astype(int)
    assert np.all(paths.sun_track_elevation_deg <= paths.sun_highest_deg[place])
    assert np.all(paths.sun_track_elevation_deg >= paths.sun_lowest_deg[place])
    assert np.isfinite(paths.sun_lowest_deg).all()
    assert 0 < np.isfinite(paths.earth_lowest_deg).sum() < 60
    with pytest.raises(InputError, match="no step from 2040"):
        sky_paths(light, horizon, np.datetime64("2040-01-01"))
