"""Frozen low orbits of the Moon: eccentricity and argument of perilune that come back after a month."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from malapert import constants, data
from malapert.errors import ConvergenceError, InputError
from malapert.flight.elements import Elements, lunar_state
from malapert.flight.forces import Forces, gms_km3_s2
from malapert.flight.lifetime import eccentricity_vector
from malapert.flight.propagate import propagate

Array = NDArray[np.float64]

FROZEN_FORCES: Final = Forces(moon_degree=50)
SEARCH_TOLERANCE: Final = 1e-9
# The Moon turns once under the orbit, so the field's sectoral and tesseral terms come round.
MONTH_S: Final = 27.321661 * constants.SECONDS_PER_DAY
SAMPLES: Final = 32  # of a revolution, over which the vector is averaged
TURNS: Final = 8
NUDGE: Final = 2e-3
FOUND: Final = 2e-4  # of eccentricity a month: 0.4 km of perilune
ROUND: Final = 1e-3  # eccentricity the search starts with when the odd zonals ask for less


@dataclass(frozen=True)
class FrozenOrbit:
    """A start (mean e-vector components, ICRF state) whose mean e-vector moves by `drift` (eccentricity) a month."""

    semi_major_axis_km: float
    inclination_deg: float
    eccentricity: float
    argument_of_perilune_deg: float
    state: Array
    epoch_tdb_s: float
    drift: float
    forces: Forces


def frozen_orbit(
    mean_altitude_km: float,
    inclination_deg: float,
    epoch_tdb_s: float,
    *,
    node_deg: float = 0.0,
    forces: Forces = FROZEN_FORCES,
    told: Callable[[float], None] | None = None,
) -> FrozenOrbit:
    """The start at a mean altitude and inclination (Moon's equator) whose mean e-vector returns after a month.

    Newton on (e cos w, e sin w) with differenced partials, from the balance of J2 and J3. The map is that of one
    revolution's mean over one sidereal month (Abad, Elipe and Tresaco 2009, J. Guid. Control Dyn. 32:1888, study the
    same condition with averaged equations). InputError for an orbit underground; ConvergenceError when none is found
    above it, with how far the vector still moves.
    """
    if not mean_altitude_km > 0.0:
        raise InputError(f"a frozen orbit lies above the ground (got a mean altitude of {mean_altitude_km} km)")
    axis = constants.RADIUS_MOON_KM + mean_altitude_km
    highest = mean_altitude_km / axis
    vector = _first_guess(axis, inclination_deg, highest)
    best, kept = np.inf, vector

    def moved(at: Array) -> Array:
        try:
            return _monthly_motion(at, axis, inclination_deg, node_deg, epoch_tdb_s, forces)
        except ConvergenceError as error:
            raise ConvergenceError(
                f"no frozen orbit found at {mean_altitude_km:.0f} km, {inclination_deg:.2f} deg: one tried, of "
                f"eccentricity {np.linalg.norm(at):.4f}, falls into the Moon within a month; try a greater altitude, "
                "another inclination or node"
            ) from error

    for turn in range(TURNS):
        if told is not None:
            told(turn / TURNS)
        drift = moved(vector)
        size = float(np.linalg.norm(drift))
        if size < best:
            best, kept = size, vector
        if best < FOUND:
            break
        slope = np.column_stack([(moved(vector + NUDGE * axis_) - drift) / NUDGE for axis_ in np.eye(2)])
        step = -np.linalg.lstsq(slope, drift, rcond=1e-3)[0]
        step *= min(1.0, 0.3 * highest / float(np.linalg.norm(step)))
        vector = vector + step
        reach = float(np.linalg.norm(vector))
        if reach > 0.9 * highest:
            vector *= 0.9 * highest / reach
    if not best < FOUND:
        raise ConvergenceError(
            f"no frozen orbit found at {mean_altitude_km:.0f} km, {inclination_deg:.2f} deg: the eccentricity vector "
            f"still moves by {best:.2g} a month after {TURNS} corrections (e {np.linalg.norm(kept):.4f}); "
            "try another inclination, node or altitude"
        )
    e, w = float(np.linalg.norm(kept)), float(np.degrees(np.arctan2(kept[1], kept[0])) % 360.0)
    state = _start(kept, axis, inclination_deg, node_deg, epoch_tdb_s, forces)
    return FrozenOrbit(axis, inclination_deg, e, w, state, epoch_tdb_s, best, forces)


def _first_guess(axis_km: float, inclination_deg: float, highest: float) -> Array:
    """e-vector at which J3 balances J2: e sin w = -J3 / (2 J2) (R / a) sin i (Cook 1966, Planet. Space Sci. 14:433)."""
    field = data.moon_gravity(3)
    j2, j3 = -np.sqrt(5.0) * float(field.c[2, 0]), -np.sqrt(7.0) * float(field.c[3, 0])
    up = -0.5 * j3 / j2 * field.radius_km / axis_km * np.sin(np.radians(inclination_deg))
    return np.array([0.0, float(np.sign(up) * np.clip(abs(up), ROUND, 0.5 * highest))])


def _start(
    vector: Array, axis_km: float, inclination_deg: float, node_deg: float, epoch_tdb_s: float, forces: Forces
) -> Array:
    w = float(np.degrees(np.arctan2(vector[1], vector[0])))
    elements = Elements(axis_km, float(np.linalg.norm(vector)), inclination_deg, node_deg, w, -w)
    return lunar_state(elements, epoch_tdb_s, float(gms_km3_s2(forces)[1]))


def _monthly_motion(
    vector: Array, axis_km: float, inclination_deg: float, node_deg: float, epoch_tdb_s: float, forces: Forces
) -> Array:
    """Change (2,) of the mean e-vector over a month, each end the mean of one revolution."""
    gm = float(gms_km3_s2(forces)[1])
    turn_s = 2.0 * np.pi * np.sqrt(axis_km**3 / gm)
    within = turn_s * np.arange(SAMPLES) / SAMPLES
    epochs = epoch_tdb_s + np.concatenate([within, MONTH_S + within])
    state = _start(vector, axis_km, inclination_deg, node_deg, epoch_tdb_s, forces)
    path = propagate(
        state, epoch_tdb_s, float(epochs[-1]) - epoch_tdb_s, forces, output_epochs_tdb_s=epochs,
        tolerance=SEARCH_TOLERANCE, max_steps=10**6,
    )  # fmt: skip
    seen = np.array([eccentricity_vector(y, float(t), gm) for t, y in zip(epochs, path.states, strict=False)])
    return np.asarray(seen[SAMPLES:].mean(axis=0) - seen[:SAMPLES].mean(axis=0))
