"""Who takes part and where: partners, sites, ground stations, relays."""

from typing import Literal

from pydantic import Field

from malapert.programme.rows import (
    Epoch,
    Fraction,
    Latitude,
    Longitude,
    Name,
    NonNegative,
    Positive,
    Row,
)

Level = Literal[
    "founder", "mission", "system", "subsystem", "equipment", "ground", "application", "education", "member"
]


class Partner(Row):
    """A country, agency, organisation or company that takes part."""

    kind: Literal["country", "agency", "organisation", "company", "institution"] = Field(
        "agency", description="What it is."
    )
    country: Name = Field("", description="Country or countries it stands for.")
    level: Level = Field("member", description="Cooperation level agreed.")
    joined: Name = Field("", description="Date of joining as published (year, month or day).")


class Site(Row):
    """A place on the Moon in MOON_ME latitude and east longitude."""

    lat_deg: Latitude = Field(description="Planetocentric latitude, MOON_ME.")
    lon_deg: Longitude = Field(description="East longitude, MOON_ME.")
    height_m: float | None = Field(
        None,
        ge=-10000.0,
        le=11000.0,
        description="Surveyed height above the 1737.4 km sphere; the raster's when absent.",
    )
    mast_m: NonNegative = Field(2.0, description="Height of the solar arrays and antennas above the ground.")
    horizon: Name = Field("", description="Near-field horizon from the catalogue, merged with the far field.")


class GroundStation(Row):
    """An antenna on the Earth."""

    partner: Name = Field(description="Who brings it.")
    lat_deg: Latitude = Field(description="Geodetic latitude, WGS 84.")
    lon_deg: Longitude = Field(description="East longitude, WGS 84.")
    height_m: float = Field(0.0, ge=-500.0, le=9000.0, description="Height above the ellipsoid.")
    elevation_mask_deg: float = Field(10.0, ge=0.0, le=89.0, description="Lowest elevation at which it tracks.")
    diameter_m: Positive | None = Field(None, description="Dish diameter.")
    rate_mbit_s: Positive = Field(description="Downlink it can receive from a relay or from the site.")


class Relay(Row):
    """A communications orbiter; osculating elements at `epoch`, on the plane the Earth moves in about the Moon."""

    partner: Name = Field(description="Who brings it.")
    mass_kg: NonNegative = Field(0.0, description="Launch mass; zero when it is already there.")
    in_service: Epoch | None = Field(None, description="From when it relays; its flight's arrival when absent.")
    out_of_service: Epoch | None = Field(None, description="Until when it relays.")
    epoch: Epoch = Field(description="Epoch of the elements.")
    perilune_km: Positive = Field(description="Perilune height.")
    apolune_km: Positive = Field(description="Apolune height.")
    inclination_deg: float = Field(
        ge=0.0, le=180.0, description="Inclination to the Earth's plane of motion about the Moon."
    )
    node_deg: float = Field(
        0.0, ge=-360.0, le=360.0, description="Node, from that plane's own node on the ICRF equator."
    )
    perilune_argument_deg: float = Field(
        90.0, ge=-360.0, le=360.0, description="Argument of perilune; 90 puts apolune over the south."
    )
    phase_deg: float = Field(0.0, ge=-360.0, le=360.0, description="Mean anomaly at epoch.")
    rate_mbit_s: Positive = Field(description="Site to Earth through the relay.")
    elevation_mask_deg: float = Field(5.0, ge=0.0, le=89.0, description="Lowest elevation above the site's horizontal.")


class Entitlement(Row):
    """What a partner may use of the common resources."""

    partner: Name = Field(description="Who is entitled.")
    rule: Literal["agreement", "contribution"] = Field(
        "contribution", description="A fixed share, or one that follows landed mass contributed."
    )
    share: Fraction | None = Field(None, description="The agreed share, when the rule is `agreement`.")
