"""What the command line prints: brief tables; text from files is printed as it is, never read as markup."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from malapert.report.wording import (
    NONE,
    counted,
    day_of,
    fixed,
    minute,
    number,
    percent,
    quantity,
    when,
    with_unit,
    words,
)

if TYPE_CHECKING:
    from rich.table import Table

    from malapert.run.flights import FlownFlight

REPORT = "report.html"
FILE_WIDTH = 200


def print_summary(summary: dict[str, Any], folder: Path) -> None:
    """The five answers, and where the report lies."""
    title = summary["title"] + (f" ({summary['variant']})" if summary["variant"] else "")
    _say(
        f"{title}: {'it closes' if summary['closes'] else 'it does not close'}",
        "bold green" if summary["closes"] else "bold red",
    )
    if summary["requirements"]:
        _print(_requirements(summary["requirements"]))
    if summary["margins"]:
        _print(_margins(summary["margins"][:5]))
    _print_breaks(summary)
    _print_landed(summary["landed"])
    _print_partners(summary)
    _say(f"\nReport: {folder / REPORT}")


def _requirements(verdicts: list[dict[str, Any]]) -> "Table":
    table = _table("Does it close?", ("", "requirement", "found", "asked"), right=(2, 3))
    for verdict in verdicts:
        signs = (("≥", verdict["at_least"]), ("≤", verdict["at_most"]))
        asked = " and ".join(f"{sign} {number(value)}" for sign, value in signs if value is not None)
        found = with_unit(float(verdict["value"]), quantity(verdict["quantity"])[1])
        table.add_row("met" if verdict["met"] else "NOT MET", _text(verdict["title"]), found, asked)
    return table


def _margins(margins: list[dict[str, Any]]) -> "Table":
    table = _table("Tightest margins", ("what", "where", "when", "left", "part"), right=(3, 4))
    for margin in margins:
        left = with_unit(float(margin["value"]), margin["unit"])
        table.add_row(
            _text(margin["what"]),
            _text(margin["where"]),
            (margin["at_utc"] or NONE)[:10],
            left,
            percent(float(margin["fraction"]), 0),
        )
    return table


def _print_breaks(summary: dict[str, Any]) -> None:
    missed = {verdict["title"] for verdict in summary["requirements"] if not verdict["met"]}
    fresh = [loss for loss in summary["breaks"] if set(loss["failed"]) - missed]
    _say(f"\n{len(fresh)} of {len(summary['breaks'])} single losses make a requirement fail that is met without them")
    if fresh:
        table = _table("What breaks it", ("loss", "what fails"))
        for loss in fresh[:8]:
            table.add_row(_text(loss["what"]), _text(loss["words"]))
        _print(table)


def _print_landed(landed: dict[str, Any]) -> None:
    if landed["elements"]:
        title = f"{fixed(landed['total_kg'], 0)} kg delivered in {counted(landed['elements'], 'element')}"
        table = _table(title, ("year", "kg"), right=(1,))
        for year, kg in landed["by_year_kg"].items():
            table.add_row(year, fixed(kg, 0))
        _print(table)
    else:
        _say("\nNothing is delivered.")
    for element, reason in landed["left_behind"].items():
        _say(f"left behind: {words(element)}: {reason}")


def _print_partners(summary: dict[str, Any]) -> None:
    partners = summary["partners"]
    active = [p for p in partners if any(p["gives"].values()) or any(p["gets"].values())]
    if not active:
        return
    table = _table("Who gives and gets", ("partner", "gives", "entitled", "uses"), right=(1, 2, 3))
    for partner in sorted(active, key=lambda p: (-p["contribution_share"], -p["use_share"], p["name"])):
        entitled = percent(partner["entitled_share"]) if partner["rule"] else NONE
        table.add_row(
            _text(partner["title"]), percent(partner["contribution_share"]), entitled, percent(partner["use_share"])
        )
    _print(table)
    _print_fairness(summary)


def _print_fairness(summary: dict[str, Any]) -> None:
    """How use follows contribution, and on whom most depends."""
    gini = float(summary["fairness"]["gini_use"])
    titles = {partner["name"]: partner["title"] for partner in summary["partners"]}
    words = f"Gini of use over contribution {number(gini, 2)} (0: use follows contribution)"
    short = summary["fairness"]["largest_shortfall"]
    if short:
        words += f"; {titles[short['partner']]} stays {percent(short['shortfall'])} of the whole below its right"
    _say(words)
    lost = [(_lost_kg(line), line) for line in summary["dependence"]]
    worst, line = max(lost, key=lambda pair: pair[0], default=(0.0, dict[str, Any]()))
    if worst > 0.0:
        _say(f"Most depends on {titles[line['partner']]}: {fixed(worst, 0)} kg gone, stranded or idle without it")


def _lost_kg(line: dict[str, Any]) -> float:
    return float(line["own_kg"] + line["stranded_kg"] + line["idle_kg"])


def print_contents(counts: dict[str, Any]) -> None:
    """What a programme declares."""
    _say(f"{counts['title'] or counts['name']}: no mistakes found", "bold")
    _say(f"{counts['start'][:10]} to {counts['end'][:10]}, station {words(counts['station'])}")
    table = _table("Declared", ("table", "rows"), right=(1,))
    for name, count in counts["rows"].items():
        table.add_row(words(name), str(count))
    _print(table)
    masses = _table("Mass declared", ("partner", "kg"), right=(1,))
    for partner, kg in counts["mass_kg"].items():
        masses.add_row(_text(partner), fixed(kg, 0))
    if counts["mass_kg"]:
        _print(masses)
    for row, reason in counts["left_out"].items():
        _say(f"left out: {row}: {reason}")


def print_rows(title: str, rows: list[dict[str, Any]]) -> None:
    """Rows that share their keys, as a table."""
    if not rows:
        _say(f"{title}: none")
        return
    table = _table(title, tuple(rows[0]))
    for row in rows:
        table.add_row(
            *(
                _text(", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value))
                for value in row.values()
            )
        )
    _print(table)


# Figures a person compares runs by; everything else that differs is in the JSON.
_COMPARED = ("requirements.", "landed.", "milestones.", "quantities.", "light.", "partners.")
_MOST_COMPARED = 60


def print_comparison(rows: list[dict[str, Any]], one: str, other: str) -> None:
    """Figures in which two runs differ: whether they close, then the numbers."""
    if not rows:
        _say("The two runs found the same.")
        return
    _say(f"first   {one}")
    _say(f"second  {other}")
    for row in rows:
        if row["figure"] == "closes":
            _say(f"first {_closes(row['one'])}, second {_closes(row['other'])}", "bold")
    _print_moved(rows)
    numbers = [row for row in rows if row["change"] is not None and not row["figure"].endswith("_tdb_s")]
    shown = [row for kind in _COMPARED for row in numbers if row["figure"].startswith(kind)]
    table = _table(f"{len(shown)} figures differ", ("figure", "first", "second", "change"), right=(1, 2, 3))
    for row in shown[:_MOST_COMPARED]:
        change = f"{'+' if row['change'] > 0 else ''}{number(row['change'])}"
        table.add_row(_text(words(row["figure"].replace(".", ": "))), _value(row["one"]), _value(row["other"]), change)
    _print(table)
    left = len(rows) - len(shown[:_MOST_COMPARED])
    if left:
        _say(f"{left} more entries differ; --json lists them all")


_SHARES = ("contribution_share", "entitled_share", "use_share")


def _print_moved(rows: list[dict[str, Any]]) -> None:
    """How shares moved, partner by partner; one that is new in the second run began from nothing."""
    moved: dict[str, dict[str, str]] = {}
    for row in rows:
        kind, _, rest = row["figure"].partition(".")
        partner, _, key = rest.rpartition(".")
        if kind == "partners" and key in _SHARES:
            one, other = (float(row[side] or 0.0) for side in ("one", "other"))
            if one != other:
                moved.setdefault(partner, {})[key] = f"{percent(one, 2)} → {percent(other, 2)}"
    if moved:
        table = _table("How shares moved", ("partner", "gives", "entitled", "uses"), right=(1, 2, 3))
        for partner, keys in moved.items():
            table.add_row(_text(words(partner)), *(keys.get(key, NONE) for key in _SHARES))
        _print(table)


def _closes(closes: Any) -> str:
    return "closes" if closes else "does not close"


def _value(value: Any) -> Any:
    if value is None:
        return NONE
    if isinstance(value, bool) or not isinstance(value, int | float):
        return _text(str(value))
    return number(float(value), 5)


def print_flight(flown: "FlownFlight") -> None:
    """One flight: dates, manoeuvres, what it reached and how well."""
    _say(f"{flown.title}: {words(flown.route)} on {words(flown.launcher)} with {words(flown.spacecraft)}", "bold")
    _say(f"leaves {minute(when(flown.depart_tdb_s))} ({flown.because or 'its declared date'})")
    _say(f"arrives {minute(when(flown.arrive_tdb_s))}")
    for said, epoch in (("leaves the surface", flown.leave_tdb_s), ("back on Earth", flown.back_tdb_s)):
        if when(epoch) is not None:
            _say(f"{said} {day_of(epoch)}")
    table = _table("Manoeuvres", ("burn", "by", "when", "m/s"), right=(3,))
    for burn in flown.manoeuvres:
        table.add_row(
            _text(burn.title or words(burn.name)),
            burn.craft,
            minute(when(burn.epoch_tdb_s)),
            fixed(burn.delta_v_m_s, 1),
        )
    own = sum(burn.delta_v_m_s for burn in flown.manoeuvres if burn.craft != "launcher")
    table.add_row("after the launcher", "", "", fixed(own, 1))
    _print(table)
    for title, figures in (("As flown", flown.facts), ("Targets missed by", flown.residuals)):
        if figures:
            rows = _table(title, ("figure", "value"), right=(1,))
            for key, value in figures.items():
                name, unit = quantity(key)
                rows.add_row(_text(name), with_unit(value, unit, 5))
            _print(rows)


def print_pairs(title: str, rows: list[tuple[str, str, str]]) -> None:
    """Figures under a title: what, value, remark."""
    table = _table(title, ("", "", ""), right=(1,))
    table.show_header = False
    for what, value, remark in rows:
        table.add_row(_text(what), value, _text(remark))
    _print(table)


def print_figures(title: str, columns: tuple[str, ...], rows: list[tuple[str, ...]]) -> None:
    """A table of figures, all set to the right."""
    print_table(title, columns, rows, tuple(range(len(columns))))


def print_table(title: str, columns: tuple[str, ...], rows: list[tuple[str, ...]], right: tuple[int, ...]) -> None:
    """A table of words and, in the columns set to the right, figures."""
    table = _table(title, columns, right)
    for row in rows:
        table.add_row(*map(_text, row))
    _print(table)


def print_note(text: str, loud: bool = False) -> None:
    """A line below a table; a loud one is a warning."""
    print_line(text, "bold yellow" if loud else "dim")


def print_line(text: str, style: str = "") -> None:
    """A line by itself."""
    _say(text, style)


def _table(title: str, columns: tuple[str, ...], right: tuple[int, ...] = ()) -> "Table":
    """An empty table under its title, which is printed at once: rich would wrap it to the width of the table."""
    from rich import box
    from rich.table import Table

    _say(f"\n{title}", "bold")
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for k, name in enumerate(columns):
        table.add_column(_text(name), justify="right" if k in right else "left", no_wrap=k in right)
    return table


def _text(text: str) -> Any:
    """Text without markup, and without characters that would steer a terminal."""
    from rich.text import Text

    return Text("".join(sign for sign in text if sign.isprintable() or sign == "\n"))


def _say(text: str, style: str = "") -> None:
    from rich.text import Text

    _print(Text(_text(text).plain, style), wrapped=False)


def _print(what: Any, wrapped: bool = True) -> None:
    from rich.console import Console

    # A file or a pipe has no width to fold tables into.
    width = None if sys.stdout.isatty() else FILE_WIDTH
    Console(highlight=False, width=width).print(what, soft_wrap=not wrapped)
