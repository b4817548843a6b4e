"""The Moon's eclipses of 2026-2030 against NASA's Five Millennium Catalog of Lunar Eclipses.

Espenak and Meeus 2009, NASA/TP-2009-214173, https://eclipse.gsfc.nasa.gov/5MCLE/5MKLEcatalog.txt, rows 09708-09719:
greatest eclipse in TD, gamma, penumbral and umbral magnitude, lengths of the phases in minutes.

Their constants are pinned so that only the method differs: an Earth of 1.01 equatorial radii (Danjon's allowance for
the air: 1/85 more, less 1/594 of flattening) and a Moon of k = 0.2725076. Chauvenet's older rule adds 1/50 to the
shadow's radius instead and gives umbral magnitudes 0.005 larger. On the Moon itself one sees the solid Earth.
"""

import numpy as np
import pytest

from malapert.constants import RADIUS_EARTH_EQUATOR_KM
from malapert.sky.eclipses import DANJON_EARTH_RADIUS_KM, LunarEclipse, eclipses, lunar_eclipses
from malapert.sky.time import J2000, tdb_s, tt_s

CATALOGUE = """
2026-03-03T11:34:52 -0.3765 2.1838  1.1507 338.6 207.2  58.3
2026-08-28T04:14:04  0.4964 1.9645  0.9299 337.8 198.1   -
2027-02-20T23:14:06 -1.0480 0.9266 -0.0569 241.0   -     -
2027-07-18T16:04:09 -1.5758 0.0014 -1.0680  11.8   -     -
2027-08-17T07:14:59  1.2797 0.5456 -0.5254 218.6   -     -
2028-01-12T04:14:13  0.9817 1.0468  0.0662 250.7  56.0   -
2028-07-06T18:20:57 -0.7903 1.4266  0.3892 310.6 141.5   -
2028-12-31T16:53:15  0.3258 2.2742  1.2463 336.2 208.8  71.3
2029-06-26T03:23:22  0.0124 2.8266  1.8436 335.1 219.5 101.9
2029-12-20T22:43:12 -0.3811 2.2008  1.1174 358.0 213.3  53.7
2030-06-15T18:34:34  0.7534 1.4480  0.5025 278.2 144.4   -
2030-12-09T22:28:51 -1.0731 0.9416 -0.1628 279.2   -     -
"""
ROWS = [line.split() for line in CATALOGUE.split("\n") if line]
SPAN = (tdb_s("2026-01-01T00:00:00Z"), tdb_s("2031-01-01T00:00:00Z"))
K_MOON_KM = 0.2725076 * RADIUS_EARTH_EQUATOR_KM
# The catalogue times what is seen from the Earth.
MOON_LIGHT_TIME_S = 1.28


@pytest.fixture(scope="module")
def computed() -> tuple[LunarEclipse, ...]:
    return lunar_eclipses(*SPAN, DANJON_EARTH_RADIUS_KM, K_MOON_KM)


def test_the_same_twelve_eclipses_are_found(computed: tuple[LunarEclipse, ...]) -> None:
    assert len(computed) == len(ROWS)
    for one, row in zip(computed, ROWS, strict=True):
        assert (one.partial_tdb_s is None, one.total_tdb_s is None) == (row[5] == "-", row[6] == "-"), row[0]


def test_greatest_eclipse_gamma_and_magnitudes(computed: tuple[LunarEclipse, ...]) -> None:
    for one, row in zip(computed, ROWS, strict=True):
        seen_tt_s = tt_s(one.greatest_tdb_s) + MOON_LIGHT_TIME_S
        published_tt_s = (np.datetime64(row[0], "us") - J2000) / np.timedelta64(1, "s")
        # Printed to a second, from analytic theories (VSOP87, ELP2000) where we read DE440: up to 5 s is 5 km of the
        # Moon's path, 2.7 arcsec.
        assert seen_tt_s == pytest.approx(published_tt_s, abs=6.0), row[0]
        assert one.gamma == pytest.approx(float(row[1]), abs=1e-4), row[0]
        # They add up angles, we measure across the cones: 1.6 radii off the axis that is 1.2 km, 3e-4 of the Moon; a
        # Sun of 959.63 arcsec at 1 au instead of 695,700 km is 2e-4 more.
        assert one.penumbral_magnitude == pytest.approx(float(row[2]), abs=7e-4), row[0]
        assert one.umbral_magnitude == pytest.approx(float(row[3]), abs=7e-4), row[0]


def test_lengths_of_the_phases(computed: tuple[LunarEclipse, ...]) -> None:
    for one, row in zip(computed, ROWS, strict=True):
        for phase, text in zip((one.penumbral_tdb_s, one.partial_tdb_s, one.total_tdb_s), row[4:], strict=True):
            if phase is None:
                continue
            minutes = (phase[1] - phase[0]) / 60.0
            # Printed to 0.1 min. Where the Moon only grazes a shadow, half a length is the root of twice the depth
            # over the path's curvature: 3e-4 of magnitude is then up to a minute in twelve.
            assert minutes == pytest.approx(float(text), abs=1.5 if float(text) < 20.0 else 0.16), row[0]


def test_the_solid_earth_casts_a_smaller_shadow(computed: tuple[LunarEclipse, ...]) -> None:
    solid = {round(one.greatest_tdb_s / 86400.0): one for one in lunar_eclipses(*SPAN, moon_radius_km=K_MOON_KM)}
    for one in computed:
        bare = solid.get(round(one.greatest_tdb_s / 86400.0))
        # 1 % of the Earth is 63.8 km of 3476 km: 0.0184 of the Moon's diameter, so the graze of 2027-07-18 is none.
        if bare is None:
            assert one.penumbral_magnitude < 0.0184
        else:
            assert one.umbral_magnitude - bare.umbral_magnitude == pytest.approx(0.0184, abs=2e-4)


def test_the_middle_of_the_moon_is_covered_when_the_catalogue_says_so() -> None:
    # With the centre in the umbra the Moon is immersed by more than half its diameter: magnitude above 0.5 with the
    # catalogue's Earth and above 0.5 + 0.0184 with the solid one; likewise the penumbra.
    t = np.arange(*SPAN, 6 * 3600.0)
    found = {str(one.maximum_utc)[:10]: one for one in eclipses(None, t)}
    for row in ROWS:
        date, one = row[0][:10], found.get(row[0][:10])
        assert (one is not None) == (float(row[2]) > 0.5184), date
        if one is not None:
            assert (one.umbra_start_utc is not None) == (float(row[3]) > 0.5184), date
            assert (one.covered == 1.0) == (float(row[3]) > 0.5184), date
            # The middle of the cover as seen from the centre is the catalogue's greatest eclipse: 69.2 s of TT - UTC.
            assert abs((one.maximum_utc - np.datetime64(row[0], "ms")) / np.timedelta64(1, "s") + 69.2 + 1.28) < 12.0
