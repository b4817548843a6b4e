"""A flown flight of record in three dimensions: about each body it goes round, and over the ground it comes down on."""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from malapert.flight.phases import FlownFlight, Piece
from malapert.report.record_layout import (
    BODY,
    DASHES,
    about_bodies,
    beside,
    drawn_radius_km,
    grid,
    head,
    legend,
    over_ground,
    scale,
    the,
)
from malapert.report.theme import BAD, MUTED, many
from malapert.report.transfers import begun
from malapert.report.wording import words
from malapert.sky.apparent import RADII_KM

Array = NDArray[np.float64]

PANEL_IN: Final = 4.6
# Seen from so far out of the path's plane.
TILT_DEG: Final = 35.0


def in_space(flown: FlownFlight, pieces: Sequence[Piece]) -> Any:
    """Panels of both kinds; None where there is nothing to see."""
    wide, runs = about_bodies(pieces), over_ground(pieces)
    if not wide and not runs:
        return None
    figure, axes = grid(len(wide) + len(runs), PANEL_IN, apart=0.2, projection="3d")
    for axis, own in zip(axes, wide.values(), strict=False):
        _about(axis, own)
    for axis, run in zip(axes[len(wide) :], runs, strict=True):
        _over(axis, run)
    head(figure, flown, "In space; dot: from, square: to", "")
    return figure


def _about(axis: Any, own: Sequence[Piece]) -> None:
    """Paths about a body on ICRF axes; what is behind the body is thin."""
    center = own[0].center
    place = np.concatenate([piece.states[:, :3] for piece in own])
    size, unit = scale(float(np.abs(place).max()))
    view = _view(place)
    radius_km = drawn_radius_km(center, place)
    _globe(axis, radius_km / size, view)
    for body, way in beside(own).items():
        axis.plot(*(way.T / size), color=MUTED, linewidth=0.6, linestyle=DASHES[body], label=begun(body))
    for k, piece in enumerate(own):
        where = piece.states[:, :3]
        hidden = _behind(where, view, radius_km)
        axis.plot(
            *(np.where(hidden[:, None], np.nan, where).T / size), color=many(k), linewidth=1.1, label=words(piece.name)
        )
        axis.plot(*(np.where(hidden[:, None], where, np.nan).T / size), color=many(k), linewidth=0.4, alpha=0.6)
    _ends(axis, place[[0, -1]] / size)
    reach = max(float(np.abs(place).max()), radius_km) / size
    axis.set(xlim=(-reach, reach), ylim=(-reach, reach), zlim=(-reach, reach), xlabel=f"x, {unit}", ylabel=f"y, {unit}")
    axis.set_zlabel(f"z, {unit}")
    _quiet(axis, f"About {the(center)} (ICRF)", len(own))
    axis.set_box_aspect((1.0, 1.0, 1.0), zoom=1.05)
    axis.view_init(elev=float(np.degrees(np.arcsin(view[2]))), azim=float(np.degrees(np.arctan2(view[1], view[0]))))


def _over(axis: Any, run: Sequence[Piece]) -> None:
    """Paths over level ground, east, north and up, with their shadows on it."""
    lat0, lon0 = run[0].ground[0][0], run[0].ground[1][0]
    radius_km = RADII_KM[run[0].center]
    floor_km = min(float(piece.ground[2].min()) for piece in run)
    ends = []
    for k, piece in enumerate(run):
        lat, lon, height = piece.ground
        east = radius_km * np.radians((lon - lon0 + 180.0) % 360.0 - 180.0) * np.cos(np.radians(lat))
        north = radius_km * np.radians(lat - lat0)
        axis.plot(east, north, height, color=many(k), linewidth=1.3, label=words(piece.name))
        axis.plot(east, north, np.full_like(height, floor_km), color=MUTED, linewidth=0.7)
        ends += [np.array([east[0], north[0], height[0]]), np.array([east[-1], north[-1], height[-1]])]
    _ends(axis, np.array([ends[0], ends[-1]]))
    points = np.array(ends)
    reach = max(float(np.ptp(points[:, :2], axis=0).max()), float(np.ptp(points[:, 2])), 1e-3) * 0.55
    for axis_limits, middle in ((axis.set_xlim, points[:, 0]), (axis.set_ylim, points[:, 1])):
        center = 0.5 * float(middle.min() + middle.max())
        axis_limits(center - reach, center + reach)
    axis.set(xlabel="km east", ylabel="km north")
    axis.set_zlabel("height, km")
    _quiet(axis, f"Over the ground of {the(run[0].center)}, with its shadow", len(run))
    axis.view_init(elev=22.0, azim=-65.0)


def _view(place: Array) -> Array:
    """Direction (3,) to look from: out of the plane where the path is widest, tilted towards its first place."""
    normal = np.linalg.svd(place, full_matrices=False)[2][2]
    normal = normal if normal[2] >= 0.0 else -normal
    first = place[0] - (place[0] @ normal) * normal
    tilt = np.radians(TILT_DEG)
    size = float(np.linalg.norm(first))
    side = first / size if size > 0.0 else np.linalg.svd(place, full_matrices=False)[2][0]
    return np.asarray(np.cos(tilt) * normal + np.sin(tilt) * side)


def _behind(where: Array, view: Array, radius: float) -> Array:
    """Which places (n, 3) a globe hides from a direction, far away."""
    depth = where @ view
    beside_km = np.linalg.norm(where - depth[:, None] * view, axis=1)
    return np.asarray((depth < 0.0) & (beside_km < radius))


def _globe(axis: Any, radius: float, view: Array) -> None:
    """Meridians and parallels of the half that is seen, and the edge."""
    turn = np.radians(np.linspace(0.0, 360.0, 145))
    rings = [
        radius * np.stack([np.cos(turn) * np.cos(b), np.sin(turn) * np.cos(b), np.full_like(turn, np.sin(b))], axis=1)
        for b in np.radians([-60.0, -30.0, 0.0, 30.0, 60.0])
    ]
    rings += [
        radius * np.stack([np.cos(turn) * np.cos(a), np.cos(turn) * np.sin(a), np.sin(turn)], axis=1)
        for a in np.radians(np.arange(0.0, 180.0, 30.0))
    ]
    for ring in rings:
        axis.plot(*np.where((ring @ view >= 0.0)[:, None], ring, np.nan).T, color=BODY, linewidth=0.7)
    side = np.linalg.svd(view[None])[2][1:]
    edge = radius * (np.cos(turn)[:, None] * side[0] + np.sin(turn)[:, None] * side[1])
    axis.plot(*edge.T, color=MUTED, linewidth=0.7)


def _ends(axis: Any, places: Array) -> None:
    for place, style in zip(places, "os", strict=True):
        axis.plot(*place[:, None], style, color=BAD, markersize=3.5)


def _quiet(axis: Any, title: str, entries: int) -> None:
    """House look: no panes, small ticks."""
    axis.set_title(title)
    axis.set_proj_type("ortho")
    axis.set_box_aspect(None, zoom=1.05)
    axis.tick_params(labelsize=6, pad=0)
    for one in (axis.xaxis, axis.yaxis, axis.zaxis):
        one.set_pane_color((1.0, 1.0, 1.0, 0.0))
        one.label.set_size(8)
    legend(axis, entries)
