"""The risk and shares stages: the rooms' answers for a plan that was flown and lived."""

from collections.abc import Callable

import numpy as np

from malapert.partners.shares import Shares
from malapert.partners.shares import shares as counted
from malapert.programme import Programme
from malapert.risk.histories import Risk, answers
from malapert.risk.study import Table
from malapert.run.flights import Flights
from malapert.run.light import Light
from malapert.run.manifest import Manifest
from malapert.run.parallel import each
from malapert.run.study import study_of
from malapert.station import Operations

# Histories that one worker makes at a time.
PART = 250


def risk(programme: Programme, told: Callable[..., None], light: Light, flights: Flights, plan: Manifest) -> Risk:
    """The programme's histories, over all cores."""
    n = programme.histories
    study = study_of(programme, light, flights, plan, programme.seed)
    study.rows(0, 1)  # compile before the workers are forked
    spans = [(first, min(first + PART, n)) for first in range(0, n, PART)]
    found: list[Table] = []
    for table in each(lambda span: study.rows(*span), spans):
        found.append(table)
        done = spans[len(found) - 1][1]
        told(done / n, f"Risk: {done:,} of {n:,} histories")
    return answers(study, {name: np.concatenate([table[name] for table in found]) for name in found[0]})


def shares(programme: Programme, told: Callable[..., None], plan: Manifest, operations: Operations) -> Shares:
    """The ledger of partners."""
    return counted(programme, plan.plan, operations)
