"""What holding an orbit costs: crossing control along a reference, flown many times with drawn errors."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from os import cpu_count
from typing import Final

import numpy as np
from numpy.typing import NDArray

from malapert import constants
from malapert.errors import ConvergenceError, InputError
from malapert.flight.forces import model
from malapert.flight.layout import Model
from malapert.flight.patched import NODES, PATCH_TOLERANCE, PatchedOrbit, Told, rotating_rows, transitions
from malapert.flight.propagate import fly

Array = NDArray[np.float64]

# Of a revolution's patch points, those burnt at: a twelfth of a period past the far crossing; or three, evenly.
BURN_NODES: Final = {"crossing": (3,), "targets": (0, 2, 4)}
CROSSINGS_AHEAD: Final = 5
TARGETS_AHEAD: Final = 14  # patch points
TARGET_KM: Final = 30.0
UNSTABLE: Final = 5.0  # stability index from which crossing control, once a revolution, cannot hold an orbit
WATCH_NODE: Final = 4  # from here to the next revolution's second point the near crossing is looked for
CROSSING_S: Final = 60.0  # either side of a crossing, for its acceleration
SAMPLES: Final = 241
# How far a mm/s of burn weighs against a miss of the crossing's speed and of its time.
BURN_KM_S: Final = 1e-5
SPEED_KM_S: Final = 4.5e-4
TIME_S: Final = 600.0
LOST_KM: Final = 5000.0  # off the reference at a burn
KEEPING_TOLERANCE: Final = 1e-10


@dataclass(frozen=True)
class KeepingErrors:
    """One sigma, each axis: navigation before a burn, the burn's size and fixed part, at insertion; least burn made.

    Defaults are of the size studies of the Gateway assume (a third of 10 km, 10 cm/s, 1.5 % and 1.42 mm/s),
    recalled: unsourced.
    """

    navigation_km: float = 10.0 / 3.0
    navigation_m_s: float = 0.1 / 3.0
    burn_fraction: float = 0.015 / 3.0
    burn_fixed_m_s: float = 1.42e-3 / 3.0
    least_burn_m_s: float = 0.03

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            if not value >= 0.0:
                raise InputError(f"{name} must not be negative (got {value!r})")


@dataclass(frozen=True)
class StationKeeping:
    """Yearly delta-v (runs,), m/s, burns made in a run, largest distance from the reference at a burn (runs,), km."""

    delta_v_m_s_per_year: Array
    burns: Array
    deviation_km: Array
    years: float
    errors: KeepingErrors
    seed: int
    law: str

    @property
    def runs(self) -> int:
        return len(self.delta_v_m_s_per_year)


def keep_station(
    reference: PatchedOrbit,
    law: str = "crossing",
    *,
    runs: int = 24,
    seed: int = 1,
    errors: KeepingErrors | None = None,
    told: Told | None = None,
) -> StationKeeping:
    """Fly the reference's orbit with errors and count the delta-v of holding it.

    law "crossing": x-axis crossing control, one burn a revolution. Each makes the speed along the Earth-Moon line at
    the near crossings of the x-z plane, CROSSINGS_AHEAD of them, that of the reference (Davis et al. 2017, AAS 17-269;
    Guzzetti et al. 2017, AAS 17-395), with the time of the crossing weighed in so that the path does not drift along
    the reference. law "targets": for orbits more unstable than UNSTABLE, three burns a revolution, each the least
    squares of burn and distances from the reference at TARGETS_AHEAD patch points (Howell and Pernicka 1993, J. Guid.
    Control Dyn. 16:151). Between burns the full forces are flown. Errors are white, forces are known: no
    solar-pressure misfit, no wheel unloading, no missed burn. Raises InputError, ConvergenceError when a run leaves
    the reference by LOST_KM.
    """
    errors = errors or KeepingErrors()
    if runs < 1 or law not in BURN_NODES:
        raise InputError(f"station keeping needs runs and a law of {', '.join(BURN_NODES)} (got {runs}, {law!r})")
    last = len(reference.epochs_tdb_s)
    burns = np.sort(np.concatenate([np.arange(_first_of_kind(reference, n), last, NODES) for n in BURN_NODES[law]]))
    aims = _crossing_aims(reference, burns) if law == "crossing" else _target_aims(reference, burns)
    if len(aims) < 2:
        raise InputError(f"a reference of {last // NODES} revolutions is too short to look ahead along it")

    def one(run: int) -> tuple[float, int, float]:
        return _run(reference, burns, aims, errors, np.random.default_rng([seed, run]))

    flown = []
    with ThreadPoolExecutor(cpu_count() or 1) as pool:  # the kernels run outside the interpreter's lock
        for life in pool.map(one, range(runs)):
            flown.append(life)
            if told is not None:
                told(len(flown) / runs)
    spent, made, off = np.array(flown).T
    span_s = float(reference.epochs_tdb_s[burns[len(aims) - 1]] - reference.epochs_tdb_s[burns[0]])
    years = span_s / (365.25 * constants.SECONDS_PER_DAY)
    return StationKeeping(spent / years, made, off, years, errors, seed, law)


def _first_of_kind(reference: PatchedOrbit, node: int) -> int:
    """Index of the first patch point that is the node-th of its revolution."""
    return (node - reference.first_node) % NODES


@dataclass(frozen=True)
class _Aim:
    """What a burn aims at: the misses' partials by the state at the burn (m, 6) and the burn of least weighted squares
    by the misses (3, m). Where misses are flown for, not foretold by the partials: their epochs (n,), the reference's
    states there (n, 6) and the rows (n, 2, 6) that make misses of what is off them."""

    partials: Array
    gain: Array
    met: tuple[Array, Array, Array] | None = None


def _aim(rows: list[Array], met: tuple[Array, Array, Array] | None = None) -> _Aim:
    partials = np.vstack(rows)
    scaled = partials[:, 3:] * BURN_KM_S
    gain = np.asarray(-BURN_KM_S * np.linalg.solve(scaled.T @ scaled + np.eye(3), scaled.T), float)
    return _Aim(partials, gain, met)


def _run(
    reference: PatchedOrbit, burns: Array, aims: list[_Aim], errors: KeepingErrors, rng: np.random.Generator
) -> tuple[float, int, float]:
    """One life: delta-v (m/s), burns made, largest distance from the reference (km)."""
    kernel = model(reference.forces, "moon")
    sigma = np.array([errors.navigation_km] * 3 + [errors.navigation_m_s / 1000.0] * 3)
    epochs, states = reference.epochs_tdb_s[burns], reference.states[burns]
    state = states[0] + sigma * rng.standard_normal(6)
    spent, made, off = 0.0, 0, 0.0
    for k, aim in enumerate(aims):
        off = max(off, float(np.linalg.norm(state[:3] - states[k, :3])))
        if off > LOST_KM:
            raise ConvergenceError(
                f"station keeping lost the reference: {off:.0f} km off after {k} burns; "
                "state smaller errors, or another law"
            )
        burn = _burn(state + sigma * rng.standard_normal(6), states[k], float(epochs[k]), aim, kernel)
        size = 1000.0 * float(np.linalg.norm(burn))
        if size >= errors.least_burn_m_s:
            state = state.copy()
            state[3:] += burn * (1.0 + errors.burn_fraction * rng.standard_normal())
            state[3:] += errors.burn_fixed_m_s / 1000.0 * rng.standard_normal(3)
            spent, made = spent + size, made + 1
        if k + 1 < len(aims):
            state = fly(state, float(epochs[k]), float(epochs[k + 1]), kernel, tolerance=KEEPING_TOLERANCE)[2]
    return spent, made, off


def _burn(believed: Array, planned: Array, epoch_tdb_s: float, aim: _Aim, kernel: Model) -> Array:
    """The velocity change (3,), km/s, for a believed state beside the reference's: by the partials, then once
    more with the misses flown for, which holds farther off."""
    burn = np.asarray(aim.gain @ (aim.partials @ (believed - planned)))
    if aim.met is None:
        return burn
    epochs, states, rows = aim.met
    start = believed.copy()
    start[3:] += burn
    there = fly(start, epoch_tdb_s, float(epochs[-1]), kernel, outputs_s=epochs, tolerance=KEEPING_TOLERANCE)[3]
    misses = np.einsum("nij,nj->ni", rows, there - states).ravel()
    return np.asarray(aim.gain @ (misses - aim.partials[:, 3:] @ burn))


def _target_aims(reference: PatchedOrbit, burns: Array) -> list[_Aim]:
    """For each burn with all its targets ahead: the distances from the reference at the patch points that follow."""
    matrices = transitions(reference.states, reference.epochs_tdb_s, reference.forces)[1]
    aims = []
    for burn in burns[burns + TARGETS_AHEAD <= len(matrices)]:
        path, rows = np.eye(6), []
        for matrix in matrices[burn : burn + TARGETS_AHEAD]:
            path = matrix @ path
            rows.append(path[:3] / TARGET_KM)
        aims.append(_aim(rows))
    return aims


def _crossing_aims(reference: PatchedOrbit, burns: Array) -> list[_Aim]:
    """For each burn with all its crossings ahead: speed and time of each."""
    matrices = transitions(reference.states, reference.epochs_tdb_s, reference.forces)[1]
    watches = range(_first_of_kind(reference, WATCH_NODE), len(reference.epochs_tdb_s) - 3, NODES)
    crossings = {watch: _crossing(reference, watch) for watch in watches}
    aims = []
    for burn in burns:
        coming = [watch for watch in watches if watch >= burn][:CROSSINGS_AHEAD]
        if len(coming) < CROSSINGS_AHEAD:
            break
        path, rows = np.eye(6), []
        for j in range(int(burn), coming[-1] + 1):
            if j in crossings:
                rows.append(crossings[j][2] @ crossings[j][3] @ path)
            path = matrices[j] @ path
        epochs, states, local = (np.array([crossings[watch][i] for watch in coming]) for i in range(3))
        aims.append(_aim(rows, (epochs, states, local)))
    return aims


def _crossing(reference: PatchedOrbit, watch: int) -> tuple[float, Array, Array, Array]:
    """The near crossing of the x-z plane after a patch point: epoch, state (6,), rows (2, 6) of what counts as a miss
    of its speed along x and of its time by the state there, transition matrix (6, 6) from the patch point."""
    kernel = model(reference.forces, "moon")
    start, end = float(reference.epochs_tdb_s[watch]), float(reference.epochs_tdb_s[watch + 3])
    initial = np.concatenate([reference.states[watch], np.eye(6).ravel()])

    def at(times: Array) -> Array:
        return fly(initial, start, float(times[-1]), kernel, outputs_s=times, tolerance=PATCH_TOLERANCE)[3]

    times = np.linspace(start, end, SAMPLES)
    along_y = np.array([rotating_rows(float(t))[2] @ y[:6] for t, y in zip(times, at(times), strict=True)])
    turns = np.flatnonzero(along_y[:-1] * along_y[1:] < 0.0)
    if not len(turns):
        raise ConvergenceError(f"the reference does not cross the x-z plane between {start:.0f} and {end:.0f} s TDB")
    i = int(turns[np.argmin(np.abs(turns - SAMPLES // 2))])
    crossing = float(times[i] + (times[i + 1] - times[i]) * along_y[i] / (along_y[i] - along_y[i + 1]))
    near = crossing + CROSSING_S * np.array([-1.0, 0.0, 1.0])
    path = at(near)
    before, after = (rotating_rows(float(near[k])) @ path[k, :6] for k in (0, 2))
    acceleration, _, y_rate = (after - before) / (2.0 * CROSSING_S)
    here = rotating_rows(crossing)
    late = -here[2] / y_rate
    rows = np.array([(here[0] + acceleration * late) / SPEED_KM_S, late / TIME_S])
    return crossing, path[1, :6], rows, path[1, 6:].reshape(6, 6)
