"""Phases to, from and by a near-rectilinear halo orbit about the Moon."""

import math
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from malapert import constants
from malapert.errors import InputError
from malapert.flight.conics import unit
from malapert.flight.earth_return import Corridor
from malapert.flight.forces import CISLUNAR, model
from malapert.flight.injection import Parking
from malapert.flight.nrho import Nrho, grow_nrho
from malapert.flight.nrho_flyby import design_nrho_flyby_return, design_nrho_flyby_transfer
from malapert.flight.nrho_transfer import design_llo_to_nrho, design_nrho_to_llo, design_nrho_transfer
from malapert.flight.phases.base import Craft, Flyer, Piece, must_fly, said
from malapert.flight.phases.orbital import epoch_s, must_hold, orbit_values, spent_kg
from malapert.flight.propagate import Trajectory, fly, propagate
from malapert.flight.targeting import solve
from malapert.flight.transfer import Maneuver, Transfer
from malapert.programme.phases import Phase
from malapert.programme.phases import halo as rows

Array = NDArray[np.float64]

DAY_S: Final = constants.SECONDS_PER_DAY
SAMPLES: Final = 1000
NEAR_HALO_KM: Final = 1.0
MOST_TILT_DEG: Final = 3.0


def halo_orbit(row: rows.HaloOrbit) -> Nrho:
    """The orbit that all phases naming the same row share."""
    return grow_nrho(epoch_s(row.apolune), row.revolutions)


@lru_cache(maxsize=16)
def way_up(halo: rows.HaloOrbit, perilune_s: float, altitude_km: float, coast_h: tuple[float, ...]) -> Transfer:
    """From a polar low orbit to the halo orbit by one of its perilunes."""
    return design_llo_to_nrho(
        halo_orbit(halo), perilune_s - 1.0, altitude_km=altitude_km, coast_h=coast_h, samples=SAMPLES
    )


def next_perilune_s(halo: rows.HaloOrbit, after_s: float) -> float:
    """Epoch of the halo orbit's next perilune."""
    later = [epoch for epoch, _ in halo_orbit(halo).perilunes() if epoch > after_s]
    if not later:
        raise InputError(f"the halo orbit has no perilune after {said(after_s)}; follow it for more revolutions")
    return later[0]


def to_halo(row: rows.ToHalo, craft: Craft | None) -> Piece:
    """Leave the Earth for a halo orbit."""
    orbit = halo_orbit(row.halo)
    start_s, parking = epoch_s(row.departure), Parking(row.parking_km, row.parking_inclination_deg)
    if row.by == "flyby":
        flown = design_nrho_flyby_transfer(
            start_s, orbit=orbit, parking=parking, window_d=row.window_d, samples=SAMPLES, name=row.name
        )
    else:
        flown = design_nrho_transfer(
            start_s, orbit=orbit, parking=parking, window_d=row.window_d, flight_d=row.flight_d, samples=SAMPLES,
            name=row.name,
        )  # fmt: skip
    injection, *burns = flown.maneuvers
    path, masses, burnt_kg = _weighed(flown, "earth", row.mass_kg, row.isp_s, burns)
    end = Craft(flown.arrival_tdb_s, flown.arrival_state, "moon", row.mass_kg - burnt_kg)
    perilunes = np.array(orbit.perilunes())
    injected = path.states[0]
    speed, radius = float(np.linalg.norm(injected[3:])), float(np.linalg.norm(injected[:3]))
    values = {
        "departure_utc": flown.departure_tdb_s,
        "injection_delta_v_m_s": injection.delta_v_m_s,
        "injection_c3_km2_s2": speed**2 - 2.0 * constants.GM_EARTH_KM3_S2 / radius,
        "flyby_delta_v_m_s": burns[0].delta_v_m_s if len(burns) > 1 else 0.0,
        "insertion_delta_v_m_s": burns[-1].delta_v_m_s,
        "arrival_delta_v_m_s": sum(burn.delta_v_m_s for burn in burns),
        "flight_h": (flown.arrival_tdb_s - flown.departure_tdb_s) / 3600.0,
        "halo_period_d": float(np.mean(np.diff(perilunes[:, 0]))) / DAY_S,
        "halo_perilune_radius_km": float(np.mean(perilunes[:, 1])),
        "burnt_kg": burnt_kg,
    }
    piece = _piece(row, path, masses, values | orbit_values(end), flown.maneuvers)
    return replace(piece, hands_on="moon")


def _weighed(
    flown: Transfer, center: str, mass_kg: float, isp_s: float, burns: Sequence[Maneuver]
) -> tuple[Trajectory, Array, float]:
    """The path to arrival about a centre, its masses, and what the burns use; each counts from the state after it."""
    path = flown.trajectory
    keep = path.epochs_tdb_s < flown.arrival_tdb_s
    states = path.states_from(center)[keep]
    last = Craft(flown.arrival_tdb_s, flown.arrival_state, flown.arrival_body, mass_kg).about(center)
    cut = replace(
        path, epochs_tdb_s=np.append(path.epochs_tdb_s[keep], last.epoch_tdb_s), states=np.vstack([states, last.state]),
        center=center, _views={},
    )  # fmt: skip
    masses, left_kg = np.full(len(cut.states), mass_kg), mass_kg
    for burn in burns:
        left_kg -= spent_kg(left_kg, burn.delta_v_m_s, isp_s)
        after = int(np.searchsorted(cut.epochs_tdb_s, burn.epoch_tdb_s - 1e-6, side="right"))
        masses[min(after, len(masses) - 1) :] = left_kg
    return cut, masses, mass_kg - left_kg


def _piece(row: Phase, path: Trajectory, masses: Array, values: dict[str, float], burns: Sequence[Maneuver]) -> Piece:
    marks = tuple((burn.name, burn.epoch_tdb_s) for burn in burns)
    return Piece(
        row.name, row.type, path.center, path.epochs_tdb_s, path.states, masses, values, marks, models=path.forces
    )


def _on_halo(start: Craft, orbit: Nrho, row: Any) -> None:
    """Refuse a craft that is not on the halo orbit the row names."""
    off_km = float(np.linalg.norm(start.about("moon").state[:3] - orbit.state(start.epoch_tdb_s)[:3]))
    if off_km > NEAR_HALO_KM:
        raise InputError(f"the craft is {off_km:.0f} km off the halo orbit of {row.halo.apolune:%Y-%m-%d}; fly to it")


def _after(waited: Trajectory, piece: Piece, mass_kg: float) -> Piece:
    """A piece with the wait before it in front."""
    return replace(
        piece, epochs_tdb_s=np.concatenate([waited.epochs_tdb_s, piece.epochs_tdb_s]),
        states=np.vstack([waited.states_from(piece.center), piece.states]),
        masses_kg=np.concatenate([np.full(len(waited.states), mass_kg), piece.masses_kg]),
    )  # fmt: skip


def _must_hold(row: Any, burnt_kg: float, mass_kg: float, delta_v_m_s: float) -> None:
    must_hold(burnt_kg, row.propellant_kg, mass_kg, f"the {delta_v_m_s:.0f} m/s")


def halo_to_low_orbit(row: rows.HaloToLowOrbit, craft: Craft | None) -> Piece:
    """Wait on the halo orbit and go down to a low one."""
    start, orbit = must_fly(craft, row.name).about("moon"), halo_orbit(row.halo)
    _on_halo(start, orbit, row)
    flown = design_nrho_to_llo(
        orbit, start.epoch_tdb_s, altitude_km=row.altitude_km, inclination_deg=row.inclination_deg,
        coast_h=row.coast_h, samples=SAMPLES, name=row.name,
    )  # fmt: skip
    path, masses, burnt_kg = _weighed(flown, "moon", start.mass_kg, row.isp_s, flown.maneuvers)
    _must_hold(row, burnt_kg, start.mass_kg, flown.delta_v_m_s)
    end = Craft(path.end_tdb_s, path.end_state, "moon", start.mass_kg - burnt_kg)
    high, low = flown.maneuvers
    values = _between(start, high, low, high, burnt_kg) | orbit_values(end)
    waited = orbit.arc(start.epoch_tdb_s, flown.departure_tdb_s, 600.0)
    return _after(waited, _piece(row, path, masses, values, flown.maneuvers), start.mass_kg)


def _between(start: Craft, high: Maneuver, low: Maneuver, first: Maneuver, burnt_kg: float) -> dict[str, float]:
    return {
        "departure_utc": first.epoch_tdb_s,
        "wait_s": first.epoch_tdb_s - start.epoch_tdb_s,
        "delta_v_m_s": high.delta_v_m_s + low.delta_v_m_s,
        "halo_burn_m_s": high.delta_v_m_s,
        "low_burn_m_s": low.delta_v_m_s,
        "flight_h": abs(high.epoch_tdb_s - low.epoch_tdb_s) / 3600.0,
        "burnt_kg": burnt_kg,
    }


def low_orbit_to_halo(row: rows.LowOrbitToHalo, craft: Craft | None) -> Piece:
    """Go up from the orbit the craft is in: the designed way, shot again from where it is on its orbit."""
    start, orbit = must_fly(craft, row.name).about("moon"), halo_orbit(row.halo)
    altitude_km = float(np.linalg.norm(start.state[:3])) - constants.RADIUS_MOON_KM
    meant = way_up(row.halo, next_perilune_s(row.halo, start.epoch_tdb_s), round(altitude_km, 0), row.coast_h)
    leaves_s, arrives_s = meant.departure_tdb_s, meant.arrival_tdb_s
    if leaves_s <= start.epoch_tdb_s:
        raise InputError(f"the way up left at {said(leaves_s)}, and it is {said(start.epoch_tdb_s)}")
    waited = _waiting(start, leaves_s, meant.trajectory.states_from("moon")[0])
    here = waited.end_state
    target = orbit.state(arrives_s)

    def misses(burn: Array) -> Array:
        state = np.append(here[:3], here[3:] + burn)
        return np.asarray(fly(state, waited.end_tdb_s, arrives_s, model(CISLUNAR, "moon"))[2][:3] - target[:3])

    guess = unit(here[3:]) * meant.maneuvers[0].delta_v_m_s / 1000.0
    names = ("x (km)", "y (km)", "z (km)")
    shot = solve(misses, guess, [1e-7] * 3, names, [0.01] * 3, what="up to the halo orbit", limit=50.0, iterations=40)
    after = np.append(here[:3], here[3:] + shot.unknowns)
    length = arrives_s - waited.end_tdb_s
    path = propagate(after, waited.end_tdb_s, length, CISLUNAR, output_step_s=length / SAMPLES)
    states = path.states.copy()
    states[-1] = target
    low = Maneuver("low lunar orbit departure", waited.end_tdb_s, shot.unknowns)
    high = Maneuver("halo orbit insertion", arrives_s, target[3:] - path.end_state[3:])
    burnt_low = spent_kg(start.mass_kg, low.delta_v_m_s, row.isp_s)
    left_kg = start.mass_kg - burnt_low
    burnt_kg = burnt_low + spent_kg(left_kg, high.delta_v_m_s, row.isp_s)
    _must_hold(row, burnt_kg, start.mass_kg, low.delta_v_m_s + high.delta_v_m_s)
    masses = np.append(np.full(len(states) - 1, left_kg), start.mass_kg - burnt_kg)
    end = Craft(arrives_s, target, "moon", start.mass_kg - burnt_kg)
    values = _between(start, high, low, low, burnt_kg) | orbit_values(end)
    return _after(
        waited, _piece(row, replace(path, states=states, _views={}), masses, values, (low, high)), start.mass_kg
    )


def _waiting(start: Craft, leaves_s: float, leaving: Array) -> Trajectory:
    """The craft's orbit until it is where the way up leaves, in the revolution about that epoch."""
    normals = [unit(np.cross(state[:3], state[3:])) for state in (start.state, leaving)]
    tilt = math.degrees(math.acos(float(np.clip(normals[0] @ normals[1], -1.0, 1.0))))
    if tilt > MOST_TILT_DEG:
        raise InputError(
            f"the orbit lies {tilt:.1f} deg off the plane of the way up, more than {MOST_TILT_DEG:g}; lift off into it "
            "(`ascent_from_surface` with the same `halo`) or change plane first"
        )
    period_s = 60.0 * orbit_values(start)["end_period_min"]
    last_s = leaves_s + 0.5 * period_s
    path = propagate(start.state, start.epoch_tdb_s, last_s - start.epoch_tdb_s, CISLUNAR, output_step_s=10.0)
    near = path.epochs_tdb_s > max(leaves_s - 0.5 * period_s, start.epoch_tdb_s)
    angles = unit(path.states[:, :3]) @ unit(leaving[:3])
    k = int(np.argmax(np.where(near, angles, -2.0)))
    return propagate(
        start.state, start.epoch_tdb_s, float(path.epochs_tdb_s[k]) - start.epoch_tdb_s, CISLUNAR, output_step_s=60.0
    )


def halo_to_earth(row: rows.HaloToEarth, craft: Craft | None) -> Piece:
    """Go home from the halo orbit."""
    start, orbit = must_fly(craft, row.name).about("moon"), halo_orbit(row.halo)
    _on_halo(start, orbit, row)
    corridor = Corridor(row.entry_height_km, row.entry_flight_path_deg)
    flown = design_nrho_flyby_return(
        orbit, start.epoch_tdb_s, window_d=row.window_d, corridor=corridor, samples=SAMPLES, name=row.name
    )
    path, masses, burnt_kg = _weighed(flown, "earth", start.mass_kg, row.isp_s, flown.maneuvers)
    _must_hold(row, burnt_kg, start.mass_kg, flown.delta_v_m_s)
    end = Craft(path.end_tdb_s, path.end_state, "earth", start.mass_kg - burnt_kg)
    leaving, flyby = flown.maneuvers
    values = {
        **{key: flown.facts[key] for key in ("entry_speed_km_s", "entry_flight_path_deg", "entry_inclination_deg")},
        "departure_utc": leaving.epoch_tdb_s,
        "delta_v_m_s": flown.delta_v_m_s,
        "halo_burn_m_s": leaving.delta_v_m_s,
        "flyby_delta_v_m_s": flyby.delta_v_m_s,
        "flyby_height_km": flown.facts["flyby_altitude_km"],
        "flight_h": (end.epoch_tdb_s - leaving.epoch_tdb_s) / 3600.0,
        "burnt_kg": burnt_kg,
    }
    waited = orbit.arc(start.epoch_tdb_s, leaving.epoch_tdb_s, 600.0)
    piece = _piece(row, path, masses, values | orbit_values(end), flown.maneuvers)
    return _after(waited, piece, start.mass_kg)


HALO: dict[str, Flyer] = {
    "to_halo": to_halo,
    "halo_to_low_orbit": halo_to_low_orbit,
    "low_orbit_to_halo": low_orbit_to_halo,
    "halo_to_earth": halo_to_earth,
}
