"""What commands share: options, text read as numbers with units, JSON on the terminal."""

import json
import math
import re
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from malapert.errors import InputError

ProgrammeArgument = Annotated[str, typer.Argument(help="A programme file, or the name of a shipped programme.")]
VariantOption = Annotated[str, typer.Option(help="Name of a variant the programme declares.")]
SetOption = Annotated[list[str] | None, typer.Option("--set", help="table.name.key=value, over everything else.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]

LENGTHS_KM = {"m": 1e-3, "km": 1.0}
TIMES_S = {"s": 1.0, "min": 60.0, "h": 3600.0, "d": 86400.0}


def print_json(value: Any) -> None:
    """A value as JSON on standard output; what is not a number becomes null."""
    print(json.dumps(_plain(value), indent=1, ensure_ascii=False))


def say(
    answer: dict[str, Any], as_json: bool, show: Callable[[dict[str, Any]], None], files: tuple[Path | None, ...]
) -> None:
    """Print an answer, and which files hold more of it."""
    written = [str(path) for path in files if path]
    if as_json:
        print_json(answer | {"files": written})
        return
    show(answer)
    for path in written:
        print(f"written: {path}")


def _plain(value: Any) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items()}
    return [_plain(inner) for inner in value] if isinstance(value, list | tuple) else value


def measure(text: str, option: str, units: dict[str, float]) -> float:
    """`10km` or `1 h` as a number in the table's own unit; InputError for a number without a unit, or below zero."""
    found = re.fullmatch(r"\s*([0-9.eE+-]+?)\s*([a-zA-Z]*)\s*", text)
    number, unit = (found[1], found[2]) if found else ("", "")
    example = f"{option} {'10' if 'km' in units else '1'}{list(units)[-1] if 'km' in units else 'h'}"
    if unit not in units:
        wrong = f"the unit {unit!r} is not one of" if unit else "a unit is missing:"
        raise InputError(f"{option} {text}: {wrong} {', '.join(units)}; write it as in `{example}`")
    try:
        value = float(number) * units[unit]
    except ValueError:
        value = math.nan
    if not (math.isfinite(value) and value > 0.0):
        raise InputError(f"{option} {text}: not a number above zero; write it as in `{example}`")
    return value


def place(text: str, option: str) -> tuple[float, float]:
    """`-89.45,222.7` as latitude and longitude in degrees; InputError for anything else."""
    try:
        lat_deg, lon_deg = (float(part) for part in text.split(","))
    except ValueError:
        raise InputError(f"{option} {text}: not a latitude and a longitude; write `{option} -89.45,222.7`") from None
    return lat_deg, lon_deg
