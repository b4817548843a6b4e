"""A run made ready for its histories: plan, light with links, and what propellant leaves for each flight's error."""

import math
from typing import Final

from malapert.logistics.stages import most_of
from malapert.programme import Programme
from malapert.risk.study import Study, prepare
from malapert.run.flights import Flights, FlownFlight
from malapert.run.light import Light
from malapert.run.living import with_links
from malapert.run.manifest import Manifest, flight_options, stack_of

CORRECTION: Final = "correction"
# No drawn error is so many times the declared one (a chance below 1e-60): what flies that much is never short.
BEYOND: Final = 10.0


def study_of(programme: Programme, light: Light, flights: Flights, plan: Manifest, seed: int) -> Study:
    """The study of a plan under its light."""
    lived = with_links(programme, light, flights, plan)
    options = flight_options(programme, flights)
    return prepare(programme, plan.plan, options, lived, seed, spare(programme, flights, plan))


def spare(programme: Programme, flights: Flights, plan: Manifest) -> dict[str, float]:
    """By flight, how many times its flown correction it can make with its planned cargo, tanks as full as they and the
    launcher allow: 1 with no margin, below it when the plan lacks propellant, inf from 10 on or with no correction."""
    cargo = {flight: used for flight, used, _ in plan.plan.loads}
    return {flown.name: _spare(programme, flights, flown, cargo.get(flown.name, 0.0)) for flown in flights.flown}


def _spare(programme: Programme, flights: Flights, flown: FlownFlight, cargo_kg: float) -> float:
    corrected = sum(m.delta_v_m_s for m in flown.manoeuvres if m.name == CORRECTION and m.craft == "ship")
    if corrected <= 0.0:
        return math.inf
    most = most_of(
        CORRECTION,
        tli_kg=programme.launcher[flown.launcher].tli_kg,
        limit_m_s=BEYOND * corrected,
        cargo_kg=cargo_kg,
        **stack_of(programme, flights, flown),
    )
    return math.inf if most >= BEYOND * corrected else most / corrected
