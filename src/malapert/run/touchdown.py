"""Where each landing comes down: the errors its lander declares at ignition, flown down, and the ground they meet."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from malapert.flight.descent import Descent
from malapert.flight.dispersions import Errors, linear_covariance
from malapert.flight.powered import Site as Ground
from malapert.programme.vehicles import Spacecraft
from malapert.sky.frames import enu, site_position_km
from malapert.terrain import Terrain

Array = NDArray[np.float64]

# Places looked at for the slopes a landing may meet: enough for odds of a percent.
PLACES: Final = 1000


@dataclass(frozen=True)
class Touchdown:
    """Spread of one landing about its plan: mean (3) and covariance (3 x 3, row by row) of metres east and north of the
    site and of the descent's delta-v beyond the plan's, m/s."""

    mean: tuple[float, ...]
    covariance: tuple[float, ...]

    @property
    def root(self) -> Array:
        """(3, 3) whose product with its own transpose is the covariance."""
        values, vectors = np.linalg.eigh(np.array(self.covariance).reshape(3, 3))
        return np.asarray(vectors * np.sqrt(np.maximum(values, 0.0)))

    def sigmas_m(self) -> tuple[float, float]:
        """Standard deviations along the longer and the shorter axis of the ellipse on the ground."""
        values = np.linalg.eigvalsh(np.array(self.covariance).reshape(3, 3)[:2, :2])
        longer, shorter = np.sqrt(np.maximum(values[::-1], 0.0))
        return float(longer), float(shorter)


def touchdown(craft: Spacecraft, landing: Descent) -> Touchdown | None:
    """Dispersed descents of a landing; None when its lander declares no errors.

    What a lander does not know of its place and speed at ignition it does not steer out: braking carries it along.
    Height and sink rate are left out, for every lander measures them on the way down.
    """
    if craft.navigation_m <= 0.0 and craft.navigation_m_s <= 0.0:
        return None
    errors = Errors(
        along_m=craft.navigation_m,
        across_m=craft.navigation_m,
        along_m_s=craft.navigation_m_s,
        across_m_s=craft.navigation_m_s,
    )
    centre, covariance = linear_covariance(landing, errors)
    # A kilogram more is so much more delta-v of what stands on the ground in the end.
    per_kg = landing.powered_delta_v_m_s / np.log(landing.plan.craft[6] / landing.states[-1, 6]) / landing.states[-1, 6]
    scale = np.array([1.0, 1.0, per_kg])
    mean = (float(centre[0]), float(centre[1]), 0.0)
    return Touchdown(mean, tuple((covariance * np.outer(scale, scale)).ravel().tolist()))


def steep_part(found: Touchdown, site: Ground, terrain: Terrain, steepest_deg: float) -> float:
    """Part of the touchdowns on ground steeper than a lander stands on, over three cells of the finest raster."""
    normal = np.random.default_rng(0).standard_normal((PLACES, 3))
    east_north = (np.array(found.mean) + normal @ found.root.T)[:, :2]
    local = np.column_stack([east_north, np.zeros(PLACES)]) / 1000.0
    fixed = site_position_km(site.lat_deg, site.lon_deg, site.height_m) + local @ enu(site.lat_deg, site.lon_deg)
    lat = np.degrees(np.arcsin(fixed[:, 2] / np.linalg.norm(fixed, axis=1)))
    lon = np.degrees(np.arctan2(fixed[:, 1], fixed[:, 0])) % 360.0
    return float(np.mean([terrain.slope_deg(float(a), float(b)) > steepest_deg for a, b in zip(lat, lon, strict=True)]))
