"""The circular restricted three-body problem: its flow, and the correction of a guess to a periodic orbit.

Units: distance, rate and mass of the two primaries are one. Rotating axes, x from the Earth to the Moon, z along the
rotation; states are counted from the Moon, catalogues count theirs from the barycentre (`PeriodicOrbit.barycentric`).
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray

from malapert import constants
from malapert.errors import ConvergenceError
from malapert.flight.forces import three_body_model
from malapert.flight.propagate import fly

Array = NDArray[np.float64]

MASS_RATIO: Final = constants.GM_MOON_KM3_S2 / (constants.GM_EARTH_KM3_S2 + constants.GM_MOON_KM3_S2)
THREE_BODY_TOLERANCE: Final = 1e-15
# Unknowns (x, z, vy, period) and the rows y, vx, vz that vanish after half a turn; a planar orbit has fewer of both.
SPATIAL: Final = ((0, 2, 4), (1, 3, 5))
PLANAR: Final = ((0, 4), (1, 3))
CORRECTIONS: Final = 25
CLOSED: Final = 1e-9  # miss after half a turn from which on corrections go on only while they still gain
GREATEST_STEP: Final = 0.02


@dataclass(frozen=True)
class PeriodicOrbit:
    """An orbit symmetric about the x-z plane: state (6,) at its crossing far from the Moon, period, mass ratio."""

    state: Array
    period: float
    mass_ratio: float

    def states(self, phases: Array) -> Array:
        """States (n, 6) at fractions of a period after the first, ascending from 0 to 1."""
        model = three_body_model(self.mass_ratio)
        times = np.asarray(phases, float) * self.period
        return fly(self.state, 0.0, self.period, model, outputs_s=times, tolerance=THREE_BODY_TOLERANCE)[3]

    @property
    def barycentric(self) -> Array:
        """The first state (6,) counted from the barycentre, as catalogues print it."""
        return np.asarray(self.state + np.array([1.0 - self.mass_ratio, 0.0, 0.0, 0.0, 0.0, 0.0]))

    @property
    def jacobi(self) -> float:
        return jacobi_constant(self.state, self.mass_ratio)

    @property
    def closure(self) -> float:
        """How far from its start, in length units, one period leads."""
        return float(np.linalg.norm((self._turn[0] - self.state)[:3]))

    @property
    def stability(self) -> float:
        """(|k| + 1/|k|) / 2 of the monodromy matrix' greatest eigenvalue k: 1 when stable; as JPL's catalogue."""
        greatest = float(np.max(np.abs(np.linalg.eigvals(self._turn[1]))))
        return 0.5 * (greatest + 1.0 / greatest)

    @property
    def perilune(self) -> float:
        """Least distance from the Moon's centre, in length units, at one of 720 phases or the middle one."""
        return float(np.min(np.linalg.norm(self.states(np.linspace(0.0, 1.0, 721))[:, :3], axis=1)))

    @cached_property
    def _turn(self) -> tuple[Array, Array]:
        return transition(self.state, self.period, self.mass_ratio)


def jacobi_constant(state: Array, mass_ratio: float = MASS_RATIO) -> float:
    """Szebehely 1967, eq. 1.5.(2), without the constant mu (1 - mu): x2 + y2 + 2 (1 - mu)/r1 + 2 mu/r2 - v2."""
    x, y, z = state[:3]
    r1 = np.sqrt((x + 1.0) ** 2 + y * y + z * z)
    r2 = np.sqrt(x * x + y * y + z * z)
    from_axis = (x + 1.0 - mass_ratio) ** 2 + y * y
    return float(from_axis + 2 * (1 - mass_ratio) / r1 + 2 * mass_ratio / r2 - state[3:] @ state[3:])


def transition(state: Array, duration: float, mass_ratio: float) -> tuple[Array, Array]:
    """End state (6,) and state-transition matrix (6, 6) of the rotating problem."""
    start = np.concatenate([state, np.eye(6).ravel()])
    end = fly(start, 0.0, duration, three_body_model(mass_ratio), tolerance=THREE_BODY_TOLERANCE)[2]
    return end[:6], end[6:].reshape(6, 6)


def rates(state: Array, mass_ratio: float) -> Array:
    """Time derivative (6,) of a state; Szebehely 1967, eqs. 1.4.(7)."""
    x, y, z, vx, vy, vz = state
    r1 = ((x + 1.0) ** 2 + y * y + z * z) ** -1.5 * (1.0 - mass_ratio)
    r2 = (x * x + y * y + z * z) ** -1.5 * mass_ratio
    ax = x + 1.0 - mass_ratio + 2.0 * vy - r1 * (x + 1.0) - r2 * x
    return np.array([vx, vy, vz, ax, y - 2.0 * vx - (r1 + r2) * y, -(r1 + r2) * z])


def correct(
    state: Array, period: float, mass_ratio: float = MASS_RATIO, fixed: Array | None = None
) -> tuple[PeriodicOrbit, Array, int]:
    """The periodic orbit nearest to a guess that crosses the x-z plane at a right angle, its tangent, and Newton steps.

    Half a period later it must cross it so again: y = vx = vz = 0 (Howell 1984, Celest. Mech. 32:53). The unknowns x,
    z, vy and the period are one more than the conditions: of all closed orbits the nearest is taken, or, with
    `fixed` (a direction among them), the one whose step from the guess has no part along it: a period held (0, .., 1),
    or pseudo-arclength along the family's tangent (Keller 1977). A guess with z = vz = 0 stays in the plane.
    Raises ConvergenceError.
    """
    columns, rows = PLANAR if state[2] == 0.0 else SPATIAL
    place = np.asarray(state, float).copy()
    place[[1, 3, 5]] = 0.0
    best, found, kept = np.inf, (place, period), np.zeros((len(rows), len(columns) + 1))
    step = np.zeros(len(columns) + 1)
    for iteration in range(CORRECTIONS):  # noqa: B007
        end, matrix = transition(place, 0.5 * period, mass_ratio)
        miss = end[list(rows)]
        jacobian = np.column_stack([matrix[np.ix_(rows, columns)], 0.5 * rates(end, mass_ratio)[list(rows)]])
        size = float(np.max(np.abs(miss)))
        if size < best:
            best, found, kept = size, (place.copy(), period), jacobian
        elif best < CLOSED:
            break
        if fixed is None:
            step = -np.linalg.pinv(jacobian) @ miss
        else:
            step = np.linalg.solve(np.vstack([jacobian, fixed]), np.append(-miss, 0.0))
        step *= min(1.0, GREATEST_STEP / float(np.max(np.abs(step))))
        place[list(columns)] += step[:-1]
        period += float(step[-1])
    if not best < CLOSED:
        raise ConvergenceError(
            f"no periodic orbit of the three-body problem found near period {period:.4f}: the half-turn misses by "
            f"{best:.2g} after {CORRECTIONS} steps; start nearer to the family"
        )
    tangent = np.linalg.svd(kept)[2][-1]
    return PeriodicOrbit(found[0], found[1], mass_ratio), tangent, iteration
