"""Maps of the ground poleward of a latitude: permanent shadow, light, Earth view, slopes, horizons."""

from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import distance_transform_edt  # type: ignore[attr-defined]

from malapert.constants import SECONDS_PER_HOUR
from malapert.errors import InputError
from malapert.terrain.grid import Pole
from malapert.terrain.heights import Terrain
from malapert.terrain.horizon import COARSE_CELL_M
from malapert.terrain.light_table import Epoch, ephemeris_span_utc, light_table, mean_light, never_lit
from malapert.terrain.rays import RANGE_KM
from malapert.terrain.sweep import Cells, HorizonBlock, map_horizons

Array = NDArray[np.float64]
Single = NDArray[np.float32]
Told = Callable[[float], None] | None
Quantity = Literal["psr", "light", "earth", "slope", "horizon", "shadow_distance"]

# One bearing a degree, twice the width of the Sun.
AZIMUTHS: Final = 360
# The envelope of a century is the same to 0.001 deg whether it is drawn every hour or every three.
SHADOW_STEP_S: Final = 3.0 * SECONDS_PER_HOUR
# Leaving out ground beyond 100 km has cost up to 3.6 points of light; this far it no longer shows.
FAR_ENOUGH_KM: Final = 150.0
RIDGE_LIGHT: Final = (
    "do not trust the light of ridges and crests: cells beside a narrow one come out too dark (43-59 % where 74-85 % "
    "is published), cells on its smoothed top too bright"
)


@dataclass(frozen=True, eq=False)
class GroundMap:
    """A quantity over part of a polar stereographic raster: values (rows, columns), nan where nothing was asked.

    left_m and top_m are the outer corner of cell (0, 0), as in `Grid`. psr: 1 in permanent shadow, 0 elsewhere.
    totals carry their units in their names; means are over true areas. span says which epochs were looked at ("" for
    none). warnings must be shown beside the figures.
    """

    quantity: Quantity
    values: Single
    unit: str
    pole: Pole
    pixel_m: float
    left_m: float
    top_m: float
    radius_m: float
    totals: dict[str, float]
    span: str
    source: str
    warnings: tuple[str, ...] = ()


def psr_map(
    terrain: Terrain,
    cells: Cells,
    start_utc: Epoch | None = None,
    end_utc: Epoch | None = None,
    mast_m: float = 0.0,
    range_km: float = RANGE_KM,
    threads: int | None = None,
    told: Told = None,
) -> GroundMap:
    """Where no part of the Sun ever rises: by default over the whole ephemeris, five of its 18.6-year cycles."""
    first, last = ephemeris_span_utc()
    table = light_table("sun", terrain.pole, start_utc or first, end_utc or last, SHADOW_STEP_S)

    def work(block: HorizonBlock) -> tuple[Single]:
        dark = never_lit(table, *block.cells.lat_lon_deg, block.elevation_deg)
        return (dark.astype(np.float32),)

    (dark,) = map_horizons(terrain, cells, mast_m, work, AZIMUTHS, range_km, threads, told)
    area_km2 = cell_km2(cells)
    psr_km2 = float(area_km2[dark > 0.5].sum())
    totals = {"psr_km2": psr_km2, "psr_share": psr_km2 / float(area_km2.sum()), "psr_cells": float((dark > 0.5).sum())}
    missing = coarse_map_warning(
        cells,
        "permanent shadow in craters a few cells wide is missing: poleward of 80 S this finds 13 thousand km2, where "
        "16 are published at 240 m and 21 at 20 m",
    )
    return lay_out("psr", dark, "1", terrain, cells, totals, table.words, (mast_m, range_km), missing)


def light_map(
    terrain: Terrain,
    cells: Cells,
    start_utc: Epoch,
    end_utc: Epoch,
    mast_m: float = 2.0,
    range_km: float = RANGE_KM,
    threads: int | None = None,
    told: Told = None,
) -> GroundMap:
    """Mean fraction of the Sun's disk above the ground over a span; the Earth's eclipses are left out."""
    table = light_table("sun", terrain.pole, start_utc, end_utc)

    def work(block: HorizonBlock) -> tuple[Array, Array]:
        return mean_light(table, *block.cells.lat_lon_deg, block.elevation_deg)

    disk, part = map_horizons(terrain, cells, mast_m, work, AZIMUTHS, range_km, threads, told)
    totals = _means(cells, {"disk_mean": disk, "any_part": part}) | _best(cells, disk, "disk_mean")
    missing = coarse_map_warning(cells, RIDGE_LIGHT)
    return lay_out("light", disk, "1", terrain, cells, totals, table.words, (mast_m, range_km), missing)


def earth_map(
    terrain: Terrain,
    cells: Cells,
    start_utc: Epoch,
    end_utc: Epoch,
    mast_m: float = 2.0,
    range_km: float = RANGE_KM,
    threads: int | None = None,
    told: Told = None,
) -> GroundMap:
    """Share of the time that the Earth's centre stands above the ground."""
    table = light_table("earth", terrain.pole, start_utc, end_utc)

    def work(block: HorizonBlock) -> tuple[Array]:
        return (mean_light(table, *block.cells.lat_lon_deg, block.elevation_deg)[1],)

    (view,) = map_horizons(terrain, cells, mast_m, work, AZIMUTHS, range_km, threads, told)
    always, never = (view >= 1.0).astype(float), (view <= 0.0).astype(float)
    totals = _means(cells, {"earth_view": view, "always_share": always, "never_share": never})
    missing = coarse_map_warning(
        cells, "do not trust the view from ridges and crests: narrow ones come out some 100 m too low"
    )
    return lay_out("earth", view, "1", terrain, cells, totals, table.words, (mast_m, range_km), missing)


def horizon_map(
    terrain: Terrain,
    cells: Cells,
    sink: Callable[[HorizonBlock], None] | None = None,
    mast_m: float = 2.0,
    range_km: float = RANGE_KM,
    azimuths: int = AZIMUTHS,
    threads: int | None = None,
    told: Told = None,
) -> GroundMap:
    """Highest elevation of each cell's horizon; all bearings go to sink, one block at a time."""
    one_at_a_time = Lock()

    def work(block: HorizonBlock) -> tuple[Single]:
        if sink is not None:
            with one_at_a_time:
                sink(block)
        return (block.elevation_deg.max(axis=1),)

    (highest,) = map_horizons(terrain, cells, mast_m, work, azimuths, range_km, threads, told)
    totals = _means(cells, {"highest_deg_mean": highest}) | _best(cells, highest, "highest_deg")
    missing = coarse_map_warning(cells, "relief narrower than a few cells is missing from the horizon")
    return lay_out("horizon", highest, "deg", terrain, cells, totals, "", (mast_m, range_km), missing)


def slope_map(terrain: Terrain, cells: Cells) -> GroundMap:
    """Slope over three cells; nan on the raster's outermost cells."""
    slope = slopes_deg(cells)
    known = np.isfinite(slope)
    area_km2 = cell_km2(cells)[known]
    totals = {
        "slope_deg_mean": float(np.average(slope[known], weights=area_km2)),
        "slope_deg_median": float(np.median(slope[known])),
        "slope_deg_max": float(slope[known].max()),
    }
    missing = coarse_map_warning(cells, "slopes are means over some 5 km and say nothing of a lander's footprint")
    return lay_out("slope", slope, "deg", terrain, cells, totals, "", None, missing)


def slopes_deg(cells: Cells) -> Array:
    """Slope (n,) of cells from their eight neighbours, as `Grid.slope_deg`; nan on the raster's outermost cells."""
    grid, (rows, columns) = cells.grid, cells.grid.heights_m.shape
    inner = (cells.rows > 0) & (cells.rows < rows - 1) & (cells.columns > 0) & (cells.columns < columns - 1)
    i, j = cells.rows[inner], cells.columns[inner]

    def height(down: int, right: int) -> Array:
        return np.asarray(grid.heights_m[i + down, j + right], dtype=np.float64)

    across, down = np.zeros(i.size), np.zeros(i.size)
    for step, weight in ((-1, 1.0), (0, 2.0), (1, 1.0)):
        across += weight * (height(step, 1) - height(step, -1))
        down += weight * (height(1, step) - height(-1, step))
    out = np.full(cells.size, np.nan)
    rise = np.hypot(across, down) * grid.scale(cells.lat_lon_deg[0][inner]) / (8.0 * grid.pixel_m)
    out[inner] = np.degrees(np.arctan(rise))
    return out


def shadow_distance_km(psr: GroundMap) -> GroundMap:
    """Distance of every cell to the nearest cell in permanent shadow of the same map, inf where it has none.

    Centre to centre on the map, over the projection's scale at the cell: the scale changes by less than 1 % over
    300 km there. Shadow beyond the map's edge is not known.
    """
    if psr.quantity != "psr":
        raise InputError(f"the distance to shadow needs a map of permanent shadow, got one of {psr.quantity}")
    dark = psr.values > 0.5
    far = distance_transform_edt(~dark) if dark.any() else np.full(dark.shape, np.inf)
    rows, columns = np.indices(dark.shape)
    x_m = psr.left_m + (columns + 0.5) * psr.pixel_m
    y_m = psr.top_m - (rows + 0.5) * psr.pixel_m
    scale = 1.0 + (x_m * x_m + y_m * y_m) / (2.0 * psr.radius_m) ** 2
    values = np.where(np.isnan(psr.values), np.nan, far * psr.pixel_m / (1000.0 * scale)).astype(np.float32)
    known = values[np.isfinite(values)]
    totals = {"shadow_km_max": float(known.max())} if known.size else {}
    return GroundMap(
        "shadow_distance", values, "km", psr.pole, psr.pixel_m, psr.left_m, psr.top_m, psr.radius_m, totals, psr.span,
        psr.source, psr.warnings,
    )  # fmt: skip


def cell_km2(cells: Cells) -> Array:
    """True areas (n,) of cells: the map's over the square of its scale (Snyder 1987, eq. 21-4)."""
    side_km = cells.grid.pixel_m / 1000.0 / cells.grid.scale(cells.lat_lon_deg[0])
    area: Array = side_km * side_km
    return area


def _means(cells: Cells, columns: dict[str, Array]) -> dict[str, float]:
    area_km2 = cell_km2(cells)
    return {name: float(np.average(values, weights=area_km2)) for name, values in columns.items()}


def _best(cells: Cells, values: Array, name: str) -> dict[str, float]:
    best = int(np.argmax(values))
    lat_deg, lon_deg = (float(angle[best]) for angle in cells.lat_lon_deg)
    return {f"{name}_max": float(values[best]), "max_lat_deg": lat_deg, "max_lon_deg": lon_deg}


def coarse_map_warning(cells: Cells, what: str) -> tuple[str, ...]:
    """The warning of a map from a far-field raster alone."""
    pixel_m = cells.grid.pixel_m
    return (f"map from {pixel_m:.0f} m heights alone: {what}",) if pixel_m >= COARSE_CELL_M else ()


def _edge_warnings(terrain: Terrain, cells: Cells, range_km: float) -> tuple[str, ...]:
    """Where the far field ends too near the map."""
    lat_deg, lon_deg = cells.lat_lon_deg
    farthest = int(np.argmin(np.abs(lat_deg)))
    margin_km = terrain.margin_km(float(lat_deg[farthest]), float(lon_deg[farthest]))
    if margin_km >= min(FAR_ENOUGH_KM, range_km):
        return ()
    return (f"the heights end {margin_km:.0f} km beyond the map: mountains farther out are missing at its edge",)


def lay_out(
    quantity: Quantity,
    values: NDArray[np.floating],
    unit: str,
    terrain: Terrain,
    cells: Cells,
    totals: dict[str, float],
    span: str,
    eye: tuple[float, float] | None,
    warnings: tuple[str, ...],
) -> GroundMap:
    """The values (n,) of cells laid out on the smallest window that holds them; eye: mast_m and range_km."""
    grid, row, column = cells.grid, int(cells.rows.min()), int(cells.columns.min())
    window = np.full((int(cells.rows.max()) - row + 1, int(cells.columns.max()) - column + 1), np.nan, np.float32)
    window[cells.rows - row, cells.columns - column] = values
    source = f"{grid.name} ({grid.pixel_m:g} m cells)"
    if eye is not None:
        source = f"{source}; horizons over {terrain.words}, to {eye[1]:.0f} km, {eye[0]:g} m above the ground"
        warnings = (*warnings, *_edge_warnings(terrain, cells, eye[1]))
    return GroundMap(
        quantity=quantity,
        values=window,
        unit=unit,
        pole=grid.pole,
        pixel_m=grid.pixel_m,
        left_m=grid.left_m + column * grid.pixel_m,
        top_m=grid.top_m - row * grid.pixel_m,
        radius_m=grid.radius_m,
        totals={"cells": float(cells.size), "area_km2": float(cell_km2(cells).sum())} | totals,
        span=span,
        source=source,
        warnings=(*warnings, *terrain.notes),
    )
