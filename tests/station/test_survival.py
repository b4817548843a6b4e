"""How a station lives through shortage: set points, sources that must be started, stores that come charged."""

from collections.abc import Callable

import numpy as np
import pytest
import xarray as xr
from tests.station.conftest import TEXT

from malapert.errors import ProgrammeError
from malapert.logistics.plan import Plan
from malapert.programme import Programme, load
from malapert.station import operate
from malapert.station.minutes import spell
from malapert.station.steps import lived

Plans, Lights = Callable[..., Plan], Callable[..., xr.Dataset]
KEEP = ("wing", "pack", "pile", "annexe", "truck", "centre")


def _changed(little: Programme, **tables: dict[str, dict[str, object]]) -> Programme:
    rows = {
        table: {name: row.model_copy(update=changes.get(name, {})) for name, row in getattr(little, table).items()}
        for table, changes in tables.items()
    }
    return little.model_copy(update=rows)


def _night(light_of: Lights) -> xr.Dataset:
    sun = np.ones(1000)
    sun[500:600] = 0.0
    return light_of(1000, sun_fraction=sun, link_mbit_s=50.0, earth_visible=1.0)


def _plan(little: Programme, plan_of: Plans, keep: tuple[str, ...]) -> Plan:
    return plan_of(little, without=tuple(name for name in little.elements if name not in keep), stays_h=())


def test_set_points_keep_the_vital_load_and_the_books(little: Programme, plan_of: Plans, light_of: Lights) -> None:
    keep = tuple(name for name in KEEP if name != "pile")
    flown = little.model_copy(update={"dispatch": "set_points", "shed_below": 0.6, "restore_above": 0.8})
    plan, light = _plan(little, plan_of, keep), _night(light_of)
    done, foreseen = operate(flown, plan, light), operate(little, plan, light)
    assert done.residuals["energy_kwh"] <= 1e-9 * done.quantities["generated_kwh"]
    assert done.quantities["survival_h"] > 0.0 == foreseen.quantities["survival_h"]
    life = lived(flown, plan, light)
    off = life.power.surviving
    assert (life.served_kw[off][:, 1:] == 0.0).all()
    assert any("set points" in note for note in done.notes)
    # Who knows the light sheds nothing before the last of the store must be kept.
    served = [float(run.series["served_kw"].sum()) for run in (done, foreseen)]
    assert served[0] < served[1]


def test_a_reactor_gives_nothing_before_it_was_started(little: Programme, plan_of: Plans, light_of: Lights) -> None:
    slow = _changed(little, reactor={"pile": {"start_kw": 2.0, "start_h": 48.0}})
    plan, light = _plan(little, plan_of, KEEP), _night(light_of)
    done = operate(slow, plan, light)
    firm = done.series["firm_kw"].to_numpy()
    before = operate(little, plan, light).series["firm_kw"].to_numpy()
    begun = int(np.argmax(before > 0.0))
    assert (firm[begun : begun + 48] == 0.0).all() and firm[begun + 48 :] == pytest.approx(before[begun + 48 :])
    entry = next(e for e in done.elements if e.element == "pile")
    assert entry.asked_kwh == entry.served_kwh == pytest.approx(96.0)
    assert done.quantities["sources_not_started"] == 0.0
    assert done.residuals["energy_kwh"] <= 1e-9 * done.quantities["generated_kwh"]


def test_a_dark_station_cannot_start_but_from_a_store_that_came_charged(
    little: Programme, plan_of: Plans, light_of: Lights
) -> None:
    slow = _changed(little, reactor={"pile": {"start_kw": 2.0, "start_h": 48.0}})
    charged = _changed(slow, battery={"pack": {"arrives_charged": 1.0}})
    plan, dark = _plan(little, plan_of, ("pack", "pile")), light_of(1000, sun_fraction=0.0)
    cold, warm = operate(slow, plan, dark), operate(charged, plan, dark)
    assert cold.quantities["sources_not_started"] == 1.0 and cold.quantities["generated_kwh"] == 0.0
    assert warm.quantities["sources_not_started"] == 0.0 and warm.series["firm_kw"].to_numpy()[-1] == 6.0
    assert warm.residuals["energy_kwh"] <= 1e-9 * warm.quantities["generated_kwh"]
    # Of 160 usable kWh 96 went into the start, at 0.97 out of the store.
    assert warm.series["stored_kwh"].to_numpy().min() == pytest.approx(160.0 - 96.0 / 0.97, rel=1e-6)


def test_the_minutes_know_what_was_started_and_whether_loads_are_shed(
    little: Programme, plan_of: Plans, light_of: Lights
) -> None:
    flown = _changed(little, reactor={"pile": {"start_kw": 2.0, "start_h": 48.0}}).model_copy(
        update={"dispatch": "set_points", "shed_below": 0.6, "restore_above": 0.8}
    )
    life = lived(flown, _plan(little, plan_of, KEEP), _night(light_of))
    fine = light_of(1000, sun_fraction=life.sky.sun_fraction, link_mbit_s=50.0, earth_visible=1.0)
    fine = fine.isel(time=slice(480, 640))
    found = spell(life, fine)
    assert found["served_kw"].to_numpy() == pytest.approx(life.served_kw[480:640], abs=1e-9)
    assert found["stored_kwh"].to_numpy() == pytest.approx(life.stored_kwh[480:640], rel=1e-9)


def test_set_points_the_wrong_way_round_are_refused_in_the_file(tmp_path: object) -> None:
    path = tmp_path / "wrong.toml"  # type: ignore[operator]
    path.write_text(TEXT.replace('station = "ridge"', 'station = "ridge"\nshed_below = 0.6\nrestore_above = 0.4', 1))
    with pytest.raises(ProgrammeError, match=r"restore_above: below shed_below \(got 0.4, shed_below 0.6\)"):
        load(path)
