"""What people see: one HTML report and its twin in JSON, and brief tables on the terminal.

`write` puts report.html and summary.json into a run folder; `summary`, `contents` and `compared` give plain data,
the `print_` functions show it.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from malapert.report.declared import contents
    from malapert.report.files import write
    from malapert.report.summaries import compared, summary
    from malapert.report.terminal import print_comparison, print_contents, print_flight, print_rows, print_summary

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

_HOMES = {
    "declared": ("contents",),
    "summaries": ("compared", "summary"),
    "terminal": ("print_comparison", "print_contents", "print_flight", "print_rows", "print_summary"),
    "files": ("write",),
}


def __getattr__(name: str) -> Any:
    """Names of this room, imported when first asked for: a table on the terminal does not wait for the page."""
    for home, names in _HOMES.items():
        if name in names:
            return getattr(import_module(f"malapert.report.{home}"), name)
    raise AttributeError(f"module 'malapert.report' has no attribute {name!r}")
