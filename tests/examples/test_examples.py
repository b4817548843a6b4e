"""Every example runs and says what was recorded beside it; the README's programme is the one that ships."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
import typer

from malapert import cli, programme

ROOT = Path(__file__).parents[2]
EXAMPLES = sorted((ROOT / "examples").glob("*.py"))


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_says_what_was_recorded(path: Path) -> None:
    done = subprocess.run([sys.executable, str(path)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout == path.with_suffix(".txt").read_text()


SNIPPETS = [
    (page.name, code)
    for page in (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")))
    for code in re.findall(r"```python\n(.*?)```", page.read_text(), re.DOTALL)
    if "malapert.run(" not in code  # a whole run, which tests/run does
]


@pytest.mark.parametrize(("page", "code"), SNIPPETS)
def test_python_on_a_page_runs(page: str, code: str) -> None:
    exec(compile(code, page, "exec"), {})


COMMANDS = [
    line.partition("  #")[0].strip()
    for page in (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")))
    for block in re.findall(r"```\n(.*?)```", page.read_text(), re.DOTALL)
    for line in block.replace("\\\n", " ").splitlines()
    if line.startswith("malapert ")
]


@pytest.mark.parametrize("line", COMMANDS)
def test_a_command_on_a_page_has_such_options(line: str) -> None:
    """Read as the command line would read it, and not run."""
    _, name, *words = shlex.split(line.partition(">")[0])
    command = typer.main.get_command(cli.app).commands[name]  # type: ignore[attr-defined]
    command.make_context(name, words, **command.context_settings)


def test_there_are_examples() -> None:
    assert len(EXAMPLES) >= 2


def test_the_example_programme_loads_with_its_variant() -> None:
    path = ROOT / "examples" / "my-station.toml"
    assert programme.load(path).fuel_cell
    assert set(programme.load(path, "battery_instead").storage) == {"pack"}


def test_the_readme_shows_the_shipped_hello() -> None:
    assert programme.shipped()["hello"].read_text() in (ROOT / "README.md").read_text()
