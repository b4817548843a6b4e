"""The lines around a map: window, parallels and meridians with their labels, scale bar, arrow to the north."""

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from malapert.report.theme import INK, MUTED

if TYPE_CHECKING:
    from malapert.report.ground_map import Sheet
    from malapert.terrain import Grid

Array = NDArray[np.float64]
Reach = tuple[float, float, float, float]

PARALLEL_STEPS_DEG = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0)
MERIDIAN_STEPS_DEG = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 15.0, 30.0)
SCALE_BARS_KM = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0)


def radius_km(grid: "Grid", lat_deg: float) -> float:
    """Radius of a parallel on the map."""
    return float(np.hypot(*grid.xy_m(lat_deg, 0.0))) / 1000.0


def extent_km(grid: "Grid") -> Reach:
    """Left, right, bottom, top of a raster."""
    rows, columns = grid.heights_m.shape
    size_km = grid.pixel_m / 1000.0
    left, top = grid.left_m / 1000.0, grid.top_m / 1000.0
    return left, left + columns * size_km, top - rows * size_km, top


def window_km(sheet: "Sheet") -> Reach:
    """Left, right, bottom, top in km; the same width and height."""
    if sheet.to_lat_deg is not None:
        half = radius_km(sheet.on, sheet.to_lat_deg)
        return -half, half, -half, half
    left, right, bottom, top = extent_km(sheet.on)
    half = max(right - left, top - bottom) / 2.0
    x, y = (left + right) / 2.0, (bottom + top) / 2.0
    return x - half, x + half, y - half, y + half


def _step(span: float, steps: tuple[float, ...], most: int) -> float:
    """The least step that gives no more than so many lines."""
    return next((step for step in steps if span / step <= most), steps[-1])


def graticule(figure: Any, axes: Any, sheet: "Sheet", reach: Reach, outline: Any) -> list[Any]:
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


def _parallel_label(axes: Any, sheet: "Sheet", lat_deg: float, step: float, reach: Reach) -> list[Any]:
    """The latitude near longitude 195 of a round map, where few names are, or at the right edge of a sheet."""
    side = "S" if lat_deg < 0.0 else "N"
    rho = radius_km(sheet.on, lat_deg)
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
        axes.text(*at, words, fontsize=6.5, color=MUTED, ha="center", va="center", zorder=6, path_effects=halo(2.2))
    ]


def _meridians(sheet: "Sheet", lon_deg: Array) -> Array:
    """Longitudes worth a line: all round when the pole is on the map, else those that cross it."""
    left, right, bottom, top = window_km(sheet)
    if left < 0.0 < right and bottom < 0.0 < top:
        return np.arange(0.0, 360.0, 30.0)
    middle = np.degrees(np.angle(np.exp(1j * np.radians(lon_deg)).mean()))
    offset = (lon_deg - middle + 180.0) % 360.0 - 180.0
    step = _step(float(np.ptp(offset)), MERIDIAN_STEPS_DEG, 7)
    first = np.ceil((middle + offset.min()) / step) * step
    return np.arange(first, middle + offset.max(), step) % 360.0


def _meridian(axes: Any, sheet: "Sheet", lon_deg: float, reach: Reach, outline: Any) -> None:
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


def _edge_label(axes: Any, sense: Array, words: str, reach: Reach) -> None:
    """A longitude outside the sheet, where its meridian leaves it at the bottom or on the left."""
    left, right, bottom, top = reach
    gap, corner = 0.012 * (right - left), 0.025 * (right - left)
    inner_left, inner_right, inner_bottom, inner_top = left + corner, right - corner, bottom + corner, top - corner
    if sense[1] and inner_left < (x := bottom * sense[0] / sense[1]) < inner_right and bottom / sense[1] > 0.0:
        axes.text(x, bottom - gap, words, fontsize=7.5, color=MUTED, ha="center", va="top", clip_on=False)
    elif sense[0] and inner_bottom < (y := left * sense[1] / sense[0]) < inner_top and left / sense[0] > 0.0:
        axes.text(left - gap, y, words, fontsize=7.5, color=MUTED, ha="right", va="center", rotation=90, clip_on=False)
    elif sense[1] and inner_left < (x := top * sense[0] / sense[1]) < inner_right and top / sense[1] > 0.0:
        axes.text(x, top + gap, words, fontsize=7.5, color=MUTED, ha="center", va="bottom", clip_on=False)
    elif sense[0] and inner_bottom < (y := right * sense[1] / sense[0]) < inner_top and right / sense[0] > 0.0:
        axes.text(right + gap, y, words, fontsize=7.5, color=MUTED, ha="left", va="center", rotation=90, clip_on=False)


def scale_bar(axes: Any, sheet: "Sheet", reach: Reach) -> None:
    """A bar of a round length, a fifth of the map's width at most."""
    width = reach[1] - reach[0]
    bar = max((km for km in SCALE_BARS_KM if km <= 0.2 * width), default=SCALE_BARS_KM[0])
    room = 0.0 if sheet.to_lat_deg is not None else 0.03
    x, y = reach[0] + room * width, reach[2] + (0.02 + room) * width
    for k, colour in enumerate(("#17233a", "white")):
        axes.barh(y, bar / 2.0, left=x + k * bar / 2.0, height=0.008 * width, color=colour, edgecolor="#17233a",
                  linewidth=0.8, zorder=9)  # fmt: skip
    words = f"{bar:g} km" if bar >= 1.0 else f"{1000.0 * bar:g} m"
    axes.text(x + bar / 2.0, y + 0.012 * width, words, fontsize=8, color=INK, ha="center", va="bottom", zorder=9,
              path_effects=halo(2.5))  # fmt: skip


def north_arrow(axes: Any, sheet: "Sheet", reach: Reach) -> None:
    """An arrow to lunar north in the lower right corner: away from the south pole, towards the north pole."""
    width = reach[1] - reach[0]
    x, y = reach[1] - 0.07 * width, reach[2] + 0.07 * width
    away = np.array([x, y]) / max(np.hypot(x, y), 1e-9) * sheet.on.pole_sign
    start, end = (np.array([x, y]) + part * width * away for part in (-0.028, 0.028))
    arrow = {"arrowstyle": "-|>", "color": INK, "linewidth": 1.4, "path_effects": halo(3.0)}
    axes.annotate("", xy=end, xytext=start, arrowprops=arrow, zorder=9)
    axes.text(*(end + 0.014 * width * away), "N", fontsize=8.5, fontweight="bold", color=INK, ha="center", va="center",
              zorder=9, path_effects=halo(2.5))  # fmt: skip


def halo(width: float) -> list[Any]:
    """A light rim that keeps words readable on any ground."""
    from matplotlib.patheffects import withStroke

    return [withStroke(linewidth=width, foreground="white", alpha=0.85)]
