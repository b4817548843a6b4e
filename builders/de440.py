"""Cuts DE440 to the years and bodies Malapert uses, straight from JPL's binary file.

Layout: JPL "ascii2eph" / "testeph" (Folkner, ftp ssd.jpl.nasa.gov/pub/eph/planets): one header record, one record of
constants, then records of Chebyshev coefficients, each `[JD start, JD end, series ...]`.
"""

import struct
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

J2000_JD = 2451545.0
SECONDS_PER_DAY = 86400.0
FIRST_JD = 2436934.5  # 1960-01-01T00:00 TDB
LAST_JD = 2473459.5  # 2060-01-01T00:00 TDB

TITLE_BYTES, NAME_BYTES, NAMES_IN_HEADER = 252, 6, 400
HEADER_END = TITLE_BYTES + NAME_BYTES * NAMES_IN_HEADER

# Row of the header's pointer table that holds each series; the Moon's row is geocentric, the rest barycentric.
ROWS = {"mercury": 0, "venus": 1, "emb": 2, "mars": 3, "jupiter": 4, "saturn": 5, "moon": 9, "sun": 10, "libration": 12}
CONSTANTS: tuple[str, ...] = ("AU", "CLIGHT", "EMRAT", "GMS", "GM1", "GM2", "GMB", "GM4", "GM5", "GM6", "DENUM")
# The Moon DE440 was integrated with: a check on the gravity field that comes from elsewhere.
CONSTANTS += ("AM", "J2M", "J3M", "C22M", "C31M", "S31M", "C33M", "S33M")


@dataclass(frozen=True)
class Header:
    """What the first two records say: pointers (13, 3) as (first, terms, granules) and the constants by name."""

    pointers: NDArray[np.int64]
    constants: dict[str, float]
    doubles_per_record: int


def read_header(content: bytes) -> Header:
    """Parse the header and check it against itself."""
    _first, _last, days = struct.unpack_from("<3d", content, HEADER_END)
    (count,) = struct.unpack_from("<i", content, HEADER_END + 24)
    au_km, emrat = struct.unpack_from("<2d", content, HEADER_END + 28)
    table = struct.unpack_from("<36i", content, HEADER_END + 44)
    (number,) = struct.unpack_from("<i", content, HEADER_END + 188)
    libration = struct.unpack_from("<3i", content, HEADER_END + 192)
    if number != 440 or days != 32.0:
        raise SystemExit(f"expected DE440 in records of 32 days, found DE{number} in records of {days} days")
    pointers = np.array([*table, *libration], dtype=np.int64).reshape(13, 3)
    # Row 11 (nutations) has two components; names past the 400th follow the table with the TT-TDB pointers.
    components = np.where(np.arange(13) == 11, 2, 3)
    doubles = 2 + int((components * pointers[:, 1] * pointers[:, 2]).sum())
    raw = content[TITLE_BYTES:HEADER_END]
    extra = HEADER_END + 204
    raw += content[extra : extra + NAME_BYTES * max(count - NAMES_IN_HEADER, 0)]
    names = [raw[k * NAME_BYTES : (k + 1) * NAME_BYTES].decode("ascii").strip() for k in range(count)]
    values = np.frombuffer(content, "<f8", count, offset=8 * doubles)
    constants = {name: float(value) for name, value in zip(names, values, strict=True) if name in CONSTANTS}
    if constants["EMRAT"] != emrat or constants["AU"] != au_km:
        raise SystemExit("the header and the record of constants disagree: the record length was read wrongly")
    return Header(pointers, constants, doubles)


def cut(content: bytes) -> dict[str, NDArray[np.float64]]:
    """Arrays of the pack: coefficients (granules, 3, terms) and `<name>.start_step_s` for every series."""
    header = read_header(content)
    width = header.doubles_per_record
    records = np.frombuffer(content, "<f8", len(content) // 8 // width * width).reshape(-1, width)[2:]
    kept = records[(records[:, 1] > FIRST_JD) & (records[:, 0] < LAST_JD)]
    if kept[0, 0] > FIRST_JD or kept[-1, 1] < LAST_JD or np.any(kept[1:, 0] != kept[:-1, 1]):
        raise SystemExit("the records do not cover 1960-2060 without a gap")
    arrays: dict[str, NDArray[np.float64]] = {}
    for name, row in ROWS.items():
        first, terms, granules = (int(value) for value in header.pointers[row])
        block = kept[:, first - 1 : first - 1 + 3 * terms * granules]
        arrays[name] = block.reshape(len(kept) * granules, 3, terms)
        start_s = (kept[0, 0] - J2000_JD) * SECONDS_PER_DAY
        arrays[f"{name}.start_step_s"] = np.array([start_s, 32.0 * SECONDS_PER_DAY / granules])
    arrays["span_tdb_s"] = (np.array([FIRST_JD, LAST_JD]) - J2000_JD) * SECONDS_PER_DAY
    for name, value in header.constants.items():
        arrays[f"constant.{name}"] = np.array(value)
    return arrays
