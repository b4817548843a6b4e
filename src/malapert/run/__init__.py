"""The stages in order and the run folder: provenance, resuming, results on disk.

`execute` runs `STAGES` into a folder and gives a `Run`; `reopen` reads one back; `fly_one` flies a single flight.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from malapert.run.flights import FlownFlight, fly_one
    from malapert.run.folder import Run, execute, reopen, silent
    from malapert.run.stages import STAGES

__all__ = ["STAGES", "FlownFlight", "Run", "execute", "fly_one", "reopen", "silent"]

_HOMES = {
    "folder": ("Run", "execute", "reopen", "silent"),
    "flights": ("FlownFlight", "fly_one"),
    "stages": ("STAGES",),
}


def __getattr__(name: str) -> Any:
    """Names of this room, imported when first asked for: the front door loads the room before anybody needs it."""
    for home, names in _HOMES.items():
        if name in names:
            return getattr(import_module(f"malapert.run.{home}"), name)
    raise AttributeError(f"module 'malapert.run' has no attribute {name!r}")
