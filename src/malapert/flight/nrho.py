"""A near-rectilinear halo orbit in the real ephemeris, grown from the three-body one by multiple shooting."""

import math
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from malapert import constants
from malapert.errors import ConvergenceError, CoverageError, InputError
from malapert.flight.families import FAMILIES, periodic_orbit
from malapert.flight.forces import CISLUNAR, Forces, model, point_mass
from malapert.flight.propagate import EventRule, Trajectory, fly, moon_state, propagate

Array = NDArray[np.float64]

# Sidereal month over 2 pi: the time unit of the three-body problem beside the mean motion of the real Moon.
TIME_UNIT_S: Final = 27.321661 * constants.SECONDS_PER_DAY / (2.0 * math.pi)
NODES: Final = 6  # a revolution; none near perilune, where the path is most sensitive
PHASES: Final = (np.arange(NODES) + 0.5) / NODES - 0.5  # from apolune, as fractions of a period
LENGTH_KM, SPEED_KM_S = 100.0, 1e-3  # how far a kilometre and a metre a second weigh in the smallest correction
# Weights of the distance from the three-body path against the gaps, in the order of the corrections.
PENALTIES: Final = (1.0, 0.3, 0.1, 0.03, 0.01, 0.002)
CLOSINGS: Final = 15
# Perilune radii that still count as the orbit asked for, over the three-body one's (at DISTANCE_KM).
PERILUNE_BAND: Final = (0.7, 1.4)
DISTANCE_KM: Final = 384400.0
NRHO_TOLERANCE: Final = 1e-11


@dataclass(frozen=True)
class Nrho:
    """Patch points of a continuous path about the Moon: epochs (n,), Moon-centred ICRF states (n, 6).

    gap_km, gap_m_s: the largest break at a patch point; iterations: of the shooting.
    """

    epochs_tdb_s: Array
    states: Array
    period_s: float
    gap_km: float
    gap_m_s: float
    iterations: int
    forces: Forces

    def state(self, epoch_tdb_s: float) -> Array:
        """Moon-centred state (6,) at an epoch inside the span."""
        return np.asarray(self.arc(epoch_tdb_s, epoch_tdb_s).states[0])

    def arc(self, start_tdb_s: float, end_tdb_s: float, step_s: float = 3600.0) -> Trajectory:
        """The path between two epochs every step_s, each piece flown from its own patch point."""
        first, last = self.epochs_tdb_s[0], self.epochs_tdb_s[-1]
        if not (first <= start_tdb_s <= end_tdb_s <= last):
            raise CoverageError(
                f"the halo orbit was grown for {first:.0f} to {last:.0f} s TDB, asked for {start_tdb_s:.0f} to "
                f"{end_tdb_s:.0f}; grow it from an earlier epoch or with more revolutions"
            )
        wanted = np.append(np.arange(start_tdb_s, end_tdb_s, step_s), end_tdb_s)
        owner = np.clip(np.searchsorted(self.epochs_tdb_s, wanted, side="right") - 1, 0, len(self.epochs_tdb_s) - 2)
        kernel = model(self.forces, "moon")
        states = np.empty((len(wanted), 6))
        for k in np.unique(owner):
            mine = owner == k
            epochs = wanted[mine]
            path = fly(
                self.states[k],
                self.epochs_tdb_s[k],
                float(epochs[-1]),
                kernel,
                outputs_s=epochs,
                tolerance=NRHO_TOLERANCE,
            )
            states[mine] = path[3]
        return Trajectory(wanted, states, "moon", self.forces.describe())

    def perilunes(self) -> list[tuple[float, float]]:
        """Epoch and radius (km) of every perilune."""
        return self._perilunes

    @cached_property
    def _perilunes(self) -> list[tuple[float, float]]:
        found = []
        for k in range(len(self.epochs_tdb_s) - 1):
            arc = propagate(
                self.states[k], self.epochs_tdb_s[k], self.epochs_tdb_s[k + 1] - self.epochs_tdb_s[k], self.forces,
                rules=(EventRule("periapsis", "moon"),), tolerance=NRHO_TOLERANCE,
            )  # fmt: skip
            found += [(event.epoch_tdb_s, float(np.linalg.norm(event.state[:3]))) for event in arc.events]
        return found


def pulsating_to_moon_centred(state: Array, epoch_tdb_s: float) -> Array:
    """Moon-centred ICRF state (6,) of a three-body state laid on the real Earth-Moon line and distance of an epoch."""
    moon = moon_state(epoch_tdb_s)
    distance = float(np.linalg.norm(moon[:3]))
    h = np.cross(moon[:3], moon[3:])
    x = moon[:3] / distance
    z = h / np.linalg.norm(h)
    axes = np.array([x, np.cross(z, x), z])
    rate = float(np.linalg.norm(h)) / distance**2
    stretch = float(moon[:3] @ moon[3:]) / distance
    place = state[:3]
    turning = np.array([-place[1], place[0], 0.0])
    velocity = stretch * place + distance * (rate * turning + state[3:] / TIME_UNIT_S)
    return np.concatenate([axes.T @ (distance * place), axes.T @ velocity])


@lru_cache(maxsize=32)
def grow_nrho(
    apolune_tdb_s: float, revolutions: int = 4, *, period: float = FAMILIES["halo-l2"].period, forces: Forces = CISLUNAR
) -> Nrho:
    """A halo orbit whose first apolune falls near an epoch, continuous over the revolutions asked for.

    Multiple shooting with the smallest correction of the three-body patch points that closes every gap. Raises
    ConvergenceError when gaps stay above 0.1 m or 0.01 mm/s or a perilune leaves PERILUNE_BAND.
    """
    if revolutions < 1:
        raise InputError(f"a halo orbit needs at least one revolution (got {revolutions})")
    orbit = periodic_orbit("halo-l2", period)
    shape = orbit.states(np.sort(PHASES % 1.0))[np.argsort(np.argsort(PHASES % 1.0))]
    turn = period * TIME_UNIT_S
    epochs = (apolune_tdb_s + turn * (np.arange(revolutions)[:, None] + PHASES)).ravel()
    reference = np.array([pulsating_to_moon_centred(shape[k % NODES], float(t)) for k, t in enumerate(epochs)])
    what = f"the halo orbit near {apolune_tdb_s:.0f} s TDB over {revolutions} revolutions"
    try:
        grown = _closed(reference, epochs, turn, forces)
    except ConvergenceError as error:
        raise ConvergenceError(f"{what}: {error}; try fewer revolutions or another epoch") from error
    lowest = orbit.perilune
    band = lowest * DISTANCE_KM * np.array(PERILUNE_BAND)
    radii = np.array([radius for _, radius in grown.perilunes()])
    if len(radii) < revolutions - 1 or np.any((radii < band[0]) | (radii > band[1])):
        raise ConvergenceError(
            f"{what} closes but is no longer that orbit: perilunes at {np.round(radii)} km, wanted {revolutions - 1} "
            f"or more between {band[0]:.0f} and {band[1]:.0f} km; try fewer revolutions or another epoch"
        )
    return grown


def _closed(reference: Array, epochs: Array, turn_s: float, forces: Forces) -> Nrho:
    """Patch points near a reference (n, 6) whose gaps are closed.

    While the gaps are large they are closed only so far as a penalty on leaving the reference allows, in the field of
    point masses: at once, the first wide step would throw the path off the orbit for good.
    """
    states = reference.copy()
    scale = np.tile([LENGTH_KM] * 3 + [SPEED_KM_S] * 3, len(epochs))
    rows = len(epochs) - 1
    weight = 1.0 / scale[: 6 * rows]
    for iteration in range(len(PENALTIES) + CLOSINGS):
        settling = iteration < len(PENALTIES)
        gaps, matrices = _gaps(states, epochs, point_mass(forces) if settling else forces)
        gap_km, gap_km_s = float(np.max(np.abs(gaps[:, :3]))), float(np.max(np.abs(gaps[:, 3:])))
        if not settling and gap_km < 1e-4 and gap_km_s < 1e-8:
            return Nrho(epochs, states, turn_s, gap_km, 1000.0 * gap_km_s, iteration, forces)
        jacobian = np.zeros((6 * rows, 6 * len(epochs)))
        for k in range(rows):
            jacobian[6 * k : 6 * k + 6, 6 * k : 6 * k + 6] = matrices[k]
            jacobian[6 * k : 6 * k + 6, 6 * k + 6 : 6 * k + 12] = -np.eye(6)
        scaled = weight[:, None] * jacobian * scale
        penalty = PENALTIES[iteration] if settling else 0.0
        # The smallest |aim|^2 penalty + |gaps|^2; in the end the smallest step that closes them.
        aim = (reference - states).ravel() / scale if settling else np.zeros(states.size)
        left = np.linalg.solve(scaled @ scaled.T + penalty * np.eye(6 * rows), -weight * gaps.ravel() - scaled @ aim)
        states = states + (scale * (aim + scaled.T @ left)).reshape(-1, 6)
    raise ConvergenceError(
        f"gaps of {gap_km:.3g} km and {1000.0 * gap_km_s:.3g} m/s are left after {iteration + 1} corrections"
    )


def _gaps(states: Array, epochs: Array, forces: Forces) -> tuple[Array, list[Array]]:
    """Breaks (n - 1, 6) between each arc's end and the next patch point, and the arcs' transition matrices."""
    kernel = model(forces, "moon")
    gaps, matrices = np.empty((len(epochs) - 1, 6)), []
    for k in range(len(epochs) - 1):
        start = np.concatenate([states[k], np.eye(6).ravel()])
        end = fly(start, float(epochs[k]), float(epochs[k + 1]), kernel, tolerance=NRHO_TOLERANCE)[2]
        gaps[k] = end[:6] - states[k + 1]
        matrices.append(end[6:].reshape(6, 6))
    return gaps, matrices
