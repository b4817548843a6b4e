"""Transfers by the names of their ends: what is wished for in, the designer's flight out."""

import math
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, Final

from malapert import constants
from malapert.errors import ConvergenceError, InputError
from malapert.flight import (
    earth_return,
    free_return,
    interplanetary,
    low_energy,
    mars_plan,
    nrho,
    nrho_flyby,
    nrho_transfer,
    translunar,
)
from malapert.flight.earth_return import Corridor
from malapert.flight.elements import Elements, lunar_state
from malapert.flight.forces import CISLUNAR, Forces, gms_km3_s2
from malapert.flight.injection import DAY_S, InjectionError, Parking
from malapert.flight.propagate import check_span
from malapert.flight.transfer import Transfer
from malapert.flight.translunar import LunarArrival

NO_ERROR: Final = InjectionError(0.0, 0.0, 0.0)
HALO_D: Final = 6.56
SHARED_TURNS: Final = 6
NODES_DEG: Final = tuple(range(0, 360, 30))


@dataclass(frozen=True)
class Wish:
    """What a flight between two named ends is to be: earliest departure, how long it may wait, orbits at the ends.

    window_d, flight_d: None leaves the route's own, a window of zero flies at that moment; node_deg: of the low lunar
    orbit left for the Earth, over the Moon's equator, None leaves it to the designer; perilune_altitude_km: of a free
    return; halo_from_tdb_s: when many flights are to use one halo orbit, an apolune of it;
    is_parking_inclination_free: to Mars, raise it to what the departure needs; limits: of the launcher to Mars.
    """

    depart_tdb_s: float
    window_d: float | None = None
    flight_d: tuple[float, float] | None = None
    parking: Parking = field(default_factory=Parking)
    orbit: LunarArrival = field(default_factory=LunarArrival)
    corridor: Corridor = field(default_factory=Corridor)
    perilune_altitude_km: float = 254.0
    node_deg: float | None = None
    error: InjectionError = NO_ERROR
    forces: Forces = CISLUNAR
    halo_from_tdb_s: float | None = None
    is_parking_inclination_free: bool = False
    mars_orbit: mars_plan.MarsOrbit = field(default_factory=mars_plan.MarsOrbit)
    limits: mars_plan.Limits = field(default_factory=mars_plan.Limits)

    def __post_init__(self) -> None:
        check_span(self.depart_tdb_s, 0.0)

    def window(self, usual_d: float) -> float:
        return usual_d if self.window_d is None else self.window_d


def launch_inclination_deg(site_lat_deg: float, azimuth_deg: float) -> float:
    """Inclination of the orbit a launch reaches: cos i = cos latitude sin azimuth, the Earth's turn left out.

    Vallado 2013, "Fundamentals of Astrodynamics and Applications", eq. 6-28.
    """
    return math.degrees(math.acos(math.cos(math.radians(site_lat_deg)) * math.sin(math.radians(azimuth_deg))))


def low_orbit(wish: Wish) -> Transfer:
    """Parking orbit to an orbit about the Moon."""
    return translunar.design_lunar_transfer(
        wish.depart_tdb_s, arrival=wish.orbit, parking=wish.parking, window_d=wish.window(3.0),
        flight_d=wish.flight_d or (3.8, 4.8), error=wish.error, forces=wish.forces,
        name="parking orbit to lunar orbit",
    )  # fmt: skip


def _halo(wish: Wish, first_tdb_s: float, until_d: float) -> nrho.Nrho:
    """The 9:2 halo orbit, begun half a revolution before an epoch and grown for so many days and one more turn.

    Many flights share blocks of it, each grown afresh where the same orbit's apolunes fall, six turns apart.
    """
    revolutions = math.ceil(until_d / HALO_D) + 2
    if wish.halo_from_tdb_s is None:
        return nrho.grow_nrho(first_tdb_s, revolutions, forces=wish.forces)
    block = SHARED_TURNS * HALO_D * DAY_S
    start = wish.halo_from_tdb_s + block * math.floor((first_tdb_s - wish.halo_from_tdb_s) / block)
    return nrho.grow_nrho(start, SHARED_TURNS + revolutions, forces=wish.forces)


def halo_direct(wish: Wish) -> Transfer:
    """Parking orbit to the halo orbit by two burns."""
    window_d, flight_d = wish.window(6.5), wish.flight_d or (4.0, 5.8)
    orbit = _halo(wish, wish.depart_tdb_s + flight_d[0] * DAY_S, window_d + flight_d[1] - flight_d[0])
    return nrho_transfer.design_nrho_transfer(
        wish.depart_tdb_s, orbit=orbit, parking=wish.parking, window_d=window_d, flight_d=flight_d, forces=wish.forces,
        is_free=window_d > 0.0, name="parking orbit to halo orbit",
    )  # fmt: skip


def halo_by_flyby(wish: Wish) -> Transfer:
    """Parking orbit to the halo orbit with a burn at perilune on the way."""
    window_d = wish.window(6.5)
    orbit = _halo(wish, wish.depart_tdb_s + 3.0 * DAY_S, window_d + 6.0)
    return nrho_flyby.design_nrho_flyby_transfer(
        wish.depart_tdb_s, orbit=orbit, parking=wish.parking, window_d=max(window_d, 1e-3), forces=wish.forces
    )


def halo_ballistic(wish: Wish) -> Transfer:
    """Parking orbit to the halo orbit by way of where the Sun turns the path: months, and a small insertion."""
    window_d, flight_d = wish.window(15.0), wish.flight_d or (80.0, 130.0)
    orbit = _halo(wish, wish.depart_tdb_s + flight_d[0] * DAY_S, window_d + flight_d[1] - flight_d[0])
    return low_energy.design_ballistic(
        wish.depart_tdb_s, orbit=orbit, parking=wish.parking, window_d=window_d, flight_d=flight_d, forces=wish.forces
    )


def halo_to_low_orbit(wish: Wish) -> Transfer:
    """Halo orbit down to low lunar orbit, by the next perilune."""
    _must_be_circular(wish)
    return nrho_transfer.design_nrho_to_llo(
        _halo(wish, wish.depart_tdb_s, 10.0), wish.depart_tdb_s, altitude_km=wish.orbit.perilune_altitude_km,
        inclination_deg=wish.orbit.inclination_deg, forces=wish.forces, **_coasts(wish),
    )  # fmt: skip


def low_orbit_to_halo(wish: Wish) -> Transfer:
    """Low lunar orbit up to the halo orbit, by its next perilune."""
    _must_be_circular(wish)
    return nrho_transfer.design_llo_to_nrho(
        _halo(wish, wish.depart_tdb_s, 10.0), wish.depart_tdb_s, altitude_km=wish.orbit.perilune_altitude_km,
        inclination_deg=wish.orbit.inclination_deg, forces=wish.forces, **_coasts(wish),
    )  # fmt: skip


def _coasts(wish: Wish) -> dict[str, Any]:
    """Coast times in hours between the halo orbit and perilune, where flight times are asked for."""
    if wish.flight_d is None:
        return {}
    low_h, high_h = (24.0 * days for days in wish.flight_d)
    return {"coast_h": (low_h,) if high_h == low_h else tuple(low_h + k * (high_h - low_h) / 5.0 for k in range(6))}


def halo_to_earth(wish: Wish) -> Transfer:
    """Halo orbit to the entry corridor, by a burn at perilune."""
    window_d = wish.window(6.5)
    orbit = _halo(wish, wish.depart_tdb_s, window_d + 6.0)
    return nrho_flyby.design_nrho_flyby_return(
        orbit, wish.depart_tdb_s, window_d=window_d, corridor=wish.corridor, forces=wish.forces
    )


def low_orbit_to_earth(wish: Wish) -> Transfer:
    """Low lunar orbit to the entry corridor by one burn; without a node asked for, from the cheapest of twelve."""
    gm = float(gms_km3_s2(wish.forces)[1])
    orbit = wish.orbit
    a = constants.RADIUS_MOON_KM + 0.5 * (orbit.perilune_altitude_km + orbit.apolune_altitude_km)
    e = 1.0 - orbit.perilune_radius_km / a
    argument = orbit.argument_of_perilune_deg or 0.0
    nodes = NODES_DEG if wish.node_deg is None else (wish.node_deg,)
    found, reasons = [], []
    for node in nodes:
        state = lunar_state(Elements(a, e, orbit.inclination_deg, node, argument, 0.0), wish.depart_tdb_s, gm)
        try:
            found.append(
                earth_return.design_return(
                    state, wish.depart_tdb_s, window_d=wish.window(0.2), flight_d=wish.flight_d or (2.8, 4.9),
                    corridor=wish.corridor, forces=wish.forces,
                )
            )  # fmt: skip
        except ConvergenceError as error:
            reasons.append(f"node {node:g} deg: {error}")
    if not found:
        raise ConvergenceError("low lunar orbit to the Earth: " + "; ".join(reasons))
    best = min(found, key=lambda transfer: transfer.delta_v_m_s)
    return replace(best, name="lunar orbit to the Earth")


def round_the_moon(wish: Wish) -> Transfer:
    """Parking orbit round the Moon and back to the entry corridor."""
    return free_return.design_free_return(
        wish.depart_tdb_s, perilune_altitude_km=wish.perilune_altitude_km, parking=wish.parking, corridor=wish.corridor,
        window_d=wish.window(3.0), forces=wish.forces,
    )  # fmt: skip


def to_mars(wish: Wish, has_turn: bool = False) -> Transfer:
    """Parking orbit to an orbit about Mars, in the cheapest way of the next synodic period."""
    flight_d = wish.flight_d or (120.0, 420.0)
    plan = mars_plan.plan(wish.depart_tdb_s, wish.window(mars_plan.SYNODIC_D), flight_d, wish.parking, wish.mars_orbit)
    if has_turn:
        plan = mars_plan.with_turn(plan, wish.parking, wish.mars_orbit, wish.limits)
    parking = wish.parking
    if wish.is_parking_inclination_free:
        declination = abs(mars_plan.declination_deg(plan.leaving, plan.departure_s))
        parking = replace(parking, inclination_deg=max(parking.inclination_deg, min(declination + 1.0, 90.0)))
    return interplanetary.fly_plan(plan, parking=parking, orbit=wish.mars_orbit)


def to_mars_with_turn(wish: Wish) -> Transfer:
    """The same with a deep-space manoeuvre where the limits make it pay."""
    return to_mars(wish, has_turn=True)


def _must_be_circular(wish: Wish) -> None:
    if wish.orbit.apolune_altitude_km != wish.orbit.perilune_altitude_km:
        raise InputError("between the halo orbit and low orbit the low orbit is a circle; leave out its apolune")


# From, to, by: a title and the designer. The first way of each pair of ends is the usual one.
ROUTES: Final[dict[tuple[str, str, str], tuple[str, Callable[[Wish], Transfer]]]] = {
    ("leo", "llo", "direct"): ("low Earth orbit to lunar orbit", low_orbit),
    ("leo", "nrho", "direct"): ("low Earth orbit to a near-rectilinear halo orbit", halo_direct),
    ("leo", "nrho", "flyby"): ("the same by a powered lunar flyby", halo_by_flyby),
    ("leo", "nrho", "ballistic"): ("the same by way of the weak stability boundary", halo_ballistic),
    ("nrho", "llo", "direct"): ("halo orbit to low lunar orbit", halo_to_low_orbit),
    ("llo", "nrho", "direct"): ("low lunar orbit to halo orbit", low_orbit_to_halo),
    ("nrho", "earth", "flyby"): ("halo orbit to the entry corridor", halo_to_earth),
    ("llo", "earth", "direct"): ("lunar orbit to the entry corridor", low_orbit_to_earth),
    ("leo", "free-return", "direct"): ("round the Moon and back to the entry corridor", round_the_moon),
    ("earth", "mars", "direct"): ("Earth to Mars", to_mars),
    ("earth", "mars", "dsm"): ("Earth to Mars with a deep-space manoeuvre", to_mars_with_turn),
}


def designer(start: str, end: str, by: str = "") -> Callable[[Wish], Transfer]:
    """The designer between two named ends; InputError names those there are."""
    ways = [key for key in ROUTES if key[:2] == (start, end)]
    chosen = [key for key in ways if by in ("", key[2])]
    if not ways:
        known = ", ".join(dict.fromkeys(f"{a} {b}" for a, b, _ in ROUTES))
        raise InputError(f"no transfer from {start} to {end}; there are: {known}")
    if not chosen:
        raise InputError(f"from {start} to {end} there is no way by {by}; choose {' or '.join(key[2] for key in ways)}")
    return ROUTES[chosen[0]][1]
