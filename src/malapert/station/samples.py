"""Samples: taken while experiments run, kept at the station, taken home by crews that have room for them.

At each leave those go first whose experiments run only for samples that go home; then all others. Partners that have
samples waiting share the room by their right, and what one does not use goes to the others; without any right they
share alike.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from malapert.logistics.plan import Stay
from malapert.programme import Programme
from malapert.station.hours import Array, Hours, Standing


@dataclass(frozen=True)
class Samples:
    """Samples in kg by experiment: `taken_kg` (K, n) in each step, `loaded_kg` (K, flights) on each way home."""

    order: tuple[Standing, ...]
    flights: tuple[Stay, ...]
    room_kg: Array
    taken_kg: Array
    loaded_kg: Array
    stock_kg: Array
    """(K,) at the end, kept by adding and taking away step by step"""

    @cached_property
    def residual_kg(self) -> float:
        """Taken, less what went home, less what is left: the largest of any experiment."""
        gone = self.taken_kg.sum(axis=1) - self.loaded_kg.sum(axis=1) - self.stock_kg
        return float(np.abs(gone).max(initial=0.0))


def samples(
    programme: Programme,
    order: tuple[Standing, ...],
    ran: Array,
    stays: tuple[Stay, ...],
    hours: Hours,
    shares: dict[str, float],
) -> Samples:
    """What experiments that ran so many parts of each step (K, n) took, and what of it goes home."""
    rows = [programme.experiment[d.element] for d in order]
    rate = np.array([row.samples_kg_d for row in rows]).reshape(len(rows), 1) * hours.step_h / 24.0
    taken = np.asarray(ran * rate)
    home = sorted((s for s in stays if s.end_tdb_s <= hours.tdb_s[-1]), key=lambda s: s.end_tdb_s)
    room = np.array([programme.flight[stay.flight].samples_kg for stay in home])
    first = np.array(["sample_return" in row.needs for row in rows], dtype=bool)
    partners = [d.partner for d in order]
    loaded, stock, begin = np.zeros((len(rows), len(home))), np.zeros(len(rows)), 0
    for f, stay in enumerate(home):
        # What is taken in the step it leaves in is taken before it leaves.
        end = int(np.searchsorted(hours.tdb_s, stay.end_tdb_s))
        stock = stock + taken[:, begin:end].sum(axis=1)
        begin = end
        for group in (first, ~first):
            free_kg = float(room[f] - loaded[:, f].sum())
            loaded[:, f] += _loaded(np.where(group, stock, 0.0), partners, free_kg, shares)
        stock = np.maximum(stock - loaded[:, f], 0.0)
    stock = stock + taken[:, begin:].sum(axis=1)
    return Samples(order, tuple(home), room, taken, loaded, stock)


def _loaded(waiting_kg: Array, partners: list[str], room_kg: float, shares: dict[str, float]) -> Array:
    """Room given to partners by right, within a partner in proportion to what waits (K,)."""
    names = list(dict.fromkeys(partners))
    mine = np.array([[p == name for p in partners] for name in names], dtype=float).reshape(len(names), len(partners))
    waits = mine @ waiting_kg
    given = fill(waits, np.array([shares.get(name, 0.0) for name in names]), room_kg)
    part = np.divide(given, waits, out=np.zeros_like(waits), where=waits > 0.0)
    return np.asarray(waiting_kg * (mine.T @ part))


def fill(wanted: Array, rights: Array, room: float) -> Array:
    """Room divided by right among those who want it, nobody getting more than wanted; rights of nobody left are alike.

    Each round divides what is left among those still wanting; somebody is then satisfied or nothing is left.
    """
    given = np.zeros_like(wanted)
    for _ in range(2 * len(wanted)):
        left, short = room - given.sum(), wanted - given
        open_ = short > 1e-12 * np.maximum(wanted, 1.0)
        if left <= 1e-12 * max(room, 1.0) or not open_.any():
            break
        weight = np.where(open_, rights, 0.0)
        weight = weight if weight.sum() > 0.0 else open_.astype(float)
        given = given + np.minimum(left * weight / weight.sum(), short * open_)
    return given
