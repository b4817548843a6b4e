"""What goes on which flight and when: departures, stage masses, manifest.

Flown flights come in as `FlightOption`; a `Plan` of deliveries, stays and what is left behind, with reasons, leaves.
`campaign` simulates event by event, `spacenet` reads and writes such campaigns, `flow` plans studies of commodities,
`schedule` elements, flights and dates.
"""

from malapert.logistics.plan import Delivery, Departure, FlightOption, Plan, Stay

__all__ = ["Delivery", "Departure", "FlightOption", "Plan", "Stay"]
