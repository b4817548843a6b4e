"""Plans from the Earth to Mars in two-body arcs: Lambert over departures and flight times, and a deep-space manoeuvre
where a launcher's limits make it pay."""

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
from malapert.flight.forces import Forces
from malapert.flight.injection import DAY_S, Parking
from malapert.flight.lambert import lambert
from malapert.flight.propagate import propagate
from malapert.sky.ephemeris import state as sky_state

Array = NDArray[np.float64]

GM_SUN: Final = constants.GM_SUN_KM3_S2
GM_EARTH: Final = constants.GM_EARTH_KM3_S2
GM_MARS: Final = constants.GM_MARS_SYSTEM_KM3_S2
RADIUS_MARS_KM: Final = 3396.19  # equatorial, Archinal et al. 2018, table 4
# The pole of the ecliptic of J2000 on ICRF axes; obliquity of IAU 2006, 84381.406".
ECLIPTIC_NORTH: Final = np.array([0.0, -math.sin(0.40909260), math.cos(0.40909260)])
SYNODIC_D: Final = 779.94


@dataclass(frozen=True)
class MarsOrbit:
    """The ellipse entered at periapsis: altitude (km over 3396.19), period (d); inclination over Mars's equator."""

    periapsis_altitude_km: float = 400.0
    period_d: float = 2.0
    inclination_deg: float = 60.0

    def __post_init__(self) -> None:
        if not (self.periapsis_altitude_km >= 100.0 and 0.1 <= self.period_d <= 30.0):
            raise InputError(
                f"an orbit at Mars needs a periapsis of at least 100 km and a period of 0.1 to 30 d "
                f"(got {self.periapsis_altitude_km:g} km, {self.period_d:g} d)"
            )

    @property
    def radius_km(self) -> float:
        return RADIUS_MARS_KM + self.periapsis_altitude_km

    def capture_km_s(self, excess_km_s: Array) -> Array:
        """Burn at periapsis from a hyperbola of an excess speed: vis-viva on both sides."""
        a = (GM_MARS * (self.period_d * DAY_S / (2.0 * math.pi)) ** 2) ** (1.0 / 3.0)
        inside = math.sqrt(GM_MARS * (2.0 / self.radius_km - 1.0 / a))
        return np.asarray(conics.hyperbola_speed_km_s(excess_km_s, self.radius_km, GM_MARS) - inside)


MARS_ORBIT: Final = MarsOrbit()


def above_deg(vector: Array, pole: Array) -> float:
    """Angle of a vector (3,) above the plane of a pole."""
    return math.degrees(math.asin(max(-1.0, min(1.0, float(vector @ pole) / float(np.linalg.norm(vector))))))


def declination_deg(leaving: Array, epoch_s: float) -> float:
    """Of a departure asymptote, over the Earth's equator of date."""
    return above_deg(leaving, conics.earth_pole_icrf(epoch_s))


@dataclass(frozen=True)
class Limits:
    """What the launcher gives: greatest C3 (km2/s2) and declination of the departure asymptote (deg).

    It is they that make a deep-space manoeuvre pay: without them a direct conic is nearly always the cheapest.
    """

    c3_km2_s2: float = math.inf
    declination_deg: float = 90.0

    def excess(self, leaving: Array, pole: Array) -> float:
        """How far an excess velocity (3,) lies beyond them: km2/s2 and degrees together."""
        declination = abs(above_deg(leaving, pole))
        return max(0.0, float(leaving @ leaving) - self.c3_km2_s2) + max(0.0, declination - self.declination_deg)


NO_LIMITS: Final = Limits()
LIMIT_KM_S: Final = 0.3  # what a unit beyond a limit counts as: more than it could save


@dataclass(frozen=True)
class Plan:
    """Two-body plan: epochs, excess velocities (3,) at both ends, and the deep-space manoeuvre (None: none)."""

    departure_s: float
    arrival_s: float
    leaving: Array
    arriving: Array
    turn_s: float = math.nan
    turn_place: Array | None = None
    turn_km_s: float = 0.0

    def cost_km_s(self, parking: Parking, orbit: MarsOrbit) -> float:
        burns = float(injection_km_s(self.leaving, parking)) + orbit.capture_km_s(
            np.array(np.linalg.norm(self.arriving))
        )
        return float(burns + self.turn_km_s)


def injection_km_s(leaving: Array, parking: Parking) -> Array:
    """Burn (...) from the parking orbit to excess velocities (..., 3)."""
    speed = conics.hyperbola_speed_km_s(np.linalg.norm(leaving, axis=-1), parking.radius_km, GM_EARTH)
    return np.asarray(speed - math.sqrt(GM_EARTH / parking.radius_km))


def porkchop(departures_s: Array, flights_s: Array, revolutions: int = 0) -> tuple[Array, Array]:
    """Excess velocities (n, m, 3) at the Earth and at Mars for departures (n,) and flight times (m,); NaN: no conic."""
    arrivals = departures_s[:, None] + flights_s
    earth, mars = sky_state("earth", "sun", departures_s)[:, None], sky_state("mars", "sun", arrivals)
    ways = [
        lambert(
            earth[..., :3], mars[..., :3], np.broadcast_to(flights_s, arrivals.shape), GM_SUN, north=ECLIPTIC_NORTH,
            revolutions=revolutions, is_slow=is_slow,
        )
        for is_slow in ((False, True) if revolutions else (False,))
    ]  # fmt: skip
    out = [(v1 - earth[..., 3:], v2 - mars[..., 3:]) for v1, v2 in ways]
    if len(out) == 1:
        return out[0]
    total = [np.nan_to_num(np.linalg.norm(a, axis=-1) + np.linalg.norm(b, axis=-1), nan=np.inf) for a, b in out]
    first = (total[0] <= total[1])[..., None]
    return np.where(first, out[0][0], out[1][0]), np.where(first, out[0][1], out[1][1])


def plan(
    departure_s: float, window_d: float, flight_d: tuple[float, float], parking: Parking, orbit: MarsOrbit
) -> Plan:
    """The cheapest direct conic that leaves within a window; InputError when none exists."""
    departures = departure_s + DAY_S * np.arange(0.0, window_d + 1e-9, max(2.0, window_d / 400.0))
    flights = DAY_S * np.linspace(*flight_d, max(2, int((flight_d[1] - flight_d[0]) / 4.0)))
    leaving, arriving = porkchop(departures, flights)
    cost = injection_km_s(leaving, parking) + orbit.capture_km_s(np.linalg.norm(arriving, axis=-1))
    if not np.isfinite(cost).any():
        raise InputError(f"no conic reaches Mars in {flight_d[0]:g} to {flight_d[1]:g} d; change the flight time")
    k, j = np.unravel_index(int(np.nanargmin(cost)), cost.shape)
    start = np.array([departures[k], flights[j]])

    def one(u: Array) -> float:
        t, flight = start + DAY_S * u
        low, high = departure_s - 1.0, departure_s + window_d * DAY_S + 1.0
        if not (low <= t <= high and flight_d[0] * DAY_S - 1.0 <= flight <= flight_d[1] * DAY_S + 1.0):
            return 100.0
        return direct(t, t + flight).cost_km_s(parking, orbit)

    t, flight = start + DAY_S * _downhill(one, np.zeros(2), np.array([2.0, 2.0]), 200)
    return direct(float(t), float(t + flight))


def direct(departure_s: float, arrival_s: float) -> Plan:
    """The conic of two epochs."""
    leaving, arriving = porkchop(np.array([departure_s]), np.array([arrival_s - departure_s]))
    return Plan(departure_s, arrival_s, leaving[0, 0], arriving[0, 0])


def with_turn(base: Plan, parking: Parking, orbit: MarsOrbit, limits: Limits = NO_LIMITS) -> Plan:
    """The same epochs with a manoeuvre on the way, its time and place the cheapest; the base where it never pays.

    Two Lambert arcs meet at the manoeuvre; the simplex of Nelder and Mead (1965, Comput. J. 7:308) over its epoch and
    place, from a quarter, a half and three quarters of the way, a little off it. Raises ConvergenceError when no
    manoeuvre keeps the limits.
    """
    earth, mars = sky_state("earth", "sun", base.departure_s), sky_state("mars", "sun", base.arrival_s)
    flight = base.arrival_s - base.departure_s
    away = np.concatenate([earth[:3], earth[3:] + base.leaving])

    def turned(u: Array) -> Plan | None:
        share, place = u[0], u[1:] * constants.ASTRONOMICAL_UNIT_KM
        if not 0.05 < share < 0.95:
            return None
        before, after = lambert(
            np.stack([earth[:3], place]), np.stack([place, mars[:3]]), flight * np.array([share, 1.0 - share]), GM_SUN,
            north=ECLIPTIC_NORTH,
        )  # fmt: skip
        burn = float(np.linalg.norm(before[1] - after[0]))
        if not math.isfinite(burn):
            return None
        turn_s = base.departure_s + share * flight
        return Plan(base.departure_s, base.arrival_s, before[0] - earth[3:], after[1] - mars[3:], turn_s, place, burn)

    pole = conics.earth_pole_icrf(base.departure_s)

    def charged(tried: Plan) -> float:
        return tried.cost_km_s(parking, orbit) + LIMIT_KM_S * limits.excess(tried.leaving, pole)

    def cost(u: Array) -> float:
        tried = turned(u)
        return 100.0 if tried is None else charged(tried)

    starts = []
    for share in (0.25, 0.5, 0.75):
        on_way = _kepler(away, share * flight) / constants.ASTRONOMICAL_UNIT_KM
        starts += [np.concatenate([[share], on_way + off * ECLIPTIC_NORTH]) for off in (0.01, -0.01)]
    rough = [_downhill(cost, u, SPREAD, 100) for u in starts]
    tried = turned(_downhill(cost, min(rough, key=cost), 0.1 * SPREAD, 1500))
    best = tried if tried is not None and charged(tried) < charged(base) - 1e-4 else base
    if limits.excess(best.leaving, pole) > 0.02:
        raise ConvergenceError(
            f"Earth to Mars: no manoeuvre found keeps the injection to C3 {limits.c3_km2_s2:g} km2/s2 and declination "
            f"{limits.declination_deg:g} deg; the nearest has C3 {best.leaving @ best.leaving:.2f}; move the dates"
        )
    return best


SPREAD: Final = np.array([0.05, 0.02, 0.02, 0.02])  # of the first simplex: share of the way, au


def _downhill(cost: Callable[[Array], float], u: Array, spread: Array, most: int) -> Array:
    """Nelder and Mead's simplex from u."""
    options = {"initial_simplex": np.vstack([u, u + np.diag(spread)]), "maxiter": most, "xatol": 1e-7, "fatol": 1e-8}
    found = minimize(cost, u, method="Nelder-Mead", options=options)  # type: ignore[no-untyped-call]
    return np.asarray(found.x)


def _kepler(state: Array, time_s: float) -> Array:
    """Place (3,) on a heliocentric conic some time later."""
    arc = propagate(state, 0.0, time_s, ONLY_SUN, center="sun", tolerance=1e-10)
    return np.asarray(arc.end_state[:3])


ONLY_SUN: Final = Forces(earth_and_moon=False)
