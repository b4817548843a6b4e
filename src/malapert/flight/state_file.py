"""A state to be flown as a small TOML: epoch, clock, centre, frame, position and velocity; the craft and its burns."""

import tomllib
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from malapert.errors import InputError
from malapert.flight.clock import SCALES, epoch_tdb_s
from malapert.sky.rotation import rotation, state_to_icrf

Array = NDArray[np.float64]

CENTERS: Final = ("earth", "moon", "mars", "sun")
# The axes each frame is spoken of in, and the centres its turning is about.
FRAMES: Final = {
    "ICRF": CENTERS,
    "GCRF": CENTERS,
    "EME2000": CENTERS,
    "MOON_PA": ("moon",),
    "MOON_ME": ("moon",),
    "ITRF": ("earth",),
    "MARS": ("mars",),
    "EARTH_MOON_ROTATING": ("earth", "moon"),
}
TAKEN_AS_ICRF: Final = ("ICRF", "GCRF", "EME2000")
NEEDED: Final = ("epoch", "time_scale", "center", "frame", "position_km", "velocity_km_s")
TABLES: Final = ("craft", "maneuver", "covariance")
OPTIONAL: Final = ("name", "object_id", "naif_code", *TABLES)


@dataclass(frozen=True)
class InitialState:
    """Where an arc begins: state (6,) from `center` on ICRF axes, with the clock and frame it was given in.

    tables: what stood under [craft], [[maneuver]] and [covariance], unread.
    """

    epoch_tdb_s: float
    center: str
    state_icrf: Array
    time_scale: str = "TDB"
    frame: str = "ICRF"
    name: str = "CRAFT"
    object_id: str = "UNKNOWN"
    naif_code: int = -990001
    tables: dict[str, Any] = field(default_factory=dict)


def read_state(path: Path) -> InitialState:
    """The state in a TOML file; InputError naming the file, the key, what was found and what to write."""
    try:
        text = path.read_text(encoding="utf-8")
        values = tomllib.loads(text)
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}); name a TOML file with a state") from None
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: not a text file (byte {error.start}); a state is a TOML file") from None
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"{path}: not TOML: {error}") from None
    try:
        return state_from_table(values)
    except InputError as error:
        raise type(error)(f"{path}: {error}") from None


def state_from_table(values: dict[str, Any]) -> InitialState:
    """The same from the table itself."""
    missing = [key for key in NEEDED if key not in values]
    if missing:
        raise InputError(f"{', '.join(missing)} missing; a state has {', '.join(NEEDED)}")
    unknown = [key for key in values if key not in (*NEEDED, *OPTIONAL)]
    if unknown:
        raise InputError(f"{unknown[0]}: not a key of a state; known: {', '.join((*NEEDED, *OPTIONAL))}")
    center, frame = _one_of(values, "center", CENTERS, str.lower), _one_of(values, "frame", tuple(FRAMES), str.upper)
    if center not in FRAMES[frame]:
        raise InputError(f"frame: {frame} turns about {' or '.join(FRAMES[frame])}, the center is {center}")
    scale = _one_of(values, "time_scale", SCALES, str.upper)
    epoch = _epoch(values["epoch"], scale)
    given = np.concatenate([_triple(values, "position_km"), _triple(values, "velocity_km_s")])
    if not np.any(given[:3]):
        raise InputError("position_km: at the centre itself; nothing can be flown from there")
    state = given if frame in TAKEN_AS_ICRF else state_to_icrf(given, rotation(frame, epoch))
    naif_code = values.get("naif_code", -990001)
    if not isinstance(naif_code, int) or isinstance(naif_code, bool) or naif_code >= 0:
        raise InputError(f"naif_code: a craft's is a negative whole number (got {naif_code!r})")
    labels = {key: str(values[key]) for key in ("name", "object_id") if key in values}
    for key, label in labels.items():
        if not (label.isascii() and label.isprintable() and label.strip()):
            raise InputError(f"{key}: printable ASCII is needed, as in an OEM (got {label!r})")
    tables: dict[str, Any] = {key: values[key] for key in TABLES if key in values}
    return InitialState(epoch, center, state, scale, frame, naif_code=naif_code, tables=tables, **labels)


def state_in_frame_note(frame: str) -> str:
    """What to say of a frame that is not what it was called."""
    return f"{frame} taken as ICRF (they differ by 0.02 arcsec)" if frame == "EME2000" else frame


def _one_of(values: dict[str, Any], key: str, known: tuple[str, ...], spelled: Any) -> str:
    value = values[key]
    word = str(spelled(value)) if isinstance(value, str) else ""
    if word not in known:
        raise InputError(f"{key}: {value!r} is not one of {', '.join(known)}")
    return word


def _epoch(value: Any, scale: str) -> float:
    """TOML has dates of its own: without an offset they are read on the clock named."""
    if isinstance(value, datetime | date):
        if scale != "UTC" and getattr(value, "tzinfo", None) is not None:
            raise InputError(f"epoch: {value} has an offset, which only UTC knows; leave it out for {scale}")
        value = value.isoformat()
    if not isinstance(value, str):
        raise InputError(f"epoch: {value!r} is not an epoch; write it as 2027-03-14T05:00:00")
    try:
        return epoch_tdb_s(value, scale)
    except InputError as error:
        raise InputError(f"epoch: {error}") from None


def numbers(value: Any, key: str, count: int) -> Array:
    """A list of so many finite numbers, or InputError."""
    good = isinstance(value, list) and len(value) == count
    if not good or any(isinstance(one, bool) or not isinstance(one, int | float) for one in value):
        raise InputError(f"{key}: a list of {count} numbers is needed (got {value!r})")
    array = np.array(value, dtype=float)
    if not np.isfinite(array).all():
        raise InputError(f"{key}: all {count} numbers must be finite (got {value!r})")
    return array


def _triple(values: dict[str, Any], key: str) -> Array:
    return numbers(values[key], key, 3)
