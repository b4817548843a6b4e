"""The air against the published tables: US Standard Atmosphere 1976 and the COSPAR mean of Mars.

Earth: NOAA-S/T 76-1562, tables I and VIII (figures as printed, so half a unit of the last digit is allowed, and 0.1 %
above 86 km where the table's own integration differs from a finer one). Mars: the reference columns of NASA's
Mars-GRAM 2021 sample output, at heights between the model's own rows.
"""

import numpy as np
import pytest

from malapert.errors import CoverageError, InputError
from malapert.flight.atmosphere import air

# km: temperature (K), pressure (Pa), density (kg/m3), speed of sound (m/s)
EARTH_LOW = {
    0.0: (288.15, 101325.0, 1.2250, 340.29),
    5.0: (255.676, 54048.0, 7.3643e-1, 320.55),
    11.0: (216.774, 22700.0, 3.6480e-1, 295.15),
    25.0: (221.552, 2549.2, 4.0084e-2, 298.39),
    40.0: (250.350, 287.14, 3.9957e-3, 317.19),
    60.0: (247.021, 21.959, 3.0968e-4, 315.07),
    75.0: (208.399, 2.3881, 3.9921e-5, 289.40),
    80.0: (198.639, 1.0525, 1.8458e-5, 282.54),
}
EARTH_HIGH = {
    90.0: (186.87, 1.8359e-1, 3.416e-6),
    100.0: (195.08, 3.2011e-2, 5.604e-7),
    120.0: (360.00, 2.5382e-3, 2.222e-8),
    150.0: (634.39, 4.5422e-4, 2.076e-9),
    200.0: (854.56, 8.4736e-5, 2.541e-10),
    300.0: (976.01, 8.7704e-6, 1.916e-11),
    400.0: (995.83, 1.4518e-6, 2.803e-12),
    500.0: (999.24, 3.0236e-7, 5.215e-13),
    700.0: (999.97, 3.1908e-8, 3.070e-14),
    900.0: (1000.0, 1.0873e-8, 5.759e-15),
}
MARS_BETWEEN = {
    2.0: (213.8, 530.0, 1.30e-2),
    10.0: (205.0, 254.0, 6.47e-3),
    18.0: (191.5, 116.0, 3.17e-3),
    30.0: (175.0, 32.8, 9.80e-4),
    42.0: (160.0, 8.33, 2.72e-4),
    58.0: (145.7, 1.14, 4.09e-5),
    78.0: (139.0, 7.95e-2, 2.99e-6),
    106.0: (145.2, 1.95e-3, 7.01e-8),
    156.0: (303.8, 1.909e-5, 3.151e-10),
    212.0: (346.6, 1.318e-6, 1.642e-11),
}


@pytest.mark.parametrize(("height", "row"), EARTH_LOW.items())
def test_to_86_km_the_equations_give_the_printed_table(height, row):
    found = air("earth", height)
    assert found.temperature_k == pytest.approx(row[0], abs=2e-3)
    assert found.pressure_pa == pytest.approx(row[1], rel=3e-5)
    assert found.density_kg_m3 == pytest.approx(row[2], rel=3e-5)
    assert found.sound_m_s == pytest.approx(row[3], abs=6e-3)


@pytest.mark.parametrize(("height", "row"), EARTH_HIGH.items())
def test_above_86_km_the_six_gases_give_the_printed_table(height, row):
    found = air("earth", height)
    assert found.temperature_k == pytest.approx(row[0], abs=0.01)
    assert found.pressure_pa == pytest.approx(row[1], rel=1e-3)
    assert found.density_kg_m3 == pytest.approx(row[2], rel=1e-3)


def test_nothing_jumps_where_the_two_halves_of_the_model_meet():
    below, above = air("earth", 86.0 - 1e-6), air("earth", 86.0)
    assert below.density_kg_m3 == pytest.approx(above.density_kg_m3, rel=5e-4)
    assert below.temperature_k == pytest.approx(above.temperature_k, rel=5e-4)


@pytest.mark.parametrize(("height", "row"), MARS_BETWEEN.items())
def test_mars_between_the_rows_it_was_built_from(height, row):
    found = air("mars", height)
    # Three digits are published; a cubic across rows 4 to 26 km apart adds up to 1 %.
    assert found.temperature_k == pytest.approx(row[0], rel=1e-2)
    assert found.pressure_pa == pytest.approx(row[1], rel=1.2e-2)
    assert found.density_kg_m3 == pytest.approx(row[2], rel=1.2e-2)


@pytest.mark.parametrize("body", ["earth", "mars"])
def test_density_falls_all_the_way_up_and_weighs_what_the_pressure_says(body):
    z = np.linspace(0.0, 100.0, 4001)
    found = air(body, z)
    assert np.all(np.diff(found.density_kg_m3) < 0.0)
    surface_m_s2, radius_km = (9.80665, 6356.766) if body == "earth" else (3.7279, 3389.5)
    weight = surface_m_s2 * (radius_km / (radius_km + z)) ** 2 * found.density_kg_m3
    column = np.sum(0.5 * (weight[1:] + weight[:-1])) * 1000.0 * (z[1] - z[0])
    # Mars's rows are rounded to three digits and its mean gravity is not one site's.
    assert column == pytest.approx(found.pressure_pa[0], rel=1e-3 if body == "earth" else 2e-2)


def test_heights_off_the_model_and_other_bodies_are_refused():
    with pytest.raises(CoverageError, match="1000 km"):
        air("earth", [10.0, 1000.0])
    with pytest.raises(CoverageError, match="-10 km"):
        air("mars", -11.0)
    with pytest.raises(CoverageError):
        air("earth", np.nan)
    with pytest.raises(InputError, match="moon"):
        air("moon", 10.0)
