"""What the pictures of a flight of record share: which phases are seen together, their scale, panels, head and foot."""

import math
from collections.abc import Iterator, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from malapert.flight.phases import FlownFlight, Piece
from malapert.flight.phases.base import arcs_deg
from malapert.report.pictures import new_figure
from malapert.report.theme import BAD, MUTED
from malapert.report.transfers import begun
from malapert.report.wording import shortened
from malapert.sky.apparent import RADII_KM
from malapert.sky.ephemeris import position_km

Array = NDArray[np.float64]

# A path in the air or low over the ground is seen from the side when it spans no more than this.
MOST_PROFILE_DEG: Final = 60.0
LOW: Final = 0.2
# ... and comes nearer the ground than this; all by the body's radius.
NEAR_GROUND: Final = 0.02
BODY: Final = "#c8ced8"
LEAST_BODY: Final = 0.012
FOOT_LINE_IN: Final = 0.13
TITLE_SIGNS_IN: Final = 7.9
# Paths longer than these km are drawn in these units.
SCALES: Final = ((2e7, 1e6, "million km"), (2e4, 1e3, "1000 km"))
DASHES: Final = {"moon": "-", "earth": "--", "mars": ":"}


def about_bodies(pieces: Sequence[Piece]) -> dict[str, list[Piece]]:
    """The phases about each body that one of them goes round in good part."""
    wide = dict.fromkeys(piece.center for piece in pieces if _extent_km(piece) > 0.5 * RADII_KM[piece.center])
    return {center: [piece for piece in pieces if piece.center == center] for center in wide}


def over_ground(pieces: Sequence[Piece]) -> list[list[Piece]]:
    """Runs of phases that stay low and near, and come close to the ground."""
    return [
        run
        for run in _low_runs(pieces)
        if min(piece.ground[2].min() for piece in run) < NEAR_GROUND * RADII_KM[run[0].center]
    ]


def _low_runs(pieces: Sequence[Piece]) -> Iterator[list[Piece]]:
    """Phases in a row about one body that stay low and end within some 60 degrees of where they began."""
    run: list[Piece] = []
    for piece in pieces:
        if run and not (run[0].center == piece.center and _is_near(run[0], piece)):
            yield run
            run = []
        if run or _is_near(piece, piece):
            run.append(piece)
    if run:
        yield run


def _is_near(first: Piece, piece: Piece) -> bool:
    """Whether a phase stays low, and in one part of the body with where the first began."""
    if piece.center == "sun" or piece.epochs_tdb_s[-1] - first.epochs_tdb_s[0] > 86400.0:
        return False
    arcs = arc_deg((first.ground[0][0], first.ground[1][0]), piece)
    return bool(piece.ground[2].max() < LOW * RADII_KM[piece.center] and arcs.max() < MOST_PROFILE_DEG)


def arc_deg(start: tuple[float, float], piece: Piece) -> Array:
    """Great-circle arcs (n,) from a latitude and longitude to the ground below a phase."""
    return arcs_deg(*start, *piece.ground[:2])


def _extent_km(piece: Piece) -> float:
    return float(np.linalg.norm(np.ptp(piece.states[:, :3], axis=0)))


def the(body: str) -> str:
    """A body as a sentence has it."""
    return begun(body) if body == "mars" else f"the {begun(body)}"


def scale(most_km: float) -> tuple[float, str]:
    """What lengths are divided by on paper, and the unit they are then in."""
    return next(((size, unit) for least, size, unit in SCALES if most_km > least), (1.0, "km"))


def drawn_radius_km(center: str, places_km: Array) -> float:
    """A body's radius beside a path (n, 3), or more where it would be too small to be seen."""
    return max(RADII_KM[center], LEAST_BODY * float(np.abs(places_km).max()))


def beside(own: Sequence[Piece]) -> dict[str, Array]:
    """Paths (n, 3) of what a flight about one body passes by: the Moon far from the Earth, planets about the Sun."""
    center = own[0].center
    epochs = np.linspace(own[0].epochs_tdb_s[0], own[-1].epochs_tdb_s[-1], 500)
    is_far = max(float(np.linalg.norm(piece.states[:, :3], axis=1).max()) for piece in own) > 150_000.0
    bodies = {"sun": ("earth", "mars"), "earth": ("moon",) if is_far else ()}.get(center, ())
    return {body: position_km(body, center, epochs) for body in bodies}


def legend(axis: Any, entries: int) -> None:
    """Names of the lines, while they are few enough to be told apart."""
    if entries <= 10:
        axis.legend(loc="best", fontsize=7, framealpha=0.85, frameon=True, edgecolor="none")


def grid(
    panels: int, height_in: float, head_in: float = 0.9, foot: str = "", apart: float = 0.45, **kind: Any
) -> tuple[Any, list[Any]]:
    """A figure with so many panels, two beside each other, and room below for its foot."""
    across = min(panels, 2)
    down = math.ceil(panels / across)
    width_in = 11.0 if across > 1 else 8.5
    foot_in = 0.62 + FOOT_LINE_IN * len(foot.splitlines())
    tall = height_in * down + head_in + foot_in - 0.75
    figure = new_figure(width_in, tall)
    cells = figure.add_gridspec(down, across, left=0.1 * 8.5 / width_in, right=0.975, wspace=0.2,
                               hspace=apart, top=1.0 - head_in / tall, bottom=foot_in / tall)  # fmt: skip
    return figure, [figure.add_subplot(cells[k // across, k % across], **kind) for k in range(panels)]


def head(figure: Any, flown: FlownFlight, what: str, marks: str) -> None:
    """Title, what is shown, and the numbered marks at the foot."""
    width_in, tall = figure.get_size_inches()
    left = 0.1 * 8.5 / width_in
    room = TITLE_SIGNS_IN * width_in
    size = min(12.0, max(9.0, 12.0 * room / len(flown.file.title)))
    title = shortened(flown.file.title, round(room * 12.0 / size))
    figure.text(left, 1.0 - 0.13 / tall, title, fontsize=size, fontweight="bold", va="top")
    figure.text(left, 1.0 - 0.38 / tall, what, color=MUTED, va="top")
    if marks:
        figure.text(left, 0.1 / tall, marks, color=BAD, fontsize=7, va="bottom")
