"""NAIF's DAF files (SPK and binary PCK) by their summaries: which body or frame, when, and where the words are.

NAIF, "DAF Required Reading": a file record, then linked summary records, all of 1024 bytes.
"""

import struct
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from malapert.data.pack import Segment
from malapert.errors import InputError

Array = NDArray[np.float64]

_RECORD = 1024
CHEBYSHEV = 2
# Doubles and integers in a summary, by kind of file.
_SHAPES = {"SPK": (2, 6), "PCK": (2, 5)}


@dataclass(frozen=True)
class DafSegment:
    """One summary: `body` is the target of an SPK, the frame class of a PCK; words are addresses from 1, inclusive."""

    body: int
    center: int
    frame: int
    data_type: int
    start_tdb_s: float
    end_tdb_s: float
    first_word: int
    last_word: int


@dataclass(frozen=True)
class Daf:
    """`kind` SPK or PCK; segments in the order of the file, of which SPICE lets the last win."""

    path: Path
    kind: str
    order: str
    segments: tuple[DafSegment, ...]


def read_daf(path: Path) -> Daf:
    """Summaries of an SPK or a binary PCK; InputError when the file is neither or is cut short."""
    content = path.read_bytes()
    kind, order = _kind(path, content)
    doubles, integers = _SHAPES[kind]
    length = doubles + (integers + 1) // 2
    segments: list[DafSegment] = []
    seen: set[int] = set()
    (record,) = struct.unpack_from(f"{order}i", content, 76)
    while record > 0:
        offset = (record - 1) * _RECORD
        if record in seen or offset + _RECORD > len(content):
            raise InputError(f"{path}: its list of segments is broken (record {record}); fetch the file again")
        seen.add(record)
        following, _, count = struct.unpack_from(f"{order}3d", content, offset)
        for k in range(int(count)):
            at = offset + 24 + 8 * length * k
            start, end, *numbers = struct.unpack_from(f"{order}{doubles}d{integers}i", content, at)
            body, center = (numbers[0], numbers[1]) if kind == "SPK" else (numbers[0], 0)
            frame, data_type, first, last = numbers[-4:]
            if 8 * last > len(content):
                raise InputError(f"{path}: cut short, segment {len(segments) + 1} ends past the file; fetch it again")
            segments.append(DafSegment(body, center, frame, data_type, start, end, first, last))
        record = int(following)
    if not segments:
        raise InputError(f"{path}: holds no segments; name another file")
    return Daf(path, kind, order, tuple(segments))


def _kind(path: Path, content: bytes) -> tuple[str, str]:
    """SPK or PCK, and the byte order as `struct` writes it."""
    word = content[:8].decode("latin-1").strip(" \0")
    order = ">" if content[88:96] == b"BIG-IEEE" else "<"
    if len(content) >= _RECORD and word.startswith(("DAF/", "NAIF/DAF")):
        shape = struct.unpack_from(f"{order}2i", content, 8)
        for kind, expected in _SHAPES.items():
            if shape == expected and word in (f"DAF/{kind}", "NAIF/DAF"):
                return kind, order
    raise InputError(f"{path}: not an SPK, binary PCK or OEM (it begins with {word!r}); name one of these")


def chebyshev_series(daf: Daf, segment: DafSegment) -> Segment:
    """The series of a type 2 segment (fixed steps, three axes): coefficients (granules, 3, terms).

    Each record holds its middle, half its length and the coefficients axis by axis; the segment ends with the first
    start, the step, the words of a record and their number (NAIF, "SPK Required Reading", type 2).
    """
    if segment.data_type != CHEBYSHEV:
        raise InputError(
            f"{daf.path}: data type {segment.data_type} of {segment.body} is not a series of fixed steps (type 2); "
            "write it as type 2"
        )
    words = last_words(daf, segment, segment.last_word - segment.first_word + 1)
    start_s, step_s, size, granules = (float(word) for word in words[-4:])
    records = words[:-4].reshape(int(granules), int(size))[:, 2:]
    coefficients = np.ascontiguousarray(records.reshape(int(granules), 3, -1), dtype=np.float64)
    return Segment(start_s, step_s, coefficients)


def last_words(daf: Daf, segment: DafSegment, count: int) -> Array:
    """The last words of a segment (count,), where its layout is said."""
    offset = 8 * (segment.last_word - count)
    return np.fromfile(daf.path, f"{daf.order}f8", count, offset=offset).astype(np.float64)
