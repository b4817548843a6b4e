"""A designed flight flown again from its own burns, apart from the designer: end misses, closest approaches."""

from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from malapert.flight.conics import earth_elements
from malapert.flight.elements import Elements, lunar_elements
from malapert.flight.forces import CISLUNAR, Forces, gms_km3_s2
from malapert.flight.interplanetary import CRUISE
from malapert.flight.propagate import EventRule, propagate, recentre
from malapert.flight.transfer import Transfer

Array = NDArray[np.float64]

TOLERANCE: Final = 1e-12
RULES: Final = tuple(EventRule("periapsis", body) for body in ("earth", "moon"))
SPHERE_KM: Final = 1.2e5  # halo orbits lie within it, parking orbits do not; what swings about in it passes no perigee
NEAR_KM: Final = {"earth": 9e5, "moon": 1.2e5}  # beyond it a least distance is no approach
NOT_AN_APPROACH_S: Final = 60.0  # a burn at an apsis leaves one right beside the end of its arc


@dataclass(frozen=True)
class Approach:
    """A least distance to a body while coasting: epoch, state (6,) from the body, ICRF."""

    body: str
    epoch_tdb_s: float
    state: Array

    @property
    def radius_km(self) -> float:
        return float(np.linalg.norm(self.state[:3]))


@dataclass(frozen=True)
class Departure:
    """Where a flight leaves from: body, epoch, state (6,) from it before the first burn, ICRF, and that orbit.

    elements: over the equator of the body (of date for the Earth, MOON_PA for the Moon); c3: after the burn.
    """

    body: str
    epoch_tdb_s: float
    state: Array
    elements: Elements
    c3_km2_s2: float


@dataclass(frozen=True)
class Review:
    """Where it leaves from; closest approaches in order; where each coast, flown again, ends beside the design."""

    departure: Departure
    approaches: tuple[Approach, ...]
    misses_m: tuple[float, ...]
    misses_mm_s: tuple[float, ...]


def review(transfer: Transfer, forces: Forces | None = None) -> Review:
    """Every coast between burns flown again at a tenth or less of the designers' tolerance, in the same forces."""
    path = transfer.trajectory
    epochs = path.epochs_tdb_s
    if forces is None:
        forces = CRUISE if path.center == "sun" else CISLUNAR
    marks = [maneuver.epoch_tdb_s for maneuver in transfer.maneuvers]
    if transfer.arrival_tdb_s > marks[-1] + 1.0:
        marks.append(transfer.arrival_tdb_s)
    rules = RULES if path.center in ("earth", "moon") else ()
    approaches: list[Approach] = []
    misses = []
    for start_s, end_s in pairwise(marks):
        first = int(np.flatnonzero(np.abs(epochs - start_s) < 1e-3)[-1])
        last = int(np.flatnonzero(np.abs(epochs - end_s) < 1e-3)[0])
        coast = propagate(
            path.states[first], start_s, end_s - start_s, forces, center=path.center, rules=rules, tolerance=TOLERANCE
        )
        misses.append(coast.end_state - path.states[last])
        for event in coast.events:
            moon = recentre(event.state, event.epoch_tdb_s, path.center, "moon")
            swinging = event.rule.body == "earth" and float(np.linalg.norm(moon[:3])) < SPHERE_KM
            apart = min(event.epoch_tdb_s - start_s, end_s - event.epoch_tdb_s) > NOT_AN_APPROACH_S
            state = recentre(event.state, event.epoch_tdb_s, path.center, event.rule.body)
            near = float(np.linalg.norm(state[:3])) < NEAR_KM[event.rule.body]
            if apart and near and not swinging:
                approaches.append(Approach(event.rule.body, event.epoch_tdb_s, state))
    return Review(
        _departure(transfer, forces),
        tuple(approaches),
        tuple(1e3 * float(np.linalg.norm(miss[:3])) for miss in misses),
        tuple(1e6 * float(np.linalg.norm(miss[3:])) for miss in misses),
    )


def _departure(transfer: Transfer, forces: Forces) -> Departure:
    """The orbit before the first burn, about whichever of Earth and Moon is nearer in its own sphere's measure."""
    path, burn = transfer.trajectory, transfer.maneuvers[0]
    row = int(np.flatnonzero(np.abs(path.epochs_tdb_s - burn.epoch_tdb_s) < 1e-3)[-1])
    earth, moon = (path.states_from(body)[row] for body in ("earth", "moon"))
    gms = gms_km3_s2(forces)
    is_lunar = float(np.linalg.norm(moon[:3])) < SPHERE_KM
    after, gm = (moon, float(gms[1])) if is_lunar else (earth, float(gms[0]))
    before = after.copy()
    before[3:] -= burn.delta_v_icrf_km_s
    c3 = float(after[3:] @ after[3:] - 2.0 * gm / np.linalg.norm(after[:3]))
    if is_lunar:
        return Departure("moon", burn.epoch_tdb_s, before, lunar_elements(before, burn.epoch_tdb_s, gm), c3)
    return Departure("earth", burn.epoch_tdb_s, before, earth_elements(before, burn.epoch_tdb_s), c3)
