"""From the Earth to Mars as flown: a two-body plan shot through the Sun-centred ephemeris, from the parking orbit to
periapsis at Mars; the two-body figures stand beside the integrated ones, so that their difference is told."""

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

from malapert.errors import ConvergenceError
from malapert.flight import conics
from malapert.flight.elements import Elements, elements_from_state
from malapert.flight.forces import Forces
from malapert.flight.injection import DAY_S, PARKING, Parking
from malapert.flight.lambert import lambert
from malapert.flight.mars_plan import (
    ECLIPTIC_NORTH,
    GM_EARTH,
    GM_MARS,
    GM_SUN,
    MARS_ORBIT,
    NO_LIMITS,
    SYNODIC_D,
    Limits,
    MarsOrbit,
    Plan,
    above_deg,
    declination_deg,
    plan,
    with_turn,
)
from malapert.flight.propagate import Trajectory, propagate, recentre
from malapert.flight.targeting import solve
from malapert.flight.transfer import Maneuver, Transfer, joined
from malapert.sky.ephemeris import state as sky_state
from malapert.sky.mars import mars_rotation

Array = NDArray[np.float64]

CRUISE: Final = Forces(mars=True, venus=True, jupiter=True, saturn=True)
TOLERANCE: Final = 1e-11
BEFORE_MARS_S: Final = 0.1 * DAY_S  # where the approach is read off as a hyperbola, some 25,000 km out
CONDITIONS: Final = ("B.T (km)", "B.R (km)", "time of periapsis (s)")
ALLOWED: Final = (1.0, 1.0, 1.0)


def perigee_state(leaving: Array, epoch_s: float, parking: Parking) -> Array:
    """Geocentric perigee state (6,) at the parking radius and inclination that leaves towards an excess velocity (3,).

    Of the two planes the northbound one. Raises ConvergenceError when the asymptote lies too far from the equator.
    """
    pole = conics.earth_pole_icrf(epoch_s)
    speed = float(np.linalg.norm(leaving))
    asymptote = leaving / speed
    normal = conics.planes_through(asymptote, pole, math.radians(parking.inclination_deg))[0]
    if not np.all(np.isfinite(normal)):
        declination = above_deg(asymptote, pole)
        raise ConvergenceError(
            f"the departure asymptote's declination is {declination:.1f} deg, which no plane inclined "
            f"{parking.inclination_deg:g} deg holds; raise the parking orbit's inclination"
        )
    e = 1.0 + parking.radius_km * speed**2 / GM_EARTH
    anomaly = math.acos(-1.0 / e)
    apse = math.cos(anomaly) * asymptote - math.sin(anomaly) * np.cross(normal, asymptote)
    fast = conics.hyperbola_speed_km_s(np.array(speed), parking.radius_km, GM_EARTH)
    return np.concatenate([parking.radius_km * apse, float(fast) * np.cross(normal, apse)])


def _mars_pole(epoch_s: float) -> Array:
    return np.asarray(mars_rotation(epoch_s)[0][2])


def _approach(mars_to_craft: Array, epoch_s: float) -> tuple[float, float]:
    """Epoch of periapsis and its radius (km) of the hyperbola a state lies on: Kepler's equation for e > 1."""
    orbit = elements_from_state(mars_to_craft, GM_MARS)
    a, e = orbit.semi_major_axis_km, orbit.eccentricity
    if e <= 1.0:
        raise ConvergenceError("the craft is captured at Mars before its burn, which an arc from the Earth is not")
    r, v = mars_to_craft[:3], mars_to_craft[3:]
    h = math.asinh(float(r @ v) / (e * math.sqrt(-a * GM_MARS)))
    return epoch_s - (e * math.sinh(h) - h) * math.sqrt((-a) ** 3 / GM_MARS), orbit.periapsis_radius_km


def design_earth_mars(
    departure_tdb_s: float,
    *,
    parking: Parking = PARKING,
    orbit: MarsOrbit = MARS_ORBIT,
    window_d: float = SYNODIC_D,
    flight_d: tuple[float, float] = (120.0, 420.0),
    has_turn: bool = False,
    limits: Limits = NO_LIMITS,
    forces: Forces = CRUISE,
    samples: int = 300,
    name: str = "Earth to Mars",
) -> Transfer:
    """Injection from the parking orbit, a deep-space manoeuvre if asked for and if it pays, capture at Mars.

    The cheapest Lambert conic of the window is the guess; the excess velocity is then shot in the ephemeris until the
    hyperbola at Mars has its periapsis where and when planned. Raises InputError, ConvergenceError.
    """
    chosen = plan(departure_tdb_s, window_d, flight_d, parking, orbit)
    if has_turn:
        chosen = with_turn(chosen, parking, orbit, limits)
    return fly_plan(chosen, parking=parking, orbit=orbit, forces=forces, samples=samples, name=name)


def fly_plan(
    chosen: Plan, *, parking: Parking = PARKING, orbit: MarsOrbit = MARS_ORBIT, forces: Forces = CRUISE,
    samples: int = 300, name: str = "Earth to Mars",
) -> Transfer:  # fmt: skip
    """A two-body plan shot through the ephemeris; see `design_earth_mars`."""
    start = chosen.departure_s
    read_s = chosen.arrival_s - BEFORE_MARS_S

    def injected(excess: Array) -> Array:
        return recentre(perigee_state(excess, start, parking), start, "earth", "sun")

    def arc(state: Array, from_s: float, to_s: float) -> Array:
        return propagate(state, from_s, to_s - from_s, forces, center="sun", tolerance=TOLERANCE).end_state

    def at_mars(end: Array) -> Array:
        mars_to_craft = recentre(end, read_s, "sun", "mars")
        b, speed, asymptote = conics.b_plane(mars_to_craft, _mars_pole(read_s), GM_MARS)
        inclination = math.radians(orbit.inclination_deg)
        aim = conics.b_plane_aim(orbit.radius_km, inclination, speed, asymptote, _mars_pole(read_s), GM_MARS, 1)
        return np.array([*(b - aim), _approach(mars_to_craft, read_s)[0] - chosen.arrival_s])

    burns = []
    if chosen.turn_place is None:
        shot = solve(
            lambda x: at_mars(arc(injected(x), start, read_s)), chosen.leaving, [1e-7] * 3, CONDITIONS, ALLOWED,
            what=name, iterations=40,
        )  # fmt: skip
        excess, legs, evaluations = (
            shot.unknowns,
            [(injected(shot.unknowns), start, chosen.arrival_s)],
            shot.evaluations,
        )
    else:
        place = chosen.turn_place
        first = solve(
            lambda x: arc(injected(x), start, chosen.turn_s)[:3] - place, chosen.leaving, [1e-7] * 3,
            ("x (km)", "y (km)", "z (km)"), (1.0, 1.0, 1.0), what=f"{name}, to the manoeuvre", iterations=40,
        )  # fmt: skip
        excess = first.unknowns
        before = arc(injected(excess), start, chosen.turn_s)
        after = lambert(
            before[:3], sky_state("mars", "sun", chosen.arrival_s)[:3], chosen.arrival_s - chosen.turn_s, GM_SUN,
            north=ECLIPTIC_NORTH,
        )[0]  # fmt: skip
        shot = solve(
            lambda x: at_mars(arc(before + np.concatenate([np.zeros(3), x]), chosen.turn_s, read_s)),
            after - before[3:], [1e-7] * 3, CONDITIONS, ALLOWED, what=f"{name}, from the manoeuvre", iterations=40,
        )  # fmt: skip
        burns.append(Maneuver("deep-space manoeuvre", chosen.turn_s, shot.unknowns))
        turned = before + np.concatenate([np.zeros(3), shot.unknowns])
        legs = [(injected(excess), start, chosen.turn_s), (turned, chosen.turn_s, chosen.arrival_s)]
        evaluations = first.evaluations + shot.evaluations
    paths = [
        propagate(state, t0, t1 - t0, forces, center="sun", output_step_s=(t1 - t0) / samples, tolerance=TOLERANCE)
        for state, t0, t1 in legs
    ]
    return _record(chosen, excess, burns, paths, shot.residuals, evaluations, parking, orbit, name)


def _record(
    chosen: Plan, excess: Array, burns: list[Maneuver], paths: list[Trajectory], residuals: dict[str, float],
    evaluations: int, parking: Parking, orbit: MarsOrbit, name: str,
) -> Transfer:  # fmt: skip
    start, end = chosen.departure_s, chosen.arrival_s
    left = perigee_state(excess, start, parking)
    faster = 1.0 - math.sqrt(GM_EARTH / parking.radius_km) / float(np.linalg.norm(left[3:]))
    approach = recentre(paths[-1].end_state, end, "sun", "mars")
    radius, speed = float(np.linalg.norm(approach[:3])), float(np.linalg.norm(approach[3:]))
    arriving = math.sqrt(speed**2 - 2.0 * GM_MARS / radius)
    capture = approach[3:] * (-float(orbit.capture_km_s(np.array(arriving))) / speed)
    captured = np.concatenate([approach[:3], approach[3:] + capture])
    maneuvers = (
        Maneuver("Mars injection", start, faster * left[3:]), *burns, Maneuver("Mars orbit insertion", end, capture),
    )  # fmt: skip
    integrated = sum(one.delta_v_m_s for one in maneuvers)
    return Transfer(
        name,
        maneuvers,
        joined(paths, "sun"),
        "mars",
        end,
        captured,
        mars_elements(captured, end),
        residuals | {"periapsis altitude (km)": radius - orbit.radius_km},
        {
            "injection_c3_km2_s2": float(excess @ excess),
            "departure_declination_deg": declination_deg(excess, start),
            "arrival_excess_speed_km_s": arriving,
            "two_body_c3_km2_s2": float(chosen.leaving @ chosen.leaving),
            "two_body_arrival_excess_speed_km_s": float(np.linalg.norm(chosen.arriving)),
            "integrated_less_two_body_m_s": integrated - 1000.0 * chosen.cost_km_s(parking, orbit),
            "parking_altitude_km": parking.altitude_km,
            "parking_inclination_deg": parking.inclination_deg,
        },
        evaluations,
    )


def mars_elements(mars_to_craft: Array, epoch_s: float) -> Elements:
    """Elements over the equator of Mars (IAU) of a state (6,) from it, ICRF; x at its node on the ICRF equator."""
    pole = _mars_pole(epoch_s)
    node = conics.unit(np.array([-pole[1], pole[0], 0.0]))
    turn = np.array([node, np.cross(pole, node), pole])
    return elements_from_state(np.concatenate([turn @ mars_to_craft[:3], turn @ mars_to_craft[3:]]), GM_MARS)
