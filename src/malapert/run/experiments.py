"""When every experiment runs: planned once, within the rights a plan's masses give, and kept."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import xarray as xr

from malapert.logistics.plan import Plan
from malapert.partners.entitlements import contribution_shares, entitled_shares, supply_shares
from malapert.partners.ledger import contributed
from malapert.programme import Programme
from malapert.station import operate
from malapert.station.experiments import Account, Timetable, ranked
from malapert.station.hours import on_site
from malapert.station.plan_hours import YearPlan, planned


@dataclass(frozen=True)
class ExperimentPlan:
    """When every experiment runs. `hours` has `runs` and `possible` (experiment, time) and
    `hands_h` and `outside_h` (experiment, day).

    `shares` are the rights the plan was made within; empty when nobody agreed on any.
    """

    hours: xr.Dataset
    accounts: tuple[Account, ...]
    years: tuple[YearPlan, ...]
    shares: dict[str, float]

    @property
    def gap(self) -> float:
        """Largest relative distance of any year's answer from the solver's bound."""
        return max((year.gap for year in self.years), default=0.0)

    def timetable(self, programme: Programme, plan: Plan) -> Timetable:
        """As the station lives by it."""
        order = ranked(programme, on_site(programme, plan))
        found = self.hours.sel(experiment=[d.element for d in order])
        return Timetable(
            order,
            found["runs"].to_numpy().astype(np.float64),
            found["possible"].to_numpy().astype(bool),
            found["wanted_h"].to_numpy(),
            found["hands_h"].to_numpy(),
            found["outside_h"].to_numpy(),
            self.accounts,
            self.shares,
        )


def hours_planned(
    programme: Programme, plan: Plan, hourly: xr.Dataset, told: Callable[..., None] = lambda fraction, words="": None
) -> ExperimentPlan:
    """Plan the hours under the light as it is lived, within the rights that the plan's masses give.

    Rights of those who may use what their own elements give first follow a life with hours given by rank.
    """
    shares: dict[str, float] = {}
    if programme.entitlement and programme.experiment:
        given = contributed(programme, plan, operate(programme, plan, hourly))
        shares = entitled_shares(programme, contribution_shares(given), supply_shares(given))
    table, years = planned(programme, plan, hourly, shares or None, told)
    names = [d.element for d in table.standing]
    kept = {
        "runs": (
            ("experiment", "time"),
            table.runs.astype(np.float32),
            {"units": "1", "long_name": "part of the hour"},
        ),
        "possible": (("experiment", "time"), table.possible.astype(np.int8), {"units": "1", "long_name": "needs hold"}),
        "wanted_h": (("experiment",), table.wanted_h, {"units": "h", "long_name": "hours wanted while in use"}),
        "hands_h": (("experiment", "day"), table.hands_h, {"units": "h", "long_name": "crew hours set aside inside"}),
        "outside_h": (("experiment", "day"), table.outside_h, {"units": "h", "long_name": "crew hours outside"}),
    }
    # Every dimension has its coordinate: the file of one without bears the time it was made.
    days = np.arange(table.hands_h.shape[1])
    coords = {"experiment": np.array(names, dtype=str), "time": hourly["time"].to_numpy(), "day": days}
    return ExperimentPlan(xr.Dataset(kept, coords=coords), table.accounts, years, shares)
