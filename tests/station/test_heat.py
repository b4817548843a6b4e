"""Heat nodes: a radiator alone is the arithmetic one, heaters keep what they can, the books balance, cold is named."""

from collections.abc import Callable

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.station.conftest import TEXT

from malapert.errors import ProgrammeError
from malapert.logistics.plan import Plan
from malapert.programme import Programme, load
from malapert.programme.elements import Equipment
from malapert.station import operate
from malapert.station.heat import Node, warmth
from malapert.station.hours import Standing

SIGMA = 5.670374419e-8


def _node(n: int, sink_k: float = 0.0, **keys: object) -> Node:
    row = Equipment.model_validate(
        {"partner": "one", "mass_kg": 100.0, "radiator_m2": 2.0, "coldest_k": 270.0, "warmest_k": 310.0, **keys}
    )
    here = Standing("box", "equipment", "one", "cargo", "one", 100.0, 0.0, 0.0)
    return Node(here, row, np.ones(n), np.full(n, sink_k**4), np.zeros(n), 1.0)


def test_a_radiator_settles_where_it_gives_off_what_comes_in() -> None:
    found = warmth(_node(2000, sink_k=100.0), np.full(2000, 0.5))
    balance_k = (500.0 / (2.0 * 0.85 * SIGMA) + 100.0**4) ** 0.25
    assert found.temperature_k[-1] == pytest.approx(balance_k, abs=1e-6)


def test_cooling_without_power_follows_the_law_of_the_fourth_power() -> None:
    """No sink, no power: T = (T0^-3 + 3 k t / C)^(-1/3), first-order steps of a hundredth of an hour."""
    n, step_h = 2000, 0.01
    node = _node(n)
    node = Node(node.delivery, node.row, node.there, node.sink_k4, node.taken_kw, step_h)
    found = warmth(node, np.zeros(n))
    rate = 2.0 * 0.85 * SIGMA * 3600.0 / (100.0 * 900.0)
    exact = (290.0**-3 + 3.0 * rate * n * step_h) ** (-1.0 / 3.0)
    assert found.temperature_k[-1] == pytest.approx(exact, abs=0.05)


def test_a_heater_holds_what_its_power_allows_and_draws_no_more_than_it_needs() -> None:
    n = 1000
    loss_kw = 2.0 * 0.85 * SIGMA * 275.0**4 * 1e-3
    strong = warmth(_node(n, heater_kw=5.0), np.full(n, 0.1))
    assert strong.temperature_k[-1] == pytest.approx(275.0) and strong.heater_kw[-1] == pytest.approx(loss_kw - 0.1)
    weak = warmth(_node(n, heater_kw=0.2), np.full(n, 0.1))
    assert weak.temperature_k[-1] < 270.0 and weak.heater_kw[-1] == 0.2


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_heat_is_conserved_at_every_step(seed: int) -> None:
    rng = np.random.default_rng(seed)
    n = 200
    node = _node(n, heater_kw=rng.uniform(0, 1), closed_fraction=rng.uniform(0.01, 1), mass_kg=10 ** rng.uniform(0, 4))
    sink = rng.uniform(0, 350, n) ** 4
    found = warmth(Node(node.delivery, node.row, node.there, sink, rng.uniform(0, 1, n), 1.0), rng.uniform(0, 3, n))
    assert np.abs(found.residual_kwh).max() <= 1e-9 * max(node.capacity_kwh_k * 300.0, 4.0)
    assert (found.temperature_k > 0.0).all()


def test_a_dark_station_freezes_and_says_what_and_when(
    plan_of: Callable[..., Plan], light_of: Callable[..., xr.Dataset], tmp_path: object
) -> None:
    path = tmp_path / "cold.toml"  # type: ignore[operator]
    path.write_text(
        TEXT.replace("airlock_kg = 0.6", "airlock_kg = 0.6\nradiator_m2 = 20\nclosed_fraction = 0.2\nheater_kw = 2")
    )
    cold: Programme = load(path)
    light = light_of(900, sun_fraction=np.r_[np.ones(400), np.zeros(500)], ground_k=100.0)
    plan = plan_of(cold, without=("pile",), stays_h=())
    done = operate(cold, plan, light)
    (home,) = done.warmths
    assert home.element == "home" and home.frozen_h > 0.0 and home.margin_k < 0.0 and home.heater_kwh > 0.0
    freezes = next(way for way in done.gives_way if way.what == "home freezes")
    power = next(way for way in done.gives_way if way.what == "vital power")
    assert freezes.first_tdb_s >= power.first_tdb_s
    assert done.residuals["heat_kwh"] <= 1e-9
    assert done.quantities["lowest_heat_margin_k"] == pytest.approx(home.margin_k)


def test_an_element_that_bears_no_warmth_at_all_is_refused(tmp_path: object) -> None:
    path = tmp_path / "bad.toml"  # type: ignore[operator]
    path.write_text(TEXT.replace("airlock_kg = 0.6", "airlock_kg = 0.6\nradiator_m2 = 20\ncoldest_k = 305"))
    with pytest.raises(ProgrammeError, match="more than 10 K above coldest_k 305"):
        load(path)
