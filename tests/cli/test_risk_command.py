"""Histories and sweeps from the command line, whole: from a programme's light to the answers."""

import json
from math import inf

import pytest

from malapert.risk.draws import drawn
from malapert.run.folder import reopen
from malapert.run.stages import PLANNED
from malapert.run.study import spare, study_of


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("risk") / "hello"


SHORT = ("hello", "--set", "end=2031-08-01T00:00:00Z")


def test_histories_on_a_local_cluster_are_those_of_one_process(say, folder):
    pytest.importorskip("distributed")
    asked = ("risk", *SHORT, "--histories", 300, "--brief", "--json", "--out", folder)
    code, out, err = say(*asked, "--workers", 1)
    assert code == 0, err
    alone = json.loads(out)
    (folder / "histories").rename(folder / "alone")
    code, out, err = say(*asked, "--scheduler", "local", "--workers", 1)
    assert code == 0, err
    assert json.loads(out)["milestones"] == alone["milestones"]
    parts = sorted((folder / "histories").glob("*.parquet"))
    assert len(parts) == 2 and all(p.read_bytes() == (folder / "alone" / p.name).read_bytes() for p in parts)


def test_a_sweep_takes_the_plan_of_the_programme_where_it_holds(say, folder):
    code, out, err = say("sweep", *SHORT, "--over", "seed=1,2", "--json", "--out", folder, "--workers", 1)
    assert code == 0, err
    one, two = json.loads(out)["points"]
    assert one["error"] == "" and one | {"seed": 2.0} == two


def test_a_plan_with_just_its_propellant_loses_two_flights_in_five(say, folder):
    code, _, err = say("risk", *SHORT, "--histories", 100, "--brief", "--json", "--out", folder, "--resume")
    assert code == 0, err
    run = reopen(folder, PLANNED)
    light, flights, plan = (run.results[name] for name in ("light", "flights", "plan"))
    assert spare(run.programme, flights, plan) == {"first": inf}
    row = run.programme.flight["first"]
    craft, mass = run.programme.spacecraft[row.spacecraft], plan.masses[0]
    for margin_kg, odds in ((1e-3, 0.3916), (500.0, 0.0), (-5.0, 1.0)):
        loads = [use.loaded_kg + margin_kg for use in mass.stages]
        just = [s.model_copy(update={"propellant_kg": kg}) for s, kg in zip(craft.stages, loads, strict=True)]
        tight = {row.spacecraft: craft.model_copy(update={"stages": tuple(just)})}
        programme = run.programme.model_copy(update={"spacecraft": tight})
        ready = study_of(programme, light, flights, plan, 3)
        launched = drawn(ready.dice, 0, 1000).launched[:, 0, 0]
        assert ready.rows(0, 1000)["first@short"][launched].mean() == pytest.approx(odds, abs=0.05), margin_kg
