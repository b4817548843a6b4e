"""Many histories as a page of their own, its twin in JSON, and tables on the terminal."""

import math
from pathlib import Path
from typing import Any

from malapert.report import risk as section
from malapert.report.answers import Card, Item
from malapert.report.blocks import Section
from malapert.report.page import laid_out, rendered
from malapert.report.terminal import print_rows
from malapert.report.wording import day_of, fixed, number, percent, when, words
from malapert.risk.histories import Risk
from malapert.run import store
from malapert.run.doubt import Doubt

PAGE, SUMMARY = "risk.html", "risk.json"


def write(doubt: Doubt) -> tuple[Path, Path]:
    """Write the page and its twin beside the histories."""
    page, twin = (doubt.folder.parent / name for name in (PAGE, SUMMARY))
    store.write_text(page, html(doubt))
    store.write_text(twin, store.as_json(summary(doubt)))
    return page, twin


def summary(doubt: Doubt) -> dict[str, Any]:
    """Everything that was found, as plain data; epochs in UTC, None for what never comes."""
    risk = doubt.risk
    return {
        "programme": doubt.study.programme.name,
        "variant": doubt.study.programme.variant,
        "histories": risk.n,
        "seed": risk.seed,
        "milestones": [
            {
                "name": m.name,
                "planned": _utc(m.planned_tdb_s),
                "p10": _utc(m.p10_tdb_s),
                "p50": _utc(m.p50_tdb_s),
                "p80": _utc(m.p80_tdb_s),
                "reached": m.reached,
                "standard_error": m.standard_error,
                "convergence": [
                    {"histories": c.n, "p50": _utc(c.p50_tdb_s), "p80": _utc(c.p80_tdb_s)} for c in m.convergence
                ],
            }
            for m in risk.milestones
        ],
        "odds": [store.plain(one) for one in risk.odds],
        "figures": [store.plain(one) for one in risk.spreads],
        "experiment_h_by_partner": [store.plain(one) for one in risk.partner_hours],
        "flights": [store.plain(one) for one in risk.flights],
        "first_to_go": [{"what": name, "fraction": part} for name, part in risk.blame],
        "without": [store.plain(one) for one in doubt.losses],
        "sensitivities": [store.plain(one) for one in doubt.sensitivities],
        "assumptions": list(risk.assumptions),
    }


def print_doubt(doubt: Doubt) -> None:
    """Milestones, odds, margins, what each loss costs and what moves completion most."""
    risk = doubt.risk
    print_rows(
        f"{fixed(risk.n, 0)} histories of {doubt.study.programme.name}, seed {risk.seed}",
        [
            {
                "milestone": words(m.name),
                "planned": day_of(m.planned_tdb_s),
                "P10": day_of(m.p10_tdb_s),
                "P50": day_of(m.p50_tdb_s),
                "P80": day_of(m.p80_tdb_s),
                "in the span": f"{percent(m.reached)} ± {percent(m.standard_error)}",
            }
            for m in risk.milestones
        ],
    )
    print_rows(
        "Crew and functions",
        [{"what": o.name, "chance": f"{percent(o.chance)} ± {percent(o.standard_error)}"} for o in risk.odds],
    )
    print_rows(
        "Margins and losses",
        [
            {"figure": one.name, **{key: _shown(getattr(one, key)) for key in ("p10", "p50", "p80", "mean", "worst")}}
            for one in (*risk.spreads, *risk.partner_hours)
        ],
    )
    if doubt.losses:
        print_rows(
            "Each partner and vehicle taken away",
            [
                {
                    "without": loss.words,
                    "complete": percent(loss.complete),
                    "a crew lands": percent(loss.first_crew),
                    "crews survive": percent(loss.crew_survives),
                    "experiment h": fixed(loss.experiment_h, 0),
                }
                for loss in doubt.losses
            ],
        )
    for one in doubt.sensitivities[:1]:
        ordered = sorted(one.swings, key=lambda s: -abs(s.at_high - s.at_low))[:6]
        rows = [
            {
                "lever": words(s.lever),
                "low": f"x{s.low:g}: {percent(s.at_low)}",
                "high": f"x{s.high:g}: {percent(s.at_high)}",
            }
            for s in ordered
        ]
        print_rows(f"What moves the {one.words}", rows)


def html(doubt: Doubt) -> str:
    """The page."""
    programme, risk = doubt.study.programme, doubt.risk
    lead = "The same dice with one lever pulled at a time, and Morris's screening of all of them."
    sections = [section.section(programme, risk)]
    if doubt.losses:
        table = section.losses_table(doubt.losses)
        sections.append(Section("losses", "Taken away", "What is left of it without each.", (table,)))
    if doubt.sensitivities:
        blocks = tuple(section.sensitivity_blocks(doubt.sensitivities))
        sections.append(Section("levers", "What matters", lead, blocks))
    complete = risk.milestone("complete")
    return rendered(
        laid_out(
            title=programme.title or programme.name,
            variant=programme.variant,
            meta=(("histories", fixed(risk.n, 0)), ("seed", str(risk.seed)), ("span", _span(doubt))),
            verdict=percent(complete.reached, 0),
            verdict_words="of the histories complete the plan in the span",
            cards=_cards(risk),
            sections=tuple(sections),
        )
    )


def _cards(risk: Risk) -> tuple[Card, ...]:
    complete, crew = risk.milestone("complete"), risk.milestone("first_crew")
    dates = tuple(Item(words(m.name).capitalize(), day_of(m.p50_tdb_s)) for m in risk.milestones)
    chances = tuple(Item(one.name[0].upper() + one.name[1:], percent(one.chance)) for one in risk.odds[:5])
    enough = tuple(Item(f"{fixed(c.n, 0)} histories", day_of(c.p50_tdb_s)) for c in crew.convergence)
    return (
        Card("dates", "When, one time in two?", day_of(crew.p50_tdb_s), words="First crew, P50.", items=dates),
        Card("lives", "Does everybody live?", percent(risk.chance("every crew survives")), items=chances),
        Card(
            "enough",
            "Are there enough histories?",
            f"± {percent(complete.standard_error)}",
            words="Standard error of the chance to complete; below, P50 of the first crew from fewer histories.",
            items=enough,
        ),
    )


def _span(doubt: Doubt) -> str:
    programme = doubt.study.programme
    return f"{programme.start:%Y-%m-%d} to {programme.end:%Y-%m-%d}"


def _shown(value: float) -> str:
    return number(value) if math.isfinite(value) else "-"


def _utc(tdb_s: float) -> str | None:
    """An epoch in UTC as text; None for what never comes."""
    epoch: str | None = store.plain(when(tdb_s))
    return epoch
