"""What is landed or placed: power, storage, habitats, rovers, supplies, experiments."""

from typing import Literal, Self

import numpy as np
from pydantic import Field, model_validator

from malapert.programme.carriers import CARRIERS, SLAG
from malapert.programme.electrolyser import REFERENCE, cell_v, energy_kwh_kg
from malapert.programme.rows import Epoch, Fraction, Name, Names, NonNegative, Positive, Priority, Row
from malapert.programme.trips import Digging

Need = Literal["light", "dark", "earth_hidden", "earth_visible", "crew", "sample_return"]
Resource = Literal["water", "oxygen", "nitrogen", "food", "hydrogen", "methane", "carbon_dioxide", "spares"]
Amounts = dict[str, Positive]
Voltage = Literal[28, 120]
Mount = Literal["tracking", "vertical_tracking", "fixed"]


class Element(Row):
    """What every landed thing has."""

    partner: Name = Field(description="Who brings it.")
    mass_kg: Positive = Field(description="Landed mass.")
    priority: Priority = Field(5, description="Place in the manifest; 1 goes first.")
    after: Names = Field((), description="Elements that must be there before it is of use.")
    at: Name = Field("", description="The orbital station it belongs to; it goes to the ground when absent.")
    ready: Epoch | None = Field(None, description="Not delivered before this.")
    needed_by: Epoch | None = Field(None, description="Delivered by this, or the plan says why not.")
    load_kw: NonNegative = Field(0.0, description="Power it draws while it works.")
    keep_alive_kw: NonNegative = Field(0.0, description="Power it draws to survive, at all times.")
    load_priority: Priority = Field(5, description="Order in which loads are served; 1 is cut last.")
    supply_v: Voltage = Field(120, description="Voltage it is fed at; any but 120 needs a converter at its site.")
    deploy_d: NonNegative = Field(14.0, le=400.0, description="Days from landing to use.")
    failures_per_year: NonNegative = Field(
        0.0, le=10.0, description="Mean number of failures that end its use until it is repaired, a year."
    )
    repair_h: NonNegative = Field(13.0, description="Work a repair takes, of people or robots.")
    repair_kg: NonNegative | None = Field(
        None, description="Spares a repair uses up; a twentieth of its mass when absent."
    )
    repair_d: NonNegative = Field(10.0, le=400.0, description="Days from the start of a repair until it works again.")
    repair_by: Literal["crew", "robot"] = Field(
        "crew", description="Who mends it: people at the station only, or robots too (`robot_h`)."
    )
    spares_kind: Name = Field(
        "", description="Elements of one kind share spares; what it is `like`, or itself, when absent."
    )
    robot_h: NonNegative = Field(0.0, le=24.0, description="Hours a day it works on repairs, as a robot.")
    buffer_gb: Positive | None = Field(
        None, description="Memory for data: an experiment's for its own, anything else's for all at the station."
    )
    radiator_m2: Positive | None = Field(None, description="Radiator; without one its temperature is not looked at.")
    radiator_emissivity: float = Field(0.85, gt=0.0, le=1.0, description="Emissivity of the radiator.")
    ground_view: Fraction = Field(0.0, description="Part of what the radiator sees that is ground, not sky.")
    closed_fraction: Fraction = Field(1.0, gt=0.0, description="What the radiator still passes when it is shut.")
    sunlit_m2: NonNegative = Field(0.0, description="Area that takes up sunlight: area in the Sun times absorptivity.")
    heat_capacity_kj_k: Positive | None = Field(None, description="Heat capacity; 0.9 kJ/K for each kg when absent.")
    coldest_k: Positive = Field(273.0, description="Below this it freezes.")
    warmest_k: Positive = Field(313.0, description="Above this it overheats.")
    heater_kw: NonNegative = Field(0.0, description="Most its heater draws, at priority 1, to keep it from freezing.")

    @property
    def spares_kg(self) -> float:
        """Spares a repair uses up, kg."""
        return 0.05 * self.mass_kg if self.repair_kg is None else self.repair_kg

    @property
    def full_kw(self) -> float:
        """What it draws while it works, what keeps it alive included."""
        return max(self.load_kw, self.keep_alive_kw)

    @model_validator(mode="after")
    def _bears(self) -> Self:
        if self.radiator_m2 is not None and self.warmest_k <= self.coldest_k + 10.0:
            raise ValueError(f"warmest_k {self.warmest_k:g} must be more than 10 K above coldest_k {self.coldest_k:g}")
        return self


class SolarArray(Element):
    """Photovoltaic array."""

    power_kw: Positive = Field(description="Output facing the Sun at 1 au, full disk, beginning of life, 301 K.")
    mount: Mount = Field(
        "tracking",
        description="How it stands: facing the Sun, turning about the vertical with its face upright, or fixed.",
    )
    mast_m: NonNegative | None = Field(
        None, description="Height above the ground, one of its site's masts_m; the site's mast_m when absent."
    )
    tilt_deg: float = Field(90.0, ge=0.0, le=180.0, description="Fixed: angle of its face's normal from the zenith.")
    azimuth_deg: float = Field(0.0, ge=-360.0, le=360.0, description="Fixed: azimuth its face looks to, from north.")
    temperature_coefficient: float = Field(
        0.0, ge=0.0, le=0.02, description="Fraction of output lost for each K of its cells above 301 K."
    )
    degradation: Fraction = Field(0.025, description="Fraction of output lost a year.")
    dust_loss: Fraction = Field(0.0, description="Fraction of output lost to dust, constant.")
    start_kw: NonNegative = Field(0.0, description="Power it draws to deploy, at priority 1, while it is in the light.")
    start_h: NonNegative = Field(0.0, le=8766.0, description="Hours of that power before it gives any.")


class Storage(Element):
    """A store of electricity: battery or regenerative fuel cell."""

    capacity_kwh: Positive = Field(description="Energy held when full.")
    depth: Fraction = Field(0.8, description="Fraction of capacity that may be used.")
    charge_efficiency: float = Field(gt=0.0, le=1.0, description="Stored for each kWh taken in.")
    discharge_efficiency: float = Field(gt=0.0, le=1.0, description="Delivered for each kWh taken out.")
    charge_kw: Positive = Field(description="Fastest charge.")
    discharge_kw: Positive = Field(description="Fastest discharge.")
    fade_per_year: Fraction = Field(0.0, lt=1.0, description="Fraction of what capacity is left lost each year.")
    fade_per_cycle: Fraction = Field(0.0, le=0.01, description="Fraction of usable capacity lost with each full cycle.")
    arrives_charged: Fraction = Field(0.0, description="Fraction of its usable capacity held when first used.")
    standing_loss_per_d: Fraction = Field(0.0, lt=1.0, description="Fraction of the energy held that is lost in a day.")


class Battery(Storage):
    """Electrochemical battery."""


class FuelCell(Storage):
    """Regenerative fuel cell with its electrolyser and tanks."""


class Reactor(Element):
    """Fission power plant."""

    power_kw: Positive = Field(description="Net electric output.")
    start_kw: NonNegative = Field(0.0, description="Power it draws to start, at priority 1.")
    start_h: NonNegative = Field(0.0, le=8766.0, description="Hours of that power before it gives any.")
    life_y: Positive | None = Field(None, le=200.0, description="Years from first use to its end; none when absent.")


class Radioisotope(Element):
    """Radioisotope generator: its output falls with its fuel and its converter."""

    power_kw: Positive = Field(description="Net electric output when first used.")
    half_life_y: Positive = Field(87.7, description="Half-life of its fuel; that of plutonium-238 when absent.")
    degradation: Fraction = Field(0.0, lt=1.0, description="Fraction of output its converter loses a year.")


class PowerLink(Element):
    """A way for power between two buses: a converter of voltage, a cable, or a beam."""

    kind: Literal["converter", "cable", "beam"] = Field("converter", description="What it is.")
    from_site: Name = Field("", description="Site it takes power from; where it lands when absent.")
    to_site: Name = Field("", description="Site it gives power to; where it lands when absent.")
    from_v: Voltage = Field(120, description="Voltage it takes.")
    to_v: Voltage = Field(120, description="Voltage it gives.")
    power_kw: Positive = Field(description="Most it takes in.")
    efficiency: float = Field(gt=0.0, le=1.0, description="Given for each kWh taken.")
    both_ways: bool = Field(False, description="Whether it carries power the other way too.")


class Habitat(Element):
    """Pressurised module with life support."""

    crew: int = Field(ge=0, le=50, description="People it houses.")
    volume_m3: Positive = Field(description="Pressurised volume.")
    leak_kg_d: NonNegative = Field(0.0, description="Air lost through the structure.")
    water_recovery: Fraction = Field(0.0, description="Fraction of used water turned into water again.")
    oxygen_recovery: Fraction = Field(
        0.0, description="Fraction of the oxygen in breathed-out carbon dioxide won back."
    )
    airlock_kg: NonNegative = Field(0.0, description="Air lost at each use of the airlock.")
    dioxide_removal_m3_h: Positive | None = Field(
        None, description="Cabin air freed of carbon dioxide; all that is breathed out goes at once when absent."
    )


class Rover(Element):
    """Vehicle on the surface. With a battery it drives: away it lives from that, at the station it charges."""

    crew: int = Field(0, ge=0, le=20, description="People it houses under pressure.")
    range_km: NonNegative = Field(0.0, description="Distance on one charge.")
    speed_km_h: Positive | None = Field(None, le=40.0, description="Speed it makes good on easy ground.")
    slope_deg: float = Field(20.0, gt=0.0, le=45.0, description="Steepest slope it takes, up or down.")
    side_slope_deg: float | None = Field(
        None, gt=0.0, le=45.0, description="Steepest slope across its heading; slope_deg when absent."
    )
    rolling_resistance: Positive = Field(0.12, le=1.0, description="Motion resistance of level ground over weight.")
    drive_efficiency: float = Field(0.7, gt=0.0, le=1.0, description="Work at the wheels over energy its drives draw.")
    regeneration: Fraction = Field(0.0, description="Part of what wheels give back downhill that is stored.")
    drive_kw: Positive | None = Field(None, description="Most its drives draw; on grades that ask more it slows down.")
    capacity_kg: NonNegative = Field(0.0, description="Load it carries, people aside.")
    battery_kwh: Positive | None = Field(None, description="Its own battery; it drives on trips only with one.")
    battery_depth: Fraction = Field(0.8, gt=0.0, description="Fraction of the battery that may be used.")
    charge_kw: Positive | None = Field(None, description="Fastest charge at the station.")
    charge_efficiency: float = Field(0.95, gt=0.0, le=1.0, description="Stored for each kWh taken in.")
    away_kw: NonNegative | None = Field(None, description="Power it draws away beside its drives; load_kw when absent.")
    solar_kw: NonNegative = Field(0.0, description="What its own array gives away from the station in full sunlight.")
    dark_h: NonNegative | None = Field(
        None, description="Longest it may be without any Sun on a trip; no limit if absent."
    )

    @model_validator(mode="after")
    def _drives(self) -> Self:
        given = {key: getattr(self, key) for key in ("speed_km_h", "battery_kwh", "charge_kw")}
        missing = [key for key, value in given.items() if value is None]
        if 0 < len(missing) < len(given):
            raise ValueError(f"a rover that drives needs {', '.join(given)}: add {', '.join(missing)}")
        return self

    @property
    def drives(self) -> bool:
        """Whether it goes on trips."""
        return self.battery_kwh is not None

    @property
    def hotel_kw(self) -> float:
        """Power it draws away from the station beside its drives."""
        return max(self.load_kw, self.keep_alive_kw) if self.away_kw is None else self.away_kw


class Mine(Element, Digging):
    """Gear that a rover takes to a place to dig, and the trips it digs on."""


class Equipment(Element):
    """Anything else that lands and draws power: command centre, antenna, plant, crane."""

    data_gb: NonNegative = Field(0.0, description="Housekeeping data a day.")
    data_priority: Priority = Field(1, description="Order in which data are sent; 1 first, the last is dropped first.")


class Supply(Element):
    """Consumables."""

    resource: Resource = Field(description="What it is.")


class Process(Element):
    """A unit that turns carriers into others: electrolyser, Sabatier reactor, water processor, oxygen or water plant.

    Carriers: oxygen, nitrogen, water, hydrogen, carbon_dioxide, methane, carbon, waste_water, urine, brine,
    urine_solids, regolith, icy_regolith, metal and, among what it gives, slag: what it leaves of its feed. Mass and
    every element must balance to 2 %; the rest is closed by the smallest change of the figures.
    """

    takes: Amounts = Field(description="Carriers it takes, kg of each, in any one scale with `gives`.")
    gives: Amounts = Field(description="Carriers it gives, kg of each.")
    basis: Name = Field("", description="Carrier its rate and energy are counted in; the first it takes when absent.")
    rate_kg_h: Positive = Field(description="Most it works through in an hour, kg of its basis.")
    energy_kwh_kg: NonNegative = Field(0.0, description="Electricity for each kg of its basis, beside load_kw.")
    cell_a_cm2: Positive | None = Field(
        None,
        le=10.0,
        description="Current density at which its cells split water; what they draw is that of a PEM cell and comes"
        " beside energy_kwh_kg.",
    )
    cell_k: float = Field(323.15, ge=280.0, le=370.0, description="Temperature of its cells.")
    cell_kpa: Positive = Field(100.0, le=50_000.0, description="Pressure of its cells.")
    digs: bool = Field(
        False, description="Digs the regolith it takes itself, beside it; else rovers bring what it works on."
    )
    holds: dict[str, NonNegative] = Field(
        default_factory=dict,
        description="Set points, kg in store: it stops when a carrier it gives has risen to this, or one it takes has"
        " fallen to this. Without one it works while there is feed and room.",
    )

    @model_validator(mode="after")
    def _turns(self) -> Self:
        known = (*self.takes, *self.gives)
        if not self.takes or not self.gives:
            raise ValueError("takes and gives must name a carrier each")
        for key, named in (("takes", self.takes), ("gives", self.gives)):
            for carrier in named:
                if carrier not in CARRIERS or (carrier == SLAG and key == "takes"):
                    raise ValueError(f"{key}: no carrier {carrier!r}; use {', '.join(CARRIERS)}")
                if key == "gives" and carrier in self.takes:
                    raise ValueError(f"{carrier} is among what it takes and what it gives; write the difference")
        if self.basis and (self.basis not in known or self.basis == SLAG):
            raise ValueError(f"basis: {self.basis!r} is not among what it takes or gives ({', '.join(known)})")
        if self.cell_a_cm2 is not None and ("water" not in self.takes or "hydrogen" not in self.gives):
            raise ValueError("cell_a_cm2: its cells split water, but it takes no water or gives no hydrogen")
        if self.digs and "regolith" not in self.takes:
            raise ValueError("digs: it takes no regolith; icy_regolith lies in the dark and is brought")
        for carrier in self.holds:
            if carrier not in known or carrier == SLAG:
                raise ValueError(f"holds: {carrier!r} is not among what it takes or gives ({', '.join(known)})")
        return self

    @property
    def counted_in(self) -> str:
        """The carrier its rate and energy are counted in."""
        return self.basis or next(iter(self.takes))

    @property
    def full_kw(self) -> float:
        """What it draws at its full rate, what keeps it alive included."""
        return super().full_kw + self.each_kwh_kg * self.rate_kg_h

    @property
    def each_kwh_kg(self) -> float:
        """Electricity for each kg of its basis: its cells' and the rest, load_kw apart."""
        if self.cell_a_cm2 is None:
            return self.energy_kwh_kg
        volts = cell_v(REFERENCE, np.array([self.cell_a_cm2]), self.cell_k, self.cell_kpa)
        amounts = {**self.takes, **self.gives}
        return self.energy_kwh_kg + float(energy_kwh_kg(volts)[0]) * self.takes["water"] / amounts[self.counted_in]


class Tank(Element):
    """A store for one carrier. Without one, liquids and solids find room all the same; hydrogen, methane and carbon
    dioxide go overboard."""

    carrier: Literal[
        "oxygen",
        "nitrogen",
        "water",
        "hydrogen",
        "carbon_dioxide",
        "methane",
        "waste_water",
        "urine",
        "brine",
        "regolith",
        "icy_regolith",
    ] = Field(description="What it holds.")
    capacity_kg: Positive = Field(description="How much of it.")


class OrbitalStation(Element):
    """A station in lunar orbit: crews pass through it and it relays."""

    orbit: Literal["nrho", "low_lunar_orbit"] = Field("low_lunar_orbit", description="Where it is.")
    orbit_km: Positive = Field(100.0, description="Height of its circular orbit.")
    inclination_deg: float = Field(90.0, ge=0.0, le=180.0, description="Inclination to the lunar equator.")
    kernel: Name = Field("", description="Kernel with its path, in place of the orbit above when it relays.")
    body: Name = Field("", description="Its name in the kernel; needed when there are several.")
    rate_mbit_s: NonNegative = Field(0.0, description="What it relays from the site to Earth.")


class Experiment(Element):
    """An instrument or investigation and what it needs."""

    objective: Name = Field("", description="Scientific objective it serves.")
    wanted_h: NonNegative = Field(8766.0, le=8784.0, description="Hours a year it would run.")
    data_mbit_s: NonNegative = Field(0.0, description="Data made while it runs.")
    data_priority: Priority = Field(5, description="Order in which data are sent; 1 first, the last is dropped first.")
    crew_h: NonNegative = Field(0.0, description="Crew hours for each day it runs while a crew is there.")
    eva_h: NonNegative = Field(
        0.0, description="Hours of people outside for each day it runs; it then runs while somebody is outside."
    )
    samples_kg_d: NonNegative = Field(0.0, le=1000.0, description="Samples it takes in 24 h of running.")
    coldest_ground_k: Positive | None = Field(None, description="It does not run on ground colder than this.")
    warmest_ground_k: Positive | None = Field(None, description="It does not run on ground warmer than this.")
    needs: Names = Field(
        (),
        description="Conditions for running: light, dark, earth_hidden, earth_visible, crew; `sample_return`: only as "
        "far as flights home have room for its samples.",
    )

    @model_validator(mode="after")
    def _can_run(self) -> Self:
        low, high = self.coldest_ground_k, self.warmest_ground_k
        if low is not None and high is not None and low >= high:
            raise ValueError(f"coldest_ground_k {low:g} must be below warmest_ground_k {high:g}")
        if "sample_return" in self.needs and self.samples_kg_d == 0.0:
            raise ValueError("needs sample_return but takes no samples: give samples_kg_d, or leave the need out")
        return self


class CrewRates(Row):
    """What a person takes in and gives out in a day."""

    oxygen_kg_d: Positive = Field(description="Oxygen breathed.")
    water_kg_d: Positive = Field(description="Water drunk and in food preparation.")
    hygiene_kg_d: NonNegative = Field(0.0, description="Water for washing, all of it returned as waste water.")
    food_kg_d: Positive = Field(description="Food as packed, without its packing.")
    food_water: Fraction = Field(description="Fraction of the food that is water.")
    carbon_dioxide_kg_d: Positive = Field(description="Carbon dioxide breathed out.")


class Requirement(Row):
    """What must hold for the programme to close."""

    quantity: Name = Field(description="A figure of the run's summary, named with its unit.")
    at_least: float | None = Field(None, description="Smallest value that closes.")
    at_most: float | None = Field(None, description="Largest value that closes.")


# What may stand away from the station and still be on a power network.
POWER_TABLES = ("solar_array", "battery", "fuel_cell", "reactor", "radioisotope", "power_link", "equipment")
SOURCE_TABLES = ("solar_array", "reactor", "radioisotope")
ELEMENT_TABLES: dict[str, type[Element]] = {
    "solar_array": SolarArray,
    "battery": Battery,
    "fuel_cell": FuelCell,
    "reactor": Reactor,
    "radioisotope": Radioisotope,
    "power_link": PowerLink,
    "habitat": Habitat,
    "rover": Rover,
    "mine": Mine,
    "equipment": Equipment,
    "supply": Supply,
    "process": Process,
    "tank": Tank,
    "orbital_station": OrbitalStation,
    "experiment": Experiment,
}
