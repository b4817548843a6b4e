"""The sky of a lunar place: what any lunar resident would notice, and what is refused."""

import time

import numpy as np
import pytest

from malapert.errors import CoverageError, InputError
from malapert.sky.apparent import moon_site_view
from malapert.sky.time import tdb_s

YEAR = tdb_s("2027-01-01T00:00:00Z") + 3600.0 * np.arange(365 * 24)


def test_the_sun_stays_within_1_6_degrees_of_the_polar_horizon() -> None:
    # The Moon's equator is tilted 1.54 deg to the ecliptic (Cassini); physical libration adds 0.04.
    elevation = moon_site_view("sun", -90.0, 0.0, 0.0, YEAR).elevation_deg
    assert 1.49 < elevation.max() < 1.6 and -1.6 < elevation.min() < -1.49


def test_the_earth_bobs_about_the_horizon_at_the_pole() -> None:
    view = moon_site_view("earth", -90.0, 0.0, 0.0, YEAR)
    # Libration in latitude 6.9 deg at most, parallax of a lunar radius 0.27 deg.
    assert 6.0 < view.elevation_deg.max() < 7.2 and -7.2 < view.elevation_deg.min() < -6.0
    # It stands near the zero meridian: to the north by this longitude's convention.
    assert (np.abs((view.azimuth_deg + 180) % 360 - 180) < 8.3).all()
    assert (view.angular_radius_deg > 0.89).all() and (view.angular_radius_deg < 1.03).all()


def test_the_sun_crosses_the_equatorial_sky_westward_in_29_5_days() -> None:
    view = moon_site_view("sun", 0.0, 0.0, 0.0, YEAR)
    rising = np.flatnonzero((view.elevation_deg[:-1] < 0) & (view.elevation_deg[1:] >= 0))
    assert np.diff(rising).mean() / 24 == pytest.approx(29.53, abs=0.15)
    assert (np.abs(view.azimuth_deg[rising] - 90) < 2).all()
    assert view.angular_radius_deg.mean() == pytest.approx(0.2666, abs=0.002)


def test_aberration_moves_the_sun_by_20_arcsec() -> None:
    moved = moon_site_view("sun", 0.0, 0.0, 0.0, YEAR).elevation_deg
    still = moon_site_view("sun", 0.0, 0.0, 0.0, YEAR, aberration=False).elevation_deg
    # 29.8 +- 0.5 km/s of the Earth and 1 km/s of the Moon about it, over c.
    assert 20.0 < np.abs(moved - still).max() * 3600 < 21.8


def test_height_lowers_no_centre_but_brings_the_earth_closer() -> None:
    low, high = (moon_site_view("earth", 0.0, 0.0, height, YEAR).distance_km for height in (0.0, 5000.0))
    # 5 km of ground, and the Earth's 30 km/s during the 17 us that light takes for it.
    assert (low - high > 4.9).all() and (low - high < 5.0 * (1 + 1.1e-4)).all()


def test_shapes_and_scalars() -> None:
    view = moon_site_view("sun", -85.0, 30.0, 0.0, YEAR[:6].reshape(2, 3))
    assert all(value.shape == (2, 3) for value in view)
    assert np.ndim(moon_site_view("sun", -85.0, 30.0, 0.0, float(YEAR[0])).elevation_deg) == 0


def test_what_cannot_be_looked_at_is_refused() -> None:
    for target in ("moon", "ssb", "pluto"):
        with pytest.raises(InputError, match="use one of sun"):
            moon_site_view(target, 0.0, 0.0, 0.0, YEAR)
    with pytest.raises(CoverageError):
        moon_site_view("sun", 0.0, 0.0, 0.0, tdb_s("2060-01-02T00:00:00Z"))


def test_100_000_epochs_take_less_than_half_a_second() -> None:
    t = np.linspace(YEAR[0], YEAR[0] + 3.6e8, 100_000)
    moon_site_view("sun", -89.45, 222.7, 1955.0, t[:2])
    begin = time.process_time()
    moon_site_view("sun", -89.45, 222.7, 1955.0, t)
    assert time.process_time() - begin < 0.5
