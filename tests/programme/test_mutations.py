"""Whatever a shipped programme is turned into, it loads or says what is wrong in lines that name the file; nothing else."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from malapert import programme
from malapert.errors import InputError, ProgrammeError

LINES = {name: path.read_text().splitlines() for name, path in programme.shipped().items()}
VALUES = st.one_of(
    st.sampled_from(
        [
            "nan",
            "-inf",
            "-1",
            "0",
            "1e400",
            "true",
            "[]",
            "{}",
            "''",
            "'x'",
            "9999-12-31T23:59:60Z",
            "1600-01-01T00:00:00Z",
            "[[1]]",
            "99999999999999999999",
            "'\\u0000'",
        ]
    ),
    st.integers().map(str),
    st.floats().map(repr),
    st.text(max_size=20).map(lambda text: repr(text)),
)


@st.composite
def mutated(draw: st.DrawFn) -> str:
    lines = list(LINES[draw(st.sampled_from(sorted(LINES)))])
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(lines) - 1))
        kind = draw(st.sampled_from(["value", "key", "drop", "double", "swap", "cut", "noise"]))
        if kind == "value" and "=" in lines[at]:
            lines[at] = lines[at].split("=")[0] + "= " + draw(VALUES)
        elif kind == "key" and "=" in lines[at]:
            lines[at] = draw(st.text("abcdefg_.kmtgwh", min_size=1, max_size=12)) + " =" + lines[at].split("=", 1)[1]
        elif kind == "drop":
            lines[at] = ""
        elif kind == "double":
            lines.insert(at, lines[at])
        elif kind == "swap":
            other = draw(st.integers(0, len(lines) - 1))
            lines[at], lines[other] = lines[other], lines[at]
        elif kind == "cut":
            lines[at] = lines[at][: draw(st.integers(0, max(len(lines[at]), 1)))]
        else:
            lines.insert(at, draw(st.text(max_size=30)))
    return "\n".join(lines)


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(text=mutated())
def test_a_mutated_programme_loads_or_says_why(tmp_path: Path, text: str) -> None:
    path = tmp_path / "mutated.toml"
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    try:
        programme.load(path)
    except ProgrammeError as error:
        assert error.problems
        for problem in error.problems:
            assert problem.what and "\n" not in str(problem), problem
            assert problem.file.endswith(".toml") and problem.line >= 0
    except InputError as error:
        pytest.fail(f"a file's mistake must name the file: {error}")


@settings(max_examples=60, deadline=None)
@given(key=st.text(max_size=20), value=st.text(max_size=20))
def test_any_setting_is_taken_or_refused(key: str, value: str) -> None:
    try:
        programme.load("hello", sets=(f"{key}={value}",))
    except InputError as error:
        assert str(error)
