"""The integrator for near-circular low orbits: Gauss-Jackson with a fixed step, one evaluation of the field a step.

Berry and Healy 2004, "Implementation of Gauss-Jackson Integration for Orbit Propagation", J. Astronautical Sciences
52:331: the summed form, predicted, evaluated, corrected, and evaluated again for the point mass only.
"""

import math
from fractions import Fraction
from typing import Any, Final

import numpy as np
from numpy.polynomial import legendre
from numpy.typing import NDArray

from malapert.flight import dop853
from malapert.flight.bodies import MARS
from malapert.flight.compiled import arc_kernel, inner_kernel
from malapert.flight.dop853 import _copy, anything_in_step, begin, record_step
from malapert.flight.dynamics import right_side
from malapert.flight.event_values import watched
from malapert.flight.lanes import lane, lanes, load, repeat, spread, store, total
from malapert.flight.layout import (
    CENTER,
    DEGREE,
    DRAG_M2,
    FIELD_RADIUS,
    GM,
    KIND,
    SOLAR_M2,
    THREE_BODY,
    WORK_ROWS,
    Model,
)

Array = NDArray[np.float64]

POINTS: Final = 15  # accelerations that a step is made of; odd, so that the start has as many on either side
DONE, STOPPED, NOT_FINITE, EVENTS_FULL = dop853.DONE, dop853.STOPPED, dop853.NOT_FINITE, dop853.EVENTS_FULL
START_FAILED, TOLERANCE_LOST = 11, 12
_HELD: Final = 512  # rows of the history; when full, the last POINTS move to its head
_PICARD: Final = 30
# Which orbits are taken: rounder than this, with a shorter period, for a revolution at least.
MOST_ECCENTRIC: Final = 0.1
LONGEST_PERIOD_S: Final = 6.0 * 3600.0
_LONGEST_STEP_RAD: Final = 0.09  # of the orbit at its lowest; the method is unstable from about 0.17
FINEST_TOLERANCE: Final = 5e-13  # finer than this, rounding hides the differences that the estimate is made of
_ATTEMPTS: Final = 4
_SHORTER: Final = 0.8  # the error falls with the 15th power: to a thirtieth


def _ordinates(weights: list[Fraction]) -> list[float]:
    """Weights of a_n, a_(n-1), ... from those of its backward differences."""
    return [
        float(sum(w * (-1) ** k * math.comb(j, k) for j, w in enumerate(weights) if j >= k))
        for k in range(len(weights))
    ]


def _series(count: int) -> tuple[list[Fraction], list[Fraction]]:
    """Powers of the backward difference d in d / L and (d / L)^2, L = -log(1 - d)."""
    adams = [Fraction(1)]
    for n in range(1, count):
        adams.append(-sum((adams[k] / (n + 1 - k) for k in range(n)), Fraction(0)))
    return adams, [sum((adams[k] * adams[n - k] for k in range(n + 1)), Fraction(0)) for n in range(count)]


def _weights() -> Array:
    """Weights (POINTS + 1, 4) of the accelerations, newest first: predicted r and v, corrected r and v; then zeros.

    The series of (d / L)^2 and d / L less what the sums hold; the predictor's are running sums of the corrector's.
    Berry and Healy 2004, eqs. 31-47.
    """
    count = POINTS + 2
    adams, cowell = _series(count)
    later = [[sum(row[: n + 1], Fraction(0)) for n in range(count)] for row in (cowell, adams)]
    columns = [later[0][2:], later[1][1:-1], cowell[2:], adams[1:-1]]
    ordinates = np.array([_ordinates(column) for column in columns]).T
    return np.ascontiguousarray(np.vstack([ordinates, np.zeros((1, 4))]))


def _share() -> float:
    """Part of predicted minus corrected that the corrector itself is off by: the first terms that both leave out.

    Doubled for those after them.
    """
    _, cowell = _series(POINTS + 3)
    return 2.0 * abs(float(cowell[-1] / (sum(cowell) - cowell[-1])))


def _start_matrices() -> Array:
    """Matrices (2, POINTS, POINTS): integrals from the middle of POINTS nodes, once and twice, of the polynomial
    through values there; unit spacing."""
    half = (POINTS - 1) // 2
    nodes = np.linspace(-1.0, 1.0, POINTS)
    series = np.linalg.inv(legendre.legvander(nodes, POINTS - 1))
    once, twice = (legendre.legint(series, k, lbnd=0.0) for k in (1, 2))
    matrices = [half * legendre.legval(nodes, once).T, half * half * legendre.legval(nodes, twice).T]
    return np.ascontiguousarray(np.stack(matrices))


_W = _weights()
_START = _start_matrices()
_CORRECTOR_SHARE: Final = _share()


@inner_kernel
def _put(place: Any, speed: Any, y: Array) -> None:
    """y (6,) from two vectors in lanes."""
    y[0], y[1], y[2] = lane(place, 0), lane(place, 1), lane(place, 2)
    y[3], y[4], y[5] = lane(speed, 0), lane(speed, 1), lane(speed, 2)


@inner_kernel
def _start(
    slope: Any, t0: float, h: float, y0: Array, model: Model, work: Array, nodes: Array, history: Array,
    matrices: Array,
) -> bool:  # fmt: skip
    """Fill nodes (POINTS + 1, 6) with states about t0, spaced by h, and history (rows, 4) with accelerations (km/s2).

    Picard iteration on the polynomial through the accelerations; false when it does not settle.
    """
    middle = (POINTS - 1) // 2
    change = nodes[POINTS]
    place0, speed0 = lanes(y0[0], y0[1], y0[2], 0.0), lanes(y0[3], y0[4], y0[5], 0.0)
    for turn in range(_PICARD):
        moved = 0.0
        for i in range(POINTS):
            y = nodes[i]
            first = second = spread(0.0)
            row = i * POINTS
            for q in range(POINTS):
                a = load(history, 4 * q)
                first = first + repeat(matrices, row + q) * a
                second = second + repeat(matrices, row + q + POINTS * POINTS) * a
            place = place0 + (spread(h * (i - middle)) * speed0 + spread(h * h) * second)
            gap = place - lanes(y[0], y[1], y[2], 0.0)
            moved = max(moved, total(gap * gap))
            _put(place, speed0 + spread(h) * first, y)
        # Turns shrink the change by thirty and more; a low orbit's radius is rounded to 2e-13 km.
        if turn > 0 and moved < 1e-24:
            return True
        for i in range(POINTS):
            slope(t0 + h * (i - middle), nodes[i], change, model, work)
            store(history, 4 * i, lanes(change[3], change[4], change[5], 0.0))
    return False


@inner_kernel
def _prepare_dense(y: Array, new: Array, before: Any, after: Any, h: float, f: Array) -> None:
    """Fill f (7, 6), zeros, with the quintic through place, velocity and acceleration at both ends and its derivative.

    In the form that `dop853` evaluates: x (f0 + (1 - x) (f1 + x (f2 + ...))).
    """
    # The fourth lane is zero throughout, and what it writes behind a row the next row's own numbers replace.
    r0, r1 = lanes(y[0], y[1], y[2], 0.0), lanes(new[0], new[1], new[2], 0.0)
    speed0, speed1 = lanes(y[3], y[4], y[5], 0.0), lanes(new[3], new[4], new[5], 0.0)
    step, two = spread(h), spread(2.0)
    half0, half1 = spread(0.5) * step * before, spread(0.5) * step * after
    dr = r1 - r0
    f1 = step * speed0 - dr
    f2 = two * dr - step * (speed0 + speed1)
    f3 = step * half0 + f1 - f2
    f4 = step * half1 + f1 + two * f2 - f3
    dv = speed1 - speed0
    g1 = two * half0 - dv
    g2 = two * (dv - half0 - half1)
    g3 = dr * spread(30.0 / h) - spread(30.0) * speed0 - spread(15.0) * dv - spread(5.0) * g1 - spread(2.5) * g2
    store(f, 0, dr)
    store(f, 3, dv)
    store(f, 6, f1)
    store(f, 9, g1)
    store(f, 12, f2)
    store(f, 15, g2)
    store(f, 18, f3)
    store(f, 21, g3)
    store(f, 24, f4)
    store(f, 27, spread(0.0))


@arc_kernel
def integrate(
    slope: Any,
    watch: Any,
    t0: float,
    t1: float,
    steps: int,
    allowed_km: float,
    output_s: Array,
    events: Array,
    model: Model,
    outputs: Array,
    found: Array,
    scratch: Array,
    work: Array,
    bookkeeping: Array,
    history: Array,
    matrices: Array,
) -> tuple[int, float, int, float]:
    """Integrate the state in scratch[23] from t0 to t1 in equal steps and leave the last one in scratch[25].

    As `dop853.integrate`; scratch (28 + POINTS, 6); history (_HELD, 4): zeros; matrices: `_START`.
    allowed_km: how far the corrector's own errors may add up along the path. Returns status, last epoch, steps and that
    estimate (km).
    """
    h = (t1 - t0) / steps
    direction = 1.0 if h > 0.0 else -1.0
    middle = (POINTS - 1) // 2
    f = scratch[16:23]
    y = scratch[23]
    new = scratch[24]
    probe = scratch[25]
    tally = scratch[26]
    change = scratch[27]
    nodes = scratch[28:]
    begin(watch, t0, y, direction, output_s, events, model, outputs, bookkeeping, tally)
    gm = model.numbers[GM + int(model.numbers[CENTER])]
    if not _start(slope, t0, h, y, model, work, nodes, history, matrices):
        return START_FAILED, t0, 0, 0.0
    at = POINTS - 1
    # The sums that make the corrector give the last of the starting states: first sum up to a_n, second to a_(n-1).
    last = nodes[at]
    first_sum = lanes(last[3], last[4], last[5], 0.0) * spread(1.0 / h)
    second_sum = lanes(last[0], last[1], last[2], 0.0) * spread(1.0 / (h * h))
    for k in range(POINTS):
        a = load(history, 4 * (at - k))
        first_sum = first_sum - repeat(_W, 4 * k + 3) * a
        second_sum = second_sum - repeat(_W, 4 * k + 2) * a
    second_sum = second_sum + first_sum
    energy_off = 0.0
    off_km = 0.0
    status = DONE
    t = t0
    for step in range(steps):
        t_new = t1 if step == steps - 1 else t0 + (step + 1) * h
        row = middle + 1 + step
        if step < middle:
            _copy(nodes[row], new)
        else:
            if at == _HELD - 1:
                for k in range(POINTS):
                    store(history, 4 * k, load(history, 4 * (_HELD - POINTS + k)))
                at = POINTS - 1
            place = later_place = second_sum
            speed = later_speed = first_sum
            for k in range(POINTS):
                a = load(history, 4 * (at - k))
                place = place + repeat(_W, 4 * k) * a
                speed = speed + repeat(_W, 4 * k + 1) * a
                # The last row of the table is zeros: the corrector leaves the oldest to its own newest.
                later_place = later_place + repeat(_W, 4 * k + 6) * a
                later_speed = later_speed + repeat(_W, 4 * k + 7) * a
            place = place * spread(h * h)
            _put(place, speed * spread(h), new)
            slope(t_new, new, change, model, work)
            a = lanes(change[3], change[4], change[5], 0.0)
            better = (later_place + repeat(_W, 2) * a) * spread(h * h)
            speed = (later_speed + (spread(1.0) + repeat(_W, 3)) * a) * spread(h)
            _put(better, speed, new)
            predicted, corrected = total(place * place), total(better * better)
            if not math.isfinite(corrected):
                status = NOT_FINITE
                break
            p3, c3 = gm / (predicted * math.sqrt(predicted)), gm / (corrected * math.sqrt(corrected))
            a = a + (spread(p3) * place - spread(c3) * better)
            at += 1
            row = at
            store(history, 4 * row, a)
            first_sum = first_sum + a
            second_sum = second_sum + first_sum
            # An error e of a step is a push of e / h2: the energy it adds makes the craft fall behind by 3 dE / v a
            # second.
            energy_off += _CORRECTOR_SHARE * total(speed * (place - better)) / h
            off_km += abs(3.0 * energy_off * h) / math.sqrt(total(speed * speed))
            if off_km > allowed_km:
                status = TOLERANCE_LOST
                break
        if anything_in_step(watch, t_new, new, direction, output_s, events, model, bookkeeping, tally):
            _prepare_dense(y, new, load(history, 4 * (row - 1)), load(history, 4 * row), h, f)
            x = record_step(
                watch, t, y, h, t_new, f, direction, output_s, events, model, outputs, found, bookkeeping, tally, probe
            )
            if x < 0.0:
                status = EVENTS_FULL
                break
            if x <= 1.0:
                return STOPPED, t + x * h, step + 1, off_km
        y, new = new, y
        t = t_new
    _copy(y, probe)
    return status, t, steps, off_km


def first_step_s(state: Array, model: Model, tolerance: float, span_s: float) -> float:
    """Step (s) to begin with, 0 where the orbit is not near-circular and low or the forces are not smooth.

    The field's finest wave under the craft passes in 2 pi / (degree rate); how much of it a step may span was measured
    at degrees 8 to 100, 100 km up. It is a guess only: `fly_round` checks what came of it.
    """
    numbers = model.numbers
    center = int(numbers[CENTER])
    smooth = numbers[KIND] != THREE_BODY and numbers[SOLAR_M2] == 0.0 and numbers[DRAG_M2] == 0.0
    if len(state) != 6 or not smooth or center > MARS or tolerance < FINEST_TOLERANCE:
        return 0.0
    gm, r, speed2 = numbers[GM + center], float(np.linalg.norm(state[:3])), float(state[3:] @ state[3:])
    energy = 0.5 * speed2 - gm / r
    if energy >= 0.0:
        return 0.0
    axis = -0.5 * gm / energy
    period = 2.0 * math.pi * math.sqrt(axis**3 / gm)
    momentum2 = r * r * speed2 - float(state[:3] @ state[3:]) ** 2
    eccentricity = math.sqrt(max(1.0 - momentum2 / (gm * axis), 0.0))
    if eccentricity > MOST_ECCENTRIC or period > LONGEST_PERIOD_S or span_s < period:
        return 0.0
    low = axis * (1.0 - eccentricity)
    rate = math.sqrt(gm * (1.0 + eccentricity) / low**3)
    step = _LONGEST_STEP_RAD / rate
    degree = numbers[DEGREE + center]
    if degree > 1:
        fading = max(low / numbers[FIELD_RADIUS + center], 1.0) ** (degree / POINTS)
        wave = 0.36 * degree**0.14 * fading / (degree * rate)
        step = min(step, wave * (tolerance / 1e-11) ** (1.0 / POINTS))
    return float(step)


def fly_round(
    state: Array, epoch_tdb_s: float, end_tdb_s: float, model: Model, *, outputs_s: Array, rules: Array,
    tolerance: float, max_steps: int, capacity: int,
) -> tuple[tuple[int, float, Array, Array, Array, int], dict[str, str]] | None:  # fmt: skip
    """Fly a near-circular low orbit: what `propagate.fly` gives, and the integrator in words; None when the orbit is
    not one, or no step kept the tolerance.

    tolerance: error along the path, as the corrector's differences tell, over the distance flown.
    """
    span = end_tdb_s - epoch_tdb_s
    step = first_step_s(state, model, tolerance, abs(span))
    allowed = tolerance * float(np.linalg.norm(state[3:])) * abs(span)
    first, last = model.directory[0, 3], model.directory[0, 3] + model.directory[0, 2] * model.directory[0, 4]
    for _ in range(_ATTEMPTS if step > 0.0 else 0):
        steps = math.ceil(abs(span) / step)
        # The start looks as far back as ahead, and must find the bodies there.
        reach = POINTS * step
        if steps < 4 * POINTS or steps > max_steps or not first + reach <= epoch_tdb_s <= last - reach:
            return None
        outputs, found = np.empty((len(outputs_s), 6)), np.empty((capacity, 8))
        scratch, history = np.zeros((29 + POINTS, 6)), np.zeros((_HELD, 4))
        scratch[23] = state
        status, t, done, error_km = integrate(
            right_side(model), watched(rules), epoch_tdb_s, end_tdb_s, steps, allowed, outputs_s, rules, model,
            outputs, found, scratch,
            np.zeros((WORK_ROWS, 6)), np.zeros((3, len(rules))), history, _START,
        )  # fmt: skip
        if status in (DONE, STOPPED):
            written, count = scratch[26, :2].astype(int)
            words = {
                "integrator": f"Gauss-Jackson {POINTS}, step {abs(span) / steps:.3f} s",
                "estimated_error_m": f"{1000.0 * error_km:.2g}",
            }
            return (status, t, scratch[25], outputs[:written], found[:count], done), words
        if status != TOLERANCE_LOST:
            return None
        step *= _SHORTER
    return None
