"""A campaign as declared and as it goes: places and legs, assets, missions with their events, and the event simulator.

`Campaign` comes in (from a SpaceNet file or a programme); `simulate` gives a `Simulation`, `measures` sums it up.
"""

from malapert.logistics.campaign.events import Campaign, Mission
from malapert.logistics.campaign.measures import Measures, measures
from malapert.logistics.campaign.network import Asset, Leg, Place
from malapert.logistics.campaign.simulate import simulate
from malapert.logistics.campaign.state import Simulation

__all__ = ["Asset", "Campaign", "Leg", "Measures", "Mission", "Place", "Simulation", "measures", "simulate"]
