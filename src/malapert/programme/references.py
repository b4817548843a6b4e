"""Mistakes that only show between rows: names that lead nowhere, dates out of order, circles, places without ground."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from malapert import catalog
from malapert.constants import POLAR_HEIGHTS_LIMIT_DEG
from malapert.errors import Problem
from malapert.programme.air import crews_breathe
from malapert.programme.balance import units_balance
from malapert.programme.elements import (
    ELEMENT_TABLES,
    POWER_TABLES,
    Experiment,
    Need,
    PowerLink,
    Requirement,
    Rover,
    SolarArray,
)
from malapert.programme.kernels import kernel_checks
from malapert.programme.merge import Merged, catalogue
from malapert.programme.places import Site
from malapert.programme.quantities import QUANTITIES
from malapert.programme.rows import Row
from malapert.programme.suggest import did_you_mean
from malapert.programme.trips import Traverse, Trip, TripNeed
from malapert.programme.vehicles import Flight, Launcher, Spacecraft

Tables = dict[str, dict[str, Row]]

# Keys that name a row of another table, for every row type that has them.
NAMES = {
    "partner": "partner",
    "launcher": "launcher",
    "spacecraft": "spacecraft",
    "relay": "relay",
    "kernel": "kernel",
    "site": "site",
    "from_site": "site",
    "to_site": "site",
    "lander_flight": "flight",
    "at": "orbital_station",
    "crew": "crew",
    "rates": "crew_rates",
    "interface": "interface",
    "rover": "rover",
}
EARLIEST, LATEST = datetime(1960, 1, 2, tzinfo=UTC), datetime(2059, 12, 31, tzinfo=UTC)


def cross_checks(merged: Merged, settings: dict[str, Any], tables: Tables) -> list[Problem]:
    """All mistakes between rows; rows that could not be read themselves still count as named."""
    return [
        *_settings(merged, settings),
        *_names(merged),
        *_unique(merged),
        *_partners(merged, tables),
        *_flights(merged, tables),
        *_circles(merged, tables),
        *_sites(merged, settings, tables),
        *kernel_checks(merged, settings, tables),
        *_masts(merged, settings, tables),
        *_voltages(merged, tables),
        *_in_orbit(merged, tables),
        *crews_breathe(merged, settings, tables),
        *units_balance(merged, tables),
        *_needs(merged, tables),
        *_trips(merged, settings, tables),
        *_requirements(merged, tables),
    ]


def _masts(merged: Merged, settings: dict[str, Any], tables: Tables) -> Iterator[Problem]:
    """An array's own mast is one whose light is looked at, at the site it is for."""
    links = [link for link in tables.get("power_link", {}).values() if isinstance(link, PowerLink)]
    joined = {settings.get("station"), *(name for link in links for name in (link.from_site, link.to_site))}
    sites = {name: row for name, row in tables.get("site", {}).items() if name in joined and isinstance(row, Site)}
    known = sorted({mast_m for row in sites.values() for mast_m in (row.mast_m, *row.masts_m)})
    for name, array in tables.get("solar_array", {}).items():
        if isinstance(array, SolarArray) and sites and array.mast_m is not None and array.mast_m not in known:
            heights = ", ".join(f"{mast_m:g}" for mast_m in known)
            yield merged.problem(
                ("solar_array", name, "mast_m"),
                f"no light is looked at from {array.mast_m:g} m; there are {heights}",
                f"add it: site.{settings.get('station')}.masts_m = [{array.mast_m:g}]",
            )


def _known(merged: Merged, table: str) -> list[str]:
    rows = merged.tree.get(table, {})
    return list(rows) if isinstance(rows, dict) else []


def _settings(merged: Merged, settings: dict[str, Any]) -> Iterator[Problem]:
    start, end = settings.get("start"), settings.get("end")
    for key, epoch in (("start", start), ("end", end)):
        if epoch is not None and not EARLIEST <= epoch <= LATEST:
            yield merged.problem(
                (key,),
                f"outside the ephemeris in the data pack (got {epoch:%Y-%m-%d})",
                f"keep it between {EARLIEST:%Y-%m-%d} and {LATEST:%Y-%m-%d}",
            )
    if start and end and end <= start:
        yield merged.problem(("end",), f"not after start (got {end:%Y-%m-%d}, start {start:%Y-%m-%d})", "put it later")
    elif start and end and (end - start).days > 366 * 40:
        yield merged.problem(
            ("end",),
            f"{(end - start).days / 365.25:.0f} years is more than the 40 a run can hold",
            "bring it nearer to start",
        )
    shed, restored = settings.get("shed_below", 0.3), settings.get("restore_above", 0.5)
    if isinstance(shed, float) and isinstance(restored, float) and restored < shed:
        yield merged.problem(
            ("restore_above",), f"below shed_below (got {restored:g}, shed_below {shed:g})", "put it at or above it"
        )
    for key, table in (("station", "site"), ("rates", "crew_rates")):
        name = settings.get(key)
        if name is not None and name not in _known(merged, table):
            yield merged.problem(
                (key,), f"no {table} {name!r}{did_you_mean(name, _known(merged, table))}", f"declare [{table}.{name}]"
            )


def _names(merged: Merged) -> Iterator[Problem]:
    """Every key that names a row names one that is declared, even in rows that have other mistakes."""
    elements = [name for table in ELEMENT_TABLES for name in _known(merged, table)]
    for table, rows in merged.tree.items():
        for name, row in rows.items() if isinstance(rows, dict) else ():
            if not isinstance(row, dict):
                continue
            for key, target in NAMES.items():
                value = row.get(key)
                if isinstance(value, str) and value and value not in _known(merged, target):
                    yield _unknown(merged, (table, name, key), target, value, _known(merged, target))
            if table == "flight":
                yield from _listed(merged, (table, name, "cargo"), row, "element", elements)
                yield from _listed(merged, (table, name, "after"), row, "flight", _known(merged, "flight"))
            elif table == "site":
                yield from _listed(merged, (table, name, "rasters"), row, "raster", _known(merged, "raster"))
            elif table in ELEMENT_TABLES:
                yield from _listed(merged, (table, name, "after"), row, "element", elements)
            elif table == "port" and isinstance(row.get("on"), str) and row["on"] != "station":
                carriers = [*elements, *_known(merged, "spacecraft"), *_known(merged, "relay")]
                if row["on"] not in carriers:
                    yield _unknown(merged, (table, name, "on"), "element, spacecraft or relay", row["on"], carriers)
            elif table == "crew":
                yield from _listed(merged, (table, name, "members"), row, "partner", _known(merged, "partner"))


def _listed(
    merged: Merged, path: tuple[str, ...], row: dict[str, Any], kind: str, known: list[str]
) -> Iterator[Problem]:
    values = row.get(path[-1], [])
    for value in values if isinstance(values, list) else []:
        if isinstance(value, str) and value not in known:
            yield _unknown(merged, path, kind, value, known)


def _unknown(merged: Merged, path: tuple[str, ...], kind: str, value: str, known: list[str]) -> Problem:
    hint = did_you_mean(value, [*known, *catalogue().tree.get(kind, {})])
    there = ", ".join(known[:12]) + (", ..." if len(known) > 12 else "")
    return merged.problem(
        path, f"no {kind} {value[:80]!r}{hint}", f"declare it or name one there is: {there or 'none yet'}"
    )


def _unique(merged: Merged) -> Iterator[Problem]:
    seen: dict[str, str] = {}
    for table in ELEMENT_TABLES:
        for name in _known(merged, table):
            if name in seen:
                yield merged.problem(
                    (table, name), f"a {seen[name]} has this name too", "give one of them another name"
                )
            seen[name] = table


def _partners(merged: Merged, tables: Tables) -> Iterator[Problem]:
    titles: dict[str, str] = {}
    for name, partner in tables["partner"].items():
        title = (partner.title or name).casefold()
        if title in titles:
            yield merged.problem(
                ("partner", name), f"partner {titles[title]!r} has the same title {partner.title!r}", "keep one of them"
            )
        titles[title] = name


def _flights(merged: Merged, tables: Tables) -> Iterator[Problem]:
    carried: dict[str, str] = {}
    for name, flight in tables["flight"].items():
        assert isinstance(flight, Flight)
        for key, table in (("launcher", "launcher"), ("spacecraft", "spacecraft")):
            vehicle = tables[table].get(getattr(flight, key))
            if isinstance(vehicle, Launcher | Spacecraft) and vehicle.available and flight.depart < vehicle.available:
                yield merged.problem(
                    ("flight", name, "depart"),
                    f"departs {flight.depart:%Y-%m-%d}, before {table} {getattr(flight, key)} exists"
                    f" ({vehicle.available:%Y-%m-%d})",
                    "depart later or fly another vehicle",
                )
        if not EARLIEST <= flight.depart <= LATEST:
            yield merged.problem(
                ("flight", name, "depart"),
                f"outside the ephemeris in the data pack (got {flight.depart:%Y-%m-%d})",
                "depart between 1960 and 2059",
            )
        for element in flight.cargo:
            if element in carried:
                yield merged.problem(
                    ("flight", name, "cargo"), f"{element} is on flight {carried[element]} already", "name it once"
                )
            carried[element] = name
        yield from _route(merged, name, flight, tables)


def _route(merged: Merged, name: str, flight: Flight, tables: Tables) -> Iterator[Problem]:
    if flight.route == "crewed_landing" and not flight.lander_flight:
        yield merged.problem(
            ("flight", name, "lander_flight"),
            "is missing on a crewed landing",
            "name the flight that brings the lander",
        )
    if flight.route == "crewed_landing" and not flight.crew:
        yield merged.problem(("flight", name, "crew"), "is missing on a crewed landing", "name the crew")
    if flight.route == "relay_orbit" and not flight.relay:
        yield merged.problem(("flight", name, "relay"), "is missing on route relay_orbit", "name the relay it places")
    yield from _samples(merged, name, flight, tables)
    crew, craft = tables["crew"].get(flight.crew), tables["spacecraft"].get(flight.spacecraft)
    if crew and isinstance(craft, Spacecraft) and len(getattr(crew, "members", ())) > craft.crew:
        yield merged.problem(
            ("flight", name, "crew"),
            f"{len(getattr(crew, 'members', ()))} people on a spacecraft for {craft.crew}",
            "fly fewer or another spacecraft",
        )


def _samples(merged: Merged, name: str, flight: Flight, tables: Tables) -> Iterator[Problem]:
    """Samples go home with a crew, and no more of them than its craft bring back."""
    if flight.samples_kg > 0.0 and not flight.crew:
        what = f"{flight.samples_kg:g} kg of samples on a flight without a crew, which does not come back"
        yield merged.problem(("flight", name, "samples_kg"), what, "put them on a flight with a crew")
    lander = tables["flight"].get(flight.lander_flight)
    for craft in (flight.spacecraft, getattr(lander, "spacecraft", "")):
        most_kg = getattr(tables["spacecraft"].get(craft), "return_kg", None)
        if most_kg is not None and flight.samples_kg > most_kg:
            yield merged.problem(
                ("flight", name, "samples_kg"),
                f"{craft} brings back {most_kg:g} kg (got {flight.samples_kg:g})",
                "bring less, or another craft",
            )


def _circles(merged: Merged, tables: Tables) -> Iterator[Problem]:
    elements = {name: row for table in ELEMENT_TABLES for name, row in tables[table].items()}
    for kind, rows in (("element", elements), ("flight", tables["flight"])):
        afters = {name: getattr(row, "after", ()) for name, row in rows.items()}
        for name in afters:
            path = _circle(name, afters)
            if path:
                table = "flight" if kind == "flight" else next(t for t in ELEMENT_TABLES if name in tables[t])
                yield merged.problem(
                    (table, name, "after"), f"waits for itself ({' -> '.join(path)})", "break the circle"
                )
                break


def _circle(name: str, afters: dict[str, tuple[str, ...]]) -> list[str]:
    """The way from a row back to itself, or nothing."""
    frontier = [[name, after] for after in afters.get(name, ())]
    seen: set[str] = set()
    while frontier:
        path = frontier.pop()
        if path[-1] == name:
            return path
        if path[-1] not in seen:
            seen.add(path[-1])
            frontier += [[*path, after] for after in afters.get(path[-1], ())]
    return []


def _sites(merged: Merged, settings: dict[str, Any], tables: Tables) -> Iterator[Problem]:
    limit = POLAR_HEIGHTS_LIMIT_DEG
    for name, site in tables["site"].items():
        horizon = getattr(site, "horizon", "")
        if horizon and horizon not in catalog.horizons():
            yield merged.problem(
                ("site", name, "horizon"),
                f"no horizon {horizon!r} in the catalogue{did_you_mean(horizon, catalog.horizons())}",
                "name one of: " + ", ".join(catalog.horizons()),
            )
        lat_deg = getattr(site, "lat_deg", 0.0)
        if name == settings.get("station") and abs(lat_deg) < limit:
            yield merged.problem(
                ("site", name, "lat_deg"),
                f"no terrain at {lat_deg:g} deg latitude (the heights at hand reach from the poles to {limit:g} deg)",
                "put the station nearer to a pole",
            )


def _voltages(merged: Merged, tables: Tables) -> Iterator[Problem]:
    """Every load is on a bus that something feeds, and every power link leads from one bus to another."""
    rows = [row for row in tables["power_link"].values() if isinstance(row, PowerLink)]
    given = {120, *(row.to_v for row in rows), *(row.from_v for row in rows if row.both_ways)}
    for table in ELEMENT_TABLES:
        for name, row in tables[table].items():
            volts = getattr(row, "supply_v", 120)
            if volts not in given:
                yield merged.problem(
                    (table, name, "supply_v"),
                    f"a load on no bus: nothing gives {volts} V",
                    f"add a [power_link.NAME] with to_v = {volts}, or feed it at 120 V",
                )
    for name, link in tables["power_link"].items():
        assert isinstance(link, PowerLink)
        if link.from_v == link.to_v and link.from_site == link.to_site:
            yield merged.problem(
                ("power_link", name),
                f"leads from {link.from_v} V at a site to itself",
                "give it another to_v or to_site",
            )


def _in_orbit(merged: Merged, tables: Tables) -> Iterator[Problem]:
    """What may belong to an orbital station: its power network and what draws on it."""
    for table in ELEMENT_TABLES:
        for name, row in tables[table].items():
            if getattr(row, "at", "") and table not in POWER_TABLES:
                yield merged.problem(
                    (table, name, "at"),
                    f"a {table} lives at the station on the ground",
                    "only " + ", ".join(POWER_TABLES) + " may belong to an orbital station",
                )


def _needs(merged: Merged, tables: Tables) -> Iterator[Problem]:
    known = Need.__args__  # type: ignore[attr-defined]
    for name, row in tables["experiment"].items():
        assert isinstance(row, Experiment)
        for need in row.needs:
            if need not in known:
                yield merged.problem(
                    ("experiment", name, "needs"),
                    f"unknown need {need!r}{did_you_mean(need, known)}",
                    "use " + ", ".join(known),
                )
        for one, other in (("light", "dark"), ("earth_hidden", "earth_visible")):
            if one in row.needs and other in row.needs:
                yield merged.problem(
                    ("experiment", name, "needs"), f"{one} and {other} at once can never be", "keep one of them"
                )


def _trips(merged: Merged, settings: dict[str, Any], tables: Tables) -> Iterator[Problem]:
    """Trips are made by rovers that drive, from the station to somewhere else."""
    known = TripNeed.__args__  # type: ignore[attr-defined]
    for table in ("mine", "traverse"):
        for name, row in tables[table].items():
            assert isinstance(row, Trip)
            rover = tables["rover"].get(row.rover)
            if isinstance(rover, Rover) and not rover.drives:
                yield merged.problem(
                    (table, name, "rover"),
                    f"rover {row.rover} has no battery to drive on",
                    "give it speed_km_h, battery_kwh and charge_kw",
                )
            if isinstance(rover, Rover) and table == "mine" and rover.capacity_kg == 0.0:
                yield merged.problem(
                    (table, name, "rover"), f"rover {row.rover} carries nothing", "give it a capacity_kg"
                )
            if row.site and row.site == settings.get("station"):
                yield merged.problem((table, name, "site"), "leads from the station to itself", "name another site")
            if isinstance(row, Traverse) and row.people > 0 and "crew" not in row.needs:
                yield merged.problem(
                    (table, name, "people"), "carries people but does not need a crew", 'add needs = ["crew"]'
                )
            for need in row.needs:
                if need not in known:
                    hint = did_you_mean(need, known)
                    yield merged.problem(
                        (table, name, "needs"), f"unknown need {need!r}{hint}", "use " + ", ".join(known)
                    )


def _requirements(merged: Merged, tables: Tables) -> Iterator[Problem]:
    for name, row in tables["requirement"].items():
        assert isinstance(row, Requirement)
        if (row.at_least is None) == (row.at_most is None):
            yield merged.problem(("requirement", name), "needs one of at_least and at_most", "give just one")
        if row.quantity not in QUANTITIES:
            hint = did_you_mean(row.quantity, QUANTITIES)
            where = "docs/programme.md lists the figures there are"
            yield merged.problem(("requirement", name, "quantity"), f"no such figure {row.quantity!r}{hint}", where)
