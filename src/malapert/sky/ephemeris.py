"""Where the Sun, the planets, the Earth and the Moon are: geometric, ICRF axes, TDB; DE440 unless another is in use."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from malapert import data
from malapert.constants import SPEED_OF_LIGHT_KM_S
from malapert.data.pack import Ephemeris
from malapert.errors import CoverageError, InputError
from malapert.sky import chebyshev
from malapert.sky.time import J2000, utc

Array = NDArray[np.float64]

BODIES: Final = ("ssb", "sun", "mercury", "venus", "earth", "moon", "emb", "mars", "jupiter", "saturn")
_LIGHT_TIME_PASSES: Final = 3
_IN_USE: ContextVar[Ephemeris | None] = ContextVar("ephemeris in use", default=None)


def in_use() -> Ephemeris:
    """The ephemeris every function of this room asks: the shipped DE440, or the one of the innermost `using`."""
    return _IN_USE.get() or data.ephemeris()


@contextmanager
def using(ephemeris: Ephemeris) -> Iterator[None]:
    """Within this block (and processes forked in it) the sky is this ephemeris's; flights stay in the shipped one."""
    token = _IN_USE.set(ephemeris)
    try:
        yield
    finally:
        _IN_USE.reset(token)


def check_span(t_tdb_s: ArrayLike) -> Array:
    """The epochs as float64, or CoverageError when one lies outside the ephemeris or is not a number."""
    t = np.asarray(t_tdb_s, dtype=np.float64)
    first, last = in_use().span_tdb_s
    outside = ~((t >= first) & (t <= last))
    if outside.any():
        worst = float(t[outside].flat[0])
        found = f"{utc(worst)} UTC" if np.isfinite(worst) and abs(worst) < 1e11 else f"t = {worst} s"
        raise CoverageError(
            f"the ephemeris covers {_date(first)} to {_date(last)} TDB, an epoch at {found} was asked for; "
            "move the epoch inside the span"
        )
    return t


def _date(t_tdb_s: float) -> str:
    """Date on the TDB clock, with the time of day where it is not midnight."""
    text = str(J2000.astype("datetime64[s]") + np.timedelta64(round(t_tdb_s), "s"))
    return text.removesuffix("T00:00:00")


def _weights(body: str) -> dict[str, float]:
    """A body's place from the solar-system barycentre as a sum of stored series.

    The Earth-Moon barycentre divides the geocentric Moon by EMRAT, the ratio of the masses.
    """
    ratio = in_use().constants["EMRAT"]
    if body == "ssb":
        return {}
    if body == "earth":
        return {"emb": 1.0, "moon": -1.0 / (1.0 + ratio)}
    if body == "moon":
        return {"emb": 1.0, "moon": ratio / (1.0 + ratio)}
    if body in BODIES:
        return {body: 1.0}
    raise InputError(f"no ephemeris for {body!r}; use one of {', '.join(BODIES)}")


def _sum(weights: dict[str, float], t: Array, columns: int) -> Array:
    """The weighted series at epochs (...): (..., columns), 3 for positions, 6 with velocities."""
    flat = np.ascontiguousarray(t).reshape(-1)
    out = np.zeros((flat.size, columns))
    segments = in_use().segments
    for name, weight in weights.items():
        if weight != 0.0:
            segment = segments[name]
            chebyshev.add_series(segment.start_tdb_s, segment.step_s, segment.coefficients, weight, flat, out)
    return out.reshape(*t.shape, columns)


def _relative(target: str, center: str, t_tdb_s: ArrayLike, columns: int) -> Array:
    """Series that do not cancel between center and target, at checked epochs."""
    total = _weights(target)
    for name, weight in _weights(center).items():
        total[name] = total.get(name, 0.0) - weight
    return _sum(total, check_span(t_tdb_s), columns)


def position_km(target: str, center: str, t_tdb_s: ArrayLike) -> Array:
    """Geometric position of target from center, ICRF axes, km: (..., 3) for epochs (...).

    Names: ssb sun mercury venus earth moon emb mars jupiter saturn (Mars, Jupiter and Saturn are their systems'
    barycentres). Raises CoverageError outside the span, InputError for another name. DE440 (Park et al. 2021),
    1960-2060, unless another ephemeris is in use.
    """
    return _relative(target, center, t_tdb_s, 3)


def state(target: str, center: str, t_tdb_s: ArrayLike) -> Array:
    """Geometric position and velocity of target from center, ICRF axes, km and km/s: (..., 6). See position_km."""
    return _relative(target, center, t_tdb_s, 6)


def retarded_km(target: str, ssb_to_observer_icrf_km: Array, t_tdb_s: ArrayLike) -> Array:
    """Vector (..., 3) from an observer at t to where target was when its light left, ICRF, km.

    Newtonian light time, iterated: what remains is lt (v/c)^3, under 1 mm for every body here.
    """
    weights, t = _weights(target), check_span(t_tdb_s)
    vector = _sum(weights, t, 3) - ssb_to_observer_icrf_km
    for _ in range(_LIGHT_TIME_PASSES):
        # The series begin three weeks before the span, so light may have left before it.
        left = t - np.sqrt(np.einsum("...i,...i->...", vector, vector)) / SPEED_OF_LIGHT_KM_S
        vector = _sum(weights, left, 3) - ssb_to_observer_icrf_km
    return vector
