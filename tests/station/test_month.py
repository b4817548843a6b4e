"""The fullest month: what comes into every place that keeps nothing goes out of it."""

from collections.abc import Callable

import pytest
import xarray as xr

from malapert.logistics.plan import Plan
from malapert.programme import Programme
from malapert.station import operate
from malapert.station.month import INNER


def test_what_comes_in_goes_out(
    little: Programme, plan_of: Callable[..., Plan], light_of: Callable[..., xr.Dataset]
) -> None:
    month = operate(little, plan_of(little, stays_h=((100.0, 400.0), (900.0, 1700.0))), light_of(2400)).month
    assert month is not None and month.crew_d == pytest.approx(2 * 30.0)
    assert {"crew", "water recovery", "oxygen recovery"} <= {flow.target for flow in month.flows}
    for place in INNER:
        into = sum(flow.kg for flow in month.flows if flow.target == place)
        out = sum(flow.kg for flow in month.flows if flow.source == place)
        assert into == pytest.approx(out, rel=1e-9), place


def test_nobody_there_has_no_month(
    little: Programme, plan_of: Callable[..., Plan], light_of: Callable[..., xr.Dataset]
) -> None:
    assert operate(little, plan_of(little, stays_h=()), light_of(300)).month is None
