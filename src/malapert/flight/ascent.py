"""From a site on the Moon up to orbit: a vertical rise, a burn linear in its tangent, then to the waiting craft."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from malapert import constants
from malapert.errors import ConvergenceError, InputError
from malapert.flight.conics import planes_through, unit
from malapert.flight.elements import Elements, icrf_to_moon_fixed, lunar_elements
from malapert.flight.forces import Forces, gms_km3_s2
from malapert.flight.powered import DESCENT_FORCES, Lander, Site, axes_at, burn, linear_tangent
from malapert.flight.propagate import EventRule, propagate
from malapert.flight.targeting import Solution, solve
from malapert.flight.transfer import Maneuver

Array = NDArray[np.float64]

CONDITIONS = (
    "altitude (km)", "vertical speed (km/s)", "horizontal speed (km/s)", "distance from the plane (km)",
    "speed across the plane (km/s)",
)  # fmt: skip
ALLOWED = (1e-3, 1e-6, 1e-6, 1e-3, 1e-6)


@dataclass(frozen=True)
class Ascent:
    """A flown launch from the Moon: to an ellipse by thrust, then impulses to the target orbit and rendezvous.

    states (n, 7) at epochs_tdb_s (n,): the powered part after the vertical rise, Moon-centred ICRF with the mass.
    """

    site: Site
    maneuvers: tuple[Maneuver, ...]
    liftoff_tdb_s: float
    cutoff_tdb_s: float
    cutoff_state: Array
    elements: Elements
    powered_delta_v_m_s: float
    loss_m_s: float
    propellant_kg: float
    cutoff_mass_kg: float
    plane_angle_deg: float
    residuals: dict[str, float]
    profile: dict[str, Array]
    forces: dict[str, str]
    epochs_tdb_s: Array
    states: Array

    @property
    def powered_duration_s(self) -> float:
        return self.cutoff_tdb_s - self.liftoff_tdb_s

    @property
    def delta_v_m_s(self) -> float:
        return sum(maneuver.delta_v_m_s for maneuver in self.maneuvers)


def launch_normal(site: Site, epoch_tdb_s: float, inclination_deg: float) -> Array:
    """Normal (3,), ICRF, of the plane over the site with an inclination to the lunar equator, or the nearest to it."""
    place = unit(site.icrf(epoch_tdb_s)[:3])
    pole = icrf_to_moon_fixed(epoch_tdb_s)[2]
    latitude = math.asin(float(place @ pole))
    reach = min(max(math.radians(inclination_deg), abs(latitude)), math.pi - abs(latitude))
    both = planes_through(place[None, :], pole, reach - math.copysign(1e-12, reach - 0.5 * math.pi))
    return np.asarray(both[1][0])


def ascend(
    site: Site,
    epoch_tdb_s: float,
    lander: Lander,
    *,
    perilune_altitude_km: float = 15.0,
    apolune_altitude_km: float = 100.0,
    inclination_deg: float = 90.0,
    plane_normal_icrf: Array | None = None,
    target_altitude_km: float | None = 100.0,
    rendezvous_m_s: float = 30.0,
    rise_s: float = 10.0,
    forces: Forces = DESCENT_FORCES,
    samples: int = 120,
) -> Ascent:
    """Launch from a site to perilune x apolune, cutting off at perilune in a given plane or inclination.

    Then an impulse at apolune to the circular target_altitude_km (None: stay on the ellipse) and rendezvous_m_s,
    a declared allowance, not flown. Raises InputError for an engine too weak or a plane too far, ConvergenceError.
    """
    gm = float(gms_km3_s2(forces)[1])
    weight = 1000.0 * gm / (constants.RADIUS_MOON_KM + site.height_m / 1000.0) ** 2 * lander.mass_kg
    if lander.thrust_n <= weight:
        raise InputError(f"{lander.thrust_n:.0f} N cannot lift {lander.mass_kg:.0f} kg ({weight:.0f} N) off the Moon")
    if not 5.0 <= perilune_altitude_km <= apolune_altitude_km:
        raise InputError(f"ascent ends at 5 km or more (got {perilune_altitude_km} x {apolune_altitude_km})")
    normal = launch_normal(site, epoch_tdb_s, inclination_deg) if plane_normal_icrf is None else unit(plane_normal_icrf)
    ground = site.icrf(epoch_tdb_s)
    aside = math.degrees(math.asin(float(normal @ unit(ground[:3]))))
    if abs(aside) > 3.0:
        raise InputError(f"the site lies {abs(aside):.1f} deg off the plane asked for; launch when it is under it")
    perilune = constants.RADIUS_MOON_KM + perilune_altitude_km
    apolune = constants.RADIUS_MOON_KM + apolune_altitude_km
    speed = math.sqrt(gm * (2.0 / perilune - 2.0 / (perilune + apolune)))
    launch = _Launch(site, epoch_tdb_s, lander, normal, perilune, speed, rise_s, forces)
    shot = launch.shoot()
    return launch.record(shot, apolune, target_altitude_km, rendezvous_m_s, aside, samples)


@dataclass(frozen=True)
class _Launch:
    """The launch being shot: everything that stays fixed while the corrector works."""

    site: Site
    epoch_s: float
    lander: Lander
    normal: Array
    perilune_km: float
    speed: float
    rise_s: float
    forces: Forces

    def axes(self) -> Array:
        place = self.site.icrf(self.epoch_s)[:3]
        return axes_at(place, np.cross(self.normal, place))

    def risen(self) -> tuple[float, Array]:
        """Epoch and state (7,) after the vertical rise."""
        state = np.append(self.site.icrf(self.epoch_s), self.lander.mass_kg)
        axes = self.axes()
        up = np.array([axes[1], axes[1], axes[2]])
        end, y, _, _ = burn(
            state, self.epoch_s, self.rise_s, linear_tangent(self.lander, self.epoch_s, up, np.zeros(4)), self.forces
        )
        return end, y

    def thrust(self, x: Array, start_s: float, duration_s: float) -> Array:
        law = np.array([x[0], x[1] / duration_s, x[2], x[3] / duration_s])
        return linear_tangent(self.lander, start_s, self.axes(), law)

    def shoot(self) -> Solution:
        start, state = self.risen()
        time = self.lander.burn_time_s(1080.0 * self.speed) - self.rise_s

        def misses(x: Array) -> Array:
            duration = x[4] * time
            _, y, _, _ = burn(state, start, duration, self.thrust(x, start, duration), self.forces)
            if y[6] <= 0.0:
                raise ConvergenceError("the mass is used up before the orbit is reached")
            r = math.sqrt(y[:3] @ y[:3])
            up = y[:3] / r
            return np.array(
                [
                    r - self.perilune_km,
                    y[3:6] @ up,
                    y[3:6] @ np.cross(self.normal, up) - self.speed,
                    self.normal @ y[:3],
                    self.normal @ y[3:6],
                ]
            )

        reasons = []
        for a, b in ((0.5, -0.5), (0.3, -0.3), (0.9, -1.0), (0.15, -0.1), (1.5, -1.8)):
            try:
                return solve(
                    misses, [a, b, 0.0, 0.0, 1.0], [1e-6] * 5, CONDITIONS, ALLOWED, what="ascent to orbit",
                    iterations=40, limit=300.0,
                )  # fmt: skip
            except ConvergenceError as error:
                reasons.append(str(error))
        raise ConvergenceError(f"no ascent found from five starts; the last: {reasons[-1]}")

    def record(
        self, shot: Solution, apolune_km: float, target_km: float | None, rendezvous: float, aside: float, samples: int
    ) -> Ascent:
        gm = float(gms_km3_s2(self.forces)[1])
        start, state = self.risen()
        duration = float(shot.unknowns[4]) * (self.lander.burn_time_s(1080.0 * self.speed) - self.rise_s)
        times = start + np.linspace(0.0, duration, samples)
        end, final, path, _ = burn(
            state, start, duration, self.thrust(shot.unknowns, start, duration), self.forces, outputs_s=times
        )
        surface = constants.RADIUS_MOON_KM + self.site.height_m / 1000.0
        radius = np.linalg.norm(path[:, :3], axis=1)
        if np.min(radius) < surface:
            raise ConvergenceError(f"the ascent dips {surface - np.min(radius):.3f} km under its site; add thrust")
        spent = self.lander.exhaust_m_s * math.log(self.lander.mass_kg / final[6])
        ground = self.site.icrf(self.epoch_s)
        gained = 1000.0 * (float(np.linalg.norm(final[3:6])) - float(np.linalg.norm(ground[3:])))
        maneuvers = [Maneuver("ascent", self.epoch_s, unit(final[3:6]) * spent / 1000.0, end - self.epoch_s)]
        if target_km is not None:
            maneuvers += self._circularise(final[:6], end, constants.RADIUS_MOON_KM + target_km, gm)
        if rendezvous > 0.0:
            last = maneuvers[-1]
            maneuvers.append(Maneuver("rendezvous allowance", last.epoch_tdb_s, unit(final[3:6]) * rendezvous / 1000.0))
        return Ascent(
            self.site,
            tuple(maneuvers),
            self.epoch_s,
            end,
            final[:6],
            lunar_elements(final[:6], end, gm),
            spent,
            spent - gained,
            self.lander.mass_kg - float(final[6]),
            float(final[6]),
            aside,
            shot.residuals,
            {
                "time_s": times - self.epoch_s,
                "height_m": 1000.0 * (radius - surface),
                "range_km": surface * np.arccos(np.clip(unit(path[:, :3]) @ unit(ground[:3]), -1.0, 1.0)),
                "speed_m_s": 1000.0 * np.linalg.norm(path[:, 3:6], axis=1),
                "vertical_speed_m_s": 1000.0 * np.sum(path[:, 3:6] * path[:, :3], axis=1) / radius,
                "mass_kg": path[:, 6],
                "thrust_n": np.full(samples, self.lander.thrust_n),
            },
            self.forces.describe(),
            times,
            np.vstack([path[: samples - 1], final]),
        )

    def _circularise(self, state: Array, epoch_s: float, target_km: float, gm: float) -> list[Maneuver]:
        """Raise or trim at apolune, then make it circular at the target radius (two impulses if they differ)."""
        arc = propagate(state, epoch_s, 8000.0, self.forces, rules=(EventRule("apoapsis", "moon", stop_after=1),))
        if not arc.stopped_by_event:
            raise ConvergenceError("no apolune within 8000 s of cut-off: the ellipse is rounder than the Moon's field")
        top, radius = arc.end_state, float(np.linalg.norm(arc.end_state[:3]))
        first = math.sqrt(gm * (2.0 / radius - 2.0 / (radius + target_km)))
        burn_one = unit(top[3:]) * first - top[3:]
        last = abs(math.sqrt(gm / target_km) - math.sqrt(gm * (2.0 / target_km - 2.0 / (radius + target_km))))
        half = math.pi * math.sqrt((0.5 * (radius + target_km)) ** 3 / gm)
        one = Maneuver("circularisation", arc.end_tdb_s, burn_one)
        if last < 1e-4:
            return [one]
        return [one, Maneuver("orbit trim", arc.end_tdb_s + half, -unit(top[3:]) * last)]
