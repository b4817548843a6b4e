"""The ground under a landing: clearance and slope over real heights, and paths that meet a ridge."""

from dataclasses import replace

import numpy as np
import pytest

from malapert.errors import CoverageError, InputError
from malapert.flight import Elements, Lander, Site, descend, lunar_state
from malapert.flight.clearance import between, ground_below
from malapert.flight.descent import crossrange_deg
from malapert.sky.time import tdb_s
from malapert.terrain.grid import Grid
from malapert.terrain.heights import Terrain, polar_terrain

GM = 4902.79996708864
EPOCH = tdb_s("2030-03-04T00:00:00Z")
LANDER = Lander(4000.0, 8000.0, 315.0)


def orbit_over(site):
    def orbit(node):
        return lunar_state(Elements(1837.4, 0.0, 90.0, node, 0.0, 0.0), EPOCH, GM)

    return orbit(
        min(np.arange(0.0, 180.0, 1.0), key=lambda node: abs(crossrange_deg(orbit(node), EPOCH + 5000.0, site)))
    )


@pytest.fixture(scope="module")
def ridge():
    terrain = polar_terrain("south")
    lat, lon = -89.45, 222.7
    return Site(lat, lon, float(terrain.height_m(lat, lon)))


@pytest.fixture(scope="module")
def landing(ridge):
    return descend(orbit_over(ridge), EPOCH, ridge, LANDER, terrain=polar_terrain("south"))


def test_the_ground_under_a_real_landing(landing, ridge):
    ground = landing.ground
    assert ground is not None and ground.least_clearance_m > 0.0
    assert ground.least_clearance_m == pytest.approx(np.min((ground.path_m - ground.ground_m)[ground.range_km > 0.05]))
    assert ground.slope_deg == polar_terrain("south").slope_deg(ridge.lat_deg, ridge.lon_deg)
    assert ground.site_gap_m == pytest.approx(0.0, abs=1e-6)
    assert ground.known_km > 300.0
    # The path ends on the ground, and the series reads the same ground.
    assert ground.path_m[-1] - ground.ground_m[-1] == pytest.approx(0.0, abs=1.5)
    assert "1600 m" in ground.words


def wall(height_m, site, landing, range_km):
    """The pack's ground with a wall raised across the path at a range."""
    far = polar_terrain("south").far
    k = int(np.argmin(np.abs(landing.ground.range_km - range_km)))
    times, places = between(landing.epochs_tdb_s, landing.states)
    from malapert.sky.frames import icrf_to_moon_me

    at = len(times) - len(landing.ground.range_km) + k
    fixed = np.asarray(icrf_to_moon_me(float(times[at]))) @ places[at]
    lat = np.degrees(np.arcsin(fixed[2] / np.linalg.norm(fixed)))
    row, column = far.row_column(lat, np.degrees(np.arctan2(fixed[1], fixed[0])))
    heights = far.heights_m.copy()
    i, j = int(np.rint(row)), int(np.rint(column))
    heights[i - 1 : i + 2, j - 1 : j + 2] += height_m
    return Terrain((replace(far, heights_m=heights),))


def test_a_wall_in_the_way_is_met_and_a_lower_one_is_not(landing, ridge):
    k = int(np.argmin(np.abs(landing.ground.range_km - 30.0)))
    room = float((landing.ground.path_m - landing.ground.ground_m)[k])
    below = ground_below(landing.epochs_tdb_s, landing.states, ridge, wall(0.5 * room, ridge, landing, 30.0))
    assert below.least_clearance_m > 0.0
    with pytest.raises(InputError, match=r"over the ground .* km before the site"):
        ground_below(landing.epochs_tdb_s, landing.states, ridge, wall(room + 300.0, ridge, landing, 30.0))


def test_stricter_limits_refuse(landing, ridge):
    south = polar_terrain("south")
    least = landing.ground.least_clearance_m
    with pytest.raises(InputError, match="wanted"):
        ground_below(landing.epochs_tdb_s, landing.states, ridge, south, least_m=least + 1.0)
    with pytest.raises(InputError, match="slopes"):
        ground_below(landing.epochs_tdb_s, landing.states, ridge, south, most_slope_deg=0.5 * landing.ground.slope_deg)


def test_a_site_off_the_heights_is_refused(landing, ridge):
    with pytest.raises(CoverageError):
        ground_below(landing.epochs_tdb_s, landing.states, ridge, polar_terrain("north"))


def test_a_small_raster_judges_only_what_it_holds(landing, ridge):
    heights = np.full((41, 41), ridge.height_m, dtype=np.float32)
    south = polar_terrain("south").far
    x, y = (float(one) for one in south.xy_m(ridge.lat_deg, ridge.lon_deg))
    small = Terrain((Grid("south", heights, 100.0, x - 2050.0, y + 2050.0, south.radius_m, "a flat pad"),))
    ground = ground_below(landing.epochs_tdb_s, landing.states, ridge, small)
    assert ground.known_km < 3.5 and ground.slope_deg == pytest.approx(0.0, abs=1e-6)


def test_cubics_between_states_follow_a_circle():
    t = np.arange(0.0, 100.0, 10.0)
    w = 9e-4
    r = 1837.4 * np.stack([np.cos(w * t), np.sin(w * t), 0.0 * t], axis=1)
    v = 1837.4 * w * np.stack([-np.sin(w * t), np.cos(w * t), 0.0 * t], axis=1)
    times, places = between(t, np.hstack([r, v]))
    assert len(times) == 181
    assert np.linalg.norm(places, axis=1) == pytest.approx(np.full(181, 1837.4), abs=1e-5)
