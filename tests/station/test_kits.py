"""Spares to bring: against Poisson's own sums, and against every choice there is."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from malapert.station.kits import Kind, best_within, lightest, marginal, sufficiency

KINDS = st.lists(
    st.tuples(st.integers(1, 12), st.floats(0.01, 2.0)), min_size=1, max_size=3
).map(lambda rows: tuple(Kind(f"k{i}", (f"e{i}",), float(kg), mean) for i, (kg, mean) in enumerate(rows)))  # fmt: skip


def _poisson(n: int, mean: float) -> float:
    return math.fsum(math.exp(-mean) * mean**j / math.factorial(j) for j in range(n + 1))


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 30), st.floats(0.001, 40.0))
def test_one_kind_suffices_as_poisson_says(n: int, mean: float) -> None:
    assert sufficiency((Kind("k", (), 5.0, mean),), (n,)) == pytest.approx(_poisson(n, mean), rel=1e-9)


def test_of_one_kind_as_many_are_brought_as_the_table_says() -> None:
    """Mean 1: 73.6 % with one, 92.0 % with two, 98.1 % with three."""
    kind = (Kind("pump", ("a", "b"), 12.0, 1.0),)
    assert lightest(kind, 0.95).counts == (3,) and lightest(kind, 0.95).kg == 36.0
    assert lightest(kind, 0.92).counts == (3,) and lightest(kind, 0.919).counts == (2,)
    assert best_within(kind, 30.0).counts == (2,)
    assert best_within(kind, 30.0).sufficiency == pytest.approx(2.5 / math.e)


def test_elements_that_share_spares_need_fewer() -> None:
    apart = tuple(Kind(f"k{i}", (), 10.0, 0.2) for i in range(5))
    assert lightest((Kind("one", (), 10.0, 1.0),)).kg < lightest(apart).kg


@settings(deadline=None, max_examples=25)
@given(KINDS, st.sampled_from([0.5, 0.8, 0.95]))
def test_no_choice_is_lighter_or_surer(kinds: tuple[Kind, ...], confidence: float) -> None:
    found = lightest(kinds, confidence)
    assert found.sufficiency >= confidence
    assert found.sufficiency == pytest.approx(math.prod(_poisson(n, k.mean) for n, k in zip(found.counts, kinds)))
    most = [int(found.kg // kind.kit_kg) for kind in kinds]
    kg, chance = [], []
    for counts in itertools.product(*(range(n + 1) for n in most)):
        kg.append(sum(n * kind.kit_kg for n, kind in zip(counts, kinds, strict=True)))
        chance.append(sufficiency(kinds, counts))
    every_kg, every = np.array(kg), np.array(chance)
    assert found.kg <= every_kg[every >= confidence * (1.0 + 1e-9)].min(initial=math.inf) + 1e-9
    within = best_within(kinds, 0.7 * found.kg)
    assert within.kg <= 0.7 * found.kg + 1e-9
    assert within.sufficiency == pytest.approx(every[every_kg <= 0.7 * found.kg].max(), rel=1e-6)


@settings(deadline=None, max_examples=15)
@given(KINDS)
def test_each_step_of_marginal_analysis_is_the_surest_for_its_mass(kinds: tuple[Kind, ...]) -> None:
    for kits in itertools.islice(marginal(kinds), 6):
        counts = itertools.product(*(range(int(kits.kg // kind.kit_kg) + 1) for kind in kinds))
        lighter = [
            sufficiency(kinds, choice)
            for choice in counts
            if sum(n * k.kit_kg for n, k in zip(choice, kinds, strict=True)) <= kits.kg + 1e-9
        ]
        assert kits.sufficiency >= max(lighter) - 1e-9


def test_what_weighs_nothing_or_never_fails_needs_no_mass() -> None:
    kinds = (Kind("software", (), 0.0, 3.0), Kind("rock", (), 10.0, 0.0))
    assert lightest(kinds).kg == 0.0 and lightest(kinds).sufficiency == 1.0
    assert best_within(kinds, 100.0).sufficiency == 1.0 and lightest(()).counts == ()
