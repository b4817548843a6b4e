"""The command that finds a rover's way between two places."""

from typing import TYPE_CHECKING, Annotated

import typer

from malapert.cli.ground import DemOption, PictureOption, heights_around, must_be_on_moon
from malapert.cli.options import LENGTHS_KM, JsonOption, measure, place, say
from malapert.cli.progress import Progress
from malapert.errors import InputError

if TYPE_CHECKING:
    import numpy as np

    from malapert.programme import Programme
    from malapert.programme.elements import Rover
    from malapert.report.traverse import Drive
    from malapert.terrain import Terrain

NOT_MET = 2
SHADOW = "shadow"
# Heights are read so far beyond the middle of the ends, over half their distance.
ROOM = 1.6
# Departures listed lie so far apart, or as far as the drive is long.
APART_H = 24.0


def traverse(
    start: Annotated[str, typer.Argument(metavar="FROM", help="A catalogue site, or latitude,longitude in deg.")],
    end: Annotated[
        str, typer.Argument(metavar="TO", help="The same, or `shadow`: the permanent shadow reached soonest.")
    ],
    rover: Annotated[
        str, typer.Option(help="A rover of the catalogue, or of the programme file given by --of.")
    ] = "lrv",
    of: Annotated[str, typer.Option("--of", help="A programme that declares the rover or the sites.")] = "",
    load_kg: Annotated[float, typer.Option(help="What it carries, kg.")] = 0.0,
    least: Annotated[str, typer.Option(help="What the route is least in: energy, time or distance.")] = "energy",
    spacing: Annotated[str, typer.Option(help="Between the lines on which the ground is looked at, such as 50m.")] = "",
    shadow_km2: Annotated[float, typer.Option(help="Least area of the shadow, km2.")] = 0.0,
    within: Annotated[str, typer.Option(help="How far the shadow may be, such as 25km.")] = "25km",
    depart: Annotated[str, typer.Option(help="First departure looked at, UTC; without it no light.")] = "",
    until: Annotated[str, typer.Option(help="Last departure, UTC; thirty days later when absent.")] = "",
    top: Annotated[int, typer.Option(help="How many departures to list.")] = 5,
    dem: DemOption = None,
    picture: PictureOption = None,
    as_json: JsonOption = False,
) -> None:
    """A rover's least-cost way over slopes, its energy, light and best departures."""
    import malapert
    from malapert.report import pictures, traverse
    from malapert.station.driving import FIGURES, mobility, usable_kwh
    from malapert.terrain.traverse import least_cost_route

    if least not in ("energy", "time", "distance"):
        raise InputError(f"--least {least}: use energy, time or distance")
    if not 0.0 <= load_kg < 1e6 or not 1 <= top <= 1000:
        raise InputError(f"--load-kg {load_kg:g}, --top {top}: give a load from 0 and between 1 and 1000 departures")
    spacing_m = 1000.0 * measure(spacing, "--spacing", LENGTHS_KM) if spacing else None
    within_km = measure(within, "--within", LENGTHS_KM)
    if picture:
        pictures.must_be_drawable(picture)
    span = _span(depart, until)
    declared = malapert.load(of) if of else None
    row = _rover(rover, declared)
    drives = mobility(row, load_kg)
    a = _place(start, "FROM", declared)
    with Progress(quiet=as_json) as notice:
        shadow = None
        if end == SHADOW:
            from malapert.terrain.shadow import nearest_shadow

            notice("traverse", 0.1, "Traverse: permanent shadow")
            heights = heights_around(dem, *a, within_km)
            shadow = nearest_shadow(heights, *a, drives, shadow_km2, within_km)
            b = (shadow.lat_deg, shadow.lon_deg)
        else:
            b = _place(end, "TO", declared)
            heights = heights_around(dem, *a, ROOM * _apart_km(a, b))
        notice("traverse", 0.4, "Traverse: route")
        route = least_cost_route(heights, a, b, drives, least, spacing_m)  # type: ignore[arg-type]
        unsourced = tuple(key for key in FIGURES if row.source_of(key) == "unsourced")
        found = traverse.Drive(
            start, end, row.title or rover, unsourced, route, usable_kwh(row), row.dark_h, shadow=shadow
        )
        if span:
            notice("traverse", 0.6, "Traverse: light along the route")
            found = _with_light(found, heights, row, span, top)
    if picture:
        traverse.draw_traverse(found, heights, picture)
    say(traverse.traverse_answer(found, heights), as_json, traverse.print_traverse, (picture,))
    raise typer.Exit(0 if traverse.possible(found) else NOT_MET)


def _rover(name: str, declared: "Programme | None") -> "Rover":
    """A rover of the programme, or of the catalogue."""
    from malapert.programme.elements import Rover
    from malapert.programme.merge import catalogue

    if declared is not None and name in declared.rover:
        return declared.rover[name]
    shipped = catalogue().tree["rover"]
    if name not in shipped:
        known = [*(declared.rover if declared else ()), *shipped]
        raise InputError(
            f"--rover {name}: no such rover; there are {', '.join(known)}, or declare one and name its file by --of"
        )
    return Rover.model_validate(shipped[name])


def _place(text: str, option: str, declared: "Programme | None") -> tuple[float, float]:
    """A site of the programme or the catalogue, or a latitude and a longitude."""
    from malapert.programme.merge import catalogue

    if declared is not None and text in declared.site:
        return declared.site[text].lat_deg, declared.site[text].lon_deg
    shipped = catalogue().tree["site"]
    if text in shipped:
        return float(shipped[text]["lat_deg"]), float(shipped[text]["lon_deg"])
    if "," not in text:
        known = ", ".join([*(declared.site if declared else ()), *shipped])
        raise InputError(f"{option} {text}: no such site; there are {known}, or write latitude,longitude")
    lat_deg, lon_deg = place(text, option)
    must_be_on_moon(lat_deg, lon_deg)
    return lat_deg, lon_deg


def _apart_km(a: tuple[float, float], b: tuple[float, float]) -> float:
    from malapert.terrain import polar_terrain
    from malapert.terrain.lattice import ground_km

    return ground_km(polar_terrain("south" if a[0] < 0.0 else "north").far, a, b)


def _span(depart: str, until: str) -> tuple["np.datetime64", "np.datetime64"] | None:
    """First and last departure; None when no light is asked for."""
    import numpy as np

    if not depart:
        if until:
            raise InputError("--until needs --depart; give both, or neither")
        return None
    from malapert.sky.time import tdb_s, utc
    from malapert.terrain.light import epochs_utc

    first = utc(tdb_s(depart))
    last = utc(tdb_s(until)) if until else first + np.timedelta64(30, "D")
    epochs_utc(first, last)
    return first, last


def _with_light(
    found: "Drive", heights: "Terrain", row: "Rover", span: tuple["np.datetime64", "np.datetime64"], top: int
) -> "Drive":
    """The same with what departures in the span meet, hour by hour."""
    import math
    from dataclasses import replace

    import numpy as np

    from malapert.terrain.light import epochs_utc
    from malapert.terrain.traverse_light import departures, itinerary, route_light

    plan = itinerary((found.route,))
    after = np.timedelta64(math.ceil(plan.duration_h) + 1, "h")
    light = route_light(heights, plan, epochs_utc(span[0], span[1] + after))
    met = departures(light, plan, row.solar_kw)
    inside = met.time < span[1]
    met = replace(met, **{key: np.asarray(value)[inside] for key, value in vars(met).items()})
    return replace(found, met=met, best=tuple(met.best(top, max(plan.duration_h, APART_H))))
