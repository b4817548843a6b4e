"""Orbits about the Moon by name, flown in the ephemeris for years, with what holding them costs."""

import math
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from malapert import constants
from malapert.errors import InputError
from malapert.flight.families import FAMILIES, UNIT_D, periodic_orbit
from malapert.flight.forces import CISLUNAR, Forces
from malapert.flight.frozen import FROZEN_FORCES, frozen_orbit
from malapert.flight.lifetime import fly_until_impact
from malapert.flight.patched import NODES, PHASES, PatchedOrbit, falls_freely, grow
from malapert.flight.propagate import Trajectory, check_span
from malapert.flight.relay import RELAY_FORCES, RelayOrbit, Reset, choose_node_deg, relay_ephemeris
from malapert.flight.station_keeping import UNSTABLE, KeepingErrors, StationKeeping, keep_station
from malapert.flight.three_body import PeriodicOrbit

Array = NDArray[np.float64]
Told = Callable[[str, float], None]

YEAR_S: Final = 365.25 * constants.SECONDS_PER_DAY
SYNODIC_D: Final = 29.530589
HOUR_S: Final = 3600.0
# What a family's member is when no period is asked for: a halo of middling height, the orbit Artemis I flew near.
USUAL_D: Final = {"halo-l1": FAMILIES["halo-l1"].period * UNIT_D, "halo-l2": 14.0, "dro": 14.0}
# Revolutions flown beyond the span, along which the last burns of station keeping look ahead.
AHEAD: Final = 6
# States are kept at so much of the time in which the craft crosses its distance: polynomials through four of them
# (OEM and SPK, degree 7) then err by less than a metre.
KEPT_STEP: Final = 0.1


@dataclass(frozen=True)
class FlownOrbit:
    """An orbit in the ephemeris, and what it does in its years.

    path: Moon-centred ICRF. perilunes, apolunes (n, 2): epochs (TDB s) and altitudes (km over 1737.4). period_d: from
    perilune to perilune, or of a halo or retrograde orbit as it turns with the Moon. lost: it met the ground, where
    the path ends. figures: what else its kind has to say, keys with their unit.
    """

    kind: str
    title: str
    path: Trajectory
    perilunes: Array
    apolunes: Array
    period_d: float
    lost: bool = False
    figures: dict[str, float] = field(default_factory=dict)
    three_body: PeriodicOrbit | None = None
    keeping: StationKeeping | None = None
    resets: tuple[Reset, ...] | None = None

    @property
    def years(self) -> float:
        return (self.path.end_tdb_s - float(self.path.epochs_tdb_s[0])) / YEAR_S


def _silent(what: str, part: float) -> None:
    pass


def resonant_period_d(revolutions: int, months: int) -> float:
    """Period of an orbit that turns so often in so many synodic months: 9 in 2 is 6.562 d."""
    if revolutions < 1 or months < 1:
        raise InputError(f"a resonance is two whole numbers from 1 on, such as 9:2 (got {revolutions}:{months})")
    return SYNODIC_D * months / revolutions


def fly_periodic(
    family: str, start_tdb_s: float, years: float, period_d: float | None = None, *, kind: str = "",
    north: bool = False, forces: Forces = CISLUNAR, fine: bool = False, runs: int = 0, seed: int = 1,
    errors: KeepingErrors | None = None, told: Told = _silent,
) -> FlownOrbit:  # fmt: skip
    """A member of `families.FAMILIES` continued into the ephemeris, held through `runs` lives with drawn errors.

    period_d: None is the usual one. fine: states close enough for interpolation, else hourly. Raises as
    `periodic_orbit`, `patched.grow` and `keep_station` do.
    """
    _check_years(start_tdb_s, years)
    turn_d = USUAL_D.get(family, 0.0) if period_d is None else period_d
    member = periodic_orbit(family, turn_d / UNIT_D, north=north)
    turn_s, span_s = turn_d * constants.SECONDS_PER_DAY, years * YEAR_S
    revolutions = math.ceil(span_s / turn_s) + 1 + (AHEAD if runs else 0)
    # The first patch point, or the far crossing a free fall begins at, is to stand at the start.
    before = PHASES[NODES // 2] if falls_freely(member, revolutions) else PHASES[0]
    reference = grow(
        member, start_tdb_s - float(before) * turn_s, revolutions, turn_s=turn_s, forces=forces,
        told=lambda part: told("closing the gaps", part),
    )  # fmt: skip
    begin = float(reference.epochs_tdb_s[0])
    end = begin + min(span_s, float(reference.epochs_tdb_s[-1]) - begin)
    path = reference.arc(begin, end, HOUR_S)
    if fine:
        path = reference.at(fine_epochs(path))
    keeping = None
    if runs:
        law = "targets" if member.stability > UNSTABLE else "crossing"
        keeping = keep_station(
            reference, law, runs=runs, seed=seed, errors=errors, told=lambda part: told("keeping station", part)
        )
    low, high = (_altitudes(reference, found, end) for found in (reference.perilunes(), reference.apolunes()))
    return FlownOrbit(
        kind or family, _title(kind, family, north), path, low, high,
        reference.period_s / constants.SECONDS_PER_DAY, three_body=member, keeping=keeping,
        figures={"largest_gap_m": 1000.0 * reference.gap_km, "largest_gap_m_s": reference.gap_m_s},
    )  # fmt: skip


def _title(kind: str, family: str, north: bool) -> str:
    title = FAMILIES[family].title
    if family.startswith("halo"):
        side = "northern" if north else "southern"
        title = f"{side} {title.replace('halo', 'near-rectilinear halo') if kind == 'nrho' else title}"
    return f"{title} orbit"


def _altitudes(reference: PatchedOrbit, found: list[tuple[float, float]], end_tdb_s: float) -> Array:
    rows = np.array(found).reshape(-1, 2)
    return np.asarray((rows - [0.0, constants.RADIUS_MOON_KM])[rows[:, 0] <= end_tdb_s])


def fine_epochs(path: Trajectory) -> Array:
    """Epochs (m,) of a path with more between them where it turns quickly: KEPT_STEP of distance over speed apart."""
    pace = np.linalg.norm(path.states[:, :3], axis=1) / np.linalg.norm(path.states[:, 3:], axis=1)
    gaps = np.diff(path.epochs_tdb_s)
    # An hour beside a perilune, the pace may be twice what it is there.
    parts = np.ceil(gaps / (0.5 * KEPT_STEP * np.minimum(pace[:-1], pace[1:]))).astype(int)
    begun = np.repeat(path.epochs_tdb_s[:-1], parts)
    place = np.arange(len(begun)) - np.repeat(np.cumsum(parts) - parts, parts)
    return np.append(begun + place * np.repeat(gaps / parts, parts), path.end_tdb_s)


def fly_frozen(
    start_tdb_s: float, years: float, *, altitude_km: float = 100.0, inclination_deg: float = 86.0,
    node_deg: float = 0.0, forces: Forces = FROZEN_FORCES, fine: bool = False, told: Told = _silent,
) -> FlownOrbit:  # fmt: skip
    """A frozen low orbit, found by `frozen_orbit` and flown without control. Raises as that does."""
    _check_years(start_tdb_s, years)
    found = frozen_orbit(
        altitude_km, inclination_deg, start_tdb_s, node_deg=node_deg, forces=forces,
        told=lambda part: told("looking for the start", part),
    )  # fmt: skip
    turn_s = 2.0 * math.pi * math.sqrt(found.semi_major_axis_km**3 / constants.GM_MOON_KM3_S2)
    flown = fly_until_impact(
        found.state, start_tdb_s, years * YEAR_S / constants.SECONDS_PER_DAY, forces,
        step_s=KEPT_STEP * turn_s / (2.0 * math.pi) if fine else HOUR_S, told=lambda part: told("flying", part),
    )  # fmt: skip
    figures = {
        "mean_altitude_km": altitude_km, "inclination_deg": inclination_deg, "node_deg": node_deg % 360.0,
        "mean_eccentricity": found.eccentricity, "mean_argument_of_perilune_deg": found.argument_of_perilune_deg,
        "eccentricity_drift_a_month": found.drift,
    }  # fmt: skip
    return FlownOrbit(
        "frozen", "frozen low orbit", flown.path, flown.perilunes, flown.apolunes, turn_s / constants.SECONDS_PER_DAY,
        flown.impact_d is not None, figures,
    )  # fmt: skip


def frozen_inclination_deg(perilune_altitude_km: float, apolune_altitude_km: float) -> float:
    """Inclination to the plane of the Earth's path at which the Earth leaves perilune in its place.

    cos^2 i = 0.6 (1 - e^2) with perilune 90 or 270 deg from the node (Lidov 1962, Planet. Space Sci. 9:719; for relays
    Ely 2005, J. Astronaut. Sci. 53:301).
    """
    low, high = (constants.RADIUS_MOON_KM + altitude for altitude in (perilune_altitude_km, apolune_altitude_km))
    e = (high - low) / (high + low)
    return math.degrees(math.acos(math.sqrt(0.6 * (1.0 - e * e))))


def fly_relay(
    start_tdb_s: float, years: float, orbit: RelayOrbit, *, node_free: bool = False, reset_every_d: float | None = None,
    forces: Forces = RELAY_FORCES, fine: bool = False, told: Told = _silent,
) -> FlownOrbit:  # fmt: skip
    """An elliptical relay orbit, left to itself or put back to its shape; node_free: at the best of twelve nodes."""
    _check_years(start_tdb_s, years)
    if node_free:
        told("choosing the node", 0.0)
        orbit = replace(orbit, node_deg=choose_node_deg(orbit, start_tdb_s))
    elements = orbit.elements()
    turn_s = elements.period_s(constants.GM_MOON_KM3_S2)
    low = elements.periapsis_radius_km
    pace_s = low / math.sqrt(constants.GM_MOON_KM3_S2 * (2.0 / low - 1.0 / elements.semi_major_axis_km))
    told("flying", 0.0)
    flown = relay_ephemeris(
        orbit, start_tdb_s, years * YEAR_S, step_s=KEPT_STEP * pace_s if fine else HOUR_S, reset_every_d=reset_every_d,
        forces=forces,
    )  # fmt: skip
    over = "inclination_to_earth_orbit_deg" if orbit.plane == "earth_orbit" else "inclination_deg"
    figures = {over: orbit.inclination_deg, "node_deg": orbit.node_deg,
               "argument_of_perilune_deg": orbit.argument_of_perilune_deg}  # fmt: skip
    for name in ("inclination_deg", "argument_of_perilune_deg"):
        for side, value in zip(("lowest", "highest"), flown.extremes.get(name, (math.nan, math.nan)), strict=True):
            figures[f"{side}_{name}"] = value
    return FlownOrbit(
        "relay", "elliptical relay orbit", flown.path, flown.perilunes, flown.apolunes,
        turn_s / constants.SECONDS_PER_DAY, flown.lost, figures, resets=flown.resets if reset_every_d else None,
    )  # fmt: skip


def _check_years(start_tdb_s: float, years: float) -> None:
    if not 0.0 < years <= 100.0:
        raise InputError(f"an orbit is flown for some years, at most 100 (got {years:g})")
    check_span(start_tdb_s, years * YEAR_S)
