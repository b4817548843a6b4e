"""An office over SQLite and over PostgreSQL; a client for each role; one small programme."""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("fastapi", reason="the office's extra is not installed")
import httpx
from fastapi.testclient import TestClient

from malapert.office import create_app
from malapert.office.accounts import add_account
from malapert.office.database import connect, database_url, migrate, writing

COMMAND = [sys.executable, "-m", "malapert.cli"]
PASSWORD = "correct horse battery"
PROGRAMME = """
format = 1
name = "camp"
title = "A camp for tests"
start = 2031-01-01T00:00:00Z
end = 2031-04-01T00:00:00Z
station = "ridge"
histories = 100
site.ridge.like = "connecting_ridge"
ground_station.kashi.like = "kashi"
solar_array.wing.like = "wing_20kw"
battery.pack.like = "li_ion_100kwh"
partner.senegal = {}
partner.egsa = {}
experiment.camera = { partner = "sansa", mass_kg = 60, load_kw = 0.1, keep_alive_kw = 0.02, data_mbit_s = 1 }
entitlement.cnsa = { partner = "cnsa" }
[flight.first]
launcher = "lm10"
spacecraft = "cargo_lander_27t"
depart = 2031-01-10T00:00:00Z
[requirement.power]
quantity = "vital_unserved_kwh"
at_most = 1
"""
LIDAR = """
format = 1
[offer]
name = "lidar"
title = "Dust lidar"
partner = "senegal"
rule = "agreement"
share = 0.05
[experiment.lidar]
mass_kg = 60
load_kw = 0.1
keep_alive_kw = 0.02
data_mbit_s = 0.1
wanted_h = 1000
"""
PEOPLE = {"chief": ("office", ""), "awa": ("partner", "senegal"), "omar": ("partner", "egsa"), "rita": ("reader", "")}


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """A PostgreSQL server of our own, on a socket and a port nobody else has; its URL without a database."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    at = found[0] if found else Path(shutil.which("initdb") or "/nowhere").parent
    if not (at / "initdb").is_file():
        pytest.skip("no PostgreSQL server on this machine; Debian's package is called postgresql")
    # Not among pytest's own folders: those are closed to the user the server runs as.
    with tempfile.TemporaryDirectory(prefix="malapert-postgres-", ignore_cleanup_errors=True) as folder:
        yield from served(at, Path(folder))


def served(at: Path, place: Path) -> Iterator[str]:
    """The server in a folder, until it is not needed any more."""
    who: dict[str, Any] = {}
    if os.getuid() == 0:  # the server refuses to run as root
        try:
            entry = pwd.getpwnam("postgres")
        except KeyError:
            entry = pwd.getpwnam("nobody")
        os.chown(place, entry.pw_uid, entry.pw_gid)
        who = {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}
    quiet: dict[str, Any] = {"check": True, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": "/"}
    subprocess.run([at / "initdb", "-D", place / "data", "-U", "office", "-A", "trust", "-N"], **quiet, **who)
    command = [
        at / "postgres",
        "-D",
        place / "data",
        "-k",
        place,
        "-c",
        "listen_addresses=",
        "-c",
        "shared_buffers=32MB",
    ]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/", **who) as server:
        until = time.monotonic() + 60.0
        url = f"postgresql+psycopg://office@/{{name}}?host={place}"
        while not answers(url) and server.poll() is None and time.monotonic() < until:
            time.sleep(0.1)
        yield url
        server.send_signal(signal.SIGQUIT)


def answers(url: str) -> bool:
    """Whether the server takes connections yet."""
    import sqlalchemy as sa

    try:
        with sa.create_engine(url.format(name="postgres")).connect():
            return True
    except sa.exc.OperationalError:
        return False


def new_database(url: str) -> str:
    """A fresh database on the server."""
    import sqlalchemy as sa

    name = f"office_{uuid.uuid4().hex[:12]}"
    with sa.create_engine(url.format(name="postgres"), isolation_level="AUTOCOMMIT").connect() as connection:
        connection.execute(sa.text(f"CREATE DATABASE {name}"))
    return url.format(name=name)


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    """An empty database of each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path_factory.mktemp('office')}/office.db"
    return new_database(request.getfixturevalue("postgres"))


class Office:
    """A served office and its people; tests reach what they share through it."""

    lidar, password, people = LIDAR, PASSWORD, PEOPLE

    def __init__(self, app: Any, programme: Path) -> None:
        self.app, self.programme = app, programme

    @property
    def anonymous(self) -> TestClient:
        """Somebody who has shown nothing yet."""
        return TestClient(self.app, follow_redirects=False)

    def client(self, name: str) -> TestClient:
        client = TestClient(self.app, follow_redirects=False)
        answer = client.post("/login", data={"name": name, "password": PASSWORD})
        assert answer.status_code == 303, answer.text
        text = client.get("/account").text
        client.headers["x-csrf-token"] = text.split('name="csrf" value="')[1].split('"')[0]
        return client


def open_office(database: str, folder: Path) -> Iterator[Office]:
    file = folder / "camp.toml"
    file.write_text(PROGRAMME, encoding="utf-8")
    app = create_app(database, folder / "runs", str(file))
    with writing(app.state.engine) as connection:
        for name, (role, partner) in PEOPLE.items():
            add_account(connection, name, partner, role, PASSWORD)
    with TestClient(app):
        yield Office(app, file)


@pytest.fixture(scope="session")
def office(database: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """The office over each database, with its first run queued."""
    yield from open_office(database, tmp_path_factory.mktemp("runs"))


@pytest.fixture
def fresh_postgres(postgres: str) -> Any:
    """A function that makes a fresh PostgreSQL database and gives its URL."""
    return lambda: new_database(postgres)


@pytest.fixture(scope="session")
def lidar() -> str:
    """An offer that fits."""
    return LIDAR


class Served:
    """`malapert serve` as a process of its own, over SQLite, that can be killed and started again."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.database = folder, f"sqlite:///{folder}/office.db"
        self.file = folder / "camp.toml"
        self.file.write_text(PROGRAMME, encoding="utf-8")
        engine = connect(database_url(self.database))
        migrate(engine)
        with writing(engine) as connection:
            for name, (role, partner) in PEOPLE.items():
                add_account(connection, name, partner, role, PASSWORD)
        engine.dispose()
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = int(free.getsockname()[1])
        self.url = f"http://127.0.0.1:{self.port}"
        self.process: subprocess.Popen[str] | None = None

    def start(self) -> None:
        words = ["serve", "--database", self.database, "--folder", str(self.folder / "runs"), "--port", str(self.port)]
        with (self.folder / "serve.log").open("a") as log:
            command = [*COMMAND, *words, "--programme", str(self.file)]
            self.process = subprocess.Popen(command, stdout=log, stderr=log, text=True, start_new_session=True)
        until = time.monotonic() + 90.0
        while time.monotonic() < until and self.process.poll() is None:
            try:
                if httpx.get(f"{self.url}/health", timeout=5.0).text == "ok":
                    return
            except httpx.TransportError:
                time.sleep(0.1)
        raise AssertionError((self.folder / "serve.log").read_text())

    def end(self, how: int = signal.SIGTERM) -> None:
        assert self.process is not None
        self.process.send_signal(how)
        self.process.wait(30)

    def client(self, name: str) -> httpx.Client:
        client = httpx.Client(base_url=self.url, timeout=60.0)
        assert client.post("/login", data={"name": name, "password": PASSWORD}).status_code == 303
        text = client.get("/account").text
        client.headers["x-csrf-token"] = text.split('name="csrf" value="')[1].split('"')[0]
        return client

    def job_until(self, client: httpx.Client, name: str, states: tuple[str, ...], seconds: float = 240.0) -> Any:
        until = time.monotonic() + seconds
        while (row := client.get(f"/api/jobs/{name}").json())["state"] not in states:
            assert time.monotonic() < until, row
            time.sleep(0.2)
        return row


@pytest.fixture(scope="session")
def served_office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """One served office for the tests that need a real process."""
    office = Served(tmp_path_factory.mktemp("served"))
    office.start()
    yield office
    office.end()


@pytest.fixture
def new_served(tmp_path: Path) -> Iterator[Served]:
    """A served office that a test starts and kills itself."""
    office = Served(tmp_path)
    yield office
    office.end()


@pytest.fixture(scope="session")
def office_password() -> str:
    """Everybody's password in the tests."""
    return PASSWORD
