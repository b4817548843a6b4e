"""The ground a programme stands on: the shipped heights, or a site's own rasters inside them."""

from functools import lru_cache

from malapert import terrain
from malapert.programme import Programme
from malapert.programme.places import Site
from malapert.terrain.rays import RANGE_KM


def site_terrain(programme: Programme, site: Site) -> terrain.Terrain:
    """The heights around a site; raises InputError or CoverageError for a raster that does not hold it."""
    files = tuple((programme.raster[name].file, programme.raster[name].sha256) for name in site.rasters)
    return _terrain(files, site.lat_deg, site.lon_deg)


@lru_cache(maxsize=4)
def _terrain(files: tuple[tuple[str, str], ...], lat_deg: float, lon_deg: float) -> terrain.Terrain:
    """The hash beside each path is there for the cache: another file is another ground."""
    if not files:
        return terrain.polar_terrain("south" if lat_deg < 0.0 else "north")
    return terrain.read_terrain([path for path, _ in files], around=(lat_deg, lon_deg, RANGE_KM))


def site_horizon(programme: Programme, site: Site) -> terrain.Horizon:
    """A declared site's horizon, with its near field where the programme names one."""
    near = terrain.near_horizon(site.horizon) if site.horizon else None
    heights = site_terrain(programme, site)
    return terrain.site_horizon(site.lat_deg, site.lon_deg, site.mast_m, site.height_m, near, heights)
