"""Checked rows into a campaign: references followed, dates as days, each event as the simulator takes it."""

from datetime import UTC, datetime
from typing import Any

from malapert.errors import Problem, ProgrammeError
from malapert.logistics.campaign.demands import (
    CrewConsumables,
    DemandModel,
    Impulse,
    PackingFactors,
    Rated,
    SparingByMass,
)
from malapert.logistics.campaign.events import (
    Add,
    Burn,
    Campaign,
    Consume,
    Create,
    Eva,
    Event,
    Exploration,
    Mission,
    Move,
    Precision,
    Reconfigure,
    Remove,
    Step,
    Transfer,
    Transport,
)
from malapert.logistics.campaign.network import (
    Asset,
    AssetKind,
    AssetState,
    Environment,
    Leg,
    LegBurn,
    Part,
    Place,
    Resource,
)
from malapert.logistics.spacenet import rows

_PLACES: dict[str, Any] = {"surface": "surface", "orbital": "orbit", "lagrange": "lagrange"}
_ASSETS: dict[str, AssetKind] = {
    "element": "element",
    "elementcarrier": "carrier",
    "carrier": "carrier",
    "propulsivevehicle": "propulsive",
    "surfacevehicle": "surface_vehicle",
    "humanagent": "crew",
    "roboticagent": "robot",
    "resourcecontainer": "container",
    "resourcetank": "container",
}


class _Builder:
    """Collects the mistakes of references while a campaign is put together."""

    def __init__(self, scenario: rows.ScenarioRow, file: str) -> None:
        self.scenario, self.file = scenario, file
        self.problems: list[Problem] = []
        self.models: dict[str, DemandModel] = {}
        self.templates = {row.id: row for row in scenario.demand_models if row.id}
        self.places = {row.id: _place(row) for row in scenario.network.nodes}
        self.resources = {row.id: _resource(row) for row in scenario.resource_list}
        self.legs = {row.id: self._leg(row) for row in scenario.network.edges}
        self.assets = {row.id: self._asset(row) for row in scenario.elements}

    def complain(self, key: str, what: str, do: str = "") -> None:
        """Note a mistake."""
        self.problems.append(Problem(self.file, 0, key, what, do))

    def known(self, key: str | None, tables: tuple[dict[str, Any], ...], path: str, what: str) -> str:
        """A reference that leads somewhere, or a mistake."""
        if key is None:
            self.complain(path, f"is missing: it names {what}")
        elif not any(key in table for table in tables):
            self.complain(path, f"names no {what} of this file (got {key!r})")
        return key or ""

    def _leg(self, row: rows.EdgeRow) -> Leg:
        path = f"network.edges[{row.name}]"
        for name, key in (("origin", row.origin), ("destination", row.destination)):
            self.known(key, (self.places,), f"{path}.{name}", "node")
        burns = tuple(LegBurn(burn.id, burn.time, burn.delta_v) for burn in row.burns)
        if row.type == "space" and not burns and row.delta_v is not None:
            burns = (LegBurn(row.id, 0.0, row.delta_v),)
        if row.duration is None and row.type != "surface":
            self.complain(f"{path}.duration", "is missing", "give the time it takes")
        return Leg(
            row.id, row.name, row.type, row.origin, row.destination, row.duration or 0.0, burns, row.max_crew,
            row.max_cargo, row.distance or 0.0,
        )  # fmt: skip

    def _model(self, row: rows.ModelRow, path: str) -> str:
        """The key of a demand model given in place or by reference."""
        template = self.templates.get(row.template_id or "")
        if row.template_id and template is None:
            self.complain(path, f"names no demand model of this file (got {row.template_id!r})")
        full = template or row
        key = full.id or f"{path}/{full.name}"
        self.models.setdefault(key, self._built(full, key, path))
        return key

    def _amounts(self, given: tuple[rows.AmountRow, ...], path: str) -> tuple[tuple[str, float], ...]:
        return tuple((self.known(one.resource, (self.resources,), path, "resource"), one.amount) for one in given)

    def _built(self, row: rows.ModelRow, key: str, path: str) -> DemandModel:
        if row.type == "crewconsumables":
            return _consumables(row, key)
        if row.type == "sparingbymass":
            rates = (row.unpressurized_spares_rate, row.pressurized_spares_rate)
            return SparingByMass(key, row.name, *rates, row.parts_list_enabled)
        if row.type == "rated":
            return Rated(key, row.name, self._amounts(row.demand_rates, path))
        return Impulse(key, row.name, self._amounts(row.demands, path))

    def _asset(self, row: rows.ElementRow) -> Asset:
        path = f"elements[{row.name}]"
        loose = tuple(one for one in row.contents if isinstance(one, rows.AmountRow))
        fuel_kg = row.fuel.amount if row.fuel else row.max_fuel
        return Asset(
            key=row.id,
            name=row.name,
            kind=_ASSETS[row.type],
            mass_kg=row.mass,
            supply_class=row.class_of_supply,
            environment=_ambient(row.environment),
            volume_m3=row.volume,
            max_cargo_kg=row.max_cargo_mass,
            max_cargo_m3=row.max_cargo_volume,
            cargo_environment=_ambient(row.cargo_environment),
            max_crew=row.max_crew,
            isp_s=row.isp,
            max_fuel_kg=row.max_fuel,
            fuel_kg=fuel_kg,
            fuel=(row.fuel.resource if row.fuel else row.fuel_id) or "",
            max_speed_km_h=row.max_speed,
            active_fraction=row.active_time_fraction,
            states=tuple(
                AssetState(state.name, state.type, tuple(self._model(m, f"{path}.states") for m in state.demand_models))
                for state in row.states
            ),
            state_index=row.current_state_index,
            parts=tuple(
                Part(self.known(one.resource, (self.resources,), f"{path}.parts", "resource"), one.quantity)
                for one in row.parts
            ),
            contents=self._amounts(loose, f"{path}.contents"),
            holds=tuple(one for one in row.contents if isinstance(one, str)),
        )

    def mission(self, row: rows.MissionRow, start: datetime) -> Mission:
        """A mission with its events."""
        path = f"missionList[{row.name}]"
        begins = self.date(row.start_date, f"{path}.startDate")
        ends = [
            self.known(key, (self.places,), f"{path}.{name}", "node") if key else ""
            for name, key in (
                ("origin", row.origin),
                ("destination", row.destination),
                ("returnOrigin", row.return_origin),
                ("returnDestination", row.return_destination),
            )
        ]
        events = tuple(self._event(event, f"{path}.events[{event.name}]") for event in row.events)
        models = tuple(self._model(model, f"{path}.demandModels") for model in row.demand_models)
        start_d = (begins - start).total_seconds() / 86400.0
        return Mission(row.name, start_d, events, models, *ends)

    def date(self, text: str, path: str) -> datetime:
        """An ISO date; UTC where it names no zone."""
        try:
            found = datetime.fromisoformat(text)
        except ValueError:
            self.complain(path, f"not an ISO 8601 date (got {text!r})")
            return datetime(2000, 1, 1, tzinfo=UTC)
        return found if found.tzinfo else found.replace(tzinfo=UTC)

    def _event(self, row: rows.EventRow, path: str) -> Event:
        head = (row.name, row.mission_time, row.priority)
        named = tuple(self.known(key, (self.assets,), f"{path}.elements", "element") for key in row.elements)
        if row.type in ("createelements", "makeelements"):
            return Create(*head, named, self._holder(row.container or row.location, path))
        if row.type == "moveelements":
            return Move(*head, named, self._holder(row.container, path), row.origin or "")
        if row.type == "removeelements":
            return Remove(*head, named)
        if row.type in ("reconfigureelement", "reconfigureelements"):
            one = (self.known(row.element, (self.assets,), f"{path}.element", "element"),) if row.element else ()
            return Reconfigure(*head, (*one, *named), row.state_type)
        if row.type in ("addresources", "consumeresources", "transferresources"):
            return self._resources(row, head, path)
        if row.type in ("burn", "burnevent", "propulsiveburn"):
            steps = tuple(step for sequence in row.burn_stage_sequence for step in self._steps(sequence, path))
            return Burn(*head, named, row.delta_v, steps)
        if row.type.endswith("transport"):
            return self._transport(row, head, named, path)
        return self._outside(row, head, path)

    def _holder(self, key: str | None, path: str) -> str:
        return self.known(key, (self.places, self.legs, self.assets), f"{path}.container", "node or element")

    def _steps(self, sequence: rows.SequenceRow, path: str) -> tuple[Step, ...]:
        where = f"{path}.burnStageSequence"
        return tuple(
            Step(one.type, self.known(one.element, (self.assets,), where, "element")) for one in sequence.actions
        )

    def _resources(self, row: rows.EventRow, head: tuple[str, float, int], path: str) -> Event:
        amounts = self._amounts(row.resources or row.demands, f"{path}.resources")
        if row.type == "transferresources":
            origin, destination = self._holder(row.origin, path), self._holder(row.destination, path)
            return Transfer(*head, origin, destination, amounts)
        holder = self._holder(row.container or row.element or row.location, path)
        return Add(*head, holder, amounts) if row.type == "addresources" else Consume(*head, holder, amounts)

    def _transport(
        self, row: rows.EventRow, head: tuple[str, float, int], named: tuple[str, ...], path: str
    ) -> Transport:
        leg = self.known(row.edge, (self.legs,), f"{path}.edge", "edge")
        if row.vehicle:
            named = (*named, self.known(row.vehicle, (self.assets,), f"{path}.vehicle", "element"))
        if not named:
            self.complain(f"{path}.elements", "no vehicle travels this leg", "name the elements that do")
        sequences = [self._steps(sequence, path) for sequence in row.burn_stage_sequence]
        back = leg in self.legs and self.legs[leg].kind == "surface" and row.location == self.legs[leg].destination
        return Transport(*head, leg, named, tuple(sequences), row.exec_time, row.speed, back)

    def _outside(self, row: rows.EventRow, head: tuple[str, float, int], path: str) -> Eva | Exploration:
        place = self.known(row.location, (self.places,), f"{path}.location", "node")
        vehicle = self.known(row.vehicle, (self.assets,), f"{path}.vehicle", "element")
        states = tuple(
            (self.known(one.element, (self.assets,), f"{path}.elementStates", "element"), one.state_index)
            for one in row.element_states
        )
        demands = self._amounts(row.additional_demands, f"{path}.additionalDemands")
        hours = row.eva_duration * 24.0
        if row.type == "crewedexploration":
            return Exploration(*head, place, vehicle, row.duration, row.eva_per_week, hours, states, demands)
        return Eva(*head, place, vehicle, hours, states, demands)


def campaign_of(scenario: rows.ScenarioRow, file: str, schema: str) -> Campaign:
    """The campaign of checked rows; ProgrammeError when something leads nowhere."""
    builder = _Builder(scenario, file)
    start = builder.date(scenario.start_date, "startDate")
    missions = tuple(builder.mission(row, start) for row in scenario.mission_list)
    if builder.problems:
        raise ProgrammeError(builder.problems)
    setup = scenario.configuration
    return Campaign(
        name=scenario.name,
        start=start.isoformat(),
        places=builder.places,
        legs=builder.legs,
        resources=builder.resources,
        assets=builder.assets,
        missions=missions,
        demand_models=builder.models,
        precision=Precision(setup.time_precision, setup.demand_precision, setup.mass_precision),
        packing=PackingFactors(
            setup.generic_packing_factor_gas,
            setup.generic_packing_factor_liquid,
            setup.generic_packing_factor_pressurized,
            setup.generic_packing_factor_unpressurized,
        ),
        detailed_eva=setup.detailed_eva,
        is_trusted=schema == "older",  # its events say where they start, and its own simulator takes their word
        schema=schema,
    )


def _place(row: rows.NodeRow) -> Place:
    names = ("latitude", "longitude", "apoapsis", "periapsis", "inclination", "lp_number")
    numbers = {name: float(getattr(row, name)) for name in names if getattr(row, name) is not None}
    return Place(row.id, row.name, _PLACES[row.type], row.body1, numbers)


def _resource(row: rows.ResourceRow) -> Resource:
    return Resource(
        row.id, row.name, row.class_of_supply, _ambient(row.environment), row.unit_mass, row.unit_volume,
        row.packing_factor,
    )  # fmt: skip


def _ambient(word: str) -> Environment:
    return "pressurised" if word == "pressurized" else "unpressurised"


def _consumables(row: rows.ModelRow, key: str) -> CrewConsumables:
    return CrewConsumables(
        key=key,
        name=row.name,
        reserves_d=row.reserves_duration,
        water_recovery=row.water_recovery_rate,
        clothing_lifetime_d=row.clothing_lifetime,
        transit_omitted=row.transit_demands_omitted,
        water=row.water_rate,
        eva_water_kg_h=row.eva_water_rate,
        food_support=row.food_support_rate,
        ambient_food=row.ambient_food_rate,
        rf_food=row.rf_food_rate,
        oxygen=row.oxygen_rate,
        eva_oxygen_kg_h=row.eva_oxygen_rate,
        nitrogen=row.nitrogen_rate,
        hygiene=row.hygiene_rate,
        hygiene_kit_kg=row.hygiene_kit,
        clothing_change_kg=row.clothing_rate,
        personal_kg=row.personal_items,
        office_kg=row.office_equipment,
        eva_suit_kg=row.eva_suit,
        eva_lithium_hydroxide_kg_h=row.eva_lithium_hydroxide,
        health_equipment_total_kg=row.health_equipment,
        health_kg=row.health_consumables,
        safety_total_kg=row.safety_equipment,
        communications_total_kg=row.comm_equipment,
        computer_kg=row.computer_equipment,
        trash_bags=row.trash_bag_rate,
        waste_containment=row.waste_containment_rate,
    )
