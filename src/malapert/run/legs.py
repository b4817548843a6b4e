"""Legs that routes are made of: to lunar orbits, down to a site, up again; what one leaves the next begins with."""

from dataclasses import dataclass, field, replace
from math import nan

import numpy as np
from numpy.typing import NDArray

from malapert.constants import SECONDS_PER_DAY
from malapert.flight import translunar
from malapert.flight.descent import Descent, descend
from malapert.flight.injection import InjectionError, Parking
from malapert.flight.nrho import Nrho
from malapert.flight.powered import Lander
from malapert.flight.powered import Site as Ground
from malapert.flight.site_pass import wait_over_site_s
from malapert.flight.transfer import Transfer
from malapert.logistics.stages import fly_stack
from malapert.programme import Programme
from malapert.programme.vehicles import Flight, Spacecraft
from malapert.run.ground import site_terrain
from malapert.run.touchdown import Touchdown, touchdown
from malapert.sky.ephemeris import position_km

Array = NDArray[np.float64]

# The names that `drop_after` and the tables know, and who burns, for the three burns of a translunar leg.
TRANSLUNAR = (("injection", "launcher"), ("correction", "ship"), ("insertion", "ship"))
# Below this inclination a parking orbit cannot hold a Moon at its greatest declination (28.6 deg in this century).
LEAST_PARKING_DEG = 28.7
WAIT_IN_ORBIT_S = 1.0 * SECONDS_PER_DAY
# A lander reaches this far to the side of its orbit's plane (the braking law is shot for up to 3 deg).
NEAR_PLANE_DEG = 1.0


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
    """A route flown so far: burns, path, moments; `state` is where the craft is at `state_tdb_s`, Moon-centred."""

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
    halo: Nrho | None = None
    touchdown: Touchdown | None = None


def to_low_orbit(programme: Programme, row: Flight, depart_tdb_s: float) -> Flying:
    """From the launcher's parking orbit to the flight's circular lunar orbit."""
    return translunar_leg(programme, row, depart_tdb_s, low_orbit(row))


def to_relay_orbit(programme: Programme, row: Flight, depart_tdb_s: float) -> Flying:
    """From the launcher's parking orbit to a relay's ellipse."""
    relay = programme.relay[row.relay]
    _, perilune_km, apolune_km, inclination_deg = relay.elements
    arrival = translunar.LunarArrival(perilune_km, apolune_km, inclination_deg, relay.perilune_argument_deg)
    return translunar_leg(programme, row, depart_tdb_s, arrival)


def low_orbit(row: Flight) -> translunar.LunarArrival:
    """The circular orbit a flight arrives in."""
    return translunar.LunarArrival(row.orbit_km, row.orbit_km, row.inclination_deg)


def parking(programme: Programme, row: Flight) -> Parking:
    """The orbit the launcher leaves its load in before injection."""
    launcher = programme.launcher[row.launcher]
    return Parking(launcher.parking_km, max(abs(launcher.lat_deg), LEAST_PARKING_DEG))


def translunar_leg(
    programme: Programme,
    row: Flight,
    depart_tdb_s: float,
    arrival: translunar.LunarArrival,
    window_d: float | None = None,
    flight_d: tuple[float, float] = (3.8, 4.8),
) -> Flying:
    """Injection, correction of the declared injection error, insertion."""
    each_m_s = programme.injection_error_m_s / np.sqrt(3.0)
    leg = translunar.design_lunar_transfer(
        depart_tdb_s,
        arrival=arrival,
        parking=parking(programme, row),
        window_d=row.window_d if window_d is None else window_d,
        flight_d=flight_d,
        error=InjectionError(each_m_s, each_m_s, each_m_s),
        name=row.title,
    )
    names = [(name, m, craft) for (name, craft), m in zip(TRANSLUNAR, leg.maneuvers, strict=True)]
    burns = tuple(Burn(name, m.name, m.delta_v_m_s, m.epoch_tdb_s, craft) for name, m, craft in names)
    return begun(leg, burns)


def begun(leg: Transfer, burns: tuple[Burn, ...]) -> Flying:
    """A route that begins with a leg."""
    epochs, craft, moon = seen_from_earth(leg)
    return Flying(
        burns=burns,
        epochs_tdb_s=epochs,
        earth_to_craft_icrf_km=craft,
        earth_to_moon_icrf_km=moon,
        arrive_tdb_s=leg.arrival_tdb_s,
        state=leg.arrival_state,
        state_tdb_s=leg.arrival_tdb_s,
        facts=leg.facts,
        residuals=leg.residuals,
        models=leg.trajectory.forces,
    )


def seen_from_earth(leg: Transfer) -> tuple[Array, Array, Array]:
    """Epochs, and the craft and the Moon from the Earth, ICRF km."""
    epochs = leg.trajectory.epochs_tdb_s
    return epochs, leg.trajectory.states_from("earth")[:, :3], position_km("moon", "earth", epochs)


def extended(flying: Flying, leg: Transfer, burns: tuple[Burn, ...], what: str) -> Flying:
    """The same route with one more leg flown."""
    epochs, craft, moon = seen_from_earth(leg)
    return replace(
        flying,
        burns=flying.burns + burns,
        epochs_tdb_s=np.concatenate([flying.epochs_tdb_s, epochs]),
        earth_to_craft_icrf_km=np.concatenate([flying.earth_to_craft_icrf_km, craft]),
        earth_to_moon_icrf_km=np.concatenate([flying.earth_to_moon_icrf_km, moon]),
        state=leg.arrival_state,
        state_tdb_s=leg.arrival_tdb_s,
        facts=flying.facts | leg.facts,
        residuals=flying.residuals | {f"{what}: {key}": value for key, value in leg.residuals.items()},
        models=flying.models | {f"{what} {key}": text for key, text in leg.trajectory.forces.items()},
    )


def stack_at_next_burn(programme: Programme, row: Flight, burns: tuple[Burn, ...]) -> tuple[float, float, float]:
    """Mass (kg), thrust (N) and Isp (s) of a stack after its burns, having left as heavy as it may."""
    craft = programme.spacecraft[row.spacecraft]
    full = [stage.propellant_kg for stage in craft.stages]
    empty_kg = sum(stage.dry_kg for stage in craft.stages) + sum(full)
    cargo_kg = max(0.0, min(craft.cargo_kg, programme.launcher[row.launcher].tli_kg - empty_kg))
    flown = fly_stack(craft.stages, full, [(b.name, b.delta_v_m_s) for b in burns if b.craft != "launcher"], cargo_kg)
    dropped = {drop.what for drop in flown.drops}
    stage = next((stage for stage in craft.stages if stage.name not in dropped), craft.stages[-1])
    return flown.final_kg, stage.thrust_n, stage.isp_s


def ground(programme: Programme, row: Flight) -> Ground:
    """The landing site of a flight, at its surveyed height or the raster's."""
    site = programme.site[programme.landing_site(row)]
    if site.height_m is not None:
        return Ground(site.lat_deg, site.lon_deg, site.height_m)
    heights = site_terrain(programme, site)
    return Ground(site.lat_deg, site.lon_deg, float(heights.height_m(site.lat_deg, site.lon_deg)))


def descent(
    programme: Programme, row: Flight, orbit: Flying, lander: Lander, wait_s: float = WAIT_IN_ORBIT_S
) -> Descent:
    """From the orbit reached down to the flight's site, once the Moon has turned it under the orbit's plane."""
    site = ground(programme, row)
    ready_s = orbit.state_tdb_s + wait_s
    ready_s += wait_over_site_s(orbit.state, ready_s, site, within_deg=NEAR_PLANE_DEG)
    return descend(orbit.state, ready_s, site, lander)


def landed(orbit: Flying, landing: Descent, lander: Spacecraft, craft: str = "ship") -> Flying:
    """The route with its landing, and where the lander's errors may bring it."""
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
    spread = touchdown(lander, landing)
    if spread is not None:
        facts["touchdown_long_sigma_m"], facts["touchdown_short_sigma_m"] = spread.sigmas_m()
    return replace(
        orbit,
        burns=orbit.burns + burns,
        arrive_tdb_s=landing.touchdown_tdb_s,
        facts=orbit.facts | facts,
        touchdown=spread,
        residuals=orbit.residuals | {f"descent: {key}": value for key, value in landing.residuals.items()},
        models=orbit.models | {f"descent {key}": text for key, text in landing.forces.items()},
    )
