"""From a parking orbit about the Earth to an orbit about the Moon: injection, correction, insertion.

The corrector shoots the full ephemeris to the B-plane point that gives the wanted perilune and inclination, first from
the injection, then, the injection having gone wrong by a stated error, from the mid-course correction.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from malapert import constants
from malapert.errors import ConvergenceError, InputError
from malapert.flight import conics
from malapert.flight.elements import Elements, icrf_to_moon_fixed, lunar_elements
from malapert.flight.forces import CISLUNAR, Forces, gms_km3_s2, model
from malapert.flight.injection import DAY_S, INJECTION_ERROR, PARKING, Guess, InjectionError, Parking, aimed, guesses
from malapert.flight.propagate import EventRule, Trajectory, fly, propagate, recentre
from malapert.flight.targeting import Solution, solve
from malapert.flight.transfer import Maneuver, Transfer, joined

Array = NDArray[np.float64]
PERILUNE = EventRule("periapsis", "moon", stop_after=1)
ROWS = np.array([PERILUNE.row()])
SHOOTING_TOLERANCE = 1e-10
OVERTIME_S = 1.5 * DAY_S
CONDITIONS = ("B.T (km)", "B.R (km)", "time of perilune (s)")
ALLOWED = (0.05, 0.05, 10.0)
# A plane that holds the approach cannot be less inclined than the approach itself.
ALLOWED_INCLINATION_DEG = 0.5


@dataclass(frozen=True)
class LunarArrival:
    """The orbit to reach about the Moon: altitudes over 1737.4 km, inclination to the lunar equator (MOON_PA).

    argument_of_perilune_deg chooses between the two ways past the Moon; what is reached is in the result.
    """

    perilune_altitude_km: float = 100.0
    apolune_altitude_km: float = 100.0
    inclination_deg: float = 90.0
    argument_of_perilune_deg: float | None = None

    def __post_init__(self) -> None:
        if not (10.0 <= self.perilune_altitude_km <= self.apolune_altitude_km < 6e4):
            raise InputError(
                f"a lunar orbit needs 10 km <= perilune <= apolune < 60,000 km "
                f"(got {self.perilune_altitude_km} x {self.apolune_altitude_km} km)"
            )
        if not 0.0 <= self.inclination_deg <= 180.0:
            raise InputError(f"an inclination lies between 0 and 180 deg (got {self.inclination_deg})")

    @property
    def perilune_radius_km(self) -> float:
        return constants.RADIUS_MOON_KM + self.perilune_altitude_km

    def perilune_speed_km_s(self, gm: float) -> float:
        a = self.perilune_radius_km + 0.5 * (self.apolune_altitude_km - self.perilune_altitude_km)
        return math.sqrt(gm * (2.0 / self.perilune_radius_km - 1.0 / a))


POLAR_100_KM = LunarArrival()


def perilune_passage(state: Array, epoch_tdb_s: float, latest_tdb_s: float, forces: Forces) -> tuple[float, Array]:
    """Epoch and lunar state (6,) of the first perilune of a geocentric state. Raises ConvergenceError if none."""
    kernel = model(forces, "earth")
    _, _, _, _, found, _ = fly(state, epoch_tdb_s, latest_tdb_s, kernel, rules=ROWS, tolerance=SHOOTING_TOLERANCE)
    if not len(found):
        raise ConvergenceError(f"no perilune within {(latest_tdb_s - epoch_tdb_s) / DAY_S:.1f} d")
    epoch = float(found[0, 1])
    return epoch, recentre(found[0, 2:8], epoch, "earth", "moon")


def b_plane_misses(
    state: Array, epoch_tdb_s: float, perilune_tdb_s: float, arrival: LunarArrival, side: int, forces: Forces
) -> Array:
    """Misses (3,) of a geocentric state at its perilune: B.T and B.R in km, time in s."""
    epoch, moon_to_craft = perilune_passage(state, epoch_tdb_s, perilune_tdb_s + OVERTIME_S, forces)
    gm = gms_km3_s2(forces)[1]
    pole = icrf_to_moon_fixed(epoch)[2]
    b, speed, asymptote = conics.b_plane(moon_to_craft, pole, gm)
    if not math.isfinite(speed):
        raise ConvergenceError("the craft is already captured at its perilune, which an arc from the Earth is not")
    inclination = math.radians(arrival.inclination_deg)
    aim = conics.b_plane_aim(arrival.perilune_radius_km, inclination, speed, asymptote, pole, gm, side)
    return np.array([*(b - aim), epoch - perilune_tdb_s])


def _shoot_injection(guess: Guess, parking: Parking, arrival: LunarArrival, side: int, forces: Forces) -> Solution:
    """Node (deg), argument of latitude (deg) and injection speed (km/s) that meet the B-plane and the time."""
    axes = conics.icrf_to_earth_equator(guess.departure_tdb_s)
    perilune = guess.departure_tdb_s + guess.flight_s
    pole = icrf_to_moon_fixed(perilune)[2]
    asymptote = conics.unit(guess.arrival_velocity_km_s)
    speed = float(np.linalg.norm(guess.arrival_velocity_km_s))
    gm = gms_km3_s2(forces)[1]
    inclination = math.radians(arrival.inclination_deg)
    east = conics.unit(np.cross(asymptote, pole))

    def conic(target: LunarArrival) -> Array:
        t, r = conics.b_plane_aim(target.perilune_radius_km, inclination, speed, asymptote, pole, gm, side)
        start = aimed(guess, parking, t * east + r * np.cross(asymptote, east))
        return np.array([start.node_deg, start.argument_of_latitude_deg, start.injection_km_s])

    def shoot(x: Array, target: LunarArrival) -> Solution:
        def misses(x: Array) -> Array:
            state = parking.state(x[0], x[1], x[2], axes)
            return b_plane_misses(state, guess.departure_tdb_s, perilune, target, side, forces)

        return solve(misses, x, [1e-5, 1e-5, 1e-7], CONDITIONS, ALLOWED, what="translunar injection")

    try:
        return shoot(conic(arrival), arrival)
    except ConvergenceError:
        # The guess flies into the Moon: aim wide of it first and come in step by step.
        x = conic(_wider(arrival, 5.0))
        for wide in (5.0, 3.0, 2.0, 1.4):
            x = shoot(x, _wider(arrival, wide)).unknowns
        return shoot(x, arrival)


def _wider(arrival: LunarArrival, factor: float) -> LunarArrival:
    """The same arrival with its perilune so many times farther from the Moon's centre."""
    altitude_km = factor * arrival.perilune_radius_km - constants.RADIUS_MOON_KM
    return replace(
        arrival, perilune_altitude_km=altitude_km, apolune_altitude_km=max(altitude_km, arrival.apolune_altitude_km)
    )


def _side(guess: Guess, arrival: LunarArrival, gm: float) -> int:
    """Which way past the Moon puts perilune nearer to the wanted argument; southward perilune when none is wanted."""
    if arrival.argument_of_perilune_deg is None:
        return 1
    perilune = guess.departure_tdb_s + guess.flight_s
    pole = icrf_to_moon_fixed(perilune)[2]
    s = conics.unit(guess.arrival_velocity_km_s)
    speed = float(np.linalg.norm(guess.arrival_velocity_km_s))
    e = 1.0 + arrival.perilune_radius_km * speed**2 / gm
    best = {}
    for side in (1, -1):
        aim = conics.b_plane_aim(
            arrival.perilune_radius_km, math.radians(arrival.inclination_deg), speed, s, pole, gm, side
        )
        t = conics.unit(np.cross(s, pole))
        b = aim[0] * t + aim[1] * np.cross(s, t)
        normal = conics.unit(np.cross(b, s))
        apse = s / e + math.sqrt(1.0 - 1.0 / e**2) * np.cross(s, normal)
        # Faster than circular in units where that is 1, so that the apse is a perilune and its argument is defined.
        state = np.concatenate([apse * arrival.perilune_radius_km, 1.2 * np.cross(normal, apse)])
        reached = lunar_elements(state, perilune, arrival.perilune_radius_km).argument_of_periapsis_deg
        best[side] = abs(math.remainder(reached - arrival.argument_of_perilune_deg, 360.0))
    return min(best, key=best.__getitem__)


def design_lunar_transfer(
    departure_tdb_s: float,
    *,
    arrival: LunarArrival = POLAR_100_KM,
    parking: Parking = PARKING,
    window_d: float = 3.0,
    flight_d: tuple[float, float] = (3.8, 4.8),
    error: InjectionError = INJECTION_ERROR,
    correction_after_d: float = 1.0,
    forces: Forces = CISLUNAR,
    samples: int = 200,
    name: str = "translunar",
) -> Transfer:
    """Injection, one correction and insertion into a lunar orbit, departing within window_d of departure_tdb_s.

    The cheapest guesses are tried in turn. The path returned is the one flown with the injection error and its
    correction. Raises InputError when no conic exists, ConvergenceError when none of the guesses converges.
    """
    gm = float(gms_km3_s2(forces)[1])
    final_speed = arrival.perilune_speed_km_s(gm)

    def cost(_epochs: Array, relative: Array) -> Array:
        excess = np.linalg.norm(relative, axis=1)
        return conics.hyperbola_speed_km_s(excess, arrival.perilune_radius_km, gm) - final_speed

    found = guesses(departure_tdb_s, window_d, parking, flight_d, cost)
    reasons = []
    for guess in found[:4]:
        side = _side(guess, arrival, gm)
        try:
            return _fly_design(guess, side, arrival, parking, error, correction_after_d, forces, samples, name)
        except ConvergenceError as problem:
            reasons.append(f"departure {guess.departure_tdb_s:.0f} s, flight {guess.flight_s / DAY_S:.2f} d: {problem}")
    raise ConvergenceError(f"{name}: none of {len(reasons)} guesses converged: " + "; ".join(reasons))


def design_llo_transfer(
    departure_tdb_s: float, *, altitude_km: float = 100.0, inclination_deg: float = 90.0, **options: Any
) -> Transfer:
    """`design_lunar_transfer` to a circular orbit."""
    return design_lunar_transfer(
        departure_tdb_s, arrival=LunarArrival(altitude_km, altitude_km, inclination_deg), **options
    )


def design_elliptical_transfer(
    departure_tdb_s: float,
    *,
    perilune_altitude_km: float,
    apolune_altitude_km: float,
    inclination_deg: float,
    argument_of_perilune_deg: float | None = None,
    **options: Any,
) -> Transfer:
    """`design_lunar_transfer` to an ellipse entered at its perilune.

    The argument of perilune only chooses between the two ways past the Moon; `arrival_elements` says what is reached.
    """
    arrival = LunarArrival(perilune_altitude_km, apolune_altitude_km, inclination_deg, argument_of_perilune_deg)
    return design_lunar_transfer(departure_tdb_s, arrival=arrival, **options)


def _fly_design(
    guess: Guess, side: int, arrival: LunarArrival, parking: Parking, error: InjectionError, correction_after_d: float,
    forces: Forces, samples: int, name: str,
) -> Transfer:  # fmt: skip
    """Shoot the injection, spoil it, correct it, insert; gather what happened."""
    axes = conics.icrf_to_earth_equator(guess.departure_tdb_s)
    shot = _shoot_injection(guess, parking, arrival, side, forces)
    node, latitude, extra = shot.unknowns
    start = guess.departure_tdb_s
    circular = parking.state(node, latitude, 0.0, axes)
    injected = parking.state(node, latitude, extra, axes)
    perilune = start + guess.flight_s
    correction_s = correction_after_d * DAY_S
    spoil = error.vector_icrf_km_s(injected)

    def coasted(share: float) -> Trajectory:
        spoiled = injected.copy()
        spoiled[3:] += share * spoil
        return propagate(
            spoiled, start, correction_s, forces, center="earth", output_step_s=correction_s / (samples // 3),
            tolerance=SHOOTING_TOLERANCE,
        )  # fmt: skip

    coast, correction = _correction(coasted, perilune, arrival, side, forces)
    before, epoch = coast.end_state, coast.end_tdb_s
    corrected = before.copy()
    corrected[3:] += correction.unknowns
    cruise = propagate(
        corrected, epoch, perilune + OVERTIME_S - epoch, forces, center="earth", rules=(PERILUNE,),
        output_step_s=(perilune - epoch) / samples, tolerance=SHOOTING_TOLERANCE,
    )  # fmt: skip
    reached_s, approach = cruise.end_tdb_s, cruise.states_from("moon")[-1]
    gm = float(gms_km3_s2(forces)[1])
    speed = float(np.linalg.norm(approach[3:]))
    insertion = approach[3:] * (arrival.perilune_speed_km_s(gm) / speed - 1.0)
    inserted = np.concatenate([approach[:3], approach[3:] + insertion])
    reached = lunar_elements(inserted, reached_s, gm)
    if abs(reached.inclination_deg - arrival.inclination_deg) > ALLOWED_INCLINATION_DEG:
        raise ConvergenceError(
            f"an inclination of {arrival.inclination_deg:g} deg cannot be had: the approach leads to "
            f"{reached.inclination_deg:.1f} deg at the nearest; ask for that, or leave on another date"
        )
    around = _first_revolutions(inserted, reached_s, reached, gm, forces)
    wanted = arrival.perilune_radius_km
    return Transfer(
        name,
        (
            Maneuver("translunar injection", start, injected[3:] - circular[3:]),
            Maneuver("mid-course correction", epoch, correction.unknowns),
            Maneuver("lunar orbit insertion", reached_s, insertion),
        ),
        joined([coast, cruise, around], "earth"),
        "moon",
        reached_s,
        inserted,
        reached,
        correction.residuals
        | {
            "perilune altitude (km)": float(np.linalg.norm(approach[:3])) - wanted,
            "inclination (deg)": reached.inclination_deg - arrival.inclination_deg,
        },
        {
            "parking_node_deg": float(node) % 360.0,
            "parking_altitude_km": parking.altitude_km,
            "parking_inclination_deg": parking.inclination_deg,
            "injection_c3_km2_s2": 2.0 * _energy(injected),
            "injection_error_m_s": 1000.0 * float(np.linalg.norm(spoil)),
            "approach_excess_speed_km_s": math.sqrt(speed**2 - 2.0 * gm / float(np.linalg.norm(approach[:3]))),
        },
        shot.evaluations + correction.evaluations,
    )


def _correction(
    coasted: Callable[[float], Trajectory], perilune_tdb_s: float, arrival: LunarArrival, side: int, forces: Forces
) -> tuple[Trajectory, Solution]:
    """The coast with the whole injection error and the burn at its end that undoes it.

    Uncorrected, some errors lead into the Moon, where nothing can be shot from: then the error grows in steps, each
    correction starting from the last.
    """
    reason: ConvergenceError | None = None
    for shares in ((1.0,), tuple(np.linspace(0.125, 1.0, 8))):
        x, last = np.zeros(3), 1.0
        try:
            for share in shares:
                coast = coasted(float(share))
                found = _undo(coast, x * share / last, perilune_tdb_s, arrival, side, forces)
                x, last = found.unknowns, share
            return coast, found
        except ConvergenceError as error:
            reason = error
    assert reason is not None
    raise reason


def _undo(
    coast: Trajectory, guess: Array, perilune_tdb_s: float, arrival: LunarArrival, side: int, forces: Forces
) -> Solution:
    """The velocity change (3,) km/s at the end of a coast that meets the B-plane and the time of perilune."""

    def misses(x: Array) -> Array:
        state = coast.end_state.copy()
        state[3:] += x
        return b_plane_misses(state, coast.end_tdb_s, perilune_tdb_s, arrival, side, forces)

    return solve(misses, guess, [1e-7] * 3, CONDITIONS, ALLOWED, what="mid-course correction")


def _energy(state: Array) -> float:
    return float(0.5 * state[3:] @ state[3:] - constants.GM_EARTH_KM3_S2 / np.linalg.norm(state[:3]))


def _first_revolutions(state: Array, epoch_tdb_s: float, orbit: Elements, gm: float, forces: Forces) -> Trajectory:
    """One turn of the orbit reached, for the picture and to show it flies."""
    period = orbit.period_s(gm)
    return propagate(state, epoch_tdb_s, period, forces, output_step_s=period / 90.0, tolerance=SHOOTING_TOLERANCE)
