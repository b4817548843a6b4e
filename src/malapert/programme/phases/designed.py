"""Phases whose burns are not given but designed, in the real ephemeris: what a flight that nobody has flown is made of.

Burns are impulses here; where an engine is known, let a transfer end before the Moon and `burn` into orbit.
"""

from typing import ClassVar, Literal, Self

from pydantic import Field, model_validator

from malapert.programme.phases.base import Phase
from malapert.programme.phases.orbital import ORBIT
from malapert.programme.rows import Epoch, NonNegative, Positive

Range = tuple[Positive, Positive]
LEAVING = {
    "departure_utc": "injection",
    "injection_delta_v_m_s": "of the injection",
    "injection_c3_km2_s2": "twice the energy after it",
}
HOME = {
    "entry_speed_km_s": "inertial speed at the entry interface",
    "entry_flight_path_deg": "inertial flight-path angle there",
    "entry_inclination_deg": "inclination there, to the equator of date",
}


class Leaving(Phase):
    """What flights from a parking orbit about the Earth share."""

    begins: ClassVar[tuple[str, ...]] = ("nowhere",)

    parking_km: float = Field(ge=100.0, le=2000.0, description="Height of the parking orbit.")
    parking_inclination_deg: float = Field(ge=0.0, le=180.0, description="Its inclination, to the equator of date.")
    mass_kg: Positive = Field(1000.0, description="Mass of the craft after injection.")


class Homing(Phase):
    """What flights home share: the corridor they aim at."""

    entry_height_km: float = Field(122.0, ge=80.0, le=400.0, description="Entry interface, over the equator's radius.")
    entry_flight_path_deg: float = Field(-6.0, gt=-30.0, lt=-0.5, description="Inertial flight-path angle there.")


class Translunar(Leaving):
    """From a parking orbit about the Earth to a perilune, and into an orbit about the Moon there.

    The cheapest departure of the window and flight time of the range; with `insert = false` it ends before perilune,
    `lead_s` early, for a burn to do the rest.
    """

    quantities: ClassVar[dict[str, str]] = (
        ORBIT
        | LEAVING
        | {
            "perilune_utc": "arrival at perilune",
            "flight_h": "from injection to perilune",
            "insertion_delta_v_m_s": "of the insertion, as an impulse",
            "excess_speed_km_s": "hyperbolic excess speed at the Moon",
        }
    )

    departure: Epoch = Field(description="Earliest injection.")
    window_d: float = Field(0.0, ge=0.0, le=30.0, description="How much later it may be.")
    flight_d: Range = Field(description="Shortest and longest flight to perilune.")
    perilune_km: Positive = Field(description="Height of the perilune.")
    apolune_km: Positive | None = Field(None, description="Highest point of the orbit entered; a circle when absent.")
    inclination_deg: NonNegative = Field(description="Inclination of that orbit, to the lunar equator.")
    perilune_argument_deg: float | None = Field(None, description="Chooses between the two ways past the Moon.")
    insert: bool = Field(True, description="Whether it is put into that orbit, at once.")
    lead_s: NonNegative = Field(0.0, description="How long before perilune it ends, where it is not.")
    isp_s: NonNegative = Field(0.0, description="What the insertion's propellant is counted with; none when 0.")


class FreeReturn(Leaving, Homing):
    """From a parking orbit round the Moon's far side and back to the entry interface, on the injection alone."""

    quantities: ClassVar[dict[str, str]] = (
        LEAVING
        | HOME
        | {
            "perilune_utc": "when it is nearest the Moon",
            "perilune_speed_km_s": "speed there, from the Moon",
            "out_h": "from injection to perilune",
            "back_h": "from perilune to the entry interface",
            "greatest_earth_distance_km": "greatest distance from the Earth's centre",
        }
    )

    departure: Epoch | None = Field(None, description="Earliest injection.")
    window_d: float = Field(0.0, ge=0.0, le=30.0, description="How much later it may be.")
    perilune: Epoch | None = Field(None, description="In place of a departure: when it is nearest the Moon.")
    passing: Literal["north", "south"] = Field("north", description="How it flies there, where perilune is given.")
    perilune_km: float = Field(ge=30.0, le=20_000.0, description="Height of the perilune.")
    retrograde: bool = Field(False, description="It enters against the Earth's turning.")

    @model_validator(mode="after")
    def _one_epoch(self) -> Self:
        if (self.departure is None) == (self.perilune is None):
            raise ValueError("a free return is dated by one of departure and perilune")
        return self


class EarthReturn(Homing):
    """From any orbit about the Moon to the Earth's entry interface, by one impulse at the best moment of a window."""

    quantities: ClassVar[dict[str, str]] = (
        ORBIT
        | HOME
        | {
            "departure_utc": "the burn",
            "delta_v_m_s": "of the burn",
            "flight_h": "from the burn to the entry interface",
            "burnt_kg": "of propellant",
        }
    )

    window_d: float = Field(1.0, gt=0.0, le=30.0, description="How long it may wait.")
    flight_d: Range = Field((2.8, 4.9), description="Shortest and longest way home.")
    arrive: Epoch | None = Field(None, description="When it is to meet the interface; the cheapest when absent.")
    entry_inclination_deg: float | None = Field(None, description="Inclination at entry; the cheapest when absent.")
    isp_s: NonNegative = Field(0.0, description="What the propellant is counted with; none when 0.")
    propellant_kg: Positive | None = Field(None, description="What the tanks hold; a longer burn is an error.")


class ApsisChange(Phase):
    """Falling to the next lowest or highest point, and an impulse along the path there that moves the opposite one."""

    quantities: ClassVar[dict[str, str]] = ORBIT | {
        "burn_utc": "the impulse",
        "delta_v_m_s": "of it; negative when it brakes",
        "burnt_kg": "of propellant",
    }

    at: Literal["periapsis", "apoapsis"] = Field(description="Where it burns.")
    opposite_km: float = Field(ge=-1700.0, le=1e6, description="Height the opposite point is put at.")
    longest_s: Positive = Field(10.0 * 86400.0, description="Longest fall to it.")
    isp_s: NonNegative = Field(0.0, description="What the propellant is counted with; none when 0.")
    propellant_kg: Positive | None = Field(None, description="What the tanks hold; a longer burn is an error.")
    moon_degree: int = Field(0, ge=0, le=100, description="Degree of the Moon's field.")
    earth_degree: int = Field(0, ge=0, le=20, description="Degree of the Earth's field.")


DESIGNED: dict[str, type[Phase]] = {
    "translunar": Translunar,
    "free_return": FreeReturn,
    "earth_return": EarthReturn,
    "apsis_change": ApsisChange,
}
