"""Reads leap seconds (NAIF text kernel) and Earth orientation (IERS C04 and finals2000A) into compact arrays."""

import re
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")


def read_leap_seconds(kernel: str) -> dict[str, NDArray[Any]]:
    """`DELTET/DELTA_AT`: UTC days from which TAI-UTC (s) holds."""
    data = kernel.split("\\begindata")[1]
    pairs = re.findall(r"(\d+),\s*@(\d{4})-([A-Z]{3})-(\d+)", data)
    dates = [datetime(int(y), MONTHS.index(m) + 1, int(d)) for _, y, m, d in pairs]
    utc = np.array(dates, dtype="datetime64[s]")
    if len(utc) < 28 or np.any(np.diff(utc) <= np.timedelta64(0, "s")):
        raise SystemExit("the leap second kernel was not understood")
    return {"utc_s": utc.astype(np.int64), "tai_minus_utc_s": np.array([int(p[0]) for p in pairs], dtype=np.int64)}


def _c04(text: str) -> NDArray[np.float64]:
    """Rows of mjd, x, y (arcsec), UT1-UTC (s), dX, dY (arcsec) at 0h UTC, IERS 20 C04."""
    rows = [line.split() for line in text.splitlines() if line.strip() and not line.startswith("#")]
    return np.array([[float(row[k]) for k in (4, 5, 6, 7, 8, 9)] for row in rows])


def _finals(text: str) -> NDArray[np.float64]:
    """The same columns of finals2000A (Bulletin A, predictions included); dX, dY past their end are held."""
    rows: list[list[float]] = []
    for line in text.splitlines():
        if not line[58:68].strip():
            continue
        offsets = [float(line[97:106]) / 1e3, float(line[116:125]) / 1e3] if line[97:106].strip() else rows[-1][4:6]
        rows.append([float(line[7:15]), float(line[18:27]), float(line[37:46]), float(line[58:68]), *offsets])
    return np.array(rows)


def read_earth_orientation(c04: str, finals: str) -> dict[str, NDArray[Any]]:
    """Daily values as integers of 1e-6 arcsec and 1e-7 s, the precision of the sources."""
    measured, predicted = _c04(c04), _finals(finals)
    table = np.vstack([measured, predicted[predicted[:, 0] > measured[-1, 0]]])
    mjd = table[:, 0].astype(np.int64)
    if np.any(mjd != table[:, 0]) or np.any(np.diff(mjd) != 1):
        raise SystemExit("Earth orientation is not one row a day without a gap")
    columns = ("x_1e6_arcsec", "y_1e6_arcsec", "ut1_utc_1e7_s", "dx_1e6_arcsec", "dy_1e6_arcsec")
    scales = (1e6, 1e6, 1e7, 1e6, 1e6)
    out = {"first_mjd": np.array(mjd[0]), "last_c04_mjd": np.array(int(measured[-1, 0]))}
    for column, (name, scale) in enumerate(zip(columns, scales, strict=True), start=1):
        out[name] = np.rint(table[:, column] * scale).astype(np.int32)
    return out
