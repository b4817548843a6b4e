"""The command line: commands, arguments, progress and exit codes; no physics.

Exit codes: 0 it closes, 1 the input is wrong, 2 it ran and a requirement is not met, 3 it failed inside.
"""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

import malapert
from malapert.errors import MalapertError

if TYPE_CHECKING:
    from rich.progress import TaskID

NOT_MET, FAILED_INSIDE = 2, 3

app = typer.Typer(
    name="malapert",
    help="Plan, fly and run a joint lunar station: one programme file in, one report out.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

ProgrammeArgument = Annotated[str, typer.Argument(help="A programme file, or the name of a shipped programme.")]
VariantOption = Annotated[str, typer.Option(help="Name of a variant the programme declares.")]
SetOption = Annotated[list[str] | None, typer.Option("--set", help="table.name.key=value, over everything else.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]


def _version(asked: bool) -> None:
    if asked:
        print(f"malapert {malapert.__version__}")
        raise typer.Exit


@app.callback()
def _common(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Say which it is.")
    ] = False,
    debug: Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")] = False,
) -> None:
    """Plan, fly and run a joint lunar station."""


@app.command()
def run(
    programme: ProgrammeArgument,
    variant: VariantOption = "",
    sets: SetOption = None,
    out: Annotated[Path | None, typer.Option(help="Run folder; runs/NAME when absent.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Run a programme from declaration to report; a killed run resumes."""
    with _progress(quiet=as_json) as notice:
        finished = malapert.run(programme, variant, tuple(sets or ()), out, notice)
    from malapert import report

    summary = report.summary(finished)
    if as_json:
        _print_json(summary)
    else:
        report.print_summary(summary, finished.folder)
    raise typer.Exit(0 if summary["closes"] else NOT_MET)


@app.command()
def check(
    programme: ProgrammeArgument, variant: VariantOption = "", sets: SetOption = None, as_json: JsonOption = False
) -> None:
    """Check a programme file and say what is in it."""
    from malapert import report

    loaded = malapert.load(programme, variant, tuple(sets or ()))
    counts = report.contents(loaded)
    if as_json:
        _print_json(counts)
    else:
        report.print_contents(counts)


@app.command()
def schema(
    markdown: Annotated[bool, typer.Option("--markdown", help="A reference to read instead.")] = False,
) -> None:
    """Print the JSON Schema of programme files."""
    from malapert.programme import json_schema, reference

    if markdown:
        print(reference(), end="")
    else:
        _print_json(json_schema())


@app.command()
def programmes(as_json: JsonOption = False) -> None:
    """List the shipped programmes and their variants."""
    from malapert import report
    from malapert.programme import load, shipped, variants

    rows = [{"name": name, "title": load(name).title, "variants": list(variants(name))} for name in shipped()]
    if as_json:
        _print_json(rows)
    else:
        report.print_rows("Shipped programmes", rows)


@app.command("report")
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
        _print_json(summary)
    else:
        report.print_summary(summary, folder)
    raise typer.Exit(0 if summary["closes"] else NOT_MET)


@app.command()
def compare(
    one: Annotated[Path, typer.Argument(metavar="RUN", help="A run folder.")],
    other: Annotated[Path, typer.Argument(metavar="RUN", help="The run folder to hold against it.")],
    as_json: JsonOption = False,
) -> None:
    """Hold two runs against each other, figure by figure."""
    from malapert import report
    from malapert.run import STAGES, reopen

    rows = report.compared(report.summary(reopen(one, STAGES)), report.summary(reopen(other, STAGES)))
    if as_json:
        _print_json(rows)
    else:
        report.print_comparison(rows, str(one), str(other))


@app.command()
def fly(
    flight: Annotated[str, typer.Argument(help="Name of a flight of the programme.")],
    programme: Annotated[str, typer.Option(help="A programme file, or the name of a shipped programme.")] = "ilrs-2035",
    variant: VariantOption = "",
    sets: SetOption = None,
    as_json: JsonOption = False,
) -> None:
    """Fly one flight of a programme: manoeuvres, times, masses."""
    from malapert import report
    from malapert.run import store

    flown = malapert.fly(programme, flight, variant, tuple(sets or ()))
    if as_json:
        _print_json(store.plain(flown))
    else:
        report.print_flight(flown)


class _progress:  # noqa: N801
    """Progress bars on a terminal, plain lines elsewhere, nothing when quiet; a context that yields a notice."""

    def __init__(self, quiet: bool) -> None:
        self.quiet = quiet
        self.bars: dict[str, TaskID] = {}
        self.progress: Any = None

    def __enter__(self) -> Callable[[str, float | None, str], None]:
        if self.quiet or not sys.stderr.isatty():
            return self._silent if self.quiet else self._line
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

        columns = (
            TextColumn("{task.description:<52}"),
            BarColumn(),
            TextColumn("{task.percentage:>3.0f} %"),
            TimeElapsedColumn(),
        )
        self.progress = Progress(*columns, console=Console(stderr=True))
        self.progress.start()
        return self._bar

    def __exit__(self, *_: object) -> None:
        if self.progress is not None:
            self.progress.stop()

    def _silent(self, stage: str, fraction: float | None, words: str) -> None:
        pass

    def _line(self, stage: str, fraction: float | None, words: str) -> None:
        if stage not in self.bars or fraction == 1.0:
            print(
                f"{words} ..." if fraction != 1.0 else f"{words}: done" if stage in self.bars else words,
                file=sys.stderr,
            )
        self.bars.setdefault(stage, len(self.bars))  # type: ignore[arg-type]

    def _bar(self, stage: str, fraction: float | None, words: str) -> None:
        if stage not in self.bars:
            self.bars[stage] = self.progress.add_task(words, total=1.0)
        self.progress.update(self.bars[stage], completed=fraction or 0.0, description=words[:52])


def _print_json(value: Any) -> None:
    print(json.dumps(value, indent=1, ensure_ascii=False))


def main() -> None:
    """Entry point: everything Malapert says on purpose becomes one clear message and an exit code."""
    debug = "--debug" in sys.argv[1:]
    try:
        code = app(args=[word for word in sys.argv[1:] if word != "--debug"], standalone_mode=False)
    except MalapertError as error:
        if debug:
            raise
        print(error, file=sys.stderr)
        raise SystemExit(error.exit_code) from None
    except KeyboardInterrupt:
        print("stopped; run it again and it goes on from the last finished stage", file=sys.stderr)
        raise SystemExit(130) from None
    except Exception as error:
        if debug:
            raise
        raise SystemExit(_usage_or_failure(error)) from None
    raise SystemExit(code or 0)


def _usage_or_failure(error: Exception) -> int:
    """A wrong command line is wrong input; anything else is our own failure."""
    say = getattr(error, "format_message", None)
    if say is not None:
        print(f"{str(say()).rstrip('.')}; see malapert --help", file=sys.stderr)
        return 1
    print(f"malapert failed inside ({type(error).__name__}: {error}); --debug shows where", file=sys.stderr)
    return FAILED_INSIDE


if __name__ == "__main__":
    main()
