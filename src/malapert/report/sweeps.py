"""Two sweeps, or two points of one, side by side: tables on the terminal, and a page with pictures."""

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from malapert.report import theme
from malapert.report.answers import Card, Item
from malapert.report.blocks import Block, Figure, Section, Spec, Table, cell, figure_cell
from malapert.report.page import laid_out, rendered
from malapert.report.terminal import print_rows
from malapert.report.wording import NONE, fixed, number, plot_text, quantity
from malapert.run import store

PICTURES, ROWS = 6, 40
# What people look for first, where it differs.
FIRST = ("vital_unserved_kwh", "experiment_fulfilment", "crew_housed_d", "unserved_kwh")


def write(found: dict[str, Any], path: Path) -> Path:
    """Write the page."""
    path.parent.mkdir(parents=True, exist_ok=True)
    store.write_text(path, html(found))
    return path


def print_compared(found: dict[str, Any]) -> None:
    """How often each closes, where that differs, and the figures that move."""
    print(f"first   {found['one']}\nsecond  {found['other']}")
    print(f"{len(found['points'])} points in common; the first closes at {_closing(found, 'one')}, the second at "
          f"{_closing(found, 'other')}")  # fmt: skip
    turned = [_turned(point) for point in found["points"] if point["one"]["closes"] != point["other"]["closes"]]
    if turned:
        print_rows("Where one closes and the other does not", turned[:ROWS])
    if found["figures"]:
        print_rows(f"{len(found['figures'])} figures differ", [_row(row) for row in found["figures"][:ROWS]])
    else:
        print("No figure differs.")


def _closing(found: dict[str, Any], side: str) -> int:
    return sum(bool(point[side]["closes"]) for point in found["points"])


def _turned(point: dict[str, Any]) -> dict[str, str]:
    missed = point["other"] if point["one"]["closes"] else point["one"]
    closes = "first" if point["one"]["closes"] else "second"
    return {"at": place(point["at"]), "closes": closes, "the other misses": missed["missed"] or missed["error"]}


def _row(row: dict[str, Any]) -> dict[str, str]:
    shown = {key: number(row[key]) for key in ("one", "other", "mean_change", "least_change", "most_change")}
    words = ("first, mean", "second, mean", "change, mean", "least", "most")
    return {
        "figure": " ".join(quantity(row["figure"])),
        **dict(zip(words, shown.values(), strict=True)),
        "largest at": place(row["at"]),
    }


def place(at: dict[str, Any]) -> str:
    """A point of the grid in words."""
    return ", ".join(f"{key.rpartition('.')[2]} {_said(value)}" for key, value in at.items()) or "the one point"


def _said(value: Any) -> str:
    return number(value) if isinstance(value, int | float) and math.isfinite(value) else str(value)


def html(found: dict[str, Any]) -> str:
    """The page."""
    count = len(found["points"])
    same = sum(point["one"]["closes"] == point["other"]["closes"] for point in found["points"])
    sections = (Section("figures", "What differs", _lead(found), tuple(_blocks(found))),)
    return rendered(
        laid_out(
            title="Two sweeps side by side",
            variant="",
            meta=(("first", found["one"]), ("second", found["other"]), ("points in common", fixed(count, 0))),
            verdict=fixed(same, 0),
            verdict_words=f"of {count} points close, or do not, in both",
            cards=(
                Card(
                    "closes",
                    "Which closes more often?",
                    f"{_closing(found, 'one')} and {_closing(found, 'other')}",
                    words=f"of {count} points, first and second",
                    items=tuple(Item(_row(row)["figure"], _change(row)) for row in found["figures"][:5]),
                ),
            ),
            sections=sections,
        )
    )


def _lead(found: dict[str, Any]) -> str:
    return f"{len(found['figures'])} figures differ at the points both sweeps have."


def _change(row: dict[str, Any]) -> str:
    return f"{'+' if row['mean_change'] > 0 else ''}{number(row['mean_change'])}"


def _blocks(found: dict[str, Any]) -> Iterator[Block]:
    names = [row["figure"] for row in found["figures"]]
    drawn = [*(name for name in FIRST if name in names), *(name for name in names if name not in FIRST)][:PICTURES]
    for k, name in enumerate(drawn):
        yield Figure(f"plot-swept-{k}", " ".join(quantity(name)), picture(found, name), 300, _axes(found))
    rows = tuple(
        (cell(shown.pop("figure")), *(figure_cell(shown[key]) for key in list(shown)[:-1]), cell(shown["largest at"]))
        for shown in (_row(row) for row in found["figures"])
    )
    columns = ("Figure", "First, mean", "Second, mean", "Change, mean", "Least", "Most", "Largest at")
    yield Table("Figures that differ", columns, rows)
    turned = [_turned(point) for point in found["points"] if point["one"]["closes"] != point["other"]["closes"]]
    if turned:
        cells = tuple(tuple(cell(text) for text in row.values()) for row in turned)
        yield Table("Where one closes and the other does not", ("At", "Closes", "The other misses"), cells)


def _axes(found: dict[str, Any]) -> str:
    others = ", ".join(found["axes"][1:])
    return f"A line for every value of {others}." if others else ""


def picture(found: dict[str, Any], figure: str) -> Spec:
    """One figure of both sweeps along the first axis; the other axes make a line each."""
    axis = found["axes"][0] if found["axes"] else ""
    lines: dict[tuple[str, str], list[tuple[Any, float | None]]] = {}
    for point in found["points"]:
        rest = place({key: value for key, value in point["at"].items() if key != axis}) if len(point["at"]) > 1 else ""
        for side in ("one", "other"):
            x = point["at"].get(axis, "")
            lines.setdefault((side, rest), []).append((x, point[side][figure]))
    seen: set[str] = set()
    traces = []
    for (side, rest), values in lines.items():
        name = "first" if side == "one" else "second"
        colour = theme.OTHERS if side == "one" else theme.ACCENT
        traces.append(
            {
                "type": "scatter",
                "mode": "lines+markers",
                "name": name,
                "legendgroup": name,
                "showlegend": name not in seen,
                "x": [value if isinstance(value, int | float) else plot_text(str(value)) for value, _ in values],
                "y": [value for _, value in values],
                "line": {"color": colour, "width": 2},
                "marker": {"size": 6},
                "hovertemplate": f"{name} {plot_text(rest)}: %{{y:.4g}} at %{{x}}<extra></extra>",
            }
        )
        seen.add(name)
    unit = quantity(figure)[1] or NONE
    return theme.spec(
        traces,
        margin={"l": 70, "r": 20, "t": 26, "b": 44},
        xaxis=theme.axis(axis),
        yaxis=theme.axis("" if unit == NONE else unit),
    )
