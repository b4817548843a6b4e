"""Shares: what each partner brings and takes, its right against its use, and what its absence costs."""

from collections.abc import Iterator

from malapert.partners.ledger import Contributed, Used
from malapert.partners.shares import Shares
from malapert.programme import Programme
from malapert.report import theme
from malapert.report.blocks import (
    Block,
    Cell,
    Fact,
    Facts,
    Figure,
    Fold,
    Section,
    Spec,
    Table,
    Words,
    cell,
    figure_cell,
)
from malapert.report.wording import NONE, fixed, number, percent, plot_text, shortened, title_of


def section(programme: Programme, shares: Shares, colours: dict[str, str]) -> Section:
    """Who gives and gets."""
    gives = [name for name, given in shares.contributed.items() if active(given, shares.used[name])]
    if not gives:
        return Section("shares", "Shares", "No partner brings or uses anything in this run.")
    silent = len(shares.contributed) - len(gives)
    lead = f"{len(gives)} partners bring or use something" + (
        f"; {silent} more take part without hardware so far." if silent else "."
    )
    if shares.largest_shortfall is not None:
        line = shares.largest_shortfall
        lead += (
            f" {title_of(programme, 'partner', line.partner)} stays furthest below its right: entitled to "
            f"{percent(line.entitled_share)}, uses {percent(line.use_share)}."
        )
    return Section("shares", "Shares", lead, tuple(_blocks(programme, shares, colours)))


def active(given: Contributed, took: Used) -> bool:
    """Whether a partner brings or uses anything at all."""
    return any(vars(given).values()) or any(vars(took).values())


def ranked(shares: Shares) -> list[str]:
    """Partners that bring or use something, the largest contribution first, then the largest use."""
    lines = [line for line in shares.entitled if active(shares.contributed[line.partner], shares.used[line.partner])]
    return [
        line.partner
        for line in sorted(lines, key=lambda line: (-line.contribution_share, -line.use_share, line.partner))
    ]


def _blocks(programme: Programme, shares: Shares, colours: dict[str, str]) -> Iterator[Block]:
    names = ranked(shares)
    yield Facts(
        (
            Fact("Partners with a part in it", str(len(names)), f"of {len(shares.contributed)}"),
            Fact("Delivered", f"{fixed(shares.delivered_kg, 0)} kg"),
            Fact(
                "Gini of use over contribution",
                number(shares.gini_use, 2),
                "0: use follows contribution; towards 1: it does not",
            ),
        )
    )
    yield Figure(
        "plot-shares",
        "Contribution, right and use, as shares of the whole",
        bars(programme, shares, names, colours),
        60 + 40 * len(names),
        "Full: what it gives. Pale: what it uses. The black stroke: what it is entitled to, where that is agreed.",
    )
    yield given_table(programme, shares, names)
    yield used_table(programme, shares, names)
    yield dependence_table(programme, shares, names)
    yield Fold(f"Membership of {len(programme.partner)} partners", (membership_table(programme),))
    yield Fold("How shares are counted", tuple(Words(note, "faint") for note in shares.notes))


def bars(programme: Programme, shares: Shares, names: list[str], colours: dict[str, str]) -> Spec:
    """Per partner: contribution (full), use (pale), and the right as a tick."""
    lines = {line.partner: line for line in shares.entitled}
    places = list(range(len(names)))
    given, took, right = (
        [round(value, 4) for value in values]
        for values in zip(
            *((lines[n].contribution_share, lines[n].use_share, lines[n].entitled_share) for n in names), strict=True
        )
    )
    colour = [colours.get(name, theme.OTHERS) for name in names]
    entitled = [k for k, name in enumerate(names) if lines[name].rule]
    most = max([*given, *took, *right, 0.01])
    # A label stands clear of the stroke too.
    labels = [
        theme.label(max(value, edge) + 0.006 * most, k + shift, plot_text(f"{verb} {percent(value)}"), theme.MUTED)
        for verb, shift, values in (("gives", -0.19, given), ("uses", 0.19, took))
        for k, (value, edge) in enumerate(
            zip(values, (right[k] if lines[n].rule else 0.0 for k, n in enumerate(names)), strict=True)
        )
    ]
    traces = [
        {
            "type": "bar",
            "orientation": "h",
            "name": "contributes",
            "y": [k - 0.19 for k in places],
            "x": given,
            "width": 0.34,
            "marker": {"color": colour},
            "hovertemplate": "contributes %{x:.1%}<extra></extra>",
        },
        {
            "type": "bar",
            "orientation": "h",
            "name": "uses",
            "y": [k + 0.19 for k in places],
            "x": took,
            "width": 0.34,
            "marker": {"color": colour, "opacity": 0.42},
            "hovertemplate": "uses %{x:.1%}<extra></extra>",
        },
        {
            "type": "scatter",
            "mode": "markers",
            "name": "is entitled to",
            "y": entitled,
            "x": [right[k] for k in entitled],
            "marker": {
                "symbol": "line-ns-open",
                "size": 24,
                "color": theme.INK,
                "line": {"width": 2.4, "color": theme.INK},
            },
            "hovertemplate": "entitled to %{x:.1%}<extra></extra>",
            "cliponaxis": False,
        },
    ]
    return theme.spec(
        traces,
        barmode="overlay",
        annotations=labels,
        showlegend=False,
        margin={"l": 60, "r": 24, "t": 8, "b": 44},
        xaxis=theme.axis("share of the whole", tickformat=".0%", range=[0, 1.12 * most]),
        yaxis=theme.axis(
            tickvals=places,
            ticktext=[plot_text(shortened(title_of(programme, "partner", name))) for name in names],
            ticks="",
            showgrid=False,
            range=[len(names) - 0.4, -0.6],
        ),
    )


def _amount(value: float) -> Cell:
    return figure_cell(number(value, 4) if value else NONE, tone="" if value else "faint")


def given_table(programme: Programme, shares: Shares, names: list[str]) -> Table:
    """What each partner brings."""
    lines = {line.partner: line for line in shares.entitled}
    keys = (
        "landed_kg",
        "carried_kg",
        "flights",
        "launches",
        "generated_kwh",
        "relayed_gb",
        "received_gb",
        "members",
        "crew_h",
        "seats",
    )
    rows = tuple(
        (
            cell(title_of(programme, "partner", name)),
            figure_cell(percent(lines[name].contribution_share)),
            *(_amount(float(getattr(shares.contributed[name], key))) for key in keys),
        )
        for name in names
    )
    columns = (
        "Partner",
        "Share",
        "Own mass, kg",
        "Carried, kg",
        "Flights",
        "Launches",
        "Generated, kWh",
        "Relayed, GB",
        "Received, GB",
        "People",
        "Crew, h",
        "Seats flown",
    )
    return Table(
        "What each partner gives",
        columns,
        rows,
        "Own mass: its elements, whoever flew them. Carried: on its flights, whoever owns it.",
    )


def used_table(programme: Programme, shares: Shares, names: list[str]) -> Table:
    """What each partner takes, and its right."""
    lines = {line.partner: line for line in shares.entitled}
    keys = ("experiments_kwh", "elements_kwh", "returned_gb", "crew_h", "experiment_h", "samples_kg")
    rows = []
    for name in names:
        line = lines[name]
        short = bool(line.rule) and line.shortfall > 0.005
        rows.append(
            (
                cell(title_of(programme, "partner", name)),
                *(_amount(float(getattr(shares.used[name], key))) for key in keys),
                figure_cell(percent(line.use_share)),
                figure_cell(percent(line.entitled_share) if line.rule else NONE, tone="" if line.rule else "faint"),
                figure_cell(
                    percent(line.use_share - line.entitled_share) if line.rule else NONE, tone="bad" if short else ""
                ),
                cell(line.rule or "nothing agreed", "faint"),
            )
        )
    columns = (
        "Partner",
        "Experiments, kWh",
        "Other elements, kWh",
        "Returned, GB",
        "Crew, h",
        "Experiments, h",
        "Samples, kg",
        "Uses",
        "Entitled to",
        "Over or under",
        "Rule",
    )
    return Table("What each partner gets", columns, tuple(rows))


def membership_table(programme: Programme) -> Table:
    """Level, date of joining and what it rests on, each with its source."""
    rows = tuple(
        (
            cell(title_of(programme, "partner", name)),
            cell(row.level),
            cell(row.joined or NONE),
            cell(row.agreement or row.source.get("joined", NONE), "faint"),
            cell(row.source.get("level", NONE), "faint"),
        )
        for name, row in programme.partner.items()
    )
    return Table("", ("Partner", "Level", "Joined", "Rests on", "Source of the level"), rows)


def dependence_table(programme: Programme, shares: Shares, names: list[str]) -> Table:
    """What goes with each partner."""
    lines = {line.partner: line for line in shares.dependence}
    rows = []
    for name in sorted(names, key=lambda n: (-lines[n].lost_kg, n)):
        line = lines[name]
        gone = [
            *(title_of(programme, "relay", relay) for relay in line.relays),
            *(title_of(programme, "ground_station", station) for station in line.ground_stations),
        ]
        rows.append(
            (
                cell(title_of(programme, "partner", name)),
                _amount(line.own_kg),
                _amount(line.stranded_kg),
                _amount(line.idle_kg),
                _amount(line.power_kw),
                _amount(float(line.seats)),
                _amount(float(len(line.flights))),
                cell(", ".join(gone) or NONE, "faint"),
            )
        )
    columns = (
        "Partner",
        "Own mass, kg",
        "Stranded, kg",
        "Idle, kg",
        "Power, kW",
        "Seats",
        "Flights",
        "Relays and antennas",
    )
    note = "Stranded: others' elements whose flight goes. Idle: others' that would wait for ever for one that is gone."
    return Table("What goes when a partner goes", columns, tuple(rows), note)
