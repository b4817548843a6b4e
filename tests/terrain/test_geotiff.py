"""Maps written as GeoTIFF: place, values, voids, tags and blocks, read back by GDAL and by our own reader."""

import math
from importlib import metadata

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from malapert.errors import InputError
from malapert.terrain import Grid, polar_terrain
from malapert.terrain.geotiff import geotiff, write_geotiff
from malapert.terrain.rasters import read_grid

rasterio = pytest.importorskip("rasterio", reason="rasterio is not installed")
from rasterio.warp import transform as warp  # noqa: E402

SPHERE = "+proj=longlat +R=1737400 +no_defs"


def patch(pole="south", rows=50, columns=70):
    z = np.random.default_rng(4).normal(0, 1000, (rows, columns)).astype(np.float32)
    return Grid(pole, z, 240.0, -7200.0, 9600.0, 1737400.0, "made heights")


@pytest.mark.parametrize("pole", ["south", "north"])
def test_heights_written_are_heights_read(tmp_path, pole):
    grid = patch(pole)
    write_geotiff(tmp_path / "z.tif", grid.heights_m, grid, "height above the sphere", "m")
    back = read_grid(tmp_path / "z.tif")
    assert np.array_equal(back.heights_m, grid.heights_m)
    place = (back.pole, back.pixel_m, back.left_m, back.top_m, back.radius_m)
    assert place == (pole, 240.0, -7200.0, 9600.0, 1737400.0)


@pytest.mark.parametrize("pole", ["south", "north"])
@settings(max_examples=20, deadline=None)
@given(row=st.integers(0, 761), column=st.integers(0, 761))
def test_a_cell_is_where_gdal_and_proj_say(tmp_path_factory, pole, row, column):
    # Truth: GDAL's affine place of the cell and PROJ's inverse of the written projection.
    grid = polar_terrain(pole).far
    path = tmp_path_factory.getbasetemp() / f"whole_{pole}.tif"
    if not path.exists():
        write_geotiff(path, grid.heights_m, grid, "height", "m")
    with rasterio.open(path) as data:
        x, y = data.xy(row, column)
        (lon,), (lat,) = warp(data.crs, SPHERE, [x], [y])
        assert data.read(1, window=((row, row + 1), (column, column + 1)))[0, 0] == grid.heights_m[row, column]
    ours_lat, ours_lon = grid.cell_lat_lon_deg(row, column)
    assert float(ours_lat) == pytest.approx(lat, abs=1e-10)
    assert (float(ours_lon) - lon + 180.0) % 360.0 - 180.0 == pytest.approx(0.0, abs=1e-8)


def test_malapert_stands_where_it_should(tmp_path):
    # The 5107 m cell of Malapert at 86.014 S, 2.65 E, found in the written file by GDAL and PROJ alone.
    grid = polar_terrain("south").far
    write_geotiff(tmp_path / "z.tif", grid.heights_m, grid, "height", "m")
    with rasterio.open(tmp_path / "z.tif") as data:
        x, y = warp(SPHERE, data.crs, [2.65], [-86.014])
        assert next(data.sample([(x[0], y[0])]))[0] == 5107.0


def test_a_part_of_the_grid_keeps_its_place(tmp_path):
    grid = patch()
    write_geotiff(tmp_path / "p.tif", grid.heights_m[10:30, 20:60], grid, "height", "m", row=10, column=20)
    back = read_grid(tmp_path / "p.tif")
    lat, lon = grid.cell_lat_lon_deg([12, 25], [22, 50])
    assert back.height_m(lat, lon) == pytest.approx(grid.height_m(lat, lon), abs=1e-3)
    assert (back.left_m, back.top_m) == (-7200.0 + 20 * 240.0, 9600.0 - 10 * 240.0)


def test_bytes_voids_and_tags(tmp_path):
    grid = patch()
    psr = (grid.heights_m > 0).astype(np.uint8)
    write_geotiff(tmp_path / "b.tif", psr, grid, "permanent shadow", "1", sources=("LOLA", "DE440"))
    light = np.where(psr, 0.5, np.nan)
    write_geotiff(tmp_path / "f.tif", light, grid, "mean light", "1")
    with rasterio.open(tmp_path / "b.tif") as data:
        assert (data.dtypes, data.nodata, data.units) == (("uint8",), 255.0, ("1",))
        assert np.array_equal(data.read(1), psr)
        tags = data.tags()
        assert (tags["QUANTITY"], tags["UNIT"], tags["SOURCES"]) == ("permanent shadow", "1", "LOLA; DE440")
        assert tags["HEIGHTS"] == "made heights"
        assert tags["TIFFTAG_SOFTWARE"] == tags["SOFTWARE"] == f"malapert {metadata.version('malapert')}"
    with rasterio.open(tmp_path / "f.tif") as data:
        assert data.dtypes == ("float32",)
        assert math.isnan(data.nodata)
        assert np.array_equal(data.read(1), light.astype(np.float32), equal_nan=True)
    with pytest.raises(InputError, match="'1'"):
        read_grid(tmp_path / "f.tif")


def test_horizons_band_by_band_and_block_by_block(tmp_path):
    grid = patch(rows=600, columns=300)
    horizons = np.random.default_rng(0).normal(0, 5, (4, 600, 300)).astype(np.float32)
    names = [f"map bearing {bearing} deg" for bearing in (0, 90, 180, 270)]
    with geotiff(tmp_path / "h.tif", (600, 300), grid, "horizon elevation", "deg", bands=names) as put:
        for row in (0, 256):
            put(horizons[:, row : row + 256], row, 0)
        assert not (tmp_path / "h.tif").exists()
    with rasterio.open(tmp_path / "h.tif") as data:
        assert data.descriptions == tuple(names)
        assert data.units == ("deg",) * 4
        assert np.array_equal(data.read()[:, :512], horizons[:, :512])
        assert np.isnan(data.read()[:, 512:]).all()
    write_geotiff(tmp_path / "w.tif", horizons, grid, "horizon elevation", "deg", bands=names)
    with rasterio.open(tmp_path / "w.tif") as data:
        assert np.array_equal(data.read(), horizons)
    assert [path.name for path in sorted(tmp_path.iterdir())] == ["h.tif", "w.tif"]


def test_an_interrupted_map_leaves_the_old_one(tmp_path):
    grid = patch()
    write_geotiff(tmp_path / "z.tif", grid.heights_m, grid, "height", "m")

    def stopped():
        with geotiff(tmp_path / "z.tif", (50, 70), grid, "height", "m") as put:
            put(0 * grid.heights_m, 0, 0)
            raise KeyError("the caller's own")

    with pytest.raises(KeyError):
        stopped()
    assert [path.name for path in tmp_path.iterdir()] == ["z.tif"]
    assert np.array_equal(read_grid(tmp_path / "z.tif").heights_m, grid.heights_m)


def test_what_cannot_be_written(tmp_path):
    grid = patch()
    z = grid.heights_m
    with pytest.raises(InputError, match="no folder"):
        write_geotiff(tmp_path / "absent" / "z.tif", z, grid, "height", "m")
    with pytest.raises(InputError, match="do not fit made heights"):
        write_geotiff(tmp_path / "z.tif", z, grid, "height", "m", row=1)
    with pytest.raises(InputError, match="band names"):
        write_geotiff(tmp_path / "z.tif", np.stack([z, z]), grid, "height", "m", bands=["one"])
    with (
        pytest.raises(InputError, match="float32 or uint8"),
        geotiff(tmp_path / "z.tif", (50, 70), grid, "h", "m", kind="int8"),
    ):
        pass
    with (
        pytest.raises(InputError, match="block of"),
        geotiff(tmp_path / "z.tif", (50, 70), grid, "height", "m") as put,
    ):
        put(z, 1, 0)
    (tmp_path / "z.tif").mkdir()
    with pytest.raises(InputError, match="cannot be written"):
        write_geotiff(tmp_path / "z.tif", z, grid, "height", "m")
    assert [path.name for path in tmp_path.iterdir()] == ["z.tif"]
