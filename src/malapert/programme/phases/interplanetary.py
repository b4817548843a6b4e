"""Phases between planets: a transfer worked out from its dates."""

from typing import ClassVar, Self

from pydantic import Field, model_validator

from malapert.programme.phases.base import Phase
from malapert.programme.rows import Epoch, Positive


class MarsTransfer(Phase):
    """From a parking orbit about the Earth to Mars by dates alone: Lambert's problem, shot through the ephemeris.

    With `max_c3_km2_s2` it is split by the deep-space manoeuvre that costs least within the launcher's limits. It ends
    at periapsis, unbraked, or before.
    """

    begins: ClassVar[tuple[str, ...]] = ("nowhere",)
    quantities: ClassVar[dict[str, str]] = {
        "injection_c3_km2_s2": "C3 of the departure",
        "injection_delta_v_m_s": "from the parking orbit",
        "departure_declination_deg": "declination of the departure asymptote, on the equator of date",
        "turn_delta_v_m_s": "deep-space manoeuvre, where there is one",
        "turn_utc": "when",
        "arrival_excess_km_s": "excess speed at Mars",
        "insertion_delta_v_m_s": "to the orbit of period_d, as an impulse",
        "path_km": "length of the way about the Sun, to the periapsis",
    }

    departure: Epoch = Field(description="Injection: perigee of the departure.")
    arrival: Epoch = Field(description="Periapsis at Mars.")
    until: Epoch | None = Field(None, description="Where it ends, in place of the periapsis.")
    parking_height_km: Positive = Field(200.0, description="Height of the parking orbit.")
    parking_inclination_deg: Positive = Field(28.5, description="Its inclination, to the equator of date.")
    periapsis_km: Positive = Field(description="Height of the periapsis at Mars aimed at.")
    inclination_deg: float = Field(description="Inclination to the equator of Mars aimed at.")
    period_d: Positive = Field(2.0, description="Period of the orbit the insertion is counted to.")
    max_c3_km2_s2: Positive | None = Field(None, description="Most C3 the launcher gives; a manoeuvre does the rest.")
    max_declination_deg: Positive = Field(90.0, description="Most declination of the asymptote.")
    mass_kg: Positive = Field(1000.0, description="Mass of the craft after injection.")

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        last = self.until or self.arrival
        if not self.departure < last <= self.arrival:
            raise ValueError("departure, until and arrival follow each other")
        return self


INTERPLANETARY: dict[str, type[Phase]] = {"mars_transfer": MarsTransfer}
