"""Commands in the sky: contacts between any two ends, and eclipses."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from malapert.cli.options import TIMES_S, JsonOption, measure, say
from malapert.errors import InputError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from malapert.run.ends import NamedEnd

END = "A site, ground station or relay of the catalogue, latitude,longitude on the Moon, or an SPK or OEM file[:BODY]."
MOST_EPOCHS: Final = 3_000_000

FromOption = Annotated[str, typer.Option("--from", help="First day or epoch, UTC.")]
ToOption = Annotated[str, typer.Option("--to", help="End, UTC.")]
StepOption = Annotated[
    str, typer.Option(help="Looked at that often, such as 1min; spans are located between. Chosen when absent.")
]
MastOption = Annotated[float | None, typer.Option(help="Height of the eye above the ground of a lunar place, m.")]
CsvOption = Annotated[Path | None, typer.Option("--csv", help="Write the table.")]
PictureOption = Annotated[Path | None, typer.Option(help="Also draw a calendar: .png, .svg or .pdf.")]


def contacts(
    one: Annotated[str, typer.Argument(help=END)],
    other: Annotated[str, typer.Argument(help="The other end.")],
    from_utc: FromOption,
    to_utc: ToOption,
    step: StepOption = "",
    mast_m: MastOption = None,
    csv: CsvOption = None,
    picture: PictureOption = None,
    as_json: JsonOption = False,
) -> None:
    """When two ends see each other."""
    from malapert.report import passes
    from malapert.sky import contacts as sky
    from malapert.sky.frames import earth_orientation_note

    _must_be_writable(csv, picture)
    span = _span(from_utc, to_utc)
    ends = [_end(text, span, mast_m) for text in (one, other)]
    found = sky.contacts(ends[0].end, ends[1].end, _epochs(span, step, ends))
    answer = passes.contacts_answer(found) | _ends(ends)
    if any(isinstance(end.end, sky.GroundStation) for end in ends):
        answer["earth_orientation"] = earth_orientation_note(found.t_tdb_s)
    if csv:
        passes.write_rows(answer["spans"], csv)
    if picture:
        shares = f"{answer['seen_h']:.1f} h in contact, longest gap {answer['longest_gap_h']:.1f} h"
        line = f"{answer['passes']} passes, {shares}"
        spans = [(each["start_utc"], each["end_utc"]) for each in answer["spans"]]
        whole = answer["from_utc"], answer["to_utc"]
        passes.draw_spans(f"Contacts of {ends[0].name} and {ends[1].name}", line, spans, whole, picture)
    say(answer, as_json, passes.print_contacts, (csv, picture))


def eclipses(
    of: Annotated[str, typer.Argument(help=f"{END} The Moon as a whole when absent.")] = "",
    from_utc: FromOption = "",
    to_utc: ToOption = "",
    by: Annotated[str, typer.Option(help="What covers the Sun: earth or moon.")] = "earth",
    step: StepOption = "",
    mast_m: MastOption = None,
    almanac: Annotated[
        bool, typer.Option(help="Of the Moon as a whole: the air enlarges the Earth's shadow, as almanacs print it.")
    ] = False,
    csv: CsvOption = None,
    as_json: JsonOption = False,
) -> None:
    """Eclipses of the Moon, of a place on it, or of a craft."""
    from malapert.constants import RADIUS_EARTH_EQUATOR_KM
    from malapert.report import passes
    from malapert.report.ground import kernels
    from malapert.sky import eclipses as sky
    from malapert.sky.contacts import GroundStation

    if by not in ("earth", "moon"):
        raise InputError(f"--by {by}: use earth or moon")
    if not (from_utc and to_utc):
        raise InputError("eclipses of when? give --from and --to, such as --from 2026-01-01 --to 2031-01-01")
    if almanac and of:
        raise InputError("--almanac is for the Moon as a whole; leave out the place, or --almanac")
    if by == "moon" and not of:
        raise InputError("--by moon needs a craft or a place; the Moon as a whole is eclipsed by the Earth")
    _must_be_writable(csv, None)
    span = _span(from_utc, to_utc)
    ends = [_end(of, span, mast_m)] if of else []
    rows: list[dict[str, Any]]
    if ends:
        end = ends[0].end
        if isinstance(end, GroundStation):
            raise InputError(f"{of} stands on the Earth; give a place on the Moon or a craft")
        rows = passes.eclipse_answer(sky.eclipses(end, _epochs(span, step, ends), "moon" if by == "moon" else "earth"))
    else:
        radius_km = sky.DANJON_EARTH_RADIUS_KM if almanac else RADIUS_EARTH_EQUATOR_KM
        rows = passes.lunar_eclipse_answer(sky.lunar_eclipses(*span, earth_radius_km=radius_km))
    answer = {
        "of": f"of {ends[0].name}" if ends else "of the Moon",
        "from_utc": from_utc,
        "to_utc": to_utc,
        "eclipses": rows,
        "earth": "the Earth with its air, 1.01 equatorial radii (Danjon)" if almanac else "round bodies without air",
        "frame": passes.FRAME,
        "kernels": kernels(),
    } | _ends(ends)
    if csv:
        passes.write_rows(rows, csv)
    say(answer, as_json, passes.print_eclipses, (csv,))


def _span(from_utc: str, to_utc: str) -> tuple[float, float]:
    from malapert.sky.time import tdb_s

    start, end = float(tdb_s(from_utc)), float(tdb_s(to_utc))
    if not start < end:
        raise InputError(f"--from {from_utc} --to {to_utc}: the end must come after the beginning")
    return start, end


def _end(text: str, span: tuple[float, float], mast_m: float | None) -> "NamedEnd":
    from malapert.run.ends import end_of

    return end_of(text, *span, mast_m)


def _epochs(span: tuple[float, float], step: str, ends: "list[NamedEnd]") -> "NDArray[np.float64]":
    """Epochs from end to end of the span: every minute where something flies, else every ten."""
    import numpy as np

    from malapert.sky.contacts import Orbiter

    flies = any(isinstance(each.end, Orbiter) for each in ends)
    step_s = measure(step, "--step", TIMES_S) if step else 60.0 if flies else 600.0
    count = int((span[1] - span[0]) / step_s)
    if count > MOST_EPOCHS:
        raise InputError(f"{count:,} epochs are more than {MOST_EPOCHS:,}; give a longer --step or a shorter span")
    epochs = np.append(span[0] + step_s * np.arange(count + 1), span[1])
    return np.asarray(epochs[np.append(np.diff(epochs) > 1e-3, True)])


def _ends(ends: "list[NamedEnd]") -> dict[str, Any]:
    return {
        "ends": [{"name": end.name, "words": end.words} for end in ends],
        "warnings": [warning for end in ends for warning in end.warnings],
    }


def _must_be_writable(csv: Path | None, picture: Path | None) -> None:
    from malapert.report import pictures

    if csv:
        pictures.must_be_writable(csv)
    if picture:
        pictures.must_be_drawable(picture)
