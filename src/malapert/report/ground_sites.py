"""A search for sites as an answer, a table, a CSV file and a picture."""

from dataclasses import asdict, fields, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from malapert.report.ground import FRAME, ground_answer, kernels, print_basis, write_text
from malapert.report.ground_map import Mark, Sheet, draw_map
from malapert.report.ground_maps import LOOKS
from malapert.report.pictures import save
from malapert.report.terminal import print_figures, print_note
from malapert.report.wording import fixed, number
from malapert.terrain import Grid, Terrain
from malapert.terrain.maps import GroundMap
from malapert.terrain.sites import FoundSite, SiteSearch

# The unit stands under the name.
COLUMNS = ("", "lat\n°", "lon\n°", "height\nm", "off\nkm", "Sun\n%", "dark\nd", "Earth\n%", "slope\n°", "shadow\nkm")
# A place that moved less than this was on the crest.
LEAST_MOVE_KM = 0.02


def sites_answer(
    found: SiteSearch, terrain: Terrain, of: tuple[float, float], within_km: float, span: tuple[str, str]
) -> dict[str, Any]:
    """The sites found, best first, and what they rest on."""
    shared = tuple(dict.fromkeys(warning for site in found.sites for warning in site.warnings))
    return {
        "of": {"lat_deg": of[0], "lon_deg": of[1] % 360.0},
        "within_km": within_km,
        "mast_m": found.mast_m,
        "from_utc": span[0],
        "to_utc": span[1],
        "pixel_m": found.pixel_m,
        "apart_km": found.apart_km,
        "crest": asdict(found.crest),
        "sites": [asdict(site) for site in found.sites],
        "frame": FRAME,
        "kernels": kernels(),
        "terrain": ground_answer(terrain),
        "warnings": list(dict.fromkeys((*found.warnings, *(shared if len(found.sites) == 1 else ())))),
    }


def print_sites(answer: dict[str, Any]) -> None:
    """The sites as a table, with the crest by the place that was given."""
    of, crest = answer["of"], answer["crest"]
    side = "S" if of["lat_deg"] < 0.0 else "N"
    print_figures(
        f"Sites within {answer['within_km']:g} km of {abs(of['lat_deg']):g}° {side} {of['lon_deg']:g}° E, mast "
        f"{answer['mast_m']:g} m, {answer['from_utc'][:10]} to {answer['to_utc'][:10]}",
        COLUMNS,
        [
            (
                str(site["rank"]),
                fixed(site["lat_deg"], 4),
                fixed(site["lon_deg"], 3),
                fixed(site["height_m"], 0),
                fixed(site["from_centre_km"], 1),
                fixed(100.0 * site["disk_mean"], 1),
                fixed(site["longest_dark_d"], 2),
                fixed(100.0 * site["earth_view"], 1),
                fixed(site["slope_deg"], 1),
                fixed(site["shadow_km"], 1),
            )
            for site in answer["sites"]
        ],
    )
    print_note("Sun: mean of the disk; dark: longest spell; Earth: its centre; shadow: to the nearest permanent one")
    print_note(f"no two sites stand nearer than {answer['apart_km']:g} km; cells of {answer['pixel_m']:g} m")
    if crest["moved_km"] > LEAST_MOVE_KM:
        print_note(
            f"crest by the place given: {fixed(crest['lat_deg'], 4)}°, {fixed(crest['lon_deg'], 3)}°, "
            f"{number(crest['moved_km'])} km off and {fixed(crest['rise_m'], 0)} m higher"
        )
    print_basis(answer)


def write_sites(found: SiteSearch, path: Path) -> None:
    """The table as CSV, every figure of a site in its own column but the warnings."""
    names = [field.name for field in fields(FoundSite) if field.name != "warnings"]
    rows = [",".join(_cell(getattr(site, name)) for name in names) for site in found.sites]
    write_text(path, "\n".join([",".join(names), *rows]) + "\n")


def _cell(value: float | None) -> str:
    return "" if value is None or not np.isfinite(value) else f"{value:.10g}"


def draw_sites(found: SiteSearch, terrain: Terrain, answer: dict[str, Any], path: Path) -> None:
    """The ground searched, coloured by its light, with the sites by their rank."""
    of = answer["of"]
    side = "S" if of["lat_deg"] < 0.0 else "N"
    values, on = _canvas(found.light, terrain)
    sheet = Sheet(
        f"The best-lit sites within {answer['within_km']:g} km",
        f"of {abs(of['lat_deg']):g}° {side}, {of['lon_deg']:g}° E · {answer['from_utc'][:10]} to "
        f"{answer['to_utc'][:10]} · {found.mast_m:g} m above the ground",
        values,
        on,
        replace(LOOKS["light"], label="mean part of the Sun's disk above the ground"),
        marks=tuple(Mark(site.lat_deg, site.lon_deg, str(site.rank)) for site in found.sites),
        ring=(of["lat_deg"], of["lon_deg"], answer["within_km"]),
        notes=(
            f"Heights: {found.light.source}. Numbers: rank by the light of an hourly series.",
            *(f"Warning: {warning}" for warning in answer["warnings"]),
        ),
    )
    save(draw_map(sheet), path)


def _canvas(found: GroundMap, terrain: Terrain) -> tuple[NDArray[np.float32], Grid]:
    """The map's values on a square with a rim of a twentieth round it, and the terrain's heights on its cells."""
    rows, columns = found.values.shape
    side = max(rows, columns) + 2 * max(1, max(rows, columns) // 20)
    above, before = (side - rows) // 2, (side - columns) // 2
    values = np.full((side, side), np.nan, dtype=np.float32)
    values[above : above + rows, before : before + columns] = found.values
    flat = replace(
        terrain.far,
        heights_m=np.zeros(values.shape, np.float32),
        pixel_m=found.pixel_m,
        left_m=found.left_m - before * found.pixel_m,
        top_m=found.top_m + above * found.pixel_m,
        name=found.source,
    )
    heights_m = terrain.height_m(*flat.cell_lat_lon_deg(*np.indices(values.shape))).astype(np.float32)
    return values, replace(flat, heights_m=heights_m)
