"""Eclipses for a place and an orbiter, by geometry done by hand."""

import numpy as np
import pytest

from malapert.sky.contacts import LunarSite, Orbiter, eclipsed_fraction
from malapert.sky.eclipses import eclipses, lunar_eclipses, sun_in_view
from malapert.sky.ephemeris import position_km
from malapert.sky.time import tdb_s, utc

RADIUS_KM, PERIOD_S = 1837.4, 2.0 * np.pi * np.sqrt(1837.4**3 / 4902.800118)
START = tdb_s("2027-05-01T00:00:00Z")


def circle(t: np.ndarray) -> np.ndarray:
    """A circular orbit whose plane holds the Sun at START."""
    sun = position_km("sun", "moon", START)
    x = sun / np.linalg.norm(sun)
    y = np.cross(np.cross(x, [0.0, 0.0, 1.0]), x)
    angle = 2.0 * np.pi * (np.asarray(t) - START)[:, None] / PERIOD_S
    return RADIUS_KM * (np.cos(angle) * x + np.sin(angle) * y / np.linalg.norm(y))


def test_a_low_orbit_lies_in_the_moons_shadow_for_as_long_as_the_cone_is_wide() -> None:
    found = eclipses(Orbiter(circle), START + np.arange(0.0, 5.0 * PERIOD_S, 300.0), "moon")
    assert len(found) == 5
    sun_rad = np.arcsin(695700.0 / np.linalg.norm(position_km("sun", "moon", START)))
    half = np.arcsin(1737.4 / RADIUS_KM)
    for one in found:
        assert one.umbra_start_utc is not None and one.umbra_end_utc is not None and one.covered == 1.0
        lengths = [
            (last - first) / np.timedelta64(1, "ms") / 1e3
            for first, last in (
                (one.penumbra_start_utc, one.penumbra_end_utc),
                (one.umbra_start_utc, one.umbra_end_utc),
            )
        ]
        # The Sun moves on by 0.004 deg in a revolution and stands 5e-6 rad nearer than from the Moon's centre.
        for seconds, edge in zip(lengths, (half + sun_rad, half - sun_rad), strict=True):
            assert seconds == pytest.approx(edge / np.pi * PERIOD_S, abs=0.5)


def test_an_orbit_beside_the_shadow_has_no_eclipse() -> None:
    def face_on(t: np.ndarray) -> np.ndarray:
        sun = position_km("sun", "moon", START)
        x = np.cross(sun, [0.0, 0.0, 1.0])
        y = np.cross(sun, x)
        angle = 2.0 * np.pi * (np.asarray(t) - START)[:, None] / PERIOD_S
        return 2500.0 * (np.cos(angle) * x / np.linalg.norm(x) + np.sin(angle) * y / np.linalg.norm(y))

    assert eclipses(Orbiter(face_on), START + np.arange(0.0, 5 * PERIOD_S, 300.0), "moon") == ()


def test_a_site_meets_the_shadow_earlier_where_the_moon_comes_in_first() -> None:
    # The Moon moves east among the stars, and the limb that leads is Procellarum's, in west longitude.
    t = np.arange(tdb_s("2029-06-25T12:00:00Z"), tdb_s("2029-06-26T18:00:00Z"), 1800.0)
    starts = [eclipses(LunarSite(0.0, lon), t)[0].penumbra_start_utc for lon in (-80.0, 0.0, 80.0)]
    assert starts[0] < starts[1] < starts[2]
    whole = lunar_eclipses(t[0], t[-1])[0]
    # Every place comes in after the Moon's first touch and the whole disk's width, 3474 km at 1 km/s, spreads them.
    assert utc(whole.penumbral_tdb_s[0]) < starts[0]
    assert 2400 < (starts[2] - starts[0]) / np.timedelta64(1, "s") < 3600


def test_the_fraction_at_maximum_is_that_of_the_disks_then_and_a_span_may_cut_it() -> None:
    day = tdb_s("2027-02-20T12:00:00Z") + np.arange(0.0, 86400.0, 1800.0)
    (one,) = eclipses(None, day)
    assert 0.3 < one.covered < 0.45 and one.umbra_start_utc is None and not one.cut
    until = tdb_s(one.maximum_utc)
    (half,) = eclipses(None, np.linspace(day[0], until, 40))
    assert half.cut and half.covered == pytest.approx(one.covered, abs=1e-6)
    sun, earth = position_km("sun", "moon", until), position_km("earth", "moon", until)
    apart = np.arccos(sun @ earth / np.linalg.norm(sun) / np.linalg.norm(earth))
    plain = eclipsed_fraction(
        apart, np.arcsin(695700 / np.linalg.norm(sun)), np.arcsin(6378.1366 / np.linalg.norm(earth))
    )
    # Without light time the Earth stands 20 arcsec away, across the path at the least distance: second order.
    assert plain == pytest.approx(one.covered, abs=0.02)


def test_a_span_may_begin_and_end_within_the_umbra() -> None:
    full = eclipses(None, np.arange(tdb_s("2029-06-25T12:00:00Z"), tdb_s("2029-06-26T18:00:00Z"), 1800.0))[0]
    assert full.umbra_start_utc is not None and full.umbra_end_utc is not None
    first, last = (tdb_s(epoch) for epoch in (full.umbra_start_utc, full.umbra_end_utc))
    (inside,) = eclipses(None, np.linspace(first + 600.0, last - 600.0, 9))
    assert inside.cut and inside.covered == 1.0
    assert inside.umbra_start_utc == inside.penumbra_start_utc and inside.umbra_end_utc == inside.penumbra_end_utc
    (begun,) = eclipses(None, np.linspace(first + 600.0, last + 7200.0, 9))
    assert abs((begun.umbra_end_utc - full.umbra_end_utc) / np.timedelta64(1, "ms")) <= 2


def test_the_sun_in_view_is_none_in_the_umbra_and_all_outside_the_penumbra() -> None:
    t = START + np.arange(0.0, 3.0 * PERIOD_S, 20.0)
    seen = sun_in_view(Orbiter(circle), t)
    for one in eclipses(Orbiter(circle), t, "moon"):
        assert one.umbra_start_utc is not None and one.umbra_end_utc is not None
        inside = (t > tdb_s(one.umbra_start_utc) + 1.0) & (t < tdb_s(one.umbra_end_utc) - 1.0)
        assert inside.any() and (seen[inside] == 0.0).all()
    # A cylinder's shadow: half the angle its radius takes up, twice.
    half = np.arcsin(1737.4 / RADIUS_KM) / np.pi
    assert 1.0 - seen.mean() == pytest.approx(half, abs=0.01)
    assert ((seen == 0.0) | (seen == 1.0)).mean() > 0.98
