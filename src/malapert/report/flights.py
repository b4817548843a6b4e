"""Flights: trajectories in three dimensions, delta-v by manoeuvre, masses against launcher and tanks."""

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from malapert.constants import RADIUS_EARTH_EQUATOR_KM, RADIUS_MOON_KM, SECONDS_PER_DAY
from malapert.programme import Programme
from malapert.report import theme
from malapert.report.blocks import Block, Cell, Figure, Fold, Section, Spec, Table, Words, cell, figure_cell
from malapert.report.wording import (
    NONE,
    counted,
    day_of,
    fixed,
    number,
    plot_text,
    quantity,
    shortened,
    title_of,
    unsourced,
    words,
)
from malapert.run.flights import Flights, FlownFlight
from malapert.run.manifest import FlightMass, Manifest
from malapert.sky.ephemeris import position_km

Array = NDArray[np.float64]
# The order in which manoeuvres come; any other comes after them.
ORDER = ("injection", "correction", "insertion", "rendezvous", "descent", "ascent", "docking", "return")
COLOURS = {
    "injection": "#c9ced8",
    "correction": "#79b7e0",
    "insertion": "#1d5fa8",
    "rendezvous": "#6a5aa8",
    "descent": "#d5722a",
    "ascent": "#d3a41f",
    "docking": "#a23b5c",
    "return": "#2b9c88",
}
# Half a minute's step for the Moon's velocity: the third derivative leaves 1e-9 of it.
_STEP_S = 30.0


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
    yield Fold(
        "Propellant by stage, orbits reached and how well the targets were met",
        (
            stage_table(programme, manifest),
            fact_table(flights),
            *(Words(f"{words(key)}: {text}", "faint") for key, text in sorted(flights.models.items())),
        ),
    )


def _failed(programme: Programme, flights: Flights) -> Iterator[Block]:
    if flights.failed:
        rows = tuple(
            (cell(title_of(programme, "flight", name)), cell(reason, "bad")) for name, reason in flights.failed
        )
        yield Table("Flights that could not be flown", ("Flight", "Why"), rows)


def rotating(earth_to_craft_icrf_km: Array, earth_to_moon_icrf_km: Array, epoch_tdb_s: Array) -> Array:
    """Craft (n, 3) in Earth-Moon distances: x to the Moon, z along its orbit's pole, Earth at the origin.

    The rotating, pulsating frame of the restricted problem (Szebehely 1967, Theory of Orbits, 1.4), with the
    ephemeris Moon's own direction and speed at each epoch.
    """
    ahead, behind = (position_km("moon", "earth", epoch_tdb_s + sign * _STEP_S) for sign in (1.0, -1.0))
    distance_km = np.linalg.norm(earth_to_moon_icrf_km, axis=1)
    x = earth_to_moon_icrf_km / distance_km[:, None]
    z = np.cross(earth_to_moon_icrf_km, ahead - behind)
    z /= np.linalg.norm(z, axis=1)[:, None]
    axes = np.stack([x, np.cross(z, x), z], axis=1)
    turned: Array = np.einsum("nij,nj->ni", axes, earth_to_craft_icrf_km) / distance_km[:, None]
    return turned


def trajectories(flights: Flights) -> Spec:
    """All paths in one scene; views of the whole way and of the Moon's surroundings."""
    traces = [_path(flights.paths, flown, k) for k, flown in enumerate(flights.flown)]
    distance_km = float(np.nanmean(np.linalg.norm(flights.paths["earth_to_moon_icrf_km"].to_numpy(), axis=-1)))
    traces += [
        _globe("Earth", 0.0, RADIUS_EARTH_EQUATOR_KM / distance_km, "#2f7fc1"),
        _globe("Moon", 1.0, RADIUS_MOON_KM / distance_km, "#8f97a3"),
    ]
    whole = {"x": [-0.12, 1.12], "y": [-0.45, 0.45], "z": [-0.3, 0.3]}
    near = {"x": [0.93, 1.07], "y": [-0.07, 0.07], "z": [-0.07, 0.07]}
    axes = {
        f"{name}axis": {
            "range": whole[name],
            "title": {"text": ""},
            "showbackground": False,
            "gridcolor": theme.GRID,
            "zeroline": False,
            "showspikes": False,
            "tickfont": {"size": 10, "color": theme.MUTED},
            "nticks": 5,
            "showticklabels": False,
            "showgrid": name != "z",
        }
        for name in "xyz"
    }
    buttons = [
        {"label": title, "method": "relayout", "args": [_view(ranges, eye)]}
        for title, ranges, eye in (
            ("Earth to Moon", whole, (0.1, -1.0, 0.55)),
            ("Around the Moon", near, (0.6, -1.3, 0.6)),
        )
    ]
    return theme.spec(
        traces,
        margin={"l": 0, "r": 0, "t": 34, "b": 0},
        legend={
            "orientation": "v",
            "x": 1,
            "xanchor": "right",
            "y": 0.98,
            "font": {"size": 11},
            "bgcolor": "rgba(255,255,255,.85)",
        },
        scene={
            **axes,
            "aspectmode": "manual",
            "aspectratio": _ratio(whole),
            "camera": {"eye": _point((0.1, -1.0, 0.55))},
            "annotations": [
                {
                    "x": at,
                    "y": 0,
                    "z": 0,
                    "text": name,
                    "showarrow": False,
                    "yshift": 14,
                    "font": {"size": 12, "color": theme.INK},
                }
                for name, at in (("Earth", 0.0), ("Moon", 1.0))
            ],
        },
        updatemenus=[
            {
                "type": "buttons",
                "direction": "right",
                "x": 0,
                "xanchor": "left",
                "y": 1.0,
                "yanchor": "bottom",
                "buttons": buttons,
                "bgcolor": "#ffffff",
                "bordercolor": "#b8c0cc",
                "font": {"size": 12, "color": theme.INK},
                "pad": {"b": 4},
            }
        ],
    )


def _ratio(ranges: dict[str, list[float]]) -> dict[str, float]:
    longest = max(high - low for low, high in ranges.values())
    return {name: round(1.6 * (high - low) / longest, 4) for name, (low, high) in ranges.items()}


def _point(at: tuple[float, float, float]) -> dict[str, float]:
    return dict(zip("xyz", at, strict=True))


def _view(ranges: dict[str, list[float]], eye: tuple[float, float, float]) -> dict[str, Any]:
    return {
        **{f"scene.{name}axis.range": ranges[name] for name in "xyz"},
        "scene.aspectratio": _ratio(ranges),
        "scene.camera.eye": _point(eye),
    }


def _path(paths: xr.Dataset, flown: FlownFlight, k: int) -> dict[str, Any]:
    one = paths.sel(flight=flown.name)
    epochs = one["epoch_tdb_s"].to_numpy()
    known = np.isfinite(epochs)
    points = rotating(
        one["earth_to_craft_icrf_km"].to_numpy()[known], one["earth_to_moon_icrf_km"].to_numpy()[known], epochs[known]
    )
    colour, dash = theme.PARTNERS[k % len(theme.PARTNERS)], ("solid", "dash", "dot")[k // len(theme.PARTNERS) % 3]
    days = (epochs[known] - flown.depart_tdb_s) / SECONDS_PER_DAY
    title = plot_text(shortened(flown.title))
    return {
        "type": "scatter3d",
        "mode": "lines",
        "name": title,
        "x": theme.values(points[:, 0], 5),
        "y": theme.values(points[:, 1], 5),
        "z": theme.values(points[:, 2], 5),
        "line": {"color": colour, "width": 4, "dash": dash},
        "text": [title] * len(points),
        "customdata": theme.values(days, 3),
        "hovertemplate": "%{text}: day %{customdata:.1f}<extra></extra>",
    }


def _globe(name: str, x: float, radius: float, colour: str) -> dict[str, Any]:
    """A sphere as a surface, 24 by 13."""
    turn, tilt = np.meshgrid(np.linspace(0.0, 2.0 * math.pi, 25), np.linspace(-math.pi / 2, math.pi / 2, 13))
    parts = (x + radius * np.cos(tilt) * np.cos(turn), radius * np.cos(tilt) * np.sin(turn), radius * np.sin(tilt))
    return {
        "type": "surface",
        "name": name,
        "showscale": False,
        "colorscale": [[0, colour], [1, colour]],
        "hoverinfo": "name",
        "lighting": {"ambient": 0.7, "diffuse": 0.5, "specular": 0.05},
        **{axis: [theme.values(row, 6) for row in part] for axis, part in zip("xyz", parts, strict=True)},
    }


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
        legend={**theme.layout()["legend"], "traceorder": "normal"},
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
        *(f"{words(name).capitalize()}, m/s" for name in names),
        "Spacecraft, m/s",
    )
    note = "Injection is the launcher's. Each flight leaves within its window after the earliest date open to it."
    return Table("Dates and delta-v", columns, rows, note)


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
    return Table("Propellant by stage", ("Flight", "Stage", "Needed, kg", "Tank, kg"), rows)


def fact_table(flights: Flights) -> Table:
    """Facts and residuals of every flight."""
    rows = []
    for flown in flights.flown:
        rows.append(
            (cell(flown.title), cell("leaves then because"), cell(flown.because or "its declared date"), cell(""))
        )
        for kind, figures in (("", flown.facts), ("residual: ", flown.residuals)):
            for key, value in figures.items():
                name, unit = quantity(key)
                rows.append((cell(flown.title), cell(kind + name), figure_cell(number(value)), cell(unit)))
    return Table("As flown", ("Flight", "Figure", "Value", "Unit"), tuple(rows))
