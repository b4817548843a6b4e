"""What pulls and slows a craft that enters an atmosphere: bodies, vehicles, parachutes and the compiled equations.

Motion is followed on the axes that turn with the body: no winds, and the speed is the speed through the air.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numba
import numpy as np
from numpy.typing import NDArray

from malapert import constants
from malapert.errors import InputError
from malapert.flight.atmosphere import earth_air, mars_air
from malapert.flight.compiled import stamp

Array = NDArray[np.float64]

EARTH_AIR, MARS_AIR, EXPONENTIAL = 0.0, 1.0, 2.0


@dataclass(frozen=True)
class Planet:
    """A body with air: GM (km3/s2), equatorial radius (km), flattening, J2, turning rate (rad/s), heating constant.

    air: EARTH_AIR, MARS_AIR or EXPONENTIAL with surface_kg_m3 and scale_km. top_km: where entry begins and ends.
    heating (kg^0.5/m): k of Sutton and Graves 1971, NASA TR R-376. frame: the frame of its maps in `sky.frames`.
    """

    name: str
    gm_km3_s2: float
    radius_km: float
    flattening: float
    j2: float
    rate_rad_s: float
    heating: float
    top_km: float
    sound_ratio: float
    air: float
    frame: str = ""
    surface_kg_m3: float = 0.0
    scale_km: float = 1.0

    def describe(self) -> dict[str, str]:
        """What stands beside a result."""
        kinds = {
            EARTH_AIR: "US Standard Atmosphere 1976",
            MARS_AIR: "COSPAR mean of Mars (Seiff 1982)",
            EXPONENTIAL: f"exponential, {self.surface_kg_m3:g} kg/m3, {self.scale_km:g} km",
        }
        return {
            "air": f"{kinds[self.air]}, no winds",
            "gravity": f"GM {self.gm_km3_s2!r} km3/s2, J2 {self.j2:g}",
            "heights": f"above the ellipsoid of {self.radius_km!r} km, flattening {self.flattening:.6g}",
            "heating": f"convective, Sutton and Graves, k {self.heating:g} kg^0.5/m; radiation left out",
        }


# EGM2008's J2 and WGS 84's rate; heating constants as tabulated from NASA TR R-376 for air and for Mars's mixture.
EARTH: Final = Planet(
    "earth", constants.GM_EARTH_KM3_S2, constants.WGS84_RADIUS_KM, constants.WGS84_FLATTENING, 1.0826e-3, 7.292115e-5,
    1.7415e-4, 120.0, 1.4, EARTH_AIR, "ITRF",
)  # fmt: skip
# Archinal et al. 2018 for radii and rate; J2 of GMM-3 (Genova et al. 2016, Icarus 272:228).
MARS: Final = Planet(
    "mars", constants.GM_MARS_SYSTEM_KM3_S2, 3396.19, (3396.19 - 3376.20) / 3396.19, 1.9566e-3, 7.088218e-5,
    1.9027e-4, 125.0, 1.33, MARS_AIR, "MARS",
)  # fmt: skip


@dataclass(frozen=True)
class Parachute:
    """A drag area (Cd times area, m2) that opens in a straight line over inflation_s, at a height, a Mach or a time.

    Times are from the start of the entry. What hung before it goes (with drop_kg: cover, heat shield, drogue); a reefed
    canopy is two of these.
    """

    name: str
    drag_area_m2: float
    inflation_s: float = 0.0
    height_km: float | None = None
    mach: float | None = None
    time_s: float | None = None
    drop_kg: float = 0.0

    def __post_init__(self) -> None:
        if sum(one is not None for one in (self.height_km, self.mach, self.time_s)) != 1:
            raise InputError(f"{self.name} opens at one of height_km, mach and time_s")
        if not (self.drag_area_m2 >= 0.0 and self.inflation_s >= 0.0 and self.drop_kg >= 0.0):
            raise InputError(f"{self.name}: drag area, inflation and dropped mass are not negative (got {self})")


@dataclass(frozen=True)
class Capsule:
    """What enters: mass (kg), reference area (m2), drag coefficient by Mach, lift over drag, nose radius (m).

    drag: pairs (Mach, Cd), ends held; bank: pairs (s, deg) from the start, straight between, ends held. Zero bank lifts
    up, positive turns to the right of the flight.
    """

    mass_kg: float
    area_m2: float
    drag: Sequence[tuple[float, float]]
    lift_to_drag: float = 0.0
    nose_m: float = 1.0
    bank: Sequence[tuple[float, float]] = ((0.0, 0.0),)
    parachutes: Sequence[Parachute] = ()

    def __post_init__(self) -> None:
        if not (self.mass_kg > 0.0 and self.area_m2 > 0.0 and self.nose_m > 0.0):
            raise InputError(f"mass, reference area and nose radius must be positive (got {self})")
        for what, table in (("drag", self.drag), ("bank", self.bank)):
            rows = np.array(table, dtype=float)
            if rows.ndim != 2 or rows.shape[1] != 2 or not np.isfinite(rows).all() or np.any(np.diff(rows[:, 0]) <= 0):
                raise InputError(f"{what} is a table of pairs, the first number rising (got {table})")
        if min(value for _, value in self.drag) <= 0.0:
            raise InputError("drag coefficients must be positive")
        if sum(one.drop_kg for one in self.parachutes) >= self.mass_kg:
            raise InputError("the parachutes drop more than the craft weighs")

    @property
    def ballistic_kg_m2(self) -> float:
        """Ballistic coefficient at the highest Mach of the drag table."""
        return self.mass_kg / (self.drag[-1][1] * self.area_m2)


# Places in the numbers the kernel reads.
(P_GM, P_RADIUS, P_FLAT, P_J2, P_RATE, P_HEAT, P_AIR, P_RHO, P_SCALE, P_SOUND, P_MASS, P_AREA, P_LIFT, P_NOSE, P_DENSER,
 P_CHUTE, P_OPENS, P_FILLS) = range(18)  # fmt: skip


def numbers(planet: Planet, capsule: Capsule, density_factor: float) -> Array:
    """(18,) what `motion` reads, without parachutes."""
    return np.array(
        [
            planet.gm_km3_s2, planet.radius_km, planet.flattening, planet.j2, planet.rate_rad_s, planet.heating,
            planet.air, planet.surface_kg_m3, planet.scale_km, planet.sound_ratio, capsule.mass_kg, capsule.area_m2,
            capsule.lift_to_drag, capsule.nose_m, density_factor, 0.0, 0.0, 0.0,
        ]
    )  # fmt: skip


@numba.njit(cache=True, error_model="numpy")
def straight_line(rows: Array, x: float) -> float:
    """Straight lines through rows (n, 2), ends held."""
    last = rows.shape[0] - 1
    if x <= rows[0, 0]:
        return float(rows[0, 1])
    if x >= rows[last, 0]:
        return float(rows[last, 1])
    k = 0
    while x >= rows[k + 1, 0]:
        k += 1
    return float(rows[k, 1] + (rows[k + 1, 1] - rows[k, 1]) * (x - rows[k, 0]) / (rows[k + 1, 0] - rows[k, 0]))


@numba.njit(cache=True, error_model="numpy")
def height_km(p: Array, x: float, y: float, z: float) -> float:
    """Height over the ellipsoid along the radius: within 2 m of the geodetic one at 120 km."""
    r = math.sqrt(x * x + y * y + z * z)
    s = z / r
    small = 1.0 - p[P_FLAT]
    return float(r - p[P_RADIUS] * small / math.sqrt(small * small + (1.0 - small * small) * s * s))


@numba.njit(cache=True, error_model="numpy")
def flow(p: Array, height: float, speed_km_s: float) -> tuple[float, float]:
    """Density (kg/m3) and Mach number."""
    if p[P_AIR] == EXPONENTIAL:
        return p[P_RHO] * p[P_DENSER] * math.exp(-height / p[P_SCALE]), 20.0
    density, _, pressure = earth_air(height) if p[P_AIR] == EARTH_AIR else mars_air(height)
    if density == 0.0:
        return 0.0, 20.0
    return p[P_DENSER] * density, 1000.0 * speed_km_s / math.sqrt(p[P_SOUND] * pressure / density)


@numba.njit(cache=True, error_model="numpy")
def forces(t: float, y: Array, p: Array, drag: Array) -> tuple[float, float, float, float, float]:
    """Height (km), density, Mach, drag (km/s2) and stagnation heating (W/m2) of a state on turning axes."""
    height = height_km(p, y[0], y[1], y[2])
    speed = math.sqrt(y[3] * y[3] + y[4] * y[4] + y[5] * y[5])
    density, mach = flow(p, height, speed)
    area = p[P_AREA] * straight_line(drag, mach)
    if p[P_CHUTE] > 0.0 and t >= p[P_OPENS]:
        area += p[P_CHUTE] * (min(1.0, (t - p[P_OPENS]) / p[P_FILLS]) if p[P_FILLS] > 0.0 else 1.0)
    push = 500.0 * density * area / p[P_MASS] * speed * speed  # km/s2: 1e6 from the speed, 1e-3 to kilometres
    heat = p[P_HEAT] * math.sqrt(density / p[P_NOSE]) * (1000.0 * speed) ** 3
    return height, density, mach, push, heat


@numba.njit(cache=True, error_model="numpy")
def motion(t: float, y: Array, p: Array, drag: Array, bank: Array, out: Array) -> None:
    """Fill out (7,): velocity, acceleration (km/s2) on the turning axes, heating (W/m2).

    Vinh, Busemann and Culp 1980, "Hypersonic and Planetary Entry Flight Mechanics", section 2-2, in Cartesian axes.
    """
    x, yy, z, vx, vy, vz = y[0], y[1], y[2], y[3], y[4], y[5]
    _, _, _, push, heat = forces(t, y, p, drag)
    r2 = x * x + yy * yy + z * z
    r = math.sqrt(r2)
    pull = -p[P_GM] / (r2 * r)
    bulge = 1.5 * p[P_J2] * (p[P_RADIUS] * p[P_RADIUS]) / r2
    sine2 = 5.0 * z * z / r2
    w = p[P_RATE]
    ax = pull * x * (1.0 + bulge * (1.0 - sine2)) + w * w * x + 2.0 * w * vy
    ay = pull * yy * (1.0 + bulge * (1.0 - sine2)) + w * w * yy - 2.0 * w * vx
    az = pull * z * (1.0 + bulge * (3.0 - sine2))
    speed = math.sqrt(vx * vx + vy * vy + vz * vz)
    if speed > 0.0:
        ux, uy, uz = vx / speed, vy / speed, vz / speed
        ax -= push * ux
        ay -= push * uy
        az -= push * uz
        # Lift: up is what is left of the radius across the velocity, right is velocity by radius.
        along = (x * ux + yy * uy + z * uz) / r
        lx, ly, lz = x / r - along * ux, yy / r - along * uy, z / r - along * uz
        size = math.sqrt(lx * lx + ly * ly + lz * lz)
        if p[P_LIFT] != 0.0 and size > 1e-9:
            angle = straight_line(bank, t)
            lift = push * p[P_LIFT] / size
            c, s = lift * math.cos(angle), lift * math.sin(angle)
            ax += c * lx + s * (uy * lz - uz * ly)
            ay += c * ly + s * (uz * lx - ux * lz)
            az += c * lz + s * (ux * ly - uy * lx)
    out[0], out[1], out[2], out[3], out[4], out[5], out[6] = vx, vy, vz, ax, ay, az, heat


for _kernel in (flow, forces, motion):
    stamp(_kernel)
