"""Reading and writing SpaceNet files: durations, references, and files that nobody meant."""

import copy
import json
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parent))
from campaigns import DESCENT_EVENTS, campaign

from malapert.errors import MalapertError, ProgrammeError
from malapert.logistics.campaign import simulate
from malapert.logistics.spacenet import read_file, written
from malapert.logistics.spacenet.read import read_tree
from malapert.logistics.spacenet.rows import days

TREE = written(campaign(*DESCENT_EVENTS))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("P7DT12H", 7.5), ("PT8H", 1 / 3), ("PT0S", 0.0), ("P14D", 14.0), ("P1W", 7.0), ("PT1.5M", 1.5 / 1440),
        (86400, 1.0), (43200.0, 0.5), ("3 12:00:00", 3.5), ("105:02:00", 105 / 24 + 2 / 1440), ("00:00:01.5", 1.5 / 86400),
    ],
)  # fmt: skip
def test_durations(text, found):
    assert days(text) == pytest.approx(found)


@pytest.mark.parametrize("text", ["", "P", "PT", "7 days", "12:00", None, True, [], "-1 00:00:00"])
def test_what_is_no_duration(text):
    with pytest.raises(ValueError, match="not a duration"):
        days(text)


@given(st.floats(0.0, 1e7))
def test_seconds_and_iso_agree(seconds):
    assert days(f"PT{seconds:.6f}S") == pytest.approx(days(seconds), abs=1e-6)


def test_written_and_read_again_it_is_the_same_campaign():
    again = read_tree(json.loads(json.dumps(TREE)), "again")
    assert written(again) == TREE
    one, other = simulate(campaign(*DESCENT_EVENTS)), simulate(again)
    assert [words for _, words in other.log] == [words for _, words in one.log]


def _places(tree, path=()):
    """Every path into a tree."""
    yield path
    if isinstance(tree, dict):
        for key, value in tree.items():
            yield from _places(value, (*path, key))
    elif isinstance(tree, list):
        for k, value in enumerate(tree):
            yield from _places(value, (*path, k))


PATHS = [path for path in _places(TREE) if path]
JUNK = st.one_of(
    st.none(), st.booleans(), st.integers(-(10**12), 10**12), st.floats(), st.text(max_size=12),
    st.lists(st.integers(), max_size=2), st.dictionaries(st.text(max_size=3), st.integers(), max_size=2),
)  # fmt: skip


@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(path=st.sampled_from(PATHS), junk=JUNK, gone=st.booleans())
def test_a_file_with_anything_in_it_is_read_or_refused_in_words(path, junk, gone):
    tree = copy.deepcopy(TREE)
    here = tree
    for part in path[:-1]:
        here = here[part]
    if gone:
        del here[path[-1]]
    else:
        here[path[-1]] = junk
    try:
        found = read_tree(tree, "file.json")
        if hasattr(found, "missions"):
            simulate(found)
    except MalapertError as refused:
        assert str(refused)


@settings(max_examples=60, deadline=None)
@given(st.recursive(JUNK, lambda inner: st.dictionaries(st.text(max_size=8), inner, max_size=4), max_leaves=12))
def test_anything_that_is_no_scenario_is_refused(tree):
    with pytest.raises(ProgrammeError):
        read_tree({"network": tree, "missionList": tree} if isinstance(tree, dict) else tree or {}, "file.json")


def test_mistakes_say_where_all_at_once():
    tree = copy.deepcopy(TREE)
    tree["missionList"][0]["events"][0]["elements"] = ["11111111-1111-1111-1111-111111111111"]
    tree["network"]["edges"][0]["origin"] = 7
    with pytest.raises(ProgrammeError) as refused:
        read_tree(tree, "file.json")
    said = str(refused.value)
    assert "file.json: missionList[m].events[create lander].elements: names no element of this file" in said
    assert "network.edges[Up].origin: names no node of this file (got '7')" in said


def test_files_that_are_no_json(tmp_path):
    broken = tmp_path / "broken.json"
    broken.write_text('{"network": ')
    with pytest.raises(ProgrammeError, match="not JSON"):
        read_file(broken)
    broken.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(MalapertError, match="not text in UTF-8"):
        read_file(broken)
    with pytest.raises(MalapertError, match="cannot be read"):
        read_file(tmp_path / "absent.json")
