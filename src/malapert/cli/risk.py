"""Commands that ask many times: histories of a programme, and sweeps over its keys."""

from pathlib import Path
from typing import Annotated

import typer

from malapert import programme as room
from malapert.cli.options import JsonOption, ProgrammeArgument, SetOption, VariantOption, print_json
from malapert.cli.progress import Progress

SchedulerOption = Annotated[
    str,
    typer.Option(help="Dask scheduler, tcp://host:port; `local` for a local cluster; this machine's cores without."),
]
WorkersOption = Annotated[int | None, typer.Option(min=1, help="Worker processes on this machine; all cores without.")]
ResumeOption = Annotated[bool, typer.Option("--resume", help="Go on with what the folder already holds.")]


def risk(
    programme: ProgrammeArgument,
    histories: Annotated[int | None, typer.Option(help="How many; the programme's own number without.")] = None,
    seed: Annotated[int | None, typer.Option(min=0, help="Seed; the programme's own without.")] = None,
    variant: VariantOption = "",
    sets: SetOption = None,
    out: Annotated[Path | None, typer.Option(help="Run folder; runs/NAME when absent.")] = None,
    scheduler: SchedulerOption = "",
    workers: WorkersOption = None,
    resume: ResumeOption = False,
    brief: Annotated[bool, typer.Option("--brief", help="Only the histories: no levers, nothing taken away.")] = False,
    as_json: JsonOption = False,
) -> None:
    """How likely each date and margin is, what drives it, and what each partner and vehicle is worth."""
    loaded = room.load(programme, variant, tuple(sets or ()))
    from malapert.run import doubt as doubts

    n = loaded.histories if histories is None else histories
    chosen = loaded.seed if seed is None else seed
    folder = out or Path("runs") / "-".join(part for part in (loaded.name, variant) if part)
    doubts.check(folder, n)
    with Progress(quiet=as_json) as notice:
        run = doubts.planned(loaded, room.merged_toml(programme, variant, tuple(sets or ())), folder, notice)
        found = doubts.doubt(
            run, n, chosen, folder / doubts.HISTORIES,
            scheduler=scheduler, resume=resume, workers=workers, brief=brief, notice=notice,
        )  # fmt: skip
    from malapert.report import doubts as report

    written = report.write(found)
    if as_json:
        print_json(report.summary(found) | {"files": [str(path) for path in written]})
        return
    report.print_doubt(found)
    for path in written:
        print(f"written: {path}")
