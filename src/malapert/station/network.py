"""A power network: buses, sources, stores, links with losses, loads by priority; and what became of it, in full.

A bus is one voltage at one place; a link is a cable, a beam or a converter.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


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
    brought_kwh: Array | None = None
    """what a part that comes into use brings along (n,); nothing when absent"""


@dataclass(frozen=True)
class Link:
    """A one-way cable, beam or converter between two buses: at most `limit_kw` (n,) at its sending end."""

    name: str
    from_bus: str
    to_bus: str
    limit_kw: Array
    efficiency: float


@dataclass(frozen=True)
class Starter:
    """A source that must be started: while it is there (`power_kw` above 0) it first draws `start_kw` with the first
    priority, until it has been served for `start_h` in all; only then it gives `power_kw` (n,)."""

    name: str
    bus: str
    power_kw: Array
    start_kw: float
    start_h: float


@dataclass(frozen=True)
class SetPoints:
    """A rule as flown, which knows no tomorrow: below `shed_below` of what the stores hold when full, all but the first
    priority is shed, until they hold `restore_above`. `surviving` is how it stands before the first step."""

    shed_below: float
    restore_above: float
    surviving: bool = True


@dataclass(frozen=True)
class Network:
    """What there is: generation (n, buses), loads (n, buses, priorities), the first priority served first."""

    buses: tuple[str, ...]
    generation_kw: Array
    load_kw: Array
    stores: tuple[Store, ...] = ()
    links: tuple[Link, ...] = ()
    step_h: float = 1.0
    starters: tuple[Starter, ...] = ()
    """besides what `generation_kw` holds"""


def joined(main: str, ways: Sequence[Link]) -> set[str]:
    """The buses that links join to one, whichever way they carry."""
    reached, grew = {main}, True
    while grew:
        more = {end for way in ways for end in (way.from_bus, way.to_bus) if {way.from_bus, way.to_bus} & reached}
        grew = not more <= reached
        reached |= more
    return reached


@dataclass(frozen=True)
class Flow:
    """What the network did; powers are means over a step, energies are held at its end.

    Its `network` holds what starters gave among its generation and what they drew among its loads.
    """

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
    started_kw: Array
    """(n, starters), what each gave"""
    starting_kw: Array
    """(n, starters), what each asked to start"""
    surviving: NDArray[np.bool_]
    """(n,), steps in which set points left only the first priority"""

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
        for s, store in enumerate(self.network.stores):
            if store.brought_kwh is not None:
                through[:, s] += store.brought_kwh
        return np.asarray(through - self.store_loss_kwh - self.gone_kwh - gained)

    @cached_property
    def residual_kwh(self) -> Array:
        """The worst imbalance of any bus or store in each step (n,)."""
        both = np.hstack([np.abs(self.bus_residual_kwh), np.abs(self.store_residual_kwh)])
        return np.asarray(both.max(axis=1))
