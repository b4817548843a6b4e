"""The front door: five names, light to import, and a `run` that stays a function whatever else is imported."""

import subprocess
import sys


def said(code: str) -> str:
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip()


def test_run_is_the_function_before_and_after_its_room_is_used() -> None:
    code = "import malapert, types; before = malapert.run; from malapert.run import STAGES, store; import malapert.run.folder; "
    assert (
        said(code + "print(isinstance(before, types.FunctionType) and malapert.run is before, len(STAGES))")
        == "True 10"
    )


def test_the_names_there_are() -> None:
    code = "import malapert; print(sorted(malapert.__all__), malapert.Programme.__name__, malapert.Run.__name__)"
    assert said(code) == "['Programme', 'Run', 'fly', 'load', 'run'] Programme Run"


def test_importing_it_loads_no_heavy_library() -> None:
    assert said("import sys, malapert; print([m for m in ('numpy', 'numba', 'pydantic') if m in sys.modules])") == "[]"
