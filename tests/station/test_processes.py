"""Units turn carriers into carriers by set points, power and room; nothing is made of nothing and the books close."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.station.test_life import demand

from malapert.programme.balance import recipe
from malapert.programme.carriers import CARRIERS, GASES, MOLAR_KG
from malapert.programme.elements import Process
from malapert.station.books import Life
from malapert.station.hours import Standing
from malapert.station.life import live
from malapert.station.processes import STORES, Plant, Unit, ordered, plant_yields, unit_runs

N = 24 * 30
SPLIT = {"takes": {"water": 1.0}, "gives": {"oxygen": 0.888, "hydrogen": 0.112}}
SABATIER = {"takes": {"carbon_dioxide": 1.0, "hydrogen": 0.183}, "gives": {"water": 0.819, "methane": 0.364}}
DISTIL = {"takes": {"urine": 1.0}, "gives": {"waste_water": 0.82, "brine": 0.18}}
CLEAN = {"takes": {"waste_water": 1.0}, "gives": {"water": 1.0}}
DRY = {"takes": {"brine": 1.0}, "gives": {"waste_water": 0.803, "urine_solids": 0.197}}
REDUCE = {"takes": {"regolith": 50.0}, "gives": {"oxygen": 1.0, "slag": 49.0}, "basis": "oxygen"}
BAKE = {"takes": {"icy_regolith": 1.0}, "gives": {"water": 0.05, "slag": 0.95}}


def process(parts: Mapping[str, Any], **change: Any) -> Process:
    """A process of one partner, quick enough for two people."""
    return Process(**{"partner": "one", "mass_kg": 100.0, "rate_kg_h": 1.0, **parts, **change})


def unit(name: str, row: Process, n: int = N) -> Unit:
    """A unit that stands from the start."""
    here = Standing(name, "process", "one", "flight", "ship", row.mass_kg, 0.0, 0.0)
    return Unit(here, row, recipe(row), np.ones(n))


def plant(rows: Mapping[str, Process], brought: Mapping[str, float] = {}, n: int = N) -> Plant:
    """Units and what comes in the first step."""
    units = ordered(tuple(unit(name, row, n) for name, row in rows.items()))
    named = {carrier for one in units for carrier in one.recipe.change_kg} | set(brought or {})
    carriers = (*STORES, *(name for name in CARRIERS if name in named and name not in STORES))
    room, come = np.full((n, len(carriers)), np.inf), np.zeros((n, len(carriers)))
    for name in set(GASES) & set(carriers):
        room[:, carriers.index(name)] = 0.0
    for name, kg in (brought or {}).items():
        come[0, carriers.index(name)] = kg
    return Plant(carriers, units, room, come, 1.0)


def closes(lives: Life) -> None:
    """Mass and every element, to 1e-9 of what moves in a step."""
    moved = max(1.0, lives.held_kg.max(initial=0.0))
    assert np.abs(lives.residual_kg()).max() < 1e-11 * moved
    assert np.abs(lives.mass_residual_kg()).max() < 1e-11 * moved


def test_a_sabatier_gives_back_half_the_oxygen_for_it_runs_out_of_hydrogen() -> None:
    """Electrolysis of a person's oxygen frees 2 H2 for each O2; CO2 + 4 H2 -> CH4 + 2 H2O needs four: of the carbon
    dioxide breathed out at a quotient of 0.87, 0.5/0.87 can be reduced: 57 %; of its oxygen as much comes back."""
    rows = {
        "sabatier": process(SABATIER),
        "splitter": process(SPLIT, energy_kwh_kg=5.0, holds={"oxygen": 20.0}),
    }
    lives = live(demand(N, (20.0, 0.0, 500.0, 200.0), plant=plant(rows)))
    breathed, out = lives.flow("oxygen_kg").sum(), lives.flow("carbon_dioxide_kg").sum()
    made = lives.made_kg("oxygen").sum()
    assert made == pytest.approx(breathed, rel=0.01)
    reduced = unit_run(lives, "sabatier").taken_kg["carbon_dioxide"]
    quotient = out / MOLAR_KG["carbon_dioxide"] / (breathed / MOLAR_KG["oxygen"])
    assert reduced / out == pytest.approx(0.5 / quotient, rel=0.01)
    # All hydrogen is used, none flies away; carbon dioxide does.
    assert lives.vented["hydrogen"].sum() == pytest.approx(0.0, abs=1e-9)
    assert lives.vented["carbon_dioxide"].sum() == pytest.approx(out - reduced, rel=1e-6)
    # The water the unit gives carries half of what electrolysis took.
    assert lives.made_kg("water").sum() / unit_run(lives, "splitter").taken_kg["water"] == pytest.approx(0.5, rel=1e-3)
    closes(lives)


def unit_run(lives: Life, name: str) -> Any:
    """What one unit did."""
    assert lives.demand.plant is not None
    return next(run for run in unit_runs(lives.demand.plant, lives.ran_kg) if run.element == name)


def test_a_set_point_is_held_and_no_more_is_made() -> None:
    rows = {"splitter": process(SPLIT, energy_kwh_kg=5.0, holds={"oxygen": 30.0})}
    lives = live(demand(N, (10.0, 0.0, 500.0, 200.0), plant=plant(rows)))
    # It fills the store at its full rate, then makes what the crew breathes: the cabin is filled after it ran.
    assert lives.oxygen_kg[:20] == pytest.approx(10.0 + (np.arange(20) + 1) * (0.888102 - 0.07), rel=1e-4)
    assert lives.oxygen_kg[100:] == pytest.approx(30.0 - 0.07, rel=1e-9)
    assert lives.vented["hydrogen"].sum() > 0.0
    closes(lives)


def test_a_feed_is_not_drawn_below_its_set_point() -> None:
    rows = {"splitter": process(SPLIT, energy_kwh_kg=5.0, holds={"water": 40.0})}
    lives = live(demand(240, (50.0, 0.0, 100.0, 200.0), plant=plant(rows, n=240)))
    drunk_out = np.flatnonzero(lives.water_kg < 40.0 - 1e-9)
    assert (lives.ran_kg[drunk_out[drunk_out > 0][5:], 0] == 0.0).all() and lives.ran_kg[:10, 0].min() > 0.0


def test_used_water_goes_round_through_units_and_dry_solids_stay() -> None:
    rows = {"distiller": process(DISTIL), "cleaner": process(CLEAN), "dryer": process(DRY)}
    lives = live(demand(N, (60.0, 0.0, 60.0, 200.0), plant=plant(rows)))
    open_ended = live(demand(N, (60.0, 0.0, 60.0, 200.0)))
    assert lives.water_short_kg.sum() == 0.0 and open_ended.water_short_kg.sum() > 0.0
    # All used water comes back; the crew's metabolic water makes the store grow.
    given = unit_run(lives, "cleaner").given_kg["water"]
    assert given == pytest.approx(lives.water_returned_kg.sum(), rel=0.01)
    assert lives.carried("urine_solids")[-1] == pytest.approx(lives.flow("urine_solids_kg").sum(), rel=0.01)
    assert lives.wasted["urine_solids"].sum() == pytest.approx(0.0, abs=1e-9)
    closes(lives)


def test_fractions_work_on_what_no_unit_takes() -> None:
    half = np.full(N, 0.5)
    alone = live(demand(N, (60.0, 0.0, 300.0, 200.0), water_recovery=half))
    urine = {"distiller": process(DISTIL)}
    beside = live(demand(N, (60.0, 0.0, 300.0, 200.0), water_recovery=half, plant=plant(urine)))
    assert beside.urine_kg.sum() > 0.0 and beside.water_recovered_kg.sum() < alone.water_recovered_kg.sum()
    in_urine = beside.urine_kg.sum() - beside.flow("urine_solids_kg").sum()
    assert beside.water_recovered_kg.sum() == pytest.approx(0.5 * (beside.water_returned_kg.sum() - in_urine))
    dryer = live(demand(N, (60.0, 0.0, 300.0, 200.0), water_recovery=half, plant=plant({"dryer": process(DRY)})))
    assert dryer.water_recovered_kg.sum() == pytest.approx(alone.water_recovered_kg.sum())
    assert dryer.brine_kg.sum() == pytest.approx(dryer.flow("urine_solids_kg").sum() / 0.1973, rel=1e-3)
    for lives in (beside, dryer):
        closes(lives)


def test_oxygen_and_water_come_from_the_ground_and_the_slag_keeps_the_rest() -> None:
    rows = {"reducer": process(REDUCE, rate_kg_h=0.05), "oven": process(BAKE, rate_kg_h=10.0)}
    lives = live(
        demand(N, (0.0, 0.0, 0.0, 0.0), crewed=np.zeros(N), plant=plant(rows, {"regolith": 5e2, "icy_regolith": 2e3}))
    )
    assert lives.made_kg("oxygen", ("regolith",)).sum() == pytest.approx(10.0)
    assert lives.made_kg("water").sum() == pytest.approx(100.0)
    assert lives.carried("slag")[-1] == pytest.approx(490.0 + 1900.0)
    found = lives.demand.plant
    assert found is not None
    yields = {one.product: one for one in plant_yields(found, lives.ran_kg)}
    assert yields["oxygen"].full_yearly_kg == pytest.approx(0.05 * 8766.0)
    assert yields["oxygen"].yearly_per_kg == pytest.approx(10.0 / (N / 8766.0) / 100.0)
    closes(lives)


def test_a_unit_that_digs_needs_no_store() -> None:
    rows = {"reducer": process(REDUCE, rate_kg_h=0.05, digs=True)}
    lives = live(demand(N, (0.0, 0.0, 0.0, 0.0), crewed=np.zeros(N), plant=plant(rows)))
    assert lives.dug_kg.sum() == pytest.approx(50.0 * 0.05 * N)
    assert lives.oxygen_kg[-1] == pytest.approx(0.05 * N) and lives.carried("regolith").max() == 0.0
    closes(lives)


def test_a_unit_without_power_rests() -> None:
    rows = {"oven": process(BAKE, rate_kg_h=10.0)}
    asked = demand(N, (0.0, 0.0, 0.0, 0.0), crewed=np.zeros(N), plant=plant(rows, {"icy_regolith": 1e5}))
    part = np.repeat([[1.0], [0.0], [0.25]], N // 3, axis=0)
    ran = live(asked, part).ran_kg[:, 0]
    assert ran == pytest.approx(10.0 * part[:, 0])


def test_who_gives_a_gas_goes_before_who_takes_it() -> None:
    units = tuple(
        unit(name, process(row, holds=holds, load_priority=priority), 1)
        for name, row, holds, priority in (
            ("sabatier", SABATIER, {}, 2),
            ("cleaner", CLEAN, {}, 4),
            ("splitter", SPLIT, {"oxygen": 5.0}, 3),
        )
    )
    assert [one.name for one in ordered(units)] == ["splitter", "sabatier", "cleaner"]


@settings(deadline=None, max_examples=40)
@given(
    st.lists(
        st.sampled_from(["split", "sabatier", "distil", "clean", "dry", "reduce", "bake"]), unique=True, min_size=1
    ),
    st.tuples(*(st.floats(0.0, 100.0) for _ in range(4))),
    st.floats(0.001, 5.0),
    st.floats(0.0, 1.0),
    st.floats(0.0, 0.3),
)
def test_every_element_balances_whatever_stands(
    names: list[str], held: tuple[float, float, float, float], rate: float, fraction: float, leak: float
) -> None:
    known = {"sabatier": SABATIER, "distil": DISTIL, "clean": CLEAN, "dry": DRY, "reduce": REDUCE, "bake": BAKE}
    rows = {name: process(known[name], rate_kg_h=rate) for name in names if name in known}
    if "split" in names:
        rows["split"] = process(SPLIT, rate_kg_h=rate, holds={"oxygen": 10.0})
    asked = demand(
        N,
        held,
        water_recovery=np.full(N, fraction),
        oxygen_recovery=np.full(N, fraction),
        leak_kg=np.full(N, leak),
        plant=plant(rows, {"regolith": 300.0, "icy_regolith": 100.0, "hydrogen": 3.0}),
    )
    lives = live(asked)
    closes(lives)
    assert lives.held_kg.min() >= 0.0 and lives.lost_kg.min() >= 0.0
