"""Demand models: what a crew, an asset or a mission asks for over a time; one pure function for each.

Crew consumables follow Grogan et al., AIAA SciTech 2024 (SpaceNet 2.5), whose rates descend from the Constellation
programme; spares by mass follow the same source.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from malapert.logistics.campaign.network import Asset, Environment, Resource

DAYS_PER_YEAR: Final = 365.0  # SpaceNet's year for spares

# Classes of supply with their phase: packing mass for each kilogram is the phase's factor.
_CLASSES: Final = {
    4: "Maintenance and Upkeep",
    201: "Water and Support Equipment",
    202: "Food and Support Equipment",
    203: "Gases",
    204: "Hygiene Items",
    205: "Clothing",
    206: "Personal Items",
    301: "Office Equipment and Supplies",
    302: "EVA Equipment and Consumables",
    303: "Health Equipment and Consumables",
    304: "Safety Equipment",
    305: "Communications Equipment",
    306: "Computers and Support Equipment",
    701: "Waste",
    702: "Waste Management Equipment",
}
WATER_CLASS: Final = 201
GAS_CLASS: Final = 203
_M3_PER_KG: Final = {4: 0.003, 201: 0.001, **dict.fromkeys((202, 203, 204, 205, 206), 0.007)}
_OTHER_M3_PER_KG: Final = 0.005


@dataclass(frozen=True)
class PackingFactors:
    """Packing mass for each kilogram packed, by phase (SpaceNet's defaults)."""

    gas: float = 1.0
    liquid: float = 0.5
    pressurised: float = 0.2
    unpressurised: float = 0.6


def generic(supply_class: int, factors: PackingFactors, environment: Environment = "unpressurised") -> Resource:
    """The generic resource of a class of supply, one kilogram a unit."""
    name = f"Generic COS {supply_class} ({_CLASSES.get(supply_class, 'other')})"
    if supply_class == GAS_CLASS:
        factor = factors.gas
    elif supply_class == WATER_CLASS:
        factor = factors.liquid
    else:
        factor = factors.pressurised if environment == "pressurised" else factors.unpressurised
    key = f"generic-{supply_class}-{environment}"
    return Resource(key, name, supply_class, environment, 1.0, _M3_PER_KG.get(supply_class, _OTHER_M3_PER_KG), factor)


@dataclass(frozen=True)
class Impulse:
    """Amounts (units) asked for once, when the asset enters the state or the mission begins."""

    key: str
    name: str
    amounts: tuple[tuple[str, float], ...]


@dataclass(frozen=True)
class Rated:
    """Amounts (units) asked for each day."""

    key: str
    name: str
    amounts_per_d: tuple[tuple[str, float], ...]


@dataclass(frozen=True)
class SparingByMass:
    """Spares as a fraction of the asset's own mass a year."""

    key: str
    name: str
    unpressurised_per_year: float
    pressurised_per_year: float
    uses_parts: bool


@dataclass(frozen=True)
class CrewConsumables:
    """What a crew consumes on a mission; rates in kg for each person and day unless their name says otherwise."""

    key: str
    name: str
    reserves_d: float = 0.0
    water_recovery: float = 0.42
    clothing_lifetime_d: float = 4.0
    transit_omitted: bool = False
    water: float = 3.6
    eva_water_kg_h: float = 0.6875
    food_support: float = 0.05556
    ambient_food: float = 0.76389
    rf_food: float = 1.61667
    oxygen: float = 3.85714
    eva_oxygen_kg_h: float = 0.07875
    nitrogen: float = 2.21429
    hygiene: float = 0.27778
    hygiene_kit_kg: float = 1.8
    clothing_change_kg: float = 2.3
    personal_kg: float = 10.0
    office_kg: float = 5.0
    eva_suit_kg: float = 107.0
    eva_lithium_hydroxide_kg_h: float = 0.3625
    health_equipment_total_kg: float = 20.0
    health_kg: float = 0.1
    safety_total_kg: float = 25.0
    communications_total_kg: float = 20.0
    computer_kg: float = 5.0
    trash_bags: float = 0.05
    waste_containment: float = 0.05


DemandModel = Impulse | Rated | SparingByMass | CrewConsumables


@dataclass(frozen=True)
class MissionTimes:
    """What a mission's consumables depend on: people, days at the destination and on the way, crew-hours outside;
    with its arrival, counted from its start, and its whole length."""

    crew: int
    stay_d: float
    transit_d: float
    eva_h: float
    arrival_d: float = 0.0
    length_d: float = 0.0


def crew_consumables(model: CrewConsumables, mission: MissionTimes) -> tuple[tuple[int, float], ...]:
    """(class of supply, kg) of each item one mission asks for; a class may have several.

    Health consumables count once for each person, whatever the stay: SpaceNet's own reading of its rate.
    """
    transit_d = 0.0 if model.transit_omitted else mission.transit_d
    present = mission.crew * (mission.stay_d + transit_d)
    reserved = present + mission.crew * model.reserves_d
    return (
        (201, reserved * model.water * (1.0 - model.water_recovery)),
        (201, mission.eva_h * model.eva_water_kg_h),
        (202, reserved * model.food_support),
        (202, reserved * model.ambient_food),
        (202, reserved * model.rf_food),
        (203, reserved * model.oxygen),
        (203, mission.eva_h * model.eva_oxygen_kg_h),
        (203, reserved * model.nitrogen),
        (204, reserved * model.hygiene),
        (204, mission.crew * model.hygiene_kit_kg),
        (205, present * model.clothing_change_kg / model.clothing_lifetime_d),
        (206, mission.crew * model.personal_kg),
        (301, mission.crew * model.office_kg),
        (302, mission.crew * model.eva_suit_kg),
        (302, mission.eva_h * model.eva_lithium_hydroxide_kg_h),
        (303, model.health_equipment_total_kg),
        (303, mission.crew * model.health_kg),
        (304, model.safety_total_kg),
        (305, model.communications_total_kg),
        (306, mission.crew * model.computer_kg),
        (701, present * model.trash_bags),
        (702, reserved * model.waste_containment),
    )


def spares(
    model: SparingByMass, asset: Asset, resources: dict[str, Resource], factors: PackingFactors, days: float
) -> Iterator[tuple[Resource, float]]:
    """(resource, units) of the spares an asset asks for over a time, in both environments.

    With a parts list, each part is asked for in proportion to its share of the mass in its environment and the rest
    as generic spares, so that the mass asked for is the same either way.
    """
    parts = [(resources[part.resource], part.quantity) for part in asset.parts] if model.uses_parts else []
    parts_kg = sum(resource.unit_kg * quantity for resource, quantity in parts)
    rest_kg = max(0.0, asset.mass_kg - parts_kg)
    rates: dict[Environment, float] = {
        "unpressurised": model.unpressurised_per_year,
        "pressurised": model.pressurised_per_year,
    }
    for environment, rate in rates.items():
        here = [(resource, quantity) for resource, quantity in parts if resource.environment == environment]
        pool_kg = rest_kg + sum(resource.unit_kg * quantity for resource, quantity in here)
        if pool_kg <= 0.0:
            continue
        asked_kg = days * rate / DAYS_PER_YEAR * asset.mass_kg
        for resource, quantity in here:
            yield resource, asked_kg * quantity / pool_kg
        yield generic(4, factors, environment), asked_kg * rest_kg / pool_kg


def boiled_off_kg(fuel_kg: float, fraction_per_d: float, days: float) -> float:
    """Propellant lost over `days` when the same fraction of what is left goes each day."""
    return float(fuel_kg * (1.0 - (1.0 - fraction_per_d) ** days))
