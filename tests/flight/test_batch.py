"""Many arcs over threads against the same arcs one by one."""

import numpy as np
import pytest

from malapert.errors import ConvergenceError, InputError
from malapert.flight import EventRule, Forces, propagate
from malapert.flight.batch import propagate_many

EPOCH_S = 8.0e8
ROUND = np.array([1838.0, 0.0, 0.0, 0.0, 0.2, 1.62])


def spread(count: int) -> np.ndarray:
    return ROUND + np.random.default_rng(4).normal(size=(count, 6)) * [0.1, 0.1, 0.1, 1e-4, 1e-4, 1e-4]


@pytest.mark.parametrize("threads", [1, 2, 5])
def test_the_same_as_one_by_one(threads: int) -> None:
    states, epochs = spread(12), EPOCH_S + 1000.0 * np.arange(12)
    heard: list[float] = []
    arcs = propagate_many(states, epochs, 20000.0, Forces(20), threads=threads, told=heard.append, output_step_s=5000.0)
    assert heard[-1] == 1.0 and len(heard) == 12
    for state, epoch, arc in zip(states, epochs, arcs, strict=True):
        alone = propagate(state, epoch, 20000.0, Forces(20), output_step_s=5000.0)
        assert np.array_equal(arc.states, alone.states)
        assert arc.forces == alone.forces


def test_mixed_integrators_and_events() -> None:
    states = np.vstack([spread(2), ROUND * [1, 1, 1, 1.5, 1.5, 1.5]])
    rules = (EventRule("ascending", "moon", altitude_km=10000.0, stop_after=1),)
    arcs = propagate_many(states, EPOCH_S, [9000.0, -9000.0, 86400.0], rules=rules)
    assert [arc.stopped_by_event for arc in arcs] == [False, False, True]
    assert [arc.forces["integrator"][:5] for arc in arcs] == ["Gauss", "Gauss", "DOP85"]


def test_it_says_which_failed() -> None:
    states = np.vstack([spread(1), [2000.0, 0.0, 0.0, -0.1, 0.0, 0.0]])
    with pytest.raises(ConvergenceError, match="arc 1 of 2: the integrator stopped"):
        propagate_many(states, EPOCH_S, 1e5, max_steps=5000)
    with pytest.raises(InputError, match="shape"):
        propagate_many(ROUND, EPOCH_S, 10.0)
    with pytest.raises(InputError, match="one for each of 2"):
        propagate_many(spread(2), [EPOCH_S] * 3, 10.0)
    with pytest.raises(InputError, match="one thread"):
        propagate_many(spread(2), EPOCH_S, 10.0, threads=0)
