"""Paths and ephemerides out of files the user names: any SPK (through CSPICE), lunar binary PCK, OEM.

Nothing stays loaded: each call opens its file and leaves SPICE's kernel pool as it found it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from malapert import data
from malapert.data.daf import CHEBYSHEV, DafSegment, chebyshev_series, last_words, read_daf
from malapert.data.kernel_files import MARGIN_S, NAIF_NAMES, ORIENTATION, inspect
from malapert.data.oem import read_oem
from malapert.data.pack import Ephemeris, Segment
from malapert.errors import CoverageError, InputError
from malapert.sky import chebyshev, ephemeris, oem
from malapert.sky.frames import PA_FRAME_CLASS
from malapert.sky.time import utc

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]

_MOON, _EARTH, _EMB, _SSB = 301, 399, 3, 0
_CODES: Final = {name: code for code, name in reversed(NAIF_NAMES.items())}
# A body's path is kept as series of half the shipped length; the worst misfit that is let pass.
_WORST_FIT_KM: Final = 1e-3
_LEAVE_OUT: Final = "leave it out with bodies = [...]"


@dataclass(frozen=True)
class KernelPath:
    """A body's path in a kernel: the stretches of TDB seconds it is given for, and how it is read, in words."""

    file: Path
    body: str
    spans_tdb_s: tuple[tuple[float, float], ...]
    words: str
    state: Callable[[Array], Array]

    def covers(self, t_tdb_s: Array) -> Flags:
        """(n,): whether the path is given at each epoch."""
        inside = [(t_tdb_s >= first) & (t_tdb_s <= last) for first, last in self.spans_tdb_s]
        result: Flags = np.any(inside, axis=0)
        return result

    def state_from_moon(self, t_tdb_s: Array) -> Array:
        """Moon to body, ICRF (n, 6) km and km/s, at epochs (n,); CoverageError where the kernel says nothing."""
        outside = ~self.covers(t_tdb_s)
        if outside.any():
            epoch = utc(float(t_tdb_s[outside][0]))
            raise CoverageError(f"{self.file.name} gives {self.body} {self.coverage()}; {epoch} UTC was asked for")
        return self.state(t_tdb_s)

    def coverage(self) -> str:
        """The stretches in words."""
        stretches = [f"from {_day(first)} to {_day(last)}" for first, last in self.spans_tdb_s]
        shown = stretches if len(stretches) <= 4 else [*stretches[:3], f"in {len(stretches) - 3} more stretches"]
        return ", ".join(shown)


def kernel_path(file: Path, body: str) -> KernelPath:
    """The path of one body of an SPK or OEM: an SPK's bodies by NAIF name or code, an OEM's by object name or id."""
    kernel = inspect(file)
    if kernel.held(body) is None or kernel.kind == "PCK":
        raise InputError(f"{file}: no path of {body!r}; it holds {', '.join(kernel.bodies)}")
    return _oem_path(file, body) if kernel.kind == "OEM" else _spk_path(file, body)


def _day(t_tdb_s: float) -> str:
    return str(utc(t_tdb_s).astype("datetime64[m]")) + "Z"


def _joined(spans: list[tuple[float, float]]) -> tuple[tuple[float, float], ...]:
    """Stretches in order, those that touch made one."""
    result: list[tuple[float, float]] = []
    for first, last in sorted(spans):
        if result and first <= result[-1][1]:
            result[-1] = (result[-1][0], max(last, result[-1][1]))
        else:
            result.append((first, last))
    return tuple(result)


def _oem_path(file: Path, body: str) -> KernelPath:
    segments = [
        oem.checked(segment, file.name)
        for segment in read_oem(file).segments
        if body in (segment.object_name, segment.object_id)
    ]
    spans = [oem.span_tdb_s(segment) for segment in segments]

    def state(t: Array) -> Array:
        out = np.full((t.size, 6), np.nan)
        for segment, (first, last) in zip(segments, spans, strict=True):
            inside = (t >= first) & (t <= last)
            center = oem.CENTERS[segment.center_name]
            out[inside] = oem.oem_state(segment, t[inside]) + ephemeris.state(center, "moon", t[inside])
        return out

    ways = {f"{s.interpolation.capitalize()} of degree {s.interpolation_degree}" for s in segments if s.interpolation}
    if any(not segment.interpolation for segment in segments):
        ways.add(f"{oem.ASSUMED[0].capitalize()} of degree {oem.ASSUMED[1]}, as the message names no method")
    frames = {segment.ref_frame + (" taken as ICRF" if segment.ref_frame == "EME2000" else "") for segment in segments}
    words = f"OEM {file.name}, {' and '.join(sorted(frames))}, interpolated by {' and '.join(sorted(ways))}"
    return KernelPath(file, body, _joined(spans), words, state)


def _spk_path(file: Path, body: str) -> KernelPath:
    every = read_daf(file).segments
    segments = [segment for segment in every if NAIF_NAMES.get(segment.body, str(segment.body)) == body]
    spans = _joined([(segment.start_tdb_s, segment.end_tdb_s) for segment in segments])
    types = sorted({segment.data_type for segment in segments})
    words = f"SPK {file.name}, type {', '.join(str(number) for number in types)}"
    return KernelPath(file, body, spans, words, lambda t: _from_moon(file, every, segments[0].body, t))


def _from_moon(file: Path, every: tuple[DafSegment, ...], code: int, t: Array, depth: int = 0) -> Array:
    """An SPK's body from the Moon (n, 6): along its segments to a body whose place the ephemeris in use gives."""
    out = np.full((t.size, 6), np.nan)
    for segment in reversed([segment for segment in every if segment.body == code]):
        # Where segments overlap SPICE takes the last in the file.
        here = np.isnan(out[:, 0]) & (t >= segment.start_tdb_s) & (t <= segment.end_tdb_s)
        if not here.any():
            continue
        relative = _spk(file, code, segment.center, t[here])
        name = NAIF_NAMES.get(segment.center)
        if name is None and depth > 5:
            raise InputError(f"{file}: the path of {code} leads in a circle; write it from the Moon or the Earth")
        if name:
            out[here] = relative + ephemeris.state(name, "moon", t[here])
        else:
            out[here] = relative + _from_moon(file, every, segment.center, t[here], depth + 1)
    if np.isnan(out).any():
        raise CoverageError(f"{file}: {code} is given from another body whose own path it does not hold at all times")
    return out


def _spk(file: Path, target: int, center: int, t: Array) -> Array:
    """SPICE's spkgeo at epochs (n,): (n, 6), ICRF."""
    import spiceypy
    from spiceypy import cyice

    try:
        with spiceypy.KernelPool([str(file)]):
            states, _ = cyice.spkgeo_v(target, np.ascontiguousarray(t), "J2000", center)
    except spiceypy.exceptions.SpiceyError as error:
        raise InputError(f"{file}: SPICE cannot give {target} from {center}: {error.short} {error.explain}") from None
    return np.asarray(states, dtype=np.float64)


def with_kernels(kernels: Sequence[tuple[Path, tuple[str, ...]]], start_tdb_s: float, end_tdb_s: float) -> Ephemeris:
    """The shipped ephemeris with bodies of these files (path, bodies; all it holds when none) in place of its own.

    A later file comes before an earlier. Bodies that are not the Sun, planets, Earth, Moon or its orientation are left
    alone; with none of these the shipped ephemeris itself comes back. Paths are refitted as Chebyshev series, good to
    what the name says; CoverageError where a file does not reach from MARGIN_S before start to MARGIN_S after end.
    """
    result = data.ephemeris()
    for file, bodies in kernels:
        kernel = inspect(file)
        taken = [body for body in kernel.bodies if body in (*_CODES, ORIENTATION) and body in (bodies or kernel.bodies)]
        for body in taken:
            _check_reach(file, body, start_tdb_s, end_tdb_s)
        if kernel.kind == "PCK" and taken:
            result = _turned(result, file, start_tdb_s, end_tdb_s)
        elif kernel.kind == "SPK" and taken:
            result = _moved(result, file, taken, start_tdb_s, end_tdb_s)
    if result is data.ephemeris():
        return result
    first, last = result.span_tdb_s
    return replace(result, span_tdb_s=(max(first, start_tdb_s), min(last, end_tdb_s)))


def _check_reach(file: Path, body: str, start_tdb_s: float, end_tdb_s: float) -> None:
    held = inspect(file).held(body)
    first, last = utc(start_tdb_s - MARGIN_S), utc(end_tdb_s + MARGIN_S)
    if held is None or held.first > first or held.last < last:
        span = f"{held.first} to {held.last}" if held else "no time"
        raise CoverageError(f"{file}: gives {body} for {span}, {first} to {last} UTC is needed")


def _turned(base: Ephemeris, file: Path, start_tdb_s: float, end_tdb_s: float) -> Ephemeris:
    """With the Moon's orientation of a binary PCK: its Euler angles are series of the same kind."""
    daf = read_daf(file)
    for segment in reversed(daf.segments):
        if segment.start_tdb_s <= start_tdb_s - MARGIN_S and segment.end_tdb_s >= end_tdb_s + MARGIN_S:
            if segment.frame != 1:
                raise InputError(f"{file}: turns from frame {segment.frame}; only from ICRF (J2000, 1) is read")
            series = base.segments | {"libration": chebyshev_series(daf, segment)}
            constants = base.constants | {PA_FRAME_CLASS: float(segment.body)}
            name = f"{base.name}; Moon's orientation of {file.name}"
            return replace(base, name=name, segments=series, constants=constants)
    raise CoverageError(f"{file}: no one segment covers the whole time; join them, or shorten the programme")


def _moved(base: Ephemeris, file: Path, bodies: list[str], start_tdb_s: float, end_tdb_s: float) -> Ephemeris:
    """With the paths of an SPK."""
    codes = {segment.body: segment.center for segment in read_daf(file).segments}
    constants, paths = dict(base.constants), {}
    if {"earth", "moon"} & set(bodies):
        if not (_MOON in codes and (_EARTH in codes or codes[_MOON] == _EARTH)):
            raise InputError(f"{file}: the Earth and the Moon go together, and it holds one of them only; {_LEAVE_OUT}")
        paths["moon"] = (_MOON, _EARTH)
        if codes[_MOON] == codes.get(_EARTH) == _EMB:
            middle = np.array([0.5 * (start_tdb_s + end_tdb_s)])
            apart = [float(np.linalg.norm(_spk(file, code, _EMB, middle)[:, :3])) for code in (_MOON, _EARTH)]
            constants["EMRAT"] = apart[0] / apart[1]
    named = {"emb" if body == "earth" and _EMB in codes else body for body in bodies}
    for name in sorted(named - {"moon", "earth", "ssb"}):
        code = next(code for code, other in NAIF_NAMES.items() if other == name and code in codes)
        if not _reaches(codes, code):
            raise InputError(f"{file}: holds {name}, but not from the solar-system barycentre; {_LEAVE_OUT}")
        paths[name] = (code, _SSB)
    series, worst_km = dict(base.segments), 0.0
    for name, (target, center) in paths.items():
        shipped = data.ephemeris().segments[name]
        series[name], misfit_km = _fitted(file, target, center, shipped, start_tdb_s - MARGIN_S, end_tdb_s + MARGIN_S)
        worst_km = max(worst_km, misfit_km)
    name = f"{base.name}; {', '.join(bodies)} of {file.name} (to {max(worst_km * 1e6, 0.01):.2f} mm)"
    return replace(base, name=name, segments=series, constants=constants)


def _reaches(centers: dict[int, int], code: int) -> bool:
    """Whether the chain of centres ends at the solar-system barycentre."""
    for _ in range(8):
        if code == _SSB:
            return True
        if code not in centers:
            return False
        code = centers[code]
    return False


def _steps(file: Path, target: int, shipped: Segment, first_s: float, last_s: float) -> tuple[float, float, int]:
    """Start, step and terms for series through a path: the file's own where it is such a series, and nothing is lost.

    Otherwise steps of half the shipped length, from first to last.
    """
    daf = read_daf(file)
    for segment in reversed(daf.segments):
        inside = segment.start_tdb_s <= first_s and last_s <= segment.end_tdb_s
        if segment.body == target and segment.data_type == CHEBYSHEV and inside:
            start_s, step_s, words, _ = last_words(daf, segment, 4)
            return float(start_s), float(step_s), (int(words) - 2) // 3
    return (
        first_s,
        (last_s - first_s) / np.ceil((last_s - first_s) / (0.5 * shipped.step_s)),
        shipped.coefficients.shape[2] + 2,
    )


def _fitted(
    file: Path, target: int, center: int, shipped: Segment, first_s: float, last_s: float
) -> tuple[Segment, float]:
    """Chebyshev series through a path at Chebyshev nodes, and their worst misfit (km) between the nodes."""
    start_s, step_s, terms = _steps(file, target, shipped, first_s, last_s)
    skipped = int((first_s - start_s) // step_s)
    granules = int(np.ceil((last_s - start_s) / step_s)) - skipped
    start_s += skipped * step_s
    middles = start_s + (np.arange(granules) + 0.5) * step_s
    angles = np.pi * (np.arange(terms) + 0.5) / terms
    offsets = 0.5 * step_s * np.cos(angles)
    t = middles[:, None] + offsets
    states = _spk(file, target, center, t.reshape(-1)).reshape(granules, terms, 6)
    # Epochs resolve to 0.1 us, 4 mm of the Earth's path: back to where the node lies.
    values = states[..., :3] - states[..., 3:] * ((t - middles[:, None]) - offsets)[..., None]
    to_terms = np.cos(np.outer(np.arange(terms), angles)) * (2.0 / terms)
    to_terms[0] *= 0.5
    # Sums of differences: a thousand million kilometres ten times over would round to millimetres.
    middle = values[:, terms // 2]
    coefficients = np.einsum("kj,gja->gak", to_terms, values - middle[:, None])
    coefficients[..., 0] += middle
    segment = Segment(start_s, step_s, np.ascontiguousarray(coefficients))
    between = np.random.default_rng(target).uniform(first_s, last_s, 4000)
    fit = np.zeros((between.size, 3))
    chebyshev.add_series(segment.start_tdb_s, segment.step_s, segment.coefficients, 1.0, between, fit)
    misfit_km = float(np.abs(fit - _spk(file, target, center, between)[:, :3]).max())
    if misfit_km > _WORST_FIT_KM:
        raise InputError(
            f"{file}: the path of {target} from {center} is too rough to take the shipped one's place (series miss it "
            f"by {misfit_km * 1e3:.1f} m); {_LEAVE_OUT}"
        )
    return segment, misfit_km
