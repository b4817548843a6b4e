"""Night survival against hand arithmetic: 10 kW through 354 h and through 72 h (150 and 500 Wh/kg)."""

import numpy as np
import pytest

from malapert.station.power import dispatch

LOAD_KW = 10.0
LI_ION_WH_KG, RFC_WH_KG = 150.0, 500.0


def _night(hours: int, capacity_kwh: float, efficiency: float = 1.0) -> np.ndarray:
    """Power served to 10 kW through one night, from a full store."""
    done = dispatch(
        np.zeros(hours),
        0.0,
        np.full((hours, 1), LOAD_KW),
        capacity_kwh,
        1e3,
        1e3,
        1.0,
        efficiency,
        energy0_kwh=capacity_kwh,
    )
    return done.served_kw[:, 0]


# Tolerance: the published masses are rounded to 0.1 t.
@pytest.mark.parametrize(
    ("hours", "energy_kwh", "li_ion_t", "rfc_t"),
    [(354, 3540.0, 23.6, 7.1), (72, 720.0, 4.8, 1.4)],
)
def test_the_least_store_is_the_arithmetic_one(hours: int, energy_kwh: float, li_ion_t: float, rfc_t: float) -> None:
    low, high = 0.0, 10_000.0
    while high - low > 1e-6:
        middle = 0.5 * (low + high)
        low, high = (low, middle) if (_night(hours, middle) >= LOAD_KW - 1e-9).all() else (middle, high)
    assert high == pytest.approx(energy_kwh, rel=1e-6)
    assert high / LI_ION_WH_KG == pytest.approx(li_ion_t, abs=0.05)
    assert high / RFC_WH_KG == pytest.approx(rfc_t, abs=0.05)


def test_a_store_one_per_cent_small_fails_in_the_last_hours() -> None:
    served = _night(354, 0.99 * 3540.0)
    assert (served[:350] == LOAD_KW).all() and served[-1] == 0.0
    assert (LOAD_KW - served).sum() == pytest.approx(35.4)


def test_a_fuel_cell_of_half_round_trip_doubles_the_day_array() -> None:
    """Night energy 3,540 kWh at 50 % round trip takes 7,080 kWh of day above the load: 20 kW more, 30 kW in all."""

    def last_hour(array_kw: float) -> float:
        solar = np.r_[np.full(354, array_kw), np.zeros(354)]
        done = dispatch(solar, 0.0, np.full((708, 1), LOAD_KW), 3540.0 / 0.625, 1e3, 1e3, 0.8, 0.625)
        return float(done.served_kw[-1, 0])

    assert last_hour(30.0 + 1e-6) == pytest.approx(LOAD_KW)
    assert last_hour(29.9) == 0.0
