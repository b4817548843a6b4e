"""Air, water and food of the crews housed at the station: stores, cabin, recovery, losses, each element's books."""

from typing import Final

import numpy as np

from malapert.programme import Programme
from malapert.programme.carriers import GASES
from malapert.station.books import (
    CABIN_NITROGEN_KG_M3,
    CABIN_OXYGEN_KG_M3,
    Demand,
    Life,
)
from malapert.station.bus import Powered
from malapert.station.crew import CrewTime
from malapert.station.hours import Array, Hours, Presence, Standing
from malapert.station.metabolism import BY_THE_CLOCK, FLOWS, Metabolism, metabolism
from malapert.station.processes import STORES, STREAMS, Plant
from malapert.station.stores import march

# What a crew may breathe for months: 5.3 mmHg, the 180-day limit of NASA JSC 20584; recalled, unsourced.
DIOXIDE_LIMIT_KPA: Final = 0.7
# Assumption, unsourced: somebody goes out every second day of a stay that plans no EVAs.
AIRLOCK_USES_D: Final = 0.5
# One person over a standard day: NASA RP-1324.
PERSON_KW: Final = 0.1367


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


def share_of(some: Array, people: Array) -> Array:
    """Part of a stay's people (n,), 0 where there are none."""
    return np.divide(some, people, out=np.zeros(len(people)), where=people > 0.0)


def warm_kw(time: CrewTime, crew: Presence, inside: Array) -> Array:
    """Warmth of those housed and not outside (n,)."""
    warm = np.zeros(len(time.day))
    for k, there in enumerate(inside):
        warm += time.inside_lived_d(k) * share_of(there, crew.people[k])
    return PERSON_KW * warm * 24.0 / time.step_h


def airlock_uses(time: CrewTime, crew: Presence, inside: Array) -> Array:
    """How often the airlock opens in each step (n,): once for each EVA of those housed, for whom none is planned at
    `AIRLOCK_USES_D`."""
    uses, unplanned = np.zeros(len(time.day)), np.zeros(len(time.day))
    for k, (one, there) in enumerate(zip(time.stays, inside, strict=True)):
        if one.row.evas_per_week is None:
            unplanned = np.maximum(unplanned, np.where(there > 0.0, crew.people[k] / len(one.stay.members), 0.0))
        else:
            uses += time.starts(k) * share_of(there, crew.people[k])
    return np.asarray(uses + AIRLOCK_USES_D * unplanned * time.step_h / 24.0)


def demand(
    programme: Programme,
    standing: tuple[Standing, ...],
    hours: Hours,
    crew: Presence,
    inside: Array,
    time: CrewTime,
    powered: Powered | None = None,
    plant: Plant | None = None,
) -> Demand:
    """Needs of the people housed, the air that leaks, and what recovery may do with the power it got.

    Recovery is the habitats' mean weighted by the people they house, times the part of their load that was served; all
    of it when `powered` is absent. A carrier that a unit of the `plant` takes is left to it: the habitats' fractions
    work on what no unit takes.
    Carbon dioxide removal passes its flow of cabin air in the same part, or takes all at once where none is declared.
    Leaks go on from a habitat's use; the airlock, the leakiest in use, opens for every EVA, and where a crew plans none
    `AIRLOCK_USES_D` times a crewed day. People take of the stores by what they do, each hour by its effort;
    their suits lose water and oxygen for good, the carbon dioxide breathed out in them is given off in the airlock.
    """
    n, step_d = len(hours.tdb_s), hours.step_h / 24.0
    delivered, nominal = np.zeros((n, 6)), np.zeros((n, 2))
    leak_kg_d, airlock_kg, beds, water, oxygen = np.zeros(n), np.zeros(n), np.zeros(n), np.zeros(n), np.zeros(n)
    volume_m3, through_m3_h = np.zeros(n), np.zeros(n)
    for delivery in (d for d in standing if d.table in ("supply", "habitat")):
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
            served = 1.0 if powered is None else powered.of(delivery.element, row.load_priority)
            works = row.crew * there * served
            volume_m3 += row.volume_m3 * there
            flow_m3_h = np.inf if row.dioxide_removal_m3_h is None else row.dioxide_removal_m3_h * served
            through_m3_h += np.where(there > 0.0, flow_m3_h, 0.0)
            water += row.water_recovery * works
            oxygen += row.oxygen_recovery * works
    people = np.maximum(beds, 1e-300)
    crewed = np.where(inside.sum(axis=0) > 0.0, crew.anybody, 0.0)
    flows, suits_kg = {name: np.zeros(n) for name in FLOWS}, np.zeros((n, 2))
    for k, (person, there) in enumerate(zip(metabolisms(programme, crew), inside, strict=True)):
        share, suit = share_of(there, crew.people[k]), time.stays[k].row
        lived_d, outside_h = time.lived_d(k) * share, time.eva_h(k) * share
        suits_kg += outside_h[:, None] * np.array([suit.suit_water_kg_h, suit.suit_oxygen_kg_h])
        for name in FLOWS:
            flows[name] += getattr(person, name) * (there * step_d if name in BY_THE_CLOCK else lived_d)
    leak_kg = leak_kg_d * step_d + airlock_kg * airlock_uses(time, crew, inside)
    passed = np.divide(through_m3_h * hours.step_h, volume_m3, out=np.full(n, np.inf), where=volume_m3 > 0.0)
    scrubbed = np.where(crew.anybody > 0.0, passed, 0.0)
    recovery = water / people, oxygen / people
    return Demand(delivered, nominal, leak_kg, crewed, *recovery, flows, scrubbed, volume_m3, plant, suits_kg)


def live(asked: Demand, part: Array | None = None) -> Life:
    """Run the stores through every step; `part` (n, U) of each unit's full rate is what its power allows, all when
    absent."""
    out, held, lost, ran = _marched(asked, part)
    columns = [*np.ascontiguousarray(out.T), held, lost, ran]
    return Life(asked, *columns)


def _marched(asked: Demand, part: Array | None) -> tuple[Array, Array, Array, Array]:
    flows, plant, n = asked.flows, asked.plant, len(asked.leak_kg)
    back = flows["food_water_eaten_kg"] + flows["metabolic_water_kg"] - flows["faecal_water_kg"]
    needs = np.column_stack(
        [
            flows["oxygen_kg"],
            flows["food_kg"],
            flows["drink_kg"] + flows["hygiene_kg"],
            flows["carbon_dioxide_kg"],
            back,
            flows["urine_solids_kg"],
            *(np.zeros((2, n)) if asked.suits_kg is None else asked.suits_kg.T),
        ]
    )
    return march(
        np.ascontiguousarray(asked.delivered),
        np.ascontiguousarray(asked.nominal),
        asked.leak_kg,
        asked.crewed,
        asked.water_recovery,
        asked.oxygen_recovery,
        np.full(n, np.inf) if asked.scrubbed is None else asked.scrubbed,
        needs,
        *_compiled(plant, part),
    )


def _compiled(plant: Plant | None, part: Array | None) -> tuple[Array, ...]:
    """A plant as the compiled step takes it; nothing but the four stores when there is none."""
    if plant is None:
        none = np.zeros((0, len(STORES)))
        still = np.zeros(len(STORES), dtype=bool), np.zeros((0, len(STREAMS))), np.full(len(STREAMS), -1)
        return none, none, none, np.zeros((0, 0)), none, none, *still
    low, high = plant.holds_kg
    vents = np.array([name in GASES for name in plant.carriers])
    place = np.array([plant.place(name) for name in STREAMS])
    full_kg = plant.full_kg if part is None else plant.full_kg * part
    return plant.change_kg, low, high, full_kg, plant.room_kg, plant.brought_kg, vents, plant.takes_stream, place


def works(asked: Demand, part: Array) -> Array:
    """Part of its full rate each unit would work at in each step (n, U), were at most `part` of it powered."""
    if asked.plant is None or not asked.plant.units:
        return np.zeros((len(asked.leak_kg), 0))
    full = asked.plant.full_kg
    return np.divide(_marched(asked, part)[3], full, out=np.zeros_like(full), where=full > 0.0)
