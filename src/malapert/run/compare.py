"""Sweeps held against each other: which points are the same in both, and what differs there."""

import json
import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from malapert.errors import InputError
from malapert.programme.suggest import did_you_mean
from malapert.run.parts import SET, Parts

POINTS = "points"
_WORDS = ("closes", "missed", "error")


@dataclass(frozen=True)
class Swept:
    """Points of a sweep: axes with their values as numbers or text, and one column for each axis and figure; `chosen`
    are the axes on which one value was taken."""

    name: str
    axes: dict[str, tuple[Any, ...]]
    table: dict[str, Any]
    chosen: tuple[str, ...] = ()

    @property
    def n(self) -> int:
        """Number of points."""
        return len(self.table["closes"])

    @property
    def figures(self) -> tuple[str, ...]:
        """Columns that are figures of a run."""
        return tuple(name for name in self.table if name not in self.chosen and name not in (*self.axes, *_WORDS))


@dataclass(frozen=True)
class Pair:
    """A point of one sweep and the same point of another, by row; `at` says where they lie on the axes they share."""

    at: dict[str, Any]
    one: int
    other: int


def is_sweep(path: str) -> bool:
    """Whether a path, with what may follow its @, is a folder of a sweep."""
    return _set_of(Path(path.partition("@")[0])) is not None


def read(path: str) -> Swept:
    """A sweep's points from its folder; `FOLDER@key=value,...` takes those with these values alone."""
    name, _, chosen = path.partition("@")
    folder = _set_of(Path(name))
    if folder is None:
        raise InputError(
            f"{name}: is no folder of a sweep (no {POINTS}/{SET}); `malapert sweep` makes one. A sweep is held "
            "against a sweep, a run against a run"
        )
    said = json.loads((folder / SET).read_text(encoding="utf-8"))
    axes: dict[str, list[str]] = said["over"]
    count = math.prod(len(values) for values in axes.values())
    parts = Parts(folder, said["rows_in_part"], {})
    if parts.missing(count):
        raise InputError(f"{name}: the sweep is not finished; go on with `malapert sweep ... --resume`")
    table = parts.read(count)
    found = Swept(path, {key: tuple(dict.fromkeys(table[key].tolist())) for key in axes}, table)
    return _taken(found, chosen) if chosen else found


def _set_of(folder: Path) -> Path | None:
    for place in (folder, folder / POINTS):
        if (place / SET).is_file() and '"over"' in (place / SET).read_text(encoding="utf-8"):
            return place
    return None


def _taken(whole: Swept, wanted: str) -> Swept:
    """The points with the values chosen; what is chosen is no axis any more."""
    kept = np.ones(whole.n, dtype=bool)
    axes = dict(whole.axes)
    for part in wanted.split(","):
        key, _, text = part.partition("=")
        key = key.strip()
        if key not in whole.axes:
            known = ", ".join(whole.axes)
            raise InputError(f"{whole.name}: {key} was not swept{did_you_mean(key, whole.axes)}; there are {known}")
        value = next((v for v in whole.axes[key] if _same(v, text.strip())), None)
        if value is None:
            known = ", ".join(str(v) for v in whole.axes[key])
            raise InputError(f"{whole.name}: {key} has no value {text.strip()!r}; it has {known}")
        kept &= whole.table[key] == value
        axes.pop(key, None)
    chosen_keys = tuple(key for key in whole.axes if key not in axes)
    return Swept(whole.name, axes, {name: values[kept] for name, values in whole.table.items()}, chosen_keys)


def _same(value: Any, text: str) -> bool:
    try:
        return float(value) == float(text)
    except ValueError:
        return str(value) == text


def pairs(one: Swept, other: Swept) -> list[Pair]:
    """The points that lie at the same place of the axes both have; InputError when there are none."""
    shared = [key for key in one.axes if key in other.axes]
    alone = [key for key in (*one.axes, *other.axes) if key not in shared]
    if alone:
        raise InputError(
            f"{alone[0]}: only one of the two was swept over it; choose a value of it, as FOLDER@{alone[0]}=VALUE"
        )
    place = {tuple(_plain(other.table[key][k]) for key in shared): k for k in range(other.n)}
    found = []
    for k in range(one.n):
        at = tuple(_plain(one.table[key][k]) for key in shared)
        if at in place:
            found.append(Pair(dict(zip(shared, at, strict=True)), k, place[at]))
    if not found:
        raise InputError(f"{one.name} and {other.name}: have no point in common; their values of {shared[0]} differ")
    return found


def differing(one: Swept, other: Swept, found: list[Pair]) -> Iterator[dict[str, Any]]:
    """Figures that differ somewhere, those that move most of their size first.

    Each is {figure, points, one, other, mean_change, least_change, most_change, at}; `one` and `other` are means over
    the points in common, `at` is where the change is largest.
    """
    left, right = [pair.one for pair in found], [pair.other for pair in found]
    rows = []
    for name in (name for name in one.figures if name in other.figures):
        a, b = one.table[name][left].astype(float), other.table[name][right].astype(float)
        change = b - a
        known = np.isfinite(change)
        if not known.any() or not (change[known] != 0.0).any():
            continue
        worst = int(np.nanargmax(np.where(known, np.abs(change), -1.0)))
        row = {
            "figure": name,
            "points": int((change[known] != 0.0).sum()),
            "one": float(a[known].mean()),
            "other": float(b[known].mean()),
            "mean_change": float(change[known].mean()),
            "least_change": float(change[known].min()),
            "most_change": float(change[known].max()),
            "at": found[worst].at,
        }
        rows.append((float(np.abs(change[known]).max() / max(np.abs(a[known]).max(), np.abs(b[known]).max())), row))
    yield from (row for _, row in sorted(rows, key=lambda pair: -pair[0]))


def compared(one: Swept, other: Swept) -> dict[str, Any]:
    """Everything that differs between two sweeps, as plain data: points in common, figures, and every point."""
    found = pairs(one, other)
    figures = list(differing(one, other, found))
    names = [row["figure"] for row in figures]
    points = [
        {
            "at": pair.at,
            "one": _point(one, pair.one, names),
            "other": _point(other, pair.other, names),
        }
        for pair in found
    ]
    return {"one": one.name, "other": other.name, "axes": list(found[0].at), "figures": figures, "points": points}


def _point(swept: Swept, row: int, names: list[str]) -> dict[str, Any]:
    return {name: _plain(swept.table[name][row]) for name in (*_WORDS, *names)}


def _plain(value: Any) -> Any:
    value = value.item() if hasattr(value, "item") else value
    return None if isinstance(value, float) and not math.isfinite(value) else value
