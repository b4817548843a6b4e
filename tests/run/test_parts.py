"""Parts on disk: whole or absent, taken up, refused when they are of something else."""

import numpy as np
import pyarrow.parquet as pq
import pytest

from malapert.errors import InputError
from malapert.run.parts import Parts


def table(span):
    return {"a": np.arange(*span, dtype=float), "b": np.full(span[1] - span[0], np.inf)}


def test_missing_parts_are_made_and_rows_come_back_in_order(tmp_path):
    parts = Parts(tmp_path / "set", 4, {"seed": 1})
    parts.open(resume=False)
    assert parts.missing(10) == [(0, 4), (4, 8), (8, 10)]
    for span in ((8, 10), (0, 4)):
        parts.write(span, table(span))
    assert parts.missing(10) == [(4, 8)]
    parts.write((4, 8), table((4, 8)))
    found = parts.read(10)
    assert found["a"].tolist() == list(range(10)) and np.isinf(found["b"]).all()
    assert parts.read(7, ["a"])["a"].tolist() == list(range(7))
    assert parts.missing(12) == [(8, 12)]  # the last part was cut short; it is made whole


def test_a_part_that_was_not_finished_does_not_count(tmp_path):
    parts = Parts(tmp_path / "set", 4, {"seed": 1})
    parts.open(resume=False)
    parts.write((0, 4), table((0, 4)))
    whole = next((tmp_path / "set").glob("*.parquet")).read_bytes()
    (tmp_path / "set" / "part-000000004.parquet").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "set" / ".part-000000008.parquet.1.partial").write_bytes(whole[:10])
    parts.open(resume=True)
    assert parts.missing(12) == [(4, 8), (8, 12)]
    assert not list((tmp_path / "set").glob(".*.partial"))


def test_another_set_and_a_set_nobody_asked_to_take_up_are_refused(tmp_path):
    parts = Parts(tmp_path / "set", 4, {"programme": "one", "seed": 1})
    parts.open(resume=False)
    parts.open(resume=False)  # begun, nothing finished
    parts.write((0, 4), table((0, 4)))
    with pytest.raises(InputError, match=r"1 finished part of this already; go on with --resume"):
        parts.open(resume=False)
    with pytest.raises(InputError, match=r"another set .seed is 1, not 2"):
        Parts(tmp_path / "set", 4, {"programme": "one", "seed": 2}).open(resume=True)
    with pytest.raises(InputError, match=r"programme is one, not other"):
        Parts(tmp_path / "set", 4, {"programme": "other", "seed": 1}).open(resume=True)
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter.txt").write_text("dear")
    with pytest.raises(InputError, match="not empty"):
        Parts(tmp_path / "mine", 4, {}).open(resume=True)


def test_others_read_the_set(tmp_path):
    parts = Parts(tmp_path / "set", 4, {})
    parts.open(resume=False)
    for span in parts.spans(8):
        parts.write(span, table(span))
    assert pq.read_table(tmp_path / "set" / "part-000000004.parquet")["a"].to_pylist() == [4.0, 5.0, 6.0, 7.0]
