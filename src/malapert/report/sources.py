"""Sources and provenance: every figure with where it comes from, and what the run was made from and with."""

import json
import math
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any

from malapert.constants import ASTRONOMICAL_UNIT_KM, RADIUS_MOON_KM, SPEED_OF_LIGHT_KM_S, STANDARD_GRAVITY_M_S2
from malapert.errors import InputError
from malapert.programme import Programme
from malapert.programme.flight_file import flights_of_record, load_flight
from malapert.programme.model import TABLES
from malapert.programme.rows import Row
from malapert.report.blocks import Block, Cell, Fact, Facts, Fold, Section, Table, Words, cell, figure_cell
from malapert.report.wording import NONE, counted, fixed, number, quantity, words
from malapert.run import record
from malapert.run.folder import PROVENANCE, Run

# Frames, clocks and constants every stage shares, as `constants` and the data pack have them.
CONSTANTS = {
    "frame of vectors": "ICRF; the Moon's orientation by DE440's librations (MOON_PA), sites in MOON_ME",
    "clock": "TDB inside, UTC on this page; leap seconds and Earth orientation from the data pack",
    "radius of the Moon": f"{RADIUS_MOON_KM:g} km",
    "astronomical unit": f"{ASTRONOMICAL_UNIT_KM:.1f} km",
    "standard gravity": f"{STANDARD_GRAVITY_M_S2:g} m/s²",
    "speed of light": f"{SPEED_OF_LIGHT_KM_S:.3f} km/s",
}
# Keys that say what a row is or how it is joined to others, not how much of anything.
_NAMES = {
    "title",
    "note",
    "enabled",
    "like",
    "source",
    "partner",
    "name",
    "launcher",
    "spacecraft",
    "relay",
    "crew",
    "rates",
    "kind",
    "country",
    "level",
    "joined",
    "objective",
    "lander_flight",
    "after",
    "site",
    "resource",
    "horizon",
    "route",
    "rule",
    "orbit",
    "open",
    "priority",
    "load_priority",
    "data_priority",
    "quantity",
    "at_least",
    "at_most",
}


def section(run: Run, models: dict[str, str]) -> Section:
    """Where everything comes from."""
    programme = run.programme
    counts = count(programme)
    lead = (
        f"{counts['sourced']} figures name a source, {counts['design']} are choices of the "
        f"programme, {counts['unsourced']} have no source or none in full (marked †), "
        f"{counts['default']} are defaults of the file format."
    )
    return Section("sources", "Sources", lead, tuple(_blocks(run, models)))


def _blocks(run: Run, models: dict[str, str]) -> Iterator[Block]:
    said = provenance(run)
    programme = run.programme
    yield Facts(
        (
            Fact("Malapert", str(said.get("malapert", "")), f"code {str(said.get('code_sha256', ''))[:12]}"),
            Fact("Programme", programme.name, f"variant {programme.variant}" if programme.variant else "no variant"),
            Fact("Python", str(said.get("python", "")), str(said.get("machine", ""))),
            Fact("Seed", str(programme.seed), f"{programme.histories} histories"),
        )
    )
    if programme.dropped:
        rows = tuple((cell(entry.row), cell(entry.because, "faint")) for entry in programme.dropped)
        yield Table("Rows left out", ("Row", "Why"), rows)
    for table in (_table(programme, name) for name in TABLES):
        if table.rows:
            marked = sum(any(cell.unsourced for cell in row) for row in table.rows)
            guessed = f", {marked} without a source" if marked else ""
            yield Fold(f"{table.title}: {counted(len(table.rows), 'figure')}{guessed}", (replace(table, title=""),))
    yield _trust()
    yield Fold("Frames, models and constants", (_models(models),))
    yield Fold("Data pack, libraries and stages", tuple(_pack(said)))


def provenance(run: Run) -> dict[str, Any]:
    """What the run folder says it was made from."""
    found: dict[str, Any] = json.loads((run.folder / PROVENANCE).read_text(encoding="utf-8"))
    return found


def figures(row: Row) -> Iterator[tuple[str, Any, str]]:
    """(key, value, source) of every figure of a row; a default of the format says so."""
    for key in type(row).model_fields:
        value = getattr(row, key)
        if key in _NAMES or value is None or value in ("", ()):
            continue
        if key in row.source:
            yield key, value, row.source[key]
        elif key in row.model_fields_set and value != type(row).model_fields[key].default:
            yield key, value, "unsourced"
        else:
            yield key, value, "default of the format"


def kind_of(source: str) -> str:
    """How far a figure is vouched for."""
    if "unsourced" in source:
        return "unsourced"
    if source == "default of the format":
        return "default"
    return "design" if source.startswith("design") else "sourced"


def count(programme: Programme) -> dict[str, int]:
    """Figures of a programme by how far they are vouched for."""
    counts = dict.fromkeys(("sourced", "design", "unsourced", "default"), 0)
    for table in TABLES:
        for row in getattr(programme, table).values():
            for _, _, source in figures(row):
                counts[kind_of(source)] += 1
    return counts


def _table(programme: Programme, table: str) -> Table:
    rows = []
    for name, row in getattr(programme, table).items():
        for key, value, source in figures(row):
            kind = kind_of(source)
            unit = quantity(key)[1]
            text, numeric = _said(value)
            rows.append(
                (
                    cell(f"{table}.{name}.{key}", "code"),
                    Cell(f"{text} {unit}".strip(), numeric, kind == "unsourced"),
                    cell(source, "bad" if kind == "unsourced" else "faint" if kind == "default" else ""),
                )
            )
    return Table(words(table).capitalize(), ("Key", "Value", "Source"), tuple(rows))


def _said(value: Any) -> tuple[str, bool]:
    if isinstance(value, bool):
        return ("yes" if value else "no"), False
    if isinstance(value, int | float):
        return number(float(value), 8) if math.isfinite(value) else str(value), True
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M UTC").removesuffix(" 00:00 UTC"), False
    if isinstance(value, tuple):
        return "; ".join(_part(item) for item in value), False
    return str(value), False


def _part(item: Any) -> str:
    """One item of a list: a name, or a stage as its figures."""
    fields = getattr(type(item), "model_fields", None)
    if fields is None:
        return str(item)
    parts = []
    for key in fields:
        value = getattr(item, key)
        if key != "name" and value is not None:
            name, unit = quantity(key)
            parts.append(f"{name} {number(value, 5) if isinstance(value, float) else words(str(value))} {unit}".strip())
    return f"{item.name} ({', '.join(parts)})"


def _trust() -> Table:
    """The flights of record as shipped, how much of each is graded and, once verified by this code, met."""
    found, same = record.verified()
    rows: list[tuple[Cell, ...]] = []
    for name in flights_of_record():
        try:
            flight = load_flight(name)
        except InputError as error:
            rows.append((cell(name, "code"), cell(str(error), "bad"), *(figure_cell(NONE) for _ in range(3))))
            continue
        graded = sum(one.graded for one in flight.records)
        within = str(found["flights"].get(name, {}).get("within", NONE))
        figures_said = (str(graded), within, str(len(flight.records) - graded))
        rows.append((cell(name, "code"), cell(flight.title), *(figure_cell(text) for text in figures_said)))
    note = (
        "The engine that flew this programme also flies these flights of record, from their inputs only. "
        f"`malapert verify` prints each prediction beside what was recorded, misses as misses. {_verified(found, same)}"
    )
    columns = ("Flight", "What", "Figures graded", "Within tolerance", "Shown, not graded")
    return Table("How the engine is trusted", columns, tuple(rows), note)


def _verified(found: dict[str, Any], same: bool) -> str:
    """What `malapert verify` last found: with the code that makes this page, or as shipped."""
    counts = found["flights"].values()
    if not counts:
        return "None of its results are at hand for this page."
    within, graded, lost = (sum(one[key] for one in counts) for key in ("within", "graded", "not_flown"))
    failed = f"; {lost} could not be flown" if lost else ""
    met = f"{within} of {graded} graded figures within their tolerance{failed}"
    if same:
        return f"Flown by the code that made this page, on {found['when']}: {met}."
    return f"Flown on {found['when']} by code {found['code_sha256'][:12]}, which is not this page's: {met}."


def _models(models: dict[str, str]) -> Table:
    rows = tuple((cell(key), cell(text)) for key, text in sorted({**models, **CONSTANTS}.items()))
    return Table("What the flights were integrated with, and what every stage shares", ("Setting", "Value"), rows)


def _pack(said: dict[str, Any]) -> Iterator[Block]:
    files = said.get("data", {}).get("files", {})
    rows = tuple(
        (
            cell(name),
            cell(str(entry.get("what", ""))),
            cell(str(entry.get("licence", "")), "faint"),
            figure_cell(fixed(float(entry.get("bytes", 0)) / 1000.0, 0)),
            cell(str(entry.get("sha256", "")), "code"),
        )
        for name, entry in files.items()
    )
    yield Table("Data pack", ("File", "What", "Licence", "kB", "sha256"), rows)
    libraries = tuple((cell(name), cell(str(version))) for name, version in sorted(said.get("libraries", {}).items()))
    yield Table("Libraries", ("Library", "Version"), libraries)
    stages = tuple((cell(name), cell(str(key), "code")) for name, key in said.get("stages", {}).items())
    yield Table("Stages, by the hash of what each was made from", ("Stage", "Key"), stages)
    yield Words(f"Code of Malapert, sha256 {said.get('code_sha256', '')}", "faint")
