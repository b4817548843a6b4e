"""Families of periodic orbits about the Moon and its libration points, walked from one member to the next."""

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from malapert import constants
from malapert.errors import ConvergenceError, InputError
from malapert.flight.three_body import MASS_RATIO, PeriodicOrbit, correct

Array = NDArray[np.float64]

FIRST_STRIDE, LEAST_STRIDE, GREATEST_STRIDE = 0.004, 1e-4, 0.04
QUICK: Final = 6  # Newton steps up to which the stride may grow
MEMBERS: Final = 600
UNIT_D: Final = 27.321661 / (2.0 * math.pi)  # a sidereal month over 2 pi
GROUND: Final = constants.RADIUS_MOON_KM / 384400.0
EARTHWARD: Final = 0.1  # unit lengths from the Earth


@dataclass(frozen=True)
class Family:
    """A member to three figures, counted from the Moon, at the crossing far from it: (x, z, vy), and its period."""

    title: str
    seed: tuple[float, float, float]
    period: float


FAMILIES: Final = {
    "halo-l1": Family("L1 halo", (-0.165, -0.0224, 0.134), 2.743),
    "halo-l2": Family("L2 halo", (0.0341, -0.182, -0.103), 1.511),
    "dro": Family("distant retrograde", (-0.18, 0.0, 0.52), 3.3),
}


def periodic_orbit(family: str, period: float, *, north: bool = False, mass_ratio: float = MASS_RATIO) -> PeriodicOrbit:
    """The member of a family with this period (unit: rate of the primaries is one); north: its mirror image in z.

    Where a family has two such members (L1 halos, periods just over the shortest), that met first on the walk from
    its seed. Raises InputError for an unknown family or a period the family does not have.
    """
    if family not in FAMILIES:
        raise InputError(f"no family {family!r}; one of {', '.join(FAMILIES)}")
    found = _southern(family, float(period), mass_ratio)
    return replace(found, state=found.state * np.array([1, 1, -1, 1, 1, -1])) if north else found


@lru_cache(maxsize=64)
def _southern(family: str, period: float, mass_ratio: float) -> PeriodicOrbit:
    reach: list[float] = []
    towards = 1.0 if period > FAMILIES[family].period else -1.0
    for direction in (towards, -towards):
        for before, after in pairwise(walk(family, direction, mass_ratio)):
            reach += [before.period, after.period]
            if min(before.period, after.period) <= period <= max(before.period, after.period):
                return _between(before, after, period)
    low, high = min(reach), max(reach)
    raise InputError(
        f"the {FAMILIES[family].title} family has periods {low:.4f} to {high:.4f} (asked for {period:.4f}), where one "
        f"month is 2 pi: {low * UNIT_D:.2f} to {high * UNIT_D:.2f} d (asked for {period * UNIT_D:.2f} d)"
    )


def _between(before: PeriodicOrbit, after: PeriodicOrbit, period: float) -> PeriodicOrbit:
    """The member of a period between two neighbours."""
    share = (period - before.period) / (after.period - before.period)
    guess = before.state + share * (after.state - before.state)
    held = np.append(np.zeros(2 if guess[2] == 0.0 else 3), 1.0)
    return correct(guess, period, before.mass_ratio, held)[0]


def walk(family: str, direction: float = 1.0, mass_ratio: float = MASS_RATIO) -> Iterator[PeriodicOrbit]:
    """Members from the seed on, towards longer (direction 1) or shorter (-1) periods, by pseudo-arclength.

    It ends LEAST_STRIDE before halos meet the plane, perilune the Moon's ground or the orbit the Earth. Keller 1977,
    in Applications of Bifurcation Theory, p. 359.
    """
    x, z, vy = FAMILIES[family].seed
    orbit, tangent, _ = correct(np.array([x, 0.0, z, 0.0, vy, 0.0]), FAMILIES[family].period, mass_ratio)
    along = tangent * direction * np.sign(tangent[-1])
    planar = z == 0.0
    stride = FIRST_STRIDE
    yield orbit
    for _ in range(MEMBERS):
        columns = [0, 4] if planar else [0, 2, 4]
        guess = orbit.state.copy()
        guess[columns] += stride * along[:-1]
        try:
            following, tangent, steps = correct(guess, orbit.period + stride * along[-1], mass_ratio, along)
        except ConvergenceError:
            steps = MEMBERS
        if steps > 2 * QUICK or _ends(following, z):
            stride *= 0.5
            if stride < LEAST_STRIDE:
                return
            continue
        if steps <= QUICK:
            stride = min(1.5 * stride, GREATEST_STRIDE)
        along = tangent * np.sign(tangent @ along)
        orbit = following
        yield orbit


def _ends(orbit: PeriodicOrbit, height: float) -> bool:
    """Whether a family stops here: height is its seed's, of which halos keep the sign."""
    crossings = orbit.states(np.array([0.0, 0.5]))[:, :3]
    low = np.min(np.linalg.norm(crossings, axis=1)) < GROUND
    earthward = np.min(np.linalg.norm(crossings + np.array([1.0, 0.0, 0.0]), axis=1)) < EARTHWARD
    return bool(low or earthward or height * orbit.state[2] < 0.0)
