"""The three-body halo corrector against JPL's catalogue of periodic orbits (southern L2 family, Earth-Moon).

JPL Three-Body Periodic Orbits API 1.0, mu = 0.01215058560962404. Its rows close to 1e-7 km, so differences come from
the match of periods; 1e-8 length units is 4 m.
"""

import json
from pathlib import Path

import numpy as np
import pytest

from malapert.flight.three_body import jacobi_constant, southern_halo

CATALOGUE = Path(__file__).parents[2] / "../shared/data/astro/jpl_periodic/periodic_orbits_earth-moon_L2_S.json"
pytestmark = pytest.mark.skipif(not CATALOGUE.exists(), reason="JPL's catalogue is not beside the repository")


@pytest.mark.parametrize("period", [1.40, 1.48, 1.5111, 1.6, 1.8])
def test_row(period: float) -> None:
    catalogue = json.loads(CATALOGUE.read_text())
    mu = float(catalogue["system"]["mass_ratio"])
    rows = np.array(catalogue["data"], dtype=float)
    row = rows[np.argmin(np.abs(rows[:, catalogue["fields"].index("period")] - period))]
    orbit = southern_halo(float(row[7]), mu)
    assert orbit.closure < 1e-9
    assert np.allclose(orbit.state, row[:6], atol=1e-8)
    assert jacobi_constant(orbit.state, mu) == pytest.approx(row[6], abs=1e-8)
