"""Occultation, disks and station elevation against geometry done by hand."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from malapert.errors import InputError
from malapert.sky import contacts, frames
from malapert.sky.apparent import aberrated, azimuth_elevation_deg
from malapert.sky.ephemeris import position_km

ORIGIN = np.zeros(3)
UNITS = st.tuples(*[st.floats(-1, 1)] * 3).filter(lambda v: np.linalg.norm(v) > 0.1)


def test_a_sphere_hides_what_is_behind_it_and_nothing_else() -> None:
    observer = np.array([10.0, 0.0, 0.0])
    targets = np.array([[-10.0, 0, 0], [5.0, 0, 0], [-10.0, 2.4, 0], [-10.0, 1.9, 0], [20.0, 0, 0], [0.0, 0.5, 0]])
    # From (10, 0) to (-10, y) the line passes the centre at 10 y / hypot(20, y): y = 2.01 grazes radius 1.
    expected = [True, False, False, True, False, True]
    np.testing.assert_array_equal(contacts.occulted_by_sphere(observer, targets, ORIGIN, 1.0), expected)


@settings(deadline=None)
@given(UNITS, UNITS, st.floats(1.01, 50), st.floats(1.01, 50))
def test_occultation_is_mutual_and_matches_the_marched_line(
    a: tuple[float, ...], b: tuple[float, ...], ra: float, rb: float
) -> None:
    p, q = ra * np.array(a) / np.linalg.norm(a), rb * np.array(b) / np.linalg.norm(b)
    if np.linalg.norm(p - q) < 1e-9:
        return
    hidden = bool(contacts.occulted_by_sphere(p, q, ORIGIN, 1.0))
    assert hidden == bool(contacts.occulted_by_sphere(q, p, ORIGIN, 1.0))
    closest = np.linalg.norm(p + np.linspace(0, 1, 20001)[:, None] * (q - p), axis=1).min()
    # A line within 0.005 of grazing may fall on either side of the marched one.
    if abs(closest - 1.0) > 0.005:
        assert hidden == (closest < 1.0)


def test_an_observer_on_the_ground_sees_above_the_horizontal_only() -> None:
    site = frames.site_position_km(-89.45, 222.7, 0.0)
    axes = frames.enu(-89.45, 222.7)
    for elevation_deg, hidden in ((1e-6, False), (5.0, False), (-1e-3, True), (-40.0, True)):
        direction = np.array([0.0, np.cos(np.radians(elevation_deg)), np.sin(np.radians(elevation_deg))])
        target = site + 1.5e8 * direction @ axes
        assert bool(contacts.occulted_by_sphere(site, target, ORIGIN, 1737.4)) is hidden


def test_no_line_is_an_error() -> None:
    with pytest.raises(InputError, match="same place"):
        contacts.occulted_by_sphere(np.ones(3), np.ones(3), ORIGIN, 1.0)


def test_disks_cover_as_counted_on_a_grid() -> None:
    x, y = np.meshgrid(np.linspace(-1, 1, 2001), np.linspace(-1, 1, 2001))
    source = np.hypot(x, y) < 1
    for separation in (0.0, 0.3, 0.9, 1.2, 1.7, 2.5):
        for cover in (0.4, 1.0, 1.5):
            covered = np.hypot(x - separation, y)[source] < cover
            found = contacts.eclipsed_fraction(separation, 1.0, cover)
            # 2001 x 2001 cells count the area of a disk to 1e-3.
            assert found == pytest.approx(covered.mean(), abs=1e-3), (separation, cover)


@settings(deadline=None)
@given(st.floats(0, 3), st.floats(0.01, 2), st.floats(0.01, 2))
def test_covered_part_is_a_fraction_and_shrinks_with_separation(d: float, a: float, b: float) -> None:
    near, far = contacts.eclipsed_fraction(np.array([d, d + 0.05]), a, b)
    assert 0.0 <= far <= near + 1e-9 <= 1.0 + 1e-9


def test_the_moon_crosses_the_earths_shadow_when_almanacs_say() -> None:
    # Total lunar eclipse of 2025-03-14, greatest at 06:58:43 UT, U2 06:26:06, U3 07:31:26 (NASA/GSFC, Espenak): from
    # the middle of the near side the Earth covers the whole Sun at greatest eclipse and none of it a day before.
    from malapert.sky.time import tdb_s

    for text, expected in (("2025-03-14T06:58:43Z", 1.0), ("2025-03-13T06:58:43Z", 0.0)):
        t = tdb_s(text)
        sun, earth = position_km("sun", "moon", t), position_km("earth", "moon", t)
        hidden = contacts.eclipsed_fraction(
            contacts.angular_separation_rad(sun, earth),
            np.arcsin(695700 / np.linalg.norm(sun)),
            np.arcsin(6378.1366 / np.linalg.norm(earth)),
        )
        assert hidden == expected


def test_stations_see_a_target_overhead_at_90_degrees() -> None:
    t = np.linspace(0.0, 1e8, 50)
    station = frames.earth_site_position_km(-35.4, 148.98, 680.0)
    up = frames.enu(-35.4, 148.98)[2]
    to_icrf = np.swapaxes(frames.icrf_to_itrf(t), -1, -2)
    for distance_km, expected_deg in ((384400.0, 90.0), (-384400.0, -90.0)):
        target = to_icrf @ (station + distance_km * up)
        elevation = contacts.ground_station_elevation_deg(-35.4, 148.98, 680.0, target, t)
        np.testing.assert_allclose(elevation, expected_deg, atol=1e-5)


def test_three_stations_a_third_of_the_globe_apart_always_see_the_moon() -> None:
    t = 3600.0 * np.arange(24 * 365)
    moon = position_km("moon", "earth", t)
    elevation = [contacts.ground_station_elevation_deg(0.0, lon, 0.0, moon, t) for lon in (0, 120, 240)]
    # Equator, declination to 28.7 deg: cos(60) cos(28.7) = 0.44, 26 deg, less a degree of parallax.
    assert 24.5 < np.max(elevation, axis=0).min() < 27.5


@settings(deadline=None)
@given(st.floats(0, 359.999), st.floats(-89, 89))
def test_azimuth_and_elevation_come_back(azimuth: float, elevation: float) -> None:
    az, el = np.radians(azimuth), np.radians(elevation)
    vector = 7.0 * np.array([np.cos(el) * np.sin(az), np.cos(el) * np.cos(az), np.sin(el)])
    found = azimuth_elevation_deg(vector)
    assert abs((found[0] - azimuth + 180) % 360 - 180) < 1e-9 and found[1] == pytest.approx(elevation, abs=1e-9)
    assert 0.0 <= found[0] < 360.0


def test_aberration_is_20_arcsec_towards_the_velocity() -> None:
    # The constant of aberration: 29.7859 km/s across the line of sight moves it by 20.4937 arcsec.
    seen = aberrated(np.array([0.0, 1e8, 0.0]), np.array([29.7859, 0.0, 0.0]))
    assert np.degrees(np.arctan2(seen[0], seen[1])) * 3600 == pytest.approx(20.4937, abs=2e-3)
    assert np.linalg.norm(seen) == pytest.approx(1e8, rel=1e-14)


def _low_orbit(t: np.ndarray) -> np.ndarray:
    angle = 2.0 * np.pi * np.asarray(t)[:, None] / 7066.0
    return 1837.4 * (np.cos(angle) * np.array([0.0, -0.4, 0.917]) + np.sin(angle) * np.array([1.0, 0.0, 0.0]))


SITE = contacts.LunarSite(-89.45, 222.7, 1954.96, 2.0, lambda azimuth: 1.5 * np.cos(np.radians(azimuth)))
KASHI = contacts.GroundStation(38.42, 76.71, 1300.0, 10.0)
CRAFT = contacts.Orbiter(_low_orbit)
FAR = contacts.Orbiter(lambda t: 20.0 * _low_orbit(np.asarray(t) / 30.0))
ENDS = {"site": SITE, "kashi": KASHI, "craft": CRAFT, "far": FAR}
DAY = 8.5e8 + np.arange(0.0, 86400.0, 300.0)


@pytest.mark.parametrize("pair", [("site", "craft"), ("site", "kashi"), ("craft", "kashi"), ("craft", "far")])
def test_contacts_are_mutual_but_for_the_light_time(pair: tuple[str, str]) -> None:
    a, b = (ENDS[name] for name in pair)
    t = DAY if "craft" in pair else DAY[0] + 30.0 * (DAY - DAY[0])
    there, back = contacts.contacts(a, b, t), contacts.contacts(b, a, t)
    assert there.spans_tdb_s.shape == back.spans_tdb_s.shape and len(there.spans_tdb_s)
    inner = slice(1, -1)
    # Each way's epoch is its reception's: an end sets or rises for both within the light's way of 1.3 s.
    assert np.abs(there.spans_tdb_s[inner] - back.spans_tdb_s[inner]).max(initial=0.0) < 3.0
    np.testing.assert_allclose(there.range_km, back.range_km, atol=5.0)


def test_ends_of_contacts_are_located_where_a_fine_grid_has_them() -> None:
    found = contacts.contacts(SITE, CRAFT, DAY)
    fine = np.arange(DAY[0], DAY[0] + 20000.0, 1.0)
    seen = contacts.contacts(SITE, CRAFT, fine).seen
    edges = fine[np.flatnonzero(seen[1:] != seen[:-1])] + 0.5
    ends = found.spans_tdb_s.ravel()
    ends = ends[(ends > fine[0]) & (ends < fine[-1])]
    np.testing.assert_allclose(ends, edges, atol=0.6)
    inside = np.any((DAY[:, None] > found.spans_tdb_s[:, 0]) & (DAY[:, None] < found.spans_tdb_s[:, 1]), axis=1)
    np.testing.assert_array_equal(found.seen, inside)


def test_contact_of_site_and_station_agrees_with_the_separate_pieces() -> None:
    t = 8.5e8 + 3600.0 * np.arange(24.0 * 60)
    found = contacts.contacts(contacts.LunarSite(-86.0, 2.65, 5000.0, 1.0), KASHI, t)
    site = position_km("moon", "earth", t) + np.einsum(
        "nji,j->ni", frames.icrf_to_moon_me(t), frames.site_position_km(-86.0, 2.65, 5000.0)
    )
    at_station = contacts.ground_station_elevation_deg(38.42, 76.71, 1300.0, site, t)
    station = site - np.einsum("nji,j->ni", frames.icrf_to_itrf(t), frames.earth_site_position_km(38.42, 76.71, 1300.0))
    up = np.einsum("nij,nj->ni", frames.enu(-86.0, 2.65) @ frames.icrf_to_moon_me(t), -station)
    at_site = azimuth_elevation_deg(up)[1]
    np.testing.assert_allclose(found.range_km, np.linalg.norm(station, axis=1), atol=2.0)
    # Left out there: light time, 0.006 deg of the Earth's turning.
    sure = (np.abs(at_station - 10.0) > 0.01) & (np.abs(at_site - 1.0) > 0.001)
    np.testing.assert_array_equal(found.seen[sure], ((at_station > 10.0) & (at_site > 1.0))[sure])


def test_the_moon_hides_a_craft_behind_it_and_the_earth_a_craft_beyond() -> None:
    t = 8.5e8 + np.arange(0.0, 3600.0, 600.0)

    def along(factor: float) -> contacts.Orbiter:
        return contacts.Orbiter(lambda at: factor * position_km("earth", "moon", at))

    near, behind, beyond = along(0.1), along(-0.1), along(1.5)
    assert not contacts.contacts(near, behind, t).seen.any()
    assert not contacts.contacts(near, beyond, t).seen.any()
    assert contacts.contacts(near, along(0.5), t).seen.all()
    # Straight through the Earth's middle to a station there: its own ground decides, not the sphere.
    assert contacts.contacts(near, contacts.GroundStation(0.0, 0.0, 0.0, -90.0), t).seen.all()


def test_two_places_see_each_other_over_the_sphere_by_their_heights() -> None:
    # Horizons of heights h: sqrt(2 R h) km each, 83.4 for 2 km: together 166.8 km, 5.5 deg of the Moon.
    t = 8.5e8 + np.array([0.0, 600.0])
    for apart_deg, seen in ((5.4, True), (5.6, False)):
        a, b = contacts.LunarSite(0.0, 0.0, 2000.0), contacts.LunarSite(0.0, apart_deg, 2000.0)
        assert contacts.contacts(a, b, t).seen.all() == seen
        assert contacts.contacts(a, b, t).seen.any() == seen


def test_at_the_end_of_a_contact_the_apparent_elevation_is_the_mask() -> None:
    """The long way: from the Solar System's barycentre, light time iterated and stellar aberration applied."""
    offset = np.array([0.0, 3000.0, 4000.0])
    t = 8.5e8 + np.arange(0.0, 5 * 86400.0, 1800.0)
    craft = contacts.Orbiter(lambda at: np.broadcast_to(offset, (np.size(at), 3)))
    ends = contacts.contacts(craft, KASHI, t).spans_tdb_s.ravel()
    ends = ends[(ends > t[0]) & (ends < t[-1])]
    assert ends.size >= 8
    fixed = frames.earth_site_position_km(KASHI.lat_deg, KASHI.lon_deg, KASHI.height_m)

    def station(at: np.ndarray) -> np.ndarray:
        return position_km("earth", "ssb", at) + np.einsum("nji,j->ni", frames.icrf_to_itrf(at), fixed)

    observer, left = station(ends), ends
    for _ in range(4):
        line = position_km("moon", "ssb", left) + offset - observer
        left = ends - np.linalg.norm(line, axis=1) / 299792.458
    seen = aberrated(line, (station(ends + 5.0) - station(ends - 5.0)) / 10.0)
    enu = np.einsum("nij,nj->ni", frames.enu(KASHI.lat_deg, KASHI.lon_deg) @ frames.icrf_to_itrf(ends), seen)
    # Taking places from the Earth-Moon barycentre leaves 0.7 arcsec, 0.0002 deg: 0.05 s of the sky's turning. The
    # station's own 0.3 km/s aberrates by 0.2 arcsec more.
    np.testing.assert_allclose(azimuth_elevation_deg(enu)[1], KASHI.mask_deg, atol=3e-4)
