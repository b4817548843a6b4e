"""What acts on a craft's surface: the Sun's pressure and the air; the craft they act on, and series of air and axes."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from malapert.constants import WGS84_FLATTENING, WGS84_RADIUS_KM
from malapert.data import ephemeris
from malapert.errors import InputError
from malapert.flight.atmosphere import EARTH_TOP_KM, MARS_TOP_KM, MODELS, air
from malapert.sky.mars import mars_rotation

Array = NDArray[np.float64]
Row = tuple[float, float, Array]

_DAY_S: Final = 86400.0
# Cubics over a kilometre leave 1e-6 of the density; degree 7 over 16 days less than 1e-12 rad of Mars.
_AIR_STEP_KM: Final = 1.0
_TURN_STEP_S: Final = 16.0 * _DAY_S


@dataclass(frozen=True)
class Craft:
    """What sunlight and air act on: mass, areas, and coefficients.

    reflectivity: 1 for a black body to 2 for a mirror face on. bank_deg turns the lift from up to the right of the
    path. Under thrust the mass is the state's own.
    """

    mass_kg: float
    solar_area_m2: float = 0.0
    reflectivity: float = 1.3
    drag_area_m2: float = 0.0
    drag_coefficient: float = 2.2
    lift_to_drag: float = 0.0
    bank_deg: float = 0.0

    def __post_init__(self) -> None:
        if not (np.isfinite(self.mass_kg) and self.mass_kg > 0.0):
            raise InputError(f"a craft's mass_kg must be above zero (got {self.mass_kg!r})")
        for name in ("solar_area_m2", "reflectivity", "drag_area_m2", "drag_coefficient"):
            value = getattr(self, name)
            if not (np.isfinite(value) and value >= 0.0):
                raise InputError(f"a craft's {name} must not be below zero (got {value!r})")
        if not np.isfinite([self.lift_to_drag, self.bank_deg]).all():
            raise InputError(f"lift_to_drag and bank_deg must be finite (got {self.lift_to_drag}, {self.bank_deg})")

    def describe(self, center: str) -> dict[str, str]:
        """What stands beside every result of an arc about a centre."""
        text = {"craft_mass_kg": repr(self.mass_kg)}
        if self.solar_area_m2 > 0.0:
            text["solar_pressure"] = (
                f"{self.solar_area_m2:g} m2, coefficient {self.reflectivity:g}, 1360.8 W/m2 at 1 au, conical shadows"
            )
        if self.drag_area_m2 > 0.0 and center in AIR:
            lift = f", L/D {self.lift_to_drag:g} at bank {self.bank_deg:g} deg" if self.lift_to_drag else ""
            model = f"{MODELS[center]}, to {AIR[center].top_km:g} km"
            text["air"] = f"{self.drag_area_m2:g} m2, coefficient {self.drag_coefficient:g}{lift}; {model}"
        return text


class AirBody(NamedTuple):
    """The ellipsoid heights are counted from, and how fast the air turns with it."""

    radius_km: float
    flattening: float
    spin_rad_s: float
    top_km: float


# The Earth: WGS 84 and the rate of its ellipsoid (NGA.STND.0036, table 3.1). Mars: Archinal et al. 2018, Celest. Mech.
# Dyn. Astron. 130:22, equatorial and mean polar radius, 350.891982443297 deg a day.
AIR: Final = {
    "earth": AirBody(WGS84_RADIUS_KM, WGS84_FLATTENING, 7.292115e-5, EARTH_TOP_KM),
    "mars": AirBody(3396.19, 1.0 - 3376.20 / 3396.19, np.radians(350.891982443297) / _DAY_S, MARS_TOP_KM),
}


@lru_cache(maxsize=2)
def air_series(body: str) -> Row:
    """First height, step (km) and cubics (n, 3, 4) of the logarithm of density (kg/m3) in the first axis."""
    top = AIR[body].top_km
    nodes = np.cos(np.pi * np.arange(4) / 3.0)
    heights = (np.arange(int(top / _AIR_STEP_KM))[:, None] + 0.5 * (1.0 + nodes)) * _AIR_STEP_KM
    values = np.log(air(body, np.minimum(heights, top * (1.0 - 1e-12))).density_kg_m3)
    out = np.zeros((len(values), 3, 4))
    out[:, 0] = np.linalg.solve(np.polynomial.chebyshev.chebvander(nodes, 3), values.T).T
    return 0.0, _AIR_STEP_KM, out


@lru_cache(maxsize=1)
def turn_series() -> Row:
    """First epoch, step (s) and series (n, 3, 8) of Mars's Euler angles phi, theta, psi (rad) from `sky.mars`."""
    first, last = ephemeris().span_tdb_s
    count = int(np.ceil((last - first) / _TURN_STEP_S))
    nodes = np.cos(np.pi * (np.arange(8) + 0.5) / 8.0)
    t = first + (np.arange(count)[:, None] + 0.5 * (1.0 + nodes)) * _TURN_STEP_S
    matrices = mars_rotation(t.reshape(-1))[0]
    theta = np.arccos(matrices[:, 2, 2])
    phi = np.unwrap(np.arctan2(matrices[:, 2, 0], -matrices[:, 2, 1]))
    psi = np.arctan2(matrices[:, 0, 2], matrices[:, 1, 2]).reshape(count, 8)
    # Between nodes Mars turns many times over: whole turns are put back by its mean rate.
    steady = AIR["mars"].spin_rad_s * (t - t[:, :1])
    psi = psi[:, :1] + steady + np.angle(np.exp(1j * (psi - psi[:, :1] - steady)))
    values = np.stack([phi.reshape(count, 8), theta.reshape(count, 8), psi], axis=1)
    terms = np.linalg.solve(np.polynomial.chebyshev.chebvander(nodes, 7), values.reshape(-1, 8).T).T
    return first, _TURN_STEP_S, np.ascontiguousarray(terms.reshape(count, 3, 8))
