"""The way of least loss between every two buses of a power network."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from malapert.station.network import Array, Network

Indices = NDArray[np.int64]


class Paths(NamedTuple):
    """The way of least loss between every two buses: efficiency (b, b), 0 for none; links on it (b, b, b) in order, -1
    after the last; and for each bus all of them (b, b), most efficient source first."""

    efficiency: Array
    links: Indices
    nearest: Indices


def least_loss(net: Network) -> Paths:
    """All of them, over as many links as it takes."""
    place = {bus: b for b, bus in enumerate(net.buses)}
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
    return Paths(efficiency, links, np.ascontiguousarray(order, dtype=np.int64))
