"""How heavy a power system a place asks for: the programme's own loads and kinds of unit, the light of its sites."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import xarray as xr

from malapert import terrain
from malapert.constants import ASTRONOMICAL_UNIT_KM
from malapert.errors import InputError
from malapert.programme import Programme
from malapert.programme.elements import ELEMENT_TABLES, Element, Radioisotope, Reactor, SolarArray, Storage
from malapert.programme.merge import catalogue
from malapert.run.ground import site_horizon
from malapert.run.light import under_kernels
from malapert.sky.ephemeris import position_km
from malapert.sky.time import tdb_s
from malapert.station.arrays import facing
from malapert.station.hours import runs
from malapert.station.sizing import Array, Candidate, Sized, clash, sizes

UNSERVED = (0.0, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2)
# Hours of light within this part of an array's best count as one, at the least of them.
ALIKE = 0.02
UNWEIGHED = {"title", "note", "partner", "priority", "after", "ready", "like", "source"}
KINDS = ("solar_array", "battery", "fuel_cell", "reactor", "radioisotope")
_YEAR_H = 8766.0
Kinds = dict[str, tuple[str, Element]]


class Dark(NamedTuple):
    """The longest time without Sun."""

    hours: float
    begins_utc: str


@dataclass(frozen=True)
class Point:
    """The lightest set for one allowance; `dark_hour_kg` is what each hour of its dearest dark spell costs."""

    allowed_fraction: float
    unserved_kwh: float
    mass_kg: float
    units: dict[str, float]
    dark_hour_kg: float
    dark_share: float
    """part of the mass that hours without Sun pay for"""


@dataclass(frozen=True)
class SiteSizing:
    """What one site asks for; `clash` says in words why nothing serves it, and is empty when something does."""

    site: str
    title: str
    lit_fraction: float
    longest_dark_h: float
    longest_dark_utc: str
    points: tuple[Point, ...]
    points_without_reactors: tuple[Point, ...]
    clash: tuple[str, ...] = ()


@dataclass(frozen=True)
class Sizing:
    """Several sites under the same loads; `kinds` are the units that could be taken, by name, with table and mass."""

    start_utc: str
    end_utc: str
    loads_kw: dict[str, float]
    """mean draw of each element"""
    kinds: dict[str, tuple[str, float]]
    sites: tuple[SiteSizing, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True)
class Asked:
    """What is asked: sites, years, allowances and limits; empty means the programme's own."""

    sites: tuple[str, ...] = ()
    start_utc: str = ""
    end_utc: str = ""
    unserved: tuple[float, ...] = UNSERVED
    limits: dict[str, float] = field(default_factory=dict)
    """most units of a kind, by its name or its table"""
    most_kg: float = np.inf
    priority: int = 9
    crewed: bool = True
    whole: bool = False


def sizing(programme: Programme, asked: Asked, told: Callable[[float, str], None]) -> Sizing:
    """Size every site asked for; InputError for names or spans that are not there."""
    names = asked.sites or tuple(programme.site)
    for name in names:
        if name not in programme.site:
            raise InputError(f"no site {name!r} in the programme; there are {', '.join(programme.site)}")
    kinds = _kinds(programme, asked.limits)
    span, found = _span(programme, asked), []
    with under_kernels(programme):
        for k, name in enumerate(names):
            told(k / len(names), f"Sizing: {programme.site[name].title or name}")
            found.append(_site(programme, asked, name, kinds, span))
    loads = design_loads_kw(programme, np.ones(2), asked.priority, asked.crewed)
    dark = design_loads_kw(programme, np.zeros(2), asked.priority, asked.crewed)
    mean = {name: float(max(kw[0], dark[name][0])) for name, kw in loads.items()}
    return Sizing(
        *span,
        mean,
        {name: (table, row.mass_kg) for name, (table, row) in kinds.items()},
        tuple(found),
        tuple(_notes(programme, asked)),
    )


def _span(programme: Programme, asked: Asked) -> tuple[str, str]:
    """The span asked for, or the programme's last year."""
    first, last = (np.datetime64(epoch.replace(tzinfo=None), "h") for epoch in (programme.start, programme.end))
    end = asked.end_utc or str(last)
    return asked.start_utc or str(max(np.datetime64(end, "h") - int(_YEAR_H), first)), end


def _kinds(programme: Programme, limits: dict[str, float]) -> Kinds:
    """The different units the programme declares, by the name of the first of each; the catalogue's where it has none.

    Rows count as one kind when all their figures but partner, priority and dates agree.
    """
    found: Kinds = {}
    for table in KINDS:
        rows: dict[str, Element] = getattr(programme, table)
        if not rows:
            shipped = catalogue().tree.get(table, {})
            rows = {name: ELEMENT_TABLES[table].model_validate(row) for name, row in shipped.items()}
        seen = set()
        for name, row in rows.items():
            figures = row.model_dump(
                exclude={"title", "note", "partner", "priority", "after", "ready", "like", "source"}
            )
            key = repr(sorted(figures.items()))
            if key not in seen:
                seen.add(key)
                found[name] = (table, row)
    for name in limits:
        if name not in found and name not in KINDS:
            raise InputError(f"--most {name}: no such kind; there are {', '.join([*found, *KINDS])}")
    return found


def design_loads_kw(programme: Programme, lit: Array, priority: int, crewed: bool) -> dict[str, Array]:
    """Draw of each element through the span (n,), sources and stores apart: to survive, and to work.

    Habitats work while there is a crew: always, or with `crewed` false never. An experiment's hours a year are spread
    evenly over those its need of light or dark allows; its other needs are not looked at. `priority` is the last one
    served.
    """
    loads = {}
    for table in ELEMENT_TABLES:
        if table in (*KINDS, "supply", "orbital_station", "power_link"):
            continue
        for name, row in getattr(programme, table).items():
            works = np.ones(len(lit))
            if table == "habitat":
                works *= float(crewed)
            if table == "experiment":
                able = (
                    lit > 0.0
                    if "light" in row.needs
                    else lit <= 0.0
                    if "dark" in row.needs
                    else np.ones(len(lit), bool)
                )
                share = min(row.wanted_h / _YEAR_H / max(float(able.mean()), 1e-9), 1.0)
                works = able * share * (0.0 if "crew" in row.needs and not crewed else 1.0)
            extra_kw = row.full_kw - row.keep_alive_kw if row.load_priority <= priority else 0.0
            if row.keep_alive_kw + extra_kw > 0.0:
                loads[name] = row.keep_alive_kw + extra_kw * works
    if not loads:
        raise InputError("nothing in the programme draws power; there is nothing to size for")
    return loads


def _candidate(name: str, table: str, row: Element, sun: Array, light: xr.Dataset, asked: Asked) -> Candidate:
    limit = min(asked.limits.get(name, np.inf), asked.limits.get(table, np.inf))
    whole = asked.whole or table == "reactor"
    if isinstance(row, Storage):
        return Candidate(
            name,
            row.mass_kg,
            None,
            row.capacity_kwh * row.depth,
            row.charge_kw,
            row.discharge_kw,
            row.charge_efficiency,
            row.discharge_efficiency,
            limit,
            whole,
        )
    assert isinstance(row, SolarArray | Reactor | Radioisotope)
    if isinstance(row, SolarArray):
        face = facing(row, light["sun_azimuth_deg"].to_numpy(), light["sun_elevation_deg"].to_numpy())
        output = row.power_kw * (1.0 - row.dust_loss) * sun * face
    else:
        output = np.full(len(sun), row.power_kw)
    return Candidate(name, row.mass_kg, output, limit=limit, whole=whole)


def _site(programme: Programme, asked: Asked, name: str, kinds: Kinds, span: tuple[str, str]) -> SiteSizing:
    row = programme.site[name]
    light = terrain.site_light(site_horizon(programme, row), *span)
    seen = light["sun_fraction"].to_numpy() * (1.0 - light["sun_eclipsed_fraction"].to_numpy())
    sun = _sunlight(light)
    higher = {unit.mast_m: sun for _, unit in kinds.values() if isinstance(unit, SolarArray)}
    for mast_m in higher:
        if mast_m is not None and mast_m != row.mast_m:
            eye = site_horizon(programme, row.model_copy(update={"mast_m": mast_m}))
            higher[mast_m] = _sunlight(terrain.site_light(eye, *span))
    candidates = [
        _candidate(kind, table, unit, higher.get(getattr(unit, "mast_m", None), sun), light, asked)
        for kind, (table, unit) in kinds.items()
    ]
    loads = design_loads_kw(programme, seen, asked.priority, asked.crewed)
    spells = _dark_spells(seen)
    longest = max(spells, key=lambda spell: spell[1] - spell[0], default=(0, 0))
    dark = Dark(float(longest[1] - longest[0]), str(light["time"].to_numpy()[longest[0]])[:16] if spells else "")
    points, clashing = _curve(asked, candidates, loads, spells)
    lit = float((seen > 0.0).mean())
    words = tuple(_clash_words(asked, candidates, loads, kinds, dark, clashing)) if clashing is not None else ()
    reactors = [kind for kind, (table, _) in kinds.items() if table == "reactor"]
    without = [one for one in candidates if one.name not in reactors]
    solar = _curve(asked, without, loads, spells)[0] if len(without) < len(candidates) else points
    return SiteSizing(name, row.title or name, lit, dark.hours, dark.begins_utc, points, solar, words)


def _sunlight(light: xr.Dataset) -> Array:
    """Sunlight that reaches a site against that at 1 au (n,)."""
    sun_km = np.linalg.norm(position_km("sun", "moon", tdb_s(light["time"].to_numpy())), axis=-1)
    seen = light["sun_fraction"].to_numpy() * (1.0 - light["sun_eclipsed_fraction"].to_numpy())
    return np.asarray(seen * (ASTRONOMICAL_UNIT_KM / sun_km) ** 2)


def _curve(
    asked: Asked, candidates: list[Candidate], loads: dict[str, Array], spells: list[tuple[int, int]]
) -> tuple[tuple[Point, ...], float | None]:
    """The lightest set for each allowance that some set serves, and the first allowance that none does."""
    load_kw = sum(loads.values(), np.zeros(len(next(iter(loads.values())))))
    found = list(
        zip(asked.unserved, sizes(candidates, load_kw, asked.unserved, 1.0, asked.most_kg, ALIKE), strict=True)
    )
    points = tuple(_point(sized, load_kw, spells, allowed) for allowed, sized in found if sized is not None)
    return points, next((allowed for allowed, sized in found if sized is None), None)


def _dark_spells(seen: Array) -> list[tuple[int, int]]:
    """Every time without Sun, as [first, end) steps."""
    return list(runs(seen <= 0.0))


def _point(sized: Sized, load_kw: Array, spells: list[tuple[int, int]], allowed: float) -> Point:
    paid_kg = sized.price_kg_kwh * load_kw
    dearest = max(spells, key=lambda spell: float(paid_kg[slice(*spell)].sum()), default=None)
    hour_kg = float(paid_kg[slice(*dearest)].mean()) if dearest else 0.0
    dark_kg = sum(float(paid_kg[slice(*spell)].sum()) for spell in spells)
    total_kg = float(paid_kg.sum())
    share = dark_kg / total_kg if total_kg > 0.0 else 0.0
    units = {name: count for name, count in sized.units.items() if count > 1e-6}
    return Point(allowed, sized.unserved_kwh, sized.mass_kg, units, hour_kg, share)


def _clash_words(
    asked: Asked, candidates: list[Candidate], loads: dict[str, Array], kinds: Kinds, dark: Dark, allowed: float
) -> Iterator[str]:
    """The smallest set of loads and limits that cannot be had together, in the programme's words."""
    clashing, limited, heavy = clash(candidates, loads, allowed, 1.0, asked.most_kg, ALIKE)
    for name in clashing:
        yield f"{name} draws {loads[name].max():g} kW" + (
            f" and at most {allowed:.3g} of it unserved" if allowed else ""
        )
    for name in limited:
        most = min(asked.limits.get(name, np.inf), asked.limits.get(kinds[name][0], np.inf))
        yield f"at most {most:g} of {kinds[name][0]}.{name} (--most)"
    if heavy:
        yield f"at most {asked.most_kg / 1000.0:g} t of sources and stores (--mass)"
    if dark.hours:
        yield f"no Sun for {dark.hours:.0f} h from {dark.begins_utc}"
    if not any(table in ("reactor", "radioisotope") for table, _ in kinds.values()):
        yield "no kind of source works in the dark"


def _notes(programme: Programme, asked: Asked) -> Iterator[str]:
    lent = [table for table in KINDS if not getattr(programme, table) and catalogue().tree.get(table)]
    if lent:
        yield f"Kinds the programme does not declare are the catalogue's: {', '.join(lent).replace('_', ' ')}."
    yield "Loads are those of the whole programme at once, each working all its time" + (
        ", with a crew throughout." if asked.crewed else ", without a crew."
    )
    yield "Sources and stores are new: no ageing, no failures. Energy at the end of the span is that at its start."
    yield "Arrays, batteries and fuel cells by fractions of a unit" + (
        ", rounded kind by kind." if asked.whole else "; reactors whole."
    )
