"""The ground under a landing: how far the path stays above it, how it slopes at the site, and whether they meet."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from malapert import constants
from malapert.errors import CoverageError, InputError
from malapert.flight.powered import Site
from malapert.sky.frames import icrf_to_moon_me
from malapert.terrain.heights import Terrain

Array = NDArray[np.float64]

STEP_S: Final = 0.5
# The last drop is onto the site itself; its ground is judged by its slope and its height.
TOUCHDOWN_KM: Final = 0.05


@dataclass(frozen=True)
class Ground:
    """What the approach sees below: heights in metres over the sphere, ranges in km from the site.

    known_km: how far out the heights reach along the path; beyond it nothing is judged. site_gap_m: the site's stated
    height less the terrain's. path_m, ground_m, range_km (n,): the path over ground that is known.
    """

    least_clearance_m: float
    least_range_km: float
    slope_deg: float
    cell_m: float
    site_gap_m: float
    known_km: float
    path_m: Array
    ground_m: Array
    range_km: Array
    words: str


def between(epochs_s: Array, states: Array, step_s: float = STEP_S) -> tuple[Array, Array]:
    """Epochs (n,) and positions (n, 3) every step_s on cubics through positions and velocities of states (k, 6+)."""
    keep = np.append(True, np.diff(epochs_s) > 0.0)
    t, r, v = epochs_s[keep], states[keep, :3], states[keep, 3:6]
    wanted = np.append(np.arange(t[0], t[-1], step_s), t[-1])
    k = np.clip(np.searchsorted(t, wanted, side="right") - 1, 0, len(t) - 2)
    h = (t[k + 1] - t[k])[:, None]
    x = (wanted - t[k])[:, None] / h
    rise, first, last = r[k + 1] - r[k], v[k] * h, v[k + 1] * h
    return wanted, r[k] + x * (first + x * (3.0 * rise - 2.0 * first - last + x * (first + last - 2.0 * rise)))


def ground_below(
    epochs_s: Array, states: Array, site: Site, terrain: Terrain, *, least_m: float = 0.0, most_slope_deg: float = 90.0
) -> Ground:
    """Hold a path, epochs (n,) and Moon-centred ICRF states (n, 6+), against the terrain it lands on.

    Raises CoverageError where the terrain does not hold the site, InputError where the path comes closer to the ground
    than least_m before the site, or the site is steeper than most_slope_deg.
    """
    step_m = 1000.0 * constants.RADIUS_MOON_KM - terrain.radius_m
    under = float(terrain.height_m(site.lat_deg, site.lon_deg))  # off the rasters this complains
    slope = terrain.slope_deg(site.lat_deg, site.lon_deg)
    if slope > most_slope_deg:
        raise InputError(
            f"the ground at {site.lat_deg:.4f}, {site.lon_deg:.4f} slopes {slope:.1f} deg over "
            f"{terrain.pixel_m_at(site.lat_deg, site.lon_deg):g} m cells, more than {most_slope_deg:g}; choose another"
        )
    times, places = between(epochs_s, states)
    fixed = np.einsum("nij,nj->ni", np.asarray(icrf_to_moon_me(times)), places)
    radius = np.linalg.norm(fixed, axis=1)
    lat = np.degrees(np.arcsin(fixed[:, 2] / radius))
    lon = np.degrees(np.arctan2(fixed[:, 1], fixed[:, 0]))
    end = np.radians([site.lat_deg, site.lon_deg])
    place = np.array([np.cos(end[0]) * np.cos(end[1]), np.cos(end[0]) * np.sin(end[1]), np.sin(end[0])])
    away = constants.RADIUS_MOON_KM * np.arccos(np.clip(fixed @ place / radius, -1.0, 1.0))
    held = np.zeros(len(times), dtype=bool)
    for grid in terrain.grids:
        held |= grid.holds(lat, lon)
    # Only the unbroken stretch that ends at the site.
    first = int(np.flatnonzero(~held)[-1]) + 1 if not held.all() else 0
    if first >= len(times):
        raise CoverageError("the path does not end on the terrain given; give heights that hold the site")
    path = 1000.0 * (radius[first:] - constants.RADIUS_MOON_KM) + step_m
    ground, out = np.asarray(terrain.height_m(lat[first:], lon[first:])), away[first:]
    judged = np.flatnonzero(out > TOUCHDOWN_KM)
    clearance = path - ground
    least = int(judged[np.argmin(clearance[judged])]) if len(judged) else 0
    if len(judged) and clearance[least] < least_m:
        raise InputError(
            f"the path is {clearance[least]:.0f} m over the ground {out[least]:.2f} km before the site (ground at "
            f"{ground[least]:.0f} m, path at {path[least]:.0f} m, at least {least_m:g} m wanted); come from another "
            f"side, end the braking higher over the site, or choose another site"
        )
    return Ground(
        float(clearance[least]), float(out[least]), slope, terrain.pixel_m_at(site.lat_deg, site.lon_deg),
        site.height_m + step_m - under, float(out[0]), path, ground, out, terrain.words,
    )  # fmt: skip
