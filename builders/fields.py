"""Reads gravity fields as published (GMAT .cof, ICGEM .gfc) into square coefficient arrays."""

from decimal import Decimal

import numpy as np
from numpy.typing import NDArray

Arrays = dict[str, NDArray[np.float64]]


# Decimal, so that a GM printed in m3/s2 becomes the nearest float in km3/s2 and not a neighbour.
def _arrays(degree: int, gm_m3_s2: Decimal, radius_m: Decimal, rows: list[tuple[int, int, float, float]]) -> Arrays:
    c = np.zeros((degree + 1, degree + 1))
    s = np.zeros((degree + 1, degree + 1))
    c[0, 0] = 1.0
    for n, m, cosine, sine in rows:
        if n <= degree:
            c[n, m], s[n, m] = cosine, sine
    missing = [n for n in range(2, degree + 1) if not np.all(c[n, : n + 1])]
    if missing:
        raise SystemExit(f"coefficients are missing in degrees {missing}")
    return {
        "c": c,
        "s": s,
        "gm_km3_s2": np.array(float(gm_m3_s2 / 10**9)),
        "radius_km": np.array(float(radius_m / 1000)),
    }


def read_cof(text: str, degree: int) -> Arrays:
    """GMAT/STK COF: fixed columns, POTFIELD (GM m3/s2, radius m) and RECOEF n m C S, fully normalised."""
    gm = radius = Decimal(0)
    rows = []
    for line in text.splitlines():
        if line.startswith("POTFIELD"):
            gm, radius = (Decimal(value) for value in line[17:].split()[:2])
        elif line.startswith("RECOEF"):
            sine = float(line[38:59]) if line[38:59].strip() else 0.0
            rows.append((int(line[8:11]), int(line[11:14]), float(line[17:38]), sine))
    return _arrays(degree, gm, radius, rows)


def read_gfc(text: str, degree: int) -> Arrays:
    """ICGEM gfc: keyword lines, then `gfc n m C S sigma_C sigma_S`, fully normalised."""
    words: dict[str, Decimal] = {}
    rows = []
    for fields in (line.split() for line in text.splitlines()):
        if fields and fields[0] in ("earth_gravity_constant", "radius"):
            words[fields[0]] = Decimal(fields[1])
        elif fields and fields[0] == "gfc":
            rows.append((int(fields[1]), int(fields[2]), float(fields[3]), float(fields[4])))
    return _arrays(degree, words["earth_gravity_constant"], words["radius"], rows)
