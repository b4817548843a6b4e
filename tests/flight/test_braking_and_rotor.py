"""Landings under power and rotors: closed forms against their own calculus, Ingenuity's published numbers, bad input."""

import csv
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from malapert.errors import InputError
from malapert.flight.braking import brake
from malapert.flight.rocket import delta_v_m_s
from malapert.flight.rotor import ONE_BELOW, Rotor

CHORDS = Path(__file__).parents[2] / "../shared/data/flights/ingenuity/ingenuity_blade_chord.csv"


@given(
    height=st.floats(200.0, 5000.0), sink=st.floats(5.0, 150.0), east=st.floats(-60.0, 60.0), gate=st.floats(0.0, 100.0)
)
def test_braking_ends_at_rest_over_the_ground(height, sink, east, gate):
    flown = brake(height, np.array([east, 3.0, -sink]), 3.71, 2000.0, 1e9, 220.0, touchdown_m_s=1.0, gate_height_m=gate)
    assert flown.places_m[-1, 2] == pytest.approx(0.0, abs=1e-9 * height)
    np.testing.assert_allclose(flown.velocities_m_s[-1], [0.0, 0.0, -1.0], atol=1e-9 * sink)
    # The places are what the velocities sum to, and the propellant pays for the delta-v.
    steps = np.diff(flown.times_s)[:, None] * 0.5 * (flown.velocities_m_s[1:] + flown.velocities_m_s[:-1])
    np.testing.assert_allclose(steps.sum(axis=0), flown.places_m[-1] - flown.places_m[0], rtol=1e-9, atol=1e-6)
    assert delta_v_m_s(flown.masses_kg[0], flown.masses_kg[-1], 220.0) == pytest.approx(flown.delta_v_m_s)
    assert flown.delta_v_m_s > math.hypot(east, 3.0, sink) - 1.0


def test_braking_that_cannot_be():
    down = np.array([0.0, 0.0, -80.0])
    with pytest.raises(InputError, match=r"takes 13\.8 kN, the engines give 10\.0 kN"):
        brake(1000.0, down, 3.71, 2000.0, 10e3, 220.0, touchdown_m_s=1.0)
    with pytest.raises(InputError, match="faster than 1 m/s"):
        brake(1000.0, -down, 3.71, 2000.0, 10e3, 220.0, touchdown_m_s=1.0)
    with pytest.raises(InputError, match="must be over 50 m"):
        brake(40.0, down, 3.71, 2000.0, 10e3, 220.0, touchdown_m_s=1.0, gate_height_m=50.0)


def test_a_blade_of_one_chord_has_the_textbook_profile_power():
    """C_P0 = sigma Cd / 8 and sigma = N c / pi R (Leishman 2006, chapter 2), trapezoids to 0.1 %."""
    table = [(float(r), 0.1) for r in np.linspace(0.0, 1.0, 60)]
    rotor = Rotor(2.0, 3, table, 0.02)
    assert rotor.solidity == pytest.approx(0.3 / math.pi, rel=1e-3)
    power = rotor.profile_power_w(150.0, 1.2)
    assert power == pytest.approx(1.2 * math.pi * 4.0 * 150.0**3 * rotor.solidity * 0.02 / 8.0, rel=1e-3)
    tip = rotor.tip_speed_m_s(5000.0, 1.2, 0.08)
    assert 1.2 * math.pi * 4.0 * tip**2 * rotor.solidity * 0.08 == pytest.approx(5000.0)


@pytest.mark.skipif(not CHORDS.exists(), reason="the shared blade table of Ingenuity is not beside the repository")
def test_ingenuitys_blade_and_ideal_power():
    """Thrust-weighted solidity 0.074 of each rotor; 89 W of one ideal disk at 0.0165 kg/m3."""
    with CHORDS.open() as file:
        table = [(float(row["r_over_R"]), float(row["c_over_R"])) for row in csv.DictReader(file)]
    rotor = Rotor(0.605, 2, table, 0.045, 2, 1.15, ONE_BELOW)
    assert rotor.solidity == pytest.approx(0.074, abs=0.0005)
    assert rotor.ideal_power_w(1.8 * 3.71, 0.0165) == pytest.approx(89.0, abs=1.0)
    # Two disks on one shaft need less than one of their size with all of it, and more than the two apart.
    together = rotor.induced_power_w(6.68, 0.0165) / 1.15
    apart = 2.0 * rotor.ideal_power_w(3.34, 0.0165)
    assert apart < together < rotor.ideal_power_w(6.68, 0.0165)


def test_rotors_that_cannot_be():
    with pytest.raises(InputError, match="r/R and c/R"):
        Rotor(1.0, 2, [(0.5, 0.1), (0.2, 0.1)], 0.02)
    with pytest.raises(InputError, match="one or two disks"):
        Rotor(1.0, 2, [(0.1, 0.1), (1.0, 0.1)], 0.02, rotors=3)
