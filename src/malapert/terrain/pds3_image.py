"""PDS3 images and the labels beside them: where samples lie, what they mean, and on which map."""

import math
import re
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from malapert.constants import RADIUS_MOON_KM
from malapert.errors import InputError
from malapert.terrain.grid import Pole
from malapert.terrain.pds3 import Label, is_label, read_label
from malapert.terrain.raster_file import (
    RADIUS_M,
    UNITS_M,
    RasterFile,
    Read,
    checked_pole,
    gdal,
    gdal_reading,
    one_band,
    open_file,
    to_this_map,
)

# PDS Data Dictionary, SAMPLE_TYPE: byte order and kind; a bare or machine name is big-endian but for PC and VAX.
SAMPLE_KINDS = {"INTEGER": "i", "UNSIGNED_INTEGER": "u", "REAL": "f"}
LITTLE, BIG = ("LSB", "PC", "VAX"), ("MSB", "", "MAC", "SUN", "IEEE")


def label_beside(path: Path) -> Path | None:
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


def from_label(path: Path, labelled: Path) -> RasterFile:
    """An image (IMG, or JPEG 2000) as its label describes it; path may be the label or the image. Raises InputError."""
    label = read_label(labelled)
    image, place = label.find("IMAGE"), label.find("IMAGE_MAP_PROJECTION")
    if image is None or place is None:
        raise InputError(f"{labelled}: the label describes no map-projected image; give a LOLA gridded data record")
    samples = _samples_path(path, labelled, label, image)
    rows, columns = image.whole("LINES"), image.whole("LINE_SAMPLES")
    one_band(path, image.whole("BANDS", 1))
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
        unit=_unit(image), void=_void(image, kind), reading=lambda: gdal_reading(samples), notes=notes,
    )  # fmt: skip
    if samples.suffix.lower() in (".jp2", ".j2k"):
        with gdal(samples), open_file(samples) as data:
            if (data.height, data.width) != (rows, columns):
                found = f"{data.height} x {data.width}"
                raise InputError(f"{samples}: is {found}, and its label says {rows} x {columns}; give matching files")
        return raster
    flat = _flat(samples, _start_byte(label, samples, labelled), kind, rows, columns)
    return replace(raster, reading=lambda: nullcontext(flat))


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


def _flat(samples: Path, start: int, kind: np.dtype[Any], rows: int, columns: int) -> Read:
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
    return checked_pole(path, "south" if centre < 0.0 else "north", seen, product)
