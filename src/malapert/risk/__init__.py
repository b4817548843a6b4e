"""What may go wrong: vehicles, elements, crews, partners and slips over many histories of one plan.

`study.prepare` makes a plan ready, `Study.rows` gives histories as plain numbers from seed and index alone, and
`histories.answers` weighs them; a `Risk` leaves.
"""

from malapert.risk.histories import Risk

__all__ = ["Risk"]
