"""Failures and spares: what fails in the mean, what mending it takes, and which spares would suffice."""

from collections.abc import Iterator

from malapert.programme import Programme
from malapert.report import theme
from malapert.report.blocks import Block, Fact, Facts, Figure, Section, Spec, Table, cell, figure_cell
from malapert.report.wording import day_of, element_title, fixed, number, percent, title_of, unsourced, words
from malapert.station import Operations
from malapert.station.results import ElementRepairs, Spares


def section(programme: Programme, operations: Operations) -> Section:
    """What fails and what it takes."""
    found, figures = operations.spares, operations.quantities
    if not found.elements:
        return Section("spares", "Spares", "No element in use declares how often it fails.")
    failures = f"{number(figures['failures'])} failures in the mean"
    if not any(kind.wanted for kind in found.kinds):
        lead = f"{failures}; nobody is there who could mend them, so no spares are asked for."
    else:
        lead = (
            f"{failures}; the {number(found.landed_kg)} kg of spares that land suffice with a chance of "
            f"{percent(found.sufficiency)}; {percent(found.confidence, 0)} takes {number(found.recommended_kg)} kg."
        )
    return Section("spares", "Spares", lead, tuple(_blocks(programme, operations)))


def _blocks(programme: Programme, operations: Operations) -> Iterator[Block]:
    found, figures = operations.spares, operations.quantities
    lacking = [line for line in found.elements if line.lacking_tdb_s == line.lacking_tdb_s]
    first = min(lacking, key=lambda line: line.lacking_tdb_s, default=None)
    yield Facts(
        (
            Fact("Failures, in the mean", number(figures["failures"])),
            Fact("Crew hours on repairs", f"{number(figures['repair_h'])} h"),
            Fact("Robot hours on repairs", f"{number(figures['robot_repair_h'])} h"),
            Fact("Spares used", f"{number(found.used_kg)} kg", f"of {number(found.landed_kg)} kg landed"),
            Fact(
                "First repair without spares",
                day_of(first.lacking_tdb_s) if first else "none",
                element_title(programme, first.element) if first else "in the mean",
            ),
            Fact("Lowest availability", percent(figures["lowest_availability"])),
        )
    )
    if len(found.curve) > 1:
        yield Figure(
            "plot-spares",
            "Chance that no kind of spares runs out, by mass of whole kits",
            curve(found),
            280,
            "Each step adds the kit that gains most for its mass. Failures are Poisson at the rates declared.",
        )
    yield _elements(programme, found)
    if any(kind.wanted for kind in found.kinds):
        yield _kinds(programme, found)


def curve(found: Spares) -> Spec:
    """The best chance for each mass, with what lands and what is advised."""
    step = {
        "type": "scatter",
        "mode": "lines",
        "name": "best for its mass",
        "x": [kg for kg, _ in found.curve],
        "y": [chance for _, chance in found.curve],
        "line": {"color": theme.ACCENT, "width": 1.8, "shape": "hv"},
        "hovertemplate": "%{x:,.0f} kg: %{y:.1%}<extra></extra>",
    }

    def mark(name: str, kg: float, chance: float, colour: str) -> dict[str, object]:
        return {
            "type": "scatter",
            "mode": "markers",
            "name": name,
            "x": [kg],
            "y": [chance],
            "marker": {"color": colour, "size": 10},
            "hovertemplate": f"{name}: %{{x:,.0f}} kg, %{{y:.1%}}<extra></extra>",
        }

    enough = found.sufficiency >= found.confidence
    marks = [
        mark("what lands", found.landed_kg, found.sufficiency, theme.GOOD if enough else theme.BAD),
        mark(f"least for {percent(found.confidence, 0)}", found.recommended_kg, found.confidence, theme.INK),
    ]
    return theme.spec(
        [step, *marks],
        xaxis=theme.axis("kg of spares", rangemode="tozero"),
        yaxis=theme.axis("chance that they suffice", range=[0, 1.03], tickformat=".0%"),
    )


def _elements(programme: Programme, found: Spares) -> Table:
    rows = tuple(
        (
            cell(element_title(programme, line.element)),
            cell(title_of(programme, "partner", line.partner)),
            figure_cell(number(line.failures), unsourced(programme.elements.get(line.element), "failures_per_year")),
            figure_cell(number(line.repairs)),
            figure_cell(number(line.work_h), unsourced(programme.elements.get(line.element), "repair_h")),
            figure_cell(number(line.spares_kg), unsourced(programme.elements.get(line.element), "repair_kg")),
            figure_cell(percent(line.availability), unsourced(programme.elements.get(line.element), "repair_d")),
            cell(day_of(line.lacking_tdb_s), "bad" if line.lacking_tdb_s == line.lacking_tdb_s else "faint"),
        )
        for line in sorted(found.elements, key=_worst)
    )
    columns = ("Element", "Partner", "Failures", "Repairs", "Work, h", "Spares, kg", "Works", "Lacks spares from")
    note = (
        "Means over the time in use. A repair waits for somebody who may do it and for spares; until then the element "
        "is out. Power and work are not cut for it: the histories under Risk do that by chance."
    )
    return Table("Failures and repairs by element", columns, rows, note)


def _worst(line: ElementRepairs) -> tuple[float, str]:
    return line.availability, line.element


def _kinds(programme: Programme, found: Spares) -> Table:
    rows = tuple(
        (
            cell(words(kind.kind)),
            cell(", ".join(element_title(programme, element) for element in kind.elements)),
            figure_cell(number(kind.kit_kg)),
            figure_cell(number(kind.wanted)),
            figure_cell(fixed(kind.landed, 0)),
            figure_cell(fixed(kind.recommended, 0), tone="bad" if kind.recommended > kind.landed else ""),
            figure_cell(number(kind.recommended * kind.kit_kg)),
        )
        for kind in sorted(found.kinds, key=lambda kind: (-kind.recommended * kind.kit_kg, kind.kind))
    )
    advised = f"For {percent(found.confidence, 0)}"
    columns = ("Kind", "Serves", "Kit, kg", "Repairs wanted", "Of what lands", f"{advised}, kits", f"{advised}, kg")
    return Table("Spares by kind", columns, rows, "Kits of what lands: its mass split so that it suffices most surely.")
