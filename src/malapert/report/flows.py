"""What is said of a study's plan: the answer as plain data for JSON, and as brief tables."""

from dataclasses import asdict
from typing import Any

from malapert.logistics.flow import ClashError, FlowPlan, Study
from malapert.report.terminal import print_line, print_note, print_pairs, print_table
from malapert.report.wording import fixed, percent


def flow_answer(plan: FlowPlan) -> dict[str, Any]:
    """The objective with its bound and gap, masses launched by window, and what travels each leg."""
    row = plan.study.row
    return {
        "name": plan.study.name,
        "title": plan.study.title,
        "feasible": True,
        "objective": plan.objective,
        "objective_value": plan.value,
        "bound": plan.bound,
        "gap": plan.gap,
        "status": plan.status,
        "imleo_kg": plan.imleo_kg,
        "launched_kg_by_window": list(plan.launched_kg),
        "launches_by_window": list(plan.launches) if row.launch_kg else None,
        "mission_dates_d": [window * row.interval_d for window in plan.windows],
        "oxidiser_kg": plan.oxidiser_kg,
        "fuel_kg": plan.fuel_kg,
        "study": row.model_dump(exclude={"source", "title", "note", "enabled", "like"}),
        "unsourced": sorted(
            key for key in row.model_fields_set - {"source", "objective", "title", "note"} if key not in row.source
        ),
        "flows": [asdict(flow) for flow in plan.flows],
    }


def clash_answer(study: Study, clash: ClashError) -> dict[str, Any]:
    """A study without a plan: the demands that clash and what would help."""
    return {
        "name": study.name,
        "title": study.title,
        "feasible": False,
        "objective": study.row.objective,
        "imleo_kg": None,
        "clash": list(clash.demands),
        "relaxations": list(clash.relaxations),
        "words": str(clash),
    }


def print_flow(answer: dict[str, Any]) -> None:
    """How much is launched, how sure that is, and the legs."""
    print_line(f"{answer['title'] or answer['name']}: {fixed(answer['imleo_kg'], 1)} kg launched", "bold")
    sure = "proved the least" if answer["status"] == "optimal" else f"within {percent(answer['gap'])} of the least"
    print_note(f"objective {answer['objective']}: {answer['objective_value']:.6g}, bound {answer['bound']:.6g}, {sure}")
    pairs = [
        ("oxidiser launched", fixed(answer["oxidiser_kg"], 0), "kg"),
        ("fuel launched", fixed(answer["fuel_kg"], 0), "kg"),
    ]
    launches = answer["launches_by_window"] or [None] * len(answer["launched_kg_by_window"])
    for window, (kg, count) in enumerate(zip(answer["launched_kg_by_window"], launches, strict=True)):
        pairs.append((f"window {window + 1}", fixed(kg, 0), "kg" + (f" in {count} launches" if count else "")))
    print_pairs("Launched", pairs)
    columns = ("window", "from", "to", "spacecraft", "crew", "cargo, kg", "propellant, kg", "arriving, kg")
    rows: list[tuple[str, ...]] = [
        (
            str(flow["window"] + 1), flow["origin"], flow["destination"], str(flow["spacecraft"]), str(flow["crew"]),
            fixed(sum(flow["cargo_kg"].values()), 0), fixed(flow["propellant_kg"], 0), fixed(flow["arriving_kg"], 0),
        )
        for flow in answer["flows"]
    ]  # fmt: skip
    print_table("What travels, and what waits for the next step", columns, rows, (3, 4, 5, 6, 7))
    if answer["unsourced"]:
        print_note(f"unsourced: {', '.join(answer['unsourced'])}", loud=True)


def print_clash(answer: dict[str, Any]) -> None:
    """Why there is no plan."""
    print_line(f"{answer['title'] or answer['name']}: no plan", "bold red")
    print_line(answer["words"])
