"""Water units against the station that flies them: the urine and water processors of the ISS.

NASA (L. Carter, phys.org, March 2021): the urine processor recovers 87 % of urine's water (85 % by design), the water
processor all it is given, and the whole is "about 93.5 %". The units' recoveries and BVAD's crew are inputs; the whole is
what is graded. V-HAB's verification data of the water processor are breakthrough curves of its ion exchange beds: units
here have no beds, so of them only the flow, 0.798 mL/s, is used, as the rate of the shipped unit.
"""

import numpy as np
import pytest
from tests.station.test_processes import CLEAN, plant, process, unit_run

from malapert.programme.carriers import BRINE_SOLIDS, URINE_SOLIDS
from malapert.programme.elements import CrewRates
from malapert.station.books import Demand, Life
from malapert.station.life import live
from malapert.station.metabolism import Metabolism, metabolism

N = 24 * 60
CREW = 6


def _station(recovered: float) -> Life:
    """Six people with BVAD's 2018 day, a urine processor that wins back a part of urine's water, a water processor."""
    day = metabolism(
        CrewRates(oxygen_kg_d=0.816, water_kg_d=2.5, food_kg_d=1.5, food_water=0.4667, carbon_dioxide_kg_d=1.04)
    )
    flows = {name: np.full(N, CREW * getattr(day, name) / 24.0) for name in Metabolism.__dataclass_fields__}
    water = recovered * (1.0 - URINE_SOLIDS)
    # What the brine's fixed make-up cannot hold of the rest goes as dry solids, or as water let go with the brine.
    left_water, solids = (1.0 - recovered) * (1.0 - URINE_SOLIDS), URINE_SOLIDS
    brine = min(solids / BRINE_SOLIDS, left_water / (1.0 - BRINE_SOLIDS))
    gives = {"waste_water": water, "brine": brine, "urine_solids": solids - brine * BRINE_SOLIDS}
    rows = {
        "urine": process({"takes": {"urine": 1.0}, "gives": {name: kg for name, kg in gives.items() if kg > 1e-9}}),
        "water": process(CLEAN, rate_kg_h=2.87),
    }
    delivered = np.zeros((N, 6))
    delivered[0] = (500.0, 0.0, 300.0, 700.0, 14.0, 46.0)
    none = np.zeros(N)
    nominal = np.tile([14.0, 46.0], (N, 1))
    return live(Demand(delivered, nominal, none, np.ones(N), none, none, flows, plant=plant(rows, n=N)))


def test_the_whole_recovers_what_was_reported() -> None:
    """93.5 % "about": within a point. Hygiene water, flush and pretreatment of the ISS are not in the daily rates."""
    lives = _station(0.87)
    closure = lives.all_water_recovered_kg.sum() / lives.water_returned_kg.sum()
    assert closure == pytest.approx(0.935, abs=0.010)
    assert np.abs(lives.residual_kg()).max() < 1e-9


def test_design_recovery_gives_what_was_reached_before_the_upgrade() -> None:
    """At 85 % the whole is lower by two hundredths of urine's share of used water."""
    share = 0.02 * 1.6 / (2.5 + 0.70 + 0.345 - 0.10)
    better, design = (
        lives.all_water_recovered_kg.sum() / lives.water_returned_kg.sum() for lives in (_station(0.87), _station(0.85))
    )
    assert better - design == pytest.approx(share, rel=0.05)


def test_the_urine_is_what_six_people_give() -> None:
    """Facts of the ISS: a crew of six gives about 9 kg a day (NASA reference guide to the ISS); BVAD's is 9.95."""
    lives = _station(0.87)
    assert unit_run(lives, "urine").taken_kg["urine"] / (N / 24.0) == pytest.approx(9.0, rel=0.12)


def test_the_water_processor_keeps_up_with_a_tank_that_does_not_grow() -> None:
    """A flow of 0.798 mL/s, 2.87 kg/h, cleans six people's day in under eight hours, so no waste water is left."""
    lives = _station(0.87)
    assert lives.carried("waste_water").max() == pytest.approx(0.0, abs=1e-9)
    run = unit_run(lives, "water")
    assert 24.0 * run.worked_h / run.there_h < 8.0
