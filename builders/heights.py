"""Reads the polar LOLA rasters (GeoTIFF); the only place rasterio is needed."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from rasterio.io import MemoryFile


def read_polar(content: bytes, pole: str) -> dict[str, NDArray[Any]]:
    """Heights and their grid, checked to be polar stereographic of the named pole on the 1737.4 km sphere."""
    with MemoryFile(content) as memory, memory.open() as raster:  # type: ignore[no-untyped-call]
        heights_m = raster.read(1)
        transform, parameters, nodata = raster.transform, raster.crs.to_dict(), raster.nodata
    latitude = -90 if pole == "south" else 90
    if parameters["proj"] != "stere" or parameters["lat_0"] != latitude or parameters["R"] != 1737400:
        raise SystemExit(f"not a polar stereographic raster of the {pole} pole: {parameters}")
    if heights_m.dtype != np.int16 or np.any(heights_m == nodata) or transform.a != -transform.e:
        raise SystemExit("expected square pixels of int16 metres without gaps")
    grid = {"pixel_m": transform.a, "left_m": transform.c, "top_m": transform.f, "radius_m": parameters["R"]}
    return {"heights_m": heights_m, **{name: np.array(float(value)) for name, value in grid.items()}}
