"""What may go wrong: launches, landings, elements and slips over many histories of one plan.

A `Risk` leaves: milestones with their percentiles and samples, the odds of each flight, and what is to blame.
"""

from malapert.risk.histories import Risk

__all__ = ["Risk"]
