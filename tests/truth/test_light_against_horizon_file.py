"""Light at Connecting Ridge against the figures worked out from the published 20 m horizon.

Truth: 720 elevations by lunarwindow (Apache-2.0; LOLA LDEM_875S_20M, eye 2 m above 1954.96 m at 89.45 S 222.7 E) with
SPICE's Sun (DE440, MOON_ME, LT+S), hourly from 2024-01-01 to 2026-01-01: disk mean 69.8 %, any part 75.0 %, longest
dark 11.04 d. Given to 0.1 points and 0.01 d; 0.3 points allow for how the horizon is read between its figures,
0.1 d for two hours more or less at the ends of the spell.
"""

import numpy as np
import pytest

from malapert.terrain import near_horizon, near_only, site_horizon, site_light, summarise_light

SPAN = ("2024-01-01T00:00:00Z", "2026-01-01T00:00:00Z")


def test_near_field_alone():
    summary = summarise_light(site_light(near_only(near_horizon("connecting_ridge")), *SPAN))
    assert 100.0 * summary.disk_mean == pytest.approx(69.8, abs=0.3)
    assert 100.0 * summary.any_part == pytest.approx(75.0, abs=0.3)
    assert summary.longest_dark_d == pytest.approx(11.04, abs=0.1)


def test_far_field_adds_next_to_nothing_here():
    # Regression of our own: beyond the tile only two directions rise, by less than 0.01 deg.
    near = near_horizon("connecting_ridge")
    merged = site_horizon(-89.45, 222.7, near=near)
    assert 0.0 < np.max(merged.elevation_deg - near.elevation_deg) < 0.02
    alone = summarise_light(site_light(near_only(near), *SPAN))
    assert summarise_light(site_light(merged, *SPAN)).disk_mean == pytest.approx(alone.disk_mean, abs=1e-3)


def test_total_eclipse_of_2025_03_14_seen_from_malapert():
    # NASA eclipse catalogue (Espenak and Meeus, NASA/TP-2009-214172): the Moon wholly in the umbra 06:26 to 07:31 UT,
    # out of the penumbra before 03:57 and after 10:00. In those spans the answer is the same for all of the near side.
    light = site_light(site_horizon(-86.014, 2.65), "2025-03-14T00:00:00Z", "2025-03-15T00:00:00Z", 60.0)
    hidden = light["sun_eclipsed_fraction"]
    assert float(hidden.sel(time=slice("2025-03-14T06:28", "2025-03-14T07:29")).min()) == 1.0
    assert float(hidden.sel(time=slice("2025-03-14T00:00", "2025-03-14T03:55")).max()) == 0.0
    assert float(hidden.sel(time=slice("2025-03-14T10:05", "2025-03-14T23:59")).max()) == 0.0
