"""Landings dispersed by what their lander declares: covariance against descents flown at random, slopes of a raster."""

from types import SimpleNamespace

import numpy as np
import pytest

from malapert import constants
from malapert.flight import Elements, Errors, Lander, Site, descend, disperse, lunar_state
from malapert.programme import load
from malapert.run.touchdown import Touchdown, steep_part, touchdown
from malapert.sky.time import tdb_s

SITE = Site(-89.45, 222.7, 1900.0)
EPOCH = tdb_s("2030-03-04T00:00:00Z")


@pytest.fixture(scope="module")
def landing():
    orbit = lunar_state(Elements(1837.4, 0.0, 90.0, 30.0, 0.0, 0.0), EPOCH, constants.GM_MOON_KM3_S2)
    return descend(orbit, EPOCH, SITE, Lander(4000.0, 8000.0, 315.0))


def test_the_covariance_is_that_of_descents_flown_at_random(landing):
    craft = load("hello").spacecraft["cargo_lander_27t"]
    found = touchdown(craft, landing)
    at_random = Errors(
        along_m=craft.navigation_m, across_m=craft.navigation_m,
        along_m_s=craft.navigation_m_s, across_m_s=craft.navigation_m_s,
    )  # fmt: skip
    flown = disperse(landing, at_random, 300, seed=4).flown
    # 300 draws know a standard deviation to 4 %: three of those; the few that crash without an altimeter are left out.
    assert 3.0 * np.array(found.sigmas_m()) == pytest.approx([flown.long_m, flown.short_m], rel=0.15)
    assert np.array(found.covariance).reshape(3, 3) == pytest.approx(found.root @ found.root.T)
    spread = found.root[2] @ found.root[2]
    mass = landing.states[-1, 6]
    assert np.sqrt(spread) == pytest.approx(flown.propellant_kg / mass * 315.0 * 9.80665, rel=0.15)


def test_a_lander_without_errors_comes_down_at_its_site(landing):
    craft = load("hello").spacecraft["cargo_lander_27t"]
    assert touchdown(craft.model_copy(update={"navigation_m": 0.0, "navigation_m_s": 0.0}), landing) is None


def test_slopes_are_looked_up_where_it_comes_down():
    spread = Touchdown((0.0, 0.0, 0.0), (1e4, 0.0, 0.0, 0.0, 2.5e3, 0.0, 0.0, 0.0, 0.0))
    asked = []

    def slope_deg(lat_deg, lon_deg):
        asked.append((lat_deg, lon_deg))
        return 20.0 if lat_deg > SITE.lat_deg else 5.0

    half = SimpleNamespace(slope_deg=slope_deg)
    assert steep_part(spread, SITE, half, 15.0) == pytest.approx(0.5, abs=0.05)
    assert steep_part(spread, SITE, half, 25.0) == 0.0 and steep_part(spread, SITE, half, 4.0) == 1.0
    lat, lon = np.radians(np.array(asked[:1000])).T
    radius_m = 1000.0 * constants.RADIUS_MOON_KM
    north_m, east_m = (
        (lat - np.radians(SITE.lat_deg)) * radius_m,
        (lon - np.radians(SITE.lon_deg)) * np.cos(lat) * radius_m,
    )
    assert np.std(north_m) == pytest.approx(50.0, rel=0.1) and np.std(east_m) == pytest.approx(100.0, rel=0.1)
