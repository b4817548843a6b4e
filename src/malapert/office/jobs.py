"""Long runs: a durable queue (DBOS) over the office's own database; a job is a process that can be ended and resumed.

A job's row says how it stands. A server that is killed takes its jobs up again when it starts: DBOS finds the
workflow unfinished, and the run folder keeps every stage that was done.
"""

import json
import os
import selectors
import signal
import subprocess
import sys
import time
import uuid
from pathlib import Path
from typing import Any, TextIO

import sqlalchemy as sa
from dbos import DBOS, SetWorkflowID

from malapert.errors import InputError
from malapert.office import tables
from malapert.office.accounts import Account
from malapert.office.database import now, writing
from malapert.office.records import logged
from malapert.office.work import FAILED, RESULT
from malapert.run.store import write_text

QUEUE = "malapert"
# What a job's process says when it fails inside: for who keeps the office, beside its inputs.
SAID = "stderr.txt"
TICK_S = 0.5
DONE = ("done", "failed", "cancelled")
_running: list["Jobs"] = []


class Jobs:
    """The queue of one office; one at a time, for a run takes every core."""

    def __init__(self, engine: sa.Engine, folder: Path, serve: bool = True) -> None:
        self.engine, self.folder, self.serve = engine, folder, serve
        self.closing = False

    def start(self) -> None:
        """Take up what was left, and wait for more."""
        _running.append(self)
        url = self.engine.url.render_as_string(hide_password=False)
        DBOS(
            config={
                "name": "malapert", "system_database_url": url, "application_version": "1", "executor_id": "office",
                "log_level": "ERROR", "use_listen_notify": False,
            }
        )  # fmt: skip
        DBOS.launch()
        DBOS.register_queue(QUEUE, worker_concurrency=1, polling_interval_sec=TICK_S)

    def stop(self) -> None:
        """Stop working; what runs is taken up at the next start."""
        self.closing = True
        DBOS.destroy()
        _running.remove(self)

    def add(self, account: Account, kind: str, version_id: int, offer_version_id: int | None) -> str:
        """Queue a job: `run` a programme version, or `fit` an offer to it."""
        name = str(uuid.uuid4())
        row = {"kind": kind, "version_id": version_id, "offer_version_id": offer_version_id, "by": account.name}
        with writing(self.engine) as connection:
            begun = {"state": "queued", "progress": 0.0, "words": "waiting", "created": now(), "changed": now()}
            connection.execute(sa.insert(tables.job).values(id=name, **row, **begun))
            logged(connection, account, "queued", f"job {name}", kind)
        self._enqueue(name)
        return name

    def _enqueue(self, name: str) -> None:
        with SetWorkflowID(name):
            DBOS.enqueue_workflow(QUEUE, work, name)

    def cancel(self, account: Account, name: str) -> None:
        """End a job that waits or runs; its finished stages are kept for a resume."""
        self._change(account, name, ("queued", "running"), "cancelled", "ended by hand; it can be resumed")
        DBOS.cancel_workflow(name)

    def resume(self, account: Account, name: str) -> None:
        """Go on with a job that was cancelled or failed."""
        self._change(account, name, ("cancelled", "failed"), "queued", "waiting")
        if DBOS.get_workflow_status(name) is None:
            self._enqueue(name)
        else:
            DBOS.resume_workflow(name, queue_name=QUEUE)

    def _change(self, account: Account, name: str, from_states: tuple[str, ...], to: str, words: str) -> None:
        job = tables.job
        with writing(self.engine) as connection:
            changed = connection.execute(
                sa.update(job)
                .where(job.c.id == name, job.c.state.in_(from_states))
                .values(state=to, words=words, changed=now())
            )
            if changed.rowcount != 1:
                raise InputError(f"job {name} is not {' or '.join(from_states)}")
            logged(connection, account, to, f"job {name}", "")

    def state_of(self, name: str) -> str:
        """How a job stands."""
        with self.engine.connect() as connection:
            return str(connection.execute(sa.select(tables.job.c.state).where(tables.job.c.id == name)).scalar_one())

    def say(self, name: str, **values: object) -> None:
        """Write down how a job stands; one that was cancelled stays so."""
        job = tables.job
        with writing(self.engine) as connection:
            live = sa.update(job).where(job.c.id == name, job.c.state.in_(("queued", "running")))
            connection.execute(live.values(changed=now(), **values))

    def supervise(self, name: str) -> None:
        """Run one job's process to its end, passing on its progress, ending it when the job is cancelled."""
        with self.engine.connect() as connection:
            row = connection.execute(sa.select(tables.job).where(tables.job.c.id == name)).one()
            if row.state in DONE:
                return
            version = connection.execute(sa.select(tables.version).where(tables.version.c.id == row.version_id)).one()
            which = tables.offer_version.c.id == row.offer_version_id
            offer = connection.execute(sa.select(tables.offer_version).where(which)).first()
        place, run = self.folder / "jobs" / name, self.folder / "versions" / str(version.id)
        for folder in (place, run):
            folder.mkdir(parents=True, exist_ok=True)
        write_text(run / "declared.toml", version.toml)
        if offer is not None:
            write_text(place / "offer.toml", offer.toml)
        (place / FAILED).unlink(missing_ok=True)
        self.say(name, state="running", words="starting")
        with (place / SAID).open("w") as said:
            code = self._watched(name, [sys.executable, "-m", "malapert.office.work", str(place), str(run)], said)
        if code == 0:
            self._keep(name, row, json.loads((place / RESULT).read_text(encoding="utf-8")))
        elif self.state_of(name) != "cancelled":
            failed = place / FAILED
            words = failed.read_text(encoding="utf-8") if failed.is_file() else f"failed inside (exit code {code})"
            self.say(name, state="failed", words=words[:4000])

    def _watched(self, name: str, command: list[str], errors: TextIO) -> int:
        """The exit code; the process group is ended with the job, or with the server."""
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, start_new_session=True)
        assert process.stdout is not None
        os.set_blocking(process.stdout.fileno(), False)
        said, last = "", 0.0
        with selectors.DefaultSelector() as selector, process:
            selector.register(process.stdout, selectors.EVENT_READ)
            while process.poll() is None:
                if selector.select(TICK_S):
                    said += (process.stdout.read() or b"").decode("utf-8", "replace")
                lines, _, said = said.rpartition("\n")
                if lines and time.monotonic() - last > TICK_S:
                    self.say(name, **json.loads(lines.rsplit("\n", 1)[-1]))
                    last = time.monotonic()
                elif lines:
                    said = lines.rsplit("\n", 1)[-1] + "\n" + said
                    time.sleep(0.05)
                if self.closing or self.state_of(name) == "cancelled":
                    os.killpg(process.pid, signal.SIGKILL)
        if self.closing:
            raise SystemExit  # nothing is written: the workflow stays unfinished, and is taken up again
        return process.returncode

    def _keep(self, name: str, row: Any, result: dict[str, Any]) -> None:
        """A finished job's result, and its end, in one transaction."""
        with writing(self.engine) as connection:
            if row.kind == "fit":
                kept = {"fits": bool(result["fits"]), "verdict": result["verdict"], "answer": json.dumps(result)}
                ids = {"offer_version_id": row.offer_version_id, "version_id": row.version_id}
                connection.execute(sa.insert(tables.fit).values(**ids, **kept, created=now()))
            else:
                kept = {"summary": json.dumps(result["summary"]), "cards": json.dumps(result["cards"])}
                connection.execute(sa.insert(tables.finding).values(version_id=row.version_id, **kept, created=now()))
            end = {"state": "done", "progress": 1.0, "words": "done", "changed": now()}
            live = tables.job.c.state.in_(("queued", "running"))
            connection.execute(sa.update(tables.job).where(tables.job.c.id == name, live).values(**end))


@DBOS.step(name="malapert_supervise")
def supervise(name: str) -> None:
    """One job, from its row to its result; does nothing for one that is done."""
    _running[-1].supervise(name)


@DBOS.workflow(name="malapert_job")
def work(name: str) -> None:
    """What DBOS keeps of a job: its one step."""
    supervise(name)
