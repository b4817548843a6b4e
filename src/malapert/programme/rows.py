"""What every row of a programme shares, and the number types its keys are made of."""

from datetime import UTC, date, datetime
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

Positive = Annotated[float, Field(gt=0.0)]
NonNegative = Annotated[float, Field(ge=0.0)]
Fraction = Annotated[float, Field(ge=0.0, le=1.0)]
Count = Annotated[int, Field(ge=0)]
Latitude = Annotated[float, Field(ge=-90.0, le=90.0)]
Longitude = Annotated[float, Field(ge=-180.0, le=360.0)]
Priority = Annotated[int, Field(ge=1, le=9)]
Text = Annotated[str, Field(max_length=4000)]
Name = Annotated[str, Field(max_length=120)]
Names = Annotated[tuple[Name, ...], BeforeValidator(lambda v: tuple(v) if isinstance(v, list) else v)]


def _in_utc(epoch: datetime) -> datetime:
    if epoch.tzinfo is None:
        raise ValueError("an epoch needs its time scale: write it in UTC with a Z at the end, 2031-03-01T00:00:00Z")
    return epoch.astimezone(UTC)


def _epoch_from_text(value: Any) -> Any:
    if isinstance(value, str):
        try:
            return datetime.fromisoformat(value)
        except ValueError:
            raise ValueError("not an RFC 3339 epoch; write it like 2031-03-01T00:00:00Z") from None
    if isinstance(value, date) and not isinstance(value, datetime):
        raise ValueError("an epoch needs a time of day: write it like 2031-03-01T00:00:00Z")
    return value


Epoch = Annotated[datetime, BeforeValidator(_epoch_from_text), AfterValidator(_in_utc)]


class Row(BaseModel):
    """One individual of one table; `like` has been followed, and only enabled rows are left, when it is used."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, strict=True, str_strip_whitespace=True)

    title: Name = Field("", description="What people call it; the row's name when absent.")
    note: Text = Field("", description="Anything a reader should know.")
    enabled: bool = Field(True, description="False takes the row, and what cannot be without it, out of the programme.")
    like: Name = Field("", description="Catalogue row, or row of this table, whose figures are taken as defaults.")
    source: dict[str, Text] = Field(
        default_factory=dict,
        description="Where each figure comes from, by key; `unsourced` for a recalled one, `design` for a choice.",
    )

    def source_of(self, key: str) -> str:
        """The source of one figure, or `unsourced`."""
        return self.source.get(key, "unsourced")
