"""The routes a flight can take, each a few legs of the flight room flown one after the other."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from math import nan

import numpy as np
from numpy.typing import NDArray

from malapert.constants import SECONDS_PER_DAY
from malapert.flight import translunar
from malapert.flight.descent import Descent, descend
from malapert.flight.injection import InjectionError, Parking
from malapert.flight.powered import Lander
from malapert.flight.powered import Site as Ground
from malapert.flight.transfer import Transfer
from malapert.logistics.stages import fly_stack
from malapert.programme import Programme
from malapert.programme.vehicles import Flight
from malapert.sky.ephemeris import position_km
from malapert.terrain import polar_terrain

Array = NDArray[np.float64]

# Names a programme's `drop_after` knows, by what the flight room calls the burns of a translunar leg.
TRANSLUNAR = (("injection", "launcher"), ("correction", "ship"), ("insertion", "ship"))


@dataclass(frozen=True)
class Burn:
    """A burn under the name the stages know it by."""

    name: str
    title: str
    delta_v_m_s: float
    epoch_tdb_s: float
    craft: str = "ship"


@dataclass(frozen=True)
class Flying:
    """A route flown: burns, path, moments; `state` is where the craft (or the lander it left) ends, Moon-centred."""

    burns: tuple[Burn, ...]
    epochs_tdb_s: Array
    earth_to_craft_icrf_km: Array
    earth_to_moon_icrf_km: Array
    arrive_tdb_s: float
    state: Array
    state_tdb_s: float
    leave_tdb_s: float = nan
    back_tdb_s: float = nan
    facts: dict[str, float] = field(default_factory=dict)
    residuals: dict[str, float] = field(default_factory=dict)
    models: dict[str, str] = field(default_factory=dict)


def flown_route(programme: Programme, name: str, depart_tdb_s: float, lander: Flying | None) -> Flying:
    """One flight along its route, leaving at depart_tdb_s or within its window; ConvergenceError when it cannot."""
    row = programme.flight[name]
    ways: dict[str, Callable[[Programme, Flight, float], Flying]] = {
        "surface": _surface,
        "low_lunar_orbit": _low_orbit,
        "relay_orbit": _relay_orbit,
    }
    return ways[row.route](programme, row, depart_tdb_s)


def _low_orbit(programme: Programme, row: Flight, depart_tdb_s: float) -> Flying:
    arrival = translunar.LunarArrival(row.orbit_km, row.orbit_km, row.inclination_deg)
    return _translunar(programme, row, depart_tdb_s, arrival)


def _relay_orbit(programme: Programme, row: Flight, depart_tdb_s: float) -> Flying:
    relay = programme.relay[row.relay]
    arrival = translunar.LunarArrival(
        relay.perilune_km, relay.apolune_km, relay.inclination_deg, relay.perilune_argument_deg
    )
    return _translunar(programme, row, depart_tdb_s, arrival)


def _surface(programme: Programme, row: Flight, depart_tdb_s: float) -> Flying:
    orbit = _low_orbit(programme, row, depart_tdb_s)
    landing = _descent(programme, row, row.spacecraft, orbit)
    return _landed(orbit, landing)


def _translunar(programme: Programme, row: Flight, depart_tdb_s: float, arrival: translunar.LunarArrival) -> Flying:
    launcher = programme.launcher[row.launcher]
    error = programme.injection_error_m_s / np.sqrt(3.0)
    leg = translunar.design_lunar_transfer(
        depart_tdb_s,
        arrival=arrival,
        parking=Parking(launcher.parking_km, max(abs(launcher.lat_deg), 28.7)),
        window_d=row.window_d,
        error=InjectionError(error, error, error),
        name=row.title,
    )
    return _from_transfer(leg)


def _from_transfer(leg: Transfer) -> Flying:
    burns = tuple(
        Burn(name, m.name, m.delta_v_m_s, m.epoch_tdb_s, craft)
        for (name, craft), m in zip(TRANSLUNAR, leg.maneuvers, strict=True)
    )
    epochs = leg.trajectory.epochs_tdb_s
    return Flying(
        burns=burns,
        epochs_tdb_s=epochs,
        earth_to_craft_icrf_km=leg.trajectory.states_from("earth")[:, :3],
        earth_to_moon_icrf_km=position_km("moon", "earth", epochs),
        arrive_tdb_s=leg.arrival_tdb_s,
        state=leg.arrival_state,
        state_tdb_s=leg.arrival_tdb_s,
        facts=leg.facts,
        residuals=leg.residuals,
        models=leg.trajectory.forces,
    )


def _mass_before(programme: Programme, spacecraft: str, row: Flight, burns: tuple[Burn, ...]) -> tuple[float, float, float]:
    """Mass (kg), thrust (N) and Isp (s) of a stack at its next burn when it left with all the launcher could lift."""
    craft = programme.spacecraft[spacecraft]
    full = [stage.propellant_kg for stage in craft.stages]
    dry = sum(stage.dry_kg for stage in craft.stages)
    cargo = max(0.0, min(craft.cargo_kg, programme.launcher[row.launcher].tli_kg - dry - sum(full)))
    flown = fly_stack(craft.stages, full, [(b.name, b.delta_v_m_s) for b in burns if b.craft == "ship"], cargo)
    dropped = {drop.what for drop in flown.drops}
    stage = next((s for s in craft.stages if s.name not in dropped), craft.stages[-1])
    return flown.final_kg, stage.thrust_n, stage.isp_s


def _descent(programme: Programme, row: Flight, spacecraft: str, orbit: Flying) -> Descent:
    site = programme.site[programme.landing_site(row)]
    height_m = site.height_m
    if height_m is None:
        pole = polar_terrain("south" if site.lat_deg < 0.0 else "north")
        height_m = float(pole.height_m(site.lat_deg, site.lon_deg))
    ground = Ground(site.lat_deg, site.lon_deg, height_m)
    mass_kg, thrust_n, isp_s = _mass_before(programme, spacecraft, row, orbit.burns)
    return descend(orbit.state, orbit.state_tdb_s + SECONDS_PER_DAY, ground, Lander(mass_kg, thrust_n, isp_s))


def _landed(orbit: Flying, landing: Descent, craft: str = "ship") -> Flying:
    deorbit, braking = landing.maneuvers
    burns = (
        Burn("deorbit", "de-orbit", deorbit.delta_v_m_s, deorbit.epoch_tdb_s, craft),
        Burn("descent", "powered descent", braking.delta_v_m_s, braking.epoch_tdb_s, craft),
    )
    facts = {
        "descent_ignition_altitude_km": landing.ignition_altitude_km,
        "descent_duration_s": landing.powered_duration_s,
        "descent_loss_m_s": landing.loss_m_s,
        "touchdown_error_m": landing.touchdown_error_m,
        "touchdown_speed_m_s": landing.touchdown_speed_m_s,
    }
    return replace(
        orbit,
        burns=orbit.burns + burns,
        arrive_tdb_s=landing.touchdown_tdb_s,
        facts=orbit.facts | facts,
        residuals=orbit.residuals | {f"descent: {key}": value for key, value in landing.residuals.items()},
        models=orbit.models | {f"descent {key}": text for key, text in landing.forces.items()},
    )
