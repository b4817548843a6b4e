"""Radio links: free-space loss, antenna gain, noise, and the rate or margin that is left. Pure functions, decibels.

Wertz, Everett, Puschell 2011, "Space Mission Engineering: The New SMAD", section 21.1 (the link equation).
"""

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from malapert.constants import SPEED_OF_LIGHT_KM_S
from malapert.errors import InputError

Array = NDArray[np.float64]
Numbers = float | Array
Band = Literal["uhf", "s", "x", "ka"]

# Within the bands lunar missions transmit in (SFCG Recommendation 32-2: 390-405 MHz, 2200-2290 MHz, 8450-8500 MHz,
# 25.5-27.0 GHz; recalled). A band's width moves the loss by less than 0.3 dB.
BANDS_GHZ: Final[dict[Band, float]] = {"uhf": 0.3975, "s": 2.245, "x": 8.475, "ka": 26.25}

# k = 1.380649e-23 J/K, exact (SI 2019).
BOLTZMANN_DBW_K_HZ: Final = 10.0 * float(np.log10(1.380649e-23))

# Eb/N0 (dB) at which bits come through: uncoded at 1e-5 from the error function, the codes of CCSDS 131.0-B as the
# green book 130.1-G draws them (recalled, to 0.2 dB).
REQUIRED_EB_N0_DB: Final = {"uncoded": 9.6, "convolutional": 4.5, "concatenated": 2.6, "ldpc_1_2": 1.0}
CODE: Final = "ldpc_1_2"
# Pointing, polarisation and demodulator together, and lines to the transmitting dish (design).
OTHER_LOSSES_DB: Final = 2.0
LINE_LOSS_DB: Final = 1.0
# Confirmed on eleven million samples of the Lunar Reconnaissance Orbiter at 26 GHz: 98-99 % of the data come through
# above 10 deg (Morabito 2020, IPN Progress Report 42-222).
MARGIN_DB: Final = 3.0


@dataclass(frozen=True)
class Transmitter:
    """A dish and its amplifier."""

    band: Band
    diameter_m: float
    power_w: float
    efficiency: float = 0.55
    line_loss_db: float = LINE_LOSS_DB

    @property
    def eirp_dbw(self) -> float:
        gain = float(dish_gain_dbi(self.diameter_m, BANDS_GHZ[self.band], self.efficiency))
        return float(decibels(self.power_w)) + gain - self.line_loss_db


@dataclass(frozen=True)
class Receiver:
    """A dish and the noise temperature of the whole system behind it, sky included."""

    diameter_m: float
    noise_k: float
    efficiency: float = 0.55

    def g_over_t_db_k(self, band: Band) -> float:
        """Figure of merit in a band, dB/K."""
        gain = float(dish_gain_dbi(self.diameter_m, BANDS_GHZ[band], self.efficiency))
        return gain - float(decibels(self.noise_k))


@dataclass(frozen=True)
class Link:
    """One way from a transmitter to a receiver, in the transmitter's band."""

    transmitter: Transmitter
    receiver: Receiver

    def carrier_to_noise_db_hz(self, range_km: Numbers) -> Array:
        """C/N0 over ranges (...)."""
        band = self.transmitter.band
        return carrier_to_noise_db_hz(
            self.transmitter.eirp_dbw,
            free_space_loss_db(range_km, BANDS_GHZ[band]),
            self.receiver.g_over_t_db_k(band),
            OTHER_LOSSES_DB,
        )

    def rate_mbit_s(self, range_km: Numbers) -> Array:
        """The rate that leaves MARGIN_DB over ranges (...): power alone, whatever bandwidth or modem it would take."""
        return rate_mbit_s(self.carrier_to_noise_db_hz(range_km), REQUIRED_EB_N0_DB[CODE], MARGIN_DB)

    def margin_db(self, range_km: Numbers, rate: Numbers) -> Array:
        """What is left at a rate (Mbit/s) over ranges (...), MARGIN_DB not taken off."""
        return margin_db(self.carrier_to_noise_db_hz(range_km), rate, REQUIRED_EB_N0_DB[CODE])


def decibels(ratio: Numbers) -> Array:
    """10 log10 of a positive ratio (...)."""
    value = np.asarray(ratio, dtype=np.float64)
    if not (value > 0.0).all():
        raise InputError(f"a power, diameter, temperature, range or rate of a link must be above 0 (got {ratio})")
    return np.asarray(10.0 * np.log10(value))


def free_space_loss_db(range_km: Numbers, frequency_ghz: Numbers) -> Array:
    """(4 pi r / wavelength)^2 in dB: Friis 1946, Proc. IRE 34:254, eq. 1."""
    wavelength_km = SPEED_OF_LIGHT_KM_S / (np.asarray(frequency_ghz) * 1e9)
    return 2.0 * decibels(4.0 * np.pi * np.asarray(range_km, dtype=np.float64) / wavelength_km)


def dish_gain_dbi(diameter_m: Numbers, frequency_ghz: Numbers, efficiency: Numbers) -> Array:
    """efficiency (pi d / wavelength)^2 in dBi: New SMAD, eq. 21-7."""
    wavelength_m = 1e3 * SPEED_OF_LIGHT_KM_S / (np.asarray(frequency_ghz) * 1e9)
    return 2.0 * decibels(np.pi * np.asarray(diameter_m) / wavelength_m) + decibels(efficiency)


def carrier_to_noise_db_hz(
    eirp_dbw: Numbers, free_space_loss_db: Numbers, g_over_t_db_k: Numbers, other_losses_db: Numbers
) -> Array:
    """C/N0 in dB Hz: EIRP - losses + G/T - k."""
    return np.asarray(eirp_dbw - free_space_loss_db - other_losses_db + g_over_t_db_k - BOLTZMANN_DBW_K_HZ)


def rate_mbit_s(c_over_n0_db_hz: Numbers, required_eb_n0_db: float, margin_db: float) -> Array:
    """The bit rate at which Eb/N0 = C/(N0 R) is the required one with a margin."""
    return np.asarray(10.0 ** (0.1 * (np.asarray(c_over_n0_db_hz) - required_eb_n0_db - margin_db)) / 1e6)


def margin_db(c_over_n0_db_hz: Numbers, rate_mbit_s: Numbers, required_eb_n0_db: float) -> Array:
    """Eb/N0 at a bit rate, over the required one."""
    return np.asarray(c_over_n0_db_hz - decibels(np.asarray(rate_mbit_s) * 1e6) - required_eb_n0_db)
