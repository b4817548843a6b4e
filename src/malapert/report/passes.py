"""What is said of contacts and eclipses: answers as plain data, tables, CSV, and a calendar of spans."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from malapert.constants import SECONDS_PER_DAY
from malapert.report.ground import kernels, write_text
from malapert.report.pictures import new_figure, save, wrapped
from malapert.report.terminal import print_note, print_pairs, print_table
from malapert.report.theme import EARTH, GRID, INK, MUTED
from malapert.report.wording import counted, fixed, percent
from malapert.sky.contacts import Contacts
from malapert.sky.eclipses import Eclipse, LunarEclipse
from malapert.sky.time import utc

Array = NDArray[np.float64]

FRAME: Final = "ICRF axes, light time kept; epochs UTC, of reception"
ROWS_SHOWN: Final = 20
# Rows of a calendar that still let a day be told from the next.
MOST_DAYS: Final = 750


def contacts_answer(found: Contacts) -> dict[str, Any]:
    """Passes with their lengths, how much of the span they cover, and the longest gap inside it."""
    start, end = float(found.t_tdb_s[0]), float(found.t_tdb_s[-1])
    spans = found.spans_tdb_s
    gaps = np.diff(np.concatenate([[start], spans.ravel(), [end]]).reshape(-1, 2)).ravel() if len(spans) else [0.0]
    seen = found.range_km[found.seen]
    return {
        "from_utc": _utc(start),
        "to_utc": _utc(end),
        "passes": len(spans),
        "seen_h": float(np.diff(spans).sum()) / 3600.0,
        "seen_share": float(np.diff(spans).sum()) / (end - start),
        "longest_pass_h": float(np.diff(spans).max(initial=0.0)) / 3600.0,
        "longest_gap_h": float(np.max(gaps)) / 3600.0 if len(spans) else (end - start) / 3600.0,
        "least_range_km": float(seen.min()) if seen.size else None,
        "greatest_range_km": float(seen.max()) if seen.size else None,
        "spans": [{"start_utc": _utc(a), "end_utc": _utc(b), "duration_s": round(b - a, 3)} for a, b in spans.tolist()],
        "frame": FRAME,
        "kernels": kernels(),
    }


def eclipse_answer(found: Sequence[Eclipse]) -> list[dict[str, Any]]:
    """Each eclipse of a place or craft."""
    return [
        {
            "by": one.by,
            "start_utc": _epoch(one.penumbra_start_utc),
            "umbra_start_utc": _epoch(one.umbra_start_utc),
            "maximum_utc": _epoch(one.maximum_utc),
            "umbra_end_utc": _epoch(one.umbra_end_utc),
            "end_utc": _epoch(one.penumbra_end_utc),
            "covered": one.covered,
            "cut": one.cut,
        }
        for one in found
    ]


def lunar_eclipse_answer(found: Sequence[LunarEclipse]) -> list[dict[str, Any]]:
    """Each passage of the Moon through the Earth's shadow."""
    return [
        {
            "kind": "total" if one.total_tdb_s else "partial" if one.partial_tdb_s else "penumbral",
            "greatest_utc": _utc(one.greatest_tdb_s),
            "gamma": one.gamma,
            "penumbral_magnitude": one.penumbral_magnitude,
            "umbral_magnitude": one.umbral_magnitude,
            **{
                f"{name}_{end}_utc": None if span is None else _utc(span[k])
                for name, span in (
                    ("penumbral", one.penumbral_tdb_s),
                    ("partial", one.partial_tdb_s),
                    ("total", one.total_tdb_s),
                )
                for k, end in enumerate(("start", "end"))
            },
        }
        for one in found
    ]


def _utc(t_tdb_s: float) -> str:
    return f"{np.datetime_as_string(utc(t_tdb_s), unit='ms')}Z"


def _epoch(epoch: np.datetime64 | None) -> str | None:
    return None if epoch is None else f"{np.datetime_as_string(epoch, unit='ms')}Z"


def _second(epoch: str | None) -> str:
    return "" if epoch is None else epoch[:19].replace("T", " ")


def print_contacts(answer: dict[str, Any]) -> None:
    """Contacts in figures and the first passes."""
    one, other = (end["name"] for end in answer["ends"])
    share = percent(answer["seen_share"])
    pairs = [("In contact", f"{fixed(answer['seen_h'], 1)} h", f"{share} of the time")]
    if answer["passes"]:
        ranges = f"{fixed(answer['least_range_km'], 0)}-{fixed(answer['greatest_range_km'], 0)} km"
        pairs += [
            ("Passes", str(answer["passes"]), f"longest {fixed(answer['longest_pass_h'], 2)} h"),
            ("Longest gap", f"{fixed(answer['longest_gap_h'], 2)} h", ""),
            ("Range", ranges, "while in contact"),
        ]
    print_pairs(f"{one} and {other}, {answer['from_utc'][:10]} to {answer['to_utc'][:10]}", pairs)
    rows: list[tuple[str, ...]] = [
        (_second(span["start_utc"]), _second(span["end_utc"]), fixed(span["duration_s"] / 60.0, 2))
        for span in answer["spans"][:ROWS_SHOWN]
    ]
    if rows:
        print_table("Passes, UTC", ("from", "to", "min"), rows, right=(2,))
    _print_rest(answer["passes"])
    _print_ends(answer)


def print_eclipses(answer: dict[str, Any]) -> None:
    """Eclipses as a table: of the Moon as a whole, or of a place or craft."""
    found = answer["eclipses"]
    title = f"Eclipses {answer['of']}, {answer['from_utc'][:10]} to {answer['to_utc'][:10]}"
    if answer["ends"]:
        columns = ("by", "begins, UTC", "whole from", "deepest", "whole to", "ends", "covered")
        keys = ("start_utc", "umbra_start_utc", "maximum_utc", "umbra_end_utc", "end_utc")
        rows = [
            (
                one["by"],
                *(_second(one[key])[0 if key == "start_utc" else 11 :] for key in keys),
                percent(one["covered"]),
            )
            for one in found[:ROWS_SHOWN]
        ]
        print_table(f"{title}: {counted(len(found), 'eclipse')}", columns, rows, right=(6,))
    else:
        columns = ("greatest, UTC", "kind", "umbral", "penumbral", "gamma", "partial", "total")
        rows = [
            (
                _second(one["greatest_utc"]), one["kind"], fixed(one["umbral_magnitude"], 4),
                fixed(one["penumbral_magnitude"], 4), fixed(one["gamma"], 4), _between(one, "partial"),
                _between(one, "total"),
            )
            for one in found[:ROWS_SHOWN]
        ]  # fmt: skip
        print_table(f"{title}: {counted(len(found), 'eclipse')}", columns, rows, right=(2, 3, 4))
    _print_rest(len(found))
    print_note(answer["earth"])
    _print_ends(answer)


def _between(one: dict[str, Any], phase: str) -> str:
    start, end = one[f"{phase}_start_utc"], one[f"{phase}_end_utc"]
    return "" if start is None else f"{_second(start)[11:]}-{_second(end)[11:]}"


def _print_rest(count: int) -> None:
    if count > ROWS_SHOWN:
        print_note(f"{count - ROWS_SHOWN} more; --json and --csv hold them all")


def _print_ends(answer: dict[str, Any]) -> None:
    for end in answer["ends"]:
        print_note(end["words"])
    if "earth_orientation" in answer:
        print_note(answer["earth_orientation"])
    for warning in answer["warnings"]:
        print_note(f"warning: {warning}", loud=True)


def write_rows(rows: list[dict[str, Any]], path: Path) -> None:
    """Rows that share their keys as CSV, or an InputError."""
    keys = list(rows[0]) if rows else []
    lines = [",".join("" if row[key] is None else str(row[key]) for key in keys) for row in rows]
    write_text(path, "\n".join([",".join(keys), *lines]) + "\n")


def draw_spans(title: str, line: str, spans_utc: list[tuple[str, str]], whole: tuple[str, str], path: Path) -> None:
    """A calendar, a row a day from the top, of spans (UTC) within `whole`."""
    first, last = (np.datetime64(epoch.removesuffix("Z"), "ms") for epoch in whole)
    day0 = first.astype("datetime64[D]")
    days = min(int((last - day0) / np.timedelta64(1, "D")) + 1, MOST_DAYS)
    figure = new_figure(9.0, min(2.2 + 0.14 * days, 11.0))
    axes = figure.add_axes((0.11, 0.13, 0.86, 0.70))
    axes.add_patch(_box(0.0, 24.0, 0.0, float(days), GRID))
    for start, end in spans_utc:
        bounds = (np.datetime64(epoch.removesuffix("Z"), "ms") for epoch in (start, end))
        low, high = (float((epoch - day0) / np.timedelta64(1, "ms")) / (1e3 * SECONDS_PER_DAY) for epoch in bounds)
        for day in range(int(low), min(int(np.ceil(high)), days)):
            left, right = 24.0 * max(low - day, 0.0), 24.0 * min(high - day, 1.0)
            axes.add_patch(_box(left, right, day + 0.08, day + 0.92, EARTH))
    axes.set(xlim=(0.0, 24.0), ylim=(days, 0.0), xlabel="hour of the day, UTC")
    axes.set_xticks(range(0, 25, 3))
    step = max(1, -(-days // 16))
    ticks = np.arange(0, days, step)
    axes.set_yticks(ticks + 0.5, [str(day0 + np.timedelta64(int(k), "D")) for k in ticks])
    shown = "" if int((last - day0) / np.timedelta64(1, "D")) + 1 <= MOST_DAYS else f" · first {MOST_DAYS} days shown"
    figure.text(0.11, 0.955, wrapped(title, 80), color=INK, fontsize=13, fontweight="bold", va="top")
    figure.text(0.11, 0.885, wrapped(line + shown, 120), color=MUTED, fontsize=9, va="top")
    save(figure, path)


def _box(left: float, right: float, top: float, bottom: float, colour: str) -> Any:
    from matplotlib.patches import Rectangle

    return Rectangle((left, top), right - left, bottom - top, facecolor=colour, edgecolor="none")
