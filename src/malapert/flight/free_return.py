"""Free return: out to the Moon, round its far side and back to the entry corridor on the one injection burn.

Shot from perilune, where both legs begin: each condition then hangs on half the flight, and a symmetric pass of the
restricted problem (Miele 1960, Bull. Acad. Polon. Sci.) is guess enough.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from malapert import constants
from malapert.errors import ConvergenceError, InputError
from malapert.flight import conics
from malapert.flight.earth_return import CORRIDOR, Corridor, entry_figures
from malapert.flight.elements import icrf_to_moon_fixed
from malapert.flight.forces import CISLUNAR, Forces, gms_km3_s2, model, point_mass
from malapert.flight.injection import DAY_S, PARKING, Parking
from malapert.flight.propagate import EventRule, fly, moon_state, propagate
from malapert.flight.targeting import Solution, solve
from malapert.flight.transfer import Maneuver, Transfer, in_time_order, joined

Array = NDArray[np.float64]

TOLERANCE: Final = 1e-11
AWAY_S: Final = 1.0 * DAY_S  # near the Moon a distance to the Earth may have a minimum that is no perigee
LONGEST_LEG_S: Final = 8.0 * DAY_S
OUT_D: Final = 3.0  # perilune after injection: where the search for the departure begins
EXCESS_KM_S: Final = 1.0  # at the Moon on a free return
TILT_DEG: Final = 15.0  # of the velocity at perilune out of the Moon's orbital plane, to begin with
MOVES: Final = 6
OUT_OF_REACH_DEG: Final = 3.0  # the plane passes the Moon's centre to one side
ON_TIME_S: Final = 1.0
PERIGEE: Final = np.array([EventRule("periapsis", "earth", stop_after=1).row()])
# Unknowns: perilune's longitude and latitude from the far side (deg), its speed (km/s), the turn of its velocity (deg).
WIDTHS: Final = (1e-6, 1e-6, 1e-9, 1e-6)
CONDITIONS: Final = ("perigee at injection (km)", "entry corridor (km)", "parking inclination (deg)",
                     "return inclination (deg)")  # fmt: skip
ALLOWED: Final = (0.01, 0.01, 1e-4, 1e-4)


@dataclass(frozen=True)
class _Leg:
    """The Earth's end of a leg: epoch, geocentric state (6,) at perigee, its partials (6, 6) by perilune's state."""

    epoch_s: float
    state: Array
    partials: Array


def perilune_state(x: Array, epoch_tdb_s: float, radius_km: float) -> Array:
    """Moon-centred ICRF state (6,) at a perilune given by the unknowns x (4,): see WIDTHS."""
    moon = moon_state(epoch_tdb_s)
    ahead = conics.unit(moon[:3])
    north = conics.unit(np.cross(moon[:3], moon[3:]))
    along = np.cross(north, ahead)
    longitude, latitude, turn = math.radians(x[0]), math.radians(x[1]), math.radians(x[3])
    east = math.cos(longitude) * along - math.sin(longitude) * ahead
    level = math.cos(longitude) * ahead + math.sin(longitude) * along
    place = math.cos(latitude) * level + math.sin(latitude) * north
    up = math.cos(latitude) * north - math.sin(latitude) * level
    # Behind the Moon the craft goes the other way than the Moon does.
    return np.concatenate([radius_km * place, x[2] * (math.sin(turn) * up - math.cos(turn) * east)])


def _leg(state: Array, epoch_s: float, sign: float, forces: Forces) -> _Leg:
    """The perigee a perilune state comes from (sign -1) or falls to (+1)."""
    kernel = model(forces, "moon")
    start = np.concatenate([state, np.eye(6).ravel()])
    away_s, away = fly(start, epoch_s, epoch_s + sign * AWAY_S, kernel, tolerance=TOLERANCE)[1:3]
    found = fly(away, away_s, epoch_s + sign * LONGEST_LEG_S, kernel, rules=PERIGEE, tolerance=TOLERANCE)[4]
    if not len(found):
        raise ConvergenceError(f"no perigee within {LONGEST_LEG_S / DAY_S:.0f} d of perilune: it leaves the Earth")
    epoch = float(found[0, 1])
    return _Leg(epoch, found[0, 2:8] + moon_state(epoch), found[0, 8:44].reshape(6, 6))


def impact_km(earth_to_craft: Array, radius_km: float, north: Array) -> float:
    """Impact parameter at a radius (km), negative where the craft goes round clockwise about north."""
    r, v = earth_to_craft[:3], earth_to_craft[3:]
    h = np.cross(r, v)
    speed2 = v @ v + 2.0 * constants.GM_EARTH_KM3_S2 * (1.0 / radius_km - 1.0 / math.sqrt(r @ r))
    return math.copysign(math.sqrt(h @ h / speed2), float(h @ north))


@dataclass(frozen=True)
class _Task:
    """What is flown round the Moon, and between which ends."""

    perilune_radius_km: float
    parking: Parking
    corridor: Corridor
    retrograde_return: bool = False

    def conditions(self, out: _Leg, back: _Leg, north: Array) -> tuple[Callable[[Array], Array], ...]:
        """Misses as functions of the perigee state of the way out, then of the way back."""
        entry = self.corridor.radius_km
        aim = entry * math.cos(math.radians(self.corridor.flight_path_deg)) * (-1.0 if self.retrograde_return else 1.0)

        def outward(y: Array) -> Array:
            inclination = conics.earth_inclination_deg(y, out.epoch_s) - self.parking.inclination_deg
            return np.array([impact_km(y, self.parking.radius_km, north) - self.parking.radius_km, inclination])

        def inward(y: Array) -> Array:
            values = [impact_km(y, entry, north) - aim]
            if self.corridor.inclination_deg is not None:
                values.append(conics.earth_inclination_deg(y, back.epoch_s) - self.corridor.inclination_deg)
            return np.array(values)

        return outward, inward


def _gradient(function: Callable[[Array], Array], x: Array, steps: Array) -> Array:
    """Partials (m, n) of a closed formula by central differences."""
    columns = []
    for j, step in enumerate(steps):
        bump = np.zeros(len(x))
        bump[j] = step
        columns.append((function(x + bump) - function(x - bump)) / (2.0 * step))
    return np.stack(columns, axis=1)


STATE_STEPS: Final = np.array([1e-2] * 3 + [1e-5] * 3)


def _shoot(x: Array, perilune_s: float, task: _Task, forces: Forces, planes: bool) -> Solution:
    """Perilune's unknowns that meet both ends; planes: the inclinations too. Partials by the transition matrix."""
    north = conics.unit(np.cross(moon_state(perilune_s)[:3], moon_state(perilune_s)[3:]))
    rows = [0, 2] + ([1] if planes else []) + ([3] if planes and task.corridor.inclination_deg is not None else [])
    order = (0, 2, 1, 3)  # from (perigee, inclination, corridor, inclination back) to CONDITIONS
    free = np.array([0, 1, 2, 3] if planes else [0, 2])
    kept: dict[bytes, tuple[_Leg, _Leg]] = {}

    def full(u: Array) -> Array:
        out = x.copy()
        out[free] = u
        return out

    def legs(u: Array) -> tuple[_Leg, _Leg]:
        key = u.tobytes()
        if key not in kept:
            kept.clear()
            state = perilune_state(full(u), perilune_s, task.perilune_radius_km)
            kept[key] = (_leg(state, perilune_s, -1.0, forces), _leg(state, perilune_s, 1.0, forces))
        return kept[key]

    def misses(u: Array) -> Array:
        out, back = legs(u)
        outward, inward = task.conditions(out, back, north)
        return np.concatenate([outward(out.state), inward(back.state)])[rows]

    def jacobian(u: Array) -> Array:
        out, back = legs(u)
        outward, inward = task.conditions(out, back, north)
        start = _gradient(lambda w: perilune_state(full(w), perilune_s, task.perilune_radius_km), u,
                          100.0 * np.array(WIDTHS)[free])  # fmt: skip
        ends = [
            _gradient(function, leg.state, STATE_STEPS) @ leg.partials @ start
            for function, leg in ((outward, out), (inward, back))
        ]
        return np.vstack(ends)[rows]

    named = [order[row] for row in rows]
    return solve(
        misses, x[free], np.array(WIDTHS)[free], [CONDITIONS[k] for k in named], [ALLOWED[k] for k in named],
        what="free return", jacobian=jacobian, limit=3e3, iterations=40,
    )  # fmt: skip


@dataclass(frozen=True)
class _Pass:
    """A flight round the Moon that meets both ends."""

    perilune_s: float
    state: Array
    out: _Leg
    back: _Leg
    solution: Solution


@lru_cache(maxsize=16)
def _level(perilune_s: float, task: _Task, forces: Forces) -> tuple[float, float]:
    """Longitude (deg) and speed (km/s) at the perilune of the pass in the Moon's own plane."""
    speed = math.sqrt(EXCESS_KM_S**2 + 2.0 * constants.GM_MOON_KM3_S2 / task.perilune_radius_km)
    longitude, speed = _shoot(np.array([0.0, 0.0, speed, 0.0]), perilune_s, task, forces, planes=False).unknowns
    return float(longitude), float(speed)


def _passing(perilune_s: float, tilt: float, task: _Task, forces: Forces, start: Array | None = None) -> _Pass:
    """The pass with its perilune at an epoch, its velocity there tilted to the north (1) or the south (-1)."""
    if start is None:
        longitude, speed = _level(perilune_s, task, point_mass(forces))
        x = np.array([longitude, 2.0 * tilt, speed, TILT_DEG * tilt])
    else:
        x = start
    solution = _shoot(x, perilune_s, task, forces, planes=True)
    state = perilune_state(solution.unknowns, perilune_s, task.perilune_radius_km)
    out, back = (_leg(state, perilune_s, sign, forces) for sign in (-1.0, 1.0))
    return _Pass(perilune_s, state, out, back, solution)


def _leaving(departure_s: float, tilt: float, task: _Task, forces: Forces, start: _Pass | None = None) -> _Pass:
    """The pass injected at an epoch: perilune moves with the injection, nearly one for one."""
    perilune_s = departure_s + OUT_D * DAY_S if start is None else start.perilune_s
    found = start
    declination = _declination_deg(perilune_s)
    inclination = min(task.parking.inclination_deg, 180.0 - task.parking.inclination_deg)
    if abs(declination) > inclination + OUT_OF_REACH_DEG:
        raise ConvergenceError(
            f"the Moon's declination at perilune is {declination:.1f} deg, which a parking orbit inclined "
            f"{task.parking.inclination_deg:g} deg does not reach"
        )
    for _ in range(MOVES):
        found = _passing(perilune_s, tilt, task, forces, None if found is None else found.solution.unknowns)
        late = found.out.epoch_s - departure_s
        if abs(late) < ON_TIME_S:
            return found
        perilune_s -= late
    raise ConvergenceError(f"free return: injection is off by {late:.1f} s after {MOVES} moves of perilune")


def fly_free_return(
    perilune_tdb_s: float,
    perilune_altitude_km: float,
    *,
    parking: Parking = PARKING,
    corridor: Corridor = CORRIDOR,
    tilt: float = 1.0,
    retrograde_return: bool = False,
    forces: Forces = CISLUNAR,
    samples: int = 200,
    name: str = "free return round the Moon",
) -> Transfer:
    """The free return whose perilune falls on an epoch; tilt: 1 where it flies north there, -1 south."""
    task = _Task(_perilune_radius_km(perilune_altitude_km), parking, corridor, retrograde_return)
    return _record(_passing(perilune_tdb_s, tilt, task, forces), task, forces, samples, name)


def design_free_return(
    departure_tdb_s: float,
    *,
    perilune_altitude_km: float = 254.0,
    parking: Parking = PARKING,
    corridor: Corridor = CORRIDOR,
    window_d: float = 3.0,
    retrograde_return: bool = False,
    forces: Forces = CISLUNAR,
    samples: int = 200,
    name: str = "free return round the Moon",
) -> Transfer:
    """One injection from a parking orbit round the Moon's far side to the entry corridor, leaving within window_d.

    The parking orbit's node follows from the departure (the moment of launch sets it). Both planes of its inclination
    that hold the Moon are tried every half day with point masses, and the cheapest injection is shot in the whole
    field. retrograde_return: enter against the Earth's turn. Raises InputError, ConvergenceError.
    """
    if not window_d >= 0.0:
        raise InputError(f"the window must not be negative (got {window_d:g} d)")
    task = _Task(_perilune_radius_km(perilune_altitude_km), parking, corridor, retrograde_return)
    tries: list[tuple[float, float, _Pass]] = []
    reasons = []
    for days in np.arange(0.0, window_d + 1e-9, 0.5):
        for tilt in (1.0, -1.0):
            try:
                found = _leaving(departure_tdb_s + days * DAY_S, tilt, task, point_mass(forces))
                tries.append((_injection_km_s(found, task), tilt, found))
            except ConvergenceError as error:
                reasons.append(f"day {days:g}, {'north' if tilt > 0 else 'south'} of the Moon: {error}")
    for _, tilt, rough in sorted(tries, key=lambda one: one[0])[:4]:
        try:
            found = _leaving(rough.out.epoch_s, tilt, task, forces, rough)
            return _record(found, task, forces, samples, name)
        except ConvergenceError as error:
            reasons.append(f"in the whole field, injection at {rough.out.epoch_s:.0f} s: {error}")
    raise ConvergenceError(f"{name}: none of {len(reasons)} tries converged: " + "; ".join(reasons[:4]))


def _perilune_radius_km(altitude_km: float) -> float:
    if not 30.0 <= altitude_km <= 20_000.0:
        raise InputError(f"a free return passes the Moon at 30 to 20,000 km (got {altitude_km:g} km)")
    return constants.RADIUS_MOON_KM + altitude_km


def _declination_deg(epoch_s: float) -> float:
    """Of the Moon, on the equator of date."""
    return math.degrees(math.asin(float(conics.unit(moon_state(epoch_s)[:3]) @ conics.earth_pole_icrf(epoch_s))))


def _injection_km_s(found: _Pass, task: _Task) -> float:
    return float(np.linalg.norm(found.out.state[3:])) - math.sqrt(constants.GM_EARTH_KM3_S2 / task.parking.radius_km)


def _record(found: _Pass, task: _Task, forces: Forces, samples: int, name: str) -> Transfer:
    injected = found.out.state
    speed = float(np.linalg.norm(injected[3:]))
    burn = injected[3:] * (_injection_km_s(found, task) / speed)
    out = in_time_order(found.state, found.perilune_s, found.out.epoch_s, forces, samples, TOLERANCE)
    rule = EventRule("descending", "earth", task.corridor.altitude_km, stop_after=1)
    longest = found.back.epoch_s - found.perilune_s
    back = propagate(
        found.state, found.perilune_s, longest, forces, rules=(rule,), output_step_s=longest / samples,
        tolerance=TOLERANCE,
    )  # fmt: skip
    if not back.stopped_by_event:
        raise ConvergenceError(f"{name}: the way back never comes down to {task.corridor.altitude_km:g} km")
    entry = back.states_from("earth")[-1]
    reached, figures = entry_figures(entry, back.end_tdb_s, task.corridor)
    angle = figures["entry_flight_path_deg"]
    gm = constants.GM_EARTH_KM3_S2
    plane = conics.earth_elements(injected, found.out.epoch_s)
    pole = icrf_to_moon_fixed(found.perilune_s)[2]
    north = float(conics.unit(found.state[:3]) @ pole)
    moon_gm = float(gms_km3_s2(forces)[1])
    return Transfer(
        name,
        (Maneuver("translunar injection", found.out.epoch_s, burn),),
        joined([out, back], "earth"),
        "earth",
        back.end_tdb_s,
        entry,
        reached,
        found.solution.residuals | {"flight-path angle (deg)": angle - task.corridor.flight_path_deg},
        {
            "parking_altitude_km": float(np.linalg.norm(injected[:3])) - constants.RADIUS_EARTH_EQUATOR_KM,
            "parking_inclination_deg": plane.inclination_deg,
            "parking_node_deg": plane.node_deg,
            "injection_c3_km2_s2": speed**2 - 2.0 * gm / float(np.linalg.norm(injected[:3])),
            "perilune_tdb_s": found.perilune_s,
            "perilune_altitude_km": task.perilune_radius_km - constants.RADIUS_MOON_KM,
            "perilune_latitude_deg": math.degrees(math.asin(north)),
            "perilune_speed_km_s": float(np.linalg.norm(found.state[3:])),
            "approach_excess_speed_km_s": math.sqrt(
                float(found.state[3:] @ found.state[3:]) - 2.0 * moon_gm / task.perilune_radius_km
            ),
            "out_h": (found.perilune_s - found.out.epoch_s) / 3600.0,
            "back_h": (back.end_tdb_s - found.perilune_s) / 3600.0,
        }
        | figures,
        found.solution.evaluations,
    )
