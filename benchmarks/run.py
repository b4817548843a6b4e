"""Wall time and peak memory of each stage of `malapert run`: cold kernels, warm kernels, and a resumed run.

python benchmarks/run.py [PROGRAMME]
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path


def timed(programme: str, out: Path, cache: Path) -> tuple[float, dict[str, dict[str, float]]]:
    """Seconds of one whole command, and what its stages said of themselves."""
    environment = os.environ | {"NUMBA_CACHE_DIR": str(cache)}
    started = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", "malapert.cli", "run", programme, "--out", str(out), "--json"],
        env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    seconds = time.perf_counter() - started
    if done.returncode not in (0, 2):
        raise SystemExit(done.stderr)
    return seconds, json.loads((out / "timings.json").read_text())


def main(programme: str) -> None:
    """Run it cold, warm and again, and print the table."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        cold, cold_stages = timed(programme, place / "cold", place / "kernels")
        warm, warm_stages = timed(programme, place / "warm", place / "kernels")
        again, _ = timed(programme, place / "warm", place / "kernels")
    print(f"{programme}\n{'stage':<14}{'cold s':>10}{'warm s':>10}{'peak MB':>10}")
    for stage, seconds in cold_stages["seconds"].items():
        print(
            f"{stage:<14}{seconds:>10.2f}{warm_stages['seconds'][stage]:>10.2f}{warm_stages['peak_mb'][stage]:>10.0f}"
        )
    print(f"{'whole command':<14}{cold:>10.2f}{warm:>10.2f}")
    print(f"{'resumed':<14}{'':>10}{again:>10.2f}   (nothing to redo; the report is written again)")


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "ilrs-2035")
