"""A week of a low polar orbiter over the Connecting Ridge, and what a tenth of a watt carries at its greatest range."""

import numpy as np

from malapert import terrain
from malapert.flight.held import held_circular_orbit
from malapert.sky.contacts import LunarSite, Orbiter, contacts
from malapert.sky.links import Link, Receiver, Transmitter
from malapert.sky.time import tdb_s


def main() -> None:
    eye = terrain.site_horizon(-89.45, 222.7, near=terrain.near_horizon("connecting_ridge"))
    site = LunarSite(-89.45, 222.7, eye.eye_height_m, mask_deg=5.0, horizon_deg=eye.at)
    start = tdb_s("2030-01-01T00:00:00Z")
    orbiter = Orbiter(lambda t: held_circular_orbit(100.0, 90.0, 0.0, start, t))
    found = contacts(orbiter, site, start + np.arange(0.0, 7.0 * 86400.0, 60.0))
    lengths_min = np.diff(found.spans_tdb_s).ravel() / 60.0
    farthest_km = found.range_km[found.seen].max()
    link = Link(Transmitter("x", 0.1, 0.1), Receiver(0.5, 300.0))
    print(f"{len(lengths_min)} passes, {lengths_min.mean():.1f} min each; farthest {farthest_km:.0f} km")
    print(f"0.1 W from a 10 cm dish at X band then carry {float(link.rate_mbit_s(farthest_km)):.1f} Mbit/s")


if __name__ == "__main__":
    main()
