"""Five years of the 9:2 near-rectilinear halo orbit against the Gateway's reference trajectory.

Lee 2019, NASA white paper "Gateway Destination Orbit Model": 15 years of DE430 ephemeris; perilune radius 3196 to
3557 km, mean 3366 km, mean period 6.562 d. Five other years of another solution of the same resonance: extremes agree
to 1 % (36 km), means, which the resonance and the family fix, to 5 km and 0.005 d.
"""

import numpy as np
import pytest

from malapert.flight.families import periodic_orbit
from malapert.flight.patched import grow
from malapert.sky.time import tdb_s

SYNODIC_MONTH_S = 29.530589 * 86400.0


@pytest.mark.slow
def test_perilunes_and_period() -> None:
    path = grow(
        periodic_orbit("halo-l2", 1.511), float(tdb_s("2030-01-01T00:00:00Z")), 278, turn_s=SYNODIC_MONTH_S * 2.0 / 9.0
    )
    assert path.gap_km < 1e-4
    epochs, radii = np.array(path.perilunes()).T
    assert len(radii) == 277
    assert epochs[-1] - epochs[0] > 4.95 * 365.25 * 86400.0
    assert radii.min() == pytest.approx(3196.0, abs=36.0)
    assert radii.max() == pytest.approx(3557.0, abs=36.0)
    assert radii.mean() == pytest.approx(3366.0, abs=5.0)
    assert np.diff(epochs).mean() / 86400.0 == pytest.approx(6.562, abs=0.005)
