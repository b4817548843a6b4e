"""Orbital stations: a network each, charged at the start, held against arithmetic of one eclipse."""

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from malapert.errors import InputError
from malapert.logistics.plan import Plan
from malapert.programme import Programme, load
from malapert.run.orbits import orbit_light
from malapert.sky.time import tdb_s
from malapert.station import operate
from malapert.station.orbital import orbital_lives
from malapert.station.results import OrbitalLife

ADDED = """
[solar_array.hub_wing]
partner = "one"
mass_kg = 100
power_kw = 12
degradation = 0
at = "hub"
[battery.hub_pack]
partner = "two"
mass_kg = 100
at = "hub"
capacity_kwh = 10
depth = 0.8
charge_efficiency = 0.9
discharge_efficiency = 0.8
charge_kw = 20
discharge_kw = 20
"""
LOAD_KW, DARK_H, PERIOD_H = 3.0, 0.75, 2.0


@pytest.fixture(scope="module")
def with_hub(tmp_path_factory: pytest.TempPathFactory, text: Callable[..., str]) -> Programme:
    path: Path = tmp_path_factory.mktemp("hub") / "hub.toml"
    path.write_text(text().replace("mass_kg = 9000\n", "mass_kg = 9000\nkeep_alive_kw = 1\ndeploy_d = 0\n") + ADDED)
    return load(path)


def light(hours: float = 400.0) -> xr.Dataset:
    """Dark for three quarters of an hour in every two hours."""
    time = np.datetime64("2031-01-01T00", "ms") + np.arange(round(hours * 12)) * np.timedelta64(5, "m")
    lit = (np.arange(len(time)) % round(PERIOD_H * 12) >= round(DARK_H * 12)).astype(float)
    values = {"sun_fraction": lit, "earth_visible": lit, "link_mbit_s": 0.0 * lit}
    return xr.Dataset({name: ("time", each) for name, each in values.items()}, coords={"time": time})


def lived(programme: Programme, plan: Plan) -> OrbitalLife:
    (life,) = orbital_lives(programme, plan, lambda name, start: light())
    return life


def test_every_eclipse_takes_what_its_load_needs(with_hub: Programme, plan_of: Callable[..., Plan]) -> None:
    life = lived(with_hub, plan_of(with_hub))
    assert life.elements == ("hub", "hub_wing", "hub_pack") and life.step_h == pytest.approx(1 / 12)
    assert life.sunlit_fraction == pytest.approx(1.0 - DARK_H / PERIOD_H)
    assert life.longest_dark_h == pytest.approx(DARK_H)
    assert life.lowest_charge_fraction == pytest.approx(1.0 - LOAD_KW * DARK_H / 0.8 / 8.0)
    assert life.unserved_kwh == 0.0 and np.isnan(life.first_unserved_tdb_s)
    assert life.cycles == pytest.approx(200 * LOAD_KW * DARK_H / 8.0)
    assert life.residual_kwh <= 1e-12
    assert life.lowest_by_week.min() == pytest.approx(life.lowest_charge_fraction)


def test_without_its_battery_every_dark_minute_is_missed(with_hub: Programme, plan_of: Callable[..., Plan]) -> None:
    life = lived(with_hub, plan_of(with_hub, without=("hub_pack",)))
    assert life.unserved_kwh == pytest.approx(200 * LOAD_KW * DARK_H)
    assert life.vital_unserved_kwh == pytest.approx(200 * DARK_H)
    assert life.first_unserved_tdb_s == life.start_tdb_s and np.isnan(life.lowest_charge_fraction)


def test_what_belongs_in_orbit_is_not_on_the_stations_bus(
    with_hub: Programme, plan_of: Callable[..., Plan], light_of: Callable[..., xr.Dataset]
) -> None:
    done = operate(with_hub, plan_of(with_hub), light_of(200))
    assert {"hub", "hub_wing", "hub_pack"} <= set(done.elsewhere)
    assert not {"hub_wing", "hub_pack"} & {energy.element for energy in done.elements}


def test_a_station_without_power_of_its_own_or_without_a_known_orbit_says_nothing(
    little: Programme, with_hub: Programme, plan_of: Callable[..., Plan]
) -> None:
    assert not tuple(orbital_lives(little, plan_of(little), lambda name, start: light()))
    assert not tuple(orbital_lives(with_hub, plan_of(with_hub), lambda name, start: None))


def test_the_sun_of_a_low_orbit_is_hidden_for_less_than_the_cylinder_says(with_hub: Programme) -> None:
    seen = orbit_light(with_hub, "hub", tdb_s("2031-01-03T00:00:00.5"))
    assert seen is not None and seen["time"].to_numpy()[0] == np.datetime64("2031-01-03T00:00:01")
    radius = 1837.4
    widest = np.arcsin(1737.4 / radius) / np.pi
    dark = 1.0 - float(seen["sun_fraction"].mean())
    assert 0.0 < dark <= widest + 0.005
    assert 0.98 < float(seen["sun_distance_au"].min()) < 1.02


def test_only_power_may_belong_to_an_orbital_station(tmp_path: Path, text: Callable[..., str]) -> None:
    path = tmp_path / "wrong.toml"
    path.write_text(
        text().replace("[habitat.annexe]\n", '[habitat.annexe]\nat = "hub"\n') + ADDED.replace("hub", "hob")
    )
    with pytest.raises(InputError) as caught:
        load(path)
    said = str(caught.value).replace(os.linesep, "\n")
    assert "habitat.annexe.at: a habitat lives at the station on the ground" in said
    assert "solar_array.hob_wing.at: no orbital_station 'hob'" in said and "did you mean 'hub'" in said
