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
        """End of the last granule."""
        return self.start_tdb_s + self.step_s * len(self.coefficients)


@dataclass(frozen=True)
class Ephemeris:
    """DE440: `segments` by name. Sun and planets from the solar-system barycentre, `moon` from the Earth,
    `libration` the lunar mantle's Euler angles phi, theta, psi from ICRF to MOON_PA (rad).
    `constants` as in JPL's header (EMRAT; AU in km; GM in au3/day2). Segments may reach past the span; the span is
    what is promised."""

    name: str
    segments: dict[str, Segment]
    span_tdb_s: tuple[float, float]
    constants: dict[str, float]


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
        """Degree and order the field is cut at."""
        return len(self.c) - 1


@dataclass(frozen=True)
class PolarHeights:
    """Polar stereographic raster: heights_m (rows, columns) above the sphere, row 0 at the top (largest y).

    rho = 2 R tan((90 - |lat|) / 2), x = rho sin(lon); y = rho cos(lon) in the south, -rho cos(lon) in the north.
    """

    pole: str
    heights_m: NDArray[np.int16]
    pixel_m: float
    left_m: float
    top_m: float
    radius_m: float


@dataclass(frozen=True)
class EarthOrientation:
    """Daily IERS values at 0h UTC, (days,) each; rows after `last_c04_mjd` are Bulletin A, the last year predicted.

    UTC here is the UTC of the day, rubber seconds and all before 1972."""

    mjd: Array
    x_arcsec: Array
    y_arcsec: Array
    ut1_utc_s: Array
    dx_arcsec: Array
    dy_arcsec: Array
    last_c04_mjd: float
