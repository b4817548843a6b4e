"""Pictures of the ground: where names and lines stand, what tables of lunar days hold, that files come out alike."""

import numpy as np
import pytest

from malapert.report.ground_map import Look, Mark, Sheet, draw_map, features
from malapert.report.ground_sky import LUNAR_DAY_D, draw_horizon, draw_light, lunar_days
from malapert.report.pictures import save
from malapert.terrain import Grid, polar_terrain, site_horizon, site_light, sky_paths

pytest.importorskip("matplotlib", reason="matplotlib is not installed")
SLOPE = Look("slope, °", "magma_r", 0.0, 30.0)


def cut(pole, row, column, size):
    far = polar_terrain(pole).far
    heights = far.heights_m[row : row + size, column : column + size]
    return Grid(
        pole,
        heights,
        far.pixel_m,
        far.left_m + column * far.pixel_m,
        far.top_m - row * far.pixel_m,
        far.radius_m,
        "cut",
    )


def texts(figure):
    return [text.get_text() for axes in figure.axes for text in axes.texts]


@pytest.mark.parametrize(("pole", "sign"), [("south", -1.0), ("north", 1.0)])
def test_features_lie_near_their_pole_and_name_craters_once(pole, sign):
    rows = features(pole)
    assert len({row.name for row in rows}) == len(rows) >= 15
    assert all(sign * row.lat_deg > 70.0 and 0.0 <= row.lon_deg < 360.0 for row in rows)
    assert all(row.diameter_km is None or 5.0 < row.diameter_km < 400.0 for row in rows)
    assert all(row.diameter_km for row in rows if row.kind == "crater")


@pytest.mark.parametrize(
    "name", ["Shackleton", "Haworth", "Shoemaker", "Faustini", "Slater", "de Gerlache", "Sverdrup"]
)
def test_crater_centres_are_lower_than_their_rims(name):
    # A feature set down on the wrong meridian would not lie in a hollow of the LOLA heights.
    ground = polar_terrain("south")
    crater = next(row for row in features("south") if row.name == name)
    x, y = ground.far.xy_m(crater.lat_deg, crater.lon_deg)
    turn = np.radians(np.arange(0.0, 360.0, 10.0))
    reach = 500.0 * crater.diameter_km
    rim = ground.height_m(*ground.far.lat_lon_deg(x + reach * np.cos(turn), y + reach * np.sin(turn)))
    assert float(ground.height_m(crater.lat_deg, crater.lon_deg)) < rim.mean() - 500.0


def test_a_round_map_names_what_lies_on_it_and_where_it_looks(tmp_path):
    far = polar_terrain("south").far
    rows, columns = np.indices(far.heights_m.shape)
    lat, _ = far.cell_lat_lon_deg(rows, columns)
    values = np.where(lat < -85.0, -lat - 85.0, np.nan)
    figure = draw_map(Sheet("Title", "under", values, far, SLOPE, -85.0, notes=("a note",)))
    said = texts(figure)
    assert {"Shackleton", "Shoemaker", "Haworth", "86° S", "0° · Earth side", "90° E", "50 km"} <= set(said)
    assert "Ashbrook" not in said
    place = next(text for text in figure.axes[0].texts if text.get_text() == "0° · Earth side").get_position()
    assert place[0] == pytest.approx(0.0, abs=1e-6) and place[1] > 0.0  # lunar north of the pole is up on a south map


def test_longitude_zero_of_a_north_map_points_down():
    far = polar_terrain("north").far
    values = np.full(far.heights_m.shape, 1.0)
    figure = draw_map(Sheet("Title", "under", values, far, SLOPE, 86.0))
    where = {text.get_text(): text.get_position() for text in figure.axes[0].texts}
    assert where["0° · Earth side"][1] < 0.0 and where["90° E"][0] > 0.0
    assert "Peary" in where


def test_a_sheet_off_the_pole_has_its_own_graticule_and_marks():
    grid = cut("south", 330, 350, 30)
    lat, lon = grid.lat_lon_deg(grid.left_m + 24_000.0, grid.top_m - 24_000.0)
    marks = (Mark(float(lat), float(lon), "1"),)
    figure = draw_map(Sheet("Sites", "under", np.zeros((30, 30)), grid, SLOPE, None, marks))
    said = texts(figure)
    assert "1" in said and any(text.endswith("° S") for text in said)
    assert sum(text.endswith("° E") for text in said) >= 2


def test_flags_get_a_legend_and_no_colour_bar():
    grid = cut("south", 330, 350, 30)
    look = Look("dark", ("#14245c", "#14245c"), 0.0, 1.0, flags=True)
    figure = draw_map(Sheet("Dark", "under", np.eye(30), grid, look))
    assert len(figure.axes) == 1
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["dark"]


@pytest.fixture(scope="module")
def sky():
    horizon = site_horizon(-86.014, 2.65, 10.0)
    return horizon, site_light(horizon, "2024-01-01", "2024-07-01", 7200.0)


def test_lunar_days_keep_every_value_in_its_row(sky):
    _, series = sky
    table, starts = lunar_days(series, "sun_fraction")
    values = series["sun_fraction"].to_numpy()
    assert table.shape == (7, round(LUNAR_DAY_D * 12)) and starts.size == 7
    np.testing.assert_array_equal(table[0], values[: table.shape[1]])
    assert np.isnan(table[-1, -1])
    second = round(LUNAR_DAY_D * 12)
    assert starts[1] == series["time"].to_numpy()[second] and table[1, 0] == values[second]


def test_the_earth_stands_in_one_piece_in_the_skyline(sky):
    horizon, series = sky
    figure = draw_horizon("Horizon", horizon, sky_paths(series, horizon), "2024")
    left, right = figure.axes[0].get_xlim()
    assert (left, right) == (-180.0, 180.0)  # the Earth is due north of the massif


@pytest.mark.parametrize("kind", [".svg", ".pdf"])
def test_the_same_picture_is_the_same_file(sky, tmp_path, kind):
    horizon, series = sky
    paths = sky_paths(series, horizon)
    for name in ("one", "two"):
        save(draw_light("Light", "facts", horizon, paths, series), tmp_path / f"{name}{kind}")
    one, two = ((tmp_path / f"{name}{kind}").read_bytes() for name in ("one", "two"))
    assert one == two and len(one) > 10_000
