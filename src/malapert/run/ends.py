"""Ends of a line of sight by what a person calls them: rows of the catalogue, places on the Moon, ephemeris files."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from pydantic import ValidationError
from scipy.interpolate import CubicHermiteSpline

from malapert import terrain
from malapert.data.kernel_files import inspect, only_craft
from malapert.errors import CoverageError, InputError
from malapert.flight.relay import RelayEphemeris, relay_ephemeris
from malapert.flight.relay import RelayOrbit as Elements
from malapert.logistics.clock import date_of, tdb_of
from malapert.programme.merge import catalogue
from malapert.programme.places import GroundStation, Relay, Site
from malapert.programme.suggest import did_you_mean
from malapert.sky.contacts import End, LunarSite, Orbiter
from malapert.sky.contacts import GroundStation as Antenna
from malapert.sky.kernels import kernel_path
from malapert.sky.time import utc

Array = NDArray[np.float64]

TABLES: Final = ("site", "ground_station", "relay")
KERNELS: Final = (".bsp", ".oem")
# Light takes 1.4 s between Moon and Earth: a path is asked for a little before the first epoch.
BEFORE_S: Final = 10.0
# Between states so far apart a relay's path is read off by cubic Hermite, h^4 r'''' / 384: 0.06 km off where Queqiao-2
# is lowest, 2,000 km from the centre.
SAMPLE_S: Final = 300.0


@dataclass(frozen=True)
class NamedEnd:
    """One end, how it is called, what it rests on, and what to be warned of."""

    name: str
    end: End
    words: str
    warnings: tuple[str, ...] = ()


def end_of(text: str, start_tdb_s: float, end_tdb_s: float, mast_m: float | None = None) -> NamedEnd:
    """An end for a span of time: a site, ground station or relay of the catalogue by name, `-89.45,222.7`, or an SPK or
    OEM file (`FILE:BODY` where it holds several). InputError says what there is.

    mast_m: height of the eye of a lunar place; a site's own, or 2 m, when absent.
    """
    rows = {name: (table, row) for table in TABLES for name, row in catalogue().tree.get(table, {}).items()}
    if text in rows:
        table, row = rows[text]
        return _catalogued(text, table, row, start_tdb_s, end_tdb_s, mast_m)
    file, _, body = text.partition(":")
    if Path(file).suffix.lower() in KERNELS:
        return _on_kernel(Path(file), body, start_tdb_s, end_tdb_s)
    if "," in text:
        return _place(text, mast_m)
    raise InputError(
        f"{text}: no such end{did_you_mean(text, rows)}; give latitude,longitude on the Moon, a file "
        f"({', '.join(KERNELS)}), or one of {', '.join(rows)}"
    )


def _catalogued(name: str, table: str, row: object, start: float, end: float, mast_m: float | None) -> NamedEnd:
    try:
        if table == "ground_station":
            return _antenna(name, GroundStation.model_validate(row))
        if table == "relay":
            return _relay(name, Relay.model_validate(row), start, end)
        return _site(name, Site.model_validate(row), mast_m)
    except ValidationError as error:
        raise InputError(f"{table} {name} of the catalogue cannot be read ({error})") from error


def _antenna(name: str, row: GroundStation) -> NamedEnd:
    words = f"{row.title or name}: ground station, above {row.elevation_mask_deg:g} deg"
    return NamedEnd(name, Antenna(row.lat_deg, row.lon_deg, row.height_m, row.elevation_mask_deg), words)


def _site(name: str, row: Site, mast_m: float | None) -> NamedEnd:
    near = terrain.near_horizon(row.horizon) if row.horizon else None
    mast = row.mast_m if mast_m is None else mast_m
    return _on_ground(name, terrain.site_horizon(row.lat_deg, row.lon_deg, mast, row.height_m, near))


def _place(text: str, mast_m: float | None) -> NamedEnd:
    try:
        lat_deg, lon_deg = (float(part) for part in text.split(","))
    except ValueError:
        raise InputError(f"{text}: not a latitude and a longitude; write -89.45,222.7") from None
    if not (-90.0 <= lat_deg <= 90.0 and -360.0 <= lon_deg <= 360.0):
        raise InputError(f"{text}: no such place; latitudes lie between -90 and 90, longitudes between -360 and 360")
    mast = 2.0 if mast_m is None else mast_m
    try:
        return _on_ground(text, terrain.site_horizon(lat_deg, lon_deg, mast))
    except CoverageError:
        words = f"{text}: on a level sphere, eye {mast:g} m up"
        warning = f"{text}: no heights there, so the ground is taken as level"
        return NamedEnd(text, LunarSite(lat_deg, lon_deg, mast), words, (warning,))


def _on_ground(name: str, horizon: terrain.Horizon) -> NamedEnd:
    end = LunarSite(horizon.lat_deg, horizon.lon_deg, horizon.eye_height_m, horizon_deg=horizon.at)
    words = f"{name}: eye {horizon.mast_m:g} m up, horizon of {horizon.source}"
    return NamedEnd(name, end, words, tuple(horizon.warnings))


def _on_kernel(file: Path, body: str, start: float, end: float) -> NamedEnd:
    if not file.is_file():
        raise InputError(f"{file}: no such file")
    kernel = inspect(file)
    path = kernel_path(file, body or only_craft(kernel))
    span = np.array([start - BEFORE_S, end])
    if not path.covers(span).all():
        asked = " to ".join(np.datetime_as_string(utc(at), unit="s") for at in (start, end))
        raise CoverageError(f"{file.name} gives {path.body} {path.coverage()}; {asked} was asked for")
    return NamedEnd(path.body, Orbiter(lambda t: path.state_from_moon(t)[:, :3]), f"{path.body}: {path.words}")


def _relay(name: str, row: Relay, start: float, end: float) -> NamedEnd:
    began = tdb_of(row.elements.epoch)
    if start - BEFORE_S < began:
        raise CoverageError(
            f"{name} is flown from its elements of {row.elements.epoch:%Y-%m-%d}; ask for later than that"
        )
    flown = fly_relay(row, end + SAMPLE_S, SAMPLE_S)
    if flown.lost:
        raise CoverageError(f"{name} falls on the Moon on {date_of(flown.path.end_tdb_s)}; ask for earlier than that")
    words = f"{row.title or name}: flown from its elements of {row.elements.epoch:%Y-%m-%d}"
    return NamedEnd(name, Orbiter(relay_place(flown)), words)


def fly_relay(row: Relay, end_tdb_s: float, sample_s: float, **how: object) -> RelayEphemeris:
    """A relay flown from its declared elements to an epoch, sampled; `how` goes to `relay_ephemeris`."""
    epoch, perilune_km, apolune_km, inclination_deg = row.elements
    angles = row.perilune_argument_deg, row.node_deg, row.phase_deg
    start_s = tdb_of(epoch)
    span_s = max(end_tdb_s - start_s, sample_s)
    return relay_ephemeris(
        Elements(perilune_km, apolune_km, inclination_deg, *angles), start_s, span_s, step_s=sample_s, **how  # type: ignore[arg-type]
    )  # fmt: skip


def relay_place(flown: RelayEphemeris) -> Callable[[Array], Array]:
    """Moon to craft (n, 3) ICRF km at epochs (n,), by cubic Hermite between its samples, held at its ends."""
    epochs, states = flown.path.epochs_tdb_s, flown.path.states
    path = CubicHermiteSpline(epochs, states[:, :3], states[:, 3:])  # type: ignore[no-untyped-call]
    return lambda t: np.asarray(path(np.clip(t, epochs[0], epochs[-1])), dtype=np.float64)
