"""How the station lives, hour by hour: power, air, water, food, data, crew time, experiments.

`operate` takes a programme, a plan and the light at the site; `Operations` leaves, with series, tables and books.
`power.dispatch` is the bus on its own, for anybody with hourly generation and loads.
"""

from malapert.station.operations import measure, operate
from malapert.station.power import Dispatch, dispatch
from malapert.station.results import Operations

__all__ = ["Dispatch", "Operations", "dispatch", "measure", "operate"]
