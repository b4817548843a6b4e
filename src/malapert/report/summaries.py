"""The run in figures a program can read: the same content as the page's first screen and tables, and how two differ."""

import math
from collections.abc import Iterator
from typing import Any

from malapert.logistics.plan import Plan
from malapert.partners.shares import Shares
from malapert.programme import Programme
from malapert.report.answers import landed_by_year
from malapert.report.wording import title_of, when
from malapert.risk.histories import Risk
from malapert.run import store
from malapert.run.against_time import against_time
from malapert.run.agreement import Agreement
from malapert.run.closure import Closure
from malapert.run.flights import Flights
from malapert.run.folder import Run
from malapert.run.light import Light
from malapert.run.manifest import Manifest
from malapert.station import Operations

FORMAT = 1
# What tells one item of a list from the next, when two summaries are held against each other.
_IDENTITY = ("name", "what", "element", "partner")


def summary(run: Run) -> dict[str, Any]:
    """What a run found, as lists, dictionaries, numbers and text; the same run gives the same summary."""
    programme, closure, manifest = run.programme, run.result("closure", Closure), run.result("plan", Manifest)
    light, lives = run.result("light", Light), run.result("operations", Operations)
    found: dict[str, Any] = store.plain(
        {
            "format": FORMAT,
            "name": programme.name,
            "title": programme.title or programme.name,
            "variant": programme.variant,
            "as_of": programme.as_of,
            "start": programme.start.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "end": programme.end.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "station": programme.station,
            "closes": closure.closes,
            "requirements": closure.verdicts,
            "margins": [{**store.plain(margin), "at_utc": when(margin.at_tdb_s)} for margin in closure.margins],
            "breaks": closure.breaks,
            "landed": _landed(manifest),
            "partners": _partners(programme, run.result("shares", Shares)),
            "fairness": _fairness(run.result("shares", Shares)),
            "dependence": run.result("shares", Shares).dependence,
            "light": {**store.plain(light.summary), "relays": light.relays, "horizon_source": light.horizon_source},
            "flights": _flights(run.result("flights", Flights), manifest),
            "not_flown": dict(run.result("flights", Flights).failed),
            "dates": run.result("dates", Agreement),
            "logistics": against_time(programme, run.result("flights", Flights), manifest, lives)[0],
            "stays": _stays(manifest.plan),
            "experiments": lives.experiments,
            "samples": lives.samples,
            "milestones": _milestones(run.result("risk", Risk)),
            "quantities": {name: float(value) for name, value in sorted(closure.quantities.items())},
            "books": {name: float(f"{value:.1e}") for name, value in sorted(lives.residuals.items())},
        }
    )
    return found


def _landed(manifest: Manifest) -> dict[str, Any]:
    plan = manifest.plan
    by_partner: dict[str, float] = {}
    for delivery in sorted(plan.deliveries, key=lambda d: (d.partner, d.element)):
        by_partner[delivery.partner] = by_partner.get(delivery.partner, 0.0) + delivery.mass_kg
    return {
        "total_kg": plan.delivered_kg,
        "elements": len(plan.deliveries),
        "by_year_kg": landed_by_year(manifest),
        "by_partner_kg": by_partner,
        "left_behind": dict(plan.left_behind),
        "never_used": list(plan.never_used),
        "status": plan.status,
        "deliveries": [
            {
                "element": d.element,
                "partner": d.partner,
                "flight": d.flight,
                "mass_kg": d.mass_kg,
                "arrives": when(d.arrive_tdb_s),
                "in_use": when(d.use_tdb_s),
            }
            for d in plan.deliveries
        ],
    }


def _partners(programme: Programme, shares: Shares) -> list[dict[str, Any]]:
    return [
        {
            "name": line.partner,
            "title": title_of(programme, "partner", line.partner),
            "rule": line.rule,
            "contribution_share": line.contribution_share,
            "entitled_share": line.entitled_share,
            "use_share": line.use_share,
            "gives": shares.contributed[line.partner],
            "gets": shares.used[line.partner],
        }
        for line in shares.entitled
    ]


def _fairness(shares: Shares) -> dict[str, Any]:
    """How far use follows contribution, and whose right stays furthest unused."""
    short = shares.largest_shortfall
    named = {"partner": short.partner, "shortfall": short.shortfall} if short is not None else None
    return {"gini_use": shares.gini_use, "largest_shortfall": named}


def _flights(flights: Flights, manifest: Manifest) -> list[dict[str, Any]]:
    masses = {mass.flight: mass for mass in manifest.masses}
    return [
        {
            "name": flown.name,
            "title": flown.title,
            "partner": flown.partner,
            "departs": when(flown.depart_tdb_s),
            "arrives": when(flown.arrive_tdb_s),
            "because": flown.because,
            "delta_v_m_s": {burn.name: burn.delta_v_m_s for burn in flown.manoeuvres},
            **(
                {
                    "launch_kg": masses[flown.name].launch_kg,
                    "cargo_kg": masses[flown.name].cargo_kg,
                    "cargo_capacity_kg": masses[flown.name].cargo_capacity_kg,
                    "margin_kg": masses[flown.name].margin_kg,
                }
                if flown.name in masses
                else {}
            ),
        }
        for flown in flights.flown
    ]


def _stays(plan: Plan) -> list[dict[str, Any]]:
    return [
        {"name": stay.crew, "members": stay.members, "lands": when(stay.start_tdb_s), "leaves": when(stay.end_tdb_s)}
        for stay in plan.stays
    ]


def _milestones(risk: Risk) -> list[dict[str, Any]]:
    return [
        {
            "name": m.name,
            "planned": when(m.planned_tdb_s),
            "p10": when(m.p10_tdb_s),
            "p50": when(m.p50_tdb_s),
            "p80": when(m.p80_tdb_s),
            "reached": m.reached,
        }
        for m in risk.milestones
    ]


def compared(one: dict[str, Any], other: dict[str, Any]) -> list[dict[str, Any]]:
    """Every figure in which two summaries differ: {figure, one, other, change}; change is None between words."""
    left, right = dict(_leaves("", one)), dict(_leaves("", other))
    rows = []
    for figure in [*left, *(figure for figure in right if figure not in left)]:
        a, b = left.get(figure), right.get(figure)
        if a != b:
            rows.append({"figure": figure, "one": a, "other": b, "change": _change(a, b)})
    return rows


def _change(a: Any, b: Any) -> float | None:
    numbers = all(
        isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value) for value in (a, b)
    )
    return float(b - a) if numbers else None


def _leaves(path: str, value: Any) -> Iterator[tuple[str, Any]]:
    """(path, value) of every figure; items of a list go by their name, and by their place when they have none."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _leaves(f"{path}.{key}" if path else str(key), item)
    elif isinstance(value, list) and any(isinstance(item, dict | list) for item in value):
        for place, item in enumerate(value):
            name = next((item[key] for key in _IDENTITY if key in item), place) if isinstance(item, dict) else place
            yield from _leaves(f"{path}.{name}", item)
    else:
        yield path, ", ".join(str(item) for item in value) if isinstance(value, list) else value
