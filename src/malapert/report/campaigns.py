"""What is said of a simulated campaign: the answer as plain data for JSON, and as brief tables."""

import math
from dataclasses import asdict
from typing import Any

from malapert.logistics.campaign import Simulation, measures
from malapert.logistics.campaign.measures import supply_points
from malapert.logistics.campaign.packing import packed
from malapert.report.terminal import print_line, print_note, print_pairs, print_rows
from malapert.report.wording import fixed, number, quantity

MOST_ROWS = 40
UNITS = {"exploration_capability_kg_d": "kg d", "crew_surface_d": "crew-days", "crew_time_h": "crew-hours"}


def campaign_answer(simulation: Simulation) -> dict[str, Any]:
    """Errors and warnings, burns, propellant left, demands by arrival, travels and the measures of effectiveness."""
    campaign = simulation.campaign
    said = campaign.title
    return {
        "name": campaign.name,
        "schema": campaign.schema,
        "start_utc": campaign.start,
        "end_d": simulation.end_d,
        "g0_m_s2": simulation.g0_m_s2,
        "propulsion": simulation.with_propulsion,
        "errors": [asdict(finding) for finding in simulation.errors],
        "warnings": [asdict(finding) for finding in simulation.findings if finding.severity == "warning"],
        "final_fuel_kg": _by_name(simulation),
        "demands": [
            {
                "place": said(point.place),
                "at_d": point.at_d,
                "total_kg": point.total_kg,
                "containers": [
                    {"kind": one.holder.name, "count": one.count, "gross_kg": one.gross_kg} for one in packed(point)
                ],
                "by_class_of_supply_kg": {str(kind): kg for kind, kg in sorted(point.by_class_kg.items())},
            }
            for point in supply_points(simulation)
        ],
        "measures": asdict(measures(simulation)),
        "burns": [{**asdict(burn), "asset": said(burn.asset)} for burn in simulation.burns],
        "travels": [
            {
                **asdict(travel),
                "leg": said(travel.leg),
                "origin": said(travel.origin),
                "destination": said(travel.destination),
                "assets": [said(key) for key in travel.assets],
            }
            for travel in simulation.travels
        ],
        "log": [{"at_d": at_d, "words": words} for at_d, words in simulation.log],
    }


def print_campaign(answer: dict[str, Any]) -> None:
    """Whether it runs, what is left in the tanks, what is asked for where, the measures."""
    count = len(answer["errors"])
    errors = "no errors" if not count else f"{count} error{'s' if count > 1 else ''}"
    print_line(f"{answer['name']}: {fixed(answer['end_d'], 1)} d, {errors}, {len(answer['warnings'])} warnings", "bold")
    origin = f"SpaceNet file of the {answer['schema']} schema" if answer["schema"] else "a programme as flown"
    print_note(f"{origin}; g0 = {answer['g0_m_s2']} m/s2")
    for kind in ("errors", "warnings"):
        rows = [{"day": fixed(f["at_d"], 2), "event": f["event"], "what": f["words"]} for f in answer[kind]]
        if rows:
            print_rows(kind.capitalize(), rows[:MOST_ROWS])
        if len(rows) > MOST_ROWS:
            print_note(f"{len(rows) - MOST_ROWS} more; --json lists them all")
    fuel = [{"stage": name, "propellant left, kg": fixed(kg, 2)} for name, kg in answer["final_fuel_kg"].items()]
    if fuel and answer["propulsion"]:
        print_rows("Propellant left", fuel)
    asked = [
        {
            "place": d["place"],
            "arrival, day": fixed(d["at_d"], 2),
            "demand, kg": fixed(d["total_kg"], 2),
            "containers": str(sum(one["count"] for one in d["containers"])),
            "packed, kg": fixed(sum(one["gross_kg"] for one in d["containers"]), 2),
        }
        for d in answer["demands"]
        if d["total_kg"] > 0.0
    ]
    if asked:
        print_rows("Demands no store meets, by the arrival that is their last chance", asked)
    finite = {key: value for key, value in answer["measures"].items() if math.isfinite(value)}
    figures = [(quantity(key)[0], number(value), UNITS.get(key, quantity(key)[1])) for key, value in finite.items()]
    print_pairs("Measures of effectiveness", figures)


def _by_name(simulation: Simulation) -> dict[str, float]:
    """Propellant left by name; the second of a name has its key behind it."""
    found: dict[str, float] = {}
    for key, kg in simulation.fuel_kg.items():
        name = simulation.campaign.title(key)
        found[name if name not in found else f"{name} ({key})"] = kg
    return found
