"""The equations of motion, one right-hand side for every arc the room flies: ephemeris gravity, thrust, partials.

States are 6 numbers (km, km/s, ICRF axes at the chosen centre), 7 with the mass (kg) under thrust, or 42 with the
state-transition matrix (row-major) behind the six.
"""

import math
from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar

import numba
import numpy as np
from numpy.typing import NDArray

from malapert.flight.bodies import (
    EARTH,
    MOON,
    S_EMB,
    S_MOON,
    S_SUN,
    SUN,
    earth_rotation,
    moon_rotation,
    series_value,
)
from malapert.flight.gravity import harmonic_acceleration

Array = NDArray[np.float64]

EPHEMERIS, THREE_BODY = 0.0, 1.0

# Places in Model.numbers. GM has the five bodies in the order of `bodies.BODY_NAMES`.
KIND, CENTER, MOON_DEGREE, EARTH_DEGREE, BOTH_PRIMARIES, USE_SUN = range(6)  # then Venus, Jupiter
GM, MOON_FIELD_RADIUS, EARTH_FIELD_RADIUS, UT1_MINUS_TDB, MASS_RATIO, EARTH_SHARE = 8, 13, 14, 15, 16, 17
THRUST = 18
(T_MODE, T_FORCE_N, T_EXHAUST_M_S, T_START_S, T_A, T_B, T_C, T_D, T_SURFACE_KM, T_SPEED_KM_S, T_MIN_N) = range(18, 29)
T_AXES = 29
NUMBERS = 38
PARTIAL_STEP = 1e-4  # of the distance, for the differences that give the field's partials
LAST_METRE_KM = 1e-3
BRAKING_FLOOR_KM = 2e-4
COAST, LINEAR_TANGENT, AGAINST_VELOCITY, TERMINAL = 0, 1, 2, 3


Kernel = TypeVar("Kernel", bound=Callable[..., Any])


def inner_kernel(function: Kernel) -> Kernel:
    """Compile a kernel that only other kernels call: without wrappers and a cache file of its own, which is faster.

    Only `dop853.integrate` is cached, with all of these inside it; `dop853` stamps that cache with their sources.
    """
    options = {"error_model": "numpy", "no_cpython_wrapper": True, "no_cfunc_wrapper": True}
    compiled: Kernel = numba.njit(**options)(function)  # type: ignore[call-overload]
    return compiled


class Model(NamedTuple):
    """Everything the right-hand side reads. numbers (38,): see the places above; directory (6, 5) and series (n,):
    see `bodies`; tables (10, n, n + 2): `gravity.harmonic_tables` of the Moon, then of the Earth."""

    numbers: Array
    directory: Array
    series: Array
    tables: Array


@inner_kernel
def _add_point_mass(
    gm: float, bx: float, by: float, bz: float, indirect: float, y: Array, dy: Array, gradient: Array
) -> None:
    """Add the pull of a body at b, less its pull on the centre if indirect is 1; fill the gradient."""
    dx, dz, dyy = bx - y[0], bz - y[2], by - y[1]
    d2 = dx * dx + dyy * dyy + dz * dz
    d3 = gm / (d2 * math.sqrt(d2))
    dy[3] += d3 * dx
    dy[4] += d3 * dyy
    dy[5] += d3 * dz
    if indirect > 0.0:
        b2 = bx * bx + by * by + bz * bz
        b3 = gm / (b2 * math.sqrt(b2))
        dy[3] -= b3 * bx
        dy[4] -= b3 * by
        dy[5] -= b3 * bz
    if y.shape[0] == 42:
        k = 3.0 * d3 / d2
        gradient[0, 0] += k * dx * dx - d3
        gradient[1, 1] += k * dyy * dyy - d3
        gradient[2, 2] += k * dz * dz - d3
        gradient[0, 1] += k * dx * dyy
        gradient[0, 2] += k * dx * dz
        gradient[1, 2] += k * dyy * dz


@inner_kernel
def _add_field(
    rotation: Array,
    x: float,
    y: float,
    z: float,
    gm: float,
    radius: float,
    degree: int,
    tables: Array,
    sign: float,
    work: Array,
    dy: Array,
) -> None:
    """Add sign times the harmonic acceleration at x, y, z from the body, turned back to ICRF."""
    fx = rotation[0, 0] * x + rotation[0, 1] * y + rotation[0, 2] * z
    fy = rotation[1, 0] * x + rotation[1, 1] * y + rotation[1, 2] * z
    fz = rotation[2, 0] * x + rotation[2, 1] * y + rotation[2, 2] * z
    ax, ay, az = harmonic_acceleration(fx, fy, fz, gm, radius, degree, tables, work)
    for j in range(3):
        dy[3 + j] += sign * (rotation[0, j] * ax + rotation[1, j] * ay + rotation[2, j] * az)


@inner_kernel
def _three_body(y: Array, dy: Array, mu: float, gradient: Array) -> None:
    """Circular restricted problem, rotating axes, unit distance and rate. Szebehely 1967, eqs. 1.4.(7).

    From the Moon, where paths pass closest and a barycentric place would lose two digits.
    """
    x1 = y[0] + 1.0
    x2 = y[0]
    q = y[1] * y[1] + y[2] * y[2]
    r1 = (x1 * x1 + q) ** -1.5 * (1.0 - mu)
    r2 = (x2 * x2 + q) ** -1.5 * mu
    dy[3] = (y[0] + (1.0 - mu)) + 2.0 * y[4] - r1 * x1 - r2 * x2
    dy[4] = y[1] - 2.0 * y[3] - (r1 + r2) * y[1]
    dy[5] = -(r1 + r2) * y[2]
    if y.shape[0] == 42:
        p1 = 3.0 * r1 / (x1 * x1 + q)
        p2 = 3.0 * r2 / (x2 * x2 + q)
        gradient[0, 0] = 1.0 - r1 - r2 + p1 * x1 * x1 + p2 * x2 * x2
        gradient[1, 1] = 1.0 - r1 - r2 + (p1 + p2) * y[1] * y[1]
        gradient[2, 2] = -r1 - r2 + (p1 + p2) * y[2] * y[2]
        gradient[0, 1] = (p1 * x1 + p2 * x2) * y[1]
        gradient[0, 2] = (p1 * x1 + p2 * x2) * y[2]
        gradient[1, 2] = (p1 + p2) * y[1] * y[2]


@inner_kernel
def _gravity(t_s: float, y: Array, dy: Array, model: Model, gradient: Array, work: Array) -> None:
    """Point masses of the chosen bodies and the fields of the Moon and the Earth."""
    numbers, directory, series = model.numbers, model.directory, model.series
    mx, my, mz = series_value(directory, series, S_MOON, t_s)
    # Barycentre to Earth, so far from the Earth-Moon barycentre.
    share = numbers[EARTH_SHARE]
    sx, sy, sz = -share * mx, -share * my, -share * mz
    ex = ey = ez = 0.0
    moon_indirect = 1.0
    if numbers[CENTER] == MOON:
        ex, ey, ez = -mx, -my, -mz
        mx = my = mz = moon_indirect = 0.0
    for body in range(5):
        if body < 2:
            if numbers[BOTH_PRIMARIES] == 0.0 and numbers[CENTER] != body:
                continue
            bx, by, bz = (ex, ey, ez) if body == EARTH else (mx, my, mz)
            indirect = moon_indirect if body == MOON else 1.0 - moon_indirect
        else:
            if numbers[USE_SUN + body - SUN] == 0.0:
                continue
            bx, by, bz = series_value(directory, series, S_SUN + float(body - SUN), t_s)
            if body > SUN:
                px, py, pz = series_value(directory, series, S_EMB, t_s)
                bx, by, bz = bx - px, by - py, bz - pz
            bx, by, bz = bx - sx + ex, by - sy + ey, bz - sz + ez
            indirect = 1.0
        _add_point_mass(numbers[GM + body], bx, by, bz, indirect, y, dy, gradient)
    rotation = work[8:11, 0:3]
    # Passes: the Moon's field; the Earth's; the Earth's pull on the Moon when that is the centre; for partials, the
    # Moon's field a little to either side along each axis.
    slope = work[14]
    for turn in range(9 if y.shape[0] == 42 else 3):
        field = EARTH if turn == 1 or turn == 2 else MOON
        degree = int(numbers[MOON_DEGREE] if field == MOON else numbers[EARTH_DEGREE])
        if degree < 2 or (turn == 2 and numbers[CENTER] == EARTH):
            continue
        sign = 1.0
        target = dy
        px, py, pz = y[0] - mx, y[1] - my, y[2] - mz
        if turn == 0:
            moon_rotation(directory, series, t_s, rotation)
            offset = PARTIAL_STEP * math.sqrt(px * px + py * py + pz * pz)
        elif turn == 1:
            px, py, pz = y[0] - ex, y[1] - ey, y[2] - ez
        elif turn == 2:
            px, py, pz = -ex, -ey, -ez
            sign = -1.0
        else:
            target = slope
            side = 1.0 if turn % 2 == 1 else -1.0
            axis = (turn - 3) // 2
            px += side * offset if axis == 0 else 0.0
            py += side * offset if axis == 1 else 0.0
            pz += side * offset if axis == 2 else 0.0
            sign = side * 0.5 / offset
            if side > 0.0:
                slope[3] = slope[4] = slope[5] = 0.0
        if turn == 1:
            earth_rotation(t_s, numbers[UT1_MINUS_TDB], rotation)
        elif turn == 3 and numbers[EARTH_DEGREE] > 1.0:
            moon_rotation(directory, series, t_s, rotation)
        radius = numbers[MOON_FIELD_RADIUS if field == MOON else EARTH_FIELD_RADIUS]
        tables = model.tables[5 - 5 * field : 10 - 5 * field]
        _add_field(rotation, px, py, pz, numbers[GM + field], radius, degree, tables, sign, work, target)
        if turn > 2 and turn % 2 == 0:
            for i in range(axis + 1):
                gradient[i, axis] += slope[3 + i]


@inner_kernel
def _thrust(t_s: float, y: Array, dy: Array, model: Model, work: Array) -> None:
    """Add the engine's push and burn its propellant; steering as the places T_ of `Model.numbers` say."""
    p = model.numbers
    mode = int(p[T_MODE])
    force = p[T_FORCE_N]
    if mode == LINEAR_TANGENT:
        # Optimal in a uniform field: the primer vector is linear in time. Lawden 1963, eqs. 4.(11)-(13).
        tau = t_s - p[T_START_S]
        up = p[T_A] + p[T_B] * tau
        cross = p[T_C] + p[T_D] * tau
        ux = p[T_AXES] + up * p[T_AXES + 3] + cross * p[T_AXES + 6]
        uy = p[T_AXES + 1] + up * p[T_AXES + 4] + cross * p[T_AXES + 7]
        uz = p[T_AXES + 2] + up * p[T_AXES + 5] + cross * p[T_AXES + 8]
    elif mode == AGAINST_VELOCITY:
        ux, uy, uz = -y[3], -y[4], -y[5]
    else:
        # Velocity over the turning ground; the last metres are flown against it at constant deceleration.
        rotation = work[8:11, 0:3]
        moon_rotation(model.directory, model.series, t_s, rotation)
        w = p[T_A]
        px, py, pz = w * rotation[2, 0], w * rotation[2, 1], w * rotation[2, 2]
        ux = -(y[3] - (py * y[2] - pz * y[1]))
        uy = -(y[4] - (pz * y[0] - px * y[2]))
        uz = -(y[5] - (px * y[1] - py * y[0]))
        r = math.sqrt(y[0] * y[0] + y[1] * y[1] + y[2] * y[2])
        # The last metre is sunk through at the touchdown speed; the floor keeps the law smooth down to the ground.
        height = max(r - p[T_SURFACE_KM] - LAST_METRE_KM, BRAKING_FLOOR_KM)
        speed2 = ux * ux + uy * uy + uz * uz
        brake = max((speed2 - p[T_SPEED_KM_S] ** 2) / (2.0 * height), 0.0)
        force = min(max(1000.0 * y[6] * (brake + p[GM + MOON] / (r * r)), p[T_MIN_N]), p[T_FORCE_N])
    push = force / (1000.0 * y[6] * math.sqrt(ux * ux + uy * uy + uz * uz))
    dy[3] += push * ux
    dy[4] += push * uy
    dy[5] += push * uz
    dy[6] = -force / p[T_EXHAUST_M_S]


@inner_kernel
def derivative(t_s: float, y: Array, dy: Array, model: Model, work: Array) -> None:
    """Fill dy with the time derivative of y. work: scratch (15, at least degree + 3 and 6).

    The partials behind a 42-number state hold the point masses and the Moon's field, not the Earth's.
    """
    dy[0], dy[1], dy[2] = y[3], y[4], y[5]
    gradient = work[11:14, 0:3]
    for i in range(3):
        gradient[i, 0] = gradient[i, 1] = gradient[i, 2] = 0.0
    if model.numbers[KIND] == THREE_BODY:
        _three_body(y, dy, model.numbers[MASS_RATIO], gradient)
    else:
        dy[3] = dy[4] = dy[5] = 0.0
        _gravity(t_s, y, dy, model, gradient, work)
    if y.shape[0] == 7:
        dy[6] = 0.0
        if model.numbers[T_MODE] > 0.0:
            _thrust(t_s, y, dy, model, work)
    elif y.shape[0] == 42:
        coriolis = 2.0 if model.numbers[KIND] == THREE_BODY else 0.0
        gxx, gyy, gzz = gradient[0, 0], gradient[1, 1], gradient[2, 2]
        gxy, gxz, gyz = gradient[0, 1], gradient[0, 2], gradient[1, 2]
        for j in range(6):
            px, py, pz = y[6 + j], y[12 + j], y[18 + j]
            vx, vy = y[24 + j], y[30 + j]
            dy[6 + j], dy[12 + j], dy[18 + j] = vx, vy, y[36 + j]
            dy[24 + j] = gxx * px + gxy * py + gxz * pz + coriolis * vy
            dy[30 + j] = gxy * px + gyy * py + gyz * pz - coriolis * vx
            dy[36 + j] = gxz * px + gyz * py + gzz * pz
