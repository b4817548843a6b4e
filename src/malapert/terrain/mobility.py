"""How a rover drives: the force soft ground and grade ask of its wheels, and the energy and speed that follow."""

import math
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from malapert.constants import GM_MOON_KM3_S2, RADIUS_MOON_KM
from malapert.errors import InputError

Array = NDArray[np.float64]

GRAVITY_M_S2: Final = 1000.0 * GM_MOON_KM3_S2 / RADIUS_MOON_KM**2
JOULES_PER_KWH: Final = 3.6e6


@dataclass(frozen=True)
class Soil:
    """Pressure and sinkage of a soil, p = (k_c / b + k_phi) z^n (Bekker 1969): N/m^(n+1), N/m^(n+2), exponent."""

    cohesive: float
    frictional: float
    exponent: float


# Carrier, Olhoeft and Mendell 1991, Lunar Sourcebook, chapter 9, typical soil: 0.14 N/cm2, 0.82 N/cm3, 1.
LUNAR_SOIL: Final = Soil(1400.0, 820_000.0, 1.0)


@dataclass(frozen=True)
class Mobility:
    """A rover as a driver sees it, with its load aboard.

    mass_kg: all that moves. speed_km_h: on easy ground. up, down and side_deg: steepest slopes it takes along and
    across its heading. rolling: motion resistance of level ground over weight. efficiency: work at the wheels over
    energy drawn. regeneration: part of what the wheels give back downhill that reaches the battery. drive_kw: most its
    drives draw; on grades that ask more it slows down. hotel_kw: everything else it draws on the way.
    """

    mass_kg: float
    speed_km_h: float
    up_deg: float
    down_deg: float
    side_deg: float
    rolling: float
    efficiency: float = 1.0
    regeneration: float = 0.0
    drive_kw: float = math.inf
    hotel_kw: float = 0.0

    def __post_init__(self) -> None:
        good = (
            0.0 < self.mass_kg < math.inf
            and 0.0 < self.speed_km_h < math.inf
            and all(0.0 < slope < 90.0 for slope in (self.up_deg, self.down_deg, self.side_deg))
            and 0.0 < self.rolling < math.inf
            and 0.0 < self.efficiency <= 1.0
            and 0.0 <= self.regeneration <= 1.0
            and self.drive_kw > 0.0
            and 0.0 <= self.hotel_kw < math.inf
        )
        if not good:
            raise InputError(
                f"{self}: a rover needs mass, speed, rolling resistance and drive power above zero, slopes between 0 "
                "and 90 deg, and an efficiency and a regeneration within 0 to 1"
            )

    def loaded(self, load_kg: float) -> "Mobility":
        """The same rover with so much more aboard."""
        return replace(self, mass_kg=self.mass_kg + load_kg)

    @property
    def level_kwh_km(self) -> float:
        """Energy its drives draw for each km of level ground."""
        return float(self.drive_kwh(1000.0, 0.0))

    def drive_kwh(self, ground_m: ArrayLike, rise_m: ArrayLike) -> Array:
        """Energy drawn by the drives over stretches of even slope, m on the level and up; negative where some is given
        back.

        Work at the wheels m g (c cos(slope) + sin(slope)) along the slope (Wong 2008, Theory of Ground Vehicles,
        section 3.1, without air), over the efficiency; what gravity gives above the resistance is braked away, but for
        the part that is regenerated.
        """
        push = self.rolling * np.asarray(ground_m, dtype=float) + np.asarray(rise_m, dtype=float)
        back = self.regeneration * self.efficiency
        drawn_m = np.where(push >= 0.0, push / self.efficiency, push * back)
        return np.asarray(self.mass_kg * GRAVITY_M_S2 * drawn_m / JOULES_PER_KWH)

    def hours(self, ground_m: ArrayLike, rise_m: ArrayLike) -> Array:
        """Time over stretches of even slope: at its speed, or slower where its drives cannot give the power."""
        ground, rise = np.asarray(ground_m, dtype=float), np.asarray(rise_m, dtype=float)
        at_speed = np.hypot(ground, rise) / (1000.0 * self.speed_km_h)
        if math.isinf(self.drive_kw):
            return np.asarray(at_speed)
        return np.asarray(np.maximum(at_speed, self.drive_kwh(ground, rise) / self.drive_kw))


def compaction(wheel_load_n: float, diameter_m: float, width_m: float, soil: Soil = LUNAR_SOIL) -> tuple[float, float]:
    """Sinkage (m) of a rigid wheel, and its motion resistance over its load, from pressing the soil alone.

    Bekker 1969, Introduction to Terrain-Vehicle Systems: z = (3 W / ((3 - n)(k_c + b k_phi) sqrt(D)))^(2 / (2n + 1)),
    R = (k_c + b k_phi) z^(n + 1) / (n + 1). Slip, bulldozing and the wheel's own flexing come on top.
    """
    n, stiff = soil.exponent, soil.cohesive + width_m * soil.frictional
    if not (min(wheel_load_n, diameter_m, width_m, stiff) > 0.0 and 0.0 < n < 3.0):
        raise InputError("a wheel needs a load, a diameter, a width and a soil that bears it")
    sunk_m = (3.0 * wheel_load_n / ((3.0 - n) * stiff * math.sqrt(diameter_m))) ** (2.0 / (2.0 * n + 1.0))
    return sunk_m, stiff * sunk_m ** (n + 1.0) / (n + 1.0) / wheel_load_n
