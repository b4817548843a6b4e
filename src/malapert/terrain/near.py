"""Near-field horizons: skylines that someone computed or surveyed at full resolution, read from catalogue files."""

import math
import tomllib
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from malapert.constants import RADIUS_MOON_KM
from malapert.errors import InputError

Array = NDArray[np.float64]

# A skyline is a point's own: nearby obstacles turn by degrees within some tens of metres.
SAME_POINT_M = 100.0
# TOML integers have no end; anything beyond this is nonsense and must not overflow on the way to its complaint.
LARGEST = 1e9
TEXTS = ("name", "heights", "source", "licence")
NUMBERS = (
    "lat_deg",
    "lon_deg",
    "ground_height_m",
    "mast_m",
    "range_km",
    "complete_range_km",
    "azimuth_start_deg",
    "azimuth_step_deg",
)


@dataclass(frozen=True, eq=False)
class NearHorizon:
    """A skyline of one point and one mast: elevation_deg (n,) at azimuth_deg (n,), clockwise from lunar north.

    ground_height_m is above the 1737.4 km sphere. range_km is how far its rays went; complete_range_km how far its
    heights reach in every direction, from where a far field must take over.
    """

    name: str
    lat_deg: float
    lon_deg: float
    ground_height_m: float
    mast_m: float
    range_km: float
    complete_range_km: float
    heights: str
    source: str
    licence: str
    azimuth_deg: Array
    elevation_deg: Array

    def distance_m(self, lat_deg: float, lon_deg: float) -> float:
        """Ground distance on the sphere from the file's point (haversine; Sinnott 1984, Sky and Telescope 68:159)."""
        lat, lon, own_lat, own_lon = map(math.radians, (lat_deg, lon_deg, self.lat_deg, self.lon_deg))
        half = math.sin((lat - own_lat) / 2) ** 2
        half += math.cos(lat) * math.cos(own_lat) * math.sin((lon - own_lon) / 2) ** 2
        return 2000.0 * RADIUS_MOON_KM * math.asin(min(math.sqrt(half), 1.0))


def near_horizon(name_or_path: str | Path) -> NearHorizon:
    """A near-field horizon of the catalogue by name, or from a TOML file by path; raises InputError."""
    if isinstance(name_or_path, str) and not name_or_path.endswith(".toml"):
        shelf = files("malapert.catalog") / "horizons"
        place = shelf / f"{name_or_path}.toml"
        names = sorted(entry.name.removesuffix(".toml") for entry in shelf.iterdir() if entry.name.endswith(".toml"))
        if name_or_path not in names:
            raise InputError(f"no near-field horizon is named {name_or_path!r}; the catalogue has {', '.join(names)}")
        return _checked(place.read_text(encoding="utf-8"), f"{name_or_path}.toml")
    try:
        text = Path(name_or_path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{name_or_path}: the near-field horizon cannot be read ({error})") from error
    return _checked(text, str(name_or_path))


def _checked(text: str, file: str) -> NearHorizon:
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"{file}: not a TOML file ({error})") from error
    known = {"format", "elevation_deg", *TEXTS, *NUMBERS}
    if unknown := sorted(set(table) - known):
        raise InputError(f"{file}: unknown keys {', '.join(unknown)}; known are {', '.join(sorted(known))}")
    if table.get("format") != 1:
        raise InputError(f"{file}: format is {table.get('format')!r}; this version reads format = 1")
    texts = {key: _text(table, key, file) for key in TEXTS}
    n = {key: _number(table, key, file) for key in NUMBERS}
    if not (-90.0 <= n["lat_deg"] <= 90.0 and n["mast_m"] >= 0.0):
        raise InputError(f"{file}: lat_deg {n['lat_deg']} or mast_m {n['mast_m']} is out of range")
    if not 0.0 < n["complete_range_km"] <= n["range_km"]:
        raise InputError(f"{file}: complete_range_km must lie between 0 and range_km, got {n['complete_range_km']}")
    elevation_deg = _figures(table.get("elevation_deg"), file)
    step_deg = n["azimuth_step_deg"]
    if step_deg <= 0.0 or not math.isclose(step_deg * elevation_deg.size, 360.0, rel_tol=1e-9):
        raise InputError(
            f"{file}: {elevation_deg.size} figures every {step_deg} deg do not close the circle; "
            "give 360 / azimuth_step_deg figures"
        )
    azimuth_deg = np.mod(n["azimuth_start_deg"] + step_deg * np.arange(elevation_deg.size), 360.0)
    order = np.argsort(azimuth_deg, kind="stable")
    return NearHorizon(
        name=texts["name"],
        lat_deg=n["lat_deg"],
        lon_deg=n["lon_deg"],
        ground_height_m=n["ground_height_m"],
        mast_m=n["mast_m"],
        range_km=n["range_km"],
        complete_range_km=n["complete_range_km"],
        heights=texts["heights"],
        source=texts["source"],
        licence=texts["licence"],
        azimuth_deg=azimuth_deg[order],
        elevation_deg=elevation_deg[order],
    )


def _text(table: dict[str, Any], key: str, file: str) -> str:
    value = table.get(key)
    if not isinstance(value, str) or not value.strip():
        raise InputError(f"{file}: {key} must be a text, got {value!r}")
    return value


def _number(table: dict[str, Any], key: str, file: str) -> float:
    value = table.get(key)
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < LARGEST:
        raise InputError(f"{file}: {key} must be a finite number, got {value!r}")
    return float(value)


def _figures(value: Any, file: str) -> Array:
    if not isinstance(value, list) or not all(isinstance(x, int | float) and not isinstance(x, bool) for x in value):
        raise InputError(f"{file}: elevation_deg must be a list of numbers")
    figures = np.array([min(max(x, -LARGEST), LARGEST) for x in value], dtype=np.float64)
    bad = np.flatnonzero(~(np.abs(figures) < 90.0))
    if figures.size < 4 or bad.size:
        found = f"figure {bad[0] + 1} is {figures[bad[0]]}" if bad.size else f"{figures.size} figures"
        raise InputError(f"{file}: elevation_deg must hold four or more angles between -90 and 90 deg; {found}")
    return figures
