"""Gravity of an uneven body: one kernel for spherical harmonics, without a singularity at the poles."""

import math
from typing import Final

import numba
import numpy as np
from numpy.typing import NDArray

from malapert.data.pack import GravityField
from malapert.flight.lanes import WIDTH, lanes, load, spread, total

Array = NDArray[np.float64]

# Terms smaller than this, relative to the point mass, are left out far from the body; the Stokes coefficients,
# themselves below 1e-3, push what is dropped further below rounding.
NEGLIGIBLE: Final = 1e-14
_ROW: Final = 3 * WIDTH


def harmonic_tables(field: GravityField, degree: int) -> Array:
    """Table (n,) for `harmonic_acceleration`: blocks of WIDTH orders, in each a row of 3 WIDTH for n - m = 0, 1, ...

    A row holds, for the orders of its block, the factor of the recursion and C and S, both times what makes the
    fully normalised derived Legendre function from the polynomials that the kernel runs (leading term (2 u)^(n - m)).
    """
    n, m = np.meshgrid(np.arange(degree + 1.0), np.arange(degree + 1.0), indexing="ij")
    with np.errstate(invalid="ignore", divide="ignore"):
        # Holmes and Featherstone 2002, J. Geodesy 76:279, eqs. 11-13: normalised from the one above, or sectoral.
        alpha = np.sqrt((2 * n + 1) * (2 * n - 1) / ((n - m) * (n + m)))
        sectoral = np.where(n == 1, math.sqrt(3.0), np.sqrt((2 * n + 1) / (2 * n)))
        # The recursion of Gegenbauer polynomials scaled to a leading coefficient 2^(n - m).
        factor = 4.0 * (n - m - 1) * (n + m - 1) / ((2 * n - 1) * (2 * n - 3))
    diagonal = np.cumprod(np.concatenate([[1.0], np.diag(sectoral)[1:]]))
    scale = np.cumprod(np.where(m < n, 0.5 * alpha, np.where(m == n, diagonal[None, :], 1.0)), axis=0)
    kept = (m <= n) & (n >= 2)
    blocks = []
    for first in range(0, degree + 1, WIDTH):
        block = np.zeros((degree + 1 - first, 3, WIDTH))
        for lane in range(min(WIDTH, degree + 1 - first)):
            order = first + lane
            rows = degree + 1 - order
            block[2:rows, 0, lane] = factor[order + 2 :, order]
            for part, stokes in ((1, field.c), (2, field.s)):
                terms = np.where(kept, scale * stokes[: degree + 1, : degree + 1], 0.0)
                block[:rows, part, lane] = terms[order:, order]
        blocks.append(block.ravel())
    return np.concatenate(blocks)


@numba.njit(cache=True, error_model="numpy", fastmath={"contract", "nsz"})
def harmonic_acceleration(
    x: float, y: float, z: float, gm: float, radius: float, degree: int, table: Array
) -> tuple[float, float, float]:
    """Acceleration (km/s2, body-fixed) of degrees 2..degree at x, y, z (km); the point mass is not included.

    table: from `harmonic_tables` of the same degree. Pines 1973, AIAA J. 11:1508, eqs. 26-31, with WIDTH orders side
    by side and the sums along the degree in registers.
    """
    r = math.sqrt(x * x + y * y + z * z)
    s = x / r
    t = y / r
    u = z / r
    ratio = radius / r
    # Beyond this degree every term is below NEGLIGIBLE of the point mass.
    top = min(degree, int(math.log(NEGLIGIBLE) / math.log(ratio)) + 1) if ratio < 0.99 else degree
    # Powers of (s + i t) ratio, m = 0..3 in the lanes, and m - 1; a block on is a product with the fourth power.
    p, q = s * ratio, t * ratio
    p2, q2 = p * p - q * q, 2.0 * p * q
    p3, q3 = p2 * p - q2 * q, p2 * q + q2 * p
    re, im = lanes(1.0, p, p2, p3), lanes(0.0, q, q2, q3)
    re_less, im_less = lanes(0.0, 1.0, p, p2), lanes(0.0, 0.0, q, q2)
    on_re, on_im = spread(p2 * p2 - q2 * q2), spread(2.0 * p2 * q2)
    last_re, last_im = p3, q3
    order = lanes(0.0, 1.0, 2.0, 3.0)
    zero, one = spread(0.0), spread(1.0)
    slope, square = spread(2.0 * ratio * u), spread(ratio * ratio)
    along_s, along_t, along_z, along_r = zero, zero, zero, zero
    start = 0
    for first in range(0, top + 1, WIDTH):
        a, b = load(table, start + WIDTH), load(table, start + 2 * WIDTH)
        f1, f2, d1, d2 = one, zero, zero, zero
        a_sum, b_sum, a_slope, b_slope = zero, zero, zero, zero
        place = start
        for _ in range(top - first):
            place += _ROW
            a_sum, b_sum = a_sum + a, b_sum + b
            back = load(table, place) * square
            d1, d2 = slope * d1 + (f1 - back * d2), d1
            f1, f2 = slope * f1 - back * f2, f1
            c, sn = load(table, place + WIDTH), load(table, place + 2 * WIDTH)
            a, b = a + c * f1, b + sn * f1
            a_slope, b_slope = a_slope + c * d1, b_slope + sn * d1
        # Sum of (n + 1 + m) times the terms: of n - m from the running sums, by parts.
        weight = spread(1.0 + (top - first)) + order + order
        along_s = along_s + order * (a * re_less + b * im_less)
        along_t = along_t + order * (b * re_less - a * im_less)
        along_z = along_z + (a_slope * re + b_slope * im)
        along_r = along_r + ((weight * a - a_sum) * re + (weight * b - b_sum) * im)
        re, im = re * on_re - im * on_im, re * on_im + im * on_re
        re_less, im_less = re_less * on_re - im_less * on_im, re_less * on_im + im_less * on_re
        if first == 0:
            # 0 times the power -1 was a zero above; the order before a block's first is the last of the one before.
            re_less, im_less = re_less + lanes(last_re, 0.0, 0.0, 0.0), im_less + lanes(last_im, 0.0, 0.0, 0.0)
        order = order + spread(4.0)
        start += _ROW * (degree + 1 - first)
    scale = gm / (r * r)
    a1 = scale * ratio * total(along_s)
    a2 = scale * ratio * total(along_t)
    a3 = scale * 2.0 * ratio * total(along_z)
    a4 = -scale * total(along_r) - u * a3
    return a1 + s * a4, a2 + t * a4, a3 + u * a4
