"""Failures in the mean: rates, hours, spares and time out, each against what can be said by hand."""

import math
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from malapert.logistics.plan import Plan
from malapert.programme import Programme
from malapert.station import operate
from malapert.station.hours import hours_and_sky, on_site, presence
from malapert.station.kits import Kind, lightest
from malapert.station.spares import Repairs, repairs

Plans = Callable[..., Plan]
YEARS = 2400.0 / 8766.0


def _with(little: Programme, **figures: dict[str, float | str]) -> Programme:
    """The little station with figures changed by element."""
    changed = {}
    for name, keys in figures.items():
        table = little.table_of(name)
        rows = changed.setdefault(table, dict(getattr(little, table)))
        rows[name] = rows[name].model_copy(update=keys)
    return little.model_copy(update=changed)


def _mended(programme: Programme, plan: Plan, light: object, free_h: float = 9.0) -> Repairs:
    hours, _ = hours_and_sky(light)  # type: ignore[arg-type]
    crew = presence(programme, plan, hours)
    days = int(hours.day[-1]) + 1
    there = np.bincount(hours.day, crew.anybody, days) / 24.0
    return repairs(programme, on_site(programme, plan), hours, crew, free_h * there)


def test_what_robots_mend_at_once_fails_at_its_rate(little: Programme, plan_of: Plans, light_of: Callable) -> None:
    figures = {"failures_per_year": 2.0, "repair_by": "robot", "repair_d": 0.0, "repair_kg": 3.0, "repair_h": 1.0}
    station = _with(little, wing=figures, truck={"robot_h": 10.0})
    done = _mended(station, plan_of(station), light_of())
    assert done.failures.sum() == pytest.approx(2.0 * YEARS, rel=1e-9)
    assert done.used_kg.sum() == pytest.approx(3.0 * 2.0 * YEARS, rel=1e-9)
    assert done.robot_h.sum() == pytest.approx(2.0 * YEARS, rel=1e-9) and not done.crew_h.any()
    assert done.availability == pytest.approx([1.0]) and done.wanted == pytest.approx([2.0 * YEARS])
    assert done.stock_kg[-1] == pytest.approx(200.0 - 6.0 * YEARS)


def test_time_out_is_that_of_an_alternating_renewal_process(
    little: Programme, plan_of: Plans, light_of: Callable
) -> None:
    """Availability tends to the time to failure over that and the time to repair, but for the day's step."""
    figures = {"failures_per_year": 1.0, "repair_by": "robot", "repair_d": 10.0, "repair_kg": 0.0, "repair_h": 0.0}
    station = _with(little, wing=figures, truck={"robot_h": 10.0})
    done = _mended(station, plan_of(station), light_of(20000))
    assert 1.0 - done.out[0, 400:].mean() == pytest.approx(1.0 / (1.0 + 10.0 / 365.25), rel=2e-4)
    assert done.failures.sum() == pytest.approx(20000 / 8766 * done.availability[0], rel=5e-3)


def test_what_only_people_mend_waits_for_them(little: Programme, plan_of: Plans, light_of: Callable) -> None:
    station = _with(little, wing={"failures_per_year": 1.0, "repair_d": 5.0, "repair_h": 20.0, "repair_kg": 10.0})
    done = _mended(station, plan_of(station), light_of())
    assert not done.begun[:, :41].any() and done.begun[0, 41:].any() and not done.robot_h.any()
    # Until the crew comes the part out is one minus the chance that nothing failed, to a day's part in a thousand.
    assert done.out[0, 40] == pytest.approx(1.0 - math.exp(-41.0 / 365.25), rel=3e-3)
    assert done.crew_h.sum() == pytest.approx(20.0 * done.begun.sum()) and (done.crew_h <= 9.0).all()
    assert not done.begun[:, 67:].any(), "none begins that would not end within the stay"
    alone = _mended(station, plan_of(station, stays_h=()), light_of())
    assert not alone.begun.any() and alone.availability[0] < done.availability[0]


def test_without_spares_nothing_is_mended_and_what_lacked_is_told(
    little: Programme, plan_of: Plans, light_of: Callable
) -> None:
    figures = {"failures_per_year": 6.0, "repair_by": "robot", "repair_kg": 120.0, "repair_d": 1.0, "repair_h": 2.0}
    station = _with(little, wing=figures, home=figures | {"load_priority": 1}, truck={"robot_h": 10.0})
    done = _mended(station, plan_of(station), light_of())
    names = [delivery.element for delivery in done.standing]
    assert names == ["home", "wing"] and done.stock_kg[-1] < 1e-9
    assert done.used_kg.sum() == pytest.approx(200.0, rel=1e-9) and done.lacking_kg.any()
    assert done.wanted.sum() > done.begun.sum()
    none = _mended(station, plan_of(station, without=("spares",)), light_of())
    assert not none.begun.any() and none.lacking_kg[:, 0].any() and none.wanted == pytest.approx(done.wanted)


def test_elements_of_one_kind_share_kits(little: Programme, plan_of: Plans, light_of: Callable) -> None:
    figures = {"failures_per_year": 1.0, "repair_by": "robot", "spares_kind": "cabin"}
    station = _with(little, home=figures, annexe=figures, truck={"robot_h": 20.0})
    done = _mended(station, plan_of(station), light_of())
    (kind,) = done.kinds(station)
    assert kind.name == "cabin" and set(kind.elements) == {"home", "annexe"} and kind.kit_kg == 300.0
    assert kind.mean == pytest.approx(done.wanted.sum())


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 2**32 - 1))
def test_spares_and_failures_balance(little: Programme, plan_of: Plans, light_of: Callable, seed: int) -> None:
    rng = np.random.default_rng(seed)
    figures = {
        name: {
            "failures_per_year": float(rng.uniform(0.0, 8.0)),
            "repair_by": str(rng.choice(["crew", "robot"])),
            "repair_h": float(rng.uniform(0.0, 30.0)),
            "repair_kg": float(rng.uniform(0.0, 60.0)),
            "repair_d": float(rng.uniform(0.0, 20.0)),
            "robot_h": float(rng.choice([0.0, 0.0, 2.0])),
        }
        for name in ("wing", "pile", "pack", "home", "truck", "centre", "telescope")
    }
    station = _with(little, **figures)
    first = float(rng.uniform(0.0, 1500.0))
    use_h = {name: float(rng.uniform(-50.0, 1500.0)) for name in little.elements}
    done = _mended(station, plan_of(station, use_h, stays_h=((first, first + 700.0),)), light_of())
    assert np.abs(done.residual_kg).max(initial=0.0) <= 1e-9 * 200.0
    unmended = done.failures.sum(axis=1) - done.begun.sum(axis=1)
    assert (unmended >= -1e-9).all() and (unmended <= done.out[:, -1] + 1e-9).all()
    for values in (done.failures, done.begun, done.out, done.lacking_kg, done.crew_h, done.robot_h, done.stock_kg):
        assert (values >= 0.0).all()
    assert (done.out <= 1.0).all() and ((done.availability >= 0.0) & (done.availability <= 1.0 + 1e-12)).all()
    days = np.arange(len(done.crew_h))
    assert (done.crew_h <= 9.0 + 1e-9).all() and not done.crew_h[days * 24.0 > first + 700.0].any()
    work_h = np.array([station.elements[d.element].repair_h for d in done.standing])
    assert done.crew_h.sum() + done.robot_h.sum() == pytest.approx(float(done.begun.sum(axis=1) @ work_h), abs=1e-6)


def test_repairs_take_the_crews_hours_and_the_station_says_what_spares_it_needs(
    little: Programme, plan_of: Plans, light_of: Callable
) -> None:
    figures = {"failures_per_year": 4.0, "repair_h": 20.0, "repair_kg": 15.0, "spares_kind": "cabin"}
    station = _with(little, home=figures, annexe=figures)
    plan, light = plan_of(station, stays_h=((984.0, 1704.0),)), light_of(sun_fraction=1.0)
    done, calm = operate(station, plan, light), operate(little, plan, light)
    assert all(value <= 1e-9 for value in done.residuals.values()), done.residuals
    hours_h, asked = done.quantities["repair_h"], done.spares
    assert hours_h > 20.0 and hours_h == pytest.approx(sum(line.repair_h for line in done.crew_hours))
    assert done.quantities["crew_upkeep_h"] == pytest.approx(calm.quantities["crew_upkeep_h"] + hours_h)
    assert done.quantities["crew_experiments_h"] < calm.quantities["crew_experiments_h"]
    assert sum(line.work_h for line in asked.elements) == pytest.approx(hours_h)
    assert asked.landed_kg == 200.0 == pytest.approx(asked.used_kg + asked.left_kg)
    (kind,) = asked.kinds
    assert kind.recommended == lightest((Kind("cabin", (), 15.0, kind.wanted),)).counts[0] and kind.landed == 13
    assert asked.recommended_kg == 15.0 * kind.recommended and asked.curve[-1][1] >= 0.999
    assert asked.sufficiency == pytest.approx(done.quantities["spares_sufficiency"])
    assert float(done.series["spares_kg"][-1]) == pytest.approx(asked.left_kg)
    assert calm.spares.recommended_kg == 0.0 and calm.quantities["spares_sufficiency"] == 1.0
    bare = operate(station, plan_of(station, without=("spares",)), light).spares
    assert bare.sufficiency < 0.5 and all(np.isfinite(line.lacking_tdb_s) for line in bare.elements)
