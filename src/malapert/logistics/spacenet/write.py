"""A campaign as a SpaceNet file of the current schema (Java 2.5); read back, it simulates the same."""

from datetime import datetime, timedelta
from typing import Any, Final
from uuid import NAMESPACE_URL, UUID, uuid5

from malapert.logistics.campaign.demands import CrewConsumables, DemandModel, Rated, SparingByMass
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
    Reconfigure,
    Remove,
    Step,
    Transfer,
    Transport,
)
from malapert.logistics.campaign.network import Asset, Leg, Place, Resource

Tree = dict[str, Any]
DAY_S: Final = 86400.0

_PLACES: Final = {"surface": "Surface Node", "orbit": "Orbital Node", "lagrange": "Lagrange Node"}
_LEGS: Final = {"space": "Space Edge", "flight": "Flight Edge", "surface": "Surface Edge"}
_TRANSPORTS: Final = {"space": "Space Transport", "flight": "Flight Transport", "surface": "Surface Transport"}
_ASSETS: Final = {
    "element": "Element",
    "carrier": "Element Carrier",
    "propulsive": "Propulsive Vehicle",
    "surface_vehicle": "Surface Vehicle",
    "crew": "Human Agent",
    "robot": "Robotic Agent",
    "container": "Resource Container",
}
_CONSUMABLES: Final = {
    "reserves_d": "reservesDuration",
    "water_recovery": "waterRecoveryRate",
    "clothing_lifetime_d": "clothingLifetime",
    "transit_omitted": "transitDemandsOmitted",
    "water": "waterRate",
    "eva_water_kg_h": "evaWaterRate",
    "food_support": "foodSupportRate",
    "ambient_food": "ambientFoodRate",
    "rf_food": "rfFoodRate",
    "oxygen": "oxygenRate",
    "eva_oxygen_kg_h": "evaOxygenRate",
    "nitrogen": "nitrogenRate",
    "hygiene": "hygieneRate",
    "hygiene_kit_kg": "hygieneKit",
    "clothing_change_kg": "clothingRate",
    "personal_kg": "personalItems",
    "office_kg": "officeEquipment",
    "eva_suit_kg": "evaSuit",
    "eva_lithium_hydroxide_kg_h": "evaLithiumHydroxide",
    "health_equipment_total_kg": "healthEquipment",
    "health_kg": "healthConsumables",
    "safety_total_kg": "safetyEquipment",
    "communications_total_kg": "commEquipment",
    "computer_kg": "computerEquipment",
    "trash_bags": "trashBagRate",
    "waste_containment": "wasteContainmentRate",
}


def identifier(key: str) -> str:
    """The key itself where it is a UUID, else one made from it."""
    try:
        return str(UUID(key))
    except ValueError:
        return str(uuid5(NAMESPACE_URL, f"malapert:{key}"))


def written(campaign: Campaign) -> Tree:
    """The tree of the file."""
    return {
        "name": campaign.name,
        "createdBy": "Malapert",
        "description": "",
        "startDate": campaign.start,
        "scenarioType": "Lunar",
        "network": {
            "nodes": [_place(one) for one in campaign.places.values()],
            "edges": [_leg(one) for one in campaign.legs.values()],
        },
        "missionList": [_mission(campaign, one) for one in campaign.missions],
        "elementTemplates": [],
        "instantiatedElements": [_asset(campaign, one) for one in campaign.assets.values()],
        "demandModels": [_model(one) for one in campaign.demand_models.values()],
        "resourceList": [_resource(one) for one in campaign.resources.values()],
        "manifest": {},
        "configuration": {
            "timePrecision": campaign.precision.time_d,
            "demandPrecision": campaign.precision.demand,
            "massPrecision": campaign.precision.mass_kg,
            "volumeConstrained": False,
            "environmentConstrained": False,
            "detailedEva": campaign.detailed_eva,
            "genericPackingFactorGas": campaign.packing.gas,
            "genericPackingFactorLiquid": campaign.packing.liquid,
            "genericPackingFactorPressurized": campaign.packing.pressurised,
            "genericPackingFactorUnpressurized": campaign.packing.unpressurised,
        },
    }


def _place(place: Place) -> Tree:
    names = {"lp_number": "lpNumber"}
    numbers = {
        names.get(name, name): int(value) if name == "lp_number" else value for name, value in place.numbers.items()
    }
    row = {"id": identifier(place.key), "name": place.name, "description": "", "contents": []}
    return {**row, "type": _PLACES[place.kind], "body1": place.body, **numbers}


def _leg(leg: Leg) -> Tree:
    row: Tree = {
        "id": identifier(leg.key),
        "name": leg.name,
        "description": "",
        "contents": [],
        "type": _LEGS[leg.kind],
        "origin": identifier(leg.origin),
        "destination": identifier(leg.destination),
    }
    if leg.kind == "surface":
        return {**row, "distance": leg.distance_km}
    row["duration"] = leg.duration_d * DAY_S
    if leg.kind == "flight":
        return {**row, "maxCrew": leg.max_crew, "maxCargo": leg.max_cargo_kg}
    burns = [{"id": identifier(b.key), "time": b.at_d * DAY_S, "deltaV": b.delta_v_m_s} for b in leg.burns]
    return {**row, "burns": burns}


def _resource(resource: Resource) -> Tree:
    return {
        "id": identifier(resource.key),
        "name": resource.name,
        "classOfSupply": resource.supply_class,
        "environment": _ambient(resource.environment),
        "packingFactor": resource.packing_factor,
        "units": "kg",
        "unitMass": resource.unit_kg,
        "unitVolume": resource.unit_m3,
        "type": "Continuous",
    }


def _asset(campaign: Campaign, asset: Asset) -> Tree:
    row: Tree = {
        "id": identifier(asset.key),
        "name": asset.name,
        "type": _ASSETS[asset.kind],
        "description": "",
        "classOfSupply": asset.supply_class,
        "environment": _ambient(asset.environment),
        "accommodationMass": 0.0,
        "mass": asset.mass_kg,
        "volume": asset.volume_m3,
        "states": [
            {
                "id": identifier(f"{identifier(asset.key)}/{state.name}"),
                "name": state.name,
                "type": state.kind.capitalize(),
                "demandModels": [_reference(campaign.demand_models[key]) for key in state.demand_models],
            }
            for state in asset.states
        ],
        "currentStateIndex": asset.state_index,
        "parts": [{"resource": identifier(part.resource), "quantity": part.quantity} for part in asset.parts],
        "contents": [*_amounts(asset.contents), *(identifier(key) for key in asset.holds)],
    }
    if asset.kind in ("crew", "robot"):
        row["activeTimeFraction"] = asset.active_fraction
    if asset.max_cargo_kg is not None:
        row["maxCargoMass"] = asset.max_cargo_kg
        row["cargoEnvironment"] = _ambient(asset.cargo_environment)
    if asset.max_cargo_m3 is not None:
        row["maxCargoVolume"] = asset.max_cargo_m3
    if asset.max_crew is not None:
        row["maxCrew"] = asset.max_crew
    if asset.kind == "propulsive":
        row |= {"isp": asset.isp_s, "maxFuel": asset.max_fuel_kg}
    if asset.kind == "surface_vehicle":
        row |= {"maxSpeed": asset.max_speed_km_h, "maxFuel": asset.max_fuel_kg}
    if asset.fuel:
        row["fuel"] = {"resource": identifier(asset.fuel), "amount": asset.fuel_kg}
    return row


def _model(model: DemandModel) -> Tree:
    row: Tree = {"id": identifier(model.key), "name": model.name, "description": ""}
    if isinstance(model, CrewConsumables):
        row["type"] = "Crew Consumables"
        row |= {theirs: getattr(model, ours) for ours, theirs in _CONSUMABLES.items()}
        row["reservesDuration"] = model.reserves_d * DAY_S
    elif isinstance(model, SparingByMass):
        row |= {
            "type": "Sparing By Mass",
            "unpressurizedSparesRate": model.unpressurised_per_year,
            "pressurizedSparesRate": model.pressurised_per_year,
            "partsListEnabled": model.uses_parts,
        }
    elif isinstance(model, Rated):
        row |= {"type": "Rated", "demandRates": _amounts(model.amounts_per_d)}
    else:
        row |= {"type": "Timed Impulse", "demands": _amounts(model.amounts)}
    return row


def _reference(model: DemandModel) -> Tree:
    full = _model(model)
    return {"name": full["name"], "type": full["type"], "templateId": full["id"]}


def _mission(campaign: Campaign, mission: Mission) -> Tree:
    begins = datetime.fromisoformat(campaign.start) + timedelta(days=mission.start_d)
    row: Tree = {
        "name": mission.name,
        "startDate": begins.isoformat(),
        "events": [_event(campaign, event) for event in mission.events],
        "demandModels": [_reference(campaign.demand_models[key]) for key in mission.demand_models],
    }
    ends = {
        "origin": mission.origin,
        "destination": mission.destination,
        "returnOrigin": mission.return_origin,
        "returnDestination": mission.return_destination,
    }
    return row | {name: identifier(key) for name, key in ends.items() if key}


def _event(campaign: Campaign, event: Event) -> Tree:
    row: Tree = {"name": event.name, "priority": event.priority, "missionTime": event.at_d * DAY_S}
    if isinstance(event, Create | Move):
        kind = "Create Elements" if isinstance(event, Create) else "Move Elements"
        return row | {"type": kind, "elements": _keys(event.assets), "container": identifier(event.container)}
    if isinstance(event, Remove):
        return row | {"type": "Remove Elements", "elements": _keys(event.assets)}
    if isinstance(event, Reconfigure):
        state = event.state_kind.capitalize() if event.state_kind else None
        return row | {"type": "Reconfigure Elements", "elements": _keys(event.assets), "stateType": state}
    if isinstance(event, Add | Consume):
        kind = "Add Resources" if isinstance(event, Add) else "Consume Resources"
        return row | {"type": kind, "container": identifier(event.container), "resources": _amounts(event.amounts)}
    if isinstance(event, Transfer):
        ends = {"origin": identifier(event.origin), "destination": identifier(event.destination)}
        return row | {"type": "Transfer Resources", **ends, "resources": _amounts(event.amounts)}
    if isinstance(event, Burn):
        sequence = [{"actions": _steps(event.steps)}]
        more = {"elements": _keys(event.assets), "deltaV": event.delta_v_m_s, "burnStageSequence": sequence}
        return row | {"type": "Propulsive Burn", **more}
    if isinstance(event, Transport):
        return row | _transport(campaign, event)
    return row | _outside(event)


def _transport(campaign: Campaign, event: Transport) -> Tree:
    leg = campaign.legs[event.leg]
    origin = leg.destination if event.back else leg.origin
    row: Tree = {
        "type": _TRANSPORTS[leg.kind],
        "location": identifier(origin),
        "edge": identifier(leg.key),
        "elements": _keys(event.assets),
    }
    if event.duration_d is not None:
        row["execTime"] = event.duration_d * DAY_S
    if leg.kind == "surface":
        row["speed"] = event.speed_km_h
    if leg.kind == "space":
        row["burnStageSequence"] = [
            {"burn": identifier(burn.key), "actions": _steps(steps)}
            for burn, steps in zip(leg.burns, event.sequences, strict=False)
        ]
    return row


def _outside(event: Eva | Exploration) -> Tree:
    row: Tree = {
        "type": "Crewed EVA",
        "location": identifier(event.place),
        "vehicle": identifier(event.vehicle),
        "elementStates": [{"element": identifier(key), "stateIndex": index} for key, index in event.states],
        "additionalDemands": _amounts(event.demands),
    }
    if isinstance(event, Eva):
        return row | {"evaDuration": event.hours * 3600.0}
    row |= {"type": "Crewed Exploration", "evaDuration": event.eva_hours * 3600.0}
    return row | {"duration": event.days * DAY_S, "evaPerWeek": event.eva_per_week}


def _steps(steps: tuple[Step, ...]) -> list[Tree]:
    return [{"element": identifier(step.asset), "type": step.action.capitalize()} for step in steps]


def _keys(keys: tuple[str, ...]) -> list[str]:
    return [identifier(key) for key in keys]


def _amounts(amounts: tuple[tuple[str, float], ...]) -> list[Tree]:
    return [{"resource": identifier(resource), "amount": units} for resource, units in amounts]


def _ambient(word: str) -> str:
    return "Pressurized" if word == "pressurised" else "Unpressurized"
