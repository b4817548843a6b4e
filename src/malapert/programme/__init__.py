"""What is declared: a programme file in, a checked and frozen `Programme` out, all mistakes at once with file and line.

`load` reads a file or a shipped programme, applies a variant and `--set`; `merged_toml` is what the run folder keeps.
"""

from pathlib import Path

from malapert.programme.check import checked
from malapert.programme.document import reference
from malapert.programme.merge import as_toml, read_merged, shipped
from malapert.programme.model import Dropped, Programme
from malapert.programme.schema import json_schema


def load(programme: str | Path, variant: str = "", sets: tuple[str, ...] = ()) -> Programme:
    """The programme in a file, or a shipped one by name; ProgrammeError lists every mistake."""
    return checked(read_merged(programme, variant, sets), variant)


def merged_toml(programme: str | Path, variant: str = "", sets: tuple[str, ...] = ()) -> str:
    """The same programme with catalogue, parent, variant and settings laid into one TOML text."""
    return as_toml(read_merged(programme, variant, sets).tree)


def variants(programme: str | Path) -> tuple[str, ...]:
    """Names of the variants a programme has."""
    return tuple(read_merged(programme).variants)


__all__ = ["Dropped", "Programme", "json_schema", "load", "merged_toml", "reference", "shipped", "variants"]
