"""Folded light against the hour-by-hour series over the same skylines, and what the table itself must keep."""

import numpy as np
import pytest

from malapert.errors import CoverageError, InputError
from malapert.terrain import Horizon, site_light
from malapert.terrain.light_table import ephemeris_span_utc, light_table, mean_light, never_lit

START, END = "2024-01-01T00:00:00Z", "2026-01-01T00:00:00Z"
PLACES = [(89.9, 0.0), (89.0, 130.0), (86.0, 2.5), (84.0, 200.0), (80.0, 301.0), (75.0, 77.0)]


@pytest.fixture(scope="module")
def tables():
    return {
        (body, pole): light_table(body, pole, START, END) for body in ("sun", "earth") for pole in ("south", "north")
    }


def made_skyline(seed, spread_deg, azimuths=360):
    """A rough periodic skyline (azimuths,), float32 as maps give it."""
    rng = np.random.default_rng(seed)
    turn = np.radians(np.arange(azimuths) * 360.0 / azimuths)
    waves = [rng.normal() / k**0.7 * np.cos(k * turn + rng.uniform(0.0, 6.3)) for k in range(1, 60)]
    skyline = np.sum(waves, axis=0)
    return (spread_deg * skyline / skyline.std()).astype(np.float32)


def site(pole, lat_deg, lon_deg, skyline):
    """The same skyline for `site_light`, from map bearings to azimuths (the places above keep to its bearings)."""
    bearing = np.arange(skyline.size) * 360.0 / skyline.size
    azimuth = (bearing - lon_deg if pole == "south" else bearing + lon_deg) % 360.0
    order = np.argsort(azimuth)
    lat_deg = -lat_deg if pole == "south" else lat_deg
    return Horizon(lat_deg, lon_deg, 0.0, 0.0, azimuth[order], skyline[order].astype(float), 300.0, "made", ())


@pytest.mark.parametrize("pole", ["south", "north"])
@pytest.mark.parametrize("place", range(len(PLACES)))
def test_the_folded_span_agrees_with_the_hourly_series(tables, pole, place):
    lat, lon = PLACES[place]
    for spread_deg in (0.5, 1.5, 4.0):
        skyline = made_skyline(10 * place + int(2 * spread_deg), spread_deg)
        horizon = site(pole, lat, lon, skyline)
        series = site_light(horizon, START, END)
        disk, part = mean_light(tables["sun", pole], horizon.lat_deg, lon, skyline)
        # Found: 0.0002. What differs is the straight line between two bearings, drawn on the sky or on the sphere.
        assert disk[0] == pytest.approx(float(series["sun_fraction"].mean()), abs=0.0005)
        # Found: 0.0008. Fewer hours are in it, those of the limb, and the radius is the span's mean off the pole.
        assert part[0] == pytest.approx(float((series["sun_fraction"] > 0.0).mean()), abs=0.0015)
        # Found: 0.0013. The Earth crosses a skyline only some hundred times in two years, each drawn to 0.25 deg.
        _, view = mean_light(tables["earth", pole], horizon.lat_deg, lon, skyline)
        assert view[0] == pytest.approx(float(series["earth_centre_visible"].mean()), abs=0.003)
        disk, _ = mean_light(tables["earth", pole], horizon.lat_deg, lon, skyline)
        assert disk[0] == pytest.approx(float(series["earth_visible"].mean()), abs=0.003)


@pytest.mark.parametrize("pole", ["south", "north"])
def test_never_lit_is_where_a_dense_series_stays_dark(pole):
    # Skylines raised until the last light goes. Between steps of 5 min the Sun walks 0.042 deg past a notch whose
    # sides fall by up to a degree in a degree: the series sees the last light up to 0.02 deg too late.
    start, end = "2024-01-01T00:00:00Z", "2025-01-01T00:00:00Z"
    table = light_table("sun", pole, start, end)
    for place, (lat, lon) in enumerate(PLACES[::2]):
        skyline = made_skyline(place, 1.0)
        horizon = site(pole, lat, lon, skyline)
        series = site_light(horizon, start, end, 300.0)
        lit_below_deg = float((series["sun_elevation_deg"] - series["sun_horizon_deg"]).max()) + 0.2666
        raised = skyline + np.array([[lit_below_deg - 0.03], [lit_below_deg + 0.03]])
        dark = never_lit(table, np.full(2, horizon.lat_deg), np.full(2, lon), raised)
        assert dark.tolist() == [False, True]


@pytest.mark.parametrize("pole", ["south", "north"])
def test_a_level_skyline_far_below_shows_all_and_far_above_nothing(tables, pole):
    lat = -86.0 if pole == "south" else 86.0
    for body in ("sun", "earth"):
        table = tables[body, pole]
        for elevation_deg, share in ((-40.0, 1.0), (40.0, 0.0)):
            disk, part = mean_light(table, lat, 33.3, np.full(360, elevation_deg))
            # The rows' shares of time are met again at the bearings' own spacing, not the rows': 1e-4.
            assert (disk[0], part[0]) == (pytest.approx(share, abs=3e-4), pytest.approx(share, abs=3e-4))
            assert never_lit(table, lat, 33.3, np.full(360, elevation_deg))[0] == (share == 0.0)


def test_higher_ground_never_shows_more(tables):
    skylines = made_skyline(4, 1.5) + np.linspace(-3.0, 3.0, 61)[:, None]
    for table in (tables["sun", "south"], tables["earth", "south"]):
        for shown in mean_light(table, np.full(61, -87.0), np.full(61, 10.0), skylines):
            assert np.all(np.diff(shown) <= 1e-9) and shown[0] > shown[-1] + 0.2


def test_bearings_agree_whatever_their_number(tables):
    coarse = made_skyline(6, 1.0, 360)
    fine = np.interp(np.arange(720) * 0.5, np.arange(361), np.append(coarse, coarse[0]))
    for table in (tables["sun", "south"], tables["earth", "south"]):
        once, twice = (mean_light(table, -85.0, 15.0, skyline) for skyline in (coarse, fine))
        # A line straight between bearings 1 deg apart bends by 0.002 deg over the sphere here.
        assert np.ravel(once) == pytest.approx(np.ravel(twice), abs=5e-4)


def test_the_table_keeps_its_time(tables):
    for (body, _), table in tables.items():
        assert table.density.sum() == pytest.approx(1.0)
        assert table.start_utc == np.datetime64("2024-01-01") and table.end_utc == np.datetime64("2026-01-01")
        assert table.words == f"{body}, 2024-01-01 to 2026-01-01 UTC every 1 h"
    # 1737.4 km over the mean distances of the Earth and the Sun; the limb of the Sun at its highest latitude.
    assert tables["earth", "south"].parallax_rad == pytest.approx(0.00452, rel=0.01)
    assert tables["sun", "south"].parallax_rad == pytest.approx(1.161e-5, rel=0.01)
    assert tables["sun", "north"].highest_deg.max() == pytest.approx(1.54 + 0.267, abs=0.05)


def test_the_whole_ephemeris_holds_every_cycle():
    first, last = ephemeris_span_utc()
    assert (last - first) / np.timedelta64(1, "D") > 5 * 18.61 * 365.25
    century = light_table("sun", "south", first, last, 3.0 * 3600.0)
    two_years = light_table("sun", "south", START, END)
    assert np.all(century.highest_deg >= two_years.highest_deg - 0.003)


def test_what_cannot_be_folded_is_refused(tables):
    with pytest.raises(InputError, match="use 'sun' or 'earth'"):
        light_table("mars", "south", START, END)
    with pytest.raises(InputError, match="an end after its start"):
        light_table("sun", "south", END, START)
    with pytest.raises(CoverageError, match="2060"):
        light_table("sun", "south", "2059-01-01", "2061-01-01")
    with pytest.raises(InputError, match="do not match"):
        mean_light(tables["sun", "south"], [-89.0, -88.0], [0.0, 0.0], np.zeros(360))
    with pytest.raises(InputError, match="other hemisphere"):
        never_lit(tables["sun", "south"], 89.0, 0.0, np.zeros(360))
