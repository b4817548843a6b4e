"""From any orbit about the Moon back to the Earth's entry corridor, by one impulse at the best moment of a window."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from malapert import constants
from malapert.errors import ConvergenceError, InputError
from malapert.flight import conics
from malapert.flight.elements import Elements, elements_from_state
from malapert.flight.forces import CISLUNAR, Forces, gms_km3_s2, model
from malapert.flight.injection import DAY_S
from malapert.flight.propagate import EventRule, Trajectory, fly, moon_state, propagate, recentre
from malapert.flight.targeting import Solution, solve
from malapert.flight.transfer import Maneuver, Transfer, joined

Array = NDArray[np.float64]
RETURN_TOLERANCE = 1e-10
SAFE_PERILUNE_KM = constants.RADIUS_MOON_KM + 15.0


@dataclass(frozen=True)
class Corridor:
    """Entry interface: altitude (km over 6378.1366), flight-path angle (deg, inertial), inclination or None."""

    altitude_km: float = 122.0
    flight_path_deg: float = -6.0
    inclination_deg: float | None = None

    def __post_init__(self) -> None:
        if not (80.0 <= self.altitude_km <= 400.0 and -30.0 < self.flight_path_deg < -0.5):
            raise InputError(
                f"an entry corridor needs 80 to 400 km and a flight-path angle of -30 to -0.5 deg "
                f"(got {self.altitude_km}, {self.flight_path_deg})"
            )

    @property
    def radius_km(self) -> float:
        return constants.RADIUS_EARTH_EQUATOR_KM + self.altitude_km

    @property
    def perigee_km(self) -> float:
        """Vacuum perigee radius for a near-parabolic return: r cos^2(gamma)."""
        return self.radius_km * math.cos(math.radians(self.flight_path_deg)) ** 2


CORRIDOR = Corridor()


@dataclass(frozen=True)
class _Leaving:
    """A candidate: epoch, state before the burn (6,), burn (3,), flight time, cost."""

    epoch_s: float
    state: Array
    burn: Array
    flight_s: float
    cost_km_s: float


def _wanted_excess(epoch_s: float, corridor: Corridor, flights_s: Array) -> tuple[Array, Array]:
    """Velocities (n, 3) relative to the Moon, far from it, that fall to the corridor, and their flight times (n,).

    Conics from the Moon's place, their planes turned in steps about the line to the Earth.
    """
    gm, perigee = constants.GM_EARTH_KM3_S2, corridor.perigee_km
    moon = moon_state(epoch_s)
    place, distance = conics.unit(moon[:3]), float(np.linalg.norm(moon[:3]))
    north = conics.unit(np.cross(moon[:3], moon[3:]))
    e = conics.eccentricity_for_time(perigee, np.full(len(flights_s), distance), flights_s, gm)
    flights_s, e = flights_s[np.isfinite(e)], e[np.isfinite(e)]
    p = perigee * (1.0 + e)
    cosine = (p / distance - 1.0) / e
    inward = -np.sqrt(gm / p) * e * np.sqrt(1.0 - cosine**2)
    across = np.sqrt(gm / p) * (1.0 + e * cosine)
    turns = np.radians(np.arange(-90.0, 91.0, 15.0))
    normals = np.cos(turns)[:, None] * north + np.sin(turns)[:, None] * np.cross(place, north)
    if corridor.inclination_deg is not None:
        inclination = np.degrees(np.arccos(normals @ conics.earth_pole_icrf(epoch_s)))
        normals = normals[np.argsort(np.abs(inclination - corridor.inclination_deg))[:2]]
    velocity = inward[:, None, None] * place + across[:, None, None] * np.cross(normals, place)
    return velocity.reshape(-1, 3) - moon[3:], np.repeat(flights_s, len(normals))


def _candidates(path: Trajectory, corridor: Corridor, flight_d: tuple[float, float], count: int = 5) -> list[_Leaving]:
    """Cheapest patched conics from the sampled orbit to the corridor, over flight times and return planes."""
    flights = DAY_S * np.linspace(*flight_d, 7)
    best: list[_Leaving] = []
    # The Moon moves slowly: its state once every sixtieth of the path is enough for a guess.
    for block in np.array_split(np.arange(len(path.states)), min(60, len(path.states))):
        r, v = path.states[block, None, :3], path.states[block, None, 3:]
        excess, times = _wanted_excess(float(path.epochs_tdb_s[block[len(block) // 2]]), corridor, flights)
        if not len(excess):
            continue
        leaving = conics.departure_velocity_km_s(r, excess[None], constants.GM_MOON_KM3_S2)
        cost = np.linalg.norm(leaving - v, axis=2)
        falling = np.sum(leaving * r, axis=2) < 0.0
        lowest = perilune_radius_km(np.broadcast_to(r, leaving.shape), leaving, constants.GM_MOON_KM3_S2)
        cost = np.where(falling & (lowest < SAFE_PERILUNE_KM), np.inf, cost)
        k, j = np.unravel_index(int(np.argmin(cost)), cost.shape)
        if math.isfinite(cost[k, j]):
            epoch, state = float(path.epochs_tdb_s[block[k]]), path.states[block[k]]
            best.append(_Leaving(epoch, state, leaving[k, j] - state[3:], float(times[j]), float(cost[k, j])))
    best.sort(key=lambda candidate: candidate.cost_km_s)
    chosen: list[_Leaving] = []
    for candidate in best:
        if all(abs(candidate.epoch_s - other.epoch_s) > 1800.0 for other in chosen):
            chosen.append(candidate)
    return chosen[:count]


def perilune_radius_km(r: Array, v: Array, gm: float) -> Array:
    """Perilune radius (...) of conics through states (..., 3)."""
    h2 = np.sum(r * r, axis=-1) * np.sum(v * v, axis=-1) - np.sum(r * v, axis=-1) ** 2
    energy = 0.5 * np.sum(v * v, axis=-1) - gm / np.linalg.norm(r, axis=-1)
    return np.asarray(h2 / gm / (1.0 + np.sqrt(np.maximum(1.0 + 2.0 * energy * h2 / gm**2, 0.0))))


def _arrive(state: Array, epoch_s: float, latest_s: float, corridor: Corridor, forces: Forces) -> tuple[float, Array]:
    """Epoch and geocentric state (6,) where a lunar state first meets the interface, or else its perigee."""
    rules = np.array(
        [
            EventRule("descending", "earth", corridor.altitude_km, stop_after=1).row(),
            EventRule("periapsis", "earth", stop_after=1).row(),
        ]
    )
    kernel = model(forces, "moon")
    _, t, y, _, found, _ = fly(state, epoch_s, latest_s, kernel, rules=rules, tolerance=RETURN_TOLERANCE)
    if not len(found):
        raise ConvergenceError(f"the craft is not back at the Earth within {(latest_s - epoch_s) / DAY_S:.1f} d")
    return t, recentre(y, t, "moon", "earth")


def impact_miss_km(earth_to_craft: Array, radius_km: float, flight_path_deg: float) -> float:
    """Impact parameter at a radius over the one wanted, km: zero where the flight-path angle will be met there."""
    gm = constants.GM_EARTH_KM3_S2
    h = float(np.linalg.norm(np.cross(earth_to_craft[:3], earth_to_craft[3:])))
    energy = 0.5 * float(earth_to_craft[3:] @ earth_to_craft[3:]) - gm / float(np.linalg.norm(earth_to_craft[:3]))
    speed = math.sqrt(2.0 * (energy + gm / radius_km))
    return h / speed - radius_km * math.cos(math.radians(flight_path_deg))


def corridor_miss_km(earth_to_craft: Array, corridor: Corridor) -> float:
    """`impact_miss_km` at the interface."""
    return impact_miss_km(earth_to_craft, corridor.radius_km, corridor.flight_path_deg)


def _shoot(leaving: _Leaving, corridor: Corridor, forces: Forces, arrival_s: float | None) -> Solution:
    """The burn (3,) km/s: first near the guess at its flight time, then the smallest that meets the corridor.

    With an arrival given, the one that meets it.
    """
    latest = leaving.epoch_s + leaving.flight_s + 3.0 * DAY_S

    def arrival(x: Array) -> tuple[float, Array]:
        state = leaving.state.copy()
        state[3:] += x
        return _arrive(state, leaving.epoch_s, latest, corridor, forces)

    def on_time(x: Array) -> Array:
        t, y = arrival(x)
        return np.array([corridor_miss_km(y, corridor), t - leaving.epoch_s - leaving.flight_s])

    def cheapest(x: Array) -> Array:
        t, y = arrival(x)
        misses = [corridor_miss_km(y, corridor)]
        if corridor.inclination_deg is not None:
            misses.append(conics.earth_inclination_deg(y, t) - corridor.inclination_deg)
        if arrival_s is not None:
            misses.append(t - arrival_s)
        return np.array(misses)

    first = solve(
        on_time, leaving.burn, [1e-6] * 3, ("entry corridor (km)", "flight time (s)"), (200.0, 7200.0),
        what="return to the Earth", limit=100.0,
    )  # fmt: skip
    names, allowed = ["entry corridor (km)"], [0.05]
    if corridor.inclination_deg is not None:
        names, allowed = [*names, "inclination (deg)"], [*allowed, 0.01]
    if arrival_s is not None:
        names, allowed = [*names, "arrival (s)"], [*allowed, 1.0]
    return solve(
        cheapest, first.unknowns, [1e-6] * 3, names, allowed, what="return to the Earth",
        smallest_norm_of=(0, 1, 2) if len(names) < 3 else (), limit=30.0, settled=20.0, iterations=40,
    )  # fmt: skip


def design_return(
    state: Array,
    epoch_tdb_s: float,
    *,
    window_d: float = 1.0,
    flight_d: tuple[float, float] = (2.8, 4.9),
    corridor: Corridor = CORRIDOR,
    arrival_tdb_s: float | None = None,
    forces: Forces = CISLUNAR,
    samples: int = 200,
    name: str = "return to the Earth",
) -> Transfer:
    """One burn from an orbit about the Moon (6,) Moon-centred ICRF to the entry interface, within window_d.

    Without an inclination asked for, the plane of the return is the cheapest; without an arrival (to a second), so is
    that. Raises ConvergenceError.
    """
    gm = float(gms_km3_s2(forces)[1])
    orbit = elements_from_state(state, gm)
    period = orbit.period_s(gm)
    if not window_d > 0.0 or not math.isfinite(period):
        raise InputError("a return needs a window longer than zero and a closed orbit about the Moon to leave from")
    # Samples evenly spread in time are sparse where an ellipse is fast: enough of them to see its perilune.
    sweep = max(4.0 * math.sqrt(orbit.periapsis_radius_km**3 / gm) / 30.0, window_d * DAY_S / 6000.0)
    waiting = propagate(state, epoch_tdb_s, window_d * DAY_S, forces, output_step_s=sweep, tolerance=RETURN_TOLERANCE)
    reasons = []
    for leaving in _candidates(waiting, corridor, flight_d):
        try:
            shot = _shoot(leaving, corridor, forces, arrival_tdb_s)
            return _record(leaving, shot, corridor, forces, samples, name)
        except ConvergenceError as error:
            reasons.append(f"burn of {1000 * leaving.cost_km_s:.0f} m/s at {leaving.epoch_s:.0f} s: {error}")
    raise ConvergenceError(f"{name}: none of {len(reasons)} guesses converged: " + "; ".join(reasons))


def entry_figures(entry: Array, epoch_tdb_s: float, corridor: Corridor) -> tuple[Elements, dict[str, float]]:
    """The orbit of a geocentric state (6,) at entry, and what a transfer says of it."""
    speed = float(np.linalg.norm(entry[3:]))
    angle = math.degrees(math.asin(float(entry[:3] @ entry[3:]) / (speed * float(np.linalg.norm(entry[:3])))))
    reached = conics.earth_elements(entry, epoch_tdb_s)
    return reached, {
        "entry_speed_km_s": speed,
        "entry_flight_path_deg": angle,
        "entry_inclination_deg": reached.inclination_deg,
        "entry_altitude_km": corridor.altitude_km,
        "vacuum_perigee_altitude_km": reached.periapsis_radius_km - constants.RADIUS_EARTH_EQUATOR_KM,
    }


def _record(leaving: _Leaving, shot: Solution, corridor: Corridor, forces: Forces, samples: int, name: str) -> Transfer:
    after = leaving.state.copy()
    after[3:] += shot.unknowns
    rules = (
        EventRule("descending", "earth", corridor.altitude_km, stop_after=1),
        EventRule("periapsis", "moon"),
    )
    flight = leaving.flight_s + 3.0 * DAY_S
    path = propagate(
        after, leaving.epoch_s, flight, forces, rules=rules, output_step_s=leaving.flight_s / samples,
        tolerance=RETURN_TOLERANCE,
    )  # fmt: skip
    if not path.stopped_by_event:
        raise ConvergenceError(f"the return never comes down to {corridor.altitude_km} km")
    lowest = float(np.min(np.linalg.norm(path.states[:, :3], axis=1)))
    lowest = min([lowest, *(float(np.linalg.norm(e.state[:3])) for e in path.events if e.rule.body == "moon")])
    if lowest < constants.RADIUS_MOON_KM:
        raise ConvergenceError(f"the departure passes {constants.RADIUS_MOON_KM - lowest:.1f} km under the surface")
    entry = path.states_from("earth")[-1]
    reached, figures = entry_figures(entry, path.end_tdb_s, corridor)
    angle = figures["entry_flight_path_deg"]
    return Transfer(
        name,
        (Maneuver("trans-earth injection", leaving.epoch_s, shot.unknowns),),
        joined([path], "earth"),
        "earth",
        path.end_tdb_s,
        entry,
        reached,
        shot.residuals | {"flight-path angle (deg)": angle - corridor.flight_path_deg},
        figures | {"lowest_lunar_altitude_km": lowest - constants.RADIUS_MOON_KM},
        shot.evaluations,
    )
