"""A programme at every point of a grid over its keys, as one set of Parquet parts."""

import hashlib
import json
import math
import os
from dataclasses import dataclass
from itertools import islice, product
from pathlib import Path
from typing import Any

import numpy as np

from malapert.errors import InputError, MalapertError
from malapert.programme import Programme, load
from malapert.programme.model import SETTINGS, TABLES
from malapert.programme.suggest import did_you_mean, key_advice
from malapert.run.closure import quantities, verdicts
from malapert.run.executor import made
from malapert.run.folder import Notice, Run, code_digest, silent, stage_keys
from malapert.run.living import with_links
from malapert.run.parts import Parts
from malapert.run.stages import PLANNED
from malapert.station import measure

PART = 16
MOST_POINTS = 1_000_000
# Values of an axis that are all tried before anything is worked out.
TRIED = 20
# What a point takes when light and flights need not be made again, for the cost said of a grid that is refused.
SECONDS_PER_POINT, BYTES_PER_POINT = 2.0, 1000


@dataclass(frozen=True)
class Axis:
    """One key and the values it takes, as `--set` would write them."""

    key: str
    values: tuple[str, ...]

    def typed(self, value: str) -> float | str:
        """A value as a number when all of the axis are numbers."""
        try:
            return [float(each) for each in self.values][self.values.index(value)]
        except ValueError:
            return value


def axes(over: tuple[str, ...], programme: Programme) -> tuple[Axis, ...]:
    """`key=a,b` and `key=lo:hi:n`, one or several to a text; InputError for what is no key of the programme."""
    texts: list[tuple[str, list[str]]] = []
    for part in (part.strip() for text in over for part in text.split(",")):
        key, equals, value = part.partition("=")
        if equals:
            texts.append((key.strip(), [value.strip()]))
        elif texts:
            texts[-1][1].append(part)
        else:
            raise InputError(f"--over {part}: must read key=a,b or key=low:high:number")
    if not texts:
        raise InputError("--over is missing; write --over battery.main.capacity_kwh=500:5000:10")
    keys = [key for key, _ in texts]
    if twice := next((key for key in keys if keys.count(key) > 1), ""):
        raise InputError(f"--over {twice}: is there twice; give all its values at once")
    return tuple(Axis(key, _values(key, values, _now(programme, key))) for key, values in texts)


def _now(programme: Programme, key: str) -> Any:
    """What a key is in the programme as it stands."""
    table, _, rest = key.partition(".")
    if not rest:
        if key in SETTINGS:
            return getattr(programme, key)
        where = (
            f" is a table; write {key}.NAME.KEY" if key in TABLES else f" is no setting{did_you_mean(key, SETTINGS)}"
        )
        more = ", or station=NAME to move the station" if key == "site" else ""
        raise InputError(f"--over {key}: {key}{where}{more}")
    if table not in TABLES:
        raise InputError(f"--over {key}: no table {table!r}{did_you_mean(table, TABLES)}")
    name, _, field = rest.rpartition(".")
    rows = getattr(programme, table)
    if name not in rows:
        known = f"; there are {', '.join(rows)}" if len(rows) <= 20 else ""
        raise InputError(f"--over {key}: no {table} {name!r}{did_you_mean(name, rows)}{known}")
    if field not in TABLES[table].model_fields:
        what, do = key_advice(field, "", TABLES[table].model_fields)
        raise InputError(f"--over {key}: {field}: {what}" + (f"; {do}" if do else ""))
    return getattr(rows[name], field)


def _values(key: str, texts: list[str], now: Any) -> tuple[str, ...]:
    found: list[str] = []
    for text in texts:
        ends = text.split(":")
        if len(ends) != 3 or isinstance(now, str):
            found.append(text)
            continue
        try:
            low, high, count = float(ends[0]), float(ends[1]), int(ends[2])
        except ValueError:
            low, high, count = math.nan, math.nan, 0
        if not (math.isfinite(low) and math.isfinite(high) and count >= 2):
            raise InputError(f"--over {key}={text}: must read low:high:number with two points or more")
        if count > MOST_POINTS:
            raise _too_many(count)
        steps = np.linspace(low, high, count)
        whole = isinstance(now, int) and not isinstance(now, bool)
        if whole and (steps != np.round(steps)).any():
            raise InputError(f"--over {key}={text}: {key} is a whole number; choose steps that are")
        found += [repr(int(step)) if whole else repr(float(step)) for step in steps]
    if "" in found:
        raise InputError(f"--over {key}: a value is empty")
    return tuple(found)


def size(grid: tuple[Axis, ...]) -> int:
    """Number of points; InputError with their cost when there are too many."""
    count = math.prod(len(axis.values) for axis in grid)
    if count > MOST_POINTS:
        raise _too_many(count)
    return count


def check(programme: str, variant: str, sets: tuple[str, ...], grid: tuple[Axis, ...]) -> None:
    """InputError for a value its key cannot take, all else as declared; of long axes the ends are looked at."""
    for axis in grid:
        tried = axis.values if len(axis.values) <= TRIED else (axis.values[0], axis.values[-1])
        for value in tried:
            try:
                load(programme, variant, (*sets, f"{axis.key}={value}"))
            except InputError as error:
                raise InputError(str(error).replace("--set:", "--over:", 1)) from None


def _too_many(count: int) -> InputError:
    cores = os.cpu_count() or 1
    days = count * SECONDS_PER_POINT / cores / 86400.0
    gigabytes = count * BYTES_PER_POINT / 1e9
    return InputError(
        f"--over: a grid of {count:,} points would take some {days:,.0f} days on {cores} cores and {gigabytes:,.0f} GB "
        f"(at most {MOST_POINTS:,} points are taken); fewer values, or `malapert risk`, which draws instead"
    )


@dataclass(frozen=True)
class Points:
    """What a worker is asked: rows [first, last) of the grid. Light and flights of the base run serve if they hold."""

    programme: str
    variant: str
    sets: tuple[str, ...]
    grid: tuple[Axis, ...]
    keys: dict[str, str]
    base: dict[str, Any]
    figures: tuple[str, ...]

    def __call__(self, span: tuple[int, int]) -> dict[str, list[Any]]:
        """One column for each axis and figure; `error` says why a point has no figures."""
        rows = [self.row(values) for values in islice(product(*(axis.values for axis in self.grid)), *span)]
        return {name: [row[name] for row in rows] for name in rows[0]}

    def row(self, values: tuple[str, ...]) -> dict[str, Any]:
        """One point."""
        row: dict[str, Any] = {axis.key: axis.typed(value) for axis, value in zip(self.grid, values, strict=True)}
        sets = tuple(f"{axis.key}={value}" for axis, value in zip(self.grid, values, strict=True))
        try:
            programme = load(self.programme, self.variant, (*self.sets, *sets))
            found = measured(programme, self.keys, self.base)
            missed = [verdict.name for verdict in verdicts(programme, found) if not verdict.met]
            figures = {name: float(found.get(name, math.nan)) for name in self.figures}
            return row | {"closes": not missed, "missed": ", ".join(missed), "error": ""} | figures
        except MalapertError as error:
            none = dict.fromkeys(self.figures, math.nan)
            return row | {"closes": False, "missed": "", "error": str(error)} | none


def measured(programme: Programme, keys: dict[str, str], base: dict[str, Any]) -> dict[str, float]:
    """Every figure a requirement may ask about, of a programme; base results under their own key are not made again."""
    results: dict[str, Any] = {}
    own = stage_keys(programme, PLANNED)
    for stage in PLANNED:
        if own[stage.name] == keys.get(stage.name):
            results[stage.name] = base[stage.name]
            continue
        needs = {name: results[name] for name in stage.needs}
        results[stage.name] = stage.compute(programme, _unheard, **needs)
    light, flights, plan = (results[name] for name in ("light", "flights", "plan"))
    lived = with_links(programme, light, flights, plan)
    return quantities(flights, plan, measure(programme, plan.plan, lived))


def sweep(
    run: Run,
    programme: str,
    variant: str,
    sets: tuple[str, ...],
    grid: tuple[Axis, ...],
    folder: Path,
    *,
    scheduler: str = "",
    resume: bool = False,
    workers: int | None = None,
    notice: Notice = silent,
) -> dict[str, Any]:
    """Every point of the grid, in parts in a folder; columns in the order of the grid, last axis fastest."""
    count = size(grid)
    axes_said = {axis.key: list(axis.values) for axis in grid}
    said = json.loads(run.programme.model_dump_json(exclude={"variant"}))
    made_from = hashlib.sha256(json.dumps([code_digest(), said], sort_keys=True).encode()).hexdigest()
    parts = Parts(folder, PART, {"programme": run.programme.name, "over": axes_said, "study": made_from})
    parts.open(resume)
    base = {stage.name: run.result(stage.name, stage.gives) for stage in PLANNED}
    keys = stage_keys(run.programme, PLANNED)
    first = measured(run.programme, keys, base)
    work = Points(programme, variant, sets, grid, keys, base, tuple(first))
    todo = parts.missing(count)
    done = count - sum(last - begin for begin, last in todo)
    for span, table in made(work, todo, scheduler, workers):
        parts.write(span, table)
        done += span[1] - span[0]
        notice("sweep", min(done / count, 0.99), f"Sweep: {done:,} of {count:,} points")
    notice("sweep", 1.0, f"Sweep: {count:,} points")
    return parts.read(count)


def _unheard(fraction: float, words: str = "") -> None:
    pass
