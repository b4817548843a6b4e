"""Freedom 7 (MR-3, 5 May 1961) from its pad to the water, from inputs alone.

Inputs: masses, A-7 thrust (MR-4's flight value at sea level, the expected vacuum value of MR-BD), specific impulse,
tilt program, drag tables, cut-off at 142 s, retro impulse and times, from NASA documents by way of the figures in
ProjectMercuryX; launch azimuth 105 deg and pad recalled, unsourced. Truth: NASA SP-4201, the air-to-ground transcript,
the published apogee, range and splash point. Apogee and range +-8 %: MR-3's own thrust is not at hand, and the nominal
one makes 8 % of apogee; speed half of that, as height goes with its square. Loads +-0.7 g: an indicator read aloud.
"""

import csv
import math
from pathlib import Path

import numpy as np
import pytest

from malapert.flight.entry import fly_entry
from malapert.flight.entry_motion import Capsule, Parachute
from malapert.flight.launch import fly_launch
from malapert.flight.launch_vehicle import Drop, Engine, Kick, Pad, PitchTable, Stage, Vehicle

DATA = Path(__file__).parents[2] / "../shared/data/flights/mr3/redstone_pitch_and_aero.csv"
pytestmark = pytest.mark.skipif(not DATA.exists(), reason="the shared record of MR-3 is not beside the repository")

LBF_N, FT_KM = 4.4482216, 3.048e-4
AREA_M2 = math.pi * 1.89**2 / 4.0
LAUNCH_KG, BOOSTER_KG, CAPSULE_KG, TOWER_KG, RETROPACK_KG, LANDING_KG = 29937.0, 3717.0, 1833.0, 460.4, 237.0, 1051.0


def tables():
    """The three tables of the file, each under a line of its own."""
    found = []
    for row in csv.reader(DATA.open()):
        if row[0].startswith("#"):
            found.append([])
        else:
            found[-1].append((float(row[0]), float(row[1])))
    return found


@pytest.fixture(scope="module")
def launch():
    tilt, drag, blunt = tables()
    booster = Stage(
        "Redstone", BOOSTER_KG, LAUNCH_KG - CAPSULE_KG - BOOSTER_KG,
        Engine(383e3, 79220.0 * LBF_N, isp_sea_level_s=217.4), burn_s=142.0, separation_s=10.0, area_m2=AREA_M2,
        drag=drag, steering=PitchTable(tilt, 105.0),
    )  # fmt: skip
    # Three retros of 11.5 s from 315, 319 and 325 s, each taken at its middle; 134 m/s in all at 34 deg.
    retros = [Kick(f"retro {k}", at + 5.75, -134.0 / 3.0, 34.0) for k, at in enumerate((315.0, 319.0, 325.0), 1)]
    drops = (Drop("tower", TOWER_KG, time_s=142.0), Drop("retropack", RETROPACK_KG, time_s=385.0))
    vehicle = Vehicle((booster,), CAPSULE_KG - TOWER_KG - RETROPACK_KG, AREA_M2, blunt, drops, retros)
    return fly_launch(vehicle, Pad(28.4394, -80.5733), coast_s=240.0)


@pytest.fixture(scope="module")
def landing(launch):
    weight = LANDING_KG * 9.79
    chutes = (
        # A 1.8 m drogue (unsourced); the main canopy from its indicated sink rate, 30 to 35 ft/s.
        Parachute("drogue", 1.3, 1.0, height_km=21_000 * FT_KM),
        Parachute("main", 2.0 * weight / (1.225 * 9.9**2), 5.0, height_km=10_000 * FT_KM),
    )
    return fly_entry(
        launch.state_on_turning_axes, Capsule(LANDING_KG, AREA_M2, tables()[2], nose_m=1.9, parachutes=chutes)
    )


def test_speed_at_cutoff(launch):
    assert launch.at(142.0 - 1e-6)["inertial_speed_m_s"] == pytest.approx(2295.0, rel=0.04)


def test_apogee(launch):
    assert launch.event("apogee").height_km == pytest.approx(187.5, rel=0.08)


@pytest.mark.parametrize(("time_s", "load"), [(25.0, 1.2), (58.0, 1.8), (92.0, 2.5), (121.0, 4.0), (135.0, 5.0)])
def test_loads_read_aloud(launch, time_s, load):
    assert launch.at(time_s)["sensed_g"] == pytest.approx(load, abs=0.7)


def test_peak_load_of_the_climb(launch):
    assert launch.profile["sensed_g"].max() == pytest.approx(6.0, abs=0.7)


@pytest.mark.xfail(
    strict=True,
    reason="predicted at 76 s, against 'about 88 s' in SP-4201, the time of the roughest ride; no thrust or tilt in the "
    "record moves it there, for the pressure is 14 % down by then",
)
def test_time_of_greatest_dynamic_pressure(launch):
    assert launch.event("max q").time_s == pytest.approx(88.0, abs=5.0)


def test_entry_load_parachutes_and_splash(launch, landing):
    assert landing.peak_g == pytest.approx(11.0, abs=0.7)
    begins = launch.duration_s
    opened = {one.name: begins + one.time_s for one in landing.moments}
    assert opened["drogue"] == pytest.approx(582.0, abs=15.0)
    assert opened["main"] == pytest.approx(619.0, abs=15.0)
    heights = {45_000: 533, 40_000: 538, 35_000: 548, 30_000: 558, 15_000: 605}
    for feet, seconds in heights.items():
        found = begins + np.interp(-feet * FT_KM, -landing.profile["height_km"], landing.profile["time_s"])
        assert found == pytest.approx(seconds, abs=15.0)
    north = 111.2 * (landing.lat_deg - 28.4394)
    east = 111.2 * math.cos(math.radians(28.0)) * (landing.lon_deg + 80.5733)
    assert math.hypot(north, east) == pytest.approx(487.3, rel=0.08)
    apart = 111.2 * math.hypot(landing.lat_deg - 27.23, math.cos(math.radians(27.2)) * (landing.lon_deg + 75.88))
    assert apart < 0.08 * 487.3


@pytest.mark.xfail(
    strict=True, reason="900 s against 922: the canopy's drag is only known from a sink rate of 30-35 ft/s"
)
def test_duration(launch, landing):
    assert launch.duration_s + landing.duration_s == pytest.approx(922.0, abs=20.0)
