"""Demands packed: gases and liquids in tanks, everything else in cargo transfer bags, those under pressure apart.

Sizes are SpaceNet 2.5's; a remainder goes into the small tank when it fits. Kilograms.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil

from malapert.logistics.campaign.demands import GAS_CLASS, WATER_CLASS
from malapert.logistics.campaign.measures import SupplyPoint


@dataclass(frozen=True)
class Holder:
    """A kind of container: its own mass and what it holds."""

    name: str
    tare_kg: float
    holds_kg: float


BAG = Holder("cargo transfer bag", 0.83, 26.8)
SMALL_LIQUID, LARGE_LIQUID = Holder("small liquid tank", 11.4567, 24.9333), Holder("large liquid tank", 34.37, 74.8)
SMALL_GAS, LARGE_GAS = Holder("small gas tank", 10.8, 10.0), Holder("large gas tank", 108.0, 100.0)
_ROUNDING_KG = 1e-9


@dataclass(frozen=True)
class Packed:
    """So many of one kind of container, with what is in them."""

    holder: Holder
    count: int
    contents_kg: float

    @property
    def gross_kg(self) -> float:
        """Containers and contents."""
        return self.count * self.holder.tare_kg + self.contents_kg


def packed(point: SupplyPoint) -> tuple[Packed, ...]:
    """The containers that the demands of one supply point fill."""
    return tuple(_packed(point))


def _packed(point: SupplyPoint) -> Iterator[Packed]:
    sums = {"gas": 0.0, "liquid": 0.0, "pressurised": 0.0, "unpressurised": 0.0}
    for (supply_class, environment), kg in point.by_kind_kg.items():
        kind = {GAS_CLASS: "gas", WATER_CLASS: "liquid"}.get(supply_class, environment)
        sums[kind] += kg
    yield from _tanks(sums["gas"], SMALL_GAS, LARGE_GAS)
    yield from _tanks(sums["liquid"], SMALL_LIQUID, LARGE_LIQUID)
    for environment in ("pressurised", "unpressurised"):
        if sums[environment] > _ROUNDING_KG:
            yield Packed(BAG, ceil(sums[environment] / BAG.holds_kg - _ROUNDING_KG), sums[environment])


def _tanks(kg: float, small: Holder, large: Holder) -> Iterator[Packed]:
    """Large tanks, and a last one no larger than it need be."""
    if kg <= _ROUNDING_KG:
        return
    whole = int(kg / large.holds_kg + _ROUNDING_KG)
    rest = kg - whole * large.holds_kg
    if rest > small.holds_kg:
        whole, rest = whole + 1, 0.0
    if whole:
        yield Packed(large, whole, kg - max(rest, 0.0))
    if rest > _ROUNDING_KG:
        yield Packed(small, 1, rest)
