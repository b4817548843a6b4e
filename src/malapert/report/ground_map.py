"""Polar maps as pictures: a quantity over shaded relief, with graticule, scale, names and marked sites."""

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from malapert import catalog
from malapert.report.ground_graticule import (
    Reach,
    extent_km,
    graticule,
    halo,
    north_arrow,
    scale_bar,
    window_km,
)
from malapert.report.pictures import new_figure, wrapped
from malapert.report.theme import MUTED
from malapert.terrain import Grid

# Relief of coarse rasters is flat to the eye; fine ones need no help.
EXAGGERATION = {True: 3.0, False: 1.5}
SUN_HEIGHT_DEG = 40.0
BARE = "#cfccc5"


@dataclass(frozen=True)
class Look:
    """How values become colours: `colours` is a matplotlib map or a list of colours, dark to light."""

    label: str
    colours: str | Sequence[str]
    low: float
    high: float
    as_percent: bool = False
    flags: bool = False  # values are 0 or 1; only 1 is painted, and the legend says `label`


@dataclass(frozen=True)
class Mark:
    """A place to be marked, with its words."""

    lat_deg: float
    lon_deg: float
    words: str


@dataclass(frozen=True, eq=False)
class Sheet:
    """One map to draw: values (rows, columns) on the cells of `on`, over its relief; NaN shows the bare relief.

    `to_lat_deg` draws a round map about the pole to that parallel; without it the sheet is the raster of the values.
    """

    title: str
    subtitle: str
    values: NDArray[Any]
    on: Grid
    look: Look
    to_lat_deg: float | None = None
    marks: tuple[Mark, ...] = ()
    ring: tuple[float, float, float] | None = None  # latitude and longitude (deg) and radius (km) of a circle
    path: tuple[NDArray[Any], NDArray[Any]] | None = None  # latitudes and longitudes (deg) of a route
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Feature:
    """A named feature; diameter_km is None for a mountain or a ridge."""

    name: str
    kind: str
    lat_deg: float
    lon_deg: float
    diameter_km: float | None


@cache
def features(pole: str) -> tuple[Feature, ...]:
    """Named features around a pole, those that matter most first."""
    table = tomllib.loads((catalog.folder() / "maps" / "features.toml").read_text(encoding="utf-8"))
    return tuple(
        Feature(row["name"], row["kind"], row["lat_deg"], row["lon_deg"], row.get("diameter_km")) for row in table[pole]
    )


def draw_map(sheet: Sheet) -> Any:
    """The sheet as a matplotlib figure."""
    figure = new_figure(8.6, 9.2)
    axes = figure.add_axes((0.06, 0.145, 0.80, 0.80 * 8.6 / 9.2))
    reach = window_km(sheet)
    axes.set(xlim=reach[:2], ylim=reach[2:], aspect="equal", xticks=[], yticks=[])
    outline = _outline(axes, sheet, reach)
    for image in (_paint(axes, sheet), _relief(axes, sheet)):
        image.set_clip_path(outline)
    taken = [*graticule(figure, axes, sheet, reach, outline), *_marks(figure, axes, sheet)]
    _names(figure, axes, sheet, reach, taken)
    scale_bar(axes, sheet, reach)
    if sheet.to_lat_deg is None:
        north_arrow(axes, sheet, reach)
    _words(figure, sheet)
    _key(figure, axes, sheet)
    return figure


def _outline(axes: Any, sheet: Sheet, reach: Reach) -> Any:
    """The edge of the map, which everything is clipped to."""
    from matplotlib.patches import Circle, Rectangle

    if sheet.to_lat_deg is None:
        left, right, bottom, top = reach
        edge: Any = Rectangle((left, bottom), right - left, top - bottom)
    else:
        axes.axis("off")
        edge = Circle((0.0, 0.0), reach[1])
    from copy import copy

    ground = copy(edge)
    edge.set(fill=False, edgecolor="#7b8594", linewidth=1.0, zorder=8, clip_on=False)
    ground.set(facecolor=BARE, edgecolor="none", zorder=0)
    for patch in (ground, edge):
        axes.add_patch(patch)
    return edge


def _paint(axes: Any, sheet: Sheet) -> Any:
    """The values in their colours, on grey where there are none."""
    values = np.ma.masked_invalid(np.asarray(sheet.values, dtype=np.float64))
    look = sheet.look
    if look.flags:
        values = np.ma.masked_where(values < 0.5, values)
    return axes.imshow(
        values, cmap=_colours(look), vmin=look.low, vmax=look.high, extent=extent_km(sheet.on),
        interpolation="nearest", zorder=1,
    )  # fmt: skip


def _relief(axes: Any, sheet: Sheet) -> Any:
    """Relief as shadow and gleam over the colours, lit from the upper left; flat ground leaves them as they are."""
    from matplotlib.colors import LightSource

    grid = sheet.on
    shade = LightSource(azdeg=315, altdeg=SUN_HEIGHT_DEG).hillshade(
        grid.heights_m, vert_exag=EXAGGERATION[grid.pixel_m > 200.0], dx=grid.pixel_m, dy=grid.pixel_m
    )
    flat = float(np.sin(np.radians(SUN_HEIGHT_DEG)))
    light = np.clip((shade - flat) / (1.0 - flat), 0.0, 1.0)
    veil = np.zeros((*shade.shape, 4))
    veil[..., :3] = (light > 0.0)[..., None]
    veil[..., 3] = np.where(light > 0.0, 0.4 * light, 0.6 * np.clip((flat - shade) / flat, 0.0, 1.0))
    return axes.imshow(veil, extent=extent_km(grid), interpolation="bilinear", zorder=2)


def _colours(look: Look) -> Any:
    from matplotlib.colors import LinearSegmentedColormap

    if isinstance(look.colours, str):
        return look.colours
    return LinearSegmentedColormap.from_list("malapert", list(look.colours))


def _inside(sheet: Sheet, reach: Reach, x: float, y: float, room: float) -> bool:
    if sheet.to_lat_deg is not None:
        return float(np.hypot(x, y)) < reach[1] - room
    return reach[0] + room < x < reach[1] - room and reach[2] + room < y < reach[3] - room


def _marks(figure: Any, axes: Any, sheet: Sheet) -> list[Any]:
    """Marked places and the ring around a place; returns the boxes their words take."""
    taken = []
    if sheet.ring is not None:
        _ring(axes, sheet.on, *sheet.ring)
    if sheet.path is not None:
        x_m, y_m = sheet.on.xy_m(*sheet.path)
        for width, colour in ((4.2, "white"), (2.0, "#0b3d91")):
            axes.plot(x_m / 1000.0, y_m / 1000.0, color=colour, linewidth=width, solid_capstyle="round", zorder=6)
    for mark in sheet.marks:
        x, y = (float(value) / 1000.0 for value in sheet.on.xy_m(mark.lat_deg, mark.lon_deg))
        axes.plot([x], [y], marker="o", markersize=11, markerfacecolor="#fff6d8", markeredgecolor="#7a1f12",
                  markeredgewidth=1.3, zorder=9)  # fmt: skip
        text = axes.text(x, y, mark.words, fontsize=6.5, fontweight="bold", color="#7a1f12", ha="center",
                         va="center_baseline", zorder=10)  # fmt: skip
        taken.append(text.get_window_extent(figure.canvas.get_renderer()).expanded(1.6, 1.6))
    return taken


def _ring(axes: Any, grid: Grid, lat_deg: float, lon_deg: float, radius_km: float) -> None:
    from matplotlib.patches import Circle

    x, y = (float(value) / 1000.0 for value in grid.xy_m(lat_deg, lon_deg))
    on_map_km = radius_km * float(grid.scale(lat_deg))
    axes.add_patch(Circle((x, y), on_map_km, fill=False, edgecolor="#7a1f12", linewidth=1.1, linestyle="--", zorder=5))
    axes.plot([x], [y], marker="+", markersize=11, markeredgecolor="#7a1f12", markeredgewidth=1.6, zorder=8)


def _names(figure: Any, axes: Any, sheet: Sheet, reach: Reach, taken: list[Any]) -> None:
    """Names of features, in their order; one that finds no free place near its own is left out."""
    renderer = figure.canvas.get_renderer()
    width_km = reach[1] - reach[0]
    for feature in features(sheet.on.pole):
        x, y = (float(value) / 1000.0 for value in sheet.on.xy_m(feature.lat_deg, feature.lon_deg))
        room = 0.03 * width_km
        if not _inside(sheet, reach, x, y, room):
            continue
        size = 6.4 + 2.6 * min((feature.diameter_km or 40.0) / (0.3 * width_km), 1.0)
        text = axes.text(x, y, feature.name, fontsize=size, color="#10192b", ha="center", va="center", zorder=7,
                         style="normal" if feature.kind == "crater" else "italic", path_effects=halo(1.8))  # fmt: skip
        for rise in (0.0, 0.016, -0.016, 0.03, -0.03):
            text.set_y(y + rise * width_km)
            box = text.get_window_extent(renderer).expanded(1.06, 1.12)
            corners = axes.transData.inverted().transform(box.get_points())
            if all(_inside(sheet, reach, cx, cy, 0.0) for cx, cy in corners) and not box.count_overlaps(taken):
                taken.append(box)
                break
        else:
            text.remove()


def _words(figure: Any, sheet: Sheet) -> None:
    figure.text(0.06, 0.972, sheet.title, fontsize=13, fontweight="bold", va="top")
    figure.text(0.06, 0.944, sheet.subtitle, fontsize=8.5, color=MUTED, va="top")
    lines = [wrapped(note, 142) for note in sheet.notes]
    figure.text(0.06, 0.085, "\n".join(lines), fontsize=7, color=MUTED, va="top", linespacing=1.35)


def _key(figure: Any, axes: Any, sheet: Sheet) -> None:
    """The colour bar with its unit, or a legend for flags."""
    look = sheet.look
    if look.flags:
        from matplotlib.patches import Patch

        patch = Patch(facecolor=_paint_colour(look), edgecolor="none", label=look.label)
        figure.legend(handles=[patch], loc="upper right", bbox_to_anchor=(0.97, 0.985))
        return
    box = axes.get_position()
    bar_axes = figure.add_axes((0.905, box.y0 + 0.22 * box.height, 0.016, 0.56 * box.height))
    bar = figure.colorbar(axes.images[0], cax=bar_axes)
    bar.outline.set_visible(False)
    bar.set_label(look.label, fontsize=8.5)
    if look.as_percent:
        from matplotlib.ticker import PercentFormatter

        bar.formatter = PercentFormatter(1.0, decimals=0)
        bar.update_ticks()


def _paint_colour(look: Look) -> Any:
    return look.colours if isinstance(look.colours, str) else look.colours[-1]
