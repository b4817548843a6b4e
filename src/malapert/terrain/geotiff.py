"""Maps as GeoTIFF: values on the cells of a polar grid, with projection, unit, sources and the software that wrote."""

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from malapert.errors import InputError
from malapert.terrain.grid import Grid
from malapert.terrain.raster_file import gdal

# (values, row, column): values (rows, columns) or (bands, rows, columns), placed from that cell of the map.
WriteBlock = Callable[[NDArray[Any], int, int], None]
NO_DATA = {"float32": math.nan, "uint8": 255.0}


def polar_crs(grid: Grid) -> str:
    """The grid's map as PROJ words: polar stereographic on its sphere, true scale at the pole."""
    latitude = -90 if grid.pole == "south" else 90
    return f"+proj=stere +lat_0={latitude} +lat_ts={latitude} +lon_0=0 +R={grid.radius_m:.10g} +units=m +no_defs"


def write_geotiff(
    path: str | Path,
    values: NDArray[Any],
    grid: Grid,
    quantity: str,
    unit: str,
    *,
    row: int = 0,
    column: int = 0,
    sources: Sequence[str] = (),
    bands: Sequence[str] = (),
) -> None:
    """Write values (rows, columns) or (bands, rows, columns) on cells of `grid` from its cell (row, column).

    uint8 is written as it is (255: no data), anything else as float32 (NaN: no data). bands: a name for each band.
    Raises InputError when the file cannot be written or the values do not fit the grid.
    """
    layers = values if values.ndim == 3 else values[None]
    if layers.ndim != 3 or (bands and len(bands) != len(layers)):
        raise InputError(f"{path}: values of shape {values.shape} do not go with {len(bands)} band names")
    kind = "uint8" if values.dtype == np.uint8 else "float32"
    names = tuple(bands) or tuple([quantity] * len(layers))
    shape = (layers.shape[1], layers.shape[2])
    with geotiff(
        path, shape, grid, quantity, unit, kind=kind, row=row, column=column, sources=sources, bands=names
    ) as put:
        put(layers, 0, 0)


@contextmanager
def geotiff(
    path: str | Path,
    shape: tuple[int, int],
    grid: Grid,
    quantity: str,
    unit: str,
    *,
    kind: str = "float32",
    row: int = 0,
    column: int = 0,
    sources: Sequence[str] = (),
    bands: Sequence[str] = (),
) -> Iterator[WriteBlock]:
    """A GeoTIFF of `shape` (rows, columns) to be written block by block; cells never written hold no data.

    The file takes its name when the last block is in: an interrupted one leaves none behind. Arguments and errors as
    `write_geotiff`; kind is "float32" or "uint8". Tiles are 256 cells wide and high: blocks of whole tiles pack best.
    """
    path = Path(path)
    _must_fit(path, shape, grid, row, column, kind)
    names = tuple(bands) or (quantity,)
    part = path.with_name(f".{path.name}.part")
    try:
        with gdal(path, "written") as rasterio:
            left_m, top_m = grid.left_m + column * grid.pixel_m, grid.top_m - row * grid.pixel_m
            profile = {
                "driver": "GTiff", "dtype": kind, "nodata": NO_DATA[kind], "count": len(names),
                "height": shape[0], "width": shape[1], "crs": polar_crs(grid),
                "transform": rasterio.Affine(grid.pixel_m, 0.0, left_m, 0.0, -grid.pixel_m, top_m),
                "tiled": True, "blockxsize": 256, "blockysize": 256, "compress": "deflate",
                "predictor": 3 if kind == "float32" else 2, "interleave": "band", "BIGTIFF": "IF_SAFER",
            }  # fmt: skip
            out = rasterio.open(part, "w", **profile)
            software = f"malapert {metadata.version('malapert')}"
            out.update_tags(
                QUANTITY=quantity, UNIT=unit, SOURCES="; ".join(sources), HEIGHTS=grid.name, SOFTWARE=software,
                TIFFTAG_SOFTWARE=software, TIFFTAG_IMAGEDESCRIPTION=f"{quantity} ({unit})",
            )  # fmt: skip
            out.descriptions, out.units = names, (unit,) * len(names)

        def put(values: NDArray[Any], first_row: int, first_column: int) -> None:
            layers = values if values.ndim == 3 else values[None]
            end_row, end_column = first_row + layers.shape[1], first_column + layers.shape[2]
            if len(layers) != len(names) or end_row > shape[0] or end_column > shape[1]:
                raise InputError(f"{path}: a block of {layers.shape} at {first_row}, {first_column} does not fit")
            with gdal(path, "written"):
                out.write(layers.astype(kind, copy=False), window=((first_row, end_row), (first_column, end_column)))

        try:
            yield put
        finally:
            with gdal(path, "written"):
                out.close()
        with gdal(path, "written"):
            part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def _must_fit(path: Path, shape: tuple[int, int], grid: Grid, row: int, column: int, kind: str) -> None:
    if kind not in NO_DATA:
        raise InputError(f"{path}: values of kind {kind!r} are not written; use float32 or uint8")
    if not path.parent.is_dir():
        raise InputError(f"{path}: there is no folder {path.parent}; make it first")
    rows, columns = grid.heights_m.shape
    inside = row >= 0 and column >= 0 and row + shape[0] <= rows and column + shape[1] <= columns
    if not inside or min(shape) < 1:
        raise InputError(
            f"{path}: values of {shape[0]} x {shape[1]} from cell ({row}, {column}) do not fit {grid.name} of {rows} x "
            f"{columns} cells; give values on the grid's own cells"
        )
