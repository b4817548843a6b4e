"""Flights to the Moon and back, checked by flying what they returned again, with other settings."""

import numpy as np
import pytest

from malapert.errors import ConvergenceError, InputError
from malapert.flight import (
    CISLUNAR,
    Corridor,
    Elements,
    LunarArrival,
    Parking,
    Site,
    Transfer,
    design_elliptical_transfer,
    design_llo_transfer,
    design_return,
    lunar_elements,
    lunar_state,
    propagate,
    wait_over_site_s,
)
from malapert.flight.targeting import solve
from malapert.sky.time import tdb_s

GM = 4902.79996708864


def state_after(transfer: Transfer, maneuver: int) -> tuple[float, np.ndarray]:
    """The geocentric state just after an impulse, read from the path, which holds both sides of it."""
    path = transfer.trajectory
    epoch = transfer.maneuvers[maneuver].epoch_tdb_s
    return epoch, path.states[np.flatnonzero(path.epochs_tdb_s == epoch)[-1]]


@pytest.mark.parametrize("day", ["2028-03-04T00:00:00Z", "2031-09-10T00:00:00Z", "2035-05-20T00:00:00Z"])
@pytest.mark.parametrize(("altitude", "inclination"), [(100.0, 90.0), (200.0, 43.5)])
def test_llo_transfer_gets_there(day: str, altitude: float, inclination: float) -> None:
    transfer = design_llo_transfer(tdb_s(day), altitude_km=altitude, inclination_deg=inclination)
    injection, correction, insertion = transfer.maneuvers
    assert 3050.0 < injection.delta_v_m_s < 3250.0
    assert 780.0 < insertion.delta_v_m_s < 950.0
    assert 1.0 < correction.delta_v_m_s < 60.0
    # Fly the corrected cruise again at a hundredth of the tolerance, to the insertion epoch.
    epoch, state = state_after(transfer, 1)
    again = propagate(
        state, epoch, insertion.epoch_tdb_s - epoch, CISLUNAR, center="earth", tolerance=1e-12
    ).states_from("moon")[-1]
    inserted = again + np.concatenate([np.zeros(3), insertion.delta_v_icrf_km_s])
    reached = lunar_elements(inserted, insertion.epoch_tdb_s, GM)
    assert reached.periapsis_radius_km - 1737.4 == pytest.approx(altitude, abs=0.1)
    assert reached.apoapsis_radius_km - 1737.4 == pytest.approx(altitude, abs=0.1)
    assert reached.inclination_deg == pytest.approx(inclination, abs=1e-3)


def test_the_correction_undoes_the_stated_error() -> None:
    transfer = design_llo_transfer(tdb_s("2030-02-01T00:00:00Z"))
    assert transfer.facts["injection_error_m_s"] == pytest.approx(6.0**0.5, rel=1e-6)
    # Uncorrected, the craft misses by far more than the residual.
    start = transfer.departure_tdb_s
    first = transfer.trajectory.states[0]
    end = propagate(first, start, transfer.arrival_tdb_s - start, CISLUNAR, center="earth").states_from("moon")[-1]
    assert np.linalg.norm(end[:3] - transfer.arrival_state[:3]) > 500.0
    assert abs(transfer.residuals["perilune altitude (km)"]) < 0.05


def test_parking_orbit_is_the_one_asked_for() -> None:
    parking = Parking(250.0, 41.0)
    transfer = design_llo_transfer(tdb_s("2029-04-01T00:00:00Z"), parking=parking)
    state = transfer.trajectory.states[0]
    assert np.linalg.norm(state[:3]) == pytest.approx(parking.radius_km, abs=1e-6)


def test_ellipse() -> None:
    transfer = design_elliptical_transfer(
        tdb_s("2029-11-15T00:00:00Z"), perilune_altitude_km=1992.0, apolune_altitude_km=18679.0, inclination_deg=119.2
    )
    reached = transfer.arrival_elements
    assert reached.apoapsis_radius_km - 1737.4 == pytest.approx(18679.0, abs=5.0)
    assert reached.inclination_deg == pytest.approx(119.2, abs=1e-3)


@pytest.mark.parametrize("corridor", [Corridor(), Corridor(120.0, -6.5, 43.5)])
def test_return_meets_the_corridor(corridor: Corridor) -> None:
    epoch = tdb_s("2030-03-04T00:00:00Z")
    state = lunar_state(Elements(1837.4, 0.0, 90.0, 40.0, 0.0, 0.0), epoch, GM)
    transfer = design_return(state, epoch, corridor=corridor)
    leave, burned = state_after(transfer, 0)
    entry = propagate(
        burned, leave, transfer.arrival_tdb_s - leave, CISLUNAR, center="earth", tolerance=1e-12
    ).end_state
    assert np.linalg.norm(entry[:3]) - 6378.1366 == pytest.approx(corridor.altitude_km, abs=0.1)
    angle = np.degrees(np.arcsin(entry[:3] @ entry[3:] / np.linalg.norm(entry[:3]) / np.linalg.norm(entry[3:])))
    assert angle == pytest.approx(corridor.flight_path_deg, abs=0.01)
    assert 10.8 < np.linalg.norm(entry[3:]) < 11.1
    if corridor.inclination_deg is not None:
        assert transfer.facts["entry_inclination_deg"] == pytest.approx(corridor.inclination_deg, abs=0.05)


def test_what_cannot_be_flown_is_said() -> None:
    with pytest.raises(InputError, match="declination"):
        design_llo_transfer(tdb_s("2028-03-04T00:00:00Z"), parking=Parking(200.0, 2.0), window_d=0.0)
    with pytest.raises(InputError, match="parking orbit"):
        Parking(50.0, 28.5)
    with pytest.raises(InputError, match="lunar orbit"):
        LunarArrival(200.0, 100.0)
    with pytest.raises(InputError, match="corridor"):
        Corridor(122.0, 6.0)


def test_the_corrector_names_what_it_missed() -> None:
    with pytest.raises(ConvergenceError, match=r"sum \(km\)"):
        solve(lambda x: np.array([x[0] ** 2 + 1.0]), [0.5], [1e-6], ("sum (km)",), [1e-9], what="impossible")
    found = solve(
        lambda x: np.array([x[0] + 2.0 * x[1] - 5.0]), [9.0, 9.0], [1e-6] * 2, ("line",), [1e-9], what="line",
        smallest_norm_of=(0, 1),
    )  # fmt: skip
    assert np.allclose(found.unknowns, [1.0, 2.0], atol=1e-6)


def test_waiting_for_a_site() -> None:
    epoch = tdb_s("2030-03-04T00:00:00Z")
    polar = lunar_state(Elements(1837.4, 0.0, 90.0, 40.0, 0.0, 0.0), epoch, GM)
    assert wait_over_site_s(polar, epoch, Site(-89.6, 200.0)) == 0.0
    wait = wait_over_site_s(polar, epoch, Site(10.0, 60.0))
    assert 0.0 <= wait < 14.0 * 86400.0  # a polar plane is over every longitude twice a month
    tilted = lunar_state(Elements(1937.4, 0.0, 43.5, 40.0, 0.0, 0.0), epoch, GM)
    with pytest.raises(InputError, match="inclination between"):
        wait_over_site_s(tilted, epoch, Site(-89.45, 222.0))
