"""What a study declares: missions with their demands, one vehicle in copies, and the legs from the Earth outwards."""

from dataclasses import dataclass
from math import inf
from pathlib import Path
from typing import Any, Literal

from pydantic import Field

from malapert.constants import STANDARD_GRAVITY_M_S2
from malapert.errors import Problem, ProgrammeError
from malapert.programme.check import row_of
from malapert.programme.merge import REFERENCE_TABLES, find, read_merged
from malapert.programme.rows import Fraction, Name, NonNegative, Positive, Row

Goal = Literal["mass", "launches", "date"]


class StudyRow(Row):
    """The `[study]` table. Figures are for each mission or each copy of the vehicle."""

    objective: Goal = Field("mass", description="What is made least: launched mass, launches, or the missions' dates.")
    missions: int = Field(ge=1, le=12, description="Missions flown.")
    interval_d: Positive = Field(description="Days between windows; each mission has the next one.")
    crew: int = Field(ge=0, le=60, description="People to the last place and home again.")
    crew_mass_kg: Positive = Field(100.0, description="Mass of one of them.")
    consumption_kg_d: NonNegative = Field(0.0, description="Consumed by each of them in a day.")
    surface_days: NonNegative = Field(description="Days the crew stays.")
    habitat_kg: NonNegative = Field(0.0, description="Habitat and payload left there.")
    sample_kg: NonNegative = Field(0.0, description="Samples brought home.")
    maintenance: Fraction = Field(0.0, description="Spares used on each leg, as a fraction of the vehicle's dry mass.")
    spacecraft: int = Field(ge=1, le=60, description="Copies of the vehicle that may be launched in one window.")
    payload_kg: Positive = Field(description="Most each of them carries beside propellant.")
    propellant_kg: Positive = Field(description="Propellant its tanks hold.")
    dry_kg: Positive = Field(description="Its mass without both.")
    isp_s: Positive = Field(description="Its specific impulse.")
    oxidiser_fuel: Positive = Field(5.5, description="Mass of oxidiser for each of fuel.")
    g0_m_s2: float = Field(
        STANDARD_GRAVITY_M_S2, ge=9.0, le=10.0, description="Standard gravity of its rocket equation."
    )
    launch_kg: Positive | None = Field(
        None, description="What one launch brings to the first place; for counting them."
    )
    launches: int | None = Field(None, ge=1, description="Most launches in one window.")


class LegRow(Row):
    """A `[leg.NAME]`: one step outwards, flown back by the same speed and time."""

    origin: Name = Field(description="Place nearer the Earth.")
    destination: Name = Field(description="Place further out.")
    delta_v_m_s: NonNegative = Field(description="Delta-v its vehicles give; zero when the launcher does.")
    flight_d: NonNegative = Field(description="Days it takes.")


@dataclass(frozen=True)
class Study:
    """A checked study; `legs` lead from the Earth outwards, `places` are their ends in order."""

    name: str
    title: str
    row: StudyRow
    legs: tuple[LegRow, ...]

    @property
    def places(self) -> tuple[str, ...]:
        """From the Earth to the last place."""
        return (self.legs[0].origin, *(leg.destination for leg in self.legs))

    def hold_d(self, place: int) -> float:
        """Days between passing a place outwards and homewards: the stay and the legs beyond, twice."""
        return self.row.surface_days + 2.0 * sum(leg.flight_d for leg in self.legs[place:])

    @property
    def surface_kg(self) -> float:
        """What the crew consumes during its stay."""
        return self.row.crew * self.row.surface_days * self.row.consumption_kg_d

    def most(self, name: str) -> float:
        """An optional limit, infinite when absent."""
        value = getattr(self.row, name)
        return inf if value is None else float(value)


def is_study(path: str | Path, sets: tuple[str, ...] = ()) -> bool:
    """Whether a file has a `[study]` table."""
    return "study" in read_merged(find(path), "", sets).tree


def read_study(path: str | Path, variant: str = "", sets: tuple[str, ...] = ()) -> Study:
    """The study of a file; ProgrammeError with every mistake at once."""
    merged = read_merged(path, variant, sets)
    tree, problems = merged.tree, list(merged.problems)
    known = ("format", "name", "title", "summary", "as_of", "study", "leg")
    declared = [key for key in tree if key not in REFERENCE_TABLES or (key,) in merged.places]  # the loader adds some
    do = f"known: {', '.join(known)}"
    problems += [merged.problem((key,), "no key of a study", do) for key in declared if key not in known]
    row = row_of(merged, ("study",), StudyRow, tree["study"], problems) if isinstance(tree.get("study"), dict) else None
    if row is None and not problems:
        problems.append(merged.problem(("study",), "must be a table", "write [study] and its keys below it"))
    rows: dict[str, Any] = tree.get("leg", {}) if isinstance(tree.get("leg"), dict) else {}
    legs = [
        row_of(merged, ("leg", name), LegRow, value, problems)
        for name, value in rows.items()
        if isinstance(value, dict)
    ]
    found = [leg for leg in legs if leg is not None]
    if not problems:
        problems += list(_unconnected(merged, found))
    if row is not None and row.launch_kg is None and (row.objective == "launches" or row.launches is not None):
        do = "add what one launch brings to the first place"
        problems.append(merged.problem(("study", "launch_kg"), "is missing: launches are counted by it", do))
    if problems or row is None:
        raise ProgrammeError(problems)
    return Study(str(tree.get("name", Path(path).stem)), str(tree.get("title", "")), row, tuple(found))


def _unconnected(merged: Any, legs: list[LegRow]) -> list[Problem]:
    """Legs must follow each other outwards without coming back to a place."""
    if not legs:
        return [merged.problem(("leg",), "is missing: a study needs at least one leg", "add [leg.NAME]")]
    found = []
    places = [legs[0].origin]
    for leg in legs:
        if leg.origin != places[-1]:
            what = (
                f"leg from {leg.origin} to {leg.destination} does not begin at {places[-1]}, where the one before ends"
            )
            found.append(merged.problem(("leg",), what, "list the legs from the Earth outwards"))
        elif leg.destination in places:
            found.append(merged.problem(("leg",), f"the legs lead back to {leg.destination}", "end at a new place"))
        places.append(leg.destination)
    return found
