"""What a campaign is made of: places, legs between them, resources by class of supply, assets that move and hold.

Times are days past the campaign's start, masses kg, delta-v m/s.
"""

from dataclasses import dataclass, field
from typing import Literal

PlaceKind = Literal["surface", "orbit", "lagrange"]
LegKind = Literal["space", "flight", "surface"]
Environment = Literal["pressurised", "unpressurised"]
StateKind = Literal["active", "quiescent", "dormant", "decommissioned", "special"]


@dataclass(frozen=True)
class Place:
    """A site, an orbit or a libration point; `body` is what it stands on or goes around."""

    key: str
    name: str
    kind: PlaceKind
    body: str
    numbers: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class LegBurn:
    """One propulsive manoeuvre of a leg, `at_d` after its start."""

    key: str
    at_d: float
    delta_v_m_s: float


@dataclass(frozen=True)
class Leg:
    """A way from one place to another: by burns (`space`), by a proven flight with a limit on cargo and crew
    (`flight`), or over ground (`surface`, km and either way)."""

    key: str
    name: str
    kind: LegKind
    origin: str
    destination: str
    duration_d: float = 0.0
    burns: tuple[LegBurn, ...] = ()
    max_crew: int | None = None
    max_cargo_kg: float | None = None
    distance_km: float = 0.0


@dataclass(frozen=True)
class Resource:
    """Something consumed, of a class of supply (first digit: 1 propellant, 2 crew provisions, 3 crew operations,
    4 maintenance, 5 stowage, 6 exploration, 7 waste, 8 habitation, 9 transport)."""

    key: str
    name: str
    supply_class: int
    environment: Environment = "unpressurised"
    unit_kg: float = 1.0
    unit_m3: float = 0.0
    packing_factor: float = 0.0


@dataclass(frozen=True)
class Part:
    """Spare parts an asset is built with."""

    resource: str
    quantity: float


@dataclass(frozen=True)
class AssetState:
    """A way an asset may be run and the demand models it then has."""

    name: str
    kind: StateKind
    demand_models: tuple[str, ...] = ()


AssetKind = Literal["element", "carrier", "propulsive", "surface_vehicle", "crew", "robot", "container"]


@dataclass(frozen=True)
class Asset:
    """One individual that can be created, moved, filled, burned and removed.

    `max_cargo_kg` and `max_crew` are None where nothing is stated: then nothing is checked. `boil_off_per_d` is the
    fraction of its propellant lost in a day; `contents` (resource, units) and `holds` (assets) come with it.
    """

    key: str
    name: str
    kind: AssetKind
    mass_kg: float
    supply_class: int = 0
    environment: Environment = "unpressurised"
    volume_m3: float = 0.0
    max_cargo_kg: float | None = None
    max_cargo_m3: float | None = None
    cargo_environment: Environment = "unpressurised"
    max_crew: int | None = None
    isp_s: float = 0.0
    max_fuel_kg: float = 0.0
    fuel_kg: float = 0.0
    fuel: str = ""
    boil_off_per_d: float = 0.0
    max_speed_km_h: float = 0.0
    active_fraction: float = 1.0
    states: tuple[AssetState, ...] = ()
    state_index: int = -1
    parts: tuple[Part, ...] = ()
    contents: tuple[tuple[str, float], ...] = ()
    holds: tuple[str, ...] = ()
