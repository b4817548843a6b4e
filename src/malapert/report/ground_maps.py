"""Maps of the ground as answers and pictures: which colours, words and totals each quantity has."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from malapert.report.ground import FRAME, ground_answer, kernels, print_basis
from malapert.report.ground_map import Look, Sheet, draw_map
from malapert.report.ground_sky import EARTHLIGHT, SUNLIGHT
from malapert.report.pictures import save
from malapert.report.terminal import print_pairs
from malapert.report.wording import number, percent, quantity
from malapert.terrain import Grid, Terrain
from malapert.terrain.geotiff import geotiff, write_geotiff
from malapert.terrain.maps import AZIMUTHS, GroundMap
from malapert.terrain.sweep import Cells, HorizonBlock

TITLES = {
    "psr": "Permanent shadow",
    "light": "Light: mean part of the Sun's disk above the ground",
    "earth": "Earth view: share of the time its centre is above the ground",
    "slope": "Slope",
    "horizon": "Highest elevation of the horizon",
}
LOOKS = {
    "psr": Look("no part of the Sun ever rises", ("#14245c", "#14245c"), 0.0, 1.0, flags=True),
    "light": Look("of the disk", SUNLIGHT, 0.0, 1.0, as_percent=True),
    "earth": Look("of the time", EARTHLIGHT, 0.0, 1.0, as_percent=True),
    "slope": Look("slope, °", "magma_r", 0.0, 30.0),
    "horizon": Look("highest elevation, °", "viridis", 0.0, 30.0),
}
TOTALS = {
    "cells": ("Cells", ""),
    "area_km2": ("Area", "km²"),
    "psr_cells": ("Cells in permanent shadow", ""),
    "psr_km2": ("In permanent shadow", "km²"),
    "psr_share": ("Share in permanent shadow", "%"),
    "disk_mean": ("Sun, mean of the disk", "%"),
    "any_part": ("Any part of the Sun", "%"),
    "disk_mean_max": ("Best cell, mean of the disk", "%"),
    "max_lat_deg": ("  its latitude", "°"),
    "max_lon_deg": ("  its east longitude", "°"),
    "earth_view": ("Earth in view", "%"),
    "always_share": ("Earth always in view", "%"),
    "never_share": ("Earth never in view", "%"),
    "slope_deg_mean": ("Slope, mean", "°"),
    "slope_deg_median": ("Slope, median", "°"),
    "slope_deg_max": ("Slope, greatest", "°"),
    "highest_deg_mean": ("Highest elevation, mean", "°"),
    "highest_deg_max": ("Highest elevation, greatest", "°"),
}
COUNTS = ("cells", "psr_cells")
# A map that fills this much of the cap's radius on every side is drawn round.
NEARLY_WHOLE = 0.97


def map_answer(found: GroundMap, terrain: Terrain, to_lat_deg: float, mast_m: float) -> dict[str, Any]:
    """The totals of a map and what it rests on."""
    totals = {key: int(value) if key in COUNTS else value for key, value in found.totals.items()}
    return {
        "quantity": found.quantity,
        "unit": found.unit,
        "pole": found.pole,
        "to_lat_deg": to_lat_deg,
        "mast_m": None if found.quantity == "slope" else mast_m,
        "span": found.span,
        "pixel_m": found.pixel_m,
        **totals,
        "frame": FRAME,
        "kernels": kernels() if found.span else [],
        "terrain": ground_answer(terrain) | {"source": found.source},
        "warnings": list(found.warnings),
    }


def print_map(answer: dict[str, Any], found: GroundMap) -> None:
    """The totals of a map as a table."""
    rows = []
    for key, value in found.totals.items():
        name, unit = TOTALS.get(key, quantity(key))
        rows.append((name, percent(value) if unit == "%" else number(value, 5), "" if unit == "%" else unit))
    side = "S" if found.pole == "south" else "N"
    print_pairs(f"{TITLES[found.quantity]}, to {abs(answer['to_lat_deg']):g}° {side}", rows)
    print_basis(answer)


def draw_ground_map(found: GroundMap, relief: Grid, to_lat_deg: float, mast_m: float, path: Path) -> None:
    """A map as a picture over the relief of its own raster."""
    on = map_grid(found, relief)
    radius_m = float(np.hypot(*on.xy_m(to_lat_deg, 0.0)))
    rows, columns = found.values.shape
    sides_m = (-on.left_m, on.left_m + columns * on.pixel_m, on.top_m, rows * on.pixel_m - on.top_m)
    whole = min(sides_m) >= NEARLY_WHOLE * radius_m
    side = "S" if found.pole == "south" else "N"
    region = f"{found.pole.capitalize()} polar region to {abs(to_lat_deg):g}° {side}"
    parts = [region if whole else f"Part of the {found.pole} polar region", found.span.split(", ", 1)[-1]]
    parts += [f"{mast_m:g} m above the ground"] if found.quantity != "slope" else []
    sheet = Sheet(
        TITLES[found.quantity],
        " · ".join(part for part in parts if part),
        found.values,
        on,
        _look(found),
        to_lat_deg if whole else None,
        notes=(
            f"Heights: {found.source}. Polar stereographic, scale true at the pole; MOON_ME.",
            *(f"Warning: {warning}" for warning in found.warnings),
        ),
    )
    save(draw_map(sheet), path)


def _look(found: GroundMap) -> Look:
    look = LOOKS[found.quantity]
    if found.quantity == "psr":
        return replace(look, label=f"{look.label}: {number(found.totals['psr_km2'], 5)} km²")
    if found.quantity == "horizon":
        return replace(
            look, high=float(np.nanpercentile(found.values, 99.5)), low=min(0.0, float(np.nanmin(found.values)))
        )
    return look


def map_grid(found: GroundMap, grid: Grid) -> Grid:
    """The raster of a map with the heights of the raster it was made from."""
    row, column = map_corner(found, grid)
    rows, columns = found.values.shape
    heights_m = grid.heights_m[row : row + rows, column : column + columns]
    return replace(grid, heights_m=heights_m, left_m=found.left_m, top_m=found.top_m)


def map_corner(found: GroundMap, grid: Grid) -> tuple[int, int]:
    """Row and column, on the raster it was made from, of a map's first cell."""
    row, column = (grid.top_m - found.top_m) / grid.pixel_m, (found.left_m - grid.left_m) / grid.pixel_m
    return round(row), round(column)


def write_map(found: GroundMap, grid: Grid, path: Path) -> None:
    """A map as a GeoTIFF with its projection."""
    row, column = map_corner(found, grid)
    values = (
        np.where(np.isnan(found.values), 255, found.values).astype(np.uint8)
        if found.quantity == "psr"
        else found.values
    )
    sources = [part for part in (found.source, found.span, *found.warnings) if part]
    write_geotiff(path, values, grid, TITLES[found.quantity], found.unit, row=row, column=column, sources=sources)


@contextmanager
def horizon_raster(cells: Cells, path: Path | None) -> Iterator[Callable[[HorizonBlock], None] | None]:
    """A GeoTIFF of horizons, a band for each map bearing, to be fed block by block; None when none is asked."""
    if path is None:
        yield None
        return
    first_row, first_column = int(cells.rows.min()), int(cells.columns.min())
    shape = (int(cells.rows.max()) - first_row + 1, int(cells.columns.max()) - first_column + 1)
    bands = [f"bearing {bearing} deg" for bearing in range(AZIMUTHS)]
    note = "clockwise from the map's +y; azimuth from lunar north is bearing minus (south), plus (north) east longitude"
    with geotiff(
        path, shape, cells.grid, "elevation of the horizon", "deg", row=first_row, column=first_column,
        sources=[note], bands=bands,
    ) as put:  # fmt: skip
        part = np.full((AZIMUTHS, *shape), np.nan, dtype=np.float32)

        def sink(block: HorizonBlock) -> None:
            part[:, block.cells.rows - first_row, block.cells.columns - first_column] = block.elevation_deg.T

        yield sink
        put(part, 0, 0)
