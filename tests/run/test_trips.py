"""The shipped ice mine: its route into shadow found on the real ground, its trips, its water, and how it is shown."""

import json
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import xarray as xr

from malapert import programme
from malapert.logistics.plan import Delivery, Plan
from malapert.report import rovers
from malapert.run.trips import trip_series
from malapert.sky.time import tdb_s
from malapert.station import operate
from malapert.terrain.light import epochs_utc
from malapert.terrain.traverse import NoRouteError

EXAMPLE = Path(__file__).parents[2] / "examples" / "ice_mine.toml"
TIME = epochs_utc("2031-07-01", "2031-07-29")


@pytest.fixture(scope="module")
def mine():
    return programme.load(EXAMPLE)


@pytest.fixture(scope="module")
def light(mine):
    ways = trip_series(mine, TIME, lambda part, words: None)
    n = TIME.size
    sky = {key: ("time", np.ones(n)) for key in ("sun_fraction", "earth_visible", "link_mbit_s")}
    series = xr.Dataset(sky | {key: value for key, value in ways.items() if key != "trip"}, coords={"time": TIME})
    return series.assign_coords(trip=ways["trip"])


@pytest.fixture(scope="module")
def lived(mine, light):
    use_s = float(tdb_s(TIME[0]))
    deliveries = tuple(
        Delivery(name, mine.table_of(name), row.partner, "first", row.partner, row.mass_kg, use_s, use_s)
        for name, row in mine.elements.items()
    )
    return operate(mine, Plan(deliveries, (), (), (), "optimal", 0.0), light)


def test_the_way_leads_down_into_shadow_and_costs_more_on_the_way_back(mine, light):
    way = light.sel(trip="digger")
    down, up = way["trip_way_height_m"].to_numpy(), way["trip_wayback_height_m"].to_numpy()
    assert float(way["trip_shadow_km2"]) >= mine.mine["digger"].shadow_km2
    assert down[0] == pytest.approx(up[-1], abs=1.0) and down[-1] == pytest.approx(up[0], abs=1.0)
    assert down[0] - down[-1] > 2000.0
    # Digging 250 kg at 0.6 kW takes 1.4 kWh; lifting 1200 kg by 2.8 km takes 2.2 kWh at 70 %.
    assert 4.0 < float(way["trip_kwh"]) < float(np.nanmax(way["trip_need_kwh"])) + 1e-3 < 9.0
    assert float(way["trip_lit_fraction"].min()) >= 0.0 and float(way["trip_lit_fraction"].max()) < 1.0
    assert "1600 m" in str(way["trip_words"].item())


def test_a_month_of_trips_makes_water_with_every_book_closed(lived):
    (made,) = lived.trips
    assert 15 <= made.trips <= 60 and made.kg["icy_regolith"] == pytest.approx(250.0 * made.trips)
    assert float(lived.series["water_kg"][-1]) <= 0.05 * made.hauled_kg * (1.0 + 1e-9)
    assert float(lived.series["water_kg"][-1]) > 0.04 * made.hauled_kg
    assert max(lived.residuals.values()) < 1e-6


def test_the_report_draws_the_way_the_trips_and_the_yield(mine, light, lived):
    shown = rovers.section(mine, SimpleNamespace(series=light), lived)
    assert [figure.name for figure in shown.figures] == ["plot-route-0", "plot-profile-0", "plot-trips"]
    for figure in shown.figures:
        json.dumps(figure.spec, allow_nan=False)
    titles = [block.title for block in shown.blocks if hasattr(block, "columns")]
    assert titles[0] == "Trips" and len(titles) == 3


def test_a_mine_nobody_reaches_says_which(mine):
    crater = mine.home.model_copy(update={"lat_deg": -89.9, "lon_deg": 130.0})
    digger = mine.mine["digger"].model_copy(update={"site": "crater"})
    timid = mine.rover["hauler"].model_copy(update={"slope_deg": 10.0})
    sites = {**mine.site, "crater": crater}
    shut = mine.model_copy(update={"site": sites, "mine": {"digger": digger}, "rover": {"hauler": timid}})
    with pytest.raises(NoRouteError, match="digger: no route"):
        trip_series(shut, TIME, lambda part, words: None)
