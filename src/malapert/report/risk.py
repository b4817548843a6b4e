"""Risk: S-curves of the milestones, odds of the flights, what is to blame, and the model in words."""

import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from malapert.programme import Programme
from malapert.report import theme
from malapert.report.blocks import Block, Cell, Figure, Fold, Section, Spec, Table, Words, cell, figure_cell
from malapert.report.wording import (
    NONE,
    day_of,
    element_title,
    fixed,
    number,
    percent,
    plot_text,
    quantity,
    shortened,
    stamp,
    title_of,
    unsourced,
    words,
)
from malapert.risk.histories import Risk
from malapert.risk.milestones import Milestone, Spread
from malapert.risk.sensitivity import OUTCOMES, Sensitivity, Swing
from malapert.run.losses import Loss

COLOURS = {"first_power": "#d3a41f", "first_night_survived": "#6a5aa8", "first_crew": "#1d5fa8", "complete": "#2b9c88"}
_DRIVERS = 12


def section(programme: Programme, risk: Risk, further: str = "") -> Section:
    """What may go wrong and what it does to the dates; `further` says where the levers and losses are."""
    reached = [m for m in risk.milestones if m.reached > 0.0]
    lead = f"{fixed(risk.n, 0)} histories, seed {risk.seed}. "
    complete = next((m for m in risk.milestones if m.name == "complete"), None)
    if not reached:
        lead += "No history reaches any milestone within the span."
    elif complete is not None:
        lead += f"The programme is complete within its span in {percent(complete.reached, 0)} of them."
    return Section("risk", "Risk", lead, (*_blocks(programme, risk), *((Words(further, "faint"),) if further else ())))


def _blocks(programme: Programme, risk: Risk) -> Iterator[Block]:
    if any(np.isfinite(m.samples_tdb_s).any() for m in risk.milestones):
        yield Figure(
            "plot-s-curves",
            "Chance that each milestone is reached by a date",
            s_curves(programme, risk.milestones),
            380,
            "Dots: P50 and P80. Diamonds: without delay or loss. What a curve lacks of 100 % never gets there.",
        )
    yield milestone_table(risk)
    yield from sensitivity_blocks(risk.sensitivities, pictures=1)
    if risk.blame:
        yield Figure(
            "plot-blame",
            "What goes first in the histories that are not complete in time",
            blame(programme, risk),
            70 + 24 * min(len(risk.blame), _DRIVERS),
        )
    yield odds_table(risk)
    yield spread_table(risk)
    if risk.partner_hours:
        yield hours_table(programme, risk)
    yield flight_table(programme, risk)
    yield Fold("The model, in sentences", tuple(Words(text, "faint") for text in risk.assumptions))


def s_curves(programme: Programme, milestones: tuple[Milestone, ...]) -> Spec:
    """Cumulative fraction of histories against date, P50 and P80 marked, names at the ends of the curves."""
    traces: list[dict[str, Any]] = []
    ends: list[tuple[float, str, str]] = []
    end = programme.end.strftime("%Y-%m-%dT%H:%M")
    for milestone in milestones:
        known = milestone.samples_tdb_s[np.isfinite(milestone.samples_tdb_s)]
        if known.size == 0:
            continue
        n = len(milestone.samples_tdb_s)
        picked = np.unique(np.linspace(0, known.size - 1, min(known.size, 240)).round().astype(int))
        colour, name = COLOURS.get(milestone.name, theme.ACCENT), plot_text(words(milestone.name))
        inside = [k for k in picked.tolist() if (stamp(float(known[k])) or end) <= end]
        if not inside:
            continue
        x, y = [stamp(float(known[k])) for k in inside], [(k + 1) / n for k in inside]
        traces.append(
            {
                "type": "scatter",
                "mode": "lines",
                "name": name,
                "x": [x[0], *x, end],
                "y": theme.values(np.array([0.0, *y, y[-1]])),
                "line": {"color": colour, "width": 2, "shape": "hv"},
                "hovertemplate": f"{name}: %{{y:.0%}} by %{{x|%Y-%m-%d}}<extra></extra>",
                "showlegend": False,
            }
        )
        traces += _marks(milestone, colour, name, end)
        ends.append((y[-1], f"{name}, {plot_text(percent(milestone.reached, 0))}", colour))
    # Names stand apart when curves end at the same height.
    heights = theme.apart([at for at, _, _ in ends], 0.055)
    labels = [
        theme.label(1.008, at, text, colour, xref="paper") for at, (_, text, colour) in zip(heights, ends, strict=True)
    ]
    return theme.spec(
        traces,
        annotations=labels,
        margin={"l": 60, "r": 190, "t": 16, "b": 36},
        xaxis=theme.axis(showgrid=False, range=[_first(milestones, programme), end]),
        yaxis=theme.axis("part of the histories", range=[0, 1.04], tickformat=".0%"),
    )


def _first(milestones: tuple[Milestone, ...], programme: Programme) -> str:
    """A little before the earliest sample, so that the curves fill the plot."""
    known = [m.samples_tdb_s[np.isfinite(m.samples_tdb_s)] for m in milestones]
    least = min((float(values.min()) for values in known if values.size), default=math.nan)
    start = programme.start.strftime("%Y-%m-%dT%H:%M")
    return max(stamp(least - 90 * 86400.0) or start, start)


def _marks(milestone: Milestone, colour: str, name: str, end: str) -> Iterator[dict[str, Any]]:
    for percentile, epoch in ((50, milestone.p50_tdb_s), (80, milestone.p80_tdb_s)):
        at = stamp(epoch)
        if at is not None and at <= end:
            place = "top left" if milestone.name == "first_power" else "bottom right"
            yield _dot(
                at,
                percentile / 100.0,
                colour,
                "circle",
                f"{name}: P{percentile} {day_of(epoch)}",
                f"P{percentile}",
                place,
            )
    planned = stamp(milestone.planned_tdb_s)
    if planned is not None and planned <= end:
        yield _dot(
            planned, 0.0, colour, "diamond", f"{name}: planned {day_of(milestone.planned_tdb_s)}", "", "top center"
        )


def _dot(x: str, y: float, colour: str, symbol: str, said: str, text: str, place: str) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "markers+text",
        "x": [x],
        "y": [y],
        "showlegend": False,
        "text": [text],
        "textposition": place,
        "textfont": {"size": 11, "color": colour},
        "cliponaxis": False,
        "marker": {
            "size": 8,
            "color": theme.PAPER if symbol == "circle" else colour,
            "symbol": symbol,
            "line": {"color": colour, "width": 2},
        },
        "hovertemplate": f"{said}<extra></extra>",
    }


def milestone_table(risk: Risk) -> Table:
    """Planned date and percentiles of each milestone."""
    rows = tuple(
        (
            cell(words(m.name).capitalize()),
            cell(day_of(m.planned_tdb_s)),
            cell(day_of(m.p10_tdb_s)),
            cell(day_of(m.p50_tdb_s)),
            cell(day_of(m.p80_tdb_s)),
            figure_cell(percent(m.reached)),
            figure_cell(f"± {percent(m.standard_error)}"),
            cell("; ".join(f"{c.n}: {day_of(c.p50_tdb_s)}" for c in m.convergence) or NONE, "faint"),
        )
        for m in risk.milestones
    )
    columns = (
        "Milestone",
        "Without loss or delay",
        "P10",
        "P50",
        "P80",
        "Reached in the span",
        "Standard error",
        "P50 of so many histories",
    )
    return Table(
        "Milestones",
        columns,
        rows,
        f"A dash stands for a date that so many of the {fixed(risk.n, 0)} histories never reach.",
    )


def odds_table(risk: Risk) -> Table:
    """Chances that crew and functions survive, and that the station is ever without something."""
    rows = tuple(
        (
            cell(one.name[0].upper() + one.name[1:]),
            figure_cell(percent(one.chance)),
            figure_cell(f"± {percent(one.standard_error)}"),
        )
        for one in risk.odds
    )
    return Table("Crew and functions", ("What", "Chance", "Standard error"), rows)


def spread_table(risk: Risk) -> Table:
    """Margins and losses over all histories, by the day."""
    return Table(
        "Margins and losses",
        ("Figure", "P10", "P50", "P80", "Mean", "Standard error", "Worst", "Zero in"),
        tuple(_spread_row(" ".join(quantity(one.name)), one) for one in risk.spreads),
        "Lowest reserves and margins of each history's life by the day. A dash: no crew, or no power, ever came.",
    )


def hours_table(programme: Programme, risk: Risk) -> Table:
    """Experiment hours delivered, by partner."""
    rows = tuple(_spread_row(title_of(programme, "partner", one.name), one) for one in risk.partner_hours)
    columns = ("Partner", "P10", "P50", "P80", "Mean", "Standard error", "Worst", "None in")
    return Table("Experiment hours by partner", columns, rows)


def _spread_row(name: str, one: Spread) -> tuple[Cell, ...]:
    known = (one.p10, one.p50, one.p80, one.mean, one.standard_error, one.worst)
    figures = (figure_cell(number(value) if math.isfinite(value) else NONE) for value in known)
    return (cell(name[0].upper() + name[1:]), *figures, figure_cell(percent(one.at_zero)))


def shown(found: Sensitivity) -> list[Swing]:
    """The levers that move an outcome at all, the widest swing first."""
    moving = [swing for swing in found.swings if swing.at_low != swing.at_high]
    return sorted(moving, key=lambda swing: -abs(swing.at_high - swing.at_low))


def tornado(found: Sensitivity) -> Spec:
    """What an outcome becomes when each lever is at its ends, the widest swing on top."""
    ordered = shown(found)[::-1]
    places = list(range(len(ordered)))
    bars = [
        {
            "type": "bar",
            "orientation": "h",
            "name": said,
            "y": places,
            "base": round(found.base, 6),
            "x": [round(getattr(swing, key) - found.base, 6) for swing in ordered],
            "width": 0.62,
            "marker": {"color": colour},
            "hovertext": [
                f"{words(s.lever)} x{getattr(s, end):g}: {getattr(s, key):.4g}; swing ± {s.error:.2g}" for s in ordered
            ],
            "hoverinfo": "text",
        }
        for said, key, end, colour in (
            ("lever low", "at_low", "low", "#9db4c9"),
            ("lever high", "at_high", "high", theme.ACCENT),
        )
    ]
    names = [f"{words(s.lever).capitalize()} x{s.low:g} to x{s.high:g}" for s in ordered]
    return theme.spec(
        bars,
        barmode="overlay",
        margin={"l": 60, "r": 40, "t": 6, "b": 40},
        xaxis=theme.axis(found.words, tickformat=".0%" if found.fraction else ""),
        yaxis=theme.axis(tickvals=places, ticktext=names, ticks="", showgrid=False, range=[-0.6, len(ordered) - 0.4]),
    )


def sensitivity_blocks(found: tuple[Sensitivity, ...], pictures: int = len(OUTCOMES)) -> Iterator[Block]:
    """A tornado for each outcome, up to so many, and the figures of all levers; Morris's where they were asked for."""
    for k, one in enumerate(found):
        screened = any(math.isfinite(s.effect) for s in one.swings)
        if k < pictures and shown(one):
            yield Figure(
                f"plot-tornado-{k}",
                f"What moves it: {one.words}",
                tornado(one),
                90 + 24 * len(shown(one)),
                f"Means of {fixed(one.histories, 0)} histories, same dice; {number(one.base)} with every lever at 1. "
                "Swings under two of their standard errors are noise; levers that move nothing are left out.",
            )
        rows = tuple(
            (
                cell(words(s.lever).capitalize()),
                figure_cell(number(s.at_low)),
                figure_cell(number(s.at_high)),
                figure_cell(f"± {number(s.error)}"),
                *((figure_cell(number(s.effect)), figure_cell(number(s.interaction))) if screened else ()),
            )
            for s in one.swings
        )
        columns: tuple[str, ...] = ("Lever", "At its low end", "At its high end", "Swing, standard error")
        columns += ("Morris mu*", "Morris sigma") if screened else ()
        yield Fold(f"Figures: {one.words}", (Table("Levers", columns, rows),))


def losses_table(losses: tuple[Loss, ...]) -> Table:
    """The same figures when each partner or vehicle is taken away and the programme planned without it."""
    rows = tuple(
        (
            cell(loss.words),
            figure_cell(percent(loss.complete)),
            figure_cell(percent(loss.first_crew)),
            figure_cell(percent(loss.crew_survives)),
            figure_cell(fixed(loss.experiment_h, 0)),
            figure_cell(fixed(loss.crew_d, 0)),
            figure_cell(number(loss.vital_unserved_kwh)),
        )
        for loss in losses
    )
    columns = (
        "Without", "All of the plan complete", "A crew lands", "Every crew survives", "Experiment hours", "Crew days",
        "Vital energy unserved, kWh",
    )  # fmt: skip
    return Table(
        "Each partner and vehicle taken away",
        columns,
        rows,
        "Planned again without it; complete is then the lesser plan.",
    )


def blame(programme: Programme, risk: Risk) -> Spec:
    """What went first, by its share of the histories that miss the last milestone."""
    top = risk.blame[:_DRIVERS][::-1]
    places = list(range(len(top)))
    names = [plot_text(shortened(said_of(programme, name), 40)) for name, _ in top]
    labels = [theme.label(part, k, f" {plot_text(percent(part))}") for k, (_, part) in enumerate(top)]
    most = max(part for _, part in top)
    bar = {
        "type": "bar",
        "orientation": "h",
        "y": places,
        "x": [round(part, 4) for _, part in top],
        "width": 0.62,
        "marker": {"color": theme.ACCENT},
        "hoverinfo": "skip",
    }
    return theme.spec(
        [bar],
        annotations=labels,
        showlegend=False,
        margin={"l": 60, "r": 40, "t": 6, "b": 40},
        xaxis=theme.axis("of the histories not complete in time", tickformat=".0%", range=[0, most * 1.12]),
        yaxis=theme.axis(tickvals=places, ticktext=names, ticks="", showgrid=False, range=[-0.6, len(top) - 0.4]),
    )


def said_of(programme: Programme, name: str) -> str:
    """A flight or element to blame, in words."""
    if name == "withdrawal":
        return "A partner leaves, nothing lost before"
    if name == "delay":
        return "Delay alone, nothing lost"
    if name == "plan":
        return "The plan itself: an element never of use"
    if name in programme.flight:
        return f"Flight {title_of(programme, 'flight', name)}"
    return f"{element_title(programme, name)} fails"


def flight_table(programme: Programme, risk: Risk) -> Table:
    """Odds of every flight."""
    rows = []
    for one in risk.flights:
        flight = programme.flight[one.flight]
        launcher, craft = programme.launcher[flight.launcher], programme.spacecraft[flight.spacecraft]
        record = unsourced(launcher, "attempts") or (
            flight.route in ("surface", "crewed_landing") and unsourced(craft, "landing_attempts")
        )
        rows.append(
            (
                cell(title_of(programme, "flight", one.flight)),
                cell(launcher.title or flight.launcher),
                figure_cell(percent(one.success), record),
                figure_cell(percent(one.arrives), record),
                figure_cell(percent(one.lost_for_good)),
                figure_cell(fixed(one.expected_loss_kg, 0)),
                figure_cell(number(one.delay_d), unsourced(launcher, "slip_d")),
                figure_cell(f"{percent(one.waited, 0)}, {number(one.wait_d)} d" if one.waited else NONE),
                figure_cell(percent(one.short)),
                figure_cell(percent(one.astray)),
                figure_cell(percent(one.to_blame)),
            )
        )
    columns = (
        "Flight",
        "Launcher",
        "Succeeds at once",
        "Arrives in the span",
        "Lost for good",
        "Expected loss, kg",
        "Mean delay, d",
        "Crew waits",
        "Short of propellant",
        "Lands out of reach",
        "First to go",
    )
    note = (
        "Short of propellant: for the injection error or the descent. Out of reach: of its site, by navigation. "
        "First to go: of the histories not complete."
    )
    return Table("Flights over all histories", columns, tuple(rows), note)
