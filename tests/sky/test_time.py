"""Time scales: round trips, leap seconds, text in and out, and the documented distance from the full TDB series."""

import time

import erfa
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from malapert import data
from malapert.errors import InputError
from malapert.sky import time as clock

# 1900 to 2100 in milliseconds past J2000.
MILLISECONDS = st.integers(-3_155_760_000_000, 3_155_760_000_000)
SECONDS = st.floats(-3.2e9, 3.2e9)


@settings(deadline=None)
@given(MILLISECONDS)
def test_utc_survives_the_round_trip(ms: int) -> None:
    epoch = np.datetime64("2000-01-01T12:00:00", "ms") + np.timedelta64(ms, "ms")
    assert clock.utc(clock.tdb_s(epoch)) == epoch


@settings(deadline=None)
@given(SECONDS)
def test_tdb_survives_the_round_trip_to_the_millisecond(t: float) -> None:
    # Epochs inside a leap second have no datetime64 of their own: they come back at its start, up to 1 s early.
    back = clock.tdb_s(clock.utc(t))
    starts = [clock.tdb_s(day) for day in data.leap_seconds()[0]]
    inside = any(start - 1.0005 <= t < start for start in starts)
    assert abs(back - t) <= (1.002 if inside else 0.000501)


@settings(deadline=None)
@given(SECONDS)
def test_tt_inverts_tdb(t: float) -> None:
    tt = clock.tt_s(t)
    # One unit in the last place of 3e9 s is 0.5 us.
    assert abs(tt + float(clock.tdb_minus_tt_s(tt)) - t) < 1e-6
    assert clock.tai_s(t) == tt - 32.184


@settings(deadline=None)
@given(st.integers(0, 59), st.integers(-720, 720))
def test_offsets_from_utc_are_honoured(second: int, minutes: int) -> None:
    sign = "-" if minutes < 0 else "+"
    hours, rest = divmod(abs(minutes), 60)
    local = clock.tdb_s(f"2027-03-14T05:00:{second:02d}{sign}{hours:02d}:{rest:02d}")
    assert local == pytest.approx(clock.tdb_s(f"2027-03-14T05:00:{second:02d}Z") - 60 * minutes, abs=1e-5)


def test_a_leap_second_lasts_a_second() -> None:
    before, inside, after = (
        clock.tdb_s(f"{text}Z") for text in ("2016-12-31T23:59:59", "2016-12-31T23:59:60", "2017-01-01T00:00:00")
    )
    assert inside - before == pytest.approx(1.0, abs=1e-6)
    assert after - inside == pytest.approx(1.0, abs=1e-6)
    assert clock.utc(inside + 0.4) == np.datetime64("2016-12-31T23:59:59.999")
    assert clock.utc(after) == np.datetime64("2017-01-01T00:00:00")


def test_utc_never_runs_backwards() -> None:
    start = clock.tdb_s("2016-12-31T23:59:58Z")
    assert (np.diff(clock.utc(start + np.linspace(0, 5, 5001))) >= np.timedelta64(0, "ms")).all()


@pytest.mark.parametrize(
    "text", ["tomorrow", "2027-13-01T00:00:00Z", "2027-03-14T23:59:60Z", "2016-12-31T22:59:60Z", ""]
)
def test_wrong_text_is_refused_and_quoted(text: str) -> None:
    with pytest.raises(InputError, match=text or "not an epoch"):
        clock.tdb_s(text)


def test_gaps_and_numbers_are_refused() -> None:
    for wrong in (np.datetime64("NaT", "s"), np.array([1.0, 2.0])):
        with pytest.raises(InputError, match="datetime64"):
            clock.tdb_s(wrong)
    with pytest.raises(InputError, match="nan"):
        clock.utc(float("nan"))


def test_shapes_and_types() -> None:
    assert isinstance(clock.tdb_s("2027-01-01"), float)
    assert isinstance(clock.tdb_s(np.datetime64("2027-01-01")), float)
    assert clock.tdb_s(["2027-01-01", "2028-01-01T00:00:00Z"]).shape == (2,)
    assert clock.utc(np.zeros((2, 3))).shape == (2, 3)
    assert clock.utc(0.0).dtype == np.dtype("datetime64[ms]")
    assert clock.tt_s(np.zeros(4)).shape == clock.ut1_s(np.zeros(4)).shape == (4,)


def test_tdb_formula_is_within_40_us_of_the_full_series() -> None:
    # Fairhead and Bretagnon 1990, 787 terms, geocentre; the largest terms the formula drops are 22 and 14 us.
    days = np.linspace(-14600, 21900, 3000)
    full = erfa.dtdb(2451545.0, days, 0.0, 0.0, 0.0, 0.0)
    assert np.abs(clock.tdb_minus_tt_s(days * 86400) - full).max() < 40e-6


def test_leap_seconds_are_erfas() -> None:
    # SOFA's own table (dat.c), kept by another institution than NAIF's kernel.
    for day, offset_s in zip(*data.leap_seconds(), strict=True):
        year, month, date = (int(part) for part in str(day)[:10].split("-"))
        assert erfa.dat(year, month, date, 0.0) == offset_s


def test_ut1_follows_the_published_values() -> None:
    # IERS 20 C04 at 0h UTC, one of the days just after a leap second.
    table = data.earth_orientation()
    for date, tai_utc in (("2017-01-01", 37.0), ("2005-06-01", 32.0)):
        mjd = (np.datetime64(date) - np.datetime64("1858-11-17")).astype(int)
        ut1_utc = table.ut1_utc_s[int(mjd - table.mjd[0])]
        t = clock.tdb_s(f"{date}T00:00:00Z")
        utc_s = (np.datetime64(date) - np.datetime64("2000-01-01T12:00:00")).astype(int)
        assert clock.ut1_s(t) - utc_s == pytest.approx(ut1_utc, abs=1e-6)
        assert clock.tai_s(t) - utc_s == pytest.approx(tai_utc, abs=1e-6)


def test_delta_t_before_1972_uses_the_rubber_seconds() -> None:
    # TT - UT1 of the Astronomical Almanac (page K9): 34.00 s in 1962.1, 35.73 in 1965.0, 40.18 in 1970.0.
    for year, delta_t_s in ((1965, 35.73), (1970, 40.18), (2000, 63.83)):
        t = (year - 2000) * 365.25 * 86400.0
        assert clock.tt_s(t) - clock.ut1_s(t) == pytest.approx(delta_t_s, abs=0.02)


def test_a_million_epochs_take_less_than_a_second() -> None:
    t = np.linspace(-1.2e9, 1.8e9, 1_000_000)
    begin = time.process_time()
    np.testing.assert_allclose(clock.tdb_s(clock.utc(t[::2])), t[::2], atol=6e-4)
    clock.ut1_s(t[1::2])
    assert time.process_time() - begin < 1.0
