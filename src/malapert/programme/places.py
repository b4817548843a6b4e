"""Who takes part and where: partners, sites, ground stations, relays, and kernels that say where things are."""

from datetime import datetime
from typing import Literal, NamedTuple, Self

from pydantic import Field, model_validator

from malapert.errors import InputError
from malapert.programme.rows import (
    Epoch,
    Fraction,
    Latitude,
    Longitude,
    Name,
    Names,
    NonNegative,
    Positive,
    Row,
    Text,
)

Band = Literal["uhf", "s", "x", "ka"]
Level = Literal[
    "founder", "mission", "system", "subsystem", "equipment", "ground", "application", "education", "member"
]

Rule = Literal["agreement", "contribution", "common_pool", "first_use"]


def _together(row: Row, *keys: str) -> None:
    """ValueError when some of a radio's keys are given and others are not."""
    given = [key for key in keys if getattr(row, key) is not None]
    if given and len(given) < len(keys):
        missing = ", ".join(key for key in keys if key not in given)
        raise ValueError(f"{', '.join(given)} without {missing}: a link needs them all; add {missing}")


class Partner(Row):
    """A country, agency, organisation or company that takes part."""

    kind: Literal["country", "agency", "organisation", "company", "institution"] = Field(
        "agency", description="What it is."
    )
    country: Name = Field("", description="Country or countries it stands for.")
    level: Level = Field("member", description="Cooperation level agreed.")
    launches_per_year: int | None = Field(None, ge=1, le=100, description="Most launches it makes in any year.")
    joined: Name = Field("", description="Date of joining as published (year, month or day).")
    agreement: Name = Field("", description="What its membership rests on: memorandum, statement, selection.")
    funds_millions: NonNegative = Field(0.0, description="Money it declares for the programme, in millions.")
    currency: Name = Field("", description="Currency of that money.")
    withdrawals_per_year: NonNegative = Field(
        0.005, le=10.0, description="Chance that it leaves the programme, a year."
    )


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
    masts_m: tuple[NonNegative, ...] = Field((), description="Other heights its arrays may stand at, by their mast_m.")
    horizon: Name = Field("", description="Near-field horizon from the catalogue, merged with the far field.")
    landing_radius_m: Positive | None = Field(
        None, description="What lands farther from here is out of reach of what stands here; no limit when absent."
    )
    rasters: Names = Field((), description="Rasters with finer heights around it than the shipped 1600 m.")
    antenna_m: Positive | None = Field(None, description="Dish it sends with, to relays and straight to the Earth.")
    transmit_w: Positive | None = Field(None, description="Radio power it sends with.")
    earth_band: Band = Field("x", description="Band in which it sends straight to the Earth.")

    @model_validator(mode="after")
    def _radio(self) -> Self:
        _together(self, "antenna_m", "transmit_w")
        return self


def sky_name(site: str, mast_m: float | None) -> str:
    """What the light over a site is called at a mast of its own."""
    return site if mast_m is None else f"{site} at {mast_m:g} m"


class GroundStation(Row):
    """An antenna on the Earth."""

    partner: Name = Field(description="Who brings it.")
    lat_deg: Latitude = Field(description="Geodetic latitude, WGS 84.")
    lon_deg: Longitude = Field(description="East longitude, WGS 84.")
    height_m: float = Field(0.0, ge=-500.0, le=9000.0, description="Height above the ellipsoid.")
    elevation_mask_deg: float = Field(10.0, ge=0.0, le=89.0, description="Lowest elevation at which it tracks.")
    diameter_m: Positive | None = Field(None, description="Dish diameter.")
    efficiency: Fraction = Field(0.55, gt=0.0, description="Part of the dish's area that counts.")
    noise_k: Positive | None = Field(None, description="Noise temperature of the whole receiving system.")
    rate_mbit_s: Positive = Field(description="Most it can receive; a link may give less.")


class Raster(Row):
    """A file of yours with heights around a site: polar stereographic GeoTIFF, JPEG 2000, or PDS3 IMG with a label."""

    file: Text = Field(
        min_length=1, description="The file; a relative path starts at the programme file that names it."
    )
    sha256: Name = Field("", description="SHA-256 of the file; filled in when absent, checked when given.")


class Kernel(Row):
    """A file of yours with paths or the Moon's orientation: SPK, binary PCK (DE421 or DE440), or CCSDS OEM (KVN)."""

    file: Text = Field(
        min_length=1, description="The file; a relative path starts at the programme file that names it."
    )
    bodies: Names = Field(
        (),
        description="What is taken from it; all it holds when absent. `sun`, planets, `earth`, `moon` of an SPK and "
        "`moon_orientation` of a PCK replace the shipped ephemeris for light; flights stay in the shipped one.",
    )
    sha256: Name = Field("", description="SHA-256 of the file; filled in when absent, checked when given.")


class OrbitElements(NamedTuple):
    """A relay's osculating elements, none missing."""

    epoch: datetime
    perilune_km: float
    apolune_km: float
    inclination_deg: float


class Relay(Row):
    """A communications orbiter: the path of a kernel, or osculating elements at `epoch`, on the plane the Earth moves
    in about the Moon."""

    partner: Name = Field(description="Who brings it.")
    mass_kg: NonNegative = Field(0.0, description="Launch mass; zero when it is already there.")
    in_service: Epoch | None = Field(None, description="From when it relays; its flight's arrival when absent.")
    out_of_service: Epoch | None = Field(None, description="Until when it relays.")
    kernel: Name = Field("", description="Kernel with its path; the elements below are then needed by a flight only.")
    body: Name = Field(
        "",
        description="Its name in the kernel (SPK: NAIF code, OEM: object name or id); needed when there are several.",
    )
    epoch: Epoch | None = Field(None, description="Epoch of the elements.")
    perilune_km: Positive | None = Field(None, description="Perilune height.")
    apolune_km: Positive | None = Field(None, description="Apolune height.")
    inclination_deg: float | None = Field(
        None, ge=0.0, le=180.0, description="Inclination to the Earth's plane of motion about the Moon."
    )
    node_deg: float = Field(
        0.0, ge=-360.0, le=360.0, description="Node, from that plane's own node on the ICRF equator."
    )
    perilune_argument_deg: float = Field(
        90.0, ge=-360.0, le=360.0, description="Argument of perilune; 90 puts apolune over the south."
    )
    phase_deg: float = Field(0.0, ge=-360.0, le=360.0, description="Mean anomaly at epoch.")
    rate_mbit_s: Positive = Field(description="Most it passes from the site to the Earth; a link may give less.")
    site_band: Band = Field("x", description="Band in which it hears the site.")
    site_antenna_m: Positive | None = Field(None, description="Dish towards the Moon.")
    site_efficiency: Fraction = Field(0.55, gt=0.0, description="Part of that dish's area that counts.")
    site_noise_k: Positive | None = Field(None, description="Noise temperature of its receiving system.")
    earth_band: Band = Field("ka", description="Band in which it sends to the Earth.")
    earth_antenna_m: Positive | None = Field(None, description="Dish towards the Earth.")
    earth_transmit_w: Positive | None = Field(None, description="Radio power it sends to the Earth.")
    elevation_mask_deg: float = Field(5.0, ge=0.0, le=89.0, description="Lowest elevation above the site's horizontal.")

    @model_validator(mode="after")
    def _radio(self) -> Self:
        _together(self, "site_antenna_m", "site_noise_k")
        _together(self, "earth_antenna_m", "earth_transmit_w")
        return self

    @property
    def elements(self) -> OrbitElements:
        """The elements; InputError when the relay has a kernel and no elements."""
        found = OrbitElements(self.epoch, self.perilune_km, self.apolune_km, self.inclination_deg)  # type: ignore[arg-type]
        missing = [name for name, value in found._asdict().items() if value is None]
        if missing:
            raise InputError(f"a relay without {', '.join(missing)} cannot be flown; add the elements")
        return found


class Entitlement(Row):
    """What a partner may use of the common resources."""

    partner: Name = Field(description="Who is entitled.")
    rule: Rule = Field(
        "contribution",
        description="A fixed share (`agreement`), an equal part of a pool (`common_pool`), first use of what its own "
        "elements give (`first_use`), or a share that follows what it contributed.",
    )
    share: Fraction | None = Field(
        None, description="The agreed share; with `common_pool` the whole pool, the same on every row of that rule."
    )
