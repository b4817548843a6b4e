"""The regolith column against arithmetic: balances, a linear solution, its own books and finer steps."""

import dataclasses
import itertools

import numpy as np
import pytest
import xarray as xr

from malapert.errors import ConvergenceError, InputError
from malapert.terrain import regolith, site_horizon, site_light
from malapert.terrain.regolith import Regolith, column_temperature, disk_cosine, site_temperature

LUNAR_DAY_S = 29.530588861 * 86400.0
SIGMA = 5.670374419e-8


def equator_flux(steps, ground=None):
    """Absorbed sunlight over one lunar day from noon on a flat equator at 1 au."""
    elevation = np.degrees(np.arcsin(np.cos(2.0 * np.pi * np.arange(steps) / steps)))
    cosine = disk_cosine(elevation, 90.0, 0.2666)
    return 1360.8 * cosine * (1.0 - (ground or Regolith()).albedo(np.clip(90.0 - elevation, 0.0, 90.0)))


def made_light(days, step_s=3600.0, mast_m=2.0, sun_elevation_deg=1.0, horizon_deg=0.0):
    """A light series as `site_light` gives it, with a Sun that circles at one elevation."""
    steps = round(days * 86400.0 / step_s)
    time = np.datetime64("2026-01-01", "ms") + (np.arange(steps) * round(step_s * 1000)).astype("timedelta64[ms]")
    columns = {
        "sun_azimuth_deg": (np.arange(steps) * step_s / LUNAR_DAY_S * 360.0) % 360.0,
        "sun_elevation_deg": np.full(steps, sun_elevation_deg),
        "sun_horizon_deg": np.full(steps, horizon_deg),
        "sun_eclipsed_fraction": np.zeros(steps),
    }
    attrs = {"step_s": step_s, "mast_m": mast_m, "lat_deg": -90.0, "lon_deg": 0.0, "horizon_source": "made"}
    return xr.Dataset(
        {name: ("time", values) for name, values in columns.items()}, {"time": time}, attrs | {"warnings": ""}
    )


def test_without_sun_the_ground_radiates_its_geothermal_heat():
    dark = column_temperature(np.zeros(709), 3600.0, depths_m=(0.0, 0.3, 1.0), tolerance_k=1e-4)
    balance_k = (0.018 / (0.95 * SIGMA)) ** 0.25
    assert dark.surface_temperature_k.to_numpy() == pytest.approx(balance_k, abs=1e-3)
    # Below it warms by the geothermal flux over the conductivity, integrated here on a grid of its own.
    z, t = np.linspace(0.0, 1.0, 20001), balance_k
    for upper, lower in itertools.pairwise(z):
        solid = 3.4e-3 - (3.4e-3 - 7.4e-4) * np.exp(-0.5 * (upper + lower) / 0.07)
        t += 0.018 * (lower - upper) / (solid * (1.0 + 2.7 * (t / 350.0) ** 3))
    assert float(dark.temperature_k[-1, 2]) == pytest.approx(t, abs=0.02)
    assert float(dark.temperature_k[-1, 0]) == float(dark.surface_temperature_k[-1])


@pytest.mark.parametrize("factor", [1, 2])
def test_linear_ground_damps_and_delays_each_harmonic(factor):
    # Carslaw and Jaeger 1959, section 2.6: with constant properties each harmonic of the surface temperature goes
    # down as exp(-(1 + i) z sqrt(omega / 2 kappa)); the mean rises by geothermal flux / conductivity.
    ground = Regolith(
        deep_density_kg_m3=1100.0,
        deep_conductivity_w_m_k=7.4e-4,
        radiative_chi=0.0,
        heat_capacity_j_kg=(600.0, 0.0, 0.0, 0.0, 0.0),
        first_layer_m=0.001 / factor,
        layer_growth=1.0 + 0.08 / factor,
    )
    steps, depths_m = 1000 * factor**2, (0.01, 0.03, 0.1)
    column = column_temperature(equator_flux(steps), LUNAR_DAY_S / steps, depths_m, ground, tolerance_k=1e-4)
    spectrum = np.fft.rfft(column.surface_temperature_k.to_numpy())
    omega = 2.0 * np.pi * np.arange(spectrum.size) / LUNAR_DAY_S
    worst_k = 0.0
    for k, z in enumerate(depths_m):
        there = spectrum * np.exp(-(1.0 + 1.0j) * z * np.sqrt(omega * 1100.0 * 600.0 / (2.0 * 7.4e-4)))
        there[0] += steps * 0.018 * z / 7.4e-4
        error = column.temperature_k[:, k].to_numpy() - np.fft.irfft(there, steps)
        worst_k = max(worst_k, np.abs(error).max())
    # The surface swings by 300 K, some 10 K a step at sunrise, and the step is first order: 0.3 % of the swing at a
    # thousandth of a day, and a third of that or less at a quarter of the step.
    assert worst_k < 0.9 / 3 ** (factor - 1)


def test_energy_books_close_and_would_show_a_leak():
    flux, step_s = equator_flux(709), LUNAR_DAY_S / 709
    column = column_temperature(flux, step_s)
    assert abs(column.attrs["energy_residual"]) < 1e-10
    # What is radiated, from the surface temperatures alone, is what came in once the days repeat themselves.
    radiated = 0.95 * SIGMA * (column.surface_temperature_k.to_numpy() ** 4).mean()
    assert radiated == pytest.approx(flux.mean() + 0.018, rel=1e-5)
    made = regolith._Column(Regolith(), step_s, np.array([0.1]))
    start_k = np.full(made.mass_kg_m2.size + 1, 200.0)
    run = made.march(flux, start_k)
    assert abs(regolith._energy_residual(made, flux, start_k, run)) < 1e-10
    assert regolith._energy_residual(made, 1.001 * flux, start_k, run) == pytest.approx(1e-3, rel=0.02)


def test_heat_content_is_the_integral_of_the_heat_capacity():
    made = regolith._Column(Regolith(), 3600.0, np.array([0.1]))
    c = np.polynomial.Polynomial(Regolith().heat_capacity_j_kg)
    nodes = made.mass_kg_m2.size + 1
    gained = made.heat_j_m2(np.full(nodes, 300.0)) - made.heat_j_m2(np.full(nodes, 100.0))
    kelvin = np.linspace(100.0, 300.0, 2001)
    assert gained == pytest.approx(made.mass_kg_m2 * np.trapezoid(c(kelvin), kelvin), rel=1e-6)


def test_shorter_steps_and_finer_layers_converge():
    fine = column_temperature(equator_flux(709 * 16), LUNAR_DAY_S / (709 * 16))
    errors = []
    for factor in (1, 2, 4):
        run = column_temperature(equator_flux(709 * factor), LUNAR_DAY_S / (709 * factor))
        gap = run.surface_temperature_k.to_numpy()[::factor] - fine.surface_temperature_k.to_numpy()[::16]
        errors.append(np.sqrt((gap**2).mean()))
    # First order: each halving of the step takes at least a third off; hours are good to 0.1 K over the day.
    assert errors[0] < 0.1
    assert errors[1] < 0.67 * errors[0]
    assert errors[2] < 0.67 * errors[1]
    shipped = column_temperature(equator_flux(709), LUNAR_DAY_S / 709)
    thin = dataclasses.replace(Regolith(), first_layer_m=0.0005, layer_growth=1.05, depth_m=4.0)
    other = column_temperature(equator_flux(709), LUNAR_DAY_S / 709, ground=thin)
    # The hours after sunrise, when the surface gains 7 K an hour, differ most.
    assert shipped.surface_temperature_k.to_numpy() == pytest.approx(other.surface_temperature_k.to_numpy(), abs=0.2)
    # At depth it is the straight line between the middles of two layers.
    assert shipped.temperature_k.to_numpy() == pytest.approx(other.temperature_k.to_numpy(), abs=0.3)


def test_spun_up_ground_repeats_itself_however_long_it_runs():
    flux, step_s, shallow = equator_flux(709), LUNAR_DAY_S / 709, Regolith(depth_m=1.0)
    long = column_temperature(np.tile(flux, 40), step_s, (0.1, 0.5), shallow, cycle_steps=709)
    first, last = long.temperature_k.to_numpy()[:709], long.temperature_k.to_numpy()[-709:]
    assert np.abs(last - first).max() < 0.05
    plain = regolith._Column(shallow, step_s, np.array([0.5]))
    run = plain.march(np.tile(flux, 500), np.full(plain.mass_kg_m2.size + 1, 250.0))
    # Forty years without the short cut end where it does.
    assert run.temperature_k[-709:, 0] == pytest.approx(long.temperature_k.sel(depth_m=0.5).to_numpy()[-709:], abs=0.1)


@pytest.mark.parametrize(
    ("elevation_deg", "clearance_deg"), [(5.0, 5.0), (0.1, 0.1), (-0.2, -0.2), (0.5, 0.1), (-1, 3)]
)
def test_disk_cosine_is_the_mean_over_the_disk(elevation_deg, clearance_deg):
    across = np.linspace(-1.0, 1.0, 2001)
    x, y = np.meshgrid(across, across)
    up = elevation_deg + 0.27 * y
    lit = np.where((up > 0.0) & (clearance_deg + 0.27 * y > 0.0), np.sin(np.radians(up)), 0.0)
    assert disk_cosine(elevation_deg, clearance_deg, 0.27) == pytest.approx(lit[x * x + y * y < 1.0].mean(), abs=2e-6)


def test_slopes_face_the_sun_or_turn_away():
    light = made_light(30.0, sun_elevation_deg=1.0)
    flat = site_temperature(light).absorbed_sun_w_m2
    tilted = site_temperature(light, slope_deg=20.0, aspect_deg=90.0)
    azimuth = light.sun_azimuth_deg.to_numpy()
    facing, behind = np.argmin(np.abs(azimuth - 90.0)), np.argmin(np.abs(azimuth - 270.0))
    sun_w_m2 = float(flat[facing]) / (np.sin(np.radians(1.0)) * (1.0 - Regolith().albedo(89.0)))
    assert float(tilted.absorbed_sun_w_m2[facing]) == pytest.approx(
        sun_w_m2 * np.sin(np.radians(21.0)) * (1.0 - Regolith().albedo(69.0)), rel=1e-4
    )
    # Perihelion is in early January: the Sun is stronger than at 1 au.
    assert 1360.8 / 1.0168**2 < sun_w_m2 < 1360.8 / 0.9806**2
    assert float(tilted.absorbed_sun_w_m2[behind]) == 0.0
    assert tilted.surface_temperature_k.argmax("time") >= facing


def test_eclipses_and_the_horizon_take_the_sun_away():
    light = made_light(30.0)
    light["sun_eclipsed_fraction"][100] = 1.0
    light["sun_horizon_deg"][200] = 2.0
    sun = site_temperature(light).absorbed_sun_w_m2.to_numpy()
    assert sun[100] == sun[200] == 0.0
    assert sun[99] > 0.0


def test_surroundings_warm_a_shadowed_floor():
    light = made_light(400.0, sun_elevation_deg=-5.0)
    cold = site_temperature(light)
    warm = site_temperature(light, environment_w_m2=0.5 * SIGMA * 120.0**4)
    assert float(cold.surface_temperature_k.mean()) == pytest.approx(24.04, abs=0.05)
    balance_k = ((0.018 + 0.95 * 0.5 * SIGMA * 120.0**4) / (0.95 * SIGMA)) ** 0.25
    assert float(warm.surface_temperature_k.mean()) == pytest.approx(balance_k, abs=0.05)
    assert cold.attrs["spin_up_days"] == pytest.approx(12 * 29.530588861, abs=0.05)
    assert {values.attrs["units"] for values in cold.data_vars.values()} == {"K", "W m-2"}


def test_the_light_of_a_real_site_is_taken():
    light = site_light(site_horizon(-86.014, 2.65), "2024-01-01T00:00:00Z", "2024-03-01T00:00:00Z")
    ground = site_temperature(light, depths_m=(0.5,))
    sun, fraction = ground.absorbed_sun_w_m2.to_numpy(), light.sun_fraction.to_numpy()
    assert np.array_equal(sun > 0.0, (fraction > 0.0) & (light.sun_elevation_deg.to_numpy() > -0.28))
    # Face on, at perihelion, without any albedo: nothing is warmer; and the ground always has its own heat.
    assert 24.0 < ground.surface_temperature_k.min() < ground.surface_temperature_k.max() < 397.0
    assert np.array_equal(ground.time.to_numpy(), light.time.to_numpy())
    assert "1600 m" in ground.attrs["warnings"]


def test_a_high_mast_is_warned_of():
    assert site_temperature(made_light(30.0)).attrs["warnings"] == ""
    assert "10 m up" in site_temperature(made_light(30.0, mast_m=10.0)).attrs["warnings"]


def test_wrong_input_is_refused():
    with pytest.raises(InputError, match="one lunar day"):
        site_temperature(made_light(20.0))
    for flux in (np.array([1.0, -1.0]), np.array([np.nan]), np.zeros((2, 2)), np.zeros(0)):
        with pytest.raises(InputError, match="fluxes"):
            column_temperature(flux, 3600.0)
    with pytest.raises(InputError, match="depths"):
        column_temperature(np.ones(10), 3600.0, depths_m=(5.0,))
    with pytest.raises(InputError, match="layer_growth"):
        column_temperature(np.ones(10), 3600.0, ground=Regolith(layer_growth=1.0))
    with pytest.raises(ConvergenceError, match="cycles"):
        column_temperature(equator_flux(100), LUNAR_DAY_S / 100, tolerance_k=0.0)
