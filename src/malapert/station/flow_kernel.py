"""The compiled march of a power network through its steps."""

import numba
import numpy as np
from numpy.typing import NDArray

from malapert.station.network import Array

Indices = NDArray[np.int64]
Flags = NDArray[np.bool_]


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
def march(
    generation: Array,
    load: Array,
    floor: Array,
    store_bus: Indices,
    capacity: Array,
    charge_limit: Array,
    discharge_limit: Array,
    into: Array,
    out: Array,
    brought: Array,
    standing: Array,
    fade: Array,
    energy0: Array,
    link_limit: Array,
    link_efficiency: Array,
    path: Array,
    ways: Indices,
    nearest: Indices,
    step_h: float,
    starter_bus: Indices,
    starter_power: Array,
    start_kw: Array,
    start_h: Array,
    points: tuple[float, float, bool],
) -> tuple[Array, Array, Array, Array, Array, Array, Array, Array, Array, Array, Array, Flags]:
    """What `Flow` holds but the network; what starters give and draw is added to `generation` and `load`."""
    n, buses, priorities = load.shape
    starters = len(starter_bus)
    started, starting, done_h = np.zeros((n, starters)), np.zeros((n, starters)), np.zeros(starters)
    shed_below, restore_above, survives = points
    surviving = np.zeros(n, np.bool_)
    stores, links = len(store_bus), len(link_efficiency)
    served, curtailed, through = np.zeros((n, buses, priorities)), np.zeros((n, buses)), np.zeros((n, links))
    energy, room_left = np.zeros((n, stores)), np.zeros((n, stores))
    charge, discharge = np.zeros((n, stores)), np.zeros((n, stores))
    lost, gone = np.zeros((n, stores)), np.zeros((n, stores))
    held, cycled, room, able = energy0.copy(), np.zeros(stores), np.zeros(stores), np.zeros(stores)
    order, togo = np.zeros(stores, np.int64), np.zeros(stores)
    left = np.zeros(links)
    for i in range(n):
        for g in range(starters):
            if starter_power[i, g] <= 0.0:
                continue
            if done_h[g] >= start_h[g] * (1.0 - 1e-9):
                started[i, g] = starter_power[i, g]
                generation[i, starter_bus[g]] += starter_power[i, g]
            else:
                starting[i, g] = start_kw[g] * min((start_h[g] - done_h[g]) / step_h, 1.0)
                load[i, starter_bus[g], 0] += starting[i, g]
        here, flows = generation[i].copy(), through[i]
        for k in range(links):
            left[k] = link_limit[i, k]
        held_all, room_all, into_all, capacity_all, size_all = 0.0, 0.0, 0.0, 0.0, 0.0
        for s in range(stores):
            size = capacity[i, s] * max(1.0 - fade[s] * cycled[s], 0.0)
            if i > 0 and capacity[i, s] < capacity[i - 1, s]:
                kept = held[s] * (capacity[i, s] / capacity[i - 1, s])
                gone[i, s] = held[s] - kept
                held[s] = kept
            held[s] += brought[i, s]
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
            size_all += size
            at = s  # insertion by time-to-go, longest first
            while at > 0 and togo[order[at - 1]] < togo[s]:
                order[at] = order[at - 1]
                at -= 1
            order[at] = s
        mean_in = into_all / capacity_all if capacity_all > 0.0 else 1.0

        if held_all < shed_below * size_all:
            survives = True
        elif held_all >= restore_above * size_all:
            survives = False
        surviving[i] = survives
        drawn = 0.0
        for q in range(1 if survives else priorities):
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

        for g in range(starters):
            asked = load[i, starter_bus[g], 0]
            if starting[i, g] > 0.0:
                done_h[g] += served[i, starter_bus[g], 0] / asked * min(step_h, start_h[g] - done_h[g])
            elif starter_power[i, g] > 0.0 and start_kw[g] <= 0.0 and started[i, g] <= 0.0:
                done_h[g] += step_h

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
    return (served, curtailed, through, energy, room_left, charge, discharge, lost, gone, started, starting, surviving)
