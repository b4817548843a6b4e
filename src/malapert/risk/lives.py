"""A station's life by the day, history after history: what was drawn becomes days in use, and those are lived."""

import numpy as np

from malapert.constants import SECONDS_PER_DAY
from malapert.risk.columns import NEVER
from malapert.risk.daily import live
from malapert.risk.draws import Array
from malapert.risk.flights import Outcomes
from malapert.risk.prepared import Station


def lived(station: Station, found: Outcomes) -> tuple[Array, Array]:
    """Figures (n, len(FIGURES)) and hours of every experiment (n, X) of every history."""
    n, stays = found.n, station.here
    start = station.start_tdb_s
    begins, ends = np.full((n, len(stays)), NEVER), np.full((n, len(stays)), NEVER)
    for column, k in enumerate(stays):
        stay = found.plan.stays[k]
        landing = found.flights[stay.flight].arrive_tdb_s
        length = np.minimum(stay.end_tdb_s - stay.start_tdb_s, found.draws.ill_s[:, k])
        begins[:, column], ends[:, column] = _days(landing, start), _days(landing + length, start)
    use, down, up = [], [], []
    for k, (element, delivery) in enumerate(zip(station.elements, station.deliveries, strict=True)):
        own = _days(found.use(element), start)
        out, back = (_days(epochs, start) for epochs in found.outages(int(delivery)))
        if station.stay[k] >= 0:  # it lands with its crew and leaves with it
            own = np.maximum(own, begins[:, station.stay[k]])
            out[:, 0] = np.minimum(out[:, 0], ends[:, station.stay[k]])
            back[:, 0] = np.where(out[:, 0] >= ends[:, station.stay[k]], NEVER, back[:, 0])
        use.append(own)
        down.append(out)
        up.append(back)
    lives = found.draws.life_s.shape[2]
    whole = np.array(use).reshape(-1, n).T.copy()
    gone = np.moveaxis(np.array(down).reshape(-1, n, lives), 0, 1).copy()
    back = np.moveaxis(np.array(up).reshape(-1, n, lives), 0, 1).copy()
    return live(
        station.year, station.facts, station.arrays, station.clean_kw, station.kept, station.working,
        station.experiments, station.possible_h, station.wants, station.people, station.work_h, station.rates,
        whole, gone, back, begins, ends, found.draws.dust, found.draws.ageing,
    )  # fmt: skip


def _days(epochs_tdb_s: Array, start_tdb_s: float) -> Array:
    return np.minimum((epochs_tdb_s - start_tdb_s) / SECONDS_PER_DAY, NEVER)
