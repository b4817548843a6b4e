"""Rovers' trips: batteries that balance, what they wait for, ground that arrives and becomes water."""

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from malapert.errors import InputError, ProgrammeError
from malapert.logistics.plan import Delivery, Plan
from malapert.programme import load
from malapert.programme.elements import Rover
from malapert.programme.trips import Traverse
from malapert.sky.time import tdb_s
from malapert.station import mining, operate
from malapert.station.hours import Standing
from malapert.station.traverses import CHARGING, ENOUGH, WAITS, Errand, Fleet, _run
from malapert.terrain.light import epochs_utc

START = np.datetime64("2031-01-01T00", "h")
TEXT = """
format = 1
name = "dig"
start = 2031-01-01T00:00:00Z
end = 2031-03-01T00:00:00Z
station = "ridge"
[partner.one]
[site.ridge]
lat_deg = -89.45
lon_deg = 222.8
[site.pit]
lat_deg = -89.2
lon_deg = 222.8
[reactor.pile]
partner = "one"
mass_kg = 6000
power_kw = 6
[rover.truck]
partner = "one"
mass_kg = 800
speed_km_h = 5
battery_kwh = 20
charge_kw = 2
capacity_kg = 500
keep_alive_kw = 0.1
away_kw = 0.2
dark_h = 12
load_priority = 6
[mine.digger]
partner = "one"
mass_kg = 100
rover = "truck"
site = "pit"
dig_kg_h = 100
dig_kw = 0.5
[process.plant]
partner = "one"
mass_kg = 300
takes = { icy_regolith = 1.0 }
gives = { water = 0.05, slag = 0.95 }
rate_kg_h = 50
energy_kwh_kg = 0.05
load_priority = 7
"""


def landed(programme, use_h=0.0):
    start_s = tdb_s(START)
    use_s = start_s + 3600.0 * use_h
    kept = [
        Delivery(name, programme.table_of(name), "one", "cargo", "one", row.mass_kg, start_s, use_s)
        for name, row in programme.elements.items()
    ]
    return Plan(tuple(kept), (), (), (), "optimal", 0.0)


def sky(programme, link=1.0, need_kwh=8.0, dark_h=5.0, hours=1416, trip_h=9.5):
    time = epochs_utc("2031-01-01", "2031-03-01")[:hours]
    n = time.size
    series = {
        "sun_fraction": ("time", np.ones(n)),
        "earth_visible": ("time", np.ones(n)),
        "link_mbit_s": ("time", np.full(n, link)),
        "trip_need_kwh": (("trip", "time"), np.full((1, n), need_kwh)),
        "trip_net_kwh": (("trip", "time"), np.full((1, n), need_kwh)),
        "trip_dark_h": (("trip", "time"), np.broadcast_to(dark_h, (1, n))),
        "trip_lit_fraction": (("trip", "time"), np.full((1, n), 0.5)),
        "trip_h": ("trip", [trip_h]),
        "trip_km": ("trip", [24.0]),
    }
    return xr.Dataset(series, coords={"time": time, "trip": ["digger"]})


def with_flight(tmp_path_factory, more=""):
    path = tmp_path_factory.mktemp("flight") / "dig.toml"
    flight = """
[launcher.big]
partner = "one"
tli_kg = 50000
lat_deg = 19.6
[spacecraft.ship]
partner = "one"
cargo_kg = 20000
stages = [{ name = "s", dry_kg = 1000, propellant_kg = 9000, isp_s = 320, thrust_n = 40000 }]
[flight.cargo]
launcher = "big"
spacecraft = "ship"
depart = 2031-01-01T00:00:00Z
"""
    path.write_text(TEXT + flight + more)
    return load(path)


@pytest.fixture(scope="module")
def station(tmp_path_factory):
    return with_flight(tmp_path_factory)


@pytest.fixture(scope="module")
def done(station):
    return operate(station, landed(station), sky(station))


def test_trips_bring_ground_that_becomes_water_and_every_book_balances(done):
    (made,) = done.trips
    assert made.trips > 50 and made.kg == {"icy_regolith": made.trips * 400.0}
    assert made.hauled_kg == done.quantities["hauled_kg"] == pytest.approx(done.series["hauled_kg"].sum())
    assert done.quantities["driven_km"] == pytest.approx(24.0 * made.trips)
    water_kg = float(done.series["water_kg"][-1])
    assert 0.04 * made.hauled_kg < water_kg <= 0.05 * made.hauled_kg * (1.0 + 1e-9)
    assert max(done.residuals.values()) < 1e-9 * max(made.hauled_kg, 1.0)
    assert done.residuals["rover_kwh"] < 1e-9


def test_the_rover_draws_from_the_bus_only_what_it_charges_with(done, station):
    entry = next(e for e in done.elements if e.element == "truck")
    charged_kwh = float(done.series["rovers_charge_kw"].sum())
    away_h = float(done.series["rovers_away"].sum())
    alive_kwh = 0.1 * (done.series.sizes["time"] - away_h)
    assert entry.served_kwh == pytest.approx(charged_kwh + alive_kwh, rel=1e-9)
    (made,) = done.trips
    # A trip of 9.5 h is ten steps; the last half hour costs what the rover draws away.
    used_kwh = away_h / 10.0 * (8.0 + 0.5 * 0.2)
    assert made.energy_kwh == pytest.approx(used_kwh, rel=1e-6)
    held = float(done.series["rovers_kwh"][-1])
    assert charged_kwh * 0.95 == pytest.approx(used_kwh + held, rel=1e-6)


def test_a_rover_waits_for_a_link_for_people_or_for_light(station):
    assert operate(station, landed(station), sky(station, link=0.0)).quantities["trips"] == 0.0
    dark = np.where(np.arange(1416) < 700, 20.0, 5.0)
    late = operate(station, landed(station), sky(station, dark_h=dark))
    (made,) = late.trips
    assert made.waits_h["too long in the dark on the way"] == 700.0
    far = operate(station, landed(station), sky(station, need_kwh=17.0)).trips[0]
    assert far.trips == 0 and far.waits_h == {"battery too small for the way": 1416.0}


def test_poorer_ground_brings_less_ice(tmp_path_factory):
    poor = with_flight(tmp_path_factory)
    row = poor.mine["digger"].model_copy(update={"ice": 0.028})
    parts = mining.parts_kg(row, 400.0)
    assert parts["icy_regolith"] == pytest.approx(200.0) and parts["regolith"] == pytest.approx(200.0)
    assert mining.parts_kg(row.model_copy(update={"digs": "regolith"}), 7.0) == {"regolith": 7.0}


def test_light_without_the_route_is_refused(station):
    with pytest.raises(InputError, match="no route for digger"):
        operate(station, landed(station), sky(station).drop_vars("trip"))


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("battery_kwh = 20\n", "", "add battery_kwh"),
        ("speed_km_h = 5\nbattery_kwh = 20\ncharge_kw = 2\n", "", "no battery to drive on"),
        ("capacity_kg = 500\n", "", "carries nothing"),
        ('site = "pit"', 'site = "ridge"', "to itself"),
        ('site = "pit"', 'site = "pot"', "no site 'pot'"),
        ('rover = "truck"', 'rover = "tractor"', "no rover 'tractor'"),
        ('site = "pit"', 'site = "pit"\nneeds = ["sun"]', "unknown need 'sun'"),
        ('site = "pit"', 'site = "pit"\nice = 0.2', "ice"),
        (
            "[process.plant]",
            '[traverse.look]\nrover = "truck"\nsite = "pit"\npeople = 1\n[process.plant]',
            "need a crew",
        ),
    ],
)
def test_trips_that_cannot_be_are_refused_by_line(tmp_path, old, new, says):
    path = tmp_path / "dig.toml"
    path.write_text(TEXT.replace(old, new))
    with pytest.raises(ProgrammeError, match=says):
        load(path)


# The rover's own kernel


def fleet(chosen, n):
    row = Rover.model_validate(
        {"partner": "one", "mass_kg": 500.0, "speed_km_h": 5.0, "battery_kwh": 20.0, "charge_kw": 3.0, "away_kw": 0.2}
    )
    there = (np.arange(n) >= chosen.integers(0, 30)).astype(float)
    errands = []
    for k in range(int(chosen.integers(1, 4))):
        trip = Traverse.model_validate({"rover": "r", "trips_per_year": int(chosen.integers(1, 30))})
        code = np.where(chosen.random(n) < 0.4, chosen.integers(1, 7, n), 0).astype(np.int8)
        need = chosen.uniform(1.0, 15.0, n)
        errands.append(
            Errand(
                f"e{k}", trip, 10.0, 3.0, int(chosen.integers(1, 12)), np.ones(n), code, need, need * chosen.random(n)
            )
        )
    delivery = Standing("r", "rover", "one", "cargo", "one", 500.0, 0.0, 0.0)
    return Fleet(delivery, row, there, tuple(errands), 1.0, np.arange(n) // 250)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_batteries_balance_and_nobody_sets_out_who_may_not(seed):
    chosen, n = np.random.default_rng(seed), 400
    one = fleet(chosen, n)
    offered = one.there * 3.0 * chosen.random(n)
    ran = _run(one, offered)
    assert ran.residual_kwh.max() < 1e-9
    assert ran.held_kwh.min() > -1e-9 and ran.held_kwh.max() <= 20.0 * 0.8 + 1e-9
    assert (ran.charge_kw[ran.away >= 0] == 0.0).all() and (ran.used_kw[ran.away < 0] == 0.0).all()
    busy = np.zeros(n, dtype=int)
    for errand, leaves in zip(one.errands, ran.departures, strict=True):
        assert (errand.code[leaves] == 0).all() and one.there[leaves].all()
        assert (np.r_[0.0, ran.held_kwh][leaves] >= errand.need_kwh[leaves]).all()
        for leave in leaves:
            busy[leave : leave + errand.steps] += 1
        assert np.bincount(one.year[leaves], minlength=1).max() <= errand.row.trips_per_year
    assert busy.max(initial=0) <= 1 and ((busy > 0) == (ran.away >= 0)).all()
    # Who waits at the station says why; who charges with an errand ready has not enough.
    home = (ran.away < 0) & (one.there > 0)
    assert (ran.wait[home] > 0).all() and ran.wait.max() < len(WAITS)
    assert set(np.unique(ran.wait[home])) <= {*range(1, 8), ENOUGH, CHARGING}


def test_more_power_never_means_fewer_trips_for_one_errand():
    chosen = np.random.default_rng(3)
    one = fleet(chosen, 400)
    alone = Fleet(one.delivery, one.row, one.there, one.errands[:1], 1.0, one.year)
    counts = [_run(alone, one.there * kw).departures[0].size for kw in (0.0, 0.3, 1.0, 3.0)]
    assert counts[0] == 0 and counts == sorted(counts)
