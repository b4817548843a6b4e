"""One step after the other, compiled: what comes, leaks, is breathed, eaten and drunk, won back, turned by units."""

import numba
import numpy as np

from malapert.programme.carriers import BRINE_SOLIDS, MOLAR_KG, URINE_SOLIDS
from malapert.station.hours import Array

# A cabin refilled to the brim misses it by rounding; less than a microgram an hour is no shortage.
ROUNDING_KG = 1e-9
# CO2 + 2 H2O -> CH4 + 2 O2, kg for each kg of carbon dioxide.
OXYGEN_PER_DIOXIDE = MOLAR_KG["oxygen"] / MOLAR_KG["carbon_dioxide"] * 2.0
WATER_PER_DIOXIDE = MOLAR_KG["water"] / MOLAR_KG["carbon_dioxide"] * 2.0
COLUMNS = 26


@numba.njit(cache=True)
def run_unit(held: Array, change: Array, low: Array, high: Array, room: Array, vents: Array, most_kg: float) -> float:
    """Work one unit through a step on the stores `held` (C,), kg of basis done: as much of `most_kg` as feed, set
    points and room allow; gases find no room for long, so they never stop it."""
    x = most_kg
    for c in range(len(held)):
        if change[c] < 0.0:
            x = min(x, (held[c] - low[c]) / -change[c])
        elif change[c] > 0.0:
            most = high[c] if vents[c] else min(high[c], room[c])
            x = min(x, (most - held[c]) / change[c])
    if x <= 0.0:
        return 0.0
    for c in range(len(held)):
        if change[c] != 0.0:
            held[c] = max(held[c] + change[c] * x, 0.0)
    return x


@numba.njit(cache=True)
def march(
    delivered: Array,
    nominal: Array,
    leak_kg: Array,
    crewed: Array,
    water_recovery: Array,
    oxygen_recovery: Array,
    scrubbed: Array,
    needs: Array,
    change: Array,
    low: Array,
    high: Array,
    most_kg: Array,
    room: Array,
    brought: Array,
    vents: Array,
    takes: Array,
    place: Array,
) -> tuple[Array, Array, Array, Array]:
    """All steps: (n, COLUMNS) by the columns of `Life`, and stores, what overflowed (n, C), what units did (n, U).

    Without units or carriers beyond the four stores the last three are (0, C) and (0, U).
    """
    n, units, carriers = len(leak_kg), change.shape[0], len(vents)
    some = n if carriers > 4 or units > 0 else 0
    out, after = np.zeros((n, COLUMNS)), np.zeros((some, carriers))
    lost, ran = np.zeros((some, carriers)), np.zeros((some, units))
    held = np.zeros(carriers)
    cabin_oxygen, cabin_nitrogen, dioxide = 0.0, 0.0, 0.0
    for i in range(n):
        for c in range(4):
            held[c] += delivered[i, c]
        if some:
            for c in range(carriers):
                held[c] += brought[i, c]
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

        # Suits are filled before anybody goes out: what they spray and leak does not come back.
        sprayed, seeped = min(needs[i, 6], held[2]), min(needs[i, 7], held[0])
        held[2] -= sprayed
        held[0] -= seeped

        # What cannot be eaten is not burned, and what cannot be breathed burns nothing.
        fed = min(held[3] / needs[i, 1], 1.0) if needs[i, 1] > 0.0 else 1.0
        breath = min((cabin_oxygen + held[0]) / needs[i, 0], 1.0) if needs[i, 0] > 0.0 else 1.0
        lived = min(fed, breath)
        held[3] = max(held[3] - lived * needs[i, 1], 0.0)
        cabin_oxygen -= lived * needs[i, 0]

        # Used water goes to the units that take it; what no unit takes is the habitats' to win back.
        drunk = min(needs[i, 2], held[2])
        returned = drunk + lived * needs[i, 4]
        solids, rest = lived * needs[i, 5], returned
        urine, waste, brine = 0.0, 0.0, 0.0
        if some and (takes[i, 1] > 0.0 or takes[i, 2] > 0.0):
            in_urine = min(solids / URINE_SOLIDS * (1.0 - URINE_SOLIDS), returned)
            if takes[i, 2] > 0.0:
                waste = returned - in_urine
                held[place[2]] += waste
            if takes[i, 1] > 0.0:
                urine = in_urine / (1.0 - URINE_SOLIDS)
                held[place[1]] += urine
                solids = max(solids - urine * URINE_SOLIDS, 0.0)
                rest = 0.0 if takes[i, 2] > 0.0 else returned - in_urine
            else:
                rest = in_urine
        recovered = water_recovery[i] * rest
        held[2] += recovered - drunk
        if some and takes[i, 3] > 0.0:
            brine = min(solids / BRINE_SOLIDS, (rest - recovered) / (1.0 - BRINE_SOLIDS))
            held[place[3]] += brine

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
        reduced = 0.0
        if not (some and takes[i, 0] > 0.0):
            reduced = min(oxygen_recovery[i] * removed, wanted / OXYGEN_PER_DIOXIDE, held[2] / WATER_PER_DIOXIDE)
        held[0] += reduced * OXYGEN_PER_DIOXIDE
        held[2] = max(held[2] - reduced * WATER_PER_DIOXIDE, 0.0)
        caught = 0.0
        if some and place[0] >= 0:
            caught = removed - reduced
            held[place[0]] += caught

        for u in range(units):
            if most_kg[i, u] > 0.0:
                ran[i, u] = run_unit(held, change[u], low[u], high[u], room[i], vents, most_kg[i, u])

        filled = min(held[0], wanted)
        held[0] -= filled
        cabin_oxygen = max(cabin_oxygen + filled, 0.0)
        filled = min(held[1], max(nominal[i, 1] - cabin_nitrogen, 0.0))
        held[1] -= filled
        cabin_nitrogen += filled

        if some:
            for c in range(4, carriers):
                lost[i, c] = max(held[c] - room[i, c], 0.0)
                held[c] -= lost[i, c]
            after[i] = held

        out[i, 0], out[i, 1], out[i, 2], out[i, 3] = held[0], held[1], held[2], held[3]
        out[i, 4], out[i, 5], out[i, 6], out[i, 7] = cabin_oxygen, cabin_nitrogen, dioxide, lived
        out[i, 8], out[i, 9], out[i, 10], out[i, 11] = drunk, returned, recovered, removed
        out[i, 12], out[i, 13], out[i, 14], out[i, 15] = reduced, leaked_dioxide, leaked_oxygen, leaked_nitrogen
        if crewed[i] > 0.0:
            short = max(nominal[i, 0] - cabin_oxygen, 0.0) - deficit_oxygen
            out[i, 16] = (1.0 - breath) * needs[i, 0] + (short if short > ROUNDING_KG else 0.0) + needs[i, 7] - seeped
            short = max(nominal[i, 1] - cabin_nitrogen, 0.0) - deficit_nitrogen
            out[i, 17] = short if short > ROUNDING_KG else 0.0
            out[i, 18] = needs[i, 2] - drunk + needs[i, 6] - sprayed
            out[i, 19] = (1.0 - fed) * needs[i, 1]
        out[i, 20], out[i, 21], out[i, 22], out[i, 23] = caught, urine, waste, brine
        out[i, 24], out[i, 25] = sprayed, seeped
    return out, after, lost, ran
