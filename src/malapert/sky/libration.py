"""How the Moon turns: the mantle's Euler angles of DE440 as matrices and rates, for numpy callers and for kernels."""

import math

import numba
import numpy as np
from numpy.typing import NDArray

from malapert.sky.chebyshev import Triple, position, velocity

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
def moon_pa_matrix(start_s: float, step_s: float, coefficients: Array, t_s: float, out: Array) -> None:
    """Write the rotation from ICRF to MOON_PA at t_s into out (3, 3); arguments are the `libration` segment's.

    R = Rz(psi) Rx(theta) Rz(phi), Park et al. 2021, AJ 161:105, section 2.4. Rows are the axes of MOON_PA in ICRF.
    """
    phi, theta, psi = position(start_s, step_s, coefficients, t_s)
    fill_euler(phi, theta, psi, out)


@numba.njit(cache=True)
def moon_angular_velocity(start_s: float, step_s: float, coefficients: Array, t_s: float) -> Triple:
    """Angular velocity of MOON_PA against ICRF, on the axes of MOON_PA, rad/s (Goldstein 2002, eq. 4.87)."""
    _phi, theta, psi = position(start_s, step_s, coefficients, t_s)
    phi_rate, theta_rate, psi_rate = velocity(start_s, step_s, coefficients, t_s)
    st, ct, sp, cp = math.sin(theta), math.cos(theta), math.sin(psi), math.cos(psi)
    return (
        phi_rate * st * sp + theta_rate * cp,
        phi_rate * st * cp - theta_rate * sp,
        phi_rate * ct + psi_rate,
    )


@numba.njit(cache=True)
def fill_rotations(
    start_s: float, step_s: float, coefficients: Array, t_s: Array, matrices: Array, rates: Array
) -> None:
    """moon_pa_matrix into matrices (n, 3, 3) and moon_angular_velocity into rates (n, 3) for every epoch (n,)."""
    for i in range(len(t_s)):
        moon_pa_matrix(start_s, step_s, coefficients, t_s[i], matrices[i])
        rates[i, 0], rates[i, 1], rates[i, 2] = moon_angular_velocity(start_s, step_s, coefficients, t_s[i])
