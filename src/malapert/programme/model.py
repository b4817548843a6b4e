"""The checked, frozen programme: every table by name, and what was left out because something it needs is not there."""

from dataclasses import dataclass
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from malapert.programme.elements import (
    ELEMENT_TABLES,
    Battery,
    CrewRates,
    Element,
    Equipment,
    Experiment,
    FuelCell,
    Habitat,
    Mine,
    OrbitalStation,
    PowerLink,
    Process,
    Radioisotope,
    Reactor,
    Requirement,
    Rover,
    SolarArray,
    Storage,
    Supply,
    Tank,
)
from malapert.programme.interfaces import Interface, Port
from malapert.programme.places import (
    Entitlement,
    GroundStation,
    Kernel,
    Partner,
    Raster,
    Relay,
    Site,
    sky_name,
)
from malapert.programme.rows import Count, Epoch, Fraction, Name, Positive, Row, Text
from malapert.programme.trips import Traverse, Trip
from malapert.programme.vehicles import Crew, Flight, Launcher, Spacecraft


@dataclass(frozen=True)
class Dropped:
    """A row that is not in the programme any more, and why."""

    row: str
    because: str


class Programme(BaseModel):
    """One programme: who brings what, which flights go when, what lives at the station."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", allow_inf_nan=False, strict=True, arbitrary_types_allowed=True
    )

    format: Literal[1] = Field(description="Version of this file format.")
    name: Name = Field(description="Short name.")
    title: Name = Field("", description="Name for people.")
    summary: Text = Field("", description="What this programme is, in a few sentences.")
    as_of: Name = Field("", description="Date at which its facts stood.")
    start: Epoch = Field(description="First hour looked at.")
    end: Epoch = Field(description="Last hour looked at.")
    station: Name = Field(description="The site where the station is.")
    rates: Name = Field("simoc", description="Crew rates used where a crew names none.")
    seed: Count = Field(1, description="Seed of the histories.")
    histories: int = Field(1000, ge=100, le=1_000_000, description="Number of histories.")
    injection_error_m_s: float = Field(
        3.0, ge=0.0, le=50.0, description="Injection error each flight's correction must undo."
    )
    dispatch: Literal["foresight", "set_points"] = Field(
        "foresight", description="Who sheds loads: a plan that knows the light to come, or set points of charge."
    )
    shed_below: Fraction = Field(
        0.3, description="Set points: charge of all stores below which only priority 1 is fed."
    )
    restore_above: Fraction = Field(0.5, description="Set points: charge from which all loads are fed again.")
    relay_reset_d: Positive | None = Field(None, description="Days between resets of relay orbits; none when absent.")

    partner: dict[str, Partner] = Field(default_factory=dict)
    site: dict[str, Site] = Field(default_factory=dict)
    ground_station: dict[str, GroundStation] = Field(default_factory=dict)
    raster: dict[str, Raster] = Field(default_factory=dict)
    kernel: dict[str, Kernel] = Field(default_factory=dict)
    relay: dict[str, Relay] = Field(default_factory=dict)
    launcher: dict[str, Launcher] = Field(default_factory=dict)
    spacecraft: dict[str, Spacecraft] = Field(default_factory=dict)
    flight: dict[str, Flight] = Field(default_factory=dict)
    crew: dict[str, Crew] = Field(default_factory=dict)
    crew_rates: dict[str, CrewRates] = Field(default_factory=dict)
    solar_array: dict[str, SolarArray] = Field(default_factory=dict)
    battery: dict[str, Battery] = Field(default_factory=dict)
    fuel_cell: dict[str, FuelCell] = Field(default_factory=dict)
    reactor: dict[str, Reactor] = Field(default_factory=dict)
    radioisotope: dict[str, Radioisotope] = Field(default_factory=dict)
    power_link: dict[str, PowerLink] = Field(default_factory=dict)
    habitat: dict[str, Habitat] = Field(default_factory=dict)
    rover: dict[str, Rover] = Field(default_factory=dict)
    mine: dict[str, Mine] = Field(default_factory=dict)
    traverse: dict[str, Traverse] = Field(default_factory=dict)
    equipment: dict[str, Equipment] = Field(default_factory=dict)
    supply: dict[str, Supply] = Field(default_factory=dict)
    process: dict[str, Process] = Field(default_factory=dict)
    tank: dict[str, Tank] = Field(default_factory=dict)
    orbital_station: dict[str, OrbitalStation] = Field(default_factory=dict)
    experiment: dict[str, Experiment] = Field(default_factory=dict)
    interface: dict[str, Interface] = Field(default_factory=dict)
    port: dict[str, Port] = Field(default_factory=dict)
    entitlement: dict[str, Entitlement] = Field(default_factory=dict)
    requirement: dict[str, Requirement] = Field(default_factory=dict)

    variant: str = Field("", description="Name of the variant applied; filled in by the loader.")
    dropped: tuple[Dropped, ...] = Field((), description="Rows left out; filled in by the loader.")

    @property
    def home(self) -> Site:
        """The station's site."""
        return self.site[self.station]

    @property
    def elements(self) -> dict[str, Element]:
        """Every element of every table; names are unique across tables."""
        return {name: row for table in ELEMENT_TABLES for name, row in getattr(self, table).items()}

    @property
    def sources(self) -> dict[str, SolarArray | Reactor | Radioisotope]:
        """Everything that gives power."""
        return {**self.solar_array, **self.reactor, **self.radioisotope}

    @property
    def storage(self) -> dict[str, Storage]:
        """Batteries and fuel cells."""
        return {**self.battery, **self.fuel_cell}

    @property
    def linked_sites(self) -> tuple[str, ...]:
        """Sites besides the station's that power links name, in order."""
        named = (site for link in self.power_link.values() for site in (link.from_site, link.to_site))
        return tuple(dict.fromkeys(site for site in named if site and site != self.station))

    @property
    def skies(self) -> dict[str, Site]:
        """Where sunlight is looked at besides the station's own mast, by `sky_name`: linked sites, and other masts."""
        linked = {name: self.site[name] for name in self.linked_sites}
        masts = {
            sky_name(name, mast_m): self.site[name].model_copy(update={"mast_m": mast_m})
            for name in (self.station, *linked)
            for mast_m in dict.fromkeys(self.site[name].masts_m)
            if mast_m != self.site[name].mast_m
        }
        return linked | masts

    @property
    def trips(self) -> dict[str, Trip]:
        """Everything rovers are sent out for; mines first."""
        return {**self.mine, **self.traverse}

    def table_of(self, element: str) -> str:
        """The table an element stands in."""
        return next(table for table in ELEMENT_TABLES if element in getattr(self, table))

    def orbit_of(self, element: Element) -> str:
        """The orbit an element belongs in; nothing for one that goes to the ground."""
        if isinstance(element, OrbitalStation):
            return element.orbit
        return self.orbital_station[element.at].orbit if element.at else ""

    def landing_site(self, flight: Flight) -> str:
        """Name of the site a flight lands at."""
        return flight.site or self.station

    def flown_by(self, flight: Flight) -> str:
        """The partner whose flight it is."""
        return flight.partner or self.spacecraft[flight.spacecraft].partner


LOADER_KEYS = ("variant", "dropped")
TABLES: dict[str, type[Row]] = {
    name: field.annotation.__args__[1]  # type: ignore[union-attr]
    for name, field in Programme.model_fields.items()
    if getattr(field.annotation, "__origin__", None) is dict
}
SETTINGS: tuple[str, ...] = tuple(
    name for name in Programme.model_fields if name not in TABLES and name not in LOADER_KEYS
)
