"""What the 1600 m raster makes of known places: dark floors are outside truth, Malapert's share is a regression.

Permanent shadow of Shackleton's, Shoemaker's and Haworth's floors: Mazarico et al. 2011, Icarus 211:1066.
"""

import pytest

from malapert.terrain import site_horizon, site_light, summarise_light


@pytest.mark.parametrize(
    ("floor", "lat_deg", "lon_deg"),
    [("Shackleton", -89.67, 129.78), ("Shoemaker", -88.1, 44.9), ("Haworth", -87.4, -5.0)],
)
def test_crater_floors_in_permanent_shadow(floor, lat_deg, lon_deg):
    summary = summarise_light(
        site_light(site_horizon(lat_deg, lon_deg), "2024-01-01T00:00:00Z", "2027-01-01T00:00:00Z")
    )
    assert summary.any_part == 0.0
    assert summary.longest_dark.open


def test_malapert_summit_regression():
    # Not independent: 86.6 % was found on this very raster (mast 2 m, hourly 2024 and 2025) with another march.
    summary = summarise_light(site_light(site_horizon(-86.014, 2.65), "2024-01-01T00:00:00Z", "2026-01-01T00:00:00Z"))
    assert 100.0 * summary.disk_mean == pytest.approx(86.6, abs=0.5)
    # The Earth's centre is up whenever libration allows: more of the time than not, never all of it.
    assert 0.7 < summary.earth_view < 0.9
