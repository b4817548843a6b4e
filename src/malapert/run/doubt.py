"""Many histories of a programme, on one machine or many, into parts on disk that a later call takes up."""

import hashlib
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from malapert.errors import InputError
from malapert.programme import Programme
from malapert.risk import sensitivity
from malapert.risk.histories import Risk, answers
from malapert.risk.sensitivity import Sensitivity
from malapert.risk.study import Study, Table
from malapert.run import losses
from malapert.run import study as studies
from malapert.run.executor import LOCAL, MEMORY_PER_WORKER, made, reach
from malapert.run.flights import Flights
from malapert.run.folder import Notice, Run, code_digest, execute, refuse_other, silent
from malapert.run.light import Light
from malapert.run.losses import Loss
from malapert.run.manifest import Manifest
from malapert.run.parts import Parts
from malapert.run.stages import PLANNED

HISTORIES = "histories"
# Histories in a part: a second or two of work, a megabyte on disk.
PART = 250
# Histories at each place of the levers, and without each partner and vehicle.
FEW = 200
MOST = 100_000_000
# From so many histories on, a local cluster with bounded memory takes the place of plain processes.
LARGE = 100_000


@dataclass(frozen=True)
class Doubt:
    """The answers of n histories, the study they come from and how it went; `made` is how many this call made.

    `sensitivities` and `losses` are empty when they were not asked for.
    """

    study: Study
    risk: Risk
    sensitivities: tuple[Sensitivity, ...]
    losses: tuple[Loss, ...]
    folder: Path
    made: int
    seconds: float


def study_of(run: Run, seed: int) -> Study:
    """The study of a run's plan under its light."""
    light, flights, plan = run.result("light", Light), run.result("flights", Flights), run.result("plan", Manifest)
    return studies.study_of(run.programme, light, flights, plan, seed)


def check(programme: Programme, folder: Path, scheduler: str, histories: int = 1) -> None:
    """Refuse at once what would be refused after minutes of work."""
    if not 1 <= histories <= MOST:
        raise InputError(f"--histories {histories}: a number from 1 to {MOST:,} is wanted")
    refuse_other(folder, programme)
    reach(scheduler)


def planned(programme: Programme, merged_toml: str, out: Path, notice: Notice = silent) -> Run:
    """The stages that histories start from, in the run folder; kept from an earlier run when they are there."""
    return execute(programme, merged_toml, out, PLANNED, notice)


def doubt(
    run: Run,
    histories: int,
    seed: int,
    folder: Path,
    *,
    scheduler: str = "",
    resume: bool = False,
    workers: int | None = None,
    brief: bool = False,
    notice: Notice = silent,
) -> Doubt:
    """So many histories of a run's plan; those in the folder already are read, the others made, all are weighed.

    Unless `brief`, the levers are pulled and partners and vehicles taken away too, with fewer histories each.
    """
    parts = Parts(folder, PART, {"programme": run.programme.name, "seed": seed, "study": digest(run)})
    parts.open(resume)
    started = time.perf_counter()
    study = study_of(run, seed)
    if not scheduler and _large(histories):
        scheduler = LOCAL
        notice("histories", 0.0, f"Histories: on a local cluster, {MEMORY_PER_WORKER} a worker at most")
    fresh = fill(parts, study, histories, scheduler, workers, notice)
    found = answers(study, parts.read(histories))
    seconds = time.perf_counter() - started
    if brief:
        return Doubt(study, found, (), (), folder, fresh, seconds)
    few = min(histories, FEW)
    asked = list(losses.asked(run.programme))
    gone = _each(losses.without_each(run, seed, few), asked, scheduler, workers, notice, "Taken away")
    places = sensitivity.points(seed, morris=find_spec("SALib") is not None)
    means = _each(sensitivity.Point(study, few), places, scheduler, workers, notice, "Levers")
    swings = sensitivity.weighed(seed, find_spec("SALib") is not None, [means[place] for place in places])
    return Doubt(study, found, swings, tuple(gone[one] for one in asked), folder, fresh, seconds)


def _each(
    work: Callable[[Any], Any], items: list[Any], scheduler: str, workers: int | None, notice: Notice, words: str
) -> dict[Any, Any]:
    """Every item's result, with progress."""
    found: dict[Any, Any] = {}
    todo = list(dict.fromkeys(items))
    for item, result in made(work, todo, scheduler, workers):
        found[item] = result
        notice(words, len(found) / len(todo), f"{words}: {len(found)} of {len(todo)}")
    return found


def fill(
    parts: Parts,
    study: Study,
    histories: int,
    scheduler: str = "",
    workers: int | None = None,
    notice: Notice = silent,
) -> int:
    """Make the histories that are not on disk yet, each part written as it comes; how many were made."""
    todo = parts.missing(histories)
    done = histories - sum(last - first for first, last in todo)
    fresh = 0
    for span, table in rows(study, todo, scheduler, workers):
        parts.write(span, table)
        fresh += span[1] - span[0]
        told = f"Histories: {done + fresh:,} of {histories:,}"
        notice("histories", min((done + fresh) / histories, 0.99), told)
    notice("histories", 1.0, f"Histories: {histories:,}")
    return fresh


def rows(
    study: Study, spans: list[tuple[int, int]], scheduler: str = "", workers: int | None = None
) -> Iterator[tuple[tuple[int, int], Table]]:
    """The rows of some spans as they come; the kernels are compiled here once, before there are workers."""
    if spans and not scheduler:
        study.rows(0, 1)
    yield from made(partial(_span, study), spans, scheduler, workers)


def _span(study: Study, span: tuple[int, int]) -> Table:
    return study.rows(*span)


def digest(run: Run) -> str:
    """What histories depend on besides the seed: the programme whole, and the code."""
    said = [code_digest(), json.loads(run.programme.model_dump_json(exclude={"variant", "seed", "histories"}))]
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()


def _large(histories: int) -> bool:
    return histories >= LARGE and find_spec("distributed") is not None
