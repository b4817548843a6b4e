"""The flights of record, flown on all cores; one that cannot be flown does not stop the others.

What came of all of them is kept with the code and the files that gave it, so that a report can say it.
"""

import hashlib
import json
import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import metadata
from importlib.resources import files
from pathlib import Path
from typing import Any

from malapert.errors import MalapertError
from malapert.flight.phases import Held, fly_file, held
from malapert.programme.flight_file import flights_of_record, load_flight
from malapert.run import parallel
from malapert.run.folder import code_digest

FAILED_INSIDE = 3
# Made by builders/verified.py.
SHIPPED = Path(str(files("malapert.catalog"))) / "verified.json"


@dataclass(frozen=True)
class Outcome:
    """One flight held against its record, or what kept it from flying and that complaint's exit code."""

    flight: str
    title: str
    note: str
    held: tuple[Held, ...]
    seconds: float
    error: str = ""
    exit_code: int = 0


def fly_all(names: Sequence[str], told: Callable[[float, str], None] | None = None) -> tuple[Outcome, ...]:
    """Every flight (a shipped name, or a file's path) in the order given; told(part done, flight) as they come in."""
    outcomes = []
    for outcome in parallel.each(outcome_of, names):
        outcomes.append(outcome)
        if told is not None:
            told(len(outcomes) / len(names), outcome.flight)
    return tuple(outcomes)


def code() -> dict[str, str]:
    """Which Malapert flew them."""
    return {"malapert": metadata.version("malapert"), "code_sha256": code_digest()}


def keep(counts: dict[str, dict[str, int]], place: Path | None = None) -> None:
    """Keep the counts of every shipped flight, by name, with the code they came of; a full disk is no failure."""
    place = _kept() if place is None else place
    when = time.strftime("%Y-%m-%d", time.gmtime())
    text = json.dumps({"when": when, "code_sha256": code_digest(), "key": _key(), "flights": counts}, indent=1)
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text + "\n")
    except OSError:
        return


def verified() -> tuple[dict[str, Any], bool]:
    """What `keep` was last told, and whether of this very code and these files; otherwise what was shipped."""
    for place in (_kept(), SHIPPED):
        try:
            found: dict[str, Any] = json.loads(place.read_text())
        except (OSError, ValueError):
            continue
        return found, found["key"] == _key()
    return {"flights": {}}, False


def _kept() -> Path:
    home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return home / "malapert" / f"verified-{_key()}.json"


@cache
def _key() -> str:
    digest = hashlib.sha256(code_digest().encode())
    for path in flights_of_record().values():
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:16]


def outcome_of(name: str) -> Outcome:
    """Fly one flight; whatever goes wrong, ours or the file's, is said in its outcome."""
    began = time.perf_counter()
    try:
        file = load_flight(name)
        rows = held(fly_file(file))
    except MalapertError as error:
        return Outcome(name, "", "", (), time.perf_counter() - began, str(error), error.exit_code)
    except Exception as error:
        said = f"{name}: failed inside ({type(error).__name__}: {error}); `malapert --debug fly {name}` shows where"
        return Outcome(name, "", "", (), time.perf_counter() - began, said, FAILED_INSIDE)
    return Outcome(file.name, file.title, file.note, rows, time.perf_counter() - began)
