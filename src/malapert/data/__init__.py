"""The offline pack: ephemeris, gravity, heights, leap seconds and Earth orientation, read once and kept.

What leaves this room is arrays (`pack`); where each file came from is in `manifest()`.
"""

import json
from functools import lru_cache
from importlib.resources import as_file, files
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from malapert.data.pack import EarthOrientation, Ephemeris, GravityField, PolarHeights, Segment
from malapert.errors import CoverageError, MalapertError

__all__ = [
    "earth_gravity",
    "earth_orientation",
    "ephemeris",
    "leap_seconds",
    "manifest",
    "moon_gravity",
    "polar_heights",
]


def _arrays(name: str) -> dict[str, NDArray[Any]]:
    """All arrays of one file, made read-only because they are shared by every caller."""
    try:
        with as_file(files(__name__) / name) as path, np.load(path, allow_pickle=False) as archive:
            arrays = {key: archive[key] for key in archive.files}
    except FileNotFoundError:
        raise MalapertError(f"data pack: {name} is missing; reinstall malapert or run builders/build.py") from None
    for array in arrays.values():
        array.flags.writeable = False
    return arrays


@lru_cache(maxsize=1)
def ephemeris() -> Ephemeris:
    """DE440 (Park et al. 2021, AJ 161:105) from 1960-01-01 to 2060-01-01 TDB."""
    arrays = _arrays("ephemeris.npz")
    segments = {}
    for name in (key for key in arrays if f"{key}.start_step_s" in arrays):
        start_s, step_s = (float(value) for value in arrays[f"{name}.start_step_s"])
        segments[name] = Segment(start_s, step_s, arrays[name])
    constants = {key.removeprefix("constant."): float(arrays[key]) for key in arrays if key.startswith("constant.")}
    first, last = (float(value) for value in arrays["span_tdb_s"])
    return Ephemeris("DE440", segments, (first, last), constants)


def _gravity(file: str, name: str, frame: str, degree: int) -> GravityField:
    """A field cut to the degree asked for."""
    arrays = _arrays(file)
    available = len(arrays["c"]) - 1
    if not 0 <= degree <= available:
        raise CoverageError(f"{name}: degree {degree} was asked for, the pack holds 0 to {available}")
    c, s = (np.ascontiguousarray(arrays[key][: degree + 1, : degree + 1]) for key in ("c", "s"))
    c.flags.writeable = s.flags.writeable = False
    return GravityField(name, frame, float(arrays["gm_km3_s2"]), float(arrays["radius_km"]), c, s)


@lru_cache(maxsize=8)
def moon_gravity(degree: int) -> GravityField:
    """GRGM900C (Lemoine et al. 2014, Geophys. Res. Lett. 41:3382) up to degree 100, with its own GM and radius."""
    return _gravity("moon_gravity.npz", "GRGM900C", "MOON_PA", degree)


@lru_cache(maxsize=8)
def earth_gravity(degree: int) -> GravityField:
    """EGM96 (Lemoine et al. 1998, NASA/TP-1998-206861), tide free, up to degree 20."""
    return _gravity("earth_gravity.npz", "EGM96", "ITRF", degree)


@lru_cache(maxsize=2)
def polar_heights(pole: Literal["south", "north"]) -> PolarHeights:
    """LOLA heights above the 1737.4 km sphere within 609.6 km (map) of a pole, 1600 m per pixel."""
    if pole not in ("south", "north"):
        raise CoverageError(f"heights of the {pole!r} pole were asked for, the pack holds 'south' and 'north'")
    arrays = _arrays(f"heights_{pole}.npz")
    grid = {key: float(arrays[key]) for key in ("pixel_m", "left_m", "top_m", "radius_m")}
    return PolarHeights(pole=pole, heights_m=arrays["heights_m"], **grid)


@lru_cache(maxsize=1)
def leap_seconds() -> tuple[NDArray[np.datetime64], NDArray[np.int64]]:
    """UTC days (datetime64[s]) from which TAI-UTC (s) holds, since 1972."""
    arrays = _arrays("leap_seconds.npz")
    return arrays["utc_s"].astype("datetime64[s]"), arrays["tai_minus_utc_s"]


@lru_cache(maxsize=1)
def earth_orientation() -> EarthOrientation:
    """IERS 20 C04 since 1962, then Bulletin A with a year of predictions."""
    arrays = _arrays("earth_orientation.npz")
    mjd = np.arange(len(arrays["x_1e6_arcsec"]), dtype=np.float64) + float(arrays["first_mjd"])
    return EarthOrientation(
        mjd=mjd,
        x_arcsec=arrays["x_1e6_arcsec"] / 1e6,
        y_arcsec=arrays["y_1e6_arcsec"] / 1e6,
        ut1_utc_s=arrays["ut1_utc_1e7_s"] / 1e7,
        dx_arcsec=arrays["dx_1e6_arcsec"] / 1e6,
        dy_arcsec=arrays["dy_1e6_arcsec"] / 1e6,
        last_c04_mjd=float(arrays["last_c04_mjd"]),
    )


@lru_cache(maxsize=1)
def manifest() -> dict[str, Any]:
    """`files`: for every file of the pack its sha256, size, what it is, licence, and the sources it was cut from."""
    content: dict[str, Any] = json.loads((files(__name__) / "manifest.json").read_text(encoding="utf-8"))
    return content
