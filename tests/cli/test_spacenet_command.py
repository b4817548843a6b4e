"""`malapert spacenet`: what it prints and writes, its exit codes, and what it says of wrong input."""

import json
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "logistics"))
from campaigns import DESCENT_EVENTS, campaign

from malapert import cli
from malapert.logistics.spacenet import written


@pytest.fixture
def say(monkeypatch, capsys):
    def run(*words):
        monkeypatch.setattr(sys, "argv", ["malapert", *map(str, words)])
        with pytest.raises(SystemExit) as left:
            cli.main()
        out, err = capsys.readouterr()
        return left.value.code, out, err

    return run


@pytest.fixture
def scenario(tmp_path):
    file = tmp_path / "small.json"
    file.write_text(json.dumps(written(campaign(*DESCENT_EVENTS))))
    return file


def test_json_and_export(say, scenario, tmp_path):
    code, out, _ = say("spacenet", scenario, "--json", "--export", tmp_path / "again.json")
    answer = json.loads(out)
    assert code == 2, "the depot cannot be staged from a stack it is not in"
    assert "Depot is staged from a stack it does not travel with" in [one["words"] for one in answer["errors"]]
    assert answer["final_fuel_kg"].keys() == {"Lander", "Depot"}
    assert answer["measures"]["excursions"] == 6
    code, out, _ = say("spacenet", tmp_path / "again.json", "--no-propulsion", "--json")
    assert json.loads(out)["burns"] == []


def test_tables_for_people(say, scenario):
    code, out, _ = say("spacenet", scenario)
    assert code in (0, 2) and "Propellant left" in out and "Measures of effectiveness" in out


def test_wrong_input_is_one_clear_line(say, scenario, tmp_path):
    code, _, err = say("spacenet", tmp_path / "absent.json")
    assert code == 1 and "cannot be read" in err and len(err.splitlines()) == 1
    code, _, err = say("spacenet", scenario, "--g0-m-s2", "98")
    assert code == 1 and "not a standard gravity" in err
