"""Who is asking: accounts with argon2 passwords, sessions and tokens kept as hashes, log-ins limited by rate."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from malapert.errors import InputError
from malapert.office import tables
from malapert.office.database import now, writing

ROLES = ("reader", "partner", "office")
SESSION_H = 12
LEAST_PASSWORD = 12
# Log-ins that may fail in a quarter of an hour, for one name and from one address.
WINDOW_MIN, MOST_BY_NAME, MOST_BY_ADDRESS = 15, 5, 30
_hasher = PasswordHasher()
# Verified when there is no such account, so that the answer takes as long.
_NOBODY = _hasher.hash(secrets.token_hex(16))


@dataclass(frozen=True)
class Account:
    """Who is signed in; `csrf` is empty when a token and no session was shown."""

    id: int
    name: str
    partner: str
    role: str
    csrf: str = ""


class TooManyAttemptsError(InputError):
    """Log-in is refused for a while."""


def sha256(text: str) -> str:
    """What is kept of a session or token; both are random, so a plain hash is enough."""
    return hashlib.sha256(text.encode()).hexdigest()


def add_account(connection: sa.Connection, name: str, partner: str, role: str, password: str) -> int:
    """A new account; InputError when the name is taken, the role unknown or the password short."""
    if role not in ROLES:
        raise InputError(f"role {role!r}: one of {', '.join(ROLES)}")
    if not 1 <= len(name) <= 80 or not name.isprintable():
        raise InputError("the name must have 1 to 80 printable characters")
    if role == "partner" and not partner:
        raise InputError("an account with role partner belongs to a partner; name it")
    if len(password) < LEAST_PASSWORD or len(password) > 200:
        raise InputError(f"the password must have {LEAST_PASSWORD} to 200 characters")
    taken = sa.select(tables.account.c.id).where(tables.account.c.name == name)
    if connection.execute(taken).first():
        raise InputError(f"account {name!r} is there already; choose another name")
    row = {"name": name, "partner": partner, "role": role, "password_hash": _hasher.hash(password)}
    made = connection.execute(sa.insert(tables.account).values(**row, created=now(), enabled=True))
    return int(made.inserted_primary_key[0])  # type: ignore[index]


def log_in(engine: sa.Engine, name: str, password: str, address: str) -> str:
    """A session's token for a right name and password; InputError otherwise, the same for both."""
    with writing(engine) as connection:
        _limit(connection, name, address)
        row = connection.execute(
            sa.select(tables.account).where(tables.account.c.name == name, tables.account.c.enabled)
        ).first()
    right = _verified(row.password_hash if row else _NOBODY, password) and row is not None
    with writing(engine) as connection:
        if not right or row is None:
            connection.execute(sa.insert(tables.attempt).values(name=name[:80], address=address, at=now()))
        else:
            token = secrets.token_urlsafe(32)
            expires = (datetime.now(UTC) + timedelta(hours=SESSION_H)).isoformat(timespec="seconds")
            kept = {"token_sha256": sha256(token), "account_id": row.id, "csrf": secrets.token_urlsafe(24)}
            connection.execute(sa.insert(tables.session).values(**kept, expires=expires))
            connection.execute(sa.delete(tables.attempt).where(tables.attempt.c.name == name))
            return token
    raise InputError("name or password is wrong")


def _verified(kept: str, password: str) -> bool:
    try:
        return _hasher.verify(kept, password)
    except (VerificationError, InvalidHashError):
        return False


def _limit(connection: sa.Connection, name: str, address: str) -> None:
    since = (datetime.now(UTC) - timedelta(minutes=WINDOW_MIN)).isoformat(timespec="milliseconds")
    connection.execute(sa.delete(tables.attempt).where(tables.attempt.c.at < since))
    for column, value, most in (
        (tables.attempt.c.name, name[:80], MOST_BY_NAME), (tables.attempt.c.address, address, MOST_BY_ADDRESS),
    ):  # fmt: skip
        count = connection.execute(sa.select(sa.func.count()).where(column == value)).scalar_one()
        if count >= most:
            raise TooManyAttemptsError(f"too many log-ins failed; wait {WINDOW_MIN} minutes")


def log_out(connection: sa.Connection, token: str) -> None:
    """End a session."""
    connection.execute(sa.delete(tables.session).where(tables.session.c.token_sha256 == sha256(token)))


def by_session(connection: sa.Connection, token: str) -> Account | None:
    """Whose session this is, while it lasts."""
    account, session = tables.account, tables.session
    row = connection.execute(
        sa.select(account, session.c.csrf)
        .join(session, session.c.account_id == account.c.id)
        .where(session.c.token_sha256 == sha256(token), session.c.expires > _utc(), account.c.enabled)
    ).first()
    return Account(row.id, row.name, row.partner, row.role, row.csrf) if row else None


def _utc() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def make_token(connection: sa.Connection, account: Account, label: str) -> str:
    """A token for the JSON interface; shown once."""
    secret = secrets.token_urlsafe(32)
    row = {"token_sha256": sha256(secret), "account_id": account.id, "label": label[:80], "created": now()}
    connection.execute(sa.insert(tables.token).values(**row, enabled=True))
    return secret


def by_token(connection: sa.Connection, secret: str) -> Account | None:
    """Whose token this is."""
    account, token = tables.account, tables.token
    row = connection.execute(
        sa.select(account)
        .join(token, token.c.account_id == account.c.id)
        .where(token.c.token_sha256 == sha256(secret), token.c.enabled, account.c.enabled)
    ).first()
    return Account(row.id, row.name, row.partner, row.role) if row else None
