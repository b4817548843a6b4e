"""What is left when disabled rows go: everything that cannot be without them goes too, and the reason is kept."""

from malapert.programme.elements import ELEMENT_TABLES
from malapert.programme.interfaces import Port
from malapert.programme.model import TABLES, Dropped, Programme
from malapert.programme.places import Site
from malapert.programme.rows import Row
from malapert.programme.vehicles import Crew, Flight

# A row goes when the row named under one of these keys (key -> table) has gone.
NEEDED = {
    "partner": "partner",
    "launcher": "launcher",
    "spacecraft": "spacecraft",
    "lander_flight": "flight",
    "relay": "relay",
    "at": "orbital_station",
    "kernel": "kernel",
    "interface": "interface",
    "rover": "rover",
}


def only_present(programme: Programme) -> Programme:
    """The programme without its disabled rows and what depends on them; `dropped` says what went and why."""
    tables: dict[str, dict[str, Row]] = {table: dict(getattr(programme, table)) for table in TABLES}
    dropped: list[Dropped] = []
    for table, rows in tables.items():
        for name in [name for name, row in rows.items() if not row.enabled]:
            del rows[name]
            dropped.append(Dropped(f"{table}.{name}", "not enabled"))
    if not dropped:
        return programme
    while gone := _orphans(tables):
        for entry in gone:
            table, name = entry.row.split(".", 1)
            del tables[table][name]
        dropped += gone
    tables = {table: {name: _without(row, tables) for name, row in rows.items()} for table, rows in tables.items()}
    return programme.model_copy(update={**tables, "dropped": tuple(dropped)})


def _orphans(tables: dict[str, dict[str, Row]]) -> list[Dropped]:
    gone = []
    for table, rows in tables.items():
        for name, row in rows.items():
            because = _missing(row, tables)
            if because:
                gone.append(Dropped(f"{table}.{name}", f"needs {because}"))
    return gone


def _missing(row: Row, tables: dict[str, dict[str, Row]]) -> str:
    for key, table in NEEDED.items():
        value = getattr(row, key, "")
        if value and value not in tables[table]:
            return f"{table}.{value}"
    if isinstance(row, Port) and row.on != "station":
        carriers = (*ELEMENT_TABLES, "spacecraft", "relay")
        return "" if any(row.on in tables[table] for table in carriers) else row.on
    members = getattr(row, "members", None)
    return "a member" if members is not None and not any(member in tables["partner"] for member in members) else ""


def _without(row: Row, tables: dict[str, dict[str, Row]]) -> Row:
    """A row whose lists no longer name rows that went. An element's prerequisites stay: it waits for them."""
    if isinstance(row, Site):
        return row.model_copy(update={"rasters": tuple(name for name in row.rasters if name in tables["raster"])})
    if isinstance(row, Crew):
        members = tuple(member for member in row.members if member in tables["partner"])
        return row.model_copy(update={"members": members})
    if isinstance(row, Flight):
        elements = {name for table in ELEMENT_TABLES for name in tables[table]}
        kept: dict[str, object] = {
            "cargo": tuple(name for name in row.cargo if name in elements),
            "after": tuple(name for name in row.after if name in tables["flight"]),
            "crew": row.crew if row.crew in tables["crew"] else "",
        }
        return row.model_copy(update=kept)
    return row
