"""Earth to Mars against two flights of July 2020, dates given and the rest worked out.

Perseverance: arrival excess speed 2.551 km/s (from JPL's final trajectory OD138) and C3 14.49 km2/s2 (the same, flown
back to launch day). Allowed 0.1 km2/s2 and 0.01 km/s: trajectory corrections moved the first by some hundredths.

Tianwen-1: departure hyperbola C3 11.94 km2/s2, asymptote 17.02 deg from the equator; deep-space manoeuvre 312.3 m/s on
2020-10-09; arrival excess 2.488 km/s (the craft's own telemetered vectors). With that C3 and declination as limits the
cheapest manoeuvre must come within 10 %: the flown one also served the approach's inclination and the corrections
around it (14.8 and 4.3 m/s before). Its epoch is not graded: the cost changes by a few m/s over a month.
"""

import numpy as np
import pytest

from malapert.flight import Parking
from malapert.flight.interplanetary import fly_plan
from malapert.flight.mars_plan import Limits, MarsOrbit, direct, with_turn
from malapert.sky.time import tdb_s


def test_perseverance():
    plan = direct(tdb_s("2020-07-30T12:48:00Z"), tdb_s("2021-02-18T20:36:50Z"))
    flown = fly_plan(plan, parking=Parking(185.0, 30.0), orbit=MarsOrbit(200.0, 2.0, 30.0))
    assert flown.facts["injection_c3_km2_s2"] == pytest.approx(14.49, abs=0.1)
    assert flown.facts["arrival_excess_speed_km_s"] == pytest.approx(2.551, abs=0.01)
    # Two-body: patched at both ends without the planets' own pull on the way.
    assert flown.facts["two_body_c3_km2_s2"] == pytest.approx(14.49, abs=0.3)


def test_tianwen_1():
    parking, orbit = Parking(194.8, 29.5), MarsOrbit(380.0, 10.2, 11.0)
    plan = direct(tdb_s("2020-07-23T05:13:05Z"), tdb_s("2021-02-10T12:00:00Z"))
    assert plan.leaving @ plan.leaving > 13.0  # without the manoeuvre the launcher would have had to give more
    turned = with_turn(plan, parking, orbit, Limits(11.94, 17.02))
    assert turned.turn_km_s * 1000.0 == pytest.approx(312.3, rel=0.10)
    assert np.linalg.norm(turned.arriving) == pytest.approx(2.488, abs=0.1)
