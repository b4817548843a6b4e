"""Results on disk: frozen dataclasses as JSON beside their datasets as NetCDF, written whole or not at all."""

import dataclasses
import json
import math
import os
import shutil
import types
import typing
from pathlib import Path
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

import numpy as np
import xarray as xr

T = TypeVar("T")
RESULT = "result.json"


def write_text(path: Path, text: str) -> None:
    """Write a file whole: a reader sees the old one or the new one, never part of it."""
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    partial.write_text(text, encoding="utf-8")
    partial.replace(path)


def save(result: Any, folder: Path, key: str) -> None:
    """Write one stage's result under its key; the folder appears complete or not at all."""
    partial = folder.with_name(f".{folder.name}.{os.getpid()}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    for field in dataclasses.fields(result):
        value = getattr(result, field.name)
        if isinstance(value, xr.Dataset):
            value.to_netcdf(partial / f"{field.name}.nc", engine="h5netcdf")
    (partial / RESULT).write_text(as_json({"key": key, "result": result}), encoding="utf-8")
    shutil.rmtree(folder, ignore_errors=True)
    partial.replace(folder)


def adopt(saved: Path, folder: Path) -> None:
    """Take a result over from another run, by links where the file system has them: results are never written to."""
    partial = folder.with_name(f".{folder.name}.{os.getpid()}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    try:
        shutil.copytree(saved, partial, copy_function=os.link)
    except OSError:
        shutil.rmtree(partial, ignore_errors=True)
        shutil.copytree(saved, partial)
    shutil.rmtree(folder, ignore_errors=True)
    partial.replace(folder)


def saved_key(folder: Path) -> str:
    """The key a result was written under; empty when there is none that can be read."""
    try:
        return str(json.loads((folder / RESULT).read_text(encoding="utf-8"))["key"])
    except (OSError, ValueError, KeyError, TypeError):
        return ""


def load(kind: type[T], folder: Path) -> T:
    """Read a result back as the dataclass it was."""
    values = json.loads((folder / RESULT).read_text(encoding="utf-8"))["result"]
    hints = get_type_hints(kind)
    for field in dataclasses.fields(kind):  # type: ignore[arg-type]
        if hints[field.name] is xr.Dataset:
            with xr.open_dataset(folder / f"{field.name}.nc", engine="h5netcdf") as dataset:
                values[field.name] = dataset.load()
    return typing.cast(T, _decoded(kind, values))


def as_json(value: Any) -> str:
    """JSON text of any result: datasets left out, numbers JSON lacks as words, epochs as RFC 3339."""
    return json.dumps(plain(value), indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def plain(value: Any) -> Any:
    """A result as lists, dictionaries, numbers and text."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = ((field.name, getattr(value, field.name)) for field in dataclasses.fields(value))
        return {name: plain(item) for name, item in fields if not isinstance(item, xr.Dataset)}
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, tuple | list):
        return [plain(item) for item in value]
    if isinstance(value, np.ndarray):
        return [plain(item) for item in value.tolist()] if value.dtype.kind != "M" else [plain(item) for item in value]
    if isinstance(value, np.datetime64):
        return None if np.isnat(value) else str(value.astype("datetime64[s]")) + "Z"
    if isinstance(value, np.bool_ | np.integer | np.floating):
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if value is None or isinstance(value, bool | int | float | str):
        return value
    raise TypeError(f"a result cannot hold {type(value).__name__}")


def from_plain(kind: type[T], values: Any) -> T:
    """A dataclass back from what `plain` made of it."""
    return typing.cast(T, _decoded(kind, values))


def _decoded(kind: Any, value: Any) -> Any:
    origin, arguments = _origin(kind), get_args(kind)
    if origin in (typing.Union, types.UnionType):
        return None if value is None else _decoded(next(a for a in arguments if a is not type(None)), value)
    if origin is tuple:
        each = arguments[:1] * len(value) if len(arguments) == 2 and arguments[1] is Ellipsis else arguments
        return tuple(_decoded(a, item) for a, item in zip(each, value, strict=True))
    if origin is dict:
        return {key: _decoded(arguments[1], item) for key, item in value.items()}
    if origin is np.ndarray:
        return np.asarray([float(item) for item in value])
    if dataclasses.is_dataclass(kind) and isinstance(kind, type):
        hints = get_type_hints(kind)
        names = [field.name for field in dataclasses.fields(kind) if field.init]
        return kind(**{name: _decoded(hints[name], value[name]) for name in names})
    if kind is np.datetime64:
        return np.datetime64("NaT", "s") if value is None else np.datetime64(str(value).removesuffix("Z"))
    return float(value) if kind is float else value


def _origin(kind: Any) -> Any:
    """What a generic is made from; numpy's array types are aliases that have to be followed from numpy 2.5 on."""
    origin = get_origin(kind)
    alias = getattr(origin, "__value__", None)
    return origin if alias is None else get_origin(alias)
