"""The link equation turned about: rate and margin agree, and scale as physics says."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import erfc

from malapert.errors import InputError
from malapert.sky import links

SIZE = st.floats(0.1, 100.0)
BAND = st.sampled_from(sorted(links.BANDS_GHZ))


@given(BAND, SIZE, st.floats(0.1, 1e4), SIZE, st.floats(5.0, 2000.0), st.floats(1.0, 1e6))
def test_the_rate_a_link_gives_leaves_its_margin(
    band: links.Band, dish: float, power: float, big: float, noise: float, distance: float
) -> None:
    link = links.Link(links.Transmitter(band, dish, power), links.Receiver(big, noise))
    assert link.margin_db(distance, link.rate_mbit_s(distance)) == pytest.approx(links.MARGIN_DB, abs=1e-9)


@given(BAND, SIZE, SIZE, st.floats(1.0, 1e6))
def test_a_link_is_the_same_both_ways(band: links.Band, a: float, b: float, distance: float) -> None:
    there = links.Link(links.Transmitter(band, a, 10.0), links.Receiver(b, 100.0))
    back = links.Link(links.Transmitter(band, b, 10.0), links.Receiver(a, 100.0))
    assert there.rate_mbit_s(distance) == pytest.approx(float(back.rate_mbit_s(distance)), rel=1e-9)


def test_twice_as_far_is_a_quarter_of_the_rate_and_ten_times_the_dish_a_hundred() -> None:
    link = links.Link(links.Transmitter("ka", 0.5, 20.0), links.Receiver(18.0, 150.0))
    near, far = link.rate_mbit_s(np.array([2e5, 4e5]))
    assert near / far == pytest.approx(4.0)
    wide = links.Link(links.Transmitter("ka", 5.0, 20.0), links.Receiver(18.0, 150.0))
    assert wide.rate_mbit_s(4e5) / far == pytest.approx(100.0)
    # The power that arrives on a dish of given size does not depend on the frequency; the beam that left does.
    assert links.free_space_loss_db(4e5, 26.25) - links.free_space_loss_db(4e5, 2.625) == pytest.approx(20.0)


def test_loss_to_the_moon_by_hand() -> None:
    # 92.45 + 20 log f(GHz) + 20 log r(km): 92.45 + 20 log 8.45 + 20 log 384400 = 222.68.
    assert links.free_space_loss_db(384400.0, 8.45) == pytest.approx(222.68, abs=0.01)


def test_uncoded_bits_need_what_the_error_function_says() -> None:
    ratio = 10.0 ** (0.1 * links.REQUIRED_EB_N0_DB["uncoded"])
    assert 0.5 * erfc(np.sqrt(ratio)) == pytest.approx(1e-5, rel=0.1)


@pytest.mark.parametrize("bad", [0.0, -1.0, float("nan")])
def test_nothing_is_no_power(bad: float) -> None:
    with pytest.raises(InputError, match="above 0"):
        links.decibels(bad)
