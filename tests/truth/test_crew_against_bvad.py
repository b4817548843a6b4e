"""A balanced person against published daily rates: BVAD 2004 and 2018, RP-1324, SIMOC.

Oxygen, carbon dioxide, drink and food are taken from the tables, so they are not graded; graded are the figures that
follow from the stoichiometry and that the tables state on their own. Tolerance: V-HAB's human model, validated against
BVAD, misses it by 8.8 % (oxygen), 2.4 % (carbon dioxide) and 22.8 % (humidity); we must stay inside 11.4 %, half of
its worst, on each figure. The tables themselves close to 1.8 % (BVAD 2018).
"""

import json
from pathlib import Path
from typing import Any

import pytest

from malapert.programme.elements import CrewRates
from malapert.programme.vehicles import Crew
from malapert.station.life import PERSON_KW
from malapert.station.metabolism import EFFORT, STANDARD_KG_D, metabolism

TABLE = Path(__file__).parents[2] / "../shared/data/station/tables/crew_rates.json"
PEER = 0.114


@pytest.fixture(scope="module")
def published() -> dict[str, Any]:
    if not TABLE.exists():
        pytest.skip("the published crew rates (shared folder beside the repository) are not here")
    tables: dict[str, Any] = json.loads(TABLE.read_text())
    return tables


def _rates(oxygen: float, dioxide: float, water: float, food: float, food_water: float) -> CrewRates:
    return CrewRates(
        oxygen_kg_d=oxygen,
        carbon_dioxide_kg_d=dioxide,
        water_kg_d=water,
        food_kg_d=food,
        food_water=food_water,
    )


def _water_out(day: Any) -> float:
    return float(day.drink_kg + day.food_water_eaten_kg + day.metabolic_water_kg)


def test_bvad_2018(published: dict[str, Any]) -> None:
    table = published["bvad_2018_table_3_26_kg_per_CM_day"]
    day = metabolism(
        _rates(
            table["o2_in"],
            table["co2_out"],
            table["drink_water_in"],
            table["food_in_total"],
            table["of_which_food_water"] / table["food_in_total"],
        )
    )
    assert day.metabolic_water_kg == pytest.approx(table["metabolic_water"], rel=PEER)
    out = table["humidity_out"] + table["urine_water_out"] + table["feces_water_out"]
    assert _water_out(day) == pytest.approx(out, rel=PEER)
    # The table takes in more than it gives out; what does not balance is dry food, at most a seventh of it.
    assert 0.0 < day.leftover_dry_kg < 0.8 / 7


def test_bvad_2004_food_follows_from_its_gases(published: dict[str, Any]) -> None:
    """Oxygen and carbon dioxide alone give the dry food: BVAD 2004 states 0.617 kg. Rounded to a gram: 1 %."""
    table = published["bvad_2004_kg_per_CM_day"]
    day = metabolism(_rates(table["o2"], table["co2"], table["potable"], 2.0 * table["food"], 0.5))
    assert day.dry_eaten_kg == pytest.approx(table["food"], rel=0.01)


def test_rp_1324_food_and_metabolic_water(published: dict[str, Any]) -> None:
    """RP-1324 states 0.62 kg of food solids (two figures: 1.6 %) and 0.35 kg of metabolic water."""
    table = published["nasa_rp_1324_kg_per_CM_day"]
    food = table["food_solids"] + table["food_water"]
    day = metabolism(_rates(table["o2"], table["co2"], table["drink"], food, table["food_water"] / food))
    assert day.dry_eaten_kg == pytest.approx(table["food_solids"], rel=0.016)
    assert day.metabolic_water_kg == pytest.approx(table["metabolized_water"], rel=PEER)
    # RP-1324 says the respiratory quotient is 0.87.
    assert day.respiratory_quotient == pytest.approx(0.87, abs=0.005)


def test_simoc(published: dict[str, Any]) -> None:
    """SIMOC closes by mass, 5.74 kg; its water vapour and urine are what comes out of our person as water and urine."""
    table = published["simoc_human_agent_kg_per_CM_day"]
    day = metabolism(_rates(table["o2"], table["co2"], table["potable"], table["food"], 0.7 / 1.5))
    taken_kg = day.oxygen_kg + day.drink_kg + day.food_kg
    assert taken_kg == pytest.approx(5.74, abs=0.001)
    out = table["h2o_vapour"] + table["urine"]
    assert _water_out(day) - day.faecal_water_kg + day.urine_solids_kg == pytest.approx(out, rel=PEER)


def test_a_standard_day_of_activities_makes_the_published_day() -> None:
    """BVAD's hours (2022, table 3-28) at its hourly oxygen (2018, table 3.22) against its day (table 3.26, 0.816 kg).

    The hourly rates are inputs, the day is not: it is scaled to the programme's rates afterwards. The tables were made
    for days of other hours (8 h of sleep), so 1 %.
    """
    assert pytest.approx(0.816, rel=0.01) == STANDARD_KG_D


@pytest.mark.parametrize(("oxygen", "dioxide"), [(0.816, 1.04), (0.889992, 1.08)], ids=["bvad", "simoc"])
def test_oxygen_of_an_hour_outside(oxygen: float, dioxide: float) -> None:
    """An EVA's metabolic rate is an input (1.06 MJ/h, BVAD 2022, table 4-69); the oxygen of an hour is not.

    ISS: 0.94 kg breathed by two in 6.5 h ("ISS EVA Gas Usage" in Griffin, AIAA 2020-4170), 0.072 kg each hour; within
    10 %, the spread of daily rates in use. SpaceNet's default is 0.07875 kg/h. BVAD's range with leakage is 0.069 to
    0.110, nominal 0.092; breath and the suit's leak together must lie inside and within 10 % of the nominal.
    """
    day = metabolism(_rates(oxygen, dioxide, 2.5, 1.6, 0.45))
    hour = day.spent({"eva": 1.0})
    assert hour.oxygen_kg == pytest.approx(0.94 / 13.0, rel=0.10)
    assert hour.oxygen_kg == pytest.approx(0.07875, rel=0.10)
    with_leak = hour.oxygen_kg + Crew(members=("a", "b")).suit_oxygen_kg_h
    assert 0.069 < with_leak < 0.110 and with_leak == pytest.approx(0.092, rel=0.10)


def test_warmth_of_an_hour_outside() -> None:
    """RP-1324's mean 136.7 W times an EVA's effort against the 295 to 352 W BVAD names for it, 2 % off its lower end:
    the published means of a day differ by as much (136.7 W, BVAD's 139 W)."""
    assert 1e3 * PERSON_KW * EFFORT["eva"] == pytest.approx(295.0, rel=0.02)
