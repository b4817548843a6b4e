"""Periodic orbits of the circular restricted three-body problem: the shape from which a real halo orbit is grown.

Units: distance, rate and mass of the two primaries are one; rotating axes from the barycentre, the Moon at 1 - mu.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from malapert import constants
from malapert.errors import ConvergenceError
from malapert.flight.forces import three_body_model
from malapert.flight.propagate import fly

Array = NDArray[np.float64]

MASS_RATIO: Final = constants.GM_MOON_KM3_S2 / (constants.GM_EARTH_KM3_S2 + constants.GM_MOON_KM3_S2)
# A southern L2 halo near nine revolutions in two synodic months, to three figures: (x, z, vy) at apolune, period.
SEED: Final = (1.022, -0.182, -0.103)
SEED_PERIOD: Final = 1.511
THREE_BODY_TOLERANCE: Final = 1e-13


@dataclass(frozen=True)
class HaloOrbit:
    """A periodic orbit symmetric about the x-z plane: state (6,) at apolune, period, how well it closes."""

    state: Array
    period: float
    mass_ratio: float
    closure: float

    def states(self, phases: Array) -> Array:
        """States (n, 6) at fractions of a period after apolune, ascending from 0 to 1."""
        model = three_body_model(self.mass_ratio)
        times = np.asarray(phases, float) * self.period
        return fly(self.state, 0.0, self.period, model, outputs_s=times, tolerance=THREE_BODY_TOLERANCE)[3]


def jacobi_constant(state: Array, mass_ratio: float = MASS_RATIO) -> float:
    """Szebehely 1967, eq. 1.5.(2), without the constant mu (1 - mu): x2 + y2 + 2 (1 - mu)/r1 + 2 mu/r2 - v2."""
    x, y, z = state[:3]
    r1 = np.sqrt((x + mass_ratio) ** 2 + y * y + z * z)
    r2 = np.sqrt((x - 1.0 + mass_ratio) ** 2 + y * y + z * z)
    return float(x * x + y * y + 2 * (1 - mass_ratio) / r1 + 2 * mass_ratio / r2 - state[3:] @ state[3:])


def transition(state: Array, duration: float, mass_ratio: float) -> tuple[Array, Array]:
    """State (6,) and state-transition matrix (6, 6) after a duration."""
    start = np.concatenate([state, np.eye(6).ravel()])
    end = fly(start, 0.0, duration, three_body_model(mass_ratio), tolerance=THREE_BODY_TOLERANCE)[2]
    return end[:6], end[6:].reshape(6, 6)


@lru_cache(maxsize=16)
def southern_halo(period: float = SEED_PERIOD, mass_ratio: float = MASS_RATIO) -> HaloOrbit:
    """The southern L2 halo orbit of a period near the seed's, reached by steps in period of at most 0.04.

    Half a period after apolune the orbit crosses the x-z plane at a right angle: y = vx = vz = 0. Howell 1984,
    Celest. Mech. 32:53. Raises ConvergenceError outside the near-rectilinear part of the family.
    """
    unknowns = np.array(SEED)
    steps = int(np.ceil(abs(period - SEED_PERIOD) / 0.04)) + 1
    for aim in np.linspace(SEED_PERIOD, period, steps + 1)[0 if period == SEED_PERIOD else 1 :]:
        unknowns = _half_turn(unknowns, float(aim), mass_ratio)
    state = np.array([unknowns[0], 0.0, unknowns[1], 0.0, unknowns[2], 0.0])
    end, _ = transition(state, period, mass_ratio)
    return HaloOrbit(state, period, mass_ratio, float(np.linalg.norm(end - state)))


def _half_turn(unknowns: Array, period: float, mass_ratio: float) -> Array:
    """Newton on x, z, vy at apolune so that half a period later y = vx = vz = 0."""
    x = unknowns.copy()
    for _ in range(30):
        state = np.array([x[0], 0.0, x[1], 0.0, x[2], 0.0])
        end, matrix = transition(state, 0.5 * period, mass_ratio)
        miss = end[[1, 3, 5]]
        if np.max(np.abs(miss)) < 1e-11:
            return x
        step = np.linalg.solve(matrix[np.ix_([1, 3, 5], [0, 2, 4])], -miss)
        x += step * min(1.0, 0.02 / float(np.max(np.abs(step))))
    raise ConvergenceError(
        f"no southern halo orbit of period {period:.4f} found: the half-turn misses by {miss} after 30 steps; "
        f"the near-rectilinear family runs from about 1.35 to 2.2"
    )
