"""The stages in order and the run folder: provenance, resuming, results on disk.

`execute` runs `STAGES` into a folder and gives a `Run`; `reopen` reads one back; `fly_one` flies a single flight.
"""

from malapert.run.execute import Run, execute, reopen, silent
from malapert.run.flights import FlownFlight, fly_one
from malapert.run.stages import STAGES

__all__ = ["STAGES", "FlownFlight", "Run", "execute", "fly_one", "reopen", "silent"]
