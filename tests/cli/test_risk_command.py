"""Histories and sweeps from the command line, whole: from a programme's light to the answers."""

import json
from dataclasses import replace
from math import inf

import pytest

from malapert.risk.draws import drawn
from malapert.run import doubt
from malapert.run.folder import reopen
from malapert.run.stages import PLANNED
from malapert.run.study import spare, study_of


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("risk") / "hello"


SHORT = ("hello", "--set", "end=2031-08-01T00:00:00Z")


def test_many_histories_go_to_a_local_cluster_by_themselves_and_are_those_of_one_process(say, folder, monkeypatch):
    distributed = pytest.importorskip("distributed", reason="distributed is not installed")
    started = []

    class Watched(distributed.LocalCluster):
        def __init__(self, **asked):
            started.append(asked)
            super().__init__(**asked)

    asked = ("risk", *SHORT, "--histories", 300, "--brief", "--json", "--out", folder)
    code, out, err = say(*asked, "--workers", 1)
    assert code == 0, err
    alone = json.loads(out)
    (folder / "histories").rename(folder / "alone")
    monkeypatch.setattr(doubt, "LARGE", 300)
    monkeypatch.setattr("distributed.LocalCluster", Watched)
    code, out, err = say(*asked, "--workers", 1)
    assert code == 0, err
    assert [(asked["n_workers"], asked["memory_limit"]) for asked in started] == [(1, "2GiB")]
    assert json.loads(out)["milestones"] == alone["milestones"]
    parts = sorted((folder / "histories").glob("*.parquet"))
    assert len(parts) == 2 and all(p.read_bytes() == (folder / "alone" / p.name).read_bytes() for p in parts)


def test_what_cannot_be_is_refused_before_anything_is_worked_out(say, folder, tmp_path):
    pytest.importorskip("distributed", reason="distributed is not installed")
    (tmp_path / "programme.toml").write_text('name = "hello"')
    for asked, says in (
        (("risk", "ilrs-2035", "--out", tmp_path), "holds the run of hello, not of ilrs-2035"),
        (("sweep", "ilrs-2035", "--over", "seed=1,2", "--out", tmp_path), "holds the run of hello, not of ilrs-2035"),
        (("risk", *SHORT, "--scheduler", "tcp://127.0.0.1:9"), "no scheduler answers there"),
        (("sweep", *SHORT, "--over", "seed=1,2", "--scheduler", "here"), "is no address"),
        (
            ("sweep", *SHORT, "--over", "battery.pack.capacity_kwh=-5,10"),
            "--over: battery.pack.capacity_kwh: input should",
        ),
        (("risk", *SHORT, "--histories", 0), "a number from 1"),
    ):
        code, _, err = say(*asked)
        assert code == 1 and says in err and "Light" not in err, err


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
    at_its_site = replace(flights, flown=tuple(replace(one, touchdown=None) for one in flights.flown))
    for margin_kg, odds in ((1e-3, 0.3916), (500.0, 0.0), (-5.0, 1.0)):
        loads = [use.loaded_kg + margin_kg for use in mass.stages]
        just = [s.model_copy(update={"propellant_kg": kg}) for s, kg in zip(craft.stages, loads, strict=True)]
        tight = {row.spacecraft: craft.model_copy(update={"stages": tuple(just)})}
        programme = run.programme.model_copy(update={"spacecraft": tight})
        # Without margin half of all descents ask for more as well, by what the lander does not know at ignition.
        for flown, want in ((at_its_site, odds), (flights, 1.0 - (1.0 - odds) * (0.5 if margin_kg == 1e-3 else 1.0))):
            ready = study_of(programme, light, flown, plan, 3)
            launched = drawn(ready.dice, 0, 1000).launched[:, 0, 0]
            assert ready.rows(0, 1000)["first@short"][launched].mean() == pytest.approx(want, abs=0.05), margin_kg
