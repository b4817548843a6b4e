"""Phases at the Moon: down to a site, standing there, up to an orbit or straight home, docking with what was left."""

from typing import ClassVar, Literal, Self

from pydantic import Field, model_validator

from malapert.programme.phases.approach import Approach
from malapert.programme.phases.base import Phase
from malapert.programme.phases.halo import HaloOrbit
from malapert.programme.phases.orbital import ORBIT
from malapert.programme.rows import Epoch, Fraction, Latitude, Longitude, Name, Positive


class Descent(Phase):
    """From a low lunar orbit to a named place: waiting for it to turn under, de-orbit, coast, braking, landing.

    The de-orbit burn is flown by the same engine. Braking begins at perilune at full thrust; the end is vertical.
    """

    ends: ClassVar[str] = "ground"
    quantities: ClassVar[dict[str, str]] = {
        "touchdown_utc": "touchdown",
        "wait_s": "from its beginning to the de-orbit burn",
        "ignition_utc": "when braking begins",
        "ignition_height_km": "height there over the mean sphere",
        "ignition_speed_m_s": "speed over the ground there",
        "powered_s": "from there to touchdown",
        "delta_v_m_s": "of the de-orbit burn and the braking",
        "powered_delta_v_m_s": "of the braking",
        "burnt_kg": "of propellant",
        "crossrange_deg": "how far off the orbit's plane the place lies",
        "touchdown_error_m": "from the place to where it comes down",
    }

    lat_deg: Latitude = Field(description="The place's latitude.")
    lon_deg: Longitude = Field(description="Its east longitude.")
    height_m: float = Field(0.0, description="Its height over 1737.4 km.")
    thrust_n: Positive = Field(description="Full thrust.")
    isp_s: Positive = Field(description="Specific impulse.")
    least_throttle: Fraction = Field(0.1, description="Least thrust, as a share of the full.")
    propellant_kg: Positive = Field(description="What the tanks hold; a longer burn is an error.")
    perilune_km: Positive = Field(15.0, description="Height at which braking begins.")
    gate_height_m: Positive = Field(100.0, description="Height over the place at which the last descent begins.")
    within_deg: Positive = Field(0.5, description="How near the orbit's plane the place is waited for.")
    longest_wait_d: Positive = Field(27.321661, description="Longest wait for it.")


class Landed(Phase):
    """Standing where it came down."""

    begins: ClassVar[tuple[str, ...]] = ("ground",)
    ends: ClassVar[str] = "ground"

    duration_s: Positive | None = Field(None, description="How long.")
    until: Epoch | None = Field(None, description="To this epoch.")

    @model_validator(mode="after")
    def _one_end(self) -> Self:
        if (self.duration_s is None) == (self.until is None):
            raise ValueError("a stay ends by one of duration_s and until")
        return self


class AscentFromSurface(Phase):
    """Off the Moon where the craft stands: a vertical rise, then one burn to the perilune of an orbit.

    Its plane is that of a craft left in orbit, or the one with an inclination that passes over the place, or that of
    the way up to a halo orbit: then it stands until `way_up_h` before that way leaves.
    """

    begins: ClassVar[tuple[str, ...]] = ("ground",)
    quantities: ClassVar[dict[str, str]] = ORBIT | {
        "cutoff_utc": "end of the burn",
        "powered_s": "from liftoff to it",
        "delta_v_m_s": "of the burn",
        "loss_m_s": "of that, to gravity and steering",
        "burnt_kg": "of propellant",
        "plane_angle_deg": "how far the place lies off the plane",
    }

    liftoff: Epoch | None = Field(None, description="When; at once when absent.")
    thrust_n: Positive = Field(description="Thrust.")
    isp_s: Positive = Field(description="Specific impulse.")
    propellant_kg: Positive = Field(description="What the tanks hold; a longer burn is an error.")
    perilune_km: Positive = Field(15.0, description="Height of the cut-off.")
    apolune_km: Positive = Field(100.0, description="Height of the orbit's highest point.")
    inclination_deg: float | None = Field(None, description="To the lunar equator; or the nearest over the place.")
    into_plane_of: Name | None = Field(None, description="A craft that a `stage` left in orbit.")
    halo: HaloOrbit | None = Field(None, description="A halo orbit to go up to.")
    way_up_h: Positive = Field(6.0, description="How long before the way up to it leaves it lifts off.")
    coast_h: tuple[Positive, ...] = Field(
        (8.0, 10.0, 12.0, 16.0, 20.0, 26.0), min_length=1, description="Of that way, as `low_orbit_to_halo` has them."
    )
    rise_s: Positive = Field(10.0, description="How long it rises straight up.")

    @model_validator(mode="after")
    def _one_plane(self) -> Self:
        if sum(one is not None for one in (self.inclination_deg, self.into_plane_of, self.halo)) != 1:
            raise ValueError("the plane is given by one of inclination_deg, into_plane_of and halo")
        if self.halo is not None and self.liftoff is not None:
            raise ValueError("with halo, liftoff is way_up_h before the way up leaves; leave it out")
        if self.apolune_km < self.perilune_km:
            raise ValueError(f"the apolune, {self.apolune_km:g} km, lies below the perilune")
        return self


class DirectReturn(Phase):
    """Straight up off the Moon and home with no correction: one burn along the vertical of the place.

    How long it burns is the one unknown: that which comes down to `aim_height_km` over the Earth at `aim_lat_deg`, in
    fields of degree 8 about the Moon and 4 about the Earth. The phase ends at cut-off; a `coast` falls home.
    """

    begins: ClassVar[tuple[str, ...]] = ("ground",)
    quantities: ClassVar[dict[str, str]] = ORBIT | {
        "cutoff_utc": "end of the burn",
        "powered_s": "from liftoff to it",
        "delta_v_m_s": "of the burn",
        "cutoff_speed_m_s": "speed over the ground at it",
        "burnt_kg": "of propellant",
    }

    liftoff: Epoch | None = Field(None, description="When; at once when absent.")
    thrust_n: Positive = Field(description="Thrust.")
    isp_s: Positive = Field(description="Specific impulse.")
    propellant_kg: Positive = Field(description="What the tanks hold; a longer burn is an error.")
    aim_lat_deg: Latitude = Field(description="Geodetic latitude it comes down at.")
    aim_height_km: Positive = Field(120.0, description="Height over the equator's radius at which that is.")
    speed: Literal["faster", "slower"] = Field("faster", description="Which, where two speeds lead there.")
    longest_d: Positive = Field(6.0, description="Longest fall that counts.")


class Dock(Approach):
    """To a craft left in orbit by an earlier `stage`: phasing, transfer, hops between hold points, contact.

    It transfers as soon as the phase allows; hold points are on the target's flight, behind (negative) or ahead.
    """

    quantities: ClassVar[dict[str, str]] = Approach.quantities | {"burnt_kg": "of propellant"}

    to: Name = Field(description="What the `stage` that left it calls it.")
    holds_m: tuple[float, ...] = Field(
        (-5000.0, -1000.0, -200.0, 0.0), min_length=1, description="Hold points along the flight, the last contact."
    )
    isp_s: Positive = Field(description="Specific impulse.")
    propellant_kg: Positive = Field(description="What the tanks hold; a longer burn is an error.")
    moon_degree: int = Field(20, ge=2, le=100, description="Degree of the Moon's field.")


MOON: dict[str, type[Phase]] = {
    "descent": Descent,
    "landed": Landed,
    "ascent_from_surface": AscentFromSurface,
    "direct_return": DirectReturn,
    "dock": Dock,
}
