"""A lattice over the ground between two points, and the steps a rover may take on it.

It is laid along the straight line, so that both ends are nodes; from each node a rover may go to 32 others, and every
stretch between lattice lines has a slope of its own.
"""

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from malapert.errors import InputError
from malapert.terrain.grid import Grid
from malapert.terrain.heights import Terrain
from malapert.terrain.mobility import Mobility

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]
Cost = Literal["time", "energy", "distance"]

# Steps to all neighbours no more than three lines away: on open ground no route is over 1.4 % longer than need be.
OFFSETS: Final = tuple((i, j) for i in range(-3, 4) for j in range(-3, 4) if np.gcd(i, j) == 1 and (i, j) != (0, 0))
LARGEST_LATTICE: Final = 300_000


@dataclass(frozen=True, eq=False)
class Lattice:
    """Nodes (rows, columns), row 0 the first: columns run along the line from start to end.

    height_m is nan off the heights. spacing_m (rows, columns): ground distance of neighbours about each node.
    """

    lat_deg: Array
    lon_deg: Array
    height_m: Array
    spacing_m: Array
    start: tuple[int, int]
    end: tuple[int, int]
    pixel_m: float
    straight_km: float

    def on_rim(self, path: list[int]) -> bool:
        """Whether a path comes within a step of the lattice's rim, where a better one may lie outside it."""
        rows, columns = self.height_m.shape
        row, column = np.divmod(np.array(path), columns)
        return bool(((row < 3) | (row >= rows - 3) | (column < 1) | (column >= columns - 1)).any())


def ground_km(grid: Grid, a_deg: tuple[float, float], b_deg: tuple[float, float]) -> float:
    """Great-circle distance on the sphere of the heights (haversine; Sinnott 1984, Sky and Telescope 68:159)."""
    (lat_a, lon_a), (lat_b, lon_b) = np.radians(a_deg), np.radians(b_deg)
    half = np.sin((lat_b - lat_a) / 2.0) ** 2 + np.cos(lat_a) * np.cos(lat_b) * np.sin((lon_b - lon_a) / 2.0) ** 2
    return float(2.0 * grid.radius_m * np.arcsin(np.sqrt(min(half, 1.0))) / 1000.0)


def lay_lattice(
    terrain: Terrain, start_deg: tuple[float, float], end_deg: tuple[float, float], steps: int, reach: float
) -> Lattice:
    """A lattice with so many lines between the ends, on the polar map, reaching so far beyond the line."""
    grid = terrain.far
    terrain.height_m(*np.transpose([start_deg, end_deg]))  # complains of ends off the heights
    ends = np.array([grid.xy_m(*start_deg), grid.xy_m(*end_deg)])
    along = (ends[1] - ends[0]) / steps
    across = np.array([-along[1], along[0]])
    beyond, beside = int(np.ceil(0.5 * reach * steps)) + 2, int(np.ceil(reach * steps)) + 4
    columns, rows = np.arange(-beyond, steps + beyond + 1), np.arange(-beside, beside + 1)
    if columns.size * rows.size > LARGEST_LATTICE:
        raise InputError(
            f"a lattice of {columns.size} x {rows.size} nodes is too fine for "
            f"{ground_km(grid, start_deg, end_deg):.1f} km ({LARGEST_LATTICE} nodes at most); give a wider spacing or "
            "ends nearer to each other"
        )
    x = ends[0, 0] + columns[None, :] * along[0] + rows[:, None] * across[0]
    y = ends[0, 1] + columns[None, :] * along[1] + rows[:, None] * across[1]
    lat_deg, lon_deg = grid.lat_lon_deg(x, y)
    held = grid.holds(lat_deg, lon_deg)
    height_m = np.full(x.shape, np.nan)
    height_m[held] = terrain.height_m(lat_deg[held], lon_deg[held])
    return Lattice(
        lat_deg,
        lon_deg,
        height_m,
        float(np.hypot(*along)) / grid.scale(lat_deg),
        (beside, beyond),
        (beside, beyond + steps),
        min(terrain.pixel_m_at(*start_deg), terrain.pixel_m_at(*end_deg)),
        ground_km(grid, start_deg, end_deg),
    )


# Edges: every step of every node, as stretches between lattice lines


@dataclass(frozen=True, eq=False)
class Stretches:
    """One kind of step from all nodes it can be taken from: nodes (m,), and per stretch (k, m) ground and rise, m."""

    first: NDArray[np.intp]
    last: NDArray[np.intp]
    ground_m: Array
    rise_m: Array
    side: Array
    """greatest tangent of the slope across the heading (m,)"""


def stretches(lattice: Lattice, offset: tuple[int, int]) -> Stretches:
    """All steps by one offset (rows, columns) whose ends and points between lie on the lattice and its heights."""
    shape = lattice.height_m.shape
    row, column = (part.ravel() for part in np.indices(shape))
    inside = (
        (row + offset[0] >= 0)
        & (row + offset[0] < shape[0])
        & (column + offset[1] >= 0)
        & (column + offset[1] < shape[1])
    )
    row, column = row[inside], column[inside]
    count = max(map(abs, offset))
    profile = np.array([_height_at(lattice.height_m, row, column, offset, part / count) for part in range(count + 1)])
    known = np.isfinite(profile).all(axis=0)
    row, column, profile = row[known], column[known], profile[:, known]
    first, last = (
        np.ravel_multi_index((row, column), shape),
        np.ravel_multi_index((row + offset[0], column + offset[1]), shape),
    )
    spacing_m = 0.5 * (lattice.spacing_m.ravel()[first] + lattice.spacing_m.ravel()[last])
    length = float(np.hypot(*offset))
    ground_m = np.broadcast_to(spacing_m * length / count, (count, first.size))
    across = across_heading(lattice, offset[0] / length, offset[1] / length)
    side = np.array([np.abs(_height_at(across, row, column, offset, part / count)) for part in range(count + 1)])
    return Stretches(first, last, ground_m, np.diff(profile, axis=0), side.max(axis=0))


def across_heading(lattice: Lattice, heading_row: float, heading_column: float) -> Array:
    """Tangent of the slope across a heading at every node (rows, columns), 0 beside what is off the heights."""
    rows_up, columns_up = (np.nan_to_num(slope) for slope in np.gradient(lattice.height_m))
    return np.asarray((columns_up * heading_row - rows_up * heading_column) / lattice.spacing_m)


def _height_at(
    height_m: Array, row: NDArray[np.intp], column: NDArray[np.intp], offset: tuple[int, int], part: float
) -> Array:
    """Heights a part of the way along a step: on one lattice line, linear between the nodes either side."""
    rows, columns = offset[0] * part, offset[1] * part
    below, left = int(np.floor(rows + 1e-9)), int(np.floor(columns + 1e-9))
    v, u = rows - below, columns - left
    here = height_m[row + below, column + left]
    if v > 1e-9:
        return np.asarray(here * (1.0 - v) + height_m[row + below + 1, column + left] * v)
    if u > 1e-9:
        return np.asarray(here * (1.0 - u) + height_m[row + below, column + left + 1] * u)
    return np.asarray(here)


def passable(step: Stretches, mobility: Mobility) -> Flags:
    """Whether a rover takes every stretch of a step (m,): not too steep up, down or sideways."""
    pitch = step.rise_m / step.ground_m
    up, down, side = (np.tan(np.radians(each)) for each in (mobility.up_deg, mobility.down_deg, mobility.side_deg))
    return np.asarray((pitch.max(axis=0) <= up) & (pitch.min(axis=0) >= -down) & (np.abs(step.side) <= side))


def step_costs(step: Stretches, mobility: Mobility, cost: Cost) -> Array:
    """What each step costs (m,): h, km, or kWh of drives and all else; energy given back may make it negative."""
    if cost == "distance":
        return np.asarray(np.hypot(step.ground_m, step.rise_m).sum(axis=0) / 1000.0)
    hours = mobility.hours(step.ground_m, step.rise_m).sum(axis=0)
    if cost == "time":
        return np.asarray(hours)
    return np.asarray(mobility.drive_kwh(step.ground_m, step.rise_m).sum(axis=0) + mobility.hotel_kw * hours)
