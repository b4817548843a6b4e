"""How Mars turns: the IAU's pole and prime meridian with their periodic terms, the frame of its maps."""

from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from malapert.sky import libration

Array = NDArray[np.float64]

_DAY_S: Final = 86400.0
_CENTURY_S: Final = 36525.0 * _DAY_S

# Archinal et al. 2018, Celest. Mech. Dyn. Astron. 130:22, table 1 (after Kuchynka et al. 2014, Icarus 229:340); deg:
# constant and rate, then (amplitude, phase, rate of the phase a Julian century); sines, for the declination cosines.
_RIGHT_ASCENSION: Final = (317.269202, -0.10927547)
_RIGHT_ASCENSION_TERMS: Final = np.array(
    [
        (0.000068, 198.991226, 19139.4819985),
        (0.000238, 226.292679, 38280.8511281),
        (0.000052, 249.663391, 57420.7251593),
        (0.000009, 266.183510, 76560.6367950),
        (0.419057, 79.398797, 0.5042615),
    ]
)
_DECLINATION: Final = (54.432516, -0.05827105)
_DECLINATION_TERMS: Final = np.array(
    [
        (0.000051, 122.433576, 19139.9407476),
        (0.000141, 43.058401, 38280.8753272),
        (0.000031, 57.663379, 57420.7517205),
        (0.000005, 79.476401, 76560.6495004),
        (1.591274, 166.325722, 0.5042615),
    ]
)
# The meridian turns by so many degrees a day.
_MERIDIAN: Final = (176.049863, 350.891982443297)
_MERIDIAN_TERMS: Final = np.array(
    [
        (0.000145, 129.071773, 19140.0328244),
        (0.000157, 36.352167, 38281.0473591),
        (0.000040, 56.668646, 57420.9295360),
        (0.000001, 67.364003, 76560.2552215),
        (0.000001, 104.792680, 95700.4387578),
        (0.584542, 95.391654, 0.5042615),
    ]
)


def _periodic(terms: Array, t: Array, quarter: float = 0.0) -> tuple[Array, Array]:
    """Sum of the terms (deg) and its rate (deg/s) at epochs (n,); a quarter turn makes cosines of the sines."""
    amplitude, phase, rate = terms.T
    angle = np.radians(phase + quarter + np.outer(t / _CENTURY_S, rate))
    slope = np.radians(rate) / _CENTURY_S
    return np.sin(angle) @ amplitude, np.cos(angle) @ (amplitude * slope)


def mars_rotation(t_tdb_s: ArrayLike) -> tuple[Array, Array]:
    """ICRF to the axes of Mars's maps (..., 3, 3) and the angular velocity on them, rad/s (..., 3).

    R = Rz(W) Rx(90 deg - declination) Rz(90 deg + right ascension), IAU 2015; SPICE's IAU_MARS with pck00011.
    """
    t = np.asarray(t_tdb_s, dtype=np.float64)
    flat = t.reshape(-1)
    ra, ra_rate = _periodic(_RIGHT_ASCENSION_TERMS, flat)
    dec, dec_rate = _periodic(_DECLINATION_TERMS, flat, 90.0)
    w, w_rate = _periodic(_MERIDIAN_TERMS, flat)
    # Whole turns go before the radians do: decades of rotation would cost four digits.
    w += (_MERIDIAN[0] + _MERIDIAN[1] * (flat / _DAY_S)) % 360.0
    phi = 90.0 + _RIGHT_ASCENSION[0] + _RIGHT_ASCENSION[1] * flat / _CENTURY_S + ra
    theta = 90.0 - (_DECLINATION[0] + _DECLINATION[1] * flat / _CENTURY_S + dec)
    phi_rate, theta_rate = ra_rate + _RIGHT_ASCENSION[1] / _CENTURY_S, -dec_rate - _DECLINATION[1] / _CENTURY_S
    rates = np.stack([phi_rate, theta_rate, w_rate + _MERIDIAN[1] / _DAY_S], axis=-1)
    matrices, spins = np.empty((flat.size, 3, 3)), np.empty((flat.size, 3))
    angles = np.radians(np.stack([phi, theta, w], axis=-1))
    libration.fill_euler_turns(angles, np.radians(rates), matrices, spins)
    return matrices.reshape(*t.shape, 3, 3), spins.reshape(*t.shape, 3)
