"""Spans of a positive function: ends, and what happens between the samples."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from malapert.errors import InputError
from malapert.sky.spans import bisect, maxima, spans_above_zero


@settings(deadline=None)
@given(st.floats(0.1, 3.0), st.floats(-0.999, 0.999), st.integers(8, 60))
def test_the_spans_of_a_cosine_are_those_of_the_arccosine(phase: float, level: float, samples: int) -> None:
    spans = spans_above_zero(lambda t: np.cos(t - phase) - level, np.linspace(phase, phase + 4 * np.pi, samples), 1e-9)
    half = np.arccos(level)
    expected = phase + np.array([[0.0, half], [2 * np.pi - half, 2 * np.pi + half], [4 * np.pi - half, 4 * np.pi]])
    np.testing.assert_allclose(spans, expected, atol=3e-8)


def test_a_pass_and_a_gap_shorter_than_a_step_are_found() -> None:
    t = np.arange(0.0, 10.5, 1.0)
    np.testing.assert_allclose(spans_above_zero(lambda x: 0.01 - np.abs(x - 4.37), t), [[4.36, 4.38]], atol=1e-3)
    gap = spans_above_zero(lambda x: np.abs(x - 4.37) - 0.01, t)
    np.testing.assert_allclose(gap, [[0.0, 4.36], [4.38, 10.0]], atol=1e-3)


def test_all_and_nothing() -> None:
    t = np.array([0.0, 1.0, 2.0])
    np.testing.assert_array_equal(spans_above_zero(np.ones_like, t), [[0.0, 2.0]])
    assert spans_above_zero(lambda x: -np.ones_like(x), t).shape == (0, 2)


def test_brackets_are_worked_together() -> None:
    low, high = np.array([0.5, 3.5]), np.array([2.0, 5.5])
    np.testing.assert_allclose(bisect(np.cos, low, high, 1e-9), [np.pi / 2, 3 * np.pi / 2], atol=1e-9)
    np.testing.assert_allclose(maxima(np.sin, np.array([0.0, 6.0]), np.array([3.0, 9.0])), [1.5708, 7.854], atol=1e-4)


@pytest.mark.parametrize("epochs", [[1.0], [2.0, 1.0], [1.0, 1.0, 2.0], [[1.0, 2.0]]])
def test_epochs_rise(epochs: list[float]) -> None:
    with pytest.raises(InputError, match="rising"):
        spans_above_zero(np.cos, np.array(epochs))
