"""Data made at the station, the buffer it waits in, and what reaches the Earth: first in, first out, none dropped."""

from dataclasses import dataclass

import numba
import numpy as np

from malapert.station.hours import Array

GB_PER_MBIT_S_HOUR = 3600.0 / 8000.0
"""Gigabytes (1e9 bytes) one Mbit/s carries in an hour."""


@dataclass(frozen=True)
class Downlink:
    """The queue; all (n,): GB made and sent in each step, GB waiting at its end."""

    made_gb: Array
    sent_gb: Array
    backlog_gb: Array

    @property
    def residual_gb(self) -> Array:
        """Made, less sent, less what the buffer gained, step by step (n,)."""
        return np.asarray(self.made_gb - self.sent_gb - np.diff(self.backlog_gb, prepend=0.0))

    def returned_gb(self, made_gb: Array) -> float:
        """What one source got back of the `made_gb` (n,) it made: all made before the last byte sent was, and its part
        of the step in which that byte was made."""
        last = self._step_of(float(self.sent_gb.sum()))
        if last >= len(self.made_gb):
            return float(made_gb.sum())
        rest = float(self.sent_gb.sum() - self.made_gb[:last].sum())
        part = min(rest / self.made_gb[last], 1.0) if self.made_gb[last] > 0.0 else 0.0
        return float(made_gb[:last].sum() + max(part, 0.0) * made_gb[last])

    def _step_of(self, sent_gb: float) -> int:
        """The step in which the byte that ends the first `sent_gb` was made; n when all were sent."""
        total = np.cumsum(self.made_gb)
        return int(np.searchsorted(total, sent_gb * (1.0 + 1e-12), side="left"))

    def latency_h(self, step_h: float) -> Array:
        """Hours from making to sending of the last byte made in each step (n,); nan if never sent or none was made."""
        total_made, total_sent = np.cumsum(self.made_gb), np.cumsum(self.sent_gb)
        when = np.searchsorted(total_sent * (1.0 + 1e-12) + 1e-12, total_made, side="left").astype(np.float64)
        when[when >= len(when)] = np.nan
        waited = np.maximum(when - np.arange(len(when)), 0.0) * step_h
        return np.asarray(np.where(self.made_gb > 0.0, waited, np.nan))


def queue(made_gb: Array, link_mbit_s: Array, step_h: float) -> Downlink:
    """Send what waits as fast as the link allows; the buffer has no end, its peak says how large it must be.

    What is made in a step may be sent in it: waiting = max(waiting + made - room, 0).
    """
    room_gb = np.ascontiguousarray(link_mbit_s * GB_PER_MBIT_S_HOUR * step_h)
    sent, backlog = _queue(np.ascontiguousarray(made_gb), room_gb)
    return Downlink(made_gb, sent, backlog)


@numba.njit(cache=True)
def _queue(made_gb: Array, room_gb: Array) -> tuple[Array, Array]:
    sent, backlog = np.zeros(len(made_gb)), np.zeros(len(made_gb))
    waiting = 0.0
    for i in range(len(made_gb)):
        waiting += made_gb[i]
        sent[i] = min(waiting, room_gb[i])
        waiting -= sent[i]
        backlog[i] = waiting
    return sent, backlog
