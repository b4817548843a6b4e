"""The two files a run leaves for people and programs; the same run gives the same bytes."""

from malapert.report.page import html
from malapert.report.summaries import summary
from malapert.report.terminal import REPORT
from malapert.run import Run, store

SUMMARY = "summary.json"


def write(run: Run) -> None:
    """Write report.html and summary.json into the run's folder, each whole or not at all."""
    store.write_text(run.folder / REPORT, html(run))
    store.write_text(run.folder / SUMMARY, store.as_json(summary(run)))
