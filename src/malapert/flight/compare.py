"""A flown arc beside an ephemeris of the same craft: the difference over time, along the path and across it."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from malapert.data.kernel_files import inspect, only_craft
from malapert.errors import CoverageError, InputError
from malapert.flight.propagate import Trajectory
from malapert.sky import ephemeris
from malapert.sky.kernels import KernelPath, kernel_path

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Difference:
    """Flown less recorded at epochs (n,): (n, 6) km and km/s on ICRF axes, and km (n, 3) radial, along, cross.

    Radial is away from the arc's centre, cross along the recorded orbit's angular momentum, along completes the triad.
    """

    epochs_tdb_s: Array
    icrf: Array
    radial_along_cross_km: Array
    against: str

    @property
    def distance_km(self) -> Array:
        return np.asarray(np.linalg.norm(self.icrf[:, :3], axis=1))

    @property
    def speed_km_s(self) -> Array:
        return np.asarray(np.linalg.norm(self.icrf[:, 3:], axis=1))


def craft_path(file: Path, body: str = "") -> KernelPath:
    """The path of the craft an SPK or OEM holds, or of the body named; InputError when it is not clear which."""
    if not file.is_file():
        raise InputError(f"{file}: no such file; name an SPK or an OEM")
    kernel = inspect(file)
    name = body or only_craft(kernel)
    if not name:
        raise InputError(f"{file}: whose path is meant? it holds {', '.join(kernel.bodies)}; name one with --body")
    return kernel_path(file, name)


def state_from(path: KernelPath, center: str, t_tdb_s: Array) -> Array:
    """State (n, 6) of the craft from a centre, ICRF."""
    from_moon = path.state_from_moon(t_tdb_s)
    return from_moon if center == "moon" else from_moon + ephemeris.state("moon", center, t_tdb_s)


def radial_along_cross(states: Array) -> Array:
    """Rotations (n, 3, 3) from ICRF to the orbit's own axes; a rectilinear path has none and gives InputError."""
    momentum = np.cross(states[:, :3], states[:, 3:])
    size = np.linalg.norm(momentum, axis=1, keepdims=True)
    if not size.all():
        raise InputError("a rectilinear path has no orbital plane to compare in")
    radial = states[:, :3] / np.linalg.norm(states[:, :3], axis=1, keepdims=True)
    cross = momentum / size
    return np.stack([radial, np.cross(cross, radial), cross], axis=1)


def against(trajectory: Trajectory, path: KernelPath) -> Difference:
    """The trajectory's states less the ephemeris's, at those of its epochs the ephemeris covers.

    Raises CoverageError when it covers none of them.
    """
    inside = path.covers(trajectory.epochs_tdb_s)
    if not inside.any():
        raise CoverageError(f"{path.file}: gives {path.body} {path.coverage()}, and no epoch of the arc lies in it")
    t = trajectory.epochs_tdb_s[inside]
    recorded = state_from(path, trajectory.center, t)
    apart = trajectory.states[inside] - recorded
    turned = np.einsum("nij,nj->ni", radial_along_cross(recorded), apart[:, :3])
    return Difference(t, apart, turned, f"{path.body} of {path.words}")
