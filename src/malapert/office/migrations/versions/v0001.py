"""The first schema: accounts, offers and their versions, decisions, fits, programme versions, jobs, the log."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

ONCE = ("office_offer_version", "office_decision", "office_version", "office_log")


def _text(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.Text, nullable=False) for name in names]


def _id() -> sa.Column[int]:
    return sa.Column("id", sa.Integer, primary_key=True, autoincrement=True)


def _to(name: str, table: str, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.Integer, sa.ForeignKey(f"office_{table}.id"), nullable=nullable)


def upgrade() -> None:
    """Make every table, and the triggers that keep what is written once."""
    op.create_table(
        "office_account", _id(), *_text("name", "partner", "role", "password_hash", "created"),
        sa.Column("enabled", sa.Boolean, nullable=False), sa.UniqueConstraint("name"),
    )  # fmt: skip
    op.create_table(
        "office_session", _id(), _to("account_id", "account"), *_text("token_sha256", "csrf", "expires"),
        sa.UniqueConstraint("token_sha256"),
    )  # fmt: skip
    op.create_table(
        "office_token", _id(), _to("account_id", "account"), *_text("token_sha256", "label", "created"),
        sa.Column("enabled", sa.Boolean, nullable=False), sa.UniqueConstraint("token_sha256"),
    )  # fmt: skip
    op.create_table("office_attempt", _id(), *_text("name", "address", "at"))
    op.create_table(
        "office_offer", _id(), *_text("name", "partner", "title", "state", "created"),
        sa.UniqueConstraint("partner", "name"),
    )  # fmt: skip
    op.create_table(
        "office_offer_version", _id(), _to("offer_id", "offer"), sa.Column("number", sa.Integer, nullable=False),
        *_text("toml", "by", "created"), sa.UniqueConstraint("offer_id", "number"),
    )  # fmt: skip
    op.create_table(
        "office_decision", _id(), _to("offer_version_id", "offer_version"), *_text("action", "reason", "by", "at")
    )
    op.create_table(
        "office_version", _id(), _to("offer_version_id", "offer_version", nullable=True),
        *_text("toml", "note", "by", "created"),
    )  # fmt: skip
    op.create_table(
        "office_fit", _id(), _to("offer_version_id", "offer_version"), _to("version_id", "version"),
        sa.Column("fits", sa.Boolean, nullable=False), *_text("verdict", "answer", "created"),
    )  # fmt: skip
    op.create_table("office_finding", _id(), _to("version_id", "version"), *_text("summary", "cards", "created"))
    op.create_table(
        "office_job", sa.Column("id", sa.String(64), primary_key=True), _to("version_id", "version"),
        _to("offer_version_id", "offer_version", nullable=True), sa.Column("progress", sa.Float, nullable=False),
        *_text("kind", "state", "words", "by", "created", "changed"),
    )  # fmt: skip
    op.create_table("office_log", _id(), *_text("at", "by", "partner", "what", "subject", "detail"))
    op.create_index("office_attempt_at", "office_attempt", ["at"])
    for statement in _written_once(op.get_bind().dialect.name):
        op.execute(statement)


def _written_once(dialect: str) -> list[str]:
    """Triggers that refuse to change or remove a row."""
    if dialect == "sqlite":
        return [
            f"CREATE TRIGGER {table}_{verb.lower()} BEFORE {verb} ON {table} "
            f"BEGIN SELECT RAISE(ABORT, '{table} is written once'); END"
            for table in ONCE
            for verb in ("UPDATE", "DELETE")
        ]
    refuse = (
        "CREATE FUNCTION office_written_once() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION '% is written once', TG_TABLE_NAME; END $$"
    )
    return [refuse] + [
        f"CREATE TRIGGER {table}_once BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
        "FOR EACH STATEMENT EXECUTE FUNCTION office_written_once()"
        for table in ONCE
    ]
