"""A rotor that hovers: momentum theory for the air it drives, blade elements for what its blades drag.

Leishman 2006, "Principles of Helicopter Aerodynamics", 2nd ed., chapters 2 (momentum theory, hover and
coaxial rotors) and 3 (blade elements, weighted solidity).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from malapert.errors import InputError

Array = NDArray[np.float64]

# Two rotors on one shaft: induced power over that of the two apart. In one plane; with the lower in the wake of the
# upper, contracted, at equal thrust.
IN_ONE_PLANE: Final = math.sqrt(2.0)
ONE_BELOW: Final = 1.281


@dataclass(frozen=True)
class Rotor:
    """Rotors on one shaft: radius (m), blades of each, chord table (r/R, c/R), mean drag coefficient, power factors.

    induced_factor: kappa, of an inflow that is not even; interference: of two rotors on the two apart.
    """

    radius_m: float
    blades: int
    chord: Sequence[tuple[float, float]]
    drag: float
    rotors: int = 1
    induced_factor: float = 1.15
    interference: float = 1.0

    def __post_init__(self) -> None:
        r, c = np.array(self.chord, dtype=float).T
        if not (r[0] >= 0.0 and r[-1] <= 1.0 and np.all(np.diff(r) > 0.0) and np.all(c > 0.0)):
            raise InputError("a chord table is of pairs r/R and c/R, the first rising from 0 to 1, chords above zero")
        if not (self.radius_m > 0.0 and self.blades > 0 and self.rotors in (1, 2) and self.drag >= 0.0):
            raise InputError(f"a rotor has a radius, blades, one or two disks and a drag not below 0 (got {self})")

    @property
    def disk_m2(self) -> float:
        """Area of one disk."""
        return math.pi * self.radius_m**2

    def _moment(self, power: int) -> float:
        """Integral of local solidity times r^power over the blade, of one rotor: trapezoids in the table."""
        r, c = np.array(self.chord, dtype=float).T
        values = self.blades * c / math.pi * r**power
        return float(np.sum(0.5 * (values[1:] + values[:-1]) * np.diff(r)))

    @property
    def solidity(self) -> float:
        """Thrust-weighted solidity of one rotor, 3 int sigma r^2 dr."""
        return 3.0 * self._moment(2)

    def tip_speed_m_s(self, thrust_n: float, density_kg_m3: float, loading: float) -> float:
        """Tip speed that carries a thrust at a blade loading C_T/sigma: T = rho A V^2 sigma (C_T/sigma)."""
        each = thrust_n / self.rotors
        return math.sqrt(each / (density_kg_m3 * self.disk_m2 * self.solidity * loading))

    def ideal_power_w(self, thrust_n: float, density_kg_m3: float) -> float:
        """Least power of one disk that carries it all, T^1.5 / sqrt(2 rho A)."""
        return float(thrust_n**1.5 / math.sqrt(2.0 * density_kg_m3 * self.disk_m2))

    def induced_power_w(self, thrust_n: float, density_kg_m3: float) -> float:
        """Power into the air, all rotors: kappa times interference times the ideal of each with its share."""
        each = self.ideal_power_w(thrust_n / self.rotors, density_kg_m3)
        return self.induced_factor * self.interference * self.rotors * each

    def profile_power_w(self, tip_m_s: float, density_kg_m3: float) -> float:
        """Power into the drag of the blades: rho A V^3 int sigma Cd r^3 dr / 2, all rotors."""
        each = 0.5 * density_kg_m3 * self.disk_m2 * tip_m_s**3 * self.drag * self._moment(3)
        return self.rotors * each
