"""A unit that makes mass, an element or energy is refused with the balance that fails; rounding is closed."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.station.conftest import TEXT

from malapert.errors import ProgrammeError
from malapert.programme import load
from malapert.programme.balance import UnbalancedError, least_energy_kwh_kg, recipe
from malapert.programme.carriers import COMPOSITION, ELEMENTS, REGOLITH_OXYGEN, SLAG
from malapert.programme.elements import Process

UNIT = """
[process.unit]
partner = "one"
mass_kg = 100
rate_kg_h = 0.4
energy_kwh_kg = 5
takes = {{ water = 1.0 }}
gives = {{ oxygen = {oxygen}, hydrogen = {hydrogen} }}
holds = {{ oxygen = 50 }}
"""
SPLIT = UNIT.format(oxygen=0.888, hydrogen=0.112)


def _load(tmp_path: Path, text: str) -> None:
    path = tmp_path / "unit.toml"
    path.write_text(TEXT + text)
    load(path)


def test_a_unit_that_balances_is_taken(tmp_path: Path) -> None:
    _load(tmp_path, SPLIT)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (UNIT.format(oxygen=1.1, hydrogen=0.112), r"process.unit.gives: a unit that makes mass: .* gives 1.212 kg for"),
        (UNIT.format(oxygen=0.7, hydrogen=0.112), "a unit that loses mass"),
        (UNIT.format(oxygen=0.8, hydrogen=0.2), "makes hydrogen: 0.1119 kg of it in what it takes, 0.2 kg in what"),
        (SPLIT.replace("kg = 5\n", "kg = 2.3\n"), "makes energy: 2.3 kWh go into each kg of water, .* holds 3.66 kWh"),
        (SPLIT.replace("holds = { oxygen = 50 }", ""), "takes water the crew lives from, and would take all of it"),
        (SPLIT.replace("oxygen = 50", "methane = 50"), "'methane' is not among what it takes or gives"),
        (SPLIT.replace("{ water", "{ wine"), "no carrier 'wine'; use oxygen"),
        (SPLIT.replace('partner = "one"', 'partner = "one"\nbasis = "food"'), "basis: 'food' is not among"),
    ],
)
def test_what_does_not_balance_is_refused(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(ProgrammeError, match=said):
        _load(tmp_path, text)


def test_no_more_oxygen_than_the_regolith_holds() -> None:
    row = {"partner": "one", "mass_kg": 1.0, "rate_kg_h": 1.0, "takes": {"regolith": 1.0}}
    with pytest.raises(UnbalancedError, match=r"makes oxygen: 0\.449 kg of it in what it takes, 0\.6 kg"):
        recipe(Process(**row, gives={"oxygen": 0.6, "slag": 0.4}))
    made = recipe(Process(**row, gives={"oxygen": 0.2, "slag": 0.8}))
    assert made.slag[ELEMENTS.index("O")] == pytest.approx((REGOLITH_OXYGEN - 0.2) / 0.8)


def test_water_needs_its_gibbs_energy_and_a_sabatier_gives_some() -> None:
    """237.14 kJ/mol over 18.015 g/mol is 3.66 kWh a kg; -130.4 kJ for each mole of carbon dioxide (CODATA 1989)."""
    assert least_energy_kwh_kg({"water": -1.0, "oxygen": 0.888, "hydrogen": 0.112}) == pytest.approx(3.6566, rel=1e-3)
    reactor = {"carbon_dioxide": -44.009, "hydrogen": -8.064, "methane": 16.043, "water": 36.03}
    assert least_energy_kwh_kg(reactor) == pytest.approx(-130.4 / 3600.0 * 1e3, rel=0.01)
    assert least_energy_kwh_kg({"regolith": -1.0, "slag": 1.0}) is None


@given(st.floats(-0.01, 0.01), st.floats(-0.01, 0.01), st.floats(0.1, 1e3))
def test_rounding_is_closed_whatever_the_scale(oxygen: float, hydrogen: float, scale: float) -> None:
    gives = {"oxygen": 0.8881 * scale * (1.0 + oxygen), "hydrogen": 0.1119 * scale * (1.0 + hydrogen)}
    found = recipe(Process(partner="one", mass_kg=1.0, rate_kg_h=1.0, takes={"water": scale}, gives=gives))
    total = sum(kg * COMPOSITION[name] for name, kg in found.change_kg.items() if name != SLAG)
    assert np.abs(total).max() < 1e-14
    assert found.change_kg["water"] == -1.0
