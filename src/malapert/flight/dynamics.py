"""The equations of motion: gravity of the ephemeris, what acts beside it, partials; one right-hand side for each kind.

States are 6 numbers (km, km/s, ICRF axes at the chosen centre), 7 with the mass (kg) under thrust, or 42 with the
state-transition matrix (row-major) behind the six.
"""

import math
from collections.abc import Callable
from functools import cache
from typing import Any, Final

import numpy as np
from numba import types
from numpy.typing import NDArray

from malapert.flight.acting import add_surface, add_thrust
from malapert.flight.bodies import (
    EARTH,
    MARS,
    MOON,
    S_EMB,
    S_MARS,
    S_MOON,
    SUN,
    earth_rotation,
    mars_rotation,
    moon_rotation,
    series_value,
)
from malapert.flight.compiled import called_by_arcs, inner_kernel
from malapert.flight.gravity import harmonic_acceleration
from malapert.flight.layout import (
    ACTING,
    CENTER,
    COASTING,
    DEGREE,
    DRAG_M2,
    EARTH_SHARE,
    FIELD_RADIUS,
    GM,
    KIND,
    MASS_RATIO,
    MATRIX,
    MODEL,
    PARTIAL_STEP,
    PLACES,
    PULLS,
    SOLAR_M2,
    T_MODE,
    THREE_BODY,
    UT1_MINUS_TDB,
    VECTOR,
    Model,
)

Array = NDArray[np.float64]


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
def _begin(y: Array, dy: Array, gradient: Array) -> None:
    """The place changes with the velocity; the sums of accelerations and partials (3, 6) start at zero."""
    for i in range(3):
        dy[i] = y[3 + i]
        dy[3 + i] = 0.0
        for j in range(6):
            gradient[i, j] = 0.0
    if y.shape[0] == 7:
        dy[6] = 0.0


@inner_kernel
def _end(y: Array, dy: Array, gradient: Array) -> None:
    """Derivative of the state-transition matrix, of whose gradient the half over the diagonal is filled by gravity."""
    if y.shape[0] == 42:
        for j in range(6):
            for i in range(3):
                value = 0.0
                for k in range(6):
                    value += gradient[i, k] * y[6 + 6 * k + j]
                dy[6 + 6 * i + j] = y[24 + 6 * i + j]
                dy[24 + 6 * i + j] = value


@inner_kernel
def _mirror(gradient: Array) -> None:
    gradient[1, 0], gradient[2, 0], gradient[2, 1] = gradient[0, 1], gradient[0, 2], gradient[1, 2]


def coasting(t_s: float, y: Array, dy: Array, model: Model, work: Array) -> None:
    """Fill dy with the time derivative of y under gravity alone. work: scratch (WORK_ROWS, 6)."""
    gradient, places = work[11:14], work[PLACES : PLACES + 8]
    _begin(y, dy, gradient)
    fill_places(t_s, model, places)
    _gravity(t_s, y, dy, model, gradient, places, work)
    _mirror(gradient)
    _end(y, dy, gradient)


def circular(t_s: float, y: Array, dy: Array, model: Model, work: Array) -> None:
    """The same in the circular restricted three-body problem."""
    gradient = work[11:14]
    _begin(y, dy, gradient)
    _three_body(y, dy, model.numbers[MASS_RATIO], gradient)
    gradient[0, 4], gradient[1, 3] = 2.0, -2.0
    _mirror(gradient)
    _end(y, dy, gradient)


def acting(t_s: float, y: Array, dy: Array, model: Model, work: Array) -> None:
    """The same with sunlight, air and an engine; partials hold all but thrust, which only a state with mass has."""
    gradient, places = work[11:14], work[PLACES : PLACES + 8]
    _begin(y, dy, gradient)
    fill_places(t_s, model, places)
    _gravity(t_s, y, dy, model, gradient, places, work)
    _mirror(gradient)
    if model.numbers[SOLAR_M2] > 0.0 or model.numbers[DRAG_M2] > 0.0:
        add_surface(y, dy, model, gradient, places, work)
    if y.shape[0] == 7 and model.numbers[T_MODE] > 0.0:
        add_thrust(t_s, y, dy, model, work)
    _end(y, dy, gradient)


_SIGNATURE: Final = types.void(types.float64, VECTOR, VECTOR, MODEL, MATRIX)
_KINDS: Final[dict[float, Callable[..., None]]] = {COASTING: coasting, THREE_BODY: circular, ACTING: acting}


def right_side(model: Model) -> Any:
    """The compiled right-hand side of a model's kind, for an integrator to call: (t_s, y, dy, model, work).

    A pointer to a function of its own: each is compiled once, for all integrators, when an arc first needs it.
    """
    return _compiled(float(model.numbers[KIND]))


@cache
def _compiled(kind: float) -> Any:
    return called_by_arcs(_KINDS[kind], _SIGNATURE)
