"""Data: made, sent, dropped and waiting, how long each element's wait, and which way they went."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from malapert.programme import Programme
from malapert.report import theme
from malapert.report.blocks import Block, Cell, Fact, Facts, Figure, Section, Spec, Table, cell, figure_cell
from malapert.report.series import Array, daily_sum, days_of
from malapert.report.wording import element_title, fixed, number, percent, plot_text, title_of, unsourced
from malapert.station import Operations
from malapert.station.results import DataSum

_WAYS = ("#2b9c88", "#1d5fa8", "#d5722a", "#6a5aa8", "#d3a41f", "#a23b5c")
_BANDS = {"": "–", "uhf": "UHF", "s": "S", "x": "X", "ka": "Ka"}


def section(programme: Programme, operations: Operations) -> Section:
    """What was made, what came back and how soon."""
    figures = operations.quantities
    if not figures["data_made_gb"]:
        return Section("data", "Data", "No data are made in this run.")
    lost = figures["data_dropped_gb"]
    lead = (
        f"{number(figures['data_made_gb'])} GB made, {percent(figures['data_returned_fraction'])} of it back on Earth "
        f"by the end, 95{chr(0x202F)}% of that within {number(figures['latency_p95_h'])} h; "
        + (f"{number(lost)} GB dropped because a memory was full." if lost else "none dropped.")
    )
    return Section("data", "Data", lead, tuple(_blocks(programme, operations)))


def _blocks(programme: Programme, operations: Operations) -> Iterator[Block]:
    figures, series = operations.quantities, operations.series
    most = next((low.value for low in operations.lowest if low.quantity == "backlog_gb"), float("nan"))
    memory = f"of {number(float(series['memory_gb'].max()))} GB" if "memory_gb" in series else "no memory is declared"
    vital = figures["latency_1_max_h"]
    yield Facts(
        (
            Fact("Data made", f"{number(figures['data_made_gb'])} GB"),
            Fact("Sent to Earth", f"{number(figures['downlinked_gb'])} GB"),
            Fact("Dropped", f"{number(figures['data_dropped_gb'])} GB"),
            Fact("Most that waited", f"{number(most)} GB", memory),
            Fact(
                "Wait, half and 95 %",
                f"{number(figures['latency_median_h'])} and {number(figures['latency_p95_h'])} h",
                f"longest {number(figures['latency_max_h'])} h"
                + (f", of the first class {number(vital)} h" if np.isfinite(vital) else ""),
            ),
            Fact("Link to Earth open", percent(figures["link_fraction"]), "of the time"),
        )
    )
    yield Figure(
        "plot-data", "Data made and sent by day, and the most that waited in it by class", made_and_waiting(series), 360
    )
    if "way" in series.dims:
        yield Figure("plot-ways", "Data sent each way, by month", by_way(programme, series), 260)
        yield _ways(programme, operations)
    if operations.stations:
        yield _stations(programme, operations)
    yield _elements(programme, operations)
    if len(operations.data_classes) > 1:
        yield _classes(operations)
    yield _partners(programme, operations)


def made_and_waiting(series: xr.Dataset) -> Spec:
    """Made, sent and dropped on one axis, backlog by class under it."""
    days, first = days_of(series)
    made = daily_sum(series["data_made_gb"].to_numpy(), first)
    begin = max(int(np.argmax(made > 0.0)) - 10, 0)
    x = theme.days(days[begin:])

    def line(name: str, values: Array, colour: str, where: str = "y") -> dict[str, Any]:
        return {
            "type": "scatter",
            "mode": "lines",
            "name": name,
            "x": x,
            "y": theme.values(values[begin:], 3),
            "yaxis": where,
            "line": {"color": colour, "width": 1.4},
            "hovertemplate": f"{name}: %{{y:,.3g}} GB on %{{x}}<extra></extra>",
        }

    sent, lost = (daily_sum(series[name].to_numpy(), first) for name in ("downlinked_gb", "dropped_gb"))
    traces = [
        line("made", made, "#79b7e0") | {"fill": "tozeroy", "fillcolor": "rgba(121,183,224,.35)"},
        line("sent", sent, "#2b9c88"),
    ]
    if lost.any():
        traces.append(line("dropped", lost, theme.BAD))
    waiting = series["backlog_by_class_gb"].to_numpy()[_fullest(series["backlog_gb"].to_numpy(), first)]
    classes = np.flatnonzero(waiting.any(axis=0)).tolist()
    for place, k in enumerate(classes):
        colour = theme.PRIORITIES[round(6 * place / max(len(classes) - 1, 1))]
        held = line(f"class {k + 1} waits", waiting[:, k], colour, "y2")
        traces.append(held | {"stackgroup": "waiting", "line": {"color": colour, "width": 0.6}})
    return theme.spec(
        traces,
        xaxis=theme.axis(showgrid=False, anchor="y2"),
        yaxis=theme.axis("GB a day", domain=[0.46, 1], rangemode="tozero"),
        yaxis2=theme.axis("GB waiting", domain=[0, 0.36], rangemode="tozero"),
    )


def _fullest(backlog_gb: Array, first: NDArray[np.int64]) -> NDArray[np.int64]:
    """The step of each day in which most waits."""
    ends = np.append(first[1:], len(backlog_gb))
    return np.array([a + int(np.argmax(backlog_gb[a:b])) for a, b in zip(first, ends, strict=True)], dtype=np.int64)


def by_way(programme: Programme, series: xr.Dataset) -> Spec:
    """Columns by month, one part for each way to the Earth."""
    months, first = np.unique(series["time"].to_numpy().astype("datetime64[M]"), return_index=True)
    sent = np.add.reduceat(series["downlinked_gb"].to_numpy(), first)
    begin, traces = int(np.argmax(sent > 0.0)), []
    for k, way in enumerate(series["way"].to_numpy().tolist()):
        gb = np.add.reduceat(series["sent_by_way_gb"].sel(way=way).to_numpy(), first)
        if not gb.any():
            continue
        name = plot_text(_way(programme, way))
        traces.append(
            {
                "type": "bar",
                "name": name,
                "x": [str(month) for month in months[begin:]],
                "y": theme.values(gb[begin:]),
                "marker": {"color": _WAYS[k % len(_WAYS)]},
                "hovertemplate": f"{name}: %{{y:,.0f}} GB in %{{x}}<extra></extra>",
            }
        )
    return theme.spec(
        traces,
        barmode="stack",
        bargap=0.05,
        xaxis=theme.axis(showgrid=False, type="date"),
        yaxis=theme.axis("GB a month", rangemode="tozero"),
    )


def _way(programme: Programme, way: str) -> str:
    if way == "direct":
        return "straight to the Earth"
    return title_of(programme, "relay" if way in programme.relay else "orbital_station", way)


def _ways(programme: Programme, operations: Operations) -> Table:
    total = sum(way.sent_gb for way in operations.ways)
    rows = tuple(
        (
            cell(_way(programme, way.way)),
            cell(" then ".join(_BANDS[band] for band in (way.site_band, way.earth_band) if band) or "–"),
            figure_cell(fixed(way.open_h, 0)),
            figure_cell(fixed(way.used_h, 0)),
            figure_cell(number(way.sent_gb)),
            figure_cell(percent(way.sent_gb / total if total else float("nan"))),
        )
        for way in operations.ways
    )
    note = "Each hour data go the way of the best rate, straight to the Earth where that is as good."
    return Table("Ways to the Earth", ("Way", "Band", "Open, h", "Used, h", "Sent, GB", "Part"), rows, note)


def _stations(programme: Programme, operations: Operations) -> Table:
    total = sum(one.received_gb for one in operations.stations)
    rows = tuple(
        (
            cell(title_of(programme, "ground_station", one.station)),
            cell(title_of(programme, "partner", one.partner)),
            figure_cell(fixed(one.used_h, 0)),
            figure_cell(number(one.received_gb)),
            figure_cell(percent(one.received_gb / total if total else float("nan"))),
        )
        for one in sorted(operations.stations, key=lambda one: -one.received_gb)
    )
    note = "Stations that see the sender and can take all it sends in an hour share that hour alike."
    return Table("Ground stations", ("Station", "Partner", "Used, h", "Received, GB", "Part"), rows, note)


_SUMS = (
    "Made, GB",
    "Returned",
    "Dropped, GB",
    "Waiting at the end, GB",
    "Half within, h",
    "95 % within, h",
    "Longest, h",
)


def _sums(line: DataSum, guessed: bool = False) -> tuple[Cell, ...]:
    return (
        figure_cell(number(line.made_gb), guessed),
        figure_cell(percent(line.returned_fraction)),
        figure_cell(number(line.dropped_gb), tone="bad" if line.dropped_gb else ""),
        figure_cell(number(line.waiting_gb)),
        figure_cell(number(line.latency.median_h)),
        figure_cell(number(line.latency.p95_h)),
        figure_cell(number(line.latency.worst_h)),
    )


def _rate(programme: Programme, element: str) -> str:
    return "data_mbit_s" if element in programme.experiment else "data_gb"


def _elements(programme: Programme, operations: Operations) -> Table:
    rows = tuple(
        (
            cell(element_title(programme, line.element)),
            cell(title_of(programme, "partner", line.partner)),
            figure_cell(str(line.priority)),
            *_sums(line, unsourced(programme.elements.get(line.element), _rate(programme, line.element))),
            figure_cell(number(line.most_gb)),
            cell(f"{number(line.memory_gb)} GB of its own" if np.isfinite(line.memory_gb) else "common", "faint"),
        )
        for line in sorted(operations.data, key=lambda line: (line.priority, line.element))
    )
    columns = ("Element", "Partner", "Class", *_SUMS, "Most waiting, GB", "Memory")
    note = "Waits are of what was sent, from the hour it was made in to the hour it was sent in."
    return Table("Data by element", columns, rows, note)


def _classes(operations: Operations) -> Table:
    rows = tuple((figure_cell(str(line.priority)), *_sums(line)) for line in operations.data_classes)
    return Table("Data by class", ("Class", *_SUMS), rows, "Class 1 is sent first; the last class is dropped first.")


def _partners(programme: Programme, operations: Operations) -> Table:
    lines = sorted(operations.data_partners, key=lambda line: -line.returned_gb)
    rows = tuple(
        (cell(title_of(programme, "partner", line.partner)), figure_cell(number(line.returned_gb)), *_sums(line))
        for line in lines
    )
    return Table("Return to each partner", ("Partner", "Returned, GB", *_SUMS), rows)
