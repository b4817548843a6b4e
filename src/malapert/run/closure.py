"""The closure stage: does it close, what is the worst margin, and which single loss breaks it."""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Final

from malapert.constants import SECONDS_PER_DAY
from malapert.logistics.manifest import use_epochs
from malapert.programme import Programme
from malapert.programme.present import only_present
from malapert.run.flights import Flights
from malapert.run.light import Light
from malapert.run.living import with_links
from malapert.run.manifest import Manifest, manifest
from malapert.run.parallel import each
from malapert.sky.time import tdb_s
from malapert.station import Operations, measure
from malapert.station.results import DarkSpell

# Figures no what-if looks for unless a requirement asks for them: each takes an integer programme.
KITS: Final = ("spares_recommended_kg", "spares_sufficiency")


@dataclass(frozen=True)
class Verdict:
    """One requirement held against the run."""

    name: str
    title: str
    quantity: str
    value: float
    at_least: float | None
    at_most: float | None
    met: bool


@dataclass(frozen=True)
class Margin:
    """What is left of something at its tightest: `value` of `of`; the smaller their ratio `fraction`, the tighter."""

    what: str
    value: float
    of: float
    unit: str
    fraction: float
    where: str
    at_tdb_s: float


@dataclass(frozen=True)
class Break:
    """A single loss and whether the programme still closes after it; `failed` are the requirements it then misses."""

    what: str
    kind: str
    closes: bool
    failed: tuple[str, ...]
    words: str


@dataclass(frozen=True)
class Closure:
    """Whether the programme closes; `margins` tightest first; `breaks` those that break it first."""

    closes: bool
    quantities: dict[str, float]
    verdicts: tuple[Verdict, ...]
    margins: tuple[Margin, ...]
    breaks: tuple[Break, ...]


def closure(
    programme: Programme,
    told: Callable[..., None],
    light: Light,
    flights: Flights,
    plan: Manifest,
    operations: Operations,
) -> Closure:
    """Hold the requirements against the run, and against the run after each single loss."""
    measured = quantities(flights, plan, operations.quantities)
    found = verdicts(programme, measured)
    failing = {verdict.name for verdict in found if not verdict.met}
    breaks: list[Break] = []
    losses = list(_losses(programme, plan))
    for broken in each(lambda loss: _after(*loss, programme, light, flights, plan, failing), losses):
        breaks.append(broken)
        told(len(breaks) / len(losses), f"What breaks it: {broken.what}")
    ordered = tuple(sorted(breaks, key=lambda b: (b.closes, -len(b.failed))))
    margins = tuple(sorted(_margins(programme, flights, plan, operations), key=lambda margin: margin.fraction))
    return Closure(not failing, measured, found, margins, ordered)


def quantities(flights: Flights, plan: Manifest, lived: dict[str, float]) -> dict[str, float]:
    """Every figure a requirement may ask about: the station's own and those of the flights and the plan."""
    return {
        **lived,
        "flights_not_flown": float(len(flights.failed)),
        "elements_late": float(len(plan.plan.late)),
        "elements_left_behind": float(len(plan.plan.left_behind)),
        "elements_never_used": float(len(plan.plan.never_used)),
        "landed_kg": plan.plan.delivered_kg,
        "lowest_mass_margin_kg": min((mass.margin_kg for mass in plan.masses), default=math.nan),
    }


def verdicts(programme: Programme, measured: dict[str, float]) -> tuple[Verdict, ...]:
    """Each requirement met or not; one that nothing could be measured for is not met."""
    found = []
    for name, row in programme.requirement.items():
        value = measured.get(row.quantity, math.nan)
        low = -math.inf if row.at_least is None else row.at_least
        high = math.inf if row.at_most is None else row.at_most
        met = low <= value <= high
        found.append(Verdict(name, row.title or name, row.quantity, value, row.at_least, row.at_most, met))
    return tuple(found)


def _losses(programme: Programme, plan: Manifest) -> Iterator[tuple[str, str, str]]:
    """(words, kind, name) of the single losses tried: partners that bring hardware, launchers, and
    flights that carry cargo, a crew or a relay (a lander lost is its crew's stay lost)."""
    bringing = {element.partner for element in programme.elements.values()}
    bringing |= {programme.flown_by(flight) for flight in programme.flight.values()}
    for name in programme.partner:
        if name in bringing:
            yield f"{programme.partner[name].title or name} leaves", "partner", name
    for name in {flight.launcher: None for flight in programme.flight.values()}:
        yield f"{programme.launcher[name].title or name} never flies", "launcher", name
    carrying = {delivery.flight for delivery in plan.plan.deliveries} | {stay.flight for stay in plan.plan.stays}
    for name, flight in programme.flight.items():
        if name in carrying or flight.relay:
            yield f"{flight.title or name} is lost", "flight", name


def _after(
    words: str,
    kind: str,
    name: str,
    programme: Programme,
    light: Light,
    flights: Flights,
    plan: Manifest,
    failing: set[str],
) -> Break:
    """The run again without something: a lost flight takes its cargo along, other losses are planned around."""
    left = without(programme, kind, name)
    there = replace(flights, flown=tuple(flown for flown in flights.flown if flown.name in left.flight))
    replanned = _without_cargo(plan, left) if kind == "flight" else manifest(left, _unheard, flights=there)
    kits = any(row.quantity in KITS for row in left.requirement.values())
    lives = measure(left, replanned.plan, with_links(left, light, there, replanned), kits)
    found = verdicts(left, quantities(there, replanned, lives))
    failed = tuple(verdict.title for verdict in found if not verdict.met)
    fresh = [verdict.title for verdict in found if not verdict.met and verdict.name not in failing]
    lost = _lost(plan, replanned)
    said = "; ".join(fresh) if fresh else "nothing more than what fails already" if failed else "it still closes"
    return Break(words, kind, not failed, failed, f"{said}{lost}")


def _lost(before: Manifest, after: Manifest) -> str:
    """What is not delivered any more, in words."""
    still = {delivery.element for delivery in after.plan.deliveries}
    gone = [delivery for delivery in before.plan.deliveries if delivery.element not in still]
    kilograms = sum(delivery.mass_kg for delivery in gone)
    things = "1 element" if len(gone) == 1 else f"{len(gone)} elements"
    return f" (without {things}, {kilograms:.0f} kg)" if gone else ""


def without(programme: Programme, kind: str, name: str) -> Programme:
    """The programme without one partner, launcher or flight, and what cannot be without it; requirements stay."""
    rows = dict(getattr(programme, kind))
    rows[name] = rows[name].model_copy(update={"enabled": False})
    return only_present(programme.model_copy(update={kind: rows}))


def _without_cargo(plan: Manifest, left: Programme) -> Manifest:
    """The plan with a lost flight's deliveries and what waits for them gone, and crews that cannot fly staying home."""
    kept = [delivery for delivery in plan.plan.deliveries if delivery.flight in left.flight]
    use = use_epochs(left, {delivery.element: delivery.arrive_tdb_s for delivery in kept})
    changed = replace(
        plan.plan,
        deliveries=tuple(replace(delivery, use_tdb_s=use[delivery.element]) for delivery in kept),
        stays=tuple(stay for stay in plan.plan.stays if stay.flight in left.flight),
    )
    return replace(plan, plan=changed)


def _vital_kw(operations: Operations, dark: DarkSpell) -> float:
    """Mean vital load asked in a dark spell."""
    t = tdb_s(operations.series["time"].to_numpy())
    inside = (t >= dark.start_tdb_s) & (t < dark.end_tdb_s)
    return float(operations.series["load_kw"].sel(priority=1).to_numpy()[inside].mean())


def _unheard(fraction: float, words: str = "") -> None:
    pass


def _margins(programme: Programme, flights: Flights, plan: Manifest, operations: Operations) -> Iterator[Margin]:
    departs = {flown.name: flown.depart_tdb_s for flown in flights.flown}
    for mass in sorted(plan.masses, key=lambda m: m.margin_kg / m.tli_capacity_kg)[:3]:
        title = programme.flight[mass.flight].title or mass.flight
        fraction = mass.margin_kg / mass.tli_capacity_kg
        at = departs[mass.flight]
        yield Margin(f"launch mass ({mass.tight})", mass.margin_kg, mass.tli_capacity_kg, "kg", fraction, title, at)
    site = programme.home.title or programme.station
    dark = operations.worst_dark
    vital_kw = _vital_kw(operations, dark) if dark is not None else 0.0
    if dark is not None and vital_kw > 0.0:
        fraction = dark.margin_kw / (vital_kw + max(dark.margin_kw, 0.0))
        yield Margin(
            "vital power through the worst dark spell", dark.margin_kw, vital_kw, "kW", fraction, site, dark.start_tdb_s
        )
    longest_d = max((stay.end_tdb_s - stay.start_tdb_s for stay in plan.plan.stays), default=math.nan) / SECONDS_PER_DAY
    for lowest in operations.lowest:
        if lowest.quantity.endswith("_reserve_d") and math.isfinite(lowest.value):
            what = f"{lowest.quantity.removesuffix('_reserve_d')} reserve"
            yield Margin(what, lowest.value, longest_d, "d", lowest.value / longest_d, site, lowest.at_tdb_s)
    first = min(plan.plan.stays, key=lambda stay: stay.start_tdb_s, default=None)
    landers = {flight.lander_flight for flight in programme.flight.values()}
    modules = [d.use_tdb_s for d in plan.plan.deliveries if d.table == "habitat" and d.flight not in landers]
    if first is not None and modules:
        slack_d = (first.start_tdb_s - max(modules)) / SECONDS_PER_DAY
        yield Margin(
            "days from the last module's use to the first crew",
            slack_d,
            365.25,
            "d",
            slack_d / 365.25,
            site,
            first.start_tdb_s,
        )
