"""Staged launch: closed solutions on bare bodies, the turning ground, guidance into orbit, and what cannot be flown."""

import math
from dataclasses import replace

import numpy as np
import pytest

from malapert.errors import ConvergenceError, InputError
from malapert.flight.entry_motion import EARTH, EXPONENTIAL, Planet
from malapert.flight.launch import fly_launch
from malapert.flight.launch_vehicle import (
    MOON,
    Drop,
    Engine,
    GravityTurn,
    Guided,
    Kick,
    Pad,
    PitchTable,
    Stage,
    Target,
    Vehicle,
)
from malapert.flight.propagate import propagate

G0 = 9.80665
# As good as flat: 9.81 m/s2, the same to a part in 1e5 over the heights flown here; no turning, no air.
FLAT = Planet("flat", 9.81e-3 * 1e14, 1e7, 0.0, 0.0, 0.0, 0.0, 0.0, 1.4, EXPONENTIAL)
BARE = replace(EARTH, name="airless earth", air=EXPONENTIAL, surface_kg_m3=0.0)
UP = PitchTable(((0.0, 90.0),), 90.0)
ENGINE = Engine(30e3, isp_vacuum_s=300.0)


def rocket(**changes):
    return Vehicle((replace(Stage("one", 200.0, 700.0, ENGINE, 60.0, steering=UP), **changes),), 100.0)


def test_vertical_burn_in_vacuum_is_the_rocket_equation_less_gravity():
    launch = fly_launch(rocket(), Pad(0.0, 0.0), FLAT)
    end = launch.at(60.0 - 1e-9)
    flow = 30e3 / (300.0 * G0)
    c, m0, m1 = 300.0 * G0, 1000.0, 1000.0 - 60.0 * flow
    assert end["mass_kg"] == pytest.approx(m1, rel=1e-8)
    assert end["ideal_delta_v_m_s"] == pytest.approx(c * math.log(m0 / m1), rel=1e-8)
    assert end["inertial_speed_m_s"] == pytest.approx(c * math.log(m0 / m1) - 9.81 * 60.0, rel=2e-5)
    height = c * 60.0 * (1.0 - math.log(m0 / m1) * m1 / (m0 - m1)) - 0.5 * 9.81 * 60.0**2
    assert end["height_km"] == pytest.approx(height / 1000.0, rel=5e-5)
    assert end["sensed_g"] == pytest.approx(30e3 / m1 / G0, rel=1e-7)
    assert np.all(np.isnan(launch.profile["mach"]))


def test_energy_and_momentum_about_the_pole_are_kept_after_cutoff():
    vehicle = rocket(steering=PitchTable(((0.0, 90.0), (10.0, 90.0), (60.0, 30.0)), 60.0))
    launch = fly_launch(vehicle, Pad(28.0, -80.0), BARE, coast_s=250.0)
    series = launch.profile
    after = series["time_s"] > 60.0
    assert after.sum() > 2000
    # The profile has no states: speed, place and J2's potential from the series are enough for the energy.
    lat = np.arctan((1.0 - BARE.flattening) ** 2 * np.tan(np.radians(series["lat_deg"])))
    small = 1.0 - BARE.flattening
    r = series["height_km"] + BARE.radius_km * small / np.sqrt(small**2 + (1.0 - small**2) * np.sin(lat) ** 2)
    potential = -BARE.gm_km3_s2 / r * (1.0 - BARE.j2 * (BARE.radius_km / r) ** 2 * 0.5 * (3.0 * np.sin(lat) ** 2 - 1.0))
    energy = 0.5 * (series["inertial_speed_m_s"][after] / 1000.0) ** 2 + potential[after]
    assert np.ptp(energy) < 1e-9 * abs(energy[0])


def test_the_turning_ground_gives_its_speed_to_the_east():
    def speed(planet, azimuth):
        law = PitchTable(((0.0, 90.0), (5.0, 45.0)), azimuth)
        launch = fly_launch(rocket(steering=law), Pad(0.0, 0.0), planet)
        return launch.profile["inertial_speed_m_s"][-1]

    still = replace(BARE, rate_rad_s=0.0)
    assert speed(still, 90.0) == pytest.approx(speed(still, 270.0), rel=1e-9)
    ground = 1000.0 * BARE.radius_km * BARE.rate_rad_s
    level = fly_launch(rocket(steering=PitchTable(((0.0, 90.0), (5.0, 45.0)), 90.0)), Pad(0.0, 0.0), still)
    v = level.state[3:] * 1000.0
    # The frozen plane leans 0.25 deg to the ground by cut-off, and the climb is a little higher: 0.3 %.
    assert speed(BARE, 90.0) == pytest.approx(math.hypot(v[0], v[1] + ground), rel=3e-3)
    assert speed(BARE, 270.0) == pytest.approx(math.hypot(v[0], v[1] - ground), rel=3e-3)


def test_steps_converge_fast():
    vehicle = rocket(steering=GravityTurn(5.0, 5.0, 4.0, 90.0), area_m2=1.0, drag=((0.0, 0.4),))

    def state(step):
        return fly_launch(vehicle, Pad(28.0, -80.0), step_s=step, coast_s=20.0).state

    fine = state(0.0125)
    errors = [float(np.linalg.norm(state(step)[:3] - fine[:3])) for step in (0.4, 0.1)]
    assert errors[1] < 1e-5  # a centimetre, at the step flown
    assert errors[1] < errors[0] / 8.0


def test_thrust_and_flow_follow_the_pressure_and_the_throttle():
    engine = Engine(60e3, 50e3, 320.0)
    assert engine.flows_kg_s[0] == engine.flows_kg_s[1]
    vehicle = rocket(engine=engine, burn_s=20.0, throttle=((0.0, 1.0), (10.0, 1.0), (10.1, 0.5)))
    launch = fly_launch(vehicle, Pad(28.0, -80.0))
    first, later = launch.at(0.0), launch.at(15.0)
    assert first["sensed_g"] * first["mass_kg"] * G0 == pytest.approx(50e3, rel=1e-3)
    pressure = 101325.0 * (1.0 - 0.0065 * later["height_km"] * 1000.0 / 288.15) ** 5.2559
    assert later["sensed_g"] * later["mass_kg"] * G0 == pytest.approx(30e3 - 10e3 * pressure / 101325.0, rel=2e-3)
    spent = engine.flows_kg_s[0] * (10.0 + 0.1 * 0.75 + 9.9 * 0.5)
    assert 1000.0 - launch.at(20.0 - 1e-9)["mass_kg"] == pytest.approx(spent, rel=1e-4)


def test_a_load_limit_throttles():
    launch = fly_launch(rocket(most_g=4.0, burn_s=None), Pad(0.0, 0.0), FLAT)
    assert launch.profile["sensed_g"].max() == pytest.approx(4.0, rel=1e-6)
    assert launch.profile["ideal_delta_v_m_s"][-1] == pytest.approx(300.0 * G0 * math.log(1000.0 / 300.0), rel=1e-6)


def test_sensed_speed_cuts_off_and_things_drop_and_kick_when_told():
    vehicle = replace(
        rocket(burn_s=None, cutoff_sensed_m_s=1500.0, separation_s=5.0),
        drops=(Drop("tower", 20.0, time_s=30.0), Drop("fairing", 10.0, height_km=3.0)),
        kicks=(Kick("posigrade", 70.0, 8.0), Kick("retro", 80.0, -100.0, 34.0, 15.0)),
    )
    launch = fly_launch(vehicle, Pad(0.0, 0.0), FLAT, coast_s=40.0)
    cut = launch.event("one cut-off")
    assert launch.at(cut.time_s)["sensed_speed_m_s"] == pytest.approx(1500.0, abs=1e-3)
    assert launch.event("one separation").time_s == pytest.approx(cut.time_s + 5.0)
    assert launch.event("tower").time_s == pytest.approx(30.0)
    assert launch.event("fairing").height_km == pytest.approx(3.0, abs=1e-6)
    assert launch.mass_kg == pytest.approx(100.0)
    jump = np.diff(launch.profile["ideal_delta_v_m_s"])[np.diff(launch.profile["time_s"]) == 0.0]
    assert sorted(jump[jump > 1.0]) == pytest.approx([8.0, 100.0])


TWO = Vehicle(
    (
        Stage("first", 22e3, 390e3, Engine(8.2e6, 7.6e6, 311.0), area_m2=10.5, drag=((0.0, 0.3), (1.2, 0.5), (4.0, 0.25)),
              separation_s=3.0, steering=GravityTurn(10.0, 15.0, 10.0)),
        Stage("second", 4e3, 100e3, Engine(950e3, isp_vacuum_s=348.0), coast_s=5.0),
    ),
    9e3,
    drops=(Drop("fairing", 1900.0, height_km=110.0),),
)  # fmt: skip


def guided(target, vehicle=TWO, **changes):
    second = replace(vehicle.stages[1], steering=Guided(target), **changes)
    return replace(vehicle, stages=(vehicle.stages[0], second, *vehicle.stages[2:]))


def test_guidance_reaches_the_orbit_asked_for_and_propagate_takes_over():
    launch = fly_launch(guided(Target.orbit(200.0, 380.0, 51.6, EARTH)), Pad(28.6, -80.6))
    assert launch.apsides_km == pytest.approx((200.0, 380.0), abs=0.5)
    assert launch.elements.inclination_deg == pytest.approx(51.6, abs=1e-3)
    names = [one.name for one in launch.events]
    assert names[0] == "liftoff" and names.index("max q") < names.index("first cut-off") < names.index("fairing")
    assert names.index("second cut-off") < names.index("second separation")
    epoch, state = launch.state_icrf(8.0e8)
    assert epoch == 8.0e8 + launch.duration_s
    assert np.linalg.norm(state[:3]) == pytest.approx(np.linalg.norm(launch.state[:3]), abs=1e-9)
    assert np.linalg.norm(state[3:]) == pytest.approx(np.linalg.norm(launch.state[3:]), abs=1e-6)
    arc = propagate(state, epoch, 5400.0, center="earth")
    heights = np.linalg.norm(arc.states[:, :3], axis=1) - EARTH.radius_km
    assert heights.min() > 170.0 and heights.max() < 410.0


@pytest.mark.parametrize(("thrust", "density"), [(0.985, 1.2), (1.015, 0.8)])
def test_guidance_closes_the_loop_on_engines_and_air_it_does_not_know(thrust, density):
    vehicle = guided(Target.orbit(200.0, 380.0, 51.6, EARTH))
    launch = fly_launch(vehicle, Pad(28.6, -80.6), thrust_factor=thrust, density_factor=density)
    assert launch.apsides_km == pytest.approx((200.0, 380.0), abs=3.0)
    assert launch.elements.inclination_deg == pytest.approx(51.6, abs=0.01)


def test_a_retrograde_southbound_orbit_and_three_guided_stages():
    third = Stage("third", 500.0, 8e3, Engine(60e3, isp_vacuum_s=340.0), coast_s=4.0)
    vehicle = replace(TWO, stages=(*TWO.stages, third), payload_kg=1e3)
    target = Target.orbit(300.0, 300.0, 97.0, EARTH, southbound=True)
    launch = fly_launch(guided(target, vehicle, burn_s=330.0), Pad(34.6, -120.6))
    assert launch.apsides_km == pytest.approx((300.0, 300.0), abs=1.0)
    assert launch.elements.inclination_deg == pytest.approx(97.0, abs=1e-3)
    assert launch.profile["lat_deg"][-1] < 30.0


def test_off_the_moon():
    lift = Stage("rise", 0.0, 300.0, Engine(16e3, isp_vacuum_s=311.0), separation_s=None,
                 steering=PitchTable(((0.0, 90.0), (10.0, 90.0), (16.0, 52.0)), 270.0, "local"), burn_s=20.0)  # fmt: skip
    stage = Stage("guided", 2200.0, 2150.0, lift.engine, steering=Guided(Target.orbit(17.0, 83.0, 178.0, MOON)))
    launch = fly_launch(Vehicle((lift, stage), 0.0), Pad(0.67, 23.5), MOON)
    assert launch.apsides_km == pytest.approx((17.0, 83.0), abs=0.5)
    # Apollo 11's ascent stage: 1,850 m/s in 435 s for the 9 x 45 nmi orbit.
    assert launch.profile["ideal_delta_v_m_s"][-1] == pytest.approx(1850.0, rel=0.02)
    assert launch.models["air"] == "none"


def fails(error, match, vehicle, planet=EARTH, **options):
    with pytest.raises(error, match=match):
        fly_launch(vehicle, Pad(28.6, -80.6), planet, **options)


def test_what_cannot_be_flown_says_which_stage_and_by_how_much():
    fails(
        InputError,
        r"one cannot lift off: it pushes 9\.\d kN under 9\.8 kN",
        rocket(engine=Engine(9700.0, isp_vacuum_s=300.0)),
    )
    fails(InputError, r"one: a burn of 90 s is 21\.\d s longer than its 700 kg", rocket(burn_s=90.0))
    fails(ConvergenceError, r"one: the cut-off at 5000 m/s sensed is never reached.*m/s short",
          rocket(burn_s=None, cutoff_sensed_m_s=5000.0))  # fmt: skip
    fails(ConvergenceError, "one: .* comes down on the ground", rocket(burn_s=20.0), BARE, coast_s=900.0)
    fails(ConvergenceError, r"second is \d+ kg of propellant short",
          guided(Target.orbit(200.0, 380.0, 51.6, EARTH), propellant_kg=75e3))  # fmt: skip
    fails(InputError, "51.6|out of reach", guided(Target.orbit(200.0, 380.0, 20.0, EARTH)))
    fails(InputError, "below the ground of earth", guided(Target(200.0, 7000.0, 51.6)))
    fails(InputError, "before later", replace(rocket(), drops=(Drop("later", 1.0, time_s=500.0),)))
    with pytest.raises(InputError, match="below the ground"):
        Target.orbit(-20.0, 200.0, 51.6, EARTH)
    with pytest.raises(InputError, match="needs a guided stage"):
        fly_launch(rocket(steering=PitchTable(((0.0, 90.0),))), Pad(0.0, 0.0))
