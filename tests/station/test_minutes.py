"""The worst dark spell by the minute: the same hours give the same energies, and the books balance."""

from collections.abc import Callable

import numpy as np
import pytest
import xarray as xr

from malapert.errors import InputError
from malapert.logistics.plan import Plan
from malapert.programme import Programme
from malapert.station import operate
from malapert.station.results import DarkSpell


def _finer(light: xr.Dataset, first: int, end: int, parts: int) -> xr.Dataset:
    """Hours [first, end) of a light series as steps of 1/parts of an hour."""
    hours = light.isel(time=np.repeat(np.arange(first, end), parts))
    start = light["time"].to_numpy()[first].astype("datetime64[ms]")
    steps = np.arange((end - first) * parts) * np.timedelta64(3_600_000 // parts, "ms")
    return hours.assign_coords(time=(start + steps).astype("datetime64[ns]"))


def test_minutes_of_the_same_light_give_the_energy_of_the_hours(
    little: Programme, plan_of: Callable[..., Plan], light_of: Callable[..., xr.Dataset]
) -> None:
    light, plan = light_of(2400), plan_of(little)
    asked: list[DarkSpell] = []

    def finely(dark: DarkSpell) -> xr.Dataset:
        asked.append(dark)
        return _finer(light, 1, 2400, 60)  # to the end, so that the bus knows as much as it did by the hour

    done = operate(little, plan, light, finely)
    assert asked == [done.worst_dark]
    by_hour = done.series["served_kw"].to_numpy()[1:]
    by_minute = done.spell["served_kw"].to_numpy().reshape(2399, 60, 9).mean(axis=1)
    assert by_minute.sum(axis=0) == pytest.approx(by_hour.sum(axis=0), rel=2e-3)
    assert by_minute[:, 0] == pytest.approx(by_hour[:, 0], rel=1e-9)
    assert float(done.spell["residual_kwh"].max()) <= 1e-9
    assert not operate(little, plan, light).spell.data_vars


def test_finer_light_outside_the_hours_lived_is_refused(
    little: Programme, plan_of: Callable[..., Plan], light_of: Callable[..., xr.Dataset]
) -> None:
    light, plan = light_of(2400), plan_of(little)
    with pytest.raises(InputError, match="inside the hours lived"):
        operate(little, plan, light.isel(time=slice(0, 2000)), lambda _: _finer(light, 1990, 2100, 60))
