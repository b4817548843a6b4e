"""The offline data pack as arrays: what `builders/` wrote, read once and kept."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Segment:
    """One body's Chebyshev series: coefficients (granules, 3, terms) in km, or rad for the librations."""

    start_tdb_s: float
    step_s: float
    coefficients: Array

    @property
    def end_tdb_s(self) -> float:
        return self.start_tdb_s + self.step_s * len(self.coefficients)


@dataclass(frozen=True)
class Ephemeris:
    """DE440: `segments` by name. Sun and planets from the solar-system barycentre, `moon` from the Earth,
    `libration` the lunar mantle's Euler angles phi, theta, psi from ICRF to MOON_PA (rad)."""

    name: str
    segments: dict[str, Segment]


@dataclass(frozen=True)
class GravityField:
    """Fully normalised Stokes coefficients c, s (degree + 1, degree + 1), tied to their body-fixed frame."""

    name: str
    frame: str
    gm_km3_s2: float
    radius_km: float
    c: Array
    s: Array

    @property
    def degree(self) -> int:
        return len(self.c) - 1


@dataclass(frozen=True)
class PolarHeights:
    """Polar stereographic raster: heights_m (rows, columns) above the sphere, row 0 at the top (largest y)."""

    pole: str
    heights_m: NDArray[np.int16]
    pixel_m: float
    left_m: float
    top_m: float
    radius_m: float
