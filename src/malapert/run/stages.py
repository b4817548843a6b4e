"""The stages in order: what each reads of the programme, which stages it needs, what it gives."""

from malapert.partners.shares import Shares
from malapert.programme.model import TABLES
from malapert.risk.histories import Risk
from malapert.run.agreement import Agreement, agreement, flights
from malapert.run.books import risk, shares
from malapert.run.closure import Closure, closure
from malapert.run.experiments import ExperimentPlan
from malapert.run.flights import Flights, traffic
from malapert.run.folder import Stage
from malapert.run.light import Light, light
from malapert.run.living import experiments, operations
from malapert.run.manifest import Manifest, manifest
from malapert.station import Operations

SKY = (
    "start",
    "end",
    "station",
    "relay_reset_d",
    "site",
    "raster",
    "ground_station",
    "kernel",
    "relay",
    "orbital_station",
    "power_link",
    "rover",
    "mine",
    "traverse",
)
TRAFFIC = (
    *("start", "end", "station", "injection_error_m_s"),
    *("site", "raster", "relay", "launcher", "spacecraft", "flight", "crew"),
)
DISPATCH = ("dispatch", "shed_below", "restore_above")
STATION = ("name", "start", "end", "station", "rates", "injection_error_m_s", *DISPATCH, *TABLES)
CHANCE = ("seed", "histories", *STATION)
LIVED = ("light", "flights", "plan", "operations")
HOURLY = (*LIVED[:3], "experiments")

STAGES = (
    Stage("light", "Light: Sun, Earth and contacts over the site", SKY, (), Light, light),
    Stage("traffic", "Flights: every one flown in the ephemeris", TRAFFIC, (), Flights, traffic),
    Stage("dates", "Dates: planned and flown until both agree", STATION, ("traffic",), Agreement, agreement),
    Stage("flights", "Flights: on the dates agreed", TRAFFIC, ("traffic", "dates"), Flights, flights),
    Stage("plan", "Manifest: what goes on which flight", STATION, ("flights",), Manifest, manifest),
    Stage("experiments", "Experiments: hours planned within shares", STATION, LIVED[:3], ExperimentPlan, experiments),
    Stage("operations", "Operations: the station hour by hour", STATION, HOURLY, Operations, operations),
    Stage("risk", "Risk: histories with losses and slips", CHANCE, LIVED[:3], Risk, risk),
    Stage("shares", "Shares: who gives and who gets", STATION, LIVED[2:], Shares, shares),
    Stage("closure", "Closure: requirements, margins and what breaks it", STATION, LIVED, Closure, closure),
)


def stages_for(*names: str) -> tuple[Stage, ...]:
    """The stages of these names and all they are made from, in order."""
    wanted = set(names)
    for stage in reversed(STAGES):
        if stage.name in wanted:
            wanted.update(stage.needs)
    return tuple(stage for stage in STAGES if stage.name in wanted)


# What leads to the plan: histories and sweeps start from these.
PLANNED = stages_for("light", "plan")
