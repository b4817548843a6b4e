"""How long an orbit about the Moon lives: flown in the full field until it meets the ground, or long enough."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from malapert import constants
from malapert.errors import InputError
from malapert.flight.elements import Elements, lunar_elements, lunar_state
from malapert.flight.forces import Forces, gms_km3_s2
from malapert.flight.propagate import EventRule, Trajectory, propagate

Array = NDArray[np.float64]

LIFETIME_FORCES: Final = Forces(moon_degree=50)
LIFETIME_TOLERANCE: Final = 1e-10
CHUNK_D: Final = 10.0  # flown between two words of progress
GROUND: Final = EventRule("descending", "moon", 0.0, stop_after=1)


@dataclass(frozen=True)
class Lifetime:
    """What became of an orbit. impact_d: days to the ground (the sphere of 1737.4 km), None when it flew on.

    path: Moon-centred ICRF states every step; perilunes, apolunes (n, 2): epochs and altitudes (km) over the sphere.
    """

    impact_d: float | None
    flown_d: float
    path: Trajectory
    perilunes: Array
    apolunes: Array

    @property
    def perilune_altitude_km(self) -> tuple[float, float]:
        """Lowest and highest; 0 is the ground, when it was met."""
        return _range([*self.perilunes[:, 1], *([] if self.impact_d is None else [0.0])])

    @property
    def apolune_altitude_km(self) -> tuple[float, float]:
        """Lowest and highest."""
        return _range([*self.apolunes[:, 1]])


def fly_until_impact(
    state: Array,
    epoch_tdb_s: float,
    duration_d: float,
    forces: Forces = LIFETIME_FORCES,
    *,
    step_s: float = 3600.0,
    told: Callable[[float], None] | None = None,
) -> Lifetime:
    """Fly a Moon-centred state (6,) without control for so many days, or to the ground. Raises as `propagate` does."""
    if not duration_d > 0.0:
        raise InputError(f"a lifetime is sought over a positive number of days (got {duration_d!r})")
    rules = (GROUND, EventRule("periapsis", "moon"), EventRule("apoapsis", "moon"))
    now, end = epoch_tdb_s, epoch_tdb_s + duration_d * constants.SECONDS_PER_DAY
    y, steps, impact = np.asarray(state, float), 0, None
    epochs, states = [np.array([now])], [y[None, :]]
    apsides: dict[str, list[tuple[float, float]]] = {"periapsis": [], "apoapsis": []}
    while now < end and impact is None:
        reach = min(end, now + CHUNK_D * constants.SECONDS_PER_DAY)
        wanted = np.append(np.arange(now + step_s, reach, step_s), reach)
        arc = propagate(
            y, now, reach - now, forces, rules=rules, tolerance=LIFETIME_TOLERANCE, max_steps=10**6, max_events=2000,
            output_epochs_tdb_s=wanted,
        )  # fmt: skip
        for event in arc.events:
            if event.rule.kind in apsides:
                height = float(np.linalg.norm(event.state[:3])) - constants.RADIUS_MOON_KM
                apsides[event.rule.kind].append((event.epoch_tdb_s, height))
        epochs.append(arc.epochs_tdb_s)
        states.append(arc.states)
        now, y, steps = arc.end_tdb_s, arc.end_state, steps + arc.steps
        if arc.stopped_by_event:
            impact = (now - epoch_tdb_s) / constants.SECONDS_PER_DAY
        if told is not None:
            told((now - epoch_tdb_s) / (end - epoch_tdb_s))
    path = Trajectory(
        np.concatenate(epochs), np.vstack(states), "moon", forces.describe(), stopped_by_event=impact is not None,
        steps=steps,
    )  # fmt: skip
    flown = (now - epoch_tdb_s) / constants.SECONDS_PER_DAY
    low, high = (np.array(apsides[kind]).reshape(-1, 2) for kind in ("periapsis", "apoapsis"))
    return Lifetime(impact, flown, path, low, high)


def _range(values: list[float]) -> tuple[float, float]:
    return (min(values), max(values)) if values else (float("nan"), float("nan"))


def low_orbit(
    perilune_altitude_km: float,
    apolune_altitude_km: float,
    inclination_deg: float,
    argument_of_perilune_deg: float,
    node_deg: float,
    epoch_tdb_s: float,
    forces: Forces = LIFETIME_FORCES,
) -> Array:
    """Moon-centred ICRF state (6,) at the perilune of an orbit by its altitudes; angles over the Moon's equator."""
    if not -100.0 < perilune_altitude_km <= apolune_altitude_km:
        raise InputError(
            f"a low orbit needs perilune <= apolune (got {perilune_altitude_km} x {apolune_altitude_km} km)"
        )
    low, high = constants.RADIUS_MOON_KM + perilune_altitude_km, constants.RADIUS_MOON_KM + apolune_altitude_km
    elements = Elements(
        0.5 * (low + high), (high - low) / (high + low), inclination_deg, node_deg, argument_of_perilune_deg, 0.0
    )
    return lunar_state(elements, epoch_tdb_s, float(gms_km3_s2(forces)[1]))


def eccentricity_vector(state: Array, epoch_tdb_s: float, gm_km3_s2: float) -> Array:
    """e cos w and e sin w (2,), w from the node on the Moon's equator of the epoch."""
    found = lunar_elements(state, epoch_tdb_s, gm_km3_s2)
    w = np.radians(found.argument_of_periapsis_deg)
    return found.eccentricity * np.array([np.cos(w), np.sin(w)])
