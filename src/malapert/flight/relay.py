"""A relay's elliptical orbit over years: flown in the ephemeris, with or without resets to its reference orbit."""

import math
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from os import cpu_count

import numpy as np
from numpy.typing import NDArray

from malapert import constants
from malapert.errors import ConvergenceError, InputError
from malapert.flight.conics import unit
from malapert.flight.elements import Elements, lunar_elements, lunar_state, solve_kepler, state_from_elements
from malapert.flight.forces import Forces, gms_km3_s2
from malapert.flight.propagate import Event, EventRule, Trajectory, moon_state, propagate

Array = NDArray[np.float64]

RELAY_FORCES = Forces(moon_degree=8)
RELAY_TOLERANCE = 1e-9


@dataclass(frozen=True)
class RelayOrbit:
    """Reference orbit: altitudes over 1737.4 km, angles in degrees, to the plane the Earth moves in about the Moon.

    That is the plane the Earth's pull keeps score in: near cos2 i = 0.6 (1 - e2), with an argument of perilune of 90
    deg, apolune stays over the south for years (Ely 2005, J. Astronaut. Sci. 53:301). plane="equator" measures from
    the lunar equator (MOON_PA) instead. How long the orbit lives depends on node_deg: see `choose_node_deg`.
    """

    perilune_altitude_km: float
    apolune_altitude_km: float
    inclination_deg: float
    argument_of_perilune_deg: float = 90.0
    node_deg: float = 0.0
    mean_anomaly_deg: float = 180.0
    plane: str = "earth_orbit"

    def __post_init__(self) -> None:
        if not 0.0 < self.perilune_altitude_km <= self.apolune_altitude_km < 6e4:
            raise InputError(
                f"a relay orbit needs 0 < perilune <= apolune < 60,000 km "
                f"(got {self.perilune_altitude_km} x {self.apolune_altitude_km})"
            )

        if self.plane not in ("earth_orbit", "equator"):
            raise InputError(f"a relay's plane is 'earth_orbit' or 'equator' (got {self.plane!r})")

    def state(self, epoch_tdb_s: float, gm_km3_s2: float) -> Array:
        """Moon-centred ICRF state (6,) at the start."""
        if self.plane == "equator":
            return lunar_state(self.elements(), epoch_tdb_s, gm_km3_s2)
        turn = icrf_to_earth_orbit(epoch_tdb_s)
        state = state_from_elements(self.elements(), gm_km3_s2)
        return np.concatenate([turn.T @ state[:3], turn.T @ state[3:]])

    def elements(self, mean_anomaly_deg: float | None = None) -> Elements:
        low = constants.RADIUS_MOON_KM + self.perilune_altitude_km
        high = constants.RADIUS_MOON_KM + self.apolune_altitude_km
        e = (high - low) / (high + low)
        mean = self.mean_anomaly_deg if mean_anomaly_deg is None else mean_anomaly_deg
        x = solve_kepler(math.radians(mean), e)
        anomaly = 2.0 * math.atan2(math.sqrt(1.0 + e) * math.sin(x / 2.0), math.sqrt(1.0 - e) * math.cos(x / 2.0))
        return Elements(
            0.5 * (low + high),
            e,
            self.inclination_deg,
            self.node_deg,
            self.argument_of_perilune_deg,
            math.degrees(anomaly),
        )


def icrf_to_earth_orbit(epoch_tdb_s: float) -> Array:
    """(3, 3) ICRF -> axes on the plane of the Earth's path about the Moon, x at its node on the ICRF equator."""
    moon = moon_state(epoch_tdb_s)
    z = unit(np.cross(moon[:3], moon[3:]))
    x = unit(np.array([-z[1], z[0], 0.0]))
    return np.array([x, np.cross(z, x), z])


@dataclass(frozen=True)
class Reset:
    """One return to the reference shape: epoch, delta-v (m/s)."""

    epoch_tdb_s: float
    delta_v_m_s: float


@dataclass(frozen=True)
class RelayEphemeris:
    """Moon-centred ICRF path, hourly or as asked, with what keeping the orbit costs.

    lost: the orbit met the surface, where the path ends. perilunes, apolunes (n, 2): epochs and altitudes (km).
    extremes: those, inclination and argument of perilune (over the lunar equator) reached, (low, high) each.
    """

    path: Trajectory
    resets: tuple[Reset, ...]
    lost: bool
    perilunes: Array
    apolunes: Array
    extremes: dict[str, tuple[float, float]]
    forces: dict[str, str]

    @property
    def delta_v_m_s(self) -> float:
        return sum(reset.delta_v_m_s for reset in self.resets)

    @property
    def delta_v_m_s_per_year(self) -> float:
        span = self.path.end_tdb_s - float(self.path.epochs_tdb_s[0])
        return self.delta_v_m_s * 365.25 * constants.SECONDS_PER_DAY / span


def relay_ephemeris(
    orbit: RelayOrbit,
    start_tdb_s: float,
    duration_s: float,
    *,
    step_s: float = 3600.0,
    reset_every_d: float | None = None,
    forces: Forces = RELAY_FORCES,
    tolerance: float = RELAY_TOLERANCE,
) -> RelayEphemeris:
    """Fly a relay for years, sampling every step_s.

    reset_every_d: put perilune back to the reference that often, by one impulse at the next apolune, where it is
    cheap; the plane and the line of apses are left to swing, which they do about a mean of their own. Without it the
    orbit is flown as it falls. Either way it ends at the surface if it meets it (`lost`). Raises InputError,
    CoverageError, ConvergenceError.
    """
    if not (duration_s > 0.0 and step_s > 0.0 and (reset_every_d is None or reset_every_d > 0.0)):
        raise InputError("a relay's duration, step and reset interval must be positive")
    gm = float(gms_km3_s2(forces)[1])
    state = orbit.state(start_tdb_s, gm)
    epochs: Array = start_tdb_s + step_s * np.arange(int(duration_s / step_s) + 1, dtype=np.float64)
    surface = EventRule("descending", "moon", 0.0, stop_after=1)
    pieces: list[Array] = []
    resets: list[Reset] = []
    seen: list[Event] = []
    now, end, filled, lost, steps = start_tdb_s, start_tdb_s + duration_s, 0, False, 0
    while now < end:
        target = end if reset_every_d is None else min(end, now + reset_every_d * constants.SECONDS_PER_DAY)
        arc, apolune = _to_apolune(state, now, target, end, epochs[filled:], surface, forces, tolerance)
        steps += arc.steps
        inside = np.isin(arc.epochs_tdb_s, epochs[filled : filled + len(arc.epochs_tdb_s)])
        pieces.append(arc.states[inside])
        filled += int(inside.sum())
        seen += [event for event in arc.events if event.rule.kind != "descending"]
        if any(event.rule == surface for event in arc.events):
            lost = True
            break
        now, state = arc.end_tdb_s, arc.end_state
        if apolune and now < end:
            kept = _reset(state, orbit, gm)
            resets.append(Reset(now, 1000.0 * float(np.linalg.norm(kept[3:] - state[3:]))))
            state = kept
    states = np.vstack(pieces)
    path = Trajectory(epochs[: len(states)], states, "moon", forces.describe(), stopped_by_event=lost, steps=steps)
    low, high = (_apsides(seen, kind) for kind in ("periapsis", "apoapsis"))
    return RelayEphemeris(path, tuple(resets), lost, low, high, _extremes(seen, low, high, gm), forces.describe())


def choose_node_deg(orbit: RelayOrbit, start_tdb_s: float, *, search_d: float = 800.0, nodes: int = 12) -> float:
    """The node, of so many evenly spread, with which the uncontrolled orbit stays highest for search_d.

    A survey with the Moon's J2 to J4 only. An orbit that lives through two years of the Earth's and the Sun's turning
    is likely, not certain, to live longer: fly it with `relay_ephemeris`. Raises ConvergenceError when all fall.
    """
    forces = Forces(moon_degree=4)

    def lowest_km(node_deg: float) -> float:
        flown = relay_ephemeris(
            replace(orbit, node_deg=node_deg), start_tdb_s, search_d * constants.SECONDS_PER_DAY,
            step_s=constants.SECONDS_PER_DAY, forces=forces, tolerance=1e-8,
        )  # fmt: skip
        return -math.inf if flown.lost else flown.extremes["perilune_altitude_km"][0]

    tried: Array = np.arange(nodes) * 360.0 / nodes
    with ThreadPoolExecutor(cpu_count() or 1) as pool:  # the kernels run outside the interpreter's lock
        lowest = list(pool.map(lowest_km, tried.tolist()))
    if max(lowest) == -math.inf:
        raise ConvergenceError(
            f"a {orbit.perilune_altitude_km:.0f} x {orbit.apolune_altitude_km:.0f} km orbit inclined "
            f"{orbit.inclination_deg} deg falls on the Moon within {search_d:.0f} d from each of {nodes} nodes; "
            "raise perilune, change the inclination, or keep it with reset_every_d"
        )
    return float(tried[int(np.argmax(lowest))])


def _to_apolune(
    state: Array,
    now: float,
    target: float,
    end: float,
    epochs: Array,
    surface: EventRule,
    forces: Forces,
    tolerance: float,
) -> tuple[Trajectory, bool]:
    """Fly to the target epoch and, unless that is the end, on to the apolune after it."""
    watch = (surface, EventRule("apoapsis", "moon"), EventRule("periapsis", "moon"))
    stop = (surface, EventRule("apoapsis", "moon", stop_after=1), EventRule("periapsis", "moon"))
    first = propagate(
        state,
        now,
        target - now,
        forces,
        rules=watch,
        tolerance=tolerance,
        max_steps=10_000_000,
        max_events=64 + int((target - now) / 3600.0),
        output_epochs_tdb_s=epochs[: np.searchsorted(epochs, target, side="right")],
    )
    if first.stopped_by_event or target >= end:
        return first, False
    period = lunar_elements(first.end_state, target, float(gms_km3_s2(forces)[1])).period_s(constants.GM_MOON_KM3_S2)
    if not math.isfinite(period):
        raise ConvergenceError(
            f"the relay left the Moon {(target - now) / constants.SECONDS_PER_DAY:.1f} d after a reset"
        )
    reach = min(end, target + 1.5 * period)
    later = epochs[np.searchsorted(epochs, target, side="right") : np.searchsorted(epochs, reach, side="right")]
    second = propagate(
        first.end_state, target, reach - target, forces, rules=stop, tolerance=tolerance, output_epochs_tdb_s=later
    )
    joined = Trajectory(
        np.concatenate([first.epochs_tdb_s, second.epochs_tdb_s]),
        np.vstack([first.states, second.states]),
        "moon",
        first.forces,
        first.events + second.events,
        stopped_by_event=second.stopped_by_event,
        steps=first.steps + second.steps,
    )
    return joined, second.stopped_by_event and any(event.rule.kind == "apoapsis" for event in second.events)


def _reset(state: Array, orbit: RelayOrbit, gm: float) -> Array:
    """The velocity at an apolune that leads, in the same plane, to the reference perilune."""
    radius = float(np.linalg.norm(state[:3]))
    low = constants.RADIUS_MOON_KM + orbit.perilune_altitude_km
    speed = math.sqrt(gm * (2.0 / radius - 2.0 / (radius + low)))
    ahead = unit(np.cross(np.cross(state[:3], state[3:]), state[:3]))
    return np.concatenate([state[:3], speed * ahead])


def _apsides(seen: list[Event], kind: str) -> Array:
    """Epochs and altitudes (n, 2) of one kind."""
    rows = [
        (event.epoch_tdb_s, float(np.linalg.norm(event.state[:3])) - constants.RADIUS_MOON_KM)
        for event in seen
        if event.rule.kind == kind
    ]
    return np.array(rows).reshape(-1, 2)


def _extremes(seen: list[Event], perilunes: Array, apolunes: Array, gm: float) -> dict[str, tuple[float, float]]:
    """Ranges over all apses met; of the angles over six hundred of them."""
    reached = [lunar_elements(one.state, one.epoch_tdb_s, gm) for one in seen[:: max(1, len(seen) // 600)]]
    series = {
        "perilune_altitude_km": perilunes[:, 1],
        "apolune_altitude_km": apolunes[:, 1],
        "inclination_deg": np.array([element.inclination_deg for element in reached]),
        "argument_of_perilune_deg": np.array([element.argument_of_periapsis_deg for element in reached]),
    }
    return {name: (float(values.min()), float(values.max())) for name, values in series.items() if len(values)}
