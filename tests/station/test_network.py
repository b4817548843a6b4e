"""The power network: every bus and store balances, limits hold, links lose what they say, stores wear."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from malapert.errors import InputError
from malapert.station.network import Link, Network, Store, flow

SEEDS = st.integers(0, 2**32 - 1)


def _store(name: str, bus: str, n: int, kwh: float, **changes: object) -> Store:
    values: dict[str, object] = {
        "capacity_kwh": np.full(n, kwh),
        "charge_kw": np.full(n, kwh / 5.0),
        "discharge_kw": np.full(n, kwh / 5.0),
        "charge_efficiency": np.full(n, 0.9),
        "discharge_efficiency": np.full(n, 0.8),
    }
    return Store(name, bus, **(values | changes))  # type: ignore[arg-type]


def _random(seed: int, n: int = 200) -> Network:
    rng = np.random.default_rng(seed)
    buses = tuple("abcd"[: rng.integers(1, 5)])
    light = np.clip(np.sin(np.arange(n) * rng.uniform(0.02, 0.5)), 0.0, 1.0)
    stores = tuple(
        _store(
            f"store {k}", str(rng.choice(buses)), n, 0.0,
            capacity_kwh=np.repeat(rng.uniform(0.0, 200.0, 4), n // 4),
            charge_kw=rng.uniform(0, 20, n), discharge_kw=rng.uniform(0, 20, n),
            charge_efficiency=np.full(n, rng.uniform(0.3, 1.0)), discharge_efficiency=np.full(n, rng.uniform(0.3, 1.0)),
            standing_loss_per_h=float(rng.uniform(0.0, 0.01)), fade_per_cycle=float(rng.uniform(0.0, 0.005)),
        )
        for k in range(rng.integers(0, 4))
    )  # fmt: skip
    links = []
    for k, bus in enumerate(buses[1:]):
        near = str(rng.choice(buses[: k + 1]))
        ends = (near, bus) if rng.random() > 0.3 else (bus, near)
        links.append(Link(f"to {bus}", *ends, rng.uniform(0, 30, n), float(rng.uniform(0.5, 1.0))))
        if rng.random() > 0.5:
            links.append(Link(f"from {bus}", *ends[::-1], rng.uniform(0, 30, n), float(rng.uniform(0.5, 1.0))))
    generation = rng.uniform(0, 40, len(buses)) * (rng.random(len(buses)) > 0.4) * light[:, None]
    load = rng.uniform(0, 5, (n, len(buses), 4)) * (rng.random((n, len(buses), 4)) > 0.3)
    return Network(buses, generation, load, stores, tuple(links), float(rng.choice([1 / 60, 1.0, 3.0])))


@settings(max_examples=60, deadline=None)
@given(SEEDS, st.booleans())
def test_every_bus_and_store_balances_at_every_step(seed: int, foresight: bool) -> None:
    net = _random(seed)
    done = flow(net, foresight)
    scale = max(float(net.generation_kw.sum(axis=1).max()) * net.step_h, 1.0)
    assert np.abs(done.bus_residual_kwh).max() <= 1e-9 * scale
    assert done.residual_kwh.max() <= 1e-9 * max(scale, sum(store.capacity_kwh.max() for store in net.stores))


@settings(max_examples=60, deadline=None)
@given(SEEDS, st.booleans())
def test_limits_hold_on_every_link_and_store(seed: int, foresight: bool) -> None:
    net = _random(seed)
    done = flow(net, foresight)
    slack = 1e-9
    assert (done.served_kw >= 0.0).all() and (done.served_kw <= net.load_kw + slack).all()
    assert (done.curtailed_kw >= 0.0).all() and (done.curtailed_kw <= net.generation_kw + slack).all()
    for k, link in enumerate(net.links):
        assert (done.link_kw[:, k] <= link.limit_kw + slack).all() and (done.link_kw[:, k] >= 0.0).all()
    for s, store in enumerate(net.stores):
        assert (done.energy_kwh[:, s] >= 0.0).all()
        assert (done.energy_kwh[:, s] <= done.capacity_kwh[:, s] + slack).all()
        assert (done.charge_kw[:, s] <= store.charge_kw + slack).all()
        assert (done.discharge_kw[:, s] <= store.discharge_kw + slack).all()
        assert (done.charge_kw[:, s] * done.discharge_kw[:, s] == 0.0).all()
    assert (done.store_loss_kwh >= -slack).all() and (done.gone_kwh >= -slack).all()


def test_a_cable_brings_a_far_reactor_less_its_loss_and_no_more_than_it_carries() -> None:
    n = 10
    generation = np.tile([0.0, 12.0], (n, 1))
    load = np.zeros((n, 2, 1))
    load[:, 0, 0] = 9.0
    cable = Link("cable", "far", "near", np.full(n, 8.0), 0.9)
    done = flow(Network(("near", "far"), generation, load, (), (cable,)))
    assert done.served_kw[:, 0, 0] == pytest.approx(7.2)
    assert done.link_loss_kw[:, 0] == pytest.approx(0.8)
    assert done.curtailed_kw[:, 1] == pytest.approx(4.0)


def test_two_converters_in_a_row_lose_twice() -> None:
    n = 4
    load = np.zeros((n, 3, 1))
    load[:, 2, 0] = 1.0
    generation = np.zeros((n, 3))
    generation[:, 0] = 5.0
    ways = (Link("first", "a", "b", np.full(n, 9.0), 0.9), Link("second", "b", "c", np.full(n, 9.0), 0.5))
    done = flow(Network(("a", "b", "c"), generation, load, (), ways))
    assert done.link_kw[0] == pytest.approx([1.0 / 0.45, 2.0])
    assert done.served_kw[:, 2, 0] == pytest.approx(1.0)


def test_a_battery_keeps_its_power_for_the_peak_while_the_long_store_carries_the_night() -> None:
    """10 kW for 50 h with an hour of 30 kW at the end: only the order longest-first leaves the battery for the peak."""
    load = np.full((51, 1, 1), 10.0)
    load[-1] = 40.0
    pair = (
        _store("battery", "bus", 51, 30.0, discharge_kw=np.full(51, 30.0), discharge_efficiency=np.ones(51),
               energy0_kwh=30.0),
        _store("cell", "bus", 51, 510.0, discharge_kw=np.full(51, 10.0), discharge_efficiency=np.ones(51),
               energy0_kwh=510.0),
    )  # fmt: skip
    done = flow(Network(("bus",), np.zeros((51, 1)), load, pair))
    assert done.served_kw[:, 0, 0] == pytest.approx(load[:, 0, 0])


def test_cycles_wear_a_store_and_rest_drains_it() -> None:
    n = 2000
    sun = np.where(np.arange(n) % 20 < 10, 30.0, 0.0)
    load = np.full((n, 1, 1), 5.0)
    worn = _store("cell", "bus", n, 50.0, fade_per_cycle=1e-3, charge_kw=np.full(n, 50.0))
    done = flow(Network(("bus",), sun[:, None], load, (worn,)))
    moved_kwh = done.charge_kw[:, 0].sum() * 0.9
    assert done.capacity_kwh[-1, 0] < 50.0 * (1.0 - 0.9e-3 * moved_kwh / 50.0)
    rest = _store("cell", "bus", 100, 50.0, standing_loss_per_h=0.01, energy0_kwh=50.0)
    quiet = flow(Network(("bus",), np.zeros((100, 1)), np.zeros((100, 1, 1)), (rest,)))
    assert quiet.energy_kwh[-1, 0] == pytest.approx(50.0 * 0.99**100)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"stores": (_store("cell", "bus", 5, 10.0, energy0_kwh=11.0),)}, "1 kWh would be nowhere"),
        ({"stores": (_store("cell", "moon", 5, 10.0),)}, "is on no bus"),
        ({"stores": (_store("cell", "bus", 5, 10.0, charge_efficiency=np.full(5, 1.1)),)}, "10 % of what goes in out of"),
        ({"links": (Link("wire", "bus", "moon", np.ones(5), 0.9),)}, "ends on no bus"),
        ({"links": (Link("wire", "bus", "other", np.ones(5), 1.2),)}, "20 % of what goes in out of nothing"),
        ({"links": (Link("wire", "bus", "bus", np.ones(5), 0.9),)}, "to itself"),
        ({}, "no link joins bus other"),
        ({"step_h": 0.0}, "step_h must be positive"),
        ({"generation_kw": np.full((5, 2), np.nan)}, "finite"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_with_the_balance_that_fails(change: dict[str, object], said: str) -> None:
    good: dict[str, object] = {
        "buses": ("bus", "other"), "generation_kw": np.zeros((5, 2)), "load_kw": np.zeros((5, 2, 1)),
    }  # fmt: skip
    with pytest.raises(InputError, match=said):
        flow(Network(**(good | change)))  # type: ignore[arg-type]
