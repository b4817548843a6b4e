"""Near-field horizon files: the shipped one, and every way one can be wrong."""

import re
from pathlib import Path

import numpy as np
import pytest

from malapert.errors import InputError
from malapert.terrain import near_horizon

SHARED = Path(__file__).parents[2] / "../shared/data/terrain/connecting_ridge_horizon_2m_lola20m.txt"
GOOD = """format = 1
name = "n"
lat_deg = -89.0
lon_deg = 10.0
ground_height_m = 5.0
mast_m = 2.0
range_km = 50.0
complete_range_km = 40.0
heights = "h"
source = "s"
licence = "l"
azimuth_start_deg = 180.0
azimuth_step_deg = 90.0
elevation_deg = [1.0, 2, 3.0, 4.0]
"""


def read(tmp_path, text):
    path = tmp_path / "near.toml"
    path.write_text(text)
    return near_horizon(path)


def test_figures_start_where_the_file_says(tmp_path):
    near = read(tmp_path, GOOD)
    assert near.azimuth_deg.tolist() == [0.0, 90.0, 180.0, 270.0]
    assert near.elevation_deg.tolist() == [3.0, 4.0, 1.0, 2.0]


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("format = 1", "format = 2", "reads format = 1"),
        ('name = "n"', "name = 3", "name must be a text, got 3"),
        ("lat_deg = -89.0", "lat_deg = nan", "lat_deg must be a finite number, got nan"),
        ("lat_deg = -89.0", "lat_deg = -91.0", "out of range"),
        ("mast_m = 2.0", "mast_m = -2.0", "out of range"),
        ("mast_m = 2.0", "mast_m = true", "mast_m must be a finite number, got True"),
        ("mast_m = 2.0", "mast_m = 1" + "0" * 400, "mast_m must be a finite number"),
        ("mast_m = 2.0", "mast_m = 2.0\nmaast_m = 1", "unknown keys maast_m"),
        ("complete_range_km = 40.0", "complete_range_km = 60.0", "between 0 and range_km, got 60.0"),
        ("3.0, 4.0]", "3.0]", "3 figures"),
        ("3.0, 4.0]", "3.0, 4.0, 5.0]", "do not close the circle"),
        ("3.0, 4.0]", "3.0, nan]", "figure 4 is nan"),
        ("3.0, 4.0]", "3.0, 90.0]", "figure 4 is 90.0"),
        ("3.0, 4.0]", "3.0, -1" + "0" * 400 + "]", "figure 4 is -1000000000.0"),
        ("3.0, 4.0]", '3.0, "4"]', "list of numbers"),
        ("[1.0", "[[1.0", "not a TOML file"),
    ],
)
def test_a_broken_file_is_named_with_its_mistake(tmp_path, old, new, complaint):
    with pytest.raises(InputError, match=re.escape(complaint)) as caught:
        read(tmp_path, GOOD.replace(old, new))
    assert "near.toml: " in str(caught.value)


def test_a_missing_file_or_name(tmp_path):
    with pytest.raises(InputError, match="cannot be read"):
        near_horizon(tmp_path / "absent.toml")
    with pytest.raises(InputError, match="catalogue has connecting_ridge"):
        near_horizon("conecting_ridge")
    with pytest.raises(InputError, match="cannot be read"):
        (tmp_path / "bytes.toml").write_bytes(b"\xff\xfe\x00")
        near_horizon(tmp_path / "bytes.toml")


def test_the_shipped_figures_are_the_published_ones():
    if not SHARED.exists():
        pytest.skip("the folder with the published horizon is not beside the repository")
    near = near_horizon("connecting_ridge")
    assert np.array_equal(near.elevation_deg, np.loadtxt(SHARED))
    assert near.azimuth_deg[:3].tolist() == [0.0, 0.5, 1.0]


def test_the_shipped_file_says_how_far_its_heights_reach():
    # LDEM_875S_20M is 7584 cells of 20 m square about the pole; the site's nearest edge bounds a complete skyline.
    near = near_horizon("connecting_ridge")
    rho_km = 2 * 1737.4 * np.tan(np.radians((90.0 + near.lat_deg) / 2))
    lon = np.radians(near.lon_deg)
    edge_km = 7584 * 0.020 / 2 - max(abs(rho_km * np.sin(lon)), abs(rho_km * np.cos(lon)))
    assert edge_km - 0.2 < near.complete_range_km <= edge_km


AT = (-89.0, 10.0, 5.0, 2.0)


def read_text(tmp_path, text, *at):
    path = tmp_path / "skyline.txt"
    path.write_text(text)
    return near_horizon(path, *at)


def test_a_column_of_elevations_goes_round_from_north(tmp_path):
    near = read_text(tmp_path, "1\n2.5\n-3\n0\n", *AT)
    assert near.azimuth_deg.tolist() == [0.0, 90.0, 180.0, 270.0]
    assert near.elevation_deg.tolist() == [1.0, 2.5, -3.0, 0.0]
    assert (near.lat_deg, near.lon_deg, near.ground_height_m, near.mast_m) == AT
    assert "does not say how far" in near.warnings[0]


@pytest.mark.parametrize("between", [",", " ", ";", "\t", ", "])
def test_azimuths_may_stand_in_any_order_under_names(tmp_path, between):
    azimuths = np.roll(np.arange(0.0, 360.0, 10.0), 7)
    rows = "\n".join(f"{azimuth}{between}{azimuth / 100.0}" for azimuth in azimuths)
    near = read_text(tmp_path, f"azimuth_deg{between}elevation_deg\n{rows}\n", *AT)
    np.testing.assert_allclose(near.azimuth_deg, np.arange(0.0, 360.0, 10.0))
    np.testing.assert_allclose(near.elevation_deg, near.azimuth_deg / 100.0)


def test_a_header_says_whose_skyline_it_is(tmp_path):
    head = "# seen in 2026\n# lat_deg = -88.5\n# lon_deg = 20\n# mast_m = 3\n# range_km = 80\n# heights = LOLA\n"
    near = read_text(tmp_path, head + "1\n2\n3\n4\n", *AT)
    assert (near.lat_deg, near.lon_deg, near.ground_height_m, near.mast_m) == (-88.5, 20.0, 5.0, 3.0)
    assert (near.range_km, near.complete_range_km, near.heights, near.warnings) == (80.0, 80.0, "LOLA", ())


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("1\n2\n3\n", "3 figures"),
        ("1\n2\n3\n95\n", "figure 4 is 95"),
        ("1\n2\nthree\n4\n", ":3: 'three'"),
        ("1 2\n2\n3\n4\n", "one number a line"),
        ("1 2 3\n2 3 4\n3 4 5\n4 5 6\n", "one number a line"),
        ("0 1\n90 1\n180 1\n270 1\n", "no gap over 10 deg"),
        ("0 1\n" * 40, "azimuths must differ"),
        ("# mast_m = tall\n1\n2\n3\n4\n", "mast_m must be a finite number"),
        ("", "one number a line"),
    ],
)
def test_a_text_that_is_no_skyline_says_why(tmp_path, text, complaint):
    with pytest.raises(InputError, match=re.escape(complaint)):
        read_text(tmp_path, text, *AT)


def test_a_text_without_place_asks_for_it(tmp_path):
    with pytest.raises(InputError, match="does not say its lat_deg"):
        read_text(tmp_path, "1\n2\n3\n4\n")


@pytest.mark.skipif(not SHARED.exists(), reason="the shared horizon file is not here")
def test_the_published_text_is_the_shipped_horizon():
    near, shipped = near_horizon(SHARED, -89.45, 222.7, 1954.96, 2.0), near_horizon("connecting_ridge")
    np.testing.assert_array_equal(near.azimuth_deg, shipped.azimuth_deg)
    np.testing.assert_array_equal(near.elevation_deg, shipped.elevation_deg)
