"""Commodities over time: a study of missions to a far place and back as one mixed-integer program.

`read_study` checks a file with a `[study]` table; `solve` gives a `FlowPlan`, or raises `ClashError` with the demands
that cannot be met together.
"""

from malapert.logistics.flow.clash import ClashError, clashing
from malapert.logistics.flow.solve import FlowPlan, solve
from malapert.logistics.flow.study import Study, is_study, read_study

__all__ = ["ClashError", "FlowPlan", "Study", "clashing", "is_study", "read_study", "solve"]
