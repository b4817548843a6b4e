"""Progress of long work: bars on a terminal, plain lines elsewhere, nothing when quiet."""

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.progress import TaskID

Notice = Callable[[str, float | None, str], None]


class Progress:
    """A context that yields a notice: told of a stage, its fraction done (None when unknown) and its words."""

    def __init__(self, quiet: bool) -> None:
        self.quiet = quiet
        self.bars: dict[str, TaskID] = {}
        self.progress: Any = None

    def __enter__(self) -> Notice:
        if self.quiet or not sys.stderr.isatty():
            return self._silent if self.quiet else self._line
        from rich.console import Console
        from rich.progress import BarColumn, TextColumn, TimeElapsedColumn
        from rich.progress import Progress as Bars

        columns = (
            TextColumn("{task.description:<52}"),
            BarColumn(),
            TextColumn("{task.percentage:>3.0f} %"),
            TimeElapsedColumn(),
        )
        self.progress = Bars(*columns, console=Console(stderr=True))
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
