"""What a person turns into what, closed by mass and by every element, from published daily rates.

Reactions (Volk and Rummel 1987, Adv. Space Res. 7:141, as used by V-HAB's human model):

    carbohydrate  C6H12O6    +  6 O2 ->  6 CO2 +  6 H2O
    fat           C16H32O2   + 23 O2 -> 16 CO2 + 16 H2O
    protein       2 C4H5ON   +  7 O2 ->  6 CO2 +  2 H2O + C2H6O2N2 (urine solids)
    faeces        5 C4H5ON + C6H12O6 + C16H32O2 -> C42H69O13N5

Published tables do not close (BVAD 2018 table 3.26: 4.816 kg in, 4.731 kg out, 1.8 %). Here oxygen, carbon dioxide,
water and food are kept as published; urine and faecal solids are those of BVAD 2018 for everybody; carbohydrate and
fat burned follow from oxygen and carbon dioxide; metabolic water follows from the reactions; dry food beyond what is
burned or passed is left over as solid waste. For BVAD 2004 and RP-1324 that leaves under 2 % of the dry food.

A published rate is that of a standard day. An hour of sleep, of being awake, of exercise or of work in a suit takes its
part of that day by its `EFFORT`: the same diet burned faster or slower, so every element closes in each, and the
standard day's mean is the published rate. Water for washing goes by the clock.
"""

from dataclasses import dataclass, fields
from typing import Final

import numpy as np
from numpy.typing import NDArray

from malapert.errors import InputError
from malapert.programme.carriers import ELEMENTS, MASS_FRACTIONS, MOLAR_KG
from malapert.programme.elements import CrewRates

Array = NDArray[np.float64]
# NASA Life Support Baseline Values and Assumptions Document, 2018, table 3.26, kg a person a day.
URINE_SOLIDS_KG_D: Final = 0.059
FAECAL_SOLIDS_KG_D: Final = 0.032
FAECAL_WATER_KG_D: Final = 0.100

# NASA BVAD 2018, table 3.22 (crew induced metabolic loads, as V-HAB's human has them): oxygen, kg an hour.
SLEEP_KG_H: Final = 3.60e-4 * 60.0
AWAKE_KG_H: Final = 5.68e-4 * 60.0
HARD_KG_H: Final = 39.40e-4 * 60.0
"""At 75 % of the greatest oxygen uptake, of which the table's day has half an hour."""
# The same table's nominal hour releases 0.5 MJ; an hour of an EVA takes 1.06 MJ (BVAD 2022, table 4-69).
EVA_KG_H: Final = AWAKE_KG_H * 1.06 / 0.5
# BVAD 2022, table 3-28: of 24 h sleep takes 8.5 and exercise with setting up 2.5, of which half an hour is hard.
EXERCISE_KG_H: Final = (0.5 * HARD_KG_H + 2.0 * AWAKE_KG_H) / 2.5
STANDARD_DAY_H: Final = {"sleep": 8.5, "awake": 13.0, "exercise": 2.5}
STANDARD_KG_D: Final = 8.5 * SLEEP_KG_H + 13.0 * AWAKE_KG_H + 2.5 * EXERCISE_KG_H
EFFORT: Final = {
    "sleep": SLEEP_KG_H * 24.0 / STANDARD_KG_D,
    "awake": AWAKE_KG_H * 24.0 / STANDARD_KG_D,
    "exercise": EXERCISE_KG_H * 24.0 / STANDARD_KG_D,
    "eva": EVA_KG_H * 24.0 / STANDARD_KG_D,
}
"""How much faster a person lives than in the mean of the standard day."""


@dataclass(frozen=True)
class Metabolism:
    """One person's day, kg: every figure is a flow in or out; `residual_kg` by element is zero but for rounding."""

    oxygen_kg: float
    drink_kg: float
    hygiene_kg: float
    food_kg: float
    food_water_eaten_kg: float
    leftover_water_kg: float
    carbohydrate_kg: float
    fat_kg: float
    protein_kg: float
    leftover_carbohydrate_kg: float
    leftover_fat_kg: float
    leftover_protein_kg: float
    carbon_dioxide_kg: float
    metabolic_water_kg: float
    urine_solids_kg: float
    faecal_solids_kg: float
    faecal_water_kg: float

    @property
    def dry_eaten_kg(self) -> float:
        """Dry food burned or passed."""
        return self.carbohydrate_kg + self.fat_kg + self.protein_kg

    @property
    def leftover_dry_kg(self) -> float:
        """Dry food nobody ate."""
        return self.leftover_carbohydrate_kg + self.leftover_fat_kg + self.leftover_protein_kg

    @property
    def respiratory_quotient(self) -> float:
        """Moles of carbon dioxide out for each of oxygen in."""
        moles_out = self.carbon_dioxide_kg / MOLAR_KG["carbon_dioxide"]
        return moles_out / (self.oxygen_kg / MOLAR_KG["oxygen"])

    @property
    def residual_kg(self) -> Array:
        """Mass of each of ELEMENTS in, less out (5,)."""
        into = {
            "oxygen": self.oxygen_kg,
            "carbohydrate": self.carbohydrate_kg,
            "fat": self.fat_kg,
            "protein": self.protein_kg,
        }
        out = {
            "carbon_dioxide": self.carbon_dioxide_kg,
            "water": self.metabolic_water_kg,
            "urine_solids": self.urine_solids_kg,
            "faecal_solids": self.faecal_solids_kg,
        }
        return element_kg(into) - element_kg(out)

    def spent(self, hours: dict[str, float]) -> "Metabolism":
        """What hours of `EFFORT`'s kinds take of this person, any number of them; the standard day's give it back."""
        clock_d = sum(hours.values()) / 24.0
        lived_d = sum(EFFORT[kind] * h for kind, h in hours.items()) / 24.0
        parts = {name: clock_d if name in BY_THE_CLOCK else lived_d for name in FLOWS}
        return Metabolism(**{name: getattr(self, name) * part for name, part in parts.items()})


FLOWS: Final = tuple(field.name for field in fields(Metabolism))
BY_THE_CLOCK: Final = ("hygiene_kg",)
"""What no effort changes."""


def element_kg(species_kg: dict[str, float]) -> Array:
    """Mass of each of ELEMENTS (5,) in masses of species."""
    return sum((mass * MASS_FRACTIONS[name] for name, mass in species_kg.items()), np.zeros(len(ELEMENTS)))


def metabolism(rates: CrewRates, name: str = "") -> Metabolism:
    """The balanced day of one person; InputError when the rates cannot be a person's: no diet burns like that."""
    urine = URINE_SOLIDS_KG_D / MOLAR_KG["urine_solids"]
    faeces = FAECAL_SOLIDS_KG_D / MOLAR_KG["faecal_solids"]
    oxygen = rates.oxygen_kg_d / MOLAR_KG["oxygen"] - 7.0 * urine
    carbon_dioxide = rates.carbon_dioxide_kg_d / MOLAR_KG["carbon_dioxide"] - 6.0 * urine
    # 6 x + 23 y = oxygen and 6 x + 16 y = carbon dioxide, in moles of carbohydrate x and fat y.
    fat = (oxygen - carbon_dioxide) / 7.0
    carbohydrate = (carbon_dioxide - 16.0 * fat) / 6.0
    if fat < 0.0 or carbohydrate < 0.0:
        raise InputError(
            f"crew_rates.{name}: {rates.oxygen_kg_d:g} kg of oxygen and {rates.carbon_dioxide_kg_d:g} kg of carbon"
            " dioxide a day fit no mixture of carbohydrate, fat and protein; take both from one source"
        )
    carbohydrate_kg = (carbohydrate + faeces) * MOLAR_KG["carbohydrate"]
    fat_kg = (fat + faeces) * MOLAR_KG["fat"]
    protein_kg = (2.0 * urine + 5.0 * faeces) * MOLAR_KG["protein"]
    eaten_kg = carbohydrate_kg + fat_kg + protein_kg
    dry_kg = rates.food_kg_d * (1.0 - rates.food_water)
    if dry_kg < eaten_kg * (1.0 - 0.01):
        raise InputError(
            f"crew_rates.{name}: {dry_kg:.3f} kg of dry food a day, but oxygen and carbon dioxide burn"
            f" {eaten_kg:.3f} kg; raise food_kg_d or lower food_water"
        )
    left = max(dry_kg / eaten_kg - 1.0, 0.0)
    water_kg = max(rates.food_kg_d - eaten_kg * (1.0 + left), 0.0)
    return Metabolism(
        oxygen_kg=rates.oxygen_kg_d,
        drink_kg=rates.water_kg_d,
        hygiene_kg=rates.hygiene_kg_d,
        food_kg=eaten_kg * (1.0 + left) + water_kg,
        food_water_eaten_kg=water_kg / (1.0 + left),
        leftover_water_kg=water_kg * left / (1.0 + left),
        carbohydrate_kg=carbohydrate_kg,
        fat_kg=fat_kg,
        protein_kg=protein_kg,
        leftover_carbohydrate_kg=left * carbohydrate_kg,
        leftover_fat_kg=left * fat_kg,
        leftover_protein_kg=left * protein_kg,
        carbon_dioxide_kg=rates.carbon_dioxide_kg_d,
        metabolic_water_kg=(6.0 * carbohydrate + 16.0 * fat + 2.0 * urine) * MOLAR_KG["water"],
        urine_solids_kg=URINE_SOLIDS_KG_D,
        faecal_solids_kg=FAECAL_SOLIDS_KG_D,
        faecal_water_kg=FAECAL_WATER_KG_D,
    )
