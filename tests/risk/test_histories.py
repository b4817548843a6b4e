"""Histories of a small station: seeds, odds, re-flights, crews that wait, nights against the undivided dispatch."""

from dataclasses import replace
from math import inf, isfinite, nan

import numpy as np
import pytest
import xarray as xr

from malapert.errors import InputError
from malapert.logistics.clock import tdb_of
from malapert.logistics.departures import departures
from malapert.logistics.manifest import manifest
from malapert.logistics.plan import FlightOption
from malapert.programme import load
from malapert.risk.assumptions import REFLY_D, REPLACE_D, STAND_DOWN_D
from malapert.risk.draws import Levers, Scatter, dice, drawn, nominal
from malapert.risk.flights import outcomes
from malapert.risk.histories import answers
from malapert.risk.nights import dark_spells
from malapert.risk.sensitivity import Point, points, weighed
from malapert.risk.study import MILESTONES, prepare
from malapert.station.arrays import array_kw
from malapert.station.bus import stores
from malapert.station.hours import hours_and_sky, on_site
from malapert.station.power import dispatch

DAY = 86400.0
TEXT = """
format = 1
name = "small"
start = 2031-01-01T00:00:00Z
end = 2034-01-01T00:00:00Z
station = "ridge"
[site.ridge]
like = "connecting_ridge"
[partner.a]
[launcher.rocket]
partner = "a"
tli_kg = 27000
lat_deg = 19
attempts = 60
failures = 2
slip_d = 60
[spacecraft.lander]
partner = "a"
cargo_kg = 9000
crew = 2
landing_attempts = 4
stages = [{ name = "main", dry_kg = 2000, propellant_kg = 20000, isp_s = 320, thrust_n = 30000 }]
[flight.first]
launcher = "rocket"
spacecraft = "lander"
depart = 2031-02-01T00:00:00Z
cargo = ["wing", "pack", "camera"]
[flight.second]
launcher = "rocket"
spacecraft = "lander"
depart = 2031-09-01T00:00:00Z
cargo = ["house"]
[flight.lander]
launcher = "rocket"
spacecraft = "lander"
route = "low_lunar_orbit"
depart = 2032-01-01T00:00:00Z
open = false
[flight.crew]
launcher = "rocket"
spacecraft = "lander"
route = "crewed_landing"
lander_flight = "lander"
crew = "two"
depart = 2032-02-01T00:00:00Z
stay_d = 20
[crew.two]
members = ["a", "a"]
[solar_array.wing]
partner = "a"
mass_kg = 300
power_kw = 10
dust_loss = 0.05
[battery.pack]
partner = "a"
mass_kg = 900
capacity_kwh = 120
charge_efficiency = 0.95
discharge_efficiency = 0.95
charge_kw = 10
discharge_kw = 10
[habitat.house]
partner = "a"
mass_kg = 5000
crew = 2
volume_m3 = 40
oxygen_recovery = 1.0
load_kw = 2
keep_alive_kw = 0.5
after = ["wing"]
[experiment.camera]
partner = "a"
mass_kg = 60
load_kw = 0.1
keep_alive_kw = 0.3
"""
SURE = {"attempts": 10**9, "failures": 0, "slip_d": 0.0}


@pytest.fixture(scope="module")
def programme(tmp_path_factory):
    path = tmp_path_factory.mktemp("risk") / "small.toml"
    path.write_text(TEXT)
    return load(path)


def flown(programme, capacity_kg=9000.0):
    found = []
    for name, departure in departures(programme).items():
        row, arrive = programme.flight[name], departure.depart_tdb_s + 5 * DAY
        leave = arrive + row.stay_d * DAY if row.route == "crewed_landing" else nan
        room = capacity_kg if row.route == "surface" else 0.0
        found.append(
            FlightOption(
                name, "a", row.route, "ridge", row.crew, departure.depart_tdb_s, arrive, leave, leave + 5 * DAY, room
            )
        )
    return tuple(found)


def light_of(programme, season=0.0):
    """A site with a month's light: eleven days of night in winter, none in summer, as seen from a polar ridge."""
    start = np.datetime64(programme.start.replace(tzinfo=None), "h")
    end = np.datetime64(programme.end.replace(tzinfo=None), "h")
    time = np.arange(start, end)
    hour = (time - start).astype(float)
    month, year = np.cos(2 * np.pi * hour / 708.7), np.cos(2 * np.pi * hour / 8318.0 + season)
    sun = np.clip(0.5 + 6.0 * (0.6 * month + 0.35 + 0.55 * year), 0.0, 1.0)
    ones = np.ones(len(time))
    series = {"sun_fraction": sun, "earth_visible": ones, "link_mbit_s": ones}
    return xr.Dataset({k: ("time", v) for k, v in series.items()}, coords={"time": time.astype("datetime64[ns]")})


def changed(programme, **tables):
    """The programme with keys of single rows changed: table={row: {key: value}}."""
    update = {}
    for table, rows in tables.items():
        own = getattr(programme, table)
        update[table] = {name: row.model_copy(update=rows.get(name, {})) for name, row in own.items()}
    return programme.model_copy(update=update)


def study(programme, seed=7, light=None):
    options = flown(programme)
    return prepare(programme, manifest(programme, options), options, light or light_of(programme), seed)


def run(programme, seed=7, n=300):
    ready = study(programme, seed)
    return answers(ready, ready.rows(0, n))


def sure(programme):
    """Nothing but what a test adds goes wrong."""
    certain = {"landing_attempts": 10**9, "landing_failures": 0}
    loyal = {"a": {"withdrawals_per_year": 0.0}}
    healthy = {"two": {"illnesses_per_year": 0.0}}
    return changed(programme, launcher={"rocket": SURE}, spacecraft={"lander": certain}, partner=loyal, crew=healthy)


def test_the_same_seed_gives_the_same_bytes_and_another_does_not(programme):
    one, two, other = run(programme), run(programme), run(programme, seed=8)
    for a, b in zip(one.milestones, two.milestones, strict=True):
        assert a.samples_tdb_s.tobytes() == b.samples_tdb_s.tobytes()
    assert one.flights == two.flights and one.blame == two.blame
    assert (
        one.milestone("first_power").samples_tdb_s.tobytes() != other.milestone("first_power").samples_tdb_s.tobytes()
    )


def test_a_history_does_not_depend_on_what_is_made_with_it(programme):
    ready = study(programme, seed=3)
    whole, parts = ready.rows(0, 90), [ready.rows(0, 17), ready.rows(17, 60), ready.rows(60, 90)]
    assert set(whole) == set(parts[0])
    for name, values in whole.items():
        joined = np.concatenate([part[name] for part in parts])
        assert values.tobytes() == joined.tobytes(), name


def test_without_mishap_every_history_is_the_plan(programme):
    certain = sure(programme)
    ready = study(certain, seed=1)
    plan, options = ready.plan, ready.options
    risk = answers(ready, ready.rows(0, 40))
    expected = {
        "first_power": next(d.use_tdb_s for d in plan.deliveries if d.element == "wing"),
        "first_crew": plan.stays[0].start_tdb_s,
        "complete": plan.stays[0].end_tdb_s,
    }
    for name, epoch in expected.items():
        found = risk.milestone(name)
        assert (
            found.planned_tdb_s
            == found.p10_tdb_s
            == found.p50_tdb_s
            == found.p80_tdb_s
            == pytest.approx(epoch, abs=1e-3)
        )
        assert found.reached == 1.0
    night = risk.milestone("first_night_survived")
    assert isfinite(night.p50_tdb_s) and night.p10_tdb_s == night.p80_tdb_s == night.planned_tdb_s
    assert all(flight.success == 1.0 and flight.delay_d == pytest.approx(0.0, abs=1e-9) for flight in risk.flights)
    assert risk.blame == ()
    for delivery in plan.deliveries:
        done = outcomes(certain, plan, options, nominal(ready.dice))
        assert done.use(delivery.element)[0] == pytest.approx(delivery.use_tdb_s, abs=1e-3)


def test_odds_follow_the_posterior_and_delays_their_median(programme):
    options = flown(programme)
    plan = manifest(programme, options)
    n = 4000
    draws = drawn(dice(programme, options, plan, 11), 0, n)
    # Beta(67, 3) and Beta(7, 1), record and prior: the mean of a posterior is a / (a + b); three standard errors of the mean,
    # counting the spread of the shared reliability.
    assert draws.launched[:, :, 0].mean() == pytest.approx(67.0 / 70.0, abs=3 * (0.0429 * 0.957 / n) ** 0.5)
    surface = [o.route == "surface" for o in options]
    assert draws.landed[:, surface, 0].mean() == pytest.approx(7.0 / 8.0, abs=3 * (0.109 / n) ** 0.5)
    assert draws.landed[:, [o.name == "lander" for o in options]].all()
    assert np.median(draws.slip_s) / DAY == pytest.approx(60.0, rel=0.02)
    failing = changed(programme, battery={"pack": {"failures_per_year": 0.5}})
    life = drawn(dice(failing, options, plan, 11), 0, n).life_s[:, :, 0]
    pack = [d.element for d in plan.deliveries].index("pack")
    assert life[:, pack].mean() / (365.25 * DAY) == pytest.approx(2.0, rel=0.05)
    assert np.isinf(np.delete(life, pack, axis=1)).all()


def test_what_is_lost_flies_once_more_and_then_is_gone(programme):
    certain = sure(programme)
    options = flown(certain)
    plan = manifest(certain, options)
    draws = drawn(dice(certain, options, plan, 1), 0, 3)
    first = [o.name for o in options].index("first")
    draws.landed[1, first, 0] = False
    draws.launched[2, first] = False
    done = outcomes(certain, plan, options, draws)
    planned = options[first].arrive_tdb_s
    assert done.flights["first"].arrive_tdb_s[:2] == pytest.approx([planned, planned + (REFLY_D + 5.0) * DAY])
    assert done.flights["first"].arrive_tdb_s[2] == inf and list(done.flights["first"].gone) == [False, False, True]
    assert done.flights["first"].lost_tdb_s[1] == planned and done.flights["first"].lost_tdb_s[2] == planned - 5 * DAY
    # the crew waits for power (and the house, which waits for the wing) of the replacement, and for ever in the third
    house = done.use("house")
    crew = done.flights["crew"]
    assert house[2] == inf and crew.arrive_tdb_s[2] == inf
    assert crew.arrive_tdb_s[1] == pytest.approx(max(house[1], options[-1].arrive_tdb_s))
    assert crew.waited_s[1] == pytest.approx(crew.arrive_tdb_s[1] - options[-1].arrive_tdb_s)


def test_a_launcher_that_always_fails_is_to_blame(programme):
    doomed = changed(sure(programme), launcher={"rocket": {"attempts": 10**9, "failures": 10**9, "slip_d": 0.0}})
    risk = run(doomed, n=100)
    assert all(m.reached == 0.0 and m.p10_tdb_s == inf for m in risk.milestones)
    assert risk.blame == (("first", 1.0),)
    first = next(f for f in risk.flights if f.flight == "first")
    assert first.lost_for_good == 1.0 and first.expected_loss_kg == 300 + 900 + 60


def test_a_crew_waits_for_the_replacement_of_a_house_that_broke(programme):
    frail = changed(sure(programme), habitat={"house": {"failures_per_year": 10.0}})
    ready = study(frail)
    table = ready.rows(0, 1000)
    house = next(d for d in ready.plan.deliveries if d.element == "house")
    planned = float(ready.planned()["first_crew"][0])
    alive = np.exp(-10.0 * (planned - house.use_tdb_s) / (365.25 * DAY))
    at_once = table["first_crew"] == planned
    assert at_once.mean() == pytest.approx(alive, abs=3 * (alive * (1 - alive) / 1000) ** 0.5)
    waited = table["crew@waited_s"][~at_once] / DAY
    assert (waited > 0.0).all() and (waited <= 2 * REPLACE_D).all()
    never = answers(ready, table | {"complete": np.full(1000, inf)})
    assert never.blame[0][0] in ("delay", "house")


def test_the_first_night_is_that_of_the_undivided_dispatch(programme):
    """Night by night with carried energy against one dispatch over all hours, with the station's own series."""
    wants = []
    for capacity_kwh in (2.0, 20.0, 60.0, 120.0, 400.0):
        certain = changed(sure(programme), battery={"pack": {"capacity_kwh": capacity_kwh, "charge_kw": 0.4}})
        options = flown(certain)
        plan = manifest(certain, options)
        light = light_of(certain, season=2.0)
        hours, sky = hours_and_sky(light)
        standing = on_site(certain, plan)
        wing = next(d for d in standing if d.element == "wing")
        vital = sum(certain.elements[d.element].keep_alive_kw * hours.since(d.use_tdb_s) for d in standing)
        (store,) = stores(certain, standing, hours)
        solar = array_kw(certain.solar_array["wing"], wing, hours, sky)
        done = dispatch(
            solar, 0.0, vital[:, None], store.capacity_kwh, store.charge_kw, store.discharge_kw,
            store.charge_efficiency, store.discharge_efficiency, foresight=False,
        )  # fmt: skip
        want = inf
        for first, end in dark_spells(sky.sun_fraction, hours.step_h):
            if hours.tdb_s[first] >= wing.use_tdb_s and np.allclose(
                done.served_kw[first:end, 0], vital[first:end], rtol=1e-9
            ):
                want = hours.tdb_s[end - 1] + 3600.0
                break
        ready = prepare(certain, plan, options, light, 1)
        risk = answers(ready, ready.planned())
        assert risk.milestone("first_night_survived").p50_tdb_s == want
        wants.append(want)
    assert wants[0] == inf and isfinite(wants[-1]) and len(set(wants)) > 2, wants  # never, later, at once


def test_dark_spells():
    sun = np.array([1.0] * 5 + [0.0] * 30 + [0.2] + [0.0] * 3 + [1.0] * 2 + [0.0] * 40)
    assert dark_spells(sun, 1.0) == ((5, 35),)
    assert dark_spells(sun, 0.5) == ()
    assert dark_spells(sun, 1.0, least_h=3.0) == ((5, 35), (36, 39))
    assert dark_spells(np.ones(4), 1.0) == ()


def test_percentiles_and_bad_records(programme):
    risk = run(programme, n=260)
    assert tuple(m.name for m in risk.milestones) == MILESTONES
    for m in risk.milestones:
        assert m.p10_tdb_s <= m.p50_tdb_s <= m.p80_tdb_s
        assert np.mean(m.samples_tdb_s <= m.p80_tdb_s) >= 0.8
        assert [c.n for c in m.convergence] == [250]
        assert m.reached == np.mean(m.samples_tdb_s <= tdb_of(programme.end))
        assert not isfinite(m.p10_tdb_s) or m.p10_tdb_s >= m.planned_tdb_s
    assert sum(share for _, share in risk.blame) == pytest.approx(1.0)
    with pytest.raises(InputError, match="no milestone 'last'"):
        risk.milestone("last")
    with pytest.raises(InputError, match="3 failures in 2 attempts"):
        run(changed(programme, launcher={"rocket": {"attempts": 2, "failures": 3}}))
    with pytest.raises(InputError, match="at least one"):
        run(programme, n=0)


def test_an_element_that_waits_for_ever_means_never_complete(programme):
    waiting = changed(sure(programme), experiment={"camera": {"after": ("antenna",)}})
    risk = run(waiting, n=20)
    assert risk.milestone("complete").reached == 0.0 and risk.blame == (("plan", 1.0),)


def test_a_failed_launch_keeps_its_launcher_on_the_ground(programme):
    ready = study(sure(programme))
    draws = nominal(ready.dice)
    first = [o.name for o in ready.options].index("first")
    launched = draws.launched.copy()
    launched[0, first, 0] = False
    soon = replace(ready.options[first + 1], depart_tdb_s=ready.options[first].depart_tdb_s + 30 * DAY)
    options = (ready.options[first], replace(soon, arrive_tdb_s=soon.depart_tdb_s + 5 * DAY), *ready.options[2:])
    done = outcomes(ready.programme, ready.plan, options, replace(draws, launched=launched))
    assert done.flights["second"].depart_tdb_s[0] == options[0].depart_tdb_s + STAND_DOWN_D * DAY


def test_lost_cargo_takes_free_room_of_a_later_flight(programme):
    """The first flight is lost; the second, ten months later with room to spare, brings its cargo before the re-flight."""
    later = sure(programme)
    later = changed(later, flight={"second": {"depart": later.flight["second"].depart.replace(month=12)}})
    ready = study(later)
    draws = nominal(ready.dice)
    first, second = ([o.name for o in ready.options].index(name) for name in ("first", "second"))
    landed = draws.landed.copy()
    landed[0, first, 0] = False
    done = outcomes(ready.programme, ready.plan, ready.options, replace(draws, landed=landed))
    arrives = ready.options[second].arrive_tdb_s
    assert arrives < done.flights["first"].arrive_tdb_s[0]
    assert done.use("wing")[0] == pytest.approx(arrives + 14 * DAY)
    full = {name: (name, capacity, capacity) for name, _, capacity in ready.plan.loads}
    packed = replace(ready.plan, loads=tuple(full.values()))
    assert (
        outcomes(ready.programme, packed, ready.options, replace(draws, landed=landed)).use("wing")[0]
        > arrives + 100 * DAY
    )


def test_a_partner_that_leaves_takes_its_flights_along(programme):
    ready = study(sure(programme))
    draws = nominal(ready.dice)
    leaves = np.full_like(draws.withdrawn_tdb_s, ready.options[1].depart_tdb_s - DAY)
    table = ready.table(replace(draws, withdrawn_tdb_s=leaves))
    assert isfinite(table["first_power"][0]) and table["first_crew"][0] == inf
    assert table["second@withdrawn"][0] == 1.0 and table["first@withdrawn"][0] == 0.0


def test_an_ill_crew_goes_home_and_a_failed_ascent_leaves_it_there(programme):
    ready = study(sure(programme))
    draws = nominal(ready.dice)
    whole = ready.table(draws)
    ill = ready.table(replace(draws, ill_s=np.array([[5 * DAY]])))
    assert whole["crew_d"][0] == pytest.approx(40.0) and ill["crew_d"][0] == pytest.approx(10.0)
    assert ill["complete"][0] == whole["complete"][0]
    stranded = ready.table(replace(draws, ascends=np.array([[False]])))
    assert stranded["crew_without_return"][0] == 2.0 and whole["crew_without_return"][0] == 0.0


def test_a_broken_array_works_again_when_a_crew_or_a_robot_has_hours_and_spares_for_it(tmp_path):
    """It fails on the stay's third day; a repair takes 13 h of two people, one day. Days dark beyond those as planned."""

    def dark_days(text, **wing):
        (tmp_path / "more.toml").write_text(TEXT + text)
        ready = study(changed(sure(load(tmp_path / "more.toml")), solar_array={"wing": wing}))
        draws = nominal(ready.dice)
        life = draws.life_s.copy()
        index = [d.element for d in ready.plan.deliveries].index("wing")
        life[0, index, 0] = ready.plan.stays[0].start_tdb_s + 2 * DAY - ready.plan.deliveries[index].use_tdb_s
        broken = ready.table(replace(draws, life_s=life))["days_without_power"][0]
        return broken - ready.planned()["days_without_power"][0]

    box = '[supply.box]\npartner = "a"\nmass_kg = 100\nresource = "spares"\n'
    arm = '[rover.arm]\npartner = "a"\nmass_kg = 100\nrobot_h = 13.0\n'
    assert dark_days(box, repair_d=1.0) == 0.0
    assert dark_days("") == dark_days(box, repair_kg=101.0) == dark_days(box, repair_h=13.0 * 30) > 200.0
    assert 0.0 < dark_days(box, repair_d=30.0) < 40.0
    assert dark_days(box + arm, repair_h=13.0 * 30, repair_by="robot") < 40.0
    assert dark_days(box + arm, repair_h=13.0 * 30) > 200.0


def test_days_without_supplies_are_days_without_water_and_food(programme):
    """Nobody brings water or food: every person-day goes without, to the rates of the crew."""
    ready = study(sure(programme))
    table = ready.planned()
    rates = ready.programme.crew_rates[ready.programme.rates]
    assert table["food_short_kg"][0] == pytest.approx(40.0 * rates.food_kg_d, rel=1e-9)
    assert table["water_short_kg"][0] > 0.0


def test_levers_change_the_odds_and_not_the_dice(programme):
    ready = study(programme)
    worse = ready.pulled(Levers(launch_failure=3.0))
    usual, hard = ready.rows(0, 400), worse.rows(0, 400)
    assert hard["first@well"].mean() < usual["first@well"].mean()
    assert not (hard["first@well"] > usual["first@well"]).any()
    same = ready.pulled(Levers()).rows(0, 50)
    assert all(same[name].tobytes() == usual[name][:50].tobytes() for name in same)


def test_swings_are_means_at_the_ends_of_a_lever_with_the_error_of_their_difference(programme):
    ready = study(programme)
    places = points(7, morris=False)
    found = weighed(7, False, (Point(ready, 200)(place) for place in places))
    complete = next(one for one in found if one.outcome == "complete")
    usual = ready.rows(0, 200)["complete"] <= ready.end_tdb_s
    assert complete.base == usual.mean() and complete.histories == 200
    swing = next(s for s in complete.swings if s.lever == "launch_failure")
    ends = [ready.pulled(Levers(launch_failure=f)).rows(0, 200)["complete"] <= ready.end_tdb_s for f in (0.5, 2.0)]
    assert (swing.at_low, swing.at_high) == (ends[0].mean(), ends[1].mean()) and swing.at_low > swing.at_high
    assert swing.error == pytest.approx(np.std(ends[1].astype(float) - ends[0]) / 200**0.5)
    # the same dice on both sides: tighter than two separate sets of 200 would be
    assert swing.error < np.sqrt(sum(end.var() for end in ends) / 200)
    assert next(s for s in complete.swings if s.lever == "injection_error").error == 0.0


def test_a_flight_without_margin_is_lost_to_its_injection_error_and_one_with_a_large_one_never(programme):
    """A normal error of three alike components exceeds its own root mean square in 39.16 % (chi-square, 3 degrees)."""
    options = flown(sure(programme))
    plan, light, n = manifest(programme, options), light_of(programme), 1500
    tight = {"first": 1.0, "second": 2.0, "crew": -inf}
    ready = prepare(sure(programme), plan, options, light, 5, tight)
    table = ready.rows(0, n)
    for flight, odds in (("first", 0.3916), ("second", 0.00738), ("lander", 0.0), ("crew", 1.0)):
        own = table[f"{flight}@short"][np.isfinite(table["lander@arrive_tdb_s"])]
        left = own.mean() if flight != "crew" else own[table["crew@lost_tdb_s"] < inf].mean()
        assert left == pytest.approx(odds, abs=3 * (odds * (1 - odds) / n) ** 0.5), flight
    lost = table["first@short"] == 1.0
    option = next(o for o in options if o.name == "first")
    assert (table["first@lost_tdb_s"][lost] == option.arrive_tdb_s).all() and np.isinf(
        table["first@lost_tdb_s"][~lost]
    ).all()
    assert table["first@gone"].mean() == pytest.approx(0.3916**2, abs=0.03)
    assert (table["crew_lost"] == 0.0).all() and np.isinf(table["first_crew"]).all()  # the crew turns back
    doubled = ready.pulled(Levers(injection_error=2.0)).rows(0, n)
    assert doubled["second@short"].mean() == pytest.approx(0.3916, abs=3 * 0.0126)
    part = ready.rows(700, 800)
    assert all(values.tobytes() == table[name][700:800].tobytes() for name, values in part.items())


def test_landings_out_of_reach_or_short_or_on_slopes_are_lost_as_often_as_their_scatter_says(programme):
    """Rayleigh: beyond two sigmas of a round scatter in exp(-2); normal: over one sigma of delta-v in 15.87 %."""
    certain = sure(programme)
    options, n = flown(certain), 1500
    plan, light = manifest(certain, options), light_of(certain)
    root = (100.0, 0.0, 0.0, 0.0, 100.0, 0.0, 0.0, 0.0, 3.0)
    scatter = {
        "first": Scatter((0.0,) * 3, root, 200.0, inf, 0.0),
        "second": Scatter((0.0,) * 3, root, inf, 3.0, 0.2),
        "crew": Scatter((1e6, 0.0, 0.0), root, 500.0, inf, 0.0),
    }
    ready = prepare(certain, plan, options, light, 5, None, scatter)
    table = ready.rows(0, n)
    near = lambda odds: pytest.approx(odds, abs=3 * (odds * (1 - odds) / n) ** 0.5)  # noqa: E731
    assert table["first@astray"].mean() == near(np.exp(-2.0)) and (table["first@short"] == 0.0).all()
    assert (table["first@lost_tdb_s"] < inf).mean() == table["first@astray"].mean()
    assert table["second@short"].mean() == near(0.1587)
    assert (table["second@lost_tdb_s"] < inf).mean() == near(1.0 - 0.8413 * 0.8)
    landed = table["crew@astray"] == 1.0
    assert landed.mean() > 0.5 and (table["crew_lost"] == 0.0).all() and np.isinf(table["first_crew"]).all()
    doubled = ready.pulled(Levers(navigation_error=2.0)).rows(0, n)
    assert doubled["first@astray"].mean() == near(np.exp(-0.5))


def test_an_experiment_draws_for_the_hours_it_is_planned_and_no_more(programme):
    idle = changed(sure(programme), experiment={"camera": {"load_kw": 1000.0, "wanted_h": 0.0}})
    small = changed(sure(programme), experiment={"camera": {"load_kw": 0.3, "wanted_h": 0.0}})
    table, other = study(idle).planned(), study(small).planned()
    assert table["unserved_kwh"] == other["unserved_kwh"] and table["experiment_h"] == 0.0
    wanted = changed(sure(programme), experiment={"camera": {"load_kw": 1000.0, "wanted_h": 100.0}})
    assert study(wanted).planned()["unserved_kwh"] > table["unserved_kwh"]
