"""Crewed landings: meet a lander in lunar orbit, go down, stay, come up, go home; from a low orbit or a halo orbit.

The ship and the lander hold their orbits meanwhile (the upkeep of those orbits is not booked). The crew's own mass is
part of the vehicles' dry mass.
"""

from dataclasses import replace
from math import ceil, degrees, radians, sin

import numpy as np
from numpy.typing import NDArray

from malapert.constants import GM_MOON_KM3_S2, SECONDS_PER_DAY
from malapert.flight import conics, translunar
from malapert.flight.ascent import Ascent, ascend
from malapert.flight.earth_return import design_return
from malapert.flight.elements import icrf_to_moon_fixed
from malapert.flight.injection import guesses
from malapert.flight.nrho import grow_nrho
from malapert.flight.nrho_flyby import design_nrho_flyby_return, design_nrho_flyby_transfer
from malapert.flight.nrho_transfer import design_llo_to_nrho, design_nrho_to_llo, design_nrho_transfer
from malapert.flight.powered import Lander
from malapert.flight.transfer import Transfer
from malapert.logistics.clock import tdb_of
from malapert.programme import Programme
from malapert.programme.vehicles import Flight
from malapert.run import legs
from malapert.run.legs import Burn, Flying

Array = NDArray[np.float64]

FLIGHT_D = (3.8, 4.8)
# The right way past the Moon leaves a few degrees to the lander's plane, the wrong one nearly half a turn.
ALIGNED_RAD = 0.5
RETURN_FROM_LOW_D = (2.8, 4.9)
RETURN_WINDOW_D = 3.0
HALO_PERIOD_D = 6.56

# The names that `drop_after` and the tables know, and who burns.
DIRECT = (("injection", "launcher"), ("insertion", "ship"))
BY_FLYBY = (("injection", "launcher"), ("flyby", "ship"), ("insertion", "ship"))
DOWN = (("halo_departure", "lander"), ("low_orbit_insertion", "lander"))
UP = (("low_orbit_departure", "lander"), ("halo_insertion", "lander"))
HOME = (("return", "ship"), ("return_flyby", "ship"))


def landing(programme: Programme, row: Flight, depart_tdb_s: float, lander: Flying) -> Flying:
    """A crew to the surface and back, with a lander that waits in orbit."""
    fly = _by_halo if lander.halo is not None else _by_low_orbit
    return fly(programme, row, depart_tdb_s, lander)


def to_halo(programme: Programme, row: Flight, depart_tdb_s: float) -> Flying:
    """To a near-rectilinear halo orbit, grown long enough for whoever will use what waits in it."""
    users = [f for f in programme.flight.values() if f.lander_flight and programme.flight[f.lander_flight] is row]
    latest = max([depart_tdb_s, *(tdb_of(f.depart) + (f.window_d + f.stay_d) * SECONDS_PER_DAY for f in users)])
    revolutions = ceil((latest - depart_tdb_s) / SECONDS_PER_DAY / HALO_PERIOD_D) + (4 if users else 2)
    halo = grow_nrho(depart_tdb_s + 3.0 * SECONDS_PER_DAY, revolutions)
    leg = design_nrho_transfer(depart_tdb_s, orbit=halo, parking=legs.parking(programme, row), name=row.title)
    return replace(legs.begun(leg, _burns(leg, DIRECT)), halo=halo)


def _burns(leg: Transfer, names: tuple[tuple[str, str], ...]) -> tuple[Burn, ...]:
    """A leg's manoeuvres under (name, who burns)."""
    pairs = zip(names, leg.maneuvers, strict=True)
    return tuple(Burn(name, m.name, m.delta_v_m_s, m.epoch_tdb_s, craft) for (name, craft), m in pairs)


def _by_low_orbit(programme: Programme, row: Flight, depart_tdb_s: float, lander: Flying) -> Flying:
    """The ship leaves when its plane about the Moon meets the lander's; both are then in the lander's orbit."""
    normal = conics.unit(np.cross(lander.state[:3], lander.state[3:]))
    ship = _to_plane(programme, row, depart_tdb_s, normal)
    met, turn = _in_plane(ship, normal)
    change_m_s = 2000.0 * float(np.linalg.norm(met[3:])) * sin(0.5 * turn)
    meet = Burn("rendezvous", "plane change and rendezvous", change_m_s + row.rendezvous_m_s, ship.state_tdb_s)
    facts = ship.facts | {"plane_change_deg": degrees(turn), "plane_change_m_s": change_m_s}
    ship = replace(ship, burns=(*ship.burns, meet), state=met, facts=facts)
    down = _down(programme, row, ship, lander, ())
    liftoff = down.arrive_tdb_s + row.stay_d * SECONDS_PER_DAY
    up = _up(programme, row, down, lander, liftoff, normal)
    begin = up.leave_tdb_s + legs.WAIT_IN_ORBIT_S
    home = design_return(
        _later(met, begin - ship.state_tdb_s), begin, window_d=RETURN_WINDOW_D, flight_d=RETURN_FROM_LOW_D
    )
    return _home(up, home)


def _to_plane(programme: Programme, row: Flight, depart_tdb_s: float, normal: Array) -> Flying:
    """The departure in the window for which insertion and plane change together cost least, both ways past the Moon."""
    arrival = legs.low_orbit(row)
    speed = arrival.perilune_speed_km_s(GM_MOON_KM3_S2)

    def cost(epochs: Array, relative: Array) -> Array:
        excess = np.linalg.norm(relative, axis=1)
        insertion = conics.hyperbola_speed_km_s(excess, arrival.perilune_radius_km, GM_MOON_KM3_S2) - speed
        poles = np.array([icrf_to_moon_fixed(float(epoch))[2] for epoch in (epochs[0], epochs[-1])])
        planes = conics.planes_through(relative, poles.mean(axis=0), radians(row.inclination_deg))
        aligned = np.fmax(*(np.abs(plane @ normal) for plane in planes))
        turn = np.arccos(np.clip(np.nan_to_num(aligned), 0.0, 1.0))
        return np.asarray(insertion + 2.0 * speed * np.sin(0.5 * turn))

    best = guesses(depart_tdb_s, row.window_d, legs.parking(programme, row), FLIGHT_D, cost)[0]
    flight_d = best.flight_s / SECONDS_PER_DAY
    ways: list[tuple[float, Flying]] = []
    for argument in (90.0, 270.0, 0.0, 180.0):
        way = translunar.LunarArrival(row.orbit_km, row.orbit_km, row.inclination_deg, argument)
        flown = legs.translunar_leg(programme, row, best.departure_tdb_s, way, 0.0, (flight_d, flight_d))
        ways.append((_in_plane(flown, normal)[1], flown))
        if ways[-1][0] < ALIGNED_RAD:
            break
    return min(ways, key=lambda way: way[0])[1]


def _in_plane(ship: Flying, normal: Array) -> tuple[Array, float]:
    """The ship's state turned into another plane about their common line, and the angle between them (rad)."""
    own = conics.unit(np.cross(ship.state[:3], ship.state[3:]))
    angle = float(np.arccos(np.clip(own @ normal, -1.0, 1.0)))
    radius, speed = float(np.linalg.norm(ship.state[:3])), float(np.linalg.norm(ship.state[3:]))
    place = conics.unit(ship.state[:3] - (ship.state[:3] @ normal) * normal)
    return np.concatenate([radius * place, speed * np.cross(normal, place)]), angle


def _later(state: Array, wait_s: float) -> Array:
    """A held circular orbit some time later: the plane stays, the phase goes on."""
    radius, speed = float(np.linalg.norm(state[:3])), float(np.linalg.norm(state[3:]))
    angle = speed / radius * wait_s
    x, y = conics.unit(state[:3]), conics.unit(state[3:])
    return np.concatenate(
        [radius * (np.cos(angle) * x + np.sin(angle) * y), speed * (np.cos(angle) * y - np.sin(angle) * x)]
    )


def _by_halo(programme: Programme, row: Flight, depart_tdb_s: float, lander: Flying) -> Flying:
    """Through the halo orbit, by flybys out and home; the lander goes down by one perilune and up by a later one."""
    halo = lander.halo
    assert halo is not None
    first = design_nrho_flyby_transfer(
        depart_tdb_s, orbit=halo, parking=legs.parking(programme, row), window_d=row.window_d, name=row.title
    )
    ship = legs.begun(first, _burns(first, BY_FLYBY))
    meet = Burn("rendezvous", "rendezvous", row.rendezvous_m_s, ship.state_tdb_s)
    ship = replace(ship, burns=(*ship.burns, meet))
    fall = design_nrho_to_llo(halo, ship.state_tdb_s + legs.WAIT_IN_ORBIT_S, altitude_km=row.orbit_km)
    to_low = _burns(fall, DOWN)
    down = _down(programme, row, legs.extended(ship, fall, to_low, "to low orbit"), lander, to_low, wait_s=0.0)
    rise = design_llo_to_nrho(halo, down.arrive_tdb_s + row.stay_d * SECONDS_PER_DAY, altitude_km=row.orbit_km)
    start = rise.trajectory.states_from("moon")[0]
    # The lander lifts off a few hours before its way up leaves low orbit, into the plane that way needs.
    up = _up(
        programme, row, down, lander, rise.departure_tdb_s - 0.25 * SECONDS_PER_DAY, np.cross(start[:3], start[3:])
    )
    up = legs.extended(up, rise, _burns(rise, UP), "to the halo orbit")
    begin = up.state_tdb_s + legs.WAIT_IN_ORBIT_S
    home = design_nrho_flyby_return(halo, begin, window_d=HALO_PERIOD_D)
    return replace(legs.extended(up, home, _burns(home, HOME), "return"), back_tdb_s=home.arrival_tdb_s)


def _lander_row(programme: Programme, row: Flight) -> Flight:
    return programme.flight[row.lander_flight]


def _down(
    programme: Programme,
    row: Flight,
    ship: Flying,
    lander: Flying,
    before: tuple[Burn, ...],
    wait_s: float = legs.WAIT_IN_ORBIT_S,
) -> Flying:
    """The lander's descent from the orbit the ship is in."""
    mass_kg, thrust_n, isp_s = legs.stack_at_next_burn(programme, _lander_row(programme, row), (*lander.burns, *before))
    landing = legs.descent(programme, row, ship, Lander(mass_kg, thrust_n, isp_s), wait_s)
    return legs.landed(ship, landing, programme.spacecraft[_lander_row(programme, row).spacecraft], "lander")


def _up(programme: Programme, row: Flight, down: Flying, lander: Flying, liftoff_tdb_s: float, normal: Array) -> Flying:
    """The lander's ascent into a plane, and its own last approach to the ship."""
    so_far = (*lander.burns, *(burn for burn in down.burns if burn.craft == "lander"))
    mass_kg, thrust_n, isp_s = legs.stack_at_next_burn(programme, _lander_row(programme, row), so_far)
    rise: Ascent = ascend(
        legs.ground(programme, row), liftoff_tdb_s, Lander(mass_kg, thrust_n, isp_s), apolune_altitude_km=row.orbit_km,
        target_altitude_km=row.orbit_km, plane_normal_icrf=normal, rendezvous_m_s=row.rendezvous_m_s,
    )  # fmt: skip
    ascent, *later = rise.maneuvers
    burns = [Burn("ascent", ascent.name, ascent.delta_v_m_s, ascent.epoch_tdb_s, "lander")]
    burns += [Burn(m.name.replace(" ", "_"), m.name, m.delta_v_m_s, m.epoch_tdb_s, "lander") for m in later]
    facts = {"ascent_duration_s": rise.cutoff_tdb_s - rise.liftoff_tdb_s, "ascent_loss_m_s": rise.loss_m_s}
    return replace(
        down,
        burns=(*down.burns, *burns),
        leave_tdb_s=rise.liftoff_tdb_s,
        state_tdb_s=rise.cutoff_tdb_s,
        facts=down.facts | facts,
        residuals=down.residuals | {f"ascent: {key}": value for key, value in rise.residuals.items()},
    )


def _home(up: Flying, leg: Transfer) -> Flying:
    """The ship's way back to the entry interface."""
    burns = tuple(Burn("return", m.name, m.delta_v_m_s, m.epoch_tdb_s) for m in leg.maneuvers)
    return replace(legs.extended(up, leg, burns, "return"), back_tdb_s=leg.arrival_tdb_s)
