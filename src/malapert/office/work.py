"""The process that does a job: reads its inputs from a folder, says progress as lines of JSON, leaves results there."""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import malapert
from malapert.errors import MalapertError
from malapert.report import answers, theme
from malapert.report import fit as shown
from malapert.report.shares import ranked
from malapert.report.summaries import summary
from malapert.run import STAGES, store
from malapert.run.closure import Closure
from malapert.run.folder import Run
from malapert.run.manifest import Manifest
from malapert.run.offers import TRIED, fit

RESULT, FAILED = "result.json", "failed.txt"


def main() -> int:
    """`python -m malapert.office.work JOB VERSION`: do what the job's folder asks."""
    job, version = Path(sys.argv[1]), Path(sys.argv[2])
    try:
        if (job / "offer.toml").is_file():
            told = _notice([prefix + stage for prefix in ("without: ", "with: ") for stage in TRIED])
            found, _ = fit(version / "declared.toml", job / "offer.toml", base=version, out=job / "run", notice=told)
            store.write_text(job / RESULT, store.as_json(shown.answer(found)))
        else:
            finished = malapert.run(version / "declared.toml", out=version, notice=_notice([s.name for s in STAGES]))
            store.write_text(job / RESULT, store.as_json({"summary": summary(finished), "cards": _cards(finished)}))
    except MalapertError as error:
        store.write_text(job / FAILED, str(error).replace(f"{job}/", "").replace(f"{version}/", ""))
        return error.exit_code
    return 0


def _notice(stages: list[str]) -> Callable[[str, float | None, str], None]:
    def told(stage: str, fraction: float | None, words: str) -> None:
        place = stages.index(stage) if stage in stages else len(stages)
        done = min((place + (fraction or 0.0)) / (len(stages) + 1), 1.0)
        print(json.dumps({"progress": round(done, 4), "words": words}), flush=True)

    return told


def _cards(run: Run) -> Any:
    """The report's first screen, as data."""
    split = run.results["shares"]
    closure, plan = run.result("closure", Closure), run.result("plan", Manifest)
    colours = theme.partner_colours(ranked(split))
    return store.plain(answers.cards(run.programme, closure, plan, split, colours))


if __name__ == "__main__":
    raise SystemExit(main())
