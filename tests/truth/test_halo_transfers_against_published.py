"""Flights to and from a 9:2 halo orbit against published staging-orbit figures and Gateway's reference orbit.

Whitley and Martinez 2016, "Options for Staging Orbits in Cis-Lunar Space" (as cited in secondary pages): low Earth
orbit to the halo orbit 3.124 + 0.829 km/s in 5.33 d; halo orbit to low lunar orbit 0.730 km/s in 12 h. Parking
altitude and epoch are not given there: 3 % on the injection (it moves by 2 % from 185 to 400 km), 5 % on insertions.
Lee 2019 (NASA Gateway white paper): mean period 6.562 d, perilune radii 3196 to 3557 km over 15 years of upkeep.
"""

import numpy as np
import pytest

from malapert.errors import ConvergenceError
from malapert.flight import (
    Nrho,
    Parking,
    design_llo_to_nrho,
    design_nrho_to_llo,
    design_nrho_transfer,
    grow_nrho,
    patched,
)
from malapert.sky.time import tdb_s

START = tdb_s("2034-03-10T00:00:00Z")


@pytest.fixture(scope="module")
def halo() -> Nrho:
    return grow_nrho(START + 6.0 * 86400.0, 3)


def test_orbit_is_continuous_and_of_gateways_kind(halo: Nrho) -> None:
    assert halo.gap_km < 1e-4
    assert halo.gap_m_s < 1e-5
    epochs, radii = np.array(halo.perilunes()).T
    assert np.all((radii > 2500.0) & (radii < 4500.0))  # uncontrolled for three turns, so wider than Gateway's
    assert np.mean(np.diff(epochs)) / 86400.0 == pytest.approx(6.562, abs=0.15)
    south = halo.arc(float(halo.epochs_tdb_s[0]), float(halo.epochs_tdb_s[-1]))
    assert np.mean(south.states[:, 2] < 0.0) > 0.8  # nearly always over the south


@pytest.mark.parametrize("day", ["2029-05-27T00:00:00Z", "2031-01-05T00:00:00Z", "2034-03-16T00:00:00Z"])
def test_twelve_revolutions_stay_gateways_orbit(day: str) -> None:
    """80 days without upkeep: the mean perilune within 3 %, each within 15 % of it, the period within half an hour."""
    epochs, radii = np.array(grow_nrho(tdb_s(day), 12).perilunes()).T
    assert len(radii) == 11
    assert np.mean(radii) == pytest.approx(3366.0, rel=0.03)
    assert np.all(np.abs(radii - 3366.0) < 0.15 * 3366.0)
    assert np.mean(np.diff(epochs)) / 86400.0 == pytest.approx(6.562, abs=0.025)


def test_a_path_that_is_no_halo_orbit_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patched, "PENALTIES", ())
    grow_nrho.cache_clear()
    try:
        with pytest.raises(ConvergenceError, match=r"no longer that orbit|gaps of|integrator stopped"):
            grow_nrho(tdb_s("2029-05-27T00:00:00Z"), 12)
    finally:
        grow_nrho.cache_clear()


def test_from_the_earth(halo: Nrho) -> None:
    transfer = design_nrho_transfer(START, orbit=halo, parking=Parking(200.0, 35.0))
    injection, insertion = transfer.maneuvers
    assert injection.delta_v_m_s == pytest.approx(3124.0, rel=0.03)
    assert insertion.delta_v_m_s == pytest.approx(829.0, rel=0.05)
    assert transfer.duration_d == pytest.approx(5.33, abs=0.6)
    assert max(abs(miss) for miss in transfer.residuals.values()) < 0.02


def test_down_to_low_orbit_and_up(halo: Nrho) -> None:
    down = design_nrho_to_llo(halo, START + 7.0 * 86400.0, coast_h=(12.0,))
    assert down.delta_v_m_s == pytest.approx(730.0, rel=0.05)
    assert down.duration_d == pytest.approx(0.5, abs=0.05)
    assert down.arrival_elements.inclination_deg == pytest.approx(90.0, abs=0.01)
    up = design_llo_to_nrho(halo, START + 7.0 * 86400.0)
    assert [maneuver.name for maneuver in up.maneuvers] == ["low lunar orbit departure", "halo orbit insertion"]
    assert np.allclose(up.trajectory.states[-1, :3], up.arrival_state[:3], atol=1e-6)
    assert 600.0 < up.delta_v_m_s < 780.0
