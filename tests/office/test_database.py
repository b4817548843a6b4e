"""Schemas and backups: every released schema comes up to the newest with nothing lost; a backup crosses databases."""

from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from malapert.errors import InputError
from malapert.office import accounts, tables
from malapert.office import database as room
from malapert.office.records import entries, logged

HERE = Path(room.__file__).parent / "migrations"
REVISIONS = [one.revision for one in ScriptDirectory(str(HERE)).walk_revisions()][::-1]
AWA = accounts.Account(1, "awa", "senegal", "partner")


@pytest.fixture(params=["sqlite", "postgresql"])
def empty(request: pytest.FixtureRequest, tmp_path: Path):
    if request.param == "sqlite":
        engine = room.connect(room.database_url(f"sqlite:///{tmp_path}/a.db"))
    else:
        engine = room.connect(room.database_url(request.getfixturevalue("fresh_postgres")()))
    yield engine
    engine.dispose()


def filled(engine: sa.Engine) -> dict[str, int]:
    """A row in every table, by what the tables themselves are at this revision."""
    now = sa.MetaData()
    now.reflect(engine, only=lambda name, _: name.startswith("office_") and name != "office_schema")
    with room.writing(engine) as connection:
        for table in now.sorted_tables:
            row = {}
            for column in table.c:
                if column.foreign_keys:
                    row[column.name] = 1
                elif column.name == "id" and not isinstance(column.type, sa.Integer):
                    row["id"] = "a"
                elif column.name != "id":
                    kind = column.type.python_type
                    row[column.name] = {bool: True, float: 0.5, int: 1}.get(kind, "words")
            connection.execute(sa.insert(table).values(**row))
    return {table.name: 1 for table in now.sorted_tables}


@pytest.mark.parametrize("revision", REVISIONS)
def test_every_released_schema_comes_up_with_nothing_lost(empty: sa.Engine, revision: str) -> None:
    room.migrate(empty, revision)
    counts = filled(empty)
    room.migrate(empty)
    assert room.schema(empty) == REVISIONS[-1]
    with empty.connect() as connection:
        for name, rows in counts.items():
            table = tables.metadata.tables[name]
            found = connection.execute(sa.select(table)).mappings().all()
            assert len(found) == rows
            text = [c.name for c in table.c if isinstance(c.type, sa.Text) and not c.foreign_keys]
            assert all(found[0][key] == "words" for key in text), name


def test_the_tables_are_those_the_migrations_make(empty: sa.Engine) -> None:
    room.migrate(empty)
    with empty.connect() as connection:
        ours = {
            "version_table": "office_schema",
            "include_name": lambda name, kind, _: kind != "table" or str(name).startswith("office_"),
        }
        differences = compare_metadata(MigrationContext.configure(connection, opts=ours), tables.metadata)
    real = [one for one in differences if one[0] in ("add_table", "remove_table", "add_column", "remove_column")]
    assert real == []


def test_a_backup_goes_into_the_other_kind_of_database(empty: sa.Engine, tmp_path: Path) -> None:
    room.migrate(empty)
    with room.writing(empty) as connection:
        accounts.add_account(connection, "awa", "senegal", "partner", "a long password")
        logged(connection, AWA, "saved", "offer 1", 'words with "quotes" and \n lines, Türkiye')
    counts = room.backup(empty, tmp_path / "all.zip")
    assert counts["office_account"] == counts["office_log"] == 1 and "office_session" not in counts
    with pytest.raises(InputError, match="there already"):
        room.backup(empty, tmp_path / "all.zip")
    other = room.connect(room.database_url(f"sqlite:///{tmp_path}/b.db"))
    assert room.restore(other, tmp_path / "all.zip") == counts
    with other.connect() as connection, empty.connect() as before:
        assert entries(connection) == entries(before)
    assert accounts.log_in(other, "awa", "a long password", "here")
    with room.writing(other) as connection:
        accounts.add_account(connection, "next", "", "reader", "a long password")  # the counting goes on after it
    with pytest.raises(InputError, match="holds accounts already"):
        room.restore(other, tmp_path / "all.zip")
    with pytest.raises(sa.exc.DBAPIError, match="written once"), room.writing(other) as connection:
        connection.execute(sa.delete(tables.log))
    other.dispose()


def test_from_sqlite_into_postgresql(fresh_postgres, tmp_path: Path) -> None:
    one = room.connect(room.database_url(f"sqlite:///{tmp_path}/a.db"))
    room.migrate(one)
    with room.writing(one) as connection:
        accounts.add_account(connection, "awa", "senegal", "partner", "a long password")
    counts = room.backup(one, tmp_path / "all.zip")
    other = room.connect(room.database_url(fresh_postgres()))
    assert room.restore(other, tmp_path / "all.zip") == counts
    with room.writing(other) as connection:
        assert accounts.add_account(connection, "next", "", "reader", "a long password") == 2
    for engine in (one, other):
        engine.dispose()


@pytest.mark.parametrize("content", [b"", b"PK nothing", b"{}"])
def test_what_is_no_backup_is_refused(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "x.zip").write_bytes(content)
    engine = room.connect(room.database_url(f"sqlite:///{tmp_path}/a.db"))
    with pytest.raises(InputError, match="no whole backup"):
        room.restore(engine, tmp_path / "x.zip")


def test_urls_that_cannot_be_used_say_what_can() -> None:
    for url in ("nonsense", "mysql://a/b", "oracle://x"):
        with pytest.raises(InputError, match="sqlite:///"):
            room.database_url(url)
    with pytest.raises(InputError, match="cannot be reached"):
        room.migrate(room.connect(room.database_url("postgresql://nobody@127.0.0.1:1/x")))
