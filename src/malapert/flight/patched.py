"""Orbits of the three-body problem laid into the real ephemeris: patch points closed by multiple shooting."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import solveh_banded

from malapert import constants
from malapert.errors import ConvergenceError, CoverageError, InputError
from malapert.flight.families import UNIT_D
from malapert.flight.forces import CISLUNAR, Forces, model, point_mass
from malapert.flight.propagate import EventRule, Trajectory, fly, moon_state, propagate
from malapert.flight.three_body import PeriodicOrbit

Array = NDArray[np.float64]
Told = Callable[[float], None]

# The time unit of the three-body problem beside the mean motion of the real Moon.
TIME_UNIT_S: Final = UNIT_D * constants.SECONDS_PER_DAY
NODES: Final = 6  # a revolution; none near perilune, where the path is most sensitive
PHASES: Final = (np.arange(NODES) + 0.5) / NODES - 0.5  # from apolune, as fractions of a period
LENGTH_KM, SPEED_KM_S = 100.0, 1e-3  # how far a kilometre and a metre a second weigh in the smallest correction
# Weights of the distance from the three-body path against the gaps, in the order of the corrections.
PENALTIES: Final = (1.0, 0.3, 0.1, 0.03, 0.01, 0.002)
CLOSINGS: Final = 15
CLOSED_KM, CLOSED_KM_S = 1e-4, 1e-8
# Perilune radii that still count as the orbit asked for, over the three-body one's (at DISTANCE_KM).
PERILUNE_BAND: Final = (0.7, 1.4)
DISTANCE_KM: Final = 384400.0
PATCH_TOLERANCE: Final = 1e-11
STABLE: Final = 1.001  # of PeriodicOrbit.stability
FREE_REVOLUTIONS: Final = 8  # from which a stable orbit's start is taken


@dataclass(frozen=True)
class PatchedOrbit:
    """Patch points of a continuous path about the Moon: epochs (n,), Moon-centred ICRF states (n, 6).

    gap_km, gap_m_s: the largest break at a patch point; iterations: of the shooting. first_node: which of a
    revolution's NODES, counted from the near crossing, the first patch point is.
    """

    epochs_tdb_s: Array
    states: Array
    period_s: float
    gap_km: float
    gap_m_s: float
    iterations: int
    forces: Forces
    first_node: int = 0

    def state(self, epoch_tdb_s: float) -> Array:
        """Moon-centred state (6,) at an epoch inside the span."""
        return np.asarray(self.arc(epoch_tdb_s, epoch_tdb_s).states[0])

    def arc(self, start_tdb_s: float, end_tdb_s: float, step_s: float = 3600.0) -> Trajectory:
        """The path between two epochs every step_s."""
        first, last = self.epochs_tdb_s[0], self.epochs_tdb_s[-1]
        if not (first <= start_tdb_s <= end_tdb_s <= last):
            raise CoverageError(
                f"the orbit was grown for {first:.0f} to {last:.0f} s TDB, asked for {start_tdb_s:.0f} to "
                f"{end_tdb_s:.0f}; grow it from an earlier epoch or with more revolutions"
            )
        return self.at(np.append(np.arange(start_tdb_s, end_tdb_s, step_s), end_tdb_s))

    def at(self, wanted: Array) -> Trajectory:
        """The path at rising epochs (n,) inside the span, each piece flown from its own patch point."""
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
                tolerance=PATCH_TOLERANCE,
            )
            states[mine] = path[3]
        return Trajectory(wanted, states, "moon", self.forces.describe())

    def perilunes(self) -> list[tuple[float, float]]:
        """Epoch and radius (km) of every perilune."""
        return self._apsides["periapsis"]

    def apolunes(self) -> list[tuple[float, float]]:
        """Epoch and radius (km) of every apolune."""
        return self._apsides["apoapsis"]

    @cached_property
    def _apsides(self) -> dict[str, list[tuple[float, float]]]:
        found: dict[str, list[tuple[float, float]]] = {"periapsis": [], "apoapsis": []}
        rules = tuple(EventRule(kind, "moon") for kind in found)
        for k in range(len(self.epochs_tdb_s) - 1):
            arc = propagate(
                self.states[k], self.epochs_tdb_s[k], self.epochs_tdb_s[k + 1] - self.epochs_tdb_s[k], self.forces,
                rules=rules, tolerance=PATCH_TOLERANCE,
            )  # fmt: skip
            for event in arc.events:
                found[event.rule.kind].append((event.epoch_tdb_s, float(np.linalg.norm(event.state[:3]))))
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


def grow(
    orbit: PeriodicOrbit,
    apolune_tdb_s: float,
    revolutions: int,
    *,
    turn_s: float | None = None,
    forces: Forces = CISLUNAR,
    told: Told | None = None,
) -> PatchedOrbit:
    """An orbit of the three-body problem in the ephemeris, its first far crossing near an epoch, for years on end.

    turn_s: the mean period to keep (the orbit's own when None), at which the patch points stand. Multiple shooting
    with the smallest correction of the three-body patch points that closes every gap; a stable orbit is grown over
    a few revolutions and falls freely from there. told: fraction of the corrections done. Raises ConvergenceError
    when gaps stay above 0.1 m or 0.01 mm/s or a perilune leaves PERILUNE_BAND.
    """
    if revolutions < 1:
        raise InputError(f"a halo orbit needs at least one revolution (got {revolutions})")
    turn = orbit.period * TIME_UNIT_S if turn_s is None else turn_s
    free = falls_freely(orbit, revolutions)
    epochs = (apolune_tdb_s + turn * (np.arange(revolutions)[:, None] + PHASES)).ravel()
    what = f"the orbit near {apolune_tdb_s:.0f} s TDB over {revolutions} revolutions"
    try:
        settled = epochs[: NODES * FREE_REVOLUTIONS] if free else epochs
        grown = patch(reference_states(orbit, settled), settled, turn, forces, told)
        if free:
            grown = _fallen(grown, epochs)
    except ConvergenceError as error:
        raise ConvergenceError(f"{what}: {error}; try fewer revolutions, another epoch or period") from error
    band = orbit.perilune * DISTANCE_KM * np.array(PERILUNE_BAND)
    radii = np.array([radius for _, radius in grown.perilunes()])
    if len(radii) < revolutions - 1 or np.any((radii < band[0]) | (radii > band[1])):
        raise ConvergenceError(
            f"{what} closes but is no longer that orbit: perilunes at {np.min(radii, initial=np.inf):.0f} to "
            f"{np.max(radii, initial=0.0):.0f} km, wanted {revolutions - 1} or more between {band[0]:.0f} and "
            f"{band[1]:.0f} km; try fewer revolutions, another epoch or period"
        )
    return grown


def falls_freely(orbit: PeriodicOrbit, revolutions: int) -> bool:
    """Whether an orbit is so stable and asked for so long that `grow` lets it fall from its first far crossing."""
    return orbit.stability < STABLE and float(orbit.state[2]) == 0.0 and revolutions > FREE_REVOLUTIONS


def reference_states(orbit: PeriodicOrbit, epochs_tdb_s: Array) -> Array:
    """Moon-centred ICRF states (n, 6) of a three-body orbit at the patch points' epochs (whole revolutions)."""
    shape = orbit.states(np.sort(PHASES % 1.0))[np.argsort(np.argsort(PHASES % 1.0))]
    return np.array([pulsating_to_moon_centred(shape[k % NODES], float(t)) for k, t in enumerate(epochs_tdb_s)])


def _fallen(grown: PatchedOrbit, epochs: Array) -> PatchedOrbit:
    """The path from the first revolution's far crossing on, flown without a correction.

    Its patch points stand at the mean period it has then, which is not quite that it was grown with.
    """
    first = NODES // 2
    kernel = model(grown.forces, "moon")
    start, end = float(epochs[first]), float(epochs[-1])

    def at(times: Array) -> Array:
        return fly(
            grown.states[first], start, end, kernel, outputs_s=times, tolerance=PATCH_TOLERANCE, max_steps=10**7
        )[3]

    times = np.linspace(start, end, 50 * len(epochs))
    along_y = np.array([rotating_rows(float(t))[2] @ y for t, y in zip(times, at(times), strict=True)])
    rises = times[np.flatnonzero((along_y[:-1] < 0.0) & (along_y[1:] >= 0.0))]
    turn = float(np.polyfit(np.arange(len(rises)), rises, 1)[0]) if len(rises) > 2 else grown.period_s
    points = np.arange(start, end, turn / NODES)
    return PatchedOrbit(points, at(points), turn, 0.0, 0.0, grown.iterations, grown.forces, first)


def rotating_rows(epoch_tdb_s: float) -> Array:
    """Rows (3, 6) that take a Moon-centred ICRF state to speed along x, place along x and along y of rotating axes.

    x points from the Earth to the Moon, z along the Moon's orbital momentum.
    """
    moon = moon_state(epoch_tdb_s)
    momentum = np.cross(moon[:3], moon[3:])
    x = moon[:3] / np.linalg.norm(moon[:3])
    y = np.cross(momentum / np.linalg.norm(momentum), x)
    x_rate = np.linalg.norm(momentum) / (moon[:3] @ moon[:3]) * y
    rows = np.zeros((3, 6))
    rows[0, :3], rows[0, 3:], rows[1, :3], rows[2, :3] = x_rate, x, x, y
    return rows


def patch(reference: Array, epochs: Array, turn_s: float, forces: Forces, told: Told | None = None) -> PatchedOrbit:
    """Patch points near a reference (n, 6) whose gaps are closed.

    While the gaps are large they are closed only so far as a penalty on leaving the reference allows, in the field of
    point masses: at once, the first wide step would throw the path off the orbit for good.
    """
    states = reference.copy()
    scale = np.array([LENGTH_KM] * 3 + [SPEED_KM_S] * 3)
    for iteration in range(len(PENALTIES) + CLOSINGS):
        settling = iteration < len(PENALTIES)
        if told is not None:
            told(iteration / (len(PENALTIES) + CLOSINGS))
        gaps, matrices = transitions(states, epochs, point_mass(forces) if settling else forces)
        gap_km, gap_km_s = float(np.max(np.abs(gaps[:, :3]))), float(np.max(np.abs(gaps[:, 3:])))
        if not settling and gap_km < CLOSED_KM and gap_km_s < CLOSED_KM_S:
            return PatchedOrbit(epochs, states, turn_s, gap_km, 1000.0 * gap_km_s, iteration, forces)
        penalty = PENALTIES[iteration] if settling else 0.0
        # The smallest |aim|^2 penalty + |gaps|^2; in the end the smallest step that closes them.
        aim = (reference - states) / scale if settling else np.zeros_like(states)
        states = states + scale * _closing(matrices * scale / scale[:, None], gaps / scale, aim, penalty)
    raise ConvergenceError(
        f"gaps of {gap_km:.3g} km and {1000.0 * gap_km_s:.3g} m/s are left after {iteration + 1} corrections"
    )


def _closing(matrices: Array, gaps: Array, aim: Array, penalty: float) -> Array:
    """The step (n, 6) x with S x = -gaps, nearest to `aim` and as far as a penalty allows; S x = A_k x_k - x_(k+1).

    x = aim + S' (S S' + penalty)^-1 (-gaps - S aim), where S S' is block-tridiagonal: a band of twelve.
    """
    count = len(matrices)
    diagonal = matrices @ matrices.transpose(0, 2, 1) + (1.0 + penalty) * np.eye(6)
    beside = -matrices[1:].transpose(0, 2, 1)
    band = np.zeros((12, 6 * count))
    for i in range(6):
        for j in range(6):
            band[5 - j + i, 6 + j :: 6] = beside[:, i, j]
            if j >= i:
                band[11 - j + i, j::6] = diagonal[:, i, j]
    right = -gaps - (np.einsum("kij,kj->ki", matrices, aim[:-1]) - aim[1:])
    left = solveh_banded(band, right.ravel()).reshape(count, 6)
    step = aim.copy()
    step[:-1] += np.einsum("kji,kj->ki", matrices, left)
    step[1:] -= left
    return step


def transitions(states: Array, epochs: Array, forces: Forces) -> tuple[Array, Array]:
    """Breaks (n - 1, 6) between each arc's end and the next patch point, and transition matrices (n - 1, 6, 6)."""
    kernel = model(forces, "moon")
    ends = np.empty((len(epochs) - 1, 42))
    for k in range(len(epochs) - 1):
        start = np.concatenate([states[k], np.eye(6).ravel()])
        ends[k] = fly(start, float(epochs[k]), float(epochs[k + 1]), kernel, tolerance=PATCH_TOLERANCE)[2]
    return ends[:, :6] - states[1:], ends[:, 6:].reshape(-1, 6, 6)
