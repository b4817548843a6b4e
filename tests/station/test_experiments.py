"""Hours spread as asked, the queue sends first what came first."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from malapert.station.downlink import GB_PER_MBIT_S_HOUR, queue
from malapert.station.experiments import spread


@settings(deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(0, 400), st.floats(0, 1), st.floats(0, 1))
def test_hours_are_spread_over_possible_steps_preferred_ones_first(
    seed: int,
    wanted: int,
    chance: float,
    liking: float,
) -> None:
    rng = np.random.default_rng(seed)
    where, preferred = rng.random(300) < chance, rng.random(300) < liking
    runs = spread(where, preferred, np.zeros(300, np.int64), np.array([float(wanted)]))
    assert runs.sum() == min(wanted, where.sum()) and not runs[~where].any() and set(np.unique(runs)) <= {0.0, 1.0}
    assert runs[where & preferred].sum() == min(wanted, (where & preferred).sum())


def test_spread_is_even() -> None:
    every = np.ones(1000, bool)
    assert (
        np.diff(np.flatnonzero(spread(every, every, np.zeros(1000, np.int64), np.array([100.0])))).tolist() == [10] * 99
    )


def test_an_hour_at_one_mbit_a_second_is_450_megabytes() -> None:
    assert GB_PER_MBIT_S_HOUR == 0.45


def test_first_in_first_out_by_hand() -> None:
    """Two gigabytes an hour for three hours, one an hour sent from the second: the last byte of hour 1 leaves in hour 4."""
    rate = 1.0 / GB_PER_MBIT_S_HOUR
    link = queue(np.array([2.0, 2.0, 2.0, 0.0, 0.0]), np.array([0.0, rate, rate, rate, rate]), 1.0)
    assert link.backlog_gb == pytest.approx([2.0, 3.0, 4.0, 3.0, 2.0])
    assert link.sent_gb == pytest.approx([0.0, 1.0, 1.0, 1.0, 1.0])
    latency = link.latency_h(1.0)
    assert latency[:2] == pytest.approx([2.0, 3.0]) and np.isnan(latency[2:]).all()
    # Four were sent: all of hours 0 and 1, nothing of hour 2.
    assert link.returned_gb(np.array([2.0, 0.0, 1.0, 0.0, 0.0])) == pytest.approx(2.0)
    assert link.returned_gb(np.array([0.0, 2.0, 1.0, 0.0, 0.0])) == pytest.approx(2.0)


@given(st.integers(0, 2**32 - 1))
@settings(deadline=None)
def test_what_sources_get_back_adds_up_to_what_was_sent(seed: int) -> None:
    rng = np.random.default_rng(seed)
    sources = rng.random((4, 500)) * (rng.random((4, 500)) > 0.5)
    link = queue(sources.sum(axis=0), rng.uniform(0, 10, 500) * (rng.random(500) > rng.random()), 1.0)
    assert np.abs(link.residual_gb).max() < 1e-12
    assert sum(link.returned_gb(made) for made in sources) == pytest.approx(link.sent_gb.sum(), rel=1e-9, abs=1e-9)
    assert (link.backlog_gb >= 0.0).all()
