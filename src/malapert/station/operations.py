"""The station stage: programme, plan and light in, `Operations` out."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import xarray as xr

from malapert.logistics.plan import Plan
from malapert.programme import Programme
from malapert.station.experiments import Timetable
from malapert.station.hours import hours_and_sky, on_site
from malapert.station.minutes import spell
from malapert.station.orbital import Orbits, orbital_lives
from malapert.station.results import DarkSpell, Operations
from malapert.station.steps import lived
from malapert.station.summary import figures, operations


def operate(
    programme: Programme,
    plan: Plan,
    light: xr.Dataset,
    finely: Callable[[DarkSpell], xr.Dataset] | None = None,
    orbits: Orbits | None = None,
    planned: Timetable | None = None,
) -> Operations:
    """Live through every step of `light`: power, life support, experiments, data and crew hours.

    `light` has dimension `time` (equal UTC steps) and `sun_fraction`, `earth_visible` (0 to 1) and `link_mbit_s`;
    with `sun_distance_au` sunlight follows the Sun's distance, without it the Sun stands at 1 au and a note says so.
    Mean values over each step are meant. Nothing goes below zero: what is missing is recorded as short. InputError
    when the light has gaps or the plan and programme do not fit. `finely` gives light of finer steps about the worst
    dark spell, which is then lived through again by them (`Operations.spell`); `orbits` the light at orbital stations.
    Experiments run as `planned` (`plan_hours.planned`), without a plan by rank.
    """
    life = lived(programme, plan, light, planned)
    here = {delivery.element for delivery in life.standing}
    done = operations(life, tuple(d.element for d in plan.deliveries if d.element not in here))
    if orbits is not None:
        done = replace(done, orbital=tuple(orbital_lives(programme, plan, orbits)))
    if finely is None or done.worst_dark is None:
        return done
    return replace(done, spell=spell(life, finely(done.worst_dark)))


def measure(programme: Programme, plan: Plan, light: xr.Dataset, kits: bool = True) -> dict[str, float]:
    """The same life, only its named quantities, for whoever asks many times; the empty hours before the first landing
    are not lived through, and the figures that count them are put right. Without `kits` those of kits of spares are
    nan."""
    hours, sky = hours_and_sky(light)
    landings = [standing.arrive_tdb_s for standing in on_site(programme, plan)]
    landings += [stay.start_tdb_s for stay in plan.stays]
    first = int(np.searchsorted(hours.tdb_s, min(landings, default=-np.inf), side="right")) - 1
    begun = max(first, 0)
    measured = figures(lived(programme, plan, light.isel(time=slice(begun, None))), kits).quantities
    skipped_d = begun * hours.step_h / 24.0
    return measured | {
        "link_fraction": float(np.mean(sky.link_mbit_s > 0.0)),
        "first_power_d": measured["first_power_d"] + skipped_d,
        "first_crew_d": measured["first_crew_d"] + skipped_d,
    }
