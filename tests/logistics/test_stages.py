"""The rocket equation kept by stacks of stages: mass balances, loads are just enough, capacity is the edge."""

from itertools import pairwise
from math import inf, log

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from malapert.constants import STANDARD_GRAVITY_M_S2
from malapert.errors import InputError
from malapert.flight import delta_v_m_s, propellant_kg
from malapert.logistics.stages import burn, capacity_kg, fly_stack, most_of
from malapert.programme.vehicles import Stage

NAMES = ("correction", "insertion", "descent", "ascent")


@st.composite
def stacks(draw):
    stages = []
    for index in range(draw(st.integers(1, 3))):
        stages.append(
            Stage(
                name=f"s{draw(st.integers(0, 1)) if index else 0}",
                dry_kg=draw(st.floats(50, 3000)),
                propellant_kg=draw(st.floats(100, 12000)),
                isp_s=draw(st.floats(220, 460)),
                thrust_n=1e4,
                drop_after=draw(st.sampled_from([None, *NAMES[:3]])) if index == 0 else None,
            )
        )
    count = draw(st.integers(1, 4))
    manoeuvres = [(name, draw(st.floats(0, 2500))) for name in NAMES[:count]]
    return tuple(stages), manoeuvres, draw(st.floats(0, 6000)), draw(st.sampled_from(["", "descent"]))


@settings(max_examples=300, deadline=None)
@given(stacks())
def test_mass_is_conserved_and_loads_are_just_enough(case):
    stages, manoeuvres, cargo, dropped = case
    flown = burn(stages, manoeuvres, cargo, dropped)
    burned = sum(b.propellant_kg for b in flown.burns)
    assert flown.initial_kg == pytest.approx(flown.final_kg + burned + sum(d.mass_kg for d in flown.drops), rel=1e-12)
    assert flown.initial_kg == pytest.approx(sum(s.dry_kg for s in stages) + sum(flown.loaded_kg) + cargo, rel=1e-12)
    for before, after in pairwise(flown.burns):
        assert after.before_kg <= before.after_kg
    for b in flown.burns:
        # Tsiolkovsky, written the other way round than the code does.
        exhaust_m_s = STANDARD_GRAVITY_M_S2 * stages[b.index].isp_s
        assert exhaust_m_s * log(b.before_kg / b.after_kg) == pytest.approx(b.delta_v_m_s, rel=1e-9, abs=1e-6)
    assert all(load <= stage.propellant_kg * (1 + 1e-12) for load, stage in zip(flown.loaded_kg, stages, strict=True))
    given_m_s = sum(b.delta_v_m_s for b in flown.burns)
    assert given_m_s + flown.lacking_m_s == pytest.approx(sum(dv for _, dv in manoeuvres), abs=1e-5)
    if flown.lacking_m_s == 0.0:
        assert max(flown.left_kg) <= 1e-6
        if given_m_s > 10.0:  # a kilogram less in the last tank and the work is not done
            last = max(b.index for b in flown.burns)
            less = [load - (1.0 if i == last else 0.0) for i, load in enumerate(flown.loaded_kg)]
            if less[last] > 0.0:
                assert fly_stack(stages, less, manoeuvres, cargo, dropped).lacking_m_s > 0.0


@settings(max_examples=100, deadline=None)
@given(stacks(), st.floats(2000, 60000), st.floats(100, 20000))
def test_capacity_is_the_largest_cargo_that_flies(case, tli_kg, limit_kg):
    stages, manoeuvres, _, dropped = case
    try:
        capacity = capacity_kg(stages, manoeuvres, tli_kg, limit_kg, dropped)
    except InputError:
        empty = burn(stages, manoeuvres, 0.0, dropped)
        assert empty.lacking_m_s > 0.0 or empty.initial_kg > tli_kg
        return

    def flies(cargo):
        flown = burn(stages, manoeuvres, cargo, dropped)
        return flown.lacking_m_s == 0.0 and flown.initial_kg <= tli_kg

    assert 0.0 <= capacity <= limit_kg
    assert flies(capacity)
    assert capacity == limit_kg or not flies(min(limit_kg, capacity + 0.001))


def test_one_stage_against_the_closed_form():
    stage = Stage(name="lander", dry_kg=1000.0, propellant_kg=9000.0, isp_s=320.0, thrust_n=1e4)
    ve = STANDARD_GRAVITY_M_S2 * 320.0
    ratio = 2.718281828459045 ** (2900.0 / ve)
    # tanks limit: (m_dry + p + c) / (m_dry + c) = ratio
    assert capacity_kg((stage,), [("insertion", 900.0), ("descent", 2000.0)], 1e6, 1e6) == pytest.approx(
        9000.0 / (ratio - 1) - 1000.0, abs=1e-5
    )
    # launcher limit: tli / ratio = dry + cargo
    assert capacity_kg((stage,), [("insertion", 900.0), ("descent", 2000.0)], 8200.0, 1e6) == pytest.approx(
        8200.0 / ratio - 1000.0, abs=1e-5
    )
    assert delta_v_m_s(5000.0, 5000.0 - propellant_kg(5000.0, 1234.5, 320.0), 320.0) == pytest.approx(1234.5, rel=1e-12)


def test_the_most_of_one_manoeuvre_against_the_closed_form():
    stage = Stage(name="main", dry_kg=1000.0, propellant_kg=1500.0, isp_s=320.0, thrust_n=1e4)
    speed = 320.0 * STANDARD_GRAVITY_M_S2
    todo = [("correction", 10.0), ("insertion", 900.0)]
    most = most_of("correction", [stage], todo, tli_kg=1e6, cargo_kg=200.0, limit_m_s=9000.0)
    assert most == pytest.approx(speed * log(2700.0 / 1200.0) - 900.0, abs=1e-5)  # the tank binds
    most = most_of("correction", [stage], todo, tli_kg=2000.0, cargo_kg=200.0, limit_m_s=9000.0)
    assert most == pytest.approx(speed * log(2000.0 / 1200.0) - 900.0, abs=1e-5)  # the launcher binds
    assert most_of("correction", [stage], todo, tli_kg=1e6, cargo_kg=200.0, limit_m_s=100.0) == 100.0
    assert most_of("correction", [stage], todo, tli_kg=1e6, cargo_kg=1e5, limit_m_s=100.0) == -inf


def test_a_stack_that_cannot_fly_says_what_it_lacks():
    stage = Stage(name="tug", dry_kg=1000.0, propellant_kg=100.0, isp_s=300.0, thrust_n=1e4)
    with pytest.raises(InputError, match=r"tug: lacks \d+ m/s even without cargo"):
        capacity_kg((stage,), [("insertion", 900.0)], 1e6, 100.0)
    big = stage.model_copy(update={"propellant_kg": 5000.0})
    with pytest.raises(InputError, match="kg without cargo on a launcher that injects 1000 kg"):
        capacity_kg((big,), [("insertion", 900.0)], 1000.0, 100.0)
    with pytest.raises(InputError, match="different names"):
        burn((big,), [("descent", 1.0), ("descent", 2.0)], 0.0)


def test_a_stage_emptied_midway_hands_over_and_is_dropped():
    low = Stage(name="low", dry_kg=500.0, propellant_kg=2000.0, isp_s=300.0, thrust_n=1e4)
    high = Stage(name="high", dry_kg=500.0, propellant_kg=4000.0, isp_s=320.0, thrust_n=1e4)
    flown = burn((low, high), [("insertion", 900.0), ("descent", 1900.0)], 1000.0)
    assert [(b.manoeuvre, b.stage) for b in flown.burns] == [
        ("insertion", "low"),
        ("descent", "low"),
        ("descent", "high"),
    ]
    assert flown.loaded_kg[0] == 2000.0 and flown.loaded_kg[1] < 4000.0
    assert [d.what for d in flown.drops] == ["low"]
