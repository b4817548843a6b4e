"""What a solar array gives: how it faces the Sun, how warm its cells are, how old and dusty it is."""

from typing import Final

import numpy as np
from numpy.typing import ArrayLike

from malapert.constants import SOLAR_IRRADIANCE_W_M2
from malapert.errors import InputError
from malapert.programme.elements import SolarArray
from malapert.programme.places import sky_name
from malapert.station.hours import Array, Hours, Sky, Standing
from malapert.terrain.regolith import STEFAN_BOLTZMANN_W_M2_K4

# Standard test temperature of space cells (28 C), for which `power_kw` is given.
REFERENCE_K: Final = 301.15
# Heat a blanket takes up from sunlight after what it turns to power, and what it radiates from both faces; unsourced.
HEATED_FRACTION: Final = 0.6
EMISSIVITY: Final = 0.85


def facing(row: SolarArray, azimuth_deg: ArrayLike, elevation_deg: ArrayLike) -> Array:
    """Cosine of the angle between an array's normal and the Sun (n,), 0 where the Sun is behind it.

    Fixed: cos z = sin e cos t + cos e sin t cos(A - a), for elevation e and azimuth A of the Sun, tilt t of the normal
    from the zenith and azimuth a. Turning about the vertical with its face upright: cos e. Facing the Sun: 1.
    """
    elevation, azimuth = np.radians(elevation_deg), np.radians(azimuth_deg)
    if row.mount == "tracking":
        return np.ones(np.shape(elevation))
    if row.mount == "vertical_tracking":
        return np.asarray(np.clip(np.cos(elevation), 0.0, 1.0))
    tilt, turned = np.radians(row.tilt_deg), azimuth - np.radians(row.azimuth_deg)
    cosine = np.sin(elevation) * np.cos(tilt) + np.cos(elevation) * np.sin(tilt) * np.cos(turned)
    return np.asarray(np.clip(cosine, 0.0, 1.0))


def cell_k(sunlight: ArrayLike) -> Array:
    """Temperature of a thin array in balance with the sunlight on its face, radiating from both (n,), K.

    `sunlight` is that on the face against the solar constant; 303 K in full sunlight at 1 au. Nothing from the ground.
    """
    taken_w_m2 = HEATED_FRACTION * SOLAR_IRRADIANCE_W_M2 * np.asarray(sunlight, dtype=np.float64)
    return np.asarray((taken_w_m2 / (2.0 * EMISSIVITY * STEFAN_BOLTZMANN_W_M2_K4)) ** 0.25)


def array_kw(row: SolarArray, delivery: Standing, hours: Hours, sky: Sky) -> Array:
    """Output of one array (n,): rated power, the disk in view, distance of the Sun, facing, warmth, age and dust.

    Age takes `degradation` of what is left each year since use; dust takes `dust_loss` throughout. InputError for an
    array that does not face the Sun when the light brings no place of the Sun.
    """
    eye = sky_name(delivery.site, row.mast_m)
    sunlight = sky.sunlight(eye if eye in sky.elsewhere else delivery.site)
    if row.mount != "tracking":
        if sky.sun_azimuth_deg is None or sky.sun_elevation_deg is None:
            raise InputError(
                f"{delivery.element}: mount {row.mount} needs the Sun's place; the light series brings no "
                "sun_azimuth_deg and sun_elevation_deg"
            )
        sunlight = sunlight * facing(row, sky.sun_azimuth_deg, sky.sun_elevation_deg)
    kept = (1.0 - row.degradation) ** hours.age_y(delivery) * (1.0 - row.dust_loss)
    if row.temperature_coefficient > 0.0:
        warmer_k = cell_k(sunlight) - REFERENCE_K
        kept = kept * np.maximum(1.0 - row.temperature_coefficient * warmer_k, 0.0)
    return np.asarray(row.power_kw * kept * sunlight * hours.there(delivery))
