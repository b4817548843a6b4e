"""Units that turn carriers into carriers: what stands, in which order it runs, and what each made of what."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from malapert.programme import Programme
from malapert.programme.balance import Recipe, recipe
from malapert.programme.carriers import CARRIERS, GASES, RESOURCES, SLAG
from malapert.programme.elements import Process
from malapert.station.bus import Powered
from malapert.station.hours import Array, Hours, Standing
from malapert.station.results import PlantYield, UnitRun

STORES: Final = ("oxygen", "nitrogen", "water", "food")
"""What a crew lives from; always the first of the carriers."""
STREAMS: Final = ("carbon_dioxide", "urine", "waste_water", "brine")
"""What a crew gives units to work on."""
DUG: Final = "regolith"
"""What a unit may dig itself."""
HOURS_Y: Final = 8766.0


@dataclass(frozen=True)
class Unit:
    """One process at the station; `there` (n,) is 1 from its use on."""

    delivery: Standing
    row: Process
    recipe: Recipe
    there: Array

    @property
    def name(self) -> str:
        """The element's name."""
        return self.delivery.element


@dataclass(frozen=True)
class Plant:
    """Units in the order they run, tanks, and what is brought to them; U units, C carriers, STORES first.

    In each step every unit works at its full rate for as long as power, feed, room and set points let it.
    """

    carriers: tuple[str, ...]
    units: tuple[Unit, ...]
    room_kg: Array
    """(n, C): what stores hold at most, inf without a tank; gases nobody breathes have none without"""
    brought_kg: Array
    """(n, C): carriers that come into use in the step beside the crew's stores"""
    step_h: float

    @property
    def change_kg(self) -> Array:
        """Kg a store gains of each carrier for each kg of basis (U, C); what a unit digs itself comes from none."""
        rows = [
            [0.0 if unit.row.digs and name == DUG else unit.recipe.change_kg.get(name, 0.0) for name in self.carriers]
            for unit in self.units
        ]
        return np.array(rows).reshape(len(self.units), len(self.carriers))

    @property
    def holds_kg(self) -> tuple[Array, Array]:
        """Levels (U, C) under which a unit takes no more, and above which it gives no more."""
        low, high = np.zeros(self.change_kg.shape), np.full(self.change_kg.shape, np.inf)
        for u, unit in enumerate(self.units):
            for carrier, kg in unit.row.holds.items():
                (low if carrier in unit.row.takes else high)[u, self.carriers.index(carrier)] = kg
        return low, high

    @property
    def full_kg(self) -> Array:
        """Most each unit works through in a step, kg of its basis (n, U)."""
        n = len(self.room_kg)
        full = [unit.there * unit.row.rate_kg_h * self.step_h for unit in self.units]
        return np.ascontiguousarray(np.array(full).reshape(len(self.units), n).T)

    @property
    def takes_stream(self) -> Array:
        """1 in steps in which a unit stands that takes each of STREAMS, which is then left to it (n, 4)."""
        taken = np.zeros((len(self.room_kg), len(STREAMS)))
        for unit in self.units:
            for k, name in enumerate(STREAMS):
                if name in unit.row.takes:
                    taken[:, k] = np.maximum(taken[:, k], unit.there)
        return taken

    def place(self, carrier: str) -> int:
        """Where a carrier stands among the plant's, -1 when nothing there holds it."""
        return self.carriers.index(carrier) if carrier in self.carriers else -1


def plant(
    programme: Programme, standing: tuple[Standing, ...], hours: Hours, hauled_kg: Mapping[str, Array] | None = None
) -> Plant | None:
    """The station's units and tanks; `hauled_kg` (n,) is what rovers bring in each step, by carrier. None without any.

    A supply of a gas comes in its own tank, which stays.
    """
    n, hauled = len(hours.tdb_s), dict(hauled_kg or {})
    units = ordered(
        tuple(
            Unit(d, programme.process[d.element], recipe(programme.process[d.element]), hours.there(d))
            for d in standing
            if d.table == "process"
        )
    )
    supplies = [(programme.supply[d.element].resource, d) for d in standing if d.table == "supply"]
    brought = [(carrier, d) for carrier, d in supplies if carrier in GASES]
    tanks = [(programme.tank[d.element], d) for d in standing if d.table == "tank"]
    named = {name for unit in units for name in unit.recipe.change_kg}
    named |= {*hauled, *(carrier for carrier, _ in brought), *(row.carrier for row, _ in tanks)}
    if not named:
        return None
    carriers = (*STORES, *(name for name in CARRIERS if name in named and name not in STORES))
    room = np.full((n, len(carriers)), np.inf)
    come = np.zeros((n, len(carriers)))
    for name in carriers:
        if name not in GASES and all(row.carrier != name for row, _ in tanks):
            continue
        at = carriers.index(name)
        room[:, at] = sum((row.capacity_kg * hours.there(d) for row, d in tanks if row.carrier == name), np.zeros(n))
        # What was brought in its own tank finds room in it again.
        room[:, at] += sum((d.mass_kg * hours.there(d) for carrier, d in supplies if carrier == name), np.zeros(n))
    for carrier, d in brought:
        come[:, carriers.index(carrier)] += d.mass_kg * np.maximum(np.diff(hours.there(d), prepend=0.0), 0.0)
    for name, kg in hauled.items():
        come[:, carriers.index(name)] += kg
    return Plant(carriers, units, room, come, hours.step_h)


def ordered(units: tuple[Unit, ...]) -> tuple[Unit, ...]:
    """Units in the order they run in each step: whoever gives a gas goes before whoever takes it, as gases do not wait;
    else by load priority, then by use. In a circle the first of those goes first."""
    waiting, done = sorted(units, key=lambda unit: unit.row.load_priority), []
    while waiting:
        free = (u for u in waiting if not any(set(v.row.gives) & set(u.row.takes) & set(GASES) for v in waiting))
        chosen = next(free, waiting[0])
        waiting.remove(chosen)
        done.append(chosen)
    return tuple(done)


def full(found: Plant | None, n: int) -> Array:
    """Every unit at its full rate from its use on (n, U): what is asked first, to learn what power there would be."""
    return np.array([unit.there for unit in found.units] if found else []).reshape(-1, n).T


def served(found: Plant | None, powered: Powered, asked: Array, before: Array) -> Array:
    """Part of what each unit asked that it was served (n, U); where it asked nothing, what is known from `before`."""
    parts = [powered.of(unit.name, unit.row.load_priority) for unit in found.units] if found else []
    got = np.array(parts).reshape(len(parts), len(powered.fraction)).T
    return np.where(asked > 0.0, got, before)


def unit_runs(found: Plant, ran_kg: Array) -> Iterator[UnitRun]:
    """Sums of what ran (n, U), kg of each unit's basis."""
    for unit, kg in zip(found.units, ran_kg.T, strict=True):
        basis_kg = float(kg.sum())
        change = {name: per * basis_kg for name, per in unit.recipe.change_kg.items()}
        alive = unit.row.full_kw - unit.row.each_kwh_kg * unit.row.rate_kg_h
        worked_h, there_h = basis_kg / unit.row.rate_kg_h, float(unit.there.sum()) * found.step_h
        # Beside its work it draws what keeps it alive, which the load while it works includes.
        idle_kwh = unit.row.keep_alive_kw * (there_h - worked_h)
        yield UnitRun(
            unit.name,
            unit.delivery.partner,
            there_h,
            worked_h,
            basis_kg * unit.row.each_kwh_kg + alive * worked_h + idle_kwh,
            {name: -moved for name, moved in change.items() if moved < 0.0},
            {name: moved for name, moved in change.items() if moved > 0.0},
        )


def plant_yields(found: Plant, ran_kg: Array) -> Iterator[PlantYield]:
    """Of every plant that takes what the ground gives, each thing it makes but slag."""
    runs = {run.element: run for run in unit_runs(found, ran_kg)}
    for unit in found.units:
        if not set(unit.row.takes) & set(RESOURCES):
            continue
        run = runs[unit.name]
        years = run.there_h / HOURS_Y
        for product in unit.row.gives:
            if product == SLAG:
                continue
            kg = run.given_kg.get(product, 0.0)
            full = unit.recipe.change_kg[product] * unit.row.rate_kg_h * HOURS_Y
            made = kg / years if years > 0.0 else 0.0
            yield PlantYield(unit.name, unit.delivery.partner, product, unit.delivery.mass_kg, kg, made, full)
