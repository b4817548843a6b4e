"""Phases whose burns are designed: out to the Moon, round it, home from it."""

from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from malapert.errors import InputError
from malapert.flight.earth_return import Corridor, design_return
from malapert.flight.forces import CISLUNAR, Forces
from malapert.flight.free_return import design_free_return, fly_free_return
from malapert.flight.injection import InjectionError, Parking
from malapert.flight.phases.base import EQUATORS_KM, Craft, Flyer, Piece, must_fly
from malapert.flight.phases.orbital import GMS_KM3_S2, epoch_s, orbit_values, spent_kg
from malapert.flight.propagate import EventRule, Trajectory, propagate
from malapert.flight.transfer import Transfer
from malapert.flight.translunar import LunarArrival, design_lunar_transfer
from malapert.programme.phases import Phase
from malapert.programme.phases import designed as rows

Array = NDArray[np.float64]

# States on a designed path: some minutes apart.
SAMPLES: Final = 1000
AS_AIMED: Final = InjectionError(0.0, 0.0, 0.0)


def translunar(row: rows.Translunar, craft: Craft | None) -> Piece:
    """Leave the Earth for the Moon."""
    flown = design_lunar_transfer(
        epoch_s(row.departure), arrival=LunarArrival(
            row.perilune_km, row.perilune_km if row.apolune_km is None else row.apolune_km, row.inclination_deg,
            row.perilune_argument_deg,
        ), parking=Parking(row.parking_km, row.parking_inclination_deg), window_d=row.window_d, flight_d=row.flight_d,
        error=AS_AIMED, samples=SAMPLES, name=row.name,
    )  # fmt: skip
    insertion = flown.maneuvers[-1]
    perilune_s, end_s = flown.arrival_tdb_s, flown.arrival_tdb_s
    state, mass_kg = flown.arrival_state, row.mass_kg
    if row.insert:
        mass_kg -= spent_kg(mass_kg, insertion.delta_v_m_s, row.isp_s)
    else:
        state = state - np.append(np.zeros(3), insertion.delta_v_icrf_km_s)
        end_s -= row.lead_s
    if row.lead_s and not row.insert:
        state = propagate(state, perilune_s, -row.lead_s, CISLUNAR).end_state
    end = Craft(end_s, state, "moon", mass_kg)
    values = {
        **_leaving(flown),
        "perilune_utc": perilune_s,
        "flight_h": (perilune_s - flown.departure_tdb_s) / 3600.0,
        "insertion_delta_v_m_s": insertion.delta_v_m_s,
        "excess_speed_km_s": flown.facts["approach_excess_speed_km_s"],
    }
    marks = (("injection", flown.departure_tdb_s),) + ((("insertion", perilune_s),) if row.insert else ())
    piece = _piece(row, flown.trajectory, end.about("earth"), row.mass_kg, values | orbit_values(end), marks)
    return replace(piece, hands_on="moon")


def _leaving(flown: Transfer) -> dict[str, float]:
    return {
        "departure_utc": flown.departure_tdb_s,
        "injection_delta_v_m_s": flown.maneuvers[0].delta_v_m_s,
        "injection_c3_km2_s2": flown.facts["injection_c3_km2_s2"],
    }


def _piece(
    row: Phase, path: Trajectory, end: Craft, mass_kg: float,
    values: dict[str, float], marks: tuple[tuple[str, float], ...],
) -> Piece:  # fmt: skip
    """A designed path cut at the end of its phase; the mass changes there."""
    keep = path.epochs_tdb_s < end.epoch_tdb_s
    states = path.states_from(end.center)
    count = int(keep.sum())
    return Piece(
        row.name, row.type, end.center, np.append(path.epochs_tdb_s[keep], end.epoch_tdb_s),
        np.vstack([states[keep], end.state]), np.append(np.full(count, mass_kg), end.mass_kg), values, marks,
        models=path.forces,
    )  # fmt: skip


def free_return(row: rows.FreeReturn, craft: Craft | None) -> Piece:
    """Fly round the Moon and back."""
    parking = Parking(row.parking_km, row.parking_inclination_deg)
    corridor = Corridor(row.entry_height_km, row.entry_flight_path_deg)
    if row.departure is not None:
        flown = design_free_return(
            epoch_s(row.departure), perilune_altitude_km=row.perilune_km, parking=parking, corridor=corridor,
            window_d=row.window_d, retrograde_return=row.retrograde, samples=SAMPLES,
            name=row.name,
        )  # fmt: skip
    else:
        flown = fly_free_return(
            epoch_s(row.perilune), row.perilune_km, parking=parking, corridor=corridor,
            tilt=1.0 if row.passing == "north" else -1.0, retrograde_return=row.retrograde, samples=SAMPLES,
            name=row.name,
        )  # fmt: skip
    end = Craft(flown.arrival_tdb_s, flown.arrival_state, "earth", row.mass_kg)
    perilune_s = flown.facts["perilune_tdb_s"]
    values = {
        **_leaving(flown),
        **_entry(flown),
        "perilune_utc": perilune_s,
        "perilune_speed_km_s": flown.facts["perilune_speed_km_s"],
        "out_h": flown.facts["out_h"],
        "back_h": flown.facts["back_h"],
        "greatest_earth_distance_km": float(np.linalg.norm(flown.trajectory.states[:, :3], axis=1).max()),
    }
    marks = (("injection", flown.departure_tdb_s), ("perilune", perilune_s), ("entry interface", end.epoch_tdb_s))
    return _piece(row, flown.trajectory, end, row.mass_kg, values, marks)


def _entry(flown: Transfer) -> dict[str, float]:
    return {key: flown.facts[key] for key in ("entry_speed_km_s", "entry_flight_path_deg", "entry_inclination_deg")}


def earth_return(row: rows.EarthReturn, craft: Craft | None) -> Piece:
    """Go home from an orbit about the Moon."""
    start = must_fly(craft, row.name)
    if start.center != "moon":
        raise InputError(f"an {row.type} leaves an orbit about the Moon, and the flight is about the {start.center}")
    flown = design_return(
        start.state, start.epoch_tdb_s, window_d=row.window_d, flight_d=row.flight_d,
        corridor=Corridor(row.entry_height_km, row.entry_flight_path_deg, row.entry_inclination_deg),
        arrival_tdb_s=None if row.arrive is None else epoch_s(row.arrive), samples=SAMPLES, name=row.name,
    )  # fmt: skip
    (injection,) = flown.maneuvers
    burnt_kg = spent_kg(start.mass_kg, injection.delta_v_m_s, row.isp_s, row.propellant_kg)
    end = Craft(flown.arrival_tdb_s, flown.arrival_state, "earth", start.mass_kg - burnt_kg)
    waited = _waiting(start, injection.epoch_tdb_s)
    home = _piece(row, flown.trajectory, end, end.mass_kg, {}, ())
    values = {
        **_entry(flown),
        "departure_utc": injection.epoch_tdb_s,
        "delta_v_m_s": injection.delta_v_m_s,
        "flight_h": (end.epoch_tdb_s - injection.epoch_tdb_s) / 3600.0,
        "burnt_kg": burnt_kg,
    }
    return Piece(
        row.name, row.type, "earth", np.concatenate([waited.epochs_tdb_s, home.epochs_tdb_s]),
        np.vstack([waited.states_from("earth"), home.states]),
        np.concatenate([np.full(len(waited.states), start.mass_kg), home.masses_kg]),
        values | orbit_values(end),
        (("trans-Earth injection", injection.epoch_tdb_s), ("entry interface", end.epoch_tdb_s)),
        models=home.models,
    )  # fmt: skip


def _waiting(start: Craft, until_s: float) -> Trajectory:
    """The orbit it leaves, until it does."""
    length = max(until_s - start.epoch_tdb_s, 1e-3)
    return propagate(start.state, start.epoch_tdb_s, length, CISLUNAR, output_step_s=max(60.0, length / 2000.0))


def apsis_change(row: rows.ApsisChange, craft: Craft | None) -> Piece:
    """Fall to an apsis and move the other."""
    start = must_fly(craft, row.name)
    forces = Forces(row.moon_degree, row.earth_degree)
    # Begun at an apsis, it is the next one.
    rule = EventRule(row.at, start.center, stop_after=1)
    flown = propagate(start.state, start.epoch_tdb_s, row.longest_s, forces, center=start.center, rules=(rule,))
    if not flown.stopped_by_event:
        raise InputError(f"no {row.at} within {row.longest_s / 86400.0:.3g} d")
    length = flown.end_tdb_s - start.epoch_tdb_s
    path = propagate(
        start.state, start.epoch_tdb_s, length, forces, center=start.center, output_step_s=max(60.0, length / 2000.0)
    )
    state, gm = path.end_state.copy(), GMS_KM3_S2[start.center]
    here, there = float(np.linalg.norm(state[:3])), EQUATORS_KM[start.center] + row.opposite_km
    speed = float(np.linalg.norm(state[3:]))
    wanted = float(np.sqrt(gm * (2.0 / here - 2.0 / (here + there))))
    state[3:] *= wanted / speed
    delta_v = 1000.0 * (wanted - speed)
    burnt_kg = spent_kg(start.mass_kg, delta_v, row.isp_s, row.propellant_kg)
    end = Craft(path.end_tdb_s, state, start.center, start.mass_kg - burnt_kg)
    values = {"burn_utc": end.epoch_tdb_s, "delta_v_m_s": delta_v, "burnt_kg": burnt_kg}
    return _piece(row, path, end, start.mass_kg, values | orbit_values(end), (("burn", end.epoch_tdb_s),))


DESIGNED: dict[str, Flyer] = {
    "translunar": translunar,
    "free_return": free_return,
    "earth_return": earth_return,
    "apsis_change": apsis_change,
}
