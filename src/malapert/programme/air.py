"""Crews that would have nothing to breathe: found before anything is flown."""

from collections.abc import Iterator
from typing import Any, Final

from malapert.errors import Problem
from malapert.programme.balance import UnbalancedError, recipe
from malapert.programme.carriers import MOLAR_KG
from malapert.programme.elements import CrewRates, Habitat, Process, Supply
from malapert.programme.merge import Merged
from malapert.programme.rows import Row
from malapert.programme.vehicles import Crew, Flight

# Oxygen in a cubic metre of dry sea-level air at 295 K, ideal gas (US Standard Atmosphere 1976).
OXYGEN_KG_M3: Final = 0.277
# CO2 + 2 H2O -> CH4 + 2 O2: kg of oxygen for each of carbon dioxide; and what a kg of water holds.
OXYGEN_PER_DIOXIDE: Final = 2.0 * MOLAR_KG["oxygen"] / MOLAR_KG["carbon_dioxide"]
OXYGEN_PER_WATER: Final = 0.5 * MOLAR_KG["oxygen"] / MOLAR_KG["water"]


def crews_breathe(merged: Merged, settings: dict[str, Any], tables: dict[str, dict[str, Row]]) -> Iterator[Problem]:
    """Where people live in habitats and no oxygen is brought at all, the cabins' air, recovery and units must do for a
    stay.

    The station's own stays alone: a stay elsewhere, and people without a bed, live from their lander.
    """
    habitats = [row for row in tables["habitat"].values() if isinstance(row, Habitat) and row.enabled and row.crew]
    supplies = [row for row in tables["supply"].values() if isinstance(row, Supply) and row.enabled]
    if not habitats or any(row.resource == "oxygen" for row in supplies):
        return
    beds, air_kg = sum(row.crew for row in habitats), OXYGEN_KG_M3 * sum(row.volume_m3 for row in habitats)
    for name, flight in tables["flight"].items():
        if not isinstance(flight, Flight) or not flight.enabled:
            continue
        crew = tables["crew"].get(flight.crew)
        if not isinstance(crew, Crew) or flight.site not in ("", settings.get("station")):
            continue
        rates = tables["crew_rates"].get(crew.rates or str(settings.get("rates", "simoc")))
        if not isinstance(rates, CrewRates):
            continue
        best = max(row.oxygen_recovery for row in habitats)
        made_kg_d = min(best * rates.carbon_dioxide_kg_d * OXYGEN_PER_DIOXIDE, rates.oxygen_kg_d)
        person_d = min(len(crew.members), beds) * flight.stay_d
        units_kg = _by_units_kg(tables, sum(row.mass_kg for row in supplies if row.resource == "water"), flight.stay_d)
        need_kg = person_d * (rates.oxygen_kg_d - made_kg_d)
        if need_kg > air_kg + units_kg:
            yield merged.problem(
                ("flight", name, "crew"),
                f"a crew with no air: {person_d:g} person-days breathe {person_d * rates.oxygen_kg_d:.0f} kg of oxygen,"
                f" recovery gives {person_d * made_kg_d:.0f}, units {units_kg:.0f}, the cabins hold {air_kg:.0f} and no"
                " supply brings any",
                'add a [supply.NAME] with resource = "oxygen"',
            )


def _by_units_kg(tables: dict[str, dict[str, Row]], water_kg: float, stay_d: float) -> float:
    """Oxygen units can make in a stay at full rate; those that split water, of no more than is brought."""
    split_kg, other_kg = 0.0, 0.0
    for row in tables["process"].values():
        if not isinstance(row, Process) or not row.enabled or "oxygen" not in row.gives:
            continue
        try:
            made_kg = recipe(row).change_kg["oxygen"] * row.rate_kg_h * 24.0 * stay_d
        except UnbalancedError:
            continue
        if "water" in row.takes:
            split_kg += made_kg
        else:
            other_kg += made_kg
    return min(split_kg, water_kg * OXYGEN_PER_WATER) + other_kg
