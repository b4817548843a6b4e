"""Every frame by name as a rotation from ICRF with its spin, and states (position, velocity) carried through it.

A vector turns by the matrix alone; a velocity against a turning frame also loses spin x position.
"""

from collections.abc import Callable
from typing import Final, NamedTuple

import numba
import numpy as np
from numpy.typing import ArrayLike, NDArray

from malapert.errors import InputError
from malapert.sky import ephemeris, frames
from malapert.sky.mars import mars_rotation

Array = NDArray[np.float64]

# Half the time over which a spin or an acceleration is taken as a difference.
_EARTH_STEP_S: Final = 60.0
_MOON_STEP_S: Final = 600.0


class Rotation(NamedTuple):
    """matrix (..., 3, 3) from ICRF to the frame; spin (..., 3): its angular velocity on its own axes, rad/s."""

    matrix: Array
    spin_rad_s: Array


def rotation(frame: str, t_tdb_s: ArrayLike) -> Rotation:
    """A frame's rotation at TDB seconds past J2000 (...); frames: ICRF MOON_PA MOON_ME ITRF MARS EARTH_MOON_ROTATING.

    Raises InputError for another name, CoverageError outside the ephemeris.
    """
    if frame not in _FRAMES:
        raise InputError(f"no frame {frame!r}; use one of {', '.join(_FRAMES)}")
    return Rotation(*_FRAMES[frame](t_tdb_s))


def state_to_frame(state_icrf: Array, turn: Rotation) -> Array:
    """State (..., 6), km and km/s, on the axes of a turning frame, its velocity as seen in that frame."""
    place = np.einsum("...ij,...j->...i", turn.matrix, state_icrf[..., :3])
    velocity = np.einsum("...ij,...j->...i", turn.matrix, state_icrf[..., 3:])
    return np.concatenate([place, velocity - np.cross(turn.spin_rad_s, place)], axis=-1)


def state_to_icrf(state_in_frame: Array, turn: Rotation) -> Array:
    """The way back of `state_to_frame`."""
    place = state_in_frame[..., :3]
    velocity = state_in_frame[..., 3:] + np.cross(turn.spin_rad_s, place)
    back = [np.einsum("...ji,...j->...i", turn.matrix, vector) for vector in (place, velocity)]
    return np.concatenate(back, axis=-1)


def state_transform(turn: Rotation) -> Array:
    """The same as one matrix (..., 6, 6) for states and covariances: [[R, 0], [-[spin x] R, R]], SPICE's sxform."""
    shape = turn.matrix.shape[:-2]
    out = np.zeros((*shape, 6, 6))
    _fill_transforms(turn.matrix.reshape(-1, 3, 3), turn.spin_rad_s.reshape(-1, 3), out.reshape(-1, 6, 6))
    return out


@numba.njit(cache=True)
def _fill_transforms(matrices: Array, spins: Array, out: Array) -> None:
    """The transforms (n, 6, 6) of matrices (n, 3, 3) and spins (n, 3); out begins as zeros."""
    for i in range(len(matrices)):
        for k in range(3):
            a, b, c = matrices[i, 0, k], matrices[i, 1, k], matrices[i, 2, k]
            out[i, 0, k] = out[i, 3, k + 3] = a
            out[i, 1, k] = out[i, 4, k + 3] = b
            out[i, 2, k] = out[i, 5, k + 3] = c
            out[i, 3, k] = spins[i, 2] * b - spins[i, 1] * c
            out[i, 4, k] = spins[i, 0] * c - spins[i, 2] * a
            out[i, 5, k] = spins[i, 1] * a - spins[i, 0] * b


def _icrf(t_tdb_s: ArrayLike) -> tuple[Array, Array]:
    shape = np.shape(t_tdb_s)
    return np.broadcast_to(np.eye(3), (*shape, 3, 3)).copy(), np.zeros((*shape, 3))


def _moon_me(t_tdb_s: ArrayLike) -> tuple[Array, Array]:
    return frames.moon_rotation(t_tdb_s, frames.moon_pa_to_me())


def _itrf(t_tdb_s: ArrayLike) -> tuple[Array, Array]:
    """The Earth, its spin from two minutes of turning: what it misses of the spin is under 1e-13 rad/s."""
    t = np.asarray(t_tdb_s, dtype=np.float64)
    before, now, after = (frames.icrf_to_itrf(t + k * _EARTH_STEP_S) for k in (-1.0, 0.0, 1.0))
    return now, _spin(before, after, 2.0 * _EARTH_STEP_S)


def _spin(before: Array, after: Array, between_s: float) -> Array:
    """Steady angular velocity, rad/s (..., 3), on the turning axes, that leads from one matrix to another.

    Rodrigues' formula: the skew part of after before^T is -sin(angle) times the axis.
    """
    turned = after @ np.swapaxes(before, -1, -2)
    axis = -0.5 * np.stack(
        [
            turned[..., 2, 1] - turned[..., 1, 2],
            turned[..., 0, 2] - turned[..., 2, 0],
            turned[..., 1, 0] - turned[..., 0, 1],
        ],
        axis=-1,
    )
    sine = np.linalg.norm(axis, axis=-1, keepdims=True)
    result: Array = axis * (np.arcsin(sine) / sine) / between_s
    return result


def _earth_moon(t_tdb_s: ArrayLike) -> tuple[Array, Array]:
    """x from the Earth to the Moon, z along the orbital angular momentum; axes only, lengths are not scaled.

    Spin: h / r^2 about z, and r a_z / h about x, with a_z the Moon's acceleration out of its plane (the Sun's pull).
    """
    t = np.asarray(t_tdb_s, dtype=np.float64)
    state = ephemeris.state("moon", "earth", t)
    first, last = ephemeris.in_use().span_tdb_s
    early, late = np.maximum(t - _MOON_STEP_S, first), np.minimum(t + _MOON_STEP_S, last)
    gain = ephemeris.state("moon", "earth", late)[..., 3:] - ephemeris.state("moon", "earth", early)[..., 3:]
    acceleration = gain / (late - early)[..., None]
    momentum = np.cross(state[..., :3], state[..., 3:])
    r = np.linalg.norm(state[..., :3], axis=-1)
    h = np.linalg.norm(momentum, axis=-1)
    x, z = state[..., :3] / r[..., None], momentum / h[..., None]
    matrix = np.stack([x, np.cross(z, x), z], axis=-2)
    out_of_plane = np.sum(acceleration * z, axis=-1)
    return matrix, np.stack([r * out_of_plane / h, np.zeros_like(r), h / r**2], axis=-1)


_FRAMES: Final[dict[str, Callable[[ArrayLike], tuple[Array, Array]]]] = {
    "ICRF": _icrf,
    "MOON_PA": frames.moon_rotation,
    "MOON_ME": _moon_me,
    "ITRF": _itrf,
    "MARS": mars_rotation,
    "EARTH_MOON_ROTATING": _earth_moon,
}
