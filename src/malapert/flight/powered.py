"""Flight under thrust near the Moon: the vehicle, the steering laws, the place it leaves from or goes to."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from malapert.errors import InputError
from malapert.flight import layout
from malapert.flight.conics import unit
from malapert.flight.forces import Forces, model, powered
from malapert.flight.propagate import fly
from malapert.flight.rocket import exhaust_speed_m_s
from malapert.sky.frames import icrf_to_moon_me, site_position_km

Array = NDArray[np.float64]

# Mean rotation of the Moon, rad/s: Williams and Boggs 2016, sidereal month of 27.321661 d. Physical librations change
# the speed of the ground by less than 1 mm/s.
MOON_RATE_RAD_S: Final = 2.6616995e-6
DESCENT_FORCES: Final = Forces(moon_degree=30)
BURN_TOLERANCE: Final = 1e-11


@dataclass(frozen=True)
class Lander:
    """A vehicle under thrust: mass at ignition (kg), full thrust (N), specific impulse (s), least throttle (0 to 1)."""

    mass_kg: float
    thrust_n: float
    isp_s: float
    least_throttle: float = 0.1

    def __post_init__(self) -> None:
        if not (self.mass_kg > 0.0 and self.thrust_n > 0.0 and self.isp_s > 0.0 and 0.0 <= self.least_throttle <= 1.0):
            raise InputError(f"mass, thrust and specific impulse must be positive, throttle 0 to 1 (got {self})")

    @property
    def exhaust_m_s(self) -> float:
        return exhaust_speed_m_s(self.isp_s)

    def burn_time_s(self, delta_v_m_s: float) -> float:
        """Time at full thrust for a delta-v, without losses."""
        flow = self.thrust_n / self.exhaust_m_s
        return float(-self.mass_kg / flow * np.expm1(-delta_v_m_s / self.exhaust_m_s))


@dataclass(frozen=True)
class Site:
    """A place on the Moon in MOON_ME: latitude, longitude (deg east), height over 1737.4 km (m)."""

    lat_deg: float
    lon_deg: float
    height_m: float = 0.0

    def icrf(self, epoch_tdb_s: float) -> Array:
        """Position and velocity of the ground (6,), Moon-centred ICRF, km and km/s."""
        fixed = site_position_km(self.lat_deg, self.lon_deg, self.height_m)
        before, now, after = np.asarray(icrf_to_moon_me(epoch_tdb_s + np.array([-30.0, 0.0, 30.0])))
        return np.concatenate([now.T @ fixed, (after - before).T @ fixed / 60.0])


def axes_at(place: Array, heading: Array) -> Array:
    """(3, 3) rows forward, up, across at a place (3,), forward being the heading's horizontal part."""
    up = unit(place)
    across = unit(np.cross(heading, up))
    return np.array([np.cross(up, across), up, across])


def linear_tangent(lander: Lander, start_s: float, axes: Array, law: Array, throttle: float = 1.0) -> Array:
    """Thrust array for steering along axes[0] + (a + b t) axes[1] + (c + d t) axes[2]; law is a, b, c, d."""
    out = np.zeros(layout.NUMBERS - layout.THRUST)
    out[layout.T_MODE - layout.THRUST] = layout.LINEAR_TANGENT
    out[layout.T_FORCE_N - layout.THRUST] = lander.thrust_n * throttle
    out[layout.T_EXHAUST_M_S - layout.THRUST] = lander.exhaust_m_s
    out[layout.T_START_S - layout.THRUST] = start_s
    out[layout.T_A - layout.THRUST : layout.T_D - layout.THRUST + 1] = law
    out[layout.T_AXES - layout.THRUST :] = axes.ravel()
    return out


def terminal(lander: Lander, surface_km: float, touchdown_km_s: float) -> Array:
    """Thrust array for braking against the velocity over ground, to touchdown_km_s at surface_km from the centre."""
    out = np.zeros(layout.NUMBERS - layout.THRUST)
    out[layout.T_MODE - layout.THRUST] = layout.TERMINAL
    out[layout.T_FORCE_N - layout.THRUST] = lander.thrust_n
    out[layout.T_EXHAUST_M_S - layout.THRUST] = lander.exhaust_m_s
    out[layout.T_A - layout.THRUST] = MOON_RATE_RAD_S
    out[layout.T_SURFACE_KM - layout.THRUST] = surface_km
    out[layout.T_SPEED_KM_S - layout.THRUST] = touchdown_km_s
    out[layout.T_MIN_N - layout.THRUST] = lander.least_throttle * lander.thrust_n
    return out


def burn(
    state: Array, epoch_s: float, duration_s: float, thrust: Array, forces: Forces, *, outputs_s: Array | None = None,
    rules: Array | None = None,
) -> tuple[float, Array, Array, Array]:  # fmt: skip
    """Fly a Moon-centred state with mass (7,) under thrust: end epoch, end state, outputs (k, 7), events found."""
    kernel = powered(model(forces, "moon"), thrust)
    _, t, y, outputs, found, _ = fly(
        state, epoch_s, epoch_s + duration_s, kernel, outputs_s=outputs_s, rules=rules, tolerance=BURN_TOLERANCE
    )
    return t, y, outputs, found
