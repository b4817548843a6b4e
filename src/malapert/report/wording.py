"""Numbers, dates and names as the report prints them, and text made safe for plots."""

import math
import re
from html import escape

import numpy as np

from malapert.programme import Programme
from malapert.programme.rows import Row
from malapert.sky.time import utc
from malapert.units import stem, unit_of

_UNIT_IN_BRACKETS = re.compile(r"(.+) \(([^()]+)\)")
THIN = "\u202f"
NONE = "–"


def number(value: float, digits: int = 3) -> str:
    """A number to so many significant digits, whole ones in full, thousands set apart by thin spaces."""
    if not math.isfinite(value):
        return NONE if math.isnan(value) else "∞" if value > 0 else "−∞"
    if value == 0.0:
        return "0"
    places = max(digits - 1 - math.floor(math.log10(abs(value))), 0)
    if abs(value) < 1e-4:
        mantissa, exponent = f"{value:.1e}".split("e")
        return f"{mantissa} × 10{_raised(int(exponent))}".replace("-", "−")
    text = f"{value:,.{places}f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return text.replace(",", THIN).replace("-", "−")


def _raised(exponent: int) -> str:
    return str(exponent).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))


def fixed(value: float, places: int) -> str:
    """A number with so many decimals."""
    if not math.isfinite(value):
        return number(value)
    return f"{value:,.{places}f}".replace(",", THIN).replace("-", "−")


def percent(fraction: float, places: int = 1) -> str:
    """A fraction in percent; one too small to show says what it stays below."""
    if not math.isfinite(fraction):
        return NONE
    least = 10.0**-places
    if fraction and abs(100.0 * fraction) < 0.5 * least:
        return f"{'<' if fraction > 0.0 else '> −'}{THIN}{fixed(least, places)}{THIN}%"
    return f"{fixed(100.0 * fraction, places)}{THIN}%"


def with_unit(value: float, unit: str, digits: int = 3) -> str:
    """A number and its unit."""
    return f"{number(value, digits)}{THIN}{unit}" if unit and unit != "1" else number(value, digits)


def day(epoch: np.datetime64 | None) -> str:
    """An epoch as a date."""
    return NONE if epoch is None or np.isnat(epoch) else str(epoch.astype("datetime64[D]"))


def minute(epoch: np.datetime64 | None) -> str:
    """An epoch as date and time of day, UTC."""
    if epoch is None or np.isnat(epoch):
        return NONE
    return str(epoch.astype("datetime64[m]")).replace("T", " ") + " UTC"


def when(tdb_s: float) -> np.datetime64 | None:
    """UTC of TDB seconds past J2000; None when that never comes."""
    return utc(tdb_s) if math.isfinite(tdb_s) else None


def day_of(tdb_s: float) -> str:
    """TDB seconds past J2000 as a UTC date; a dash when that never comes."""
    return day(when(tdb_s))


def stamp(tdb_s: float) -> str | None:
    """TDB seconds past J2000 as a plot takes it."""
    epoch = when(tdb_s)
    return None if epoch is None else str(epoch.astype("datetime64[m]"))


def title_of(programme: Programme, table: str, name: str) -> str:
    """What people call a row; its name, written as words, when it has no title or is not there."""
    row = getattr(programme, table, {}).get(name)
    return (row.title if row is not None else "") or words(name)


def element_title(programme: Programme, name: str) -> str:
    """What people call an element; those that share a title are told apart by their names."""
    elements = programme.elements
    row = elements.get(name)
    if row is None or not row.title:
        return words(name).capitalize()
    shared = any(other.title == row.title and key != name for key, other in elements.items())
    return f"{row.title} ({words(name)})" if shared else row.title


def words(name: str) -> str:
    """A row's name as words."""
    return name.replace("_", " ")


def quantity(key: str) -> tuple[str, str]:
    """A figure's key as words and unit: `vital_unserved_kwh` -> (vital unserved, kWh), or as it says itself."""
    said = _UNIT_IN_BRACKETS.fullmatch(key)
    if said:
        return said[1], said[2]
    unit = unit_of(key)
    return words(stem(key)), unit.symbol if unit else ""


def plot_text(text: str) -> str:
    """Text for a plot, which would read tags in it; `$` and `%{` are Plotly's own marks for formulae and templates."""
    return escape(text, quote=False).replace("$", "&#36;").replace("%{", "%&#123;")


def counted(count: int, one: str, many: str = "") -> str:
    """A count and what is counted: `1 flight`, `3 flights`."""
    return f"{fixed(count, 0)} {one if count == 1 else many or one + 's'}"


def shortened(text: str, most: int = 34) -> str:
    """Text cut to fit a label."""
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


def unsourced(row: Row | None, *keys: str) -> bool:
    """Whether any of a row's figures, in whole or part, has no source."""
    return row is not None and any("unsourced" in row.source_of(key) for key in keys)
