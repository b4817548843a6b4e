"""The command as a user runs it: from declaration to report, resumed, killed, and given nonsense."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from malapert import programme
from malapert.programme.quantities import QUANTITIES
from malapert.run import STAGES

REDUCED = ("--set", "end=2032-09-01T00:00:00Z", "--set", "histories=100")
KEPT = "kept from an earlier run"


def malapert(*words: str | Path, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "malapert.cli", *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=cwd)


@pytest.fixture(scope="module")
def hello(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("runs") / "hello"
    done = malapert("run", "hello", "--out", out)
    assert done.returncode == 0, done.stderr
    assert "report.html" in done.stdout
    return out


def test_hello_closes_and_leaves_a_whole_run(hello: Path) -> None:
    summary = json.loads((hello / "summary.json").read_text())
    assert summary["closes"] is True
    for name in ("report.html", "programme.toml", "provenance.json", "timings.json"):
        assert (hello / name).stat().st_size > 0
    for stage in STAGES:
        assert (hello / stage.name / "result.json").is_file()
    assert not [path for path in hello.rglob("*") if path.name.endswith(".partial")]


def test_requirements_may_ask_about_what_is_measured(hello: Path) -> None:
    measured = json.loads((hello / "closure" / "result.json").read_text())["result"]["quantities"]
    assert sorted(measured) == sorted(QUANTITIES)


def test_a_second_run_redoes_nothing_and_says_so(hello: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in hello.glob("*/result.json")}
    done = malapert("run", "hello", "--out", hello)
    assert done.returncode == 0
    assert done.stderr.count(KEPT) == len(STAGES)
    assert {path: path.stat().st_mtime_ns for path in hello.glob("*/result.json")} == before


def test_a_changed_figure_redoes_what_depends_on_it(hello: Path) -> None:
    done = malapert("run", "hello", "--out", hello, "--set", "battery.pack.depth=0.7")
    assert done.returncode == 0
    assert done.stderr.count(KEPT) == 2, done.stderr  # the light and the flights know nothing of batteries
    assert malapert("run", "hello", "--out", hello).returncode == 0


def test_the_same_seed_gives_the_same_bytes(hello: Path, tmp_path: Path) -> None:
    assert malapert("run", "hello", "--out", tmp_path / "again").returncode == 0
    for path in sorted(path for path in hello.rglob("*") if path.is_file() and path.name != "timings.json"):
        assert path.read_bytes() == (tmp_path / "again" / path.relative_to(hello)).read_bytes(), path.name


def test_another_seed_gives_other_histories(hello: Path, tmp_path: Path) -> None:
    assert malapert("run", "hello", "--out", tmp_path / "other", "--set", "seed=2").returncode == 0
    mine, other = ((folder / "risk" / "result.json").read_bytes() for folder in (hello, tmp_path / "other"))
    assert mine != other


@pytest.mark.skipif(os.name != "posix", reason="kills a process by signal")
def test_a_killed_run_resumes_where_it_stood(hello: Path, tmp_path: Path) -> None:
    out = tmp_path / "killed"
    command = [sys.executable, "-m", "malapert.cli", "run", "hello", "--out", str(out)]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL) as process:
        deadline = time.monotonic() + 120.0
        while not (out / "light" / "result.json").is_file() and time.monotonic() < deadline:
            time.sleep(0.01)
        process.send_signal(signal.SIGKILL)
    done = malapert("run", "hello", "--out", out)
    assert done.returncode == 0, done.stderr
    assert f"Light: Sun, Earth and contacts over the site: {KEPT}" in done.stderr
    assert (out / "summary.json").read_bytes() == (hello / "summary.json").read_bytes()


def test_the_ilrs_at_reduced_span(tmp_path: Path) -> None:
    done = malapert("run", "ilrs-2035", "--out", tmp_path / "ilrs", *REDUCED)
    assert done.returncode == 2, done.stderr  # later flights lie outside the span, so it cannot close
    summary = json.loads((tmp_path / "ilrs" / "summary.json").read_text())
    assert summary["closes"] is False
    report = malapert("report", tmp_path / "ilrs", "--json")
    assert report.returncode == 2
    assert json.loads(report.stdout) == summary
    # What goes down is carried by some way and taken by some station, each byte once.
    lives = json.loads((tmp_path / "ilrs" / "operations" / "result.json").read_text())["result"]
    sent = lives["quantities"]["downlinked_gb"]
    assert sent > 100.0 and {way["way"] for way in lives["ways"]} >= {"direct", "queqiao_2"}
    assert sum(way["sent_gb"] for way in lives["ways"]) == pytest.approx(sent, rel=1e-9)
    assert sum(station["received_gb"] for station in lives["stations"]) == pytest.approx(sent, rel=1e-9)


def test_compare_and_fly(hello: Path, tmp_path: Path) -> None:
    assert malapert("run", "hello", "--out", tmp_path / "big", "--set", "solar_array.wing.power_kw=30").returncode == 0
    compared = malapert("compare", hello, tmp_path / "big", "--json")
    assert compared.returncode == 0
    assert any("generated" in row["figure"] for row in json.loads(compared.stdout))
    flown = malapert("fly", "first", "--programme", "hello", "--json")
    assert flown.returncode == 0
    burns = {burn["name"]: burn["delta_v_m_s"] for burn in json.loads(flown.stdout)["manoeuvres"]}
    assert 3000.0 < burns["injection"] < 3250.0
    assert set(burns) == {"injection", "correction", "insertion", "deorbit", "descent"}


NONSENSE = {
    "no such file": ("run", "nothing.toml"),
    "no such variant": ("run", "hello", "--variant", "x"),
    "set nothing": ("run", "hello", "--set", "x"),
    "unknown command": ("walk",),
    "no run folder": ("report", "."),
    "no place for a run": ("run", "hello", "--out", "/proc/nothing"),
    "no flight": ("fly", "ilrs_9"),
    "unknown option": ("run", "hello", "--outt", "x"),
    "epoch outside": ("run", "hello", "--set", "end=2100-01-01T00:00:00Z"),
    "wrong unit": ("run", "hello", "--set", "battery.pack.mass_t=1"),
    "unknown quantity": ("run", "hello", "--set", "requirement.camera.quantity='experiment_fulfilmen'"),
}


@pytest.mark.parametrize("case", NONSENSE)
def test_nonsense_is_one_clear_complaint_and_no_half_written_run(case: str, tmp_path: Path) -> None:
    done = malapert(*NONSENSE[case], cwd=tmp_path)
    assert done.returncode == 1, (done.stdout, done.stderr)
    assert done.stderr.strip() and "Traceback" not in done.stderr
    assert not list(tmp_path.iterdir())


def test_ten_megabytes_of_nonsense(tmp_path: Path) -> None:
    (tmp_path / "big.toml").write_bytes(os.urandom(10_000_000))
    done = malapert("run", "big.toml", cwd=tmp_path)
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1 and "big.toml" in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["big.toml"]


def test_check_schema_version_and_programmes(tmp_path: Path) -> None:
    assert json.loads(malapert("schema").stdout)["title"].startswith("Malapert programme")
    assert malapert("--version").stdout.startswith("malapert 0.")
    assert {row["name"] for row in json.loads(malapert("programmes", "--json").stdout)} == set(programme.shipped())
    assert malapert("check", "hello").returncode == 0
    bad = tmp_path / "bad.toml"
    bad.write_text("format = 1\n[batery.x]\nmass_kg = 1\n")
    done = malapert("check", bad)
    assert done.returncode == 1
    assert f"{bad}:2: batery: unknown key (did you mean 'battery'?)" in done.stderr


def test_help_answers_without_the_heavy_rooms() -> None:
    heavy = "{'numpy', 'numba', 'scipy', 'xarray', 'pydantic', 'plotly'}"
    code = f"import sys, malapert.cli; print(sorted({heavy} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
