"""The flights stage: every flight designed and integrated in the ephemeris, from its declared date on."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from malapert.errors import ConvergenceError, CoverageError, InputError
from malapert.logistics.clock import date_of, tdb_of
from malapert.logistics.departures import departures
from malapert.logistics.plan import Departure
from malapert.programme import Programme
from malapert.run.legs import Flying
from malapert.run.parallel import each
from malapert.run.routes import flown_route
from malapert.run.touchdown import Touchdown

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
    touchdown: Touchdown | None = None


@dataclass(frozen=True)
class Flights:
    """All flights. paths (flight, sample): craft and Moon from the Earth, ICRF km, with each sample's epoch.

    `failed` holds (flight, reason) of those that could not be flown; `models` what they were integrated with.
    """

    paths: xr.Dataset
    flown: tuple[FlownFlight, ...]
    failed: tuple[tuple[str, str], ...]
    models: dict[str, str]


def traffic(programme: Programme, told: Callable[..., None]) -> Flights:
    """Fly every flight of the programme on the dates declared; those flown come in the order of departure."""
    return fly(programme, told, departures(programme))


def fly(
    programme: Programme, told: Callable[..., None], dates: dict[str, Departure], kept: Flights | None = None
) -> Flights:
    """Fly flights from these dates on. With `kept`, only chains with a flight whose date is given are flown again."""
    if kept is not None:
        return _again(programme, told, dates, kept)
    return _all(programme, told, dates, _chains(programme))


def _again(programme: Programme, told: Callable[..., None], dates: dict[str, Departure], kept: Flights) -> Flights:
    whole = {**departures(programme), **dates}
    chains = [chain for chain in _chains(programme) if any(name in dates for name in chain)]
    changed = {name for chain in chains for name in chain}
    # A chain flies as one: what of it keeps its date leaves when it did.
    left = {flown.name: flown for flown in kept.flown}
    for name in changed - dates.keys() & left.keys():
        whole[name] = Departure(name, left[name].depart_tdb_s, left[name].because)
    fresh = _all(programme, told, whole, chains)
    flown = [flight for flight in kept.flown if flight.name not in changed] + list(fresh.flown)
    flown.sort(key=lambda flight: flight.depart_tdb_s)
    failed = tuple(miss for miss in kept.failed if miss[0] not in changed) + fresh.failed
    held = kept.paths.sel(flight=[name for name in kept.paths["flight"].to_numpy() if name not in changed])
    paths = xr.concat([held, fresh.paths], "flight").sel(flight=[flight.name for flight in flown])
    return Flights(paths, tuple(flown), failed, dict(sorted({**kept.models, **fresh.models}.items())))


def _all(
    programme: Programme, told: Callable[..., None], dates: dict[str, Departure], chains: list[list[str]]
) -> Flights:
    done: dict[str, Flying] = {}
    failed: dict[str, str] = {}
    # The first chain is flown here, so that kernels are compiled once before the others share them.
    for part in (chains[:1], chains[1:]):
        for flown, lost in each(lambda chain: _fly_chain(programme, chain, dates), part):
            done |= flown
            failed |= lost
            whole = sum(map(len, chains))
            told((len(done) + len(failed)) / whole, f"Flights: {', '.join(_titles(programme, [*flown, *lost]))}")
    order = sorted(done, key=lambda name: done[name].burns[0].epoch_tdb_s)
    records = tuple(_record(programme, name, dates[name].because, done[name]) for name in order)
    models = {key: text for name in order for key, text in done[name].models.items()}
    misses = tuple((name, failed[name]) for name in programme.flight if name in failed)
    return Flights(_paths({name: done[name] for name in order}), records, misses, dict(sorted(models.items())))


def _titles(programme: Programme, names: list[str]) -> list[str]:
    return [programme.flight[name].title or name for name in names]


def _chains(programme: Programme) -> list[list[str]]:
    """Flights that need nothing of each other: a lander's flight together with the crews that use it, others alone."""
    users = {name: row.lander_flight for name, row in programme.flight.items() if row.lander_flight}
    return [
        [name, *(user for user, lander in users.items() if lander == name)]
        for name in programme.flight
        if name not in users
    ]


def _fly_chain(
    programme: Programme, chain: list[str], dates: dict[str, Departure]
) -> tuple[dict[str, Flying], dict[str, str]]:
    """Fly a chain in order; what could not be flown, with the reason."""
    done: dict[str, Flying] = {}
    failed: dict[str, str] = {}
    for name in chain:
        row, departure = programme.flight[name], dates[name]
        if not departure.depart_tdb_s < tdb_of(programme.end):
            late = date_of(departure.depart_tdb_s)
            failed[name] = f"would leave {late}, after the programme ends: {departure.because}"
        elif row.lander_flight in failed:
            failed[name] = f"its lander's flight {row.lander_flight} could not be flown"
        else:
            try:
                flown = flown_route(programme, name, departure.depart_tdb_s, done.get(row.lander_flight))
                if flown.arrive_tdb_s < tdb_of(programme.end):
                    done[name] = flown
                else:
                    failed[name] = f"would arrive {date_of(flown.arrive_tdb_s)}, after the programme ends"
            except (ConvergenceError, CoverageError, InputError) as error:
                failed[name] = str(error)
    return done, failed


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
        touchdown=flying.touchdown,
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
