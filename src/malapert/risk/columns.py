"""What the compiled days of a station are told and what they answer, by column: one place for both sides to look."""

from typing import Final

# One element; powers in kW, masses in kg, the priority from 0, times in days.
FACTS: Final = (
    "survive_kw",
    "extra_kw",
    "priority",
    "firm_kw",
    "life_d",
    "yearly_kept",
    "usable_kwh",
    "charge_kw",
    "discharge_kw",
    "charge_efficiency",
    "discharge_efficiency",
    "beds",
    "leak_kg_d",
    "airlock_kg",
    "water_recovery",
    "oxygen_recovery",
    "oxygen_kg",
    "water_kg",
    "food_kg",
    "spares_kg",
    "full_oxygen",
    "repair_kg",
    "repair_h",
    "repair_d",
    "by_robot",
    "robot_h",
    "oxygen_made_kg_d",
    "oxygen_held_kg",
)
# One history.
FIGURES: Final = (
    "unserved_kwh",
    "vital_unserved_kwh",
    "worst_vital_short_kw",
    "days_without_power",
    "crewed_days_without_power",
    "days_without_air",
    "water_short_kg",
    "food_short_kg",
    "crew_d",
    "lowest_power_margin_kw",
    "lowest_oxygen_reserve_d",
    "lowest_water_reserve_d",
    "lowest_food_reserve_d",
)
# Days after any programme.
NEVER: Final = 1e9
