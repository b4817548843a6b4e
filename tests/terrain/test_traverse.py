"""Routes of a rover: flat ground, walls, energy up and down, the cheapest way by brute force, light along the way."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from malapert import terrain
from malapert.errors import InputError
from malapert.terrain.lattice import OFFSETS, ground_km, lay_lattice, passable, step_costs, stretches
from malapert.terrain.light import epochs_utc
from malapert.terrain.mobility import GRAVITY_M_S2, JOULES_PER_KWH, Mobility, compaction
from malapert.terrain.traverse import NoRouteError, least_cost_route
from malapert.terrain.traverse_light import Itinerary, RouteLight, departures, itinerary, route_light

PIXEL_M = 100.0
CART = Mobility(700.0, 8.0, 20.0, 20.0, 20.0, 0.12, 0.7)
A, B = (-89.95, 90.0), (-89.95, 270.0)  # 3 km apart, across the pole


def ground(height_of, cells=81):
    """A raster about the pole whose heights are a function of map x and y, m."""
    half = 0.5 * cells * PIXEL_M
    centre = -half + (np.arange(cells) + 0.5) * PIXEL_M
    x, y = np.meshgrid(centre, -centre)
    heights = np.broadcast_to(np.asarray(height_of(x, y), dtype=np.float32), x.shape).astype(np.float32)
    return terrain.Terrain((terrain.Grid("south", heights, PIXEL_M, -half, half, 1737400.0, "made heights"),))


FLAT = ground(lambda x, y: 0.0 * x)


@pytest.mark.parametrize("cost", ["time", "energy", "distance"])
def test_on_flat_ground_the_route_is_the_straight_line_both_ways(cost):
    there, back = (least_cost_route(FLAT, *ends, CART, cost) for ends in ((A, B), (B, A)))
    km = ground_km(FLAT.far, A, B)
    for way in (there, back):
        assert way.distance_km == pytest.approx(km, rel=1e-6)
        assert way.duration_h == pytest.approx(km / 8.0, rel=1e-6)
        assert way.energy_kwh == pytest.approx(
            700.0 * GRAVITY_M_S2 * 0.12 / 0.7 * 1000.0 * km / JOULES_PER_KWH, rel=1e-6
        )
        assert way.climb_m == way.descent_m == 0.0


def test_on_a_slope_energy_is_resistance_and_height():
    slope = ground(lambda x, y: 0.1 * x)
    down, up = least_cost_route(slope, A, B, CART), least_cost_route(slope, B, A, CART)
    km, rise_m = ground_km(slope.far, A, B), up.height_m[-1] - up.height_m[0]
    weight = 700.0 * GRAVITY_M_S2 / 0.7 / JOULES_PER_KWH
    assert up.energy_kwh == pytest.approx(weight * (120.0 * km + rise_m), rel=1e-5)
    # 0.1 down against a resistance of 0.12: the drives still push.
    assert down.energy_kwh == pytest.approx(weight * (120.0 * km - rise_m), rel=1e-4)
    assert up.distance_km == pytest.approx(math.hypot(1000.0 * km, rise_m) / 1000.0, rel=1e-6)
    assert up.steepest_up_deg == pytest.approx(math.degrees(math.atan(0.1)), abs=0.01)


def test_a_wall_is_gone_round_through_its_gap_or_not_passed_at_all():
    def wall(x, y):
        return np.where((np.abs(x) < 150.0) & ~((y > 700.0) & (y < 1100.0)), 400.0, 0.0)

    way = least_cost_route(ground(wall), A, B, CART, spacing_m=50.0)
    x, y = FLAT.far.xy_m(way.lat_deg, way.lon_deg)
    assert way.distance_km > 3.3 and 650.0 < y[np.argmin(np.abs(x))] < 1150.0
    assert max(way.steepest_up_deg, way.steepest_down_deg) <= 20.0 and way.side_deg.max() <= 20.0 + 1e-6
    with pytest.raises(NoRouteError, match="20 deg up") as shut:
        least_cost_route(ground(lambda x, y: np.where(np.abs(x) < 150.0, 400.0, 0.0)), A, B, CART, spacing_m=100.0)
    assert shut.value.exit_code == 2


def test_up_down_and_sideways_have_limits_of_their_own():
    slope = ground(lambda x, y: np.tan(np.radians(15.0)) * x)
    timid = replace(CART, up_deg=10.0)
    assert least_cost_route(slope, A, B, timid, spacing_m=100.0).steepest_down_deg == pytest.approx(15.0, abs=0.1)
    climb = least_cost_route(slope, B, A, timid, spacing_m=100.0)  # it tacks
    assert climb.steepest_up_deg <= 10.0 + 1e-6 and climb.distance_km > 1.3 * climb.straight_km
    with pytest.raises(NoRouteError):
        least_cost_route(slope, B, A, replace(timid, side_deg=9.0), spacing_m=200.0)


hills = st.integers(0, 2**32 - 1)


def rolling_hills(seed, height_m=60.0):
    chosen = np.random.default_rng(seed)
    waves = [(chosen.normal(0.0, 2e-3, 2), chosen.uniform(0.0, 6.3)) for _ in range(5)]
    return ground(lambda x, y: height_m * sum(np.sin(k[0] * x + k[1] * y + turn) for k, turn in waves))


@settings(max_examples=8, deadline=None)
@given(hills, st.floats(0.0, 1.0), st.floats(0.3, 1.0))
def test_with_brakes_alone_energy_never_comes_back_and_with_all_of_it_only_resistance_is_paid(
    seed, regained, efficient
):
    hilly = rolling_hills(seed)
    rover = replace(
        CART, rolling=0.05, efficiency=efficient, regeneration=regained, up_deg=45.0, down_deg=45.0, side_deg=45.0
    )
    way = least_cost_route(hilly, A, B, rover, spacing_m=150.0)
    ground_m = np.hypot(1000.0 * np.diff(way.along_km), 0.0)
    level_m = np.sqrt(np.maximum(ground_m**2 - np.diff(way.height_m) ** 2, 0.0)).sum()
    weight = rover.mass_kg * GRAVITY_M_S2 / JOULES_PER_KWH
    work = weight * (0.05 * level_m + way.height_m[-1] - way.height_m[0])
    drawn = float(way.drive_kwh[-1])
    # What is drawn covers the work; a perfect drive that wins everything back draws exactly it.
    assert drawn >= work - 1e-9
    perfect = replace(rover, efficiency=1.0, regeneration=1.0).drive_kwh(
        np.sqrt(np.maximum(ground_m**2 - np.diff(way.height_m) ** 2, 0.0)), np.diff(way.height_m)
    )
    assert float(perfect.sum()) == pytest.approx(work, abs=1e-9)
    if regained == 0.0:
        assert (np.diff(way.drive_kwh) >= 0.0).all()


@settings(max_examples=8, deadline=None)
@given(hills, st.sampled_from(["time", "energy", "distance"]), st.sampled_from([0.0, 0.6]))
def test_no_way_on_a_small_lattice_is_cheaper(seed, cost, regained):
    hilly, rover = rolling_hills(seed), replace(CART, regeneration=regained, hotel_kw=0.1, drive_kw=1.0)
    lattice = lay_lattice(hilly, A, B, 5, 0.35)
    shape = lattice.height_m.shape
    best = np.full(lattice.height_m.size, np.inf)  # Bellman and Ford: round after round over all edges
    best[np.ravel_multi_index(lattice.start, shape)] = 0.0
    edges = []
    for offset in OFFSETS:
        step = stretches(lattice, offset)
        edges += [
            (i, j, c)
            for i, j, c, ok in zip(step.first, step.last, step_costs(step, rover, cost), passable(step, rover))
            if ok
        ]
    first, last, paid = (np.array(part) for part in zip(*edges, strict=True))
    for _ in range(lattice.height_m.size):
        before = best.copy()
        np.minimum.at(best, last, best[first] + paid)
        if np.array_equal(before, best):
            break
    wanted = best[np.ravel_multi_index(lattice.end, shape)]
    if not np.isfinite(wanted):
        with pytest.raises(NoRouteError):
            least_cost_route(hilly, A, B, rover, cost, spacing_m=3000.0 / 5)
        return
    way = least_cost_route(hilly, A, B, rover, cost, spacing_m=1000.0 * ground_km(hilly.far, A, B) / 5)
    got = {"time": way.duration_h, "energy": way.energy_kwh, "distance": way.distance_km}[cost]
    # The route may have been looked for on a wider lattice, and was told by its own points.
    assert got <= wanted + 1e-5 * abs(wanted)


@settings(max_examples=8, deadline=None)
@given(hills)
def test_no_point_of_a_route_is_steeper_than_the_rover_takes(seed):
    rover = replace(CART, up_deg=12.0, down_deg=14.0, side_deg=10.0)
    try:
        way = least_cost_route(rolling_hills(seed), A, B, rover, spacing_m=150.0)
    except NoRouteError:
        return
    assert way.steepest_up_deg <= 12.0 + 1e-6 and way.steepest_down_deg <= 14.0 + 1e-6
    assert way.side_deg.max() <= 10.0 + 0.1


def test_a_weak_drive_slows_down_uphill():
    slope = ground(lambda x, y: 0.15 * x)
    weak = replace(CART, drive_kw=0.5)
    assert least_cost_route(slope, B, A, weak).duration_h > 1.5 * least_cost_route(slope, A, B, weak).duration_h


def test_coarse_heights_are_told():
    way = least_cost_route(terrain.polar_terrain("south"), (-89.45, 222.7), (-89.0, 222.7), CART)
    assert way.pixel_m == 1600.0 and "1600 m heights alone" in way.warnings[0]
    assert way.spacing_m == pytest.approx(400.0, rel=0.02)


@pytest.mark.parametrize(
    ("change", "says"),
    [({"efficiency": 0.0}, "efficiency"), ({"up_deg": 90.0}, "slopes"), ({"rolling": 0.0}, "rolling")],
)
def test_a_rover_that_cannot_be_is_refused(change, says):
    with pytest.raises(InputError, match=says):
        replace(CART, **change)


def test_wrong_ends_and_costs_are_refused():
    with pytest.raises(InputError, match="two places apart"):
        least_cost_route(FLAT, A, A, CART)
    with pytest.raises(InputError, match="money"):
        least_cost_route(FLAT, A, B, CART, "money")
    with pytest.raises(InputError, match="too fine"):
        least_cost_route(FLAT, A, B, CART, spacing_m=1.0)


@settings(max_examples=30, deadline=None)
@given(st.floats(10.0, 5000.0), st.floats(0.2, 3.0), st.floats(0.05, 1.0))
def test_a_heavier_wheel_sinks_deeper_and_a_wider_one_less(load_n, diameter_m, width_m):
    sunk_m, resistance = compaction(load_n, diameter_m, width_m)
    assert 0.0 < sunk_m < compaction(1.1 * load_n, diameter_m, width_m)[0]
    assert resistance > compaction(load_n, diameter_m, 1.1 * width_m)[1] > 0.0


# Light along the way


def test_light_over_a_place_of_a_route_is_its_own_light():
    heights = terrain.polar_terrain("south")
    way = least_cost_route(heights, (-89.45, 222.7), (-89.0, 222.7), CART)
    plan = itinerary((way,), stops=3)
    time = epochs_utc("2031-01-01", "2031-02-01")
    along = route_light(heights, plan, time, 2.0)
    horizon = terrain.site_horizon(float(plan.lat_deg[1]), float(plan.lon_deg[1]), 2.0)
    alone = terrain.site_light(horizon, "2031-01-01", "2031-02-01")
    lit = alone["sun_fraction"].to_numpy() * (1.0 - alone["sun_eclipsed_fraction"].to_numpy())
    # Aberration is that of the first place: the Moon turns under both at metres a second.
    assert np.abs(along.sun[1] - lit).max() < 2e-3
    assert (along.earth[1] != alone["earth_centre_visible"].to_numpy()).mean() < 2e-3
    assert plan.energy_kwh == pytest.approx(way.energy_kwh, rel=1e-9)
    assert plan.duration_h == pytest.approx(way.duration_h, rel=1e-9)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32 - 1), st.floats(0.0, 3.0))
def test_departures_are_what_driving_through_the_series_gives(seed, solar_kw):
    chosen = np.random.default_rng(seed)
    hours = chosen.uniform(0.2, 2.0, 6)
    zeros = np.zeros(3)
    plan = Itinerary(
        zeros, zeros, zeros, chosen.integers(0, 3, 6), np.cumsum(hours) - hours, hours, chosen.uniform(-0.5, 2.0, 6)
    )
    time = epochs_utc("2031-01-01", "2031-01-03")
    sun = np.where(chosen.random((3, time.size)) < 0.5, 0.0, chosen.random((3, time.size))).astype(np.float32)
    earth = chosen.random((3, time.size)) < 0.5
    met = departures(RouteLight(time, 1.0, sun, earth), plan, solar_kw)
    at = int(chosen.integers(0, 30))
    held = lowest = lit = dark = longest = seen = 0.0
    for place, begins, long, power in zip(plan.place, plan.begins_h, plan.hours, plan.power_kw, strict=True):
        now = at + int(begins + 0.5 * long)
        held = min(held + long * (solar_kw * float(sun[place, now]) - power), 0.0)
        lowest = min(lowest, held)
        lit += long * (sun[place, now] > 0.0)
        seen += long * earth[place, now]
        dark = 0.0 if sun[place, now] > 0.0 else dark + long
        longest = max(longest, dark)
    total = float(hours.sum())
    assert met.need_kwh[at] == pytest.approx(-lowest, abs=1e-6) and met.net_kwh[at] == pytest.approx(-held, abs=1e-6)
    assert met.lit_fraction[at] == pytest.approx(lit / total) and met.earth_fraction[at] == pytest.approx(seen / total)
    assert met.longest_dark_h[at] == pytest.approx(longest)
    assert np.isnan(met.need_kwh[-1])


def test_best_departures_need_least_and_are_apart():
    time = epochs_utc("2031-01-01", "2031-01-05")
    sun = np.zeros((1, time.size), np.float32)
    sun[0, 20:30] = sun[0, 60:70] = 1.0
    plan = Itinerary(*(np.zeros(1) for _ in range(3)), np.zeros(4, int), np.arange(4.0), np.ones(4), np.ones(4))
    met = departures(RouteLight(time, 1.0, sun, sun > 0.0), plan, 1.0)
    best = met.best(2, 24.0)
    assert met.need_kwh[best[0]] == met.need_kwh[best[1]] == 0.0
    assert abs(best[0] - best[1]) >= 24
    with pytest.raises(InputError, match="longer span"):
        departures(RouteLight(time[:3], 1.0, sun[:, :3], sun[:, :3] > 0.0), plan)
