"""Where air, water and food went in the fullest month of a station's crews: flows between what holds and turns them."""

from collections.abc import Iterator
from typing import Final

import numpy as np

from malapert.programme.carriers import BRINE_SOLIDS, GASES, URINE_SOLIDS
from malapert.station.books import Life
from malapert.station.hours import Array
from malapert.station.processes import DUG
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
    urine, waste, brine = kg(lives.urine_kg), kg(lives.waste_water_kg), kg(lives.brine_kg)
    in_urine, in_brine = urine * (1.0 - URINE_SOLIDS), brine * (1.0 - BRINE_SOLIDS)
    solids = kg(lives.wasted["urine_solids"]) + flow("faecal_solids_kg") + flow("faecal_water_kg")
    held, gone = lives.cabin_dioxide_kg, lives.vented
    kept = float(held[span.stop - 1] - (held[first - 1] if first else 0.0))
    flows = (
        MassFlow("food", "crew", eaten),
        MassFlow("food", "waste", leftover),
        MassFlow("oxygen", "crew", flow("oxygen_kg")),
        MassFlow("water", "crew", kg(lives.water_used_kg)),
        MassFlow("crew", "cabin carbon dioxide", flow("carbon_dioxide_kg")),
        MassFlow("crew", "water recovery", kg(lives.water_returned_kg) - in_urine - waste),
        MassFlow("crew", "urine", urine),
        MassFlow("crew", "waste water", waste),
        MassFlow("crew", "brine", brine - in_brine),
        MassFlow("water recovery", "brine", in_brine),
        MassFlow("crew", "waste", solids),
        MassFlow("water recovery", "water", kg(lives.water_recovered_kg)),
        MassFlow("water recovery", "waste", kg(lives.water_lost_kg)),
        MassFlow("cabin carbon dioxide", "oxygen recovery", kg(lives.dioxide_reduced_kg)),
        MassFlow("cabin carbon dioxide", "carbon dioxide", kg(lives.dioxide_caught_kg)),
        MassFlow("cabin carbon dioxide", "space", kg(gone["carbon_dioxide"] - lives.overflow_kg("carbon_dioxide"))),
        MassFlow("cabin carbon dioxide", "still in the air", kept),
        MassFlow("water", "oxygen recovery", kg(lives.water_split_kg)),
        MassFlow("oxygen recovery", "oxygen", kg(lives.oxygen_made_kg)),
        MassFlow("oxygen recovery", "space", kg(gone["methane"] - lives.overflow_kg("methane"))),
        MassFlow("oxygen", "space", kg(lives.vented["oxygen"])),
        MassFlow("water", "space", kg(lives.suit_water_kg)),
        MassFlow("nitrogen", "space", kg(lives.nitrogen_leaked_kg)),
        *_overflows(lives, span),
        *_units(lived, span),
    )
    crew_d = float(people[span].sum()) * lived.hours.step_h / 24.0
    return Month(float(lived.hours.tdb_s[first]), crew_d, tuple(one for one in flows if abs(one.kg) > 1e-9))


def _overflows(lives: Life, span: slice) -> Iterator[MassFlow]:
    """What found no room."""
    for name in lives.beyond:
        where = "space" if name in GASES else "waste"
        yield MassFlow(name.replace("_", " "), where, float(lives.overflow_kg(name)[span].sum()))


def _units(lived: Lived, span: slice) -> Iterator[MassFlow]:
    """What each unit took and gave."""
    for unit, ran_kg in lived.life.units:
        called, basis_kg = unit.row.title or unit.name.replace("_", " "), float(ran_kg[span].sum())
        for name, per in unit.recipe.change_kg.items():
            carrier = "ground" if unit.row.digs and name == DUG else name.replace("_", " ")
            kg = per * basis_kg
            yield MassFlow(carrier, called, -kg) if kg < 0.0 else MassFlow(called, carrier, kg)
