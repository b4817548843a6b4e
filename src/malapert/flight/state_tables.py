"""What may stand in a state file beside the state: the craft, its manoeuvres, and how well the state is known."""

from dataclasses import dataclass, fields
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from malapert.errors import InputError
from malapert.flight.clock import epoch_tdb_s
from malapert.flight.compare import radial_along_cross
from malapert.flight.events import KINDS, EventRule
from malapert.flight.maneuvers import AXES, Burn, Impulse, Maneuver
from malapert.flight.sensitivity import PARAMETERS, check_covariance
from malapert.flight.state_file import InitialState, numbers
from malapert.flight.surface import Craft

Array = NDArray[np.float64]

_CRAFT_KEYS: Final = (*(one.name for one in fields(Craft)), "dry_mass_kg")
_MANEUVER_KEYS: Final = (
    *("epoch", "after_s", "delta_v_m_s", "axes", "thrust_n", "isp_s", "direction", "duration_s", "throttle"),
)
_COVARIANCE_KEYS: Final = ("axes", "sigma_position_km", "sigma_velocity_km_s", "matrix", "consider")


@dataclass(frozen=True)
class Knowledge:
    """Covariance (6, 6) of a state on ICRF axes, and standard deviations of parameters that are only considered."""

    covariance: Array
    consider: dict[str, float]


def craft_of(start: InitialState) -> Craft | None:
    """The craft of a state file; None when it has none."""
    table = start.tables.get("craft")
    if table is None:
        return None
    _known(table, "craft", _CRAFT_KEYS)
    if "mass_kg" not in table:
        raise InputError("craft: mass_kg is missing")
    values = {key: _real(table, "craft", key) for key in table}
    dry = values.pop("dry_mass_kg", 0.0)
    if not 0.0 <= dry < values["mass_kg"]:
        raise InputError(f"craft.dry_mass_kg: must lie from 0 to the mass (got {dry:g})")
    return Craft(**values)


def maneuvers_of(start: InitialState) -> tuple[Maneuver, ...]:
    """The manoeuvres of a state file, in their order."""
    tables = start.tables.get("maneuver", [])
    if not isinstance(tables, list):
        raise InputError("maneuver: write each as a table [[maneuver]]")
    dry = float(start.tables.get("craft", {}).get("dry_mass_kg", 0.0))
    return tuple(_maneuver(table, f"maneuver {k}", start, dry) for k, table in enumerate(tables, 1))


def _maneuver(table: Any, where: str, start: InitialState, dry_mass_kg: float) -> Maneuver:
    _known(table, where, _MANEUVER_KEYS)
    axes = str(table.get("axes", "VNB")).upper()
    if axes not in AXES:
        raise InputError(f"{where}.axes: {table['axes']!r} is not one of {', '.join(AXES)}")
    if ("epoch" in table) == ("after_s" in table):
        raise InputError(f"{where}: give its epoch, or after_s, the seconds after the state")
    if "epoch" in table:
        if not isinstance(table["epoch"], str):
            raise InputError(f"{where}.epoch: write it in quotes, on the clock of the state")
        after = epoch_tdb_s(table["epoch"], start.time_scale) - start.epoch_tdb_s
    else:
        after = _real(table, where, "after_s")
    if "thrust_n" not in table:
        extra = [key for key in ("direction", "duration_s", "throttle") if key in table]
        if extra or "delta_v_m_s" not in table:
            raise InputError(f"{where}: an impulse has delta_v_m_s = [x, y, z]; a burn has thrust_n, isp_s, direction")
        x, y, z = numbers(table["delta_v_m_s"], f"{where}.delta_v_m_s", 3)
        return Impulse(after, (float(x), float(y), float(z)), axes, _real(table, where, "isp_s", 0.0))
    if "isp_s" not in table or "direction" not in table:
        raise InputError(f"{where}: a burn has thrust_n, isp_s and direction = [x, y, z]")
    x, y, z = numbers(table["direction"], f"{where}.direction", 3)
    return Burn(
        after, _real(table, where, "thrust_n"), _real(table, where, "isp_s"), (float(x), float(y), float(z)), axes,
        _real(table, where, "delta_v_m_s", np.inf), _real(table, where, "duration_s", np.inf),
        _real(table, where, "throttle", 1.0), dry_mass_kg,
    )  # fmt: skip


def knowledge_of(start: InitialState) -> Knowledge | None:
    """The covariance of a state file; None when it has none."""
    table = start.tables.get("covariance")
    if table is None:
        return None
    _known(table, "covariance", _COVARIANCE_KEYS)
    axes = str(table.get("axes", "ICRF")).upper()
    if axes not in ("ICRF", "RAC"):
        raise InputError(f"covariance.axes: {table['axes']!r} is not ICRF or RAC (radial, along, cross)")
    if "matrix" in table:
        rows = table["matrix"]
        if not isinstance(rows, list) or len(rows) != 6:
            raise InputError("covariance.matrix: six rows of six numbers are needed")
        matrix = np.array([numbers(row, "covariance.matrix", 6) for row in rows])
    else:
        sigmas = [
            numbers(table.get(key), f"covariance.{key}", 3) for key in ("sigma_position_km", "sigma_velocity_km_s")
        ]
        matrix = np.diag(np.concatenate(sigmas) ** 2)
    check_covariance(matrix)
    if axes == "RAC":
        turn = np.kron(np.eye(2), radial_along_cross(start.state_icrf[None])[0])
        matrix = turn.T @ matrix @ turn
    consider = table.get("consider", {})
    _known(consider, "covariance.consider", PARAMETERS)
    return Knowledge(matrix, {key: _real(consider, "covariance.consider", key) for key in consider})


def rule_from_words(text: str, center: str, stop: bool = False) -> EventRule:
    """`kind[:body][:option...]`: options are an altitude (`100km`), a place (`40.43,-4.25`, or with a height in m) and
    a mask (`mask=5`, deg); the body is the centre when left out."""
    kind, *rest = [word.strip() for word in text.split(":")]
    if kind not in KINDS:
        raise InputError(f"--event {text}: {kind!r} is not one of {', '.join(KINDS)}")
    body = rest.pop(0) if rest and rest[0].isalpha() else center
    values: dict[str, float] = {}
    for word in rest:
        try:
            if word.startswith("mask="):
                values["mask_deg"] = float(word[5:].removesuffix("deg"))
            elif "," in word:
                values |= dict(zip(("lat_deg", "lon_deg", "height_m"), map(float, word.split(",")), strict=False))
            elif word.endswith("km"):
                values["altitude_km"] = float(word[:-2])
            else:
                raise ValueError
        except ValueError:
            raise InputError(
                f"--event {text}: {word!r} is not understood; write kind:body:100km, or kind:body:lat,lon:mask=5"
            ) from None
    if kind in ("rise", "set") and "lon_deg" not in values:
        raise InputError(f"--event {text}: over which place? write {kind}:{body}:40.43,-4.25:mask=5")
    rule = EventRule(kind, body, stop_after=1 if stop else 0, **values)  # type: ignore[arg-type]
    rule.check(center)
    return rule


def _known(table: Any, where: str, keys: tuple[str, ...]) -> None:
    if not isinstance(table, dict):
        raise InputError(f"{where}: a table is needed (got {table!r})")
    for key in table:
        if key not in keys:
            raise InputError(f"{where}.{key}: not known here; known: {', '.join(keys)}")


def _real(table: dict[str, Any], where: str, key: str, default: float | None = None) -> float:
    value = table.get(key, default)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise InputError(f"{where}.{key}: a number is needed (got {value!r})")
    return float(value)
