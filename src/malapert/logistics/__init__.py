"""What goes on which flight and when: departures, stage masses, manifest.

Flown flights come in as `FlightOption`; a `Plan` of deliveries, stays and what is left behind, with reasons, leaves.
"""

from malapert.logistics.plan import Delivery, Departure, FlightOption, Plan, Stay

__all__ = ["Delivery", "Departure", "FlightOption", "Plan", "Stay"]
