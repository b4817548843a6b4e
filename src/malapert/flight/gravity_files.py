"""Gravity fields a user brings: SHADR (.tab, .sha), GMAT .cof, ICGEM .gfc, read as the `GravityField` of the pack."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from malapert.data.pack import GravityField
from malapert.errors import CoverageError, InputError
from malapert.flight.forces import FIELD_FRAMES

Array = NDArray[np.float64]

# What a GM and a radius must be near to belong to a body (km3/s2, km): a file in metres, or of another body, is not.
_BODIES: Final = {"earth": (398600.4, 6378.1), "moon": (4902.8, 1738.0), "mars": (42828.4, 3396.0)}
_TOP: Final = 2200


class _Head(NamedTuple):
    name: str
    gm_km3_s2: float
    radius_km: float
    degree: int
    normalised: bool


_Term = tuple[int, int, float, float]
_Read = tuple[_Head, Iterator[tuple[int, _Term]]]


def read_gravity(path: Path, body: str, degree: int | None = None) -> GravityField:
    """The field in a file up to a degree (None: all of it), on its body's axes: Moon MOON_PA, Earth ITRF, Mars MARS.

    Lunar fields belong to the principal axes of the ephemeris they were made with; DE421's, DE430's and DE440's differ
    by under 1 m at the surface. Terms a file leaves out are zero; degree 0 is 1 and degree 1, from the centre of mass,
    0 whatever it says. InputError with file and line for what is malformed or of another body; CoverageError for a
    degree the file does not hold.
    """
    if body not in FIELD_FRAMES:
        raise InputError(f"{path}: fields of {', '.join(FIELD_FRAMES)} are read (got {body!r})")
    try:
        lines = path.read_text(encoding="ascii", errors="replace").splitlines()
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror})") from None
    head, terms = _reader(path, lines)(path, lines)
    _check_head(path, head, body)
    top = head.degree if degree is None else degree
    if not 0 <= top <= head.degree:
        raise CoverageError(f"{path}: degree {degree} was asked for, {head.name} holds 0 to {head.degree}")
    c, s = np.zeros((top + 1, top + 1)), np.zeros((top + 1, top + 1))
    seen = np.zeros((head.degree + 1, head.degree + 1), dtype=bool)
    for line, (n, m, cos, sin) in terms:
        if not 0 <= m <= n <= head.degree:
            raise _wrong(path, line, f"degree {n} and order {m} do not lie inside the {head.degree} the head promises")
        if seen[n, m]:
            raise _wrong(path, line, f"degree {n}, order {m} stands twice")
        if not (np.isfinite(cos) and np.isfinite(sin)):
            raise _wrong(path, line, "a coefficient is not finite")
        seen[n, m] = True
        if n <= top:
            c[n, m], s[n, m] = cos, sin
    if not seen[2:].any():
        raise InputError(f"{path}: holds no coefficients of degree 2 or more")
    if not head.normalised:
        scale = _normalisation(top)
        c, s = c / scale, s / scale
    c[0, 0], c[1:2], s[:2] = 1.0, 0.0, 0.0
    c.flags.writeable = s.flags.writeable = False
    return GravityField(head.name, FIELD_FRAMES[body], head.gm_km3_s2, head.radius_km, c, s)


def _wrong(path: Path, line: int, what: str) -> InputError:
    return InputError(f"{path}:{line}: {what}")


def _reader(path: Path, lines: list[str]) -> Callable[[Path, list[str]], _Read]:
    """Which format a file is in, by what stands in it."""
    if any(line.startswith("POTFIELD") for line in lines[:200]):
        return _cof
    if any(line.split()[:1] == ["end_of_head"] for line in lines):
        return _gfc
    if lines and len(re.split(r"[,\s]+", lines[0].strip())) >= 6:
        return _shadr
    raise InputError(f"{path}: not a gravity field that is read: SHADR (.tab, .sha), GMAT .cof, ICGEM .gfc")


def _check_head(path: Path, head: _Head, body: str) -> None:
    gm, radius = _BODIES[body]
    if not 1 < head.degree <= _TOP:
        raise InputError(f"{path}: a field reaches from degree 2 to {_TOP} (the head says {head.degree})")
    if not (abs(head.gm_km3_s2 / gm - 1.0) < 1e-3 and abs(head.radius_km / radius - 1.0) < 0.01):
        raise InputError(
            f"{path}: GM {head.gm_km3_s2:g} km3/s2 and radius {head.radius_km:g} km are not the {body}'s "
            f"({gm:g}, {radius:g})"
        )


def _normalisation(degree: int) -> Array:
    """Factors (n, m) by which unnormalised coefficients exceed normalised: sqrt((2 - d0m)(2n + 1)(n - m)!/(n + m)!).

    Kaula 1966, eq. 1.34.
    """
    from scipy.special import gammaln

    n, m = np.meshgrid(np.arange(degree + 1.0), np.arange(degree + 1.0), indexing="ij")
    with np.errstate(invalid="ignore"):
        log = 0.5 * (
            np.log((2.0 - (m == 0)) * (2.0 * n + 1.0)) + gammaln(np.maximum(n - m, 0) + 1) - gammaln(n + m + 1)
        )
    return np.where(m <= n, np.exp(log), 1.0)


def _number(path: Path, line: int, text: str) -> float:
    """A number as Fortran or C writes it."""
    try:
        return float(text.strip().replace("D", "E").replace("d", "e"))
    except ValueError:
        raise _wrong(path, line, f"{text.strip()[:30]!r} is not a number") from None


def _whole(path: Path, line: int, text: str) -> int:
    value = _number(path, line, text)
    if value != int(value):
        raise _wrong(path, line, f"{text.strip()!r} is not a whole number")
    return int(value)


def _shadr(path: Path, lines: list[str]) -> _Read:
    """PDS SHADR: radius (km), GM (km3/s2), GM's error, degree, order, normalised (1), longitude, latitude; then
    n, m, C, S, errors. Radius and GM in metres (.sha files of some centres) are told by their size."""
    head = re.split(r"[,\s]+", lines[0].strip())
    radius, gm = _number(path, 1, head[0]), _number(path, 1, head[1])
    radius, gm = (radius / 1e3, gm / 1e9) if radius > 1e5 else (radius, gm)
    degree, normal = _whole(path, 1, head[3]), _whole(path, 1, head[5])
    if normal not in (0, 1):
        raise _wrong(path, 1, f"normalisation state {normal} is not known; 1 is normalised, 0 is not")

    def terms() -> Iterator[tuple[int, _Term]]:
        for k, line in enumerate(lines[1:], 2):
            words = [word for word in re.split(r"[,\s]+", line.strip()) if word]
            if not words:
                continue
            if len(words) < 4:
                raise _wrong(path, k, f"a coefficient is n, m, C, S and their errors (got {line.strip()[:60]!r})")
            n, m = _whole(path, k, words[0]), _whole(path, k, words[1])
            yield k, (n, m, _number(path, k, words[2]), _number(path, k, words[3]))

    return _Head(path.stem, gm, radius, degree, normal == 1), terms()


def _cof(path: Path, lines: list[str]) -> _Read:
    """GMAT and STK .cof: POTFIELD in columns (degree, order, GM in m3/s2, radius in m, normalisation), then RECOEF."""
    at = next(k for k, line in enumerate(lines, 1) if line.startswith("POTFIELD"))
    line = lines[at - 1]
    words = line[14:].split()
    if len(words) < 3:
        raise _wrong(path, at, f"POTFIELD gives degree, order, GM, radius (got {line[:60]!r})")
    degree = _whole(path, at, line[8:11])
    gm, radius = _number(path, at, words[-3]) / 1e9, _number(path, at, words[-2]) / 1e3
    normal = _number(path, at, words[-1]) == 1.0

    def terms() -> Iterator[tuple[int, _Term]]:
        for k, text in enumerate(lines[at:], at + 1):
            if text.startswith("END"):
                return
            if not text.startswith("RECOEF") or not text[6:].strip():
                continue
            sin = text[38:59].strip()
            n, m = _whole(path, k, text[8:11]), _whole(path, k, text[11:14])
            yield k, (n, m, _number(path, k, text[17:38]), _number(path, k, sin) if sin else 0.0)

    return _Head(path.stem, gm, radius, degree, normal), terms()


def _gfc(path: Path, lines: list[str]) -> _Read:
    """ICGEM: keywords to end_of_head (GM in m3/s2, radius in m), then gfc n m C S; time-variable terms are refused."""
    head: dict[str, tuple[int, str]] = {}
    end = next(k for k, line in enumerate(lines, 1) if line.split()[:1] == ["end_of_head"])
    for k, line in enumerate(lines[:end], 1):
        words = line.split()
        if len(words) > 1:
            head[words[0]] = k, words[1]
    gm_key = "gravity_constant" if "gravity_constant" in head else "earth_gravity_constant"
    missing = [key for key in (gm_key, "radius", "max_degree") if key not in head]
    if missing:
        raise InputError(f"{path}: the head lacks {', '.join(missing)}")
    norm = head.get("norm", (0, "fully_normalized"))[1]
    if norm not in ("fully_normalized", "unnormalized"):
        raise _wrong(path, head["norm"][0], f"norm {norm!r} is not known; fully_normalized or unnormalized")

    def terms() -> Iterator[tuple[int, _Term]]:
        for k, line in enumerate(lines[end:], end + 1):
            words = line.split()
            if not words:
                continue
            if words[0] in ("gfct", "trnd", "dot", "acos", "asin"):
                raise _wrong(path, k, f"a time-variable term ({words[0]}); only static fields are flown")
            if words[0] != "gfc" or len(words) < 5:
                raise _wrong(path, k, f"gfc n m C S was expected (got {line.strip()[:60]!r})")
            n, m = _whole(path, k, words[1]), _whole(path, k, words[2])
            yield k, (n, m, _number(path, k, words[3]), _number(path, k, words[4]))

    name = head.get("modelname", (0, path.stem))[1]
    gm, radius = (_number(path, *head[key]) for key in (gm_key, "radius"))
    return _Head(name, gm / 1e9, radius / 1e3, _whole(path, *head["max_degree"]), norm == "fully_normalized"), terms()
