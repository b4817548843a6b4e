"""What pages and the JSON interface both show: the programme as it stands, its figures, runs held together."""

import json
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from fastapi import FastAPI, Request

from malapert.office import tables
from malapert.office.accounts import Account
from malapert.office.offers import NotYoursError, latest_version
from malapert.programme.merge import catalogue
from malapert.report.summaries import compared


def engine_of(request: Request) -> sa.Engine:
    """The office's engine."""
    engine: sa.Engine = request.app.state.engine
    return engine


def account_of(request: Request) -> Account:
    """Who is signed in; the guard has let them through."""
    account: Account = request.state.account
    return account


def versions(connection: sa.Connection) -> list[dict[str, Any]]:
    """Every programme version without its text, newest first, and whether its run is finished."""
    version, finding = tables.version, tables.finding
    ran = sa.select(sa.func.max(finding.c.id)).where(finding.c.version_id == version.c.id).scalar_subquery()
    columns = (version.c.id, version.c.note, version.c.by, version.c.created, ran.label("finding_id"))
    return [dict(row) for row in connection.execute(sa.select(*columns).order_by(version.c.id.desc())).mappings()]


def finding(connection: sa.Connection, version_id: int) -> dict[str, Any] | None:
    """What a version's run found: summary and first screen; None while it has not finished."""
    found = tables.finding
    row = connection.execute(
        sa.select(found.c.id).where(found.c.version_id == version_id).order_by(found.c.id.desc()).limit(1)
    ).first()
    return _read(connection, row.id) if row else None


_kept: dict[tuple[str, int], dict[str, Any]] = {}


def _read(connection: sa.Connection, finding_id: int) -> dict[str, Any]:
    """A finding is never changed, so it is read once."""
    key = (str(connection.engine.url), finding_id)
    if key not in _kept:
        found = tables.finding
        row = connection.execute(sa.select(found).where(found.c.id == finding_id)).one()
        if len(_kept) > 16:
            _kept.clear()
        _kept[key] = {"summary": json.loads(row.summary), "cards": json.loads(row.cards), "created": row.created}
    return _kept[key]


def standing(connection: sa.Connection) -> tuple[dict[str, Any], dict[str, Any] | None, dict[str, Any] | None]:
    """The newest version, what its run found (or the newest finished run's before it), and which version that is."""
    newest = latest_version(connection)
    for version in versions(connection):
        if version["finding_id"]:
            return newest, _read(connection, version["finding_id"]), version
    return newest, None, None


def held_together(connection: sa.Connection, one: int, other: int) -> list[dict[str, Any]]:
    """Two versions figure by figure; NotYoursError when one of them has no finished run."""
    found = [finding(connection, which) for which in (one, other)]
    missing = [str(which) for which, what in zip((one, other), found, strict=True) if what is None]
    if missing:
        raise NotYoursError(f"version {' and '.join(missing)}: no finished run")
    return compared(*(what["summary"] for what in found if what is not None))


def jobs(connection: sa.Connection, account: Account, most: int = 50) -> list[dict[str, Any]]:
    """The latest jobs somebody may see: all for the office, runs of the programme and own fits for the others."""
    job = tables.job
    asked = sa.select(job).order_by(job.c.created.desc()).limit(most)
    if account.role != "office":
        asked = asked.where(sa.or_(job.c.kind == "run", job.c.offer_version_id.in_(_own_versions(account))))
    return [dict(row) for row in connection.execute(asked).mappings()]


def _own_versions(account: Account) -> Any:
    offer, version = tables.offer, tables.offer_version
    if account.role == "reader":
        return sa.select(version.c.id).where(sa.false())
    return sa.select(version.c.id).join(offer).where(offer.c.partner == account.partner)


def job(connection: sa.Connection, account: Account, name: str) -> dict[str, Any]:
    """One job; NotYoursError when somebody may not see it."""
    row = connection.execute(sa.select(tables.job).where(tables.job.c.id == name)).mappings().first()
    visible = row is not None and (
        account.role == "office"
        or row["kind"] == "run"
        or connection.execute(
            _own_versions(account).where(tables.offer_version.c.id == row["offer_version_id"])
        ).first()
    )
    if row is None or not visible:
        raise NotYoursError(f"no job {name[:64]}")
    return dict(row)


def own_job(connection: sa.Connection, account: Account, name: str) -> dict[str, Any]:
    """One job that somebody may end or resume: a partner its own fits, the office all."""
    row = job(connection, account, name)
    if account.role != "office" and row["kind"] != "fit":
        raise NotYoursError(f"job {name[:64]} is the office's")
    return row


@lru_cache(maxsize=8)
def _interfaces() -> dict[str, Any]:
    return dict(catalogue().tree["interface"])


def glance(request: Request, version: dict[str, Any]) -> dict[str, Any]:
    """What a form needs to know of a version, read once a version."""
    return glance_of(request.app, version)


def glance_of(app: FastAPI, version: dict[str, Any]) -> dict[str, Any]:
    """The same, outside a request."""
    known: dict[int, dict[str, Any]] = app.state.glances
    if version["id"] not in known:
        known[version["id"]] = app.state.reader.glance(version["toml"]) | {"interfaces": _interfaces()}
    return known[version["id"]]
