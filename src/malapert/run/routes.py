"""The routes a flight can take, each a few legs flown one after the other."""

from collections.abc import Callable

from malapert.errors import InputError
from malapert.flight.powered import Lander
from malapert.programme import Programme
from malapert.programme.vehicles import Flight
from malapert.run import crewed, legs
from malapert.run.legs import Flying


def flown_route(programme: Programme, name: str, depart_tdb_s: float, lander: Flying | None) -> Flying:
    """One flight along its route, leaving at depart_tdb_s or within its window; ConvergenceError when it cannot."""
    row = programme.flight[name]
    if row.route == "crewed_landing":
        if lander is None:
            raise InputError(f"{name}: a crewed landing needs its lander's flight to be flown first")
        return crewed.landing(programme, row, depart_tdb_s, lander)
    ways: dict[str, Callable[[Programme, Flight, float], Flying]] = {
        "surface": _surface,
        "low_lunar_orbit": legs.to_low_orbit,
        "relay_orbit": legs.to_relay_orbit,
        "nrho": crewed.to_halo,
    }
    return ways[row.route](programme, row, depart_tdb_s)


def _surface(programme: Programme, row: Flight, depart_tdb_s: float) -> Flying:
    orbit = legs.to_low_orbit(programme, row, depart_tdb_s)
    mass_kg, thrust_n, isp_s = legs.stack_at_next_burn(programme, row, orbit.burns)
    down = legs.descent(programme, row, orbit, Lander(mass_kg, thrust_n, isp_s))
    return legs.landed(orbit, down, programme.spacecraft[row.spacecraft])
