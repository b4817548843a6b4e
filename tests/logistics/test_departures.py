"""Dates before anything is flown: grounding, backlog, flights that wait for others."""

from datetime import UTC, datetime
from math import inf

import pytest

from malapert.errors import InputError
from malapert.logistics.clock import date_of, tdb_of
from malapert.logistics.departures import departures
from malapert.programme import load

DAY = 86400.0


def programme_with(flights, **launcher):
    base = load("hello")
    name = base.flight["first"].launcher
    rows = {key: base.flight["first"].model_copy(update=changes) for key, changes in flights.items()}
    row = base.launcher[name].model_copy(update=launcher)
    return base.model_copy(update={"flight": rows, "launcher": {**base.launcher, name: row}})


def day(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def test_declared_dates_stand_where_nothing_pushes():
    programme = load("ilrs-2035")
    found = departures(programme)
    assert list(found) == list(programme.flight)
    for name, departure in found.items():
        assert departure.depart_tdb_s >= tdb_of(programme.flight[name].depart)
        if departure.because == "as declared":
            assert departure.depart_tdb_s == tdb_of(programme.flight[name].depart)


def test_a_grounded_launcher_flies_its_backlog_a_month_apart():
    found = departures(
        programme_with(
            {
                "b": {"depart": day("2031-05-01")},
                "a": {"depart": day("2031-04-01")},
                "soon_after": {"depart": day("2032-02-01")},
                "long_after": {"depart": day("2033-02-01")},
                "before": {"depart": day("2031-01-15")},
            },
            grounded_from=day("2031-03-01"),
            grounded_until=day("2032-01-01"),
        )
    )
    dates = {name: date_of(departure.depart_tdb_s) for name, departure in found.items()}
    assert dates == {
        "b": "2032-01-31",
        "a": "2032-01-01",
        "soon_after": "2032-03-01",
        "long_after": "2033-02-01",
        "before": "2031-01-15",
    }
    assert "is grounded until 2032-01-01" in found["a"].because
    assert "30 days after a in the backlog" in found["b"].because


def test_flights_wait_for_those_they_come_after_and_for_their_lander():
    found = departures(
        programme_with(
            {
                "crew": {"depart": day("2031-02-01"), "lander_flight": "lander", "after": ("cargo",)},
                "lander": {"depart": day("2031-03-01")},
                "cargo": {"depart": day("2031-02-01")},
            }
        )
    )
    assert found["crew"].depart_tdb_s == pytest.approx(found["lander"].depart_tdb_s + 7 * DAY)
    assert found["crew"].because == "7 days after lander"
    late = departures(
        programme_with({"b": {"depart": day("2031-02-01"), "after": ("a",)}, "a": {"depart": day("2031-02-01")}})
    )
    assert late["b"].depart_tdb_s == pytest.approx(late["a"].depart_tdb_s + 30 * DAY)


def test_grounded_without_end_never_flies_and_neither_do_those_that_wait():
    found = departures(
        programme_with(
            {"a": {"depart": day("2031-02-01")}, "b": {"depart": day("2031-02-01"), "after": ("a",)}},
            grounded_from=day("2031-01-01"),
        )
    )
    assert found["a"].depart_tdb_s == found["b"].depart_tdb_s == inf
    assert "grounded without end" in found["a"].because


def test_a_circle_through_a_lander_is_an_input_error():
    flights = {"a": {"lander_flight": "b"}, "b": {"after": ("a",)}}
    with pytest.raises(InputError, match="wait for each other"):
        departures(programme_with(flights))
