"""Which element may go on which flight, and when it would be there."""

from dataclasses import dataclass
from math import isfinite

from malapert.logistics.clock import tdb_of
from malapert.logistics.plan import FlightOption
from malapert.programme import Programme
from malapert.programme.elements import Element

ORBIT_ROUTES = ("low_lunar_orbit", "nrho")


@dataclass(frozen=True)
class Ride:
    """One way for an element to arrive: the flight, the site it ends at (or the orbit), and when."""

    element: str
    flight: str
    site: str
    arrive_tdb_s: float
    declared: bool


def declared_on(programme: Programme) -> dict[str, str]:
    """The flight each declared element must go on."""
    return {element: name for name, flight in programme.flight.items() for element in flight.cargo}


def rides(programme: Programme, options: tuple[FlightOption, ...]) -> dict[str, tuple[Ride, ...]]:
    """All ways each element may come: its declared flight alone, or every open flight that goes where it belongs."""
    declared = declared_on(programme)
    flown = {option.name: option for option in options}
    found: dict[str, tuple[Ride, ...]] = {}
    for name, row in programme.elements.items():
        if name in declared:
            option = flown.get(declared[name])
            ride = _ride(programme, name, row, option, flown, declared=True) if option else None
            found[name] = (ride,) if ride else ()
        else:
            every = (_free_ride(programme, name, row, option, flown) for option in options)
            found[name] = tuple(ride for ride in every if ride)
    return found


def _free_ride(
    programme: Programme, name: str, row: Element, option: FlightOption, flown: dict[str, FlightOption]
) -> Ride | None:
    if not programme.flight[option.name].open or not goes_there(programme, row, option):
        return None
    return _ride(programme, name, row, option, flown, declared=False)


def goes_there(programme: Programme, row: Element, option: FlightOption) -> bool:
    """Whether a flight ends where the element belongs: its orbit, or the ground at the station."""
    if orbit := programme.orbit_of(row):
        return option.route == orbit
    return option.route in ("surface", "crewed_landing") and option.site == programme.station


def _ride(
    programme: Programme,
    name: str,
    row: Element,
    option: FlightOption,
    flown: dict[str, FlightOption],
    *,
    declared: bool,
) -> Ride | None:
    """None when the flight cannot bring it at all: wrong orbit, no landing, or before the element is ready."""
    final: FlightOption | None = option
    orbit = programme.orbit_of(row)
    if orbit:
        final = option if option.route in ORBIT_ROUTES else None
    elif option.route not in ("surface", "crewed_landing"):
        final = landing_of(programme, option.name, flown)
    ready_tdb_s = tdb_of(row.ready) if row.ready else -float("inf")
    if final is None or not isfinite(final.arrive_tdb_s) or final.arrive_tdb_s < ready_tdb_s:
        return None
    return Ride(name, option.name, row.at or orbit or final.site, final.arrive_tdb_s, declared)


def landing_of(programme: Programme, lander_flight: str, flown: dict[str, FlightOption]) -> FlightOption | None:
    """The crewed landing that takes the lander of this flight down, and with it the lander's cargo."""
    for name, flight in programme.flight.items():
        if flight.lander_flight == lander_flight and name in flown:
            return flown[name]
    return None
