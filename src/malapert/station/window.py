"""What experiments share in a window of blocks, in whole numbers: the problem that `allotment` and `by_rank` answer.

A block is a week. Hours are counted in steps, energy in Wh, data in MB, people's time in seconds, samples in grams;
what an experiment takes is rounded up and what there is rounded down, so that rounding never makes room.
"""

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray

Whole = NDArray[np.int64]
TENTHS: Final = 10


@dataclass(frozen=True)
class Hands:
    """Time of people: seconds an experiment takes for each tenth of a day it runs (experiments,), seconds there are
    (blocks,)."""

    kind: str
    seconds: Whole
    free: Whole


@dataclass(frozen=True)
class Room:
    """Samples that blocks [first, end) may take between them, grams."""

    first: int
    end: int
    grams: int


@dataclass(frozen=True)
class Window:
    """Experiments (K) and blocks (B) with all their limits.

    `able` (K, B) are steps in which needs hold, `lit` (K, B) those in which there is power left over at the time, or
    none is needed, `dark` (K, B) further ones on what the stores can spare. `surplus_wh` and `spare_wh` (9, B) is that
    energy for experiments of a priority and all later ones, which may take it from loads that come after theirs; a Wh
    out of the stores takes `store_loss` Wh of surplus. `link_mb` (B,) is what the link still carries, `waiting_mb` what
    waits at the start, `most_waiting_mb` (B,) what may wait at each block's end. `day_steps` (K, B, days) are steps
    possible by day, the best day first; an experiment that takes hands for a tenth of a day runs a tenth of its steps.
    `shares` is each experiment's partner's right, 0 to 1; without rights it is None.
    """

    names: tuple[str, ...]
    partners: tuple[str, ...]
    priority: Whole
    wanted: Whole
    able: Whole
    lit: Whole
    dark: Whole
    draw_wh: Whole
    surplus_wh: Whole
    spare_wh: Whole
    store_loss: float
    data_mb: Whole
    link_mb: Whole
    waiting_mb: int
    most_waiting_mb: Whole
    hands: tuple[Hands, ...]
    day_steps: Whole
    samples_g: Whole
    rooms: tuple[Room, ...]
    shares: dict[str, float] | None = None

    @property
    def blocks(self) -> int:
        """Number of blocks."""
        return int(self.lit.shape[1])

    @cached_property
    def levels(self) -> list[int]:
        """Priorities that want hours, the first first."""
        return sorted({int(p) for p, hours in zip(self.priority, self.wanted, strict=True) if hours > 0})

    @cached_property
    def attended(self) -> list[int]:
        """Experiments whose hours take hands."""
        return [k for k in range(len(self.names)) if any(hand.seconds[k] > 0 for hand in self.hands)]

    @cached_property
    def store_wh(self) -> Whole:
        """Surplus a step on the stores takes in the end (K,)."""
        return np.asarray(np.ceil(self.draw_wh * self.store_loss), dtype=np.int64)

    @cached_property
    def most(self) -> Whole:
        """Steps no experiment can have more of, whoever else is there (K,)."""
        return np.asarray(np.minimum(self.wanted, (self.lit + self.dark).sum(axis=1)))

    @cached_property
    def rights(self) -> dict[str, dict[str, int]]:
        """Most of each common resource a partner may have while rights hold: energy, data, samples and each hand."""
        whole = {"power": int(self.surplus_wh[-1].sum()), "data": int(self.link_mb.sum())}
        whole |= {hand.kind: int(hand.free.sum()) for hand in self.hands}
        whole |= {"samples": sum(room.grams for room in self.rooms)}
        shares = self.shares or {}
        return {
            partner: {kind: int(shares.get(partner, 0.0) * total) for kind, total in whole.items()}
            for partner in dict.fromkeys(self.partners)
        }

    def only(self, chosen: list[int]) -> "Window":
        """The same window for some of its experiments."""
        rows = np.asarray(chosen, dtype=np.int64)
        return replace(
            self,
            names=tuple(self.names[k] for k in chosen),
            partners=tuple(self.partners[k] for k in chosen),
            priority=self.priority[rows],
            wanted=self.wanted[rows],
            able=self.able[rows],
            lit=self.lit[rows],
            dark=self.dark[rows],
            draw_wh=self.draw_wh[rows],
            data_mb=self.data_mb[rows],
            day_steps=self.day_steps[rows],
            samples_g=self.samples_g[rows],
            hands=tuple(replace(hand, seconds=hand.seconds[rows]) for hand in self.hands),
        )


@dataclass(frozen=True)
class Hours:
    """Steps given (K, B), lit and on the stores, and tenths of days with hands (K, B)."""

    lit: Whole
    dark: Whole
    tenths: Whole
    status: str = "by rank"
    gap: float = field(default=0.0)

    @property
    def steps(self) -> Whole:
        """All steps of each experiment in each block (K, B)."""
        return np.asarray(self.lit + self.dark)

    @property
    def total(self) -> Whole:
        """All steps of each experiment (K,)."""
        return np.asarray(self.steps.sum(axis=1))


def reach(day_steps: Whole, tenths: int) -> int:
    """Steps that so many tenths of a block's days hold, the best day first."""
    days, part = divmod(tenths, TENTHS)
    rest = int(day_steps[days]) * part // TENTHS if days < len(day_steps) else 0
    return int(day_steps[:days].sum()) + rest


def waiting(window: Window, steps: Whole) -> Whole:
    """Data that waits at the end of each block (B,)."""
    made, held = window.data_mb @ steps, np.zeros(window.blocks, dtype=np.int64)
    left = window.waiting_mb
    for b in range(window.blocks):
        left = max(left + int(made[b]) - int(window.link_mb[b]), 0)
        held[b] = left
    return held


def taken(window: Window, hours: Hours, partner: str) -> dict[str, int]:
    """What a partner's experiments take of each common resource."""
    mine = np.array([p == partner for p in window.partners])
    total, dark = hours.total * mine, hours.dark.sum(axis=1) * mine
    took = {
        "power": int(window.draw_wh @ (total - dark) + window.store_wh @ dark),
        "data": int(window.data_mb @ total),
        "samples": int(window.samples_g @ total),
    }
    return took | {hand.kind: int((hand.seconds * mine) @ hours.tenths.sum(axis=1)) for hand in window.hands}


def score(window: Window, total: Whole, against: Whole) -> list[tuple[int, int]]:
    """By priority: the least fulfilment in thousandths of what `against` (K,) says, then all steps."""
    found = []
    for level in window.levels:
        at = (window.priority == level) & (against > 0)
        least = min((1000 * int(t) // int(a) for t, a in zip(total[at], against[at], strict=True)), default=1000)
        found.append((min(least, 1000), int(total[window.priority == level].sum())))
    return found
