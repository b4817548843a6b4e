"""The command line: commands, arguments, progress and exit codes; no physics.

Exit codes: 0 it closes, 1 the input is wrong, 2 it ran and a requirement is not met, 3 it failed inside.
"""

import sys
from typing import Annotated

import typer

import malapert
from malapert.cli import (
    ground,
    logistics,
    offers,
    office,
    orbit,
    programmes,
    propagate,
    record,
    risk,
    size,
    sky,
    transfer,
    traverse,
)
from malapert.errors import MalapertError

FAILED_INSIDE = 3

app = typer.Typer(
    name="malapert",
    help="Plan, fly and run a joint lunar station: one programme file in, one report out.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


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


for command in (
    programmes.run,
    programmes.check,
    programmes.schema,
    programmes.programmes,
    programmes.report_command,
    programmes.compare,
    size.size,
    offers.offer,
    office.serve,
    risk.risk,
    risk.sweep,
    record.fly,
    record.verify,
    ground.light,
    ground.horizon,
    ground.map_command,
    ground.sites,
    propagate.propagate,
    transfer.transfer,
    transfer.windows,
    orbit.orbit,
    logistics.spacenet,
    logistics.plan,
):
    app.command(command.__name__.removesuffix("_command"))(command)
# A southern latitude begins with a minus: what is no option is a place.
for sighted in (sky.contacts, sky.eclipses, traverse.traverse):
    app.command(sighted.__name__, context_settings={"ignore_unknown_options": True})(sighted)
app.add_typer(office.office, name="office")


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
