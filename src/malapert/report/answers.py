"""The first screen: five questions a review board asks, each answered on a card."""

from collections import defaultdict
from dataclasses import dataclass

import numpy as np

from malapert.partners.shares import Shares
from malapert.programme import Programme
from malapert.report import theme
from malapert.report.closure import bound, breaks_more, left, measured
from malapert.report.shares import ranked
from malapert.report.wording import counted, day_of, fixed, percent, shortened, title_of, when, with_unit
from malapert.run.closure import Closure
from malapert.run.manifest import Manifest

_COLUMN_PX, _MOST_ITEMS, _MOST_BARS, _MOST_COLUMNS = 118, 6, 6, 16


@dataclass(frozen=True)
class Item:
    """A line of a card; `tone` good or bad sets a mark before it."""

    text: str
    value: str = ""
    tone: str = ""


@dataclass(frozen=True)
class Column:
    """One column of a small chart."""

    name: str
    value: str
    height_px: int


@dataclass(frozen=True)
class Part:
    """One bar of a row: its length, and the figure beside it."""

    width_percent: float
    text: str


@dataclass(frozen=True)
class Bar:
    """A row of bars."""

    name: str
    colour: str
    parts: tuple[Part, ...]


@dataclass(frozen=True)
class Card:
    """One question and its answer."""

    name: str
    question: str
    answer: str
    tone: str = ""
    words: str = ""
    items: tuple[Item, ...] = ()
    columns: tuple[Column, ...] = ()
    bars: tuple[Bar, ...] = ()
    bar_titles: tuple[str, ...] = ()
    foot: str = ""


def cards(
    programme: Programme, closure: Closure, manifest: Manifest, shares: Shares, colours: dict[str, str]
) -> tuple[Card, ...]:
    """The five answers."""
    return (
        closes_card(closure),
        margin_card(programme, closure),
        breaks_card(closure),
        landed_card(programme, manifest),
        shares_card(programme, shares, colours),
    )


def closes_card(closure: Closure) -> Card:
    """Does it close?"""
    missed = [verdict for verdict in closure.verdicts if not verdict.met]
    if not closure.verdicts:
        answer, words = "Nothing is required", "The programme declares no requirement that could fail."
    elif missed:
        answer, words = "No", f"{len(missed)} of {counted(len(closure.verdicts), 'requirement')} not met."
    else:
        answer, words = "Yes", "Every requirement of the programme is met."
    ordered = missed + [verdict for verdict in closure.verdicts if verdict.met]
    items = tuple(
        Item(shortened(verdict.title, 64), f"{measured(verdict)} ({bound(verdict)})", "good" if verdict.met else "bad")
        for verdict in ordered[:_MOST_ITEMS]
    )
    more = f"{len(ordered) - _MOST_ITEMS} more under Closure." if len(ordered) > _MOST_ITEMS else ""
    tone = ("good" if closure.closes else "bad") if closure.verdicts else ""
    return Card("closes", "Does it close?", answer, tone, words, items, foot=more)


def margin_card(programme: Programme, closure: Closure) -> Card:
    """What is the worst margin, where and when?"""
    question = "What is the worst margin?"
    if not closure.margins:
        return Card(
            "margin",
            question,
            "None to measure",
            words="Nothing in this run has a margin: no flight, no dark spell, no crew.",
        )
    worst, home = closure.margins[0], programme.home.title or programme.station
    items = tuple(
        Item(_capital(m.what if m.where == home else f"{m.what}, {shortened(m.where, 30)}"), left(m))
        for m in closure.margins[1:5]
    )
    against = f" Against {with_unit(worst.of, worst.unit)}." if worst.unit else ""
    words = f"{_capital(worst.what)}, {worst.where}, {day_of(worst.at_tdb_s)}.{against}"
    return Card(
        "margin",
        question,
        left(worst),
        "bad" if worst.value < 0.0 else "",
        words,
        items,
    )


def breaks_card(closure: Closure) -> Card:
    """What breaks it?"""
    question = "What breaks it?"
    if not closure.breaks:
        return Card("breaks", question, "Nothing to lose", words="No flight, launcher or partner could be taken away.")
    fresh = [loss for loss in closure.breaks if breaks_more(closure, loss)]
    counts = {kind: sum(loss.kind == kind for loss in fresh) for kind in ("flight", "launcher", "partner")}
    said = ", ".join(counted(count, kind) for kind, count in counts.items() if count)
    tried = counted(len(closure.breaks), "single loss", "single losses")
    if not fresh:
        words = f"None of the {tried} tried makes a requirement fail" + ("." if closure.closes else " that is met now.")
        return Card("breaks", question, "No single loss", "good" if closure.closes else "", words)
    items = tuple(Item(shortened(loss.what, 44), _missed(len(loss.failed))) for loss in fresh[:_MOST_ITEMS])
    more = f"{len(fresh) - len(items)} more under Closure." if len(fresh) > len(items) else ""
    verb = "makes" if len(fresh) == 1 else "make"
    words = (
        f"{said} {verb} a requirement fail{'' if closure.closes else ' that is met now'}. Requirements missed after:"
    )
    return Card("breaks", question, f"{len(fresh)} of {tried}", "bad", words, items, foot=more)


def _missed(count: int) -> str:
    return str(count)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def landed_by_year(manifest: Manifest) -> dict[int, float]:
    """Kilograms delivered in each UTC year, every year from the first to the last."""
    mass: dict[int, float] = defaultdict(float)
    for delivery in manifest.plan.deliveries:
        epoch = when(delivery.arrive_tdb_s)
        if epoch is not None:
            mass[int(epoch.astype("datetime64[Y]").astype(int)) + 1970] += delivery.mass_kg
    return {year: mass.get(year, 0.0) for year in range(min(mass), max(mass) + 1)} if mass else {}


def landed_card(programme: Programme, manifest: Manifest) -> Card:
    """How much lands when?"""
    question, plan = "How much lands when?", manifest.plan
    if not plan.deliveries:
        return Card("landed", question, "Nothing lands", words="No element reaches its destination.")
    years = landed_by_year(manifest)
    most = max(years.values())
    shown = list(years.items())[:_MOST_COLUMNS]
    columns = tuple(
        Column(
            str(year),
            fixed(kg / 1000.0, 1) if kg >= 50.0 else fixed(kg / 1000.0, 2) if kg else "",
            round(_COLUMN_PX * kg / most),
        )
        for year, kg in shown
    )
    flights = len({delivery.flight for delivery in plan.deliveries})
    parts = [f"{counted(len(plan.deliveries), 'element')} on {counted(flights, 'flight')}"]
    parts.append(counted(len(plan.stays), "crewed stay") if plan.stays else "no crewed stay")
    parts.append(f"{len(plan.left_behind)} left behind" if plan.left_behind else "nothing left behind")
    first, last = (f(d.arrive_tdb_s for d in plan.deliveries) for f in (min, max))
    span = day_of(first) if day_of(first) == day_of(last) else f"{day_of(first)} to {day_of(last)}"
    words = f"{', '.join(parts)}; {span}. Tonnes by year:"
    return Card("landed", question, f"{fixed(plan.delivered_kg / 1000.0, 1)} t", "", words, columns=columns)


def shares_card(programme: Programme, shares: Shares, colours: dict[str, str]) -> Card:
    """What does each partner give and get?"""
    question = "What does each partner give and get?"
    names = ranked(shares)
    lines = {line.partner: line for line in shares.entitled}
    if not names:
        return Card(
            "shares", question, "Nothing given, nothing used", words="No partner brings or uses anything in this run."
        )
    shown = names if len(names) <= _MOST_BARS + 1 else names[:_MOST_BARS]
    rest = names[len(shown) :]
    values = [
        (title_of(programme, "partner", n), colours[n], lines[n].contribution_share, lines[n].use_share) for n in shown
    ]
    if rest:
        sums = (float(np.sum([getattr(lines[n], key) for n in rest])) for key in ("contribution_share", "use_share"))
        values.append((f"{len(rest)} others", theme.OTHERS, *sums))  # type: ignore[arg-type]
    longest = max(max(given, took) for _, _, given, took in values) or 1.0
    bars = tuple(
        Bar(
            shortened(name, 26),
            colour,
            tuple(Part(round(100.0 * share / longest, 1), percent(share)) for share in (given, took)),
        )
        for name, colour, given, took in values
    )
    first = lines[names[0]]
    answer = f"{len(names)} partners" if len(names) > 1 else title_of(programme, "partner", names[0])
    words = (
        f"{title_of(programme, 'partner', names[0])} gives {percent(first.contribution_share, 0)} of what is landed "
        f"and carried, and takes {percent(first.use_share, 0)} of what is used."
    )
    return Card(
        "shares",
        question,
        answer,
        "",
        words,
        bars=bars,
        bar_titles=("gives: mass landed and carried", "gets: energy, data, hours"),
    )
