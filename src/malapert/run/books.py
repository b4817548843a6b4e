"""The risk and shares stages: the rooms' answers for a plan that was flown and lived."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from malapert.partners.shares import Shares
from malapert.partners.shares import shares as counted
from malapert.programme import Programme
from malapert.risk import sensitivity
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
# Histories with each lever at its ends: the same dice, so that few are enough to tell levers apart.
FEW = 100


def risk(programme: Programme, told: Callable[..., None], light: Light, flights: Flights, plan: Manifest) -> Risk:
    """The programme's histories, over all cores, and a few of them again with each lever at its ends."""
    n = programme.histories
    study = study_of(programme, light, flights, plan, programme.seed)
    study.rows(0, 1)  # compile before the workers are forked
    spans = [(first, min(first + PART, n)) for first in range(0, n, PART)]
    found: list[Table] = []
    for table in each(lambda span: study.rows(*span), spans):
        found.append(table)
        done = spans[len(found) - 1][1]
        told(0.8 * done / n, f"Risk: {done:,} of {n:,} histories")
    risk = answers(study, {name: np.concatenate([table[name] for table in found]) for name in found[0]})
    pulled = each(sensitivity.Point(study, min(n, FEW)), sensitivity.points(programme.seed, morris=False))
    told(0.8, "Risk: one lever at a time")
    return replace(risk, sensitivities=sensitivity.weighed(programme.seed, False, pulled))


def shares(programme: Programme, told: Callable[..., None], plan: Manifest, operations: Operations) -> Shares:
    """The ledger of partners."""
    return counted(programme, plan.plan, operations)
