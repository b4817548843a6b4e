"""Flights: trajectories in three dimensions, delta-v by manoeuvre, masses against launcher and tanks."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from malapert.constants import SECONDS_PER_DAY
from malapert.programme import Programme
from malapert.report import theme
from malapert.report.blocks import Block, Cell, Figure, Fold, Section, Spec, Table, Words, cell, figure_cell
from malapert.report.trajectories import trajectories
from malapert.report.wording import (
    NONE,
    counted,
    day_of,
    fixed,
    minute,
    plot_text,
    quantity,
    shortened,
    title_of,
    unsourced,
    when,
    with_unit,
    words,
)
from malapert.run.flights import Flights, FlownFlight
from malapert.run.manifest import FlightMass, Manifest

Array = NDArray[np.float64]
# The order in which manoeuvres come; any other comes after them.
COLOURS = {
    "injection": "#c9ced8",
    "correction": "#79b7e0",
    "insertion": "#1d5fa8",
    "rendezvous": "#6a5aa8",
    "deorbit": "#f0c39c",
    "descent": "#d5722a",
    "ascent": "#d3a41f",
    "circularisation": "#efdca0",
    "orbit_trim": "#b9ac84",
    "rendezvous_allowance": "#b7aedd",
    "return": "#2b9c88",
}
ORDER = tuple(COLOURS)


def section(programme: Programme, flights: Flights, manifest: Manifest) -> Section:
    """Every flight as flown."""
    if not flights.flown:
        lead = "No flight could be flown." if flights.failed else "No flight is declared."
        return Section("flights", "Flights", lead, tuple(_failed(programme, flights)))
    lead = (
        f"{counted(len(flights.flown), 'flight')}, each integrated in the ephemeris and targeted to its arrival orbit"
        + (f"; {len(flights.failed)} more could not be flown." if flights.failed else ".")
    )
    return Section("flights", "Flights", lead, tuple(_blocks(programme, flights, manifest)))


def _blocks(programme: Programme, flights: Flights, manifest: Manifest) -> Iterator[Block]:
    yield from _failed(programme, flights)
    yield Figure(
        "plot-trajectories",
        "Trajectories in the frame that turns with the Earth and the Moon",
        trajectories(flights),
        560,
        "In Earth-Moon distances of the moment, bodies to scale. Drag to turn; choose flights in the legend.",
    )
    yield Figure(
        "plot-delta-v",
        "Delta-v of each flight after its launcher lets go",
        delta_v(flights),
        90 + 26 * len(flights.flown),
        "What the spacecraft and the lander it meets have to give; the injection is the launcher's.",
    )
    yield delta_v_table(programme, flights)
    yield mass_table(programme, flights, manifest)
    yield Fold("Propellant by stage", (stage_table(programme, manifest),))
    yield from (as_flown(flown) for flown in flights.flown)


def _failed(programme: Programme, flights: Flights) -> Iterator[Block]:
    if flights.failed:
        rows = tuple(
            (cell(title_of(programme, "flight", name)), cell(reason, "bad")) for name, reason in flights.failed
        )
        yield Table("Flights that could not be flown", ("Flight", "Why"), rows)


def ordered_names(flights: Flights) -> list[str]:
    """Manoeuvre names of all flights, in the order they come."""
    found = {burn.name for flown in flights.flown for burn in flown.manoeuvres}
    return [name for name in ORDER if name in found] + sorted(found.difference(ORDER))


def _given(flown: FlownFlight, name: str) -> float:
    return sum(burn.delta_v_m_s for burn in flown.manoeuvres if burn.name == name)


def delta_v(flights: Flights) -> Spec:
    """Stacked bars by manoeuvre, flights from the first departure down, totals at the ends."""
    flown = flights.flown
    places = list(range(len(flown)))
    names = [name for name in ordered_names(flights) if name != "injection"]
    traces = [
        {
            "type": "bar",
            "orientation": "h",
            "name": plot_text(words(name)),
            "y": places,
            "width": 0.66,
            "x": [round(_given(flight, name), 1) for flight in flown],
            "marker": {"color": COLOURS.get(name, theme.OTHERS)},
            "hovertemplate": f"{plot_text(words(name))}: %{{x:,.0f}} m/s<extra></extra>",
        }
        for name in names
    ]
    totals = [sum(_given(flight, name) for name in names) for flight in flown]
    most = max(totals, default=1.0) or 1.0
    labels = [theme.label(total + most * 0.008, k, fixed(total, 0)) for k, total in zip(places, totals, strict=True)]
    return theme.spec(
        traces,
        barmode="stack",
        annotations=labels,
        margin={"l": 60, "r": 30, "t": 30, "b": 44},
        xaxis=theme.axis("m/s", range=[0, most * 1.08]),
        yaxis=theme.axis(
            showgrid=False,
            ticks="",
            tickvals=places,
            ticktext=[plot_text(shortened(flight.title)) for flight in flown],
            range=[len(flown) - 0.4, -0.6],
        ),
    )


def delta_v_table(programme: Programme, flights: Flights) -> Table:
    """Dates and every manoeuvre's delta-v."""
    names = ordered_names(flights)
    rows = tuple(_delta_v_row(programme, flown, names) for flown in flights.flown)
    columns = (
        "Flight",
        "Partner",
        "Leaves",
        "Arrives",
        "Days",
        *(words(name).capitalize() for name in names),
        "All after launch",
    )
    note = "Injection is the launcher's. Each flight leaves within its window after the earliest date open to it."
    return Table("Dates and delta-v, m/s", columns, rows, note)


def _delta_v_row(programme: Programme, flown: FlownFlight, names: list[str]) -> tuple[Cell, ...]:
    days = (flown.arrive_tdb_s - flown.depart_tdb_s) / SECONDS_PER_DAY
    own = sum(burn.delta_v_m_s for burn in flown.manoeuvres if burn.craft != "launcher")
    given = {name: _given(flown, name) for name in names}
    return (
        cell(flown.title),
        cell(title_of(programme, "partner", flown.partner)),
        cell(day_of(flown.depart_tdb_s)),
        cell(day_of(flown.arrive_tdb_s)),
        figure_cell(fixed(days, 2)),
        *(figure_cell(fixed(value, 0) if value else NONE, tone="" if value else "faint") for value in given.values()),
        figure_cell(fixed(own, 0)),
    )


def mass_table(programme: Programme, flights: Flights, manifest: Manifest) -> Table:
    """Launch mass against the launcher, cargo against what the delta-v leaves, and the margin."""
    titles = {flown.name: flown for flown in flights.flown}
    rows = tuple(_mass_row(programme, titles[mass.flight], mass) for mass in manifest.masses)
    columns = (
        "Flight",
        "Launcher",
        "Spacecraft",
        "Launch mass, kg",
        "Launcher takes, kg",
        "Cargo, kg",
        "Cargo it could take, kg",
        "Margin, kg",
        "Tightest",
    )
    return Table(
        "Masses", columns, rows, "Margin: what the launcher or the tightest tank has left; negative, what is missing."
    )


def _mass_row(programme: Programme, flown: FlownFlight, mass: FlightMass) -> tuple[Cell, ...]:
    launcher, craft = programme.launcher[flown.launcher], programme.spacecraft[flown.spacecraft]
    tone = "bad" if mass.margin_kg < 0.0 else ""
    return (
        cell(flown.title),
        cell(launcher.title or flown.launcher),
        cell(craft.title or flown.spacecraft),
        figure_cell(fixed(mass.launch_kg, 0), unsourced(craft, "stages")),
        figure_cell(fixed(mass.tli_capacity_kg, 0), unsourced(launcher, "tli_kg")),
        figure_cell(fixed(mass.cargo_kg, 0)),
        figure_cell(fixed(mass.cargo_capacity_kg, 0), unsourced(craft, "cargo_kg", "stages")),
        figure_cell(fixed(mass.margin_kg, 0), tone=tone),
        cell(mass.tight, "faint"),
    )


def stage_table(programme: Programme, manifest: Manifest) -> Table:
    """Propellant loaded against tanks."""
    rows = tuple(
        (
            cell(title_of(programme, "flight", mass.flight)),
            cell(use.stage),
            figure_cell(fixed(use.loaded_kg, 0)),
            figure_cell(fixed(use.tank_kg, 0), tone="bad" if use.loaded_kg > use.tank_kg * (1.0 + 1e-9) else ""),
        )
        for mass in manifest.masses
        for use in mass.stages
    )
    return Table("", ("Flight", "Stage", "Needed, kg", "Tank, kg"), rows)


def as_flown(flown: FlownFlight) -> Fold:
    """Facts and residuals of a flight."""
    rows = []
    for kind, figures in (("", flown.facts), ("missed by: ", flown.residuals)):
        for key, value in figures.items():
            name, unit = quantity(key)
            rows.append((cell(kind + name), figure_cell(with_unit(value, unit))))
    leaves = f"Leaves {minute(when(flown.depart_tdb_s))}: {flown.because or 'its declared date'}."
    return Fold(f"{flown.title}, as flown", (Words(leaves, "faint"), Table("", ("Figure", "Value"), tuple(rows))))
