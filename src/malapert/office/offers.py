"""Offers in the office: drafts and versions, submitted, accepted or returned; who may see which."""

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from malapert.errors import InputError
from malapert.office import tables
from malapert.office.accounts import Account
from malapert.office.database import now, writing
from malapert.office.parsing import Reader
from malapert.office.records import logged

STATES = ("draft", "submitted", "accepted", "returned")


class NotYoursError(InputError):
    """What was asked for is not there for who asks."""


@dataclass(frozen=True)
class Seen:
    """An offer as somebody may see it: its row, its visible versions (newest first), decisions and fits."""

    offer: dict[str, Any]
    versions: tuple[dict[str, Any], ...]
    decisions: tuple[dict[str, Any], ...]
    fits: tuple[dict[str, Any], ...]
    own: bool

    @property
    def latest(self) -> dict[str, Any]:
        """The newest version."""
        return self.versions[0]


def save_draft(engine: sa.Engine, reader: Reader, account: Account, text: str) -> int:
    """A new offer, or a new version of one that is the partner's own; its id. Nothing is ever overwritten."""
    found = reader.offer(text)["offer"]
    if account.role == "partner" and found["partner"] != account.partner:
        raise InputError(f"offer.partner: you offer for {account.partner!r} (got {found['partner']!r})")
    with writing(engine) as connection:
        offer = tables.offer
        mine = sa.select(offer).where(offer.c.partner == found["partner"], offer.c.name == found["name"])
        row = connection.execute(mine.with_for_update()).first()
        title = found["title"] or found["name"]
        if row is None:
            names = {"name": found["name"], "partner": found["partner"], "title": title}
            made = connection.execute(sa.insert(offer).values(**names, state="draft", created=now()))
            offer_id = int(made.inserted_primary_key[0])  # type: ignore[index]
        else:
            if row.state in ("submitted", "accepted"):
                raise InputError(f"offer {row.name!r} is {row.state}; a new version can be made once it is returned")
            offer_id = row.id
            connection.execute(sa.update(offer).where(offer.c.id == offer_id).values(title=title, state="draft"))
        version = tables.offer_version
        count = sa.select(sa.func.count()).where(version.c.offer_id == offer_id)
        number = connection.execute(count).scalar_one() + 1
        row_of = {"offer_id": offer_id, "number": number, "toml": text, "by": account.name, "created": now()}
        connection.execute(sa.insert(version).values(**row_of))
        logged(connection, account, "saved", f"offer {offer_id}", f"version {number}")
    return offer_id


def listed(connection: sa.Connection, account: Account) -> list[dict[str, Any]]:
    """Offers somebody may see: own ones, submitted ones for the office, accepted ones for everybody."""
    offer, version, decision = tables.offer, tables.offer_version, tables.decision
    submitted = (
        sa.select(version.c.offer_id).join(decision, decision.c.offer_version_id == version.c.id).scalar_subquery()
    )
    seen = [offer.c.state == "accepted"]
    if account.role == "partner":
        seen.append(offer.c.partner == account.partner)
    if account.role == "office":
        seen += [offer.c.id.in_(submitted), offer.c.partner == (account.partner or "-")]
    rows = connection.execute(sa.select(offer).where(sa.or_(*seen)).order_by(offer.c.id.desc())).mappings()
    found = [dict(row) for row in rows]
    for row in found:
        own = account.role != "reader" and account.partner == row["partner"]
        if row["state"] == "draft" and not own:
            row["state"] = "returned"  # a revision that is still a draft is nobody else's business
            row["title"] = row["name"]
    return found


def look(connection: sa.Connection, account: Account, offer_id: int) -> Seen:
    """One offer as somebody may see it; NotYoursError when that is not at all."""
    offer, version, decision, fit = tables.offer, tables.offer_version, tables.decision, tables.fit
    row = next((row for row in listed(connection, account) if row["id"] == offer_id), None)
    if row is None:
        raise NotYoursError(f"no offer {offer_id}")
    own = account.role != "reader" and account.partner == row["partner"]
    every = connection.execute(
        sa.select(version).where(version.c.offer_id == offer_id).order_by(version.c.number.desc())
    ).mappings()
    versions = [dict(one) for one in every]
    ids = [one["id"] for one in versions]
    decisions = connection.execute(
        sa.select(decision).where(decision.c.offer_version_id.in_(ids)).order_by(decision.c.id)
    ).mappings()
    decided = [dict(one) for one in decisions]
    if not own:
        actions = ("submitted",) if account.role == "office" else ("accepted",)
        visible = {one["offer_version_id"] for one in decided if one["action"] in actions}
        versions = [one for one in versions if one["id"] in visible]
        if account.role != "office":
            decided = [one for one in decided if one["action"] == "accepted"]
    shown = [one["id"] for one in versions]
    fits = connection.execute(
        sa.select(fit).where(fit.c.offer_version_id.in_(shown)).order_by(fit.c.id.desc())
    ).mappings()
    del offer
    return Seen(row, tuple(versions), tuple(decided), tuple(dict(one) for one in fits), own)


def submit(engine: sa.Engine, account: Account, offer_id: int) -> int:
    """Hand the newest version in; its id."""
    with writing(engine) as connection:
        seen = look(connection, account, offer_id)
        if not seen.own:
            raise NotYoursError(f"offer {offer_id} is not yours to submit")
        _move(connection, account, seen, ("draft",), "submitted", "")
        return int(seen.latest["id"])


def give_back(engine: sa.Engine, account: Account, offer_id: int, reason: str) -> None:
    """Return a submitted offer with a reason."""
    if not reason.strip():
        raise InputError("reason: is missing; say what would have to change")
    with writing(engine) as connection:
        _move(connection, account, look(connection, account, offer_id), ("submitted",), "returned", reason)


def accept(engine: sa.Engine, reader: Reader, account: Account, offer_id: int, reason: str) -> int:
    """Accept a submitted offer: it becomes part of a new programme version, whose id this is."""
    with engine.connect() as connection:
        seen, base = look(connection, account, offer_id), latest_version(connection)
    text = reader.joined(base["toml"], seen.latest["toml"])
    with writing(engine) as connection:
        # Nobody else may have made a version meanwhile: the text above was laid on this one.
        if latest_version(connection, lock=True)["id"] != base["id"]:
            raise InputError("the programme changed meanwhile; look at the offer's fit again, then accept")
        _move(connection, account, seen, ("submitted",), "accepted", reason)
        note = f"with {seen.offer['title']} of {seen.offer['partner']}"
        made = {"toml": text, "note": note, "offer_version_id": seen.latest["id"], "by": account.name}
        new = connection.execute(sa.insert(tables.version).values(**made, created=now()))
        version_id = int(new.inserted_primary_key[0])  # type: ignore[index]
        logged(connection, account, "made", f"version {version_id}", note)
    return version_id


def _move(
    connection: sa.Connection, account: Account, seen: Seen, from_states: tuple[str, ...], to: str, reason: str
) -> None:
    """One step of an offer's life, its decision and its line in the log together; refused when it stands elsewhere."""
    offer = tables.offer
    moved = connection.execute(
        sa.update(offer).where(offer.c.id == seen.offer["id"], offer.c.state.in_(from_states)).values(state=to)
    )
    if moved.rowcount != 1:
        raise InputError(f"the offer is not {' or '.join(from_states)}; it cannot be {to}")
    kept = {"offer_version_id": seen.latest["id"], "action": to, "reason": reason[:4000], "by": account.name}
    connection.execute(sa.insert(tables.decision).values(**kept, at=now()))
    logged(connection, account, to, f"offer {seen.offer['id']}", reason)


def latest_version(connection: sa.Connection, lock: bool = False) -> dict[str, Any]:
    """The programme as it stands; `lock` holds it until the transaction ends."""
    version = tables.version
    if lock and connection.dialect.name == "postgresql":
        connection.execute(sa.text("LOCK TABLE office_version IN EXCLUSIVE MODE"))
    row = connection.execute(sa.select(version).order_by(version.c.id.desc()).limit(1)).mappings().first()
    if row is None:
        raise InputError("there is no programme yet; `malapert serve --programme NAME` brings one")
    return dict(row)
