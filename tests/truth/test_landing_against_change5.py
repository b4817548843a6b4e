"""Chang'e 5's powered descent and ascent from their published engine, orbit and place.

CNSA: ignition at about 15 km and 1.7 km/s, 7500 N, touchdown 14 min later including hazard avoidance and hover at
100 m; ascent at 3000 N for about 6 min to 15 x 180 km. LROC: landing at 43.0576 N, 51.9161 W, -2570 m. Assumed, not
published by CNSA: 3780 kg at ignition, 780 kg at liftoff, specific impulse 310 s for both engines.
"""

import numpy as np
import pytest

from malapert.flight import Elements, Lander, Site, ascend, descend, lunar_state
from malapert.flight.descent import crossrange_deg
from malapert.sky.time import tdb_s

GM = 4902.79996708864
PLACE = Site(43.0576, -51.9161, -2570.0)


def parking(epoch: float) -> np.ndarray:
    """The 200 km orbit inclined 43.5 deg whose plane is over the place at the descent."""

    def state(node: float) -> np.ndarray:
        return lunar_state(Elements(1937.4, 0.0, 43.5, node, 0.0, 0.0), epoch, GM)

    return state(min(np.arange(0.0, 360.0, 0.5), key=lambda node: abs(crossrange_deg(state(node), epoch + 5e3, PLACE))))


def test_descent() -> None:
    epoch = tdb_s("2020-12-01T12:30:00Z")
    landing = descend(parking(epoch), epoch, PLACE, Lander(3780.0, 7500.0, 310.0, 0.2))
    assert landing.ignition_speed_m_s == pytest.approx(1700.0, rel=0.02)
    # Straight to the ground at full thrust takes less than the flown 14 min, which had a throttled approach and
    # a search for a clear spot at 100 m; more than two minutes and a half of those would mean too much thrust.
    assert 11.5 < landing.powered_duration_s / 60.0 < 14.0
    assert landing.touchdown_error_m < 1.0


def test_ascent() -> None:
    launch = ascend(
        PLACE,
        tdb_s("2020-12-03T15:10:00Z"),
        Lander(780.0, 3000.0, 310.0),
        apolune_altitude_km=180.0,
        inclination_deg=43.5,
        target_altitude_km=200.0,
    )
    assert launch.powered_duration_s / 60.0 == pytest.approx(6.0, abs=0.7)
    # About 400 kg at docking (Yang Yuguang), after some 100 m/s of rendezvous.
    assert launch.cutoff_mass_kg == pytest.approx(410.0, abs=30.0)
    assert launch.elements.periapsis_radius_km - 1737.4 == pytest.approx(15.0, abs=0.1)
    assert launch.elements.apoapsis_radius_km - 1737.4 == pytest.approx(180.0, abs=0.2)
