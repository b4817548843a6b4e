"""Crew Dragon Demo-1 (2 March 2019) against the speed and height of its webcast (shahar603/Telemetry-Data).

SpaceX publishes neither throttle nor steering, so both are read from the telemetry and not graded: the direction of
its acceleration over the first stage (not its size), and the size at three instants (10, 60 and 140 s), which give the
throttle settings between the published events. What is graded is the speed and height that come of them, 100 s on, and
all of the second stage, which is guided to its target orbit without looking at the telemetry.

Vehicle: launch mass 549,054 kg, thrusts 7,607 kN and Dragon's 12,055 kg as published; recalled, unsourced: dry masses
22.2 and 4.0 t, upper propellant 107.5 t, 8,227 and 981 kN in vacuum, Isp 282/311/348 s, drag coefficients, and the
target of 198 x 380 km. Tolerances: speed +-3 %, height +-5 km, those of the record.
"""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from malapert.errors import InputError
from malapert.flight.entry_motion import EARTH
from malapert.flight.launch import fly_launch
from malapert.flight.launch_vehicle import Engine, Guided, Pad, PitchTable, Stage, Target, Vehicle

DATA = Path(__file__).parents[2] / "../shared/data/flights/dm1_falcon9"
pytestmark = pytest.mark.skipif(not DATA.exists(), reason="the shared telemetry of DM-1 is not beside the repository")

LAUNCH_KG, DRAGON_KG, DRY_KG, UPPER_DRY_KG, UPPER_KG = 549054.0, 12055.0, 22200.0, 4000.0, 107500.0
PAD = Pad(28.6084, -80.6043, 3.0)
DRAG = ((0.0, 0.3), (0.8, 0.35), (1.05, 0.55), (1.5, 0.5), (2.0, 0.42), (3.0, 0.32), (5.0, 0.25))
READ_S = (10, 60, 140)
MECO_S, IGNITION_S = 158.0, 169.0


@pytest.fixture(scope="module")
def telemetry():
    series = json.loads((DATA / "dm1_analysed.json").read_text())
    return {name: np.array(values) for name, values in series.items()}


def first_stage(telemetry, shares):
    """The throttle bucket is of the published times, 44 to 71 s; the second step, at 132 s, is seen in the speeds."""
    full, bucket, last = shares
    throttle = ((0, full), (44, full), (46, bucket), (69, bucket), (71, full), (132, full), (134, last))
    vx, vy = telemetry["velocity_x"], telemetry["velocity_y"]
    pitch = [(0.0, 90.0), (10.0, 90.0)]
    for t in range(20, 151, 10):
        rise, along = (vy[t + 5] - vy[t - 5]) / 10.0 + 9.8, (vx[t + 5] - vx[t - 5]) / 10.0
        pitch.append((float(t), float(np.degrees(np.arctan2(rise, along)))))
    return Stage(
        "first stage", DRY_KG, LAUNCH_KG - DRY_KG - UPPER_DRY_KG - UPPER_KG - DRAGON_KG,
        Engine(8227e3, 7607e3, 311.0, 282.0), MECO_S, separation_s=3.0, throttle=throttle, area_m2=10.75, drag=DRAG,
        steering=PitchTable(pitch, axes="local"),
    )  # fmt: skip


def alone(stage):
    """The first stage with all above it as its payload, north-east as to 51.66 deg."""
    steering = replace(stage.steering, azimuth_deg=44.5)
    return Vehicle((replace(stage, steering=steering),), UPPER_DRY_KG + UPPER_KG + DRAGON_KG)


def shares(telemetry):
    """Throttle settings that feel as the telemetry does at the three instants."""
    found = np.array([0.9, 0.7, 0.8])
    for _ in range(6):
        launch = fly_launch(alone(first_stage(telemetry, found)), PAD)
        felt = np.array([launch.at(float(t))["sensed_g"] for t in READ_S]) * 9.80665
        found *= telemetry["acceleration"][list(READ_S)] / felt
    return found


@pytest.fixture(scope="module")
def launch(telemetry):
    second = Stage(
        "second stage", UPPER_DRY_KG, UPPER_KG, Engine(981e3, isp_vacuum_s=348.0), coast_s=IGNITION_S - MECO_S - 3.0,
        steering=Guided(Target.orbit(198.0, 380.0, 51.66, EARTH)),
    )  # fmt: skip
    return fly_launch(Vehicle((first_stage(telemetry, shares(telemetry)), second), DRAGON_KG), PAD)


def misses(launch, telemetry, times):
    at = [launch.at(float(t)) for t in times]
    speed = np.array([one["speed_m_s"] for one in at]) / telemetry["velocity"][list(times)] - 1.0
    return speed, np.array([one["height_km"] for one in at]) - telemetry["altitude"][list(times)]


def test_first_stage_from_100_s_to_cutoff(launch, telemetry):
    speed, height = misses(launch, telemetry, range(102, 158, 4))
    assert np.abs(speed).max() < 0.03
    assert np.abs(height).max() < 5.0


@pytest.mark.xfail(
    strict=True,
    reason="3 to 12 % slow before 100 s: the setting read at 10 s is too low for what comes just after",
)
def test_first_stage_before_100_s(launch, telemetry):
    speed, _ = misses(launch, telemetry, range(10, 100, 10))
    assert np.abs(speed).max() < 0.03


def test_speed_of_the_second_stage(launch, telemetry):
    speed, _ = misses(launch, telemetry, range(170, 525, 5))
    assert np.abs(speed).max() < 0.03


@pytest.mark.xfail(
    strict=True,
    reason="cut-off at 534 s against 546: flown, the load is held at 3.5 g from 500 s on, which no published figure "
    "tells; predicted, it rises to 5 g",
)
def test_cutoff_of_the_second_stage(launch):
    # The speed stops rising at 546 s; 3 % of a burn of 377 s, as of the speeds.
    assert launch.event("second stage cut-off").time_s == pytest.approx(546.0, abs=0.03 * 377.0)


def test_height_of_the_second_stage_to_its_top(launch, telemetry):
    _, height = misses(launch, telemetry, range(170, 350, 5))
    assert np.abs(height).max() < 5.0


@pytest.mark.xfail(
    strict=True,
    reason="up to 9 km high from 380 s on: the linear tangent comes down to its perigee later than the flown law, which "
    "is level at the target's height 40 s before cut-off",
)
def test_height_of_the_second_stage_after_its_top(launch, telemetry):
    _, height = misses(launch, telemetry, range(350, 525, 5))
    assert np.abs(height).max() < 5.0


def test_full_thrust_to_the_flown_cutoff_is_refused(telemetry):
    with pytest.raises(InputError, match=r"first stage: a burn of 158 s is \d+\.\d s longer"):
        fly_launch(alone(first_stage(telemetry, (1.0, 1.0, 1.0))), PAD)
