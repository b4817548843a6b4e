"""What happens in a campaign, as declared: missions with events, each some days after its mission's start."""

from dataclasses import dataclass, field

from malapert.logistics.campaign.demands import DemandModel, PackingFactors
from malapert.logistics.campaign.network import Asset, Leg, Place, Resource, StateKind


@dataclass(frozen=True)
class _Event:
    """When it happens, days past its mission's start, and before what else at the same time (lowest first)."""

    name: str
    at_d: float
    priority: int


@dataclass(frozen=True)
class Create(_Event):
    """Assets come into being in a place or inside another asset."""

    assets: tuple[str, ...]
    container: str


@dataclass(frozen=True)
class Move(_Event):
    """Assets go into another container at the same place; `origin` is where the file says they were."""

    assets: tuple[str, ...]
    container: str
    origin: str = ""


@dataclass(frozen=True)
class Remove(_Event):
    """Assets, and what is in them, leave the campaign."""

    assets: tuple[str, ...]


@dataclass(frozen=True)
class Reconfigure(_Event):
    """Assets go into the first of their states of a kind, or the one at an index."""

    assets: tuple[str, ...]
    state_kind: StateKind | None = None
    state_index: int | None = None


@dataclass(frozen=True)
class Add(_Event):
    """Resources (key, units) appear in a container."""

    container: str
    amounts: tuple[tuple[str, float], ...]


@dataclass(frozen=True)
class Transfer(_Event):
    """Resources (key, units) go from one container to another; propellant goes tank to tank."""

    origin: str
    destination: str
    amounts: tuple[tuple[str, float], ...]


@dataclass(frozen=True)
class Consume(_Event):
    """Resources (key, units) are asked for by an asset or at a place."""

    container: str
    amounts: tuple[tuple[str, float], ...]


@dataclass(frozen=True)
class Step:
    """One line of a burn sequence: `burn` with an asset or `stage` it away."""

    action: str
    asset: str


@dataclass(frozen=True)
class Burn(_Event):
    """A manoeuvre on its own, at a place."""

    assets: tuple[str, ...]
    delta_v_m_s: float
    steps: tuple[Step, ...]


@dataclass(frozen=True)
class Transport(_Event):
    """Assets travel a leg; `sequences` holds the steps of each of its burns. `speed_km_h` and `back` are for ground.

    `duration_d` replaces the leg's own.
    """

    leg: str
    assets: tuple[str, ...]
    sequences: tuple[tuple[Step, ...], ...] = ()
    duration_d: float | None = None
    speed_km_h: float = 0.0
    back: bool = False


@dataclass(frozen=True)
class Eva(_Event):
    """Crew leaves its vehicle for a while and comes back; `states` are (crew, state index while outside)."""

    place: str
    vehicle: str
    hours: float
    states: tuple[tuple[str, int], ...]
    demands: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True)
class Exploration(_Event):
    """A stay with so many excursions a week, spread evenly over it."""

    place: str
    vehicle: str
    days: float
    eva_per_week: float
    eva_hours: float
    states: tuple[tuple[str, int], ...]
    demands: tuple[tuple[str, float], ...] = ()

    @property
    def excursions(self) -> int:
        """How many there are."""
        return int(self.days * self.eva_per_week / 7.0 + 1e-9)

    @property
    def hours_between(self) -> float:
        """The same time before, between and after them."""
        return (self.days * 24.0 - self.eva_hours * self.excursions) / (self.excursions + 1)


Event = (
    Create | Move | Remove | Reconfigure | Add | Transfer | Consume | Burn | Transport | Eva | Exploration
)  # fmt: skip


@dataclass(frozen=True)
class Mission:
    """One crew rotation or delivery; `start_d` past the campaign's start."""

    name: str
    start_d: float
    events: tuple[Event, ...]
    demand_models: tuple[str, ...] = ()
    origin: str = ""
    destination: str = ""
    return_origin: str = ""
    return_destination: str = ""


@dataclass(frozen=True)
class Precision:
    """Steps to which times (d), demands (units) and masses (kg) are rounded; 0 does not round."""

    time_d: float = 0.0
    demand: float = 0.0
    mass_kg: float = 0.0


@dataclass(frozen=True)
class Campaign:
    """Everything a simulation needs; the dictionaries are by key.

    `is_trusted` takes events at their word where they disagree with what came before: a warning, not an error.
    """

    name: str
    start: str
    places: dict[str, Place]
    legs: dict[str, Leg]
    resources: dict[str, Resource]
    assets: dict[str, Asset]
    missions: tuple[Mission, ...]
    demand_models: dict[str, DemandModel] = field(default_factory=dict)
    precision: Precision = Precision()
    packing: PackingFactors = field(default_factory=PackingFactors)
    detailed_eva: bool = True
    is_trusted: bool = False
    schema: str = ""

    def title(self, key: str) -> str:
        """The name of a place, leg, asset or resource, or the key itself."""
        for table in (self.assets, self.places, self.legs, self.resources):
            if key in table:
                return table[key].name
        return key
