"""The rocket equation."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from malapert.errors import InputError
from malapert.flight import delta_v_m_s, propellant_kg


def test_textbook_value() -> None:
    assert delta_v_m_s(math.e * 1000.0, 1000.0, 100.0) == pytest.approx(980.665)


@given(st.floats(1.0, 1e6), st.floats(0.0, 5000.0), st.floats(100.0, 480.0))
def test_there_and_back(mass: float, dv: float, isp: float) -> None:
    assert delta_v_m_s(mass, mass - propellant_kg(mass, dv, isp), isp) == pytest.approx(dv, abs=1e-6)


def test_nonsense_is_refused() -> None:
    with pytest.raises(InputError):
        propellant_kg(-1.0, 10.0, 300.0)
    with pytest.raises(InputError):
        delta_v_m_s(1000.0, 1001.0, 300.0)
