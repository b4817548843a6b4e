"""What acts on a craft beside gravity: sunlight, air, and its own engine."""

import math

import numpy as np
from numpy.typing import NDArray

from malapert.flight.bodies import EARTH, MOON, S_EARTH_AIR, SUN, moon_rotation, series_value
from malapert.flight.compiled import inner_kernel
from malapert.flight.layout import (
    AIR_FLATTENING,
    AIR_POLE,
    AIR_RADIUS_KM,
    AIR_SPIN,
    AIR_TOP_KM,
    ALONG_VELOCITY,
    CENTER,
    DRAG_M2,
    GM,
    LIFT_RIGHT,
    LIFT_UP,
    LINEAR_TANGENT,
    MASS_KG,
    PARTIAL_STEP,
    SHADOW_RADIUS,
    SOLAR_M2,
    SOLAR_N_KM2,
    T_A,
    T_AXES,
    T_B,
    T_C,
    T_D,
    T_EXHAUST_M_S,
    T_FORCE_N,
    T_MIN_N,
    T_MODE,
    T_SPEED_KM_S,
    T_START_S,
    T_SURFACE_KM,
    Model,
)

Array = NDArray[np.float64]

LAST_METRE_KM = 1e-3
BRAKING_FLOOR_KM = 2e-4
SUN_RADIUS_KM = 695700.0


@inner_kernel
def _sun_and_cover(y: Array, places: Array, body: int, radius_km: float) -> tuple[float, float, float]:
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
        a, b, c = _sun_and_cover(y, places, body, model.numbers[SHADOW_RADIUS + body])
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
def add_surface(y: Array, dy: Array, model: Model, gradient: Array, places: Array, work: Array) -> None:
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
def add_thrust(t_s: float, y: Array, dy: Array, model: Model, work: Array) -> None:
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
