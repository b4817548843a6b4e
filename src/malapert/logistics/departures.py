"""Dates before anything is flown: what was declared, pushed by grounded launchers, earlier flights and landers."""

from dataclasses import dataclass
from math import inf
from typing import Final

from malapert.constants import SECONDS_PER_DAY
from malapert.errors import InputError
from malapert.logistics.clock import date_of, tdb_of
from malapert.logistics.plan import Departure
from malapert.programme import Programme
from malapert.programme.vehicles import Launcher

# Design choices of this model, not published figures: a month between a flight and one that builds on it and
# between launches of a backlog (LM-5 has flown twice in 30 days at best), a week for the lander to be in orbit first.
AFTER_S: Final = 30.0 * SECONDS_PER_DAY
BACKLOG_S: Final = 30.0 * SECONDS_PER_DAY
LANDER_S: Final = 7.0 * SECONDS_PER_DAY


@dataclass(frozen=True)
class _Push:
    at_tdb_s: float
    because: str


def predecessors(programme: Programme, flight: str) -> tuple[tuple[str, float], ...]:
    """Flights that must depart before this one, with the seconds between the departures."""
    row = programme.flight[flight]
    after = tuple((name, AFTER_S) for name in row.after if name in programme.flight)
    return (*after, (row.lander_flight, LANDER_S)) if row.lander_flight in programme.flight else after


def departures(programme: Programme) -> dict[str, Departure]:
    """Earliest departure of every flight, in the programme's order.

    Flights are set one by one, always the one that can go first. A launcher's backlog after grounding leaves at
    intervals of 30 days; a launcher grounded without end leaves its flights at inf. InputError when flights wait
    for each other in a circle.
    """
    scheduled: dict[str, Departure] = {}
    backlog: dict[str, _Push] = {}
    waiting = list(programme.flight)
    while waiting:
        free = [name for name in waiting if all(before in scheduled for before, _ in predecessors(programme, name))]
        if not free:
            circle = ", ".join(waiting)
            raise InputError(f"flights wait for each other ({circle}); take one out of `after` or `lander_flight`")
        pushed = {name: _earliest(programme, name, scheduled, backlog) for name in free}
        name = min(free, key=lambda one: (pushed[one][0].at_tdb_s, programme.flight[one].depart))
        push, displaced = pushed[name]
        scheduled[name] = Departure(name, push.at_tdb_s, push.because)
        if displaced:
            launcher = programme.flight[name].launcher
            backlog[launcher] = _Push(push.at_tdb_s + BACKLOG_S, f"30 days after {name} in the backlog of {launcher}")
        waiting.remove(name)
    return {name: scheduled[name] for name in programme.flight}


def _earliest(
    programme: Programme, name: str, scheduled: dict[str, Departure], backlog: dict[str, _Push]
) -> tuple[_Push, bool]:
    """When a flight can leave and why, and whether grounding (or the backlog it left) moved it."""
    row = programme.flight[name]
    pushes = [_Push(tdb_of(row.depart), "as declared")]
    for before, gap_s in predecessors(programme, name):
        days = f"{gap_s / SECONDS_PER_DAY:.0f} days after {before}"
        pushes.append(_Push(scheduled[before].depart_tdb_s + gap_s, days))
    push = max(pushes, key=lambda p: p.at_tdb_s)
    grounded = _grounding(row.launcher, programme.launcher[row.launcher], push)
    queued = backlog.get(row.launcher)
    if queued and queued.at_tdb_s > grounded.at_tdb_s:
        return queued, True
    return grounded, grounded is not push


def _grounding(name: str, launcher: Launcher, push: _Push) -> _Push:
    """The push itself, or the end of the grounding it falls in."""
    if launcher.grounded_from is None and launcher.grounded_until is None:
        return push
    start_s = tdb_of(launcher.grounded_from) if launcher.grounded_from else -inf
    end_s = tdb_of(launcher.grounded_until) if launcher.grounded_until else inf
    if not start_s <= push.at_tdb_s < end_s:
        return push
    until = f"until {date_of(end_s)}" if launcher.grounded_until else "without end"
    return _Push(end_s, f"{name} is grounded {until}")
