"""From a merged tree to a checked programme: every mistake at once, each with its file and line."""

from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from malapert.errors import Problem, ProgrammeError
from malapert.programme.merge import Key, Merged
from malapert.programme.model import LOADER_KEYS, SETTINGS, TABLES, Programme
from malapert.programme.present import only_present
from malapert.programme.references import cross_checks
from malapert.programme.rows import Row
from malapert.programme.suggest import did_you_mean, key_advice
from malapert.programme.vehicles import Stage

R = TypeVar("R", bound=Row)


def checked(merged: Merged, variant: str = "") -> Programme:
    """The programme a tree declares; ProgrammeError with every mistake found."""
    problems = list(merged.problems)
    settings = _settings(merged, problems)
    tables = {table: _table(merged, table, problems) for table in TABLES}
    problems += cross_checks(merged, settings, tables)
    problems += _variant_problems(merged)
    if problems:
        raise ProgrammeError(problems)
    return only_present(Programme.model_validate({**settings, **tables, "variant": variant}))


def _settings(merged: Merged, problems: list[Problem]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    known = (*SETTINGS, *TABLES, "extends", "variants")
    for key, value in merged.tree.items():
        if key in LOADER_KEYS or key not in known:
            what, do = key_advice(key, value, known)
            problems.append(merged.problem((key,), what, do))
        elif key in SETTINGS:
            field = Programme.model_fields[key]
            adapter: TypeAdapter[Any] = TypeAdapter(
                _annotated(field), config=ConfigDict(strict=True, allow_inf_nan=False)
            )
            try:
                values[key] = adapter.validate_python(value)
            except ValidationError as error:
                problems += [merged.problem((key,), said(detail), "") for detail in error.errors()]
    for key in SETTINGS:
        if Programme.model_fields[key].is_required() and key not in merged.tree:
            problems.append(
                merged.problem(
                    (), f"{key} is missing", f"add {key} = ... at the top: {Programme.model_fields[key].description}"
                )
            )
    return values


def _annotated(field: Any) -> Any:
    return Annotated[field.annotation, *field.metadata] if field.metadata else field.annotation


def _table(merged: Merged, table: str, problems: list[Problem]) -> dict[str, Row]:
    rows = merged.tree.get(table, {})
    if not isinstance(rows, dict):
        problems.append(merged.problem((table,), f"must hold rows, [{table}.NAME] (got {_short(rows)})"))
        return {}
    checked_rows: dict[str, Row] = {}
    for name, row in rows.items():
        if not isinstance(row, dict):
            problems.append(
                merged.problem(
                    (table, name), f"must be a row, [{table}.{name}] with keys of its own (got {_short(row)})"
                )
            )
            continue
        checked_row = row_of(merged, (table, name), TABLES[table], row, problems)
        if checked_row is not None:
            checked_rows[name] = checked_row
    return checked_rows


def row_of(merged: Merged, path: Key, model: type[R], row: dict[str, Any], problems: list[Problem]) -> R | None:
    """One row as its model, or None with its mistakes noted."""
    found = len(problems)
    for key in (row.get("source") if isinstance(row.get("source"), dict) else {}) or {}:
        if key not in model.model_fields:
            problems.append(
                merged.problem(
                    (*path, "source", key), f"source of no known figure{did_you_mean(key, model.model_fields)}"
                )
            )
    try:
        value = model.model_validate(row)
    except ValidationError as error:
        problems += [_row_problem(merged, path, model, detail) for detail in error.errors()]
        return None
    return value if len(problems) == found else None


def _row_problem(merged: Merged, path: Key, model: type[BaseModel], detail: Any) -> Problem:
    key: Key = (*path, *(str(part) for part in detail["loc"]))
    name = str(detail["loc"][-1]) if detail["loc"] else ""
    if detail["type"] == "extra_forbidden":
        return merged.problem(key, *key_advice(name, detail["input"], _keys_at(model, detail["loc"])))
    if detail["type"] == "missing":
        field = model.model_fields.get(name)
        return merged.problem(key, "is missing", f"add it: {field.description}" if field else "add it")
    return merged.problem(key, said(detail), "")


def _keys_at(model: type[BaseModel], loc: tuple[Any, ...]) -> list[str]:
    """The keys known where an unknown one stands: the row's, or a stage's inside it."""
    if len(loc) > 1 and loc[0] == "stages":
        return list(Stage.model_fields)
    return list(model.model_fields)


def said(detail: Any) -> str:
    """One complaint of the row's own checks, with what was found."""
    message = str(detail["msg"]).removeprefix("Value error, ")
    return f"{message[:1].lower()}{message[1:]} (got {_short(detail['input'])})"


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 80 else text[:77] + "..."


def _variant_problems(merged: Merged) -> list[Problem]:
    """Variants name only tables, rows and keys that exist, whether or not one is applied."""
    problems = []
    for variant, overlay in merged.variants.items():
        for key in overlay.tree:
            if key not in (*SETTINGS, *TABLES):
                file, line = overlay.place((key,))
                what, do = key_advice(key, None, (*SETTINGS, *TABLES))
                problems.append(Problem(file, line, f"variants.{variant}.{key}", what, do))
    return problems
