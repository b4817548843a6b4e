"""Air, water and food of the crews housed at the station: stores, cabin, recovery, losses, each element's books."""

from dataclasses import dataclass, fields
from typing import Final

import numba
import numpy as np

from malapert.programme import Programme
from malapert.station.bus import Powered
from malapert.station.hours import Array, Hours, Presence, Standing
from malapert.station.metabolism import MASS_FRACTIONS, MOLAR_KG, Metabolism, metabolism

STORES: Final = ("oxygen", "nitrogen", "water", "food")
# Dry sea-level air at 295 K as an ideal gas, oxygen 20.95 % by volume (US Standard Atmosphere 1976), rest nitrogen.
GAS_CONSTANT: Final = 8.314462618
CABIN_K: Final = 295.0
CABIN_OXYGEN_KG_M3: Final = 0.2095 * 101_325.0 * MOLAR_KG["oxygen"] / (GAS_CONSTANT * CABIN_K)
CABIN_NITROGEN_KG_M3: Final = 0.7905 * 101_325.0 * MOLAR_KG["nitrogen"] / (GAS_CONSTANT * CABIN_K)
# What a crew may breathe for months: 5.3 mmHg, the 180-day limit of NASA JSC 20584; recalled, unsourced.
DIOXIDE_LIMIT_KPA: Final = 0.7
# Assumption, unsourced: somebody goes out every second day of a stay.
AIRLOCK_USES_D: Final = 0.5
# A cabin refilled to the brim misses it by rounding; less than a microgram an hour is no shortage.
ROUNDING_KG = 1e-9
_FLOWS: Final = tuple(field.name for field in fields(Metabolism))

# Columns of what the kernel gives back.
_STATE: Final = (
    "oxygen_kg",
    "nitrogen_kg",
    "water_kg",
    "food_kg",
    "cabin_oxygen_kg",
    "cabin_nitrogen_kg",
    "cabin_dioxide_kg",
)
_STEP: Final = (
    "lived",
    "water_used_kg",
    "water_returned_kg",
    "water_recovered_kg",
    "dioxide_removed_kg",
    "dioxide_reduced_kg",
    "dioxide_leaked_kg",
    "oxygen_leaked_kg",
    "nitrogen_leaked_kg",
    "oxygen_short_kg",
    "nitrogen_short_kg",
    "water_short_kg",
    "food_short_kg",
)


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

    def flow(self, name: str) -> Array:
        """A metabolic flow as it happened (n,), kg a step."""
        return np.asarray(self.demand.flows[name] * self.lived)

    @property
    def water_lost_kg(self) -> Array:
        """Used water not recovered (n,)."""
        return np.asarray(self.water_returned_kg - self.water_recovered_kg)

    @property
    def oxygen_made_kg(self) -> Array:
        """Oxygen from carbon dioxide and the water that brings its hydrogen: CO2 + 2 H2O -> CH4 + 2 O2 (n,)."""
        return np.asarray(self.dioxide_reduced_kg / MOLAR_KG["carbon_dioxide"] * 2.0 * MOLAR_KG["oxygen"])

    @property
    def water_split_kg(self) -> Array:
        """Water whose hydrogen left in the methane (n,)."""
        return np.asarray(self.dioxide_reduced_kg / MOLAR_KG["carbon_dioxide"] * 2.0 * MOLAR_KG["water"])

    @property
    def vented(self) -> dict[str, Array]:
        """What left the station for space (n,), by species: carbon dioxide, methane, leaked air."""
        methane = self.dioxide_reduced_kg / MOLAR_KG["carbon_dioxide"] * MOLAR_KG["methane"]
        return {
            "carbon_dioxide": self.dioxide_removed_kg - self.dioxide_reduced_kg + self.dioxide_leaked_kg,
            "methane": np.asarray(methane),
            "oxygen": self.oxygen_leaked_kg,
            "nitrogen": self.nitrogen_leaked_kg,
        }

    @property
    def wasted(self) -> dict[str, Array]:
        """What stays behind as waste (n,), by species: brine, water in solids, urine and faecal solids, leftovers."""
        return {
            "water": self.water_lost_kg + self.flow("faecal_water_kg") + self.flow("leftover_water_kg"),
            "urine_solids": self.flow("urine_solids_kg"),
            "faecal_solids": self.flow("faecal_solids_kg"),
            **{name: self.flow(f"leftover_{name}_kg") for name in ("carbohydrate", "fat", "protein")},
        }

    @property
    def stocks(self) -> dict[str, Array]:
        """Pure species held, tanks and cabins together (n,)."""
        return {
            "oxygen": self.oxygen_kg + self.cabin_oxygen_kg,
            "nitrogen": self.nitrogen_kg + self.cabin_nitrogen_kg,
            "water": self.water_kg,
            "carbon_dioxide": self.cabin_dioxide_kg,
        }

    @property
    def dioxide_kpa(self) -> Array:
        """Partial pressure of carbon dioxide in the cabins at 295 K (n,), as an ideal gas; 0 where there are none."""
        volume = self.demand.volume_m3
        if volume is None:
            return np.zeros(len(self.lived))
        density = np.divide(self.cabin_dioxide_kg, volume, out=np.zeros(len(volume)), where=volume > 0.0)
        return np.asarray(density / MOLAR_KG["carbon_dioxide"] * GAS_CONSTANT * CABIN_K * 1e-3)

    def residual_kg(self) -> Array:
        """C, H, O, N brought and eaten, less what left, less what the stocks gained, step by step (n, 4)."""
        came = self.demand.delivered
        into = {"oxygen": came[:, 0] + came[:, 4], "nitrogen": came[:, 1] + came[:, 5], "water": came[:, 2].copy()}
        into["water"] += self.flow("food_water_eaten_kg") + self.flow("leftover_water_kg")
        for name in ("carbohydrate", "fat", "protein"):
            into[name] = self.flow(f"{name}_kg") + self.flow(f"leftover_{name}_kg")
        gained = {name: np.diff(held, prepend=0.0) for name, held in self.stocks.items()}
        total = np.zeros((len(self.lived), 4))
        for sign, table in ((1.0, into), (-1.0, self.vented), (-1.0, self.wasted), (-1.0, gained)):
            for name, mass in table.items():
                total += sign * mass[:, None] * MASS_FRACTIONS[name]
        return total

    def mass_residual_kg(self) -> Array:
        """All mass brought, less what left, less what stores and cabins gained, food as packed, step by step (n,)."""
        held = sum(self.stocks.values(), self.food_kg)
        out = sum(self.vented.values(), np.zeros(len(held))) + sum(self.wasted.values(), np.zeros(len(held)))
        return np.asarray(self.demand.delivered.sum(axis=1) - out - np.diff(held, prepend=0.0))


def metabolisms(programme: Programme, crew: Presence) -> list[Metabolism]:
    """The balanced day of each stay's people."""
    rates = [programme.crew[stay.crew].rates or programme.rates for stay in crew.stays]
    return [metabolism(programme.crew_rates[name], name) for name in rates]


def housed(programme: Programme, standing: tuple[Standing, ...], hours: Hours, crew: Presence) -> Array:
    """People of each stay who live in the station's habitats (stays, n); whoever finds no bed lives in the lander.

    Beds go to the stays in order of arrival; those in the lander draw on its own stores, not on the station's.
    """
    beds = np.zeros(len(hours.tdb_s))
    for delivery in standing:
        if delivery.table == "habitat":
            beds += programme.habitat[delivery.element].crew * hours.there(delivery)
    inside = np.zeros_like(crew.people)
    for k, people in enumerate(crew.people):
        inside[k] = np.minimum(people, beds)
        beds = beds - inside[k]
    return inside


def demand(
    programme: Programme,
    standing: tuple[Standing, ...],
    hours: Hours,
    crew: Presence,
    inside: Array,
    powered: Powered,
) -> Demand:
    """Needs of the people housed, the air that leaks, and what recovery may do with the power it got.

    Recovery is the habitats' mean weighted by the people they house, times the part of their load that was served.
    Carbon dioxide removal passes its flow of cabin air in the same part, or takes all at once where none is declared.
    Leaks go on from a habitat's use; the airlock, the leakiest in use, opens `AIRLOCK_USES_D` times a crewed day.
    """
    n, step_d = len(hours.tdb_s), hours.step_h / 24.0
    delivered, nominal = np.zeros((n, 6)), np.zeros((n, 2))
    leak_kg_d, airlock_kg, beds, water, oxygen = np.zeros(n), np.zeros(n), np.zeros(n), np.zeros(n), np.zeros(n)
    volume_m3, through_m3_h = np.zeros(n), np.zeros(n)
    for delivery in standing:
        there = hours.there(delivery)
        comes = np.maximum(np.diff(there, prepend=0.0), 0.0)
        if delivery.table == "supply" and programme.supply[delivery.element].resource in STORES:
            delivered[:, STORES.index(programme.supply[delivery.element].resource)] += delivery.mass_kg * comes
        if delivery.table == "habitat":
            row = programme.habitat[delivery.element]
            for column, density in enumerate((CABIN_OXYGEN_KG_M3, CABIN_NITROGEN_KG_M3)):
                nominal[:, column] += row.volume_m3 * density * there
                delivered[:, 4 + column] += row.volume_m3 * density * comes
            leak_kg_d += row.leak_kg_d * there
            airlock_kg = np.maximum(airlock_kg, row.airlock_kg * there)
            beds += row.crew * there
            served = powered.of(delivery.element, row.load_priority)
            works = row.crew * there * served
            volume_m3 += row.volume_m3 * there
            flow_m3_h = np.inf if row.dioxide_removal_m3_h is None else row.dioxide_removal_m3_h * served
            through_m3_h += np.where(there > 0.0, flow_m3_h, 0.0)
            water += row.water_recovery * works
            oxygen += row.oxygen_recovery * works
    people = np.maximum(beds, 1e-300)
    crewed = np.where(inside.sum(axis=0) > 0.0, crew.anybody, 0.0)
    flows = {name: np.zeros(n) for name in _FLOWS}
    for person, there in zip(metabolisms(programme, crew), inside, strict=True):
        for name in _FLOWS:
            flows[name] += getattr(person, name) * there * step_d
    leak_kg = (leak_kg_d + airlock_kg * AIRLOCK_USES_D * crewed) * step_d
    passed = np.divide(through_m3_h * hours.step_h, volume_m3, out=np.full(n, np.inf), where=volume_m3 > 0.0)
    scrubbed = np.where(crew.anybody > 0.0, passed, 0.0)
    return Demand(delivered, nominal, leak_kg, crewed, water / people, oxygen / people, flows, scrubbed, volume_m3)


def live(asked: Demand) -> Life:
    """Run the stores through every step."""
    flows = asked.flows
    back = flows["food_water_eaten_kg"] + flows["metabolic_water_kg"] - flows["faecal_water_kg"]
    needs = np.column_stack(
        [
            flows["oxygen_kg"],
            flows["food_kg"],
            flows["drink_kg"] + flows["hygiene_kg"],
            flows["carbon_dioxide_kg"],
            back,
        ]
    )
    out = _live(
        np.ascontiguousarray(asked.delivered),
        np.ascontiguousarray(asked.nominal),
        asked.leak_kg,
        asked.crewed,
        asked.water_recovery,
        asked.oxygen_recovery,
        np.full(len(asked.leak_kg), np.inf) if asked.scrubbed is None else asked.scrubbed,
        needs,
        MOLAR_KG["oxygen"] / MOLAR_KG["carbon_dioxide"] * 2.0,
        MOLAR_KG["water"] / MOLAR_KG["carbon_dioxide"] * 2.0,
    )
    return Life(asked, *(np.ascontiguousarray(out[:, k]) for k in range(len(_STATE) + len(_STEP))))


@numba.njit(cache=True)
def _live(
    delivered: Array,
    nominal: Array,
    leak_kg: Array,
    crewed: Array,
    water_recovery: Array,
    oxygen_recovery: Array,
    scrubbed: Array,
    needs: Array,
    oxygen_per_dioxide: float,
    water_per_dioxide: float,
) -> Array:
    n = len(leak_kg)
    out = np.zeros((n, 20))
    oxygen, nitrogen, water, food, cabin_oxygen, cabin_nitrogen, dioxide = 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
    for i in range(n):
        oxygen += delivered[i, 0]
        nitrogen += delivered[i, 1]
        water += delivered[i, 2]
        food += delivered[i, 3]
        cabin_oxygen += delivered[i, 4]
        cabin_nitrogen += delivered[i, 5]
        deficit_oxygen = max(nominal[i, 0] - cabin_oxygen, 0.0)
        deficit_nitrogen = max(nominal[i, 1] - cabin_nitrogen, 0.0)

        # Flow through a leak goes with pressure, so each gas leaves as its share of what a full cabin holds.
        full = nominal[i, 0] + nominal[i, 1]
        part = min(leak_kg[i] / full, 1.0) if full > 0.0 else 0.0
        leaked_oxygen, leaked_nitrogen = part * cabin_oxygen, part * cabin_nitrogen
        cabin_oxygen -= leaked_oxygen
        cabin_nitrogen -= leaked_nitrogen
        leaked_dioxide = part * dioxide
        dioxide -= leaked_dioxide

        # What cannot be eaten is not burned, and what cannot be breathed burns nothing.
        fed = min(food / needs[i, 1], 1.0) if needs[i, 1] > 0.0 else 1.0
        breath = min((cabin_oxygen + oxygen) / needs[i, 0], 1.0) if needs[i, 0] > 0.0 else 1.0
        lived = min(fed, breath)
        food = max(food - lived * needs[i, 1], 0.0)
        cabin_oxygen -= lived * needs[i, 0]

        drunk = min(needs[i, 2], water)
        returned = drunk + lived * needs[i, 4]
        recovered = water_recovery[i] * returned
        water += recovered - drunk

        # A well-mixed cabin: what is breathed out evenly through the step is taken in proportion to what there is.
        before, made = dioxide, lived * needs[i, 3]
        if scrubbed[i] == np.inf:
            dioxide = 0.0
        elif scrubbed[i] > 0.0:
            settled = made / scrubbed[i]
            dioxide = settled + (before - settled) * np.exp(-scrubbed[i])
        else:
            dioxide = before + made
        removed = max(before + made - dioxide, 0.0)

        wanted = max(nominal[i, 0] - cabin_oxygen, 0.0)
        reduced = min(oxygen_recovery[i] * removed, wanted / oxygen_per_dioxide, water / water_per_dioxide)
        oxygen += reduced * oxygen_per_dioxide
        water = max(water - reduced * water_per_dioxide, 0.0)
        filled = min(oxygen, wanted)
        oxygen -= filled
        cabin_oxygen = max(cabin_oxygen + filled, 0.0)
        filled = min(nitrogen, max(nominal[i, 1] - cabin_nitrogen, 0.0))
        nitrogen -= filled
        cabin_nitrogen += filled

        out[i, 0], out[i, 1], out[i, 2], out[i, 3] = oxygen, nitrogen, water, food
        out[i, 4], out[i, 5], out[i, 6], out[i, 7] = cabin_oxygen, cabin_nitrogen, dioxide, lived
        out[i, 8], out[i, 9], out[i, 10], out[i, 11] = drunk, returned, recovered, removed
        out[i, 12], out[i, 13], out[i, 14], out[i, 15] = reduced, leaked_dioxide, leaked_oxygen, leaked_nitrogen
        if crewed[i] > 0.0:
            lost = max(nominal[i, 0] - cabin_oxygen, 0.0) - deficit_oxygen
            out[i, 16] = (1.0 - breath) * needs[i, 0] + (lost if lost > ROUNDING_KG else 0.0)
            lost = max(nominal[i, 1] - cabin_nitrogen, 0.0) - deficit_nitrogen
            out[i, 17] = lost if lost > ROUNDING_KG else 0.0
            out[i, 18] = needs[i, 2] - drunk
            out[i, 19] = (1.0 - fed) * needs[i, 1]
    return out
