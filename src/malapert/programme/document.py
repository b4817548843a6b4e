"""The reference of programme files as Markdown, made from the same rows that check them."""

from collections.abc import Iterator
from typing import Any, get_args

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from malapert.programme.model import SETTINGS, TABLES, Programme
from malapert.programme.quantities import QUANTITIES
from malapert.programme.rows import Row
from malapert.programme.vehicles import Stage
from malapert.units import UNITS, unit_of


def reference() -> str:
    """Every table and key: type, unit, default, meaning."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    yield "# Programme files: every table and key"
    yield ""
    yield "Made by `malapert schema --markdown`. A required key may come from `like`, a parent or a variant."
    yield units_line()
    yield ""
    yield "## Settings, at the top of the file"
    yield ""
    yield from key_table({name: Programme.model_fields[name] for name in SETTINGS})
    yield "## Keys every row may have"
    yield ""
    yield from key_table(Row.model_fields)
    for table, row in TABLES.items():
        yield f"## `[{table}.NAME]`"
        yield ""
        yield str(row.__doc__).strip()
        yield ""
        yield from key_table({key: field for key, field in row.model_fields.items() if key not in Row.model_fields})
        if "stages" in row.model_fields:
            yield "Each of `stages`:"
            yield ""
            yield from key_table(Stage.model_fields)
    yield "## Figures a requirement may ask about"
    yield ""
    yield ", ".join(f"`{name}`" for name in QUANTITIES) + "."


def units_line() -> str:
    """The closed list of suffixes."""
    return "Units by suffix: " + ", ".join(f"`_{name}` {unit.symbol}" for name, unit in UNITS.items()) + "."


def key_table(fields: dict[str, FieldInfo]) -> Iterator[str]:
    """Keys with type, unit, default and meaning."""
    yield "| key | type | unit | default | meaning |"
    yield "|---|---|---|---|---|"
    for key, field in fields.items():
        unit = unit_of(key)
        default = "required" if field.is_required() else _default(field)
        symbol = unit.symbol if unit else ""
        yield f"| `{key}` | {_kind(field.annotation)} | {symbol} | {default} | {field.description} |"
    yield ""


def _default(field: FieldInfo) -> str:
    value = field.get_default(call_default_factory=True)
    return "" if value in (None, "", (), {}) else f"`{str(value).lower() if isinstance(value, bool) else value}`"


_WORDS = {
    "str": "text",
    "int": "whole number",
    "float": "number",
    "bool": "true or false",
    "datetime": "epoch",
    "tuple": "list",
    "dict": "table",
}


def _kind(annotation: Any) -> str:
    arguments = [argument for argument in get_args(annotation) if argument is not type(None)]
    name = getattr(annotation, "__name__", str(annotation))
    if name == "Literal":
        return " or ".join(f"`{argument}`" for argument in arguments)
    if name in ("Union", "Optional", "UnionType") or "|" in str(annotation):
        return _kind(arguments[0])
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return "table"
    return _WORDS.get(getattr(getattr(annotation, "__origin__", annotation), "__name__", ""), name)
