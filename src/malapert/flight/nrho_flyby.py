"""Between the Earth and a halo orbit by a powered lunar flyby: half the insertion of the direct way, both ways.

The return is solved as it is flown, the way out as it would be flown backwards: halo orbit, small burn, perilune,
flyby burn, Earth.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from malapert import constants
from malapert.errors import ConvergenceError, InputError
from malapert.flight import conics
from malapert.flight.earth_return import CORRIDOR, Corridor, entry_figures, impact_miss_km, perilune_radius_km
from malapert.flight.elements import lunar_elements
from malapert.flight.forces import CISLUNAR, Forces, gms_km3_s2, model, point_mass
from malapert.flight.injection import DAY_S, PARKING, Parking
from malapert.flight.nrho import Nrho
from malapert.flight.propagate import EventRule, Trajectory, fly, moon_state, propagate, recentre
from malapert.flight.targeting import Solution, solve
from malapert.flight.transfer import Maneuver, Transfer, in_time_order, joined

Array = NDArray[np.float64]

# The one family of flybys that a random search over burns and phases led to, in Earth-Moon axes (x outwards, z along
# the Moon's angular momentum) and for the return: seconds from burn to perilune, burn on the halo orbit, flyby burn.
# The way out is its mirror image in y, which is time reversal in the three-body problem.
LAG_S: Final = 1.0 * DAY_S
HALO_BURN_KM_S: Final = np.array([-0.066, 0.22, -0.005])
FLYBY_BURN_KM_S: Final = np.array([-0.015, -0.108, 0.148])
EARTH_LEG_S: Final = 4.8 * DAY_S

FLYBY_ALTITUDE_KM: Final = 100.0
TOLERANCE: Final = 1e-10
PERILUNE: Final = np.array([EventRule("periapsis", "moon", stop_after=1).row()])
PERIGEE: Final = np.array([EventRule("periapsis", "earth", stop_after=1).row()])
LONGEST_TO_PERILUNE_S, LONGEST_TO_EARTH_S = 5.0 * DAY_S, 8.0 * DAY_S
AWAY_S: Final = 1.0 * DAY_S
# Unknowns: halo burn (3) and flyby burn (3) in km/s, epoch on the halo orbit in s from the guess.
SCALE: Final = np.array([0.05] * 6 + [0.5 * DAY_S])
DIFFERENCE: Final = 3e-5
PENALTY: Final = 10.0
STARTS: Final = 4
CONDITIONS: Final = ("perilune radius (km)", "earth end (km)", "inclination (deg)")
MARGINS: Final = (
    ("the flyby is too low", "km"),
    ("the pass on the Earth's side is too low", "km"),
    ("it leaves too early", "d"),
    ("it leaves too late", "d"),
)
ALLOWED: Final = (0.05, 0.05, 0.005)


@dataclass(frozen=True)
class _Task:
    """What is to be met: direction of flight (+1 home, -1 out, backwards), conditions at the Earth, at the Moon and
    of epoch. window_s: earliest and latest of the burn that begins the flight."""

    orbit: Nrho
    sign: float
    radius_km: float
    flight_path_deg: float
    inclination_deg: float | None
    lowest_km: float
    window_s: tuple[float, float]
    name: str


@dataclass(frozen=True)
class _Flown:
    """One trial: states (6,) from the Moon before and after the flyby burn in the direction of flight, and at the
    Earth's end from the Earth."""

    halo_s: float
    perilune_s: float
    before: Array
    after: Array
    earth_s: float
    earth: Array

    def begins_s(self, sign: float) -> float:
        return self.halo_s if sign > 0.0 else self.earth_s


def design_nrho_flyby_transfer(
    departure_tdb_s: float,
    *,
    orbit: Nrho,
    parking: Parking = PARKING,
    window_d: float = 6.5,
    lowest_altitude_km: float = FLYBY_ALTITUDE_KM,
    forces: Forces = CISLUNAR,
    samples: int = 200,
    name: str = "transfer to the halo orbit by a lunar flyby",
) -> Transfer:
    """Injection from a parking orbit, a burn at perilune and insertion into a halo orbit: the last two the smallest.

    Leaves within window_d of departure_tdb_s, by whichever perilune of the halo orbit is cheapest; the flyby stays
    above lowest_altitude_km. The search flies point masses, the last corrections the whole field. Raises InputError
    when the halo orbit has no perilune for the window, ConvergenceError naming the condition that is not met.
    """
    window = (departure_tdb_s, departure_tdb_s + window_d * DAY_S)
    lowest = constants.RADIUS_MOON_KM + lowest_altitude_km
    task = _Task(orbit, -1.0, parking.radius_km, 0.0, parking.inclination_deg, lowest, window, name)
    shot = _best(task, EARTH_LEG_S, forces)
    return _record_out(task, shot, parking, forces, samples)


def design_nrho_flyby_return(
    orbit: Nrho,
    earliest_tdb_s: float,
    *,
    window_d: float = 6.5,
    corridor: Corridor = CORRIDOR,
    lowest_altitude_km: float = FLYBY_ALTITUDE_KM,
    forces: Forces = CISLUNAR,
    samples: int = 200,
    name: str = "return from the halo orbit by a lunar flyby",
) -> Transfer:
    """Departure from a halo orbit within window_d, a burn at perilune, and the Earth's entry corridor.

    As `design_nrho_flyby_transfer`, the other way; without an inclination asked for, the cheapest. Same errors.
    """
    window = (earliest_tdb_s, earliest_tdb_s + window_d * DAY_S)
    lowest = constants.RADIUS_MOON_KM + lowest_altitude_km
    angle, inclination = corridor.flight_path_deg, corridor.inclination_deg
    task = _Task(orbit, 1.0, corridor.radius_km, angle, inclination, lowest, window, name)
    return _record_return(task, _best(task, LAG_S, forces), corridor, forces, samples)


def _best(task: _Task, lead_s: float, forces: Forces) -> tuple[float, Solution]:
    """Epoch on the halo orbit and burns, cheapest over the halo orbit's perilunes about lead_s after the window."""
    if not task.window_s[0] < task.window_s[1]:
        raise InputError(f"{task.name}: the window must be longer than zero")
    near = (task.window_s[0] + lead_s - DAY_S, task.window_s[1] + lead_s + DAY_S)
    first, last = float(task.orbit.epochs_tdb_s[0]), float(task.orbit.epochs_tdb_s[-1])
    guesses = [t - task.sign * LAG_S for t, _ in task.orbit.perilunes() if near[0] <= t <= near[1]]
    guesses = [t for t in guesses if first < t < last]
    if not guesses:
        raise InputError(
            f"{task.name}: the halo orbit, grown for {first:.0f} to {last:.0f} s TDB, passes no perilune between "
            f"{near[0]:.0f} and {near[1]:.0f}; widen the window or grow more revolutions"
        )
    tries, reasons = [], []
    for guess in guesses:
        try:
            tries.append(_shoot(task, guess, forces))
        except ConvergenceError as error:
            reasons.append(f"from {guess:.0f} s: {error}")
    if not tries:
        raise ConvergenceError(f"{task.name}: none of {len(reasons)} guesses converged: " + "; ".join(reasons))
    return min(tries, key=lambda pair: _burns_km_s(pair[1].unknowns))


def _burns_km_s(x: Array) -> float:
    return float(np.linalg.norm(x[:3]) + np.linalg.norm(x[3:6]))


def _earth_moon_axes(epoch_s: float) -> Array:
    """(3, 3) ICRF -> x from the Earth to the Moon, z along the Moon's angular momentum."""
    moon = moon_state(epoch_s)
    x, z = conics.unit(moon[:3]), conics.unit(np.cross(moon[:3], moon[3:]))
    return np.array([x, np.cross(z, x), z])


def _first(state: Array, epoch_s: float, longest_s: float, rule: Array, forces: Forces) -> tuple[float, Array]:
    """Epoch and state of the first perilune or perigee."""
    found = fly(state, epoch_s, epoch_s + longest_s, model(forces, "moon"), rules=rule, tolerance=TOLERANCE)[4]
    if not len(found):
        body = "perilune" if rule is PERILUNE else "perigee"
        raise ConvergenceError(f"no {body} within {abs(longest_s) / DAY_S:.0f} d")
    return float(found[0, 1]), found[0, 2:8]


def _fly(task: _Task, x: Array, halo_s: float, forces: Forces) -> _Flown:
    """Both arcs for burns x (6,), ICRF."""
    sign = task.sign
    state = task.orbit.state(halo_s).copy()
    state[3:] += sign * x[:3]
    perilune_s, before = _first(state, halo_s, sign * LONGEST_TO_PERILUNE_S, PERILUNE, forces)
    after = before.copy()
    after[3:] += sign * x[3:6]
    # Swinging round the Moon the craft may be nearest to the Earth for a moment: its perigee is looked for later.
    away_s, away = fly(after, perilune_s, perilune_s + sign * AWAY_S, model(forces, "moon"), tolerance=TOLERANCE)[1:3]
    earth_s, end = _first(away, away_s, sign * LONGEST_TO_EARTH_S, PERIGEE, forces)
    return _Flown(halo_s, perilune_s, before, after, earth_s, recentre(end, earth_s, "moon", "earth"))


def _search(task: _Task, guess_s: float, forces: Forces) -> tuple[float, Array]:
    """Epoch on the halo orbit and burns (6,), ICRF, with the smallest sum, by sequential quadratic programming."""
    mirror = np.array([1.0, task.sign, 1.0])
    halo_axes, lunar_axes = (_earth_moon_axes(t) for t in (guess_s, guess_s + task.sign * LAG_S))
    start = np.concatenate([halo_axes.T @ (mirror * HALO_BURN_KM_S), lunar_axes.T @ (mirror * FLYBY_BURN_KM_S), [0.0]])
    low, high = (np.clip(edge - guess_s, -3.0 * DAY_S, 3.0 * DAY_S) for edge in task.orbit.epochs_tdb_s[[0, -1]])
    flown: dict[bytes, _Flown | None] = {}

    def trial(u: Array) -> _Flown | None:
        key = u.tobytes()
        if key not in flown:
            x = u * SCALE
            try:
                flown[key] = _fly(task, x[:6], guess_s + x[6], forces)
            except ConvergenceError:
                flown[key] = None  # a trial that never gets there is far from meeting anything
        return flown[key]

    def guarded(value: Callable[[_Flown], list[float]], count: int) -> Callable[[Array], Array]:
        def wrapped(u: Array) -> Array:
            path = trial(u)
            return np.full(count, -PENALTY) if path is None else np.array(value(path))

        return wrapped

    edges = 1 if task.inclination_deg is None else 2
    constraints = [
        {"type": "eq", "fun": guarded(lambda path: _earth_misses(task, path), edges)},
        {"type": "ineq", "fun": guarded(lambda path: _margins(task, path), 4)},
    ]
    bounds = [(-20.0, 20.0)] * 6 + [(float(low) / SCALE[6], float(high) / SCALE[6])]
    u = start / SCALE
    for _ in range(STARTS):
        # Begun again where it stopped it forgets its Hessian, which the first wide steps have spoilt.
        found = minimize(  # type: ignore[no-untyped-call]
            lambda u: 10.0 * _burns_km_s(u * SCALE), u, method="SLSQP", constraints=constraints,
            bounds=bounds, options={"maxiter": 25, "ftol": 1e-5, "eps": DIFFERENCE},
        )  # fmt: skip
        u = found.x
        if found.success:
            break
    x, path = u * SCALE, trial(u)
    if path is None:
        raise ConvergenceError("the search ended on a flight that does not pass both the Moon and the Earth")
    short = [
        f"{what} by {-1000.0 * value if unit == 'km' else -value:.3g} {unit}"
        for (what, unit), value in zip(MARGINS, _margins(task, path), strict=True)
        if value < -1e-3
    ]
    if short:
        raise ConvergenceError("the search ended outside its limits: " + ", ".join(short))
    return guess_s + float(x[6]), x[:6]


def _earth_misses(task: _Task, path: _Flown) -> list[float]:
    """Misses at the Earth of the order of one: impact parameter over 5000 km, and the cosine of the inclination."""
    misses = [impact_miss_km(path.earth, task.radius_km, task.flight_path_deg) / 5000.0]
    if task.inclination_deg is not None:
        # Momentum along the pole, over that of a parabola there: smooth where the angle itself is not.
        along = float(np.cross(path.earth[:3], path.earth[3:]) @ conics.earth_pole_icrf(path.earth_s))
        parabola = math.sqrt(2.0 * constants.GM_EARTH_KM3_S2 * task.radius_km)
        misses.append(along / parabola - math.cos(math.radians(task.inclination_deg)))
    return misses


def _margins(task: _Task, path: _Flown) -> list[float]:
    """What must not be negative: heights of flyby and of the pass on the Earth's side (1000 km), the window (d)."""
    passing = perilune_radius_km(path.after[:3], path.after[3:], constants.GM_MOON_KM3_S2)
    begins = path.begins_s(task.sign)
    return [
        (float(np.linalg.norm(path.before[:3])) - task.lowest_km) / 1000.0,
        (float(passing) - task.lowest_km) / 1000.0,
        (begins - task.window_s[0]) / DAY_S,
        (task.window_s[1] - begins) / DAY_S,
    ]


def _shoot(task: _Task, guess_s: float, forces: Forces) -> tuple[float, Solution]:
    """The search with point masses, then the nearest burns that meet every condition in the whole field."""
    halo_s, start = _search(task, guess_s, point_mass(forces))
    rough = _fly(task, start, halo_s, point_mass(forces))
    radius = max(float(np.linalg.norm(rough.before[:3])), task.lowest_km)

    def misses(x: Array) -> Array:
        path = _fly(task, x, halo_s, forces)
        values = [float(np.linalg.norm(path.before[:3])) - radius]
        values.append(impact_miss_km(path.earth, task.radius_km, task.flight_path_deg))
        if task.inclination_deg is not None:
            values.append(conics.earth_inclination_deg(path.earth, path.earth_s) - task.inclination_deg)
        return np.array(values)

    wanted = 2 if task.inclination_deg is None else 3
    solution = solve(
        misses, start, [1e-6] * 6, CONDITIONS[:wanted], ALLOWED[:wanted], what=task.name, limit=20.0, iterations=30
    )
    return halo_s, solution


def _arcs(task: _Task, path: _Flown, x: Array, forces: Forces, samples: int) -> list[Trajectory]:
    """The arcs on the halo orbit's side and on the Earth's side of the flyby, in the order of time."""
    state = task.orbit.state(path.halo_s).copy()
    state[3:] += task.sign * x[:3]
    halo = in_time_order(state, path.halo_s, path.perilune_s, forces, samples // 2, TOLERANCE)
    earth = in_time_order(path.after, path.perilune_s, path.earth_s, forces, samples, TOLERANCE)
    return [halo, earth] if task.sign > 0.0 else [earth, halo]


def _facts(task: _Task, path: _Flown) -> dict[str, float]:
    lowest = float(perilune_radius_km(path.after[:3], path.after[3:], constants.GM_MOON_KM3_S2))
    radius = float(np.linalg.norm(path.before[:3]))
    return {
        "flyby_altitude_km": radius - constants.RADIUS_MOON_KM,
        "lowest_lunar_altitude_km": min(lowest, radius) - constants.RADIUS_MOON_KM,
        "flyby_to_halo_d": abs(path.halo_s - path.perilune_s) / DAY_S,
        "distance_on_halo_km": float(np.linalg.norm(task.orbit.state(path.halo_s)[:3])),
        "halo_orbit_gap_km": task.orbit.gap_km,
    }


def _record_out(task: _Task, shot: tuple[float, Solution], parking: Parking, forces: Forces, samples: int) -> Transfer:
    halo_s, solution = shot
    x = solution.unknowns
    path = _fly(task, x, halo_s, forces)
    left = path.earth
    circular = math.sqrt(constants.GM_EARTH_KM3_S2 / float(np.linalg.norm(left[:3])))
    burn = left[3:] - circular * conics.unit(left[3:])
    plane = conics.earth_elements(left, path.earth_s)
    reached = task.orbit.state(halo_s)
    stay_s = min(halo_s + task.orbit.period_s, float(task.orbit.epochs_tdb_s[-1]))
    return Transfer(
        task.name,
        (
            Maneuver("translunar injection", path.earth_s, burn),
            Maneuver("powered flyby", path.perilune_s, x[3:6]),
            Maneuver("halo orbit insertion", halo_s, x[:3]),
        ),
        joined([*_arcs(task, path, x, forces, samples), task.orbit.arc(halo_s, stay_s)], "earth"),
        "moon",
        halo_s,
        reached,
        lunar_elements(reached, halo_s, float(gms_km3_s2(forces)[1])),
        solution.residuals,
        {
            "parking_altitude_km": float(np.linalg.norm(left[:3])) - constants.RADIUS_EARTH_EQUATOR_KM,
            "parking_inclination_deg": plane.inclination_deg,
            "parking_node_deg": plane.node_deg,
        }
        | _facts(task, path),
        solution.evaluations,
    )


def _record_return(
    task: _Task, shot: tuple[float, Solution], corridor: Corridor, forces: Forces, samples: int
) -> Transfer:
    halo_s, solution = shot
    x = solution.unknowns
    path = _fly(task, x, halo_s, forces)
    halo, earth = _arcs(task, path, x, forces, samples)
    rule = EventRule("descending", "earth", corridor.altitude_km, stop_after=1)
    last = propagate(
        path.after, path.perilune_s, earth.end_tdb_s - path.perilune_s, forces, rules=(rule,), tolerance=TOLERANCE,
        output_step_s=abs(path.earth_s - path.perilune_s) / samples,
    )  # fmt: skip
    if not last.stopped_by_event:
        raise ConvergenceError(f"{task.name}: the path never comes down to {corridor.altitude_km} km")
    entry = last.states_from("earth")[-1]
    reached, figures = entry_figures(entry, last.end_tdb_s, corridor)
    angle = figures["entry_flight_path_deg"]
    return Transfer(
        task.name,
        (Maneuver("halo orbit departure", halo_s, x[:3]), Maneuver("powered flyby", path.perilune_s, x[3:6])),
        joined([halo, last], "earth"),
        "earth",
        last.end_tdb_s,
        entry,
        reached,
        solution.residuals | {"flight-path angle (deg)": angle - corridor.flight_path_deg},
        figures | _facts(task, path),
        solution.evaluations,
    )
