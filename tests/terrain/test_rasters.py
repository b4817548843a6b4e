"""Rasters a user brings: every format and every trap on small made files, real LOLA heights, and damaged files."""

import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from malapert.errors import CoverageError, InputError, MalapertError
from malapert.terrain import polar_terrain
from malapert.terrain import rasters as rasters_module
from malapert.terrain.pds3 import parse_label
from malapert.terrain.rasters import open_raster, read_grid, read_terrain

rasterio = pytest.importorskip("rasterio", reason="rasterio is not installed")
from affine import Affine  # noqa: E402
from rasterio.warp import transform as warp  # noqa: E402


def from_origin(left, top, wide, high):
    return Affine(wide, 0.0, left, 0.0, -high, top)


LOLA = Path(__file__).parents[2] / "../shared/data/terrain"
R_M = 1737400.0
SOUTH = "+proj=stere +lat_0=-90 +lat_ts=-90 +lon_0=0 +R=1737400 +units=m +no_defs"
NORTH = SOUTH.replace("-90", "90")
SITE = (-89.9, 30.0)


def ground(rows=64, columns=64, seed=1):
    """Heights in half metres, so that every format holds them exactly, with kilometres of relief."""
    noise = np.random.default_rng(seed).integers(-8000, 8000, (rows, columns))
    return noise.astype(np.float64) * 0.5


def tiff(path, z, *, crs=SOUTH, pixel=200.0, corner=None, dtype="float32", nodata=None, place=None, **more):
    """A GeoTIFF around its map's origin; unit, scale, offset and tags as given."""
    z = np.asarray(z)
    layers = z if z.ndim == 3 else z[None]
    rows, columns = layers.shape[1:]
    left, top = corner or (-columns * pixel / 2, rows * pixel / 2)
    profile = {
        "driver": more.pop("driver", "GTiff"), "height": rows, "width": columns, "count": len(layers), "dtype": dtype,
        "nodata": nodata, "crs": crs, "transform": place or from_origin(left, top, pixel, pixel),
    }  # fmt: skip
    unit, scale, offset = more.pop("unit", None), more.pop("scale", None), more.pop("offset", None)
    tags = more.pop("tags", {})
    with rasterio.open(path, "w", **{k: v for k, v in (profile | more).items() if v is not None}) as out:
        out.write(layers.astype(dtype))
        out.update_tags(**tags)
        if unit:
            out.units = (unit,)
        if scale is not None:
            out.scales, out.offsets = (scale,), (offset or 0.0,)
    return path


LABEL = """PDS_VERSION_ID            = "PDS3"

/*** GENERAL DATA DESCRIPTION PARAMETERS ***/
DATA_SET_ID               = "LRO-L-LOLA-4-GDR-V1.0"
PRODUCT_ID                = "{product}"
MISSION_PHASE_NAME        = {{"COMMISSIONING","NOMINAL
                            MISSION"}}
TARGET_NAME               = MOON
RECORD_TYPE               = FIXED_LENGTH
RECORD_BYTES              = {record}
{pointer}
{before}
OBJECT                    = IMAGE
  NAME                    = HEIGHT
  LINES                   = {rows}
  LINE_SAMPLES            = {columns}
  SAMPLE_TYPE             = {type}
  SAMPLE_BITS             = {bits}
  UNIT                    = {unit}
  SCALING_FACTOR          = {scale}
  OFFSET                  = {offset}
  {image}
END_OBJECT                = IMAGE
{after}
OBJECT                    = IMAGE_MAP_PROJECTION
  MAP_PROJECTION_TYPE     = "{projection}"
  MAP_RESOLUTION          = {resolution} <pix/deg>
  A_AXIS_RADIUS           = {radius} <km>
  B_AXIS_RADIUS           = {radius} <km>
  C_AXIS_RADIUS           = {radius} <km>
  POSITIVE_LONGITUDE_DIRECTION = "EAST"
  CENTER_LATITUDE         = {centre} <deg>
  CENTER_LONGITUDE        = 0 <deg>
  MAP_SCALE               = {map_scale}
  MINIMUM_LATITUDE        = {low} <deg>
  MAXIMUM_LATITUDE        = {high} <deg>
  LINE_PROJECTION_OFFSET  = {line} <pix>
  SAMPLE_PROJECTION_OFFSET = {sample} <pix>
END_OBJECT                = IMAGE_MAP_PROJECTION
END
"""


def label(shape, *, pixel=200.0, **changes):
    """A label as LOLA's polar gridded records have them: DN x 0.5 m, OFFSET the radius, offsets from 0 at a centre."""
    rows, columns = shape
    words = {
        "product": "MADE", "record": 2 * columns, "pointer": '^IMAGE = "MADE.IMG"', "before": "", "after": "", "image": "",
        "rows": rows, "columns": columns, "type": "LSB_INTEGER", "bits": 16, "unit": "METER", "scale": 0.5,
        "offset": "1737400.", "projection": "POLAR STEREOGRAPHIC", "resolution": R_M * math.pi / 180 / pixel,
        "radius": 1737.4, "centre": -90, "map_scale": f"{pixel} <m/pix>", "low": -90, "high": -89.5,
        "line": (rows - 1) / 2, "sample": (columns - 1) / 2,
    }  # fmt: skip
    return LABEL.format(**(words | changes))


def pds3(folder, z, dtype="<i2", name="made", **changes):
    """A detached label and its image; `z` in metres is stored as the label's unit, scale and offset have it."""
    unit = 1000.0 if "KILO" in str(changes.get("unit", "METER")) else 1.0
    scale = float(changes.get("scale", 0.5))
    (folder / f"{name}.img").write_bytes(np.round(z / unit / scale, 9).astype(dtype).tobytes())
    text = label(z.shape, **({"pointer": f'^IMAGE = "{name.upper()}.IMG"'} | changes))
    (folder / f"{name}.lbl").write_text(text)
    return folder / f"{name}.lbl"


# Formats: the same ground out of each


def test_geotiff_of_floats_and_of_integers(tmp_path):
    z = ground()
    assert np.array_equal(read_grid(tiff(tmp_path / "f.tif", z)).heights_m, z)
    assert np.array_equal(read_grid(tiff(tmp_path / "i.tif", 2 * z, dtype="int16")).heights_m, 2 * z)


def test_geotiff_scale_offset_and_unit_tags(tmp_path):
    z = ground()
    scaled = tiff(tmp_path / "s.tif", 2 * z, dtype="int16", scale=0.5, offset=R_M)
    assert np.array_equal(read_grid(scaled).heights_m, z)
    km = tiff(tmp_path / "km.tif", z / 1000, unit="km")
    assert read_grid(km).heights_m == pytest.approx(z, abs=1e-3)


def test_cloud_optimised_geotiff_with_overviews(tmp_path):
    z = ground(600, 600)
    assert np.array_equal(read_grid(tiff(tmp_path / "c.tif", z, driver="COG", blocksize=256)).heights_m, z)


@pytest.mark.parametrize("pole", ["south", "north"])
def test_cells_lie_where_proj_puts_them(tmp_path, pole):
    # Truth: PROJ's own inverse of the file's projection.
    crs = SOUTH if pole == "south" else NORTH
    grid = read_grid(tiff(tmp_path / "t.tif", ground(40, 60), crs=crs, corner=(-3000.0, 9000.0)))
    x, y = [-3000 + 200 * 7.5, -3000 + 200 * 59.5], [9000 - 200 * 3.5, 9000 - 200 * 39.5]
    lon, lat = warp(crs, "+proj=longlat +R=1737400 +no_defs", x, y)
    ours_lat, ours_lon = grid.cell_lat_lon_deg([3, 39], [7, 59])
    assert (grid.pole, grid.radius_m, grid.pixel_m) == (pole, R_M, 200.0)
    assert ours_lat == pytest.approx(lat, abs=1e-10)
    assert ours_lon == pytest.approx(np.mod(lon, 360), abs=1e-7)


def test_maps_in_kilometres_false_origin_and_point_pixels(tmp_path):
    z = ground()
    km = read_grid(tiff(tmp_path / "km.tif", z, crs=SOUTH.replace("units=m", "units=km"), pixel=0.2))
    false = SOUTH.replace("+R=", "+x_0=500000 +y_0=-2000 +R=")
    shifted = read_grid(tiff(tmp_path / "x.tif", z, crs=false, corner=(500000 - 6400.0, -2000 + 6400.0)))
    point = read_grid(tiff(tmp_path / "p.tif", z, tags={"AREA_OR_POINT": "Point"}))
    for grid in (km, shifted, point):
        assert (grid.left_m, grid.top_m, grid.pixel_m) == pytest.approx((-6400.0, 6400.0, 200.0))


@pytest.mark.parametrize(("dtype", "kind"), [("<i2", "LSB_INTEGER"), (">i2", "MSB_INTEGER"), (">i2", "INTEGER")])
def test_pds3_integers_of_half_metres(tmp_path, dtype, kind):
    z = ground(48, 64)
    made = pds3(tmp_path, z, dtype, type=kind)
    for path in (made, made.with_suffix(".img")):
        grid = read_grid(path)
        assert np.array_equal(grid.heights_m, z)
        assert (grid.pole, grid.pixel_m, grid.left_m, grid.top_m) == ("south", 200.0, -6400.0, 4800.0)


@pytest.mark.parametrize(("dtype", "kind"), [("<f4", "PC_REAL"), (">f4", "IEEE_REAL"), ("<f8", "PC_REAL")])
@pytest.mark.parametrize("offset", [1737.4, 0.0])
def test_pds3_float_img_is_in_kilometres(tmp_path, dtype, kind, offset):
    z = ground()
    bits = 8 * np.dtype(dtype).itemsize
    made = pds3(tmp_path, z, dtype, type=kind, bits=bits, unit="KILOMETER", scale=1, offset=offset)
    assert read_grid(made).heights_m == pytest.approx(z, abs=1e-3)


def test_pds3_place_agrees_with_gdals_own_reader(tmp_path):
    made = pds3(tmp_path, ground(48, 64), line=30.5, sample=11.5)
    grid = read_grid(made)
    with rasterio.open(made) as gdal:
        assert (gdal.transform.c, gdal.transform.f) == pytest.approx((grid.left_m, grid.top_m), abs=1e-6)
        assert gdal.transform.a == pytest.approx(grid.pixel_m)


def test_pds3_label_attached_and_image_in_a_record_of_another_file(tmp_path):
    z = ground()
    samples = (2 * z).astype("<i2").tobytes()
    text = label(z.shape, record=2048, pointer="^IMAGE = 3")
    (tmp_path / "a.img").write_bytes(text.encode().ljust(2 * 2048) + samples)
    assert np.array_equal(read_grid(tmp_path / "a.img").heights_m, z)
    (tmp_path / "B.IMG").write_bytes(b"\xff" * 100 + samples)
    (tmp_path / "b.lbl").write_text(label(z.shape, pointer='^IMAGE = ("B.IMG", 101 <BYTES>)'))
    assert np.array_equal(read_grid(tmp_path / "b.lbl").heights_m, z)


def test_pds3_map_scale_in_metres_or_kilometres(tmp_path):
    for number, words in enumerate(("0.2 <km/pix>", "0.2 <KM/PIXEL>", "200 <M/PIX>", "0.2", "200")):
        assert read_grid(pds3(tmp_path, ground(), name=f"m{number}", map_scale=words)).pixel_m == pytest.approx(200.0)
    with pytest.raises(InputError, match="MAP_RESOLUTION"):
        read_grid(pds3(tmp_path, ground(), name="wrong", map_scale="200 <km/pix>"))


def test_jpeg2000_with_its_label_and_without(tmp_path):
    z = ground(256, 256)
    path = tiff(tmp_path / "made.jp2", 2 * z, dtype="int16", driver="JP2OpenJPEG", QUALITY="100", REVERSIBLE="YES")
    with pytest.raises(InputError, match=r"made_jp2\.lbl"):
        read_grid(path)
    compressed = 'OBJECT = COMPRESSED_FILE\n FILE_NAME = "MADE.JP2"\nEND_OBJECT\nOBJECT = UNCOMPRESSED_FILE\n'
    words = label((256, 256), pointer="", before=compressed + ' ^IMAGE = "MADE.IMG"', after="END_OBJECT")
    (tmp_path / "MADE_JP2.LBL").write_text(words)
    for name in ("made.jp2", "MADE_JP2.LBL"):
        assert np.array_equal(read_grid(tmp_path / name).heights_m, z)
    (tmp_path / "MADE_JP2.LBL").write_text(words.replace("LINES                   = 256", "LINES = 255"))
    with pytest.raises(InputError, match="256 x 256"):
        read_grid(path)


# Heights


@pytest.mark.parametrize(("factor", "unit"), [(1.0, "m"), (1.0, None), (0.001, "km")])
def test_distances_from_the_centre_become_heights(tmp_path, factor, unit):
    z = ground()
    path = tiff(tmp_path / "r.tif", (z + R_M) * factor, dtype="float64", unit=unit)
    assert read_grid(path).heights_m == pytest.approx(z, abs=1e-3)


def test_floats_without_a_unit_that_may_be_kilometres(tmp_path):
    z = ground()
    for each in (z / 1000, (z + R_M) / 1000):
        with pytest.raises(InputError, match="--units km"):
            read_grid(tiff(tmp_path / "km.tif", each))
    # A flat window of a file with relief is metres, and so is nothing at all.
    flat = np.where(np.indices((64, 64)).max(axis=0) < 50, 0.25 * z / 4000, z)
    grid = read_grid(tiff(tmp_path / "flat.tif", flat), (*SITE, 0.5))
    assert np.ptp(grid.heights_m) < 20
    assert not read_grid(tiff(tmp_path / "zero.tif", 0 * z)).heights_m.any()


def test_samples_that_are_no_heights(tmp_path):
    z = ground()
    with pytest.raises(InputError, match="'deg'"):
        read_grid(tiff(tmp_path / "slope.tif", z, unit="deg"))
    z[3, 4] = -3.4e38
    with pytest.raises(InputError, match=r"1 cells cannot be heights.*--nodata"):
        read_grid(tiff(tmp_path / "void.tif", z))
    with pytest.raises(InputError, match="3 bands"):
        read_grid(tiff(tmp_path / "rgb.tif", [ground()] * 3))
    with pytest.raises(InputError, match="complex"):
        read_grid(tiff(tmp_path / "c.tif", ground(), dtype="complex64"))
    with pytest.raises(InputError, match="'N/A'"):
        read_grid(pds3(tmp_path, ground(), unit='"N/A"', offset=0.5))


# Places


@pytest.mark.parametrize(
    ("crs", "words"),
    [
        ("+proj=longlat +R=1737400", "longlat"),
        ("+proj=eqc +R=1737400", "eqc"),
        ("+proj=stere +lat_0=-80 +R=1737400", "about latitude -80"),
        (SOUTH.replace("lat_ts=-90", "lat_ts=-80"), "true scale at latitude -80"),
        ("+proj=stere +lat_0=-90 +k=0.994 +R=1737400", "scale factor 0.994"),
        (SOUTH.replace("lon_0=0", "lon_0=180"), "central meridian 180"),
        (SOUTH.replace("1737400", "1738000"), "1.738e"),
        (SOUTH.replace("+R=1737400", "+a=1738100 +b=1736000"), "1.7381e"),
        ("EPSG:3031", "WGS84"),
    ],
)
def test_wrong_projection_says_which_and_how_to_reproject(tmp_path, crs, words):
    with pytest.raises(InputError) as caught:
        read_grid(tiff(tmp_path / "w.tif", ground(), crs=crs, pixel=0.01 if "longlat" in crs else 200.0))
    message = str(caught.value)
    assert words in message
    assert "w.tif" in message
    assert "gdalwarp -t_srs" in message
    size = float(message.split("-tr ")[1].split()[0])
    assert size == pytest.approx(0.01 * math.pi / 180 * R_M if "longlat" in crs else 200.0, rel=1e-4)


def test_the_gdalwarp_command_makes_a_raster_that_reads(tmp_path):
    # The same reprojection through rasterio's own warper, with the words of the message.
    from rasterio.warp import reproject

    path = tiff(
        tmp_path / "ll.tif", np.full((100, 720), 1234.5), crs="+proj=longlat +R=1737400", pixel=0.5, corner=(-180, -40)
    )
    with pytest.raises(InputError) as caught:
        read_grid(path)
    target = str(caught.value).split('-t_srs "')[1].split('"')[0]
    with rasterio.open(path) as source:
        out = np.zeros((100, 100), np.float32)
        reproject(rasterio.band(source, 1), out, dst_transform=from_origin(-5e5, 5e5, 1e4, 1e4), dst_crs=target)
    assert read_grid(tiff(tmp_path / "sp.tif", out, crs=target, pixel=1e4)).heights_m == pytest.approx(1234.5)


@pytest.mark.parametrize(
    "place",
    [Affine(200, 3, -6400, 3, -200, 6400), Affine(200, 0, -6400, 0, -201, 6400), Affine(200, 0, -6400, 0, 200, -6400)],
)
def test_pixels_must_be_square_and_north_up(tmp_path, place):
    with pytest.raises(InputError, match="rotated, upside down or not square"):
        read_grid(tiff(tmp_path / "p.tif", ground(), place=place))


def test_files_that_are_no_map(tmp_path):
    with pytest.raises(InputError, match="no georeferencing"):
        read_grid(tiff(tmp_path / "n.tif", ground(), crs=""))
    with pytest.raises(InputError, match="no such file"):
        read_grid(tmp_path / "absent.tif")
    (tmp_path / "t.txt").write_text("heights")
    with pytest.raises(InputError, match=r"t\.txt"):
        read_grid(tmp_path / "t.txt")
    (tmp_path / "i.img").write_bytes(b"\0" * 100)
    with pytest.raises(InputError, match=r"i\.lbl"):
        read_grid(tmp_path / "i.img")
    pds3(tmp_path, ground()).with_suffix(".img").unlink()
    with pytest.raises(InputError, match="not beside it"):
        read_grid(tmp_path / "made.lbl")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"projection": "SIMPLE CYLINDRICAL"}, "SIMPLE CYLINDRICAL"),
        ({"radius": 1738.0}, "1738 km"),
        ({"centre": -80}, "CENTER_LATITUDE is -80"),
        ({"rows": 65}, "promises"),
        ({"rows": "many"}, "LINES must be a number"),
        ({"bits": 12}, "12 bits"),
        ({"type": "VAX_REAL", "bits": 32}, "VAX_REAL"),
        ({"image": "BANDS = 2"}, "2 bands"),
        ({"image": "LINE_PREFIX_BYTES = 4"}, "prefix"),
        ({"line": "nan"}, "cannot be heights"),
    ],
)
def test_pds3_labels_that_cannot_be_read(tmp_path, changes, words):
    with pytest.raises(InputError, match=words):
        read_grid(pds3(tmp_path, ground(), **changes))


def test_pds3_voids_as_number_and_as_bit_pattern(tmp_path):
    z = ground()
    z[5, 6] = -16000.0
    for text in ("-32000", "16#8300#"):
        raster = pds3(tmp_path, z, image=f"MISSING_CONSTANT = {text}")
        assert open_raster(raster).void == (-32000.0,)
        with pytest.raises(CoverageError, match="hold no height"):
            read_grid(raster)


def test_labels_that_name_the_wrong_pole(tmp_path):
    # LOLA's AVGVISIB and LPSR labels centre southern maps on the north pole; their names are right.
    wrong = pds3(tmp_path, ground(), product="LPSR_85S_060M_201608", centre=90, low=0, high=0)
    assert open_raster(wrong).pole == "south"
    assert "as its name says" in open_raster(wrong).notes[0]
    assert any("as its name says" in note for note in read_terrain([wrong]).notes)
    with pytest.raises(InputError, match="not all else agrees"):
        read_grid(pds3(tmp_path, ground(), product="LPSR_85S_060M", centre=90, low=85, high=90))
    with pytest.raises(InputError, match="not all else agrees"):
        read_grid(pds3(tmp_path, ground(), centre=90))
    named = tiff(tmp_path / "LDEM_85N_10M.tif", ground())
    assert open_raster(named).pole == "north"


def test_sites_off_the_raster_and_of_the_other_pole(tmp_path):
    path = tiff(tmp_path / "t.tif", ground())
    with pytest.raises(CoverageError, match="off the raster"):
        read_grid(path, (-89.0, 0.0, 5.0))
    with pytest.raises(InputError, match="map of the south pole and the site"):
        read_grid(path, (89.95, 0.0, 5.0))
    for wrong in ((-91.0, 0.0, 5.0), (-89.9, 0.0, 0.0), (-89.9, math.nan, 5.0)):
        with pytest.raises(InputError, match="around is"):
            read_grid(path, wrong)


# Windows


@settings(max_examples=25, deadline=None)
@given(lat=st.floats(-90.0, -89.7), lon=st.floats(0, 360), reach=st.floats(0.3, 12.0))
def test_a_window_is_the_same_ground_and_reaches_as_far_as_asked(tmp_path_factory, lat, lon, reach):
    path = tmp_path_factory.getbasetemp() / "window.tif"
    if not path.exists():
        tiff(path, ground(120, 120))
    whole, part = read_grid(path), read_grid(path, (lat, lon, reach))
    assert part.height_m(lat, lon) == pytest.approx(whole.height_m(lat, lon), abs=1e-3)
    x, y = whole.xy_m(lat, lon)
    rows, columns = part.heights_m.shape
    edge_m = 1000 * reach - 1e-6
    assert part.left_m <= max(x - edge_m, -12000.0)
    assert part.top_m >= min(y + edge_m, 12000.0)
    assert part.left_m + 200 * columns >= min(x + edge_m, 12000.0)
    assert part.top_m - 200 * rows <= max(y - edge_m, -12000.0)
    assert max(rows, columns) <= 2 * (math.ceil(1.001 * reach / 0.2) + 1) + 1


def test_a_window_far_from_the_pole_reaches_over_ground_not_over_map(tmp_path):
    # At 75 S the map is 1.7 % longer than the ground, and more beyond: all points 200 km away must be on the window.
    path = tiff(tmp_path / "wide.tif", np.full((1400, 1400), 50.0), pixel=1000.0, dtype="int16")
    grid = read_grid(path, (-75.0, 40.0, 200.0))
    assert max(grid.heights_m.shape) < 430
    lat, lon, c, azimuth = np.radians(-75.0), np.radians(40.0), 200e3 / R_M, np.radians(np.arange(0, 360, 5))
    there = np.arcsin(np.sin(lat) * np.cos(c) + np.cos(lat) * np.sin(c) * np.cos(azimuth))
    east = np.arctan2(np.sin(c) * np.sin(azimuth), np.cos(lat) * np.cos(c) - np.sin(lat) * np.sin(c) * np.cos(azimuth))
    assert grid.holds(np.degrees(there), np.degrees(lon + east)).all()


def test_a_raster_of_a_thousand_million_cells_is_never_read_whole(tmp_path):
    # Sparse: 30400 x 30400 cells of 20 m as LDEM_80S_20MPP has them, of which one corner was written.
    path = tmp_path / "big.tif"
    place = from_origin(-304000.0, 304000.0, 20.0, 20.0)
    with rasterio.open(
        path, "w", driver="GTiff", height=30400, width=30400, count=1, dtype="float32", crs=SOUTH, transform=place,
        tiled=True, SPARSE_OK="TRUE",
    ) as out:  # fmt: skip
        out.units = ("m",)
        out.write(np.full((512, 512), 7.0, np.float32), 1, window=((15360, 15872), (15360, 15872)))
    with pytest.raises(InputError, match="too many to read at once"):
        read_grid(path)
    x_m, y_m = -304000.0 + 15500.5 * 20.0, 304000.0 - 15500.5 * 20.0
    rho_m = math.hypot(x_m, y_m)
    lat = -90.0 + math.degrees(2.0 * math.atan(rho_m / (2.0 * R_M)))
    grid = read_grid(path, (lat, math.degrees(math.atan2(x_m, y_m)), 4.0))
    assert max(grid.heights_m.shape) < 410
    assert grid.height_m(lat, math.degrees(math.atan2(x_m, y_m))) == 7.0
    assert (grid.left_m + 304000.0) % 20.0 == 0.0


# Terrains


def test_finer_rasters_lie_inside_coarser_and_the_pack_carries_the_far_field(tmp_path):
    fine = tiff(tmp_path / "fine.tif", np.full((100, 100), 300.0), pixel=50.0)
    mid = tiff(tmp_path / "mid.tif", np.full((100, 100), 200.0), pixel=500.0)
    terrain = read_terrain([mid, fine])
    assert [grid.pixel_m for grid in terrain.grids] == [50.0, 500.0, 1600.0]
    assert terrain.far is polar_terrain("south").far
    assert terrain.notes == ()
    heights = [float(terrain.height_m(lat, 45.0)) for lat in (-89.95, -89.5, -85.0)]
    assert heights == pytest.approx([300.0, 200.0, float(polar_terrain("south").height_m(-85.0, 45.0))])


def test_a_raster_that_reaches_farther_replaces_the_pack(tmp_path):
    wide = tiff(tmp_path / "wide.tif", np.full((300, 300), 100.0), pixel=5000.0)
    terrain = read_terrain([wide])
    assert [grid.pixel_m for grid in terrain.grids] == [1600.0, 5000.0]
    sharp = tiff(tmp_path / "sharp.tif", np.full((1300, 1300), 100.0), pixel=1000.0)
    assert [grid.pixel_m for grid in read_terrain([sharp]).grids] == [1000.0]
    coarse = tiff(tmp_path / "coarse.tif", np.full((64, 64), 100.0), pixel=2000.0)
    terrain = read_terrain([coarse])
    assert [grid.pixel_m for grid in terrain.grids] == [1600.0]
    assert "not used" in terrain.notes[0]


def test_voids_are_filled_from_the_next_coarser_raster_and_said(tmp_path):
    z = np.full((100, 100), 300.0)
    z[:, :25] = -9999.0
    z[60:70, 60:70] = np.nan
    fine = tiff(tmp_path / "fine.tif", z, pixel=50.0, nodata=-9999.0)
    mid_z = np.full((100, 100), 200.0)
    mid_z[:, 50:] = -9999.0
    mid = tiff(tmp_path / "mid.tif", mid_z, pixel=500.0, nodata=-9999.0)
    terrain = read_terrain([fine, mid])
    first, second, pack = terrain.grids
    assert (first.heights_m[10:90, :24] == 200.0).all()
    assert (first.heights_m[:, 30:60] == 300.0).all()
    lat, lon = second.cell_lat_lon_deg([10, 80], [70, 90])
    assert second.heights_m[[10, 80], [70, 90]] == pytest.approx(pack.height_m(lat, lon), rel=1e-6)
    lat, lon = first.cell_lat_lon_deg(65, 65)
    assert first.heights_m[65, 65] == pytest.approx(float(second.height_m(lat, lon)), rel=1e-6)
    assert [note.split(" % of")[0] for note in terrain.notes] == ["50", "26"]
    with pytest.raises(CoverageError, match="26 % of the cells"):
        read_grid(fine)


def test_no_height_at_the_site_is_an_error_not_a_fill(tmp_path):
    z = np.full((64, 64), 300.0)
    z[30:34, 30:34] = -9999.0
    path = tiff(tmp_path / "t.tif", z, nodata=-9999.0)
    for read in (lambda around: read_grid(path, around), lambda around: read_terrain([path], around=around)):
        with pytest.raises(CoverageError, match="no height"):
            read((-89.995, 10.0, 5.0))
    assert read_terrain([path], around=(*SITE, 5.0)).notes


def test_voids_where_nothing_coarser_reaches(tmp_path):
    z = np.full((300, 300), 100.0)
    z[0, 0] = -9999.0
    with pytest.raises(CoverageError, match="no coarser heights reach"):
        read_terrain([tiff(tmp_path / "wide.tif", z, pixel=5000.0, nodata=-9999.0)])


def test_two_poles_are_not_one_terrain(tmp_path):
    south, north = tiff(tmp_path / "s.tif", ground()), tiff(tmp_path / "n.tif", ground(), crs=NORTH)
    with pytest.raises(InputError, match=r"n\.tif: is a map of the north pole and s\.tif is of the south pole"):
        read_terrain([south, north])
    with pytest.raises(InputError, match="the site is around the north pole"):
        read_terrain([south], pole="north")
    with pytest.raises(InputError, match="the site is around the north pole"):
        read_terrain([south], around=(89.99, 0.0, 5.0))
    with pytest.raises(InputError, match="no raster"):
        read_terrain([])


def test_what_is_too_fine_to_keep_is_averaged_beyond_the_site(tmp_path, monkeypatch):
    z = ground(400, 400) + 5000.0
    z[:10] = -9999.0
    path = tiff(tmp_path / "t.tif", z, pixel=50.0, nodata=-9999.0)
    monkeypatch.setattr(rasters_module, "SHARP_CELLS", 6400)
    monkeypatch.setattr(rasters_module, "STRIP_CELLS", 5000)
    terrain = read_terrain([path], around=(-89.99, 90.0, 9.0))
    sharp, rest, _ = terrain.grids
    assert (sharp.pixel_m, max(sharp.heights_m.shape) <= 80) == (50.0, True)
    factor = round(rest.pixel_m / 50.0)
    row, column = round((10000.0 - rest.top_m) / 50), round((rest.left_m + 10000.0) / 50)
    block = z[row + 3 * factor : row + 4 * factor, column + 5 * factor : column + 6 * factor]
    assert rest.heights_m[3, 5] == pytest.approx(block[block > 0].mean(), rel=1e-6)
    assert f"averaged over {factor} x {factor} cells" in rest.name


# Real heights


def test_real_lola_file_is_the_packs_ground():
    path = LOLA / "lola_dem_south.tif"
    if not path.exists():
        pytest.skip("shared LOLA rasters are not beside the repository")
    pack = polar_terrain("south").far
    grid = read_grid(path)
    assert np.array_equal(grid.heights_m, pack.heights_m)
    assert (grid.left_m, grid.top_m, grid.pixel_m) == (pack.left_m, pack.top_m, pack.pixel_m)
    part = read_grid(path, (-86.014, 2.65, 40.0))
    assert part.height_m(-86.014, 2.65) == pytest.approx(grid.height_m(-86.014, 2.65), abs=1e-3)
    assert part.max_height_m == 5107.0
    assert len(read_terrain([path]).grids) == 1
    with pytest.raises(InputError, match="longlat"):
        read_grid(LOLA / "lola_dem_global.tif")


def test_averaged_real_heights_nested_in_themselves(tmp_path):
    # A 4800 m raster made of 3 x 3 cells of the real one, kept because it is the only finer heights of its place.
    pack = polar_terrain("south").far
    window = pack.heights_m[330:450, 330:450]
    corner = (pack.left_m + 330 * 1600.0, pack.top_m - 330 * 1600.0)
    fine = np.repeat(np.repeat(window, 2, axis=0), 2, axis=1)
    path = tiff(tmp_path / "fine.tif", fine, pixel=800.0, corner=corner, dtype="int16")
    terrain = read_terrain([path], around=(-89.0, 200.0, 300.0))
    lat, lon = pack.cell_lat_lon_deg([340, 400, 20], [350, 420, 700])
    assert [grid.pixel_m for grid in terrain.grids] == [800.0, 1600.0]
    assert terrain.height_m(lat, lon) == pytest.approx(pack.height_m(lat, lon), abs=1e-6)


# The label's grammar

NAMES = st.text("ABEGINORX_09", min_size=1, max_size=12).map(lambda name: f"K{name}") | st.just("^IMAGE")
WORDS = st.text("ABCxyz0189_.:+-#", min_size=1, max_size=12)
QUOTED = st.text("ab1 =<>(){},/*'\n\r\t\xe9", max_size=20).map(lambda text: f'"{text}"')
UNITS = st.sampled_from(["", "", " <km>", " <M/PIX>"])
PARTS = st.tuples(WORDS | QUOTED, UNITS)
VALUES = st.lists(PARTS, min_size=1, max_size=4)


def entries(children):
    return st.tuples(st.dictionaries(NAMES, VALUES, max_size=4), st.lists(st.tuples(NAMES, children), max_size=2))


TREES = st.recursive(st.tuples(st.dictionaries(NAMES, VALUES, max_size=4), st.just([])), entries, max_leaves=6)


def written(tree):
    values, inner = tree
    for key, parts in values.items():
        words = ", ".join(word + unit for word, unit in parts)
        yield f"{key} = {words if len(parts) == 1 else '(' + words + ')'} /* why */"
    for name, child in inner:
        yield f"OBJECT = {name}"
        yield from written(child)
        yield f"END_OBJECT = {name}"


def same(parsed, tree):
    values, inner = tree
    assert {key: list(value.parts) for key, value in parsed.values.items() if key != "PDS_VERSION_ID"} == {
        key: [
            (word.removeprefix('"').removesuffix('"') if word[0] == '"' else word, unit.strip(" <>"))
            for word, unit in parts
        ]
        for key, parts in values.items()
    }
    assert [child.name for child in parsed.objects] == [name for name, _ in inner]
    for child, (_, branch) in zip(parsed.objects, inner, strict=True):
        same(child, branch)


@given(TREES, st.binary(max_size=30))
@example(({}, []), b"=")
@example(({}, []), b"=\x00")
def test_a_written_label_reads_back(tree, samples):
    lines = ["PDS_VERSION_ID = PDS3", *written(tree), "END", samples.decode("latin-1")]
    same(parse_label("\r\n".join(lines), "f"), tree)


@given(st.text(st.sampled_from("AB1 =\"<>(){},/*\n'."), max_size=60))
def test_no_text_breaks_the_label_reader(text):
    try:
        parse_label("PDS_VERSION_ID = PDS3\n" + text, "f")
    except InputError as error:
        assert "f" in str(error)


def test_hostile_labels_are_refused_quickly():
    deep = "OBJECT = A\n" * 5000 + "END_OBJECT\n" * 5000 + "END\n"
    for text in (deep, "OBJECT = A\n" * 60_000, "/*" * 400_000, '"' * 900_001, "A = (" * 200_000, "A = <" * 100_000):
        with pytest.raises(InputError):
            parse_label("PDS_VERSION_ID = PDS3\n" + text, "f")


# Damaged files: a clear complaint or a good grid, nothing else


def only_clear_complaints(path):
    for around in (None, (*SITE, 3.0)):
        try:
            assert np.isfinite(read_grid(path, around).heights_m).all()
        except MalapertError as error:
            assert path.parent.name in str(error)


HOSTILE = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@HOSTILE
@given(cut=st.integers(0, 9000), suffix=st.sampled_from([".tif", ".jp2", ".img", ".lbl"]), noise=st.binary(max_size=40))
def test_truncated_and_garbled_files(tmp_path, cut, suffix, noise):
    whole = tmp_path / f"whole{suffix}"
    if not whole.exists():
        if suffix == ".tif":
            tiff(whole, ground(), compress="deflate")
        elif suffix == ".jp2":
            tiff(whole, ground(), dtype="int16", driver="JP2OpenJPEG", unit="m")
        else:
            text = label((64, 64), record=2048, pointer="^IMAGE = 3")
            whole.write_bytes(text.encode().ljust(4096) + (2 * ground()).astype("<i2").tobytes())
    data = whole.read_bytes()
    at = cut % len(data)
    for number, bytes_ in enumerate((data[:at], data[:at] + noise + data[at + len(noise) :])):
        path = tmp_path / f"damaged{number}{suffix}"
        path.write_bytes(bytes_)
        only_clear_complaints(path)


@HOSTILE
@given(
    data=st.binary(max_size=200), suffix=st.sampled_from([".tif", ".jp2", ".img", ".lbl", ".png"]), head=st.booleans()
)
def test_random_bytes(tmp_path, data, suffix, head):
    start = {".tif": b"II*\0\x08\0\0\0", ".jp2": b"\0\0\0\x0cjP  \r\n\x87\n"}.get(suffix, b"PDS_VERSION_ID = PDS3\n")
    path = tmp_path / f"random{suffix}"
    path.write_bytes(start + data if head else data)
    only_clear_complaints(path)


def test_huge_declared_sizes(tmp_path):
    path = pds3(tmp_path, ground(), rows=2**40, columns=2**40)
    with pytest.raises(InputError, match="promises"):
        read_grid(path)
    with pytest.raises(InputError, match="whole number"):
        read_grid(pds3(tmp_path, ground(), rows=1e300))
    with rasterio.open(
        tmp_path / "huge.tif", "w", driver="GTiff", height=2_000_000, width=2_000_000, count=1, dtype="uint8", crs=SOUTH,
        transform=from_origin(-1e6, 1e6, 1.0, 1.0), SPARSE_OK="TRUE", tiled=True, blockxsize=65536, blockysize=65536,
        BIGTIFF="YES",
    ):  # fmt: skip
        pass
    with pytest.raises(InputError, match="too many"):
        read_grid(tmp_path / "huge.tif")


def test_a_raster_cannot_lead_to_other_files(tmp_path):
    inner = tiff(tmp_path / "inner.tif", ground())
    words = f'<VRTDataset rasterXSize="64" rasterYSize="64"><VRTRasterBand dataType="Float32" band="1"><SimpleSource>\
<SourceFilename>{inner}</SourceFilename><SourceBand>1</SourceBand></SimpleSource></VRTRasterBand></VRTDataset>'
    (tmp_path / "vrt.tif").write_text(words)
    with pytest.raises(InputError, match=r"vrt\.tif: is neither"):
        read_grid(tmp_path / "vrt.tif")


def test_without_rasterio_the_complaint_names_the_extra(tmp_path, monkeypatch):
    import builtins

    path, real = tiff(tmp_path / "t.tif", ground()), builtins.__import__

    def none(name, *rest, **more):
        if name == "rasterio":
            raise ImportError(name)
        return real(name, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", none)
    with pytest.raises(InputError, match=r"pip install .malapert\[maps\]"):
        read_grid(path)
    assert read_grid(pds3(tmp_path, ground())).pixel_m == 200.0
