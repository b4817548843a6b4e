"""The station stage: programme, plan and light in, `Operations` out."""

import xarray as xr

from malapert.logistics.plan import Plan
from malapert.programme import Programme
from malapert.station.results import Operations
from malapert.station.steps import lived
from malapert.station.summary import figures, operations


def operate(programme: Programme, plan: Plan, light: xr.Dataset) -> Operations:
    """Live through every step of `light`: power, life support, experiments, data and crew hours.

    `light` has dimension `time` (equal UTC steps) and `sun_fraction`, `earth_visible` (0 to 1) and `link_mbit_s`;
    with `sun_distance_au` sunlight follows the Sun's distance, without it the Sun stands at 1 au and a note says so.
    Mean values over each step are meant. Nothing goes below zero: what is missing is recorded as short. InputError
    when the light has gaps or the plan and programme do not fit.
    """
    life = lived(programme, plan, light)
    here = {delivery.element for delivery in life.standing}
    return operations(life, tuple(d.element for d in plan.deliveries if d.element not in here))


def measure(programme: Programme, plan: Plan, light: xr.Dataset) -> dict[str, float]:
    """The same life, only its named quantities: for whoever asks the question many times."""
    return figures(lived(programme, plan, light)).quantities
