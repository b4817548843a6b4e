"""What the ground does at a polar site: heights, slopes, horizons, and the light and Earth view they leave.

In come polar heights (the data pack's and a user's), near-field horizon files and the sky's Sun and Earth.
Out go `Terrain`, `Horizon`, light series (xarray) and their summary, maps, sites and ground temperature.
"""

from malapert.terrain.geotiff import geotiff, write_geotiff
from malapert.terrain.grid import Grid
from malapert.terrain.heights import Terrain, polar_terrain
from malapert.terrain.horizon import Horizon, near_only, site_horizon
from malapert.terrain.light import disk_fraction, site_light
from malapert.terrain.maps import (
    GroundMap,
    earth_map,
    horizon_map,
    light_map,
    psr_map,
    shadow_distance_km,
    slope_map,
)
from malapert.terrain.near import NearHorizon, near_horizon
from malapert.terrain.rasters import read_grid, read_terrain
from malapert.terrain.rays import horizon_deg
from malapert.terrain.regolith import Regolith, site_temperature
from malapert.terrain.sites import FoundSite, SiteSearch, find_sites, snap_to_crest
from malapert.terrain.summary import LightSummary, SkyPaths, daily_light, sky_paths, summarise_light
from malapert.terrain.sweep import Cells, HorizonBlock, cells_poleward, map_horizons

__all__ = [
    "Cells",
    "FoundSite",
    "Grid",
    "GroundMap",
    "Horizon",
    "HorizonBlock",
    "LightSummary",
    "NearHorizon",
    "Regolith",
    "SiteSearch",
    "SkyPaths",
    "Terrain",
    "cells_poleward",
    "daily_light",
    "disk_fraction",
    "earth_map",
    "find_sites",
    "geotiff",
    "horizon_deg",
    "horizon_map",
    "light_map",
    "map_horizons",
    "near_horizon",
    "near_only",
    "polar_terrain",
    "psr_map",
    "read_grid",
    "read_terrain",
    "shadow_distance_km",
    "site_horizon",
    "site_light",
    "site_temperature",
    "sky_paths",
    "slope_map",
    "snap_to_crest",
    "summarise_light",
    "write_geotiff",
]
