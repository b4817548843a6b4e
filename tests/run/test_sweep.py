"""Grids over a programme's keys: what is read, what is refused, and points against the programme run by itself."""

import pytest

from malapert.errors import InputError
from malapert.programme import load
from malapert.run.sweep import axes, size


@pytest.fixture(scope="module")
def programme():
    return load("ilrs-2035")


def test_values_and_ranges_one_or_several_to_a_text(programme):
    grid = axes(
        ("battery.ridge_battery.capacity_kwh=50:150:3,station=connecting_ridge,shackleton_rim", "seed=1:3:3"), programme
    )
    assert [(axis.key, axis.values) for axis in grid] == [
        ("battery.ridge_battery.capacity_kwh", ("50.0", "100.0", "150.0")),
        ("station", ("connecting_ridge", "shackleton_rim")),
        ("seed", ("1", "2", "3")),
    ]
    assert size(grid) == 18
    assert grid[0].typed("100.0") == 100.0 and grid[1].typed("shackleton_rim") == "shackleton_rim"


@pytest.mark.parametrize(
    ("over", "says"),
    [
        ("batery.ridge_battery.capacity_kwh=1,2", r"no table 'batery' \(did you mean 'battery'"),
        ("battery.ridge_batery.capacity_kwh=1,2", "did you mean 'ridge_battery'"),
        ("battery.ridge_battery.capacity=1,2", "did you mean 'capacity_kwh'"),
        ("statin=a", "did you mean 'station'"),
        ("site=a,b", r"site is a table.*station=NAME"),
        ("reactor.reactor.power_kw=1:2:x", "low:high:number"),
        ("reactor.reactor.power_kw=1:2:1", "low:high:number"),
        ("histories=100:101:4", "whole number"),
        ("reactor.reactor.power_kw=1,,2", "empty"),
        ("reactor.reactor.power_kw", "must read key=a,b"),
        ("seed=1,seed=2", "twice"),
        ("reactor.reactor.power_kw=1:2:1000000000", r"1,000,000,000 points .* days .* GB"),
    ],
)
def test_what_is_no_grid_is_refused_with_what_to_do(programme, over, says):
    with pytest.raises(InputError, match=says):
        size(axes((over,), programme))


def test_a_grid_of_a_billion_points_is_refused_with_its_cost(programme):
    grid = axes(("reactor.reactor.power_kw=1:2:1000", "seed=1:1000:1000", "histories=1001:2000:1000"), programme)
    with pytest.raises(InputError, match=r"1,000,000,000 points would take some [\d,]+ days on \d+ cores and 1,000 GB"):
        size(grid)
