"""The equations of motion, one right-hand side for every arc the room flies: ephemeris gravity, thrust, partials.

States are 6 numbers (km, km/s, ICRF axes at the chosen centre), 7 with the mass (kg) under thrust, or 42 with the
state-transition matrix (row-major) behind the six.
"""

import math
from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar

import numba
import numpy as np
from numba.extending import overload
from numpy.typing import NDArray

from malapert.flight.bodies import (
    EARTH,
    MARS,
    MOON,
    S_EARTH_AIR,
    S_EMB,
    S_MARS,
    S_MOON,
    SUN,
    earth_rotation,
    mars_rotation,
    moon_rotation,
    series_value,
)
from malapert.flight.gravity import harmonic_acceleration

Array = NDArray[np.float64]

EPHEMERIS, THREE_BODY = 0.0, 1.0

# Places in Model.numbers. Where "+ body" is said there is one for each body, in the order of `bodies.BODY_NAMES`;
# "+ field" one each for the Earth, the Moon and Mars, whose bodies come first.
KIND, CENTER, UT1_MINUS_TDB, MASS_RATIO, EARTH_SHARE = range(5)
PULLS, GM, DEGREE, FIELD_RADIUS, SHADOW_RADIUS = 5, 13, 21, 24, 27  # + body, + body, + field, + field, + field
(SOLAR_M2, SOLAR_N_KM2, DRAG_M2, LIFT_UP, LIFT_RIGHT, MASS_KG, AIR_TOP_KM, AIR_RADIUS_KM, AIR_FLATTENING, AIR_SPIN) = (
    range(30, 40)
)
AIR_POLE = 40  # three numbers, ICRF: it moves by 20 arc seconds a year, and an arc holds it
THRUST = 43
(T_MODE, T_FORCE_N, T_EXHAUST_M_S, T_START_S, T_A, T_B, T_C, T_D, T_SURFACE_KM, T_SPEED_KM_S, T_MIN_N) = range(43, 54)
T_AXES = 54
NUMBERS = 63
PARTIAL_STEP = 1e-4  # of the distance or the speed, for the differences that give the partials of fields and air
LAST_METRE_KM = 1e-3
BRAKING_FLOOR_KM = 2e-4
SUN_RADIUS_KM = 695700.0
COAST, LINEAR_TANGENT, ALONG_VELOCITY, TERMINAL = 0, 1, 2, 3
WORK_ROWS = 26
PLACES = 16  # rows of the work array in which the bodies' places stand


Kernel = TypeVar("Kernel", bound=Callable[..., Any])


def inner_kernel(function: Kernel) -> Kernel:
    """Compile a kernel that only other kernels call: without wrappers and a cache file of its own, which is faster.

    Only `dop853.integrate` is cached, with all of these inside it; `dop853` stamps that cache with their sources.
    """
    options = {"error_model": "numpy", "no_cpython_wrapper": True, "no_cfunc_wrapper": True, "_nrt": False}
    compiled: Kernel = numba.njit(**options)(function)  # type: ignore[call-overload]
    return compiled


class Coasting(NamedTuple):
    """Everything the right-hand side reads. numbers (63,): see the places above; directory (12, 5) and series (n,):
    see `bodies`; tables (3, n): `gravity.harmonic_tables` of the Earth, the Moon and Mars."""

    numbers: Array
    directory: Array
    series: Array
    tables: Array


class Acting(NamedTuple):
    """The same for an arc with an engine, sunlight or air. A type of its own, so that the kernels for arcs under
    gravity alone, the first that anyone flies, compile without all that."""

    numbers: Array
    directory: Array
    series: Array
    tables: Array


Model = Coasting | Acting


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
    table: Array,
    sign: float,
    dy: Array,
) -> None:
    """Add sign times the harmonic acceleration at x, y, z from the body, turned back to ICRF."""
    fx = rotation[0, 0] * x + rotation[0, 1] * y + rotation[0, 2] * z
    fy = rotation[1, 0] * x + rotation[1, 1] * y + rotation[1, 2] * z
    fz = rotation[2, 0] * x + rotation[2, 1] * y + rotation[2, 2] * z
    ax, ay, az = harmonic_acceleration(fx, fy, fz, gm, radius, degree, table)
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
def fill_places(t_s: float, model: Model, places: Array) -> None:
    """Fill rows of places (8, at least 3) with the Earth, the Moon, and the other bodies that pull, from the centre.

    All are taken from the Earth-Moon barycentre first.
    """
    p, directory, series = model.numbers, model.directory, model.series
    mx, my, mz = series_value(directory, series, S_MOON, t_s)
    for body in range(8):
        if body < 2:
            share = -p[EARTH_SHARE] if body == EARTH else 1.0 - p[EARTH_SHARE]
            x, y, z = share * mx, share * my, share * mz
        elif p[PULLS + body] == 0.0:
            continue
        else:
            x, y, z = series_value(directory, series, S_MARS if body == MARS else float(body), t_s)
            if body != SUN:
                ex, ey, ez = series_value(directory, series, S_EMB, t_s)
                x, y, z = x - ex, y - ey, z - ez
        places[body, 0], places[body, 1], places[body, 2] = x, y, z
    center = int(p[CENTER])
    x, y, z = places[center, 0], places[center, 1], places[center, 2]
    for body in range(8):
        places[body, 0] -= x
        places[body, 1] -= y
        places[body, 2] -= z


@inner_kernel
def body_rotation(t_s: float, body: int, model: Model, out: Array) -> None:
    """Fill out (3, 3) with the rotation from ICRF to the axes of the Earth, the Moon or Mars."""
    if body == EARTH:
        earth_rotation(t_s, model.numbers[UT1_MINUS_TDB], out)
    elif body == MOON:
        moon_rotation(model.directory, model.series, t_s, out)
    else:
        mars_rotation(model.directory, model.series, t_s, out)


@inner_kernel
def _gravity(t_s: float, y: Array, dy: Array, model: Model, gradient: Array, places: Array, work: Array) -> None:
    """Point masses of the chosen bodies and the fields of the Earth, the Moon and Mars."""
    p = model.numbers
    center = int(p[CENTER])
    for body in range(8):
        if p[PULLS + body] != 0.0:
            bx, by, bz = places[body, 0], places[body, 1], places[body, 2]
            _add_point_mass(p[GM + body], bx, by, bz, 0.0 if body == center else 1.0, y, dy, gradient)
    rotation = work[8:11]
    # Turns: the field; the Earth's pull on the Moon when that is the centre; for partials, the field a little to
    # either side along each axis.
    slope = work[14]
    for field in range(3):
        degree = int(p[DEGREE + field])
        if degree < 2:
            continue
        body_rotation(t_s, field, model, rotation)
        bx, by, bz = places[field, 0], places[field, 1], places[field, 2]
        offset = PARTIAL_STEP * math.sqrt((y[0] - bx) ** 2 + (y[1] - by) ** 2 + (y[2] - bz) ** 2)
        for turn in range(8 if y.shape[0] == 42 else 2):
            sign = 1.0
            target = dy
            px, py, pz = y[0] - bx, y[1] - by, y[2] - bz
            if turn == 1:
                if field != EARTH or center != MOON:
                    continue
                px, py, pz = -bx, -by, -bz
                sign = -1.0
            elif turn > 1:
                target = slope
                side = 1.0 if turn % 2 == 0 else -1.0
                axis = turn // 2 - 1
                px += side * offset if axis == 0 else 0.0
                py += side * offset if axis == 1 else 0.0
                pz += side * offset if axis == 2 else 0.0
                sign = side * 0.5 / offset
                if side > 0.0:
                    slope[3] = slope[4] = slope[5] = 0.0
            table = model.tables[field]
            _add_field(rotation, px, py, pz, p[GM + field], p[FIELD_RADIUS + field], degree, table, sign, target)
            if turn > 1 and turn % 2 == 1:
                for i in range(axis + 1):
                    gradient[i, axis] += slope[3 + i]


@inner_kernel
def sun_and_cover(y: Array, places: Array, body: int, radius_km: float) -> tuple[float, float, float]:
    """Radii of the Sun's and a body's disk and the distance of their centres (rad), seen from y.

    Below the body's surface the disk is held at half the sky.
    """
    sx, sy, sz = places[SUN, 0] - y[0], places[SUN, 1] - y[1], places[SUN, 2] - y[2]
    bx, by, bz = places[body, 0] - y[0], places[body, 1] - y[1], places[body, 2] - y[2]
    cx, cy, cz = sy * bz - sz * by, sz * bx - sx * bz, sx * by - sy * bx
    apart = math.atan2(math.sqrt(cx * cx + cy * cy + cz * cz), sx * bx + sy * by + sz * bz)
    sun = math.asin(SUN_RADIUS_KM / math.sqrt(sx * sx + sy * sy + sz * sz))
    cover = math.asin(min(radius_km / math.sqrt(bx * bx + by * by + bz * bz), 1.0))
    return sun, cover, apart


@inner_kernel
def _sunlight(y: Array, places: Array, model: Model) -> float:
    """Part of the Sun's disk (0 to 1) left by the Earth, the Moon and Mars: Montenbruck and Gill 2000, eqs. 3.85-3.94.

    Disks of two bodies before the Sun at once are taken one after the other.
    """
    lit = 1.0
    for body in range(3):
        if model.numbers[SHADOW_RADIUS + body] == 0.0:
            continue
        a, b, c = sun_and_cover(y, places, body, model.numbers[SHADOW_RADIUS + body])
        if c >= a + b:
            continue
        if c <= abs(b - a):
            lit *= 0.0 if b >= a else 1.0 - (b / a) ** 2
            continue
        x = (c * c + a * a - b * b) / (2.0 * c)
        h = math.sqrt(max(a * a - x * x, 0.0))
        hidden = a * a * math.acos(min(max(x / a, -1.0), 1.0)) + b * b * math.acos(min(max((c - x) / b, -1.0), 1.0))
        lit *= 1.0 - (hidden - c * h) / (math.pi * a * a)
    return lit


@inner_kernel
def _add_air(y: Array, model: Model, mass_kg: float, sign: float, out: Array) -> None:
    """Add sign times drag and lift (km/s2) in the air that turns with the centre, the Earth or Mars.

    Drag along the speed through the air, lift across it, up in the vertical plane and to the right of the path.
    """
    p = model.numbers
    pole = p[AIR_POLE : AIR_POLE + 3]
    r = math.sqrt(y[0] * y[0] + y[1] * y[1] + y[2] * y[2])
    sine = (pole[0] * y[0] + pole[1] * y[1] + pole[2] * y[2]) / r
    # Radius of the ellipsoid at this geocentric latitude; the height along the radius is the geodetic one to 5e-6.
    axis = p[AIR_RADIUS_KM] * (1.0 - p[AIR_FLATTENING])
    ground = axis / math.sqrt(1.0 - p[AIR_FLATTENING] * (2.0 - p[AIR_FLATTENING]) * (1.0 - sine * sine))
    height = max(r - ground, 0.0)
    if height >= p[AIR_TOP_KM]:
        return
    row = S_EARTH_AIR + (0.0 if p[CENTER] == EARTH else 1.0)
    density = math.exp(series_value(model.directory, model.series, row, height)[0])
    w = p[AIR_SPIN]
    vx = y[3] - w * (pole[1] * y[2] - pole[2] * y[1])
    vy = y[4] - w * (pole[2] * y[0] - pole[0] * y[2])
    vz = y[5] - w * (pole[0] * y[1] - pole[1] * y[0])
    speed = math.sqrt(vx * vx + vy * vy + vz * vz)
    push = sign * 500.0 * density * p[DRAG_M2] / mass_kg * speed
    out[3] -= push * vx
    out[4] -= push * vy
    out[5] -= push * vz
    if p[LIFT_UP] != 0.0 or p[LIFT_RIGHT] != 0.0:
        rx, ry, rz = vy * y[2] - vz * y[1], vz * y[0] - vx * y[2], vx * y[1] - vy * y[0]
        side = math.sqrt(rx * rx + ry * ry + rz * rz)
        ux, uy, uz = (ry * vz - rz * vy) / speed, (rz * vx - rx * vz) / speed, (rx * vy - ry * vx) / speed
        up, right = push * speed * p[LIFT_UP] / side, push * speed * p[LIFT_RIGHT] / side
        out[3] += up * ux + right * rx
        out[4] += up * uy + right * ry
        out[5] += up * uz + right * rz


@inner_kernel
def _add_surface(y: Array, dy: Array, model: Model, gradient: Array, places: Array, work: Array) -> None:
    """Solar pressure and air on the craft; behind 42 numbers their partials, by differences, in gradient (3, 6)."""
    p = model.numbers
    mass_kg = y[6] if y.shape[0] == 7 else p[MASS_KG]
    place, slope = work[15], work[14]
    turns = 1
    if y.shape[0] == 42:
        turns = 13 if p[DRAG_M2] > 0.0 else 7
    for turn in range(turns):
        axis = (turn - 1) // 2
        for j in range(6):
            place[j] = y[j]
            slope[j] = 0.0
        sign = 1.0
        if turn > 0:
            low = 0 if axis < 3 else 3
            size = PARTIAL_STEP * math.sqrt(y[low] ** 2 + y[low + 1] ** 2 + y[low + 2] ** 2)
            side = 1.0 if turn % 2 == 1 else -1.0
            place[axis] += side * size
            sign = side * 0.5 / size
        if p[SOLAR_M2] > 0.0:
            sx, sy, sz = place[0] - places[SUN, 0], place[1] - places[SUN, 1], place[2] - places[SUN, 2]
            d2 = sx * sx + sy * sy + sz * sz
            push = _sunlight(place, places, model) * 1e-3 * p[SOLAR_N_KM2] * p[SOLAR_M2]
            push *= sign / (mass_kg * d2 * math.sqrt(d2))
            slope[3] += push * sx
            slope[4] += push * sy
            slope[5] += push * sz
        if p[DRAG_M2] > 0.0:
            _add_air(place, model, mass_kg, sign, slope)
        for i in range(3):
            if turn == 0:
                dy[3 + i] += slope[3 + i]
            else:
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
    elif mode == ALONG_VELOCITY:
        # Shares along the velocity v, the angular momentum n, and v x n.
        v = math.sqrt(y[3] * y[3] + y[4] * y[4] + y[5] * y[5])
        vx, vy, vz = y[3] / v, y[4] / v, y[5] / v
        nx, ny, nz = y[1] * vz - y[2] * vy, y[2] * vx - y[0] * vz, y[0] * vy - y[1] * vx
        n = math.sqrt(nx * nx + ny * ny + nz * nz)
        nx, ny, nz = nx / n, ny / n, nz / n
        along, normal, across = p[T_AXES], p[T_AXES + 1], p[T_AXES + 2]
        ux = along * vx + normal * nx + across * (vy * nz - vz * ny)
        uy = along * vy + normal * ny + across * (vz * nx - vx * nz)
        uz = along * vz + normal * nz + across * (vx * ny - vy * nx)
    else:
        # Velocity over the turning ground; the last metres are flown against it at constant deceleration.
        rotation = work[8:11]
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


def _act(t_s: float, y: Array, dy: Array, model: Model, gradient: Array, work: Array) -> None:
    """Add what acts beside gravity; which of the two bodies below is compiled hangs on the model's type."""


def _act_by_type(t_s: float, y: Array, dy: Array, model: Model, gradient: Array, work: Array) -> Callable[..., None]:
    def nothing(t_s: float, y: Array, dy: Array, model: Model, gradient: Array, work: Array) -> None:
        if y.shape[0] == 7:
            dy[6] = 0.0

    def everything(t_s: float, y: Array, dy: Array, model: Model, gradient: Array, work: Array) -> None:
        if model.numbers[SOLAR_M2] > 0.0 or model.numbers[DRAG_M2] > 0.0:
            _add_surface(y, dy, model, gradient, work[PLACES : PLACES + 8], work)
        if y.shape[0] == 7:
            dy[6] = 0.0
            if model.numbers[T_MODE] > 0.0:
                _thrust(t_s, y, dy, model, work)

    # While it compiles numba calls this with the types in the places of the values.
    return everything if getattr(model, "instance_class", None) is Acting else nothing


_OPTIONS: Any = {"error_model": "numpy", "_nrt": False}
overload(_act, jit_options=_OPTIONS)(_act_by_type)


@inner_kernel
def derivative(t_s: float, y: Array, dy: Array, model: Model, work: Array) -> None:
    """Fill dy with the time derivative of y. work: scratch (WORK_ROWS, 6).

    The partials behind a 42-number state hold all forces but thrust, which only a state with its mass has.
    """
    dy[0], dy[1], dy[2] = y[3], y[4], y[5]
    gradient = work[11:14]
    for i in range(3):
        for j in range(6):
            gradient[i, j] = 0.0
    if model.numbers[KIND] == THREE_BODY:
        _three_body(y, dy, model.numbers[MASS_RATIO], gradient)
        gradient[0, 4], gradient[1, 3] = 2.0, -2.0
    else:
        dy[3] = dy[4] = dy[5] = 0.0
        places = work[PLACES : PLACES + 8]
        fill_places(t_s, model, places)
        _gravity(t_s, y, dy, model, gradient, places, work)
    gradient[1, 0], gradient[2, 0], gradient[2, 1] = gradient[0, 1], gradient[0, 2], gradient[1, 2]
    _act(t_s, y, dy, model, gradient, work)
    if y.shape[0] == 42:
        for j in range(6):
            for i in range(3):
                value = 0.0
                for k in range(6):
                    value += gradient[i, k] * y[6 + 6 * k + j]
                dy[6 + 6 * i + j] = y[24 + 6 * i + j]
                dy[24 + 6 * i + j] = value
