"""The ledger: what each partner brings to the station and what it takes out of it."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from math import fsum

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from malapert.errors import InputError
from malapert.logistics.clock import tdb_of
from malapert.logistics.departures import departures
from malapert.logistics.plan import Plan
from malapert.programme import Programme
from malapert.programme.elements import SOURCE_TABLES
from malapert.sky.time import tdb_s
from malapert.station.results import Operations

Entry = tuple[str, float]
Array = NDArray[np.float64]


@dataclass(frozen=True)
class Contributed:
    """What a partner brings.

    `landed_kg`: its elements, whoever flew them; `carried_kg`: what its flights took, whoever owns it; `flights` it
    flies and `launches` on its launchers; `generated_kwh`: used output of its sources; `relayed_gb`, `received_gb`:
    data through its relays and into its ground stations; `members` and their work hours, and the `seats` to the
    surface on its flights; `funds_millions` is money it declares, in the currency its row says.
    """

    landed_kg: float = 0.0
    carried_kg: float = 0.0
    flights: int = 0
    launches: int = 0
    generated_kwh: float = 0.0
    relayed_gb: float = 0.0
    received_gb: float = 0.0
    members: int = 0
    crew_h: float = 0.0
    upkeep_h: float = 0.0
    seats: int = 0
    funds_millions: float = 0.0


@dataclass(frozen=True)
class Used:
    """What a partner takes: energy of its experiments and of its other elements, data back on Earth, crew hours
    spent on its experiments, hours its experiments ran."""

    experiments_kwh: float = 0.0
    elements_kwh: float = 0.0
    returned_gb: float = 0.0
    crew_h: float = 0.0
    experiment_h: float = 0.0


def contributed(
    programme: Programme, plan: Plan, operations: Operations, light: xr.Dataset | None
) -> dict[str, Contributed]:
    """Contributions of every partner of the programme. Without `light` no data is attributed to relays and antennas."""
    rows = programme.flight
    flown = [rows[flight] for flight, _, _ in plan.loads]
    relayed, received = ([], []) if light is None else data_paths(programme, operations, light)
    people = operations.crew_hours
    landed = _by_partner((d.partner, d.mass_kg) for d in plan.deliveries)
    carried = _by_partner((d.carrier, d.mass_kg) for d in plan.deliveries)
    flights = Counter(programme.flown_by(flight) for flight in flown)
    launches = Counter(programme.launcher[flight.launcher].partner for flight in flown)
    generated = _by_partner((e.partner, e.given_kwh) for e in operations.elements if e.table in SOURCE_TABLES)
    through, taken = _by_partner(relayed), _by_partner(received)
    members = Counter(member for stay in plan.stays for member in stay.members)
    work = _by_partner((hours.partner, hours.work_h) for hours in people)
    upkeep = _by_partner((hours.partner, hours.upkeep_h) for hours in people)
    seats = Counter(programme.flown_by(rows[stay.flight]) for stay in plan.stays for _ in stay.members)
    return {
        partner: Contributed(
            landed_kg=landed.get(partner, 0.0),
            carried_kg=carried.get(partner, 0.0),
            flights=flights[partner],
            launches=launches[partner],
            generated_kwh=generated.get(partner, 0.0),
            relayed_gb=through.get(partner, 0.0),
            received_gb=taken.get(partner, 0.0),
            members=members[partner],
            crew_h=work.get(partner, 0.0),
            upkeep_h=upkeep.get(partner, 0.0),
            seats=seats[partner],
            funds_millions=programme.partner[partner].funds_millions,
        )
        for partner in programme.partner
    }


def used(programme: Programme, operations: Operations) -> dict[str, Used]:
    """Use of every partner of the programme."""
    experiments = operations.experiments
    own = {experiment.element for experiment in experiments}
    columns: dict[str, Iterable[Entry]] = {
        "experiments_kwh": ((e.partner, e.energy_kwh) for e in experiments),
        "elements_kwh": ((e.partner, e.served_kwh) for e in operations.elements if e.element not in own),
        "returned_gb": ((data.partner, data.returned_gb) for data in operations.data),
        "crew_h": ((e.partner, e.crew_h) for e in experiments),
        "experiment_h": ((e.partner, e.delivered_h) for e in experiments),
    }
    summed = {key: _by_partner(entries) for key, entries in columns.items()}
    return {
        partner: Used(**{key: sums.get(partner, 0.0) for key, sums in summed.items()}) for partner in programme.partner
    }


def data_paths(programme: Programme, operations: Operations, light: xr.Dataset) -> tuple[list[Entry], list[Entry]]:
    """Gigabytes sent, by the partners of the relays they went through and of the ground stations that took them.

    In each step the way with the best rate is taken, the direct one first; ways of equal rate share alike. What goes
    direct is received by the stations that see the site, in proportion to their rate; what comes from a relay by all
    stations in proportion to their rate, for the series do not say which of them sees the relay. `light` brings
    `direct_mbit_s` (time), `relay_mbit_s` (relay, time) and `station_contact` (station, time).
    """
    missing = [name for name in ("direct_mbit_s", "relay_mbit_s", "station_contact") if name not in light]
    if missing:
        raise InputError(f"light: no {', '.join(missing)}; sharing out the data needs every way to the Earth")
    sent_gb = operations.series["downlinked_gb"].to_numpy()
    direct = light["direct_mbit_s"].to_numpy()
    relays = list(programme.relay)
    through = light["relay_mbit_s"].sel(relay=relays).to_numpy() if relays else np.zeros((0, len(direct)))
    if sent_gb.shape != direct.shape:
        raise InputError(
            f"light has {direct.size} steps and operations {sent_gb.size}; share out the run they come from"
        )
    best = operations.series["link_mbit_s"].to_numpy()
    serving = np.array([in_service(programme, name, tdb_s(light["time"].to_numpy())) for name in relays], dtype=bool)
    by_relay = (through == best) & (best > direct) & serving.reshape(through.shape)
    parts = np.divide(by_relay, by_relay.sum(axis=0), out=np.zeros(by_relay.shape), where=by_relay.any(axis=0))
    relayed = [(programme.relay[name].partner, float(sent_gb @ part)) for name, part in zip(relays, parts, strict=True)]
    straight_gb = sent_gb * ~by_relay.any(axis=0)
    return relayed, list(_received(programme, straight_gb, sent_gb - straight_gb, light))


def in_service(programme: Programme, relay: str, epochs_tdb_s: Array) -> NDArray[np.bool_]:
    """Epochs at which a relay is there: as declared, or from the earliest departure of the flight that places it."""
    row = programme.relay[relay]
    placed = [
        departures(programme)[name].depart_tdb_s for name, flight in programme.flight.items() if flight.relay == relay
    ]
    begins = tdb_of(row.in_service) if row.in_service else min(placed, default=-np.inf)
    ends = tdb_of(row.out_of_service) if row.out_of_service else np.inf
    serving: NDArray[np.bool_] = (epochs_tdb_s >= begins) & (epochs_tdb_s < ends)
    return serving


def _received(programme: Programme, straight_gb: Array, relayed_gb: Array, light: xr.Dataset) -> Iterator[Entry]:
    stations = list(programme.ground_station)
    if not stations:
        return
    rates = np.array([programme.ground_station[name].rate_mbit_s for name in stations])
    seen = light["station_contact"].sel(ground_station=stations).to_numpy() * rates[:, None]
    total = seen.sum(axis=0)
    direct = np.divide(seen, total, out=np.zeros(seen.shape), where=total > 0.0) @ straight_gb
    from_relays = rates / rates.sum() * relayed_gb.sum()
    for name, gb in zip(stations, direct + from_relays, strict=True):
        yield programme.ground_station[name].partner, float(gb)


def _by_partner(entries: Iterable[Entry]) -> dict[str, float]:
    """Sums rounded once (fsum), so that order does not matter and whole kilograms add up exactly."""
    gathered: defaultdict[str, list[float]] = defaultdict(list)
    for partner, amount in entries:
        gathered[partner].append(amount)
    return {partner: fsum(amounts) for partner, amounts in gathered.items()}
