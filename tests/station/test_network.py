"""The power network: every bus and store balances, limits hold, links lose what they say, stores wear."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from malapert.errors import InputError
from malapert.station.network import Link, Network, SetPoints, Starter, Store
from malapert.station.power_flow import flow

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


def _with_starters(net: Network, seed: int) -> Network:
    """Some sources that must be started, and stores that bring something along."""
    rng, n = np.random.default_rng(seed + 1), len(net.load_kw)
    starters = tuple(
        Starter(f"source {k}", str(rng.choice(net.buses)), rng.uniform(0, 20) * (np.arange(n) > rng.integers(n)),
                float(rng.choice([0.0, rng.uniform(0, 3)])), float(rng.uniform(0, 9)))
        for k in range(rng.integers(0, 3))
    )  # fmt: skip
    brings = tuple(replace(s, brought_kwh=s.capacity_kwh * (np.arange(n) == rng.integers(n))) for s in net.stores)
    return replace(net, starters=starters, stores=brings)


@settings(max_examples=60, deadline=None)
@given(SEEDS, st.booleans(), st.sampled_from([None, SetPoints(0.3, 0.6), SetPoints(0.2, 0.2)]))
def test_every_bus_and_store_balances_at_every_step(seed: int, foresight: bool, points: SetPoints | None) -> None:
    net = _with_starters(_random(seed), seed)
    done = flow(net, foresight, points)
    net = done.network
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


def _day_and_night(n: int, kwh: float, load_kw: tuple[float, ...]) -> Network:
    light = np.where(np.arange(n) % 24 < 12, 10.0, 0.0)
    return Network(("bus",), light[:, None], np.tile(load_kw, (n, 1))[:, None, :], (_store("store", "bus", n, kwh),))


def test_set_points_shed_below_and_restore_above() -> None:
    net = _day_and_night(96, 60.0, (1.0, 5.0))
    points = SetPoints(0.3, 0.7)
    done = flow(net, set_points=points)
    before = np.r_[0.0, done.energy_kwh[:-1, 0]] / 60.0
    assert done.surviving[before < 0.3].all() and not done.surviving[before >= 0.7].any()
    between = np.flatnonzero((before >= 0.3) & (before < 0.7))[1:]
    assert (done.surviving[between] == done.surviving[between - 1]).all()  # nothing changes between the two
    assert 0 < done.surviving.sum() < 96 and len(np.unique(done.surviving[between])) == 2
    assert (done.served_kw[done.surviving, 0, 1] == 0.0).all()
    assert done.served_kw[24:, 0, 0] == pytest.approx(1.0)  # the vital load is carried through every night


def test_without_set_points_or_foresight_the_night_takes_the_vital_load_too() -> None:
    net = _day_and_night(96, 40.0, (1.0, 5.0))
    greedy, wary = flow(net, False), flow(net, set_points=SetPoints(0.5, 0.8))
    assert (greedy.served_kw[24:, 0, 0] < 1.0 - 1e-9).any()
    assert wary.served_kw[24:, 0, 0] == pytest.approx(1.0)


def test_a_cold_station_brings_up_what_is_vital_first() -> None:
    """All is empty at sunrise: only the vital load is fed until the stores are at the upper set point."""
    net = _day_and_night(12, 20.0, (1.0, 5.0))
    done = flow(net, set_points=SetPoints(0.2, 0.5))
    up = int(np.argmax(~done.surviving))
    assert done.surviving[:up].all() and up == 3  # 4 kW of charge at 0.9: 10 kWh after 3 h
    assert (done.served_kw[:, 0, 0] == 1.0).all() and done.served_kw[up:, 0, 1] == pytest.approx(5.0)


def test_a_reactor_draws_before_it_gives_and_waits_for_what_it_draws() -> None:
    n = 40
    sun = np.where(np.arange(n) >= 10, 4.0, 0.0)
    plant = Starter("plant", "bus", np.full(n, 40.0), 8.0, 5.0)
    done = flow(Network(("bus",), sun[:, None], np.ones((n, 1, 1)), starters=(plant,)))
    # Dark for ten hours; then 4 kW for 1 + 8 kW asked: it starts at 4/9 of the pace, 5 h of full power in 11.25 h.
    assert done.started_kw[:21, 0] == pytest.approx(0.0) and done.starting_kw[:20, 0] == pytest.approx(8.0)
    assert (done.starting_kw[22:, 0] == 0.0).all() and done.started_kw[22:, 0] == pytest.approx(40.0)
    drawn = done.starting_kw[:, 0] * done.served_kw[:, 0, 0] / done.network.load_kw[:, 0, 0]
    assert drawn.sum() == pytest.approx(8.0 * 5.0, rel=1e-9)


def test_what_a_store_brings_along_is_in_the_books_and_starts_a_plant_in_the_dark() -> None:
    n = 20
    store = replace(_store("battery", "bus", n, 100.0), brought_kwh=np.where(np.arange(n) == 3, 50.0, 0.0))
    plant = Starter("plant", "bus", np.full(n, 10.0), 5.0, 4.0)
    done = flow(Network(("bus",), np.zeros((n, 1)), np.zeros((n, 1, 1)), (store,), starters=(plant,)))
    assert done.started_kw[:, 0] == pytest.approx(np.where(np.arange(n) < 7, 0.0, 10.0))
    assert np.abs(done.store_residual_kwh).max() < 1e-9


@pytest.mark.parametrize(
    ("net", "points", "words"),
    [
        (Network(("a",), np.zeros((2, 1)), np.zeros((2, 1, 1)), starters=(Starter("x", "b", np.ones(2), 1, 1),)),
         None, "on no bus"),
        (Network(("a",), np.zeros((2, 1)), np.zeros((2, 1, 1)), starters=(Starter("x", "a", np.ones(2), -1, 1),)),
         None, "start_kw"),
        (Network(("a",), np.zeros((2, 1)), np.zeros((2, 1, 1))), SetPoints(0.6, 0.5), "shed_below <= restore_above"),
        (Network(("a",), np.zeros((2, 1)), np.zeros((2, 1, 1)),
                 (_store("s", "a", 2, 5.0, brought_kwh=np.full(2, 6.0)),)), None, "brings more than it holds"),
    ],
)  # fmt: skip
def test_starts_and_set_points_that_cannot_be_are_refused(net: Network, points: SetPoints | None, words: str) -> None:
    with pytest.raises(InputError, match=words):
        flow(net, set_points=points)
