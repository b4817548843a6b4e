"""How the Moon turns: the mantle's Euler angles of DE440 as matrices and rates, for numpy callers and for kernels."""

import math

import numba
import numpy as np
from numpy.typing import NDArray

from malapert.sky.chebyshev import Triple, position, state

Array = NDArray[np.float64]


@numba.njit(cache=True)
def fill_euler(phi: float, theta: float, psi: float, out: Array) -> None:
    """Write Rz(psi) Rx(theta) Rz(phi) into out (3, 3); angles in rad."""
    cf, sf = math.cos(phi), math.sin(phi)
    ct, st = math.cos(theta), math.sin(theta)
    cp, sp = math.cos(psi), math.sin(psi)
    out[0, 0] = cp * cf - sp * ct * sf
    out[0, 1] = cp * sf + sp * ct * cf
    out[0, 2] = sp * st
    out[1, 0] = -sp * cf - cp * ct * sf
    out[1, 1] = -sp * sf + cp * ct * cf
    out[1, 2] = cp * st
    out[2, 0] = st * sf
    out[2, 1] = -st * cf
    out[2, 2] = ct


@numba.njit(cache=True)
def euler_spin(theta: float, psi: float, phi_rate: float, theta_rate: float, psi_rate: float) -> Triple:
    """Angular velocity of Rz(psi) Rx(theta) Rz(phi) on its own axes, rad/s (Goldstein 2002, eq. 4.87)."""
    st, ct, sp, cp = math.sin(theta), math.cos(theta), math.sin(psi), math.cos(psi)
    return (
        phi_rate * st * sp + theta_rate * cp,
        phi_rate * st * cp - theta_rate * sp,
        phi_rate * ct + psi_rate,
    )


@numba.njit(cache=True)
def fill_turns(
    start_s: float, step_s: float, coefficients: Array, turn: Array, t_s: Array, matrices: Array, rates: Array
) -> None:
    """turn @ (ICRF to MOON_PA) into matrices (n, 3, 3) for every epoch (n,); the series are the `libration` segment's.

    ICRF to MOON_PA is Rz(psi) Rx(theta) Rz(phi), Park et al. 2021, AJ 161:105, section 2.4.
    rates (n, 3) gets the angular velocity on the turned axes, rad/s; with no rows it is left out.
    """
    m = np.empty((3, 3))
    with_rates = len(rates) > 0
    for i in range(len(t_s)):
        if with_rates:
            phi, theta, psi, phi_rate, theta_rate, psi_rate = state(start_s, step_s, coefficients, t_s[i])
            x, y, z = euler_spin(theta, psi, phi_rate, theta_rate, psi_rate)
            for j in range(3):
                rates[i, j] = turn[j, 0] * x + turn[j, 1] * y + turn[j, 2] * z
        else:
            phi, theta, psi = position(start_s, step_s, coefficients, t_s[i])
        fill_euler(phi, theta, psi, m)
        for j in range(3):
            for k in range(3):
                matrices[i, j, k] = turn[j, 0] * m[0, k] + turn[j, 1] * m[1, k] + turn[j, 2] * m[2, k]


@numba.njit(cache=True)
def fill_euler_turns(angles_rad: Array, angle_rates_rad_s: Array, matrices: Array, rates: Array) -> None:
    """The same from given phi, theta, psi (n, 3) and their rates (n, 3)."""
    for i in range(len(angles_rad)):
        phi, theta, psi = angles_rad[i]
        fill_euler(phi, theta, psi, matrices[i])
        a, b, c = angle_rates_rad_s[i]
        rates[i, 0], rates[i, 1], rates[i, 2] = euler_spin(theta, psi, a, b, c)
