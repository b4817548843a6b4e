"""Commands on the programme office: serve it, make accounts, back it up, restore it."""

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from malapert.errors import InputError

DatabaseOption = Annotated[
    str, typer.Option(help="sqlite:///FILE or postgresql://USER:PASSWORD@HOST/NAME.", envvar="MALAPERT_DATABASE")
]
DATABASE = "sqlite:///office.db"
office = typer.Typer(help="Accounts, backup and restore of a programme office.", no_args_is_help=True)


def serve(
    database: DatabaseOption = DATABASE,
    folder: Annotated[Path, typer.Option(help="Where runs are kept.")] = Path("office"),
    programme: Annotated[str, typer.Option(help="Programme an empty office begins with.")] = "ilrs-2035",
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on.")] = 8000,
    https: Annotated[bool, typer.Option("--https", help="Behind HTTPS: cookies go nowhere else.")] = False,
) -> None:
    """Serve the programme office: pages and a JSON interface over one database."""
    uvicorn = _needed("uvicorn")
    from malapert.office import create_app

    app = create_app(database, folder, programme, secure=https)
    print(
        f"Malapert office on http://{host}:{port} (make the first account with `malapert office account`)", flush=True
    )
    uvicorn.run(app, host=host, port=port, log_level="warning", proxy_headers=https)


@office.command()
def account(
    name: Annotated[str, typer.Argument(help="Name to sign in with.")],
    role: Annotated[str, typer.Option(help="reader, partner or office.")] = "reader",
    partner: Annotated[str, typer.Option(help="The partner it belongs to.")] = "",
    database: DatabaseOption = DATABASE,
) -> None:
    """Make an account; the password is asked for, or read from standard input."""
    engine = _engine(database)
    from malapert.office import accounts
    from malapert.office.database import writing
    from malapert.office.records import logged

    asked = typer.prompt("Password", hide_input=True, confirmation_prompt=True) if sys.stdin.isatty() else input()
    with writing(engine) as connection:
        number = accounts.add_account(connection, name, partner, role, asked)
        by = accounts.Account(0, "command line", "", "office")
        logged(connection, by, "made", f"account {name}", f"{role} {partner}".strip())
    print(f"account {name} ({role}) made, number {number}")


@office.command()
def backup(
    file: Annotated[Path, typer.Argument(help="The zip to write.")], database: DatabaseOption = DATABASE
) -> None:
    """Write everything that lasts into one file, while the office runs or not."""
    engine = _engine(database)
    from malapert.office.database import backup as write

    _say(write(engine, file), f"written: {file}")


@office.command()
def restore(file: Annotated[Path, typer.Argument(help="A backup.")], database: DatabaseOption = DATABASE) -> None:
    """Read a backup into an empty database, of either kind, and bring it to the newest schema."""
    engine = _engine(database, migrated=False)
    from malapert.office.database import restore as read

    _say(read(engine, file), f"restored: {file}")


def _engine(database: str, migrated: bool = True) -> Any:
    _needed("sqlalchemy")
    from malapert.office.database import connect, database_url, migrate

    engine = connect(database_url(database))
    if migrated:
        migrate(engine)
    return engine


def _say(counts: dict[str, int], words: str) -> None:
    for table, rows in counts.items():
        print(f"{table.removeprefix('office_').replace('_', ' '):<16}{rows:>8}")
    print(words)


def _needed(module: str) -> Any:
    """A library of the office's extra; InputError says how to install it."""
    from importlib import import_module

    try:
        return import_module(module)
    except ImportError:
        raise InputError(f'{module} is not installed; the office needs: pip install "malapert[office]"') from None
