"""The crew's time: a week by the hour, months by activity, EVAs held and refused, hours by partner."""

from collections.abc import Iterator
from typing import Any, Final

import numpy as np
import xarray as xr

from malapert.programme import Programme
from malapert.report import theme
from malapert.report.blocks import Block, Fact, Facts, Figure, Section, Spec, Table, cell, figure_cell
from malapert.report.wording import counted, day_of, fixed, number, percent, title_of
from malapert.station import Operations
from malapert.station.hours import runs

# From rest to work, EVAs strongest.
_SHOWN: Final = {
    "sleep": ("sleep", "#c9d3e0"),
    "personal": ("meals, planning, rest", "#e3dccb"),
    "exercise": ("exercise", "#79b7e0"),
    "upkeep": ("upkeep", "#6a5aa8"),
    "work": ("experiments and spare", "#2b9c88"),
    "preparation": ("making ready for an EVA", "#f0c090"),
    "eva": ("EVA", "#d5722a"),
}


def section(programme: Programme, operations: Operations) -> Section:
    """What people did with their hours."""
    if not operations.crew_hours:
        return Section("crew", "Crew time", "Nobody lives at the station in this run.")
    wanted, held = sum(one.wanted for one in operations.evas), sum(one.held for one in operations.evas)
    outside = operations.quantities["eva_h"]
    lead = (
        f"{held} of {counted(wanted, 'EVA')} held, {number(outside)} hours of people outside."
        if wanted
        else "No EVA is planned in this run."
    )
    return Section("crew", "Crew time", lead, tuple(_blocks(programme, operations)))


def _blocks(programme: Programme, operations: Operations) -> Iterator[Block]:
    yield _facts(operations)
    if operations.week.sizes.get("time", 0):
        yield Figure(
            "plot-crew-week",
            f"A week of the crew, from {_first(operations.week)}",
            week(operations.week),
            330,
            "The week with most hours outside. People by what they do; below, when the Sun is in view and a link open.",
        )
    if operations.crew_months.sizes.get("month", 0):
        yield Figure("plot-crew-months", "Hours of people by month", by_month(operations.crew_months), 300)
    if operations.evas:
        yield _evas(programme, operations)
    yield _hours(programme, operations)


def _facts(operations: Operations) -> Facts:
    hours = operations.crew_hours
    person_d = sum(one.person_days for one in hours)

    def a_day(total_h: float) -> str:
        return f"{fixed(total_h / person_d, 1)} h" if person_d else "–"

    evas = operations.quantities["eva_fulfilment"]
    return Facts(
        (
            Fact("EVAs held", percent(evas, 0) if np.isfinite(evas) else "–", "of those wanted"),
            Fact("Outside", a_day(sum(one.eva_h for one in hours)), "a person and day"),
            Fact("Experiments inside", a_day(sum(one.experiments_h for one in hours)), "a person and day"),
            Fact("Upkeep", a_day(sum(one.upkeep_h for one in hours)), "a person and day"),
            Fact("Exercise", a_day(sum(one.exercise_h for one in hours)), "a person and day"),
            Fact("Sleep", a_day(sum(one.sleep_h for one in hours)), "a person and day"),
        )
    )


def _first(shown: xr.Dataset) -> str:
    return str(shown["time"].to_numpy()[0].astype("datetime64[D]"))


def week(shown: xr.Dataset) -> Spec:
    """People by activity, stacked, with bands of light and link below."""
    time, step_h = shown["time"].to_numpy(), float(shown.attrs["step_h"])
    traces = []
    for activity, (name, colour) in _SHOWN.items():
        people = shown["hours_h"].sel(activity=activity).to_numpy() / step_h
        if people.any():
            traces.append(
                {
                    "type": "scatter",
                    "mode": "lines",
                    "stackgroup": "people",
                    "name": name,
                    "x": theme.hours(time),
                    "y": theme.values(people),
                    "line": {"shape": "hv", "width": 0},
                    "fillcolor": colour,
                    "hovertemplate": f"{name}: %{{y:.2f}} at %{{x}}<extra></extra>",
                }
            )
    most = float(shown["hours_h"].sum("activity").max()) / step_h
    lanes = (("sun_fraction", "Sun", theme.SUN, -0.10), ("link", "link", theme.EARTH, -0.22))
    shapes, labels = [], []
    step = np.timedelta64(round(step_h * 60.0), "m")
    for name, said, colour, height in lanes:
        labels.append(theme.label(0.0, height * most, said, colour, xref="paper", xanchor="right", xshift=-4))
        for first, end in runs(shown[name].to_numpy() > 0.0):
            shapes.append(_band(time[first], time[end - 1] + step, height * most, 0.08 * most, colour))
    return theme.spec(
        traces,
        shapes=shapes,
        annotations=labels,
        xaxis=theme.axis(showgrid=False),
        yaxis=theme.axis("people", range=[-0.3 * most, most], tickvals=list(range(int(np.ceil(most)) + 1))),
    )


def _band(start: np.datetime64, end: np.datetime64, middle: float, height: float, colour: str) -> dict[str, Any]:
    first, last = theme.hours(np.array([start, end]))
    return {
        "type": "rect",
        "x0": first,
        "x1": last,
        "y0": middle - height / 2.0,
        "y1": middle + height / 2.0,
        "fillcolor": colour,
        "line": {"width": 0},
    }


def by_month(shown: xr.Dataset) -> Spec:
    """Hours by activity of every month with people, stacked."""
    names = [str(month.astype("datetime64[M]")) for month in shown["month"].to_numpy()]
    traces = [
        {
            "type": "bar",
            "name": name,
            "x": names,
            "y": theme.values(shown["hours_h"].sel(activity=activity).to_numpy()),
            "marker": {"color": colour},
            "hovertemplate": f"{name}: %{{y:,.0f}} h in %{{x}}<extra></extra>",
        }
        for activity, (name, colour) in _SHOWN.items()
        if shown["hours_h"].sel(activity=activity).to_numpy().any()
    ]
    return theme.spec(
        traces,
        barmode="stack",
        bargap=0.35,
        xaxis=theme.axis(type="category", showgrid=False),
        yaxis=theme.axis("hours", rangemode="tozero"),
    )


def _evas(programme: Programme, operations: Operations) -> Table:
    rows = []
    for one in operations.evas:
        why = "; ".join(f"{count} {because}" for because, count in one.refused.items())
        rows.append(
            (
                cell(title_of(programme, "flight", one.flight)),
                cell(day_of(one.start_tdb_s)),
                figure_cell(str(one.wanted)),
                figure_cell(str(one.held), tone="bad" if one.held < one.wanted else ""),
                figure_cell(fixed(one.eva_h, 0)),
                cell(why or "none"),
                cell(f"{day_of(one.first_refused_tdb_s)}: {one.first_because}" if one.refused else ""),
            )
        )
    columns = ("Stay", "From", "Wanted", "Held", "Hours of people", "Refused", "First refused, week from")
    note = "Held where Sun and link last all through it, by the crew's own rules; what a week cannot hold is refused."
    return Table("EVAs", columns, tuple(rows), note)


def _hours(programme: Programme, operations: Operations) -> Table:
    rows = tuple(
        (
            cell(title_of(programme, "partner", hours.partner)),
            figure_cell(number(hours.person_days)),
            *(
                figure_cell(fixed(value, 0))
                for value in (
                    hours.work_h,
                    hours.upkeep_h,
                    hours.experiments_h,
                    hours.spare_h,
                    hours.eva_h,
                    hours.eva_experiments_h,
                    hours.preparation_h,
                    hours.exercise_h,
                    hours.sleep_h,
                    hours.personal_h,
                )
            ),
        )
        for hours in operations.crew_hours
    )
    columns = (
        "Partner", "Person days", "Work inside, h", "Upkeep, h", "Experiments, h", "Spare, h", "Outside, h",
        "of it experiments, h", "Making ready, h", "Exercise, h", "Sleep, h", "Meals, rest, h",
    )  # fmt: skip
    note = "Hours outside that no experiment asks for are upkeep out there. Work, hours outside and all else make 24 h."
    return Table("Hours by partner", columns, rows, note)
