"""Phases to, from and by a near-rectilinear halo orbit about the Moon."""

from typing import ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from malapert.programme.phases.base import Phase
from malapert.programme.phases.designed import HOME, LEAVING, Homing, Leaving, Range
from malapert.programme.phases.orbital import ORBIT
from malapert.programme.rows import Epoch, NonNegative, Positive


class HaloOrbit(BaseModel):
    """A southern 9:2 halo orbit about L2 in the real ephemeris; the same in every phase that names the same."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, str_strip_whitespace=True)

    apolune: Epoch = Field(description="Near which its first apolune falls.")
    revolutions: int = Field(6, ge=3, le=60, description="How many times round it is followed.")


class OnHalo(Phase):
    """What flights between a halo orbit and a low one share."""

    quantities: ClassVar[dict[str, str]] = ORBIT | {
        "departure_utc": "the first burn",
        "wait_s": "from its beginning to that",
        "delta_v_m_s": "of both burns",
        "halo_burn_m_s": "of that on the halo orbit",
        "low_burn_m_s": "of that on the low orbit",
        "flight_h": "between them",
        "burnt_kg": "of propellant",
    }

    halo: HaloOrbit = Field(description="The halo orbit.")
    coast_h: tuple[Positive, ...] = Field(
        (8.0, 10.0, 12.0, 16.0, 20.0, 26.0), min_length=1, description="Times between the burns to choose from."
    )
    isp_s: NonNegative = Field(0.0, description="What the propellant is counted with; none when 0.")
    propellant_kg: Positive | None = Field(None, description="What the tanks hold; a longer burn is an error.")


class ToHalo(Leaving):
    """From a parking orbit about the Earth into a halo orbit: by two burns, or three with one at a close perilune."""

    quantities: ClassVar[dict[str, str]] = (
        ORBIT
        | LEAVING
        | {
            "flyby_delta_v_m_s": "of the burn at perilune; 0 where there is none",
            "insertion_delta_v_m_s": "of the burn into the halo orbit",
            "arrival_delta_v_m_s": "of both",
            "flight_h": "from injection to the halo orbit",
            "halo_period_d": "mean period of the halo orbit",
            "halo_perilune_radius_km": "mean of its perilune radii",
            "burnt_kg": "of propellant, after the injection",
        }
    )

    departure: Epoch = Field(description="Earliest injection.")
    window_d: float = Field(6.5, gt=0.0, le=60.0, description="How much later it may be.")
    flight_d: Range = Field((4.0, 5.8), description="Shortest and longest flight, by two burns.")
    by: Literal["flyby", "direct"] = Field("flyby", description="By three burns or two.")
    halo: HaloOrbit = Field(description="The halo orbit.")
    isp_s: NonNegative = Field(0.0, description="What the propellant is counted with; none when 0.")


class HaloToLowOrbit(OnHalo):
    """Waiting on a halo orbit, and down to a circular low lunar orbit at its next perilune."""

    altitude_km: Positive = Field(100.0, description="Height of the low orbit.")
    inclination_deg: NonNegative = Field(90.0, description="Its inclination, to the lunar equator.")


class LowOrbitToHalo(OnHalo):
    """From a circular low lunar orbit up to a halo orbit, by the way its next perilune offers.

    The orbit must lie near the plane of that way, such as an `ascent_from_surface` with the same `halo` leaves it in.
    """


class HaloToEarth(Homing):
    """From a halo orbit home to the entry interface, with a burn at a close perilune."""

    quantities: ClassVar[dict[str, str]] = (
        ORBIT
        | HOME
        | {
            "departure_utc": "the burn on the halo orbit",
            "delta_v_m_s": "of both burns",
            "halo_burn_m_s": "of that on the halo orbit",
            "flyby_delta_v_m_s": "of that at perilune",
            "flyby_height_km": "height of it",
            "flight_h": "from the halo orbit to the entry interface",
            "burnt_kg": "of propellant",
        }
    )

    halo: HaloOrbit = Field(description="The halo orbit.")
    window_d: float = Field(6.5, gt=0.0, le=60.0, description="How long it may wait.")
    isp_s: NonNegative = Field(0.0, description="What the propellant is counted with; none when 0.")
    propellant_kg: Positive | None = Field(None, description="What the tanks hold; a longer burn is an error.")


HALO: dict[str, type[Phase]] = {
    "to_halo": ToHalo,
    "halo_to_low_orbit": HaloToLowOrbit,
    "low_orbit_to_halo": LowOrbitToHalo,
    "halo_to_earth": HaloToEarth,
}
