"""A programme and its flown flights as a problem to plan: capacities and flight times from the delta-v flown, needs of
the crews from the station's own rates."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from math import ceil, isfinite

from malapert.constants import SECONDS_PER_DAY
from malapert.logistics.candidates import landing_of
from malapert.logistics.clock import tdb_of
from malapert.logistics.departures import predecessors
from malapert.logistics.plan import FlightOption
from malapert.logistics.schedule import Explanation, Piece, Problem, Reserve, Schedule, Slot, explain, plan
from malapert.programme import Programme
from malapert.programme.elements import Element, Habitat, Supply
from malapert.run.flights import Flights, traffic
from malapert.run.manifest import FlightMass, Manifest, flight_options, manifest

MOST_EXPLAINED = 12
LANDS = ("surface", "crewed_landing")


@dataclass(frozen=True)
class Proposal:
    """The best plan of a programme with everything free to move that is not declared, and why the rest stays."""

    schedule: Schedule
    explanations: tuple[Explanation, ...]
    failed: tuple[tuple[str, str], ...]


def propose(programme: Programme, told: Callable[..., None], limit_s: float) -> Proposal:
    """Fly every flight once, then plan elements, flights and dates together and explain what cannot come."""
    flights = traffic(programme, told)
    told(0.9, "Plan: elements to flights and dates")
    held = manifest(programme, lambda *_: None, flights=flights)
    problem = problem_of(programme, flights, masses=held.masses)
    found = plan(problem, limit_s)
    told(0.97, "Plan: what stands in the way")
    aboard = frozenset(found.rides)
    reasons = [explain(problem, name, aboard) for name in found.absent[:MOST_EXPLAINED]]
    return Proposal(found, tuple(reason for reason in reasons if reason), flights.failed)


def problem_of(
    programme: Programme, flights: Flights, held: Manifest | None = None, masses: tuple[FlightMass, ...] = ()
) -> Problem:
    """What is to be planned. With `held`, everything stays on the flight that plan gave it and only dates are open.

    A flight may leave on any day from the one it was flown on: its time on the way and its capacity are taken as flown.
    """
    start_s = tdb_of(programme.start)
    horizon_d = int((tdb_of(programme.end) - start_s) // SECONDS_PER_DAY)
    options = flight_options(programme, flights)
    launch_kg = {mass.flight: mass.launch_kg - mass.cargo_kg for mass in (held.masses if held else masses)}
    slots = tuple(_slot(programme, option, start_s, horizon_d, launch_kg.get(option.name, 0.0)) for option in options)
    if held is not None:  # it flies as declared, needed or not
        slots = tuple(replace(slot, must_fly=True) for slot in slots)
    known = {slot.name for slot in slots}
    rides = {delivery.element: delivery.flight for delivery in held.plan.deliveries} if held else {}
    pieces = []
    for name, row in programme.elements.items():
        piece = _piece(programme, name, row, options, start_s)
        if held is not None and name not in rides:
            continue
        if name in rides:
            piece = _on(piece, rides[name], slots)
        if not piece.flight or piece.flight in known:
            pieces.append(piece)
    names = {piece.name for piece in pieces}
    pieces = [_among(piece, names) for piece in pieces]
    slots = tuple(_following(slot, known) for slot in slots)
    pads: dict[str, int] = {}
    for slot in slots:
        apart = ceil(programme.launcher[programme.flight[slot.name].launcher].cadence_d)
        pads[slot.pad] = max(pads.get(slot.pad, 0), apart)
    years = {name: row.launches_per_year for name, row in programme.partner.items() if row.launches_per_year}
    return Problem(
        programme.title or programme.name, programme.start.date(), horizon_d, slots, tuple(pieces), pads, years,
        tuple(reserves(programme)), _milestones(tuple(pieces)),
    )  # fmt: skip


def _slot(programme: Programme, option: FlightOption, start_s: float, horizon_d: int, launch_kg: float) -> Slot:
    row = programme.flight[option.name]
    leaves_d = int((option.depart_tdb_s - start_s) // SECONDS_PER_DAY)
    travel_d = ceil((option.arrive_tdb_s - option.depart_tdb_s) / SECONDS_PER_DAY)
    gaps = dict(predecessors(programme, option.name))
    stays = option.crew and option.route == "crewed_landing" and isfinite(option.leave_tdb_s)
    return Slot(
        name=option.name,
        pad=programme.launcher[row.launcher].pad or row.launcher,
        partner=programme.launcher[row.launcher].partner,
        place=option.site if option.route in LANDS else option.route,
        windows=((leaves_d, max(leaves_d, horizon_d)),),
        capacity_kg=option.capacity_kg,
        travel_d=travel_d,
        launch_kg=launch_kg,
        after=tuple(gaps),
        gap_d=ceil(max(gaps.values(), default=0.0) / SECONDS_PER_DAY),
        is_open=row.open and option.route in (*LANDS, "low_lunar_orbit", "nrho"),
        must_fly=bool(row.cargo or row.crew or row.relay or not row.open),
        people=len(programme.crew[option.crew].members) if stays else 0,
        stay_d=ceil((option.leave_tdb_s - option.arrive_tdb_s) / SECONDS_PER_DAY) if stays else 0,
    )


def _piece(programme: Programme, name: str, row: Element, options: tuple[FlightOption, ...], start_s: float) -> Piece:
    """An element; one declared on a lander's flight is planned to where that flight goes."""
    declared = next((flight for flight, f in programme.flight.items() if name in f.cargo), "")
    flown = {option.name: option for option in options}
    docking = [port for port in programme.port.values() if programme.interface[port.interface].kind == "docking"]
    place = programme.orbit_of(row) or programme.station
    if declared in flown:
        option = flown[declared]
        place = option.site if option.route in LANDS else option.route
    lander = declared in flown and landing_of(programme, declared, flown) is not None
    return Piece(
        name=name,
        kg=row.mass_kg,
        place=place,
        after=row.after,
        priority=row.priority,
        ready_d=ceil((tdb_of(row.ready) - start_s) / SECONDS_PER_DAY) if row.ready else 0,
        by_d=int((tdb_of(row.needed_by) - start_s) // SECONDS_PER_DAY) if row.needed_by else None,
        must_come=bool(declared),
        flight=declared,
        deploy_d=ceil(row.deploy_d),
        ports=sum(port.on == name and port.to not in programme.elements for port in docking),
        docks_at=next((port.to for port in docking if port.on == name and port.to in programme.elements), ""),
        beds=row.crew if isinstance(row, Habitat) and not lander else 0,
        resource=row.resource if isinstance(row, Supply) else "",
    )


def _on(piece: Piece, flight: str, slots: tuple[Slot, ...]) -> Piece:
    place = next((slot.place for slot in slots if slot.name == flight), piece.place)
    return replace(piece, flight=flight, place=place, must_come=True, by_d=None, ready_d=0)


def _among(piece: Piece, names: set[str]) -> Piece:
    """Without prerequisites that are not planned, and without any where the flight is given: what arrives before what
    it comes after waits for it on the ground, which moves no flight."""
    docks = piece.docks_at if piece.docks_at in names else ""
    after = () if piece.flight else tuple(one for one in piece.after if one in names)
    return replace(piece, after=after, docks_at=docks)


def _following(slot: Slot, known: set[str]) -> Slot:
    return replace(slot, after=tuple(one for one in slot.after if one in known))


def _milestones(pieces: tuple[Piece, ...]) -> dict[str, tuple[str, ...]]:
    """Everything of each priority there, most wanted first."""
    levels = sorted({piece.priority for piece in pieces if piece.must_come})
    return {
        f"priority {level} complete": tuple(p.name for p in pieces if p.priority == level and p.must_come)
        for level in levels
    }


def reserves(programme: Programme) -> list[Reserve]:
    """What a person uses up in a day at the station once the modules have recovered what they can.

    Water drunk, washed with and eaten comes back as used water, less what faeces and solids keep; the best recovery of
    the modules declared is taken. Hour by hour, with the power there is, `operations` finds what is really used.
    """
    if not programme.crew:
        return []
    crews = list(programme.crew.values())
    rates = programme.crew_rates[crews[0].rates or programme.rates]
    water = max((row.water_recovery for row in programme.habitat.values()), default=0.0)
    oxygen = max((row.oxygen_recovery for row in programme.habitat.values()), default=0.0)
    used_kg = rates.water_kg_d + rates.hygiene_kg_d
    per_day = {
        "water": used_kg * (1.0 - water),
        "oxygen": rates.oxygen_kg_d * (1.0 - oxygen),
        "food": rates.food_kg_d,
    }
    supplied = {row.resource for row in programme.supply.values()}
    return [Reserve(name, kg, _margin_d(programme, name)) for name, kg in per_day.items() if name in supplied]


def _margin_d(programme: Programme, resource: str) -> float:
    """Days of reserve the programme requires, 0 when it requires none."""
    asked = [row.at_least for row in programme.requirement.values() if row.quantity == f"{resource}_reserve_d"]
    return max((value for value in asked if value is not None), default=0.0)
