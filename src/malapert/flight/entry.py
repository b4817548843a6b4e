"""From the top of an atmosphere to the ground: `fly_entry` gives an `Entry` with its loads, its heating and its place.

Ballistic or lifting, with parachutes, over the turning oblate Earth or Mars. A craft that skips out and comes back is
followed; one that does not come back is an error that says so.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.integrate import solve_ivp  # type: ignore[attr-defined]

from malapert import constants
from malapert.errors import ConvergenceError, InputError
from malapert.flight.conics import unit
from malapert.flight.entry_motion import (
    EARTH,
    P_AREA,
    P_CHUTE,
    P_FILLS,
    P_MASS,
    P_OPENS,
    Capsule,
    Parachute,
    Planet,
    forces,
    height_km,
    motion,
    numbers,
)
from malapert.sky.rotation import rotation, state_to_frame

Array = NDArray[np.float64]
Watch = Callable[[float, Array], float]

TOLERANCE: Final = 1e-9
LONGEST_S: Final = 6.0 * 3600.0
SAMPLES_PER_STEP: Final = 8


@dataclass(frozen=True)
class Interface:
    """Where entry begins: height over the ellipsoid (km), geocentric latitude, east longitude, speed and angles.

    Speed (km/s), flight-path angle (deg, negative down) and heading (deg from north over east) relative to the turning
    air, or inertial with `inertial=True`.
    """

    height_km: float
    lat_deg: float
    lon_deg: float
    speed_km_s: float
    flight_path_deg: float
    heading_deg: float
    inertial: bool = False

    def state(self, planet: Planet) -> Array:
        """Position and velocity (6,) on the body's turning axes, km and km/s."""
        values = np.array([self.height_km, self.lat_deg, self.lon_deg, self.speed_km_s, self.heading_deg])
        if not (np.isfinite(values).all() and abs(self.flight_path_deg) <= 90.0 and abs(self.lat_deg) <= 90.0):
            raise InputError(f"an entry state is finite, its angles within 90 deg of level and equator (got {self})")
        lat, lon, gamma, psi = np.radians([self.lat_deg, self.lon_deg, self.flight_path_deg, self.heading_deg])
        up = np.array([math.cos(lat) * math.cos(lon), math.cos(lat) * math.sin(lon), math.sin(lat)])
        east = np.array([-math.sin(lon), math.cos(lon), 0.0])
        small = 1.0 - planet.flattening
        surface = planet.radius_km * small / math.sqrt(small**2 + (1.0 - small**2) * up[2] ** 2)
        r = (surface + self.height_km) * up
        level = math.cos(psi) * np.cross(up, east) + math.sin(psi) * east
        v = self.speed_km_s * (math.sin(gamma) * up + math.cos(gamma) * level)
        if self.inertial:
            v = v - np.cross([0.0, 0.0, planet.rate_rad_s], r)
        return np.concatenate([r, v], dtype=np.float64)


def state_on_turning_axes(state_icrf: Array, epoch_tdb_s: float, planet: Planet) -> Array:
    """An ICRF state (6,) about the planet, km and km/s, on the axes `fly_entry` flies."""
    if not planet.frame:
        raise InputError(f"{planet.name} has no frame that turns with it; give the state on its own axes")
    return state_to_frame(np.asarray(state_icrf, dtype=float), rotation(planet.frame, epoch_tdb_s))


@dataclass(frozen=True)
class Stop:
    """Where an entry ends in the air: at a height (km) or a Mach number on the way down, or a time (s)."""

    height_km: float | None = None
    mach: float | None = None
    time_s: float | None = None

    def __post_init__(self) -> None:
        if sum(one is not None for one in (self.height_km, self.mach, self.time_s)) != 1:
            raise InputError("an entry ends in the air at one of a height, a Mach number and a time")

    def __str__(self) -> str:
        at = ((self.height_km, "{:g} km"), (self.mach, "Mach {:g}"), (self.time_s, "{:g} s"))
        return next(text.format(value) for value, text in at if value is not None)


@dataclass(frozen=True)
class Moment:
    """Something that happened: what, when (s from the start), how high (km), how fast (m/s)."""

    name: str
    time_s: float
    height_km: float
    speed_m_s: float


@dataclass(frozen=True)
class Entry:
    """A flown entry: where and how fast it came down, its peaks and the series they are read from.

    Latitudes are geodetic. profile: arrays by name, unit in the name. states (n, 6), km and km/s: on the axes that turn
    with the body, at the times of the profile. moments: parachutes, skips, peaks, in order.
    """

    planet: str
    lat_deg: float
    lon_deg: float
    duration_s: float
    landing_speed_m_s: float
    range_km: float
    peak_g: float
    peak_pressure_pa: float
    peak_heating_w_m2: float
    heat_load_j_m2: float
    skips: int
    moments: tuple[Moment, ...]
    states: Array
    profile: dict[str, Array]
    models: dict[str, str]


class _Fall:
    """One entry being flown: the numbers of the kernel and the pieces flown so far."""

    def __init__(
        self, planet: Planet, capsule: Capsule, ground_km: float, density_factor: float, stop: Stop | None
    ) -> None:
        self.planet, self.capsule, self.ground_km, self.stop = planet, capsule, ground_km, stop
        self.p = numbers(planet, capsule, density_factor)
        self.drag = np.array(capsule.drag, dtype=float)
        self.bank = np.radians(np.array(capsule.bank, dtype=float)) * [180.0 / math.pi, 1.0]
        self.waiting = list(capsule.parachutes)
        self.rows: list[Array] = []
        self.moments: list[Moment] = []
        self.skips = 0
        self.outside = False

    def slope(self, t: float, y: Array) -> Array:
        out = np.empty(7)
        motion(t, y, self.p, self.drag, self.bank, out)
        return out

    def height(self, y: Array) -> float:
        return float(height_km(self.p, y[0], y[1], y[2]))

    def watches(self, start_s: float) -> list[tuple[str, Watch, float]]:
        """What ends a piece: name, function, direction of its crossing."""
        # A metre between the ways in and out, or rounding would count as a skip.
        edge = self.planet.top_km + (0.0 if self.outside else 1e-3)
        out: list[tuple[str, Watch, float]] = [
            ("ground", lambda t, y: self.height(y) - self.ground_km, -1.0),
            ("edge", lambda t, y: self.height(y) - edge, -1.0 if self.outside else 1.0),
        ]
        if self.waiting:
            out.append(("opens", self._trigger(self.waiting[0]), 0.0))
        if self.stop is not None:
            out.append(("stop", self._trigger(self.stop), 1.0))
        full = float(self.p[P_OPENS] + self.p[P_FILLS])
        if self.p[P_CHUTE] > 0.0 and start_s < full - 1e-6:
            out.append(("full", lambda t, y: t - full, 1.0))
        return out

    def _trigger(self, on: Parachute | Stop) -> Watch:
        """Rises through zero, or is above it, when it is time to open or stop; but for a time, only on the way down."""
        if on.time_s is not None:
            at = on.time_s
            return lambda t, y: t - at
        if on.height_km is not None:
            level = on.height_km
            return lambda t, y: level - self.height(y) if y[:3] @ y[3:6] < 0.0 else -1.0
        slow = float(on.mach or 0.0)
        return lambda t, y: slow - forces(t, y, self.p, self.drag)[2] if y[:3] @ y[3:6] < 0.0 else -1.0

    def open_next(self, t: float, y: Array) -> None:
        chute = self.waiting.pop(0)
        self.p[P_MASS] -= chute.drop_kg
        self.p[[P_CHUTE, P_OPENS, P_FILLS]] = chute.drag_area_m2, t, chute.inflation_s
        self.note(chute.name, t, y)

    def note(self, name: str, t: float, y: Array) -> None:
        self.moments.append(Moment(name, t, self.height(y), 1000.0 * float(np.linalg.norm(y[3:6]))))

    def leave(self, t: float, y: Array) -> None:
        """Note a skip; raise where it is for ever."""
        r = y[:3]
        v = y[3:6] + np.cross([0.0, 0.0, self.planet.rate_rad_s], r)
        gm, radius = self.planet.gm_km3_s2, float(np.linalg.norm(r))
        speed = float(np.linalg.norm(v))
        escape = math.sqrt(2.0 * gm / radius)
        leaves = f"the craft skips out of the air of {self.planet.name} {t:.0f} s after entry at {speed:.3f} km/s"
        if speed >= escape:
            raise ConvergenceError(f"{leaves} and never comes back (escape is {escape:.3f} km/s); enter steeper")
        a = 1.0 / (2.0 / radius - speed**2 / gm)
        e = math.sqrt(max(1.0 - float(np.linalg.norm(np.cross(r, v))) ** 2 / (gm * a), 0.0))
        self.skips += 1
        away = 2.0 * math.pi * math.sqrt(a**3 / gm)
        top = a * (1.0 + e) - self.planet.radius_km
        if away > LONGEST_S:
            raise ConvergenceError(
                f"{leaves} into an orbit of {away / 3600.0:.1f} h up to {top:.0f} km: that is aerocapture, not entry; "
                f"enter steeper"
            )
        self.note(f"skips out towards {top:.0f} km", t, y)

    def fly(self, y: Array, most_s: float) -> tuple[float, Array]:
        t = 0.0
        self.outside = self.height(y) >= self.planet.top_km
        if self.height(y) <= self.ground_km:
            raise InputError(f"the entry begins at {self.height(y):.3f} km, under the ground at {self.ground_km} km")
        if self.stop is not None and self._trigger(self.stop)(0.0, y) >= 0.0:
            mach = forces(0.0, y, self.p, self.drag)[2]
            raise InputError(f"it begins at {self.height(y):.3f} km and Mach {mach:.2f}, past its end at {self.stop}")
        while True:
            while self.waiting and self._trigger(self.waiting[0])(t, y) >= 0.0:
                self.open_next(t, y)
            watches = self.watches(t)
            ends = [_ending(function, direction) for _, function, direction in watches]
            done = solve_ivp(
                self.slope, (t, most_s), y, method="DOP853", rtol=TOLERANCE, dense_output=True, events=ends,
                atol=np.array([1e-7] * 3 + [1e-9] * 3 + [1.0]), max_step=20.0,
            )  # fmt: skip
            self._keep(done.t, done.sol)
            t, y = float(done.t[-1]), done.y[:, -1]
            if done.status < 0 or not np.isfinite(y).all():
                raise ConvergenceError(f"the integrator stopped {t:.1f} s after entry: {done.message}")
            if done.status == 0:
                raise ConvergenceError(
                    f"still at {self.height(y):.1f} km and {np.linalg.norm(y[3:6]):.3f} km/s {most_s:.0f} s after the "
                    f"start ({self.skips} skips): it stays in orbit; enter steeper or allow more time"
                )
            name = next(watch[0] for watch, times in zip(watches, done.t_events, strict=True) if len(times))
            if name == "ground" and self.stop is not None:
                raise InputError(f"it is on the ground {t:.1f} s after the start, before its end at {self.stop}")
            if name in ("ground", "stop"):
                return t, y
            if name == "edge":
                self.outside = not self.outside
                if self.outside:
                    self.leave(t, y)
            elif name == "opens":
                self.open_next(t, y)

    def _keep(self, times: Array, dense: Callable[[Array], Array]) -> None:
        """Rows of time, state and loads, several to a step."""
        inner = np.linspace(times[:-1], times[1:], SAMPLES_PER_STEP, endpoint=False, axis=1).ravel()
        for t, y in zip(np.append(inner, times[-1]), dense(np.append(inner, times[-1])).T, strict=True):
            self.rows.append(np.array([t, *y, *forces(t, y, self.p, self.drag), self.p[P_AREA], self.p[P_MASS]]))


def _ending(function: Watch, direction: float) -> Watch:
    """A terminal event for scipy."""

    def watch(t: float, y: Array) -> float:
        return function(t, y)

    watch.terminal, watch.direction = True, direction  # type: ignore[attr-defined]
    return watch


def fly_entry(
    start: Interface | Array,
    capsule: Capsule,
    planet: Planet = EARTH,
    *,
    ground_km: float = 0.0,
    density_factor: float = 1.0,
    most_s: float = LONGEST_S,
    stop: Stop | None = None,
) -> Entry:
    """Fly an entry from an `Interface`, or from a state (6,) on the planet's turning axes, to ground_km or a stop.

    density_factor multiplies the air. Raises InputError for what cannot be an entry, ConvergenceError where the craft
    skips out for ever, stays in orbit or is not down after most_s.
    """
    state = start.state(planet) if isinstance(start, Interface) else np.asarray(start, dtype=float)
    if state.shape != (6,) or not np.isfinite(state).all():
        raise InputError(f"an entry begins with six finite numbers, km and km/s (got {state!r})")
    if not (density_factor > 0.0 and most_s > 0.0):
        raise InputError(f"the density factor and the time allowed must be positive (got {density_factor}, {most_s})")
    fall = _Fall(planet, capsule, ground_km, density_factor, stop)
    begins = fall.height(state)
    inertial = state[3:] + np.cross([0.0, 0.0, planet.rate_rad_s], state[:3])
    if begins >= planet.top_km and state[:3] @ state[3:] >= 0.0:
        escape = math.sqrt(2.0 * planet.gm_km3_s2 / float(np.linalg.norm(state[:3])))
        if float(np.linalg.norm(inertial)) >= escape:
            raise InputError(f"at {begins:.1f} km the craft flies away from {planet.name} and does not come back")
    end, last = fall.fly(np.append(state, 0.0), most_s)
    return _entry(fall, state, end, last, lift=math.sqrt(1.0 + capsule.lift_to_drag**2))


def _entry(fall: _Fall, first: Array, end_s: float, last: Array, lift: float) -> Entry:
    planet = fall.planet
    rows = np.array(fall.rows)
    rows = rows[np.append(True, np.diff(rows[:, 0]) > 0.0)]
    t, r, v, push, heat = rows[:, 0], rows[:, 1:4], rows[:, 4:7], rows[:, 11], rows[:, 12]
    speed, radius = np.linalg.norm(v, axis=1), np.linalg.norm(r, axis=1)
    loads = 1000.0 * lift * push / constants.STANDARD_GRAVITY_M_S2
    pressure = 0.5 * rows[:, 9] * (1000.0 * speed) ** 2
    along = np.arccos(np.clip(unit(r) @ unit(first[:3]), -1.0, 1.0)) * planet.radius_km
    flat = (1.0 - planet.flattening) ** 2
    lat = np.degrees(np.arctan2(r[:, 2], flat * np.hypot(r[:, 0], r[:, 1])))
    lon = np.degrees(np.arctan2(r[:, 1], r[:, 0]))
    climb = np.sum(r * v, axis=1) / (radius * np.maximum(speed, 1e-12))
    peaks = [
        Moment(name, float(t[k]), float(rows[k, 8]), 1000.0 * float(speed[k]))
        for name, k in (("peak load", int(loads.argmax())), ("peak dynamic pressure", int(pressure.argmax())),
                        ("peak heating", int(heat.argmax())))
    ]  # fmt: skip
    return Entry(
        planet.name, float(lat[-1]), float(lon[-1]), end_s, 1000.0 * float(np.linalg.norm(last[3:6])), float(along[-1]),
        float(loads.max()), float(pressure.max()), float(heat.max()), float(last[6]), fall.skips,
        tuple(sorted([*fall.moments, *peaks], key=lambda moment: moment.time_s)),
        rows[:, 1:7],
        {
            "time_s": t,
            "height_km": rows[:, 8],
            "speed_m_s": 1000.0 * speed,
            "mach": rows[:, 10],
            "flight_path_deg": np.degrees(np.arcsin(np.clip(climb, -1.0, 1.0))),
            "load_g": loads,
            "dynamic_pressure_pa": pressure,
            "heating_w_m2": heat,
            "heat_load_j_m2": rows[:, 7],
            "lat_deg": lat,
            "lon_deg": lon,
            "range_km": along,
            "mass_kg": rows[:, 14],
        },
        planet.describe(),
    )  # fmt: skip
