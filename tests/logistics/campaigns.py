"""A small campaign for tests: two pads, an orbit, two sites, a tug, a lander, a depot, a rover and two people."""

from malapert.logistics.campaign.demands import Impulse, Rated, SparingByMass
from malapert.logistics.campaign.events import (
    Add,
    Campaign,
    Consume,
    Create,
    Eva,
    Exploration,
    Mission,
    Move,
    Reconfigure,
    Remove,
    Step,
    Transfer,
    Transport,
)
from malapert.logistics.campaign.network import Asset, AssetState, Leg, LegBurn, Part, Place, Resource

PLACES = {
    "pad": Place("pad", "Pad", "surface", "Earth"),
    "orbit": Place("orbit", "Low lunar orbit", "orbit", "Moon"),
    "site": Place("site", "Site", "surface", "Moon"),
    "crater": Place("crater", "Crater", "surface", "Moon"),
}
LEGS = {
    "up": Leg("up", "Up", "flight", "pad", "orbit", 4.0, max_crew=2, max_cargo_kg=12000.0),
    "down": Leg("down", "Down", "space", "orbit", "site", 0.5, (LegBurn("b", 0.25, 1900.0),)),
    "drive": Leg("drive", "Drive", "surface", "site", "crater", distance_km=24.0),
}
RESOURCES = {
    "fuel": Resource("fuel", "Methalox", 101),
    "water": Resource("water", "Water", 201),
    "spare": Resource("spare", "Pump", 401, "pressurised", unit_kg=10.0),
}
MODELS = {
    "spares": SparingByMass("spares", "Spares", 0.05, 0.1, True),
    "drink": Rated("drink", "Drink", (("water", 2.0),)),
    "start": Impulse("start", "Start", (("water", 30.0),)),
}
ASSETS = {
    "lander": Asset("lander", "Lander", "propulsive", 2000.0, 9023, max_cargo_kg=1000.0, max_crew=2, isp_s=350.0,
                    max_fuel_kg=6000.0, fuel_kg=1000.0, fuel="fuel"),
    "depot": Asset("depot", "Depot", "propulsive", 1000.0, 9024, isp_s=350.0, max_fuel_kg=9000.0, fuel_kg=4000.0,
                   fuel="fuel", boil_off_per_d=0.01),
    "hab": Asset("hab", "Habitat", "carrier", 800.0, 801, max_cargo_kg=300.0, max_crew=2, parts=(Part("spare", 4.0),),
                 states=(AssetState("on", "active", ("spares", "drink", "start")), AssetState("off", "dormant")),
                 state_index=1),
    "rover": Asset("rover", "Rover", "surface_vehicle", 400.0, 8041, max_crew=2, max_speed_km_h=10.0),
    "ann": Asset("ann", "Ann", "crew", 100.0, active_fraction=0.5),
    "bo": Asset("bo", "Bo", "crew", 100.0, active_fraction=0.5),
}  # fmt: skip


def campaign(*events, **more):
    """One mission with these events."""
    missions = (Mission("m", 0.0, tuple(events)),)
    return Campaign("small", "2030-01-01T00:00:00+00:00", PLACES, LEGS, RESOURCES, ASSETS, missions, MODELS, **more)


def created(asset, place, at_d=0.0):
    return Create(f"create {asset}", at_d, 0, (asset,), place)


DESCENT_EVENTS = (
    created("lander", "orbit"),
    created("depot", "pad"),
    Create("people", 0.0, 1, ("ann", "bo"), "lander"),
    Create("home", 0.0, 1, ("hab",), "site"),
    Transport("up", 0.0, 5, "up", ("depot",)),
    Transfer("fill", 4.5, 1, "depot", "lander", (("fuel", 3500.0),)),
    Transport("descent", 5.0, 5, "down", ("lander",), ((Step("burn", "lander"), Step("stage", "depot")),)),
    Move("in", 6.0, 1, ("ann", "bo"), "hab"),
    Add("water", 6.0, 2, "hab", (("water", 100.0),)),
    Reconfigure("on", 6.0, 3, ("hab",), "active"),
    Exploration("explore", 7.0, 1, "site", "hab", 7.0, 5.0, 8.0, (("ann", -1), ("bo", -1))),
    Eva("eva", 15.0, 1, "site", "hab", 6.0, (("ann", -1),), (("water", 2.0),)),
    Consume("tea", 16.0, 1, "hab", (("water", 1.0),)),
    Remove("end", 20.0, 1, ("hab",)),
)
