"""Rates of a programme's ways under their links."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

import malapert
from malapert.errors import ProgrammeError
from malapert.run import radio
from malapert.sky.links import MARGIN_DB

SEEN = np.ones((6, 2), bool)
NEAR, FAR = np.full(2, 2e4), np.full(2, 4.2e5)


@pytest.fixture(scope="module")
def ilrs() -> malapert.Programme:
    return malapert.load("ilrs-2035")


def test_the_shipped_links_carry_what_is_declared(ilrs: malapert.Programme) -> None:
    down, hub = (radio.down_mbit_s(ilrs, name, FAR) for name in ("queqiao_2", "an orbital station"))
    assert (radio.through_mbit_s(ilrs, "queqiao_2", 100.0, NEAR, down, SEEN) == 100.0).all()
    assert (radio.through_mbit_s(ilrs, "an orbital station", 50.0, NEAR, hub, SEEN) == 50.0).all()
    assert (radio.through_mbit_s(ilrs, "queqiao_2", 100.0, NEAR, down, ~SEEN) == 0.0).all()


def test_a_station_takes_what_it_sees_and_can_carry() -> None:
    seen = np.array([[True, True, False], [True, True, True], [False, True, True]])
    rates = [np.full(3, 10.0), np.full(3, 30.0), np.full(3, 50.0)]
    taken = radio.takes(seen, rates, np.array([10.0, 50.0, 0.0]))
    assert taken.tolist() == [[True, False, False], [True, False, False], [False, True, False]]


@pytest.mark.parametrize(
    ("over", "hop"),
    [
        ("site.connecting_ridge.transmit_w=0.1", "up"),
        ("relay.queqiao_2.site_antenna_m=0.4", "up"),
        ("relay.queqiao_2.earth_transmit_w=0.001", "down"),
    ],
)
def test_a_weaker_link_gives_less_than_declared_and_by_the_square_of_the_range(over: str, hop: str) -> None:
    weak = malapert.load("ilrs-2035", sets=(over,))
    ranges = np.array([1.0, 2.0])
    near, far = (2e4 * ranges, FAR) if hop == "up" else (NEAR, 4.2e5 * ranges)
    rates = radio.through_mbit_s(weak, "queqiao_2", 100.0, near, radio.down_mbit_s(weak, "queqiao_2", far), SEEN)
    assert 0.0 < rates[1] < rates[0] < 100.0
    assert rates[0] == pytest.approx(4.0 * rates[1])


def test_each_hop_says_its_margin_and_one_that_is_cut_has_just_the_margin(ilrs: malapert.Programme) -> None:
    light = xr.Dataset({"relay_farthest_km": ("relay", [2e4, 2e4])}, {"relay": ["queqiao_2", "queqiao_3"]})
    found = list(radio.hops(ilrs, light))
    # Six antennas straight, and each of two relays up once and down to six.
    assert len(found) == 6 + 2 * (1 + 6)
    for hop in found:
        assert hop.rate_mbit_s <= hop.declared_mbit_s and hop.margin_db >= MARGIN_DB - 1e-9
        cut = replace(hop, declared_mbit_s=1e9)
        assert cut.margin_db == pytest.approx(MARGIN_DB)
    never = light.assign(relay_farthest_km=("relay", [2e4, 0.0]))
    assert len(list(radio.hops(ilrs, never))) == 6 + 1 + 6


def test_half_a_radio_is_a_mistake(tmp_path: Path) -> None:
    file = tmp_path / "half.toml"
    file.write_text(
        'extends = "ilrs-2035"\n[ground_station.kashi]\nnoise_k = 80\n[site.new]\nlat_deg = -89\n'
        "lon_deg = 0\nantenna_m = 0.5\n"
    )
    with pytest.raises(ProgrammeError, match="antenna_m without transmit_w"):
        malapert.load(file)
