"""An offer's fit as people see it: terminal, one HTML page, and the same in JSON."""

from collections.abc import Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

from malapert.report.blocks import Block, Cell, Table, Words, cell, figure_cell
from malapert.report.templates import TEMPLATES, laid
from malapert.report.terminal import print_line, print_table
from malapert.report.wording import NONE, counted, day_of, fixed, percent
from malapert.run import store
from malapert.run.offers import Fit

PAGE, ANSWER = "fit.html", "fit.json"
TOPICS = {
    "flight": "Flight and date", "mass": "Mass and volume", "prerequisites": "Prerequisites",
    "requirements": "The programme's requirements", "manifest": "What it displaces", "power": "Power and energy",
    "night": "Heat and night", "light": "Light, dark and hours", "data": "Data and contact", "crew": "Crew",
    "interfaces": "Interfaces", "protection": "Planetary protection and end of life",
}  # fmt: skip
TONES = {"yes": "good", "no": "bad", "unknown": "faint"}


@dataclass(frozen=True)
class RoomBar:
    """A flight's room as bars: what others take, what the offer takes, in percent of what it carries."""

    title: str
    lands: str
    others: float
    offer: float
    words: str
    open: bool


def answer(fit: Fit) -> dict[str, Any]:
    """The fit as plain data, with dates in words beside the epochs."""
    found: dict[str, Any] = store.plain(fit)
    for room in found["rooms"]:
        room["lands"] = day_of(room["arrive_tdb_s"])
    return found


def write(fit: Fit, folder: Path) -> tuple[Path, Path]:
    """fit.html and fit.json in the run's folder."""
    folder.mkdir(parents=True, exist_ok=True)
    store.write_text(folder / PAGE, html(fit))
    store.write_text(folder / ANSWER, store.as_json(answer(fit)))
    return folder / PAGE, folder / ANSWER


def html(fit: Fit) -> str:
    """The fit as one page that runs nothing and loads nothing."""
    return laid(
        "fit.html",
        title=fit.title,
        meta=(("offered by", fit.partner), ("level", fit.level), ("programme", fit.programme)),
        verdict=fit.verdict,
        tone=tone(fit),
        unclear="?",
        blocks=blocks(fit),
        bars=bars(fit),
        style=(TEMPLATES / "style.css").read_text(encoding="utf-8").strip(),
        version=metadata.version("malapert"),
        closing="The programme was run without the offer and with it; every figure is the difference.",
    )


def tone(fit: Fit) -> str:
    """Good, bad, or nothing when questions are open."""
    return "bad" if not fit.fits else "good" if fit.verdict == "fits" else ""


def bars(fit: Fit) -> tuple[RoomBar, ...]:
    """The rooms as bars."""
    found = []
    for room in fit.rooms:
        others = max(room.capacity_kg - room.before_kg, 0.0)
        taken = max(room.before_kg - room.after_kg, 0.0)
        words = f"{fixed(room.after_kg, 0)} of {fixed(room.capacity_kg, 0)} kg left"
        scale = 100.0 / room.capacity_kg
        found.append(RoomBar(room.title, day_of(room.arrive_tdb_s), others * scale, taken * scale, words, room.open))
    return tuple(found)


def blocks(fit: Fit) -> tuple[Block, ...]:
    """The tables of the page."""
    return tuple(_blocks(fit))


def _blocks(fit: Fit) -> Iterator[Block]:
    if fit.changes:
        yield changes_table(fit)
    elif not fit.fits:
        yield Words(f"No smaller figure mends it ({counted(fit.tried, 'life', 'lives')} tried).", "warning")
    yield checks_table(fit)
    yield shares_table(fit)
    yield from (Words(note, "faint") for note in fit.notes[:1])


def checks_table(fit: Fit) -> Table:
    """Every question, its answer, and why."""
    order = {topic: place for place, topic in enumerate(TOPICS)}
    ranked = sorted(fit.checks, key=lambda check: order.get(check.topic, len(order)))
    rows = tuple(
        (cell(TOPICS.get(c.topic, c.topic), "faint"), cell(c.what), cell(c.answer, TONES[c.answer]), cell(c.words))
        for c in ranked
    )
    return Table("Question by question", ("About", "What", "Fits", "Why"), rows)


def changes_table(fit: Fit) -> Table:
    """What would make it fit, the cheapest first."""
    rows = tuple(
        (cell(c.element), cell(c.words), cell(c.before), cell(c.after), figure_cell(percent(c.cost, 0)))
        for c in fit.changes
    )
    note = f"Found by trying {counted(fit.tried, 'life', 'lives')} of the programme; each change alone is enough."
    return Table("What would make it fit, cheapest first", ("Element", "Change", "From", "To", "Given up"), rows, note)


def shares_table(fit: Fit) -> Table:
    """How the offer moves the shares."""
    rows = tuple(
        (
            cell(moved.title),
            *(_pair(pair) for pair in (moved.contribution, moved.entitled, moved.use)),
            cell(moved.rule or "nothing agreed", "faint"),
        )
        for moved in fit.moved
    )
    note = f"Without the offer → with it. Gini of use over contribution {fit.gini[0]:.2f} → {fit.gini[1]:.2f}."
    return Table("Who gives and gets", ("Partner", "Gives", "Entitled to", "Uses", "Rule"), rows, note)


def _pair(pair: tuple[float, float]) -> Cell:
    before, after = (percent(value, 2) for value in pair)
    return figure_cell(after if before == after else f"{before} → {after}")


def print_fit(fit: Fit, files: tuple[Path, ...]) -> None:
    """The fit on the terminal."""
    style = {"good": "bold green", "bad": "bold red"}.get(tone(fit), "bold yellow")
    print_line(f"{fit.title} ({fit.partner}) for {fit.programme}: {fit.verdict}", style)
    rows: list[tuple[str, ...]] = [tuple(c.text for c in row) for row in checks_table(fit).rows]
    print_table("Question by question", ("about", "what", "fits", "why"), rows, ())
    lines: list[tuple[str, ...]] = [
        (bar.title, bar.lands, bar.words, "" if bar.open else "closed") for bar in bars(fit)
    ]
    if lines:
        print_table("Flights with room", ("flight", "lands", "room with the offer", ""), lines, (2,))
    if fit.changes:
        found: list[tuple[str, ...]] = [(c.element, c.words, percent(c.cost, 0)) for c in fit.changes]
        print_table("What would make it fit, cheapest first", ("element", "change", "given up"), found, (2,))
    elif not fit.fits:
        print_line(f"No smaller figure mends it ({fit.tried} lives tried).")
    table = shares_table(fit)
    print_table("Who gives and gets", ("partner", "gives", "entitled", "uses", "rule"),
                [tuple(c.text or NONE for c in row) for row in table.rows], (1, 2, 3))  # fmt: skip
    for file in files:
        print_line(f"written: {file}")
