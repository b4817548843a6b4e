"""The electrolysis cell against a measured one: Suermann, Schmidt and Büchi 2016 (Electrochim. Acta 211:989), V-HAB's data.

The cell's four figures are least squares of the curves at 50 C and 10 bar; nothing else is fitted, and those curves are
not graded. Graded are the curves at 30, 40, 60 and 70 C, to which Nernst, the Tafel slope's T, Arrhenius and the
membrane's conductivity carry them, and those at 1 and 100 bar, where the model changes the reversible voltage alone.
Curves were read off a plot: about 5 mV. Found and let stand: at 1 bar oxygen evolution costs 36 to 41 mV more than the
model says and at 100 bar 25 to 30 mV less; at 30 C above 1 A/cm2 bubbles cost up to 93 mV more.
"""

from pathlib import Path

import numpy as np
import pytest

from malapert.programme.electrolyser import (
    REFERENCE,
    cell_v,
    energy_kwh_kg,
    kinetic_v,
    ohmic_v,
    reversible_v,
    transport_v,
)

DATA = Path(__file__).parents[3] / "shared/data/station/vhab/user__examples__ELY_FC__ELY_Data_TestData.xlsx"
pytestmark = pytest.mark.skipif(not DATA.is_file(), reason="V-HAB's data is not here")
GRADED = (
    ("30°C", 30, 1000),
    ("40°C", 40, 1000),
    ("60°C", 60, 1000),
    ("70°C", 70, 1000),
    ("1bar", 50, 100),
    ("100bar", 50, 1e4),
)
Curve = np.ndarray


@pytest.fixture(scope="module")
def curves() -> dict[str, tuple[Curve, Curve, Curve]]:
    """Kinetic, ohmic and transport overpotential (k, 2) by current density, by sheet."""
    book = pytest.importorskip("openpyxl", reason="openpyxl is not installed").load_workbook(
        DATA, data_only=True, read_only=True
    )
    found = {}
    for sheet in book:
        rows = list(sheet.iter_rows(min_row=5, values_only=True))
        pairs = [
            np.array([(row[c], row[c + 1]) for row in rows if len(row) > c + 1 and isinstance(row[c], int | float)])
            for c in (1, 4, 7)
        ]
        found[sheet.title] = tuple(pair[np.argsort(pair[:, 0])] for pair in pairs)
    return found  # type: ignore[return-value]


def _measured(curve: Curve, current: np.ndarray) -> np.ndarray:
    return np.interp(current, *curve.T)


@pytest.mark.parametrize(("sheet", "celsius", "kpa"), GRADED)
def test_cell_voltage(curves: dict[str, tuple[Curve, Curve, Curve]], sheet: str, celsius: float, kpa: float) -> None:
    """A flight electrolyser works below 0.6 A/cm2: there 3 %; to 2 A/cm2 7 %, the bubbles at 30 C."""
    current = np.linspace(0.2, 2.0, 19)
    kelvin = celsius + 273.15
    ours = cell_v(REFERENCE, current, kelvin, kpa)
    theirs = reversible_v(kelvin, kpa) + sum(_measured(curve, current) for curve in curves[sheet])
    missed = ours / theirs - 1.0
    assert np.abs(missed[current <= 0.6]).max() < 0.031
    assert np.abs(missed).max() < 0.07


@pytest.mark.parametrize(("sheet", "celsius", "kpa"), GRADED[:4])
def test_kinetic_part_by_temperature(
    curves: dict[str, tuple[Curve, Curve, Curve]], sheet: str, celsius: float, kpa: float
) -> None:
    """Within 20 mV of 400 to 500: the exchange current's activation energy is no figure of this cell."""
    current = np.linspace(0.2, 2.0, 10)
    missed = kinetic_v(REFERENCE, current, celsius + 273.15) - _measured(curves[sheet][0], current)
    assert np.abs(missed).max() < 0.020


@pytest.mark.parametrize(("sheet", "celsius", "kpa"), GRADED[:4])
def test_membrane_resistance_by_temperature(
    curves: dict[str, tuple[Curve, Curve, Curve]], sheet: str, celsius: float, kpa: float
) -> None:
    """Least squares of each sheet's ohmic part, by Springer's conductivity from 50 C: within 8 %, of which
    curves bent by a few mV at the largest currents are 2 %."""
    current, volts = curves[sheet][1].T
    resistance = float(current @ volts / (current @ current))
    assert float(ohmic_v(REFERENCE, np.ones(1), celsius + 273.15)[0]) == pytest.approx(resistance, rel=0.08)


def test_the_fit_is_that_of_its_own_curves(curves: dict[str, tuple[Curve, Curve, Curve]]) -> None:
    """No truth: the four figures are what they are said to be."""
    current, volts = curves["50°C"][2].T
    assert float(transport_v(REFERENCE, np.ones(1))[0]) == pytest.approx(
        current @ volts / (current @ current), rel=0.01
    )


def test_energy_of_a_kg_of_water() -> None:
    """2 F / M is 2.976 kWh a kg for each volt; the thermoneutral 1.481 V is water's heat of formation, 285.8 kJ/mol."""
    assert float(energy_kwh_kg(np.array([1.481]))[0]) == pytest.approx(285.83 / 18.015 / 3.6, rel=1e-3)
