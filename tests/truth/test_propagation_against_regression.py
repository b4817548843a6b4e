"""Ten days in a low lunar orbit against a converged reference that four engines agree on.

Reference: 100 km polar orbit from 2027-01-01T00:00 TDB, GRGM900C 50x50 + Earth + Sun, DE440; converged numba
Stormer-Cowell, brahe 1.8 RKN12(10), nyx 2.6 and Orekit 13.1 agree with it between 0.4 mm and 6 cm.
"""

import numpy as np
import pytest

from malapert.flight import Forces, propagate

STATE = (
    1757.4188733765411,
    508.97650133668134,
    175.1166028308015,
    0.028165381988775256,
    -0.6173907447475399,
    1.5117870210862288,
)
END_KM = np.array([346.539067790, -569.880551818, 1705.181783707])


def epoch_tdb_s() -> float:
    return float((np.datetime64("2027-01-01T00:00") - np.datetime64("2000-01-01T12:00")) / np.timedelta64(1, "s"))


# 1e-11 is the room's default, known to give a few centimetres (8000 steps at 60 rev); 1e-13 is at rounding.
@pytest.mark.parametrize(("tolerance", "allowed_km"), [(1e-11, 1e-4), (1e-13, 2e-5)])
def test_ten_days_at_degree_50(tolerance: float, allowed_km: float) -> None:
    arc = propagate(STATE, epoch_tdb_s(), 864000.0, Forces(moon_degree=50), tolerance=tolerance)
    assert np.linalg.norm(arc.end_state[:3] - END_KM) < allowed_km
