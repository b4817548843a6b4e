"""Requirements are held against what was measured, and every single loss is run again."""

import math
from pathlib import Path

import pytest

from malapert import programme
from malapert.programme.elements import Requirement
from malapert.run import STAGES, Run, execute
from malapert.run.closure import Closure, verdicts, without

SETS = (
    "histories=100",
    "requirement.night={quantity='vital_unserved_kwh', at_most=0, title='Nights are survived'}",
    "battery.pack.like='li_ion_100kwh'",
)


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Run:
    loaded = programme.load("hello", sets=SETS)
    folder = tmp_path_factory.mktemp("closure") / "run"
    return execute(loaded, programme.merged_toml("hello", sets=SETS), folder, STAGES)


def test_a_requirement_is_met_only_within_its_bounds() -> None:
    asked = programme.load("hello")
    for low, high, value, met in (
        (1.0, None, 1.0, True),
        (1.0, None, 0.9, False),
        (None, 2.0, 2.1, False),
        (1.0, None, math.nan, False),
    ):
        row = Requirement(quantity="experiment_h", at_least=low, at_most=high)
        (verdict,) = verdicts(asked.model_copy(update={"requirement": {"r": row}}), {"experiment_h": value})
        assert verdict.met is met


def test_the_run_closes_and_says_by_how_much(finished: Run) -> None:
    closure = finished.result("closure", Closure)
    assert closure.closes
    assert {verdict.name for verdict in closure.verdicts} == {"camera", "night"}
    assert [margin.fraction for margin in closure.margins] == sorted(margin.fraction for margin in closure.margins)


def test_losing_the_only_flight_breaks_it(finished: Run) -> None:
    breaks = {broken.what: broken for broken in finished.result("closure", Closure).breaks}
    assert not breaks["first is lost"].closes
    assert breaks["first is lost"].failed == ("camera",)
    assert "3 elements" in breaks["first is lost"].words
    assert not breaks["Long March 10 never flies"].closes


def test_a_loss_takes_along_only_what_cannot_be_without_it() -> None:
    whole = programme.load("ilrs-2035")
    left = without(whole, "launcher", "lm10")
    assert "ilrs_1" not in left.flight and "ilrs_3" in left.flight
    assert left.elements.keys() == whole.elements.keys()
    assert without(whole, "flight", "lander_a").flight.keys() == whole.flight.keys() - {"lander_a", "crew_a"}


def test_a_weak_battery_does_not_survive_the_night(tmp_path: Path) -> None:
    sets = (*SETS, "battery.pack.capacity_kwh=0.5")
    run = execute(
        programme.load("hello", sets=sets), programme.merged_toml("hello", sets=sets), tmp_path / "run", STAGES
    )
    closure = run.result("closure", Closure)
    assert not closure.closes
    assert "night" in [verdict.name for verdict in closure.verdicts if not verdict.met]
