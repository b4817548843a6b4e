"""Polar maps as pictures: a quantity over shaded relief, with graticule, scale, names and marked sites."""

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from malapert import catalog
from malapert.report.pictures import new_figure, wrapped
from malapert.report.theme import INK, MUTED
from malapert.terrain import Grid

Array = NDArray[np.float64]

PARALLEL_STEPS_DEG = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0)
MERIDIAN_STEPS_DEG = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 15.0, 30.0)
SCALE_BARS_KM = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0)
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
    reach = _window(sheet)
    axes.set(xlim=reach[:2], ylim=reach[2:], aspect="equal", xticks=[], yticks=[])
    outline = _outline(axes, sheet, reach)
    for image in (_paint(axes, sheet), _relief(axes, sheet)):
        image.set_clip_path(outline)
    taken = [*_graticule(figure, axes, sheet, reach, outline), *_marks(figure, axes, sheet)]
    _names(figure, axes, sheet, reach, taken)
    _scale_bar(axes, sheet, reach)
    _words(figure, sheet)
    _key(figure, axes, sheet)
    return figure


def _radius_km(grid: Grid, lat_deg: float) -> float:
    return float(np.hypot(*grid.xy_m(lat_deg, 0.0))) / 1000.0


def _extent(grid: Grid) -> tuple[float, float, float, float]:
    rows, columns = grid.heights_m.shape
    size_km = grid.pixel_m / 1000.0
    left, top = grid.left_m / 1000.0, grid.top_m / 1000.0
    return left, left + columns * size_km, top - rows * size_km, top


def _window(sheet: Sheet) -> tuple[float, float, float, float]:
    """Left, right, bottom, top in km; the same width and height."""
    if sheet.to_lat_deg is not None:
        half = 1.0 * _radius_km(sheet.on, sheet.to_lat_deg)
        return -half, half, -half, half
    left, right, bottom, top = _extent(sheet.on)
    half = max(right - left, top - bottom) / 2.0
    x, y = (left + right) / 2.0, (bottom + top) / 2.0
    return x - half, x + half, y - half, y + half


def _outline(axes: Any, sheet: Sheet, reach: tuple[float, float, float, float]) -> Any:
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
        values, cmap=_colours(look), vmin=look.low, vmax=look.high, extent=_extent(sheet.on),
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
    return axes.imshow(veil, extent=_extent(grid), interpolation="bilinear", zorder=2)


def _colours(look: Look) -> Any:
    from matplotlib.colors import LinearSegmentedColormap

    if isinstance(look.colours, str):
        return look.colours
    return LinearSegmentedColormap.from_list("malapert", list(look.colours))


def _step(span: float, steps: tuple[float, ...], most: int) -> float:
    """The least step that gives no more than so many lines."""
    return next((step for step in steps if span / step <= most), steps[-1])


def _graticule(
    figure: Any, axes: Any, sheet: Sheet, reach: tuple[float, float, float, float], outline: Any
) -> list[Any]:
    """Parallels with their latitude on them, meridians with their longitude at the edge; the boxes their words take."""
    x_km, y_km = (np.linspace(low, high, 241) for low, high in (reach[:2], reach[2:]))
    lat_deg, lon_deg = sheet.on.lat_lon_deg(*(1000.0 * plane for plane in np.meshgrid(x_km, y_km)))
    span_deg = float(np.ptp(lat_deg)) if sheet.to_lat_deg is None else 90.0 - abs(sheet.to_lat_deg)
    step = _step(span_deg, PARALLEL_STEPS_DEG, 6)
    levels = np.arange(np.ceil(lat_deg.min() / step), np.floor(lat_deg.max() / step) + 1) * step
    levels = levels[np.abs(levels) < 90.0]
    if sheet.to_lat_deg is not None:
        levels = levels[np.abs(levels) > abs(sheet.to_lat_deg) + 0.3 * step]
    style = {"colors": "#2b3648", "linewidths": 0.45, "alpha": 0.55, "zorder": 3}
    labels = []
    for level in levels:
        lines = axes.contour(x_km, y_km, lat_deg, levels=[level], linestyles="solid", **style)
        lines.set_clip_path(outline)
        labels += _parallel_label(axes, sheet, float(level), step, reach)
    for lon in _meridians(sheet, lon_deg):
        _meridian(axes, sheet, lon, reach, outline)
    return [label.get_window_extent(figure.canvas.get_renderer()) for label in labels]


def _degrees(value: float, step: float) -> str:
    places = 0 if step >= 1.0 else 1 if step >= 0.1 else 2
    return f"{abs(value):.{places}f}°"


def _parallel_label(
    axes: Any, sheet: Sheet, lat_deg: float, step: float, reach: tuple[float, float, float, float]
) -> list[Any]:
    """The latitude near longitude 195 of a round map, where few names are, or at the right edge of a sheet."""
    side = "S" if lat_deg < 0.0 else "N"
    rho = _radius_km(sheet.on, lat_deg)
    if sheet.to_lat_deg is not None:
        turn = np.radians(-105.0)
        at = (rho * np.cos(turn), rho * np.sin(turn))
    else:
        x = reach[1] - 0.035 * (reach[1] - reach[0])
        if rho <= abs(x):
            return []
        y = np.sqrt(rho * rho - x * x)
        y = y if reach[2] < y < reach[3] else -y
        if not reach[2] < y < reach[3]:
            return []
        at = (x, y)
    words = f"{_degrees(lat_deg, step)} {side}"
    return [
        axes.text(*at, words, fontsize=6.5, color=MUTED, ha="center", va="center", zorder=6, path_effects=_halo(2.2))
    ]


def _meridians(sheet: Sheet, lon_deg: Array) -> Array:
    """Longitudes worth a line: all round when the pole is on the map, else those that cross it."""
    left, right, bottom, top = _window(sheet)
    if left < 0.0 < right and bottom < 0.0 < top:
        return np.arange(0.0, 360.0, 30.0)
    middle = np.degrees(np.angle(np.exp(1j * np.radians(lon_deg)).mean()))
    offset = (lon_deg - middle + 180.0) % 360.0 - 180.0
    step = _step(float(np.ptp(offset)), MERIDIAN_STEPS_DEG, 7)
    first = np.ceil((middle + offset.min()) / step) * step
    return np.arange(first, middle + offset.max(), step) % 360.0


def _meridian(axes: Any, sheet: Sheet, lon_deg: float, reach: tuple[float, float, float, float], outline: Any) -> None:
    sense = np.array([np.sin(np.radians(lon_deg)), sheet.on.pole_sign * np.cos(np.radians(lon_deg))])
    far = 3.0 * max(map(abs, reach))
    near = 0.0 if sheet.to_lat_deg is None else 0.06 * reach[1]
    (line,) = axes.plot(*np.outer(sense, (near, far)), color="#2b3648", linewidth=0.45, alpha=0.55, zorder=3)
    line.set_clip_path(outline)
    words = f"{lon_deg:g}°" + (" E" if lon_deg % 180.0 else "")
    if sheet.to_lat_deg is not None:
        words = "0° · Earth side" if lon_deg == 0.0 else words
        x, y = 1.03 * reach[1] * sense
        turn = np.degrees(np.arctan2(-sense[0], sense[1]))
        turn = turn + 180.0 if abs(turn) > 90.0 else turn
        axes.text(x, y, words, fontsize=7.5, color=MUTED, ha="center", va="center", rotation=turn, clip_on=False)
        return
    _edge_label(axes, sense, words, reach)


def _edge_label(axes: Any, sense: Array, words: str, reach: tuple[float, float, float, float]) -> None:
    """A longitude outside the sheet, where its meridian leaves it at the bottom or on the left."""
    left, right, bottom, top = reach
    gap = 0.012 * (right - left)
    if sense[1] and left < (x := bottom * sense[0] / sense[1]) < right and bottom / sense[1] > 0.0:
        axes.text(x, bottom - gap, words, fontsize=7.5, color=MUTED, ha="center", va="top", clip_on=False)
    elif sense[0] and bottom < (y := left * sense[1] / sense[0]) < top and left / sense[0] > 0.0:
        axes.text(left - gap, y, words, fontsize=7.5, color=MUTED, ha="right", va="center", rotation=90, clip_on=False)
    elif sense[1] and left < (x := top * sense[0] / sense[1]) < right and top / sense[1] > 0.0:
        axes.text(x, top + gap, words, fontsize=7.5, color=MUTED, ha="center", va="bottom", clip_on=False)
    elif sense[0] and bottom < (y := right * sense[1] / sense[0]) < top and right / sense[0] > 0.0:
        axes.text(right + gap, y, words, fontsize=7.5, color=MUTED, ha="left", va="center", rotation=90, clip_on=False)


def _halo(width: float) -> list[Any]:
    from matplotlib.patheffects import withStroke

    return [withStroke(linewidth=width, foreground="white", alpha=0.85)]


def _inside(sheet: Sheet, reach: tuple[float, float, float, float], x: float, y: float, room: float) -> bool:
    if sheet.to_lat_deg is not None:
        return float(np.hypot(x, y)) < reach[1] - room
    return reach[0] + room < x < reach[1] - room and reach[2] + room < y < reach[3] - room


def _marks(figure: Any, axes: Any, sheet: Sheet) -> list[Any]:
    """Marked places and the ring around a place; returns the boxes their words take."""
    taken = []
    if sheet.ring is not None:
        _ring(axes, sheet.on, *sheet.ring)
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


def _names(figure: Any, axes: Any, sheet: Sheet, reach: tuple[float, float, float, float], taken: list[Any]) -> None:
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
                         style="normal" if feature.kind == "crater" else "italic", path_effects=_halo(1.8))  # fmt: skip
        for rise in (0.0, 0.016, -0.016, 0.03, -0.03):
            text.set_y(y + rise * width_km)
            box = text.get_window_extent(renderer).expanded(1.06, 1.12)
            corners = axes.transData.inverted().transform(box.get_points())
            if all(_inside(sheet, reach, cx, cy, 0.0) for cx, cy in corners) and not box.count_overlaps(taken):
                taken.append(box)
                break
        else:
            text.remove()


def _scale_bar(axes: Any, sheet: Sheet, reach: tuple[float, float, float, float]) -> None:
    width = reach[1] - reach[0]
    bar = max((km for km in SCALE_BARS_KM if km <= 0.2 * width), default=SCALE_BARS_KM[0])
    room = 0.0 if sheet.to_lat_deg is not None else 0.03
    x, y = reach[0] + room * width, reach[2] + (0.02 + room) * width
    for k, colour in enumerate(("#17233a", "white")):
        axes.barh(y, bar / 2.0, left=x + k * bar / 2.0, height=0.008 * width, color=colour, edgecolor="#17233a",
                  linewidth=0.8, zorder=9)  # fmt: skip
    words = f"{bar:g} km" if bar >= 1.0 else f"{1000.0 * bar:g} m"
    axes.text(x + bar / 2.0, y + 0.012 * width, words, fontsize=8, color=INK, ha="center", va="bottom", zorder=9,
              path_effects=_halo(2.5))  # fmt: skip


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
