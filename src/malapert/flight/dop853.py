"""The integrator: adaptive Runge-Kutta 8(5,3) with dense output and located events, compiled once for all arcs.

Hairer, Norsett and Wanner 1993, "Solving Ordinary Differential Equations I", 2nd ed., section II.10.
"""

import math
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.integrate import DOP853  # type: ignore[attr-defined]

from malapert.flight.bodies import EARTH, MOON, S_MOON, series_value
from malapert.flight.compiled import arc_kernel, inner_kernel
from malapert.flight.lanes import WIDTH, load, spread, store
from malapert.flight.layout import CENTER, GM, KIND, THREE_BODY, Model

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


@inner_kernel
def _copy(source: Array, target: Array) -> None:
    """target = source, element by element: numba's slice assignment costs seconds of compilation."""
    for j in range(source.shape[0]):
        target[j] = source[j]


@inner_kernel
def _combine(y: Array, h: float, k: Array, weights: Array, count: int, out: Array) -> None:
    """out = y + h sum(weights[i] k[i]), WIDTH numbers at a time, the last ones overlapping those before."""
    n = y.shape[0]
    first = 0
    while first < n:
        first = min(first, n - WIDTH)
        total = spread(0.0)
        for i in range(count):
            total = total + spread(weights[i]) * load(k, i * n + first)
        store(out, first, load(y, first) + spread(h) * total)
        first += WIDTH


@inner_kernel
def _scales(t_s: float, y: Array, model: Model) -> tuple[float, float]:
    """Length and speed against which the error is measured: distance to the nearer primary, speed it implies."""
    speed2 = y[3] * y[3] + y[4] * y[4] + y[5] * y[5]
    if model.numbers[KIND] == THREE_BODY:
        q = y[1] * y[1] + y[2] * y[2]
        near = min(math.sqrt((y[0] + 1.0) ** 2 + q), math.sqrt(y[0] ** 2 + q))
        return near, math.sqrt(speed2 + 1e-6)
    own = math.sqrt(y[0] ** 2 + y[1] ** 2 + y[2] ** 2)
    if model.numbers[CENTER] > MOON:
        return own, max(math.sqrt(speed2), math.sqrt(model.numbers[GM + int(model.numbers[CENTER])] / own))
    mx, my, mz = series_value(model.directory, model.series, S_MOON, t_s)
    sign = 1.0 if model.numbers[CENTER] == EARTH else -1.0
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
def _prepare_dense(
    slope: Any, t: float, y: Array, new: Array, h: float, k: Array, model: Model, work: Array, f: Array
) -> None:
    """Fill f (7, n) with the coefficients of the seventh-order interpolant; section II.10, eqs. 10.20-10.21."""
    n = y.shape[0]
    for s in range(13, 16):
        _combine(y, h, k, _A[s], s, f[0])
        slope(t + _C[s] * h, f[0], k[s], model, work)
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
def _locate(watch: Any, t: float, y: Array, h: float, f: Array, event: Array, model: Model, probe: Array) -> float:
    """Fraction of the step at which the event happens: bisection with the Illinois secant."""
    low, high = 0.0, 1.0
    _dense(low, y, f, probe)
    g_low = watch(t, probe, event, model)
    _dense(high, y, f, probe)
    g_high = watch(t + h, probe, event, model)
    for _ in range(60):
        x = 0.5 * (low + high) if g_high == g_low else low - g_low * (high - low) / (g_high - g_low)
        _dense(x, y, f, probe)
        g = watch(t + x * h, probe, event, model)
        if (g > 0.0) == (g_high > 0.0):
            high, g_high, g_low = x, g, 0.5 * g_low
        else:
            low, g_low, g_high = x, g, 0.5 * g_high
        if abs(high - low) * abs(h) < 1e-7 or g == 0.0:
            break
    return high


@inner_kernel
def begin(watch: Any, t0: float, y: Array, direction: float, output_s: Array, events: Array, model: Model,
          outputs: Array, bookkeeping: Array, tally: Array) -> None:  # fmt: skip
    """Values of the events at the start, and the outputs asked for there. See `integrate`."""
    for e in range(events.shape[0]):
        bookkeeping[0, e] = watch(t0, y, events[e], model)
    while tally[0] < output_s.shape[0] and direction * (output_s[int(tally[0])] - t0) <= 0.0:
        _copy(y, outputs[int(tally[0])])
        tally[0] += 1.0


@inner_kernel
def anything_in_step(watch: Any, t_new: float, new: Array, direction: float, output_s: Array, events: Array,
                     model: Model, bookkeeping: Array, tally: Array) -> bool:  # fmt: skip
    """Whether an event happens or an output falls between the last call and t_new; keeps the events' values."""
    anything: bool = tally[0] < output_s.shape[0] and direction * (output_s[int(tally[0])] - t_new) <= 0.0
    for e in range(events.shape[0]):
        before = bookkeeping[0, e]
        bookkeeping[0, e] = watch(t_new, new, events[e], model)
        # Flown backwards, a fall through zero is the same event; the stored sign follows the flight.
        happened = direction * before < 0.0 <= direction * bookkeeping[0, e]
        bookkeeping[2, e] = 1.0 if happened else 0.0
        anything = anything or happened
    return anything


@inner_kernel
def record_step(
    watch: Any, t: float, y: Array, h: float, t_new: float, f: Array, direction: float, output_s: Array, events: Array,
    model: Model, outputs: Array, found: Array, bookkeeping: Array, tally: Array, probe: Array,
) -> float:  # fmt: skip
    """Write what `anything_in_step` saw into found and outputs, by the interpolant f of the step.

    Returns the fraction of the step at which an event ends the arc, 2 when none does, -1 when found is full. probe
    holds the last state of an arc that ends.
    """
    stop_at = 2.0
    for e in range(events.shape[0]):
        if bookkeeping[2, e] == 0.0:
            continue
        x = _locate(watch, t, y, h, f, events[e], model, probe)
        bookkeeping[1, e] += 1.0
        row = int(tally[1])
        if row == found.shape[0]:
            return -1.0
        _dense(x, y, f, probe)
        found[row, 0] = e
        found[row, 1] = t + x * h
        for j in range(y.shape[0]):
            found[row, 2 + j] = probe[j]
        tally[1] += 1.0
        if bookkeeping[1, e] == events[e, 3]:
            stop_at = min(stop_at, x)
    reach = t + stop_at * h if stop_at <= 1.0 else t_new
    while tally[0] < output_s.shape[0] and direction * (output_s[int(tally[0])] - reach) <= 0.0:
        _dense((output_s[int(tally[0])] - t) / h, y, f, outputs[int(tally[0])])
        tally[0] += 1.0
    if stop_at <= 1.0:
        _dense(stop_at, y, f, probe)
    return stop_at


@arc_kernel
def integrate(
    slope: Any,
    watch: Any,
    t0: float,
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
) -> tuple[int, float, int]:
    """Integrate the state in scratch[23] from t0 to t1 (s, either direction) and leave the last one in scratch[25].

    slope: `dynamics.right_side`. watch: `event_values.watched`.
    output_s: epochs in the order of flight, filled into outputs (k, n); events: rows (kind, body, radius, stop);
    found (capacity, 2 + n): row, epoch and state of each event. Returns status, last epoch and how many steps;
    scratch[26] has how many outputs and events. scratch (27, n), work (see `dynamics`), bookkeeping (3, events):
    zeros that are the caller's, so that no allocation is compiled. tolerance: allowed error a step over the distance
    to the nearer primary.
    """
    n = scratch.shape[1]
    direction = 1.0 if t1 >= t0 else -1.0
    k = scratch[0:16]
    f = scratch[16:23]
    y = scratch[23]
    new = scratch[24]
    probe = scratch[25]
    tally = scratch[26]
    t = t0
    begin(watch, t0, y, direction, output_s, events, model, outputs, bookkeeping, tally)
    length, speed = _scales(t, y, model)
    h = direction * FIRST_STEP * length / speed
    rejected = False
    first_stage = 0
    status = TOO_MANY_STEPS
    step = 0
    while step < max_steps:
        last = direction * (t + 1.000001 * h - t1) >= 0.0
        if last:
            h = t1 - t
            if h == 0.0:
                status = DONE
                break
        elif abs(h) < 1e-12 * max(abs(t), 1.0):
            status = STEP_TOO_SMALL
            break
        else:
            # Epochs resolve to 0.1 us: steps the clock cannot tell would add up to millimetres of a low orbit a day.
            h = (t + h) - t
        step += 1
        for s in range(first_stage, STAGES + 1):
            _combine(y, h, k, _A[s], s, new)
            slope(t + _C[s] * h, new, k[s], model, work)
        first_stage = 1
        length, speed = _scales(t, y, model)
        ratio = _error(h, k, length, speed, n) / tolerance
        if not math.isfinite(ratio):
            status = NOT_FINITE
            break
        if ratio > 1.0:
            h *= max(0.333, 0.9 * ratio**-0.125)
            rejected = True
            continue
        t_new = t1 if last else t + h
        if anything_in_step(watch, t_new, new, direction, output_s, events, model, bookkeeping, tally):
            _prepare_dense(slope, t, y, new, h, k, model, work, f)
            x = record_step(
                watch, t, y, h, t_new, f, direction, output_s, events, model, outputs, found, bookkeeping, tally, probe
            )
            if x <= 1.0:
                if x < 0.0:
                    status = EVENTS_FULL
                    break
                return STOPPED, t + x * h, step
        y, new = new, y
        t = t_new
        if last:
            status = DONE
            break
        _copy(k[12], k[0])
        growth = 6.0 if ratio == 0.0 else min(6.0, max(0.333, 0.9 * ratio**-0.125))
        h *= min(growth, 1.0) if rejected else growth
        rejected = False
    _copy(y, probe)
    return status, t, step
