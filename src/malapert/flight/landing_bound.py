"""The least propellant any landing from a state can use: the yardstick a flown descent is measured with.

Lossless convexification of the thrust bounds, Acikmese and Ploen 2007, J. Guidance 30:1353; the Moon's central gravity,
the mass in the thrust limits and the curved ground are taken from the last iterate until nothing moves. Each problem
is solved by Clarabel, which `pip install malapert[landing]` brings.
"""

import math
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csc_matrix

from malapert import constants
from malapert.errors import ConvergenceError, InputError
from malapert.flight.conics import unit
from malapert.flight.powered import Lander, Site

Array = NDArray[np.float64]

NODES: Final = 60
WIDTH: Final = 11  # position, velocity, ln of the mass, thrust over mass, its bound
R, V, Z, U, S = 0, 3, 6, 7, 10
SETTLED: Final = 1e-7  # of the first mass and of the radius
ROUNDS: Final = 25
SEARCH: Final = 14


@dataclass(frozen=True)
class LandingBound:
    """The best landing found: propellant (kg), its duration, how far the convexified thrust is from a real one.

    slack: the greatest thrust bound less thrust, of full thrust: zero where the convexification is lossless. states
    (n, 7) km, km/s, kg and thrust_n (n, 3) at times_s (n,), Moon-centred ICRF axes.
    """

    propellant_kg: float
    delta_v_m_s: float
    duration_s: float
    slack: float
    times_s: Array
    states: Array
    thrust_n: Array


def _clarabel() -> Any:
    try:
        import clarabel  # type: ignore[import-untyped,import-not-found,unused-ignore]
    except ImportError as error:
        raise InputError(
            "the least-propellant landing needs the Clarabel solver: pip install malapert[landing]"
        ) from error
    return clarabel


@dataclass(frozen=True)
class _Problem:
    """Everything in units of the site's radius, its gravity and the first mass; start and end (6,), times h apart."""

    start: Array
    end: Array
    step: float
    exhaust: float
    most: float
    least: float

    def matrices(self, guess: Array) -> tuple[Any, Array, list[int]]:
        """A, b of A x + s = b and the sizes of the cones: zero, non-negative; guess (n, 11) is the last iterate."""
        n, h = len(guess), self.step
        base = WIDTH * np.arange(n)
        rows, columns, values, right = [], [], [], []
        count = 0

        def block(size: int, entries: list[tuple[Any, Any]], side: Array) -> None:
            nonlocal count
            for where, value in entries:
                rows.append(count + np.arange(size))
                columns.append(where)
                values.append(np.broadcast_to(np.asarray(value, dtype=float), (size,)))
            right.append(np.broadcast_to(side, (size,)))
            count += size

        radius = np.linalg.norm(guess[:, :3], axis=1)
        up = guess[:, :3] / radius[:, None]
        # Central gravity to first order about the last iterate: -3 r / r^3 there, and its gradient times the place.
        pull = -3.0 * up / radius[:, None] ** 2
        gradient = (3.0 * up[:, :, None] * up[:, None, :] - np.eye(3)) / radius[:, None, None] ** 3
        here, there = base[:-1], base[1:]
        for j in range(3):
            g0, g1, d0, d1 = pull[:-1, j], pull[1:, j], gradient[:-1, j], gradient[1:, j]
            faster = [(here + R + i, -0.5 * h * d0[:, i]) for i in range(3)]
            faster += [(there + R + i, -0.5 * h * d1[:, i]) for i in range(3)]
            block(n - 1, [(there + V + j, 1.0), (here + V + j, -1.0), (here + U + j, -0.5 * h),
                          (there + U + j, -0.5 * h), *faster], 0.5 * h * (g0 + g1))  # fmt: skip
            further = [(here + R + i, -h * h / 3.0 * d0[:, i]) for i in range(3)]
            further += [(there + R + i, -h * h / 6.0 * d1[:, i]) for i in range(3)]
            block(n - 1, [(there + R + j, 1.0), (here + R + j, -1.0), (here + V + j, -h), (here + U + j, -h * h / 3.0),
                          (there + U + j, -h * h / 6.0), *further], h * h / 6.0 * (2.0 * g0 + g1))  # fmt: skip
        burn = 0.5 * h / self.exhaust
        block(n - 1, [(there + Z, 1.0), (here + Z, -1.0), (here + S, burn), (there + S, burn)], np.zeros(1))
        block(7, [(np.arange(7), 1.0)], np.append(self.start, 0.0))
        block(6, [(base[-1] + np.arange(6), 1.0)], self.end)
        equal = count
        mean, inverse = guess[:, Z], np.exp(-guess[:, Z])
        block(n, [(base + S, 1.0), (base + Z, self.most * inverse)], self.most * inverse * (1.0 + mean))
        block(n, [(base + S, -1.0), (base + Z, -self.least * inverse)], -self.least * inverse * (1.0 + mean))
        block(n, [(base + R + j, -up[:, j]) for j in range(3)], np.full(1, -1.0 + 1e-6))
        above = count - equal
        for k in range(n):
            block(4, [(base[k] + np.array([S, U, U + 1, U + 2]), -1.0)], np.zeros(1))
        matrix = csc_matrix(  # type: ignore[no-untyped-call]
            (np.concatenate(values), (np.concatenate(rows), np.concatenate(columns))), shape=(count, WIDTH * n)
        )
        return matrix, np.concatenate(right), [equal, above]

    def solve(self, guess: Array, solver: Any) -> Array | None:
        """The iterate all else settles on (n, 11), or None where no landing takes this long."""
        n = len(guess)
        cost = np.zeros(WIDTH * n)
        cost[WIDTH * (n - 1) + Z] = -1.0
        settings = solver.DefaultSettings()
        settings.verbose = False
        nothing = csc_matrix((WIDTH * n, WIDTH * n))  # type: ignore[no-untyped-call]
        for _ in range(ROUNDS):
            matrix, right, (equal, above) = self.matrices(guess)
            cones = [solver.ZeroConeT(equal), solver.NonnegativeConeT(above), *([solver.SecondOrderConeT(4)] * n)]
            found = solver.DefaultSolver(nothing, cost, matrix, right, cones, settings).solve()
            if str(found.status) not in ("Solved", "AlmostSolved"):
                return None
            new = np.array(found.x).reshape(n, WIDTH)
            moved = float(np.max(np.abs(new[:, [0, 1, 2, Z]] - guess[:, [0, 1, 2, Z]])))
            guess = new
            if moved < SETTLED:
                return guess
        return None


def least_propellant(
    craft: Array, epoch_tdb_s: float, site: Site, lander: Lander, around_s: float, *, touchdown_m_s: float = 1.0,
    nodes: int = NODES,
) -> LandingBound:  # fmt: skip
    """The landing from a state (7,) at an epoch, Moon-centred ICRF with the mass, that burns least.

    The duration is searched between 0.8 and 1.3 of around_s. lander gives thrust, specific impulse and least throttle;
    the mass is craft's. Raises InputError without Clarabel, ConvergenceError where no landing is possible.
    """
    solver = _clarabel()
    if craft.shape != (7,) or not np.isfinite(craft).all() or craft[6] <= 0.0 or not around_s > 0.0 or nodes < 10:
        raise InputError("a landing starts from six finite numbers and a mass, takes some time and ten nodes or more")
    radius = constants.RADIUS_MOON_KM + site.height_m / 1000.0
    gravity = constants.GM_MOON_KM3_S2 / radius**2
    time, speed = math.sqrt(radius / gravity), math.sqrt(radius * gravity)
    start = np.concatenate([craft[:3] / radius, craft[3:6] / speed])
    accelerate = lander.thrust_n / (1000.0 * craft[6]) / gravity
    guess: Array | None = None

    def attempt(duration_s: float) -> tuple[float, Array | None]:
        nonlocal guess
        ground = site.icrf(epoch_tdb_s + duration_s)
        down = ground[3:] - 1e-3 * touchdown_m_s * unit(ground[:3])
        end = np.concatenate([ground[:3] / np.linalg.norm(ground[:3]), down / speed])
        step = duration_s / time / (nodes - 1)
        problem = _Problem(
            start, end, step, lander.exhaust_m_s / (1000.0 * speed), accelerate, lander.least_throttle * accelerate
        )
        found = problem.solve(_first_guess(start, end, nodes) if guess is None else guess, solver)
        if found is None:
            return math.inf, None
        guess = found
        return -float(found[-1, Z]), found

    best, duration = _shortest(attempt, 0.8 * around_s, 1.3 * around_s)
    if best is None:
        raise ConvergenceError(
            f"no landing from {np.linalg.norm(craft[:3]) - radius:.1f} km over the site in {0.8 * around_s:.0f} to "
            f"{1.3 * around_s:.0f} s with {lander.thrust_n:.0f} N and {craft[6]:.0f} kg"
        )
    mass = craft[6] * np.exp(best[:, Z])
    slack = best[:, S] - np.linalg.norm(best[:, U : U + 3], axis=1)
    return LandingBound(
        float(craft[6] - mass[-1]), -float(best[-1, Z]) * lander.exhaust_m_s, duration,
        float(np.max(slack * np.exp(best[:, Z]))) / accelerate, np.linspace(0.0, duration, nodes),
        np.column_stack([best[:, :3] * radius, best[:, 3:6] * speed, mass]),
        1000.0 * gravity * best[:, U : U + 3] * mass[:, None],
    )  # fmt: skip


def _first_guess(start: Array, end: Array, nodes: int) -> Array:
    """Along the straight chord, lifted to the radius between; half the mass gone at the end."""
    x = np.linspace(0.0, 1.0, nodes)[:, None]
    place = unit((1.0 - x) * start[:3] + x * end[:3]) * ((1.0 - x) * np.linalg.norm(start[:3]) + x)
    rest = np.zeros((nodes, WIDTH - 7))
    return np.hstack([place, (1.0 - x) * start[3:] + x * end[3:], -0.5 * x, rest])


def _shortest(attempt: Any, low: float, high: float) -> tuple[Array | None, float]:
    """The best of a scan of durations and a golden section about it."""
    tried = {float(t): attempt(float(t)) for t in np.linspace(low, high, 6)}
    span = (high - low) / 5.0
    middle = min(tried, key=lambda t: tried[t][0])
    low, high = middle - span, middle + span
    ratio = 0.5 * (math.sqrt(5.0) - 1.0)
    for _ in range(SEARCH):
        pair = (high - ratio * (high - low), low + ratio * (high - low))
        costs = []
        for t in pair:
            if t not in tried:
                tried[t] = attempt(t)
            costs.append(tried[t][0])
        # Too short a time is impossible, too long a one wasteful: equal infinities lie on the short side.
        low, high = (low, pair[1]) if costs[0] < costs[1] else (pair[0], high)
        if high - low < 0.5:
            break
    middle = min(tried, key=lambda t: tried[t][0])
    return tried[middle][1], middle
