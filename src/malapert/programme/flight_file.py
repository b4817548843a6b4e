"""Flights of record: a file of phases flown in order, and of rows that say what was recorded.

A figure is either flown with or graded, never both: the loader refuses a file that does both.
"""

import math
import tomllib
from dataclasses import dataclass
from datetime import datetime
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from malapert.errors import InputError, Problem, ProgrammeError, one_problem
from malapert.programme.lines import line_index, line_of
from malapert.programme.phases import PHASES, Phase
from malapert.programme.rows import Epoch, Name, Text
from malapert.programme.suggest import did_you_mean
from malapert.units import convert, unit_of

UNSOURCED = "unsourced"
SHELF = "flights"


class Record(BaseModel):
    """A figure of the record, held against what a phase gives."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, strict=True, str_strip_whitespace=True)

    quantity: Name = Field(description="PHASE.QUANTITY, with its unit at the end, as the phase's type gives it.")
    value: float | Epoch = Field(description="What was recorded, in the quantity's unit; an epoch for one in `_utc`.")
    tolerance: float = Field(0.0, ge=0.0, description="How far a prediction may be off, in the quantity's unit (s).")
    reason: Text = Field("", description="Why that tolerance.")
    source: Text = Field(
        description="Where the figure comes from; `unsourced` for a recalled one, which is not graded."
    )
    role: Literal["output", "context"] = Field("output", description="`context` is shown and not graded.")
    note: Text = Field("", description="Why it is missed, when it is, or what else a reader should know.")

    @property
    def sourced(self) -> bool:
        """Whether somebody vouches for it."""
        return not self.source.startswith(UNSOURCED)

    @property
    def graded(self) -> bool:
        """Whether it is held against the prediction."""
        return self.role == "output" and self.sourced


@dataclass(frozen=True)
class FlightFile:
    """A checked flight: its phases in order, and the rows of its record."""

    name: str
    title: str
    note: str
    phases: tuple[Phase, ...]
    records: tuple[Record, ...]
    file: str


def flights_of_record() -> dict[str, Path]:
    """The shipped flights by name."""
    shelf = Path(str(files("malapert.catalog"))) / SHELF
    return {path.stem: path for path in sorted(shelf.glob("*.toml"))}


def load_flight(name_or_path: str | Path) -> FlightFile:
    """A flight of the catalogue by name, or from a TOML file by path; raises ProgrammeError with all mistakes."""
    shipped = flights_of_record()
    path = shipped.get(str(name_or_path), Path(name_or_path))
    if path.suffix != ".toml":
        hint = did_you_mean(str(name_or_path), shipped)
        raise InputError(f"no flight of record {str(name_or_path)!r}{hint}; shipped are {', '.join(shipped) or 'none'}")
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise one_problem(path, f"cannot be read ({error})", "name a TOML file") from error
    try:
        tree = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise one_problem(path, f"not a TOML file ({error})") from error
    return _Checked(path, text, tree).flight()


class _Checked:
    """One file being checked; every mistake is kept until all are known."""

    def __init__(self, path: Path, text: str, tree: dict[str, Any]) -> None:
        self.path, self.tree, self.lines = path, tree, line_index(text)
        self.problems: list[Problem] = []
        self.declared: list[Any] = []

    def say(self, key: tuple[str, ...], what: str, do: str = "") -> None:
        self.problems.append(Problem(str(self.path), line_of(self.lines, key), ".".join(key), what, do))

    def flight(self) -> FlightFile:
        for key in self.tree:
            if key not in ("format", "title", "note", "phase", "record"):
                self.say((key,), "unknown key", "a flight has format, title, note, [[phase]] and [[record]]")
        if self.tree.get("format") != 1:
            self.say(("format",), f"is {self.tree.get('format')!r}", "this version reads format = 1")
        rows = self.rows("phase")
        self.declared = [row.get("name") for row in rows]
        phases = tuple(phase for k, row in enumerate(rows) if (phase := self.phase(k, row)) is not None)
        records = tuple(
            record for k, row in enumerate(self.rows("record")) if (record := self.record(k, row, phases)) is not None
        )
        if not phases and not self.problems:
            self.say((), "no phase", "add a [[phase]]")
        if len(phases) == len(rows):
            self.order(phases)
        if self.problems:
            raise ProgrammeError(self.problems)
        title, note = str(self.tree.get("title", self.path.stem)), str(self.tree.get("note", ""))
        return FlightFile(self.path.stem, title, note, phases, records, str(self.path))

    def rows(self, table: str) -> list[dict[str, Any]]:
        rows = self.tree.get(table, [])
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            self.say((table,), "must be rows", f"write [[{table}]]")
            return []
        return rows

    def phase(self, k: int, row: dict[str, Any]) -> Phase | None:
        at = ("phase", str(k))
        kind = row.get("type")
        model = PHASES.get(kind) if isinstance(kind, str) else None
        if model is None:
            self.say(
                (*at, "type"), f"no phase type {kind!r}{did_you_mean(str(kind), PHASES)}", f"use {', '.join(PHASES)}"
            )
            return None
        if unknown := sorted(set(row.get("source", {})) - set(model.model_fields)):
            self.say((*at, "source"), f"source of no known figure: {', '.join(unknown)}")
        phase: Phase | None = self.validated(at, model, row)
        return phase

    def validated(self, at: tuple[str, ...], model: type[Any], row: dict[str, Any]) -> Any:
        try:
            return model.model_validate(row)
        except ValidationError as error:
            for detail in error.errors():
                key = (*at, *(str(part) for part in detail["loc"]))
                last = str(detail["loc"][-1]) if detail["loc"] else ""
                if detail["type"] == "extra_forbidden":
                    self.say(key, f"unknown key{did_you_mean(last, model.model_fields)}")
                elif detail["type"] == "missing":
                    self.say(key, "is missing", f"add it: {model.model_fields[last].description}")
                else:
                    message = str(detail["msg"]).removeprefix("Value error, ")
                    self.say(key, f"{message[:1].lower()}{message[1:]} (got {str(detail['input'])[:80]!r})")
            return None

    def record(self, k: int, row: dict[str, Any], phases: tuple[Phase, ...]) -> Record | None:
        at = ("record", str(k))
        record: Record | None = self.validated(at, Record, row)
        if record is None:
            return None
        name, _, quantity = record.quantity.partition(".")
        phase = next((phase for phase in phases if phase.name == name), None)
        if phase is None and name in self.declared:
            return None  # the phase is there and has its own mistake
        if phase is None:
            hint = did_you_mean(name, [phase.name for phase in phases])
            self.say((*at, "quantity"), f"no phase {name!r}{hint}", "write PHASE.QUANTITY")
            return None
        if quantity in phase.inputs():
            self.say((*at, "quantity"), f"{quantity} is an input of phase {name}", "a figure flown with is not graded")
        elif quantity not in phase.gives():
            hint = did_you_mean(quantity, phase.gives())
            gives = ", ".join(phase.gives())
            self.say((*at, "quantity"), f"{phase.type} gives no {quantity!r}{hint}", f"it gives {gives}")
        elif isinstance(record.value, float) == quantity.endswith("_utc"):
            self.say((*at, "value"), "an epoch belongs to a quantity in _utc, a number to any other")
        elif record.graded:
            self.grade(at, record, quantity, phases)
        return record

    def grade(self, at: tuple[str, ...], record: Record, quantity: str, phases: tuple[Phase, ...]) -> None:
        if record.tolerance == 0.0 or not record.reason:
            self.say((*at, "tolerance"), "a graded figure needs a tolerance and its reason", "add tolerance and reason")
        for phase in phases:
            for key, value in phase.inputs().items():
                if any(_same(figure, key, record.value, quantity) for figure in _figures(value)):
                    self.say((*at, "value"), f"is the input {phase.name}.{key}", "a figure flown with is not graded")

    def order(self, phases: tuple[Phase, ...]) -> None:
        """Names once each, and every phase one that can follow the one before it."""
        seen: set[str] = set()
        where = "nowhere"
        for k, phase in enumerate(phases):
            at = ("phase", str(k))
            if phase.name in seen:
                self.say((*at, "name"), f"two phases are called {phase.name!r}", "give each its own name")
            seen.add(phase.name)
            if where not in phase.begins:
                needs = " or ".join(phase.begins)
                before = f"after {phases[k - 1].name} the craft is {where}" if k else "it is the first phase"
                self.say((*at, "type"), f"{phase.type} begins {needs}, and {before}", "put another phase between")
            where = phase.ends_in() if phase.ends_in() != "as before" else where


def _figures(value: Any) -> tuple[Any, ...]:
    """The figures of an input: itself, or the parts of a vector."""
    return value if isinstance(value, tuple) else (value,)


def _same(figure: Any, key: str, recorded: float | datetime, quantity: str) -> bool:
    """Whether an input is the recorded figure, be it in another unit, and too odd for that to be an accident."""
    if isinstance(figure, datetime) or isinstance(recorded, datetime):
        return bool(figure == recorded)
    if isinstance(figure, bool) or not isinstance(figure, int | float):
        return False
    if unit_of(key) is None and unit_of(quantity) is None:
        there: float | None = float(figure)
    else:
        there = convert(float(figure), key, quantity)
    return there is not None and math.isclose(there, recorded, rel_tol=1e-12) and _telling(float(figure))


def _telling(figure: float) -> bool:
    """Whether a number is odd enough that meeting it twice is no accident: three figures or more."""
    return len(f"{figure:.12g}".partition("e")[0].replace(".", "").strip("-0")) >= 3
