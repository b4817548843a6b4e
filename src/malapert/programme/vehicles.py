"""What flies: launchers, spacecraft made of stages, flights, crews."""

from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from malapert.programme.rows import Count, Epoch, Name, Names, NonNegative, Positive, Row

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
    landing_attempts: Count = Field(0, description="Landings tried by this family.")
    landing_failures: Count = Field(0, description="Landings failed.")
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
    """People of one stay."""

    members: Names = Field(description="The partner of each member.")
    work_h: NonNegative = Field(
        6.5, le=24.0, description="Hours a day each member has for the station and its experiments."
    )
    rates: Name = Field("", description="Crew rates from the catalogue; the station's default when absent.")
    illnesses_per_year: NonNegative = Field(
        0.02, le=100.0, description="Illnesses that end the stay, for each member and year."
    )
