"""Site search: the best-lit places around a point, with what else a site is chosen by."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from malapert.errors import CoverageError, InputError
from malapert.terrain.grid import Grid
from malapert.terrain.heights import Terrain
from malapert.terrain.horizon import site_horizon
from malapert.terrain.light import site_light
from malapert.terrain.light_table import Epoch, LightTable, light_table, mean_light
from malapert.terrain.maps import (
    RIDGE_LIGHT,
    GroundMap,
    coarse_map_warning,
    lay_out,
    psr_map,
    shadow_distance_km,
    slopes_deg,
)
from malapert.terrain.rays import RANGE_KM
from malapert.terrain.summary import summarise_light
from malapert.terrain.sweep import Cells, HorizonBlock, map_horizons

Array = NDArray[np.float64]
Told = Callable[[float], None] | None

# More cells than this are first looked over on averaged heights (some 10 s on two cores).
LARGEST_SEARCH: Final = 40_000
# Places kept from the averaged heights for each one asked for.
KEPT_EACH: Final = 3
# How far shadow is looked for beyond the circle.
SHADOW_KM: Final = 10.0
# Places nearer to each other than this many cells, or this far, are one place.
APART_CELLS: Final = 2.5
APART_KM: Final = 1.0
# A coordinate rounded to 0.01 deg of latitude is off by up to 0.2 km, to 0.1 deg of a narrow longitude by as much.
CREST_KM: Final = 0.5
CREST_CELLS: Final = 1.5


@dataclass(frozen=True)
class Crest:
    """The highest cell near a point: where it is, its height above the sphere, how far the point moved and rose."""

    lat_deg: float
    lon_deg: float
    height_m: float
    moved_km: float
    rise_m: float


@dataclass(frozen=True)
class FoundSite:
    """A place of a search; light and Earth view from its own hourly series, see `LightSummary`.

    from_centre_km: from the middle of the search. slope_deg: over three cells of pixel_m, nan on a raster's rim.
    shadow_km: to the nearest permanent shadow within SHADOW_KM of the circle, inf where there is none; on averaged
    heights where the circle is large. warnings: of its horizon.
    """

    rank: int
    lat_deg: float
    lon_deg: float
    height_m: float
    from_centre_km: float
    disk_mean: float
    any_part: float
    longest_dark_d: float
    worst_lunar_day_mean: float | None
    earth_view: float
    longest_earth_gap_d: float
    slope_deg: float
    shadow_km: float
    warnings: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class SiteSearch:
    """Sites by light, best first, no two of them nearer than apart_km; light: the mean disk of all cells looked at.

    crest: the highest cell by the point that was given.
    """

    sites: tuple[FoundSite, ...]
    crest: Crest
    light: GroundMap
    mast_m: float
    pixel_m: float
    apart_km: float
    warnings: tuple[str, ...]


def find_sites(
    terrain: Terrain,
    lat_deg: float,
    lon_deg: float,
    within_km: float,
    start_utc: Epoch,
    end_utc: Epoch,
    mast_m: float = 10.0,
    count: int = 10,
    apart_km: float | None = None,
    max_slope_deg: float | None = None,
    range_km: float = RANGE_KM,
    threads: int | None = None,
    told: Told = None,
) -> SiteSearch:
    """The best-lit places within a distance of a point, over the finest raster that holds the point.

    All cells are ranked by the mean disk of the Sun over folded light; large circles first on averaged heights, then
    cell by cell around the best. The places kept get an hourly series of their own and are put in order by its light,
    then Earth view, slope and distance to shadow.
    Raises InputError, and CoverageError where no cell passes.
    """
    if not (within_km > 0.0 and count >= 1 and mast_m >= 0.0):
        raise InputError(
            f"a site search needs within_km > 0, count >= 1 and mast_m >= 0; got {within_km=}, {count=}, {mast_m=}"
        )
    tell = told or (lambda _: None)
    grid = terrain.finest(lat_deg, lon_deg, 1.5)
    apart = max(APART_KM, APART_CELLS * grid.pixel_m / 1000.0) if apart_km is None else apart_km
    look = _Look((lat_deg, lon_deg), mast_m, range_km, threads, light_table("sun", terrain.pole, start_utc, end_utc))
    coarse, cells = _circle(terrain, grid, look.around, within_km)
    disk = look.disk_mean(coarse, cells, lambda part: tell(0.4 * part))
    light = look.light_map(coarse, cells, disk)
    wide, around = _circle(terrain, grid, look.around, within_km + SHADOW_KM)
    shadow = psr_map(wide, around, range_km=range_km, threads=threads, told=lambda part: tell(0.4 + 0.2 * part))
    distances = shadow_distance_km(shadow)
    if cells.grid is not grid:
        rough = cells.some(_best(cells, disk, max_slope_deg, apart, KEPT_EACH * count))
        cells = _all_cells_near(grid, rough, look.around, within_km)
        disk = look.disk_mean(terrain, cells, lambda part: tell(0.6 + 0.2 * part))
    kept = _best(cells, disk, max_slope_deg, apart, count)
    found = []
    for index in kept:
        found.append(look.site(terrain, cells.some(np.array([index])), (start_utc, end_utc), distances))
        tell(0.8 + 0.2 * len(found) / kept.size)
    found.sort(key=_order)
    return SiteSearch(
        sites=tuple(replace(site, rank=k + 1) for k, site in enumerate(found)),
        crest=snap_to_crest(terrain, lat_deg, lon_deg),
        light=light,
        mast_m=mast_m,
        pixel_m=grid.pixel_m,
        apart_km=apart,
        warnings=(*light.warnings, *_part_warnings(grid, look.around, within_km)),
    )


@dataclass(frozen=True, eq=False)
class _Look:
    """How a search looks: from where, how high, how far, over which span."""

    around: tuple[float, float]
    mast_m: float
    range_km: float
    threads: int | None
    table: LightTable

    def disk_mean(self, terrain: Terrain, cells: Cells, told: Callable[[float], None]) -> Array:
        """Mean disk of the Sun (n,) over each cell's horizon."""

        def work(block: HorizonBlock) -> tuple[Array]:
            return (mean_light(self.table, *block.cells.lat_lon_deg, block.elevation_deg)[0],)

        (disk,) = map_horizons(
            terrain, cells, self.mast_m, work, range_km=self.range_km, threads=self.threads, told=told
        )
        return disk

    def light_map(self, terrain: Terrain, cells: Cells, disk: Array) -> GroundMap:
        """The mean disk of the cells as a map."""
        return lay_out(
            quantity="light",
            values=disk,
            unit="1",
            terrain=terrain,
            cells=cells,
            totals={"disk_mean_max": float(disk.max())},
            span=self.table.words,
            eye=(self.mast_m, self.range_km),
            warnings=coarse_map_warning(cells, RIDGE_LIGHT),
        )

    def site(self, terrain: Terrain, place: Cells, span: tuple[Epoch, Epoch], distances: GroundMap) -> FoundSite:
        """One cell as a site, with its own horizon and hourly series."""
        lat_deg, lon_deg = (float(angle[0]) for angle in place.lat_lon_deg)
        horizon = site_horizon(lat_deg, lon_deg, self.mast_m, terrain=terrain, range_km=self.range_km)
        summary = summarise_light(site_light(horizon, *span))
        return FoundSite(
            rank=0,
            lat_deg=lat_deg,
            lon_deg=lon_deg,
            height_m=horizon.ground_height_m,
            from_centre_km=float(distance_km(place.grid, *self.around, *place.lat_lon_deg)[0]),
            disk_mean=summary.disk_mean,
            any_part=summary.any_part,
            longest_dark_d=summary.longest_dark_d,
            worst_lunar_day_mean=summary.worst_lunar_day_mean,
            earth_view=summary.earth_view,
            longest_earth_gap_d=summary.longest_earth_gap_d,
            slope_deg=float(slopes_deg(place)[0]),
            shadow_km=_value_at(distances, place.grid, lat_deg, lon_deg),
            warnings=horizon.warnings,
        )


def _order(site: FoundSite) -> tuple[float, float, float, float]:
    """Light first; where it agrees to a hundredth Earth view, then the flatter place, then the nearer shadow."""
    slope_deg = site.slope_deg if np.isfinite(site.slope_deg) else np.inf
    return -round(site.disk_mean, 2), -round(site.earth_view, 2), slope_deg, site.shadow_km


def snap_to_crest(terrain: Terrain, lat_deg: float, lon_deg: float, within_km: float | None = None) -> Crest:
    """The highest cell within a distance of a (rounded) point: by default half a km, or a cell and a half."""
    grid = terrain.finest(lat_deg, lon_deg, 1.5)
    reach_km = max(CREST_KM, CREST_CELLS * grid.pixel_m / 1000.0) if within_km is None else within_km
    cells = cells_within(grid, lat_deg, lon_deg, reach_km)
    heights_m = grid.heights_m[cells.rows, cells.columns]
    top = cells.some(np.array([int(np.argmax(heights_m))]))
    lat, lon = (float(angle[0]) for angle in top.lat_lon_deg)
    height_m = float(heights_m.max())
    moved_km = float(distance_km(grid, lat_deg, lon_deg, *top.lat_lon_deg)[0])
    return Crest(lat, lon, height_m, moved_km, height_m - float(terrain.height_m(lat_deg, lon_deg)))


def cells_within(grid: Grid, lat_deg: float, lon_deg: float, within_km: float) -> Cells:
    """The cells of a raster whose centres lie within a ground distance of a point, row by row; raises CoverageError."""
    half = 1100.0 * within_km * float(grid.scale(lat_deg)) / grid.pixel_m + 1.0
    rows, columns = (
        np.arange(max(0, int(place - half)), min(size, int(place + half) + 2), dtype=np.intp)
        for place, size in zip((float(k) for k in grid.row_column(lat_deg, lon_deg)), grid.heights_m.shape, strict=True)
    )
    row, column = (index.reshape(-1) for index in np.meshgrid(rows, columns, indexing="ij"))
    near = distance_km(grid, lat_deg, lon_deg, *grid.cell_lat_lon_deg(row, column)) <= within_km
    if not near.any():
        raise CoverageError(
            f"{grid.name} have no cell centre within {within_km:g} km of {lat_deg:g}, {lon_deg:g} deg; widen the circle"
        )
    return Cells(grid, row[near], column[near])


def distance_km(grid: Grid, lat_deg: float, lon_deg: float, lats_deg: Array, lons_deg: Array) -> Array:
    """Ground distance from a point to others (haversine; Sinnott 1984, Sky and Telescope 68:159)."""
    lat, lon, lats, lons = (np.radians(angle) for angle in (lat_deg, lon_deg, lats_deg, lons_deg))
    half = np.sin((lats - lat) / 2.0) ** 2 + np.cos(lat) * np.cos(lats) * np.sin((lons - lon) / 2.0) ** 2
    far: Array = 2e-3 * grid.radius_m * np.arcsin(np.sqrt(np.clip(half, 0.0, 1.0)))
    return far


def _circle(terrain: Terrain, grid: Grid, around: tuple[float, float], within_km: float) -> tuple[Terrain, Cells]:
    """The cells of a circle, averaged until they are few enough, and the terrain they are part of."""
    circle = np.pi * (1000.0 * within_km * float(grid.scale(around[0])) / grid.pixel_m) ** 2
    n = int(np.ceil(np.sqrt(circle / LARGEST_SEARCH)))
    shape = tuple(size // n for size in grid.heights_m.shape)
    if n <= 1 or min(shape) < 2:
        return terrain, cells_within(grid, *around, within_km)
    whole = grid.heights_m[: shape[0] * n, : shape[1] * n]
    heights_m = whole.reshape(shape[0], n, shape[1], n).mean(axis=(1, 3), dtype=np.float64).astype(np.float32)
    rough = replace(grid, heights_m=heights_m, pixel_m=n * grid.pixel_m, name=f"{grid.name} averaged")
    coarse = Terrain((rough, *(other for other in terrain.grids if other.pixel_m > rough.pixel_m)), terrain.notes)
    return coarse, cells_within(rough, *around, within_km)


def _best(cells: Cells, values: Array, max_slope_deg: float | None, apart_km: float, count: int) -> NDArray[np.intp]:
    """Indices of the greatest values on ground flat enough, best first, each at least apart_km from all before it."""
    slope_deg = slopes_deg(cells)
    flat = np.ones(cells.size, dtype=bool) if max_slope_deg is None else slope_deg <= max_slope_deg
    if not flat.any():
        raise CoverageError(
            f"no cell of {cells.grid.name} in the circle is flatter than {max_slope_deg} deg (the flattest has "
            f"{np.nanmin(slope_deg):.1f}); allow a steeper slope or search a wider circle"
        )
    lats, lons = cells.lat_lon_deg
    left = np.where(flat, values, -np.inf)
    out: list[int] = []
    while len(out) < count and np.isfinite(left.max()):
        best = int(np.argmax(left))
        out.append(best)
        left[distance_km(cells.grid, lats[best], lons[best], lats, lons) < apart_km] = -np.inf
    return np.array(out, dtype=np.intp)


def _all_cells_near(grid: Grid, kept: Cells, around: tuple[float, float], within_km: float) -> Cells:
    """Every cell of a raster within the circle that lies in one of some averaged cells or beside it."""
    n = round(kept.grid.pixel_m / grid.pixel_m)
    inside = np.zeros(grid.heights_m.shape, dtype=bool)
    for row, column in zip(kept.rows, kept.columns, strict=True):
        inside[max(0, (row - 1) * n) : (row + 2) * n, max(0, (column - 1) * n) : (column + 2) * n] = True
    rows, columns = np.nonzero(inside)
    near = distance_km(grid, *around, *grid.cell_lat_lon_deg(rows, columns)) <= within_km
    return Cells(grid, rows[near], columns[near])


def _value_at(found: GroundMap, grid: Grid, lat_deg: float, lon_deg: float) -> float:
    """The value of the map's cell that holds a point."""
    x_m, y_m = (float(place) for place in grid.xy_m(lat_deg, lon_deg))
    row, column = int((found.top_m - y_m) / found.pixel_m), int((x_m - found.left_m) / found.pixel_m)
    rows, columns = found.values.shape
    return float(found.values[min(row, rows - 1), min(column, columns - 1)])


def _part_warnings(grid: Grid, around: tuple[float, float], within_km: float) -> tuple[str, ...]:
    """Where the circle leaves the raster searched."""
    turn = np.radians(np.arange(0.0, 360.0, 5.0))
    x_m, y_m = grid.xy_m(*around)
    reach_m = 1000.0 * within_km * float(grid.scale(around[0]))
    inside = grid.holds(*grid.lat_lon_deg(x_m + reach_m * np.cos(turn), y_m + reach_m * np.sin(turn)))
    if inside.all():
        return ()
    return (f"the search keeps to {grid.name}, which end inside the circle of {within_km:g} km",)
