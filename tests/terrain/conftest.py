"""The dense march that horizons are held against: nothing of the kernels in it but the raster's own heights."""

import numpy as np
import pytest


@pytest.fixture(scope="session")
def dense_march_deg():
    """Horizon (n,) by samples every step_km along great circles (Snyder 1987 eqs 5-5 and 5-6), no growing, no stop."""

    def march(terrain, lat_deg, lon_deg, mast_m, azimuths_deg, range_km=300.0, step_km=0.02):
        radius_m = terrain.radius_m
        eye_m = radius_m + float(terrain.height_m(lat_deg, lon_deg)) + mast_m
        c = np.arange(step_km, range_km + 1e-9, step_km) * 1000.0 / radius_m
        lat, lon = np.radians([lat_deg, lon_deg])
        out = []
        for azimuth in np.radians(azimuths_deg):
            sin_lat = np.sin(lat) * np.cos(c) + np.cos(lat) * np.sin(c) * np.cos(azimuth)
            east = np.sin(c) * np.sin(azimuth)
            there = lon + np.arctan2(east, np.cos(lat) * np.cos(c) - np.sin(lat) * np.sin(c) * np.cos(azimuth))
            r = radius_m + terrain.height_m(np.degrees(np.arcsin(sin_lat)), np.degrees(there))
            out.append(np.degrees(np.arctan(((r * np.cos(c) - eye_m) / (r * np.sin(c))).max())))
        return np.array(out)

    return march
