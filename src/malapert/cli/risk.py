"""Commands that ask many times: histories of a programme, and sweeps over its keys."""

from pathlib import Path
from typing import Annotated, Any

import typer

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
    from malapert import programme as room

    loaded = room.load(programme, variant, tuple(sets or ()))
    from malapert.run import doubt as doubts

    n = loaded.histories if histories is None else histories
    chosen = loaded.seed if seed is None else seed
    folder = out or Path("runs") / "-".join(part for part in (loaded.name, variant) if part)
    doubts.check(loaded, folder, scheduler, n)
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


def sweep(
    programme: ProgrammeArgument,
    over: Annotated[list[str], typer.Option("--over", help="key=a,b or key=low:high:number; may be repeated.")],
    variant: VariantOption = "",
    sets: SetOption = None,
    out: Annotated[Path | None, typer.Option(help="Folder; runs/NAME-sweep when absent.")] = None,
    scheduler: SchedulerOption = "",
    workers: WorkersOption = None,
    resume: ResumeOption = False,
    as_json: JsonOption = False,
) -> None:
    """A programme at every point of a grid over its keys, as one set of Parquet files."""
    from malapert import programme as room

    given = tuple(sets or ())
    loaded = room.load(programme, variant, given)
    from malapert.run import doubt as doubts
    from malapert.run import sweep as sweeps

    grid = sweeps.axes(tuple(over), loaded)
    count = sweeps.size(grid)
    folder = out or Path("runs") / "-".join(part for part in (loaded.name, variant, "sweep") if part)
    doubts.check(loaded, folder, scheduler)
    sweeps.check(programme, variant, given, grid)
    with Progress(quiet=as_json) as notice:
        run = doubts.planned(loaded, room.merged_toml(programme, variant, given), folder, notice)
        table = sweeps.sweep(
            run, programme, variant, given, grid, folder / "points",
            scheduler=scheduler, resume=resume, workers=workers, notice=notice,
        )  # fmt: skip
    from malapert.report import print_rows

    points = [{name: values[k] for name, values in table.items()} for k in range(count)]
    if as_json:
        rows = [{name: _plain(value) for name, value in point.items()} for point in points]
        print_json({"folder": str(folder / "points"), "points": rows})
        return
    shown = [*(axis.key for axis in grid), "closes", "missed", *_SHOWN, "error"]
    print_rows(
        f"{count:,} points of {loaded.name}",
        [{name: _brief(point[name]) for name in shown if name in point} for point in points[:_MOST_SHOWN]],
    )
    print(f"written: {folder / 'points'}/*.parquet (opens with DuckDB, pandas or polars)")


_SHOWN = ("vital_unserved_kwh", "experiment_fulfilment", "crew_housed_d")
_MOST_SHOWN = 60


def _plain(value: Any) -> Any:
    return value.item() if hasattr(value, "item") else value


def _brief(value: Any) -> str:
    value = _plain(value)
    return f"{value:.4g}" if isinstance(value, float) else str(value)
