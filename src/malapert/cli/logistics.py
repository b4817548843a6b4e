"""Commands of logistics: SpaceNet files simulated and written."""

import json
from pathlib import Path
from typing import Annotated

import typer

from malapert.cli.options import JsonOption, print_json
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
