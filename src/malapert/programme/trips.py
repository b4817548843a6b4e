"""What rovers are sent out for: places to drive to, how often, under which conditions."""

from typing import Literal

from pydantic import Field

from malapert.programme.rows import Name, Names, NonNegative, Positive, Row

TripNeed = Literal["light", "link", "crew"]


class Trip(Row):
    """A drive from the station to a place and back, again and again."""

    rover: Name = Field(description="Rover that drives.")
    site: Name = Field("", description="Where to; the permanent shadow reached soonest when absent.")
    shadow_km2: NonNegative = Field(0.0, description="Least area of that shadow.")
    within_km: float = Field(25.0, gt=0.0, le=150.0, description="How far around the station it is looked for.")
    route: Literal["energy", "time", "distance"] = Field("energy", description="What the route is least in.")
    trips_per_year: int = Field(400, ge=0, le=8784, description="Most trips that set out in a calendar year.")
    needs: Names = Field(
        (),
        description="Conditions at the station for setting out: light, crew, and link (to Earth; without one a rover"
        " waits for people).",
    )


class Traverse(Trip):
    """Trips to look, not to haul: people or instruments go to a place, stay and come back."""

    stay_h: NonNegative = Field(4.0, le=2000.0, description="Time at the place.")
    stay_kw: NonNegative = Field(0.0, description="Power drawn there beside what the rover draws on the way.")
    people: int = Field(0, ge=0, le=20, description="People it carries; none drive out while fewer are there.")
    load_kg: NonNegative = Field(0.0, description="What it carries out and back.")


class Digging(Trip):
    """Trips that bring ground to the station."""

    digs: Literal["icy_regolith", "regolith"] = Field("icy_regolith", description="What it brings.")
    ice: float = Field(
        0.056, ge=0.0, le=0.056, description="Water in what it digs of icy_regolith; below 0.056 the rest is dry."
    )
    dig_kg_h: Positive = Field(description="Ground dug and loaded in an hour.")
    dig_kw: NonNegative = Field(0.0, description="Power it draws meanwhile, from the rover's battery.")
    unload_h: NonNegative = Field(0.5, le=100.0, description="Time at the station to unload.")
