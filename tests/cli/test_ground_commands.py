"""`malapert light`, `horizon`, `map`, `sites`: what they print and write, and what they say of wrong input."""

import json
import sys
from pathlib import Path

import numpy as np
import pytest

from malapert.errors import InputError
from malapert.terrain import near_horizon, polar_terrain, site_horizon

SHARED = Path(__file__).parents[2] / "../shared/data/terrain/connecting_ridge_horizon_2m_lola20m.txt"
SITE = ("--lat-deg", "-89.45", "--lon-deg", "222.7")
YEAR = ("--from", "2024-01-01", "--to", "2025-01-01")


@pytest.mark.skipif(not SHARED.exists(), reason="the shared horizon file is not here")
def test_light_over_the_published_horizon(say):
    # The figures of the file's author for DE440, MOON_ME, hourly: 69.8 %, 75.0 %, 11.04 d.
    code, out, _ = say("light", *SITE, "--mast-m", 2, "--from", "2024-01-01", "--to", "2026-01-01", "--horizon", SHARED,
                       "--height-m", 1954.96, "--json")  # fmt: skip
    answer = json.loads(out)
    assert code == 0
    assert answer["disk_mean"] == pytest.approx(0.698, abs=0.003)
    assert answer["any_part"] == pytest.approx(0.750, abs=0.003)
    assert answer["longest_dark_d"] == pytest.approx(11.04, abs=0.1)
    wanted = {"worst_lunar_day_mean", "earth_view", "frame", "kernels", "terrain", "warnings"}
    assert wanted <= set(answer)
    assert "MOON_ME" in answer["frame"] and "DE440" in answer["kernels"][0]
    assert any("does not say how far" in warning for warning in answer["warnings"])


def test_light_takes_the_catalogue_horizon_by_name_and_draws(say, tmp_path):
    picture = tmp_path / "light.png"
    words = ("light", *SITE, *YEAR, "--horizon", "connecting_ridge", "--height-m", 1954.96, "--picture", picture)
    code, out, _ = say(*words)
    assert code == 0 and "69." in out and "Longest dark" in out
    assert picture.read_bytes().startswith(b"\x89PNG")


def test_the_ground_gets_its_temperature_on_request(say):
    words = ("light", *SITE, *YEAR, "--horizon", "connecting_ridge", "--temperature", "--slope-deg")
    flat, sloped = (json.loads(say(*words, slope, "--json")[1])["ground_temperature"] for slope in (0, 10))
    # A slope towards the equator takes up more of a Sun that never rises 2 deg.
    assert flat["surface_max_k"] + 50.0 < sloped["surface_max_k"] < 300.0
    assert 20.0 < flat["surface_min_k"] < flat["surface_mean_k"] < flat["surface_max_k"]
    code, _, err = say("light", *SITE, *YEAR, "--slope-deg", 5)
    assert code == 1 and "add --temperature" in err


def test_coarse_heights_at_a_crest_are_warned_of(say):
    code, out, _ = say("light", *SITE, *YEAR, "--step", "6h", "--json")
    answer = json.loads(out)
    assert code == 0 and any("near-field horizon" in warning for warning in answer["warnings"])
    assert answer["step_s"] == 6 * 3600.0
    assert answer["terrain"]["grids"][0]["pixel_m"] == 1600.0


def test_a_horizon_in_csv_is_a_near_horizon_again(say, tmp_path):
    csv = tmp_path / "horizon.csv"
    code, out, _ = say("horizon", "--lat-deg", -88.8, "--lon-deg", 123.4, "--mast-m", 4, "--azimuths", 360, "--csv", csv,
                       "--json")  # fmt: skip
    answer = json.loads(out)
    whole = site_horizon(-88.8, 123.4, 4.0)
    read = near_horizon(csv)
    assert code == 0 and answer["azimuths"] == 360 and answer["files"] == [str(csv)]
    assert read.mast_m == 4.0 and read.ground_height_m == pytest.approx(whole.ground_height_m)
    np.testing.assert_array_equal(read.azimuth_deg, np.arange(360.0))
    np.testing.assert_allclose(read.elevation_deg, whole.at(np.arange(360.0)), atol=6e-5)
    assert read.warnings == ()


def test_a_map_of_permanent_shadow_as_raster_and_picture(say, tmp_path):
    rasterio = pytest.importorskip("rasterio", reason="rasterio is not installed")
    raster, picture = tmp_path / "psr.tif", tmp_path / "psr.svg"
    code, out, _ = say("map", "psr", "--pole", "south", "--to-lat-deg", -89, "--out", raster, "--json")
    answer = json.loads(out)
    assert code == 0 and 0.0 < answer["psr_km2"] < answer["area_km2"]
    with rasterio.open(raster) as data:
        values = data.read(1)
        assert data.crs.to_dict()["proj"] == "stere" and data.crs.to_dict()["lat_0"] == -90
        assert np.count_nonzero(values == 1) == answer["psr_cells"]
        assert np.count_nonzero(values != 255) == answer["cells"]
        # Shackleton's floor is dark.
        x, y = polar_terrain("south").far.xy_m(-89.67, 129.78)
        assert next(data.sample([(float(x), float(y))]))[0] == 1
    code, out, err = say("map", "psr", "--to-lat-deg", -89, "--out", picture)
    assert code == 0 and "Permanent shadow" in out and "Permanent shadow" in err
    assert "Permanent shadow" in picture.read_text()


def test_a_raster_of_horizons_holds_every_bearing(say, tmp_path):
    rasterio = pytest.importorskip("rasterio", reason="rasterio is not installed")
    raster = tmp_path / "horizon.tif"
    code, out, _ = say("map", "horizon", "--to-lat-deg", -89.8, "--mast-m", 2, "--out", raster, "--json")
    assert code == 0
    with rasterio.open(raster) as data:
        bands = data.read()
        assert data.descriptions[90] == "bearing 90 deg"
        row, column = (size // 2 for size in data.shape)
        lat, lon = polar_terrain("south").far.lat_lon_deg(*data.xy(row, column))
    point = site_horizon(float(lat), float(lon), 2.0)
    bearing = np.arange(360.0)
    gap = bands[:, row, column] - point.at(bearing - float(lon))
    assert np.median(np.abs(gap)) < 0.05
    assert json.loads(out)["highest_deg_max"] == pytest.approx(np.nanmax(bands))


def test_sites_are_ranked_by_light_and_written(say, tmp_path):
    csv, picture = tmp_path / "sites.csv", tmp_path / "sites.png"
    code, out, _ = say("sites", "--within", "6km", "--of", "-89.45,222.7", "--mast-m", 10, "--top", 3, *YEAR, "--csv", csv,
                       "--picture", picture, "--json")  # fmt: skip
    answer = json.loads(out)
    assert code == 0 and answer["files"] == [str(csv), str(picture)]
    light = [site["disk_mean"] for site in answer["sites"]]
    assert [site["rank"] for site in answer["sites"]] == [1, 2, 3] and light == sorted(light, reverse=True)
    assert all(site["from_centre_km"] <= 6.0 for site in answer["sites"])
    assert answer["crest"]["rise_m"] > 0.0 and any("1600 m" in warning for warning in answer["warnings"])
    rows = csv.read_text().splitlines()
    assert rows[0].startswith("rank,lat_deg,lon_deg") and len(rows) == 4
    assert float(rows[1].split(",")[5]) == pytest.approx(light[0])
    assert picture.stat().st_size > 20_000
    code, out, _ = say("sites", "--within", "2km", "--of", "-89.45,222.7", "--top", 1, *YEAR)
    assert code == 0 and "crest by the place given" in out


@pytest.mark.parametrize("kind", ["slope", "earth", "light"])
def test_every_kind_of_map_has_its_picture(say, tmp_path, kind):
    picture = tmp_path / f"{kind}.png"
    span = () if kind == "slope" else ("--from", "2025-01-01", "--to", "2025-03-01")
    code, out, _ = say("map", kind, "--pole", "north", "--to-lat-deg", 89.5, *span, "--out", picture, "--json")
    assert code == 0 and json.loads(out)["pole"] == "north"
    assert picture.stat().st_size > 20_000


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("light", "--lat-deg", 95, "--lon-deg", 0, *YEAR), "latitude 95 deg"),
        (("light", "--lat-deg", -89, "--lon-deg", "east", *YEAR), "Invalid value for '--lon-deg'"),
        (("light", "--lat-deg", 0, "--lon-deg", 0, *YEAR), "polar heights reach latitude"),
        (("light", *SITE, "--from", "2025-01-01", "--to", "2024-01-01"), "end after its start"),
        (("light", *SITE, "--from", "soon", "--to", "2024-01-01"), "soon"),
        (("light", *SITE, *YEAR, "--step", "1"), "a unit is missing"),
        (("light", *SITE, *YEAR, "--step", "0h"), "not a number above zero"),
        (("light", *SITE, *YEAR, "--mast-m", -3), "--mast-m -3"),
        (("light", *SITE, *YEAR, "--horizon", "absent.txt"), "absent.txt"),
        (("light", *SITE, *YEAR, "--horizon", "conecting_ridge"), "the catalogue has connecting_ridge"),
        (("light", *SITE, *YEAR, "--picture", "light.gif"), "a picture ends in .png"),
        (("light", *SITE, *YEAR, "--picture", "no/such/folder/light.png"), "its folder does not exist"),
        (("horizon", *SITE, "--azimuths", 2), "between 4 and 36000"),
        (("horizon", *SITE, "--csv", "no/such/folder/h.csv"), "its folder does not exist"),
        (("map", "shade", "--out", "x.png"), "not a kind of map"),
        (("map", "psr", "--pole", "west", "--out", "x.png"), "--pole west"),
        (("map", "psr", "--pole", "north", "--to-lat-deg", -80, "--out", "x.png"), "north pole ends at a positive"),
        (("map", "psr", "--from", "2024-01-01", "--out", "x.png"), "--from and --to go together"),
        (("map", "psr", "--out", "x.xyz"), "a picture ends in"),
        (("sites", "--within", "10", "--of", "-89.45,222.7"), "a unit is missing"),
        (("sites", "--within", "10km", "--of", "-89.45"), "not a latitude and a longitude"),
        (("sites", "--within", "10km", "--of", "-95,0"), "latitude -95 deg"),
        (("sites", "--within", "10km", "--of", "-89.45,222.7", "--top", 0), "--top 0"),
        (("map", "slope", "--dem", "absent.tif", "--out", "x.png"), "absent.tif"),
    ],
)
def test_wrong_input_is_one_clear_message(say, words, complaint, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    code, out, err = say(*words)
    assert code == 1 and out == ""
    assert complaint in err and "Traceback" not in err and len(err.strip().splitlines()) == 1
    assert list(tmp_path.iterdir()) == []


def test_pictures_without_matplotlib_name_the_extra(say, monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    code, _, err = say("map", "slope", "--to-lat-deg", -89, "--out", tmp_path / "slope.png")
    assert code == 1 and "malapert[maps]" in err


def test_measures_need_their_unit():
    from malapert.cli.options import LENGTHS_KM, measure, place

    assert measure("10km", "--within", LENGTHS_KM) == 10.0
    assert measure("500 m", "--within", LENGTHS_KM) == 0.5
    for text in ("10", "10miles", "km", "-3km", "1e999km"):
        with pytest.raises(InputError, match="--within"):
            measure(text, "--within", LENGTHS_KM)
    assert place("-89.45,222.7", "--of") == (-89.45, 222.7)
    with pytest.raises(InputError, match="not a latitude and a longitude"):
        place("-89.45", "--of")
