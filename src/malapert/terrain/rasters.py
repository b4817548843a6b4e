"""Heights a user brings: a window of a raster as a `Grid`, and several rasters over the data pack as one `Terrain`."""

import math
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from malapert.errors import CoverageError, InputError
from malapert.terrain.grid import Grid, Pole
from malapert.terrain.heights import Terrain, polar_terrain
from malapert.terrain.pds3 import is_label
from malapert.terrain.pds3_image import from_label, label_beside
from malapert.terrain.raster_file import RADIUS_M, UNITS_M, RasterFile, from_gdal

Around = tuple[float, float, float]
Heights = NDArray[np.float32]

# 1 GB of float32: more is refused before it is read.
LARGEST_CELLS = 250_000_000
# What is kept at full resolution of one raster in a terrain (256 MB); the rest of it is averaged.
SHARP_CELLS = 64_000_000
STRIP_CELLS = 2_000_000
# A guard: LOLA's heights span about -9.1 to 10.8 km (unsourced).
LARGEST_HEIGHT_M = 12_000.0
# Samples above this are distances from the Moon's centre.
LEAST_RADIUS_M = 1_000_000.0
# Relief below this in a file without a unit may as well be kilometres.
DOUBTFUL_RELIEF = 20.0


class Window(NamedTuple):
    """Rows and columns of a raster, ends not included."""

    row: int
    end_row: int
    column: int
    end_column: int

    @property
    def cells(self) -> int:
        """How many cells it holds."""
        return (self.end_row - self.row) * (self.end_column - self.column)


def open_raster(path: str | Path) -> RasterFile:
    """Read what a file says of itself and check that it is a map of a lunar pole; raises InputError."""
    path = Path(path)
    if not path.is_file():
        raise InputError(f"{path}: there is no such file; give a GeoTIFF, a JPEG 2000 file or a PDS3 image")
    labelled = path if is_label(path) else label_beside(path)
    if labelled is None and path.suffix.lower() == ".img":
        raise InputError(f"{path}: a PDS3 image without its label; put {path.stem}.lbl beside it")
    raster = from_gdal(path) if labelled is None else from_label(path, labelled)
    place = (raster.pixel_m, raster.left_m, raster.top_m, raster.scale, raster.offset)
    if not (all(map(math.isfinite, place)) and 1e-3 <= raster.pixel_m <= 1e6 and raster.scale != 0.0):
        raise InputError(
            f"{path}: pixel, corner, scale and offset {', '.join(f'{each:g}' for each in place)} cannot be heights of "
            "the Moon; give the product as published"
        )
    return raster


def read_grid(path: str | Path, around: Around | None = None) -> Grid:
    """Heights of a polar raster above the 1737.4 km sphere: all of it, or what lies around a place.

    around: (lat_deg, lon_deg, reach_km); only that window is read. The place must lie on the raster and have a height.
    Raises InputError (not a raster of heights on a polar stereographic map of the Moon; too large) and CoverageError
    (the place, or cells without a height: `read_terrain` fills those from coarser heights).
    """
    raster = open_raster(path)
    window = _window(raster, around)
    grid, void = _grid(raster, window, 1)
    _must_have_height_at(raster, grid, void, around)
    if void.any():
        share = 100.0 * float(void.mean())
        raise CoverageError(
            f"{raster.path}: {share:.2g} % of the cells read hold no height; read it as part of a terrain, which fills "
            "them from coarser heights, or choose a window without voids"
        )
    return grid


def read_terrain(
    paths: list[str | Path] | tuple[str | Path, ...], pole: Pole | None = None, around: Around | None = None
) -> Terrain:
    """A user's rasters, finest first, with the data pack's 1600 m heights as far field, as one terrain.

    pole: what the rasters must be of; that of `around`, or of the first raster, when absent. around: (lat_deg, lon_deg,
    reach_km): reads no farther than that; without it rasters are read whole. What a very fine raster holds beyond
    SHARP_CELLS around the place is averaged. Cells without a height are filled from the next coarser raster and
    `notes` say how many. Raises InputError and CoverageError as `read_grid` does.
    """
    if not paths:
        raise InputError("no raster was given; give one file of heights at least, or use polar_terrain for the pack's")
    rasters = [open_raster(path) for path in paths]
    wanted = pole or (rasters[0].pole if around is None else "south" if around[0] < 0.0 else "north")
    for raster in rasters:
        _must_be_of(raster, wanted, rasters[0], pole is not None or around is not None)
    read = [part for raster in rasters for part in _parts(raster, around)]
    notes = [note for raster in rasters for note in raster.notes]
    return _nested(read, polar_terrain(wanted), notes)


def _must_be_of(raster: RasterFile, wanted: Pole, first: RasterFile, asked: bool) -> None:
    if raster.pole == wanted:
        return
    other = f"the site is around the {wanted} pole" if asked else f"{first.path.name} is of the {wanted} pole"
    raise InputError(f"{raster.path}: is a map of the {raster.pole} pole and {other}; give rasters of one pole")


def _parts(raster: RasterFile, around: Around | None) -> list[tuple[Grid, NDArray[np.bool_]]]:
    """The window around the place; of a very large one the middle, and all of it averaged."""
    window = _window(raster, around, math.inf)
    if window.cells <= SHARP_CELLS or around is None:
        sharp = window if around is not None else _window(raster, None)
        parts = [_grid(raster, sharp, 1)]
    else:
        reach_km = 0.45 * math.sqrt(SHARP_CELLS) * raster.pixel_m / 1000.0
        middle = _window(raster, (around[0], around[1], min(reach_km, around[2])))
        factor = math.ceil(2.0 * math.sqrt(window.cells / SHARP_CELLS))
        parts = [_grid(raster, middle, 1), _grid(raster, window, factor)]
    _must_have_height_at(raster, *parts[0], around)
    return parts


def _nested(read: list[tuple[Grid, NDArray[np.bool_]]], pack: Terrain, notes: list[str]) -> Terrain:
    """Fill voids from coarser to finer; drop what is coarser than the raster that reaches farthest."""
    everything = [*read, (pack.far, np.zeros_like(pack.far.heights_m, dtype=bool))]
    everything.sort(key=lambda part: part[0].pixel_m)
    reach = [abs(grid.reach_lat_deg()) for grid, _ in everything]
    kept = everything[: reach.index(min(reach)) + 1]
    for grid, _ in everything[len(kept) :]:
        if grid is not pack.far:
            notes.append(f"{grid.name} not used: {kept[-1][0].name} are finer and reach farther")
    coarser: tuple[Grid, ...] = ()
    for grid, void in reversed(kept):
        if void.any():
            ground = Terrain((*coarser, pack.far) if pack.far not in coarser else coarser)
            grid = _filled(grid, void, ground)
            notes.append(f"{100.0 * float(void.mean()):.2g} % of {grid.name} filled from coarser heights")
        coarser = (grid, *coarser)
    return Terrain(coarser, tuple(notes))


def _filled(grid: Grid, void: NDArray[np.bool_], ground: Terrain) -> Grid:
    heights_m = grid.heights_m.copy()
    for first in range(0, len(void), strip := max(1, STRIP_CELLS // void.shape[1])):
        rows, columns = np.nonzero(void[first : first + strip])
        lat_deg, lon_deg = grid.cell_lat_lon_deg(rows + first, columns)
        try:
            heights_m[rows + first, columns] = ground.height_m(lat_deg, lon_deg)
        except CoverageError as error:
            raise CoverageError(
                f"{grid.name} have cells without a height where no coarser heights reach ({error}); crop the raster, "
                "or add one that covers them"
            ) from error
    return Grid(grid.pole, heights_m, grid.pixel_m, grid.left_m, grid.top_m, grid.radius_m, grid.name)


def _window(raster: RasterFile, around: Around | None, largest: float = LARGEST_CELLS) -> Window:
    """The cells within reach of a place; raises CoverageError off the raster and InputError when they are too many."""
    window = Window(0, raster.rows, 0, raster.columns)
    if around is not None:
        window = _cut(raster, around)
    if window.cells > largest:
        raise InputError(
            f"{raster.path}: {raster.rows} x {raster.columns} cells of {raster.pixel_m:g} m are too many to read at "
            f"once ({window.cells / 1e6:.0f} million asked, {largest / 1e6:.0f} million at most); say around which "
            "place and how far, or make it coarser with gdalwarp -r average -tr"
        )
    if min(window.end_row - window.row, window.end_column - window.column) < 2:
        raise CoverageError(f"{raster.path}: fewer than two rows or columns within reach; give a larger raster")
    return window


def _cut(raster: RasterFile, around: Around) -> Window:
    lat_deg, lon_deg, reach_km = around
    if not (abs(lat_deg) <= 90.0 and math.isfinite(lon_deg) and 0.0 < reach_km < 1e4):
        raise InputError(f"around is latitude, longitude and a reach in km, got {around}; give a place on the Moon")
    if (lat_deg < 0.0) != (raster.pole == "south"):
        raise InputError(
            f"{raster.path}: is a map of the {raster.pole} pole and the site lies at {lat_deg:.4f} deg; give a raster "
            "of the site's pole"
        )
    plane = _plane(raster)
    x_m, y_m = (float(each) for each in plane.xy_m(lat_deg, lon_deg))
    column, row = (x_m - raster.left_m) / raster.pixel_m, (raster.top_m - y_m) / raster.pixel_m
    if not (0.5 <= row <= raster.rows - 0.5 and 0.5 <= column <= raster.columns - 0.5):
        raise CoverageError(
            f"{raster.path}: the site at {lat_deg:.4f} deg, {lon_deg:.4f} deg is off the raster ({raster.rows} x "
            f"{raster.columns} cells of {raster.pixel_m:g} m, x from {raster.left_m / 1000.0:.1f} km and y down from "
            f"{raster.top_m / 1000.0:.1f} km); give a raster that holds the site"
        )
    # The map is longest where it is farthest from the pole.
    farthest_deg = max(abs(lat_deg) - math.degrees(1000.0 * reach_km / RADIUS_M), 0.0) * -plane.pole_sign
    cells = math.ceil(1000.0 * reach_km * float(plane.scale(farthest_deg)) / raster.pixel_m) + 1
    return Window(
        max(int(row) - cells, 0), min(int(row) + cells + 1, raster.rows),
        max(int(column) - cells, 0), min(int(column) + cells + 1, raster.columns),
    )  # fmt: skip


def _plane(raster: RasterFile) -> Grid:
    """The raster's map, for its projection alone."""
    return Grid(raster.pole, np.zeros((2, 2), np.float32), raster.pixel_m, 0.0, 0.0, RADIUS_M, raster.path.name)


def _must_have_height_at(raster: RasterFile, grid: Grid, void: NDArray[np.bool_], around: Around | None) -> None:
    if around is None:
        return
    rows, columns = (each.astype(int) for each in grid.row_column(around[0], around[1]))
    if void[rows : rows + 2, columns : columns + 2].any():
        raise CoverageError(
            f"{raster.path}: has no height (no data) at the site, {around[0]:.4f} deg, {around[1]:.4f} deg; choose "
            "another site, or leave this raster out"
        )


# Samples to heights


def _grid(raster: RasterFile, window: Window, factor: int) -> tuple[Grid, NDArray[np.bool_]]:
    """Heights of a window, averaged over factor x factor cells, and which of them are void (and 0 there)."""
    rows, columns = (window.end_row - window.row) // factor, (window.end_column - window.column) // factor
    try:
        heights_m = np.empty((rows, columns), np.float32)
    except MemoryError:
        raise InputError(f"{raster.path}: {rows} x {columns} cells do not fit into memory; reach less far") from None
    strip = max(1, STRIP_CELLS // (columns * factor * factor))
    with raster.reading() as read:
        for first in range(0, rows, strip):
            last, row, end_column = min(first + strip, rows), window.row, window.column + columns * factor
            samples = read(row + first * factor, row + last * factor, window.column, end_column)
            heights_m[first:last] = _averaged(_heights_m(raster, samples), factor)
    void = np.isnan(heights_m)
    _must_be_heights(raster, heights_m, void)
    heights_m[void] = 0.0
    name = f"the heights of {raster.path.name}" + (f" averaged over {factor} x {factor} cells" if factor > 1 else "")
    left_m = raster.left_m + window.column * raster.pixel_m
    top_m = raster.top_m - window.row * raster.pixel_m
    return Grid(raster.pole, heights_m, raster.pixel_m * factor, left_m, top_m, RADIUS_M, name), void


def _averaged(heights_m: Heights, factor: int) -> Heights:
    if factor == 1:
        return heights_m
    rows, columns = heights_m.shape
    blocks = heights_m.reshape(rows // factor, factor, columns // factor, factor)
    found = np.isfinite(blocks)
    total = np.where(found, blocks, 0.0).sum(axis=(1, 3), dtype=np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        means: Heights = (total / found.sum(axis=(1, 3))).astype(np.float32)
    return means


def _heights_m(raster: RasterFile, samples: NDArray[Any]) -> Heights:
    """Metres above the sphere, NaN where void; distances from the Moon's centre lose its radius."""
    if samples.dtype.kind not in "iuf":
        raise InputError(f"{raster.path}: samples of type {samples.dtype} are no heights; give integers or floats")
    unit_m = _unit_m(raster)
    void = np.isnan(samples)
    with np.errstate(all="ignore"):
        for sample in raster.void:
            void |= samples == (samples.dtype.type(sample) if samples.dtype.kind == "f" else sample)
        # In double precision: a radius in float32 steps by 12 cm.
        z_m = samples.astype(np.float64)
        z_m *= raster.scale * unit_m
        z_m += raster.offset * unit_m
        if np.count_nonzero(z_m > LEAST_RADIUS_M) > 0.5 * np.count_nonzero(~void):
            z_m -= RADIUS_M
        heights_m: Heights = z_m.astype(np.float32)
    # What is not finite now and was no void is caught as no height.
    heights_m[~np.isfinite(heights_m)] = np.finfo(np.float32).max
    heights_m[void] = np.nan
    return heights_m


def _unit_m(raster: RasterFile) -> float:
    if not raster.unit:
        return 1.0
    if raster.unit.lower() not in UNITS_M:
        raise InputError(
            f"{raster.path}: its samples are in {raster.unit[:60]!r}, and heights are in metres or kilometres; give a "
            "raster of heights (LDEM)"
        )
    return UNITS_M[raster.unit.lower()]


def _must_be_heights(raster: RasterFile, heights_m: Heights, void: NDArray[np.bool_]) -> None:
    if void.all():
        raise CoverageError(f"{raster.path}: no cell within reach holds a height; choose another place or raster")
    low, high = float(np.nanmin(heights_m)), float(np.nanmax(heights_m))
    if max(-low, high) > LARGEST_HEIGHT_M:
        count = np.count_nonzero(np.abs(heights_m) > LARGEST_HEIGHT_M)
        raise InputError(
            f"{raster.path}: {count} cells cannot be heights on the Moon ({low:g} to {high:g} m); if they mean no "
            f"data, say so in the file (rio edit-info --nodata VALUE {raster.path.name}), else correct unit or scale"
        )
    if raster.unit or raster.whole_numbers or low == high:
        return
    middle = (raster.rows // 2, raster.columns // 2)
    if high - low < DOUBTFUL_RELIEF and _relief(raster, middle) < DOUBTFUL_RELIEF:
        raise InputError(
            f"{raster.path}: has no unit and spans {low:g} to {high:g}, which may be kilometres or metres; say which "
            f"in the file: rio edit-info --bidx 1 --units km {raster.path.name} (or m)"
        )


def _relief(raster: RasterFile, middle: tuple[int, int]) -> float:
    """Span of heights over five patches of the whole file, so that a small window alone does not decide."""
    spans: list[float] = []
    with raster.reading() as read:
        for row, column in (middle, *((r, c) for r in (0, middle[0]) for c in (0, middle[1]))):
            end_row, end_column = min(row + 256, raster.rows), min(column + 256, raster.columns)
            patch = _heights_m(raster, read(row, end_row, column, end_column))
            seen = patch[np.isfinite(patch)]
            spans += [float(seen.min()), float(seen.max())] if seen.size else []
    return max(spans) - min(spans) if spans else 0.0
