"""What a raster file says of itself: samples, unit, place and pole; GeoTIFF and JPEG 2000 through GDAL."""

import math
import re
import warnings
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from malapert.constants import RADIUS_MOON_KM
from malapert.errors import InputError, MalapertError
from malapert.terrain.grid import Pole

RADIUS_M = 1000.0 * RADIUS_MOON_KM
Read = Callable[[int, int, int, int], NDArray[Any]]
# By first bytes; other drivers could be led by a hostile file to other files or to the network (VRT, for one).
DRIVERS = {
    b"II*\0": "GTiff",
    b"MM\0*": "GTiff",
    b"II+\0": "GTiff",
    b"MM\0+": "GTiff",
    b"\0\0\0\x0c": "JP2OpenJPEG",
    b"\xffO\xffQ": "JP2OpenJPEG",
}
UNITS_M = dict.fromkeys(("m", "metre", "metres", "meter", "meters"), 1.0)
UNITS_M |= dict.fromkeys(("km", "kilometre", "kilometres", "kilometer", "kilometers"), 1000.0)
# LOLA products say latitude limit and pole in their names: LDEM_80S_20MPP_ADJ, AVGVISIB_75N_120M_201608.
PRODUCT_NAME = re.compile(r"^S?(?:LDEM|LDSM|LDEC|LDRM|LPSR|AVGVISIB)_\d+([NS])(?:_|$)", re.IGNORECASE)


@dataclass(frozen=True)
class RasterFile:
    """One band on the map of a pole; a height is scale * sample + offset in `unit` ("" when the file has none).

    `with reading() as read`: read(row, end_row, column, end_column) gives raw samples; `void` are samples that mean
    "no data".
    """

    path: Path
    pole: Pole
    rows: int
    columns: int
    pixel_m: float
    left_m: float
    top_m: float
    whole_numbers: bool
    scale: float
    offset: float
    unit: str
    void: tuple[float, ...]
    reading: Callable[[], AbstractContextManager[Read]]
    notes: tuple[str, ...] = ()


@contextmanager
def gdal(path: Path, what: str = "read") -> Iterator[Any]:
    """The rasterio module; whatever it raises inside leaves as an InputError that names the file."""
    try:
        import rasterio
    except ImportError as error:
        raise InputError(f'{path}: rasters need rasterio; install it with: pip install "malapert[maps]"') from error
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", rasterio.errors.NotGeoreferencedWarning)
        try:
            yield rasterio
        except MalapertError:
            raise
        except Exception as error:  # GDAL's complaints about damaged files come as many unrelated classes.
            words = " ".join(str(error.__cause__ or error).split())[:200] or type(error).__name__
            raise InputError(f"{path}: the raster cannot be {what} ({words}); check that the file is whole") from error


def open_file(path: Path) -> Any:
    """A GDAL dataset, by one of two drivers only; raises InputError."""
    with gdal(path) as rasterio:
        with path.open("rb") as stream:
            driver = DRIVERS.get(stream.read(4))
        if driver is None:
            raise InputError(f"{path}: is neither GeoTIFF, JPEG 2000 nor PDS3; convert it with gdal_translate")
        return rasterio.open(path, driver=driver)


def to_this_map(path: Path, pole: Pole, pixel_m: float | None) -> str:
    """The command that puts a raster on the map Malapert reads."""
    latitude = -90 if pole == "south" else 90
    size = f"-tr {pixel_m:.6g} {pixel_m:.6g} " if pixel_m else ""
    target = f"+proj=stere +lat_0={latitude} +lat_ts={latitude} +lon_0=0 +R=1737400 +units=m +no_defs"
    return f'gdalwarp -t_srs "{target}" {size}-r bilinear {path.name} {path.stem}_polar.tif'


def from_gdal(path: Path) -> RasterFile:
    """A GeoTIFF, or a JPEG 2000 file that carries its own place and scale; raises InputError."""
    with gdal(path), open_file(path) as data:
        one_band(path, data.count)
        kind = np.dtype(data.dtypes[0])
        unit, scale, offset = (data.units[0] or "").strip(), float(data.scales[0]), float(data.offsets[0])
        pole, shift_m, map_unit_m = _projection(path, data)
        pixel_m, left_m, top_m = _placed(path, pole, data.transform, map_unit_m)
        rows, columns, void, jp2 = data.height, data.width, data.nodatavals[0], data.driver != "GTiff"
        product = data.tags().get("PRODUCT_ID", "")
    if jp2 and kind.kind in "iu" and (scale, offset, unit) == (1.0, 0.0, ""):
        raise InputError(
            f"{path}: JPEG 2000 samples are scaled integers and this file does not say their scale; put the product's "
            f"label, {path.stem}_jp2.lbl, beside it"
        )
    pole, notes = checked_pole(path, pole, None, product)
    return RasterFile(
        path=path, pole=pole, rows=rows, columns=columns, pixel_m=pixel_m,
        left_m=left_m - shift_m[0], top_m=top_m - shift_m[1], whole_numbers=kind.kind in "iu", scale=scale,
        offset=offset, unit=unit, void=() if void is None else (float(void),), reading=lambda: gdal_reading(path),
        notes=notes,
    )  # fmt: skip


@contextmanager
def gdal_reading(path: Path) -> Iterator[Read]:
    """One open file for many windows, so that GDAL's cache serves tiles that two of them share."""
    data = open_file(path)

    def read(row: int, end_row: int, column: int, end_column: int) -> NDArray[Any]:
        with gdal(path):
            samples: NDArray[Any] = data.read(1, window=((row, end_row), (column, end_column)))
            return samples

    try:
        yield read
    finally:
        data.close()


def one_band(path: Path, bands: int) -> None:
    """Raises InputError for a file of several bands: nothing says which of them are heights."""
    if bands != 1:
        raise InputError(f"{path}: has {bands} bands; give heights alone: gdal_translate -b 1 {path.name} heights.tif")


def _projection(path: Path, data: Any) -> tuple[Pole, tuple[float, float], float]:
    """Pole, false easting and northing in metres, and metres per map unit; raises InputError saying what is wrong."""
    crs = data.crs
    if not crs:
        raise InputError(
            f"{path}: has no georeferencing; give its projection and corners (rio edit-info --crs --transform), or use "
            "the product as published"
        )
    words = crs.to_dict()
    name = str(words.get("proj", "")) or f"{crs.to_wkt()[:60]}..."
    degrees = RADIUS_M * math.pi / 180.0
    pixel_m = abs(data.transform.a) * (degrees if crs.is_geographic else crs.linear_units_factor[1])
    middle = data.transform.f + data.transform.e * data.height / 2
    pole: Pole = "north" if float(words.get("lat_0", middle)) > 0 else "south"
    radii = {float(words[key]) for key in ("R", "a", "b") if key in words}
    if radii != {RADIUS_M}:
        figures = " and ".join(f"{radius:g} m" for radius in sorted(radii))
        found = figures or words.get("datum") or words.get("ellps") or "an ellipsoid it does not give"
        raise InputError(
            f"{path}: its {name} projection stands on {found}, and lunar polar maps stand on the sphere of 1737400 m; "
            f"reproject it: {to_this_map(path, pole, pixel_m)}"
        )
    latitude, scale = words.get("lat_0"), float(words.get("k", words.get("k_0", 1.0)))
    problem = ""
    if name not in ("stere", "ups") or latitude is None or abs(float(latitude)) != 90.0:
        problem = f"is in projection {name!r}" + (f" about latitude {latitude:g}" if latitude is not None else "")
        problem += ", not polar stereographic"
    elif float(words.get("lat_ts", latitude)) != float(latitude) or scale != 1.0:
        true_at = f"latitude {words['lat_ts']:g}" if "lat_ts" in words else f"no pole (scale factor {scale:g})"
        problem = f"has true scale at {true_at}, not at the pole"
    elif float(words.get("lon_0", 0.0)) != 0.0:
        problem = f"has central meridian {words['lon_0']:g}, not 0"
    if problem:
        raise InputError(f"{path}: {problem}; reproject it: {to_this_map(path, pole, pixel_m)}")
    easting, northing = float(words.get("x_0", 0.0)), float(words.get("y_0", 0.0))
    return pole, (easting, northing), float(crs.linear_units_factor[1])


def _placed(path: Path, pole: Pole, transform: Any, map_unit_m: float) -> tuple[float, float, float]:
    """Pixel size and outer corner in metres; raises InputError for anything but square, north-up pixels."""
    wide, high = transform.a * map_unit_m, -transform.e * map_unit_m
    if transform.is_identity:
        raise InputError(f"{path}: has a projection but no place on it; use the product as published")
    skew = max(abs(transform.b), abs(transform.d)) * map_unit_m
    square = wide > 0.0 and high > 0.0 and abs(wide - high) <= 1e-6 * wide and skew <= 1e-9 * wide
    if not (square and math.isfinite(transform.c) and math.isfinite(transform.f)):
        raise InputError(
            f"{path}: pixels are rotated, upside down or not square ({transform.a:g}, {transform.b:g}, "
            f"{transform.d:g}, {transform.e:g} a pixel); resample it: {to_this_map(path, pole, abs(wide) or None)}"
        )
    return wide, transform.c * map_unit_m, transform.f * map_unit_m


def checked_pole(path: Path, centre: Pole, latitudes: Pole | None, product: str) -> tuple[Pole, tuple[str, ...]]:
    """The pole of a map. Labels of LOLA's AVGVISIB and LPSR name the wrong one; their product names do not."""
    letters = {found[1].upper() for name in (product, path.stem) if (found := PRODUCT_NAME.match(name))}
    named: Pole | None = {"S": "south", "N": "north"}[letters.pop()] if len(letters) == 1 else None  # type: ignore[assignment]
    otherwise = named is None and latitudes not in (None, centre)
    if otherwise or len(letters) > 1 or (named and named != centre and latitudes == centre):
        said = ", ".join(filter(None, (product, path.stem, latitudes and f"its latitudes lie in the {latitudes}")))
        raise InputError(
            f"{path}: is centred on the {centre} pole, and not all else agrees ({said}); rename the file or correct "
            "CENTER_LATITUDE"
        )
    if named and named != centre:
        return named, (f"{path.name} says it is centred on the {centre} pole; read as {named}, as its name says",)
    return centre, ()
