"""A crew's day is 24 h whatever it holds; EVAs are held in light and contact, and refused with the reason elsewhere."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from malapert.programme.vehicles import Crew
from malapert.report.blocks import Table
from malapert.report.crew import section as crew_section
from malapert.station.crew import ACTIVITIES, earliest_h, mean_day, step_hours
from malapert.station.life import metabolisms
from malapert.station.operations import operate
from malapert.station.steps import lived

EVA = ACTIVITIES.index("eva")


def _row(**keys: Any) -> Crew:
    return Crew.model_validate({"members": ["a", "b"], **keys})


days_of = st.lists(st.tuples(st.booleans(), st.floats(0.0, 1.0)), min_size=1, max_size=9)


@settings(deadline=None, max_examples=60)
@given(
    st.floats(0.0, 10.0), st.floats(0.0, 3.0), st.floats(0.5, 10.0), st.floats(0.0, 10.0), st.floats(0.0, 4.0),
    days_of, st.sampled_from([1.0 / 60.0, 0.5, 1.0, 5.0, 7.3, 24.0]), st.floats(0.0, 23.9),
)  # fmt: skip
def test_every_step_is_filled_and_every_day_has_24_h(
    sleep: float, exercise: float, work: float, eva: float, ready: float, days: list[tuple[bool, float]], step: float,
    clock: float,
) -> None:  # fmt: skip
    out_h = min(eva, max(work + exercise - ready, 0.0))
    goes = out_h > 0.1 and ready <= work + exercise and sleep + 0.5 + ready + out_h <= 24.0
    row = _row(sleep_h=sleep, exercise_h=exercise, work_h=work, eva_preparation_h=ready, eva_h=out_h if goes else 1.0)
    earliest, latest = sleep + min(0.5, 24.0 - sleep - exercise - work) + ready, 24.0 - out_h
    start = np.array([earliest + part * (latest - earliest) if goes and out else np.nan for out, part in days])
    rest = np.array([part > 0.5 for _, part in days])
    edges = clock + step * np.arange(int((24.0 * len(days) - clock) / step + 1e-9) + 1)
    if len(edges) < 2:
        return
    hours = step_hours(row, edges, rest, start)
    assert hours.sum(axis=0) == pytest.approx(np.full(len(edges) - 1, step), rel=1e-9)
    assert hours.min() >= 0.0
    if step in (0.5, 1.0, 24.0) and clock == 0.0:
        assert hours[EVA].sum() == pytest.approx(np.isfinite(start).sum() * row.eva_h, rel=1e-9)
        assert hours[0].sum() == pytest.approx(sleep * len(days), rel=1e-9, abs=1e-9)


def test_a_day_goes_by_the_clock() -> None:
    row = _row()
    hours = step_hours(row, np.arange(25.0), np.zeros(1, bool), np.full(1, np.nan))
    by = dict(zip(ACTIVITIES, hours, strict=True))
    assert by["sleep"][:8].min() == 1.0 and by["sleep"][8] == 0.5 and by["sleep"].sum() == 8.5
    assert by["upkeep"][9:11].tolist() == [1.0, 1.0] and by["work"].sum() == 4.5 and by["exercise"].sum() == 2.5
    out = dict(zip(ACTIVITIES, step_hours(row, np.arange(25.0), np.zeros(1, bool), np.array([12.0])), strict=True))
    assert out["eva"][12:18].tolist() == [1.0] * 6 and out["preparation"][10:12].tolist() == [0.5, 1.0]
    # Six hours and an hour and a half of making ready: all the day's work, and an hour of exercise.
    assert out["work"].sum() + out["upkeep"].sum() == 0.0 and out["exercise"].sum() == 1.5
    assert out["sleep"].sum() == 8.5 and out["personal"].sum() == by["personal"].sum()


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 2**72 - 1), st.floats(0.5, 8.0), st.sampled_from([0.5, 1.0, 2.0]))
def test_an_eva_fits_where_its_rules_hold_all_along(bits: int, length: float, step: float) -> None:
    """The first start of a day is found by trying every minute."""
    row = _row(eva_h=length)
    edges = step * np.arange(int(72 / step) + 1)
    able = np.array([bool(bits >> int(t) & 1) for t in edges[:-1]])
    found = earliest_h(row, edges, able, 3)
    ready = 8.5 + 0.5 + 1.5
    for day, start in enumerate(found):
        fits = []
        for at in np.unique(np.r_[ready, edges[:-1] - 24.0 * day]):
            if ready <= at and at + length <= 24.0 + 1e-9:
                touched = (edges[1:] > 24.0 * day + at + 1e-9) & (edges[:-1] < 24.0 * day + at + length - 1e-9)
                if able[touched].all():
                    fits.append(at)
        assert (np.isnan(start) and not fits) or start == pytest.approx(min(fits))


def _flown(little: Any, plan_of: Any, light: Any, **keys: Any) -> Any:
    pair = little.crew["pair"]
    row = Crew.model_validate({**pair.model_dump(exclude={"source"}), **keys})
    changed = little.model_copy(update={"crew": {"pair": row}})
    return operate(changed, plan_of(changed, stays_h=((1008.0, 1008.0 + 21 * 24.0),)), light)


def test_evas_are_held_in_light_and_contact(little: Any, plan_of: Any, light_of: Any) -> None:
    light = light_of(sun_fraction=1.0, link_mbit_s=10.0)
    done = _flown(little, plan_of, light, evas_per_week=3.0, rest_days=2)
    (stay,) = done.evas
    assert (stay.wanted, stay.held) == (9, 9) and stay.eva_h == pytest.approx(9 * 6.0 * 2) and not stay.refused
    outside = done.series["crew_outside"].to_numpy()
    assert set(np.unique(np.round(outside, 9))) <= {0.0, 1.0, 2.0} and outside.sum() == pytest.approx(108.0)
    assert done.quantities["eva_fulfilment"] == 1.0 and done.quantities["evas"] == 9.0
    assert sum(h.eva_h for h in done.crew_hours) == pytest.approx(108.0)
    assert sum(h.preparation_h for h in done.crew_hours) == pytest.approx(9 * 1.5 * 2)
    assert done.residuals["crew_h"] < 1e-9
    whole = sum(h.work_h + h.eva_h + h.preparation_h + h.exercise_h + h.sleep_h + h.personal_h for h in done.crew_hours)
    assert whole == pytest.approx(24.0 * 42.0, rel=1e-9)


@pytest.mark.parametrize(
    ("series", "keys", "why"),
    [
        ({"sun_fraction": 0.05, "link_mbit_s": 10.0}, {}, "dark"),
        ({"sun_fraction": 1.0, "link_mbit_s": 0.0}, {}, "no link to Earth"),
        ({"sun_fraction": 1.0, "link_mbit_s": 10.0}, {"eva_inside": 1}, "too few people"),
    ],
)
def test_what_cannot_be_held_is_refused_with_the_reason(
    little: Any, plan_of: Any, light_of: Any, series: dict[str, float], keys: dict[str, Any], why: str
) -> None:
    if keys:  # somebody fell out after the file was read
        pair = little.crew["pair"].model_copy(update={"evas_per_week": 2.0, **keys})
        little, keys = little.model_copy(update={"crew": {"pair": pair}}), {}
        done = operate(little, plan_of(little, stays_h=((1008.0, 1008.0 + 21 * 24.0),)), light_of(**series))
    else:
        done = _flown(little, plan_of, light_of(**series), evas_per_week=2.0)
    (stay,) = done.evas
    assert (stay.wanted, stay.held, stay.refused) == (6, 0, {why: 6}) and stay.first_because == why
    assert stay.first_refused_tdb_s == pytest.approx(stay.start_tdb_s, abs=1.0)
    assert done.quantities["eva_h"] == 0.0 and done.quantities["eva_fulfilment"] == 0.0


def test_lamps_and_hands_free_of_earth_lift_the_rules(little: Any, plan_of: Any, light_of: Any) -> None:
    light = light_of(sun_fraction=0.0, link_mbit_s=0.0)
    done = _flown(little, plan_of, light, evas_per_week=2.0, eva_sun_fraction=0.0, eva_link=False)
    assert done.evas[0].held == 6


def test_an_eva_costs_breath_and_water_and_opens_the_airlock(little: Any, plan_of: Any, light_of: Any) -> None:
    light = light_of(sun_fraction=1.0, link_mbit_s=10.0)
    stay, out = (_flown(little, plan_of, light, evas_per_week=rate) for rate in (0.0, 5.0))
    breathed = [float(d.series["oxygen_kg"].to_numpy()[-1]) for d in (stay, out)]
    assert breathed[1] < breathed[0]
    assert out.quantities["consumed_kg"] > stay.quantities["consumed_kg"]
    for name in ("mass_kg", "carbon_kg", "hydrogen_kg", "oxygen_kg", "nitrogen_kg"):
        assert out.residuals[name] < 1e-9
    assert stay.evas[0].wanted == 0 and np.isnan(stay.quantities["eva_fulfilment"])


def test_the_mean_day_is_that_of_its_hours(little: Any, plan_of: Any, light_of: Any) -> None:
    pair = little.crew["pair"].model_copy(update={"evas_per_week": 3.5})
    programme = little.model_copy(update={"crew": {"pair": pair}})
    light = light_of(sun_fraction=1.0, link_mbit_s=10.0)
    plan = plan_of(programme, stays_h=((1008.0, 1008.0 + 28 * 24.0),))
    life = lived(programme, plan, light)
    day = mean_day(life.time, 0)
    assert day.eva_h == pytest.approx(3.0) and day.work_h == pytest.approx(4.5 / 2)
    (person,) = metabolisms(programme, life.crew)
    assert life.life.demand.flows["oxygen_kg"].sum() == pytest.approx(56.0 * person.oxygen_kg * day.effort, rel=1e-9)


def test_suits_lose_water_and_oxygen_for_good(little: Any, plan_of: Any, light_of: Any) -> None:
    light = light_of(sun_fraction=1.0, link_mbit_s=10.0)
    keys = {"evas_per_week": 3.0, "suit_water_kg_h": 0.6, "suit_oxygen_kg_h": 0.03}
    pair = little.crew["pair"].model_copy(update=keys)
    programme = little.model_copy(update={"crew": {"pair": pair}})
    life = lived(programme, plan_of(programme, stays_h=((1008.0, 1008.0 + 21 * 24.0),)), light).life
    assert life.suit_water_kg.sum() == pytest.approx(108.0 * 0.6)
    assert life.suit_oxygen_kg.sum() == pytest.approx(108.0 * 0.03)
    assert life.vented["water"].sum() == pytest.approx(108.0 * 0.6)
    assert np.abs(life.residual_kg()).max() < 1e-9 and np.abs(life.mass_residual_kg()).max() < 1e-9


def test_a_dry_station_says_what_suits_lack(little: Any, plan_of: Any, light_of: Any) -> None:
    light = light_of(sun_fraction=1.0, link_mbit_s=10.0)
    pair = little.crew["pair"].model_copy(update={"evas_per_week": 1.0})
    programme = little.model_copy(update={"crew": {"pair": pair}})
    plan = plan_of(programme, without=("water", "oxygen"), stays_h=((1008.0, 1008.0 + 21 * 24.0),))
    life = lived(programme, plan, light).life
    wanted = life.demand.flows["drink_kg"].sum() + life.demand.flows["hygiene_kg"].sum() + 36.0 * pair.suit_water_kg_h
    assert life.water_short_kg.sum() + life.water_used_kg.sum() + life.suit_water_kg.sum() == pytest.approx(wanted)
    assert np.abs(life.residual_kg()).max() < 1e-9


def test_an_experiment_outside_runs_while_somebody_is(little: Any, plan_of: Any, light_of: Any) -> None:
    """Two go out for six hours, nine times: the experiment that asks for eight of their twelve hours runs through."""
    light = light_of(sun_fraction=1.0, link_mbit_s=10.0)
    pair = little.crew["pair"].model_copy(update={"evas_per_week": 3.0})
    dig = little.experiment["geology"].model_copy(update={"eva_h": 8.0, "crew_h": 0.0, "wanted_h": 8766.0})
    rows = {"crew": {"pair": pair}, "experiment": {**little.experiment, "geology": dig}}
    programme = little.model_copy(update=rows)
    done = operate(programme, plan_of(programme, stays_h=((1008.0, 1008.0 + 21 * 24.0),)), light)
    got = next(e for e in done.experiments if e.element == "geology")
    assert got.delivered_h == pytest.approx(54.0) and got.eva_h == pytest.approx(72.0)
    assert sum(h.eva_experiments_h for h in done.crew_hours) == pytest.approx(72.0)


def test_the_week_and_the_months_hold_the_same_hours(little: Any, plan_of: Any, light_of: Any) -> None:
    done = _flown(little, plan_of, light_of(sun_fraction=1.0, link_mbit_s=10.0), evas_per_week=3.0)
    assert done.week.sizes["time"] == 168
    assert float(done.week["hours_h"].sum()) == pytest.approx(2 * 168.0, rel=1e-9)
    assert float(done.week["hours_h"].sel(activity="eva").sum()) >= 3 * 6.0 * 2 - 1e-9
    assert float(done.crew_months["hours_h"].sum()) == pytest.approx(24.0 * 42.0, rel=1e-9)
    section = crew_section(little, done)
    assert "9 of 9 EVAs held" in section.lead
    assert [figure.name for figure in section.figures] == ["plot-crew-week", "plot-crew-months"]
    drawn = section.figures[0].spec["data"]
    assert np.sum([trace["y"] for trace in drawn], axis=0) == pytest.approx(np.full(168, 2.0), rel=1e-3)
    hours = section.blocks[-1]
    assert isinstance(hours, Table) and len(hours.rows) == len(done.crew_hours)
