"""One `Trajectory` out as a file others read: OEM (CCSDS 502 KVN), SPK (type 13), CZML, CSV."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from malapert.data.oem import Oem, OemSegment
from malapert.data.oem_text import oem_text
from malapert.errors import InputError
from malapert.flight.propagate import Trajectory, recentre
from malapert.sky.rotation import rotation
from malapert.sky.time import J2000, utc

Array = NDArray[np.float64]

KINDS: Final = (".oem", ".bsp", ".czml", ".csv")
# Hermite polynomials through positions and velocities of four states.
DEGREE: Final = 7
NAIF_CODES: Final = {"earth": 399, "moon": 301, "mars": 4, "sun": 10}
# What a globe in a CZML viewer turns with.
BODY_FRAMES: Final = {"earth": "ITRF", "moon": "MOON_ME", "mars": "MARS"}


@dataclass(frozen=True)
class Labels:
    """What a file calls the craft: a name, an OEM's international designator, an SPK's (negative) integer code."""

    name: str = "CRAFT"
    object_id: str = "UNKNOWN"
    naif_code: int = -990001


def write_trajectory(trajectory: Trajectory, path: Path, labels: Labels = Labels()) -> None:
    """Write the states of a trajectory in the format the file's ending names; raises InputError for another ending.

    All are from the trajectory's centre on ICRF axes, save CZML, which knows the Earth only: about the Earth it is
    given inertial, about the Moon or Mars on the body's own turning axes ("FIXED"), to be shown on that body's globe.
    """
    kind = path.suffix.lower()
    if kind not in KINDS:
        raise InputError(f"{path}: a trajectory is written as {', '.join(KINDS)}; name the file so")
    arcs = _arcs(trajectory)
    if min(len(t) for t, _ in arcs) < (DEGREE + 1) // 2:
        raise InputError(f"{path}: an arc of {min(len(t) for t, _ in arcs)} states is too short to interpolate")
    try:
        if kind == ".bsp":
            _write_spk(trajectory, path, labels)
        else:
            text = {".oem": _oem_text, ".czml": _czml_text, ".csv": _csv_text}[kind]((trajectory,), labels)
            path.write_text(text, encoding="ascii" if kind == ".oem" else "utf-8")
    except OSError as error:
        raise InputError(f"{path}: cannot be written ({error.strerror})") from error


def write_phases(phases: Sequence[Trajectory], path: Path, labels: Labels = Labels()) -> None:
    """Phases flown one after another in one .oem, each a segment about its own centre, or one .czml, about one centre.

    An arc of few states is interpolated by the degree they allow; one of a single state has no path and is left out.
    """
    texts = {".oem": _oem_text, ".czml": _czml_text}
    if path.suffix.lower() not in texts:
        raise InputError(f"{path}: phases are written as {', '.join(texts)}; name the file so")
    if path.suffix.lower() == ".czml" and len({phase.center for phase in phases}) > 1:
        raise InputError(f"{path}: a CZML is shown on one globe; write the phases about each body into their own")
    if not any(_paths(phase) for phase in phases):
        raise InputError(f"{path}: no phase has a path; there is nothing to write")
    try:
        path.write_text(texts[path.suffix.lower()](phases, labels), encoding="utf-8")
    except OSError as error:
        raise InputError(f"{path}: cannot be written ({error.strerror})") from error


def _arcs(trajectory: Trajectory) -> list[tuple[Array, Array]]:
    """Epochs and states of each smooth arc in the order of time: two states at one epoch part two arcs."""
    turn = slice(None, None, -1 if trajectory.epochs_tdb_s[-1] < trajectory.epochs_tdb_s[0] else 1)
    t, states = trajectory.epochs_tdb_s[turn], trajectory.states[turn]
    joints = np.flatnonzero(np.diff(t) == 0.0) + 1
    return list(zip(np.split(t, joints), np.split(states, joints), strict=True))


def _paths(trajectory: Trajectory) -> list[tuple[Array, Array]]:
    """The arcs of more than one state."""
    return [(t, states) for t, states in _arcs(trajectory) if t.size > 1]


def oem_segments(trajectory: Trajectory, labels: Labels = Labels()) -> tuple[OemSegment, ...]:
    """The trajectory as segments of an OEM, one for each smooth arc."""
    arcs = [replace(trajectory, epochs_tdb_s=t, states=states, _views={}) for t, states in _paths(trajectory)]
    return tuple(oem_segment(arc, labels) for arc in arcs)


def oem_segment(arc: Trajectory, labels: Labels = Labels()) -> OemSegment:
    """One smooth arc, in the order of time: ICRF, TDB, Hermite of degree 7, forces and constants as comments."""
    t = arc.epochs_tdb_s
    whole = np.rint(t)
    epochs = J2000.astype("datetime64[ns]") + whole.astype("timedelta64[s]")
    epochs = epochs + np.rint((t - whole) * 1e9).astype("timedelta64[ns]")
    comments = tuple(f"{key} = {value}".replace("\n", " ") for key, value in arc.forces.items())
    return OemSegment(
        labels.name, labels.object_id, arc.center.upper(), arc.frame, "TDB", epochs[0], epochs[-1], epochs, arc.states,
        "HERMITE", min(DEGREE, 2 * t.size - 1), comments=comments,
    )  # fmt: skip


def _oem_text(phases: Sequence[Trajectory], labels: Labels) -> str:
    now = str(np.datetime64("now", "s"))
    segments = tuple(segment for phase in phases for segment in oem_segments(phase, labels))
    return oem_text(Oem("2.0", now, "MALAPERT", segments))


def _write_spk(trajectory: Trajectory, path: Path, labels: Labels) -> None:
    """An SPK of one segment of type 13 (Hermite over states at any epochs), degree 7."""
    import spiceypy

    if labels.naif_code >= 0:
        raise InputError(f"{path}: a craft's NAIF code is negative (got {labels.naif_code})")
    path.unlink(missing_ok=True)
    comments = [f"{key} = {value}" for key, value in trajectory.forces.items()]
    try:
        handle = spiceypy.spkopn(str(path), labels.name[:60], 0)
        try:
            spiceypy.dafac(handle, [line[:900] for line in comments])
            code = NAIF_CODES[trajectory.center]
            for t, states in _arcs(trajectory):
                spiceypy.spkw13(
                    handle, labels.naif_code, code, "J2000", t[0], t[-1], labels.name[:40], DEGREE, len(t), states, t
                )
        finally:
            spiceypy.spkcls(handle)
    except spiceypy.exceptions.SpiceyError as error:
        path.unlink(missing_ok=True)
        raise InputError(f"{path}: SPICE cannot write it: {error.short} {error.explain}") from None


def _czml_text(phases: Sequence[Trajectory], labels: Labels) -> str:
    """CZML: metres from the centre at seconds past the first epoch of each arc, UTC clock times."""
    center = "earth" if phases[0].center == "sun" else phases[0].center
    frame = "INERTIAL" if center == "earth" else "FIXED"
    arcs = [(t, recentre(states, t, phase.center, center)) for phase in phases for t, states in _paths(phase)]
    positions: list[dict[str, Any]] = []
    for t, states in arcs:
        place = states[:, :3]
        if frame == "FIXED":
            place = np.einsum("nij,nj->ni", rotation(BODY_FRAMES[center], t).matrix, place)
        start, stop = (f"{moment}Z" for moment in utc(t[[0, -1]]))
        positions.append(
            {
                "interval": f"{start}/{stop}",
                "epoch": start,
                "referenceFrame": frame,
                "interpolationAlgorithm": "LAGRANGE",
                "interpolationDegree": min(DEGREE, t.size - 1),
                "cartesian": [round(float(number), 6) for number in np.column_stack([t - t[0], 1e3 * place]).ravel()],
            }
        )
    whole = positions[0]["interval"].partition("/")[0] + "/" + positions[-1]["interval"].partition("/")[2]
    axes = f"{center}-centred {'ICRF' if frame == 'INERTIAL' else BODY_FRAMES[center]}"
    forces = {key: value for phase in phases for key, value in phase.forces.items()}
    said = "; ".join(f"{key} = {value}" for key, value in forces.items())
    spacing = max(float(np.diff(t).max()) for t, _ in arcs)
    craft = {
        "id": labels.name,
        "description": f"{axes} axes. {said}",
        "availability": whole,
        "position": positions,
        "path": {"width": 1.5, "resolution": spacing},
        "point": {"pixelSize": 6},
    }
    document = {"id": "document", "name": labels.name, "version": "1.0", "clock": {"interval": whole}}
    return json.dumps([document, craft], indent=1) + "\n"


def _csv_text(phases: Sequence[Trajectory], labels: Labels) -> str:
    (trajectory,) = phases
    rows = [
        (clock, at, one) for t, states in _arcs(trajectory) for clock, at, one in zip(utc(t), t, states, strict=True)
    ]
    head = [f"# {labels.name} from the {trajectory.center}, {trajectory.frame} axes"]
    head += [f"# {key} = {value}" for key, value in trajectory.forces.items()]
    head.append("epoch_utc,epoch_tdb_s,x_km,y_km,z_km,vx_km_s,vy_km_s,vz_km_s")
    lines = [f"{clock}Z," + ",".join(repr(float(n)) for n in (at, *state)) for clock, at, state in rows]
    return "\n".join(head + lines) + "\n"
