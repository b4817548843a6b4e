"""A proton-exchange-membrane water electrolysis cell: its voltage by current, temperature and pressure, and the energy
of a kg of water split.

V = E(T, p) + kinetic + ohmic + transport overpotential, V:

    E          reversible voltage, liquid water to gases: Nernst on E0(T) = 1.229 - 0.000846 (T - 298.15)
               (Larminie and Dicks 2003), both gases at the cell's pressure
    kinetic    Tafel law of oxygen evolution, b log10(i / i0); b goes with T, i0 by Arrhenius
    ohmic      i R, R with the conductivity of a wet perfluorosulfonic membrane, exp(1268 (1/303.15 - 1/T))
               (Springer, Zawodzinski and Gottesfeld 1991, J. Electrochem. Soc. 138:2334, eq. 24)
    transport  i times a resistance to transport, taken as constant

A `Cell` holds its four figures at one condition, `AT_K`; the laws above carry them to others.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from malapert.programme.carriers import MOLAR_KG, Array

FARADAY_C_MOL: Final = 96_485.33212
GAS_CONSTANT_J_MOL_K: Final = 8.314462618
AT_K: Final = 323.15
"""Temperature a cell's figures hold at."""
MEMBRANE_K: Final = 1268.0
"""Slope of the logarithm of a wet membrane's conductivity with 1/T (Springer 1991)."""
SECONDS_PER_KWH: Final = 3.6e6


@dataclass(frozen=True)
class Cell:
    """One cell at `AT_K`: ohm cm2 in a name is resistance by area."""

    exchange_a_cm2: float
    tafel_v: float
    """volts for each decade of current"""
    ohmic_ohm_cm2: float
    transport_ohm_cm2: float
    activation_j_mol: float
    """of the exchange current"""


# The cell measured by Suermann, Schmidt and Büchi (2016, Electrochim. Acta 211:989) at 50 C and 10 bar, least squares
# of V-HAB's reading of its curves; activation energy of oxygen evolution on iridium oxide 53 kJ/mol: recalled,
# unsourced.
REFERENCE: Final = Cell(2.079e-6, 0.0767, 0.1932, 0.0498, 53_000.0)


def reversible_v(temperature_k: float, pressure_kpa: float) -> float:
    """Voltage below which nothing is split; both gases at `pressure_kpa`, water liquid."""
    nernst = GAS_CONSTANT_J_MOL_K * temperature_k / (2.0 * FARADAY_C_MOL) * 1.5 * np.log(pressure_kpa / 100.0)
    return float(1.229 - 0.000846 * (temperature_k - 298.15) + nernst)


def kinetic_v(cell: Cell, current_a_cm2: Array, temperature_k: float) -> Array:
    """Kinetic overpotential (n,) at current densities (n,)."""
    slope = cell.tafel_v * temperature_k / AT_K
    kelvin = cell.activation_j_mol / GAS_CONSTANT_J_MOL_K
    exchange = cell.exchange_a_cm2 * np.exp(kelvin * (1.0 / AT_K - 1.0 / temperature_k))
    return np.asarray(np.maximum(slope * np.log10(current_a_cm2 / exchange), 0.0))


def ohmic_v(cell: Cell, current_a_cm2: Array, temperature_k: float) -> Array:
    """Ohmic overpotential (n,)."""
    resistance = cell.ohmic_ohm_cm2 * np.exp(MEMBRANE_K * (1.0 / temperature_k - 1.0 / AT_K))
    return np.asarray(current_a_cm2 * resistance)


def transport_v(cell: Cell, current_a_cm2: Array) -> Array:
    """Transport overpotential (n,)."""
    return np.asarray(current_a_cm2 * cell.transport_ohm_cm2)


def cell_v(cell: Cell, current_a_cm2: Array, temperature_k: float, pressure_kpa: float) -> Array:
    """Voltage of the cell (n,) at current densities (n,), a cm2."""
    over = kinetic_v(cell, current_a_cm2, temperature_k) + ohmic_v(cell, current_a_cm2, temperature_k)
    return np.asarray(reversible_v(temperature_k, pressure_kpa) + over + transport_v(cell, current_a_cm2))


def energy_kwh_kg(volts: Array) -> Array:
    """Electricity for each kg of water split at a cell voltage (n,): two electrons a molecule."""
    return np.asarray(2.0 * FARADAY_C_MOL * volts / MOLAR_KG["water"] / SECONDS_PER_KWH)
