"""Logistics against time on the page: the bat chart, mass by quarter, launches, and SpaceNet's measures."""

import math
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from malapert.logistics.campaign import Simulation
from malapert.programme import Programme
from malapert.report import theme
from malapert.report.blocks import Block, Fact, Facts, Figure, Section, Spec, Table, cell, figure_cell
from malapert.report.wording import fixed, number, percent, plot_text, title_of
from malapert.run.against_time import AgainstTime, Quarter
from malapert.run.flights import Flights


def section(
    programme: Programme, flights: Flights, found: AgainstTime, simulation: Simulation, colours: dict[str, str]
) -> Section:
    """What moves when, by quarter."""
    launched = fixed(found.measures.launch_mass_kg, 0)
    lead = f"{len(flights.flown)} flights leave the Earth with {launched} kg after their launchers."
    blocks = tuple(_blocks(programme, flights, found, simulation, colours))
    return Section("logistics", "Logistics against time", lead, blocks)


def _blocks(
    programme: Programme, flights: Flights, found: AgainstTime, simulation: Simulation, colours: dict[str, str]
) -> Iterator[Block]:
    measured = found.measures
    declared = any(stage.boil_off > 0.0 for craft in programme.spacecraft.values() for stage in craft.stages)
    down = percent(measured.down_mass_utilisation) if math.isfinite(measured.down_mass_utilisation) else "none"
    up = percent(measured.up_mass_utilisation) if math.isfinite(measured.up_mass_utilisation) else "none"
    yield Facts(
        (
            Fact("Up-mass capacity used", up, "cargo over what launchers inject, as SpaceNet counts it"),
            Fact("Down-mass capacity used", down, "cargo and samples over what returning craft hold"),
            Fact("Crew on the surface", f"{fixed(measured.crew_surface_d, 0)} person-days"),
            Fact("Exploration mass", f"{fixed(measured.exploration_mass_kg, 0)} kg", "experiments, habitation, rovers"),
            Fact("Exploration capability", f"{number(measured.exploration_capability_kg_d)} kg d", "mass by crew-days"),
            Fact("Boiled off", f"{fixed(measured.boiled_off_kg, 0)} kg", "" if declared else "no stage declares any"),
            Fact("Samples returned", f"{fixed(found.samples_kg, 0)} kg"),
        )
    )
    if found.errors:
        impossible = tuple((cell(error, "bad"),) for error in found.errors)
        yield Table("What the event simulator finds impossible", ("What",), impossible)
    if flights.flown:
        yield Figure(
            "plot-bat",
            "Bat chart: where every flight's craft are",
            bat_chart(programme, flights, simulation, colours),
            90 + 44 * len(simulation.campaign.places),
            "A line climbs from its pad to where it goes; crews come back down. Coloured by partner.",
        )
    if found.quarters:
        yield Figure("plot-quarters", "Mass by quarter at the station", by_quarter(programme, found), 320)
        yield _quarter_table(programme, found)
    if found.launches:
        rows = tuple(
            (cell(str(one.year)), cell(title_of(programme, "launcher", one.pad)),
             cell(title_of(programme, "partner", one.partner)), figure_cell(str(one.count), False))
            for one in found.launches
        )  # fmt: skip
        yield Table("Launches by year, pad and partner", ("Year", "Pad", "Partner", "Launches"), rows)


def bat_chart(programme: Programme, flights: Flights, simulation: Simulation, colours: dict[str, str]) -> Spec:
    """Places upwards from the Earth, time to the right, one line for each flight's last stage."""
    places = _ladder(simulation)
    row = {key: k for k, key in enumerate(places)}
    traces: list[dict[str, Any]] = []
    for flown in flights.flown:
        stage = [key for key in simulation.campaign.assets if key.startswith(f"{flown.name}/") and key.count("/") == 2]
        if not stage:
            continue
        points = _points(programme, simulation, stage[-1], row)
        said = plot_text(flown.title)
        colour = colours.get(flown.partner, theme.OTHERS)
        traces.append(
            {
                "type": "scatter",
                "mode": "lines+markers",
                "x": [x for x, _ in points],
                "y": [y for _, y in points],
                "text": [said] * len(points),
                "line": {"color": colour, "width": 1.4},
                "marker": {"size": 5, "color": colour},
                "hovertemplate": "%{text}, %{x|%Y-%m-%d}<extra></extra>",
                "showlegend": False,
            }
        )
    names = [plot_text(simulation.campaign.places[key].name) for key in places]
    return theme.spec(
        traces,
        margin={"l": 170, "r": 24, "t": 8, "b": 36},
        xaxis=theme.axis(range=[programme.start.strftime("%Y-%m-%d"), programme.end.strftime("%Y-%m-%d")]),
        yaxis=theme.axis(tickvals=list(range(len(places))), ticktext=names, range=[-0.5, len(places) - 0.5]),
    )


def _ladder(simulation: Simulation) -> list[str]:
    """Pads and landing at the bottom, then the way out, the Moon's orbits, its ground on top."""
    places = simulation.campaign.places

    def height(key: str) -> tuple[int, str]:
        place = places[key]
        if place.kind == "surface":
            return (0 if place.body == "Earth" else 3), place.name
        return (1 if place.body == "Earth" and place.kind == "orbit" else 2), place.name

    used = {travel.origin for travel in simulation.travels} | {travel.destination for travel in simulation.travels}
    return sorted((key for key in places if key in used), key=height)


def _points(programme: Programme, simulation: Simulation, asset: str, row: dict[str, int]) -> list[tuple[str, float]]:
    """Beginning and end of each stay of an asset at a place; ways between are the lines that join them."""
    visits = sorted((v for v in simulation.visits if v.asset == asset and v.where in row), key=lambda v: v.start_d)
    points: list[tuple[str, float]] = []
    travels = [t for t in simulation.travels if asset in t.assets]
    for travel in sorted(travels, key=lambda t: t.start_d):
        points.append((_stamp(programme, travel.start_d), row[travel.origin]))
        points.append((_stamp(programme, travel.end_d), row[travel.destination]))
    if visits and visits[-1].end_d > (travels[-1].end_d if travels else 0.0):
        points.append((_stamp(programme, visits[-1].end_d), row[visits[-1].where]))
    return points


def _stamp(programme: Programme, days: float) -> str:
    return (programme.start + timedelta(days=days)).strftime("%Y-%m-%dT%H:%M")


def by_quarter(programme: Programme, found: AgainstTime) -> Spec:
    """Bars of what lands and of what is used, and the dead mass on the ground as a line."""
    here = [quarter for quarter in found.quarters if quarter.site == programme.station]
    names = [quarter.name for quarter in here]
    series = (
        ("elements landed", [q.landed_kg for q in here], theme.PARTNERS[0]),
        ("supplies landed", [q.supplies_kg for q in here], theme.PARTNERS[1]),
        ("stores used", [-q.used_kg for q in here], theme.PARTNERS[2]),
    )
    traces: list[dict[str, Any]] = [
        {
            "type": "bar", "name": name, "x": names, "y": values, "marker": {"color": colour},
            "hovertemplate": f"{name}, %{{x}}: %{{y:,.0f}} kg<extra></extra>",
        }
        for name, values, colour in series
    ]  # fmt: skip
    traces.append(
        {
            "type": "scatter", "mode": "lines", "name": "dead mass on the ground", "x": names,
            "y": [q.waiting_kg + q.spent_kg for q in here], "line": {"color": theme.MUTED, "width": 1.6},
            "hovertemplate": "dead mass, %{x}: %{y:,.0f} kg<extra></extra>",
        }
    )  # fmt: skip
    return theme.spec(
        traces,
        barmode="relative",
        showlegend=True,
        legend={"orientation": "h", "y": 1.12},
        margin={"l": 64, "r": 24, "t": 40, "b": 56},
        xaxis=theme.axis(showgrid=False, tickangle=-60),
        yaxis=theme.axis("kg", tickformat=",.0f"),
    )


def _quarter_table(programme: Programme, found: AgainstTime) -> Table:
    moved = [q for q in found.quarters if q.landed_kg or q.supplies_kg or q.used_kg >= 0.5]

    def row(quarter: Quarter) -> Any:
        figures = (quarter.landed_kg, quarter.supplies_kg, quarter.used_kg, quarter.waiting_kg, quarter.spent_kg)
        return (
            cell(quarter.name),
            cell(title_of(programme, "site", quarter.site)),
            *(figure_cell(fixed(kg, 0), False) for kg in figures),
        )

    columns = ("Quarter", "Site", "Landed, kg", "Supplies, kg", "Used, kg", "Not in use, kg", "Spent landers, kg")
    return Table("Mass by site and quarter, where something moves", columns, tuple(row(quarter) for quarter in moved))
