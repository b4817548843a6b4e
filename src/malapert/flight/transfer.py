"""What a designed flight hands on: its manoeuvres, its path, what it reached, and how exactly."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from malapert.flight.elements import Elements
from malapert.flight.forces import Forces
from malapert.flight.propagate import Trajectory, propagate

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Maneuver:
    """One impulse, or a finite burn by its mean direction: epoch, delta-v (3,) ICRF km/s."""

    name: str
    epoch_tdb_s: float
    delta_v_icrf_km_s: Array
    duration_s: float = 0.0

    @property
    def delta_v_m_s(self) -> float:
        return 1000.0 * float(np.linalg.norm(self.delta_v_icrf_km_s))


@dataclass(frozen=True)
class Transfer:
    """A flight from one orbit to another in the full ephemeris.

    arrival_elements: over the equator of the body `arrival_body` (of date for the Earth, MOON_PA for the Moon);
    residuals: by condition, unit in the name; facts: other numbers worth telling, unit in the name.
    """

    name: str
    maneuvers: tuple[Maneuver, ...]
    trajectory: Trajectory
    arrival_body: str
    arrival_tdb_s: float
    arrival_state: Array
    arrival_elements: Elements
    residuals: dict[str, float]
    facts: dict[str, float]
    arcs_flown: int

    @property
    def departure_tdb_s(self) -> float:
        return self.maneuvers[0].epoch_tdb_s

    @property
    def duration_d(self) -> float:
        return (self.arrival_tdb_s - self.departure_tdb_s) / 86400.0

    @property
    def delta_v_m_s(self) -> float:
        return sum(maneuver.delta_v_m_s for maneuver in self.maneuvers)

    def budget(self) -> list[tuple[str, float]]:
        """Manoeuvres as (name, m/s), in the order flown."""
        return [(maneuver.name, maneuver.delta_v_m_s) for maneuver in self.maneuvers]


def joined(pieces: Sequence[Trajectory], center: str) -> Trajectory:
    """Arcs end to end, seen from one centre; where two meet the epoch stands twice, before and after the burn."""
    return Trajectory(
        np.concatenate([piece.epochs_tdb_s for piece in pieces]),
        np.vstack([piece.states_from(center) for piece in pieces]),
        center,
        pieces[0].forces,
        tuple(event for piece in pieces if piece.center == center for event in piece.events),
        steps=sum(piece.steps for piece in pieces),
    )


def in_time_order(
    state: Array, start_tdb_s: float, end_tdb_s: float, forces: Forces, samples: int, tolerance: float
) -> Trajectory:
    """An arc about the Moon in the order of time, however it was flown."""
    step_s = abs(end_tdb_s - start_tdb_s) / samples
    path = propagate(state, start_tdb_s, end_tdb_s - start_tdb_s, forces, output_step_s=step_s, tolerance=tolerance)
    if end_tdb_s >= start_tdb_s:
        return path
    return replace(path, epochs_tdb_s=path.epochs_tdb_s[::-1], states=path.states[::-1], _views={})
