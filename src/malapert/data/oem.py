"""Orbit ephemeris messages (CCSDS 502.0-B-3, KVN): the message as frozen dataclasses, and a strict reader."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from malapert.errors import InputError

Array = NDArray[np.float64]
Epochs = NDArray[np.datetime64]

HEADER: Final = ("CCSDS_OEM_VERS", "CLASSIFICATION", "CREATION_DATE", "ORIGINATOR", "MESSAGE_ID")
META: Final = (
    *("OBJECT_NAME", "OBJECT_ID", "CENTER_NAME", "REF_FRAME", "REF_FRAME_EPOCH", "TIME_SYSTEM", "START_TIME"),
    *("USEABLE_START_TIME", "USEABLE_STOP_TIME", "STOP_TIME", "INTERPOLATION", "INTERPOLATION_DEGREE"),
)
_NEEDED: Final = {
    "header": ("CCSDS_OEM_VERS", "CREATION_DATE", "ORIGINATOR"),
    "metadata": ("OBJECT_NAME", "OBJECT_ID", "CENTER_NAME", "REF_FRAME", "TIME_SYSTEM", "START_TIME", "STOP_TIME"),
}
METHODS: Final = ("LINEAR", "LAGRANGE", "HERMITE")
_EPOCH: Final = re.compile(r"(\d{4})-(?:(\d{2})-(\d{2})|(\d{3}))T(\d{2}:\d{2}:\d{2})(\.\d{0,9})?\d*Z?")
_KEYWORD: Final = re.compile(r"([A-Z][A-Z0-9_]*)\s*=\s*(.*)")


@dataclass(frozen=True)
class OemSegment:
    """One block of states: epochs (n,) as clock readings of `time_system`, states (n, 6) km and km/s.

    interpolation is "" when the message leaves it to the reader. Accelerations and covariances are not kept.
    """

    object_name: str
    object_id: str
    center_name: str
    ref_frame: str
    time_system: str
    start: np.datetime64
    stop: np.datetime64
    epochs: Epochs
    states: Array
    interpolation: str = ""
    interpolation_degree: int = 0
    useable_start: np.datetime64 | None = None
    useable_stop: np.datetime64 | None = None
    ref_frame_epoch: np.datetime64 | None = None
    comments: tuple[str, ...] = ()

    @property
    def span(self) -> tuple[np.datetime64, np.datetime64]:
        """First and last epoch that may be interpolated at: the useable times where given."""
        return self.useable_start or self.start, self.useable_stop or self.stop


@dataclass(frozen=True)
class Oem:
    """A whole message."""

    version: str
    creation_date: str
    originator: str
    segments: tuple[OemSegment, ...]
    classification: str = ""
    message_id: str = ""
    comments: tuple[str, ...] = ()


class _Lines:
    """The lines of a message, numbered, blank ones left out; complaints name file and line."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            text = path.read_bytes().decode("ascii")
        except UnicodeDecodeError as error:
            raise InputError(f"{path}: not an OEM: byte {error.start} is not ASCII") from None
        self._lines = [(k, line.strip()) for k, line in enumerate(text.splitlines(), 1) if line.strip()]
        self.at = 0

    def __iter__(self) -> Iterator[str]:
        while self.at < len(self._lines):
            self.at += 1
            yield self._lines[self.at - 1][1]

    def peek(self) -> str:
        return self._lines[self.at][1] if self.at < len(self._lines) else ""

    def wrong(self, what: str) -> InputError:
        line = self._lines[min(max(self.at - 1, 0), len(self._lines) - 1)][0] if self._lines else 1
        return InputError(f"{self.path}:{line}: {what}")


def is_oem(content: bytes) -> bool:
    """Whether a file begins as a KVN OEM does."""
    return content.lstrip().startswith(b"CCSDS_OEM_VERS")


def read_oem(path: Path) -> Oem:
    """The message in a file; InputError with file and line at the first thing the standard does not allow."""
    lines = _Lines(path)
    if not is_oem(lines.peek().encode()):
        raise lines.wrong("an OEM in KVN begins with CCSDS_OEM_VERS = 2.0 (XML is not read)")
    values, comments = _keywords(lines, HEADER, "header", "META_START")
    if values["CCSDS_OEM_VERS"] not in ("1.0", "2.0", "3.0"):
        raise lines.wrong(f"version {values['CCSDS_OEM_VERS']} is not known; write 1.0, 2.0 or 3.0")
    segments = [_segment(lines)]
    for line in lines:
        if line != "META_START":
            raise lines.wrong(f"META_START or the end of the file was expected (got {line[:60]!r})")
        segments.append(_segment(lines))
    return Oem(
        values["CCSDS_OEM_VERS"],
        values["CREATION_DATE"],
        values["ORIGINATOR"],
        tuple(segments),
        values.get("CLASSIFICATION", ""),
        values.get("MESSAGE_ID", ""),
        comments,
    )


def _keywords(lines: _Lines, known: tuple[str, ...], part: str, until: str) -> tuple[dict[str, str], tuple[str, ...]]:
    """KEY = value lines, each once, in the standard's order, up to a closing line."""
    values: dict[str, str] = {}
    comments: list[str] = []
    for line in lines:
        if line == until:
            missing = [key for key in _NEEDED[part] if not values.get(key)]
            if missing:
                raise lines.wrong(f"the {part} lacks {', '.join(missing)}")
            return values, tuple(comments)
        if line.startswith("COMMENT"):
            comments.append(line[7:].strip())
            continue
        match = _KEYWORD.fullmatch(line)
        if match is None:
            raise lines.wrong(f"KEYWORD = value was expected in the {part} (got {line[:60]!r})")
        key, value = match.groups()
        if key not in known:
            raise lines.wrong(f"{key} is no keyword of the {part}; known: {', '.join(known)}")
        if key in values:
            raise lines.wrong(f"{key} stands twice in the {part}")
        if values and known.index(key) < max(known.index(other) for other in values):
            raise lines.wrong(f"{key} stands after a keyword it must come before")
        values[key] = value
    raise lines.wrong(f"the file ends inside the {part}; {until} is missing")


def _segment(lines: _Lines) -> OemSegment:
    """What follows META_START: metadata, states, covariances (read over)."""
    values, comments = _keywords(lines, META, "metadata", "META_STOP")
    moments = {key: _moment(lines, values[key]) for key in META if key.endswith(("_TIME", "_EPOCH")) and key in values}
    method = values.get("INTERPOLATION", "").upper()
    degree = _degree(lines, method, values.get("INTERPOLATION_DEGREE", ""))
    noted = len(comments)
    epochs, states, more = _states(lines)
    segment = OemSegment(
        values["OBJECT_NAME"],
        values["OBJECT_ID"],
        values["CENTER_NAME"].upper(),
        values["REF_FRAME"].upper(),
        values["TIME_SYSTEM"].upper(),
        moments["START_TIME"],
        moments["STOP_TIME"],
        epochs,
        states,
        method,
        degree,
        moments.get("USEABLE_START_TIME"),
        moments.get("USEABLE_STOP_TIME"),
        moments.get("REF_FRAME_EPOCH"),
        comments[:noted] + more,
    )
    _check_times(lines, segment)
    if lines.peek() == "COVARIANCE_START":
        _past_covariance(lines)
    return segment


def _degree(lines: _Lines, method: str, text: str) -> int:
    if method and method not in METHODS:
        raise lines.wrong(f"INTERPOLATION {method} is not known; write {', '.join(METHODS)}")
    if bool(method) != bool(text):
        raise lines.wrong("INTERPOLATION and INTERPOLATION_DEGREE stand together or not at all")
    if text and not (text.isdigit() and 1 <= int(text) <= 27):
        raise lines.wrong(f"INTERPOLATION_DEGREE must be a whole number from 1 to 27 (got {text!r})")
    if method == "HERMITE" and int(text) % 2 == 0:
        raise lines.wrong(f"a Hermite polynomial of positions and velocities has an odd degree (got {text})")
    return int(text) if text else 0


def _states(lines: _Lines) -> tuple[Epochs, Array, tuple[str, ...]]:
    epochs: list[np.datetime64] = []
    rows: list[list[float]] = []
    comments: list[str] = []
    while (line := lines.peek()) and line not in ("META_START", "COVARIANCE_START"):
        lines.at += 1
        if line.startswith("COMMENT"):
            comments.append(line[7:].strip())
            continue
        epoch, *numbers = line.split()
        if len(numbers) not in (6, 9):
            raise lines.wrong(f"a state is an epoch and 6 or 9 numbers (got {len(numbers)})")
        try:
            rows.append([float(number) for number in numbers[:6]])
        except ValueError:
            raise lines.wrong(f"a state holds something that is no number ({line[:80]!r})") from None
        epochs.append(_moment(lines, epoch))
        if not np.isfinite(rows[-1]).all():
            raise lines.wrong("a state must be finite")
        if len(epochs) > 1 and not epochs[-2] < epochs[-1]:
            raise lines.wrong(f"epochs must increase ({epochs[-2]} is followed by {epochs[-1]})")
    if len(rows) < 2:
        raise lines.wrong(f"a segment needs two states or more (got {len(rows)})")
    return np.array(epochs), np.array(rows), tuple(comments)


def _moment(lines: _Lines, text: str) -> np.datetime64:
    """An epoch by calendar or day of year, to the nanosecond, as the clock of its time system reads."""
    match = _EPOCH.fullmatch(text)
    if match is None:
        raise lines.wrong(f"not an epoch: {text[:40]!r}; write 2031-03-01T00:00:00.000 or 2031-060T00:00:00.000")
    year, month, day, ordinal, clock, fraction = match.groups()
    if clock.endswith(":60"):
        raise lines.wrong(f"a state inside a leap second ({text}) cannot be kept; leave it out")
    try:
        date = np.datetime64(f"{year}-{month}-{day}") if month else _ordinal(year, int(ordinal))
        return np.datetime64(f"{date}T{clock}{fraction or ''}".rstrip("."), "ns")
    except ValueError:
        raise lines.wrong(f"no such date: {text}") from None


def _ordinal(year: str, day: int) -> Any:
    date = np.datetime64(f"{year}-01-01") + np.timedelta64(day - 1, "D")
    if str(date)[:4] != year:
        raise ValueError
    return date


def _check_times(lines: _Lines, segment: OemSegment) -> None:
    first, last = segment.span
    needed = (segment.interpolation_degree + 1) // (2 if segment.interpolation == "HERMITE" else 1)
    if len(segment.epochs) < needed:
        raise lines.wrong(
            f"{segment.interpolation} of degree {segment.interpolation_degree} needs {needed} states (got "
            f"{len(segment.epochs)})"
        )
    if not segment.start <= first < last <= segment.stop:
        raise lines.wrong(f"useable times {first} to {last} do not lie inside {segment.start} to {segment.stop}")
    # The standard lets START_TIME and STOP_TIME differ from the states' by rounding only.
    if segment.epochs[0] > first or segment.epochs[-1] < last:
        raise lines.wrong(
            f"states from {segment.epochs[0]} to {segment.epochs[-1]} do not cover what is promised, {first} to {last}"
        )


def _past_covariance(lines: _Lines) -> None:
    for line in lines:
        if line == "COVARIANCE_STOP":
            return
        if line == "META_START":
            break
    raise lines.wrong("COVARIANCE_START has no COVARIANCE_STOP")
