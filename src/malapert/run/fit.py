"""What an offer does to a programme, read off the run without it and the run with it."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

from malapert.constants import SECONDS_PER_HOUR
from malapert.logistics.clock import date_of, tdb_of
from malapert.logistics.plan import Delivery
from malapert.partners.interfaces import Answer, Connection, connections
from malapert.programme import Programme
from malapert.programme.elements import Experiment
from malapert.programme.offer import OfferFile
from malapert.run.closure import Verdict, quantities, verdicts
from malapert.run.flights import Flights
from malapert.run.manifest import Manifest
from malapert.station import Operations
from malapert.station.results import DarkSpell

# Served for each kWh asked from which a load counts as served: rounding of whole steps, nothing more.
SERVED = 0.999
# COSPAR category IIb begins here (Panel on Planetary Protection, 18 May 2021).
IIB_SOUTH_DEG, IIB_NORTH_DEG = -79.0, 86.0


@dataclass(frozen=True)
class World:
    """One life of a programme: what flew, what was loaded, how it lived."""

    programme: Programme
    flights: Flights
    plan: Manifest
    operations: Operations


@dataclass(frozen=True)
class Check:
    """One question asked of an offer: yes it fits, no, or unknown; `topic` groups them; why, in words."""

    topic: str
    what: str
    answer: Answer
    words: str


@dataclass(frozen=True)
class Room:
    """A flight that lands at the station: what it had left without the offer, and has with it."""

    flight: str
    title: str
    arrive_tdb_s: float
    capacity_kg: float
    before_kg: float
    after_kg: float
    takes: bool
    open: bool


def checks(file: OfferFile, base: World, offered: World) -> tuple[Check, ...]:
    """Every question, in the order a reviewer asks them."""
    return tuple(_checks(file, base, offered))


def _answer(fits: bool) -> Answer:
    return "yes" if fits else "no"


def misfit(found: tuple[Check, ...]) -> bool:
    """Whether any answer is no."""
    return any(check.answer == "no" for check in found)


def _checks(file: OfferFile, base: World, offered: World) -> Iterator[Check]:
    landed = {delivery.element: delivery for delivery in offered.plan.plan.deliveries}
    for name in file.rows("flight"):
        yield _flown(name, offered)
    for name in file.elements:
        yield from _ride(file, name, landed.get(name), offered)
    yield from _volume(file, landed, offered)
    yield from _requirements(base, offered)
    displaced = displacements(file, base, offered)
    words = "; ".join(displaced) if displaced else "everything else lands as before"
    yield Check("manifest", "what it displaces", "no" if displaced else "yes", words)
    here = [landed[name] for name in file.elements if name in landed and name not in offered.operations.elsewhere]
    for delivery in here:
        yield from _power(delivery, base, offered)
        if delivery.table == "experiment":
            yield from _science(file, delivery.element, offered)
    yield from _crew_seat(file, offered)
    yield from _stations(file, offered)
    for link in links(file, offered.programme):
        to = link.other_on or "anything"
        yield Check("interfaces", f"{link.kind} port {link.port} to {to}", link.answer, _with_clause(link))
    yield from _protection(file, offered.programme, bool(file.elements))


def links(file: OfferFile, programme: Programme) -> tuple[Connection, ...]:
    """The offer's own ports and what they would be joined to."""
    return connections(programme, file.rows("port"))


def _with_clause(link: Connection) -> str:
    return f"{link.reason} ({link.clause})" if link.clause else link.reason


def _flown(name: str, offered: World) -> Check:
    failed = dict(offered.flights.failed)
    if name in failed:
        return Check("flight", f"{name} can be flown", "no", failed[name])
    mass = next((mass for mass in offered.plan.masses if mass.flight == name), None)
    if mass is not None and mass.margin_kg < 0.0:
        return Check("flight", f"{name} can be flown", "no", f"{mass.tight} lacks {-mass.margin_kg:.0f} kg")
    left = f"; {mass.margin_kg:.0f} kg left ({mass.tight})" if mass else ""
    return Check("flight", f"{name} can be flown", "yes", f"flown in the ephemeris{left}")


def _ride(file: OfferFile, name: str, delivery: Delivery | None, offered: World) -> Iterator[Check]:
    row = offered.programme.elements.get(name)
    if row is None or delivery is None:
        reason = dict(offered.plan.plan.left_behind).get(
            name, f"{name} is not in the programme: something it needs is not"
        )
        yield Check("flight", f"{name} finds a flight", "no", reason)
        return
    title = offered.programme.flight[delivery.flight].title or delivery.flight
    room = next(capacity - used for flight, used, capacity in offered.plan.plan.loads if flight == delivery.flight)
    day = date_of(delivery.arrive_tdb_s)
    yield Check("flight", f"{name} finds a flight", "yes", f"{title}, landing {day}")
    yield Check("mass", f"{name} ({row.mass_kg:g} kg)", "yes", f"{title} has {room:.0f} kg left with it aboard")
    latest = file.offer.deliver_by
    if latest is not None:
        in_time = delivery.arrive_tdb_s <= tdb_of(latest)
        yield Check(
            "flight", f"{name} lands in time", "yes" if in_time else "no", f"{day}; wanted by {latest:%Y-%m-%d}"
        )
    if row.after or not math.isfinite(delivery.use_tdb_s):
        waits = ", ".join(row.after)
        used = math.isfinite(delivery.use_tdb_s)
        words = (
            f"after {waits}: in use from {date_of(delivery.use_tdb_s)}" if used else f"waits for {waits}, never there"
        )
        yield Check("prerequisites", name, "yes" if used else "no", words)


def _volume(file: OfferFile, landed: dict[str, Delivery], offered: World) -> Iterator[Check]:
    volume_m3 = file.offer.volume_m3
    for flight in sorted({landed[name].flight for name in file.elements if name in landed}):
        craft = offered.programme.spacecraft[offered.programme.flight[flight].spacecraft]
        title = craft.title or craft.like
        if craft.cargo_m3 is None or volume_m3 is None:
            missing = f"{title} publishes no room for cargo" if volume_m3 is not None else "the offer says no volume_m3"
            yield Check("mass", f"volume on {flight}", "unknown", missing)
        else:
            fits = volume_m3 <= craft.cargo_m3
            words = f"{volume_m3:g} of {craft.cargo_m3:g} m3; what others take is not known"
            yield Check("mass", f"volume on {flight}", "yes" if fits else "no", words)


def _requirements(base: World, offered: World) -> Iterator[Check]:
    before = {verdict.name: verdict for verdict in _verdicts(base)}
    after = _verdicts(offered)
    fresh = [verdict for verdict in after if not verdict.met and before[verdict.name].met]
    for verdict in fresh:
        was = before[verdict.name].value
        yield Check("requirements", verdict.title, "no", f"{verdict.quantity} from {was:.4g} to {verdict.value:.4g}")
    for verdict in after:
        was = before[verdict.name].value
        if not verdict.met and not before[verdict.name].met and verdict.value != was:
            words = f"fails without it too; {verdict.quantity} from {was:.4g} to {verdict.value:.4g}"
            yield Check("requirements", verdict.title, "unknown", words)
    if not fresh:
        missed = sum(not verdict.met for verdict in after)
        words = f"{missed} of {len(after)} fail, as they do without it" if missed else f"all {len(after)} are met"
        yield Check("requirements", "what the programme asks", "yes", words)


def _verdicts(world: World) -> tuple[Verdict, ...]:
    return verdicts(world.programme, quantities(world.flights, world.plan, world.operations.quantities))


def displacements(file: OfferFile, base: World, offered: World) -> tuple[str, ...]:
    """Others' elements that no longer land, or land later, in words."""
    after = {delivery.element: delivery for delivery in offered.plan.plan.deliveries}
    found = []
    for delivery in base.plan.plan.deliveries:
        now = after.get(delivery.element)
        if now is None:
            found.append(f"{delivery.element} ({delivery.mass_kg:g} kg) no longer finds a flight")
        elif now.arrive_tdb_s > delivery.arrive_tdb_s + SECONDS_PER_HOUR:
            then = date_of(delivery.arrive_tdb_s)
            found.append(f"{delivery.element} lands {date_of(now.arrive_tdb_s)} instead of {then}")
    return tuple(found)


def worst_dark(operations: Operations, from_tdb_s: float) -> DarkSpell | None:
    """The dark spell with the least margin that ends after an epoch."""
    later = [spell for spell in operations.dark if spell.end_tdb_s > from_tdb_s]
    return min(later, key=lambda spell: spell.margin_kw, default=None)


def _power(delivery: Delivery, base: World, offered: World) -> Iterator[Check]:
    name, row = delivery.element, offered.programme.elements[delivery.element]
    energy = next((line for line in offered.operations.elements if line.element == name), None)
    served = energy.served_kwh / energy.asked_kwh if energy is not None and energy.asked_kwh > 0.0 else 1.0
    dark = worst_dark(offered.operations, delivery.use_tdb_s)
    before = worst_dark(base.operations, delivery.use_tdb_s)
    if energy is not None and energy.asked_kwh > 0.0:
        words = f"{100.0 * served:.1f} % of {energy.asked_kwh:.0f} kWh asked is served"
        yield Check("power", f"{name}, {row.load_kw:g} kW", "yes" if served >= 0.9 else "no", words)
    if dark is not None:
        need_kwh = row.keep_alive_kw * dark.hours
        margin = f"vital margin {dark.margin_kw:.3g} kW" + (
            f" (without it {before.margin_kw:.3g} kW)" if before else ""
        )
        words = (
            f"worst dark spell {dark.hours:.0f} h from {date_of(dark.start_tdb_s)}: needs {need_kwh:.1f} kWh, {margin}"
        )
        yield Check("power", f"{name} through the worst dark", "no" if dark.margin_kw < 0.0 else "yes", words)
    yield _night(name, row.keep_alive_kw, max((s.hours for s in offered.operations.dark), default=0.0), dark)


def _night(name: str, keep_alive_kw: float, longest_h: float, dark: DarkSpell | None) -> Check:
    if keep_alive_kw == 0.0:
        words = f"no keep-alive power is declared; whether it survives {longest_h:.0f} h without Sun is not known"
        return Check("night", f"{name} survives the cold", "unknown", words)
    kept = dark is None or dark.vital_unserved_kwh == 0.0
    words = f"{keep_alive_kw:g} kW keeps it alive " + (
        "through every dark spell" if kept else "until vital power fails"
    )
    return Check("night", f"{name} survives the cold", "yes" if kept else "no", words)


def _science(file: OfferFile, name: str, offered: World) -> Iterator[Check]:
    row: Experiment = offered.programme.experiment[name]
    result = next((line for line in offered.operations.experiments if line.element == name), None)
    if result is None or result.wanted_h <= 0.0:
        return
    least = file.offer.least_fulfilment
    needs = ", ".join(row.needs) or "nothing of the sky"
    words = f"{100.0 * result.fulfilment:.0f} % of {result.wanted_h:.0f} h wanted"
    words += f"; it needs {needs}, there {result.possible_h:.0f} h"
    yield Check("light", f"{name} runs", _answer(result.fulfilment >= least), words)
    if result.made_gb > 0.0:
        returned = result.returned_gb / result.made_gb
        link = offered.operations.quantities["link_fraction"]
        words = f"{100.0 * returned:.0f} % of {result.made_gb:.0f} GB made comes back"
        words += f"; a way to the Earth is open {100.0 * link:.0f} % of the time"
        data = next((line for line in offered.operations.data if line.element == name), None)
        if data is not None and data.returned_gb > 0.0:
            words += f"; half within {data.latency.median_h:.0f} h, 95 % within {data.latency.p95_h:.0f} h"
        if data is not None and data.dropped_gb > 0.0:
            words += f"; {data.dropped_gb:.0f} GB dropped because a memory was full"
        yield Check(
            "data",
            f"{name}, {row.data_mbit_s:g} Mbit/s",
            "yes" if returned >= file.offer.least_returned else "no",
            words,
        )
    if row.crew_h > 0.0 or "crew" in row.needs:
        spare = sum(line.spare_h for line in offered.operations.crew_hours)
        words = f"gets {result.crew_h:.0f} crew hours; {spare:.0f} h stay free"
        enough = result.crew_h > 0.0 and result.fulfilment >= least
        yield Check("crew", f"{name}, {row.crew_h:g} h a day with people there", _answer(enough), words)


def _crew_seat(file: OfferFile, offered: World) -> Iterator[Check]:
    if not file.offer.crew:
        return
    stay = next((stay for stay in offered.plan.plan.stays if stay.crew == file.offer.crew), None)
    what = f"a seat with {file.offer.crew}"
    if stay is None:
        yield Check("crew", what, "no", "that crew does not land")
        return
    housed = offered.operations.quantities["crew_unhoused_d"]
    words = f"lands {date_of(stay.start_tdb_s)} with {len(stay.members)} people; {housed:.0f} person-days without a bed"
    yield Check("crew", what, "yes", words)


def _stations(file: OfferFile, offered: World) -> Iterator[Check]:
    received = offered.operations.quantities["downlinked_gb"]
    for table in ("ground_station", "relay"):
        for name in file.rows(table):
            yield Check(
                "data", f"{table.replace('_', ' ')} {name}", "yes", f"{received:.0f} GB reach the Earth with it"
            )


def _protection(file: OfferFile, programme: Programme, lands: bool) -> Iterator[Check]:
    if not lands:
        return
    lat_deg = programme.home.lat_deg
    polar = lat_deg < IIB_SOUTH_DEG or lat_deg > IIB_NORTH_DEG
    asked = "IIb: all organic matter above 1 kg is listed" if polar else "IIa: organic propulsion products are listed"
    said = file.offer.planetary_protection
    words = f"COSPAR 2021, category {asked}. " + (f"Declared: {said}" if said else "Nothing is declared.")
    yield Check("protection", "planetary protection", "yes" if said else "unknown", words)
    end = file.offer.end_of_life
    yield Check(
        "protection", "end of life", "yes" if end else "unknown", end or "the offer does not say what becomes of it"
    )


def rooms(file: OfferFile, base: World, offered: World) -> tuple[Room, ...]:
    """Flights that land cargo at the station, in order, with their room before and after."""
    before = {flight: capacity - used for flight, used, capacity in base.plan.plan.loads}
    after = {flight: (used, capacity) for flight, used, capacity in offered.plan.plan.loads}
    taking = {d.flight for d in offered.plan.plan.deliveries if d.element in file.elements}
    found = []
    for flown in sorted(offered.flights.flown, key=lambda flown: flown.arrive_tdb_s):
        used, capacity = after[flown.name]
        if flown.route != "surface" or flown.site != offered.programme.station or capacity <= 0.0:
            continue
        row = offered.programme.flight[flown.name]
        left = capacity - used
        found.append(
            Room(flown.name, flown.title, flown.arrive_tdb_s, capacity, before.get(flown.name, 0.0), left,
                 flown.name in taking, row.open)
        )  # fmt: skip
    return tuple(found)
