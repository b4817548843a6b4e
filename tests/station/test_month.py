"""The fullest month: what comes into every place that keeps nothing goes out of it."""

from collections.abc import Callable
from pathlib import Path

import pytest
import xarray as xr
from tests.station.conftest import TEXT

from malapert.logistics.plan import Plan
from malapert.programme import Programme, load
from malapert.report.life import sankey, section
from malapert.station import operate
from malapert.station.month import INNER

UNITS = """
[process.splitter]
partner = "one"
mass_kg = 80
rate_kg_h = 0.4
energy_kwh_kg = 5
takes = { water = 1.0 }
gives = { oxygen = 0.888, hydrogen = 0.112 }
holds = { oxygen = 1000, water = 150 }
[process.sabatier]
partner = "one"
mass_kg = 60
rate_kg_h = 0.2
takes = { carbon_dioxide = 1.0, hydrogen = 0.183 }
gives = { water = 0.819, methane = 0.364 }
[process.distiller]
load_priority = 1
partner = "one"
mass_kg = 100
rate_kg_h = 1.0
energy_kwh_kg = 0.75
takes = { urine = 1.0 }
gives = { waste_water = 0.82, brine = 0.18 }
[process.cleaner]
load_priority = 1
partner = "two"
mass_kg = 150
rate_kg_h = 2.0
load_kw = 0.3
takes = { waste_water = 1.0 }
gives = { water = 1.0 }
[process.plant]
partner = "two"
mass_kg = 500
rate_kg_h = 0.05
energy_kwh_kg = 25
basis = "oxygen"
digs = true
load_priority = 8
takes = { regolith = 50.0 }
gives = { oxygen = 1.0, slag = 49.0 }
"""


def test_what_comes_in_goes_out(
    little: Programme, plan_of: Callable[..., Plan], light_of: Callable[..., xr.Dataset]
) -> None:
    month = operate(little, plan_of(little, stays_h=((100.0, 400.0), (900.0, 1700.0))), light_of(2400)).month
    assert month is not None and month.crew_d == pytest.approx(2 * 30.0)
    assert {"crew", "water recovery", "oxygen recovery"} <= {flow.target for flow in month.flows}
    for place in INNER:
        into = sum(flow.kg for flow in month.flows if flow.target == place)
        out = sum(flow.kg for flow in month.flows if flow.source == place)
        assert into == pytest.approx(out, rel=1e-9), place


def test_nobody_there_has_no_month(
    little: Programme, plan_of: Callable[..., Plan], light_of: Callable[..., xr.Dataset]
) -> None:
    assert operate(little, plan_of(little, stays_h=()), light_of(300)).month is None


def test_what_comes_into_a_unit_goes_out_and_the_report_shows_it(
    tmp_path: Path, plan_of: Callable[..., Plan], light_of: Callable[..., xr.Dataset]
) -> None:
    path = tmp_path / "units.toml"
    path.write_text(TEXT + UNITS)
    programme = load(path)
    done = operate(programme, plan_of(programme, stays_h=((900.0, 1700.0),)), light_of(2400))
    assert done.month is not None
    for place in ("crew", "splitter", "sabatier", "distiller", "cleaner", "plant"):
        into = sum(flow.kg for flow in done.month.flows if flow.target == place)
        out = sum(flow.kg for flow in done.month.flows if flow.source == place)
        assert into > 0.0 and into == pytest.approx(out, rel=1e-9), place
    assert max(done.residuals.values()) < 1e-9
    # Without fractions the units carry the station: water goes round, oxygen is what the splitter and the plant give.
    assert done.quantities["water_closure"] == pytest.approx(0.93, abs=0.05)
    assert done.quantities["oxygen_short_kg"] == 0.0 and done.quantities["oxygen_from_ground_kg"] > 0.0
    # What units drew is what the bus gave them.
    drawn = {run.element: run.energy_kwh for run in done.units}
    for energy in done.elements:
        if energy.element in drawn:
            assert drawn[energy.element] == pytest.approx(energy.served_kwh, rel=0.02), energy.element
    (made,) = done.yields
    assert made.product == "oxygen" and 0.0 < made.yearly_kg <= made.full_yearly_kg
    page = str(section(programme, done))
    assert "Resources of the place" in page and "Units: what each made of what" in page
    assert "cleaner" in str(sankey(done.month))
