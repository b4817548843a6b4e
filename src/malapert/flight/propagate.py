"""Fly a state through the ephemeris: `propagate` gives a `Trajectory`, which knows its frame, forces and events."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from malapert import constants
from malapert.data import ephemeris
from malapert.errors import ConvergenceError, CoverageError, InputError
from malapert.flight.bodies import EARTH, MOON, S_MOON, earth_to_moon_velocity, series_value
from malapert.flight.dop853 import (
    APOAPSIS,
    ASCENDING_RADIUS,
    DESCENDING_RADIUS,
    DONE,
    EVENTS_FULL,
    NOT_FINITE,
    PERIAPSIS,
    STEP_TOO_SMALL,
    STOPPED,
    TOO_MANY_STEPS,
    integrate,
)
from malapert.flight.dynamics import WORK_ROWS, Model
from malapert.flight.forces import POINT_MASSES, Forces, model, series
from malapert.sky import ephemeris as sky

Array = NDArray[np.float64]

TOLERANCE: Final = 1e-11
MAX_STEPS: Final = 200_000
_KINDS: Final = {
    "periapsis": PERIAPSIS,
    "apoapsis": APOAPSIS,
    "descending": DESCENDING_RADIUS,
    "ascending": ASCENDING_RADIUS,
}
_RADII: Final = {"earth": constants.RADIUS_EARTH_EQUATOR_KM, "moon": constants.RADIUS_MOON_KM}


@dataclass(frozen=True)
class EventRule:
    """What to look for: 'periapsis' or 'apoapsis' of a body, or 'descending' / 'ascending' through altitude_km.

    Altitudes are above RADIUS_EARTH_EQUATOR_KM or RADIUS_MOON_KM. The arc ends at the stop_after-th find (0: never).
    """

    kind: str
    body: str
    altitude_km: float = 0.0
    stop_after: int = 0

    def words(self) -> str:
        """The rule for people."""
        where = f" {self.altitude_km:g} km over" if self.kind in ("descending", "ascending") else " about"
        return f"{self.kind}{where} the {self.body}"

    def row(self) -> list[float]:
        if self.kind not in _KINDS or self.body not in _RADII:
            raise InputError(f"an event is {', '.join(_KINDS)}, about earth or moon (got {self.kind} {self.body})")
        body = EARTH if self.body == "earth" else MOON
        return [_KINDS[self.kind], body, _RADII[self.body] + self.altitude_km, self.stop_after]


@dataclass(frozen=True)
class Event:
    """An event that happened: the rule, the epoch and the state at the arc's centre (6,)."""

    rule: EventRule
    epoch_tdb_s: float
    state: Array


@dataclass(frozen=True)
class Trajectory:
    """States (n, 6) km, km/s at epochs_tdb_s (n,), from `center` in ICRF axes, with what made them."""

    epochs_tdb_s: Array
    states: Array
    center: str
    forces: dict[str, str]
    events: tuple[Event, ...] = ()
    frame: str = "ICRF"
    stopped_by_event: bool = False
    steps: int = 0
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


def _check_span(epoch_tdb_s: float, duration_s: float) -> None:
    first, last = ephemeris().span_tdb_s
    low, high = min(epoch_tdb_s, epoch_tdb_s + duration_s), max(epoch_tdb_s, epoch_tdb_s + duration_s)
    if not (first <= low and high <= last):
        raise CoverageError(
            f"the arc from {low:.0f} to {high:.0f} s TDB past J2000 leaves the ephemeris ({first:.0f} to {last:.0f} s)"
        )


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


def _complaint(status: int, flown_s: float, asked_s: float, y: Array, steps: int, tolerance: float) -> str:
    reason = {
        TOO_MANY_STEPS: f"used all {steps} steps; allow more, loosen the tolerance, or look for an impact",
        STEP_TOO_SMALL: "needed a step below rounding: the path runs into a body's centre",
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
) -> Trajectory:
    """Integrate a state (6,) km, km/s in ICRF axes about the Earth or the Moon for duration_s (negative: backwards).

    Outputs: the epochs asked for, or every output_step_s, or the two ends; the end is always last. An arc that a rule
    ends has its end there. tolerance: error allowed a step, over the distance to the nearer of Earth and Moon.
    Raises InputError, CoverageError, ConvergenceError.
    """
    start = np.array(state, dtype=float)
    if start.shape != (6,) or not np.all(np.isfinite(start)) or not np.any(start[:3]):
        raise InputError(f"a state is six finite numbers, km and km/s, away from the centre (got {state!r})")
    if not np.isfinite(duration_s) or not np.isfinite(epoch_tdb_s):
        raise InputError(f"epoch and duration must be finite (got {epoch_tdb_s!r}, {duration_s!r})")
    if not tolerance >= 1e-15:
        raise InputError(f"the tolerance must be at least 1e-15 (got {tolerance!r})")
    _check_span(epoch_tdb_s, duration_s)
    end = epoch_tdb_s + duration_s
    wanted = _wanted(epoch_tdb_s, end, output_epochs_tdb_s, output_step_s)
    rows = np.array([rule.row() for rule in rules], dtype=float).reshape(-1, 4)
    status, t, y, outputs, found, steps = fly(
        start, epoch_tdb_s, end, model(forces, center), outputs_s=wanted, rules=rows, tolerance=tolerance,
        max_steps=max_steps, capacity=max_events,
    )  # fmt: skip
    epochs = wanted[: len(outputs)]
    if not len(epochs) or epochs[-1] != t:
        epochs, outputs = np.append(epochs, t), np.vstack([outputs, y])
    events = tuple(Event(rules[int(row[0])], float(row[1]), row[2:].copy()) for row in found)
    said = forces.describe() | {"tolerance": f"{tolerance:g}", "integrator": "DOP853"}
    return Trajectory(epochs, outputs, center, said, events, stopped_by_event=status == STOPPED, steps=steps)


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
