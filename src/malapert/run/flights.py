"""The flights stage: every flight designed and integrated in the ephemeris, from its declared date on."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from malapert.constants import SECONDS_PER_DAY
from malapert.errors import ConvergenceError, CoverageError, InputError
from malapert.logistics.clock import date_of, tdb_of
from malapert.logistics.departures import departures
from malapert.programme import Programme
from malapert.run.legs import Flying
from malapert.run.routes import flown_route

Array = NDArray[np.float64]
SAMPLES = 240


@dataclass(frozen=True)
class Manoeuvre:
    """One burn: by the launcher, the spacecraft (`ship`), or the lander it meets."""

    name: str
    title: str
    delta_v_m_s: float
    epoch_tdb_s: float
    craft: str


@dataclass(frozen=True)
class FlownFlight:
    """One flight as flown. Epochs are nan where a flight has no such moment; `facts` and `residuals` have units in
    their names; `because` says why it left when it did."""

    name: str
    title: str
    partner: str
    launcher: str
    spacecraft: str
    route: str
    site: str
    crew: str
    because: str
    depart_tdb_s: float
    arrive_tdb_s: float
    leave_tdb_s: float
    back_tdb_s: float
    manoeuvres: tuple[Manoeuvre, ...]
    facts: dict[str, float]
    residuals: dict[str, float]


@dataclass(frozen=True)
class Flights:
    """All flights. paths (flight, sample): craft and Moon from the Earth, ICRF km, with each sample's epoch.

    `failed` holds (flight, reason) of those that could not be flown; `models` what they were integrated with.
    """

    paths: xr.Dataset
    flown: tuple[FlownFlight, ...]
    failed: tuple[tuple[str, str], ...]
    models: dict[str, str]


def flights(programme: Programme, told: Callable[..., None]) -> Flights:
    """Fly every flight of the programme in the order of departure."""
    dates = departures(programme)
    order = sorted(programme.flight, key=lambda name: dates[name].depart_tdb_s)
    flown: list[FlownFlight] = []
    done: dict[str, Flying] = {}
    failed: list[tuple[str, str]] = []
    for count, name in enumerate(order):
        row = programme.flight[name]
        told(count / len(order), f"Flights: {row.title or name}")
        departure = dates[name]
        if not departure.depart_tdb_s < tdb_of(programme.end):
            failed.append((name, f"would leave {date_of(departure.depart_tdb_s)}, after the programme ends: {departure.because}"))
            continue
        if row.lander_flight and row.lander_flight not in done:
            failed.append((name, f"its lander's flight {row.lander_flight} could not be flown"))
            continue
        try:
            done[name] = flown_route(programme, name, departure.depart_tdb_s, done.get(row.lander_flight))
        except (ConvergenceError, CoverageError, InputError) as error:
            failed.append((name, str(error)))
            continue
        flown.append(_record(programme, name, departure.because, done[name]))
    models = {key: text for flying in done.values() for key, text in flying.models.items()}
    return Flights(_paths(done), tuple(flown), tuple(failed), dict(sorted(models.items())))


def fly_one(programme: Programme, name: str) -> FlownFlight:
    """One flight of a programme, with the lander's flight it needs; raises what kept it from flying."""
    if name not in programme.flight:
        known = ", ".join(programme.flight)
        raise InputError(f"no flight {name!r} in programme {programme.name}; it has: {known}")
    dates = departures(programme)
    before = programme.flight[name].lander_flight
    lander = flown_route(programme, before, dates[before].depart_tdb_s, None) if before else None
    return _record(programme, name, dates[name].because, flown_route(programme, name, dates[name].depart_tdb_s, lander))


def _record(programme: Programme, name: str, because: str, flying: Flying) -> FlownFlight:
    row = programme.flight[name]
    lands = row.route in ("surface", "crewed_landing")
    return FlownFlight(
        name=name,
        title=row.title or name,
        partner=programme.flown_by(row),
        launcher=row.launcher,
        spacecraft=row.spacecraft,
        route=row.route,
        site=programme.landing_site(row) if lands else "",
        crew=row.crew,
        because=because,
        depart_tdb_s=flying.burns[0].epoch_tdb_s,
        arrive_tdb_s=flying.arrive_tdb_s,
        leave_tdb_s=flying.leave_tdb_s,
        back_tdb_s=flying.back_tdb_s,
        manoeuvres=tuple(Manoeuvre(b.name, b.title, b.delta_v_m_s, b.epoch_tdb_s, b.craft) for b in flying.burns),
        facts=flying.facts,
        residuals=flying.residuals,
    )


def _paths(done: dict[str, Flying]) -> xr.Dataset:
    """Every path resampled to the same number of points, denser where the craft is fast."""
    axes = ("x", "y", "z")
    craft = np.full((len(done), SAMPLES, 3), np.nan)
    moon = np.full((len(done), SAMPLES, 3), np.nan)
    epochs = np.full((len(done), SAMPLES), np.nan)
    for row, flying in enumerate(done.values()):
        picked = np.unique(np.linspace(0, len(flying.epochs_tdb_s) - 1, SAMPLES).round().astype(int))
        epochs[row, : picked.size] = flying.epochs_tdb_s[picked]
        craft[row, : picked.size] = flying.earth_to_craft_icrf_km[picked]
        moon[row, : picked.size] = flying.earth_to_moon_icrf_km[picked]
    return xr.Dataset(
        {
            "epoch_tdb_s": (("flight", "sample"), epochs, {"units": "s"}),
            "earth_to_craft_icrf_km": (("flight", "sample", "axis"), craft, {"units": "km"}),
            "earth_to_moon_icrf_km": (("flight", "sample", "axis"), moon, {"units": "km"}),
        },
        coords={"flight": list(done), "axis": list(axes)},
    )


def duration_d(flown: FlownFlight) -> float:
    """Days from departure to arrival."""
    return (flown.arrive_tdb_s - flown.depart_tdb_s) / SECONDS_PER_DAY if math.isfinite(flown.arrive_tdb_s) else math.nan
