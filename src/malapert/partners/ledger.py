"""The ledger: what each partner brings to the station and what it takes out of it."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from math import fsum

from malapert.logistics.plan import Plan
from malapert.programme import Programme
from malapert.programme.elements import SOURCE_TABLES
from malapert.station.results import Operations

Entry = tuple[str, float]


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
    spent on its experiments, hours its experiments ran, samples it got home."""

    experiments_kwh: float = 0.0
    elements_kwh: float = 0.0
    returned_gb: float = 0.0
    crew_h: float = 0.0
    experiment_h: float = 0.0
    samples_kg: float = 0.0


def contributed(programme: Programme, plan: Plan, operations: Operations) -> dict[str, Contributed]:
    """Contributions of every partner of the programme; data by the ways and ground stations operations knows of."""
    rows = programme.flight
    flown = [rows[flight] for flight, _, _ in plan.loads]
    people = operations.crew_hours
    landed = _by_partner((d.partner, d.mass_kg) for d in plan.deliveries)
    carried = _by_partner((d.carrier, d.mass_kg) for d in plan.deliveries)
    flights = Counter(programme.flown_by(flight) for flight in flown)
    launches = Counter(programme.launcher[flight.launcher].partner for flight in flown)
    generated = _by_partner((e.partner, e.given_kwh) for e in operations.elements if e.table in SOURCE_TABLES)
    through, taken = (
        _by_partner(_relayed(programme, operations)),
        _by_partner((s.partner, s.received_gb) for s in operations.stations),
    )
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
        "samples_kg": ((s.partner, s.returned_kg) for s in operations.samples),
    }
    summed = {key: _by_partner(entries) for key, entries in columns.items()}
    return {
        partner: Used(**{key: sums.get(partner, 0.0) for key, sums in summed.items()}) for partner in programme.partner
    }


def _relayed(programme: Programme, operations: Operations) -> Iterator[Entry]:
    """Gigabytes by the partners of the relays and orbital stations they went through."""
    owner = {name: row.partner for name, row in programme.relay.items()}
    owner |= {name: row.partner for name, row in programme.orbital_station.items()}
    yield from ((owner[way.way], way.sent_gb) for way in operations.ways if way.way in owner)


def _by_partner(entries: Iterable[Entry]) -> dict[str, float]:
    """Sums rounded once (fsum), so that order does not matter and whole kilograms add up exactly."""
    gathered: defaultdict[str, list[float]] = defaultdict(list)
    for partner, amount in entries:
        gathered[partner].append(amount)
    return {partner: fsum(amounts) for partner, amounts in gathered.items()}
