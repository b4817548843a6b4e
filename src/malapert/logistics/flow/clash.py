"""Why a study has no plan: the smallest set of its demands that cannot be met together, and what would help."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import xarray as xr

from malapert.errors import InputError
from malapert.logistics.flow.study import Study

if TYPE_CHECKING:
    from malapert.logistics.flow.solve import Program

Demand = tuple[int, str]


class ClashError(InputError):
    """Demands that cannot be met together; `demands` in the study's own words, `relaxations` as they were found."""

    exit_code = 2

    def __init__(self, study: Study, demands: tuple[str, ...], relaxations: tuple[str, ...]) -> None:
        self.demands, self.relaxations = demands, relaxations
        row = study.row
        helps = "; or ".join(relaxations) or "no smaller demand and no more copies of this vehicle"
        both = "these cannot be met together" if len(demands) > 1 else "this cannot be met"
        what = f"{row.spacecraft} spacecraft a window, payload_kg = {row.payload_kg:.5g}, isp_s = {row.isp_s:g}"
        limit = f", {row.launches} launches of {row.launch_kg:g} kg" if row.launches is not None else ""
        super().__init__(f"{study.name}: {both} with {what}{limit}: {' and '.join(demands)}. What would help: {helps}")


def clashing(program: "Program", limit_s: float) -> ClashError:
    """The clash of a program that has no plan.

    One demand after another is let go (latest missions first); those without which all would be met are the clash: a
    smallest set in that none of it can be left out. Then each of its keys is made as large as it may be, and the
    vehicles and launches are counted, so that the whole study would be met.
    """
    from malapert.logistics.flow.solve import MOST_COPIES, WANTED, asked

    study = program.study
    amounts = asked(study)
    everything = [(m, what) for m in range(study.row.missions) for what in WANTED if amounts[what] > 0.0]
    kept = list(everything)
    for demand in reversed(list(kept)):
        rest = [one for one in kept if one != demand]
        _hold(program, rest)
        if program.reached(0.0 * program.imleo, limit_s) is None:
            kept = rest
    relaxations = list(_smaller(program, list(dict.fromkeys(what for _, what in kept)), everything, limit_s))
    _hold(program, everything)
    program.copies.update(upper=MOST_COPIES)
    most = study.row.launches
    if program.launches is not None:
        program.launches.update(upper=MOST_COPIES)
    copies = program.reached(1.0 * program.copies, limit_s)
    if copies is not None and round(copies) > study.row.spacecraft:
        relaxations.append(f"spacecraft = {round(copies)} in place of {study.row.spacecraft}")
    if copies is not None and most is not None and program.launches is not None:
        program.copies.update(upper=max(round(copies), study.row.spacecraft))
        peak = program.model.add_variables(lower=0, upper=MOST_COPIES, integer=True, name="peak")
        program.model.add_constraints(program.launches - peak <= 0.0, name="peak_holds")
        needed = program.reached(1.0 * peak, limit_s)
        if needed is not None and round(needed) > most:
            relaxations.append(f"launches = {round(needed)} in place of {most}")
    return ClashError(study, tuple(_words(study, demand) for demand in kept), tuple(relaxations))


def _hold(program: "Program", kept: list[Demand], free: tuple[str, ...] = ()) -> None:
    """Demands to be met whole; the others not at all, those of some kinds as far as they go."""
    lower, upper = xr.zeros_like(program.met.lower), xr.zeros_like(program.met.upper)
    for mission, what in kept:
        lower.loc[{"mission": mission, "what": what}] = 0.0 if what in free else 1.0
        upper.loc[{"mission": mission, "what": what}] = 1.0
    program.met.update(lower=lower, upper=upper)


def _smaller(program: "Program", keys: list[str], everything: list[Demand], limit_s: float) -> Iterator[str]:
    """Each key of a clash as large, on every mission, as the rest of the study lets it be."""
    from malapert.logistics.flow.solve import asked

    for what in keys:
        kinds = ("crew", "consumables") if what == "crew" else (what,)  # fewer people eat less
        _hold(program, everything, kinds)
        part = program.model.add_variables(lower=0.0, upper=1.0, name=f"part_{what}")
        for kind in kinds:
            each = program.met.sel(what=kind, drop=True)
            program.model.add_constraints(part - each <= 0.0, name=f"part_{what}_of_{kind}")
        reached = program.reached(1.0 * part, limit_s, "max")
        for kind in kinds:
            program.model.remove_constraints(f"part_{what}_of_{kind}")
        if reached is not None and reached > 1e-6:
            yield f"{_key(what)} = {_amount(program.study, what, asked(program.study)[what] * reached)}"


def _key(what: str) -> str:
    return {"crew": "crew", "habitat": "habitat_kg", "consumables": "surface_days", "sample": "sample_kg"}[what]


def _amount(study: Study, what: str, amount: float) -> str:
    if what == "crew":
        return str(int(amount + 1e-6))
    if what == "consumables":
        return f"{amount / (study.row.crew * study.row.consumption_kg_d):.1f}"
    return f"{amount:.0f}"


def _words(study: Study, demand: Demand) -> str:
    mission, what = demand
    value = {
        "crew": f"crew = {study.row.crew}",
        "habitat": f"habitat_kg = {study.row.habitat_kg:g}",
        "consumables": f"surface_days = {study.row.surface_days:g}",
        "sample": f"sample_kg = {study.row.sample_kg:g}",
    }[what]
    return f"{value} on mission {mission + 1}"
