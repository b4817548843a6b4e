"""Commands of logistics: SpaceNet files simulated and written, studies and programmes planned."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from malapert.cli.options import JsonOption, SetOption, VariantOption, print_json
from malapert.cli.progress import Progress
from malapert.errors import InputError

if TYPE_CHECKING:
    from malapert.logistics.campaign import Campaign

NOT_MET = 2


def spacenet(
    source: Annotated[str, typer.Argument(metavar="FILE", help="A SpaceNet scenario (JSON), or a programme.")],
    variant: VariantOption = "",
    sets: SetOption = None,
    propulsion: Annotated[bool, typer.Option(help="Fly the burns; --no-propulsion keeps the staging alone.")] = True,
    g0_m_s2: Annotated[
        float | None, typer.Option(help="Standard gravity of the burns; SpaceNet's own 9.81 for its files.")
    ] = None,
    export: Annotated[Path | None, typer.Option(help="Write it as a SpaceNet file of the current schema.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Simulate a SpaceNet scenario, of the current or the older schema; or a programme as flown, and export it."""
    from malapert.constants import STANDARD_GRAVITY_M_S2
    from malapert.logistics.campaign import Campaign, simulate
    from malapert.logistics.campaign.simulate import SPACENET_G0_M_S2
    from malapert.logistics.spacenet import read_file, written
    from malapert.report import campaigns

    if g0_m_s2 is not None and not 9.0 <= g0_m_s2 <= 10.0:
        raise InputError(f"--g0-m-s2 {g0_m_s2}: not a standard gravity; give 9.80665, or 9.81 as SpaceNet has it")
    is_scenario = source.endswith(".json")
    if is_scenario and (variant or sets):
        raise InputError("--variant and --set change programmes, not SpaceNet files; leave them out")
    found = read_file(Path(source)) if is_scenario else _flown(source, variant, tuple(sets or ()), as_json)
    if not isinstance(found, Campaign):
        answer = {"holds": found.counts, "scenario": False}
        said = ", ".join(f"{count} {kind}" for kind, count in found.counts.items())
        print_json(answer) if as_json else print(f"{source}: {said}, no mistakes found; no scenario to simulate")
        raise typer.Exit(0)
    g0 = g0_m_s2 or (SPACENET_G0_M_S2 if is_scenario else STANDARD_GRAVITY_M_S2)
    answer = campaigns.campaign_answer(simulate(found, with_propulsion=propulsion, g0_m_s2=g0))
    if export:
        try:
            export.write_text(json.dumps(written(found), indent=1), encoding="utf-8")
        except OSError as error:
            raise InputError(f"--export {export}: cannot be written ({error.strerror}); name another file") from None
    answer["files"] = [str(export)] if export else []
    print_json(answer) if as_json else campaigns.print_campaign(answer)
    raise typer.Exit(NOT_MET if answer["errors"] else 0)


def _flown(source: str, variant: str, sets: tuple[str, ...], quiet: bool) -> "Campaign":
    """The campaign of a programme: every flight flown on the dates agreed, and loaded."""
    import malapert
    from malapert.run.agreement import agreement, flights
    from malapert.run.campaign import campaign_of
    from malapert.run.flights import traffic
    from malapert.run.manifest import manifest

    programme = malapert.load(source, variant, sets)
    with Progress(quiet=quiet) as notice:

        def told(fraction: float, words: str = "") -> None:
            notice("spacenet", min(fraction, 0.99), words)

        first = traffic(programme, told)
        flown = flights(programme, told, first, agreement(programme, told, first))
        campaign = campaign_of(programme, flown, manifest(programme, told, flights=flown))
        notice("spacenet", 1.0, "Campaign")
    return campaign


def plan(
    source: Annotated[str, typer.Argument(metavar="FILE", help="A study, a programme file, or a shipped programme.")],
    variant: VariantOption = "",
    sets: SetOption = None,
    limit_s: Annotated[
        float, typer.Option(help="Longest solve, s; what is found by then is said with its gap.")
    ] = 120.0,
    as_json: JsonOption = False,
) -> None:
    """Find the best plan and say how good it is, or what stands in the way."""
    from malapert.logistics.flow import is_study

    if not limit_s > 0.0:
        raise InputError(f"--limit-s {limit_s:g}: must be above zero")
    plan_it = _study if is_study(source, tuple(sets or ())) else _programme
    raise typer.Exit(0 if plan_it(source, variant, tuple(sets or ()), limit_s, as_json) else NOT_MET)


def _study(source: str, variant: str, sets: tuple[str, ...], limit_s: float, as_json: bool) -> bool:
    from malapert.logistics.flow import ClashError, read_study, solve
    from malapert.report import flows

    study = read_study(source, variant, sets)
    try:
        with Progress(quiet=as_json) as notice:
            notice("plan", None, f"Plan: {study.name}")
            answer = flows.flow_answer(solve(study, limit_s))
            notice("plan", 1.0, f"Plan: {study.name}")
    except ClashError as clash:
        answer = flows.clash_answer(study, clash)
        print_json(answer) if as_json else flows.print_clash(answer)
        return False
    print_json(answer) if as_json else flows.print_flow(answer)
    return True


def _programme(source: str, variant: str, sets: tuple[str, ...], limit_s: float, as_json: bool) -> bool:
    import malapert
    from malapert.report import schedules
    from malapert.run.planning import propose

    programme = malapert.load(source, variant, sets)
    with Progress(quiet=as_json) as notice:
        found = propose(programme, lambda fraction, words="": notice("plan", fraction, words), limit_s)
        notice("plan", 1.0, "Plan")
    answer = schedules.proposal_answer(programme, found)
    print_json(answer) if as_json else schedules.print_proposal(answer)
    return bool(answer["feasible"])
