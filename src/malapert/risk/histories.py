"""From a table of histories to the answers: milestones, margins, odds, experiment hours, and what is to blame."""

from dataclasses import dataclass

import numpy as np

from malapert.constants import SECONDS_PER_DAY
from malapert.errors import InputError
from malapert.logistics.plan import FlightOption
from malapert.risk.assumptions import ASSUMPTIONS, UNSERVED
from malapert.risk.draws import Flags
from malapert.risk.milestones import Milestone, Odds, Spread, milestone, odds, spread
from malapert.risk.sensitivity import Sensitivity
from malapert.risk.study import FUNCTIONS, MILESTONES, Study, Table, names_to_go

# Figures of each history that are margins or losses, and whether more is worse.
SPREADS = {
    "lowest_power_margin_kw": False,
    "lowest_oxygen_reserve_d": False,
    "lowest_water_reserve_d": False,
    "lowest_food_reserve_d": False,
    "crew_d": False,
    "experiment_h": False,
    "unserved_kwh": True,
    "vital_unserved_kwh": True,
    "worst_vital_short_kw": True,
    "days_without_power": True,
    "days_without_air": True,
}


@dataclass(frozen=True)
class FlightRisk:
    """One flight's odds over all histories.

    `success`: the first flight does all it should; `arrives`: it or its replacement does before the programme's end;
    `lost_for_good`: both are lost; `expected_loss_kg`: landed mass times that. `delay_d` is the mean delay against the
    plan of those that arrive, `waited` the fraction in which its crew waited for the station, `wait_d` the mean of
    those waits. `to_blame`: fraction of the histories that miss `complete` in which it was the first to go; `short`: of
    all, those in which its propellant did not hold for its correction or its descent; `astray`: those in which it came
    down out of reach of its site.
    """

    flight: str
    success: float
    arrives: float
    lost_for_good: float
    expected_loss_kg: float
    delay_d: float
    waited: float
    wait_d: float
    to_blame: float
    short: float
    astray: float


@dataclass(frozen=True)
class Risk:
    """n histories of one seed. `blame` holds (flight or element, fraction of the histories that miss `complete`).

    `spreads` are margins and losses; `odds` the chances that crew and functions survive and that the station is ever
    without air, power or return; `partner_hours` delivered experiment hours by partner; `sensitivities` what moves the
    outcomes, where it was asked for.
    """

    n: int
    seed: int
    milestones: tuple[Milestone, ...]
    flights: tuple[FlightRisk, ...]
    blame: tuple[tuple[str, float], ...]
    spreads: tuple[Spread, ...]
    odds: tuple[Odds, ...]
    partner_hours: tuple[Spread, ...]
    assumptions: tuple[str, ...]
    sensitivities: tuple[Sensitivity, ...] = ()

    def milestone(self, name: str) -> Milestone:
        """One milestone by name."""
        found = next((one for one in self.milestones if one.name == name), None)
        if found is None:
            raise InputError(f"no milestone {name!r}; there are {', '.join(MILESTONES)}")
        return found

    def chance(self, name: str) -> float:
        """One of the odds by name."""
        return next(one.chance for one in self.odds if one.name == name)


def answers(study: Study, table: Table) -> Risk:
    """What a table of histories says, in their order from the first."""
    planned = study.planned()
    milestones = tuple(milestone(k, table[k], float(planned[k][0]), study.end_tdb_s) for k in MILESTONES)
    to_blame = blame(study, table, table["complete"] > study.end_tdb_s)
    flights = tuple(_flight_risk(study, table, option, dict(to_blame)) for option in study.options)
    spreads = tuple(spread(name, table[name], more_is_worse=worse) for name, worse in SPREADS.items())
    hours = tuple(
        spread(name.split("@")[1], values, more_is_worse=False)
        for name, values in table.items()
        if name.startswith("experiment_h@")
    )
    n = len(table["complete"])
    return Risk(
        n, study.dice.seed, milestones, flights, to_blame, spreads, tuple(_odds(table)), hours, ASSUMPTIONS
    )  # fmt: skip


def _odds(table: Table) -> list[Odds]:
    found = [
        odds(
            "every crew survives", table["crew_lost"] + table["crew_without_return"] + table["days_without_air"] == 0.0
        ),
        odds("ever without power", table["vital_unserved_kwh"] > UNSERVED),
        odds("ever without power while crewed", table["crewed_days_without_power"] > 0.0),
        odds("ever without air", table["days_without_air"] > 0.0),
        odds("ever without return", table["crew_without_return"] > 0.0),
        odds("a crew is lost at landing", table["crew_lost"] > 0.0),
    ]
    for function in FUNCTIONS:
        if f"works@{function}" in table:
            found.append(odds(f"{function} works at the end", table[f"works@{function}"] > 0.0))
    return found


def blame(study: Study, table: Table, missed: Flags) -> tuple[tuple[str, float], ...]:
    """(flight or element, fraction of the missing histories in which it was the first to go), most first.

    Flights count from their first loss, elements when their failure keeps a crew away. `delay` stands for histories
    without any loss, `plan` for those in which the plan itself holds an element that can never be of use.
    """
    total = int(missed.sum())
    if not total:
        return ()
    withdrawn = np.any([table[f"{option.name}@withdrawn"] > 0.0 for option in study.options], axis=0)[missed]
    first = table["first_to_go"][missed].astype(int)
    names = names_to_go(study)
    shares = [(name, float(np.mean(first == k))) for k, name in enumerate(names)]
    nothing = first < 0
    shares.append(("withdrawal", float(np.mean(nothing & withdrawn))))
    shares.append(("plan" if study.plan.never_used else "delay", float(np.mean(nothing & ~withdrawn))))
    return tuple(sorted((s for s in shares if s[1] > 0.0), key=lambda pair: (-pair[1], pair[0])))


def _flight_risk(study: Study, table: Table, option: FlightOption, to_blame: dict[str, float]) -> FlightRisk:
    own = {kind: table[f"{option.name}@{kind}"] for kind in ("arrive_tdb_s", "well", "gone", "waited_s")}
    mass_kg = sum(delivery.mass_kg for delivery in study.plan.deliveries if delivery.flight == option.name)
    arrived = np.isfinite(own["arrive_tdb_s"])
    late_s = own["arrive_tdb_s"][arrived] - option.arrive_tdb_s
    waited = own["waited_s"] > 0.5
    return FlightRisk(
        option.name,
        float(own["well"].mean()),
        float(np.mean(own["arrive_tdb_s"] <= study.end_tdb_s)),
        float(own["gone"].mean()),
        float(own["gone"].mean()) * mass_kg,
        float(late_s.mean()) / SECONDS_PER_DAY if arrived.any() else float("inf"),
        float(waited.mean()),
        float(own["waited_s"][waited].mean()) / SECONDS_PER_DAY if waited.any() else 0.0,
        to_blame.get(option.name, 0.0),
        float(table[f"{option.name}@short"].mean()),
        float(table[f"{option.name}@astray"].mean()),
    )
