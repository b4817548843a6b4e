"""States between the states of an orbit ephemeris message, as the message says they are to be interpolated."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from malapert.data.oem import OemSegment
from malapert.errors import CoverageError, InputError
from malapert.sky.time import J2000, TT_MINUS_TAI_S, tdb_minus_tt_s, tdb_s

Array = NDArray[np.float64]

# SPICE too reads EME2000 as ICRF; the two differ by 0.02 arcsec, 2 m at 20,000 km.
FRAMES: Final = ("ICRF", "GCRF", "EME2000")
CENTERS: Final = {
    "SOLAR SYSTEM BARYCENTER": "ssb",
    "EARTH BARYCENTER": "emb",
    "EARTH-MOON BARYCENTER": "emb",
    **{name: name.lower() for name in ("SUN", "MERCURY", "VENUS", "EARTH", "MOON")},
    **{f"{name} BARYCENTER": name.lower() for name in ("MERCURY", "VENUS", "MARS", "JUPITER", "SATURN")},
}
# What a message that names no method is read with.
ASSUMED: Final = ("HERMITE", 7)
# Epochs worked on together: bounds the memory of their windows.
_BLOCK: Final = 16_384


def checked(segment: OemSegment, file: str) -> OemSegment:
    """The segment when its frame, centre and clock are among those read; InputError says which are."""
    for what, found, known in (
        ("REF_FRAME", segment.ref_frame, FRAMES),
        ("CENTER_NAME", segment.center_name, tuple(CENTERS)),
        ("TIME_SYSTEM", segment.time_system, ("UTC", "TAI", "TT", "TDB")),
    ):
        if found not in known:
            raise InputError(f"{file}: {what} {found} of {segment.object_name} is not read; use {', '.join(known)}")
    return segment


def epochs_tdb_s(epochs: NDArray[np.datetime64], time_system: str) -> Array:
    """TDB seconds past J2000 of clock readings (n,) of UTC, TAI, TT or TDB, to the nanosecond they are kept in."""
    whole = epochs.astype("datetime64[us]")
    rest_s = (epochs.astype("datetime64[ns]") - whole).astype(np.float64) / 1e9
    if time_system == "UTC":
        result: Array = np.asarray(tdb_s(whole)) + rest_s
        return result
    clock_s: Array = (whole - J2000).astype(np.int64) / 1e6 + rest_s
    if time_system == "TDB":
        return clock_s
    tt = clock_s + (TT_MINUS_TAI_S if time_system == "TAI" else 0.0)
    return tt + tdb_minus_tt_s(tt)


def span_tdb_s(segment: OemSegment) -> tuple[float, float]:
    """From when to when the segment may be used."""
    first, last = epochs_tdb_s(np.array(segment.span), segment.time_system)
    return float(first), float(last)


def oem_state(segment: OemSegment, t_tdb_s: Array) -> Array:
    """State (n, 6), km and km/s, from the segment's centre at epochs (n,) inside its useable times.

    LAGRANGE and LINEAR interpolate positions and velocities each for themselves over degree + 1 states, HERMITE
    positions with velocities over (degree + 1) / 2, its velocity being the polynomial's; windows are the nearest states
    (SPICE's SPK types 9 and 13). Raises CoverageError outside.
    """
    first, last = span_tdb_s(segment)
    outside = ~((t_tdb_s >= first) & (t_tdb_s <= last))
    if outside.any():
        raise CoverageError(
            f"{segment.object_name} is given from {segment.span[0]} to {segment.span[1]} {segment.time_system}; "
            f"an epoch {t_tdb_s[outside][0] - first:.0f} s after the first was asked for"
        )
    nodes = epochs_tdb_s(segment.epochs, segment.time_system)
    method, degree = (segment.interpolation, segment.interpolation_degree) if segment.interpolation else ASSUMED
    out = np.empty((t_tdb_s.size, 6))
    for at in range(0, t_tdb_s.size, _BLOCK):
        part = slice(at, at + _BLOCK)
        out[part] = interpolated(nodes, segment.states, method, degree, t_tdb_s[part])
    return out


def interpolated(nodes: Array, states: Array, method: str, degree: int, t: Array) -> Array:
    """States (n, 6) at epochs t (n,) between states (m, 6) at rising nodes (m,); see `oem_state`."""
    hermite = method == "HERMITE"
    size = min((degree + 1) // 2 if hermite else degree + 1, len(nodes))
    window = _first(nodes, size, t)[:, None] + np.arange(size)
    at, values = nodes[window] - t[:, None], states[window]
    if hermite:
        return _newton(np.repeat(at, 2, axis=1), np.repeat(values[..., :3], 2, axis=1), values[..., 3:])
    return _newton(at, values, None)[:, :6]


def _first(nodes: Array, size: int, t: Array) -> NDArray[np.int64]:
    """Index of the first of the `size` states used at each epoch: as many before as after, or about the nearest."""
    after = np.clip(np.searchsorted(nodes, t, side="right"), 1, len(nodes) - 1)
    if size % 2:
        middle = after - (t - nodes[after - 1] <= nodes[after] - t)
        first = middle - size // 2
    else:
        first = after - size // 2
    return np.clip(first, 0, len(nodes) - size)


def _newton(at: Array, values: Array, slopes: Array | None) -> Array:
    """Polynomial through values (n, m, c) at times (n, m) counted from where it is asked for: value and rate (n, 2 c).

    Newton's divided differences (Conte and de Boor 1980, section 2.4); with slopes (n, m / 2, c) every node is double.
    """
    table = values.copy()
    m = at.shape[1]
    for order in range(1, m):
        gap = at[:, order:] - at[:, :-order]
        rise = table[:, order:] - table[:, order - 1 : -1]
        if order == 1 and slopes is not None:
            gap[:, ::2] = 1.0
            rise[:, ::2] = slopes
        table[:, order:] = rise / gap[..., None]
    value, rate = table[:, -1], np.zeros_like(table[:, -1])
    for k in range(m - 2, -1, -1):
        rate = value - at[:, k, None] * rate
        value = table[:, k] - at[:, k, None] * value
    return np.concatenate([value, rate], axis=-1)
