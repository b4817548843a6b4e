"""Why something stays behind, in the programme's own words."""

from malapert.logistics.assignment import Assignment
from malapert.logistics.candidates import ORBIT_ROUTES, Ride, declared_on, goes_there
from malapert.logistics.clock import date_of, tdb_of
from malapert.logistics.plan import FlightOption
from malapert.programme import Programme
from malapert.programme.elements import Element

Loads = tuple[tuple[str, float, float], ...]


def tonnes(mass_kg: float) -> str:
    """Mass as people say it: tonnes from one tonne up, kilograms below."""
    if mass_kg >= 1000.0:
        return f"{mass_kg / 1000.0:.2f}".rstrip("0").rstrip(".") + " t"
    return f"{mass_kg:.1f}".removesuffix(".0") + " kg"


def why_left_behind(
    programme: Programme,
    options: tuple[FlightOption, ...],
    ways: dict[str, tuple[Ride, ...]],
    chosen: Assignment,
    loads: Loads,
) -> tuple[tuple[str, str], ...]:
    """(element, reason) for everything that has no ride, in the programme's order."""
    declared = declared_on(programme)
    flown = {option.name: option for option in options}
    room = {flight: capacity - used for flight, used, capacity in loads}
    found: list[tuple[str, str]] = []
    for name, row in programme.elements.items():
        if name in chosen.rides:
            continue
        if name in declared:
            reason = _declared(programme, name, row, declared[name], flown, ways[name], room)
        else:
            reason = _free(programme, name, row, options, ways[name], room, chosen.status)
        found.append((name, reason))
    return tuple(found)


def _declared(
    programme: Programme,
    name: str,
    row: Element,
    flight: str,
    flown: dict[str, FlightOption],
    ways: tuple[Ride, ...],
    room: dict[str, float],
) -> str:
    what = f"{name} ({tonnes(row.mass_kg)}) is declared on {flight}"
    if flight not in flown:
        return f"{what}, which does not fly"
    option = flown[flight]
    if ways:
        more = "" if row.mass_kg > option.capacity_kg else f"; {tonnes(room[flight])} is left beside its other cargo"
        return f"{what}, which carries {tonnes(option.capacity_kg)} to {_destination(option)}{more}"
    if row.ready and option.arrive_tdb_s < tdb_of(row.ready):
        return f"{what}, which arrives {date_of(option.arrive_tdb_s)}; it is ready {date_of(tdb_of(row.ready))}"
    if orbit := programme.orbit_of(row):
        return f"{what}, which goes to {_destination(option)}; it belongs in {orbit}"
    return f"{what}, which goes to {_destination(option)} and does not land"


def _free(
    programme: Programme,
    name: str,
    row: Element,
    options: tuple[FlightOption, ...],
    ways: tuple[Ride, ...],
    room: dict[str, float],
    status: str,
) -> str:
    where = programme.orbit_of(row) or programme.station
    what = f"{name} ({tonnes(row.mass_kg)})"
    there = [option for option in options if goes_there(programme, row, option)]
    if not there:
        return f"{what} needs a flight to {where}; there is none"
    if not any(programme.flight[option.name].open for option in there):
        return f"{what} needs a flight to {where} that is open to more cargo; there is none"
    if not ways:
        assert row.ready is not None
        last = max(there, key=lambda option: option.arrive_tdb_s)
        ready = f"needs a flight to {where} that arrives after {date_of(tdb_of(row.ready))}, when it is ready"
        return f"{what} {ready}; the last is {last.name}, {date_of(last.arrive_tdb_s)}"
    best = max(ways, key=lambda ride: room[ride.flight]).flight
    need = f"{what} needs a flight with {tonnes(row.mass_kg)} to {where}"
    if room[best] >= row.mass_kg and status != "optimal":
        return f"{need}; {best} has {tonnes(room[best])}, but the assignment stopped at its limit before using it"
    return f"{need}; the largest with room is {best} with {tonnes(room[best])}"


def _destination(option: FlightOption) -> str:
    return option.route if option.route in (*ORBIT_ROUTES, "relay_orbit") else option.site
