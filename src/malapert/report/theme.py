"""One look for every plot: white ground, thin grid, colours that partners and priorities keep throughout."""

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from malapert.report.blocks import Spec

INK, MUTED, GRID, PAPER = "#17233a", "#5b6779", "#e4e8ee", "#ffffff"
ACCENT, GOOD, BAD, DARK = "#1d5fa8", "#1b7a6b", "#b3402a", "#2a3550"
SUN, EARTH, GROUND, STORE = "#d99a1c", "#2f7fc1", "#8c8577", "#6a5aa8"
FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"
# Eight hues apart in lightness too, after Okabe and Ito 2008 (Color Universal Design); greys for everybody else.
PARTNERS = ("#1d5fa8", "#d5722a", "#2b9c88", "#a23b5c", "#d3a41f", "#6a5aa8", "#79b7e0", "#75822b")
OTHERS = "#9aa3b0"
# One hue from the first loads served to the last.
PRIORITIES = ("#0b2a52", "#17457c", "#2a62a3", "#4a80bd", "#6f9dcf", "#95b9de", "#b9d2ea", "#d3e2f1", "#e6eef7")


def partner_colours(ranked: Iterable[str]) -> dict[str, str]:
    """A colour for each partner, in order of what they bring; from the ninth on all are grey."""
    names = list(ranked)
    return {name: PARTNERS[k] if k < len(PARTNERS) else OTHERS for k, name in enumerate(names)}


def many(k: int) -> str:
    """Colour k of many: the eight hues, then each lighter, then each darker, and round again."""
    hue = PARTNERS[k % len(PARTNERS)]
    towards, part = ((0, 0.0), (255, 0.5), (0, 0.45))[k // len(PARTNERS) % 3]
    mixed = (round(int(hue[n : n + 2], 16) * (1.0 - part) + towards * part) for n in (1, 3, 5))
    return "#" + "".join(f"{value:02x}" for value in mixed)


def axis(title: str = "", **more: Any) -> dict[str, Any]:
    """An axis with its title and a thin grid."""
    return {
        "title": {"text": title, "font": {"size": 12, "color": MUTED}, "standoff": 8},
        "gridcolor": GRID,
        "gridwidth": 1,
        "linecolor": "#b8c0cc",
        "zeroline": False,
        "ticks": "outside",
        "ticklen": 4,
        "tickcolor": "#b8c0cc",
        "tickfont": {"size": 11, "color": MUTED},
        "automargin": True,
    } | more


def layout(**more: Any) -> dict[str, Any]:
    """The layout every plot starts from."""
    return {
        "font": {"family": FONT, "size": 12, "color": INK},
        "paper_bgcolor": PAPER,
        "plot_bgcolor": PAPER,
        "margin": {"l": 56, "r": 24, "t": 28, "b": 44},
        "hovermode": "closest",
        "autosize": True,
        "hoverlabel": {"bgcolor": PAPER, "bordercolor": "#b8c0cc", "font": {"family": FONT, "size": 12, "color": INK}},
        "legend": {
            "orientation": "h",
            "x": 0,
            "y": 1.02,
            "yanchor": "bottom",
            "font": {"size": 11},
            "bgcolor": "rgba(0,0,0,0)",
            "traceorder": "normal",
        },
        "dragmode": "pan",
    } | more


def spec(data: list[dict[str, Any]], **more: Any) -> Spec:
    """A figure in the house's layout."""
    return {"data": data, "layout": layout(**more)}


def label(x: Any, y: Any, text: str, colour: str = INK, **more: Any) -> dict[str, Any]:
    """A direct label."""
    return {
        "x": x,
        "y": y,
        "text": text,
        "showarrow": False,
        "font": {"size": 11, "color": colour},
        "xanchor": "left",
        "yanchor": "middle",
    } | more


def apart(heights: list[float], gap: float) -> list[float]:
    """Heights for labels that stand at least `gap` apart: each as near its own as those above let it."""
    order = sorted(range(len(heights)), key=lambda k: -heights[k])
    placed = dict.fromkeys(order, 0.0)
    above = float("inf")
    for k in order:
        placed[k] = above = min(heights[k], above - gap)
    return [placed[k] for k in range(len(heights))]


def values(array: NDArray[Any], digits: int = 4) -> list[float | None]:
    """Numbers for a plot, rounded to significant digits; what is not a number is a gap."""
    return [None if not np.isfinite(value) else float(f"{value:.{digits}g}") for value in np.asarray(array, np.float64)]


def days(array: NDArray[np.datetime64]) -> list[str]:
    """Epochs for a plot, to the day."""
    return [str(epoch) for epoch in array.astype("datetime64[D]")]


def hours(array: NDArray[np.datetime64]) -> list[str]:
    """Epochs for a plot, to the minute."""
    return [str(epoch) for epoch in array.astype("datetime64[m]")]
