"""What flies: launchers, spacecraft made of stages, flights, crews."""

from typing import Annotated, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from malapert.programme.rows import Count, Epoch, Fraction, Name, Names, NonNegative, Positive, Row

Route = Literal["surface", "low_lunar_orbit", "relay_orbit", "nrho", "crewed_landing"]
Manoeuvre = Literal["correction", "insertion", "descent", "ascent", "return"]


class Launcher(Row):
    """A launch vehicle, up to trans-lunar injection."""

    partner: Name = Field(description="Who brings it.")
    available: Epoch | None = Field(None, description="No flight departs on it before this.")
    tli_kg: Positive = Field(description="Mass it injects towards the Moon.")
    leo_kg: Positive | None = Field(None, description="Mass to low Earth orbit.")
    lat_deg: float = Field(
        ge=-90.0, le=90.0, description="Latitude of the launch site: the least inclination it reaches."
    )
    parking_km: Positive = Field(200.0, description="Height of the circular parking orbit.")
    attempts: Count = Field(0, description="Launches flown.")
    failures: Count = Field(0, description="Launches failed.")
    prior_successes: Positive = Field(9.0, description="Successes it is credited with before its record (Beta prior).")
    prior_failures: Positive = Field(1.0, description="Failures it is charged with before its record (Beta prior).")
    pad: Name = Field("", description="Where it is launched from; launchers that name the same one share it.")
    cadence_d: NonNegative = Field(0.0, le=2000.0, description="Least days between launches from its pad.")
    slip_d: NonNegative = Field(60.0, description="Median delay of a launch against the date declared.")
    grounded_from: Epoch | None = Field(None, description="Start of a time in which it does not fly.")
    grounded_until: Epoch | None = Field(None, description="End of a time in which it does not fly.")


class Stage(BaseModel):
    """A propulsion stage; stages burn in the order listed and are dropped when empty or after the manoeuvre named."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, strict=True)

    name: Name = Field(description="What it is called.")
    dry_kg: Positive = Field(description="Mass without propellant.")
    propellant_kg: Positive = Field(description="Propellant its tanks hold.")
    isp_s: Positive = Field(description="Vacuum specific impulse.")
    thrust_n: Positive = Field(description="Vacuum thrust, all engines.")
    boil_off: float = Field(0.0, ge=0.0, lt=1.0, description="Fraction of its propellant lost in a day.")
    drop_after: Manoeuvre | None = Field(None, description="Left behind after this manoeuvre, empty or not.")


Stages = Annotated[
    tuple[Stage, ...], BeforeValidator(lambda v: tuple(v) if isinstance(v, list) else v), Field(min_length=1)
]


class Spacecraft(Row):
    """What leaves the launcher: stages and the room they have for cargo."""

    partner: Name = Field(description="Who brings it.")
    available: Epoch | None = Field(None, description="No flight departs with it before this.")
    stages: Stages = Field(description="Propulsion stages in burning order.")
    cargo_kg: NonNegative = Field(
        description="Most cargo its structure carries; what the flown delta-v leaves may be less."
    )
    cargo_m3: Positive | None = Field(None, description="Room for cargo; not known when absent.")
    crew: Count = Field(0, description="People it carries.")
    return_kg: NonNegative | None = Field(None, description="Most samples it brings back; not known when absent.")
    landing_attempts: Count = Field(0, description="Landings tried by this family.")
    landing_failures: Count = Field(0, description="Landings failed.")
    navigation_m: NonNegative = Field(
        0.0, le=1e5, description="Error of its position along and across its flight when its descent ignites, 1 sigma."
    )
    navigation_m_s: NonNegative = Field(
        0.0, le=100.0, description="Error of its speed along and across its flight when its descent ignites, 1 sigma."
    )
    steepest_deg: float | None = Field(
        None, gt=0.0, le=45.0, description="Steepest ground it stands on; looked at where the site has rasters."
    )
    prior_successes: Positive = Field(3.0, description="Landings it is credited with before its record (Beta prior).")
    prior_failures: Positive = Field(1.0, description="Failures it is charged with before its record (Beta prior).")


class Flight(Row):
    """One departure from the Earth."""

    partner: Name = Field("", description="Who flies it; the spacecraft's partner when absent.")
    launcher: Name = Field(description="Launch vehicle.")
    spacecraft: Name = Field(description="Spacecraft.")
    depart: Epoch = Field(description="Earliest departure.")
    window_d: Positive = Field(6.0, le=30.0, description="Days after `depart` within which the trajectory may leave.")
    route: Route = Field("surface", description="Where it goes.")
    site: Name = Field("", description="Landing site; the station's when absent.")
    orbit_km: Positive = Field(100.0, le=2000.0, description="Height of the circular lunar orbit it arrives in.")
    inclination_deg: float = Field(
        90.0, ge=0.0, le=180.0, description="Inclination of that orbit to the lunar equator."
    )
    relay: Name = Field("", description="The relay it places, on route `relay_orbit`.")
    cargo: Names = Field((), description="Elements that must go on this flight.")
    open: bool = Field(True, description="Whether free room may be given to elements no flight names.")
    lander_flight: Name = Field("", description="On route `crewed_landing`: the flight that brought the lander.")
    after: Names = Field((), description="Flights that must have arrived before this one leaves.")
    crew: Name = Field("", description="Crew it carries.")
    stay_d: NonNegative = Field(0.0, le=2000.0, description="Days on the surface before the crew leaves.")
    samples_kg: NonNegative = Field(0.0, le=5000.0, description="Samples its crew brings home.")
    rendezvous_m_s: NonNegative = Field(0.0, description="Allowance for meeting and docking in lunar orbit.")


class Crew(Row):
    """People of one stay and how they spend their days.

    A day is sleep, exercise, work (upkeep of the station first) and what is left of 24 h: meals, self-care, planning,
    rest. Defaults are the day aboard the ISS as BVAD 2022, table 3-28, gives it.
    """

    members: Names = Field(description="The partner of each member.")
    work_h: NonNegative = Field(
        6.5, le=24.0, description="Hours a day each member has for the station and its experiments."
    )
    sleep_h: NonNegative = Field(8.5, le=24.0, description="Hours a day each member sleeps.")
    exercise_h: NonNegative = Field(2.5, le=24.0, description="Hours a day each member exercises, with setting up.")
    upkeep_h: NonNegative = Field(2.0, le=24.0, description="Hours of each member's work the station's upkeep takes.")
    rest_days: Count = Field(0, le=6, description="Days a week without work but upkeep, and without an EVA.")
    evas_per_week: NonNegative | None = Field(
        None,
        le=14.0,
        description="EVAs the crew would hold; when absent nobody plans any and the airlock opens anyway.",
    )
    eva_h: Positive = Field(6.0, le=12.0, description="Length of an EVA.")
    eva_people: int = Field(2, ge=2, le=20, description="People who go out together.")
    eva_inside: Count = Field(0, le=20, description="People who must stay inside meanwhile.")
    eva_preparation_h: NonNegative = Field(1.5, le=12.0, description="Hours each takes to make ready for an EVA.")
    eva_sun_fraction: Fraction = Field(
        0.1, description="Least part of the Sun's disk in view throughout an EVA; 0 lets it work by lamps."
    )
    eva_link: bool = Field(True, description="Whether an EVA needs a link to Earth throughout.")
    suit_h: Positive = Field(8.0, le=24.0, description="Hours a suit keeps somebody alive outside.")
    suit_water_kg_h: NonNegative = Field(0.5, description="Water a suit's sublimator loses to space.")
    suit_oxygen_kg_h: NonNegative = Field(0.02, description="Oxygen a suit leaks, beyond what is breathed in it.")
    rates: Name = Field("", description="Crew rates from the catalogue; the station's default when absent.")
    illnesses_per_year: NonNegative = Field(
        0.02, le=100.0, description="Illnesses that end the stay, for each member and year."
    )

    @model_validator(mode="after")
    def _a_day_is_24_h(self) -> Self:
        busy_h = self.sleep_h + self.exercise_h + self.work_h
        if busy_h > 24.0:
            raise ValueError(f"sleep_h, exercise_h and work_h make a day of {busy_h:g} h; bring them within 24")
        if self.upkeep_h > self.work_h and "upkeep_h" in self.model_fields_set:
            raise ValueError(f"upkeep_h {self.upkeep_h:g} is part of work_h, which is only {self.work_h:g}")
        if not self.evas_per_week:
            return self
        if len(self.members) < self.eva_people + self.eva_inside:
            raise ValueError(
                f"{len(self.members)} members are too few for eva_people {self.eva_people} outside"
                f" and eva_inside {self.eva_inside} inside"
            )
        if self.eva_h > self.suit_h:
            raise ValueError(
                f"an EVA of eva_h {self.eva_h:g} is longer than suit_h {self.suit_h:g} keeps somebody alive"
            )
        out_h, free_h = self.eva_h + self.eva_preparation_h, self.work_h + self.exercise_h
        if out_h > free_h:
            raise ValueError(
                f"an EVA with its preparation takes {out_h:g} h, but work_h and exercise_h leave {free_h:g} of a day"
            )
        if self.evas_per_week > 7 - self.rest_days:
            raise ValueError(
                f"evas_per_week {self.evas_per_week:g} is more than one on each of {7 - self.rest_days} days"
            )
        return self
