"""Manoeuvres on an arc: impulses and finite burns in the order they are flown, with the mass they leave."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from malapert.errors import InputError
from malapert.flight import layout
from malapert.flight.events import Event, EventRule
from malapert.flight.forces import Forces, powered
from malapert.flight.propagate import MAX_STEPS, TOLERANCE, Trajectory, arc_model, check_span, fly, propagate
from malapert.flight.rocket import exhaust_speed_m_s, propellant_kg

Array = NDArray[np.float64]

AXES: Final = ("ICRF", "VNB")
# States a burn keeps at least: enough for the polynomials of the files.
BURN_STATES: Final = 16


@dataclass(frozen=True)
class Impulse:
    """A change of velocity at once, m/s (3,): on ICRF axes, or along velocity, angular momentum and v x n (VNB).

    isp_s: what the propellant is counted with; 0 leaves the mass as it is.
    """

    after_s: float
    delta_v_m_s: tuple[float, float, float]
    axes: str = "ICRF"
    isp_s: float = 0.0

    def words(self) -> str:
        """The impulse for people."""
        x, y, z = self.delta_v_m_s
        return f"impulse of ({x:g}, {y:g}, {z:g}) m/s {self.axes} after {self.after_s:g} s"


@dataclass(frozen=True)
class Burn:
    """A burn at constant thrust along a direction (3,) fixed on ICRF, or VNB axes that turn with the path.

    It ends at delta_v_m_s by the rocket equation, after duration_s, or when dry_mass_kg is reached, whichever is first.
    """

    after_s: float
    thrust_n: float
    isp_s: float
    direction: tuple[float, float, float]
    axes: str = "VNB"
    delta_v_m_s: float = np.inf
    duration_s: float = np.inf
    throttle: float = 1.0
    dry_mass_kg: float = 0.0

    def __post_init__(self) -> None:
        if not (self.thrust_n > 0.0 and self.isp_s > 0.0 and 0.0 < self.throttle <= 1.0):
            raise InputError(f"a burn needs thrust and isp above zero and a throttle in (0, 1] (got {self})")
        if not (self.delta_v_m_s > 0.0 and self.duration_s > 0.0 and self.dry_mass_kg >= 0.0):
            raise InputError(f"a burn's delta-v and duration must be above zero, its dry mass not below (got {self})")
        if not min(self.delta_v_m_s, self.duration_s) < np.inf:
            raise InputError("a burn ends by delta_v_m_s or after a duration; give one")

    def words(self) -> str:
        """The burn for people."""
        x, y, z = self.direction
        ends = [(self.delta_v_m_s, "m/s"), (self.duration_s, "s")]
        until = " or ".join(f"{value:g} {unit}" for value, unit in ends if np.isfinite(value))
        throttle = f" at throttle {self.throttle:g}" if self.throttle < 1.0 else ""
        return (
            f"burn of {self.thrust_n:g} N{throttle}, {self.isp_s:g} s, along ({x:g}, {y:g}, {z:g}) {self.axes}, after "
            f"{self.after_s:g} s for {until}, dry at {self.dry_mass_kg:g} kg"
        )

    def time_s(self, mass_kg: float) -> tuple[float, bool]:
        """How long it lasts from a mass, and whether it ends because the craft has run dry."""
        exhaust = exhaust_speed_m_s(self.isp_s)
        flow = self.throttle * self.thrust_n / exhaust
        used = -mass_kg * np.expm1(-self.delta_v_m_s / exhaust) if np.isfinite(self.delta_v_m_s) else np.inf
        asked = min(used / flow, self.duration_s)
        dry = max(mass_kg - self.dry_mass_kg, 0.0) / flow
        return float(min(asked, dry)), bool(dry < asked)

    def law(self) -> Array:
        """The thrust array of `dynamics`."""
        out = np.zeros(layout.NUMBERS - layout.THRUST)
        out[layout.T_MODE - layout.THRUST] = layout.LINEAR_TANGENT if self.axes == "ICRF" else layout.ALONG_VELOCITY
        out[layout.T_FORCE_N - layout.THRUST] = self.throttle * self.thrust_n
        out[layout.T_EXHAUST_M_S - layout.THRUST] = exhaust_speed_m_s(self.isp_s)
        out[layout.T_AXES - layout.THRUST : layout.T_AXES - layout.THRUST + 3] = self.direction
        return out


Maneuver = Impulse | Burn


def vnb_axes(state: Array) -> Array:
    """(3, 3) rows: along the velocity, along the angular momentum, and their product v x n."""
    along = state[3:6] / np.linalg.norm(state[3:6])
    normal = np.cross(state[:3], state[3:6])
    size = np.linalg.norm(normal)
    if size == 0.0:
        raise InputError("on a rectilinear path the VNB axes are not defined; use ICRF")
    normal /= size
    return np.array([along, normal, np.cross(along, normal)])


@dataclass
class _Flight:
    """What is being put together leg by leg."""

    t: float
    state: Array
    mass_kg: float
    epochs: list[Array]
    states: list[Array]
    masses: list[Array]
    events: list[Event]
    steps: int = 0
    stopped: bool = False

    def add(self, epochs: Array, states: Array, masses: Array) -> None:
        self.epochs.append(epochs)
        self.states.append(states)
        self.masses.append(masses)
        self.t, self.state, self.mass_kg = float(epochs[-1]), states[-1].copy(), float(masses[-1])


def fly_maneuvers(
    state: Array,
    epoch_tdb_s: float,
    duration_s: float,
    forces: Forces,
    maneuvers: Sequence[Maneuver],
    *,
    center: str = "moon",
    output_step_s: float | None = None,
    rules: Sequence[EventRule] = (),
    tolerance: float = TOLERANCE,
    max_steps: int = MAX_STEPS,
) -> Trajectory:
    """Fly a state (6,) through manoeuvres in their order; the craft of `forces` gives the mass where one is burnt.

    The arcs between are smooth; where they meet two states stand at one epoch. Raises as `propagate`.
    """
    if duration_s <= 0.0:
        raise InputError("manoeuvres are flown forwards; give a duration above zero")
    times = [one.after_s for one in maneuvers]
    if any(not 0.0 <= at <= duration_s for at in times) or sorted(times) != times:
        raise InputError(f"manoeuvres must lie inside the {duration_s:g} s flown, in their order (got {times} s)")
    for one in maneuvers:
        if one.axes not in AXES:
            raise InputError(f"a manoeuvre's axes are {' or '.join(AXES)} (got {one.axes!r})")
        if forces.craft is None and (isinstance(one, Burn) or one.isp_s > 0.0):
            raise InputError("a burn needs the craft's mass; give forces a Craft")
    mass = forces.craft.mass_kg if forces.craft else np.nan
    made = _Flight(epoch_tdb_s, np.asarray(state, dtype=float), mass, [], [], [], [])
    kept = (output_step_s, rules, tolerance, max_steps)
    for one in maneuvers:
        _coast(made, epoch_tdb_s + one.after_s, forces, center, kept)
        if made.stopped:
            break
        if isinstance(one, Impulse):
            _jump(made, one)
        else:
            _burn(made, one, epoch_tdb_s + duration_s, forces, center, kept)
    if not made.stopped:
        _coast(made, epoch_tdb_s + duration_s, forces, center, kept)
    said = forces.describe(center) | {"tolerance": f"{tolerance:g}", "integrator": "DOP853"}
    said |= {f"maneuver_{k}": one.words() for k, one in enumerate(maneuvers, 1)}
    return Trajectory(
        np.concatenate(made.epochs), np.concatenate(made.states), center, said, tuple(made.events),
        stopped_by_event=made.stopped, steps=made.steps, masses_kg=np.concatenate(made.masses),
    )  # fmt: skip


_Kept = tuple[float | None, Sequence[EventRule], float, int]


def _left(made: _Flight, rules: Sequence[EventRule]) -> list[EventRule]:
    """The rules with fewer finds left to stop at."""
    seen = [sum(event.rule == rule for event in made.events) for rule in rules]
    return [replace(r, stop_after=r.stop_after - n) if r.stop_after else r for r, n in zip(rules, seen, strict=True)]


def _coast(made: _Flight, end_s: float, forces: Forces, center: str, kept: _Kept) -> None:
    step, rules, tolerance, max_steps = kept
    if end_s <= made.t:
        return
    lighter = forces if forces.craft is None else replace(forces, craft=replace(forces.craft, mass_kg=made.mass_kg))
    length = end_s - made.t
    pace = None if step is None else min(step, length / 8.0)
    inner = _left(made, rules)
    arc = propagate(
        made.state, made.t, length, lighter, center=center, output_step_s=pace, rules=inner,
        tolerance=tolerance, max_steps=max_steps,
    )  # fmt: skip
    made.events += [Event(rules[inner.index(one.rule)], one.epoch_tdb_s, one.state) for one in arc.events]
    made.steps += arc.steps
    made.stopped = arc.stopped_by_event
    made.add(arc.epochs_tdb_s, arc.states, np.full(len(arc.epochs_tdb_s), made.mass_kg))


def _jump(made: _Flight, impulse: Impulse) -> None:
    push = np.asarray(impulse.delta_v_m_s, dtype=float) / 1e3
    if push.shape != (3,) or not np.isfinite(push).all():
        raise InputError(f"an impulse is three finite numbers, m/s (got {impulse.delta_v_m_s!r})")
    if impulse.axes == "VNB":
        push = vnb_axes(made.state).T @ push
    made.state = made.state + np.concatenate([np.zeros(3), push])
    if impulse.isp_s > 0.0:
        made.mass_kg -= propellant_kg(made.mass_kg, 1e3 * float(np.linalg.norm(push)), impulse.isp_s)


def _burn(made: _Flight, burn: Burn, last_s: float, forces: Forces, center: str, kept: _Kept) -> None:
    step, rules, tolerance, max_steps = kept
    direction = np.asarray(burn.direction, dtype=float)
    if direction.shape != (3,) or not (np.isfinite(direction).all() and direction.any()):
        raise InputError(f"a burn's direction is three finite numbers, not all zero (got {burn.direction!r})")
    seconds, dry = burn.time_s(made.mass_kg)
    if seconds <= 0.0:
        raise InputError(f"nothing is left to burn: {made.mass_kg:.3f} kg with a dry mass of {burn.dry_mass_kg:.3f} kg")
    cut = last_s - made.t < seconds
    end = min(made.t + seconds, last_s)
    check_span(made.t, end - made.t)
    wanted = np.linspace(made.t, end, max(BURN_STATES, int((end - made.t) / step) + 1 if step else 0))
    inner = [rule for rule in _left(made, rules) if not rule.searched]
    rows = np.array([rule.row() for rule in inner], dtype=float).reshape(-1, 4)
    _, t, y, outputs, found, steps = fly(
        np.append(made.state, made.mass_kg), made.t, end, powered(arc_model(forces, center, made.t), burn.law()),
        outputs_s=wanted, rules=rows, tolerance=tolerance, max_steps=max_steps,
    )  # fmt: skip
    epochs = wanted[: len(outputs)]
    if epochs[-1] != t:
        epochs, outputs = np.append(epochs, t), np.vstack([outputs, y])
    hard = [rule for rule in rules if not rule.searched]
    made.events += [Event(hard[int(row[0])], float(row[1]), row[2:8].copy()) for row in found]
    made.steps += steps
    made.stopped = t < end
    made.add(epochs, outputs[:, :6], outputs[:, 6])
    for rule in rules:
        if rule.kind == "burnout" and dry and not cut and not made.stopped:
            made.events.append(Event(rule, made.t, made.state.copy()))
