"""A site with rasters of its own: found, checked at their line, and stood upon."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from malapert import programme
from malapert.errors import CoverageError, ProgrammeError
from malapert.run.ground import site_horizon, site_terrain
from malapert.terrain import Grid, polar_terrain, write_geotiff

HELLO = programme.shipped()["hello"].read_text()


@pytest.fixture
def raster(tmp_path):
    """200 m cells within 20 km of the site, a hill of 300 m under it that the shipped heights do not have."""
    pytest.importorskip("rasterio", reason="rasterio writes the raster")
    far = polar_terrain("south").far
    x, y = far.xy_m(-89.45, 222.7)
    made = Grid("south", np.zeros((200, 200)), 200.0, float(x) - 20e3, float(y) + 20e3, far.radius_m, "made")
    rows, columns = np.indices((200, 200))
    hill_m = 300.0 * np.exp(-((rows - 99.5) ** 2 + (columns - 99.5) ** 2) / 50.0)
    made = replace(made, heights_m=far.height_m(*made.cell_lat_lon_deg(rows, columns)) + hill_m)
    write_geotiff(tmp_path / "hill.tif", made.heights_m, made, "height", "m")
    return tmp_path / "hill.tif"


def written(folder: Path, rows: str) -> Path:
    text = HELLO.replace("format = 1", f"format = 1\n{rows}", 1)
    (folder / "mine.toml").write_text(text)
    return folder / "mine.toml"


def test_a_site_stands_on_its_own_raster(raster):
    rows = 'raster.hill.file = "hill.tif"\nsite.ridge.rasters = ["hill"]\nsite.ridge.horizon = ""\n'
    rows += "site.ridge.height_m = 2150"
    loaded = programme.load(written(raster.parent, rows))
    assert loaded.raster["hill"].file == str(raster) and len(loaded.raster["hill"].sha256) == 64
    ground = site_terrain(loaded, loaded.home)
    shipped = polar_terrain("south").height_m(-89.45, 222.7)
    assert float(ground.height_m(-89.45, 222.7)) == pytest.approx(float(shipped) + 300.0, abs=15.0)
    horizon = site_horizon(loaded, loaded.home)
    assert "hill" in horizon.source and "200 m" in horizon.source


def test_mistakes_stand_at_their_line(raster):
    rows = 'raster.hill.file = "hil.tif"\nsite.ridge.rasters = ["hills"]'
    with pytest.raises(ProgrammeError) as told:
        programme.load(written(raster.parent, rows))
    assert "mine.toml:2: raster.hill.file: no file" in str(told.value) and "hill.tif" in str(told.value)
    assert "mine.toml:3: site.ridge.rasters" in str(told.value)
    with pytest.raises(ProgrammeError, match="is not the file meant"):
        programme.load(written(raster.parent, f'raster.hill = {{ file = "hill.tif", sha256 = "{"0" * 64}" }}'))


def test_a_raster_elsewhere_is_refused(raster):
    rows = 'raster.hill.file = "hill.tif"\nsite.ridge = { lat_deg = -86.0, lon_deg = 2.65, rasters = ["hill"] }'
    text = HELLO.replace('site.ridge.like = "connecting_ridge"\n', "")
    (raster.parent / "far.toml").write_text(text.replace("format = 1", f"format = 1\n{rows}", 1))
    loaded = programme.load(raster.parent / "far.toml")
    with pytest.raises(CoverageError, match=r"hill\.tif"):
        site_terrain(loaded, loaded.home)
