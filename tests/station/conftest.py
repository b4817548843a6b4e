"""A small station with one of everything, and random plans and skies for it."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from malapert.logistics.plan import Delivery, Plan, Stay
from malapert.programme import Programme, load
from malapert.sky.time import tdb_s

START = np.datetime64("2031-01-01T00", "h")
TEXT = """
format = 1
name = "little"
start = 2031-01-01T00:00:00Z
end = 2031-07-01T00:00:00Z
station = "ridge"
rates = "person"
[partner.one]
[partner.two]
[site.ridge]
lat_deg = -89.45
lon_deg = 222.8
[site.far]
lat_deg = -88.0
lon_deg = 0.0
[launcher.big]
partner = "one"
tli_kg = 50000
lat_deg = 19.6
[spacecraft.ship]
partner = "one"
cargo_kg = 20000
crew = 4
stages = [{ name = "s", dry_kg = 1000, propellant_kg = 9000, isp_s = 320, thrust_n = 40000 }]
[flight.cargo]
launcher = "big"
spacecraft = "ship"
depart = 2031-01-01T00:00:00Z
[flight.elsewhere]
launcher = "big"
spacecraft = "ship"
site = "far"
depart = 2031-01-01T00:00:00Z
[flight.people]
launcher = "big"
spacecraft = "ship"
depart = 2031-01-01T00:00:00Z
crew = "pair"
stay_d = 30
[crew.pair]
members = ["one", "two"]
work_h = 6.5
[crew_rates.person]
oxygen_kg_d = 0.816
water_kg_d = 2.5
hygiene_kg_d = 0.4
food_kg_d = 1.5
food_water = 0.4667
carbon_dioxide_kg_d = 1.04
[solar_array.wing]
partner = "one"
mass_kg = 300
power_kw = 30
[reactor.pile]
partner = "two"
mass_kg = 6000
power_kw = 6
[battery.pack]
partner = "one"
mass_kg = 600
capacity_kwh = 200
charge_efficiency = 0.96
discharge_efficiency = 0.97
charge_kw = 40
discharge_kw = 30
[fuel_cell.cell]
partner = "two"
mass_kg = 1000
capacity_kwh = 500
charge_efficiency = 0.75
discharge_efficiency = 0.67
charge_kw = 15
discharge_kw = 10
[habitat.home]
partner = "one"
mass_kg = 6000
crew = 2
volume_m3 = 60
load_kw = 8
keep_alive_kw = 0.8
load_priority = 2
leak_kg_d = 0.1
water_recovery = 0.93
oxygen_recovery = 0.42
airlock_kg = 0.6
[habitat.annexe]
partner = "two"
mass_kg = 4000
crew = 1
volume_m3 = 30
load_kw = 3
keep_alive_kw = 0.3
load_priority = 3
leak_kg_d = 0.05
[rover.truck]
partner = "one"
mass_kg = 900
load_kw = 1.5
keep_alive_kw = 0.2
load_priority = 4
[equipment.centre]
partner = "one"
mass_kg = 500
load_kw = 0.8
keep_alive_kw = 0.2
load_priority = 2
data_gb = 1.5
[supply.water]
partner = "one"
mass_kg = 300
resource = "water"
[supply.oxygen]
partner = "two"
mass_kg = 120
resource = "oxygen"
[supply.nitrogen]
partner = "two"
mass_kg = 60
resource = "nitrogen"
[supply.food]
partner = "one"
mass_kg = 150
resource = "food"
[supply.spares]
partner = "one"
mass_kg = 200
resource = "spares"
[orbital_station.hub]
partner = "one"
mass_kg = 9000
load_kw = 3
[experiment.telescope]
partner = "two"
mass_kg = 60
load_kw = 0.5
keep_alive_kw = 0.05
wanted_h = 2000
data_mbit_s = 8
needs = ["dark", "earth_hidden"]
[experiment.geology]
partner = "one"
mass_kg = 40
load_kw = 0.8
wanted_h = 1500
data_mbit_s = 3
crew_h = 5
needs = ["crew", "light"]
[experiment.garden]
partner = "two"
mass_kg = 80
load_kw = 1.0
keep_alive_kw = 0.2
crew_h = 6
load_priority = 6
data_mbit_s = 0.2
needs = ["crew"]
[experiment.mirror]
partner = "two"
mass_kg = 5
wanted_h = 500
needs = ["earth_visible"]
[entitlement.one]
partner = "one"
rule = "agreement"
share = 0.7
[entitlement.two]
partner = "two"
"""


@pytest.fixture(scope="session")
def little(tmp_path_factory: pytest.TempPathFactory) -> Programme:
    path: Path = tmp_path_factory.mktemp("programme") / "little.toml"
    path.write_text(TEXT)
    return load(path)


def make_plan(
    programme: Programme,
    use_h: dict[str, float] | None = None,
    without: tuple[str, ...] = (),
    stays_h: tuple[tuple[float, float], ...] = ((1000.0, 1720.0),),
    flight: str = "cargo",
) -> Plan:
    """Everything in use from hour 0 unless `use_h` says otherwise."""
    start_s = tdb_s(START)
    deliveries = tuple(
        Delivery(
            name,
            programme.table_of(name),
            row.partner,
            flight,
            "one",
            row.mass_kg,
            start_s - 86400.0,
            start_s + (use_h or {}).get(name, 0.0) * 3600.0,
        )
        for name, row in programme.elements.items()
        if name not in without
    )
    members = programme.crew["pair"].members
    stays = tuple(Stay("pair", "people", members, start_s + a * 3600.0, start_s + b * 3600.0) for a, b in stays_h)
    return Plan(deliveries, (), (), stays, "optimal", 0.0)


def make_light(n: int = 2400, seed: int | None = None, **series: object) -> xr.Dataset:
    """A lunar month of light and Earth, a link two hours in three; random when there is a seed."""
    hour = np.arange(n)
    light = {
        "sun_fraction": np.clip(3.0 * np.sin(2 * np.pi * hour / 708.7) + 2.0, 0.0, 1.0),
        "earth_visible": (np.sin(2 * np.pi * hour / 655.7) > -0.3).astype(float),
        "link_mbit_s": np.where(hour % 24 < 16, 10.0, 0.0),
    }
    if seed is not None:
        rng = np.random.default_rng(seed)
        light["sun_fraction"] = np.clip(light["sun_fraction"] - rng.random() + 0.3 * rng.random(n), 0.0, 1.0)
        light["link_mbit_s"] = np.where(rng.random(n) > rng.random(), rng.random() * 20.0, 0.0)
    light |= {name: np.broadcast_to(np.asarray(values, float), (n,)) for name, values in series.items()}
    time = (START + hour.astype("timedelta64[h]")).astype("datetime64[ns]")
    return xr.Dataset({name: ("time", values) for name, values in light.items()}, coords={"time": time})


@pytest.fixture(scope="session")
def plan_of() -> Callable[..., Plan]:
    return make_plan


@pytest.fixture(scope="session")
def light_of() -> Callable[..., xr.Dataset]:
    return make_light


@pytest.fixture(scope="session")
def text() -> Callable[..., str]:
    return lambda: TEXT
