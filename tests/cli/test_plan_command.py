"""`malapert plan`: a study's answer as tables and JSON, and what it says when there is no plan."""

import json
import sys
from pathlib import Path

import pytest

from malapert import cli

EXAMPLE = Path(__file__).parents[2] / "examples/isaji-2022.toml"


@pytest.fixture
def say(monkeypatch, capsys):
    def run(*words):
        monkeypatch.setattr(sys, "argv", ["malapert", *map(str, words)])
        with pytest.raises(SystemExit) as left:
            cli.main()
        out, err = capsys.readouterr()
        return left.value.code, out, err

    return run


def test_a_study_as_json_is_json_alone(say):
    code, out, _ = say("plan", EXAMPLE, "--set", "study.missions=1", "--json")
    answer = json.loads(out)
    assert code == 0 and answer["feasible"] and answer["gap"] <= 1e-6
    assert answer["imleo_kg"] == pytest.approx(sum(answer["launched_kg_by_window"]))
    assert answer["unsourced"] == ["missions"], "a figure that is set by hand loses its source"


def test_no_plan_says_why_and_exits_with_two(say):
    code, out, _ = say("plan", EXAMPLE, "--set", "study.missions=1", "--set", "study.spacecraft=2")
    assert code == 2 and "cannot be met" in out and "spacecraft = " in out


def test_wrong_input_is_one_line(say):
    code, _, err = say("plan", EXAMPLE, "--set", "study.crew=-1")
    assert code == 1 and "study.crew" in err and len(err.splitlines()) == 1
