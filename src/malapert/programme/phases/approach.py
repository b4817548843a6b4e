"""What every way to another craft shares: phasing, a transfer, hops between hold points, contact."""

from typing import ClassVar

from pydantic import Field

from malapert.programme.phases.base import Phase
from malapert.programme.rows import NonNegative, Positive


class Approach(Phase):
    """It transfers as soon as the phase allows; hold points are on the target's flight, behind (negative) or ahead."""

    quantities: ClassVar[dict[str, str]] = {
        "docked_utc": "contact",
        "wait_s": "until the phase allows the transfer",
        "delta_v_m_s": "of all burns",
        "transfer_delta_v_m_s": "of the transfer and its stop",
        "approach_delta_v_m_s": "of the hops and stops after it",
        "plane_offset_deg": "between the two planes at its beginning",
        "target_ahead_deg": "how far the target is ahead at its beginning",
    }

    holds_m: tuple[float, ...] = Field(min_length=1, description="Hold points along the flight, the last contact.")
    hop_s: Positive = Field(1200.0, description="How long it hops from one to the next.")
    hold_s: NonNegative = Field(300.0, description="How long it stays at each.")
    longest_wait_s: Positive = Field(172800.0, description="Longest wait for the phase.")
