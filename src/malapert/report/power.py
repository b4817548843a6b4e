"""Power: the worst dark spell hour by hour, the whole span day by day, and every element's energy."""

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import xarray as xr

from malapert.constants import SECONDS_PER_DAY
from malapert.programme import Programme
from malapert.programme.elements import SOURCE_TABLES
from malapert.report import orbital, theme
from malapert.report.blocks import Block, Cell, Fact, Facts, Figure, Section, Spec, Table, Words, cell, figure_cell
from malapert.report.series import Array, daily_least, daily_mean, days_of, window
from malapert.report.wording import (
    NONE,
    counted,
    day_of,
    element_title,
    fixed,
    minute,
    number,
    percent,
    stamp,
    title_of,
    unsourced,
    when,
    with_unit,
    words,
)
from malapert.station import Operations
from malapert.station.results import DarkSpell

# The spell is shown with this much of the time around it; longer ones are cut to what a page can show by the hour.
_AROUND_D, _LONGEST_H = 2.0, 1500


def section(programme: Programme, operations: Operations) -> Section:
    """Power and its stores."""
    if not math.isfinite(operations.first_power_tdb_s):
        return Section(
            "power",
            "Power",
            "No source of power comes into use at the station in this run.",
            tuple(_table(programme, operations)),
        )
    worst = operations.worst_dark
    lead = f"First power on {day_of(operations.first_power_tdb_s)}. "
    lead += _spell_words(worst) if worst else "The site has no dark spell after that."
    return Section("power", "Power", lead, tuple(_blocks(programme, operations)))


def _spell_words(spell: DarkSpell) -> str:
    start = minute(when(spell.start_tdb_s))
    if spell.vital_unserved_kwh > 0.0:
        return (
            f"In the worst dark spell, {fixed(spell.hours, 0)} h from {start}, {number(spell.vital_unserved_kwh)} kWh "
            "of vital load go unserved."
        )
    return (
        f"The worst dark spell, {fixed(spell.hours, 0)} h from {start}, is survived with "
        f"{percent(spell.lowest_charge_fraction, 0)} left in the stores; "
        f"{number(spell.margin_kw)} kW more of vital load could be carried through it."
    )


def _blocks(programme: Programme, operations: Operations) -> Iterator[Block]:
    figures, series, worst = operations.quantities, operations.series, operations.worst_dark
    yield Facts(
        (
            Fact("Energy generated", _mwh(figures["generated_kwh"])),
            Fact("Energy served", _mwh(figures["served_kwh"]), f"of {_mwh(figures['asked_kwh'])} asked"),
            Fact("Not served", percent(figures["unserved_fraction"], 2), "of all load asked"),
            Fact(
                "Vital load not served",
                f"{number(figures['vital_unserved_kwh'])} kWh",
                f"in {number(figures['vital_unserved_h'])} h",
            ),
            Fact("Not used", _mwh(figures["curtailed_kwh"]), "generation nobody could take"),
            Fact("First dark survived", day_of(operations.first_dark_survived_tdb_s), "first spell of a day or more"),
            *_minutes(operations),
        )
    )
    if worst:
        yield Figure(
            "plot-worst-dark",
            f"The worst dark spell, {day_of(worst.start_tdb_s)}, hour by hour",
            worst_dark(series, worst),
            470,
            "Load served by priority against what sources could give; usable energy in the stores. Grey: no Sun.",
        )
    yield Figure(
        "plot-power-daily",
        "The whole span by day",
        overview(series),
        470,
        "Daily means of generation and load; the least charge of each day.",
    )
    yield _spells(operations)
    if operations.warmths:
        yield _warmths(programme, operations)
    yield from orbital.blocks(programme, operations)
    yield from _table(programme, operations)


def _minutes(operations: Operations) -> Iterator[Fact]:
    """What finer steps say of the worst dark spell."""
    fine = operations.spell
    if "served_kw" not in fine:
        return
    step_h = float((fine["time"][1] - fine["time"][0]) / np.timedelta64(1, "h"))
    short = (fine["load_kw"] - fine["served_kw"]).sel(priority=1).to_numpy().clip(0.0)
    held = (fine["stored_kwh"] / fine["capacity_kwh"].where(fine["capacity_kwh"] > 0.0)).min()
    yield Fact(
        "The worst dark by the minute",
        f"{number(float(short.sum()) * step_h)} kWh",
        f"of vital load missed; stores down to {percent(float(held), 1)}",
    )


def _mwh(kwh: float) -> str:
    return with_unit(kwh / 1000.0, "MWh")


def worst_dark(series: xr.Dataset, spell: DarkSpell) -> Spec:
    """Served load by priority against generation, state of charge under it, through a spell and the days around it."""
    start, end = (
        when(spell.start_tdb_s - _AROUND_D * SECONDS_PER_DAY),
        when(spell.end_tdb_s + 2 * _AROUND_D * SECONDS_PER_DAY),
    )
    assert start is not None and end is not None
    part = window(series, start, end).isel(time=slice(0, _LONGEST_H))
    x = theme.hours(part["time"].to_numpy())
    served, asked = part["served_kw"].to_numpy(), part["load_kw"].to_numpy()
    traces = []
    for k, priority in enumerate(part["priority"].to_numpy().tolist()):
        if asked[:, k].max(initial=0.0) <= 0.0:
            continue
        colour = theme.PRIORITIES[k]
        name = f"priority {priority}" + (", vital" if priority == 1 else "")
        traces.append(
            _line(x, served[:, k], name, colour)
            | {
                "stackgroup": "served",
                "fillcolor": colour,
                "line": {"width": 0, "shape": "hv"},
            }
        )
    generation = (part["solar_kw"] + part["firm_kw"]).to_numpy()
    top = 1.25 * float(max(asked.sum(axis=1).max(initial=0.0), 1e-3))
    traces.append(
        _line(x, asked.sum(axis=1), "load asked", theme.BAD)
        | {"line": {"color": theme.BAD, "width": 1.4, "dash": "dot", "shape": "hv"}}
    )
    # Far more is generated in the light than is used; what matters in the dark stays readable.
    traces.insert(
        0,
        _line(x, generation, "sources could give", theme.SUN)
        | {
            "line": {"color": theme.SUN, "width": 1, "shape": "hv"},
            "fill": "tozeroy",
            "fillcolor": "rgba(217,154,28,.13)",
        },
    )
    stored = _line(x, part["stored_kwh"].to_numpy(), "in the stores", theme.STORE, "kWh") | {
        "yaxis": "y2",
        "fill": "tozeroy",
        "fillcolor": "rgba(106,90,168,.14)",
        "showlegend": False,
        "line": {"color": theme.STORE, "width": 1.8},
    }
    capacity = _line(x, part["capacity_kwh"].to_numpy(), "the stores hold", theme.MUTED, "kWh") | {
        "yaxis": "y2",
        "showlegend": False,
        "line": {"color": theme.MUTED, "width": 1, "dash": "dash"},
    }
    full = float(part["capacity_kwh"].to_numpy().max(initial=0.0))
    notes = [theme.label(x[2], full, "usable capacity", theme.MUTED, yref="y2", yanchor="bottom")] if full > 0.0 else []
    return theme.spec(
        [*traces, capacity, stored],
        annotations=notes,
        shapes=[_dark(spell)],
        hovermode="x unified",
        xaxis=theme.axis(showgrid=False, anchor="y2"),
        yaxis=theme.axis("kW", domain=[0.44, 1], range=[0, top]),
        yaxis2=theme.axis("kWh stored", domain=[0, 0.34], rangemode="tozero"),
    )


def _dark(spell: DarkSpell) -> dict[str, Any]:
    return {
        "type": "rect",
        "xref": "x",
        "yref": "paper",
        "x0": stamp(spell.start_tdb_s),
        "x1": stamp(spell.end_tdb_s),
        "y0": 0,
        "y1": 1,
        "fillcolor": "#e9ebf0",
        "line": {"width": 0},
        "layer": "below",
    }


def _line(x: list[str], values: Array, name: str, colour: str, unit: str = "kW") -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "lines",
        "name": name,
        "x": x,
        "y": theme.values(values),
        "line": {"color": colour, "width": 1.4},
        "hovertemplate": f"{name}: %{{y:,.2f}} {unit}<extra></extra>",
    }


def overview(series: xr.Dataset) -> Spec:
    """Daily means of what sources could give, what is asked and served; least charge of each day."""
    days, first = days_of(series)
    generation = daily_mean((series["solar_kw"] + series["firm_kw"]).to_numpy(), first)
    asked = daily_mean(series["load_kw"].sum("priority").to_numpy(), first)
    served = daily_mean(series["served_kw"].sum("priority").to_numpy(), first)
    capacity = series["capacity_kwh"].to_numpy()
    charge = np.divide(
        series["stored_kwh"].to_numpy(), capacity, out=np.full(len(capacity), np.nan), where=capacity > 0.0
    )
    begin = max(int(np.argmax((generation > 0.0) | (asked > 0.0))) - 20, 0)
    x = theme.days(days[begin:])
    least = daily_least(charge, first)[begin:]
    return theme.spec(
        [
            _line(x, generation[begin:], "sources could give", theme.SUN),
            _line(x, asked[begin:], "load asked", theme.BAD),
            _line(x, served[begin:], "load served", theme.ACCENT),
            _line(x, 100.0 * least, "least charge", theme.STORE, "%")
            | {"yaxis": "y2", "showlegend": False, "fill": "tozeroy", "fillcolor": "rgba(106,90,168,.14)"},
        ],
        xaxis=theme.axis(showgrid=False, anchor="y2"),
        yaxis=theme.axis("kW, daily mean", domain=[0.44, 1], rangemode="tozero"),
        yaxis2=theme.axis("least charge, %", domain=[0, 0.34], range=[0, 103]),
    )


def _spells(operations: Operations) -> Table:
    worst = sorted(operations.dark, key=lambda s: (-s.vital_unserved_kwh, s.margin_kw, -s.hours))[:10]
    rows = tuple(
        (
            cell(minute(when(spell.start_tdb_s))),
            figure_cell(fixed(spell.hours, 0)),
            figure_cell(percent(spell.lowest_charge_fraction, 0)),
            figure_cell(number(spell.vital_unserved_kwh), tone="bad" if spell.vital_unserved_kwh > 0.0 else ""),
            figure_cell(number(spell.margin_kw), tone="bad" if spell.margin_kw < 0.0 else ""),
        )
        for spell in worst
    )
    title = (
        f"The tightest of {len(operations.dark)} dark spells after first power"
        if len(operations.dark) > 10
        else "Dark spells after first power"
    )
    note = "Margin: vital load that could be added from its start to the lowest charge; negative, the mean load missed."
    return Table(title, ("Begins", "Hours", "Lowest charge", "Vital unserved, kWh", "Margin, kW"), rows, note)


def _warmths(programme: Programme, operations: Operations) -> Table:
    """Heat: how near each element came to freezing or overheating."""
    rows = tuple(
        (
            cell(element_title(programme, warm.element)),
            cell(title_of(programme, "partner", warm.partner)),
            figure_cell(fixed(warm.lowest_k, 0)),
            cell(day_of(warm.lowest_tdb_s)),
            figure_cell(fixed(warm.highest_k, 0)),
            figure_cell(f"{fixed(warm.coldest_k, 0)} to {fixed(warm.warmest_k, 0)}"),
            figure_cell(fixed(warm.margin_k, 1), tone="bad" if warm.margin_k < 0.0 else ""),
            figure_cell(number(warm.frozen_h), tone="bad" if warm.frozen_h else ""),
            figure_cell(number(warm.heater_kwh)),
        )
        for warm in sorted(operations.warmths, key=lambda warm: warm.margin_k)
    )
    columns = (
        "Element",
        "Partner",
        "Coldest, K",
        "When",
        "Warmest, K",
        "Bears, K",
        "Margin, K",
        "Frozen, h",
        "Heater, kWh",
    )
    return Table("Heat", columns, rows, "Of elements that declare a radiator, under the ground's own temperature.")


def _table(programme: Programme, operations: Operations) -> Iterator[Block]:
    if not operations.elements:
        yield Words("Nothing stands at the station.", "faint")
        return
    rows = []
    drawing = [e for e in operations.elements if e.available_kwh or e.asked_kwh]
    for energy in drawing:
        row = programme.elements.get(energy.element)
        short = energy.asked_kwh - energy.served_kwh > 1e-6 * energy.asked_kwh
        rows.append(
            (
                cell(element_title(programme, energy.element)),
                cell(words(energy.table)),
                cell(title_of(programme, "partner", energy.partner)),
                _amount(
                    energy.available_kwh,
                    energy.table in SOURCE_TABLES and unsourced(row, "power_kw"),
                ),
                _amount(energy.given_kwh),
                _amount(energy.asked_kwh, unsourced(row, "load_kw", "keep_alive_kw")),
                _amount(energy.served_kwh),
                figure_cell(
                    percent(energy.served_kwh / energy.asked_kwh) if energy.asked_kwh else "–",
                    tone="bad" if short else "",
                ),
            )
        )
    columns = ("Element", "Kind", "Partner", "Could give, kWh", "Gave, kWh", "Asked, kWh", "Served, kWh", "Part served")
    still = len(operations.elements) - len(drawing)
    note = f"{counted(still, 'element')} more neither give nor draw power." if still else ""
    yield Table("Energy by element over the whole span", columns, tuple(rows), note)


def _amount(kwh: float, guessed: bool = False) -> Cell:
    return figure_cell(number(kwh), guessed) if kwh else figure_cell(NONE, tone="faint")
