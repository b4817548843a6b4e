"""What every phase of a flight shares: its name, its sources, what it gives, and what may follow what."""

from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict, Field

from malapert.programme.rows import Name, Text

Vector = tuple[float, float, float]
Table = tuple[tuple[float, float], ...]


class Phase(BaseModel):
    """One phase; `begins` and `ends` say where the craft is: nowhere, ground, flight, air."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, str_strip_whitespace=True)
    begins: ClassVar[tuple[str, ...]] = ("flight",)
    ends: ClassVar[str] = "flight"
    quantities: ClassVar[dict[str, str]] = {}

    name: Name = Field(description="What the record calls it.")
    type: Name = Field(description="What kind of phase it is.")
    note: Text = Field("", description="Anything a reader should know.")
    source: dict[str, Text] = Field(
        default_factory=dict, description="Where each figure comes from, by key; `unsourced` for a recalled one."
    )

    def ends_in(self) -> str:
        """Where it leaves the craft; `as before` where it does not change that."""
        return self.ends

    @classmethod
    def gives(cls) -> dict[str, str]:
        """What a record may hold against it: name and meaning, the phase's own and those of every phase."""
        return cls.quantities | EVERY_PHASE

    def inputs(self) -> dict[str, Any]:
        """The figures it is flown with, in the order of the keys: every one that was given."""
        given = [key for key in type(self).model_fields if key in self.model_fields_set]
        plain = {key: getattr(self, key) for key in given if key not in Phase.model_fields}
        return {key: value for key, value in plain.items() if not isinstance(value, str | dict | bool)}

    def source_of(self, key: str) -> str:
        """The source of an input, or `unsourced`; the parts in a table, whose inputs bear their names, share one."""
        for table in type(self).model_fields:
            parts = getattr(self, table)
            if isinstance(parts, tuple) and any(key.startswith(f"{getattr(part, 'name', None)}_") for part in parts):
                return self.source.get(table, "unsourced")
        return self.source.get(key, "unsourced")


EVERY_PHASE = {
    "duration_s": "from its beginning to its end",
    "end_utc": "when it ends",
    "end_elapsed_s": "the same, counted from the flight's liftoff or its first moment",
    "end_range_km": "over the ground, from where the flight began on the same body",
    "end_mass_kg": "mass at its end",
    "end_lat_deg": "latitude below its end, geodetic on the Earth",
    "end_lon_deg": "longitude below its end",
    "end_height_km": "height at its end above ellipsoid or sphere",
    "end_speed_km_s": "inertial speed at its end, from the central body",
}
