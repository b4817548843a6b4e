"""Commands of logistics: SpaceNet files simulated and written, studies and programmes planned."""

import json
from pathlib import Path
from typing import Annotated

import typer

from malapert.cli.options import JsonOption, SetOption, VariantOption, print_json
from malapert.cli.progress import Progress
from malapert.errors import InputError

NOT_MET = 2


def spacenet(
    source: Annotated[str, typer.Argument(metavar="FILE", help="A SpaceNet scenario file (JSON).")],
    propulsion: Annotated[bool, typer.Option(help="Fly the burns; --no-propulsion keeps the staging alone.")] = True,
    g0_m_s2: Annotated[
        float, typer.Option(help="Standard gravity of the rocket equation; SpaceNet's own is 9.81.")
    ] = 9.81,
    export: Annotated[Path | None, typer.Option(help="Write it as a SpaceNet file of the current schema.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Simulate a SpaceNet scenario, of the current or the older schema."""
    from malapert.logistics.campaign import Campaign, simulate
    from malapert.logistics.spacenet import read_file, written
    from malapert.report import campaigns

    if not 9.0 <= g0_m_s2 <= 10.0:
        raise InputError(f"--g0-m-s2 {g0_m_s2}: not a standard gravity; give 9.80665, or 9.81 as SpaceNet has it")
    found = read_file(Path(source))
    if not isinstance(found, Campaign):
        answer = {"holds": found.counts, "scenario": False}
        said = ", ".join(f"{count} {kind}" for kind, count in found.counts.items())
        print_json(answer) if as_json else print(f"{source}: {said}, no mistakes found; no scenario to simulate")
        raise typer.Exit(0)
    answer = campaigns.campaign_answer(simulate(found, with_propulsion=propulsion, g0_m_s2=g0_m_s2))
    if export:
        export.write_text(json.dumps(written(found), indent=1), encoding="utf-8")
    answer["files"] = [str(export)] if export else []
    print_json(answer) if as_json else campaigns.print_campaign(answer)
    raise typer.Exit(NOT_MET if answer["errors"] else 0)


def plan(
    source: Annotated[str, typer.Argument(metavar="FILE", help="A study: a file with a [study] table.")],
    variant: VariantOption = "",
    sets: SetOption = None,
    limit_s: Annotated[
        float, typer.Option(help="Longest time of one solve; what is found by then is said, with its gap.")
    ] = 120.0,
    as_json: JsonOption = False,
) -> None:
    """Find the best plan and say how good it is, or what stands in the way."""
    from malapert.logistics.flow import ClashError, read_study, solve
    from malapert.report import flows

    if not limit_s > 0.0:
        raise InputError(f"--limit-s {limit_s:g}: must be above zero")
    study = read_study(source, variant, tuple(sets or ()))
    try:
        with Progress(quiet=as_json) as notice:
            notice("plan", None, f"Plan: {study.name}")
            answer = flows.flow_answer(solve(study, limit_s))
            notice("plan", 1.0, f"Plan: {study.name}")
    except ClashError as clash:
        answer = flows.clash_answer(study, clash)
        print_json(answer) if as_json else flows.print_clash(answer)
        raise typer.Exit(NOT_MET) from None
    print_json(answer) if as_json else flows.print_flow(answer)
