"""What is said of a programme's plan: dates, manifest, objectives with their gaps, and what stands in the way."""

from typing import Any

from malapert.programme import Programme
from malapert.report.terminal import print_line, print_note, print_table
from malapert.report.wording import fixed, percent
from malapert.run.planning import Proposal


def proposal_answer(programme: Programme, proposal: Proposal) -> dict[str, Any]:
    """Flights with dates and loads, elements with flights, each objective with bound and gap, explanations."""
    found = proposal.schedule
    problem = found.problem
    flights = []
    for name, day in sorted(found.leaves_d.items(), key=lambda one: one[1]):
        slot = problem.slot(name)
        aboard = [element for element, flight in found.rides.items() if flight == name]
        row = {
            "flight": name,
            "departs": problem.day(day),
            "arrives": problem.day(day + slot.travel_d),
            "place": slot.place,
            "capacity_kg": slot.capacity_kg,
            "load_kg": sum(problem.piece(one).kg for one in aboard),
            "moved_d": day - slot.earliest_d,
            "elements": aboard,
        }
        flights.append(row)
    return {
        "programme": programme.name,
        "variant": programme.variant,
        "feasible": not found.absent and not found.grounded,
        "status": found.status,
        "gap": found.gap,
        "first_plan_s": found.first_s,
        "seconds": found.seconds,
        "objectives": [
            {"name": g.name, "value": g.value, "bound": g.bound, "gap": g.gap, "tie_break": g.is_tie_break}
            for g in found.goals
        ],
        "short_of_reserves_kg": found.short_kg,
        "flights": flights,
        "not_needed": [slot.name for slot in problem.slots if not slot.must_fly and slot.name not in found.leaves_d],
        "grounded": list(found.grounded),
        "not_flown": dict(proposal.failed),
        "left_behind": list(found.absent),
        "explanations": [
            {"element": e.piece, "words": e.words, "clash": list(e.clash), "relaxations": list(e.relaxations)}
            for e in proposal.explanations
        ],
    }


def print_proposal(answer: dict[str, Any]) -> None:
    """The plan flight by flight, how good it is, and why anything stays behind."""
    left = len(answer["left_behind"])
    said = "everything comes" if answer["feasible"] else f"{left} elements stay behind"
    print_line(f"{answer['programme']}: {said}", "bold")
    proved = {"optimal": "proved the best", "rolling": "proved in parts, not as a whole"}
    print_note(proved.get(answer["status"], f"best found; at most {percent(answer['gap'])} from the best"))
    rows: list[tuple[str, ...]] = [
        (
            f["flight"], f["departs"], f["arrives"], f["place"], fixed(f["load_kg"], 0), fixed(f["capacity_kg"], 0),
            str(f["moved_d"] or ""), ", ".join(f["elements"]),
        )
        for f in answer["flights"]
    ]  # fmt: skip
    columns = ("flight", "departs", "arrives", "place", "load, kg", "room, kg", "days later", "elements")
    print_table("Flights", columns, rows, (4, 5, 6))
    goals: list[tuple[str, ...]] = [
        (g["name"], fixed(g["value"], 0), fixed(g["bound"], 0), percent(g["gap"]))
        for g in answer["objectives"]
        if not g["tie_break"]
    ]
    print_table("Objectives, each kept for the next", ("what", "found", "bound", "gap"), goals, (1, 2, 3))
    for name in answer["not_needed"]:
        print_note(f"not needed: {name}")
    for name in answer["grounded"]:
        print_note(f"cannot fly: {name}", loud=True)
    for name, why in answer["not_flown"].items():
        print_note(f"could not be flown: {name}: {why}", loud=True)
    for reason in answer["explanations"]:
        print_line(f"left behind: {reason['words']}")
