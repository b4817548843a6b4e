"""The link equation against printed budgets and measured gains, each from its own inputs."""

import numpy as np
import pytest

from malapert.sky import links


def test_the_34_m_budget_of_a_mars_microspacecraft() -> None:
    """Mars MicroSpacecraft downlink to a 34 m DSN station (JPL sheet, https://www.scribd.com/document/604182575).

    32.3 GHz, 4 W, 0.5 m at 60 %, losses 1.39 + 0.70 dB, 2.52 au taken as 378,000,000 km, 34 m at 74 % and 31.2 K.
    Tolerance 0.03 dB: the sheet rounds its constants. Its station gain, 74.70 dBi, is not what its own 74 % give in
    that band (79.9); it is taken as printed, and all that follows from it is checked.
    """
    gain = links.dish_gain_dbi(0.5, 32.3, 0.60)
    assert gain == pytest.approx(42.34, abs=0.03)
    eirp = links.decibels(4.0) + gain - 1.39 - 0.70
    assert eirp == pytest.approx(46.28, abs=0.03)
    loss = links.free_space_loss_db(378e6, 32.3)
    assert loss == pytest.approx(294.20, abs=0.03)
    merit = 74.70 - links.decibels(31.2)
    assert merit == pytest.approx(59.76, abs=0.01)
    # Polarisation 1.0, air 0.1, ions 0.1, water vapour 1.0, pointing 0.1.
    c_over_n0 = links.carrier_to_noise_db_hz(eirp, loss, merit, 2.3)
    assert c_over_n0 == pytest.approx(38.14, abs=0.05)
    # Demodulator 0.45 dB, required 0.80 dB.
    assert links.margin_db(c_over_n0, 2400e-6, 0.80 + 0.45) == pytest.approx(3.08, abs=0.05)


def test_the_s_band_budget_of_a_low_orbiter() -> None:
    """EURASIP J. Wireless Commun. Netw. 2020, doi 10.1186/s13638-020-01674-9, table 1.

    2200 MHz, EIRP 38.3 dBm, loss 162.2 dB, depointing 10 dB, 5 m at 50 % and 130 K, 3.4 Mbit/s, required 7 dB and
    6 dB in the demodulator. Printed to 0.1 dB, so sums of six entries to 0.15.
    """
    gain = links.dish_gain_dbi(5.0, 2.2, 0.50)
    assert gain == pytest.approx(38.2, abs=0.05)
    c_over_n0 = links.carrier_to_noise_db_hz(8.3, 162.2, gain - links.decibels(130.0), 10.0)
    assert c_over_n0 == pytest.approx(81.8, abs=0.1)
    assert links.margin_db(c_over_n0, 3.4, 0.0) == pytest.approx(16.5, abs=0.1)
    assert links.margin_db(c_over_n0, 3.4, 7.0 + 6.0) == pytest.approx(3.5, abs=0.15)
    assert links.rate_mbit_s(c_over_n0, 13.0, 3.5) == pytest.approx(3.4, rel=0.03)


def test_gain_of_the_70_m_antennas_as_measured() -> None:
    """Richter and Slobin 1989, TDA Progress Report, NTRS 19890018533: peak gain and aperture efficiency of DSS 14, 43
    and 63, +-0.2 dB at 8420 MHz and +-0.1 dB at 2295 MHz; they are one measurement, so they agree to rounding."""
    assert links.dish_gain_dbi(70.0, 8.420, 0.687) == pytest.approx(74.18, abs=0.02)
    assert links.dish_gain_dbi(70.0, 2.295, 0.762) == pytest.approx(63.34, abs=0.02)


def test_gain_of_queqiaos_dish() -> None:
    """4.2 m, 44 dBi in X band (Electronics Weekly on the Chang'e-4 relay): 55 % at 7-8.5 GHz is 0.4-2 dB above it, as
    an umbrella of mesh should be."""
    at_x = links.dish_gain_dbi(4.2, np.array([7.2, 8.475]), 0.55)
    assert ((at_x > 44.0) & (at_x < 49.0)).all()
