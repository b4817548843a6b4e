"""Frames: rotations are rotations, places are where geometry puts them, interpolation keeps its promise."""

import time

import erfa
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from malapert import data
from malapert.errors import CoverageError, InputError
from malapert.sky import earth_rotation, frames
from malapert.sky.time import orientation_days, tai_s, tdb_s, tt_s, ut1_s

FIRST, LAST = data.ephemeris().span_tdb_s
EPOCHS = np.linspace(FIRST, LAST, 200)
LATITUDES, LONGITUDES = st.floats(-90, 90), st.floats(-360, 360)


@pytest.mark.parametrize("name", ["icrf_to_moon_pa", "icrf_to_moon_me", "icrf_to_itrf"])
def test_matrices_are_rotations(name: str) -> None:
    m = getattr(frames, name)(EPOCHS)
    np.testing.assert_allclose(m @ np.swapaxes(m, -1, -2), np.broadcast_to(np.eye(3), m.shape), atol=1e-14)
    np.testing.assert_allclose(np.linalg.det(m), 1.0, atol=1e-14)
    one = getattr(frames, name)(EPOCHS[7])
    assert one.shape == (3, 3)
    np.testing.assert_allclose(one, m[7], atol=1e-15)


def test_mean_earth_axes_lie_870_m_from_the_principal_axes() -> None:
    # Park et al. 2021: the two differ by about 860 m at the surface; the angle is that of the three rotations.
    turn = np.arccos((np.trace(frames.moon_pa_to_me()) - 1) / 2)
    assert np.degrees(turn) * 3600 == pytest.approx(np.hypot(78.6944, 67.8526), abs=0.01)
    assert turn * 1737400 == pytest.approx(875, abs=5)


def test_the_moon_keeps_its_face_to_the_earth() -> None:
    # Optical libration stays within 8.2 deg in longitude and 6.9 deg in latitude (Meeus 1998, chapter 53).
    from malapert.sky.ephemeris import position_km

    t = np.linspace(FIRST, LAST, 20000)
    x, y, z = np.einsum("nij,nj->in", frames.icrf_to_moon_me(t), position_km("earth", "moon", t))
    longitude, latitude = np.degrees(np.arctan2(y, x)), np.degrees(np.arctan2(z, np.hypot(x, y)))
    assert 7.7 < np.abs(longitude).max() < 8.2 and 6.7 < np.abs(latitude).max() < 6.95
    # The mean place of the Earth is what the frame is named after: the origin to a hundredth of a degree.
    assert abs(longitude.mean()) < 0.02 and abs(latitude.mean()) < 0.02


def test_angular_velocity_is_the_matrix_derivative() -> None:
    step = 30.0
    ahead, behind = (frames.icrf_to_moon_pa(EPOCHS[1:-1] + sign * step) for sign in (1, -1))
    matrix, spin = frames.moon_rotation(EPOCHS[1:-1])
    # dM/dt M^T = -[spin x]
    skew = -(ahead - behind) / (2 * step) @ np.swapaxes(matrix, -1, -2)
    found = np.stack([skew[:, 2, 1], skew[:, 0, 2], skew[:, 1, 0]], axis=-1)
    # 2.66e-6 rad/s: the difference quotient is good to (w h)^2 / 6 of it, 1e-9.
    np.testing.assert_allclose(found, spin, atol=1e-14)


def test_epochs_outside_are_refused() -> None:
    with pytest.raises(CoverageError, match="1960-01-01 to 2060-01-01"):
        frames.icrf_to_moon_me(LAST + 1)
    with pytest.raises(InputError, match="not a number"):
        frames.icrf_to_itrf([0.0, np.nan])


def _direct_itrf(t: float) -> np.ndarray:
    """The same matrix with the pole from the full series at this very epoch."""
    table, (days, _) = data.earth_orientation(), orientation_days()
    xp, yp, dx, dy = (
        np.interp(tai_s(t), days, series) * np.pi / 648000
        for series in (table.x_arcsec, table.y_arcsec, table.dx_arcsec, table.dy_arcsec)
    )
    x, y, s = erfa.xys06a(2451545.0, tt_s(t) / 86400)
    era = erfa.era00(2451545.0, ut1_s(t) / 86400)
    polar = erfa.pom00(xp, yp, erfa.sp00(2451545.0, tt_s(t) / 86400))
    matrix: np.ndarray = erfa.c2tcio(erfa.c2ixys(x + dx, y + dy, s), era, polar)
    return matrix


def test_interpolated_nutation_is_within_2e_10_rad() -> None:
    epochs = np.random.default_rng(440).uniform(FIRST, LAST, 1500)
    direct = np.array([_direct_itrf(t) for t in epochs])
    assert np.abs(frames.icrf_to_itrf(epochs) - direct).max() < 2e-10


def test_100_000_hourly_epochs_take_less_than_a_second() -> None:
    t = tdb_s("2026-01-01T00:00:00Z") + 3600.0 * np.arange(100_000)
    earth_rotation._pole_block.cache_clear()
    begin = time.process_time()
    frames.icrf_to_itrf(t)
    frames.icrf_to_moon_me(t)
    assert time.process_time() - begin < 1.0


def test_the_earth_turns_once_a_sidereal_day() -> None:
    # 86164.0989 s (Aoki et al. 1982 stellar day 86164.09890369); the pole moves 50 arcsec a year.
    turn = frames.icrf_to_itrf(86164.0989) @ frames.icrf_to_itrf(0.0).T
    np.testing.assert_allclose(turn, np.eye(3), atol=1e-6)


@pytest.mark.parametrize(
    ("epochs", "words"),
    [
        (["1960-06-01"], ["before 1962-01-01", "held"]),
        (["1969-07-20"], ["C04"]),
        (["2000-01-01", "2050-01-01"], ["C04", "Bulletin A", "held at their last"]),
    ],
)
def test_assumptions_about_the_earth_are_said(epochs: list[str], words: list[str]) -> None:
    note = frames.earth_orientation_note(tdb_s(epochs))
    assert all(word in note for word in words)


def test_no_epochs_give_no_matrices() -> None:
    assert frames.icrf_to_itrf(np.empty(0)).shape == (0, 3, 3)
    assert frames.icrf_to_moon_pa(np.empty((2, 0))).shape == (2, 0, 3, 3)
    with pytest.raises(InputError, match="no epochs"):
        frames.earth_orientation_note([])


def test_nothing_is_assumed_within_the_measurements() -> None:
    note = frames.earth_orientation_note(tdb_s(["1969-07-20", "2020-01-01"]))
    assert "held" not in note and "Bulletin A" not in note


@settings(deadline=None)
@given(LATITUDES, LONGITUDES, st.floats(-10e3, 10e3))
def test_lunar_places_are_at_their_radius_and_direction(lat: float, lon: float, height: float) -> None:
    place = frames.site_position_km(lat, lon, height)
    assert np.linalg.norm(place) == pytest.approx(1737.4 + height / 1e3, rel=1e-14)
    assert np.degrees(np.arctan2(place[2], np.hypot(*place[:2]))) == pytest.approx(lat, abs=1e-6)
    axes = frames.enu(lat, lon)
    np.testing.assert_allclose(axes @ axes.T, np.eye(3), atol=1e-14)
    np.testing.assert_allclose(np.cross(axes[0], axes[1]), axes[2], atol=1e-14)
    np.testing.assert_allclose(axes @ place, [0, 0, np.linalg.norm(place)], atol=1e-9)


@settings(deadline=None)
@given(LATITUDES, LONGITUDES, st.floats(-500, 9000))
def test_terrestrial_places_are_erfas(lat: float, lon: float, height: float) -> None:
    # erfa.gd2gc, ellipsoid 1 = WGS 84 (m).
    expected = erfa.gd2gc(1, np.radians(lon), np.radians(lat), height) / 1e3
    np.testing.assert_allclose(frames.earth_site_position_km(lat, lon, height), expected, atol=1e-8)


@pytest.mark.parametrize(("lat", "lon"), [(91.0, 0.0), (-90.1, 0.0), (np.nan, 0.0), (0.0, np.inf)])
def test_impossible_places_are_refused(lat: float, lon: float) -> None:
    for place in (frames.site_position_km, frames.earth_site_position_km):
        with pytest.raises(InputError, match="not a place"):
            place(lat, lon, 0.0)
