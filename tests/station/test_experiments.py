"""Hours spread as asked."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

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
