"""What is said of a flight of record: its timeline, and what is predicted beside what was recorded."""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from malapert.flight.phases import FlownFlight, Held, Piece, held
from malapert.programme.flight_file import UNSOURCED, FlightFile
from malapert.programme.phases import Phase
from malapert.report.terminal import print_line, print_note, print_table
from malapert.report.wording import counted, number, quantity, shortened, words
from malapert.run.record import Outcome
from malapert.sky.time import utc

COLUMNS = ("flight", "quantity", "predicted", "recorded", "unit", "tolerance", "within", "source")
UNGRADED = {"unsourced": "not graded: unsourced", "context": "not graded: context"}
MOST_SOURCE = 48
DIGITS = 6
METRES = 3  # decimals of a kilometre


def flight_answer(flown: FlownFlight) -> dict[str, Any]:
    """Phases with their times, marks, figures and inputs, and the record's rows."""
    begin = flown.begin_tdb_s
    pairs = zip(flown.file.phases, flown.pieces, strict=True)
    return {
        "flight": flown.file.name,
        "title": flown.file.title,
        "note": flown.file.note,
        "file": flown.file.file,
        "phases": [_phase_answer(row, piece, begin) for row, piece in pairs],
        "record": [row_answer(row) for row in held(flown)],
        "unsourced_inputs": unsourced_inputs(flown.file),
    }


def _phase_answer(row: Phase, piece: Piece, begin: float) -> dict[str, Any]:
    first, last = float(piece.epochs_tdb_s[0]), float(piece.epochs_tdb_s[-1])
    return {
        "phase": piece.name,
        "type": piece.type,
        "center": piece.center,
        "note": row.note,
        **_moment("begin", first, begin),
        **_moment("end", last, begin),
        "marks": [{"mark": name, **_moment("at", epoch, begin)} for name, epoch in piece.marks],
        "values": {key: epoch_text(value) if key.endswith("_utc") else value for key, value in piece.values.items()},
        "source": dict(row.source),
        "models": piece.models,
    }


def _moment(name: str, epoch_tdb_s: float, begin_tdb_s: float) -> dict[str, Any]:
    return {f"{name}_utc": epoch_text(epoch_tdb_s), f"{name}_elapsed_s": epoch_tdb_s - begin_tdb_s}


def unsourced_inputs(file: FlightFile) -> list[str]:
    """PHASE.KEY of every figure it is flown with that nobody vouches for; how far a field is taken is no figure."""
    return [
        f"{phase.name}.{key}"
        for phase in file.phases
        for key in phase.inputs()
        if phase.source_of(key).startswith(UNSOURCED) and not key.endswith("_degree")
    ]


def row_answer(row: Held) -> dict[str, Any]:
    """One prediction beside the record; `within` is null where nothing is graded."""
    values: tuple[Any, Any] = (row.predicted, row.recorded)
    if row.quantity.endswith("_utc"):
        values = (epoch_text(row.predicted), epoch_text(row.recorded))
    return {
        "flight": row.flight,
        "quantity": row.quantity,
        "predicted": values[0],
        "recorded": values[1],
        "unit": row.unit,
        "tolerance": row.tolerance,
        "within": row.within,
        "source": row.record.source,
        "mark": row.mark,
        "reason": row.record.reason,
        "note": row.record.note,
    }


def verify_answer(outcomes: Sequence[Outcome], provenance: dict[str, str]) -> dict[str, Any]:
    """The whole table, what could not be flown, and the counts."""
    return {
        **provenance,
        "counts": counts(outcomes),
        "rows": [row_answer(row) for outcome in outcomes for row in outcome.held],
        "flights": [
            {"flight": one.flight, "title": one.title, "note": one.note, "seconds": round(one.seconds, 2),
             "error": one.error}
            for one in outcomes
        ],
    }  # fmt: skip


def counts(outcomes: Sequence[Outcome]) -> dict[str, int]:
    """Flights flown and not, and the rows by their marks."""
    marks = Counter(row.mark for outcome in outcomes for row in outcome.held)
    failed = sum(bool(outcome.error) for outcome in outcomes)
    return {
        "flights": len(outcomes) - failed,
        "not_flown": failed,
        "graded": marks["pass"] + marks["miss"],
        "within": marks["pass"],
        "missed": marks["miss"],
        "unsourced": marks["unsourced"],
        "context": marks["context"],
    }


def print_flight_of_record(flown: FlownFlight) -> None:
    """The timeline, predicted beside recorded, and why what is missed is missed."""
    file = flown.file
    print_line(file.title, "bold")
    begin = flown.begin_tdb_s
    columns = ("phase", "type", "UTC", "elapsed", "height, km", "speed, km/s", "mass, kg")
    print_table("Timeline", columns, list(_timeline(flown, begin)), right=(3, 4, 5, 6))
    print_note("Heights over the body's ellipsoid (the Moon: 1737.4 km); speeds inertial, from the body's centre.")
    rows = held(flown)
    if rows:
        table = [(_mark(row), *_row(row)[1:]) for row in rows]
        print_table("Predicted beside recorded", ("", *COLUMNS[1:6], COLUMNS[7]), [_without_within(r) for r in table],
                    right=(2, 3, 5))  # fmt: skip
    _print_misses(rows, file.note)
    guessed = unsourced_inputs(file)
    if guessed:
        print_note(f"Flown with {counted(len(guessed), 'unsourced figure')}: {', '.join(guessed)}")
    if file.note:
        print_note(_in_one_line(file.note))


def _without_within(row: tuple[str, ...]) -> tuple[str, ...]:
    return (*row[:6], row[7])


def _timeline(flown: FlownFlight, begin: float) -> Iterator[tuple[str, ...]]:
    """A row where each phase begins and for each of its marks, and a last one where the flight ends."""
    for piece in flown.pieces:
        yield (
            piece.name,
            f"{piece.type}, {piece.center}",
            *_at(float(piece.epochs_tdb_s[0]), begin),
            *_craft(piece, 0),
        )
        for name, epoch in piece.marks:
            k = int(np.argmin(np.abs(piece.epochs_tdb_s - epoch)))
            yield ("", f"· {words(name)}", *_at(epoch, begin), *_craft(piece, k))
    last = flown.pieces[-1]
    yield ("end", "", *_at(float(last.epochs_tdb_s[-1]), begin), *_craft(last, -1))


def _at(epoch_tdb_s: float, begin_tdb_s: float) -> tuple[str, str]:
    return _clock(epoch_tdb_s), elapsed(epoch_tdb_s - begin_tdb_s)


def _craft(piece: Piece, k: int) -> tuple[str, str, str]:
    height_km = piece.ground[2][k]
    speed_km_s = float(np.linalg.norm(piece.states[k, 3:]))
    return number(round(float(height_km), METRES), 4), number(speed_km_s, 4), number(float(piece.masses_kg[k]), 5)


def print_verified(outcomes: Sequence[Outcome]) -> None:
    """One table of all flights, the misses with their reasons, what could not be flown, and the counts."""
    rows = [row for outcome in outcomes for row in outcome.held]
    if rows:
        print_table(
            "Flights of record: predicted beside recorded", COLUMNS, [_row(row) for row in rows], right=(2, 3, 5)
        )
    for outcome in outcomes:
        _print_misses(outcome.held, outcome.note)
    for outcome in outcomes:
        if outcome.error:
            print_line(f"NOT FLOWN  {outcome.error}", "bold red")
    print_line(counts_line(counts(outcomes)), "bold")


def counts_line(found: dict[str, int]) -> str:
    """The counts in a sentence."""
    line = (
        f"{counted(found['flights'], 'flight')}: {found['within']} of {found['graded']} graded figures within their "
        f"tolerance, {counted(found['missed'], 'miss', 'misses')}; shown and not graded: {found['unsourced']} "
        f"unsourced, {found['context']} for context"
    )
    return line + (f"; {found['not_flown']} could not be flown" if found["not_flown"] else "")


def _row(row: Held) -> tuple[str, ...]:
    is_epoch = row.quantity.endswith("_utc")
    values = (_clock(value) if is_epoch else number(value, DIGITS) for value in (row.predicted, row.recorded))
    tolerance = number(row.tolerance, 4) if row.within is not None else ""
    within = UNGRADED.get(row.mark, "yes" if row.within else "MISS")
    return (row.flight, _name(row), *values, row.unit, tolerance, within, shortened(row.record.source, MOST_SOURCE))


def _mark(row: Held) -> str:
    return {"pass": "pass", "miss": "MISS"}.get(row.mark, UNGRADED.get(row.mark, "").partition(": ")[2])


def _name(row: Held) -> str:
    phase, _, key = row.quantity.partition(".")
    said = words(key.removesuffix("_utc")) if key.endswith("_utc") else quantity(key)[0]
    return f"{words(phase)}: {said}"


def _print_misses(rows: Sequence[Held], note: str) -> None:
    for row in rows:
        if row.mark == "miss":
            far = row.off / row.tolerance
            off = f"off by {number(row.off, 3)} {row.unit}".strip()
            why = _in_one_line(row.record.note or note) or "No reason is given."
            print_line(f"MISS  {row.flight} {_name(row)}: {off}, {number(far, 2)} times its tolerance. {why}", "yellow")


def _in_one_line(text: str) -> str:
    return " ".join(text.split())


def epoch_text(epoch_tdb_s: float, unit: str = "ms") -> str:
    """TDB seconds as UTC, RFC 3339."""
    half = {"ms": np.timedelta64(500, "us"), "s": np.timedelta64(500, "ms")}[unit]
    return f"{(utc(epoch_tdb_s) + half).astype(f'datetime64[{unit}]')}Z"


def _clock(epoch_tdb_s: float) -> str:
    """An epoch to the second, as a table has it."""
    return epoch_text(epoch_tdb_s, "s").replace("T", " ").rstrip("Z")


def elapsed(seconds: float) -> str:
    """Time since the start: T+ days, hours, minutes and seconds, no more than needed."""
    whole = round(abs(seconds))
    days, rest = divmod(whole, 86400)
    clock = f"{rest // 3600:02d}:{rest % 3600 // 60:02d}:{rest % 60:02d}"
    return f"T{'-' if seconds < -0.5 else '+'}{f'{days} d ' if days else ''}{clock}"
