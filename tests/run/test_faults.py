"""Real processes killed in mid-run: no finished history is lost, and what is taken up ends as an unbroken run does."""

import json
import os
import pickle
import signal
import subprocess
import sys
import time
from math import nan
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from malapert.errors import InputError
from malapert.logistics.departures import departures
from malapert.logistics.manifest import manifest
from malapert.logistics.plan import FlightOption
from malapert.programme import load
from malapert.risk.study import Study, prepare
from malapert.run.doubt import fill
from malapert.run.executor import made, reach
from malapert.run.parts import Parts

pytest.importorskip("distributed", reason="distributed is not installed")
HISTORIES, PART, DAY = 150, 5, 86400.0
# Makes the histories of a pickled study, slowly enough to be killed: STUDY FOLDER SCHEDULER.
CLIENT = f"""
import pickle, sys, time
from pathlib import Path
from malapert.errors import MalapertError
from malapert.run.doubt import fill
from malapert.run.parts import Parts

def slowly(stage, fraction, words):
    print(words, flush=True)
    time.sleep(0.04)

if __name__ == "__main__":
    study = pickle.loads(Path(sys.argv[1]).read_bytes())
    parts = Parts(Path(sys.argv[2]), {PART}, {{"study": "hello"}})
    parts.open(resume=True)
    try:
        fill(parts, study, {HISTORIES}, sys.argv[3], 2, slowly)
    except MalapertError as error:
        sys.exit(str(error))
"""


@pytest.fixture(scope="module")
def study() -> Study:
    programme = load("hello", sets=("end=2031-12-01T00:00:00Z",))
    programme = programme.model_copy(
        update={"battery": {k: v.model_copy(update={"failures_per_year": 2.0}) for k, v in programme.battery.items()}}
    )
    options = tuple(
        FlightOption(
            name, "cnsa", "surface", programme.station, "", d.depart_tdb_s, d.depart_tdb_s + 5 * DAY, nan, nan, 9000.0
        )
        for name, d in departures(programme).items()
    )
    start, end = (np.datetime64(at.replace(tzinfo=None), "h") for at in (programme.start, programme.end))
    time_h = np.arange(start, end)
    sun = np.clip(2.0 * np.cos(2 * np.pi * np.arange(len(time_h)) / 708.7) + 0.8, 0.0, 1.0)
    series = {"sun_fraction": sun, "earth_visible": np.ones(len(sun)), "link_mbit_s": np.ones(len(sun))}
    light = xr.Dataset({k: ("time", v) for k, v in series.items()}, coords={"time": time_h.astype("datetime64[ns]")})
    return prepare(programme, manifest(programme, options), options, light, 5)


@pytest.fixture(scope="module")
def unbroken(study: Study) -> dict[str, np.ndarray]:
    return study.rows(0, HISTORIES)


@pytest.fixture
def script(tmp_path: Path, study: Study) -> Path:
    (tmp_path / "study").write_bytes(pickle.dumps(study))
    (tmp_path / "client.py").write_text(CLIENT)
    return tmp_path


def client(script: Path, scheduler: str = "") -> subprocess.Popen[str]:
    command = [sys.executable, "client.py", "study", "set", scheduler]
    return subprocess.Popen(command, cwd=script, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def parts_of(script: Path) -> Parts:
    return Parts(script / "set", PART, {"study": "hello"})


def finished(script: Path) -> int:
    return len(list((script / "set").glob("part-*.parquet")))


def wait_for_parts(script: Path, count: int, process: subprocess.Popen[str]) -> None:
    end = time.monotonic() + 120.0
    while finished(script) < count and process.poll() is None and time.monotonic() < end:
        time.sleep(0.01)
    assert process.poll() is None, process.communicate()
    assert count <= finished(script) < HISTORIES // PART


def children(pid: int) -> list[int]:
    text = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    return [int(word) for word in text.split()]


def same(script: Path, unbroken: dict[str, np.ndarray]) -> None:
    found = parts_of(script).read(HISTORIES)
    assert set(found) == set(unbroken)
    for name, values in unbroken.items():
        assert found[name].tobytes() == values.tobytes(), name


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="finds worker processes in /proc")
def test_a_killed_worker_process_loses_nothing(script: Path, unbroken: dict[str, np.ndarray]) -> None:
    running = client(script)
    wait_for_parts(script, 2, running)
    os.kill(children(running.pid)[0], signal.SIGKILL)
    _, said = running.communicate(timeout=120)
    assert running.returncode == 0, said
    same(script, unbroken)


def test_a_killed_client_is_taken_up(script: Path, study: Study, unbroken: dict[str, np.ndarray]) -> None:
    running = client(script)
    wait_for_parts(script, 3, running)
    running.kill()
    running.communicate(timeout=30)
    before = finished(script)  # the pipes closed, so its workers have ended with it
    parts = parts_of(script)
    parts.open(resume=True)
    assert HISTORIES - fill(parts, study, HISTORIES, workers=1) == before * PART
    same(script, unbroken)


def test_a_killed_dask_worker_and_scheduler_lose_nothing(
    script: Path, study: Study, unbroken: dict[str, np.ndarray]
) -> None:
    file = script / "scheduler.json"
    dask = [sys.executable, "-m", "dask"]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": script}
    scheduler = subprocess.Popen(
        [*dask, "scheduler", "--port", "0", "--host", "127.0.0.1", "--no-dashboard", "--scheduler-file", str(file)],
        **quiet,
    )
    worker = [*dask, "worker", "--scheduler-file", str(file), "--nthreads", "1", "--no-nanny", "--no-dashboard"]
    workers: list[subprocess.Popen[bytes]] = []
    running = None
    try:
        end = time.monotonic() + 60.0
        while not file.is_file() and time.monotonic() < end:
            time.sleep(0.05)
        workers = [subprocess.Popen(worker, **quiet) for _ in range(2)]
        address = json.loads(file.read_text())["address"]
        running = client(script, address)
        wait_for_parts(script, 2, running)
        workers[0].kill()
        wait_for_parts(script, finished(script) + 3, running)  # the other goes on
        scheduler.kill()
        _, said = running.communicate(timeout=120)
        assert running.returncode == 1 and "scheduler went away" in said and "--resume" in said, said
    finally:
        for process in (scheduler, running, *workers):
            if process is not None:
                process.kill()
                process.wait()
    assert 5 <= finished(script) < HISTORIES // PART
    parts = parts_of(script)
    parts.open(resume=True)
    fill(parts, study, HISTORIES, workers=1)
    same(script, unbroken)


def test_results_do_not_depend_on_the_workers(tmp_path: Path, study: Study, unbroken: dict[str, np.ndarray]) -> None:
    for workers in (1, 2):
        parts = Parts(tmp_path / str(workers), PART, {"study": "hello"})
        parts.open(resume=False)
        fill(parts, study, 40, workers=workers)
        found = parts.read(40)
        assert all(found[name].tobytes() == values[:40].tobytes() for name, values in unbroken.items())


def test_a_scheduler_that_is_not_there_is_said_to_be_and_this_machine_offered() -> None:
    with pytest.raises(InputError, match=r"no scheduler answers there.*leave --scheduler out"):
        list(made(str, [1], "tcp://127.0.0.1:9"))
    with pytest.raises(InputError, match=r"is no address; write tcp://HOST:PORT, or leave --scheduler out"):
        reach("nonsense")
