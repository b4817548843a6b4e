"""When the turning Moon carries a site under an orbit's plane."""

import math

import numpy as np
from numpy.typing import NDArray

from malapert import constants
from malapert.data import moon_gravity
from malapert.errors import ConvergenceError, InputError
from malapert.flight.conics import unit
from malapert.flight.elements import elements_from_state, icrf_to_moon_equator
from malapert.flight.powered import Site
from malapert.sky.frames import icrf_to_moon_me, site_position_km

Array = NDArray[np.float64]

SCAN_S = 1800.0
SIDEREAL_MONTH_D = 27.321661


def crossrange_series_deg(state: Array, epoch_tdb_s: float, site: Site, epochs_tdb_s: Array) -> Array:
    """Angle (n,) of the site above the orbit's plane, the node drifting under the Moon's J2.

    Node rate -3/2 n J2 (R/p)^2 cos i: Kaula 1966, "Theory of Satellite Geodesy", eq. 3.74.
    """
    field = moon_gravity(2)
    gm = field.gm_km3_s2
    turn = icrf_to_moon_equator(epoch_tdb_s)
    orbit = elements_from_state(np.concatenate([turn @ state[:3], turn @ state[3:6]]), gm)
    j2 = -math.sqrt(5.0) * float(field.c[2, 0])
    p = orbit.semi_major_axis_km * (1.0 - orbit.eccentricity**2)
    mean_motion = math.sqrt(gm / orbit.semi_major_axis_km**3)
    i = math.radians(orbit.inclination_deg)
    rate = -1.5 * mean_motion * j2 * (field.radius_km / p) ** 2 * math.cos(i)
    node = math.radians(orbit.node_deg) + rate * (epochs_tdb_s - epoch_tdb_s)
    normals = np.stack(
        [math.sin(i) * np.sin(node), -math.sin(i) * np.cos(node), np.full_like(node, math.cos(i))], axis=1
    ) @ turn  # fmt: skip
    fixed = unit(site_position_km(site.lat_deg, site.lon_deg, site.height_m))
    places = np.einsum("nji,j->ni", icrf_to_moon_me(epochs_tdb_s), fixed)
    return np.asarray(np.degrees(np.arcsin(np.clip(np.sum(normals * places, axis=1), -1.0, 1.0))))


def wait_over_site_s(
    state: Array, epoch_tdb_s: float, site: Site, *, within_deg: float = 0.5, longest_d: float = SIDEREAL_MONTH_D
) -> float:
    """Time until the site is within an angle of the orbit's plane: zero if it is already. state: lunar orbit (6,).

    Raises InputError when the inclination can never bring the plane over the site, ConvergenceError when it does not
    within longest_d.
    """
    gm = constants.GM_MOON_KM3_S2
    turn = icrf_to_moon_equator(epoch_tdb_s)
    inclination = elements_from_state(np.concatenate([turn @ state[:3], turn @ state[3:6]]), gm).inclination_deg
    reach = min(inclination, 180.0 - inclination)
    if abs(site.lat_deg) > reach + within_deg + 1e-6:
        raise InputError(
            f"an orbit inclined {inclination:.2f} deg never comes within {within_deg} deg of {site.lat_deg:.2f} deg; "
            f"choose an inclination between {abs(site.lat_deg):.2f} and {180.0 - abs(site.lat_deg):.2f} deg"
        )
    epochs = epoch_tdb_s + np.arange(0.0, longest_d * constants.SECONDS_PER_DAY + SCAN_S, SCAN_S)
    angle = crossrange_series_deg(state, epoch_tdb_s, site, epochs)
    if abs(angle[0]) <= within_deg:
        return 0.0
    touching = np.abs(angle) <= within_deg
    crossing = np.append(angle[:-1] * angle[1:] < 0.0, False)
    hits = np.flatnonzero(touching | crossing)
    if not len(hits):
        raise ConvergenceError(
            f"the site ({site.lat_deg:.3f}, {site.lon_deg:.3f}) comes no nearer to the plane than "
            f"{np.min(np.abs(angle)):.2f} deg in {longest_d:.1f} d; allow a larger angle or choose another node"
        )
    return float(epochs[hits[0]] - epoch_tdb_s)
