"""Malapert plans, flies and runs a joint lunar station: one programme file in, one report out.

load(programme, variant="", sets=()) -> Programme    read and check a programme file, or a shipped programme by name
run(programme, variant="", sets=(), out=None) -> Run  every stage, the report and the summary, in a run folder
fly(programme, flight, ...)                           one flight of a programme, integrated in the ephemeris
"""

from collections.abc import Callable
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

import malapert.run  # noqa: F401  the room first: loaded later, it would take the place of the function of its name

if TYPE_CHECKING:
    from malapert.programme import Programme
    from malapert.run import FlownFlight, Run

__version__ = metadata.version("malapert")
__all__ = ["Programme", "Run", "fly", "load", "run"]


def load(programme: str | Path, variant: str = "", sets: tuple[str, ...] = ()) -> "Programme":
    """The checked programme in a file, or a shipped one by name; ProgrammeError lists every mistake."""
    from malapert import programme as room

    return room.load(programme, variant, sets)


def run(
    programme: str | Path,
    variant: str = "",
    sets: tuple[str, ...] = (),
    out: str | Path | None = None,
    notice: Callable[[str, float | None, str], None] | None = None,
) -> "Run":
    """Declare, see, fly, load, live through, doubt, share and report a programme; resumes what a folder already holds.

    out: run folder, `runs/NAME[-VARIANT]` when absent. notice(stage, fraction or None, words) is told of progress.
    """
    from malapert import programme as room

    loaded = room.load(programme, variant, sets)
    from malapert import report
    from malapert.run import STAGES, execute, silent

    told = notice or silent
    folder = Path(out) if out else Path("runs") / "-".join(part for part in (loaded.name, variant) if part)
    finished = execute(loaded, room.merged_toml(programme, variant, sets), folder, STAGES, told)
    told("report", 0.0, "Report")
    report.write(finished)
    told("report", 1.0, "Report")
    return finished


def fly(programme: str | Path, flight: str, variant: str = "", sets: tuple[str, ...] = ()) -> "FlownFlight":
    """One flight of a programme, flown on its earliest date."""
    from malapert.run import fly_one

    return fly_one(load(programme, variant, sets), flight)


def __getattr__(name: str) -> Any:
    """The two classes of the front door, imported when first asked for so that `import malapert` stays light."""
    if name == "Programme":
        from malapert.programme import Programme

        return Programme
    if name == "Run":
        from malapert.run import Run

        return Run
    raise AttributeError(f"module 'malapert' has no attribute {name!r}")
