"""The run folder: stages in order, each kept under the hash of what it was made from, redone only when that changed."""

import hashlib
import json
import platform
import time
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib import metadata, resources
from pathlib import Path
from typing import Any, TypeVar

from malapert import data
from malapert.errors import InputError
from malapert.programme import Programme, load
from malapert.programme.model import SETTINGS, TABLES
from malapert.run import store

T = TypeVar("T")
PROGRAMME, PROVENANCE, TIMINGS = "programme.toml", "provenance.json", "timings.json"
LIBRARIES = ("numpy", "scipy", "numba", "xarray", "pyerfa", "ortools", "linopy", "highspy", "pydantic", "plotly")

Notice = Callable[[str, float | None, str], None]
"""Told (stage, fraction done or None, words) as work goes on."""


def silent(stage: str, fraction: float | None, words: str) -> None:
    """A notice nobody reads."""


@dataclass(frozen=True)
class Stage:
    """One step: the programme's tables and settings it reads, the stages it needs, what it gives, how."""

    name: str
    title: str
    reads: tuple[str, ...]
    needs: tuple[str, ...]
    gives: type[Any]
    compute: Callable[..., Any]


@dataclass(frozen=True)
class Run:
    """A run folder and what is in it."""

    folder: Path
    programme: Programme
    results: dict[str, Any]
    redone: tuple[str, ...] = ()

    def result(self, stage: str, kind: type[T]) -> T:
        """One stage's result, as the type it is known to have."""
        found = self.results[stage]
        if not isinstance(found, kind):
            raise TypeError(f"stage {stage} gives {type(found).__name__}, not {kind.__name__}")
        return found


def execute(
    programme: Programme,
    merged_toml: str,
    folder: Path,
    stages: tuple[Stage, ...],
    notice: Notice = silent,
    beside: Path | None = None,
) -> Run:
    """Run the stages into a folder; what is there, or in the run `beside`, under the same key is not made again."""
    if folder.exists() and not folder.is_dir():
        raise InputError(f"{folder}: is a file; name a folder for the run")
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"{folder}: cannot be made ({error.strerror}); name another run folder with --out") from None
    results: dict[str, Any] = {}
    keys: dict[str, str] = {}
    redone: list[str] = []
    seconds: dict[str, float] = {}
    peak_mb: dict[str, float] = {}
    for stage in stages:
        place = folder / stage.name
        keys[stage.name] = key = _key(programme, stage, keys)
        if beside is not None and store.saved_key(place) != key == store.saved_key(beside / stage.name):
            store.adopt(beside / stage.name, place)
        if store.saved_key(place) == key:
            results[stage.name] = store.load(stage.gives, place)
            notice(stage.name, 1.0, f"{stage.title}: kept from an earlier run")
            continue
        notice(stage.name, 0.0, stage.title)
        started = time.perf_counter()
        view = _view(programme, stage.reads)
        needs = {name: results[name] for name in stage.needs}

        def told(fraction: float, words: str = "", stage: Stage = stage) -> None:
            notice(stage.name, min(fraction, 0.99), words or stage.title)

        results[stage.name] = stage.compute(view, told, **needs)
        store.save(results[stage.name], place, key)
        seconds[stage.name] = time.perf_counter() - started
        peak_mb[stage.name] = _peak_mb()
        redone.append(stage.name)
        notice(stage.name, 1.0, stage.title)
    if redone or _said_of(folder) <= set(keys):
        store.write_text(folder / PROGRAMME, merged_toml)
        store.write_text(folder / PROVENANCE, store.as_json(provenance(programme, keys)))
        store.write_text(folder / TIMINGS, store.as_json({"seconds": seconds, "peak_mb": peak_mb}))
    return Run(folder, programme, results, tuple(redone))


def refuse_other(folder: Path, programme: Programme) -> None:
    """InputError when a folder is a file, or holds the run of another programme, before anything in it is made anew."""
    if folder.exists() and not folder.is_dir():
        raise InputError(f"{folder}: is a file; name a folder with --out")
    try:
        said = tomllib.loads((folder / PROGRAMME).read_text(encoding="utf-8")).get("name", programme.name)
    except (OSError, ValueError):
        return
    if said != programme.name:
        raise InputError(f"{folder}: holds the run of {said}, not of {programme.name}; name another folder with --out")


def stage_keys(programme: Programme, stages: tuple[Stage, ...]) -> dict[str, str]:
    """The key each stage's result would be kept under."""
    keys: dict[str, str] = {}
    for stage in stages:
        keys[stage.name] = _key(programme, stage, keys)
    return keys


def _said_of(folder: Path) -> set[str]:
    """The stages a folder's provenance speaks of: a part of a run that changes nothing leaves it as it is."""
    try:
        return set(json.loads((folder / PROVENANCE).read_text(encoding="utf-8"))["stages"])
    except (OSError, ValueError, KeyError, TypeError):
        return set()


def reopen(folder: Path, stages: tuple[Stage, ...]) -> Run:
    """A finished run from its folder; InputError when something is missing."""
    if not (folder / PROGRAMME).is_file():
        raise InputError(f"{folder}: is no run folder ({PROGRAMME} is missing); `malapert run` makes one")
    missing = [stage.name for stage in stages if not store.saved_key(folder / stage.name)]
    if missing:
        raise InputError(f"{folder}: the run is not finished ({', '.join(missing)} missing); run it again, it resumes")
    said = json.loads((folder / PROVENANCE).read_text(encoding="utf-8"))
    programme = load(folder / PROGRAMME).model_copy(update={"variant": str(said.get("variant", ""))})
    try:
        results = {stage.name: store.load(stage.gives, folder / stage.name) for stage in stages}
    except (KeyError, TypeError, ValueError, OSError):
        raise InputError(f"{folder}: was made by another version, whose results read otherwise; run it again") from None
    return Run(folder, programme, results)


def provenance(programme: Programme, keys: dict[str, str]) -> dict[str, Any]:
    """What the run was made from and with."""
    return {
        "malapert": metadata.version("malapert"),
        "programme": programme.name,
        "variant": programme.variant,
        "code_sha256": code_digest(),
        "python": platform.python_version(),
        "machine": platform.machine(),
        "libraries": {name: metadata.version(name) for name in LIBRARIES},
        "data": data.manifest(),
        "stages": keys,
    }


def _view(programme: Programme, reads: tuple[str, ...]) -> Programme:
    """The programme with only what a stage says it reads, so that its key covers all it can depend on."""
    unread: dict[str, object] = {name: {} for name in TABLES if name not in reads}
    unread |= {name: None for name in SETTINGS if name not in reads}
    return programme.model_copy(update={**unread, "variant": "", "dropped": ()})


def _key(programme: Programme, stage: Stage, keys: dict[str, str]) -> str:
    read = {name: _plain(getattr(programme, name)) for name in stage.reads}
    made_from = [stage.name, code_digest(), _data_digest(), read, {name: keys[name] for name in stage.needs}]
    return hashlib.sha256(json.dumps(made_from, sort_keys=True, default=str).encode()).hexdigest()


def _plain(value: Any) -> Any:
    """A table or setting as JSON; the order of rows counts, for it decides ties."""
    if isinstance(value, dict):
        return [[name, row.model_dump(mode="json")] for name, row in value.items()]
    return str(value)


def _peak_mb() -> float:
    """Most memory this process has held so far (0 where the system does not say)."""
    try:
        import resource
    except ImportError:
        return 0.0
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024.0


@cache
def code_digest() -> str:
    """Hash of the package's own code and horizons: results made by other code are made again."""
    digest = hashlib.sha256()
    for path in _sources(Path(str(resources.files("malapert")))):
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def _sources(folder: Path) -> Iterator[Path]:
    return iter(sorted([*folder.rglob("*.py"), *folder.glob("catalog/horizons/*.toml")]))


@cache
def _data_digest() -> str:
    return hashlib.sha256(json.dumps(data.manifest(), sort_keys=True).encode()).hexdigest()
