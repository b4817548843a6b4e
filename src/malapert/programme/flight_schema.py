"""What a flight file may hold: its JSON Schema and its reference, both made from the rows that check it."""

from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel

from malapert.programme.document import key_table, units_line
from malapert.programme.flight_file import Record
from malapert.programme.phases import EVERY_PHASE, PHASES, Phase
from malapert.units import unit_of

TITLE = "Malapert flight, format 1"
FLYING = ("format", "phase")


def json_schema() -> dict[str, Any]:
    """JSON Schema (2020-12): each phase by its type."""
    definitions: dict[str, Any] = {}
    phases = []
    for name, model in PHASES.items():
        phase = _definition(model, definitions)
        phase["properties"]["type"] = {"const": name, "description": str(model.__doc__).strip()}
        phases.append(phase)
    record = _definition(Record, definitions)
    schema: dict[str, Any] = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": TITLE,
        "type": "object",
        "additionalProperties": False,
        "required": list(FLYING),
        "properties": {
            "format": {"const": 1},
            "title": {"type": "string", "description": "What people call it."},
            "note": {"type": "string", "description": "What a reader should know; why what is missed is missed."},
            "phase": {"type": "array", "minItems": 1, "items": {"oneOf": phases}},
            "record": {"type": "array", "items": record},
        },
    }
    return schema | ({"$defs": definitions} if definitions else {})


def _definition(model: type[BaseModel], definitions: dict[str, Any]) -> dict[str, Any]:
    """A model's own schema; those of the rows in it go to the shared definitions."""
    schema: dict[str, Any] = model.model_json_schema()
    definitions |= schema.pop("$defs", {})
    return schema


def reference() -> str:
    """Every phase type: its keys with units, and what it gives."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    yield "# Flight files: every phase type and key"
    yield ""
    yield "Made by `malapert schema --flights --markdown`. A flight has `format = 1`, `title`, `note`, rows `[[phase]]`"
    yield "flown in order, and rows `[[record]]`. `malapert fly FILE.toml` flies it, `malapert verify FILE.toml` grades"
    yield "it. A figure a phase is flown with cannot be graded: the loader refuses a file that does both."
    yield ""
    yield units_line()
    yield ""
    yield "| type | what | begins | leaves the craft |"
    yield "|---|---|---|---|"
    for name, model in PHASES.items():
        begins = " or ".join("with no craft yet" if place == "nowhere" else place for place in model.begins)
        yield f"| [`{name}`](#{name}) | {_said(model)} | {begins} | {model.ends} |"
    yield ""
    yield "## `[[record]]`"
    yield ""
    yield from key_table(dict(Record.model_fields))
    yield "## Keys of every phase"
    yield ""
    yield from key_table(dict(Phase.model_fields))
    yield "What every phase gives:"
    yield ""
    yield from _quantities(EVERY_PHASE)
    for name, model in PHASES.items():
        yield f"## {name}"
        yield ""
        yield _said(model)
        yield ""
        yield from key_table({key: field for key, field in model.model_fields.items() if key not in Phase.model_fields})
        yield from _rows_within(model)
        if model.quantities:
            yield "It gives:"
            yield ""
            yield from _quantities(model.quantities)


def _rows_within(model: type[Phase]) -> Iterator[str]:
    """Tables inside a phase, such as the stages of an ascent."""
    for name, row in inner_rows(model):
        yield f"Each of `{name}`:"
        yield ""
        yield from key_table(dict(row.model_fields))


def inner_rows(model: type[BaseModel]) -> Iterator[tuple[str, type[BaseModel]]]:
    """Keys whose value is a row, or rows, of its own, with the model of those."""
    for name, field in model.model_fields.items():
        todo = [field.annotation]
        while todo:
            kind = todo.pop()
            if isinstance(kind, type) and issubclass(kind, BaseModel):
                yield name, kind
            todo += getattr(kind, "__args__", ())


def _said(model: type[Phase]) -> str:
    return " ".join(str(model.__doc__).split())


def _quantities(quantities: dict[str, str]) -> Iterator[str]:
    yield "| quantity | unit | meaning |"
    yield "|---|---|---|"
    for key, meaning in quantities.items():
        unit = unit_of(key)
        yield f"| `{key}` | {'UTC' if key.endswith('_utc') else unit.symbol if unit else ''} | {meaning} |"
    yield ""
