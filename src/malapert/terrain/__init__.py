"""What the ground does at a polar site: heights, slopes, horizons, and the light and Earth view they leave.

In come the data pack's polar heights, a near-field horizon file and the sky's Sun and Earth.
Out go `Terrain`, `Horizon`, hourly light series (xarray) and their summary.
"""

from malapert.terrain.geotiff import geotiff, write_geotiff
from malapert.terrain.grid import Grid
from malapert.terrain.heights import Terrain, polar_terrain
from malapert.terrain.horizon import Horizon, near_only, site_horizon
from malapert.terrain.light import disk_fraction, site_light
from malapert.terrain.near import NearHorizon, near_horizon
from malapert.terrain.rasters import read_grid, read_terrain
from malapert.terrain.rays import horizon_deg
from malapert.terrain.regolith import Regolith, site_temperature
from malapert.terrain.summary import LightSummary, SkyPaths, daily_light, sky_paths, summarise_light
from malapert.terrain.sweep import Cells, HorizonBlock, cells_poleward, map_horizons

__all__ = [
    "Cells",
    "Grid",
    "Horizon",
    "HorizonBlock",
    "LightSummary",
    "NearHorizon",
    "Regolith",
    "SkyPaths",
    "Terrain",
    "cells_poleward",
    "daily_light",
    "disk_fraction",
    "geotiff",
    "horizon_deg",
    "map_horizons",
    "near_horizon",
    "near_only",
    "polar_terrain",
    "read_grid",
    "read_terrain",
    "site_horizon",
    "site_light",
    "site_temperature",
    "sky_paths",
    "summarise_light",
    "write_geotiff",
]
