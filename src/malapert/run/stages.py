"""The stages in order: what each reads of the programme, which stages it needs, what it gives."""

from malapert.partners.shares import Shares
from malapert.programme.model import SETTINGS, TABLES
from malapert.risk.histories import Risk
from malapert.run.books import risk, shares
from malapert.run.closure import Closure, closure
from malapert.run.execute import Stage
from malapert.run.flights import Flights, flights
from malapert.run.light import Light, light
from malapert.run.living import operations
from malapert.run.manifest import Manifest, manifest
from malapert.station import Operations

EVERYTHING = (*SETTINGS, *TABLES)

STAGES = (
    Stage(
        "light", "Light: Sun, Earth and contacts over the site",
        ("start", "end", "station", "relay_reset_d", "site", "ground_station", "relay", "orbital_station"), (), Light, light,
    ),
    Stage(
        "flights", "Flights: every one flown in the ephemeris",
        (
            "start", "end", "station", "injection_error_m_s", "partner", "site", "relay", "launcher", "spacecraft",
            "flight", "crew",
        ),
        (), Flights, flights,
    ),
    Stage("plan", "Manifest: what goes on which flight", EVERYTHING, ("flights",), Manifest, manifest),
    Stage(
        "operations", "Operations: the station hour by hour", EVERYTHING, ("light", "flights", "plan"), Operations, operations,
    ),
    Stage("risk", "Risk: histories with losses and slips", EVERYTHING, ("light", "flights", "plan"), Risk, risk),
    Stage(
        "shares", "Shares: who gives and who gets", EVERYTHING, ("light", "flights", "plan", "operations"), Shares, shares,
    ),
    Stage(
        "closure", "Closure: requirements, margins and what breaks it", EVERYTHING,
        ("light", "flights", "plan", "operations"), Closure, closure,
    ),
)  # fmt: skip
