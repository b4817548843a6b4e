"""Ground that rovers bring to the station: how much of which carrier in each step, and what trips came to."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np

from malapert.programme.carriers import ICE
from malapert.programme.elements import Mine, Rover
from malapert.programme.trips import Digging
from malapert.station.hours import Array, Hours
from malapert.station.traverses import WAITS, Driven

HOURS_A_YEAR: Final = 8766.0


def load_kg(row: Digging, rover: Rover) -> float:
    """Ground a trip brings: what the rover carries beside the gear that digs."""
    return max(rover.capacity_kg - (row.mass_kg if isinstance(row, Mine) else 0.0), 0.0)


def parts_kg(row: Digging, kg: float) -> dict[str, float]:
    """A load by carrier: icy regolith of the carrier's make-up, and dry regolith where it holds less ice."""
    if row.digs == "regolith":
        return {"regolith": kg}
    icy = kg * row.ice / ICE
    return {name: part for name, part in (("icy_regolith", icy), ("regolith", kg - icy)) if part > 1e-9 * kg}


def hauled_kg(driven: tuple[Driven, ...], n: int) -> dict[str, Array]:
    """Ground that comes to the station in each step (n,), by carrier: in the last step of its trip."""
    come: dict[str, Array] = {}
    for each in driven:
        for errand, leaves in zip(each.fleet.errands, each.departures, strict=True):
            if not isinstance(errand.row, Digging):
                continue
            back = leaves + errand.steps - 1
            for carrier, kg in parts_kg(errand.row, load_kg(errand.row, each.fleet.row)).items():
                np.add.at(come.setdefault(carrier, np.zeros(n)), back[back < n], kg)
    return come


@dataclass(frozen=True)
class Trips:
    """What one kind of trip came to: `kg` by carrier, `waits_h` hours at the station by reason, `years` (calendar) with
    trips and kg of each; energy is what its rover's battery gave for it, net of its own array."""

    name: str
    rover: str
    partner: str
    trips: int
    distance_km: float
    duration_h: float
    away_h: float
    energy_kwh: float
    lit_fraction: float
    kg: dict[str, float]
    waits_h: dict[str, float]
    years: tuple[tuple[int, int, float], ...]
    months: dict[str, int]
    """trips that ended in each calendar month, by its name (2031-05)"""
    gear_kg: float

    @property
    def hauled_kg(self) -> float:
        """All it brought."""
        return sum(self.kg.values())


def trips(driven: tuple[Driven, ...], hours: Hours) -> Iterator[Trips]:
    """What every kind of trip came to."""
    calendar = hours.utc.astype("datetime64[Y]").astype(np.int64) + 1970
    n = len(calendar)
    for each in driven:
        waited = np.bincount(each.wait, minlength=len(WAITS)) * hours.step_h
        for e, (errand, leaves) in enumerate(zip(each.fleet.errands, each.departures, strict=True)):
            done = leaves[leaves + errand.steps - 1 < n]
            load = load_kg(errand.row, each.fleet.row) if isinstance(errand.row, Digging) else 0.0
            parts = parts_kg(errand.row, load * done.size) if isinstance(errand.row, Digging) else {}
            year, count = np.unique(calendar[done + errand.steps - 1], return_counts=True)
            gear = each.fleet.row.mass_kg + errand.row.mass_kg if isinstance(errand.row, Mine) else 0.0
            month, in_month = np.unique(hours.utc[done + errand.steps - 1].astype("datetime64[M]"), return_counts=True)
            lit = errand.lit_fraction[leaves]
            yield Trips(
                errand.name,
                each.fleet.name,
                each.fleet.delivery.partner,
                int(done.size),
                errand.distance_km,
                errand.duration_h,
                float(np.count_nonzero(each.away == e)) * hours.step_h,
                float(each.used_kw[each.away == e].sum()) * hours.step_h,
                float(np.nanmean(lit)) if np.isfinite(lit).any() else float("nan"),
                parts,
                {WAITS[k]: float(h) for k, h in enumerate(waited) if k > 0 and h > 0.0},
                tuple((int(y), int(c), float(c) * load) for y, c in zip(year, count, strict=True)),
                {str(m): int(c) for m, c in zip(month, in_month, strict=True)},
                gear,
            )
