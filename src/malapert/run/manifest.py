"""The manifest stage: what goes on which flight, and the masses every stack then has."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from malapert.errors import InputError
from malapert.logistics.manifest import manifest as assigned
from malapert.logistics.plan import FlightOption, Plan
from malapert.logistics.stages import StackFlight, burn, capacity_kg
from malapert.programme import Programme
from malapert.programme.vehicles import Flight, Stage
from malapert.run.flights import Flights, FlownFlight

# Tanks that hold anything: with them the books say how much propellant is missing.
_BOTTOMLESS_KG = 1e7


@dataclass(frozen=True)
class StageUse:
    """Propellant of one stage on one flight."""

    stage: str
    loaded_kg: float
    tank_kg: float


@dataclass(frozen=True)
class FlightMass:
    """A flight's stack with its cargo; `margin_kg` is what the launcher or the tightest tank has left, below zero
    what is missing. `tight` says which of them it is."""

    flight: str
    launch_kg: float
    tli_capacity_kg: float
    cargo_kg: float
    cargo_capacity_kg: float
    margin_kg: float
    tight: str
    stages: tuple[StageUse, ...]


@dataclass(frozen=True)
class Manifest:
    """The plan and the masses it leads to."""

    plan: Plan
    masses: tuple[FlightMass, ...]


def manifest(programme: Programme, told: Callable[..., None], flights: Flights) -> Manifest:
    """Assign the cargo to the flights flown and weigh every stack."""
    options = flight_options(programme, flights)
    told(0.2, "Manifest: assigning cargo")
    plan = assigned(programme, options)
    cargo = {flight: used for flight, used, _ in plan.loads}
    capacity = {option.name: option.capacity_kg for option in options}
    masses = tuple(_weighed(programme, flights, f, cargo.get(f.name, 0.0), capacity[f.name]) for f in flights.flown)
    return Manifest(plan, masses)


def flight_options(programme: Programme, flights: Flights) -> tuple[FlightOption, ...]:
    """The flights with the cargo that their flown delta-v leaves."""
    return tuple(
        FlightOption(
            flown.name, flown.partner, flown.route, flown.site, flown.crew, flown.depart_tdb_s, flown.arrive_tdb_s,
            flown.leave_tdb_s, flown.back_tdb_s, _cargo_capacity_kg(programme, flights, flown),
        )
        for flown in flights.flown
    )  # fmt: skip


def user_of(programme: Programme, flights: Flights, lander_flight: str) -> FlownFlight | None:
    """The crewed flight that lands with the lander another flight brought."""
    rows = programme.flight
    return next((f for f in flights.flown if rows[f.name].lander_flight == lander_flight), None)


def stack_of(programme: Programme, flights: Flights, flown: FlownFlight) -> dict[str, Any]:
    """Stages and manoeuvres of a flight's spacecraft, with what it does later as somebody's lander."""
    own = [(m.name, m.delta_v_m_s) for m in flown.manoeuvres if m.craft == "ship"]
    user = user_of(programme, flights, flown.name)
    later = [(m.name, m.delta_v_m_s) for m in user.manoeuvres if m.craft == "lander"] if user else []
    stages = programme.spacecraft[flown.spacecraft].stages
    samples_kg = programme.flight[(user or flown).name].samples_kg
    if samples_kg > 0.0:  # carried from the start: more than they weigh on the way out, and nothing is forgotten
        stages = (*stages[:-1], stages[-1].model_copy(update={"dry_kg": stages[-1].dry_kg + samples_kg}))
    return {
        "stages": stages,
        "manoeuvres": own + later,
        "cargo_dropped_after": "descent" if user else "",
    }


def _cargo_capacity_kg(programme: Programme, flights: Flights, flown: FlownFlight) -> float:
    row: Flight = programme.flight[flown.name]
    limit = programme.spacecraft[row.spacecraft].cargo_kg
    try:
        return capacity_kg(
            tli_kg=programme.launcher[row.launcher].tli_kg, cargo_limit_kg=limit, **stack_of(programme, flights, flown)
        )
    except InputError:
        return 0.0  # it does not even fly empty: its mass margin says by how much


def flown_stack(
    programme: Programme, flights: Flights, flown: FlownFlight, cargo_kg: float
) -> tuple[tuple[Stage, ...], StackFlight]:
    """A flight's stages burned through its manoeuvres with its cargo; when their tanks do not hold enough, with a last
    one that does, so that the books say what is missing."""
    stack = stack_of(programme, flights, flown)
    stages: tuple[Stage, ...] = stack.pop("stages")
    flight = burn(stages, cargo_kg=cargo_kg, **stack)
    if flight.lacking_m_s > 0.0:
        bottomless = (*stages[:-1], stages[-1].model_copy(update={"propellant_kg": _BOTTOMLESS_KG}))
        flight = burn(bottomless, cargo_kg=cargo_kg, **stack)
    return stages, flight


def _weighed(
    programme: Programme, flights: Flights, flown: FlownFlight, cargo_kg: float, capacity: float
) -> FlightMass:
    stages, flight = flown_stack(programme, flights, flown, cargo_kg)
    uses = tuple(StageUse(s.name, loaded, s.propellant_kg) for s, loaded in zip(stages, flight.loaded_kg, strict=True))
    launcher = programme.launcher[flown.launcher]
    margins = {launcher.title or flown.launcher: launcher.tli_kg - flight.initial_kg}
    last = uses[-1]
    margins[f"tank of the {last.stage}"] = last.tank_kg - last.loaded_kg
    tight = min(margins, key=margins.__getitem__)
    return FlightMass(
        flown.name, flight.initial_kg, launcher.tli_kg, cargo_kg, capacity, margins[tight], tight, uses
    )  # fmt: skip


__all__ = ["FlightMass", "Manifest", "StageUse", "flight_options", "manifest", "stack_of"]
