"""Where everything is and what it holds while a campaign runs, and the records a run leaves."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from malapert.logistics.campaign.events import Campaign
from malapert.logistics.campaign.network import Asset, Leg, Place, Resource


@dataclass(frozen=True)
class Finding:
    """Something that cannot be (`error`) or reads oddly (`warning`), in words."""

    severity: Literal["error", "warning"]
    at_d: float
    event: str
    words: str


@dataclass(frozen=True)
class BurnDone:
    """One stage's part of a burn: the stack before it, what was asked, given and left."""

    at_d: float
    asset: str
    wanted_m_s: float
    given_m_s: float
    stack_kg: float
    propellant_kg: float
    left_kg: float


@dataclass(frozen=True)
class Travel:
    """One transport: masses at its start; capacity and cargo as SpaceNet counts them, None where not stated."""

    start_d: float
    end_d: float
    leg: str
    origin: str
    destination: str
    assets: tuple[str, ...]
    mass_kg: float
    exploration_kg: float
    cargo_kg: float
    capacity_kg: float | None
    crew: int


@dataclass(frozen=True)
class Demand:
    """Something asked for, by an asset or (empty) a mission; `met` units came from stores at the place."""

    at_d: float
    place: str
    asset: str
    resource: Resource
    units: float
    met: float

    @property
    def unmet_kg(self) -> float:
        """Mass that no store there could give."""
        return (self.units - self.met) * self.resource.unit_kg


@dataclass(frozen=True)
class Visit:
    """An asset at a place or on a leg from one time to another."""

    asset: str
    where: str
    start_d: float
    end_d: float


@dataclass(frozen=True)
class Simulation:
    """A campaign as it went. `fuel_kg` is what each propulsive asset held last; `crew_d`, `capability_kg_d` and
    `crew_h` are by place; `boiled_off_kg` by asset; `log` is (day, words)."""

    campaign: Campaign
    g0_m_s2: float
    with_propulsion: bool
    end_d: float
    log: tuple[tuple[float, str], ...]
    findings: tuple[Finding, ...]
    burns: tuple[BurnDone, ...]
    travels: tuple[Travel, ...]
    demands: tuple[Demand, ...]
    visits: tuple[Visit, ...]
    fuel_kg: dict[str, float]
    boiled_off_kg: dict[str, float]
    crew_d: dict[str, float]
    crew_h: dict[str, float]
    capability_kg_d: dict[str, float]
    mass_kg: dict[str, float]
    excursions: int

    @property
    def errors(self) -> tuple[Finding, ...]:
        """What cannot be."""
        return tuple(finding for finding in self.findings if finding.severity == "error")


@dataclass
class World:
    """The mutable state of a run: who is inside what, tanks, stores and states. Keys are those of the campaign."""

    campaign: Campaign
    container: dict[str, str] = field(default_factory=dict)
    inside: dict[str, list[str]] = field(default_factory=dict)
    fuel_kg: dict[str, float] = field(default_factory=dict)
    stores: dict[str, dict[str, float]] = field(default_factory=dict)
    state_index: dict[str, int] = field(default_factory=dict)
    gone: set[str] = field(default_factory=set)

    def asset(self, key: str) -> Asset:
        """One asset as declared."""
        return self.campaign.assets[key]

    def create(self, key: str, container: str) -> None:
        """Put a new asset somewhere, with its tank and contents as declared."""
        asset = self.asset(key)
        self.put(key, container)
        if asset.kind in ("propulsive", "surface_vehicle"):
            self.fuel_kg[key] = asset.fuel_kg
        if asset.contents:
            self.stores[key] = dict(asset.contents)
        self.state_index[key] = asset.state_index
        for one in asset.holds:
            if one not in self.container:
                self.create(one, key)

    def put(self, key: str, container: str) -> None:
        """Move an asset, with what is in it."""
        if key in self.container:
            self.inside[self.container[key]].remove(key)
        self.container[key] = container
        self.inside.setdefault(container, []).append(key)

    def remove(self, key: str) -> None:
        """Take an asset and everything in it out of the campaign."""
        for one in [*self.inside.get(key, ())]:
            self.remove(one)
        self.inside[self.container.pop(key)].remove(key)
        self.gone.add(key)

    def where(self, key: str) -> str:
        """The place or leg an asset is at; a place or leg is at itself."""
        while key in self.container:
            key = self.container[key]
        return key

    def within(self, key: str) -> Iterator[str]:
        """Every asset inside, however deep."""
        for one in self.inside.get(key, ()):
            yield one
            yield from self.within(one)

    def store_kg(self, key: str) -> float:
        """Mass of the loose resources a container holds."""
        resources = self.campaign.resources
        return sum(units * resources[name].unit_kg for name, units in self.stores.get(key, {}).items())

    def total_kg(self, key: str) -> float:
        """Mass of an asset with its propellant, stores and everything in it."""
        own = self.asset(key).mass_kg + self.fuel_kg.get(key, 0.0) + self.store_kg(key)
        return own + sum(self.total_kg(one) for one in self.inside.get(key, ()))

    def cargo_kg(self, key: str) -> float:
        """What a carrier carries, people not counted."""
        cargo = sum(self.total_kg(one) for one in self.inside.get(key, ()) if self.asset(one).kind != "crew")
        return cargo + self.store_kg(key)

    def crew_in(self, key: str) -> int:
        """People directly aboard."""
        return sum(self.asset(one).kind == "crew" for one in self.inside.get(key, ()))

    def exploration_kg(self, key: str) -> float:
        """Mass of classes 6 (exploration) and 8 (habitation) at a place or in an asset, itself included."""
        own = 0.0
        if key in self.campaign.assets and str(self.asset(key).supply_class)[0] in "68":
            own = self.asset(key).mass_kg
        stored = sum(
            units * self.campaign.resources[name].unit_kg
            for name, units in self.stores.get(key, {}).items()
            if str(self.campaign.resources[name].supply_class)[0] in "68"
        )
        return own + stored + sum(self.exploration_kg(one) for one in self.inside.get(key, ()))

    def is_off_earth(self, where: str) -> bool:
        """Ground of another body, an orbit about the Sun, or a way over such ground."""
        spot = self.campaign.places.get(where)
        leg: Leg | None = self.campaign.legs.get(where)
        if leg is not None and leg.kind == "surface":
            spot = self.campaign.places[leg.origin]
        return spot is not None and _counts(spot)


def _counts(place: Place) -> bool:
    if place.kind == "surface":
        return place.body.lower() != "earth"
    return place.kind == "orbit" and place.body.lower() == "sun"
