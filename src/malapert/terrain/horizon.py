"""A site's horizon: near-field file and far field put together, with what it cannot be trusted for."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from malapert.errors import CoverageError, InputError
from malapert.terrain.heights import Terrain, polar_terrain
from malapert.terrain.near import SAME_POINT_M, NearHorizon
from malapert.terrain.rays import RANGE_KM, horizon_deg

Array = NDArray[np.float64]

AZIMUTHS = 720
# A site that stands this far above the mean of a circle of 5 km is called a ridge or a crest: the upper quarter of all
# cells within 8 deg of the south pole, and every published high-light site we tried.
CREST_RISE_M = 130.0
CREST_CIRCLE_KM = 5.0
# Cells as wide as this miss the slopes and ridges a site stands on.
COARSE_CELL_M = 200.0
# A horizon of less ground than this says nothing about light.
LEAST_RANGE_KM = 20.0
# A surveyed height this far off the raster shows that the raster does not hold the site's own relief.
SURVEY_GAP_M = 25.0


@dataclass(frozen=True, eq=False)
class Horizon:
    """A site's horizon: elevation_deg (n,) at azimuth_deg (n,), clockwise from lunar north, ascending in [0, 360).

    ground_height_m is above the 1737.4 km sphere; the eye is mast_m above it. `warnings` say what the figures cannot
    be trusted for and must be shown beside whatever is computed from them.
    """

    lat_deg: float
    lon_deg: float
    ground_height_m: float
    mast_m: float
    azimuth_deg: Array
    elevation_deg: Array
    range_km: float
    source: str
    warnings: tuple[str, ...] = ()

    @property
    def eye_height_m(self) -> float:
        """Height of the eye above the sphere."""
        return self.ground_height_m + self.mast_m

    def at(self, azimuth_deg: ArrayLike) -> Array:
        """Elevation (deg) at any azimuth (deg, any turn), linear between the figures and periodic."""
        turn = np.mod(np.asarray(azimuth_deg, dtype=float), 360.0)
        elevation_deg: Array = np.interp(turn, self.azimuth_deg, self.elevation_deg, period=360.0)
        return elevation_deg


def site_horizon(
    lat_deg: float,
    lon_deg: float,
    mast_m: float = 2.0,
    ground_height_m: float | None = None,
    near: NearHorizon | None = None,
    terrain: Terrain | None = None,
    range_km: float = RANGE_KM,
) -> Horizon:
    """The best horizon of a site: its near-field file raised by the raster beyond it, or the raster alone.

    ground_height_m: surveyed, above the sphere; without it the file's, or else the raster's. terrain: by default the
    data pack's for the site's pole. Where the raster ends before range_km the rays stop there and a warning says so.
    """
    ground = terrain if terrain is not None else polar_terrain("south" if lat_deg < 0.0 else "north")
    ground.height_m(lat_deg, lon_deg)
    reach_km = min(range_km, ground.margin_km(lat_deg, lon_deg))
    if reach_km < LEAST_RANGE_KM:
        raise CoverageError(
            f"only {reach_km:.1f} km of ground are known around {lat_deg:.4f} deg, {lon_deg:.4f} deg: the "
            f"{ground.pole} polar heights end at latitude {ground.far.reach_lat_deg():.2f} deg; choose a site nearer "
            "the pole or give heights that reach farther"
        )
    short = _short_range_warning(reach_km, range_km)
    if near is None:
        return _far_only(ground, lat_deg, lon_deg, mast_m, ground_height_m, reach_km, short)
    return _near_and_far(ground, lat_deg, lon_deg, mast_m, ground_height_m, near, reach_km, short)


def near_only(near: NearHorizon) -> Horizon:
    """The near-field file as it stands, for its own mast, with nothing beyond it."""
    warning = f"horizon without ground beyond {near.complete_range_km:.0f} km: far mountains are missing"
    return Horizon(
        near.lat_deg,
        near.lon_deg,
        near.ground_height_m,
        near.mast_m,
        near.azimuth_deg,
        near.elevation_deg,
        near.range_km,
        f"{near.name}: {near.heights}; {near.source} ({near.licence})",
        (warning, *near.warnings),
    )


def _far_only(
    ground: Terrain,
    lat_deg: float,
    lon_deg: float,
    mast_m: float,
    surveyed_m: float | None,
    reach_km: float,
    warnings: tuple[str, ...],
) -> Horizon:
    azimuth_deg = np.arange(AZIMUTHS, dtype=np.float64) * (360.0 / AZIMUTHS)
    surface_m = float(ground.height_m(lat_deg, lon_deg))
    elevation_deg = horizon_deg(ground, lat_deg, lon_deg, surveyed_m, mast_m, azimuth_deg, reach_km)
    height_m = surface_m if surveyed_m is None else surveyed_m
    warnings = (*coarse_warnings(ground, lat_deg, lon_deg, surface_m, height_m), *ground.notes, *warnings)
    source = f"{ground.words}, to {reach_km:.0f} km"
    return Horizon(lat_deg, lon_deg, height_m, mast_m, azimuth_deg, elevation_deg, reach_km, source, warnings)


def _near_and_far(
    ground: Terrain,
    lat_deg: float,
    lon_deg: float,
    mast_m: float,
    surveyed_m: float | None,
    near: NearHorizon,
    reach_km: float,
    warnings: tuple[str, ...],
) -> Horizon:
    if (gap_m := near.distance_m(lat_deg, lon_deg)) > SAME_POINT_M:
        raise InputError(
            f"the near-field horizon {near.name!r} belongs to {near.lat_deg} deg, {near.lon_deg} deg, {gap_m:.0f} m "
            f"from the site at {lat_deg} deg, {lon_deg} deg; move the site there or give the site's own horizon"
        )
    height_m = near.ground_height_m if surveyed_m is None else surveyed_m
    elevation_deg, from_km = near.elevation_deg, near.complete_range_km
    source = f"{near.name}: {near.heights}, {near.source} ({near.licence}), complete to {from_km:.0f} km"
    if reach_km > from_km:
        far_deg = horizon_deg(ground, lat_deg, lon_deg, height_m, mast_m, near.azimuth_deg, reach_km, from_km)
        elevation_deg = np.maximum(elevation_deg, far_deg)
        source += f"; beyond it {ground.words}, to {reach_km:.0f} km"
    warnings = (*_mast_warnings(near, mast_m, height_m), *near.warnings, *ground.notes, *warnings)
    return Horizon(
        lat_deg, lon_deg, height_m, mast_m, near.azimuth_deg, elevation_deg, max(reach_km, from_km), source, warnings
    )


def _mast_warnings(near: NearHorizon, mast_m: float, height_m: float) -> tuple[str, ...]:
    """A skyline cannot be lifted without the distance of each obstacle; say which way the error goes."""
    rise_m = height_m + mast_m - near.ground_height_m - near.mast_m
    if abs(rise_m) < 0.05:
        return ()
    sense = (
        "hides more than it should: light and Earth view are too low"
        if rise_m > 0.0
        else ("hides less than it should: light and Earth view are too high")
    )
    return (
        f"the near-field horizon {near.name!r} holds for an eye {near.mast_m:g} m above {near.ground_height_m:g} m and "
        f"is used unchanged for an eye {abs(rise_m):.1f} m {'higher' if rise_m > 0.0 else 'lower'}, so it {sense} "
        f"(an obstacle 1 km away moves by {np.degrees(np.arctan(abs(rise_m) / 1000.0)):.2f} deg)",
    )


def coarse_warnings(
    ground: Terrain, lat_deg: float, lon_deg: float, surface_m: float, height_m: float
) -> tuple[str, ...]:
    """What a far-field raster alone cannot tell at this site."""
    pixel_m = ground.pixel_m_at(lat_deg, lon_deg)
    cell = f"{pixel_m:.0f} m heights alone"
    if pixel_m < COARSE_CELL_M:
        return ()
    out = [
        f"horizon from {cell}: relief narrower than a few cells is missing, so slopes and rocks near the site are too"
    ]
    if (rise_m := crest_rise_m(ground, lat_deg, lon_deg)) > CREST_RISE_M:
        out = [
            f"horizon from {cell} at a crest ({rise_m:.0f} m above the ground {CREST_CIRCLE_KM:.0f} km around): narrow "
            "ridges come out some 100 m too low, and lit shares of 43-59 % were found where 74-85 % is published; "
            "give a near-field horizon before trusting light or Earth view here"
        ]
    if (gap_m := height_m - surface_m) > SURVEY_GAP_M:
        out.append(
            f"the eye stands at a surveyed height {gap_m:.0f} m above a raster that lacks the site's own ridge: light "
            "and Earth view are too high (94.7 % lit was found where 74-85 % is published)"
        )
    return tuple(out)


def crest_rise_m(ground: Terrain, lat_deg: float, lon_deg: float) -> float:
    """Height of a point above the mean of a circle of 5 km around it; nan where the circle leaves the raster."""
    if ground.margin_km(lat_deg, lon_deg) < CREST_CIRCLE_KM * 1.1:
        return float("nan")
    turn = np.radians(np.arange(0.0, 360.0, 5.0))
    x, y = ground.far.xy_m(lat_deg, lon_deg)
    reach_m = 1000.0 * CREST_CIRCLE_KM
    around_m = ground.height_m(*ground.far.lat_lon_deg(x + reach_m * np.cos(turn), y + reach_m * np.sin(turn)))
    return float(ground.height_m(lat_deg, lon_deg) - around_m.mean())


def _short_range_warning(reach_km: float, range_km: float) -> tuple[str, ...]:
    if reach_km >= range_km:
        return ()
    return (
        f"the polar heights end {reach_km:.0f} km from the site, short of {range_km:.0f} km: mountains farther out are "
        "missing (leaving out ground beyond 100 km has cost up to 3.6 points of illumination)",
    )
