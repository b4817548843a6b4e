"""A rover's traverse as an answer, a table and a picture over the map."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from malapert.report.ground import FRAME, ground_answer, kernels, print_basis
from malapert.report.ground_map import Look, Mark, Sheet, draw_map
from malapert.report.pictures import save
from malapert.report.terminal import print_figures, print_note, print_pairs
from malapert.report.wording import fixed, minute, percent
from malapert.terrain import Grid, Terrain
from malapert.terrain.maps import slopes_deg
from malapert.terrain.shadow import Shadow
from malapert.terrain.sweep import Cells
from malapert.terrain.traverse import Traverse
from malapert.terrain.traverse_light import Departures

# Cells across the picture of a route.
CANVAS = 240
# The picture reaches so far beyond the route, over its longer side.
RIM = 0.4


@dataclass(frozen=True, eq=False)
class Drive:
    """What a traverse was asked and found: the route, the rover's battery, and departures with the best of them."""

    start: str
    end: str
    rover: str
    unsourced: tuple[str, ...]
    """keys of the rover whose figures have no source"""
    route: Traverse
    battery_kwh: float
    dark_h: float | None
    met: Departures | None = None
    best: tuple[int, ...] = ()
    shadow: Shadow | None = None


def traverse_answer(found: Drive, terrain: Terrain) -> dict[str, Any]:
    """The route in figures, its points, and what the departures meet."""
    way = found.route
    answer: dict[str, Any] = {
        "from": _place(found.start, way, 0),
        "to": _place(found.end, way, -1),
        "rover": found.rover,
        "mass_kg": way.mobility.mass_kg,
        "unsourced": list(found.unsourced),
        "cost": way.cost,
        "distance_km": way.distance_km,
        "straight_km": way.straight_km,
        "climb_m": way.climb_m,
        "descent_m": way.descent_m,
        "steepest_up_deg": way.steepest_up_deg,
        "steepest_down_deg": way.steepest_down_deg,
        "steepest_side_deg": float(way.side_deg.max()),
        "duration_h": way.duration_h,
        "energy_kwh": way.energy_kwh,
        "drive_kwh": float(way.drive_kwh[-1]),
        "hotel_kwh": way.hotel_kwh,
        "battery_kwh": found.battery_kwh,
        "spacing_m": way.spacing_m,
        "pixel_m": way.pixel_m,
        "route": {
            key: [round(float(value), digits) for value in values]
            for key, values, digits in (
                ("lat_deg", way.lat_deg, 6),
                ("lon_deg", way.lon_deg, 5),
                ("height_m", way.height_m, 1),
                ("along_km", way.along_km, 4),
                ("hours", way.hours, 4),
                ("drive_kwh", way.drive_kwh, 5),
            )
        },
        "frame": FRAME,
        "kernels": kernels() if found.met else [],
        "terrain": ground_answer(terrain),
        "warnings": list(dict.fromkeys((*way.warnings, *(found.shadow.warnings if found.shadow else ())))),
    }
    if found.shadow:
        answer["shadow"] = {"area_km2": found.shadow.area_km2, "span": found.shadow.span}
    if found.met:
        answer["departures"] = [_departure(found, index) for index in found.best]
    return answer


def _place(words: str, way: Traverse, end: int) -> dict[str, Any]:
    return {
        "name": words,
        "lat_deg": float(way.lat_deg[end]),
        "lon_deg": float(way.lon_deg[end]),
        "height_m": float(way.height_m[end]),
    }


def _departure(found: Drive, index: int) -> dict[str, Any]:
    met = found.met
    assert met is not None
    need, dark = float(met.need_kwh[index]), float(met.longest_dark_h[index])
    return {
        "depart_utc": str(met.time[index]),
        "lit_fraction": float(met.lit_fraction[index]),
        "earth_fraction": float(met.earth_fraction[index]),
        "longest_dark_h": dark,
        "need_kwh": need,
        "possible": bool(need <= found.battery_kwh and (found.dark_h is None or dark <= found.dark_h)),
    }


def possible(found: Drive) -> bool:
    """Whether the rover can make the drive: on its battery alone, or at one of the departures looked at."""
    if found.met is None:
        return found.route.energy_kwh <= found.battery_kwh
    return any(_departure(found, index)["possible"] for index in found.best)


def print_traverse(answer: dict[str, Any]) -> None:
    """The traverse as a table, its departures, what it rests on."""
    start, end = answer["from"], answer["to"]
    print_pairs(
        f"{answer['rover']} from {start['name']} to {end['name']}, least {answer['cost']}",
        [
            ("Distance", f"{fixed(answer['distance_km'], 2)} km", f"{fixed(answer['straight_km'], 2)} km straight"),
            ("Climb, descent", f"{fixed(answer['climb_m'], 0)} m", f"{fixed(answer['descent_m'], 0)} m down"),
            (
                "Steepest up, down, sideways",
                f"{fixed(answer['steepest_up_deg'], 1)}°",
                f"{fixed(answer['steepest_down_deg'], 1)}°, {fixed(answer['steepest_side_deg'], 1)}°",
            ),
            ("Time", f"{fixed(answer['duration_h'], 2)} h", "without stops"),
            (
                "Energy",
                f"{fixed(answer['energy_kwh'], 2)} kWh",
                f"drives {fixed(answer['drive_kwh'], 2)}, all else {fixed(answer['hotel_kwh'], 2)}",
            ),
            ("Battery", f"{fixed(answer['battery_kwh'], 2)} kWh", "usable"),
            ("From", *_where(start)),
            ("To", *_where(end)),
        ],
    )
    if answer.get("departures"):
        print_figures(
            "Departures, best first",
            ("UTC", "lit\n%", "Earth\n%", "dark\nh", "need\nkWh", "possible"),
            [
                (
                    minute(np.datetime64(row["depart_utc"])),
                    percent(row["lit_fraction"]).rstrip(" %"),
                    percent(row["earth_fraction"]).rstrip(" %"),
                    fixed(row["longest_dark_h"], 1),
                    fixed(row["need_kwh"], 2),
                    "yes" if row["possible"] else "no",
                )
                for row in answer["departures"]
            ],
        )
        print_note("dark: longest stretch without any Sun; need: what the battery must hold when it sets out")
    if "shadow" in answer:
        print_note(
            f"shadow: {fixed(answer['shadow']['area_km2'], 1)} km2 that no Sun reaches, {answer['shadow']['span']}"
        )
    if answer["unsourced"]:
        print_note(f"unsourced: {', '.join(answer['unsourced'])} of {answer['rover']}")
    print_note(f"slopes between lines {answer['spacing_m']:.0f} m apart, from {answer['pixel_m']:g} m cells")
    print_basis(answer)


def _where(place: dict[str, Any]) -> tuple[str, str]:
    lat, lon = fixed(place["lat_deg"], 4), fixed(place["lon_deg"], 3)
    return f"{fixed(place['height_m'], 0)} m", f"{lat}°, {lon}° E"


def draw_traverse(found: Drive, terrain: Terrain, path: Path) -> None:
    """The route over relief and what is too steep for the rover."""
    way = found.route
    on = canvas(terrain, way)
    limit_deg = min(way.mobility.up_deg, way.mobility.down_deg)
    slope = np.full(on.heights_m.shape, np.nan)
    slope[:] = slopes_deg(Cells(on, *(part.ravel() for part in np.indices(slope.shape)))).reshape(slope.shape)
    sheet = Sheet(
        f"{found.start} to {found.end}",
        f"{found.rover}: {way.distance_km:.1f} km, {way.climb_m:.0f} m up and {way.descent_m:.0f} m down, "
        f"{way.duration_h:.1f} h, {way.energy_kwh:.1f} kWh",
        slope > limit_deg,
        on,
        Look(f"steeper than {limit_deg:g}° straight on", ("#b4532a", "#b4532a"), 0.0, 1.0, flags=True),
        marks=(
            Mark(float(way.lat_deg[0]), float(way.lon_deg[0]), "A"),
            Mark(float(way.lat_deg[-1]), float(way.lon_deg[-1]), "B"),
        ),
        path=(way.lat_deg, way.lon_deg),
        notes=(f"Heights: {way.heights}.", *(f"Warning: {warning}" for warning in way.warnings)),
    )
    save(draw_map(sheet), path)


def canvas(terrain: Terrain, way: Traverse) -> Grid:
    """The ground around a route, as a square grid."""
    x_m, y_m = terrain.far.xy_m(way.lat_deg, way.lon_deg)
    half_m = (0.5 + RIM) * float(max(np.ptp(x_m), np.ptp(y_m)))
    x, y = 0.5 * float(x_m.min() + x_m.max()), 0.5 * float(y_m.min() + y_m.max())
    pixel_m = 2.0 * half_m / CANVAS
    flat = Grid(
        terrain.pole,
        np.zeros((CANVAS, CANVAS), np.float32),
        pixel_m,
        x - half_m,
        y + half_m,
        terrain.radius_m,
        terrain.far.name,
    )
    lat_deg, lon_deg = flat.cell_lat_lon_deg(*np.indices(flat.heights_m.shape))
    held = terrain.far.holds(lat_deg, lon_deg)
    heights_m = np.full(held.shape, float(way.height_m.min()), np.float32)
    heights_m[held] = terrain.height_m(lat_deg[held], lon_deg[held])
    return Grid(flat.pole, heights_m, pixel_m, flat.left_m, flat.top_m, flat.radius_m, flat.name)
