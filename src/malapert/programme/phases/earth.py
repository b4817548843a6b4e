"""Phases from the ground to a target in orbit: waiting for its plane, a staged ascent or its outcome, rendezvous."""

from collections.abc import Iterator
from typing import Any, ClassVar, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from malapert.programme.phases.approach import Approach
from malapert.programme.phases.base import Phase, Table
from malapert.programme.phases.orbital import ORBIT
from malapert.programme.rows import Epoch, Latitude, Longitude, Name, NonNegative, Positive, Text

# How many times from liftoff an ascent may be read at.
MOST_TIMES = 8
_READ = {
    "height_km": "height over the ellipsoid",
    "air_speed_km_s": "speed through the air",
    "sensed_load_g": "load an accelerometer feels",
}


class Part(BaseModel):
    """A part of a launcher."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, str_strip_whitespace=True)

    name: Name = Field(description="What the timeline calls it.")


class LauncherStage(Part):
    """One stage, its engines together, from ignition to separation."""

    dry_kg: NonNegative = Field(description="Mass without propellant.")
    propellant_kg: Positive = Field(description="Propellant; a longer burn is an error.")
    thrust_vacuum_n: Positive = Field(description="Thrust in vacuum.")
    thrust_sea_level_n: Positive | None = Field(None, description="Thrust at 101,325 Pa; the vacuum's when absent.")
    isp_vacuum_s: Positive | None = Field(None, description="Specific impulse in vacuum.")
    isp_sea_level_s: Positive | None = Field(None, description="Specific impulse at 101,325 Pa.")
    burn_s: Positive | None = Field(
        None, description="How long it burns; to its guidance's cut-off, or dry, when absent."
    )
    cutoff_sensed_m_s: Positive | None = Field(None, description="Speed an accelerometer cuts it off at.")
    coast_s: NonNegative = Field(0.0, description="From the stage before to its ignition.")
    separation_s: NonNegative = Field(0.0, description="From its cut-off until it is left.")
    keeps: bool = Field(False, description="It is not left at all.")
    throttle: Table = Field(((0.0, 1.0),), description="Seconds from ignition and share of thrust, straight between.")
    most_g: Positive | None = Field(None, description="Load it is throttled to stay within.")
    area_m2: NonNegative = Field(0.0, description="Reference area of all that flies while it is the lowest.")
    drag: Table = Field(((0.0, 0.0),), description="Mach and drag coefficient on that area, straight between.")


class LauncherDrop(Part):
    """Something thrown off on the way: a tower, a fairing."""

    mass_kg: NonNegative = Field(description="Its mass.")
    time_s: Positive | None = Field(None, description="When, from liftoff.")
    height_km: Positive | None = Field(None, description="At which height, on the way up.")


class LauncherKick(Part):
    """A short burn taken as one push."""

    time_s: Positive = Field(description="When, from liftoff.")
    delta_v_m_s: float = Field(description="Along the flow, or at pitch_deg over level; backwards when negative.")
    pitch_deg: float | None = Field(None, description="Over level, in the plane of flight.")


class Ascent(Phase):
    """Staged flight off a pad, or off the ground where the phase before ends, through the air and into space.

    The first stages follow a pitch program or a gravity turn; with `target_periapsis_km` those from `guided_from` on
    are steered to that orbit.
    """

    begins: ClassVar[tuple[str, ...]] = ("nowhere", "ground")
    quantities: ClassVar[dict[str, str]] = (
        ORBIT
        | {
            "max_q_s": "time from liftoff of the greatest dynamic pressure",
            "max_q_kpa": "greatest dynamic pressure",
            "max_q_height_km": "height of it",
            "peak_load_g": "greatest load an accelerometer feels before the last cut-off",
            "cutoff_s": "time from liftoff of the last cut-off",
            "cutoff_height_km": "height of it",
            "cutoff_speed_m_s": "inertial speed there",
            "cutoff_air_speed_m_s": "speed through the air there",
            "apogee_height_km": "height of the top of the lob",
            "apogee_s": "time of it from liftoff",
            "range_km": "over the ground, from the pad to its end",
        }
        | {f"time_{k}_{key}": f"{what} at the time k of times_s" for k in range(1, MOST_TIMES + 1)
           for key, what in _READ.items()}
    )  # fmt: skip

    liftoff: Epoch | None = Field(None, description="When; where the phase before ends on the ground, its end.")
    body: Literal["earth", "moon"] = Field("earth", description="What it rises from.")
    lat_deg: Latitude | None = Field(None, description="The pad's latitude, geodetic on the Earth.")
    lon_deg: Longitude | None = Field(None, description="The pad's east longitude.")
    height_m: float = Field(0.0, description="The pad's height over the ellipsoid.")
    payload_kg: NonNegative = Field(description="Mass on top of the stages, without what is dropped on the way.")
    payload_area_m2: NonNegative = Field(0.0, description="Its reference area, once it is alone.")
    payload_drag: Table = Field(((0.0, 0.0),), description="Its drag coefficient against Mach.")
    stages: tuple[LauncherStage, ...] = Field(min_length=1, description="From the ground up.")
    drops: tuple[LauncherDrop, ...] = Field((), description="What is thrown off, its mass on top of the payload's.")
    kicks: tuple[LauncherKick, ...] = Field((), description="Short burns.")
    azimuth_deg: float | None = Field(
        None, description="Plane of the program, from north over east; the target's if absent."
    )
    pitch: Table | None = Field(None, description="Pitch program: seconds from liftoff, degrees over level.")
    pitch_axes: Literal["platform", "local"] = Field(
        "platform", description="What level is: the pad's at liftoff, held by gyroscopes, or that below the craft."
    )
    kick_deg: NonNegative | None = Field(None, description="Gravity turn: how far it is tilted.")
    kick_start_s: NonNegative = Field(15.0, description="When the tilt begins, from liftoff.")
    kick_over_s: Positive = Field(10.0, description="How long it takes.")
    guided_from: int = Field(2, ge=2, description="First guided stage, counted from 1.")
    target_periapsis_km: Positive | None = Field(None, description="Orbit aimed at, entered at its lowest point.")
    target_apoapsis_km: Positive | None = Field(None, description="Its highest point; the lowest when absent.")
    target_inclination_deg: float | None = Field(None, description="Its inclination.")
    mean_radius_km: Positive | None = Field(
        None, description="What its heights are over; the equator's radius if absent."
    )
    southbound: bool = Field(False, description="It leaves southwards.")
    plane_lead_s: float = Field(0.0, description="How long after liftoff the turning pad is in the target's plane.")
    coast_s: NonNegative = Field(0.0, description="Followed after the last stage is left.")
    times_s: tuple[Positive, ...] = Field((), max_length=MOST_TIMES, description="Times from liftoff it is read at.")

    @model_validator(mode="after")
    def _steered(self) -> Self:
        if (self.pitch is None) == (self.kick_deg is None):
            raise ValueError("an ascent is steered first by one of pitch and kick_deg")
        if (self.target_periapsis_km is None) != (self.target_inclination_deg is None):
            raise ValueError("target_periapsis_km and target_inclination_deg go together")
        if self.target_periapsis_km is not None and self.guided_from > len(self.stages):
            raise ValueError(f"guided_from is {self.guided_from}, and there are {len(self.stages)} stages")
        return self

    def inputs(self) -> dict[str, Any]:
        """Every figure, those of the parts under the part's name too."""
        parts = [*self.stages, *self.drops, *self.kicks]
        own = {key: value for key, value in super().inputs().items() if key not in ("stages", "drops", "kicks")}
        return own | {f"{part.name}_{key}": value for part in parts for key, value in _figures(part)}


def _figures(part: Part) -> Iterator[tuple[str, Any]]:
    for key in type(part).model_fields:
        if key in part.model_fields_set and key != "name" and not isinstance(getattr(part, key), bool):
            yield key, getattr(part, key)


class PlaneWindow(Phase):
    """Waiting on the pad until the turning ground carries it into the plane of an orbit given by an element set.

    The plane is the element set's, moved by SGP4; liftoff is `lead_s` before the pad is in it.
    """

    begins: ClassVar[tuple[str, ...]] = ("nowhere", "ground")
    ends: ClassVar[str] = "ground"
    quantities: ClassVar[dict[str, str]] = {
        "liftoff_utc": "when to lift off",
        "in_plane_utc": "when the pad is in the plane",
        "next_liftoff_utc": "the same, a day later",
        "node_drift_deg_d": "how fast the plane turns about the pole, a day",
        "target_period_min": "period of the orbit to be joined, node to node",
        "target_perigee_km": "its least height over the equator's radius in the day after",
        "target_apogee_km": "its greatest",
        "target_ahead_deg": "how far the target is ahead of the pad along its orbit at liftoff",
    }

    after: Epoch = Field(description="The first passage after this is taken.")
    line_1: Text = Field(description="The element set's first line.")
    line_2: Text = Field(description="Its second line.")
    lat_deg: Latitude = Field(description="The pad's geodetic latitude.")
    lon_deg: Longitude = Field(description="The pad's east longitude.")
    height_m: float = Field(0.0, description="The pad's height over the ellipsoid.")
    leaves: Literal["north", "south"] = Field("north", description="Which of the two passages of a day.")
    lead_s: float = Field(0.0, description="How long before the passage it lifts off.")
    mass_kg: Positive = Field(1000.0, description="Mass of all that lifts off.")


class Insertion(Phase):
    """Arrival in a published orbit at its lowest point, by an ascent that is not flown: its time and arc are given.

    Its speed is the one that takes it to the highest point half a turn on, over the oblate Earth.
    """

    begins: ClassVar[tuple[str, ...]] = ("nowhere", "ground")
    quantities: ClassVar[dict[str, str]] = {"period_min": "period of the orbit"} | ORBIT

    liftoff: Epoch | None = Field(None, description="When; where the phase before ends on the ground, its end.")
    lat_deg: Latitude | None = Field(None, description="The pad's geodetic latitude.")
    lon_deg: Longitude | None = Field(None, description="The pad's east longitude.")
    ascent_s: Positive = Field(description="From liftoff to the orbit.")
    arc_deg: Positive = Field(description="From the pad at liftoff to the orbit's lowest point, along the plane.")
    periapsis_km: Positive = Field(description="Height of the lowest point.")
    apoapsis_km: Positive = Field(description="Height of the highest point.")
    inclination_deg: float = Field(description="To the Earth's equator of date.")
    mean_radius_km: Positive | None = Field(
        None, description="What heights are over; the equator's radius when absent."
    )
    southbound: bool = Field(False, description="It leaves southwards.")
    plane_lead_s: float = Field(0.0, description="How long after liftoff the turning pad is in the plane.")
    mass_kg: Positive = Field(description="Mass in orbit.")

    @model_validator(mode="after")
    def _apsides(self) -> Self:
        if self.apoapsis_km < self.periapsis_km:
            raise ValueError(f"the apoapsis, {self.apoapsis_km:g} km, lies below the periapsis")
        return self


class RendezvousPhase(Approach):
    """From an orbit near the plane of a target given by an element set to docking: phasing, transfer, hops, contact.

    It transfers as soon as the phase allows; hold points are on the target's flight, behind (negative) or ahead.
    """

    line_1: Text = Field(description="The target's element set, first line.")
    line_2: Text = Field(description="Its second line.")
    earth_degree: int = Field(4, ge=2, le=20, description="Degree of the Earth's field.")


EARTH: dict[str, type[Phase]] = {
    "ascent": Ascent,
    "plane_window": PlaneWindow,
    "insertion": Insertion,
    "rendezvous": RendezvousPhase,
}
