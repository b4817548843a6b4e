"""Flights as phases flown in order: each takes the craft where the last left it, and leaves a piece of the flight.

`fly_file` flies a checked file; `held` puts what it gives beside what was recorded.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from malapert.errors import InputError, MalapertError
from malapert.flight.phases.air import AIR
from malapert.flight.phases.base import Craft, Flyer, Piece, every_phase
from malapert.flight.phases.designed import DESIGNED
from malapert.flight.phases.earth import EARTH
from malapert.flight.phases.halo import HALO
from malapert.flight.phases.hover import HOVER
from malapert.flight.phases.interplanetary import INTERPLANETARY
from malapert.flight.phases.moon import MOON
from malapert.flight.phases.orbital import ORBITAL
from malapert.programme.flight_file import FlightFile, Record
from malapert.programme.phases import Phase
from malapert.sky.time import tdb_s
from malapert.units import unit_of

FLYERS: dict[str, Flyer] = {**ORBITAL, **EARTH, **AIR, **MOON, **DESIGNED, **HALO, **INTERPLANETARY, **HOVER}

__all__ = ["FLYERS", "Craft", "FlownFlight", "Held", "Piece", "fly_file", "held"]


@dataclass(frozen=True, eq=False)
class FlownFlight:
    """A flight of record as flown: its file and the piece of each phase."""

    file: FlightFile
    pieces: tuple[Piece, ...]

    @property
    def begin_tdb_s(self) -> float:
        """What elapsed time counts from: liftoff, or the first moment that is known."""
        return begin_tdb_s(self.file.phases, self.pieces)

    def value(self, quantity: str) -> float:
        """PHASE.QUANTITY as predicted; epochs as TDB seconds."""
        name, _, key = quantity.partition(".")
        values = next(piece for piece in self.pieces if piece.name == name).values
        if key not in values:
            raise InputError(f"{self.file.file}: phase {name} as flown gives no {key}; it gives {', '.join(values)}")
        return float(values[key])


@dataclass(frozen=True)
class Held:
    """A prediction beside the record; epochs are TDB seconds. within is None where nothing is graded."""

    flight: str
    quantity: str
    predicted: float
    recorded: float
    unit: str
    tolerance: float
    off: float
    within: bool | None
    record: Record

    @property
    def mark(self) -> str:
        """pass or miss; context, or unsourced, where nothing is graded."""
        if self.within is None:
            return "context" if self.record.role == "context" else "unsourced"
        return "pass" if self.within else "miss"


def fly_file(file: FlightFile, told: Callable[[float, str], None] | None = None) -> FlownFlight:
    """Fly all phases in order; what goes wrong in one names the file and the phase."""
    craft: Craft | None = None
    pieces = []
    for k, row in enumerate(file.phases):
        if told is not None:
            told(k / len(file.phases), row.name)
        try:
            piece = FLYERS[row.type](row, craft)
        except MalapertError as error:
            text = str(error).removeprefix(f"phase {row.name}: ")
            raise type(error)(f"{file.file}: phase {row.name} ({row.type}): {text}") from error
        pieces.append(piece)
        given = every_phase(piece, begin_tdb_s(file.phases, pieces), pieces[0])
        piece.values.update({key: value for key, value in given.items() if key not in piece.values})
        before = craft or piece.end
        craft = replace(piece.end, body=piece.body or before.body, left={**before.left, **piece.left})
    if told is not None:
        told(1.0, "")
    return FlownFlight(file, tuple(pieces))


def begin_tdb_s(rows: Sequence[Phase], pieces: Sequence[Piece]) -> float:
    """Liftoff of the first phase that leaves the ground, or the earliest moment of the first."""
    flying = (piece for row, piece in zip(rows, pieces, strict=False) if row.ends_in() != "ground")
    first = next(flying, pieces[0])
    return min([float(first.epochs_tdb_s[0]), *(epoch for _, epoch in first.marks)])


def held(flown: FlownFlight) -> tuple[Held, ...]:
    """What the flight gives beside its record, row by row."""
    return tuple(_held(flown, record) for record in flown.file.records)


def _held(flown: FlownFlight, record: Record) -> Held:
    key = record.quantity.partition(".")[2]
    predicted = flown.value(record.quantity)
    if key.endswith("_utc"):
        assert not isinstance(record.value, float)
        recorded, unit = float(tdb_s(record.value.replace(tzinfo=None).isoformat() + "Z")), "s"
    else:
        assert isinstance(record.value, float)
        found = unit_of(key)
        recorded, unit = record.value, found.symbol if found else ""
    off = abs(predicted - recorded)
    if key.endswith("_lon_deg"):
        off = abs((predicted - recorded + 180.0) % 360.0 - 180.0)
    within = bool(off <= record.tolerance) if record.graded else None
    return Held(flown.file.name, record.quantity, predicted, recorded, unit, record.tolerance, off, within, record)
