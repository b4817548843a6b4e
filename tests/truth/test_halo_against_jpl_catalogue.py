"""The three-body corrector and families against JPL's catalogue of periodic orbits (southern L2 halos, Earth-Moon).

JPL Three-Body Periodic Orbits API 1.0: mu = 0.01215058560962404, LU = 389703.264829278 km, TU = 382981.289129055 s.
"""

import json
from pathlib import Path

import numpy as np
import pytest

from malapert.flight.families import periodic_orbit
from malapert.flight.three_body import correct, jacobi_constant

CATALOGUE = Path(__file__).parents[2] / "../shared/data/astro/jpl_periodic/periodic_orbits_earth-moon_L2_S.json"
pytestmark = pytest.mark.skipif(not CATALOGUE.exists(), reason="JPL's catalogue is not beside the repository")

MU, LU_KM = 0.01215058560962404, 389703.264829278
FROM_MOON = np.array([1.0 - MU, 0.0, 0.0, 0.0, 0.0, 0.0])


def rows() -> np.ndarray:
    """x, y, z, vx, vy, vz, Jacobi constant, period, stability index of 1535 orbits."""
    catalogue = json.loads(CATALOGUE.read_text())
    assert float(catalogue["system"]["mass_ratio"]) == MU
    assert catalogue["system"]["lunit"] == LU_KM
    return np.array(catalogue["data"], dtype=float)


def test_every_row_closes() -> None:
    """All 1535, corrected from the catalogue's own states, to 1e-7 km after a period; x, z and vy move by 1e-8 at most.

    Those that move most have a vx and vz of up to 2e-8 in the catalogue, which a right-angled crossing has not.
    """
    catalogue = rows()
    closures, moves = [], []
    for row in catalogue:
        orbit, _, _ = correct(row[:6] - FROM_MOON, row[7], MU)
        closures.append(orbit.closure * LU_KM)
        moves.append(float(np.max(np.abs(orbit.barycentric - row[:6])[[0, 2, 4]])))
    assert len(closures) == 1535
    assert max(closures) < 1e-7
    assert max(moves) < 1e-8
    assert float(np.median(moves)) < 1e-12


def test_stability_and_jacobi_as_published() -> None:
    """The index to 1e-5: at 1 it is the square root of the catalogue's digits that counts."""
    for row in rows()[::20]:
        orbit, _, _ = correct(row[:6] - FROM_MOON, row[7], MU)
        assert orbit.stability == pytest.approx(row[8], rel=1e-5)
        assert orbit.jacobi == pytest.approx(row[6], abs=1e-10)


@pytest.mark.parametrize("period", [1.40, 1.48, 1.5111, 1.6, 1.8, 2.4, 3.0, 3.4])
def test_the_family_walked_from_its_seed_meets_the_rows(period: float) -> None:
    catalogue = rows()
    row = catalogue[np.argmin(np.abs(catalogue[:, 7] - period))]
    orbit = periodic_orbit("halo-l2", float(row[7]), mass_ratio=MU)
    assert orbit.closure < 1e-12
    assert np.allclose(orbit.barycentric, row[:6], atol=1e-10)
    assert jacobi_constant(orbit.state, MU) == pytest.approx(row[6], abs=1e-10)


@pytest.mark.parametrize(
    ("period", "unit_km", "unit_s", "perilune_km"),
    [(1.4800, LU_KM, 382981.289129055, 2931.0), (1.5111, 384400.0, 375190.25852, 3248.0)],
)
def test_both_orbits_that_are_called_nine_to_two(
    period: float, unit_km: float, unit_s: float, perilune_km: float
) -> None:
    """The same 6.56 d, two orbits, by the unit of length they are written in. To the printed kilometre."""
    orbit = periodic_orbit("halo-l2", period, mass_ratio=MU)
    assert orbit.perilune * unit_km == pytest.approx(perilune_km, abs=1.0)
    assert orbit.period * unit_s / 86400.0 == pytest.approx(6.56, abs=0.005)
