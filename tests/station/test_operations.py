"""The station's books balance at every step whatever is thrown at it, and what it says is what happened."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
import xarray as xr
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from malapert.errors import InputError
from malapert.logistics.plan import Plan
from malapert.programme import Programme
from malapert.station import measure, operate
from malapert.station.books import CABIN_NITROGEN_KG_M3, CABIN_OXYGEN_KG_M3
from malapert.station.steps import lived

Plans, Lights = Callable[..., Plan], Callable[..., xr.Dataset]
RANDOM = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
RESOURCES = ("oxygen", "nitrogen", "water", "food")


def _random(little: Programme, plan_of: Plans, light_of: Lights, seed: int) -> tuple[Plan, xr.Dataset]:
    rng = np.random.default_rng(seed)
    names = list(little.elements)
    use_h = {name: float(rng.uniform(-100, 1500)) for name in names}
    without = tuple(name for name in names if rng.random() < 0.2)
    first = float(rng.uniform(0, 1200))
    stays = ((first, first + float(rng.uniform(10, 900))), (first + 300.0, first + 1000.0))
    return plan_of(little, use_h, without, stays), light_of(seed=seed)


@RANDOM
@given(seed=st.integers(0, 2**32 - 1))
def test_books_balance_at_every_step(little: Programme, plan_of: Plans, light_of: Lights, seed: int) -> None:
    plan, light = _random(little, plan_of, light_of, seed)
    done = operate(little, plan, light)
    s, scale = done.series, done.quantities
    # Energy, from the series alone.
    bus = s.solar_kw + s.firm_kw + s.discharge_kw - s.served_kw.sum("priority") - s.curtailed_kw - s.charge_kw
    store = np.diff(s.stored_kwh.values, prepend=0.0) - (s.charge_kw - s.discharge_kw - s.conversion_loss_kwh).values
    assert np.abs(bus.values).max() <= 1e-9 * max(float((s.solar_kw + s.firm_kw).max()), 1.0)
    assert np.abs(store).max() <= 1e-9 * max(float(s.capacity_kwh.max()), 1.0)
    # Mass: what is held, vented and wasted adds up to what has come into use.
    held = sum(s[f"{name}_kg"].values for name in (*RESOURCES, "cabin_oxygen", "cabin_nitrogen"))
    out = np.cumsum(s.vented_kg.values + s.wasted_kg.values)
    came_kg = 0.0
    for d in plan.deliveries:
        if d.table == "supply" and little.supply[d.element].resource != "spares":
            came_kg += d.mass_kg
        if d.table == "habitat":
            came_kg += little.habitat[d.element].volume_m3 * (CABIN_OXYGEN_KG_M3 + CABIN_NITROGEN_KG_M3)
    assert held[-1] + out[-1] == pytest.approx(came_kg, rel=1e-9, abs=1e-9)
    assert all(value <= 1e-9 for value in done.residuals.values()), done.residuals
    # Data: sent and waiting is what was made, hour by hour; nothing goes without a link.
    gb = np.cumsum(s.data_made_gb.values - s.downlinked_gb.values)
    assert gb == pytest.approx(s.backlog_gb.values, rel=1e-9, abs=1e-9)
    assert (s.downlinked_gb.values <= s.link_mbit_s.values * 0.45 + 1e-12).all()
    assert sum(d.returned_gb for d in done.data) == pytest.approx(scale["downlinked_gb"], rel=1e-9, abs=1e-9)
    assert sum(d.made_gb for d in done.data) == pytest.approx(scale["data_made_gb"], rel=1e-9, abs=1e-9)
    # Crew hours: two ways of counting agree, and nobody works more than there is.
    assert sum(e.crew_h for e in done.experiments) == pytest.approx(scale["crew_experiments_h"], rel=1e-9, abs=1e-9)
    assert all(hours.spare_h >= -1e-9 for hours in done.crew_hours)
    # Element energies add up to the bus.
    assert sum(e.served_kwh for e in done.elements) == pytest.approx(scale["served_kwh"], rel=1e-9, abs=1e-9)
    given = scale["generated_kwh"] - scale["curtailed_kwh"]
    assert sum(e.given_kwh for e in done.elements) == pytest.approx(given, rel=1e-9, abs=1e-6)


@RANDOM
@given(seed=st.integers(0, 2**32 - 1))
def test_nothing_goes_below_zero_or_above_what_was_asked(
    little: Programme,
    plan_of: Plans,
    light_of: Lights,
    seed: int,
) -> None:
    done = operate(little, *_random(little, plan_of, light_of, seed))
    for name, values in done.series.data_vars.items():
        assert not (values.values < 0.0).any(), name
    assert (done.series.served_kw <= done.series.load_kw).all()
    for experiment in done.experiments:
        assert experiment.delivered_h <= experiment.planned_h + 1e-9
        assert experiment.planned_h <= min(experiment.wanted_h, experiment.possible_h) + 1e-9
    assert all("units" in values.attrs for values in done.series.data_vars.values())


def test_a_station_in_plenty_runs_short_of_nothing(little: Programme, plan_of: Plans, light_of: Lights) -> None:
    done = operate(little, plan_of(little), light_of(sun_fraction=1.0, link_mbit_s=100.0))
    assert done.first_to_give_way is None
    assert done.quantities["unserved_kwh"] == 0.0 and done.quantities["crew_unhoused_d"] == 0.0
    assert done.quantities["backlog_gb"] == 0.0 and done.quantities["latency_max_h"] == 0.0
    assert done.quantities["crew_d"] == pytest.approx(60.0, rel=1e-6)
    assert done.elsewhere == ("hub",)


def test_the_first_thing_to_give_way_is_named(little: Programme, plan_of: Plans, light_of: Lights) -> None:
    done = operate(little, plan_of(little, without=("food",)), light_of(sun_fraction=1.0))
    assert done.first_to_give_way is not None and done.first_to_give_way.what == "food"
    assert done.first_to_give_way.first_tdb_s == pytest.approx(done.first_crew_tdb_s)
    assert done.quantities["food_short_kg"] == pytest.approx(2 * 30 * 1.5, rel=1e-3)
    assert done.quantities["food_short_h"] == 720.0 and done.quantities["food_reserve_d"] == 0.0


def test_people_without_a_bed_live_in_their_lander(little: Programme, plan_of: Plans, light_of: Lights) -> None:
    done = operate(little, plan_of(little, without=("home",)), light_of(sun_fraction=1.0))
    assert done.quantities["crew_housed_d"] == pytest.approx(30.0, rel=1e-6)
    assert done.quantities["crew_unhoused_d"] == pytest.approx(30.0, rel=1e-6)


def test_no_crew_no_consumption_but_the_leak_goes_on(little: Programme, plan_of: Plans, light_of: Lights) -> None:
    done = operate(little, plan_of(little, stays_h=()), light_of())
    assert done.quantities["wasted_kg"] == 0.0 and np.isnan(done.quantities["oxygen_reserve_d"])
    assert done.quantities["vented_kg"] == pytest.approx(0.15 * 100.0)


def test_keep_alive_counts_from_use_and_dark_before_power_is_told_apart(
    little: Programme,
    plan_of: Plans,
    light_of: Lights,
) -> None:
    late = dict.fromkeys(("wing", "pile"), 100.0)
    done = operate(little, plan_of(little, late, stays_h=()), light_of(sun_fraction=1.0))
    alive_kw = sum(row.keep_alive_kw for row in little.elements.values())
    assert done.quantities["vital_unserved_before_power_kwh"] == pytest.approx(100.0 * alive_kw)
    assert done.quantities["vital_unserved_kwh"] == done.quantities["vital_unserved_before_power_kwh"]
    assert done.first_to_give_way is not None and done.first_to_give_way.what == "vital power before any source"
    assert done.quantities["first_power_d"] == pytest.approx(100.0 / 24.0, abs=1e-6)


@pytest.mark.parametrize(("with_home", "vital_kw"), [(False, 0.95), (True, 1.75)])
def test_the_worst_dark_spell_and_its_margin(
    little: Programme,
    plan_of: Plans,
    light_of: Lights,
    with_home: bool,
    vital_kw: float,
) -> None:
    """One night of 100 h on a battery of 160 usable kWh, 155.2 delivered: enough for 1.552 kW of keep-alive, no more."""
    sun = np.ones(1000)
    sun[500:600] = 0.0
    keep = ("wing", "pack", "annexe", "truck", "centre", "telescope", "garden") + ("home",) * with_home
    without = tuple(name for name in little.elements if name not in keep)
    light = light_of(1000, sun_fraction=sun, link_mbit_s=0.0, earth_visible=1.0)
    done = operate(little, plan_of(little, without=without, stays_h=()), light)
    worst = done.worst_dark
    assert worst is not None and worst.hours == 100.0 and worst == done.dark[0] and len(done.dark) == 1
    assert worst.margin_kw == pytest.approx(155.2 / 100.0 - vital_kw, abs=1e-6)
    assert worst.vital_unserved_kwh == pytest.approx(max(vital_kw * 100.0 - 155.2, 0.0), abs=1e-6)
    assert done.quantities["vital_unserved_kwh"] == worst.vital_unserved_kwh
    assert np.isnan(done.first_dark_survived_tdb_s) == with_home


def test_arrays_age_and_follow_the_suns_distance(little: Programme, plan_of: Plans, light_of: Lights) -> None:
    one = operate(little, plan_of(little), light_of(sun_fraction=1.0))
    far = operate(little, plan_of(little), light_of(sun_fraction=1.0, sun_distance_au=1.0167))
    assert float(one.series.solar_kw[0]) == pytest.approx(30.0)
    assert float(one.series.solar_kw[-1]) == pytest.approx(30.0 * 0.975 ** (2399 / 8766), rel=1e-9)
    assert (far.series.solar_kw / one.series.solar_kw).values == pytest.approx(1.0167**-2)
    assert any("1 au" in note for note in one.notes) and not any("1 au" in note for note in far.notes)


def test_needs_hold_in_every_hour_an_experiment_runs(little: Programme, plan_of: Plans, light_of: Lights) -> None:
    light = light_of(seed=5)
    life = lived(little, plan_of(little), light)
    ran = {d.element: life.ran[k] > 0.0 for k, d in enumerate(life.table.standing)}
    assert all(values.any() for values in ran.values())
    assert (light.sun_fraction.values[ran["telescope"]] == 0.0).all()
    assert (light.earth_visible.values[ran["telescope"]] == 0.0).all()
    assert (light.sun_fraction.values[ran["geology"]] > 0.0).all()
    assert (life.crew.anybody[ran["geology"] | ran["garden"]] > 0.0).all()


def test_crew_hours_go_to_the_higher_load_priority(little: Programme, plan_of: Plans, light_of: Lights) -> None:
    """Two people of 6.5 h less 2 h upkeep have 9 h a day: geology (5 h) first, the garden gets 4 of its 6."""
    done = operate(little, plan_of(little, stays_h=((984.0, 1704.0),)), light_of(sun_fraction=1.0))
    hands = {e.element: e.crew_h for e in done.experiments}
    assert hands["garden"] == pytest.approx(30 * 4.0, rel=1e-3) and hands["geology"] == pytest.approx(
        30 * 5.0, rel=1e-3
    )
    garden = next(e for e in done.experiments if e.element == "garden")
    assert garden.delivered_h == pytest.approx(720.0 * 4 / 6, rel=2e-3)
    partners = {hours.partner: hours for hours in done.crew_hours}
    assert partners["one"].experiments_h == pytest.approx(partners["two"].experiments_h)


def test_what_landed_elsewhere_is_not_on_the_bus(little: Programme, plan_of: Plans, light_of: Lights) -> None:
    done = operate(little, plan_of(little, flight="elsewhere"), light_of())
    assert set(done.elsewhere) == set(little.elements) and done.quantities["asked_kwh"] == 0.0


def test_same_input_same_bytes(little: Programme, plan_of: Plans, light_of: Lights) -> None:
    one, two = (operate(little, plan_of(little), light_of(seed=3)) for _ in range(2))
    xr.testing.assert_identical(one.series, two.series)
    assert repr(one.quantities) == repr(two.quantities)


def test_a_light_series_with_holes_is_refused(little: Programme, plan_of: Plans, light_of: Lights) -> None:
    plan, light = plan_of(little), light_of(100)
    uneven = light.isel(time=[0, 1, 2, 4, 5])
    for bad in (
        light.drop_vars("link_mbit_s"),
        uneven,
        light_of(100, sun_fraction=np.nan),
        light_of(100, sun_fraction=1.5),
    ):
        with pytest.raises(InputError, match="light"):
            operate(little, plan, bad)


def test_a_plan_of_another_programme_is_refused(little: Programme, plan_of: Plans, light_of: Lights) -> None:
    plan = plan_of(little)
    other = little.model_copy(update={"rover": {}})
    with pytest.raises(InputError, match="truck"):
        operate(other, plan, light_of(100))


def test_a_crewed_lander_brings_its_cabin_down_and_takes_it_away(
    little: Programme,
    plan_of: Plans,
    light_of: Lights,
) -> None:
    orbit = little.flight["cargo"].model_copy(update={"route": "nrho"})
    people = little.flight["people"].model_copy(update={"route": "crewed_landing", "lander_flight": "lander"})
    sortie = little.model_copy(update={"flight": {**little.flight, "lander": orbit, "people": people}})
    done = operate(sortie, plan_of(sortie, flight="lander"), light_of(sun_fraction=1.0))
    assert done.quantities["crew_housed_d"] == pytest.approx(60.0, rel=1e-6) and done.elsewhere == ("hub",)
    used = done.series.served_kw.sum("priority").values > 0.0
    assert used[1000:1720].all() and not used[:1000].any() and not used[1721:].any()
    assert all(value <= 1e-9 for value in done.residuals.values()), done.residuals
    halves = operate(sortie, plan_of(sortie, flight="lander", stays_h=((1000.5, 1720.5),)), light_of(sun_fraction=1.0))
    assert halves.quantities["crew_unhoused_d"] == 0.0 and halves.first_to_give_way is None
    stay_at_home = operate(sortie, plan_of(sortie, flight="lander", stays_h=()), light_of())
    assert set(stay_at_home.elsewhere) == set(little.elements)


@pytest.mark.parametrize("seed", range(4))
def test_measuring_skips_the_empty_hours_and_changes_no_figure(
    little: Programme, plan_of: Plans, light_of: Lights, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    plan = plan_of(
        little, {name: float(rng.uniform(500.0, 1500.0)) for name in little.elements}, (), ((900.0, 1620.0),)
    )
    late = tuple(replace(d, arrive_tdb_s=d.use_tdb_s - 86400.0) for d in plan.deliveries)
    plan, light = replace(plan, deliveries=late), light_of(seed=seed)
    whole, quick = operate(little, plan, light).quantities, measure(little, plan, light)
    assert quick.keys() == whole.keys()
    for name, value in whole.items():
        assert quick[name] == pytest.approx(value, rel=1e-9, abs=1e-9, nan_ok=True), name
