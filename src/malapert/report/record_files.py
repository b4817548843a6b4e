"""A flown flight of record as files others read: one OEM of all its phases, one CZML for each body it was about."""

from pathlib import Path

from malapert.flight.phases import FlownFlight, Piece
from malapert.flight.propagate import Trajectory
from malapert.flight.trajectory_files import Labels, write_phases


def write(flown: FlownFlight, folder: Path) -> list[Path]:
    """Write NAME.oem and NAME-BODY.czml; a phase without a path, as an impulse, is in neither."""
    name = flown.file.name
    arcs = [_trajectory(piece) for piece in flown.pieces if piece.has_path]
    files = {folder / f"{name}.oem": arcs} if arcs else {}
    for center in dict.fromkeys(arc.center for arc in arcs):
        files[folder / f"{name}-{center}.czml"] = [arc for arc in arcs if arc.center == center]
    for path, these in files.items():
        write_phases(these, path, Labels(name))
    return list(files)


def _trajectory(piece: Piece) -> Trajectory:
    said = {"phase": f"{piece.name} ({piece.type})"} | piece.models
    return Trajectory(piece.epochs_tdb_s, piece.states, piece.center, said)
