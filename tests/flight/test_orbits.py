"""Orbits by name: where they begin, how long they last, and that what is kept of them can be interpolated."""

import numpy as np
import pytest

from malapert.errors import CoverageError, InputError
from malapert.flight import CISLUNAR, Forces, RelayOrbit, propagate_many
from malapert.flight.orbits import (
    YEAR_S,
    fly_frozen,
    fly_periodic,
    fly_relay,
    frozen_inclination_deg,
    resonant_period_d,
)
from malapert.sky.oem import interpolated
from malapert.sky.time import tdb_s

START = float(tdb_s("2030-01-01T00:00:00Z"))


def test_a_halo_orbit_begins_and_ends_when_asked() -> None:
    flown = fly_periodic("halo-l2", START, 0.2, resonant_period_d(9, 2), kind="nrho")
    assert flown.path.epochs_tdb_s[0] == pytest.approx(START, abs=1e-3)
    assert flown.years == pytest.approx(0.2, abs=1e-9)
    assert flown.period_d == pytest.approx(6.5624, abs=1e-4)
    assert flown.perilunes.shape == flown.apolunes.shape == (11, 2)
    assert np.all((flown.perilunes[:, 1] > 1300.0) & (flown.perilunes[:, 1] < 1900.0))
    assert flown.keeping is None and flown.three_body is not None


def test_what_is_kept_interpolates_to_centimetres() -> None:
    """Halfway between kept states, past perilune too, the files' polynomials against the integrator."""
    path = fly_periodic("halo-l2", START, 0.05, resonant_period_d(9, 2), fine=True).path
    t, steps = path.epochs_tdb_s, np.diff(path.epochs_tdb_s)
    chosen = np.unique([*np.argsort(steps)[:20], *range(4, len(steps) - 4, 40)])
    flown = propagate_many(path.states[chosen], t[chosen], 0.5 * steps[chosen], CISLUNAR)
    kept = interpolated(t, path.states, "HERMITE", 7, t[chosen] + 0.5 * steps[chosen])
    assert np.max(np.abs(kept - [arc.end_state for arc in flown])[:, :3]) < 1e-5


@pytest.mark.parametrize(("family", "north"), [("halo-l1", True), ("dro", False)])
def test_families_stand_where_they_are_asked_for(family: str, north: bool) -> None:
    flown = fly_periodic(family, START, 0.5, north=north)
    assert flown.path.epochs_tdb_s[0] == pytest.approx(START, abs=1e-3)
    assert flown.path.end_tdb_s == pytest.approx(START + 0.5 * YEAR_S, abs=1.0)
    assert ("northern" in flown.title) == north


def test_a_frozen_orbit_stays_and_says_where_perilune_lies() -> None:
    flown = fly_frozen(START, 0.2, forces=Forces(moon_degree=20))
    assert not flown.lost
    assert 30.0 < flown.perilunes[:, 1].min() < flown.apolunes[:, 1].max() < 170.0
    assert flown.figures["mean_argument_of_perilune_deg"] == pytest.approx(270.0, abs=25.0)


def test_a_relay_falls_or_is_held() -> None:
    orbit = RelayOrbit(60.0, 10_000.0, 80.0, node_deg=90.0)
    free = fly_relay(START, 0.5, orbit)
    assert free.lost and free.resets is None
    kept = fly_relay(START, 0.5, RelayOrbit(500.0, 10_000.0, 56.0), reset_every_d=14.0)
    assert not kept.lost and kept.resets and sum(reset.delta_v_m_s for reset in kept.resets) > 1.0


def test_the_earth_freezes_what_lidov_says() -> None:
    """cos2 i = 0.6 for a circle: 39.23 deg, the angle from which eccentricity can grow."""
    assert frozen_inclination_deg(500.0, 500.0) == pytest.approx(39.2315, abs=1e-3)
    assert frozen_inclination_deg(500.0, 10_000.0) > 50.0


def test_nonsense_is_refused() -> None:
    with pytest.raises(InputError, match="for some years"):
        fly_frozen(START, 0.0)
    with pytest.raises(CoverageError, match="leaves the ephemeris"):
        fly_periodic("dro", START, 60.0)
    with pytest.raises(InputError, match="two whole numbers"):
        resonant_period_d(0, 2)
    with pytest.raises(InputError, match=r"to 14\.\d+ d"):
        fly_periodic("halo-l2", START, 1.0, 20.0)
