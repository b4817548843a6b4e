"""What lifts and holds back a rising launcher: thrust against the air's pressure, drag, steering, in one kernel.

Motion is followed on inertial axes that coincide with the body's turning ones at liftoff; z is the pole.
"""

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

from malapert.constants import STANDARD_GRAVITY_M_S2
from malapert.flight.atmosphere import earth_air, mars_air
from malapert.flight.compiled import arc_kernel, inner_kernel
from malapert.flight.entry_motion import EARTH_AIR, MARS_AIR, height_km, straight_line

Array = NDArray[np.float64]

# Places in the numbers the kernel reads; the first ten are those of `entry_motion`.
P_GM, P_RADIUS, P_FLAT, P_J2, P_RATE, _, P_AIR, P_RHO, P_SCALE, P_SOUND = range(10)
(P_DENSER, P_VACUUM_N, P_EXIT_N_PA, P_FLOW, P_FLOW_PER_PA, P_AREA, P_MOST_G, P_IGNITION, P_LAW, P_START) = range(10, 20)
P_UP, P_FORWARD, P_ACROSS, P_TANGENT, P_KICK, P_KICK_S, P_GROUND, NUMBERS = 20, 23, 26, 29, 33, 34, 35, 36
PLATFORM, LOCAL, TURN, TANGENT = 0.0, 1.0, 2.0, 3.0

# State: position (km), velocity (km/s), mass (kg), speed an accelerometer along the axis has summed, ideal delta-v.
STATE: Final = 9
# Rows: time, state, then height, density, Mach, dynamic pressure (Pa), sensed g, speed through the air (km/s).
COLUMNS: Final = 16
R_HEIGHT, R_DENSITY, R_MACH, R_PRESSURE, R_SENSED, R_SPEED = range(10, 16)

# Where a piece may end before its time: mass (kg), sensed speed (km/s), height (km), inertial speed (km/s).
ON_TIME, DRY, SENSED, HEIGHT, SPEED, GROUND, NOT_FINITE, DONE = range(8)
_FRACTIONS = np.array([0.0, 0.5, 0.5, 1.0])
_WEIGHTS = np.array([1.0, 2.0, 2.0, 1.0]) / 6.0


@inner_kernel
def ambient(p: Array, height: float) -> tuple[float, float, float]:
    """Density (kg/m3), pressure (Pa), speed of sound (km/s) at a height (km); an exponential air is isothermal."""
    if p[P_AIR] == EARTH_AIR:
        density, _, pressure = earth_air(height)
    elif p[P_AIR] == MARS_AIR:
        density, _, pressure = mars_air(height)
    else:
        density = p[P_RHO] * math.exp(-height / p[P_SCALE])
        pressure = density * 1e6 * p[P_GM] / (p[P_RADIUS] * p[P_RADIUS]) * p[P_SCALE]
    if density <= 0.0:
        return 0.0, 0.0, 1e9
    return p[P_DENSER] * density, p[P_DENSER] * pressure, 1e-3 * math.sqrt(p[P_SOUND] * pressure / density)


@inner_kernel
def _unit_of(x: float, y: float, z: float) -> tuple[float, float, float]:
    size = math.sqrt(x * x + y * y + z * z)
    return x / size, y / size, z / size


@inner_kernel
def _heading(t: float, y: Array, wx: float, wy: float, wz: float, p: Array, pitch: Array) -> tuple[float, float, float]:
    """Direction (unit) the thrust points; wx, wy, wz: velocity through the air (km/s). Laws: see `launch_vehicle`."""
    ux, uy, uz = p[P_UP], p[P_UP + 1], p[P_UP + 2]
    fx, fy, fz = p[P_FORWARD], p[P_FORWARD + 1], p[P_FORWARD + 2]
    ax, ay, az = p[P_ACROSS], p[P_ACROSS + 1], p[P_ACROSS + 2]
    if p[P_LAW] == TANGENT:
        s = t - p[P_START]
        up = p[P_TANGENT] + p[P_TANGENT + 1] * s
        across = p[P_TANGENT + 2] + p[P_TANGENT + 3] * s
        return _unit_of(fx + up * ux + across * ax, fy + up * uy + across * ay, fz + up * uz + across * az)
    if p[P_LAW] != PLATFORM:
        ux, uy, uz = _unit_of(y[0], y[1], y[2] / (1.0 - p[P_FLAT]) ** 2)
        fx, fy, fz = _unit_of(uy * az - uz * ay, uz * ax - ux * az, ux * ay - uy * ax)
    if p[P_LAW] == TURN:
        turned = min(max((t - p[P_START]) / p[P_KICK_S], 0.0), 1.0)
        angle = 0.5 * math.pi - p[P_KICK] * turned
        speed = math.sqrt(wx * wx + wy * wy + wz * wz)
        if turned == 1.0 and ux * wx + uy * wy + uz * wz < math.sin(angle) * speed:
            return wx / speed, wy / speed, wz / speed
    else:
        angle = straight_line(pitch, t)
    c, s = math.cos(angle), math.sin(angle)
    return c * fx + s * ux, c * fy + s * uy, c * fz + s * uz


@inner_kernel
def _motion(t: float, y: Array, p: Array, drag: Array, throttle: Array, pitch: Array, out: Array, row: Array) -> None:
    """Fill out (9,), the slope of the state, and the last six places of row.

    Gravity with J2 (Vallado 2013, eq. 8-30), drag along the flow, thrust F p_vac - A p with flow and loss by pressure.
    """
    x, yy, z = y[0], y[1], y[2]
    wx, wy, wz = y[3] + p[P_RATE] * yy, y[4] - p[P_RATE] * x, y[5]
    speed = math.sqrt(wx * wx + wy * wy + wz * wz)
    height = height_km(p, x, yy, z)
    density, pressure, sound = ambient(p, height)
    mach = speed / sound
    dynamic = 5e5 * density * speed * speed
    push = dynamic * p[P_AREA] * straight_line(drag, mach)  # N
    open_ = straight_line(throttle, t - p[P_IGNITION]) if p[P_VACUUM_N] > 0.0 else 0.0
    loss = p[P_EXIT_N_PA] * pressure if open_ > 0.0 else 0.0
    force = max(open_ * p[P_VACUUM_N] - loss, 0.0)
    most = p[P_MOST_G] * STANDARD_GRAVITY_M_S2 * y[6]
    if force > most:
        open_ = (most + loss) / p[P_VACUUM_N]
        force = most
    hx, hy, hz = _heading(t, y, wx, wy, wz, p, pitch)
    drag_over = push / speed if speed > 0.0 else 0.0
    per = 1e-3 / y[6]
    sx = per * (force * hx - drag_over * wx)
    sy = per * (force * hy - drag_over * wy)
    sz = per * (force * hz - drag_over * wz)
    r2 = x * x + yy * yy + z * z
    pull = -p[P_GM] / (r2 * math.sqrt(r2))
    bulge = 1.5 * p[P_J2] * (p[P_RADIUS] * p[P_RADIUS]) / r2
    sine2 = 5.0 * z * z / r2
    out[0], out[1], out[2] = y[3], y[4], y[5]
    out[3] = pull * x * (1.0 + bulge * (1.0 - sine2)) + sx
    out[4] = pull * yy * (1.0 + bulge * (1.0 - sine2)) + sy
    out[5] = pull * z * (1.0 + bulge * (3.0 - sine2)) + sz
    out[6] = -open_ * (p[P_FLOW] + p[P_FLOW_PER_PA] * pressure)
    out[7] = sx * hx + sy * hy + sz * hz
    out[8] = per * force
    row[R_HEIGHT], row[R_DENSITY], row[R_MACH], row[R_PRESSURE] = height, density, mach, dynamic
    row[R_SENSED] = 1e3 * math.sqrt(sx * sx + sy * sy + sz * sz) / STANDARD_GRAVITY_M_S2
    row[R_SPEED] = speed


@inner_kernel
def _step(t: float, y: Array, h: float, p: Array, drag: Array, throttle: Array, pitch: Array, work: Array,
          row: Array) -> None:  # fmt: skip
    """Leave in work[1] the state h after y, by the classical Runge-Kutta method, and fill row for t and y."""
    row[0] = t
    for j in range(STATE):
        row[1 + j] = work[1, j] = y[j]
        work[0, j] = 0.0
    for i in range(4):
        for j in range(STATE):
            work[2, j] = y[j] + h * _FRACTIONS[i] * work[0, j]
        _motion(t + h * _FRACTIONS[i], work[2], p, drag, throttle, pitch, work[0], row if i == 0 else work[3])
        for j in range(STATE):
            work[1, j] += h * _WEIGHTS[i] * work[0, j]


@inner_kernel
def _beyond(y: Array, limits: Array, p: Array) -> int:
    """Which of the ends of a piece a state has passed, ON_TIME for none."""
    if not math.isfinite(y[0] + y[3] + y[6]):
        return NOT_FINITE
    if y[6] <= limits[0]:
        return DRY
    if y[7] >= limits[1]:
        return SENSED
    height = height_km(p, y[0], y[1], y[2])
    if height >= limits[2]:
        return HEIGHT
    if math.sqrt(y[3] * y[3] + y[4] * y[4] + y[5] * y[5]) >= limits[3]:
        return SPEED
    return GROUND if height < p[P_GROUND] - 1e-3 else ON_TIME


@arc_kernel
def fly_piece(t0: float, t1: float, step_s: float, limits: Array, p: Array, drag: Array, throttle: Array,
              pitch: Array, y: Array, rows: Array, work: Array) -> tuple[int, int, float]:  # fmt: skip
    """Fly y (9,) from t0 to t1 in even steps, or until a limit (4,) is passed: why it ended, rows filled, last time.

    rows (n, 16): room for a start, every step and an end. work (4, 16): the caller's scratch.
    """
    t, count = t0, 0
    steps = max(1, math.ceil((t1 - t0) / step_s - 1e-9))
    h = (t1 - t0) / steps
    status, found = ON_TIME, ON_TIME
    low, high, tried = 0.0, h, h
    while True:
        _step(t, y, tried, p, drag, throttle, pitch, work, rows[count])
        if status != ON_TIME and tried == 0.0:
            return status, count + 1, t
        now = _beyond(work[1], limits, p)
        if now == NOT_FINITE:
            return now, count + 1, t
        if now != ON_TIME:
            found, high = now, tried
        else:
            low = tried
        # Past a limit: halve the step until its crossing is bracketed, then take the far side of the bracket.
        if found != ON_TIME and (tried != high or high - low > 1e-9):
            tried = 0.5 * (low + high) if high - low > 1e-9 else high
            continue
        for j in range(STATE):
            y[j] = work[1, j]
        count += 1
        t = t + tried if found != ON_TIME or count < steps else t1
        if found != ON_TIME or count == steps:
            # A step of no length fills the last row.
            status, tried = (found if found != ON_TIME else DONE), 0.0
        low = 0.0
