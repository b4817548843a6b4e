"""Flybys to and from the halo orbit: flown again from what they returned, at a hundredth of the tolerance."""

import numpy as np
import pytest

from malapert.errors import ConvergenceError, InputError
from malapert.flight import (
    CISLUNAR,
    Corridor,
    Nrho,
    Parking,
    Transfer,
    design_nrho_flyby_return,
    design_nrho_flyby_transfer,
    grow_nrho,
    propagate,
)
from malapert.sky.time import tdb_s

DAY = 86400.0
START = tdb_s("2031-11-02T00:00:00Z")


@pytest.fixture(scope="module")
def halo() -> Nrho:
    return grow_nrho(START + 6.0 * DAY, 3)


def flown_again(transfer: Transfer, first: int, end_s: float) -> np.ndarray:
    """Geocentric state at end_s, flown from just after a manoeuvre through the impulses that follow."""
    path = transfer.trajectory
    epoch = transfer.maneuvers[first].epoch_tdb_s
    state = path.states[np.flatnonzero(path.epochs_tdb_s == epoch)[-1]].copy()
    for maneuver in (*transfer.maneuvers[first + 1 :], None):
        until = end_s if maneuver is None else maneuver.epoch_tdb_s
        state = propagate(state, epoch, until - epoch, CISLUNAR, center="earth", tolerance=1e-12).end_state.copy()
        epoch = until
        if maneuver is not None:
            state[3:] += maneuver.delta_v_icrf_km_s
    return state


def test_out(halo: Nrho) -> None:
    transfer = design_nrho_flyby_transfer(START, orbit=halo, parking=Parking(250.0, 35.0))
    assert [burn.name for burn in transfer.maneuvers] == [
        "translunar injection",
        "powered flyby",
        "halo orbit insertion",
    ]
    assert START <= transfer.departure_tdb_s <= START + 6.5 * DAY
    assert transfer.facts["parking_altitude_km"] == pytest.approx(250.0, abs=0.1)
    assert transfer.facts["parking_inclination_deg"] == pytest.approx(35.0, abs=0.01)
    assert transfer.facts["lowest_lunar_altitude_km"] > 99.0
    reached = flown_again(transfer, 0, transfer.arrival_tdb_s)
    there = halo.state(transfer.arrival_tdb_s)
    moon = transfer.trajectory.states_from("moon")
    back = (
        reached
        - (transfer.trajectory.states - moon)[
            np.flatnonzero(transfer.trajectory.epochs_tdb_s == transfer.arrival_tdb_s)[-1]
        ]
    )
    # An error of 1e-10 at the Earth grows a hundredfold by the flyby and again after it.
    assert np.linalg.norm(back[:3] - there[:3]) < 5.0
    assert np.linalg.norm(back[3:] - there[3:]) < 1e-4


@pytest.mark.parametrize("corridor", [Corridor(), Corridor(122.0, -6.0, 50.0)])
def test_home(halo: Nrho, corridor: Corridor) -> None:
    transfer = design_nrho_flyby_return(halo, START + 7.0 * DAY, corridor=corridor)
    entry = flown_again(transfer, 0, transfer.arrival_tdb_s)
    assert np.linalg.norm(entry[:3]) - 6378.1366 == pytest.approx(corridor.altitude_km, abs=2.0)
    angle = np.degrees(np.arcsin(entry[:3] @ entry[3:] / np.linalg.norm(entry[:3]) / np.linalg.norm(entry[3:])))
    assert angle == pytest.approx(corridor.flight_path_deg, abs=0.1)
    if corridor.inclination_deg is not None:
        assert transfer.facts["entry_inclination_deg"] == pytest.approx(corridor.inclination_deg, abs=0.05)
    departure, _ = transfer.maneuvers
    left = halo.state(departure.epoch_tdb_s)
    first = transfer.trajectory.states_from("moon")[0]
    assert np.allclose(first[:3], left[:3], atol=1e-6)
    assert np.allclose(first[3:] - left[3:], departure.delta_v_icrf_km_s, atol=1e-9)


def test_a_higher_flyby_is_kept_to(halo: Nrho) -> None:
    transfer = design_nrho_flyby_return(halo, START + 7.0 * DAY, lowest_altitude_km=600.0)
    assert transfer.facts["lowest_lunar_altitude_km"] > 599.0
    assert transfer.delta_v_m_s >= design_nrho_flyby_return(halo, START + 7.0 * DAY).delta_v_m_s - 0.5


def test_a_narrow_window_is_kept_and_costs_more(halo: Nrho) -> None:
    earliest = START + 7.5 * DAY
    transfer = design_nrho_flyby_return(halo, earliest, window_d=0.1)
    assert earliest - 60.0 <= transfer.departure_tdb_s <= earliest + 0.1 * DAY + 60.0
    assert transfer.delta_v_m_s > design_nrho_flyby_return(halo, earliest).delta_v_m_s


def test_what_cannot_be_flown_is_said(halo: Nrho) -> None:
    with pytest.raises(InputError, match="no perilune"):
        design_nrho_flyby_transfer(START + 30.0 * DAY, orbit=halo)
    with pytest.raises(InputError, match="window"):
        design_nrho_flyby_return(halo, START + 7.0 * DAY, window_d=0.0)
    # Higher than where the halo orbit is left there is no flyby.
    with pytest.raises(ConvergenceError, match=r"too low|does not pass both"):
        design_nrho_flyby_transfer(START, orbit=halo, lowest_altitude_km=30000.0)
