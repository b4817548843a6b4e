"""From a lunar orbit down to a named site: de-orbit, coast to perilune, braking, vertical landing.

Braking is at constant thrust along a direction linear in time (the optimum in a uniform field, Lawden 1963), shot so
that it ends above the site at rest over the turning ground but for the last descent, which is flown closed-loop.
"""

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from malapert import constants
from malapert.errors import ConvergenceError, InputError
from malapert.flight.clearance import Ground, ground_below
from malapert.flight.conics import unit
from malapert.flight.elements import icrf_to_moon_fixed
from malapert.flight.forces import Forces, gms_km3_s2, model, point_mass
from malapert.flight.layout import T_FORCE_N, THRUST
from malapert.flight.powered import (
    DESCENT_FORCES,
    MOON_RATE_RAD_S,
    Lander,
    Site,
    axes_at,
    burn,
    linear_tangent,
    terminal,
)
from malapert.flight.propagate import EventRule, fly
from malapert.flight.rocket import propellant_kg
from malapert.flight.targeting import Solution, solve
from malapert.flight.transfer import Maneuver
from malapert.terrain.heights import Terrain

Array = NDArray[np.float64]

PERILUNE_ROW = np.array([EventRule("periapsis", "moon", stop_after=1).row()])
MAX_CROSSRANGE_DEG = 3.0
CONDITIONS = (
    "height at the gate (km)", "downrange at the gate (km)", "crossrange at the gate (km)",
    "vertical speed at the gate (km/s)", "forward speed at the gate (km/s)", "sideways speed at the gate (km/s)",
)  # fmt: skip
ALLOWED = (1e-4, 1e-4, 1e-4, 1e-6, 1e-6, 1e-6)


@dataclass(frozen=True)
class Plan:
    """What the lander carries: its state (7,) at ignition, the two thrust arrays, and how long each may burn."""

    ignition_tdb_s: float
    craft: Array
    braking: Array
    braking_s: float
    last: Array
    last_s: float


@dataclass(frozen=True)
class Descent:
    """A flown landing. profile: arrays by name, unit in the name, from ignition to touchdown.

    states (n, 7) at epochs_tdb_s (n,): Moon-centred ICRF with the mass. ground: the terrain below, where it was given.
    """

    site: Site
    maneuvers: tuple[Maneuver, ...]
    ignition_tdb_s: float
    touchdown_tdb_s: float
    ignition_altitude_km: float
    ignition_speed_m_s: float
    powered_delta_v_m_s: float
    loss_m_s: float
    hover_delta_v_m_s: float
    propellant_kg: float
    landed_mass_kg: float
    touchdown_error_m: float
    touchdown_speed_m_s: float
    crossrange_deg: float
    residuals: dict[str, float]
    profile: dict[str, Array]
    forces: dict[str, str]
    plan: Plan
    epochs_tdb_s: Array
    states: Array
    ground: Ground | None = None

    @property
    def powered_duration_s(self) -> float:
        return self.touchdown_tdb_s - self.ignition_tdb_s

    @property
    def delta_v_m_s(self) -> float:
        return sum(maneuver.delta_v_m_s for maneuver in self.maneuvers)


@dataclass(frozen=True)
class Gate:
    """Where braking ends: height over the site (km), sink rate (km/s) that constant deceleration takes off."""

    height_km: float
    sink_km_s: float


def _gate(lander: Lander, height_m: float, touchdown_m_s: float) -> Gate:
    """A sink rate the engine can take off within its throttle range, at 0.5 m/s2 where it may choose."""
    mass = lander.mass_kg - propellant_kg(lander.mass_kg, 1850.0, lander.isp_s)
    gravity = 1000.0 * constants.GM_MOON_KM3_S2 / constants.RADIUS_MOON_KM**2
    least = lander.least_throttle * lander.thrust_n / mass - gravity
    most = 0.9 * lander.thrust_n / mass - gravity
    if most <= 0.05:
        raise InputError(f"{lander.thrust_n:.0f} N cannot stop {mass:.0f} kg above the Moon; give the lander more")
    brake = min(max(0.5, 1.1 * least), most)
    return Gate(height_m / 1000.0, math.sqrt(touchdown_m_s**2 + 2.0 * brake * height_m) / 1000.0)


def _misses(state: Array, epoch_s: float, site: Site, gate: Gate, forward: Array) -> Array:
    """Misses (6,) of a state at the end of braking, on the site's up, forward and across."""
    ground = site.icrf(epoch_s)
    axes = axes_at(ground[:3], forward)
    r = axes @ (state[:3] - ground[:3])
    v = axes @ (state[3:6] - ground[3:])
    return np.array([r[1] - gate.height_km, r[0], r[2], v[1] + gate.sink_km_s, v[0], v[2]])


def _planar_guess(lander: Lander, perilune_km: float, speed: float, surface_km: float, gate: Gate) -> Solution:
    """Steering a, b (per burn), burn time and arc (rad) over a smooth, resting Moon, from perilune to the gate."""
    forces = Forces(earth_and_moon=False, sun=False)
    time = lander.burn_time_s(1000.0 * speed * 1.1)
    axes = np.array([[-1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, -1.0]])

    def misses(x: Array) -> Array:
        arc, duration = x[3], x[2] * time
        r = perilune_km * np.array([-math.sin(arc), math.cos(arc), 0.0])
        v = speed * np.array([math.cos(arc), math.sin(arc), 0.0])
        law = np.array([x[0], x[1] / duration, 0.0, 0.0])
        state = np.concatenate([r, v, [lander.mass_kg]])
        _, y, _, _ = burn(state, 0.0, duration, linear_tangent(lander, 0.0, axes, law), forces)
        return np.array([y[1] - surface_km - gate.height_km, y[0], y[4] + gate.sink_km_s, y[3]])

    arc = 0.52 * speed * time / surface_km
    reasons = []
    for start in ((0.1, 0.5), (0.0, 1.0), (0.3, 0.3), (-0.1, 0.6), (0.4, 1.2)):
        try:
            return solve(
                misses, [*start, 1.0, arc], [1e-6] * 4, ("height", "downrange", "sink", "forward"),
                (1e-3, 1e-3, 1e-5, 1e-5), what="braking over a smooth Moon", limit=300.0, iterations=40,
            )  # fmt: skip
        except ConvergenceError as error:
            reasons.append(str(error))
    raise ConvergenceError(
        f"no braking found from {perilune_km - surface_km:.1f} km with {lander.thrust_n:.0f} N and "
        f"{lander.mass_kg:.0f} kg at ignition (thrust over lunar weight "
        f"{lander.thrust_n / lander.mass_kg / 1.624:.2f}); tried five starts: {reasons[-1]}"
    )


def crossrange_deg(state: Array, epoch_tdb_s: float, site: Site) -> float:
    """Angle of the site above the orbit's plane at an epoch, signed."""
    normal = unit(np.cross(state[:3], state[3:6]))
    return math.degrees(math.asin(float(normal @ unit(site.icrf(epoch_tdb_s)[:3]))))


def next_pass_s(state: Array, epoch_tdb_s: float, site: Site, gm: float) -> float:
    """Time to the next moment a near-circular orbit is closest to the site."""
    normal = unit(np.cross(state[:3], state[3:6]))
    rate = math.sqrt(gm / float(np.linalg.norm(state[:3])) ** 3)
    wait = 0.0
    for _ in range(3):
        place = site.icrf(epoch_tdb_s + wait)[:3]
        angle = math.atan2(float(normal @ np.cross(state[:3], place)), float(state[:3] @ place)) % (2.0 * math.pi)
        wait = angle / rate
    return wait


def descend(
    state: Array,
    epoch_tdb_s: float,
    site: Site,
    lander: Lander,
    *,
    perilune_altitude_km: float = 15.0,
    gate_height_m: float = 100.0,
    touchdown_speed_m_s: float = 1.0,
    hover_s: float = 0.0,
    forces: Forces = DESCENT_FORCES,
    samples: int = 120,
    terrain: Terrain | None = None,
) -> Descent:
    """Land from a low, near-circular orbit (6,) Moon-centred ICRF at the next pass over the site.

    lander.mass_kg is the mass before the de-orbit burn, which the same engine flies as an impulse. hover_s is time
    held at the gate, booked at the local gravity. With terrain, the path is held against the ground below it. Raises
    InputError where the orbit does not pass the site, the engine is too weak or the path meets the ground,
    ConvergenceError naming the condition not met.
    """
    gm = float(gms_km3_s2(forces)[1])
    perilune = constants.RADIUS_MOON_KM + perilune_altitude_km
    surface = constants.RADIUS_MOON_KM + site.height_m / 1000.0
    gate = _gate(lander, gate_height_m, touchdown_speed_m_s)
    radius = float(np.linalg.norm(state[:3]))
    if not surface + gate.height_km < perilune < radius:
        raise InputError(f"perilune ({perilune_altitude_km} km) must lie between the site and the orbit")
    speed = math.sqrt(gm * (2.0 / perilune - 2.0 / (perilune + radius)))
    drop = math.sqrt(gm / radius) - math.sqrt(gm * (2.0 / radius - 2.0 / (perilune + radius)))
    after = Lander(
        lander.mass_kg - propellant_kg(lander.mass_kg, 1000.0 * drop, lander.isp_s), lander.thrust_n, lander.isp_s,
        lander.least_throttle,
    )  # fmt: skip
    planar = _planar_guess(after, perilune, speed, surface, gate)
    time = float(planar.unknowns[2]) * after.burn_time_s(1000.0 * speed * 1.1)
    landing = _Landing(state, epoch_tdb_s, site, lander, gate, perilune, forces).fly(
        planar.unknowns, time, drop, touchdown_speed_m_s, hover_s, samples
    )
    if terrain is None:
        return landing
    return replace(landing, ground=ground_below(landing.epochs_tdb_s, landing.states, site, terrain))


@dataclass(frozen=True)
class _Landing:
    """The landing being shot: everything that stays fixed while the corrector works."""

    state: Array
    epoch_s: float
    site: Site
    lander: Lander
    gate: Gate
    perilune_km: float
    forces: Forces

    def coast(self, wait_s: float, drop_km_s: float) -> tuple[Array, Array, float, Array]:
        """De-orbit after wait_s: states before and after it, and epoch and state (7,) at perilune."""
        kernel = model(self.forces, "moon")
        before = fly(self.state, self.epoch_s, self.epoch_s + wait_s, kernel)[2]
        after = before.copy()
        after[3:] -= drop_km_s * unit(before[3:])
        start = self.epoch_s + wait_s
        found = fly(after, start, start + 8000.0, kernel, rules=PERILUNE_ROW)[4]
        if not len(found):
            raise ConvergenceError("no perilune within 8000 s of the de-orbit burn: the orbit is too high or too round")
        mass = self.lander.mass_kg - propellant_kg(self.lander.mass_kg, 1000.0 * abs(drop_km_s), self.lander.isp_s)
        return before, after, float(found[0, 1]), np.append(found[0, 2:8], mass)

    def braking(self, law: Array, duration_s: float, ignition_s: float, craft: Array) -> tuple[Array, Array]:
        """Thrust array of the braking burn and the heading it is laid along."""
        ground = self.site.icrf(ignition_s + duration_s)[:3]
        normal = np.cross(craft[:3], craft[3:6])
        heading = np.cross(normal, ground)
        axes = axes_at(ground, heading)
        axes = np.array([-axes[0], axes[1], axes[2]])
        scaled = np.array([law[0], law[1] / duration_s, law[2], law[3] / duration_s])
        return linear_tangent(self.lander, ignition_s, axes, scaled), heading

    def misses(self, x: Array, scale_s: float) -> Array:
        """Unknowns: a, b, c, d (over the burn), duration and wait in units of scale_s, de-orbit speed (km/s)."""
        _, _, ignition, craft = self.coast(x[5] * scale_s, x[6])
        duration = x[4] * scale_s
        thrust, heading = self.braking(x[:4], duration, ignition, craft)
        end, y, _, _ = burn(craft, ignition, duration, thrust, self.forces)
        low = float(np.linalg.norm(craft[:3])) - self.perilune_km
        return np.append(_misses(y, end, self.site, self.gate, heading), low)

    def fly(
        self, planar: Array, time: float, drop: float, touchdown_m_s: float, hover_s: float, samples: int
    ) -> Descent:
        gm = float(gms_km3_s2(point_mass(self.forces))[1])
        radius = float(np.linalg.norm(self.state[:3]))
        rate = math.sqrt(gm / radius**3)
        half = math.pi * math.sqrt((0.5 * (radius + self.perilune_km)) ** 3 / gm)
        passing = next_pass_s(self.state, self.epoch_s, self.site, gm)
        wait = passing - (math.pi + float(planar[3])) / rate
        while wait < 0.0:
            wait += 2.0 * math.pi / rate
        aside = crossrange_deg(self.state, self.epoch_s + wait + half + time, self.site)
        if abs(aside) > MAX_CROSSRANGE_DEG:
            raise InputError(
                f"the site ({self.site.lat_deg:.3f}, {self.site.lon_deg:.3f}) lies {abs(aside):.1f} deg off "
                f"the orbit's plane, more than {MAX_CROSSRANGE_DEG} deg; wait for it to turn under (`wait_over_site_s`)"
            )
        guess = np.array([planar[0], planar[1], 0.0, 0.0, 1.0, wait / time, drop])
        shot = solve(
            lambda x: self.misses(x, time), guess, [1e-6, 1e-6, 1e-6, 1e-6, 1e-7, 1e-7, 1e-7],
            (*CONDITIONS, "perilune altitude (km)"), (*ALLOWED, 1e-3), what="powered descent",
        )  # fmt: skip
        return self._record(shot, time, touchdown_m_s, hover_s, aside, samples)

    def _record(
        self, shot: Solution, scale: float, touchdown_m_s: float, hover_s: float, aside: float, samples: int
    ) -> Descent:
        x = shot.unknowns
        before, after, ignition, craft = self.coast(x[5] * scale, x[6])
        duration = float(x[4] * scale)
        thrust, _ = self.braking(x[:4], duration, ignition, craft)
        times = ignition + np.linspace(0.0, duration, samples)
        end, gate_state, path, _ = burn(craft, ignition, duration, thrust, self.forces, outputs_s=times)
        surface = constants.RADIUS_MOON_KM + self.site.height_m / 1000.0
        last = terminal(self.lander, surface, touchdown_m_s / 1000.0)
        rule = np.array([EventRule("descending", "moon", self.site.height_m / 1000.0, stop_after=1).row()])
        fall = 60.0 + 4.0 * self.gate.height_km / self.gate.sink_km_s
        landing_times = end + np.arange(0.0, fall, 1.0)
        down, landed, final, found = burn(gate_state, end, fall, last, self.forces, outputs_s=landing_times, rules=rule)
        if not len(found):
            raise ConvergenceError(
                f"the last {1000 * self.gate.height_km:.0f} m did not end on the ground in {fall:.0f} s: the engine "
                f"cannot throttle low enough ({self.lander.least_throttle:.2f} of {self.lander.thrust_n:.0f} N)"
            )
        lowest = float(np.min(np.linalg.norm(path[:, :3], axis=1))) - surface
        if lowest < 0.0:
            raise ConvergenceError(
                f"braking dips {-1000 * lowest:.0f} m under the site's level; raise perilune or thrust"
            )
        ground = self.site.icrf(down)
        hover = 1000.0 * float(gms_km3_s2(self.forces)[1]) / surface**2 * hover_s
        held = propellant_kg(float(landed[6]), hover, self.lander.isp_s) if hover_s > 0.0 else 0.0
        spent = self.lander.exhaust_m_s * math.log(craft[6] / landed[6])
        over_ground = 1000.0 * float(np.linalg.norm(craft[3:6] - np.cross(_spin(ignition), craft[:3])))
        kept = landing_times[: len(final)]
        states, epochs = np.vstack([path, final, landed]), np.concatenate([times, kept, [down]])
        forces_n = np.concatenate([np.full(samples, thrust[T_FORCE_N - THRUST]), np.full(len(final) + 1, np.nan)])
        flow = -np.gradient(states[samples:, 6], epochs[samples:]) * self.lander.exhaust_m_s if len(final) > 2 else 0.0
        forces_n[samples:] = flow
        mean = -unit(craft[3:6]) * (spent + hover) / 1000.0
        return Descent(
            self.site,
            (
                Maneuver("de-orbit", self.epoch_s + float(x[5]) * scale, after[3:] - before[3:]),
                Maneuver("powered descent", ignition, mean, down - ignition),
            ),
            ignition,
            down,
            float(np.linalg.norm(craft[:3])) - constants.RADIUS_MOON_KM,
            over_ground,
            spent,
            spent - over_ground,
            hover,
            self.lander.mass_kg - float(landed[6]) + held,
            float(landed[6]) - held,
            1000.0 * float(np.linalg.norm(landed[:3] - ground[:3])),
            1000.0 * float(np.linalg.norm(landed[3:6] - ground[3:])),
            aside,
            shot.residuals,
            _profile(epochs, states, forces_n, self.site, surface),
            self.forces.describe(),
            Plan(ignition, craft, thrust, duration, last, fall),
            epochs,
            states,
        )


def _spin(epoch_s: float) -> Array:
    """Angular velocity of the Moon (3,), ICRF rad/s."""
    return np.asarray(MOON_RATE_RAD_S * icrf_to_moon_fixed(epoch_s)[2])


def _profile(epochs: Array, states: Array, thrust_n: Array, site: Site, surface_km: float) -> dict[str, Array]:
    """Time series of a powered arc over its site."""
    ground = unit(site.icrf(float(epochs[-1]))[:3])
    radius = np.linalg.norm(states[:, :3], axis=1)
    spin = _spin(float(epochs[-1]))
    relative = states[:, 3:6] - np.cross(spin, states[:, :3])
    vertical = np.sum(relative * states[:, :3], axis=1) / radius
    return {
        "time_s": epochs - epochs[0],
        "height_m": 1000.0 * (radius - surface_km),
        "range_km": surface_km * np.arccos(np.clip(unit(states[:, :3]) @ ground, -1.0, 1.0)),
        "speed_m_s": 1000.0 * np.linalg.norm(relative, axis=1),
        "vertical_speed_m_s": 1000.0 * vertical,
        "mass_kg": states[:, 6],
        "thrust_n": thrust_n,
    }
