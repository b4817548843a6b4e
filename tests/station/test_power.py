"""The bus: energy is conserved at every step, higher priorities come first, the store is held for what must live."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from malapert.errors import InputError
from malapert.station.power import dispatch

SEEDS = st.integers(0, 2**32 - 1)


def _random_case(seed: int, n: int = 300) -> dict[str, object]:
    rng = np.random.default_rng(seed)
    light = np.sin(np.arange(n) * rng.uniform(0.01, 1.0)) > rng.uniform(-0.9, 0.9)
    capacity = np.repeat(rng.uniform(0.0, 400.0, 6), n // 6) * (rng.random() > 0.1)
    return {
        "solar_kw": rng.uniform(0, 60) * light * rng.random(n),
        "firm_kw": np.repeat(rng.uniform(0, 8, 3) * (rng.random(3) > 0.5), n // 3),
        "load_kw": rng.uniform(0, 6, (n, 5)) * (rng.random((n, 5)) > 0.3),
        "capacity_kwh": capacity,
        "charge_kw": rng.uniform(0, 30, n),
        "discharge_kw": rng.uniform(0, 30, n),
        "charge_efficiency": rng.uniform(0.3, 1.0, n),
        "discharge_efficiency": rng.uniform(0.3, 1.0, n),
        "energy0_kwh": float(rng.random() * capacity[0]),
        "step_h": float(rng.choice([0.25, 1.0, 3.0])),
    }


@settings(max_examples=60, deadline=None)
@given(SEEDS, st.booleans())
def test_energy_is_conserved_at_every_step(seed: int, foresight: bool) -> None:
    case = _random_case(seed)
    done = dispatch(**case, foresight=foresight)  # type: ignore[arg-type]
    turnover = np.sum(case["solar_kw"] + case["firm_kw"]) * case["step_h"] + case["energy0_kwh"] + 1.0
    residual = done.residual_kwh(case["solar_kw"], case["firm_kw"], case["energy0_kwh"], case["step_h"])
    assert np.abs(residual).max() <= 1e-9 * turnover / len(residual)
    assert abs(residual.sum()) <= 1e-9 * turnover


@settings(max_examples=60, deadline=None)
@given(SEEDS, st.booleans())
def test_limits_hold(seed: int, foresight: bool) -> None:
    case = _random_case(seed)
    done = dispatch(**case, foresight=foresight)  # type: ignore[arg-type]
    slack = 1e-9
    assert (done.energy_kwh >= 0.0).all() and (done.energy_kwh <= case["capacity_kwh"] + slack).all()
    assert (done.served_kw >= 0.0).all() and (done.served_kw <= case["load_kw"]).all()
    assert (done.charge_kw <= case["charge_kw"] + slack).all()
    assert (done.discharge_kw <= case["discharge_kw"] + slack).all()
    assert (done.curtailed_kw >= 0.0).all() and (done.gone_kwh >= 0.0).all()
    assert (done.conversion_loss_kwh >= -slack).all()


@settings(max_examples=40, deadline=None)
@given(SEEDS)
def test_lower_priorities_never_cost_a_higher_one(seed: int) -> None:
    """With foresight and a store that does not shrink, what priority 1 gets is what it gets alone on the bus."""
    case = _random_case(seed)
    case["capacity_kwh"] = np.sort(case["capacity_kwh"])
    case["energy0_kwh"] = 0.0
    together = dispatch(**case).served_kw[:, 0].sum()  # type: ignore[arg-type]
    alone = dispatch(**{**case, "load_kw": case["load_kw"][:, :1]}).served_kw[:, 0].sum()  # type: ignore[arg-type, index]
    assert together == pytest.approx(alone, rel=1e-9)


def test_the_store_is_held_for_the_vital_load() -> None:
    light = np.r_[np.full(24, 20.0), np.zeros(100)]
    load = np.column_stack([np.full(124, 1.0), np.full(124, 5.0)])
    bus = {
        "firm_kw": 0.0,
        "capacity_kwh": 100.0,
        "charge_kw": 50.0,
        "discharge_kw": 50.0,
        "charge_efficiency": 1.0,
        "discharge_efficiency": 1.0,
    }
    wise = dispatch(light, load_kw=load, **bus)
    greedy = dispatch(light, load_kw=load, foresight=False, **bus)
    assert wise.served_kw[:, 0] == pytest.approx(1.0)
    assert greedy.served_kw[:, 0].sum() == pytest.approx(24 + 100 / 6, abs=5.0) and greedy.served_kw[-1, 0] == 0.0
    assert wise.served_kw[24:, 1].sum() == pytest.approx(0.0, abs=1e-9)


def test_a_store_that_shrinks_takes_its_share_with_it() -> None:
    done = dispatch(
        0.0,
        0.0,
        np.zeros((4, 1)),
        capacity_kwh=np.array([100.0, 100.0, 25.0, 100.0]),
        charge_kw=10.0,
        discharge_kw=10.0,
        charge_efficiency=0.9,
        discharge_efficiency=0.9,
        energy0_kwh=80.0,
    )
    assert done.energy_kwh.tolist() == [80.0, 80.0, 20.0, 20.0]
    assert done.gone_kwh.tolist() == [0.0, 0.0, 60.0, 0.0]


@pytest.mark.parametrize(
    "change",
    [
        {"solar_kw": np.full(10, -1.0)},
        {"load_kw": np.zeros(10)},
        {"load_kw": np.full((10, 2), np.nan)},
        {"capacity_kwh": np.zeros(9)},
        {"charge_efficiency": 0.0},
        {"discharge_efficiency": 1.01},
        {"energy0_kwh": 11.0},
        {"step_h": 0.0},
    ],
)
def test_nonsense_is_refused(change: dict[str, object]) -> None:
    good = {
        "solar_kw": np.zeros(10),
        "firm_kw": 0.0,
        "load_kw": np.zeros((10, 2)),
        "capacity_kwh": 10.0,
        "charge_kw": 1.0,
        "discharge_kw": 1.0,
        "charge_efficiency": 0.9,
        "discharge_efficiency": 0.9,
    }
    with pytest.raises(InputError):
        dispatch(**{**good, **change})  # type: ignore[arg-type]
