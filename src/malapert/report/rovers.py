"""Rovers: where their trips lead over the ground, what they made, brought and waited for."""

from collections.abc import Iterator
from typing import Any, Final

import numpy as np
import xarray as xr

from malapert.programme import Programme
from malapert.report import theme
from malapert.report.blocks import Block, Fact, Facts, Figure, Section, Spec, Table, Words, cell, figure_cell
from malapert.report.wording import element_title, fixed, number, percent, plot_text, title_of, unsourced
from malapert.run.ground import site_terrain
from malapert.run.light import Light
from malapert.station import Operations
from malapert.station.mining import Trips

# Cells across a picture of the ground about a route, and how far it reaches beyond the route over its longer side.
CELLS: Final = 90
RIM: Final = 0.3
ASPECT: Final = 2.2
COLOURS: Final = ("#0b3d91", "#d5722a", "#2b9c88", "#6a5aa8", "#a23b5c")
MOST_MAPS: Final = 3


def section(programme: Programme, light: Light, operations: Operations) -> Section:
    """Trips of the rovers that drive."""
    made = operations.trips
    if not made:
        return Section("rovers", "Rovers", "No rover is sent on trips in this run.")
    figures = operations.quantities
    lead = f"{number(figures['trips'])} trips and {number(figures['driven_km'])} km"
    if figures["hauled_kg"] > 0.0:
        lead += f"; {number(figures['hauled_kg'])} kg of ground brought to the station"
    return Section("rovers", "Rovers", lead + ".", tuple(_blocks(programme, light, operations)))


def _blocks(programme: Programme, light: Light, operations: Operations) -> Iterator[Block]:
    made = operations.trips
    yield Facts(tuple(_facts(operations)))
    for k, trip in enumerate([trip for trip in made if trip.name in _named(light.series)][:MOST_MAPS]):
        route = light.series.sel(trip=trip.name)
        title = _title(programme, trip.name)
        shadow = float(route["trip_shadow_km2"])
        into = f", into permanent shadow of {fixed(shadow, 1)} km²" if np.isfinite(shadow) else ""
        yield Figure(
            f"plot-route-{k}",
            f"{title}: the way there and back over heights{into}",
            route_map(programme, route),
            420,
            f"{fixed(trip.distance_km, 1)} km and {fixed(trip.duration_h, 1)} h there and back, "
            f"{fixed(float(route['trip_climb_m']), 0)} m up in all, {fixed(float(route['trip_steepest_deg']), 1)}° at "
            f"the steepest, {fixed(float(route['trip_kwh']), 1)} kWh.",
        )
        yield Figure(f"plot-profile-{k}", f"{title}: heights along the way", profile(route), 220)
        for warning in str(route["trip_words"].item()).split("\n")[1:]:
            yield Words(warning, "warning")
    if any(trip.years for trip in made):
        yield Figure(
            "plot-trips", "Trips by month, and what rovers' batteries hold", by_month(programme, operations), 320
        )
    yield _trips(programme, made)
    yield _waits(programme, made)
    if any(trip.hauled_kg for trip in made):
        yield _yields(programme, made)


def _named(series: xr.Dataset) -> list[str]:
    return [str(name) for name in series["trip"].to_numpy()] if "trip" in series.coords else []


def _facts(operations: Operations) -> Iterator[Fact]:
    figures = operations.quantities
    energy = sum(trip.energy_kwh for trip in operations.trips)
    yield Fact("Trips", number(figures["trips"]))
    yield Fact("Driven", f"{number(figures['driven_km'])} km")
    yield Fact("From rovers' batteries", f"{number(energy)} kWh", "drives, work there and all else")
    if figures["hauled_kg"] > 0.0:
        ice = sum(trip.kg.get("icy_regolith", 0.0) for trip in operations.trips)
        yield Fact("Ground brought", f"{number(figures['hauled_kg'])} kg", f"{number(ice)} kg of it icy")


def _title(programme: Programme, name: str) -> str:
    row = programme.trips[name]
    return row.title or name.replace("_", " ")


def route_map(programme: Programme, route: xr.Dataset) -> Spec:
    """Heights about a route as filled contours, with the way out and back; axes in km on the polar map."""
    heights = site_terrain(programme, programme.home)
    grid = heights.far
    ways = {way: grid.xy_m(route[f"trip_{way}_lat_deg"], route[f"trip_{way}_lon_deg"]) for way in ("way", "wayback")}
    x_m, y_m = (np.concatenate([np.asarray(ways[way][axis]) for way in ways]) for axis in (0, 1))
    half_m = (0.5 + RIM) * float(max(np.ptp(x_m), np.ptp(y_m)))
    at_x, at_y = (
        0.5 * float(values.min() + values.max()) + np.linspace(-half_m, half_m, CELLS) * stretch
        for values, stretch in ((x_m, ASPECT), (y_m, 1.0))
    )
    lat_deg, lon_deg = grid.lat_lon_deg(*np.meshgrid(at_x, at_y))
    held = grid.holds(lat_deg, lon_deg)
    ground_m = np.full(held.shape, np.nan)
    ground_m[held] = heights.height_m(lat_deg[held], lon_deg[held])
    traces: list[dict[str, Any]] = [
        {
            "type": "contour",
            "x": theme.values(at_x / 1000.0),
            "y": theme.values(at_y / 1000.0),
            "z": [theme.values(row, 4) for row in ground_m],
            "colorscale": [[0.0, "#2c3547"], [0.5, "#8b93a3"], [1.0, "#f2efe8"]],
            "ncontours": 16,
            "line": {"width": 0.4, "color": "#5b6577"},
            "colorbar": {"title": {"text": "m"}, "thickness": 12, "outlinewidth": 0},
            "hovertemplate": "%{z:.0f} m<extra></extra>",
        }
    ]
    for (way, (x, y)), name, colour, dash in zip(
        ways.items(), ("out", "back"), (COLOURS[0], COLOURS[1]), ("solid", "dash"), strict=True
    ):
        km = route[f"trip_{way}_km"].to_numpy()
        traces.append(
            {
                "type": "scatter",
                "mode": "lines",
                "name": name,
                "x": theme.values(np.asarray(x) / 1000.0, 6),
                "y": theme.values(np.asarray(y) / 1000.0, 6),
                "customdata": theme.values(km),
                "line": {"color": colour, "width": 3, "dash": dash},
                "hovertemplate": f"{name}, %{{customdata:.1f}} km<extra></extra>",
            }
        )
    ends = [(float(ways["way"][0][k]) / 1000.0, float(ways["way"][1][k]) / 1000.0) for k in (0, -1)]
    site = programme.trips[str(route["trip"].item())].site
    there = plot_text(programme.site[site].title or site) if site else "shadow"
    traces.append(
        {
            "type": "scatter",
            "mode": "markers",
            "showlegend": False,
            "x": [x for x, _ in ends],
            "y": [y for _, y in ends],
            "marker": {"size": 10, "color": "#fff6d8", "line": {"color": "#7a1f12", "width": 1.5}},
            "hoverinfo": "skip",
        }
    )
    names = [
        theme.label(x, y, text, xshift=10, bgcolor="rgba(255,255,255,.8)")
        for (x, y), text in zip(ends, ("station", there), strict=True)
    ]
    square = {"scaleanchor": "x", "constrain": "domain"}
    return theme.spec(
        traces,
        annotations=names,
        xaxis=theme.axis("km from the pole along 90° E", showgrid=False, constrain="domain"),
        yaxis=theme.axis("km along 0° E", showgrid=False, **square),
    )


def profile(route: xr.Dataset) -> Spec:
    """Heights along the way out and back."""
    traces = []
    for way, name, colour in (("way", "out", COLOURS[0]), ("wayback", "back", COLOURS[1])):
        traces.append(
            {
                "type": "scatter",
                "mode": "lines",
                "name": name,
                "x": theme.values(route[f"trip_{way}_km"].to_numpy()),
                "y": theme.values(route[f"trip_{way}_height_m"].to_numpy()),
                "line": {"color": colour, "width": 1.8, "dash": "solid" if way == "way" else "dash"},
                "hovertemplate": f"{name}: %{{y:.0f}} m at %{{x:.1f}} km<extra></extra>",
            }
        )
    return theme.spec(traces, xaxis=theme.axis("km driven", showgrid=False), yaxis=theme.axis("height, m"))


def by_month(programme: Programme, operations: Operations) -> Spec:
    """Columns of trips a month, one part for each kind, over the charge of all rovers."""
    series = operations.series
    time = series["time"].to_numpy()
    begun = max(int(np.argmax(series["rovers_kwh"].to_numpy() > 0.0)) - 240, 0)
    months, first = np.unique(time[begun:].astype("datetime64[M]"), return_index=True)
    traces = []
    for k, trip in enumerate(operations.trips):
        count = np.array([trip.months.get(str(month), 0) for month in months])
        traces.append(
            {
                "type": "bar",
                "name": plot_text(_title(programme, trip.name)),
                "x": [str(month) for month in months],
                "y": count.tolist(),
                "marker": {"color": COLOURS[k % len(COLOURS)]},
                "hovertemplate": "%{y} trips in %{x}<extra></extra>",
            }
        )
    held = series["rovers_kwh"].to_numpy()[begun:]
    mean = np.add.reduceat(held, first) / np.diff(np.append(first, held.size))
    traces.append(
        {
            "type": "scatter",
            "mode": "lines",
            "name": "mean charge of the batteries",
            "x": [str(month) for month in months],
            "y": theme.values(mean),
            "yaxis": "y2",
            "line": {"color": "#2b9c88", "width": 1.6, "shape": "hv"},
            "hovertemplate": "%{y:.3g} kWh on average in %{x}<extra></extra>",
        }
    )
    return theme.spec(
        traces,
        barmode="stack",
        xaxis=theme.axis(showgrid=False, anchor="y2"),
        yaxis=theme.axis("trips a month", domain=[0.42, 1], rangemode="tozero"),
        yaxis2=theme.axis("kWh", domain=[0, 0.32], rangemode="tozero"),
    )


def _trips(programme: Programme, made: tuple[Trips, ...]) -> Table:
    rows = []
    for trip in made:
        drives = unsourced(programme.rover[trip.rover], "speed_km_h", "rolling_resistance", "drive_efficiency")
        rows.append(
            (
                cell(_title(programme, trip.name)),
                cell(element_title(programme, trip.rover)),
                cell(title_of(programme, "partner", trip.partner)),
                figure_cell(number(trip.trips)),
                figure_cell(fixed(trip.distance_km, 1)),
                figure_cell(fixed(trip.duration_h, 1), drives),
                figure_cell(number(trip.away_h)),
                figure_cell(number(trip.energy_kwh), drives),
                figure_cell(percent(trip.lit_fraction)),
                figure_cell(number(trip.hauled_kg)),
            )
        )
    heads = ("Trip", "Rover", "Partner", "Trips", "km each", "h each", "h away", "kWh", "Lit", "kg brought")
    return Table("Trips", heads, tuple(rows))


def _waits(programme: Programme, made: tuple[Trips, ...]) -> Table:
    """Why rovers stood at the station: the first errand that could have gone says it."""
    by_rover = {trip.rover: trip.waits_h for trip in made}
    rows = [
        (cell(element_title(programme, rover)), cell(why), figure_cell(number(hours)))
        for rover, waits in by_rover.items()
        for why, hours in sorted(waits.items(), key=lambda item: -item[1])
    ]
    return Table("Hours at the station, and what was waited for", ("Rover", "Why", "h"), tuple(rows))


def _yields(programme: Programme, made: tuple[Trips, ...]) -> Table:
    rows = [
        (
            cell(_title(programme, trip.name)),
            figure_cell(str(year)),
            figure_cell(number(count)),
            figure_cell(number(kg)),
            figure_cell(number(trip.gear_kg)),
            figure_cell(number(kg / trip.gear_kg) if trip.gear_kg else "–"),
        )
        for trip in made
        for year, count, kg in trip.years
        if kg > 0.0
    ]
    heads = ("Mine", "Year", "Trips", "kg brought", "Rover and gear, kg", "kg a year for each kg")
    return Table("Ground brought by year, against what was landed for it", heads, tuple(rows))
