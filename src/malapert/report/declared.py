"""What a programme declares, counted; nothing is run for it."""

from typing import Any

from malapert.programme import Programme
from malapert.programme.model import TABLES
from malapert.report.wording import element_title, title_of


def contents(programme: Programme) -> dict[str, Any]:
    """What a programme declares: span, station, rows by table, mass by partner, what was left out."""
    mass: dict[str, float] = {}
    for row in programme.elements.values():
        mass[row.partner] = mass.get(row.partner, 0.0) + row.mass_kg
    return {
        "name": programme.name,
        "title": programme.title,
        "variant": programme.variant,
        "start": programme.start.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "end": programme.end.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "station": programme.station,
        "rows": {table: len(getattr(programme, table)) for table in TABLES if getattr(programme, table)},
        "mass_kg": {
            title_of(programme, "partner", name): kg
            for name, kg in sorted(mass.items(), key=lambda pair: (-pair[1], pair[0]))
        },
        "largest": [
            {"element": element_title(programme, name), "mass_kg": row.mass_kg}
            for name, row in sorted(programme.elements.items(), key=lambda pair: (-pair[1].mass_kg, pair[0]))[:5]
        ],
        "left_out": {entry.row: entry.because for entry in programme.dropped},
    }
