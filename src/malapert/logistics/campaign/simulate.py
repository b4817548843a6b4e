"""The event simulator: what was declared, in order of time and priority, with burns, transfers, stays and demands.

What cannot be is an error in the findings and does not happen; the rest of the campaign goes on.
"""

import heapq
from dataclasses import replace
from math import floor
from typing import Final

from malapert.logistics.campaign import acts
from malapert.logistics.campaign.demands import (
    CrewConsumables,
    Impulse,
    MissionTimes,
    Rated,
    SparingByMass,
    boiled_off_kg,
    crew_consumables,
    generic,
    spares,
)
from malapert.logistics.campaign.events import (
    Campaign,
    Mission,
)
from malapert.logistics.campaign.missions import check, mission_times
from malapert.logistics.campaign.network import Resource
from malapert.logistics.campaign.state import BurnDone, Demand, Finding, Simulation, Travel, Visit, World

SPACENET_G0_M_S2: Final = 9.81  # hard-coded in SpaceNet, with which its published figures were made
_LAST: Final = 10**9


class Run:
    """One simulation under way; `acts` holds what each kind of event does to it."""

    def __init__(self, campaign: Campaign, *, with_propulsion: bool, g0_m_s2: float) -> None:
        self.campaign, self.with_propulsion, self.g0_m_s2 = campaign, with_propulsion, g0_m_s2
        self.world = World(campaign)
        self.now_d = 0.0
        self.queue: list[tuple[float, int, int, acts.Act]] = []
        self.order = 0
        self.log: list[tuple[float, str]] = []
        self.findings: list[Finding] = []
        self.burns: list[BurnDone] = []
        self.travels: list[Travel] = []
        self.demands: list[Demand] = []
        self.visits: list[Visit] = []
        self.since: dict[str, float] = {}
        self.arrives_d: dict[str, float] = {}
        self.boiled: dict[str, float] = {}
        self.crew_d: dict[str, float] = {}
        self.crew_h: dict[str, float] = {}
        self.capability: dict[str, float] = {}
        self.excursions = 0
        self.asked_once: set[tuple[str, str]] = set()

    def rounded_d(self, at_d: float) -> float:
        """A time on the campaign's own grid."""
        return _rounded(at_d, self.campaign.precision.time_d)

    def schedule(self, at_d: float, priority: int, act: acts.Act) -> None:
        """Let something happen at a time."""
        heapq.heappush(self.queue, (self.rounded_d(at_d), priority, self.order, act))
        self.order += 1

    def say(self, words: str) -> None:
        """A line of the log."""
        self.log.append((self.now_d, words))

    def warn(self, event: str, words: str) -> None:
        """Something reads oddly."""
        self.findings.append(Finding("warning", self.now_d, event, words))

    def fail(self, event: str, words: str) -> None:
        """Something cannot be."""
        self.findings.append(Finding("error", self.now_d, event, words))

    def doubt(self, event: str, words: str) -> bool:
        """Something disagrees with what came before: an error, or in a trusted campaign a warning and True."""
        (self.warn if self.campaign.is_trusted else self.fail)(event, words)
        return self.campaign.is_trusted

    def title(self, key: str) -> str:
        """What people call a key."""
        return self.campaign.title(key)

    def put(self, key: str, container: str) -> None:
        """Move an asset and keep the book of who was where."""
        for one in (key, *self.world.within(key)):
            self._left(one)
        if key in self.world.container:
            self.world.put(key, container)
        else:
            self.world.create(key, container)
        for one in (key, *self.world.within(key)):
            self.since[one] = self.now_d

    def remove(self, key: str) -> None:
        """Take an asset out, with the book kept."""
        for one in (key, *self.world.within(key)):
            self._left(one)
            self.since.pop(one, None)
        self.world.remove(key)

    def _left(self, key: str) -> None:
        if key in self.since and self.now_d > self.since[key]:
            self.visits.append(Visit(key, self.world.where(key), self.since[key], self.now_d))

    def demand(self, place: str, asset: str, resource: Resource, units: float) -> None:
        """Ask for something: stores at the place give what they have, the rest is recorded as lacking."""
        units = _rounded(units, self.campaign.precision.demand)
        if units <= 0.0:
            return
        met = 0.0
        for store in self._stores_at(place):
            held = self.world.stores[store]
            took = min(units - met, held.get(resource.key, 0.0))
            if took > 0.0:
                held[resource.key] -= took
                met += took
        self.demands.append(Demand(self.now_d, place, asset, resource, units, met))

    def _stores_at(self, place: str) -> list[str]:
        return [key for key, held in self.world.stores.items() if held and self.world.where(key) == place]

    def simulation(self) -> Simulation:
        """What a finished run leaves."""
        for key in self.since:
            self._left(key)
        masses = {key: self.world.total_kg(key) for key in self.world.container}
        return Simulation(
            self.campaign, self.g0_m_s2, self.with_propulsion, self.now_d, tuple(self.log), tuple(self.findings),
            tuple(self.burns), tuple(self.travels), tuple(self.demands), tuple(self.visits), self.world.fuel_kg,
            self.boiled, self.crew_d, self.crew_h, self.capability, masses, self.excursions,
        )  # fmt: skip


def simulate(campaign: Campaign, *, with_propulsion: bool = True, g0_m_s2: float = SPACENET_G0_M_S2) -> Simulation:
    """Run a campaign from its first event to its last.

    `with_propulsion` off leaves burns out and keeps staging. InputError when the campaign cannot be read as one.
    """
    check(campaign)
    run = Run(campaign, with_propulsion=with_propulsion, g0_m_s2=g0_m_s2)
    for mission in campaign.missions:
        run.schedule(mission.start_d, -_LAST, lambda run, mission=mission: _begin(run, mission))  # type: ignore[misc]
    while run.queue:
        at_d, _, _, act = heapq.heappop(run.queue)
        if at_d > run.now_d:
            passed_d, run.now_d = at_d - run.now_d, at_d
            _pass_time(run, passed_d)
        act(run)
    return run.simulation()


def _begin(run: Run, mission: Mission) -> None:
    run.say(f"Mission {mission.name} begins")
    if not mission.events:
        run.warn(mission.name, "no events")
    for event in mission.events:
        placed = replace(event, at_d=mission.start_d + event.at_d)
        run.schedule(placed.at_d, placed.priority, acts.act_of(placed))
    lived = mission_times(run.campaign, mission)
    arrival_d = mission.start_d + lived.arrival_d
    for key in mission.demand_models:
        run.schedule(arrival_d, _LAST, lambda run, key=key: _mission_demands(run, mission, lived, key))  # type: ignore[misc]


def _mission_demands(run: Run, mission: Mission, lived: MissionTimes, key: str) -> None:
    model = run.campaign.demand_models[key]
    if isinstance(model, CrewConsumables):
        for supply_class, kg in crew_consumables(model, lived):
            run.demand(mission.destination, "", generic(supply_class, run.campaign.packing), kg)
    elif isinstance(model, Impulse | Rated):
        amounts = model.amounts if isinstance(model, Impulse) else model.amounts_per_d
        scale = 1.0 if isinstance(model, Impulse) else lived.length_d
        for resource, units in amounts:
            run.demand(mission.destination, "", run.campaign.resources[resource], units * scale)


def _pass_time(run: Run, days: float) -> None:
    """People, demands of states and boil-off over the days since the last event."""
    world = run.world
    for key in [*world.container]:
        asset = world.asset(key)
        if asset.kind == "crew":
            _count_crew(run, key, days)
        if asset.boil_off_per_d > 0.0 and world.fuel_kg.get(key, 0.0) > 0.0:
            lost = boiled_off_kg(world.fuel_kg[key], asset.boil_off_per_d, days)
            world.fuel_kg[key] -= lost
            run.boiled[key] = run.boiled.get(key, 0.0) + lost
        index = world.state_index.get(key, -1)
        if 0 <= index < len(asset.states):
            for model in asset.states[index].demand_models:
                _asset_demands(run, key, model, days)


def _count_crew(run: Run, key: str, days: float) -> None:
    where = run.world.where(key)
    run.crew_h[where] = run.crew_h.get(where, 0.0) + days * 24.0 * run.world.asset(key).active_fraction
    if run.world.is_off_earth(where):
        run.crew_d[where] = run.crew_d.get(where, 0.0) + days
        kg_d = run.world.exploration_kg(where) * days
        run.capability[where] = run.capability.get(where, 0.0) + kg_d


def _asset_demands(run: Run, key: str, name: str, days: float) -> None:
    model, where, campaign = run.campaign.demand_models[name], run.world.where(key), run.campaign
    if isinstance(model, SparingByMass):
        for resource, units in spares(model, run.world.asset(key), campaign.resources, campaign.packing, days):
            run.demand(where, key, resource, units)
    elif isinstance(model, Rated):
        for resource_key, units in model.amounts_per_d:
            run.demand(where, key, campaign.resources[resource_key], units * days)
    elif isinstance(model, Impulse) and (key, name) not in run.asked_once:
        run.asked_once.add((key, name))
        for resource_key, units in model.amounts:
            run.demand(where, key, campaign.resources[resource_key], units)


def _rounded(value: float, step: float) -> float:
    return floor(value / step + 0.5 + 1e-9) * step if step > 0.0 else value
