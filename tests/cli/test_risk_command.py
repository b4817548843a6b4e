"""Histories and sweeps from the command line, whole: from a programme's light to the answers."""

import json

import pytest


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
