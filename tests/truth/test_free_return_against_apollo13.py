"""A free return against Apollo 13's: how long home from a perilune of 254 km, if nothing had been done there.

NSSDC's account: perilune of 254 km at 1970-04-15T00:21 UTC, two and a half hours before the burn that hastened the
return; left on its free return the ship was due in the Indian Ocean at 03:13 UTC on 18 April, 74.9 h later. Its last
burn had put it back on a free return from a parking orbit of about 185 km and 32.5 deg (recalled, unsourced).

An hour is allowed: the ship came to the Moon by way of two midcourse burns, not from this parking orbit, and which
plane it returned in is not given (30 to 35 deg of parking inclination move the entry by seven minutes; the splashdown
is some 14 minutes after the entry).
"""

import pytest

from malapert.flight import Corridor, Parking
from malapert.flight.free_return import fly_free_return
from malapert.sky.time import tdb_s

PERILUNE = tdb_s("1970-04-15T00:21:00Z")
DUE = tdb_s("1970-04-18T03:13:00Z")
INJECTED = tdb_s("1970-04-11T21:54:47Z")


def test_home_when_it_was_due():
    flown = fly_free_return(PERILUNE, 254.0, parking=Parking(185.0, 32.5), corridor=Corridor(121.9, -6.52), tilt=-1.0)
    assert (flown.arrival_tdb_s - DUE) / 3600.0 == pytest.approx(0.0, abs=1.0)
    # Injection 1 h off at most: the hybrid way out took as long to within the two burns' few metres a second.
    assert (flown.departure_tdb_s - INJECTED) / 3600.0 == pytest.approx(0.0, abs=1.0)
    assert flown.facts["entry_speed_km_s"] == pytest.approx(11.0, abs=0.05)
