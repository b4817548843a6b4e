"""Elements to flights and dates at once: prerequisites, ports, windows, cadence of pads and partners, crews, reserves.

`Problem` comes in (by hand or from a programme), `plan` gives a `Schedule` with each objective's bound and gap, and
`explain` says why something cannot come and what would help.
"""

from malapert.logistics.schedule.checks import check
from malapert.logistics.schedule.explain import Explanation, explain
from malapert.logistics.schedule.plan import Goal, Schedule, plan
from malapert.logistics.schedule.problem import Piece, Problem, Reserve, Slot

__all__ = ["Explanation", "Goal", "Piece", "Problem", "Reserve", "Schedule", "Slot", "check", "explain", "plan"]
