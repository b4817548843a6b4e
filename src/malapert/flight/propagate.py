"""Fly a state through the ephemeris: `propagate` gives a `Trajectory`, which knows its frame, forces and events."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from malapert.data import ephemeris
from malapert.errors import ConvergenceError, CoverageError, InputError
from malapert.flight.bodies import S_MOON, earth_to_moon_velocity, series_value
from malapert.flight.dop853 import DONE, EVENTS_FULL, NOT_FINITE, STEP_TOO_SMALL, STOPPED, TOO_MANY_STEPS, integrate
from malapert.flight.dynamics import right_side
from malapert.flight.event_values import watched
from malapert.flight.events import SEARCH_STEP, search
from malapert.flight.events import Event as Event
from malapert.flight.events import EventRule as EventRule
from malapert.flight.forces import FIELD_FRAMES, POINT_MASSES, Forces, model, series
from malapert.flight.layout import AIR_POLE, DRAG_M2, UT1_MINUS_TDB, WORK_ROWS, Model
from malapert.flight.multistep import fly_round
from malapert.sky import ephemeris as sky
from malapert.sky.rotation import rotation
from malapert.sky.time import J2000, ut1_s

Array = NDArray[np.float64]

TOLERANCE: Final = 1e-11
MAX_STEPS: Final = 200_000
INTEGRATORS: Final = ("auto", "dop853", "gauss-jackson")
# States on which events are looked for, at least and at most.
FEWEST_STATES: Final = 200
MOST_STATES: Final = 3_000_000


@dataclass(frozen=True)
class Trajectory:
    """States (n, 6) km, km/s at epochs_tdb_s (n,), from `center` in ICRF axes, with what made them.

    masses_kg (n,): of the craft, where manoeuvres were flown; there two states stand at one epoch.
    """

    epochs_tdb_s: Array
    states: Array
    center: str
    forces: dict[str, str]
    events: tuple[Event, ...] = ()
    frame: str = "ICRF"
    stopped_by_event: bool = False
    steps: int = 0
    masses_kg: Array | None = None
    _views: dict[str, Array] = field(default_factory=dict, repr=False, compare=False)

    @property
    def end_state(self) -> Array:
        return np.asarray(self.states[-1])

    @property
    def end_tdb_s(self) -> float:
        return float(self.epochs_tdb_s[-1])

    def states_from(self, center: str) -> Array:
        """States (n, 6) from another centre, same axes."""
        if center not in self._views:
            self._views[center] = recentre(self.states, self.epochs_tdb_s, self.center, center)
        return self._views[center]


def moon_state(epoch_tdb_s: float) -> Array:
    """Geocentric state of the Moon (6,), ICRF km and km/s."""
    directory, flat = series()
    position = series_value(directory, flat, S_MOON, epoch_tdb_s)
    return np.array([*position, *earth_to_moon_velocity(directory, flat, epoch_tdb_s)])


def recentre(states: Array, epochs_tdb_s: ArrayLike, center: str, to: str) -> Array:
    """States (..., 6) moved from one centre to the other at epochs (...)."""
    if center == to:
        return states
    epochs = np.asarray(epochs_tdb_s, dtype=float)
    if {center, to} != {"earth", "moon"}:
        with sky.using(ephemeris()):
            return np.asarray(states + sky.state(center, to, epochs))
    moon = np.array([moon_state(float(t)) for t in epochs.ravel()]).reshape(*epochs.shape, 6)
    return np.asarray(states + moon if to == "earth" else states - moon)


def check_span(epoch_tdb_s: float, duration_s: float) -> None:
    """CoverageError when an arc leaves the ephemeris."""
    first, last = ephemeris().span_tdb_s
    low, high = min(epoch_tdb_s, epoch_tdb_s + duration_s), max(epoch_tdb_s, epoch_tdb_s + duration_s)
    if not (first <= low and high <= last):
        raise CoverageError(
            f"the arc from {_day(low)} to {_day(high)} ({low:.0f} to {high:.0f} s past J2000) leaves the ephemeris, "
            f"{_day(first)} to {_day(last)}"
        )


def _day(epoch_tdb_s: float) -> str:
    return str((J2000 + np.timedelta64(round(epoch_tdb_s), "s")).astype("datetime64[D]"))


def fly(
    state: Array, epoch_tdb_s: float, end_tdb_s: float, kernel_model: Model, *, outputs_s: Array | None = None,
    rules: Array | None = None, tolerance: float = TOLERANCE, max_steps: int = MAX_STEPS, capacity: int = 64,
) -> tuple[int, float, Array, Array, Array, int]:  # fmt: skip
    """Bare call of the integrator, for the room's own shooting: status, end epoch, end state, outputs, found, steps.

    Raises ConvergenceError when the integrator does not get there.
    """
    n = len(state)
    wanted = np.empty(0) if outputs_s is None else outputs_s
    events = np.empty((0, 4)) if rules is None else rules
    outputs = np.empty((len(wanted), n))
    found = np.empty((capacity, 2 + n))
    scratch = np.zeros((27, n))
    scratch[23] = state
    status, t, steps = integrate(
        right_side(kernel_model),
        watched(events),
        epoch_tdb_s,
        end_tdb_s,
        tolerance,
        max_steps,
        wanted,
        events,
        kernel_model,
        outputs,
        found,
        scratch,
        np.zeros((WORK_ROWS, 6)),
        np.zeros((3, len(events))),
    )
    y, (written, count) = scratch[25], scratch[26, :2].astype(int)
    if status not in (DONE, STOPPED):
        raise ConvergenceError(_complaint(status, t - epoch_tdb_s, end_tdb_s - epoch_tdb_s, y, steps, tolerance))
    return status, t, y, outputs[:written], found[:count], steps


def fly_either(
    state: Array, epoch_tdb_s: float, end_tdb_s: float, kernel_model: Model, integrator: str = "auto", *,
    outputs_s: Array, rules: Array, tolerance: float = TOLERANCE, max_steps: int = MAX_STEPS, capacity: int = 64,
) -> tuple[tuple[int, float, Array, Array, Array, int], dict[str, str]]:  # fmt: skip
    """As `fly`, by the integrator that suits or is asked for, and what a `Trajectory` says of it."""
    if integrator not in INTEGRATORS:
        raise InputError(f"the integrator is {', '.join(INTEGRATORS)} (got {integrator!r})")
    if integrator != "dop853":
        arc = fly_round(
            state, epoch_tdb_s, end_tdb_s, kernel_model, outputs_s=outputs_s, rules=rules, tolerance=tolerance,
            max_steps=max_steps, capacity=capacity,
        )  # fmt: skip
        if arc is not None:
            return arc
    if integrator == "gauss-jackson":
        raise ConvergenceError(
            f"no fixed step keeps the error under {tolerance:g} of the distance flown: the orbit is not near-circular, "
            "low and without air or solar pressure, is shorter than a revolution, or meets the ground; leave the "
            "integrator to 'auto'"
        )
    flown = fly(
        state, epoch_tdb_s, end_tdb_s, kernel_model, outputs_s=outputs_s, rules=rules, tolerance=tolerance,
        max_steps=max_steps, capacity=capacity,
    )  # fmt: skip
    return flown, {"integrator": "DOP853"}


def _complaint(status: int, flown_s: float, asked_s: float, y: Array, steps: int, tolerance: float) -> str:
    reason = {
        TOO_MANY_STEPS: f"used all {steps} steps; allow more, loosen the tolerance, or look for an impact",
        STEP_TOO_SMALL: "needed a step below rounding: the path runs into a body's centre, or deep into air",
        NOT_FINITE: "met a number that is not finite: the state, the mass or the thrust is broken",
        EVENTS_FULL: "found more events than there is room for; ask for fewer or shorten the arc",
    }[status]
    r = float(np.linalg.norm(y[:3]))
    return (
        f"the integrator stopped {flown_s:.1f} s into {asked_s:.1f} s, {r:.3f} km from its centre, "
        f"at tolerance {tolerance:g}: it {reason}"
    )


def propagate(
    state: ArrayLike,
    epoch_tdb_s: float,
    duration_s: float,
    forces: Forces = POINT_MASSES,
    *,
    center: str = "moon",
    output_epochs_tdb_s: ArrayLike | None = None,
    output_step_s: float | None = None,
    rules: Sequence[EventRule] = (),
    tolerance: float = TOLERANCE,
    max_steps: int = MAX_STEPS,
    max_events: int = 64,
    integrator: str = "auto",
) -> Trajectory:
    """Integrate a state (6,) km, km/s in ICRF axes about Earth, Moon, Mars or Sun for duration_s (negative: backwards).

    Outputs: the epochs asked for, or every output_step_s, or the two ends; the end is always last. An arc that a rule
    ends has its end there. tolerance: error allowed a step, over the distance to the nearer of Earth and Moon, or to
    another centre. integrator: 'auto' flies near-circular low orbits with the fixed step of `multistep`, where
    tolerance is the error over the distance flown, and all else, or what loses it there, with DOP853; 'dop853' and
    'gauss-jackson' insist on one. Raises InputError, CoverageError, ConvergenceError.
    """
    start = _checked(state, epoch_tdb_s, duration_s, tolerance)
    check_span(epoch_tdb_s, duration_s)
    for rule in rules:
        rule.check(center)
    hard = [rule for rule in rules if not rule.searched]
    kernel_model = arc_model(forces, center, epoch_tdb_s)
    said = forces.describe(center) | {"tolerance": f"{tolerance:g}"}

    def flown(end: float, wanted: Array) -> tuple[int, float, Array, Array, Array, int]:
        rows = np.array([rule.row() for rule in hard], dtype=float).reshape(-1, 4)
        arc, words = fly_either(
            start, epoch_tdb_s, end, kernel_model, integrator, outputs_s=wanted, rules=rows, tolerance=tolerance,
            max_steps=max_steps, capacity=max_events,
        )  # fmt: skip
        said.update(words)
        return arc

    end = epoch_tdb_s + duration_s
    wanted = _wanted(epoch_tdb_s, end, output_epochs_tdb_s, output_step_s)
    status, t, y, outputs, found, steps = flown(end, wanted)
    events = [Event(hard[int(row[0])], float(row[1]), row[2:].copy()) for row in found]
    stopped = status == STOPPED
    if len(hard) < len(rules):
        events += _searched([rule for rule in rules if rule.searched], epoch_tdb_s, t, flown, center)
        events.sort(key=lambda event: event.epoch_tdb_s * (1.0 if duration_s >= 0.0 else -1.0))
        cut = _cut(rules, events)
        if cut is not None:
            stopped, hard = True, []
            events = events[: cut + 1]
            last = events[-1].epoch_tdb_s
            _, t, y, outputs, _, steps = flown(last, _until(wanted, epoch_tdb_s, last))
    epochs = wanted[: len(outputs)]
    if not len(epochs) or epochs[-1] != t:
        epochs, outputs = np.append(epochs, t), np.vstack([outputs, y])
    return Trajectory(epochs, outputs, center, said, tuple(events), stopped_by_event=stopped, steps=steps)


def _checked(state: ArrayLike, epoch_tdb_s: float, duration_s: float, tolerance: float) -> Array:
    start = np.array(state, dtype=float)
    if start.shape != (6,) or not np.all(np.isfinite(start)) or not np.any(start[:3]):
        raise InputError(f"a state is six finite numbers, km and km/s, away from the centre (got {state!r})")
    if not np.isfinite(duration_s) or not np.isfinite(epoch_tdb_s):
        raise InputError(f"epoch and duration must be finite (got {epoch_tdb_s!r}, {duration_s!r})")
    if not tolerance >= 1e-15:
        raise InputError(f"the tolerance must be at least 1e-15 (got {tolerance!r})")
    return start


def arc_model(forces: Forces, center: str, epoch_tdb_s: float) -> Model:
    """The kernels' arrays for an arc: with UT1 and the air's pole as they stand at its start, where they are felt."""
    base = model(forces, center)
    felt = forces.earth_degree > 1
    airy = base.numbers[DRAG_M2] > 0.0
    if not (felt or airy):
        return base
    numbers = base.numbers.copy()
    numbers[UT1_MINUS_TDB] = ut1_s(epoch_tdb_s) - epoch_tdb_s
    if airy:
        numbers[AIR_POLE : AIR_POLE + 3] = rotation(FIELD_FRAMES[center], epoch_tdb_s).matrix[2]
    return base._replace(numbers=numbers)


def _searched(
    rules: Sequence[EventRule],
    start_s: float,
    end_s: float,
    flown: Callable[[float, Array], tuple[int, float, Array, Array, Array, int]],
    center: str,
) -> list[Event]:
    """Events found on the path itself, kept finely enough for the quickest turn the arc makes."""
    if start_s == end_s:
        return []
    count = FEWEST_STATES
    while True:
        epochs = np.linspace(start_s, end_s, count + 1)
        states = flown(end_s, epochs)[3]
        other = {"earth": "moon", "moon": "earth"}.get(center)
        views = [states] + ([recentre(states, epochs[: len(states)], center, other)] if other else [])
        # How quickly the direction to the nearer body turns.
        pace = min(float(np.min(np.linalg.norm(v[:, :3], axis=1) / np.linalg.norm(v[:, 3:], axis=1))) for v in views)
        needed = int(np.ceil(abs(end_s - start_s) / (SEARCH_STEP * pace)))
        if needed <= count:
            break
        if needed > MOST_STATES:
            raise InputError(f"events are looked for at {needed} places of this arc, over {MOST_STATES}; shorten it")
        count = int(1.1 * needed)
    turn = slice(None, None, 1 if end_s > start_s else -1)
    return search(rules, epochs[: len(states)][turn], states[turn], center)


def _cut(rules: Sequence[EventRule], events: Sequence[Event]) -> int | None:
    """Place of the event that ends the arc; None when none does."""
    for place, event in enumerate(events):
        count = sum(other.rule == event.rule for other in events[: place + 1])
        if event.rule.searched and count == event.rule.stop_after:
            return place
    return None


def _until(wanted: Array, start_s: float, end_s: float) -> Array:
    """The outputs up to an earlier end."""
    return np.asarray(wanted[np.abs(wanted - start_s) <= abs(end_s - start_s)])


def _wanted(start_s: float, end_s: float, epochs: ArrayLike | None, step_s: float | None) -> Array:
    if epochs is not None:
        wanted = np.array(epochs, dtype=float)
        along = (wanted - start_s) * (1.0 if end_s >= start_s else -1.0)
        if wanted.ndim != 1 or np.any(np.diff(along) < 0.0) or np.any((along < 0.0) | (along > abs(end_s - start_s))):
            raise InputError("output epochs must lie inside the arc, in the order of flight")
        return wanted
    if step_s is None:
        return np.array([start_s])
    if not step_s > 0.0:
        raise InputError(f"the output step must be positive (got {step_s!r} s)")
    count = int(abs(end_s - start_s) / step_s)
    return np.asarray(start_s + np.sign(end_s - start_s) * step_s * np.arange(count + 1), dtype=float)
