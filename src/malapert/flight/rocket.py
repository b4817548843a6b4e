"""The rocket equation and the books of a stack of stages."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from malapert.constants import STANDARD_GRAVITY_M_S2
from malapert.errors import InputError


@dataclass(frozen=True)
class Stage:
    """One stage: dry mass, propellant aboard, specific impulse over the standard gravity 9.80665 m/s2."""

    name: str
    dry_kg: float
    propellant_kg: float
    isp_s: float

    def __post_init__(self) -> None:
        if not (self.dry_kg >= 0.0 and self.propellant_kg >= 0.0 and self.isp_s > 0.0):
            raise InputError(f"stage {self.name}: masses must not be negative, the specific impulse must be positive")


@dataclass(frozen=True)
class Burn:
    """What one manoeuvre took from one stage."""

    maneuver: str
    stage: str
    delta_v_m_s: float
    propellant_kg: float
    mass_after_kg: float


@dataclass(frozen=True)
class StackResult:
    """Burns in order, what is left in each stage, what was thrown away, and the mass that arrives."""

    burns: tuple[Burn, ...]
    remaining_propellant_kg: dict[str, float]
    dropped_kg: float
    final_mass_kg: float
    unmet_delta_v_m_s: float


def exhaust_speed_m_s(isp_s: float) -> float:
    """Effective exhaust speed, g0 Isp."""
    return STANDARD_GRAVITY_M_S2 * isp_s


def delta_v_m_s(mass_before_kg: float, mass_after_kg: float, isp_s: float) -> float:
    """Tsiolkovsky 1903: g0 Isp ln(m0 / m1)."""
    if not (mass_before_kg >= mass_after_kg > 0.0 and isp_s > 0.0):
        raise InputError(f"the rocket equation needs m0 >= m1 > 0 and Isp > 0 (got {mass_before_kg}, {mass_after_kg})")
    return exhaust_speed_m_s(isp_s) * math.log(mass_before_kg / mass_after_kg)


def propellant_kg(mass_before_kg: float, delta_v_m_s: float, isp_s: float) -> float:
    """Propellant a manoeuvre burns: m0 (1 - exp(-dv / (g0 Isp)))."""
    if not (mass_before_kg > 0.0 and delta_v_m_s >= 0.0 and isp_s > 0.0):
        raise InputError(f"a burn needs m0 > 0, dv >= 0, Isp > 0 (got {mass_before_kg}, {delta_v_m_s}, {isp_s})")
    return -mass_before_kg * math.expm1(-delta_v_m_s / exhaust_speed_m_s(isp_s))


def fly_stack(stages: Sequence[Stage], payload_kg: float, maneuvers: Sequence[tuple[str, float]]) -> StackResult:
    """Burn stages in order (first one first) for manoeuvres (name, delta-v m/s) with the rest of the stack on top.

    An empty stage is dropped when the next burn needs more; delta-v nobody can give is returned as unmet, not raised,
    because whether it is a failure is the caller's question.
    """
    left = [stage.propellant_kg for stage in stages]
    mass = payload_kg + sum(stage.dry_kg + stage.propellant_kg for stage in stages)
    burns: list[Burn] = []
    dropped = unmet = 0.0
    active = 0
    for name, wanted in maneuvers:
        need = wanted
        while need > 1e-9 and active < len(stages):
            stage = stages[active]
            available = delta_v_m_s(mass, mass - left[active], stage.isp_s) if left[active] > 0.0 else 0.0
            given = min(need, available)
            if given > 0.0:
                burned = left[active] if given == available else propellant_kg(mass, given, stage.isp_s)
                left[active] -= burned
                mass -= burned
                need -= given
                burns.append(Burn(name, stage.name, given, burned, mass))
            if need > 1e-9:
                if active + 1 == len(stages):
                    break
                mass -= stage.dry_kg + left[active]
                dropped += stage.dry_kg + left[active]
                active += 1
        unmet += max(need, 0.0)
    remaining = {stage.name: amount for stage, amount in zip(stages, left, strict=True)}
    return StackResult(tuple(burns), remaining, dropped, mass, unmet)
