"""Interfaces as published, and the ports that have them: on elements, spacecraft, relays and the station itself."""

from typing import Literal

from pydantic import Field

from malapert.programme.rows import Name, Names, Positive, Row, Text

Kind = Literal["docking", "power", "data", "radio", "thermal", "robotic", "units"]
Role = Literal["active", "passive", "either"]


class Interface(Row):
    """One interface standard at one revision. What nobody publishes is not `public`, and fits nothing for certain."""

    kind: Kind = Field(description="What goes across it.")
    issued: Name = Field("", description="Date of this revision, as published.")
    public: bool = Field(True, description="Whether its definition can be read by anybody.")
    clause: Text = Field("", description="Where in the document it says which ports mate.")
    pairs: Literal["active_passive", "any"] = Field(
        "any", description="Which roles mate: one active with one passive, or any two."
    )
    nominal_v: Positive | None = Field(None, description="Nominal voltage.")
    mates_with: Names = Field((), description="Other interfaces it is published to work with.")
    refuses: Names = Field((), description="Other interfaces it is published not to work with.")


class Port(Row):
    """A place on something where something else is attached, fed, heard or held."""

    on: Name = Field(description="Element, spacecraft or relay it is on; `station` for the station itself.")
    interface: Name = Field(description="Interface it has.")
    role: Role = Field("either", description="Which part it plays when it mates.")
    to: Name = Field("", description="What it is to be joined to; anything with a port of its kind when absent.")
