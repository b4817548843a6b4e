"""What is said of the ground at the poles: answers as plain data for JSON, and as brief tables."""

from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from malapert import data
from malapert.errors import InputError
from malapert.report.terminal import print_note, print_pairs
from malapert.report.wording import NONE, fixed, percent
from malapert.sky.ephemeris import in_use
from malapert.terrain import Horizon, LightSummary, Terrain
from malapert.terrain.summary import Spell

FRAME = "MOON_ME (DE421 mean Earth/polar axis, from DE440 librations); azimuth clockwise from lunar north"


def kernels() -> list[str]:
    """What decides where Sun and Earth stand: the ephemeris in use, and the clock of the data pack."""
    files = data.manifest()["files"]
    name = in_use().name
    ephemeris = files["ephemeris.npz"]["what"] if name == data.ephemeris().name else name
    return [ephemeris, files["leap_seconds.npz"]["what"]]


def ground_answer(terrain: Terrain, warnings: Iterable[str] = ()) -> dict[str, Any]:
    """The heights an answer rests on."""
    return {
        "pole": terrain.pole,
        "grids": [{"name": grid.name, "pixel_m": grid.pixel_m} for grid in terrain.grids],
        "notes": list(terrain.notes),
    }


def site_answer(horizon: Horizon, terrain: Terrain) -> dict[str, Any]:
    """Where the eye stands and what its horizon rests on."""
    return {
        "lat_deg": horizon.lat_deg,
        "lon_deg": horizon.lon_deg % 360.0,
        "ground_height_m": horizon.ground_height_m,
        "mast_m": horizon.mast_m,
        "frame": FRAME,
        "kernels": kernels(),
        "terrain": ground_answer(terrain) | {"horizon": horizon.source, "range_km": horizon.range_km},
        "warnings": list(horizon.warnings),
    }


def light_answer(summary: LightSummary, horizon: Horizon, terrain: Terrain) -> dict[str, Any]:
    """The light of a site: fractions of the time, days, UTC."""
    return {
        "from_utc": str(summary.start_utc),
        "to_utc": str(summary.end_utc),
        "step_s": summary.step_s,
        "disk_mean": summary.disk_mean,
        "any_part": summary.any_part,
        "longest_dark_d": summary.longest_dark_d,
        "longest_dark": _spell(summary.longest_dark),
        "worst_lunar_day_mean": summary.worst_lunar_day_mean,
        "worst_lunar_day_from_utc": _utc(summary.worst_lunar_day_start_utc),
        "earth_view": summary.earth_view,
        "longest_earth_gap_d": summary.longest_earth_gap_d,
        "longest_earth_gap": _spell(summary.longest_earth_gap),
        "eclipsed_h": summary.eclipsed_h,
    } | site_answer(horizon, terrain)


def temperature_answer(warmth: xr.Dataset) -> dict[str, Any]:
    """The ground's temperature over the span of a light series, K."""
    surface = warmth["surface_temperature_k"].to_numpy()
    return {
        "ground_temperature": {
            "surface_min_k": float(surface.min()),
            "surface_mean_k": float(surface.mean()),
            "surface_max_k": float(surface.max()),
            "depths_m": warmth["depth_m"].to_numpy().tolist(),
            "mean_at_depth_k": warmth["temperature_k"].mean("time").to_numpy().tolist(),
            "slope_deg": warmth.attrs["slope_deg"],
            "aspect_deg": warmth.attrs["aspect_deg"],
            "note": str(warmth.attrs["note"]),
            "warnings": [text for text in str(warmth.attrs["warnings"]).split("\n") if text],
        }
    }


def _spell(spell: Spell) -> dict[str, Any]:
    return asdict(spell) | {"start_utc": _utc(spell.start_utc), "end_utc": _utc(spell.end_utc)}


def _utc(epoch: np.datetime64 | None) -> str | None:
    return None if epoch is None else str(epoch)


def light_line(answer: dict[str, Any]) -> str:
    """The light of a site in one line."""
    return (
        f"Sun {percent(answer['disk_mean'])} of the disk, {percent(answer['any_part'])} of the time in part · longest "
        f"dark {fixed(answer['longest_dark_d'], 2)} d · worst lunar day {_share(answer['worst_lunar_day_mean'])} · "
        f"Earth {percent(answer['earth_view'])} of the time"
    )


def _share(fraction: float | None) -> str:
    return NONE if fraction is None else percent(fraction)


def _span(spell: dict[str, Any]) -> str:
    if spell["start_utc"] is None:
        return "never"
    cut = ", meets an end of the span" if spell["open"] else ""
    return f"from {spell['start_utc'][:16].replace('T', ' ')}{cut}"


def _temperature_rows(answer: dict[str, Any]) -> list[tuple[str, str, str]]:
    warmth = answer.get("ground_temperature")
    if warmth is None:
        return []
    low, high = (fixed(warmth[f"surface_{key}_k"], 0) for key in ("min", "max"))
    deep = f"{fixed(warmth['mean_at_depth_k'][-1], 0)} K at {warmth['depths_m'][-1]:g} m"
    return [
        (
            "Ground, coldest to warmest",
            f"{low}-{high} K",
            f"slope {warmth['slope_deg']:g}°, no light or heat from around",
        ),
        ("Ground, mean", f"{fixed(warmth['surface_mean_k'], 0)} K", deep),
    ]


def print_light(answer: dict[str, Any]) -> None:
    """The light of a site as a table, with what it rests on and its warnings."""
    worst = answer["worst_lunar_day_from_utc"]
    print_pairs(
        f"Light at {place_words(answer)}, {answer['from_utc'][:10]} to {answer['to_utc'][:10]}",
        [
            ("Sun, mean of the disk", percent(answer["disk_mean"]), "of the time"),
            ("Any part of the Sun", percent(answer["any_part"]), "of the time"),
            ("Longest dark", f"{fixed(answer['longest_dark_d'], 2)} d", _span(answer["longest_dark"])),
            (
                "Worst lunar day",
                _share(answer["worst_lunar_day_mean"]),
                f"from {worst[:10]}" if worst else "no whole one",
            ),
            ("Earth in view", percent(answer["earth_view"]), "of the time, its centre"),
            (
                "Longest without Earth",
                f"{fixed(answer['longest_earth_gap_d'], 2)} d",
                _span(answer["longest_earth_gap"]),
            ),
            ("Lost to eclipses", f"{fixed(answer['eclipsed_h'], 1)} h", "not taken off above"),
            *_temperature_rows(answer),
        ],
    )
    print_basis(answer)


def print_horizon(answer: dict[str, Any]) -> None:
    """A horizon in figures."""
    print_pairs(
        f"Horizon at {place_words(answer)}",
        [
            ("Highest", f"{fixed(answer['highest_deg'], 2)}°", f"at azimuth {answer['highest_azimuth_deg']:g}°"),
            ("Lowest", f"{fixed(answer['lowest_deg'], 2)}°", f"at azimuth {answer['lowest_azimuth_deg']:g}°"),
            ("Mean", f"{fixed(answer['mean_deg'], 2)}°", f"of {answer['azimuths']} azimuths"),
        ],
    )
    print_basis(answer)


def place_words(answer: dict[str, Any]) -> str:
    """Place and mast of a site in words."""
    side = "S" if answer["lat_deg"] < 0.0 else "N"
    height = f", ground at {fixed(answer['ground_height_m'], 0)} m" if "ground_height_m" in answer else ""
    return f"{abs(answer['lat_deg']):g}° {side} {answer['lon_deg']:g}° E{height}, mast {answer['mast_m']:g} m"


def print_basis(answer: dict[str, Any]) -> None:
    """What an answer rests on, and every warning that goes with it."""
    ground = answer["terrain"]
    heights = ", ".join(f"{grid['name']} ({grid['pixel_m']:g} m cells)" for grid in ground["grids"])
    print_note(f"heights: {heights}")
    if ground.get("horizon"):
        print_note(f"horizon: {ground['horizon']}")
    for warning in answer["warnings"]:
        print_note(f"warning: {warning}", loud=True)


def horizon_answer(
    horizon: Horizon, azimuth_deg: NDArray[np.float64], elevation_deg: NDArray[np.float64], terrain: Terrain
) -> dict[str, Any]:
    """A horizon: its figures at even azimuths, and its extremes."""
    high, low = int(np.argmax(elevation_deg)), int(np.argmin(elevation_deg))
    return {
        "azimuths": int(azimuth_deg.size),
        "azimuth_deg": azimuth_deg.tolist(),
        "elevation_deg": [round(float(value), 4) for value in elevation_deg],
        "highest_deg": float(elevation_deg[high]),
        "highest_azimuth_deg": float(azimuth_deg[high]),
        "lowest_deg": float(elevation_deg[low]),
        "lowest_azimuth_deg": float(azimuth_deg[low]),
        "mean_deg": float(elevation_deg.mean()),
    } | site_answer(horizon, terrain)


def write_horizon(answer: dict[str, Any], path: Path) -> None:
    """A horizon as CSV, which `near_horizon` reads back; raises InputError."""
    near = {key: answer[key] for key in ("lat_deg", "lon_deg", "ground_height_m", "mast_m")}
    ground = answer["terrain"]
    grids = ", ".join(grid["name"] for grid in ground["grids"])
    head = [f"# {key} = {value!r}" for key, value in (near | {"range_km": ground["range_km"]}).items()]
    texts = {"heights": grids, "source": f"Malapert: {ground['horizon']}", "licence": "as that of the heights"}
    head += [f'# {key} = "{value}"'.replace("\\", "/") for key, value in texts.items()]
    head += [f"# warning: {warning}" for warning in answer["warnings"]]
    rows = [f"{a:.6g},{e:.4f}" for a, e in zip(answer["azimuth_deg"], answer["elevation_deg"], strict=True)]
    write_text(path, "\n".join([*head, "azimuth_deg,elevation_deg", *rows]) + "\n")


def write_text(path: Path, text: str) -> None:
    """A text file, or an InputError that says why not."""
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise InputError(f"{path}: cannot be written ({error})") from error
