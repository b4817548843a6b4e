"""What people see: one HTML report and its twin in JSON, and brief tables on the terminal.

`write` puts report.html and summary.json into a run folder; `summary`, `contents` and `compared` give plain data,
the `print_` functions show it.
"""

from malapert.report.summary import compared, contents, summary
from malapert.report.terminal import print_comparison, print_contents, print_flight, print_rows, print_summary
from malapert.report.write import write

__all__ = [
    "compared",
    "contents",
    "print_comparison",
    "print_contents",
    "print_flight",
    "print_rows",
    "print_summary",
    "summary",
    "write",
]
