"""How things get there: dynamics, propagation, transfers, descent, ascent, return.

Leaves the room: `Trajectory`, `Transfer` with its manoeuvres, `Descent`, `Ascent`, and the books of propellant.
"""

from malapert.flight.elements import Elements, elements_from_state, lunar_elements, lunar_state, state_from_elements
from malapert.flight.forces import CISLUNAR, LOW_LUNAR, Forces
from malapert.flight.propagate import Event, EventRule, Trajectory, moon_state, propagate, recentre

__all__ = [
    "CISLUNAR",
    "LOW_LUNAR",
    "Elements",
    "Event",
    "EventRule",
    "Forces",
    "Trajectory",
    "elements_from_state",
    "lunar_elements",
    "lunar_state",
    "moon_state",
    "propagate",
    "recentre",
    "state_from_elements",
]
