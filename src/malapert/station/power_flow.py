"""Run a power network step by step: per step and priority a load takes what its own bus generates, then what other
buses have left over, then what stores may give. The books are kept for every bus and every store."""

from dataclasses import replace
from typing import NamedTuple

import numba
import numpy as np

from malapert.errors import InputError
from malapert.station.flow_kernel import march
from malapert.station.network import Array, Flow, Network, SetPoints
from malapert.station.network_check import check
from malapert.station.network_paths import Indices, Paths, least_loss


def flow(network: Network, foresight: bool = True, set_points: SetPoints | None = None) -> Flow:
    """Run the network through every step; InputError for anything that cannot be, with the balance that fails.

    Stores give in order of time-to-go (what they hold over the power they can give), longest first: with no charging in
    between nothing leaves less unserved (Evans, Tindemans and Angeli 2019, IEEE Trans. Power Syst. 34:3647). They
    charge in order of efficiency.

    With `foresight` a priority is served only as far as the stores, with the generation to come, still carry all higher
    ones. The rule sees all stores as one at the bus with most load: for one bus and one store it is exact for a known
    future but for losses of capacity to come and a need larger than the store, which is cut to it: no other way serves
    more of the first priority, then of the second, and so on (tests/truth/test_power_against_pypsa.py). Without it
    every load takes what there is. Loads of one priority on one bus are served by the same fraction.

    With `set_points` nothing is foreseen, and below them only the first priority is served. Starters draw with the
    first priority under every rule; foresight takes them to start at once.
    """
    check(network)
    if set_points is not None and not 0.0 <= set_points.shed_below <= set_points.restore_above <= 1.0:
        raise InputError(
            f"set points must lie in 0 <= shed_below <= restore_above <= 1 (got {set_points.shed_below:g} and"
            f" {set_points.restore_above:g})"
        )
    net, n = network, len(network.load_kw)
    stores, paths, starters = _stores(net, n), least_loss(net), _starters(net, n)
    limits = [link.limit_kw for link in net.links]
    foreseen = foresight and set_points is None
    floors = _floors(_planned(net, starters), paths) if foreseen else np.zeros((n, net.load_kw.shape[2]))
    given = np.array(net.generation_kw, dtype=np.float64, order="C", copy=bool(net.starters) or None)
    asked = np.array(net.load_kw, dtype=np.float64, order="C", copy=bool(net.starters) or None)
    points = set_points or SetPoints(0.0, 0.0, False)
    out = march(
        given,
        asked,
        floors,
        stores.bus,
        stores.capacity_kwh,
        stores.charge_kw,
        stores.discharge_kw,
        stores.charge_efficiency,
        stores.discharge_efficiency,
        stores.brought_kwh,
        np.array([store.standing_loss_per_h for store in net.stores], dtype=np.float64),
        np.array([store.fade_per_cycle for store in net.stores], dtype=np.float64),
        np.array([store.energy0_kwh for store in net.stores], dtype=np.float64),
        np.ascontiguousarray(np.array(limits).T) if limits else np.zeros((n, 0)),
        np.array([link.efficiency for link in net.links], dtype=np.float64),
        paths.efficiency,
        paths.links,
        paths.nearest,
        float(net.step_h),
        starters.bus,
        starters.power_kw,
        starters.start_kw,
        starters.start_h,
        (points.shed_below, points.restore_above, points.surviving),
    )
    return Flow(replace(net, generation_kw=given, load_kw=asked) if net.starters else net, *out)


class _Starters(NamedTuple):
    """Every source to be started: its bus, what it draws and how long (starters,), and its power (n, starters)."""

    bus: Indices
    power_kw: Array
    start_kw: Array
    start_h: Array


def _starters(net: Network, n: int) -> _Starters:
    rows = np.array([starter.power_kw for starter in net.starters], dtype=np.float64).reshape(len(net.starters), n)
    return _Starters(
        np.array([net.buses.index(starter.bus) for starter in net.starters], dtype=np.int64),
        np.ascontiguousarray(rows.T),
        np.array([starter.start_kw for starter in net.starters], dtype=np.float64),
        np.array([starter.start_h for starter in net.starters], dtype=np.float64),
    )


def _planned(net: Network, starters: _Starters) -> Network:
    """The network with its starters as they do when nothing keeps them from starting."""
    if not net.starters:
        return net
    given, asked = net.generation_kw.copy(), net.load_kw.copy()
    for g, b in enumerate(starters.bus):
        there = starters.power_kw[:, g] > 0.0
        starting = there & (np.cumsum(there) * net.step_h <= starters.start_h[g])
        asked[starting, b, 0] += starters.start_kw[g]
        given[:, b] += np.where(starting, 0.0, starters.power_kw[:, g])
    return replace(net, generation_kw=given, load_kw=asked)


class _Stores(NamedTuple):
    """Every store: its bus (stores,), and series (n, stores)."""

    bus: Indices
    capacity_kwh: Array
    charge_kw: Array
    discharge_kw: Array
    charge_efficiency: Array
    discharge_efficiency: Array
    brought_kwh: Array


def _stores(net: Network, n: int) -> _Stores:
    def side_by_side(key: str) -> Array:
        none = np.zeros(n)
        given = (getattr(store, key) for store in net.stores)
        rows = np.array([none if values is None else values for values in given], dtype=np.float64)
        return np.ascontiguousarray(rows.reshape(len(net.stores), n).T)

    return _Stores(
        np.array([net.buses.index(store.bus) for store in net.stores], dtype=np.int64),
        *(side_by_side(key) for key in _Stores._fields[1:]),
    )


def _floors(net: Network, paths: Paths) -> Array:
    """What all stores together must hold at the end of each step before a priority may draw on them (n, priorities)."""
    efficiency = paths.efficiency
    main = int(np.argmax(net.load_kw.sum(axis=(0, 2)))) if len(net.load_kw) and len(net.buses) > 1 else 0
    generation, load = net.generation_kw[:, main].copy(), net.load_kw[:, main, :].copy()
    for b in range(len(net.buses)):
        there, back = efficiency[main, b], efficiency[b, main]
        if b == main:
            continue
        if there > 0.0:
            load += net.load_kw[:, b, :] / there
        if back > 0.0:
            left = net.generation_kw[:, b] - (0.0 if there > 0.0 else net.load_kw[:, b, :].sum(axis=1))
            brought = np.maximum(left, 0.0)
            for k in paths.links[b, main]:
                if k >= 0:
                    brought = np.minimum(brought, net.links[k].limit_kw) * net.links[k].efficiency
            generation += brought
    none = np.zeros(len(load))
    total = sum((store.capacity_kwh for store in net.stores), none)
    into = _weighted([store.charge_efficiency * store.capacity_kwh for store in net.stores], total)
    out = _weighted([store.discharge_efficiency * store.capacity_kwh for store in net.stores], total)
    limits = (
        sum((store.charge_kw for store in net.stores), none),
        sum((store.discharge_kw for store in net.stores), none),
    )
    return np.asarray(_water_level(generation, load, total, *limits, into, out, float(net.step_h)))


def _weighted(kept: list[Array], total: Array) -> Array:
    """Mean efficiency (n,) of stores that keep so much of each part of a total capacity, 1 where there is none."""
    mean = np.divide(sum(kept, np.zeros(len(total))), total, out=np.ones(len(total)), where=total > 0.0)
    return np.asarray(np.minimum(mean, 1.0))


@numba.njit(cache=True)
def _water_level(
    generation: Array,
    load: Array,
    capacity: Array,
    charge_limit: Array,
    discharge_limit: Array,
    into: Array,
    out: Array,
    step_h: float,
) -> Array:
    n, priorities = load.shape
    floor = np.zeros((n, priorities))
    need = np.zeros(priorities)
    for i in range(n - 1, -1, -1):
        wanted, surplus = 0.0, generation[i] - load[i].sum()
        for q in range(priorities - 1):
            floor[i, q + 1] = need[q]
            wanted += load[i, q]
            net = generation[i] - wanted
            if net < 0.0:
                change = min(-net, discharge_limit[i]) * step_h / out[i]
            else:
                # What lower loads can use at once is not counted on: through the store part of it would be lost.
                change = -min(max(surplus, 0.0), charge_limit[i]) * step_h * into[i]
            need[q] = min(max(need[q] + change, 0.0), capacity[i])
    return floor
