"""Manifest against time: mass landed by partner, flights, uses and stays on one line of time, what stays behind."""

import math
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from malapert.logistics.plan import Delivery, Plan
from malapert.programme import Programme
from malapert.report import theme
from malapert.report.blocks import Block, Fact, Facts, Figure, Section, Spec, Table, cell, figure_cell
from malapert.report.wording import (
    day_of,
    element_title,
    fixed,
    number,
    percent,
    plot_text,
    shortened,
    stamp,
    title_of,
    unsourced,
    words,
)
from malapert.run.agreement import Agreement
from malapert.run.flights import Flights
from malapert.run.manifest import Manifest


def section(
    programme: Programme, flights: Flights, manifest: Manifest, dates: Agreement, colours: dict[str, str]
) -> Section:
    """What lands when, and what of it is used from when."""
    plan = manifest.plan
    if not plan.deliveries and not plan.left_behind:
        return Section("manifest", "Manifest", "No element is delivered: nothing is declared that needs a flight.")
    behind = f", {len(plan.left_behind)} stay behind" if plan.left_behind else ", nothing stays behind"
    lead = f"{fixed(plan.delivered_kg, 0)} kg in {len(plan.deliveries)} elements reach their destination{behind}."
    return Section("manifest", "Manifest", lead, tuple(_blocks(programme, flights, plan, dates, colours)))


def _blocks(
    programme: Programme, flights: Flights, plan: Plan, dates: Agreement, colours: dict[str, str]
) -> Iterator[Block]:
    proved = (
        "proved the best"
        if plan.status == "optimal"
        else f"best found; at most {percent(plan.bound_gap)} from the best"
    )
    yield Facts(
        (
            Fact("Delivered", f"{fixed(plan.delivered_kg, 0)} kg"),
            Fact("Elements delivered", str(len(plan.deliveries))),
            Fact("Left behind", str(len(plan.left_behind))),
            Fact("Never of use", str(len(plan.never_used)), "wait for something that never comes"),
            Fact("Late", str(len(plan.late)), "arrive after they are needed"),
            Fact("Crewed stays", str(len(plan.stays))),
            Fact("Assignment", plan.status, proved),
            Fact("Dates", "agreed" if dates.settled else "not agreed", _agreed(dates)),
        )
    )
    if plan.late:
        late = {delivery.element: delivery for delivery in plan.deliveries}
        yield Table(
            "Late",
            ("Element", "Needed by", "Arrives"),
            tuple(
                (
                    cell(element_title(programme, name)),
                    cell(f"{programme.elements[name].needed_by:%Y-%m-%d}"),
                    cell(day_of(late[name].arrive_tdb_s), "bad"),
                )
                for name in plan.late
            ),
        )
    if plan.left_behind:
        rows = tuple((cell(element_title(programme, name)), cell(reason, "bad")) for name, reason in plan.left_behind)
        yield Table("Left behind", ("Element", "Why"), rows)
    if plan.deliveries:
        end = stamp_of_end(programme)
        yield Figure("plot-landed", "Mass delivered by partner, cumulative", landed(programme, plan, colours, end), 340)
    yield Figure(
        "plot-timeline",
        "Flights, elements in use and crewed stays",
        timeline(programme, flights, plan, colours),
        80 + 19 * (len(flights.flown) + len(plan.deliveries) + len(plan.stays) + 2),
        "Circles: departure and arrival. Bars: pale from landing, full from first use. Coloured by partner.",
    )
    yield delivery_table(programme, plan)


def _agreed(dates: Agreement) -> str:
    """What planning and flying in turn came to, with its tolerance."""
    return f"{dates.words}; within {dates.tolerance_d:g} d and {dates.tolerance_kg:g} kg"


def stamp_of_end(programme: Programme) -> str:
    """The programme's end as a plot takes it."""
    return programme.end.strftime("%Y-%m-%dT%H:%M")


def landed(programme: Programme, plan: Plan, colours: dict[str, str], end: str) -> Spec:
    """Stacked steps by partner, the one that brings most at the bottom, names at the right where there is room."""
    times = sorted({delivery.arrive_tdb_s for delivery in plan.deliveries})
    stamps = [programme.start.strftime("%Y-%m-%dT%H:%M"), *(stamp(t) or end for t in times), end]
    traces, labels, below = [], [], 0.0
    for partner in ranked(plan):
        mine = [delivery for delivery in plan.deliveries if delivery.partner == partner]
        steps = [sum(d.mass_kg for d in mine if d.arrive_tdb_s <= t) for t in times]
        colour, name = colours.get(partner, theme.OTHERS), plot_text(title_of(programme, "partner", partner))
        traces.append(
            {
                "type": "scatter",
                "mode": "lines",
                "stackgroup": "all",
                "name": name,
                "x": stamps,
                "y": [0.0, *steps, steps[-1]],
                "line": {"shape": "hv", "width": 0.5, "color": colour},
                "fillcolor": colour,
                "showlegend": False,
                "text": [name] * len(stamps),
                "hovertemplate": "%{text}: %{y:,.0f} kg<extra></extra>",
            }
        )
        if steps[-1] > 0.045 * plan.delivered_kg:
            text = f"{name} {plot_text(fixed(steps[-1], 0))} kg"
            labels.append(theme.label(1.005, below + steps[-1] / 2, text, colour, xref="paper"))
        below += steps[-1]
    rest = [
        p
        for p in ranked(plan)
        if sum(d.mass_kg for d in plan.deliveries if d.partner == p) <= 0.045 * plan.delivered_kg
    ]
    if rest:
        mass = sum(d.mass_kg for d in plan.deliveries if d.partner in rest)
        text = f"{len(rest)} others {plot_text(fixed(mass, 0))} kg"
        labels.append(theme.label(1.005, below + 0.005 * below, text, theme.MUTED, xref="paper", yanchor="bottom"))
    return theme.spec(
        traces,
        annotations=labels,
        margin={"l": 64, "r": 210, "t": 24, "b": 36},
        xaxis=theme.axis(showgrid=False),
        yaxis=theme.axis("kg delivered", rangemode="tozero", tickformat=",.0f"),
    )


def ranked(plan: Plan) -> list[str]:
    """Partners by mass delivered, most first."""
    mass: dict[str, float] = defaultdict(float)
    for delivery in plan.deliveries:
        mass[delivery.partner] += delivery.mass_kg
    return sorted(mass, key=lambda partner: (-mass[partner], partner))


def timeline(programme: Programme, flights: Flights, plan: Plan, colours: dict[str, str]) -> Spec:
    """One row each for flights, then elements by first use, then stays."""
    end = stamp_of_end(programme)
    rows: list[str] = []
    traces: list[dict[str, Any]] = []

    def line(x0: str | None, x1: str | None, colour: str, said: str, **more: Any) -> None:
        if x0 is not None:
            traces.append(
                {
                    "type": "scatter",
                    "mode": "lines",
                    "x": [x0, x1 or end],
                    "y": [len(rows), len(rows)],
                    "text": [said, said],
                    "line": {"color": colour, "width": 8},
                    "hovertemplate": "%{text}<extra></extra>",
                    "showlegend": False,
                    **more,
                }
            )

    for flown in flights.flown:
        colour = colours.get(flown.partner, theme.OTHERS)
        said = plot_text(f"{flown.title}: leaves {day_of(flown.depart_tdb_s)}, arrives {day_of(flown.arrive_tdb_s)}")
        marker = {"size": 8, "color": [theme.PAPER, colour], "line": {"color": colour, "width": 1.6}}
        line(
            stamp(flown.depart_tdb_s),
            stamp(flown.arrive_tdb_s),
            colour,
            said,
            mode="lines+markers",
            marker=marker,
            line={"color": colour, "width": 1.6},
        )
        rows.append(flown.title)
    rows.append("")
    for delivery in sorted(plan.deliveries, key=lambda d: (d.arrive_tdb_s, d.use_tdb_s, d.element)):
        _element_line(programme, delivery, colours, line)
        rows.append(element_title(programme, delivery.element))
    if plan.stays:
        rows.append("")
    for stay in plan.stays:
        said = plot_text(f"Crew {words(stay.crew)}: {day_of(stay.start_tdb_s)} to {day_of(stay.end_tdb_s)}")
        line(stamp(stay.start_tdb_s), stamp(stay.end_tdb_s), theme.INK, said)
        rows.append(f"Stay: {title_of(programme, 'crew', stay.crew)} crew")
    return theme.spec(
        traces,
        margin={"l": 60, "r": 24, "t": 8, "b": 36},
        xaxis=theme.axis(side="bottom", range=[programme.start.strftime("%Y-%m-%d"), end]),
        yaxis=theme.axis(
            tickvals=[k for k, row in enumerate(rows) if row],
            ticktext=[plot_text(shortened(row)) for row in rows if row],
            ticks="",
            range=[len(rows) - 0.3, -0.7],
            showgrid=False,
            linewidth=0,
        ),
    )


def _element_line(programme: Programme, delivery: Delivery, colours: dict[str, str], line: Any) -> None:
    colour = colours.get(delivery.partner, theme.OTHERS)
    title = element_title(programme, delivery.element)
    used = stamp(delivery.use_tdb_s)
    said = f"{title}: lands {day_of(delivery.arrive_tdb_s)}, " + (
        f"in use from {day_of(delivery.use_tdb_s)}" if used else "never of use"
    )
    line(stamp(delivery.arrive_tdb_s), used, colour, plot_text(said), opacity=0.28)
    if used:
        line(used, None, colour, plot_text(said))


def delivery_table(programme: Programme, plan: Plan) -> Table:
    """Every element: on which flight, when it lands, from when it is used."""
    rows = []
    for delivery in sorted(plan.deliveries, key=lambda d: (d.arrive_tdb_s, d.element)):
        row = programme.elements.get(delivery.element)
        never = not math.isfinite(delivery.use_tdb_s)
        rows.append(
            (
                cell(element_title(programme, delivery.element)),
                cell(words(delivery.table)),
                cell(title_of(programme, "partner", delivery.partner)),
                cell(title_of(programme, "flight", delivery.flight)),
                figure_cell(number(delivery.mass_kg, 4), unsourced(row, "mass_kg")),
                cell(day_of(delivery.arrive_tdb_s)),
                cell("never" if never else day_of(delivery.use_tdb_s), "bad" if never else ""),
            )
        )
    return Table(
        "Deliveries", ("Element", "Kind", "Partner", "Flight", "Mass, kg", "Lands", "In use from"), tuple(rows)
    )
