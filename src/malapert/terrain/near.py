"""Near-field horizons: skylines that someone computed or surveyed at full resolution, from the catalogue or a file."""

import math
import re
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
# A skyline with wider steps than this is a sketch, not a horizon.
LARGEST_GAP_DEG = 10.0
# A file that says nothing of its range is taken to hold all the ground that could hide the Sun.
UNSTATED_RANGE_KM = 300.0
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
    heights reach in every direction, from where a far field must take over. `warnings` say what the file leaves open
    and must be shown beside whatever is computed from it.
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
    warnings: tuple[str, ...] = ()

    def distance_m(self, lat_deg: float, lon_deg: float) -> float:
        """Ground distance on the sphere from the file's point (haversine; Sinnott 1984, Sky and Telescope 68:159)."""
        lat, lon, own_lat, own_lon = map(math.radians, (lat_deg, lon_deg, self.lat_deg, self.lon_deg))
        half = math.sin((lat - own_lat) / 2) ** 2
        half += math.cos(lat) * math.cos(own_lat) * math.sin((lon - own_lon) / 2) ** 2
        return 2000.0 * RADIUS_MOON_KM * math.asin(min(math.sqrt(half), 1.0))


def near_horizon(
    name_or_path: str | Path,
    lat_deg: float | None = None,
    lon_deg: float | None = None,
    ground_height_m: float | None = None,
    mast_m: float | None = None,
) -> NearHorizon:
    """A near-field horizon: of the catalogue by name, or from a TOML, text or CSV file by path; raises InputError.

    A text file holds elevations (deg), one a line, evenly spaced clockwise from lunar north, or azimuth and elevation
    on each line. Lines `# key = value` with the keys of the TOML format say whose skyline it is; where they are
    missing, the place and the eye given here are taken.
    """
    shelf = files("malapert.catalog") / "horizons"
    names = sorted(entry.name.removesuffix(".toml") for entry in shelf.iterdir() if entry.name.endswith(".toml"))
    if isinstance(name_or_path, str) and name_or_path in names:
        return _checked((shelf / f"{name_or_path}.toml").read_text(encoding="utf-8"), f"{name_or_path}.toml")
    path = Path(name_or_path)
    if not path.is_file() and not path.suffix:
        raise InputError(
            f"{name_or_path}: no such file, and no near-field horizon of that name; the catalogue has "
            f"{', '.join(names)}"
        )
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{name_or_path}: the near-field horizon cannot be read ({error})") from error
    if path.suffix == ".toml":
        return _checked(text, str(path))
    given = {"lat_deg": lat_deg, "lon_deg": lon_deg, "ground_height_m": ground_height_m, "mast_m": mast_m}
    return _from_lines(text, str(path), {key: value for key, value in given.items() if value is not None})


def _from_lines(text: str, file: str, given: dict[str, float]) -> NearHorizon:
    """A skyline from plain lines; what the lines do not say comes from `given`."""
    said, rows = _lines(text, file)
    known = given | {key: float(said[key]) for key in NUMBERS if key in said}
    if missing := [key for key in ("lat_deg", "lon_deg", "ground_height_m", "mast_m") if key not in known]:
        raise InputError(f"{file}: does not say its {', '.join(missing)}; add lines `# {missing[0]} = ...` or give it")
    azimuth_deg, elevation_deg = _columns(rows, file)
    range_km = known.get("range_km", UNSTATED_RANGE_KM)
    return NearHorizon(
        name=str(said.get("name", Path(file).name)),
        lat_deg=known["lat_deg"],
        lon_deg=known["lon_deg"],
        ground_height_m=known["ground_height_m"],
        mast_m=known["mast_m"],
        range_km=range_km,
        complete_range_km=min(known.get("complete_range_km", range_km), range_km),
        heights=str(said.get("heights", "heights not stated")),
        source=str(said.get("source", "source not stated")),
        licence=str(said.get("licence", "licence not stated")),
        azimuth_deg=azimuth_deg,
        elevation_deg=elevation_deg,
        warnings=()
        if "range_km" in known
        else (f"{file} does not say how far its ground reaches: taken as complete, and no far field is added to it",),
    )


def _lines(text: str, file: str) -> tuple[dict[str, Any], list[list[float]]]:
    """What the comments of a text file say, and its rows of numbers; one line of column names is passed over."""
    said: dict[str, Any] = {}
    rows: list[list[float]] = []
    for number, line in enumerate(text.splitlines(), 1):
        body = line.strip()
        if body.startswith("#"):
            said |= _comment(body.lstrip("# "), file, number)
        elif body:
            try:
                rows.append([float(word) for word in re.split(r"[,;\s]+", body.strip(",; "))])
            except ValueError:
                if rows or not re.search("[a-zA-Z]", body):
                    raise InputError(f"{file}:{number}: {body[:40]!r} is not one or two numbers") from None
    return said, rows


def _comment(body: str, file: str, number: int) -> dict[str, Any]:
    """`key = value` of a comment where the key is one of the format; anything else is talk."""
    key = body.split("=")[0].strip()
    if "=" not in body or key not in (*TEXTS, *NUMBERS):
        return {}
    try:
        table = tomllib.loads(body)
    except tomllib.TOMLDecodeError:
        table = {key: body.split("=", 1)[1].strip()}
    try:
        return {key: _number(table, key, file) if key in NUMBERS else _text(table, key, file)}
    except InputError as error:
        raise InputError(str(error).replace(file, f"{file}:{number}", 1)) from None


def _columns(rows: list[list[float]], file: str) -> tuple[Array, Array]:
    """Azimuths, ascending in [0, 360), and elevations of rows of one or two numbers."""
    widths = {len(row) for row in rows}
    if widths not in ({1}, {2}):
        raise InputError(f"{file}: a skyline holds one number a line (elevation) or two (azimuth, elevation)")
    elevation_deg = _figures([row[-1] for row in rows], file)
    if widths == {1}:
        return np.arange(elevation_deg.size, dtype=np.float64) * (360.0 / elevation_deg.size), elevation_deg
    azimuth_deg: Array = np.mod([row[0] for row in rows], 360.0)
    order = np.argsort(azimuth_deg, kind="stable")
    azimuth_deg, elevation_deg = azimuth_deg[order], elevation_deg[order]
    gaps_deg = np.diff(azimuth_deg, append=azimuth_deg[0] + 360.0)
    if not np.all(gaps_deg > 0.0) or gaps_deg.max() > LARGEST_GAP_DEG:
        raise InputError(
            f"{file}: azimuths must differ and leave no gap over {LARGEST_GAP_DEG:g} deg; the least step is "
            f"{gaps_deg.min():g} deg and the greatest {gaps_deg.max():g} deg"
        )
    return azimuth_deg, elevation_deg


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
