"""Life support: stores against time, closure, and the books."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import xarray as xr

from malapert.programme import Programme
from malapert.report import theme, units
from malapert.report.blocks import Block, Fact, Facts, Figure, Section, Spec, Table, Words, cell, figure_cell
from malapert.report.series import daily_last, daily_least, days_of
from malapert.report.wording import day_of, number, percent, plot_text, quantity, with_unit, words
from malapert.station import Operations
from malapert.station.hours import runs
from malapert.station.life import DIOXIDE_LIMIT_KPA
from malapert.station.results import Month

ROCK = {"ground", "regolith", "icy regolith", "slag"}
STORES = {"oxygen": "#1d5fa8", "nitrogen": "#6a5aa8", "water": "#2b9c88", "food": "#d5722a"}


def section(programme: Programme, operations: Operations) -> Section:
    """Air, water and food."""
    crewed = bool((operations.series["crew"].to_numpy() > 0.0).any())
    lead = (
        f"{number(operations.quantities['crew_d'])} crew days at the station; the first crew is there on "
        f"{day_of(operations.first_crew_tdb_s)}."
        if crewed
        else "Nobody lives at the station in this run, so no air, water or food is used."
    )
    made = units.blocks(programme, operations)
    blocks = (*(_life(operations) if crewed else ()), *made, *_books(operations))
    return Section("life", "Life support", lead, blocks)


def _life(operations: Operations) -> Iterator[Block]:
    figures = operations.quantities
    yield Facts(
        (
            Fact("Water recovered", percent(figures["water_closure"]), "of used water"),
            Fact("Oxygen made", percent(figures["oxygen_closure"]), "of what the crew breathed"),
            Fact(
                "Taken from the stores",
                f"{number(figures['consumed_kg'])} kg",
                f"{number(figures['consumed_kg_per_crew_d'])} kg a crew day",
            ),
            Fact("Crew days without a bed", number(figures["crew_unhoused_d"]), "spent in the lander"),
            Fact(
                "Carbon dioxide in the air",
                f"{number(figures['highest_dioxide_kpa'])} kPa",
                f"at most; {number(figures['dioxide_high_h'])} h above {DIOXIDE_LIMIT_KPA:g} kPa",
            ),
            Fact(
                "Vented",
                f"{number(figures['vented_kg'])} kg",
                f"gases; {number(figures['wasted_kg'])} kg of waste kept",
            ),
        )
    )
    yield Figure("plot-stores", "Stores of the station", stores(operations.series), 320, "Shaded: a crew is there.")
    yield Figure(
        "plot-reserves",
        "Days each store would last the crew that is there if nothing were recovered",
        reserves(operations.series),
        300,
        "Lowest of each day, while a crew is housed. Shaded: a crew is there.",
    )
    if operations.month:
        yield Figure(
            "plot-month",
            f"Thirty days from {day_of(operations.month.start_tdb_s)}: what went where",
            sankey(operations.month),
            360,
            f"{number(operations.month.crew_d)} crew days in the station's habitats. Widths go with mass; rock is left"
            " out.",
        )
    yield _lowest(operations)


def _crewed(series: xr.Dataset) -> list[tuple[Any, Any]]:
    time, crew = series["time"].to_numpy(), series["crew"].to_numpy()
    return [(time[first], time[end - 1]) for first, end in runs(crew > 0.0)]


def stay_bands(series: xr.Dataset) -> list[dict[str, Any]]:
    """Every time with people at the station, as shading."""
    return [
        {
            "type": "rect",
            "xref": "x",
            "yref": "paper",
            "x0": theme.hours(start)[0],
            "x1": theme.hours(end)[0],
            "y0": 0,
            "y1": 1,
            "fillcolor": "#edf1f7",
            "line": {"width": 0},
            "layer": "below",
        }
        for start, end in ((np.array([a]), np.array([b])) for a, b in _crewed(series))
    ]


def stores(series: xr.Dataset) -> Spec:
    """Oxygen, nitrogen, water and food at the end of each day, from the first delivery on."""
    days, first = days_of(series)
    held = {name: daily_last(series[f"{name}_kg"].to_numpy(), first) for name in STORES}
    some = np.flatnonzero(np.sum(list(held.values()), axis=0) > 0.0)
    begin = max(int(some[0]) - 20, 0) if some.size else 0
    traces = [
        {
            "type": "scatter",
            "mode": "lines",
            "name": name,
            "x": theme.days(days[begin:]),
            "y": theme.values(kg[begin:]),
            "line": {"color": STORES[name], "width": 1.8},
            "hovertemplate": f"{name}: %{{y:,.0f}} kg on %{{x}}<extra></extra>",
        }
        for name, kg in held.items()
    ]
    return theme.spec(
        traces,
        shapes=stay_bands(series),
        xaxis=theme.axis(showgrid=False),
        yaxis=theme.axis("kg in store", rangemode="tozero"),
    )


def reserves(series: xr.Dataset) -> Spec:
    """Days of reserve, least of each day, each stay on its own stretch of line."""
    days, first = days_of(series)
    begin = 0
    traces = []
    for name, colour in STORES.items():
        least = daily_least(series[f"{name}_reserve_d"].to_numpy(), first)
        known = np.flatnonzero(np.isfinite(least))
        if known.size == 0:
            continue
        begin = max(int(known[0]) - 30, 0)
        traces.append(
            {
                "type": "scatter",
                "mode": "lines",
                "name": name,
                "x": theme.days(days[begin:]),
                "y": theme.values(least[begin:]),
                "line": {"color": colour, "width": 2},
                "connectgaps": False,
                "hovertemplate": f"{name}: %{{y:.0f}} d on %{{x}}<extra></extra>",
            }
        )
    return theme.spec(
        traces,
        shapes=stay_bands(series),
        xaxis=theme.axis(showgrid=False),
        yaxis=theme.axis("days of reserve", type="log", tickvals=[k * 10**n for n in range(5) for k in (1, 2, 5)]),
    )


def sankey(month: Month) -> Spec:
    """Flows of mass as bands; what recovery gives back to a store ends beside it, for a band cannot run in a circle.

    Rock is left out: what a plant digs and leaves would dwarf what a crew lives from.
    """
    back = {"water": "water won back", "oxygen": "oxygen won back"}
    flows = [
        (one.source, back.get(one.target, one.target), one.kg)
        for one in month.flows
        if one.kg > 0.0 and not {one.source, one.target} & ROCK
    ]
    names = list(dict.fromkeys(name for source, target, _ in flows for name in (source, target)))
    colours = {**STORES, "water won back": STORES["water"], "oxygen won back": STORES["oxygen"], "crew": theme.INK}
    trace = {
        "type": "sankey",
        "arrangement": "snap",
        "valueformat": ",.3~g",
        "valuesuffix": " kg",
        "node": {
            "label": [plot_text(name) for name in names],
            "color": [colours.get(name, theme.MUTED) for name in names],
            "pad": 14,
            "thickness": 12,
            "line": {"width": 0},
        },
        "link": {
            "source": [names.index(source) for source, _, _ in flows],
            "target": [names.index(target) for _, target, _ in flows],
            "value": theme.values(np.array([kg for _, _, kg in flows])),
            "color": "rgba(120,135,160,.28)",
        },
    }
    return theme.spec([trace], margin={"l": 10, "r": 10, "t": 10, "b": 10})


def _lowest(operations: Operations) -> Table:
    rows = tuple(
        (cell(quantity(low.quantity)[0]), figure_cell(with_unit(low.value, low.unit)), cell(day_of(low.at_tdb_s)))
        for low in operations.lowest
        if low.quantity.endswith("_reserve_d")
    )
    return Table("Lowest reserves", ("Store", "Lowest", "When"), rows)


def _books(operations: Operations) -> Iterator[Block]:
    if operations.gives_way:
        rows = tuple(
            (
                cell(way.what),
                cell(day_of(way.first_tdb_s)),
                figure_cell(with_unit(way.amount, way.unit), tone="bad"),
                figure_cell(number(way.hours)),
            )
            for way in operations.gives_way
        )
        first = operations.gives_way[0]
        yield Words(f"First to give way: {first.what}, on {day_of(first.first_tdb_s)}.")
        yield Table("What gives way", ("What", "First", "Amount", "Hours"), rows)
    else:
        yield Words("Nothing gives way in this run.")
    books = tuple(
        (cell(words(key.rpartition("_")[0])), figure_cell(with_unit(value, quantity(key)[1], 2)))
        for key, value in operations.residuals.items()
    )
    yield Table(
        "The books: largest imbalance of any hour",
        ("Kept", "Residual"),
        books,
        "What came in, less what went out, less what the stores gained; anything above rounding would be an error.",
    )
    if operations.notes:
        yield Words("Assumed: " + " ".join(operations.notes), "faint")
