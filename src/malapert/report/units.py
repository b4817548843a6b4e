"""Units and plants: what each made of what, how long it ran, what it drew, and what the ground gives for its mass."""

from collections.abc import Iterator

from malapert.programme import Programme
from malapert.report import theme
from malapert.report.blocks import Block, Figure, Spec, Table, cell, figure_cell
from malapert.report.wording import element_title, number, percent, plot_text, title_of, unsourced, words
from malapert.station import Operations

BREAK_EVEN_PER_Y = 1.8
"""Kg a year for each kg of plant above which lunar resources pay (Ishimatsu et al. 2016)."""


def blocks(programme: Programme, operations: Operations) -> Iterator[Block]:
    """Tables of units and of plants that work on what the ground gives; nothing where there are none."""
    if operations.units:
        yield _units(programme, operations)
    if operations.yields:
        yield _yields(programme, operations)
        yield Figure(
            "plot-yields",
            "What the ground gives a year for each kg of plant",
            yields(programme, operations),
            120 + 46 * len(operations.yields),
            "Over the years each plant was of use, and at its full rate all the time; line:"
            f" {BREAK_EVEN_PER_Y:g}, above which lunar resources pay (Ishimatsu 2016). Diggers and power are not in the"
            " mass.",
        )


def _moved(amounts_kg: dict[str, float]) -> str:
    return ", ".join(f"{words(name)} {number(kg)}" for name, kg in amounts_kg.items()) or "nothing"


def _units(programme: Programme, operations: Operations) -> Table:
    rows = tuple(
        (
            cell(element_title(programme, run.element)),
            cell(title_of(programme, "partner", run.partner)),
            cell(_moved(run.taken_kg)),
            cell(_moved(run.given_kg)),
            figure_cell(number(run.worked_h)),
            figure_cell(percent(run.worked_h / run.there_h) if run.there_h else "–"),
            figure_cell(number(run.energy_kwh), unsourced(programme.process.get(run.element), "energy_kwh_kg")),
        )
        for run in operations.units
    )
    columns = ("Unit", "Partner", "Took, kg", "Gave, kg", "Full-rate hours", "Of its time", "Energy, kWh")
    return Table("Units: what each made of what", columns, rows, "Every one balances in mass and in each element.")


def _yields(programme: Programme, operations: Operations) -> Table:
    rows = tuple(
        (
            cell(element_title(programme, one.element)),
            cell(words(one.product)),
            figure_cell(number(one.plant_kg), unsourced(programme.process.get(one.element), "mass_kg")),
            figure_cell(number(one.made_kg)),
            figure_cell(number(one.yearly_kg)),
            figure_cell(number(one.yearly_per_kg), tone="" if one.yearly_per_kg >= BREAK_EVEN_PER_Y else "bad"),
            figure_cell(number(one.full_yearly_kg / one.plant_kg)),
        )
        for one in operations.yields
    )
    columns = ("Plant", "Makes", "Plant, kg", "Made, kg", "Kg a year", "Kg a year for each kg", "At full rate")
    return Table(
        "Resources of the place", columns, rows, f"Above {BREAK_EVEN_PER_Y:g} a year it pays (Ishimatsu 2016)."
    )


def yields(programme: Programme, operations: Operations) -> Spec:
    """Bars of yearly yield for each kg of plant, as it ran and at full rate, against the break-even."""
    names = [plot_text(f"{element_title(programme, one.element)}: {words(one.product)}") for one in operations.yields]
    bars = (
        ("at full rate", [one.full_yearly_kg / one.plant_kg for one in operations.yields], "#c9d3e2"),
        ("as it ran", [one.yearly_per_kg for one in operations.yields], "#1d5fa8"),
    )
    traces = [
        {
            "type": "bar",
            "orientation": "h",
            "name": name,
            "y": names,
            "x": values,
            "marker": {"color": colour},
            "hovertemplate": f"{name}: %{{x:.3~g}} kg a year for each kg<extra></extra>",
        }
        for name, values, colour in bars
    ]
    reach = 1.1 * max(BREAK_EVEN_PER_Y, *(value for _, values, _ in bars for value in values))
    line = {
        "type": "line",
        "x0": BREAK_EVEN_PER_Y,
        "x1": BREAK_EVEN_PER_Y,
        "yref": "paper",
        "y0": 0,
        "y1": 1,
        "line": {"color": theme.INK, "width": 1, "dash": "dot"},
    }
    return theme.spec(
        traces,
        shapes=[line],
        barmode="group",
        xaxis=theme.axis("kg a year for each kg of plant", range=[0.0, reach]),
        yaxis=theme.axis(automargin=True),
    )
