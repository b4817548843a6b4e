"""Measures of effectiveness as SpaceNet 2.5 defines them, and what a campaign delivers where.

Grogan et al., AIAA SciTech 2024; relative exploration capability is against Apollo 17: 2,594 kg d, 2,930 t launched.
"""

from dataclasses import dataclass
from math import nan
from typing import Final

from malapert.logistics.campaign.network import Environment
from malapert.logistics.campaign.state import Simulation, Travel

APOLLO_17_CAPABILITY_KG_D: Final = 2594.0
APOLLO_17_LAUNCH_KG: Final = 2_930_000.0


@dataclass(frozen=True)
class Measures:
    """Sums over a campaign; ratios are nan where nothing is stated to divide by.

    `boiled_off_kg` and `unmet_kg` are not SpaceNet's: propellant lost, and demands that no store could give.
    """

    crew_surface_d: float
    crew_time_h: float
    exploration_mass_kg: float
    exploration_capability_kg_d: float
    launch_mass_kg: float
    up_mass_utilisation: float
    down_mass_utilisation: float
    relative_exploration_capability: float
    excursions: int
    demanded_kg: float
    unmet_kg: float
    boiled_off_kg: float


def measures(simulation: Simulation) -> Measures:
    """The measures of a finished simulation."""
    up = [travel for travel in simulation.travels if _is_earth(simulation, travel.origin)]
    down = [
        travel
        for travel in simulation.travels
        if not _is_earth(simulation, travel.origin) and _is_earth(simulation, travel.destination)
    ]
    launch_kg = sum(travel.mass_kg for travel in up)
    capability = sum(simulation.capability_kg_d.values())
    return Measures(
        crew_surface_d=sum(simulation.crew_d.values()),
        crew_time_h=sum(simulation.crew_h.values()),
        exploration_mass_kg=sum(t.exploration_kg for t in simulation.travels if _lands_off_earth(simulation, t)),
        exploration_capability_kg_d=capability,
        launch_mass_kg=launch_kg,
        up_mass_utilisation=_used(up),
        down_mass_utilisation=_used(down),
        relative_exploration_capability=(
            (capability / APOLLO_17_CAPABILITY_KG_D) / (launch_kg / APOLLO_17_LAUNCH_KG) if launch_kg > 0.0 else nan
        ),
        excursions=simulation.excursions,
        demanded_kg=sum(demand.units * demand.resource.unit_kg for demand in simulation.demands),
        unmet_kg=sum(demand.unmet_kg for demand in simulation.demands),
        boiled_off_kg=sum(simulation.boiled_off_kg.values()),
    )


@dataclass(frozen=True)
class SupplyPoint:
    """An arrival at a place and the demands, kg by class of supply and environment, that it is the last to meet."""

    place: str
    at_d: float
    by_kind_kg: dict[tuple[int, Environment], float]

    @property
    def by_class_kg(self) -> dict[int, float]:
        """kg by class of supply."""
        found: dict[int, float] = {}
        for (supply_class, _), kg in self.by_kind_kg.items():
            found[supply_class] = found.get(supply_class, 0.0) + kg
        return found

    @property
    def total_kg(self) -> float:
        """All classes."""
        return sum(self.by_kind_kg.values())


def supply_points(simulation: Simulation) -> tuple[SupplyPoint, ...]:
    """Unmet demands summed up to the last arrival at their place before them; those on Earth are left out."""
    arrivals = sorted({(travel.destination, travel.end_d) for travel in simulation.travels}, key=lambda one: one[1])
    sums: dict[tuple[str, float], dict[tuple[int, Environment], float]] = {arrival: {} for arrival in arrivals}
    for demand in simulation.demands:
        before = [one for one in arrivals if one[0] == demand.place and one[1] <= demand.at_d]
        if before:
            sums_here = sums[before[-1]]
            kind = (demand.resource.supply_class, demand.resource.environment)
            sums_here[kind] = sums_here.get(kind, 0.0) + demand.unmet_kg
    return tuple(SupplyPoint(place, at_d, sums[place, at_d]) for place, at_d in arrivals)


def _used(travels: list[Travel]) -> float:
    stated = [travel for travel in travels if travel.capacity_kg is not None]
    capacity_kg = sum(travel.capacity_kg or 0.0 for travel in stated)
    return sum(travel.cargo_kg for travel in stated) / capacity_kg if capacity_kg > 0.0 else nan


def _is_earth(simulation: Simulation, place: str) -> bool:
    row = simulation.campaign.places[place]
    return row.kind == "surface" and row.body.lower() == "earth"


def _lands_off_earth(simulation: Simulation, travel: Travel) -> bool:
    row = simulation.campaign.places[travel.destination]
    leg = simulation.campaign.legs[travel.leg]
    off_earth = row.kind == "surface" and row.body.lower() != "earth"
    return leg.kind != "surface" and (off_earth or (row.kind == "orbit" and row.body.lower() == "sun"))
