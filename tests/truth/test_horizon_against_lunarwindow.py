"""Our far field against a skyline someone else marched on 20 m heights (lunarwindow, LOLA LDEM_875S_20M, 720 azimuths).

From the same eye, our coarse ground beyond 10 km can hide no more of the sky than their whole skyline does, and where
far mountains make their skyline the two must be one. Crests averaged over 1600 m stand 95 to 125 m too low, 0.1 deg at
60 to 70 km: that far ours may fall short. Above theirs only the noise of heights is allowed, 30 m at 35 km.
"""

import numpy as np
import pytest

from malapert.terrain import horizon_deg, near_horizon, polar_terrain

TOO_LOW_DEG = 0.1
TOO_HIGH_DEG = 0.05


@pytest.fixture(scope="module")
def skylines():
    near = near_horizon("connecting_ridge")
    eye = (near.lat_deg, near.lon_deg, near.ground_height_m, near.mast_m)
    return near.elevation_deg, horizon_deg(polar_terrain("south"), *eye, near.azimuth_deg, 100.0, 10.0)


def agreeing(near_deg, far_deg):
    return int((np.abs(near_deg - far_deg) < TOO_LOW_DEG).sum())


def test_far_mountains_stand_where_they_were_seen(skylines):
    near_deg, far_deg = skylines
    assert np.all(far_deg < near_deg + TOO_HIGH_DEG)
    # One azimuth in ten at least (we count 100 of 720, about the west) is made by ground beyond 10 km.
    assert agreeing(near_deg, far_deg) > 72


def test_no_other_orientation_fits(skylines):
    near_deg, far_deg = skylines
    turned = [agreeing(np.roll(near_deg, steps), far_deg) for steps in range(720)]
    mirrored = [agreeing(np.roll(near_deg[::-1], steps), far_deg) for steps in range(720)]
    assert np.argmax(turned) == 0
    assert max(mirrored) < turned[0]
    assert (far_deg > near_deg[::-1] + TOO_HIGH_DEG).any()
