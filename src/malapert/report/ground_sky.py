"""A site's sky as pictures: its skyline with the ways of Sun and Earth, and its light by lunar days."""

from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from malapert.report.pictures import new_figure, wrapped
from malapert.report.theme import EARTH, GRID, INK, MUTED, SUN
from malapert.terrain import Horizon, SkyPaths

Array = NDArray[np.float64]

LUNAR_DAY_D = 29.530588861
GROUND, GROUND_EDGE = "#b9b2a5", "#4a453c"
# Dark to light in one family, even steps of lightness: reads the same in grey and to colour-blind eyes.
SUNLIGHT = ("#101b33", "#3b4a6b", "#8a8a86", "#d9b45f", "#fff3cf")
EARTHLIGHT = ("#101b33", "#2b4f7d", "#5f95c6", "#d8ecfa")
POINTS = {0: "N", 90: "E", 180: "S", 270: "W"}
# Rows of a calendar that still let a single lunar day be seen.
MOST_ROWS = 260


def draw_horizon(title: str, horizon: Horizon, paths: SkyPaths, span: str) -> Any:
    """The skyline of a site as a figure; `span` says what the bands of Sun and Earth cover."""
    figure = new_figure(11.0, 4.6)
    axes = figure.add_axes((0.06, 0.26, 0.92, 0.50))
    _skyline(axes, horizon, paths, span)
    _frame(figure, title, _eye(horizon), _notes(horizon), top=0.955)
    return figure


def draw_light(title: str, facts: str, horizon: Horizon, paths: SkyPaths, series: xr.Dataset) -> Any:
    """Skyline, and Sun and Earth by lunar days, of a site as a figure; `facts` is the line under the title."""
    figure = new_figure(11.0, 9.4)
    axes = figure.add_axes((0.06, 0.60, 0.92, 0.285))
    days = series["time"].to_numpy().astype("datetime64[D]")
    _skyline(axes, horizon, paths, f"{days[0]} to {days[-1]}")
    for left, name, colours, words in (
        (0.09, "sun_fraction", SUNLIGHT, "Sun: part of the disk above the ground"),
        (0.575, "earth_visible", EARTHLIGHT, "Earth: part of the disk above the ground"),
    ):
        _lunar_days(figure, (left, 0.125, 0.355, 0.39), series, name, colours, words)
    _frame(figure, title, f"{facts}\n{_eye(horizon)}", _notes(horizon), top=0.98)
    return figure


def _eye(horizon: Horizon) -> str:
    side = "S" if horizon.lat_deg < 0.0 else "N"
    return (
        f"{abs(horizon.lat_deg):g}° {side}, {horizon.lon_deg % 360.0:g}° E · eye {horizon.mast_m:g} m above "
        f"{horizon.ground_height_m:.0f} m (sphere of 1737.4 km)"
    )


def _notes(horizon: Horizon) -> tuple[str, ...]:
    basis = f"Horizon: {horizon.source}. DE440, MOON_ME, light time and aberration."
    return (basis, *(f"Warning: {warning}" for warning in horizon.warnings))


def _skyline(axes: Any, horizon: Horizon, paths: SkyPaths, span: str) -> None:
    """Ground against azimuth in front of the bands of Sun and Earth, and both tracks through one lunar day."""
    left = _left_edge(paths)
    order = np.argsort(np.mod(paths.azimuth_deg - left, 360.0), kind="stable")
    azimuth = np.mod(paths.azimuth_deg[order] - left, 360.0) + left
    for low, high, colour, name in (
        (paths.sun_lowest_deg, paths.sun_highest_deg, SUN, "Sun"),
        (paths.earth_lowest_deg, paths.earth_highest_deg, EARTH, "Earth"),
    ):
        axes.fill_between(
            azimuth, low[order], high[order], color=colour, alpha=0.22, linewidth=0, label=f"{name}, {span}"
        )
    start = str(paths.track_utc[0].astype("datetime64[D]"))
    for track, colour, name in (
        ((paths.sun_track_azimuth_deg, paths.sun_track_elevation_deg), SUN, "Sun"),
        ((paths.earth_track_azimuth_deg, paths.earth_track_elevation_deg), EARTH, "Earth"),
    ):
        axes.plot(
            *_broken(np.mod(track[0] - left, 360.0) + left, track[1]),
            color=colour,
            linewidth=1.4,
            label=f"{name}, one lunar day from {start}",
        )
    lows = (horizon.elevation_deg, paths.sun_lowest_deg, paths.earth_lowest_deg)
    highs = (horizon.elevation_deg, paths.sun_highest_deg, paths.earth_highest_deg)
    floor, roof = min(map(np.nanmin, lows)) - 0.5, max(map(np.nanmax, highs)) + 0.8
    turn = left + np.linspace(0.0, 360.0, 1441)
    ground = horizon.at(turn)
    axes.fill_between(turn, floor, ground, color=GROUND, alpha=0.72, linewidth=0, zorder=3)
    axes.plot(turn, ground, color=GROUND_EDGE, linewidth=1.0, zorder=4, label="Ground")
    axes.axhline(0.0, color="#7b8594", linewidth=0.6, linestyle=(0, (4, 3)), zorder=5)
    ticks = [left + tick for tick in range(0, 361, 30)]
    axes.set(xlim=(left, left + 360), ylim=(floor, roof), ylabel="elevation, °", xticks=ticks,
             xticklabels=[f"{tick % 360}° {POINTS.get(tick % 360, '')}".strip() for tick in ticks])  # fmt: skip
    axes.set_xlabel("azimuth, clockwise from lunar north", labelpad=1)
    axes.grid(axis="y")
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(loc="lower left", bbox_to_anchor=(-0.005, 1.0), ncols=5, handlelength=1.4, columnspacing=1.3)


def _left_edge(paths: SkyPaths) -> int:
    """The azimuth, in whole tens of deg, that puts the Earth's band in one piece: 0 unless the band lies there."""
    seen = np.isfinite(paths.earth_highest_deg)
    if not (seen[0] and seen[-1]) or seen.all():
        return 0
    middle = np.degrees(np.angle(np.exp(1j * np.radians(paths.azimuth_deg[seen])).mean()))
    return int(np.rint(middle / 30.0)) * 30 - 180


def _broken(azimuth_deg: Array, elevation_deg: Array) -> tuple[Array, Array]:
    """A track with a gap where it goes round from 360 to 0 deg."""
    jumps = np.flatnonzero(np.abs(np.diff(azimuth_deg)) > 180.0) + 1
    return np.insert(azimuth_deg, jumps, np.nan), np.insert(elevation_deg, jumps, np.nan)


def lunar_days(series: xr.Dataset, name: str) -> tuple[Array, NDArray[np.datetime64]]:
    """A variable by lunar days: (rows, steps) with NaN after the end, and the start of each row (UTC).

    A row is one mean synodic month of the series, so the Sun keeps its column; what is left over ends the last row.
    """
    values, time = series[name].to_numpy(), series["time"].to_numpy()
    step_d = float(series.attrs["step_s"]) / 86400.0
    steps = max(round(LUNAR_DAY_D / step_d), 1)
    rows = int(np.ceil(values.size * step_d / LUNAR_DAY_D))
    first = np.minimum(np.rint(np.arange(rows) * LUNAR_DAY_D / step_d).astype(int), values.size - 1)
    place = first[:, None] + np.arange(steps)
    table = np.where(place < values.size, values[np.minimum(place, values.size - 1)], np.nan)
    return table, time[first]


def _lunar_days(
    figure: Any, box: tuple[float, float, float, float], series: xr.Dataset, name: str, colours: Any, words: str
) -> None:
    from matplotlib.colors import LinearSegmentedColormap
    from matplotlib.ticker import PercentFormatter

    table, starts = lunar_days(series, name)
    axes = figure.add_axes(box)
    image = axes.imshow(table, aspect="auto", interpolation="nearest" if len(table) <= MOST_ROWS else "antialiased",
                        cmap=LinearSegmentedColormap.from_list("light", colours), vmin=0.0, vmax=1.0,
                        extent=(0.0, LUNAR_DAY_D, len(table), 0.0))  # fmt: skip
    axes.set_title(words, color=INK)
    places = np.unique(np.linspace(0, len(table) - 1, min(len(table), 13)).astype(int))
    axes.set(xlabel="days since the start of the lunar day", yticks=places + 0.5,
             yticklabels=[str(day) for day in starts[places].astype("datetime64[D]")])  # fmt: skip
    axes.grid(False)
    if 1 < len(table) <= 60:
        axes.hlines(np.arange(1, len(table)), 0.0, LUNAR_DAY_D, color="white", linewidth=1.2)
    axes.spines[:].set_visible(False)
    axes.tick_params(length=2, color=GRID)
    bar = figure.colorbar(image, cax=figure.add_axes((box[0] + box[2] + 0.008, box[1], 0.008, box[3])),
                          format=PercentFormatter(1.0, decimals=0))  # fmt: skip
    bar.outline.set_visible(False)
    bar.ax.tick_params(length=2, labelsize=7)


def _frame(figure: Any, title: str, under: str, notes: tuple[str, ...], top: float) -> None:
    figure.text(0.06, top, title, fontsize=13, fontweight="bold", va="top")
    inch = 1.0 / figure.get_figheight()
    figure.text(0.06, top - 0.24 * inch, under, fontsize=9, color=MUTED, va="top", linespacing=1.4)
    text = "\n".join(wrapped(note, 185) for note in notes)
    figure.text(0.06, 0.09 * inch, text, fontsize=7, color=MUTED, va="bottom", linespacing=1.35)
