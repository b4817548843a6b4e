"""Phases at the Moon: down to a site, standing there, up to an orbit or straight home, docking with what was left."""

import math
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq

from malapert import constants
from malapert.errors import ConvergenceError, InputError
from malapert.flight.ascent import ascend
from malapert.flight.descent import descend
from malapert.flight.earth_return import RETURN_TOLERANCE
from malapert.flight.forces import CISLUNAR, Forces
from malapert.flight.maneuvers import Impulse, fly_maneuvers
from malapert.flight.phases.base import Craft, Flyer, Piece, must_fly, place, places, said
from malapert.flight.phases.halo import next_perilune_s, way_up
from malapert.flight.phases.meeting import met
from malapert.flight.phases.orbital import epoch_s, must_hold, orbit_values
from malapert.flight.powered import DESCENT_FORCES, Lander, Site, axes_at, burn, linear_tangent
from malapert.flight.propagate import EventRule, propagate
from malapert.flight.rocket import propellant_kg
from malapert.flight.site_pass import wait_over_site_s
from malapert.programme.phases import moon as rows

Array = NDArray[np.float64]

DAY_S: Final = constants.SECONDS_PER_DAY
# States while it waits or stands: a minute apart, or this many over a long time.
STATES: Final = 2000
# Higher, the de-orbit burn is no longer a small one.
HIGHEST_KM: Final = 1000.0
# Straight up the Earth is hit by a few per cent of speed: burns this far apart, as shares of the mass, find it.
BURNS: Final = 41
SHARES: Final = (0.54, 0.60)


def descent(row: rows.Descent, craft: Craft | None) -> Piece:
    """Wait for the place, and land on it."""
    start = _at_moon(craft, row)
    orbit = orbit_values(start)
    low, high = orbit["end_periapsis_height_km"], orbit["end_apoapsis_height_km"]
    if not high <= HIGHEST_KM:
        raise InputError(
            f"a descent begins in a low orbit, under {HIGHEST_KM:g} km; this one is {low:.0f} x {high:.0f} km"
        )
    speed = 1000.0 * float(np.linalg.norm(start.state[3:]))
    must_hold(
        propellant_kg(start.mass_kg, speed, row.isp_s),
        row.propellant_kg,
        start.mass_kg,
        f"the {speed:.0f} m/s of orbit",
    )
    site = Site(row.lat_deg, row.lon_deg, row.height_m)
    wait_s = wait_over_site_s(
        start.state, start.epoch_tdb_s, site, within_deg=row.within_deg, longest_d=row.longest_wait_d
    )
    ready = start
    if wait_s > 0.0:
        waited = propagate(start.state, start.epoch_tdb_s, wait_s, DESCENT_FORCES)
        ready = replace(start, epoch_tdb_s=waited.end_tdb_s, state=waited.end_state)
    lander = Lander(start.mass_kg, row.thrust_n, row.isp_s, row.least_throttle)
    flown = descend(
        ready.state, ready.epoch_tdb_s, site, lander, perilune_altitude_km=row.perilune_km,
        gate_height_m=row.gate_height_m,
    )  # fmt: skip
    burnt_kg = start.mass_kg - flown.landed_mass_kg
    must_hold(burnt_kg, row.propellant_kg, start.mass_kg, f"the {flown.delta_v_m_s:.0f} m/s down")
    deorbit, _ = flown.maneuvers
    x, y, z = 1000.0 * deorbit.delta_v_icrf_km_s
    length = flown.ignition_tdb_s - start.epoch_tdb_s
    after = deorbit.epoch_tdb_s - start.epoch_tdb_s
    coasting = fly_maneuvers(
        start.state, start.epoch_tdb_s, length, DESCENT_FORCES, [Impulse(after, (x, y, z))],
        output_step_s=max(60.0, length / STATES),
    )  # fmt: skip
    light_kg = start.mass_kg - propellant_kg(start.mass_kg, deorbit.delta_v_m_s, row.isp_s)
    masses = np.where(coasting.epochs_tdb_s <= deorbit.epoch_tdb_s, start.mass_kg, light_kg)
    series = flown.profile | {"time_s": flown.profile["time_s"] + length}
    end = flown.touchdown_tdb_s
    states = np.vstack([coasting.states[:-1], flown.states[:, :6]])
    states[-1] = site.icrf(end)
    return Piece(
        row.name, row.type, "moon", np.concatenate([coasting.epochs_tdb_s[:-1], flown.epochs_tdb_s]), states,
        np.concatenate([masses[:-1], flown.states[:, 6]]),
        {
            "touchdown_utc": end,
            "wait_s": after,
            "ignition_utc": flown.ignition_tdb_s,
            "ignition_height_km": flown.ignition_altitude_km,
            "ignition_speed_m_s": flown.ignition_speed_m_s,
            "powered_s": flown.powered_duration_s,
            "delta_v_m_s": flown.delta_v_m_s,
            "powered_delta_v_m_s": flown.powered_delta_v_m_s,
            "burnt_kg": burnt_kg,
            "crossrange_deg": abs(flown.crossrange_deg),
            "touchdown_error_m": flown.touchdown_error_m,
        },
        (("de-orbit", deorbit.epoch_tdb_s), ("braking begins", flown.ignition_tdb_s), ("touchdown", end)),
        series, flown.forces,
    )  # fmt: skip


def _at_moon(craft: Craft | None, row: rows.Descent | rows.Dock) -> Craft:
    start = must_fly(craft, row.name)
    if start.center != "moon":
        raise InputError(f"a {row.type} is flown about the Moon, and the flight is about the {start.center}")
    return start


def landed(row: rows.Landed, craft: Craft | None) -> Piece:
    """Stand on the ground."""
    start = must_fly(craft, row.name)
    until = start.epoch_tdb_s + (row.duration_s or 0.0) if row.until is None else epoch_s(row.until)
    if until <= start.epoch_tdb_s:
        raise InputError(f"it is {said(start.epoch_tdb_s)} when it stands there, and it is to stay until {row.until}")
    epochs, states = _standing(start, until)
    return Piece(row.name, row.type, start.center, epochs, states, np.full(len(epochs), start.mass_kg), {})


def _standing(start: Craft, until_s: float) -> tuple[Array, Array]:
    """Epochs and ICRF states of what stands on the Moon."""
    site = _site(start)
    count = int(np.clip((until_s - start.epoch_tdb_s) / 600.0, 2, 300))
    epochs = np.linspace(start.epoch_tdb_s, until_s, count)
    return epochs, np.array([site.icrf(float(t)) for t in epochs])


def _site(start: Craft) -> Site:
    if start.center != "moon":
        raise InputError(f"it stands on the {start.center}, and this is flown on the Moon")
    lat_deg, lon_deg, height_km = place(start)
    return Site(lat_deg, lon_deg, 1000.0 * height_km)


def _liftoff_s(row: rows.AscentFromSurface | rows.DirectReturn, start: Craft) -> float:
    liftoff_s = start.epoch_tdb_s if row.liftoff is None else epoch_s(row.liftoff)
    if liftoff_s < start.epoch_tdb_s:
        raise InputError(f"it is {said(start.epoch_tdb_s)} when the craft stands ready, after the liftoff")
    return liftoff_s


def ascent_from_surface(row: rows.AscentFromSurface, craft: Craft | None) -> Piece:
    """Lift off the Moon into an orbit."""
    start = must_fly(craft, row.name)
    site, liftoff_s = _site(start), _liftoff_s(row, start)
    normal = None
    if row.into_plane_of is not None:
        waiting = left(start, row.into_plane_of, liftoff_s, DESCENT_FORCES)
        normal = np.cross(waiting.state[:3], waiting.state[3:])
    if row.halo is not None:
        perilune_s = next_perilune_s(row.halo, start.epoch_tdb_s + 3600.0 * row.way_up_h)
        meant = way_up(row.halo, perilune_s, row.apolune_km, row.coast_h)
        leaving = meant.trajectory.states_from("moon")[0]
        normal = np.cross(leaving[:3], leaving[3:])
        liftoff_s = meant.departure_tdb_s - 3600.0 * row.way_up_h
    flown = ascend(
        site, liftoff_s, Lander(start.mass_kg, row.thrust_n, row.isp_s), perilune_altitude_km=row.perilune_km,
        apolune_altitude_km=row.apolune_km, inclination_deg=row.inclination_deg or 0.0, plane_normal_icrf=normal,
        target_altitude_km=None, rendezvous_m_s=0.0, rise_s=row.rise_s,
    )  # fmt: skip
    must_hold(flown.propellant_kg, row.propellant_kg, start.mass_kg, f"the {flown.powered_delta_v_m_s:.0f} m/s up")
    end = Craft(flown.cutoff_tdb_s, flown.cutoff_state, "moon", flown.cutoff_mass_kg)
    values = {
        "cutoff_utc": flown.cutoff_tdb_s,
        "powered_s": flown.powered_duration_s,
        "delta_v_m_s": flown.powered_delta_v_m_s,
        "loss_m_s": flown.loss_m_s,
        "burnt_kg": flown.propellant_kg,
        "plane_angle_deg": abs(flown.plane_angle_deg),
    }
    return _up(row, start, liftoff_s, flown.epochs_tdb_s, flown.states, values | orbit_values(end), flown.forces)


def _up(
    row: rows.AscentFromSurface | rows.DirectReturn, start: Craft, liftoff_s: float, epochs: Array, states: Array,
    values: dict[str, float], forces: dict[str, str],
) -> Piece:  # fmt: skip
    """The piece of a powered climb: standing until liftoff, then epochs (n,) and states with mass (n, 7)."""
    if liftoff_s > start.epoch_tdb_s:
        before, stood = _standing(start, liftoff_s)
    else:
        before, stood = np.array([liftoff_s]), _site(start).icrf(liftoff_s)[None]
    keep = epochs > liftoff_s
    return Piece(
        row.name, row.type, "moon", np.concatenate([before, epochs[keep]]), np.vstack([stood, states[keep, :6]]),
        np.concatenate([np.full(len(before), start.mass_kg), states[keep, 6]]), values,
        (("liftoff", liftoff_s), ("cutoff", float(epochs[-1]))), models=forces,
    )  # fmt: skip


def left(start: Craft, name: str, epoch_tdb_s: float, forces: Forces) -> Craft:
    """A craft that an earlier phase left in orbit, at an epoch."""
    if name not in start.left:
        raise InputError(f"no craft {name!r} was left in orbit; left are {', '.join(start.left) or 'none'}")
    one = start.left[name]
    wait_s = epoch_tdb_s - one.epoch_tdb_s
    if wait_s <= 0.0:
        return one
    flown = propagate(one.state, one.epoch_tdb_s, wait_s, forces, center=one.center)
    return replace(one, epoch_tdb_s=flown.end_tdb_s, state=flown.end_state)


@dataclass(frozen=True)
class _Climb:
    """A burn straight up from a place, and the fall after it."""

    row: rows.DirectReturn
    site: Site
    liftoff_s: float
    mass_kg: float

    def burn_s(self, share: float) -> float:
        """How long it burns to use a share of the craft's mass."""
        return self.lander.exhaust_m_s * share * self.mass_kg / self.row.thrust_n

    @property
    def lander(self) -> Lander:
        return Lander(self.mass_kg, self.row.thrust_n, self.row.isp_s)

    def fly(self, burn_s: float, count: int = 2) -> tuple[Array, Array]:
        """Epochs (n,) and states with mass (n, 7) of the burn."""
        ground = self.site.icrf(self.liftoff_s)
        axes = axes_at(ground[:3], ground[3:])
        up = np.array([axes[1], axes[0], axes[2]])
        thrust = linear_tangent(self.lander, self.liftoff_s, up, np.zeros(4))
        epochs = self.liftoff_s + np.linspace(0.0, burn_s, count)
        state = np.append(ground, self.mass_kg)
        _, y, states, _ = burn(state, self.liftoff_s, burn_s, thrust, DESCENT_FORCES, outputs_s=epochs)
        return epochs, np.vstack([states[: count - 1], y])

    def comes_down_at_deg(self, burn_s: float) -> float:
        """Latitude where it comes down; nan where it misses the Earth."""
        epochs, states = self.fly(burn_s)
        rule = EventRule("descending", "earth", self.row.aim_height_km, stop_after=1)
        try:
            home = propagate(
                states[-1, :6], float(epochs[-1]), self.row.longest_d * DAY_S, CISLUNAR, rules=(rule,),
                tolerance=RETURN_TOLERANCE,
            )  # fmt: skip
        except ConvergenceError:
            return math.nan  # back onto the Moon
        if not home.stopped_by_event:
            return math.nan
        return float(places(home.states_from("earth")[-1:], home.epochs_tdb_s[-1:], "earth")[0][0])


def direct_return(row: rows.DirectReturn, craft: Craft | None) -> Piece:
    """Burn straight up for as long as leads to a latitude of the Earth."""
    start = must_fly(craft, row.name)
    climb = _Climb(row, _site(start), _liftoff_s(row, start), start.mass_kg)
    burn_s = _burn_home_s(climb)
    epochs, states = climb.fly(burn_s, 60)
    burnt_kg = start.mass_kg - float(states[-1, 6])
    must_hold(burnt_kg, row.propellant_kg, start.mass_kg, f"{burn_s:.1f} s at {row.thrust_n:g} N")
    end = Craft(float(epochs[-1]), states[-1, :6], "moon", float(states[-1, 6]))
    ground = climb.site.icrf(end.epoch_tdb_s)
    values = {
        "cutoff_utc": end.epoch_tdb_s,
        "powered_s": burn_s,
        "delta_v_m_s": climb.lander.exhaust_m_s * math.log(start.mass_kg / end.mass_kg),
        "cutoff_speed_m_s": 1000.0 * float(np.linalg.norm(end.state[3:] - ground[3:])),
        "burnt_kg": burnt_kg,
    }
    return _up(row, start, climb.liftoff_s, epochs, states, values | orbit_values(end), DESCENT_FORCES.describe())


def _burn_home_s(climb: _Climb) -> float:
    """The burn that comes down at the latitude aimed at; of two, the longer or the shorter."""
    aim = climb.row.aim_lat_deg
    times = np.array([climb.burn_s(float(share)) for share in np.linspace(*SHARES, BURNS)])
    found = np.array([climb.comes_down_at_deg(float(time)) for time in times]) - aim
    crossed = np.flatnonzero(np.isfinite(found[:-1]) & np.isfinite(found[1:]) & (found[:-1] * found[1:] <= 0.0))
    if not len(crossed):
        seen = "miss the Earth"
        if np.isfinite(found).any():
            seen = f"come down between {np.nanmin(found) + aim:.0f} and {np.nanmax(found) + aim:.0f} deg"
        raise InputError(
            f"no burn straight up from ({climb.site.lat_deg:.2f}, {climb.site.lon_deg:.2f}) at "
            f"{said(climb.liftoff_s)} comes down at {aim:g} deg: those of {times[0]:.0f} to {times[-1]:.0f} s {seen}; "
            "leave from another place or at another hour"
        )
    k = int(crossed[-1 if climb.row.speed == "faster" else 0])
    low, high = float(times[k]), float(times[k + 1])
    return float(brentq(lambda time: climb.comes_down_at_deg(time) - aim, low, high, xtol=1e-7))  # type: ignore[no-untyped-call]


def dock(row: rows.Dock, craft: Craft | None) -> Piece:
    """Fly to a craft left in orbit and touch it; both fly on together."""
    chaser = _at_moon(craft, row)
    forces = Forces(moon_degree=row.moon_degree)
    target = left(chaser, row.to, chaser.epoch_tdb_s, forces)
    piece = met(row, chaser, target.state, forces)
    burnt_kg = propellant_kg(chaser.mass_kg, piece.values["delta_v_m_s"], row.isp_s)
    must_hold(burnt_kg, row.propellant_kg, chaser.mass_kg, f"the {piece.values['delta_v_m_s']:.0f} m/s to {row.to}")
    masses = piece.masses_kg.copy()
    masses[-1] = chaser.mass_kg - burnt_kg + target.mass_kg
    piece.values["burnt_kg"] = burnt_kg
    return replace(piece, masses_kg=masses)


MOON: dict[str, Flyer] = {
    "descent": descent,
    "landed": landed,
    "ascent_from_surface": ascent_from_surface,
    "direct_return": direct_return,
    "dock": dock,
}
