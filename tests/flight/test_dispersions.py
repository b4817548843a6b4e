"""Touchdown dispersions: Monte Carlo and linear covariance agree, are reproducible, and point where the error does."""

import math

import numpy as np
import pytest

from malapert.errors import ConvergenceError, InputError
from malapert.flight import Elements, Lander, Site, descend, lunar_state
from malapert.flight.descent import crossrange_deg
from malapert.flight.dispersions import Errors, disperse, linear_ellipse
from malapert.sky.time import tdb_s

GM = 4902.79996708864
EPOCH = tdb_s("2030-03-04T00:00:00Z")
SITE = Site(-60.0, 30.0, 500.0)
SMALL = Errors(
    30.0, 60.0, 30.0, 0.03, 0.03, 0.03, thrust=3e-4, specific_impulse=2e-4, pitch_deg=0.01, yaw_deg=0.01,
    ignition_s=0.02, cutoff_s=0.02,
)  # fmt: skip


@pytest.fixture(scope="module")
def landing():
    def at(node):
        return lunar_state(Elements(1837.4, 0.0, 80.0, node, 0.0, 0.0), EPOCH, GM)

    aside = lambda node: abs(crossrange_deg(at(node), EPOCH + 5000.0, SITE))  # noqa: E731
    return descend(
        at(min(np.arange(0.0, 360.0, 0.5), key=aside)), EPOCH, SITE, Lander(4000.0, 8000.0, 315.0), gate_height_m=2000.0
    )


def test_monte_carlo_and_linear_covariance_agree_for_small_errors(landing):
    found = disperse(landing, SMALL, 600, seed=3)
    assert found.crashed == 0 and len(found.landings) == 600
    # 600 draws know a standard deviation to 3 %: three of those, and a little curvature.
    assert found.flown.long_m == pytest.approx(found.linear.long_m, rel=0.12)
    assert found.flown.short_m == pytest.approx(found.linear.short_m, rel=0.12)
    assert found.flown.propellant_kg == pytest.approx(found.linear.propellant_kg, rel=0.12)
    turned = (found.flown.azimuth_deg - found.linear.azimuth_deg + 90.0) % 180.0 - 90.0
    assert abs(turned) < 5.0
    inside = np.mean(_distance(found) < 3.0)
    assert inside == pytest.approx(0.989, abs=0.012)


def _distance(found):
    """Distance of the landings from their centre in sigmas, by the flown ellipse."""
    ellipse = found.flown
    angle = math.radians(ellipse.azimuth_deg)
    east, north = found.landings[:, 0] - ellipse.east_m, found.landings[:, 1] - ellipse.north_m
    along, across = east * math.sin(angle) + north * math.cos(angle), east * math.cos(angle) - north * math.sin(angle)
    return 3.0 * np.hypot(along / ellipse.long_m, across / ellipse.short_m)


def test_the_seed_decides_and_the_cores_do_not(landing):
    one, two, other = (disperse(landing, SMALL, 40, seed=seed, workers=k) for seed, k in ((5, 1), (5, 2), (6, 2)))
    assert np.array_equal(one.landings, two.landings)
    assert not np.array_equal(one.landings, other.landings)


def test_no_errors_no_ellipse(landing):
    found = disperse(landing, Errors(), 5)
    assert found.flown.long_m == pytest.approx(0.0, abs=1e-6)
    assert found.linear.long_m == 0.0
    assert found.mean_propellant_kg == pytest.approx(landing.plan.craft[6] - landing.landed_mass_kg, rel=1e-6)


def test_an_error_across_the_path_spreads_across_it(landing):
    along = linear_ellipse(landing, Errors(along_m=100.0))
    across = linear_ellipse(landing, Errors(across_m=100.0))
    apart = abs((along.azimuth_deg - across.azimuth_deg + 90.0) % 180.0 - 90.0)
    assert apart == pytest.approx(90.0, abs=5.0)
    # Along the path an error of the start stays about what it is, three sigma of it.
    assert 150.0 < along.long_m < 350.0 and along.short_m < 1e-3 * along.long_m


def test_the_linear_ellipse_is_linear(landing):
    small, large = (linear_ellipse(landing, Errors(thrust=size)) for size in (1e-4, 2e-4))
    assert large.long_m == pytest.approx(2.0 * small.long_m, rel=1e-2)


def test_errors_too_large_for_the_gate_crash_and_say_so(landing):
    assert 0 < disperse(landing, Errors(thrust=0.05), 40).crashed < 20
    with pytest.raises(ConvergenceError, match=r"of 40 histories crash|not down"):
        disperse(landing, Errors(thrust=0.3), 40)


@pytest.mark.parametrize("errors", [Errors(up_m=-1.0), Errors(thrust=math.nan), Errors(yaw_deg=math.inf)])
def test_what_is_not_a_deviation_is_refused(landing, errors):
    with pytest.raises(InputError, match="standard deviations"):
        disperse(landing, errors, 10)
    with pytest.raises(InputError):
        disperse(landing, SMALL, 1)
