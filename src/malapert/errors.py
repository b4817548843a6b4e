"""How Malapert complains: what is wrong, where, what was found, what to do; each kind has its exit code."""

from dataclasses import dataclass
from pathlib import Path


class MalapertError(Exception):
    """Anything Malapert says on purpose; the message alone must be enough to act on."""

    exit_code = 3


class InputError(MalapertError):
    """What the user gave cannot be used."""

    exit_code = 1


class CoverageError(InputError):
    """An epoch, a place or a degree lies outside the data at hand."""


class ConvergenceError(MalapertError):
    """A propagator, a targeter or a solver did not reach what was asked; says which condition and by how much."""


@dataclass(frozen=True, order=True)
class Problem:
    """One mistake in a programme file, as a person would look it up."""

    file: str
    line: int
    key: str
    what: str
    do: str = ""

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}" if self.line else self.file
        key = f" {self.key}:" if self.key else ""
        do = f"; {self.do}" if self.do else ""
        return f"{where}:{key} {self.what}{do}"


class ProgrammeError(InputError):
    """All mistakes found in a programme, at once."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = sorted(set(problems))
        super().__init__("\n".join(str(problem) for problem in self.problems))


def one_problem(file: str | Path, what: str, do: str = "", *, line: int = 0, key: str = "") -> ProgrammeError:
    """A programme error made of a single mistake."""
    return ProgrammeError([Problem(str(file), line, key, what, do)])
