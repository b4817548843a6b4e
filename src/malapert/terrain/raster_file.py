"""What a raster file says of itself: samples, unit, place and pole, from GeoTIFF, JPEG 2000 or PDS3 labels."""

import math
import re
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from malapert.constants import RADIUS_MOON_KM
from malapert.errors import InputError, MalapertError
from malapert.terrain.grid import Pole
from malapert.terrain.pds3 import Label, is_label, read_label

RADIUS_M = 1000.0 * RADIUS_MOON_KM
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
# PDS Data Dictionary, SAMPLE_TYPE: byte order and kind; a bare or machine name is big-endian but for PC and VAX.
SAMPLE_KINDS = {"INTEGER": "i", "UNSIGNED_INTEGER": "u", "REAL": "f"}
LITTLE, BIG = ("LSB", "PC", "VAX"), ("MSB", "", "MAC", "SUN", "IEEE")
# LOLA products say latitude limit and pole in their names: LDEM_80S_20MPP_ADJ, AVGVISIB_75N_120M_201608.
PRODUCT_NAME = re.compile(r"^S?(?:LDEM|LDSM|LDEC|LDRM|LPSR|AVGVISIB)_\d+([NS])(?:_|$)", re.IGNORECASE)


@dataclass(frozen=True)
class RasterFile:
    """One band on the map of a pole; a height is scale * sample + offset in `unit` ("" when the file has none).

    read(row, end_row, column, end_column) gives raw samples; `void` are samples that mean "no data".
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
    read: Callable[[int, int, int, int], NDArray[Any]]
    notes: tuple[str, ...] = ()


def open_raster(path: str | Path) -> RasterFile:
    """Read what a file says of itself and check that it is a map of a lunar pole; raises InputError."""
    path = Path(path)
    if not path.is_file():
        raise InputError(f"{path}: there is no such file; give a GeoTIFF, a JPEG 2000 file or a PDS3 image")
    labelled = path if is_label(path) else _label_beside(path)
    if labelled is None and path.suffix.lower() == ".img":
        raise InputError(f"{path}: a PDS3 image without its label; put {path.stem}.lbl beside it")
    raster = _from_gdal(path) if labelled is None else _from_label(path, labelled)
    place = (raster.pixel_m, raster.left_m, raster.top_m, raster.scale, raster.offset)
    if not (all(map(math.isfinite, place)) and 1e-3 <= raster.pixel_m <= 1e6 and raster.scale != 0.0):
        raise InputError(
            f"{path}: pixel, corner, scale and offset {', '.join(f'{each:g}' for each in place)} cannot be heights of "
            "the Moon; give the product as published"
        )
    return raster


@contextmanager
def gdal(path: Path, what: str = "read") -> Iterator[Any]:
    """The rasterio module; whatever it raises inside leaves as an InputError that names the file."""
    try:
        import rasterio
    except ImportError as error:
        raise InputError(f"{path}: rasters need the extra 'rasters'; pip install malapert[rasters]") from error
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", rasterio.errors.NotGeoreferencedWarning)
        try:
            yield rasterio
        except MalapertError:
            raise
        except Exception as error:  # GDAL's complaints about damaged files come as many unrelated classes.
            words = " ".join(str(error).split())[:200] or type(error).__name__
            raise InputError(f"{path}: the raster cannot be {what} ({words}); check that the file is whole") from error


@contextmanager
def _opened(path: Path) -> Iterator[Any]:
    with path.open("rb") as stream:
        driver = DRIVERS.get(stream.read(4))
    if driver is None:
        raise InputError(f"{path}: is neither GeoTIFF, JPEG 2000 nor PDS3; convert it with gdal_translate")
    with gdal(path) as rasterio, rasterio.open(path, driver=driver) as data:
        yield data


def to_this_map(path: Path, pole: Pole, pixel_m: float | None) -> str:
    """The command that puts a raster on the map Malapert reads."""
    latitude = -90 if pole == "south" else 90
    size = f"-tr {pixel_m:.6g} {pixel_m:.6g} " if pixel_m else ""
    target = f"+proj=stere +lat_0={latitude} +lat_ts={latitude} +lon_0=0 +R=1737400 +units=m +no_defs"
    return f'gdalwarp -t_srs "{target}" {size}-r bilinear {path.name} {path.stem}_polar.tif'


def _label_beside(path: Path) -> Path | None:
    """The detached label of an image or a JPEG 2000 file: same stem, or stem_jp2, whatever the case."""
    if path.suffix.lower() not in (".img", ".jp2", ".j2k"):
        return None
    stem = path.stem.lower()
    wanted = [f"{stem}_jp2.lbl", f"{stem}.lbl"] if path.suffix.lower() != ".img" else [f"{stem}.lbl"]
    beside = _beside(path)
    return next((beside[name] for name in wanted if name in beside and is_label(beside[name])), None)


def _beside(path: Path) -> dict[str, Path]:
    """The files of a file's folder by name in lower case: archives and their copies differ in it."""
    try:
        return {entry.name.lower(): entry for entry in path.parent.iterdir() if entry.is_file()}
    except OSError as error:
        raise InputError(f"{path.parent}: the folder cannot be listed ({error.strerror or error})") from error


# GeoTIFF and JPEG 2000


def _from_gdal(path: Path) -> RasterFile:
    with _opened(path) as data:
        _one_band(path, data.count)
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
    pole, notes = _pole(path, pole, None, product)
    return RasterFile(
        path=path, pole=pole, rows=rows, columns=columns, pixel_m=pixel_m,
        left_m=left_m - shift_m[0], top_m=top_m - shift_m[1], whole_numbers=kind.kind in "iu", scale=scale,
        offset=offset, unit=unit, void=() if void is None else (float(void),), read=_gdal_reader(path), notes=notes,
    )  # fmt: skip


def _gdal_reader(path: Path) -> Callable[[int, int, int, int], NDArray[Any]]:
    def read(row: int, end_row: int, column: int, end_column: int) -> NDArray[Any]:
        with _opened(path) as data:
            samples: NDArray[Any] = data.read(1, window=((row, end_row), (column, end_column)))
            return samples

    return read


def _one_band(path: Path, bands: int) -> None:
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


# PDS3


def _from_label(path: Path, labelled: Path) -> RasterFile:
    label = read_label(labelled)
    image, place = label.find("IMAGE"), label.find("IMAGE_MAP_PROJECTION")
    if image is None or place is None:
        raise InputError(f"{labelled}: the label describes no map-projected image; give a LOLA gridded data record")
    samples = _samples_path(path, labelled, label, image)
    rows, columns = image.whole("LINES"), image.whole("LINE_SAMPLES")
    _one_band(path, image.whole("BANDS", 1))
    if image.number("LINE_PREFIX_BYTES", 0) or image.number("LINE_SUFFIX_BYTES", 0):
        raise InputError(f"{labelled}: lines carry prefix or suffix bytes; convert the image with gdal_translate first")
    kind = _sample_kind(image)
    pixel_m = _map_scale_m(place)
    pole, notes = _label_pole(path, label, place)
    raster = RasterFile(
        path=path, pole=pole, rows=rows, columns=columns, pixel_m=pixel_m,
        # Offsets count from 0 at the centre of the first sample: LOLA archive, DSMAP_POLAR.CAT (7600 lines, 3799.5).
        left_m=-(place.number("SAMPLE_PROJECTION_OFFSET") + 0.5) * pixel_m,
        top_m=(place.number("LINE_PROJECTION_OFFSET") + 0.5) * pixel_m,
        whole_numbers=kind.kind in "iu", scale=image.number("SCALING_FACTOR", 1.0), offset=image.number("OFFSET", 0.0),
        unit=_unit(image), void=_void(image, kind), read=_gdal_reader(samples), notes=notes,
    )  # fmt: skip
    if samples.suffix.lower() in (".jp2", ".j2k"):
        with _opened(samples) as data:
            if (data.height, data.width) != (rows, columns):
                found = f"{data.height} x {data.width}"
                raise InputError(f"{samples}: is {found}, and its label says {rows} x {columns}; give matching files")
        return raster
    return replace(raster, read=_flat_reader(samples, _start_byte(label, samples, labelled), kind, rows, columns))


def _samples_path(path: Path, labelled: Path, label: Label, image: Label) -> Path:
    """The file that holds the samples: the path itself unless it is a detached label, which then points to it."""
    pointer = label.values.get("^IMAGE") or image.values.get("^IMAGE")
    detached = pointer is not None and not pointer.text.split("<")[0].strip().isdecimal()
    if path != labelled or not (detached or label.find("COMPRESSED_FILE")):
        return path
    compressed = label.find("COMPRESSED_FILE")
    name = compressed.value("FILE_NAME").text if compressed else (pointer.text if pointer else "")
    name = Path(name.replace("\\", "/")).name.lower()
    found = _beside(path).get(name)
    if not name or found is None:
        raise InputError(f"{path}: its image {name!r} is not beside it; put the two files into one folder")
    return found


def _start_byte(label: Label, samples: Path, labelled: Path) -> int:
    """Where samples begin: a byte or record counted from 1, in this file or another (PDS Standards, chapter 14)."""
    parts = (label.values["^IMAGE"].parts) if "^IMAGE" in label.values else ()
    places = [part for part in parts if part[0].strip().isdecimal()]
    if not places:
        if samples == labelled:
            raise InputError(f"{labelled}: the label does not say where its image begins (^IMAGE is missing)")
        return 0
    place = int(places[0][0][:18])
    return place - 1 if "byte" in places[0][1].lower() else (place - 1) * label.whole("RECORD_BYTES")


def _flat_reader(
    samples: Path, start: int, kind: np.dtype[Any], rows: int, columns: int
) -> Callable[[int, int, int, int], NDArray[Any]]:
    size, needed = samples.stat().st_size, start + rows * columns * kind.itemsize
    if start < 0 or needed > size:
        raise InputError(
            f"{samples}: holds {size} bytes and its label promises {needed} ({rows} x {columns} samples of "
            f"{8 * kind.itemsize} bits); fetch the file again, or give the label that belongs to it"
        )

    def read(row: int, end_row: int, column: int, end_column: int) -> NDArray[Any]:
        whole = np.memmap(samples, dtype=kind, mode="r", offset=start, shape=(rows, columns))
        return np.array(whole[row:end_row, column:end_column])

    return read


def _sample_kind(image: Label) -> np.dtype[Any]:
    name = image.value("SAMPLE_TYPE").text.upper().replace(" ", "_")
    order, _, kind = name.partition("_")
    if name in SAMPLE_KINDS:
        order, kind = "", name
    bits = image.whole("SAMPLE_BITS")
    letter = SAMPLE_KINDS.get(kind)
    known = letter and (order in LITTLE or order in BIG) and bits in ((32, 64) if letter == "f" else (8, 16, 32))
    if not known or name == "VAX_REAL":
        raise InputError(f"{image.file}: samples of type {name[:40]} with {bits} bits are not read; use gdal_translate")
    return np.dtype(f"{'<' if order in LITTLE else '>'}{letter}{bits // 8}")


def _unit(image: Label) -> str:
    """The unit of OFFSET and samples; a label always says it, so an absent one is said to be absent."""
    unit = image.values.get("UNIT") or image.values.get("UNITS")
    return unit.text if unit else f"no unit ({image.values['NAME'].text})" if "NAME" in image.values else "no unit"


def _void(image: Label, kind: np.dtype[Any]) -> tuple[float, ...]:
    found = []
    for key in ("MISSING_CONSTANT", "MISSING", "INVALID_CONSTANT", "NULL_CONSTANT"):
        text = image.values[key].text if key in image.values else "N/A"
        radix = re.fullmatch(r"(2|8|16)#([0-9A-Fa-f]{1,64})#", text)
        try:
            if radix:  # a bit pattern, most significant byte first
                bits = int(radix[2], int(radix[1])).to_bytes(kind.itemsize, "big")
                found.append(float(np.frombuffer(bits, kind.newbyteorder(">"))[0]))
            elif text.upper() not in ("N/A", "NULL", "UNK", "NONE"):
                found.append(float(text))
        except (ValueError, OverflowError):
            raise InputError(f"{image.file}: {key} must be a sample value, got {text[:40]!r}") from None
    return tuple(found)


def _map_scale_m(place: Label) -> float:
    """Metres a pixel. The unit may be m or km (a factor of 1000), so MAP_RESOLUTION, pixels a degree, must agree."""
    kind = place.value("MAP_PROJECTION_TYPE").text.upper().replace("_", " ")
    if kind != "POLAR STEREOGRAPHIC":
        raise InputError(
            f"{place.file}: is in projection {kind!r}, not polar stereographic; convert it with gdal_translate, then "
            f"reproject it: {to_this_map(Path(place.file), 'south', None)}"
        )
    axes = ("A_AXIS_RADIUS", "B_AXIS_RADIUS", "C_AXIS_RADIUS")
    radii = {place.number(axis) * UNITS_M.get(place.value(axis).unit, 1000.0) / 1000.0 for axis in axes}
    if radii != {RADIUS_MOON_KM}:
        found = ", ".join(f"{radius:g} km" for radius in sorted(radii))
        raise InputError(f"{place.file}: stands on radii {found}; lunar polar maps stand on the sphere of 1737.4 km")
    for key in ("CENTER_LONGITUDE", "MAP_PROJECTION_ROTATION"):
        if place.number(key, 0.0) != 0.0:
            raise InputError(f"{place.file}: {key} is {place.number(key):g}; only maps with {key} = 0 are read")
    number, unit = place.number("MAP_SCALE"), place.value("MAP_SCALE").unit.split("/")[0]
    resolution = place.number("MAP_RESOLUTION", 0.0)
    expected_m = RADIUS_M * math.pi / 180.0 / resolution if resolution > 0.0 else 0.0
    sizes = [number * UNITS_M[unit]] if unit in UNITS_M else [number, 1000.0 * number]
    agreeing = [size for size in sizes if abs(size - expected_m) <= 0.02 * expected_m] if expected_m else sizes
    if not (math.isfinite(number) and number > 0.0) or len(agreeing) != 1:
        raise InputError(
            f"{place.file}: MAP_SCALE {number:g} {unit or '(no unit)'} does not go with MAP_RESOLUTION {resolution:g} "
            "pixels a degree; correct the label"
        )
    return agreeing[0]


def _label_pole(path: Path, label: Label, place: Label) -> tuple[Pole, tuple[str, ...]]:
    centre = place.number("CENTER_LATITUDE")
    if abs(centre) != 90.0:
        raise InputError(f"{place.file}: CENTER_LATITUDE is {centre:g}; a polar map has 90 or -90")
    limits = [place.number(key, 0.0) for key in ("MINIMUM_LATITUDE", "MAXIMUM_LATITUDE")]
    seen: Pole | None = "south" if max(limits) < 0.0 else "north" if min(limits) > 0.0 else None
    product = label.values["PRODUCT_ID"].text if "PRODUCT_ID" in label.values else ""
    return _pole(path, "south" if centre < 0.0 else "north", seen, product)


def _pole(path: Path, centre: Pole, latitudes: Pole | None, product: str) -> tuple[Pole, tuple[str, ...]]:
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
