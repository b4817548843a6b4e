"""Least-cost routes of a rover between two points: slopes it cannot take are walls, climbing and braking cost."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import map_coordinates  # type: ignore[attr-defined]
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import dijkstra

from malapert.errors import InputError, MalapertError
from malapert.terrain.heights import Terrain
from malapert.terrain.horizon import COARSE_CELL_M
from malapert.terrain.lattice import (
    OFFSETS,
    Cost,
    Lattice,
    Stretches,
    across_heading,
    ground_km,
    lay_lattice,
    passable,
    step_costs,
    stretches,
)
from malapert.terrain.mobility import Mobility

Array = NDArray[np.float64]

# Lattice lines between the ends: as many as four a cell of the heights, within these bounds.
LEAST_STEPS: Final = 24
MOST_STEPS: Final = 160
LINES_A_CELL: Final = 4.0
# How far the lattice reaches beyond the line and its ends, over their distance; doubled while a route meets its rim.
REACH: Final = 0.35
WIDENINGS: Final = 2
# Of equal ways the shorter: a millionth of what level ground costs.
TIE: Final = 1e-6
LEAST_KM: Final = 0.001
# A rover feels slopes about as long as this; heights of wider cells hide some.
ROVER_CELL_M: Final = 20.0


class NoRouteError(MalapertError):
    """No way leads there for this rover on this ground."""

    exit_code = 2


@dataclass(frozen=True, eq=False)
class Traverse:
    """One drive. Arrays (n,) hold at the points of the route, the first where it starts, in order.

    lat_deg, lon_deg: MOON_ME; height_m: above the 1737.4 km sphere; along_km, hours, drive_kwh: since the start, the
    energy by the drives alone. side_deg: slope across the heading. spacing_m: of the lattice; pixel_m: of the heights
    it was read from. warnings must be shown beside the figures.
    """

    lat_deg: Array
    lon_deg: Array
    height_m: Array
    along_km: Array
    hours: Array
    drive_kwh: Array
    side_deg: Array
    cost: Cost
    mobility: Mobility
    straight_km: float
    spacing_m: float
    pixel_m: float
    heights: str
    warnings: tuple[str, ...] = ()

    @property
    def distance_km(self) -> float:
        """Way driven, along the slopes."""
        return float(self.along_km[-1])

    @property
    def duration_h(self) -> float:
        """Time of the drive without stops."""
        return float(self.hours[-1])

    @property
    def hotel_kwh(self) -> float:
        """Energy of everything but the drives."""
        return self.mobility.hotel_kw * self.duration_h

    @property
    def energy_kwh(self) -> float:
        """Energy of drives and all else."""
        return float(self.drive_kwh[-1]) + self.hotel_kwh

    @property
    def climb_m(self) -> float:
        """All rises added up."""
        return float(np.clip(np.diff(self.height_m), 0.0, None).sum())

    @property
    def descent_m(self) -> float:
        """All falls added up."""
        return float(np.clip(-np.diff(self.height_m), 0.0, None).sum())

    @property
    def pitch_deg(self) -> Array:
        """Slope along the heading of each stretch (n - 1,), uphill positive."""
        rise_m = np.diff(self.height_m)
        slope = np.clip(rise_m / np.maximum(1000.0 * np.diff(self.along_km), 1e-9), -1.0, 1.0)
        return np.asarray(np.degrees(np.arcsin(slope)))

    @property
    def steepest_up_deg(self) -> float:
        """Steepest climb."""
        return float(np.clip(self.pitch_deg, 0.0, None).max())

    @property
    def steepest_down_deg(self) -> float:
        """Steepest descent."""
        return float(np.clip(-self.pitch_deg, 0.0, None).max())


def least_cost_route(
    terrain: Terrain,
    start_deg: tuple[float, float],
    end_deg: tuple[float, float],
    mobility: Mobility,
    cost: Cost = "energy",
    spacing_m: float | None = None,
) -> Traverse:
    """The route of least energy (drives and all else), time or distance between two places (latitude, longitude).

    spacing_m: ground distance of lattice lines, a quarter of a cell of the heights when absent. Raises InputError for
    places that are one or a lattice too fine, CoverageError off the heights, NoRouteError where slopes shut every way.
    """
    if cost not in ("time", "energy", "distance"):
        raise InputError(f"cost {cost!r} is not known; use time, energy or distance")
    steps = _steps(terrain, start_deg, end_deg, spacing_m)
    reach = REACH
    found: tuple[list[int], Lattice] | None = None
    for _ in range(WIDENINGS + 1):
        lattice = lay_lattice(terrain, start_deg, end_deg, steps, reach)
        path = _search(lattice, mobility, cost)
        found = (path, lattice) if path else found
        if path and not lattice.on_rim(path):
            break
        reach *= 2.0
    if found is None:
        raise NoRouteError(_no_route(lattice, mobility, start_deg, end_deg))
    return _described(*found, terrain, mobility, cost)


def _steps(
    terrain: Terrain, start_deg: tuple[float, float], end_deg: tuple[float, float], spacing_m: float | None
) -> int:
    straight_km = ground_km(terrain.far, start_deg, end_deg)
    if not straight_km >= LEAST_KM:
        raise InputError(f"the traverse from {start_deg} to {end_deg} leads nowhere; give two places apart")
    if spacing_m is not None:
        if not (np.isfinite(spacing_m) and spacing_m > 0.0):
            raise InputError(f"a lattice needs a spacing above zero, got {spacing_m} m")
        return max(round(1000.0 * straight_km / spacing_m), 1)
    cell_m = min(terrain.pixel_m_at(*start_deg), terrain.pixel_m_at(*end_deg))
    return int(np.clip(LINES_A_CELL * 1000.0 * straight_km / cell_m, LEAST_STEPS, MOST_STEPS))


def _search(lattice: Lattice, mobility: Mobility, cost: Cost) -> list[int]:
    """Nodes of the cheapest way from start to end; none when every way is shut.

    Regenerated energy makes steps downhill negative: what a height is worth, m g h times the part won back, is added
    to every node (Johnson 1977, J. ACM 24:1), which leaves all steps positive and every way's order as it was.
    """
    shape, won_back = lattice.height_m.shape, mobility.regeneration * mobility.efficiency
    lifted_kwh = mobility.drive_kwh(0.0, 1.0) * mobility.efficiency * won_back if cost == "energy" else 0.0
    level = step_costs(_level(lattice), mobility, cost)[0]
    first, last, weight = [], [], []
    for offset in OFFSETS:
        step = stretches(lattice, offset)
        open_way = passable(step, mobility)
        paid = step_costs(step, mobility, cost) - lifted_kwh * step.rise_m.sum(axis=0)
        paid = np.maximum(paid, 0.0) + TIE * level * float(np.hypot(*offset))
        first.append(step.first[open_way])
        last.append(step.last[open_way])
        weight.append(paid[open_way])
    edges = np.concatenate(first), np.concatenate(last)
    graph = csr_matrix((np.concatenate(weight), edges), shape=(lattice.height_m.size,) * 2)  # type: ignore[no-untyped-call]
    start, end = (int(np.ravel_multi_index(node, shape)) for node in (lattice.start, lattice.end))
    _, before = dijkstra(graph, indices=start, return_predecessors=True)
    if before[end] < 0:
        return []
    path = [end]
    while path[-1] != start:
        path.append(int(before[path[-1]]))
    return path[::-1]


def _level(lattice: Lattice) -> Stretches:
    """One step of level ground."""
    one, spacing_m = np.zeros(1, np.intp), float(lattice.spacing_m[lattice.start])
    return Stretches(one, one, np.full((1, 1), spacing_m), np.zeros((1, 1)), np.zeros(1))


# The route in figures


def _described(path: list[int], lattice: Lattice, terrain: Terrain, mobility: Mobility, cost: Cost) -> Traverse:
    """The route by its points: nodes, and where steps cross the lines between them."""
    columns = lattice.height_m.shape[1]
    row, column = np.divmod(np.array(path), columns)
    at_row, at_column = [float(row[0])], [float(column[0])]
    for (r, c), (to_r, to_c) in zip(zip(row, column), zip(row[1:], column[1:])):
        count = max(abs(int(to_r - r)), abs(int(to_c - c)))
        parts = np.arange(1, count + 1) / count
        at_row += list(r + (to_r - r) * parts)
        at_column += list(c + (to_c - c) * parts)
    place = np.array(at_row), np.array(at_column)
    x_m, y_m = (_between(plane, *place) for plane in terrain.far.xy_m(lattice.lat_deg, lattice.lon_deg))
    lat_deg, lon_deg = terrain.far.lat_lon_deg(x_m, y_m)
    height_m, spacing_m = _between(lattice.height_m, *place), _between(lattice.spacing_m, *place)
    step = np.hypot(np.diff(place[0]), np.diff(place[1]))
    ground_m, rise_m = step * 0.5 * (spacing_m[1:] + spacing_m[:-1]), np.diff(height_m)
    side_deg = _side_deg(lattice, place, step)
    return Traverse(
        lat_deg,
        lon_deg,
        height_m,
        _summed(np.hypot(ground_m, rise_m) / 1000.0),
        _summed(mobility.hours(ground_m, rise_m)),
        _summed(mobility.drive_kwh(ground_m, rise_m)),
        side_deg,
        cost,
        mobility,
        lattice.straight_km,
        float(lattice.spacing_m[lattice.start]),
        lattice.pixel_m,
        terrain.words,
        (*_warnings(lattice), *terrain.notes),
    )


def _side_deg(lattice: Lattice, place: tuple[Array, Array], step: Array) -> Array:
    """Slope across the heading at the points of a route; the first has that of the second's heading."""
    heading_row, heading_column = np.diff(place[0]) / step, np.diff(place[1]) / step
    over_row, over_column = (_between(across_heading(lattice, *axis), *place) for axis in ((1.0, 0.0), (0.0, 1.0)))
    rise = over_row * np.r_[heading_row[0], heading_row] + over_column * np.r_[heading_column[0], heading_column]
    return np.asarray(np.degrees(np.arctan(np.abs(rise))))


def _between(values: Array, row: Array, column: Array) -> Array:
    """Bilinear values at fractional places of the lattice; what is off the heights has no weight on a route."""
    return np.asarray(map_coordinates(np.nan_to_num(values), [row, column], order=1, mode="nearest"))


def _summed(parts: Array) -> Array:
    return np.concatenate([[0.0], np.cumsum(parts)])


def _warnings(lattice: Lattice) -> tuple[str, ...]:
    pixel_m, spacing_m = lattice.pixel_m, float(lattice.spacing_m[lattice.start])
    if pixel_m >= COARSE_CELL_M:
        return (
            f"route over {pixel_m:.0f} m heights alone: slopes are means over kilometres, and crater walls, rocks and "
            "soft ground that would stop or turn a rover do not show; bring finer heights before trusting it",
        )
    if max(spacing_m, pixel_m) > ROVER_CELL_M:
        return (f"slopes shorter than {max(spacing_m, pixel_m):.0f} m do not show in this route",)
    return ("rocks and soft ground do not show in heights: a driver will leave this route to turn round them",)


def _no_route(
    lattice: Lattice, mobility: Mobility, start_deg: tuple[float, float], end_deg: tuple[float, float]
) -> str:
    rows, columns = lattice.height_m.shape
    km = float(lattice.spacing_m[lattice.start]) / 1000.0
    return (
        f"no route from {start_deg[0]:.4f}, {start_deg[1]:.4f} to {end_deg[0]:.4f}, {end_deg[1]:.4f} for slopes up to "
        f"{mobility.up_deg:g} deg up, {mobility.down_deg:g} down and {mobility.side_deg:g} sideways, within "
        f"{rows * km:.1f} x {columns * km:.1f} km; take a rover that climbs more, or another place"
    )
