"""What flows through a station and what it is made of: the species the books know, and mixtures of a fixed make-up."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
ELEMENTS: Final = ("C", "H", "O", "N", "rest")
"""The books' elements; `rest` is all that rock and metal hold beside oxygen."""
# IUPAC 2021 conventional atomic weights, g/mol.
_WEIGHTS: Final = np.array([12.011, 1.008, 15.999, 14.007])
# Atoms of C, H, O, N in a molecule of each species the books know.
ATOMS: Final = {
    "water": (0, 2, 1, 0),
    "oxygen": (0, 0, 2, 0),
    "nitrogen": (0, 0, 0, 2),
    "hydrogen": (0, 2, 0, 0),
    "carbon": (1, 0, 0, 0),
    "carbon_dioxide": (1, 0, 2, 0),
    "methane": (1, 4, 0, 0),
    "carbohydrate": (6, 12, 6, 0),
    "fat": (16, 32, 2, 0),
    "protein": (4, 5, 1, 1),
    "urine_solids": (2, 6, 2, 2),
    "faecal_solids": (42, 69, 13, 5),
}
MOLAR_KG: Final = {name: float(np.dot(atoms, _WEIGHTS)) * 1e-3 for name, atoms in ATOMS.items()}

# Urine of a day: 1.6 kg of water with 0.059 kg of solids (BVAD 2018, table 3.26).
URINE_SOLIDS: Final = 0.059 / (1.6 + 0.059)
# What a distiller that wins 85 % of the urine's water leaves (design recovery of the ISS urine processor).
BRINE_SOLIDS: Final = 0.059 / (0.15 * 1.6 + 0.059)
# Oxygen in highland regolith by mass: the oxides of the mean Apollo 16 soil (Lunar Sourcebook 1991, table 7.15:
# SiO2 45.0, TiO2 0.54, Al2O3 27.3, Cr2O3 0.33, FeO 5.1, MnO 0.30, MgO 5.7, CaO 15.7, Na2O 0.46, K2O 0.17, P2O5 0.11
# of 100.8).
REGOLITH_OXYGEN: Final = 0.449
# Water in icy regolith by mass: LCROSS, 5.6 +- 2.9 % (Colaprete et al. 2010, Science 330:463).
ICE: Final = 0.056


def _pure(name: str) -> Array:
    masses = np.append(np.array(ATOMS[name]) * _WEIGHTS, 0.0)
    return np.asarray(masses / masses.sum())


MASS_FRACTIONS: Final[dict[str, Array]] = {name: _pure(name) for name in ATOMS}
"""Mass fraction of each of ELEMENTS in each species (5,)."""


def mixture(parts: dict[str, float]) -> Array:
    """Mass fraction of each of ELEMENTS in masses of species (5,)."""
    total = sum(parts.values())
    return np.asarray(sum((kg / total * MASS_FRACTIONS[name] for name, kg in parts.items()), np.zeros(len(ELEMENTS))))


_REGOLITH: Final = np.array([0.0, 0.0, REGOLITH_OXYGEN, 0.0, 1.0 - REGOLITH_OXYGEN])
COMPOSITION: Final[dict[str, Array]] = {
    **{
        name: MASS_FRACTIONS[name]
        for name in ("oxygen", "nitrogen", "water", "hydrogen", "carbon_dioxide", "methane", "carbon")
    },
    "waste_water": MASS_FRACTIONS["water"],
    "urine": mixture({"water": 1.0 - URINE_SOLIDS, "urine_solids": URINE_SOLIDS}),
    "brine": mixture({"water": 1.0 - BRINE_SOLIDS, "urine_solids": BRINE_SOLIDS}),
    "urine_solids": MASS_FRACTIONS["urine_solids"],
    "regolith": _REGOLITH,
    "icy_regolith": np.asarray(ICE * MASS_FRACTIONS["water"] + (1.0 - ICE) * _REGOLITH),
    "metal": np.array([0.0, 0.0, 0.0, 0.0, 1.0]),
}
"""Mass fraction of each of ELEMENTS in each carrier of a fixed make-up (5,)."""

SLAG: Final = "slag"
"""Whatever of its feed a unit leaves: each unit's slag has the make-up its own balance gives."""
CARRIERS: Final = (*COMPOSITION, SLAG)
"""All that a unit may take or give; nobody takes slag."""
GASES: Final = ("hydrogen", "carbon_dioxide", "methane")
"""Gases nobody breathes: what no unit takes and no tank holds goes overboard."""
RESOURCES: Final = ("regolith", "icy_regolith")
"""What the ground gives."""

# Gibbs energy of formation at 298 K and 1 bar, kJ/mol (CODATA 1989; NIST WebBook for methane).
_GIBBS_KJ_MOL: Final = {
    "water": -237.14,
    "waste_water": -237.14,
    "oxygen": 0.0,
    "nitrogen": 0.0,
    "hydrogen": 0.0,
    "carbon": 0.0,
    "carbon_dioxide": -394.37,
    "methane": -50.5,
}


def gibbs_kwh_kg(carrier: str) -> float | None:
    """Free energy of a kg of a carrier from its elements, kWh; None where its make-up is no molecule."""
    molar_kg = MOLAR_KG["water"] if carrier == "waste_water" else MOLAR_KG.get(carrier)
    value = _GIBBS_KJ_MOL.get(carrier)
    return None if value is None or molar_kg is None else value / molar_kg / 3600.0
