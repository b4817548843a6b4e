"""Closure in full: every requirement, every margin, every single loss."""

from collections.abc import Iterator

from malapert.report.blocks import Block, Fold, Section, Table, Words, cell, figure_cell
from malapert.report.wording import NONE, day_of, number, percent, quantity, with_unit
from malapert.run.closure import Break, Closure, Margin, Verdict


def section(closure: Closure) -> Section:
    """Whether it closes, by how much, and after which losses it still does."""
    missed = sum(not verdict.met for verdict in closure.verdicts)
    lead = (
        f"{len(closure.verdicts) - missed} of {len(closure.verdicts)} requirements are met."
        if closure.verdicts
        else "The programme declares no requirement, so there is nothing that could fail."
    )
    return Section("closure", "Closure", lead, tuple(_blocks(closure)))


def _blocks(closure: Closure) -> Iterator[Block]:
    if closure.verdicts:
        yield requirement_table(closure)
    if closure.margins:
        yield margin_table(closure)
    else:
        yield Words("Nothing in this run has a margin to measure.", "faint")
    if not closure.breaks:
        yield Words("No single loss was tried: nothing flies.", "faint")
        return
    fresh = [loss for loss in closure.breaks if breaks_more(closure, loss)]
    held = [loss for loss in closure.breaks if not breaks_more(closure, loss)]
    if fresh:
        yield loss_table("Single losses that make a requirement fail", fresh)
    if held:
        yield Fold(f"{len(held)} single losses that change no verdict", (loss_table("", held),))


def breaks_more(closure: Closure, loss: Break) -> bool:
    """Whether a loss makes a requirement fail that is met without it."""
    return bool(set(loss.failed) - {verdict.title for verdict in closure.verdicts if not verdict.met})


def bound(verdict: Verdict) -> str:
    """What a requirement asks, in signs."""
    parts = [("≥", verdict.at_least), ("≤", verdict.at_most)]
    return " and ".join(f"{sign} {number(value)}" for sign, value in parts if value is not None)


def measured(verdict: Verdict) -> str:
    """What a requirement found, with its unit."""
    return with_unit(verdict.value, quantity(verdict.quantity)[1])


def left(margin: Margin) -> str:
    """What a margin has left, with its unit; pure numbers in percent."""
    return with_unit(margin.value, margin.unit) if margin.unit else percent(margin.value, 0)


def requirement_table(closure: Closure) -> Table:
    """Each requirement against the run."""
    rows = tuple(
        (
            cell("met" if verdict.met else "not met", "good" if verdict.met else "bad"),
            cell(verdict.title),
            cell(quantity(verdict.quantity)[0], "faint"),
            figure_cell(measured(verdict)),
            figure_cell(bound(verdict)),
        )
        for verdict in closure.verdicts
    )
    return Table("Requirements", ("", "Requirement", "Figure", "Found", "Asked"), rows)


def margin_table(closure: Closure) -> Table:
    """Margins, tightest first."""
    rows = tuple(
        (
            cell(margin.what),
            figure_cell(left(margin), tone="bad" if margin.value < 0.0 else ""),
            figure_cell(with_unit(margin.of, margin.unit)),
            figure_cell(percent(margin.fraction, 0)),
            cell(margin.where),
            cell(day_of(margin.at_tdb_s)),
        )
        for margin in closure.margins
    )
    return Table("Margins, tightest first", ("What", "Left", "Of", "Part", "Where", "When"), rows)


def loss_table(title: str, losses: list[Break]) -> Table:
    """Single losses and what they do."""
    rows = tuple(
        (
            cell(loss.what),
            figure_cell(str(len(loss.failed)) if loss.failed else NONE),
            cell(loss.words),
        )
        for loss in losses
    )
    return Table(title, ("Loss", "Missed in all", "Requirements that fail because of it"), rows)
