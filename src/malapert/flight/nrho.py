"""A near-rectilinear halo orbit in the real ephemeris, as the transfers ask for it: by an apolune and a few turns."""

from functools import lru_cache

from malapert.flight.families import FAMILIES, periodic_orbit
from malapert.flight.forces import CISLUNAR, Forces
from malapert.flight.patched import PatchedOrbit, grow

Nrho = PatchedOrbit


@lru_cache(maxsize=32)
def grow_nrho(
    apolune_tdb_s: float, revolutions: int = 4, *, period: float = FAMILIES["halo-l2"].period, forces: Forces = CISLUNAR
) -> Nrho:
    """A southern L2 halo orbit whose first apolune falls near an epoch, continuous over the revolutions asked for.

    Raises ConvergenceError as `patched.grow` does.
    """
    return grow(periodic_orbit("halo-l2", period), apolune_tdb_s, revolutions, forces=forces)
