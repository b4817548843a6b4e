"""Orbits grown in the ephemeris for a year or more, and what holding them costs."""

import numpy as np
import pytest

from malapert.errors import ConvergenceError, InputError
from malapert.flight.families import periodic_orbit
from malapert.flight.patched import PatchedOrbit, grow
from malapert.flight.station_keeping import KeepingErrors, keep_station
from malapert.sky.time import tdb_s

START = float(tdb_s("2030-01-01T00:00:00Z"))
DAY_S = 86400.0


@pytest.fixture(scope="module")
def nrho() -> PatchedOrbit:
    return grow(periodic_orbit("halo-l2", 1.511), START, 30)


@pytest.fixture(scope="module")
def halo() -> PatchedOrbit:
    return grow(periodic_orbit("halo-l2", 3.2), START, 14)


def test_a_retrograde_orbit_stays_without_control_for_three_years() -> None:
    path = grow(periodic_orbit("dro", 3.3), START, 80)
    assert path.gap_km == 0.0
    assert path.epochs_tdb_s[-1] - path.epochs_tdb_s[0] > 3.0 * 365.0 * DAY_S
    radii = [radius for _, radius in (*path.perilunes(), *path.apolunes())]
    assert 60e3 < min(radii) < max(radii) < 125e3


@pytest.mark.parametrize(("family", "period"), [("halo-l1", 2.7), ("halo-l2", 3.0)])
def test_halos_close_for_a_year(family: str, period: float) -> None:
    path = grow(periodic_orbit(family, period), START, 32)
    assert path.gap_km < 1e-4
    assert path.gap_m_s < 1e-5
    assert path.epochs_tdb_s[-1] - path.epochs_tdb_s[0] > 365.0 * DAY_S


def test_no_errors_no_burns(nrho: PatchedOrbit) -> None:
    free = keep_station(nrho, runs=1, errors=KeepingErrors(0.0, 0.0, 0.0, 0.0, 0.0))
    assert free.delta_v_m_s_per_year[0] < 0.01
    assert free.deviation_km[0] < 1.0


def test_a_halo_without_control_is_lost(halo: PatchedOrbit) -> None:
    with pytest.raises(ConvergenceError, match="lost the reference"):
        keep_station(halo, "targets", runs=1, errors=KeepingErrors(least_burn_m_s=1e9))


def test_cost_follows_the_errors_and_the_seed(nrho: PatchedOrbit) -> None:
    first, again = keep_station(nrho, runs=3, seed=5), keep_station(nrho, runs=3, seed=5)
    assert np.array_equal(first.delta_v_m_s_per_year, again.delta_v_m_s_per_year)
    assert first.runs == 3
    assert np.all(first.deviation_km < 500.0)
    better = keep_station(nrho, runs=3, seed=5, errors=KeepingErrors(0.1, 0.001))
    assert better.delta_v_m_s_per_year.mean() < 0.5 * first.delta_v_m_s_per_year.mean()


def test_an_unstable_halo_is_held_at_its_targets(halo: PatchedOrbit) -> None:
    kept = keep_station(halo, "targets", runs=3, errors=KeepingErrors(0.3, 0.003))
    assert np.all(kept.deviation_km < 500.0)
    assert np.all(kept.delta_v_m_s_per_year > 0.1)


def test_nonsense_is_refused(nrho: PatchedOrbit) -> None:
    with pytest.raises(InputError, match="a law of"):
        keep_station(nrho, "hope")
    with pytest.raises(InputError, match="negative"):
        KeepingErrors(navigation_km=-1.0)
    with pytest.raises(InputError, match="at least one revolution"):
        grow(periodic_orbit("halo-l2", 1.511), START, 0)
    short = PatchedOrbit(nrho.epochs_tdb_s[:12], nrho.states[:12], nrho.period_s, 0.0, 0.0, 0, nrho.forces)
    with pytest.raises(InputError, match="too short"):
        keep_station(short)
