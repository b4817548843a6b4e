"""One polar stereographic raster: from latitude and longitude to metres and back, heights and slopes."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from malapert.errors import CoverageError, InputError

Array = NDArray[np.float64]
Pole = Literal["south", "north"]


@dataclass(frozen=True, eq=False)
class Grid:
    """A polar raster ready for kernels: heights_m (rows, columns) above the sphere of radius_m, row 0 at the top.

    Polar stereographic on the sphere, true scale at the pole (Snyder 1987, USGS PP 1395, eqs 21-1, 21-2 and 21-4).
    left_m and top_m are the outer corner of cell (0, 0); heights belong to cell centres. name is said in results.
    """

    pole: Pole
    heights_m: NDArray[np.float32]
    pixel_m: float
    left_m: float
    top_m: float
    radius_m: float
    name: str

    def __post_init__(self) -> None:
        if self.pole not in ("south", "north"):
            raise InputError(f"terrain pole {self.pole!r} is not known; use 'south' or 'north'")
        if self.heights_m.ndim != 2 or min(self.heights_m.shape) < 2:
            raise InputError(
                f"{self.name}: heights need two rows and two columns at least, got shape {self.heights_m.shape}"
            )
        if not np.isfinite(self.heights_m).all():
            raise InputError(f"{self.name}: heights hold NaN or infinite cells; fill or crop the raster before use")
        object.__setattr__(self, "heights_m", np.ascontiguousarray(self.heights_m, dtype=np.float32))

    @property
    def pole_sign(self) -> float:
        """+1 for the south pole, -1 for the north: the sign of y along longitude 0."""
        return 1.0 if self.pole == "south" else -1.0

    @property
    def max_height_m(self) -> float:
        """Greatest height anywhere on the raster."""
        return float(self.heights_m.max())

    def xy_m(self, lat_deg: ArrayLike, lon_deg: ArrayLike) -> tuple[Array, Array]:
        """Map coordinates of latitude and longitude (same shape); the opposite hemisphere lies far off the map."""
        lat, lon = np.radians(np.asarray(lat_deg, dtype=float)), np.radians(np.asarray(lon_deg, dtype=float))
        rho_m = 2.0 * self.radius_m * np.tan((np.pi / 2.0 + self.pole_sign * lat) / 2.0)
        return rho_m * np.sin(lon), self.pole_sign * rho_m * np.cos(lon)

    def lat_lon_deg(self, x_m: ArrayLike, y_m: ArrayLike) -> tuple[Array, Array]:
        """Latitude and east longitude (0 to 360) of map coordinates; inverse of `xy_m`."""
        x, y = np.asarray(x_m, dtype=float), np.asarray(y_m, dtype=float)
        polar_distance = 2.0 * np.arctan(np.hypot(x, y) / (2.0 * self.radius_m))
        lat_deg = self.pole_sign * (np.degrees(polar_distance) - 90.0)
        return lat_deg, np.degrees(np.arctan2(x, self.pole_sign * y)) % 360.0

    def scale(self, lat_deg: ArrayLike) -> Array:
        """Map length over ground length, 1 + (rho / 2R)^2 (Snyder 1987, eq. 21-4)."""
        polar_distance = np.radians(90.0 + self.pole_sign * np.asarray(lat_deg, dtype=float))
        return np.asarray(1.0 + np.tan(0.5 * polar_distance) ** 2, dtype=np.float64)

    def cell_lat_lon_deg(self, rows: ArrayLike, columns: ArrayLike) -> tuple[Array, Array]:
        """Latitude and longitude of cell centres."""
        x_m = self.left_m + (np.asarray(columns, dtype=float) + 0.5) * self.pixel_m
        return self.lat_lon_deg(x_m, self.top_m - (np.asarray(rows, dtype=float) + 0.5) * self.pixel_m)

    def holds(self, lat_deg: ArrayLike, lon_deg: ArrayLike, border_cells: float = 0.0) -> NDArray[np.bool_]:
        """Whether points lie between cell centres of the raster, so many cells away from the outermost."""
        row, column = self._fractions(lat_deg, lon_deg)
        last_row, last_column = (n - 1 - border_cells for n in self.heights_m.shape)
        rows = (row >= border_cells) & (row <= last_row)
        inside: NDArray[np.bool_] = rows & (column >= border_cells) & (column <= last_column)
        return inside

    def _fractions(self, lat_deg: ArrayLike, lon_deg: ArrayLike) -> tuple[Array, Array]:
        x, y = self.xy_m(lat_deg, lon_deg)
        return (self.top_m - y) / self.pixel_m - 0.5, (x - self.left_m) / self.pixel_m - 0.5

    def row_column(self, lat_deg: ArrayLike, lon_deg: ArrayLike) -> tuple[Array, Array]:
        """Fractional row and column, whole numbers at cell centres; raises CoverageError off the raster."""
        row, column = self._fractions(lat_deg, lon_deg)
        inside = self.holds(lat_deg, lon_deg)
        if not np.all(inside):
            self._complain(np.asarray(lat_deg, dtype=float), np.asarray(lon_deg, dtype=float), inside)
        return row, column

    def _complain(self, lat_deg: Array, lon_deg: Array, inside: NDArray[np.bool_]) -> None:
        lat, lon, ok = np.broadcast_arrays(lat_deg, lon_deg, inside)
        first = np.flatnonzero(~ok)[0]
        raise CoverageError(
            f"{self.name} reach latitude {self.reach_lat_deg():.2f} deg on every meridian, "
            f"and the point {lat.flat[first]:.4f} deg, {lon.flat[first]:.4f} deg is off them; choose a site nearer "
            "the pole, or the raster of the other pole, or give heights that hold the site"
        )

    def reach_lat_deg(self) -> float:
        """The latitude that the raster covers at every longitude."""
        rows, columns = self.heights_m.shape
        half = 0.5 * self.pixel_m
        edges_m = (
            -self.left_m - half,
            self.left_m + columns * self.pixel_m - half,
            self.top_m - half,
            rows * self.pixel_m - self.top_m - half,
        )
        reach_m = max(min(edges_m), 0.0)
        return float(self.lat_lon_deg(reach_m, 0.0)[0])

    def reach_m(self, lat_deg: float, lon_deg: float) -> float:
        """Ground distance beyond which no ray from a point meets the raster: to its farthest corner."""
        rows, columns = self.heights_m.shape
        x_m = self.left_m + np.array([0.0, 0.0, columns, columns]) * self.pixel_m
        y_m = self.top_m - np.array([0.0, rows, 0.0, rows]) * self.pixel_m
        corner_lat, corner_lon = np.radians(self.lat_lon_deg(x_m, y_m))
        lat, lon = np.radians([lat_deg, lon_deg])
        cosine = np.sin(lat) * np.sin(corner_lat) + np.cos(lat) * np.cos(corner_lat) * np.cos(corner_lon - lon)
        return float(np.arccos(np.clip(cosine, -1.0, 1.0)).max()) * self.radius_m

    def margin_km(self, lat_deg: float, lon_deg: float) -> float:
        """Ground distance from a point to the parallel `reach_lat_deg`; negative beyond it."""
        inward_deg = self.pole_sign * (self.reach_lat_deg() - lat_deg)
        return float(np.radians(inward_deg)) * self.radius_m / 1000.0

    def height_m(self, lat_deg: ArrayLike, lon_deg: ArrayLike) -> Array:
        """Bilinear height above the sphere at latitude and longitude; raises CoverageError off the raster."""
        row, column = self.row_column(lat_deg, lon_deg)
        rows, columns = self.heights_m.shape
        i, j = np.minimum(row.astype(int), rows - 2), np.minimum(column.astype(int), columns - 2)
        v, u = row - i, column - j
        upper = self.heights_m[i, j] * (1.0 - u) + self.heights_m[i, j + 1] * u
        lower = self.heights_m[i + 1, j] * (1.0 - u) + self.heights_m[i + 1, j + 1] * u
        return np.asarray(upper * (1.0 - v) + lower * v, dtype=np.float64)

    def slope_deg(self, lat_deg: float, lon_deg: float) -> float:
        """Slope of the cell that holds a point, from its eight neighbours (Horn 1981, Proc. IEEE 69:14).

        Map distances are divided by the projection's scale 1 + (rho / 2R)^2 (Snyder 1987, eq. 21-4).
        """
        row, column = self.row_column(lat_deg, lon_deg)
        i, j = int(np.rint(row)), int(np.rint(column))
        rows, columns = self.heights_m.shape
        if not (0 < i < rows - 1 and 0 < j < columns - 1):
            raise CoverageError(
                f"the cell at {lat_deg:.4f} deg, {lon_deg:.4f} deg lies on the edge of {self.name} "
                "and has no slope; choose a point one cell further in"
            )
        w = self.heights_m[i - 1 : i + 2, j - 1 : j + 2]
        across = (w[:, 2] - w[:, 0]) @ np.array([1.0, 2.0, 1.0])
        down = (w[2] - w[0]) @ np.array([1.0, 2.0, 1.0])
        scale = float(self.scale(lat_deg))
        return float(np.degrees(np.arctan(np.hypot(across, down) * scale / (8.0 * self.pixel_m))))
