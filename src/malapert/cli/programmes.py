"""Commands on programmes and their runs."""

from pathlib import Path
from typing import Annotated

import typer

import malapert
from malapert.cli.options import JsonOption, ProgrammeArgument, SetOption, VariantOption, print_json
from malapert.cli.progress import Progress

NOT_MET = 2


def run(
    programme: ProgrammeArgument,
    variant: VariantOption = "",
    sets: SetOption = None,
    out: Annotated[Path | None, typer.Option(help="Run folder; runs/NAME when absent.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Run a programme from declaration to report; a killed run resumes."""
    with Progress(quiet=as_json) as notice:
        finished = malapert.run(programme, variant, tuple(sets or ()), out, notice)
    from malapert import report

    summary = report.summary(finished)
    if as_json:
        print_json(summary)
    else:
        report.print_summary(summary, finished.folder)
    raise typer.Exit(0 if summary["closes"] else NOT_MET)


def check(
    programme: ProgrammeArgument, variant: VariantOption = "", sets: SetOption = None, as_json: JsonOption = False
) -> None:
    """Check a programme file and say what is in it."""
    from malapert import report

    loaded = malapert.load(programme, variant, tuple(sets or ()))
    counts = report.contents(loaded)
    if as_json:
        print_json(counts)
    else:
        report.print_contents(counts)


def schema(
    markdown: Annotated[bool, typer.Option("--markdown", help="A reference to read instead.")] = False,
    flights: Annotated[bool, typer.Option("--flights", help="Of flight files instead of programme files.")] = False,
) -> None:
    """Print the JSON Schema of programme or flight files."""
    from malapert.programme import flight_schema, json_schema, reference

    if markdown:
        print(flight_schema.reference() if flights else reference(), end="")
    else:
        print_json(flight_schema.json_schema() if flights else json_schema())


def programmes(as_json: JsonOption = False) -> None:
    """List the shipped programmes and their variants."""
    from malapert import report
    from malapert.programme import load, shipped, variants

    rows = [{"name": name, "title": load(name).title, "variants": list(variants(name))} for name in shipped()]
    if as_json:
        print_json(rows)
    else:
        report.print_rows("Shipped programmes", rows)


def report_command(
    folder: Annotated[Path, typer.Argument(metavar="RUN", help="A run folder.")], as_json: JsonOption = False
) -> None:
    """Write the report of a finished run again, and say what it found."""
    from malapert import report
    from malapert.run import STAGES, reopen

    finished = reopen(folder, STAGES)
    report.write(finished)
    summary = report.summary(finished)
    if as_json:
        print_json(summary)
    else:
        report.print_summary(summary, folder)
    raise typer.Exit(0 if summary["closes"] else NOT_MET)


def compare(
    one: Annotated[
        str, typer.Argument(metavar="RUN", help="A run folder, or a sweep's: FOLDER or FOLDER@key=value,...")
    ],
    other: Annotated[str, typer.Argument(metavar="RUN", help="The one to hold against it.")],
    out: Annotated[
        Path | None, typer.Option(help="Page for two sweeps; compare.html in the first when absent.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Hold two runs against each other, figure by figure, or two sweeps (or points of one), point by point."""
    from malapert import report
    from malapert.run import STAGES, compare, reopen

    if compare.is_sweep(one) or compare.is_sweep(other):
        _compare_sweeps(one, other, out, as_json)
        return
    rows = report.compared(report.summary(reopen(Path(one), STAGES)), report.summary(reopen(Path(other), STAGES)))
    if as_json:
        print_json(rows)
    else:
        report.print_comparison(rows, one, other)


def _compare_sweeps(one: str, other: str, out: Path | None, as_json: bool) -> None:
    from malapert.report import sweeps
    from malapert.run import compare

    found = compare.compared(compare.read(one), compare.read(other))
    page = sweeps.write(found, out or Path(one.partition("@")[0]) / "compare.html")
    if as_json:
        print_json(found | {"files": [str(page)]})
        return
    sweeps.print_compared(found)
    print(f"written: {page}")
