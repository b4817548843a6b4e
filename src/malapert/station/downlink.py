"""Data made at the station, the memories it waits in, and what reaches the Earth, by class of priority.

What is made in a step may be sent in it. Class 1 is sent before class 2, and so on; within a class what was made first
goes first, and elements share what of one step goes in parts of what they made. At the end of a step a memory that
holds more than it can drops the newest of the lowest class in it: what is kept is not overwritten by its like.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numba
import numpy as np
from numpy.typing import NDArray

from malapert.station.hours import Array

Places = NDArray[np.int64]
GB_PER_MBIT_S_HOUR = 3600.0 / 8000.0
"""Gigabytes (1e9 bytes) one Mbit/s carries in an hour."""
CLASSES = 9


@dataclass(frozen=True)
class Source:
    """What makes data: GB in each step (n,), its class, and its own memory; inf when it waits in the common one."""

    element: str
    priority: int
    made_gb: Array
    memory_gb: float = np.inf


@dataclass(frozen=True)
class Latency:
    """Hours from making to sending that half and 95 % of what was sent waited at most, and the longest; nan when
    nothing was sent. What never was sent is not in them."""

    median_h: float
    p95_h: float
    worst_h: float


@dataclass(frozen=True)
class Downlink:
    """The queue by class, all (n, 9): GB sent and dropped in each step, GB waiting at its end; and by source (E,).

    `waited_gb` (E, steps) is what was sent so many steps after it was made. `most_gb` (E,) is the most of a source's
    that ever waited, `common_gb` (n,) what waits in the common one.
    """

    sources: tuple[Source, ...]
    step_h: float
    sent_by_class_gb: Array
    dropped_by_class_gb: Array
    backlog_by_class_gb: Array
    common_gb: Array
    returned_gb: Array
    lost_gb: Array
    waiting_gb: Array
    most_gb: Array
    waited_gb: Array

    @cached_property
    def made_gb(self) -> Array:
        """GB made in each step (n,)."""
        return sum((source.made_gb for source in self.sources), np.zeros(len(self.common_gb)))

    @cached_property
    def sent_gb(self) -> Array:
        """GB sent in each step (n,)."""
        return np.asarray(self.sent_by_class_gb.sum(axis=1))

    @cached_property
    def dropped_gb(self) -> Array:
        """GB dropped in each step (n,)."""
        return np.asarray(self.dropped_by_class_gb.sum(axis=1))

    @cached_property
    def backlog_gb(self) -> Array:
        """GB waiting at the end of each step (n,)."""
        return np.asarray(self.backlog_by_class_gb.sum(axis=1))

    @property
    def residual_gb(self) -> Array:
        """Made, less sent and dropped, less what waits more than before, by step and class (n, 9)."""
        made = np.zeros_like(self.sent_by_class_gb)
        for source in self.sources:
            made[:, source.priority - 1] += source.made_gb
        gained = np.diff(self.backlog_by_class_gb, axis=0, prepend=0.0)
        return np.asarray(made - self.sent_by_class_gb - self.dropped_by_class_gb - gained)

    @property
    def source_residual_gb(self) -> Array:
        """Made, less sent, dropped and still waiting, of each source over all steps (E,)."""
        made = np.array([source.made_gb.sum() for source in self.sources])
        return np.asarray(made - self.returned_gb - self.lost_gb - self.waiting_gb)

    def latency(self, which: Sequence[int] | None = None) -> Latency:
        """How long what the sources at places `which`, or all, sent had waited."""
        gb = (self.waited_gb if which is None else self.waited_gb[list(which)]).sum(axis=0)
        return latency(gb, self.step_h)

    @property
    def mean_latency_h(self) -> float:
        """Mean wait of what was sent; nan when nothing was."""
        gb = self.waited_gb.sum(axis=0)
        total = float(gb.sum())
        return float(gb @ np.arange(len(gb))) * self.step_h / total if total > 0.0 else float("nan")


def latency(gb: Array, step_h: float) -> Latency:
    """Quantiles of a wait, from the GB that waited 0, 1, 2 ... steps."""
    total = np.cumsum(gb)
    if not len(gb) or total[-1] <= 0.0:
        return Latency(float("nan"), float("nan"), float("nan"))
    median, most = (int(np.searchsorted(total, part * total[-1] * (1.0 - 1e-12))) for part in (0.5, 0.95))
    return Latency(median * step_h, most * step_h, int(np.flatnonzero(gb)[-1]) * step_h)


def queue(sources: Iterable[Source], link_mbit_s: Array, memory_gb: Array | float, step_h: float) -> Downlink:
    """Send what waits as fast as the link (n,) allows, from a common memory (n,) or one number; inf is no limit."""
    kept, n = tuple(sorted(sources, key=lambda source: source.priority)), len(link_mbit_s)
    room_gb = np.ascontiguousarray(link_mbit_s * GB_PER_MBIT_S_HOUR * step_h)
    made = np.array([source.made_gb for source in kept]).reshape(len(kept), n)
    first = np.searchsorted([source.priority for source in kept], np.arange(1, CLASSES + 2)).astype(np.int64)
    own = np.array([source.memory_gb for source in kept], dtype=np.float64)
    common = np.ascontiguousarray(np.broadcast_to(np.asarray(memory_gb, dtype=np.float64), (n,)))
    # Pages of zeros cost nothing until a wait so long is written to them.
    waited = np.zeros((len(kept), n + 1))
    sent, dropped, backlog, held, sums, longest = _queue(made, first, own, common, room_gb, waited)
    return Downlink(kept, step_h, sent, dropped, backlog, held, *sums, waited[:, : longest + 1].copy())


@numba.njit(cache=True)
def _queue(
    made: Array, first: Places, own: Array, common: Array, room: Array, waited: Array
) -> tuple[Array, Array, Array, Array, tuple[Array, Array, Array, Array], int]:
    """The queue of `queue`: class c are the sources from first[c] to first[c + 1]; each source's lots (step, GB) lie
    in a stretch of one array, from head to tail."""
    sources, n = made.shape
    head = np.zeros(sources, np.int64)
    for e in range(1, sources):
        head[e] = head[e - 1] + np.count_nonzero(made[e - 1])
    tail, lots = head.copy(), np.count_nonzero(made)
    step, gb, held = np.zeros(lots, np.int64), np.zeros(lots), np.zeros(sources)
    sent, dropped, backlog, in_common = np.zeros((n, 9)), np.zeros((n, 9)), np.zeros((n, 9)), np.zeros(n)
    back, lost, most, longest = np.zeros((2, sources)), np.zeros((2, sources)), np.zeros(sources), 0
    for i in range(n):
        for e in range(sources):
            if made[e, i] > 0.0:
                step[tail[e]], gb[tail[e]] = i, made[e, i]
                tail[e] += 1
                held[e] += made[e, i]
        left = room[i]
        for c in range(9):
            while left > 0.0:
                oldest, total = _end(first[c], first[c + 1], head, tail, step, gb, own, False)
                if oldest < 0:
                    break
                part = 1.0 if left >= total else left / total
                for e in range(first[c], first[c + 1]):
                    if head[e] < tail[e] and step[head[e]] == oldest:
                        goes = gb[head[e]] * part
                        _take(e, head[e], goes, part == 1.0, head, tail, gb, held)
                        _add(back, e, goes)
                        sent[i, c] += goes
                        waited[e, i - oldest] += goes
                longest = max(longest, i - oldest)
                left = left - total if part == 1.0 else 0.0
        in_common[i] = 0.0
        for c in range(9):
            for e in range(first[c], first[c + 1]):
                while held[e] > own[e]:
                    last, over = tail[e] - 1, held[e] - own[e]
                    goes = min(gb[last], over)
                    _take(e, last, goes, goes == gb[last], head, tail, gb, held)
                    _add(lost, e, goes)
                    dropped[i, c] += goes
                most[e] = max(most[e], held[e])
                in_common[i] += held[e] if np.isinf(own[e]) else 0.0
        c = 8
        while in_common[i] > common[i] and c >= 0:
            newest, total = _end(first[c], first[c + 1], head, tail, step, gb, own, True)
            if newest < 0:
                c -= 1
                continue
            over = in_common[i] - common[i]
            part = 1.0 if over >= total else over / total
            for e in range(first[c], first[c + 1]):
                last = tail[e] - 1
                if np.isinf(own[e]) and head[e] < tail[e] and step[last] == newest:
                    goes = gb[last] * part
                    _take(e, last, goes, part == 1.0, head, tail, gb, held)
                    _add(lost, e, goes)
                    dropped[i, c] += goes
            in_common[i] = in_common[i] - total if part == 1.0 else common[i]
        for c in range(9):
            backlog[i, c] = held[first[c] : first[c + 1]].sum()
    left_gb = np.zeros(sources)
    for e in range(sources):
        left_gb[e] = gb[head[e] : tail[e]].sum()
    return sent, dropped, backlog, in_common, (back[0], lost[0], left_gb, most), longest


@numba.njit(cache=True)
def _add(sums: Array, e: int, gb: float) -> None:
    """Add to a sum (2, E) with what rounding took from it before (Kahan 1965)."""
    term = gb - sums[1, e]
    total = sums[0, e] + term
    sums[1, e] = (total - sums[0, e]) - term
    sums[0, e] = total


@numba.njit(cache=True)
def _end(
    begin: int, end: int, head: Places, tail: Places, step: Places, gb: Array, own: Array, newest: bool
) -> tuple[int, float]:
    """Step and GB of the oldest lots of the sources from begin to end, or of the newest in the common memory; step -1
    when there are none."""
    found, total = -1, 0.0
    for e in range(begin, end):
        if head[e] == tail[e] or (newest and own[e] < np.inf):
            continue
        at = tail[e] - 1 if newest else head[e]
        if step[at] == found:
            total += gb[at]
        elif found < 0 or (step[at] > found) == newest:
            found, total = step[at], gb[at]
    return found, total


@numba.njit(cache=True)
def _take(e: int, at: int, goes: float, whole: bool, head: Places, tail: Places, gb: Array, held: Array) -> None:
    """Take a lot at either end of a source's stretch away, whole or in part."""
    gb[at] = max(gb[at] - goes, 0.0)
    held[e] = max(held[e] - goes, 0.0)
    if whole and at == head[e]:
        head[e] += 1
    elif whole:
        tail[e] -= 1
    if head[e] == tail[e]:
        held[e] = 0.0


def way_parts(ways: dict[str, Array], link_mbit_s: Array) -> dict[str, Array]:
    """Part of what is sent in each step that goes each way (n,): the way of the best rate, the first named of all
    before others like it, the rest of equal rate alike; empty when no ways are known."""
    if not ways:
        return {}
    rates = np.array(list(ways.values()))
    best = (rates == link_mbit_s) & (link_mbit_s > 0.0)
    best[1:] &= ~best[0]
    parts = np.divide(best, best.sum(axis=0), out=np.zeros(best.shape), where=best.any(axis=0))
    return dict(zip(ways, parts, strict=True))
