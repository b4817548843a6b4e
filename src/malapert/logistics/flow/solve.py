"""The mixed-integer program of a study: whole vehicles and people, cargo and propellant as they come.

Copies of the vehicle are counted, not named: cargo and propellant may be exchanged wherever two meet, so the count on
an arc says all that their capacities allow. A stack burns from the sum of its tanks.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from math import ceil, floor, inf, isfinite
from typing import Any, Final

import numpy as np
import xarray as xr

from malapert.errors import ConvergenceError
from malapert.logistics.flow.network import CARGO, Network, expanded
from malapert.logistics.flow.study import Goal, Study

UNLIMITED_KG: Final = 1e7
MOST_COPIES: Final = 1000
GAP: Final = 1e-9


@dataclass(frozen=True)
class Flow:
    """What travels one arc: `window` counts from 0; propellant as it leaves and as it arrives."""

    window: int
    origin: str
    destination: str
    spacecraft: int
    crew: int
    cargo_kg: dict[str, float]
    propellant_kg: float
    arriving_kg: float


@dataclass(frozen=True)
class FlowPlan:
    """The answer: `imleo_kg` is what all launches bring to the first place; `bound` and `gap` are the objective's.

    `windows` is the window each mission flies in; `launched_kg` and `launches` by window.
    """

    study: Study
    objective: Goal
    value: float
    bound: float
    gap: float
    status: str
    imleo_kg: float
    windows: tuple[int, ...]
    launched_kg: tuple[float, ...]
    launches: tuple[int, ...]
    oxidiser_kg: float
    fuel_kg: float
    flows: tuple[Flow, ...]


WANTED: Final = ("crew", "habitat", "consumables", "sample")


def asked(study: Study) -> dict[str, float]:
    """kg (or people) that each mission asks for."""
    row = study.row
    amounts = (float(row.crew), row.habitat_kg, study.surface_kg, row.sample_kg)
    return dict(zip(WANTED, amounts, strict=True))


def solve(study: Study, limit_s: float = 120.0) -> FlowPlan:
    """The best plan of a study; ConvergenceError when none is found within the limit, ClashError when there is none."""
    from malapert.logistics.flow.clash import clashing

    program = Program(study)
    plan = program.best(limit_s)
    if plan is None:
        raise clashing(program, limit_s)
    return plan


class Program:
    """One linopy model of a study. `met` is the part of each demand that is met and `copies` the vehicles a window:
    held at the whole and at most at what is declared, until somebody asks why there is no plan."""

    def __init__(self, study: Study) -> None:
        import linopy

        self.study = study
        self.network: Network = expanded(study)
        arcs, missions = list(range(len(self.network.arcs))), list(range(study.row.missions))
        self.model = linopy.Model()
        whole: dict[str, Any] = {"coords": [("arc", arcs)], "lower": 0, "integer": True}
        wanted = [("what", list(WANTED)), ("mission", missions)]
        self.met = self.model.add_variables(lower=1.0, upper=1.0, coords=wanted, name="met")
        self.copies = self.model.add_variables(lower=0, upper=study.row.spacecraft, integer=True, name="copies")
        self.craft = self.model.add_variables(upper=MOST_COPIES, name="craft", **whole)
        self.crew = self.model.add_variables(name="crew", upper=1e6, **whole)
        named = [("what", list(CARGO)), ("arc", arcs)]
        self.cargo = self.model.add_variables(lower=0.0, coords=named, name="cargo")
        row = study.row
        self.mass = row.crew_mass_kg * self.crew + row.dry_kg * self.craft + self.cargo.sum("what")
        if row.objective == "date":
            self._place_missions()
        self._conserve()
        self._carry()
        self._launch()

    def _place_missions(self) -> None:
        """Each mission in a window, the earlier one first since they are alike."""
        count = self.study.row.missions
        coords = [("mission", list(range(count))), ("window", list(range(count)))]
        self.placed = self.model.add_variables(coords=coords, binary=True, name="placed")
        self.model.add_constraints(self.placed.sum("window") == 1, name="once")
        numbers = (self.placed * _array(range(count), "window")).sum("window")
        for mission in range(count - 1):
            first, then = (numbers.sel(mission=one, drop=True) for one in (mission, mission + 1))
            self.model.add_constraints(first - then <= 0.0, name=f"order_{mission}")

    def _wanted(self, names: tuple[str, ...]) -> Any:
        """What nodes give (above zero) or want of things, as an expression (what, node)."""
        network, count, last = self.network, self.study.row.missions, len(self.study.places) - 1
        given = np.zeros((len(names), len(network.leaves), count))
        for k, what in enumerate(names):
            amount = asked(self.study).get(what, 0.0)
            for window in range(count):
                out, home = 2 * window, 2 * window + 1
                places = {
                    "crew": {(0, out): 1.0, (last, out): -1.0, (last, home): 1.0, (0, home): -1.0},
                    "habitat": {(last, out): -1.0},
                    "consumables": {(last, home): -1.0},
                    "sample": {(0, home): -1.0},
                }
                for (place, layer), sign in places.get(what, {}).items():
                    given[k, network.node(place, layer), window] = sign * amount
        coords = {"what": list(names)}
        if self.study.row.objective == "date":
            share = xr.DataArray(given, dims=("what", "node", "window"), coords=coords)
            return (self.placed.sum("mission") * share).sum("window")
        share = xr.DataArray(given, dims=("what", "node", "mission"), coords=coords)
        asks = [name for name in names if name in WANTED]
        return (self.met.sel(what=asks) * share.sel(what=asks)).sum("mission")

    def _conserve(self) -> None:
        """No more leaves a node than arrives there and is given there; what arcs use up on the way."""
        network, row, model = self.network, self.study.row, self.model
        leaves, enters = (xr.DataArray(matrix, dims=("node", "arc")) for matrix in (network.leaves, network.enters))
        flies = np.array([float(arc.leg >= 0) for arc in network.arcs])
        days = np.array([arc.days for arc in network.arcs])
        burnt = np.array([arc.burnt for arc in network.arcs])
        by_craft, by_crew, by_mass = (np.zeros((len(CARGO), len(network.arcs))) for _ in range(3))
        by_craft[CARGO.index("spares")] = row.maintenance * row.dry_kg * flies
        by_crew[CARGO.index("consumables")] = row.consumption_kg_d * days
        by_mass[CARGO.index("propellant")] = burnt
        use_craft, use_crew, use_mass = (
            xr.DataArray(use, dims=("what", "arc"), coords={"what": list(CARGO)})
            for use in (by_craft, by_crew, by_mass)
        )
        arriving = self.cargo - use_craft * self.craft - use_crew * self.crew - use_mass * self.mass
        model.add_constraints(arriving >= 0.0, name="enough")
        free = np.zeros((len(CARGO), len(network.leaves)))
        last = len(self.study.places) - 1
        for k, what in enumerate(CARGO):
            for window in range(row.missions):
                node = network.node(last, 2 * window + 1) if what == "sample" else network.node(0, 2 * window)
                free[k, node] = UNLIMITED_KG
        given = xr.DataArray(free, dims=("what", "node"), coords={"what": list(CARGO)})
        balance = (leaves * self.cargo).sum("arc") - (enters * arriving).sum("arc")
        asks = [what for what in CARGO if what in WANTED]
        rest = [what for what in CARGO if what not in WANTED]
        model.add_constraints(
            balance.sel(what=asks) - self._wanted(tuple(asks)) <= given.sel(what=asks), name="balance_asked"
        )
        model.add_constraints(balance.sel(what=rest) <= given.sel(what=rest), name="balance_rest")
        through = leaves - enters
        people = self._wanted(("crew",)).sel(what="crew", drop=True)
        model.add_constraints((through * self.crew).sum("arc") - people <= 0.0, name="balance_crew")
        fresh = np.zeros(len(network.leaves))
        fresh[[network.node(0, layer) for layer in range(2 * row.missions)]] = 1.0
        model.add_constraints(
            (through * self.craft).sum("arc") - _array(fresh, "node") * self.copies <= 0.0, name="balance_craft"
        )
        model.add_constraints(self.craft - self.copies <= 0.0, name="copies_there_are")

    def _carry(self) -> None:
        """Vehicles limit what flies and what waits, but for the launcher's own leg."""
        row = self.study.row
        held = [k for k, arc in enumerate(self.network.arcs) if not arc.is_launch]
        cargo, crew, craft = self.cargo.sel(arc=held), self.crew.sel(arc=held), self.craft.sel(arc=held)
        payload = row.crew_mass_kg * crew + cargo.sel(what=[w for w in CARGO if w != "propellant"]).sum("what")
        self.model.add_constraints(payload - row.payload_kg * craft <= 0.0, name="payload")
        propellant = cargo.sel(what="propellant", drop=True)
        self.model.add_constraints(propellant - row.propellant_kg * craft <= 0.0, name="tanks")
        seats = floor(row.payload_kg / row.crew_mass_kg)
        self.model.add_constraints(crew - seats * craft <= 0.0, name="seats")

    def _launch(self) -> None:
        """Mass launched, by window, and launches where their size is known."""
        self.launched = self.mass.sel(arc=self.network.launches)
        self.imleo = self.launched.sum("arc")
        self.launches = None
        if self.study.row.launch_kg is not None:
            most = min(self.study.most("launches"), float(MOST_COPIES))
            coords = [("arc", self.network.launches)]
            self.launches = self.model.add_variables(lower=0, upper=most, coords=coords, integer=True, name="launches")
            brought = self.study.row.launch_kg * self.launches
            self.model.add_constraints(self.launched - brought <= 0.0, name="launch")

    def reached(self, goal: Any, limit_s: float, sense: str = "min") -> float | None:
        """The best value of any goal under the bounds as they stand; None when nothing is possible."""
        self.model.add_objective(goal, overwrite=True, sense=sense)
        return self._value() if self.solved(limit_s)[0] else None

    def best(self, limit_s: float) -> FlowPlan | None:
        """The plan with the least objective and, among those, the least mass; None when there is none."""
        goal = self.study.row.objective
        found, status, bound, gap = True, "", -inf, 0.0
        if goal != "mass":
            first = self._goal(goal)
            self.model.add_objective(first, overwrite=True)
            found, status, bound, gap = self.solved(limit_s)
            if not found:
                return None
            value = self._value()
            self.model.add_constraints(first <= value + 1e-6 * max(1.0, abs(value)), name="kept")
        self.model.add_objective(self.imleo, overwrite=True)
        answer = self.solved(limit_s)
        if not answer[0]:
            return None
        if goal == "mass":
            value = self._value()
            _, status, bound, gap = answer
        return self._plan(goal, value, bound, gap, status)

    def _goal(self, goal: Goal) -> Any:
        if goal == "launches":
            assert self.launches is not None
            return self.launches.sum()
        dates = np.arange(self.study.row.missions) * self.study.row.interval_d
        return (self.placed * _array(dates, "window")).sum()

    def _value(self) -> float:
        value = self.model.objective.value
        assert value is not None  # asked only after a solve that found something
        return float(value)

    def solved(self, limit_s: float) -> tuple[bool, str, float, float]:
        """(found, status, bound, gap); ConvergenceError when the limit came before an answer."""
        with _quiet():
            status, why = self.model.solve(
                solver_name="highs", io_api="lp", time_limit=limit_s, mip_rel_gap=GAP, output_flag=False,
                random_seed=1, threads=1,
            )  # fmt: skip
        if why == "infeasible" or (status != "ok" and why in ("infeasible_or_unbounded", "infeasible or unbounded")):
            return False, why, inf, inf
        info = self.model.solver_model.getInfo()
        if not isfinite(info.objective_function_value) or info.primal_solution_status != 2:
            raise ConvergenceError(
                f"{self.study.name}: no plan within {limit_s:.0f} s ({why}); give it more with --limit-s"
            )
        value, bound = float(info.objective_function_value), float(info.mip_dual_bound)
        gap = abs(value - bound) / max(1.0, abs(value))
        return True, "optimal" if why == "optimal" else "feasible", bound, gap

    def _plan(self, goal: Goal, value: float, bound: float, gap: float, status: str) -> FlowPlan:
        row, places = self.study.row, self.study.places
        craft, crew = self.craft.solution.values, self.crew.solution.values
        cargo = dict(zip(CARGO, self.cargo.solution.sel(what=list(CARGO)).values, strict=True))
        flows = []
        for k, arc in enumerate(self.network.arcs):
            carried = {what: float(flow[k]) for what, flow in cargo.items()}
            total = row.crew_mass_kg * crew[k] + row.dry_kg * craft[k] + sum(carried.values())
            if total <= 1e-6:
                continue
            left = carried.pop("propellant")
            ends = places[arc.origin], places[arc.destination]
            burnt = arc.burnt * float(total)
            flows.append(Flow(arc.layer // 2, *ends, round(craft[k]), round(crew[k]), carried, left, left - burnt))
        launched = tuple(
            float(row.crew_mass_kg * crew[k] + row.dry_kg * craft[k] + sum(flow[k] for flow in cargo.values()))
            for k in self.network.launches
        )
        propellant = sum(float(cargo["propellant"][k]) for k in self.network.launches)
        size = row.launch_kg
        counted = tuple(ceil(mass / size - 1e-9) if size else 0 for mass in launched)
        windows = tuple(range(row.missions))
        if goal == "date":
            windows = tuple(int(one.argmax()) for one in self.placed.solution.transpose("mission", "window").values)
        return FlowPlan(
            self.study, goal, value, bound, gap, status, sum(launched), windows,
            launched, counted, propellant * row.oxidiser_fuel / (1.0 + row.oxidiser_fuel),
            propellant / (1.0 + row.oxidiser_fuel), tuple(flows),
        )  # fmt: skip


def _array(values: Any, dim: str) -> xr.DataArray:
    return xr.DataArray(np.asarray(values, float), dims=(dim,))


@contextmanager
def _quiet() -> Iterator[None]:
    """linopy logs each solve; the answer is enough."""
    logger = logging.getLogger("linopy")
    before = logger.level
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(before)
