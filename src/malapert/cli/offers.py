"""The command on offers: how one fits a programme."""

from pathlib import Path
from typing import Annotated

import typer

from malapert.cli.options import JsonOption, SetOption, VariantOption, print_json
from malapert.cli.progress import Progress

MISFIT = 2


def offer(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The offer, a small TOML file.")],
    to: Annotated[str, typer.Option(help="A programme file, or the name of a shipped programme.")] = "ilrs-2035",
    variant: VariantOption = "",
    sets: SetOption = None,
    base: Annotated[Path | None, typer.Option(help="Run folder of the programme without it; runs/NAME.")] = None,
    out: Annotated[Path | None, typer.Option(help="Folder for the run with it and the fit report.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Check an offer against a programme by running it in: what fits, what does not, what would.

    Exit code 2 when it does not fit. The run without it is made once and kept.
    """
    from malapert.report import fit as shown
    from malapert.run.offers import fit

    with Progress(quiet=as_json) as notice:
        found, folder = fit(to, file, variant, tuple(sets or ()), base, out, notice)
    files = shown.write(found, folder)
    if as_json:
        print_json(shown.answer(found) | {"files": [str(path) for path in files]})
    else:
        shown.print_fit(found, files)
    raise typer.Exit(0 if found.fits else MISFIT)
