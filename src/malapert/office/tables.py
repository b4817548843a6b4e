"""The office's tables. What is written once is never changed: the database itself refuses (see the migrations)."""

from typing import Any

import sqlalchemy as sa

metadata = sa.MetaData()


def _table(name: str, *columns: sa.Column[Any]) -> sa.Table:
    return sa.Table(f"office_{name}", metadata, *columns)


def _id() -> sa.Column[int]:
    return sa.Column("id", sa.Integer, primary_key=True, autoincrement=True)


def _to(name: str, table: str, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.Integer, sa.ForeignKey(f"office_{table}.id"), nullable=nullable)


def _text(name: str, **more: Any) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=False, **more)


# Epochs are RFC 3339 in UTC, as text: the same bytes in both databases.
account = _table(
    "account", _id(), _text("name", unique=True), _text("partner"), _text("role"), _text("password_hash"),
    _text("created"), sa.Column("enabled", sa.Boolean, nullable=False),
)  # fmt: skip
session = _table(
    "session", _id(), _text("token_sha256", unique=True), _to("account_id", "account"), _text("csrf"), _text("expires"),
)  # fmt: skip
token = _table(
    "token", _id(), _text("token_sha256", unique=True), _to("account_id", "account"), _text("label"), _text("created"),
    sa.Column("enabled", sa.Boolean, nullable=False),
)  # fmt: skip
attempt = _table("attempt", _id(), _text("name"), _text("address"), _text("at"))
offer = _table("offer", _id(), _text("name"), _text("partner"), _text("title"), _text("state"), _text("created"))
offer_version = _table(
    "offer_version", _id(), _to("offer_id", "offer"), sa.Column("number", sa.Integer, nullable=False), _text("toml"),
    _text("by"), _text("created"),
)  # fmt: skip
decision = _table(
    "decision", _id(), _to("offer_version_id", "offer_version"), _text("action"), _text("reason"), _text("by"),
    _text("at"),
)  # fmt: skip
version = _table(
    "version", _id(), _text("toml"), _text("note"), _to("offer_version_id", "offer_version", nullable=True),
    _text("by"), _text("created"),
)  # fmt: skip
fit = _table(
    "fit", _id(), _to("offer_version_id", "offer_version"), _to("version_id", "version"),
    sa.Column("fits", sa.Boolean, nullable=False), _text("verdict"), _text("answer"), _text("created"),
)  # fmt: skip
finding = _table("finding", _id(), _to("version_id", "version"), _text("summary"), _text("cards"), _text("created"))
job = _table(
    "job", sa.Column("id", sa.String(64), primary_key=True), _text("kind"), _to("version_id", "version"),
    _to("offer_version_id", "offer_version", nullable=True), _text("state"),
    sa.Column("progress", sa.Float, nullable=False), _text("words"), _text("by"), _text("created"), _text("changed"),
)  # fmt: skip
log = _table("log", _id(), _text("at"), _text("by"), _text("partner"), _text("what"), _text("subject"), _text("detail"))

# Rows of these are written once: no update, no delete, by anybody.
APPEND_ONLY = ("office_offer_version", "office_decision", "office_version", "office_log")
