"""Who gives and gets: kilograms, kilowatt-hours, gigabytes and crew hours by partner, and what an absence costs.

`Shares` leaves: a ledger line and an entitlement for each partner, and the dependence of the whole on each.
"""

from malapert.partners.shares import Shares

__all__ = ["Shares"]
