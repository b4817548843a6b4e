"""Ground temperatures against what Diviner and the Apollo probes measured; nothing is tuned here.

Published: table A2 of Hayne et al. 2017 (J. Geophys. Res. Planets 122:2371), that is the equator of Vasavada et al.
2012 (J. Geophys. Res. 117:E00H18) and the Apollo heat flow probes, as its first author lists them with +-5 K in
github.com/phayne/heat1d, python/docs/validation.md; Diviner's nights, there in data/diviner_regtemp_lat*.csv. The
model's constants were themselves fitted to Diviner's nights by those authors: agreement there proves our solver and
that the constants are theirs, not that the model foresees.
"""

import numpy as np
import pytest

from malapert.terrain.regolith import Regolith, column_temperature, disk_cosine

LUNAR_DAY_S = 29.530588861 * 86400.0
STEPS = 1418
SUN_W_M2, SUN_RADIUS_DEG = 1360.8, 0.2666
# Hours after noon (the lunar day has 24) and K.
NIGHTS_K = {
    0: [(8.483, 107.50), (10.460, 102.39), (12.481, 98.95), (14.494, 96.31), (16.487, 94.13)],
    30: [(8.505, 105.08), (10.502, 99.93), (12.488, 96.73), (14.520, 94.01), (16.511, 91.83)],
    60: [(8.502, 94.48), (10.498, 89.88), (12.494, 87.04), (14.499, 84.43), (16.499, 82.33)],
}


def lunar_day(lat_deg, ground=None, depths_m=(0.1,)):
    """Temperatures of a flat place from noon to noon at 1 au, the Sun over the equator."""
    ground = ground or Regolith()
    turn = 2.0 * np.pi * np.arange(STEPS) / STEPS
    elevation = np.degrees(np.arcsin(np.cos(np.radians(lat_deg)) * np.cos(turn)))
    flux = SUN_W_M2 * disk_cosine(elevation, elevation, SUN_RADIUS_DEG)
    flux = flux * (1.0 - ground.albedo(np.clip(90.0 - elevation, 0.0, 90.0)))
    return column_temperature(flux, LUNAR_DAY_S / STEPS, depths_m, ground)


def test_equator_at_noon_midnight_and_before_dawn():
    # +-5 K is the table's own. Ours: 385.2, 99.2, 92.8 K.
    surface = lunar_day(0.0).surface_temperature_k.to_numpy()
    assert surface.max() == pytest.approx(385.0, abs=5.0)
    assert surface[STEPS // 2] == pytest.approx(101.0, abs=5.0)
    assert surface.min() == pytest.approx(95.0, abs=5.0)
    # The coldest hour is the last before sunrise, at three quarters of the turn.
    assert STEPS * 3 // 4 - 6 < surface.argmin() <= STEPS * 3 // 4


@pytest.mark.parametrize("lat_deg", list(NIGHTS_K))
def test_nights_by_latitude(lat_deg):
    # 1.5 K: the two scale depths in print, 0.06 and 0.07 m, lie 1 K apart at night, and the points were read off a
    # figure. Ours with 0.07 m: within 0.8 K.
    hours, kelvin = np.array(NIGHTS_K[lat_deg]).T
    surface = lunar_day(float(lat_deg)).surface_temperature_k.to_numpy()
    assert np.interp(hours / 24.0 * STEPS, np.arange(STEPS), surface) == pytest.approx(kelvin, abs=1.5)


MISSED = pytest.mark.xfail(
    strict=True,
    reason="Ours 209.8 and 250.4 K, 6 K too cold: the terms by which the albedo grows with incidence are those of "
    "bright highlands. Scaled to the maria's 0.07 they give 213.2 and 253.9 K (heat1d's own check scales them, and takes "
    "0.06), but eq. A8 has no such scaling.",
)


@pytest.mark.parametrize(
    ("lat_deg", "depth_m", "kelvin"),
    [
        pytest.param(26.0, 0.0, 211.0, id="Apollo 15 surface"),
        pytest.param(26.0, 0.83, 252.0, id="Apollo 15 at 0.83 m"),
        pytest.param(20.0, 0.0, 216.0, id="Apollo 17 surface", marks=MISSED),
        pytest.param(20.0, 0.13, 256.0, id="Apollo 17 at 0.13 m", marks=MISSED),
    ],
)
def test_mean_over_the_day_at_the_apollo_probes(lat_deg, depth_m, kelvin):
    # +-5 K is the table's own; both sites are mare, albedo 0.07.
    column = lunar_day(lat_deg, Regolith(normal_albedo=0.07), (depth_m,))
    assert float(column.temperature_k.mean()) == pytest.approx(kelvin, abs=5.0)


def dark_floor():
    return column_temperature(np.zeros(709), LUNAR_DAY_S / 709, depths_m=(0.02,))


def test_the_coldest_ground_seen_is_near_the_geothermal_balance():
    # Diviner's coldest, the floor of Hermite in a winter night: 26 K (NASA, LRO finds coldest place on the Moon, 2009).
    # Ground that gets nothing but heat from below must be a little colder than any that also sees its crater's walls.
    coldest_k = float(dark_floor().surface_temperature_k.mean())
    assert 23.0 < coldest_k < 26.0


@pytest.mark.xfail(
    strict=True,
    reason="24 K: a floor in shadow lives on what the slopes around it send, which is environment_w_m2 and by default 0",
)
def test_the_ground_lcross_struck():
    # Paige et al. 2010, Science 330:479: 38 K in the ground where LCROSS struck. 5 K as in the table above.
    assert float(dark_floor().temperature_k.mean()) == pytest.approx(38.0, abs=5.0)
