"""Phases in the air: an entry, what hangs under a parachute, a landing under power, a hover on a rotor."""

from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, model_validator

from malapert.programme.phases.base import Phase, Table
from malapert.programme.rows import Epoch, Latitude, Longitude, NonNegative, Positive

# How many heights a fall may be read at.
MOST_HEIGHTS = 8
FALL = (
    {
        "begin_speed_km_s": "inertial speed at its beginning",
        "begin_flight_path_deg": "inertial flight-path angle there",
        "begin_air_speed_km_s": "speed through the air there",
        "begin_air_flight_path_deg": "flight-path angle there, against the air",
        "begin_mach": "Mach number there",
        "begin_q_kpa": "dynamic pressure there",
        "peak_load_g": "greatest load an accelerometer feels",
        "peak_load_utc": "when it feels that",
        "peak_q_kpa": "greatest dynamic pressure",
        "peak_heating_kw_m2": "greatest convective heating of the nose (Sutton and Graves 1971)",
        "heat_load_mj_m2": "that heating, summed over the phase",
        "range_km": "over the ground, from its beginning to its end",
        "end_air_speed_m_s": "speed through the air at its end",
        "end_sink_m_s": "how fast it sinks at its end",
        "end_mach": "Mach number at its end",
        "end_q_kpa": "dynamic pressure at its end",
    }
    | {f"height_{k}_utc": "when it passes height k of heights_km on the way down" for k in range(1, MOST_HEIGHTS + 1)}
    | {f"height_{k}_air_speed_m_s": "speed through the air there" for k in range(1, MOST_HEIGHTS + 1)}
)  # fmt: skip


class Fall(Phase):
    """What an entry and a parachute share: where they end, and where they are read."""

    begins: ClassVar[tuple[str, ...]] = ("flight", "air")
    ends: ClassVar[str] = "air, or ground when nothing ends it before"
    quantities: ClassVar[dict[str, str]] = FALL

    to_height_km: float | None = Field(None, description="It ends at this height over the ellipsoid.")
    to_mach: Positive | None = Field(None, description="It ends at this Mach number, on the way down.")
    duration_s: Positive | None = Field(None, description="It ends after this time.")
    ground_height_m: float = Field(0.0, description="Height of the ground or the water over the ellipsoid.")
    density_factor: Positive = Field(1.0, description="What the air of the model is multiplied by.")
    heights_km: tuple[float, ...] = Field((), max_length=MOST_HEIGHTS, description="Heights it is read at.")

    @model_validator(mode="after")
    def _one_end(self) -> Self:
        if sum(end is not None for end in (self.to_height_km, self.to_mach, self.duration_s)) > 1:
            raise ValueError("it ends by one of to_height_km, to_mach and duration_s, or on the ground")
        return self

    def ends_in(self) -> str:
        ended = (self.to_height_km, self.to_mach, self.duration_s) != (None, None, None)
        return "air" if ended else "ground"


class Entry(Fall):
    """Into an atmosphere, ballistic or with lift, to the ground or to where the next phase takes over.

    The air is the US Standard Atmosphere 1976 or the COSPAR mean of Mars, without winds. A craft that skips out for
    ever is an error.
    """

    area_m2: Positive = Field(description="Reference area.")
    drag: Table = Field(min_length=1, description="Mach and drag coefficient on that area, straight between.")
    lift_to_drag: float = Field(0.0, description="Lift over drag.")
    bank: Table = Field(
        ((0.0, 0.0),),
        description="Seconds from its beginning and degrees the lift is banked: 0 up, positive to the right.",
    )
    nose_radius_m: Positive = Field(1.0, description="Of the nose, for the heating.")


class ParachutePhase(Fall):
    """Under a parachute that opens as it begins, above the craft that entered; the one before it is gone.

    A reefed canopy is two of these.
    """

    begins: ClassVar[tuple[str, ...]] = ("air",)
    quantities: ClassVar[dict[str, str]] = FALL | {"peak_force_n": "greatest pull of the canopy"}

    drag_area_m2: Positive | None = Field(None, description="Area of the canopy, times its drag coefficient.")
    sink_m_s: float | None = Field(
        None, ge=0.5, description="In its place: how fast the craft sinks under it at height 0, in the model's air."
    )
    inflation_s: NonNegative = Field(0.0, description="How long the canopy takes to fill.")
    dropped_kg: NonNegative = Field(0.0, description="What goes as it opens: a cover, the parachute before.")

    @model_validator(mode="after")
    def _one_area(self) -> Self:
        if (self.drag_area_m2 is None) == (self.sink_m_s is None):
            raise ValueError("a canopy is given by one of drag_area_m2 and sink_m_s")
        return self


class LandingBurn(Phase):
    """The last height under power: constant deceleration to a slow sink at a gate, and that sink to the ground.

    Level ground, the air left out; an engine too weak for the height is an error.
    """

    begins: ClassVar[tuple[str, ...]] = ("flight", "air")
    ends: ClassVar[str] = "ground"
    quantities: ClassVar[dict[str, str]] = {
        "begin_height_m": "over the ground at its beginning",
        "begin_air_speed_m_s": "speed over the ground there",
        "delta_v_m_s": "of the engines",
        "burnt_kg": "of propellant",
        "most_thrust_n": "greatest thrust asked for",
        "peak_load_g": "greatest load an accelerometer feels",
    }

    thrust_n: Positive = Field(description="Most the engines give.")
    isp_s: Positive = Field(description="Specific impulse.")
    propellant_kg: Positive = Field(description="What the tanks hold; a longer burn is an error.")
    touchdown_m_s: Positive = Field(description="Sink rate from the gate on.")
    gate_height_m: NonNegative = Field(0.0, description="Height over the ground of the gate.")
    ground_height_m: float = Field(0.0, description="Height of the ground over the ellipsoid.")
    dropped_kg: NonNegative = Field(0.0, description="What is left as it begins: a parachute and its cone.")


class Hover(Phase):
    """Up, hovering and down again on a rotor: momentum theory and blade elements (Leishman 2006).

    Air at rest, given by pressure and temperature; the climb and the sinking are counted as hovering.
    """

    begins: ClassVar[tuple[str, ...]] = ("nowhere", "ground")
    ends: ClassVar[str] = "ground"
    quantities: ClassVar[dict[str, str]] = {
        "thrust_n": "what carries it",
        "density_kg_m3": "of the air",
        "solidity": "thrust-weighted, of one rotor",
        "tip_speed_m_s": "of the blades",
        "rotor_speed_rpm": "how fast they turn",
        "tip_mach": "Mach number of their tips",
        "ideal_power_w": "least power of one disk that carries it all",
        "induced_power_w": "power into the air that is driven down",
        "profile_power_w": "power into the drag of the blades",
        "shaft_power_w": "both together",
        "figure_of_merit": "ideal power of the rotors apart over that of the shafts",
        "battery_power_w": "shaft power over the drive's efficiency, and the rest aboard",
        "battery_energy_kwh": "that, over the flight",
    }

    start: Epoch | None = Field(None, description="When; where the phase before ends on the ground, its end.")
    body: Literal["earth", "mars"] = Field("mars", description="Where.")
    lat_deg: Latitude | None = Field(None, description="Geodetic latitude; where the craft stands when absent.")
    lon_deg: Longitude | None = Field(None, description="East longitude.")
    ground_height_m: float = Field(0.0, description="Height of the ground over the ellipsoid.")
    mass_kg: Positive = Field(description="Mass.")
    height_m: Positive = Field(description="Height it hovers at.")
    duration_s: Positive = Field(description="From the ground to the ground.")
    hover_s: Positive = Field(description="Of that, at the height.")
    pressure_kpa: Positive = Field(description="Pressure of the air.")
    temperature_k: Positive = Field(description="Temperature of the air.")
    radius_m: Positive = Field(description="Of the rotor.")
    rotors: Literal[1, 2] = Field(1, description="Disks on the shaft.")
    blades: Annotated[int, Field(ge=1)] = Field(2, description="Blades of each.")
    chord: Table = Field(min_length=2, description="r/R and chord/R, straight between.")
    blade_loading: Positive = Field(description="C_T over solidity it is flown at.")
    blade_drag: NonNegative = Field(description="Mean drag coefficient of the blades' sections.")
    induced_factor: Annotated[float, Field(ge=1.0)] = Field(
        1.15, description="Induced power over that of an even inflow."
    )
    interference: Annotated[float, Field(ge=1.0)] = Field(
        1.0, description="Induced power of two disks over that of the two apart: 1.281 for one below the other."
    )
    drive_efficiency: Annotated[float, Field(gt=0.0, le=1.0)] = Field(
        1.0, description="Of motors and their electronics."
    )
    other_power_w: NonNegative = Field(0.0, description="What else the battery feeds.")

    @model_validator(mode="after")
    def _times(self) -> Self:
        if self.hover_s >= self.duration_s:
            raise ValueError("hover_s is a part of duration_s: leave time to rise and to come down")
        return self


AIR: dict[str, type[Phase]] = {
    "entry": Entry,
    "parachute": ParachutePhase,
    "landing_burn": LandingBurn,
    "hover": Hover,
}
