"""Entry against Allen and Eggers' closed solution, Freedom 7's transcript and Perseverance's published landing.

Allen and Eggers 1958, NACA Report 1381, eqs. 15 and 16 (steep, ballistic, exponential air, no gravity).
Freedom 7 (MR-3, 5 May 1961): air-to-ground transcript and NASA SP-4201; capsule drag table, area and landing weight as
published; apogee 187.5 km is what the entry starts from. Perseverance: NAIF's reconstructed states; its entry mass,
lift over drag and drag are recalled, not sourced, so those limits are wide.
"""

import math

import numpy as np
import pytest

from malapert.flight.entry import Interface, fly_entry
from malapert.flight.entry_motion import EXPONENTIAL, MARS, Capsule, Parachute, Planet

SCALE_KM = 7.2
FLAT = Planet("flat", 1e8, 1e6, 0.0, 0.0, 0.0, 1.7e-4, 150.0, 1.4, EXPONENTIAL, "", 1.225, SCALE_KM)


@pytest.mark.parametrize("angle", [30.0, 60.0, 90.0])
def test_peak_load_and_its_speed_and_height_of_a_steep_entry(angle):
    capsule = Capsule(1000.0, 2.0, ((0.0, 1.2),))
    entry = fly_entry(Interface(150.0, 0.0, 0.0, 7.0, -angle, 90.0), capsule, FLAT)
    sine = math.sin(math.radians(angle))
    peak = 7000.0**2 * sine / (2.0 * math.e * 1000.0 * SCALE_KM) / 9.80665
    # 0.1 m/s2 of gravity is left in so that the stone comes down.
    assert entry.peak_g == pytest.approx(peak, rel=0.004)
    at = next(moment for moment in entry.moments if moment.name == "peak load")
    assert at.speed_m_s == pytest.approx(7000.0 / math.sqrt(math.e), rel=0.02)
    assert at.height_km == pytest.approx(
        SCALE_KM * math.log(1.225 * 1000.0 * SCALE_KM / (capsule.ballistic_kg_m2 * sine)), abs=0.2
    )


APOGEE_S = 306.0  # 142 s of thrust, then up at 1.55 km/s: what apogee and earth-fixed cut-off speed make of each other
HEIGHTS_FT = {45_000: 533, 40_000: 538, 35_000: 548, 30_000: 558, 21_000: 582, 15_000: 605}


def test_freedom_7_from_apogee():
    """Level speed at apogee: 6414 ft/s earth-fixed at cut-off (recalled) less the climb, less 134 m/s at 34 deg."""
    climb = math.sqrt(2.0 * 9.4 * 127.5e3)
    level = math.sqrt(1955.0**2 - climb**2) - 134.0 * math.cos(math.radians(34.0))
    drag = ((0.0, 1.0), (1.0, 1.34), (2.0, 1.53), (3.0, 1.60), (5.0, 1.56), (7.0, 1.5))
    weight = 1051.0 * 9.79
    chutes = (
        # A 1.8 m drogue (unsourced); the main canopy from its indicated sink rate, 30 to 35 ft/s.
        Parachute("drogue", 1.3, 1.0, height_km=21_000 * 3.048e-4),
        Parachute("main", 2.0 * weight / (1.225 * 9.9**2), 5.0, height_km=10_000 * 3.048e-4),
    )
    capsule = Capsule(1051.0, 2.806, drag, nose_m=1.9, parachutes=chutes)
    entry = fly_entry(Interface(187.5, 28.2, -78.3, level / 1000.0, 0.0, 105.0), capsule)
    assert entry.peak_g == pytest.approx(11.0, abs=0.7)
    series = entry.profile
    for feet, seconds in HEIGHTS_FT.items():
        found = APOGEE_S + np.interp(-feet * 3.048e-4, -series["height_km"], series["time_s"])
        assert found == pytest.approx(seconds, abs=15.0)
    assert APOGEE_S + entry.duration_s == pytest.approx(922.0, abs=40.0)


def test_perseverance_from_its_interface():
    """One number is set, 45 deg of bank, by the published 611 km downrange; the rest is predicted."""
    drag = ((0.0, 1.0), (1.0, 1.4), (2.0, 1.45), (5.0, 1.5))
    canopy = Parachute("canopy", 0.65 * math.pi * 21.53**2 / 4.0, 1.0, mach=1.81)
    capsule = Capsule(3370.0, 15.9, drag, 0.24, 1.1, ((0.0, 45.0), (95.0, 45.0), (105.0, -45.0)), (canopy,))
    start = Interface(128.556, 20.825, 66.799, 5.3325, -16.14, 101.5)
    entry = fly_entry(start, capsule, MARS, ground_km=-2.24)
    opened = next(moment for moment in entry.moments if moment.name == "canopy")
    # NASA: the canopy opened about four minutes after the interface, at Mach 1.81 and 520 Pa (O'Farrell and Clark).
    assert opened.time_s == pytest.approx(240.0, abs=20.0)
    pressure = np.interp(opened.time_s, entry.profile["time_s"], entry.profile["dynamic_pressure_pa"])
    assert pressure == pytest.approx(520.0, rel=0.35)
    assert entry.range_km == pytest.approx(611.0, abs=40.0)
    lat, lon = math.radians(18.4446), math.radians(77.4509)
    apart = 3390.0 * math.hypot(math.radians(entry.lat_deg) - lat, (math.radians(entry.lon_deg) - lon) * math.cos(lat))
    assert apart < 40.0
