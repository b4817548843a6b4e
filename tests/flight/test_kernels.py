"""The kernels against the room they stand beside: `sky`, and partials against differences."""

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from malapert.flight import (
    CISLUNAR,
    Forces,
    compiled,
    dop853,
    dynamics,
    launch_motion,
    moon_state,
    multistep,
    propagate,
)
from malapert.flight.conics import earth_pole_icrf
from malapert.flight.elements import icrf_to_moon_fixed
from malapert.flight.forces import model
from malapert.flight.propagate import fly
from malapert.sky import ephemeris, frames
from malapert.sky.time import tdb_s

EPOCHS = [tdb_s(day) for day in ("1975-03-01T00:00:00Z", "2027-06-15T12:34:56Z", "2049-12-31T00:00:00Z")]


@pytest.mark.parametrize("epoch", EPOCHS)
def test_moon_is_where_sky_has_it(epoch: float) -> None:
    expected = ephemeris.state("moon", "earth", epoch)
    assert np.allclose(moon_state(epoch)[:3], expected[:3], rtol=0.0, atol=1e-6)
    assert np.allclose(moon_state(epoch)[3:], expected[3:], rtol=0.0, atol=1e-11)
    # The Moon has turned by 4,200 rad in 2050, which resolve to 9e-13; each of the two sums rounds for itself.
    assert np.allclose(icrf_to_moon_fixed(epoch), frames.icrf_to_moon_pa(epoch), rtol=0.0, atol=4e-12)


@pytest.mark.parametrize("epoch", EPOCHS)
def test_earths_pole_is_good_enough_for_its_field(epoch: float) -> None:
    """Nutation, left out of the gravity's axes, stays under 20 arc seconds: 1e-4 rad."""
    assert np.linalg.norm(earth_pole_icrf(epoch) - frames.icrf_to_itrf(epoch)[2]) < 1e-4


@pytest.mark.parametrize("forces", [Forces(), CISLUNAR])
def test_partials_match_differences(forces: Forces) -> None:
    state = np.array([-3000.0, 2500.0, 1500.0, 0.5, 0.9, -0.6])
    epoch, duration = EPOCHS[1], 20000.0
    kernel = model(forces, "moon")
    flown = fly(np.concatenate([state, np.eye(6).ravel()]), epoch, epoch + duration, kernel, tolerance=1e-13)[2]
    matrix = flown[6:].reshape(6, 6)
    for j in range(6):
        h = 1e-2 if j < 3 else 1e-5
        bump = h * np.eye(6)[j]
        ends = [fly(state + s * bump, epoch, epoch + duration, kernel, tolerance=1e-13)[2] for s in (1.0, -1.0)]
        difference = (ends[0] - ends[1]) / (2.0 * h)
        assert np.allclose(matrix[:, j], difference, rtol=1e-4, atol=1e-5 * np.abs(difference).max())


KERNELS = (dop853.integrate, multistep.integrate, launch_motion.fly_piece, dynamics.right_side(model(Forces(), "moon")))


@pytest.mark.parametrize("kernel", KERNELS, ids=("dop853", "multistep", "launch", "right side"))
def test_a_cached_kernel_knows_all_its_sources(kernel: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A change in any file with kernels compiles it anew: the index on disk carries their stamps."""
    propagate([1900.0, 0.0, 0.0, 0.0, 1.6, 0.1], 0.0, 60.0)
    index = kernel._cache._cache_file
    assert index._source_stamp == compiled.sources_stamp()
    monkeypatch.setattr(index, "_source_stamp", (*compiled.sources_stamp()[1:], (0.0, 0)))
    assert not index._load_index()  # stale: nothing would be loaded


def test_every_file_with_kernels_is_among_the_sources() -> None:
    folder = Path(compiled.__file__).parent
    with_kernels = {
        file.name for file in folder.glob("*.py") if re.search(r"_kernel$|numba\.njit", file.read_text(), re.M)
    }
    assert with_kernels <= {source.name for source in compiled.SOURCES}
