"""The rows of a SpaceNet file, checked: one model for each kind, with the current schema's keys or the older ones'."""

import re
from datetime import timedelta
from typing import Annotated, Any, Literal, TypeVar

from pydantic import AliasChoices, BaseModel, BeforeValidator, ConfigDict, Field
from pydantic.alias_generators import to_camel

_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_ISO = re.compile(
    r"P(?:(?P<w>[\d.]+)W)?(?:(?P<d>[\d.]+)D)?(?:T(?:(?P<h>[\d.]+)H)?(?:(?P<m>[\d.]+)M)?(?:(?P<s>[\d.]+)S)?)?"
)
_CLOCK = re.compile(r"(?:(\d+) )?(\d+):(\d+):(\d+(?:\.\d+)?)")


def _key(value: Any) -> str:
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if isinstance(value, str) and (_UUID.fullmatch(value) or value.isdigit()):
        return value.lower()
    raise ValueError("not an identifier: give a UUID or a whole number")


def days(value: Any) -> float:
    """A duration in days: ISO 8601 (`P7DT12H`), `d hh:mm:ss`, `hh:mm:ss`, or a number of seconds."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value) / 86400.0
    text = str(value).strip()
    iso = _ISO.fullmatch(text) if len(text) > 1 else None
    if iso and any(iso.groups()):
        parts = {name: float(part) for name, part in iso.groupdict().items() if part}
        names = {"w": "weeks", "d": "days", "h": "hours", "m": "minutes", "s": "seconds"}
        return timedelta(**{names[name]: part for name, part in parts.items()}) / timedelta(days=1)
    clock = _CLOCK.fullmatch(text)
    if clock:
        whole, hours, minutes, seconds = (float(part or 0.0) for part in clock.groups())
        return whole + (hours + (minutes + seconds / 60.0) / 60.0) / 24.0
    raise ValueError("not a duration: write P7DT12H, `7 12:00:00`, or a number of seconds")


def _word(value: Any) -> Any:
    """`Surface Node`, `SurfaceNode` and `Surface` alike."""
    if not isinstance(value, str):
        return value
    return re.sub(r"[\s_]", "", value).lower().removesuffix("node").removesuffix("edge")


def _truth(value: Any) -> Any:
    return {"true": True, "false": False}.get(value.lower(), value) if isinstance(value, str) else value


def _tuple(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


T = TypeVar("T")
Many = Annotated[tuple[T, ...], BeforeValidator(_tuple)]
Key = Annotated[str, BeforeValidator(_key)]
Days = Annotated[float, BeforeValidator(days), Field(ge=0.0)]
Truth = Annotated[bool, BeforeValidator(_truth)]
Mass = Annotated[float, Field(ge=0.0)]
SupplyClass = Annotated[int, Field(ge=0)]
Ambient = Annotated[Literal["pressurized", "unpressurized"], BeforeValidator(_word)]
StateWord = Annotated[
    Literal["active", "quiescent", "dormant", "decommissioned", "special"], BeforeValidator(_word)
]  # fmt: skip


def _older(*names: str) -> Any:
    """A field the older schema calls otherwise."""
    return AliasChoices(*names)


class Row(BaseModel):
    """Keys in either case; what SpaceNet's own interface keeps beside them is let pass."""

    model_config = ConfigDict(
        strict=True, frozen=True, extra="ignore", allow_inf_nan=False, alias_generator=to_camel, populate_by_name=True
    )


class NodeRow(Row):
    """A place."""

    id: Key
    name: str
    type: Annotated[Literal["surface", "orbital", "lagrange"], BeforeValidator(_word)]
    body1: str = Field(validation_alias=_older("body1", "body_1"))
    body2: str | None = Field(None, validation_alias=_older("body2", "body_2"))
    latitude: float | None = Field(None, ge=-90.0, le=90.0)
    longitude: float | None = Field(None, ge=-360.0, le=360.0)
    apoapsis: float | None = Field(None, ge=0.0)
    periapsis: float | None = Field(None, ge=0.0)
    inclination: float | None = Field(None, ge=0.0, le=180.0)
    lp_number: int | None = Field(None, ge=1, le=5)


class BurnRow(Row):
    """A manoeuvre of a leg."""

    id: Key
    time: Days
    delta_v: float = Field(ge=0.0)


class EdgeRow(Row):
    """A leg."""

    id: Key
    name: str
    type: Annotated[Literal["space", "flight", "surface"], BeforeValidator(_word)]
    origin: Key = Field(validation_alias=_older("origin", "origin_id"))
    destination: Key = Field(validation_alias=_older("destination", "destination_id"))
    duration: Days | None = None
    burns: Many[BurnRow] = ()
    delta_v: float | None = Field(None, ge=0.0)
    max_crew: int | None = Field(None, ge=0)
    max_cargo: float | None = Field(None, ge=0.0)
    distance: float | None = Field(None, ge=0.0)


class ResourceRow(Row):
    """A resource type."""

    id: Key
    name: str
    class_of_supply: SupplyClass
    environment: Ambient = "unpressurized"
    packing_factor: float = Field(0.0, ge=0.0)
    units: str = "kg"
    unit_mass: float = Field(1.0, ge=0.0)
    unit_volume: float = Field(0.0, ge=0.0)


class AmountRow(Row):
    """Units of a resource; a demand below zero is refused."""

    resource: Key
    amount: float = Field(ge=0.0)


class PartRow(Row):
    """Parts in an element."""

    resource: Key
    quantity: float = Field(ge=0.0)


class ModelRow(Row):
    """A demand model of any kind, or a reference to one."""

    id: Key | None = None
    template_id: Key | None = None
    name: str = ""
    type: Annotated[
        Literal["crewconsumables", "sparingbymass", "rated", "timedimpulse", "impulse"], BeforeValidator(_word)
    ]
    reserves_duration: Days = 0.0
    water_recovery_rate: float = Field(0.42, ge=0.0, le=1.0)
    clothing_lifetime: float = Field(4.0, ge=1.0)
    transit_demands_omitted: Truth = False
    water_rate: Mass = 3.6
    eva_water_rate: Mass = 0.6875
    food_support_rate: Mass = 0.05556
    ambient_food_rate: Mass = 0.76389
    rf_food_rate: Mass = 1.61667
    oxygen_rate: Mass = 3.85714
    eva_oxygen_rate: Mass = 0.07875
    nitrogen_rate: Mass = 2.21429
    hygiene_rate: Mass = 0.27778
    hygiene_kit: Mass = 1.8
    clothing_rate: Mass = 2.3
    personal_items: Mass = 10.0
    office_equipment: Mass = 5.0
    eva_suit: Mass = 107.0
    eva_lithium_hydroxide: Mass = 0.3625
    health_equipment: Mass = 20.0
    health_consumables: Mass = 0.1
    safety_equipment: Mass = 25.0
    comm_equipment: Mass = 20.0
    computer_equipment: Mass = 5.0
    trash_bag_rate: Mass = 0.05
    waste_containment_rate: Mass = 0.05
    unpressurized_spares_rate: float = Field(0.0, ge=0.0)
    pressurized_spares_rate: float = Field(0.0, ge=0.0)
    parts_list_enabled: Truth = True
    demands: Many[AmountRow] = ()
    demand_rates: Many[AmountRow] = ()


class StateRow(Row):
    """A state of an element."""

    name: str
    type: StateWord
    demand_models: Many[ModelRow] = ()


class ElementRow(Row):
    """An element with its template's figures filled in."""

    id: Key
    name: str
    type: Annotated[
        Literal[
            "element", "elementcarrier", "carrier", "propulsivevehicle", "surfacevehicle", "humanagent", "roboticagent",
            "resourcecontainer", "resourcetank",
        ],
        BeforeValidator(_word),
    ]  # fmt: skip
    class_of_supply: SupplyClass
    environment: Ambient = "unpressurized"
    mass: Mass
    volume: float = Field(0.0, ge=0.0)
    max_cargo_mass: float | None = Field(None, ge=0.0)
    max_cargo_volume: float | None = Field(None, ge=0.0)
    cargo_environment: Ambient = "unpressurized"
    max_crew: int | None = Field(None, ge=0)
    isp: float = Field(0.0, ge=0.0)
    max_fuel: float = Field(0.0, ge=0.0)
    max_speed: float = Field(0.0, ge=0.0)
    fuel: AmountRow | None = None
    fuel_id: Key | None = Field(None, validation_alias=_older("fuel_id", "propellant_id"))
    active_time_fraction: float = Field(1.0, ge=0.0, le=1.0)
    states: Many[StateRow] = ()
    current_state_index: int = -1
    parts: Many[PartRow] = ()
    contents: Many[AmountRow | Key] = ()


class ActionRow(Row):
    """A step of a burn."""

    type: Annotated[Literal["burn", "stage"], BeforeValidator(_word)] = Field(
        validation_alias=_older("type", "burnStage", "burn_stage")
    )
    element: Key = Field(validation_alias=_older("element", "element_id"))


class SequenceRow(Row):
    """The steps of one burn of a leg."""

    burn: Key | None = None
    actions: Many[ActionRow] = Field(validation_alias=_older("actions", "burn_stage_sequence"))


class ElementStateRow(Row):
    """Who goes outside, and the state they are in while there."""

    element: Key
    state_index: int = -1


class EventRow(Row):
    """An event of any kind; which keys it needs depends on its type."""

    name: str
    type: Annotated[
        Literal[
            "createelements", "makeelements", "moveelements", "removeelements", "reconfigureelement",
            "reconfigureelements", "addresources", "transferresources", "consumeresources", "burn", "burnevent",
            "propulsiveburn", "spacetransport", "flighttransport", "surfacetransport", "crewedeva", "evaevent", "eva",
            "crewedexploration",
        ],
        BeforeValidator(_word),
    ]  # fmt: skip
    priority: int = 0
    mission_time: Days
    location: Key | None = Field(None, validation_alias=_older("location", "node", "removal_point_id"))
    container: Key | None = Field(None, validation_alias=_older("container", "entry_point_id"))
    origin: Key | None = Field(None, validation_alias=_older("origin", "origin_id"))
    destination: Key | None = Field(None, validation_alias=_older("destination", "destination_id"))
    elements: Many[Key] = Field((), validation_alias=_older("elements", "elements_id_list", "to_move", "crew"))
    element: Key | None = None
    edge: Key | None = Field(None, validation_alias=_older("edge", "edge_id"))
    exec_time: Days | None = None
    burn_stage_sequence: Many[SequenceRow] = Field(
        (), validation_alias=_older("burnStageSequence", "burnStageProfile", "burn_stage_profile")
    )
    delta_v: float = Field(0.0, ge=0.0)
    state_type: StateWord | None = None
    vehicle: Key | None = Field(None, validation_alias=_older("vehicle", "crew_location"))
    eva_duration: Days = 0.0
    duration: Days = 0.0
    eva_per_week: float = Field(0.0, ge=0.0)
    element_states: Many[ElementStateRow] = ()
    additional_demands: Many[AmountRow] = ()
    resources: Many[AmountRow] = ()
    demands: Many[AmountRow] = ()
    speed: float = Field(0.0, ge=0.0)


class MissionRow(Row):
    """A mission."""

    name: str
    start_date: str
    events: Many[EventRow] = ()
    demand_models: Many[ModelRow] = ()
    origin: Key | None = None
    destination: Key | None = None
    return_origin: Key | None = None
    return_destination: Key | None = None


class NetworkRow(Row):
    """Places and legs."""

    nodes: Many[NodeRow]
    edges: Many[EdgeRow]


class ConfigurationRow(Row):
    """How a scenario is worked out."""

    time_precision: float = Field(0.0, ge=0.0)
    demand_precision: float = Field(0.0, ge=0.0)
    mass_precision: float = Field(0.0, ge=0.0)
    detailed_eva: Truth = True
    generic_packing_factor_gas: float = Field(1.0, ge=0.0)
    generic_packing_factor_liquid: float = Field(0.5, ge=0.0)
    generic_packing_factor_pressurized: float = Field(0.2, ge=0.0)
    generic_packing_factor_unpressurized: float = Field(0.6, ge=0.0)


class ScenarioRow(Row):
    """A whole file."""

    name: str
    start_date: str
    network: NetworkRow
    mission_list: Many[MissionRow]
    elements: Many[ElementRow]
    resource_list: Many[ResourceRow] = ()
    demand_models: Many[ModelRow] = ()
    configuration: ConfigurationRow = ConfigurationRow()
    volume_constrained: Truth = False
    environment_constrained: Truth = False
