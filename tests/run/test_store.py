"""Results come back from disk as they were, and a folder is whole or not there."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from malapert.run import store


@dataclass(frozen=True)
class Part:
    name: str
    value: float
    when: np.datetime64 | None


@dataclass(frozen=True)
class Whole:
    parts: tuple[Part, ...]
    pair: tuple[str, float]
    table: dict[str, float]
    flag: bool
    values: NDArray[np.float64]
    series: xr.Dataset


def whole(value: float) -> Whole:
    series = xr.Dataset(
        {"x": ("time", [1.0, np.nan], {"units": "kW"})},
        coords={"time": np.array(["2030-01-01", "2030-01-02"], "datetime64[s]")},
    )
    return Whole(
        (Part("a", value, np.datetime64("2031-02-03T04:05:06")), Part("b", -value, None)),
        ("p", value),
        {"k": value},
        True,
        np.array([value, -value]),
        series,
    )


@settings(max_examples=30, deadline=None)
@given(value=st.floats(allow_nan=False))
def test_a_result_comes_back_as_it_was(tmp_path_factory: pytest.TempPathFactory, value: float) -> None:
    folder = tmp_path_factory.mktemp("run") / "stage"
    store.save(whole(value), folder, "key")
    back = store.load(Whole, folder)
    assert (back.parts, back.pair, back.table, back.flag) == (whole(value).parts, ("p", value), {"k": value}, True)
    np.testing.assert_array_equal(back.values, whole(value).values)
    xr.testing.assert_identical(back.series, whole(value).series)


def test_the_same_result_is_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one", "two"):
        store.save(whole(1.5), tmp_path / name, "key")
    for file in ("result.json", "series.nc"):
        assert (tmp_path / "one" / file).read_bytes() == (tmp_path / "two" / file).read_bytes()


def test_a_broken_result_has_no_key(tmp_path: Path) -> None:
    assert store.saved_key(tmp_path / "nothing") == ""
    store.save(whole(1.0), tmp_path / "stage", "key")
    assert store.saved_key(tmp_path / "stage") == "key"
    (tmp_path / "stage" / store.RESULT).write_text('{"key": "ke')
    assert store.saved_key(tmp_path / "stage") == ""


def test_a_failed_write_leaves_the_old_result(tmp_path: Path) -> None:
    store.save(whole(1.0), tmp_path / "stage", "old")
    with pytest.raises(TypeError, match="cannot hold object"):
        store.save(Part("a", object(), None), tmp_path / "stage", "new")  # type: ignore[arg-type]
    assert store.saved_key(tmp_path / "stage") == "old"


def test_json_has_no_numbers_json_lacks() -> None:
    assert store.plain({"a": np.float64("nan"), "b": float("inf"), "c": np.int64(3)}) == {
        "a": "nan",
        "b": "inf",
        "c": 3,
    }
