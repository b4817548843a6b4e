"""Both schemas brought to one shape before they are checked: rows in lists, templates filled in, times in one form."""

from collections.abc import Callable
from typing import Any

Tree = dict[str, Any]
Complain = Callable[[tuple[str | int, ...], str], None]


def is_older(tree: Tree) -> bool:
    """The older schema keeps rows by identifier and calls its elements `elementList`."""
    network = tree.get("network")
    nodes = network.get("nodes") if isinstance(network, dict) else tree.get("nodes")
    return "elementList" in tree or isinstance(nodes, dict)


def shaped(tree: Tree, complain: Complain) -> Tree:
    """A scenario of either schema with `elements` as individuals that hold all their figures."""
    tree = dict(tree)
    if isinstance(tree.get("network"), dict):
        tree["network"] = network(tree["network"])
    if is_older(tree):
        tree["elements"] = rows(tree.pop("elementList", None))
        resources = [*_rows(tree.pop("resourceList", None)), *_rows(tree.pop("resourceTypes", None))]
        tree["resourceList"] = resources
        tree["missionList"] = [_older_mission(row) for row in _rows(tree.get("missionList"))]
        return tree
    templates = {row.get("id"): row for row in _rows(tree.pop("elementTemplates", None)) if isinstance(row, dict)}
    tree["elements"] = [
        _filled(row, templates, ("instantiatedElements", k), complain)
        for k, row in enumerate(_rows(tree.pop("instantiatedElements", None)))
    ]
    return tree


def network(tree: Tree) -> Tree:
    """Places and legs as lists, with older legs' days and single delta-v as the current schema has them."""
    found = {**tree, "nodes": rows(tree.get("nodes")), "edges": rows(tree.get("edges"))}
    if is_older({"network": tree}):
        found["edges"] = older_edges(found["edges"])
    return found


def older_edges(edges: Any) -> Any:
    """Older legs: durations are days."""
    return [_in_days(row, "duration") for row in edges] if isinstance(edges, list) else edges


def rows(value: Any) -> Any:
    """Rows by identifier as a list of rows with one; anything else as it is."""
    if isinstance(value, dict):
        return [{"id": key, **row} if isinstance(row, dict) else row for key, row in value.items()]
    return value


def _rows(value: Any) -> list[Any]:
    found = rows(value)
    return found if isinstance(found, list) else []


def _older_mission(mission: Any) -> Any:
    if not isinstance(mission, dict):
        return mission
    return {**mission, "events": [_older_event(event) for event in _rows(mission.get("events"))]}


def _older_event(event: Any) -> Any:
    """Times as text or days; crews as states; where a move goes is its container."""
    if not isinstance(event, dict):
        return event
    event = dict(event)
    for name in ("mission_time", "exec_time", "duration", "eva_duration"):
        event = _in_days(event, name)
    if isinstance(event.get("priority"), str) and event["priority"].isdigit():
        event["priority"] = int(event["priority"])
    if event.get("type") == "CrewedExploration":
        event["element_states"] = [{"element": key} for key in event.pop("crew", ())]
    if event.get("type") == "MoveElements":
        event["container"] = event.pop("destination_id", None)
    return event


def _in_days(row: Any, name: str) -> Any:
    """A number, or text that is only a number, counts days in the older schema."""
    value = row.get(name) if isinstance(row, dict) else None
    if isinstance(value, str):
        try:
            value = float(value)
        except ValueError:
            return row
    if isinstance(value, int | float) and not isinstance(value, bool):
        return {**row, name: value * 86400.0}
    return row


def _filled(row: Any, templates: dict[Any, Any], path: tuple[str | int, ...], complain: Complain) -> Any:
    if not isinstance(row, dict) or row.get("templateId") is None:
        return row
    template = templates.get(row["templateId"])
    if template is None:
        complain((*path, "templateId"), f"no element template {row['templateId']!r}")
        return row
    own = {name: value for name, value in row.items() if value is not None and not (name == "contents" and not value)}
    return {**template, **own}
