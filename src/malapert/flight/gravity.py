"""Gravity of an uneven body: one kernel for spherical harmonics, without a singularity at the poles."""

import math

import numba
import numpy as np
from numpy.typing import NDArray

from malapert.data.pack import GravityField

Array = NDArray[np.float64]

# Terms smaller than this, relative to the point mass, are left out far from the body; the Stokes coefficients,
# themselves below 1e-3, push what is dropped further below rounding.
NEGLIGIBLE = 1e-14


def harmonic_tables(field: GravityField, degree: int) -> Array:
    """Tables (5, degree + 1, degree + 3) for `harmonic_acceleration`: alpha, beta, derivative factor, C, S.

    alpha and beta are the coefficients of the fully normalised column recursion, here run by rows so that the inner
    loops are contiguous; the diagonal of alpha holds the sectoral factors. Holmes and Featherstone 2002,
    J. Geodesy 76:279, eqs. 11-13.
    """
    n, m = np.meshgrid(np.arange(degree + 1.0), np.arange(degree + 3.0), indexing="ij")
    tables = np.zeros((5, degree + 1, degree + 3))
    with np.errstate(invalid="ignore", divide="ignore"):
        alpha = np.sqrt((2 * n + 1) * (2 * n - 1) / ((n - m) * (n + m)))
        beta = np.sqrt((2 * n + 1) * (n + m - 1) * (n - m - 1) / ((n - m) * (n + m) * (2 * n - 3)))
        sectoral = np.where(n == 1, math.sqrt(3.0), np.sqrt((2 * n + 1) / (2 * n)))
    tables[0] = np.where(m < n, alpha, np.where((m == n) & (n > 0), sectoral, 0.0))
    tables[1] = np.where(m < n - 1, beta, 0.0)
    factor = np.sqrt(np.maximum((n - m) * (n + m + 1), 0.0))
    tables[2] = np.where(m == 0, factor / math.sqrt(2.0), factor)
    tables[3, :, : degree + 1] = field.c[: degree + 1, : degree + 1]
    tables[4, :, : degree + 1] = field.s[: degree + 1, : degree + 1]
    return tables


@numba.njit(cache=True, error_model="numpy", fastmath={"reassoc", "contract", "nsz"})
def harmonic_acceleration(
    x: float, y: float, z: float, gm: float, radius: float, degree: int, tables: Array, work: Array
) -> tuple[float, float, float]:
    """Acceleration (km/s2, body-fixed) of degrees 2..degree at x, y, z (km); the point mass is not included.

    tables: from `harmonic_tables`; work: scratch (8, at least degree + 3).
    Pines 1973, AIAA J. 11:1508, eqs. 26-31, with fully normalised functions.
    """
    r = math.sqrt(x * x + y * y + z * z)
    s = x / r
    t = y / r
    u = z / r
    ratio = radius / r
    # Beyond this degree every term is below NEGLIGIBLE of the point mass.
    top = min(degree, int(math.log(NEGLIGIBLE) / math.log(ratio)) + 1) if ratio < 0.99 else degree
    previous = work[0]
    current = work[1]
    coming = work[2]
    real = work[3]
    imag = work[4]
    real_m = work[5]  # m times the (m - 1)th power of s + i t
    imag_m = work[6]
    order = work[7]
    real[0] = 1.0
    imag[0] = 0.0
    real_m[0] = 0.0
    imag_m[0] = 0.0
    order[0] = 0.0
    for m in range(1, top + 1):
        real[m] = s * real[m - 1] - t * imag[m - 1]
        imag[m] = s * imag[m - 1] + t * real[m - 1]
        real_m[m] = m * real[m - 1]
        imag_m[m] = m * imag[m - 1]
        order[m] = m
    for m in range(top + 3):
        previous[m] = 0.0
        current[m] = 0.0
        coming[m] = 0.0
    previous[0] = 1.0
    current[0] = math.sqrt(3.0) * u
    current[1] = math.sqrt(3.0)
    power = gm / (r * r) * ratio
    a1 = a2 = a3 = a4 = 0.0
    for n in range(2, top + 1):
        alpha = tables[0, n]
        beta = tables[1, n]
        factor = tables[2, n]
        c = tables[3, n]
        sn = tables[4, n]
        for m in range(n):
            coming[m] = alpha[m] * u * current[m] - beta[m] * previous[m]
        coming[n] = alpha[n] * current[n - 1]
        coming[n + 1] = 0.0
        s1 = s2 = s3 = s4 = 0.0
        for m in range(n + 1):
            d = c[m] * real[m] + sn[m] * imag[m]
            s1 += coming[m] * (c[m] * real_m[m] + sn[m] * imag_m[m])
            s2 += coming[m] * (sn[m] * real_m[m] - c[m] * imag_m[m])
            s3 += factor[m] * coming[m + 1] * d
            s4 += (n + 1.0 + order[m]) * coming[m] * d
        power *= ratio
        a1 += power * s1
        a2 += power * s2
        a3 += power * s3
        a4 -= power * (s4 + u * s3)
        previous, current, coming = current, coming, previous
    return a1 + s * a4, a2 + t * a4, a3 + u * a4
