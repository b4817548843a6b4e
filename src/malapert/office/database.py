"""The database: SQLite or PostgreSQL by its URL, brought to the newest schema; backup and restore between the two."""

import json
import zipfile
from contextlib import AbstractContextManager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext

from malapert.errors import InputError
from malapert.office import tables

FORMAT = "malapert office backup 1"
# Sessions and attempts are of the moment and stay out of backups: nobody is signed in by a restore.
_PASSING = ("office_session", "office_attempt")


def now() -> str:
    """This moment, UTC, RFC 3339."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def database_url(text: str) -> sa.URL:
    """The URL of a database that can be used; InputError says what can."""
    try:
        url = sa.make_url(text)
    except sa.exc.ArgumentError:
        raise InputError(f"--database {text}: not a URL; write sqlite:///office.db or postgresql://...") from None
    if url.drivername in ("postgresql", "postgres"):
        url = url.set(drivername="postgresql+psycopg")
    if url.drivername not in ("sqlite", "postgresql+psycopg"):
        raise InputError(f"--database {url.drivername}: SQLite or PostgreSQL; write sqlite:///... or postgresql://...")
    return url


def connect(url: sa.URL) -> sa.Engine:
    """An engine whose writes are durable and whose readers do not wait for writers."""
    engine = sa.create_engine(url, pool_pre_ping=url.get_backend_name() == "postgresql")
    if engine.dialect.name == "sqlite":

        @sa.event.listens_for(engine, "connect")
        def _pragmas(connection: Any, record: Any) -> None:
            connection.isolation_level = None  # the transactions below are ours, not the driver's
            connection.execute("PRAGMA busy_timeout = 30000")
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute("PRAGMA foreign_keys = ON")

        @sa.event.listens_for(engine, "begin")
        def _begin(connection: sa.Connection) -> None:
            writes = connection.get_execution_options().get("writes")
            connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def writing(engine: sa.Engine) -> AbstractContextManager[sa.Connection]:
    """A transaction that writes: in SQLite it waits for its turn before it reads, so that what it read still holds."""
    return engine.execution_options(writes=True).begin()


def _alembic(connection: sa.Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["connection"] = connection
    return config


def migrate(engine: sa.Engine, to: str = "head") -> None:
    """Bring the schema to a revision, the newest when none is named; InputError when there is no such database."""
    try:
        with writing(engine) as connection:
            command.upgrade(_alembic(connection), to)
    except sa.exc.OperationalError as error:
        where = engine.url.render_as_string(hide_password=True)
        raise InputError(f"--database {where}: cannot be reached ({str(error.orig).strip().splitlines()[0]})") from None


def schema(engine: sa.Engine) -> str:
    """The revision the database is at; empty when it has none."""
    with engine.connect() as connection:
        found = MigrationContext.configure(connection, opts={"version_table": "office_schema"})
        return found.get_current_revision() or ""


def backup(engine: sa.Engine, file: Path) -> dict[str, int]:
    """Everything that lasts, in one zip of JSON lines, as of one moment; rows by table."""
    if file.exists():
        raise InputError(f"{file}: is there already; name a new file")
    partial = file.with_name(f".{file.name}.partial")
    counts: dict[str, int] = {}
    postgres = engine.dialect.name == "postgresql"
    steady = engine.execution_options(isolation_level="REPEATABLE READ") if postgres else engine
    with steady.connect() as connection, zipfile.ZipFile(partial, "w", zipfile.ZIP_DEFLATED) as archive:
        for table in tables.metadata.sorted_tables:
            if table.name not in _PASSING:
                rows = [dict(row) for row in connection.execute(sa.select(table)).mappings()]
                counts[table.name] = len(rows)
                archive.writestr(f"{table.name}.jsonl", "".join(json.dumps(row) + "\n" for row in rows))
        about = {"format": FORMAT, "schema": schema(engine), "made": now(), "rows": counts}
        archive.writestr("about.json", json.dumps(about))
    partial.replace(file)
    return counts


def restore(engine: sa.Engine, file: Path) -> dict[str, int]:
    """A backup into an empty database, whole or not at all; rows by table."""
    about, rows = _read_backup(file)
    migrate(engine, about["schema"])
    with writing(engine) as connection:
        if connection.execute(sa.select(sa.func.count()).select_from(tables.account)).scalar_one():
            raise InputError("the database holds accounts already; restore into an empty one")
        for table in tables.metadata.sorted_tables:
            if rows.get(table.name):
                connection.execute(sa.insert(table), rows[table.name])
            if engine.dialect.name == "postgresql" and "id" in table.c and isinstance(table.c.id.type, sa.Integer):
                last = sa.select(sa.func.max(table.c.id)).scalar_subquery()
                sequence = sa.func.pg_get_serial_sequence(table.name, "id")
                connection.execute(sa.select(sa.func.setval(sequence, sa.func.coalesce(last, 0) + 1, False)))
    migrate(engine)
    return {name: len(found) for name, found in rows.items()}


def _read_backup(file: Path) -> tuple[dict[str, Any], dict[str, list[dict[str, Any]]]]:
    known = {table.name for table in tables.metadata.sorted_tables}
    with suppress(OSError, zipfile.BadZipFile, KeyError, ValueError, TypeError), zipfile.ZipFile(file) as archive:
        about = json.loads(archive.read("about.json"))
        if about["format"] == FORMAT:
            rows = {
                name: [json.loads(line) for line in archive.read(f"{name}.jsonl").splitlines()]
                for name in about["rows"]
                if name in known
            }
            if all(len(rows[name]) == about["rows"][name] for name in rows):
                return about, rows
    raise InputError(f"{file}: is no whole backup of an office; `malapert office backup` makes one")
