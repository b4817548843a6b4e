"""Landings and launches: they end where they should, burn what the rocket equation says, refuse what cannot fly."""

import numpy as np
import pytest

from malapert.errors import InputError
from malapert.flight import Elements, Lander, Site, ascend, delta_v_m_s, descend, lunar_state
from malapert.flight.descent import crossrange_deg
from malapert.sky.time import tdb_s

GM = 4902.79996708864
EPOCH = tdb_s("2030-03-04T00:00:00Z")
RIDGE = Site(-89.45, 222.7, 1900.0)


def orbit_over(site: Site, altitude_km: float, inclination_deg: float) -> np.ndarray:
    """A circular orbit whose plane holds the site about an hour and a half from the epoch."""

    def aside(node: float) -> float:
        return abs(crossrange_deg(lunar_state(orbit(node), EPOCH, GM), EPOCH + 5000.0, site))

    def orbit(node: float) -> Elements:
        return Elements(1737.4 + altitude_km, 0.0, inclination_deg, node, 0.0, 0.0)

    return lunar_state(orbit(min(np.arange(0.0, 360.0, 0.5), key=aside)), EPOCH, GM)


@pytest.mark.parametrize("thrust_to_mass", [1.7, 2.0, 3.0, 6.0])
@pytest.mark.parametrize(("site", "inclination"), [(RIDGE, 90.0), (Site(0.67, 23.47, -2000.0), 178.0)])
def test_landings(site: Site, inclination: float, thrust_to_mass: float) -> None:
    lander = Lander(4000.0, 4000.0 * thrust_to_mass, 315.0)
    landing = descend(orbit_over(site, 100.0, inclination), EPOCH, site, lander)
    assert landing.touchdown_error_m < 1.0
    assert landing.touchdown_speed_m_s < 1.5
    assert landing.ignition_altitude_km == pytest.approx(15.0, abs=0.01)
    assert np.all(landing.profile["height_m"] > -1.0)
    assert np.all(np.diff(landing.profile["mass_kg"]) <= 1e-9)
    assert landing.loss_m_s > 0.0
    spent = delta_v_m_s(lander.mass_kg, landing.landed_mass_kg, lander.isp_s)
    assert spent == pytest.approx(landing.delta_v_m_s, abs=0.1)
    assert landing.landed_mass_kg + landing.propellant_kg == pytest.approx(lander.mass_kg)
    assert 1700.0 < landing.powered_delta_v_m_s < 2150.0


def test_more_thrust_loses_less() -> None:
    orbit = orbit_over(RIDGE, 100.0, 90.0)
    losses = [descend(orbit, EPOCH, RIDGE, Lander(4000.0, 4000.0 * f, 315.0)).loss_m_s for f in (1.7, 2.2, 3.5)]
    assert losses[0] > losses[1] > losses[2]


def test_hover_is_paid_for() -> None:
    orbit = orbit_over(RIDGE, 100.0, 90.0)
    lander = Lander(4000.0, 9000.0, 315.0)
    plain, held = (descend(orbit, EPOCH, RIDGE, lander, hover_s=s) for s in (0.0, 60.0))
    assert held.delta_v_m_s - plain.delta_v_m_s == pytest.approx(60.0 * 1.62, rel=0.01)
    assert held.propellant_kg > plain.propellant_kg


def test_landings_that_cannot_be() -> None:
    orbit = orbit_over(RIDGE, 100.0, 90.0)
    with pytest.raises(InputError, match="cannot stop"):
        descend(orbit, EPOCH, RIDGE, Lander(4000.0, 2000.0, 315.0))
    with pytest.raises(InputError, match="off the orbit's plane"):
        descend(orbit_over(RIDGE, 100.0, 60.0), EPOCH, RIDGE, Lander(4000.0, 9000.0, 315.0))
    with pytest.raises(InputError, match="must be positive"):
        Lander(-1.0, 9000.0, 315.0)


@pytest.mark.parametrize("thrust_to_mass", [2.2, 3.0, 5.0, 10.0])
def test_launches(thrust_to_mass: float) -> None:
    lander = Lander(3000.0, 3000.0 * thrust_to_mass, 315.0)
    launch = ascend(RIDGE, EPOCH, lander)
    reached = launch.elements
    assert reached.periapsis_radius_km - 1737.4 == pytest.approx(15.0, abs=0.05)
    assert reached.apoapsis_radius_km - 1737.4 == pytest.approx(100.0, abs=0.1)
    assert reached.inclination_deg == pytest.approx(90.0, abs=0.01)
    assert launch.loss_m_s > 0.0
    assert delta_v_m_s(lander.mass_kg, launch.cutoff_mass_kg, lander.isp_s) == pytest.approx(launch.powered_delta_v_m_s)
    assert np.all(launch.profile["height_m"] >= -1e-6)
    assert launch.epochs_tdb_s[-1] == pytest.approx(launch.cutoff_tdb_s, abs=1e-6)
    assert launch.states[-1] == pytest.approx(np.append(launch.cutoff_state, launch.cutoff_mass_kg))


def test_launches_that_cannot_be() -> None:
    with pytest.raises(InputError, match="cannot lift"):
        ascend(RIDGE, EPOCH, Lander(3000.0, 3000.0, 315.0))
    with pytest.raises(InputError, match="off the plane"):
        ascend(RIDGE, EPOCH, Lander(3000.0, 9000.0, 315.0), plane_normal_icrf=RIDGE.icrf(EPOCH)[:3])
