"""What the plots are made of: frames, days and sums that can be checked without looking."""

import math
from itertools import pairwise

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from malapert.report import theme, wording
from malapert.report.series import daily_last, daily_least, daily_mean, daily_sum, days_of
from malapert.report.sky import calendar
from malapert.report.trajectories import rotating
from malapert.run import Run
from malapert.sky.ephemeris import position_km
from malapert.station.hours import runs

T = np.linspace(1.0e9, 1.0e9 + 30 * 86400.0, 50)


def test_the_moon_stands_still_in_the_rotating_frame() -> None:
    moon = position_km("moon", "earth", T)
    np.testing.assert_allclose(rotating(moon, moon, T), np.tile([1.0, 0.0, 0.0], (50, 1)), atol=1e-12)


def test_the_rotating_frame_keeps_angles_and_turns_the_right_way() -> None:
    moon = position_km("moon", "earth", T)
    ahead = position_km("moon", "earth", T + 3600.0)
    turned = rotating(ahead, moon, T)
    distance = np.linalg.norm(moon, axis=1)
    np.testing.assert_allclose(np.linalg.norm(turned, axis=1), np.linalg.norm(ahead, axis=1) / distance, rtol=1e-12)
    # An hour on, the Moon has moved along +y by its own rate, and hardly out of its plane.
    assert (turned[:, 1] > 0.007).all()
    assert np.abs(turned[:, 2]).max() < 1e-5


def hourly(hours: int) -> xr.Dataset:
    time = np.datetime64("2031-01-30T21:00", "ms") + np.arange(hours) * np.timedelta64(3_600_000, "ms")
    return xr.Dataset(coords={"time": time})


@settings(deadline=None)
@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=120))
def test_days_keep_the_sum_the_end_and_the_least(values: list[float]) -> None:
    series, array = hourly(len(values)), np.array(values)
    days, first = days_of(series)
    assert daily_sum(array, first).sum() == pytest.approx(array.sum(), rel=1e-9, abs=1e-3)
    assert daily_last(array, first)[-1] == array[-1]
    assert daily_least(array, first).min() == array.min()
    counts = np.diff(np.append(first, len(array)))
    assert counts.sum() == len(array)
    assert (daily_mean(array, first) * counts).sum() == pytest.approx(array.sum(), rel=1e-9, abs=1e-3)
    assert days[0] == np.datetime64("2031-01-30")


@settings(deadline=None)
@given(st.lists(st.booleans(), max_size=40))
def test_runs_cover_what_is_true_and_nothing_else(mask: list[bool]) -> None:
    covered = np.zeros(len(mask), bool)
    for first, end in runs(np.array(mask, dtype=bool)):
        assert not covered[first:end].any()
        covered[first:end] = True
    assert covered.tolist() == mask


def test_a_date_stands_in_the_same_column_every_year() -> None:
    time = np.arange("2027-02-27", "2028-03-03", dtype="datetime64[h]").astype("datetime64[ms]")
    fraction = (time.astype("datetime64[D]") == np.datetime64("2028-02-29")).astype(float)
    fraction[time.astype("datetime64[D]") == np.datetime64("2027-03-01")] = 0.5
    light = xr.Dataset({"sun_fraction": ("time", fraction), "earth_visible": ("time", fraction)}, coords={"time": time})
    heat = calendar(light)["data"][0]
    assert heat["y"] == ["2027", "2028"]
    column = {day: k for k, day in enumerate(heat["x"])}
    assert heat["z"][1][column["2028-02-29"]] == 1.0
    assert heat["z"][0][column["2028-02-29"]] is None
    assert heat["z"][0][column["2028-03-01"]] == 0.5
    assert heat["z"][0][0] is None
    assert len(heat["x"]) == 366


@settings(deadline=None)
@given(st.lists(st.floats(0.0, 1.0), max_size=12))
def test_labels_stand_apart_and_keep_their_order(heights: list[float]) -> None:
    placed = theme.apart(heights, 0.05)
    ordered = sorted(placed, reverse=True)
    assert all(above - below >= 0.05 - 1e-12 for above, below in pairwise(ordered))
    assert all(at <= height for at, height in zip(placed, heights, strict=True))


def test_stacked_mass_ends_at_what_was_delivered(hostile_run: Run) -> None:
    from malapert.report.manifest import landed

    plan = hostile_run.results["plan"].plan
    figure = landed(hostile_run.programme, plan, {}, "2031-05-01T00:00")
    assert sum(trace["y"][-1] for trace in figure["data"]) == pytest.approx(plan.delivered_kg)
    assert all(trace["y"][0] == 0.0 for trace in figure["data"])


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (1234567.0, "1 234 567"),
        (0.012345, "0.0123"),
        (-43473.2, "−43 473"),
        (2.0, "2"),
        (1.2e-13, "1.2 × 10⁻¹³"),
    ],
)
def test_numbers_are_printed_with_three_digits(value: float, text: str) -> None:
    assert wording.number(value).replace(wording.THIN, " ") == text


def test_more_digits_add_no_noise() -> None:
    assert wording.number(6.0, 8) == "6"
    assert wording.number(0.025, 8) == "0.025"
    assert wording.number(9.80665, 8) == "9.80665"


def test_what_is_no_number_is_not_printed_as_one() -> None:
    assert wording.number(math.nan) == wording.NONE
    assert wording.number(math.inf) == "∞"
    assert wording.percent(math.nan) == wording.NONE
    assert wording.day_of(math.inf) == wording.NONE


def test_a_share_that_is_there_is_never_printed_as_none() -> None:
    assert wording.percent(0.0) == f"0.0{wording.THIN}%"
    assert wording.percent(0.0001).startswith("<")
    assert wording.percent(-0.0001).startswith("> −")


@settings(deadline=None)
@given(st.text())
def test_text_for_plots_holds_no_tag_formula_or_template(text: str) -> None:
    safe = wording.plot_text(text)
    assert not set("<>$") & set(safe)
    assert "%{" not in safe
