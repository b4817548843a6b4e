"""A SpaceNet file read into a campaign: every mistake at once, each with the path to it and what was found."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from malapert.errors import InputError, Problem, ProgrammeError, one_problem
from malapert.logistics.campaign.events import Campaign
from malapert.logistics.spacenet import rows, shape
from malapert.logistics.spacenet.build import campaign_of

Model = TypeVar("Model", bound=BaseModel)
# Rows alone are told apart by a key that only one kind has.
KIND_OF_ROW: tuple[tuple[str, type[BaseModel], str], ...] = (
    ("body1", rows.NodeRow, "places"),
    ("origin", rows.EdgeRow, "legs"),
    ("unitmass", rows.ResourceRow, "resources"),
    ("mass", rows.ElementRow, "elements"),
)


@dataclass(frozen=True)
class Fragment:
    """A file with rows of one kind and no scenario: `counts` by kind."""

    counts: dict[str, int]


def read_file(path: Path) -> Campaign | Fragment:
    """The campaign of a file, or what a file of rows alone holds; ProgrammeError with all mistakes, InputError when it
    is no SpaceNet file."""
    try:
        tree = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}); give a SpaceNet scenario file") from None
    except UnicodeDecodeError:
        raise InputError(f"{path}: not text in UTF-8; give a SpaceNet scenario file (JSON)") from None
    except (json.JSONDecodeError, RecursionError) as error:
        line = getattr(error, "lineno", 0)
        what = f"not JSON ({getattr(error, 'msg', 'nested too deeply')})"
        raise one_problem(path, what, "give a SpaceNet scenario file", line=line) from None
    return read_tree(tree, str(path))


def read_tree(tree: Any, file: str) -> Campaign | Fragment:
    """The same for a parsed file."""
    if isinstance(tree, list):
        return _rows_alone(tree, file)
    if isinstance(tree, dict) and "nodes" in tree and "network" not in tree:
        return _network_alone(tree, file)
    if not isinstance(tree, dict) or "network" not in tree or "missionList" not in tree:
        found = ", ".join(list(tree)[:5]) if isinstance(tree, dict) else type(tree).__name__
        raise one_problem(file, f"not a SpaceNet scenario (holds {found})", "it needs `network` and `missionList`")
    problems: list[Problem] = []

    def complain(path: tuple[str | int, ...], what: str) -> None:
        problems.append(Problem(file, 0, _dotted(path, tree), what))

    older = shape.is_older(tree)
    shaped = shape.shaped(tree, complain)
    scenario = _checked(rows.ScenarioRow, shaped, file, problems)
    if scenario is None or problems:
        raise ProgrammeError(problems)
    return campaign_of(scenario, file, "older" if older else "current")


def _network_alone(tree: dict[str, Any], file: str) -> Fragment:
    problems: list[Problem] = []
    found = _checked(rows.NetworkRow, shape.network(tree), file, problems)
    if found is None:
        raise ProgrammeError(problems)
    return Fragment({"places": len(found.nodes), "legs": len(found.edges)})


def _rows_alone(tree: list[Any], file: str) -> Fragment:
    problems: list[Problem] = []
    counts: dict[str, int] = {}
    for k, row in enumerate(tree):
        model, kind = _kind_of(row)
        if model is None:
            what = "no kind of SpaceNet row" if isinstance(row, dict) else "not a row"
            problems.append(
                Problem(file, 0, f"[{k}]", f"{what} (got {_short(row)})", "give nodes, edges, resources or elements")
            )
            continue
        placed = {"id": k, **row}
        placed = shape.older_edges([placed])[0] if kind == "legs" else placed
        problems += _problems(model, placed, file, f"[{row.get('name', k)}]")
        counts[kind] = counts.get(kind, 0) + 1
    if problems:
        raise ProgrammeError(problems)
    return Fragment(counts)


def _kind_of(row: Any) -> tuple[type[BaseModel] | None, str]:
    keys = {key.replace("_", "").lower().removesuffix("id") for key in row} if isinstance(row, dict) else set()
    return next(((model, kind) for key, model, kind in KIND_OF_ROW if key in keys), (None, ""))


def _problems(model: type[BaseModel], row: dict[str, Any], file: str, path: str) -> Iterable[Problem]:
    problems: list[Problem] = []
    _checked(model, row, file, problems, path)
    if model is rows.EdgeRow and row.get("duration") is None and "surface" not in str(row.get("type")).lower():
        problems.append(Problem(file, 0, f"{path}.duration", "is missing", "give the days it takes"))
    return problems


def _checked(
    model: type[Model], tree: dict[str, Any], file: str, problems: list[Problem], path: str = ""
) -> Model | None:
    """A tree as the model, or None with its mistakes noted."""
    try:
        return model.model_validate(tree)
    except ValidationError as error:
        for detail in error.errors():
            key = ".".join(part for part in (path, _dotted(detail["loc"], tree)) if part)
            if detail["type"] == "missing":
                problems.append(Problem(file, 0, key, "is missing"))
                continue
            said = str(detail["msg"]).removeprefix("Value error, ")
            problems.append(Problem(file, 0, key, f"{said[:1].lower()}{said[1:]} (got {_short(detail['input'])})"))
        return None


def _dotted(loc: tuple[Any, ...], tree: Any) -> str:
    """A path as people read it: rows of a list by their name."""
    words: list[str] = []
    here = tree
    for part in loc:
        if isinstance(part, int):
            here = here[part] if isinstance(here, list) and part < len(here) else None
            name = here.get("name", part) if isinstance(here, dict) else part
            words.append(f"[{name}]")
            continue
        here = here.get(part) if isinstance(here, dict) else None
        words.append(f".{part}")
    return "".join(words).removeprefix(".")


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."
