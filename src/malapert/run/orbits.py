"""Where orbital stations are, and the Sun there: the orbit they hold, or the path of a kernel."""

from collections.abc import Callable
from pathlib import Path
from typing import Final

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from malapert.constants import ASTRONOMICAL_UNIT_KM
from malapert.data.kernel_files import inspect, only_craft
from malapert.flight.held import held_circular_orbit
from malapert.logistics.clock import tdb_of
from malapert.programme import Programme
from malapert.programme.elements import OrbitalStation
from malapert.programme.places import Relay
from malapert.sky.contacts import Orbiter
from malapert.sky.eclipses import sun_in_view
from malapert.sky.ephemeris import position_km
from malapert.sky.kernels import KernelPath, kernel_path
from malapert.sky.time import tdb_s, utc

Array = NDArray[np.float64]
STEP: Final = np.timedelta64(5, "m")
"""A low orbit is in the Moon's shadow for up to 48 minutes: steps an eclipse cannot slip through."""


def craft_path(programme: Programme, row: Relay | OrbitalStation) -> KernelPath:
    """The path a relay or station names, of the one craft in its kernel where it names no body."""
    file = Path(programme.kernel[row.kernel].file)
    return kernel_path(file, row.body or only_craft(inspect(file)))


def place_of(programme: Programme, name: str) -> Callable[[Array], Array] | None:
    """Moon to orbital station at epochs (n,): (n, 3) km, ICRF; None for a halo orbit no kernel gives."""
    row = programme.orbital_station[name]
    if row.kernel:
        path = craft_path(programme, row)
        return lambda t: path.state_from_moon(t)[:, :3]
    if row.orbit != "low_lunar_orbit":
        return None
    start_s = tdb_of(programme.start)
    return lambda t: held_circular_orbit(row.orbit_km, row.inclination_deg, 0.0, start_s, t)


def orbit_light(programme: Programme, name: str, from_tdb_s: float) -> xr.Dataset | None:
    """Sunlight at an orbital station from an epoch to the programme's end, or its kernel's; None where no orbit is
    known, or none of that time is left."""
    place = place_of(programme, name)
    end = np.datetime64(programme.end.replace(tzinfo=None), "ms")
    first = utc(from_tdb_s).astype("datetime64[s]") + np.timedelta64(1, "s")
    time = np.arange(first.astype("datetime64[ms]"), end, STEP)
    if programme.orbital_station[name].kernel:
        there = craft_path(programme, programme.orbital_station[name]).covers(tdb_s(time))
        time = time[: int(np.argmin(there))] if not there.all() else time
    if place is None or len(time) < 2:
        return None
    t = tdb_s(time)
    days = np.linspace(t[0], t[-1], max(int((t[-1] - t[0]) / 86400.0), 2))
    au = np.linalg.norm(position_km("sun", "moon", days), axis=-1) / ASTRONOMICAL_UNIT_KM
    values = {
        "sun_fraction": sun_in_view(Orbiter(place), t),
        "sun_distance_au": np.interp(t, days, au),
        "earth_visible": np.ones(len(t)),
        "link_mbit_s": np.zeros(len(t)),
    }
    return xr.Dataset({key: ("time", each) for key, each in values.items()}, coords={"time": time})
