"""Where a planned landing comes down when nothing is navigated out: errors of state and execution to an ellipse.

Each history flies the plan of a `Descent` in the full field, braking by the clock and the last phase closed-loop; the
linear covariance of the same plan stands beside it.
"""

import math
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, fields
from os import cpu_count
from typing import Final

import numpy as np
from numpy.typing import NDArray

from malapert.errors import ConvergenceError, InputError
from malapert.flight import layout
from malapert.flight.descent import Descent
from malapert.flight.forces import Forces, model, powered
from malapert.flight.powered import DESCENT_FORCES
from malapert.flight.propagate import EventRule, fly
from malapert.flight.rendezvous import local_axes
from malapert.sky.frames import enu, icrf_to_moon_me, site_position_km

Array = NDArray[np.float64]

# The last phase holds a constant deceleration: from far over its gate it takes its time.
LAST_S: Final = 900.0
# Over the distance from the centre: 2 mm, looser than the plan's, because the law has a corner over the last metre.
LAST_TOLERANCE: Final = 1e-9
CRASH_M_S: Final = 5.0
# Steps of the linear covariance, in standard deviations.
LINEAR_STEP: Final = 0.1


@dataclass(frozen=True)
class Errors:
    """Standard deviations (1 sigma), normal and independent, of the state at ignition and of the burn.

    Position (m) and velocity (m/s) up, along and across the flight; thrust and specific impulse as fractions, constant
    over a history; pointing (deg) of the braking burn about each cross axis; clocks (s) of ignition and of cut-off.
    """

    up_m: float = 0.0
    along_m: float = 0.0
    across_m: float = 0.0
    up_m_s: float = 0.0
    along_m_s: float = 0.0
    across_m_s: float = 0.0
    thrust: float = 0.0
    specific_impulse: float = 0.0
    pitch_deg: float = 0.0
    yaw_deg: float = 0.0
    ignition_s: float = 0.0
    cutoff_s: float = 0.0

    @property
    def sigmas(self) -> Array:
        return np.array([float(getattr(self, one.name)) for one in fields(self)])


@dataclass(frozen=True)
class Ellipse:
    """Touchdown ellipse: three-sigma half axes (m), azimuth of the longer (deg from north over east, 0 to 180), centre.

    Three sigma along an axis holds 98.9 % of a plane's normal scatter. propellant_kg: standard deviation.
    """

    long_m: float
    short_m: float
    azimuth_deg: float
    east_m: float
    north_m: float
    propellant_kg: float


@dataclass(frozen=True)
class Dispersion:
    """Histories flown, and crashed: on the ground while braking, or at over 5 m/s. Ellipses of the rest, and linear.

    landings (n, 4): east (m), north (m) from the site, propellant (kg), touchdown speed (m/s).
    """

    histories: int
    crashed: int
    seed: int
    flown: Ellipse
    linear: Ellipse
    landings: Array
    mean_propellant_kg: float


def _turned(rows: Array, turn: Array) -> Array:
    """Vectors (n, 3) turned about a rotation vector (3,), rad: Rodrigues' formula."""
    angle = float(np.linalg.norm(turn))
    if angle == 0.0:
        return rows
    axis = turn / angle
    across = np.cross(axis, rows)
    return np.asarray(rows + math.sin(angle) * across + (1.0 - math.cos(angle)) * np.cross(axis, across))


class _Histories:
    """A plan made ready to be flown many times with errors."""

    def __init__(self, descent: Descent, forces: Forces) -> None:
        self.plan, self.site = descent.plan, descent.site
        self.forces = model(forces, "moon")
        self.axes = local_axes(self.plan.craft)[0] / 1000.0
        self.ground = np.array([EventRule("descending", "moon", self.site.height_m / 1000.0, stop_after=1).row()])

    def one(self, errors: Array) -> Array:
        """Epoch and state (7,) on the ground of a history with errors (12,); not numbers if it comes down braking."""
        plan = self.plan
        craft = plan.craft.copy()
        craft[:3] += errors[:3] @ self.axes
        craft[3:6] += errors[3:6] @ self.axes
        start = plan.ignition_tdb_s + errors[10]
        if errors[10] != 0.0:
            craft[:6] = fly(craft[:6], plan.ignition_tdb_s, start, self.forces)[2]
        braking, last = plan.braking.copy(), plan.last.copy()
        for thrust in (braking, last):
            thrust[layout.T_FORCE_N - layout.THRUST] *= 1.0 + errors[6]
            thrust[layout.T_EXHAUST_M_S - layout.THRUST] *= 1.0 + errors[7]
        braking[layout.T_START_S - layout.THRUST] = start
        steering = braking[layout.T_AXES - layout.THRUST :].reshape(3, 3)
        # Pitch turns about the axis across the flight, yaw about the vertical.
        turn = np.radians(errors[8]) * steering[2] + np.radians(errors[9]) * steering[1]
        braking[layout.T_AXES - layout.THRUST :] = _turned(steering, turn).ravel()
        over = start + plan.braking_s + errors[11]
        _, end, y, _, hit, _ = fly(craft, start, over, powered(self.forces, braking), rules=self.ground)
        if len(hit):
            return np.full(8, np.nan)
        slow = powered(self.forces, last)
        _, down, landed, _, found, _ = fly(y, end, end + LAST_S, slow, rules=self.ground, tolerance=LAST_TOLERANCE)
        if not len(found):
            raise ConvergenceError(
                f"a history was not down {LAST_S:.0f} s after its braking: the engine cannot throttle low enough, or "
                f"the errors are too large for a gate so low"
            )
        return np.append(down, landed)

    def landings(self, rows: Array) -> Array:
        """East, north (m), propellant (kg), speed over ground (m/s) (n, 4) of rows (n, 8); not numbers for a crash."""
        out = np.full((len(rows), 4), np.nan)
        down = np.isfinite(rows[:, 0])
        epochs, states = rows[down, 0], rows[down, 1:]
        before, now, after = (np.asarray(icrf_to_moon_me(epochs + shift)) for shift in (-30.0, 0.0, 30.0))
        fixed = np.einsum("nij,nj->ni", now, states[:, :3])
        site = self.site
        apart = fixed - site_position_km(site.lat_deg, site.lon_deg, site.height_m)
        local = 1000.0 * apart @ enu(site.lat_deg, site.lon_deg).T
        turning = np.einsum("nji,nj->ni", after - before, fixed) / 60.0
        speed = 1000.0 * np.linalg.norm(states[:, 3:6] - turning, axis=1)
        out[down] = np.column_stack([local[:, :2], self.plan.craft[6] - states[:, 6], speed])
        out[out[:, 3] > CRASH_M_S] = np.nan
        return out


def _ellipse(covariance: Array, centre: Array) -> Ellipse:
    """From the covariance (3, 3) of east, north and propellant."""
    values, vectors = np.linalg.eigh(covariance[:2, :2])
    size = 3.0 * np.sqrt(np.maximum(values, 0.0))
    azimuth = math.degrees(math.atan2(vectors[0, 1], vectors[1, 1])) % 180.0
    spread = math.sqrt(max(covariance[2, 2], 0.0))
    return Ellipse(float(size[1]), float(size[0]), azimuth, float(centre[0]), float(centre[1]), spread)


def linear_ellipse(descent: Descent, errors: Errors, forces: Forces = DESCENT_FORCES) -> Ellipse:
    """The touchdown ellipse of `linear_covariance`."""
    centre, covariance = linear_covariance(descent, errors, forces)
    return _ellipse(covariance, centre[:2])


def linear_covariance(descent: Descent, errors: Errors, forces: Forces = DESCENT_FORCES) -> tuple[Array, Array]:
    """Mean (3,) and covariance (3, 3) of east (m), north (m) and propellant (kg) at touchdown, from descents flown a
    tenth of each error to either side of the plan: J S J^T over the errors given."""
    sigmas = errors.sigmas
    given = np.flatnonzero(sigmas)
    steps = np.zeros((1 + 2 * len(given), 12))
    for row, which in enumerate(given):
        steps[1 + 2 * row, which], steps[2 + 2 * row, which] = LINEAR_STEP * sigmas[which], -LINEAR_STEP * sigmas[which]
    histories = _Histories(descent, forces)
    landed = histories.landings(np.array([histories.one(step) for step in steps]))
    if not np.isfinite(landed).all():
        k = int(np.flatnonzero(~np.isfinite(landed[:, 0]))[0])
        what = "the plan itself" if k == 0 else f"a tenth of the error {fields(errors)[given[(k - 1) // 2]].name}"
        raise ConvergenceError(f"{what} ends in a crash; plan the descent with a higher gate")
    spread = (landed[1::2, :3] - landed[2::2, :3]).T / (2.0 * LINEAR_STEP)
    return landed[0, :3], np.asarray(spread @ spread.T)


def disperse(
    descent: Descent, errors: Errors, histories: int = 1000, *, seed: int = 0, forces: Forces = DESCENT_FORCES,
    workers: int | None = None,
) -> Dispersion:  # fmt: skip
    """Fly histories of a descent with seeded normal errors, on all cores; the answer does not depend on how many.

    The ground is level at the site's height. Raises InputError for sigmas that are not, ConvergenceError where most
    histories crash.
    """
    sigmas = errors.sigmas
    if not (np.isfinite(sigmas).all() and np.all(sigmas >= 0.0)) or histories < 2:
        raise InputError(f"errors are standard deviations, not negative, and two histories at least (got {errors})")
    draws = sigmas * np.random.default_rng(seed).standard_normal((histories, 12))
    ready = _Histories(descent, forces)
    with ThreadPoolExecutor(workers or cpu_count() or 1) as pool:  # the kernels run outside the interpreter's lock
        landings = ready.landings(np.array(list(pool.map(ready.one, draws))))
    landings = landings[np.isfinite(landings[:, 0])]
    crashed = histories - len(landings)
    if crashed > histories // 2:
        raise ConvergenceError(
            f"{crashed} of {histories} histories crash: plan the descent with a higher gate or smaller errors"
        )
    covariance = np.cov(landings[:, :3].T)
    return Dispersion(
        histories, crashed, seed, _ellipse(covariance, landings[:, :2].mean(axis=0)),
        linear_ellipse(descent, errors, forces), landings, float(landings[:, 2].mean()),
    )  # fmt: skip
