"""Arrays: how they face the Sun, how warm they are, and a second voltage and a second place on the network."""

from collections.abc import Callable

import numpy as np
import pytest
import xarray as xr

from malapert.errors import InputError, ProgrammeError
from malapert.logistics.plan import Plan
from malapert.programme import Programme, load
from malapert.programme.elements import SolarArray
from malapert.station import operate
from malapert.station.arrays import cell_k, facing

N = 800


def _array(**keys: object) -> SolarArray:
    return SolarArray.model_validate({"partner": "one", "mass_kg": 1.0, "power_kw": 1.0, **keys})


def test_each_mount_faces_the_sun_its_own_way() -> None:
    azimuth, elevation = np.array([0.0, 90.0, 180.0]), np.array([2.0, 60.0, 2.0])
    assert facing(_array(), azimuth, elevation).tolist() == [1.0, 1.0, 1.0]
    upright = facing(_array(mount="vertical_tracking"), azimuth, elevation)
    assert upright == pytest.approx(np.cos(np.radians(elevation)))
    wall = facing(_array(mount="fixed", tilt_deg=90.0, azimuth_deg=0.0), azimuth, elevation)
    assert wall == pytest.approx([np.cos(np.radians(2.0)), 0.0, 0.0], abs=1e-12)
    flat = facing(_array(mount="fixed", tilt_deg=0.0), azimuth, elevation)
    assert flat == pytest.approx(np.sin(np.radians(elevation)))


def test_cells_are_at_their_test_temperature_in_full_sunlight_and_colder_in_less() -> None:
    absorbed_w_m2, radiated_w_m2_k4 = 0.6 * 1361.0, 2.0 * 0.85 * 5.670374e-8
    assert cell_k(1.0) == pytest.approx((absorbed_w_m2 / radiated_w_m2_k4) ** 0.25, rel=1e-4)
    assert cell_k(0.25) == pytest.approx(cell_k(1.0) / np.sqrt(2.0))


def _with_rows(text: str, tmp_path: object) -> Programme:
    path = tmp_path / "more.toml"  # type: ignore[operator]
    path.write_text(text)
    return load(path)


@pytest.fixture(scope="module")
def two_places(tmp_path_factory: pytest.TempPathFactory) -> Programme:
    from tests.station.conftest import TEXT

    text = TEXT.replace("load_kw = 0.8\nkeep_alive_kw = 0.2", "load_kw = 0.8\nkeep_alive_kw = 0.2\nsupply_v = 28")
    text += """
[power_link.converter]
partner = "one"
mass_kg = 10
to_v = 28
power_kw = 5
efficiency = 0.9
[power_link.cable]
partner = "one"
mass_kg = 400
from_site = "far"
power_kw = 4
efficiency = 0.8
"""
    return _with_rows(text, tmp_path_factory.mktemp("places"))


def _far(plan: Plan, *elements: str) -> Plan:
    from dataclasses import replace

    moved = [replace(d, flight="elsewhere") if d.element in elements else d for d in plan.deliveries]
    return replace(plan, deliveries=tuple(moved))


def test_loads_at_28_v_pay_the_converter_and_a_far_reactor_the_cable(
    two_places: Programme, plan_of: Callable[..., Plan], light_of: Callable[..., xr.Dataset]
) -> None:
    near = plan_of(two_places, stays_h=(), without=("pack", "cell"))
    light = light_of(N, sun_fraction=0.0)
    done = operate(two_places, _far(near, "pile"), light)
    lost = done.series["link_loss_kwh"].to_numpy()
    served = done.series["served_kw"].sum("priority").to_numpy()
    # The reactor's 6 kW go through a cable of 4 kW that keeps 80 %: what is neither served nor lost is nowhere.
    assert (served + lost).max() == pytest.approx(4.0)
    assert 0.8 < lost.max() < 0.8 + 3.2 * 0.1
    assert done.residuals["energy_kwh"] <= 1e-9
    at_home = operate(two_places, near, light)
    assert at_home.quantities["served_kwh"] > done.quantities["served_kwh"]


def test_without_its_converter_a_28_v_load_is_dark_and_a_programme_without_one_is_refused(
    two_places: Programme, plan_of: Callable[..., Plan], light_of: Callable[..., xr.Dataset], tmp_path: object
) -> None:
    plan = plan_of(two_places, stays_h=(), without=("converter",))
    served = {e.element: e.served_kwh for e in operate(two_places, plan, light_of(N)).elements}
    assert served["centre"] == 0.0 < served["home"]

    from tests.station.conftest import TEXT

    with pytest.raises(ProgrammeError, match="a load on no bus: nothing gives 28 V"):
        _with_rows(TEXT.replace("data_gb = 1.5", "data_gb = 1.5\nsupply_v = 28"), tmp_path)


def test_a_fixed_array_needs_the_suns_place(
    little: Programme, plan_of: Callable[..., Plan], light_of: Callable[..., xr.Dataset]
) -> None:
    rows = {name: row.model_copy(update={"mount": "fixed"}) for name, row in little.solar_array.items()}
    fixed = little.model_copy(update={"solar_array": rows})
    plan = plan_of(fixed)
    with pytest.raises(InputError, match="needs the Sun's place"):
        operate(fixed, plan, light_of(N))
    azimuth = np.linspace(0.0, 360.0, N)
    light = light_of(N, sun_azimuth_deg=azimuth, sun_elevation_deg=0.0, sun_fraction=1.0)
    # Half the turn behind it; the mean of the cosine over the other half is 1 / pi of the whole.
    given, most = (float(operate(p, plan, light).series["solar_kw"].mean()) for p in (fixed, little))
    assert given == pytest.approx(most / np.pi, rel=5e-3)  # the array ages by 0.2 % on the way


def test_an_array_on_its_own_mast_has_its_own_light(
    little: Programme, plan_of: Callable[..., Plan], light_of: Callable[..., xr.Dataset], tmp_path: object
) -> None:
    rows = {name: row.model_copy(update={"mast_m": 20.0}) for name, row in little.solar_array.items()}
    high = little.model_copy(update={"solar_array": rows})
    assert list(high.skies) == []  # the site must say which masts its light is looked at from
    sites = {"ridge": little.home.model_copy(update={"masts_m": (20.0, little.home.mast_m)})}
    high = high.model_copy(update={"site": {**little.site, **sites}})
    assert {name: row.mast_m for name, row in high.skies.items()} == {"ridge at 20 m": 20.0}
    low_sun, high_sun = np.tile([0.0, 0.4], N // 2), np.tile([0.5, 1.0], N // 2)
    light = light_of(N, sun_fraction=low_sun).assign(site_sunlight=(("site", "time"), high_sun[None, :]))
    light = light.assign_coords(site=["ridge at 20 m"])
    solar = [operate(p, plan_of(p), light).series["solar_kw"].to_numpy() for p in (little, high)]
    assert solar[0][-1] / solar[1][-1] == pytest.approx(0.4) and solar[0][-2] == 0.0 < solar[1][-2]
    from tests.station.conftest import TEXT

    with pytest.raises(
        ProgrammeError, match=r"no light is looked at from 20 m; there are 2; add it: site.ridge.masts_m"
    ):
        _with_rows(TEXT.replace("power_kw = 30", "power_kw = 30\nmast_m = 20"), tmp_path)
