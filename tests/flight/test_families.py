"""Families of periodic orbits: mirror images, members by period, and what is said where a family ends."""

import numpy as np
import pytest

from malapert.errors import ConvergenceError, InputError
from malapert.flight.families import FAMILIES, periodic_orbit, walk
from malapert.flight.three_body import correct


@pytest.mark.parametrize(("family", "period"), [("halo-l1", 2.7), ("halo-l1", 2.0), ("halo-l2", 3.2), ("dro", 3.0)])
def test_members_close_and_have_the_period(family: str, period: float) -> None:
    orbit = periodic_orbit(family, period)
    assert orbit.period == pytest.approx(period, abs=1e-12)
    assert orbit.closure < 1e-12
    assert orbit.stability >= 1.0 - 1e-9


def test_north_is_the_mirror_image() -> None:
    south, north = periodic_orbit("halo-l1", 2.2), periodic_orbit("halo-l1", 2.2, north=True)
    assert north.state[2] == -south.state[2] > 0.0
    assert north.closure < 1e-12
    assert north.stability == pytest.approx(south.stability, rel=1e-6)


def test_retrograde_orbits_are_planar_stable_and_retrograde() -> None:
    orbit = periodic_orbit("dro", 3.3)
    path = orbit.states(np.linspace(0.0, 1.0, 100))
    assert np.all(path[:, 2] == 0.0)
    assert np.all(path[:, 0] * path[:, 4] - path[:, 1] * path[:, 3] < 0.0)
    assert orbit.stability == pytest.approx(1.0, abs=1e-6)


def test_small_retrograde_orbits_are_two_body_orbits() -> None:
    """Near the Moon the sidereal period is Kepler's; the rotating one is shorter by a turn of the axes a month."""
    orbit = periodic_orbit("dro", 0.03)
    kepler = 2.0 * np.pi * np.sqrt(abs(orbit.state[0]) ** 3 / orbit.mass_ratio)
    assert 1.0 / orbit.period == pytest.approx(1.0 / kepler + 1.0 / (2.0 * np.pi), rel=1e-3)


def test_a_walk_goes_one_way() -> None:
    periods = [orbit.period for orbit in walk("halo-l2", -1.0)]
    assert len(periods) > 5
    assert np.all(np.diff(periods) < 0.0)
    assert periods[0] == pytest.approx(FAMILIES["halo-l2"].period, abs=0.01)


def test_what_does_not_exist_is_said() -> None:
    with pytest.raises(InputError, match="one of halo-l1"):
        periodic_orbit("lyapunov", 3.0)
    with pytest.raises(InputError, match=r"periods 1\.\d+ to 3\.41.* to 14\.\d+ d \(asked for 17\.39 d\)"):
        periodic_orbit("halo-l2", 4.0)
    with pytest.raises(ConvergenceError, match="start nearer"):
        correct(np.array([0.3, 0.0, 0.4, 0.0, -2.0, 0.0]), 1.0)
