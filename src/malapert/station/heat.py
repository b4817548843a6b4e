"""How warm things stay: one node an element, with what it draws and takes up, a radiator, a heater and a cold sky.

    C dT/dt = P + heater + sunlight - k eps sigma A (T^4 - Ts^4),    Ts^4 = v eg Tg^4 + (1 - v) T0^4

with the power P drawn (all of it becomes heat), area A, part v of what the radiator sees that is ground at Tg, and an
opening k of the radiator. The heater holds an element some way above the coldest it bears, as far as its power goes;
the radiator opens as far as it must to hold it below the warmest. Steps are implicit: a small node is as sure as a
large one.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numba
import numpy as np
from numpy.typing import NDArray

from malapert.constants import SOLAR_IRRADIANCE_W_M2
from malapert.programme import Programme
from malapert.programme.elements import Element
from malapert.station.hours import Array, Hours, Sky, Standing
from malapert.terrain.regolith import STEFAN_BOLTZMANN_W_M2_K4, Regolith

Flags = NDArray[np.bool_]
SPACE_K: Final = 2.725
# Heater and radiator hold an element this far inside what it bears; design.
GUARD_K: Final = 5.0
# Specific heat of aluminium at room temperature, for a whole element; unsourced.
SPECIFIC_HEAT_KJ_KG_K: Final = 0.9


@dataclass(frozen=True)
class Node:
    """One element and what surrounds it: `sink_k4` (n,) is the fourth power of the temperature its radiator sees,
    `taken_kw` (n,) sunlight and people's warmth."""

    delivery: Standing
    row: Element
    there: Array
    sink_k4: Array
    taken_kw: Array
    step_h: float

    @property
    def capacity_kwh_k(self) -> float:
        """Heat that warms it by 1 K."""
        kj_k = self.row.heat_capacity_kj_k
        return (self.row.mass_kg * SPECIFIC_HEAT_KJ_KG_K if kj_k is None else kj_k) / 3600.0


@dataclass(frozen=True)
class Warmth:
    """What became of one element: temperature at the end of each step (K; nan while it is not there), powers (n,)."""

    node: Node
    temperature_k: Array
    heater_kw: Array
    radiated_kw: Array
    residual_kwh: Array

    @cached_property
    def margin_k(self) -> Array:
        """How far it is from the nearer of what it bears (n,); negative when it freezes or overheats."""
        row = self.node.row
        return np.asarray(np.minimum(self.temperature_k - row.coldest_k, row.warmest_k - self.temperature_k))


def nodes(
    programme: Programme, standing: tuple[Standing, ...], hours: Hours, sky: Sky, people_kw: Array
) -> tuple[Node, ...]:
    """Elements at the station that declare a radiator; `people_kw` (n,) is the warmth of those in its habitats."""
    rows, found = programme.elements, []
    beds = sum((rows[d.element].crew * hours.there(d) for d in standing if d.table == "habitat"), np.zeros(sky.n))  # type: ignore[attr-defined]
    for delivery in standing:
        row, there = rows[delivery.element], hours.there(delivery)
        if row.radiator_m2 is None:
            continue
        sun_kw = row.sunlit_m2 * SOLAR_IRRADIANCE_W_M2 * 1e-3 * sky.sunlight(delivery.site)
        if delivery.table == "habitat":
            share = np.divide(row.crew * there, beds, out=np.zeros(sky.n), where=beds > 0.0)  # type: ignore[attr-defined]
            sun_kw = sun_kw + people_kw * share
        ground_k4 = Regolith().emissivity * sky.ground_k**4
        sink_k4 = row.ground_view * ground_k4 + (1.0 - row.ground_view) * SPACE_K**4
        found.append(Node(delivery, row, there, sink_k4, sun_kw, hours.step_h))
    return tuple(found)


def bearable(nodes: tuple[Node, ...], rows: Mapping[str, Element]) -> dict[str, Flags]:
    """Steps in which those of `rows` that have a node may run (n,): idle until then they do not freeze, at work all the
    time they would not overheat."""
    found = {}
    for node in (node for node in nodes if node.delivery.element in rows):
        row = node.row
        idle = warmth(node, row.keep_alive_kw * node.there).temperature_k
        busy = warmth(node, max(row.load_kw, row.keep_alive_kw) * node.there).temperature_k
        found[node.delivery.element] = np.asarray((idle >= row.coldest_k) & (busy <= row.warmest_k))
    return found


def warmth(node: Node, drawn_kw: Array, heater_kw: Array | None = None) -> Warmth:
    """Run one node through every step with the power it draws (n,), heater apart.

    `heater_kw` (n,) is the most its heater gets; its rated power when absent, which is how its demand is found.
    """
    row = node.row
    assert row.radiator_m2 is not None
    most_kw = np.full(len(drawn_kw), row.heater_kw) if heater_kw is None else heater_kw
    low, high = row.coldest_k + GUARD_K, row.warmest_k - GUARD_K
    out = _march(
        np.ascontiguousarray(drawn_kw + node.taken_kw),
        np.ascontiguousarray(most_kw),
        np.ascontiguousarray(node.sink_k4),
        np.ascontiguousarray(node.there),
        row.radiator_m2 * row.radiator_emissivity * STEFAN_BOLTZMANN_W_M2_K4 * 1e-3,
        row.closed_fraction,
        node.capacity_kwh_k,
        min(low, high),
        max(low, high),
        node.step_h,
    )
    return Warmth(node, *out)


@numba.njit(cache=True)
def _end_k(start_k: float, heat_kw: float, radiating: float, sink_k4: float, capacity: float, step_h: float) -> float:
    """Temperature at the end of an implicit step, by Newton: C (T - T0) = h (P - k (T^4 - Ts^4))."""
    t = max(start_k, 1.0)
    for _ in range(60):
        gap = capacity * (t - start_k) - step_h * (heat_kw - radiating * (t**4 - sink_k4))
        change = gap / (capacity + 4.0 * step_h * radiating * t**3)
        t = max(t - change, 0.5 * t)
        if abs(change) < 1e-10:
            break
    return t


@numba.njit(cache=True)
def _march(
    heat_kw: Array,
    most_kw: Array,
    sink_k4: Array,
    there: Array,
    open_kw_k4: float,
    closed: float,
    capacity: float,
    low_k: float,
    high_k: float,
    step_h: float,
) -> tuple[Array, Array, Array, Array]:
    n = len(heat_kw)
    temperature, heater = np.full(n, np.nan), np.zeros(n)
    radiated, residual = np.zeros(n), np.zeros(n)
    held = 0.5 * (low_k + high_k)
    for i in range(n):
        if there[i] <= 0.0:
            held = 0.5 * (low_k + high_k)
            continue
        radiating = closed * open_kw_k4
        end = _end_k(held, heat_kw[i], radiating, sink_k4[i], capacity, step_h)
        if end < low_k:
            needed = capacity * (low_k - held) / step_h + radiating * (low_k**4 - sink_k4[i]) - heat_kw[i]
            heater[i] = min(max(needed, 0.0), most_kw[i])
            end = _end_k(held, heat_kw[i] + heater[i], radiating, sink_k4[i], capacity, step_h)
        elif end > high_k:
            away = heat_kw[i] - capacity * (high_k - held) / step_h
            cold = high_k**4 - sink_k4[i]
            radiating = min(max(away / cold, radiating), open_kw_k4) if cold > 0.0 else open_kw_k4
            end = _end_k(held, heat_kw[i], radiating, sink_k4[i], capacity, step_h)
        radiated[i] = radiating * (end**4 - sink_k4[i])
        residual[i] = (heat_kw[i] + heater[i] - radiated[i]) * step_h - capacity * (end - held)
        held = end
        temperature[i] = end
    return temperature, heater, radiated, residual
