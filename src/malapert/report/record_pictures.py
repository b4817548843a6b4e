"""A flown flight of record as pictures: heights, speeds and series over time, profiles, ground tracks and paths."""

import math
from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from malapert.flight.phases import FlownFlight, Piece
from malapert.report.pictures import save, wrapped
from malapert.report.record import elapsed
from malapert.report.record_layout import (
    BODY,
    DASHES,
    about_bodies,
    arc_deg,
    beside,
    drawn_radius_km,
    grid,
    head,
    legend,
    over_ground,
    scale,
    the,
)
from malapert.report.record_space import in_space
from malapert.report.theme import ACCENT, BAD, MUTED, many
from malapert.report.transfers import begun
from malapert.report.wording import quantity, shortened, words
from malapert.sky.apparent import RADII_KM
from malapert.units import unit_of

Array = NDArray[np.float64]
Point = tuple[str, float, float]
Series = Callable[[Piece], tuple[Array, Array] | None]

# Neighbouring phases share a panel unless one lasts so many times longer, while there are no more panels than these.
APART: Final = 150.0
MOST_PANELS: Final = 4
TIMES: Final = (("d", 86400.0, 3.0), ("h", 3600.0, 3.0), ("min", 60.0, 3.0), ("s", 1.0, 0.0))
SERIES_UNITS: Final = ("g", "kpa", "kw_m2")
# Of a panel's width and height: marks nearer than this share a label.
SAME_PLACE: Final = 0.03
FOOT_WIDTH: Final = 140


def draw(flown: FlownFlight, folder: Path) -> list[Path]:
    """Draw what there is data for into a folder; the files drawn."""
    pieces = [piece for piece in flown.pieces if piece.has_path]
    names = dict.fromkeys(name for piece in pieces for name in piece.series if _is_drawn(name))
    jobs: list[tuple[str, Any]] = [
        ("altitude", _over_time(flown, pieces, "Height, over the body each phase is about", "km", _height)),
        ("speed", _over_time(flown, pieces, "Inertial speed, from the centre of that body", "km/s", _speed)),
        *((name.replace("_", "-"), _over_time(flown, pieces, *_said(name), _series(name))) for name in names),
        ("profile", _profiles(flown, pieces)),
        ("ground-track", _ground_tracks(flown, pieces)),
        ("path", _paths(flown, pieces)),
        ("space", in_space(flown, pieces)),
    ]
    written = []
    for name, figure in jobs:
        if figure is not None:
            written.append(folder / f"{name}.png")
            save(figure, written[-1])
    return written


def _is_drawn(key: str) -> bool:
    """Loads, pressures, heating and Mach numbers; what else a phase kept shows in its heights and speeds."""
    unit = unit_of(key)
    return key == "mach" or (unit is not None and unit.suffix in SERIES_UNITS)


def _said(key: str) -> tuple[str, str]:
    name, unit = quantity(key)
    return begun(name), unit


def _height(piece: Piece) -> tuple[Array, Array]:
    return piece.epochs_tdb_s, piece.ground[2]


def _speed(piece: Piece) -> tuple[Array, Array]:
    return piece.epochs_tdb_s, np.linalg.norm(piece.states[:, 3:], axis=1)


def _series(name: str) -> Series:
    def of(piece: Piece) -> tuple[Array, Array] | None:
        if name not in piece.series:
            return None
        return piece.epochs_tdb_s[0] + piece.series["time_s"], piece.series[name]

    return of


def _over_time(flown: FlownFlight, pieces: Sequence[Piece], what: str, unit: str, series: Series) -> Any:
    """One quantity in panels of phases that last alike; None where no phase has it."""
    found = {piece.name: data for piece in pieces if (data := series(piece)) is not None and np.isfinite(data[1]).any()}
    panels = stretches([piece for piece in pieces if piece.name in found])
    if not panels:
        return None
    foot = _numbers(mark for group in panels for piece in group for mark, _ in piece.marks)
    figure, axes = grid(len(panels), 3.5, head_in=1.15, foot=foot)
    begin = flown.begin_tdb_s
    marks: list[str] = []
    for axis, group in zip(axes, panels, strict=True):
        first, last = float(group[0].epochs_tdb_s[0]), float(group[-1].epochs_tdb_s[-1])
        points: list[Point] = []
        # Small hops are seen in metres.
        small = unit == "km" and max(float(np.ptp(found[piece.name][1])) for piece in group) < 1.0
        shown, factor = ("m", 1000.0) if small else (unit, 1.0)
        name, size_s = next((name, size) for name, size, least in TIMES if last - first >= least * size)
        for piece in group:
            t, y = found[piece.name][0], factor * found[piece.name][1]
            axis.plot((t - first) / size_s, y, color=ACCENT, linewidth=1.2, zorder=3)
            points += [(mark, (epoch - first) / size_s, float(np.interp(epoch, t, y))) for mark, epoch in piece.marks]
        _number(axis, points, marks)
        _bounds(axis, group, first, size_s, (last - first) / size_s)
        axis.set(xlim=(0.0, (last - first) / size_s), xlabel=f"{name} after {elapsed(first - begin)}",
                 ylabel=f"{what.partition(',')[0].lower()}, {shown}" if unit else what.lower())  # fmt: skip
        axis.margins(y=0.12)
        axis.grid(True)
    head(figure, flown, what, foot)
    return figure


def stretches(pieces: Sequence[Piece]) -> list[list[Piece]]:
    """Phases in groups to be shown together: those that last alike, so that none is too short to be seen."""
    groups = [[piece] for piece in pieces]
    while len(groups) > 1:
        lasts = [group[-1].epochs_tdb_s[-1] - group[0].epochs_tdb_s[0] for group in groups]
        ratios = [max(a, b) / min(a, b) for a, b in pairwise(lasts)]
        k = int(np.argmin(ratios))
        if ratios[k] > APART and len(groups) <= MOST_PANELS:
            break
        groups[k : k + 2] = [groups[k] + groups[k + 1]]
    return groups


def _bounds(axis: Any, group: Sequence[Piece], first: float, size_s: float, width: float) -> None:
    """A thin line where each phase begins, with its name where there is room."""
    last_named = -math.inf
    for piece in group:
        at = (float(piece.epochs_tdb_s[0]) - first) / size_s
        if at > 0.0:
            axis.axvline(at, color=MUTED, linewidth=0.5, linestyle=(0, (3, 3)), zorder=1)
        if at - last_named > 0.035 * width:
            axis.annotate(shortened(words(piece.name), 22), (at, 1.0), xycoords=("data", "axes fraction"),
                          xytext=(2, 2), textcoords="offset points", fontsize=7, color=MUTED, rotation=35,
                          ha="left", va="bottom")  # fmt: skip
            last_named = at


def _number(axis: Any, points: Sequence[Point], marks: list[str]) -> None:
    """Number what happened on, adding to the marks; those at one place on the paper share a label."""
    if not points:
        return
    low, high = np.array([axis.get_xlim(), axis.get_ylim()]).T
    places = [(np.array(point[1:]) - low) / (high - low) for point in points]
    labels: list[tuple[int, str]] = []
    for k, (mark, x, y) in enumerate(points):
        marks.append(mark)
        axis.plot(x, y, "o", color=BAD, markersize=3.5, zorder=4)
        beside = labels and np.abs(places[labels[-1][0]] - places[k]).max() < SAME_PLACE
        number = str(len(marks))
        labels = [*labels[:-1], (labels[-1][0], f"{labels[-1][1]}, {number}")] if beside else [*labels, (k, number)]
    for k, text in labels:
        axis.annotate(text, points[k][1:], xytext=(4, 4), textcoords="offset points", color=BAD, fontsize=7, zorder=5)


def _numbers(marks: Iterable[str]) -> str:
    return wrapped(
        "   ".join(f"{k}\u00a0{words(mark)}".replace(" ", "\u00a0") for k, mark in enumerate(marks, 1)), FOOT_WIDTH
    )


def _profiles(flown: FlownFlight, pieces: Sequence[Piece]) -> Any:
    """Height over the way made along the ground, of runs of phases that stay low and near."""
    runs = over_ground(pieces)
    if not runs:
        return None
    foot = _numbers(mark for run in runs for piece in run for mark, _ in piece.marks)
    figure, axes = grid(len(runs), 3.5, foot=foot)
    marks: list[str] = []
    for axis, run in zip(axes, runs, strict=True):
        radius_km = RADII_KM[run[0].center]
        start = (run[0].ground[0][0], run[0].ground[1][0])
        points: list[Point] = []
        for k, piece in enumerate(run):
            way_km = radius_km * np.radians(arc_deg(start, piece))
            axis.plot(way_km, piece.ground[2], color=many(k), linewidth=1.3, label=words(piece.name), zorder=3)
            for mark, epoch in piece.marks:
                x, y = (float(np.interp(epoch, piece.epochs_tdb_s, values)) for values in (way_km, piece.ground[2]))
                points.append((mark, x, y))
        _number(axis, points, marks)
        axis.set(xlabel=f"km over the ground of {the(run[0].center)}, from the start", ylabel="height, km")
        axis.grid(True)
        axis.legend(loc="best")
    head(figure, flown, "Profile", foot)
    return figure


def _ground_tracks(flown: FlownFlight, pieces: Sequence[Piece]) -> Any:
    """Where the craft stood over each body, while lower than a radius above it."""
    low = {
        center: near
        for center in dict.fromkeys(piece.center for piece in pieces)
        if center != "sun"
        and (near := [one for one in pieces if one.center == center and one.ground[2].min() < RADII_KM[center]])
    }
    if not low:
        return None
    figure, axes = grid(len(low), 4.2)
    for axis, (center, near) in zip(axes, low.items(), strict=True):
        lats, lons = [], []
        for k, piece in enumerate(near):
            lat, lon, height = piece.ground
            shown = height < RADII_KM[center]
            jump = np.abs(np.diff(lon, prepend=lon[0])) > 180.0
            axis.plot(lon, np.where(shown & ~jump, lat, np.nan), color=many(k), linewidth=1.1, zorder=3,
                      label=words(piece.name))  # fmt: skip
            lats.append(lat[shown])
            lons.append(lon[shown])
        for lat, lon, style in ((lats[0][0], lons[0][0], "o"), (lats[-1][-1], lons[-1][-1], "s")):
            axis.plot(lon, lat, style, color=BAD, markersize=4, zorder=4)
        _frame(axis, np.concatenate(lats), np.concatenate(lons))
        axis.set_title(f"{begun(center)}; dot: from, square: to")
        legend(axis, len(near))
    head(figure, flown, "Ground track", "")
    return figure


def _frame(axis: Any, lat: Array, lon: Array) -> None:
    """The whole map, or the part of it a short track keeps to."""
    axis.set(xlabel="east longitude, °", ylabel="latitude, °")
    axis.grid(True)
    if np.ptp(lon) > 120.0:
        axis.set(xlim=(-180, 180), ylim=(-90, 90), xticks=range(-180, 181, 60), yticks=range(-90, 91, 30))
        axis.set_aspect("equal")
        return
    middle = math.radians(float(lat.mean()))
    axis.set_aspect(1.0 / max(math.cos(middle), 0.1), adjustable="datalim")
    axis.margins(0.15)


def _paths(flown: FlownFlight, pieces: Sequence[Piece]) -> Any:
    """The way about each body in the plane where it is widest."""
    wide = about_bodies(pieces)
    if not wide:
        return None
    figure, axes = grid(len(wide), 5.0)
    for axis, (center, own) in zip(axes, wide.items(), strict=True):
        place = np.concatenate([piece.states[:, :3] for piece in own])
        plane = np.linalg.svd(place, full_matrices=False)[2][:2]
        size, unit = scale(float(np.abs(place).max()))
        from matplotlib.patches import Circle

        axis.add_patch(Circle((0.0, 0.0), drawn_radius_km(center, place) / size, color=BODY, linewidth=0.0, zorder=2))
        for body, way in beside(own).items():
            axis.plot(*(plane @ way.T / size), color=MUTED, linewidth=0.7, linestyle=DASHES[body], label=begun(body))
        for k, piece in enumerate(own):
            axis.plot(
                *(plane @ piece.states[:, :3].T / size), color=many(k), linewidth=0.9, label=words(piece.name), zorder=3
            )
        axis.set_aspect("equal", adjustable="datalim")
        axis.margins(0.06)
        axis.set(xlabel=f"{unit}, in the path's own plane (ICRF)", ylabel=unit, title=f"About {the(center)}")
        axis.grid(True)
        legend(axis, len(own))
    head(figure, flown, "Path", "")
    return figure
