"""The log: who did what to what, and when; rows are added and never changed."""

import sqlalchemy as sa

from malapert.office import tables
from malapert.office.accounts import Account
from malapert.office.database import now


def logged(connection: sa.Connection, account: Account, what: str, subject: str, detail: str) -> None:
    """One line of the log, in the same transaction as what it tells of."""
    row = {"at": now(), "by": account.name, "partner": account.partner, "what": what, "subject": subject}
    connection.execute(sa.insert(tables.log).values(**row, detail=detail[:4000]))


def entries(connection: sa.Connection, most: int = 200) -> list[dict[str, object]]:
    """The latest lines, newest first."""
    rows = connection.execute(sa.select(tables.log).order_by(tables.log.c.id.desc()).limit(most)).mappings()
    return [dict(row) for row in rows]
