"""The closed list of unit suffixes a programme key may end in, and how they convert within one dimension."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Unit:
    """One suffix: its dimension, its size in the dimension's base unit, and how it is printed."""

    suffix: str
    dimension: str
    base: float
    symbol: str


_ROWS: Final = (
    ("kg", "mass", 1.0, "kg"),
    ("t", "mass", 1000.0, "t"),
    ("m", "length", 1.0, "m"),
    ("km", "length", 1000.0, "km"),
    ("m2", "area", 1.0, "m²"),
    ("m3", "volume", 1.0, "m³"),
    ("deg", "angle", 1.0, "°"),
    ("s", "time", 1.0, "s"),
    ("min", "time", 60.0, "min"),
    ("h", "time", 3600.0, "h"),
    ("d", "time", 86400.0, "d"),
    ("w", "power", 1.0, "W"),
    ("kw", "power", 1000.0, "kW"),
    ("kwh", "energy", 1.0, "kWh"),
    ("v", "voltage", 1.0, "V"),
    ("k", "temperature", 1.0, "K"),
    ("m_s", "speed", 1.0, "m/s"),
    ("km_s", "speed", 1000.0, "km/s"),
    ("kg_d", "mass rate", 1.0, "kg/d"),
    ("kg_h", "mass rate", 24.0, "kg/h"),
    ("kwh_kg", "energy of mass", 1.0, "kWh/kg"),
    ("a_cm2", "current density", 1.0, "A/cm²"),
    ("gb", "data", 1.0, "GB"),
    ("mbit_s", "data rate", 1.0, "Mbit/s"),
    ("db", "ratio", 1.0, "dB"),
    ("n", "force", 1.0, "N"),
    ("km2_s2", "specific energy", 1e6, "km²/s²"),
    ("g", "load", 1.0, "g"),
    ("kpa", "pressure", 1.0, "kPa"),
    ("deg_d", "angular rate", 1.0, "°/d"),
    ("kw_m2", "heat flux", 1.0, "kW/m²"),
    ("rpm", "rotation", 1.0, "rpm"),
    ("kg_m3", "density", 1.0, "kg/m³"),
    ("mj_m2", "heat load", 1.0, "MJ/m²"),
)
UNITS: Final[dict[str, Unit]] = {row[0]: Unit(*row) for row in _ROWS}


def unit_of(key: str) -> Unit | None:
    """The unit a key is written in, by its longest suffix (`rate_mbit_s` is Mbit/s, not s); None for pure numbers."""
    parts = key.split("_")
    for first in range(1, len(parts)):
        unit = UNITS.get("_".join(parts[first:]))
        if unit:
            return unit
    return None


def stem(key: str) -> str:
    """A key without its unit: `mass_kg` -> `mass`."""
    unit = unit_of(key)
    return key[: -len(unit.suffix) - 1] if unit else key


def convert(value: float, from_key: str, to_key: str) -> float | None:
    """`value` written under one key, in the unit of another; None when the two measure different things."""
    source, target = unit_of(from_key), unit_of(to_key)
    if source is None or target is None or source.dimension != target.dimension:
        return None
    return value * source.base / target.base
