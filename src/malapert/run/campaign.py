"""A programme as it was flown, as a campaign of events: for the event simulator's measures and for SpaceNet files.

Every flight is a mission: its launcher brings stages, cargo and crew to a transfer orbit, its stages burn with the
delta-v and at the times flown. The crew's own mass is part of its vehicles'.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from math import isfinite
from typing import Final

from malapert.constants import SECONDS_PER_DAY as DAY_S
from malapert.logistics.campaign.events import Campaign, Create, Event, Mission, Move, Step, Transport
from malapert.logistics.campaign.network import Asset, Leg, LegBurn, Place, Resource
from malapert.logistics.clock import tdb_of
from malapert.logistics.stages import StackFlight
from malapert.programme import Programme
from malapert.programme.vehicles import Stage
from malapert.run.flights import Flights, FlownFlight, Manoeuvre
from malapert.run.manifest import Manifest, flown_stack, user_of

TRANSFER, HOME = "transfer", "home"
PROPELLANT: Final = Resource("propellant", "Propellant", 102)
# Classes of supply by table: exploration, habitation and infrastructure, crew provisions; else structures.
CLASSES: Final = {
    "experiment": 6,
    "habitat": 801,
    "rover": 8041,
    "solar_array": 803,
    "battery": 803,
    "fuel_cell": 803,
    "reactor": 803,
    "equipment": 802,
}
SUPPLIES: Final = {"water": 201, "food": 202, "oxygen": 203, "nitrogen": 203, "spares": 4}
DOWN: Final = ("deorbit", "descent")


@dataclass
class _Draft:
    places: dict[str, Place] = field(default_factory=dict)
    legs: dict[str, Leg] = field(default_factory=dict)
    assets: dict[str, Asset] = field(default_factory=dict)
    missions: list[Mission] = field(default_factory=list)


def campaign_of(programme: Programme, flights: Flights, manifest: Manifest) -> Campaign:
    """The campaign of a programme's flown flights and their manifest."""
    draft = _Draft()
    start_s = tdb_of(programme.start)
    draft.places[TRANSFER] = Place(TRANSFER, "Trans-lunar transfer", "orbit", "Earth", {"inclination": 28.5})
    draft.places[HOME] = Place(HOME, "Earth landing", "surface", "Earth", {"latitude": 41.0, "longitude": 100.0})
    loads = {flight: used for flight, used, _ in manifest.plan.loads}
    stacks = {f.name: flown_stack(programme, flights, f, loads.get(f.name, 0.0)) for f in flights.flown}
    for flown in flights.flown:
        _Flight(programme, flights, manifest, draft, stacks, flown, start_s).write()
    return Campaign(
        programme.title or programme.name, programme.start.isoformat(), draft.places, draft.legs,
        {PROPELLANT.key: PROPELLANT}, draft.assets, tuple(draft.missions),
    )  # fmt: skip


class _Flight:
    """One flight written as a mission."""

    def __init__(
        self, programme: Programme, flights: Flights, manifest: Manifest, draft: _Draft,
        stacks: dict[str, tuple[tuple[Stage, ...], StackFlight]], flown: FlownFlight, start_s: float,
    ) -> None:  # fmt: skip
        self.programme, self.manifest, self.draft, self.flown, self.start_s = programme, manifest, draft, flown, start_s
        self.stacks, self.flights = stacks, flights
        self.row = programme.flight[flown.name]
        self.begin_s = flown.depart_tdb_s
        self.events: list[Event] = []

    def day(self, epoch_s: float) -> float:
        """Days past this mission's start."""
        return (epoch_s - self.begin_s) / DAY_S

    def write(self) -> None:
        """Places, legs, assets and events of the flight."""
        flown, programme = self.flown, self.programme
        launcher = programme.launcher[flown.launcher]
        pad = f"pad/{launcher.pad or flown.launcher}"
        title = f"{launcher.title or flown.launcher}: launch site"
        self.draft.places.setdefault(pad, Place(pad, title, "surface", "Earth", {"latitude": launcher.lat_deg}))
        stages = self._stages(flown.name)
        self.events.append(Create("stack", 0.0, 0, tuple(stages), pad))
        aboard = [d for d in self.manifest.plan.deliveries if d.flight == flown.name]
        for delivery in aboard:
            self._element(delivery.element)
        cargo = tuple(delivery.element for delivery in aboard)
        if cargo:
            self.events.append(Create("cargo", 0.0, 1, cargo, stages[-1]))
        crew = self._crew() if flown.crew else ()
        if crew:
            self.events.append(Create("crew", 0.0, 2, crew, stages[-1]))
        self._launch(pad, stages, launcher.tli_kg)
        ship = [m for m in flown.manoeuvres if m.craft == "ship"]
        self._ship(stages, ship, cargo, crew)
        end = self._place(flown.site) if flown.site else self._orbit()
        name = flown.title or flown.name
        self.draft.missions.append(
            Mission(name, (self.begin_s - self.start_s) / DAY_S, tuple(self.events), (), pad, end)
        )

    def _ship(self, stages: list[str], burns: list[Manoeuvre], cargo: tuple[str, ...], crew: tuple[str, ...]) -> None:
        flown, orbit = self.flown, self._orbit()
        down = [m for m in burns if m.name in DOWN]
        home = [m for m in burns if isfinite(flown.leave_tdb_s) and m.epoch_tdb_s > flown.leave_tdb_s]
        out = [m for m in burns if m not in down and m not in home]
        there_s = max([m.epoch_tdb_s for m in out], default=flown.arrive_tdb_s)
        self._travel("transfer", TRANSFER, orbit, flown.name, stages, out, self.begin_s, there_s)
        if down:
            site = self._place(flown.site)
            self._travel("landing", orbit, site, flown.name, stages, down, down[0].epoch_tdb_s, flown.arrive_tdb_s)
            self._unload(cargo, site, flown.arrive_tdb_s)
        elif crew and self.row.lander_flight:
            self._landing(stages[-1], crew, orbit, there_s)
            back_s = flown.back_tdb_s if isfinite(flown.back_tdb_s) else home[-1].epoch_tdb_s
            self._travel("return", orbit, HOME, flown.name, stages, home, home[0].epoch_tdb_s, back_s)
        elif cargo and user_of(self.programme, self.flights, flown.name) is None:
            self._unload(cargo, orbit, there_s)

    def _landing(self, ship: str, crew: tuple[str, ...], orbit: str, there_s: float) -> None:
        """The crew goes down in the lander that waits, stays, and comes up with its samples."""
        flown, lander = self.flown, self.row.lander_flight
        burns = [m for m in flown.manoeuvres if m.craft == "lander"]
        down = [m for m in burns if m.epoch_tdb_s <= flown.arrive_tdb_s + 1.0]
        up = [m for m in burns if m not in down]
        stages, site = self._keys(lander), self._place(flown.site)
        first_s = down[0].epoch_tdb_s
        self.events.append(Move("to the lander", self.day(max(there_s, first_s)), 1, crew, stages[-1]))
        self._travel("landing", orbit, site, lander, stages, down, first_s, flown.arrive_tdb_s)
        cargo = tuple(d.element for d in self.manifest.plan.deliveries if d.flight == lander)
        self._unload(cargo, site, flown.arrive_tdb_s)
        people = (*crew, *self._samples(stages[-1]))
        last_s = max([m.epoch_tdb_s for m in up], default=flown.leave_tdb_s)
        self._travel("ascent", site, orbit, lander, stages, up, flown.leave_tdb_s, last_s)
        self.events.append(Move("to the ship", self.day(last_s) + 1e-6, 9, people, ship))

    def _samples(self, carrier: str) -> tuple[str, ...]:
        kg = self.row.samples_kg
        if kg <= 0.0:
            return ()
        key = f"{self.flown.name}/samples"
        self.draft.assets[key] = Asset(key, f"{self.flown.title or self.flown.name}: samples", "element", kg, 6)
        self.events.append(Create("samples", self.day(self.flown.leave_tdb_s), 0, (key,), carrier))
        return (key,)

    def _unload(self, cargo: tuple[str, ...], place: str, at_s: float) -> None:
        if cargo:
            self.events.append(Move("unload", self.day(at_s) + 1e-6, 9, cargo, place))

    def _travel(
        self, what: str, origin: str, destination: str, owner: str, stages: list[str], burns: list[Manoeuvre],
        from_s: float, to_s: float,
    ) -> None:  # fmt: skip
        key = f"{self.flown.name}/{what}"
        made = tuple(
            LegBurn(f"{key}/{m.name}", max(0.0, (m.epoch_tdb_s - from_s) / DAY_S), m.delta_v_m_s) for m in burns
        )
        days, name = max(0.0, (to_s - from_s) / DAY_S), f"{self.flown.title or self.flown.name}: {what}"
        self.draft.legs[key] = Leg(key, name, "space", origin, destination, days, made)
        sequences = tuple(tuple(self._steps(owner, m.name)) for m in burns)
        going = tuple(stage for stage in stages if not self._dropped_before(owner, stage, burns))
        self.events.append(Transport(what, self.day(from_s), 5, key, going, sequences))

    def _dropped_before(self, owner: str, stage: str, burns: list[Manoeuvre]) -> bool:
        """Whether a stage was left behind by a manoeuvre before these."""
        _, flight = self.stacks[owner]
        order = [m.name for m in self._all_burns(owner)]
        first = order.index(burns[0].name) if burns else len(order)
        index = self._keys(owner).index(stage)
        return any(drop.index == index and order.index(drop.manoeuvre) < first for drop in flight.drops)

    def _all_burns(self, owner: str) -> list[Manoeuvre]:
        flown = next(f for f in self.flights.flown if f.name == owner)
        user = user_of(self.programme, self.flights, owner)
        later = [m for m in user.manoeuvres if m.craft == "lander"] if user else []
        return [*(m for m in flown.manoeuvres if m.craft == "ship"), *later]

    def _steps(self, owner: str, manoeuvre: str) -> Iterator[Step]:
        """Burns and stagings of one manoeuvre, in the order the stages flew them."""
        _, flight = self.stacks[owner]
        keys = self._keys(owner)
        drops = [drop for drop in flight.drops if drop.manoeuvre == manoeuvre and drop.index >= 0]
        for burn in (one for one in flight.burns if one.manoeuvre == manoeuvre):
            for drop in [one for one in drops if one.index < burn.index]:
                drops.remove(drop)
                yield Step("stage", keys[drop.index])
            yield Step("burn", keys[burn.index])
        for drop in drops:
            yield Step("stage", keys[drop.index])

    def _launch(self, pad: str, stages: list[str], tli_kg: float) -> None:
        key = f"{self.flown.name}/launch"
        people = self.programme.spacecraft[self.flown.spacecraft].crew
        name = f"{self.flown.title or self.flown.name}: launch"
        self.draft.legs[key] = Leg(key, name, "flight", pad, TRANSFER, 0.0, (), people, tli_kg)
        self.events.append(Transport("launch", 0.0, 4, key, tuple(stages)))

    def _keys(self, flight: str) -> list[str]:
        stages, _ = self.stacks[flight]
        return [f"{flight}/{number}/{stage.name}" for number, stage in enumerate(stages, 1)]

    def _stages(self, flight: str) -> list[str]:
        """One asset for each stage, with what it needs loaded and what boils off on the way on top."""
        stages, stack = self.stacks[flight]
        craft = self.programme.spacecraft[self.flown.spacecraft]
        keys = self._keys(flight)
        samples = self.programme.flight[(user_of(self.programme, self.flights, flight) or self.flown).name].samples_kg
        epochs = {m.name: m.epoch_tdb_s for m in self._all_burns(flight)}
        for number, (key, stage, loaded) in enumerate(zip(keys, stages, stack.loaded_kg, strict=True)):
            last = number == len(stages) - 1
            burned = [epochs[burn.manoeuvre] for burn in stack.burns if burn.index == number]
            days = (max(burned, default=self.begin_s) - self.begin_s) / DAY_S
            fuel_kg = min(loaded / (1.0 - stage.boil_off) ** days, max(stage.propellant_kg, loaded))
            self.draft.assets[key] = Asset(
                key=key,
                name=f"{self.flown.title or flight}: {stage.name}",
                kind="propulsive",
                mass_kg=stage.dry_kg - (samples if last else 0.0),
                supply_class=902,
                max_cargo_kg=craft.cargo_kg + samples if last else 0.0,
                max_crew=max(craft.crew, len(self.programme.crew[self.row.crew].members) if self.row.crew else 0)
                if last
                else 0,
                isp_s=stage.isp_s,
                max_fuel_kg=max(stage.propellant_kg, fuel_kg),
                fuel_kg=fuel_kg,
                fuel=PROPELLANT.key,
                boil_off_per_d=stage.boil_off,
            )
        return keys

    def _element(self, name: str) -> None:
        row, table = self.programme.elements[name], self.programme.table_of(name)
        kind = SUPPLIES.get(getattr(row, "resource", ""), 5) if table == "supply" else CLASSES.get(table, 5)
        self.draft.assets[name] = Asset(name, row.title or name.replace("_", " "), "element", row.mass_kg, kind)

    def _crew(self) -> tuple[str, ...]:
        members = self.programme.crew[self.flown.crew].members
        keys = tuple(f"{self.flown.name}/crew {k}" for k in range(1, len(members) + 1))
        for key, partner in zip(keys, members, strict=True):
            title = self.programme.partner[partner].title or partner
            name = f"{self.flown.title or self.flown.name}: {title} {key.rsplit(' ', 1)[-1]}"
            self.draft.assets[key] = Asset(key, name, "crew", 0.0, 0, active_fraction=0.66)
        return keys

    def _orbit(self) -> str:
        """The lunar orbit a flight arrives in; a crew's is its lander's."""
        route = self.flown.route
        if self.row.lander_flight:
            route = self.programme.flight[self.row.lander_flight].route
        elif route == "surface":
            route = "low_lunar_orbit"
        key = f"orbit/{route}"
        kind, body = ("lagrange", "Earth") if route == "nrho" else ("orbit", "Moon")
        numbers = {"lp_number": 2.0} if route == "nrho" else {"inclination": self.row.inclination_deg}
        self.draft.places.setdefault(key, Place(key, route.replace("_", " ").capitalize(), kind, body, numbers))  # type: ignore[arg-type]
        return key

    def _place(self, site: str) -> str:
        key = f"site/{site}"
        row = self.programme.site[site]
        numbers = {"latitude": row.lat_deg, "longitude": row.lon_deg if row.lon_deg <= 180.0 else row.lon_deg - 360.0}
        self.draft.places.setdefault(key, Place(key, row.title or site, "surface", "Moon", numbers))
        return key
