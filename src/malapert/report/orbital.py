"""Power of the orbital stations: a table, and a picture of the Sun and the least charge week by week."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from malapert.programme import Programme
from malapert.report import theme
from malapert.report.blocks import Block, Figure, Spec, Table, cell, figure_cell
from malapert.report.wording import counted, day_of, element_title, fixed, number, percent, title_of
from malapert.sky.time import utc
from malapert.station import Operations
from malapert.station.results import Array, OrbitalLife


def blocks(programme: Programme, operations: Operations) -> Iterator[Block]:
    """Nothing where no orbital station has power of its own."""
    if not operations.orbital:
        return
    yield _table(programme, operations.orbital)
    for life in operations.orbital:
        yield Figure(
            f"plot-orbital-{life.station}",
            f"{element_title(programme, life.station)}: Sun and least charge of each week",
            weeks(life),
            360,
            "In a low orbit the time in shadow follows the angle between the orbit's plane and the Sun.",
        )


def _table(programme: Programme, lives: tuple[OrbitalLife, ...]) -> Table:
    rows = tuple(
        (
            cell(element_title(programme, life.station)),
            cell(title_of(programme, "partner", life.partner)),
            cell(counted(len(life.elements) - 1, "element")),
            figure_cell(percent(life.sunlit_fraction, 1)),
            figure_cell(fixed(life.longest_dark_h, 2)),
            figure_cell(number(life.generated_kwh)),
            figure_cell(number(life.asked_kwh)),
            figure_cell(number(life.unserved_kwh), tone="bad" if life.unserved_kwh > 0.0 else ""),
            figure_cell(percent(life.lowest_charge_fraction, 0)),
            cell(day_of(life.lowest_tdb_s)),
            figure_cell(number(life.cycles)),
        )
        for life in lives
    )
    columns = (
        "Orbital station",
        "Partner",
        "Beside it",
        "In the Sun",
        "Longest dark, h",
        "Could give, kWh",
        "Asked, kWh",
        "Not served, kWh",
        "Least charge",
        "When",
        "Full cycles",
    )
    step_min = lives[0].step_h * 60.0
    note = f"A power network each, by steps of {step_min:.0f} min through every eclipse by the Moon and the Earth."
    return Table("Power in orbit", columns, rows, note)


def weeks(life: OrbitalLife) -> Spec:
    """Part of each week in the Sun and its least charge, in per cent."""
    start = utc(life.start_tdb_s).astype("datetime64[D]")
    x = theme.days(start + np.arange(len(life.sunlit_by_week)) * np.timedelta64(7, "D"))
    return theme.spec(
        [
            _line(x, life.sunlit_by_week, "in the Sun", theme.SUN),
            _line(x, life.lowest_by_week, "least charge", theme.STORE),
        ],
        xaxis=theme.axis(showgrid=False),
        yaxis=theme.axis("%", range=[0, 103]),
    )


def _line(x: list[str], part: Array, name: str, colour: str) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "lines",
        "name": name,
        "x": x,
        "y": theme.values(100.0 * part),
        "line": {"color": colour, "width": 1.6},
        "hovertemplate": f"{name}: %{{y:.1f}} % in the week from %{{x}}<extra></extra>",
    }
