"""A run made ready for its histories: plan, light with links, what propellant leaves for each flight's errors, and
where its landings come down."""

import math
from typing import Final

from malapert.logistics.stages import most_of
from malapert.programme import Programme
from malapert.risk.draws import Scatter
from malapert.risk.study import Study, prepare
from malapert.run.flights import Flights, FlownFlight
from malapert.run.ground import site_terrain
from malapert.run.legs import ground
from malapert.run.light import Light
from malapert.run.living import with_links
from malapert.run.manifest import Manifest, flight_options, stack_of
from malapert.run.touchdown import Touchdown, steep_part

CORRECTION: Final = "correction"
DESCENT: Final = "descent"
# No drawn error is so many times the declared one (a chance below 1e-60): what flies that much is never short.
BEYOND: Final = 10.0


def study_of(programme: Programme, light: Light, flights: Flights, plan: Manifest, seed: int) -> Study:
    """The study of a plan under its light."""
    lived = with_links(programme, light, flights, plan)
    options = flight_options(programme, flights)
    return prepare(
        programme, plan.plan, options, lived, seed, spare(programme, flights, plan), scatter(programme, flights, plan)
    )


def spare(programme: Programme, flights: Flights, plan: Manifest) -> dict[str, float]:
    """By flight, how many times its flown correction it can make with its planned cargo, tanks as full as they and the
    launcher allow: 1 with no margin, below it when the plan lacks propellant, inf from 10 on or with no correction."""
    cargo = {flight: used for flight, used, _ in plan.plan.loads}
    return {flown.name: _spare(programme, flights, flown, cargo.get(flown.name, 0.0)) for flown in flights.flown}


def _spare(programme: Programme, flights: Flights, flown: FlownFlight, cargo_kg: float) -> float:
    corrected = sum(m.delta_v_m_s for m in flown.manoeuvres if m.name == CORRECTION and m.craft == "ship")
    if corrected <= 0.0:
        return math.inf
    most = _most(programme, flights, flown, CORRECTION, BEYOND * corrected, cargo_kg)
    return math.inf if most >= BEYOND * corrected else most / corrected


def scatter(programme: Programme, flights: Flights, plan: Manifest) -> dict[str, Scatter]:
    """Of each flight whose lander declares errors: where it may come down, and what it may meet there."""
    return {f.name: _scatter(programme, flights, plan, f, f.touchdown) for f in flights.flown if f.touchdown}


def _scatter(programme: Programme, flights: Flights, plan: Manifest, flown: FlownFlight, spread: Touchdown) -> Scatter:
    row = programme.flight[flown.name]
    # The lander of a crew came with a flight of its own, whose cargo and tanks count.
    own = next((f for f in flights.flown if f.name == row.lander_flight), flown)
    cargo_kg = next((used for flight, used, _ in plan.plan.loads if flight == own.name), 0.0)
    planned = sum(m.delta_v_m_s for m in flown.manoeuvres if m.name == DESCENT)
    limit = planned + BEYOND * spread.root[2].max()
    most = _most(programme, flights, own, DESCENT, limit, cargo_kg)
    site, craft = programme.site[flown.site], programme.spacecraft[own.spacecraft]
    steep = 0.0
    if site.rasters and craft.steepest_deg is not None:
        steep = steep_part(spread, ground(programme, row), site_terrain(programme, site), craft.steepest_deg)
    return Scatter(
        spread.mean,
        tuple(spread.root.ravel().tolist()),
        math.inf if site.landing_radius_m is None else site.landing_radius_m,
        math.inf if most >= limit else most - planned,
        steep,
    )


def _most(
    programme: Programme, flights: Flights, flown: FlownFlight, manoeuvre: str, limit_m_s: float, cargo_kg: float
) -> float:
    tli_kg = programme.launcher[flown.launcher].tli_kg
    return most_of(
        manoeuvre, tli_kg=tli_kg, limit_m_s=limit_m_s, cargo_kg=cargo_kg, **stack_of(programme, flights, flown)
    )
