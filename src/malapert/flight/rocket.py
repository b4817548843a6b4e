"""The rocket equation; the books of stages that fly by it are kept in `logistics.stages`."""

import math

from malapert.constants import STANDARD_GRAVITY_M_S2
from malapert.errors import InputError


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
