"""Windows: what a flight costs over departures and one more choice; a cell that cannot be flown keeps its reason."""

import math
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from malapert import constants
from malapert.data import ephemeris
from malapert.errors import InputError, MalapertError
from malapert.flight import mars_plan
from malapert.flight.conics import earth_pole_icrf
from malapert.flight.forces import POINT_MASSES
from malapert.flight.powered import Site
from malapert.flight.routes import ROUTES, Wish, designer
from malapert.flight.site_pass import wait_over_site_s
from malapert.flight.transfer import Transfer

Array = NDArray[np.float64]
DAY_S: Final = constants.SECONDS_PER_DAY
MOST_CELLS: Final = 50_000

FLIGHT, ALTITUDE = "flight time (d)", "perilune altitude (km)"
# What is varied beside the departure, and over what, unless told otherwise.
CHOICES: Final[dict[tuple[str, str, str], tuple[str, tuple[float, ...]]]] = {
    ("leo", "llo", "direct"): (FLIGHT, (3.0, 3.25, 3.5, 3.75, 4.0, 4.25, 4.5, 4.75, 5.0)),
    ("leo", "nrho", "direct"): (FLIGHT, (4.0, 4.25, 4.5, 4.75, 5.0, 5.25, 5.5)),
    ("nrho", "llo", "direct"): (FLIGHT, (0.35, 0.5, 0.75, 1.0)),
    ("llo", "nrho", "direct"): (FLIGHT, (0.35, 0.5, 0.75, 1.0)),
    ("earth", "mars", "direct"): (FLIGHT, tuple(float(days) for days in range(120, 421, 10))),
    ("leo", "free-return", "direct"): (ALTITUDE, (100.0, 250.0, 500.0, 1000.0, 2000.0)),
}


@dataclass(frozen=True)
class Cell:
    """One departure and one choice: burns (m/s) in order and days from departure to arrival, or why not.

    site_wait_d: from arrival until a site lies under the orbit; NaN where none is asked for.
    """

    departure_tdb_s: float
    choice: float
    burns_m_s: tuple[float, ...] = ()
    duration_d: float = math.nan
    reason: str = ""
    site_wait_d: float = math.nan

    @property
    def delta_v_m_s(self) -> float:
        """NaN where it cannot be flown."""
        return math.nan if self.reason else sum(self.burns_m_s)


@dataclass(frozen=True)
class Windows:
    """Cells over departures (n,) and choices (m,), row by row; `burns`: their names; `forces`: what was flown in."""

    title: str
    choice: str
    departures_tdb_s: Array
    choices: Array
    cells: tuple[Cell, ...]
    burns: tuple[str, ...]
    forces: dict[str, str]

    @property
    def delta_v_m_s(self) -> Array:
        """(n, m), NaN where it cannot be flown."""
        values = np.array([cell.delta_v_m_s for cell in self.cells])
        return values.reshape(len(self.departures_tdb_s), len(self.choices))

    def best(self) -> Cell | None:
        """The cheapest cell."""
        flown = [cell for cell in self.cells if not cell.reason]
        return min(flown, key=lambda cell: cell.delta_v_m_s) if flown else None

    def spans(self, above_best_m_s: float) -> list[tuple[Cell, Cell, Cell]]:
        """First, last and cheapest cell of each run of departures whose best choice costs at most that much more."""
        best = self.best()
        if best is None:
            return []
        width = len(self.choices)
        rows = [self.cells[k : k + width] for k in range(0, len(self.cells), width)]
        leaders = [min((c for c in row if not c.reason), key=lambda c: c.delta_v_m_s, default=None) for row in rows]
        runs: list[list[Cell]] = [[]]
        for leader in leaders:
            if leader is not None and leader.delta_v_m_s <= best.delta_v_m_s + above_best_m_s:
                runs[-1].append(leader)
            elif runs[-1]:
                runs.append([])
        return [(run[0], run[-1], min(run, key=lambda c: c.delta_v_m_s)) for run in runs if run]

    def failures(self) -> list[tuple[int, str]]:
        """How many cells failed for each kind of reason, numbers aside, with the first of the kind in full."""
        kinds: dict[str, list[str]] = {}
        for cell in self.cells:
            if cell.reason:
                kinds.setdefault(re.sub(r"-?\d[\d.,e+-]*", "#", cell.reason), []).append(cell.reason)
        return sorted(((len(texts), texts[0]) for texts in kinds.values()), reverse=True)


def departures(first_tdb_s: float, end_tdb_s: float, step_s: float) -> Array:
    """Epochs from the first to before the end; InputError when there is none."""
    if not (end_tdb_s > first_tdb_s and step_s > 0.0):
        raise InputError("windows need an end after their beginning and a step above zero")
    return np.asarray(first_tdb_s + step_s * np.arange(math.ceil((end_tdb_s - first_tdb_s) / step_s - 1e-3)))


def scan(
    start: str,
    end: str,
    wish: Wish,
    epochs_tdb_s: Array,
    *,
    by: str = "",
    choices: Iterable[float] = (),
    site: Site | None = None,
    each: Callable[[Callable[[tuple[float, float]], Cell], list[tuple[float, float]]], Iterator[Cell]] = map,
    told: Callable[[float], None] = lambda _fraction: None,
) -> Windows:
    """Fly every departure with every choice, in point masses of Earth, Moon and Sun; each: map, or many cores' own.

    A cell leaves at its departure and not later. Raises InputError when the route has no windows.
    """
    key = next((key for key in CHOICES if key[:2] == (start, end) and by in ("", key[2])), None)
    if key is None:
        designer(start, end, by)
        known = ", ".join(f"{a} {b}" for a, b, _ in CHOICES)
        raise InputError(f"no windows from {start} to {end}{f' by {by}' if by else ''}; there are: {known}")
    what, usual = CHOICES[key]
    values = np.array(sorted(choices) or usual)
    todo = [(float(t), float(value)) for t in epochs_tdb_s for value in values]
    if len(todo) > MOST_CELLS:
        raise InputError(f"{len(todo)} cells are more than {MOST_CELLS}; take a longer step or fewer choices")
    if end == "mars":
        return _mars(ROUTES[key][0], wish, np.array(epochs_tdb_s), values)
    wish = replace(wish, window_d=0.0, forces=POINT_MASSES, halo_from_tdb_s=float(epochs_tdb_s[0]))
    design = ROUTES[key][1]

    def fly(cell: tuple[float, float]) -> Cell:
        return flown(design, wish, cell, what, site)

    cells = []
    for k, cell in enumerate(each(fly, todo)):
        cells.append(cell)
        told((k + 1) / len(todo))
    names: tuple[str, ...] = ()
    best = next((cell for cell in cells if not cell.reason), None)
    if best is not None:
        again = design(_asked(wish, (best.departure_tdb_s, best.choice), what))
        names = tuple(maneuver.name for maneuver in again.maneuvers)
    said = POINT_MASSES.describe()
    return Windows(ROUTES[key][0], what, np.array(epochs_tdb_s), values, tuple(cells), names, said)


def _mars(title: str, wish: Wish, epochs_tdb_s: Array, flights_d: Array) -> Windows:
    """Two-body cells to Mars, all at once."""
    leaving, arriving = mars_plan.porkchop(epochs_tdb_s, flights_d * DAY_S)
    burns = np.stack(
        [
            mars_plan.injection_km_s(leaving, wish.parking),
            wish.mars_orbit.capture_km_s(np.linalg.norm(arriving, axis=-1)),
        ],
        axis=-1,
    )
    limits, cells = wish.limits, []
    for k, t in enumerate(epochs_tdb_s):
        pole = earth_pole_icrf(float(t))
        for j, days in enumerate(flights_d):
            reason = ""
            if not np.isfinite(burns[k, j]).all():
                reason = f"no conic reaches Mars in {days:g} d"
            elif limits.excess(leaving[k, j], pole) > 0.0:
                reason = (
                    f"C3 {leaving[k, j] @ leaving[k, j]:.2f} km2/s2 or the asymptote's declination is beyond the "
                    f"launcher's limits of {limits.c3_km2_s2:g} km2/s2 and {limits.declination_deg:g} deg"
                )
            cells.append(Cell(float(t), float(days), tuple(1000.0 * burns[k, j]), float(days), reason))
    said = {"ephemeris": ephemeris().name, "model": "two-body arcs about the Sun (Lambert)"}
    return Windows(
        title, FLIGHT, epochs_tdb_s, flights_d, tuple(cells), ("Mars injection", "Mars orbit insertion"), said
    )


def _asked(wish: Wish, cell: tuple[float, float], what: str) -> Wish:
    departure, value = cell
    if what == ALTITUDE:
        return replace(wish, depart_tdb_s=departure, perilune_altitude_km=value)
    return replace(wish, depart_tdb_s=departure, flight_d=(value, value))


def flown(
    design: Callable[[Wish], Transfer], wish: Wish, cell: tuple[float, float], what: str, site: Site | None
) -> Cell:
    """One cell, with its reason when it cannot be flown."""
    try:
        transfer = design(_asked(wish, cell, what))
        wait = math.nan
        if site is not None:
            wait = wait_over_site_s(transfer.arrival_state, transfer.arrival_tdb_s, site) / DAY_S
    except MalapertError as error:
        return Cell(*cell, reason=str(error))
    return Cell(*cell, tuple(m.delta_v_m_s for m in transfer.maneuvers), transfer.duration_d, site_wait_d=wait)
