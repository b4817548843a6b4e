"""A person's day balances in every element; recovery, leaks and shortages are exact."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from malapert.errors import InputError
from malapert.programme.carriers import ATOMS, MOLAR_KG
from malapert.programme.elements import CrewRates
from malapert.station.books import Demand
from malapert.station.life import live
from malapert.station.metabolism import EFFORT, FLOWS, STANDARD_DAY_H, Metabolism, metabolism


def _rates(oxygen: float, quotient: float, food: float = 2.0, water: float = 0.45) -> CrewRates:
    dioxide = oxygen / MOLAR_KG["oxygen"] * quotient * MOLAR_KG["carbon_dioxide"]
    return CrewRates(oxygen_kg_d=oxygen, water_kg_d=2.5, food_kg_d=food, food_water=water, carbon_dioxide_kg_d=dioxide)


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ({"carbohydrate": 1, "oxygen": 6}, {"carbon_dioxide": 6, "water": 6}),
        ({"fat": 1, "oxygen": 23}, {"carbon_dioxide": 16, "water": 16}),
        ({"protein": 2, "oxygen": 7}, {"carbon_dioxide": 6, "water": 2, "urine_solids": 1}),
        ({"protein": 5, "carbohydrate": 1, "fat": 1}, {"faecal_solids": 1}),
        ({"carbon_dioxide": 1, "water": 2}, {"methane": 1, "oxygen": 2}),
    ],
)
def test_reactions_balance(left: dict[str, int], right: dict[str, int]) -> None:
    def atoms(side: dict[str, int]) -> list[int]:
        return [sum(count * ATOMS[name][k] for name, count in side.items()) for k in range(4)]

    assert atoms(left) == atoms(right)


@settings(deadline=None)
@given(st.floats(0.7, 1.2), st.floats(0.78, 0.95), st.floats(2.6, 4.0))
def test_a_day_closes_in_every_element(oxygen: float, quotient: float, food: float) -> None:
    day = metabolism(_rates(oxygen, quotient, food))
    assert np.abs(day.residual_kg).max() < 1e-14
    assert day.respiratory_quotient == pytest.approx(quotient)
    assert day.food_kg == pytest.approx(food)
    parts = (day.dry_eaten_kg, day.leftover_dry_kg, day.food_water_eaten_kg, day.leftover_water_kg)
    assert sum(parts) == pytest.approx(food) and min(parts) >= 0.0


def test_rates_no_diet_can_have_are_refused() -> None:
    with pytest.raises(InputError, match="no mixture"):
        metabolism(_rates(0.84, 1.2))
    with pytest.raises(InputError, match="dry food"):
        metabolism(_rates(0.84, 0.87, food=0.8))


def demand(n: int, stores: tuple[float, float, float, float], **change: object) -> Demand:
    delivered = np.zeros((n, 6))
    delivered[0, :4] = stores
    delivered[0, 4:] = (14.0, 46.0)
    day: Metabolism = metabolism(_rates(0.84, 0.87))
    flows = {name: np.full(n, 2.0 * getattr(day, name) / 24.0) for name in Metabolism.__dataclass_fields__}
    values = {
        "delivered": delivered,
        "nominal": np.tile([14.0, 46.0], (n, 1)),
        "leak_kg": np.zeros(n),
        "crewed": np.ones(n),
        "water_recovery": np.zeros(n),
        "oxygen_recovery": np.zeros(n),
        "flows": flows,
    }
    return Demand(**{**values, **change})  # type: ignore[arg-type]


@settings(deadline=None)
@given(
    st.tuples(*(st.floats(0.0, 200.0) for _ in range(4))),
    st.floats(0.0, 1.0),
    st.floats(0.0, 1.0),
    st.floats(0.0, 0.5),
)
def test_every_element_balances_through_plenty_and_want(
    stores: tuple[float, float, float, float],
    water: float,
    oxygen: float,
    leak: float,
) -> None:
    n = 600
    lives = live(
        demand(
            n, stores, water_recovery=np.full(n, water), oxygen_recovery=np.full(n, oxygen), leak_kg=np.full(n, leak)
        )
    )
    assert np.abs(lives.residual_kg()).max() < 1e-11
    assert np.abs(lives.mass_residual_kg()).max() < 1e-11
    for name in ("oxygen_kg", "nitrogen_kg", "water_kg", "food_kg", "cabin_oxygen_kg", "cabin_nitrogen_kg"):
        assert getattr(lives, name).min() >= 0.0, name


def test_an_open_station_uses_what_its_people_take() -> None:
    n = 240
    lives = live(demand(n, (50.0, 0.0, 100.0, 100.0)))
    assert 50.0 - lives.oxygen_kg[-1] == pytest.approx(2 * 10 * 0.84)
    assert 100.0 - lives.water_kg[-1] == pytest.approx(2 * 10 * 2.5)
    assert 100.0 - lives.food_kg[-1] == pytest.approx(2 * 10 * 2.0)
    assert lives.vented["carbon_dioxide"].sum() == pytest.approx(lives.flow("carbon_dioxide_kg").sum())


def test_oxygen_won_back_is_the_stated_part_of_the_dioxide() -> None:
    """Of the carbon dioxide's oxygen 42 % comes back; as much again comes from the water that brings the hydrogen."""
    n = 240
    lives = live(demand(n, (50.0, 0.0, 100.0, 100.0), oxygen_recovery=np.full(n, 0.42)))
    in_dioxide = lives.flow("carbon_dioxide_kg").sum() * MOLAR_KG["oxygen"] / MOLAR_KG["carbon_dioxide"]
    assert lives.oxygen_made_kg.sum() == pytest.approx(2.0 * 0.42 * in_dioxide)
    assert lives.water_split_kg.sum() == pytest.approx(0.42 * in_dioxide / MOLAR_KG["oxygen"] * 2 * MOLAR_KG["water"])


def test_a_leak_goes_with_pressure_and_shortage_is_told_only_of_a_crew() -> None:
    n = 24 * 50
    lives = live(demand(n, (1000.0, 0.0, 1000.0, 1000.0), leak_kg=np.full(n, 1.2 / 24)))
    # Nitrogen is not made up: it falls off as (1 - 1.2 / 60 / 24) an hour, and all of it is short.
    assert lives.cabin_nitrogen_kg[-1] == pytest.approx(46.0 * (1.0 - 1.2 / 24 / 60.0) ** n)
    assert lives.nitrogen_short_kg.sum() == pytest.approx(46.0 - lives.cabin_nitrogen_kg[-1])
    assert lives.oxygen_short_kg.sum() == 0.0
    assume_empty = live(demand(n, (0.0, 0.0, 0.0, 0.0), leak_kg=np.full(n, 0.05), crewed=np.zeros(n)))
    assert assume_empty.nitrogen_short_kg.sum() == 0.0 and assume_empty.cabin_nitrogen_kg[-1] < 46.0


def test_a_crew_out_of_oxygen_breathes_the_cabin_down_first() -> None:
    n = 24 * 20
    lives = live(demand(n, (0.0, 10.0, 1000.0, 1000.0)))
    # 14 kg in the cabin at 1.68 kg a day lasts 8.33 days; all of it counts as short, for nobody put it there to breathe.
    assert int(np.argmax(lives.lived < 1.0)) == pytest.approx(14.0 / 1.68 * 24.0, abs=1.0)
    assert lives.oxygen_short_kg.sum() == pytest.approx(1.68 * 20)
    assert lives.cabin_oxygen_kg[-1] == pytest.approx(0.0, abs=1e-9)


def test_without_removal_the_dioxide_stays_and_with_it_settles() -> None:
    n, volume = 240, np.full(240, 60.0)
    stuffy = live(demand(n, (50.0, 0.0, 100.0, 100.0), scrubbed=np.zeros(n), volume_m3=volume))
    breathed = stuffy.flow("carbon_dioxide_kg").sum()
    assert stuffy.cabin_dioxide_kg[-1] == pytest.approx(breathed)
    assert stuffy.dioxide_kpa[-1] > 1.0 and stuffy.vented["carbon_dioxide"].sum() == 0.0
    fresh = live(demand(n, (50.0, 0.0, 100.0, 100.0), scrubbed=np.full(n, 16.0 / 60.0), volume_m3=volume))
    settled_kg = breathed / n / (16.0 / 60.0)
    assert fresh.cabin_dioxide_kg[-1] == pytest.approx(settled_kg, rel=1e-6)
    for lives in (stuffy, fresh):
        assert np.abs(lives.residual_kg()).max() < 1e-11 and np.abs(lives.mass_residual_kg()).max() < 1e-11


@settings(deadline=None)
@given(
    st.floats(0.7, 1.2),
    st.floats(0.78, 0.95),
    st.tuples(st.floats(0.0, 24.0), st.floats(0.0, 24.0), st.floats(0.0, 24.0), st.floats(0.0, 24.0)),
)
def test_every_activity_closes_in_every_element(oxygen: float, quotient: float, hours: tuple[float, ...]) -> None:
    spent = metabolism(_rates(oxygen, quotient)).spent(dict(zip(EFFORT, hours, strict=True)))
    assert np.abs(spent.residual_kg).max() <= 1e-9 * max(spent.oxygen_kg, 1e-12)


def test_the_standard_day_is_the_published_one() -> None:
    day = metabolism(_rates(0.84, 0.87))
    again = day.spent(STANDARD_DAY_H)
    for name in FLOWS:
        assert getattr(again, name) == pytest.approx(getattr(day, name), rel=1e-12, abs=1e-15)
    eva = day.spent({"eva": 24.0})
    assert eva.oxygen_kg > 2.0 * day.oxygen_kg and eva.hygiene_kg == day.hygiene_kg
