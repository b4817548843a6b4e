"""The network of a study expanded in time: two layers a window, outwards and homewards, with holdovers between.

After Ho et al. 2014 (generalised multicommodity flow, time-expanded) in the form of Isaji, Takubo and Ho, JSR 59(5),
2022, doi:10.2514/1.A35284: legs are flown within a layer, what stays at a place goes on to the next layer.
"""

from dataclasses import dataclass
from math import exp

import numpy as np
from numpy.typing import NDArray

from malapert.logistics.flow.study import Study

CARGO = ("habitat", "sample", "consumables", "spares", "propellant")


@dataclass(frozen=True)
class Arc:
    """A leg flown in a layer, or a stay at a place from a layer to the next (`leg` is -1)."""

    origin: int
    destination: int
    layer: int
    leg: int
    days: float
    burnt: float

    @property
    def is_launch(self) -> bool:
        """The launcher's own leg, whose load no vehicle limits."""
        return self.leg == 0 and self.origin == 0

    @property
    def next_layer(self) -> int:
        """The layer it ends in."""
        return self.layer + (self.leg < 0)


@dataclass(frozen=True)
class Network:
    """Arcs with their incidence: `leaves` and `enters` (node, arc), nodes numbered layer by layer."""

    study: Study
    arcs: tuple[Arc, ...]
    leaves: NDArray[np.float64]
    enters: NDArray[np.float64]

    def node(self, place: int, layer: int) -> int:
        """Number of a place in a layer."""
        return layer * len(self.study.places) + place

    @property
    def launches(self) -> list[int]:
        """Arcs of launch, one a window."""
        return [k for k, arc in enumerate(self.arcs) if arc.is_launch]


def expanded(study: Study) -> Network:
    """The time-expanded network: outward legs in even layers, homeward ones in odd layers."""
    arcs: list[Arc] = []
    last_layer = 2 * study.row.missions - 1
    for layer in range(last_layer + 1):
        for k, leg in enumerate(study.legs):
            burnt = 1.0 - exp(-leg.delta_v_m_s / (study.row.g0_m_s2 * study.row.isp_s))
            ends = (k, k + 1) if layer % 2 == 0 else (k + 1, k)
            arcs.append(Arc(*ends, layer, k, leg.flight_d, burnt))
        if layer < last_layer:
            for place in range(1, len(study.places)):
                arcs.append(Arc(place, place, layer, -1, study.hold_d(place), 0.0))
    nodes = (last_layer + 1) * len(study.places)
    leaves, enters = np.zeros((nodes, len(arcs))), np.zeros((nodes, len(arcs)))
    network = Network(study, tuple(arcs), leaves, enters)
    for k, arc in enumerate(arcs):
        leaves[network.node(arc.origin, arc.layer), k] = 1.0
        enters[network.node(arc.destination, arc.next_layer), k] = 1.0
    return network
