"""What happens along an arc: apsides and radii, found by the integrator; nodes, eclipses, passes, found on its path."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from malapert import constants
from malapert.errors import InputError
from malapert.flight.bodies import BODY_NAMES
from malapert.flight.event_values import APOAPSIS, ASCENDING_RADIUS, DESCENDING_RADIUS, PERIAPSIS
from malapert.sky import ephemeris, oem
from malapert.sky.contacts import GroundStation, LunarSite, Orbiter, contacts
from malapert.sky.eclipses import eclipses
from malapert.sky.rotation import rotation
from malapert.sky.spans import bisect
from malapert.sky.time import tdb_s

Array = NDArray[np.float64]
Path = Callable[[Array], Array]

_KERNEL_KINDS: Final = {
    "periapsis": PERIAPSIS,
    "apoapsis": APOAPSIS,
    "descending": DESCENDING_RADIUS,
    "ascending": ASCENDING_RADIUS,
    "soi_entry": DESCENDING_RADIUS,
    "soi_exit": ASCENDING_RADIUS,
}
_NODES: Final = ("ascending_node", "descending_node")
_SHADOWS: Final = ("penumbra_entry", "umbra_entry", "umbra_exit", "penumbra_exit")
_PASSES: Final = ("rise", "set")
KINDS: Final = (*_KERNEL_KINDS, *_NODES, *_SHADOWS, *_PASSES, "burnout")
_RADII: Final = {
    "earth": constants.RADIUS_EARTH_EQUATOR_KM,
    "moon": constants.RADIUS_MOON_KM,
    "mars": 3396.19,
    "sun": constants.RADIUS_SUN_KM,
}
_EQUATORS: Final = {"earth": "ITRF", "moon": "MOON_PA", "mars": "MARS"}
# Spheres of influence a (m/M)^(2/5) (Laplace; Bate, Mueller and White 1971, eq. 7.4-1), with mean distances of the
# Moon and of Mars (JPL's mean elements) in km.
_EARTH_AND_MOON: Final = constants.GM_EARTH_KM3_S2 + constants.GM_MOON_KM3_S2
SPHERES_KM: Final = {
    "earth": constants.ASTRONOMICAL_UNIT_KM * (_EARTH_AND_MOON / constants.GM_SUN_KM3_S2) ** 0.4,
    "moon": 384400.0 * (constants.GM_MOON_KM3_S2 / constants.GM_EARTH_KM3_S2) ** 0.4,
    "mars": 227943820.0 * (constants.GM_MARS_SYSTEM_KM3_S2 / constants.GM_SUN_KM3_S2) ** 0.4,
}
# A path is kept at so much of the time in which the craft crosses its distance, for the search and for polynomials
# through four states: 1e-10 of the distance.
SEARCH_STEP: Final = 0.05


@dataclass(frozen=True)
class EventRule:
    """What to look for, about a body; the arc ends at the stop_after-th find (0: never).

    periapsis, apoapsis; descending, ascending: through altitude_km over RADIUS_EARTH_EQUATOR_KM, RADIUS_MOON_KM (Mars
    3396.19); soi_entry, soi_exit: Laplace's sphere of influence; ascending_node, descending_node: the body's equator;
    penumbra_entry, umbra_entry, umbra_exit, penumbra_exit: of the Earth's or the Moon's shadow; rise, set: over a
    place (lat_deg, lon_deg, height_m) of the Earth or the Moon, above mask_deg; burnout: an engine runs dry.
    """

    kind: str
    body: str
    altitude_km: float = 0.0
    stop_after: int = 0
    lat_deg: float = 0.0
    lon_deg: float = 0.0
    height_m: float = 0.0
    mask_deg: float = 0.0

    @property
    def searched(self) -> bool:
        """Whether it is found on the path after the flight, not by the integrator."""
        return self.kind not in _KERNEL_KINDS

    def check(self, center: str) -> None:
        """InputError when there is no such event on an arc about this centre."""
        allowed: tuple[str, ...] = tuple(_RADII)
        if self.kind in ("periapsis", "apoapsis"):
            allowed = ("earth", "moon") if center in ("earth", "moon") else (center,)
        elif self.kind in ("descending", "ascending", "soi_entry", "soi_exit"):
            pair = ("earth", "moon") if center in ("earth", "moon") else (center,)
            allowed = pair if self.kind in ("descending", "ascending") else tuple(set(pair) & set(SPHERES_KM))
        elif self.kind in _NODES:
            allowed = tuple(_EQUATORS)
        elif self.kind in (*_SHADOWS, *_PASSES):
            allowed = ("earth", "moon")
        if self.kind not in KINDS:
            raise InputError(f"an event is one of {', '.join(KINDS)} (got {self.kind!r})")
        if self.body not in allowed:
            raise InputError(
                f"on an arc about the {center}, {self.kind} is found about {' or '.join(allowed)} (got {self.body!r})"
            )

    def words(self) -> str:
        """The rule for people."""
        if self.kind in ("descending", "ascending"):
            return f"{self.kind} through {self.altitude_km:g} km over the {self.body}"
        if self.kind in _PASSES:
            return f"{self.kind} over {self.lat_deg:g}, {self.lon_deg:g} deg of the {self.body}, mask {self.mask_deg:g}"
        return f"{self.kind.replace('_', ' ')}, {self.body}"

    def row(self) -> list[float]:
        """The rule as the integrator reads it; InputError for one it does not find."""
        if self.kind not in _KERNEL_KINDS or self.body not in _RADII:
            raise InputError(f"an arc is ended by {', '.join(_KERNEL_KINDS)} about {', '.join(_RADII)} (got {self})")
        radius = SPHERES_KM[self.body] if self.kind.startswith("soi") else _RADII[self.body] + self.altitude_km
        return [_KERNEL_KINDS[self.kind], BODY_NAMES.index(self.body), radius, self.stop_after]


@dataclass(frozen=True)
class Event:
    """An event that happened: the rule, the epoch and the state at the arc's centre (6,)."""

    rule: EventRule
    epoch_tdb_s: float
    state: Array


def search(rules: Sequence[EventRule], t_tdb_s: Array, states: Array, center: str) -> list[Event]:
    """Events of the searched rules on a path of rising epochs (n,) and states (n, 6), in the order of time.

    Epochs are good to a millisecond, those of shadows on low orbits to 0.3 s: bodies are round and taken where light
    left them (`sky.eclipses`). Passes have light time, at the place (`sky.contacts`), and end where a body is in the
    way. An event and its opposite that both fall within a step of the path may be missed.
    """

    def path(at: Array) -> Array:
        return oem.interpolated(t_tdb_s, states, "HERMITE", 7, at)

    found = []
    for rule in rules:
        epochs = _epochs(rule, t_tdb_s, path, center)
        epochs = epochs[(epochs > t_tdb_s[0]) & (epochs < t_tdb_s[-1])]
        found += [Event(rule, float(at), state) for at, state in zip(epochs, path(epochs), strict=True)]
    return sorted(found, key=lambda event: event.epoch_tdb_s)


def _epochs(rule: EventRule, t: Array, path: Path, center: str) -> Array:
    def moon_to_craft_km(at: Array) -> Array:
        # Light time reaches a little before and after the path.
        inside = np.clip(at, t[0], t[-1])
        state = path(inside)
        place = state[:, :3] + (at - inside)[:, None] * state[:, 3:]
        return place if center == "moon" else place + ephemeris.position_km(center, "moon", at)

    if rule.kind == "burnout":
        return np.empty(0)  # nothing burns on a coast; `maneuvers` knows of it
    if rule.kind in _NODES:
        return _nodes(rule, t, path, center)
    if rule.kind in _SHADOWS:
        place = {"penumbra_entry": 0, "umbra_entry": 1, "umbra_exit": 2, "penumbra_exit": 3}[rule.kind]
        passages = eclipses(Orbiter(moon_to_craft_km), t, "earth" if rule.body == "earth" else "moon")
        moments = [
            (one.penumbra_start_utc, one.umbra_start_utc, one.umbra_end_utc, one.penumbra_end_utc)[place]
            for one in passages
        ]
        return np.array([tdb_s(moment) for moment in moments if moment is not None])
    where = (rule.lat_deg, rule.lon_deg, rule.height_m, rule.mask_deg)
    site = GroundStation(*where) if rule.body == "earth" else LunarSite(*where)
    spans = contacts(Orbiter(moon_to_craft_km), site, t).spans_tdb_s
    return np.asarray(spans[:, 0 if rule.kind == "rise" else 1])


def _nodes(rule: EventRule, t: Array, path: Path, center: str) -> Array:
    side = 1.0 if rule.kind == "ascending_node" else -1.0

    def above(at: Array) -> Array:
        place = path(at)[:, :3]
        if rule.body != center:
            place = place + ephemeris.position_km(center, rule.body, at)
        pole = rotation(_EQUATORS[rule.body], at).matrix[:, 2]
        return np.asarray(side * np.sum(pole * place, axis=1))

    values = above(t)
    change = np.flatnonzero((values[:-1] < 0.0) & (values[1:] >= 0.0))
    return bisect(above, t[change], t[change + 1], 1e-6)
