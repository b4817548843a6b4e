"""Electricity on a network of buses: sources, stores, links with losses, and loads served by priority, step by step.

A bus is one voltage at one place; a link is a cable, a beam or a converter. Per step and priority a load takes what its
own bus generates, then what other buses have left over, then what stores may give. `flow` is compiled, and its books
are kept for every bus and every store.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numba
import numpy as np
from numpy.typing import NDArray

from malapert.errors import InputError

Array = NDArray[np.float64]
Indices = NDArray[np.int64]


@dataclass(frozen=True)
class Store:
    """A store of electricity on a bus; every array (n,). `capacity_kwh` is usable capacity: where it grows the new part
    comes empty, where it falls the part that goes takes its share of the energy with it. Use wears it: each full cycle
    takes `fade_per_cycle` of its capacity."""

    name: str
    bus: str
    capacity_kwh: Array
    charge_kw: Array
    discharge_kw: Array
    charge_efficiency: Array
    discharge_efficiency: Array
    standing_loss_per_h: float = 0.0
    fade_per_cycle: float = 0.0
    energy0_kwh: float = 0.0


@dataclass(frozen=True)
class Link:
    """A one-way cable, beam or converter between two buses: at most `limit_kw` (n,) at its sending end."""

    name: str
    from_bus: str
    to_bus: str
    limit_kw: Array
    efficiency: float


@dataclass(frozen=True)
class Network:
    """What there is: generation (n, buses), loads (n, buses, priorities), the first priority served first."""

    buses: tuple[str, ...]
    generation_kw: Array
    load_kw: Array
    stores: tuple[Store, ...] = ()
    links: tuple[Link, ...] = ()
    step_h: float = 1.0


@dataclass(frozen=True)
class Flow:
    """What the network did; powers are means over a step, energies are held at its end."""

    network: Network
    served_kw: Array
    """(n, buses, priorities)"""
    curtailed_kw: Array
    """(n, buses), generation nobody could use"""
    link_kw: Array
    """(n, links), at the sending end"""
    energy_kwh: Array
    """(n, stores), usable energy held"""
    capacity_kwh: Array
    """(n, stores), usable capacity left after wear"""
    charge_kw: Array
    """(n, stores), taken from the bus"""
    discharge_kw: Array
    """(n, stores), given to the bus"""
    store_loss_kwh: Array
    """(n, stores), lost in charging, discharging and standing"""
    gone_kwh: Array
    """(n, stores), held by a part of a store that went out of use or was worn away"""

    @cached_property
    def link_loss_kw(self) -> Array:
        """Lost on each link (n, links)."""
        return np.asarray(self.link_kw * (1.0 - np.array([link.efficiency for link in self.network.links])))

    @cached_property
    def bus_residual_kwh(self) -> Array:
        """Energy into each bus less energy out of it, step by step (n, buses); zero but for rounding."""
        net, place = self.network, {bus: b for b, bus in enumerate(self.network.buses)}
        kept = net.generation_kw - self.served_kw.sum(axis=2) - self.curtailed_kw
        for s, store in enumerate(net.stores):
            kept[:, place[store.bus]] += self.discharge_kw[:, s] - self.charge_kw[:, s]
        for k, link in enumerate(net.links):
            kept[:, place[link.from_bus]] -= self.link_kw[:, k]
            kept[:, place[link.to_bus]] += self.link_kw[:, k] * link.efficiency
        return np.asarray(kept * net.step_h)

    @cached_property
    def store_residual_kwh(self) -> Array:
        """What each store took less what it gave, lost and gained, step by step (n, stores)."""
        started = np.array([[store.energy0_kwh for store in self.network.stores]])
        gained = np.diff(self.energy_kwh, axis=0, prepend=started)
        through = (self.charge_kw - self.discharge_kw) * self.network.step_h
        return np.asarray(through - self.store_loss_kwh - self.gone_kwh - gained)

    @cached_property
    def residual_kwh(self) -> Array:
        """The worst imbalance of any bus or store in each step (n,)."""
        both = np.hstack([np.abs(self.bus_residual_kwh), np.abs(self.store_residual_kwh)])
        return np.asarray(both.max(axis=1))


def flow(network: Network, foresight: bool = True) -> Flow:
    """Run the network through every step; InputError for anything that cannot be, with the balance that fails.

    Stores give in order of time-to-go (what they hold over the power they can give), longest first: with no charging in
    between nothing leaves less unserved (Evans, Tindemans and Angeli 2019, IEEE Trans. Power Syst. 34:3647). They
    charge in order of efficiency.

    With `foresight` a priority is served only as far as the stores, with the generation to come, still carry all higher
    ones. The rule sees all stores as one at the bus with most load: for one bus and one store it is exact for a known
    future but for losses of capacity to come and a need larger than the store, which is cut to it: no other way serves
    more of the first priority, then of the second, and so on (tests/truth/test_power_against_pypsa.py). Without it
    every load takes what there is. Loads of one priority on one bus are served by the same fraction.
    """
    _check(network)
    net, n = network, len(network.load_kw)
    place = {bus: b for b, bus in enumerate(net.buses)}
    stores, paths = _stores(net, n), _paths(net, place)
    limits = [link.limit_kw for link in net.links]
    floors = _floors(net, paths, stores) if foresight else np.zeros((n, net.load_kw.shape[2]))
    out = _flow(
        np.ascontiguousarray(net.generation_kw, dtype=np.float64),
        np.ascontiguousarray(net.load_kw, dtype=np.float64),
        floors,
        stores.bus,
        stores.capacity_kwh,
        stores.charge_kw,
        stores.discharge_kw,
        stores.charge_efficiency,
        stores.discharge_efficiency,
        np.array([store.standing_loss_per_h for store in net.stores], dtype=np.float64),
        np.array([store.fade_per_cycle for store in net.stores], dtype=np.float64),
        np.array([store.energy0_kwh for store in net.stores], dtype=np.float64),
        np.ascontiguousarray(np.array(limits).T) if limits else np.zeros((n, 0)),
        np.array([link.efficiency for link in net.links], dtype=np.float64),
        paths.efficiency,
        paths.links,
        paths.nearest,
        float(net.step_h),
    )
    return Flow(net, *out)


def _check(net: Network) -> None:
    n = len(net.load_kw)
    if net.load_kw.shape[:2] != net.generation_kw.shape or net.load_kw.shape[1] != len(net.buses):
        raise InputError(
            f"load_kw {net.load_kw.shape} and generation_kw {net.generation_kw.shape} must be (n, buses, priorities)"
            f" and (n, buses) with {len(net.buses)} buses"
        )
    if not 0.0 < net.step_h < np.inf:
        raise InputError(f"step_h must be positive (got {net.step_h})")
    _check_not_negative("generation_kw", net.generation_kw)
    _check_not_negative("load_kw", net.load_kw)
    for store in net.stores:
        for bus in {store.bus} - set(net.buses):
            raise InputError(f"store {store.name} is on no bus: {bus!r} is not one of {', '.join(net.buses)}")
        for key in ("capacity_kwh", "charge_kw", "discharge_kw"):
            _check_series(f"{store.name}: {key}", getattr(store, key), n)
        for key in ("charge_efficiency", "discharge_efficiency"):
            if np.shape(getattr(store, key)) != (n,):
                raise InputError(f"{store.name}: {key} must have one value a step, ({n},)")
            _check_efficiency(f"{store.name}: {key}", np.asarray(getattr(store, key)))
        for key in ("standing_loss_per_h", "fade_per_cycle"):
            if not 0.0 <= getattr(store, key) < 1.0:
                raise InputError(f"{store.name}: {key} must lie in [0, 1) (got {getattr(store, key):g})")
        first = float(store.capacity_kwh[0]) if n else 0.0
        if not 0.0 <= store.energy0_kwh < np.inf:
            raise InputError(f"{store.name}: energy0_kwh must not be negative (got {store.energy0_kwh:g})")
        if n and store.energy0_kwh > first:
            raise InputError(
                f"{store.name}: it starts with {store.energy0_kwh:g} kWh and holds at most {first:g}:"
                f" {store.energy0_kwh - first:g} kWh would be nowhere; energy0_kwh must not be above its size"
            )
    for link in net.links:
        for bus in {link.from_bus, link.to_bus} - set(net.buses):
            raise InputError(f"link {link.name} ends on no bus: {bus!r} is not one of {', '.join(net.buses)}")
        if link.from_bus == link.to_bus:
            raise InputError(f"link {link.name} leads from {link.from_bus} to itself; give it two different ends")
        _check_series(f"{link.name}: limit_kw", link.limit_kw, n)
        _check_efficiency(f"{link.name}: efficiency", np.asarray(link.efficiency))
    _check_joined(net)


def _check_joined(net: Network) -> None:
    reached, grew = {net.buses[0]} if net.buses else set(), True
    while grew:
        more = {
            end for link in net.links for end in (link.from_bus, link.to_bus) if {link.from_bus, link.to_bus} & reached
        }
        grew = not more <= reached
        reached |= more
    for bus in net.buses:
        if bus not in reached:
            raise InputError(
                f"no link joins bus {bus} to {net.buses[0]}; run it as a network of its own, or add a link"
            )


def _check_series(name: str, values: Array, n: int) -> None:
    if np.shape(values) != (n,):
        raise InputError(f"{name} must have one value a step, ({n},) (got {np.shape(values)})")
    _check_not_negative(name, values)


def _check_not_negative(name: str, array: Array) -> None:
    good = np.isfinite(array) & (array >= 0.0)
    if not good.all():
        raise InputError(f"{name} must be finite and not negative (got {array[~good].flat[0]})")


def _check_efficiency(name: str, values: Array) -> None:
    if values.size and not (values.min() > 0.0 and values.max() <= 1.0):
        worst = float(values.max())
        makes = f": it would make {(worst - 1.0) * 100:g} % of what goes in out of nothing" if worst > 1.0 else ""
        raise InputError(f"{name} must lie in (0, 1] (got {values.min():g} to {worst:g}){makes}")


class _Stores(NamedTuple):
    """Every store: its bus (stores,), and series (n, stores)."""

    bus: Indices
    capacity_kwh: Array
    charge_kw: Array
    discharge_kw: Array
    charge_efficiency: Array
    discharge_efficiency: Array


def _stores(net: Network, n: int) -> _Stores:
    def side_by_side(key: str) -> Array:
        rows = np.array([getattr(store, key) for store in net.stores], dtype=np.float64)
        return np.ascontiguousarray(rows.reshape(len(net.stores), n).T)

    return _Stores(
        np.array([net.buses.index(store.bus) for store in net.stores], dtype=np.int64),
        *(side_by_side(key) for key in _Stores._fields[1:]),
    )


class _Paths(NamedTuple):
    """The way of least loss between every two buses: efficiency (b, b), 0 for none; links on it (b, b, b) in order, -1
    after the last; and for each bus all of them (b, b), most efficient source first."""

    efficiency: Array
    links: Indices
    nearest: Indices


def _paths(net: Network, place: dict[str, int]) -> _Paths:
    size = len(net.buses)
    efficiency = np.eye(size)
    ways: list[list[list[int]]] = [[[] for _ in range(size)] for _ in range(size)]
    for _ in range(size):  # as many rounds as a way may have links
        for k, link in enumerate(net.links):
            a, b = place[link.from_bus], place[link.to_bus]
            for source in range(size):
                through = efficiency[source, a] * link.efficiency
                if through > efficiency[source, b]:
                    efficiency[source, b], ways[source][b] = through, [*ways[source][a], k]
    links = np.full((size, size, size), -1, dtype=np.int64)
    for a in range(size):
        for b in range(size):
            links[a, b, : len(ways[a][b])] = ways[a][b]
    order = np.argsort(-efficiency, axis=0, kind="stable").T
    return _Paths(efficiency, links, np.ascontiguousarray(order, dtype=np.int64))


def _floors(net: Network, paths: _Paths, stores: _Stores) -> Array:
    """What all stores together must hold at the end of each step before a priority may draw on them (n, priorities)."""
    efficiency = paths.efficiency
    main = int(np.argmax(net.load_kw.sum(axis=(0, 2)))) if len(net.load_kw) else 0
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
    total = stores.capacity_kwh.sum(axis=1)
    into = _weighted(stores.charge_efficiency, stores.capacity_kwh)
    out = _weighted(stores.discharge_efficiency, stores.capacity_kwh)
    limits = stores.charge_kw.sum(axis=1), stores.discharge_kw.sum(axis=1)
    return np.asarray(_water_level(generation, load, total, *limits, into, out, float(net.step_h)))


def _weighted(efficiency: Array, capacity: Array) -> Array:
    """Mean efficiency of the stores by capacity (n,), 1 where there is none."""
    total = capacity.sum(axis=1)
    mean = np.divide((efficiency * capacity).sum(axis=1), total, out=np.ones(len(total)), where=total > 0.0)
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


@numba.njit(cache=True)
def _deliverable(a: int, b: int, most: float, way: Indices, efficiency: Array, left: Array) -> float:
    """The most that can arrive at bus b of `most` sent from a, through what the links have left."""
    arrives = most
    if a == b:
        return arrives
    for step in range(len(way)):
        k = way[step]
        if k < 0:
            break
        arrives = min(arrives, left[k]) * efficiency[k]
    return arrives


@numba.njit(cache=True)
def _send(a: int, b: int, arrives: float, way: Indices, efficiency: Array, left: Array, through: Array) -> float:
    """Book what arrives at b on every link of the way; what was sent from a."""
    sent = arrives
    if a == b:
        return sent
    for step in range(len(way) - 1, -1, -1):
        k = way[step]
        if k >= 0:
            sent = sent / efficiency[k]
            left[k] = max(left[k] - sent, 0.0)
            through[k] += sent
    return sent


@numba.njit(cache=True)
def _flow(
    generation: Array,
    load: Array,
    floor: Array,
    store_bus: Indices,
    capacity: Array,
    charge_limit: Array,
    discharge_limit: Array,
    into: Array,
    out: Array,
    standing: Array,
    fade: Array,
    energy0: Array,
    link_limit: Array,
    link_efficiency: Array,
    path: Array,
    ways: Indices,
    nearest: Indices,
    step_h: float,
) -> tuple[Array, Array, Array, Array, Array, Array, Array, Array, Array]:
    n, buses, priorities = load.shape
    stores, links = len(store_bus), len(link_efficiency)
    served, curtailed, through = np.zeros((n, buses, priorities)), np.zeros((n, buses)), np.zeros((n, links))
    energy, room_left = np.zeros((n, stores)), np.zeros((n, stores))
    charge, discharge = np.zeros((n, stores)), np.zeros((n, stores))
    lost, gone = np.zeros((n, stores)), np.zeros((n, stores))
    held, cycled, room, able = energy0.copy(), np.zeros(stores), np.zeros(stores), np.zeros(stores)
    order, togo = np.zeros(stores, np.int64), np.zeros(stores)
    left = np.zeros(links)
    for i in range(n):
        here, flows = generation[i].copy(), through[i]
        for k in range(links):
            left[k] = link_limit[i, k]
        held_all, room_all, into_all, capacity_all = 0.0, 0.0, 0.0, 0.0
        for s in range(stores):
            size = capacity[i, s] * max(1.0 - fade[s] * cycled[s], 0.0)
            if i > 0 and capacity[i, s] < capacity[i - 1, s]:
                kept = held[s] * (capacity[i, s] / capacity[i - 1, s])
                gone[i, s] = held[s] - kept
                held[s] = kept
            if held[s] > size:
                gone[i, s] += held[s] - size
                held[s] = size
            faded = held[s] * min(standing[s] * step_h, 1.0)
            held[s] -= faded
            lost[i, s] = faded
            room_left[i, s] = size
            room[s] = min(charge_limit[i, s], max(size - held[s], 0.0) / (into[i, s] * step_h))
            able[s] = min(discharge_limit[i, s], held[s] * out[i, s] / step_h)
            togo[s] = held[s] * out[i, s] / discharge_limit[i, s] if discharge_limit[i, s] > 0.0 else 0.0
            held_all += held[s]
            room_all += room[s]
            into_all += into[i, s] * capacity[i, s]
            capacity_all += capacity[i, s]
            at = s  # insertion by time-to-go, longest first
            while at > 0 and togo[order[at - 1]] < togo[s]:
                order[at] = order[at - 1]
                at -= 1
            order[at] = s
        mean_in = into_all / capacity_all if capacity_all > 0.0 else 1.0

        drawn = 0.0
        for q in range(priorities):
            spare = held_all - floor[i, q]
            budget = np.inf
            if spare < 0.0:
                budget = here.sum() - min(room_all, -spare / (mean_in * step_h))
            for b in range(buses):
                wanted = load[i, b, q]
                if wanted <= 0.0:
                    continue
                missing = wanted
                for rank in range(buses):
                    a = nearest[b, rank]
                    if path[a, b] <= 0.0 or here[a] <= 0.0 or missing <= 0.0 or budget <= 0.0:
                        continue
                    arrives = min(_deliverable(a, b, min(here[a], budget), ways[a, b], link_efficiency, left), missing)
                    sent = _send(a, b, arrives, ways[a, b], link_efficiency, left, flows)
                    here[a] = max(here[a] - sent, 0.0)
                    budget -= sent
                    missing -= arrives
                for rank in range(stores):
                    s = order[rank]
                    a = store_bus[s]
                    may = (spare - drawn) * out[i, s] / step_h
                    if missing <= 0.0 or may <= 0.0 or able[s] <= 0.0 or path[a, b] <= 0.0:
                        continue
                    arrives = min(_deliverable(a, b, min(able[s], may), ways[a, b], link_efficiency, left), missing)
                    sent = _send(a, b, arrives, ways[a, b], link_efficiency, left, flows)
                    able[s] = max(able[s] - sent, 0.0)
                    discharge[i, s] += sent
                    drawn += sent * step_h / out[i, s]
                    missing -= arrives
                served[i, b, q] = wanted - max(missing, 0.0)

        for s in range(stores):  # charging: the most efficient first, from its own bus first
            order[s] = s
            at = s
            while at > 0 and into[i, order[at - 1]] * out[i, order[at - 1]] < into[i, s] * out[i, s]:
                order[at] = order[at - 1]
                at -= 1
            order[at] = s
        for rank in range(stores):
            s = order[rank]
            b = store_bus[s]
            if discharge[i, s] > 0.0:
                continue
            for near in range(buses):
                a = nearest[b, near]
                if path[a, b] <= 0.0 or here[a] <= 0.0 or room[s] <= 0.0:
                    continue
                arrives = min(_deliverable(a, b, here[a], ways[a, b], link_efficiency, left), room[s])
                sent = _send(a, b, arrives, ways[a, b], link_efficiency, left, flows)
                here[a] = max(here[a] - sent, 0.0)
                room[s] -= arrives
                charge[i, s] += arrives
        for s in range(stores):
            taken = min(discharge[i, s] * step_h / out[i, s], held[s])
            gained = charge[i, s] * step_h * into[i, s]
            lost[i, s] += max(taken - discharge[i, s] * step_h, 0.0) + max(charge[i, s] * step_h - gained, 0.0)
            held[s] = min(held[s] - taken + gained, room_left[i, s])
            if room_left[i, s] > 0.0:
                cycled[s] += 0.5 * (taken + gained) / room_left[i, s]
            energy[i, s] = held[s]
        for b in range(buses):
            curtailed[i, b] = here[b]
    return served, curtailed, through, energy, room_left, charge, discharge, lost, gone
