"""Entry: skips, orbits that never come down, parachutes, heating, lift to the right side, and bad input."""

import math

import numpy as np
import pytest

from malapert import constants
from malapert.errors import ConvergenceError, InputError
from malapert.flight.entry import Interface, fly_entry, state_on_turning_axes
from malapert.flight.entry_motion import EARTH, EXPONENTIAL, MARS, Capsule, Parachute, Planet

BLUNT = Capsule(5000.0, 12.0, ((0.0, 1.2), (30.0, 1.3)), nose_m=4.7)
LIFTING = Capsule(5000.0, 12.0, ((0.0, 1.2), (30.0, 1.3)), lift_to_drag=0.3, nose_m=4.7)
AIRLESS = Planet("airless", 398600.4, 6378.137, 0.0, 0.0, 0.0, 1.7e-4, 120.0, 1.4, EXPONENTIAL, "", 1e-30, 7.0)


def lunar_return(angle: float, capsule: Capsule = BLUNT, **options):
    return fly_entry(Interface(120.0, 10.0, 20.0, 11.0, angle, 90.0, inertial=True), capsule, **options)


def test_ballistic_lunar_return_comes_down_with_its_peaks_in_order():
    entry = lunar_return(-6.5)
    names = [moment.name for moment in entry.moments]
    assert entry.skips == 0 and names.index("peak heating") < names.index("peak load")
    assert 6.0 < entry.peak_g < 20.0
    assert entry.profile["load_g"].max() == entry.peak_g
    assert np.all(np.diff(entry.profile["time_s"]) > 0.0)
    # The load integrates the heating, and the end is the ground.
    series = entry.profile
    area = np.sum(0.5 * (series["heating_w_m2"][1:] + series["heating_w_m2"][:-1]) * np.diff(series["time_s"]))
    assert entry.heat_load_j_m2 == pytest.approx(area, rel=2e-3)
    assert series["height_km"][-1] == pytest.approx(0.0, abs=1e-6)


def test_energy_lost_is_the_work_of_drag():
    """Kept books: the turning-frame energy at the start less that at the end is what drag took."""
    entry = lunar_return(-6.5)
    series = entry.profile
    speed, drag = series["speed_m_s"], series["load_g"] * constants.STANDARD_GRAVITY_M_S2
    work = np.sum(0.5 * (drag[1:] * speed[1:] + drag[:-1] * speed[:-1]) * np.diff(series["time_s"]))
    start = Interface(120.0, 10.0, 20.0, 11.0, -6.5, 90.0, inertial=True).state(EARTH)
    top = 1e6 * EARTH.gm_km3_s2 * (1.0 / 6378.0 - 1.0 / 6498.0)  # to 1 %: J2 and spin are left out of it
    lost = 0.5 * (1000.0 * np.linalg.norm(start[3:])) ** 2 + top - 0.5 * speed[-1] ** 2
    assert work == pytest.approx(lost, rel=3e-3)


def test_a_shallow_return_skips_for_ever_and_says_so():
    with pytest.raises(ConvergenceError, match=r"skips out .* never comes back \(escape is"):
        fly_entry(Interface(120.0, 0.0, 0.0, 11.6, -3.0, 90.0, inertial=True), BLUNT)


def test_aerocapture_into_a_long_orbit_is_no_entry():
    with pytest.raises(ConvergenceError, match="aerocapture"):
        lunar_return(-4.9, LIFTING)


def test_a_lifting_skip_is_flown_to_its_second_entry():
    entry = lunar_return(
        -5.8, Capsule(5000.0, 12.0, ((0.0, 1.3),), 0.3, 4.7, bank=((0.0, 0.0), (110.0, 0.0), (130.0, 75.0)))
    )
    assert entry.skips == 1
    skip = next(moment for moment in entry.moments if moment.name.startswith("skips out"))
    assert skip.height_km == pytest.approx(EARTH.top_km, abs=2e-3)
    after = entry.profile["time_s"] > skip.time_s
    assert entry.profile["height_km"][after].max() > EARTH.top_km + 1.0
    assert entry.profile["load_g"][after].max() > 1.0
    assert entry.range_km > 2500.0


def test_an_orbit_that_stays_up_is_an_error():
    with pytest.raises(ConvergenceError, match="stays in orbit"):
        fly_entry(Interface(250.0, 0.0, 0.0, 7.755, 0.0, 90.0, inertial=True), BLUNT, most_s=8000.0)


def test_escaping_upward_is_refused_at_once():
    with pytest.raises(InputError, match="flies away"):
        fly_entry(Interface(130.0, 0.0, 0.0, 12.0, 5.0, 90.0), BLUNT)


def test_a_stone_thrown_straight_down_and_one_thrown_west():
    down = fly_entry(Interface(120.0, 40.0, 5.0, 5.0, -90.0, 0.0), BLUNT)
    assert down.range_km < 5.0 and down.peak_g > 50.0
    west = fly_entry(Interface(120.0, 10.0, 20.0, 11.0, -6.5, 270.0, inertial=True), BLUNT)
    # Flying against the turning air is faster through it, so hotter.
    assert west.peak_heating_w_m2 > 1.1 * lunar_return(-6.5).peak_heating_w_m2


def test_polar_and_retrograde_paths_come_down():
    polar = fly_entry(Interface(120.0, 85.0, 0.0, 7.6, -2.5, 0.0, inertial=True), BLUNT)
    assert polar.lat_deg < 90.0 and abs(abs(polar.lon_deg) - 180.0) < 40.0  # over the pole and down the other side


def test_positive_bank_turns_right_and_negative_left():
    def landing(bank: float) -> float:
        capsule = Capsule(5000.0, 12.0, ((0.0, 1.3),), 0.3, 4.7, bank=((0.0, bank),))
        return fly_entry(Interface(120.0, 0.0, 0.0, 7.7, -2.0, 90.0, inertial=True), capsule).lat_deg

    left, right = landing(-60.0), landing(60.0)
    assert right < -0.3 and left > 0.3  # flying east, right is south


def test_lift_up_eases_the_load():
    assert lunar_return(-6.8, LIFTING).peak_g < lunar_return(-6.8).peak_g


def test_parachutes_open_in_turn_and_set_the_landing_speed():
    drogue = Parachute("drogue", 30.0, 2.0, mach=0.8)
    main = Parachute("main", 1100.0, 8.0, height_km=3.0, drop_kg=500.0)
    entry = lunar_return(-6.5, Capsule(5000.0, 12.0, ((0.0, 1.2),), nose_m=4.7, parachutes=(drogue, main)))
    names = [moment.name for moment in entry.moments]
    assert names.index("drogue") < names.index("main")
    opened = next(moment for moment in entry.moments if moment.name == "main")
    assert opened.height_km == pytest.approx(3.0, abs=1e-4)
    terminal = math.sqrt(2.0 * 4500.0 * 9.79 / (1.225 * (1100.0 + 12.0 * 1.2)))
    assert entry.landing_speed_m_s == pytest.approx(terminal, rel=0.01)


def test_a_parachute_due_before_the_start_opens_at_once():
    early = Parachute("main", 500.0, height_km=30.0)
    entry = fly_entry(
        Interface(10.0, 0.0, 0.0, 0.1, -60.0, 0.0), Capsule(1000.0, 4.0, ((0.0, 1.0),), parachutes=(early,))
    )
    assert next(m for m in entry.moments if m.name == "main").time_s == 0.0


def test_denser_air_slows_higher_up():
    thin, thick = lunar_return(-6.5, density_factor=0.8), lunar_return(-6.5, density_factor=1.2)
    height = {id(e): next(m.height_km for m in e.moments if m.name == "peak load") for e in (thin, thick)}
    assert height[id(thick)] > height[id(thin)] + 1.0


def test_without_air_the_fall_is_kepler():
    entry = fly_entry(Interface(200.0, 0.0, 0.0, 1.0, 0.0, 90.0), BLUNT, AIRLESS)
    r, ground, gm = 6578.137, 6378.137, 398600.4
    assert entry.landing_speed_m_s / 1000.0 == pytest.approx(
        math.sqrt(1.0 + 2.0 * gm * (1.0 / ground - 1.0 / r)), rel=1e-9
    )


def test_mars_and_a_state_from_icrf():
    epoch = 666_952_000.0
    r = np.array([3600.0, 0.0, 0.0])
    state = state_on_turning_axes(np.concatenate([r, [-1.5, 5.2, 0.3]]), epoch, MARS)
    assert np.linalg.norm(state[:3]) == pytest.approx(3600.0)
    entry = fly_entry(state, Capsule(1000.0, 8.0, ((0.0, 1.6),)), MARS)
    assert entry.planet == "mars" and entry.duration_s > 100.0
    assert "COSPAR" in entry.models["air"]


@pytest.mark.parametrize(
    "make",
    [
        lambda: Capsule(0.0, 1.0, ((0.0, 1.0),)),
        lambda: Capsule(10.0, 1.0, ((0.0, -1.0),)),
        lambda: Capsule(10.0, 1.0, ((1.0, 1.0), (0.0, 1.0))),
        lambda: Capsule(10.0, 1.0, ((0.0, math.nan),)),
        lambda: Capsule(10.0, 1.0, ((0.0, 1.0),), parachutes=(Parachute("p", 5.0, height_km=3.0, drop_kg=20.0),)),
        lambda: Parachute("two", 5.0, height_km=3.0, mach=1.0),
        lambda: Parachute("none", 5.0),
        lambda: Parachute("back", -5.0, mach=1.0),
        lambda: Interface(120.0, 0.0, 0.0, math.nan, -6.0, 90.0).state(EARTH),
        lambda: Interface(120.0, 95.0, 0.0, 7.0, -6.0, 90.0).state(EARTH),
        lambda: fly_entry(np.zeros(5), BLUNT),
        lambda: fly_entry(Interface(-1.0, 0.0, 0.0, 0.1, -6.0, 90.0), BLUNT),
        lambda: lunar_return(-6.5, density_factor=0.0),
        lambda: state_on_turning_axes(np.ones(6), 0.0, AIRLESS),
    ],
)
def test_what_cannot_be_an_entry_is_refused(make):
    with pytest.raises(InputError):
        make()
