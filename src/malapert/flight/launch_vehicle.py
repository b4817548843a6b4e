"""A launcher as data: engines, stages, what is thrown off on the way, and the laws by which it is steered."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from malapert import constants
from malapert.errors import InputError
from malapert.flight.entry_motion import EXPONENTIAL, Planet
from malapert.flight.rocket import exhaust_speed_m_s

Array = NDArray[np.float64]
Table = Sequence[tuple[float, float]]

SEA_LEVEL_PA: Final = 101325.0
# Moon: IAU mean radius, rate of the sidereal month (Williams and Boggs 2016), J2 of GRGM1200 to four digits.
MOON: Final = Planet(
    "moon", constants.GM_MOON_KM3_S2, constants.RADIUS_MOON_KM, 0.0, 2.033e-4, 2.6616995e-6, 0.0, 0.0, 1.4,
    EXPONENTIAL, "MOON_ME",
)  # fmt: skip


def _table(what: str, rows: Table) -> Array:
    out = np.array(rows, dtype=float)
    if out.ndim != 2 or out.shape[1] != 2 or not np.isfinite(out).all() or np.any(np.diff(out[:, 0]) <= 0.0):
        raise InputError(f"{what} is a table of pairs, the first number rising (got {rows})")
    return out


@dataclass(frozen=True)
class Engine:
    """All engines of a stage at full throttle: thrust (N) and specific impulse (s) in vacuum and at 101,325 Pa.

    Thrust falls in a straight line with the air's pressure by its difference, throttled or not (nozzle exit area).
    Without a sea-level thrust it is the vacuum's; with one specific impulse the other follows from an even flow.
    """

    thrust_vacuum_n: float
    thrust_sea_level_n: float | None = None
    isp_vacuum_s: float | None = None
    isp_sea_level_s: float | None = None

    def __post_init__(self) -> None:
        if self.isp_vacuum_s is None and self.isp_sea_level_s is None:
            raise InputError("an engine needs isp_vacuum_s or isp_sea_level_s")
        given = (self.thrust_vacuum_n, self.thrust_sea_level_n, self.isp_vacuum_s, self.isp_sea_level_s)
        if not all(one is None or (math.isfinite(one) and one > 0.0) for one in given):
            raise InputError(f"thrusts and specific impulses must be positive (got {self})")
        if self.sea_level_n > self.thrust_vacuum_n:
            raise InputError(f"an engine pushes harder in vacuum than at sea level (got {self})")

    @property
    def sea_level_n(self) -> float:
        return self.thrust_vacuum_n if self.thrust_sea_level_n is None else self.thrust_sea_level_n

    @property
    def flows_kg_s(self) -> tuple[float, float]:
        """Mass flow at full throttle in vacuum and at sea level."""
        vacuum = self.thrust_vacuum_n / exhaust_speed_m_s(self.isp_vacuum_s) if self.isp_vacuum_s else None
        ground = self.sea_level_n / exhaust_speed_m_s(self.isp_sea_level_s) if self.isp_sea_level_s else None
        return vacuum or ground or 0.0, ground or vacuum or 0.0


@dataclass(frozen=True)
class PitchTable:
    """Pitch (deg over level) against time from liftoff (s), ends held, in the plane of an azimuth (deg from north).

    axes "platform": level is the pad's at liftoff, kept in inertial space; "local": level is that under the craft.
    Without an azimuth the plane is that of the guided stage's target.
    """

    rows: Table
    azimuth_deg: float | None = None
    axes: str = "platform"

    def __post_init__(self) -> None:
        _table("a pitch program", self.rows)
        if self.axes not in ("platform", "local"):
            raise InputError(f"pitch is told on 'platform' or 'local' axes (got {self.axes!r})")


@dataclass(frozen=True)
class GravityTurn:
    """Straight up to start_s (from liftoff), tilted by kick_deg over kick_s, then along the flow once it has turned
    as far."""

    kick_deg: float
    start_s: float
    kick_s: float = 10.0
    azimuth_deg: float | None = None

    def __post_init__(self) -> None:
        if not (0.0 <= self.kick_deg < 90.0 and self.start_s >= 0.0 and self.kick_s > 0.0):
            raise InputError(f"a kick is 0 to 90 deg, after liftoff and over some time (got {self})")


@dataclass(frozen=True)
class Target:
    """Where guidance cuts off: altitude over the equatorial radius (km), inertial speed (m/s), its angle over level.

    The plane is the one, with this inclination, northbound or southbound, that is over the pad at liftoff, or comes to
    be so lead_s later, as the ground turns.
    """

    altitude_km: float
    speed_m_s: float
    inclination_deg: float
    flight_path_deg: float = 0.0
    southbound: bool = False
    lead_s: float = 0.0

    @staticmethod
    def orbit(
        perigee_km: float,
        apogee_km: float,
        inclination_deg: float,
        planet: Planet,
        *,
        southbound: bool = False,
        lead_s: float = 0.0,
    ) -> "Target":
        """Cut-off at perigee; altitudes over the equatorial radius. InputError for an orbit below the ground."""
        if not 0.0 < perigee_km <= apogee_km:
            raise InputError(f"an orbit of {perigee_km:g} x {apogee_km:g} km lies {-perigee_km:g} km below the ground")
        low, high = planet.radius_km + perigee_km, planet.radius_km + apogee_km
        speed = 1000.0 * math.sqrt(planet.gm_km3_s2 * (2.0 / low - 2.0 / (low + high)))
        return Target(perigee_km, speed, inclination_deg, 0.0, southbound, lead_s)

    def check(self, planet: Planet) -> None:
        """InputError for a cut-off on a path whose lowest point is below the ground."""
        if not (np.isfinite([self.altitude_km, self.speed_m_s, self.inclination_deg]).all() and self.speed_m_s > 0.0):
            raise InputError(f"a target is finite and its speed positive (got {self})")
        r, v, gamma = planet.radius_km + self.altitude_km, self.speed_m_s / 1000.0, math.radians(self.flight_path_deg)
        p = (r * v * math.cos(gamma)) ** 2 / planet.gm_km3_s2
        e = math.sqrt(max(1.0 + p * (v * v / planet.gm_km3_s2 - 2.0 / r), 0.0))
        lowest = p / (1.0 + e) - planet.radius_km
        if self.altitude_km <= 0.0 or lowest <= 0.0:
            raise InputError(
                f"the orbit aimed at has its lowest point {-lowest:.0f} km below the ground of {planet.name}; "
                f"raise its {'altitude' if self.altitude_km <= 0.0 else 'speed'}"
            )


@dataclass(frozen=True)
class Guided:
    """Steered to a target, this stage and all after it: the tangent linear in time, found anew every cycle_s."""

    target: Target
    cycle_s: float = 5.0

    def __post_init__(self) -> None:
        if not self.cycle_s >= 1.0:
            raise InputError(f"guidance works in cycles of 1 s or more (got {self.cycle_s})")


Steering = PitchTable | GravityTurn | Guided


@dataclass(frozen=True)
class Stage:
    """One stage: masses, engine, when it burns, and the drag of all that flies while it is the lowest.

    burn_s: how long it burns; cutoff_sensed_m_s: the speed at which an accelerometer along its axis cuts it off; with
    neither, to depletion. coast_s: from the stage before to ignition; separation_s: from cut-off until it is left,
    None to keep it. throttle: (s from ignition, share); most_g: throttled to stay within. drag: (Mach, Cd) on area_m2.
    Stages that burn side by side are told as one for each stretch of the same engines.
    """

    name: str
    dry_kg: float
    propellant_kg: float
    engine: Engine
    burn_s: float | None = None
    cutoff_sensed_m_s: float | None = None
    coast_s: float = 0.0
    separation_s: float | None = 0.0
    throttle: Table = ((0.0, 1.0),)
    most_g: float = math.inf
    area_m2: float = 0.0
    drag: Table = ((0.0, 0.0),)
    steering: Steering | None = None

    def __post_init__(self) -> None:
        if not (self.dry_kg >= 0.0 and self.propellant_kg > 0.0 and self.coast_s >= 0.0 and self.most_g > 0.0):
            raise InputError(f"{self.name}: masses, coast and load limit are not negative (got {self})")
        if self.burn_s is not None and self.cutoff_sensed_m_s is not None:
            raise InputError(f"{self.name} is cut off by burn_s or by cutoff_sensed_m_s, not both")
        if (self.burn_s or 1.0) <= 0.0 or (self.separation_s or 0.0) < 0.0:
            raise InputError(f"{self.name}: burn_s is positive, separation_s not negative")
        shares = _table(f"{self.name}: throttle", self.throttle)[:, 1]
        if shares.min() < 0.0 or _table(f"{self.name}: drag", self.drag)[:, 1].min() < 0.0:
            raise InputError(f"{self.name}: throttle and drag are not negative")


@dataclass(frozen=True)
class Drop:
    """Something thrown off: mass (kg), at a time from liftoff (s) or at a height (km): tower, fairing, retropack."""

    name: str
    mass_kg: float
    time_s: float | None = None
    height_km: float | None = None

    def __post_init__(self) -> None:
        if not self.mass_kg >= 0.0 or (self.time_s is None) == (self.height_km is None):
            raise InputError(f"{self.name} has a mass and goes at one of time_s and height_km")


@dataclass(frozen=True)
class Kick:
    """A short burn taken at once: m/s along the flow, or at pitch_deg over level in the plane of flight; back if
    negative. mass_kg: what it uses."""

    name: str
    time_s: float
    delta_v_m_s: float
    pitch_deg: float | None = None
    mass_kg: float = 0.0


@dataclass(frozen=True)
class Vehicle:
    """A launcher: its stages from the ground up, its payload (with what drops leave of it: their mass comes on top)."""

    stages: Sequence[Stage]
    payload_kg: float
    payload_area_m2: float = 0.0
    payload_drag: Table = ((0.0, 0.0),)
    drops: Sequence[Drop] = ()
    kicks: Sequence[Kick] = ()

    def __post_init__(self) -> None:
        if not self.stages or not self.payload_kg >= 0.0:
            raise InputError("a launcher has a stage or more and a payload that is not negative")
        if self.stages[0].steering is None:
            raise InputError(f"{self.stages[0].name} has no steering")
        if self.stages[0].coast_s > 0.0:
            raise InputError(f"{self.stages[0].name} stands on its pad and lifts off at once: coast_s is not for it")
        guided = [stage.name for stage in self.stages if isinstance(stage.steering, Guided)]
        if len(guided) > 1 or isinstance(self.stages[0].steering, Guided):
            raise InputError("one stage above the first begins the guided flight; those after it go on with it")
        last = self.stages[-1]
        if guided and (last.burn_s is not None or last.cutoff_sensed_m_s is not None):
            raise InputError(f"{last.name} is cut off by its guidance, not by burn_s or cutoff_sensed_m_s")
        _table("payload drag", self.payload_drag)

    @property
    def mass_kg(self) -> float:
        stages = sum(stage.dry_kg + stage.propellant_kg for stage in self.stages)
        return stages + self.payload_kg + sum(drop.mass_kg for drop in self.drops) + sum(k.mass_kg for k in self.kicks)

    @property
    def target(self) -> Target | None:
        """What the guided stages aim at."""
        return next((stage.steering.target for stage in self.stages if isinstance(stage.steering, Guided)), None)


@dataclass(frozen=True)
class Pad:
    """Where it stands: geodetic latitude, east longitude (deg), height over the ellipsoid (m)."""

    lat_deg: float
    lon_deg: float
    height_m: float = 0.0

    def axes(self, planet: Planet) -> tuple[Array, Array]:
        """Position (3,) km on the turning axes, and rows north, east, up there."""
        if not (abs(self.lat_deg) <= 90.0 and math.isfinite(self.lon_deg) and math.isfinite(self.height_m)):
            raise InputError(f"a pad lies between the poles (got {self})")
        lat, lon = math.radians(self.lat_deg), math.radians(self.lon_deg)
        up = np.array([math.cos(lat) * math.cos(lon), math.cos(lat) * math.sin(lon), math.sin(lat)])
        east = np.array([-math.sin(lon), math.cos(lon), 0.0])
        e2 = planet.flattening * (2.0 - planet.flattening)
        curve = planet.radius_km / math.sqrt(1.0 - e2 * up[2] ** 2)
        place = (curve + self.height_m / 1000.0) * up - np.array([0.0, 0.0, curve * e2 * up[2]])
        return place, np.array([np.cross(up, east), east, up])
