"""An offer: a small file by a partner that adds rows to a programme, says what it asks, and changes nothing else."""

import copy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import Field, ValidationError

from malapert.errors import Problem, ProgrammeError
from malapert.programme.check import checked, said
from malapert.programme.elements import ELEMENT_TABLES
from malapert.programme.merge import Merged, Tree, as_toml, overlay, read_file, read_merged
from malapert.programme.model import Programme
from malapert.programme.places import Level, Rule
from malapert.programme.rows import Epoch, Fraction, Name, Positive, Row, Text
from malapert.programme.suggest import did_you_mean

# What a partner may add. Kernels, rasters and sites name files or move the station; requirements are the programme's.
OFFERED: tuple[str, ...] = (
    *ELEMENT_TABLES, "port", "flight", "launcher", "spacecraft", "crew", "ground_station", "relay", "partner",
)  # fmt: skip
LARGEST_OFFER_BYTES = 64_000


class Offer(Row):
    """What a partner offers, and what it asks in return."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_]{1,59}$", description="Short name: small letters, digits and _.")
    partner: Name = Field(description="Who offers.")
    level: Level = Field("equipment", description="Cooperation level it is offered at.")
    flight: Name = Field("", description="Flight its elements must go on; any with room when absent.")
    deliver_by: Epoch | None = Field(None, description="Latest landing that is of use.")
    crew: Name = Field("", description="Crew that one person of the partner joins.")
    least_fulfilment: Fraction = Field(0.9, description="Least part of the hours its experiments want that will do.")
    least_returned: Fraction = Field(0.9, description="Least part of its data back on Earth by the end that will do.")
    rule: Rule = Field("contribution", description="Rule by which it asks to share the common resources.")
    share: Fraction | None = Field(None, description="The share asked for, with the rules that need one.")
    volume_m3: Positive | None = Field(None, description="Room it takes on its lander.")
    planetary_protection: Text = Field("", description="What it carries that the COSPAR inventory asks about.")
    end_of_life: Text = Field("", description="What becomes of it when it has done its work.")


@dataclass(frozen=True)
class OfferFile:
    """A read offer: its row, and the rows it adds with their places in the file."""

    offer: Offer
    merged: Merged

    @property
    def elements(self) -> tuple[str, ...]:
        """Names of the elements it adds."""
        return tuple(name for table in ELEMENT_TABLES for name in self.merged.tree.get(table, {}))

    def rows(self, table: str) -> tuple[str, ...]:
        """Names of the rows it adds to one table."""
        return tuple(self.merged.tree.get(table, {}))


def read_offer(path: Path) -> OfferFile:
    """The offer in a file; ProgrammeError with every mistake that shows without a programme."""
    if path.is_file() and path.stat().st_size > LARGEST_OFFER_BYTES:
        large = f"{path.stat().st_size / 1e3:.0f} kB is no offer (at most {LARGEST_OFFER_BYTES / 1e3:.0f} kB)"
        raise ProgrammeError([Problem(str(path), 0, "", large, "name another file")])
    if not path.is_file():
        raise ProgrammeError([Problem(str(path), 0, "", "no such file", "name an offer's TOML file")])
    merged = read_file(path)
    problems: list[Problem] = []
    if merged.variants:
        problems.append(merged.problem(("variants",), "an offer has no variants", "make it a file of its own"))
    if merged.tree.pop("format", 1) != 1:
        problems.append(merged.problem(("format",), "is not 1", "write format = 1"))
    row = merged.tree.pop("offer", None)
    offer = _offer(merged, row, problems)
    for table in merged.tree:
        if table not in OFFERED:
            known = ", ".join(OFFERED)
            hint = did_you_mean(table, OFFERED)
            problems.append(merged.problem((table,), f"an offer cannot hold this{hint}", f"it may hold: {known}"))
    if offer is not None:
        _give_to_partner(merged, offer, problems)
        if not merged.tree and not offer.crew:
            what = "offers nothing"
            problems.append(merged.problem(("offer",), what, "add an [experiment.NAME], another row, or crew = ..."))
    if problems or offer is None:
        raise ProgrammeError(problems)
    return OfferFile(offer, merged)


def _offer(merged: Merged, row: Any, problems: list[Problem]) -> Offer | None:
    if not isinstance(row, dict):
        problems.append(merged.problem(("offer",), "is missing", "add [offer] with name and partner"))
        return None
    try:
        return Offer.model_validate(row)
    except ValidationError as error:
        for detail in error.errors():
            key = ("offer", *(str(part) for part in detail["loc"]))
            if detail["type"] == "extra_forbidden":
                hint = did_you_mean(key[-1], Offer.model_fields)
                problems.append(
                    merged.problem(key, f"unknown key{hint}", "known keys: " + ", ".join(Offer.model_fields))
                )
            elif detail["type"] == "missing":
                problems.append(merged.problem(key, "is missing", f"add it: {Offer.model_fields[key[-1]].description}"))
            else:
                problems.append(merged.problem(key, said(detail)))
        return None


def _give_to_partner(merged: Merged, offer: Offer, problems: list[Problem]) -> None:
    """Every row that has a partner is the offering partner's; a row that names another is a mistake."""
    for table, rows in merged.tree.items():
        if table in ("partner", "port", "crew") or not isinstance(rows, dict):
            continue
        for name, row in rows.items():
            if isinstance(row, dict) and row.setdefault("partner", offer.partner) != offer.partner:
                what = f"belongs to {row['partner']!r}, but {offer.partner!r} makes the offer"
                problems.append(merged.problem((table, name, "partner"), what, "offer only your own"))


def with_offer(
    programme: str | Path, file: OfferFile, variant: str = "", sets: tuple[str, ...] = ()
) -> tuple[Programme, str]:
    """The programme with the offer in it, and its merged TOML; ProgrammeError when they do not go together."""
    merged = read_merged(programme, variant, sets, lambda base: laid(base, file))
    return checked(merged, variant), as_toml(merged.tree)


def laid(base: Merged, file: OfferFile) -> Merged:
    """The offer's rows beside the programme's; an offer adds and joins, it replaces nothing."""
    offer, own = file.offer, file.merged
    problems = [
        own.problem((table, name), "the programme has one of this name", "give yours another; an offer only adds")
        for table, rows in own.tree.items()
        if isinstance(rows, dict)
        for name in rows
        if name in base.tree.get(table, {}) and not (table == "partner" and name == offer.partner)
    ]
    addition: Tree = copy.deepcopy(own.tree)
    if offer.partner in base.tree.get("partner", {}):
        addition.get("partner", {}).pop(offer.partner, None)
    problems += _joined(base, own, addition, "flight", offer.flight, "cargo", file.elements)
    problems += _joined(base, own, addition, "crew", offer.crew, "members", (offer.partner,))
    if problems:
        raise ProgrammeError(problems)
    rows = base.tree.get("entitlement", {})
    agreed = [row for row in rows.values() if isinstance(row, dict) and row.get("partner") == offer.partner]
    if not agreed:
        asked: Tree = {"partner": offer.partner, "rule": offer.rule, "note": f"Asked for with the offer {offer.name}."}
        if offer.share is not None:
            asked |= {"share": offer.share, "source": {"share": f"offer {offer.name}"}}
        addition.setdefault("entitlement", {})[
            f"{offer.partner}_by_{offer.name}" if offer.partner in rows else offer.partner
        ] = asked
    return overlay(base, Merged(addition, own.places))


def _joined(
    base: Merged, own: Merged, addition: Tree, table: str, name: str, key: str, joining: tuple[str, ...]
) -> list[Problem]:
    """Names appended to a list of a row that is there: cargo of a flight, members of a crew."""
    if not name:
        return []
    if name in addition.get(table, {}):
        row = addition[table][name]
        row[key] = [*row.get(key, []), *(one for one in joining if one not in row.get(key, []))]
        return []
    row = base.tree.get(table, {}).get(name)
    if not isinstance(row, dict):
        hint = did_you_mean(name, base.tree.get(table, {}))
        known = ", ".join(base.tree.get(table, {})) or "none"
        return [own.problem(("offer", table), f"no {table} {name!r} in the programme{hint}", f"name one of: {known}")]
    addition.setdefault(table, {})[name] = {key: [*row.get(key, []), *joining]}
    return []
