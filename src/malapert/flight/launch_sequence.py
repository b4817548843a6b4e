"""A launch being flown: the state, the stage that burns, what still waits to be dropped, and the rows kept so far."""

import copy
import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

from malapert import constants
from malapert.errors import ConvergenceError, InputError
from malapert.flight import launch_motion as m
from malapert.flight.conics import unit
from malapert.flight.entry import Moment
from malapert.flight.entry_motion import Planet, height_km
from malapert.flight.launch_vehicle import (
    SEA_LEVEL_PA,
    Drop,
    GravityTurn,
    Kick,
    Pad,
    PitchTable,
    Stage,
    Table,
    Target,
    Vehicle,
)

Array = NDArray[np.float64]

LONGEST_BURN_S: Final = 7200.0
PIECE_S: Final = 120.0


def plane_over(target: Target, place: Array, planet: Planet) -> Array:
    """Normal (3,) of the target's plane, by its inclination, over a pad at place (3,) on the turning axes."""
    latitude = math.degrees(math.asin(float(place[2] / np.linalg.norm(place))))
    least, inclination = abs(latitude), target.inclination_deg
    if not least <= inclination <= 180.0 - least:
        raise InputError(
            f"no plane of {inclination:g} deg passes over a pad at {latitude:.3f} deg geocentric; "
            f"it is {max(least - inclination, inclination + least - 180.0):.3f} deg out of reach"
        )
    turned = planet.rate_rad_s * target.lead_s
    c, s = math.cos(turned), math.sin(turned)
    up = np.array([[c, -s, 0.0], [s, c, 0.0], [0.0, 0.0, 1.0]]) @ unit(place)
    east = unit(np.cross([0.0, 0.0, 1.0], up))
    sine = min(max(math.cos(math.radians(inclination)) / math.cos(math.radians(latitude)), -1.0), 1.0)
    northward = math.sqrt(1.0 - sine * sine) * (-1.0 if target.southbound else 1.0)
    return np.asarray(unit(np.cross(up, northward * np.cross(up, east) + sine * east)))


class Sequence:
    """One launch on its way; `fork` gives a copy on which guidance looks ahead."""

    def __init__(self, vehicle: Vehicle, pad: Pad, planet: Planet, step_s: float, air: float, thrust: float) -> None:
        self.vehicle, self.planet, self.step_s, self.thrust_factor = vehicle, planet, step_s, thrust
        place, self.local = pad.axes(planet)
        spin = np.cross([0.0, 0.0, planet.rate_rad_s], place)
        self.normal = None if vehicle.target is None else plane_over(vehicle.target, place, planet)
        self.t, self.y = 0.0, np.concatenate([place, spin, [vehicle.mass_kg, 0.0, 0.0]])
        self.p = np.zeros(m.NUMBERS)
        self.p[:10] = (
            planet.gm_km3_s2, planet.radius_km, planet.flattening, planet.j2, planet.rate_rad_s, 0.0, planet.air,
            planet.surface_kg_m3, planet.scale_km, planet.sound_ratio,
        )  # fmt: skip
        self.p[[m.P_DENSER, m.P_MOST_G, m.P_KICK_S]] = air, np.inf, 1.0
        self.p[m.P_GROUND] = height_km(self.p, *place)
        self.drag = self.throttle = self.pitch = np.zeros((1, 2))
        self.timed: list[Drop | Kick] = [drop for drop in vehicle.drops if drop.time_s is not None]
        self.timed = sorted([*self.timed, *vehicle.kicks], key=lambda one: one.time_s or 0.0)
        self.high = sorted((d for d in vehicle.drops if d.height_km is not None), key=lambda d: d.height_km or 0.0)
        self.moments: list[Moment] = []
        self.rows: list[Array] = []
        self.floor_kg, self.lit_s, self.stage = 0.0, 0.0, vehicle.stages[0]
        self.ahead = False

    def fork(self, step_s: float) -> "Sequence":
        """A copy to look ahead with, in longer steps, of a vehicle and an air as they should be."""
        out = copy.copy(self)
        out.y, out.p, out.step_s, out.thrust_factor, out.ahead = self.y.copy(), self.p.copy(), step_s, 1.0, True
        out.timed, out.high, out.moments, out.rows = list(self.timed), list(self.high), [], []
        out.p[m.P_DENSER] = 1.0
        if out.p[m.P_VACUUM_N] > 0.0:
            out.power()
        return out

    def note(self, name: str) -> None:
        if not self.ahead:
            wind = self.y[3:6] - np.cross([0.0, 0.0, self.planet.rate_rad_s], self.y[:3])
            self.moments.append(
                Moment(name, self.t, float(height_km(self.p, *self.y[:3])), 1000.0 * float(np.linalg.norm(wind)))
            )

    def advance(self, until_s: float, *, sensed_m_s: float = math.inf, speed_km_s: float = math.inf,
                dry: bool = True) -> int:  # fmt: skip
        """Fly to a time or to one of the ends of `launch_motion`, dropping and kicking on the way: why it ended."""
        work = np.empty((4, m.COLUMNS))
        while True:
            while self.timed and (self.timed[0].time_s or 0.0) <= self.t + 1e-9:
                self._happens(self.timed.pop(0))
            if self.t >= until_s - 1e-9:
                return m.DONE
            end = min(until_s, self.t + PIECE_S, self.timed[0].time_s or 0.0 if self.timed else until_s)
            rows = np.empty((int((end - self.t) / self.step_s) + 4, m.COLUMNS))
            floor = self.floor_kg if dry and self.p[m.P_VACUUM_N] > 0.0 else 0.0
            height = self.high[0].height_km or 0.0 if self.high else math.inf
            limits = np.array([floor, sensed_m_s / 1000.0, height, speed_km_s])
            status, count, self.t = m.fly_piece(
                self.t, end, self.step_s, limits, self.p, self.drag, self.throttle, self.pitch, self.y, rows, work
            )
            if not self.ahead:
                self.rows.append(rows[:count])
            if status in (m.GROUND, m.NOT_FINITE):
                what = "comes down on the ground" if status == m.GROUND else "has no mass or place left to fly with"
                raise ConvergenceError(
                    f"{self.stage.name}: {self.t:.1f} s after liftoff the craft {what} ({self.y[6]:.0f} kg, sensed "
                    f"{1000.0 * self.y[7]:.0f} m/s); add thrust or steer higher"
                )
            if status == m.HEIGHT:
                self._happens(self.high.pop(0))
            elif status != m.DONE:
                return int(status)

    def _happens(self, what: Drop | Kick) -> None:
        self.y[6] -= what.mass_kg
        self.floor_kg -= what.mass_kg
        if isinstance(what, Kick):
            self.y[3:6] += what.delta_v_m_s / 1000.0 * self._toward(what.pitch_deg)
            self.y[8] += abs(what.delta_v_m_s) / 1000.0
        self.note(what.name)

    def _toward(self, pitch_deg: float | None) -> Array:
        """Along the flow, or at a pitch over level in its plane."""
        r, v = self.y[:3], self.y[3:6]
        wind = v - np.cross([0.0, 0.0, self.planet.rate_rad_s], r)
        if pitch_deg is None:
            return np.asarray(unit(wind))
        up = unit(r / np.array([1.0, 1.0, (1.0 - self.planet.flattening) ** 2]))
        level = unit(wind - (wind @ up) * up)
        return np.asarray(math.cos(math.radians(pitch_deg)) * level + math.sin(math.radians(pitch_deg)) * up)

    def steer(self, law: PitchTable | GravityTurn) -> None:
        """Follow a law from now on."""
        azimuth = self.azimuth_rad(law.azimuth_deg)
        north, east, up = self.local
        forward = math.cos(azimuth) * north + math.sin(azimuth) * east
        self.axes(up, forward)
        if isinstance(law, PitchTable):
            self.pitch = np.array(law.rows, dtype=float) * [1.0, math.pi / 180.0]
            self.p[m.P_LAW] = m.PLATFORM if law.axes == "platform" else m.LOCAL
        else:
            self.p[[m.P_LAW, m.P_START]] = m.TURN, law.start_s
            self.p[[m.P_KICK, m.P_KICK_S]] = math.radians(law.kick_deg), law.kick_s

    def axes(self, up: Array, forward: Array) -> None:
        self.p[m.P_UP : m.P_UP + 3], self.p[m.P_FORWARD : m.P_FORWARD + 3] = up, forward
        self.p[m.P_ACROSS : m.P_ACROSS + 3] = np.cross(forward, up)

    def azimuth_rad(self, given_deg: float | None) -> float:
        """An azimuth as given, or that of the velocity still missing at the pad in the plane of the target."""
        if given_deg is not None:
            return math.radians(given_deg)
        target = self.vehicle.target
        if self.normal is None or target is None:
            raise InputError("steering without azimuth_deg needs a guided stage whose target gives the plane")
        missing = target.speed_m_s / 1000.0 * np.cross(self.normal, unit(self.y[:3])) - np.cross(
            [0.0, 0.0, self.planet.rate_rad_s], self.y[:3]
        )
        return math.atan2(float(missing @ self.local[1]), float(missing @ self.local[0]))

    def ignite(self, stage: Stage) -> None:
        self.floor_kg, self.lit_s = float(self.y[6]) - stage.propellant_kg, self.t
        self.p[m.P_IGNITION], self.p[m.P_MOST_G] = self.t, stage.most_g
        self.throttle = np.array(stage.throttle, dtype=float)
        self.power()
        self.note("liftoff" if not self.moments else f"{stage.name} ignition")

    def power(self) -> None:
        """The engine's numbers of the stage that burns."""
        engine, share = self.stage.engine, self.thrust_factor
        vacuum, ground = engine.flows_kg_s
        self.p[[m.P_VACUUM_N, m.P_EXIT_N_PA]] = (
            share * engine.thrust_vacuum_n, share * (engine.thrust_vacuum_n - engine.sea_level_n) / SEA_LEVEL_PA
        )  # fmt: skip
        self.p[[m.P_FLOW, m.P_FLOW_PER_PA]] = share * vacuum, share * (ground - vacuum) / SEA_LEVEL_PA

    def cut(self) -> None:
        self.p[m.P_VACUUM_N] = 0.0
        self.note(f"{self.stage.name} cut-off")

    def carry(self, area_m2: float, drag: Table) -> None:
        self.p[m.P_AREA], self.drag = area_m2, np.array(drag, dtype=float)

    def begin(self, stage: Stage) -> None:
        """Take up a stage: its drag, its coast, its steering, its fire."""
        self.stage = stage
        self.carry(stage.area_m2, stage.drag)
        if isinstance(stage.steering, PitchTable | GravityTurn):
            self.steer(stage.steering)
        self.advance(self.t + stage.coast_s)
        self.ignite(stage)
        if stage is self.vehicle.stages[0]:
            self.check_lift()

    def burn(self) -> None:
        """Burn the stage out as it says it is cut off; raises where it cannot."""
        stage = self.stage
        end = self.lit_s + (stage.burn_s or LONGEST_BURN_S)
        sensed = stage.cutoff_sensed_m_s or math.inf
        status = self.advance(end, sensed_m_s=sensed)
        have = 1000.0 * float(self.y[7])
        if status == m.DRY and stage.burn_s is not None and end - self.t > 1e-6:
            raise InputError(
                f"{stage.name}: a burn of {stage.burn_s:g} s is {end - self.t:.1f} s longer than its "
                f"{stage.propellant_kg:g} kg of propellant last"
            )
        if status != m.SENSED and stage.cutoff_sensed_m_s is not None:
            raise ConvergenceError(
                f"{stage.name}: the cut-off at {sensed:g} m/s sensed is never reached; it is dry "
                f"{self.t - self.lit_s:.1f} s after ignition at {have:.0f} m/s, {sensed - have:.0f} m/s short"
            )
        if status == m.DONE and stage.burn_s is None:
            raise ConvergenceError(f"{stage.name} still burns {LONGEST_BURN_S:.0f} s after ignition; say burn_s")
        self.cut()

    def leave(self) -> None:
        """Hold after cut-off, then leave the stage behind."""
        stage = self.stage
        if stage.separation_s is None:
            return
        self.advance(self.t + stage.separation_s)
        left = self.floor_kg - stage.dry_kg
        self.y[6] = left
        self.note(f"{stage.name} separation")

    def check_lift(self) -> None:
        """InputError where the stage just lit does not lift the vehicle off its pad: what it feels there is thrust."""
        row, work = np.empty((2, m.COLUMNS)), np.empty((4, m.COLUMNS))
        limits = np.array([0.0, math.inf, math.inf, math.inf])
        m.fly_piece(
            0.0, 0.0, 1.0, limits, self.p, self.drag, self.throttle, self.pitch, self.y.copy(), row, work
        )  # fmt: skip
        push = float(row[0, m.R_SENSED]) * constants.STANDARD_GRAVITY_M_S2
        pull = 1000.0 * self.planet.gm_km3_s2 / float(self.y[:3] @ self.y[:3])
        if push <= pull:
            mass = float(self.y[6])
            raise InputError(
                f"{self.stage.name} cannot lift off: it pushes {push * mass / 1000.0:.1f} kN under "
                f"{pull * mass / 1000.0:.1f} kN of weight, {(pull - push) * mass / 1000.0:.1f} kN short; take off "
                f"{mass * (1.0 - push / pull):.0f} kg or add thrust"
            )
