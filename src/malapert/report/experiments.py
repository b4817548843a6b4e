"""Experiments: hours wanted and got, by partner."""

from collections.abc import Iterator
from math import isfinite

from malapert.programme import Programme
from malapert.report import theme
from malapert.report.blocks import Block, Figure, Fold, Section, Spec, Table, Words, cell, figure_cell
from malapert.report.wording import (
    NONE,
    counted,
    element_title,
    fixed,
    number,
    percent,
    plot_text,
    shortened,
    title_of,
    unsourced,
)
from malapert.station import Operations
from malapert.station.results import ExperimentResult


def section(programme: Programme, operations: Operations, colours: dict[str, str]) -> Section:
    """What the instruments did."""
    figures = operations.quantities
    if not operations.experiments:
        return Section("science", "Experiments", "No experiment comes into use in this run.")
    lead = f"Experiments get {percent(figures['experiment_fulfilment'])} of the hours they want."
    return Section("science", "Experiments", lead, tuple(_blocks(programme, operations, colours)))


def _blocks(programme: Programme, operations: Operations, colours: dict[str, str]) -> Iterator[Block]:
    if operations.experiments:
        height = 90 + 24 * len(operations.experiments)
        yield Figure(
            "plot-experiments",
            "Hours delivered for each hour wanted",
            fulfilment(programme, operations.experiments, colours),
            height,
            "Coloured by partner. Open bar: hours in which its needs (light, dark, Earth, crew) held.",
        )
        if any(r.entitled_h > 0.0 for r in operations.experiments):
            yield Figure(
                "plot-entitled",
                "Hours delivered against hours entitled to, by partner",
                entitled(programme, operations.experiments, colours),
                90 + 26 * len({r.partner for r in operations.experiments}),
                "The stroke: what a partner's experiments would get were it alone at the station with its share of "
                "energy, data and crew hours. What nobody uses of a share is free for all.",
            )
        yield _table(programme, operations.experiments)
        held = [Words(result.why) for result in operations.experiments if result.why]
        if held:
            yield Fold(f"What held {counted(len(held), 'experiment')} back", tuple(held))
        if operations.samples:
            yield _samples(programme, operations)
    if operations.elsewhere:
        names = ", ".join(element_title(programme, name) for name in operations.elsewhere)
        yield Words(f"Not on the station's bus, in orbit or landed elsewhere: {names}.", "faint")


def fulfilment(programme: Programme, done: tuple[ExperimentResult, ...], colours: dict[str, str]) -> Spec:
    """Bars of delivered over wanted hours, with what was possible behind them."""
    ordered = sorted((r for r in done if r.wanted_h > 0.0), key=lambda r: (r.fulfilment, r.element))
    names = [plot_text(shortened(element_title(programme, r.element))) for r in ordered]
    places = list(range(len(ordered)))
    possible = {
        "type": "bar",
        "orientation": "h",
        "y": places,
        "x": [min(r.possible_h / r.wanted_h, 1.0) for r in ordered],
        "marker": {"color": "#ffffff", "line": {"color": "#aab3c0", "width": 1}},
        "hoverinfo": "skip",
        "width": 0.66,
    }
    delivered = {
        "type": "bar",
        "orientation": "h",
        "y": places,
        "x": [r.fulfilment for r in ordered],
        "width": 0.66,
        "marker": {"color": [colours.get(r.partner, theme.OTHERS) for r in ordered]},
        "text": [plot_text(title_of(programme, "partner", r.partner)) for r in ordered],
        "textposition": "none",
        "customdata": [[r.delivered_h, r.wanted_h] for r in ordered],
        "hovertemplate": "%{text}: %{customdata[0]:,.0f} of %{customdata[1]:,.0f} h<extra></extra>",
    }
    labels = [
        theme.label(
            1.01,
            k,
            plot_text(f"{percent(r.fulfilment, 0)}  {shortened(title_of(programme, 'partner', r.partner), 22)}"),
            theme.MUTED,
            xref="paper",
        )
        for k, r in enumerate(ordered)
    ]
    return theme.spec(
        [possible, delivered],
        barmode="overlay",
        showlegend=False,
        annotations=labels,
        margin={"l": 60, "r": 190, "t": 10, "b": 44},
        xaxis=theme.axis("delivered for each wanted", range=[0, 1.0], tickformat=".0%"),
        yaxis=theme.axis(showgrid=False, tickvals=places, ticktext=names, ticks="", range=[-0.6, len(ordered) - 0.4]),
    )


def _table(programme: Programme, done: tuple[ExperimentResult, ...]) -> Table:
    rows = []
    for result in sorted(done, key=lambda r: (r.partner, r.element)):
        row = programme.experiment[result.element]
        rows.append(
            (
                cell(title_of(programme, "partner", result.partner)),
                cell(element_title(programme, result.element)),
                cell(", ".join(row.needs).replace("_", " ") or "none", "faint"),
                figure_cell(fixed(result.wanted_h, 0), unsourced(row, "wanted_h")),
                figure_cell(fixed(result.delivered_h, 0)),
                figure_cell(percent(result.fulfilment, 0)),
                figure_cell(fixed(result.entitled_h, 0) if isfinite(result.entitled_h) else NONE),
                cell(result.held_by or NONE, "faint"),
                figure_cell(number(result.made_gb), unsourced(row, "data_mbit_s")),
                figure_cell(number(result.returned_gb)),
                figure_cell(number(result.energy_kwh), unsourced(row, "load_kw")),
                figure_cell(number(result.crew_h)),
            )
        )
    columns = (
        "Partner",
        "Experiment",
        "Needs",
        "Wanted, h",
        "Got, h",
        "Part",
        "Entitled, h",
        "Held back by",
        "Made, GB",
        "Returned, GB",
        "Energy, kWh",
        "Crew, h",
    )
    return Table("Experiments by partner", columns, tuple(rows))


def entitled(programme: Programme, done: tuple[ExperimentResult, ...], colours: dict[str, str]) -> Spec:
    """Hours delivered by partner, and the hours entitled to as a stroke."""
    partners = sorted({r.partner for r in done}, key=lambda p: sum(r.delivered_h for r in done if r.partner == p))
    places = list(range(len(partners)))
    got = [sum(r.delivered_h for r in done if r.partner == p) for p in partners]
    right = [sum(r.entitled_h for r in done if r.partner == p) for p in partners]
    delivered = {
        "type": "bar",
        "orientation": "h",
        "y": places,
        "x": [round(value, 1) for value in got],
        "width": 0.66,
        "marker": {"color": [colours.get(p, theme.OTHERS) for p in partners]},
        "hovertemplate": "delivered %{x:,.0f} h<extra></extra>",
    }
    stroke = {
        "type": "scatter",
        "mode": "markers",
        "y": places,
        "x": [round(value, 1) for value in right],
        "marker": {
            "symbol": "line-ns-open",
            "size": 20,
            "color": theme.INK,
            "line": {"width": 2.4, "color": theme.INK},
        },
        "hovertemplate": "entitled to %{x:,.0f} h<extra></extra>",
        "cliponaxis": False,
    }
    return theme.spec(
        [delivered, stroke],
        showlegend=False,
        margin={"l": 60, "r": 24, "t": 10, "b": 44},
        xaxis=theme.axis("hours", range=[0, 1.06 * max([*got, *right, 1.0])]),
        yaxis=theme.axis(
            showgrid=False,
            tickvals=places,
            ticktext=[plot_text(shortened(title_of(programme, "partner", p))) for p in partners],
            ticks="",
            range=[-0.6, len(partners) - 0.4],
        ),
    )


def _samples(programme: Programme, operations: Operations) -> Table:
    rows = tuple(
        (
            cell(title_of(programme, "partner", found.partner)),
            cell(element_title(programme, found.element)),
            figure_cell(number(found.taken_kg), unsourced(programme.experiment[found.element], "samples_kg_d")),
            figure_cell(number(found.returned_kg)),
            figure_cell(number(found.left_kg)),
        )
        for found in operations.samples
    )
    room_kg = sum(flight.room_kg for flight in operations.sample_flights)
    note = f"Flights home have room for {number(room_kg)} kg; partners share it by their right."
    return Table("Samples", ("Partner", "Experiment", "Taken, kg", "Returned, kg", "Left, kg"), rows, note)
