"""The air of the Earth (US Standard Atmosphere 1976) and of Mars (COSPAR mean): density, temperature, pressure.

`earth_air` and `mars_air` are kernels for compiled equations of motion; `air` is the same for arrays, with the speed of
sound, and says when a height is off the model. No winds, no solar cycle, no seasons: a mean, as both models are.
"""

import math
from dataclasses import dataclass
from typing import Final

import numba
import numpy as np
from numpy.typing import ArrayLike, NDArray

from malapert.errors import CoverageError, InputError

Array = NDArray[np.float64]

# US Standard Atmosphere, 1976, NOAA-S/T 76-1562: g0, R*, effective radius (section 1.2), mean molar mass at sea level
# (table 3), ratio of specific heats (eq. 50).
_G0 = 9.80665
_GAS_J_KMOL_K = 8314.32
_RADIUS_KM = 6356.766
_MOLAR_KG_KMOL = 28.9644
GAMMAS: Final = {"earth": 1.4, "mars": 1.33}
# Of air; of the Martian mixture, 43.34 kg/kmol (Seiff 1982).
GAS_CONSTANTS_J_KG_K: Final = {"earth": _GAS_J_KMOL_K / _MOLAR_KG_KMOL, "mars": _GAS_J_KMOL_K / 43.34}
EARTH_TOP_KM: Final = 1000.0
MARS_TOP_KM: Final = 240.0
BOTTOM_KM: Final = {"earth": -5.0, "mars": -10.0}

# Table 4: geopotential base (km), temperature at it (K), gradient (K/km); the pressures follow by eqs. 33a and 33b.
_BASE_KM = np.array([0.0, 11.0, 20.0, 32.0, 47.0, 51.0, 71.0])
_BASE_K = np.array([288.15, 216.65, 216.65, 228.65, 270.65, 270.65, 214.65])
_SLOPE_K_KM = np.array([-6.5, 0.0, 1.0, 2.8, 0.0, -2.8, -2.0])
_HYDRO = 1000.0 * _G0 * _MOLAR_KG_KMOL / _GAS_J_KMOL_K  # K/km

# Table 8: molar mass over its sea-level value, every 0.5 km from 80 to 86 km; the kinetic temperature is scaled by it.
_DISSOCIATION = np.array(
    [1.0, 0.999996, 0.999989, 0.999971, 0.999941, 0.999909, 0.999870, 0.999829, 0.999786, 0.999741, 0.999694, 0.999641,
     0.999579]
)  # fmt: skip


def _base_pressures_pa() -> Array:
    out = [101325.0]
    for k in range(6):
        thick, warm, slope = _BASE_KM[k + 1] - _BASE_KM[k], _BASE_K[k], _SLOPE_K_KM[k]
        ratio = (warm / (warm + slope * thick)) ** (_HYDRO / slope) if slope else math.exp(-_HYDRO * thick / warm)
        out.append(out[-1] * ratio)
    return np.array(out)


_BASE_PA = _base_pressures_pa()


@numba.njit(cache=True, error_model="numpy")
def _upper_kelvin(z: float) -> float:
    """Kinetic temperature from 86 to 1000 km: eqs. 25, 27, 29 and 31."""
    if z <= 91.0:
        return 186.8673
    if z <= 110.0:
        return float(263.1905 - 76.3232 * math.sqrt(1.0 - ((z - 91.0) / 19.9429) ** 2))
    if z <= 120.0:
        return 240.0 + 12.0 * (z - 110.0)
    return 1000.0 - 640.0 * math.exp(-0.01875 * (z - 120.0) * (_RADIUS_KM + 120.0) / (_RADIUS_KM + z))


# Tables 3, 6, 7 and 9 for O, O2, Ar, He: molar mass, thermal diffusion factor, a (1/m s), b, number at 86 km (1/m3);
# vertical flux Q (1/km3), U (km), W (1/km3).
_SPECIES = (
    (15.9994, 0.0, 6.986e20, 0.75, 8.6e16, -5.809644e-4, 56.90311, 2.706240e-5),
    (31.9988, 0.0, 4.863e20, 0.75, 3.030898e19, 1.366212e-4, 86.0, 8.333333e-5),
    (39.948, 0.0, 4.487e20, 0.87, 1.351400e18, 9.434079e-5, 86.0, 8.333333e-5),
    (4.0026, -0.4, 1.700e21, 0.691, 7.5817e14, -2.457369e-4, 86.0, 6.666667e-4),
)
_OXYGEN_BELOW_97_KM = (-3.416248e-3, 97.0, 5.008765e-4)
_NITROGEN = (28.0134, 1.129794e20)
_HYDROGEN = (1.00797, -0.25, 3.305e21, 0.5, 8.0e10, 7.2e11)  # the last two: number at 500 km, escape flux (1/m2 s)
_AVOGADRO_PER_KMOL = 6.022169e26
_FINE_KM = 0.05


def _eddy_m2_s(z: Array) -> Array:
    """Eddy diffusion coefficient, eqs. 7 of section 1.3.3."""
    inside = np.clip(z - 95.0, 0.0, 19.9999)
    return np.asarray(np.where(z < 115.0, 120.0 * np.exp(1.0 - 400.0 / (400.0 - inside**2)), 0.0))


def _running(values: Array, step: float) -> Array:
    """Integral from the first point, by trapezoids."""
    return np.concatenate([[0.0], np.cumsum(0.5 * step * (values[1:] + values[:-1]))])


def _earth_upper() -> Array:
    """(915, 2) ln density (kg/m3) and ln pressure (Pa) at each km from 86 to 1000 km: eqs. 32 to 39 for six gases."""
    z = np.linspace(86.0, EARTH_TOP_KM, round((EARTH_TOP_KM - 86.0) / _FINE_KM) + 1)
    kelvin = np.array([_upper_kelvin.py_func(float(one)) for one in z])
    weight = _G0 * (_RADIUS_KM / (_RADIUS_KM + z)) ** 2 / (_GAS_J_KMOL_K * kelvin)  # kmol/kg m
    slope = np.gradient(kelvin, 1000.0 * _FINE_KM)
    step = 1000.0 * _FINE_KM
    mixed = np.where(z <= 100.0, _MOLAR_KG_KMOL, _NITROGEN[0])
    numbers = [_NITROGEN[1] * kelvin[0] / kelvin * np.exp(-_running(weight * mixed, step))]
    eddy = _eddy_m2_s(z)
    for k, (molar, thermal, a, b, first, q, u, w) in enumerate(_SPECIES):
        # O and O2 diffuse through nitrogen alone, argon and helium through all three.
        through = numbers[0] if k < 2 else np.sum(numbers[:3], axis=0)
        diffusion = a / through * (kelvin / 273.15) ** b
        share = diffusion / (diffusion + eddy)
        flux = q * (z - u) ** 2 * np.exp(-w * (z - u) ** 3)
        if k == 0:
            q2, u2, w2 = _OXYGEN_BELOW_97_KM
            below = np.minimum(z, u2)
            flux += q2 * (u2 - below) ** 2 * np.exp(-w2 * (u2 - below) ** 3)
        falls = weight * share * (molar + mixed * eddy / diffusion) + share * thermal * slope / kelvin + flux / 1000.0
        numbers.append(first * kelvin[0] / kelvin * np.exp(-_running(falls, step)))
    numbers.append(_hydrogen(z, kelvin, weight, np.sum(numbers, axis=0), step))
    molars = np.array([_NITROGEN[0], *(one[0] for one in _SPECIES), _HYDROGEN[0]])
    counts = np.array(numbers)
    density = molars @ counts / _AVOGADRO_PER_KMOL
    pressure = np.sum(counts, axis=0) * _GAS_J_KMOL_K * kelvin / _AVOGADRO_PER_KMOL
    every = round(1.0 / _FINE_KM)
    return np.asarray(np.log(np.stack([density, pressure], axis=1)[::every]), dtype=np.float64)


def _hydrogen(z: Array, kelvin: Array, weight: Array, total: Array, step: float) -> Array:
    """Number of hydrogen atoms (1/m3), none below 150 km: eqs. 39 to 40."""
    molar, thermal, a, b, at_500, flux = _HYDROGEN
    here = int(np.searchsorted(z, 500.0))
    depth = _running(weight * molar, step)
    depth -= depth[here]
    warm = (kelvin / kelvin[here]) ** (1.0 + thermal)
    escape = _running(flux * total / a * (273.15 / kelvin) ** b * warm * np.exp(depth), step)
    number = (at_500 - (escape - escape[here])) / warm * np.exp(-depth)
    return np.asarray(np.where(z >= 150.0, number, 0.0))


_EARTH_UPPER = _earth_upper()

# COSPAR northern mid-latitude mean (Seiff 1982, Adv. Space Res. 2(2):3; Pitts et al. 1990), as tabulated in NASA's
# Mars-GRAM 2021 as its reference atmosphere. Rows: km above the areoid, K, Pa, kg/m3.
_MARS_ROWS = np.array(
    [
        (0, 214.0, 6.36e2, 1.55e-2), (4, 213.4, 4.41e2, 1.08e-2), (8, 209.2, 3.06e2, 7.65e-3),
        (12, 201.4, 2.09e2, 5.44e-3), (16, 194.6, 1.42e2, 3.81e-3), (20, 188.3, 9.47e1, 2.63e-3),
        (24, 182.5, 6.25e1, 1.79e-3), (28, 177.5, 4.07e1, 1.20e-3), (32, 172.5, 2.63e1, 7.97e-4),
        (36, 167.5, 1.68e1, 5.24e-4), (40, 162.4, 1.06e1, 3.40e-4), (44, 158.0, 6.56, 2.17e-4),
        (48, 154.1, 4.03, 1.37e-4), (52, 150.3, 2.45, 8.52e-5), (56, 147.2, 1.47, 5.23e-5),
        (60, 144.2, 8.78e-1, 3.18e-5), (64, 142.0, 5.19e-1, 1.91e-5), (68, 140.0, 3.04e-1, 1.14e-5),
        (72, 139.0, 1.78e-1, 6.70e-6), (76, 139.0, 1.04e-1, 3.91e-6), (80, 139.0, 6.08e-2, 2.29e-6),
        (84, 139.0, 3.56e-2, 1.34e-6), (88, 139.0, 2.09e-2, 7.85e-7), (92, 139.0, 1.22e-2, 4.61e-7),
        (96, 139.0, 7.20e-3, 2.71e-7), (100, 139.0, 4.23e-3, 1.59e-7), (110, 149.4, 1.19e-3, 4.14e-8),
        (120, 159.7, 3.67e-4, 1.19e-8), (130, 170.0, 1.23e-4, 3.76e-9), (140, 245.1, 5.20e-5, 1.09e-9),
        (150, 288.6, 2.70e-5, 4.73e-10), (160, 314.0, 1.53e-5, 2.43e-10), (170, 328.8, 9.04e-6, 1.35e-10),
        (180, 337.5, 5.52e-6, 7.90e-11), (206, 346.1, 1.696e-6, 2.183e-11), (220, 347.3, 9.53e-7, 1.14e-11),
        (230, 348.1, 6.49e-7, 7.42e-12), (240, 348.9, 4.51e-7, 4.92e-12),
    ]
)  # fmt: skip
_MARS_STEP_KM = 2.0


def _mars_table() -> Array:
    """(121, 3) ln density, ln pressure and temperature every 2 km: cubics through the published rows."""
    z, rows = _MARS_ROWS[:, 0], np.column_stack([np.log(_MARS_ROWS[:, 3]), np.log(_MARS_ROWS[:, 2]), _MARS_ROWS[:, 1]])
    slopes = np.gradient(rows, z, axis=0)
    wanted = np.arange(0.0, MARS_TOP_KM + 0.5, _MARS_STEP_KM)
    k = np.clip(np.searchsorted(z, wanted, side="right") - 1, 0, len(z) - 2)
    wide = (z[k + 1] - z[k])[:, None]
    x = (wanted - z[k])[:, None] / wide
    rise, first, last = rows[k + 1] - rows[k], slopes[k] * wide, slopes[k + 1] * wide
    cubic = rows[k] + x * (first + x * (3.0 * rise - 2.0 * first - last + x * (first + last - 2.0 * rise)))
    return np.asarray(cubic, dtype=np.float64)


_MARS_TABLE = _mars_table()


@numba.njit(cache=True, error_model="numpy")
def _between(table: Array, place: float, column: int) -> float:
    """Value of an evenly spaced table at a fractional row: the cubic through it and the slopes of its neighbours."""
    last = table.shape[0] - 1
    k = min(max(int(place), 0), last - 1)
    x = place - k
    p1, p2 = table[k, column], table[k + 1, column]
    m1 = 0.5 * (p2 - table[k - 1, column]) if k > 0 else p2 - p1
    m2 = 0.5 * (table[k + 2, column] - p1) if k + 2 <= last else p2 - p1
    if place < 0.0:
        return float(p1 + m1 * x)
    return float(p1 + x * (m1 + x * (3.0 * (p2 - p1) - 2.0 * m1 - m2 + x * (m1 + m2 - 2.0 * (p2 - p1)))))


@numba.njit(cache=True, error_model="numpy")
def earth_air(height_km: float) -> tuple[float, float, float]:
    """Density (kg/m3), kinetic temperature (K), pressure (Pa) at a geometric height over sea level; none over 1000 km.

    US Standard Atmosphere 1976: its equations to 86 km, its six gases in diffusion above. Holds down to -5 km.
    """
    if height_km >= EARTH_TOP_KM:
        return 0.0, 1000.0, 0.0
    if height_km >= 86.0:
        place = height_km - 86.0
        return (
            math.exp(_between(_EARTH_UPPER, place, 0)),
            _upper_kelvin(height_km),
            math.exp(_between(_EARTH_UPPER, place, 1)),
        )
    geopotential = _RADIUS_KM * height_km / (_RADIUS_KM + height_km)
    k = 0
    while k < 6 and geopotential >= _BASE_KM[k + 1]:
        k += 1
    rise, slope = geopotential - _BASE_KM[k], _SLOPE_K_KM[k]
    kelvin = _BASE_K[k] + slope * rise
    if slope == 0.0:
        pressure = _BASE_PA[k] * math.exp(-_HYDRO * rise / kelvin)
    else:
        pressure = _BASE_PA[k] * (_BASE_K[k] / kelvin) ** (_HYDRO / slope)
    density = pressure * _MOLAR_KG_KMOL / (_GAS_J_KMOL_K * kelvin)
    if height_km > 80.0:
        j = min(int(2.0 * (height_km - 80.0)), 11)
        x = 2.0 * (height_km - 80.0) - j
        kelvin *= _DISSOCIATION[j] * (1.0 - x) + _DISSOCIATION[j + 1] * x
    return density, kelvin, pressure


@numba.njit(cache=True, error_model="numpy")
def mars_air(height_km: float) -> tuple[float, float, float]:
    """Density (kg/m3), temperature (K), pressure (Pa) at a height over the areoid; none over 240 km.

    COSPAR northern mid-latitude mean; under the areoid its lowest scale height goes on. Holds down to -10 km.
    """
    if height_km >= MARS_TOP_KM:
        return 0.0, 349.0, 0.0
    place = height_km / _MARS_STEP_KM
    return (
        math.exp(_between(_MARS_TABLE, place, 0)),
        _between(_MARS_TABLE, place, 2),
        math.exp(_between(_MARS_TABLE, place, 1)),
    )


@dataclass(frozen=True)
class Air:
    """Air at heights (...,): density, temperature, pressure and speed of sound, and the model's name."""

    density_kg_m3: Array
    temperature_k: Array
    pressure_pa: Array
    sound_m_s: Array
    model: str


MODELS: Final = {"earth": "US Standard Atmosphere 1976", "mars": "COSPAR mean (Seiff 1982)"}


def air(body: str, height_km: ArrayLike) -> Air:
    """Air at heights (...,) over the Earth's sea level or Mars's areoid; raises CoverageError off the model.

    Speed of sound: eq. 50, with 1.4 and 1.33 for the ratio of specific heats; over about 90 km sound has no meaning.
    """
    if body not in MODELS:
        raise InputError(f"there is air about 'earth' and 'mars' (got {body!r})")
    heights = np.asarray(height_km, dtype=float)
    top = EARTH_TOP_KM if body == "earth" else MARS_TOP_KM
    outside = ~((heights >= BOTTOM_KM[body]) & (heights < top))
    if np.any(outside):
        raise CoverageError(
            f"{MODELS[body]} holds from {BOTTOM_KM[body]:.0f} km to {top:.0f} km (got {heights[outside].flat[0]:g} km)"
        )
    kernel = earth_air if body == "earth" else mars_air
    values = np.array([kernel(float(one)) for one in heights.ravel()]).reshape(*heights.shape, 3)
    density, kelvin, pressure = values[..., 0], values[..., 1], values[..., 2]
    return Air(density, kelvin, pressure, np.sqrt(GAMMAS[body] * pressure / density), MODELS[body])
