"""An offer tried: the programme run without it and with it, the fit, and the least change that mends a misfit."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from malapert import programme as room
from malapert.partners.interfaces import Connection
from malapert.partners.shares import Shares
from malapert.programme.offer import OfferFile, read_offer, with_offer
from malapert.run.changes import Change, least_changes
from malapert.run.fit import Check, Room, World, checks, links, misfit, rooms
from malapert.run.folder import Notice, Run, Stage, execute, silent
from malapert.run.stages import stages_for

# A fit needs the shares and what they are made from; risk and closure are left out.
TRIED = tuple(stage.name for stage in stages_for("shares"))


@dataclass(frozen=True)
class Moved:
    """One partner's shares (without, with the offer): contribution, right, use; `rule` is empty where none holds."""

    partner: str
    title: str
    rule: str
    contribution: tuple[float, float]
    entitled: tuple[float, float]
    use: tuple[float, float]


@dataclass(frozen=True)
class Fit:
    """How an offer fits a programme. `verdict` is fits, fits with unknowns, or does not fit."""

    offer: str
    title: str
    partner: str
    level: str
    programme: str
    fits: bool
    verdict: str
    checks: tuple[Check, ...]
    rooms: tuple[Room, ...]
    ports: tuple[Connection, ...]
    moved: tuple[Moved, ...]
    gini: tuple[float, float]
    changes: tuple[Change, ...]
    tried: int
    notes: tuple[str, ...]


def fit(
    programme: str | Path,
    offer: Path,
    variant: str = "",
    sets: tuple[str, ...] = (),
    base: Path | None = None,
    out: Path | None = None,
    notice: Notice = silent,
) -> tuple[Fit, Path]:
    """Read an offer, run the programme without it (in `base`) and with it (in `out`), and hold the two together.

    Gives the fit and the folder of the run with the offer.
    Stages that the offer does not touch are taken from the run without it. InputError when the files are wrong.
    """
    file = read_offer(offer)
    alone = room.load(programme, variant, sets)
    joined, merged = with_offer(programme, file, variant, sets)
    stages = stages_for("shares")
    place = base or Path("runs") / "-".join(part for part in (alone.name, variant) if part)
    first = execute(alone, room.merged_toml(programme, variant, sets), place, stages, _named("without: ", notice))
    folder = out or Path("runs") / f"{alone.name}-with-{file.offer.name}"
    second = execute(joined, merged, folder, stages, _named("with: ", notice), beside=place)
    return _fit(file, first, second, notice), folder


def _named(prefix: str, notice: Notice) -> Notice:
    """The stages of two runs told apart."""
    return lambda stage, fraction, words: notice(prefix + stage, fraction, prefix + words)


def _world(run: Run) -> World:
    found: dict[str, Any] = run.results
    return World(run.programme, found["flights"], found["plan"], found["operations"])


def _fit(file: OfferFile, first: Run, second: Run, notice: Notice) -> Fit:
    base, offered = _world(first), _world(second)
    found = checks(file, base, offered)
    open_questions = sum(check.answer == "unknown" for check in found)
    bad = misfit(found)
    changes: tuple[Change, ...] = ()
    tried = 0
    if bad:
        light = second.results["light"]
        changes, tried = least_changes(file, base, offered, light, found, notice)
    plural = "" if open_questions == 1 else "s"
    verdict = "does not fit" if bad else f"fits, {open_questions} open question{plural}" if open_questions else "fits"
    one, other = first.result("shares", Shares), second.result("shares", Shares)
    return Fit(
        file.offer.name, file.offer.title or file.offer.name, file.offer.partner, file.offer.level,
        first.programme.name, not bad, verdict, found, rooms(file, base, offered),
        links(file, second.programme), _moved(second, one, other), (one.gini_use, other.gini_use), changes, tried,
        other.notes,
    )  # fmt: skip


def _moved(second: Run, one: Shares, other: Shares) -> tuple[Moved, ...]:
    """Partners that bring or use anything in either run, the offering one's row among them."""
    before = {line.partner: line for line in one.entitled}
    found = []
    for line in other.entitled:
        was = before.get(line.partner)
        pairs = tuple(
            (getattr(was, key) if was else 0.0, getattr(line, key))
            for key in ("contribution_share", "entitled_share", "use_share")
        )
        if any(value > 0.0 for pair in pairs for value in pair):
            title = second.programme.partner[line.partner].title or line.partner
            found.append(Moved(line.partner, title, line.rule, *pairs))
    return tuple(sorted(found, key=lambda moved: -moved.contribution[1]))


__all__ = ["Fit", "Moved", "Stage", "fit"]
