"""Phases in space: a state to start from, an orbit, coasting, burning, letting a stage go."""

from typing import ClassVar, Literal, Self

from pydantic import Field, model_validator

from malapert.programme.phases.base import Phase, Vector
from malapert.programme.rows import Epoch, Name, NonNegative, Positive

Body = Literal["earth", "moon", "mars", "sun"]
PATH = {
    "periapsis_height_km": "least height over the body's mean equatorial radius",
    "apoapsis_height_km": "greatest height",
    "periapsis_utc": "when it is lowest",
    "revolutions": "turns about the body",
    "least_moon_height_km": "least height over the Moon",
    "greatest_earth_distance_km": "greatest distance from the Earth's centre",
    "greatest_earth_distance_utc": "when it is farthest from the Earth's centre",
    "least_moon_distance_km": "least distance from the Moon's centre",
    "greatest_moon_distance_km": "greatest distance from the Moon's centre",
}
ORBIT = {
    "end_period_min": "osculating period at its end",
    "end_periapsis_height_km": "osculating periapsis at its end, over the mean equatorial radius",
    "end_apoapsis_height_km": "osculating apoapsis at its end",
    "end_inclination_deg": "osculating inclination at its end, to the body's equator",
    "end_c3_km2_s2": "twice the osculating energy at its end",
    "end_flight_path_deg": "inertial flight-path angle at its end",
}


class State(Phase):
    """Where a flight begins, or is taken up again: a state that somebody published.

    Taken up again, the flight before it ends at its epoch, and what it gives is how far that was off.
    """

    begins: ClassVar[tuple[str, ...]] = ("nowhere", "flight")
    quantities: ClassVar[dict[str, str]] = {
        "off_km": "from where the flight before it ends to here",
        "off_m_s": "the same of the velocity",
    }

    epoch: Epoch = Field(description="When.")
    center: Body = Field(description="The body the state is about.")
    frame: Name = Field("ICRF", description="Axes: any frame of `malapert propagate`.")
    position_km: Vector = Field(description="Position.")
    velocity_km_s: Vector = Field(description="Velocity.")
    mass_kg: Positive | None = Field(
        None, description="Mass of the craft; that of the flight before it, or 1000 kg, when absent."
    )


class Orbit(Phase):
    """Where a flight begins: a published orbit, heights over the body's mean equatorial radius."""

    begins: ClassVar[tuple[str, ...]] = ("nowhere",)
    quantities: ClassVar[dict[str, str]] = {"period_min": "period of the orbit"} | ORBIT

    epoch: Epoch = Field(description="When.")
    center: Body = Field(description="The body it is about.")
    periapsis_km: float = Field(description="Height of its lowest point.")
    apoapsis_km: float = Field(description="Height of its highest point.")
    inclination_deg: float = Field(description="To the body's equator of date.")
    node_deg: float = Field(0.0, description="Right ascension of the ascending node, on the equator of date.")
    periapsis_argument_deg: float = Field(0.0, description="Argument of periapsis.")
    anomaly_deg: float = Field(0.0, description="True anomaly.")
    mean_radius_km: Positive | None = Field(
        None, description="What heights are over; the equator's radius when absent."
    )
    mass_kg: Positive = Field(1000.0, description="Mass of the craft.")

    @model_validator(mode="after")
    def _apsides(self) -> Self:
        if self.apoapsis_km < self.periapsis_km:
            raise ValueError(f"the apoapsis, {self.apoapsis_km:g} km, lies below the periapsis")
        return self


class Coast(Phase):
    """Falling free until a time, or an event: periapsis, apoapsis, or a height passed on the way down or up."""

    quantities: ClassVar[dict[str, str]] = PATH | ORBIT

    duration_s: Positive | None = Field(None, description="How long.")
    until: Epoch | None = Field(None, description="To this epoch.")
    event: Literal["periapsis", "apoapsis", "descending", "ascending", "moon_periapsis"] | None = Field(
        None, description="To this event; `descending` and `ascending` pass height_km."
    )
    height_km: float | None = Field(None, description="The height that ends it, over the equator's radius.")
    longest_s: Positive = Field(40.0 * 86400.0, description="Longest wait for an event.")
    to_center: Body | None = Field(None, description="Body the flight is about from then on.")
    moon_degree: int = Field(0, ge=0, le=100, description="Degree of the Moon's field.")
    earth_degree: int = Field(0, ge=0, le=20, description="Degree of the Earth's field.")
    mars_degree: Literal[0, 2] = Field(0, description="2 for the bulge of Mars.")
    sun_area_m2: NonNegative = Field(0.0, description="Area in sunlight, times 1 plus its reflectivity.")
    drag_area_m2: NonNegative = Field(0.0, description="Area in the air, times its drag coefficient.")

    @model_validator(mode="after")
    def _one_end(self) -> Self:
        if sum(end is not None for end in (self.duration_s, self.until, self.event)) != 1:
            raise ValueError("a coast ends by one of duration_s, until and event")
        if (self.event in ("descending", "ascending")) != (self.height_km is not None):
            raise ValueError("height_km goes with the events descending and ascending")
        return self


class Burn(Phase):
    """An engine burning at constant thrust, along the path or along axes fixed on ICRF.

    Where it was cut off at another time than planned, what the plan would have led to is given beside.
    """

    quantities: ClassVar[dict[str, str]] = {
        "delta_v_m_s": "by the rocket equation",
        "burnt_kg": "of propellant",
        "planned_delta_v_m_s": "what planned_duration_s would have given; as flown where there is none",
        "planned_periapsis_height_km": "osculating periapsis it would have led to",
        "planned_apoapsis_height_km": "osculating apoapsis it would have led to",
    } | ORBIT

    thrust_n: Positive = Field(description="Thrust.")
    isp_s: Positive = Field(description="Specific impulse.")
    duration_s: Positive | None = Field(None, description="How long it burns.")
    delta_v_m_s: Positive | None = Field(None, description="What it gives, in place of a duration.")
    planned_duration_s: Positive | None = Field(None, description="How long it was to burn.")
    along: Literal["velocity", "against_velocity", "direction"] = Field(description="Where the thrust points.")
    direction: Vector | None = Field(None, description="ICRF direction of the thrust.")
    propellant_kg: Positive = Field(description="What the tanks hold; a longer burn is an error.")
    moon_degree: int = Field(0, ge=0, le=100, description="Degree of the Moon's field.")

    @model_validator(mode="after")
    def _ends_and_points(self) -> Self:
        if (self.duration_s is None) == (self.delta_v_m_s is None):
            raise ValueError("a burn ends by one of duration_s and delta_v_m_s")
        if (self.along == "direction") != (self.direction is not None):
            raise ValueError("direction goes with along = 'direction'")
        return self


class Impulse(Phase):
    """A change of velocity at once."""

    quantities: ClassVar[dict[str, str]] = ORBIT

    delta_v_m_s: Vector = Field(description="On ICRF axes, or along velocity, angular momentum and their product.")
    axes: Literal["ICRF", "VNB"] = Field("ICRF", description="Axes of delta_v_m_s.")
    isp_s: NonNegative = Field(0.0, description="What the propellant is counted with; none when 0.")


class PlaneChange(Phase):
    """The plane is turned at once, about the line to the body's centre, to an inclination; speed and climb are kept."""

    quantities: ClassVar[dict[str, str]] = ORBIT | {"delta_v_m_s": "of the impulse"}

    inclination_deg: float = Field(ge=0.0, le=180.0, description="To the body's equator of date.")
    southbound: bool = Field(False, description="It then flies southwards.")
    isp_s: NonNegative = Field(0.0, description="What the propellant is counted with; none when 0.")


class Stage(Phase):
    """Something is let go, or taken aboard."""

    begins: ClassVar[tuple[str, ...]] = ("flight", "air", "ground")
    ends: ClassVar[str] = "as before"

    dropped_kg: float | None = Field(None, description="Mass let go; negative for mass taken aboard.")
    keeps_kg: Positive | None = Field(None, description="In its place: the mass that flies on.")
    left_as: Name | None = Field(None, description="What is let go flies on under this name, for a `dock` to find.")

    @model_validator(mode="after")
    def _one_mass(self) -> Self:
        if (self.dropped_kg is None) == (self.keeps_kg is None):
            raise ValueError("what is let go is given by one of dropped_kg and keeps_kg")
        return self


ORBITAL: dict[str, type[Phase]] = {
    "state": State, "orbit": Orbit, "coast": Coast, "burn": Burn, "impulse": Impulse, "stage": Stage,
    "plane_change": PlaneChange,
}  # fmt: skip
