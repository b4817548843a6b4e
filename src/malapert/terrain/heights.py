"""The ground as nested rasters: the finest heights that hold a point, and the far field around them."""

from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

from malapert.data import polar_heights
from malapert.errors import InputError
from malapert.terrain.grid import Grid, Pole

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Terrain:
    """Nested rasters of one pole and one sphere, finest first; the last is the far field.

    A point's ground is the finest raster that holds it. `notes` say what was done to the heights (voids filled) and
    must be shown beside whatever is computed from them.
    """

    grids: tuple[Grid, ...]
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not self.grids:
            raise InputError("terrain needs one raster at least")
        first = self.grids[0]
        for grid in self.grids[1:]:
            if (grid.pole, grid.radius_m) != (first.pole, first.radius_m):
                raise InputError(
                    f"{first.name} ({first.pole} pole, sphere of {first.radius_m:.0f} m) and {grid.name} ({grid.pole} "
                    f"pole, {grid.radius_m:.0f} m) cannot be one terrain; give rasters of one pole and one sphere"
                )
        object.__setattr__(self, "grids", tuple(sorted(self.grids, key=lambda grid: grid.pixel_m)))

    @property
    def pole(self) -> Pole:
        """The pole all rasters lie around."""
        return self.grids[0].pole

    @property
    def radius_m(self) -> float:
        """The sphere all heights stand on."""
        return self.grids[0].radius_m

    @property
    def far(self) -> Grid:
        """The coarsest raster, which carries the far field."""
        return self.grids[-1]

    @property
    def max_height_m(self) -> float:
        """Greatest height anywhere."""
        return max(grid.max_height_m for grid in self.grids)

    @property
    def words(self) -> str:
        """The rasters in words, finest first."""
        return ", ".join(f"{grid.name} ({grid.pixel_m:g} m cells)" for grid in self.grids)

    @cached_property
    def packed(self) -> tuple[NDArray[np.float32], Array]:
        """For kernels: all heights in one row, and per raster (6,) start, rows, columns, left_m, top_m, pixel_m."""
        starts = np.cumsum([0, *(grid.heights_m.size for grid in self.grids)])
        table = [
            (start, *grid.heights_m.shape, grid.left_m, grid.top_m, grid.pixel_m)
            for start, grid in zip(starts[:-1], self.grids, strict=True)
        ]
        rows = [grid.heights_m.reshape(-1) for grid in self.grids]
        return rows[0] if len(rows) == 1 else np.concatenate(rows), np.array(table, dtype=np.float64)

    def finest(self, lat_deg: float, lon_deg: float, border_cells: float = 0.0) -> Grid:
        """The finest raster that holds a point; the far field where none does."""
        return next((grid for grid in self.grids if grid.holds(lat_deg, lon_deg, border_cells)), self.far)

    def pixel_m_at(self, lat_deg: float, lon_deg: float) -> float:
        """Cell size of the ground at a point."""
        return self.finest(lat_deg, lon_deg).pixel_m

    def height_m(self, lat_deg: ArrayLike, lon_deg: ArrayLike) -> Array:
        """Bilinear height above the sphere of the finest raster at each point; raises CoverageError off them all."""
        lat, lon = np.broadcast_arrays(np.asarray(lat_deg, dtype=float), np.asarray(lon_deg, dtype=float))
        out = np.full(lat.shape, np.nan)
        for grid in self.grids[:-1]:
            here = np.isnan(out) & grid.holds(lat, lon)
            out[here] = grid.height_m(lat[here], lon[here])
        rest = np.isnan(out)
        out[rest] = self.far.height_m(lat[rest], lon[rest])
        return out

    def slope_deg(self, lat_deg: float, lon_deg: float) -> float:
        """Slope of the finest cell that holds a point and has neighbours; see `Grid.slope_deg`."""
        return self.finest(lat_deg, lon_deg, 1.5).slope_deg(lat_deg, lon_deg)

    def margin_km(self, lat_deg: float, lon_deg: float) -> float:
        """Ground distance from a point to where the far field ends on some meridian; negative beyond it."""
        return self.far.margin_km(lat_deg, lon_deg)


@lru_cache(maxsize=2)
def polar_terrain(pole: Pole) -> Terrain:
    """The data pack's LOLA terrain around a pole: 1600 m cells, to about 70 deg of latitude."""
    pack = polar_heights(pole)
    name = f"the {pole} polar heights"
    grid = Grid(pole, pack.heights_m.astype(np.float32), pack.pixel_m, pack.left_m, pack.top_m, pack.radius_m, name)
    return Terrain((grid,))
