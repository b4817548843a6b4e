"""The books of life support: what was asked of it in each step, what became of that, and what does not add up."""

from dataclasses import dataclass, field
from typing import Final

import numpy as np

from malapert.programme.carriers import (
    BRINE_SOLIDS,
    COMPOSITION,
    ELEMENTS,
    GASES,
    MASS_FRACTIONS,
    MOLAR_KG,
    SLAG,
    URINE_SOLIDS,
)
from malapert.station.hours import Array
from malapert.station.processes import DUG, STORES, Plant, Unit

# Dry sea-level air at 295 K as an ideal gas, oxygen 20.95 % by volume (US Standard Atmosphere 1976), rest nitrogen.
GAS_CONSTANT: Final = 8.314462618
CABIN_K: Final = 295.0
CABIN_OXYGEN_KG_M3: Final = 0.2095 * 101_325.0 * MOLAR_KG["oxygen"] / (GAS_CONSTANT * CABIN_K)
CABIN_NITROGEN_KG_M3: Final = 0.7905 * 101_325.0 * MOLAR_KG["nitrogen"] / (GAS_CONSTANT * CABIN_K)

_MADE_OF: Final = {**COMPOSITION, **MASS_FRACTIONS}


@dataclass(frozen=True)
class Demand:
    """What is asked of life support in each step, kg a step unless said otherwise; every array (n,)."""

    delivered: Array
    """(n, 6): oxygen, nitrogen, water, food that come into use, and the air habitats bring in their cabins"""
    nominal: Array
    """(n, 2): oxygen and nitrogen in the cabins at full pressure, kg"""
    leak_kg: Array
    """air lost at full pressure"""
    crewed: Array
    """part of the step somebody is housed"""
    water_recovery: Array
    oxygen_recovery: Array
    flows: dict[str, Array]
    """a full life's flows by the names of `Metabolism`"""
    scrubbed: Array | None = None
    """cabin volumes passed through carbon dioxide removal in the step; all of it is taken at once where this is inf,
    and everywhere when absent"""
    volume_m3: Array | None = None
    """of the cabins"""
    plant: Plant | None = None
    """units that turn carriers into carriers"""
    suits_kg: Array | None = None
    """(n, 2): water and oxygen suits lose to space; none when absent"""


@dataclass(frozen=True)
class Life:
    """What became of it: state at the end of each step and flows in it, all (n,) kg but `lived`."""

    demand: Demand
    oxygen_kg: Array
    nitrogen_kg: Array
    water_kg: Array
    food_kg: Array
    cabin_oxygen_kg: Array
    cabin_nitrogen_kg: Array
    cabin_dioxide_kg: Array
    lived: Array
    """part of the metabolism the stores allowed, 1 in plenty"""
    water_used_kg: Array
    water_returned_kg: Array
    water_recovered_kg: Array
    dioxide_removed_kg: Array
    dioxide_reduced_kg: Array
    dioxide_leaked_kg: Array
    oxygen_leaked_kg: Array
    nitrogen_leaked_kg: Array
    oxygen_short_kg: Array
    nitrogen_short_kg: Array
    water_short_kg: Array
    food_short_kg: Array
    dioxide_caught_kg: Array
    """carbon dioxide kept for units or a tank"""
    urine_kg: Array
    waste_water_kg: Array
    brine_kg: Array
    """used water left to units"""
    suit_water_kg: Array
    suit_oxygen_kg: Array
    """lost outside"""
    held_kg: Array = field(default_factory=lambda: np.zeros((0, 4)))
    """(n, C) every carrier in store at the end of the step; (0, 4) without a plant"""
    lost_kg: Array = field(default_factory=lambda: np.zeros((0, 4)))
    """(n, C) what found no room: gases overboard, the rest as waste"""
    ran_kg: Array = field(default_factory=lambda: np.zeros((0, 0)))
    """(n, U) kg of its basis each unit worked through"""

    def flow(self, name: str) -> Array:
        """A metabolic flow as it happened (n,), kg a step."""
        return np.asarray(self.demand.flows[name] * self.lived)

    def carried(self, name: str) -> Array:
        """A carrier in store at the end of each step (n,), kg; 0 where nothing holds it."""
        return self._of(self.held_kg, name)

    def overflow_kg(self, name: str) -> Array:
        """A carrier that found no room in the step (n,)."""
        return self._of(self.lost_kg, name)

    def _of(self, table: Array, name: str) -> Array:
        plant = self.demand.plant
        none = np.zeros(len(self.lived))
        return none if plant is None or plant.place(name) < 0 else np.asarray(table[:, plant.place(name)])

    def made_kg(self, name: str, of: tuple[str, ...] = ()) -> Array:
        """A carrier as units gave it (n,), less none that they took; only by units that take one of `of`, all when
        empty."""
        total = np.zeros(len(self.lived))
        for unit, kg in self.units:
            if not of or set(of) & set(unit.row.takes):
                total += max(unit.recipe.change_kg.get(name, 0.0), 0.0) * kg
        return total

    @property
    def units(self) -> tuple[tuple[Unit, Array], ...]:
        """Units with the kg of basis each worked through (n,)."""
        plant = self.demand.plant
        return () if plant is None else tuple(zip(plant.units, self.ran_kg.T, strict=True))

    @property
    def dug_kg(self) -> Array:
        """Regolith units dug themselves (n,)."""
        dug = (-unit.recipe.change_kg[DUG] * kg for unit, kg in self.units if unit.row.digs)
        return sum(dug, np.zeros(len(self.lived)))

    @property
    def water_lost_kg(self) -> Array:
        """Used water neither recovered nor left to units (n,)."""
        to_units = self.urine_kg * (1.0 - URINE_SOLIDS) + self.waste_water_kg + self.brine_kg * (1.0 - BRINE_SOLIDS)
        return np.asarray(self.water_returned_kg - self.water_recovered_kg - to_units)

    @property
    def oxygen_made_kg(self) -> Array:
        """Oxygen habitats made of carbon dioxide and the water that brings its hydrogen, CO2 + 2 H2O -> CH4 + 2 O2
        (n,)."""
        return np.asarray(self.dioxide_reduced_kg / MOLAR_KG["carbon_dioxide"] * 2.0 * MOLAR_KG["oxygen"])

    @property
    def all_oxygen_made_kg(self) -> Array:
        """Oxygen made by habitats and units (n,)."""
        return np.asarray(self.oxygen_made_kg + self.made_kg("oxygen"))

    @property
    def all_water_recovered_kg(self) -> Array:
        """Used water won back by habitats and by units that take urine, waste water or brine (n,)."""
        return np.asarray(self.water_recovered_kg + self.made_kg("water", ("urine", "waste_water", "brine")))

    @property
    def water_split_kg(self) -> Array:
        """Water whose hydrogen left in the habitats' methane (n,)."""
        return np.asarray(self.dioxide_reduced_kg / MOLAR_KG["carbon_dioxide"] * 2.0 * MOLAR_KG["water"])

    @property
    def vented(self) -> dict[str, Array]:
        """What left the station for space (n,), by species: carbon dioxide, methane, hydrogen, leaked air, what
        suits lose."""
        methane = self.dioxide_reduced_kg / MOLAR_KG["carbon_dioxide"] * MOLAR_KG["methane"]
        dioxide = self.dioxide_removed_kg - self.dioxide_reduced_kg - self.dioxide_caught_kg + self.dioxide_leaked_kg
        return {
            "carbon_dioxide": dioxide + self.overflow_kg("carbon_dioxide"),
            "methane": methane + self.overflow_kg("methane"),
            "hydrogen": self.overflow_kg("hydrogen"),
            "oxygen": self.oxygen_leaked_kg + self.suit_oxygen_kg,
            "water": self.suit_water_kg,
            "nitrogen": self.nitrogen_leaked_kg,
        }

    @property
    def wasted(self) -> dict[str, Array]:
        """What stays behind as waste (n,): by species brine, water in solids, urine and faecal solids, leftovers; by
        carrier what found no room."""
        taken_up = self.urine_kg * URINE_SOLIDS + self.brine_kg * BRINE_SOLIDS
        spilled = [name for name in self.beyond if name not in (*GASES, SLAG)]
        return {
            "water": self.water_lost_kg + self.flow("faecal_water_kg") + self.flow("leftover_water_kg"),
            "urine_solids": self.flow("urine_solids_kg") - taken_up,
            "faecal_solids": self.flow("faecal_solids_kg"),
            **{name: self.flow(f"leftover_{name}_kg") for name in ("carbohydrate", "fat", "protein")},
            **{f"spilled {name}": self.overflow_kg(name) for name in spilled},
        }

    @property
    def beyond(self) -> tuple[str, ...]:
        """Carriers beside the crew's stores."""
        return () if self.demand.plant is None else self.demand.plant.carriers[len(STORES) :]

    @property
    def stocks(self) -> dict[str, Array]:
        """Carriers held, tanks and cabins together (n,); food apart, for it counts by what is eaten of it."""
        held = {
            "oxygen": self.oxygen_kg + self.cabin_oxygen_kg,
            "nitrogen": self.nitrogen_kg + self.cabin_nitrogen_kg,
            "water": self.water_kg,
            **{name: self.carried(name) for name in self.beyond},
        }
        return held | {"carbon_dioxide": self.cabin_dioxide_kg + self.carried("carbon_dioxide")}

    @property
    def dioxide_kpa(self) -> Array:
        """Partial pressure of carbon dioxide in the cabins at 295 K (n,), as an ideal gas; 0 where there are none."""
        volume = self.demand.volume_m3
        if volume is None:
            return np.zeros(len(self.lived))
        density = np.divide(self.cabin_dioxide_kg, volume, out=np.zeros(len(volume)), where=volume > 0.0)
        return np.asarray(density / MOLAR_KG["carbon_dioxide"] * GAS_CONSTANT * CABIN_K * 1e-3)

    def residual_kg(self) -> Array:
        """ELEMENTS brought and eaten, less what left, less what the stocks gained, step by step (n, 5)."""
        came = self.demand.delivered
        into = {"oxygen": came[:, 0] + came[:, 4], "nitrogen": came[:, 1] + came[:, 5], "water": came[:, 2].copy()}
        into["water"] += self.flow("food_water_eaten_kg") + self.flow("leftover_water_kg")
        for name in ("carbohydrate", "fat", "protein"):
            into[name] = self.flow(f"{name}_kg") + self.flow(f"leftover_{name}_kg")
        plant = self.demand.plant
        hauled = (
            {}
            if plant is None
            else {name: plant.brought_kg[:, plant.place(name)] for name in self.beyond if name != SLAG}
        )
        gained = {name: np.diff(held, prepend=0.0) for name, held in self.stocks.items() if name != SLAG}
        total = np.zeros((len(self.lived), len(ELEMENTS)))
        came_in, went_out = (into, hauled, {DUG: self.dug_kg}), (self.vented, self.wasted, gained)
        for sign, table in (*((1.0, one) for one in came_in), *((-1.0, one) for one in went_out)):
            for name, mass in table.items():
                total += sign * mass[:, None] * _MADE_OF[name.removeprefix("spilled ")]
        for unit, kg in self.units:
            total -= (unit.recipe.change_kg.get(SLAG, 0.0) * kg)[:, None] * unit.recipe.slag
        return total

    def mass_residual_kg(self) -> Array:
        """All mass brought, less what left, less what stores and cabins gained, food as packed, step by step (n,)."""
        held = sum(self.stocks.values(), self.food_kg)
        out = sum(self.vented.values(), np.zeros(len(held))) + sum(self.wasted.values(), np.zeros(len(held)))
        came = self.demand.delivered.sum(axis=1)
        if self.demand.plant is not None:
            came = came + self.demand.plant.brought_kg.sum(axis=1) + self.dug_kg
        return np.asarray(came - out - np.diff(held, prepend=0.0))
