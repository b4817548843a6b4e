"""What leaves the station room. Epochs are TDB seconds past J2000; nan says there was nothing to measure."""

from dataclasses import dataclass

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from malapert.station.downlink import Latency
from malapert.station.mining import Trips

Array = NDArray[np.float64]


@dataclass(frozen=True)
class DarkSpell:
    """A time with no Sun at the site after first power.

    `margin_kw` is the vital load that could have been added, steadily from the start of the spell to the lowest charge
    in it; negative, the mean vital load that went unserved in the spell.
    """

    start_tdb_s: float
    end_tdb_s: float
    hours: float
    lowest_charge_fraction: float
    vital_unserved_kwh: float
    margin_kw: float


@dataclass(frozen=True)
class OrbitalLife:
    """An orbital station's own power through every eclipse of its orbit, by steps of `step_h`.

    `elements` are what stands there, itself first. By weeks from `start_tdb_s` (weeks,): the least charge, the mean
    generation, the part of time in the Sun. Epochs are nan where there was nothing to measure.
    """

    station: str
    partner: str
    elements: tuple[str, ...]
    start_tdb_s: float
    step_h: float
    sunlit_fraction: float
    longest_dark_h: float
    generated_kwh: float
    asked_kwh: float
    unserved_kwh: float
    vital_unserved_kwh: float
    first_unserved_tdb_s: float
    lowest_charge_fraction: float
    lowest_tdb_s: float
    cycles: float
    """of the stores together: energy given over what they hold when new"""
    residual_kwh: float
    lowest_by_week: Array
    generation_kw_by_week: Array
    sunlit_by_week: Array


@dataclass(frozen=True)
class GivesWay:
    """Something that ran out, when first, and how much and how long in all."""

    what: str
    first_tdb_s: float
    amount: float
    unit: str
    hours: float


@dataclass(frozen=True)
class Lowest:
    """The lowest (or for the backlog the highest) value of a series, and when."""

    quantity: str
    value: float
    unit: str
    at_tdb_s: float


@dataclass(frozen=True)
class ElementEnergy:
    """Energy of one element at the site over the programme, kWh: given by sources, asked and served of loads."""

    element: str
    table: str
    partner: str
    available_kwh: float
    given_kwh: float
    asked_kwh: float
    served_kwh: float


@dataclass(frozen=True)
class ElementWarmth:
    """How cold and warm one element got, K, against what it bears; hours outside it, and energy its heater drew."""

    element: str
    partner: str
    lowest_k: float
    lowest_tdb_s: float
    highest_k: float
    highest_tdb_s: float
    coldest_k: float
    warmest_k: float
    frozen_h: float
    overheated_h: float
    heater_kwh: float

    @property
    def margin_k(self) -> float:
        """Least distance from what it bears; negative when it froze or overheated."""
        return min(self.lowest_k - self.coldest_k, self.warmest_k - self.highest_k)


@dataclass(frozen=True)
class ExperimentResult:
    """What one experiment wanted and got; `possible_h` is the time in use in which its needs held.

    `entitled_h` is what its partner's share would give it were the partner alone (nan where hours were given by rank),
    `held_by` the limit that kept most hours from it, `why` that in words; both empty when nothing did.
    """

    element: str
    partner: str
    wanted_h: float
    possible_h: float
    planned_h: float
    delivered_h: float
    made_gb: float
    returned_gb: float
    crew_h: float
    energy_kwh: float
    eva_h: float = 0.0
    entitled_h: float = float("nan")
    held_by: str = ""
    why: str = ""

    @property
    def fulfilment(self) -> float:
        """Hours delivered for each wanted; nan if none were wanted."""
        return self.delivered_h / self.wanted_h if self.wanted_h > 0.0 else float("nan")


@dataclass(frozen=True)
class SamplesOf:
    """Samples of one experiment, kg: taken, gone home with crews, left at the station; taken - returned - left is 0."""

    element: str
    partner: str
    taken_kg: float
    returned_kg: float
    left_kg: float


@dataclass(frozen=True)
class SampleFlight:
    """A crew's way home: room for samples on it and what went into it, kg."""

    flight: str
    leave_tdb_s: float
    room_kg: float
    loaded_kg: float


@dataclass(frozen=True)
class DataSum:
    """Data made, back on Earth, dropped because a memory was full, and waiting at the end; how long what came back had
    waited. The four add up."""

    made_gb: float
    returned_gb: float
    dropped_gb: float
    waiting_gb: float
    latency: Latency

    @property
    def returned_fraction(self) -> float:
        """Returned for each GB made; nan when none was."""
        return self.returned_gb / self.made_gb if self.made_gb > 0.0 else float("nan")


@dataclass(frozen=True)
class DataMade(DataSum):
    """Data of one element: its class, its own memory (inf when it waits in the common one) and the most that waited."""

    element: str
    partner: str
    priority: int
    memory_gb: float
    most_gb: float


@dataclass(frozen=True)
class DataOfClass(DataSum):
    """Data of one class, and the most that waited."""

    priority: int
    most_gb: float


@dataclass(frozen=True)
class DataOfPartner(DataSum):
    """Data of one partner's elements."""

    partner: str


@dataclass(frozen=True)
class WayUsed:
    """What went one way to the Earth: `direct` or through a relay or orbital station; hours in which it was open and
    in which it carried, its bands up (of the site's sender) and down (of the relay's; empty when direct)."""

    way: str
    site_band: str
    earth_band: str
    open_h: float
    used_h: float
    sent_gb: float


@dataclass(frozen=True)
class StationUsed:
    """What one ground station received, straight or through relays; hours in which it did. Stations that could all
    take what went in an hour share it alike."""

    station: str
    partner: str
    used_h: float
    received_gb: float


@dataclass(frozen=True)
class CrewHours:
    """Hours of one partner's people: work inside for the station, for experiments, and not asked for; outside, of
    which for experiments; getting ready for it; and the rest of their days."""

    partner: str
    person_days: float
    work_h: float
    upkeep_h: float
    experiments_h: float
    eva_h: float = 0.0
    eva_experiments_h: float = 0.0
    preparation_h: float = 0.0
    exercise_h: float = 0.0
    sleep_h: float = 0.0
    personal_h: float = 0.0
    repair_h: float = 0.0
    """of `upkeep_h`"""

    @property
    def spare_h(self) -> float:
        """Hours nobody asked for."""
        return self.work_h - self.upkeep_h - self.experiments_h


@dataclass(frozen=True)
class StayEvas:
    """EVAs of one stay: wanted, held, and refused by reason; the week of the first refusal (nan for none), and why."""

    crew: str
    flight: str
    start_tdb_s: float
    wanted: int
    held: int
    eva_h: float
    refused: dict[str, int]
    first_refused_tdb_s: float
    first_because: str


@dataclass(frozen=True)
class ElementRepairs:
    """One element that may fail, in the mean over its time in use: failures, repairs begun, work and spares they took,
    the part of the time it works; when a repair first lacked spares (nan for never)."""

    element: str
    partner: str
    kind: str
    failures: float
    repairs: float
    work_h: float
    spares_kg: float
    availability: float
    lacking_tdb_s: float


@dataclass(frozen=True)
class SparesOfKind:
    """Spares that serve one kind of element: mass of a kit, repairs wanted in the mean; kits that what landed is best
    split into, and those of the least mass that suffice with `Spares.confidence`."""

    kind: str
    elements: tuple[str, ...]
    kit_kg: float
    wanted: float
    landed: int
    recommended: int


@dataclass(frozen=True)
class Spares:
    """Spares landed, used and left in the mean; the chance that what landed suffices, split into kits as well as can
    be, and the mass that would with `confidence`. `curve` (kg, chance) is the best there is for each mass."""

    elements: tuple[ElementRepairs, ...]
    kinds: tuple[SparesOfKind, ...]
    landed_kg: float
    used_kg: float
    left_kg: float
    sufficiency: float
    confidence: float
    recommended_kg: float
    curve: tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class MassFlow:
    """Mass that went from one place to another, kg."""

    source: str
    target: str
    kg: float


@dataclass(frozen=True)
class UnitRun:
    """What one unit did over the programme; hours are those at full rate, kg by carrier, energy as it was used."""

    element: str
    partner: str
    there_h: float
    worked_h: float
    energy_kwh: float
    taken_kg: dict[str, float]
    given_kg: dict[str, float]


@dataclass(frozen=True)
class PlantYield:
    """A plant that works on what the ground gives: its mass against what it makes of it in a year."""

    element: str
    partner: str
    product: str
    plant_kg: float
    made_kg: float
    yearly_kg: float
    """over the years it was of use"""
    full_yearly_kg: float
    """had it run at its full rate all the time"""

    @property
    def yearly_per_kg(self) -> float:
        """Kg made a year for each kg of plant, 1/y."""
        return self.yearly_kg / self.plant_kg


@dataclass(frozen=True)
class Month:
    """Thirty days of life support: when they begin, the days of people in them, and what went where."""

    start_tdb_s: float
    crew_d: float
    flows: tuple[MassFlow, ...]


@dataclass(frozen=True)
class Operations:
    """The station's life: `series` by the hour, `quantities` by name, and the tables behind them.

    `residuals` are the books: the largest imbalance of any step. `gives_way` is in order of time.
    """

    series: xr.Dataset
    quantities: dict[str, float]
    residuals: dict[str, float]
    first_power_tdb_s: float
    first_dark_survived_tdb_s: float
    first_crew_tdb_s: float
    worst_dark: DarkSpell | None
    dark: tuple[DarkSpell, ...]
    lowest: tuple[Lowest, ...]
    gives_way: tuple[GivesWay, ...]
    elements: tuple[ElementEnergy, ...]
    warmths: tuple[ElementWarmth, ...]
    month: Month | None
    """Life support in the fullest month; None when nobody is ever housed."""
    units: tuple[UnitRun, ...]
    """What each process did."""
    yields: tuple[PlantYield, ...]
    """What plants made of the ground, for each kg of them."""
    experiments: tuple[ExperimentResult, ...]
    samples: tuple[SamplesOf, ...]
    sample_flights: tuple[SampleFlight, ...]
    data: tuple[DataMade, ...]
    data_classes: tuple[DataOfClass, ...]
    data_partners: tuple[DataOfPartner, ...]
    ways: tuple[WayUsed, ...]
    """Ways to the Earth; empty where the light dataset brings only the best rate."""
    stations: tuple[StationUsed, ...]
    """Ground stations; empty where the light dataset does not say which take what is sent."""
    crew_hours: tuple[CrewHours, ...]
    spares: Spares
    evas: tuple[StayEvas, ...]
    trips: tuple[Trips, ...]
    """What rovers were sent out for, and what it came to."""
    week: xr.Dataset
    """A week of the crew by the step (activity, time), that with most hours outside; empty when nobody is there."""
    crew_months: xr.Dataset
    """Hours of all people by activity and month (activity, month)."""
    elsewhere: tuple[str, ...]
    """Elements in the plan that are not on the station's bus: in orbit, or landed at another site."""
    notes: tuple[str, ...]
    """Assumptions behind the figures, in words."""
    spell: xr.Dataset
    """Power about the worst dark spell by finer steps; empty when none was asked for."""
    orbital: tuple[OrbitalLife, ...] = ()
    """Orbital stations that have power of their own."""

    @property
    def first_to_give_way(self) -> GivesWay | None:
        """What ran out first; None when nothing did."""
        return self.gives_way[0] if self.gives_way else None
