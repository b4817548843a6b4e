"""The integrator: adaptive Runge-Kutta 8(5,3) with dense output and located events, compiled once for all arcs.

Hairer, Norsett and Wanner 1993, "Solving Ordinary Differential Equations I", 2nd ed., section II.10.
"""

import math
import sys
from pathlib import Path
from typing import Final

import numba
import numpy as np
from numpy.typing import NDArray
from scipy.integrate import DOP853  # type: ignore[attr-defined]

from malapert.flight import bodies, dynamics, gravity
from malapert.flight.bodies import EARTH, MOON, S_MOON, earth_to_moon_velocity, series_value
from malapert.flight.dynamics import CENTER, GM, KIND, THREE_BODY, Model, derivative, inner_kernel
from malapert.sky import libration

Array = NDArray[np.float64]

STAGES: Final = 12
FIRST_STEP: Final = 0.02  # of the time in which the craft covers its distance to the nearer primary
_A = np.zeros((16, 16))
_A[:12, :12] = DOP853.A
_A[13:, :] = DOP853.A_EXTRA
_A[12, :12] = DOP853.B
_C = np.concatenate([DOP853.C, [1.0], DOP853.C_EXTRA])
_E3 = np.ascontiguousarray(DOP853.E3[:12])
_E5 = np.ascontiguousarray(DOP853.E5[:12])
_D = np.ascontiguousarray(DOP853.D)

DONE, STOPPED, TOO_MANY_STEPS, STEP_TOO_SMALL, NOT_FINITE, EVENTS_FULL = range(6)
PERIAPSIS, APOAPSIS, DESCENDING_RADIUS, ASCENDING_RADIUS = 1, 2, 3, 4


@inner_kernel
def _copy(source: Array, target: Array) -> None:
    """target = source, element by element: numba's slice assignment costs seconds of compilation."""
    for j in range(source.shape[0]):
        target[j] = source[j]


@inner_kernel
def _combine(y: Array, h: float, k: Array, weights: Array, count: int, out: Array) -> None:
    """out = y + h sum(weights[i] k[i])."""
    for j in range(y.shape[0]):
        out[j] = 0.0
    for i in range(count):
        w = weights[i]
        if w != 0.0:
            for j in range(y.shape[0]):
                out[j] += w * k[i, j]
    for j in range(y.shape[0]):
        out[j] = y[j] + h * out[j]


@inner_kernel
def _scales(t_s: float, y: Array, model: Model) -> tuple[float, float]:
    """Length and speed against which the error is measured: distance to the nearer primary, speed it implies."""
    speed2 = y[3] * y[3] + y[4] * y[4] + y[5] * y[5]
    if model.numbers[KIND] == THREE_BODY:
        q = y[1] * y[1] + y[2] * y[2]
        near = min(math.sqrt((y[0] + 1.0) ** 2 + q), math.sqrt(y[0] ** 2 + q))
        return near, math.sqrt(speed2 + 1e-6)
    mx, my, mz = series_value(model.directory, model.series, S_MOON, t_s)
    sign = 1.0 if model.numbers[CENTER] == EARTH else -1.0
    own = math.sqrt(y[0] ** 2 + y[1] ** 2 + y[2] ** 2)
    other = math.sqrt((y[0] - sign * mx) ** 2 + (y[1] - sign * my) ** 2 + (y[2] - sign * mz) ** 2)
    near = min(own, other)
    return near, max(math.sqrt(speed2), math.sqrt(model.numbers[GM + MOON] / near))


@inner_kernel
def _error(h: float, k: Array, length: float, speed: float, n: int) -> float:
    """Error of a step over what is allowed; eq. II.10.17 with vector norms for position, velocity and mass."""
    total5 = 0.0
    total3 = 0.0
    for j in range(min(n, 7)):
        e5 = 0.0
        e3 = 0.0
        for i in range(STAGES):
            e5 += _E5[i] * k[i, j]
            e3 += _E3[i] * k[i, j]
        scale = length if j < 3 else (speed if j < 6 else 1.0e6)
        total5 += (e5 / scale) ** 2
        total3 += (e3 / scale) ** 2
    if total5 == 0.0 and total3 == 0.0:
        return 0.0
    return abs(h) * total5 / math.sqrt((total5 + 0.01 * total3) * 2.0)


@inner_kernel
def _prepare_dense(t: float, y: Array, new: Array, h: float, k: Array, model: Model, work: Array, f: Array) -> None:
    """Fill f (7, n) with the coefficients of the seventh-order interpolant; section II.10, eqs. 10.20-10.21."""
    n = y.shape[0]
    for s in range(13, 16):
        _combine(y, h, k, _A[s], s, f[0])
        derivative(t + _C[s] * h, f[0], k[s], model, work)
    for j in range(n):
        dy = new[j] - y[j]
        f[0, j] = dy
        f[1, j] = h * k[0, j] - dy
        f[2, j] = 2.0 * dy - h * (k[12, j] + k[0, j])
        for i in range(4):
            value = 0.0
            for s in range(16):
                value += _D[i, s] * k[s, j]
            f[3 + i, j] = h * value


@inner_kernel
def _dense(x: float, y: Array, f: Array, out: Array) -> None:
    """State at the fraction x of the step."""
    for j in range(y.shape[0]):
        value = 0.0
        for i in range(6, -1, -1):
            value = (value + f[i, j]) * (x if i % 2 == 0 else 1.0 - x)
        out[j] = y[j] + value


@inner_kernel
def _event_value(t_s: float, y: Array, event: Array, model: Model) -> float:
    """Function whose rise through zero is the event (kind, body, radius km, how many end the arc)."""
    rx, ry, rz, vx, vy, vz = y[0], y[1], y[2], y[3], y[4], y[5]
    body = int(event[1])
    if model.numbers[KIND] != THREE_BODY and body != model.numbers[CENTER]:
        sign = 1.0 if body == MOON else -1.0
        mx, my, mz = series_value(model.directory, model.series, S_MOON, t_s)
        ux, uy, uz = earth_to_moon_velocity(model.directory, model.series, t_s)
        rx, ry, rz = rx - sign * mx, ry - sign * my, rz - sign * mz
        vx, vy, vz = vx - sign * ux, vy - sign * uy, vz - sign * uz
    kind = int(event[0])
    if kind == PERIAPSIS:
        return float(rx * vx + ry * vy + rz * vz)
    if kind == APOAPSIS:
        return -float(rx * vx + ry * vy + rz * vz)
    radius = math.sqrt(rx * rx + ry * ry + rz * rz)
    return float(event[2]) - radius if kind == DESCENDING_RADIUS else radius - float(event[2])


@inner_kernel
def _locate(t: float, y: Array, h: float, f: Array, event: Array, model: Model, probe: Array) -> float:
    """Fraction of the step at which the event happens: bisection with the Illinois secant."""
    low, high = 0.0, 1.0
    _dense(low, y, f, probe)
    g_low = _event_value(t, probe, event, model)
    _dense(high, y, f, probe)
    g_high = _event_value(t + h, probe, event, model)
    for _ in range(60):
        x = 0.5 * (low + high) if g_high == g_low else low - g_low * (high - low) / (g_high - g_low)
        _dense(x, y, f, probe)
        g = _event_value(t + x * h, probe, event, model)
        if (g > 0.0) == (g_high > 0.0):
            high, g_high, g_low = x, g, 0.5 * g_low
        else:
            low, g_low, g_high = x, g, 0.5 * g_high
        if abs(high - low) * abs(h) < 1e-7 or g == 0.0:
            break
    return high


@numba.njit(cache=True, error_model="numpy")
def integrate(
    t0: float,
    y0: Array,
    t1: float,
    tolerance: float,
    max_steps: int,
    output_s: Array,
    events: Array,
    model: Model,
    outputs: Array,
    found: Array,
    scratch: Array,
    work: Array,
    bookkeeping: Array,
) -> tuple[int, float, Array, int, int, int]:
    """Integrate y0 from t0 to t1 (s, either direction).

    output_s: epochs in the order of flight, filled into outputs (k, n); events: rows (kind, body, radius, stop);
    found (capacity, 2 + n): row, epoch and state of each event. Returns status, last epoch and state, and how many
    steps, outputs and events. scratch (26, n), work (see `derivative`), bookkeeping (2, events): zeros that
    are the caller's, so that no allocation is compiled. tolerance: allowed error a step over the distance to the
    nearer primary.
    """
    n = y0.shape[0]
    direction = 1.0 if t1 >= t0 else -1.0
    k = scratch[0:16]
    f = scratch[16:23]
    y = scratch[23]
    new = scratch[24]
    probe = scratch[25]
    _copy(y0, y)
    values = bookkeeping[0]
    counts = bookkeeping[1]
    for e in range(events.shape[0]):
        values[e] = _event_value(t0, y, events[e], model)
    t = t0
    written = 0
    events_found = 0
    while written < output_s.shape[0] and direction * (output_s[written] - t0) <= 0.0:
        _copy(y, outputs[written])
        written += 1
    length, speed = _scales(t, y, model)
    h = direction * FIRST_STEP * length / speed
    rejected = False
    first_stage = 0
    for step in range(max_steps):
        if direction * (t1 - t) <= 0.0:
            return DONE, t, y, step, written, events_found
        last = direction * (t + 1.000001 * h - t1) >= 0.0
        if last:
            h = t1 - t
        if abs(h) < 1e-12 * max(abs(t), 1.0) and not last:
            return STEP_TOO_SMALL, t, y, step, written, events_found
        for s in range(first_stage, STAGES + 1):
            _combine(y, h, k, _A[s], s, new)
            derivative(t + _C[s] * h, new, k[s], model, work)
        first_stage = 1
        length, speed = _scales(t, y, model)
        ratio = _error(h, k, length, speed, n) / tolerance
        if not math.isfinite(ratio):
            return NOT_FINITE, t, y, step, written, events_found
        if ratio > 1.0:
            h *= max(0.333, 0.9 * ratio**-0.125)
            rejected = True
            continue
        t_new = t1 if last else t + h
        dense_ready = False
        stop_at = 2.0
        for e in range(events.shape[0]):
            before = values[e]
            values[e] = _event_value(t_new, new, events[e], model)
            # Flown backwards, a fall through zero is the same event; the stored sign follows the flight.
            if direction * before < 0.0 <= direction * values[e]:
                if not dense_ready:
                    _prepare_dense(t, y, new, h, k, model, work, f)
                    dense_ready = True
                x = _locate(t, y, h, f, events[e], model, probe)
                counts[e] += 1.0
                if events_found == found.shape[0]:
                    return EVENTS_FULL, t, y, step, written, events_found
                _dense(x, y, f, probe)
                found[events_found, 0] = e
                found[events_found, 1] = t + x * h
                _copy(probe, found[events_found, 2:])
                events_found += 1
                if counts[e] == events[e, 3]:
                    stop_at = min(stop_at, x)
        reach = t + stop_at * h if stop_at <= 1.0 else t_new
        while written < output_s.shape[0] and direction * (output_s[written] - reach) <= 0.0:
            if not dense_ready:
                _prepare_dense(t, y, new, h, k, model, work, f)
                dense_ready = True
            _dense((output_s[written] - t) / h, y, f, outputs[written])
            written += 1
        if stop_at <= 1.0:
            _dense(stop_at, y, f, probe)
            return STOPPED, reach, probe, step + 1, written, events_found
        y, new = new, y
        _copy(k[12], k[0])
        t = t_new
        growth = 6.0 if ratio == 0.0 else min(6.0, max(0.333, 0.9 * ratio**-0.125))
        h *= min(growth, 1.0) if rejected else growth
        rejected = False
    return TOO_MANY_STEPS, t, y, max_steps, written, events_found


def sources_stamp() -> tuple[tuple[float, int], ...]:
    """Time of change and size of every file whose kernels are compiled into `integrate`."""
    files = [
        Path(module.__file__ or "").stat() for module in (sys.modules[__name__], bodies, dynamics, gravity, libration)
    ]
    return tuple((file.st_mtime, file.st_size) for file in files)


# numba looks only at the file of the cached kernel itself, and would go on using what an edit of the others made stale.
_index = getattr(getattr(integrate, "_cache", None), "_cache_file", None)  # none where nothing can be cached
if _index is not None:
    _index._source_stamp = sources_stamp()
