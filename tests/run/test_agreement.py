"""Plan and flights agree: nothing moves where nothing forces it, a pad's cadence moves a flight and it is flown again."""

import pytest

from malapert import programme
from malapert.logistics.clock import tdb_of
from malapert.run.agreement import TOLERANCE_D, agreement, flights
from malapert.run.flights import traffic
from malapert.run.manifest import manifest
from malapert.run.planning import problem_of, reserves

SECOND = (
    'flight.second.launcher="lm10"', 'flight.second.spacecraft="cargo_lander_27t"',
    "flight.second.depart=2031-05-20T00:00:00Z",
)  # fmt: skip


def unheard(*_, **__):
    pass


@pytest.fixture(scope="module")
def flown():
    loaded = programme.load("hello", sets=SECOND)
    return loaded, traffic(loaded, unheard)


def test_declared_dates_stand_when_nothing_is_in_the_way(flown):
    loaded, first = flown
    found = agreement(loaded, unheard, first)
    assert found.settled and found.rounds == () and found.departs_tdb_s == {}
    assert flights(loaded, unheard, first, found) is first


def test_a_pads_cadence_moves_a_flight_and_it_is_flown_on_its_new_date(flown):
    _, first = flown
    loaded = programme.load("hello", sets=(*SECOND, "launcher.lm10.cadence_d=60"))
    found = agreement(loaded, unheard, first)
    assert found.settled and len(found.rounds) == 1 and set(found.departs_tdb_s) == {"second"}
    assert found.because["second"] == "planned 60 days after first from the same pad"
    again = flights(loaded, unheard, first, found)
    one, other = (next(f for f in again.flown if f.name == name) for name in ("first", "second"))
    assert other.depart_tdb_s - one.depart_tdb_s >= (60.0 - TOLERANCE_D) * 86400.0
    assert other.because == found.because["second"]
    assert list(again.paths["flight"].to_numpy()) == [f.name for f in again.flown]
    held = manifest(loaded, unheard, flights=again)
    problem = problem_of(loaded, again, held)
    assert problem.slot("second").capacity_kg == pytest.approx({f: c for f, _, c in held.plan.loads}["second"])


def test_what_cannot_be_planned_is_said(flown):
    """A partner that may launch once a year has no room for a second flight before the programme ends in 13 months."""
    _, first = flown
    loaded = programme.load("hello", sets=(*SECOND, "partner.cnsa.launches_per_year=1", "end=2032-03-01T00:00:00Z"))
    found = agreement(loaded, unheard, first)
    assert found.settled, "the flight that cannot be planned keeps its declared date"
    assert all(tdb_of(loaded.start) <= at <= tdb_of(loaded.end) for at in found.departs_tdb_s.values())


def test_needs_of_a_crew_come_from_its_rates_and_the_modules():
    loaded = programme.load("sast-design-point")
    per_day = {reserve.resource: reserve.kg_per_person_d for reserve in reserves(loaded)}
    rates = loaded.crew_rates[loaded.rates]
    assert per_day["food"] == rates.food_kg_d
    assert per_day["water"] == pytest.approx((rates.water_kg_d + rates.hygiene_kg_d) * (1 - 0.93))
    assert per_day["oxygen"] == pytest.approx(rates.oxygen_kg_d * (1 - 0.42))
