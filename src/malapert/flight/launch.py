"""From a pad on a turning body into space: `fly_launch` gives a `Launch` with its events, loads and last state."""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from malapert.errors import InputError
from malapert.flight import launch_motion as m
from malapert.flight.conics import unit
from malapert.flight.elements import Elements, elements_from_state
from malapert.flight.entry import Moment
from malapert.flight.entry_motion import EARTH, EXPONENTIAL, Planet
from malapert.flight.launch_guidance import guide
from malapert.flight.launch_sequence import Sequence
from malapert.flight.launch_vehicle import Guided, Pad, Vehicle
from malapert.sky.rotation import rotation, state_to_icrf

Array = NDArray[np.float64]

STEP_S: Final = 0.1


@dataclass(frozen=True)
class Launch:
    """A flown launch. state (6,), km and km/s: its end, on inertial axes that are the turning body's at liftoff.

    states (n, 6): on the same axes, at the times of the profile.
    events in order, speeds through the air; profile: arrays by name, unit in the name, two rows where a mass or a
    velocity jumps.
    """

    planet: Planet
    pad: Pad
    events: tuple[Moment, ...]
    duration_s: float
    state: Array
    mass_kg: float
    states: Array
    profile: dict[str, Array]
    models: dict[str, str]

    @property
    def elements(self) -> Elements:
        """Osculating orbit at the end, over the body's equator."""
        return elements_from_state(self.state, self.planet.gm_km3_s2)

    @property
    def apsides_km(self) -> tuple[float, float]:
        """Lowest and highest altitude of that orbit over the equatorial radius; the lowest of a lob is negative."""
        elements, radius = self.elements, self.planet.radius_km
        return elements.periapsis_radius_km - radius, elements.apoapsis_radius_km - radius

    @property
    def state_on_turning_axes(self) -> Array:
        """The end (6,), km and km/s, on the axes that turn with the body, as `fly_entry` takes it."""
        angle, w = self.planet.rate_rad_s * self.duration_s, np.array([0.0, 0.0, self.planet.rate_rad_s])
        c, s = math.cos(angle), math.sin(angle)
        turn = np.array([[c, s, 0.0], [-s, c, 0.0], [0.0, 0.0, 1.0]])
        place = turn @ self.state[:3]
        return np.concatenate([place, turn @ self.state[3:] - np.cross(w, place)], dtype=np.float64)

    def state_icrf(self, liftoff_tdb_s: float) -> tuple[float, Array]:
        """Epoch (TDB s past J2000) and ICRF state (6,) of the end, for `propagate`, of a liftoff at an epoch."""
        if not self.planet.frame:
            raise InputError(f"{self.planet.name} has no frame that turns with it")
        epoch = liftoff_tdb_s + self.duration_s
        return epoch, state_to_icrf(self.state_on_turning_axes, rotation(self.planet.frame, epoch))

    def event(self, name: str) -> Moment:
        """The first event of a name."""
        for one in self.events:
            if one.name == name:
                return one
        raise InputError(f"no event {name!r}; there are {', '.join(one.name for one in self.events)}")

    def at(self, time_s: float) -> dict[str, float]:
        """Everything in the profile at a time from liftoff, straight between rows."""
        times = self.profile["time_s"]
        if not times[0] <= time_s <= times[-1]:
            raise InputError(f"the launch was followed from 0 to {times[-1]:.1f} s (asked for {time_s:g})")
        return {name: float(np.interp(time_s, times, values)) for name, values in self.profile.items()}


def fly_launch(
    vehicle: Vehicle,
    pad: Pad,
    planet: Planet = EARTH,
    *,
    coast_s: float = 0.0,
    step_s: float = STEP_S,
    density_factor: float = 1.0,
    thrust_factor: float = 1.0,
) -> Launch:
    """Fly a vehicle off its pad through all its stages, then coast.

    density_factor and thrust_factor (with the flow, so that the specific impulse stays): of the air and the engines as
    they turn out; guidance looks ahead as if they were 1. Raises InputError for a stage that cannot lift, a burn longer
    than its propellant, an orbit below the ground or out of reach of the pad; ConvergenceError for a cut-off never
    reached and a craft that comes down.
    """
    if not (step_s > 0.0 and coast_s >= 0.0 and density_factor >= 0.0 and thrust_factor > 0.0):
        raise InputError(f"steps and factors are positive (got {step_s}, {coast_s}, {density_factor}, {thrust_factor})")
    if vehicle.target is not None:
        vehicle.target.check(planet)
    flight = Sequence(vehicle, pad, planet, step_s, density_factor, thrust_factor)
    for k, stage in enumerate(vehicle.stages):
        flight.begin(stage)
        if isinstance(stage.steering, Guided):
            guide(flight, k)
            flight.leave()
            break
        flight.burn()
        flight.leave()
    if vehicle.stages[-1].separation_s is not None:
        flight.carry(vehicle.payload_area_m2, vehicle.payload_drag)
    flight.advance(flight.t + coast_s)
    if flight.timed or flight.high:
        waits = ", ".join(one.name for one in [*flight.timed, *flight.high])
        raise InputError(f"the launch ends {flight.t:.1f} s after liftoff before {waits}; coast longer")
    return _launch(flight, pad)


def _launch(flight: Sequence, pad: Pad) -> Launch:
    planet, rows = flight.planet, np.concatenate(flight.rows)
    t, r, v = rows[:, 0], rows[:, 1:4], rows[:, 4:7]
    radius, inertial = np.linalg.norm(r, axis=1), np.linalg.norm(v, axis=1)
    wind = v - np.cross([0.0, 0.0, planet.rate_rad_s], r)
    up = np.sum(r * v, axis=1) / radius
    turned = planet.rate_rad_s * t
    flat = (1.0 - planet.flattening) ** 2
    fixed = np.column_stack(
        [np.cos(turned) * r[:, 0] + np.sin(turned) * r[:, 1], np.cos(turned) * r[:, 1] - np.sin(turned) * r[:, 0],
         r[:, 2]]
    )  # fmt: skip
    profile = {
        "time_s": t,
        "height_km": rows[:, m.R_HEIGHT],
        "speed_m_s": 1000.0 * rows[:, m.R_SPEED],
        "inertial_speed_m_s": 1000.0 * inertial,
        "vertical_speed_m_s": 1000.0 * up,
        "flight_path_deg": np.degrees(np.arctan2(up, np.linalg.norm(wind - (up / radius)[:, None] * r, axis=1))),
        "sensed_g": rows[:, m.R_SENSED],
        "dynamic_pressure_pa": rows[:, m.R_PRESSURE],
        "mach": np.where(rows[:, m.R_DENSITY] > 0.0, rows[:, m.R_MACH], np.nan),
        "mass_kg": rows[:, 7],
        "sensed_speed_m_s": 1000.0 * rows[:, 8],
        "ideal_delta_v_m_s": 1000.0 * rows[:, 9],
        "lat_deg": np.degrees(np.arctan2(r[:, 2], flat * np.hypot(r[:, 0], r[:, 1]))),
        "lon_deg": np.degrees(np.arctan2(fixed[:, 1], fixed[:, 0])),
        "range_km": planet.radius_km * np.arccos(np.clip(unit(fixed) @ unit(fixed[0]), -1.0, 1.0)),
    }
    return Launch(
        planet, pad, tuple(sorted([*flight.moments, *_peaks(profile)], key=lambda one: one.time_s)), flight.t,
        flight.y[:6].copy(), float(flight.y[6]), rows[:, 1:7].copy(), profile, _models(planet),
    )  # fmt: skip


def _peaks(profile: dict[str, Array]) -> list[Moment]:
    """Greatest dynamic pressure, where there is air, and the top of a lob."""
    climb = profile["vertical_speed_m_s"]
    over = np.flatnonzero((climb[:-1] > 0.0) & (climb[1:] <= 0.0))
    rising = int(over[0]) + 1 if len(over) else len(climb)
    k = int(np.argmax(profile["dynamic_pressure_pa"][:rising]))
    found = [("max q", k)] if profile["dynamic_pressure_pa"][k] > 0.0 else []
    found += [("apogee", int(i)) for i in over[:1]]
    return [
        Moment(name, *(float(profile[key][i]) for key in ("time_s", "height_km", "speed_m_s"))) for name, i in found
    ]


def _models(planet: Planet) -> dict[str, str]:
    out = planet.describe()
    del out["heating"]
    if planet.air == EXPONENTIAL and planet.surface_kg_m3 == 0.0:
        out["air"] = "none"
    return out
