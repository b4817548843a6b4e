"""Where air, water and food went in the fullest month of a station's crews: flows between what holds and turns them."""

from typing import Final

import numpy as np

from malapert.station.hours import Array
from malapert.station.results import MassFlow, Month
from malapert.station.steps import Lived

MONTH_D: Final = 30.0
INNER: Final = ("crew", "water recovery", "oxygen recovery", "cabin carbon dioxide")
"""Places that keep nothing over the month but what the air holds: what comes in goes out."""


def fullest_month(lived: Lived) -> Month | None:
    """The thirty days with most people housed, as flows in kg; None when nobody ever was."""
    people = lived.inside.sum(axis=0)
    if not people.any():
        return None
    length = min(round(MONTH_D * 24.0 / lived.hours.step_h), len(people))
    total = np.r_[0.0, np.cumsum(people)]
    first = int(np.argmax(total[length:] - total[:-length]))
    span = slice(first, first + length)
    lives = lived.life

    def kg(values: Array) -> float:
        return float(values[span].sum())

    def flow(name: str) -> float:
        return kg(lives.flow(name))

    leftover = sum(flow(f"leftover_{name}_kg") for name in ("water", "carbohydrate", "fat", "protein"))
    eaten = sum(flow(f"{name}_kg") for name in ("carbohydrate", "fat", "protein")) + flow("food_water_eaten_kg")
    solids = flow("urine_solids_kg") + flow("faecal_solids_kg") + flow("faecal_water_kg")
    held = lives.cabin_dioxide_kg
    kept = float(held[span.stop - 1] - (held[first - 1] if first else 0.0))
    flows = (
        MassFlow("food", "crew", eaten),
        MassFlow("food", "waste", leftover),
        MassFlow("oxygen", "crew", flow("oxygen_kg")),
        MassFlow("water", "crew", kg(lives.water_used_kg)),
        MassFlow("crew", "cabin carbon dioxide", flow("carbon_dioxide_kg")),
        MassFlow("crew", "water recovery", kg(lives.water_returned_kg)),
        MassFlow("crew", "waste", solids),
        MassFlow("water recovery", "water", kg(lives.water_recovered_kg)),
        MassFlow("water recovery", "waste", kg(lives.water_lost_kg)),
        MassFlow("cabin carbon dioxide", "oxygen recovery", kg(lives.dioxide_reduced_kg)),
        MassFlow("cabin carbon dioxide", "space", kg(lives.vented["carbon_dioxide"])),
        MassFlow("cabin carbon dioxide", "still in the air", kept),
        MassFlow("water", "oxygen recovery", kg(lives.water_split_kg)),
        MassFlow("oxygen recovery", "oxygen", kg(lives.oxygen_made_kg)),
        MassFlow("oxygen recovery", "space", kg(lives.vented["methane"])),
        MassFlow("oxygen", "space", kg(lives.vented["oxygen"])),
        MassFlow("water", "space", kg(lives.suit_water_kg)),
        MassFlow("nitrogen", "space", kg(lives.nitrogen_leaked_kg)),
    )
    crew_d = float(people[span].sum()) * lived.hours.step_h / 24.0
    return Month(float(lived.hours.tdb_s[first]), crew_d, tuple(one for one in flows if abs(one.kg) > 1e-9))
