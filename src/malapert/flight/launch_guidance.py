"""Closed-loop guidance into orbit: every cycle the linear tangent that ends at the target is found anew, by flying
ahead all that is left of the guided stages.

Perkins 1966, "Explicit tangent-steering guidance for multi-stage boosters", Astronautica Acta 12:212, is the law; the
look ahead flies the full equations instead of closed integrals.
"""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from malapert.errors import ConvergenceError
from malapert.flight import launch_motion as m
from malapert.flight.conics import unit
from malapert.flight.launch_sequence import Sequence
from malapert.flight.launch_vehicle import Guided, Stage, Target
from malapert.flight.targeting import Solution, solve

Array = NDArray[np.float64]

CONDITIONS: Final = (
    "altitude (km)", "vertical speed (km/s)", "speed along the plane (km/s)", "distance from the plane (km)",
    "speed across the plane (km/s)",
)  # fmt: skip
ALLOWED: Final = (1e-3, 1e-6, 1e-6, 1e-3, 1e-6)
# Slope at the start and its change by the end, over level.
GUESSES: Final = ((0.5, -0.8), (0.2, -0.5), (0.0, -0.4), (0.9, -1.3), (-0.2, 0.0), (1.5, -2.0), (-0.5, 0.3))
LOOK_STEP_S: Final = 1.0
# The law is no longer changed when so little is left: its slopes grow without bound as the end nears.
HOLD_S: Final = 10.0


@dataclass
class _Law:
    """The tangent law being flown: where its axes were set, its time scale, its unknowns (5,)."""

    flight: Sequence
    target: Target
    normal: Array
    start_s: float
    scale_s: float

    def put(self, flight: Sequence, x: Array) -> None:
        flight.p[m.P_LAW], flight.p[m.P_START] = m.TANGENT, self.start_s
        flight.p[m.P_TANGENT : m.P_TANGENT + 4] = x[0], x[1] / self.scale_s, x[2], x[3] / self.scale_s

    def ahead(self, x: Array, left: list[Stage]) -> Sequence:
        """Everything left to the cut-off, as it should go."""
        out = self.flight.fork(LOOK_STEP_S)
        self.put(out, x)
        for k, stage in enumerate(left):
            if k > 0:
                out.begin(stage)
            if k < len(left) - 1:
                out.burn()
                out.leave()
        out.advance(out.lit_s + x[4] * self.scale_s, dry=False)
        return out

    def misses(self, y: Array) -> Array:
        radius = float(np.linalg.norm(y[:3]))
        up, gamma = y[:3] / radius, math.radians(self.target.flight_path_deg)
        speed = self.target.speed_m_s / 1000.0
        return np.array(
            [
                radius - self.flight.planet.radius_km - self.target.altitude_km,
                y[3:6] @ up - speed * math.sin(gamma),
                y[3:6] @ np.cross(self.normal, up) - speed * math.cos(gamma),
                self.normal @ y[:3],
                self.normal @ y[3:6],
            ]
        )

    def find(self, x: Array, left: list[Stage]) -> Solution:
        return solve(
            lambda unknowns: self.misses(self.ahead(unknowns, left).y), x, [1e-6] * 5, CONDITIONS, ALLOWED,
            what=f"guidance of {left[0].name} {self.flight.t:.0f} s after liftoff", iterations=40, limit=300.0,
        )  # fmt: skip

    def first(self, left: list[Stage], last_s: float) -> Array:
        reason = ""
        for a, change in GUESSES:
            try:
                return self.find(np.array([a, change, 0.0, 0.0, last_s / self.scale_s]), left).unknowns
            except ConvergenceError as error:
                reason = reason or str(error)
        raise ConvergenceError(
            f"no way to the target found from {len(GUESSES)} starts; {reason}; lower the target, or steer the stages "
            f"before it higher or lower"
        )


def _times(flight: Sequence, left: list[Stage], target: Target, forward: Array) -> tuple[float, float]:
    """First guess of how long all that is left takes, and of the last burn in it: the rocket equation."""
    need = 1.05 * (target.speed_m_s - 1000.0 * float(flight.y[3:6] @ forward)) + 200.0
    mass, total = float(flight.y[6]), 0.0
    for k, stage in enumerate(left):
        flow = stage.engine.flows_kg_s[0]
        exhaust = stage.engine.thrust_vacuum_n / flow
        most = stage.propellant_kg / flow
        if k == len(left) - 1:
            burn = mass / flow * -math.expm1(-max(need, 0.05 * exhaust) / exhaust)
            return total + burn, min(max(burn, 0.05 * most), most)
        burn = min(stage.burn_s or most, most)
        need -= exhaust * math.log(mass / (mass - flow * burn))
        mass -= stage.propellant_kg + stage.dry_kg
        total += burn + (stage.separation_s or 0.0) + left[k + 1].coast_s
    return total, total


def guide(flight: Sequence, first: int) -> None:
    """Fly the guided stages from `first`, just lit, to the cut-off; the last stays on. Raises ConvergenceError."""
    stages = list(flight.vehicle.stages)
    law_of = stages[first].steering
    assert isinstance(law_of, Guided) and flight.normal is not None
    up = unit(flight.y[:3])
    forward = unit(np.cross(flight.normal, up))
    left = stages[first:]
    total, last = _times(flight, left, law_of.target, forward)
    flight.axes(up, forward)
    law = _Law(flight, law_of.target, flight.normal, flight.t, total)
    x = law.first(left, last)
    for k in range(first, len(stages)):
        left = stages[k:]
        if k > first:
            flight.begin(stages[k])
        x = _fly_stage(flight, law, x, left, law_of.cycle_s)
    flight.cut()
    flight.note("insertion")
    _check(law, flight)


def _fly_stage(flight: Sequence, law: _Law, x: Array, left: list[Stage], cycle_s: float) -> Array:
    """One guided stage, to its burnout or, if it is the last, to the target's speed."""
    stage = left[0]
    hold = max(HOLD_S, 2.0 * cycle_s)
    while True:
        law.put(flight, x)
        out = law.ahead(x, left)
        short = out.floor_kg - float(out.y[6])
        if short > 0.0:
            raise ConvergenceError(
                f"{left[-1].name} is {short:.0f} kg of propellant short of the target: cut-off would come "
                f"{x[4] * law.scale_s:.1f} s after its ignition"
            )
        if len(left) == 1 and flight.lit_s + x[4] * law.scale_s - flight.t <= hold:
            return _last(flight, law, x)
        end = flight.lit_s + (stage.burn_s or math.inf)
        if flight.advance(min(flight.t + cycle_s, end)) == m.DRY or flight.t >= end - cycle_s:
            if len(left) == 1:
                raise ConvergenceError(f"{stage.name} is dry {flight.t:.1f} s after liftoff, before its target")
            if stage.burn_s is not None:
                flight.burn()
            else:
                flight.cut()
            flight.leave()
            return x
        x = law.find(x, left).unknowns


def _last(flight: Sequence, law: _Law, x: Array) -> Array:
    """The last seconds: the law is kept, the inertial speed cuts off."""
    speed = law.target.speed_m_s / 1000.0
    end = flight.lit_s + x[4] * law.scale_s
    if flight.advance(end + 3.0 * HOLD_S, speed_km_s=speed) != m.SPEED:
        got = float(np.linalg.norm(flight.y[3:6]))
        raise ConvergenceError(
            f"{flight.stage.name}: the cut-off at {1000.0 * speed:.1f} m/s is never reached; it has {1000.0 * got:.1f} "
            f"m/s {flight.t:.1f} s after liftoff, {1000.0 * (speed - got):.1f} m/s short"
        )
    return x


def _check(law: _Law, flight: Sequence) -> None:
    """ConvergenceError where the cut-off is not the target: a km, 5 m/s, a km of plane, 5 m/s across."""
    found = law.misses(flight.y)
    wide = (1.0, 0.005, 0.005, 1.0, 0.005)
    off = [f"{name} off by {miss:g}" for name, miss, most in zip(CONDITIONS, found, wide, strict=True)
           if not abs(miss) <= most]  # fmt: skip
    if off:
        raise ConvergenceError(f"{flight.stage.name} cuts off beside its target: {', '.join(off)}")
