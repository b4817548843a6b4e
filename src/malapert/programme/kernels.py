"""Mistakes about files: kernels and rasters that are not there or not the file meant, bodies and spans of kernels."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np

from malapert.data.kernel_files import EPHEMERIS_BODIES, MARGIN_S, Held, KernelFile, inspect, only_craft, sha256
from malapert.errors import InputError, Problem
from malapert.programme.elements import OrbitalStation
from malapert.programme.merge import Key, Merged
from malapert.programme.places import Kernel, OrbitElements, Raster, Relay
from malapert.programme.rows import Row
from malapert.programme.suggest import did_you_mean
from malapert.programme.vehicles import Flight

Tables = dict[str, dict[str, Row]]


def kernel_checks(merged: Merged, settings: dict[str, Any], tables: Tables) -> Iterator[Problem]:
    """All mistakes between kernels, rasters, their files and the rows that name them."""
    for name, row in tables["raster"].items():
        assert isinstance(row, Raster)
        if row.enabled:
            yield from _wrong_file(merged, ("raster", name), row)
    files: dict[str, KernelFile] = {}
    for name, row in tables["kernel"].items():
        assert isinstance(row, Kernel)
        if row.enabled:
            yield from _file(merged, name, row, files)
    for name, kernel in files.items():
        row = tables["kernel"][name]
        assert isinstance(row, Kernel)
        yield from _bodies(merged, name, row, kernel, settings)
    for table in ("relay", "orbital_station"):
        for name, user in tables[table].items():
            assert isinstance(user, Relay | OrbitalStation)
            yield from _user(merged, (table, name), user, files.get(user.kernel), settings)
    yield from _elements(merged, tables)


def _wrong_file(merged: Merged, key: Key, row: Kernel | Raster) -> list[Problem]:
    """What is wrong with a file before it is opened."""
    path = Path(row.file)
    if not path.is_file():
        beside = [other.name for other in path.parent.iterdir()] if path.parent.is_dir() else []
        hint = did_you_mean(path.name, beside)
        where = "paths start at the programme file that names them"
        return [merged.problem((*key, "file"), f"no file {path}{hint}", where)]
    if row.sha256.lower() != sha256(path):
        found = f"{path} is not the file meant (its SHA-256 is {sha256(path)})"
        return [merged.problem((*key, "sha256"), found, "name that file")]
    return []


def _file(merged: Merged, name: str, row: Kernel, files: dict[str, KernelFile]) -> Iterator[Problem]:
    if wrong := _wrong_file(merged, ("kernel", name), row):
        yield from wrong
        return
    try:
        files[name] = inspect(Path(row.file))
    except InputError as error:
        yield merged.problem(("kernel", name, "file"), str(error))


def _bodies(merged: Merged, name: str, row: Kernel, kernel: KernelFile, settings: dict[str, Any]) -> Iterator[Problem]:
    for body in row.bodies:
        if kernel.held(body) is None:
            yield merged.problem(("kernel", name, "bodies"), *_not_inside(body, kernel))
    for held in kernel.holds:
        taken = not row.bodies or held.body in row.bodies
        if taken and held.body in EPHEMERIS_BODIES and kernel.kind != "OEM":
            needed = _needed(settings, MARGIN_S)
            if needed and not (held.first <= needed[0] and held.last >= needed[1]):
                yield merged.problem(
                    ("kernel", name, "file"),
                    f"gives {held.body} {_span(held)}, and light needs it from {needed[0]}Z to {needed[1]}Z",
                    "name a file that covers the programme, or leave the body out with bodies = [...]",
                )


def _not_inside(body: str, kernel: KernelFile) -> tuple[str, str]:
    there = ", ".join(kernel.bodies[:12]) + (", ..." if len(kernel.bodies) > 12 else "")
    return f"no {body!r} in {kernel.path.name}{did_you_mean(body, kernel.bodies)}", f"it holds: {there}"


def _user(
    merged: Merged, path: Key, user: Relay | OrbitalStation, kernel: KernelFile | None, settings: dict[str, Any]
) -> Iterator[Problem]:
    """A relay or station and the path it names."""
    if user.body and not user.kernel:
        yield merged.problem((*path, "body"), "names a body of no kernel", "add kernel = ... or remove it")
    if kernel is None:
        return
    if kernel.kind == "PCK":
        yield merged.problem((*path, "kernel"), f"{kernel.path.name} holds no paths", "name an SPK or an OEM")
        return
    body = user.body or only_craft(kernel)
    if not body:
        what = f"is missing, and {kernel.path.name} holds {', '.join(kernel.bodies[:12])}"
        yield merged.problem((*path, "body"), what, "name one of them")
        return
    held = kernel.held(body)
    if held is None:
        yield merged.problem((*path, "body"), *_not_inside(body, kernel))
        return
    needed = _needed(settings, 0.0)
    if needed and (held.last < needed[0] or held.first > needed[1]):
        yield merged.problem(
            (*path, "kernel"),
            f"gives {body} {_span(held)}, nothing of it within the programme ({needed[0]}Z to {needed[1]}Z)",
            "name a kernel of that time",
        )


def _needed(settings: dict[str, Any], margin_s: float) -> tuple[np.datetime64, np.datetime64] | None:
    """The programme's time, with a margin either side; None while it is not known."""
    start, end = settings.get("start"), settings.get("end")
    if start is None or end is None:
        return None
    margin = timedelta(seconds=margin_s)
    first, last = ((epoch + side).replace(tzinfo=None) for epoch, side in ((start, -margin), (end, margin)))
    return np.datetime64(first, "s"), np.datetime64(last, "s")


def _span(held: Held) -> str:
    return f"from {held.first}Z to {held.last}Z"


def _elements(merged: Merged, tables: Tables) -> Iterator[Problem]:
    """A relay has elements unless a kernel holds its path; one that a flight places has them anyway."""
    placed = {
        flight.relay: name
        for name, flight in tables["flight"].items()
        if isinstance(flight, Flight) and flight.route == "relay_orbit"
    }
    for name, relay in tables["relay"].items():
        assert isinstance(relay, Relay)
        for key in OrbitElements._fields:
            if getattr(relay, key) is not None or (relay.kernel and name not in placed):
                continue
            field = Relay.model_fields[key].description
            do = f"add it: {field}" + ("" if name in placed else " Or name a kernel with its path.")
            why = f", and flight {placed[name]} flies to it" if name in placed else ""
            yield merged.problem(("relay", name, key), f"is missing{why}", do)
