"""How the end of an arc answers to its start and to the numbers in its forces; covariances carried along it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from malapert.errors import InputError
from malapert.flight.bodies import BODY_NAMES
from malapert.flight.compare import radial_along_cross
from malapert.flight.forces import Forces, gms_km3_s2
from malapert.flight.maneuvers import Burn, Maneuver, fly_maneuvers
from malapert.flight.propagate import arc_model, check_span, fly, propagate

Array = NDArray[np.float64]

# Sizes of the central differences. The answer to a coefficient of sunlight, air or thrust is all but a straight line;
# a GM bends the whole path, and 1e-8 of it moves a low orbit by metres a day.
COEFFICIENT_STEP: Final = 1e-2
GM_STEP: Final = 1e-8
POSITION_STEP_KM: Final = 1e-3
VELOCITY_STEP_KM_S: Final = 1e-6
PARAMETERS: Final = ("reflectivity", "drag_coefficient", "thrust", *(f"gm_{name}_km3_s2" for name in BODY_NAMES))


@dataclass(frozen=True)
class Arc:
    """What is flown: a state (6,) from its centre, for how long, in which forces and through which manoeuvres."""

    state: Array
    epoch_tdb_s: float
    duration_s: float
    forces: Forces
    center: str = "moon"
    maneuvers: tuple[Maneuver, ...] = ()
    tolerance: float = 1e-13

    def end(self) -> Array:
        """Where it ends (6,)."""
        if self.maneuvers:
            return fly_maneuvers(
                self.state, self.epoch_tdb_s, self.duration_s, self.forces, self.maneuvers, center=self.center,
                tolerance=self.tolerance,
            ).end_state  # fmt: skip
        return propagate(
            self.state, self.epoch_tdb_s, self.duration_s, self.forces, center=self.center, tolerance=self.tolerance,
            integrator="dop853",
        ).end_state  # fmt: skip

    @property
    def method(self) -> str:
        """How `transition_matrix` is made."""
        return "central differences" if self.maneuvers else "variational equations"


def transition_matrix(arc: Arc) -> Array:
    """Partials (6, 6) of the end state by the first: km and km/s.

    A coast's by the variational equations beside the path; one with manoeuvres by central differences of 1 m and
    1 mm/s of whole arcs.
    """
    check_span(arc.epoch_tdb_s, arc.duration_s)
    if not arc.maneuvers:
        start = np.concatenate([arc.state, np.eye(6).ravel()])
        kernel = arc_model(arc.forces, arc.center, arc.epoch_tdb_s)
        end = fly(start, arc.epoch_tdb_s, arc.epoch_tdb_s + arc.duration_s, kernel, tolerance=arc.tolerance)[2]
        return np.asarray(end[6:].reshape(6, 6))
    out = np.empty((6, 6))
    for j in range(6):
        size = POSITION_STEP_KM if j < 3 else VELOCITY_STEP_KM_S
        ends = [replace(arc, state=arc.state + side * size * np.eye(6)[j]).end() for side in (1.0, -1.0)]
        out[:, j] = (ends[0] - ends[1]) / (2.0 * size)
    return out


def parameter_sensitivity(arc: Arc, parameter: str) -> Array:
    """Partials (6,) of the end state by one of PARAMETERS, by central differences of whole arcs.

    reflectivity and drag_coefficient for each unit; thrust for each unit of its share (1: all burns as declared; one
    that ends at a delta-v still does, and only its length changes); a GM for each km3/s2. InputError where the arc has
    no such number.
    """
    plus, minus, size = _bumped(arc, parameter)
    return np.asarray((plus.end() - minus.end()) / (2.0 * size))


def _bumped(arc: Arc, parameter: str) -> tuple[Arc, Arc, float]:
    craft = arc.forces.craft
    if parameter in ("reflectivity", "drag_coefficient"):
        if craft is None:
            raise InputError(f"{parameter}: the arc has no craft for sunlight or air to act on")
        value = getattr(craft, parameter)
        size = COEFFICIENT_STEP * (value or 1.0)
        sides = [
            replace(arc, forces=replace(arc.forces, craft=replace(craft, **{parameter: value + side * size})))
            for side in (1.0, -1.0)
        ]
        return sides[0], sides[1], size
    if parameter == "thrust":
        if not any(isinstance(one, Burn) for one in arc.maneuvers):
            raise InputError("thrust: the arc has no burn")
        sides = [
            replace(
                arc,
                maneuvers=tuple(
                    replace(one, thrust_n=one.thrust_n * (1.0 + side * COEFFICIENT_STEP))
                    if isinstance(one, Burn)
                    else one
                    for one in arc.maneuvers
                ),
            )
            for side in (1.0, -1.0)
        ]
        return sides[0], sides[1], COEFFICIENT_STEP
    if parameter not in PARAMETERS:
        raise InputError(f"{parameter!r} is not one of {', '.join(PARAMETERS)}")
    body = parameter.split("_")[1]
    gm = float(gms_km3_s2(arc.forces)[BODY_NAMES.index(body)])
    held = dict(arc.forces.gm_factors)
    sides = [
        replace(
            arc,
            forces=replace(
                arc.forces,
                gm_factors=tuple({**held, body: held.get(body, 1.0) * (1.0 + side * GM_STEP)}.items()),
            ),
        )
        for side in (1.0, -1.0)
    ]
    return sides[0], sides[1], GM_STEP * gm


def mapped_covariance(
    arc: Arc, covariance: ArrayLike, consider: Mapping[str, float] | None = None, matrix: Array | None = None
) -> Array:
    """Covariance (6, 6) at the end: Phi P Phi^T, and s s^T sigma^2 for each parameter not known better than its sigma.

    Tapley, Schutz and Born 2004, eqs. 4.4.19 and 6.3.6 (the consider parameters as constants without correlation).
    covariance: symmetric, not negative, km2, km2/s, km2/s2, ICRF.
    """
    before = np.array(covariance, dtype=float)
    check_covariance(before)
    phi = transition_matrix(arc) if matrix is None else matrix
    after = phi @ before @ phi.T
    for parameter, sigma in (consider or {}).items():
        if not (np.isfinite(sigma) and sigma >= 0.0):
            raise InputError(f"{parameter}: a standard deviation is finite and not below zero (got {sigma!r})")
        answer = parameter_sensitivity(arc, parameter) * sigma
        after = after + np.outer(answer, answer)
    return np.asarray(0.5 * (after + after.T))


def check_covariance(matrix: Array) -> None:
    """InputError for what cannot be a covariance."""
    if matrix.shape != (6, 6) or not np.isfinite(matrix).all():
        raise InputError(f"a covariance is 6 rows of 6 finite numbers (got shape {matrix.shape})")
    scale = np.sqrt(np.maximum(np.diag(matrix), 0.0))
    unit = np.where(scale > 0.0, scale, 1.0)
    correlation = matrix / np.outer(unit, unit)
    if np.abs(correlation - correlation.T).max() > 1e-9 or np.linalg.eigvalsh(correlation).min() < -1e-9:
        raise InputError("a covariance is symmetric and has no negative eigenvalue; this one is not")


def sigmas_radial_along_cross(state: Array, covariance: Array) -> Array:
    """Standard deviations (6,) of position (km) and velocity (km/s) along radial, along-track and cross-track axes."""
    turn = radial_along_cross(state[None, :6])[0]
    whole = np.kron(np.eye(2), turn)
    return np.asarray(np.sqrt(np.maximum(np.diag(whole @ covariance @ whole.T), 0.0)))


def sensitivities(arc: Arc, parameters: Sequence[str]) -> dict[str, Array]:
    """`parameter_sensitivity` of several."""
    return {parameter: parameter_sensitivity(arc, parameter) for parameter in parameters}
