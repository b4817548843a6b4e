"""The command that sizes a station's power for its sites."""

from pathlib import Path
from typing import Annotated

import typer

from malapert.cli.options import JsonOption, ProgrammeArgument, SetOption, VariantOption, print_json
from malapert.cli.progress import Progress
from malapert.errors import InputError

NOT_MET = 2


def size(
    programme: ProgrammeArgument,
    variant: VariantOption = "",
    sets: SetOption = None,
    site: Annotated[list[str] | None, typer.Option("--site", help="A declared site; all of them when absent.")] = None,
    from_utc: Annotated[str, typer.Option("--from", help="First day, UTC; a year before the end when absent.")] = "",
    to_utc: Annotated[str, typer.Option("--to", help="End, UTC; the programme's when absent.")] = "",
    unserved: Annotated[
        str, typer.Option(help="Parts of the energy that may go unserved, in per cent: 0,1,5.")
    ] = "0,0.05,0.1,0.2,0.5,1,2,5,10,20",
    most: Annotated[
        list[str] | None, typer.Option("--most", help="Most units of a kind or a table: reactor=0, battery=2.")
    ] = None,
    mass: Annotated[float | None, typer.Option("--mass", help="Most mass of sources and stores, t.")] = None,
    priority: Annotated[int, typer.Option(min=1, max=9, help="Last load priority to serve.")] = 9,
    crewed: Annotated[bool, typer.Option("--crewed/--uncrewed", help="Whether a crew is there.")] = True,
    whole: Annotated[bool, typer.Option("--whole", help="Whole units only.")] = False,
    picture: Annotated[Path | None, typer.Option("--picture", help="Also draw it: .png, .svg or .pdf.")] = None,
    as_json: JsonOption = False,
) -> None:
    """The lightest arrays, batteries, fuel cells and reactors that serve a programme's loads, site by site."""
    import malapert
    from malapert.report import pictures, sizing
    from malapert.run.sizing import Asked
    from malapert.run.sizing import sizing as sized

    if picture:
        pictures.must_be_drawable(picture)
    asked = Asked(
        tuple(site or ()),
        from_utc,
        to_utc,
        _fractions(unserved),
        dict(_limit(text) for text in most or ()),
        1000.0 * mass if mass is not None else float("inf"),
        priority,
        crewed,
        whole,
    )
    loaded = malapert.load(programme, variant, tuple(sets or ()))
    with Progress(quiet=as_json) as notice:
        found = sized(loaded, asked, lambda fraction, words: notice("sizing", fraction, words))
    if picture:
        sizing.draw_sizing(found, picture)
    if as_json:
        print_json(sizing.sizing_answer(found))
    else:
        sizing.print_sizing(found)
        if picture:
            print(picture)
    raise typer.Exit(NOT_MET if any(place.clash for place in found.sites) else 0)


def _fractions(text: str) -> tuple[float, ...]:
    try:
        found = tuple(sorted(float(part) / 100.0 for part in text.split(",")))
    except ValueError:
        raise InputError(f"--unserved {text}: not numbers; write it as in `--unserved 0,1,5`") from None
    if not all(0.0 <= part < 1.0 for part in found):
        raise InputError(f"--unserved {text}: per cent from 0 to below 100")
    return found


def _limit(text: str) -> tuple[str, float]:
    name, equals, number = text.partition("=")
    try:
        most = float(number) if equals else -1.0
    except ValueError:
        most = -1.0
    if not 0.0 <= most < float("inf"):
        raise InputError(f"--most {text}: not a kind and a number; write it as in `--most reactor=0`")
    return name, most
