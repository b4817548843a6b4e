"""A relay's orbit over months: it lives, falls, or is kept, and the books say so."""

from dataclasses import replace

import numpy as np
import pytest

from malapert.errors import ConvergenceError, InputError
from malapert.flight import RelayOrbit, choose_node_deg, relay_ephemeris
from malapert.sky.time import tdb_s

START = tdb_s("2028-03-04T00:00:00Z")
DAY_S = 86400.0
# Queqiao-2 as tracked: radii 1,992 x 18,679 km (their mean gives its 26.18 h), 119.2 deg.
QUEQIAO_2 = RelayOrbit(1992.0 - 1737.4, 18679.0 - 1737.4, 119.2, node_deg=90.0)


def test_tracked_period() -> None:
    assert QUEQIAO_2.elements().period_s(4902.8) / 3600.0 == pytest.approx(26.18, abs=0.03)


def test_a_well_placed_relay_lives_uncontrolled() -> None:
    flown = relay_ephemeris(QUEQIAO_2, START, 700.0 * DAY_S)
    assert not flown.lost
    assert flown.delta_v_m_s == 0.0
    assert flown.extremes["perilune_altitude_km"][0] > 200.0
    assert len(flown.path.states) == 700 * 24 + 1
    assert np.allclose(np.diff(flown.path.epochs_tdb_s), 3600.0)
    south = flown.path.states[:, 2] < 0.0
    assert np.mean(south) > 0.8  # apolune over the south


def test_a_badly_placed_relay_falls_and_says_so() -> None:
    flown = relay_ephemeris(replace(QUEQIAO_2, node_deg=0.0), START, 60.0 * DAY_S)
    assert flown.lost
    assert flown.path.end_tdb_s < START + 30.0 * DAY_S


def test_keeping_it_costs() -> None:
    orbit = RelayOrbit(500.0, 16000.0, 62.4, node_deg=0.0, plane="equator")
    kept = relay_ephemeris(orbit, START, 300.0 * DAY_S, reset_every_d=14.0)
    assert not kept.lost
    assert 15 <= len(kept.resets) <= 22
    assert kept.delta_v_m_s == pytest.approx(sum(reset.delta_v_m_s for reset in kept.resets))
    assert kept.delta_v_m_s > 1.0
    assert len(kept.path.states) == 300 * 24 + 1


def test_choice_of_node() -> None:
    orbit = replace(QUEQIAO_2, node_deg=0.0)
    node = choose_node_deg(orbit, START, search_d=200.0, nodes=6)
    assert not relay_ephemeris(replace(orbit, node_deg=node), START, 200.0 * DAY_S).lost
    with pytest.raises(ConvergenceError, match="falls on the Moon"):
        choose_node_deg(RelayOrbit(30.0, 16000.0, 45.0), START, search_d=100.0, nodes=3)


def test_nonsense_is_refused() -> None:
    with pytest.raises(InputError, match="perilune <= apolune"):
        RelayOrbit(500.0, 100.0, 60.0)
    with pytest.raises(InputError, match="plane"):
        RelayOrbit(100.0, 500.0, 60.0, plane="ecliptic")
    with pytest.raises(InputError, match="positive"):
        relay_ephemeris(QUEQIAO_2, START, -5.0)
