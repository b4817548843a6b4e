"""The rocket equation and the books of a stack."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from malapert.errors import InputError
from malapert.flight import Stage, delta_v_m_s, fly_stack, propellant_kg


def test_textbook_value() -> None:
    assert delta_v_m_s(math.e * 1000.0, 1000.0, 100.0) == pytest.approx(980.665)


@given(st.floats(1.0, 1e6), st.floats(0.0, 5000.0), st.floats(100.0, 480.0))
def test_there_and_back(mass: float, dv: float, isp: float) -> None:
    assert delta_v_m_s(mass, mass - propellant_kg(mass, dv, isp), isp) == pytest.approx(dv, abs=1e-6)


@given(
    st.lists(st.tuples(st.floats(10.0, 1e4), st.floats(0.0, 1e5), st.floats(200.0, 460.0)), min_size=1, max_size=4),
    st.floats(1.0, 1e4),
    st.lists(st.floats(0.0, 4000.0), min_size=1, max_size=5),
)
def test_mass_is_kept(rows: list[tuple[float, float, float]], payload: float, wanted: list[float]) -> None:
    stages = [Stage(f"s{k}", *row) for k, row in enumerate(rows)]
    result = fly_stack(stages, payload, [(f"m{k}", dv) for k, dv in enumerate(wanted)])
    start = payload + sum(stage.dry_kg + stage.propellant_kg for stage in stages)
    burned = sum(burn.propellant_kg for burn in result.burns)
    assert result.final_mass_kg + burned + result.dropped_kg == pytest.approx(start, rel=1e-9)
    given_dv = sum(burn.delta_v_m_s for burn in result.burns)
    assert given_dv + result.unmet_delta_v_m_s == pytest.approx(sum(wanted), abs=1e-4)
    assert all(left >= -1e-9 for left in result.remaining_propellant_kg.values())


def test_second_stage_takes_over() -> None:
    result = fly_stack([Stage("one", 100, 900, 300), Stage("two", 50, 450, 300)], 500.0, [("climb", 2500.0)])
    assert [burn.stage for burn in result.burns] == ["one", "two"]
    assert result.dropped_kg == 100.0
    assert result.unmet_delta_v_m_s == 0.0


def test_nonsense_is_refused() -> None:
    with pytest.raises(InputError):
        propellant_kg(-1.0, 10.0, 300.0)
    with pytest.raises(InputError):
        Stage("x", -1.0, 0.0, 300.0)
