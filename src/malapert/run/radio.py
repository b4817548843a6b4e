"""Which radio links the declared antennas make, and what they leave of the declared rates.

One rule: a way carries the least of what its modems are declared to pass and what its links give at their range with
links.MARGIN_DB to spare. A pair of which one end's dish, power or noise is not declared is not limited by its link.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from malapert.programme import Programme
from malapert.programme.places import GroundStation, Relay, Site
from malapert.programme.rows import Row
from malapert.sky.links import Link, Receiver, Transmitter

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]

# Greatest distance of the Moon in this century, Meeus 1997, "Mathematical Astronomy Morsels", chapter 4.
FARTHEST_MOON_KM: Final = 406720.0


def site_to_earth(site: Site, station: GroundStation) -> Link | None:
    """The site straight to an antenna on the Earth; None where a figure is not declared."""
    if site.antenna_m is None or site.transmit_w is None:
        return None
    return _received(Transmitter(site.earth_band, site.antenna_m, site.transmit_w), station)


def site_to_relay(site: Site, relay: Relay) -> Link | None:
    """The site up to a relay."""
    if None in (site.antenna_m, site.transmit_w, relay.site_antenna_m, relay.site_noise_k):
        return None
    assert site.antenna_m and site.transmit_w and relay.site_antenna_m and relay.site_noise_k
    return Link(
        Transmitter(relay.site_band, site.antenna_m, site.transmit_w),
        Receiver(relay.site_antenna_m, relay.site_noise_k, relay.site_efficiency),
    )


def relay_to_earth(relay: Relay, station: GroundStation) -> Link | None:
    """A relay down to an antenna on the Earth."""
    if relay.earth_antenna_m is None or relay.earth_transmit_w is None:
        return None
    return _received(Transmitter(relay.earth_band, relay.earth_antenna_m, relay.earth_transmit_w), station)


def _received(transmitter: Transmitter, station: GroundStation) -> Link | None:
    if station.diameter_m is None or station.noise_k is None:
        return None
    return Link(transmitter, Receiver(station.diameter_m, station.noise_k, station.efficiency))


def carried_mbit_s(link: Link | None, declared_mbit_s: float, range_km: Array) -> Array:
    """The declared rate, or the link's where that is less, over ranges (n,).

    Ranges may be from the centre of the body an antenna stands on: never too short for what is above its horizontal,
    and 0.15 dB too long at most between the Moon and the Earth.
    """
    declared = np.full(range_km.shape, declared_mbit_s)
    return declared if link is None else np.minimum(declared, link.rate_mbit_s(range_km))


def best_mbit_s(seen: Flags, rates_mbit_s: Sequence[Array]) -> Array:
    """(n,): the best rate among the stations (m, n) that see, 0 when none does."""
    if not len(rates_mbit_s):
        return np.zeros(seen.shape[1])
    best: Array = (seen * np.stack(rates_mbit_s)).max(axis=0)
    return best


def takes(seen: Flags, rates_mbit_s: Sequence[Array], way_mbit_s: Array) -> Flags:
    """(m, n): stations that see (m, n) and can take all that a way (n,) carries; none when it carries nothing."""
    able = np.array(rates_mbit_s).reshape(seen.shape) >= way_mbit_s * (1.0 - 1e-12)
    found: Flags = seen & able & (way_mbit_s > 0.0)
    return found


def down_mbit_s(programme: Programme, name: str, earth_to_craft_km: Array) -> list[Array]:
    """What each ground station (m, n) could take from a relay or orbital station."""
    relay = programme.relay.get(name)
    return [
        carried_mbit_s(relay_to_earth(relay, row) if relay else None, row.rate_mbit_s, earth_to_craft_km)
        for row in programme.ground_station.values()
    ]


def through_mbit_s(
    programme: Programme,
    name: str,
    declared_mbit_s: float,
    moon_to_craft_km: Array,
    down: Sequence[Array],
    seen: Flags,
) -> Array:
    """(n,): what a relay or orbital station carries to the best antenna that sees it, each hop by its own link.

    Orbital stations declare no radio: their rates hold. `down` is what each antenna could take from it (m, n).
    """
    relay = programme.relay.get(name)
    up = carried_mbit_s(site_to_relay(programme.home, relay) if relay else None, declared_mbit_s, moon_to_craft_km)
    return np.minimum(best_mbit_s(seen, down), up)


@dataclass(frozen=True)
class Hop:
    """One link of the programme at its greatest range, and the rows its figures stand in."""

    sender: tuple[str, str]
    receiver: tuple[str, str]
    link: Link
    range_km: float
    declared_mbit_s: float
    figures: tuple[tuple[Row, tuple[str, ...]], ...]

    @property
    def rate_mbit_s(self) -> float:
        """What it carries at that range."""
        return float(carried_mbit_s(self.link, self.declared_mbit_s, np.array([self.range_km]))[0])

    @property
    def margin_db(self) -> float:
        """What is left at the rate it carries."""
        return float(self.link.margin_db(self.range_km, self.rate_mbit_s))


_SITE: Final = ("antenna_m", "transmit_w")
_STATION: Final = ("diameter_m", "efficiency", "noise_k")
_UP: Final = ("site_band", "site_antenna_m", "site_efficiency", "site_noise_k")
_DOWN: Final = ("earth_band", "earth_antenna_m", "earth_transmit_w")


def hops(programme: Programme, light: xr.Dataset) -> Iterator[Hop]:
    """Every link whose figures are declared, at the greatest range of a light series."""
    site, home = programme.home, ("site", programme.station)
    for name, station in programme.ground_station.items():
        link = site_to_earth(site, station)
        if link:
            figures = ((site, (*_SITE, "earth_band")), (station, _STATION))
            yield Hop(home, ("ground_station", name), link, FARTHEST_MOON_KM, station.rate_mbit_s, figures)
    for name, relay in programme.relay.items():
        away_km = float(light["relay_farthest_km"].sel(relay=name))
        if away_km == 0.0:  # it is never there within the programme
            continue
        up = site_to_relay(site, relay)
        if up:
            yield Hop(home, ("relay", name), up, away_km, relay.rate_mbit_s, ((site, _SITE), (relay, _UP)))
        for ground, station in programme.ground_station.items():
            down = relay_to_earth(relay, station)
            if down:
                most = min(relay.rate_mbit_s, station.rate_mbit_s)
                rows = ((relay, _DOWN), (station, _STATION))
                yield Hop(("relay", name), ("ground_station", ground), down, FARTHEST_MOON_KM + away_km, most, rows)
