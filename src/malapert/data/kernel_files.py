"""What a kernel file holds, told from the file itself: SPK, binary PCK or OEM; whose path or orientation, and when."""

from dataclasses import dataclass
from functools import lru_cache
from hashlib import file_digest
from pathlib import Path
from typing import Any, Final, Literal

import numpy as np

from malapert import data
from malapert.data.daf import read_daf
from malapert.data.oem import is_oem, read_oem
from malapert.errors import InputError

Kind = Literal["SPK", "PCK", "OEM"]

# NAIF integer codes of the bodies the ephemeris knows; a planet without moons worth a barycentre has two.
NAIF_NAMES: Final = {
    0: "ssb", 1: "mercury", 199: "mercury", 2: "venus", 299: "venus", 3: "emb", 4: "mars", 5: "jupiter", 6: "saturn",
    10: "sun", 301: "moon", 399: "earth",
}  # fmt: skip
# Classes of lunar principal-axes frames whose mean-Earth axes NAIF publishes, and the ephemeris they are from.
LUNAR_FRAMES: Final = {31006: "DE421", 31008: "DE440"}
ORIENTATION: Final = "moon_orientation"
# What of a kernel takes the place of the shipped ephemeris.
EPHEMERIS_BODIES: Final = (*dict.fromkeys(NAIF_NAMES.values()), ORIENTATION)
# Light on its way is looked for before the first epoch: the planets' light takes up to an hour and a half.
MARGIN_S: Final = 7200.0
_TT_MINUS_TAI_S: Final = 32.184
_J2000: Final = np.datetime64("2000-01-01T12:00:00", "ms")


@dataclass(frozen=True)
class Held:
    """One body of a kernel and the UTC times, to the second, from which and until which it is there (gaps apart).

    code: another name it goes by, an OEM's object id.
    """

    body: str
    first: np.datetime64
    last: np.datetime64
    code: str = ""


@dataclass(frozen=True)
class KernelFile:
    """A kernel's kind and what is in it."""

    path: Path
    kind: Kind
    holds: tuple[Held, ...]

    def held(self, body: str) -> Held | None:
        """One body's entry; None when it is not there."""
        return next((held for held in self.holds if body and body in (held.body, held.code)), None)

    @property
    def bodies(self) -> tuple[str, ...]:
        """Names of all bodies, each once."""
        return tuple(dict.fromkeys(held.body for held in self.holds))


def inspect(path: Path) -> KernelFile:
    """Kind and contents of a kernel; InputError when it is none that can be read."""
    return _inspected(path, path.stat().st_mtime_ns)


@lru_cache(maxsize=64)
def _inspected(path: Path, _changed_ns: int) -> KernelFile:
    with path.open("rb") as file:
        head = file.read(256)
    if is_oem(head):
        return _oem(path)
    if head.lstrip()[:1] == b"<":
        raise InputError(f"{path}: looks like XML; write the OEM as KVN (CCSDS_OEM_VERS = 2.0 ...)")
    if head.startswith(b"KPL/"):
        kind = head[:8].decode("latin-1").split()[0]
        raise InputError(f"{path}: a text kernel ({kind}); name an SPK, a binary PCK or an OEM")
    return _daf(path)


def only_craft(kernel: KernelFile) -> str:
    """The one body of a kernel that is none of the ephemeris's; "" when there are several or none."""
    craft = [held.body for held in kernel.holds if held.body not in EPHEMERIS_BODIES]
    return craft[0] if len(craft) == 1 else ""


def _daf(path: Path) -> KernelFile:
    daf = read_daf(path)
    spans: dict[str, tuple[float, float]] = {}
    for segment in daf.segments:
        name = NAIF_NAMES.get(segment.body, str(segment.body)) if daf.kind == "SPK" else _frame(path, segment.body)
        first, last = spans.get(name, (np.inf, -np.inf))
        spans[name] = min(first, segment.start_tdb_s), max(last, segment.end_tdb_s)
    holds = tuple(Held(name, _utc(first), _utc(last)) for name, (first, last) in spans.items())
    return KernelFile(path, "SPK" if daf.kind == "SPK" else "PCK", holds)


def _frame(path: Path, frame_class: int) -> str:
    if frame_class not in LUNAR_FRAMES:
        known = ", ".join(f"{number} ({name})" for number, name in LUNAR_FRAMES.items())
        raise InputError(f"{path}: a binary PCK of frame class {frame_class}; only the Moon's can be used: {known}")
    return ORIENTATION


def _oem(path: Path) -> KernelFile:
    holds: dict[str, Held] = {}
    for segment in read_oem(path).segments:
        first, last = (_clock_as_utc(moment, segment.time_system, path) for moment in segment.span)
        name, code = segment.object_name, segment.object_id
        known = holds.get(name, Held(name, first, last))
        holds[name] = Held(name, min(first, known.first), max(last, known.last), code)
    return KernelFile(path, "OEM", tuple(holds.values()))


def _utc(tdb_s: float) -> np.datetime64:
    """UTC to the second; an open end of an SPK may lie centuries away."""
    return _from_tai(_J2000 + np.timedelta64(round((tdb_s - _TT_MINUS_TAI_S) * 1e3), "ms"))


def _from_tai(tai: np.datetime64) -> np.datetime64:
    days, offsets = data.leap_seconds()
    row = int(np.searchsorted(days + offsets.astype("timedelta64[s]"), tai.astype("datetime64[s]"), side="right")) - 1
    utc: np.datetime64 = (tai - np.timedelta64(int(offsets[max(row, 0)]), "s")).astype("datetime64[s]")
    return utc


def _clock_as_utc(moment: np.datetime64, time_system: str, path: Path) -> np.datetime64:
    ms: np.datetime64 = moment.astype("datetime64[ms]")
    before_tai_ms: dict[str, Any] = {"TAI": 0, "TT": 32184, "TDB": 32184}
    if time_system == "UTC":
        return ms
    if time_system not in before_tai_ms:
        raise InputError(f"{path}: TIME_SYSTEM {time_system} is not read; write UTC, TAI, TT or TDB")
    return _from_tai(ms - np.timedelta64(before_tai_ms[time_system], "ms"))


def sha256(path: Path) -> str:
    """Hash of a file, kept while the file stays as it is."""
    status = path.stat()
    return _hashed(path, status.st_mtime_ns, status.st_size)


@lru_cache(maxsize=64)
def _hashed(path: Path, _changed_ns: int, _size: int) -> str:
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()
