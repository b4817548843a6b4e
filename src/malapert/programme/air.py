"""Crews that would have nothing to breathe: found before anything is flown."""

from collections.abc import Iterator
from typing import Any, Final

from malapert.errors import Problem
from malapert.programme.elements import CrewRates, Habitat, Supply
from malapert.programme.merge import Merged
from malapert.programme.rows import Row
from malapert.programme.vehicles import Crew, Flight

# Oxygen in a cubic metre of dry sea-level air at 295 K, ideal gas (US Standard Atmosphere 1976).
OXYGEN_KG_M3: Final = 0.277
# CO2 + 2 H2O -> CH4 + 2 O2: kg of oxygen for each of carbon dioxide.
OXYGEN_PER_DIOXIDE: Final = 2.0 * 31.998 / 44.009


def crews_breathe(merged: Merged, settings: dict[str, Any], tables: dict[str, dict[str, Row]]) -> Iterator[Problem]:
    """Where people live in habitats and no oxygen is brought at all, the cabins' air and recovery must do for a stay.

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
        need_kg = person_d * (rates.oxygen_kg_d - made_kg_d)
        if need_kg > air_kg:
            yield merged.problem(
                ("flight", name, "crew"),
                f"a crew with no air: {person_d:g} person-days breathe {person_d * rates.oxygen_kg_d:.0f} kg of oxygen,"
                f" recovery gives {person_d * made_kg_d:.0f}, the cabins hold {air_kg:.0f} and no supply brings any",
                'add a [supply.NAME] with resource = "oxygen"',
            )
