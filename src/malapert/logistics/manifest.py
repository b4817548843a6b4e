"""What goes on which flight: declared cargo where it was declared, the rest assigned by priority."""

from math import inf, isfinite

from malapert.constants import SECONDS_PER_DAY
from malapert.errors import InputError
from malapert.logistics.assignment import Assignment, assign
from malapert.logistics.candidates import Ride, rides
from malapert.logistics.clock import tdb_of
from malapert.logistics.plan import Delivery, FlightOption, Plan, Stay
from malapert.logistics.reasons import why_left_behind
from malapert.programme import Programme


def manifest(programme: Programme, options: tuple[FlightOption, ...], seed: int = 1, limit: float = 5.0) -> Plan:
    """The plan for the flights that were flown.

    `limit` is the solver's deterministic time for each step of the assignment (about seconds): the same input
    gives the same plan on any machine. A relay is the spacecraft of its flight, not cargo.
    """
    _check(programme, options)
    ways = rides(programme, options)
    room = {option.name: option.capacity_kg for option in options}
    chosen = assign(programme, ways, room, seed, limit)
    deliveries = _deliveries(programme, options, chosen)
    used: dict[str, float] = {}
    for delivery in deliveries:
        used[delivery.flight] = used.get(delivery.flight, 0.0) + delivery.mass_kg
    loads = tuple((option.name, used.get(option.name, 0.0), option.capacity_kg) for option in options)
    behind = why_left_behind(programme, options, ways, chosen, loads)
    late = tuple(delivery.element for delivery in deliveries if _is_late(programme, delivery))
    return Plan(deliveries, behind, loads, stays(programme, options), chosen.status, chosen.gap, late)


def _is_late(programme: Programme, delivery: Delivery) -> bool:
    needed = programme.elements[delivery.element].needed_by
    return needed is not None and delivery.arrive_tdb_s > tdb_of(needed)


def use_epochs(programme: Programme, arrivals_tdb_s: dict[str, float]) -> dict[str, float]:
    """When each arrived element is of use: deployed, and everything it comes after in use; inf when that never is."""
    known: dict[str, float] = {}

    def use(name: str) -> float:
        if name not in arrivals_tdb_s:
            return inf
        if name not in known:
            row = programme.elements[name]
            deployed = arrivals_tdb_s[name] + row.deploy_d * SECONDS_PER_DAY
            known[name] = max([deployed, *(use(before) for before in row.after)])
        return known[name]

    return {name: use(name) for name in arrivals_tdb_s}


def stays(programme: Programme, options: tuple[FlightOption, ...]) -> tuple[Stay, ...]:
    """The crews on the surface, by landing date."""
    found = [
        Stay(option.crew, option.name, programme.crew[option.crew].members, option.arrive_tdb_s, option.leave_tdb_s)
        for option in options
        if option.crew and option.route == "crewed_landing" and isfinite(option.leave_tdb_s)
    ]
    return tuple(sorted(found, key=lambda stay: (stay.start_tdb_s, stay.flight)))


def _deliveries(programme: Programme, options: tuple[FlightOption, ...], chosen: Assignment) -> tuple[Delivery, ...]:
    carriers = {option.name: option.partner for option in options}
    use = use_epochs(programme, {name: ride.arrive_tdb_s for name, ride in chosen.rides.items()})
    found = [_delivery(programme, ride, carriers[ride.flight], use[name]) for name, ride in chosen.rides.items()]
    return tuple(sorted(found, key=lambda delivery: (delivery.arrive_tdb_s, delivery.flight, delivery.element)))


def _delivery(programme: Programme, ride: Ride, carrier: str, use_tdb_s: float) -> Delivery:
    row = programme.elements[ride.element]
    table = programme.table_of(ride.element)
    return Delivery(
        ride.element, table, row.partner, ride.flight, carrier, row.mass_kg, ride.arrive_tdb_s, use_tdb_s, ride.site
    )


def _check(programme: Programme, options: tuple[FlightOption, ...]) -> None:
    names = [option.name for option in options]
    strangers = [name for name in names if name not in programme.flight]
    if strangers or len(set(names)) != len(names):
        raise InputError(f"flight options must name each flight of the programme once (got {', '.join(names)})")
    for option in options:
        if not option.capacity_kg >= 0.0 or not isfinite(option.capacity_kg):
            raise InputError(f"capacity of {option.name} must be a mass (got {option.capacity_kg} kg)")
